"""Targets, what is held of them, and volatility."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.regime import Stance
from assistant.core.shares import ShareSettings, VolatilitySettings, held, volatilities, volatility_targets
from tests.core.builders import SHARES

SETTINGS = VolatilitySettings(target=0.3, span=3, least=0.25)


def test_the_next_lower_share_is_that_of_the_stance_below() -> None:
    lower = {stance: SHARES.below(stance) for stance in Stance}
    assert lower == {Stance.RISK_ON: 0.6, Stance.NEUTRAL: 0.3, Stance.RISK_OFF: None, Stance.UNKNOWN: None}


def test_the_target_of_a_stance_is_its_share() -> None:
    assert [SHARES.of(stance) for stance in Stance] == [0.9, 0.6, 0.3, 0.2]  # ON, NEUTRAL, OFF, UNKNOWN


@pytest.mark.parametrize(
    ("settings", "was"),
    [
        (lambda: replace(SHARES, neutral=0.91), "risk_off 0.3, neutral 0.91, risk_on 0.9"),
        (lambda: replace(SHARES, unknown=0.31), "unknown 0.31, risk_off 0.3, neutral 0.6"),
        (lambda: replace(SHARES, risk_off=0.19), "unknown 0.2, risk_off 0.19, neutral 0.6"),
        (lambda: replace(SHARES, fail_safe=0.21), "was fail_safe 0.21, unknown 0.2, risk_off 0.3"),
    ],
)
def test_a_share_that_takes_more_risk_in_a_weaker_stance_is_refused(
    settings: Callable[[], ShareSettings], was: str
) -> None:
    order = "; expected fail_safe <= unknown <= risk_off <= neutral <= risk_on"
    with pytest.raises(ValueError, match=f"{was}.*{order}"):
        settings()


def test_equal_shares_and_holds_are_taken() -> None:
    assert replace(SHARES, risk_on=0.6, risk_off=0.2, hold_followed=3).hold_followed == 3


def test_fewer_closes_are_held_after_follow_through_and_never_more() -> None:
    with pytest.raises(
        ValueError, match="hold_followed was 4, hold_closes 3; expected hold_followed <= hold_closes"
    ):
        replace(SHARES, hold_followed=4)


def test_what_is_held_is_the_smallest_of_as_many_targets_as_the_close_holds() -> None:
    targets = [0.9, 0.6, 0.9, 0.9, 0.3, 0.9, 0.9, 0.9]
    assert list(held(targets, [3] * 8)) == [0.9, 0.6, 0.6, 0.6, 0.3, 0.3, 0.3, 0.9]
    assert list(held(targets, [3, 3, 3, 2, 2, 2, 3, 1])) == [0.9, 0.6, 0.6, 0.9, 0.3, 0.3, 0.3, 0.9]


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.7, 1.0]), st.integers(1, 6)), max_size=30))
def test_what_is_held_is_the_plain_minimum(rows: list[tuple[float, int]]) -> None:
    targets, holds = [target for target, _ in rows], [hold for _, hold in rows]
    plain = [min(targets[max(0, place + 1 - hold) : place + 1]) for place, hold in enumerate(holds)]
    assert list(held(targets, holds)) == plain


def test_volatility_is_the_root_of_the_weighted_mean_of_squared_moves() -> None:
    # alpha = 2 / 4: weights 1, 1/2, 1/4 on the moves 0.02, -0.01, 0.03 from the last back: 6.75e-4 / 1.75.
    closes = [100.0]
    for move in (0.03, -0.01, 0.02):
        closes.append(closes[-1] * exp(move))
    found = list(volatilities(closes, 3))
    assert found[:3] == [None, None, None]
    assert found[3] == pytest.approx(sqrt(252 * 6.75e-4 / 1.75))


@given(st.lists(st.floats(50, 150), min_size=5, max_size=40), st.integers(2, 6))
def test_volatility_is_that_of_pandas(closes: Sequence[float], span: int) -> None:
    import numpy as np  # noqa: PLC0415 -- the second formulation alone needs it
    import pandas as pd  # noqa: PLC0415 -- likewise

    squares = np.log(pd.Series(closes)).diff() ** 2
    expected = np.sqrt(252 * squares.ewm(span=span, adjust=True).mean())
    for place, found in enumerate(volatilities(closes, span)):
        assert found == (None if place < span else pytest.approx(expected[place], rel=1e-9, abs=1e-12))


def test_prices_that_stand_still_have_no_volatility_and_take_the_full_share() -> None:
    still = list(volatilities([50.0] * 5, 3))
    assert still == [None, None, None, 0.0, 0.0]
    assert list(volatility_targets(still, SETTINGS, 0.2)) == [0.2, 0.2, 0.2, 1.0, 1.0]
    assert list(volatilities([], 3)) == []


@pytest.mark.parametrize(
    ("realised", "share"),
    [(0.6, 0.5), (0.3, 1.0), (0.2, 1.0), (1.2, 0.25), (1.3, 0.25), (0.0, 1.0), (None, 0.2)],
)
def test_the_share_is_target_over_realised_from_the_least_to_one(
    realised: float | None, share: float
) -> None:
    assert list(volatility_targets([realised], SETTINGS, 0.2)) == [pytest.approx(share)]
