"""The supervisor of a run: what hangs is ended, what crashes is started again, and nothing outlives it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.doubles.watching import ROOT, Family, alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its processes are ended by signals")
Start = Callable[..., Family]
HEAVY = {"asyncio", "filelock", "httpx", "loguru", "numpy", "psutil", "pydantic", "rich", "typer", "yaml"}
HUNG = "positions_get did not return within 0.4 s"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a supervisor; what is left of it at the end is killed."""
    families: list[Family] = []

    def started(*tasks: str) -> Family:
        families.append(Family(tmp_path / str(len(families)), *tasks))
        return families[-1]

    yield started
    for one in families:
        one.process.kill()
        one.process.wait()


def test_a_call_that_hangs_and_holds_the_interpreter_is_ended_and_the_next_child_knows_why(
    start: Start,
) -> None:
    family = start("cycle", "hang positions_get", "exit 0")
    assert family.wait() == 0
    first, second = family.lives
    assert first["ended"] == []
    (told,) = second["ended"]
    assert told["reason"] == HUNG
    assert family.said == [f"restarting in 0.1 s: {HUNG}"]
    assert not alive(first["pid"])


def test_a_child_that_hangs_in_no_call_is_ended_too(start: Start) -> None:
    family = start("cycle", "wait", "exit 0")
    assert family.wait() == 0
    assert family.said == ["restarting in 0.1 s: nothing was heard within 0.6 s"]


def test_crashes_are_waited_for_longer_each_time_and_told_until_a_cycle_has_put_them_on_record(
    start: Start,
) -> None:
    family = start("crash SIGKILL", "crash SIGABRT", "exit 3", "exit 0")
    assert family.wait() == 0
    reasons = ["it was ended by SIGKILL", "it was ended by SIGABRT", "it crashed with exit code 3"]
    assert family.said == [f"restarting in {0.1 * 2**n:g} s: {why}" for n, why in enumerate(reasons)]
    known = [[one["reason"] for one in life["ended"]] for life in family.lives]
    assert known == [reasons[:count] for count in range(4)]


def test_what_was_told_is_not_told_again_and_good_cycles_make_the_next_restart_quick(start: Start) -> None:
    cycles = ["cycle"] * 40  # of 0.02 s: longer than the 0.4 s that count as good
    family = start("crash SIGKILL", *cycles, "crash SIGABRT", "exit 0")
    assert family.wait() == 0
    assert [line.partition(":")[0] for line in family.said] == ["restarting in 0.1 s"] * 2
    assert [len(life["ended"]) for life in family.lives] == [0, 1, 1]


@pytest.mark.parametrize("code", [0, 1, 2])
def test_a_child_that_ends_by_itself_is_not_started_again(start: Start, code: int) -> None:
    family = start("cycle", f"exit {code}")
    assert family.wait() == code
    assert (len(family.lives), family.said) == (1, [])


def test_a_failure_is_tried_again_only_once_a_run_has_worked(start: Start) -> None:
    assert start("exit 75").wait() == 1
    worked = start("cycle", "exit 75", "exit 75", "exit 0")
    assert worked.wait() == 0
    assert len(worked.lives) == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_a_plain_kill_and_a_closed_window_end_both(start: Start, number: signal.Signals) -> None:
    family = start()
    child = family.wait_for(1)["pid"]
    family.process.send_signal(number)
    assert family.wait() == 130
    assert not alive(child)


def test_a_child_that_hangs_is_not_waited_for_after_ctrl_c(start: Start) -> None:
    family = start("hang initialize")
    wait_until(family.done)
    family.process.send_signal(signal.SIGINT)
    assert family.wait() == 130
    assert not alive(family.lives[0]["pid"])
    assert family.said in (["ended; initialize did not return within 0.4 s"], [])


def test_ctrl_c_between_two_children_ends_the_supervisor(start: Start) -> None:
    family = start(*["exit 3"] * 5)
    wait_until(lambda: len(family.said) == 4)  # 0.8 s until the next one
    family.process.send_signal(signal.SIGINT)
    assert family.wait() == 130


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a child inside a call ends when that returns")
def test_a_child_inside_a_call_dies_with_a_supervisor_that_is_killed(start: Start) -> None:
    family = start("hang positions_get")
    wait_until(family.done)
    family.process.kill()
    wait_until(lambda: not alive(family.lives[0]["pid"]))


def test_a_child_whose_supervisor_goes_ends_cleanly_also_without_linux_s_help() -> None:
    reader, writer = os.pipe()
    words = (
        "import os, threading, time, sys; from assistant.watchdog.watched import _end_with, end_on_signals\n"
        f"end_on_signals(); threading.Thread(target=_end_with, args=[{reader}], daemon=True).start()\n"
        "try: print('up', flush=True); time.sleep(60)\n"
        "except KeyboardInterrupt: print('clean', flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", words], cwd=ROOT, pass_fds=[reader], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"
        os.close(writer)
        assert child.stdout.readline() == "clean\n"
    os.close(reader)
    assert child.returncode == 0


def test_the_supervisor_loads_nothing_heavy() -> None:
    words = "import sys, assistant.__main__, assistant.watchdog.supervisor; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert not {one.partition(".")[0] for one in loaded.stdout.split()} & HEAVY
    assert "ctypes" not in loaded.stdout.split()


def test_a_child_whose_supervisor_has_gone_already_does_not_start(tmp_path: Path) -> None:
    mark = f"{os.getppid()},0,0"  # another than the parent of what is started here
    words = [sys.executable, "-m", "tests.doubles.watching", "child", str(tmp_path)]
    ran = subprocess.run(
        words,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "BREADTH_ASSISTANT_WATCHED": mark},
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == 130
    assert not (tmp_path / "lives").exists()
