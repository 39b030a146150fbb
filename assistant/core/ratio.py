"""IWM/SPY by session: the ratio, its averages, and how far the fast one stands from the slow one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import fsum
from typing import Annotated

from annotated_types import Ge, Gt, Lt, MinLen

from assistant.core.market import Bar


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeSettings:
    """Which ratio is read, how it is smoothed, and how much of a move for how long counts."""

    legs: Annotated[
        tuple[tuple[str, str], ...], MinLen(1)
    ]  # numerator, denominator; the first full pair wins
    fast: Annotated[int, Ge(2)]  # sessions
    slow: Annotated[int, Ge(3)]  # sessions, more than fast
    band: Annotated[float, Gt(0), Lt(0.5)]  # share of the slow average
    turn_closes: Annotated[int, Ge(2)]  # session closes beyond the band that turn the stance
    min_sessions: Annotated[int, Ge(1)]  # sessions of history below which the stance is UNKNOWN

    def __post_init__(self) -> None:
        """Refuse averages that could not cross, and a ratio of a symbol to itself."""
        if self.fast >= self.slow:
            raise ValueError(f"fast was {self.fast}, slow {self.slow}; expected fast < slow")
        same = next((pair for pair in self.legs if pair[0] == pair[1]), None)
        if same:
            raise ValueError(f"legs was {same[0]}/{same[1]}; expected two symbols")


@dataclass(frozen=True, slots=True)
class Trend:
    """The fast average of the ratio against the slow one."""

    fast: float  # mean of the last `fast` ratios
    slow: float  # mean of the last `slow` ratios
    distance: float  # fast / slow - 1


@dataclass(frozen=True, slots=True)
class RatioPoint:
    """The ratio at one session close."""

    session: date
    ratio: float  # close / close
    trend: Trend | None  # None: fewer than `slow` sessions so far


def ratio_points(
    numerator: Sequence[Bar], denominator: Sequence[Bar], settings: RegimeSettings
) -> tuple[RatioPoint, ...]:
    """Return the ratio of closes on the sessions both legs have, oldest first.

    Both legs are ascending by session and hold finished sessions only. The averages are simple means over
    sessions, recomputed from the closes at each one, so that no error is carried along.
    """
    closes = {bar.session: bar.close for bar in denominator}
    common = [(bar.session, bar.close / closes[bar.session]) for bar in numerator if bar.session in closes]
    ratios = [ratio for _, ratio in common]
    return tuple(
        RatioPoint(session, ratio, _trend(ratios[max(0, i + 1 - settings.slow) : i + 1], settings))
        for i, (session, ratio) in enumerate(common)
    )


def _trend(last: Sequence[float], settings: RegimeSettings) -> Trend | None:
    """Compare the averages over the last ratios, at most `slow` of them."""
    if len(last) < settings.slow:
        return None
    fast = fsum(last[-settings.fast :]) / settings.fast
    slow = fsum(last) / settings.slow
    return Trend(fast, slow, fast / slow - 1)
