"""Which terminal runs on this machine: looked for before connecting, for initialize() would start one.

A start by initialize() blocks for up to 100 seconds, and nothing else in the process can run meanwhile. A
terminal that its trader closed stays closed: `terminal.start` holds for a program's first connection alone.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PureWindowsPath

from assistant.errors import TerminalError

_NAMES = ("terminal64.exe", "terminal.exe")
CLOSING_SECONDS = 10.0  # for which a terminal whose pipe broke may still be among the running ones


@dataclass(frozen=True, slots=True)
class Process:
    """A running program whose name is a terminal's."""

    name: str
    path: str | None  # of the program; None: it belongs to another user or to an administrator
    number: int = 0  # of the process, as the system counts; may be given again
    begun: float = 0.0  # epoch seconds


def terminals() -> tuple[Process, ...]:
    """Return the terminals that run here."""
    import psutil  # noqa: PLC0415 -- wanted only where a real terminal is looked for

    found = []
    for process in psutil.process_iter(["name"]):  # the rest is asked of few: that costs
        name = str(process.info["name"])
        if name.lower() in _NAMES:
            with suppress(psutil.NoSuchProcess):  # it ended meanwhile
                about = process.as_dict(["exe", "create_time"])
                found.append(Process(name, about["exe"] or None, process.pid, about["create_time"] or 0.0))
    return tuple(found)


class Finder:
    """Finds the terminal to connect to, again and again, and starts one at the first time only."""

    def __init__(
        self,
        wanted: str | None,
        *,
        start: bool,
        seconds: Callable[[], float],
        look: Callable[[], Iterable[Process]] = terminals,
    ) -> None:
        """Take what `located` takes, and a clock that nobody sets; `start` holds for the first `find`."""
        self._wanted, self._start, self._look, self._seconds = wanted, start, look, seconds
        self._known: frozenset[Process] = frozenset()  # that ran when the last connection was made
        self._broke: float | None = None  # seconds, when its pipe was found broken

    def check(self) -> None:
        """Raise TerminalError where `find` would."""
        located(self._look(), self._wanted, start=self._start)

    def find(self) -> str | None:
        """Return the path that initialize() is to be called with, as `located` does."""
        running = tuple(self._look())
        path = located(running, self._wanted, start=self._start)
        self._start, self._known, self._broke = False, frozenset(running), None
        return path

    def let_close(self) -> None:
        """Raise TerminalError while the terminal whose pipe broke may still be closing.

        It breaks because the terminal ends, and initialize() would start a new one as soon as it has. A
        process that is still there after 10 seconds is taken to go on.
        """
        self._broke = self._seconds() if self._broke is None else self._broke
        left = CLOSING_SECONDS - (self._seconds() - self._broke)
        here = {one for one in self._look() if self._wanted is None or _is_at(one, self._wanted)}
        if left > 0 and here and here <= self._known:
            raise TerminalError("the terminal closes, or has lost its pipe; it is not started again")


def _is_at(process: Process, path: str) -> bool:
    return process.path is None or PureWindowsPath(process.path) == PureWindowsPath(path)


def same_folder(one: str, other: str) -> bool:
    """Whether two Windows folders are the same: case does not count, nor which slash is used."""
    return PureWindowsPath(one) == PureWindowsPath(other)


def located(running: Iterable[Process], wanted: str | None, *, start: bool) -> str | None:
    r"""Return the path that initialize() is to be called with; None lets the module look for itself.

    `wanted` is the full path of a terminal64.exe, None: the one that runs. TerminalError where it does not
    run (`start` lets initialize() start it), where several run and none is named, or where that cannot be
    seen.
    """
    running = tuple(running)
    seen = {PureWindowsPath(one.path): one.path for one in running if one.path}
    hidden = any(one.path is None for one in running)
    if wanted:
        if start or PureWindowsPath(wanted) in seen:
            return wanted
        raise TerminalError(_absent(wanted, seen.values(), hidden=hidden))
    if len(seen) > 1:
        paths = ", ".join(sorted(seen.values()))
        raise TerminalError(f"{len(seen)} terminals are running: name one as terminal.path: {paths}")
    if not running:
        raise TerminalError(
            "no MetaTrader 5 terminal is running: start it, log in to your account, and run this again; "
            "or use --paper to see the paper terminal"
        )
    return next(iter(seen.values()), None)


def _absent(wanted: str, seen: Iterable[str], *, hidden: bool) -> str:
    others = ", ".join(sorted(seen))
    line = f"terminal.path was {wanted}; that terminal is not running"
    line += f", but {others} is" if others else ""
    if hidden:
        line += "; a terminal of another user or of an administrator is: start both in the same way"
    return line + "; start it, or set terminal.start: true"
