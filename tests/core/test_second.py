"""The second formulation itself, held to answers that no program made."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.core import answers, by_hand
from tests.core.by_hand import SETTINGS
from tests.core.history import read
from tests.core.second import After, Event, Note, Series, Settings, second
from tests.core.second_trend import averages, stances


def day(number: int) -> date:
    return date(2018, 3, 1) + timedelta(days=number)


def column(*prices: float | None) -> dict[date, float]:
    """Closes of sessions 0, 1, ...; None where there is none."""
    return {day(n): price for n, price in enumerate(prices) if price is not None}


def of_ratios(ratios: Sequence[float], settings: Settings) -> list[After]:
    """What holds after ratios, against a denominator of 10."""
    closes = {"IWM": column(*(10 * ratio for ratio in ratios)), "SPY": column(*[10.0] * len(ratios))}
    return second(closes, settings)


def told(after: After) -> set[str]:
    return {f"{one.side} {one.line} {one.status} {one.since}" for one in after.breaks}


def level(name: str) -> dict[str, Any]:
    """A vote for risk while the series is under 1, against it over 2."""
    return {
        "take": "first",
        "readings": [{"level": {"series": name, "below": 1, "above": 2, "under": "for"}}],
    }


def values(*observed: float | None) -> Series:
    """Observations of days 0, 1, ..., known at once and for no longer than their day."""
    return Series([(day(n), value) for n, value in enumerate(observed) if value is not None], 0, 0)


def of_votes(
    votes: dict[str, Any], series: dict[str, Series], count: int, notes: Sequence[Note] = ()
) -> list[After]:
    flat = column(*[10.0] * count)
    return second({"IWM": flat, "SPY": flat}, SETTINGS, series, votes, notes)


def test_the_table_by_hand_comes_out_close_by_close() -> None:
    table = by_hand.rows()
    out = second(by_hand.closes(table), SETTINGS, by_hand.series(table), by_hand.VOTES)
    assert len(out) == len(table) == 45
    for row, after in zip(table, out, strict=True):
        assert (after.session, after.ratio, after.folded) == (row.session, row.ratio, row.stance), row
        if row.distance is not None:
            assert after.distance == pytest.approx(float(row.distance), abs=1e-15)
            assert (after.stance, after.sessions) == (row.stance, row.sessions), row
            assert (after.followed, after.regime_target, after.regime_held) == (
                row.followed,
                row.target,
                row.held,
            )
        assert (after.closes, after.break_share) == (row.closes, row.break_share), row
        assert told(after) == row.breaks, row
        assert (after.own, after.counted, after.heard) == (row.own, row.counted, row.heard), row
        assert (after.context_target, after.context_held) == (row.context_target, row.context_held), row
        assert not after.events


def test_a_stance_moves_up_no_further_than_all_closes_agree() -> None:
    # The table's first 20 closes end in RISK_OFF with 97, 99 at distance 0.0068; 105 stands at
    # 1/2 - 3/2 x 97 / 301 = 0.0166, beyond 1/64: NEUTRAL and RISK_ON agree on NEUTRAL.
    ratios = [row.ratio for row in by_hand.rows()[:20]]
    assert [one.folded for one in of_ratios([*ratios, 105.0], SETTINGS)[-2:]] == ["RISK_OFF", "NEUTRAL"]


@pytest.mark.parametrize("turn_closes", [2, 3])
def test_the_older_table_by_hand_turns_at_the_same_closes(turn_closes: int) -> None:
    table = answers.rows()  # its moves are beyond 0.10, so its ratios are judged by nobody here
    settings = replace(SETTINGS, least_band=0.0625, turn_closes=turn_closes)
    ratios = [row.ratio for row in table]
    trend = [averages(ratios[: n + 1], settings) for n in range(len(ratios))]
    for n, stance in enumerate(stances(ratios, trend, settings)):
        if n < 2:
            assert stance is None
        else:
            after = table[n].after[turn_closes]
            assert stance is not None
            assert (stance.stance, n - stance.turn + 1) == (after.stance.value, after.sessions), table[n]


def test_noise_is_the_root_mean_square_of_moves_and_the_band_a_part_of_it() -> None:
    settings = replace(SETTINGS, fast=2, slow=4, band=0.25, least_band=0.001)
    now = averages([1.0, math.exp(0.06), math.exp(-0.02), math.exp(-0.02)], settings)
    assert now is not None
    noise = math.sqrt((0.06**2 + 0.08**2 + 0.0**2) / 3) * math.sqrt(4 / 3)  # 0.1 / sqrt(3) x 2 / sqrt(3)
    assert noise == pytest.approx(0.1 * 2 / 3)
    assert now.noise == pytest.approx(0.2 / 3)
    assert now.band == pytest.approx(0.05 / 3)


def test_the_slope_and_its_error_are_least_squares() -> None:
    # x 0 to 3, y 0, 0.01, 0.03, 0.02: Sxx 5, Sxy 0.04, slope 0.008, intercept 0.003; residuals -0.003,
    # -0.001, 0.011, -0.007, SSE 0.00018; error sqrt(0.00018 / 2 / 5) = 0.00424, and 0.008 is not beyond 2 of
    # it
    settings = replace(SETTINGS, fast=4, slow=4)
    now = averages([math.exp(y) for y in (0.0, 0.01, 0.03, 0.02)], settings)
    assert now is not None
    assert now.slope == pytest.approx(0.008)
    assert now.slope_se == pytest.approx(math.sqrt(0.000018))
    assert now.direction is None
    # y 0, -0.01, -0.03, -0.03: Sxy -0.055, slope -0.011; residuals 0.001, 0.002, -0.007, 0.004: SSE 0.00007
    down = averages([math.exp(y) for y in (0.0, -0.01, -0.03, -0.03)], settings)
    assert down is not None
    assert (down.slope, down.slope_se) == pytest.approx((-0.011, math.sqrt(0.000007)))
    assert down.direction == "falling"


@pytest.mark.parametrize(("part", "follows"), [(0.5, True), (0.7, False)])
def test_follow_through_waits_for_its_closes_and_its_part_of_the_noise(part: float, follows: bool) -> None:
    # Distances from session 2 on: 1.025 / (3.05 / 3) - 1 = 0.0082, 1.05 / (3.1 / 3) - 1 = 0.0161 > 1/64: a
    # turn at 3. Session 4, beyond 1.05 but too early. Session 5: moves ln(1.07 / 1.05) = 0.01887, ln(1.06 /
    # 1.07) = -0.00939, noise 0.01490; 1.05 x (1 + 0.5 noise) = 1.0578 is passed, 1.05 x (1 + 0.7 noise) =
    # 1.06095 is not.
    settings = replace(SETTINGS, follow_distance=part, turn_closes=1)
    out = of_ratios([1.0, 1.0, 1.05, 1.05, 1.07, 1.06], settings)
    assert [one.folded for one in out[2:]] == ["NEUTRAL", "RISK_ON", "RISK_ON", "RISK_ON"]
    assert out[5].noise == pytest.approx(0.014903, abs=1e-6)
    assert [one.followed for one in out[2:]] == [False, False, False, follows]
    assert [one.closes for one in out[4:]] == [4, 2 if follows else 4]


@pytest.mark.parametrize(("part", "status"), [(1.7, "confirmed"), (1.8, "fresh")])
def test_a_break_is_confirmed_at_its_part_of_the_noise(part: float, status: str) -> None:
    # level 1; at 0.96 the moves are ln 0.97 = -0.03046 and ln(0.96 / 0.97) = -0.01036, noise 0.02275, and
    # 0.04 of the level is 1.758 of it
    settings = replace(SETTINGS, follow_closes=1, follow_distance=part)
    after = of_ratios([1.0, 1.0, 1.0, 0.97, 0.96], settings)[-1]
    assert f"below range {status} {day(3)}" in told(after)


@pytest.mark.parametrize(("close", "breaks"), [(0.996, set()), (0.994, {f"below range fresh {day(3)}"})])
def test_a_break_begins_beyond_the_margin(close: float, breaks: set[str]) -> None:
    settings = replace(SETTINGS, margin=0.005, least_band=0.1)
    assert told(of_ratios([1.0, 1.0, 1.0, close], settings)[-1]) == breaks


def test_a_split_is_undone_and_the_doubtful_close_left_out() -> None:
    iwm, spy = column(60.0, 60.0, 31.0, 30.0, 30.0), column(100.0, 100.0, 101.0, 100.0, 100.0)
    out = second({"IWM": iwm, "SPY": spy}, SETTINGS)
    # m = ln(31 / 60), M = ln(1.01); next close e2 = ln(30 / 60) - 0, exactly 2:1; e2 - e = 0.043: it stayed
    assert [[event.kind for event in one.events] for one in out] == [[], [], ["doubtful"], ["split"], []]
    assert out[2].events[0].value == pytest.approx(math.log(31 / 60) - math.log(1.01))
    assert out[3].events == (Event("split", "IWM", day(2), 0.5),)
    assert [one.ratio for one in out] == [0.6, 0.6, None, 0.3, 0.3]
    assert out[3].slow == pytest.approx(0.3)  # (0.3 + 0.3 + 0.3) / 3: the prices before are seen halved
    assert [one.doubtful_share for one in out] == [None, None, 0.2, None, None]


@pytest.mark.parametrize(("low", "kind", "factor"), [(27.8, "split", 0.5), (27.6, "step", 31 / 60 / 1.01)])
def test_where_there_are_bars_a_split_shows_in_that_of_its_session(
    low: float, kind: str, factor: float
) -> None:
    # a bar of 31 after a close of 60, down to 27.8: ln(27.8 / 30) = -0.076; 27.6: -0.083, beyond 0.08
    closes = {"IWM": column(60.0, 60.0, 31.0, 30.0), "SPY": column(100.0, 100.0, 101.0, 100.0)}
    bars = {name: {on: (price,) * 3 for on, price in prices.items()} for name, prices in closes.items()}
    bars["IWM"][day(2)] = (31.0, 32.0, low)
    out = second(closes, SETTINGS, bars=bars)
    (event,) = out[3].events
    assert event.kind == kind
    assert event.value == pytest.approx(factor)
    bars["IWM"][day(2)] = (60.0, 60.0, 30.0)  # begun at the old price
    assert [one.kind for one in second(closes, SETTINGS, bars=bars)[3].events] == ["step"]


def test_a_step_that_is_no_split_scales_by_the_doubtful_move() -> None:
    # e = ln(0.8), next close ln(0.81): stayed, 0.81 is no split, so prices before are multiplied by 0.8
    out = second({"IWM": column(50, 50, 50, 40, 40.5), "SPY": column(*[100.0] * 5)}, SETTINGS)
    assert [one.kind for one in out[4].events] == ["step"]
    assert out[4].events[0].value == pytest.approx(0.8)
    assert out[4].slow == pytest.approx((0.4 + 0.4 + 0.405) / 3)


@pytest.mark.parametrize(
    ("after", "kinds"),
    [
        ((35.0, 50.0, 50.0), [["doubtful"], ["bad print"], []]),  # came back
        ((35.0, 43.0, 50.0), [["doubtful"], ["bad print", "doubtful"], ["bad print"]]),  # neither price
        (
            (35.0, 27.0, 27.0),
            [["doubtful"], ["bad print", "doubtful"], ["step"]],
        ),  # further by more than 0.15
    ],
)
def test_a_bad_print_is_told_by_the_next_close(after: tuple[float, ...], kinds: list[list[str]]) -> None:
    # in logs: 35 / 50 -0.357; 43 / 50 -0.151, nearer to 0 than to -0.357 but beyond 0.15; 27 / 50 -0.616,
    # apart 0.26
    out = second({"IWM": column(50, 50, *after), "SPY": column(*[100.0] * 5)}, SETTINGS)
    assert [[event.kind for event in one.events] for one in out[2:]] == kinds


def test_a_move_that_the_others_share_is_no_doubt() -> None:
    # logs -0.223 and twice -0.151: 0.072 apart
    falls = {name: column(50.0, low, low) for name, low in (("IWM", 40.0), ("SPY", 43.0), ("QQQ", 43.0))}
    assert not any(one.events for one in second(falls, SETTINGS))


def test_the_median_of_the_others_decides_who_is_alone() -> None:
    # others of A: 0, 0, -0.2, of which the median is 0; likewise of B
    falls = column(50.0, 50.0 * math.exp(-0.2))
    flat = column(50.0, 50.0)
    out = second({"IWM": flat, "SPY": flat, "A": falls, "B": falls}, SETTINGS)
    assert {(event.kind, event.what) for event in out[1].events} == {("doubtful", "A"), ("doubtful", "B")}
    assert out[1].doubtful_share is None  # neither is a leg


def test_a_move_of_the_ratio_beyond_a_tenth_waits_for_the_next_close() -> None:
    # ln(56 / 50) = 0.113 > 0.10, below 0.15; 55 is ln(1.1) = 0.095 away, 0.018 from the doubtful one: it
    # stays
    out = of_ratios([5.0, 5.0, 5.0, 5.6, 5.5], SETTINGS)
    assert [one.ratio for one in out] == [5.0, 5.0, 5.0, None, 5.5]
    assert [event.kind for one in out for event in one.events] == ["doubtful", "move"]
    assert out[3].doubtful_share == 0.2
    assert out[3].sessions == 1  # passed over: the stance neither counts nor moves
    assert out[4].sessions == 2
    assert out[4].slow == pytest.approx((5.0 + 5.0 + 5.5) / 3)  # as it was: nothing is scaled


def test_a_session_that_a_leg_lacks_is_passed_over_and_told() -> None:
    out = second({"IWM": column(5, 5, 5, None, 5), "SPY": column(*[10.0] * 5)}, SETTINGS)
    assert out[3].events == (Event("missing", "IWM", day(3), None),)
    assert [one.sessions for one in out] == [0, 0, 1, 1, 2]


def test_a_trendline_goes_through_swings_and_on_along_itself() -> None:
    # swing 1: lows 10 (session 1) and 10.4 (session 3), known at session 4; the line rises 0.2 a session:
    # 10.6 at session 4, 10.8 at 5, 11.0 at 6. 10.9 is above 10.6, 10.7 below 10.8, 10.75 still below 11.
    ratios = [10.5, 10.0, 10.8, 10.4, 10.9, 10.7, 10.75]
    settings = replace(SETTINGS, swing=1, range=4, least_band=0.2)
    out = of_ratios(ratios, settings)
    lines = [[one for one in after.breaks if one.line == "trendline"] for after in out]
    assert [len(one) for one in lines] == [0, 0, 0, 0, 0, 1, 1]
    assert {(one.side, one.since) for one in (*lines[5], *lines[6])} == {("below", day(5))}
    assert [lines[5][0].level, lines[6][0].level] == pytest.approx([10.8, 11.0])


def test_volatility_is_weighted_by_hand_and_its_smallest_share_held() -> None:
    # span 3: alpha 1/2; moves 0.02, -0.04, 0.01: weights 1/4, 1/2, 1, v = (0.0001 + 0.0008 + 0.0001) / 1.75;
    # then 0: v = (0.00005 + 0.0004 + 0.00005) / 1.875
    closes = column(*(10 * math.exp(x) for x in (0.0, 0.02, -0.02, -0.01, -0.01)))
    settings = replace(SETTINGS, volatility_target=0.2, hold_closes=2)
    out = second({"IWM": closes, "SPY": closes}, settings)
    third, fourth = 0.2 / math.sqrt(252 * 0.001 / 1.75), 0.2 / math.sqrt(252 * 0.0005 / 1.875)
    assert (third, fourth) == pytest.approx((0.527, 0.771), abs=0.001)
    assert [one.volatility_target["IWM"] for one in out] == pytest.approx([0.2, 0.2, 0.2, third, fourth])
    assert [one.volatility_held["IWM"] for one in out] == pytest.approx([0.2, 0.2, 0.2, 0.2, third])


def test_a_series_is_known_after_its_lag_and_until_it_is_stale() -> None:
    lagging = Series([(day(0), 0.5)], lag=2, stale_days=3)
    out = of_votes({"one": level("S")}, {"S": lagging}, 6)
    assert [one.own["one"] for one in out] == [None, None, 1, 1, None, None]
    assert [one.counted["one"] for one in out] == [0, 0, 1, 1, 1, 1]  # kept for 2
    assert [one.heard for one in out] == [0, 0, 1, 1, 1, 1]


def test_a_trend_takes_published_values_and_its_sign() -> None:
    # fast 1, slow 2: 2 less 1.5 rises, 1 less 1.5 falls, 1 less 1 neither; one value alone says nothing
    for rising, said in (("for", [None, 1, -1, 0]), ("against", [None, -1, 1, 0])):
        vote = {
            "take": "first",
            "readings": [{"trend": {"series": "S", "fast": 1, "slow": 2, "rising": rising}}],
        }
        out = of_votes({"one": vote}, {"S": values(1.0, 2.0, 1.0, 1.0)}, 4)
        assert [one.own["one"] for one in out] == said


def test_first_and_agree_take_their_readings() -> None:
    readings = [level("A")["readings"][0], level("B")["readings"][0]]
    votes = {take: {"take": take, "readings": readings} for take in ("first", "agree")}
    series = {"A": values(0.0, 1.5, None, 3.0, None), "B": values(0.0, 0.0, 0.0, 0.0, None)}
    out = of_votes(votes, series, 5)
    # B says 1 at the third close, and A last said 0: no more than that
    assert [one.own["first"] for one in out] == [1, 0, 0, -1, None]
    assert [one.own["agree"] for one in out] == [1, 0, None, 0, None]


def test_a_later_reading_may_only_lower_what_the_earlier_ones_last_said() -> None:
    vote = {"take": "first", "readings": [level(name)["readings"][0] for name in "ABC"]}
    series = {
        "A": values(None, None, 3.0, None, None, 0.0, None, None, None),  # -1, at last 1
        "B": values(None, 0.0, None, 0.0, None, 3.0, None, 0.0, None),  # 1, 1, -1, 1
        "C": values(0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 0.0, 0.0, 3.0),
    }
    out = of_votes({"one": vote}, series, 9)
    # C alone; B; A; then A last said -1; A speaks; C, of A 1 and B -1; B, of A 1; C against
    assert [one.own["one"] for one in out] == [1, 1, -1, -1, -1, 1, -1, 1, -1]


def test_baskets_compare_sessions_that_all_have() -> None:
    # ln(QQQ / SPY): 0, (none), 0.02, 0.01; fast 1, slow 2: silent, silent, 0.02 above 0.01, 0.01 below 0.015
    qqq = column(10.0, None, 10 * math.exp(0.02), 10 * math.exp(0.01))
    flat = column(*[10.0] * 4)
    vote = {
        "take": "first",
        "readings": [{"baskets": {"of": ["QQQ"], "against": ["SPY"], "fast": 1, "slow": 2}}],
    }
    out = second({"IWM": flat, "SPY": flat, "QQQ": qqq}, SETTINGS, {}, {"one": vote})
    assert [one.own["one"] for one in out] == [None, None, 1, -1]


def test_a_note_is_one_more_vote_from_its_day_to_its_last() -> None:
    notes = [Note(day(1), day(2), -1), Note(day(2), day(2), 0)]
    out = of_votes({"one": level("S")}, {"S": values(*[0.0] * 4)}, 4, notes)
    assert [(one.number, one.heard, one.context_target) for one in out] == [
        (1, 1, 0.75),  # 0.75 + 0.5, but 1 heard of 2: no more than neutral
        (2, 2, 0.75),  # 1 - 1
        (2, 2, 1.0),  # 1 + 0 of the note made last: 0.75 + 0.5 x 1 / 2
        (1, 1, 0.75),
    ]


def test_context_is_never_less_than_its_least() -> None:
    votes = {name: level("S") for name in ("one", "two")}
    out = second(
        {"IWM": column(1.0), "SPY": column(1.0)},
        replace(SETTINGS, context_least=0.4),
        {"S": values(3.0)},
        votes,
    )
    assert out[0].context_target == 0.4  # 0.75 - 0.5 = 0.25


@pytest.mark.parametrize(
    ("numerator", "denominator", "rally"),
    [
        ((5.0, 5.1), (10.0, 10.4), "narrow"),  # 0.5, 0.490
        ((5.0, 5.4), (10.0, 10.4), "broad"),  # 0.5, 0.519
        ((5.0, 4.9), (10.0, 10.0), None),
        ((5.0, 5.1), (10.0, 9.9), None),
    ],
)
def test_rallies_are_told(numerator: tuple[float, ...], denominator: tuple[float, ...], rally: str) -> None:
    closes = {"IWM": column(*numerator), "SPY": column(*denominator)}
    assert second(closes, replace(SETTINGS, rally=1))[-1].rally == rally
    with_qqq = second({**closes, "QQQ": column(20.0, 20.1)}, replace(SETTINGS, rally=1))[-1].rally
    assert with_qqq == ("narrow" if numerator[1] == 4.9 else rally)


def test_sectors_confirm_on_the_side_of_the_ratio() -> None:
    up, down, flat = column(10.0, 10.0, 10.3), column(10.0, 10.0, 9.7), column(10.0, 10.0, 10.0)
    closes = {"SPY": flat, "XLF": up, "XLI": up, "XLY": down}
    assert second({**closes, "IWM": up}, SETTINGS)[-1].sectors == 2
    assert second({**closes, "IWM": down}, SETTINGS)[-1].sectors == 1


def test_what_holds_after_a_close_knows_nothing_of_later_ones() -> None:
    table = by_hand.rows()[:30]
    closes = by_hand.closes(table)
    closes["IWM"] |= {row.session: row.numerator / 2 for row in table[6:]}  # a split
    closes["SPY"] |= {table[14].session: 40.0}  # a bad print
    series = by_hand.series(table)
    full = second(closes, SETTINGS, series, by_hand.VOTES)
    kinds = {event.kind for one in full for event in one.events}
    assert kinds == {
        "doubtful",
        "bad print",
        "split",
        "move",
    }  # 113 to 101 over the close left out: ln -0.112
    for n, row in enumerate(table):
        past = {
            name: {day: price for day, price in prices.items() if day <= row.session}
            for name, prices in closes.items()
        }
        assert second(past, SETTINGS, series, by_hand.VOTES)[-1] == full[n]


def test_a_stance_is_unknown_below_min_sessions_and_that_is_no_target() -> None:
    out = of_ratios([5.0] * 9, replace(SETTINGS, min_sessions=5, hold_closes=2))
    assert [one.stance for one in out] == ["UNKNOWN"] * 4 + ["NEUTRAL"] * 5
    assert [one.regime_target for one in out] == [None] * 2 + [0.2] * 2 + [0.6] * 5
    assert [one.regime_held for one in out] == [0.2] * 4 + [0.6] * 5


def test_a_stance_is_unknown_while_the_last_sessions_have_a_hole() -> None:
    # sessions 0 to 4 and then 15 to 19, 11 days later: a hole for as long as it is among the last 3 sessions
    numbers = [*range(5), *range(15, 20)]
    flat = {day(number): 10.0 for number in numbers}
    out = second({"IWM": flat, "SPY": flat}, SETTINGS)
    assert [one.stance for one in out] == [
        *(["UNKNOWN"] * 2 + ["NEUTRAL"] * 3),
        *(["UNKNOWN"] * 2 + ["NEUTRAL"] * 3),
    ]
    near = {day(number - (number > 4)): 10.0 for number in numbers}  # 10 days
    assert [one.stance for one in second({"IWM": near, "SPY": near}, SETTINGS)] == (
        ["UNKNOWN"] * 2 + ["NEUTRAL"] * 8
    )


@pytest.mark.parametrize("episode", read.EPISODES)
def test_the_episodes_have_the_averages_that_pandas_finds(episode: str) -> None:
    rows = read.answers(episode)
    assert len(rows) == 55
    ratio = pd.Series(read.closes()["IWM"]) / pd.Series(read.closes()["SPY"])
    fast, slow = ratio.rolling(20).mean(), ratio.rolling(100).mean()
    noise = np.sqrt((np.log(ratio).diff() ** 2).rolling(99).mean() * 100 / 3)
    for row in rows:
        found = [one[row.session] for one in (ratio, fast, slow, fast / slow - 1, noise)]
        assert [row.ratio, row.fast, row.slow, row.distance, row.noise] == pytest.approx(found, abs=1e-11)
        assert row.band == pytest.approx(max(noise[row.session] / 4, 0.003), abs=1e-11)
