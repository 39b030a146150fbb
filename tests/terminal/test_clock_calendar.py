"""The calendar of a server's clock: configured, recognised from history, and in the nights that change it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal.clock import ATHENS, AUTO, NEW_YORK_PLUS_7, ClockMeter, offset_name
from tests.doubles.servers import (
    AGES,
    AMERICAN,
    DAY,
    EU_AUTUMN,
    EU_SPRING,
    EUROPEAN,
    EVERY_HOUR,
    GREENWICH,
    HOUR,
    LONDON,
    MINUTE,
    NAMES,
    SECOND,
    SERVERS,
    US_AUTUMN,
    US_SPRING,
    Server,
    digits,
    doubt,
    opens,
    silent,
    starts,
    usual,
    utc,
    watch,
)

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


def unproved(offset: str) -> str:
    return (
        f"measured {offset}, which the history does not prove: quotes are delayed, the PC's clock is wrong, "
        "or it is the server's all year; then name it as terminal.server_zone"
    )


def test_a_session_through_the_servers_midnight_tells_nothing_wrong() -> None:
    tokyo, today = Server("Asia/Tokyo"), utc("2025-12-15T17:00")
    span = [one for one in opens() if today - 365 * DAY <= one < today]
    bars = [tokyo.stamp_ms(one + half * 30 * MINUTE) // 1000 for one in span for half in range(13)]
    meter = ClockMeter(AUTO)
    meter.calendar(bars)
    watch(meter, tokyo, today)
    assert (meter.clock.zone, doubt(meter)) == ("UTC+09:00", unproved("UTC+09:00"))


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
    assert (meter.clock.zone, doubt(meter)) == ("UTC+01:00", unproved("UTC+01:00"))


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
    fits = usual(server, last)
    assert bool(doubt(meter)) is not bool(fits)
    monday = (sunday + DAY).replace(hour=13, minute=30)
    silent(meter, server, last, monday - MINUTE)
    doubted = doubt(meter) is not None
    assert doubted == (not fits or any(one.ahead(monday) != one.ahead(last) for one in fits))
    for second in range(12):
        now = monday + second * SECOND
        meter.see({name: server.stamp_ms(now - age) for name, age in AGES.items()}, now)
        if doubt(meter) is None:
            assert meter.clock.offset(now) == server.ahead(now)
    assert meter.measured == server.ahead(monday)
    assert bool(doubt(meter)) is not any(one in usual(server, monday) for one in fits)


def test_measurements_on_both_sides_of_a_change_recognise_the_calendar() -> None:
    for name, server in SERVERS.items():
        meter = ClockMeter(AUTO)
        for day in ("2025-02-14", "2025-03-20", "2025-04-15", "2025-10-29", "2025-12-15"):
            watch(meter, server, utc(f"{day}T17:00"))
        assert meter.clock.zone == NAMES.get(name, offset_name(server.ahead(utc("2025-12-15"))))
        meter.see({}, utc("2025-12-15T17:02"))
        assert bool(doubt(meter)) is (name not in NAMES)  # a fixed one may be quotes that are late


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
    assert (meter.clock.zone, doubt(meter)) == ("UTC+04:00", unproved("UTC+04:00"))


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
