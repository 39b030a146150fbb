"""The whole assistant over the month: one `cycle()` at each instant, and what its rules come to then.

`python -m tests.funded.month.whole HOME INDEX [DIE_AT PASS]` plays on from an instant, a row a line.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from assistant.app import Assistant
from assistant.config import load_config
from assistant.core.advice import Advice
from assistant.core.followed import floors_of, present
from assistant.outputs.advice import Document
from assistant.outputs.journal import Journal
from assistant.source import open_source
from tests.funded.month.driving import BROKER, FOLDER, answers, begin, instants, walk
from tests.funded.month.programs import INITIAL

PHASE = "2018-02-28T21:30:00Z"  # its begin
CUTOFFS = {
    "static": "00:00 Europe/Prague",
    "eod_16": "16:00 America/Chicago",
    "eod_17": "17:00 America/Chicago",
    "intraday": "17:00 America/New_York",
}
_QUICK = 1e9  # seconds of the paper terminal in a real one

Levels = dict[str, dict[str, float]]  # by cut-off and rule; account currency


@dataclass(frozen=True, slots=True)
class Row:
    """What one cycle came to."""

    at: datetime  # UTC, the instant of the list
    as_of: datetime  # UTC, of the advice: a while later after a start
    balance: float
    equity: float
    light: str
    floors: Levels
    broken: tuple[str, ...]  # rules
    lacking: tuple[str, ...]
    missed: str | None


@cache
def programs() -> dict[str, Any]:
    """Each program as settings, and `every`: all rules at all resets."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "whole.yaml").read_text(encoding="utf-8"))
    rules = {f"{key}_{name}": rule for key, one in found.items() for name, rule in one["rules"].items()}
    cutoffs = [cutoff for one in found.values() for cutoff in one["cutoffs"]]
    return {**found, "every": {**found["static"], "name": "every rule", "cutoffs": cutoffs, "rules": rules}}


def settle(home: Path, program: str) -> None:
    """Write the settings of a home that follows a program."""
    funded = {"mode": "dry_run", "pack": "custom", "initial_balance": INITIAL, "start": PHASE}
    funded["custom"] = programs()[program]
    path = home / "config" / "local.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"funded": funded}), encoding="utf-8")


@cache
def when(hours: int = 24) -> tuple[datetime, ...]:
    """The instants of the month."""
    return tuple(instants(answers(), timedelta(hours=hours)))


def play(
    home: Path, some: Sequence[datetime], before: Callable[[datetime], None] | None = None
) -> Iterator[tuple[Row, Advice, Document]]:
    """Run the assistant in a home, one cycle at each instant from the first one on."""
    config = load_config(home)
    source = open_source(config, home, paper=True, letter=BROKER, speed=_QUICK)
    begin(some[0], home / "paper" / "Common")
    with Assistant(config, home, source, publish=True, dry_run=False) as assistant:
        for instant in walk(some):
            if before:
                before(instant)
            advice, document = assistant.cycle()
            yield _row(instant, advice), advice, document


def _row(at: datetime, advice: Advice) -> Row:
    rulings = advice.funded
    assert rulings is not None
    followed = rulings.followed
    tracks = {} if followed is None else present(followed, advice.account, advice.as_of)
    floors: Levels = {}
    for name, track in tracks.items():
        levels = floors.setdefault(name, {})
        for rule in rulings.program.rules:
            for _, floor in floors_of(rule):
                level = floor.level(track)
                assert isinstance(level, float), (rule.name, level)
                levels[rule.name] = level
    return Row(
        at=at,
        as_of=advice.as_of,
        balance=advice.account.balance,
        equity=advice.account.equity,
        light=rulings.light,
        floors=floors,
        broken=() if followed is None else tuple(followed.broken),
        lacking=rulings.lacking,
        missed=None if followed is None else followed.missed,
    )
