"""The broker's conversion facts of a symbol, from its struct; a night's swap made money."""

from collections.abc import Mapping
from math import inf, isfinite
from typing import Any

from assistant.core.market import (
    Contract,
    Instrument,
    PerLot,
    Quote,
    Role,
    Side,
    StopOut,
    TradeMode,
    Unknown,
)

# Values of MetaTrader5 5.0.6231; the numbers are MQL5's own and do not change.
SYMBOL_SWAP_MODE_DISABLED = 0
SYMBOL_SWAP_MODE_POINTS = 1
SYMBOL_SWAP_MODE_CURRENCY_SYMBOL = 2
SYMBOL_SWAP_MODE_CURRENCY_MARGIN = 3
SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT = 4
SYMBOL_SWAP_MODE_INTEREST_CURRENT = 5
SYMBOL_SWAP_MODE_INTEREST_OPEN = 6
ACCOUNT_STOPOUT_MODE_MONEY = 1
_TRADE_MODES = dict(enumerate(TradeMode))  # SYMBOL_TRADE_MODE_DISABLED = 0 ... SYMBOL_TRADE_MODE_FULL = 4
_BANK_YEAR = 360  # days


def instrument_of(
    info: Any,  # noqa: ANN401 -- a struct of the module
    symbol: str,
    role: Role,
    quote: Quote | Unknown,
    per_lot: Mapping[Side, PerLot | Unknown],
) -> Instrument | Unknown:
    """Return a symbol as the broker offers it; Unknown where it could not be ordered by its numbers."""
    name = info.name
    least, step, most, limit = info.volume_min, info.volume_step, info.volume_max, info.volume_limit
    if not (0 < least <= most < inf and 0 < step <= most and 0 <= limit < inf):
        return Unknown(f"volumes of {name} were min {least:g}, step {step:g}, max {most:g}, limit {limit:g}")
    stops_level = info.trade_stops_level * info.point
    if not 0 <= stops_level < inf:
        return Unknown(f"stops level of {name} was {info.trade_stops_level:g} points of {info.point:g}")
    return Instrument(
        symbol=symbol,
        broker_symbol=name,
        role=role,
        digits=info.digits,
        stops_level=stops_level,
        volume_min=least,
        volume_step=step,
        volume_max=most,
        volume_limit=limit or None,
        trade_mode=_TRADE_MODES.get(info.trade_mode, TradeMode.DISABLED),
        contract=contract_of(info, quote, per_lot),
        per_lot=per_lot,
    )


def contract_of(
    info: Any,  # noqa: ANN401 -- a struct of the module
    quote: Quote | Unknown,
    per_lot: Mapping[Side, PerLot | Unknown],
) -> Contract | Unknown:
    """Return what one lot of a symbol is; Unknown where a number of it cannot be counted with."""
    size, tick = info.trade_contract_size, info.trade_tick_size
    value = info.trade_tick_value_loss
    if not (0 < size < inf and 0 < tick < inf and 0 < value < inf):
        return Unknown(f"contract of {info.name} was size {size:g}, tick size {tick:g}, tick value {value:g}")
    return Contract(
        size=size,
        profit_currency=info.currency_profit,
        tick_size=tick,
        tick_value=value,
        night={side: _night(info, side, quote, per_lot[side]) for side in Side},
        hedged_by_leg=bool(info.margin_hedged_use_leg),
    )


def _night(
    info: Any,  # noqa: ANN401 -- a struct of the module
    side: Side,
    quote: Quote | Unknown,
    per_lot: PerLot | Unknown,
) -> float | Unknown:
    """Return what a night costs one lot, account currency; a swap that is charged is negative in the struct.

    Points are worth what a move of the price by them is; interest is a percentage a year of the price, for a
    bank year of 360 days (MQL5 Reference, ENUM_SYMBOL_SWAP_MODE).
    """
    rate, mode = (info.swap_long if side is Side.BUY else info.swap_short), info.swap_mode
    if isinstance(quote, Unknown) or isinstance(per_lot, Unknown):
        return quote if isinstance(quote, Unknown) else Unknown("what a lot loses is not known")
    each = {
        SYMBOL_SWAP_MODE_DISABLED: 0.0,
        SYMBOL_SWAP_MODE_POINTS: info.point * per_lot.loss_per_unit,
        SYMBOL_SWAP_MODE_CURRENCY_DEPOSIT: 1.0,
        SYMBOL_SWAP_MODE_INTEREST_CURRENT: quote.ask / 100 / _BANK_YEAR * per_lot.loss_per_unit,
        SYMBOL_SWAP_MODE_INTEREST_OPEN: quote.ask / 100 / _BANK_YEAR * per_lot.loss_per_unit,
    }
    own = per_lot.loss_per_unit / info.trade_contract_size  # of one unit of the price's currency
    if info.currency_base == info.currency_profit:  # as of a share
        each[SYMBOL_SWAP_MODE_CURRENCY_SYMBOL] = own
    if info.currency_margin == info.currency_profit:
        each[SYMBOL_SWAP_MODE_CURRENCY_MARGIN] = own
    if mode not in each or not isfinite(rate):
        return Unknown(f"swap of {info.name} was {rate:g} in mode {mode}, which is not reckoned with here")
    paid: float = -rate * each[mode]
    return paid


def stop_out_of(info: Any) -> StopOut | Unknown:  # noqa: ANN401 -- a struct of the module
    """Return where the broker begins to close positions: a share of the margin, or money."""
    in_money = info.margin_so_mode == ACCOUNT_STOPOUT_MODE_MONEY
    value = info.margin_so_so if in_money else info.margin_so_so / 100
    if not 0 <= value < inf:
        return Unknown(f"stop-out was {info.margin_so_so:g}")
    return StopOut(value, in_money)
