"""The ticks of a symbol in a short span of time, as the terminal keeps them."""

from datetime import datetime
from math import isfinite

from assistant.core.market import Quote, Unknown
from assistant.terminal.clock import ServerClock
from assistant.terminal.reads import Reads

COPY_TICKS_INFO = 1  # of MetaTrader5 5.0.6231: ticks that moved bid or ask


def read_ticks(
    reads: Reads, clock: ServerClock, name: str, since: datetime, until: datetime
) -> tuple[Quote, ...] | Unknown:
    """Return the ticks of a span of time (UTC, both ends included), oldest first."""
    first, last = clock.to_stamp(since), clock.to_stamp(until) + 1  # whole seconds
    found = reads.optional("copy_ticks_range", name, first, last, COPY_TICKS_INFO)
    if isinstance(found, Unknown):
        return found
    rows = ((row[5] / 1000, row[1], row[2]) for row in found.tolist())  # time_msc, bid, ask
    ticks = (Quote(bid, ask, clock.to_utc(stamp)) for stamp, bid, ask in rows if isfinite(bid + ask))
    return tuple(one for one in ticks if since <= one.at <= until)
