"""Breaks of the band, the range and trendlines: fresh, confirmed, false, over."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.levels import ABOVE, BELOW, Break, breaks, extremes, holding, trendlines
from assistant.core.ratio import Trend
from assistant.core.regime import LevelSettings
from tests.core.builders import LEVELS, day

# A band from 90 to 110 round a slow average of 100, noise 0.1; range 3, swing 1, margin 0.01 of a level.
TREND = Trend(fast=101.0, slow=100.0, distance=0.01, noise=0.1, band=0.1)
FAR = replace(LEVELS, range=40, swing=30)  # neither a range nor a trendline plays a part


def walk(
    ratios: Sequence[float], settings: LevelSettings = FAR, trends: Sequence[Trend | None] | None = None
) -> list[tuple[Break, ...]]:
    days = [day(number) for number in range(1, len(ratios) + 1)]
    return list(breaks(days, ratios, trends or [TREND] * len(ratios), settings))


def states(
    ratios: Sequence[float], settings: LevelSettings = FAR, **how: Sequence[Trend | None]
) -> list[str]:
    """What stands after each close, as line, side and status."""
    words = {BELOW: "below", ABOVE: "above"}
    return [
        ", ".join(f"{one.line} {words[one.side]} {one.status}" for one in found)
        for found in walk(ratios, settings, **how)
    ]


# Lines


def test_the_range_is_that_of_the_ratios_before_and_needs_as_many_as_it_speaks_of() -> None:
    found = list(extremes([5.0, 7.0, 6.0, 9.0, 1.0, 2.0, 3.0, 4.0], 3))
    assert found[:3] == [(0.0, inf)] * 3
    assert found[3:] == [(5.0, 7.0), (6.0, 9.0), (1.0, 9.0), (1.0, 9.0), (1.0, 3.0)]


@given(st.lists(st.integers(1, 9).map(lambda n: n / 16), max_size=30), st.integers(2, 5))
def test_the_range_is_the_plain_minimum_and_maximum(ratios: list[float], sessions: int) -> None:
    for place, found in enumerate(extremes(ratios, sessions)):
        before = ratios[max(0, place - sessions) : place]
        assert found == ((min(before), max(before)) if place >= sessions else (0.0, inf))


def test_a_support_goes_through_the_last_two_swing_lows_once_they_are_known() -> None:
    # Lows of 4 at place 1, 8 at 3 and 6 at 5, each known one close later: 2 a session from place 4 on.
    ratios = [9.0, 4.0, 9.0, 8.0, 9.0, 6.0, 9.0, 9.0]
    found = list(trendlines(ratios, BELOW, LEVELS))
    # 6 after 8 leans down: there is no support from place 6 on
    assert found == [(0.0, 0.0)] * 4 + [(10.0, 2.0), (12.0, 2.0), (0.0, 0.0), (0.0, 0.0)]


def test_a_resistance_falls_and_is_none_while_the_highs_rise() -> None:
    falls = [1.0, 9.0, 1.0, 7.0, 1.0, 1.0]
    assert list(trendlines(falls, ABOVE, LEVELS))[4:] == [(6.0, -1.0), (5.0, -1.0)]
    assert set(trendlines([1.0, 7.0, 1.0, 9.0, 1.0, 1.0], ABOVE, LEVELS)) == {(inf, 0.0)}


def test_equal_ratios_are_no_swing_and_old_lines_are_none() -> None:
    assert set(trendlines([9.0, 4.0, 4.0, 9.0, 6.0, 6.0, 9.0], BELOW, LEVELS)) == {(0.0, 0.0)}
    assert set(trendlines([9.0, 5.0, 9.0, 5.0, 9.0, 9.0], BELOW, LEVELS)) == {(0.0, 0.0)}  # level: no support
    ratios = [9.0, 4.0, 9.0, 6.0, 9.0, 9.0, 9.0, 9.0]
    # the later low stands at place 3; a range of 3 lets the line go on to place 6
    assert [level for level, _ in trendlines(ratios, BELOW, LEVELS)] == [0, 0, 0, 0, 7.0, 8.0, 9.0, 0]


def test_a_point_without_enough_sessions_before_it_is_no_swing() -> None:
    # 5 is the highest of the first four and 6 comes two later; 6 twice is none. So 4 is the first high.
    ratios = [1.0, 2.0, 5.0, 4.0, 6.0, 6.0, 1.0, 1.0, 4.0, 1.0, 1.0, 1.0]
    assert set(trendlines(ratios, ABOVE, replace(LEVELS, swing=2, range=9))) == {(inf, 0.0)}
    mirrored = [10.0 - one for one in ratios]
    assert set(trendlines(mirrored, BELOW, replace(LEVELS, swing=2, range=9))) == {(0.0, 0.0)}


def test_a_wider_swing_needs_more_sessions_on_either_side() -> None:
    ratios = [9.0, 8.0, 4.0, 8.0, 9.0, 9.0, 8.0, 6.0, 8.0, 9.0]
    found = list(trendlines(ratios, BELOW, replace(LEVELS, swing=2, range=9)))
    assert [level for level, _ in found][8:] == [0.0, pytest.approx(6.0 + 2 / 5 * 2)]


# Breaks


@pytest.mark.parametrize(
    ("ratio", "state"),
    [
        (90.0, ""),
        (89.1, ""),  # 90 less the margin of 1 %, exactly
        (89.09, "band below fresh"),
        (111.1, ""),
        (111.11, "band above fresh"),
    ],
)
def test_a_break_is_beyond_its_level_by_more_than_the_margin(ratio: float, state: str) -> None:
    assert states([100.0, ratio])[-1] == state


@pytest.mark.parametrize(("ratio", "side"), [(105.0, 0.0), (153.0, inf)])
def test_exactly_at_the_margin_no_band_is_broken(ratio: float, side: float) -> None:
    # From 128 x 7/8 = 112 to 144, less and more a sixteenth: 105 and 153, which floats hold exactly.
    trend = TREND._replace(slow=128.0, band=0.125)
    settings = replace(FAR, margin=0.0625)
    assert states([ratio], settings, trends=[trend]) == [""]
    assert states([nextafter(ratio, side)], settings, trends=[trend]) != [""]


def test_a_break_begins_where_the_close_before_was_not_so_far() -> None:
    found = walk([100.0, 85.0, 84.0, 95.0, 85.0])
    assert [one[-1].since for one in found[1:]] == [day(2), day(2), day(2), day(5)]
    assert found[1][0] == Break("band", BELOW, "fresh", day(2), 90.0, 0.0, 1, None)


def test_a_break_that_returns_at_once_is_false_and_told_for_a_while() -> None:
    # false_closes 2: back inside at the third close, told there and at the next.
    assert states([100.0, 85.0, 90.0, 100.0, 100.0]) == [
        "",
        "band below fresh",
        *["band below false"] * 2,
        "",
    ]
    assert states([100.0, 120.0, 110.0, 100.0, 100.0]) == [
        "",
        "band above fresh",
        *["band above false"] * 2,
        "",
    ]


def test_a_break_that_returns_late_or_after_it_was_confirmed_is_over() -> None:
    slow = replace(FAR, follow_distance=9.0)
    assert states([100.0, 85.0, 85.0, 85.0, 95.0], slow)[-2:] == [
        "band below fresh",
        "",
    ]  # three closes later
    assert states([100.0, 85.0, 85.0, 95.0], slow)[-1] == "band below false"  # two
    assert states([100.0, 85.0, 85.0, 80.0, 95.0])[-2:] == ["band below confirmed", ""]


def test_a_break_is_confirmed_by_distance_in_noise_so_many_closes_later() -> None:
    # Half of a noise of 0.1 is 5 % of the level 90: 4.5; a float has it at 85.5 exactly.
    assert states([100.0, 80.0, 80.0, 85.5])[-2:] == ["band below fresh", "band below confirmed"]
    assert states([100.0, 80.0, 80.0, 85.6])[-1] == "band below fresh"
    assert states([100.0, 120.0, 120.0, 115.6])[-1] == "band above confirmed"  # 110 and 5 % of it: 115.5
    assert states([100.0, 120.0, 120.0, 115.4])[-1] == "band above fresh"
    assert states([100.0, 80.0, 80.0], replace(FAR, follow_closes=1))[-1] == "band below confirmed"


def test_once_confirmed_a_break_stays_so_while_it_stands() -> None:
    assert states([100.0, 80.0, 80.0, 80.0, 89.9])[-1] == "band below confirmed"


def test_the_band_is_taken_as_it_is_at_each_close_and_the_range_as_it_was() -> None:
    lower = TREND._replace(slow=90.0)  # the edge moves to 81
    assert states([100.0, 85.0, 85.0], trends=[TREND, TREND, lower])[-1] == "band below false"
    wide = [TREND._replace(band=0.9)] * 7
    settings = replace(LEVELS, swing=30)
    # The range of 100, 99, 98 is broken at 95 and stays at 98; at 97.9 it is still below, at 98 back inside.
    found = walk([100.0, 99.0, 98.0, 95.0, 97.9], settings, wide[:5])
    assert [(one.line, one.level, one.status) for one in found[-1]] == [("range", 98.0, "fresh")]
    assert states([100.0, 99.0, 98.0, 95.0, 98.0], settings, trends=wide[:5])[-1] == "range below false"


def test_a_break_of_the_range_is_over_when_its_level_has_left_the_range() -> None:
    wide = [TREND._replace(band=0.9, noise=9.0)] * 9
    found = states([100.0, 99.0, 98.0, 95.0, 95.0, 95.0, 95.0], replace(LEVELS, swing=30), trends=wide[:7])
    assert found[3:] == ["range below fresh"] * 3 + [""]  # a range of 3 sessions


def test_a_break_of_a_trendline_goes_on_along_that_line() -> None:
    wide = [TREND._replace(band=0.9, noise=9.0)] * 8
    settings = replace(LEVELS, range=6)
    # Lows 40 at place 1 and 60 at place 3: 70 at place 4, 80 at 5; then 90 at 6, 100 at 7.
    ratios = [90.0, 40.0, 90.0, 60.0, 90.0, 75.0, 89.0, 101.0]
    found = walk(ratios, settings, wide)
    one = Break("trendline", BELOW, "fresh", day(6), 80.0, 10.0, 5, None)
    lines = [[one for one in now if one.line == "trendline"] for now in found]
    assert lines[5] == lines[6] == [one]  # 89 is below 90
    assert lines[7] == [one._replace(status="false", ended=7)]


# Of a support: lows 40 at place 1 and 60 at 3, so 70 at 4 and 80 at 5. Of a resistance: highs 160 at place 1
# and 140 at 3, so 130 at 4 and 120 at 5.
RISES, FALLS = [90.0, 40.0, 90.0, 60.0, 90.0], [110.0, 160.0, 110.0, 140.0, 110.0]
WIDE = TREND._replace(slow=150.0, band=0.9)  # from 15 to 285


@pytest.mark.parametrize(
    ("before", "level", "state"),
    [
        ([150.0, 100.0, 200.0], 99.0, "range below fresh"),  # 100 less 1 %
        ([150.0, 100.0, 200.0], 202.0, "range above fresh"),  # 200 and 1 %
        (RISES, 79.2, "trendline below fresh"),  # 80 less 1 %
        (FALLS, 121.2, "trendline above fresh"),  # 120 and 1 %
    ],
)
def test_the_range_and_trendlines_too_are_broken_by_more_than_the_margin(
    before: list[float], level: float, state: str
) -> None:
    settings = replace(LEVELS, range=3 if len(before) == 3 else 4)
    beyond = nextafter(level, 0.0 if "below" in state else inf)
    assert states([*before, level], settings, trends=[WIDE] * (len(before) + 1))[-1] == ""
    assert states([*before, beyond], settings, trends=[WIDE] * (len(before) + 1))[-1] == state


def test_breaks_of_all_lines_on_a_side_begin_at_one_close() -> None:
    # A trend from the last close on. The four before: 40 to 90 and 110 to 160; lines 80 and 120.
    first = [None] * 5 + [TREND]
    assert walk([*RISES, 30.0], replace(LEVELS, range=4), first)[-1] == (
        Break("band", BELOW, "fresh", day(6), 90.0, 0.0, 5, None),
        Break("range", BELOW, "fresh", day(6), 40.0, 0.0, 5, None),
        Break("trendline", BELOW, "fresh", day(6), 80.0, 10.0, 5, None),
    )
    assert walk([*FALLS, 170.0], replace(LEVELS, range=4), first)[-1] == (
        Break("band", ABOVE, "fresh", day(6), 100.0 * (1 + 0.1), 0.0, 5, None),
        Break("range", ABOVE, "fresh", day(6), 160.0, 0.0, 5, None),
        Break("trendline", ABOVE, "fresh", day(6), 120.0, -10.0, 5, None),
    )


def test_while_the_ratio_goes_on_beyond_its_range_no_new_break_begins() -> None:
    # 10 % down each session: broken at place 3, over at 6 by age, and beyond every range since. At 85 for two
    # sessions it is back, the range of three being 53.1 to 85; and at 50 it breaks anew.
    falls = [100.0 * 0.9**number for number in range(9)]  # down to 43.05
    settings = replace(LEVELS, swing=30, follow_distance=9.0)
    found = states([*falls, 43.0, 43.0, 43.0, 42.0], settings, trends=[WIDE] * 13)
    assert found[3:9] == ["range below fresh"] * 3 + [""] * 3
    assert found[9:] == ["", "", "", "range below fresh"]


@pytest.mark.parametrize(
    ("back", "status"),
    [(89.0001, "range above fresh"), (89.0, "range above false"), (88.5, "range above false")],
)
def test_a_break_above_the_range_ends_at_its_level_or_below(back: float, status: str) -> None:
    # Highest of three: 89. The ratio of 95 is above it by the margin.
    settings = replace(LEVELS, swing=30, follow_distance=9.0)
    assert states([88.0, 89.0, 87.0, 95.0, back], settings, trends=[WIDE] * 5)[-1] == status


def test_a_break_of_a_trendline_is_over_after_as_many_closes_as_a_range_has() -> None:
    # The resistance falls from 120 by 10 a session, and the ratio stays at 130, the margin above it.
    settings = replace(LEVELS, range=4, follow_distance=9.0)
    found = states([*FALLS, *[130.0] * 6], settings, trends=[WIDE] * 11)
    assert found[5:] == ["trendline above fresh"] * 4 + ["", ""]


def test_a_break_of_a_trendline_goes_along_the_broken_line_whatever_line_comes_after() -> None:
    # Broken at place 5 at 80; then lows 76 at place 5 and 77 at 7 make a support that rises by 0.5.
    ratios = [*RISES, 76.0, 90.0 - 1e-6, 77.0, 99.0]
    settings = replace(LEVELS, range=9, follow_distance=9.0)
    found = walk(ratios, settings, [WIDE] * 9)
    assert [one[0].level + one[0].drift * place for place, one in enumerate(found[5:])] == [80, 90, 100, 110]
    assert list(trendlines(ratios, BELOW, settings))[8] == (77.5, 0.5)


def test_nothing_is_watched_before_there_is_a_trend() -> None:
    assert states([100.0, 50.0, 50.0], trends=[None, None, TREND]) == ["", "", "band below fresh"]


def test_a_new_break_stands_beside_false_ones_that_are_still_told() -> None:
    found = walk([100.0, 85.0, 95.0, 85.0])
    assert [(one.status, one.since) for one in found[-1]] == [("false", day(2)), ("fresh", day(4))]
    both = walk([100.0, 85.0, 120.0])[-1]
    assert [(one.side, one.status) for one in both] == [(BELOW, "false"), (ABOVE, "fresh")]


def test_a_break_that_dips_back_within_the_margin_is_not_begun_anew() -> None:
    # 89.5 is still below 90 though not by the margin: the break stands, and going further is no new one.
    found = walk([100.0, 85.0, 89.5, 85.0], replace(FAR, follow_distance=9.0))
    assert [(one.since, one.began) for one in found[-1]] == [(day(2), 1)]


@pytest.mark.parametrize(
    ("line", "side", "status", "since", "held"),
    [
        ("band", BELOW, "fresh", 4, True),
        ("band", BELOW, "confirmed", 4, True),
        ("band", BELOW, "false", 4, False),
        ("range", BELOW, "fresh", 4, True),
        ("trendline", BELOW, "fresh", 4, False),
        ("band", ABOVE, "fresh", 4, False),
        ("band", BELOW, "fresh", 3, False),  # of the very close of the turn
    ],
)
def test_a_break_below_band_or_range_since_the_turn_holds_the_share_down(
    line: str, side: int, status: str, since: int, *, held: bool
) -> None:
    one = Break(line, side, status, day(since), 90.0, 0.0, 1, None)
    assert holding([one], day(3)) == (one if held else None)
    other = Break("band", ABOVE, "fresh", day(4), 110.0, 0.0, 1, None)
    assert holding([other, one], day(3)) == (one if held else None)
    assert holding([], day(3)) is None


ratios_of_a_walk = st.lists(st.integers(60, 140).map(float), min_size=1, max_size=30)


@given(ratios_of_a_walk, st.integers(1, 30))
def test_what_comes_later_changes_no_earlier_break(ratios: list[float], cut: int) -> None:
    settings = replace(LEVELS, range=5, swing=1)
    assert walk(ratios[:cut], settings) == walk(ratios, settings)[:cut]


def test_a_false_break_told_for_longer_than_a_break_may_stand_is_refused() -> None:
    assert replace(FAR, range=7, false_closes=7).false_closes == 7
    with pytest.raises(ValueError, match="false_closes was 8, range 7; expected false_closes <= range"):
        replace(FAR, range=7, false_closes=8)
