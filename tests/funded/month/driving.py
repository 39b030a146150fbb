"""The paper terminal driven through the month; what is asked at each instant is the asker's own.

begin(instants[0], common)
for instant in walk(instants):
    ...  # paper.account_info(), or a whole cycle of the assistant
"""

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from assistant.terminal import paper
from assistant.terminal.script import Entry, entry

FOLDER = Path(__file__).parent
BROKER = "F"
FIRST, LAST = datetime(2018, 2, 28, 21, 30, tzinfo=UTC), datetime(2018, 3, 31, 22, 30, tzinfo=UTC)

_BESIDE = timedelta(seconds=5)  # of a reset
_JUST = timedelta(milliseconds=1)  # before a deal


def answers() -> dict[str, Any]:
    """The answer file, its instants as such."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "answers.yaml").read_text(encoding="utf-8"))
    for row in (*found["moments"], *(row for rows in found["resets"].values() for row in rows)):
        row["at"] = datetime.fromisoformat(row["at"])
    return found


def script() -> list[Entry]:
    """What the trader does in the month."""
    with (FOLDER / "trades.csv").open(encoding="utf-8", newline="") as file:
        return [entry(row) for row in csv.DictReader(file)]


def instants(known: dict[str, Any], step: timedelta) -> list[datetime]:
    """When to look: in steps, around and at each reset, just before and at each deal, at each peak."""
    found = {FIRST + number * step for number in range((LAST - FIRST) // step + 1)}
    resets = {row["at"] for rows in known["resets"].values() for row in rows}
    moments = {row["at"] for row in known["moments"]}
    found |= moments | {moment - _JUST for moment in moments}
    return sorted(found | {reset + beside for reset in resets for beside in (-_BESIDE, timedelta(), _BESIDE)})


def begin(instant: datetime, common: Path) -> None:
    """Make the paper terminal new with the month's script, as it stands at an instant, and connect."""
    paper.reset(instant, common, script(), BROKER)
    paper.initialize()


def walk(instants: Sequence[datetime]) -> Iterator[datetime]:
    """Move the paper terminal on from instant to instant; what has passed already is left out."""
    for instant in instants:
        if instant >= paper.now():
            paper.advance((instant - paper.now()).total_seconds())
            yield instant
