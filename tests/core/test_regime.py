from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import log, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.closes import columns
from assistant.core.market import Bar
from assistant.core.ratio import RegimeSettings, Trend, session_ratios, trends
from assistant.core.regime import LevelSettings, Stance, Turn, turn, turns, zone
from tests.core.answers import TABLE_REGIME, bar, legs, rows
from tests.core.builders import LEVELS, REGIME, day

ON, NEUTRAL, OFF = Stance.RISK_ON, Stance.NEUTRAL, Stance.RISK_OFF
BAND = 0.05


def turns_of(
    numerator: Sequence[Bar], denominator: Sequence[Bar], settings: RegimeSettings
) -> list[tuple[date, Turn]]:
    """The stance after each close that has a trend."""
    days = sorted({bar.session for bar in (*numerator, *denominator)})
    read = columns({"up": numerator, "down": denominator}, days)
    ratios = session_ratios(days, read["up"], read["down"])
    days, values = [session for session, _ in ratios], [ratio for _, ratio in ratios]
    found = turns(days, values, trends(values, settings), settings.turn_closes, LEVELS)
    return [(session, one) for session, one in zip(days, found, strict=True) if one is not None]


@pytest.mark.parametrize("turn_closes", [2, 3])
def test_the_stance_agrees_with_the_table_worked_out_by_hand_close_by_close(turn_closes: int) -> None:
    table = rows()
    bars = legs(table)
    folded = turns_of(bars["IWM"], bars["SPY"], replace(TABLE_REGIME, turn_closes=turn_closes))
    known = [row for row in table if row.distance is not None]
    assert [session for session, _ in folded] == [row.session for row in known]
    assert [one.stance for _, one in folded] == [row.after[turn_closes].stance for row in known]
    assert [one.sessions for _, one in folded] == [row.after[turn_closes].sessions for row in known]
    since = {session for session, one in folded if one.sessions == 1}
    assert {one.since for _, one in folded} == since


@pytest.mark.parametrize(
    ("distance", "from_on", "from_neutral", "from_off"),
    [
        (0.051, ON, ON, ON),
        (0.05, ON, NEUTRAL, NEUTRAL),  # exactly the band does not count as beyond
        (0.001, ON, NEUTRAL, NEUTRAL),
        (0.0, ON, NEUTRAL, OFF),  # exactly at the cross a stance still holds
        (-0.001, NEUTRAL, NEUTRAL, OFF),
        (-0.05, NEUTRAL, NEUTRAL, OFF),
        (-0.051, OFF, OFF, OFF),
    ],
)
def test_inside_the_band_a_stance_holds_until_the_averages_cross(
    distance: float, from_on: Stance, from_neutral: Stance, from_off: Stance
) -> None:
    seen = [zone(distance, stance, BAND) for stance in (ON, NEUTRAL, OFF)]
    assert seen == [from_on, from_neutral, from_off]


@pytest.mark.parametrize(
    ("stance", "recent", "after"),
    [
        (NEUTRAL, (0.06,), NEUTRAL),  # too few closes
        (NEUTRAL, (0.06, 0.07), NEUTRAL),
        (NEUTRAL, (0.06, 0.07, 0.06), ON),
        (NEUTRAL, (0.06, 0.05, 0.06), NEUTRAL),  # one of three only at the band
        (NEUTRAL, (-0.06, -0.07, -0.06), OFF),
        (NEUTRAL, (0.06, -0.07, 0.06), NEUTRAL),
        (ON, (-0.06, -0.06, -0.06), OFF),  # all agree: no stop at NEUTRAL
        (ON, (-0.06, -0.01, -0.06), NEUTRAL),  # as far as all agree
        (ON, (-0.01, -0.01, 0.0), ON),
        (OFF, (0.06, 0.06, 0.06), ON),
        (OFF, (0.06, 0.01, 0.06), NEUTRAL),
        (OFF, (0.01, 0.01, 0.0), OFF),
        (OFF, (-0.06, 0.06, 0.06), OFF),
    ],
)
def test_a_stance_moves_as_far_as_the_last_three_closes_all_agree(
    stance: Stance, recent: tuple[float, ...], after: Stance
) -> None:
    assert turn(stance, [(distance, BAND) for distance in recent], 3) is after


def test_each_close_is_judged_with_its_own_band() -> None:
    assert turn(NEUTRAL, [(0.06, 0.05), (0.02, 0.01), (0.04, 0.03)], 3) is ON
    assert turn(NEUTRAL, [(0.06, 0.05), (0.02, 0.02), (0.04, 0.03)], 3) is NEUTRAL


def follow(closes: int, distance: float) -> LevelSettings:
    """Follow-through at the earliest so many closes after the turn, by so much of the noise."""
    return replace(LEVELS, follow_closes=closes, follow_distance=distance)


def walked(*ratios: float, levels: LevelSettings = LEVELS) -> list[Turn]:
    """The stances over ratios whose slow average is of three and fast of two, with a band of 2 %."""
    days = [day(number) for number in range(1, len(ratios) + 1)]
    settings = replace(REGIME, least_band=0.02)
    found = turns(days, ratios, trends(ratios, settings), 2, levels)
    return [one for one in found if one is not None]


@pytest.mark.parametrize("distance", [-0.4, -0.06, 0.0, 0.06, 3.0])
@pytest.mark.parametrize("stance", [ON, NEUTRAL, OFF])
def test_one_candle_never_turns_a_stance(stance: Stance, distance: float) -> None:
    quiet = {ON: 0.06, NEUTRAL: 0.01, OFF: -0.06}[stance]
    assert turn(stance, [(quiet, BAND), (distance, BAND)], 2) is stance


def test_the_first_close_starts_neutral_wherever_it_stands() -> None:
    assert walked(1.0, 1.0, 1.9) == [Turn(NEUTRAL, day(3), 1, followed=False)]


def test_no_closes_make_no_turns() -> None:
    assert walked() == []


# Ratios 100, 100, 100, 106, 110, 110, ...: distance 103/102 - 1 = 0.0098, 108/105.33 - 1 = 0.025,
# 110/108.67 - 1 = 0.0123 ...: see each test.


def test_follow_through_is_seen_at_the_earliest_so_many_closes_after_the_turn() -> None:
    # 106, 112, 118: distances 0.0098; 109/106 - 1 = 0.0283; 115/112 - 1 = 0.0268: RISK_ON at 118, session 6.
    up = (100.0, 100.0, 100.0, 106.0, 112.0, 118.0, 140.0, 140.0, 140.0)
    stances = walked(*up, levels=follow(2, 0.01))
    turned = next(place for place, one in enumerate(stances) if one.stance is ON)
    assert stances[turned] == Turn(ON, day(6), 1, followed=False)
    assert [one.followed for one in stances[turned:]] == [False, False, True, True]
    later = walked(*up, levels=follow(3, 0.01))
    assert [one.followed for one in later[turned:]] == [False, False, False, True]


def test_follow_through_needs_its_distance_beyond_the_turning_close_in_noise() -> None:
    up = [100.0, 100.0, 100.0, 106.0, 112.0, 118.0, 119.0, 121.0]
    # At the last close the log moves are ln(119/118), ln(121/119); noise: their root mean square x sqrt(3/3).
    noise = ((log(119 / 118) ** 2 + log(121 / 119) ** 2) / 2) ** 0.5
    reached = (121 / 118 - 1) / noise
    assert walked(*up, levels=follow(2, reached * 0.999))[-1].followed
    assert not walked(*up, levels=follow(2, reached * 1.001))[-1].followed


# Trends by hand: all closes beyond a band of 1/16, of which two turn, so that the second is the turning one;
# noise 1/8, so that half of it is 1/16.


def turned(direction: int, *ratios: float, closes: int = 1) -> list[tuple[Stance, bool]]:
    """Stance and follow-through over ratios that all stand beyond the band on one side."""
    trend = Trend(1.0, 1.0, direction * 0.5, 0.125, 0.0625)
    days = [day(number) for number in range(1, len(ratios) + 1)]
    found = turns(days, ratios, [trend] * len(ratios), 2, follow(closes, 0.5))
    return [(one.stance, one.followed) for one in found if one is not None]


@pytest.mark.parametrize(
    ("direction", "ratio", "followed"),
    [
        (1, 1.0625, True),  # exactly a sixteenth, which a float holds
        (1, nextafter(1.0625, 0.0), False),
        (-1, 0.9375, True),
        (-1, nextafter(0.9375, 1.0), False),
        (1, 0.5, False),  # far against the turn
        (-1, 1.5, False),
    ],
)
def test_follow_through_needs_its_distance_exactly_and_in_the_direction_of_the_turn(
    direction: int, ratio: float, *, followed: bool
) -> None:
    stance = ON if direction > 0 else OFF
    # far beyond before the turn, and at the turning close itself 1: only what comes after counts
    assert turned(direction, 1.0 + direction / 2, 1.0, ratio) == [
        (NEUTRAL, False),
        (stance, False),
        (stance, followed),
    ]


@pytest.mark.parametrize("closes", [1, 2, 3])
def test_follow_through_too_early_by_one_close_is_none(closes: int) -> None:
    # far beyond from the first close after the turn on
    found = turned(1, 1.0, 1.0, 1.5, 1.5, 1.5, 1.5, closes=closes)
    assert [followed for _, followed in found[2:]] == [place >= closes for place in range(1, 5)]


def test_follow_through_once_seen_holds_when_the_ratio_comes_back() -> None:
    assert [followed for _, followed in turned(1, 1.0, 1.0, 1.0625, 0.9, 0.5)] == [False] * 2 + [True] * 3


def test_the_noise_of_follow_through_is_that_of_the_present_close() -> None:
    # a rise of a sixteenth: half of 1/8, and not of 1/4
    noises = (0.25, 0.25, 0.25, 0.125)
    trends_by_hand = [Trend(1.0, 1.0, 0.5, noise, 0.0625) for noise in noises]
    days = [day(number) for number in range(1, 5)]
    found = list(turns(days, [1.0, 1.0, 1.0625, 1.0625], trends_by_hand, 2, follow(1, 0.5)))
    assert [one and one.followed for one in found] == [False, False, False, True]


def test_follow_through_goes_down_as_well_and_is_lost_at_the_next_turn() -> None:
    down = [100.0, 100.0, 100.0, 94.0, 88.0, 82.0, 70.0, 60.0, 80.0, 100.0, 120.0, 140.0]
    stances = walked(*down, levels=follow(2, 0.1))
    off = [one for one in stances if one.stance is OFF]
    assert [one.followed for one in off][:3] == [False, False, True]
    on = [one for one in stances if one.stance is ON]
    assert on[0].sessions == 1
    assert not on[0].followed


def test_before_the_first_turn_there_is_no_follow_through() -> None:
    assert not any(
        one.followed for one in walked(*(100.0 + 0.2 * n for n in range(30)), levels=follow(2, 0.01))
    )


ratios = st.lists(st.integers(10, 90), min_size=3, max_size=30)


@given(ratios, st.sampled_from([2, 3]))
def test_what_comes_later_changes_no_earlier_stance(history: list[int], turn_closes: int) -> None:
    settings = replace(TABLE_REGIME, turn_closes=turn_closes)
    numerator = [bar(day(n), 50.0 * ratio) for n, ratio in enumerate(history, start=1)]
    denominator = [bar(day(n), 50.0) for n in range(1, len(history) + 1)]
    whole = turns_of(numerator, denominator, settings)
    for cut in range(len(history) + 1):
        known = turns_of(numerator[:cut], denominator[:cut], settings)
        assert known == whole[: max(0, cut - 2)]  # the slow average takes two closes before the first


@given(ratios, st.floats(0.01, 400), st.floats(0.01, 400))
def test_the_stance_does_not_ask_in_which_unit_a_leg_is_quoted(
    history: list[int], upper: float, lower: float
) -> None:
    settings = replace(
        TABLE_REGIME, least_band=0.0613
    )  # no distance of such small numbers stands exactly there
    numerator = [bar(day(n), 50.0 * ratio) for n, ratio in enumerate(history, start=1)]
    denominator = [bar(day(n), 50.0) for n in range(1, len(history) + 1)]
    plain = turns_of(numerator, denominator, settings)
    scaled = turns_of(
        [bar(one.session, one.close * upper) for one in numerator],
        [bar(one.session, one.close * lower) for one in denominator],
        settings,
    )
    ratios = [one.close / 50.0 for one in numerator]
    distances = [trend.distance for trend in trends(ratios, settings) if trend]
    at_cross = any(abs(distance) < 1e-9 for distance in distances)
    assert at_cross or [one.stance for _, one in scaled] == [one.stance for _, one in plain]
