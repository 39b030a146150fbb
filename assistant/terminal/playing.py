"""The scripted trader at work: the script, its stops and the nights between, in the order of time."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from assistant.terminal.account import Order, worth
from assistant.terminal.booking import Books, next_midnight
from assistant.terminal.execution import (
    Reached,
    accepted,
    check_stop,
    closing_price,
    filled,
    opening_price,
    refusal,
)
from assistant.terminal.feeds import feed
from assistant.terminal.script import (
    PaperOperation,
    PaperOrder,
    PaperReduction,
    PaperStop,
    PaperTrade,
    epoch_ms,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.terminal.account import Position
    from assistant.terminal.profile import Contract, Profile
    from assistant.terminal.script import Entry

_HAPPENS, _BEGINS, _ENDS = range(3)  # which of several events at one instant goes first
_TINY = 1e-9  # lots


class _Event(NamedTuple):
    """An entry of the script happening, beginning or ending."""

    at_ms: int  # UTC epoch ms
    what: int
    place: int  # in the script


def play(profile: Profile, script: Sequence[Entry]) -> Books:
    """Return the books of a script, from the deposit at the first prices to the last ones.

    ValueError for an entry that the broker would refuse, with its reason.
    """
    return _Player(profile, script).play()


class _Player:
    """Plays one script."""

    def __init__(self, profile: Profile, script: Sequence[Entry]) -> None:
        stretches = [feed(contract).stretches for contract in profile.contracts.values()]
        self._profile, self._script = profile, script
        self._now_ms = min(one[0].opens_ms for one in stretches)  # UTC epoch ms
        self._ends_ms = max(one[-1].closes_ms for one in stretches)  # UTC epoch ms
        self._books = Books(profile, self._ends_ms)
        # By the entry's place in the script:
        self._contracts: dict[int, Contract] = {}
        self._fills: dict[int, Reached] = {}  # of pending orders
        self._orders: dict[int, Order] = {}  # pending ones
        self._positions: dict[int, int] = {}  # identifiers

    def play(self) -> Books:
        terms = self._profile.account
        self._books.operate(self._now_ms, "balance", terms.deposit, "Deposit")
        if terms.credit:
            self._books.operate(self._now_ms, "credit", terms.credit, "Credit")
        for event in sorted(event for place in range(len(self._script)) for event in self._events(place)):
            self._pass(event.at_ms)
            self._happen(event)
        self._pass(self._ends_ms)
        return self._books

    def _events(self, place: int) -> Iterator[_Event]:
        """Yield when an entry of the script happens, or begins and ends."""
        entry = self._script[place]
        at_ms = epoch_ms(entry.begins_at)
        if isinstance(entry, PaperOperation):
            if at_ms < self._now_ms:
                raise refusal(entry, "the account does not exist yet")
            yield _Event(at_ms, _HAPPENS, place)
            return
        contract = self._contracts[place] = accepted(self._profile, entry)
        if isinstance(entry, PaperReduction | PaperStop):
            yield _Event(at_ms, _ENDS, place)
            return
        yield _Event(at_ms, _BEGINS, place)
        if isinstance(entry, PaperTrade):
            if entry.closes_at is not None:
                yield _Event(epoch_ms(entry.closes_at), _ENDS, place)
            return
        ends_ms = self._ends_ms if entry.cancelled_at is None else epoch_ms(entry.cancelled_at)
        reached = filled(contract, entry, ends_ms)
        if reached is not None:
            self._fills[place] = reached
            yield _Event(reached.at_ms, _ENDS, place)
        elif entry.cancelled_at is not None:
            yield _Event(ends_ms, _ENDS, place)

    def _pass(self, until_ms: int) -> None:
        """Let time pass up to an instant: midnights, and stops that are reached."""
        books = self._books
        while books.positions:
            midnight_ms = next_midnight(self._profile, self._now_ms)
            reached = min(((one.at_ms, identifier) for identifier, one in books.stops.items()), default=None)
            if reached is not None and reached[0] < midnight_ms and reached[0] <= until_ms:
                self._now_ms = reached[0]
                books.stop(reached[1])
            elif midnight_ms <= until_ms:
                self._now_ms = midnight_ms
                books.night(midnight_ms)
            else:
                break
        self._now_ms = until_ms

    def _happen(self, event: _Event) -> None:
        entry = self._script[event.place]
        if isinstance(entry, PaperOperation):
            self._books.operate(event.at_ms, entry.kind, entry.amount, entry.comment)
            self._check_money(entry)
        elif isinstance(entry, PaperOrder):
            self._wait(event, entry)
        elif isinstance(entry, PaperReduction):
            self._reduce(event, entry)
        elif isinstance(entry, PaperStop):
            self._move(event, entry)
        elif event.what == _BEGINS:
            self._begin(event, entry)
        else:
            self._end(event, entry)

    def _begin(self, event: _Event, trade: PaperTrade) -> None:
        """Fill a trade at the market."""
        contract = self._contracts[event.place]
        fill = Reached(event.at_ms, opening_price(contract, trade.side, event.at_ms))
        ticket, stop = next(self._books.tickets), trade.stop
        order = Order(ticket, contract, trade.side, trade.side, trade.lots, event.at_ms, fill.price, stop)
        self._fill(event.place, order, fill)

    def _end(self, event: _Event, trade: PaperTrade) -> None:
        """Close a trade, unless its stop or another order already has."""
        position = self._books.positions.get(self._positions[event.place])
        if position is None or position.side != trade.side:
            return
        self._leave(position, min(trade.lots, position.lots), event.at_ms)

    def _reduce(self, event: _Event, reduction: PaperReduction) -> None:
        """Close a part of the oldest position in a symbol, or all of it."""
        position = self._oldest(event.place)
        held = 0.0 if position is None else position.lots
        if position is None or reduction.lots > held + _TINY:
            raise refusal(reduction, f"{held:g} lots are open")
        self._leave(position, reduction.lots, event.at_ms)

    def _move(self, event: _Event, moved: PaperStop) -> None:
        """Put the stop of the oldest position in a symbol elsewhere."""
        position = self._oldest(event.place)
        if position is None:
            raise refusal(moved, "no position is open")
        check_stop(position.contract, moved, position.side)
        self._books.move_stop(position, moved.stop, event.at_ms)

    def _oldest(self, place: int) -> Position | None:
        """Return the oldest position in the symbol of an entry; None: there is none."""
        contract = self._contracts[place]
        return next((one for one in self._books.positions.values() if one.contract is contract), None)

    def _leave(self, position: Position, lots: float, at_ms: int) -> None:
        """Close lots of a position at the market."""
        fill = Reached(at_ms, closing_price(position.contract, position.side, at_ms))
        self._books.leave(position, self._books.closing(position, lots, fill), fill)

    def _wait(self, event: _Event, order: PaperOrder) -> None:
        """Place a pending order, fill it, or take it back."""
        place = event.place
        if event.what == _BEGINS:
            ticket, contract = next(self._books.tickets), self._contracts[place]
            self._check_limit(contract, order)
            kind, side, lots = order.kind, order.side, order.lots
            waiting = Order(ticket, contract, kind, side, lots, event.at_ms, order.price, order.stop)
            self._orders[place] = waiting
            self._books.place(waiting)
        elif place in self._fills:
            self._fill(place, self._orders[place], self._fills[place])
        else:
            self._books.cancel(self._orders[place], event.at_ms)

    def _fill(self, place: int, order: Order, fill: Reached) -> None:
        entry = self._script[place]
        if isinstance(entry, PaperTrade):
            self._check_limit(order.contract, entry)
        self._positions[place] = self._books.fill(order, fill)
        self._check_money(entry)

    def _check_limit(self, contract: Contract, entry: PaperTrade | PaperOrder) -> None:
        """Refuse more lots in one direction, open and pending, than the broker allows."""
        limit = contract.terms.volume_limit
        positions, pending = self._books.positions.values(), self._books.pending.values()
        held: Iterator[Position | Order] = chain(positions, pending)
        lots = sum(one.lots for one in held if one.contract is contract and one.side == entry.side)
        if limit and lots + entry.lots > limit + _TINY:
            raise refusal(entry, f"{lots:g} lots are open and pending, at most {limit:g} are allowed")

    def _check_money(self, entry: Entry) -> None:
        at_ms, state = self._books.states[-1]
        free = worth(self._profile, state, at_ms).margin_free
        if free < 0:
            raise refusal(entry, f"no money: free margin would be {free:.2f}")
