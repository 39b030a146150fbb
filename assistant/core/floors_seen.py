"""Where the loss rules of a funded account stand, as it goes on record: when they move, and now and then."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from assistant.core.logbook import FloorSeen
from assistant.core.program import Mode
from assistant.core.rulings import Rulings

OFTEN = timedelta(minutes=5)  # between two entries while nothing but the headroom moves
SELDOM = timedelta(seconds=5)  # between two entries while a level follows equity up
_CENT = 0.005  # money; sums that are nearer to each other are the same


def floors_seen(rulings: Rulings) -> tuple[FloorSeen, ...]:
    """Return where each loss rule that can be told stands; money in the program's."""
    advisory = rulings.program.mode is not Mode.ENFORCE
    return tuple(
        FloorSeen(
            one.name,
            one.effect,
            one.floor.level,
            one.floor.headroom,
            one.floor.after_reset,
            one.floor.reset_at,
            advisory,
            one.floor.after_told,
        )
        for one in rulings.rulings
        if one.floor is not None
    )


def floors_due(
    before: Sequence[FloorSeen], since: datetime, now: Sequence[FloorSeen], as_of: datetime
) -> bool:
    """Whether the floors must go on record at an instant (UTC), those of `since` being there already."""
    if [_what(one) for one in before] != [_what(one) for one in now]:
        return True
    passed = abs(as_of - since)  # a clock may be set back
    pairs = list(zip(before, now, strict=True))
    if passed >= SELDOM and any(_apart(was.level, one.level) for was, one in pairs):
        return True
    return passed >= OFTEN and any(_apart(was.headroom, one.headroom) for was, one in pairs)


def _what(one: FloorSeen) -> tuple[str, str, datetime | None, bool, str | None]:
    """Return which rule it is, and what changes at once."""
    return one.name, one.effect, one.reset_at, one.advisory, one.after_told


def _apart(one: float, other: float) -> bool:
    return abs(one - other) >= _CENT
