"""Daily bars through the adapter: finished sessions only, none that cannot be, and read again in time."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest

from assistant.core.market import (
    Role,
    Unknown,
)
from assistant.terminal.clock import NEW_YORK_PLUS_7, ServerClock
from assistant.terminal.metatrader import MetaTrader
from tests.doubles import bridge
from tests.doubles.bridge import NOON, Bridge, Broker
from tests.doubles.cycles import terminal_of

CLOSED = date(2025, 1, 14)  # the last finished session at NOON
FAILED = "failed: -1 Terminal: Call failed"


def test_bars_end_with_the_last_finished_session(terminal: MetaTrader, broker: Broker) -> None:
    bars = terminal.bars(CLOSED, NOON)["IWM"]
    assert isinstance(bars, tuple)
    assert len(broker.bars["IWM.US"]) == 301  # with today's, unfinished
    assert len(bars) == 300
    assert bars[-1].session == CLOSED
    assert bars[-1].close == pytest.approx(221.125 + 0.05)
    assert (bars[0].session, bars[0].low) == (bridge.sessions(CLOSED, 300)[0], bars[0].close - 1.0)


def test_bars_are_read_again_only_when_a_session_has_closed(terminal: MetaTrader, broker: Broker) -> None:
    def reads() -> int:
        return sum(name == "copy_rates_from_pos" for name, _, _ in broker.calls)

    terminal.bars(CLOSED, NOON)
    terminal.bars(CLOSED, NOON)
    assert reads() == 3
    later = terminal.bars(date(2025, 1, 15), NOON)["IWM"]
    assert reads() == 6
    assert isinstance(later, tuple)
    assert later[-1].session == date(2025, 1, 15)


def test_bars_are_read_again_every_five_minutes_and_after_the_clock_was_set_back(
    terminal: MetaTrader, broker: Broker
) -> None:
    def close(seconds: float) -> float:
        bars = terminal.bars(CLOSED, NOON + timedelta(seconds=seconds))["IWM"]
        assert isinstance(bars, tuple)
        return bars[-1].close

    first = close(0)
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 123.5)  # a close that the broker corrected
    assert [close(seconds) for seconds in (1, 299.9, 300)] == [first, first, 123.5]
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 124.5)
    assert close(299) == 124.5


def test_a_symbol_without_any_bars_is_unknown(terminal: MetaTrader, broker: Broker) -> None:
    broker.bars["IWM.US"].clear()
    assert terminal.bars(CLOSED, NOON)["IWM"] == Unknown("IWM.US has no daily bars")


def test_before_the_first_session_there_are_no_bars(terminal: MetaTrader) -> None:
    assert terminal.bars(None, NOON)["IWM"] == ()


def test_bars_that_fail_are_unknown_and_asked_for_again(terminal: MetaTrader, broker: Broker) -> None:
    broker.fails.add("copy_rates_from_pos")
    assert terminal.bars(CLOSED, NOON)["IWM"] == Unknown(f"copy_rates_from_pos for IWM.US {FAILED}")
    broker.fails.clear()
    bars = terminal.bars(CLOSED, NOON)["IWM"]
    assert isinstance(bars, tuple)
    assert len(bars) == 300


def test_bars_are_read_again_after_five_minutes_so_that_a_late_history_arrives(
    terminal: MetaTrader, broker: Broker
) -> None:
    whole = broker.bars["IWM.US"]
    broker.bars["IWM.US"] = whole[-121:]  # still loading: 120 finished sessions
    assert count(terminal, NOON) == 120
    broker.bars["IWM.US"] = whole
    assert count(terminal, NOON + timedelta(seconds=299)) == 120
    assert count(terminal, NOON + timedelta(seconds=300)) == 300


def count(terminal: MetaTrader, as_of: datetime) -> int:
    bars = terminal.bars(CLOSED, as_of)["IWM"]
    assert not isinstance(bars, Unknown)
    return len(bars)


def test_a_history_that_became_shorter_is_not_taken(terminal: MetaTrader, broker: Broker) -> None:
    assert count(terminal, NOON) == 300
    broker.bars["IWM.US"] = broker.bars["IWM.US"][-271:]  # loading again: 270 finished sessions
    later = NOON + timedelta(minutes=5)
    assert terminal.bars(CLOSED, later)["IWM"] == Unknown("IWM has 270 daily bars, after 300 before")
    assert isinstance(terminal.bars(CLOSED, later + timedelta(seconds=1))["IWM"], Unknown)


def test_the_place_of_the_unfinished_bar_is_no_loss_of_history(broker: Broker) -> None:
    wanted = {"IWM": (Role.RISK_ON, ("IWM.US",))}
    terminal = MetaTrader(Bridge(broker), wanted, ServerClock(NEW_YORK_PLUS_7), sessions=200)
    terminal.connect()
    assert count(terminal, NOON) == 199  # 200 bars are asked for, the last one is not finished
    after = terminal.bars(date(2025, 1, 15), NOON + timedelta(hours=5))["IWM"]
    assert not isinstance(after, Unknown)
    assert len(after) == 200  # now it is
    assert count(terminal, NOON + timedelta(hours=22)) == 199  # and then not the next one


def test_a_symbol_that_was_missing_is_found_when_the_bars_are_due(broker: Broker) -> None:
    spy = broker.symbols.pop("SPY.US")
    terminal = terminal_of(broker)
    terminal.connect()
    broker.symbols["SPY.US"] = spy
    terminal.bars(CLOSED, NOON)
    assert terminal.problems == ()
    assert list(terminal.quotes()) == ["IWM", "XLU", "SPY"]


def test_bars_read_without_the_broker_are_read_again_as_soon_as_it_is_back(
    terminal: MetaTrader, broker: Broker
) -> None:
    whole = broker.bars["IWM.US"][-2]
    broker.connected = False
    terminal.facts()
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 222.025)  # the link broke before the close
    assert last_close(terminal, NOON) == 222.025
    terminal.facts()
    assert last_close(terminal, NOON + timedelta(seconds=1)) == 222.025
    broker.connected, broker.bars["IWM.US"][-2] = True, whole
    terminal.facts()
    assert last_close(terminal, NOON + timedelta(seconds=2)) == whole[4]
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 222.025)
    terminal.facts()  # it was there before, too: nothing is read again before its time
    assert last_close(terminal, NOON + timedelta(seconds=3)) == whole[4]


def last_close(terminal: MetaTrader, as_of: datetime) -> float:
    bars = terminal.bars(CLOSED, as_of)["IWM"]
    assert not isinstance(bars, Unknown)
    return bars[-1].close


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
    ],
)
def test_a_bad_bar_is_named_with_symbol_and_date(
    terminal: MetaTrader, broker: Broker, changed: dict[str, float]
) -> None:
    day = spoil(broker, 150, **changed)
    bars = terminal.bars(CLOSED, NOON)
    told = bars["IWM"]
    assert isinstance(told, Unknown)
    assert told.reason.startswith(f"the bar of IWM.US on {day} was open ")
    assert isinstance(bars["SPY"], tuple)


def test_bars_that_do_not_ascend_are_named(terminal: MetaTrader, broker: Broker) -> None:
    rows = broker.bars["IWM.US"]
    days = bridge.sessions(NOON.date(), 301)
    rows[10], rows[11] = rows[11], rows[10]
    told = terminal.bars(CLOSED, NOON)["IWM"]
    assert told == Unknown(f"bars of IWM.US do not ascend: {days[10]} follows {days[11]}")


def test_a_session_that_comes_twice_is_named(terminal: MetaTrader, broker: Broker) -> None:
    rows = broker.bars["IWM.US"]
    rows[10] = rows[11]
    told = terminal.bars(CLOSED, NOON)["IWM"]
    assert isinstance(told, Unknown)
    assert "do not ascend" in told.reason


def test_a_bar_is_dated_by_the_servers_midnight(terminal: MetaTrader, broker: Broker) -> None:
    stamp = int(datetime(2025, 1, 14, tzinfo=UTC).timestamp())
    for late in (0, 3600, 86_399):  # some servers stamp the first tick
        broker.bars["IWM.US"][-2] = (stamp + late, *broker.bars["IWM.US"][-2][1:])
        terminal.connect()
        bars = terminal.bars(CLOSED, NOON)["IWM"]
        assert isinstance(bars, tuple)
        assert bars[-1].session == CLOSED
