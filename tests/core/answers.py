"""The answer file stance_by_close.csv, worked out by hand: nothing under test may compute it.

Fast average 2, slow average 3, so that with the ratios a, b, c of three closes
distance = ((b + c) / 2) / ((a + b + c) / 3) - 1 = 1/2 - 3/2 x a / (a + b + c), written as a fraction.
The band is 1/16, which a float holds exactly. `stance_2` turns after 2 closes, `stance_3` after 3; `sessions`
counts closes in the stance; `held` is the smallest target of 3 closes at 0.9, 0.6, 0.3 of normal risk.
"""

import csv
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from assistant.core.market import Bar
from assistant.core.ratio import RegimeSettings
from assistant.core.regime import Stance
from assistant.core.shares import ShareSettings
from tests.core.builders import REGIME, SHARES

TABLE_REGIME: RegimeSettings = replace(REGIME, least_band=0.0625, min_sessions=3)
TABLE_SHARES: ShareSettings = replace(SHARES, hold_followed=3)  # 0.9, 0.6, 0.3 and 3 closes

TARGET = {Stance.RISK_ON: 0.9, Stance.NEUTRAL: 0.6, Stance.RISK_OFF: 0.3}


@dataclass(frozen=True)
class After:
    """What holds after a close, for one setting of turn_closes."""

    stance: Stance
    sessions: int
    held: float


@dataclass(frozen=True)
class Row:
    """One session close."""

    session: date
    numerator: float
    denominator: float
    ratio: float
    distance: Fraction | None  # None: no slow average yet
    after: dict[int, After]  # by turn_closes


def _row(fields: dict[str, str]) -> Row:
    known = fields["distance"] != ""
    return Row(
        session=date.fromisoformat(fields["session"]),
        numerator=float(fields["numerator"]),
        denominator=float(fields["denominator"]),
        ratio=float(fields["ratio"]),
        distance=Fraction(fields["distance"]) if known else None,
        after={
            closes: After(
                Stance(fields[f"stance_{closes}"]),
                int(fields[f"sessions_{closes}"]),
                float(fields[f"held_{closes}"]),
            )
            for closes in (2, 3)
            if known
        },
    )


def rows() -> list[Row]:
    """Return the table, oldest first."""
    with (Path(__file__).parent / "stance_by_close.csv").open(encoding="utf-8", newline="") as file:
        return [_row(fields) for fields in csv.DictReader(file)]


def bar(session: date, close: float) -> Bar:
    """Return a bar of which only the close plays a part."""
    return Bar(session, close * 1.01, close * 1.02, close * 0.97, close)


def legs(table: list[Row]) -> dict[str, tuple[Bar, ...]]:
    """Return the bars of both legs."""
    return {
        "IWM": tuple(bar(row.session, row.numerator) for row in table),
        "SPY": tuple(bar(row.session, row.denominator) for row in table),
    }
