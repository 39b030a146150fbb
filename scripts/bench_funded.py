"""What the rules of a funded account cost in a cycle, for the program in the box that costs most.

A part of scripts/bench.py.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import bench_sizing

if TYPE_CHECKING:
    from assistant.core.followed import Followed
    from assistant.core.program import Program
    from assistant.core.snapshot import Snapshot

DAYS, HELD = 60, 5  # of the firm, already finished; positions that are open
NAME = "rules of a funded account"
GOALS = {NAME: 0.5}  # milliseconds
_SECOND = timedelta(seconds=1)


def present() -> Snapshot:
    """Return the facts of an account that is watched, with a calendar of news."""
    from assistant.core.snapshot import Calendar, Impact, Release

    now = bench_sizing.crowd(12, HELD)
    hours = range(-198, 200, 5)
    news = [Release(now.as_of + timedelta(hours=one), "USD", Impact.HIGH, "News") for one in hours]
    return replace(now, calendar=Calendar(tuple(news), now.as_of, "bench"))


def followed(by: Program, now: Snapshot) -> Followed:
    """Return the account as it was a second ago, after so many days of the firm."""
    from assistant.core.followed import Followed, key_of
    from assistant.core.funded import NO_CUTOFF
    from assistant.core.track import Look, Reset, fold, start

    at, balance = now.as_of - _SECOND, now.account.balance
    days = [
        Reset(at - timedelta(days=one, hours=3), balance - 25.0 * one, balance) for one in range(DAYS, 0, -1)
    ]
    track = fold(start(by.initial, by.size), [*days, Look(at, balance, now.account.equity)])
    tracks = dict.fromkeys(by.cutoffs or (NO_CUTOFF,), track)
    return Followed(key=key_of(by), scale=1.0, at=at, clock=now.terminal.clock, tracks=tracks)


def rules(folder: Path, times: int = 200) -> dict[str, dict[str, float]]:
    """Measure all rules of each program in the box, and return the figures of the dearest one."""
    from assistant.config import load_config
    from assistant.core.funded_rules import funded_rules
    from assistant.core.program import Mode
    from assistant.funded.packs import load_packs
    from assistant.funded.program import program_of

    config, now = load_config(folder), present()
    rows: list[list[float]] = []
    for key, pack in load_packs().items():
        for name, one in pack.programs.items():
            size = one.sizes[0] if one.sizes else 50_000.0
            asked = replace(
                config.funded,
                mode=Mode.ENFORCE,
                pack=f"{key}/{name}",
                initial_balance=now.account.balance,
                size=size,
            )
            by = program_of(asked)
            if by is None:
                continue
            before, seconds = followed(by, now), []
            for _ in range(times):
                begun = time.perf_counter()
                funded_rules(by, before, now, config.plan, 23.0)
                seconds.append(time.perf_counter() - begun)
            rows.append(sorted(seconds))
    worst = max(rows, key=statistics.median)
    return {
        NAME: {
            "best_ms": worst[0] * 1000,
            "median_ms": statistics.median(worst) * 1000,
            "p95_ms": worst[int(0.95 * (len(worst) - 1))] * 1000,
            "max_ms": worst[-1] * 1000,
        }
    }
