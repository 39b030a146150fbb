"""Server time and its measurement: instants by hand, servers and feeds made from the zone database alone."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ConfigError
from assistant.terminal.clock import ATHENS, AUTO, NEW_YORK_PLUS_7, ClockMeter, ServerClock, offset_name

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


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


# Servers made without the code under test: the zone database, and seven hours for the New York family.


@dataclass(frozen=True)
class Server:
    zone: str
    plus: timedelta = timedelta()

    def ahead(self, instant: datetime) -> timedelta:
        there = instant.astimezone(ZoneInfo(self.zone)).utcoffset()
        assert there is not None
        return there + self.plus

    def stamp_ms(self, instant: datetime) -> int:
        return round((instant + self.ahead(instant)).timestamp() * 1000)


AMERICAN, EUROPEAN = Server("America/New_York", 7 * HOUR), Server(ATHENS)
GREENWICH, MOSCOW, LONDON = Server("UTC"), Server("Etc/GMT-3"), Server("Europe/London")
SERVERS = {"american": AMERICAN, "european": EUROPEAN, "utc": GREENWICH, "fixed": MOSCOW}
NAMES = {"american": NEW_YORK_PLUS_7, "european": ATHENS}
AGES = {"IWM": 0.3 * SECOND, "SPY": 0.7 * SECOND}
EVERY_HOUR = [utc("2024-01-01") + n * HOUR for n in range(24 * (366 + 365 + 365 + 365))]
# Both calendars' nights, a year's mismatch in spring and in autumn.
US_SPRING, EU_SPRING = utc("2025-03-09T07:00"), utc("2025-03-30T01:00")
EU_AUTUMN, US_AUTUMN = utc("2025-10-26T01:00"), utc("2025-11-02T06:00")


def watch(
    meter: ClockMeter,
    server: Server,
    start: datetime,
    seconds: int = 8,
    *,
    late: timedelta = timedelta(),
    ages: Mapping[str, timedelta] = AGES,
) -> datetime:
    """Look once a second at a feed that ticks each second; `late` is how much the broker delays it."""
    for second in range(seconds):
        now = start + second * SECOND
        meter.see({name: server.stamp_ms(now - age - late) for name, age in ages.items()}, now)
    return now


def silent(meter: ClockMeter, server: Server, last: datetime, until: datetime) -> None:
    """Look each four minutes at the feed that `watch` left at the instant `last`, to an instant."""
    stamps = {name: server.stamp_ms(last - age) for name, age in AGES.items()}
    now = last
    while now < until:
        now = min(now + 4 * MINUTE, until)
        meter.see(stamps, now)


@cache
def opens() -> tuple[datetime, ...]:
    """When the sessions of the packaged table open (UTC)."""
    table = Path(__file__).parents[2] / "assistant" / "data" / "sessions.csv"
    rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return tuple(utc(f"{day}T{opened}") for day, opened, _ in rows)


def starts(server: Server, until: datetime, days: int = 365, late: timedelta = timedelta()) -> list[int]:
    """Stamps of the first bar of each session of so many days before an instant."""
    span = [one + late for one in opens() if until - days * DAY <= one < until]
    return [server.stamp_ms(one) // 1000 for one in span]


def doubt(meter: ClockMeter) -> str | None:
    """What it doubts now; a call, because a type checker takes an attribute for unchanged."""
    return meter.doubt


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
        assert doubt(meter) is None


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


# A configured zone


@pytest.mark.parametrize("zone", [NEW_YORK_PLUS_7, ATHENS, "UTC+02:00"])
def test_a_configured_zone_is_trusted_without_a_measurement(zone: str) -> None:
    meter = ClockMeter(zone)
    assert (meter.clock.zone, doubt(meter), meter.measured) == (zone, None, None)
    watch(meter, AMERICAN, utc("2025-01-15T17:00"))
    assert (meter.clock.zone, doubt(meter), meter.measured) == (zone, None, 2 * HOUR)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [("UTC+02:00", "UTC+02:00"), (ATHENS, "Europe/Athens (UTC+02:00 now)")],
)
def test_a_configured_zone_that_is_contradicted_is_doubted(zone: str, shown: str) -> None:
    meter = ClockMeter(zone)
    now = watch(meter, AMERICAN, utc("2025-03-20T17:00"))  # New York has summer time, Athens not yet
    assert doubt(meter) == (
        f"measured UTC+03:00, but terminal.server_zone is {shown}: set it to auto, or set the PC's clock if "
        "that is wrong"
    )
    assert (meter.clock.zone, meter.measured) == (zone, 3 * HOUR)
    silent(meter, AMERICAN, now, now + 3 * HOUR)
    assert doubt(meter) is not None  # silence proves nothing
    if zone == ATHENS:
        watch(meter, AMERICAN, utc("2025-04-01T17:00"))
        assert doubt(meter) is None


def test_a_configured_zone_is_no_way_around_late_quotes() -> None:
    meter = ClockMeter(NEW_YORK_PLUS_7)
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), late=15 * MINUTE)
    assert (doubt(meter) or "").startswith("ticks that move run at UTC+01:45")
    meter = ClockMeter(NEW_YORK_PLUS_7)
    watch(meter, AMERICAN, utc("2025-01-15T17:00"), late=30 * MINUTE)
    assert (doubt(meter) or "").startswith("measured UTC+01:30, but terminal.server_zone is New_York+7")


def test_half_an_hour_is_believed_where_it_is_configured() -> None:
    meter = ClockMeter("Asia/Kolkata")
    watch(meter, Server("Asia/Kolkata"), utc("2025-01-15T17:00"))
    assert (doubt(meter), meter.measured) == (None, 5.5 * HOUR)


def test_a_configured_zone_asks_for_no_second_measurement() -> None:
    meter = ClockMeter(ATHENS)
    now = watch(meter, EUROPEAN, utc("2025-01-15T17:00"))
    silent(meter, EUROPEAN, now, now + HOUR)
    meter.see({}, now + 60 * DAY)
    assert doubt(meter) is None


# Recognising the calendar


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("late", [timedelta(), timedelta(minutes=1), timedelta(hours=-5, minutes=-30)])
def test_a_year_of_day_starts_tells_the_calendar_at_any_time_of_four_years(
    name: str, late: timedelta
) -> None:
    server = SERVERS[name]
    for today in EVERY_HOUR[17 :: 24 * 31]:
        meter = ClockMeter(AUTO)
        meter.calendar(starts(server, today, late=late))
        watch(meter, server, today)
        expected = NAMES.get(name, offset_name(server.ahead(today)))
        assert (meter.clock.zone, doubt(meter)) == (expected, None)
        for hour in EVERY_HOUR[24 * 10 :: 24 * 40 + 5]:
            assert meter.clock.offset(hour) == server.ahead(hour)


@pytest.mark.parametrize("name", SERVERS)
def test_a_recognised_calendar_is_right_at_once_in_every_hour_of_a_year(name: str) -> None:
    server, start = SERVERS[name], utc("2025-01-15T17:00")
    meter = ClockMeter(AUTO)
    meter.calendar(starts(server, start))
    now = watch(meter, server, start)
    stamps = {symbol: server.stamp_ms(now) for symbol in AGES}
    for minutes in range(4, 365 * 24 * 60, 4):
        meter.see(stamps, now + minutes * MINUTE)
        if minutes % 60 == 0:
            assert doubt(meter) is None
            hour = now + minutes * MINUTE
            assert meter.clock.offset(hour) == server.ahead(hour)


def test_late_days_holes_and_whole_bars_do_not_mislead() -> None:
    today = utc("2025-12-15T17:00")
    for name, server in SERVERS.items():
        usual = starts(server, today)
        odd = [stamp + 1800 * (place % 7 == 0) for place, stamp in enumerate(usual) if place % 5 != 2]
        all_bars = [stamp + bar * 1800 for stamp in odd for bar in range(13)]
        meter = ClockMeter(AUTO)
        meter.calendar(reversed(all_bars))
        watch(meter, server, today)
        assert meter.clock.zone == NAMES.get(name, offset_name(server.ahead(today)))
        assert doubt(meter) is None


def test_new_hours_of_a_symbol_are_no_change_of_the_clock() -> None:
    today = utc("2025-12-15T17:00")
    for name, server in SERVERS.items():
        early = [one for one in opens() if today - 365 * DAY <= one < EU_SPRING]
        later = [one - 330 * MINUTE for one in opens() if EU_SPRING <= one < today]  # from 4:00 in New York
        meter = ClockMeter(AUTO)
        meter.calendar([server.stamp_ms(one) // 1000 for one in (*early, *later)])
        watch(meter, server, today)
        assert meter.clock.zone == NAMES.get(name, offset_name(server.ahead(today)))


@pytest.mark.parametrize("minute", [0, 5, 61, 119])
def test_days_that_begin_with_the_servers_midnight_tell_nothing(minute: int) -> None:
    today = utc("2025-03-07T17:00")
    days = [date(2024, 3, 7) + n * DAY for n in range(365)]
    stamps = [digits(f"{day}T00:00") + minute * 60 for day in days if day.weekday() < 5]
    meter = ClockMeter(AUTO)
    meter.calendar(stamps)
    last = watch(meter, EUROPEAN, today)
    assert (meter.clock.zone, doubt(meter)) == (NEW_YORK_PLUS_7, None)
    silent(meter, EUROPEAN, last, US_SPRING)
    assert doubt(meter) == (  # by New York's calendar alone it would have been wrong
        "the server's clock is to be measured again: New_York+7 says UTC+03:00, Europe/Athens says "
        "UTC+02:00, UTC+02:00 says UTC+02:00"
    )
    watch(meter, EUROPEAN, US_SPRING + SECOND)
    assert (meter.clock.zone, doubt(meter)) == (ATHENS, None)


def test_a_session_through_the_servers_midnight_tells_nothing_wrong() -> None:
    tokyo, today = Server("Asia/Tokyo"), utc("2025-12-15T17:00")
    span = [one for one in opens() if today - 365 * DAY <= one < today]
    bars = [tokyo.stamp_ms(one + half * 30 * MINUTE) // 1000 for one in span for half in range(13)]
    meter = ClockMeter(AUTO)
    meter.calendar(bars)
    watch(meter, tokyo, today)
    assert (meter.clock.zone, doubt(meter)) == ("UTC+09:00", None)


def test_a_short_history_leaves_all_candidates_that_fit() -> None:
    today = utc("2025-02-14T17:00")
    meter = ClockMeter(AUTO)
    meter.calendar(starts(EUROPEAN, today, days=60))
    last = watch(meter, EUROPEAN, today)
    assert (meter.clock.zone, doubt(meter)) == (NEW_YORK_PLUS_7, None)  # the first of three that say +2
    silent(meter, EUROPEAN, last, US_SPRING - 4 * SECOND)
    assert doubt(meter) is None
    meter.see({}, US_SPRING)
    assert doubt(meter) is not None
    meter.calendar(starts(EUROPEAN, US_SPRING))  # a longer one decides
    assert (meter.clock.zone, doubt(meter)) == (ATHENS, None)


def test_weeks_far_apart_are_not_compared() -> None:
    moved = [stamp + 3600 for stamp in starts(GREENWICH, utc("2025-07-01"), days=30)]
    meter = ClockMeter(AUTO)
    meter.calendar([*starts(GREENWICH, utc("2025-02-01"), days=30), *moved])
    watch(meter, Server("Etc/GMT-1"), utc("2025-07-15T17:00"))
    assert (meter.clock.zone, doubt(meter)) == ("UTC+01:00", None)


@pytest.mark.parametrize("odd", [{0: -60}, {0: -60, 1: -60, 2: 30, 3: 45, 4: 75}])
def test_a_week_in_which_no_start_is_usual_tells_nothing(odd: dict[int, int]) -> None:
    before = [one for one in opens() if US_SPRING - 60 * DAY <= one < US_SPRING]
    after = [one for one in opens() if US_SPRING <= one < US_SPRING + 6 * DAY]
    late = [after[place] + minutes * MINUTE for place, minutes in odd.items()]
    meter = ClockMeter(AUTO)
    meter.calendar([AMERICAN.stamp_ms(one) // 1000 for one in (*before, *late)])
    assert meter.clock.zone == NEW_YORK_PLUS_7  # and not Athens, where all days of the week are an hour early
    meter.calendar([AMERICAN.stamp_ms(one) // 1000 for one in (*before, *(one - HOUR for one in after))])
    assert meter.clock.zone == ATHENS


def test_a_day_that_starts_around_midnight_in_new_york_is_compared_too() -> None:
    start = utc("2025-02-14T17:00")
    meter = ClockMeter(AUTO)  # from 21:00 in New York: 04:00 UTC, by a fixed clock 23:00 and 0:00 there
    meter.calendar(starts(AMERICAN, start, late=11.5 * HOUR))
    last = watch(meter, AMERICAN, start)
    silent(meter, AMERICAN, last, US_SPRING + HOUR)
    assert (meter.clock.zone, doubt(meter)) == (NEW_YORK_PLUS_7, None)


def test_without_a_measurement_the_calendar_of_the_history_is_assumed() -> None:
    today = utc("2025-12-15T17:00")
    for server, zone in ((EUROPEAN, ATHENS), (AMERICAN, NEW_YORK_PLUS_7), (GREENWICH, NEW_YORK_PLUS_7)):
        meter = ClockMeter(AUTO)
        meter.calendar(starts(server, today))
        assert meter.clock.zone == zone
        assert doubt(meter) is not None


def test_a_server_of_another_zone_with_summer_time_is_to_be_named() -> None:
    today = utc("2025-12-15T17:00")
    meter = ClockMeter(AUTO)
    meter.calendar(starts(LONDON, today))
    watch(meter, LONDON, today)
    assert "name it as terminal.server_zone" in (doubt(meter) or "")
    meter = ClockMeter("Europe/London")
    meter.calendar(starts(LONDON, today))
    watch(meter, LONDON, today)
    assert doubt(meter) is None


# A night in which a clock is set, while the program runs. The last ticks are of Friday 21:00 UTC, the first
# of Monday 13:30 UTC.

NIGHTS = {"us spring": US_SPRING, "eu spring": EU_SPRING, "eu autumn": EU_AUTUMN, "us autumn": US_AUTUMN}


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("server", [*SERVERS.values(), LONDON], ids=[*SERVERS, "london"])
def test_over_a_night_of_change_an_unproved_clock_is_measured_again(night: str, server: Server) -> None:
    sunday = NIGHTS[night]
    friday = (sunday - 2 * DAY).replace(hour=20, minute=59, second=50)
    meter = ClockMeter(AUTO)
    last = watch(meter, server, friday)
    assert doubt(meter) is None
    monday = (sunday + DAY).replace(hour=13, minute=30)
    silent(meter, server, last, monday - MINUTE)
    doubted = doubt(meter) is not None
    families = (AMERICAN, EUROPEAN)
    fits = [one for one in families if one.ahead(last) == server.ahead(last)]
    assert doubted == (any(one.ahead(monday) != one.ahead(last) for one in fits or families))
    for second in range(12):
        now = monday + second * SECOND
        meter.see({name: server.stamp_ms(now - age) for name, age in AGES.items()}, now)
        if doubt(meter) is None:
            assert meter.clock.offset(now) == server.ahead(now)
    assert (doubt(meter), meter.measured) == (None, server.ahead(monday))


def test_measurements_on_both_sides_of_a_change_recognise_the_calendar() -> None:
    for name, server in SERVERS.items():
        meter = ClockMeter(AUTO)
        for day in ("2025-02-14", "2025-03-20", "2025-04-15", "2025-10-29", "2025-12-15"):
            watch(meter, server, utc(f"{day}T17:00"))
        assert meter.clock.zone == NAMES.get(name, offset_name(server.ahead(utc("2025-12-15"))))
        meter.see({}, utc("2025-12-15T17:02"))
        assert doubt(meter) is None


def test_a_clock_that_is_moved_is_doubted_at_the_first_tick_and_then_taken() -> None:
    start = utc("2025-01-15T17:00")
    meter = ClockMeter(AUTO)
    now = watch(meter, AMERICAN, start)
    moved = Server("Etc/GMT-4")
    meter.see({"IWM": moved.stamp_ms(now), "SPY": AMERICAN.stamp_ms(now)}, now + SECOND)
    assert doubt(meter) == (
        "a tick of IWM says UTC+04:00, the server's clock was taken for New_York+7, UTC+02:00 now; it is to "
        "be measured again; where the quotes of some symbols are delayed, name terminal.server_zone"
    )
    silent(meter, moved, now, now + HOUR)
    assert doubt(meter) is not None  # silence does not mend it
    watch(meter, moved, now + HOUR + SECOND, 70)
    assert (meter.clock.zone, doubt(meter)) == ("UTC+04:00", None)


def test_after_nobody_looked_it_is_measured_again() -> None:
    meter = ClockMeter(AUTO)
    now = watch(meter, AMERICAN, utc("2025-01-15T17:00"))
    meter.see({}, now + 299 * SECOND)
    assert doubt(meter) is None
    meter.see({}, now + 599 * SECOND)
    assert doubt(meter) == (
        "the server's clock is to be measured again: the last look was 300 s ago by the PC's clock"
    )
    watch(meter, AMERICAN, now + HOUR)
    assert doubt(meter) is None
    meter.see({}, now + HOUR)  # the PC's clock was set back
    assert "the last look was -7 s ago" in (doubt(meter) or "")


def test_after_the_pcs_clock_was_set_back_its_old_readings_do_not_count() -> None:
    meter = ClockMeter(AUTO)
    ages = {**AGES, "KRE": SECOND}
    now = watch(meter, AMERICAN, utc("2025-01-15T17:00"), ages=ages)
    for second in range(8):  # an hour back, and KRE does not move again
        at = now + second * SECOND
        stamps = {name: AMERICAN.stamp_ms(at - age) for name, age in AGES.items()}
        meter.see(stamps | {"KRE": AMERICAN.stamp_ms(now - SECOND)}, at - HOUR)
    assert meter.measured == 3 * HOUR


def test_symbols_that_seldom_move_measure_as_well() -> None:
    meter = ClockMeter(AUTO)
    start = utc("2025-01-15T17:00")
    for second in range(200):
        last = start + second // 90 * 90 * SECOND
        meter.see(
            {name: AMERICAN.stamp_ms(last - age) for name, age in AGES.items()}, start + second * SECOND
        )
        assert (meter.measured is not None) == (second >= 180)


# Whatever the server, the feed and the looks: what is shown fresh is fresh.


@st.composite
def weekends(draw: st.DrawFn) -> list[tuple[datetime, dict[str, datetime]]]:
    """Looks over a night of change: instants, and of when each symbol's last tick then is."""
    night = draw(st.sampled_from(list(NIGHTS.values())))
    now = night - draw(st.integers(1, 40)) * HOUR
    ticked = dict.fromkeys(("IWM", "SPY", "XLU"), now - SECOND)
    looks = []
    for _ in range(draw(st.integers(2, 9))):
        kind = draw(st.sampled_from(["all", "all", "one", "none", "frozen", "away"]))
        if kind == "away":
            now += draw(st.sampled_from([5, 15, 30, 60, 61, 600])) * MINUTE
        steps, step = (9, SECOND)
        if kind in {"none", "frozen"}:
            step = 4 * MINUTE
            steps = draw(st.sampled_from([4, 8, 15, 30, 300, 600]))
        for _ in range(steps):
            now += step
            moving = {"all": ("IWM", "SPY", "XLU"), "one": ("XLU",)}.get(kind, ())
            ticked = ticked | {name: now - draw(st.integers(0, 900)) * SECOND / 1000 for name in moving}
            looks.append((now, dict(ticked)))
        if kind == "frozen":  # the link comes back: the ticks of some time ago arrive
            back = draw(st.sampled_from([0, 15, 30, 60]))
            ticked = dict.fromkeys(ticked, now - back * MINUTE)
            looks.append((now + SECOND, dict(ticked)))
            now += SECOND
    return looks


@given(
    looks=weekends(),
    name=st.sampled_from([*SERVERS, "london"]),
    late=st.sampled_from([0, 0, 0, 15, 30, 45]),
    told=st.booleans(),
)
def test_no_quote_looks_fresh_by_a_wrong_clock(
    looks: list[tuple[datetime, dict[str, datetime]]], name: str, late: int, told: bool
) -> None:
    server = {**SERVERS, "london": LONDON}[name]
    meter = ClockMeter(AUTO)
    if told:
        meter.calendar(starts(server, looks[0][0]))
    for now, ticked in looks:
        of = {symbol: at - late * MINUTE for symbol, at in ticked.items()}
        stamps = {symbol: server.stamp_ms(at) for symbol, at in of.items()}
        meter.see(stamps, now)
        for symbol, at in of.items():
            shown = (now - meter.clock.to_utc(stamps[symbol] / 1000)).total_seconds()
            if doubt(meter) is None and -10 <= shown <= 15:
                assert (now - at).total_seconds() <= 15.001
