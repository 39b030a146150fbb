"""What an account's deals, and the positions that were seen, come to."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.logbook import Opened, Span
from assistant.core.market import Deal, Side
from assistant.core.own import balance_change
from assistant.core.trades import Trade, trades
from tests.core import seven
from tests.core.builders import BUY, SELL, utc
from tests.core.fills import XLU, fill

approx: Any = pytest.approx  # it stands in tuples of other types
OPEN = utc("2018-12-10T14:30")
SPAN = Span(utc("2018-12-07T21:00"), utc("2018-12-10T21:00"))
deal = partial(fill, OPEN)


def at(minute: float) -> datetime:
    """An instant so many minutes after the session's open."""
    return OPEN + timedelta(minutes=minute)


def seen(
    ticket: int, lots: float, stop: float | None = None, side: Side = BUY, price: float = 26.4
) -> Opened:
    """A position in XLU as a look shows it."""
    return Opened(ticket, XLU, side, lots, price, stop)


Looks = list[tuple[float, tuple[Opened, ...]]]  # minute, what was open from then on


def followed(deals: list[Deal], looks: Looks | None = None, *, hedging: bool = True) -> tuple[Trade, ...]:
    timeline = tuple((at(minute), positions) for minute, positions in looks or [])
    return trades(deals, timeline, SPAN, hedging=hedging)


def one(deals: list[Deal], looks: Looks | None = None, *, hedging: bool = True) -> Trade:
    (trade,) = followed(deals, looks, hedging=hedging)
    return trade


def money(deals: list[Deal]) -> float:
    """What deals moved the account by."""
    return sum(one.profit + one.commission + one.swap + one.fee for one in deals)


# The day of seven trades


def test_a_day_of_seven_trades_comes_to_what_was_worked_out_by_hand() -> None:
    book = seven.a_logbook()
    found = trades(book.deals, book.positions, book.span, hedging=True)
    assert tuple(trade.position for trade in found) == seven.ORDER
    for trade in found:
        assert trade.result == approx(seven.EXPECTED[trade.position]["result"], abs=1e-9)
        assert trade.unmatched is None
    results = sum(trade.result for trade in found)
    assert results == approx(-341.19)  # 39860.21 - 39200.00 - 1000.00 - 1.40 paid on Monday


def test_parts_of_a_trade_close_at_their_mean_price() -> None:
    book = seven.a_logbook()
    found = {one.position: one for one in trades(book.deals, book.positions, book.span, hedging=True)}
    trade = found[83]
    assert (trade.side, trade.lots, trade.left) == (SELL, 2.1, 0.0)
    assert trade.exit == approx(249.24)  # (0.9 x 248.84 + 1.2 x 249.54) / 2.1 = 523.404 / 2.1
    assert (trade.opened_at, trade.closed_at) == (utc("2018-12-20T16:33:00"), utc("2018-12-20T17:41:00"))
    assert [deal.ticket for deal in (*trade.openings, *trade.closings)] == [507, 508, 509]


def test_a_part_that_is_left_keeps_its_trade_open() -> None:
    book = seven.a_logbook()
    trade = trades(book.deals, book.positions, book.span, hedging=True)[0]
    assert (trade.position, trade.closed_at, trade.lots, trade.left) == (86, None, 3.5, 2.0)
    assert (trade.profit, trade.costs, trade.swap) == (-67.20, approx(-2.00), -2.70)


def test_a_stop_is_known_from_the_look_that_showed_it() -> None:
    book = seven.a_logbook()
    found = {one.position: one for one in trades(book.deals, book.positions, book.span, hedging=True)}
    assert found[81].stops == (
        (utc("2018-12-20T14:41:01"), None),
        (utc("2018-12-20T14:41:25"), 127.07),
    )
    assert [stop for _, stop in found[87].stops] == [248.12, 247.32, 246.92]
    assert found[83].stops == ((utc("2018-12-20T16:33:01"), 252.24),)  # once, though 0.9 lots of it went


# Adding, reversing, closing by


def test_lots_that_are_added_are_one_trade_at_the_mean_price() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0, commission=-0.3, fee=-0.02),
        deal(2, 2, "buy in", 81, 2.5, 26.8, commission=-0.5),
        deal(3, 3, "sell out", 81, 4.0, 27.0, profit=70.0, swap=-0.6),  # nothing is charged on the way out
    ]
    trade = one(deals, hedging=False)
    assert trade.entry == approx(26.5)  # (1.5 x 26.0 + 2.5 x 26.8) / 4.0 = 106 / 4.0
    assert (trade.lots, trade.closed_at) == (4.0, at(3))
    assert (trade.profit, trade.costs, trade.swap) == (70.0, approx(-0.82), -0.6)
    assert trade.result == approx(68.58)


def test_a_reversal_ends_one_trade_begins_the_next_and_splits_its_costs_by_lots() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0, commission=-0.3),
        deal(2, 2, "sell inout", 81, 4.0, 27.0, profit=37.5, commission=-0.8, swap=-0.2, fee=-0.4),
        deal(3, 3, "buy out", 81, 2.5, 26.2, profit=50.0, commission=-0.5),
    ]
    looks: Looks = [
        (1.1, (seen(81, 1.5, 25.0),)),
        (2.1, (seen(902, 2.5, 28.0, SELL),)),  # by the ticket of the order that reversed it
        (3.1, ()),
    ]
    first, second = followed(deals, looks, hedging=False)
    # 1.5 of the 4.0 lots closed: -0.8 x 0.375 = -0.30 and -0.4 x 0.375 = -0.15; profit and swap are its own
    assert (first.side, first.lots, first.exit, first.closed_at) == (BUY, 1.5, 27.0, at(2))
    assert (first.profit, first.costs, first.swap) == (37.5, approx(-0.75), -0.2)
    # 2.5 opened: -0.50 and -0.25, and -0.50 at the end
    assert (second.side, second.lots, second.entry, second.opened_at) == (SELL, 2.5, 27.0, at(2))
    assert (second.profit, second.costs, second.swap) == (50.0, approx(-1.25), 0.0)
    assert first.result + second.result == approx(money(deals))
    assert (first.stops, second.stops) == (((at(1.1), 25.0),), ((at(2.1), 28.0),))
    assert (first.position, second.position) == (81, 81)
    assert (first.unmatched, second.unmatched) == (None, None)


def test_two_positions_that_close_each_other_are_two_trades() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 2.0, 26.0),
        deal(2, 2, "sell in", 82, 1.5, 27.0),
        deal(3, 3, "sell out_by", 81, 1.5, 27.0, profit=37.5),
        deal(4, 3, "buy out_by", 82, 1.5, 26.0),
    ]
    first, second = followed(deals)
    assert (first.position, first.left, first.closed_at, first.result) == (81, 0.5, None, 37.5)
    assert (second.position, second.left, second.closed_at, second.result) == (82, 0.0, at(3), 0.0)


def test_a_sum_of_lots_that_binary_misses_by_little_is_closed() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 0.1, 26.0),
        deal(2, 2, "buy in", 81, 0.2, 26.0),
        deal(3, 3, "sell out", 81, 0.3, 27.0),
    ]
    trade = one(deals)
    assert (trade.left, trade.closed_at, trade.unmatched) == (0.0, at(3), None)


def test_trades_of_a_symbol_that_nets_have_their_own_stops() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0),
        deal(2, 5, "sell out", 81, 1.5, 26.5, profit=18.75),
        deal(3, 8, "buy in", 83, 2.5, 26.6),
    ]
    looks: Looks = [
        (0.97, (seen(81, 1.5, 25.0),)),  # by a clock that is two seconds behind
        (5.1, ()),
        (8.1, (seen(83, 2.5, 25.5),)),
    ]
    first, second = followed(deals, looks, hedging=False)
    assert (first.stops, first.unmatched) == (((at(0.97), 25.0),), None)
    assert (second.stops, second.unmatched) == (((at(8.1), 25.5),), None)


def test_a_position_soon_after_another_of_its_symbol_is_a_new_one() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0),
        deal(2, 5, "sell out", 81, 1.5, 26.5),
        deal(3, 5.5, "buy in", 83, 2.5, 26.6),  # in the minute in which the first was still there
        deal(4, 6, "sell out", 83, 2.5, 26.7),
    ]
    looks: Looks = [(1.1, (seen(81, 1.5, 25.0),)), (5.1, ()), (5.6, (seen(83, 2.5, 25.5),)), (6.1, ())]
    first, second = followed(deals, looks, hedging=False)
    assert (first.lots, first.stops, first.unmatched) == (1.5, ((at(1.1), 25.0),), None)
    assert (second.lots, second.stops, second.unmatched) == (2.5, ((at(5.6), 25.5),), None)
    # nor is it the one of which a deal closes what was not seen to be opened
    (_, lost) = sorted(
        followed([*deals[:2], deals[3]], looks[:2], hedging=False), key=lambda one: one.position
    )
    assert (lost.lots, lost.entry) == (2.5, None)


def test_a_reversed_position_is_known_by_the_order_that_reversed_it() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0),
        replace(deal(2, 2, "sell inout", 81, 4.0, 27.0), order=902),
        replace(deal(3, 3, "buy inout", 81, 3.5, 26.5), order=903),
    ]
    looks: Looks = [
        (1.1, (seen(81, 1.5, 25.0),)),
        (2.1, (seen(902, 2.5, 28.0, SELL),)),
        (3.1, (seen(903, 1.0, 25.5),)),
    ]
    for hedging in (False, True):  # whatever the record says of the account
        found = followed(deals, looks, hedging=hedging)
        assert [trade.stops for trade in found] == [
            ((at(1.1), 25.0),),
            ((at(2.1), 28.0),),
            ((at(3.1), 25.5),),
        ]
        assert [trade.unmatched for trade in found] == [None, None, None]


def test_of_reversals_within_a_minute_the_nearest_was_seen() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0),
        replace(deal(2, 1.2, "sell inout", 81, 4.0, 27.0), order=902),
        replace(deal(3, 1.4, "buy inout", 81, 3.5, 26.5), order=903),
    ]
    looks: Looks = [(1.1, (seen(81, 1.5, 25.0),)), (1.5, (seen(903, 1.0, 25.5),))]
    found = followed(deals, looks, hedging=False)
    assert [trade.stops for trade in found] == [((at(1.1), 25.0),), (), ((at(1.5), 25.5),)]


def test_a_deal_that_names_no_order_names_no_ticket() -> None:
    found = followed([deal(1, 1, "buy in", 81, 1.5, 26.0)], [(1.1, (seen(81, 1.5, 25.0), seen(0, 0.5)))])
    assert sorted((one.position, one.stops) for one in found) == [
        (0, ((at(1.1), None),)),
        (81, ((at(1.1), 25.0),)),
    ]


# What does not add up


def test_deals_that_close_what_no_deal_opened_are_a_trade_that_says_so() -> None:
    deals = [
        deal(1, 1, "sell out", 81, 1.5, 26.5, profit=-40.0, commission=-0.3),
        deal(2, 2, "sell out", 81, 0.5, 26.3, profit=-15.0),
    ]
    trade = one(deals)
    assert (trade.side, trade.lots, trade.left, trade.entry) == (BUY, 2.0, 0.0, None)
    assert (trade.opened_at, trade.closed_at) == (SPAN.begin, at(2))
    assert trade.result == approx(-55.3)
    assert trade.unmatched == "how it was opened is not on record, nor with how many lots"


def test_what_is_left_of_it_is_known_from_a_later_look() -> None:
    deals = [deal(1, 1, "buy out", 81, 1.5, 26.5), deal(2, 2, "buy out", 81, 0.5, 26.5)]
    trade = one(deals, [(1.5, (seen(81, 1.3, side=SELL),)), (2.1, (seen(81, 0.8, 27.5, SELL),))])
    assert (trade.lots, trade.left, trade.closed_at) == (approx(2.8), 0.8, None)
    assert trade.stops == ((at(1.5), None), (at(2.1), 27.5))


@pytest.mark.parametrize(
    ("looks", "opened_at"),
    [
        # open before anything was looked at, and older than the span
        ([(-30, (seen(81, 2.5, 25.0),)), (1.1, (seen(81, 1.0, 25.0),))], SPAN.begin),
        # first seen in the span, when others had been looked at
        ([(-30, ()), (-20, (seen(81, 2.5, 25.0),)), (1.1, (seen(81, 1.0, 25.0),))], at(-20)),
        # seen less than a minute before its deal, and at no time earlier
        ([(-30, ()), (0.5, (seen(81, 2.5, 25.0),)), (1.1, (seen(81, 1.0, 25.0),))], at(0.5)),
    ],
)
def test_what_was_seen_stands_for_an_opening_that_is_not_on_record(looks: Looks, opened_at: datetime) -> None:
    trade = one([deal(1, 1, "sell out", 81, 1.5, 26.9, profit=18.75)], looks)
    assert (trade.lots, trade.left, trade.entry, trade.exit) == (2.5, 1.0, 26.4, 26.9)
    assert (trade.opened_at, trade.closed_at) == (opened_at, None)
    assert trade.unmatched == "how it was opened is not on record; 2.5 lots at 26.4 were seen"


def test_a_look_long_before_the_session_makes_a_position_older_than_the_span() -> None:
    friday = -3 * 24 * 60.0  # 2018-12-07 14:30, before the close there
    trade = one([deal(1, 1, "sell out", 81, 2.5, 26.9)], [(friday, (seen(81, 2.5),)), (1.1, ())])
    assert trade.opened_at == utc("2018-12-07T14:30")
    assert trade.closed_at == at(1)


def test_another_position_that_was_seen_tells_nothing_of_one_that_was_not() -> None:
    looks: Looks = [(-5, (seen(99, 2.5, 25.0),)), (2, (seen(99, 2.5, 25.0), seen(81, 1.1)))]
    deals = [deal(1, 1, "sell out", 81, 1.5, 26.9)]
    alone, trade = sorted(followed(deals, looks), key=lambda one: -one.position)
    assert (alone.position, trade.position, trade.entry) == (99, 81, None)
    assert (trade.lots, trade.left) == (approx(2.6), 1.1)


def test_on_a_netting_account_the_position_of_the_symbol_is_meant() -> None:
    looks: Looks = [(-5, (seen(902, 2.5, 25.0),)), (1.1, ())]  # another ticket since it was reversed
    trade = one([deal(1, 1, "sell out", 81, 2.5, 26.9)], looks, hedging=False)
    assert (trade.lots, trade.entry, trade.stops) == (2.5, 26.4, ((at(-5), 25.0),))


def test_lots_that_are_added_to_what_was_seen_before_are_no_new_trade() -> None:
    looks: Looks = [(-5, (seen(81, 2.5, 25.0),)), (1.1, (seen(81, 4.0, 25.0, price=26.55),))]
    trade = one([deal(1, 1, "buy in", 81, 1.5, 26.8)], looks, hedging=False)
    assert (trade.lots, trade.left, trade.entry) == (4.0, 4.0, 26.55)  # (2.5 x 26.4 + 1.5 x 26.8) / 4.0
    assert trade.unmatched == "how it was opened is not on record; 2.5 lots at 26.4 were seen"


def test_lots_added_to_an_unknown_number_are_counted_with_those_that_show() -> None:
    deals = [
        deal(1, 1, "sell out", 81, 1.5, 26.5),
        deal(2, 2, "buy in", 81, 2.0, 26.4),
        deal(3, 3, "sell out", 81, 2.5, 26.9),  # 0.5 more than are known to be open
    ]
    trade = one(deals)
    assert (trade.lots, trade.left, trade.entry, trade.closed_at) == (4.0, 0.0, None, at(3))


def test_lots_that_a_look_shows_beyond_those_that_were_added_were_there_before() -> None:
    deals = [deal(1, 1, "sell out", 81, 1.5, 26.5), deal(2, 2, "buy in", 81, 2.0, 26.4)]
    trade = one(deals, [(2.1, (seen(81, 2.7),))])
    assert (trade.lots, trade.left) == (4.2, 2.7)  # 1.5 that were closed, 2.0, and 0.7 of before


def test_more_lots_closed_than_opened_are_told() -> None:
    deals = [deal(1, 1, "buy in", 81, 1.5, 26.0), deal(2, 2, "sell out", 81, 2.0, 26.5, profit=18.75)]
    trade = one([*deals, deal(3, 3, "sell out", 81, 0.7, 26.5, profit=4.0)])
    assert (trade.lots, trade.left, trade.closed_at, trade.result) == (1.5, 0.0, at(3), 22.75)
    assert trade.unmatched == (
        "deal 2 closes 2 lots, and 1.5 were open; deal 3 closes 0.7 lots, and 0 were open"
    )


def test_a_ticket_that_opens_again_is_a_trade_of_its_own() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0),
        deal(2, 2, "sell out", 81, 1.5, 26.5),
        deal(3, 3, "sell in", 81, 0.7, 26.4),
    ]
    first, second = followed(deals)
    assert (first.lots, first.closed_at, second.side, second.left) == (1.5, at(2), SELL, 0.7)


def test_a_position_that_is_gone_without_a_deal_is_closed_and_says_so() -> None:
    opening = deal(1, 1, "buy in", 81, 1.5, 26.0, commission=-0.3)
    trade = one([opening], [(1.1, (seen(81, 1.5),)), (1.5, ())])
    assert (trade.lots, trade.left, trade.closed_at, trade.exit) == (1.5, 0.0, at(1.5), None)
    gone = "it was gone at 2018-12-10 14:31:30 UTC, and no deal has closed 1.5 lots of it"
    assert trade.unmatched == gone
    assert trade.result == -0.3


def test_one_that_no_look_shows_is_gone_only_after_a_minute() -> None:
    opening = deal(1, 1, "buy in", 81, 1.5, 26.0)
    assert one([opening], [(0, ()), (1.9, ())]).closed_at is None
    assert one([opening], [(0, ()), (1.9, ()), (2.5, ())]).closed_at == at(2.5)
    assert one([opening], [(0.98, (seen(81, 1.5),)), (4, ())]).closed_at == at(4)  # seen, by a slow clock


def test_after_a_part_was_closed_too_it_is_gone_only_after_a_minute() -> None:
    deals = [deal(1, 1, "buy in", 81, 1.5, 26.0), deal(2, 30, "sell out", 81, 0.5, 26.5)]
    assert one(deals, [(1.1, (seen(81, 1.5),)), (30.5, ())]).closed_at is None
    assert one(deals, [(1.1, (seen(81, 1.5),)), (30.5, ()), (31.5, ())]).closed_at == at(31.5)


def test_a_position_without_a_deal_is_a_trade_that_says_so() -> None:
    trade = one([], [(0, ()), (5, (seen(81, 1.5, 25.0),)), (7, (seen(81, 1.5, 25.5),))])
    assert (trade.position, trade.broker_symbol, trade.side) == (81, XLU, BUY)
    assert (trade.opened_at, trade.closed_at, trade.lots, trade.left) == (at(5), None, 1.5, 1.5)
    assert (trade.entry, trade.exit, trade.result) == (26.4, None, 0.0)
    assert trade.stops == ((at(5), 25.0), (at(7), 25.5))
    assert trade.unmatched == "it was seen from 2018-12-10 14:35:00 UTC on, and no deal of it is on record"


def test_one_that_was_there_from_the_first_look_on_is_as_old_as_the_span() -> None:
    trade = one([], [(0, (seen(81, 1.5),)), (9, ())])
    assert (trade.opened_at, trade.closed_at, trade.left) == (SPAN.begin, at(9), 0.0)
    assert trade.unmatched is not None
    assert trade.unmatched.endswith(
        "it was gone at 2018-12-10 14:39:00 UTC, and no deal has closed 1.5 lots of it"
    )


def test_other_lots_than_the_deals_leave_are_told() -> None:
    opening = deal(1, 1, "buy in", 81, 1.5, 26.0)
    assert one([opening], [(1.1, (seen(81, 1.4),))]).unmatched is None  # it may not have seen all of it
    assert one([opening], [(3, (seen(81, 1.5),))]).unmatched is None
    assert one([opening], [(3, (seen(81, 1.4),))]).unmatched == "its deals leave 1.5 lots, and 1.4 were seen"


def test_a_position_that_is_seen_long_after_it_was_closed_is_told() -> None:
    deals = [deal(1, 1, "buy in", 81, 1.5, 26.0), deal(2, 2, "sell out", 81, 1.5, 26.5)]
    assert one(deals, [(1.1, (seen(81, 1.5),)), (2.5, (seen(81, 1.5),))]).unmatched is None
    late = one(deals, [(1.1, (seen(81, 1.5),)), (3.5, (seen(81, 1.5),))])
    assert late.unmatched == "it was still seen at 2018-12-10 14:33:30 UTC, after its deals had closed it"
    assert late.closed_at == at(2)


def test_a_closing_on_the_side_of_its_position_counts_only_as_money() -> None:
    deals = [deal(1, 1, "buy in", 81, 1.5, 26.0), deal(2, 2, "buy out", 81, 0.5, 26.5, profit=-6.0)]
    trade = one(deals)
    assert (trade.left, trade.result, trade.exit) == (1.5, -6.0, None)
    assert trade.unmatched == "deal 2 closes a buy by a buy: only its money is counted"


@pytest.mark.parametrize("entry", ["in", "inout", "entry 9"])
def test_a_closing_that_was_booked_as_something_else_closes_and_says_so(entry: str) -> None:
    deals = [deal(1, 1, "buy in", 81, 1.5, 26.0), replace(deal(2, 2, "sell out", 81, 0.5, 26.5), entry=entry)]
    trade = one(deals)
    assert (trade.left, trade.exit) == (1.0, 26.5)
    assert trade.unmatched == f"deal 2 closes, and was booked as {entry!r}"


def test_a_reversal_of_what_was_not_seen_is_taken_for_its_closing() -> None:
    deals = [
        deal(1, 1, "sell inout", 81, 4.0, 26.5, profit=30.0, commission=-0.8),
        deal(2, 2, "buy out", 81, 2.5, 26.1, profit=25.0),
    ]
    first, second = sorted(followed(deals, hedging=False), key=lambda one: one.opened_at)
    assert (first.side, first.lots, first.entry, first.result) == (BUY, 4.0, None, approx(29.2))
    assert (second.side, second.lots, second.entry, second.result) == (SELL, 2.5, None, 25.0)
    told = "deal 1 turned it, and how many of its lots opened is not on record"
    assert first.unmatched == f"how it was opened is not on record, nor with how many lots; {told}"
    assert second.unmatched == told


def test_a_reversal_of_what_was_closed_opens_and_says_so() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0),
        deal(2, 2, "sell out", 81, 1.5, 26.5),
        deal(3, 3, "sell inout", 81, 2.5, 26.5, commission=-0.5),
    ]
    first, second = followed(deals, hedging=False)
    assert first.unmatched == "deal 3 turned it, and nothing of it was open"
    assert (first.costs, second.costs, second.left) == (0.0, -0.5, 2.5)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"profit": nan}, "0.5 lots at 26.5, profit nan"),
        ({"lots": inf}, "inf lots at 26.5, profit 4"),
        ({"lots": 0.0}, "0 lots at 26.5, profit 4"),
    ],
)
def test_a_deal_whose_numbers_are_none_is_not_counted_and_told(bad: dict[str, Any], told: str) -> None:
    deals = [
        deal(1, 1, "buy in", 81, 1.5, 26.0),
        replace(deal(2, 2, "sell out", 81, 0.5, 26.5, profit=4.0), **bad),
        deal(3, 3, "sell out", 81, 1.0, 26.5, profit=9.0),
    ]
    trade = one(deals)
    assert (trade.left, trade.profit) == (0.5, 9.0)
    assert trade.unmatched == f"deal 2 is not counted: {told}"


@pytest.mark.parametrize(("order", "side"), [("buy in", BUY), ("buy out", SELL)])
def test_a_position_of_nothing_but_such_deals_is_a_trade_of_no_lots(order: str, side: Side) -> None:
    trade = one([deal(2, 2, order, 81, 0.5, nan)])
    assert (trade.side, trade.lots, trade.left, trade.closed_at) == (side, 0.0, 0.0, at(2))
    assert trade.unmatched == "deal 2 is not counted: 0.5 lots at nan, profit 0"


def test_money_that_came_or_went_is_no_trade() -> None:
    assert followed([replace(deal(1, 1, "buy in", 0, 0.0, 0.0, profit=500.0), kind="balance")]) == ()


def test_a_deal_that_is_read_twice_counts_once() -> None:
    deals = [deal(1, 1, "buy in", 81, 1.5, 26.0), deal(2, 2, "sell out", 81, 0.5, 26.5)]
    assert followed([*deals, *deals]) == followed(deals)


# Drawn deals


def random_deals(seed: int, *, hedging: bool) -> list[Deal]:
    """Well-formed deals of some positions: opened, added to, reduced, reversed, closed by one another."""
    rng = random.Random(seed)  # noqa: S311 -- no secret
    open_lots: dict[int, int] = {}  # signed tenths of a lot, by position
    made: list[Deal] = []

    def book(order: str, position: int, tenths: int) -> None:
        amounts = {name: round(rng.uniform(-9, 9), 2) for name in ("profit", "commission", "swap", "fee")}
        minute = made[-1].at if made and rng.random() < 0.3 else at(len(made))
        new = deal(len(made) + 1, 0, order, position, tenths / 10, rng.uniform(20, 30), **amounts)
        made.append(replace(new, at=minute, broker_symbol=XLU if hedging else f"S{position % 3}"))

    for number in range(rng.randrange(1, 25)):
        position = rng.choice([*open_lots, 100 + number]) if hedging else number % 3
        lots = open_lots.get(position, 0)
        side, other = ("buy", "sell") if lots >= 0 else ("sell", "buy")
        act = rng.random()
        if not lots or (act < 0.3 and not hedging):
            way = side if lots else rng.choice(("buy", "sell"))
            size = rng.randrange(1, 40)
            book(f"{way} in", position, size)
            open_lots[position] = lots + (size if way == "buy" else -size)
        elif act < 0.45 and not hedging:
            size = abs(lots) + rng.randrange(1, 30)
            book(f"{other} inout", position, size)
            open_lots[position] = lots + (size if other == "buy" else -size)
        else:
            size = rng.randrange(1, abs(lots) + 1)
            entry = rng.choice(("out", "out_by")) if hedging else "out"
            book(f"{other} {entry}", position, size)
            open_lots[position] = lots + (size if other == "buy" else -size)
    made.append(replace(deal(900, 500, "buy in", 0, 0.0, 0.0, profit=50.0), kind="balance"))
    return made


@given(st.integers(0, 10**6), st.booleans())
def test_results_and_transfers_are_all_the_money_of_well_formed_deals(seed: int, hedging: bool) -> None:
    deals = random_deals(seed, hedging=hedging)
    found = followed(deals, hedging=hedging)
    transfers = [one for one in deals if one.kind == "balance"]
    total = sum(trade.result for trade in found) + balance_change(transfers)
    assert total == approx(money(deals), abs=1e-6)
    assert all(trade.unmatched is None for trade in found)
    opened = sum(one.lots * (1 if one.kind == "buy" else -1) for one in deals)
    assert sum(trade.left * trade.side.sign for trade in found) == approx(opened, abs=1e-6)


@given(st.integers(0, 10**6), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_in_which_deals_are_given_does_not_matter(
    seed: int,
    hedging: bool,
    rng: random.Random,
) -> None:
    deals = random_deals(seed, hedging=hedging)
    shuffled = rng.sample(deals, len(deals))
    assert followed(shuffled, hedging=hedging) == followed(deals, hedging=hedging)


NUMBERS = st.sampled_from([0.0, 0.1, 0.5, 2.0, -3.0, nan, inf, -inf, 1e308])
ANY_DEALS = st.lists(
    st.builds(
        Deal,
        ticket=st.integers(1, 6),
        at=st.integers(-10, 30).map(lambda minute: at(minute / 2)),
        kind=st.sampled_from(["buy", "sell", "balance", "type 99"]),
        entry=st.sampled_from(["in", "out", "inout", "out_by", "entry 7"]),
        position=st.integers(0, 3),
        broker_symbol=st.sampled_from([XLU, "IWM.US"]),
        lots=NUMBERS,
        price=NUMBERS,
        profit=NUMBERS,
        commission=NUMBERS,
        swap=NUMBERS,
        fee=NUMBERS,
    ),
    max_size=8,
)
ANY_LOOKS = st.lists(
    st.lists(
        st.builds(
            Opened,
            ticket=st.integers(0, 4),
            broker_symbol=st.sampled_from([XLU, "IWM.US"]),
            side=st.sampled_from(Side),
            lots=st.sampled_from([0.1, 0.5, 2.0]),
            price=st.sampled_from([20.0, 26.4]),
            stop=st.sampled_from([None, 19.0, 30.0]),
        ),
        max_size=3,
    ).map(tuple),
    max_size=6,
)


@given(ANY_DEALS, ANY_LOOKS, st.booleans())
def test_no_deals_and_no_sightings_raise(
    deals: list[Deal],
    looks: list[tuple[Opened, ...]],
    hedging: bool,
) -> None:
    found = followed(deals, [(index * 3 - 4, one) for index, one in enumerate(looks)], hedging=hedging)
    known = {one.position for one in found}
    assert {one.position for one in deals if one.kind in ("buy", "sell")} <= known
    if hedging:
        assert {one.ticket for seen in looks for one in seen} <= known
