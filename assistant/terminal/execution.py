"""What the broker takes from the scripted trader, what it refuses, and at which tick an order is filled.

Orders at the market are filled at the tick that stands at their instant: bought at the ask, sold at the bid.
A price is reached at the first tick at or beyond it, and filled at that tick's price: a stop of a long
position by the bid, of a short one by the ask; a pending order by the price at which it would be filled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from assistant.terminal.calculation import rates
from assistant.terminal.feeds import feed
from assistant.terminal.script import (
    PENDING,
    SIDES,
    PaperOperation,
    PaperOrder,
    PaperReduction,
    PaperStop,
    PaperTrade,
    epoch_ms,
)

if TYPE_CHECKING:
    from assistant.terminal.calculation import Side
    from assistant.terminal.profile import Contract, Profile
    from assistant.terminal.script import Entry

_MINUTE_MS = 60_000
_HALF_A_POINT = 0.5  # what float arithmetic on prices may be off at most, points
_WHOLE = 1e-6  # volume steps by which lots may be off a whole number of them


class Reached(NamedTuple):
    """The tick that reached a price."""

    at_ms: int  # UTC epoch ms
    price: float


def opening_price(contract: Contract, side: Side, at_ms: int) -> float:
    """Return the price at which a side is opened at an instant (UTC epoch ms)."""
    quote = feed(contract).quote(at_ms)
    return quote.ask if side == "buy" else quote.bid


def closing_price(contract: Contract, side: Side, at_ms: int) -> float:
    """Return the price at which a position of a side is closed at an instant (UTC epoch ms)."""
    quote = feed(contract).quote(at_ms)
    return quote.bid if side == "buy" else quote.ask


def stopped(contract: Contract, side: Side, stop: float, after_ms: int, until_ms: int) -> Reached | None:
    """Return the first tick after an instant, up to another (UTC epoch ms), that reaches a stop."""
    return _reached(contract, stop, after_ms, until_ms, asked=side == "sell", falling=side == "buy")


def filled(contract: Contract, order: PaperOrder, until_ms: int) -> Reached | None:
    """Return the first tick after an order was placed, up to an instant (UTC epoch ms), that fills it."""
    falling = order.kind in {"buy_limit", "sell_stop"}
    return _reached(
        contract, order.price, epoch_ms(order.placed_at), until_ms, asked=order.side == "buy", falling=falling
    )


def _reached(
    contract: Contract, price: float, after_ms: int, until_ms: int, *, asked: bool, falling: bool
) -> Reached | None:
    """Return the first tick whose ask, else bid, is at a price or beyond it; None: there is none."""
    ticks = feed(contract)
    spread, limit = ticks.spread if asked else 0, price * ticks.per
    sign = -1 if falling else 1
    for stretch, first, last in ticks.pieces(after_ms + 1, until_ms):
        whole = ticks.whole(stretch)
        # Units are whole numbers: half a unit is only the room that a product of floats needs.
        if sign * ((whole.low if falling else whole.high) + spread - limit) < -_HALF_A_POINT:
            continue
        path = ticks.path(stretch)
        quoted = path.bids[first : last + 1] + spread
        hits = np.flatnonzero(sign * (quoted - limit) > -_HALF_A_POINT)
        if len(hits):
            return Reached(path.times_ms.item(first + hits.item(0)), quoted.item(hits.item(0)) / ticks.per)
    return None


def refusal(entry: Entry, why: str) -> ValueError:
    """Return the error that says which entry of the script the broker refuses, and why."""
    if isinstance(entry, PaperOperation):
        what = f"{entry.kind} of {entry.amount:.2f}"
    elif isinstance(entry, PaperReduction):
        what = f"reduce {entry.lots:g} {entry.symbol}"
    elif isinstance(entry, PaperStop):
        what = f"stop {entry.stop} of {entry.symbol}"
    else:
        word = entry.side if isinstance(entry, PaperTrade) else entry.kind
        what = f"{word} {entry.lots:g} {entry.symbol}"
    return ValueError(f"{what} at {entry.begins_at.isoformat()}: {why}")


def accepted(profile: Profile, entry: PaperTrade | PaperReduction | PaperStop | PaperOrder) -> Contract:
    """Return the contract that an entry is in; ValueError where it is refused."""
    name = entry.symbol if entry.symbol in profile.contracts else profile.named(entry.symbol)
    if name is None:
        raise refusal(entry, f"not recorded; {profile.letter} offers {', '.join(profile.contracts)}")
    contract = profile.contracts[name]
    if rates(profile, contract.profit, epoch_ms(entry.begins_at)) is None:
        raise refusal(entry, f"no cross of {contract.profit} and {profile.account.currency}")
    if isinstance(entry, PaperStop):
        if not feed(contract).quoted(epoch_ms(entry.at)):
            raise refusal(entry, "is put while the market is closed")
        return contract
    _check_lots(contract, entry)
    if isinstance(entry, PaperTrade):
        _check_trade(contract, entry)
    elif isinstance(entry, PaperReduction):
        if not feed(contract).quoted(epoch_ms(entry.at)):
            raise refusal(entry, "closes while the market is closed")
    else:
        _check_order(contract, entry)
    return contract


def _check_lots(contract: Contract, entry: PaperTrade | PaperReduction | PaperOrder) -> None:
    terms, lots = contract.terms, entry.lots
    steps = lots / terms.volume_step
    within = terms.volume_min <= lots <= terms.volume_max
    if not within or abs(steps - round(steps)) > _WHOLE:
        most = f"{terms.volume_min:g} to {terms.volume_max:g}"
        raise refusal(entry, f"lots must be {most} in steps of {terms.volume_step:g}")


def _check_trade(contract: Contract, trade: PaperTrade) -> None:
    if trade.side not in SIDES:
        raise refusal(trade, "side must be buy or sell")
    opened_ms = epoch_ms(trade.opens_at)
    _check_open(contract, trade, opened_ms)
    if trade.closes_at is not None:
        if epoch_ms(trade.closes_at) <= opened_ms:
            raise refusal(trade, f"closes before it opens, at {trade.closes_at.isoformat()}")
        if not feed(contract).quoted(epoch_ms(trade.closes_at)):
            raise refusal(trade, f"closes while the market is closed, at {trade.closes_at.isoformat()}")
    if trade.stop is not None:
        _check_room(contract, trade, "stop", closing_price(contract, trade.side, opened_ms), trade.stop)


def _check_open(contract: Contract, entry: PaperTrade | PaperOrder, at_ms: int) -> None:
    """Refuse what begins while the market is closed, or takes only closing orders."""
    ticks = feed(contract)
    if not ticks.quoted(at_ms):
        raise refusal(entry, "opens while the market is closed")
    closes_ms = ticks.stretches[ticks.where(at_ms)[0]].closes_ms
    minutes = contract.terms.close_only_minutes
    if at_ms >= closes_ms - minutes * _MINUTE_MS:
        raise refusal(entry, f"opens in the last {minutes} minutes, in which positions are only closed")


def _check_order(contract: Contract, order: PaperOrder) -> None:
    if order.kind not in PENDING:
        raise refusal(order, f"kind must be one of {', '.join(PENDING)}")
    placed_ms = epoch_ms(order.placed_at)
    _check_open(contract, order, placed_ms)
    if order.cancelled_at is not None and epoch_ms(order.cancelled_at) <= placed_ms:
        raise refusal(order, f"is cancelled before it is placed, at {order.cancelled_at.isoformat()}")
    market = opening_price(contract, order.side, placed_ms)
    below = order.kind in {"buy_limit", "sell_stop"}
    _check_distance(contract, order, "price", market - order.price if below else order.price - market)
    if order.stop is not None:
        _check_room(contract, order, "stop", order.price, order.stop)


def check_stop(contract: Contract, moved: PaperStop, side: Side) -> None:
    """Refuse to put the stop of a position of a side nearer to its price than the broker allows."""
    if moved.stop is not None:
        price = closing_price(contract, side, epoch_ms(moved.at))
        _check_distance(contract, moved, "stop", price - moved.stop if side == "buy" else moved.stop - price)


def _check_room(
    contract: Contract, entry: PaperTrade | PaperOrder, what: str, price: float, stop: float
) -> None:
    """Refuse a stop that is nearer than the broker allows to the price that closes the position."""
    _check_distance(contract, entry, what, price - stop if entry.side == "buy" else stop - price)


def _check_distance(
    contract: Contract, entry: PaperTrade | PaperStop | PaperOrder, what: str, distance: float
) -> None:
    point = contract.terms.point
    room = contract.terms.stops_level * point
    if distance < max(room, point) - point * _HALF_A_POINT:
        value = entry.price if what == "price" and isinstance(entry, PaperOrder) else entry.stop
        raise refusal(entry, f"{what} {value} is nearer than {room:.{contract.terms.digits}f} to the price")
