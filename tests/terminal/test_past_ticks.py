"""The ticks that a terminal keeps, read for a short span of time."""

from __future__ import annotations

from datetime import timedelta
from types import ModuleType

from assistant.core.market import Quote, Unknown
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.sessions import Sessions
from tests.doubles import bridge
from tests.doubles.bridge import NOON, Broker
from tests.doubles.cycles import terminal_of
from tests.terminal.playing import at, play


def tick(seconds: float, bid: float, ask: float) -> tuple[float, ...]:
    ms = bridge.server(NOON + timedelta(seconds=seconds))
    return (ms // 1000, bid, ask, 0.0, 0, ms, 6, 0.0)


def test_ticks_lie_in_the_span_and_are_told_in_utc(broker: Broker) -> None:
    times = (-2.001, -2, -0.25, 1.75, 1.751)
    rows = [tick(n, 221.1 + n, 221.16 + n) for n in times]
    broker.past_ticks = {"IWM.US": [*rows, tick(1, float("nan"), 221.0)]}
    terminal = terminal_of(broker)
    terminal.connect()
    since, until = NOON - timedelta(seconds=2), NOON + timedelta(seconds=1.75)
    found = terminal.ticks("IWM.US", since, until)
    assert found == tuple(
        Quote(221.1 + n, 221.16 + n, NOON + timedelta(seconds=n)) for n in (-2, -0.25, 1.75)
    )
    assert terminal.ticks("SPY.US", since, until) == ()
    broker.fails = {"copy_ticks_range"}
    told = "copy_ticks_range for IWM.US failed: -1 Terminal: Call failed"
    assert terminal.ticks("IWM.US", since, until) == Unknown(told)


def test_a_bridge_without_ticks_serves_all_else(broker: Broker) -> None:
    module = ModuleType("plain")
    for name, function in broker.functions().items():
        if name != "copy_ticks_range":
            setattr(module, name, function)
    terminal = MetaTrader(module, {}, Sessions.packaged(), zone="New_York+7", sessions=600)
    terminal.connect()
    assert terminal.account().balance == 99_500.0
    told = "the terminal's module has no copy_ticks_range"
    assert terminal.ticks("IWM.US", NOON, NOON) == Unknown(told)


def test_the_paper_terminal_gives_the_ticks_of_its_quotes() -> None:
    paper = play("2018-12-26T15:00")
    terminal = MetaTrader(paper, {}, Sessions.packaged(), zone="New_York+7", sessions=600)
    terminal.connect()
    now = at("2018-12-26T15:00")
    found = terminal.ticks("IWM.US", now - timedelta(minutes=5), now)
    assert not isinstance(found, Unknown)
    assert len(found) > 10
    assert all(now - timedelta(minutes=5) <= one.at <= now for one in found)
    last = paper.symbol_info_tick("IWM.US")
    assert (found[-1].bid, found[-1].ask) == (last.bid, last.ask)
