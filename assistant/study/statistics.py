"""What a series of sized returns was worth, and how sure that is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

YEAR = 252  # sessions
BLOCK = 21  # sessions; about a month, so that a draw keeps what volatility remembers
SEED = 20_000_526


class Worth(NamedTuple):
    """Figures of returns at equal average exposure."""

    sharpe: float  # a year, of simple returns; nothing is taken off for a riskless rate
    drawdown: float  # the largest, share of the highest point of the compounded curve
    volatility: float  # a year
    worst_1: float  # mean of the worst 1 % of sessions
    worst_5: float  # likewise 5 %


class Interval(NamedTuple):
    """A figure against that of constant size, and where it may as well have been."""

    value: float
    low: float  # 2.5 % of the draws are lower
    high: float  # 2.5 % are higher

    @property
    def open(self) -> bool:
        """Whether chance may as well have made the difference: the interval holds 0."""
        return self.low <= 0 <= self.high


class Against(NamedTuple):
    """A row against constant size."""

    sharpe: Interval  # difference
    drawdown: Interval  # share by which it is larger; below 0 is smaller
    worst_1: Interval  # likewise
    worst_5: Interval  # likewise


@dataclass(frozen=True, slots=True)
class Sized:
    """Rows of shares over the same returns; a share stands beside the return that came after it."""

    returns: Array  # one a session, simple
    shares: Array  # rows x sessions; row 0 is constant size

    def worth(self) -> list[Worth]:
        """Return the figures of each row, its returns divided by its own mean share."""
        return _worth(self.returns * self.shares, self.shares.mean(axis=1))


def _worth(sized: Array, means: Array) -> list[Worth]:
    equal = sized / means[:, None]
    count = equal.shape[1]
    ones, fives = max(1, round(count * 0.01)), max(1, round(count * 0.05))
    lowest = np.sort(np.partition(equal, fives - 1, axis=1)[:, :fives], axis=1)
    deviation = equal.std(axis=1, ddof=1)
    curve = np.cumprod(1 + equal, axis=1)
    fallen = 1 - curve / np.maximum.accumulate(np.maximum(curve, 1.0), axis=1)
    sharpe = np.divide(equal.mean(axis=1), deviation, out=np.zeros(len(means)), where=deviation > 0)
    columns = (
        sharpe * YEAR**0.5,
        fallen.max(axis=1),
        deviation * YEAR**0.5,
        lowest[:, :ones].mean(axis=1),
        lowest.mean(axis=1),
    )
    return [Worth(*(float(one) for one in row)) for row in zip(*columns, strict=True)]


def against_constant(
    sized: Sized, draws: int, progress: Callable[[int, int], None] | None = None, seed: int = SEED
) -> list[Against]:
    """Return each row against constant size, with 95 % intervals from a circular block bootstrap.

    Politis and Romano (1992), blocks of a month. In one draw every row has the same sessions, and is divided
    by its mean share in them.
    """
    chance = np.random.default_rng(seed)
    count = sized.returns.size
    blocks = -(-count // BLOCK)
    offsets = np.arange(BLOCK)
    products = sized.returns * sized.shares
    drawn = np.empty((draws, len(sized.shares), 4))
    for number in range(draws):
        starts = chance.integers(0, count, blocks)
        places = ((starts[:, None] + offsets) % count).ravel()
        drawn[number] = _differences(_worth(products[:, places], sized.shares[:, places].mean(axis=1)))
        if progress and (number + 1) % 50 == 0:
            progress(number + 1, draws)
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    values = _differences(sized.worth())
    return [
        Against(*(Interval(*map(float, one)) for one in zip(*row, strict=True)))
        for row in zip(values, low, high, strict=True)
    ]


def _differences(rows: Sequence[Worth]) -> Array:
    """Return Sharpe difference, and drawdown and tail means as shares more or less, against row 0."""
    constant = rows[0]
    return np.array(
        [
            [
                row.sharpe - constant.sharpe,
                _more(row.drawdown, constant.drawdown),
                _more(row.worst_1, constant.worst_1),
                _more(row.worst_5, constant.worst_5),
            ]
            for row in rows
        ]
    )


def _more(one: float, other: float) -> float:
    return one / other - 1 if other else 0.0


def turnover(shares: Array) -> float:
    """Return how much of the share was changed in a year, in shares of normal risk."""
    changed = float(np.abs(np.diff(shares)).sum())
    return changed / len(shares) * YEAR if len(shares) else 0.0
