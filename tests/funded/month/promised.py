"""What is promised in a storm of faults (tests/funded/month/storm.py), and a soak of it."""

import json
import re
import shutil
import sys
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from assistant.outputs.journal import read_journal
from assistant.terminal import quotes
from assistant.terminal.clock import ServerClock
from assistant.terminal.fault_script import Fault, FaultKind, active_at
from assistant.terminal.profile import profile
from tests.funded.month.driving import BROKER
from tests.funded.month.storm import AGE, LATE, RECOVERS, Look, Month, begins, both, ends, plan
from tests.funded.month.whole import above

CENT, TINY = 0.005, 1e-9  # account currency, lots
FUTURE = 10.0  # seconds; conditions.quote_future_seconds
OURS = {"IWM.ETF": "IWM", "SPY.ETF": "SPY", "US500": "US500"}
STEPS = {"IWM": 1.0, "SPY": 1.0, "US500": 0.1}  # lots
NAMED = timedelta(seconds=45)  # after its end, in which a fault may still be put on record
SLOW = timedelta(seconds=5.1)  # cycle.ttl, beyond which a reading is on record
MEASURED = timedelta(minutes=5)  # after its fault, by which a clock is known again
SHOWN = 20  # complaints

# What an entry of the journal says that names a fault; {symbol} is the broker's name or ours.
NAMES: Mapping[FaultKind, str] = {
    FaultKind.LOSE_TERMINAL: r"-1000[1-4]",
    FaultKind.RESTART_TERMINAL: r"-1000[1-4]|no link to its broker",
    FaultKind.IPC_TIMEOUT: r"-10005",
    FaultKind.HANG: r'"kind": "slow"',
    FaultKind.FAIL: r"{text} failed: {number}",
    FaultKind.LOSE_BROKER: r"no link to its broker",
    FaultKind.NO_ANSWER: r"symbol_info(_tick)? for {symbol} failed",
    FaultKind.EMPTY_HISTORY: r'{symbol}[^{{}}]* has no bars|"{symbol}": \[[^\]]*"broker facts"',
    FaultKind.FREEZE: r'"scope": "{symbol}"[^{{}}]*quote is \d+ s old',
    FaultKind.ZERO_TICK: r"quote of {symbol} was bid 0, ask 0",
    FaultKind.CROSSED_QUOTE: r"quote of {symbol} was bid",
    FaultKind.SPIKE: r'"name": "spike"[^{{}}]*{symbol} |"name": "(spike|price step)", "scope": "{symbol}"',
    FaultKind.PC_CLOCK: r"PC's clock|quote is \d+ s old",
    FaultKind.SERVER_CLOCK: r"PC's clock|quote is \d+ s old|to be measured again",
    FaultKind.SWITCH_ACCOUNT: r"now logged in as|left login",
    FaultKind.MAXBARS: r'is loading|has no bars|bars of|sessions of history|"broker facts"',
    FaultKind.VANISH: r"{symbol}",
    FaultKind.RENAME: r"{symbol}",
    FaultKind.TRADE_MODE: r'"{symbol}": \[[^\]]*"trade_mode"',
}


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
    on = [one for one in script if begins(one) <= at < ends(one) + after]
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
            off = FUTURE if _on(clocks, one.at, MEASURED) != "nothing" else 0.0
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
    for one in stormy.looks[1:]:  # the first one comes a while after its instant
        if one.trouble is not None or one.login != profile(BROKER).account.login:
            continue
        same = calm.looks[bisect_right(instants, one.at) - 1]
        if same.at != one.at:
            yield f"{one.at}: the calm month has no look there"
            continue
        on = _on(script, one.at, RECOVERS)
        for side, (lots, binding) in one.sides.items():
            there, bound = same.sides.get(side, (0.0, "not there"))
            most = _leapt(one, side[0], there, script)
            if lots > most + TINY and bound != "stale":  # there a clock was measured later
                yield f"{one.at}: {' '.join(side)} {lots:g} ({binding}) for {there:g} ({bound}), {on}"
        yield from (f"{one.at}: {told}, {on}" for told in _lower(one, same, script))


def _leapt(one: Look, symbol: str, lots: float, script: Sequence[Fault]) -> float:
    """Return the most lots that a price that leaps may leave, of those that there are without one.

    A leap is judged by regular looks of two minutes, which a storm does not have: here it moves the lots of
    its own symbol, as the price does, and no others.
    """
    now = active_at(script, round(one.at.timestamp() * 1000))
    times = next((scale[0] for name, scale in now.scaled.items() if OURS[name] == symbol), 1.0)
    return lots if not 0 < times < 1 else (lots + STEPS[symbol]) / times


def _lower(one: Look, same: Look, script: Sequence[Fault]) -> Iterator[str]:
    """Yield the floors that are lower than without a storm.

    While the terminal has no broker, a clock is wrong or not known, or a price of what may be open makes no
    sense, what the account shows or tells is not believed: then no lot may rest on the floors. Where no
    prices bound the equity between two looks, `unbounded` says so, and no light is green.
    """
    now = active_at(script, round(one.at.timestamp() * 1000))
    clocks = [fault for fault in script if fault.kind is FaultKind.SERVER_CLOCK]
    unclocked = now.pc_ahead or _on(clocks, one.at, MEASURED) != "nothing"
    doubtful = now.broker is not None or now.scaled or unclocked
    unbelieved = doubtful and not any(lots for lots, _ in one.sides.values())
    if one.floors is None and same.floors is not None:
        yield "there are no floors"
    elif one.floors is not None and same.floors is not None and not (unbelieved or one.unbounded):
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
    for fault in script:
        if not seen(fault, month.looks):
            continue
        ahead = timedelta(seconds=fault.number if fault.kind is FaultKind.PC_CLOCK else 0)
        first, last = begins(fault) + min(ahead, timedelta()), ends(fault) + NAMED + max(ahead, timedelta())
        pattern = NAMES[fault.kind].format(
            symbol=f"(?:{re.escape(fault.symbol)}|{OURS.get(fault.symbol)})",
            text=fault.text,
            number=round(fault.number),
        )
        if not any(first <= at <= last and re.search(pattern, text) for at, text in entries):
            yield f"{begins(fault)}: {fault} is not on record"


def seen(fault: Fault, looks: Sequence[Look]) -> bool:
    """Whether somebody looked while a fault showed, and nothing else hid it."""
    first = bisect_left([one.begun for one in looks], begins(fault) + LATE.get(fault.kind, timedelta()))
    during = [one for one in looks[first:] if one.begun < ends(fault)]
    if not during or (fault.kind is FaultKind.HANG and ends(fault) - during[0].begun < SLOW):
        return False
    if fault.kind is FaultKind.SPIKE:  # see _leapt
        return False
    symbol = OURS.get(fault.symbol)
    before = next((one for one in reversed(looks[:first]) if one.trouble is None), None)
    if symbol is None or (before and symbol not in before.ages):  # an earlier fault took it, for minutes
        return symbol is None
    if fault.kind in (FaultKind.TRADE_MODE, FaultKind.EMPTY_HISTORY):  # only what binds is on record
        keys = [(symbol, side) for side in ("buy", "sell")]
        known = [before.sides.get(key) for key in keys] if before else []
        return any(
            lots > 0 or name in ("trade_mode", "broker facts")
            for one in during
            for lots, name in (one.sides.get(key, (0.0, "")) for key in keys)
            if (lots, name) not in known or lots > 0
        )
    return True


def _growing(month: Month) -> Iterator[str]:
    """Yield what this process held more and more of."""
    third = len(month.files) // 3
    if month.files and max(month.files[third:]) > max(month.files[: third + 1]):
        yield f"open files grew: {month.files}"


def stormed(faults: int, seed: int) -> int:
    """Play one month with so many faults; return 1 where a promise was broken, and tell which."""
    begun, folder = time.monotonic(), Path(tempfile.mkdtemp(prefix="soak-"))
    script, looks = plan(seed, faults)
    stormy, calm = both(folder, script, looks)
    found = wrong(folder / "storm", script, stormy, calm)
    troubles = sum(one.trouble is not None for one in stormy.looks)
    shown = sum(seen(one, stormy.looks) for one in script)
    told = (
        f"{len(script)} faults, {shown} of them seen, {len(stormy.looks)} looks, {troubles} without an advice"
    )
    lines = [f"seed {seed}: {told}, {time.monotonic() - begun:.0f} s"]
    for what, held, unit in (("open files", stormy.files, 1), ("memory (MB)", stormy.memory, 1_000_000)):
        if held:
            lines.append(f"{what}: {held[0] / unit:.0f} at first, {held[-1] / unit:.0f} at last")
    lines += found[:SHOWN]
    lines.append(f"{len(found)} promises broken, see {folder}" if found else "every promise was kept")
    sys.stdout.write("\n".join(lines) + "\n")
    if not found:
        shutil.rmtree(folder)
    return 1 if found else 0
