from dataclasses import replace
from datetime import timedelta
from typing import Any

from assistant.core.discipline import closed, discipline, opened
from assistant.core.reviewed import Discipline
from tests.core.logbooks import BEGIN, CHECK, a_book, a_trade, an_order, at


def test_a_session_without_trades_says_nothing() -> None:
    nothing = Discipline(0, 0, 0, 0, 0, None, 0, (), None, 0.0, 0, 0, 0)
    assert discipline(a_book(), ()) == nothing
    assert discipline(a_book(asked=(CHECK, CHECK)), ()) == replace(nothing, asked=2)


def test_orders_count_as_within_over_against_zero_or_unknown() -> None:
    trades = (
        a_trade(1, ("15:00", "15:30"), orders=(an_order("15:00"), an_order("15:10", over=1.5))),
        a_trade(2, ("16:00", None), orders=(an_order("16:00", checked=CHECK, over=0.3),)),
        a_trade(3, ("17:00", None), orders=(an_order("17:00", advised=0.0, over=2.0),)),
        a_trade(4, ("18:00", None), orders=(an_order("18:00", advised=None, over=None, checked=CHECK),)),
    )
    found = discipline(a_book(), trades)
    assert (found.orders, found.within, found.unknown, found.checked) == (4, 1, 1, 2)
    assert found.against_zero == 1
    assert found.mean_over == 0.3  # 1.5 / 3.0 and 0.3 / 3.0, that is 0.5 and 0.1


def test_a_trade_of_which_no_order_is_on_record_is_not_hidden_among_those_within() -> None:
    within, unseen = a_trade(1, ("15:00", None), orders=(an_order("15:00"),)), a_trade(2, ("16:00", None))
    old = replace(a_trade(3, ("15:00", "16:00")), opened_now=False)
    held_over = replace(old, trade=replace(old.trade, openings=()))
    found = discipline(a_book(), (within, unseen, held_over))
    assert (found.orders, found.within, found.unknown) == (1, 1, 1)


def test_orders_of_earlier_sessions_play_no_part() -> None:
    early = replace(an_order("15:00", over=9.0), at=BEGIN)
    trade = a_trade(1, ("15:00", "15:30"), orders=(early, an_order("16:00")))
    found = discipline(a_book(), (trade,))
    assert (found.orders, found.within, found.mean_over) == (1, 1, None)


def test_results_in_r_are_in_the_order_in_which_trades_were_closed() -> None:
    trades = (
        a_trade(1, ("15:00", "17:30"), result_r=0.75),
        a_trade(2, ("15:10", "16:00"), result_r=-1.0),
        a_trade(4, ("15:20", "17:00"), result_r=0.5),
        a_trade(3, ("15:20", "17:00"), result_r=0.25),  # at the same instant: by ticket
        a_trade(5, ("15:30", "18:00")),  # its R is not known
        a_trade(6, ("15:40", None), result_r=2.0),  # a part of it was closed
    )
    found = discipline(a_book(), trades)
    assert found.results_r == (-1.0, 0.25, 0.5, 0.75)
    assert found.total_r == 0.5
    assert [one.trade.position for one in closed(trades)] == [2, 3, 4, 1, 5]
    assert discipline(a_book(), trades[4:]).total_r is None


def test_what_lots_over_the_advice_cost_is_told_in_r() -> None:
    def cost(**changes: Any) -> float | None:  # noqa: ANN401 -- fields of what is judged
        return discipline(a_book(), (a_trade(1, ("15:00", "15:30"), **changes),)).over_cost_r

    assert cost(over=1.0, over_cost=-40.0) == -0.4  # of an R of 100
    assert cost(over=1.0, over_cost=-40.0, r=None) is None
    assert cost(over=1.0, over_cost=None) is None
    assert cost(over=0.0, over_cost=-40.0) == 0.0  # within the advice
    assert cost(over=None) == 0.0
    two = (
        a_trade(1, ("15:00", "15:30"), over=1.0, over_cost=-40.0),
        a_trade(2, ("16:00", "16:30"), over=1.0, over_cost=15.0),
        a_trade(3, ("17:00", None), over=1.0),  # not known yet
    )
    assert discipline(a_book(), two).over_cost_r == -0.25


def test_stops_that_were_moved_away_taken_away_or_never_set_are_counted() -> None:
    trades = (
        a_trade(1, ("15:00", "15:30"), widened=(128.0, 127.0), removed=True, without_stop=60.0),
        a_trade(2, ("16:00", None), widened=(128.0,), without_stop=60.5),
        a_trade(3, ("17:00", None), without_stop=None),
    )
    found = discipline(a_book(), trades)
    assert (found.widened, found.removed, found.without_stop) == (3, 1, 1)


def test_a_trade_is_opened_where_something_was_added_to_it_and_not_where_it_was_only_reduced() -> None:
    new = a_trade(1, ("15:00", None))
    added = replace(a_trade(2, ("15:00", None)), opened_now=False)
    reduced = replace(a_trade(3, ("15:00", None)), reduced=True)
    old = replace(added, trade=replace(added.trade, openings=()))
    assert opened((new, added, reduced, old), BEGIN) == [new, added]
    assert opened((added,), at("15:00")) == []
    assert opened((added,), at("15:00") - timedelta(seconds=1)) == [added]
