"""How near a session came to each floor, which were broken, and what changes at the next reset.

Floors are on record when a level moves (one that follows equity up: some seconds late) and every few minutes,
equity at every look. Between two records a level stands, and the headroom moves with what the rule measures:
equity, balance or the lower of both, whichever best tells how the headroom moved from one record to the next.
Money is the program's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from math import fsum

from assistant.core.durations import known, within
from assistant.core.logbook import FloorSeen, Logbook, Money
from assistant.core.reviewed import Approach

NOTHING = 1e-6  # the program's money: sums of money in binary miss by less
DRY = "(dry run)"  # how a sentence of what would have been says so
BESIDE = "the rules beside the floors"  # how a sentence of those begins
UNSEEN = "a floor was red already"  # how that of one begins which was broken out of sight
INFORMS = "informs"  # the effect of a rule that cannot be broken
_MEANS = {  # effect of a broken rule: what it means, what it would have meant
    "fail": ("the account is lost", "the account would have been lost"),
    "pause": ("no trading until the next reset", "no trading until the next reset"),
    "violation": ("a violation", "a violation"),
    "profit_removed": ("profit is removed", "profit would have been removed"),
    "forced_close": ("the firm closes positions", "the firm would have closed positions"),
}


def measured(money: Money) -> tuple[float, float, float]:
    """Return what a rule may measure: equity, the lower of both, or balance (account currency)."""
    return money.equity, min(money.balance, money.equity), money.balance


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The time from one record of the floors to the next; of money each measure, in account currency."""

    at: datetime  # UTC, of the record; not before the span
    floors: tuple[FloorSeen, ...]
    first: tuple[float, ...] | None  # as of the record; None: no money is on record
    lows: tuple[tuple[float, datetime], ...]  # by how much it fell at most, and when first


@dataclass(frozen=True, slots=True)
class Watched:
    """All records of one floor, and what its rule measures."""

    own: tuple[tuple[_Stretch, FloorSeen], ...]  # one at least
    measure: int  # its place in `measured`


def watched(book: Logbook) -> tuple[Watched, ...]:
    """Return the floors of the span, in the order in which they are first on record."""
    found: dict[str, list[tuple[_Stretch, FloorSeen]]] = {}
    for one in _stretches(book):
        for floor in one.floors:
            found.setdefault(floor.name, []).append((one, floor))
    return tuple(Watched(tuple(own), _measure(own, book)) for own in found.values())


def approaches(floors: Iterable[Watched], scale: float) -> tuple[Approach, ...]:
    """Return the closest approach to each floor, the nearest first; `scale` is as the logbook has it."""
    found = (_closest(one.own, one.measure, scale) for one in floors)
    return tuple(sorted(found, key=lambda one: one.headroom))


def broken(book: Logbook, closest: Iterable[Approach]) -> tuple[str, ...]:
    """Say which rules were broken, or would have been where they are advisory, in the order of time.

    A floor that equity stood at is told as reached: whether that breaks it is in the firm's words.
    """
    floors = [one for one in closest if one.headroom < NOTHING and one.floor.effect != INFORMS]
    told = [(one.at, _broke(one)) for one in floors]
    names = {one.name for _, seen in book.floors for one in seen}
    told += _red_unseen(book, names, {one.floor.name for one in floors})
    for at, light in book.lights:
        if light.light == "red" and not names & set(light.rules) and at <= book.span.end:
            rules = ", ".join(one.replace("_", " ") for one in light.rules)
            told.append((at, f"{BESIDE} were red at {at:%H:%M} UTC: {rules}"))
            break
    return tuple(sentence for _, sentence in sorted(told, key=lambda one: one[0]))


def _red_unseen(book: Logbook, floors: set[str], told: set[str]) -> list[tuple[datetime, str]]:
    """Say, once, that floors alone made the light red, and no look of the span shows them broken.

    What was red before the span counts where it still was when the session opened.
    """
    ends = [*(at for at, _ in book.lights[1:]), book.span.end]
    for (at, light), end in zip(book.lights, ends, strict=False):
        own, past = set(light.rules), at <= book.span.begin and end <= book.opens_at
        if light.light == "red" and own and own <= floors - told and at <= book.span.end and not past:
            since, rules = max(at, book.span.begin), ", ".join(one.replace("_", " ") for one in light.rules)
            why = "no look of this session shows what broke it"
            return [(since, f"{UNSEEN} at {since:%H:%M} UTC: {rules}; {why}")]
    return []


def resets(book: Logbook) -> tuple[str, ...]:
    """Say for each floor what its headroom was when last on record, and will be after its next reset."""
    told = []
    last = [one for one in book.floors if one[0] <= book.span.end][-1:]
    for at, one in ((at, one) for at, floors in last for one in floors):
        if one.after_reset is None:
            continue
        if one.reset_at is not None and book.until is not None and one.reset_at <= book.until:
            continue  # nobody looked since
        same = f"{one.after_reset:,.2f}" == f"{one.headroom:,.2f}"
        after = "the same" if same else f"{one.after_reset:,.2f}"
        when = f"{one.reset_at:%Y-%m-%d %H:%M} UTC" if one.reset_at else "the next reset"
        now = f"headroom {one.headroom:,.2f} at {at:%H:%M} UTC"
        other = "" if one.after_told is None else f", by another reading: {one.after_told}"
        told.append(f"{plain_name(one)}: {now}, {after} after {when} if nothing changes{other}")
    return tuple(told)


def plain_name(floor: FloorSeen) -> str:
    """Return the name of a rule as it is read."""
    return floor.name.replace("_", " ")


def _broke(one: Approach) -> str:
    """Say of a floor how far it was broken, and what that means."""
    name, level = f"the floor {plain_name(one.floor)}", f"{one.floor.level:,.2f}"
    effect = one.floor.effect.replace("_", " ")
    now, would = _MEANS.get(one.floor.effect, (effect, effect))
    if one.headroom > -NOTHING:
        return f"{name} was reached: nothing was left above {level} at {one.at:%H:%M} UTC"
    far = f"{-one.headroom:,.2f} below {level} at {one.at:%H:%M} UTC"
    if one.floor.advisory:
        return f"{name} would have been broken {DRY}: {far}; {would}"
    return f"{name} was broken: {far}; {now}"


def _stretches(book: Logbook) -> list[_Stretch]:
    """Walk once through the records of the floors and the looks beside them."""
    floors = within(known(book.floors, book), book.span, to_end=True)
    money = [one for one in book.money if one[0] <= book.span.end]
    out, place = [], 0
    for number, (at, seen) in enumerate(floors):
        after = floors[number + 1][0] if number + 1 < len(floors) else None
        while place < len(money) and money[place][0] <= at:
            place += 1
        looks = [(at, money[place - 1][1])] if place else []
        while place < len(money) and (after is None or money[place][0] < after):
            looks.append(money[place])
            place += 1
        if seen is not None:
            out.append(_stretch(at, seen, looks))
    return out


def _stretch(
    at: datetime, floors: tuple[FloorSeen, ...], looks: Sequence[tuple[datetime, Money]]
) -> _Stretch:
    if not looks:
        return _Stretch(at, floors, None, ((0.0, at),) * 3)
    lows = []
    for column in zip(*(measured(money) for _, money in looks), strict=True):
        least = min(column)
        lows.append((least - column[0], looks[column.index(least)][0]))
    return _Stretch(at, floors, measured(looks[0][1]), tuple(lows))


_Own = Sequence[tuple[_Stretch, FloorSeen]]  # the records of one floor


def _measure(own: _Own, book: Logbook) -> int:
    """Return what a rule measures: what best tells how its headroom moved from record to record.

    Of those that fit alike the first. What would have broken it while its light was green is not believed.
    """
    misfits = _misfits(own, book)
    fits = sorted(range(3), key=lambda one: round(misfits[one], 2))
    return next((one for one in fits if not _denied(own, one, book)), fits[0])


def _misfits(own: _Own, book: Logbook) -> list[float]:
    """Return by how much each measure misses the moves of the headroom in all (the program's money)."""
    apart: list[list[float]] = [[], [], []]
    for (before, was), (after, now) in pairwise(own):
        if before.at == book.span.begin or before.first is None or after.first is None:
            continue  # it may be older than the look beside it
        moved = now.level + now.headroom - was.level - was.headroom
        for of, first, second in zip(apart, before.first, after.first, strict=True):
            of.append(abs(moved - book.scale * (second - first)))
    return [fsum(of) for of in apart]


def _denied(own: _Own, measure: int, book: Logbook) -> bool:
    """Whether a measure makes a rule broken while its light was on record as green.

    Where a record itself says that it was broken, each measure does.
    """
    one = _closest(own, measure, book.scale)
    lights = [light for at, light in book.lights if at <= one.at][-1:]
    return one.headroom < -NOTHING and any(one.floor.name not in light.rules for light in lights)


def _closest(own: _Own, measure: int, scale: float) -> Approach:
    """Return the closest approach to one floor."""
    rows = [(floor, *stretch.lows[measure]) for stretch, floor in own]
    floor, fell, at = min(rows, key=lambda row: row[0].headroom + scale * row[1])
    headroom, first = floor.headroom + scale * fell, own[0][1].headroom
    share = headroom / first if first > NOTHING else None
    return Approach(replace(floor, headroom=headroom), at, headroom, share)
