"""Condition caps: present facts that forbid new risk; they fall at once and rise after a while."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import log
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from assistant.core.caps import ACCOUNT, Cap, Kind, Unit
from assistant.core.closes import STEP, median
from assistant.core.lapse import jumped
from assistant.core.market import Bar, Hours, Quote, SessionState, Unknown
from assistant.core.multiplier import Regime
from assistant.core.regime import Stance
from assistant.core.snapshot import Snapshot

MARKET_CLOSED = "market closed"
STALE = "stale"
SESSION_EDGE = "session edge"
HALTED = "halted"
CLOSING_MINUTES = 15  # a quote from so late in a session serves until the next one opens
HALT_MINUTES = 10  # without a tick from any symbol, and at the earliest so long after the open


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSettings:
    """When present facts are good enough to size by."""

    quote_age_seconds: Annotated[float, Gt(0)]  # seconds; an older quote in an open session is stale
    quote_future_seconds: Annotated[
        float, Ge(0)
    ]  # seconds; a quote stamped later than this means a wrong clock
    legs_apart_seconds: Annotated[float, Gt(0)]  # seconds between the quotes of the two legs of the ratio
    recover_seconds: Annotated[float, Ge(0), Le(3600)]  # seconds of good facts before a condition lifts
    edge_share: Annotated[float, Ge(0), Le(1)]  # share of normal risk at the edge of a session
    spread_times: Annotated[float, Ge(1), Le(100)]  # of its running median; a wider spread leaves less
    spread_share: Annotated[float, Gt(0), Lt(1)]  # of the price; a wider spread is no quote
    frozen_seconds: Annotated[float, Ge(30)]  # seconds that a price may stand while others move
    frozen_move: Annotated[float, Gt(0), Lt(1)]  # share of the price by which they move meanwhile
    spike_share: Annotated[float, Gt(0), Lt(1)]  # share of the price that no leap is smaller than
    spike_times: Annotated[float, Ge(1)]  # times a usual minute's move; likewise
    spike_seconds: Annotated[float, Ge(0), Le(3600)]  # seconds for which a leap must last to be believed
    clock_jump_seconds: Annotated[float, Gt(0)]  # seconds by which the PC's clock may be set between looks
    slept_seconds: Annotated[float, Gt(0)]  # seconds that two looks lie apart more than meant


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeSettings:
    """How many new positions a session may see, by stance."""

    risk_on: Annotated[int, Ge(0)]
    neutral: Annotated[int, Ge(0)]
    risk_off: Annotated[int, Ge(0)]
    unknown: Annotated[int, Ge(0)]
    advisory: bool  # shown, and never binding

    def __post_init__(self) -> None:
        """Refuse more trades in a weaker stance."""
        order = ("risk_off", "neutral", "risk_on")
        most = [getattr(self, name) for name in order]
        if sorted(most) != most:
            was = ", ".join(f"{name} {number}" for name, number in zip(order, most, strict=True))
            raise ValueError(f"was {was}; expected {' <= '.join(order)}")

    def most(self, stance: Stance) -> int:
        """Return how many new positions a session may see in a stance."""
        return {
            Stance.RISK_ON: self.risk_on,
            Stance.NEUTRAL: self.neutral,
            Stance.RISK_OFF: self.risk_off,
            Stance.UNKNOWN: self.unknown,
        }[stance]


def trades_cap(regime: Regime, opened: int | Unknown, settings: TradeSettings) -> Iterator[Cap]:
    """Yield the cap of 0 lots once a session has seen as many new positions as its stance allows."""
    most = settings.most(regime.stance)
    if isinstance(opened, Unknown):
        reason = f"new positions of this session are not known: {opened.reason}"
    elif opened >= most:
        reason = f"{opened} new positions in this session, {most} allowed in {regime.stance}"
    else:
        return
    yield Cap("max new trades", 0.0, Unit.LOTS, Kind.CONDITION, reason, advisory=settings.advisory)


def observed(hours: Hours, quotes: Mapping[str, Quote | Unknown], as_of: datetime) -> Hours:
    """Return the hours as the quotes show them: `halted` where the table says open and no tick comes.

    That is in a listed session, 10 minutes after its open at the earliest, when the newest of the quotes
    (by our symbol) is 10 minutes old or older; without any quote nothing is observed.
    """
    stamps = [quote.at for quote in quotes.values() if isinstance(quote, Quote)]
    if not stamps or not hours.state.in_session or hours.opens_at is None:
        return hours
    quiet_since = max(hours.opens_at, *stamps)
    quiet = as_of - quiet_since >= timedelta(minutes=HALT_MINUTES)
    return replace(hours, state=SessionState.HALTED) if quiet else hours


def condition_caps(
    snapshot: Snapshot, regime: Regime, settings: ConditionSettings, fail_safe: float
) -> Sequence[Cap]:
    """Return `market closed`, `halted`, `session edge` and every `stale`.

    The snapshot's hours are the observed ones. `fail_safe` is the share of normal risk while data that
    should be there is not.
    """
    hours = snapshot.hours
    caps = list(_session_caps(hours, settings))
    caps += [
        _condition(STALE, fail_safe, Unit.SHARE, reason)
        for reason in _account_faults(snapshot, regime, settings)
    ]
    for instrument in snapshot.instruments:
        symbol = instrument.symbol
        late = staleness(snapshot.quotes[symbol], snapshot.as_of, hours, settings, snapshot.terminal.skew)
        late = late or _old_bars(snapshot.bars.get(symbol, ()), hours)
        if late:
            caps.append(_condition(STALE, fail_safe, Unit.SHARE, late, symbol))
    caps += [_condition("price step", 0.0, Unit.LOTS, why, symbol) for symbol, why in _steps(snapshot)]
    return caps


def _session_caps(hours: Hours, settings: ConditionSettings) -> Iterator[Cap]:
    """Say what the exchange's day forbids."""
    if not hours.state.in_session:
        opens = "no next session is known: the packaged table has ended, update the assistant"
        if hours.opens_at:
            opens = f"opens {hours.opens_at:%Y-%m-%d %H:%M} UTC"
        yield _condition(MARKET_CLOSED, 0.0, Unit.LOTS, opens)
    elif hours.state is SessionState.HALTED:
        reason = f"no tick from any symbol for {HALT_MINUTES} minutes in a listed session"
        yield _condition(HALTED, 0.0, Unit.LOTS, reason)
    elif hours.state is SessionState.EDGE:
        closes = f", which closes at {hours.closes_at:%H:%M} UTC" if hours.closes_at else ""
        reason = f"{settings.edge_share:.2f}x in the first and last minutes of the session{closes}"
        # Does not settle: it comes and goes by the table, and nothing in it can flicker.
        yield Cap(SESSION_EDGE, settings.edge_share, Unit.SHARE, Kind.CONDITION, reason)


def _account_faults(snapshot: Snapshot, regime: Regime, settings: ConditionSettings) -> Iterator[str]:
    """Say what is stale for every symbol."""
    hours = snapshot.hours
    if not snapshot.terminal.connected:
        yield "the terminal has no link to its broker"
    if hours.state.in_session and snapshot.terminal.clock_doubt is not None:
        yield snapshot.terminal.clock_doubt
    set_by = jumped(snapshot.lapse, settings.clock_jump_seconds)
    if set_by:
        yield f"{set_by} since the last look: what is fresh must be seen anew"
    if _behind(regime.last_session, hours.last_session):
        pair = "/".join(regime.legs)
        yield (
            f"last close of {pair} is of {regime.last_session}, but {hours.last_session} has closed; "
            "if that session did not take place, name it in exchange.closed"
        )
    if regime.lender is None:  # else the legs are another terminal's
        read = (snapshot.bars.get(leg, ()) for leg in regime.legs)
        yield from (bars.reason for bars in read if isinstance(bars, Unknown))
        apart = _apart([snapshot.quotes.get(leg) for leg in regime.legs], regime.legs, settings)
        if hours.state.in_session and apart:
            yield apart


def _apart(
    quotes: Sequence[Quote | Unknown | None], legs: tuple[str, str], settings: ConditionSettings
) -> str | None:
    """Say that the quotes of the legs do not belong together; one not offered (None) has caps of its own."""
    stamps = [quote.at for quote in quotes if isinstance(quote, Quote)]
    if len(stamps) < len(legs):
        return next((quote.reason for quote in quotes if isinstance(quote, Unknown)), None)
    apart = (max(stamps) - min(stamps)).total_seconds()
    if apart <= settings.legs_apart_seconds:
        return None
    allowed = f"{settings.legs_apart_seconds:g} s allowed"
    return f"quotes of {'/'.join(legs)} are {apart:.0f} s apart, {allowed}"


def _steps(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield the symbols whose quote is far from the last close while the others are not, and say so."""
    moves = {}
    for symbol, quote in snapshot.quotes.items():
        bars = snapshot.bars.get(symbol, ())
        if isinstance(quote, Quote) and not isinstance(bars, Unknown) and bars:
            moves[symbol] = quote.mid / bars[-1].close
    for symbol, move in moves.items():
        others = [other for name, other in moves.items() if name != symbol]
        excess = move / median(others) if abs(log(move)) > STEP and others else move
        if min(abs(log(move)), abs(log(excess))) > STEP:
            change = f"{100 * (move - 1):+.1f} % since the last close, others not"
            yield symbol, f"{change}: a split? No distance in price holds until the next close"


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
    quote: Quote | Unknown,
    as_of: datetime,
    hours: Hours,
    settings: ConditionSettings,
    skew: float | None = None,
) -> str | None:
    """Say why a quote is not good enough to size by; None when it is.

    In a session it is `quote_age_seconds` old at most, otherwise from the last session's final minutes.
    `skew` (seconds) is how far the freshest ticks are ahead of the PC's clock: a clock that is behind makes
    a quote look newer than it is, so the age counts by theirs; one that is ahead is only named.
    """
    if isinstance(quote, Unknown):
        return quote.reason
    age = (as_of - quote.at).total_seconds()
    if quote.ask - quote.bid > settings.spread_share * quote.mid:
        return _absurd(quote, settings.spread_share)
    if age < -settings.quote_future_seconds:
        return _future(-age, skew if skew and skew > settings.quote_future_seconds else 0.0)
    if hours.state.in_session:
        return _late(age, skew or 0.0, settings.quote_age_seconds)
    if hours.last_close is not None and quote.at >= hours.last_close - timedelta(minutes=CLOSING_MINUTES):
        return None
    return f"quote of {quote.at:%Y-%m-%d %H:%M} UTC is not from the end of the last session"


def _absurd(quote: Quote, most: float) -> str:
    """Say how wide a spread is; `most` is the share of the price that it may be."""
    share = f"{100 * (quote.ask - quote.bid) / quote.mid:.1f} % of the price, {100 * most:g} % allowed"
    return f"quote was bid {quote.bid:g}, ask {quote.ask:g}: a spread of {share}"


def _future(ahead: float, behind: float) -> str:
    """Say that a quote is of the future, and how far the PC's clock is behind, 0: not known; in seconds."""
    stamped = f"quote stamped {ahead:.0f} s in the future"
    if behind:
        return f"{stamped}: the PC's clock is {behind:.0f} s behind the broker's; set it by the internet"
    zone = "where terminal.server_zone names a zone, set it to auto"
    return f"{stamped}: set the PC's clock by the internet; {zone}"


def _late(age: float, skew: float, most: float) -> str | None:
    """Say that a quote is too old in a session, or seems so by a wrong clock; all in seconds."""
    by_ticks = age + skew
    if max(age, by_ticks) <= most:
        return None
    if by_ticks <= most:
        return (
            f"quote seems {age:.0f} s old, {most:g} s allowed: the PC's clock is {-skew:.0f} s ahead of the "
            "broker's, or quotes come late; set the PC's clock by the internet"
        )
    if age <= most:
        return (
            f"quote is {by_ticks:.0f} s old, {most:g} s allowed: the PC's clock, by which it is {age:.0f} s "
            f"old, is {skew:.0f} s behind the broker's; set it by the internet"
        )
    return f"quote is {max(age, by_ticks):.0f} s old, {most:g} s allowed"
