"""A broker whose quotes are wrong for a while, through the adapter and a whole advice: no lots rise by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from math import inf, nan
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.market import Side
from assistant.source import Source, open_source, read_snapshot, warm_up
from assistant.terminal import paper
from assistant.terminal.structs import Struct
from tests.doubles import bridge
from tests.doubles.bridge import PRICES, Broker, server
from tests.doubles.cycles import packaged_config, source_of

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
NAMES = ("IWM.US", "SPY.US", "XLU.US")
SETTINGS = packaged_config().settings
BY_DAY = replace(SETTINGS, plan=replace(SETTINGS.plan, hold="intraday"))  # its lots are too large for a night


def lots(advice: Advice) -> dict[tuple[str, Side], float]:
    symbols = ((one.instrument.symbol, one.sides) for one in advice.symbols)
    return {(symbol, side): one.lots for symbol, sides in symbols for side, one in sides.items()}


def reasons(advice: Advice) -> set[tuple[str, str]]:
    told = ("stale", "spike", "frozen", "price step")
    return {(cap.name, cap.scope) for cap in advice.caps if cap.name in told}


class Feed:
    """An assistant's cycles over a broker, with what they remember."""

    def __init__(self, broker: Broker) -> None:
        self.broker, self.track = broker, Track()
        self.source: Source = source_of(broker)
        self.source.terminal.connect()
        warm_up(self.source)

    def cycle(self, after: timedelta = SECOND) -> Advice:
        self.broker.now += after
        advice, self.track = advise(read_snapshot(self.source), self.track, BY_DAY)
        return advice

    def run(self, looks: int, after: timedelta = SECOND) -> Advice:
        return [self.cycle(after) for _ in range(looks)][-1]


@pytest.fixture
def feed(broker: Broker) -> Feed:
    """Two minutes of good quotes: all prices have been seen, and a position in XLU is open."""
    broker.positions = (bridge.position(name="XLU.US", price_open=77.0, sl=76.0, profit=120.0),)
    made = Feed(broker)
    made.run(9, timedelta(seconds=15))
    return made


def quoted(broker: Broker, bid: float, ask: float, off: float = -1.25) -> SimpleNamespace:
    """A tick with these prices, stamped some seconds off the present."""
    return SimpleNamespace(bid=bid, ask=ask, time_msc=server(broker.now + timedelta(seconds=off)))


def senseless(bid: float, ask: float) -> Iterator[tuple[float, float]]:
    """Zero, crossed, negative, no number, without end, a point misplaced, absurdly wide, and off by 1 %."""
    yield from ((0.0, 0.0), (0.0, ask), (bid, 0.0), (ask, bid), (-bid, ask), (-ask, -bid))
    yield from ((nan, ask), (bid, nan), (nan, nan), (inf, inf), (bid, inf), (-inf, ask))
    yield from ((bid * 10, ask * 10), (bid / 10, ask / 10), (bid / 10, ask), (bid, ask * 1.2))
    yield from ((bid * 1.01, ask * 1.01), (bid * 0.99, ask * 0.99))
    yield from ((5e-324, 5e-324), (1e-9, 1e-9), (1e308, 1e308), (1e12, 1e12))


@pytest.mark.parametrize("name", NAMES)
def test_no_senseless_price_raises_any_lots_nor_leaves_its_symbol_any(feed: Feed, name: str) -> None:
    had = lots(feed.cycle())
    assert min(had[symbol, Side.SELL] for symbol in ("IWM", "SPY", "XLU")) > 0
    for prices in senseless(*PRICES[name]):
        feed.broker.ticks[name] = quoted(feed.broker, *prices, off=-0.25)
        bad = feed.cycle()
        for side, now in lots(bad).items():
            assert now <= had[side], (prices, side)
            assert now == 0 or side[0] != name[:3], (prices, side)
        assert reasons(bad) & {("stale", name[:3]), ("spike", name[:3]), ("spike", "account")}, prices
    if name != "XLU.US":
        return
    del feed.broker.ticks[name]
    after = [lots(feed.cycle()) for _ in range(31)]
    assert max(after[29][name[:3], side] for side in Side) == 0
    assert after[30] == had


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("off", [3600.0, 40.0, -16.0, -3600.0])
def test_no_senseless_stamp_raises_any_lots(feed: Feed, name: str, off: float) -> None:
    had = lots(feed.cycle())
    for _ in range(3):
        feed.broker.now += SECOND
        feed.broker.ticks[name] = quoted(feed.broker, *PRICES[name], off=off)
        bad = feed.cycle(timedelta())
        for side, now in lots(bad).items():
            assert now <= had[side]
            assert now == 0 or side[0] != name[:3]


def test_a_leg_whose_price_is_stamped_anew_is_frozen_once_the_other_has_moved(feed: Feed) -> None:
    """SPY falls by 0.36 % over 6 minutes, XLU stands: 0.3 % is passed after 5, in which IWM has stood."""
    (bid, ask), told = PRICES["SPY.US"], []
    for step in range(24):
        fallen = 1 - 0.0036 * (step + 1) / 24
        feed.broker.ticks["SPY.US"] = quoted(feed.broker, bid * fallen, ask * fallen, off=14.0)
        advice = feed.cycle(timedelta(seconds=15))
        told.append(("frozen", "account") in reasons(advice))
    assert not any(told[:19])
    assert told[-1]
    assert set(lots(advice).values()) == {0.0}
    (reason,) = {cap.reason for cap in advice.caps if cap.name == "frozen"}
    assert reason.startswith("IWM has stood at 221.125/221.165 for 8 min while SPY moved by 0.36 %")


def test_on_the_paper_terminal_a_spike_of_a_leg_is_no_new_risk_and_gone_half_a_minute_after_it(
    tmp_path: Path,
) -> None:
    source = open_source(packaged_config(), tmp_path, paper=True, start=paper.START + HOUR, speed=1e9)
    source.terminal.connect()
    warm_up(source)
    track = Track()

    def cycle(seconds: float) -> Advice:
        nonlocal track
        source.clock.sleep(seconds)
        advice, track = advise(read_snapshot(source), track, SETTINGS)
        return advice

    for _ in range(9):
        good = cycle(15)
    assert reasons(good) == set()
    assert max(lots(good).values()) > 0
    (name,) = (one.instrument.broker_symbol for one in good.symbols if one.instrument.symbol == "SPY")
    tick = paper.symbol_info_tick(name)
    assert isinstance(tick, Struct)
    paper.faults.quote(name, tick.bid * 1.01, tick.ask * 1.01)
    bad = cycle(1)
    assert reasons(bad) == {("spike", "account")}
    assert set(lots(bad).values()) == {0.0}
    paper.faults.clear("quotes")
    seen = [reasons(cycle(1)) for _ in range(32)]
    assert seen[29] == {("spike", "account")}
    assert seen[31] == set()
