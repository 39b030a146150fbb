"""Figures of sized returns, by hand and by a second formulation."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.study.statistics import BLOCK, Interval, Sized, against_constant, turnover

RETURNS = np.array([0.02, -0.03, 0.01, -0.01, 0.04])
SHARES = np.array([[1.0] * 5, [0.5, 0.5, 1.0, 0.5, 1.0]])  # mean 0.7


def test_returns_are_divided_by_the_mean_share_of_their_row() -> None:
    constant, sized = Sized(RETURNS, SHARES).worth()
    equal = [0.01 / 0.7, -0.015 / 0.7, 0.01 / 0.7, -0.005 / 0.7, 0.04 / 0.7]
    mean = sum(equal) / 5
    deviation = sqrt(sum((one - mean) ** 2 for one in equal) / 4)
    assert sized.sharpe == pytest.approx(mean / deviation * sqrt(252))
    assert sized.volatility == pytest.approx(deviation * sqrt(252))
    assert sized.worst_1 == sized.worst_5 == pytest.approx(-0.015 / 0.7)  # one of five at least
    assert constant.drawdown == pytest.approx(1 - 0.97 * 1.01 * 0.99)
    assert sized.drawdown == pytest.approx(0.015 / 0.7)  # the second session alone: the third gains more


def test_a_fall_at_the_very_start_is_a_drawdown() -> None:
    (only,) = Sized(np.array([-0.1, 0.05, 0.2]), np.ones((1, 3))).worth()
    assert only.drawdown == pytest.approx(0.1)


def test_the_tails_are_means_of_the_worst_sessions() -> None:
    returns = np.linspace(-0.2, 0.199, 400)  # -0.200, -0.199, ...: four are 1 %, twenty are 5 %
    (only,) = Sized(returns, np.full((1, 400), 0.6)).worth()
    assert only.worst_1 == pytest.approx(-0.1985)
    assert only.worst_5 == pytest.approx(-0.1905)


@given(st.floats(0.05, 3.0))
def test_a_method_does_not_look_better_merely_by_being_smaller(scale: float) -> None:
    plain, scaled = Sized(RETURNS, SHARES).worth()[1], Sized(RETURNS, SHARES * scale).worth()[1]
    assert scaled == pytest.approx(plain)


def test_a_row_equal_to_constant_size_is_no_different_in_any_draw() -> None:
    chance = np.random.default_rng(3)
    returns = chance.normal(0.0003, 0.01, 300)
    same = against_constant(Sized(returns, np.array([np.ones(300), np.full(300, 0.4)])), 50)[1]
    for one in same:
        assert (one.value, one.low, one.high) == pytest.approx((0, 0, 0), abs=1e-12)


def test_the_draws_are_the_same_each_time_and_hold_the_figure() -> None:
    chance = np.random.default_rng(4)
    returns = chance.normal(0.0003, 0.01, 500)
    shares = np.array([np.ones(500), chance.uniform(0.3, 1.0, 500)])
    seen: list[tuple[int, int]] = []
    first = against_constant(Sized(returns, shares), 100, lambda done, total: seen.append((done, total)))
    assert first == against_constant(Sized(returns, shares), 100)
    assert seen == [(50, 100), (100, 100)]
    for one in first[1]:
        assert one.low < one.value < one.high
    assert first != against_constant(Sized(returns, shares), 100, seed=5)


def test_blocks_are_circular_and_of_a_month() -> None:
    # Returns that are one constant: every draw is the same, whatever its blocks.
    flat = np.full(50, 0.01)
    shares = np.array([np.ones(50), np.tile([0.5, 1.0], 25)])
    (_, sized) = against_constant(Sized(flat, shares), 20)
    assert BLOCK == 21
    assert sized.worst_1.value == pytest.approx(0.5 / 0.75 - 1)  # the smallest share over the mean of all


def test_an_interval_that_holds_nothing_is_open() -> None:
    assert Interval(0.1, -0.1, 0.2).open
    assert Interval(0.1, 0.0, 0.2).open
    assert not Interval(0.1, 0.05, 0.2).open
    assert not Interval(-0.1, -0.2, -0.05).open


def test_turnover_is_what_was_changed_in_a_year() -> None:
    assert turnover(np.array([1.0, 0.7, 0.7, 1.0])) == pytest.approx(0.6 / 4 * 252)
    assert turnover(np.array([])) == 0.0
