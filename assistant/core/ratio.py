"""IWM/SPY by session: the ratio, its averages, how far the fast one stands from the slow one, and its noise.

What a broker's history lacks at its beginning may be imported; what it later says otherwise is noticed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise, repeat
from math import fsum, inf, log, sqrt
from operator import sub
from typing import Annotated, NamedTuple

from annotated_types import Ge, Gt, Le, Lt, MinLen

from assistant.core.closes import Column, median
from assistant.core.market import Bar, Unknown

OWN = "terminal"  # the regime comes from this terminal's closes
LONGEST_GAP = 10  # days between two sessions; the longest of this century were 7, in September 2001
COMMON_SESSIONS = 20  # that imported and own history must share before one is put before the other
AGREEMENT = 0.005  # share; how far from 1 the median of own ratio / imported ratio may be
ANEW = 100  # values; running sums are taken anew so often
CORRECTION = 0.002  # share; a close that has changed by more is told

Ratios = tuple[tuple[date, float], ...]  # session, close / close; oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeSettings:
    """Which ratio is read, how it is smoothed, and how much of a move for how long counts."""

    legs: Annotated[
        tuple[tuple[str, str], ...], MinLen(1)
    ]  # numerator, denominator; the first full pair wins
    fast: Annotated[int, Ge(2)]  # sessions
    slow: Annotated[int, Ge(3)]  # sessions, more than fast
    band: Annotated[float, Ge(0), Le(5)]  # of the noise; the hysteresis half-width
    least_band: Annotated[float, Gt(0), Lt(0.5)]  # share of the slow average; the band is never narrower
    turn_closes: Annotated[int, Ge(2)]  # session closes beyond the band that turn the stance
    min_sessions: Annotated[int, Ge(1)]  # sessions of history below which the stance is UNKNOWN
    source: str  # terminal, or advice:LOGIN for that of the assistant of another account

    def __post_init__(self) -> None:
        """Refuse averages that could not cross, a ratio of a symbol to itself, a source that is none."""
        if self.fast >= self.slow:
            raise ValueError(f"fast was {self.fast}, slow {self.slow}; expected fast < slow")
        same = next((pair for pair in self.legs if pair[0] == pair[1]), None)
        if same:
            raise ValueError(f"legs was {same[0]}/{same[1]}; expected two symbols")
        login = self.source.removeprefix("advice:")
        if self.source != OWN and (login == self.source or not (login.isascii() and login.isdigit())):
            raise ValueError(f"source was {self.source!r}; expected {OWN}, or advice:LOGIN")

    @property
    def lender(self) -> int | None:
        """The login whose assistant lends its regime; None: it comes from this terminal's own closes."""
        return None if self.source == OWN else int(self.source.removeprefix("advice:"))


class Trend(NamedTuple):
    """The averages of the ratio, and how much their distance means."""

    fast: float  # mean of the last `fast` ratios
    slow: float  # mean of the last `slow` ratios
    distance: float  # fast / slow - 1
    noise: float  # share; how far chance alone takes the ratio from its slow mean (a standard deviation)
    band: float  # share of the slow mean; the hysteresis half-width


class Slope(NamedTuple):
    """The least-squares line through the last log ratios."""

    slope: float  # log ratio per session
    error: float  # its standard error; inf: fewer than three points

    @property
    def direction(self) -> int:
        """1 or -1 where the slope is beyond twice its standard error, else 0."""
        if abs(self.slope) <= 2 * self.error:
            return 0
        return 1 if self.slope > 0 else -1


@dataclass(frozen=True, slots=True)
class Spliced:
    """A broker's own ratios, and imported ones before the first of them."""

    ratios: Ratios
    sessions: int  # how many are imported
    scale: float  # what the imported ones were multiplied by


@dataclass(frozen=True, slots=True)
class Correction:
    """A close that is now another than it was."""

    session: date
    was: float  # price
    now: float  # price


def session_ratios(sessions: Sequence[date], numerator: Column, denominator: Column) -> Ratios:
    """Return close / close on the sessions (ascending) on which both legs have a used close."""
    rows = zip(sessions, numerator, denominator, strict=True)
    return tuple((day, up / down) for day, up, down in rows if up is not None and down is not None)


def splice(own: Ratios, imported: Ratios) -> Spliced | Unknown:
    """Put imported ratios before a broker's own, scaled to them; Unknown where the two do not agree.

    The scale is the median of own / imported over the sessions that both have. Own ratios stay as they are.
    Averages over a hole would be none, so imported sessions must lie close together, up to the first own one.
    """
    before = [one for one in imported if own and one[0] < own[0][0]]
    if not before:
        return Spliced(own, 0, 1.0)
    joined = [*(session for session, _ in before), own[0][0]]
    hole = next((pair for pair in pairwise(joined) if (pair[1] - pair[0]).days > LONGEST_GAP), None)
    if hole:
        return Unknown(f"there is a hole in it from {hole[0]} to {hole[1]}")
    known = dict(imported)
    quotients = [ratio / known[session] for session, ratio in own if session in known]
    if len(quotients) < COMMON_SESSIONS:
        return Unknown(
            f"{len(quotients)} sessions are common to it and the terminal, {COMMON_SESSIONS} expected"
        )
    scale = median(quotients)
    if abs(scale - 1) > AGREEMENT:
        return Unknown(
            f"median ratio of ratios was {scale:.4g}, within {100 * AGREEMENT:g} % of 1 expected: "
            "check scale and splits of both files"
        )
    return Spliced((*((session, ratio * scale) for session, ratio in before), *own), len(before), scale)


def corrections(before: Sequence[Bar], now: Sequence[Bar]) -> tuple[Correction, ...]:
    """Return the closes of a symbol that have changed by more than CORRECTION since an earlier reading."""
    if before is now:
        return ()
    known = {bar.session: bar.close for bar in before}
    both = ((bar.session, known[bar.session], bar.close) for bar in now if bar.session in known)
    return tuple(Correction(*one) for one in both if abs(one[2] / one[1] - 1) > CORRECTION)


def sums(values: Sequence[float], size: int) -> list[float]:
    """Return the sum of the last `size` values after each of them, from the first that has so many.

    Running sums, taken anew every ANEW values or `size`, so that no error is carried along.
    """
    found: list[float] = []
    block = max(ANEW, size)
    for start in range(size, len(values) + 1, block):
        end = min(start + block - 1, len(values))
        moves = map(sub, values[start:end], values[start - size : end - size])
        found += accumulate(moves, initial=fsum(values[start - size : start]))
    return found


def trends(ratios: Sequence[float], settings: RegimeSettings) -> Iterator[Trend | None]:
    """Yield the trend after each ratio (oldest first); None before there are `slow` of them.

    Noise: a driftless random walk with steps of standard deviation s stands s * sqrt(n / 3) from the mean of
    its last n points (standard deviation, continuous limit).
    """
    fast, slow, band, least = settings.fast, settings.slow, settings.band, settings.least_band
    scale = sqrt(slow / 3 / (slow - 1))
    logs = [log(ratio) for ratio in ratios]
    moves = [move * move for move in map(sub, logs[1:], logs)]
    yield from repeat(None, min(slow - 1, len(ratios)))
    rows = zip(sums(ratios[slow - fast :], fast), sums(ratios, slow), sums(moves, slow - 1), strict=True)
    for in_fast, in_slow, squares in rows:
        mean, average = in_fast / fast, in_slow / slow
        noise = sqrt(max(squares, 0.0)) * scale
        yield Trend(mean, average, mean / average - 1, noise, max(band * noise, least))


def slope(ratios: Sequence[float]) -> Slope:
    """Return the slope of the log ratios (oldest first) by least squares; of fewer than three, none."""
    count = len(ratios)
    if count < 3:  # noqa: PLR2004 -- two points are always on a line
        return Slope(0.0, inf)
    logs = [log(ratio) for ratio in ratios]
    middle, mean = (count - 1) / 2, fsum(logs) / count
    spread = count * (count * count - 1) / 12
    steep = fsum((place - middle) * (one - mean) for place, one in enumerate(logs)) / spread
    rest = fsum((one - mean - steep * (place - middle)) ** 2 for place, one in enumerate(logs))
    return Slope(steep, sqrt(rest / (count - 2) / spread))
