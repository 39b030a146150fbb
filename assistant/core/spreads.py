"""The spread against its running median: what is suddenly dear is ordered in smaller lots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from assistant.core.caps import Cap, Kind, Unit
from assistant.core.closes import median
from assistant.core.market import Quote
from assistant.core.snapshot import Snapshot

EVERY = timedelta(seconds=15)  # between two looks that count for the median
LOOKS = 160  # that are remembered: 40 minutes of an open session
ENOUGH = 20  # looks; with fewer there is no median to measure by


@dataclass(frozen=True, slots=True)
class Spreads:
    """What has been seen of spreads in open sessions, by our symbol."""

    looked: datetime | None = None  # UTC; when a look counted last
    seen: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # price, oldest first
    medians: Mapping[str, float] = field(default_factory=dict)  # price; of those with enough looks


def looked(before: Spreads, snapshot: Snapshot, quote_age_seconds: float) -> Spreads:
    """Return what has been seen after one more cycle; the snapshot's hours are the observed ones.

    A look counts in an open session, a while after the one before, and for fresh quotes alone.
    """
    now = snapshot.as_of
    recent = before.looked is not None and timedelta() <= now - before.looked < EVERY
    if recent or not snapshot.hours.state.in_session:
        return before
    oldest = now - timedelta(seconds=quote_age_seconds)
    seen = dict(before.seen)
    for symbol, quote in snapshot.quotes.items():
        if isinstance(quote, Quote) and quote.at >= oldest:
            seen[symbol] = (*seen.get(symbol, ()), quote.ask - quote.bid)[-LOOKS:]
    medians = {symbol: median(spreads) for symbol, spreads in seen.items() if len(spreads) >= ENOUGH}
    return Spreads(now, seen, medians)


def spread_caps(snapshot: Snapshot, spreads: Spreads, times: float) -> Iterator[Cap]:
    """Yield for each symbol whose spread is more than `times` its median the share that is left of it."""
    for symbol, usual in spreads.medians.items():
        quote = snapshot.quotes.get(symbol)
        if not isinstance(quote, Quote) or not snapshot.hours.state.in_session:
            continue
        spread = quote.ask - quote.bid
        if usual > 0 and spread > times * usual:
            share = times * usual / spread
            reason = (
                f"{share:.2f}x spread {spread:.6g} is {spread / usual:.1f}x its median {usual:.6g}, "
                f"{times:g}x taken in full"
            )
            yield Cap("spread", share, Unit.SHARE, Kind.CONDITION, reason, scope=symbol, settles=True)
