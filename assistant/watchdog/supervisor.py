"""The supervisor of a run: it starts the run as its child, and ends and restarts one that hangs or crashes.

A call into the MetaTrader5 module holds the interpreter and has no time-out; only another process can
notice that one hangs. This one loads nothing of the rest of the program: it is there all day.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import FrameType

from assistant.clock import WallClock, pause, steady
from assistant.watchdog.board import Board, Notice
from assistant.watchdog.watched import AGAIN, ENDED, INTERRUPTED, MARK

POLL = 0.25  # seconds between two looks at the child
LATE = 2.0  # seconds by which a look may be late; later, the computer slept, and all time begins again
START = 120.0  # seconds that a child has to read its settings: a cold disk, a virus scanner
GRACE = 3.0  # seconds that a child has to end by itself
PATIENCE = 5  # times as long where it is in no call: an alert may be on its way
FIRST, LONGEST = 1.0, 60.0  # seconds until a restart; doubled each time
GOOD = 300.0  # seconds of cycles after which the next restart is quick again
TOLD = 20  # ends that the next child is told of, at most
# What a child ends with by itself; 120: its output could not be written at the end.
BY_ITSELF = (0, 1, 2, 120, INTERRUPTED)


def supervised(words: Sequence[str]) -> int | None:
    """Run `assistant run WORDS` as a child and return its exit code; None: this process is to run it.

    That is so for a single cycle and for help, which need no supervisor.
    """
    if {"--once", "--help"} & set(words) or not sys.executable:
        return None
    return Supervisor([sys.executable, *sys.orig_argv[1:]]).run()


class Patience:
    """How long a child is waited for, by its notices and by when they were seen (seconds of `steady`)."""

    def __init__(self, start: float, now: float) -> None:
        """Begin to wait for the first notice, for `start` seconds at most."""
        self.seen = Notice(0, start, 0, "the start")  # the last one
        self._since = self._last = now

    def ends(self, notice: Notice, now: float) -> bool:
        """Look at the board; True where the child has had its time."""
        late, self._last = now - self._last > POLL + LATE, now
        if late or notice.number != self.seen.number:
            self.seen, self._since = (notice if notice.number else self.seen), now
        return now - self._since > self.seen.allowed


class Supervisor:
    """One supervisor and its child."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        start: float = START,
        first: float = FIRST,
        good: float = GOOD,
        grace: float = GRACE,
    ) -> None:
        """Take the child's command, and seconds: to its first notice, a restart, good cycles, its end."""
        self._command, self._start, self._first, self._good = command, start, first, good
        self._grace = grace
        self._ended: list[Mapping[str, str]] = []  # how children ended, until one has put it on record
        self._asked = 0  # times that the end was asked for
        self._lives = 0
        self._tries = 0  # restarts in a row
        self._ran = False  # some child has completed a cycle
        self._since: float | None = None  # when the child completed its first cycle
        self._kept: list[object] = []

    def run(self) -> int:
        """Start the child again and again until it ends by itself or the end is asked for."""
        self._listen()
        while True:
            code, why = self._life()
            if why is None or self._is_to_end():
                return code
            if self._since is not None and steady() - self._since > self._good:
                self._tries = 0
            wait = min(self._first * 2**self._tries, LONGEST)
            self._tries += 1
            ended_at = WallClock().now().isoformat(timespec="seconds").replace("+00:00", "Z")
            self._ended = [*self._ended, {"ended_at": ended_at, "reason": why}][-TOLD:]
            _say(f"restarting in {wait:g} s: {why}")
            until = steady() + wait
            while (left := until - steady()) > 0:
                pause(min(left, POLL))
                if self._is_to_end():
                    return INTERRUPTED

    def _is_to_end(self) -> bool:
        return self._asked > 0

    def _listen(self) -> None:
        """Take note of Ctrl-C, a plain kill and a window that closes."""

        def ask(_number: int = 0, _frame: FrameType | None = None) -> None:
            self._asked += 1

        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
            one = getattr(signal, name, None)
            if one is not None and (one is signal.SIGINT or signal.getsignal(one) is not signal.SIG_IGN):
                signal.signal(one, ask)
        if sys.platform == "win32":
            from assistant.watchdog.windows import on_closing  # noqa: PLC0415 -- of Windows

            self._kept.append(on_closing(ask))

    def _life(self) -> tuple[int, str | None]:
        """Start a child and follow it to its end; return the exit code, and why another is to be started."""
        self._lives += 1
        board = Board.made(self._lives)
        self._since = None
        reader, writer = os.pipe()
        try:
            process = self._child(board, reader)
            return self._followed(process, board)
        finally:
            os.close(reader)
            os.close(writer)
            board.close()

    def _child(self, board: Board, reader: int) -> subprocess.Popen[bytes]:
        """Start the child; its console is this one's."""
        mark = f"{os.getpid()},{board.key},{reader}"
        environment = {**os.environ, MARK: mark, ENDED: json.dumps(self._ended)}
        if sys.platform == "win32":
            from assistant.watchdog.windows import bind  # noqa: PLC0415 -- of Windows

            process = subprocess.Popen(self._command, env=environment)  # noqa: S603 -- what started this one
            bind(int(process._handle))  # noqa: SLF001 -- there is no other way to it
            return process
        return subprocess.Popen(  # noqa: S603 -- what started this one
            self._command, env=environment, pass_fds=(int(board.key), reader)
        )

    def _followed(self, process: subprocess.Popen[bytes], board: Board) -> tuple[int, str | None]:
        """Look at the child until it has ended, or must be."""
        patience = Patience(self._start, steady())
        while (code := process.poll()) is None:
            if self._is_to_end():
                return self._let_go(process, board)
            pause(POLL)
            now, notice = steady(), board.read()
            self._see_cycles(notice, now)
            if patience.ends(notice, now):
                process.kill()
                process.wait()
                _restore_cursor()
                return INTERRUPTED, _hung(patience.seen)
        self._see_cycles(board.read(), steady())
        if code in BY_ITSELF:
            return code, None
        if code == AGAIN:
            return (code, "it failed, see logs/assistant.log") if self._ran else (1, None)
        _restore_cursor()
        return INTERRUPTED, _crashed(code)

    def _see_cycles(self, notice: Notice, now: float) -> None:
        if notice.cycles and self._since is None:
            self._since, self._ran = now, True
            self._ended = []  # the child has put them on record

    def _let_go(self, process: subprocess.Popen[bytes], board: Board) -> tuple[int, None]:
        """Let the child end by itself for a moment, then end it."""
        if sys.platform != "win32":  # there the console has told it, and nobody else can
            process.terminate()
        calls = bool(board.read().name)
        until, asked = steady() + self._grace * (1 if calls else PATIENCE), self._asked
        while process.poll() is None and steady() < until and self._asked == asked:
            pause(POLL / 10)
        if process.poll() is None:
            process.kill()
            _say(f"ended; {_hung(board.read())}")
        code = process.wait()
        _restore_cursor()
        return (code if code in BY_ITSELF else INTERRUPTED), None


def _hung(notice: Notice) -> str:
    """Say what did not come to its end."""
    what = f"{notice.name} did not return" if notice.name else "nothing was heard"
    return f"{what} within {notice.allowed:g} s"


def _crashed(code: int) -> str:
    """Say how a child ended that did not end by itself."""
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it crashed with exit code {code}"


def _say(text: str) -> None:
    """Say something beside the child's own output; without a console there is nobody to tell."""
    if sys.stderr is not None:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


def _restore_cursor() -> None:
    """Show the cursor again that a child's live picture has hidden."""
    if sys.stdout is not None and sys.stdout.isatty():
        sys.stdout.write("\x1b[?25h")
        sys.stdout.flush()
