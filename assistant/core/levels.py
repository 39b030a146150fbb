"""Levels of the ratio and what becomes of a break: fresh, confirmed by follow-through, or false.

Three lines on either side: the band, the range of the last sessions, and a trendline through swing points. A
swing point is known only when the sessions after it have closed, so no line knows what comes later.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from math import inf
from typing import NamedTuple

from assistant.core.ratio import Trend
from assistant.core.regime import LevelSettings

BELOW, ABOVE = -1, 1
FRESH, CONFIRMED, FALSE = "fresh", "confirmed", "false"
BAND, RANGE, TRENDLINE = "band", "range", "trendline"
_LINES = tuple((line, side) for side in (BELOW, ABOVE) for line in (BAND, RANGE, TRENDLINE))


class Break(NamedTuple):
    """A level that the ratio is beyond, or has lately come back from."""

    line: str  # band, range or trendline
    side: int  # BELOW or ABOVE
    status: str  # fresh, confirmed or false
    since: date  # the session at whose close it began
    level: float  # of the line at that close (ratio)
    drift: float  # what a trendline adds to it each session
    began: int  # place of the first close beyond it among all closes
    ended: int | None  # place of the close at which a false one was back inside; None: it stands


def extremes(ratios: Iterable[float], sessions: int) -> Iterator[tuple[float, float]]:
    """Yield lowest and highest of so many ratios before each one; 0 and infinity while there are fewer."""
    window: deque[float] = deque(maxlen=sessions)
    low, high = inf, 0.0
    for place, ratio in enumerate(ratios):
        if place < sessions:
            yield 0.0, inf
            leaves = None
        else:
            yield low, high
            leaves = window[0]
        window.append(ratio)
        if leaves in (low, high):
            low, high = min(window), max(window)
        elif ratio < low:
            low = ratio
            high = max(high, ratio)
        elif ratio > high:
            high = ratio


def trendlines(ratios: Iterable[float], side: int, settings: LevelSettings) -> Iterator[tuple[float, float]]:
    """Yield the line through the last two swing points of a side, and what it adds a session.

    0 or infinity where there is none: two points are not known, they lean the wrong way, or are too old.
    """
    half, lower = settings.swing, side == BELOW
    pick, none = (min, (0.0, 0.0)) if lower else (max, (inf, 0.0))
    around: deque[float] = deque(maxlen=2 * half + 1)
    before: tuple[int, float] | None = None
    start, drift, last = (
        0.0,
        0.0,
        -1,
    )  # of the line at the first close, a session, the last close it holds for
    for place, ratio in enumerate(ratios):
        around.append(ratio)
        if place < 2 * half:
            yield none
            continue
        middle = around[half]
        if (
            (middle < around[half - 1]) is (middle < ratio) is lower
            and middle == pick(around)
            and around.count(middle) == 1
        ):
            here = place - half
            last = -1
            if before and side * (middle - before[1]) < 0:  # a support rises, a resistance falls
                drift = (middle - before[1]) / (here - before[0])
                start, last = middle - drift * here, here + settings.range
            before = (here, middle)
        yield (start + drift * place, drift) if place <= last else none


def breaks(
    sessions: Iterable[date], ratios: Sequence[float], trends: Iterable[Trend | None], settings: LevelSettings
) -> Iterator[tuple[Break, ...]]:
    """Yield after each close (oldest first) the breaks that stand, and the false ones of the last closes."""
    below, above = 1 - settings.margin, 1 + settings.margin
    was: tuple[bool, ...] = (False,) * len(_LINES)  # which lines the close before was beyond
    standing: tuple[Break, ...] = ()
    supports, resistances = (trendlines(ratios, side, settings) for side in (BELOW, ABOVE))
    rows = zip(sessions, ratios, trends, extremes(ratios, settings.range), supports, resistances, strict=True)
    for place, (session, ratio, trend, (low, high), support, resistance) in enumerate(rows):
        if trend is not None:
            floor, roof = trend.slow * (1 - trend.band), trend.slow * (1 + trend.band)
            if standing:
                standing = _moved(standing, place, ratio, (floor, roof, trend.noise), settings)
            now = (
                ratio < floor * below,
                ratio < low * below,
                ratio < support[0] * below,
                ratio > roof * above,
                ratio > high * above,
                ratio > resistance[0] * above,
            )
            if now != was:
                levels = (floor, low, support[0], roof, high, resistance[0])
                drifts = (0.0, 0.0, support[1], 0.0, 0.0, resistance[1])
                for line, new, old, level, drift in zip(_LINES, now, was, levels, drifts, strict=True):
                    if new and not old:
                        one = Break(*line, FRESH, session, level, drift, place, None)
                        standing = _begun(standing, one)
                was = now
        yield standing


def _begun(standing: tuple[Break, ...], new: Break) -> tuple[Break, ...]:
    """Return the breaks with a new one, unless one of its line stands already."""
    same = (one for one in standing if (one.line, one.side) == (new.line, new.side))
    return (*standing, new) if all(one.status == FALSE for one in same) else standing


def _moved(
    standing: tuple[Break, ...],
    place: int,
    ratio: float,
    now: tuple[float, float, float],
    settings: LevelSettings,
) -> tuple[Break, ...]:
    """Return the breaks after one more close; `now` is floor and roof of the band, and the noise."""
    floor, roof, noise = now
    kept = []
    changed = False
    for one in standing:
        line, side, status, _, level, drift, began, ended = one
        closes = place - began
        if ended is not None:
            if place - ended < settings.false_closes:
                kept.append(one)
                continue
        elif line == BAND or closes < settings.range:
            band = floor if side == BELOW else roof
            edge = band if line == BAND else level + drift * closes
            beyond = side * (ratio - edge)
            if beyond > 0:
                if (
                    status != FRESH
                    or closes < settings.follow_closes
                    or beyond < settings.follow_distance * noise * edge
                ):
                    kept.append(one)
                    continue
                kept.append(one._replace(status=CONFIRMED))
            elif status == FRESH and closes <= settings.false_closes:
                kept.append(one._replace(status=FALSE, ended=place))
        changed = True
    return tuple(kept) if changed else standing


def holding(standing: Iterable[Break], turned: date) -> Break | None:
    """Return the break below the band or the range that holds the share down: one since the last turn.

    `turned` is the session of that turn; a break at the very close of a turn is part of it.
    """
    lines = (one for one in standing if one.side == BELOW and one.line in (BAND, RANGE))
    return next((one for one in lines if one.status != FALSE and one.since > turned), None)
