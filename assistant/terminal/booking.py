"""The scripted account's books: each event changes what is open and writes its deals and orders.

Hedging: every order is a position of its own. Netting: a symbol has one position. An order on its side adds
to it at the average price, one on the other side takes away from it, closes it or reverses it; reversed, it
keeps its identifier and takes the reversing order's ticket (MQL5 Reference, Position Properties). What adds
or reverses brings its stop, or its lack of one, along; what takes away leaves the position's (MetaTrader 5
Help, "Basic Principles"). Swap is booked by the deal that closes, of a part its share.

Instants are UTC epoch milliseconds, money is in the account's currency.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from assistant.terminal.account import Order, Position, State, margin, rates
from assistant.terminal.calculation import earned, money
from assistant.terminal.constants import (
    DEAL_ENTRY_IN,
    DEAL_ENTRY_INOUT,
    DEAL_ENTRY_OUT,
    ORDER_REASON_SL,
    SYMBOL_SWAP_MODE_DISABLED,
    SYMBOL_SWAP_MODE_INTEREST_CURRENT,
    SYMBOL_SWAP_MODE_POINTS,
)
from assistant.terminal.execution import Reached, closing_price, stopped
from assistant.terminal.profile import server_ms, utc_ms
from assistant.terminal.records import Booked, cancelled_order, filled_order, operation_deal, order_deal

if TYPE_CHECKING:
    from assistant.terminal.calculation import Side
    from assistant.terminal.profile import Contract, Profile
    from assistant.terminal.script import OperationKind
    from assistant.terminal.structs import Struct

_FIRST_DEAL = 60_000_001
_FIRST_ORDER = 50_000_001

_DAY_MS = 86_400_000
_THURSDAY = 4  # DAY_OF_WEEK_*; 1970-01-01 was one
_WEEKEND = (6, 0)  # DAY_OF_WEEK_*, Saturday and Sunday
_BANK_YEAR = 360  # days
_LOTS_DIGITS = 8  # finer than any volume step


class Books:
    """The account from event to event; the events must come in the order of time."""

    def __init__(self, profile: Profile, ends_ms: int) -> None:
        """Begin without money; stops are followed to an instant, the end of the prices."""
        self.profile = profile
        self.deals: list[tuple[int, Struct]] = []
        self.orders: list[tuple[int, Struct]] = []  # done with
        self.states: list[tuple[int, State]] = []
        self.positions: dict[int, Position] = {}  # by identifier
        self.pending: dict[int, Order] = {}  # by ticket
        self.stops: dict[int, Reached] = {}  # of open positions, by identifier
        self.tickets = count(_FIRST_ORDER)
        self._ends_ms = ends_ms
        self._balance = self._credit = 0.0

    def operate(self, at_ms: int, kind: OperationKind, amount: float, comment: str) -> None:
        """Pay money in or, if negative, out: the trader's ("balance") or the broker's ("credit")."""
        amount = money(amount)
        if kind == "balance":
            self._balance = money(self._balance + amount)
        else:
            self._credit = money(self._credit + amount)
        deal = operation_deal(self.profile, self._deal_ticket(), at_ms, kind, amount, comment)
        self.deals.append((at_ms, deal))
        self._remember(at_ms)

    def place(self, order: Order) -> None:
        """Let a pending order wait."""
        self.pending[order.ticket] = order
        self._remember(order.placed_ms)

    def cancel(self, order: Order, at_ms: int) -> None:
        """Take a pending order back."""
        del self.pending[order.ticket]
        self.orders.append((at_ms, cancelled_order(self.profile, order, at_ms)))
        self._remember(at_ms)

    def fill(self, order: Order, fill: Reached) -> int:
        """Fill an order, and return the identifier of the position that it opened or changed."""
        self.pending.pop(order.ticket, None)
        position = None if self.profile.account.hedging else self._of(order.contract)
        if position is None:
            self._enter(order, fill)
            return order.ticket
        if position.side == order.side:
            self._add(position, order, fill)
        else:
            self.leave(position, order, fill)
        return position.identifier

    def stop(self, identifier: int) -> None:
        """Close a position at its stop."""
        position, fill = self.positions[identifier], self.stops[identifier]
        comment = f"[sl {position.stop:.{position.contract.terms.digits}f}]"
        order = self.closing(position, position.lots, fill)
        self.leave(position, replace(order, reason=ORDER_REASON_SL, comment=comment), fill)

    def closing(self, position: Position, lots: float, fill: Reached) -> Order:
        """Return a new order at the market that takes lots away from a position."""
        side: Side = "sell" if position.side == "buy" else "buy"
        contract, ticket = position.contract, next(self.tickets)
        return Order(ticket, contract, side, side, lots, fill.at_ms, fill.price, None)

    def leave(self, position: Position, order: Order, fill: Reached) -> None:
        """Fill an order against a position: take away, close or reverse."""
        left = round(position.lots - order.lots, _LOTS_DIGITS)
        closed, swap = position.lots, position.swap
        if left > 0:
            closed, swap = order.lots, money(position.swap * order.lots / position.lots)
        contract = position.contract
        result = earned(contract, position.side, closed, position.price_open, fill.price)
        profit = money(rates(self.profile, contract.profit, fill.at_ms).convert(result))
        after: Position | None = None
        if left > 0:
            rest = money(position.swap - swap)
            after = replace(position, lots=left, swap=rest, updated_ms=fill.at_ms)
        elif left < 0:
            after = replace(_opened(order, fill, -left), identifier=position.identifier)
        entry = DEAL_ENTRY_INOUT if left < 0 else DEAL_ENTRY_OUT
        self._change(position.identifier, after, fill.at_ms)
        self._book(order, fill, entry, position.identifier, swap, profit)

    def move_stop(self, position: Position, stop: float | None, at_ms: int) -> None:
        """Put a position's stop elsewhere, None: take it away."""
        self._change(position.identifier, replace(position, stop=stop), at_ms)
        self._remember(at_ms)

    def night(self, at_ms: int) -> None:
        """Charge the swap of the night that ends with a midnight of the server."""
        for position in tuple(self.positions.values()):
            swap = money(position.swap + night_swap(self.profile, position, at_ms))
            self.positions[position.identifier] = replace(position, swap=swap)
        self._remember(at_ms)

    def _enter(self, order: Order, fill: Reached) -> None:
        self._change(order.ticket, _opened(order, fill, order.lots), fill.at_ms)
        self._book(order, fill, DEAL_ENTRY_IN, order.ticket)

    def _add(self, position: Position, order: Order, fill: Reached) -> None:
        lots = round(position.lots + order.lots, _LOTS_DIGITS)
        price_open = (position.price_open * position.lots + fill.price * order.lots) / lots
        after = replace(position, lots=lots, price_open=price_open, stop=order.stop, updated_ms=fill.at_ms)
        self._change(position.identifier, after, fill.at_ms)
        self._book(order, fill, DEAL_ENTRY_IN, position.identifier)

    def _of(self, contract: Contract) -> Position | None:
        """Return the position of a netting account in a symbol."""
        return next((one for one in self.positions.values() if one.contract is contract), None)

    def _change(self, identifier: int, after: Position | None, at_ms: int) -> None:
        """Put a position in place of another, None: remove it; look where its stop is reached."""
        self.stops.pop(identifier, None)
        if after is None:
            del self.positions[identifier]
            return
        self.positions[identifier] = after
        if after.stop is not None:
            reached = stopped(after.contract, after.side, after.stop, at_ms, self._ends_ms)
            if reached is not None:
                self.stops[identifier] = reached

    def _book(
        self,
        order: Order,
        fill: Reached,
        entry: int,  # DEAL_ENTRY_*
        identifier: int,  # of the position
        swap: float = 0.0,
        profit: float = 0.0,
    ) -> None:
        """Write the deal and the order of a fill, and what they leave."""
        terms = order.contract.terms.commission
        dear = rates(self.profile, order.contract.profit, fill.at_ms).loss
        commission = max(terms.minimum, terms.per_share * order.lots * order.contract.terms.contract_size)
        booked = Booked(0.0 - money(dear * commission), swap, profit, 0.0 - money(dear * terms.fee))
        deal = order_deal(self.profile, self._deal_ticket(), fill, order, entry, identifier, booked)
        self.deals.append((fill.at_ms, deal))
        self.orders.append((fill.at_ms, filled_order(self.profile, order, fill, identifier)))
        self._balance = money(self._balance + booked.total)
        self._remember(fill.at_ms)

    def _deal_ticket(self) -> int:
        return _FIRST_DEAL + len(self.deals)

    def _remember(self, at_ms: int) -> None:
        positions, pending = tuple(self.positions.values()), tuple(self.pending.values())
        taken = margin(self.profile, positions)
        self.states.append((at_ms, State(self._balance, self._credit, taken, positions, pending)))


def _opened(order: Order, fill: Reached, lots: float) -> Position:
    """Return the position that an order opens."""
    return Position(
        ticket=order.ticket,
        identifier=order.ticket,
        contract=order.contract,
        side=order.side,
        lots=lots,
        price_open=fill.price,
        stop=order.stop,
        opened_ms=fill.at_ms,
        updated_ms=fill.at_ms,
    )


def next_midnight(profile: Profile, after_ms: int) -> int:
    """Return the first midnight of the server after an instant."""
    day = server_ms(profile, after_ms) // _DAY_MS + 1
    return utc_ms(profile, day * _DAY_MS)


def nights(profile: Profile, triple: int, midnight_ms: int) -> int:
    """Return how many days' swap is charged at a midnight of the server (UTC epoch ms).

    By the day that ends: three for the triple day (DAY_OF_WEEK_*), none for Saturday and Sunday, else one.
    """
    day = (server_ms(profile, midnight_ms) // _DAY_MS - 1 + _THURSDAY) % 7
    if day == triple:
        return 3
    return 0 if day in _WEEKEND else 1


def night_swap(profile: Profile, position: Position, midnight_ms: int) -> float:
    """Return the swap of a position for the night that ends with a midnight of the server (UTC epoch ms).

    Account currency, rounded to its digits; ValueError for a mode without a formula here. Points are worth
    what a move of the price by them is; interest is of the price at which the position could be closed, for
    a bank year of 360 days (MQL5 Reference, ENUM_SYMBOL_SWAP_MODE).
    """
    terms = position.contract.terms
    swap, shares = terms.swap, position.lots * terms.contract_size
    rate = swap.long if position.side == "buy" else swap.short
    if swap.mode == SYMBOL_SWAP_MODE_DISABLED:
        return 0.0
    if swap.mode == SYMBOL_SWAP_MODE_POINTS:
        a_night = shares * rate * terms.point
    elif swap.mode == SYMBOL_SWAP_MODE_INTEREST_CURRENT:
        price = closing_price(position.contract, position.side, midnight_ms)
        a_night = shares * price * rate / 100 / _BANK_YEAR
    else:
        raise ValueError(
            f"swap_mode of {position.contract.name} was {swap.mode}, for which there is no formula"
        )
    days = nights(profile, swap.triple, midnight_ms)
    return money(rates(profile, position.contract.profit, midnight_ms).convert(days * a_night))
