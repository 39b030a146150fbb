"""The same promises over every broker that the stand-in plays, and over the double of these tests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assistant.app import Assistant
from assistant.clock import Clock, PaperClock
from assistant.core.advice import Advice, Track, advise
from assistant.core.market import PerLot, Quote, Side, TradeMode, Unknown
from assistant.core.snapshot import Snapshot
from assistant.errors import TerminalError
from assistant.outputs.journal import read_journal
from assistant.source import Source, read_snapshot, warm_up
from assistant.terminal import paper
from assistant.terminal.faults import ERRORS
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.reads import READS, RES_E_INTERNAL_FAIL
from assistant.terminal.sessions import Sessions
from assistant.terminal.symbols import Wanted
from tests.doubles.bridge import Bridge, Broker, HandClock
from tests.doubles.cycles import packaged_config
from tests.doubles.guard import Guard, state_of

SOURCES = ("A", "B", "C", "D", "E", "double")
TABLE = Sessions.packaged()
IN_SESSION = datetime(2018, 12, 26, 17, 0, tzinfo=UTC)
# Account currency lost by one lot over 1.0 of price: contract size and, on an account in EUR, 1 / EURUSD.
LOSS = {"A": 1.0, "C": 100.0, "E": 1.0, "double": 93.0}
ZONES = {"A": "New_York+7", "C": "New_York+7", "E": "New_York+7", "B": "Europe/Athens", "D": "Europe/Athens"}
SECOND = timedelta(seconds=1)


class Bench:
    """One source of quotes, guarded, with its clock."""

    def __init__(self, name: str, folder: Path, at: datetime = IN_SESSION) -> None:
        self.name = name
        module: ModuleType
        clock: Clock
        if name == "double":
            broker = Broker(folder)
            for price in broker.symbols.values():
                price.volume_max = 80.0
            module, clock, zone = Bridge(broker), HandClock(broker), "New_York+7"
        else:
            paper.reset(at, folder, profile=name)
            module, clock, zone = paper, PaperClock(paper, 1e9), "auto"
        self.guard = Guard(module)
        self.state = state_of(self.guard)
        wanted = {
            symbol: Wanted(role=one.role, names=one.names, isin=one.isin, description=one.description)
            for symbol, one in packaged_config().symbols.items()
            if one
        }
        terminal = MetaTrader(self.guard, wanted, TABLE, zone=zone, sessions=600)
        self.source = Source(terminal, clock, TABLE, "live")

    def connected(self) -> Bench:
        self.source.terminal.connect()
        warm_up(self.source)
        return self

    def read(self) -> Snapshot:
        return read_snapshot(self.source)

    def advice(self) -> Advice:
        return advise(self.read(), Track(), packaged_config().settings)[0]


@pytest.fixture(params=SOURCES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    yield Bench(request.param, tmp_path)
    paper.faults.clear()


def lots(advice: Advice) -> list[float]:
    return [
        number
        for one in advice.symbols
        for side in one.sides.values()
        for number in (side.lots, side.plan_lots)
    ]


# A good day


def test_everything_is_read_and_nothing_but_reading_functions_is_touched(bench: Bench) -> None:
    snapshot = bench.connected().read()
    offered = 2 if bench.name == "E" else 3 if bench.name == "double" else 12
    assert len(snapshot.instruments) == len({one.broker_symbol for one in snapshot.instruments}) == offered
    assert set(bench.state.calls) <= set(READS)
    for instrument in snapshot.instruments:
        assert set(instrument.per_lot) == set(Side)
        assert all(isinstance(one, PerLot) for one in instrument.per_lot.values())
        assert instrument.trade_mode is TradeMode.FULL
    with pytest.raises(AssertionError, match="order_send was touched"):
        _ = bench.guard.order_send


def test_quotes_are_fresh_and_the_clock_is_known(bench: Bench) -> None:
    snapshot = bench.connected().read()
    assert snapshot.terminal.clock_doubt is None
    assert snapshot.terminal.clock == ZONES.get(bench.name, "New_York+7")
    for quote in snapshot.quotes.values():
        assert isinstance(quote, Quote)
        assert timedelta() <= snapshot.as_of - quote.at < 6 * SECOND


def test_histories_end_with_the_last_finished_session_and_hold_sessions_only(bench: Bench) -> None:
    snapshot = bench.connected().read()
    finished = snapshot.hours.last_session
    known = {one.date for one in TABLE.until(finished, 700)}
    for bars in snapshot.bars.values():
        assert isinstance(bars, tuple), bars
        days = [bar.session for bar in bars]
        assert days[-1] == finished
        assert days == sorted(set(days) & known)
        assert len(days) == {"D": 59, "double": 300}.get(bench.name, len(days))


@pytest.mark.parametrize("bench", ["A", "C", "E", "double"], indirect=True)
def test_what_a_lot_loses_is_the_contracts(bench: Bench) -> None:
    for instrument in bench.connected().read().instruments:
        for per_lot in instrument.per_lot.values():
            assert isinstance(per_lot, PerLot)
            assert per_lot.loss_per_unit == pytest.approx(LOSS[bench.name], rel=1e-5)


@pytest.mark.parametrize("bench", ["B", "D"], indirect=True)
def test_on_an_account_in_euro_a_loss_is_converted_at_the_cross_rate(bench: Bench) -> None:
    bench.connected()
    cross: Any = paper.symbol_info_tick("EURUSD")  # hidden, and quoted all the same
    for instrument in bench.read().instruments:
        for per_lot in instrument.per_lot.values():
            assert isinstance(per_lot, PerLot)
            # what is lost in USD is bought with EUR at the lower of the two prices
            assert per_lot.loss_per_unit == pytest.approx(1 / cross.bid, rel=2e-4)
            assert per_lot.loss_per_unit > 1 / cross.ask


def test_the_account_adds_up(bench: Bench) -> None:
    account = bench.connected().read().account
    assert all(
        isfinite(one) for one in (account.balance, account.equity, account.credit, account.free_margin)
    )
    assert account.free_margin <= account.equity
    assert account.hedging is (bench.name != "C")


def test_in_the_steady_state_a_symbol_costs_three_calls_at_most(bench: Bench) -> None:
    bench.connected().read()
    clock = bench.source.clock
    for _ in range(13):  # the first two minutes, in which the newest bars are looked at more often
        clock.sleep(10.0)
        bench.read()
    count = len(bench.read().instruments)
    bench.state.calls.clear()
    cycles = 60  # a minute: with what is asked every half minute
    for _ in range(cycles):
        clock.sleep(1.0)
        bench.read()
    calls = sum(bench.state.calls.values())
    of_the_account = 6 * cycles  # terminal and account first and last, positions, orders
    assert calls <= 3 * count * cycles + of_the_account
    # with 60 sessions of history the calendar is not proved, and looked for again every half minute
    assert bench.state.calls["copy_rates_from_pos"] == (2 if bench.name == "D" else 0)


def test_lots_are_advised_where_all_is_well(bench: Bench) -> None:
    advice = bench.connected().advice()
    assert max(lots(advice)) > 0
    assert advice.regime.proxy is (bench.name == "E")
    assert advice.regime.legs == (("US2000", "US500") if bench.name == "E" else ("IWM", "SPY"))


# A function that fails


def told_by(bench: Bench) -> list[str]:
    """Connect anew and read: the error, or all reasons in the snapshot, which then leave no lots."""
    try:
        bench.source.terminal.connect()
        warm_up(bench.source)
        snapshot = bench.read()
    except TerminalError as error:
        return [str(error)]
    assert max(lots(advise(snapshot, Track(), packaged_config().settings)[0]), default=0.0) == 0.0
    facts: list[object] = [*snapshot.quotes.values(), *snapshot.bars.values()]
    facts += [one for instrument in snapshot.instruments for one in instrument.per_lot.values()]
    return [*snapshot.problems, *(one.reason for one in facts if isinstance(one, Unknown))]


SELDOM_CALLED = {
    *("history_orders_get", "history_deals_get", "symbols_get", "symbol_select", "copy_rates_range")
}
ALWAYS_CALLED = set(READS) - SELDOM_CALLED - {"last_error", "shutdown"}


@pytest.mark.parametrize("function", sorted(ALWAYS_CALLED))
@pytest.mark.parametrize("bench", ["B", "E", "double"], indirect=True)
def test_every_error_of_every_function_leaves_no_lots_and_a_reason(bench: Bench, function: str) -> None:
    bench.connected()
    for code, text in ERRORS.items():
        bench.state.failing = {function: (code, text)}
        reasons = told_by(bench)
        # symbol_info is how symbols are looked for: where it fails none of them is offered
        wanted = (
            "not offered by this broker" if function == "symbol_info" and code > -10000 else f"{code} {text}"
        )
        assert any(wanted in reason for reason in reasons), (code, reasons)


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_symbol_that_cannot_be_selected_is_left_out_or_the_terminal_is_gone(
    tmp_path: Path, code: int
) -> None:
    bench = Bench("E", tmp_path, datetime(2018, 12, 20, 17, 0, tzinfo=UTC))  # before its trader's first order
    bench.state.failing = {"symbol_select": (code, ERRORS[code])}
    reasons = told_by(bench)
    assert any(f"failed: {code} {ERRORS[code]}" in reason for reason in reasons)


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_deals_that_cannot_be_read_are_an_error_and_a_missing_catalogue_is_none(
    tmp_path: Path, code: int
) -> None:
    bench = Bench("A", tmp_path).connected()
    bench.state.failing = dict.fromkeys(("history_deals_get", "symbols_get"), (code, ERRORS[code]))
    with pytest.raises(TerminalError, match=f"history_deals_get failed: {code} "):
        bench.source.terminal.deals(IN_SESSION, IN_SESSION)
    if code > RES_E_INTERNAL_FAIL:  # the names suffice for the twelve that are offered
        assert max(lots(bench.connected().advice())) > 0
    else:
        with pytest.raises(TerminalError, match=f"symbols_get failed: {code} "):
            bench.connected()


def test_a_terminal_that_went_away_is_an_error_until_it_is_back(tmp_path: Path) -> None:
    bench = Bench("A", tmp_path).connected()
    paper.faults.lose_terminal()
    with pytest.raises(TerminalError, match="-10002 IPC recv failed"):
        bench.read()
    with pytest.raises(TerminalError, match="-10004 No IPC connection"):
        bench.read()
    with pytest.raises(TerminalError, match="-10003 IPC initialize failed"):
        bench.source.terminal.connect()
    paper.faults.clear()
    assert max(lots(bench.connected().advice())) > 0


# A day that changes


@pytest.fixture
def paper_a(tmp_path: Path) -> Iterator[Bench]:
    yield Bench("A", tmp_path).connected()
    paper.faults.clear()


def test_another_account_in_the_middle_of_a_reading_discards_it(
    paper_a: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = paper.orders_get

    def switched(**named: object) -> object:
        paper.faults.switch_account("C")
        return orders(**named)

    monkeypatch.setattr(paper, "orders_get", switched)
    with pytest.raises(TerminalError, match="left login 9000001 on Paper-Demo while it was read"):
        paper_a.read()


def test_deals_of_another_account_are_never_journaled(
    paper_a: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deals = paper.history_deals_get

    def switched(*dates: int) -> object:
        paper.faults.switch_account("C")
        return deals(*dates)

    monkeypatch.setattr(paper, "history_deals_get", switched)
    told = "left login 9000001 while its deals were read"
    with (
        Assistant(packaged_config(), tmp_path / "home", paper_a.source, publish=False, dry_run=False) as one,
        pytest.raises(TerminalError, match=told),
    ):
        one.cycle()
    kinds = [entry["kind"] for entry in read_journal(one.journal.path)]
    assert kinds == ["start", "terminal", "stop"]


def test_a_symbol_that_becomes_close_only_is_not_bought(paper_a: Bench) -> None:
    paper.faults.set_trade_mode("IWM.US", paper.SYMBOL_TRADE_MODE_CLOSEONLY)
    iwm = paper_a.advice().symbols[0]
    assert [side.lots for side in iwm.sides.values()] == [0.0, 0.0]
    assert {side.binding.name for side in iwm.sides.values()} == {"trade_mode"}


def test_close_only_minutes_before_the_close_are_seen(tmp_path: Path) -> None:
    bench = Bench("D", tmp_path, datetime(2018, 12, 26, 20, 52, tzinfo=UTC)).connected()
    for symbol in bench.advice().symbols:
        assert symbol.instrument.trade_mode is TradeMode.CLOSE_ONLY
        assert max(side.lots for side in symbol.sides.values()) == 0.0


def test_a_leg_that_vanishes_is_stale_and_leaves_no_lots(paper_a: Bench) -> None:
    paper.faults.vanish("IWM.US")
    paper_a.source.clock.sleep(301)
    advice = advise(paper_a.read(), Track(), packaged_config().settings)[0]
    assert advice.regime.legs == ("IWM", "SPY")
    assert max(lots(advice)) == 0.0
    stale = [cap.reason for cap in advice.caps if cap.name == "stale" and cap.scope == "account"]
    assert any("IWM" in reason for reason in stale)


def test_a_feed_that_freezes_is_stale_then_halted(paper_a: Bench) -> None:
    for one in paper_a.read().instruments:
        paper.faults.freeze(one.broker_symbol)
    paper_a.source.clock.sleep(20)
    stale = paper_a.advice()
    assert max(lots(stale)) == 0.0
    assert "halted" not in {cap.name for cap in stale.caps}
    paper_a.source.clock.sleep(600)
    assert "halted" in {cap.name for cap in paper_a.advice().caps}


@pytest.mark.parametrize("minutes", [15, 30, 60, 120])
def test_a_feed_that_stood_still_for_whole_hours_is_never_taken_for_fresh(
    tmp_path: Path, minutes: int
) -> None:
    """Met for the first time when its last tick is exactly so old, at which a shifted clock would fit."""
    bench = Bench("A", tmp_path)
    for name in ("IWM", "SPY", "QQQ", "XLF", "XLI", "XLY", "XLU", "XLP", "XLV", "KRE", "HYG", "IEF"):
        paper.faults.freeze(f"{name}.US")
    paper.advance(minutes * 60)
    advice = bench.connected().advice()
    assert max(lots(advice)) == 0.0
    assert any(cap.name in {"stale", "halted"} for cap in advice.caps)


@pytest.mark.parametrize("letter", ["A", "B"])
def test_a_monday_after_the_clocks_changed_is_right_from_the_first_ticks(tmp_path: Path, letter: str) -> None:
    """Friday 2018-10-26 into Monday 10-29: Europe has set its clocks back, New York has not."""
    bench = Bench(letter, tmp_path, datetime(2018, 10, 26, 19, 0, tzinfo=UTC)).connected()
    assert max(lots(bench.advice())) > 0
    clock = bench.source.clock
    while (now := clock.now()) < datetime(2018, 10, 29, 13, 40, tzinfo=UTC):
        clock.sleep(60 if now >= datetime(2018, 10, 29, 13, 29, tzinfo=UTC) else 3600)
        snapshot = bench.read()
        for quote in snapshot.quotes.values():
            assert isinstance(quote, Quote)
            assert quote.at <= snapshot.as_of  # no wrong offset makes a tick younger than now
    warm_up(bench.source)
    advice = bench.advice()
    assert advice.terminal.clock == ZONES[letter]
    assert max(lots(advice)) > 0
