"""Feeds of three series, and what to ask of them in a line."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from assistant.core.market import Series, Unknown
from assistant.macro import SeriesSettings
from assistant.macro.feed import Macro
from assistant.macro.store import Reading
from tests.macro.server import DAILY, FAST, NOW, Answer, Clock, Server, recorded, settings

HOUR = timedelta(hours=1)
ALL = {"BAA10Y": DAILY, "VIXCLS": DAILY, "ICSA": SeriesSettings(lag=5, stale_days=21)}
GOOD = {name: [Answer(recorded(f"{name}.csv"))] for name in ALL}
FAULT = Answer(status=503)
OLD = Reading(((date(2018, 12, 27), 2.43), (date(2018, 12, 28), 2.44)), "FRED", NOW - 5 * HOUR)


def feed(server: Server | str, home: Path, clock: Clock | None = None, **changed: object) -> Macro:
    url = server if isinstance(server, str) else server.url
    changed.setdefault("series", ALL)
    return Macro(settings(url, **changed), home, clock or Clock(), waits=FAST)


def last(macro: Macro, name: str = "BAA10Y") -> tuple[date, float]:
    series = macro.read()[name]
    assert isinstance(series, Series)
    return series.values[-1]


def source(macro: Macro, name: str = "BAA10Y") -> str:
    series = macro.read()[name]
    assert isinstance(series, Series)
    return series.source


def reason(macro: Macro, name: str = "BAA10Y") -> str:
    series = macro.read()[name]
    assert isinstance(series, Unknown)
    return series.reason


def due(macro: Macro) -> bool:
    """Whether it is; a call, because a type checker takes an attribute for unchanged."""
    return macro.due


def asked(server: Server) -> dict[str, int]:
    return {name: len(targets) for name, targets in server.asked.items()}
