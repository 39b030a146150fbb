"""Broker server time <-> UTC, and the measurement of the server's clock.

A terminal writes the wall-clock digits of its broker's server as if they were epoch seconds. Two families
are common: New York + 7 hours (midnight falls on 17:00 in New York, with New York's summer time), and
Europe/Athens, with Europe's; a few servers keep one offset all year. The package of functions exposes no
server clock, so the offset is measured on ticks that move.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.errors import ConfigError

AUTO = "auto"
NEW_YORK_PLUS_7 = "New_York+7"
ATHENS = "Europe/Athens"
_FIXED = "UTC"  # the third family: one offset all year, whichever was measured

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- wall-clock digits without a zone
_NEW_YORK = ZoneInfo("America/New_York")
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)  # no place on earth is further from UTC

_GRAIN = timedelta(minutes=15)  # to which an offset is rounded
_UNSEEN = timedelta(minutes=5)  # between readings: a tick that moved meanwhile may be old
_WINDOW = timedelta(minutes=1)  # in which symbols must agree
_SPAN = timedelta(seconds=3)  # for so long a symbol's ticks must run with the PC's clock
_JITTER = timedelta(seconds=2)  # of ticks on their way, beyond the gap between readings

_MIDNIGHT = timedelta(hours=2)  # a bar stamped before this may be there because the server's day began
_HOUR = timedelta(hours=1)
_AGAIN = "the server's clock is to be measured again"
_NAME_IT = "where the quotes of some symbols are delayed, name terminal.server_zone"
_WEEKS_APART = timedelta(weeks=4)  # between two weeks that are compared


class ServerClock:
    """The clock of one broker's server."""

    def __init__(self, zone: str) -> None:
        """Take New_York+7, an IANA zone, or an offset like UTC+03:00; raises ConfigError for another."""
        new_york = zone == NEW_YORK_PLUS_7
        self.zone = zone
        self._ahead = timedelta(hours=7 if new_york else 0)
        self._zone = _tzinfo("America/New_York" if new_york else zone)

    def to_utc(self, stamp: float) -> datetime:
        """Return the UTC instant of a server stamp (epoch seconds of wall-clock digits).

        In the hour that a clock is set back the first of the two readings is taken, the older instant.
        """
        wall = _EPOCH + timedelta(seconds=stamp) - self._ahead
        return wall.replace(tzinfo=self._zone).astimezone(UTC)

    def to_stamp(self, instant: datetime) -> int:
        """Return the server stamp (whole epoch seconds of wall-clock digits) of a UTC instant."""
        wall = instant.astimezone(self._zone).replace(tzinfo=None) + self._ahead
        return int((wall - _EPOCH).total_seconds())

    def offset(self, instant: datetime) -> timedelta:
        """Return how far the server's digits are ahead of UTC at an instant (UTC)."""
        return (instant.astimezone(self._zone).utcoffset() or timedelta()) + self._ahead


def _tzinfo(zone: str) -> tzinfo:
    """Return a zone by its name; ConfigError for one that there is not."""
    if found := re.fullmatch(r"UTC([+-])(\d\d):([0-5]\d)", zone):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3])) * (1 if found[1] == "+" else -1)
        if _WEST <= ahead <= _EAST:
            return timezone(ahead)
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        expected = f"{AUTO}, {NEW_YORK_PLUS_7}, an IANA zone or an offset like UTC+03:00"
        raise ConfigError(f"terminal.server_zone was {zone!r}; expected {expected}") from None


def offset_name(ahead: timedelta) -> str:
    """Write an offset from UTC as a zone's name: UTC+03:00."""
    minutes = abs(ahead) // timedelta(minutes=1)
    return f"UTC{'-' if ahead < timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"


@dataclass(frozen=True, slots=True)
class _Move:
    """A tick that moved between two readings: it was not older than the time between them."""

    at: datetime  # UTC, of the second reading
    ahead: timedelta  # its stamp minus `at`
    gap: timedelta  # between the readings

    @property
    def offset(self) -> timedelta:
        """What it says of the server's clock, to 15 minutes."""
        return round(self.ahead / _GRAIN) * _GRAIN


@dataclass(frozen=True, slots=True)
class _Run:
    """Moves of one symbol that kept pace with the PC's clock."""

    first: _Move
    last: _Move

    @property
    def long_enough(self) -> bool:
        """Whether its ticks are known to be fresh, not the tail of something old."""
        return self.last.at - self.first.at >= _SPAN

    def on(self, move: _Move) -> "_Run":
        """Return the run with one more move, or a new one where the move does not keep pace.

        A fresh tick's age is between 0 and the gap before it, so the leads of two fresh ticks differ by
        less than the longer gap. Old ticks that arrive late, all at once, do not pass.
        """
        drift = abs(move.ahead - self.first.ahead)
        in_pace = drift <= max(move.gap, self.first.gap) + _JITTER
        return _Run(self.first, move) if in_pace else _Run(move, move)


class ClockMeter:
    """Finds the server's clock from ticks that move, and knows when it must not be trusted.

    Measured: the offset is the stamp of a fresh tick minus the PC's UTC clock, rounded to 15 minutes. Only a
    tick that changed since the reading before, less than 5 minutes ago, can be fresh, and only once the
    symbol's ticks have kept pace with the PC's clock for 3 seconds (when a link comes back, old ticks arrive
    at once). It is taken when all symbols that moved within the last minute agree, two at least, or one where
    only one was ever read. An offset of an odd quarter of an hour, or outside -12 to +14 h, is refused, and
    with `auto` half an hour, too: delayed quotes look like that.

    Recognised, with `auto`: New_York+7, Europe/Athens and the fixed offset are the candidates. A measurement
    drops those that contradict it; so does the history (`calendar`). In force is the first, in this order,
    of those left; when a measurement contradicts all, the clock was moved, and all are candidates again.
    There is a `doubt` until it is measured again
    - when those left disagree on the present offset: from the night on in which one of them sets its clock,
    - when a tick that moved contradicts the clock in force,
    - when nobody looked for 5 minutes, or the PC's clock was set.
    The doubt stays, and a zone must be configured, when the history contradicts what was measured, or when
    only a fixed offset is left that it does not prove: quotes that are an hour late look like that.
    """

    def __init__(self, configured: str) -> None:
        """Take `auto` or a zone as ServerClock knows it; raises ConfigError for an unknown one."""
        self._configured = None if configured == AUTO else ServerClock(configured)
        self._stamps: dict[str, int] = {}  # of the last reading, in ms
        self._at: datetime | None = None  # UTC, of the last reading
        self._most = 0  # symbols in one reading
        self._runs: dict[str, _Run] = {}  # by symbol
        self._measured: tuple[timedelta, datetime] | None = None  # the offset, and when (UTC)
        self._refused: str | None = None  # why the last measurement was not taken
        self._unsure: str | None = None  # what has happened since, so that it must be measured again
        self._left: tuple[ServerClock, ...] = ()  # candidates that fit the measurements
        self._families: tuple[str, ...] = tuple(_FAMILIES)  # those that fit the history

    @property
    def clock(self) -> ServerClock:
        """The clock in force: the configured zone, or with `auto` the one recognised.

        Before any measurement that is the first family that fits the history: New_York+7 without one.
        """
        if self._configured:
            return self._configured
        if self._measured is None:
            return _FAMILIES[next(one for one in (*self._families, NEW_YORK_PLUS_7) if one != _FIXED)]
        candidates = self._candidates()
        return candidates[0] if candidates else ServerClock(offset_name(self._measured[0]))

    @property
    def measured(self) -> timedelta | None:
        """How far ahead of UTC the server's clock was when it was measured last; None: not yet."""
        return self._measured[0] if self._measured else None

    @property
    def skew(self) -> float | None:
        """Seconds by which the freshest tick of the last minute is ahead of the PC's clock; None: not known.

        A tick is read a moment after it was made, so a little under 0 is right. Far over 0 the PC's clock is
        behind; far below 0 it is ahead, or the quotes come late.
        """
        if self.doubt or self._at is None:
            return None
        ahead = [run.last.ahead for run in self._recent().values()]
        return (max(ahead) - self.clock.offset(self._at)).total_seconds() if ahead else None

    @property
    def doubt(self) -> str | None:
        """Why the clock must not be trusted for the age of a quote; None when it may."""
        if self._refused or self._configured:
            return self._refused
        if self._measured is None or self._at is None:
            said = {symbol: run.last.offset for symbol, run in self._recent().items()}
            if len(set(said.values())) > 1:
                told = ", ".join(f"{symbol} says {offset_name(one)}" for symbol, one in said.items())
                return f"the server's clock is not measured yet: {told}; {_NAME_IT}"
            return "the server's clock is not measured yet: too few symbols have had ticks that move"
        return self._unsure or self._disagreement(self._measured[0], self._at)

    def see(self, stamps_ms: Mapping[str, int], now: datetime) -> None:
        """Take the tick stamps of one reading (server epoch ms by symbol) and its instant by the PC (UTC).

        A stamp of 0 is that of a symbol without a tick.
        """
        before, at = self._stamps, self._at
        self._stamps = {symbol: stamp for symbol, stamp in stamps_ms.items() if stamp > 0}
        self._at = now
        self._most = max(self._most, len(self._stamps))
        gap = now - at if at else _UNSEEN
        if not timedelta() <= gap < _UNSEEN:
            self._runs = {}
            self._unsure = f"{_AGAIN}: the last look was {gap.total_seconds():.0f} s ago by the PC's clock"
            return
        digits = _EPOCH.replace(tzinfo=UTC)
        for symbol, stamp in self._stamps.items():
            if gap and symbol in before and stamp != before[symbol]:
                move = _Move(now, digits + timedelta(milliseconds=int(stamp)) - now, gap)
                run = self._runs.get(symbol)
                self._runs[symbol] = run.on(move) if run else _Run(move, move)
                self._unsure = self._unsure or self._contradiction(symbol, move)
        offset = self._agreed()
        if offset is not None:
            self._take(offset, now)

    def calendar(self, stamps: Iterable[int]) -> None:
        """Take the history: server stamps (s) of intraday bars over a year or so, or each day's first alone.

        The first bar of a day follows the exchange, and so New York: under the server's true calendar it
        falls on the same New York time in every week, under a wrong one it jumps by an hour in the weeks in
        which the one has summer time and the other has not. So for each week the start that more than half of
        its days (two at least) share is converted by each family, and neighbouring weeks are compared: where
        all see no jump or one of exactly an hour, the jump is a point against the families that see it.
        Those with the fewest points stay candidates. A day that starts within two hours after the server's
        midnight says nothing: the symbol is quoted through it. A configured zone is not put to question.
        """
        weeks = _week_starts(stamps)
        points = Counter(dict.fromkeys(_FAMILIES, 0))
        for (week, start), (following, later) in pairwise(weeks):
            if following - week > _WEEKS_APART:
                continue
            jumps = {
                family: _around(_new_york(clock, following, later) - _new_york(clock, week, start))
                for family, clock in _FAMILIES.items()
            }
            if set(jumps.values()) <= {timedelta(), _HOUR, -_HOUR}:
                points.update(family for family, jump in jumps.items() if jump)
        self._families = tuple(family for family in _FAMILIES if points[family] == min(points.values()))

    def _recent(self) -> dict[str, _Run]:
        """Return the symbols that moved of late."""
        if self._at is None:
            return {}
        oldest = self._at - _WINDOW
        return {symbol: run for symbol, run in self._runs.items() if run.last.at >= oldest}

    def _agreed(self) -> timedelta | None:
        """Return the offset that all symbols say that moved of late; None: too few, or they disagree."""
        runs = self._recent().values()
        offsets = {run.last.offset for run in runs}
        enough = sum(run.long_enough for run in runs) >= min(2, self._most)
        return offsets.pop() if enough and len(offsets) == 1 else None

    def _take(self, offset: timedelta, now: datetime) -> None:
        """Take a measurement: drop the candidates that contradict it, or say why it is refused."""
        self._refused = _implausible(offset, strict=self._configured is None)
        if self._refused:
            return
        self._measured, self._unsure = (offset, now), None
        if self._configured:
            if offset != self._configured.offset(now):
                self._refused = self._wrong_zone(self._configured, offset, now)
            return
        fresh = (_FAMILIES[NEW_YORK_PLUS_7], _FAMILIES[ATHENS], ServerClock(offset_name(offset)))
        fits = tuple(one for one in self._left if one.offset(now) == offset)
        self._left = fits or tuple(one for one in fresh if one.offset(now) == offset)

    @staticmethod
    def _wrong_zone(configured: ServerClock, offset: timedelta, now: datetime) -> str:
        there = offset_name(configured.offset(now))
        zone = configured.zone if configured.zone == there else f"{configured.zone} ({there} now)"
        return (
            f"measured {offset_name(offset)}, but terminal.server_zone is {zone}: set it to auto, "
            "or set the PC's clock if that is wrong"
        )

    def _candidates(self) -> tuple[ServerClock, ...]:
        """Return the candidates that fit measurements and history."""
        return tuple(one for one in self._left if _family(one) in self._families)

    def _contradiction(self, symbol: str, move: _Move) -> str | None:
        """Say that a tick does not fit the clock in force."""
        clock = self.clock
        expected = clock.offset(move.at)
        if move.offset == expected:
            return None
        return (
            f"a tick of {symbol} says {offset_name(move.offset)}, the server's clock was taken for "
            f"{clock.zone}, {offset_name(expected)} now; it is to be measured again; {_NAME_IT}"
        )

    def _disagreement(self, offset: timedelta, now: datetime) -> str | None:
        """Say that the candidates left do not agree on the present offset, or that none is left."""
        candidates = self._candidates()
        if not candidates:
            families = " or ".join("one offset all year" if one == _FIXED else one for one in self._families)
            return (
                f"measured {offset_name(offset)}, but the history runs like {families}: quotes are delayed, "
                "the PC's clock is wrong, or it is another zone; name it as terminal.server_zone"
            )
        if len({one.offset(now) for one in candidates}) > 1:
            told = ", ".join(f"{one.zone} says {offset_name(one.offset(now))}" for one in candidates)
            return f"{_AGAIN}: {told}"
        proved = _family(candidates[0]) != _FIXED or self._families == (_FIXED,)
        if not proved:
            return (
                f"measured {offset_name(offset)}, which the history does not prove: quotes are delayed, the "
                "PC's clock is wrong, or it is the server's all year; then name it as terminal.server_zone"
            )
        return None


_FAMILIES = {family: ServerClock(family) for family in (NEW_YORK_PLUS_7, ATHENS, _FIXED)}


def _family(clock: ServerClock) -> str:
    return clock.zone if clock.zone in _FAMILIES else _FIXED


def _implausible(offset: timedelta, *, strict: bool) -> str | None:
    """Say why no server's clock has this offset; `strict` where nobody has named a zone."""
    name = f"ticks that move run at {offset_name(offset)}"
    if not _WEST <= offset <= _EAST:
        return f"{name}: no clock does; set the PC's clock"
    if offset % (2 * _GRAIN):
        return f"{name}: quotes delayed by 15 minutes look like that; if they are not, set the PC's clock"
    if strict and offset % _HOUR:
        return (
            f"{name}: quotes delayed by 30 minutes look like that; if they are not, set terminal.server_zone"
        )
    return None


def _week_starts(stamps: Iterable[int]) -> list[tuple[date, timedelta]]:
    """Return each week's Monday and the time of day (server) at which more than half of its days start."""
    first: dict[date, timedelta] = {}
    for stamp in stamps:
        wall = _EPOCH + timedelta(seconds=int(stamp))
        start = wall - datetime.combine(wall, datetime.min.time())
        first[wall.date()] = min(start, first.get(wall.date(), start))
    weeks: dict[date, list[timedelta]] = {}
    for day, start in first.items():
        weeks.setdefault(day - timedelta(days=day.weekday()), []).append(start)
    usual = {week: Counter(starts).most_common(1)[0] for week, starts in weeks.items()}
    return [
        (week, start)
        for week, (start, days) in sorted(usual.items())
        if days >= 2 and 2 * days > len(weeks[week]) and start >= _MIDNIGHT  # noqa: PLR2004 -- more than half
    ]


def _new_york(clock: ServerClock, week: date, start: timedelta) -> timedelta:
    """Return the New York time of day of a server's time of day in a week, on its Wednesday."""
    wall = datetime.combine(week, datetime.min.time()) + timedelta(days=2) + start
    there = clock.to_utc((wall - _EPOCH).total_seconds()).astimezone(_NEW_YORK)
    return timedelta(hours=there.hour, minutes=there.minute)


def _around(jump: timedelta) -> timedelta:
    """Return a difference of two times of day as the shorter way around the clock."""
    day = timedelta(days=1)
    return (jump + day / 2) % day - day / 2
