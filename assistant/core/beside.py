"""What a firm's snapshot may hold beside a reset: it may be taken some minutes early or late."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import fsum

from assistant.core.past import Past, booking, happened
from assistant.core.track import Anchor, Booking, Look, Mark, Reset

AROUND = timedelta(minutes=2)  # of a reset, in which a firm may take its snapshot


def higher(one: Look | None, look: Look) -> Look:
    """Return the higher of what two looks saw, as of the second."""
    if one is None:
        return look
    return Look(look.at, max(one.balance, look.balance), max(one.equity, look.equity))


def lifted(look: Look, booked: Iterable[Booking]) -> Look:
    """Return a look with deposits that came later: they lift every reference."""
    money = fsum(one.money for one in booked if one.transfer and one.money > 0)
    return replace(look, balance=look.balance + money, equity=look.equity + money)


def day_marks(look: Look, *, known: bool) -> dict[Mark, float]:
    """Return the marks of a firm's day that begins with what a look saw.

    Where the equity at its reset is not `known`, what was seen beside it does not tell it.
    """
    balance = {Mark.START_BALANCE: look.balance, Mark.HIGH_BALANCE_EOD: look.balance}
    equity = {Mark.START_EQUITY: look.equity, Mark.HIGH_EQUITY_OF_DAY: look.equity}
    return balance | equity if known else balance


def quiet(past: Past, reset: Reset) -> bool:
    """Whether nothing was open at a reset, and nothing was done a little before or after it."""
    flat = reset.equity == reset.least == reset.balance
    return flat and not any(reset.at - AROUND <= deal.at <= reset.at + AROUND for deal in past.deals)


def near(past: Past, due: datetime, lifts: datetime) -> Iterable[Look]:
    """Yield what may have been seen a little before and after a reset (UTC), by the history.

    With it go the deposits up to `lifts` (UTC), and none from later on: these lift the marks themselves.
    """
    begin, end = max(due - AROUND, past.since), min(due + AROUND, past.until)
    paid = [one for one in map(booking, past.deals) if one.transfer and one.money > 0]
    told = happened(replace(past, until=end), None, begin).events[:-1] if begin < end else ()
    for one in told:  # without the last one, which is of the very end
        if isinstance(one, Look):
            more = [other for other in paid if one.at < other.at <= lifts]
            less = fsum(other.money for other in paid if lifts < other.at <= one.at)
            look = lifted(one, more)
            yield replace(look, balance=look.balance - less, equity=look.equity - less)


def anchors(past: Past, due: datetime, since: datetime, *, known: bool) -> Iterable[Anchor]:
    """Yield what a reset (UTC) may have held beside what stood at it, as of it, or of `since` where later.

    `known` tells whether the equity at the reset is.
    """
    at = max(due, since)
    for look in near(past, due, at) if at - due <= AROUND else ():
        yield Anchor(at, day_marks(look, known=known))


def seen_before(
    recent: Look | None, due: datetime, events: Sequence[object], *, known: bool
) -> Iterable[Anchor]:
    """Yield what a reset (UTC) may have held by what was seen shortly before it, as of the reset."""
    if recent and due - recent.at <= AROUND:
        booked = [one for one in events if isinstance(one, Booking) and one.at <= due]
        yield Anchor(due, day_marks(lifted(recent, booked), known=known))
