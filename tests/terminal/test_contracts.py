"""What one lot is, by the broker's own numbers: size, ticks, nights, and where the stop-out stands.

The double's lot: 100 shares, 0.93 EUR a USD, so 93 EUR per 1.0 of price; ask 221.165; points of 0.001.
"""

from types import SimpleNamespace
from typing import Any

import pytest

from assistant.core.market import (
    Contract,
    Instrument,
    Other,
    PerLot,
    Quote,
    Role,
    Side,
    StopOut,
    Unknown,
)
from assistant.errors import TerminalError
from assistant.terminal.contracts import contract_of, stop_out_of
from assistant.terminal.metatrader import MetaTrader
from tests.doubles import bridge
from tests.doubles.bridge import NOON, Broker

QUOTE = Quote(221.125, 221.165, NOON)
PER_LOT: dict[Side, PerLot | Unknown] = {side: PerLot(93.0, 4113.669) for side in Side}
GONE = Unknown("gone")


def nights(**changed: Any) -> dict[Side, float | Unknown]:  # noqa: ANN401 -- fields of a struct
    found = contract_of(bridge.symbol(**changed), QUOTE, PER_LOT)
    assert isinstance(found, Contract)
    return dict(found.night)


def test_a_contract_holds_the_broker_s_conversion_facts() -> None:
    found = contract_of(bridge.symbol(), QUOTE, PER_LOT)
    assert isinstance(found, Contract)
    assert (found.size, found.profit_currency, found.tick_size) == (100.0, "USD", 0.001)
    assert found.tick_value == pytest.approx(0.093)  # 0.001 x 100 x 0.93
    assert found.hedged_by_leg is True


@pytest.mark.parametrize(
    ("changed", "buy", "sell"),
    [
        ({}, 0.4185, -0.11625),  # points: 4.5 and -1.25 x 0.001 x 93
        ({"swap_mode": 0}, 0.0, 0.0),
        ({"swap_mode": 4, "swap_long": -2.75, "swap_short": 0.5}, 2.75, -0.5),  # of the account's currency
        # 6.5 % a year of 221.165 x 93, for a bank year of 360 days; 2.25 % is paid to a seller.
        ({"swap_mode": 5, "swap_long": -6.5, "swap_short": 2.25}, 3.713726, -1.285521),
        ({"swap_mode": 6, "swap_long": -6.5, "swap_short": 2.25}, 3.713726, -1.285521),
        # 0.8 USD a lot, and a USD is 93 / 100 EUR.
        ({"swap_mode": 2, "swap_long": -0.8, "swap_short": -0.2}, 0.744, 0.186),
        ({"swap_mode": 3, "swap_long": -0.8, "swap_short": -0.2}, 0.744, 0.186),
    ],
)
def test_a_night_costs_what_the_broker_charges_for_it(
    changed: dict[str, Any], buy: float, sell: float
) -> None:
    assert nights(**changed) == {Side.BUY: pytest.approx(buy), Side.SELL: pytest.approx(sell)}


@pytest.mark.parametrize(
    "changed",
    [
        {"swap_mode": 7},
        {"swap_mode": 8},
        {"swap_mode": 2, "currency_base": "GBP"},
        {"swap_mode": 3, "currency_margin": "GBP"},
        {"swap_long": float("nan")},
    ],
)
def test_a_swap_that_is_not_reckoned_with_is_said_and_not_zero(changed: dict[str, Any]) -> None:
    found = nights(**changed)[Side.BUY]
    assert isinstance(found, Unknown)
    assert found.reason.startswith("swap of IWM.US was ")


def test_without_a_quote_or_a_loss_a_night_is_not_known() -> None:
    found = contract_of(bridge.symbol(), GONE, PER_LOT)
    assert isinstance(found, Contract)
    assert found.night == {Side.BUY: GONE, Side.SELL: GONE}
    half = contract_of(bridge.symbol(), QUOTE, {**PER_LOT, Side.BUY: GONE})
    assert isinstance(half, Contract)
    assert half.night[Side.BUY] == Unknown("what a lot loses is not known")
    assert half.night[Side.SELL] == pytest.approx(-0.11625)


@pytest.mark.parametrize("name", ["trade_contract_size", "trade_tick_size", "trade_tick_value_loss"])
@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_a_contract_that_cannot_be_counted_with_is_said(name: str, value: float) -> None:
    found = contract_of(bridge.symbol(**{name: value}), QUOTE, PER_LOT)
    assert isinstance(found, Unknown)
    assert found.reason.startswith("contract of IWM.US was size ")


@pytest.mark.parametrize(
    ("mode", "value", "found"),
    [
        (0, 50.0, StopOut(0.5, in_money=False)),
        (1, 750.0, StopOut(750.0, in_money=True)),
        (0, 0.0, StopOut(0.0, in_money=False)),
    ],
)
def test_a_stop_out_is_a_share_of_the_margin_or_money(mode: int, value: float, found: StopOut) -> None:
    assert stop_out_of(SimpleNamespace(margin_so_mode=mode, margin_so_so=value)) == found


@pytest.mark.parametrize("value", [-5.0, float("nan"), float("inf")])
def test_a_stop_out_that_is_no_number_is_an_error_of_the_account(
    terminal: MetaTrader, broker: Broker, value: float
) -> None:
    broker.money["margin_so_so"] = value
    with pytest.raises(TerminalError, match="account_info: stop-out was"):
        terminal.account()


@pytest.mark.parametrize(("limit", "found"), [(0.0, None), (12.5, 12.5)])
def test_a_limit_of_zero_is_none(
    terminal: MetaTrader, broker: Broker, limit: float, found: float | None
) -> None:
    broker.symbols["IWM.US"].volume_limit = limit
    (iwm, *_) = terminal.instruments(terminal.quotes(NOON), NOON)
    assert iwm.volume_limit == found


def test_a_limit_that_is_no_number_leaves_the_symbol_out(terminal: MetaTrader, broker: Broker) -> None:
    broker.symbols["IWM.US"].volume_limit = float("nan")
    found = terminal.instruments(terminal.quotes(NOON), NOON)
    assert [one.symbol for one in found] == ["SPY", "XLU"]
    assert terminal.problems[-1].startswith("volumes of IWM.US were min 0.3, step 0.1, max 40, limit nan")


# What is open in symbols that are not configured


def test_a_symbol_that_is_not_configured_is_neutral_under_the_broker_s_name(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.symbols["TSLA.US"] = bridge.symbol(name="TSLA.US")
    broker.ticks["TSLA.US"] = SimpleNamespace(bid=410.5, ask=410.75, time_msc=bridge.server(NOON))
    found = terminal.others({"TSLA.US"}, NOON)["TSLA.US"]
    assert isinstance(found, Other)
    assert (found.instrument.symbol, found.instrument.broker_symbol) == ("TSLA.US", "TSLA.US")
    assert found.instrument.role is Role.NEUTRAL
    assert found.quote == Quote(410.5, 410.75, NOON)
    per_lot = found.instrument.per_lot[Side.BUY]
    assert isinstance(per_lot, PerLot)
    assert per_lot.loss_per_unit == pytest.approx(93.0)


def test_a_symbol_that_cannot_be_read_is_unknown_with_its_reason(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.ticks["GONE.US"] = None
    found = terminal.others({"GONE.US"}, NOON)["GONE.US"]
    assert isinstance(found, Unknown)
    broker.symbols["TSLA.US"] = bridge.symbol(name="TSLA.US")
    broker.ticks["TSLA.US"] = None
    quiet = terminal.others({"TSLA.US"}, NOON)["TSLA.US"]
    assert isinstance(quiet, Other)
    assert isinstance(quiet.quote, Unknown)
    assert isinstance(quiet.instrument, Instrument)
    assert isinstance(quiet.instrument.per_lot[Side.BUY], Unknown)
