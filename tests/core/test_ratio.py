import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from math import exp, fsum, inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.closes import columns
from assistant.core.market import Bar, Unknown
from assistant.core.ratio import (
    Correction,
    Ratios,
    RegimeSettings,
    Slope,
    Spliced,
    Trend,
    corrections,
    session_ratios,
    slope,
    splice,
    trends,
)
from tests.core.answers import legs, rows
from tests.core.builders import REGIME, closes, day


def points_of(
    numerator: Sequence[Bar], denominator: Sequence[Bar], settings: RegimeSettings
) -> list[tuple[date, float, Trend | None]]:
    """Session, ratio and trend after each common close."""
    days = sorted({bar.session for bar in (*numerator, *denominator)})
    read = columns({"up": numerator, "down": denominator}, days)
    ratios = session_ratios(days, read["up"], read["down"])
    known = trends([ratio for _, ratio in ratios], settings)
    return [(session, ratio, trend) for (session, ratio), trend in zip(ratios, known, strict=True)]


def test_ratio_and_distance_agree_with_the_table_worked_out_by_hand() -> None:
    table = rows()
    bars = legs(table)
    points = points_of(bars["IWM"], bars["SPY"], REGIME)
    assert [session for session, _, _ in points] == [row.session for row in table]
    assert [ratio for _, ratio, _ in points] == [row.ratio for row in table]
    for (_, _, trend), row in zip(points, table, strict=True):
        if row.distance is None:
            assert trend is None
        else:
            assert trend is not None
            assert trend.distance == pytest.approx(float(row.distance), abs=1e-12)


def test_the_averages_are_means_of_the_last_sessions() -> None:
    settings = replace(REGIME, fast=2, slow=4)
    *_, (_, ratio, trend) = points_of(closes(10, 30, 8, 20, 44), closes(5, 5, 4, 4, 4), settings)
    # Ratios 2, 6, 2, 5, 11: fast (5 + 11) / 2 = 8, slow (6 + 2 + 5 + 11) / 4 = 6, 8 / 6 - 1 = 1/3.
    assert ratio == 11
    assert trend is not None
    assert (trend.fast, trend.slow, trend.distance) == (8, 6, 8 / 6 - 1)


def test_the_noise_is_what_a_walk_strays_from_its_mean_and_the_band_a_part_of_it() -> None:
    ratios = [exp(power) for power in (0.0, 0.03, -0.01, 0.04, 0.04)]
    settings = replace(REGIME, fast=2, slow=4, band=0.25, least_band=0.001)
    last = list(trends(ratios, settings))[-1]
    assert last is not None
    # Three moves among the last four: -0.04, 0.05, 0: mean square 41/30000; four points: sqrt(4/3).
    assert last.noise == pytest.approx((41 / 30_000 * 4 / 3) ** 0.5, rel=1e-12)
    assert last.band == pytest.approx(0.25 * last.noise, rel=1e-12)
    floor = list(trends(ratios, replace(settings, least_band=0.011)))[-1]
    assert floor is not None
    assert floor.band == 0.011  # a quarter of 0.0427 is 0.0107


def test_the_slope_is_that_of_least_squares_with_its_standard_error() -> None:
    # Logs 0, 0.02, 0.01, 0.05: places -1.5 to 1.5, sum of squares 5, products 0.07: slope 0.014. The mean is
    # 0.02, residuals 0.001, 0.007, -0.017, 0.009: squares 0.00042; error sqrt(0.00042 / 2 / 5).
    line = slope([exp(power) for power in (0.0, 0.02, 0.01, 0.05)])
    assert line.slope == pytest.approx(0.014, rel=1e-12)
    assert line.error == pytest.approx(0.000042**0.5, rel=1e-12)
    assert line.direction == 1  # 0.014 over 2 x 0.00648
    assert slope([1.05, 1.02, 1.03, 1.0]).direction == -1
    assert slope([1.0, 1.02, 1.0, 1.02]).direction == 0
    assert slope([1.0, 1.5]) == slope([1.0]) == (0.0, inf)
    assert slope([1.0, 1.5]).direction == 0


@given(st.lists(st.floats(0.3, 0.9), min_size=3, max_size=40))
def test_the_slope_and_its_error_are_those_of_numpy(ratios: list[float]) -> None:
    import numpy as np  # noqa: PLC0415 -- the second formulation alone needs it

    line, covariance = np.polyfit(np.arange(len(ratios)), np.log(ratios), 1, cov=True)
    found = slope(ratios)
    assert found.slope == pytest.approx(line[0], rel=1e-7, abs=1e-12)
    assert found.error == pytest.approx(covariance[0, 0] ** 0.5, rel=1e-7, abs=1e-9)


def test_rising_is_beyond_twice_the_standard_error_and_not_at_it() -> None:
    assert [Slope(one, 0.25).direction for one in (0.5, 0.5001, -0.5, -0.5001)] == [0, 1, 0, -1]
    assert Slope(0.0, 0.0).direction == 0


@given(st.lists(st.floats(0.3, 0.9), min_size=1, max_size=40), st.integers(2, 4), st.integers(1, 5))
def test_trends_are_plain_means_and_root_mean_squares(ratios: list[float], fast: int, more: int) -> None:
    slow = fast + more
    settings = replace(REGIME, fast=fast, slow=slow, band=0.4, least_band=0.05)
    found = list(trends(ratios, settings))
    assert [one is None for one in found] == [place < slow for place in range(1, len(ratios) + 1)]
    for end, one in enumerate(found, start=1):
        if one is not None:
            last = ratios[end - slow : end]
            squares = [log(b / a) ** 2 for a, b in pairwise(last)]
            noise = (sum(squares) / (slow - 1)) ** 0.5 * (slow / 3) ** 0.5
            means = (sum(last[-fast:]) / fast, sum(last) / slow)
            # a running sum is off by rounding: 1e-8 of a move of 1 where the window stands still
            assert one == pytest.approx(
                (*means, means[0] / means[1] - 1, noise, max(0.4 * noise, 0.05)), abs=3e-8
            )


def test_ratios_that_stand_still_have_no_noise_and_the_least_band() -> None:
    last = list(trends([0.5, 0.6, *[0.7] * 9], replace(REGIME, fast=2, slow=4, band=0.25)))[-1]
    assert last == pytest.approx((0.7, 0.7, 0.0, 0.0, 0.02), abs=1e-7)


@pytest.mark.no_cover  # a tracer would take ten times as long as the bars
def test_a_million_bars_stay_within_a_billionth_of_a_direct_recompute() -> None:
    chance = random.Random(1_000_000)  # noqa: S311 -- prices to average
    ratios = [0.6]
    for _ in range(1_000_000):
        ratios.append(min(0.9, max(0.3, ratios[-1] * (1 + chance.uniform(-0.012, 0.012)))))
    ratios[400_000] *= 1.09  # an outlier leaves no residue
    settings = replace(REGIME, fast=20, slow=100, band=0.25, least_band=0.0001)
    looked_at = [99, 100, 119, 400_000, 400_099, 400_100, *range(37_037, 1_000_001, 37_037), 1_000_000]
    wanted = set(looked_at)
    found = {place: one for place, one in enumerate(trends(ratios, settings)) if place in wanted}
    for place in looked_at:
        last, trend = ratios[place - 99 : place + 1], found[place]
        assert trend is not None
        noise = (fsum(log(b / a) ** 2 for a, b in pairwise(last)) / 99 * 100 / 3) ** 0.5
        assert trend.slow == pytest.approx(fsum(last) / 100, rel=1e-9)
        assert trend.fast == pytest.approx(fsum(last[-20:]) / 20, rel=1e-9)
        assert trend.noise == pytest.approx(noise, rel=1e-9)


def test_what_has_left_the_window_leaves_no_residue_in_the_sums_once_they_are_taken_anew() -> None:
    # Beside 10^12 a sum keeps four decimals: 0.6 would come back as 0.6001 if sums were only carried along.
    ratios = [0.6, 0.6, 1e12, *[0.6] * 110]
    last = list(trends(ratios, replace(REGIME, fast=2, slow=4, band=0.25)))[-1]
    assert last == pytest.approx((0.6, 0.6, 0.0, 0.0, 0.02), rel=1e-12, abs=1e-12)


def test_before_the_slow_average_exists_there_is_no_trend() -> None:
    points = points_of(closes(40, 42, 44), closes(20, 20, 20), REGIME)
    assert [trend is None for _, _, trend in points] == [True, True, False]


def test_a_session_missing_in_one_leg_is_passed_over() -> None:
    numerator = [bar for bar in closes(10, 99, 12, 14, 16) if bar.session != day(2)]
    denominator = [bar for bar in closes(5, 5, 4, 99, 4) if bar.session != day(4)]
    points = points_of(numerator, denominator, REGIME)
    assert [session for session, _, _ in points] == [day(1), day(3), day(5)]
    assert [ratio for _, ratio, _ in points] == [2, 3, 4]
    trend = points[-1][2]
    assert trend is not None
    assert trend[:3] == (3.5, 3, 3.5 / 3 - 1)  # (3 + 4) / 2, (2 + 3 + 4) / 3


def test_without_a_common_session_there_is_no_ratio() -> None:
    assert points_of(closes(10, 12)[:1], closes(5, 6)[1:], REGIME) == []
    assert points_of((), (), REGIME) == []


@pytest.mark.parametrize("fast", [3, 4])
def test_a_fast_average_as_long_as_the_slow_one_is_refused(fast: int) -> None:
    with pytest.raises(ValueError, match=f"fast was {fast}, slow 3; expected fast < slow"):
        replace(REGIME, fast=fast, slow=3)


@pytest.mark.parametrize(
    "source", ["", "terminals", "advice", "advice:", "advice:x", "advice:-5", "advice:5.0", "5001"]
)
def test_a_source_that_is_none_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="expected terminal, or advice:LOGIN"):
        replace(REGIME, source=source)


def test_a_ratio_of_a_symbol_to_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="legs was SPY/SPY; expected two symbols"):
        replace(REGIME, legs=(("IWM", "SPY"), ("SPY", "SPY")))


def test_a_source_names_the_login_that_lends() -> None:
    assert REGIME.lender is None
    assert replace(REGIME, source="advice:50012").lender == 50012


# Imported history


def own_ratios(first: int, count: int, ratio: float = 2.0) -> Ratios:
    return tuple((day(first + n), ratio) for n in range(count))


def test_imported_ratios_go_before_the_first_own_one_scaled_by_the_median() -> None:
    # Own / imported on sessions 4 to 23: 9 times 2.0 / 2.0 = 1, 11 times 2.002 / 2.0 = 1.001: median 1.001.
    own = (*own_ratios(4, 9), *own_ratios(13, 11, 2.002))
    spliced = splice(own, own_ratios(1, 23))
    assert isinstance(spliced, Spliced)
    assert spliced.sessions == 3
    assert spliced.scale == pytest.approx(1.001)
    assert [session for session, _ in spliced.ratios[:3]] == [day(1), day(2), day(3)]
    assert [ratio for _, ratio in spliced.ratios[:3]] == pytest.approx([2.002, 2.002, 2.002])
    assert spliced.ratios[3:] == own


def test_of_an_even_count_the_median_is_the_mean_of_the_two_in_the_middle() -> None:
    spliced = splice((*own_ratios(4, 10), *own_ratios(14, 10, 2.004)), own_ratios(3, 21))
    assert isinstance(spliced, Spliced)
    assert spliced.scale == pytest.approx(1.001)  # (1 + 1.002) / 2


BOTH = "check scale and splits of both files"


@pytest.mark.parametrize(
    ("again", "hole"),
    [
        (15, None),  # ten days after the fifth
        (16, "there is a hole in it from {5} to {16}"),
    ],
)
def test_imported_ratios_with_a_hole_are_not_joined(again: int, hole: str | None) -> None:
    imported = (*own_ratios(1, 5), *own_ratios(again, 40))
    spliced = splice(own_ratios(20, 30), imported)
    told = spliced.reason if isinstance(spliced, Unknown) else None
    assert told == (hole and hole.replace("{5}", str(day(5))).replace("{16}", str(day(16))))


def test_a_hole_between_imported_and_own_ratios_is_one() -> None:
    spliced = splice(own_ratios(20, 30), own_ratios(1, 8))
    assert spliced == Unknown(f"there is a hole in it from {day(8)} to {day(20)}")


@pytest.mark.parametrize(("common", "taken"), [(19, False), (20, True)])
def test_twenty_common_sessions_are_enough(common: int, *, taken: bool) -> None:
    spliced = splice(own_ratios(4, 30), own_ratios(1, 3 + common))
    assert isinstance(spliced, Spliced) is taken
    if isinstance(spliced, Unknown):
        assert spliced.reason == "19 sessions are common to it and the terminal, 20 expected"


@pytest.mark.parametrize(
    ("ratio", "reason"),
    [
        (2.0099, None),  # 0.495 % apart
        (1.9901, None),
        (2.0101, "median ratio of ratios was 1.005, within 0.5 % of 1 expected: " + BOTH),
        (1.9899, "median ratio of ratios was 0.995, within 0.5 % of 1 expected: " + BOTH),
        (19.96, "median ratio of ratios was 9.98, within 0.5 % of 1 expected: " + BOTH),
    ],
)
def test_histories_that_disagree_are_not_joined(ratio: float, reason: str | None) -> None:
    spliced = splice(own_ratios(4, 25, ratio), own_ratios(1, 28))
    assert (spliced.reason if isinstance(spliced, Unknown) else None) == reason


def test_where_nothing_goes_before_the_own_ratios_nothing_is_asked_of_the_imported_ones() -> None:
    own = own_ratios(1, 5)
    assert splice(own, own_ratios(1, 4, 99.0)) == Spliced(own, 0, 1.0)
    assert splice(own, ()) == Spliced(own, 0, 1.0)
    assert splice((), own_ratios(1, 40)) == Spliced((), 0, 1.0)


many = st.lists(st.floats(1.99, 2.01), min_size=1, max_size=40)


@given(many, many, st.integers(1, 12))
def test_imported_ratios_never_change_an_own_one(own: list[float], brought: list[float], first: int) -> None:
    ours = tuple((day(first + n), ratio) for n, ratio in enumerate(own))
    spliced = splice(ours, tuple((day(1 + n), ratio) for n, ratio in enumerate(brought)))
    if isinstance(spliced, Spliced):
        assert spliced.ratios[spliced.sessions :] == ours
        assert all(session < ours[0][0] for session, _ in spliced.ratios[: spliced.sessions])


def test_a_close_that_has_changed_by_more_than_a_fifth_of_a_percent_is_a_correction() -> None:
    before, now = closes(100.0, 100.0, 100.0, 100.0), closes(100.0, 100.19, 100.21, 99.79, 500.0)
    assert corrections(before, now) == (
        Correction(day(3), 100.0, 100.21),
        Correction(day(4), 100.0, 99.79),
    )
    assert corrections(closes(100.0), closes(100.2003)) != ()  # of what it was; of what it is, 0.1999 %
    assert corrections(closes(100.0), closes(99.8003)) == ()
    assert corrections(before, before) == ()
    assert corrections((), now) == ()
