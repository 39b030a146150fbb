"""Numbers at the edges of sizing: finer steps, unclean volumes, and what must not cancel."""

from __future__ import annotations

from assistant.core.exposure import NOTHING, OpenRisk, Risks, cluster_cap, gross_cap, heat_cap, totals
from assistant.core.market import Role
from assistant.core.sizing import floor_to_step, orderable
from tests.core.builders import ACCOUNT, BUY, BUY_IWM, EXPOSURE, SELL

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
