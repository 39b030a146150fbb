"""Accounts with a past: deals and minutes of prices by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from assistant.core.bounds import Minute, Worth
from assistant.core.market import Deal, Position, Side, Unknown
from assistant.core.past import Past, booked

T0 = datetime(2026, 6, 1, 14, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FLAT = Worth(93.0, 93.0)  # 100 shares a lot, 0.93 of the account's currency for one of the price's


def at(minutes: float) -> datetime:
    """So many minutes after T0."""
    return T0 + minutes * MINUTE


def minute(number: float, low: float, high: float, spread: float = 0.04) -> Minute:
    """The minute that begins so many minutes after T0."""
    return Minute(at(number), high, low, spread)


def fill(ticket: int, minutes: float, kind: str, entry: str, **more: float | str) -> Deal:
    """A deal in IWM.US: 2 lots at 200 of position 7, without result or costs."""
    fields = {"position": 7, "broker_symbol": "IWM.US", "lots": 2.0, "price": 200.0}
    costs = dict.fromkeys(("profit", "commission", "swap", "fee"), 0.0)
    return Deal(ticket=ticket, at=at(minutes), kind=kind, entry=entry, **(fields | costs | more))  # type: ignore[arg-type]


def money(ticket: int, minutes: float, amount: float, kind: str = "balance", **more: str) -> Deal:
    """Money that came (or, below 0, went)."""
    more = {"broker_symbol": ""} | more
    return fill(ticket, minutes, kind, "in", position=0, lots=0.0, price=0.0, profit=amount, **more)


def still_open(lots: float, name: str = "IWM.US", ticket: int = 7, swap: float = 0.0) -> Position:
    """A position that is still open."""
    side = Side.BUY if lots > 0 else Side.SELL
    return Position(ticket, name, side, abs(lots), 200.0, None, 0.0, T0, swap)


def past(
    deals: Sequence[Deal],
    minutes: Mapping[str, Sequence[Minute] | Unknown] | None = None,
    *,
    until: float = 60,
    floating: float = 0.0,
    positions: Sequence[Position] = (),
    worth: Mapping[str, Worth | Unknown] | None = None,
    since: datetime = T0,
) -> Past:
    """What is known at so many minutes after T0, of an account whose deals are all known."""
    balance = sum(booked(one) for one in deals)
    return Past(
        since=since,
        until=at(until),
        balance=balance,
        equity=balance + floating,
        deals=tuple(deals),
        positions=tuple(positions),
        minutes=minutes or {},
        worth=worth or {"IWM.US": FLAT, "SPY.US": Worth(46.5, 46.5)},
    )
