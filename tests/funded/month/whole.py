"""The whole assistant over the month: one `cycle()` at each instant, and what its rules come to then.

`python -m tests.funded.month.whole HOME INDEX [DIE_AT PASS]` plays on from an instant, a row a line.
"""

import json
import os
import signal
import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from loguru import logger

from assistant.app import Assistant
from assistant.config import load_config
from assistant.core.advice import Advice
from assistant.core.breaches import floors_of
from assistant.core.followed import Followed, present
from assistant.core.program import FundedRule
from assistant.core.rulings import Rulings
from assistant.core.track import Track
from assistant.outputs.fields import Document
from assistant.source import open_source
from tests.funded.month.driving import BROKER, FIRST, FOLDER, LAST, answers, begin, walk
from tests.funded.month.programs import INITIAL

PHASE = "2018-02-28T21:30:00Z"  # its begin
CUTOFFS = {
    "static": "00:00 Europe/Prague",
    "eod_16": "16:00 America/Chicago",
    "eod_17": "17:00 America/Chicago",
    "intraday": "17:00 America/New_York",
}
DOWN = timedelta(seconds=3)  # from a kill to the next start
INSTANTS = "instants.txt"  # in a home
_QUICK = 1e9  # seconds of the paper terminal in a real one

# A quarter of the time: the symbols that are traded and those of the regime, and no more bars than must be.
_LEAN: dict[str, Any] = {
    "cycle": {"sessions": 150},
    "symbols": dict.fromkeys(("QQQ", "XLF", "XLI", "XLY", "XLU", "XLP", "XLV", "KRE", "HYG", "IEF")),
}

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
    """Each program as settings, and `every`: all floors at all resets."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "whole.yaml").read_text(encoding="utf-8"))
    named = {f"{key}_{name}": rule for key, one in found.items() for name, rule in one["rules"].items()}
    rules = {name: rule for name, rule in named.items() if "floor" in rule}
    cutoffs = [cutoff for one in found.values() for cutoff in one["cutoffs"]]
    return {**found, "every": {**found["static"], "name": "every rule", "cutoffs": cutoffs, "rules": rules}}


def settle(home: Path, program: dict[str, Any], some: Sequence[datetime] = (), **more: Any) -> None:  # noqa: ANN401
    """Write the settings of a home that follows a program, and the instants at which a child is to look."""
    funded = {
        "mode": "dry_run",
        "pack": "custom",
        "initial_balance": INITIAL,
        "start": PHASE,
        "custom": program,
    }
    path = home / "config" / "local.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({**_LEAN, **more, "funded": funded}), encoding="utf-8")
    (home / INSTANTS).write_text("\n".join(map(str, some)), encoding="utf-8")


@cache
def when(programs: tuple[str, ...] = tuple(CUTOFFS)) -> tuple[datetime, ...]:
    """When to look for some of CUTOFFS: around and at their resets, at each deal and at each peak."""
    known = answers()
    resets = {row["at"] for name in programs for row in known["resets"][name]}
    beside = {at + timedelta(seconds=apart) for at in resets for apart in (-5, 0, 5)}
    return tuple(sorted(beside | {row["at"] for row in known["moments"]} | {FIRST, LAST}))


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


def levels(tracks: Mapping[str, Track], rules: Sequence[FundedRule]) -> Levels:
    """Return each floor on each track."""
    found: Levels = {}
    for name, track in tracks.items():
        own = found.setdefault(name, {})
        for rule in rules:
            for _, floor in floors_of(rule):
                level = floor.level(track)
                assert isinstance(level, float), (rule.name, level)
                own[rule.name] = level
    return found


def above(floors: Levels, others: Levels) -> Iterator[tuple[str, str, float]]:
    """Yield cut-off, rule, and by how much each floor lies above the other one."""
    assert floors.keys() == others.keys()
    for cutoff, own in floors.items():
        yield from ((cutoff, rule, level - others[cutoff][rule]) for rule, level in own.items())


def levels_of(advice: Advice, rulings: Rulings, followed: Followed | None) -> Levels:
    """Return each floor as it stands at the instant of an advice."""
    tracks = {} if followed is None else present(followed, advice.account, advice.as_of)
    return levels(tracks, rulings.program.rules)


def _row(at: datetime, advice: Advice) -> Row:
    rulings = advice.funded
    assert rulings is not None
    followed = rulings.followed
    return Row(
        at=at,
        as_of=advice.as_of,
        balance=advice.account.balance,
        equity=advice.account.equity,
        light=rulings.light,
        floors=levels_of(advice, rulings, followed),
        broken=() if followed is None else tuple(followed.broken),
        lacking=rulings.lacking,
        missed=None if followed is None else followed.missed,
    )


# --- a child that may be killed -----------------------------------------------------------------------------


class Death:
    """Kills this process at a certain place of writing in a cycle, or at the cycle's end where it has fewer.

    The places, in the order in which a cycle comes past them: in the midst of a line of the journal, before
    and after each fsync, before and after a new file takes the place of an old one.
    """

    def __init__(self, number: int) -> None:
        """Take the number of the place, from 1 on, or of the line, from -1 on downwards."""
        self._left, self._only_lines = abs(number), number < 0
        self.armed = False
        self._open, self._fsync, self._replace = Path.open, os.fsync, os.replace

        def opened(path: Path, *given: Any, **named: Any) -> Any:  # noqa: ANN401
            file = self._open(path, *given, **named)
            return Tearing(file, self) if path.name.startswith("journal_") and given == ("ab",) else file

        Path.open = opened  # type: ignore[method-assign, assignment]
        os.fsync = self._synced  # type: ignore[assignment]
        os.replace = self._replaced  # type: ignore[assignment]

    def come(self) -> None:
        """Die."""
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows ends it at once, too

    def due(self, *, line: bool) -> bool:
        """Whether this is the place."""
        counts = self.armed and (line or not self._only_lines)
        self._left -= counts
        return counts and self._left == 0

    def _place(self) -> None:
        if self.due(line=False):
            self.come()

    def _synced(self, descriptor: int) -> None:
        self._place()
        self._fsync(descriptor)
        self._place()

    def _replaced(self, one: Any, other: Any) -> None:  # noqa: ANN401
        self._place()
        self._replace(one, other)
        self._place()


@dataclass
class Tearing:
    """A journal's file; where death is due, half of a line is all that is written."""

    file: Any
    death: Death

    def write(self, line: bytes) -> None:
        """Write a line, or half of it."""
        if self.death.due(line=True):
            self.file.write(line[: len(line) // 2])
            self.file.flush()
            self.death.come()
        self.file.write(line)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        """Return what the file has."""
        return getattr(self.file, name)


def main(home: Path, index: int, die_at: int | None = None, place: int = 1) -> None:
    """Play on from an instant to the month's end, a row a line; a start comes some seconds after a kill."""
    logger.remove()
    whole = [datetime.fromisoformat(line) for line in (home / INSTANTS).read_text("utf-8").splitlines()]
    left = whole[index:]
    if index:
        left[0] += DOWN
    death = None if die_at is None else Death(place)
    number = index - 1

    def begins(instant: datetime) -> None:
        nonlocal number
        number = bisect_right(whole, instant) - 1
        if death and die_at is not None:
            death.armed = number >= die_at

    if death and die_at == index:
        death.armed = True  # it may die while it begins
    for row, _, _ in play(home, left, begins):
        if death and death.armed:
            death.come()
        sys.stdout.write(json.dumps({"index": number, **asdict(row)}, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
