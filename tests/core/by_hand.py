"""The answer file history/by_hand.csv, worked out by hand: nothing under test may compute it.

With fast 2 and slow 3 the ratios a, b, c of three closes stand at distance
((b + c) / 2) / ((a + b + c) / 3) - 1 = 1/2 - 3/2 x a / (a + b + c), written as a fraction. The band is 0 x
noise, so least_band: 1/64, which a float holds exactly (1/16 cannot be passed here without a move of the
ratio beyond 0.10, which would be doubtful); its edges are (a + b + c) / 3 x 63/64 and x 65/64. The ratios are
whole numbers: IWM = ratio x SPY.

follow_distance x noise: the noise is s x sqrt(3 / 3), the root mean square of two log moves, none of them
beyond 0.1, so that 0.0001 x noise is below 0.00001 and never zero. A ratio beyond a level is so by 1/192 at
least (ratios are whole, edges of the band in 192nds), and that is more than 0.00001 x 122. So "beyond by
follow_distance x noise or more" is the same as "beyond", and needs no logarithm.

range 3: a range break is over at the third close after it began. swing 20 keeps trendlines out of 45 closes.
hold_closes 4, hold_followed 2. Shares 0.9, 0.6, 0.3.

Four votes over levels of four series: under 1 and over 2, between is 0; under 1 is for risk, but against it
for `foe`. The columns of their names hold the observation that counts from this close on: it is dated the day
before (lag 1), and with stale_days 1 a session without one hears nothing. 0.75 + 0.5 x sum / 4, at most 1;
quorum 2, vote_hold 2.

    flips    changes sides every session
    friend   says nothing until the third session; falls silent while 1 in session 13: kept for 2, then 0;
             again in session 23
    foe      falls silent while -1 in session 18: kept for 2, then still -1 but not heard
    steady   falls silent while 1 in session 24: in sessions 26 to 31 flips alone is heard

Empty stance, target, held: no trend yet. `breaks` are those that stand, and false ones for 3 closes.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.core.second import Series, Settings

VOTES: dict[str, dict[str, Any]] = {
    name: {
        "take": "first",
        "backtest": True,
        "readings": [
            {
                "level": {
                    "series": name,
                    "below": 1.0,
                    "above": 2.0,
                    "under": "against" if name == "foe" else "for",
                }
            }
        ],
    }
    for name in ("flips", "friend", "foe", "steady")
}
SETTINGS = Settings(
    legs=("IWM", "SPY"),
    fast=2,
    slow=3,
    band=0.0,
    least_band=0.015625,
    turn_closes=2,
    min_sessions=3,
    range=3,
    swing=20,
    margin=0.0,
    follow_closes=2,
    follow_distance=0.0001,
    false_closes=3,
    rally=4,
    risk_on=0.9,
    neutral=0.6,
    risk_off=0.3,
    unknown=0.2,
    hold_closes=4,
    hold_followed=2,
    context_neutral=0.75,
    context_span=0.5,
    context_least=0.25,
    context_quorum=2,
    context_vote_hold=2,
    volatility_target=2.0,
    volatility_span=3,
    volatility_least=0.25,
)


@dataclass(frozen=True)
class Row:
    """One session close: what was read, and what holds after it."""

    session: date
    numerator: float  # close of IWM
    denominator: float  # close of SPY
    observed: dict[str, float]  # by series; one that is not there was not published
    ratio: float
    distance: Fraction | None  # None: no trend yet
    stance: str | None
    sessions: int | None
    followed: bool | None
    closes: int  # N
    target: float | None
    held: float | None
    breaks: frozenset[str]  # such as "below range fresh 2018-03-10": side, line, status, session it began
    break_share: float | None
    own: dict[str, int | None]  # by vote; None: it says nothing
    counted: dict[str, int]
    heard: int
    context_target: float
    context_held: float
    why: str


def _number(text: str) -> float | None:
    return float(text) if text else None


def _row(fields: dict[str, str]) -> Row:
    return Row(
        session=date.fromisoformat(fields["session"]),
        numerator=float(fields["IWM"]),
        denominator=float(fields["SPY"]),
        observed={name: float(fields[name]) for name in VOTES if fields[name]},
        ratio=float(fields["ratio"]),
        distance=Fraction(fields["distance"]) if fields["distance"] else None,
        stance=fields["stance"] or None,
        sessions=int(fields["sessions"]) if fields["sessions"] else None,
        followed=fields["followed"] == "yes" if fields["followed"] else None,
        closes=int(fields["N"]),
        target=_number(fields["target"]),
        held=_number(fields["held"]),
        breaks=frozenset(fields["breaks"].split("; ")) - {""},
        break_share=_number(fields["break_share"]),
        own={name: int(said) if (said := fields[f"{name}_own"]) else None for name in VOTES},
        counted={name: int(fields[f"{name}_counted"]) for name in VOTES},
        heard=int(fields["heard"]),
        context_target=float(fields["context_target"]),
        context_held=float(fields["context_held"]),
        why=fields["why"],
    )


def rows() -> list[Row]:
    """The table, oldest first."""
    path = Path(__file__).parent / "history" / "by_hand.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [_row(fields) for fields in csv.DictReader(file)]


def closes(table: list[Row]) -> dict[str, dict[date, float]]:
    """The closes of both legs."""
    return {
        "IWM": {row.session: row.numerator for row in table},
        "SPY": {row.session: row.denominator for row in table},
    }


def series(table: list[Row]) -> dict[str, Series]:
    """The observations, each dated the day before the session that may know it."""
    before = timedelta(days=1)
    return {
        name: Series(
            [(row.session - before, row.observed[name]) for row in table if name in row.observed],
            lag=1,
            stale_days=1,
        )
        for name in VOTES
    }
