"""What each symbol's price has done in the last minutes: one that stands still, and one that has leapt.

A quote may be fresh by its stamp and wrong by its price: a feed that stamps the same price anew, or a single
bad tick. Either is judged by what the other symbols did meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import log
from typing import NamedTuple

from assistant.core.caps import ACCOUNT, Cap, Kind, Unit
from assistant.core.closes import median
from assistant.core.conditions import ConditionSettings, staleness
from assistant.core.lapse import spoken
from assistant.core.market import Quote, Unknown
from assistant.core.snapshot import Snapshot

FROZEN = "frozen"
SPIKE = "spike"
EVERY = timedelta(seconds=15)  # between two looks that are remembered
A_MINUTE = 4  # looks
NEAR = 8  # looks that are remembered, whose middle a price is held against: 2 minutes
MOVES = 80  # within a minute, that are remembered: 20 minutes
CONFIRMED = 3  # other prices near a leap, that confirm it


@dataclass(frozen=True, slots=True)
class Leap:
    """A price far from the last minutes that nothing has confirmed yet."""

    since: datetime  # UTC, when it was seen first
    mid: float  # price, the first of them
    others: float  # log, what the middle of the others did
    after: int = 0  # other prices near it, seen since


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one symbol in this session."""

    quote: Quote  # the last fresh one
    since: datetime  # UTC, when its bid and ask were first seen
    then: Mapping[str, float]  # mids of all symbols at that look, by our symbol
    looks: tuple[float, ...] = ()  # mids, oldest first
    moves: tuple[float, ...] = ()  # log, from the look a minute before each, oldest first
    near: float | None = None  # price, the middle of the last of them; None: too few
    usual: float = 0.0  # log, a move in a minute: the middle of those that were seen
    leap: Leap | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """What was seen of all symbols in this session."""

    looked: datetime | None = None  # UTC; when a look was remembered last
    mids: Mapping[str, float] = field(default_factory=dict)  # fresh ones of this cycle, by our symbol
    seen: Mapping[str, Seen] = field(default_factory=dict)  # likewise, of this session


class Doubt(NamedTuple):
    """A symbol whose price is fresh by its stamp and must not be judged by."""

    symbol: str  # ours
    name: str  # of its cap
    reason: str


def watched(before: Prices, snapshot: Snapshot, settings: ConditionSettings) -> Prices:
    """Return what has been seen after one more cycle; the snapshot's hours are the observed ones.

    Outside a session nothing is remembered. A quote that is not fresh neither confirms nor denies anything.
    """
    now, hours = snapshot.as_of, snapshot.hours
    if not hours.state.in_session:
        return Prices()
    skew = snapshot.terminal.skew
    fresh = {
        symbol: quote
        for symbol, quote in snapshot.quotes.items()
        if isinstance(quote, Quote) and staleness(quote, now, hours, settings, skew) is None
    }
    mids = {symbol: quote.mid for symbol, quote in fresh.items()}
    seen = dict(before.seen)
    for symbol, quote in fresh.items():
        known = seen.get(symbol)
        if known is None:
            seen[symbol] = Seen(quote, now, mids)
        elif known.quote.bid != quote.bid or known.quote.ask != quote.ask:
            leap = known.leap and replace(known.leap, after=known.leap.after + 1)
            kept = known.looks, known.moves, known.near, known.usual
            seen[symbol] = Seen(quote, now, mids, *kept, leap)
    for symbol, leap in _leaps(seen, mids, now, settings):
        seen[symbol] = _judged(seen[symbol], leap, now, settings)
    if before.looked is not None and timedelta() <= now - before.looked < EVERY:
        return Prices(before.looked, mids, seen)
    for symbol, mid in mids.items():
        if seen[symbol].leap is None:
            seen[symbol] = _remembered(seen[symbol], mid)
    return Prices(now, mids, seen)


def _leaps(
    seen: Mapping[str, Seen], mids: Mapping[str, float], now: datetime, settings: ConditionSettings
) -> Iterator[tuple[str, Leap | None]]:
    """Yield the symbols whose price has leapt now, and those whose leap is over."""
    moves = {symbol: log(mid / near) for symbol, mid in mids.items() if (near := seen[symbol].near)}
    for symbol, move in moves.items():
        one, most = seen[symbol], limit(seen[symbol].usual, settings)
        if abs(move) <= most and one.leap is None:
            continue
        rest = [other for name, other in moves.items() if name != symbol]
        others = median(rest) if rest else 0.0
        if min(abs(move), abs(move - others)) > most:
            yield symbol, Leap(now, mids[symbol], others)
        elif one.leap is not None:
            yield symbol, None


def _judged(one: Seen, leap: Leap | None, now: datetime, settings: ConditionSettings) -> Seen:
    """Return what a leap leaves: it waits, it is another one, or it is confirmed and the price is as usual.

    Confirmed by time and by other prices near it: one that stands still confirms nothing.
    """
    before = one.leap
    if leap is None or before is None or abs(log(leap.mid / before.mid)) > limit(one.usual, settings):
        return replace(one, leap=leap)
    long_enough = now - before.since >= timedelta(seconds=settings.spike_seconds)
    if one.near is None or not long_enough or before.after < CONFIRMED:
        return one
    scale = leap.mid / one.near
    return replace(one, looks=tuple(mid * scale for mid in one.looks), near=leap.mid, leap=None)


def _remembered(one: Seen, mid: float) -> Seen:
    """Return a symbol with one more look."""
    looks, moves = (*one.looks, mid)[-NEAR:], one.moves
    if len(looks) > A_MINUTE:
        moves = (*moves, abs(log(mid / looks[-1 - A_MINUTE])))[-MOVES:]
    if len(looks) < NEAR:
        return replace(one, looks=looks, moves=moves)
    return replace(one, looks=looks, moves=moves, near=median(looks), usual=median(moves))


def limit(usual: float, settings: ConditionSettings) -> float:
    """Return how far from the last minutes a price has leapt (log)."""
    return max(settings.spike_share, settings.spike_times * usual)


def doubts(
    prices: Prices, as_of: datetime, legs: Sequence[str], settings: ConditionSettings
) -> tuple[Doubt, ...]:
    """Return the symbols whose price must not be judged by now; `legs` are those of the ratio, if its own."""
    found = []
    for symbol, one in prices.seen.items():
        if one.leap is not None:
            found.append(Doubt(symbol, SPIKE, f"{symbol} {_leapt(one, one.leap, settings)}"))
        still = _still(symbol, one, prices, as_of, legs, settings)
        if still:
            found.append(Doubt(symbol, FROZEN, f"{symbol} {still}"))
    return tuple(found)


def price_caps(
    found: Sequence[Doubt], snapshot: Snapshot, legs: Sequence[str], fail_safe: float
) -> Iterator[Cap]:
    """Yield `spike` and `frozen`, for the symbol or for the whole account.

    For the account where the symbol is a leg of the ratio, and where a spike is in one in which something is
    open or pending: equity, heat and exposure rest on its price.
    """
    held = {one.broker_symbol for one in snapshot.positions} | {one.broker_symbol for one in snapshot.orders}
    priced = {one.symbol for one in snapshot.instruments if one.broker_symbol in held}
    for symbol, name, reason in found:
        wide = symbol in legs or (name == SPIKE and symbol in priced)
        value, unit = (0.0, Unit.LOTS) if name == SPIKE else (fail_safe, Unit.SHARE)
        scope = ACCOUNT if wide else symbol
        yield Cap(name, value, unit, Kind.CONDITION, reason, scope=scope, settles=True)


def trusted(snapshot: Snapshot, found: Sequence[Doubt]) -> Snapshot:
    """Return the snapshot without the quotes that must not be judged by."""
    if not found:
        return snapshot
    gone = {symbol: Unknown(reason) for symbol, _, reason in found}
    return replace(snapshot, quotes={**snapshot.quotes, **gone})


def _leapt(one: Seen, leap: Leap, settings: ConditionSettings) -> str:
    """Say how far a price has leapt, and what is waited for."""
    near, most = one.near or leap.mid, limit(one.usual, settings)
    off = 100 * (one.quote.mid / near - 1)
    return (
        f"{one.quote.mid:.6g} is {off:+.2f} % off its last minutes, others {100 * leap.others:+z.2f} %, "
        f"{100 * most:.2f} % allowed; it waits for {CONFIRMED} more prices near it, "
        f"{settings.spike_seconds:g} s at least"
    )


def _still(
    symbol: str, one: Seen, prices: Prices, now: datetime, legs: Sequence[str], settings: ConditionSettings
) -> str | None:
    """Say that a price stands while the others move: the other leg, or the middle of all."""
    stood = (now - one.since).total_seconds()
    if stood < settings.frozen_seconds or symbol not in prices.mids:
        return None
    moves = {
        name: abs(log(prices.mids[name] / then))
        for name, then in one.then.items()
        if name != symbol and name in prices.mids
    }
    if not moves:
        return None
    found = [(median(moves.values()), "the middle of the others")]
    found += [(moves[leg], leg) for leg in legs if symbol in legs and leg in moves]
    most, who = max(found)
    if most <= settings.frozen_move:
        return None
    price = f"{one.quote.bid:.6g}/{one.quote.ask:.6g}"
    return f"has stood at {price} for {spoken(stood)} while {who} moved by {100 * most:.2f} %"
