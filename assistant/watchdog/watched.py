"""A run that is watched: what the child of a supervisor (`watchdog`) does on its side.

It ends with its supervisor, ends cleanly when it is told to, and says before each call into the terminal
what it asks and for how long that may take: a call that hangs holds the interpreter, so that nothing in
this process could notice.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread, main_thread
from types import FrameType
from typing import Any, Protocol

from assistant.watchdog.board import Board

MARK = "BREADTH_ASSISTANT_WATCHED"  # the supervisor's pid, the board's key, a pipe that it holds open
ENDED = "BREADTH_ASSISTANT_ENDED"  # JSON: how runs before this one ended, and when
AGAIN = 75  # exit code: it failed and may be started again (EX_TEMPFAIL)
INTERRUPTED = 130  # exit code, as a shell gives it for Ctrl-C
_GRACE_SECONDS = 3.0  # in which a run whose supervisor has gone may end by itself
_PR_SET_PDEATHSIG = 1
_HISTORIES = ("copy_rates", "copy_ticks", "history_")  # what a terminal may have to load first


class Deadlines(Protocol):
    """How many seconds something may take."""

    @property
    def initialize(self) -> float:
        """Connecting."""
        ...

    @property
    def history(self) -> float:
        """A history that has not been read since the connection."""
        ...

    @property
    def call(self) -> float:
        """Any other call."""
        ...

    @property
    def other(self) -> float:
        """What is no call."""
        ...


@dataclass(slots=True)
class Watched:
    """What a child has from its supervisor."""

    board: Board
    ended: Sequence[Mapping[str, str]] = ()  # how runs before this one ended: reason, ended_at
    kept: list[object] = field(default_factory=list)  # what must not be collected

    def announcer(self, deadlines: Deadlines) -> "Announcer":
        """Return who tells the supervisor of calls."""
        return Announcer(self.board, deadlines)


class Announcer:
    """Says on the board what is being asked of the terminal, and for how long that may take."""

    def __init__(self, board: Board, deadlines: Deadlines) -> None:
        """Take the board, and the seconds."""
        self._board = board
        self._deadlines = deadlines
        self._read: set[tuple[str, object]] = set()  # histories that came, since the connection

    def begin(self, name: str, about: object) -> None:
        """Say that a call begins; `about` is what it asks for, a symbol for example."""
        if name.startswith(_HISTORIES):
            first = name == "copy_ticks_range" or (name, about) not in self._read
            seconds = self._deadlines.history if first else self._deadlines.call
        else:
            seconds = self._deadlines.initialize if name == "initialize" else self._deadlines.call
        self._board.put(name, seconds)

    def end(self, name: str, about: object, *, answered: bool) -> None:
        """Say that the call came back."""
        if name == "initialize":
            self._read.clear()
        elif answered and name.startswith(_HISTORIES):
            self._read.add((name, about))
        self.work()

    def work(self) -> None:
        """Say that the process lives, and works by itself."""
        self._board.put("", self._deadlines.other)

    def cycled(self) -> None:
        """Say that a cycle is complete."""
        self._board.cycled()
        self.work()


def heard(
    watch: Announcer | None, show: Callable[[Any], None], trouble: Callable[[str], None]
) -> tuple[Callable[[Any], None], Callable[[str], None]]:
    """Return the same two callbacks of a loop; a supervisor hears of both, where there is one."""
    if watch is None:
        return show, trouble

    def shown(document: object) -> None:
        show(document)
        watch.cycled()

    def troubled(text: str) -> None:
        trouble(text)
        watch.work()

    return shown, troubled


def attach() -> Watched | None:
    """Become the child of the supervisor that has started this process; None: nobody has.

    The process ends at once where its supervisor has gone already.
    """
    mark = os.environ.pop(MARK, None)
    told = os.environ.pop(ENDED, "[]")
    if mark is None:
        return None
    supervisor, key, pipe = mark.split(",")
    kept: list[object] = []
    end_on_signals()
    if sys.platform == "win32":
        from assistant.watchdog.windows import after_process, on_closing  # noqa: PLC0415 -- of Windows

        kept.append(on_closing(_interrupt))
        there = after_process(int(supervisor), _end)
    else:
        _die_with_parent()
        there = os.getppid() == int(supervisor)  # asked after that: it may have died before
        if there:
            Thread(target=_end_with, args=[int(pipe)], name="supervisor", daemon=True).start()
    if not there:
        sys.exit(INTERRUPTED)
    return Watched(Board.found(key), json.loads(told), kept)


def end_on_signals() -> None:
    """Let Ctrl-C, a closing window and a plain kill end this process alike: cleanly, and once."""
    signals = [
        getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
    ]

    def end(_number: int, _frame: FrameType | None) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)  # told twice, by the console and by the supervisor
        raise KeyboardInterrupt

    for one in signals:
        if signal.getsignal(one) is not signal.SIG_IGN or one is signal.SIGINT:  # nohup ignores SIGHUP
            signal.signal(one, end)


def _die_with_parent() -> None:
    """Let Linux kill this process when its parent dies, also inside a call that never ends."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 -- on Linux only

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_with(pipe: int) -> None:
    """End this process when the other end of a pipe is gone."""
    while os.read(pipe, 1):
        pass
    _end()


def _end() -> None:
    """End this process, cleanly where it hears; called in a thread."""
    _interrupt()
    Event().wait(_GRACE_SECONDS)
    os._exit(INTERRUPTED)


def _interrupt() -> None:
    """Interrupt the main thread, also where it sleeps; called in another one."""
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    else:
        signal.pthread_kill(main_thread().ident or 0, signal.SIGINT)
