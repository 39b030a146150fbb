"""Server time and sessions: instants worked out by hand, on both sides of every change of the clocks."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.market import Hours, SessionState
from assistant.errors import ConfigError
from assistant.terminal.clock import NEW_YORK_PLUS_7, ServerClock, Sessions

ATHENS = "Europe/Athens"
SESSIONS = Sessions.packaged()


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def digits(text: str) -> int:
    """Wall-clock digits as epoch seconds."""
    return calendar.timegm(datetime.fromisoformat(text).timetuple())


# Server time. New York is UTC-5 in winter and UTC-4 from the second Sunday of March to the first of November;
# Athens is UTC+2 in winter and UTC+3 from the last Sunday of March to the last of October.


@pytest.mark.parametrize(
    ("zone", "instant", "wall"),
    [
        (NEW_YORK_PLUS_7, "2025-01-15T17:00", "2025-01-15T19:00"),  # 12:00 in New York
        (NEW_YORK_PLUS_7, "2025-07-15T17:00", "2025-07-15T20:00"),  # 13:00
        (NEW_YORK_PLUS_7, "2025-03-20T17:00", "2025-03-20T20:00"),  # 13:00, summer time since the 9th
        (NEW_YORK_PLUS_7, "2025-10-29T17:00", "2025-10-29T20:00"),  # 13:00, until 2 November
        (NEW_YORK_PLUS_7, "2025-11-03T17:00", "2025-11-03T19:00"),
        (NEW_YORK_PLUS_7, "2025-01-15T22:00", "2025-01-16T00:00"),  # 17:00 in New York is midnight
        (ATHENS, "2025-01-15T17:00", "2025-01-15T19:00"),
        (ATHENS, "2025-07-15T17:00", "2025-07-15T20:00"),
        (ATHENS, "2025-03-20T17:00", "2025-03-20T19:00"),  # still winter, an hour behind the other family
        (ATHENS, "2025-03-31T17:00", "2025-03-31T20:00"),
        (ATHENS, "2025-10-29T17:00", "2025-10-29T19:00"),  # winter again since the 26th
        ("Etc/GMT-3", "2025-01-15T17:00", "2025-01-15T20:00"),  # POSIX sign: three hours ahead
        ("UTC", "2025-01-15T17:00", "2025-01-15T17:00"),
    ],
)
def test_server_time_and_utc(zone: str, instant: str, wall: str) -> None:
    clock = ServerClock(zone)
    assert clock.to_stamp(utc(instant)) == digits(wall)
    assert clock.to_utc(digits(wall)) == utc(instant)


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2025-01-15", "14:30"), ("2025-03-20", "13:30"), ("2025-07-15", "13:30"), ("2025-10-29", "13:30")],
)
def test_the_session_opens_at_half_past_four_on_every_new_york_server(day: str, opens: str) -> None:
    hours = SESSIONS.hours(utc(f"{day}T16:00"))
    assert hours.opens_at == utc(f"{day}T{opens}")
    assert ServerClock(NEW_YORK_PLUS_7).to_stamp(hours.opens_at) == digits(f"{day}T16:30")


def test_the_clock_jumps_with_new_york_and_not_at_the_servers_midnight() -> None:
    clock = ServerClock(NEW_YORK_PLUS_7)
    assert clock.to_stamp(utc("2025-03-09T06:59:59")) == digits("2025-03-09T08:59:59")  # 01:59:59 EST
    assert clock.to_stamp(utc("2025-03-09T07:00:00")) == digits("2025-03-09T10:00:00")  # 03:00:00 EDT


def test_an_hour_that_comes_twice_is_taken_for_the_older_one() -> None:
    clock = ServerClock(NEW_YORK_PLUS_7)
    twice = digits("2025-11-02T08:30")  # 01:30 in New York
    assert clock.to_stamp(utc("2025-11-02T05:30")) == twice  # EDT
    assert clock.to_stamp(utc("2025-11-02T06:30")) == twice  # EST
    assert clock.to_utc(twice) == utc("2025-11-02T05:30")


@pytest.mark.parametrize("zone", [NEW_YORK_PLUS_7, ATHENS])
@given(seconds=st.integers(digits("2000-01-01"), digits("2037-12-31")))
def test_an_instant_comes_back_and_never_newer(zone: str, seconds: int) -> None:
    clock = ServerClock(zone)
    instant = datetime.fromtimestamp(seconds, UTC)
    back = clock.to_utc(clock.to_stamp(instant))
    assert back in {instant, instant - timedelta(hours=1)}  # the hour that comes twice


def test_milliseconds_are_kept_on_the_way_in_and_cut_on_the_way_out() -> None:
    clock = ServerClock(NEW_YORK_PLUS_7)
    assert clock.to_utc(digits("2025-01-15T19:00") + 0.37) == utc("2025-01-15T17:00:00.370")
    assert clock.to_stamp(utc("2025-01-15T17:00:00.999")) == digits("2025-01-15T19:00")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe", "/etc/passwd", "..", "New_York+8", "GMT+3"])
def test_an_unknown_zone_is_refused_in_one_line(zone: str) -> None:
    with pytest.raises(ConfigError) as told:
        ServerClock(zone)
    assert str(told.value) == f"terminal.server_zone was {zone!r}; expected New_York+7 or an IANA zone"


# Sessions


def state(text: str) -> SessionState:
    return SESSIONS.hours(utc(text)).state


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2018-12-26T05:00:00", SessionState.PRE),  # midnight in New York
        ("2018-12-26T04:59:59", SessionState.HOLIDAY),  # there it is still Christmas
        ("2018-12-26T14:29:59.999", SessionState.PRE),
        ("2018-12-26T14:30:00", SessionState.OPEN),
        ("2018-12-26T20:59:59.999", SessionState.OPEN),
        ("2018-12-26T21:00:00", SessionState.CLOSED),
        ("2018-12-27T04:59:59", SessionState.CLOSED),
        ("2018-12-27T05:00:00", SessionState.PRE),
        ("2018-12-29T15:00:00", SessionState.CLOSED),  # Saturday
        ("2018-12-30T15:00:00", SessionState.CLOSED),  # Sunday
        ("2018-12-31T05:00:00", SessionState.PRE),
        ("2001-09-11T15:00:00", SessionState.HOLIDAY),  # the exchange did not open
        ("2018-12-05T15:00:00", SessionState.HOLIDAY),  # mourning for George H. W. Bush
        ("2025-01-09T15:00:00", SessionState.HOLIDAY),  # mourning for Jimmy Carter
        ("2025-07-15T13:30:00", SessionState.OPEN),  # summer time
        ("2025-07-15T20:00:00", SessionState.CLOSED),
    ],
)
def test_where_the_exchanges_day_stands(instant: str, expected: SessionState) -> None:
    assert state(instant) is expected


def test_a_half_day_closes_at_one_in_new_york() -> None:
    assert state("2018-12-24T17:59:59") is SessionState.OPEN
    assert SESSIONS.hours(utc("2018-12-24T18:00")) == Hours(
        state=SessionState.CLOSED,
        opens_at=utc("2018-12-26T14:30"),
        closes_at=utc("2018-12-26T21:00"),
        last_session=date(2018, 12, 24),
        last_close=utc("2018-12-24T18:00"),
    )


def test_an_open_session_is_not_yet_the_last_one() -> None:
    assert SESSIONS.hours(utc("2018-12-26T20:59:59")) == Hours(
        state=SessionState.OPEN,
        opens_at=utc("2018-12-26T14:30"),
        closes_at=utc("2018-12-26T21:00"),
        last_session=date(2018, 12, 24),
        last_close=utc("2018-12-24T18:00"),
    )


def test_after_closed_days_the_next_open_and_the_last_close_are_known() -> None:
    hours = SESSIONS.hours(utc("2001-09-13T15:00"))
    assert hours.opens_at == utc("2001-09-17T13:30")
    assert (hours.last_session, hours.last_close) == (date(2001, 9, 10), utc("2001-09-10T20:00"))


def test_before_the_table_there_is_no_last_session() -> None:
    hours = SESSIONS.hours(utc("1999-12-31T15:00"))
    assert hours.state is SessionState.HOLIDAY
    assert (hours.last_session, hours.last_close) == (None, None)
    assert hours.opens_at == utc("2000-01-03T14:30")


def test_during_the_first_session_there_is_no_last_one() -> None:
    hours = SESSIONS.hours(utc("2000-01-03T15:00"))
    assert (hours.state, hours.last_session) == (SessionState.OPEN, None)


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2028-12-29T21:00", SessionState.CLOSED),
        ("2029-01-03T15:00", SessionState.HOLIDAY),
        ("2029-01-06T15:00", SessionState.CLOSED),
        ("2035-05-02T15:00", SessionState.HOLIDAY),
    ],
)
def test_after_the_table_the_market_is_never_open(instant: str, expected: SessionState) -> None:
    hours = SESSIONS.hours(utc(instant))
    assert hours.state is expected
    assert (hours.opens_at, hours.closes_at) == (None, None)
    assert hours.last_session == date(2028, 12, 29)
