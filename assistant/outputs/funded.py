"""What the rules of a funded account come to, as a document: part of advice/1, and funded/1."""

from assistant.core.breaches import Breach
from assistant.core.day_rules import Concentration, DayCount, Inactivity, TimeLimit
from assistant.core.floors import Floor
from assistant.core.followed import Followed
from assistant.core.funded import PayoutGate, ProfitCap, Target, Text
from assistant.core.order_rules import ExposureCap, OrderRule, RateLimit, Window
from assistant.core.program import Program
from assistant.core.rulings import Light, Ruling, Rulings
from assistant.outputs.fields import Document, instant
from assistant.outputs.funded_record import record_of

_KINDS = {  # as docs/funded-rules.md calls them
    Floor: "floor",
    Target: "target",
    DayCount: "day_count",
    Concentration: "concentration",
    Inactivity: "inactivity",
    TimeLimit: "time_limit",
    Window: "window",
    ExposureCap: "exposure",
    OrderRule: "order",
    RateLimit: "rate_limit",
    ProfitCap: "profit_cap",
    PayoutGate: "payout",
    Text: "text",
}
CAP = "funded "  # begins the name of every cap of these rules
_FIELDS = ("name", "value", "unit", "scope", "side", "reason", "advisory", "until")


def funded_document(advice: Document) -> Document:
    """Return the document funded/1 from an advice that holds what the rules come to."""
    whole = ("as_of", "valid_until", "mode", "terminal", "account", "funded")
    caps = [{key: cap[key] for key in _FIELDS} for cap in advice["caps"] if cap["name"].startswith(CAP)]
    return {"schema": "funded/1", **{key: advice[key] for key in whole}, "caps": caps}


def funded_fields(rulings: Rulings | None) -> Document | None:
    """Return what the rules come to; None where none are followed. Money is the program's."""
    if rulings is None:
        return None
    program, followed = rulings.program, rulings.followed
    kinds = _kinds(program)
    broken = {} if followed is None else followed.broken
    return {
        "pack": program.key,
        "title": program.title,
        "mode": program.mode,
        "status": rulings.light,
        "why": list(rulings.why),
        "lacking": list(rulings.lacking),
        "currency": program.currency,
        "initial_balance": program.initial,
        "virtual": program.virtual,
        "scale": None if followed is None else followed.scale,
        "resets": [{"cutoff": name, "at": instant(at)} for name, at in rulings.resets.items()],
        "floors": [_floor(one) for one in rulings.rulings if one.floor is not None],
        "rules": [_rule(one, kinds[one.name], broken.get(one.name)) for one in rulings.rulings],
        "track": None if followed is None else followed.key,
        "record": None if followed is None else record_of(followed, program),
        "seen_at": _seen_at(followed),
    }


def _kinds(program: Program) -> dict[str, str]:
    """Return the kind of each rule by name; all readings of a rule are of one kind."""
    return {rule.name: _KINDS[type(next(iter(rule.readings.values())))] for rule in program.rules}


def _seen_at(followed: Followed | None) -> str | None:
    """Return up to when looks are in the track."""
    return None if followed is None else instant(followed.at)


def _floor(one: Ruling) -> Document:
    floor = one.floor
    if floor is None:
        raise ValueError(f"rule {one.name} has no floor")
    return {
        "name": one.name,
        "floor": floor.level,
        "headroom": floor.headroom,
        "after_reset": floor.after_reset,
        "after_told": floor.after_told,
        "reset_at": instant(floor.reset_at),
        "effect": one.effect,
        "status": one.light,
        "moves": floor.moves,
    }


def _rule(one: Ruling, kind: str, breach: Breach | None) -> Document:
    return {
        "name": one.name,
        "kind": kind,
        "effect": one.effect,
        "status": None if one.light is Light.TOLD else one.light,
        "words": one.words,
        "told": one.told,
        "others": list(one.others),
        "doubts": list(one.doubts),
        "source": one.stands,
        "broken": None if breach is None else _breach(breach),
    }


def _breach(one: Breach) -> Document:
    return {
        "at": instant(one.at),
        "value": one.value,
        "floor": one.floor,
        "seen": one.seen,
        "until": instant(one.until),
    }
