"""Section 1 of assistant/docs/regime.md, a second time: used closes, doubtful ones, steps, the ratio."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

APART = 0.15  # log move of a close that the others do not share
RATIO_APART = 0.10  # log move of the ratio
NEAR = 0.03  # log; how near a step is to a split
NEAR_IN_BAR = 0.08  # log; how near open, high and low of its session are
SPLITS = (1.5, 2, 3, 4, 5, 6, 8, 10, 20, 25, 50, 100)


Bars = Mapping[str, Mapping[date, tuple[float, float, float]]]  # open, high and low, as read


@dataclass(frozen=True)
class Event:
    """What became known at a close.

    `kind` is doubtful, bad print, split, step, missing (a leg has no close), or move (a doubtful ratio that
    stayed). `session` is that of the close spoken of: of the doubtful one for all but `missing`. `value` is e
    for doubtful, bad print and move; the factor on all closes before for split and step; None for missing.
    """

    kind: str
    what: str  # a symbol, or "ratio"
    session: date
    value: float | None


@dataclass(frozen=True)
class Step:
    """From the close of `known` on, all closes of the symbol before `known` are multiplied by `factor`."""

    symbol: str
    known: date
    factor: float


@dataclass
class Judged:
    """Closes as read, without the doubtful ones, and what was found."""

    used: dict[str, dict[date, float]] = field(default_factory=dict)  # as read, not scaled
    steps: list[Step] = field(default_factory=list)
    events: dict[date, list[Event]] = field(default_factory=dict)
    pending: dict[str, set[date]] = field(default_factory=dict)  # sessions after whose close a doubt stands


def judge(
    closes: Mapping[str, Mapping[date, float]], sessions: Sequence[date], bars: Bars | None = None
) -> Judged:
    """Every close judged against the same move of all other symbols.

    Reading: the moves of the others are over the same two sessions, of those that have a close as read on
    both.
    """
    out = Judged()
    for symbol, read in closes.items():
        out.used[symbol], out.pending[symbol] = {}, set()
        before: date | None = None  # session of the last used close
        doubtful: tuple[date, float] | None = None  # its session and its e
        for session in sessions:
            if session in read and before is None:
                out.used[symbol][session] = read[session]
                before = session
            elif session in read and before is not None:
                move = math.log(read[session] / read[before])
                e2 = move - others(closes, symbol, before, session)
                if doubtful is None:
                    bad = abs(move) > APART and abs(e2) > APART
                else:
                    kind, value, bad = verdict(doubtful[1], e2)
                    prices = bars[symbol][doubtful[0]] if bars else ()
                    off = [math.log(price / read[before]) - math.log(value) for price in prices]
                    if kind == "split" and any(abs(one) > NEAR_IN_BAR for one in off):
                        kind, value = "step", math.exp(doubtful[1])
                    out.events.setdefault(session, []).append(Event(kind, symbol, doubtful[0], value))
                    if kind in {"split", "step"}:
                        out.steps.append(Step(symbol, session, value))
                doubtful = (session, e2) if bad else None
                if bad:
                    out.events.setdefault(session, []).append(Event("doubtful", symbol, session, e2))
                else:
                    out.used[symbol][session] = read[session]
                    before = session
            if doubtful is not None:
                out.pending[symbol].add(session)
    return out


def others(closes: Mapping[str, Mapping[date, float]], symbol: str, before: date, session: date) -> float:
    """M: the median log move of all other symbols over the same two sessions, 0 without any."""
    moves = [
        math.log(read[session] / read[before])
        for name, read in closes.items()
        if name != symbol and before in read and session in read
    ]
    return statistics.median(moves) if moves else 0.0


def verdict(e: float, e2: float) -> tuple[str, float, bool]:
    """What a doubtful close was: the kind, its value, and whether the next close is doubtful itself."""
    if abs(e2) <= abs(e2 - e) or abs(e2 - e) > APART:
        return "bad print", e, abs(e2) > APART
    for split in SPLITS:
        for factor in (split, 1 / split):
            if abs(e2 - math.log(factor)) <= NEAR:
                return "split", factor, False
    return "step", math.exp(e), False


def seen(judged: Judged, symbol: str, sessions: Sequence[date]) -> dict[date, float]:
    """The used closes of a symbol as seen at the last of the sessions: steps known by then undone."""
    steps = [step for step in judged.steps if step.symbol == symbol and step.known <= sessions[-1]]
    return {
        session: judged.used[symbol][session] * math.prod(one.factor for one in steps if session < one.known)
        for session in sessions
        if session in judged.used[symbol]
    }


@dataclass
class Ratios:
    """The ratios that are used, and what was found of the others."""

    used: list[tuple[date, float]] = field(default_factory=list)
    events: dict[date, list[Event]] = field(default_factory=dict)
    pending: set[date] = field(default_factory=set)


def ratios(
    sessions: Sequence[date], numerator: Mapping[date, float], denominator: Mapping[date, float]
) -> Ratios:
    """The ratio on the sessions where both legs have a used close, doubtful ones left out.

    Reading: "in the same way" with 0.10 in the place of every 0.15; nothing is scaled.
    """
    out = Ratios()
    doubtful: tuple[date, float] | None = None
    for session in sessions:
        if session in numerator and session in denominator:
            ratio = numerator[session] / denominator[session]
            move = math.log(ratio / out.used[-1][1]) if out.used else 0.0
            found = []
            if doubtful is None:
                bad = abs(move) > RATIO_APART
            else:
                e = doubtful[1]
                back = abs(move) <= abs(move - e) or abs(move - e) > RATIO_APART
                bad = back and abs(move) > RATIO_APART
                found.append(Event("bad print" if back else "move", "ratio", doubtful[0], e))
            doubtful = (session, move) if bad else None
            if bad:
                found.append(Event("doubtful", "ratio", session, move))
            else:
                out.used.append((session, ratio))
            if found:
                out.events[session] = found
        if doubtful is not None:
            out.pending.add(session)
    return out


def hole(days: Sequence[date]) -> bool:
    """Whether these sessions of the ratio have a hole between them."""
    if any((after - before).days > 10 for before, after in pairwise(days)):
        return True
    between = (days[0] + timedelta(days=n) for n in range((days[-1] - days[0]).days + 1))
    lack = [day for day in between if day.weekday() in range(5) and day not in days]
    return len(lack) > max(15, 15 / 252 * len(days))


def missing(
    closes: Mapping[str, Mapping[date, float]], legs: Sequence[str], sessions: Sequence[date]
) -> dict[date, list[Event]]:
    """Sessions that one leg lacks.

    Reading: lacks means that no close was read; a session whose close is doubtful is told as that.
    """
    return {
        session: [Event("missing", leg, session, None) for leg in legs if session not in closes[leg]]
        for session in sessions
        if any(session not in closes[leg] for leg in legs)
    }
