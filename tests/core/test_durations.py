from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from assistant.core.durations import (
    bounds,
    common,
    joined,
    known,
    mean,
    pieces,
    seconds,
    told,
    within,
    without,
)
from assistant.core.logbook import Run, Span
from assistant.core.reviewed import Bound
from tests.core.logbooks import BEGIN, END, a_book, at, span


def test_spans_that_overlap_or_touch_are_one_and_empty_ones_none() -> None:
    found = joined([span("16:00", "17:00"), span("15:00", "15:30"), span("15:30", "15:40")])
    assert found == (span("15:00", "15:40"), span("16:00", "17:00"))
    assert joined([span("15:00", "16:00"), span("15:10", "15:20")]) == (span("15:00", "16:00"),)
    assert joined([span("15:00", "15:00")]) == ()
    assert seconds(found) == 40 * 60 + 60 * 60


def test_common_time_is_in_both() -> None:
    some = (span("15:00", "16:00"), span("17:00", "18:00"))
    others = (span("15:30", "15:40"), span("15:50", "17:10"), span("17:20", "19:00"))
    assert common(some, others) == (
        span("15:30", "15:40"),
        span("15:50", "16:00"),
        span("17:00", "17:10"),
        span("17:20", "18:00"),
    )
    assert common(some, ()) == ()
    assert common((span("15:00", "16:00"),), (span("16:00", "17:00"),)) == ()  # they only touch


def test_time_without_other_time_is_what_is_left() -> None:
    some = (span("15:00", "16:00"), span("17:00", "18:00"))
    taken = (span("14:00", "14:30"), span("15:10", "15:20"), span("15:50", "17:00"), span("19:00", "19:30"))
    assert without(some, taken) == (span("15:00", "15:10"), span("15:20", "15:50"), span("17:00", "18:00"))
    assert without((), taken) == ()
    assert without(some, ()) == some


def test_a_timeline_is_clipped_and_what_held_at_the_beginning_begins_there() -> None:
    line = ((at("14:00"), "a"), (at("14:20"), "b"), (at("15:00"), "c"), (at("16:00"), "d"))
    whole = span("14:30", "16:00")
    assert within(line, whole) == ((at("14:30"), "b"), (at("15:00"), "c"))
    assert within(line, whole, to_end=True)[-1] == (at("16:00"), "d")
    assert within(line, span("16:00", "17:00")) == ((at("16:00"), "d"),)
    assert within(line, span("13:00", "13:30")) == ()


def test_what_a_run_told_is_not_carried_into_the_next() -> None:
    runs = (Run(span("08:00", "10:00"), ""), Run(span("12:00", "13:00"), None))
    line = ((BEGIN, 1), (at("08:00:02"), 2), (at("10:00"), 3), (at("12:00"), 4))
    assert known(line, a_book(runs=runs)) == (
        (BEGIN, 1),
        (BEGIN, None),  # none ran then
        (at("08:00"), None),
        (at("08:00:02"), 2),
        (at("10:00"), 3),
        (at("10:00") + timedelta(microseconds=1), None),
        (at("12:00"), None),
        (at("12:00"), 4),
        (at("13:00") + timedelta(microseconds=1), None),
    )


def test_a_run_from_before_the_span_goes_on_in_it() -> None:
    run = Run(Span(BEGIN, END), "")
    line = known(((BEGIN - timedelta(hours=1), 1),), a_book(runs=(run,)))
    assert told(within(line, Span(BEGIN, END))) == ((BEGIN, 1),)
    older = replace(run, span=Span(BEGIN - timedelta(hours=2), BEGIN - timedelta(hours=1)))
    line = known(((BEGIN - timedelta(hours=2), 1),), a_book(runs=(older,)))
    assert told(within(line, Span(BEGIN, END))) == ()
    ends_there = replace(run, span=Span(BEGIN - timedelta(hours=2), BEGIN))
    line = known(((BEGIN - timedelta(hours=2), 1),), a_book(runs=(ends_there,)))
    assert told(within(line, Span(BEGIN, END))) == ()


def test_a_value_holds_until_the_next_one_in_each_span() -> None:
    line = ((at("15:00"), "a"), (at("15:20"), "b"), (at("15:20"), "c"), (at("17:00"), "d"))
    spans = (span("14:00", "15:10"), span("15:15", "16:00"), span("16:30", "18:00"))
    assert list(pieces(line, spans)) == [
        (span("15:00", "15:10"), "a"),
        (span("15:15", "15:20"), "a"),
        (span("15:20", "16:00"), "c"),  # b held for no time
        (span("16:30", "17:00"), "c"),
        (span("17:00", "18:00"), "d"),
    ]
    assert list(pieces((), spans)) == []
    assert list(pieces(((at("19:00"), "a"),), spans)) == []


def test_caps_are_told_by_how_long_they_bound_with_least_and_most() -> None:
    held = [
        (span("15:00", "15:10"), "regime", "account", 0.7),
        (span("15:10", "15:30"), "regime", "account", 0.6),  # the same cap: one span
        (span("15:30", "15:50"), "stale", "account", 0.0),
        (span("15:50", "16:00"), "spread", "IWM", 1.0),
        (span("16:00", "16:10"), "regime", "account", 0.65),
        (span("16:10", "16:20"), "edge", "account", 0.4),
    ]
    assert bounds(held) == (
        Bound(
            "regime", "account", 2_400.0, (span("15:00", "15:30"), span("16:00", "16:10")), 0.6, 0.7
        ),  # 30 and 10 minutes
        Bound("stale", "account", 1_200.0, (span("15:30", "15:50"),), 0.0, 0.0),
        Bound("spread", "IWM", 600.0, (span("15:50", "16:00"),), 1.0, 1.0),  # as long as edge, and before it
        Bound("edge", "account", 600.0, (span("16:10", "16:20"),), 0.4, 0.4),
    )


def test_a_mean_is_weighted_by_time() -> None:
    # 10 minutes at 0.3 and 30 at 0.7: (3 + 21) / 40 = 0.6
    assert mean([(span("15:00", "15:10"), 0.3), (span("15:10", "15:40"), 0.7)]) == 0.6
    assert mean([]) is None


moves = st.lists(st.integers(0, 400), max_size=12)


@given(moves, moves)
def test_time_with_and_without_another_adds_up(first: list[int], second: list[int]) -> None:
    some, others = (
        joined(
            Span(BEGIN + timedelta(seconds=begin), BEGIN + timedelta(seconds=begin + length))
            for begin, length in zip(accumulate(numbers), numbers, strict=True)
        )
        for numbers in (first, second)
    )
    both = common(some, others)
    assert both == common(others, some)
    assert abs(seconds(both) + seconds(without(some, others)) - seconds(some)) < 1e-6
    assert common(without(some, others), others) == ()
    assert joined([*without(some, others), *both]) == some
