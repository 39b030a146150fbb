"""What the rules of a funded account come to, as a document: part of advice/1, and funded/1."""

from assistant.core.followed import Followed
from assistant.core.rulings import Light, Ruling, Rulings
from assistant.outputs.fields import Document, instant


def funded_fields(rulings: Rulings | None) -> Document | None:
    """Return what the rules come to; None where none are followed. Money is the program's."""
    if rulings is None:
        return None
    program, followed = rulings.program, rulings.followed
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
        "rules": [_rule(one) for one in rulings.rulings],
        "track": None if followed is None else followed.key,
        "seen_at": _seen_at(followed),
    }


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
        "reset_at": instant(floor.reset_at),
        "effect": one.effect,
        "status": one.light,
        "moves": floor.moves,
    }


def _rule(one: Ruling) -> Document:
    return {
        "name": one.name,
        "effect": one.effect,
        "status": None if one.light is Light.TOLD else one.light,
        "words": one.words,
        "told": one.told,
        "others": list(one.others),
        "doubts": list(one.doubts),
        "source": one.stands,
    }
