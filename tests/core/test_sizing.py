from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.caps import Cap, Kind, Rung, Unit
from assistant.core.market import Side, TradeMode
from assistant.core.sizing import (
    Money,
    broker_caps,
    decide,
    floor_to_step,
    normal_cap,
    orderable,
    payable,
    rungs,
    smallest_money,
)
from tests.core.builders import (
    ACCOUNT,
    AS_OF,
    BUY,
    BUY_IWM,
    IWM,
    IWM_QUOTE,
    SELL,
    SIZING,
    a_cap,
    normal,
)

# -- what a lot loses --


@pytest.mark.parametrize(
    ("distance", "cost", "floor", "loss"),
    [
        (7.5, 0.0, 0.0, 150.0),  # 7.5 x 20
        (1.5, 0.0, 0.0, 30.0),  # exactly the smallest stop
        (0.5, 0.0, 0.0, 30.0),  # tighter: computed at 1.5
        (7.5, 3.25, 0.0, 153.25),
        (0.5, 3.25, 0.0, 33.25),
        (7.5, 3.25, 160.0, 160.0),  # the floor is more than 153.25
        (9.0, 3.25, 160.0, 183.25),  # the floor is less than 9 x 20 + 3.25
    ],
)
def test_a_lot_loses_distance_and_cost_but_never_less_than_the_floor(
    distance: float, cost: float, floor: float, loss: float
) -> None:
    sizing = replace(BUY_IWM, cost_per_lot=cost, floor_loss_per_lot=floor)
    assert sizing.loss_per_lot(distance) == pytest.approx(loss)


# -- rounding --


@pytest.mark.parametrize(
    ("lots", "step", "rounded"),
    [
        (0.3, 0.1, 0.3),  # 0.3 / 0.1 is 2.9999999999999996
        (0.7, 0.1, 0.7),
        (6.99999999995, 0.1, 7.0),  # 5e-10 of a step short: forgiven
        (6.9999999998, 0.1, 6.9),  # 2e-9 of a step short: not
        (0.39, 0.1, 0.3),
        (0.0999, 0.1, 0.0),
        (7.777, 0.25, 7.75),
        (1234.567, 0.01, 1234.56),
        (17.0, 5.0, 15.0),
        (0.0, 0.1, 0.0),
    ],
)
def test_lots_are_rounded_down_to_the_step(lots: float, step: float, rounded: float) -> None:
    assert floor_to_step(lots, step) == rounded


@given(st.floats(0, 1e5), st.sampled_from([0.01, 0.1, 0.25, 0.3, 2.0, 100.0]))
def test_rounding_never_rises_beyond_what_is_forgiven_nor_falls_a_whole_step(
    lots: float, step: float
) -> None:
    rounded = floor_to_step(lots, step)
    assert rounded <= lots + 1e-9 * step + 1e-10
    assert rounded > lots - step - 1e-9
    assert floor_to_step(rounded, step) == rounded


@pytest.mark.parametrize(
    ("lots", "ordered"),
    [
        (0.3, 0.3),
        (0.29999999999, 0.3),  # 1e-10 of a step short of the smallest order
        (0.2999, 0.0),  # below the smallest order is nothing, never the smallest order
        (0.35, 0.3),
        (-2.0, 0.0),
        (0.0, 0.0),
    ],
)
def test_below_the_smallest_order_is_nothing(lots: float, ordered: float) -> None:
    assert orderable(lots, volume_min=0.3, volume_step=0.1) == ordered


# -- rungs --


def test_shares_and_money_travel_down_to_lots_and_keep_their_names_and_order() -> None:
    caps = [
        normal(496.5),
        a_cap(0.7, Unit.SHARE, "regime"),
        a_cap(123.0, Unit.MONEY, "heat"),
        replace(a_cap(0.2, Unit.SHARE, "dry"), advisory=True),
        a_cap(7.7, Unit.LOTS, "volume_max"),
    ]
    ladder = rungs(caps, BUY_IWM, 7.5)  # a lot loses 150
    assert [rung.name for rung in ladder] == ["normal", "regime", "heat", "dry", "volume_max"]
    lots = [rung.lots for rung in ladder]
    # 496.5/150, 0.7 x 496.5/150, 123/150, 0.2 x 496.5/150, 7.7
    assert lots == pytest.approx([3.31, 2.317, 0.82, 0.662, 7.7])
    assert [rung.advisory for rung in ladder] == [False, False, False, True, False]
    assert ladder[0].reason == "why normal; 150.00 a lot to the stop"
    assert ladder[1].reason == "why regime"


def test_a_wider_stop_leaves_fewer_lots_and_does_not_touch_caps_in_lots() -> None:
    ladder = rungs([normal(496.5), a_cap(7.7)], BUY_IWM, 15.0)  # a lot loses 300
    assert [rung.lots for rung in ladder] == pytest.approx([1.655, 7.7])


def test_the_smallest_money_is_found_after_all_shares_and_before_any_lots() -> None:
    share = a_cap(0.7, Unit.SHARE, "regime")  # 347.55
    caps = [normal(496.5), share, a_cap(360.0, Unit.MONEY, "heat"), a_cap(0.1)]
    found = smallest_money(caps)
    assert found.name == "regime"
    assert found.value == pytest.approx(347.55)


def test_the_smallest_money_is_never_advisory() -> None:
    dry = replace(a_cap(0.1, Unit.SHARE, "dry"), advisory=True)
    assert smallest_money([normal(496.5), dry]) == Money(496.5, "normal")


def test_rounding_that_leaves_nothing_is_the_brokers_smallest_order() -> None:
    decided = decide([Rung("regime", 0.28, "")], 0.3, 0.1)
    assert (decided.name, decided.lots) == ("volume_min", 0.0)
    assert decided.reason == "regime leaves 0.28 lots, the broker's smallest order is 0.3"


@pytest.mark.parametrize("lots", [0.0, 0.3, 2.2])
def test_a_rung_that_leaves_an_order_or_nothing_at_all_decides_itself(lots: float) -> None:
    rung = Rung("regime", lots, "why")
    assert decide([Rung("normal", 3.3, ""), rung], 0.3, 0.1) is rung


def test_what_would_bind_is_decided_with_the_advisory_rungs() -> None:
    ladder = [Rung("normal", 3.3, ""), Rung("dry", 0.2, "", advisory=True)]
    assert decide(ladder, 0.3, 0.1).name == "normal"
    would = decide(ladder, 0.3, 0.1, advisory=True)
    assert (would.name, would.lots, would.advisory) == ("volume_min", 0.0, True)


# -- caps --


def test_normal_risk_is_a_share_of_the_risk_base_and_says_so() -> None:
    cap = normal_cap(ACCOUNT, SIZING.risk_per_trade)  # 0.005 x (99550 - 250)
    assert (cap.name, cap.unit, cap.kind) == ("normal", Unit.MONEY, Kind.CONDITION)
    assert cap.value == pytest.approx(496.5)
    assert cap.reason == "0.50 % of equity 99550.00 less credit 250.00 is 496.50"


def test_normal_risk_names_the_balance_where_it_is_the_smaller() -> None:
    account = replace(ACCOUNT, balance=97_000.0, credit=0.0)
    assert normal_cap(account, SIZING.risk_per_trade).reason == "0.50 % of balance 97000.00 is 485.00"


@pytest.mark.parametrize(
    ("most", "money", "reason"),
    [
        (98_000.0, 490.0, "0.50 % of the initial balance 98000.00 is 490.00"),
        (99_300.0, 496.5, "0.50 % of equity 99550.00 less credit 250.00 is 496.50"),  # just the risk base
        (120_000.0, 496.5, "0.50 % of equity 99550.00 less credit 250.00 is 496.50"),
        (None, 496.5, "0.50 % of equity 99550.00 less credit 250.00 is 496.50"),
    ],
)
def test_profit_of_a_funded_account_makes_no_order_larger(
    most: float | None, money: float, reason: str
) -> None:
    cap = normal_cap(ACCOUNT, SIZING.risk_per_trade, most)
    assert (cap.name, cap.unit, cap.kind, cap.reason) == ("normal", Unit.MONEY, Kind.CONDITION, reason)
    assert cap.value == pytest.approx(money)


@pytest.mark.parametrize(
    ("mode", "refused"),
    [
        (TradeMode.FULL, []),
        (TradeMode.LONG_ONLY, [SELL]),
        (TradeMode.SHORT_ONLY, [BUY]),
        (TradeMode.CLOSE_ONLY, [BUY, SELL]),
        (TradeMode.DISABLED, [BUY, SELL]),
    ],
)
def test_the_broker_limits_an_order_and_the_sides_it_takes(mode: TradeMode, refused: list[Side]) -> None:
    largest, *zero = broker_caps(replace(IWM, trade_mode=mode))
    assert largest == Cap("volume_max", 7.7, Unit.LOTS, Kind.CONDITION, "broker's largest order", scope="IWM")
    assert [(cap.name, cap.value, cap.side, cap.scope) for cap in zero] == [
        ("trade_mode", 0.0, side, "IWM") for side in refused
    ]
    assert all(cap.reason == f"the broker's trade mode is {mode}" for cap in zero)


def test_the_fixture_is_quoted_when_it_says() -> None:
    assert (AS_OF - IWM_QUOTE.at).total_seconds() == 10


# -- what an order costs beside its lots --

DEAR = replace(BUY_IWM, cost_per_lot=3.25, cost_per_order=2.5, floor_loss_per_lot=160.0)


def test_an_order_pays_for_itself_once_whatever_its_lots() -> None:
    assert DEAR.worst(0.6, 9.0) == pytest.approx(112.45)  # 0.6 x (9 x 20 + 3.25) + 2.5
    assert DEAR.worst(0.6, 7.5) == pytest.approx(98.5)  # 0.6 x 160 + 2.5: the gap is more than 153.25
    assert DEAR.stop_loss(0.6, 7.5) == pytest.approx(94.45)  # 0.6 x 153.25 + 2.5
    assert DEAR.stop_loss(0.6, 0.5) == pytest.approx(22.45)  # computed at 1.5: 0.6 x 33.25 + 2.5
    assert DEAR.worst(0.0, 7.5) == 0.0
    assert DEAR.stop_loss(0.0, 7.5) == 0.0


def test_what_an_order_costs_is_gone_before_lots_are_bought_with_money() -> None:
    ladder = rungs([normal(496.5), a_cap(0.005, Unit.SHARE, "regime"), a_cap(0.7)], DEAR, 9.0)
    # (496.5 - 2.5) / 183.25; 2.4825 - 2.5 is less than nothing; lots are lots.
    assert [rung.lots for rung in ladder] == pytest.approx([2.695771, 0.0, 0.7])
    assert payable([normal(496.5), a_cap(0.7)], DEAR) == Money(494.0, "normal")
    assert payable([normal(496.5), a_cap(2.4, Unit.MONEY, "idea")], DEAR) == Money(0.0, "idea")


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (9.0, "why normal; 183.25 a lot to the stop and 2.50 an order"),
        (7.5, "why normal; 160.00 a lot in a gap over night and 2.50 an order"),
        (
            7.8375,
            "why normal; 160.00 a lot to the stop and 2.50 an order",
        ),  # 156.75 + 3.25: as much as the gap
    ],
)
def test_normal_risk_says_what_a_lot_may_lose_and_to_what(distance: float, said: str) -> None:
    (rung,) = rungs([normal(496.5)], DEAR, distance)
    assert rung.reason == said
