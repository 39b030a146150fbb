"""Minutes of a symbol: the server's stamps made UTC, and a history that is not whole is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assistant.core.bounds import Minute
from assistant.core.market import Unknown
from assistant.terminal.clock import ATHENS, ServerClock
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.minutes import read_minutes
from assistant.terminal.reads import Reads
from tests.doubles import bridge
from tests.doubles.bridge import NOON, RATES, Bridge, Broker
from tests.doubles.cycles import terminal_of
from tests.terminal.playing import at, play

MINUTE = timedelta(minutes=1)


def bar(instant: datetime, low: float = 220.5, high: float = 221.5, spread: int = 40) -> tuple[float, ...]:
    return (bridge.server(instant) // 1000, 221.0, high, low, 221.25, 12, spread, 0)


@pytest.fixture
def terminal(broker: Broker) -> MetaTrader:
    found = terminal_of(broker)
    found.connect()
    return found


def read(terminal: MetaTrader, first: float = -10, last: float = 0) -> Any:  # noqa: ANN401
    return terminal.minutes("IWM.US", NOON + first * MINUTE, NOON + last * MINUTE)


def test_minutes_of_a_span_come_with_the_last_one_before_it(terminal: MetaTrader, broker: Broker) -> None:
    broker.minutes["IWM.US"] = [bar(NOON + n * MINUTE, 220 + n / 10) for n in (-900, -30, -7, -1, 0, 1)]
    assert read(terminal) == (
        Minute(NOON - 30 * MINUTE, 221.5, 217.0, 0.04),
        Minute(NOON - 7 * MINUTE, 221.5, 219.3, 0.04),
        Minute(NOON - MINUTE, 221.5, 219.9, 0.04),
        Minute(NOON, 221.5, 220.0, 0.04),
    )
    asked = [args for name, args, _ in broker.calls if name == "copy_rates_range"]
    # 17:00 UTC is 19:00 on the server; ten minutes and a week before it: ints, so that no zone is applied
    stamp = 1736967600
    assert asked == [("IWM.US", 1, stamp - 600 - 7 * 86_400, stamp)] * 2
    assert all(type(arg) is int for arg in asked[0][1:])


def test_a_symbol_that_was_not_quoted_has_no_minutes(terminal: MetaTrader, broker: Broker) -> None:
    broker.age = timedelta(hours=1)
    assert read(terminal) == ()
    broker.fails = {"symbol_info_tick"}
    assert read(terminal) == ()


def test_a_long_span_is_asked_for_in_pieces(terminal: MetaTrader, broker: Broker) -> None:
    days = [NOON - timedelta(days=n) for n in range(66, -1, -1)]
    broker.minutes["IWM.US"] = [bar(day) for day in days]
    found = read(terminal, -60 * 1440)
    assert [one.at for one in found] == days[5:]
    asked = [args[2:] for name, args, _ in broker.calls if name == "copy_rates_range"][::2]
    assert all(last - first < 30 * 86_400 for first, last in asked)
    assert [first for first, _ in asked[1:]] == [last + 1 for _, last in asked[:-1]]
    broker.maxbars = 10_002
    broker.calls.clear()
    assert read(terminal, -60 * 1440) == found
    asked = [args[2:] for name, args, _ in broker.calls if name == "copy_rates_range"]
    assert max(last - first for first, last in asked) == 600_000 - 1  # less than 10001 minutes


def test_a_history_that_begins_later_is_read_from_its_first_minute_on(broker: Broker) -> None:
    def late(name: str, _frame: int, first: int, last: int) -> Any:  # noqa: ANN401
        rows = [row for row in broker.minutes[name] if first <= row[0] <= last]
        return np.array(rows, dtype=RATES) if rows else None

    module = Bridge(broker)
    module.copy_rates_range = late  # type: ignore[attr-defined]
    clock = ServerClock(ATHENS)
    broker.minutes["IWM.US"] = [bar(NOON)]
    since = NOON - timedelta(days=80)
    assert read_minutes(Reads(module), clock, "IWM.US", since, NOON) == (Minute(NOON, 221.5, 220.5, 0.04),)
    broker.minutes["IWM.US"] = [bar(NOON - timedelta(days=70)), bar(NOON)]
    found = read_minutes(Reads(module), clock, "IWM.US", since, NOON)  # a hole of thirty days
    assert found == Unknown("copy_rates_range for IWM.US failed: -1 Terminal: Call failed")
    broker.minutes["IWM.US"] = []
    assert read_minutes(Reads(module), clock, "IWM.US", since, NOON) == found


def test_what_arrives_in_parts_is_read_until_two_readings_are_alike(broker: Broker) -> None:
    broker.minutes["IWM.US"] = [bar(NOON - n * MINUTE) for n in range(5, -1, -1)]
    module = Bridge(broker)
    whole, parts = broker.functions()["copy_rates_range"], [3, 5]
    module.copy_rates_range = lambda *args: whole(*args)[-(parts.pop(0) if parts else 6) :]  # type: ignore[attr-defined]
    clock = ServerClock(ATHENS)
    found = read_minutes(Reads(module), clock, "IWM.US", NOON - 9 * MINUTE, NOON)
    assert isinstance(found, tuple)
    assert len(found) == 6
    parts += [1, 2, 3, 4]
    found = read_minutes(Reads(module), clock, "IWM.US", NOON - 9 * MINUTE, NOON)
    assert found == Unknown("minutes of IWM.US are still loading")


def test_minutes_that_end_before_the_last_tick_are_not_whole(terminal: MetaTrader, broker: Broker) -> None:
    broker.minutes["IWM.US"] = [bar(NOON - 2 * MINUTE)]  # the last tick is of 16:59:58.75
    told = "minutes of IWM.US are still loading: the last is 2025-01-15 16:58, its last tick is newer"
    assert read(terminal) == Unknown(told)
    broker.minutes["IWM.US"] = []
    assert read(terminal) == Unknown(told.replace("2025-01-15 16:58", "none"))
    broker.ticks["IWM.US"] = SimpleNamespace(bid=0.0, ask=0.0, time_msc=0)  # a symbol that was just selected
    assert read(terminal) == ()


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([bar(NOON, low=0.0)], "a minute of IWM.US was high 221.5, low 0, spread 40 points"),
        ([bar(NOON, high=220.0)], "a minute of IWM.US was high 220, low 220.5, spread 40 points"),
        ([bar(NOON, high=float("inf"))], "a minute of IWM.US was high inf, low 220.5, spread 40 points"),
        ([bar(NOON, spread=-1)], "a minute of IWM.US was high 221.5, low 220.5, spread -1 points"),
        ([bar(NOON), bar(NOON)], "minutes of IWM.US do not ascend"),
    ],
)
def test_minutes_that_cannot_be_are_refused(
    terminal: MetaTrader, broker: Broker, rows: list[tuple[float, ...]], told: str
) -> None:
    broker.minutes["IWM.US"] = rows
    assert read(terminal) == Unknown(told)


def test_a_symbol_that_is_not_offered_or_has_no_bars_of_bids_is_told(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.symbols["IWM.US"].chart_mode = 1
    assert read(terminal) == Unknown("bars of IWM.US are not of bids: chart mode 1")
    del broker.symbols["IWM.US"]
    assert read(terminal) == Unknown("symbol_info for IWM.US failed: -1 Terminal: Call failed")


def test_the_paper_terminal_brings_all_minutes_although_the_first_reading_is_half_of_them() -> None:
    paper = play("2018-12-26T16:00:30")
    since, until = at("2018-12-21T15:00"), at("2018-12-26T16:00:30")
    found = read_minutes(Reads(paper), ServerClock("New_York+7"), "IWM.US", since, until)
    assert isinstance(found, tuple)
    assert (found[0].at, found[-1].at) == (since - MINUTE, at("2018-12-26T16:00"))
    ticks = paper.copy_ticks_range(
        "IWM.US", 1545418800 + 7200, 1545418859 + 7200, -1
    )  # 19:00 UTC on the 21st
    (one,) = (minute for minute in found if minute.at == datetime(2018, 12, 21, 19, tzinfo=UTC))
    assert (one.high, one.low) == (ticks["bid"].max(), ticks["bid"].min())
    assert one.spread == pytest.approx((ticks["ask"] - ticks["bid"])[0])
