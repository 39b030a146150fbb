"""A stream of ticks that is a pure function of the instant: stretches of quoting, each an even grid of ticks.

Prices are whole units, `per` of them to one of price, so that no sum of them is rounded. Ticks stand until
the next one; outside every stretch the last tick stays. Instants are UTC epoch milliseconds.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

_SILENCE_MS = 1000  # before the end of a stretch the grid is silent and only the closing tick comes
_CACHED_PATHS = 3  # stretches kept for each feed; a path takes about 250 kB
_CACHED_WAVES = 64  # zigzags kept; each takes about 90 kB
_TAPER = 0.04  # share of a leg over which the zigzag grows from nothing and shrinks to nothing


class Quote(NamedTuple):
    """What was quoted last."""

    time_ms: int  # UTC epoch ms of the tick
    bid: float  # price
    ask: float  # price


class Span(NamedTuple):
    """The ticks of some time together; prices are bids, units."""

    open: int
    high: int
    low: int
    close: int
    ticks: int  # count, at least 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of quoting: a tick every `interval_ms`, and the closing tick within a second of the end."""

    opens_ms: int  # UTC epoch ms
    closes_ms: int  # UTC epoch ms
    first_ms: int  # UTC epoch ms of the first tick
    last_ms: int  # UTC epoch ms of the closing tick
    interval_ms: int

    @property
    def ticks(self) -> int:
        """How many ticks it has in all."""
        return -((self.first_ms - (self.closes_ms - _SILENCE_MS)) // self.interval_ms) + 1

    def until(self, at_ms: int) -> int:
        """Return the number of the last tick up to an instant, -1 before the first."""
        if at_ms >= self.last_ms:
            return self.ticks - 1
        # Between the grid's end and the closing tick the division would already count the closing tick.
        return max(min((at_ms - self.first_ms) // self.interval_ms, self.ticks - 2), -1)

    def time_ms(self, tick: int) -> int:
        """Return the instant of a tick by its number."""
        return self.last_ms if tick == self.ticks - 1 else self.first_ms + tick * self.interval_ms

    def times_ms(self) -> npt.NDArray[np.int64]:
        """Return the instants of all ticks, ascending."""
        times_ms = self.first_ms + np.arange(self.ticks, dtype=np.int64) * self.interval_ms
        times_ms[-1] = self.last_ms
        return times_ms


@dataclass(frozen=True, slots=True)
class Path:
    """All ticks of one stretch."""

    times_ms: npt.NDArray[np.int64]  # UTC epoch ms, ascending
    bids: npt.NDArray[np.int32]  # units
    highs: npt.NDArray[np.int32]  # units, highest bid so far
    lows: npt.NDArray[np.int32]  # units, lowest bid so far


class Feed(ABC):
    """The ticks of one symbol."""

    def __init__(self, name: str, stretches: Sequence[Stretch], per: int, spread: int) -> None:
        """Take the stretches, ascending, the units in one of price, and the spread in units."""
        self.name = name
        self.stretches = tuple(stretches)
        self.per = per
        self.spread = spread
        self._first_ms = [stretch.first_ms for stretch in stretches]
        self.first_ms = self._first_ms[0]
        self.path = lru_cache(maxsize=_CACHED_PATHS)(self._path)

    @abstractmethod
    def bids(self, stretch: int) -> npt.NDArray[np.int32]:
        """Return the bid (units) of every tick of a stretch."""

    def whole(self, stretch: int) -> Span:
        """Return all ticks of a stretch together."""
        path = self.path(stretch)
        first, high, low, last = path.bids[0], path.highs[-1], path.lows[-1], path.bids[-1]
        return Span(int(first), int(high), int(low), int(last), len(path.bids))

    def where(self, at_ms: int) -> tuple[int, int]:
        """Return stretch and tick number of the last tick up to an instant; ValueError before the first."""
        stretch = bisect_right(self._first_ms, at_ms) - 1
        if stretch < 0:
            raise ValueError(f"{self.name} has its first tick at {self.first_ms} ms (UTC), asked was {at_ms}")
        return stretch, self.stretches[stretch].until(at_ms)

    def quoted(self, at_ms: int) -> bool:
        """Whether the symbol is being quoted: from the first tick of some hours to before their end."""
        number = bisect_right(self._first_ms, at_ms) - 1
        if number < 0:
            return False
        closes_ms, after = self.stretches[number].closes_ms, number + 1
        joined = after < len(self.stretches) and self.stretches[after].opens_ms == closes_ms
        return at_ms < closes_ms or joined

    def quote(self, at_ms: int) -> Quote:
        """Return the last tick at or before an instant; ValueError before the first."""
        stretch, tick = self.where(at_ms)
        path = self.path(stretch)
        bid = path.bids.item(tick)
        return Quote(path.times_ms.item(tick), bid / self.per, (bid + self.spread) / self.per)

    def pieces(self, first_ms: int, last_ms: int) -> Iterator[tuple[int, int, int]]:
        """Yield stretch, first and last tick number of the ticks from one instant to another, both in."""
        number = max(bisect_right(self._first_ms, first_ms) - 1, 0)
        while number < len(self.stretches) and self._first_ms[number] <= last_ms:
            stretch = self.stretches[number]
            first, last = stretch.until(first_ms - 1) + 1, stretch.until(last_ms)
            if first <= last:
                yield number, first, last
            number += 1

    def span(self, first_ms: int, last_ms: int) -> Span:
        """Return the ticks from one instant to another, both in, together; ValueError without any."""
        parts = [self._part(*piece) for piece in self.pieces(first_ms, last_ms)]
        if not parts:
            raise ValueError(f"{self.name} has no tick from {first_ms} to {last_ms} ms (UTC)")
        return Span(
            open=parts[0].open,
            high=max(part.high for part in parts),
            low=min(part.low for part in parts),
            close=parts[-1].close,
            ticks=sum(part.ticks for part in parts),
        )

    def _part(self, number: int, first: int, last: int) -> Span:
        """Return some ticks of a stretch together."""
        if first == 0 and last == self.stretches[number].ticks - 1:
            return self.whole(number)
        path = self.path(number)
        if first == 0:
            high, low = path.highs[last], path.lows[last]
        else:
            some = path.bids[first : last + 1]
            high, low = some.max(), some.min()
        return Span(int(path.bids[first]), int(high), int(low), int(path.bids[last]), last - first + 1)

    def _path(self, stretch: int) -> Path:
        bids = self.bids(stretch)
        times_ms = self.stretches[stretch].times_ms()
        path = Path(times_ms, bids, np.maximum.accumulate(bids), np.minimum.accumulate(bids))
        for values in (path.times_ms, path.bids, path.highs, path.lows):
            values.setflags(write=False)
        return path


def triangle(phase: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the triangular wave of period 1 between -1 and 1."""
    wave: npt.NDArray[np.float64] = 4.0 * np.abs(phase - np.floor(phase) - 0.5) - 1.0
    return wave


def walk(
    corners: Sequence[
        tuple[int, int]
    ],  # tick number and price (units), ascending; the first and last tick too
    swing: float,  # units, largest step off the straight line
    start: int,  # tick number at which the zigzag's waves begin
) -> npt.NDArray[np.float64]:
    """Return a price (units) for every tick: straight from corner to corner, with a zigzag in between."""
    at, price = np.array(corners).T
    number = np.arange(at[-1] + 1, dtype=np.float64)
    long = at[1:] - at[:-1]  # of each leg, ticks
    ticks = long + (np.arange(len(long)) == len(long) - 1)  # the last one has both of its ends
    done = (number - np.repeat(at[:-1], ticks)) / np.repeat(long, ticks)
    taper = np.minimum(np.minimum(done, 1.0 - done) / _TAPER, 1.0)
    wave = _waves(start, len(number))
    smooth: npt.NDArray[np.float64] = np.rint(np.interp(number, at, price) + swing * taper * wave)
    return smooth


@lru_cache(maxsize=_CACHED_WAVES)
def _waves(start: int, ticks: int) -> npt.NDArray[np.float64]:
    """Return the zigzag (between -1 and 1) of so many ticks; most sessions of a symbol have as many."""
    number = np.arange(start, start + ticks, dtype=np.float64)
    wave: npt.NDArray[np.float64] = 0.6 * triangle(number / 89.0) + 0.4 * triangle(number / 17.0)
    wave.setflags(write=False)
    return wave
