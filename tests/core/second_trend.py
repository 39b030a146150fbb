"""Sections 2 and 3 of assistant/docs/regime.md, a second time: trend, stance, follow-through.

They look at nothing but the used ratios, oldest first; `i` counts them from 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, linear_regression

ORDER = ("RISK_OFF", "NEUTRAL", "RISK_ON")


@dataclass(frozen=True)
class TrendSettings:
    """What sections 2 to 4 need: regime.fast to turn_closes and levels.* but rally."""

    fast: int
    slow: int
    band: float
    least_band: float
    turn_closes: int
    range: int
    swing: int
    margin: float
    follow_closes: int
    follow_distance: float
    false_closes: int


@dataclass(frozen=True)
class Averages:
    """Section 2 at one close."""

    fast: float
    slow: float
    distance: float
    noise: float
    band: float
    slope: float
    slope_se: float | None
    direction: str | None


@dataclass(frozen=True)
class Stance:
    """Section 3 at one close."""

    stance: str
    turn: int  # which ratio the last turn was, else that of the first trend
    turned: bool
    followed: bool


def averages(ratios: Sequence[float], s: TrendSettings) -> Averages | None:
    """The trend after the last of the ratios."""
    if len(ratios) < s.slow:
        return None
    fast, slow = fmean(ratios[-s.fast :]), fmean(ratios[-s.slow :])
    window = ratios[-s.slow :]
    moves = [math.log(after / before) for before, after in pairwise(window)]
    noise = math.sqrt(fmean(move**2 for move in moves)) * math.sqrt(s.slow / 3)
    xs = list(range(s.fast))
    ys = [math.log(ratio) for ratio in ratios[-s.fast :]]
    line = linear_regression(xs, ys)
    error = None
    if s.fast > 2:  # Reading: with two points there is no standard error, and nothing rises or falls
        sse = sum((y - line.intercept - line.slope * x) ** 2 for x, y in zip(xs, ys, strict=True))
        sxx = sum((x - fmean(xs)) ** 2 for x in xs)
        error = math.sqrt(sse / (s.fast - 2) / sxx)
    return Averages(
        fast=fast,
        slow=slow,
        distance=fast / slow - 1,
        noise=noise,
        band=max(s.band * noise, s.least_band),
        slope=line.slope,
        slope_se=error,
        direction=_direction(line.slope, error),
    )


def _direction(slope: float, error: float | None) -> str | None:
    if error is None or abs(slope) <= 2 * error:
        return None
    return "rising" if slope > 0 else "falling"


def zone(distance: float, band: float, stance: str) -> str:
    """Where a close stands, for a stance."""
    if distance > band:
        return "RISK_ON"
    if distance < -band:
        return "RISK_OFF"
    if (stance == "RISK_ON" and distance >= 0) or (stance == "RISK_OFF" and distance <= 0):
        return stance
    return "NEUTRAL"


def stances(
    ratios: Sequence[float], trend: Sequence[Averages | None], s: TrendSettings
) -> list[Stance | None]:
    """Section 3 at every close."""
    out: list[Stance | None] = []
    for i, now in enumerate(trend):
        before = out[-1] if out else None
        if now is None:
            out.append(None)
        elif before is None:
            out.append(Stance("NEUTRAL", i, turned=False, followed=False))
        else:
            last = [one for one in trend[max(0, i + 1 - s.turn_closes) : i + 1] if one is not None]
            ranks = [ORDER.index(zone(one.distance, one.band, before.stance)) for one in last]
            present = ORDER.index(before.stance)
            if len(last) == s.turn_closes and min(ranks) > present:
                out.append(Stance(ORDER[min(ranks)], i, turned=True, followed=False))
            elif len(last) == s.turn_closes and max(ranks) < present:
                out.append(Stance(ORDER[max(ranks)], i, turned=True, followed=False))
            else:
                seen = before.turned and _follows(ratios, i, out, before.turn, now.noise, s)
                out.append(replace(before, followed=before.followed or seen))
    return out


def _follows(
    ratios: Sequence[float], i: int, out: Sequence[Stance | None], turn: int, noise: float, s: TrendSettings
) -> bool:
    """Whether close i alone is follow-through of the turn at close `turn`."""
    before, after = out[turn - 1], out[turn]
    assert before is not None
    assert after is not None
    if i < turn + s.follow_closes:
        return False
    if ORDER.index(after.stance) > ORDER.index(before.stance):
        return ratios[i] >= ratios[turn] * (1 + s.follow_distance * noise)
    return ratios[i] <= ratios[turn] * (1 - s.follow_distance * noise)
