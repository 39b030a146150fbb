"""Whether the terminal shows what is open at its price: a feed that stands still hides what equity was.

Its broker and the firm go on with prices that the terminal does not have. When they are back, the minutes of
those prices tell what may have been.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from assistant.core.firm_day import Cutoff
from assistant.core.market import Quote, Unknown
from assistant.core.past import Past, happened
from assistant.core.snapshot import Snapshot
from assistant.core.track import Anchor, Event, Look, Mark, Reset

STILL = timedelta(seconds=15)  # without a tick, in a session; a price that stands for longer stands still


class Lost(NamedTuple):
    """From when on the equity was not to be seen, until the minutes of prices since then are read."""

    at: datetime  # UTC
    told: str  # in plain words


def stands_still(snapshot: Snapshot) -> Lost | None:
    """Return from when on the price of something open stands still; None: it does not, or no session is on.

    Only configured symbols are looked at: when others are traded is not known.
    """
    hours, names = snapshot.hours, {one.broker_symbol for one in snapshot.positions}
    if not hours.state.in_session:
        return None
    found = []
    for one in snapshot.instruments:
        quote = snapshot.quotes[one.symbol]
        if one.broker_symbol in names and isinstance(quote, Quote):
            since = quote.at if hours.opens_at is None else max(quote.at, hours.opens_at)
            found += [(since, one.symbol)] if snapshot.as_of - since > STILL else []
    if not found:
        return None
    since, symbol = min(found)
    return Lost(since, f"the price of {symbol}, open, stood still from {since:%Y-%m-%d %H:%M:%S} UTC on")


def back(snapshot: Snapshot) -> bool:
    """Whether the price of nothing that is open stands still, nor, in a session, cannot be read."""
    names = {one.broker_symbol for one in snapshot.positions}
    own = (one.symbol for one in snapshot.instruments if one.broker_symbol in names)
    unread = snapshot.hours.state.in_session and any(isinstance(snapshot.quotes[one], Unknown) for one in own)
    return not unread and stands_still(snapshot) is None


def hidden(past: Past, cutoff: Cutoff | None, since: datetime) -> tuple[list[Event], tuple[str, ...]]:
    """Return what equity may have been since an instant (UTC), as events of now, and what no price bounds.

    What was before the last reset of the firm's day is no mark of that day. Account currency.
    """
    found = happened(past, cutoff, since)
    day = since if cutoff is None else cutoff.last(past.until)
    looks = [one for one in found.events if isinstance(one, Look)]
    marks = {}
    earlier = [one.equity for one in looks if one.at < day]
    if earlier:
        marks[Mark.HIGH_EQUITY] = max(earlier)
    resets = [one.equity for one in found.events if isinstance(one, Reset)]
    if resets and resets[-1] is not None:
        marks |= dict.fromkeys((Mark.START_EQUITY, Mark.HIGH_EQUITY_OF_DAY), resets[-1])
    events: list[Event] = [Look(past.until, past.balance, one.equity) for one in looks if one.at >= day]
    return [*events, Anchor(past.until, marks)], found.unbounded
