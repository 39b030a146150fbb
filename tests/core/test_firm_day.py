"""The firm's day: when it rolls, and how long it is where clocks change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from assistant.core.firm_day import Cutoff

PRAGUE = Cutoff(time(0), ZoneInfo("Europe/Prague"))
CHICAGO = Cutoff(time(16, 15), ZoneInfo("America/Chicago"))


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("cutoff", "inside", "begins", "hours"),
    [
        # Prague: UTC+1 in winter, UTC+2 in summer; it springs forward on 29 March 2026, back on 25 October.
        (PRAGUE, utc(2026, 1, 15, 12), utc(2026, 1, 14, 23), 24),
        (PRAGUE, utc(2026, 3, 29, 12), utc(2026, 3, 28, 23), 23),
        (PRAGUE, utc(2026, 10, 25, 12), utc(2026, 10, 24, 22), 25),
        # Chicago: UTC-6 and UTC-5; it changes on 8 March and 1 November 2026, within the days that begin
        # on the Saturdays before.
        (CHICAGO, utc(2026, 3, 8, 12), utc(2026, 3, 7, 22, 15), 23),
        (CHICAGO, utc(2026, 11, 1, 12), utc(2026, 10, 31, 21, 15), 25),
        (CHICAGO, utc(2026, 7, 1, 21, 14), utc(2026, 6, 30, 21, 15), 24),
    ],
)
def test_a_day_begins_at_its_clock_time_and_has_23_or_25_hours_where_the_clock_changes(
    cutoff: Cutoff, inside: datetime, begins: datetime, hours: int
) -> None:
    assert cutoff.last(inside) == begins
    assert cutoff.next(inside) == begins + timedelta(hours=hours)


def test_the_instant_of_a_reset_belongs_to_the_new_day() -> None:
    reset = utc(2026, 6, 1, 22)  # midnight of 2 June in Prague
    assert PRAGUE.last(reset) == reset
    assert PRAGUE.next(reset) == utc(2026, 6, 2, 22)
    assert PRAGUE.last(reset - timedelta(microseconds=1)) == utc(2026, 5, 31, 22)
    assert PRAGUE.next(reset - timedelta(microseconds=1)) == reset


def test_a_time_that_the_clock_leaves_out_and_one_that_it_shows_twice_are_one_instant_each() -> None:
    half_past_two = Cutoff(time(2, 30), ZoneInfo("Europe/Prague"))
    # 29 March: 02:30 does not exist; with the offset before the change (+1) it is 01:30 UTC.
    assert half_past_two.next(utc(2026, 3, 28, 12)) == utc(2026, 3, 29, 1, 30)
    # 25 October: 02:30 comes at 00:30 and at 01:30 UTC; the first counts, and the next is a day later.
    assert half_past_two.next(utc(2026, 10, 24, 12)) == utc(2026, 10, 25, 0, 30)
    assert half_past_two.next(utc(2026, 10, 25, 0, 30)) == utc(2026, 10, 26, 1, 30)


def test_each_reset_of_ten_years_is_followed_by_the_next_one() -> None:
    for cutoff in (PRAGUE, CHICAGO):
        at, lengths = cutoff.last(utc(2020, 1, 1)), []
        while at < utc(2030, 1, 1):
            after = cutoff.next(at)
            assert cutoff.last(after - timedelta(seconds=1)) == at
            lengths.append((after - at) // timedelta(hours=1))
            at = after
        assert (lengths.count(23), lengths.count(25), set(lengths)) == (10, 10, {23, 24, 25})


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        PRAGUE.last(datetime(2026, 1, 1))  # noqa: DTZ001 -- that is the point
