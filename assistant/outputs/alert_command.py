"""The user's own command, to which each alert is handed as one JSON document on its standard input.

It runs beside the loop, one alert after another, and can neither hold the loop up nor end it. Its words are
thrown away, and of its arguments only the program is ever told: they may hold what is secret.
"""

import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import IO

from assistant.core.alerts import LEVELS, Level
from assistant.outputs.fields import Document, one_line

QUEUED = 20  # alerts that may wait; of more the least grave are dropped
_LINE = 200  # characters of the first line that a command says
LAST = 10.0  # seconds that alerts on their way have when a run ends
_LOOK = 0.25  # seconds between two looks whether to go on
_GRACE = 1.0  # seconds in which a command that was killed must be gone


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a command."""

    kind: str  # ended, exit, timeout, missing, dropped
    told: str  # in plain words
    id: str = ""  # of the alert

    @property
    def failed(self) -> bool:
        """Whether the alert may not have arrived."""
        return self.kind != "ended"


def run_command(
    command: Sequence[str],
    document: Document,
    folder: Path,
    timeout: float,
    output: IO[bytes] | None = None,
    stop: threading.Event | None = None,
) -> Outcome:
    """Run a command in a folder with a document on its standard input, for so many seconds, or until `stop`.

    Never through a shell. What it says goes into `output`, or nowhere.
    """
    content = (one_line(document) + "\n").encode()
    program = _program(command[0], folder)
    if program is None:
        return Outcome("missing", f"{command[0]}: there is no such program; expected its full path")
    try:
        process = subprocess.Popen(  # noqa: S603 -- the user's own command, and no shell
            [program, *command[1:]],
            stdin=subprocess.PIPE,
            stdout=output or subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            cwd=folder,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # which only Windows has
            start_new_session=True,  # a Ctrl-C that ends the assistant is not for the command
        )
    except OSError as error:
        return Outcome("missing", f"{command[0]} cannot be started: {error.strerror or error}")
    if not _ended(process, content, timeout, stop):
        _kill(process)
        when = "when the run ended" if stop and stop.is_set() else f"after {timeout:g} s"
        return Outcome("timeout", f"{command[0]} had not ended {when} and was killed")
    if process.returncode:
        return Outcome("exit", f"{command[0]} ended with exit {process.returncode}")
    return Outcome("ended", f"{command[0]} ended with exit 0")


def _ended(
    process: subprocess.Popen[bytes], content: bytes, timeout: float, stop: threading.Event | None
) -> bool:
    """Give a process its input and wait for it; False where it goes on for longer, or until `stop`."""
    rest: bytes | None = content
    for number in range(ceil(timeout / _LOOK)):
        if stop is not None and stop.is_set():
            return False
        try:
            process.communicate(rest, timeout=min(_LOOK, timeout - number * _LOOK))
        except subprocess.TimeoutExpired:
            rest = None  # it goes on with what it has
        else:
            return True
    return False


def _program(name: str, folder: Path) -> str | None:
    """Return the full path of a program: a file, from the folder on, else what the PATH finds."""
    own = folder / name
    return str(own) if own.is_file() else shutil.which(name)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it has started."""
    import psutil  # noqa: PLC0415 -- a command seldom hangs

    try:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    except psutil.Error:
        family = []
    for one in family:
        try:
            one.kill()
        except psutil.Error:
            continue
    process.kill()
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:  # Windows gives it up later
        return


def first_line(output: IO[bytes]) -> str:
    """Return the first line that a command said, empty where it said none."""
    output.seek(0)
    lines = output.read(10 * _LINE).decode("utf-8", "replace").split("\n")
    shown = next((line.strip() for line in lines if line.strip()), "")
    return "".join(one if one.isprintable() else "?" for one in shown)[:_LINE]


class AlertCommand:
    """Hands alerts to a command in a thread of its own; `with` waits for those that are on their way."""

    def __init__(self, command: Sequence[str], folder: Path, timeout: float) -> None:
        """Take the command, the folder in which it runs, and its time (seconds)."""
        self._command, self._folder, self._timeout = tuple(command), folder, timeout
        self._waiting: list[tuple[Level, Document]] = []  # oldest first
        self._changed = threading.Condition()  # what waits, or that no more will
        self._ending = False
        self._outcomes: deque[Outcome] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="alerts", daemon=True)
        self._thread.start()

    def hand(self, document: Document, level: Level) -> None:
        """Put an alert in the queue; of too many the oldest of the least grave is dropped: an outcome."""
        with self._changed:
            self._waiting.append((level, document))
            if len(self._waiting) > QUEUED:
                least = min(self._waiting, key=lambda one: LEVELS.index(one[0]))  # the first of them
                self._waiting.remove(least)
                told = f"{self._command[0]} is too slow: an alert was dropped behind {QUEUED} others"
                self._came(Outcome("dropped", told), least[1])
            self._changed.notify()

    def _came(self, outcome: Outcome, document: Document) -> None:
        self._outcomes.append(replace(outcome, id=str(document.get("id", ""))))

    def outcomes(self) -> list[Outcome]:
        """Return what has come of alerts since this was asked last."""
        return [self._outcomes.popleft() for _ in range(len(self._outcomes))]

    def close(self) -> None:
        """Let the alerts that wait be handed over, for LAST seconds at most; what is left has no outcome."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(LAST)
        self._stop.set()
        self._thread.join(_LOOK + 2 * _GRACE)

    def _next(self) -> Document | None:
        """Wait for an alert and return it; None: the run ends, and no more waits or may be handed over."""
        with self._changed:
            while not self._waiting and not self._ending:
                self._changed.wait()
            return self._waiting.pop(0)[1] if self._waiting and not self._stop.is_set() else None

    def _work(self) -> None:
        while (document := self._next()) is not None:
            try:
                outcome = run_command(self._command, document, self._folder, self._timeout, stop=self._stop)
            except Exception as error:  # noqa: BLE001 -- whatever it is, the next alert is tried
                outcome = Outcome("missing", f"{self._command[0]}: {type(error).__name__}")
            self._came(outcome, document)
