"""Symbols that come and go: none is left silently, none is taken out of the user's Market Watch."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from types import SimpleNamespace

import pytest

from assistant.core.market import Unknown
from assistant.terminal.metatrader import MetaTrader
from tests.doubles import bridge
from tests.doubles.bridge import NOON, Broker
from tests.doubles.cycles import terminal_of

CLOSED = date(2025, 1, 14)  # the last finished session at NOON


def last_close(terminal: MetaTrader, at: datetime) -> float:
    """The last close of IWM, once its history has been read twice alike."""
    for seconds in (0, 1):
        bars = terminal.bars(CLOSED, at + timedelta(seconds=seconds))["IWM"]
    assert isinstance(bars, tuple)
    return bars[-1].close


def test_market_watch_gets_what_is_missing_and_loses_nothing(broker: Broker) -> None:
    broker.symbols["SPY.US"].select = True  # the user's own
    terminal = terminal_of(broker)
    terminal.connect()
    terminal.close()
    selected = [args for name, args, _ in broker.calls if name == "symbol_select"]
    assert selected == [("IWM.US", True), ("XLU.US", True)]


def test_a_symbol_that_vanishes_stays_as_a_lack_and_is_not_left_for_another_pair(
    terminal: MetaTrader, broker: Broker
) -> None:
    last_close(terminal, NOON)
    del broker.symbols["IWM.US"]
    lost = Unknown("IWM.US, which is IWM, was offered before and is not now")
    later = NOON + timedelta(minutes=5)
    terminal.instruments(terminal.quotes(later), later)
    assert terminal.bars(CLOSED, later)["IWM"] == lost
    assert terminal.problems[0] == "not offered by this broker: IWM"
    terminal.connect()
    assert terminal.bars(CLOSED, later)["IWM"] == lost  # over a new connection, too


def test_a_symbol_that_comes_back_has_its_old_place(terminal: MetaTrader, broker: Broker) -> None:
    last_close(terminal, NOON)
    before = list(terminal.quotes(NOON))
    gone = broker.symbols.pop("IWM.US")
    later = NOON + timedelta(minutes=5)
    terminal.instruments(terminal.quotes(later), later)
    terminal.bars(CLOSED, later)
    assert "IWM" not in terminal.quotes(later)
    broker.symbols["IWM.US"] = gone
    later += timedelta(minutes=5)
    terminal.bars(CLOSED, later)
    assert list(terminal.quotes(later)) == before


def test_a_symbol_that_seems_renamed_is_not_taken_for_the_same_in_this_run(
    terminal: MetaTrader, broker: Broker
) -> None:
    last_close(terminal, NOON)
    broker.symbols["#IWM"] = broker.symbols.pop("IWM.US")
    broker.symbols["#IWM"].name = "#IWM"
    broker.bars["#IWM"] = broker.bars["IWM.US"]
    broker.ticks["#IWM"] = SimpleNamespace(bid=221.125, ask=221.165, time_msc=bridge.server(NOON))
    later = NOON + timedelta(minutes=5)
    assert [one.symbol for one in terminal.instruments(terminal.quotes(later), later)] == ["SPY", "XLU"]
    assert isinstance(terminal.bars(CLOSED, later)["IWM"], Unknown)
    terminal.instruments(terminal.quotes(later), later)
    told = "IWM was IWM.US and could now be #IWM: start again if it is"
    assert list(terminal.problems) == [told]
    again = terminal_of(broker)
    again.connect()
    assert next(iter(again.quotes(later))) == "IWM"


@pytest.mark.parametrize("name", ["symbol_select", "symbol_info"])
def test_a_failure_at_the_connection_does_not_leave_a_leg_for_another_pair(broker: Broker, name: str) -> None:
    broker.fails |= {name, "symbols_get"}
    terminal = terminal_of(broker)
    terminal.connect()
    broker.fails.clear()
    first = terminal.bars(CLOSED, NOON)
    assert all(isinstance(first[symbol], Unknown) for symbol in ("IWM", "SPY"))
    terminal.bars(CLOSED, NOON + timedelta(seconds=15))  # looked for again, soon
    assert list(terminal.problems) == []
    assert list(terminal.quotes(NOON)) == ["IWM", "SPY", "XLU"]


def test_symbols_that_are_known_only_with_the_broker_are_looked_for_once_it_is_there(broker: Broker) -> None:
    spy = broker.symbols.pop("SPY.US")
    broker.connected = False  # the terminal has just been started
    terminal = terminal_of(broker)
    terminal.connect()
    terminal.bars(CLOSED, NOON)
    broker.symbols["SPY.US"], broker.connected = spy, True
    terminal.bars(CLOSED, NOON + timedelta(seconds=1))
    assert list(terminal.problems) == ["not offered by this broker: SPY"]
    terminal.facts()
    terminal.bars(CLOSED, NOON + timedelta(seconds=2))
    assert list(terminal.problems) == []


def test_a_symbol_that_its_user_hides_is_selected_again(terminal: MetaTrader, broker: Broker) -> None:
    broker.symbols["SPY.US"].select = False
    terminal.instruments(terminal.quotes(NOON), NOON)
    assert broker.symbols["SPY.US"].select


def test_a_missing_symbol_is_looked_for_by_name_every_five_minutes(broker: Broker) -> None:
    spy = broker.symbols.pop("SPY.US")
    terminal = terminal_of(broker)
    terminal.connect()
    broker.symbols["SPY.US"] = spy
    terminal.bars(CLOSED, NOON)
    terminal.bars(CLOSED, NOON + timedelta(seconds=299))
    assert list(terminal.problems) == ["not offered by this broker: SPY"]
    terminal.bars(CLOSED, NOON + timedelta(seconds=300))
    assert list(terminal.problems) == []
    assert list(terminal.quotes(NOON)) == ["IWM", "SPY", "XLU"]


def test_all_that_is_offered_is_looked_through_at_the_connection_and_every_hour(broker: Broker) -> None:
    del broker.symbols["SPY.US"]
    terminal = terminal_of(broker)
    terminal.connect()
    for minutes in range(121):
        terminal.bars(CLOSED, NOON + timedelta(minutes=minutes))
    assert sum(name == "symbols_get" for name, _, _ in broker.calls) == 3


def test_a_changed_number_of_bars_makes_histories_be_read_again(terminal: MetaTrader, broker: Broker) -> None:
    terminal.facts()
    last_close(terminal, NOON)
    broker.maxbars = 101
    terminal.facts()
    later = NOON + timedelta(seconds=2)
    assert isinstance(terminal.bars(CLOSED, later)["IWM"], Unknown)
    bars = terminal.bars(CLOSED, later + timedelta(seconds=1))["IWM"]
    assert isinstance(bars, tuple)
    assert len(bars) == 99  # of 100 that are handed out the last one is not finished
