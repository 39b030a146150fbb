"""The pictures of a week or a month, and its calendar."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from math import ceil
from typing import Any

from assistant.reports.drawing import BLUE, GREEN, GREY, RED, Figure, figure, line
from assistant.reports.words import day

Document = dict[str, Any]

TRADING_DAYS = 5  # of a week
TICKS = 5  # of an axis that counts, at most: each a whole number


def series_figures(document: Document) -> dict[str, Figure]:
    """Return what can be drawn of the sessions, by the name of its place."""
    drawn = {
        "series-results": _results(document["sessions"]),
        "series-share": _share(document["sessions"]),
        "distribution": _distribution(document["distribution"]),
    }
    return {name: one for name, one in drawn.items() if one is not None}


def weeks(sessions: Sequence[Document]) -> list[list[tuple[str, Document | None]]]:
    """Return the calendar: a week a row, Monday to Friday, each date with its session where it was one."""
    found = {one["session"]: one for one in sessions}
    first, last = date.fromisoformat(min(found)), date.fromisoformat(max(found))
    monday, rows = first - timedelta(days=first.weekday()), []
    while monday <= last:
        days = [(monday + timedelta(days=n)).isoformat() for n in range(TRADING_DAYS)]
        rows.append([(day, found.get(day)) for day in days])
        monday += timedelta(days=7)
    return rows


def unrecorded(sessions: Sequence[Document]) -> str:
    """Write the sessions of which nothing is on record, those in a row by the first and the last."""
    rows: list[list[str]] = []
    before = True
    for one in sessions:
        if not one["recorded"]:
            if before:
                rows.append([])
            rows[-1].append(day(one["session"], short=True))
        before = one["recorded"]
    return ", ".join(row[0] if len(row) == 1 else f"{row[0]} to {row[-1]}" for row in rows)


def lacking(document: Document) -> list[list[str]]:
    """Return what sessions lack, but that a whole session is not on record."""
    none = {one["session"] for one in document["sessions"] if not one["recorded"]}
    return [
        [on, text]
        for on, text in document["missing"]
        if on not in none or not text.startswith(("no journal of ", "nothing is on record "))
    ]


def _labels(sessions: Sequence[Document]) -> list[str]:
    """Write the sessions for an axis: weekday and date where there are few, else the day of the month."""
    few = len(sessions) <= TRADING_DAYS
    dates = [date.fromisoformat(one["session"]) for one in sessions]
    return [f"{one:%a}<br>{one.day} {one:%b}" if few else str(one.day) for one in dates]


def _results(sessions: Sequence[Document]) -> Figure | None:
    """Draw the result of each session in R, and their sum as it grew."""
    if all(one["result_r"] is None for one in sessions):
        return None
    labels, values = _labels(sessions), [one["result_r"] for one in sessions]
    bars = {
        "type": "bar",
        "name": "session",
        "x": labels,
        "y": [None if one is None else round(one, 4) for one in values],
        "marker": {"color": [RED if (one or 0) < 0 else GREEN for one in values]},
        "hovertemplate": "%{y:+.2f} R",
    }
    grown = accumulate(one or 0.0 for one in values)
    sums = [total if one["recorded"] else None for one, total in zip(sessions, grown, strict=True)]
    total = line(labels, sums, "sum", GREY, 2)  # not drawn where nobody knows it
    return figure(
        [bars, total | {"mode": "lines+markers", "hovertemplate": "%{y:+.2f} R"}],
        "The result of each session in R, and their sum",
        250,
        xaxis={"type": "category", "tickangle": 0},
        yaxis={"ticksuffix": " R", "nticks": 6},
        bargap=0.35,
    )


def _share(sessions: Sequence[Document]) -> Figure | None:
    """Draw the mean share of each session."""
    if all(one["share"] is None for one in sessions):
        return None
    bars = {
        "type": "bar",
        "x": _labels(sessions),
        "y": [None if one["share"] is None else round(one["share"], 4) for one in sessions],
        "marker": {"color": BLUE},
        "customdata": [one["stance"] or "no stance" for one in sessions],
        "hovertemplate": "%{y:.2f}x, %{customdata}<extra></extra>",
    }
    return figure(
        [bars],
        "The mean share of normal risk of each session",
        250,
        xaxis={"type": "category", "tickangle": 0},
        yaxis={"ticksuffix": "x", "nticks": 5, "rangemode": "tozero"},
        hovermode="closest",
        bargap=0.35,
    )


def _distribution(bins: Sequence[Document]) -> Figure | None:
    """Draw how many results lie in each bin (R)."""
    if not any(one["count"] for one in bins):
        return None
    bars = {
        "type": "bar",
        "x": [_bin(one["low"], one["high"]) for one in bins],
        "y": [one["count"] for one in bins],
        "marker": {"color": [RED if one["low"] is None or one["low"] < 0 else GREEN for one in bins]},
        "hovertemplate": "%{y} trades, %{x}<extra></extra>",
    }
    return figure(
        [bars],
        "How many trades brought how much in R",
        220,
        xaxis={"type": "category", "tickangle": 0},
        yaxis={"rangemode": "tozero", "dtick": ceil(max(one["count"] for one in bins) / TICKS)},
        hovermode="closest",
        bargap=0.2,
    )


def _bin(low: float | None, high: float | None) -> str:
    """Write what a bin holds."""
    if low is None:
        return f"below<br>{high:g}"
    return f"{low:g}<br>or more" if high is None else f"{low:g}<br>to {high:g}"
