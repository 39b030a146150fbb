"""Session closes as columns, and the closes among them that no market made: splits, spin-offs, bad prints.

What is decided after a session never changes with what comes later: a doubtful close is left out for good,
and the next one only tells what it was (docs/regime.md, section 1).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from math import exp, log

from assistant.core.market import Bar

STEP = 0.15  # log move beyond which a close is doubtful if the others do not share it
JUMP = 0.10  # the same for the ratio, whose largest move of 2000-2018 was 0.073
SPLITS = (1.5, 2, 3, 4, 5, 6, 8, 10, 20, 25, 50, 100)  # shares for one, or one for so many
NEAR_SPLIT = 0.03  # log; how far a step may be from that of a split
NEAR_BAR = 0.08  # log, a fifth of 3:2; likewise open, high and low of its session, which has its own range

Column = Sequence[float | None]  # a close a session; None: there is none, or it is not used
Market = Callable[[int, int], float]  # log move of the others from one session to another, by their places
Shown = Callable[[date, float, float], bool]  # whether a session's bar shows a split from a close by a factor


@dataclass(frozen=True, slots=True)
class Oddity:
    """A close that the market did not make."""

    symbol: str
    session: date  # of the doubtful close
    kind: str  # doubtful, bad print, split, step or jump
    factor: float  # price after / price before, beyond what the others did; of a split exactly its own
    known: date  # the session at whose close this was known

    def __str__(self) -> str:
        """Say it in plain words."""
        change = f"{100 * (self.factor - 1):+.1f} % against the others"
        if self.kind == "split":
            ratio = f"{1 / self.factor:g}:1" if self.factor < 1 else f"1:{self.factor:g}"
            return f"{self.symbol}: split {ratio} on {self.session}, prices before are scaled"
        if self.kind == "step":
            return f"{self.symbol}: step of {change} on {self.session} (spin-off?), prices before are scaled"
        if self.kind == "jump":
            return f"{self.symbol}: {change} on {self.session}, left out; it has stayed there since"
        if self.kind == "bad print":
            return f"{self.symbol}: bad print on {self.session} ({change}), left out"
        return f"{self.symbol}: close of {self.session} is doubtful ({change}); the next close decides"


@dataclass(frozen=True, slots=True)
class Screened:
    """A column of used closes, in prices of the present, and what was odd."""

    column: Column
    oddities: tuple[Oddity, ...]  # oldest first


def median(values: Iterable[float]) -> float:
    """Return the middle of the values (at least one), the mean of the two middle ones where they are even."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[-1 - middle]) / 2


def columns(bars: Mapping[str, Sequence[Bar]], sessions: Sequence[date]) -> dict[str, Column]:
    """Return the closes of each symbol, one entry for each of the sessions (ascending)."""
    wanted = list(sessions)
    out: dict[str, Column] = {}
    for symbol, one in bars.items():
        if [bar.session for bar in one] == wanted:
            out[symbol] = [bar.close for bar in one]
        else:
            out[symbol] = list(map({bar.session: bar.close for bar in one}.get, wanted))
    return out


def screened(
    read: Mapping[str, Column], sessions: Sequence[date], bars: Mapping[str, Sequence[Bar]] | None = None
) -> dict[str, Screened]:
    """Return the used closes of each symbol; one that the others do not share is not among them.

    `bars` are those of the closes: a split must show in one. None: closes alone are known, and decide.
    """
    out = {}
    for symbol, column in read.items():
        rule = _Rule(STEP, _market(read, symbol), _shown(bars[symbol]) if bars else _unseen)
        out[symbol] = _screened(symbol, column, sessions, rule)
    return out


def screened_ratio(name: str, ratio: Column, sessions: Sequence[date]) -> Screened:
    """Return a ratio without its bad prints; a jump that stays is a move like any other."""
    return _screened(name, ratio, sessions, _Rule(JUMP, lambda _before, _now: 0.0, None))


def undone(bars: Sequence[Bar], oddities: Sequence[Oddity]) -> Sequence[Bar]:
    """Return bars with the splits among the oddities undone, in prices of the present."""
    for one in oddities:
        if one.kind == "split":
            bars = tuple(_times(bar, one.factor) if bar.session < one.session else bar for bar in bars)
    return bars


def _times(bar: Bar, factor: float) -> Bar:
    return Bar(bar.session, bar.open * factor, bar.high * factor, bar.low * factor, bar.close * factor)


@dataclass(frozen=True, slots=True)
class _Rule:
    """When a close is doubtful, and what a step that stays may have been."""

    limit: float  # log
    market: Market
    split: Shown | None  # None: nothing is a split


def _market(read: Mapping[str, Column], symbol: str) -> Market:
    """Return the median log move of all other symbols, by closes as they were read."""

    def move(before: int, now: int) -> float:
        pairs = ((column[before], column[now]) for other, column in read.items() if other != symbol)
        moves = [log(close / first) for first, close in pairs if first is not None and close is not None]
        return median(moves) if moves else 0.0

    return move


def _shown(bars: Sequence[Bar]) -> Shown:
    """Return what looks into the bars: a split opens at its new price, and never trades at the old one.

    A fall of a third that stays, begun at the old price, would else be undone as if it were 3:2.
    """

    def shows(session: date, before: float, factor: float) -> bool:
        bar = next(one for one in bars if one.session == session)
        prices = (bar.open, bar.high, bar.low)
        return all(abs(log(price / before) - log(factor)) <= NEAR_BAR for price in prices)

    return shows


def _unseen(_session: date, _before: float, _factor: float) -> bool:
    return True


def _screened(symbol: str, column: Column, sessions: Sequence[date], rule: _Rule) -> Screened:
    sure = rule.limit - 1e-9  # a short cut only: at the limit itself the logarithms below decide
    low, high = exp(-sure), exp(sure)
    known = [close for close in column if close is not None]
    if all(low <= after / before <= high for before, after in pairwise(known)):
        return Screened(column, ())
    out: list[float | None] = []
    odd: list[Oddity] = []
    scales: list[tuple[int, float]] = []  # place from which on a step is known, its factor
    last: tuple[int, float] | None = None  # place and close that were used last
    doubt = False  # whether the last of `odd` still waits for the close that decides
    for place, close in enumerate(column):
        used = close
        if close is not None and last is not None:
            move = log(close / last[1])
            excess = move - rule.market(last[0], place) if doubt or abs(move) > rule.limit else 0.0
            far = abs(excess) > rule.limit
            if doubt:
                odd[-1] = _resolved(odd[-1], last[1], excess, sessions[place], rule)
                stayed = odd[-1].kind != "bad print"
                if stayed and rule.split:
                    scales.append((place, odd[-1].factor))
                far = far and not stayed  # then this close agrees with neither, and is doubtful itself
            doubt = far
            if doubt:
                used = None
                odd.append(Oddity(symbol, sessions[place], "doubtful", exp(excess), sessions[place]))
        out.append(used)
        if used is not None:
            last = (place, used)
    return Screened(_scaled(out, scales), tuple(odd))


def _resolved(doubtful: Oddity, before: float, excess: float, session: date, rule: _Rule) -> Oddity:
    """Tell what a doubtful close was, by the move from that before over it and the next one together."""
    doubted = log(doubtful.factor)
    back, stayed = abs(excess), abs(excess - doubted)
    if back <= stayed or stayed > rule.limit:
        return replace(doubtful, kind="bad print", known=session)
    if not rule.split:
        return replace(doubtful, kind="jump", known=session)
    factor = min(
        (sign for size in SPLITS for sign in (size, 1 / size)), key=lambda one: abs(log(one) - excess)
    )
    if abs(log(factor) - excess) <= NEAR_SPLIT and rule.split(doubtful.session, before, factor):
        return replace(doubtful, kind="split", factor=factor, known=session)
    return replace(doubtful, kind="step", known=session)


def _scaled(out: list[float | None], scales: Sequence[tuple[int, float]]) -> Column:
    """Bring the closes before each step to prices after it."""
    for place, factor in scales:
        out[:place] = [None if close is None else close * factor for close in out[:place]]
    return out
