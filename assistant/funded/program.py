"""The program that the settings name: from a pack, or written down in the settings themselves."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from typing import Any

from assistant.config import FundedSettings, packaged
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.firm_day import Cutoff
from assistant.core.program import FundedRule, Mode, Program, Prudence
from assistant.errors import ConfigError
from assistant.funded.packs import Pack, Rule, ValidFor, load_packs, pack_of, read_pack
from assistant.funded.packs import Program as Published
from assistant.outputs.files import short

CUSTOM = "custom"
_APART = 1.5  # times; a size and an initial balance that differ by more are not of one account
_WHERE = "funded.custom"
_KEY = "own"  # of the one program, and the one source, of the settings' own pack


def program_of(settings: FundedSettings) -> Program | None:
    """Return the program that an account is judged by; None where none is asked for.

    Raises ConfigError for a pack or program that there is not, and for one of the settings' own that is none.
    """
    if settings.mode is Mode.OFF or settings.pack is None:
        return None
    pack, name = _found(settings)
    published, virtual = pack.programs[name], settings.virtual
    initial = settings.initial_balance if virtual is None else virtual.initial_balance
    if initial is None:
        raise ConfigError("funded.initial_balance is missing: the balance that the phase began with")
    size = settings.size or initial
    own = settings.pack == CUSTOM
    return Program(
        key=settings.pack,
        title=published.name if own else f"{pack.firm} {published.name}, {published.phase}",
        mode=settings.mode,
        currency=pack.currency,
        initial=initial,
        size=size,
        start=_instant(settings.start if virtual is None else virtual.start),
        virtual=virtual is not None,
        cutoffs={cutoff_name(one): one for one in published.cutoffs},
        rules=tuple(_rules(pack, name, size, settings.bought)),
        lacking=()
        if own
        else (
            *_lacking(published, size, settings.bought),
            *_odd(pack, name, settings, size, initial),
        ),
        prudence=Prudence(
            reserve=settings.reserve,
            amber=settings.amber,
            reward=settings.reward,
            planned_payout=settings.planned_payout,
        ),
    )


def foreign(settings: FundedSettings, login: int, *, dry_run: bool) -> Cap | None:
    """Return the cap of an account that the rules are not for: 0 lots, lest they vanish by a slip."""
    if settings.mode is Mode.OFF or settings.login in (None, login):
        return None
    reason = (
        f"the rules of {settings.pack} are for login {settings.login}, this is {login}: set funded.login, "
        "or null for any"
    )
    advisory = dry_run or settings.mode is Mode.DRY_RUN
    return Cap("funded login", 0.0, Unit.SHARE, Kind.CONDITION, reason, advisory=advisory)


def cutoff_name(cutoff: Cutoff) -> str:
    """Return how a reset is named, by the firm's own clock: 16:15 America/Chicago."""
    return f"{cutoff.time:%H:%M} {cutoff.zone.key}"


def _found(settings: FundedSettings) -> tuple[Pack, str]:
    """Return the pack that is meant, and the name of its program."""
    if settings.pack == CUSTOM:
        if settings.custom is None:
            raise ConfigError("funded.custom is missing: the program that funded.pack: custom means")
        return _own(settings.custom), _KEY
    key, _, name = str(settings.pack).partition("/")
    paths = {path.stem: path for path in (packaged() / "funded").glob("*.yaml")}  # a key may be any text
    pack = read_pack(paths[key]) if key in paths else None
    if pack is not None and name in pack.programs:
        return pack, name
    keys = [f"{key}/{name}" for key, pack in load_packs().items() for name in pack.programs]
    inside = [one for one in keys if one.startswith(str(settings.pack))]
    near = inside or get_close_matches(str(settings.pack), keys, n=3, cutoff=0.4)
    meant = f"; near it are {', '.join(near[:6])}" if near else ""
    raise ConfigError(
        f"funded.pack was {short(repr(settings.pack))}, which is no program in the box{meant}; "
        "`assistant funded packs` lists them"
    )


def _own(custom: Mapping[str, Any]) -> Pack:
    """Return a program of the settings as a pack; a complaint names the key that stands there."""
    try:
        return pack_of(_own_pack(custom), _WHERE)
    except ConfigError as error:
        told = str(error).replace(f"programs.{_KEY}.", "")
        raise ConfigError(re.sub(r"\.readings\.\d+", "", told)) from None


def _own_pack(custom: Mapping[str, Any]) -> dict[str, Any]:
    """Make a pack of a program in the settings: what a pack says of its sources is said for it."""
    program = {key: value for key, value in custom.items() if key != "currency"}
    as_of = program.get("as_of")
    rules = program.get("rules")
    spelt = {
        name: {"source": [_KEY], "as_of": as_of, **rule} if isinstance(rule, Mapping) else rule
        for name, rule in (rules.items() if isinstance(rules, Mapping) else ())
    }
    whole = {"phase": "own", "market": "cfd", "sizes": [], "confidence": "high", **program}
    return {
        "schema": "funded-pack/1",
        "firm": "own rules",
        "currency": custom.get("currency"),
        "sources": {_KEY: "the settings"},
        "programs": {_KEY: {**whole, "rules": spelt if isinstance(rules, Mapping) else rules}},
    }


def _rules(pack: Pack, program: str, size: float, bought: date | None) -> Iterator[FundedRule]:
    """Yield the rules that concern an account of a size that was bought on a day."""
    for name, rule in pack.rules(program).items():
        if _concerns(rule.valid_for, bought) and (rule.sizes is None or size in rule.sizes):
            yield FundedRule(
                name=name,
                effect=rule.effect,
                readings={reading.told: reading.rule for reading in rule.readings},
                doubts=tuple(_doubts(rule, bought)),
                applies=rule.applies,
                stands=f"{', '.join(rule.source)}; as of {rule.as_of}",
            )


def _doubts(rule: Rule, bought: date | None) -> Iterator[str]:
    yield from rule.doubts
    if bought is None and _ranged(rule.valid_for):
        yield f"for accounts bought {_range(rule.valid_for)}; funded.bought does not say when yours was"


def _concerns(valid: ValidFor, bought: date | None) -> bool:
    """Whether a range of purchase dates holds a day; where that is not told, the rule stands."""
    if bought is None:
        return True
    early = valid.bought_from is not None and bought < valid.bought_from
    late = valid.bought_until is not None and bought > valid.bought_until
    return not (early or late)


def _ranged(valid: ValidFor) -> bool:
    return valid.bought_from is not None or valid.bought_until is not None


def _range(valid: ValidFor) -> str:
    since = "" if valid.bought_from is None else f"from {valid.bought_from}"
    until = "" if valid.bought_until is None else f"until {valid.bought_until}"
    return f"{since} {until}".strip()


def _lacking(program: Published, size: float, bought: date | None) -> Iterator[str]:
    """Yield why an account can never be certified by a program."""
    if program.market != "cfd":
        yield f"this program is for {program.market}; lots in this terminal are not what its firm counts"
    if program.incomplete:
        yield "rules of this program are known to be missing"
    if size not in program.sizes:
        sold = ", ".join(f"{one:.0f}" for one in program.sizes)
        yield (
            f"an account size of {size:.0f} is not sold: {sold}; set funded.size"
            if sold
            else "which account sizes are sold is not published"
        )
    if not program.cutoffs:
        yield "when the firm's day ends is not published"
    if not _concerns(program.valid_for, bought):
        yield f"this program is for accounts bought {_range(program.valid_for)}, yours was on {bought}"


def _odd(pack: Pack, name: str, settings: FundedSettings, size: float, initial: float) -> Iterator[str]:
    """Yield what in the settings does not go with a program."""
    if pack.programs[name].starts_at is None and not 1 / _APART < size / initial < _APART:
        yield f"an account size of {size:.0f} and an initial balance of {initial:.0f} do not go together"
    for rule_name, rule in pack.rules(name).items():
        if not _concerns(rule.valid_for, settings.bought):
            known = _range(rule.valid_for)
            yield f"{rule_name} is known for accounts bought {known} only, yours was on {settings.bought}"


def _instant(start: date | datetime | None) -> datetime | None:
    """Return a start in UTC; that of a day is its midnight there."""
    if start is None:
        return None
    if isinstance(start, datetime):
        try:
            return start.astimezone(UTC)
        except OverflowError:
            raise ConfigError(f"funded.start was {start.isoformat()}, which is no instant in UTC") from None
    return datetime.combine(start, time(), UTC)
