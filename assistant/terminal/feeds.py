"""The feed behind each contract: a recording as it is, scaled or quoted round the clock; a currency pair.

Round the clock is Sunday 18:00 to Friday 17:00 in New York, with an hour's break each day at 17:00; a
holiday of the exchange is quoted as any weekday. Nothing outside the sessions was recorded. There the bid
goes from a session's close to the next open, and on its way stands 0.07 to 0.25 % off that close at each
17:00, by a number that hangs on symbol and date alone. The pair is a sum of slow triangular waves.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

import numpy as np

from assistant.terminal.recording import CENTS, Quoting, recording
from assistant.terminal.ticks import Feed, Span, triangle, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from assistant.terminal.profile import Contract
    from assistant.terminal.recording import Recording
    from assistant.terminal.ticks import Stretch

PAIR = "EURUSD"

_NEW_YORK = ZoneInfo("America/New_York")
_OPENS, _CLOSES = time(18), time(17)  # New York, of the day before and of the day itself
_FRIDAY = 4
_BREAK_MS = 3_600_000
_DAY_MS = 86_400_000

_SLOWER = 6  # quiet ticks come six times as rarely as those of a session
_LEAVES = 0.0007, 0.0025  # share of the close by which 17:00 differs from it: least, most
_STRAYS = 0.0010  # share of the price by which the middle of a quiet stretch leaves the straight line at most
_SWING = 0.0002  # share of the price, zigzag of a quiet stretch
_GAP = 0.4  # share of the way to the next open that is jumped over a weekend

_PAIR_QUOTING = Quoting(spread=8, interval_ms=10_000, phase_ms=5310, lead_ms=470)  # spread in 0.00001
_PAIR_PER = 100_000
_PAIR_FIRST, _PAIR_LAST = date(2016, 10, 3), date(2018, 12, 31)
_PAIR_MIDDLE = 118_500  # 0.00001
_PAIR_WAVES = ((311.0, 4500), (41.0, 800), (5.3, 250), (0.9, 80), (0.11, 20))  # period (days), amplitude


def _new_york_ms(day: date, at: time) -> int:
    """Return the instant (UTC epoch ms) of a time of day in New York."""
    return round(datetime.combine(day, at, _NEW_YORK).timestamp()) * 1000


def hours(first: date, last: date) -> Iterator[tuple[date, int, int]]:
    """Yield date, opening and end (UTC epoch ms) of each weekday's 23 hours, both dates included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        if day.weekday() <= _FRIDAY:
            yield day, _new_york_ms(day - timedelta(days=1), _OPENS), _new_york_ms(day, _CLOSES)


class _Quiet(NamedTuple):
    """The corners of a stretch outside the sessions; units."""

    start: int
    middle: int
    end: int


def _shares(symbol: str, day: date) -> tuple[float, float]:
    """Return by what share of the close 17:00 of a date differs from it, and the middle from the straight."""
    number = crc32(f"{symbol} {day} 17:00".encode())
    least, most = _LEAVES
    leaves = least + (most - least) * (number % 1000) / 1000
    strays = _STRAYS * (number // 1000 % 1000) / 1000
    return (leaves if number >> 30 & 1 else -leaves), (strays if number >> 31 & 1 else -strays)


class Played(Feed):
    """A recording at some multiple of its price, with or without the hours between its sessions."""

    def __init__(self, prices: Recording, per: int, factor: int, *, quiet: bool) -> None:
        """Take a recording, the units in one of price, the units for each of its cents, and the hours."""
        self._prices, self._factor = prices, factor
        self._made_of: list[int | _Quiet] = []  # by stretch: a session's number, or the corners
        made = self._round_the_clock() if quiet else self._sessions()
        super().__init__(prices.symbol, list(made), per, prices.quoting.spread * factor)

    def bids(self, stretch: int) -> npt.NDArray[np.int32]:
        """Return the bid (units) of every tick of a stretch."""
        made_of = self._made_of[stretch]
        if isinstance(made_of, int):
            return self._prices.path(made_of).bids * np.int32(self._factor)
        ticks = self.stretches[stretch].ticks
        corners = [(0, made_of.start), (ticks // 2, made_of.middle), (ticks - 1, made_of.end)]
        return walk(corners, made_of.start * _SWING, crc32(self.name.encode()) % 97).astype(np.int32)

    def whole(self, stretch: int) -> Span:
        """Return all ticks of a stretch together."""
        made_of = self._made_of[stretch]
        if not isinstance(made_of, int):
            return super().whole(stretch)
        span, factor = self._prices.whole(made_of), self._factor
        return Span(
            span.open * factor, span.high * factor, span.low * factor, span.close * factor, span.ticks
        )

    def _sessions(self) -> Iterator[Stretch]:
        for number, stretch in enumerate(self._prices.stretches):
            self._made_of.append(number)
            yield stretch

    def _round_the_clock(self) -> Iterator[Stretch]:
        """Yield the stretches from the first session's open to the last 17:00."""
        sessions = self._prices.sessions
        done, level, closed_ms = 0, 0, 0  # sessions, the last bid (units), and the end of the hours before
        for day, opens_ms, closes_ms in hours(sessions[0].day, sessions[-1].day):
            ahead = sessions[min(done, len(sessions) - 1)]
            if done and opens_ms - closed_ms > _BREAK_MS:
                level += round(_GAP * (ahead.open * self._factor - level))
            at_ms, closed_ms = opens_ms, closes_ms
            leaves, strays = _shares(self._prices.symbol, day)
            if ahead.day == day:
                if done:
                    yield self._quiet(at_ms, ahead.open_ms, (level, ahead.open * self._factor), -strays)
                self._made_of.append(done)
                yield self._prices.stretches[done]
                at_ms, level, done = ahead.close_ms, ahead.close * self._factor, done + 1
            close = sessions[done - 1].close * self._factor
            end = round(close * (1 + leaves))
            yield self._quiet(at_ms, closes_ms, (level, end), strays)
            level = end

    def _quiet(self, opens_ms: int, closes_ms: int, ends: tuple[int, int], strays: float) -> Stretch:
        """Return a stretch outside the sessions that goes from one bid (units) to another."""
        start, end = ends
        self._made_of.append(_Quiet(start, round((start + end) / 2 + start * strays), end))
        return self._prices.quoting.stretch(opens_ms, closes_ms, _SLOWER)


class Pair(Feed):
    """The synthetic currency pair, in units of 0.00001."""

    def __init__(self) -> None:
        """Quote it round the clock as long as there are recordings."""
        stretches = [_PAIR_QUOTING.stretch(*ends) for _, *ends in hours(_PAIR_FIRST, _PAIR_LAST)]
        super().__init__(PAIR, stretches, _PAIR_PER, _PAIR_QUOTING.spread)

    def bids(self, stretch: int) -> npt.NDArray[np.int32]:
        """Return the bid (units) of every tick of a stretch."""
        days = self.stretches[stretch].times_ms() / _DAY_MS
        waves = [size * triangle(days / period) for period, size in _PAIR_WAVES]
        return np.rint(_PAIR_MIDDLE + sum(waves)).astype(np.int32)


def feed(contract: Contract) -> Feed:
    """Return the ticks of a contract; its units are its points. ValueError when it cannot be played."""
    terms = contract.terms
    return _feed(terms.plays, terms.scale, terms.digits, terms.hours)


@cache
def _feed(plays: str, scale: int, digits: int, quoted: str) -> Feed:
    per = 10**digits
    if plays == PAIR:
        if (scale, per, quoted) != (1, _PAIR_PER, "round_the_clock"):
            raise ValueError(
                f"{PAIR} has scale 1, 5 digits and is quoted round the clock, was {scale}, {digits}"
            )
        return Pair()
    factor, rest = divmod(scale * per, CENTS)
    if rest or not factor:
        raise ValueError(
            f"{plays} times {scale} needs more digits than {digits}: a cent must be whole points"
        )
    if (factor, per, quoted) == (1, CENTS, "session"):
        return recording(plays)
    return Played(recording(plays), per, factor, quiet=quoted == "round_the_clock")
