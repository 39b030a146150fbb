"""Trades against the advice of their moment."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.check import Answer
from assistant.core.judged import Judged, judged
from assistant.core.logbook import Asked, Formula, HeldOver, Logbook, Lots, Opened, Run, Span, Taken
from assistant.core.market import Deal, Side
from assistant.core.ordered import lots_at
from assistant.core.trades import trades
from tests.core import seven
from tests.core.builders import BUY, SELL, utc
from tests.core.fills import XLU, fill

approx: Any = pytest.approx  # it stands in tuples of other types
OPEN = utc("2018-12-20T14:30")
deal = partial(fill, OPEN)
# A lot of XLU earns 25 for 1.0 of price and costs 1.50 in all; 90.00 may be lost.
FORMULA = Formula(
    money=90.0,
    money_cap="context",
    loss_per_unit=25.0,
    cost_per_lot=1.50,
    floor_loss_per_lot=0.0,
    lots_cap=6.0,
    lots_cap_name="margin",
    volume_min=0.4,
    volume_step=0.2,
    default_stop=1.2,
    min_stop=0.25,
)


def at(minute: float) -> datetime:
    """An instant so many minutes after the session's open."""
    return OPEN + timedelta(minutes=minute)


def taken(of: Deal, stop: float | None = 25.0, **more: object) -> Taken:
    """What the advice a second before a deal said to its order: nothing but its formula."""
    fields: dict[str, Any] = {
        "at": of.at + timedelta(seconds=1),
        "as_of": of.at - timedelta(seconds=1),
        "ticket": of.ticket,
        "position": of.position,
        "pending": False,
        "symbol": "XLU",
        "side": Side(of.kind),
        "lots": of.lots,
        "stop": stop,
        "bid": 26.20,
        "ask": 26.26,
        "answer": None,
        "suggested": None,
        "cap": None,
        "reason": "XLU is not known",
        "would_bind": None,
        "loss_at_stop": None,
        "formula": FORMULA,
    }
    fields.update(more)
    return Taken(**fields)


def asked(minute: float, lots: float, side: Side = BUY, **more: object) -> Asked:
    """A check of XLU that allowed all it was asked for."""
    fields: dict[str, Any] = {
        "at": at(minute),
        "symbol": "XLU",
        "side": side,
        "lots": lots,
        "answer": Answer.ALLOW,
        "suggested": lots,
        "cap": "context",
        "loss_at_stop": None,
    }
    fields.update(more)
    return Asked(**fields)


def seen(ticket: int, lots: float, stop: float | None, side: Side = BUY, price: float = 26.26) -> Opened:
    return Opened(ticket, XLU, side, lots, price, stop)


Looks = Sequence[tuple[float, tuple[Opened, ...]]]


def a_book(
    deals: Sequence[Deal] = (),
    advice: Sequence[Taken] = (),
    looks: Looks = (),
    checks: Sequence[Asked] = (),
    *,
    hedging: bool = True,
) -> Logbook:
    """The record of the day of seven trades, up to 20:59, with other facts in it."""
    return replace(
        seven.a_logbook(),
        hedging=hedging,
        deals=tuple(deals),
        positions=tuple((at(minute), positions) for minute, positions in looks),
        taken=tuple(advice),
        asked=tuple(checks),
        held_over=None,
        until=at(389),
    )


def judge(book: Logbook) -> tuple[Judged, ...]:
    return judged(trades(book.deals, book.positions, book.span, hedging=book.hedging), book)


def one(book: Logbook) -> Judged:
    (found,) = judge(book)
    return found


# The day of seven trades

DAY = {found.trade.position: found for found in judge(seven.a_logbook())}


@pytest.mark.parametrize("position", seven.ORDER)
def test_each_of_the_seven_trades_comes_to_what_was_worked_out_by_hand(position: int) -> None:
    found, expected = DAY[position], dict(seven.EXPECTED[position])
    assert (found.checked is not None) is expected.pop("checked")
    assert found.trade.result == approx(expected.pop("result"), abs=1e-9)
    got = {name: getattr(found, name) for name in expected}
    assert got == {
        name: approx(value, abs=1e-9) if isinstance(value, float) else value
        for name, value in expected.items()
    }
    assert found.widened == seven.WIDENED.get(position, ())
    assert found.removed is False
    assert found.reduced is (position == 86)
    assert found.opened_now is (position != 86)
    assert found.symbol == found.trade.broker_symbol[:3]


def test_what_else_is_to_say_of_them_is_said_in_plain_sentences() -> None:
    told = {position: found.remarks for position, found in DAY.items()}
    assert told == {
        81: (),
        82: (),
        83: (),
        84: ("a dry run would have left 2.2 lots: funded daily loss", "held over the close"),
        85: ("no stop-loss for 7 min",),
        86: (
            "its stop 126.5 is the first that was seen, a while after it was opened",
            "held over the close",
        ),
        87: ("stop moved away from 248.12 to 247.32", "stop moved away from 247.32 to 246.92"),
    }
    assert DAY[81].without_stop == 25.0  # seconds: its stop came with the next click
    assert DAY[85].without_stop == 450.0  # all its life


def test_the_reason_of_the_advice_stands_with_its_lots() -> None:
    assert DAY[82].why == "0.60x NEUTRAL since 2018-10-12 (48 sessions)"
    assert DAY[81].why == DAY[82].why
    assert DAY[86].why == "it was opened before this session, and no advice of that moment is on record"
    assert (DAY[82].within, DAY[81].within, DAY[86].within) == (False, True, None)


# Lots


def test_the_lots_of_a_formula_are_those_of_the_panel() -> None:
    # 1.2 x 25 + 1.5 = 31.5 a lot; 90 / 31.5 = 2.857 and a step of 0.2 leave 2.8
    assert lots_at(FORMULA, 1.2) == Lots(2.8, "context")
    # 0.3 x 25 + 1.5 = 9.0 a lot would be 10 lots; 6 are let through
    assert lots_at(FORMULA, 0.3) == Lots(6.0, "margin")
    assert lots_at(replace(FORMULA, lots_cap=10.0), 0.3) == Lots(10.0, "context")  # of equals the money
    # 90 / (9.5 x 25 + 1.5 = 239) = 0.377, below the smallest order
    assert lots_at(FORMULA, 9.5) == Lots(0.0, "volume_min")
    # a gap of 40 a lot: 90 / 40 = 2.25
    assert lots_at(replace(FORMULA, floor_loss_per_lot=40.0), 1.2) == Lots(2.2, "context")
    # a stop 0.1 away counts as 0.25: 0.25 x 25 + 1.50 = 7.75, and 36.00 / 7.75 = 4.645
    assert lots_at(replace(FORMULA, money=36.0), 0.1) == Lots(4.6, "context")
    assert lots_at(replace(FORMULA, money=0.0), 1.2) == Lots(0.0, "context")
    assert lots_at(replace(FORMULA, lots_cap=0.0), 1.2) == Lots(0.0, "margin")
    assert lots_at(replace(FORMULA, cost_per_lot=-30.0), 1.2) == Lots(
        6.0, "margin"
    )  # a lot that loses nothing


def test_a_stop_within_a_minute_is_the_first_and_a_later_one_is_not() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    without = taken(order, None)
    bare, stopped = (seen(81, 2.0, None),), (seen(81, 2.0, 25.26),)
    soon = one(a_book([order], [without], [(1.1, bare), (2, stopped)]))
    # 1.00 x 25 + 1.50 = 26.50 a lot; 90 / 26.5 = 3.396, so 3.2, losing 84.80; 2.0 lots lose 53.00
    assert (soon.advised, soon.planned, soon.at_stop, soon.r) == (
        3.2,
        *map(approx, (84.8, 53.0, 53.0)),
    )
    late = one(a_book([order], [without], [(1.1, bare), (2.1, stopped)]))
    # the default stop: 31.50 a lot, 2.8 lots were advised, 88.20; the 2.0 that were taken risk 63.00
    assert (late.advised, late.at_stop) == (2.8, None)
    assert (late.planned, late.r) == (approx(88.2), approx(63.0))


def test_without_a_stop_r_is_what_the_lots_taken_risk_whatever_was_advised() -> None:
    order = deal(1, 1, "buy in", 81, 4.0, 26.26)
    close = deal(2, 9, "sell out", 81, 4.0, 25.63, profit=-63.0)
    # 31.50 a lot to the default stop: 4.0 lots lose 126.00, where 2.8 lots of 88.20 were advised
    over = one(a_book([order, close], [taken(order, None)]))
    assert (over.advised, over.r, over.result_r) == (2.8, approx(126.0), approx(-0.5))
    # no lots were advised, and 4.0 were taken all the same: what they risked is as large
    none = one(a_book([order, close], [taken(order, None, formula=replace(FORMULA, money=0.0))]))
    assert (none.advised, none.planned, none.r, none.result_r) == (0.0, 0.0, approx(126.0), approx(-0.5))
    # lots that are added have a plan of their own: 1.0 lot at its own stop 1.00 away, 26.50, beside 126.00
    added = deal(3, 5, "buy in", 81, 1.0, 26.26)
    both = one(a_book([order, added], [taken(order, None), taken(added, 25.26)]))
    assert both.r == approx(152.5)
    # of an order without a formula nothing is known, and so of the trade
    half = one(a_book([order, added], [taken(order, None), taken(added, None, formula=None)]))
    assert half.r is None
    assert one(a_book([order, added], [taken(order, None)])).r is None


def test_the_first_of_two_stops_within_a_minute_counts_and_the_second_was_moved() -> None:
    order = deal(1, 1, "sell in", 81, 2.0, 26.20)
    looks: Looks = [
        (1.1, (seen(81, 2.0, None, SELL),)),
        (1.3, (seen(81, 2.0, 27.20, SELL),)),
        (1.5, (seen(81, 2.0, 27.70, SELL),)),
    ]
    found = one(a_book([order], [taken(order, None)], looks))
    assert (found.at_stop, found.widened) == (approx(53.0), (27.70,))


def test_an_order_that_the_advice_resized_at_its_own_stop_had_those_lots() -> None:
    order = deal(1, 1, "buy in", 81, 3.0, 26.26)
    told = taken(order, 25.26, answer=Answer.RESIZE, suggested=1.4, cap="idea", reason="1.8 of 3.2 are open")
    found = one(a_book([order], [told], [(1.1, (seen(81, 3.0, 25.26),))]))
    assert (found.advised, found.cap, found.why) == (1.4, "idea", "1.8 of 3.2 are open")
    assert (found.over, found.planned) == (1.6, approx(37.1))  # 1.4 x 26.50
    # where the formula leaves no more, the answer's cap and reason stand: 45.00 / 26.50 is 1.698, so 1.6
    same = replace(told, suggested=1.6, formula=replace(FORMULA, money=45.0))
    alike = one(a_book([order], [same], [(1.1, (seen(81, 3.0, 25.26),))]))
    assert (alike.advised, alike.cap) == (1.6, "idea")
    # at another stop than the one that it was asked with the formula decides: 3.2 lots
    moved = one(a_book([order], [replace(told, stop=None)], [(1.1, (seen(81, 3.0, 25.26),))]))
    assert (moved.advised, moved.cap, moved.over) == (3.2, "context", 0.0)
    assert moved.why == "90.00 by context"


def test_what_the_advice_allowed_is_no_limit_to_what_it_left() -> None:
    order = deal(1, 1, "buy in", 81, 1.0, 26.26)
    told = taken(order, 25.26, answer=Answer.ALLOW, suggested=1.0, cap="context", reason="0.75x")
    found = one(a_book([order], [told], [(1.1, (seen(81, 1.0, 25.26),))]))
    assert (found.advised, found.over, found.why) == (3.2, 0.0, "0.75x")


@pytest.mark.parametrize(
    ("formula", "stop", "why"),
    [
        (replace(FORMULA, lots_cap=1.6), 25.26, "1.6 lots by margin"),
        (replace(FORMULA, money=9.0), 25.26, "the broker's smallest order is 0.4"),
    ],
)
def test_what_bound_a_formula_is_told_in_numbers(formula: Formula, stop: float, why: str) -> None:
    order = deal(1, 1, "buy in", 81, 1.0, 26.26)
    found = one(a_book([order], [taken(order, stop, formula=formula)], [(1.1, (seen(81, 1.0, stop),))]))
    assert found.why == why


def test_where_a_fact_was_missing_the_answer_itself_is_the_advice() -> None:
    order = deal(1, 1, "buy in", 81, 1.0, 26.26)
    deny = taken(
        order, answer=Answer.DENY, suggested=0.0, cap="market closed", reason="opens 14:30", formula=None
    )
    close = deal(2, 3, "sell out", 81, 1.0, 26.06, profit=-5.0)
    found = one(a_book([order, close], [deny], [(1.1, (seen(81, 1.0, 25.0),)), (3.1, ())]))
    assert (found.advised, found.cap, found.over, found.planned) == (0.0, "market closed", 1.0, 0.0)
    assert found.remarks == ("0 lots were advised: opens 14:30",)
    assert found.over_cost == -5.0  # all of it
    # -5.00 / (1.0 x -0.20) = 25 a lot and 1.0; 1.26 to the stop, and nothing was charged
    assert (found.at_stop, found.result_r) == (approx(31.5), approx(-5.0 / 31.5))


def test_an_order_of_which_nothing_could_be_said_is_not_known() -> None:
    order = deal(1, 1, "buy in", 81, 1.0, 26.26)
    found = one(a_book([order], [taken(order, formula=None)], [(1.1, (seen(81, 1.0, 25.0),))]))
    assert (found.advised, found.cap, found.over, found.planned, found.r) == (None, None, None, None, None)
    assert found.why == "XLU is not known"
    assert (found.at_stop, found.slippage, found.spread) == (None, None, None)


@pytest.mark.parametrize(
    "numbers", [{"loss_per_unit": 0.0}, {"volume_step": 0.0}, {"money": float("nan")}, {"lots_cap": 1e308}]
)
def test_a_formula_that_cannot_be_counted_with_says_nothing(numbers: dict[str, Any]) -> None:
    order = deal(1, 1, "buy in", 81, 1.0, 26.26)
    formula = replace(FORMULA, **{"volume_step": 1e-9, **numbers})
    found = one(a_book([order], [taken(order, formula=formula)], [(1.1, (seen(81, 1.0, 25.0),))]))
    assert (found.advised, found.at_stop) == (None, None)


# Orders and checks


def test_each_order_that_adds_is_compared_with_its_own_advice() -> None:
    first, second = deal(1, 1, "buy in", 81, 2.0, 26.26), deal(2, 9, "buy in", 81, 1.8, 26.46)
    close = deal(3, 20, "sell out", 81, 3.8, 26.86, profit=48.0)
    advice = [
        taken(first, 25.26),  # 3.2 lots, as above: 2.0 are within
        # 26.46 - 25.46 = 1.00: 26.50 a lot again; of 40.00 left 1.509, so 1.4; 0.4 too many
        taken(second, 25.46, formula=replace(FORMULA, money=40.0)),
    ]
    looks: Looks = [(1.1, (seen(81, 2.0, 25.26),)), (9.1, (seen(81, 3.8, 25.46),)), (20.1, ())]
    found = one(a_book([first, second, close], advice, looks, [asked(0.5, 2.0)], hedging=False))
    assert (found.advised, found.over) == (3.2, 0.4)
    assert [(order.lots, order.advised, order.over) for order in found.orders] == [
        (2.0, 3.2, 0.0),
        (1.8, 1.4, 0.4),
    ]
    assert found.planned == approx(121.9)  # (3.2 + 1.4) x 26.50
    # mean entry (2.0 x 26.26 + 1.8 x 26.46) / 3.8 = 26.35474: 3.8 x (1.09474 x 25 + 1.50) = 109.70
    assert found.at_stop == approx(109.7)
    assert found.over_cost == approx(48.0 * 0.4 / 3.8)
    assert found.taken == tuple(advice)
    assert found.remarks == ("1.8 lots were added, 1.4 were advised, unchecked",)
    assert found.widened == ()  # it was moved towards the price


def test_an_addition_without_advice_leaves_the_lots_above_it_unknown() -> None:
    first, second = deal(1, 1, "buy in", 81, 2.0, 26.26), deal(2, 9, "buy in", 81, 1.8, 26.46)
    looks: Looks = [(1.1, (seen(81, 2.0, 25.26),)), (9.1, (seen(81, 3.8, 25.26),))]
    book = a_book([first, second], [taken(first, 25.26)], looks, [asked(0.5, 2.0), asked(8, 1.8)])
    found = one(book)
    assert (found.over, found.within, found.planned) == (None, None, None)
    assert found.remarks == ("1.8 lots were added, no advice of its moment is on record",)
    # where the first order alone was too large, so much is known
    small = replace(FORMULA, money=40.0)  # 1.4 lots
    assert one(replace(book, taken=(taken(first, 25.26, formula=small),))).over == 0.6


def test_fills_of_one_order_are_compared_with_the_advice_together() -> None:
    parts = [deal(1, 1, "buy in", 81, 1.8, 26.26), deal(2, 1, "buy in", 81, 1.6, 26.28)]
    advice = [taken(part, 25.26) for part in parts]
    looks: Looks = [(1.1, (seen(81, 3.4, 25.26),))]
    found = one(a_book(parts, advice, looks, [asked(0.5, 3.4)]))
    (order,) = found.orders
    # mean 26.2694: 1.00941 x 25 + 1.50 = 26.735 a lot; 90 / 26.735 = 3.366, so 3.2; 3.4 are 0.2 too many
    assert (order.lots, order.advised, order.over) == (3.4, 3.2, 0.2)
    assert (order.checked, order.deals) == (asked(0.5, 3.4), tuple(parts))
    named = [replace(part, order=70 + part.ticket) for part in parts]  # two orders of one moment
    first, second = one(a_book(named, advice, looks)).orders
    assert (first.over, second.over) == (0.0, 0.2)  # 3.2 - 1.8 = 1.4 were left of it
    assert second.before == 1.8


def test_two_positions_by_the_same_advice_share_its_lots() -> None:
    first, second = deal(1, 1, "buy in", 81, 2.0, 26.26), deal(2, 1, "buy in", 82, 1.8, 26.26)
    looks: Looks = [(1.1, (seen(81, 2.0, 25.26), seen(82, 1.8, 25.26)))]
    one_found, other = judge(a_book([first, second], [taken(first, 25.26), taken(second, 25.26)], looks))
    assert (one_found.over, other.over) == (0.0, 0.6)  # 3.2 - 2.0 = 1.2 were left
    assert other.advised == 3.2
    assert other.remarks == ("2 lots were ordered by the same advice before these 1.8 lots",)


def test_of_orders_by_the_same_advice_that_said_nothing_none_is_known() -> None:
    orders = [deal(1, 1, "buy in", 81, 2.0, 26.26), deal(2, 1, "buy in", 82, 1.8, 26.26)]
    found = judge(a_book(orders, [taken(one, formula=None) for one in orders]))
    assert [one.over for one in found] == [None, None]


def test_an_order_that_waited_is_compared_with_the_advice_of_when_it_was_placed() -> None:
    fill = deal(9, 30, "buy in", 81, 2.0, 26.26)
    waited = replace(taken(fill, 25.26), at=at(2), as_of=at(1.9), ticket=81, pending=True)
    # when it was filled, the order itself stood against the advice
    at_fill = taken(fill, 25.26, formula=replace(FORMULA, money=10.0), bid=26.22, ask=26.30)
    looks: Looks = [(30.1, (seen(81, 2.0, 25.26),))]
    for named in (fill, replace(fill, order=81)):
        found = one(a_book([named], [at_fill, waited], looks, [asked(1, 2.0), asked(29, 2.0)]))
        assert (found.advised, found.over, found.taken) == (3.2, 0.0, (waited,))
        assert found.checked == asked(1, 2.0)  # before it was placed
        assert found.slippage is None  # it was no order at the market
        assert found.spread == approx(-2.0)  # 0.08 / 2 x 2.0 x 25, as it was when it was filled


def test_the_stop_of_an_order_that_waited_is_the_one_it_was_filled_with() -> None:
    fill = replace(deal(9, 30, "buy in", 81, 2.0, 26.26), order=81)
    waited = replace(taken(fill, 24.26), at=at(2), as_of=at(1.9), ticket=81, pending=True)
    moved = one(a_book([fill], [waited], [(30.1, (seen(81, 2.0, 25.26),))]))
    assert (moved.at_stop, moved.symbol) == (approx(53.0), "XLU")
    unseen = one(a_book([fill], [waited]))
    assert unseen.at_stop == approx(103.0)  # 2.0 x (2.00 x 25 + 1.50), as it was placed


def test_fills_beyond_the_lots_that_waited_are_another_order() -> None:
    fills = [deal(9, 30, "buy in", 81, 1.2, 26.26), deal(10, 31, "buy in", 81, 1.0, 26.26)]
    waited = replace(taken(fills[0], 25.26), at=at(2), as_of=at(1.9), ticket=81, pending=True, lots=2.0)
    first, second = one(a_book(fills, [waited])).orders
    assert (first.taken, first.lots) == (waited, 1.2)
    assert (second.taken, second.lots) == (None, 1.0)


def test_of_a_reversal_only_the_lots_that_open_are_compared() -> None:
    first = deal(1, 1, "buy in", 81, 1.4, 26.26)
    turn = deal(2, 9, "sell inout", 81, 3.4, 26.20)
    told = taken(
        turn,
        27.20,
        lots=2.0,  # that open
        answer=Answer.RESIZE,
        suggested=1.2,
        cap="idea",
        reason="1.2 of 3.2 are left",
        bid=26.21,
        ask=26.27,
    )
    looks: Looks = [(1.1, (seen(81, 1.4, 25.26),)), (9.1, (seen(902, 2.0, 27.20, SELL, 26.20),))]
    _, found = judge(a_book([first, turn], [taken(first, 25.26), told], looks, hedging=False))
    # 3.4 - 1.4 = 2.0 opened, and 1.2 might
    assert (found.trade.side, found.trade.lots) == (SELL, 2.0)
    assert (found.advised, found.cap, found.over) == (1.2, "idea", 0.8)
    assert found.at_stop == approx(53.0)  # 2.0 x (1.00 x 25 + 1.50)
    assert found.slippage == approx(-0.5)  # sold at 26.20 for 26.21: 2.0 x -0.01 x 25
    assert found.spread == approx(-1.5)  # 0.06 / 2 x 2.0 x 25


@pytest.mark.parametrize(
    ("check", "counts"),
    [
        (asked(0.5, 2.0), True),
        (asked(0.5, 3.0, answer=Answer.RESIZE, suggested=1.4), True),  # it was asked for more
        (asked(0.5, 2.0, answer=Answer.DENY, suggested=0.0), True),  # it said no; the lots tell that
        (asked(0.5, 1.8), False),  # for fewer lots
        (asked(0.5, 2.0, SELL), False),
        (asked(0.5, 2.0, symbol="XLP"), False),
        (asked(1 + 1 / 60 - 10, 2.0), True),  # ten minutes before the look that showed the order
        (asked(1 - 10, 2.0), False),  # and a second more
        (asked(1 + 1 / 60, 2.0), True),  # when that look was
        (asked(1.1, 2.0), False),  # after it
    ],
)
def test_a_check_counts_for_an_order_of_its_side_and_no_more_lots_within_ten_minutes(
    check: Asked,
    counts: bool,
) -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    found = one(a_book([order], [taken(order)], (), [check]))
    assert (found.checked == check) is counts


def test_a_check_serves_one_order_and_the_last_one_asked_serves_first() -> None:
    first, second, third = (deal(n, n, "buy in", 80 + n, 1.0, 26.26) for n in (1, 2, 3))
    checks = [asked(0.2, 1.0), asked(0.5, 1.0)]
    found = judge(a_book([first, second, third], [], (), checks))
    assert [one.checked for one in found] == [None, None, None]  # of whose symbol nothing is known
    never = replace(taken(first), ticket=99, position=99, pending=True, symbol="XLP")  # was not filled
    found = judge(a_book([first, second, third], [never, taken(first)], (), checks))
    assert [one.checked for one in found] == [checks[1], checks[0], None]


def test_an_order_while_nothing_ran_is_told() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    book = replace(a_book([order]), runs=(Run(Span(at(2), at(60)), ""),))
    found = one(book)
    assert (found.why, found.symbol) == ("the assistant did not run", XLU)
    assert found.remarks == ("opened while the assistant did not run",)
    assert one(a_book([order])).why == "no advice of its moment is on record"
    for begin, end in ((1, 60), (-60, 1)):  # it ran from or to that very instant
        ran = replace(book, runs=(Run(Span(at(begin), at(end)), ""),))
        assert one(ran).why == "no advice of its moment is on record"


def test_a_position_whose_deal_is_missing_has_its_advice_by_its_ticket() -> None:
    told = taken(deal(1, 1, "buy in", 81, 2.0, 26.26), 25.26)
    found = one(a_book([], [told], [(0, ()), (1.1, (seen(81, 2.0, 25.26),))]))
    assert (found.advised, found.over, found.at_stop) == (3.2, 0.0, approx(53.0))
    assert (found.slippage, found.spread) == (None, None)
    assert found.remarks == ("it was seen from 2018-12-20 14:31:06 UTC on, and no deal of it is on record",)
    netting = one(a_book([], [told], [(0, ()), (1.1, (seen(81, 2.0, 25.26),))], hedging=False))
    assert (netting.advised, netting.orders) == (None, ())


# Stops


def test_a_stop_that_was_moved_away_or_taken_away_is_told() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    looks: Looks = [
        (1.1, (seen(81, 2.0, 25.26),)),
        (5, (seen(81, 2.0, 25.76),)),  # nearer
        (6, (seen(81, 2.0, 25.56),)),  # away
        (7, (seen(81, 2.0, None),)),
        (8.5, (seen(81, 2.0, 25.16),)),  # back, and farther away
        (9, ()),
    ]
    close = deal(2, 9, "sell out", 81, 2.0, 26.30, profit=2.0)
    found = one(a_book([order, close], [taken(order, 25.26)], looks))
    assert (found.widened, found.removed, found.without_stop) == ((25.56, 25.16), True, 90.0)
    assert found.remarks == (
        "no stop-loss for 1 min",
        "stop moved away from 25.76 to 25.56",
        "stop moved away from 25.56 to 25.16",
        "its stop-loss was taken away",
    )


def test_a_sell_has_its_stop_moved_away_upwards() -> None:
    order = deal(1, 1, "sell in", 81, 2.0, 26.20)
    looks: Looks = [
        (1.1, (seen(81, 2.0, 27.20, SELL),)),
        (5, (seen(81, 2.0, 26.70, SELL),)),
        (6, (seen(81, 2.0, 26.90, SELL),)),
    ]
    assert one(a_book([order], [taken(order, 27.20)], looks)).widened == (26.90,)


def test_hours_without_a_stop_are_told_as_hours() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    found = one(a_book([order], [taken(order, None)], [(1.1, (seen(81, 2.0, None),))]))
    # it is open to the end of the record at 20:59, 388 minutes after 14:31
    assert found.without_stop == 388 * 60
    assert found.remarks == ("no stop-loss for 6 h 28 min",)


def test_a_minute_without_a_stop_is_not_told() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    found = one(a_book([order], [], [(1.1, (seen(81, 2.0, None),)), (2, (seen(81, 2.0, 25.0),))]))
    assert (found.without_stop, found.removed) == (60.0, False)
    assert found.remarks == ()


def test_a_position_that_was_seen_within_a_minute_counts_from_its_opening() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    for first, bare in ((2, 240.0), (2.5, 150.0)):  # to 14:35; later than a minute, from when it was seen
        looks: Looks = [(first, (seen(81, 2.0, None),)), (5, (seen(81, 2.0, 25.0),))]
        assert one(a_book([order], [], looks)).without_stop == bare


def test_of_a_position_from_before_only_the_time_in_the_session_counts() -> None:
    night = utc("2018-12-19T21:00:00")
    opening = replace(deal(1, 1, "buy in", 81, 2.0, 26.26), at=utc("2018-12-18T16:00"))
    looks: Looks = [(-24 * 60, (seen(81, 2.0, None),)), (-17 * 60, (seen(81, 2.0, 25.0),))]
    found = one(a_book([opening], [], looks))  # seen from 14:30 the day before, a stop from 21:30 on
    assert found.without_stop == (utc("2018-12-19T21:30:00") - night).total_seconds()
    looks = [(5, (seen(81, 2.0, None),)), (6, (seen(81, 2.0, 25.0),))]
    assert one(a_book([opening], [], looks)).without_stop == 60.0  # before it nobody looked


def test_a_first_stop_that_is_not_behind_the_entry_says_nothing_of_the_risk() -> None:
    opening = replace(deal(1, 1, "buy in", 81, 2.0, 26.26), at=utc("2018-12-18T16:00"))
    close = deal(2, 30, "sell out", 81, 2.0, 28.26, profit=100.0)
    found = one(a_book([opening, close], [], [(0, (seen(81, 2.0, 27.0),)), (30.1, ())]))
    assert (found.at_stop, found.r, found.result_r) == (None, None, None)
    assert found.remarks == ("its first stop 27 was not behind its entry 26.26",)
    even = one(a_book([opening, close], [], [(0, (seen(81, 2.0, 26.26),)), (30.1, ())]))
    assert (even.at_stop, even.remarks) == (None, ("its first stop 26.26 was not behind its entry 26.26",))


def test_without_any_look_the_stop_of_the_advice_is_the_first() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    found = one(a_book([order], [taken(order, 25.26)]))
    assert (found.at_stop, found.without_stop) == (approx(53.0), None)


# Money


def test_what_a_lot_earns_is_told_by_the_advice_to_its_symbol_and_by_its_own_side_first() -> None:
    bought = replace(deal(1, 1, "buy in", 81, 2.0, 26.26), at=utc("2018-12-18T16:00"))
    close = deal(2, 20, "sell out", 81, 2.0, 26.46, profit=9.9)
    sold = deal(3, 30, "sell in", 82, 1.0, 26.20)
    again = deal(4, 40, "buy in", 83, 1.0, 26.26)
    looks: Looks = [(-30, (seen(81, 2.0, 25.26),)), (20.1, ())]
    other = taken(sold, formula=replace(FORMULA, loss_per_unit=26.0))
    by_other = judge(a_book([bought, close, sold], [other], looks))[0]
    assert by_other.at_stop == approx(55.0)  # 2.0 x (1.00 x 26 + 1.50)
    by_own = judge(a_book([bought, close, sold, again], [other, taken(again)], looks))[0]
    assert by_own.at_stop == approx(53.0)
    # by its own closing where no advice is on record: 9.9 / (2.0 x 0.20) = 24.75
    assert one(a_book([bought, close], [], looks)).at_stop == approx(49.5)


def test_what_it_was_charged_is_in_the_loss_at_the_stop_where_only_its_deals_tell() -> None:
    opening = deal(1, 1, "buy in", 81, 2.0, 26.26, commission=-0.8, fee=-0.2)
    closes = [
        deal(2, 20, "sell out", 81, 1.2, 26.76, profit=15.0, commission=-0.6),
        deal(3, 21, "sell out", 81, 0.8, 26.27, profit=0.3, commission=-0.4),  # too little to tell by
    ]
    looks: Looks = [(1.1, (seen(81, 2.0, 25.26),)), (20.1, (seen(81, 0.8, 25.26),)), (21.1, ())]
    found = one(a_book([opening, *closes], [], looks))
    # 15.0 / (1.2 x 0.50) = 25 a lot; 1.00 / 2.0 + 1.00 / 2.0 = 1.00 charged; 2.0 x (1.00 x 25 + 1.00)
    assert found.at_stop == approx(52.0)
    assert found.result_r == approx((15.3 - 2.0) / 52.0)


@pytest.mark.parametrize("order", [1, -1])
def test_the_closing_that_brought_most_tells_what_a_lot_earns(order: int) -> None:
    opening = deal(1, 1, "buy in", 81, 2.0, 26.26)
    parts = [(1.6, 26.76, 20.0), (0.4, 26.36, 1.0)][::order]  # 20 / (1.6 x 0.50) and 1 / (0.4 x 0.10) are 25
    closes = [deal(2 + n, 20 + n, "sell out", 81, *part[:2], profit=part[2]) for n, part in enumerate(parts)]
    looks: Looks = [(1.1, (seen(81, 2.0, 25.26),))]
    assert one(a_book([opening, *closes], [], looks)).at_stop == approx(50.0)  # 2.0 x 1.00 x 25
    rounded = [replace(of, profit=1.02) if of.profit == 1.0 else of for of in closes]  # would tell 25.5
    assert one(a_book([opening, *rounded], [], looks)).at_stop == approx(50.0)
    alone = next(of for of in closes if of.profit == 1.0)
    assert one(a_book([opening, alone], [], looks)).at_stop == approx(50.0)  # it is just enough


def test_a_dry_run_that_would_have_left_all_lots_is_not_told() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    for lots, told in ((2.0, ()), (1.8, ("a dry run would have left 1.8 lots: funded static",))):
        advice = taken(order, would_bind=Lots(lots, "funded static"))
        assert one(a_book([order], [advice])).remarks == told


def test_a_position_that_was_only_seen_is_charged_what_its_closing_was() -> None:
    close = deal(2, 20, "sell out", 81, 2.0, 26.76, profit=25.0, commission=-0.8)
    looks: Looks = [(-30, (seen(81, 2.0, 25.26),)), (20.1, ())]
    found = one(a_book([close], [], looks))
    assert found.at_stop == approx(51.6)  # 2.0 x (1.00 x 25 + 2 x 0.40)
    assert found.reduced


@pytest.mark.parametrize(
    "close",
    [
        deal(2, 20, "sell out", 81, 2.0, 26.26, profit=5.0),  # the price did not move
        deal(2, 20, "sell out", 81, 2.0, 26.76, profit=0.9),  # too little to tell by
        deal(2, 20, "sell out", 81, 2.0, 26.76, profit=-25.0),  # on the wrong side
        deal(2, 20, "sell out_by", 81, 2.0, 26.76, profit=25.0),  # a part of it was booked to the other
        deal(2, 0.5, "sell in", 90, 2.0, 26.76),  # nothing was closed
    ],
)
def test_where_nothing_tells_what_a_lot_earns_the_loss_at_the_stop_is_not_known(close: Deal) -> None:
    opening = deal(1, 1, "buy in", 81, 2.0, 26.26)
    looks: Looks = [(1.1, (seen(81, 2.0, 25.26),))]
    found = next(one for one in judge(a_book([opening, close], [], looks)) if one.trade.position == 81)
    assert (found.at_stop, found.r, found.result_r) == (None, None, None)


def test_a_closing_before_an_addition_does_not_tell_what_a_lot_earned() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 2.0, 26.26),
        deal(2, 5, "sell out", 81, 1.0, 26.76, profit=12.5),
        deal(3, 9, "buy in", 81, 1.0, 27.26),
    ]
    assert one(a_book(deals, [], [(1.1, (seen(81, 2.0, 25.26),))], hedging=False)).at_stop is None


def test_a_position_that_is_gone_without_a_deal_has_no_result_in_r() -> None:
    order = deal(1, 1, "buy in", 81, 4.0, 26.26)
    part = deal(2, 5, "sell out", 81, 1.0, 26.76, profit=12.5)
    looks: Looks = [(1.1, (seen(81, 4.0, 25.26),)), (5.1, (seen(81, 3.0, 25.26),)), (9, ())]
    found = one(a_book([order, part], [taken(order, 25.26)], looks))
    assert (found.r, found.result_r, found.over_cost) == (approx(106.0), None, None)
    assert found.over == 0.8
    # while it was open its result so far was told
    still = one(a_book([order, part], [taken(order, 25.26)], looks[:2]))
    assert (still.result_r, still.over_cost) == (approx(12.5 / 106.0), approx(2.5))


@pytest.mark.parametrize(
    ("price", "entry", "slipped"),
    [
        (25.20, "out", -3.0),  # its stop 25.26 was filled 0.06 worse: 2.0 x -0.06 x 25
        (25.26, "out", 0.0),
        (25.30, "out", None),  # by hand, before the stop was reached
        (25.20, "out_by", None),
    ],
)
def test_a_stop_loss_slips_by_what_its_fill_is_worse_than_its_price(
    price: float,
    entry: str,
    slipped: float | None,
) -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    close = deal(2, 9, f"sell {entry}", 81, 2.0, price, profit=50 * (price - 26.26))
    blind = taken(order, 25.26, bid=None, ask=None)  # the advice had no quote
    found = one(a_book([order, close], [blind], [(1.1, (seen(81, 2.0, 25.26),)), (9.1, ())]))
    assert found.slippage == (slipped if slipped is None else approx(slipped, abs=1e-9))
    assert found.spread is None


@pytest.mark.parametrize(("age", "slipped"), [(5.0, -0.5), (5.001, None)])
def test_against_a_quote_that_was_old_an_opening_has_no_slippage(age: float, slipped: float | None) -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.27)  # the ask was 26.26: 2.0 x -0.01 x 25
    told = taken(order, 25.26, as_of=order.at - timedelta(seconds=age))
    found = one(a_book([order], [told]))
    assert found.slippage == (slipped if slipped is None else approx(slipped))
    assert found.spread == approx(-1.5)  # half of 0.06 is no drift: 2.0 x -0.03 x 25


def test_a_sell_slips_the_other_way() -> None:
    order = deal(1, 1, "sell in", 81, 2.0, 26.22)  # the bid was 26.20: 2.0 x 0.02 x 25 = 1.00 better
    close = deal(2, 9, "buy out", 81, 2.0, 27.25, profit=-51.5)  # its stop was 27.20: -2.50
    looks: Looks = [(1.1, (seen(81, 2.0, 27.20, SELL),)), (9.1, ())]
    assert one(a_book([order, close], [taken(order, 27.20)], looks)).slippage == approx(-1.5)


def test_a_trade_without_a_stop_then_has_none_that_could_slip() -> None:
    order, close = deal(1, 1, "buy in", 81, 2.0, 26.26), deal(2, 9, "sell out", 81, 2.0, 25.0, profit=-63.0)
    assert one(a_book([order, close], [taken(order, None)])).slippage == 0.0  # only that of its opening


def test_a_trade_has_our_name_where_no_order_tells_it() -> None:
    close = deal(2, 9, "sell out", 81, 2.0, 25.0)  # it was opened on an earlier day
    book = a_book([close], [], [(1, (seen(81, 2.0, 25.0),)), (9.1, ())])
    assert one(book).symbol == XLU
    assert one(replace(book, names={XLU: "XLU", "IWM.US": "IWM"})).symbol == "XLU"


# What happened


def test_positions_that_closed_each_other_name_each_other() -> None:
    deals = [
        deal(1, 1, "buy in", 81, 2.0, 26.0),
        deal(2, 2, "sell in", 82, 1.5, 27.0),
        deal(3, 3, "sell out_by", 81, 1.5, 27.0, profit=37.5),
        deal(4, 3, "buy out_by", 82, 1.5, 26.0),
    ]
    lost = deal(5, 4, "sell out_by", 81, 0.5, 26.5)  # of which the other deal is missing
    for own in (deals, [*deals, lost]):
        first, second = judge(a_book(own))
        assert first.remarks == ("closed by the other position 82",)
        assert second.remarks == ("closed by the other position 81",)
    assert [found.remarks for found in judge(a_book([*deals[:2], lost]))] == [(), ()]


def test_what_does_not_add_up_is_among_the_remarks() -> None:
    found = one(a_book([deal(1, 1, "sell out", 81, 1.5, 26.5)]))
    assert found.remarks == ("how it was opened is not on record, nor with how many lots",)
    assert (found.opened_now, found.reduced, found.without_stop) == (False, True, None)


def test_what_was_done_at_the_close_before_belongs_to_the_session_before() -> None:
    book = a_book()
    last = replace(deal(1, 1, "buy in", 81, 2.0, 26.26), at=book.span.begin)
    first = replace(deal(2, 1, "sell out", 81, 1.0, 26.5), at=book.span.begin + timedelta(seconds=1))
    found = one(replace(book, deals=(last, first)))
    assert (found.opened_now, found.reduced) == (False, True)
    assert found.why == "it was opened before this session, and no advice of that moment is on record"
    assert not one(replace(book, deals=(last, replace(first, at=book.span.begin)))).reduced
    now = one(replace(book, deals=(replace(last, at=first.at), first)))
    assert (now.opened_now, now.reduced) == (True, False)


def test_a_position_of_before_that_was_added_to_did_not_only_reduce() -> None:
    opening = replace(deal(1, 1, "buy in", 81, 2.0, 26.26), at=utc("2018-12-18T16:00"))
    reduce, add = deal(2, 5, "sell out", 81, 0.6, 26.5), deal(3, 9, "buy in", 81, 0.4, 26.4)
    assert not one(a_book([opening])).reduced
    assert one(a_book([opening, reduce])).reduced
    assert not one(a_book([opening, reduce, add], hedging=False)).reduced


def test_the_advice_to_a_position_of_an_earlier_session_is_told_without_a_word_on_checks() -> None:
    first = replace(deal(1, 1, "buy in", 81, 2.0, 26.26), at=utc("2018-12-18T16:00"))
    second = replace(deal(2, 1, "buy in", 81, 1.0, 26.26), at=utc("2018-12-18T17:00"))
    found = one(a_book([first, second], [taken(first, 25.26), taken(second, 25.26)], hedging=False))
    assert (found.opened_now, found.advised, found.over) == (False, 3.2, 0.0)
    assert found.remarks == ("1 lots were added",)


def test_whether_a_trade_was_held_over_is_said_once_the_close_is_on_record() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    book = replace(a_book([order], [taken(order)]), until=seven.a_logbook().closes_at)
    assert one(book).remarks == ("held over the close",)
    assert one(replace(book, until=at(389))).remarks == ()
    assert one(replace(book, until=None)).remarks == ()
    later = replace(deal(2, 9, "sell out", 81, 2.0, 26.3), at=book.closes_at + timedelta(minutes=3))
    assert one(replace(book, deals=(order, later))).remarks == ("held over the close",)
    at_close = replace(later, at=book.closes_at)
    assert one(replace(book, deals=(order, at_close))).remarks == ()


def test_what_was_seen_open_at_the_close_was_held_over() -> None:
    order = deal(1, 1, "buy in", 81, 2.0, 26.26)
    book = replace(a_book([order]), held_over=(HeldOver(81, XLU, BUY, 2.0, None, None, None),))
    assert one(book).remarks == ("held over the close",)
    assert one(replace(book, held_over=())).remarks == ()
    turned = (HeldOver(902, XLU, BUY, 2.0, None, None, None),)  # by the ticket of the order that turned it
    assert one(replace(book, held_over=turned)).remarks == ()
    assert one(replace(book, held_over=turned, hedging=False)).remarks == ("held over the close",)
    sold = (replace(turned[0], side=SELL),)
    assert one(replace(book, held_over=sold, hedging=False)).remarks == ()


# Drawn records

AT = st.integers(-20, 40).map(lambda minute: at(minute / 2))
NUMBERS = st.sampled_from([0.0, 0.4, 2.0, 26.26, -3.0, nan, inf, 1e308])
PRICES = st.sampled_from([None, 24.0, 26.26, 27.0, nan, 1e308])
ANY_DEALS = st.lists(
    st.builds(
        Deal,
        ticket=st.integers(1, 6),
        at=AT,
        kind=st.sampled_from(["buy", "sell", "balance"]),
        entry=st.sampled_from(["in", "in", "out", "inout", "out_by"]),
        position=st.integers(0, 2),
        broker_symbol=st.sampled_from([XLU, "IWM.US"]),
        lots=NUMBERS,
        price=NUMBERS,
        profit=NUMBERS,
        commission=NUMBERS,
        swap=NUMBERS,
        fee=NUMBERS,
        order=st.integers(0, 3),
    ),
    max_size=6,
)
ANY_FORMULA = st.builds(
    Formula,
    money_cap=st.just("idea"),
    lots_cap_name=st.just("margin"),
    **dict.fromkeys(
        (
            *("money", "loss_per_unit", "cost_per_lot", "floor_loss_per_lot"),
            *("lots_cap", "volume_min", "volume_step", "default_stop", "min_stop"),
        ),
        NUMBERS,
    ),
)
ANY_TAKEN = st.lists(
    st.builds(
        Taken,
        at=AT,
        as_of=AT,
        ticket=st.integers(1, 6),
        position=st.integers(0, 2),
        pending=st.booleans(),
        symbol=st.sampled_from(["XLU", "IWM"]),
        side=st.sampled_from(Side),
        lots=NUMBERS,
        stop=PRICES,
        bid=PRICES,
        ask=PRICES,
        answer=st.sampled_from([None, *Answer]),
        suggested=st.sampled_from([None, 0.0, 2.0, nan]),
        cap=st.sampled_from([None, "idea"]),
        reason=st.just("why"),
        would_bind=st.sampled_from([None, Lots(0.4, "dry")]),
        loss_at_stop=PRICES,
        formula=st.none() | ANY_FORMULA,
    ),
    max_size=4,
)
ANY_LOOKS = st.lists(
    st.lists(
        st.builds(
            Opened,
            ticket=st.integers(0, 3),
            broker_symbol=st.sampled_from([XLU, "IWM.US"]),
            side=st.sampled_from(Side),
            lots=NUMBERS,
            price=NUMBERS,
            stop=PRICES,
        ),
        max_size=3,
    ).map(tuple),
    max_size=5,
)


@given(ANY_DEALS, ANY_TAKEN, ANY_LOOKS, st.booleans())
def test_no_record_raises(
    deals: list[Deal], advice: list[Taken], looks: list[tuple[Opened, ...]], hedging: bool
) -> None:
    timeline = [(index * 2 - 3, open_then) for index, open_then in enumerate(looks)]
    book = a_book(deals, advice, timeline, [asked(0, 2.0)], hedging=hedging)
    for found in judge(book):
        assert found.over is None or not found.over < 0
        assert found.without_stop is None or found.without_stop >= 0
