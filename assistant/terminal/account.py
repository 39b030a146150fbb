"""The scripted account between two events: what is open, and what it is worth at an instant.

Instants are UTC epoch milliseconds, money is in the account's currency.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from assistant.terminal import calculation
from assistant.terminal.calculation import money
from assistant.terminal.constants import (
    ORDER_TYPE_BUY,
    ORDER_TYPE_BUY_LIMIT,
    ORDER_TYPE_BUY_STOP,
    ORDER_TYPE_SELL,
    ORDER_TYPE_SELL_LIMIT,
    ORDER_TYPE_SELL_STOP,
)
from assistant.terminal.execution import closing_price
from assistant.terminal.script import SIDES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.terminal.calculation import Rates, Side
    from assistant.terminal.profile import Contract, Profile

ORDER_TYPES = {
    "buy": ORDER_TYPE_BUY,
    "sell": ORDER_TYPE_SELL,
    "buy_limit": ORDER_TYPE_BUY_LIMIT,
    "sell_limit": ORDER_TYPE_SELL_LIMIT,
    "buy_stop": ORDER_TYPE_BUY_STOP,
    "sell_stop": ORDER_TYPE_SELL_STOP,
}


@dataclass(frozen=True, slots=True)
class Order:
    """An order, pending or done."""

    ticket: int
    contract: Contract
    kind: str  # of ORDER_TYPES
    side: Side
    lots: float
    placed_ms: int
    price: float  # of a pending order the one it waits for; else the one it was filled at
    stop: float | None
    reason: int = 0  # ORDER_REASON_*
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """An open position."""

    ticket: int
    identifier: int
    contract: Contract
    side: Side
    lots: float
    price_open: float  # of several orders the average
    stop: float | None
    opened_ms: int
    updated_ms: int  # of the last deal
    swap: float = 0.0  # of the nights so far


class State(NamedTuple):
    """The account from one event to the next."""

    balance: float
    credit: float
    margin: float
    positions: tuple[Position, ...]  # oldest first
    pending: tuple[Order, ...]  # oldest first


@dataclass(frozen=True, slots=True)
class Account:
    """The account's money at one instant, in its currency."""

    balance: float  # what was paid in and out, and the results and costs of deals
    credit: float  # the broker's money
    profit: float  # of open positions, their swap included
    equity: float  # balance plus credit plus profit
    margin: float  # of open positions
    margin_free: float  # equity minus margin
    margin_level: float  # percent, equity of margin; 0 without margin


def rates(profile: Profile, currency: str, at_ms: int) -> Rates:
    """Return the rates of a currency at an instant; ValueError when the broker quotes no cross."""
    found = calculation.rates(profile, currency, at_ms)
    if found is None:
        raise ValueError(f"no cross of {currency} and {profile.account.currency} is quoted")
    return found


def floating(profile: Profile, position: Position, at_ms: int) -> tuple[float, float]:
    """Return the price at which a position could be closed at an instant, and its result without swap."""
    contract, side = position.contract, position.side
    price = closing_price(contract, side, at_ms)
    result = calculation.earned(contract, side, position.lots, position.price_open, price)
    return price, money(rates(profile, contract.profit, at_ms).convert(result))


def margin(profile: Profile, positions: Iterable[Position]) -> float:
    """Return the margin of positions at the prices, and the conversion rates, at which they were opened.

    Opposite positions in one symbol are held on the margin of the larger leg (margin_hedged_use_leg).
    """
    legs: dict[tuple[str, Side], float] = {}
    for one in positions:
        taken = calculation.margin(profile, one.contract, one.side, one.lots, one.price_open, one.opened_ms)
        if taken is None:
            raise ValueError(f"no cross of {one.contract.margin} and {profile.account.currency} is quoted")
        leg = one.contract.name, one.side
        legs[leg] = legs.get(leg, 0.0) + taken
    symbols = {name for name, _ in legs}
    return money(sum((max(legs.get((name, side), 0.0) for side in SIDES) for name in symbols), 0.0))


def worth(profile: Profile, state: State, at_ms: int) -> Account:
    """Return what the account is worth at an instant while a state lasts."""
    results = [floating(profile, position, at_ms)[1] + position.swap for position in state.positions]
    profit = money(sum(results, 0.0))
    equity = money(state.balance + state.credit + profit)
    return Account(
        balance=state.balance,
        credit=state.credit,
        profit=profit,
        equity=equity,
        margin=state.margin,
        margin_free=money(equity - state.margin),
        margin_level=equity / state.margin * 100 if state.margin else 0.0,
    )
