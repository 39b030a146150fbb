from dataclasses import replace
from typing import Any

import pytest

from assistant.core.judged import Judged
from assistant.core.logbook import HeldOver, Light, Logbook, Run, Share
from assistant.core.market import Deal
from assistant.core.review import review
from assistant.core.summary import count, lasting, listed
from tests.core.builders import BUY, FOLD
from tests.core.logbooks import (
    BEGIN,
    LATER,
    OPENS,
    a_book,
    a_floor,
    a_trade,
    an_order,
    at,
    flat,
    nothing,
    span,
)


def said(book: Logbook, trades: tuple[Judged, ...] = (), as_of: Any = LATER) -> str:  # noqa: ANN401 -- an instant
    return review(book, trades, FOLD, as_of).summary


def booked(money: float) -> Deal:
    """A fill that booked so much."""
    return Deal(900, at("16:00"), "sell", "out", 1, "IWM.US", 2.0, 131.0, money, 0.0, 0.0, 0.0)


def traded(opened: str, ended: str | None, **changes: Any) -> Judged:  # noqa: ANN401 -- fields of what is judged
    """A trade of one order, which was within its advice where nothing else is stated."""
    over, advised = changes.get("over", 0.0), changes.get("advised", 3.0)
    order = an_order(opened, over=over, advised=advised)
    return a_trade(int(opened[:2]), (opened, ended), orders=(order,), **changes)


def test_a_quiet_day_without_trades() -> None:
    assert said(a_book()) == (
        "RISK_OFF at 0.70x of normal risk all session, bound by regime; no trade was opened; "
        "nothing was closed."
    )


def test_a_day_with_trades_within_and_over_the_advice() -> None:
    trades = (
        traded("15:00", "15:30", result_r=0.5),
        traded("16:00", "16:30", result_r=-1.2, over=1.5, over_cost=-40.0),
        traded("17:00", "17:30", result_r=2.5),
    )
    floors = ((at("15:00"), (a_floor(400.0),)), (at("16:00"), (a_floor(120.5),)))
    book = a_book(deals=(booked(412.3),), floors=floors)
    assert said(book, trades) == (
        "RISK_OFF at 0.70x of normal risk all session, bound by regime; "
        "3 trades, 2 within the advice and 1 over it by 50 %; "
        "closed trades made 412.30 EUR (+1.80 R), lots over the advice cost 0.40 R; "
        "the floor daily loss came nearest, with 120.50 left (30 % of what it began with)."
    )


def test_a_share_that_moved_is_told_by_what_held_the_longest_and_by_the_least() -> None:
    shares = (
        (OPENS, Share(0.35, "edge")),
        (at("14:35"), Share(0.7, "regime")),  # to 17:00 and from 17:30 to 20:45: 2 h 25 min and 3 h 15 min
        (at("17:00"), Share(0.0, "stale")),
        (at("17:30"), Share(0.7, "context")),
        (at("20:45"), Share(0.35, "edge")),
    )
    assert said(a_book(shares=shares)).startswith(
        "RISK_OFF at 0.70x of normal risk for 5 h 40 min of 6 h 30 min, bound by context "
        "(at the least 0.00x, by stale); "
    )
    brief = (*shares[:3], (at("17:29:59"), Share(0.7, "context")), shares[-1])
    assert "bound by context; " in said(a_book(shares=brief))  # less than half an hour is not named
    lowest = ((OPENS, Share(0.0, "stale")), (at("20:00"), Share(0.7, "regime")))
    assert "at 0.00x of normal risk for 5 h 30 min of 6 h 30 min, bound by stale; " in said(
        a_book(shares=lowest)
    )


def test_a_stance_that_turned_is_told_with_both_and_an_unknown_one_not_at_all() -> None:
    stances = ((BEGIN, "NEUTRAL"), (at("15:00"), "RISK_OFF"), (at("16:00"), "RISK_OFF"))
    assert said(a_book(stances=stances)).startswith("NEUTRAL then RISK_OFF at 0.70x")
    assert said(a_book(stances=())).startswith("0.70x of normal risk all session")


def test_a_day_that_was_watched_in_part() -> None:
    half = (Run(span("16:00", "19:00"), None),)
    book = a_book(runs=half, shares=((at("16:00"), Share(0.7, "regime")),), until=at("19:00"), held_over=None)
    assert said(book).startswith(
        "The record ends at 19:00 UTC: 0.70x of normal risk for all 3 h that were watched of 6 h 30 min, "
        "bound by regime; "
    )
    moved = ((at("16:00"), Share(0.7, "regime")), (at("18:00"), Share(0.35, "edge")))
    assert " for 2 h of the 3 h that were watched of 6 h 30 min, bound by regime (at the least 0.35x" in said(
        replace(book, shares=moved)
    )


def test_a_session_that_goes_on_is_told_so_far() -> None:
    book = a_book(until=at("17:00"), held_over=None)
    assert said(book, as_of=at("17:00")) == (
        "So far RISK_OFF at 0.70x of normal risk all session, bound by regime; no trade was opened; "
        "nothing was closed."
    )


def test_shares_that_are_shown_alike_are_one() -> None:
    shares = ((BEGIN, Share(0.701, "regime")), (at("15:00"), Share(0.704, "context")))
    assert "at 0.70x of normal risk all session, bound by context; " in said(a_book(shares=shares))


def test_at_the_close_a_record_that_ends_before_it_is_not_going_on() -> None:
    book = a_book(until=at("17:00"), runs=(Run(span("14:00", "17:00"), None),), held_over=None)
    assert said(book, as_of=at("21:00")).startswith("The record ends at 17:00 UTC: ")
    assert said(book, as_of=at("20:59:59")).startswith("So far ")


def test_a_session_that_has_not_begun() -> None:
    book = a_book(until=at("13:00"), held_over=None)
    assert said(book, as_of=at("13:00")).startswith("So far the session has not begun; no trade was opened; ")


def test_a_day_without_a_journal() -> None:
    assert said(nothing()) == (
        "Nothing is on record of this session: no journal was kept, or none could be read."
    )


def test_a_day_on_which_nothing_was_advised_tells_why() -> None:
    early = (Run(span("08:00", "09:00"), ""),)
    assert "nothing was advised, for no assistant ran in the session; " in said(
        a_book(runs=early, until=at("09:00"), held_over=None)
    )
    assert said(a_book(lost=(span("14:00", "21:00"),))).startswith(
        "Nothing was advised, for the terminal did not answer; "
    )
    assert said(a_book(shares=())).startswith("What was advised is not on record; ")


def test_trades_that_were_all_within_or_alone() -> None:
    one, two = traded("15:00", "15:30"), traded("16:00", "16:30")
    assert "; 2 trades, all within the advice; " in said(a_book(), (one, two))
    assert "; 1 trade, within the advice; " in said(a_book(), (one,))
    assert "; 1 trade, over the advice by 50 %; " in said(a_book(), (traded("15:00", "15:30", over=1.5),))
    assert "; 1 trade, without advice on record; " in said(
        a_book(), (traded("15:00", "15:30", over=None, advised=None),)
    )


def test_orders_over_the_advice_against_zero_and_unknown_ones_are_told_apart() -> None:
    trades = (
        traded("15:00", "15:30", over=1.5),  # 50 %
        traded("16:00", "16:30", over=0.6),  # 20 %
        traded("17:00", "17:30", over=2.0, advised=0.0),
        traded("18:00", "18:30", over=None, advised=None),
    )
    assert (
        "; 4 trades, 2 over the advice by 35 % on average, 1 where 0 lots were advised "
        "and 1 without advice on record; "
    ) in said(a_book(), trades)


def test_a_trade_of_several_orders_tells_how_many() -> None:
    orders = (an_order("15:00"), an_order("15:10"), an_order("15:20", over=3.0))
    trade = a_trade(1, ("15:00", None), orders=orders)
    assert "; 1 trade in 3 orders, 2 within the advice and 1 over it by 100 %; " in said(a_book(), (trade,))
    assert "; 1 trade, without advice on record; " in said(a_book(), (a_trade(1, ("15:00", None)),))


HELD = HeldOver(1, "IWM.US", BUY, 2.0, 129.0, 32.0, 250.0)


def test_results_in_money_and_in_r() -> None:
    lost = a_book(deals=(booked(-1_320.94),))
    known, unknown = traded("15:00", "15:30", result_r=-1.0), traded("16:00", "16:30")
    assert "; closed trades lost 1,320.94 EUR (-1.00 R)." in said(lost, (known,))
    assert "; closed trades lost 1,320.94 EUR (-1.00 R on 1 of 2 closed trades)." in said(
        lost, (known, unknown)
    )
    assert "; closed trades lost 1,320.94 EUR." in said(lost, (unknown,))
    assert "; closed trades came out even." in said(a_book(), (unknown,))
    assert "; nothing was closed." in said(a_book(), (traded("15:00", None),))
    assert "; what was booked made 0.01 EUR." in said(a_book(deals=(booked(0.005),)))
    assert "; nothing was closed." in said(a_book(deals=(booked(0.0045),)))
    assert "; what was booked lost 1.25 EUR, and 1 " in said(  # the commission of what stays open
        a_book(deals=(booked(-1.25),), held_over=(HELD,)), (traded("15:00", None),)
    )
    costly = traded("15:00", "15:30", over=1.5, over_cost=-0.6)  # 0.006 R
    assert "; closed trades came out even, lots over the advice cost 0.01 R." in said(a_book(), (costly,))
    assert "; closed trades came out even." in said(a_book(), (replace(costly, over_cost=-0.4),))


def test_what_stays_open_over_the_close_is_counted() -> None:
    held = HELD
    assert said(a_book(held_over=(held,))).endswith(
        "; nothing was closed, and 1 position stays open over the close."
    )
    assert "and 2 positions stay open over the close" in said(a_book(held_over=(held, held)))


def floored(*floors: Any) -> str:  # noqa: ANN401 -- floors
    return said(a_book(floors=((at("15:00"), floors),))).split("; ")[-1]


def test_rules_that_were_broken_come_before_those_that_came_near() -> None:
    dry = replace(a_floor(-5.0, "trail"), advisory=True)
    bad, worse = a_floor(-10.0), a_floor(-20.0, "max_loss")
    assert floored(bad, a_floor(3.0, "static")) == "the floor daily loss was broken."
    assert floored(bad, worse) == "the floors max loss and daily loss were broken."
    assert floored(dry) == "the floor trail would have been broken (dry run)."
    assert floored(a_floor(0.0)) == "the floor daily loss was reached."
    assert (
        floored(a_floor(0.0), replace(bad, name="static", headroom=0.0))
        == "the floors daily loss and static were reached."
    )
    assert floored(bad, dry, a_floor(0.0, "static")) == (
        "the floor daily loss was broken, the floor trail would have been broken (dry run) "
        "and the floor static was reached."
    )


def test_the_nearest_rule_that_can_be_broken_is_named() -> None:
    informs = replace(a_floor(1.0, "fact"), effect="informs")
    floors = ((at("15:00"), (informs, a_floor(500.0))), (at("15:10"), (informs, a_floor(250.0))))
    assert said(a_book(floors=floors)).endswith(
        "; the floor daily loss came nearest, with 250.00 left (50 % of what it began with)."
    )
    kept = ((at("15:00"), (a_floor(500.0),)), (at("15:10"), (a_floor(250.5),)))  # 50.1 %: not named
    assert said(a_book(floors=kept)).endswith("; nothing was closed.")
    assert floored(replace(informs, headroom=-1.0)) == "nothing was closed."
    recovered = a_book(
        floors=((at("15:00"), (a_floor(0.5e-6),)), (at("15:10"), (a_floor(100.0),))),
        money=((at("15:10"), flat(1.0)),),
    )
    assert said(recovered).endswith("; the floor daily loss was reached.")


def test_red_rules_beside_the_floors_are_named_as_that() -> None:
    book = a_book(lights=((at("15:00"), Light("red", ("open_lots",))),))
    assert said(book).endswith("; rules beside the floors were red.")
    floors, red = ((at("15:00"), (a_floor(500.0),)),), ((at("15:00"), Light("red", ("daily_loss",))),)
    assert said(a_book(floors=floors, lights=red)).endswith("; a floor was red already.")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (60.0, "1 min"),
        (3_569.0, "59 min"),
        (3_600.0, "1 h"),
        (3_599.0, "1 h"),
        (22_050.0, "6 h 8 min"),
    ],
)
def test_time_is_told_in_hours_and_minutes(seconds: float, words: str) -> None:
    assert lasting(seconds) == words


def test_lists_and_numbers_in_words() -> None:
    assert [listed(()), listed(("a",)), listed(("a", "b")), listed(("a", "b", "c"))] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [count(1, "trade"), count(2, "trade"), count(2, "is", "are"), count(0, "trade")] == [
        "1 trade",
        "2 trades",
        "2 are",
        "0 trades",
    ]
