"""The adapter: what the module answers becomes facts, and what it does not answer is never a fact."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from assistant.core.market import (
    Account,
    Instrument,
    PerLot,
    Position,
    Quote,
    Role,
    Side,
    TerminalFacts,
    TradeMode,
    Unknown,
)
from assistant.errors import TerminalError
from assistant.terminal.clock import NEW_YORK_PLUS_7, ServerClock
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.reads import READS
from tests.doubles import bridge
from tests.doubles.bridge import CONTRACT, MAY_TOUCH, NOON, RATE, Bridge, Broker
from tests.doubles.cycles import broker_snapshot, terminal_of

CLOSED = date(2025, 1, 14)  # the last finished session at NOON
FAILED = "failed: -1 Terminal: Call failed"


def tick(**changed: Any) -> SimpleNamespace:  # noqa: ANN401 -- numbers of any kind
    return SimpleNamespace(**{"bid": 221.125, "ask": 221.165, "time_msc": bridge.server(NOON)} | changed)


# What is touched


def test_only_reading_functions_are_touched_and_no_credentials_are_passed(broker: Broker) -> None:
    broker.positions, broker.orders = (bridge.position(),), (bridge.order(),)
    broker_snapshot(broker)
    reader = terminal_of(broker)
    reader.connect()
    reader.deals(NOON, NOON)
    reader.close()

    assert set(READS) == set(MAY_TOUCH)
    assert {name for name, _, _ in broker.calls} == set(READS)
    starts = [(args, named) for name, args, named in broker.calls if name == "initialize"]
    assert starts == [((), {}), ((), {})]
    assert not any(named for _, _, named in broker.calls)


def test_a_touch_of_anything_else_would_be_seen(broker: Broker) -> None:
    module = Bridge(broker)
    for name in ("order_send", "order_check", "login", "Buy", "market_book_add"):
        with pytest.raises(AssertionError, match=f"{name} was touched"):
            getattr(module, name)


def test_the_path_of_the_terminal_is_the_only_argument_of_the_connection(broker: Broker) -> None:
    reader = MetaTrader(
        Bridge(broker), {}, ServerClock(NEW_YORK_PLUS_7), path=r"C:\MT5\terminal64.exe", sessions=600
    )
    reader.connect()
    assert list(broker.calls) == [("initialize", (r"C:\MT5\terminal64.exe",), {})]


def test_a_module_that_lacks_a_function_is_refused_by_name() -> None:
    half = ModuleType("half")
    for name in ("initialize", "shutdown", "last_error", "terminal_info", "account_info", "symbol_info"):
        setattr(half, name, print)
    with pytest.raises(TerminalError, match=r"^module half has no symbol_info_tick, .*orders_get"):
        MetaTrader(half, {}, ServerClock(NEW_YORK_PLUS_7), sessions=600)


# Good answers


def test_facts_and_account(terminal: MetaTrader, broker: Broker) -> None:
    assert terminal.facts() == TerminalFacts("bridge", connected=True, common_folder=str(broker.folder))
    assert terminal.account() == Account(
        login=4001,
        server="Example-Live",
        currency="EUR",
        balance=99_500.0,
        equity=99_300.0,
        credit=0.0,
        free_margin=60_000.0,
        hedging=True,
    )


@pytest.mark.parametrize(("mode", "hedging"), [(0, False), (1, False), (2, True)])
def test_only_margin_mode_two_hedges(broker: Broker, terminal: MetaTrader, mode: int, hedging: bool) -> None:
    broker.margin_mode = mode
    assert terminal.account().hedging is hedging


def test_a_tick_becomes_a_quote_in_utc(terminal: MetaTrader) -> None:
    # stamped 1.25 s before 17:00 UTC, which the server writes as 18:59:58.750
    expected = Quote(221.125, 221.165, datetime(2025, 1, 15, 16, 59, 58, 750_000, tzinfo=UTC))
    assert terminal.quotes()["IWM"] == expected


def test_the_first_name_that_the_broker_knows_is_selected(terminal: MetaTrader, broker: Broker) -> None:
    assert list(terminal.quotes()) == ["IWM", "SPY", "XLU"]
    asked = [args for name, args, _ in broker.calls if name == "symbol_info"]
    assert asked == [("IWM.X",), ("IWM.US",), ("SPY.US",), ("XLU.US",)]
    selected = [args for name, args, _ in broker.calls if name == "symbol_select"]
    assert selected == [("IWM.US", True), ("SPY.US", True), ("XLU.US", True)]


def test_an_instrument_states_what_a_lot_loses_in_the_accounts_currency(terminal: MetaTrader) -> None:
    iwm, _, xlu = terminal.instruments(terminal.quotes())
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
    terminal.instruments(terminal.quotes())
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
    quotes = terminal.quotes()
    assert quotes["SPY"] == Unknown(f"symbol_info_tick for SPY.US {FAILED}")
    assert isinstance(quotes["IWM"], Quote)


def test_a_terminal_that_is_gone_is_an_error_and_not_a_symbol_without_facts(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.fails |= {"symbol_info_tick", "symbol_info", "copy_rates_from_pos"}
    broker.error = (-10001, "IPC send failed")
    for ask in (terminal.quotes, lambda: terminal.bars(CLOSED, NOON), terminal.connect):
        with pytest.raises(TerminalError, match=r"^\w+ for IWM\.\w+ failed: -10001 IPC send failed$"):
            ask()


def test_a_symbol_that_cannot_be_selected_is_a_problem(broker: Broker) -> None:
    broker.fails.add("symbol_select")
    terminal = terminal_of(broker)
    terminal.connect()
    assert terminal.problems[0] == f"IWM is left out: symbol_select for IWM.US {FAILED}"
    assert terminal.quotes() == {}


@pytest.mark.parametrize("name", ["order_calc_profit", "order_calc_margin"])
def test_a_calculation_that_fails_leaves_the_side_unknown(
    terminal: MetaTrader, broker: Broker, name: str
) -> None:
    broker.fails.add(name)
    for instrument in terminal.instruments(terminal.quotes()):
        for side in Side:
            assert instrument.per_lot[side] == Unknown(f"{name} for {instrument.broker_symbol} {FAILED}")


def test_two_symbols_never_stand_for_the_same_instrument(broker: Broker) -> None:
    wanted = {"IWM": (Role.RISK_ON, ("IWM.US",)), "SPY": (Role.RISK_ON, ("IWM.US", "SPY.US"))}
    terminal = MetaTrader(Bridge(broker), wanted, ServerClock(NEW_YORK_PLUS_7), sessions=300)
    terminal.connect()
    assert terminal.problems == ("SPY is left out: IWM.US stands for IWM already",)
    assert list(terminal.quotes()) == ["IWM"]


def test_a_cost_that_was_told_at_a_wrong_stamp_is_asked_again(terminal: MetaTrader, broker: Broker) -> None:
    broker.ticks["IWM.US"] = tick(time_msc=bridge.server(NOON + timedelta(hours=3)))
    terminal.instruments(terminal.quotes())
    asked = len(calls(broker))
    del broker.ticks["IWM.US"]
    terminal.instruments(terminal.quotes())
    assert len(calls(broker)) == asked + 2  # IWM on both sides; the others stand
    terminal.instruments(terminal.quotes())
    assert len(calls(broker)) == asked + 2  # the same quotes again


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
    assert terminal.problems == ("IWM is not offered: no symbol IWM.X, IWM.US",)
    assert list(terminal.quotes()) == ["SPY", "XLU"]
    assert [one.symbol for one in terminal.instruments(terminal.quotes())] == ["SPY", "XLU"]


def test_facts_of_a_symbol_that_fail_later_are_a_problem_until_they_are_back(
    terminal: MetaTrader, broker: Broker
) -> None:
    kept = broker.symbols.pop("SPY.US")
    assert [one.symbol for one in terminal.instruments(terminal.quotes())] == ["IWM", "XLU"]
    assert terminal.problems == (f"symbol_info for SPY.US {FAILED}",)
    broker.symbols["SPY.US"] = kept
    assert len(terminal.instruments(terminal.quotes())) == 3
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


# Numbers that are none


@pytest.mark.parametrize(
    "changed",
    [
        {"bid": 0.0, "ask": 0.0, "time_msc": 0},  # a symbol that was just selected
        {"bid": 0.0},
        {"bid": 221.2, "ask": 221.1},  # crossed
        {"bid": math.nan},
        {"ask": math.nan},
        {"ask": math.inf},
        {"bid": -1.0},
    ],
)
def test_a_quote_that_is_none_is_unknown(
    terminal: MetaTrader, broker: Broker, changed: dict[str, float]
) -> None:
    broker.ticks["IWM.US"] = tick(**changed)
    quote = terminal.quotes()["IWM"]
    assert isinstance(quote, Unknown)
    assert quote.reason.startswith("quote of IWM.US was bid ")
    (iwm, *_) = terminal.instruments(terminal.quotes())
    assert dict(iwm.per_lot) == {Side.BUY: quote, Side.SELL: quote}


def test_a_quote_without_spread_is_a_quote(terminal: MetaTrader, broker: Broker) -> None:
    broker.ticks["IWM.US"] = tick(ask=221.125)
    assert terminal.quotes()["IWM"] == Quote(221.125, 221.125, NOON)


@pytest.mark.parametrize("name", ["balance", "equity", "credit", "margin_free"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_account_that_cannot_be_counted_with_is_an_error(
    terminal: MetaTrader, broker: Broker, name: str, value: float
) -> None:
    broker.money[name] = value
    with pytest.raises(TerminalError, match=rf"^account_info was .*{value}"):
        terminal.account()


@pytest.mark.parametrize("changed", [{"sl": math.nan}, {"volume": math.nan}, {"price_open": math.inf}])
def test_a_position_that_cannot_be_counted_with_is_an_error(
    terminal: MetaTrader, broker: Broker, changed: dict[str, Any]
) -> None:
    broker.positions = (bridge.position(**changed),)
    with pytest.raises(TerminalError, match=r"^position 81 of IWM\.US was lots .*(nan|inf)"):
        terminal.positions()


@pytest.mark.parametrize(
    "changed", [{"sl": math.nan}, {"volume_current": math.nan}, {"price_open": math.inf}]
)
def test_an_order_that_cannot_be_counted_with_is_an_error(
    terminal: MetaTrader, broker: Broker, changed: dict[str, Any]
) -> None:
    broker.orders = (bridge.order(**changed),)
    with pytest.raises(TerminalError, match=r"^order 91 of IWM\.US was lots .*(nan|inf)"):
        terminal.orders()


@pytest.mark.parametrize(
    "changed",
    [
        {"volume_min": 0.0},
        {"volume_step": 0.0},
        {"volume_max": 0.0},
        {"volume_min": 41.0},
        {"volume_step": 41.0},
        {"volume_max": math.inf},
        {"volume_min": math.nan},
        {"volume_step": math.nan},
        {"volume_max": math.nan},
        {"point": math.nan},
        {"trade_stops_level": -1},
    ],
)
def test_contract_terms_that_cannot_be_counted_with_leave_the_symbol_out(
    terminal: MetaTrader, broker: Broker, changed: dict[str, float]
) -> None:
    broker.symbols["IWM.US"] = bridge.symbol(**changed)
    instruments = terminal.instruments(terminal.quotes())
    assert [one.symbol for one in instruments] == ["SPY", "XLU"]
    (problem,) = terminal.problems
    assert problem.startswith(("volumes of IWM.US were min ", "stops level of IWM.US was "))


@pytest.mark.parametrize("profit", [0.0, 12.5, math.nan, -math.inf])
def test_a_loss_that_is_none_leaves_the_side_unknown(
    terminal: MetaTrader, broker: Broker, monkeypatch: pytest.MonkeyPatch, profit: float
) -> None:
    monkeypatch.setattr(broker, "_order_calc_profit", lambda *_: profit)
    assert per_lot(terminal) == Unknown(f"order_calc_profit for IWM.US was {profit:g} for a losing buy")


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan, math.inf])
def test_a_margin_that_is_none_leaves_the_side_unknown(
    terminal: MetaTrader, broker: Broker, monkeypatch: pytest.MonkeyPatch, margin: float
) -> None:
    monkeypatch.setattr(broker, "_order_calc_margin", lambda *_: margin)
    assert per_lot(terminal) == Unknown(f"order_calc_margin for IWM.US was {margin:g}")


def per_lot(terminal: MetaTrader) -> PerLot | Unknown:
    instrument: Instrument = terminal.instruments(terminal.quotes())[0]
    return instrument.per_lot[Side.BUY]


def test_what_a_lot_loses_does_not_suffer_from_cents(
    terminal: MetaTrader, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.symbols["IWM.US"] = bridge.symbol(volume_max=1000.0)

    def to_the_cent(side: int, _: str, lots: float, opened: float, closed: float) -> float:
        return round((closed - opened if side == 0 else opened - closed) * CONTRACT * RATE / 3e4 * lots, 2)

    monkeypatch.setattr(broker, "_order_calc_profit", to_the_cent)
    told = per_lot(terminal)
    assert isinstance(told, PerLot)
    # one lot over 22.1165 loses 0.0685 and would be told as 0.07, 2 % too much; 100 lots lose 6.86
    assert told.loss_per_unit == pytest.approx(93 / 3e4, rel=1e-3)


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "disabled"), (1, "long only"), (2, "short only"), (3, "close only"), (4, "full"), (5, "disabled")],
)
def test_trade_modes_are_the_terminals_and_an_unknown_one_is_disabled(
    terminal: MetaTrader, broker: Broker, number: int, expected: str
) -> None:
    broker.symbols["IWM.US"] = bridge.symbol(trade_mode=number)
    assert terminal.instruments(terminal.quotes())[0].trade_mode == expected


def test_connecting_again_reads_everything_anew(terminal: MetaTrader, broker: Broker) -> None:
    terminal.bars(CLOSED, NOON)
    broker.bars["IWM.US"][-2] = bridge.bar(CLOSED, 123.5)
    del broker.symbols["XLU.US"]
    terminal.connect()
    bars = terminal.bars(CLOSED, NOON)["IWM"]
    assert isinstance(bars, tuple)
    assert bars[-1].close == 123.5
    assert list(terminal.quotes()) == ["IWM", "SPY"]
