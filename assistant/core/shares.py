"""Shares of normal risk: of a stance, of a symbol's own volatility, and how they are held.

Each session close gives a target; the held share is the smallest target of the last closes: fast down, slow
up.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Annotated

from annotated_types import Ge, Gt, Le

from assistant.core.regime import Stance

Share = Annotated[float, Ge(0), Le(1)]
YEAR = 252  # sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareSettings:
    """Shares of normal risk."""

    risk_on: Share
    neutral: Share
    risk_off: Share
    unknown: Share  # while history is too short: a known lack
    fail_safe: Annotated[float, Ge(0), Le(0.25)]  # while data that should be there is not
    hold_closes: Annotated[int, Ge(1)]  # the held share is the smallest target of so many closes
    hold_followed: Annotated[int, Ge(1)]  # likewise, once follow-through has been seen since the turn

    def __post_init__(self) -> None:
        """Refuse shares that would take more risk in a weaker stance, or when something is lost."""
        order = ("fail_safe", "unknown", "risk_off", "neutral", "risk_on")
        shares = [getattr(self, name) for name in order]
        if sorted(shares) != shares:
            was = ", ".join(f"{name} {share:g}" for name, share in zip(order, shares, strict=True))
            raise ValueError(f"was {was}; expected {' <= '.join(order)}")
        if self.hold_followed > self.hold_closes:
            raise ValueError(
                f"hold_followed was {self.hold_followed}, hold_closes {self.hold_closes}; "
                "expected hold_followed <= hold_closes"
            )

    def of(self, stance: Stance) -> float:
        """Return the target share of a stance."""
        return {
            Stance.RISK_ON: self.risk_on,
            Stance.NEUTRAL: self.neutral,
            Stance.RISK_OFF: self.risk_off,
            Stance.UNKNOWN: self.unknown,
        }[stance]

    def below(self, stance: Stance) -> float | None:
        """Return the share of the next lower stance; None: there is none."""
        return {Stance.RISK_ON: self.neutral, Stance.NEUTRAL: self.risk_off}.get(stance)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolatilitySettings:
    """How much of normal risk a symbol's own volatility leaves."""

    target: Annotated[float, Gt(0), Le(2)]  # a year
    span: Annotated[int, Ge(2)]  # sessions
    least: Share


def held(targets: Sequence[float], holds: Iterable[int]) -> Iterator[float]:
    """Yield for each close the smallest of the last targets, as many as it holds."""
    smallest, before = 0.0, 0
    for place, (target, hold) in enumerate(zip(targets, holds, strict=True), start=1):
        if target > smallest or hold != before:  # else it is the smallest of its row
            smallest = min(targets[max(0, place - hold) : place])
            before = hold
        else:
            smallest = target
        yield smallest


def volatilities(closes: Iterable[float], span: int) -> Iterator[float | None]:
    """Yield after each close (oldest first) the realised volatility a year; None below `span` moves.

    The root of the exponentially weighted mean of squared log moves, alpha = 2 / (span + 1), with
    weights that add up to 1, times the root of 252 (RiskMetrics, 4th edition 1996, section 5.2).
    """
    keep = 1 - 2 / (span + 1)
    weighted = weights = last = 0.0
    for count, close in enumerate(closes):
        if count:
            weighted = keep * weighted + log(close / last) ** 2
            weights = keep * weights + 1
        last = close
        yield sqrt(YEAR * weighted / weights) if count >= span else None


def volatility_targets(
    realised: Iterable[float | None], settings: VolatilitySettings, unknown: float
) -> Iterator[float]:
    """Yield the share that each volatility leaves: target / realised, from `least` to 1."""
    for one in realised:
        if one is None:
            yield unknown
        else:
            yield max(settings.least, min(1.0, settings.target / one)) if one > 0 else 1.0
