"""The bars that MetaTrader5 returns: ticks put together by the server's clock.

A bar bears the server time (epoch seconds) of its grid's line before its first tick; H4 and D1 have their
lines at the server's midnight, too. It is made of bids; without a tick there is no bar. The last bar is
unfinished: it goes as far as the last tick. No clock may change while a symbol is quoted; real ones change
at weekends. Instants that are taken are UTC epoch milliseconds, stamps are the server's epoch seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from assistant.terminal.constants import (
    TIMEFRAME_D1,
    TIMEFRAME_H1,
    TIMEFRAME_H4,
    TIMEFRAME_M1,
    TIMEFRAME_M5,
    TIMEFRAME_M15,
    TIMEFRAME_M30,
)
from assistant.terminal.feeds import feed
from assistant.terminal.profile import to_server, to_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from assistant.terminal.profile import Contract, Profile
    from assistant.terminal.ticks import Feed

RATES = np.dtype(
    [
        ("time", "<i8"),
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("tick_volume", "<u8"),
        ("spread", "<i4"),
        ("real_volume", "<u8"),
    ]
)

# Length in seconds of the timeframes there are.
SECONDS: Mapping[int, int] = MappingProxyType(
    {
        TIMEFRAME_M1: 60,
        TIMEFRAME_M5: 300,
        TIMEFRAME_M15: 900,
        TIMEFRAME_M30: 1800,
        TIMEFRAME_H1: 3600,
        TIMEFRAME_H4: 14_400,
        TIMEFRAME_D1: 86_400,
    }
)

_DAY = 86_400  # seconds
_EMPTY = np.empty(0, dtype=RATES)
_EMPTY.setflags(write=False)


class _Days:
    """The server's days on which a feed has ticks, by number."""

    def __init__(self, feed: Feed, clock: str) -> None:
        self._feed, self._clock = feed, clock
        stamps: dict[int, None] = {}  # server midnights, ascending
        for stretch in feed.stretches:
            for instant in (stretch.first_ms, stretch.last_ms):
                stamps[to_server(clock, instant) // 1000 // _DAY * _DAY] = None
        self._stamps = list(stamps)

    def of(self, stamp: int) -> int:
        """Return the number of the last day that begins at or before a stamp, -1 before the first."""
        return bisect_right(self._stamps, stamp) - 1

    def edges(self, day: int) -> tuple[int, int]:
        """Return the stamps at which a day begins and ends."""
        return self._stamps[day], self._stamps[day] + _DAY

    def last_tick(self, at_ms: int) -> int:
        """Return the stamp of the last tick at an instant; ValueError before the first."""
        stretch, tick = self._feed.where(at_ms)
        return to_server(self._clock, self._feed.stretches[stretch].time_ms(tick)) // 1000

    def bar(self, stamp: int, last_ms: int) -> npt.NDArray[np.void]:
        """Return the one bar that begins at a stamp, of its ticks up to an instant (UTC epoch ms)."""
        span, per = self._feed.span(to_utc(self._clock, stamp * 1000), last_ms), self._feed.per
        prices = span.open / per, span.high / per, span.low / per, span.close / per
        return np.array([(stamp, *prices, span.ticks, self._feed.spread, 0)], dtype=RATES)

    def bars(self, day: int, seconds: int) -> npt.NDArray[np.void]:
        """Return the bars of a whole day, each so many seconds long."""
        first, end = self.edges(day)
        first_ms, last_ms = to_utc(self._clock, first * 1000), to_utc(self._clock, end * 1000) - 1
        if seconds == _DAY:
            return self.bar(first, last_ms)
        pieces = [
            (self._feed.path(number), slice(one, last + 1))
            for number, one, last in self._feed.pieces(first_ms, last_ms)
        ]
        times_ms = np.concatenate([path.times_ms[some] for path, some in pieces])
        bids = np.concatenate([path.bids[some] for path, some in pieces])
        offset_ms = to_server(self._clock, times_ms.item(0)) - times_ms.item(0)
        stamps = (times_ms + offset_ms) // (seconds * 1000) * seconds
        begins = np.flatnonzero(np.diff(stamps, prepend=-1))
        ends = np.append(begins[1:], len(stamps))
        made = np.zeros(len(begins), dtype=RATES)
        made["time"] = stamps[begins]
        made["open"], made["close"] = bids[begins] / self._feed.per, bids[ends - 1] / self._feed.per
        made["high"] = np.maximum.reduceat(bids, begins) / self._feed.per
        made["low"] = np.minimum.reduceat(bids, begins) / self._feed.per
        made["tick_volume"], made["spread"] = ends - begins, self._feed.spread
        return made


class _Bars:
    """The bars of one timeframe as they are once finished, made for the days that were asked for."""

    def __init__(self, days: _Days, seconds: int) -> None:
        self._days, self._seconds = days, seconds
        self._first = self._end = 0  # days that are made: from the first up to, not including, the end
        self._rows = _EMPTY
        self._stamps = np.empty(0, dtype=np.int64)  # _rows["time"], side by side

    def back(
        self, at_ms: int, history: int, stamp: int | None, skip: int, count: int
    ) -> npt.NDArray[np.void]:
        """Return `count` bars without the newest `skip`, of those that begin up to a stamp (None: now).

        They are as they stand at an instant (UTC epoch ms), of the newest `history` days (0: of all).
        """
        now = self._days.last_tick(at_ms)
        until = now if stamp is None else min(stamp, now)
        floor, last = self._floor(now, history), self._days.of(until)
        if last < floor:
            return _EMPTY
        first = max(floor, self._first if self._first <= last < self._end else last)
        while True:
            self._make(first, last)
            begin, end = self._place(self._days.edges(first)[0]), self._place(until + 1)
            lacking = count + skip - (end - begin)
            if lacking <= 0 or first == floor:
                break
            a_day = max(len(self._rows) // (self._end - self._first), 1)
            first = max(floor, first - lacking // a_day - 1)
        end -= skip
        return self._view(max(begin, end - count), end, at_ms, now)

    def range(self, at_ms: int, history: int, first: int, last: int) -> npt.NDArray[np.void]:
        """Return the bars that begin from one stamp to another, both in, as they stand at an instant."""
        now = self._days.last_tick(at_ms)
        until = min(last, now)
        days = max(self._floor(now, history), self._days.of(first)), self._days.of(until)
        if days[1] < days[0]:
            return _EMPTY
        self._make(*days)
        begin = self._place(max(first, self._days.edges(days[0])[0]))
        return self._view(begin, self._place(until + 1), at_ms, now)

    def _floor(self, now: int, history: int) -> int:
        """Return the oldest day of a history that ends with the last tick's day."""
        return max(self._days.of(now) - history + 1, 0) if history else 0

    def _place(self, stamp: int) -> int:
        """Return how many of the bars that are made begin before a stamp."""
        return int(np.searchsorted(self._stamps, stamp))

    def _make(self, first: int, last: int) -> None:
        """Make the bars of some days, both in, and of what lies between them and those that are made."""
        if not len(self._rows):
            self._first = self._end = first
        before, after = range(first, self._first), range(self._end, last + 1)
        if not before and not after:
            return
        made = [[self._days.bars(day, self._seconds) for day in days] for days in (before, after)]
        self._rows = np.concatenate([*made[0], self._rows, *made[1]])
        self._stamps = np.ascontiguousarray(self._rows["time"])
        self._first, self._end = min(first, self._first), max(last + 1, self._end)

    def _view(self, begin: int, end: int, at_ms: int, now: int) -> npt.NDArray[np.void]:
        """Return some of the bars, the one of the last tick (at the stamp `now`) as far as it has gone."""
        if end <= begin:
            return _EMPTY
        rows = self._rows[begin:end].copy()
        newest = int(self._stamps[end - 1])
        if newest + self._seconds > now:
            rows[-1:] = self._days.bar(newest, at_ms)
        rows.setflags(write=False)
        return rows


@cache
def _days(ticks: Feed, clock: str) -> _Days:
    return _Days(ticks, clock)


@cache
def _bars(ticks: Feed, clock: str, timeframe: int) -> _Bars:
    return _Bars(_days(ticks, clock), SECONDS[timeframe])


def _of(profile: Profile, contract: Contract, timeframe: int, at_ms: int) -> _Bars | None:
    """Return the bars of a contract; None before its first tick."""
    ticks = feed(contract)
    return None if at_ms < ticks.first_ms else _bars(ticks, profile.clock, timeframe)


def rates_from_pos(
    profile: Profile, contract: Contract, timeframe: int, at_ms: int, start: int, count: int
) -> npt.NDArray[np.void]:
    """Return `count` bars (RATES, oldest first, read-only) without the newest `start`; or none.

    `timeframe` is one of SECONDS (KeyError otherwise), `start` 0 or more, `count` above 0.
    """
    bars = _of(profile, contract, timeframe, at_ms)
    return _EMPTY if bars is None else bars.back(at_ms, contract.terms.history, None, start, count)


def rates_from(
    profile: Profile, contract: Contract, timeframe: int, at_ms: int, stamp: int, count: int
) -> npt.NDArray[np.void]:
    """Return the newest `count` bars that begin at or before a stamp, as rates_from_pos does."""
    bars = _of(profile, contract, timeframe, at_ms)
    return _EMPTY if bars is None else bars.back(at_ms, contract.terms.history, stamp, 0, count)


def rates_range(
    profile: Profile, contract: Contract, timeframe: int, at_ms: int, first: int, last: int
) -> npt.NDArray[np.void]:
    """Return the bars that begin from one stamp to another, both in, as rates_from_pos does."""
    bars = _of(profile, contract, timeframe, at_ms)
    return _EMPTY if bars is None else bars.range(at_ms, contract.terms.history, first, last)
