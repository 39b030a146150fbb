"""What was held over a close, and what it may lose from there on; figures by hand."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.logbook import HeldOver
from assistant.core.market import Deal, Position, SessionState, Unknown
from assistant.core.overnight import held_over, session_left
from tests.core.builders import BUY, COSTS, OPEN, POSITION, SELL, SETTINGS, SNAPSHOT, utc


def near(money: float) -> Any:  # noqa: ANN401 -- it stands for a number
    """Money as floats add it up."""
    return pytest.approx(money)


CLOSE = utc("2018-12-10T21:00")
SECOND = timedelta(seconds=1)
COSTLY = replace(SETTINGS, costs=replace(COSTS, commission_per_lot=1.5, commission_minimum=2.0))


def advice(
    at: datetime, *positions: Position, state: SessionState = SessionState.OPEN, **closes: datetime | None
) -> Advice:
    """An advice of an instant; quotes are a second old."""
    quotes = {
        name: one if isinstance(one, Unknown) else replace(one, at=at - SECOND)
        for name, one in SNAPSHOT.quotes.items()
    }
    hours = replace(OPEN, state=state, **closes)
    snapshot = replace(SNAPSHOT, as_of=at, hours=hours, positions=positions, quotes=quotes)
    return advise(snapshot, Track(), COSTLY)[0]


def closing(position: int, at: datetime, entry: str = "out") -> Deal:
    return Deal(9, at, "sell", entry, position, "IWM.US", 0.5, 40.0, 0, 0, 0, 0)


BEFORE = advice(CLOSE - SECOND, POSITION)
AFTER = advice(CLOSE, POSITION, state=SessionState.CLOSED)


# -- the end of a session --


def test_a_session_is_left_with_the_first_look_at_its_close_or_after() -> None:
    assert session_left(BEFORE, AFTER) == date(2018, 12, 10)
    assert session_left(BEFORE, advice(CLOSE + timedelta(days=2), state=SessionState.OPEN)) == date(
        2018, 12, 10
    )
    assert session_left(BEFORE, BEFORE) is None
    assert session_left(AFTER, AFTER) is None


@pytest.mark.parametrize("state", [SessionState.PRE, SessionState.CLOSED, SessionState.HOLIDAY])
def test_no_session_is_left_where_none_was_on(state: SessionState) -> None:
    assert session_left(advice(CLOSE - SECOND, state=state), AFTER) is None


def test_no_session_is_left_where_its_close_is_not_known_or_was_past_before() -> None:
    assert session_left(advice(CLOSE - SECOND, closes_at=None), AFTER) is None
    assert session_left(advice(CLOSE), advice(CLOSE + SECOND)) is None


# -- what was held --
# IWM at 40.00 / 40.06, 20 a lot and 1.0 of price. A gap: 1.5 average true ranges of 3.0 are 4.5; the worst
# known, 1 - 39.8 / 42.0 = 5.24 %, and 6 % of 40.06 are less. In the last 20 minutes nights are counted: a lot
# costs 2 x 1.5 and (2 + 2) x 0.7, that is 5.8, an order 2 x 2.
# 0.5 lots with the stop 40.00 - 38.5 = 1.5 away: 0.5 x (1.5 x 20 + 5.8) + 4; gap 0.5 x (4.5 x 20 + 5.8) + 4.
HELD = HeldOver(701, "IWM.US", BUY, 0.5, 38.5, near(21.9), near(51.9), -10.0)


def test_what_is_held_is_told_with_its_loss_at_the_stop_and_in_a_gap() -> None:
    assert held_over(BEFORE, AFTER, ()) == (HELD,)
    assert held_over(advice(CLOSE - SECOND), replace(AFTER, positions=()), ()) == ()


def test_the_gap_is_told_where_no_order_would_have_been_held_over_the_close() -> None:
    earlier = advice(CLOSE - timedelta(hours=1), POSITION)  # no nights: a lot costs 3
    at_stop, gap = near(20.5), near(50.5)
    assert held_over(earlier, AFTER, ()) == (replace(HELD, at_stop=at_stop, gap=gap),)


def test_the_figures_are_those_of_the_last_look_before_the_close() -> None:
    later = replace(AFTER, positions=(replace(POSITION, lots=0.3, stop=37.0),))
    assert held_over(BEFORE, later, ()) == (HELD,)


def test_without_a_stop_only_the_gap_is_known() -> None:
    before = advice(CLOSE - SECOND, replace(POSITION, stop=None))
    assert held_over(before, AFTER, ()) == (replace(HELD, stop=None, at_stop=None),)


def test_a_sold_position_loses_upwards() -> None:
    # The stop is 41.06 - 40.06 = 1.0 above the ask, and counts as 1.5, the least. A night is paid for: a lot
    # costs 3.
    sold = replace(POSITION, side=SELL, stop=41.06)
    (held,) = held_over(advice(CLOSE - SECOND, sold), AFTER, ())
    assert held.at_stop == near(20.575)  # 0.5 x (1.5 x 20.1 + 3) + 4
    assert held.gap == near(50.725)  # 0.5 x (4.5 x 20.1 + 3) + 4


@pytest.mark.parametrize(("profit", "swap", "floating"), [(-10.0, -0.75, -10.75), (float("nan"), 0.0, None)])
def test_what_floats_is_the_profit_with_the_swap_of_its_nights(
    profit: float, swap: float, floating: float | None
) -> None:
    before = advice(CLOSE - SECOND, replace(POSITION, profit=profit, swap=swap))
    assert held_over(before, AFTER, ()) == (replace(HELD, profit=floating),)


def test_of_a_symbol_without_facts_neither_is_known() -> None:
    gold = replace(POSITION, broker_symbol="GLD.US")
    (held,) = held_over(advice(CLOSE - SECOND, gold), AFTER, ())
    assert (held.broker_symbol, held.stop, held.at_stop, held.gap) == ("GLD.US", 38.5, None, None)
    unread = replace(SNAPSHOT, quotes={**SNAPSHOT.quotes, "IWM": Unknown("no tick")}, positions=(POSITION,))
    before = replace(advise(unread, Track(), COSTLY)[0], as_of=CLOSE - SECOND)
    (held,) = held_over(before, AFTER, ())
    assert (held.ticket, held.at_stop, held.gap) == (701, None, None)


@pytest.mark.parametrize(
    ("deals", "held"),
    [
        ((), ()),  # its deal is still to come, or it was closed before
        ((closing(701, CLOSE),), ()),
        ((closing(701, CLOSE + SECOND),), (HELD,)),
        ((closing(701, CLOSE + SECOND, "out_by"),), (HELD,)),
        ((closing(701, CLOSE + SECOND, "in"),), ()),
        ((closing(702, CLOSE + SECOND),), ()),
    ],
)
def test_what_was_closed_after_the_close_was_held_over_it(
    deals: tuple[Deal, ...], held: tuple[HeldOver, ...]
) -> None:
    assert held_over(BEFORE, advice(CLOSE + timedelta(hours=17)), deals) == held


@pytest.mark.parametrize(("opened_at", "held"), [(CLOSE, True), (CLOSE + SECOND, False)])
def test_what_was_opened_unseen_before_the_close_has_the_figures_of_the_first_look_after(
    opened_at: datetime, *, held: bool
) -> None:
    late = replace(POSITION, ticket=702, lots=0.3, opened_at=opened_at)
    after = replace(AFTER, positions=(POSITION, late))
    other = replace(HELD, ticket=702, lots=0.3, at_stop=near(14.74), gap=near(32.74))
    assert held_over(BEFORE, after, ()) == (
        (HELD, other) if held else (HELD,)
    )  # 0.3 x 35.8 + 4, 0.3 x 95.8 + 4
