"""How far a price goes: true ranges, overnight gaps, and the stop distances that follow from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from typing import Annotated

from annotated_types import Ge, Gt, Le

from assistant.core.market import Bar, Instrument, Quote, Side, Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingSettings:
    """How much may be lost, and where a stop is assumed when none is given."""

    risk_per_trade: Annotated[float, Gt(0), Le(0.05)]  # share of the risk base
    atr_sessions: Annotated[int, Ge(2)]  # sessions
    default_stop_atr: Annotated[float, Gt(0)]  # average true ranges
    min_stop_atr: Annotated[float, Gt(0)]  # average true ranges
    min_stop_spreads: Annotated[float, Ge(1)]  # spreads


@dataclass(frozen=True, slots=True)
class Ranges:
    """What the history of a symbol says about its moves."""

    bars: Sequence[Bar]  # the finished sessions it was taken from, oldest first
    atr: float | None  # average true range, price; None: too few bars, or none that moves
    gaps: Mapping[Side, float]  # the worst from a close to the next open against a side, share of the close


@dataclass(frozen=True, slots=True)
class Stops:
    """Stop distances of a symbol, in price."""

    minimum: float  # a tighter stop is computed at this one
    default: float  # taken where no stop is named


def ranges_of(bars: Sequence[Bar], sessions: int) -> Ranges:
    """Return average true range and worst gaps of finished sessions, oldest first."""
    moves = [now.open / before.close - 1 for before, now in pairwise(bars)]
    gaps = {Side.BUY: max(0.0, -min(moves, default=0.0)), Side.SELL: max(0.0, *moves, 0.0)}
    return Ranges(bars, average_true_range(bars, sessions) or None, gaps)


def ranges_by_symbol(
    bars: Mapping[str, Sequence[Bar] | Unknown], before: Mapping[str, Ranges | Unknown], sessions: int
) -> Mapping[str, Ranges | Unknown]:
    """Return the ranges of each symbol, taken anew only where the bars are others than before."""
    found: dict[str, Ranges | Unknown] = {}
    for symbol, of in bars.items():
        known = before.get(symbol)
        if isinstance(of, Unknown):
            found[symbol] = of
        else:
            found[symbol] = (
                known if isinstance(known, Ranges) and known.bars is of else ranges_of(of, sessions)
            )
    return found


def average_true_range(bars: Sequence[Bar], sessions: int) -> float | None:
    """Return the simple mean of the last true ranges (price), as MetaTrader 5's own ATR indicator does.

    True range: Wilder, New Concepts in Technical Trading Systems (1978). None: fewer than sessions + 1 bars.
    """
    if len(bars) < sessions + 1:
        return None
    recent = bars[-sessions - 1 :]
    moved = [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairwise(recent)]
    return fsum(moved) / sessions


def stops(
    instrument: Instrument, quote: Quote | Unknown, ranges: Ranges | Unknown, settings: SizingSettings
) -> Stops | Unknown:
    """Return the smallest stop distance that is taken at its word, and the default one."""
    if isinstance(quote, Unknown):
        return quote
    if isinstance(ranges, Unknown):
        return ranges
    if ranges.atr is None:
        known, needed = len(ranges.bars), settings.atr_sessions + 1
        return Unknown(f"{known} sessions of bars, {needed} that move are needed")
    spreads = settings.min_stop_spreads * (quote.ask - quote.bid)
    minimum = max(instrument.stops_level, spreads, settings.min_stop_atr * ranges.atr)
    return Stops(minimum, max(minimum, settings.default_stop_atr * ranges.atr))
