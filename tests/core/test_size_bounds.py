"""Numbers at the edges of sizing: finer steps, unclean volumes, and what must not cancel."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Unit
from assistant.core.costs import Commission, Lot, learned, lot_of
from assistant.core.exposure import NOTHING, OpenRisk, Risks, cluster_cap, gross_cap, heat_cap, totals
from assistant.core.market import Contract, Deal, Other, PerLot, Role, SessionState, Side, Unknown
from assistant.core.reserved import Reservation, after
from assistant.core.sizing import floor_to_step, orderable
from assistant.core.snapshot import Snapshot
from tests.core.builders import (
    ACCOUNT,
    AS_OF,
    BUY,
    BUY_IWM,
    EXPOSURE,
    IWM,
    OPEN,
    POSITION,
    SELL,
    SETTINGS,
    SHUT,
    SNAPSHOT,
    a_cap,
    normal,
)

UNREAD = OpenRisk(0.5, None, no_stop=0.0, pending=0.0, notional=0.0)


def test_a_step_of_a_thousandth_is_rounded_down_as_any_other() -> None:
    # 0.0089 / 0.001 = 8.9: eight steps; a rounding to cents of a lot would make 0.01 of them.
    assert floor_to_step(0.0089, 0.001) == 0.008
    assert floor_to_step(7.7399, 0.0125) == 7.7375  # 619 steps


def test_a_smallest_order_that_is_no_clean_number_may_be_ordered() -> None:
    # 0.1 x 3 is 0.30000000000000004; three steps of 0.1 are 0.3.
    assert orderable(0.3, 0.1 * 3, 0.1) == 0.3
    assert orderable(0.29, 0.1 * 3, 0.1) == 0.0


def test_one_symbol_of_which_nothing_is_known_is_enough_for_nothing() -> None:
    alone = totals([Risks("TSLA.US", Role.NEUTRAL, {BUY: UNREAD, SELL: NOTHING}, 0.0)])
    assert (alone.worst, alone.unknown) == (0.0, ("TSLA.US",))
    assert heat_cap(ACCOUNT, alone, EXPOSURE).value == 0.0
    cluster = cluster_cap("IWM", Role.RISK_ON, BUY, ACCOUNT, alone, EXPOSURE)
    assert cluster is not None
    assert cluster.value == 0.0
    assert gross_cap("IWM", BUY, ACCOUNT, BUY_IWM, alone, EXPOSURE).value == 0.0


def paid(lots: float, commission: float, entry: str = "in") -> Deal:
    return Deal(
        ticket=1,
        at=AS_OF,
        kind="buy",
        entry=entry,
        position=7,
        broker_symbol="IWM.US",
        lots=lots,
        price=40.0,
        profit=0.0,
        commission=-commission,
        swap=0.0,
        fee=0.0,
    )


def test_a_reversal_shows_what_closing_costs_not_what_opening_does() -> None:
    trip = learned([paid(2.0, 3.0), paid(5.0, 12.5, "inout")])["IWM.US"]
    assert trip == (Commission(1.5, 0.0, 0.0), Commission(2.5, 0.0, 0.0))


def test_the_rate_is_that_of_the_most_lots_not_of_the_most_money() -> None:
    # 8 lots at 0.5 a lot; a smaller order paid 6, which is a smallest commission then.
    opening = learned([paid(8.0, 4.0), paid(3.0, 6.0)])["IWM.US"].opening
    assert opening == Commission(0.5, 6.0, 0.0)


def test_of_several_smallest_commissions_the_largest_counts() -> None:
    opening = learned([paid(8.0, 4.0), paid(3.0, 2.5), paid(0.5, 3.5), paid(1.0, 2.25)])["IWM.US"].opening
    assert opening == Commission(0.5, 3.5, 0.0)


def test_a_commission_one_percent_above_its_rate_is_rounding_and_no_smallest_one() -> None:
    assert learned([paid(100.0, 100.0), paid(1.0, 1.01)])["IWM.US"].opening == Commission(1.0, 0.0, 0.0)
    assert learned([paid(100.0, 100.0), paid(1.0, 1.02)])["IWM.US"].opening == Commission(1.0, 1.02, 0.0)


def test_readings_of_a_loss_exactly_one_percent_of_the_larger_apart_agree() -> None:
    assert isinstance(IWM.contract, Contract)
    contract = replace(IWM.contract, size=99.0, tick_size=0.5, tick_value=49.5)  # 99 both
    of_100 = replace(IWM, contract=contract, per_lot={BUY: PerLot(100.0, 137.5), SELL: PerLot(100.25, 137.5)})
    lot = lot_of(of_100, BUY, "USD", 0.02)
    assert isinstance(lot, Lot)
    assert lot.loss_per_unit == 100.0
    assert isinstance(lot_of(of_100, SELL, "USD", 0.02), Unknown)  # 1.25 is more than 1.0025


IDEA_LEFT = a_cap(100.0, Unit.MONEY, "idea")
SHARED = (
    normal(496.5),
    a_cap(309.0, Unit.LOTS, "exposure"),
    a_cap(15.0, Unit.LOTS, "margin"),
    a_cap(330.0, Unit.LOTS, "stop-out"),
    a_cap(4.2, Unit.LOTS, "volume_limit"),
    IDEA_LEFT,
)


def left_after(symbol: str, side: Side) -> dict[str, float]:
    """What remains for a buy of IWM after 0.6 lots elsewhere: 90 at risk, margin 82.5, notional 480.72."""
    one = Reservation(symbol, Role.RISK_ON, side, lots=0.6, worst=90.0, margin=82.5, notional=480.72)
    return {cap.name: cap.value for cap in after(SHARED, "IWM", Role.RISK_ON, BUY, BUY_IWM, [one])}


def test_another_symbol_takes_of_margin_and_notional_and_not_of_this_idea() -> None:
    found = left_after("SPY", BUY)
    # 480.72 / (40.06 x 20) = 0.6 lots of notional; 82.5 / 137.5 = 0.6 lots of margin
    shared = found["exposure"], found["margin"], found["stop-out"]
    assert shared == pytest.approx((308.4, 14.4, 329.4))
    assert (found["idea"], found["volume_limit"]) == (100.0, 4.2)


def test_the_other_side_of_a_symbol_is_another_idea() -> None:
    found = left_after("IWM", SELL)
    assert (found["idea"], found["volume_limit"]) == (100.0, 4.2)
    assert found["margin"] == pytest.approx(14.4)


def advised(snapshot: Snapshot) -> Advice:
    return advise(snapshot, Track(), SETTINGS)[0]


def still_open(advice: Advice) -> list[str]:
    return [problem for problem in advice.problems if problem.startswith("still open")]


def test_an_open_symbol_that_is_not_quoted_is_not_known_and_leaves_nothing() -> None:
    gone = Other(
        replace(IWM, symbol="TSLA.US", broker_symbol="TSLA.US", role=Role.NEUTRAL), Unknown("no tick")
    )
    held = replace(SNAPSHOT, positions=(replace(POSITION, broker_symbol="TSLA.US"),))
    found = advised(replace(held, others={"TSLA.US": gone}))
    assert found.at_risk is None
    assert {side.lots for one in found.symbols for side in one.sides.values()} == {0.0}


def test_what_is_late_is_told_in_a_session_and_only_where_something_is_open() -> None:
    late = replace(SNAPSHOT, hours=replace(OPEN, closes_at=AS_OF + timedelta(minutes=20)))
    held = (POSITION,)
    assert still_open(advised(replace(late, positions=held))) == [
        "still open, and so counted as held over the close: 0.5 IWM.US"
    ]
    assert still_open(advised(late)) == []
    assert still_open(advised(replace(SNAPSHOT, hours=SHUT, positions=held))) == []


def test_a_trace_of_a_lot_is_not_over_the_cap_and_the_edge_of_a_session_lowers_none() -> None:
    # A position of IWM bought may hold 0.9 lots (test_advice.py).
    trace = replace(SNAPSHOT, positions=(replace(POSITION, lots=0.9000000000000001),))
    (held,) = advised(trace).symbols[0].held
    assert (held.position_cap, held.over_since) == (0.9, None)
    least = replace(
        SETTINGS, conditions=replace(SETTINGS.conditions, edge_share=0.1)
    )  # less than the regime's
    at_the_edge, _ = advise(replace(trace, hours=replace(OPEN, state=SessionState.EDGE)), Track(), least)
    assert at_the_edge.share.name == "session edge"
    assert at_the_edge.symbols[0].held == (held,)
