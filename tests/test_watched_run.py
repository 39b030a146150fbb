"""`assistant run` as a user starts it: a supervisor and its child, one after another over one home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.outputs.journal import read_journal
from tests.doubles.watching import PATIENCE, ROOT, alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes are ended by signals")
LOGIN = 9000001  # of the paper terminal's profile A
SETTINGS = """
terminal: {module: tests.doubles.hanging}
macro: {source: off}
watchdog: {initialize: 9, history: 9, call: 2}
cycle: {interval: 0.25, sessions: 150}
symbols: {QQQ: null, XLF: null, XLI: null, XLY: null, XLU: null, XLP: null, XLV: null, KRE: null, HYG: null,
  IEF: null, US2000: null, US500: null}
regime: {legs: [[IWM, SPY]]}
"""


class Started:
    """A run in a home of its own, as a process."""

    def __init__(self, folder: Path) -> None:
        self.home, self.trouble = folder / "home", folder / "trouble"
        (self.home / "config").mkdir(parents=True)
        (self.home / "config" / "local.yaml").write_text(SETTINGS, encoding="utf-8")
        self.command = [sys.executable, "-m", "assistant", "run", "--home", str(self.home)]
        self.environment = os.environ | {"PYTHONPATH": str(ROOT), "PAPER_TROUBLE": str(self.trouble)}
        self._said = folder / "said"
        with self._said.open("wb") as said:
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
        kinds = [one["kind"] for one in self.journal()]
        return kinds.count("start") >= start and kinds[-1] != "start"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A run that cycles."""
    one = Started(tmp_path_factory.mktemp("run"))
    try:
        wait_until(lambda: one.cycling(1))
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def test_the_supervisor_loads_nothing_of_what_its_child_needs(run: Started) -> None:
    maps = Path(f"/proc/{run.process.pid}/maps").read_text(encoding="utf-8")
    assert "pydantic" not in maps
    resident = int(Path(f"/proc/{run.process.pid}/statm").read_text(encoding="ascii").split()[1])
    assert resident * os.sysconf("SC_PAGE_SIZE") < 25e6


def test_a_second_run_for_the_login_is_refused_with_the_pid_of_the_first_one_s_child(run: Started) -> None:
    second = subprocess.run(
        run.command, cwd=ROOT, env=run.environment, check=False, capture_output=True, text=True
    )
    assert second.returncode == 1
    assert run.child() != run.process.pid
    assert second.stderr == (
        f"error: another assistant runs for login {LOGIN} in {run.home / 'state'}, process {run.child()}; "
        "end it first\n"
    )
    assert run.process.poll() is None


def test_what_hangs_in_the_terminal_is_ended_and_the_next_run_journals_why(run: Started) -> None:
    hung = run.child()
    run.trouble.write_text("hang positions_get", encoding="ascii")
    wait_until(lambda: run.cycling(2))
    assert not alive(hung)
    assert run.kinds("start", "restart", "stop") == ["start", "restart", "start"]
    (restart,) = [one for one in run.journal() if one["kind"] == "restart"]
    assert restart["reason"] == "positions_get did not return within 2 s"
    assert run.said == "restarting in 1 s: positions_get did not return within 2 s\n"


def test_ctrl_c_ends_both_and_the_journal_says_so(run: Started) -> None:
    child = run.child()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(PATIENCE) == 0
    assert not alive(child)
    assert run.journal()[-1]["reason"] == "KeyboardInterrupt"
    assert run.said.endswith("ended by Ctrl-C\n")
    assert not list(run.home.rglob("*.pid"))


def test_wrong_use_is_told_once_and_passed_on(run: Started) -> None:
    command = [*run.command, "--profile", "A"]
    wrong = subprocess.run(
        command, cwd=ROOT, env=run.environment, check=False, capture_output=True, text=True
    )
    assert wrong.returncode == 2
    assert wrong.stderr.count("\n") == 1
    assert wrong.stderr.startswith("error: Invalid value: --profile was A without --paper")
