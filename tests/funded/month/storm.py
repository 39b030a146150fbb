"""The month under a storm of faults: the whole assistant beside the same month without one.

A storm is a script of faults, seeded. In each session they come one after the other, sometimes two at once;
in some nights the terminal or its broker is away over a reset. The assistant looks in and after each. Then
the month is played again without faults, with a look at each instant at which there was an advice.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from loguru import logger

from assistant.app import Assistant
from assistant.config import Config, load_config
from assistant.errors import AssistantError, TerminalError
from assistant.outputs.fields import Document
from assistant.source import Source, open_source
from assistant.terminal import paper
from assistant.terminal.fault_script import Fault, FaultKind, active_at, edges
from assistant.terminal.sessions import Sessions
from tests.funded.month.driving import BROKER, FIRST, LAST, begin, walk
from tests.funded.month.whole import Levels, levels_of, programs, settle, when

AGE = 15.0  # seconds; conditions.quote_age_seconds
RECOVERS = timedelta(seconds=30)  # conditions.recover_seconds
SYMBOLS = ("IWM.ETF", "SPY.ETF", "US500")
_QUICK = 1e9
_WIDE: dict[str, Any] = {
    "exposure": {"heat": 0.9, "cluster": 0.9, "gross": 20.0}
}  # for the month's positions leave lots then
_SECOND = timedelta(seconds=1)

_AWAY = (FaultKind.LOSE_TERMINAL, FaultKind.RESTART_TERMINAL, FaultKind.IPC_TIMEOUT, FaultKind.HANG)
_WHOLE = (*_AWAY, FaultKind.SWITCH_ACCOUNT, FaultKind.FAIL)  # beside which no other fault is seen
_BY_SYMBOL = (
    *(FaultKind.NO_ANSWER, FaultKind.EMPTY_HISTORY, FaultKind.FREEZE, FaultKind.ZERO_TICK),
    *(FaultKind.CROSSED_QUOTE, FaultKind.SPIKE, FaultKind.VANISH, FaultKind.RENAME, FaultKind.TRADE_MODE),
)
_FUNCTIONS = ("account_info", "terminal_info", "positions_get", "orders_get")  # that each cycle calls
_NUMBERS: Mapping[FaultKind, Sequence[float]] = {
    FaultKind.LOSE_TERMINAL: (-10001, -10002),
    FaultKind.FAIL: (-1, -4, -10004),
    FaultKind.SPIKE: (0.7, 0.85, 0.93, 1.07, 1.15, 1.4),
    FaultKind.PC_CLOCK: (-240, -90, -40, 40, 90, 240, 3600),
    FaultKind.SERVER_CLOCK: (-3600, -90, 90, 3600, 7200),
    FaultKind.MAXBARS: (5, 60, 120),
    FaultKind.TRADE_MODE: (0, 3),
}
_TEXTS = {FaultKind.FAIL: _FUNCTIONS, FaultKind.SWITCH_ACCOUNT: "AE"}
LATE = {  # after which it shows; others at the next look
    FaultKind.FREEZE: timedelta(seconds=AGE + 3),
    FaultKind.EMPTY_HISTORY: timedelta(minutes=5),  # between two readings of a history
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a cycle came to, or that there was none."""

    begun: datetime  # UTC, true
    at: datetime  # likewise, at its end
    trouble: str | None = None
    as_of: datetime | None = None  # of the advice, by the PC's clock
    login: int = 0
    floors: Levels | None = None  # None: not known
    unbounded: bool = False  # they may be too low, and it is said
    sides: Mapping[tuple[str, str], tuple[float, str]] = field(default_factory=dict)  # lots, and what binds
    ages: Mapping[str, float | None] = field(default_factory=dict)  # seconds, of quotes, by our symbol
    caps: frozenset[str] = frozenset()  # names that bind in shares or lots for the account
    kept: bool = False  # the state file is still that of an earlier look


@dataclass(slots=True)
class Month:
    """What was seen in a month."""

    looks: list[Look] = field(default_factory=list)
    files: list[int] = field(default_factory=list)  # open ones of this process, at looks; empty: not known
    memory: list[int] = field(default_factory=list)  # bytes, the most this process ever had; likewise


# --- the script ---------------------------------------------------------------------------------------------


def plan(seed: int, count: int, sessions: int = 22) -> tuple[list[Fault], list[datetime]]:
    """Return so many faults in order of time, in some of the month's sessions, and when to look."""
    rng = random.Random(seed)  # noqa: S311 -- nothing secret
    every = list(_sessions())
    days = sorted(rng.sample(every, min(sessions, len(every))))
    nights = _nights(rng, count)
    script: list[Fault] = list(nights)
    looks: set[datetime] = set(when(("static", "eod_16")))
    left = count - len(nights)
    for number, (opens, closes) in enumerate(days):
        wanted = left // (len(days) - number)
        room = (closes - opens).total_seconds() - 1800 - 110 * wanted
        at = opens + timedelta(seconds=600 + rng.uniform(0, max(room, 0)))
        looks |= {at + timedelta(seconds=apart) for apart in (-45, -43, -41, -39, -37, -35, -2)}
        while wanted > 0:
            faults = _some(rng, at, min(wanted, 2))
            script += faults
            last = max(ends(one) for one in faults)
            looks |= _around(faults)
            at = last + RECOVERS + timedelta(seconds=rng.uniform(6, 12))
            wanted, left = wanted - len(faults), left - len(faults)
    for night in nights:
        looks |= _around([night])
    return sorted(script, key=lambda one: one.begins_ms), sorted(looks)


def _sessions() -> Iterator[tuple[datetime, datetime]]:
    table, day = Sessions.packaged(()), FIRST
    while day < LAST:
        hours = table.hours(day.replace(hour=12, minute=0))
        if hours.opens_at and hours.closes_at and hours.opens_at.date() == day.date():
            yield hours.opens_at, hours.closes_at
        day += timedelta(days=1)


def _nights(rng: random.Random, count: int) -> list[Fault]:
    """Return faults over some of the firms' resets."""
    first = FIRST.replace(hour=22, minute=0)
    resets = [first + timedelta(days=day, hours=hour) for day in range(2, 30) for hour in (0, 1)]
    kinds = (*_AWAY, FaultKind.LOSE_BROKER, FaultKind.SWITCH_ACCOUNT)
    return [
        _fault(rng, rng.choice(kinds), at - timedelta(seconds=rng.uniform(5, 900)), rng.uniform(20, 1200))
        for at in sorted(rng.sample(resets[::2], min(14, count // 15)))
    ]


def _some(rng: random.Random, at: datetime, most: int) -> list[Fault]:
    """Return one fault from an instant on, or two of different symbols."""
    kind = rng.choice(list(FaultKind))
    seconds = rng.choice((rng.uniform(0.3, 3), *[rng.uniform(20, 50)] * 4))
    first = _fault(rng, kind, at, seconds)
    if most < 2 or kind not in _BY_SYMBOL or rng.random() < 0.7:
        return [first]
    other = rng.choice([one for one in SYMBOLS if one != first.symbol])
    second = _fault(rng, rng.choice(_BY_SYMBOL), at + timedelta(seconds=rng.uniform(0, 10)), seconds)
    return [first, replace(second, symbol=other)]


def _fault(rng: random.Random, kind: FaultKind, at: datetime, seconds: float) -> Fault:
    begins = round(at.timestamp() * 1000)
    number, text = float(rng.choice(_NUMBERS.get(kind, (0,)))), rng.choice(_TEXTS.get(kind, ("",)))
    if kind is FaultKind.RENAME:
        text = f"NEW{begins % 1000}"
    elif kind is FaultKind.EMPTY_HISTORY and seconds > 1:
        seconds += LATE[kind].total_seconds()
    symbol = rng.choice(SYMBOLS) if kind in _BY_SYMBOL else ""
    return Fault(kind, begins, begins + round(1000 * seconds), symbol, number, text)


def begins(fault: Fault) -> datetime:
    """Return when a fault begins (UTC)."""
    return datetime.fromtimestamp(fault.begins_ms / 1000, UTC)


def ends(fault: Fault) -> datetime:
    """Return when a fault ends (UTC)."""
    assert fault.ends_ms is not None
    return datetime.fromtimestamp(fault.ends_ms / 1000, UTC)


def _around(faults: Sequence[Fault]) -> set[datetime]:
    """Return when to look at some faults: in and after each."""
    found = set()
    for one in faults:
        first, last = begins(one), ends(one)
        found |= {first + 1.1 * _SECOND, last - 0.2 * _SECOND, last + 1.1 * _SECOND}
        found |= {first + LATE.get(one.kind, 9 * _SECOND), last + RECOVERS + 3.3 * _SECOND}
        step = timedelta(minutes=4)  # a clock is not measured from rarer looks
        found |= {first + number * step for number in range(1, (last - first) // step + 1)}
    return found


# --- playing ------------------------------------------------------------------------------------------------


def played(home: Path, script: Sequence[Fault], some: Sequence[datetime]) -> Month:
    """Play the month in a new home, with a cycle at each of some instants, and a script of faults."""
    logger.remove()  # a storm says much
    settle(home, programs()["every"], **_WIDE)
    config, month = load_config(home), Month()
    source = open_source(config, home, paper=True, letter=BROKER, speed=_QUICK)
    begin(some[0], home / "paper" / "Common")
    paper.faults.play(partial(active_at, script), edges(script))
    instants = walk(some)
    while _run(config, home, source, month, instants):
        source = _afresh(source)
    return month


def _run(config: Config, home: Path, source: Source, month: Month, instants: Iterator[datetime]) -> bool:
    """Run one assistant until the month ends, or until the account changes: True."""
    try:
        with Assistant(config, home, source, publish=True, dry_run=False) as assistant:
            for number, _ in enumerate(instants):
                month.looks.append(_look(assistant))
                if number % 20 == 0:
                    _measure(month)
    except TerminalError as error:  # at the start
        month.looks.append(Look(paper.now(), paper.now(), str(error)))
        return next(instants, None) is not None
    except AssistantError as error:
        month.looks.append(Look(paper.now(), paper.now(), str(error)))
        return True
    return False


def _look(assistant: Assistant) -> Look:
    before, begun = _kept(assistant.state), paper.now()
    try:
        advice, document = assistant.cycle()
    except TerminalError as error:
        return Look(begun, paper.now(), str(error), kept=_kept(assistant.state) == before)
    rulings = advice.funded
    followed = None if rulings is None else rulings.followed
    floors = None if rulings is None or followed is None else levels_of(advice, rulings, followed)
    return Look(
        begun=begun,
        at=paper.now(),
        as_of=advice.as_of,
        login=advice.account.login,
        floors=floors,
        unbounded=bool(followed and followed.unbounded),
        sides=dict(_sides(document)),
        ages={one["symbol"]: one["quote_age_s"] for one in document["symbols"]},
        caps=frozenset(cap["name"] for cap in document["caps"] if not cap["advisory"]),
    )


def _sides(document: Document) -> Iterator[tuple[tuple[str, str], tuple[float, str]]]:
    for one in document["symbols"]:
        for side in ("buy", "sell"):
            yield (one["symbol"], side), (one[side]["lots"], one[side]["binding"]["name"])


def _kept(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _afresh(source: Source) -> Source:
    """Return a source as a new process would have it: the paper terminal goes on."""
    assert source.again is not None
    return source.again()


def _measure(month: Month) -> None:
    """Count what this process holds; nothing where the system does not tell."""
    with suppress(OSError):
        month.files.append(len(list(Path("/proc/self/fd").iterdir())))
    with suppress(ImportError):
        import resource  # noqa: PLC0415 -- not on Windows

        month.memory.append(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def both(folder: Path, script: Sequence[Fault], some: Sequence[datetime]) -> tuple[Month, Month]:
    """Play the month in two new homes, `storm` and `calm` of a folder, and return both."""
    stormy = played(folder / "storm", script, some)
    instants = {one.at for one in stormy.looks if one.trouble is None}
    return stormy, played(folder / "calm", (), sorted({some[0], *instants}))
