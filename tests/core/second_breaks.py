"""Section 4 of assistant/docs/regime.md, a second time: levels and breaks.

It looks at nothing but the used ratios and their trend; `i` counts them from 0.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

from tests.core.second_trend import Averages, TrendSettings

SIDES = ("below", "above")
Line = Callable[[int], float]  # a line as a function of the close


@dataclass(frozen=True)
class Break:
    """A break as it is told after a close; `level` is that of this close, of a false one that of its end."""

    line: str  # band, range, trendline
    side: str  # below, above
    status: str  # fresh, confirmed, false
    since: date
    level: float


@dataclass(frozen=True)
class _Kept:
    """A break as it is kept from close to close."""

    line: str
    side: str
    status: str
    begin: int
    level: Line
    end: int | None = None  # of a false one


def swings(ratios: Sequence[float], i: int, side: str, swing: int) -> list[int]:
    """Swing lows (below) or highs (above) that are known at close i: `swing` closes after them."""
    sign = 1 if side == "below" else -1
    return [
        j
        for j in range(swing, i - swing + 1)
        if all(sign * ratios[j] < sign * ratios[k] for k in range(j - swing, j + swing + 1) if k != j)
    ]


class Lines:
    """The three lines on either side of every ratio."""

    def __init__(self, ratios: Sequence[float], trend: Sequence[Averages | None], s: TrendSettings) -> None:
        self.ratios, self.trend, self.s = ratios, trend, s
        self.swings = {side: swings(ratios, len(ratios) - 1, side, s.swing) for side in SIDES}

    def line(self, name: str, side: str, i: int) -> Line | None:
        """The line at close i, and where it goes on as the level of a break that begins there."""
        return {"band": self.band, "range": self.range, "trendline": self.trendline}[name](side, i)

    def band(self, side: str, i: int) -> Line | None:
        def edge(k: int) -> float:
            now = self.trend[k]
            assert now is not None
            return now.slow * (1 - now.band if side == "below" else 1 + now.band)

        return edge if self.trend[i] is not None else None

    def range(self, side: str, i: int) -> Line | None:
        if i < self.s.range:
            return None
        before = self.ratios[i - self.s.range : i]
        level = min(before) if side == "below" else max(before)
        return lambda _: level

    def trendline(self, side: str, i: int) -> Line | None:
        """Reading: a swing is used from the very close that makes it known, `swing` closes after it."""
        points = [j for j in self.swings[side] if j + self.s.swing <= i][-2:]
        if len(points) < 2:
            return None
        first, second = points
        rise = (self.ratios[second] - self.ratios[first]) / (second - first)
        if (rise <= 0 if side == "below" else rise >= 0) or i - second > self.s.range:
            return None
        return lambda k: self.ratios[second] + rise * (k - second)

    def beyond(self, name: str, side: str, i: int) -> bool:
        """Whether close i is so far beyond its own line that a break could begin."""
        level = self.line(name, side, i) if i >= 0 else None
        if level is None:
            return False
        if side == "below":
            return self.ratios[i] < level(i) * (1 - self.s.margin)
        return self.ratios[i] > level(i) * (1 + self.s.margin)


def breaks(
    history: Sequence[tuple[date, float]], trend: Sequence[Averages | None], s: TrendSettings
) -> list[tuple[Break, ...]]:
    """What is told of breaks at every close: those that stand, and false ones; by the close they began.

    Readings: at the first close with a trend the close before is compared with its own line like any other; a
    break that ends lets another of the same line begin at the same close.
    """
    lines = Lines([ratio for _, ratio in history], trend, s)
    out: list[tuple[Break, ...]] = []
    kept: list[_Kept] = []
    for i, now in enumerate(trend):
        if now is not None:  # breaks are watched from the first trend on
            kept = [after for one in kept if (after := _next(one, i, history[i][1], now.noise, s))]
            standing = {(one.line, one.side) for one in kept if one.end is None}
            for name, side in product(("band", "range", "trendline"), SIDES):
                level = lines.line(name, side, i)
                begins = lines.beyond(name, side, i) and not lines.beyond(name, side, i - 1)
                if level is not None and begins and (name, side) not in standing:
                    kept.append(_Kept(name, side, "fresh", i, level))
        out.append(
            tuple(
                Break(k.line, k.side, k.status, history[k.begin][0], k.level(i if k.end is None else k.end))
                for k in kept
            )
        )
    return out


def _next(one: _Kept, i: int, ratio: float, noise: float, s: TrendSettings) -> _Kept | None:
    """A break one close later; None where it is over and not told any more.

    Readings: coming back inside is looked at before age; a break is over by age at the close that is
    levels.range closes after it began.
    """
    if one.end is not None:
        return one if i - one.end < s.false_closes else None
    age, level, up = i - one.begin, one.level(i), 1 if one.side == "above" else -1
    if up * ratio <= up * level:
        failed = one.status == "fresh" and age <= s.false_closes
        return replace(one, status="false", end=i) if failed else None
    if one.line != "band" and age >= s.range:
        return None
    if age >= s.follow_closes and up * ratio >= up * level * (1 + up * s.follow_distance * noise):
        return replace(one, status="confirmed")
    return one
