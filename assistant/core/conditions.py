"""Condition caps: present facts that forbid new risk; they fall at once and rise after a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from annotated_types import Ge, Gt, Le

from assistant.core.caps import ACCOUNT, Cap, Kind, Unit
from assistant.core.market import Bar, Hours, Quote, SessionState, Snapshot, Unknown
from assistant.core.multiplier import Regime

MARKET_CLOSED = "market closed"
CLOSING_MINUTES = 15  # a quote from so late in a session serves until the next one opens


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSettings:
    """When present facts are good enough to size by."""

    quote_age_seconds: Annotated[float, Gt(0)]  # seconds; an older quote in an open session is stale
    quote_future_seconds: Annotated[
        float, Ge(0)
    ]  # seconds; a quote stamped later than this means a wrong clock
    recover_seconds: Annotated[float, Ge(0), Le(3600)]  # seconds of good facts before a condition lifts


def condition_caps(
    snapshot: Snapshot, regime: Regime, settings: ConditionSettings, fail_safe: float
) -> Sequence[Cap]:
    """Return `market closed` and every `stale`.

    `fail_safe` is the share of normal risk while data that should be there is not.
    """
    hours = snapshot.hours
    caps = []
    if hours.state is not SessionState.OPEN:
        opens = f"opens {hours.opens_at:%Y-%m-%d %H:%M} UTC" if hours.opens_at else "no next session is known"
        caps.append(_condition(MARKET_CLOSED, 0.0, Unit.LOTS, opens))
    if not snapshot.terminal.connected:
        caps.append(_condition("stale", fail_safe, Unit.SHARE, "the terminal has no link to its broker"))
    if _behind(regime.last_session, hours.last_session):
        pair = "/".join(regime.legs)
        reason = f"last close of {pair} is of {regime.last_session}, but {hours.last_session} has closed"
        caps.append(_condition("stale", fail_safe, Unit.SHARE, reason))
    for leg in regime.legs:
        bars = snapshot.bars.get(leg, ())
        if isinstance(bars, Unknown):
            caps.append(_condition("stale", fail_safe, Unit.SHARE, bars.reason))
    for instrument in snapshot.instruments:
        symbol = instrument.symbol
        late = staleness(snapshot.quotes[symbol], snapshot.as_of, hours, settings)
        late = late or _old_bars(snapshot.bars.get(symbol, ()), hours)
        if late:
            caps.append(_condition("stale", fail_safe, Unit.SHARE, late, symbol))
    return caps


def _old_bars(bars: Sequence[Bar] | Unknown, hours: Hours) -> str | None:
    """Say that a symbol's bars end too early; without any a lot's loss is unknown, which is a cap too."""
    if isinstance(bars, Unknown) or not bars or not _behind(bars[-1].session, hours.last_session):
        return None
    return f"last bar is of {bars[-1].session}, but {hours.last_session} has closed"


def _condition(name: str, value: float, unit: Unit, reason: str, scope: str = ACCOUNT) -> Cap:
    return Cap(name, value, unit, Kind.CONDITION, reason, scope=scope, settles=True)


def _behind(known: date | None, finished: date | None) -> bool:
    """Whether closes that should be there are missing; no history at all is the cap `unknown`."""
    return known is not None and finished is not None and known < finished


def staleness(
    quote: Quote | Unknown, as_of: datetime, hours: Hours, settings: ConditionSettings
) -> str | None:
    """Say why a quote is not good enough to size by; None when it is.

    In an open session it is `quote_age_seconds` old at most, otherwise from the last session's final minutes.
    """
    if isinstance(quote, Unknown):
        return quote.reason
    age = (as_of - quote.at).total_seconds()
    if age < -settings.quote_future_seconds:
        return f"quote stamped {-age:.0f} s in the future: the PC clock or terminal.server_zone is wrong"
    if hours.state is SessionState.OPEN:
        if age <= settings.quote_age_seconds:
            return None
        return f"quote is {age:.0f} s old, {settings.quote_age_seconds:g} s allowed"
    if hours.last_close is not None and quote.at >= hours.last_close - timedelta(minutes=CLOSING_MINUTES):
        return None
    return f"quote of {quote.at:%Y-%m-%d %H:%M} UTC is not from the end of the last session"
