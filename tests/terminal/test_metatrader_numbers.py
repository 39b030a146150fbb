"""Numbers that are none: what the module answers and cannot be counted with is never a fact."""

from __future__ import annotations

import math
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from assistant.core.market import Instrument, PerLot, Quote, Side, Unknown
from assistant.errors import TerminalError
from assistant.terminal.metatrader import MetaTrader
from tests.doubles import bridge
from tests.doubles.bridge import CONTRACT, NOON, RATE, Broker


def tick(**changed: Any) -> SimpleNamespace:  # noqa: ANN401 -- numbers of any kind
    return SimpleNamespace(**{"bid": 221.125, "ask": 221.165, "time_msc": bridge.server(NOON)} | changed)


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
    quote = terminal.quotes(NOON)["IWM"]
    assert isinstance(quote, Unknown)
    assert quote.reason.startswith("quote of IWM.US was bid ")
    (iwm, *_) = terminal.instruments(terminal.quotes(NOON), NOON)
    assert dict(iwm.per_lot) == {Side.BUY: quote, Side.SELL: quote}


def test_a_quote_without_spread_is_a_quote(terminal: MetaTrader, broker: Broker) -> None:
    broker.ticks["IWM.US"] = tick(ask=221.125)
    assert terminal.quotes(NOON)["IWM"] == Quote(221.125, 221.125, NOON)


@pytest.mark.parametrize("name", ["balance", "equity", "credit", "margin_free"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_an_account_that_cannot_be_counted_with_is_an_error(
    terminal: MetaTrader, broker: Broker, name: str, value: float
) -> None:
    broker.money[name] = value
    with pytest.raises(TerminalError, match=rf"^account_info was .*{value}"):
        terminal.account()


@pytest.mark.parametrize(
    "changed", [{"sl": math.nan}, {"volume": None}, {"volume": math.nan}, {"price_open": math.inf}]
)
def test_a_position_that_cannot_be_counted_with_is_an_error(
    terminal: MetaTrader, broker: Broker, changed: dict[str, Any]
) -> None:
    broker.positions = (bridge.position(**changed),)
    with pytest.raises(TerminalError, match=r"^position 81 of IWM\.US was lots .*(None|nan|inf)"):
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


@pytest.mark.parametrize("name", ["volume", "price", "profit", "commission", "swap", "fee", "time_msc"])
@pytest.mark.parametrize("value", [None, math.nan, "0.4"])
def test_a_deal_that_cannot_be_counted_with_is_an_error(
    terminal: MetaTrader, broker: Broker, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    wrong = bridge.deal(71, NOON, **{name: value})
    monkeypatch.setattr(broker, "_history_deals_get", lambda *_: (wrong,))
    with pytest.raises(TerminalError, match=rf"^deal 71 of IWM\.US was (lots|time_msc) .*{value}"):
        terminal.deals(NOON - timedelta(days=1), NOON)


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
    instruments = terminal.instruments(terminal.quotes(NOON), NOON)
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
    instrument: Instrument = terminal.instruments(terminal.quotes(NOON), NOON)[0]
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
    assert terminal.instruments(terminal.quotes(NOON), NOON)[0].trade_mode == expected


def test_a_terminal_without_an_account_is_an_error(terminal: MetaTrader, broker: Broker) -> None:
    broker.login = 0  # as while it logs in
    with pytest.raises(TerminalError, match=r"^no account is logged in at the terminal$"):
        terminal.account()
