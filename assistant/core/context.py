"""Votes: one witness each, for risk, against it, neither, or silent; and the share that all of them leave.

A vote takes readings of baskets of symbols or of published series, all of them data in the configuration.
Losing a witness never speaks for risk: it keeps what it last said for a while, and then counts 0 at most.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate, chain, repeat
from math import log, prod
from typing import Annotated, Literal, NamedTuple

from annotated_types import Ge, Gt, Le, MinLen

from assistant.core.closes import Column
from assistant.core.market import Note, Series, Unknown
from assistant.core.ratio import sums

Symbols = Annotated[tuple[str, ...], MinLen(1)]
Direction = Literal["for", "against"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baskets:
    """Symbols against symbols: for risk while the mean log close of the first gains on that of the second."""

    of: Symbols
    against: Symbols
    fast: Annotated[int, Ge(1)]  # sessions
    slow: Annotated[int, Ge(2)]  # sessions, more than fast

    def __post_init__(self) -> None:
        """Refuse averages that could not cross."""
        _require_order(self.fast, self.slow)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesTrend:
    """The mean of the last values of a series against that of more of them."""

    series: str
    fast: Annotated[int, Ge(1)]  # values
    slow: Annotated[int, Ge(2)]  # values, more than fast
    rising: Direction  # what a rise says of risk

    def __post_init__(self) -> None:
        """Refuse averages that could not cross."""
        _require_order(self.fast, self.slow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The last value of a series, or close of a symbol, against two limits."""

    series: str | None = None
    symbol: str | None = None
    below: float  # in the unit of the series
    above: float  # likewise
    under: Direction  # what a value under `below` says of risk; one over `above` says the contrary

    def __post_init__(self) -> None:
        """Refuse limits in the wrong order, and none or two things to look at."""
        if self.below > self.above:
            raise ValueError(f"below was {self.below:g}, above {self.above:g}; expected below <= above")
        if (self.series is None) == (self.symbol is None):
            raise ValueError("expected a series or a symbol, one of the two")


_NOTHING = Level(symbol="", below=0, above=0, under="for")  # no reading is made without what it looks at


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One thing a vote looks at: exactly one of the three."""

    baskets: Baskets | None = None
    trend: SeriesTrend | None = None
    level: Level | None = None

    def __post_init__(self) -> None:
        """Refuse a reading of nothing, or of two things."""
        if sum(one is not None for one in (self.baskets, self.trend, self.level)) != 1:
            raise ValueError("expected one of baskets, trend, level")

    @property
    def name(self) -> str:
        """What it looks at, in short: what it last said is remembered by this."""
        if self.baskets:
            pair = f"{' '.join(self.baskets.of)}/{' '.join(self.baskets.against)}"
            return f"{pair} {self.baskets.fast}/{self.baskets.slow}"
        if self.trend:
            return f"{self.trend.series} {self.trend.fast}/{self.trend.slow}"
        level = self.level or _NOTHING
        return f"{level.series or level.symbol} {level.below:g} to {level.above:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteSettings:
    """One witness."""

    take: Literal["first", "agree"]
    backtest: bool  # whether its inputs were known then as they are known now
    readings: Annotated[tuple[Reading, ...], MinLen(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextSettings:
    """What the votes are worth together."""

    neutral: Annotated[float, Ge(0), Le(1)]  # share of normal risk
    span: Annotated[float, Gt(0), Le(1)]  # share
    least: Annotated[float, Ge(0), Le(1)]  # share
    quorum: Annotated[int, Ge(1)]  # votes
    vote_hold: Annotated[int, Ge(0)]  # sessions

    def __post_init__(self) -> None:
        """Refuse a least share above that of votes that cancel out."""
        if self.least > self.neutral:
            raise ValueError(f"least was {self.least:g}, neutral {self.neutral:g}; expected least <= neutral")


def _require_order(fast: int, slow: int) -> None:
    if fast >= slow:
        raise ValueError(f"fast was {fast}, slow {slow}; expected fast < slow")


class Context(NamedTuple):
    """All votes together after one close."""

    target: float  # share of normal risk
    held: float  # the smallest of the last targets
    heard: int  # votes that speak, or whose last word is still kept
    counts: tuple[int, ...]  # what each vote counts: 1, 0 or -1, in the order of the settings


@dataclass(frozen=True, slots=True)
class Facts:
    """All that votes look at."""

    sessions: Sequence[date]  # of the ratio, ascending
    columns: Mapping[str, Column]  # used closes by our symbol, one entry a session
    series: Mapping[str, Series | Unknown]  # by name, as published so far
    read: Mapping[str, Column] = field(default_factory=dict)  # closes as read, for levels: VIX may leap


Values = Iterator[int | None]  # after each session: 1 for risk, -1 against, 0 neither; None: silent
Words = Mapping[str, tuple[int, int]]  # by name of a reading: the place of a session, what it said there


def vote_values(vote: VoteSettings, facts: Facts, words: Words | None = None) -> list[int | None]:
    """Return what a vote says after each session.

    Of a vote that takes the first, a reading that is silent where `words` has one of it said that there.
    """
    if vote.take == "first":
        return _first(vote.readings, facts, words or {})
    said = list(reading_values(vote.readings[0], facts))
    for reading in vote.readings[1:]:
        said = [_both(*pair) for pair in zip(said, reading_values(reading, facts), strict=True)]
    return said


def _first(readings: Sequence[Reading], facts: Facts, words: Words) -> list[int | None]:
    """Return the first word there is after each session, but no more than what earlier readings last said.

    Else a reading that is lost, and was against risk, would leave the vote to one that is for it.
    """
    said = _spoken(readings[0], facts, words)
    most: Iterable[int | None] = _last_words(said)
    for reading in readings[1:]:
        if None not in said:
            break
        most = list(most)
        other = _spoken(reading, facts, words)
        rows = zip(said, other, most, strict=True)
        said = [_least(new, last) if one is None and new is not None else one for one, new, last in rows]
        most = map(_least, most, _last_words(other))
    return said


def _spoken(reading: Reading, facts: Facts, words: Words) -> list[int | None]:
    """Return what a reading says after each session, and where it is silent what it is remembered to say."""
    column = list(reading_values(reading, facts))
    place, word = words.get(reading.name, (len(column), 0))
    if place < len(column) and column[place] is None:
        column[place] = word
    return column


def _last_words(column: Iterable[int | None]) -> Values:
    return accumulate(column, lambda last, one: last if one is None else one)


def _least(one: int | None, other: int | None) -> int | None:
    """Return the less of two words; one that was never said plays no part."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def _both(one: int | None, other: int | None) -> int | None:
    """Return what two readings agree on, 0 where they differ."""
    if one is None or other is None:
        return None
    return one if one == other else 0


def reading_values(reading: Reading, facts: Facts) -> Values:
    """Yield what a reading says after each session."""
    if reading.baskets:
        gaps = crossing(spreads(reading.baskets, facts), reading.baskets.fast, reading.baskets.slow)
        return (gap if gap is None else (gap > 0) - (gap < 0) for gap in gaps)
    if reading.trend:
        sign = 1 if reading.trend.rising == "for" else -1
        known = trend_values(reading.trend, facts)
        return (gap if gap is None else sign * ((gap > 0) - (gap < 0)) for gap in known)
    level = reading.level
    return iter(()) if level is None else (_zone(value, level) for value in level_values(level, facts))


def _zone(value: float | None, level: Level) -> int | None:
    if value is None:
        return None
    sign = 1 if level.under == "for" else -1
    return sign * ((value < level.below) - (value > level.above))


def spreads(baskets: Baskets, facts: Facts) -> Iterator[float | None]:
    """Yield mean log close of one basket less that of the other; None: a close is missing."""
    there = [[facts.columns.get(one) for one in basket] for basket in (baskets.of, baskets.against)]
    up, down = ([column for column in basket if column is not None] for basket in there)
    many, few = len(up), len(down)
    if many < len(baskets.of) or few < len(baskets.against):
        yield from repeat(None, len(facts.sessions))
    elif many == few == 1:
        for of, against in zip(*up, *down, strict=True):
            yield None if of is None or against is None else log(of / against)
    else:
        for of, against in zip(zip(*up, strict=True), zip(*down, strict=True), strict=True):
            missing = None in of or None in against
            yield None if missing else log(prod(of)) / many - log(prod(against)) / few


def crossing(values: Iterable[float | None], fast: int, slow: int) -> Iterator[float | None]:
    """Yield the mean of the last `fast` values less that of the last `slow`; None: fewer, or no value.

    A missing value is passed over.
    """
    values = list(values)
    there = [value for value in values if value is not None]
    pairs = zip(sums(there[slow - fast :], fast), sums(there, slow), strict=True)
    known: Iterator[float | None] = chain(
        repeat(None, min(slow - 1, len(there))), [one / fast - other / slow for one, other in pairs]
    )
    return known if len(there) == len(values) else (None if one is None else next(known) for one in values)


def trend_values(trend: SeriesTrend, facts: Facts) -> Iterator[float | None]:
    """Yield the distance of the averages of a series as known after each session."""
    series = facts.series.get(trend.series)
    if not isinstance(series, Series) or not facts.sessions:
        return repeat(None, len(facts.sessions))
    values = _since(series, facts.sessions[0], trend.slow)
    gaps = crossing((value for _, value in values), trend.fast, trend.slow)
    return known_values(
        [(day, gap) for (day, _), gap in zip(values, gaps, strict=True)], series, facts.sessions
    )


def level_values(level: Level, facts: Facts) -> Iterator[float | None]:
    """Yield the last value of a series as known after each session, or the close of a symbol."""
    if level.symbol is not None:
        return iter(facts.read.get(level.symbol) or [None] * len(facts.sessions))
    series = facts.series.get(level.series or "")
    if not isinstance(series, Series):
        return repeat(None, len(facts.sessions))
    values = _since(series, facts.sessions[0], 1) if facts.sessions else ()
    return known_values(values, series, facts.sessions)


def _since(series: Series, session: date, more: int) -> Sequence[tuple[date, float]]:
    """Return the values from a session on, and as many before as may be known or averaged there."""
    return series.values[
        max(0, bisect_left(series.values, (session,)) - more - series.lag - series.stale_days) :
    ]


def known_values(
    values: Sequence[tuple[date, float | None]], series: Series, sessions: Iterable[date]
) -> Iterator[float | None]:
    """Yield for each session the last value that had been published by then; None: none, or a stale one."""
    ahead = iter(values)
    coming = next(ahead, None)
    value, stale, known = None, -1, coming[0].toordinal() + series.lag if coming else 0
    for session in sessions:
        day = session.toordinal()
        while coming and known <= day:
            value, stale = coming[1], known - series.lag + series.stale_days
            coming = next(ahead, None)
            known = coming[0].toordinal() + series.lag if coming else 0
        yield None if day > stale else value


def contexts(
    votes: Sequence[Iterable[int | None]],
    notes: Iterable[int | None],
    holds: Iterable[int],
    settings: ContextSettings,
) -> Iterator[Context]:
    """Yield what all votes leave after each session.

    `votes` and `notes` (the trader's own view; None: there is none) hold a value for each session; `holds` of
    how many last targets the smallest is held.
    """
    kept: tuple[int, ...] = (0,) * len(votes)  # what each vote last said
    at = [-settings.vote_hold - 1] * len(votes)  # and when, as a place
    spoke = at[0] if at else 0  # the last place at which all of them did
    targets: list[float] = []
    held = allowed = settings.neutral  # allowed: the last one held with a quorum
    before = 0
    counts, heard = kept, 0
    neutral, span, least, hold_for = settings.neutral, settings.span, settings.least, settings.vote_hold
    rows = zip(holds, notes, zip(*votes, strict=True) if votes else repeat(()), strict=bool(votes))
    for place, (hold, note, values) in enumerate(rows):
        if None in values:
            at = [max(one, spoke) for one in at]
            at = [one if value is None else place for one, value in zip(at, values, strict=True)]
            kept = tuple([one if value is None else value for one, value in zip(kept, values, strict=True)])
            late = [place - one > hold_for for one in at]
            counts = tuple([min(one, 0) if gone else one for one, gone in zip(kept, late, strict=True)])
            heard = late.count(False)
        else:
            spoke, heard = place, len(values)
            counts = kept = values
        total, number = sum(counts), len(counts)
        if note is not None:
            total, number = total + note, number + 1
        target = neutral + span * total / number if number else neutral
        target = least if target < least else min(target, 1.0)
        if heard < settings.quorum and target > allowed:
            target = allowed
        targets.append(target)
        held = target if target <= held and hold == before else min(targets[-hold:])
        before = hold
        if heard >= settings.quorum:
            allowed = held
        yield Context(target, held, heard, counts)


def noted(notes: Sequence[Note], sessions: Sequence[date]) -> Iterator[int | None]:
    """Yield the trader's own view after each session, the last written of those in force; None: none is."""
    if not notes:
        yield from repeat(None, len(sessions))
        return
    for session in sessions:
        note = note_at(notes, session)
        yield None if note is None else note.stance


def note_at(notes: Sequence[Note], session: date) -> Note | None:
    """Return the note that counts at the close of a session, the last written of those in force."""
    return next((note for note in reversed(notes) if note.first <= session <= note.until), None)
