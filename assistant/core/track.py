"""The track of a funded account: what its rules remember, folded over what happened to it.

Events are money that was booked, looks at balance and equity, and the firm's resets. The same events give
the same track; bookings of one instant are taken by ticket, whatever order they arrive in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from assistant.core.firm_day import require_aware

_CORRECTION = 0.01  # of the initial balance; what leaves beyond that and may be a payout is one


@dataclass(frozen=True, slots=True)
class Booking:
    """Money that was booked into the balance: the result of a deal, a cost, a dividend, or a transfer."""

    at: datetime  # aware
    ticket: int
    money: float  # account currency, with commission, swap and fee
    transfer: bool = False  # a deposit, or (below 0) a payout: neither is profit
    doubtful: bool = False  # whether a transfer may be a correction: then a small one is no payout
    opened: bool = False  # whether the deal opened exposure
    closed: bool = False  # whether it closed some


@dataclass(frozen=True, slots=True)
class Look:
    """Balance and equity as they were seen at an instant."""

    at: datetime  # aware
    balance: float  # account currency, as is the equity
    equity: float


@dataclass(frozen=True, slots=True)
class Reset:
    """The firm's day ends, and the next begins with what stands in the account."""

    at: datetime  # aware
    balance: float  # account currency, as is the equity
    equity: float | None  # the most that it may have been; None: nobody saw it, or can tell
    least: float | None = None  # the least that it may have been; None: the equity is what was seen


class Mark(StrEnum):
    """What a floor may be measured from, as far as it is remembered."""

    START_BALANCE = "start_balance"
    START_EQUITY = "start_equity"
    HIGH_BALANCE_EOD = "high_balance_eod"
    HIGH_BALANCE = "high_balance"
    HIGH_EQUITY = "high_equity"
    HIGH_EQUITY_OF_DAY = "high_equity_of_day"


@dataclass(frozen=True, slots=True)
class Anchor:
    """What marks may be, or are, from elsewhere than a look: a bound from prices, the firm's dashboard."""

    at: datetime  # aware
    marks: Mapping[Mark, float]  # account currency
    stated: bool = False  # by the firm: taken as it is; else a mark only rises to it
    raises: bool = False  # what is stated, too, only raises what is known


Event = Booking | Look | Reset | Anchor


@dataclass(frozen=True, slots=True)
class Day:
    """One finished day of the firm; money in account currency, transfers left out."""

    ended: datetime  # aware
    closed: float  # balance at its end less balance at its start
    at_cutoff: (
        float | None
    )  # min(balance, equity) at its end less balance at its start; None: equity not seen
    opened: bool  # whether exposure was opened in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """What the rules of a funded account remember; money in account currency."""

    initial: float
    size: float  # the account size that the firm sold
    at: datetime | None = None  # aware, of the last event
    balance: float
    equity: float
    start_balance: float | None = None  # at the last reset; None: none was seen, or not its equity
    start_equity: float | None = None
    high_balance_eod: float  # high-water marks: of balances at resets, of all balances, of all equity,
    high_balance: float
    high_equity: float
    high_equity_of_day: float | None = None  # and of equity since the last reset
    deposited: float = 0.0  # added to every reference, so that a deposit is no headroom
    opening: float  # balance at the last reset, or the first one
    moved: float = 0.0  # transfers since then
    opened: bool = False  # whether exposure was opened since the last reset
    opened_at: datetime | None = None  # aware; when exposure was opened last, and closed last
    closed_at: datetime | None = None
    days: tuple[Day, ...] = ()
    payouts: int = 0
    paid_days: int = 0  # days that had ended at the last payout
    paid_at: datetime | None = None  # aware; of the last payout

    @property
    def closed_today(self) -> float:
        """Profit booked since the last reset, transfers left out (account currency)."""
        return self.balance - self.opening - self.moved


def start(initial: float, size: float) -> Track:
    """Return the track of an account to which nothing has happened yet."""
    return Track(
        initial=initial,
        size=size,
        balance=initial,
        equity=initial,
        opening=initial,
        high_balance_eod=initial,
        high_balance=initial,
        high_equity=initial,
    )


def fold(track: Track, events: Iterable[Event]) -> Track:
    """Return the track after these events, taken in order of time.

    At one instant a reset comes before bookings (the new day has them), then a look, then anchors. Raises
    ValueError for an instant without a zone, and for an event from before the track's last one.
    """
    for event in in_order(events):
        if track.at is not None and event.at < track.at:
            raise ValueError(f"event was of {event.at}; the track has gone on to {track.at}")
        track = _after(track, event)
    return track


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events in the order in which a fold takes them; ValueError for an instant without a zone."""
    found = list(events)
    for event in found:
        require_aware(event.at)
    return sorted(found, key=_order)


def _order(event: Event) -> tuple[datetime, int, int]:
    if isinstance(event, Booking):
        return event.at, 1, event.ticket
    return event.at, {Reset: 0, Look: 2, Anchor: 3}[type(event)], 0


def _after(track: Track, event: Event) -> Track:
    if isinstance(event, Look):
        return _seen(track, event.balance, event.equity, event.at)
    if isinstance(event, Reset):
        return _rolled(track, event)
    if isinstance(event, Anchor):
        return _anchored(track, event)
    if event.transfer:
        return _transferred(track, event)
    balance = track.balance + event.money
    return replace(
        track,
        at=event.at,
        balance=balance,
        high_balance=max(track.high_balance, balance),
        opened=track.opened or event.opened,
        opened_at=event.at if event.opened else track.opened_at,
        closed_at=event.at if event.closed else track.closed_at,
    )


def _anchored(track: Track, anchor: Anchor) -> Track:
    """Take over marks: as they are stated, else where they are higher than what is known."""
    higher: dict[str, Any] = {}
    for mark, value in anchor.marks.items():
        known: float | None = getattr(track, mark)
        as_it_is = anchor.stated and not anchor.raises
        higher[mark] = value if as_it_is or known is None else max(known, value)
    return replace(track, at=anchor.at, **higher)


def _seen(track: Track, balance: float, equity: float, at: datetime) -> Track:
    of_day = track.high_equity_of_day
    return replace(
        track,
        at=at,
        balance=balance,
        equity=equity,
        high_balance=max(track.high_balance, balance),
        high_equity=max(track.high_equity, equity),
        high_equity_of_day=None if of_day is None else max(of_day, equity),
    )


def _rolled(track: Track, reset: Reset) -> Track:
    """Close the day, take the snapshot of the next one, then move the high-water mark of resets."""
    base = track.opening + track.moved
    closed = reset.balance - base
    least = reset.equity if reset.least is None else reset.least  # a day counts by what it surely made
    at_cutoff = None if least is None else min(reset.balance, least) - base
    equity = track.equity if reset.equity is None else reset.equity
    seen = _seen(track, reset.balance, equity, reset.at)
    return replace(
        seen,
        start_balance=reset.balance,
        start_equity=reset.equity,
        high_balance_eod=max(track.high_balance_eod, reset.balance),
        high_equity_of_day=reset.equity,
        opening=reset.balance,
        moved=0.0,
        opened=False,
        days=(*track.days, Day(reset.at, closed, at_cutoff, track.opened)),
    )


def _transferred(track: Track, event: Booking) -> Track:
    """Move money in or out: a deposit moves every reference with it, a payout moves none of them."""
    money = event.money
    moved = replace(
        track,
        at=event.at,
        balance=track.balance + money,
        equity=track.equity + money,
        moved=track.moved + money,
    )
    if event.doubtful and -track.initial * _CORRECTION <= money < 0:
        return moved
    if money < 0:
        return replace(moved, payouts=track.payouts + 1, paid_days=len(track.days), paid_at=event.at)
    return replace(
        moved,
        start_balance=_plus(track.start_balance, money),
        start_equity=_plus(track.start_equity, money),
        high_balance_eod=track.high_balance_eod + money,
        high_balance=track.high_balance + money,
        high_equity=track.high_equity + money,
        high_equity_of_day=_plus(track.high_equity_of_day, money),
        deposited=track.deposited + money,
    )


def _plus(known: float | None, money: float) -> float | None:
    return None if known is None else known + money
