"""What the fold over closes costs, beside a pandas recompute; a part of scripts/bench.py."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.core.context import Facts
    from assistant.core.fold import FoldSettings

SYMBOLS = ("IWM", "SPY", "QQQ", "XLF", "XLI", "XLY", "XLU", "XLP", "XLV", "HYG", "IEF")
SERIES = {"BAA10Y": 2.5, "VIXCLS": 20.0, "DGS10": 3.0, "T10Y2Y": 1.0}
GOALS = {"whole history, 5,000 sessions": 50.0, "one new session": 0.05}  # milliseconds


def walks(sessions: int) -> Facts:
    """Return seeded random walks for every symbol and series, one value a session."""
    from assistant.core.context import Facts
    from assistant.core.market import Series

    chance = random.Random(20_000_526)  # noqa: S311 -- prices to measure with
    days = [date(2000, 5, 26) + timedelta(days=number) for number in range(sessions)]
    columns = {}
    for symbol in SYMBOLS:
        price, column = 50.0, []
        for _ in days:
            price *= 1 + chance.gauss(0, 0.01)
            column.append(price)
        columns[symbol] = column
    series = {}
    for name, level in SERIES.items():
        values = tuple((day, level + chance.gauss(0, level / 5)) for day in days)
        series[name] = Series(name, values, 1, 10, "seeded")
    return Facts(days, columns, series)


def folding(facts: Facts, settings: FoldSettings) -> Callable[[], object]:
    """Return what folds the whole history: ratio, trend, stance, breaks, votes, shares."""
    from assistant.core.fold import fold, said

    ratios = [a / b for a, b in zip(facts.columns["IWM"], facts.columns["SPY"], strict=True) if a and b]

    def work() -> object:
        votes, _ = said(facts, settings.votes)
        return list(fold(facts.sessions, ratios, list(votes.values()), (), settings))

    return work


def recomputing(facts: Facts, fast: int, slow: int) -> Callable[[], object]:
    """Return what a script with pandas does for the averages, the noise and the five votes alone."""
    import numpy as np
    import pandas as pd

    from assistant.core.market import Series

    frame = pd.DataFrame(dict(facts.columns), index=pd.Index(facts.sessions))
    series = pd.DataFrame(
        {name: dict(one.values) for name, one in facts.series.items() if isinstance(one, Series)}
    )

    def work() -> object:
        ratio = frame.IWM / frame.SPY
        logs = np.log(frame)
        noise = (np.log(ratio).diff() ** 2).rolling(slow - 1).mean() ** 0.5
        trend = ratio.rolling(fast).mean() / ratio.rolling(slow).mean() - 1
        gaps = [
            logs.IWM - logs.SPY,
            logs.SPY - logs.QQQ,
            logs[["XLF", "XLI", "XLY"]].mean(axis=1) - logs[["XLU", "XLP", "XLV"]].mean(axis=1),
            logs.HYG - logs.IEF,
            series.BAA10Y,
            series.DGS10,
        ]
        votes = [np.sign(gap.rolling(10).mean() - gap.rolling(100).mean()) for gap in gaps]
        return noise, trend, votes, series.VIXCLS < 20, series.T10Y2Y < 0  # noqa: PLR2004 -- as the votes

    return work


def best(work: Callable[[], object], times: int) -> dict[str, float]:
    """Return median and best of so many runs, in milliseconds: other work only ever adds."""
    seconds = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return {"median_ms": statistics.median(seconds) * 1000, "best_ms": min(seconds) * 1000}


def regime(home: Path, times: int = 15) -> dict[str, dict[str, float]]:
    """Measure the fold of whole histories, of one more session, and the recompute beside it."""
    from assistant.config import load_config
    from assistant.core.fold import fold, said
    from assistant.study.past import backtested

    settings = backtested(load_config(home).settings.fold)
    facts = walks(5000)
    long = walks(20_000)
    votes, _ = said(facts, settings.votes)
    ratios = [a / b for a, b in zip(facts.columns["IWM"], facts.columns["SPY"], strict=True) if a and b]

    def step() -> float:
        closes = fold(facts.sessions, ratios, list(votes.values()), (), settings)
        for _ in range(len(ratios) - 200):
            next(closes)
        begun = time.perf_counter()
        for _ in range(200):
            next(closes)
        return (time.perf_counter() - begun) / 200

    steps = sorted(step() for _ in range(times))
    return {
        "whole history, 5,000 sessions": best(folding(facts, settings), times),
        "whole history, 20,000 sessions": best(folding(long, settings), 5),
        "- averages and votes by pandas": best(recomputing(facts, 20, 100), times),
        "one new session": {"median_ms": statistics.median(steps) * 1000, "best_ms": steps[0] * 1000},
    }
