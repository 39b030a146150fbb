from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.costs import (
    Commission,
    Cost,
    CostSettings,
    Lot,
    PlanSettings,
    RoundTrip,
    Terms,
    commissions,
    cost_of,
    gap_share,
    held_over,
    learned,
    lot_of,
    sizing_facts,
    slippages,
)
from assistant.core.distances import Stops, ranges_of
from assistant.core.market import Contract, Deal, Fill, Hours, Instrument, PerLot, SessionState, Side, Unknown
from assistant.core.sizing import Sizing
from tests.core.builders import (
    AS_OF,
    BUY,
    BUY_IWM,
    COSTS,
    IWM,
    IWM_BARS,
    IWM_QUOTE,
    OPEN,
    PLAN,
    SELL,
    SELL_IWM,
    SHUT,
)

GONE = Unknown("gone")
RANGES = ranges_of(IWM_BARS, 3)  # average true range 3.0; worst gaps 2.2 / 42 down, 0.03 up
DEAR = CostSettings(commission_per_lot=1.25, commission_minimum=3.0, slippage=0.0004, conversion_stress=0.02)
TERMS = Terms("USD", COSTS, PLAN, over_night=False, trips={})


def deal(lots: float, commission: float, fee: float = 0.0, entry: str = "in", kind: str = "buy") -> Deal:
    return Deal(
        ticket=1,
        at=AS_OF,
        kind=kind,
        entry=entry,
        position=7,
        broker_symbol="IWM.US",
        lots=lots,
        price=40.0,
        profit=0.0,
        commission=commission,
        swap=0.0,
        fee=fee,
    )


# -- commissions --


@pytest.mark.parametrize(
    ("deals", "opening"),
    [
        ([deal(4, -4.8), deal(10, -12.0)], Commission(1.2, 0.0, 0.0)),
        # 0.02 a lot and 1.00 an order at least: 200 lots show the rate, 10 and 30 the least.
        ([deal(10, -1.0), deal(200, -4.0), deal(30, -1.0)], Commission(0.02, 1.0, 0.0)),
        # Only small orders: 1.00 for 30 lots is taken for the rate, so nothing is ever charged too little.
        ([deal(10, -1.0), deal(30, -1.0)], Commission(1 / 30, 1.0, 0.0)),
        # Of two with as many lots the dearer one counts; 0.1 % above the rate is rounding, no smallest one.
        ([deal(8, -9.6), deal(8, -10.4), deal(2, -2.6026)], Commission(1.3, 0.0, 0.0)),
        ([deal(4, -4.8, -0.35), deal(10, -12.0, -0.4)], Commission(1.2, 0.0, 0.4)),
        ([deal(4, 0.6)], Commission(0.0, 0.0, 0.0)),  # a rebate pays for nothing
    ],
)
def test_a_symbol_is_charged_what_its_past_deals_were(deals: list[Deal], opening: Commission) -> None:
    assert learned(deals) == {"IWM.US": RoundTrip(opening, None)}


def test_opening_and_closing_deals_are_charged_each_by_its_own_rate() -> None:
    trip = learned([deal(10, -12.0), deal(10, -3.0, entry="out"), deal(2, -1.0, entry="out")])["IWM.US"]
    assert trip == RoundTrip(Commission(1.2, 0.0, 0.0), Commission(0.3, 1.0, 0.0))
    only = Commission(0.3, 0.0, 0.0)
    assert learned([deal(10, -3.0, entry="out")]) == {"IWM.US": RoundTrip(None, only)}


def test_what_is_no_trade_teaches_nothing() -> None:
    assert learned([deal(10, -99.0, kind="balance"), deal(0.0, -99.0)]) == {}
    assert learned(Unknown("history_deals_get failed")) == {}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_deal_whose_numbers_are_none_teaches_nothing(number: float) -> None:
    one = Commission(1.2, 0.0, 0.0)
    assert learned([deal(10, -12.0), deal(20, number), deal(30, -3.0, fee=-number)]) == {
        "IWM.US": RoundTrip(one, None)
    }


def test_without_past_deals_the_configured_commission_counts_both_ways() -> None:
    one = Commission(1.25, 3.0, 0.0)
    assert commissions(None, DEAR) == (one, one)


@pytest.mark.parametrize(
    ("known", "unknown"),
    [
        (Commission(0.0, 0.0, 0.0), Commission(1.25, 3.0, 0.0)),  # it may be charged at the close
        (Commission(1.5, 2.0, 0.35), Commission(1.5, 3.0, 0.35)),  # the dearer of each
    ],
)
def test_the_way_that_no_deal_shows_costs_what_is_configured_or_what_the_other_does(
    known: Commission, unknown: Commission
) -> None:
    assert commissions(RoundTrip(known, None), DEAR) == (known, unknown)
    assert commissions(RoundTrip(None, known), DEAR) == (unknown, known)
    assert commissions(RoundTrip(known, known), DEAR) == (known, known)


# -- slippage --


def stops_filled(*ticks: int, side: Side = SELL, symbol: str = "IWM.US") -> list[Fill]:
    """Stops at 40.00, filled so many ticks of 0.02 worse."""
    return [Fill(symbol, side, 40.0, 40.0 + side.sign * 0.02 * worse) for worse in ticks]


@pytest.mark.parametrize("side", Side)
def test_nine_in_ten_stops_were_filled_no_worse_than_the_measured_slippage(side: Side) -> None:
    # The ninth of ten in their order is 3 ticks worse: 0.06 of 40.
    ten = stops_filled(3, 0, 0, -2, 1, 8, 0, 1, 2, 0, side=side)
    assert slippages(ten) == {"IWM.US": pytest.approx(0.0015)}
    # Of eleven it is the tenth (9.9), of twenty the eighteenth.
    assert slippages([*ten, *stops_filled(6, side=side)]) == {"IWM.US": pytest.approx(0.003)}
    twenty = stops_filled(*range(20), side=side)
    assert slippages(twenty) == {"IWM.US": pytest.approx(17 * 0.0005)}


def test_fewer_than_ten_stops_show_nothing_and_each_symbol_is_measured_by_itself() -> None:
    nine, ten = stops_filled(*[4] * 9), stops_filled(*[-4] * 10, symbol="#XLU")
    assert slippages([*nine, *ten]) == {"#XLU": pytest.approx(-0.002)}
    assert slippages(Unknown("history_orders_get failed")) == slippages(()) == {}


def test_a_slippage_of_more_than_a_twentieth_is_a_gap_and_counts_as_that_much() -> None:
    assert slippages(stops_filled(*[99] * 10)) == {"IWM.US": pytest.approx(0.0495)}  # 1.98 of 40
    assert slippages(stops_filled(*[101] * 10)) == {"IWM.US": 0.05}


@pytest.mark.parametrize(
    ("measured", "slipped"),
    [
        (0.0015, 2.4036),  # 2 x 0.0015 x 40.06 x 20
        (0.0003, 0.64096),  # 0.0004 as configured
        (-0.002, 0.64096),
    ],
)
def test_the_larger_of_the_measured_and_the_configured_slippage_counts(
    measured: float, slipped: float
) -> None:
    terms = replace(TERMS, costs=DEAR, slippage={"IWM.US": measured, "#XLU": 0.04})
    found = sizing_facts(IWM, BUY, IWM_QUOTE, Stops(1.5, 7.5), RANGES, terms)
    assert isinstance(found, Sizing)
    assert found.cost_per_lot == pytest.approx(2.5 + slipped)  # commission 1.25 both ways


# -- what the broker's numbers say of a lot --


def contract(**changes: object) -> Contract:
    assert isinstance(IWM.contract, Contract)
    return replace(IWM.contract, **changes)  # type: ignore[arg-type]  # its fields have several types


def instrument(loss: float = 20.0, **changes: object) -> Instrument:
    """IWM whose lot loses so much per 1.0 of price: 20 shares; a tick of 0.005 is worth 0.1, also 20."""
    return replace(IWM, contract=contract(**changes), per_lot={side: PerLot(loss, 137.5) for side in Side})


def test_of_numbers_that_agree_within_a_hundredth_the_dearest_counts() -> None:
    assert lot_of(instrument(20.0), BUY, "USD", 0.02) == Lot(20.0, 137.5, 0.7)
    assert lot_of(instrument(19.81), BUY, "USD", 0.02) == Lot(20.0, 137.5, 0.7)
    assert lot_of(instrument(20.0, size=20.15), BUY, "USD", 0.02) == Lot(20.15, 137.5, 0.7)
    assert lot_of(instrument(20.19), BUY, "USD", 0.02) == Lot(20.19, 137.5, 0.7)


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (instrument(20.3), "a lot loses 20.3 USD per 1.0 of price by order_calc_profit, 20 by tick value"),
        (instrument(tick_value=0.01), "loses 20 USD per 1.0 of price by order_calc_profit, 2 by tick value"),
        (instrument(size=100.0), "20 USD per 1.0 of price by order_calc_profit, 100 by the contract size"),
        (instrument(size=19.7), "20 USD per 1.0 of price by order_calc_profit, 19.7 by the contract size"),
    ],
)
def test_numbers_that_disagree_are_named_and_nothing_is_sized_by_them(one: Instrument, said: str) -> None:
    found = lot_of(one, SELL, "USD", 0.02)
    assert isinstance(found, Unknown)
    assert found.reason.startswith("the broker's numbers of IWM disagree: ")
    assert said in found.reason


def test_a_rate_that_must_be_converted_is_stressed_and_the_contract_size_says_nothing_of_it() -> None:
    # 20 shares at 0.93 EUR for a USD: 18.6; a tick of 0.005 is worth 0.093.
    converted = instrument(18.6, tick_value=0.093)
    assert lot_of(converted, BUY, "EUR", 0.02) == pytest.approx((18.972, 137.5, 0.7))  # 18.6 x 1.02
    assert lot_of(instrument(18.6, tick_value=0.1), BUY, "EUR", 0.02) == Unknown(
        "the broker's numbers of IWM disagree: a lot loses 18.6 EUR per 1.0 of price by order_calc_profit, "
        "20 by tick value / tick size"
    )


def test_a_swap_that_is_paid_to_the_trader_counts_nothing() -> None:
    assert lot_of(instrument(), SELL, "USD", 0.02) == Lot(20.0, 137.5, 0.0)


@pytest.mark.parametrize(
    "one",
    [
        replace(IWM, per_lot={BUY: GONE, SELL: PerLot(20.1, 139.5)}),
        replace(IWM, contract=GONE),
        instrument(night={BUY: GONE, SELL: 0.2}),
    ],
)
def test_a_fact_of_a_lot_that_is_missing_stands_where_the_lot_would(one: Instrument) -> None:
    assert lot_of(one, BUY, "USD", 0.02) is GONE


# -- what an order costs --


def test_an_order_costs_commissions_slippage_both_ways_and_its_nights() -> None:
    trip = (Commission(1.2, 0.75, 0.35), Commission(0.3, 0.5, 0.25))
    over = replace(TERMS, costs=DEAR, over_night=True)
    # Slippage 2 x 0.0004 x 40.06 x 20 = 0.64096; nights (2 + 2) x 0.7; commissions 1.2 + 0.3.
    found = cost_of(40.06, Lot(20.0, 137.5, 0.7), trip, over)
    assert isinstance(found, Cost)
    assert found == pytest.approx((0.64096 + 2.8 + 1.5, 1.85))
    day = replace(over, over_night=False)
    assert cost_of(40.06, Lot(20.0, 137.5, 0.7), trip, day).per_lot == pytest.approx(0.64096 + 1.5)


# -- gaps --


@pytest.mark.parametrize(
    ("symbol", "side", "plan", "share"),
    [
        ("IWM", BUY, PLAN, 4.5 / 40.0),  # 1.5 average true ranges of 3.0
        ("IWM", BUY, replace(PLAN, gap_atr=0.5), 0.06),  # its own floor
        ("XLU", BUY, replace(PLAN, gap_atr=0.5), 0.08),  # that of all
        ("IWM", BUY, replace(PLAN, gap_atr=0.5, gap_floors={"IWM": 0.04}), 2.2 / 42),  # the worst known
        ("IWM", SELL, replace(PLAN, gap_atr=0.5, gap_floors={"IWM": 0.02}), 1.5 / 40.0),
        ("IWM", SELL, replace(PLAN, gap_atr=0.3, gap_floors={"IWM": 0.02}), 0.03),
    ],
)
def test_a_gap_is_the_largest_of_history_floor_and_range(
    symbol: str, side: Side, plan: PlanSettings, share: float
) -> None:
    assert gap_share(symbol, side, 40.0, RANGES, plan) == pytest.approx(share)


def test_without_history_a_gap_is_its_floor() -> None:
    assert gap_share("IWM", BUY, 40.0, GONE, PLAN) == 0.06
    assert gap_share("XLU", BUY, 40.0, ranges_of((), 3), PLAN) == 0.08


@pytest.mark.parametrize(
    ("plan", "hours", "over"),
    [
        (replace(PLAN, hold="overnight"), OPEN, True),
        (PLAN, OPEN, False),
        (PLAN, SHUT, True),
        (PLAN, replace(OPEN, closes_at=None), True),
        (PLAN, replace(OPEN, state=SessionState.EDGE, closes_at=AS_OF + timedelta(minutes=20)), True),
        (PLAN, replace(OPEN, state=SessionState.EDGE, closes_at=AS_OF + timedelta(seconds=1201)), False),
    ],
)
def test_what_is_planned_for_the_day_counts_as_held_over_from_twenty_minutes_before_the_close(
    plan: PlanSettings, hours: Hours, *, over: bool
) -> None:
    assert held_over(hours, AS_OF, plan) is over


# -- all of it --


@pytest.mark.parametrize(("side", "sizing"), [(BUY, BUY_IWM), (SELL, SELL_IWM)])
def test_each_side_has_its_own_prices_loss_and_margin(side: Side, sizing: Sizing) -> None:
    assert sizing_facts(IWM, side, IWM_QUOTE, Stops(1.5, 7.5), RANGES, TERMS) == sizing


def test_what_is_held_over_a_close_may_lose_a_gap_and_its_costs() -> None:
    over = replace(TERMS, costs=DEAR, over_night=True)
    found = sizing_facts(IWM, BUY, IWM_QUOTE, Stops(1.5, 7.5), RANGES, over)
    assert isinstance(found, Sizing)
    # Commission 1.25 both ways 2.5, slippage 0.64096, nights 2.8; a gap of 4.5 loses 90 besides.
    assert found.cost_per_lot == pytest.approx(5.94096)
    assert found.cost_per_order == pytest.approx(6.0)
    assert found.floor_loss_per_lot == pytest.approx(95.94096)
    assert found.loss_per_lot(4.0) == pytest.approx(95.94096)  # the stop would be 85.94096
    assert found.loss_per_lot(7.5) == pytest.approx(155.94096)


def test_past_deals_count_before_the_configuration() -> None:
    trip = RoundTrip(Commission(1.2, 0.75, 0.35), Commission(0.3, 0.5, 0.25))
    found = sizing_facts(
        IWM, BUY, IWM_QUOTE, Stops(1.5, 7.5), RANGES, replace(TERMS, costs=DEAR, trips={"IWM.US": trip})
    )
    assert isinstance(found, Sizing)
    assert (found.cost_per_lot, found.cost_per_order) == pytest.approx((2.14096, 1.85))


def test_a_missing_fact_stands_where_the_sizing_would() -> None:
    assert sizing_facts(IWM, BUY, GONE, Stops(1.5, 7.5), RANGES, TERMS) is GONE
    assert sizing_facts(IWM, BUY, IWM_QUOTE, GONE, RANGES, TERMS) is GONE
    half = replace(IWM, per_lot={BUY: GONE, SELL: PerLot(20.1, 139.5)})
    assert sizing_facts(half, BUY, IWM_QUOTE, Stops(1.5, 7.5), RANGES, TERMS) is GONE
    assert sizing_facts(half, SELL, IWM_QUOTE, Stops(1.5, 7.5), RANGES, TERMS) == SELL_IWM
