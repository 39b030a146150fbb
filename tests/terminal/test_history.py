"""Sessions through the history: complete before they are used, then only what is new, closed at the close."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from assistant.core.market import Bar, Unknown
from assistant.terminal.clock import NEW_YORK_PLUS_7, ServerClock
from assistant.terminal.history import TIMEFRAME_D1, TIMEFRAME_H1, TIMEFRAME_M30, History
from assistant.terminal.reads import Reads
from assistant.terminal.sessions import Sessions
from tests.doubles import bridge
from tests.doubles.bridge import NOON, Bridge, Broker

CLOSED = date(2025, 1, 14)  # the last finished session at NOON
TODAY = date(2025, 1, 15)
CLOCK = ServerClock(NEW_YORK_PLUS_7)
LOADING = (
    "IWM.US has no bars of the hour before the close of 2025-01-14: they are still loading, or its feed had "
    "stopped"
)
FAILED = "failed: -1 Terminal: Call failed"
Row = tuple[float, ...]


def history_of(broker: Broker, count: int = 600) -> History:
    return History(Reads(Bridge(broker)), Sessions.packaged(), count)


def look(
    history: History, seconds: float = 0, finished: date | None = CLOSED, clock: ServerClock = CLOCK
) -> tuple[Bar, ...] | Unknown:
    return history.sessions("IWM.US", finished, NOON + timedelta(seconds=seconds), clock)


def settled(broker: Broker, count: int = 600, finished: date = CLOSED) -> History:
    """A history that was found complete some minutes ago, and read whole one second before NOON."""
    history = history_of(broker, count)
    for seconds in (-902, -901, -1):
        look(history, seconds, finished)
    assert isinstance(look(history, -1, finished), tuple)
    broker.calls.clear()
    return history


def bars_of(read: tuple[Bar, ...] | Unknown) -> tuple[Bar, ...]:
    assert not isinstance(read, Unknown), read.reason
    return read


def asked(broker: Broker) -> list[tuple[int, int]]:
    """Timeframe and count of each reading of bars."""
    return [(args[1], args[3]) for name, args, _ in broker.calls if name == "copy_rates_from_pos"]


# Complete before it is used


def test_a_history_is_used_when_two_readings_agree(broker: Broker) -> None:
    history = history_of(broker)
    assert look(history) == Unknown("history of IWM.US is loading, 300 sessions so far")
    assert list(history.loading) == ["IWM.US"]
    assert len(bars_of(look(history, 0.4))) == 300
    assert list(history.loading) == []


def test_two_readings_in_the_same_moment_do_not_make_a_history_complete(broker: Broker) -> None:
    history = history_of(broker)
    assert isinstance(look(history), Unknown)
    assert isinstance(look(history, 0.39), Unknown)
    assert isinstance(look(history, 0.4), tuple)


def test_a_history_that_grows_is_waited_for(broker: Broker) -> None:
    whole = broker.bars["IWM.US"]
    history = history_of(broker)
    told = []
    for seconds, known in enumerate((60, 150, 301, 301)):
        broker.bars["IWM.US"] = whole[-known:]
        read = look(history, seconds)
        told.append(read.reason if isinstance(read, Unknown) else len(read))
    assert told == [
        "history of IWM.US is loading, 59 sessions so far",
        "history of IWM.US is loading, 149 sessions so far",
        "history of IWM.US is loading, 300 sessions so far",
        300,
    ]


def test_in_the_first_two_minutes_the_newest_sessions_are_read_every_ten_seconds(broker: Broker) -> None:
    history = history_of(broker)
    look(history)
    bars_of(look(history, 1))
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 123.5)  # what was cached ended before the close
    assert bars_of(look(history, 10.9))[-1].close != 123.5
    assert bars_of(look(history, 11))[-1].close == 123.5
    broker.calls.clear()
    for seconds in range(12, 421):
        look(history, seconds)
    # at 21, 31 ... 111 s, and after that five minutes later
    assert asked(broker) == [(TIMEFRAME_D1, 13)] * 11


def test_a_session_whose_last_hour_is_missing_is_not_taken_for_closed(broker: Broker) -> None:
    whole = broker.hours

    def stopped(daily: list[Row]) -> list[Row]:
        """The hours up to 22:00 of the server on the last finished session."""
        return [row for row in whole(daily) if row[0] != whole(broker.bars["IWM.US"])[-8][0]]

    at_close = int(datetime(2025, 1, 14, 23, tzinfo=UTC).timestamp())
    after: Row = (at_close, 221.0, 221.0, 221.0, 221.0, 1, 40, 0)  # what follows the close says nothing of it
    broker.hours = lambda daily: sorted([*stopped(daily), after])
    history = history_of(broker)
    assert look(history) == Unknown(LOADING)
    broker.hours = whole
    assert isinstance(look(history, 2), Unknown)
    assert isinstance(look(history, 3), tuple)


def test_a_new_session_is_joined_once_its_last_hour_is_there(broker: Broker) -> None:
    history = settled(broker)
    whole = broker.hours
    broker.hours = lambda daily: whole(daily)[:-1]  # today's ends at 22:00
    told = look(history, 1, finished=TODAY)
    assert isinstance(told, Unknown)
    assert "before the close of 2025-01-15" in told.reason
    broker.hours = whole
    look(history, 3, finished=TODAY)
    assert bars_of(look(history, 4, finished=TODAY))[-1].session == TODAY


def test_one_late_tick_does_not_make_d1_bars_useless(broker: Broker) -> None:
    whole = broker.hours
    late = int(datetime(2025, 1, 13, 23, tzinfo=UTC).timestamp())

    def strayed(daily: list[Row]) -> list[Row]:
        stray: list[Row] = [(late, 221.0, 221.0, 221.0, 221.0, 1, 40, 0)]
        return sorted(whole(daily) + stray)

    broker.hours = strayed
    look(history := history_of(broker))
    assert len(bars_of(look(history, 1))) == 300
    assert {timeframe for timeframe, count in asked(broker) if count > 300} == {TIMEFRAME_D1}


def test_what_arrives_later_is_found_within_a_quarter_of_an_hour(broker: Broker) -> None:
    whole = broker.bars["IWM.US"]
    broker.bars["IWM.US"] = whole[-121:]
    history = settled(broker)
    broker.bars["IWM.US"] = whole
    assert [len(bars_of(look(history, seconds))) for seconds in (1, 301, 898, 899)] == [120, 120, 120, 300]


def test_a_history_that_became_shorter_is_not_taken(broker: Broker) -> None:
    whole = broker.bars["IWM.US"]
    history = settled(broker)
    broker.bars["IWM.US"] = whole[-295:]  # 294 finished: within what a holiday and today's bar explain
    assert isinstance(look(history, 899), Unknown)
    broker.bars["IWM.US"] = whole[-296:]
    assert isinstance(look(history, 900.9), Unknown)  # what cannot be is read again after two seconds
    assert isinstance(look(history, 901), Unknown)  # and must be seen twice
    assert len(bars_of(look(history, 902))) == 295
    broker.bars["IWM.US"] = whole[-271:]
    assert look(history, 1802) == Unknown("IWM.US has 270 sessions of history, after 300 before")
    assert isinstance(look(history, 1804), Unknown)


# Only what is new


def test_between_two_sessions_nothing_is_read_for_five_minutes(broker: Broker) -> None:
    history = settled(broker)
    for seconds in range(298):
        look(history, seconds)
    assert asked(broker) == []
    look(history, 299)
    assert asked(broker) == [(TIMEFRAME_D1, 13)]  # the twelve newest, and the unfinished one


def test_after_a_close_the_newest_sessions_are_read_and_joined(broker: Broker) -> None:
    history = settled(broker)
    before = bars_of(look(history))
    assert bars_of(look(history, 0.9, finished=TODAY)) == before
    after = bars_of(look(history, 1, finished=TODAY))
    assert asked(broker) == [(TIMEFRAME_H1, 240), (TIMEFRAME_D1, 13)]  # that it is complete, and the newest
    assert after[:-1] == before
    assert after[-1].session == TODAY
    assert after[-1].close == pytest.approx(221.125)


def test_a_close_that_the_broker_corrects_is_read_within_five_minutes(broker: Broker) -> None:
    history = settled(broker)
    first = bars_of(look(history))[-1].close
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 123.5)
    closes = [bars_of(look(history, seconds))[-1].close for seconds in (1, 298, 299)]
    assert closes == [first, first, 123.5]


def test_an_old_close_that_the_broker_corrects_is_read_within_a_quarter_of_an_hour(broker: Broker) -> None:
    history = settled(broker)
    day = bridge.sessions(NOON.date(), 301)[100]
    broker.bars["IWM.US"][100] = bridge.bar(day, 123.5)
    assert bars_of(look(history, 301))[100].close != 123.5
    assert bars_of(look(history, 899))[100].close == 123.5


def test_after_a_long_silence_all_is_read_again(broker: Broker) -> None:
    days = bridge.sessions(date(2025, 2, 14), 331)
    history = settled(broker)
    broker.bars["IWM.US"] = [bridge.bar(day, 200 + place / 10) for place, day in enumerate(days)]
    later = bars_of(look(history, 30 * 86_400, finished=days[-1]))
    assert [bar.session for bar in later] == days


def test_no_more_sessions_are_kept_than_were_wanted(broker: Broker) -> None:
    history = settled(broker, count=200)
    assert len(bars_of(look(history))) == 200
    after = bars_of(look(history, 1, finished=TODAY))
    assert len(after) == 200
    assert (after[0].session, after[-1].session) == (bridge.sessions(TODAY, 200)[0], TODAY)


def test_a_clock_that_goes_back_makes_it_read_again(broker: Broker) -> None:
    history = settled(broker)
    look(history, -2)
    assert (TIMEFRAME_D1, 601) in asked(broker)


def test_after_a_loss_of_the_broker_all_is_read_at_once(broker: Broker) -> None:
    history = settled(broker)
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 222.025)
    assert bars_of(look(history, 1))[-1].close != 222.025
    history.reread()
    assert isinstance(look(history, 2), Unknown)  # twice, as at the beginning
    assert bars_of(look(history, 2.4))[-1].close == 222.025


def test_no_more_bars_are_asked_for_than_the_terminal_hands_out(broker: Broker) -> None:
    history = history_of(broker)
    history.limit(151)
    look(history)
    assert asked(broker) == [(TIMEFRAME_H1, 150), (TIMEFRAME_D1, 150)]
    assert len(bars_of(look(history, 1))) == 149
    history.limit(251)  # the user changed it
    look(history, 2)
    assert len(bars_of(look(history, 3))) == 249


# Closed at the close


def quoted(until: int) -> Callable[[list[Row]], list[Row]]:
    """H1 bars that go on after the close at 23:00 of the server: to `until` o'clock, ending 0.25 higher."""

    def hours(daily: list[Row]) -> list[Row]:
        out = []
        for row in daily:
            out += bridge.hours([row])
            close = row[4]
            out += [
                (row[0] + hour * 3600, close, close + 0.3, close - 0.1, close + 0.25, 9, 40, 0)
                for hour in range(23, until)
            ]
        return out

    return hours


def test_a_d1_bar_that_goes_on_after_the_close_is_no_session(broker: Broker) -> None:
    usual = quoted(until=24)
    broker.bars["IWM.US"] = [bridge.bar(day, 221.5) for day in bridge.sessions(NOON.date(), 301)]
    broker.hours = lambda daily: [
        (*row[:4], 221.375, *row[5:]) if row[0] % 86_400 == 22 * 3600 else row for row in usual(daily)
    ]
    session = bars_of(look(settled(broker)))[-1]
    # the hour from 22:00 to 23:00 of the server ends at 221.375; D1 says 221.5, the hour after it 221.75
    assert (session.session, session.close) == (CLOSED, 221.375)
    assert (
        session.open == 221.5
    )  # of the hour from 23:00 of the day before: a session runs from close to close


def test_a_d1_bar_that_ends_with_the_session_serves(broker: Broker) -> None:
    broker.bars["IWM.US"] = [bridge.bar(day, 221.5) for day in bridge.sessions(NOON.date(), 301)]
    broker.hours = lambda daily: [(*row[:4], 221.375, *row[5:]) for row in bridge.hours(daily)]
    assert bars_of(look(settled(broker)))[-1].close == 221.5


def test_a_session_runs_from_close_to_close_where_it_is_put_together(broker: Broker) -> None:
    broker.hours = quoted(until=24)
    rows = broker.bars["IWM.US"]
    high = rows[-3][4] + 40.3
    night = (rows[-3][0] + 23 * 3600, rows[-3][4], high, rows[-3][4], rows[-3][4], 9, 40, 0)
    usual = broker.hours

    def spiked(daily: list[Row]) -> list[Row]:
        return [night if row[0] == night[0] else row for row in usual(daily)]

    broker.hours = spiked
    sessions = bars_of(look(settled(broker)))
    assert sessions[-1].high == high  # of the hour after the close before
    assert sessions[-2].high < high


def test_a_server_midnight_inside_the_session_does_not_cut_it(broker: Broker) -> None:
    # Tokyo is 9 h ahead of UTC: a session from 14:30 to 21:00 UTC runs from 23:30 to 06:00 of the next date.
    tokyo = ServerClock("Asia/Tokyo")
    days = bridge.sessions(CLOSED, 40)

    def hours(_: list[Row]) -> list[Row]:
        out: list[Row] = []
        for place, day in enumerate(days):
            opens = int(datetime(day.year, day.month, day.day, 23, tzinfo=UTC).timestamp())
            for hour in range(7):  # 23:00 to 05:00
                price = 100.0 + place + hour / 10
                out.append((opens + hour * 3600, price, price + 0.5, price - 0.5, price + 0.05, 9, 40, 0))
        return out

    broker.hours = hours
    history = history_of(broker)
    look(history, 0, clock=tokyo)
    read = bars_of(look(history, 1, clock=tokyo))
    assert [bar.session for bar in read] == days[
        1:
    ]  # of the first one the way from the close before is unknown
    last = read[-1]
    assert (last.open, last.high, last.low) == (139.0, 140.1, 138.5)
    assert last.close == pytest.approx(139.65)  # 100 + 39 + 6/10 + 0.05: the hour that ends at 06:00


def test_half_hours_are_read_where_the_servers_hours_are_half(broker: Broker) -> None:
    history = history_of(broker)
    look(history, 0, clock=ServerClock("Asia/Kolkata"))
    assert asked(broker)[0] == (TIMEFRAME_M30, 480)


def test_another_clock_reads_all_again(broker: Broker) -> None:
    history = settled(broker)
    assert isinstance(look(history, 1, clock=ServerClock("Europe/Athens")), Unknown)  # loading
    assert (TIMEFRAME_D1, 601) in asked(broker)


def test_by_another_clock_the_same_bars_are_other_sessions(broker: Broker) -> None:
    usual = quoted(until=24)
    broker.bars["IWM.US"] = [bridge.bar(day, 221.5) for day in bridge.sessions(NOON.date(), 301)]
    broker.hours = lambda daily: [
        (*row[:4], 221.375, *row[5:]) if row[0] % 86_400 == 22 * 3600 else row for row in usual(daily)
    ]
    history = settled(broker)
    assert bars_of(look(history))[-1].close == 221.375  # of the hour to the close at 23:00
    west = ServerClock("Etc/GMT-1")  # an hour behind: the close is at 22:00, before that hour
    look(history, 1, clock=west)
    assert bars_of(look(history, 2, clock=west))[-1].close == 221.5


def test_a_half_day_is_a_session_with_its_own_close(broker: Broker) -> None:
    half = date(2024, 12, 24)  # closes at 13:00 in New York, 20:00 of the server
    days = bridge.sessions(half, 301)
    broker.bars["IWM.US"] = [bridge.bar(day, 200 + place / 10) for place, day in enumerate(days)]
    usual = quoted(until=24)

    def goes_on(daily: list[Row]) -> list[Row]:
        """Quotes around the clock; on the half-day the hour from 19:00 to 20:00 ends at 230.25."""
        out = []
        for row in usual(daily):
            hour = datetime.fromtimestamp(row[0], UTC)
            out.append((*row[:4], 230.25, *row[5:]) if (hour.date(), hour.hour) == (half, 19) else row)
        return out

    broker.hours = goes_on
    at = datetime(2024, 12, 24, 19, 0, tzinfo=UTC)
    history = history_of(broker)
    history.sessions("IWM.US", half, at, CLOCK)
    read = bars_of(history.sessions("IWM.US", half, at + timedelta(seconds=1), CLOCK))
    assert (read[-1].session, read[-1].close) == (half, 230.25)


def test_a_day_that_is_no_session_of_the_exchange_is_left_out(broker: Broker) -> None:
    mourning = date(2025, 1, 9)
    broker.bars["IWM.US"].insert(-4, bridge.bar(mourning, 222.5))
    read = bars_of(look(settled(broker)))
    assert mourning not in {bar.session for bar in read}
    assert len(read) == 300


def test_a_day_is_dated_by_the_servers_date(broker: Broker) -> None:
    row = broker.bars["IWM.US"][-2]
    broker.bars["IWM.US"][-2] = (row[0] + 3600, *row[1:])  # some servers stamp the first tick
    assert bars_of(look(settled(broker)))[-1].session == CLOSED


# What cannot be


def test_a_symbol_without_bars_is_unknown(broker: Broker) -> None:
    broker.bars["IWM.US"].clear()
    assert look(history_of(broker)) == Unknown(f"IWM.US has no bars of timeframe {TIMEFRAME_H1}")


def test_a_history_before_the_last_sessions_only_is_unknown(broker: Broker) -> None:
    broker.bars["IWM.US"] = broker.bars["IWM.US"][-1:]  # today's, unfinished
    assert look(history_of(broker)) == Unknown(LOADING)


def test_outside_the_table_no_session_is_known(broker: Broker) -> None:
    told = look(history_of(broker), finished=None)
    assert told == Unknown("no finished session is known: the packaged table does not hold this date")


def test_bars_that_fail_are_unknown_and_asked_for_again(broker: Broker) -> None:
    history = settled(broker)
    history.reread()
    broker.fails.add("copy_rates_from_pos")
    assert look(history, 1) == Unknown(f"copy_rates_from_pos for IWM.US {FAILED}")
    broker.fails.clear()
    assert isinstance(look(history, 2.9), Unknown)
    assert isinstance(look(history, 3), Unknown)
    assert len(bars_of(look(history, 4))) == 300


def spoil(broker: Broker, place: int, **changed: float) -> date:
    """Change numbers of one bar of IWM.US; its session."""
    fields = list(bridge.RATES.names or ())
    row = list(broker.bars["IWM.US"][place])
    for name, value in changed.items():
        row[fields.index(name)] = value
    broker.bars["IWM.US"][place] = tuple(row)
    return datetime.fromtimestamp(row[0], UTC).date()


@pytest.mark.parametrize(
    "changed",
    [
        {"close": 0.0},
        {"close": math.nan},
        {"open": math.nan},
        {"high": math.inf},
        {"high": 1.0},  # below the close
        {"low": 999.0},
        {"low": -1.0},
        {"low": 5e-324, "close": 5e-324},
        {"high": 1e308, "close": 1e308},
    ],
)
def test_a_bad_bar_is_named_with_symbol_and_date(broker: Broker, changed: dict[str, float]) -> None:
    day = spoil(broker, 150, **changed)
    told = look(history_of(broker))
    assert isinstance(told, Unknown)
    assert told.reason.startswith(f"the bar of IWM.US on {day} was open ")


def test_bars_that_do_not_ascend_are_named(broker: Broker) -> None:
    rows = broker.bars["IWM.US"]
    days = bridge.sessions(NOON.date(), 301)
    rows[10], rows[11] = rows[11], rows[10]
    assert look(history_of(broker)) == Unknown(f"bars of IWM.US do not ascend: {days[10]} follows {days[11]}")


def test_a_session_that_comes_twice_is_named(broker: Broker) -> None:
    rows = broker.bars["IWM.US"]
    rows[10] = rows[11]
    told = look(history_of(broker))
    assert isinstance(told, Unknown)
    assert "do not ascend" in told.reason


# The server's days


def test_the_first_bars_of_the_servers_days_are_told(broker: Broker) -> None:
    starts = history_of(broker).day_starts("IWM.US")
    assert not isinstance(starts, Unknown)
    days = [datetime.fromtimestamp(stamp, UTC) for stamp in starts]
    assert [day.date() for day in days] == bridge.sessions(NOON.date(), 301)
    assert {day.hour for day in days} == {16}  # the hour in which the session opens, 16:30


def test_without_bars_no_days_are_told(broker: Broker) -> None:
    broker.bars["IWM.US"].clear()
    assert isinstance(history_of(broker).day_starts("IWM.US"), Unknown)
