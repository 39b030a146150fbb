from dataclasses import replace

import pytest

from assistant.core.ratio import Trend, ratio_points
from tests.core.answers import legs, rows
from tests.core.builders import REGIME, closes, day


def test_ratio_and_distance_agree_with_the_table_worked_out_by_hand() -> None:
    table = rows()
    bars = legs(table)
    points = ratio_points(bars["IWM"], bars["SPY"], REGIME)
    assert [point.session for point in points] == [row.session for row in table]
    assert [point.ratio for point in points] == [row.ratio for row in table]
    for point, row in zip(points, table, strict=True):
        if row.distance is None:
            assert point.trend is None
        else:
            assert point.trend is not None
            assert point.trend.distance == pytest.approx(float(row.distance), abs=1e-12)


def test_the_averages_are_means_of_the_last_sessions() -> None:
    *_, last = ratio_points(closes(10, 30, 8, 20, 44), closes(5, 5, 4, 4, 4), replace(REGIME, fast=2, slow=4))
    # Ratios 2, 6, 2, 5, 11: fast (5 + 11) / 2 = 8, slow (6 + 2 + 5 + 11) / 4 = 6, 8 / 6 - 1 = 1/3.
    assert last.ratio == 11
    assert last.trend == Trend(8, 6, 8 / 6 - 1)


def test_before_the_slow_average_exists_there_is_no_trend() -> None:
    points = ratio_points(closes(40, 42, 44), closes(20, 20, 20), REGIME)
    assert [point.trend is None for point in points] == [True, True, False]


def test_a_session_missing_in_one_leg_is_passed_over() -> None:
    numerator = [bar for bar in closes(10, 99, 12, 14, 16) if bar.session != day(2)]
    denominator = [bar for bar in closes(5, 5, 4, 99, 4) if bar.session != day(4)]
    points = ratio_points(numerator, denominator, REGIME)
    assert [point.session for point in points] == [day(1), day(3), day(5)]
    assert [point.ratio for point in points] == [2, 3, 4]
    assert points[-1].trend == Trend(3.5, 3, 3.5 / 3 - 1)  # (3 + 4) / 2, (2 + 3 + 4) / 3


def test_without_a_common_session_there_is_no_ratio() -> None:
    assert ratio_points(closes(10, 12)[:1], closes(5, 6)[1:], REGIME) == ()
    assert ratio_points((), (), REGIME) == ()


@pytest.mark.parametrize("fast", [3, 4])
def test_a_fast_average_as_long_as_the_slow_one_is_refused(fast: int) -> None:
    with pytest.raises(ValueError, match=f"fast was {fast}, slow 3; expected fast < slow"):
        replace(REGIME, fast=fast, slow=3)
