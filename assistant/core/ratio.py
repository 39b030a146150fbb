"""IWM/SPY by session: the ratio, its averages, and how far the fast one stands from the slow one.

What a broker's history lacks at its beginning may be imported; what it later says otherwise is noticed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import fsum
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt, MinLen

from assistant.core.market import Bar, Unknown

OWN = "terminal"  # the regime comes from this terminal's closes
LONGEST_GAP = 10  # days between two sessions; the longest of this century were 7, in September 2001
COMMON_SESSIONS = 20  # that imported and own history must share before one is put before the other
AGREEMENT = 0.005  # share; how far from 1 the median of own ratio / imported ratio may be
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
    band: Annotated[float, Gt(0), Lt(0.5)]  # share of the slow average
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


def session_ratios(numerator: Sequence[Bar], denominator: Sequence[Bar]) -> Ratios:
    """Return close / close on the sessions both legs have; both are ascending and finished."""
    closes = {bar.session: bar.close for bar in denominator}
    return tuple((bar.session, bar.close / closes[bar.session]) for bar in numerator if bar.session in closes)


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
    quotients = sorted(ratio / known[session] for session, ratio in own if session in known)
    if len(quotients) < COMMON_SESSIONS:
        return Unknown(
            f"{len(quotients)} sessions are common to it and the terminal, {COMMON_SESSIONS} expected"
        )
    middle = len(quotients) // 2
    scale = (quotients[middle] + quotients[-1 - middle]) / 2
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


def ratio_points(ratios: Ratios, settings: RegimeSettings) -> tuple[RatioPoint, ...]:
    """Return each session's ratio with its averages, oldest first.

    The averages are simple means over sessions, recomputed from the ratios at each one, so that no error is
    carried along.
    """
    values = [ratio for _, ratio in ratios]
    return tuple(
        RatioPoint(session, ratio, _trend(values[max(0, i + 1 - settings.slow) : i + 1], settings))
        for i, (session, ratio) in enumerate(ratios)
    )


def _trend(last: Sequence[float], settings: RegimeSettings) -> Trend | None:
    """Compare the averages over the last ratios, at most `slow` of them."""
    if len(last) < settings.slow:
        return None
    fast = fsum(last[-settings.fast :]) / settings.fast
    slow = fsum(last) / settings.slow
    return Trend(fast, slow, fast / slow - 1)
