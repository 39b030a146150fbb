"""`assistant run` as processes of their own, over a paper terminal that gets into trouble, and killed."""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import JournalError
from assistant.outputs.journal import read_journal
from tests.doubles.watching import PATIENCE, ROOT, alive

LOGIN = 9000001  # of the paper terminal's profile A
SETTINGS = """
terminal: {module: tests.doubles.hanging}
macro: {source: off}
watchdog: {initialize: 9, history: 9, call: CALL}
cycle: {interval: 0.25, sessions: 150}
symbols: {QQQ: null, XLF: null, XLI: null, XLY: null, XLU: null, XLP: null, XLV: null, KRE: null, HYG: null,
  IEF: null, US2000: null, US500: null}
regime: {legs: [[IWM, SPY]]}
"""


class Started:
    """A run in a home of its own, as a process."""

    def __init__(self, folder: Path, call: int = 20) -> None:
        """Start it; a call has `call` seconds."""
        self.home, self.trouble = folder / "home", folder / "trouble"
        (self.home / "config").mkdir(parents=True)
        (self.home / "config" / "local.yaml").write_text(
            SETTINGS.replace("CALL", str(call)), encoding="utf-8"
        )
        self.command = [sys.executable, "-m", "assistant", "run", "--home", str(self.home)]
        self.environment = os.environ | {"PYTHONPATH": str(ROOT), "PAPER_TROUBLE": str(self.trouble)}
        self._said = folder / "said"
        self.start()

    def start(self) -> None:
        """Start it, be it again."""
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=said
            )

    @property
    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def journal(self) -> list[dict[str, Any]]:
        return [one for path in (self.home / "logs").glob("journal_*") for one in read_journal(path)]

    def kinds(self, *wanted: str) -> list[str]:
        return [one["kind"] for one in self.journal() if one["kind"] in wanted]

    def child(self) -> int:
        return int((self.home / "state" / f"advice_{LOGIN}.pid").read_text(encoding="ascii"))

    def cycling(self, start: int) -> bool:
        """Whether the run that was started so many times has put a cycle on record."""
        try:
            kinds = [one["kind"] for one in self.journal()]
        except JournalError:
            return False  # it is just being written, or has been torn
        return kinds.count("start") >= start and kinds[-1] != "start"


KINDS = ("child", "supervisor", "both")


@dataclass(slots=True)
class Killed:
    """What came of kills."""

    recovered: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})  # seconds
    outlived: list[float] = field(default_factory=list)  # seconds for which a child outlived its supervisor
    torn: int = 0  # last lines of a journal
    complaints: list[str] = field(default_factory=list)


def killed(run: Started, kinds: Sequence[str], seed: int) -> Killed:
    """Kill a run in these ways, at random moments, and start it again where nobody else does."""
    rng = random.Random(seed)  # noqa: S311 -- nothing secret
    found = Killed()
    for kind in kinds:
        time.sleep(rng.uniform(0, 0.5))  # two cycles
        _kill(run, kind, found)
    return found


def killed_and_told(folder: Path, each: int, seed: int) -> int:
    """Kill, and print what came of it; return 1 where something was lost or did not come back."""
    rng = random.Random(seed)  # noqa: S311 -- nothing secret
    run = Started(folder)
    try:
        _recovery(run, 0)
        found = killed(run, [kind for _ in range(each) for kind in rng.sample(KINDS, len(KINDS))], seed)
    finally:
        run.process.terminate()
        run.process.wait()
    for kind, took in found.recovered.items():
        middle, most = statistics.median(took), max(took)
        print(f"{kind}: {len(took)} kills, back after {middle:.1f} s (median), {most:.1f} s at most")  # noqa: T201
    print(f"a child outlived its supervisor by {1000 * max(found.outlived):.0f} ms at most")  # noqa: T201
    told = [f"{found.torn} torn lines, {len(found.complaints)} complaints", *found.complaints]
    print("\n".join(told), f"see {folder}" if found.complaints else "")  # noqa: T201
    return 1 if found.complaints else 0


def _kill(run: Started, kind: str, found: Killed) -> None:
    """Kill, see what is left, wait until a cycle is on record again."""
    child, starts = run.child(), run.kinds("start").count("start")
    begun = time.monotonic()
    if kind != "child":
        run.process.kill()
        if kind == "both":
            with suppress(ProcessLookupError):  # it may have died with it
                os.kill(child, signal.SIGKILL)
        run.process.wait()
        while alive(child) and time.monotonic() - begun < PATIENCE:
            time.sleep(0.002)
        found.outlived.append(time.monotonic() - begun)
    else:
        os.kill(child, signal.SIGKILL)
        while alive(child):
            time.sleep(0.002)
    before = {path: path.read_bytes() for path in sorted((run.home / "logs").glob("journal_*"))}
    found.complaints += _left_behind(run.home)
    if kind != "child":
        run.start()
    took = _recovery(run, starts)
    if took is None:
        found.complaints.append(f"after a kill of {kind} it did not come back")
    else:
        found.recovered[kind].append(time.monotonic() - begun)
    for path, content in before.items():
        whole, _, tail = content.rpartition(b"\n")
        found.torn += bool(tail)
        if not path.read_bytes().startswith(whole):
            found.complaints.append(f"{path.name} lost what stood in it")
    told = [one["reason"] for one in run.journal() if one["kind"] == "restart"]
    if kind == "child" and told[-1:] != ["it was ended by SIGKILL"]:
        found.complaints.append(f"the journal does not say that the child was killed: {told[-1:]}")


def _recovery(run: Started, starts: int) -> float | None:
    """Wait until a run that was started anew has put a cycle on record; None: it takes too long."""
    begun = time.monotonic()
    while time.monotonic() - begun < 2 * PATIENCE:
        if run.cycling(starts + 1):
            return time.monotonic() - begun
        time.sleep(0.02)
    return None


def _left_behind(home: Path) -> Iterator[str]:
    """Yield the files that a kill has left in part."""
    for path in home.glob("paper/Common/Files/BreadthAssistant/advice_*.txt"):
        if not path.read_text(encoding="utf-8").splitlines()[-1].startswith("END"):
            yield f"{path.name} has no end"
    for path in (home / "state").glob("advice_*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            yield f"{path.name} is no document"
