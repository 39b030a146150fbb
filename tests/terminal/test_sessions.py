"""The exchange's sessions: instants worked out by hand, and the table against a calendar of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.market import Hours, SessionState
from assistant.terminal.sessions import Session, Sessions

SESSIONS = Sessions.packaged()
NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def state(text: str) -> SessionState:
    return SESSIONS.hours(utc(text)).state


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("2018-12-26T05:00:00", SessionState.PRE),  # midnight in New York
        ("2018-12-26T04:59:59", SessionState.HOLIDAY),  # there it is still Christmas
        ("2018-12-26T14:29:59.999", SessionState.PRE),
        ("2018-12-26T14:30:00", SessionState.EDGE),  # the first 5 minutes
        ("2018-12-26T14:34:59.999", SessionState.EDGE),
        ("2018-12-26T14:35:00", SessionState.OPEN),
        ("2018-12-26T20:44:59.999", SessionState.OPEN),
        ("2018-12-26T20:45:00", SessionState.EDGE),  # the last 15
        ("2018-12-26T20:59:59.999", SessionState.EDGE),
        ("2018-12-26T21:00:00", SessionState.CLOSED),
        ("2018-12-27T04:59:59", SessionState.CLOSED),
        ("2018-12-27T05:00:00", SessionState.PRE),
        ("2018-12-29T15:00:00", SessionState.CLOSED),  # Saturday
        ("2018-12-30T15:00:00", SessionState.CLOSED),  # Sunday
        ("2018-12-31T05:00:00", SessionState.PRE),
        ("2001-09-11T15:00:00", SessionState.HOLIDAY),  # the exchange did not open
        ("2018-12-05T15:00:00", SessionState.HOLIDAY),  # mourning for George H. W. Bush
        ("2025-01-09T15:00:00", SessionState.HOLIDAY),  # mourning for Jimmy Carter
        ("2025-07-15T13:30:00", SessionState.EDGE),  # summer time
        ("2025-07-15T13:35:00", SessionState.OPEN),
        ("2025-07-15T19:44:59", SessionState.OPEN),
        ("2025-07-15T19:45:00", SessionState.EDGE),
        ("2025-07-15T20:00:00", SessionState.CLOSED),
    ],
)
def test_where_the_exchanges_day_stands(instant: str, expected: SessionState) -> None:
    assert state(instant) is expected


def test_a_half_day_closes_at_one_in_new_york() -> None:
    assert state("2018-12-24T17:44:59") is SessionState.OPEN
    assert state("2018-12-24T17:45:00") is SessionState.EDGE
    assert state("2018-12-24T17:59:59") is SessionState.EDGE
    assert state("2024-11-29T17:44:59") is SessionState.OPEN  # the day after Thanksgiving
    assert state("2024-11-29T17:45:00") is SessionState.EDGE
    assert state("2024-11-29T18:00:00") is SessionState.CLOSED
    assert SESSIONS.hours(utc("2018-12-24T18:00")) == Hours(
        state=SessionState.CLOSED,
        opens_at=utc("2018-12-26T14:30"),
        closes_at=utc("2018-12-26T21:00"),
        last_session=date(2018, 12, 24),
        last_close=utc("2018-12-24T18:00"),
        then_opens_at=utc("2018-12-27T14:30"),
    )


def test_an_open_session_is_not_yet_the_last_one() -> None:
    assert SESSIONS.hours(utc("2018-12-26T20:59:59")) == Hours(
        state=SessionState.EDGE,
        opens_at=utc("2018-12-26T14:30"),
        closes_at=utc("2018-12-26T21:00"),
        last_session=date(2018, 12, 24),
        last_close=utc("2018-12-24T18:00"),
        then_opens_at=utc("2018-12-27T14:30"),
    )


@pytest.mark.parametrize(
    ("instant", "then"),
    [
        ("2026-12-24T15:00", "2026-12-28T14:30"),  # a Thursday; Christmas is a Friday
        ("2026-12-24T10:00", "2026-12-28T14:30"),  # before its open
        ("2026-12-23T21:00", "2026-12-28T14:30"),  # after the close before it
        ("2026-12-26T12:00", "2026-12-29T14:30"),
        ("2028-12-28T21:00", None),  # the table ends with the session of the next day
        ("2028-12-29T15:00", None),
        ("2029-01-03T15:00", None),
    ],
)
def test_the_open_of_the_session_after_the_present_or_the_next_one_is_known(
    instant: str, then: str | None
) -> None:
    assert SESSIONS.hours(utc(instant)).then_opens_at == (utc(then) if then else None)


def test_after_closed_days_the_next_open_and_the_last_close_are_known() -> None:
    hours = SESSIONS.hours(utc("2001-09-13T15:00"))
    assert hours.opens_at == utc("2001-09-17T13:30")
    assert (hours.last_session, hours.last_close) == (date(2001, 9, 10), utc("2001-09-10T20:00"))


def test_before_the_table_there_is_no_last_session() -> None:
    hours = SESSIONS.hours(utc("1999-12-31T15:00"))
    assert hours.state is SessionState.CLOSED  # a Friday, of which the table knows nothing
    assert (hours.last_session, hours.last_close) == (None, None)
    assert hours.opens_at == utc("2000-01-03T14:30")


def test_during_the_first_session_there_is_no_last_one() -> None:
    hours = SESSIONS.hours(utc("2000-01-03T15:00"))
    assert (hours.state, hours.last_session) == (SessionState.OPEN, None)


@pytest.mark.parametrize(
    "instant",
    [
        "2028-12-29T21:00",
        "2029-01-03T15:00",  # a Wednesday
        "2029-01-06T15:00",
        "2035-05-02T15:00",
    ],
)
def test_after_the_table_the_market_is_never_open_and_no_day_is_called_a_holiday(instant: str) -> None:
    hours = SESSIONS.hours(utc(instant))
    assert hours.state is SessionState.CLOSED
    assert (hours.opens_at, hours.closes_at) == (None, None)
    assert hours.last_session == date(2028, 12, 29)


def test_the_last_session_of_a_table_is_known() -> None:
    assert SESSIONS.last == date(2028, 12, 29)
    assert Sessions([]).last is None


def test_without_any_session_nothing_is_known() -> None:
    nothing = Hours(SessionState.CLOSED, None, None, None, None)
    assert Sessions([]).hours(utc("2025-01-15T15:00")) == nothing


# Closings that were announced after the table was made


def test_a_listed_session_that_did_not_take_place_is_a_holiday() -> None:
    table = Sessions.packaged([date(2025, 1, 15)])
    hours = table.hours(utc("2025-01-15T15:00"))
    assert hours == Hours(
        state=SessionState.HOLIDAY,
        opens_at=utc("2025-01-16T14:30"),
        closes_at=utc("2025-01-16T21:00"),
        last_session=date(2025, 1, 14),
        last_close=utc("2025-01-14T21:00"),
        then_opens_at=utc("2025-01-17T14:30"),
    )
    assert SESSIONS.hours(utc("2025-01-15T15:00")).state is SessionState.OPEN
    after = table.hours(utc("2025-01-16T15:00"))
    assert (after.state, after.last_session) == (SessionState.OPEN, date(2025, 1, 14))


@pytest.mark.parametrize("day", [date(2025, 1, 9), date(2025, 1, 11), date(2040, 1, 3)])
def test_a_closed_date_that_the_table_does_not_list_changes_nothing(day: date) -> None:
    table = Sessions.packaged({day})
    for text in ("2025-01-08T15:00", "2025-01-09T15:00", "2025-01-11T15:00", "2025-01-13T15:00"):
        assert table.hours(utc(text)) == SESSIONS.hours(utc(text))


def test_the_last_session_of_the_table_may_be_closed_too() -> None:
    assert Sessions.packaged([date(2028, 12, 29)]).last == date(2028, 12, 28)


# The table against New York's own clock. Every session opens at 9:30 there and closes at 16:00, or at 13:00.


def test_each_session_is_seen_from_pre_to_closed_by_new_yorks_clock() -> None:
    day, seen = date(2024, 1, 1), 0
    while day < date(2028, 1, 1):
        noon = datetime.combine(day, time(12), NEW_YORK).astimezone(UTC)
        hours = SESSIONS.hours(noon)
        if hours.state is SessionState.OPEN:
            seen += 1
            opens = datetime.combine(day, time(9, 30), NEW_YORK).astimezone(UTC)
            assert hours.opens_at == opens
            closes = hours.closes_at
            assert closes is not None
            local = closes.astimezone(NEW_YORK)
            assert (local.date(), local.time()) in {(day, time(16)), (day, time(13))}
            second = timedelta(seconds=1)
            marks = [
                (opens, SessionState.PRE, SessionState.EDGE),
                (opens + timedelta(minutes=5), SessionState.EDGE, SessionState.OPEN),
                (closes - timedelta(minutes=15), SessionState.OPEN, SessionState.EDGE),
                (closes, SessionState.EDGE, SessionState.CLOSED),
            ]
            for instant, before, after in marks:
                assert SESSIONS.hours(instant - second).state is before
                assert SESSIONS.hours(instant).state is after
        else:
            assert hours.state in {SessionState.HOLIDAY, SessionState.CLOSED}
            assert (hours.state is SessionState.CLOSED) == (day.weekday() >= 5)
        day += timedelta(days=1)
    # 252 in 2024, 250 in 2025 (Carter mourned), 251 in 2026 and in 2027
    assert seen == 252 + 250 + 251 + 251


@given(st.datetimes(datetime(2000, 1, 4), datetime(2028, 12, 29), timezones=st.just(UTC)))  # noqa: DTZ001 -- bounds bear no zone
def test_hours_never_look_ahead_for_what_has_closed(instant: datetime) -> None:
    hours = SESSIONS.hours(instant)
    assert hours.opens_at is not None
    assert hours.closes_at is not None
    assert hours.last_close is not None
    assert hours.last_close <= instant < hours.closes_at
    assert (hours.opens_at <= instant) == hours.state.in_session
    assert hours.last_session == hours.last_close.astimezone(NEW_YORK).date()


def test_a_session_shorter_than_its_edges_is_all_edge() -> None:
    short = Session(date(2025, 1, 15), utc("2025-01-15T14:30"), utc("2025-01-15T14:45"))
    table = Sessions([short])
    for minute in range(15):
        at = short.opens_at + timedelta(minutes=minute)
        assert table.hours(at).state is SessionState.EDGE


# Up to a session, for those who read bars


def test_sessions_up_to_a_date_are_the_last_ones_oldest_first() -> None:
    days = [one.date.isoformat() for one in SESSIONS.until(date(2024, 12, 1), 3)]
    assert days == ["2024-11-26", "2024-11-27", "2024-11-29"]
    assert SESSIONS.until(date(2024, 11, 29), 1)[0].closes_at == utc("2024-11-29T18:00")


def test_before_the_first_session_and_for_none_there_are_none() -> None:
    assert SESSIONS.until(None, 3) == ()
    assert SESSIONS.until(date(1999, 12, 31), 3) == ()
    assert [one.date for one in SESSIONS.until(date(2000, 1, 4), 9)] == [date(2000, 1, 3), date(2000, 1, 4)]
