from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from sys import getrefcount
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.logbook import Money, Share
from assistant.core.review import Review, review
from assistant.core.reviewed import Discipline
from assistant.core.series import EDGES, Bin, CapTime, brief, distribution, series, together
from tests.core.builders import FOLD
from tests.core.logbooks import BEGIN, LATER, SESSION, a_book, a_floor, a_trade, an_order, at, nothing

NONE = Discipline(0, 0, 0, 0, 0, None, 0, (), None, 0.0, 0, 0, 0)
SOME = Discipline(5, 3, 1, 4, 6, 0.5, 1, (0.5, -1.0), -0.5, -0.2, 2, 1, 1)  # 1 over, 1 against zero


def looked(number: int = 0, **changes: Any) -> Review:  # noqa: ANN401 -- fields of a review
    """The review of a session `number` days after 2018-12-20."""
    found = review(a_book(missing=()), (), FOLD, LATER)
    return replace(found, session=SESSION + timedelta(days=number), **{"missing": (), **changes})


def unrecorded(number: int) -> Review:
    found = review(replace(nothing(), missing=("nothing is on record",)), (), FOLD, LATER)
    return replace(found, session=SESSION + timedelta(days=number))


def test_the_line_of_a_session() -> None:
    shares = (
        (BEGIN, Share(0.7, "regime")),
        (at("16:30"), Share(0.4, "context")),  # for an hour
        (at("17:30"), Share(0.7, "regime")),
    )
    book = a_book(
        shares=shares,
        stances=((BEGIN, "NEUTRAL"), (at("15:00"), "RISK_OFF")),
        floors=((at("15:00"), (a_floor(-2.0), a_floor(90.0, "static"))),),
        money=((BEGIN, Money(10_000.0, 10_000.0)), (at("16:00"), Money(10_000.0, 10_020.0))),
    )
    trade = a_trade(1, ("15:00", "15:30"), result_r=0.5, orders=(an_order("15:00"),))
    whole = review(book, (trade,), FOLD, LATER)
    line = brief(whole)
    assert (line.session, line.recorded, line.finished, line.summary) == (SESSION, True, True, whole.summary)
    assert line.stance == "RISK_OFF"
    assert line.share == pytest.approx(0.653846, abs=1e-6)  # (5.5 x 0.7 + 1 x 0.4) / 6.5
    assert line.bound == (CapTime("regime", 19_800.0, 1), CapTime("context", 3_600.0, 1))
    assert (line.watched, line.seconds, line.trades) == (23_400.0, 23_400.0, 1)
    assert (line.result, line.result_r, line.moved) == (0.0, 0.5, 20.0)
    assert line.discipline == whole.discipline
    assert line.nearest == whole.approaches[0]
    assert (line.broken, line.missing) == (whole.broken, whole.missing)
    assert len(line.broken) == 1


def test_a_session_without_a_record_has_its_line() -> None:
    line = brief(unrecorded(0))
    assert (line.recorded, line.stance, line.share, line.nearest, line.bound) == (False, None, None, None, ())
    assert line.missing == ("nothing is on record",)


def a_week() -> list[Review]:
    """Thursday and Friday with trades, a weekend's gap, Monday without a journal, Tuesday quiet."""
    first = looked(0, result=100.0, discipline=SOME, broken=("daily loss was broken",))
    moved = a_book(shares=((BEGIN, Share(0.4, "context")), (at("20:00"), Share(0.7, "regime"))))
    second = replace(
        review(moved, (a_trade(1, ("15:00", None)),), FOLD, LATER),
        session=SESSION + timedelta(days=1),
        result=-30.5,
        discipline=replace(SOME, results_r=(2.0,), total_r=2.0, mean_over=0.2, over_cost_r=None, within=1),
        missing=("a line is torn",),
    )
    return [first, second, unrecorded(4), looked(5)]


def test_a_series_adds_up_its_sessions() -> None:
    found = series(a_week())
    assert (found.login, found.currency, found.mode) == (50_012, "EUR", "live")
    assert [one.session.day for one in found.sessions] == [20, 21, 24, 25]
    assert [one.recorded for one in found.sessions] == [True, True, False, True]
    # regime: 6.5 h, 1 h, 6.5 h; context: 5.5 h
    assert found.bound == (CapTime("regime", 50_400.0, 3), CapTime("context", 19_800.0, 1))
    assert found.share == pytest.approx(0.615385, abs=1e-6)  # (14 x 0.7 + 5.5 x 0.4) / 19.5
    assert (found.watched, found.seconds) == (3 * 23_400.0, 4 * 23_400.0)
    assert (found.trades, found.result, found.result_r) == (1, 69.5, 1.5)
    assert found.discipline.results_r == (0.5, -1.0, 2.0)
    assert [one.count for one in found.distribution] == [0, 0, 1, 0, 0, 1, 0, 1, 0]
    assert found.broken == ((SESSION, "daily loss was broken"),)
    assert found.missing == (
        (date(2018, 12, 21), "a line is torn"),
        (date(2018, 12, 24), "nothing is on record"),
    )


def test_a_series_is_told_in_one_sentence() -> None:
    assert series(a_week()).summary == (
        "3 of 4 sessions on record: 0.62x of normal risk on average, "
        "bound longest by regime (14 h in 3 sessions); "
        "1 trade in 12 orders, 4 within the advice, 4 over it by 28 % on average, "
        "2 where 0 lots were advised and 2 without advice on record; "
        "closed trades made 69.50 EUR (+1.50 R), lots over the advice cost 0.20 R; "
        "rules were broken on 2018-12-20."
    )  # over: 5 - 3 - 1 = 1 by 50 %, 5 - 1 - 1 = 3 by 20 %; (50 + 60) / 4 = 27.5
    assert series([looked()]).summary == (
        "1 session: 0.70x of normal risk on average, bound longest by regime (6 h 30 min in 1 session); "
        "no trade was opened; nothing was closed; no rule was broken on 1 session on record."
    )


def test_a_rule_that_would_have_been_broken_was_not() -> None:
    dry = "the floor daily loss would have been broken (dry run): 1.00 below 9,500.00 at 15:00 UTC"
    only = [looked(0, broken=(dry,)), looked(1), looked(2, broken=(dry, dry))]
    assert series(only).summary.endswith(
        "; rules would have been broken on 2018-12-20 and 2018-12-22 (dry run)."
    )
    both = [*only[:2], looked(2, broken=(dry, "the floor static was broken"))]
    assert series(both).summary.endswith(
        "; rules were broken on 2018-12-22 and would have been on 2018-12-20 and 2018-12-22 (dry run)."
    )


def test_a_series_without_any_record_says_so() -> None:
    assert series([unrecorded(0), unrecorded(1)]).summary == "Nothing is on record of these 2 sessions."
    assert series([unrecorded(0)]).summary == "Nothing is on record of this session."
    nowhere = series([looked(0, bound=(), shares=())])
    assert nowhere.summary.startswith("1 session; no trade was opened; ")
    assert nowhere.share is None


def test_the_order_of_reviews_plays_no_part_and_the_heading_is_of_one_on_record() -> None:
    week = a_week()
    assert series(week[::-1]) == series(week)
    nameless = replace(unrecorded(0), currency="", login=0, mode="")
    assert series([nameless, looked(1)]).currency == "EUR"
    assert series([looked(1), nameless]).login == 50_012
    assert series([nameless]).currency == ""
    assert series([unrecorded(0)]).login == 50_012
    mixed = [unrecorded(0), looked(1), looked(2, mode="paper"), unrecorded(3)]
    assert series(mixed).mode == series(mixed[::-1]).mode == "paper"


def test_a_review_is_let_go_once_its_line_is_made() -> None:
    made: list[Review] = []
    held: list[int] = []

    def each() -> Iterator[Review]:
        for number in range(4):
            held.extend(getrefcount(one) for one in made[:-1])  # the last one is still in the caller's hand
            made.append(looked(number))
            yield made[-1]

    series(each())
    assert len(held) == 3  # of the third, and of two of them at the fourth
    alone = [looked(9)]
    assert set(held) == {getrefcount(one) for one in alone[:1]}


def test_discipline_over_several_sessions() -> None:
    other = Discipline(2, 1, 0, 1, 1, 0.2, 0, (2.0,), 2.0, 0.1, 1, 0, 0)  # 1 over
    assert together([SOME, NONE, other]) == Discipline(
        7, 4, 1, 5, 7, 0.35, 1, (0.5, -1.0, 2.0), 1.5, -0.1, 3, 1, 1
    )  # over by 0.5 once and 0.2 once
    assert together([NONE]) == NONE
    assert together([replace(NONE, over_cost_r=None)]).over_cost_r is None


def test_results_lie_in_the_bin_that_begins_at_or_below_them() -> None:
    found = distribution((-2.0, -2.01, -0.5, -0.0, 0.0, 0.49, 0.5, 3.0, 12.0))
    assert found[0] == Bin(None, -2.0, 1)
    assert found[1] == Bin(-2.0, -1.0, 1)
    assert found[-1] == Bin(3.0, None, 2)
    assert [one.count for one in found] == [1, 1, 0, 1, 3, 1, 0, 0, 2]
    assert [one.high for one in found] == [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, None]
    assert distribution(()) == tuple(replace(one, count=0) for one in found)


@given(st.lists(st.floats(-9, 9)))
def test_each_result_is_in_one_bin(results: list[float]) -> None:
    found = distribution(results)
    assert sum(one.count for one in found) == len(results)
    assert [one.low for one in found] == [None, *EDGES]
