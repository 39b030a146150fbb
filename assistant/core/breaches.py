"""When a loss rule of a funded account was broken: at which look, in which reading, and for how long."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.core.floors import Floor
from assistant.core.funded import Effect
from assistant.core.market import Unknown
from assistant.core.program import FundedRule, Program
from assistant.core.snapshot import Stated
from assistant.core.track import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A loss rule that was broken; money in account currency of the program."""

    at: datetime  # UTC
    value: float  # what was measured
    floor: float
    told: str  # in which reading, and by which cut-off
    seen: bool  # False: prices say that it may have been, while nobody looked
    until: datetime | None  # UTC; the reset that ends a pause; None: for good


def floors_of(rule: FundedRule) -> list[tuple[str, Floor]]:
    """Return the readings of a loss rule by what is told of them; of another rule none."""
    return [(told, one) for told, one in rule.readings.items() if isinstance(one, Floor)]


def breaches(
    track: Track, name: str, program: Program, at: datetime, *, seen: bool
) -> Iterable[tuple[str, Breach]]:
    """Yield each loss rule that a track breaks at an instant (UTC), by the cut-off of that name."""
    cutoff = program.cutoffs.get(name)
    for rule in program.rules:
        for told, floor in floors_of(rule):
            found = floor.find(track)
            if not isinstance(found, Unknown) and not found.kept:
                until = cutoff.next(at) if cutoff and rule.effect is Effect.PAUSE else None
                reading = told if len(program.cutoffs) < 2 else f"{told}, {name}"  # noqa: PLR2004 -- several
                yield (
                    rule.name,
                    Breach(at=at, value=found.value, floor=found.bound, told=reading, seen=seen, until=until),
                )


def graver(known: Breach | None, breach: Breach) -> Breach:
    """Return the breach that counts: the first one, but rather what was seen, and for as long as either."""
    if known is None or (known.until is not None and known.until <= breach.at):
        return breach
    first = breach if breach.seen and not known.seen else known
    if known.until is None or breach.until is None:
        return replace(first, until=None)
    return replace(first, until=max(known.until, breach.until))


def cleared(broken: Mapping[str, Breach], stated: Sequence[Stated], at: datetime) -> dict[str, Breach]:
    """Leave out the breaches from before a statement (UTC) about their rule: it was not broken then.

    What was seen is left out by one only that may lower.
    """
    said = [one for one in stated if one.at <= at]
    rules, lower = {one.rule for one in said}, {one.rule for one in said if one.lower}
    return {
        rule: one for rule, one in broken.items() if one.at > at or rule not in (lower if one.seen else rules)
    }
