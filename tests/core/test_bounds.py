"""Bounds of what was open: what was it worth at best and at worst in each minute."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.core.bounds import Bound, Held, Worth, floating, replay
from assistant.core.market import Deal, Unknown
from tests.core.pasts import FLAT, at, fill, minute

LONG = Held("IWM.US", 2.0, 200.0)
SHORT = Held("IWM.US", -2.0, 200.0)
WORTHS = {"IWM.US": FLAT, "SPY.US": Worth(46.5, 46.5)}


# What is open


def test_what_is_open_follows_the_deals() -> None:
    held = replay(
        [
            fill(1, 0, "buy", "in", lots=1.0, price=100.0),
            fill(2, 1, "buy", "in", lots=3.0, price=104.0),  # (100 + 3 x 104) / 4 = 103
            fill(3, 2, "sell", "out", lots=1.5, price=110.0),
            fill(4, 3, "sell", "inout", lots=4.0, price=108.0),  # 2.5 - 4 = -1.5, opened at 108
            fill(5, 4, "balance", "in", lots=0.0, broker_symbol=""),
            fill(6, 5, "buy", "out", lots=1.5, price=107.0),
        ]
    )
    expected = [None, (1, 100), (4, 103), (2.5, 103), (-1.5, 108), (-1.5, 108), None]
    assert [tuple(one.values()) for one in held.held] == [
        () if one is None else (Held("IWM.US", *one),) for one in expected
    ]
    assert held.problems == []


def test_positions_that_close_each_other_both_shrink() -> None:
    found = replay(
        [
            fill(1, 0, "buy", "in", position=7, lots=3.0),
            fill(2, 1, "sell", "in", position=8, lots=2.0, price=203.0),
            fill(3, 2, "sell", "out_by", position=7, lots=2.0, price=203.0, profit=558.0),
            fill(4, 2, "buy", "out_by", position=8, lots=2.0, price=203.0),
        ]
    )
    assert found.held[-1] == {7: Held("IWM.US", 1.0, 200.0)}
    assert found.worths == {}  # the price of such a deal is not one at which it was closed


@pytest.mark.parametrize(
    "deals",
    [
        [fill(9, 1, "sell", "out")],
        [fill(9, 1, "sell", "inout")],
        [fill(8, 0, "buy", "in", lots=1.0), fill(9, 1, "sell", "out", lots=2.0)],
    ],
)
def test_a_deal_that_closes_what_nothing_opened_is_named(deals: list[Deal]) -> None:
    found = replay(deals)
    assert found.problems == ["deal 9 of IWM.US closes what no known deal has opened"]
    assert found.held[-1] == {}


def test_results_of_deals_show_what_a_lot_earned() -> None:
    found = replay(
        [
            fill(1, 0, "buy", "in"),
            fill(2, 1, "sell", "out", lots=1.0, price=210.0, profit=930.0),  # 930 / 10 / 1 = 93
            fill(3, 2, "sell", "inout", lots=3.0, price=190.0, profit=-900.0),  # -900 / -10 / 1 = 90
            fill(4, 3, "buy", "out", lots=1.0, price=190.02, profit=-11.0),  # too near to tell
            fill(5, 3, "buy", "out", lots=0.01, price=180.0, profit=9.0),  # too little to tell
        ]
    )
    assert found.worths == {"IWM.US": Worth(90.0, 93.0)}


# Floating results


@pytest.mark.parametrize(
    ("held", "low", "high"),
    [
        (LONG, -372.0, 744.0),  # 2 x (198 - 200) x 93; 2 x (204 - 200) x 93
        (SHORT, -751.44, 364.56),  # 2 x (200 - 204.04) x 93; 2 x (200 - 198.04) x 93
    ],
)
def test_the_best_and_the_worst_price_of_every_minute_count(held: Held, low: float, high: float) -> None:
    minutes = {"IWM.US": [minute(0, 199, 204), minute(3, 198, 201)]}
    found = floating([held], at(0.5), at(4), minutes, WORTHS)
    assert found == pytest.approx((low, high))


def test_gains_count_at_the_dear_conversion_above_and_at_the_cheap_one_below() -> None:
    worths = {"IWM.US": Worth(90.0, 100.0)}
    gaining = {"IWM.US": [minute(0, 201, 203)]}
    assert floating([LONG], at(0), at(1), gaining, worths) == (2 * 1 * 90, 2 * 3 * 100)
    losing = {"IWM.US": [minute(0, 197, 199)]}
    assert floating([LONG], at(0), at(1), losing, worths) == (2 * -3 * 100, 2 * -1 * 90)


def test_only_prices_of_the_time_count_and_the_one_that_stood_at_its_begin() -> None:
    minutes = {
        "IWM.US": [minute(-9, 100, 300), minute(-3, 190, 195), minute(2, 199, 201), minute(5, 100, 300)]
    }
    assert floating([LONG], at(0), at(5), minutes, WORTHS) == (2 * -10 * 93, 2 * 1 * 93)
    # the minute of an instant holds it, and the price before may have stood until its first tick
    assert floating([LONG], at(2.5), at(2.5), minutes, WORTHS) == (2 * -10 * 93, 2 * 1 * 93)
    assert floating([LONG], at(4), at(4), minutes, WORTHS) == (2 * -1 * 93, 2 * 1 * 93)
    assert floating([LONG], at(-9), at(-8), minutes, WORTHS) == (2 * -100 * 93, 2 * 100 * 93)


def test_at_a_fill_the_price_is_known_so_the_one_before_does_not_count() -> None:
    minutes = {"IWM.US": [minute(-600, 150, 160), minute(0, 199, 201), minute(1, 199, 200)]}
    bought, sold = fill(1, 0.2, "buy", "in", price=202.0), fill(2, 1.5, "sell", "out", price=197.0)
    # bought at the ask: a bid of 202 - 0.04 at least; sold at the bid of 197
    expected = (2 * -3 * 93, 2 * 2 * 93)
    assert floating([LONG], at(0.2), at(1.5), minutes, WORTHS, [sold, bought]) == expected


def test_what_is_bought_at_the_lowest_price_was_bid_a_spread_below_it() -> None:
    minutes = {"IWM.US": [minute(0, 199, 201)]}
    bought = fill(1, 0.5, "buy", "in", price=198.0)
    assert floating([LONG], at(0.5), at(1), minutes, WORTHS, [bought]) == pytest.approx(
        (2 * -2.04 * 93, 2 * 1 * 93)
    )


def test_a_fill_in_another_symbol_tells_no_price() -> None:
    minutes = {"IWM.US": [minute(-600, 150, 160), minute(0, 199, 201), minute(1, 199, 200)]}
    other = [fill(1, 0.2, "buy", "in", broker_symbol="SPY.US"), fill(2, 0.2, "balance", "in")]
    assert floating([LONG], at(0.2), at(1.5), minutes, WORTHS, other) == (2 * -50 * 93, 2 * 1 * 93)


def test_two_symbols_add_up_minute_by_minute() -> None:
    spy = Held("SPY.US", -1.0, 500.0)
    minutes = {
        "IWM.US": [minute(0, 200, 200), minute(1, 204, 204), minute(2, 200, 200), minute(9, 200, 200)],
        "SPY.US": [minute(0, 499.96, 499.96), minute(5, 489.96, 489.96), minute(9, 499.96, 499.96)],
    }
    # IWM earns 2 x 4 x 93 = 744 in minute 1 (and may stand so at the begin of 2), SPY 10 x 46.5 = 465 in 5
    assert floating([LONG, spy], at(0), at(10), minutes, WORTHS) == pytest.approx((0, 744))
    joint = minutes | {"SPY.US": [minute(0, 499.96, 499.96), minute(2, 489.96, 489.96)]}
    # SPY may have ticked in minute 2 before IWM
    assert floating([LONG, spy], at(0), at(10), joint, WORTHS) == pytest.approx((0, 744 + 465))


def test_a_fill_counts_with_its_minute_where_several_symbols_are_open() -> None:
    minutes = {"IWM.US": [minute(0, 200, 200)], "SPY.US": [minute(0, 500, 500), minute(3, 500, 500)]}
    sold = fill(2, 3, "sell", "out", price=190.0)
    found = floating([LONG, Held("SPY.US", 1.0, 500.0)], at(0), at(3), minutes, WORTHS, [sold])
    assert found == (2 * -10 * 93, 0)


# What is not known


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [
        ({}, "prices of IWM.US were not read"),
        ({"IWM.US": Unknown("the terminal has none")}, "the terminal has none"),
        ({"IWM.US": []}, "no price of IWM.US is known before it"),
        ({"IWM.US": [minute(5, 199, 201)]}, "no price of IWM.US is known before it"),
    ],
)
def test_without_prices_there_is_no_bound(minutes: dict[str, Any], reason: str) -> None:
    spy = {"SPY.US": [minute(0, 499, 501)]}
    found = floating([LONG, Held("SPY.US", 1.0, 500.0)], at(0.5), at(9), minutes | spy, WORTHS)
    assert found == {"IWM.US": Unknown(reason)}


def test_a_fill_makes_up_for_the_price_before_but_not_for_all_prices() -> None:
    bought = fill(1, 0.5, "buy", "in")
    minutes = {"IWM.US": [minute(5, 199, 201)]}
    assert isinstance(floating([LONG], at(0.5), at(9), minutes, WORTHS, [bought]), Bound)
    found = floating([LONG], at(0.5), at(4), minutes, WORTHS, [bought])
    assert found == {"IWM.US": Unknown("no price of IWM.US is known before it")}


def test_without_its_worth_there_is_no_bound() -> None:
    minutes = {"IWM.US": [minute(0, 199, 201)]}
    assert floating([LONG], at(0), at(1), minutes, {}) == {
        "IWM.US": Unknown("what a lot of IWM.US earns is not known")
    }
