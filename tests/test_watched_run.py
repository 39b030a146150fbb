"""`assistant run` as a user starts it: a supervisor and its child, one after another over one home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.started import KINDS, LOGIN, Started, killed
from tests.doubles.watching import PATIENCE, ROOT, alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes are ended by signals")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """A run that cycles."""
    one = Started(tmp_path_factory.mktemp("run"), call=3)
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
        run.command,
        cwd=ROOT,
        env=run.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE,  # where the first one is just being started anew the second is not refused
    )
    assert second.returncode == 1
    assert run.child() != run.process.pid
    assert second.stderr == (
        f"error: another assistant runs for login {LOGIN} in {run.home / 'state'}, process {run.child()}; "
        "end it first, with Ctrl-C in its window (killed, it may be started anew)\n"
    )
    assert run.process.poll() is None


def test_what_hangs_in_the_terminal_is_ended_and_the_next_run_journals_why(run: Started) -> None:
    hung = run.child()
    run.trouble.write_text("hang positions_get", encoding="ascii")
    wait_until(lambda: run.cycling(2))
    assert not alive(hung)
    assert run.kinds("start", "restart", "stop") == ["start", "restart", "start"]
    (restart,) = [one for one in run.journal() if one["kind"] == "restart"]
    assert restart["reason"] == "positions_get did not return within 3 s"
    (alert,) = [one for one in run.journal() if one["kind"] == "alert" and one["about"] == "run"]
    assert (alert["subject"], alert["reason"]) == ("assistant", restart["reason"])
    assert run.said == "restarting in 1 s: positions_get did not return within 3 s\n"


def test_killed_in_any_way_it_comes_back_with_its_journal_whole(run: Started) -> None:
    kinds = [*KINDS, *reversed(KINDS)] * 6  # no child is killed thrice in a row: it would be waited for
    found = killed(run, kinds, seed=1)
    assert found.complaints == []
    assert [len(took) for took in found.recovered.values()] == [12, 12, 12]
    assert max(found.outlived) < 5  # seconds; 0.06 on an idle machine


def test_ctrl_c_ends_both_and_the_journal_says_so(run: Started) -> None:
    child = run.child()
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(PATIENCE) == 0
    assert not alive(child)
    assert run.journal()[-1]["reason"] == "KeyboardInterrupt"
    assert run.said.endswith("ended\n")
    assert not list(run.home.rglob("*.pid"))


def test_wrong_use_is_told_once_and_passed_on(run: Started) -> None:
    command = [*run.command, "--profile", "A"]
    wrong = subprocess.run(
        command, cwd=ROOT, env=run.environment, check=False, capture_output=True, text=True
    )
    assert wrong.returncode == 2
    assert wrong.stderr.count("\n") == 1
    assert wrong.stderr.startswith("error: Invalid value: --profile was A without --paper")
