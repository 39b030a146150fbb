"""Measure the live cycle and the start of each command, on the paper terminal. `--json` prints a document.

Every figure is a median with the 95th percentile beside it: other work on the machine moves single ones. The
start of a check is held against its goal by the best one.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import bench_funded
import bench_past
import bench_regime
import bench_sizing
import run

GOAL_MS = 5.0  # one live cycle: 12 symbols, 500 sessions, panel file included
CHECK_GOAL_MS = 250.0  # a check from the state file, from a cold start
CHECK_GOAL_STARTS = 10.0  # the same in starts of a Python that does nothing
PASS, CHECK = "python -c pass", "check from the state file"


def quantiles(seconds: Sequence[float]) -> dict[str, float]:
    """Return the best, median, 95th percentile and maximum in milliseconds."""
    ordered = sorted(seconds)
    return {
        "best_ms": ordered[0] * 1000,
        "median_ms": statistics.median(ordered) * 1000,
        "p95_ms": ordered[int(0.95 * (len(ordered) - 1))] * 1000,
        "max_ms": ordered[-1] * 1000,
    }


def timed(work: Callable[[], object], times: int) -> dict[str, float]:
    """Run something so many times, one after the other."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return quantiles(seconds)


def cycle(home: Path, cycles: int) -> dict[str, dict[str, float]]:
    """Measure whole cycles a paper second apart, and the parts of one."""
    from loguru import logger

    from assistant.app import Assistant
    from assistant.config import load_config
    from assistant.core.advice import Track, advise
    from assistant.outputs.panel_file import render
    from assistant.source import open_source, read_snapshot
    from assistant.terminal import paper

    logger.remove()
    config = load_config(home)
    config = config.model_copy(
        update={"cycle": type(config.cycle)(interval=1.0, ttl=config.cycle.ttl, sessions=500)}
    )
    source = open_source(config, home, paper=True, speed=1e6)
    with Assistant(config, home, source, publish=True, dry_run=False) as assistant:
        assistant.cycle()

        def one() -> None:
            paper.advance(1)
            assistant.cycle()

        whole = timed(one, cycles)
        snapshot = read_snapshot(source)
        advice, track = advise(snapshot, Track(), config.settings)
        return {
            "live cycle": whole,
            "- read": timed(lambda: read_snapshot(source), cycles),
            "- advise": timed(lambda: advise(snapshot, track, config.settings), cycles),
            "- advise after a new close": timed(lambda: advise(snapshot, Track(), config.settings), cycles),
            "- render panel file": timed(lambda: render(advice, seq=1, ttl=5, funded_mode="off"), cycles),
        }


def adapter(home: Path, cycles: int) -> tuple[dict[str, dict[str, float]], float]:
    """Measure a reading less the terminal's own time, and how many calls a symbol costs.

    The paper terminal offers 12 symbols; the time is scaled to 15.
    """
    from collections import Counter
    from types import ModuleType
    from typing import Any

    from assistant.config import load_config
    from assistant.source import open_source, read_snapshot, warm_up
    from assistant.terminal import paper
    from assistant.terminal.reads import READS

    inside, calls = [0.0], Counter[str]()
    module = ModuleType("counted")

    def counted(name: str) -> Callable[..., Any]:
        function = getattr(paper, name)

        def call(*args: object, **named: object) -> object:
            begun = time.perf_counter()
            result = function(*args, **named)
            inside[0] += time.perf_counter() - begun
            calls[name] += 1
            return result

        return call

    for name in READS:
        setattr(module, name, counted(name))
    config = load_config(home)
    clock = open_source(config, home, paper=True, speed=1e6).clock
    named = dataclasses.replace(config.terminal, module=module.__name__)
    rhythm = dataclasses.replace(config.cycle, sessions=500)
    sys.modules[module.__name__] = module  # the adapter meets it as it would meet a bridge
    source = open_source(config.model_copy(update={"terminal": named, "cycle": rhythm}), home)
    source = dataclasses.replace(source, clock=clock)
    source.terminal.connect()
    warm_up(source)
    for _ in range(13):  # the first two minutes, in which the newest bars are looked at more often
        paper.advance(10)
        count = len(read_snapshot(source).instruments)
    calls.clear()
    own = []
    for _ in range(cycles):
        paper.advance(1)
        inside[0], begun = 0.0, time.perf_counter()
        read_snapshot(source)
        own.append(time.perf_counter() - begun - inside[0])
    row = quantiles([seconds * 15 / count for seconds in own])
    return {"- adapter alone, for 15 symbols": row}, sum(calls.values()) / cycles / count


def start(home: Path, times: int) -> dict[str, dict[str, float]]:
    """Measure commands from a cold start, beside a Python that does nothing."""
    program = [sys.executable, "-m", "assistant"]
    there = ["--home", str(home)]
    commands = {
        PASS: [sys.executable, "-c", "pass"],
        "run --paper --once": [*program, "run", "--paper", "--once", *there],
        CHECK: [*program, "check", "--paper", "buy", "XLI", "3", "--stop", "57", *there],
    }
    state = home / "state" / "advice_9000001.json"

    def work(command: Sequence[str]) -> None:
        if state.exists():
            os.utime(state)  # a check wants a fresh one
        subprocess.run(command, capture_output=True, check=True)

    return {name: timed(partial(work, command), times) for name, command in commands.items()}


def measure(arguments: Sequence[str]) -> int:
    """Measure and print; inside the virtual environment."""
    parser = argparse.ArgumentParser(prog="scripts/bench.py", description=__doc__)
    parser.add_argument("--cycles", type=int, default=400, help="how many cycles are measured")
    parser.add_argument("--starts", type=int, default=7, help="how many starts of each command")
    parser.add_argument("--json", action="store_true", help="print a JSON document instead of a table")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        alone, calls = adapter(Path(folder), options.cycles)
        figures = cycle(Path(folder), options.cycles) | alone | start(Path(folder), options.starts)
        figures |= bench_regime.regime(Path(folder)) | bench_sizing.sizing(Path(folder))
        figures |= bench_past.rebuilding() | bench_funded.rules(Path(folder))
    system = f"{platform.system()}, Python {platform.python_version()}"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {system}"
    if options.json:
        print(json.dumps({"machine": machine, "goal_ms": GOAL_MS, "calls": calls, "figures": figures}))
        return 0
    print(machine)
    for name, row in figures.items():
        print(f"{name:<32}" + "".join(f"{key[:-3]:>9} {value:8.2f} ms" for key, value in row.items()))
    print(
        f"calls into the terminal: {calls:.2f} a symbol and cycle; goal at most 3, adapter alone under 1 ms"
    )
    print(f"goal: live cycle (12 symbols, 500 sessions, panel file included) under {GOAL_MS:g} ms median")
    starts = figures[CHECK]["best_ms"] / figures[PASS]["best_ms"]
    print(
        f"{CHECK}: {starts:.1f} times {PASS}; "
        f"goal at most {CHECK_GOAL_STARTS:g} times, under {CHECK_GOAL_MS:g} ms (best)"
    )
    goals = bench_regime.GOALS | bench_sizing.GOALS | bench_past.GOALS | bench_funded.GOALS
    print("goal: " + ", ".join(f"{name} under {goal:g} ms" for name, goal in goals.items()))
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == [run.INSIDE]:
        sys.exit(measure(sys.argv[2:]))
    sys.exit(run.guarded(lambda: run.start_inside(__file__, sys.argv[1:])))
