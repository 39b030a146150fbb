"""The month under kill -9: a child plays it, is killed again and again, and goes on where it stood.

A kill falls at a place of writing inside a cycle (whole.Death), or wherever the child stands when the parent
has waited a moment. Between two runs nobody looks for some seconds, or for some instants of the list.
"""

import json
import os
import random
import subprocess
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Any

from assistant.config import load_config
from assistant.core.followed import key_of
from assistant.errors import JournalError
from assistant.funded.program import program_of
from assistant.outputs.journal import read_journal
from assistant.outputs.recall import recall_followed
from assistant.terminal.profile import profile
from tests.funded.month.driving import BROKER
from tests.funded.month.whole import Levels, above, levels, programs, settle, when

LOGIN = profile(BROKER).account.login
ROOT = Path(__file__).parents[3]
CENT = 0.005  # account currency
# Account currency; by how much more a start may raise a floor: 187.50 of swap that nobody can date, as in
# test_month_whole, and what the high of a minute lies above the look in it (15.00 in 60 kills: 0.3 points).
MOST = 250.0
PLACES = 14  # of writing in a cycle, or fewer
_HIGHEST = "any"  # of the cut-offs
PAYOUT = datetime(2018, 3, 14, 21, 30, tzinfo=UTC)
_ANYWHERE = (*range(1, PLACES + 1), -1, -2, -3, *[None] * 7)
_SOON = 0.04  # seconds of the parent, about a cycle of the child
_TRACK = -3  # the third line of a cycle with a deal: after `deal` and `account`
_ON_PURPOSE = {  # instants, and where in the cycle; None: anywhere
    "2018-03-08T21:59:57": _TRACK,  # a deal, and three seconds later the reset
    "2018-03-08T22:00:00": -1,
    "2018-03-13T15:13:43.130": -1,  # the peak
    "2018-03-14T21:00:00": None,  # the cut-offs before and after a payout
    "2018-03-14T21:30:00": _TRACK,
    "2018-03-20T23:00:00": None,  # a deal at the very reset
    "2018-03-21T12:00:00": None,  # a deposit
    "2018-03-25T22:00:00": None,  # the weekend of the gap
}


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill, from the cycle of an instant on."""

    index: int  # of the instant
    place: int | None  # of writing, as Death counts; None: wherever it is after `wait`
    wait: float  # seconds of the parent
    away: int  # instants that pass until the next start


@dataclass(frozen=True, slots=True)
class Seen:
    """What a cycle came to, as the child told it."""

    run: int
    index: int
    as_of: datetime
    light: str
    floors: Levels
    broken: tuple[str, ...]


Apart = tuple[Seen, str, str, float]  # where, cut-off, rule, by how much (account currency)


@dataclass(slots=True)
class Month:
    """What was seen in a month, and what was found wrong at the kills."""

    seen: list[Seen] = field(default_factory=list)
    killed: list[int] = field(default_factory=list)  # by number, the instants that were not got past
    torn: set[tuple[str, int]] = field(default_factory=set)  # journals that ended in half a line, and where
    complaints: list[str] = field(default_factory=list)


def plan(seed: int, count: int) -> list[Kill]:
    """Return so many kills in order of time: at each instant on purpose, and anywhere."""
    rng = random.Random(seed)  # noqa: S311 -- nothing secret
    whole = when()
    instants = [datetime.fromisoformat(at).replace(tzinfo=UTC) for at in _ON_PURPOSE]
    wanted = list(zip([bisect_left(whole, at) for at in instants], _ON_PURPOSE.values(), strict=True))
    others = [rng.randrange(len(whole)) for _ in range(count - len(wanted))]
    kills = [_kill(rng, index, place or rng.randint(1, PLACES)) for index, place in wanted[:count]]
    kills += [_kill(rng, index, rng.choice(_ANYWHERE)) for index in others]
    return sorted(kills, key=lambda kill: kill.index)


def _kill(rng: random.Random, index: int, place: int | None) -> Kill:
    return Kill(index, place, rng.uniform(0, _SOON), rng.choice((0, 0, 0, 1, 3, 12)))


def played(home: Path, kills: Sequence[Kill]) -> Month:
    """Play the month in a new home, with these kills."""
    settle(home, programs()["every"], when())
    month, index, end = Month(), 0, len(when())
    for kill, following in zip_longest(kills, kills[1:]):
        index = _run(home, index, month, kill)
        if index >= end:
            return month
        away = min(index + kill.away, following.index if following else end - 1)  # no kill is slept through
        index = max(index, away)
    _run(home, index, month, None)
    return month


def _run(home: Path, index: int, month: Month, kill: Kill | None) -> int:
    """Play on from an instant to a kill, or to the end, and return where to go on."""
    inside = kill is not None and kill.place is not None
    death = [str(max(kill.index, index)), str(kill.place)] if kill and inside else []
    run = len({one.run for one in month.seen})
    words = [sys.executable, "-m", "tests.funded.month.whole", str(home), str(index), *death]
    trouble = home / "trouble.txt"
    with trouble.open("wb") as errors:
        child = subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
        assert child.stdout is not None
        for line in child.stdout:
            if line.endswith(b"\n"):
                month.seen.append(_seen(run, json.loads(line)))
            if kill and not inside and month.seen[-1].index >= kill.index:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(kill.wait)
                child.kill()
        code = child.wait()
        child.stdout.close()
    last = month.seen[-1].index if month.seen and month.seen[-1].run == run else index - 1
    if last + 1 < len(when()) or code:
        if told := trouble.read_text(encoding="utf-8"):
            month.complaints.append(f"from {when()[index]}: {told.splitlines()[-1]}")
        if not kill:
            month.complaints.append(f"from {when()[index]}: it ended with {code} at {when()[last]}")
        month.killed.append(last + 1)
        month.complaints += _left_behind(home, month)
    return last + 1


def _seen(run: int, row: dict[str, Any]) -> Seen:
    as_of = datetime.fromisoformat(row["as_of"])
    return Seen(run, row["index"], as_of, row["light"], row["floors"], tuple(row["broken"]))


def _left_behind(home: Path, month: Month) -> Iterator[str]:
    """Yield what is wrong with what a kill has left: journal, panel file, state file."""
    for path in sorted((home / "logs").glob("journal_*.jsonl")):
        yield from _unreadable(path, month.torn)
    for path in home.glob("paper/Common/Files/BreadthAssistant/advice_*.txt"):
        if not path.read_text(encoding="utf-8").splitlines()[-1].startswith("END"):
            yield f"{path.name} has no end"
    if month.seen:
        yield from _forgotten(home, month.seen[-1].as_of, month.seen[-1].floors)
    for path in (home / "state").glob("advice_*.json"):
        try:
            document = json.loads(path.read_bytes())
        except ValueError:
            yield f"{path.name} is no document"
        else:
            highest = {one["name"]: one["floor"] for one in document["funded"]["floors"]}
            yield from _forgotten(home, datetime.fromisoformat(document["as_of"]), {_HIGHEST: highest})


def _unreadable(path: Path, torn: set[tuple[str, int]]) -> Iterator[str]:
    """Yield the lines of a journal that are none, but for a last one that has no end."""
    content = path.read_bytes()
    whole, _, tail = content.rpartition(b"\n")
    if tail:
        torn.add((path.name, len(content)))
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            json.loads(line)
        except ValueError:
            yield f"{path.name} line {number} is no entry: {line[:60]!r}"


def _forgotten(home: Path, as_of: datetime, shown: Levels) -> Iterator[str]:
    """Yield the floors that a restart would take from the record lower than they were shown at an instant."""
    program = program_of(load_config(home).funded)
    key = key_of(program) if program else ""
    followed = recall_followed(home / "logs", LOGIN, as_of + timedelta(days=1), key)
    if followed is None or program is None:
        yield f"after {as_of} nothing is on record"
        return
    known = levels(followed.tracks, program.rules)
    if _HIGHEST in shown:
        known = {_HIGHEST: {rule: max(own[rule] for own in known.values()) for rule in shown[_HIGHEST]}}
    for cutoff, rule, apart in above(known, shown):
        ends = [one for name, one in program.cutoffs.items() if cutoff in (name, _HIGHEST)]
        ended = any(one.last(followed.at) > as_of for one in ends)  # its day, in the cycle that was killed
        paid = rule == "eod_paid" and followed.at >= PAYOUT > as_of  # likewise; that lowers this floor
        if apart < -CENT and not (ended or paid):
            yield f"after {as_of} the record has {rule} by {cutoff} {-apart:.2f} lower than was shown"


def wrong(home: Path, month: Month, whole: Month) -> list[str]:
    """Say what a month with kills broke of what it promises, beside the same month without one."""
    found = [*month.complaints]
    for one, cutoff, rule, apart in _compared(month.seen, whole.seen):
        if apart < -CENT:
            found.append(f"{one.as_of}, start {one.run}: {rule} by {cutoff} is {-apart:.2f} lower")
    found += [
        f"{one.as_of}, start {one.run}: {rule} by {cutoff} is {apart:.2f} higher"
        for one, cutoff, rule, apart in higher(month, whole)
        if apart > MOST
    ]
    if not month.seen or month.seen[-1].index != len(when()) - 1:
        found.append("the end was not reached")
    for path in sorted((home / "logs").glob("journal_*.jsonl")):
        try:
            read_journal(path)
        except JournalError as error:
            found.append(str(error))
    return found


def higher(month: Month, whole: Month) -> Iterator[Apart]:
    """Yield the floors that are higher than without a kill, at the instants at which both have looked."""
    instants = {one.as_of for one in whole.seen}
    same = [one for one in month.seen if one.as_of in instants]
    return (row for row in _compared(same, whole.seen) if row[3] > CENT)


def _compared(seen: Sequence[Seen], whole: Sequence[Seen]) -> Iterator[Apart]:
    """Yield what was seen, cut-off, rule, and how much higher the floor is than it last was in another run.

    Each reset is an instant of the list, so that what was seen last there is of the same day of the firm.
    """
    instants = [one.as_of for one in whole]
    for one in seen:
        last = whole[bisect_right(instants, one.as_of) - 1]
        yield from ((one, *row) for row in above(one.floors, last.floors))
