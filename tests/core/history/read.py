"""The files of this folder, parsed: closes and series as read, shipped settings, answers of an episode."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.core.second import Series, Settings, from_yaml

FOLDER = Path(__file__).parent
CONFIG = FOLDER.parents[2] / "config"
EPISODES = ("2007-08", "2011-08", "2015-08", "2016-11", "2018-10")


@dataclass(frozen=True)
class Answer:
    """One row of an episode's file: what holds after a session close, to 12 significant digits."""

    session: date
    ratio: float
    fast: float
    slow: float
    distance: float
    noise: float
    band: float
    stance: str
    since: date
    sessions: int
    followed: bool
    regime_target: float
    regime_held: float
    context_target: float
    context_held: float
    vol_target_IWM: float  # noqa: N815 -- the column's name ends in a symbol
    vol_held_IWM: float  # noqa: N815 -- likewise
    breaks: frozenset[str]  # such as "below range fresh 2011-08-04": side, line, status, session it began
    votes: dict[str, int]  # what each counts as
    break_share: float | None


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a file of this folder."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def closes() -> dict[str, dict[date, float]]:
    """Closes by symbol and session, adjusted for splits and nothing else; US dollars."""
    out: dict[str, dict[date, float]] = {}
    for row in rows("closes.csv"):
        session = date.fromisoformat(row.pop("session"))
        for symbol, close in row.items():
            if close:
                out.setdefault(symbol, {})[session] = float(close)
    return out


@cache
def observations() -> dict[str, list[tuple[date, float]]]:
    """Values by series as (date observed, value), oldest first."""
    out: dict[str, list[tuple[date, float]]] = {}
    for row in rows("series.csv"):
        out.setdefault(row["name"], []).append((date.fromisoformat(row["date"]), float(row["value"])))
    return out


def _yaml(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((CONFIG / name).read_text(encoding="utf-8"))
    return data


def series() -> dict[str, Series]:
    """The observations with the shipped lag and stale_days."""
    macro = _yaml("assistant.yaml")["macro"]["series"]
    known = {name: {key: macro[name][key] for key in ("lag", "stale_days")} for name in observations()}
    return {name: Series(values, **known[name]) for name, values in observations().items()}


def settings() -> Settings:
    """The shipped settings."""
    return from_yaml(_yaml("assistant.yaml"))


def votes() -> dict[str, dict[str, Any]]:
    """The shipped votes that count as evidence."""
    return {name: data for name, data in _yaml("votes.yaml").items() if data["backtest"]}


def answers(episode: str) -> list[Answer]:
    """The rows of an episode, oldest first."""
    return [_answer(row) for row in rows(f"{episode}.csv")]


def _answer(row: dict[str, str]) -> Answer:
    words = {"session", "stance", "since", "sessions", "followed", "breaks", "votes", "break_share"}
    numbers: dict[str, Any] = {key: float(value) for key, value in row.items() if key not in words}
    said = [vote.split("=") for vote in row["votes"].split()]
    return Answer(
        session=date.fromisoformat(row["session"]),
        stance=row["stance"],
        since=date.fromisoformat(row["since"]),
        sessions=int(row["sessions"]),
        followed=row["followed"] == "yes",
        breaks=frozenset(row["breaks"].split("; ")) - {""},
        votes={name: int(value) for name, value in said},
        break_share=float(row["break_share"]) if row["break_share"] else None,
        **numbers,
    )
