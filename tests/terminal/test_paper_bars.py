"""The paper terminal's bars, against its ticks put together in plain Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.terminal import bars
from assistant.terminal.bars import SECONDS, rates_from, rates_from_pos, rates_range
from assistant.terminal.constants import (
    COPY_TICKS_ALL,
    TIMEFRAME_D1,
    TIMEFRAME_H1,
    TIMEFRAME_H4,
    TIMEFRAME_M1,
    TIMEFRAME_M5,
    TIMEFRAME_M15,
    TIMEFRAME_M30,
)
from assistant.terminal.profile import Contract, profile, utc_ms
from assistant.terminal.quotes import ticks_range
from assistant.terminal.recording import recording

A, B, D, E = (profile(letter) for letter in "ABDE")
IWM, US2000, EURUSD = A.contracts["IWM.US"], E.contracts["US2000"], B.contracts["EURUSD"]
UTC_CLOCK, TOKYO = replace(E, clock="UTC"), replace(A, clock="Asia/Tokyo")
DAY = 86_400

PLAYED = {
    "A IWM.US": (A, IWM),
    "D XLF.NYSE": (D, D.contracts["XLF.NYSE"]),
    "E US2000": (E, US2000),
    "B EURUSD": (B, EURUSD),
    "US2000 by UTC": (UTC_CLOCK, US2000),  # midnight falls into the hours, a bar is of two days' quoting
    "IWM.US by Tokyo": (TOKYO, IWM),  # midnight falls into the session
}


def ms(text: str) -> int:
    """UTC epoch ms of an ISO instant."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def stamp(text: str) -> int:
    """Wall-clock digits as epoch seconds."""
    return ms(text) // 1000


def digits(seconds: int) -> str:
    """Epoch seconds as wall-clock digits."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%m-%d %H:%M")


def slowly(ticks: Iterable[tuple[Any, ...]], seconds: int) -> list[tuple[Any, ...]]:
    """Put ticks (time, bid, ask ...) together to bars, one after the other."""
    made: list[list[Any]] = []
    for time, bid, ask, *_ in ticks:
        opens = time - time % DAY % seconds  # of the seconds past the server's midnight
        if not made or made[-1][0] != opens:
            made.append([opens, bid, bid, bid, bid, 0, ask - bid, 0])
        bar = made[-1]
        bar[2], bar[3], bar[4] = max(bar[2], bid), min(bar[3], bid), bid
        bar[5] += 1
    return [tuple(bar) for bar in made]


def same(
    found: np.ndarray[Any, np.dtype[np.void]], wanted: list[tuple[Any, ...]], contract: Contract
) -> None:
    """Hold bars to bars; the spread is in points here, and in prices there."""
    assert [bar[:6] for bar in found.tolist()] == [bar[:6] for bar in wanted]
    points = [round(bar[6] / contract.terms.point) for bar in wanted]
    assert found["spread"].tolist() == points
    assert not found["real_volume"].any()


@pytest.mark.parametrize("timeframe", SECONDS)
@pytest.mark.parametrize("name", PLAYED)
def test_bars_are_the_ticks_put_together(name: str, timeframe: int) -> None:
    broker, contract = PLAYED[name]
    at_ms = ms("2018-03-14T17:43:21")  # a week in which New York alone has summer time
    first, last = stamp("2018-03-09T00:00"), stamp("2018-03-16T00:00")
    ticks = ticks_range(broker, contract, at_ms, first, last, COPY_TICKS_ALL).tolist()
    found = rates_range(broker, contract, timeframe, at_ms, first, last)
    assert len(ticks) > 10_000
    same(found, slowly(ticks, SECONDS[timeframe]), contract)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(PLAYED)),
    timeframe=st.sampled_from(sorted(SECONDS)),
    seconds=st.integers(0, 20 * DAY),
    count=st.integers(1, 12),
    start=st.integers(0, 3),
)
def test_the_newest_bars_are_those_of_the_ticks_so_far(
    name: str, timeframe: int, seconds: int, count: int, start: int
) -> None:
    broker, contract = PLAYED[name]
    at_ms = ms("2018-10-22T00:00") + seconds * 1000
    found = rates_from_pos(broker, contract, timeframe, at_ms, start, count)
    assert len(found) == count
    whole = rates_from_pos(broker, contract, timeframe, at_ms, 0, start + count)
    ticks = ticks_range(broker, contract, at_ms, int(whole["time"][0]), stamp("2019-01-01"), COPY_TICKS_ALL)
    wanted = slowly(ticks.tolist(), SECONDS[timeframe])
    same(found, wanted[: len(wanted) - start], contract)


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(PLAYED)),
    timeframe=st.sampled_from(sorted(SECONDS)),
    seconds=st.integers(0, 20 * DAY),
    later=st.integers(1, 5 * DAY),
)
def test_what_comes_later_changes_the_unfinished_bar_alone(
    name: str, timeframe: int, seconds: int, later: int
) -> None:
    broker, contract = PLAYED[name]
    at_ms = ms("2018-10-22T00:00") + seconds * 1000
    first = stamp("2018-10-15T00:00")
    after = rates_range(broker, contract, timeframe, at_ms + later * 1000, first, stamp("2020-01-01"))
    before = rates_range(broker, contract, timeframe, at_ms, first, stamp("2020-01-01"))
    assert before[:-1].tolist() == after[: len(before) - 1].tolist()
    unfinished, same_bar = before[-1], after[len(before) - 1]
    assert (unfinished["time"], unfinished["open"]) == (same_bar["time"], same_bar["open"])
    assert unfinished["high"] <= same_bar["high"]
    assert unfinished["low"] >= same_bar["low"]
    assert unfinished["tick_volume"] <= same_bar["tick_volume"]


@settings(max_examples=25, deadline=None)
@given(asked=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60)), min_size=2, max_size=5))
def test_bars_do_not_depend_on_what_was_asked_before(asked: list[tuple[int, int]]) -> None:
    def answers(order: list[tuple[int, int]]) -> list[list[Any]]:
        bars._bars.cache_clear()  # noqa: SLF001 -- as in a new process
        begins = ms("2018-02-01T14:00:00.123")
        return [
            rates_from_pos(A, IWM, TIMEFRAME_H1, begins + days * DAY * 1000, 2, count).tolist()
            for days, count in order
        ]

    assert answers(asked) == answers(asked[::-1])[::-1]


def test_rates_are_the_package_s_records_and_read_only() -> None:
    for timeframe in SECONDS:
        rates = rates_from_pos(A, IWM, timeframe, ms("2018-12-26T15:30"), 0, 5)
        fields = rates.dtype.fields
        assert fields is not None
        assert [(name, fields[name][0].str, fields[name][1]) for name in rates.dtype.names or ()] == [
            ("time", "<i8", 0),
            ("open", "<f8", 8),
            ("high", "<f8", 16),
            ("low", "<f8", 24),
            ("close", "<f8", 32),
            ("tick_volume", "<u8", 40),
            ("spread", "<i4", 48),
            ("real_volume", "<u8", 52),
        ]
        assert rates.dtype.itemsize == 60
        assert not rates.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            rates["close"][0] = 1.0
    assert not rates_range(A, IWM, TIMEFRAME_M1, ms("2018-12-26T15:30"), 5, 9).flags.writeable


# The first tick of the day comes at 09:30:00.370 in New York, the last at 15:59:59.590.
@pytest.mark.parametrize(
    ("letter", "day", "opens", "closes"),
    [
        ("A", "2018-03-12", "16:30", "22:59"),
        ("A", "2018-03-26", "16:30", "22:59"),
        ("A", "2018-10-29", "16:30", "22:59"),
        ("A", "2018-11-05", "16:30", "22:59"),
        ("D", "2018-03-12", "15:30", "21:59"),  # Athens has no summer time yet
        ("D", "2018-03-23", "15:30", "21:59"),
        ("D", "2018-03-26", "16:30", "22:59"),
        ("D", "2018-10-29", "15:30", "21:59"),  # New York has summer time still
        ("D", "2018-11-02", "15:30", "21:59"),
        ("D", "2018-11-05", "16:30", "22:59"),
    ],
)
def test_a_day_has_its_bars_by_the_server_s_clock(letter: str, day: str, opens: str, closes: str) -> None:
    broker = profile(letter)
    name = broker.named("IWM")
    assert name is not None
    contract, at_ms = broker.contracts[name], ms(f"{day}T23:00")

    def of_the_day(timeframe: int) -> list[str]:
        midnight = stamp(day)
        rates = rates_range(broker, contract, timeframe, at_ms, midnight, midnight + DAY - 1)
        return [digits(seconds)[6:] for seconds in rates["time"].tolist()]

    minutes = of_the_day(TIMEFRAME_M1)
    assert (minutes[0], minutes[-1], len(minutes)) == (opens, closes, 390)
    assert len(of_the_day(TIMEFRAME_M5)) == 78
    assert len(of_the_day(TIMEFRAME_M15)) == 26
    assert of_the_day(TIMEFRAME_M30)[:2] == [opens, f"{int(opens[:2]) + 1}:00"]
    hour = int(opens[:2])
    assert of_the_day(TIMEFRAME_H1) == [f"{hour + number}:00" for number in range(7)]
    # From 16:30 to 23:00 two lines of four hours are crossed, from 15:30 to 22:00 also the one at 16:00.
    assert of_the_day(TIMEFRAME_H4) == (["16:00", "20:00"] if hour == 16 else ["12:00", "16:00", "20:00"])
    assert of_the_day(TIMEFRAME_D1) == ["00:00"]


def test_half_a_day_has_half_the_bars() -> None:
    # 2018-12-24 ended at 13:00 in New York: 3.5 h.
    midnight = stamp("2018-12-24")
    rates = rates_range(A, IWM, TIMEFRAME_M1, ms("2018-12-26T00:00"), midnight, midnight + DAY - 1)
    assert (len(rates), digits(int(rates["time"][-1]))) == (210, "12-24 19:59")


def test_the_last_bar_is_unfinished() -> None:
    # IWM, 2018-12-26: the first tick is 126.28, 370 ms after 14:30; one every 2 s.
    opens = ms("2018-12-26T14:30")
    for timeframe in SECONDS:
        before = rates_from_pos(A, IWM, timeframe, opens + 369, 0, 1)
        assert digits(int(before["time"][0]))[:5] == "12-24"
        (first,) = rates_from_pos(A, IWM, timeframe, opens + 370, 0, 1).tolist()
        assert first[1:6] == (126.28, 126.28, 126.28, 126.28, 1)
        (third,) = rates_from_pos(A, IWM, timeframe, opens + 4370, 0, 1).tolist()
        assert (third[1], third[5]) == (126.28, 3)
    minute = rates_from_pos(A, IWM, TIMEFRAME_M1, opens + 60_000, 0, 1)
    assert minute["tick_volume"][0] == 30  # until a tick comes the finished minute is the last bar
    later = rates_from_pos(A, IWM, TIMEFRAME_M1, opens + 60_370, 0, 2)
    assert later["tick_volume"].tolist() == [30, 1]


def test_a_daily_bar_is_the_recorded_session() -> None:
    # IWM: 126.28 132.10 125.81 131.93 on 2018-12-26; 127.73 128.47 125.84 125.88 on 2018-12-24.
    at_ms = ms("2018-12-26T21:00")
    found = rates_from_pos(A, IWM, TIMEFRAME_D1, at_ms, 0, 2).tolist()
    assert found == [
        (stamp("2018-12-24"), 127.73, 128.47, 125.84, 125.88, 6301, 3, 0),
        (stamp("2018-12-26"), 126.28, 132.10, 125.81, 131.93, 11701, 3, 0),
    ]


@pytest.mark.parametrize("name", PLAYED)
def test_bars_of_all_timeframes_agree(name: str) -> None:
    broker, contract = PLAYED[name]
    at_ms, first, last = ms("2018-06-20T18:00:07"), stamp("2018-06-11"), stamp("2018-06-22") - 1
    minutes = rates_range(broker, contract, TIMEFRAME_M1, at_ms, first, last)
    begins = np.ascontiguousarray(minutes["time"])
    assert (np.diff(begins) > 0).all()
    for timeframe, seconds in SECONDS.items():
        for bar in rates_range(broker, contract, timeframe, at_ms, first, last):
            inside = minutes[slice(*np.searchsorted(begins, (bar["time"], bar["time"] + seconds)))]
            assert (bar["open"], bar["close"]) == (inside["open"][0], inside["close"][-1])
            assert (bar["high"], bar["low"]) == (inside["high"].max(), inside["low"].min())
            assert bar["tick_volume"] == inside["tick_volume"].sum()


def test_rates_from_goes_back_from_the_bar_that_begins_at_or_before_a_stamp() -> None:
    at_ms = ms("2018-12-26T21:00")

    def begins(stamp_: int, count: int) -> list[str]:
        return [
            digits(one) for one in rates_from(A, IWM, TIMEFRAME_H1, at_ms, stamp_, count)["time"].tolist()
        ]

    assert begins(stamp("2018-12-26T17:00"), 2) == ["12-26 16:00", "12-26 17:00"]
    assert begins(stamp("2018-12-26T16:59:59"), 2) == ["12-24 19:00", "12-26 16:00"]
    assert begins(stamp("2018-12-25T12:00"), 1) == ["12-24 19:00"]
    assert begins(stamp("2030-01-01"), 1) == ["12-26 22:00"]
    assert begins(stamp("2016-10-03T16:30"), 5) == ["10-03 16:00"]  # the first there is
    assert begins(stamp("2016-10-03T15:59"), 5) == []


def test_rates_range_takes_both_ends() -> None:
    at_ms = ms("2018-12-26T21:00")

    def begins(first: str, last: str) -> list[str]:
        rates = rates_range(A, IWM, TIMEFRAME_H1, at_ms, stamp(first), stamp(last))
        return [digits(one) for one in rates["time"].tolist()]

    assert begins("2018-12-26T17:00", "2018-12-26T19:00") == ["12-26 17:00", "12-26 18:00", "12-26 19:00"]
    assert begins("2018-12-26T17:00:01", "2018-12-26T18:59:59") == ["12-26 18:00"]
    assert begins("2018-12-26T22:00", "2019-06-01T00:00") == ["12-26 22:00"]
    assert begins("2018-12-26T19:00", "2018-12-26T17:00") == []
    assert begins("2018-12-25T00:00", "2018-12-25T23:59") == []
    assert begins("1990-01-01T00:00", "2016-10-03T17:00") == ["10-03 16:00", "10-03 17:00"]
    assert begins("2019-06-01T00:00", "2019-07-01T00:00") == []


def test_there_is_nothing_before_the_first_tick() -> None:
    first = ms("2016-10-03T13:30") + 370
    wide = stamp("1990-01-01"), stamp("2030-01-01")
    for at_ms, count in ((first - 1, 0), (first, 1)):
        assert len(rates_from_pos(A, IWM, TIMEFRAME_D1, at_ms, 0, 9)) == count
        assert len(rates_from(A, IWM, TIMEFRAME_M1, at_ms, wide[1], 9)) == count
        assert len(rates_range(A, IWM, TIMEFRAME_H4, at_ms, *wide)) == count
    assert len(rates_from_pos(A, IWM, TIMEFRAME_D1, first, 1, 9)) == 0


def test_a_position_counts_back_from_the_unfinished_bar() -> None:
    at_ms = ms("2018-12-26T15:30")
    days = rates_from_pos(A, IWM, TIMEFRAME_D1, at_ms, 0, 10_000)
    assert len(days) == 562  # 565 sessions, the last three (27, 28 and 31 December) to come
    for start, count in ((0, 3), (1, 3), (560, 3), (561, 3), (562, 3)):
        end = max(len(days) - start, 0)
        found = rates_from_pos(A, IWM, TIMEFRAME_D1, at_ms, start, count)
        assert found.tolist() == days[max(end - count, 0) : end].tolist()


def test_a_broker_has_no_more_bars_than_its_history() -> None:
    contract, at_ms = D.contracts["IWM.NYSE"], ms("2018-12-26T15:30")
    days = rates_from_pos(D, contract, TIMEFRAME_D1, at_ms, 0, 1000)
    assert len(days) == 60
    # Up to 26 December there are 16 sessions of the month (none on the 5th and 25th), 21 of November (22
    # weekdays and Thanksgiving) and the 23 of October.
    assert digits(int(days["time"][0])) == "10-01 00:00"
    hours = rates_from_pos(D, contract, TIMEFRAME_H1, at_ms, 0, 10_000)
    assert digits(int(hours["time"][0]))[:5] == "10-01"
    before = stamp("2018-10-01") - 1
    assert len(rates_from(D, contract, TIMEFRAME_D1, at_ms, before, 5)) == 0
    assert len(rates_range(D, contract, TIMEFRAME_M5, at_ms, 0, before)) == 0
    ranged = rates_range(D, contract, TIMEFRAME_M5, at_ms, 0, stamp("2019-01-01"))
    assert digits(int(ranged["time"][0]))[:5] == "10-01"
    assert len(rates_from_pos(D, D.contracts["EURUSD"], TIMEFRAME_D1, at_ms, 0, 1000)) > 60


def test_round_the_clock_the_day_ends_at_the_server_s_midnight_not_at_the_exchange_s_close() -> None:
    days = rates_from_pos(E, US2000, TIMEFRAME_D1, ms("2018-12-31T23:00"), 0, 1000)
    closes = {stamp(one.day.isoformat()): one.close / 10 for one in recording("IWM").sessions}
    off = [abs(bar["close"] / closes[int(bar["time"])] - 1) for bar in days if int(bar["time"]) in closes]
    assert len(off) == 565
    assert min(off) > 0.0005
    assert max(off) < 0.003
    # The session itself is in the hourly bars: 2018-12-26 closed at 131.93, ten times that is 1319.3.
    hour = rates_from(E, US2000, TIMEFRAME_M1, ms("2018-12-31T23:00"), stamp("2018-12-26T22:59"), 1)
    assert hour["close"].tolist() == [1319.3]


def test_a_week_round_the_clock_is_monday_to_friday_by_new_york_plus_seven() -> None:
    for contract in (US2000, EURUSD):
        days = rates_from_pos(E, contract, TIMEFRAME_D1, ms("2018-12-31T23:00"), 0, 1000)
        weekdays = {datetime.fromtimestamp(one, UTC).weekday() for one in days["time"].tolist()}
        assert weekdays == {0, 1, 2, 3, 4}
    # 18:00 to 17:00 in New York is 01:00 to 24:00 on the server: 23 hours, and no bar for the break.
    hours = rates_range(
        E, US2000, TIMEFRAME_H1, ms("2018-06-16"), stamp("2018-06-13"), stamp("2018-06-14") - 1
    )
    assert [digits(one)[6:] for one in hours["time"].tolist()] == [f"{hour:02}:00" for hour in range(1, 24)]


def test_by_utc_there_is_a_bar_for_sunday_evening() -> None:
    # Sunday 2018-06-10: from 18:00 in New York, 22:00 UTC, two hours to midnight.
    hours = rates_range(
        UTC_CLOCK, US2000, TIMEFRAME_H1, ms("2018-06-16"), stamp("2018-06-09"), stamp("2018-06-11") - 1
    )
    assert [digits(one) for one in hours["time"].tolist()] == ["06-10 22:00", "06-10 23:00"]
    days = rates_range(
        UTC_CLOCK, US2000, TIMEFRAME_D1, ms("2018-06-16"), stamp("2018-06-08"), stamp("2018-06-12")
    )
    assert [digits(one)[:5] for one in days["time"].tolist()] == ["06-08", "06-10", "06-11", "06-12"]


def test_the_pair_rests_over_the_weekend_and_opens_elsewhere() -> None:
    hours = rates_range(
        B, EURUSD, TIMEFRAME_H1, ms("2018-06-16"), stamp("2018-06-08T22:00"), stamp("2018-06-11T02:00")
    )
    # Athens is seven hours ahead of New York: Friday's end is 24:00, Sunday's opening Monday's 01:00.
    assert [digits(one) for one in hours["time"].tolist()] == [
        "06-08 22:00",
        "06-08 23:00",
        "06-11 01:00",
        "06-11 02:00",
    ]
    friday, monday = hours["close"][1], hours["open"][2]
    assert abs(monday - friday) > 0.0003


def test_the_pair_is_where_it_is_said_to_be() -> None:
    days = rates_from_pos(B, EURUSD, TIMEFRAME_D1, ms("2018-12-31T23:00"), 0, 1000)
    assert days["low"].min() > 1.129
    assert days["high"].max() < 1.242
    assert days["high"].max() - days["low"].min() > 0.08
    assert set(days["spread"].tolist()) == {8}
    assert np.abs(np.diff(days["close"])).max() < 0.01
    # every price is whole units of 0.00001
    assert (np.abs(days["close"] * 1e5 - np.rint(days["close"] * 1e5)) < 1e-6).all()


def test_bars_of_a_clock_begin_where_its_digits_say() -> None:
    for broker, contract in PLAYED.values():
        for timeframe, seconds in SECONDS.items():
            rates = rates_from_pos(broker, contract, timeframe, ms("2018-11-05T15:00"), 0, 40)
            assert not (rates["time"] % seconds).any()
            assert (np.diff(rates["time"]) >= seconds).all()
            newest = int(rates["time"][-1])
            assert utc_ms(broker, newest * 1000) <= ms("2018-11-05T15:00")


def test_another_timeframe_is_refused() -> None:
    with pytest.raises(KeyError):
        rates_from_pos(A, IWM, 32769, ms("2018-12-26T15:30"), 0, 1)  # a week
    assert set(SECONDS) == {
        TIMEFRAME_M1,
        TIMEFRAME_M5,
        TIMEFRAME_M15,
        TIMEFRAME_M30,
        TIMEFRAME_H1,
        TIMEFRAME_H4,
        TIMEFRAME_D1,
    }
