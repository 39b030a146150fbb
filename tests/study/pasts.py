"""A history made by chance, with a seed: prices of some symbols, and two series, on real sessions."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

from assistant.core.market import Bar, Series
from assistant.terminal.sessions import Sessions

SYMBOLS = ("IWM", "SPY", "QQQ", "XLF", "XLI", "XLY", "XLU", "XLP", "XLV", "HYG", "IEF")
SERIES = {"BAA10Y": 2.5, "VIXCLS": 22.0, "DGS10": 3.0, "T10Y2Y": 0.4}


def sessions(count: int) -> list[date]:
    """The last sessions of 2018 and before."""
    return [one.date for one in Sessions.packaged().until(date(2018, 12, 31), count)]


def prices(count: int, seed: int = 11) -> dict[str, tuple[Bar, ...]]:
    chance = random.Random(seed)  # noqa: S311 -- prices to fold
    days = sessions(count)
    out = {}
    for symbol in SYMBOLS:
        close, bars = 60.0, []
        for day in days:
            close *= 1 + chance.gauss(0.0002, 0.011)
            bars.append(Bar(day, close * 0.998, close * 1.006, close * 0.993, close))
        out[symbol] = tuple(bars)
    return out


def series(count: int, seed: int = 12) -> dict[str, Series]:
    chance = random.Random(seed)  # noqa: S311 -- levels to fold
    days = sessions(count)
    return {
        name: Series(
            name, tuple((day, round(level + chance.gauss(0, level / 4), 3)) for day in days), 1, 10, "seed"
        )
        for name, level in SERIES.items()
    }


def folder(root: Path, count: int) -> Path:
    """The same as CSV files, closes in daily/ and series in fred/."""
    for below in ("daily", "fred"):
        (root / below).mkdir(parents=True)
    for symbol, bars in prices(count).items():
        rows = [f"{bar.session},{bar.close!r}" for bar in bars]
        (root / "daily" / f"{symbol}.csv").write_text("\n".join(["date,close", *rows]) + "\n")
    for name, one in series(count).items():
        lines = [f"{day},{value}" for day, value in one.values]
        (root / "fred" / f"{name}.csv").write_text("\n".join([f"observation_date,{name}", *lines]) + "\n")
    return root
