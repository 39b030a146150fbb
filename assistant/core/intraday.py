"""The provisional cap of a session: a live ratio that has left the band before any close says so."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.conditions import ConditionSettings, staleness
from assistant.core.market import Quote, SessionState
from assistant.core.multiplier import Regime
from assistant.core.shares import ShareSettings
from assistant.core.snapshot import Snapshot

BELOW_FOR = timedelta(minutes=5)  # without a pause
PAUSE = timedelta(minutes=1)  # between two looks; a longer one ends a row of them


@dataclass(frozen=True, slots=True)
class Watch:
    """What earlier looks of a session have seen."""

    below_since: datetime | None = None  # UTC, the first of an unbroken row of looks below the band
    looked: datetime | None = None  # UTC, the last look that said something
    cap: Cap | None = None  # the one that stands, until its `until`


def intraday(
    regime: Regime,
    snapshot: Snapshot,
    shares: ShareSettings,
    conditions: ConditionSettings,
    margin: float,
    before: Watch,
) -> Watch:
    """Return what is seen now of the live mid ratio, and the cap that follows from it.

    Below: under the lower edge of the band, less `margin` (share) and the relative half spreads of both legs.
    A look without fresh quotes of both legs says nothing: it ends the row only where it makes a pause, and a
    cap that stands does not fall with it.
    """
    now = snapshot.as_of
    standing = before.cap if before.cap and before.cap.until and now < before.cap.until else None
    lower, closes_at = shares.below(regime.stance), snapshot.hours.closes_at
    up, down = (_fresh(leg, snapshot, conditions) for leg in regime.legs)
    if regime.edge is None or lower is None or closes_at is None or regime.doubts:
        return Watch(None, now, standing)
    paused = before.looked is None or now - before.looked > PAUSE
    if not up or not down:
        return Watch(None, now, standing) if paused else replace(before, cap=standing)
    ratio, doubt = up.mid / down.mid, _half_spread(up) + _half_spread(down)
    edge = regime.edge * (1 - margin)
    if ratio >= edge * (1 - doubt):
        return Watch(None, now, standing)
    since = now if paused or before.below_since is None else before.below_since
    if standing is None and now - since >= BELOW_FOR:
        reason = (
            f"{lower:.2f}x live ratio {ratio:.4f} under {edge:.4f}, below the band, since {since:%H:%M} UTC"
        )
        standing = Cap(
            "intraday",
            lower,
            Unit.SHARE,
            Kind.SIGNAL,
            f"{reason}, until the close",
            applies_to=AppliesTo.RISK_ON,
            since=since,
            until=closes_at,
        )
    return Watch(since, now, standing)


def _fresh(leg: str, snapshot: Snapshot, settings: ConditionSettings) -> Quote | None:
    """Return the quote of a leg in an open session; None where it is not good enough to judge by."""
    quote = snapshot.quotes.get(leg)
    in_session = snapshot.hours.state in (SessionState.OPEN, SessionState.EDGE)
    if not in_session or not isinstance(quote, Quote):
        return None
    late = staleness(quote, snapshot.as_of, snapshot.hours, settings, snapshot.terminal.skew)
    return None if late else quote


def _half_spread(quote: Quote) -> float:
    """Return half the spread as a share of the mid price."""
    return (quote.ask - quote.bid) / 2 / quote.mid
