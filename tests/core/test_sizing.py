from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.caps import Cap, Kind, Rung, Unit
from assistant.core.market import Instrument, PerLot, Quote, Side, TradeMode, Unknown
from assistant.core.sizing import (
    Money,
    OpenRisk,
    Stops,
    average_true_range,
    broker_caps,
    decide,
    floor_to_step,
    idea_cap,
    margin_cap,
    normal_cap,
    open_risk,
    orderable,
    rungs,
    sizing_facts,
    smallest_money,
    stops,
)
from tests.core.builders import (
    ACCOUNT,
    AS_OF,
    BUY,
    BUY_IWM,
    IWM,
    IWM_BARS,
    IWM_QUOTE,
    ORDER,
    POSITION,
    SELL,
    SELL_IWM,
    SIZING,
    XLU_BARS,
    a_cap,
    closes,
    normal,
)

# -- how far a stop is --


def test_the_average_true_range_counts_gaps() -> None:
    # IWM, sessions 4 to 6: gap up 42.5 - 40.0 = 2.5, gap down 42.0 - 38.5 = 3.5, no gap 41.0 - 38.0 = 3.0.
    assert average_true_range(IWM_BARS, 3) == pytest.approx(3.0)
    # Two sessions: (3.5 + 3.0) / 2.
    assert average_true_range(IWM_BARS, 2) == pytest.approx(3.25)
    # XLU: 26.4 - 25.7 = 0.7, gap up 27.1 - 26.0 = 1.1, gap down 26.9 - 25.4 = 1.5.
    assert average_true_range(XLU_BARS, 3) == pytest.approx(1.1)


def test_the_average_true_range_needs_a_close_before_its_first_session() -> None:
    assert average_true_range(IWM_BARS[:4], 3) is not None
    assert average_true_range(IWM_BARS[:3], 3) is None
    assert average_true_range((), 3) is None


@pytest.mark.parametrize(
    ("instrument", "quote", "minimum"),
    [
        (IWM, IWM_QUOTE, 1.5),  # 0.5 x 3.0 of the range; spread 3 x 0.06 = 0.18
        (IWM, replace(IWM_QUOTE, ask=40.60), 1.8),  # 3 x 0.60 of the spread
        (replace(IWM, stops_level=1.9), IWM_QUOTE, 1.9),  # the broker's own
    ],
)
def test_the_smallest_stop_is_the_largest_of_broker_spread_and_range(
    instrument: Instrument, quote: Quote, minimum: float
) -> None:
    found = stops(instrument, quote, IWM_BARS, SIZING)
    assert isinstance(found, Stops)
    assert found.minimum == pytest.approx(minimum)
    assert found.default == pytest.approx(7.5)  # 2.5 x 3.0


def test_the_default_stop_is_never_nearer_than_the_smallest() -> None:
    wide = replace(IWM_QUOTE, ask=42.70)  # 3 x 2.70 = 8.1, more than 7.5
    found = stops(IWM, wide, IWM_BARS, SIZING)
    assert isinstance(found, Stops)
    assert (found.minimum, found.default) == pytest.approx((8.1, 8.1))


def test_without_quote_bars_or_movement_no_stop_is_known() -> None:
    gone = Unknown("gone")
    assert stops(IWM, gone, IWM_BARS, SIZING) is gone
    assert stops(IWM, IWM_QUOTE, gone, SIZING) is gone
    needed = Unknown("3 sessions of bars, 4 that move are needed")
    assert stops(IWM, IWM_QUOTE, IWM_BARS[:3], SIZING) == needed
    still = tuple(replace(bar, open=40.0, high=40.0, low=40.0, close=40.0) for bar in closes(40, 40, 40, 40))
    assert stops(IWM, IWM_QUOTE, still, SIZING) == Unknown("4 sessions of bars, 4 that move are needed")


@pytest.mark.parametrize(("side", "sizing"), [(BUY, BUY_IWM), (SELL, SELL_IWM)])
def test_each_side_has_its_own_prices_loss_and_margin(side: Side, sizing: object) -> None:
    assert sizing_facts(IWM, side, IWM_QUOTE, Stops(1.5, 7.5)) == sizing


def test_a_missing_fact_stands_where_the_sizing_would() -> None:
    gone = Unknown("gone")
    assert sizing_facts(IWM, BUY, gone, Stops(1.5, 7.5)) is gone
    assert sizing_facts(IWM, BUY, IWM_QUOTE, gone) is gone
    half = replace(IWM, per_lot={BUY: gone, SELL: PerLot(21.0, 139.5)})
    assert sizing_facts(half, BUY, IWM_QUOTE, Stops(1.5, 7.5)) is gone
    assert sizing_facts(half, SELL, IWM_QUOTE, Stops(1.5, 7.5)) == SELL_IWM


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


# -- what is open already --


def held(**changes: object) -> OpenRisk:
    position = replace(POSITION, **changes)  # type: ignore[arg-type]  # its fields have several types
    return open_risk("IWM.US", BUY, BUY_IWM, [position], [])


def test_an_open_position_risks_the_way_from_its_entry_to_its_stop() -> None:
    # Bought at 41.0, stop 38.5, now 40.00: max(2.5, 1.5) x 20 x 0.5 lots.
    assert held() == OpenRisk(0.5, 25.0)


def test_a_position_in_profit_risks_the_way_back_from_the_present_price() -> None:
    # Bought at 39.0, stop 38.5, now 40.00: max(0.5, 1.5) x 20 x 0.5 lots.
    assert held(price=39.0) == OpenRisk(0.5, 15.0)


def test_a_stop_in_profit_still_leaves_the_way_from_the_present_price() -> None:
    # Bought at 36.0, stop 38.2, now 40.00: max(-2.2, 1.8, -4) x 20 x 0.5 lots.
    risk = held(price=36.0, stop=38.2)
    assert risk.lots == 0.5
    assert risk.money == pytest.approx(18.0)


def test_a_tight_stop_counts_as_it_did_when_the_order_was_sized() -> None:
    # Bought at 40.00, stop 39.9, now 40.00: 0.1 away, computed at min_stop 1.5 x 20 x 0.5 lots.
    assert held(price=40.0, stop=39.9).money == pytest.approx(15.0)
    waiting = replace(ORDER, broker_symbol="IWM.US", side=BUY, lots=0.6, price=38.0, stop=37.8)
    risk = open_risk("IWM.US", BUY, BUY_IWM, [], [waiting])
    assert risk.money == pytest.approx(18.0)  # 1.5 x 20 x 0.6


def test_costs_and_gaps_count_for_what_is_open_too() -> None:
    dear = replace(BUY_IWM, cost_per_lot=3.5, floor_loss_per_lot=61.0)
    risk = open_risk("IWM.US", BUY, dear, [replace(POSITION, price=40.0, stop=37.9)], [])
    assert risk.money == pytest.approx(30.5)  # 2.1 x 20 + 3.5 = 45.5 a lot, at least 61; x 0.5


def test_a_losing_position_makes_no_room_for_another() -> None:
    # Bought at 44.0, stop 39.8, now 40.00: max(4.2, 0.2) x 20 x 0.5 lots, though 0.2 is all that is left.
    risk = held(price=44.0, stop=39.8)
    assert risk.lots == 0.5
    assert risk.money == pytest.approx(42.0)


def test_a_stop_that_the_price_has_passed_gives_no_room_back() -> None:
    # Bought at 43.0, stop 41.0, now 40.00 and not yet closed: max(2, -1, 3) x 20 x 0.5 lots.
    assert held(price=43.0, stop=41.0).money == pytest.approx(30.0)
    # Bought at 39.0, stop 41.0: max(-2, -1, -1) is none, computed at min_stop 1.5 x 20 x 0.5 lots.
    assert held(price=39.0, stop=41.0).money == pytest.approx(15.0)


def test_a_position_without_a_stop_is_not_bounded() -> None:
    assert held(stop=None) == OpenRisk(0.5, None)


def test_a_short_position_is_measured_upwards_from_the_ask() -> None:
    short = replace(POSITION, side=SELL, price=39.5, stop=42.0)
    # Sold at 39.5, stop 42.0, now 40.06: max(2.5, 1.94) x 21 x 0.5 lots.
    risk = open_risk("IWM.US", SELL, SELL_IWM, [short], [])
    assert risk.lots == 0.5
    assert risk.money == pytest.approx(26.25)
    assert open_risk("IWM.US", BUY, BUY_IWM, [short], []) == OpenRisk(0.0, 0.0)


def test_a_pending_order_counts_as_if_it_were_filled_at_its_price() -> None:
    waiting = replace(ORDER, broker_symbol="IWM.US", side=BUY, lots=0.6, price=38.0, stop=36.5)
    # (38.0 - 36.5) x 20 x 0.6 lots; the present price of 40.00 plays no part.
    risk = open_risk("IWM.US", BUY, BUY_IWM, [], [waiting])
    assert risk.lots == 0.6
    assert risk.money == pytest.approx(18.0)
    both = open_risk("IWM.US", BUY, BUY_IWM, [POSITION], [waiting])
    assert both.lots == pytest.approx(1.1)
    assert both.money == pytest.approx(43.0)  # 25 + 18
    unbounded = open_risk("IWM.US", BUY, BUY_IWM, [POSITION], [replace(waiting, stop=None)])
    assert unbounded.money is None


def test_other_symbols_are_no_part_of_the_idea() -> None:
    assert open_risk("SPY.US", BUY, BUY_IWM, [POSITION], [ORDER]) == OpenRisk(0.0, 0.0)


def test_what_a_lot_loses_must_be_known_only_where_something_is_open() -> None:
    gone = Unknown("gone")
    assert open_risk("IWM.US", BUY, gone, [POSITION], []) == OpenRisk(0.5, None)
    assert open_risk("IWM.US", SELL, gone, [POSITION], []) == OpenRisk(0.0, 0.0)


# -- caps --


def test_normal_risk_is_a_share_of_the_risk_base_and_says_so() -> None:
    cap = normal_cap(ACCOUNT, SIZING)  # 0.005 x (99550 - 250)
    assert (cap.name, cap.unit, cap.kind) == ("normal", Unit.MONEY, Kind.CONDITION)
    assert cap.value == pytest.approx(496.5)
    assert cap.reason == "0.50 % of equity 99550.00 less credit 250.00 is 496.50"


def test_normal_risk_names_the_balance_where_it_is_the_smaller() -> None:
    account = replace(ACCOUNT, balance=97_000.0, credit=0.0)
    assert normal_cap(account, SIZING).reason == "0.50 % of balance 97000.00 is 485.00"


CAPS = [normal(496.5), a_cap(0.7, Unit.SHARE, "regime")]  # the idea may lose 347.55


def test_what_is_at_risk_already_counts_against_the_idea() -> None:
    cap = idea_cap("IWM", BUY, CAPS, OpenRisk(0.5, 25.0))
    assert cap is not None
    assert (cap.name, cap.unit, cap.scope, cap.side) == ("idea", Unit.MONEY, "IWM", BUY)
    assert cap.value == pytest.approx(322.55)  # 347.55 - 25
    assert cap.reason == "25.00 of 347.55 at risk already in 0.5 lots buy"


def test_an_idea_that_is_used_up_leaves_nothing_and_never_less() -> None:
    cap = idea_cap("IWM", BUY, CAPS, OpenRisk(2.5, 400.0))
    assert cap is not None
    assert cap.value == 0.0


def test_an_idea_without_a_stop_leaves_nothing() -> None:
    cap = idea_cap("IWM", SELL, CAPS, OpenRisk(0.5, None))
    assert cap is not None
    assert (cap.value, cap.reason) == (0.0, "0.5 lots sell open or pending without a stop-loss")


def test_an_idea_of_which_nothing_is_open_has_no_cap() -> None:
    assert idea_cap("IWM", BUY, CAPS, OpenRisk(0.0, 0.0)) is None


def test_the_idea_is_measured_against_shares_not_against_other_money() -> None:
    money = a_cap(100.0, Unit.MONEY, "heat")
    cap = idea_cap("IWM", BUY, [*CAPS, money, a_cap(0.2)], OpenRisk(0.5, 25.0))
    assert cap is not None
    assert cap.value == pytest.approx(322.55)


@pytest.mark.parametrize(
    ("free_margin", "lots"),
    [
        (4_000.0, 20.363636),  # 4000 x 0.7 / 137.5
        (0.0, 0.0),
        (-500.0, 0.0),
    ],
)
def test_the_free_margin_carries_so_many_lots_part_of_it_kept_back(free_margin: float, lots: float) -> None:
    cap = margin_cap("IWM", BUY, replace(ACCOUNT, free_margin=free_margin), BUY_IWM, SIZING)
    assert (cap.name, cap.unit, cap.scope, cap.side) == ("margin", Unit.LOTS, "IWM", BUY)
    assert cap.value == pytest.approx(lots)
    assert cap.reason == f"{free_margin:.2f} free margin, 30 % kept back, 137.50 a lot"


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
