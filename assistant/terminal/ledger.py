"""The scripted trader's account: what was traded and what it is worth, as a pure function of the instant.

Everything that happens to the account (deals, stops, nights, pending orders) is followed when the ledger is
made, so the account at an instant does not depend on who looked before. There is no stop-out.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING

from assistant.terminal.account import Account, worth
from assistant.terminal.playing import play
from assistant.terminal.profile import profile as named_profile
from assistant.terminal.records import open_position, pending_order
from assistant.terminal.script import (
    Entry,
    PaperOperation,
    PaperOrder,
    PaperReduction,
    PaperStop,
    PaperTrade,
    packaged_script,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.terminal.account import State
    from assistant.terminal.profile import Profile
    from assistant.terminal.structs import Struct

__all__ = [
    "Account",
    "Entry",
    "Ledger",
    "PaperOperation",
    "PaperOrder",
    "PaperReduction",
    "PaperStop",
    "PaperTrade",
    "packaged_ledger",
]


class Ledger:
    """The account of a scripted trader at a broker. Instants are UTC epoch milliseconds."""

    def __init__(self, profile: Profile, script: Sequence[Entry]) -> None:
        """Follow the script through the prices; ValueError for an entry that the broker would refuse."""
        self._profile = profile
        books = play(profile, script)
        self._states_ms = [at_ms for at_ms, _ in books.states]
        self._states = [state for _, state in books.states]
        self._deals_ms = [at_ms for at_ms, _ in books.deals]
        self._deals = [deal for _, deal in books.deals]
        self._orders_ms = [at_ms for at_ms, _ in books.orders]
        self._orders = [order for _, order in books.orders]

    def account(self, at_ms: int) -> Account:
        """Return the account's money at an instant; ValueError before the deposit."""
        return worth(self._profile, self._state(at_ms), at_ms)

    def positions(self, at_ms: int) -> tuple[Struct, ...]:
        """Return the TradePositions open at an instant, oldest first."""
        state = self._state(at_ms)
        return tuple(open_position(self._profile, position, at_ms) for position in state.positions)

    def positions_total(self, at_ms: int) -> int:
        """Return how many positions are open at an instant."""
        return len(self._state(at_ms).positions)

    def orders(self, at_ms: int) -> tuple[Struct, ...]:
        """Return the TradeOrders that wait at an instant, oldest first."""
        state = self._state(at_ms)
        return tuple(pending_order(self._profile, order, at_ms) for order in state.pending)

    def orders_total(self, at_ms: int) -> int:
        """Return how many orders wait at an instant."""
        return len(self._state(at_ms).pending)

    def deals(self, at_ms: int) -> tuple[Struct, ...]:
        """Return the TradeDeals done up to an instant, oldest first; the deposit leads."""
        return tuple(self._deals[: bisect_right(self._deals_ms, at_ms)])

    def history_orders(self, at_ms: int) -> tuple[Struct, ...]:
        """Return the TradeOrders filled or cancelled up to an instant, in the order in which that was."""
        return tuple(self._orders[: bisect_right(self._orders_ms, at_ms)])

    def _state(self, at_ms: int) -> State:
        number = bisect_right(self._states_ms, at_ms)
        if not number:
            raise ValueError(f"the account does not exist yet at {at_ms} ms (UTC)")
        return self._states[number - 1]


@cache
def packaged_ledger(letter: str) -> Ledger:
    """Return the ledger of a profile's packaged script; made once."""
    found = named_profile(letter)
    return Ledger(found, packaged_script(found.letter))
