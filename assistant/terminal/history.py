"""The bars of finished sessions: read until they are complete, then only what is new.

A session closes with the last quote at or before the exchange's close. A D1 bar is that session where the
broker's day holds all of it and nothing after it; where it does not (a symbol quoted around the clock, a
server's midnight inside the session) sessions are put together from intraday bars.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

from assistant.core.market import LEAST_PRICE, MOST_PRICE, Bar, Unknown
from assistant.terminal.clock import ServerClock
from assistant.terminal.reads import Reads
from assistant.terminal.sessions import Session, Sessions

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Rates = npt.NDArray[np.void]
    Stamps = npt.NDArray[np.int64]  # server's epoch s

# Values of MetaTrader5 5.0.6231; the numbers are MQL5's own and do not change.
TIMEFRAME_M30, TIMEFRAME_H1, TIMEFRAME_D1 = 30, 16385, 16408

_DAY_0 = date(1970, 1, 1)
_DAY = 86_400  # seconds
_HOUR = 3_600  # seconds
_LATEST = timedelta(minutes=5)  # the newest sessions are read again so often
_WHOLE = timedelta(minutes=15)  # and all of them so often: a terminal may still be loading
_TAIL = 12  # sessions in a reading of the newest
_SLIDE = 5  # sessions that a reading may lack: the unfinished one takes a place, a holiday may be filled
_CHECKED = 5  # sessions whose D1 bar is held against intraday bars
_YEAR = 400  # days of hourly bars that show the server's calendar
_BEYOND = 2  # of them that are not one, so that D1 bars do not serve; a single late tick is none
_SAMPLED = 10  # days of intraday bars in which they lie
_EARLY = timedelta(seconds=10)  # and so often in the first minutes: a terminal may still be loading
_EARLY_FOR = timedelta(minutes=2)
_RETRY = timedelta(seconds=2)  # between two readings of what is missing
_APART = timedelta(milliseconds=400)  # two readings of a history that is to be called complete


@dataclass(frozen=True, slots=True)
class _Grid:
    """How the sessions of one symbol are read."""

    timeframe: int  # TIMEFRAME_D1, or the intraday bars that the sessions are put together from
    step: int  # seconds in a bar
    a_day: int  # bars in a day at most


_D1 = _Grid(TIMEFRAME_D1, _DAY, 1)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is known of one symbol's history."""

    grid: _Grid
    bars: tuple[Bar, ...] | Unknown
    whole_at: datetime  # UTC, when all of it was read
    tail_at: datetime  # UTC, when the newest of it was read
    known_at: datetime  # UTC, since when it has been complete
    settled: bool  # two readings in a row agreed


class History:
    """The finished sessions of all symbols, by the broker's name of the symbol."""

    def __init__(self, reads: Reads, table: Sessions, count: int) -> None:
        """Take the reading functions, the exchange's sessions, and how many sessions are wanted."""
        self._reads = reads
        self._table = table
        self._count = count
        self._maxbars = inf  # bars that the terminal hands out at most
        self.zone = ""  # in which the stamps of what is kept were read
        self._kept: dict[str, _Kept] = {}
        self._most: dict[tuple[str, int], int] = {}  # sessions seen at most, by name and timeframe
        self._before: dict[str, tuple[object, tuple[Bar, ...] | Unknown]] = {}  # what a reading was, and made

    @property
    def loading(self) -> tuple[str, ...]:
        """The symbols whose history is not yet known to be complete."""
        return tuple(name for name, kept in self._kept.items() if not kept.settled)

    def forget(self) -> None:
        """Begin anew: by another clock, or another number of bars, a history may have another length."""
        self._kept.clear()
        self._most.clear()
        self._before.clear()

    def reconnect(self) -> None:
        """Begin anew by another connection: a terminal that has just started may still be loading."""
        self._kept.clear()

    def reread(self) -> None:
        """Read all of it again at the next look, as after a loss of the link to the broker."""
        never = datetime.min.replace(tzinfo=UTC)
        self._kept = {name: replace(kept, whole_at=never, settled=False) for name, kept in self._kept.items()}

    def limit(self, maxbars: int) -> None:
        """Take terminal_info().maxbars: a request for more fails. A changed one means reading again."""
        if maxbars > 0 and maxbars != self._maxbars:
            self._maxbars = maxbars
            self.forget()

    def sessions(
        self, name: str, finished: date | None, as_of: datetime, clock: ServerClock
    ) -> tuple[Bar, ...] | Unknown:
        """Return a symbol's sessions up to the session `finished`, oldest first.

        `as_of` (UTC) is the present instant. Unknown while the history is not known to be complete.
        """
        if clock.zone != self.zone:
            self.zone = clock.zone
            self.forget()
        kept = self._kept.get(name)
        if kept is None or not self._fresh(kept.whole_at, as_of, _WHOLE):
            kept = self._read_whole(name, finished, as_of, clock, kept)
        elif isinstance(kept.bars, Unknown) or not kept.settled:
            wait = _RETRY if isinstance(kept.bars, Unknown) else _APART
            if not self._fresh(kept.whole_at, as_of, wait):
                kept = self._read_whole(name, finished, as_of, clock, kept)
        elif not self._fresh(kept.tail_at, as_of, self._wait(kept, finished, as_of)):
            kept = self._read_tail(name, finished, as_of, clock, kept)
        self._kept[name] = kept
        if isinstance(kept.bars, Unknown) or kept.settled:
            return kept.bars
        return Unknown(f"history of {name} is loading, {len(kept.bars)} sessions so far")

    def day_starts(self, name: str) -> tuple[int, ...] | Unknown:
        """Return the stamps (server's epoch s) of the first hourly bar of each of some 400 server days."""
        import numpy as np  # noqa: PLC0415 -- it is loaded wherever rates come from

        rates = self._rates(name, _Grid(TIMEFRAME_H1, _HOUR, 24), _YEAR * 24)
        if isinstance(rates, Unknown):
            return rates
        stamps = rates["time"]
        _, firsts = np.unique(stamps // _DAY, return_index=True)
        return tuple(stamps[firsts].tolist())

    @staticmethod
    def _fresh(read_at: datetime, as_of: datetime, age: timedelta) -> bool:
        return timedelta() <= as_of - read_at < age

    def _wait(self, kept: _Kept, finished: date | None, as_of: datetime) -> timedelta:
        """Return how long the newest sessions stand: not long where one is missing, or at the beginning."""
        if isinstance(kept.bars, tuple) and self._behind(kept.bars, finished):
            return _RETRY
        return _EARLY if as_of - kept.known_at < _EARLY_FOR else _LATEST

    @staticmethod
    def _behind(bars: Sequence[Bar], finished: date | None) -> bool:
        return finished is not None and (not bars or bars[-1].session < finished)

    def _read_whole(
        self, name: str, finished: date | None, as_of: datetime, clock: ServerClock, kept: _Kept | None
    ) -> _Kept:
        """Read everything; it is settled when it agrees with the reading before."""
        grid = self._grid(name, finished, clock)
        if isinstance(grid, Unknown):
            return _Kept(_D1, grid, as_of, as_of, as_of, settled=True)
        bars = self._read(name, grid, self._count, finished, clock)
        if isinstance(bars, Unknown):
            return _Kept(grid, bars, as_of, as_of, as_of, settled=True)
        series = name, grid.timeframe
        most = self._most[series] = max(len(bars), self._most.get(series, 0))
        if len(bars) < most - _SLIDE:  # a part of it may say another stance than the whole
            shorter = Unknown(f"{name} has {len(bars)} sessions of history, after {most} before")
            return _Kept(grid, shorter, as_of, as_of, as_of, settled=True)
        if kept is None or isinstance(kept.bars, Unknown):
            return _Kept(grid, bars, as_of, as_of, as_of, settled=False)
        known_at = kept.known_at if kept.settled else as_of
        return _Kept(grid, bars, as_of, as_of, known_at, settled=kept.settled or kept.bars == bars)

    def _read_tail(
        self, name: str, finished: date | None, as_of: datetime, clock: ServerClock, kept: _Kept
    ) -> _Kept:
        """Read the newest sessions; all of them where the newest do not continue what is known."""
        new = isinstance(kept.bars, tuple) and self._behind(kept.bars, finished)
        if new and self._grid(name, finished, clock) != kept.grid:  # it may be incomplete, or not a day
            return self._read_whole(name, finished, as_of, clock, kept)
        tail = self._read(name, kept.grid, _TAIL, finished, clock)
        if isinstance(tail, Unknown) or isinstance(kept.bars, Unknown):
            return self._read_whole(name, finished, as_of, clock, kept)
        first = next((i for i, bar in enumerate(kept.bars) if bar.session == tail[0].session), None)
        overlap = () if first is None else kept.bars[first:]
        if not overlap or overlap != tail[: len(overlap)]:
            return self._read_whole(name, finished, as_of, clock, kept)
        known = kept.bars if len(overlap) == len(tail) else kept.bars + tail[len(overlap) :]
        return replace(kept, bars=known[-self._count :], tail_at=as_of)

    def _grid(self, name: str, finished: date | None, clock: ServerClock) -> _Grid | Unknown:
        """Say whether this symbol's D1 bars are sessions, and which bars are read where they are not."""
        table = self._table.until(finished, _CHECKED)
        if not table:
            return Unknown("no finished session is known: the packaged table does not hold this date")
        whole_hours = all(clock.to_stamp(one.closes_at) % _HOUR == 0 for one in table)
        intraday = _Grid(TIMEFRAME_H1, _HOUR, 24) if whole_hours else _Grid(TIMEFRAME_M30, _HOUR // 2, 48)
        rates = self._rates(name, intraday, _SAMPLED * intraday.a_day)
        if isinstance(rates, Unknown):
            return rates
        stamps = rates["time"]
        closes = clock.to_stamp(table[-1].closes_at)
        if not ((closes - _HOUR <= stamps) & (stamps < closes)).any():
            return Unknown(
                f"{name} has no bars of the hour before the close of {table[-1].date}: "
                "they are still loading, or its feed had stopped"
            )
        held = [one for one in table if _has_bars(one, stamps, clock)]
        beyond = sum(not _fills_its_day(one, stamps, clock) for one in held)
        return intraday if beyond >= min(_BEYOND, len(held)) else _D1

    def _rates(self, name: str, grid: _Grid, count: int) -> "Rates | Unknown":
        wanted = int(min(count, self._maxbars - 1))  # as many as that, and it fails at some builds
        rates = self._reads.optional("copy_rates_from_pos", name, grid.timeframe, 0, wanted)
        if not isinstance(rates, Unknown) and len(rates) == 0:
            return Unknown(f"{name} has no bars of timeframe {grid.timeframe}")
        return rates

    def _read(
        self, name: str, grid: _Grid, count: int, finished: date | None, clock: ServerClock
    ) -> tuple[Bar, ...] | Unknown:
        """Read up to `count` finished sessions."""
        if finished is None:
            return Unknown("no finished session is known: the packaged table does not hold this date")
        rates = self._rates(name, grid, (count + 1) * grid.a_day)
        if isinstance(rates, Unknown):
            return rates
        asked = count, grid, finished, sha256(rates.tobytes()).digest()
        before = self._before.get(name)
        if before is None or before[0] != asked:
            before = self._before[name] = asked, self._made(name, rates, grid, count, finished, clock)
        return before[1]

    def _made(
        self, name: str, rates: "Rates", grid: _Grid, count: int, finished: date, clock: ServerClock
    ) -> tuple[Bar, ...] | Unknown:
        table = self._table.until(finished, count + 1)
        bars = _daily(rates, table) if grid is _D1 else _put_together(rates, grid, table, clock)
        refused = _refusal(name, bars)
        if refused:
            return refused
        done = tuple(bar for bar in bars if bar.session <= finished)[-count:]
        return done or Unknown(f"{name} has no bars of a finished session")


def _put_together(rates: "Rates", grid: _Grid, table: Sequence[Session], clock: ServerClock) -> list[Bar]:
    """Make sessions of intraday bars: each from the close of the session before to its own close."""
    import numpy as np  # noqa: PLC0415 -- it is loaded wherever rates come from

    opens = [clock.to_stamp(one.opens_at) for one in table]
    closes = np.array([clock.to_stamp(one.closes_at) for one in table])
    stamps = rates["time"]
    ends = np.searchsorted(stamps, closes - grid.step, side="right")  # bars that end at or before the close
    bars = []
    for place, (before, end) in enumerate(pairwise(ends.tolist()), start=1):
        if before in {0, end} or stamps[end - 1] + grid.step <= opens[place]:
            continue  # before the first bar, or nobody quoted in this session
        part = rates[before:end]
        prices = part["open"][0], part["high"].max(), part["low"].min(), part["close"][-1]
        bars.append(Bar(table[place].date, *(float(price) for price in prices)))
    return bars


def _has_bars(session: Session, stamps: "Stamps", clock: ServerClock) -> bool:
    """Whether anybody quoted in a session."""
    opens, closes = clock.to_stamp(session.opens_at), clock.to_stamp(session.closes_at)
    return bool(((opens - _HOUR < stamps) & (stamps < closes)).any())


def _fills_its_day(session: Session, stamps: "Stamps", clock: ServerClock) -> bool:
    """Whether the server's date of a session holds all of it and no bar after its close."""
    opens, closes = clock.to_stamp(session.opens_at), clock.to_stamp(session.closes_at)
    midnight = (session.date - _DAY_0).days * _DAY
    if not midnight <= opens < closes <= midnight + _DAY:
        return False
    return not ((closes <= stamps) & (stamps < midnight + _DAY)).any()


def _daily(rates: "Rates", table: Sequence[Session]) -> list[Bar]:
    """Take D1 bars as sessions, by the server's date that they are stamped with; other days are none."""
    dates = {(one.date - _DAY_0).days: one.date for one in table}
    return [
        Bar(dates[day], opened, high, low, close)
        for stamp, opened, high, low, close, *_ in rates.tolist()
        if (day := stamp // _DAY) in dates
    ]


def _refusal(name: str, bars: Sequence[Bar]) -> Unknown | None:
    """Say why bars cannot be counted with."""
    for bar in bars:
        inside = bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high
        if not (inside and LEAST_PRICE <= bar.low <= bar.high <= MOST_PRICE):
            prices = f"open {bar.open:g}, high {bar.high:g}, low {bar.low:g}, close {bar.close:g}"
            return Unknown(f"the bar of {name} on {bar.session} was {prices}")
    for before, bar in pairwise(bars):
        if before.session >= bar.session:
            return Unknown(f"bars of {name} do not ascend: {bar.session} follows {before.session}")
    return None
