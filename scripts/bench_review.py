"""Measure the daily review of a busy day: a look a second, 200 trades; and of a month of such days.

    python scripts/bench_review.py

The paper terminal plays the day first, which takes some minutes; `--home DIR` keeps it, and takes one that is
there. A month is measured twice: with all of its reviews there, as a run has them written, and with none (20
times the day). Seconds are those of the processor, for other work on the machine moves the others; memory is
the largest resident set of a process of its own. On POSIX only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import run

GOALS = {"day": 3.0, "month": 15.0}  # seconds
GOAL_MB = 400.0
SESSIONS = 20  # of a month
DAY = date(2018, 12, 26)
OPENS, CLOSES = datetime(2018, 12, 26, 14, 30, tzinfo=UTC), datetime(2018, 12, 26, 21, tzinfo=UTC)
SYMBOLS = {"IWM": 120, "SPY": 220, "QQQ": 135, "XLF": 20, "XLI": 55, "XLP": 45, "HYG": 75}  # and stops
LOCAL = "terminal: {server_zone: New_York+7}\nmacro: {source: 'off'}\nreview: {automatic: false}\n"


def build(home: Path, trades: int, seconds: float) -> None:
    """Let an assistant watch a session with so many trades, a look every so many seconds."""
    from loguru import logger

    from assistant.app import Assistant
    from assistant.config import load_config
    from assistant.source import open_source
    from assistant.terminal import paper
    from assistant.terminal.script import PaperTrade

    logger.remove()
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "local.yaml").write_text(LOCAL, encoding="utf-8")
    config = load_config(home)
    begin = OPENS - timedelta(minutes=1)
    source = open_source(config, home, paper=True, start=begin, speed=1e9)
    names, step = list(SYMBOLS), (CLOSES - OPENS - timedelta(minutes=20)) / trades
    script = [
        PaperTrade(
            name := names[number % len(names)],
            "buy",
            1 + number % 5,
            OPENS + timedelta(minutes=2) + number * step,
            OPENS + timedelta(minutes=12) + number * step,
            SYMBOLS[name],
        )
        for number in range(trades)
    ]
    paper.reset(begin, home / "paper" / "Common", script)
    with Assistant(config, home, source, publish=False, dry_run=False) as assistant:
        assistant.run(seconds, lambda _: None, print, until=CLOSES + timedelta(minutes=2))


def command(home: Path, *words: str) -> tuple[float, float]:
    """Return seconds and megabytes of `assistant review` as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "assistant", "review", *words, "--home", str(home)], stdout=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"review {' '.join(words)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / (1000 if sys.platform == "linux" else 1_000_000)


def month(home: Path) -> tuple[float, float]:
    """Return the seconds of a month's sessions, of which no review is there, and of which all are."""
    from assistant.clock import WallClock
    from assistant.config import load_config
    from assistant.reviewing import Reviewing, record_of, session_on
    from assistant.terminal.sessions import Sessions

    record, table = record_of(home, None, WallClock().now(), paper=True), Sessions.packaged()
    reviewing, session = Reviewing(home, load_config(home), record, table), session_on(table, DAY, record.now)
    kept = home / "logs" / "reviews" / f"{DAY}.json"
    seconds = []
    for there in (False, True):
        begun = time.process_time()
        for _ in range(SESSIONS):
            if not there:
                kept.unlink(missing_ok=True)
            reviewing.series([session], "month", None)
        seconds.append(time.process_time() - begun)
    return seconds[0], seconds[1]


def at_once(home: Path) -> float:
    """Return the seconds by the clock of reading a month's sessions anew, in processes as `--month` does."""
    from assistant.apart import WORTH, Wanted, all_made
    from assistant.config import load_config
    from assistant.terminal.sessions import Session

    since, now = OPENS - timedelta(days=1), CLOSES + timedelta(hours=1)
    session, fold = Session(DAY, OPENS, CLOSES), load_config(home).settings.fold
    wanted = Wanted(home / "logs", 9000001, "paper", now, session, since, fold, WORTH)
    begun = time.perf_counter()
    for _ in all_made([wanted] * SESSIONS):
        pass
    return time.perf_counter() - begun


def measure(arguments: list[str]) -> int:
    """Measure and print; inside the virtual environment. Exits 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench_review.py", description=__doc__)
    parser.add_argument("--trades", type=int, default=200)
    parser.add_argument("--every", type=float, default=1.0, help="seconds between two looks")
    parser.add_argument("--home", type=Path)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        journal = home / "logs" / f"journal_9000001_{DAY}.jsonl"
        if not journal.exists():
            begun = time.perf_counter()
            build(home, options.trades, options.every)
            print(f"played in {time.perf_counter() - begun:.0f} s")
        content = journal.read_bytes()
        entries, deals = content.count(b"\n"), content.count(b'"kind":"deal"')
        print(f"{entries} entries, {len(content) / 1e6:.2f} MB, {deals} deals")
        day, largest = min(command(home, str(DAY)) for _ in range(3))
        anew, again = month(home)
        clock = at_once(home)
    print(
        f"day           {day:6.2f} s, goal under {GOALS['day']:g}; {largest:.0f} MB, goal under {GOAL_MB:g}"
    )
    print(f"month         {again:6.2f} s, goal under {GOALS['month']:g}")
    print(f"month, anew   {anew:6.2f} s in all; {clock:.2f} s by the clock on {os.cpu_count()} processors")
    return int(day > GOALS["day"] or largest > GOAL_MB or again > GOALS["month"])


if __name__ == "__main__":
    if run.INSIDE in sys.argv:
        sys.exit(measure([one for one in sys.argv[1:] if one != run.INSIDE]))
    sys.exit(run.guarded(lambda: run.start_inside(__file__, sys.argv[1:])))
