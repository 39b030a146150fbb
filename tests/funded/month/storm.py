"""The month under a storm of faults: the whole assistant beside the same month without one.

A storm is a script of faults, seeded. In each session they come one after the other, sometimes two at once;
in some nights the terminal or its broker is away over a reset. The assistant looks in and after each. Then
the month is played again without faults, with a look at each instant at which there was an advice.
"""

import json
import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from assistant.app import Assistant
from assistant.config import Config, load_config
from assistant.errors import AssistantError, TerminalError
from assistant.outputs.fields import Document
from assistant.outputs.journal import read_journal
from assistant.source import Source, open_source
from assistant.terminal import paper, quotes
from assistant.terminal.clock import ServerClock
from assistant.terminal.fault_script import Fault, FaultKind, active_at, edges
from assistant.terminal.profile import profile
from assistant.terminal.sessions import Sessions
from tests.funded.month.driving import BROKER, FIRST, LAST, begin, walk
from tests.funded.month.whole import Levels, above, levels_of, programs, settle, when

CENT, TINY = 0.005, 1e-9  # account currency, lots
AGE, FUTURE = 15.0, 10.0  # seconds; conditions.quote_age_seconds and quote_future_seconds
RECOVERS = timedelta(seconds=30)  # conditions.recover_seconds
_MEASURED = timedelta(minutes=5)  # after its fault, by which a clock is known again
NAMED = timedelta(seconds=45)  # after its end, in which a fault may still be put on record
SYMBOLS = ("IWM.ETF", "SPY.ETF", "US500")
OURS = {"IWM.ETF": "IWM", "SPY.ETF": "SPY", "US500": "US500"}
_QUICK = 1e9
_WIDE = {
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

# What an entry of the journal says that names a fault; {symbol} is the broker's name or ours.
NAMES: Mapping[FaultKind, str] = {
    FaultKind.LOSE_TERMINAL: r"-1000[1-4]",
    FaultKind.RESTART_TERMINAL: r"-1000[1-4]",
    FaultKind.IPC_TIMEOUT: r"-10005",
    FaultKind.HANG: r'"kind": "slow"',
    FaultKind.FAIL: r"{text} failed: {number}",
    FaultKind.LOSE_BROKER: r"no link to its broker",
    FaultKind.NO_ANSWER: r"symbol_info(_tick)? for {symbol} failed",
    FaultKind.EMPTY_HISTORY: r'{symbol}[^{{}}]* has no bars|"{symbol}": \[[^\]]*"broker facts"',
    FaultKind.FREEZE: r'"scope": "{symbol}"[^{{}}]*quote is \d+ s old',
    FaultKind.ZERO_TICK: r"quote of {symbol} was bid 0, ask 0",
    FaultKind.CROSSED_QUOTE: r"quote of {symbol} was bid",
    FaultKind.SPIKE: r'"scope": "{symbol}"',
    FaultKind.PC_CLOCK: r"PC's clock|quote is \d+ s old",
    FaultKind.SERVER_CLOCK: r"PC's clock|quote is \d+ s old|to be measured again",
    FaultKind.SWITCH_ACCOUNT: r"now logged in as|left login",
    FaultKind.MAXBARS: r"is loading|has no bars|bars of|sessions of history",
    FaultKind.VANISH: r"{symbol}",
    FaultKind.RENAME: r"{symbol}",
    FaultKind.TRADE_MODE: r'"{symbol}": \[[^\]]*"trade_mode"',
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
            ends = max(_end(one) for one in faults)
            looks |= _around(faults)
            at = ends + RECOVERS + timedelta(seconds=rng.uniform(6, 12))
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


def _begin(fault: Fault) -> datetime:
    return datetime.fromtimestamp(fault.begins_ms / 1000, UTC)


def _end(fault: Fault) -> datetime:
    assert fault.ends_ms is not None
    return datetime.fromtimestamp(fault.ends_ms / 1000, UTC)


def _around(faults: Sequence[Fault]) -> set[datetime]:
    """Return when to look at some faults: in and after each."""
    found = set()
    for one in faults:
        first, last = _begin(one), _end(one)
        found |= {first + 1.1 * _SECOND, last - 0.2 * _SECOND, last + 1.1 * _SECOND}
        found |= {first + LATE.get(one.kind, 9 * _SECOND), last + RECOVERS + 3.3 * _SECOND}
        step = timedelta(minutes=4)  # a clock is not measured from rarer looks
        found |= {first + number * step for number in range(1, (last - first) // step + 1)}
    return found


# --- playing ------------------------------------------------------------------------------------------------


def played(home: Path, script: Sequence[Fault], some: Sequence[datetime]) -> Month:
    """Play the month in a new home, with a cycle at each of some instants, and a script of faults."""
    settle(home, programs()["every"], (), **_WIDE)
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
    return stormy, played(folder / "calm", (), sorted(instants))


# --- what is promised ---------------------------------------------------------------------------------------


def wrong(home: Path, script: Sequence[Fault], stormy: Month, calm: Month) -> list[str]:
    """Say what a storm broke of what is promised, beside the same month without one."""
    return [
        *_dishonest(script, stormy),
        *_bolder(script, stormy, calm),
        *_unnamed(home, script, stormy),
        *_growing(stormy),
    ]


def _on(script: Sequence[Fault], at: datetime, after: timedelta = timedelta()) -> str:
    """Say what was on at an instant, or until shortly before."""
    on = [one for one in script if _begin(one) <= at < _end(one) + after]
    return ", ".join(f"{one.kind} {one.symbol}{one.text} {one.number:g}" for one in on) or "nothing"


def _dishonest(script: Sequence[Fault], month: Month) -> Iterator[str]:
    """Yield each advice that is newer than its data, or that takes an old quote for a fresh one."""
    clocks = [one for one in script if one.kind in (FaultKind.PC_CLOCK, FaultKind.SERVER_CLOCK)]
    for one in month.looks:
        now = active_at(script, round(one.at.timestamp() * 1000))
        ahead = timedelta(seconds=now.pc_ahead or 0)
        if one.trouble is not None:
            if not one.kept and one.login:
                yield f"{one.at}: the state file was written without an advice: {one.trouble}"
            continue
        if one.as_of != one.at + ahead:
            yield f"{one.at}: as of {one.as_of}, {_on(script, one.at)}"
        for symbol, age in _ages(now.frozen, now.broker, one.at, one.login).items():
            shown = one.ages.get(symbol)
            lots = max((one.sides.get((symbol, side), (0.0, ""))[0] for side in ("buy", "sell")), default=0.0)
            if lots > 0 and age > AGE + FUTURE:
                yield f"{one.at}: {lots} lots of {symbol} from a quote {age:.0f} s old, {_on(script, one.at)}"
            off = FUTURE if _on(clocks, one.at, _MEASURED) != "nothing" else 0.0
            if shown is not None and (lots > 0 or not off) and shown + off + CENT < age:
                yield f"{one.at}: {symbol} shown {shown:.1f} s old, is {age:.1f}, {_on(script, one.at)}"


def _ages(frozen: Mapping[str, int], lost: int | None, at: datetime, login: int) -> dict[str, float]:
    """Return how old the quotes are truly, seconds by our symbol."""
    broker = profile(BROKER)
    if login != broker.account.login:
        return {}
    found, now_ms = {}, round(at.timestamp() * 1000)
    for name, symbol in OURS.items():
        known = min(now_ms, frozen.get(name, now_ms), now_ms if lost is None else lost)
        tick = quotes.tick(broker, broker.contracts[name], known)
        found[symbol] = (at - ServerClock(broker.clock).to_utc(tick.time_msc / 1000)).total_seconds()
    return found


def _bolder(script: Sequence[Fault], stormy: Month, calm: Month) -> Iterator[str]:
    """Yield where a storm leaves more lots, or a lower floor, than there are without one."""
    instants = [one.at for one in calm.looks]
    for one in stormy.looks:
        if one.trouble is not None or one.login != profile(BROKER).account.login:
            continue
        same = calm.looks[bisect_right(instants, one.at) - 1]
        if same.at != one.at:
            yield f"{one.at}: the calm month has no look there"
            continue
        on = _on(script, one.at, RECOVERS)
        for side, (lots, binding) in one.sides.items():
            there, bound = same.sides.get(side, (0.0, "not there"))
            if lots > there + TINY and bound != "stale":  # there a clock was measured later
                yield f"{one.at}: {' '.join(side)} {lots:g} ({binding}) for {there:g} ({bound}), {on}"
        yield from (f"{one.at}: {told}, {on}" for told in _lower(one, same, script))


def _lower(one: Look, same: Look, script: Sequence[Fault]) -> Iterator[str]:
    """Yield the floors that are lower than without a storm.

    While the terminal has no broker, or a price of what may be open makes no sense, equity is not believed:
    then the floors are those of before, and no lot may rest on them.
    """
    now = active_at(script, round(one.at.timestamp() * 1000))
    unbelieved = (now.broker is not None or now.scaled) and not any(lots for lots, _ in one.sides.values())
    if one.floors is None and same.floors is not None:
        yield "there are no floors"
    elif one.floors is not None and same.floors is not None and not unbelieved:
        for cutoff, rule, apart in above(one.floors, same.floors):
            if apart < -CENT:
                yield f"{rule} by {cutoff} is {-apart:.2f} lower"


def _unnamed(home: Path, script: Sequence[Fault], month: Month) -> Iterator[str]:
    """Yield each fault that somebody looked at and that no entry of the journal names."""
    entries = [
        (datetime.fromisoformat(entry["at"]), json.dumps(entry))
        for path in sorted((home / "logs").glob("journal_*.jsonl"))
        for entry in read_journal(path)
    ]
    looked = [one.begun for one in month.looks]
    for fault in script:
        if not seen(fault, looked):
            continue
        ahead = timedelta(seconds=fault.number if fault.kind is FaultKind.PC_CLOCK else 0)
        first, last = _begin(fault) + min(ahead, timedelta()), _end(fault) + NAMED + max(ahead, timedelta())
        pattern = NAMES[fault.kind].format(
            symbol=f"(?:{re.escape(fault.symbol)}|{OURS.get(fault.symbol)})",
            text=fault.text,
            number=round(fault.number),
        )
        if not any(first <= at <= last and re.search(pattern, text) for at, text in entries):
            yield f"{_begin(fault)}: {fault} is not on record"


def seen(fault: Fault, looked: Sequence[datetime]) -> bool:
    """Whether somebody looked while a fault showed."""
    first = bisect_left(looked, _begin(fault) + LATE.get(fault.kind, timedelta()))
    return first < len(looked) and looked[first] < _end(fault)


def _growing(month: Month) -> Iterator[str]:
    """Yield what this process held more and more of."""
    third = len(month.files) // 3
    if month.files and max(month.files[third:]) > max(month.files[: third + 1]):
        yield f"open files grew: {month.files}"
