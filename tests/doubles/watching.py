"""A supervisor with a small child that does as it is told, each a process of its own.

As a script: `python -m tests.doubles.watching child FOLDER` is the child. It does what the first of the files
`do.0`, `do.1` ... that is left in the folder says, and does away with it; without one it cycles on.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from assistant.watchdog.supervisor import Supervisor
from assistant.watchdog.watched import Announcer, attach

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0  # seconds for what takes one or two on an idle machine


class Deadlines:
    """Short ones."""

    initialize = history = call = 0.4
    other = 0.6


def supervise(folder: Path) -> NoReturn:
    """Be the supervisor."""
    command = [sys.executable, "-m", "tests.doubles.watching", "child", str(folder)]
    sys.exit(Supervisor(command, start=10.0, first=0.1, good=0.4, grace=0.5).run())


def be_a_child(folder: Path) -> None:
    """Be the child."""
    watched = attach()
    assert watched is not None
    announcer = watched.announcer(Deadlines())
    with (folder / "lives").open("a", encoding="utf-8") as lives:
        lives.write(json.dumps({"pid": os.getpid(), "ended": [*watched.ended]}) + "\n")
    while True:
        told = min(folder.glob("do.*"), default=None)
        words = "cycle"
        if told is not None:
            words = told.read_text(encoding="ascii")
            if words.startswith("hang"):
                signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # as good as in the call
            told.unlink()
        _act(announcer, words)


def _act(announcer: Announcer, words: str) -> None:
    what, _, about = words.partition(" ")
    if what == "cycle":
        announcer.cycled()
        time.sleep(0.02)
    elif what == "hang":  # holds the GIL, as MetaTrader5 does in a call
        announcer.begin(about, None)
        ctypes.PyDLL(None).sleep(60)
    elif what == "wait":  # hangs in no call
        time.sleep(60)
    elif what == "crash":
        os.kill(os.getpid(), signal.Signals[about])
    else:
        sys.exit(int(about))


class Family:
    """A supervisor that runs, and its children."""

    def __init__(self, folder: Path, *tasks: str) -> None:
        """Start it; the first child has these tasks."""
        folder.mkdir()
        self.folder, self._number = folder, 0
        for task in tasks:
            self.tell(task)
        words = [sys.executable, "-m", "tests.doubles.watching", "supervise", str(folder)]
        self._said = folder / "said"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                words, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=said
            )

    def tell(self, task: str) -> None:
        """Give the child something to do."""
        draft = self.folder / "draft"
        draft.write_text(task, encoding="ascii")
        draft.rename(self.folder / f"do.{self._number}")
        self._number += 1

    @property
    def lives(self) -> list[dict[str, Any]]:
        """The children that there were: pid, and what they were told of those before."""
        path = self.folder / "lives"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def wait_for(self, count: int) -> dict[str, Any]:
        """Wait until there have been so many children, and return the last one."""
        wait_until(lambda: len(self.lives) >= count)
        return self.lives[count - 1]

    def done(self) -> bool:
        """Whether the child has turned to the last of its tasks."""
        return not list(self.folder.glob("do.*"))

    def wait(self) -> int:
        """Wait for the supervisor's end and return its exit code."""
        return self.process.wait(PATIENCE)

    @property
    def said(self) -> list[str]:
        """What the supervisor said, and its children."""
        return self._said.read_text(encoding="utf-8").splitlines()


def wait_until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    until = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def alive(pid: object) -> bool:
    """Whether a process runs; one that nobody has waited for runs no more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


if __name__ == "__main__":
    {"child": be_a_child, "supervise": supervise}[sys.argv[1]](Path(sys.argv[2]))
