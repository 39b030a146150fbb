"""The only clock: the PC's, or the paper terminal's in its place."""

import time
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Protocol


class Clock(Protocol):
    """The time that the loop lives in."""

    def now(self) -> datetime:
        """Return the present instant (UTC)."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
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
