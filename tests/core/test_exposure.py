from dataclasses import replace

import pytest

from assistant.core.caps import Kind, Unit, direction
from assistant.core.exposure import (
    NOTHING,
    OpenRisk,
    Risks,
    Totals,
    bound_margin,
    by_side,
    cluster_cap,
    gross_cap,
    heat_cap,
    idea_cap,
    limit_cap,
    margin_caps,
    open_risk,
    totals,
)
from assistant.core.market import Contract, Role, Side, StopOut, Unknown
from tests.core.builders import (
    ACCOUNT,
    BUY,
    BUY_IWM,
    EXPOSURE,
    IWM,
    ORDER,
    POSITION,
    SELL,
    SELL_IWM,
    a_cap,
    normal,
)


def risk(money: float | None, lots: float = 0.5, no_stop: float = 0.0, pending: float = 0.0) -> OpenRisk:
    return OpenRisk(lots, money, no_stop, pending, notional=420.0)


# -- what is open already --


def held(**changes: object) -> OpenRisk:
    position = replace(POSITION, **changes)  # type: ignore[arg-type]  # its fields have several types
    return open_risk("IWM.US", BUY, BUY_IWM, by_side([position], []))


def test_an_open_position_risks_the_way_from_its_entry_to_its_stop() -> None:
    # Bought at 41.0, stop 38.5, now 40.00: max(2.5, 1.5) x 20 x 0.5 lots.
    # From here on 1.5 x 20 x 0.5; notional 0.5 x 40.00 x 20; with the stop 7.5 away 5.0 x 20 x 0.5 more.
    assert held() == OpenRisk(0.5, 25.0, 0.0, 0.0, 400.0, moved=50.0, ahead=15.0)


def test_a_position_in_profit_risks_the_way_back_from_the_present_price() -> None:
    # Bought at 39.0, stop 38.5, now 40.00: max(0.5, 1.5) x 20 x 0.5 lots.
    assert held(price=39.0).money == 15.0


def test_a_stop_in_profit_still_leaves_the_way_from_the_present_price() -> None:
    # Bought at 36.0, stop 38.2, now 40.00: max(-2.2, 1.8, -4) x 20 x 0.5 lots.
    risk = held(price=36.0, stop=38.2)
    assert risk.lots == 0.5
    assert risk.money == pytest.approx(18.0)


def test_a_tight_stop_counts_as_it_did_when_the_order_was_sized() -> None:
    # Bought at 40.00, stop 39.9, now 40.00: 0.1 away, computed at min_stop 1.5 x 20 x 0.5 lots.
    assert held(price=40.0, stop=39.9).money == pytest.approx(15.0)
    waiting = replace(ORDER, broker_symbol="IWM.US", side=BUY, lots=0.6, price=38.0, stop=37.8)
    risk = open_risk("IWM.US", BUY, BUY_IWM, by_side([], [waiting]))
    assert risk.money == pytest.approx(18.0)  # 1.5 x 20 x 0.6


def test_costs_and_gaps_count_for_what_is_open_too() -> None:
    dear = replace(BUY_IWM, cost_per_lot=3.5, floor_loss_per_lot=61.0)
    risk = open_risk("IWM.US", BUY, dear, by_side([replace(POSITION, price=40.0, stop=37.9)], []))
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


def test_a_position_without_a_stop_counts_with_its_gap_beside_what_it_has_lost() -> None:
    # Bought at 41.0, now 40.00, a gap of 4.5: 5.5 x 20 x 0.5 lots; at 39.0 the gap from here is the most.
    assert held(stop=None) == OpenRisk(0.5, 55.0, 0.5, 0.0, 400.0, moved=20.0, ahead=45.0)
    assert held(price=39.0, stop=None).money == 45.0


def test_a_short_position_is_measured_upwards_from_the_ask() -> None:
    short = replace(POSITION, side=SELL, price=39.5, stop=42.0)
    # Sold at 39.5, stop 42.0, now 40.06: max(2.5, 1.94) x 20.1 x 0.5 lots.
    risk = open_risk("IWM.US", SELL, SELL_IWM, by_side([short], []))
    assert risk.lots == 0.5
    assert risk.money == pytest.approx(25.125)
    assert open_risk("IWM.US", BUY, BUY_IWM, by_side([short], [])) == NOTHING


def test_a_pending_order_counts_as_if_it_were_filled_at_its_price() -> None:
    waiting = replace(ORDER, broker_symbol="IWM.US", side=BUY, lots=0.6, price=38.0, stop=36.5)
    # (38.0 - 36.5) x 20 x 0.6 lots; the present price of 40.00 plays no part.
    risk = open_risk("IWM.US", BUY, BUY_IWM, by_side([], [waiting]))
    assert risk.lots == 0.6
    assert risk.money == pytest.approx(18.0)
    both = open_risk("IWM.US", BUY, BUY_IWM, by_side([POSITION], [waiting]))
    assert both.lots == pytest.approx(1.1)
    assert both.money == pytest.approx(43.0)  # 25 + 18
    assert both.pending == 0.6
    assert both.notional == pytest.approx(856.0)  # (0.5 x 40.00 + 0.6 x 38.0) x 20
    bare = open_risk("IWM.US", BUY, BUY_IWM, by_side([POSITION], [replace(waiting, stop=None)]))
    assert bare.money == pytest.approx(79.0)  # 25 + 0.6 x 4.5 x 20
    assert bare.no_stop == 0.6


def test_a_loss_that_the_terminal_tells_counts_where_the_quote_makes_it_smaller() -> None:
    assert held(profit=-31.5).money == 31.5  # the way to the stop is 25
    assert held(profit=-24.5).money == 25.0


@pytest.mark.parametrize(
    ("changes", "ahead"),
    [
        ({"price": 36.0, "stop": 37.2}, 28.0),  # 2.8 x 20 x 0.5: what the stop gives back of the gain counts
        ({"price": 44.0, "stop": 37.2}, 28.0),  # what was lost on the way from 44 is in the equity already
        ({"price": 44.0, "stop": 37.2, "profit": -95.0}, 28.0),  # as is what the terminal says
        ({"price": 43.0, "stop": 41.0}, 15.0),  # passed by the price: at min_stop 1.5 x 20 x 0.5
        ({"price": 36.0, "stop": None}, 45.0),  # the gap of 4.5 x 20 x 0.5
    ],
)
def test_from_the_present_equity_on_only_the_way_to_the_stop_counts(
    changes: dict[str, float | None], ahead: float
) -> None:
    assert held(**changes).ahead == pytest.approx(ahead)


def test_a_pending_order_is_ahead_in_full_and_each_order_of_the_present_one_pays_its_costs() -> None:
    dear = replace(BUY_IWM, cost_per_lot=3.5, cost_per_order=1.25)
    waiting = replace(ORDER, broker_symbol="IWM.US", side=BUY, lots=0.6, price=38.0, stop=35.9)
    risk = open_risk("IWM.US", BUY, dear, by_side([POSITION], [waiting]))
    # (1.5 x 20 + 3.5) x 0.5 + 1.25 = 18 for what is open; (2.1 x 20 + 3.5) x 0.6 + 1.25 = 28.55 for the order
    assert risk.ahead == pytest.approx(46.55)
    assert risk.waiting == pytest.approx(28.55)
    short = replace(POSITION, side=SELL, price=43.0, stop=42.4)
    # Sold at 43.0, now 40.06, stop 42.4: 2.34 x 20.1 x 0.5 of the gain may go.
    back = open_risk("IWM.US", SELL, SELL_IWM, by_side([short], [])).ahead
    assert back == pytest.approx(23.517)


def test_one_stop_for_the_whole_side_is_counted_at_the_default_distance() -> None:
    assert held().moved == pytest.approx(50.0)  # 0.5 x (7.5 - 2.5) x 20
    assert held(stop=31.0).moved == 0.0  # 10 away already


def test_other_symbols_are_no_part_of_the_idea() -> None:
    assert open_risk("SPY.US", BUY, BUY_IWM, by_side([POSITION], [ORDER])) == NOTHING


def test_what_a_lot_loses_must_be_known_only_where_something_is_open() -> None:
    gone = Unknown("gone")
    unread = OpenRisk(0.5, None, no_stop=0.0, pending=0.0, notional=0.0)
    assert open_risk("IWM.US", BUY, gone, by_side([POSITION], [])) == unread
    assert open_risk("IWM.US", SELL, gone, by_side([POSITION], [])) == NOTHING


# -- an idea --

CAPS = [normal(496.5), a_cap(0.7, Unit.SHARE, "regime")]  # the idea may lose 347.55


def test_what_is_at_risk_already_counts_against_the_idea() -> None:
    cap = idea_cap("IWM", BUY, CAPS, risk(25.0), one_stop=False)
    assert cap is not None
    assert (cap.name, cap.unit, cap.scope, cap.side) == ("idea", Unit.MONEY, "IWM", BUY)
    assert cap.value == pytest.approx(322.55)  # 347.55 - 25
    assert cap.reason == "25.00 of 347.55 at risk already in 0.5 lots buy"


def test_an_idea_that_is_used_up_leaves_nothing_and_never_less() -> None:
    cap = idea_cap("IWM", BUY, CAPS, risk(400.0, lots=2.5), one_stop=False)
    assert cap is not None
    assert cap.value == 0.0


def test_an_idea_without_a_stop_leaves_nothing() -> None:
    cap = idea_cap("IWM", SELL, CAPS, risk(25.0, no_stop=0.4), one_stop=False)
    assert cap is not None
    assert (cap.value, cap.reason) == (0.0, "0.4 lots sell open or pending without a stop-loss")


def test_an_idea_of_which_a_fact_is_missing_leaves_nothing() -> None:
    cap = idea_cap("IWM", SELL, CAPS, risk(None), one_stop=False)
    assert cap is not None
    assert (cap.value, cap.reason) == (0.0, "what 0.5 lots sell, open or pending, can lose is not known")


def test_where_one_stop_stands_for_all_an_idea_counts_it_at_the_default_distance() -> None:
    open_now = risk(25.0)._replace(moved=50.0)
    cap = idea_cap("IWM", BUY, CAPS, open_now, one_stop=True)
    assert cap is not None
    assert cap.value == pytest.approx(272.55)  # 347.55 - 75
    assert cap.reason == "75.00 of 347.55 at risk already in 0.5 lots buy, once its stop is the default one"
    kept = idea_cap("IWM", BUY, CAPS, open_now, one_stop=False)
    assert kept is not None
    assert kept.value == pytest.approx(322.55)


def test_an_idea_says_how_much_of_it_waits() -> None:
    cap = idea_cap("IWM", BUY, CAPS, risk(25.0, pending=0.3), one_stop=False)
    assert cap is not None
    assert cap.reason == "25.00 of 347.55 at risk already in 0.5 lots buy, 0.3 of them pending"


def test_an_idea_of_which_nothing_is_open_has_no_cap() -> None:
    assert idea_cap("IWM", BUY, CAPS, NOTHING, one_stop=True) is None


def test_the_idea_is_measured_against_shares_not_against_other_money() -> None:
    money = a_cap(100.0, Unit.MONEY, "heat")
    cap = idea_cap("IWM", BUY, [*CAPS, money, a_cap(0.2)], risk(25.0), one_stop=False)
    assert cap is not None
    assert cap.value == pytest.approx(322.55)


# -- all together --


def in_all(*risks: Risks) -> Totals:
    return totals(risks)


def of(
    name: str, role: Role, buy: OpenRisk = NOTHING, sell: OpenRisk = NOTHING, margin: float = 0.0
) -> Risks:
    return Risks(name, role, {BUY: buy, SELL: sell}, margin)


@pytest.mark.parametrize(
    ("role", "buy", "sell"), [(Role.RISK_ON, 1, -1), (Role.DEFENSIVE, -1, 1), (Role.NEUTRAL, 0, 0)]
)
def test_an_order_adds_risk_on_exposure_takes_it_away_or_does_neither(
    role: Role, buy: int, sell: int
) -> None:
    assert (direction(role, BUY), direction(role, SELL)) == (buy, sell)


def test_opposite_sides_net_within_their_symbol_and_nowhere_else() -> None:
    found = in_all(
        of("IWM", Role.RISK_ON, buy=risk(30.0), sell=risk(70.0), margin=4.0),
        of("XLU", Role.DEFENSIVE, buy=risk(11.0), margin=6.0),
        of("IEF", Role.NEUTRAL, buy=risk(5.0)),
    )
    assert found.worst == 86.0  # 70 + 11 + 5
    assert found.towards == {1: 30.0, -1: 81.0}  # 70 + 11
    assert found.notional == 4 * 420.0
    assert found.margin == 10.0
    assert (found.no_stop, found.unknown) == (0.0, ())


def test_orders_that_wait_on_both_sides_add_up_and_what_is_open_nets() -> None:
    buy = risk(30.0, pending=0.2)._replace(waiting=12.0)
    sell = risk(70.0, pending=0.3)._replace(waiting=25.0)
    assert in_all(of("IWM", Role.RISK_ON, buy=buy, sell=sell)).worst == 82.0  # max(18, 45) + 12 + 25


def test_what_is_ahead_of_all_nets_nothing_for_the_stops_of_two_sides_may_be_hit_in_turn() -> None:
    buy = risk(30.0, pending=0.2)._replace(waiting=12.0, ahead=21.0)
    sell = risk(70.0, pending=0.3)._replace(waiting=25.0, ahead=31.5)
    unread = risk(None)._replace(ahead=77.0)
    found = in_all(
        of("IWM", Role.RISK_ON, buy=buy, sell=sell),  # 21 + 31.5 = 52.5
        of("XLU", Role.DEFENSIVE, sell=risk(9.0)._replace(ahead=7.5)),
        of("TSLA.US", Role.NEUTRAL, buy=unread),  # not known: named, and in no number
    )
    assert found.ahead == pytest.approx(60.0)
    assert found.unknown == ("TSLA.US",)
    assert in_all().ahead == 0.0


def test_what_has_no_stop_is_told_apart_by_its_lots() -> None:
    found = in_all(of("IWM", Role.RISK_ON, buy=risk(30.0, lots=0.6, no_stop=0.4)))
    assert found.no_stop == pytest.approx(20.0)
    assert heat_cap(ACCOUNT, found, EXPOSURE).reason == (
        "30.00 of 1986.00 at risk in all already, 20.00 of all without a stop-loss"
    )


@pytest.mark.parametrize(("used", "left"), [(86.0, 1900.0), (2100.0, 0.0)])
def test_heat_leaves_what_everything_open_and_pending_does_not_take(used: float, left: float) -> None:
    cap = heat_cap(ACCOUNT, in_all(of("IEF", Role.NEUTRAL, buy=risk(used))), EXPOSURE)
    assert (cap.name, cap.unit, cap.kind, cap.scope) == ("heat", Unit.MONEY, Kind.CONDITION, "account")
    assert cap.value == pytest.approx(left)  # 0.02 x (99550 - 250) = 1986


def test_a_cluster_adds_up_in_full_what_goes_the_same_way() -> None:
    found = in_all(
        of("SPY", Role.RISK_ON, buy=risk(300.0), sell=risk(9.0)), of("XLU", Role.DEFENSIVE, sell=risk(41.6))
    )
    buy = cluster_cap("IWM", Role.RISK_ON, BUY, ACCOUNT, found, EXPOSURE)
    sell = cluster_cap("IWM", Role.RISK_ON, SELL, ACCOUNT, found, EXPOSURE)
    assert buy is not None
    assert sell is not None
    assert buy.value == pytest.approx(850.0)  # 0.012 x 99300 = 1191.6, less 341.6
    assert buy.reason == "341.60 of 1191.60 at risk in what adds risk-on exposure already"
    assert sell.value == pytest.approx(1182.6)
    assert sell.reason == "9.00 of 1191.60 at risk in what takes risk-on exposure away already"
    assert (buy.scope, buy.side, buy.unit) == ("IWM", BUY, Unit.MONEY)
    assert cluster_cap("IEF", Role.NEUTRAL, BUY, ACCOUNT, found, EXPOSURE) is None


def test_the_notional_of_all_leaves_so_many_lots() -> None:
    found = in_all(of("SPY", Role.RISK_ON, buy=risk(30.0), sell=risk(9.0)))
    cap = gross_cap("IWM", BUY, ACCOUNT, BUY_IWM, found, EXPOSURE)
    assert (cap.name, cap.unit) == ("exposure", Unit.LOTS)
    assert cap.value == pytest.approx((248250 - 840) / 801.2)  # 2.5 x 99300; 40.06 x 20 a lot
    assert cap.reason == "840.00 of 248250.00 notional held already (2.5 x equity), 801.20 a lot"
    assert gross_cap("IWM", BUY, replace(ACCOUNT, equity=300.0), BUY_IWM, found, EXPOSURE).value == 0.0


def test_a_worst_case_that_is_not_known_leaves_nothing_at_all() -> None:
    found = in_all(of("TSLA.US", Role.NEUTRAL, buy=risk(None)), of("IWM", Role.RISK_ON, buy=risk(30.0)))
    assert (found.worst, found.unknown) == (30.0, ("TSLA.US",))
    heat = heat_cap(ACCOUNT, found, EXPOSURE)
    cluster = cluster_cap("IWM", Role.RISK_ON, BUY, ACCOUNT, found, EXPOSURE)
    gross = gross_cap("IWM", BUY, ACCOUNT, BUY_IWM, found, EXPOSURE)
    assert cluster is not None
    assert (heat.value, cluster.value, gross.value) == (0.0, 0.0, 0.0)
    assert heat.reason == "what is open in TSLA.US can lose is not known"
    assert gross.reason == "what is open in TSLA.US is not known"


# -- margin --


@pytest.mark.parametrize(
    ("free_margin", "lots"),
    [
        (4_000.0, 13.745455),  # (4000 - 625) x 0.7 / 171.875
        (0.0, 0.0),
        (-500.0, 0.0),
    ],
)
def test_the_free_margin_carries_so_many_lots_part_of_it_kept_back(free_margin: float, lots: float) -> None:
    account = replace(ACCOUNT, free_margin=free_margin)
    found = in_all(of("IWM", Role.RISK_ON, margin=500.0))
    cap, _ = margin_caps("IWM", BUY, account, BUY_IWM, found, EXPOSURE)
    assert (cap.name, cap.unit, cap.scope, cap.side) == ("margin", Unit.LOTS, "IWM", BUY)
    assert cap.value == pytest.approx(lots)
    assert cap.reason == (
        f"{free_margin:.2f} free margin less 625.00 for pending orders and hedged lots, 30 % kept back, "
        "171.88 a lot"
    )


def test_without_anything_bound_the_free_margin_is_what_it_is() -> None:
    cap, _ = margin_caps("IWM", BUY, ACCOUNT, BUY_IWM, in_all(), EXPOSURE)
    assert cap.value == pytest.approx(16.290909)  # 4000 x 0.7 / 171.875
    assert cap.reason == "4000.00 free margin, 30 % kept back, 171.88 a lot"


@pytest.mark.parametrize(
    ("stop_out", "used", "lots"),
    [
        # Equity after the worst case that heat allows: 99550 - 1986 = 97564. Over 0.4 x 1.6: 152443.75.
        (StopOut(0.4, in_money=False), 30.0, (152443.75 - 96175) / 171.875),
        # More is open than heat allows: 99550 - 5000 = 94550 over 0.64 is 147734.375.
        (StopOut(0.4, in_money=False), 5000.0, (147734.375 - 96175) / 171.875),
        # In money: 97564 - 800 x 1.6 - 96175 = 109.
        (StopOut(800.0, in_money=True), 30.0, 109 / 171.875),
        (StopOut(0.8, in_money=False), 30.0, 0.0),  # 97564 / 1.28 is less than the margin in use
    ],
)
def test_the_worst_case_stays_away_from_the_broker_s_stop_out(
    stop_out: StopOut, used: float, lots: float
) -> None:
    account = replace(ACCOUNT, stop_out=stop_out)
    found = in_all(of("IWM", Role.RISK_ON, buy=risk(used), margin=500.0))
    _, cap = margin_caps("IWM", BUY, account, BUY_IWM, found, EXPOSURE)
    assert cap.name == "stop-out"
    assert cap.value == pytest.approx(lots)


def test_a_stop_out_is_told_in_its_own_unit() -> None:
    _, cap = margin_caps("IWM", BUY, ACCOUNT, BUY_IWM, in_all(), EXPOSURE)
    told = (
        "equity 97564.00 after the worst case that heat allows, margin 95550.00; 1.6 x the broker's stop-out"
    )
    assert cap.reason == f"{told} at 40 % is kept"
    account = replace(ACCOUNT, stop_out=StopOut(900.0, in_money=True))
    _, cap = margin_caps("IWM", BUY, account, BUY_IWM, in_all(), EXPOSURE)
    assert cap.reason == f"{told} at 900.00 is kept"


def test_a_broker_without_a_stop_out_sets_no_cap() -> None:
    account = replace(ACCOUNT, stop_out=StopOut(0.0, in_money=False))
    assert [cap.name for cap in margin_caps("IWM", BUY, account, BUY_IWM, in_all(), EXPOSURE)] == ["margin"]


def test_hedged_legs_are_bound_as_if_one_were_closed_and_pending_orders_as_if_filled() -> None:
    assert isinstance(IWM.contract, Contract)
    cheap = replace(IWM, contract=replace(IWM.contract, hedged_by_leg=False))
    sides = {
        BUY: (risk(30.0, lots=0.9, pending=0.3), BUY_IWM),
        SELL: (risk(20.0, lots=0.5, pending=0.1), SELL_IWM),
    }
    # Hedged: min(0.9 - 0.3, 0.5 - 0.1) = 0.4; pending 0.4; 139.5 a lot, the dearer side.
    assert bound_margin(cheap, sides) == pytest.approx(0.8 * 139.5)
    assert bound_margin(IWM, sides) == pytest.approx(0.4 * 139.5)  # the larger leg takes its margin anyway
    assert bound_margin(replace(IWM, contract=Unknown("gone")), sides) == pytest.approx(0.8 * 139.5)
    gone = Unknown("gone")
    assert bound_margin(cheap, {side: (one, gone) for side, (one, _) in sides.items()}) == 0.0


# -- the broker's limit --


@pytest.mark.parametrize(("side", "lots", "left"), [(BUY, 0.5, 3.7), (SELL, 6.0, 0.0)])
def test_a_limit_for_one_direction_counts_what_is_open_and_pending(
    side: Side, lots: float, left: float
) -> None:
    cap = limit_cap(replace(IWM, volume_limit=4.2), side, risk(25.0, lots=lots))
    assert cap is not None
    assert (cap.name, cap.unit, cap.scope, cap.side) == ("volume_limit", Unit.LOTS, "IWM", side)
    assert cap.value == pytest.approx(left)
    assert cap.reason == f"{lots:g} of the broker's 4.2 lots {side} open and pending"
    assert limit_cap(IWM, side, risk(25.0)) is None
