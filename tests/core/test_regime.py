from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.market import Bar
from assistant.core.ratio import RatioPoint, RegimeSettings, ratio_points, session_ratios
from assistant.core.regime import Stance, Turn, step, turn, turns, zone
from tests.core.answers import TABLE_REGIME, bar, legs, rows
from tests.core.builders import REGIME, day

ON, NEUTRAL, OFF = Stance.RISK_ON, Stance.NEUTRAL, Stance.RISK_OFF
BAND = 0.05


def points_of(
    numerator: Sequence[Bar], denominator: Sequence[Bar], settings: RegimeSettings
) -> tuple[RatioPoint, ...]:
    return ratio_points(session_ratios(numerator, denominator), settings)


@pytest.mark.parametrize("turn_closes", [2, 3])
def test_the_stance_agrees_with_the_table_worked_out_by_hand_close_by_close(turn_closes: int) -> None:
    table = rows()
    bars = legs(table)
    settings = replace(TABLE_REGIME, turn_closes=turn_closes)
    folded = turns(points_of(bars["IWM"], bars["SPY"], settings), settings)
    known = [row for row in table if row.distance is not None]
    assert [one.session for one in folded] == [row.session for row in known]
    assert [one.stance for one in folded] == [row.after[turn_closes].stance for row in known]
    assert [one.sessions for one in folded] == [row.after[turn_closes].sessions for row in known]
    since = [one.session for one in folded if one.sessions == 1]
    assert {one.since for one in folded} == set(since)


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
    assert turn(stance, recent, replace(REGIME, band=BAND, turn_closes=3)) is after


@pytest.mark.parametrize("distance", [-0.4, -0.06, 0.0, 0.06, 3.0])
@pytest.mark.parametrize("stance", [ON, NEUTRAL, OFF])
def test_one_candle_never_turns_a_stance(stance: Stance, distance: float) -> None:
    quiet = {ON: 0.06, NEUTRAL: 0.01, OFF: -0.06}[stance]
    before = Turn(day(1), stance, day(1), 1, (quiet, quiet))
    after = step(before, day(2), distance, replace(REGIME, band=BAND))
    assert after == Turn(day(2), stance, day(1), 2, (quiet, distance))


def test_the_first_close_starts_neutral_wherever_it_stands() -> None:
    assert step(None, day(4), 0.3, REGIME) == Turn(day(4), NEUTRAL, day(4), 1, (0.3,))


def test_no_closes_make_no_turns() -> None:
    assert turns((), REGIME) == ()


ratios = st.lists(st.integers(10, 90), min_size=3, max_size=30)


@given(ratios, st.sampled_from([2, 3]))
def test_what_comes_later_changes_no_earlier_stance(history: list[int], turn_closes: int) -> None:
    settings = replace(TABLE_REGIME, turn_closes=turn_closes)
    numerator = [bar(day(n), 50.0 * ratio) for n, ratio in enumerate(history, start=1)]
    denominator = [bar(day(n), 50.0) for n in range(1, len(history) + 1)]
    whole = turns(points_of(numerator, denominator, settings), settings)
    for cut in range(len(history) + 1):
        known = turns(points_of(numerator[:cut], denominator[:cut], settings), settings)
        assert known == whole[: max(0, cut - 2)]  # the slow average takes two closes before the first


def test_a_turn_remembers_the_distances_of_the_last_closes_only() -> None:
    settings = replace(REGIME, turn_closes=3)
    last: Turn | None = None
    for number, distance in enumerate((0.001, 0.002, 0.003, 0.004), start=1):
        last = step(last, day(number), distance, settings)
    assert last == Turn(day(4), NEUTRAL, day(1), 4, (0.002, 0.003, 0.004))


@given(ratios)
def test_closes_one_by_one_reach_the_same_stance_as_all_at_once(history: list[int]) -> None:
    numerator = [bar(day(n), 50.0 * ratio) for n, ratio in enumerate(history, start=1)]
    denominator = [bar(day(n), 50.0) for n in range(1, len(history) + 1)]
    points = points_of(numerator, denominator, TABLE_REGIME)
    last: Turn | None = None
    stepped = []
    for point in points[2:]:
        assert point.trend is not None
        last = step(last, point.session, point.trend.distance, TABLE_REGIME)
        stepped.append(last)
    assert tuple(stepped) == turns(points, TABLE_REGIME)


@given(ratios, st.floats(0.01, 400), st.floats(0.01, 400))
def test_the_stance_does_not_ask_in_which_unit_a_leg_is_quoted(
    history: list[int], upper: float, lower: float
) -> None:
    settings = replace(TABLE_REGIME, band=0.0613)  # no distance of such small numbers stands exactly there
    plain = turns(
        points_of(
            [bar(day(n), 50.0 * ratio) for n, ratio in enumerate(history, start=1)],
            [bar(day(n), 50.0) for n in range(1, len(history) + 1)],
            settings,
        ),
        settings,
    )
    scaled = turns(
        points_of(
            [bar(day(n), 50.0 * ratio * upper) for n, ratio in enumerate(history, start=1)],
            [bar(day(n), 50.0 * lower) for n in range(1, len(history) + 1)],
            settings,
        ),
        settings,
    )
    at_cross = any(abs(distance) < 1e-9 for one in plain for distance in one.recent)
    assert at_cross or [one.stance for one in scaled] == [one.stance for one in plain]
