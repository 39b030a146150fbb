"""What is open, pending and done, from its structs."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from math import fsum, isfinite
from typing import Any

from assistant.core.market import Deal, Fill, PendingOrder, Position, Side
from assistant.errors import TerminalError
from assistant.terminal.clock import ServerClock
from assistant.terminal.costs import ORDER_TYPES

# Values of MetaTrader5 5.0.6231; the numbers are MQL5's own and do not change.
_KINDS = (
    "buy, sell, balance, credit, charge, correction, bonus, commission, commission_daily, "
    "commission_monthly, agent_daily, agent_monthly, interest, buy_canceled, sell_canceled, dividend, "
    "dividend_franked, tax"
)
_DEAL_KINDS = dict(enumerate(_KINDS.split(", ")))  # DEAL_TYPE_BUY = 0 ... DEAL_TAX = 17
_STOPS = (4, 5)  # ORDER_TYPE_BUY_STOP, ORDER_TYPE_SELL_STOP
_STOP_LOSS = 4  # ORDER_REASON_SL
_STOP_LOSS_AT = re.compile(r"\[sl (\d+(?:\.\d+)?)\]")
_ENTRIES = dict(enumerate(("in", "out", "inout", "out_by")))


def position_of(one: Any, clock: ServerClock) -> Position:  # noqa: ANN401 -- a struct of the module
    """Return an open position; TerminalError where a number of it cannot be counted with."""
    _require_numbers(
        "position", one, lots=one.volume, price=one.price_open, stop=one.sl, profit=one.profit, swap=one.swap
    )
    return Position(
        ticket=one.ticket,
        broker_symbol=one.symbol,
        side=Side.BUY if one.type == ORDER_TYPES[Side.BUY] else Side.SELL,
        lots=one.volume,
        price=one.price_open,
        stop=one.sl or None,
        profit=one.profit,
        opened_at=instant_of("position", one, clock),
        swap=one.swap,
    )


def order_of(one: Any) -> PendingOrder:  # noqa: ANN401 -- a struct of the module
    """Return a pending order, likewise; the type numbers of buy orders are even, those of sell orders odd."""
    price = one.price_stoplimit or one.price_open or one.price_current
    _require_numbers("order", one, lots=one.volume_current, price=price, stop=one.sl)
    return PendingOrder(
        ticket=one.ticket,
        broker_symbol=one.symbol,
        side=Side.SELL if one.type % 2 else Side.BUY,
        lots=one.volume_current,
        price=price,
        stop=(one.sl or None) if price else None,  # without a price the loss to the stop is not known
    )


def deal_of(one: Any, clock: ServerClock) -> Deal:  # noqa: ANN401 -- a struct of the module
    """Return a deal, likewise."""
    money = {"profit": one.profit, "commission": one.commission, "swap": one.swap, "fee": one.fee}
    _require_numbers("deal", one, lots=one.volume, price=one.price, **money)
    return Deal(
        ticket=one.ticket,
        at=instant_of("deal", one, clock),
        kind=_DEAL_KINDS.get(one.type, f"type {one.type}"),
        entry=_ENTRIES.get(one.entry, f"entry {one.entry}"),
        position=one.position_id,
        broker_symbol=one.symbol,
        lots=one.volume,
        price=one.price,
        profit=one.profit,
        commission=one.commission,
        swap=one.swap,
        fee=one.fee,
        comment=one.comment,
        order=one.order,
    )


def instant_of(kind: str, one: Any, clock: ServerClock) -> datetime:  # noqa: ANN401 -- a struct of the module
    """Return when a deal was done or a position opened (UTC); TerminalError where that is no number."""
    _require_numbers(kind, one, time_msc=one.time_msc)
    return clock.to_utc(one.time_msc / 1000)


def fills_of(orders: Iterable[Any], deals: Iterable[Any]) -> Iterator[Fill]:
    """Yield the fills of stop orders and stop-losses among `orders`, each of all its deals.

    An order that takes the price it is offered, or a better one (at market, limit, take-profit), says nothing
    of slippage; one without numbers is left out.
    """
    asked = {one.ticket: price for one in orders if (price := _stop_of(one)) is not None}
    parts: dict[int, list[Any]] = {}
    for deal in deals:
        if deal.order in asked and _positive(deal.volume) and _positive(deal.price):
            parts.setdefault(deal.order, []).append(deal)
    for order, own in parts.items():
        price = fsum(one.price * one.volume for one in own) / fsum(one.volume for one in own)
        side = Side.BUY if own[0].type == ORDER_TYPES[Side.BUY] else Side.SELL
        yield Fill(own[0].symbol, side, asked[order], price)


def _stop_of(order: Any) -> float | None:  # noqa: ANN401 -- a struct of the module
    """Return the price that made an order fill at once; None: there was none.

    The terminal writes that of a stop-loss into the comment; where it does not, it is the order's own price.
    """
    if order.reason == _STOP_LOSS:
        written = _STOP_LOSS_AT.search(order.comment)
        price = float(written[1]) if written else order.price_open
    else:
        price = order.price_open if order.type in _STOPS else 0.0
    return price if _positive(price) else None


def _counts(number: Any) -> bool:  # noqa: ANN401 -- as the module has it
    """Whether it can be counted with: a module of the user's own may give None, or a text."""
    try:
        return isfinite(number)
    except (TypeError, OverflowError):
        return False


def _positive(number: Any) -> bool:  # noqa: ANN401 -- likewise
    """Whether it is a number above 0."""
    return _counts(number) and number > 0


def _require_numbers(kind: str, one: Any, **numbers: object) -> None:  # noqa: ANN401 -- a struct of the module
    """Refuse what has a number that cannot be counted with, None perhaps (TerminalError)."""
    if not all(_counts(number) for number in numbers.values()):
        told = ", ".join(f"{name} {number!s:.40}" for name, number in numbers.items())
        raise TerminalError(f"{kind} {one.ticket} of {one.symbol} was {told}")
