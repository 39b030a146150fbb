"""Measure what a run costs all day: memory and processor of the supervisor and of its child.

    python scripts/bench_run.py --seconds 60

The paper terminal is played in real time, a cycle a second, on a console of 100 x 60. On Linux only.
"""

from __future__ import annotations

import argparse
import os
import pty
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import run

GOALS = {"supervisor": 25.0, "child": 90.0}  # MB of resident memory
CPU_GOAL = 2.0  # % of a core, both together
SETTLE_SECONDS = 20.0  # until start and first histories are over
PAGE, TICK = 4096, 100  # bytes, a second: of /proc


def resident(pid: int) -> float:
    """Return resident memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE / 1e6


def busy(pid: int) -> float:
    """Return the seconds that a core has worked for a process, by its scheduler."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def child_of(pid: int) -> int:
    """Return the one child of a process."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])


def threads_of(pid: int) -> float:
    """Return the seconds of all threads of a process."""
    return sum(busy(int(one.name)) for one in Path(f"/proc/{pid}/task").iterdir())


def measure(arguments: list[str]) -> int:
    """Measure and print; inside the virtual environment."""
    parser = argparse.ArgumentParser(prog="scripts/bench_run.py", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args(arguments)
    ours, theirs = pty.openpty()
    with tempfile.TemporaryDirectory() as home:
        words = [sys.executable, "-m", "assistant", "run", "--paper", "--home", home]
        size = {"COLUMNS": "100", "LINES": "60", "TERM": "xterm-256color"}
        supervisor = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | size
        )
        threading.Thread(target=_drain, args=[ours], daemon=True).start()
        try:
            time.sleep(SETTLE_SECONDS)
            processes = {"supervisor": supervisor.pid, "child": child_of(supervisor.pid)}
            before = {name: threads_of(pid) for name, pid in processes.items()}
            time.sleep(options.seconds)
            share = {
                name: 100 * (threads_of(pid) - before[name]) / options.seconds
                for name, pid in processes.items()
            }
            for name, pid in processes.items():
                print(
                    f"{name:<12}{resident(pid):7.1f} MB resident, goal under {GOALS[name]:g}"
                    f"{share[name]:9.3f} % of a core"
                )
            print(f"together {sum(share.values()):.2f} % of a core, goal under {CPU_GOAL:g}")
        finally:
            supervisor.terminate()
            supervisor.wait()
    return 0


def _drain(console: int) -> None:
    """Read what is drawn, or the run would wait."""
    while os.read(console, 65536):
        pass


if __name__ == "__main__":
    if sys.argv[1:2] == [run.INSIDE]:
        sys.exit(measure(sys.argv[2:]))
    sys.exit(run.guarded(lambda: run.start_inside(__file__, sys.argv[1:])))
