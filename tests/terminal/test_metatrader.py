"""The adapter: what the module answers becomes facts, and what it does not answer is never a fact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from assistant.core.market import (
    Account,
    PerLot,
    Position,
    Quote,
    Role,
    Side,
    StopOut,
    TerminalFacts,
    TradeMode,
    Unknown,
)
from assistant.errors import TerminalError
from assistant.terminal.clock import NEW_YORK_PLUS_7
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.reads import MAY_LACK, READS
from assistant.terminal.sessions import Sessions
from assistant.terminal.symbols import Wanted
from tests.doubles import bridge
from tests.doubles.bridge import MAY_TOUCH, NOON, Bridge, Broker
from tests.doubles.cycles import broker_snapshot, terminal_of

CLOSED = date(2025, 1, 14)  # the last finished session at NOON
FAILED = "failed: -1 Terminal: Call failed"


def tick(**changed: Any) -> SimpleNamespace:  # noqa: ANN401 -- numbers of any kind
    return SimpleNamespace(**{"bid": 221.125, "ask": 221.165, "time_msc": bridge.server(NOON)} | changed)


# What is touched


def test_only_reading_functions_are_touched_and_no_credentials_are_passed(broker: Broker) -> None:
    broker.positions, broker.orders = (bridge.position(),), (bridge.order(),)
    del broker.symbols["XLU.US"]  # so that all that is offered is looked through
    broker_snapshot(broker)
    reader = terminal_of(broker)
    reader.connect()
    reader.deals(NOON, NOON)
    reader.fills(NOON, NOON)
    reader.minutes("IWM.US", NOON, NOON)
    reader.ticks("IWM.US", NOON, NOON)
    reader.close()

    assert {*READS, *MAY_LACK} == set(MAY_TOUCH)
    assert {name for name, _, _ in broker.calls} == {*READS, *MAY_LACK}
    starts = [(args, named) for name, args, named in broker.calls if name == "initialize"]
    assert starts == [((), {}), ((), {})]
    assert not any(named for _, _, named in broker.calls)


def test_a_touch_of_anything_else_would_be_seen(broker: Broker) -> None:
    module = Bridge(broker)
    for name in ("order_send", "order_check", "login", "Buy", "market_book_add"):
        with pytest.raises(AssertionError, match=f"{name} was touched"):
            getattr(module, name)


def test_the_path_of_the_terminal_is_the_only_argument_of_the_connection(broker: Broker) -> None:
    path = bridge.PATH + r"\terminal64.exe"
    reader = MetaTrader(
        Bridge(broker), {}, Sessions.packaged(), zone=NEW_YORK_PLUS_7, sessions=600, locate=lambda: path
    )
    reader.connect()
    assert list(broker.calls) == [
        ("initialize", (path,), {}),
        ("terminal_info", (), {}),
        ("account_info", (), {}),
    ]


def test_another_terminal_than_the_one_that_was_meant_is_refused(broker: Broker) -> None:
    reader = MetaTrader(
        *(Bridge(broker), {}, Sessions.packaged()),
        zone=NEW_YORK_PLUS_7,
        sessions=600,
        locate=lambda: r"D:\Prime\terminal64.exe",
    )
    told = rf"the terminal in {bridge.PATH} answered; expected the one in D:\Prime"
    with pytest.raises(TerminalError, match=f"^{re.escape(told)}$"):
        reader.connect()
    broker.path = "d:/prime/"  # letter case and slashes play no part
    reader.connect()
    broker.path = bridge.PATH
    with pytest.raises(TerminalError, match=re.escape(told)):
        reader.facts()


def test_where_connecting_must_not_be_tried_nothing_is_called(broker: Broker) -> None:
    def absent() -> str:
        raise TerminalError("no MetaTrader 5 terminal is running")

    reader = MetaTrader(
        Bridge(broker), {}, Sessions.packaged(), zone=NEW_YORK_PLUS_7, sessions=600, locate=absent
    )
    with pytest.raises(TerminalError, match="is running"):
        reader.connect()
    assert broker.calls == []


def test_a_module_that_lacks_a_function_is_refused_by_name() -> None:
    half = ModuleType("half")
    for name in ("initialize", "shutdown", "last_error", "terminal_info", "account_info", "symbol_info"):
        setattr(half, name, print)
    with pytest.raises(TerminalError, match=r"^module half has no symbol_info_tick, .*orders_get"):
        MetaTrader(half, {}, Sessions.packaged(), zone=NEW_YORK_PLUS_7, sessions=600)


# Good answers


def test_facts_and_account(terminal: MetaTrader, broker: Broker) -> None:
    assert terminal.facts() == TerminalFacts(
        "bridge",
        connected=True,
        common_folder=str(broker.folder),
        path=r"C:\Program Files\Example MT5",
        clock="New_York+7",
        clock_doubt=None,  # it is configured
    )
    assert terminal.account() == Account(
        login=4001,
        server="Example-Live",
        currency="EUR",
        balance=99_500.0,
        equity=99_300.0,
        credit=0.0,
        margin=1_250.0,
        free_margin=60_000.0,
        stop_out=StopOut(0.5, in_money=False),
        hedging=True,
    )


@pytest.mark.parametrize(("mode", "hedging"), [(0, False), (1, False), (2, True)])
def test_only_margin_mode_two_hedges(broker: Broker, terminal: MetaTrader, mode: int, hedging: bool) -> None:
    broker.margin_mode = mode
    assert terminal.account().hedging is hedging


def test_a_tick_becomes_a_quote_in_utc(terminal: MetaTrader) -> None:
    # stamped 1.25 s before 17:00 UTC, which the server writes as 18:59:58.750
    expected = Quote(221.125, 221.165, datetime(2025, 1, 15, 16, 59, 58, 750_000, tzinfo=UTC))
    assert terminal.quotes(NOON)["IWM"] == expected


def test_the_first_name_that_the_broker_knows_is_selected(terminal: MetaTrader, broker: Broker) -> None:
    assert list(terminal.quotes(NOON)) == ["IWM", "SPY", "XLU"]
    asked = [args for name, args, _ in broker.calls if name == "symbol_info"]
    assert asked[:4] == [("IWM.X",), ("IWM.US",), ("SPY.US",), ("XLU.US",)]
    selected = [args for name, args, _ in broker.calls if name == "symbol_select"]
    assert selected == [("IWM.US", True), ("SPY.US", True), ("XLU.US", True)]


def test_an_instrument_states_what_a_lot_loses_in_the_accounts_currency(terminal: MetaTrader) -> None:
    iwm, _, xlu = terminal.instruments(terminal.quotes(NOON), NOON)
    assert (iwm.symbol, iwm.broker_symbol, iwm.role, iwm.digits) == ("IWM", "IWM.US", Role.RISK_ON, 3)
    assert iwm.stops_level == pytest.approx(0.25)  # 250 points of 0.001
    assert (iwm.volume_min, iwm.volume_step, iwm.volume_max) == (0.3, 0.1, 40.0)
    assert iwm.trade_mode is TradeMode.FULL
    assert xlu.role is Role.DEFENSIVE
    for side, price in ((Side.BUY, 221.165), (Side.SELL, 221.125)):
        per_lot = iwm.per_lot[side]
        assert isinstance(per_lot, PerLot)
        # 100 shares a lot x 0.93 EUR a USD, asked for 40 lots and rounded there to a cent
        assert per_lot.loss_per_unit == pytest.approx(93.0, abs=1e-5)
        assert per_lot.margin == pytest.approx(price * 100 * 0.2 * 0.93, abs=1e-3)


def test_what_a_lot_loses_is_asked_on_the_losing_side(terminal: MetaTrader, broker: Broker) -> None:
    terminal.instruments(terminal.quotes(NOON), NOON)
    asked = [args for name, args, _ in broker.calls if name == "order_calc_profit" and args[1] == "IWM.US"]
    assert asked == [
        (0, "IWM.US", 40.0, 221.165, pytest.approx(199.0485)),  # a buy falls by a tenth
        (1, "IWM.US", 40.0, 221.125, pytest.approx(243.2375)),  # a sell rises by a tenth
    ]


def test_positions_are_read_as_they_are(terminal: MetaTrader, broker: Broker) -> None:
    broker.positions = (bridge.position(), bridge.position(82, "GOLD", type=1, sl=0.0, volume=0.02))
    bought, sold = terminal.positions()
    opened = datetime(2025, 1, 15, 16, 0, tzinfo=UTC)
    assert bought == Position(81, "IWM.US", Side.BUY, 1.1, 222.5, 218.25, -140.66, opened)
    assert (sold.broker_symbol, sold.side, sold.lots) == ("GOLD", Side.SELL, 0.02)
    assert sold.stop is None  # 0 means none, not a stop at 0


@pytest.mark.parametrize(
    ("kind", "side"),
    [(2, Side.BUY), (3, Side.SELL), (4, Side.BUY), (5, Side.SELL), (6, Side.BUY), (7, Side.SELL)],
)
def test_pending_orders_have_their_side(terminal: MetaTrader, broker: Broker, kind: int, side: Side) -> None:
    broker.orders = (bridge.order(type=kind, sl=0.0),)
    (pending,) = terminal.orders()
    assert (pending.side, pending.lots, pending.price, pending.stop) == (side, 0.6, 219.5, None)


def test_a_stop_limit_order_opens_at_its_limit(terminal: MetaTrader, broker: Broker) -> None:
    broker.orders = (bridge.order(type=6, price_stoplimit=218.75),)
    assert terminal.orders()[0].price == 218.75


def test_an_order_at_market_on_its_way_is_counted_at_the_present_price(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.orders = (bridge.order(type=0, price_open=0.0), bridge.order(92, type=8))  # 8 closes by another
    (pending,) = terminal.orders()
    assert (pending.ticket, pending.side, pending.price) == (91, Side.BUY, 221.165)


def test_nothing_open_is_no_failure(terminal: MetaTrader) -> None:
    assert terminal.positions() == ()
    assert terminal.orders() == ()
    assert terminal.deals(NOON, NOON) == ()


def test_deals_are_asked_for_in_server_time_with_room_and_cut_in_utc(
    terminal: MetaTrader, broker: Broker
) -> None:
    hours = (-1.001, -1, 0, 1, 1.001)
    broker.deals = tuple(bridge.deal(70 + i, NOON + timedelta(hours=h)) for i, h in enumerate(hours))[::-1]
    found = terminal.deals(NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    assert [one.ticket for one in found] == [71, 72, 73]
    assert (found[1].at, found[1].kind, found[1].entry) == (NOON, "buy", "in")
    (name, args, _) = broker.calls[-1]
    assert name == "history_deals_get"
    # 2025-01-15 16:00 UTC is 18:00 on the server, less two days; an int, so that no zone of the PC is applied
    assert args == (1736791200, 1736791200 + 2 * 3600 + 4 * 86400)
    assert [type(arg) for arg in args] == [int, int]


@pytest.mark.parametrize(
    ("kind", "entry", "expected"),
    [
        (1, 1, ("sell", "out")),
        (2, 0, ("balance", "in")),
        (15, 0, ("dividend", "in")),
        (17, 3, ("tax", "out_by")),
        (18, 4, ("type 18", "entry 4")),
    ],
)
def test_deals_name_their_kind(
    terminal: MetaTrader, broker: Broker, kind: int, entry: int, expected: tuple[str, str]
) -> None:
    broker.deals = (bridge.deal(71, NOON, type=kind, entry=entry),)
    (found,) = terminal.deals(NOON, NOON)
    assert (found.kind, found.entry) == expected


# A function that fails


@pytest.mark.parametrize(
    ("name", "ask"),
    [
        ("initialize", MetaTrader.connect),
        ("terminal_info", MetaTrader.facts),
        ("account_info", MetaTrader.account),
        ("positions_get", MetaTrader.positions),
        ("orders_get", MetaTrader.orders),
        ("history_deals_get", lambda terminal: terminal.deals(NOON, NOON)),
        ("history_orders_get", lambda terminal: terminal.fills(NOON, NOON)),
        ("history_deals_get", lambda terminal: terminal.fills(NOON, NOON)),
    ],
)
def test_what_fails_as_a_whole_is_an_error_with_code_and_text(
    terminal: MetaTrader, broker: Broker, name: str, ask: Callable[[MetaTrader], object]
) -> None:
    broker.fails.add(name)
    broker.error = (-10004, "No IPC connection")
    with pytest.raises(TerminalError, match=rf"^{name}( for IWM\.US)? failed: -10004 No IPC connection$"):
        ask(terminal)


def test_the_reason_of_a_failure_is_asked_for_at_once(terminal: MetaTrader, broker: Broker) -> None:
    broker.fails.add("account_info")
    with pytest.raises(TerminalError):
        terminal.account()
    assert [name for name, _, _ in broker.calls[-2:]] == ["account_info", "last_error"]


def test_a_close_that_fails_is_no_failure(terminal: MetaTrader, broker: Broker) -> None:
    broker.fails.add("shutdown")
    terminal.close()


def test_a_tick_that_fails_is_unknown_with_code_and_text(terminal: MetaTrader, broker: Broker) -> None:
    broker.ticks["SPY.US"] = None
    quotes = terminal.quotes(NOON)
    assert quotes["SPY"] == Unknown(f"symbol_info_tick for SPY.US {FAILED}")
    assert isinstance(quotes["IWM"], Quote)


def test_a_terminal_that_is_gone_is_an_error_and_not_a_symbol_without_facts(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.fails |= {"symbol_info_tick", "symbol_info", "copy_rates_from_pos"}
    broker.error = (-10001, "IPC send failed")
    for ask in (lambda: terminal.quotes(NOON), lambda: terminal.bars(CLOSED, NOON), terminal.connect):
        with pytest.raises(TerminalError, match=r"^\w+ for IWM\.\w+ failed: -10001 IPC send failed$"):
            ask()


def test_a_symbol_that_cannot_be_selected_is_a_problem(broker: Broker) -> None:
    broker.fails.add("symbol_select")
    terminal = terminal_of(broker)
    terminal.connect()
    assert terminal.problems[0] == f"IWM is left out: symbol_select for IWM.US {FAILED}"
    assert terminal.quotes(NOON) == {}


@pytest.mark.parametrize("name", ["order_calc_profit", "order_calc_margin"])
def test_a_calculation_that_fails_leaves_the_side_unknown(
    terminal: MetaTrader, broker: Broker, name: str
) -> None:
    broker.fails.add(name)
    for instrument in terminal.instruments(terminal.quotes(NOON), NOON):
        for side in Side:
            assert instrument.per_lot[side] == Unknown(f"{name} for {instrument.broker_symbol} {FAILED}")


def test_two_symbols_never_stand_for_the_same_instrument(broker: Broker) -> None:
    wanted = {
        "IWM": Wanted(role=Role.RISK_ON, names=("IWM.US",)),
        "SPY": Wanted(role=Role.RISK_ON, names=("IWM.US", "SPY.US")),
    }
    terminal = MetaTrader(Bridge(broker), wanted, Sessions.packaged(), zone=NEW_YORK_PLUS_7, sessions=300)
    terminal.connect()
    assert terminal.problems == ("SPY is left out: IWM.US stands for IWM already",)
    assert list(terminal.quotes(NOON)) == ["IWM"]


def test_what_a_lot_costs_is_asked_again_after_half_a_minute_or_a_tenth_of_a_percent(
    terminal: MetaTrader, broker: Broker
) -> None:
    def asked(seconds: float, bid: float) -> int:
        """How often a side of a symbol is asked for at an instant, with IWM bid there and 0.04 wide."""
        broker.ticks["IWM.US"] = tick(bid=bid, ask=bid + 0.04)
        before = len(calls(broker))
        now = NOON + timedelta(seconds=seconds)
        terminal.instruments(terminal.quotes(now), now)
        return len(calls(broker)) - before

    assert asked(0, 221.125) == 6  # three symbols, two sides
    assert asked(29.9, 221.125) == 0
    assert asked(29.9, 221.34) == 0  # 0.097 % higher
    assert asked(29.9, 221.35) == 2  # 0.102 %
    assert asked(30, 221.35) == 4  # the others are half a minute old
    assert asked(29, 221.35) == 6  # the clock went back: all were asked later than now
    assert asked(58.9, 221.35) == 0
    assert asked(59, 221.35) == 6


def calls(broker: Broker) -> list[str]:
    return [name for name, _, _ in broker.calls if name == "order_calc_profit"]


def test_an_order_without_any_price_is_not_bounded(terminal: MetaTrader, broker: Broker) -> None:
    broker.orders = (bridge.order(type=0, price_open=0.0, price_current=0.0),)
    (order,) = terminal.orders()
    assert (order.lots, order.price, order.stop) == (0.6, 0.0, None)


def test_a_symbol_that_is_not_offered_is_a_problem(broker: Broker) -> None:
    del broker.symbols["IWM.US"]
    terminal = terminal_of(broker)
    terminal.connect()
    assert terminal.problems == ("not offered by this broker: IWM",)
    assert list(terminal.quotes(NOON)) == ["SPY", "XLU"]
    assert [one.symbol for one in terminal.instruments(terminal.quotes(NOON), NOON)] == ["SPY", "XLU"]


def test_facts_of_a_symbol_that_fail_later_are_a_problem_until_they_are_back(
    terminal: MetaTrader, broker: Broker
) -> None:
    kept = broker.symbols.pop("SPY.US")
    assert [one.symbol for one in terminal.instruments(terminal.quotes(NOON), NOON)] == ["IWM", "XLU"]
    assert terminal.problems == (f"symbol_info for SPY.US {FAILED}",)
    broker.symbols["SPY.US"] = kept
    assert len(terminal.instruments(terminal.quotes(NOON), NOON)) == 3
    assert not terminal.problems


@pytest.mark.parametrize(
    "error",
    [
        SystemError("<built-in function positions_get> returned a result with an exception set"),
        OverflowError("int too large to convert"),
        ConnectionResetError(104, "Connection reset by peer"),
        EOFError("stream has been closed"),
    ],
)
def test_a_module_that_raises_is_a_terminal_that_failed(
    terminal: MetaTrader, broker: Broker, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> object:
        raise error

    monkeypatch.setattr(broker, "_positions_get", fail)
    with pytest.raises(TerminalError, match=r"^positions_get failed: "):
        terminal.positions()


def test_connecting_again_reads_everything_anew(terminal: MetaTrader, broker: Broker) -> None:
    last_close(terminal, NOON)
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 123.5)
    del broker.symbols["XLU.US"]
    terminal.connect()
    assert last_close(terminal, NOON + timedelta(seconds=5)) == 123.5
    assert list(terminal.quotes(NOON)) == ["IWM", "SPY"]


def last_close(terminal: MetaTrader, at: datetime) -> float:
    """The last close of IWM, once its history has been read twice alike."""
    for seconds in (0, 1):
        bars = terminal.bars(CLOSED, at + timedelta(seconds=seconds))["IWM"]
    assert isinstance(bars, tuple)
    return bars[-1].close
