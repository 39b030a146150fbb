from dataclasses import replace

import pytest

from assistant.core.distances import (
    Ranges,
    Stops,
    average_true_range,
    ranges_by_symbol,
    ranges_of,
    stops,
)
from assistant.core.market import Instrument, Quote, Unknown
from tests.core.builders import BUY, IWM, IWM_BARS, IWM_QUOTE, SELL, SIZING, XLU_BARS, closes

RANGES = ranges_of(IWM_BARS, 3)


def test_the_average_true_range_counts_gaps() -> None:
    # IWM, sessions 4 to 6: gap up 42.5 - 40.0 = 2.5, gap down 42.0 - 38.5 = 3.5, no gap 41.0 - 38.0 = 3.0.
    assert average_true_range(IWM_BARS, 3) == pytest.approx(3.0)
    # Two sessions: (3.5 + 3.0) / 2.
    assert average_true_range(IWM_BARS, 2) == pytest.approx(3.25)
    # XLU: 26.4 - 25.7 = 0.7, gap up 27.1 - 26.0 = 1.1, gap down 26.9 - 25.4 = 1.5.
    assert average_true_range(XLU_BARS, 3) == pytest.approx(1.1)


def test_the_average_true_range_needs_a_close_before_its_first_session() -> None:
    assert average_true_range(IWM_BARS[:4], 3) is not None
    assert average_true_range(IWM_BARS[:3], 3) is None
    assert average_true_range((), 3) is None


@pytest.mark.parametrize(
    ("instrument", "quote", "minimum"),
    [
        (IWM, IWM_QUOTE, 1.5),  # 0.5 x 3.0 of the range; spread 3 x 0.06 = 0.18
        (IWM, replace(IWM_QUOTE, ask=40.60), 1.8),  # 3 x 0.60 of the spread
        (replace(IWM, stops_level=1.9), IWM_QUOTE, 1.9),  # the broker's own
    ],
)
def test_the_smallest_stop_is_the_largest_of_broker_spread_and_range(
    instrument: Instrument, quote: Quote, minimum: float
) -> None:
    found = stops(instrument, quote, RANGES, SIZING)
    assert isinstance(found, Stops)
    assert found.minimum == pytest.approx(minimum)
    assert found.default == pytest.approx(7.5)  # 2.5 x 3.0


def test_the_default_stop_is_never_nearer_than_the_smallest() -> None:
    wide = replace(IWM_QUOTE, ask=42.70)  # 3 x 2.70 = 8.1, more than 7.5
    found = stops(IWM, wide, RANGES, SIZING)
    assert isinstance(found, Stops)
    assert (found.minimum, found.default) == pytest.approx((8.1, 8.1))


def test_without_quote_bars_or_movement_no_stop_is_known() -> None:
    gone = Unknown("gone")
    assert stops(IWM, gone, RANGES, SIZING) is gone
    assert stops(IWM, IWM_QUOTE, gone, SIZING) is gone
    needed = Unknown("3 sessions of bars, 4 that move are needed")
    assert stops(IWM, IWM_QUOTE, ranges_of(IWM_BARS[:3], 3), SIZING) == needed
    still = tuple(replace(bar, open=40.0, high=40.0, low=40.0, close=40.0) for bar in closes(40, 40, 40, 40))
    assert stops(IWM, IWM_QUOTE, ranges_of(still, 3), SIZING) == Unknown(
        "4 sessions of bars, 4 that move are needed"
    )


def test_the_worst_gaps_are_from_a_close_to_the_next_open() -> None:
    # IWM: 40.2 / 40, 39.9 / 40, 41.2 / 40, 39.8 / 42, 39.1 / 39: worst down 1 - 39.8 / 42, up 41.2 / 40 - 1.
    assert RANGES.gaps == {BUY: pytest.approx(2.2 / 42), SELL: pytest.approx(0.03)}
    assert RANGES.atr == pytest.approx(3.0)


@pytest.mark.parametrize("count", [0, 1])
def test_without_two_sessions_no_gap_is_known(count: int) -> None:
    assert ranges_of(IWM_BARS[:count], 3) == Ranges(IWM_BARS[:count], None, {BUY: 0.0, SELL: 0.0})


def test_a_history_that_only_rose_knows_no_gap_against_a_buy() -> None:
    rising = [replace(bar, open=bar.close) for bar in closes(40.0, 41.0, 43.05)]
    assert ranges_of(rising, 2).gaps == {BUY: 0.0, SELL: pytest.approx(0.05)}  # 43.05 / 41


def test_ranges_are_taken_anew_only_for_other_bars() -> None:
    gone = Unknown("gone")
    first = ranges_by_symbol({"IWM": IWM_BARS, "XLU": XLU_BARS, "SPY": gone}, {}, 3)
    assert first["SPY"] is gone
    again = ranges_by_symbol({"IWM": IWM_BARS, "XLU": XLU_BARS[:5], "SPY": IWM_BARS}, first, 3)
    assert again["IWM"] is first["IWM"]
    assert again["XLU"] == ranges_of(XLU_BARS[:5], 3)
    assert again["SPY"] == RANGES
