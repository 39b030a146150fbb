"""Server time and its measurement: instants by hand, servers and feeds made from the zone database alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ConfigError
from assistant.terminal.clock import ATHENS, AUTO, NEW_YORK_PLUS_7, ClockMeter, ServerClock, offset_name
from tests.doubles.servers import (
    AGES,
    AMERICAN,
    EVERY_HOUR,
    HOUR,
    MINUTE,
    NAMES,
    SECOND,
    SERVERS,
    digits,
    doubt,
    silent,
    starts,
    usual,
    utc,
    watch,
)

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
        ("UTC+03:00", "2025-01-15T17:00", "2025-01-15T20:00"),
        ("UTC+03:00", "2025-07-15T17:00", "2025-07-15T20:00"),
        ("UTC-04:30", "2025-07-15T17:00", "2025-07-15T12:30"),
        ("UTC+14:00", "2025-07-15T17:00", "2025-07-16T07:00"),
        ("UTC-12:00", "2025-07-15T17:00", "2025-07-15T05:00"),
    ],
)
def test_server_time_and_utc(zone: str, instant: str, wall: str) -> None:
    clock = ServerClock(zone)
    assert clock.to_stamp(utc(instant)) == digits(wall)
    assert clock.to_utc(digits(wall)) == utc(instant)
    assert clock.offset(utc(instant)) == utc(wall) - utc(instant)
    assert clock.zone == zone


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2025-01-15", "14:30"), ("2025-03-20", "13:30"), ("2025-07-15", "13:30"), ("2025-10-29", "13:30")],
)
def test_the_session_opens_at_half_past_four_on_every_new_york_server(day: str, opens: str) -> None:
    assert ServerClock(NEW_YORK_PLUS_7).to_stamp(utc(f"{day}T{opens}")) == digits(f"{day}T16:30")


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


@pytest.mark.parametrize(
    "zone",
    [
        *("Mars/Olympus", "", "Europe", "/etc/passwd", "..", "New_York+8", "GMT+3", "UTC+3", "UTC+03:60"),
        *("UTC+14:01", "UTC-12:01", "UTC+0300", "utc+03:00 "),
    ],
)
def test_an_unknown_zone_is_refused_in_one_line(zone: str) -> None:
    with pytest.raises(ConfigError) as told:
        ServerClock(zone)
    expected = "auto, New_York+7, an IANA zone or an offset like UTC+03:00"
    assert str(told.value) == f"terminal.server_zone was {zone!r}; expected {expected}"
    with pytest.raises(ConfigError):
        ClockMeter(zone)


def test_an_offset_is_written_as_a_zone_that_can_be_read() -> None:
    for minutes in range(-12 * 60, 14 * 60 + 1, 15):
        ahead = timedelta(minutes=minutes)
        assert ServerClock(offset_name(ahead)).offset(utc("2025-07-15T17:00")) == ahead
    assert offset_name(timedelta(hours=-4, minutes=-30)) == "UTC-04:30"
    assert offset_name(timedelta(hours=3)) == "UTC+03:00"


# ServerClock, at every hour of four years


@pytest.mark.parametrize("name", SERVERS)
def test_every_hour_of_four_years_goes_to_the_server_and_comes_back(name: str) -> None:
    server = SERVERS[name]
    clock = ServerClock(NAMES.get(name, offset_name(server.ahead(EVERY_HOUR[0]))))
    for before, hour in pairwise(EVERY_HOUR):
        stamp = clock.to_stamp(hour)
        assert stamp * 1000 == server.stamp_ms(hour)
        assert clock.offset(hour) == server.ahead(hour)
        twice = clock.to_stamp(before) == stamp
        assert clock.to_utc(stamp) == (before if twice else hour)


# Measuring


@pytest.mark.parametrize("name", SERVERS)
def test_the_offset_is_measured_at_any_hour_of_four_years(name: str) -> None:
    server = SERVERS[name]
    for hour in EVERY_HOUR[::13]:  # each hour of the day on many days
        meter = ClockMeter(AUTO)
        watch(meter, server, hour + 20 * MINUTE, 6)
        assert meter.measured == server.ahead(hour)
        assert meter.clock.offset(hour) == server.ahead(hour)
        assert bool(doubt(meter)) is not bool(usual(server, hour))  # another one is to be proved or named


def test_before_a_measurement_new_york_is_assumed_and_doubted() -> None:
    meter = ClockMeter(AUTO)
    assert meter.clock.zone == NEW_YORK_PLUS_7
    assert doubt(meter) == "the server's clock is not measured yet: too few symbols have had ticks that move"
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), 4)  # moves at seconds 1, 2, 3: not yet 3 seconds of them
    assert doubt(meter) is not None
    watch(meter, AMERICAN, utc("2025-01-15T17:00:04"), 1)
    assert doubt(meter) is None
    assert meter.measured == 2 * HOUR


def test_one_symbol_is_enough_only_where_one_was_ever_read() -> None:
    meter = ClockMeter(AUTO)
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), ages={"IWM": SECOND})
    assert doubt(meter) is None
    meter = ClockMeter(AUTO)
    meter.see({"IWM": 1, "SPY": 2}, utc("2025-01-15T16:59:59"))
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), ages={"IWM": SECOND})
    assert (meter.measured, doubt(meter) is None) == (None, False)


def test_symbols_that_disagree_measure_nothing_and_both_are_named() -> None:
    meter = ClockMeter(AUTO)
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), ages={"IWM": SECOND, "SPY": SECOND, "KRE": 15 * MINUTE})
    assert meter.measured is None
    assert doubt(meter) == (
        "the server's clock is not measured yet: IWM says UTC+02:00, SPY says UTC+02:00, KRE says UTC+01:45; "
        "where the quotes of some symbols are delayed, name terminal.server_zone"
    )


def test_a_symbol_that_moved_longer_ago_than_a_minute_has_no_say() -> None:
    start = utc("2025-01-15T17:00")
    meter = ClockMeter(AUTO)
    watch(meter, AMERICAN, start, 6, ages={"IWM": SECOND, "SPY": SECOND, "KRE": 15 * MINUTE})
    for second in range(6, 80):
        now = start + second * SECOND
        stamps = {name: AMERICAN.stamp_ms(now - SECOND) for name in ("IWM", "SPY")}
        meter.see(stamps | {"KRE": AMERICAN.stamp_ms(start + 5 * SECOND - 15 * MINUTE)}, now)
        assert (meter.measured is not None) == (second > 65)  # KRE moved last at second 5
    assert doubt(meter) is None


@pytest.mark.parametrize("frozen", [1, 15, 30, 60, 120])
def test_ticks_that_do_not_move_measure_nothing(frozen: int) -> None:
    meter = ClockMeter(AUTO)
    start = utc("2025-01-18T17:00")  # a Saturday
    for second in range(90):
        meter.see(
            {name: AMERICAN.stamp_ms(start - frozen * MINUTE) for name in AGES}, start + second * SECOND
        )
    assert meter.measured is None
    assert doubt(meter) is not None


@pytest.mark.parametrize("gap", [5, 15, 30, 60])
def test_after_a_time_in_which_nobody_looked_a_changed_tick_is_not_fresh(gap: int) -> None:
    meter = ClockMeter(AUTO)
    start = utc("2025-01-15T17:00")
    meter.see({name: AMERICAN.stamp_ms(start) for name in AGES}, start)
    now = start + gap * MINUTE
    for second in range(10):  # what changed meanwhile stands still again
        meter.see({name: AMERICAN.stamp_ms(start + MINUTE) for name in AGES}, now + second * SECOND)
    assert meter.measured is None


@pytest.mark.parametrize("old", [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR])
@pytest.mark.parametrize("pieces", [1, 2, 3, 6])
def test_old_ticks_that_arrive_late_are_no_measurement(old: timedelta, pieces: int) -> None:
    meter = ClockMeter(AUTO)
    start = utc("2025-01-15T22:00")  # the link was lost in the session and comes back after its close
    silent(meter, AMERICAN, start - 5 * HOUR, start)
    for second in range(90):
        now = start + second * SECOND
        piece = min(second, pieces - 1)  # in the first seconds, at once, with more between them
        meter.see({name: AMERICAN.stamp_ms(start - old + piece * 20 * SECOND) for name in AGES}, now)
    assert meter.measured is None
    assert doubt(meter) is not None


@pytest.mark.parametrize(
    ("late", "says"),
    [
        (15, "ticks that move run at UTC+01:45: quotes delayed by 15 minutes look like that"),
        (20, "ticks that move run at UTC+01:45: quotes delayed by 15 minutes look like that"),
        (30, "ticks that move run at UTC+01:30: quotes delayed by 30 minutes look like that"),
        (45, "ticks that move run at UTC+01:15: quotes delayed by 15 minutes look like that"),
        (15 * 60, "ticks that move run at UTC-13:00: no clock does"),
        (-13 * 60, "ticks that move run at UTC+15:00: no clock does"),
    ],
)
def test_delayed_quotes_are_no_clock(late: int, says: str) -> None:
    meter = ClockMeter(AUTO)
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), late=late * MINUTE)
    assert (doubt(meter) or "").startswith(says)
    assert meter.measured is None


def test_quotes_that_become_late_are_doubted_until_they_are_not() -> None:
    start = utc("2025-01-15T17:00")
    meter = ClockMeter(AUTO)
    now = watch(meter, AMERICAN, start)
    now = watch(meter, AMERICAN, now + SECOND, 70, late=15 * MINUTE)
    assert (doubt(meter) or "").startswith("ticks that move run at UTC+01:45")
    assert meter.measured == 2 * HOUR
    watch(meter, AMERICAN, now + SECOND, 70)
    assert doubt(meter) is None


def test_an_hour_late_is_seen_where_the_history_knows_the_calendar() -> None:
    start = utc("2025-07-15T17:00")
    meter = ClockMeter(AUTO)
    meter.calendar(starts(AMERICAN, start))
    watch(meter, AMERICAN, start, late=HOUR)
    assert doubt(meter) == (
        "measured UTC+02:00, but the history runs like New_York+7: quotes are delayed, the PC's clock is "
        "wrong, or it is another zone; name it as terminal.server_zone"
    )
    assert meter.clock.zone == "UTC+02:00"


@given(error=st.integers(-400, 400), gap=st.sampled_from([1, 2, 5, 20]))
def test_a_pc_clock_that_is_minutes_wrong_changes_no_offset(error: int, gap: int) -> None:
    meter = ClockMeter(AUTO)
    start = utc("2025-01-15T17:00")
    for number in range(6):
        true = start + number * gap * SECOND
        stamps = {name: AMERICAN.stamp_ms(true - age) for name, age in AGES.items()}
        meter.see(stamps, true + error * SECOND)
    assert meter.measured == 2 * HOUR


def test_two_looks_at_one_instant_are_one() -> None:
    meter = ClockMeter(AUTO)
    for second in range(8):
        now = utc("2025-01-15T17:00") + second * SECOND
        meter.see({name: AMERICAN.stamp_ms(now - SECOND) for name in AGES}, now)
        meter.see({name: AMERICAN.stamp_ms(now) for name in AGES}, now)  # moved, but in no time
    assert (meter.measured, doubt(meter) is None) == (None, False)


def test_a_symbol_without_a_tick_yet_is_as_if_it_were_not_read() -> None:
    meter = ClockMeter(AUTO)
    for second in range(8):
        now = utc("2025-01-15T17:00") + second * SECOND
        stamps = {name: AMERICAN.stamp_ms(now - age) for name, age in AGES.items()}
        meter.see(stamps | {"KRE": 0 if second != 3 else -1}, now)
    assert (meter.measured, doubt(meter)) == (2 * HOUR, None)


def test_a_symbol_that_comes_and_goes_has_not_moved_meanwhile() -> None:
    meter = ClockMeter(AUTO)
    for second in range(40):
        now = utc("2025-01-15T17:00") + second * SECOND
        stamps = {name: AMERICAN.stamp_ms(now) for name in AGES}
        meter.see(stamps if second % 2 else {}, now)
    assert meter.measured is None


# How far the PC's clock is beside the server's, beyond the whole offset


@pytest.mark.parametrize(
    ("late", "skew"),
    [
        (0.0, -0.3),  # IWM's tick is 0.3 s old when it is read, SPY's 0.7 s
        (20.0, -20.3),  # a PC 20 s ahead, or quotes 20 s late: both look like that
        (-40.0, 39.7),
        (-300.0, 299.7),
    ],
)
@pytest.mark.parametrize("zone", [AUTO, NEW_YORK_PLUS_7])
def test_the_freshest_tick_tells_the_skew_of_the_pcs_clock(zone: str, late: float, skew: float) -> None:
    meter = ClockMeter(zone)
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), late=late * SECOND)
    assert doubt(meter) is None
    assert meter.skew == pytest.approx(skew)


def test_the_skew_is_that_of_the_last_minute_and_of_a_clock_that_is_known() -> None:
    meter = ClockMeter(AUTO)
    assert meter.skew is None
    now = watch(meter, AMERICAN, utc("2025-01-15T17:00"), seconds=3)
    assert meter.skew is None  # not measured yet
    now = watch(meter, AMERICAN, now + SECOND)
    assert meter.skew == pytest.approx(-0.3)
    meter.see({}, now + MINUTE)
    assert meter.skew == pytest.approx(-0.3)
    meter.see({}, now + MINUTE + SECOND)
    assert meter.skew is None  # nothing has moved for more than a minute
