"""Closes that the market did not make: splits, spin-offs and bad prints, against the other symbols."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import exp, log, nextafter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.closes import Column, Oddity, columns, median, screened, screened_ratio, undone
from assistant.core.market import Bar
from tests.core.builders import closes, day

HERE = Path(__file__).parent

DAYS = [day(number) for number in range(1, 9)]
STILL = [50.0] * 8


def kinds(*columns: Sequence[float | None]) -> tuple[list[float | None], list[tuple[str, str]]]:
    """The used closes of the first column beside others, and what was odd in it with its session."""
    read = {f"S{number}": column for number, column in enumerate(columns)}
    one = screened(read, DAYS[: len(columns[0])])["S0"]
    return list(one.column), [(odd.kind, str(odd.session)) for odd in one.oddities]


def found_in(name: str, *columns: Sequence[float | None]) -> tuple[Oddity, ...]:
    """What was odd in the first column, called by a name, beside others."""
    read = {name: columns[0]} | {f"S{number}": column for number, column in enumerate(columns[1:])}
    return screened(read, DAYS[: len(columns[0])])[name].oddities


def real(path: Path) -> tuple[list[date], dict[str, Column]]:
    """Sessions and columns of a file of daily closes."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    symbols = [name for name in rows[0] if name != "session"]
    return (
        [date.fromisoformat(row["session"]) for row in rows],
        {one: [float(row[one]) if row[one] else None for row in rows] for one in symbols},
    )


def test_columns_hold_a_close_for_each_session_and_nothing_where_there_is_none() -> None:
    bars = {"A": closes(1.0, 2.0, 3.0), "B": closes(4.0, 5.0, 6.0)[1:]}
    assert columns(bars, DAYS[:3]) == {"A": [1.0, 2.0, 3.0], "B": [None, 5.0, 6.0]}
    assert columns(bars, DAYS[1:2]) == {"A": [2.0], "B": [5.0]}
    assert columns({"A": ()}, DAYS[:2]) == {"A": [None, None]}


@pytest.mark.parametrize(
    ("values", "middle"), [([7.0], 7.0), ([9.0, 1.0, 5.0], 5.0), ([9.0, 1.0, 5.0, 2.0], 3.5)]
)
def test_the_median_is_the_middle_of_the_values(values: list[float], middle: float) -> None:
    assert median(values) == middle


def test_ordinary_moves_are_used_as_they_are() -> None:
    column = [100.0, 114.0, 100.0, None, 101.0]
    assert kinds(column, STILL[:5]) == (column, [])


@pytest.mark.parametrize(
    ("move", "odd"),
    [(0.15 - 1e-9, False), (0.15 + 1e-9, True), (-0.15 + 1e-9, False), (-0.15 - 1e-9, True)],
)
def test_a_move_of_more_than_fifteen_percent_log_that_no_other_shares_is_doubtful(
    move: float, *, odd: bool
) -> None:
    used, found = kinds([100.0, 100.0 * exp(move)], STILL[:2], STILL[:2])
    assert [kind for kind, _ in found] == (["doubtful"] if odd else [])
    assert (used[1] is None) is odd


def test_a_move_that_the_others_share_is_no_oddity_nor_is_standing_still_while_they_crash() -> None:
    crash = [100.0, 82.0]
    assert kinds(crash, [50.0, 42.0], [20.0, 16.8])[1] == []  # -0.198 against -0.174
    assert kinds([100.0, 100.0], [50.0, 40.0], [20.0, 16.0])[1] == []
    assert (
        kinds(crash, [50.0, 50.0], [20.0, 16.4])[1] == []
    )  # others -0.099 in the middle: 0.0996 beyond them
    assert kinds(crash, [50.0, 50.0], [20.0, 19.8])[1] != []


@pytest.mark.parametrize(
    ("excess", "odd"),
    [(0.15 - 1e-9, False), (0.15 + 1e-9, True), (-0.15 + 1e-9, False), (-0.15 - 1e-9, True)],
)
def test_so_it_is_with_what_it_moves_beyond_the_median_of_the_others(excess: float, *, odd: bool) -> None:
    # The others move by 0.05, 0.04 and 0.01 the same way: 0.04 in the middle.
    sign = 1 if excess > 0 else -1
    others = [[50.0, 50.0 * exp(sign * move)] for move in (0.05, 0.01, 0.04)]
    assert (kinds([100.0, 100.0 * exp(excess + sign * 0.04)], *others)[1] != []) is odd


def test_of_two_symbols_the_one_that_moved_is_doubtful_and_both_where_both_did() -> None:
    still, half, up, down = [50.0, 50.0], [80.0, 40.0], [10.0, 11.8], [10.0, 8.4]
    assert kinds(half, still)[1] == [("doubtful", str(day(2)))]
    assert kinds(still, half)[1] == []  # 0.69 from the other one, and has not moved itself
    assert kinds(up, down)[1] == kinds(down, up)[1] == [("doubtful", str(day(2)))]  # 0.166 and -0.174
    assert kinds(half, [30.0, 15.0])[1] == []  # both halve: the market, for all that is known


def test_without_others_the_move_alone_decides() -> None:
    for after in (120.0, 200.0, 500.0, 10.0):
        assert kinds([100.0, after])[1] == [("doubtful", str(day(2)))]
    assert kinds([2.0, 0.5])[1] == [("doubtful", str(day(2)))]  # a fall to a quarter, on either side of 1


def test_a_split_scales_what_was_before_and_its_session_is_left_out() -> None:
    # 2:1 with a fall of 1 % on the day and a rise of 2 % on the next: 100 to 49.5 to 50.49.
    used, found = kinds([99.0, 100.0, 49.5, 50.49, 51.0], STILL[:5], STILL[:5])
    assert found == [("split", str(day(3)))]
    assert used == [49.5, 50.0, None, 50.49, 51.0]


@pytest.mark.parametrize(("new", "old"), [(2, 1), (1, 2), (3, 2), (2, 3), (10, 1), (1, 10)])
def test_the_moves_of_the_days_of_a_split_survive_it(new: int, old: int) -> None:
    # In prices after the split 60, 60.6 on its day and 61.206 on the next: 1 % each; the others share none of
    # it on the first day and all on the second.
    before = 60.0 * new / old
    used, found = kinds([before, 60.6, 61.206, 61.206], [20.0, 20.0, 20.2, 20.2])
    assert found == [("split", str(day(2)))]
    assert used == [pytest.approx(60.0, rel=1e-12), None, 61.206, 61.206]


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("shares", [1.5, 2, 3, 4, 5, 6, 8, 10, 20, 25, 50, 100])
def test_these_are_the_splits_there_are_within_three_percent_log(shares: float, *, inverse: bool) -> None:
    factor = shares if inverse else 1 / shares
    for off, kind in ((-0.0301, "step"), (-0.0299, "split"), (0.0299, "split"), (0.0301, "step")):
        after = 64.0 * factor * exp(off)
        used, found = kinds([64.0, after, after], STILL[:3])
        assert [one for one, _ in found] == [kind]
        assert used[0] == pytest.approx(64.0 * factor if kind == "split" else after, rel=1e-12)


def test_what_a_step_was_is_told_by_both_sessions_together_beyond_the_others() -> None:
    # -0.66 and -0.71 of its own; the others fall by 0.1 over both sessions: -0.61 beyond them is no half, and
    # without others -0.71 is.
    column = [100.0, 100.0 * exp(-0.66), 100.0 * exp(-0.71)]
    assert [kind for kind, _ in kinds(column, [50.0, 50.0, 50.0 * exp(-0.1)])[1]] == ["step"]
    assert [kind for kind, _ in kinds(column)[1]] == ["split"]


@pytest.mark.parametrize(
    ("factor", "kind", "scale"),
    [
        (2.0, "split", 2.0),  # one for two
        (1 / 1.5, "split", 1 / 1.5),
        (10.0, "split", 10.0),
        (0.1, "split", 0.1),
        (0.52, "step", 0.52),  # ln(0.52 / 0.5) = 0.039: too far from one half
        (0.51, "split", 0.5),  # 0.0198
        (0.82, "step", 0.82),  # a spin-off
    ],
)
def test_a_step_near_a_simple_ratio_is_a_split_by_just_that(factor: float, kind: str, scale: float) -> None:
    used, found = kinds([100.0, 100.0 * factor, 100.0 * factor], STILL[:3])
    assert [one for one, _ in found] == [kind]
    assert used == [pytest.approx(100.0 * scale), None, 100.0 * factor]


def test_a_step_is_the_move_of_its_own_session_beyond_the_others() -> None:
    # The others rise by 1 % on the day of the spin-off; the next session is a fall of 3 % of its own.
    used, found = kinds([100.0, 81.0, 78.57], [50.0, 50.5, 50.5], [20.0, 20.2, 20.2])
    assert found == [("step", str(day(2)))]
    assert used[0] == pytest.approx(100.0 * 0.81 / 1.01)


def test_a_bad_print_is_left_out_and_changes_nothing_before_it() -> None:
    assert kinds([100.0, 200.0, 101.0, 102.0], STILL[:4]) == (
        [100.0, None, 101.0, 102.0],
        [("bad print", str(day(2)))],
    )
    assert kinds([100.0, 10.0, 90.0, 91.0], STILL[:4])[1] == [
        ("bad print", str(day(2)))
    ]  # a real fall of 10 %


@pytest.mark.parametrize(
    ("beyond", "found"),
    [
        # From 100 to 70, -0.357. The next close is so much further down (log): near enough to have stayed, or
        # agreeing with neither price.
        (0.15 - 1e-9, [("step", day(2))]),
        (0.15 + 1e-9, [("bad print", day(2)), ("doubtful", day(3))]),
    ],
)
def test_a_price_that_stays_is_within_fifteen_percent_log_of_the_doubtful_one(
    beyond: float, found: list[tuple[str, date]]
) -> None:
    odd = found_in("A", [100.0, 70.0, 70.0 * exp(-beyond)], STILL[:3])
    assert [(one.kind, one.session) for one in odd] == found


@pytest.mark.parametrize(
    ("off", "found"),
    [
        (0.15 - 1e-9, ["bad print"]),
        (0.15 + 1e-9, ["bad print", "doubtful"]),
        (-0.15 + 1e-9, ["bad print"]),
        (-0.15 - 1e-9, ["bad print", "doubtful"]),
    ],
)
def test_a_price_that_comes_back_is_within_fifteen_percent_log_of_that_before(
    off: float, found: list[str]
) -> None:
    used, odd = kinds([100.0, 100.0 * exp(4 * off), 100.0 * exp(off)], STILL[:3])
    assert [kind for kind, _ in odd] == found
    assert (used[2] is None) is (len(found) == 2)


def test_a_price_nearer_to_the_doubtful_one_has_stayed_and_nearer_to_that_before_come_back() -> None:
    # -0.29 doubtful; half of it is -0.145.
    doubtful = 100.0 * exp(-0.29)
    assert kinds([100.0, doubtful, 100.0 * exp(-0.1451)], STILL[:3])[1] == [("step", str(day(2)))]
    assert kinds([100.0, doubtful, 100.0 * exp(-0.1449)], STILL[:3])[1] == [("bad print", str(day(2)))]


def test_a_second_bad_print_after_the_first_is_doubtful_itself() -> None:
    used, found = kinds([100.0, 200.0, 20.0, 101.0], STILL[:4])
    assert found == [("bad print", str(day(2))), ("bad print", str(day(3)))]
    assert used == [100.0, None, None, 101.0]


def test_a_price_exactly_between_before_and_doubtful_is_taken_as_having_come_back() -> None:
    between = 100.0 * exp(0.5)
    used, found = kinds([100.0, 100.0 * exp(1.0), between], STILL[:3])
    assert [kind for kind, _ in found] == ["bad print", "doubtful"]
    assert used == [100.0, None, None]


def test_two_splits_scale_twice_and_missing_closes_stay_missing() -> None:
    used, found = kinds([80.0, None, 40.0, 40.0, 41.0, 20.5, 20.6], STILL[:7])
    assert [kind for kind, _ in found] == ["split", "split"]
    assert used == [20.0, None, None, 20.0, 20.5, None, 20.6]


def test_a_split_after_a_bad_print_scales_by_its_own_factor() -> None:
    used, found = kinds([100.0, 300.0, 100.0, 50.0, 50.0], STILL[:5])
    assert found == [("bad print", str(day(2))), ("split", str(day(4)))]
    assert used == [50.0, None, 50.0, None, 50.0]


def test_a_doubtful_last_close_waits_for_the_next() -> None:
    assert kinds([100.0, 101.0, 50.0], STILL[:3]) == ([100.0, 101.0, None], [("doubtful", str(day(3)))])


def test_missing_closes_neither_judge_nor_are_judged() -> None:
    # The next close of the symbol, not of the session, tells; a bad print comes back over the gap.
    assert kinds([None, None, 80.0, None, 40.0, None, 40.4, None], STILL) == (
        [None, None, 40.0, None, None, None, 40.4, None],
        [("split", str(day(5)))],
    )
    assert kinds([80.0, None, 40.0, None, None, 81.0], STILL[:6]) == (
        [80.0, None, None, None, None, 81.0],
        [("bad print", str(day(3)))],
    )
    # The others' move is that over the same two sessions, of those that have both closes: without the second,
    # 0 in the middle; the third has moved as well.
    assert kinds([80.0, 60.0], [50.0, 50.0], [50.0, None], [None, 20.0])[1] != []
    assert kinds([80.0, 60.0], [50.0, 37.5], [50.0, None], [None, 20.0])[1] == []
    assert kinds([80.0, None, 60.0], [50.0, 40.0, 37.5])[1] == []  # 80 to 60 as 50 to 37.5
    assert kinds([None, None], [50.0, 20.0]) == ([None, None], [])


def test_an_oddity_names_its_close_its_factor_and_the_session_it_was_known_at() -> None:
    # The others rise by 2 % on the day and fall back on the next session.
    others = [[50.0, 51.0, 50.0, 50.0], [20.0, 20.4, 20.0, 20.0]]
    factor = 0.765 / 1.02
    for column, kind, known in (
        ([100.0, 76.5], "doubtful", day(2)),
        ([100.0, 76.5, 74.0, 75.0], "step", day(3)),
        ([100.0, 76.5, None, 99.0], "bad print", day(4)),
    ):
        (odd,) = found_in("A", column, *(one[: len(column)] for one in others))
        assert odd.factor == pytest.approx(factor, rel=1e-12)
        assert replace(odd, factor=1.0) == Oddity("A", day(2), kind, 1.0, known)
    half = found_in("A", [100.0, 50.5, 49.0, 49.0], *others)
    assert half == (Oddity("A", day(2), "split", 0.5, day(3)),)


def alone(column: Column) -> Column:
    """The used closes of a symbol beside which there is none."""
    return screened({"A": column}, DAYS[: len(column)])["A"].column


def as_ratio(column: Column) -> Column:
    """The used ones of a ratio."""
    return screened_ratio("A/B", column, DAYS[: len(column)]).column


@pytest.mark.parametrize("limit", [0.1, 0.15])
@pytest.mark.parametrize("sign", [1, -1])
def test_at_the_limit_itself_a_close_is_judged_as_ever_whatever_comes_later(limit: float, sign: int) -> None:
    at = exp(sign * limit)
    for price in (nextafter(at, 0.0), at, nextafter(at, 9.0)):
        early, later = [1.0, price], [1.0, price, price, 9.0, 9.0]
        for judged in (alone, as_ratio):
            assert (judged(early)[1] is None) is (judged(later)[1] is None)


def test_a_jump_of_the_ratio_is_left_out_and_then_a_move_like_any_other() -> None:
    stays = screened_ratio("A/B", [0.5, 0.56, 0.57], DAYS[:3])
    assert list(stays.column) == [0.5, None, 0.57]
    assert [one.kind for one in stays.oddities] == ["jump"]
    back = screened_ratio("A/B", [0.5, 0.56, 0.505], DAYS[:3])
    assert [one.kind for one in back.oddities] == ["bad print"]
    for sign in (1, -1):
        near, far = (0.5 * exp(sign * (0.1 + off)) for off in (-1e-9, 1e-9))
        assert screened_ratio("A/B", [0.5, near], DAYS[:2]).oddities == ()
        assert [one.kind for one in screened_ratio("A/B", [0.5, far], DAYS[:2]).oddities] == ["doubtful"]


def test_of_a_ratio_nothing_is_scaled_and_missing_ones_are_passed_over() -> None:
    halves = screened_ratio("A/B", [None, 0.5, None, 0.25, None, 0.25, 0.25], DAYS[:7])
    assert list(halves.column) == [None, 0.5, None, None, None, 0.25, 0.25]
    assert halves.oddities == (Oddity("A/B", day(4), "jump", 0.5, day(6)),)
    # -0.693, then -0.799 from the first: 0.106 apart, beyond the 0.10 of a ratio. Then it stays.
    twice = screened_ratio("A/B", [0.5, 0.25, 0.225, 0.225], DAYS[:4])
    assert list(twice.column) == [0.5, None, None, 0.225]
    assert [(one.kind, one.session) for one in twice.oddities] == [("bad print", day(2)), ("jump", day(3))]


def test_oddities_are_told_in_plain_words() -> None:
    odd = Oddity("IWM", day(3), "doubtful", 0.5, day(3))
    said = {kind: str(replace(odd, kind=kind)) for kind in ("doubtful", "split", "step", "bad print", "jump")}
    change = "-50.0 % against the others"
    assert said == {
        "doubtful": f"IWM: close of {day(3)} is doubtful ({change}); the next close decides",
        "split": f"IWM: split 2:1 on {day(3)}, prices before are scaled",
        "step": f"IWM: step of {change} on {day(3)} (spin-off?), prices before are scaled",
        "bad print": f"IWM: bad print on {day(3)} ({change}), left out",
        "jump": f"IWM: {change} on {day(3)}, left out; it has stayed there since",
    }
    assert (
        str(replace(odd, kind="split", factor=10.0))
        == f"IWM: split 1:10 on {day(3)}, prices before are scaled"
    )
    assert "split 1.5:1 on" in str(replace(odd, kind="split", factor=1 / 1.5))
    assert "split 1:1.5 on" in str(replace(odd, kind="split", factor=1.5))
    assert "(+25.0 % against the others)" in str(replace(odd, factor=1.25))


def test_sizing_sees_splits_undone_and_nothing_else() -> None:
    bars = closes(100.0, 102.0, 51.0)
    split = Oddity("IWM", day(3), "split", 0.5, day(4))
    first, second, third = undone(bars, [replace(split, kind="step"), split])
    assert first == Bar(day(1), 49.5, 51.0, 48.5, 50.0)
    assert second.close == 51.0
    assert third == bars[2]
    again = undone(closes(100.0, 50.0, 150.0), [replace(split, session=day(2)), replace(split, factor=3.0)])
    assert [one.close for one in again] == [150.0, 150.0, 150.0]  # halved and tripled, tripled, as it is
    assert undone(bars, [replace(split, kind="step"), replace(split, kind="bad print")]) is bars


# A split shows in the bar of its session


def traded(*prices: tuple[float, float, float, float]) -> tuple[Bar, ...]:
    """Bars of sessions 1, 2, ...: open, high, low, close."""
    return tuple(Bar(day(number), *one) for number, one in enumerate(prices, start=1))


def judged(bars: Sequence[Bar], *others: float) -> tuple[list[str], Sequence[Bar]]:
    """What was odd in these bars beside a symbol (that stands still), and the bars that sizing sees."""
    sessions = [bar.session for bar in bars]
    both = {"A": bars, "B": closes(*(others or [50.0] * len(bars)))}
    odd = screened(columns(both, sessions), sessions, both)["A"].oddities
    return [one.kind for one in odd], undone(bars, odd)


def test_a_fall_of_a_third_from_the_old_price_is_no_split_and_sizing_sees_it() -> None:
    fall = traded((60.0, 60.5, 59.0, 60.0), (60.0, 60.0, 39.0, 40.4), (40.0, 41.0, 39.0, 40.0))
    assert judged(fall) == (["step"], fall)
    gap = traded((60.0, 60.5, 59.0, 60.0), (40.2, 41.0, 39.6, 40.4), (40.0, 41.0, 39.0, 40.0))
    kinds, seen = judged(gap)  # 3:2, by the same closes
    assert kinds == ["split"]
    assert seen[0].close == pytest.approx(40.0)


def test_a_fall_over_two_sessions_to_two_thirds_is_no_split() -> None:
    # -24 % and -12 %: ln(0.669) is 0.003 from ln(2/3), and the first session was at the old price.
    fall = traded((60.0, 60.5, 59.0, 60.0), (60.0, 60.0, 45.0, 45.6), (45.6, 45.6, 40.0, 40.1))
    assert judged(fall) == (["step"], fall)


@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize("price", ["open", "high", "low"])
@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize(("off", "kind"), [(0.08 - 1e-9, "split"), (0.08 + 1e-9, "step")])
def test_open_high_and_low_of_a_split_are_each_near_it(
    factor: float, price: str, side: int, off: float, kind: str
) -> None:
    new = 64.0 * factor
    prices = {"open": new, "high": new, "low": new, price: new * exp(side * off)}
    bars = traded((64.0,) * 4, (prices["open"], prices["high"], prices["low"], new), (new,) * 4)
    assert judged(bars)[0] == [kind]


def test_the_bar_that_shows_a_split_is_that_of_the_doubtful_session_and_the_close_the_last_used_one() -> None:
    # A bad print of 200 in session 2 is no price to fall from; the split is at session 3 and known at 4.
    bars = traded((80.0,) * 4, (200.0,) * 4, (40.0,) * 4, (40.0, 80.0, 38.0, 40.5))
    kinds, seen = judged(bars)
    assert kinds == ["bad print", "split"]
    assert [bar.close for bar in seen] == [40.0, 100.0, 40.0, 40.5]


def test_the_split_of_eem_in_a_wild_july_2008_shows_in_its_bar() -> None:
    # As traded, US dollars: 3:1 on 2008-07-24, whose low is 5.5 % (log) under a third of the close before.
    bars = traded((132.24, 133.06, 131.31, 131.77), (43.66, 44.0, 41.58, 42.3), (42.65, 42.75, 42.235, 42.59))
    kinds, seen = judged(bars, 127.8, 125.5, 125.6)  # the market fell by 1.8 %
    assert kinds == ["split"]
    assert seen[0].close == pytest.approx(43.9233, abs=1e-4)


# Real closes


def test_the_split_of_june_2005_is_found_in_closes_as_traded() -> None:
    # split_2005.csv: closes in US dollars, unadjusted, of Alpha Vantage's TIME_SERIES_DAILY_ADJUSTED through
    # tareqalyousef/Backtester (be9aa1e) on GitHub, which states no licence; not under this project's own.
    sessions, read = real(HERE / "split_2005.csv")
    found = screened(read, sessions)
    assert {one: used.oddities for one, used in found.items() if used.oddities} == {
        "IWM": (Oddity("IWM", date(2005, 6, 9), "split", 0.5, date(2005, 6, 10)),)
    }
    place, used = sessions.index(date(2005, 6, 9)), found["IWM"].column
    assert used[place - 1 : place + 2] == [61.715, None, 62.45]  # 123.43 / 2, (62.32), 62.45
    assert [one * 2 for one in used[:place] if one] == read["IWM"][:place]
    assert used[place + 1 :] == read["IWM"][place + 1 :]


def test_of_eleven_funds_from_2005_to_2018_one_close_is_odd_the_spin_off_of_xlf() -> None:
    sessions, read = real(HERE / "history" / "closes.csv")
    found = screened(read, sessions)
    (odd,) = [odd for used in found.values() for odd in used.oddities]
    # 23.62 to 19.31; the median of the ten others is that of XLU 0.0099, IWM 0.0066, XLI 0.0044, HYG 0.0006,
    # SPY 0.0002, XLY -0.0008, IEF -0.0017, XLP -0.0021, XLV -0.0036, QQQ -0.0044: the mean of SPY and XLY.
    others = (log(213.410004 / 213.369995) + log(78.45 / 78.51)) / 2
    factor = 19.31 / 23.62 / exp(others)
    assert odd.factor == pytest.approx(factor, rel=1e-9)
    assert (odd.symbol, odd.kind) == ("XLF", "step")
    assert (odd.session, odd.known) == (date(2016, 9, 19), date(2016, 9, 20))
    place, used = sessions.index(date(2016, 9, 19)), found["XLF"].column
    assert used[place - 1 : place + 2] == [pytest.approx(23.62 * factor, rel=1e-9), None, 19.32]
    iwm, spy = (found[leg].column for leg in ("IWM", "SPY"))
    ratio = [a / b for a, b in zip(iwm, spy, strict=True) if a and b]
    assert len(ratio) == len(sessions)
    assert screened_ratio("IWM/SPY", ratio, sessions).oddities == ()
    assert max(abs(log(b / a)) for a, b in pairwise(ratio)) < 0.073  # as section 1 has it


prices = st.lists(st.sampled_from([None, 10.0, 10.5, 11.0, 20.0, 5.0, 30.0]), min_size=1, max_size=8)


@given(prices, st.integers(1, 8))
def test_which_closes_are_left_out_never_depends_on_what_comes_later(
    column: list[float | None], cut: int
) -> None:
    others = STILL[: len(column)]
    whole, _ = kinds(column, others)
    early, _ = kinds(column[:cut], others[:cut])
    assert [one is None for one in early] == [one is None for one in whole[:cut]]
    known = [(one, other) for one, other in zip(early, whole, strict=False) if one and other]
    scales = {round(log(other / one), 9) for one, other in known}
    assert len(scales) <= 1  # later splits scale all of it alike
