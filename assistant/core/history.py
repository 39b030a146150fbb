"""Bars as read -> used closes by session, the ratio of one pair of legs, and what the votes may look at."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, pairwise
from typing import NamedTuple

from assistant.core.closes import Column, Oddity, Screened, columns, screened, screened_ratio
from assistant.core.context import Facts
from assistant.core.market import Bar, Imported, Note, Series, Unknown
from assistant.core.ratio import LONGEST_GAP, OWN, Ratios, Spliced, session_ratios, splice
from assistant.core.shares import YEAR

MOST_MISSING = 15  # weekdays without a ratio in a year; 9 or 10 are holidays, and September 2001 had 4 more
SATURDAY = 5  # the first day of the week that is no weekday


@dataclass(frozen=True, slots=True)
class Given:
    """All that a regime is folded from."""

    bars: Mapping[str, Sequence[Bar] | Unknown]  # by our symbol; one that is not offered is absent
    imported: Mapping[str, Imported | Unknown] = field(default_factory=dict)
    series: Mapping[str, Series | Unknown] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()

    @property
    def readable(self) -> dict[str, Sequence[Bar]]:
        """The bars that could be read."""
        return {symbol: one for symbol, one in self.bars.items() if not isinstance(one, Unknown)}


@dataclass(frozen=True, slots=True)
class History:
    """The sessions on which a pair of legs has a ratio."""

    legs: tuple[str, str]  # numerator, denominator
    ratios: Ratios  # imported ones before own ones
    facts: Facts  # on the sessions of the ratios
    source: str  # where the closes come from, in plain words
    last: date | None  # the last session of both legs, whether its ratio is used or not
    oddities: tuple[Oddity, ...]  # of all symbols and of the ratio itself, oldest first
    lacking: tuple[tuple[date, str], ...]  # sessions on which one leg alone has a close, and the other's name
    unused: str | None  # why imported history plays no part

    @property
    def doubts(self) -> tuple[Oddity, ...]:
        """The closes of the legs that wait for the next one."""
        own = (*self.legs, "/".join(self.legs))
        return tuple(one for one in self.oddities if one.kind == "doubtful" and one.symbol in own)


def history(legs: tuple[str, str], given: Given) -> History:
    """Return the ratios of a pair of legs, and all used closes beside them."""
    bars = given.readable
    sessions = _sessions(bars)
    read = columns(bars, sessions)
    used = screened(read, sessions, bars)
    nothing = Screened([None] * len(sessions), ())
    own = session_ratios(sessions, *(used.get(leg, nothing).column for leg in legs))
    joined = _joined(own, legs, [given.imported.get(leg) for leg in legs])
    odd = (*chain.from_iterable(one.oddities for one in used.values()), *joined.oddities)
    first = own[0][0] if own else date.max
    at = {session: place for place, session in enumerate(sessions)}
    places = [at[session] if session >= first else None for session, _ in joined.ratios]
    held = [{bar.session for bar in bars.get(leg, ())} for leg in legs]
    return History(
        legs=legs,
        ratios=joined.ratios,
        facts=Facts(
            [session for session, _ in joined.ratios],
            _placed(places, {symbol: one.column for symbol, one in used.items()}),
            given.series,
            _placed(places, read),
        ),
        source=joined.source,
        last=max(held[0] & held[1], default=None),
        oddities=tuple(sorted(odd, key=_when)),
        lacking=tuple((day, legs[day in held[0]]) for day in sorted(held[0] ^ held[1]) if all(held)),
        unused=joined.unused,
    )


def hole(sessions: Sequence[date], count: int) -> str | None:
    """Say what the last `count` sessions lack; None: no more than holidays.

    A history may lack the same sessions of both legs, and then no leg tells of it. Fewer than six in a row,
    and few in all, are let pass: averages over a hundred hardly move by them.
    """
    last = sessions[-count:]
    wide = next((pair for pair in pairwise(reversed(last)) if (pair[0] - pair[1]).days > LONGEST_GAP), None)
    if wide:
        return f"history has a hole: no close from {wide[1]} to {wide[0]}"
    most = int(MOST_MISSING * max(1.0, len(last) / YEAR))
    missing = _weekdays(last[0], last[-1]) - sum(day.weekday() < SATURDAY for day in last) if last else 0
    if missing > most:
        return (
            f"history has holes: {missing} weekdays from {last[0]} to {last[-1]} lack a close, {most} allowed"
        )
    return None


def _weekdays(first: date, last: date) -> int:
    """Return how many days from Monday to Friday there are, first and last included."""
    weeks, more = divmod((last - first).days + 1, 7)
    return 5 * weeks + sum((first.weekday() + day) % 7 < SATURDAY for day in range(more))


def _sessions(bars: Mapping[str, Sequence[Bar]]) -> list[date]:
    """Return all sessions of all symbols, ascending."""
    each = [[bar.session for bar in one] for one in bars.values()]
    if each and all(one == each[0] for one in each):
        return each[0]
    return sorted(set(chain.from_iterable(each)))


def _when(one: Oddity) -> tuple[date, str]:
    return one.session, one.symbol


class _Joined(NamedTuple):
    """The used ratios, imported ones before own ones."""

    ratios: Ratios
    oddities: tuple[Oddity, ...]  # of the imported closes, and of the ratio itself
    source: str
    unused: str | None


def _joined(own: Ratios, legs: tuple[str, str], imported: Sequence[Imported | Unknown | None]) -> _Joined:
    """Put what was imported before the own ratios, and screen both as one."""
    brought, odd = _brought(legs, imported) if any(imported) else ((), ())
    spliced = brought if isinstance(brought, Unknown) else splice(own, brought)
    source, unused = OWN, None
    if isinstance(spliced, Unknown):
        unused = f"imported history of {'/'.join(legs)} not used: {spliced.reason}"
        spliced = Spliced(own, 0, 1.0)
    elif spliced.sessions:
        files = ", ".join(one.file for one in imported if isinstance(one, Imported))
        told = f"{spliced.sessions} sessions, scaled {spliced.scale:.4f}"
        source = f"{OWN}; before {own[0][0]} imported {files} ({told})"
    sessions = [session for session, _ in spliced.ratios]
    used = screened_ratio("/".join(legs), [ratio for _, ratio in spliced.ratios], sessions)
    return _Joined(
        tuple((day, ratio) for day, ratio in zip(sessions, used.column, strict=True) if ratio is not None),
        (*(one for one in odd if spliced.sessions and one.session < own[0][0]), *used.oddities),
        source,
        unused,
    )


def _brought(
    legs: tuple[str, str], imported: Sequence[Imported | Unknown | None]
) -> tuple[Ratios | Unknown, tuple[Oddity, ...]]:
    """Return the ratios of the used ones among imported closes, and what was odd, named by its file.

    Not by its symbol: what is odd in a file says nothing of the broker's own bars, nor of the last close.
    """
    bars = {}
    for leg, one in zip(legs, imported, strict=True):
        if not isinstance(one, Imported):
            return one or Unknown(f"{leg} is not imported"), ()
        bars[leg] = one
    sessions = _sessions({leg: one.bars for leg, one in bars.items()})
    used = screened(columns({leg: one.bars for leg, one in bars.items()}, sessions), sessions)
    odd = tuple(replace(one, symbol=bars[leg].file) for leg in legs for one in used[leg].oddities)
    return session_ratios(sessions, *(used[leg].column for leg in legs)), odd


def _placed(places: Sequence[int | None], columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return columns on the sessions of the ratio; on an imported one there is no close."""
    return {
        symbol: [None if place is None else column[place] for place in places]
        for symbol, column in columns.items()
    }


def remarks(of: History, sessions: int) -> Iterator[str]:
    """Say what was odd or missing in the last sessions."""
    if of.unused:
        yield of.unused
    first = of.facts.sessions[-sessions:][:1]
    since = first[0] if first else date.min
    yield from (str(one) for one in of.oddities if one.session >= since)
    lacking = [one for one in of.lacking if one[0] >= since]
    if lacking:
        day, leg = lacking[-1]
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        yield f"{leg} has no close of {day}{more}: the ratio passes over it"
