"""The only clock: the PC's, or the paper terminal's in its place."""

import time
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Protocol

from assistant.core.lapse import Lapse


class Clock(Protocol):
    """The time that the loop lives in."""

    def now(self) -> datetime:
        """Return the present instant (UTC)."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...

    def passed(self) -> float:
        """Return the seconds since some beginning, whatever the clock is set to; sleep of the PC counts."""
        ...


def steady() -> float:
    """Return seconds of a clock that nobody sets; only differences within one process mean anything."""
    return time.monotonic()


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)


class WallClock:
    """The PC's clock."""

    def now(self) -> datetime:
        """Return the present instant (UTC)."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def passed(self) -> float:
        """Return the seconds since the PC was started, those that it slept among them."""
        # On Windows the usual one counts sleep, too; on macOS it does not, and a sleep is a jump.
        counts_sleep = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if counts_sleep is None else time.clock_gettime(counts_sleep)


class PaperClock:
    """The paper terminal's clock: it stands still but for `sleep`, and may run faster than real time."""

    def __init__(self, paper: ModuleType, speed: float = 1.0) -> None:
        """Take the paper terminal's module and how many of its seconds pass in a real one."""
        self._paper = paper
        self._speed = speed

    def now(self) -> datetime:
        """Return the paper terminal's instant (UTC), or what a PC whose clock was set takes for it."""
        instant: datetime = self._paper.now()
        return instant + timedelta(seconds=self._paper.faults.active.pc_ahead or 0)

    def sleep(self, seconds: float) -> None:
        """Move the paper terminal on by so many of its seconds."""
        time.sleep(seconds / self._speed)
        self._paper.advance(seconds)

    def passed(self) -> float:
        """Return the paper terminal's epoch seconds, which nobody sets."""
        instant: datetime = self._paper.now()
        return instant.timestamp()


class Lapses:
    """How long it is from one look that counts to the next, by a clock and as it passed."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that the looks live in."""
        self._clock = clock
        self._kept: tuple[datetime, float] | None = None
        self._now: tuple[datetime, float] | None = None

    def look(self, now: datetime, meant: float) -> Lapse | None:
        """Return the time since the last look that was kept; None where there was none.

        `now` (UTC) is what the clock has just shown, `meant` how long it should be at most (seconds).
        """
        self._now = now, self._clock.passed()
        if self._kept is None:
            return None
        by_clock = (now - self._kept[0]).total_seconds()
        jump = round(by_clock - (self._now[1] - self._kept[1]), 1)  # two clocks never agree to the last digit
        return Lapse(by_clock, by_clock - jump, meant)

    def keep(self) -> None:
        """Let the last look count: the next one is measured from it."""
        self._kept = self._now
