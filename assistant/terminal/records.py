"""The structs that MetaTrader5 returns of the scripted account; their times are in the server's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from assistant.terminal.account import ORDER_TYPES, floating
from assistant.terminal.constants import (
    DEAL_TYPE_BALANCE,
    DEAL_TYPE_CREDIT,
    ORDER_FILLING_FOK,
    ORDER_FILLING_RETURN,
    ORDER_STATE_CANCELED,
    ORDER_STATE_FILLED,
    ORDER_STATE_PLACED,
    ORDER_TIME_GTC,
    POSITION_REASON_CLIENT,
)
from assistant.terminal.execution import opening_price
from assistant.terminal.profile import server_ms
from assistant.terminal.structs import Struct, TradeDeal, TradeOrder, TradePosition

if TYPE_CHECKING:
    from assistant.terminal.account import Order, Position
    from assistant.terminal.execution import Reached
    from assistant.terminal.profile import Profile
    from assistant.terminal.script import OperationKind


class Booked(NamedTuple):
    """The money of one deal, account currency; costs are negative."""

    commission: float = 0.0
    swap: float = 0.0
    profit: float = 0.0
    fee: float = 0.0

    @property
    def total(self) -> float:
        """What the balance changes by."""
        return sum(self)


def _times(profile: Profile, at_ms: int) -> tuple[int, int]:
    """Return the server's clock at a UTC epoch instant (ms), in seconds and in ms."""
    stamp = server_ms(profile, at_ms)
    return stamp // 1000, stamp


def operation_deal(
    profile: Profile,
    ticket: int,
    at_ms: int,  # UTC epoch ms
    kind: OperationKind,
    amount: float,  # account currency
    comment: str,
) -> Struct:
    """Return the TradeDeal of an operation with the account's money."""
    what = DEAL_TYPE_BALANCE if kind == "balance" else DEAL_TYPE_CREDIT
    head = (ticket, 0, *_times(profile, at_ms), what, 0, 0, 0, 0)
    return TradeDeal((*head, 0.0, 0.0, *Booked(profit=amount), "", comment, ""))


def order_deal(
    profile: Profile,
    ticket: int,
    fill: Reached,
    order: Order,
    entry: int,  # DEAL_ENTRY_*
    position_id: int,
    booked: Booked,
) -> Struct:
    """Return the TradeDeal of an order that was filled."""
    ids = (ORDER_TYPES[order.side], entry, 0, position_id, order.reason)
    head = (ticket, order.ticket, *_times(profile, fill.at_ms), *ids)
    return TradeDeal((*head, order.lots, fill.price, *booked, order.contract.name, order.comment, ""))


def filled_order(profile: Profile, order: Order, fill: Reached, position_id: int) -> Struct:
    """Return the TradeOrder of an order that was filled."""
    done = _times(profile, fill.at_ms)
    return _order(profile, order, done, (ORDER_STATE_FILLED, position_id), (0.0, fill.price))


def cancelled_order(profile: Profile, order: Order, at_ms: int) -> Struct:
    """Return the TradeOrder of an order that was cancelled at an instant (UTC epoch ms)."""
    price = opening_price(order.contract, order.side, at_ms)
    return _order(profile, order, _times(profile, at_ms), (ORDER_STATE_CANCELED, 0), (order.lots, price))


def pending_order(profile: Profile, order: Order, at_ms: int) -> Struct:
    """Return the TradeOrder of an order that waits at an instant (UTC epoch ms)."""
    price = opening_price(order.contract, order.side, at_ms)
    return _order(profile, order, (0, 0), (ORDER_STATE_PLACED, 0), (order.lots, price))


def _order(
    profile: Profile,
    order: Order,
    done: tuple[int, int],  # server's clock, s and ms; 0 while it waits
    status: tuple[int, int],  # ORDER_STATE_*, position's identifier
    now: tuple[float, float],  # lots left, price
) -> Struct:
    state, position_id = status
    left, price = now
    filling = ORDER_FILLING_FOK if order.kind == order.side else ORDER_FILLING_RETURN
    times = (*_times(profile, order.placed_ms), *done, 0)
    kinds = (ORDER_TYPES[order.kind], ORDER_TIME_GTC, filling, state, 0, position_id, 0, order.reason)
    prices = (order.lots, left, order.price, order.stop or 0.0, 0.0, price, 0.0)
    return TradeOrder((order.ticket, *times, *kinds, *prices, order.contract.name, order.comment, ""))


def open_position(profile: Profile, position: Position, at_ms: int) -> Struct:
    """Return the TradePosition of a position at an instant (UTC epoch ms)."""
    price, result = floating(profile, position, at_ms)
    times = (*_times(profile, position.opened_ms), *_times(profile, position.updated_ms))
    ids = (ORDER_TYPES[position.side], 0, position.identifier, POSITION_REASON_CLIENT)
    prices = (position.lots, position.price_open, position.stop or 0.0, 0.0, price, position.swap, result)
    return TradePosition((position.ticket, *times, *ids, *prices, position.contract.name, "", ""))
