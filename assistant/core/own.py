"""Caps that a trader sets against himself: overrides by hand, and discipline after losses.

A session's result is what its deals made, with all costs, and what open positions have lost so far.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from math import fsum, isfinite
from typing import Annotated, NamedTuple

from annotated_types import Ge, Gt, Le

from assistant.core.caps import ACCOUNT, DAILY_LOSS, MANUAL, Cap, Kind, Unit
from assistant.core.market import Account, Deal, Override, Position, Side, Unknown
from assistant.core.snapshot import Snapshot

ALL = "all"  # the symbol of an override that holds for every one
LOSING_STREAK = "losing streak"
_FILLS = ("buy", "sell")  # kinds of deals; every other one is no result of trading
_CREDIT = "credit"  # the one kind of deal that does not change the balance
_RESIDUE = 1e-6  # account currency, or lots; what sums of floats leave of nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class DisciplineSettings:
    """After which losses a session sees no new risk; None: never."""

    daily_loss: Annotated[float, Gt(0), Le(1)] | None  # share of the balance at the session's open
    losing_streak: Annotated[int, Ge(1)] | None  # positions closed at a loss, one after another
    advisory: bool  # shown, and never binding


def in_force(overrides: Iterable[Override], as_of: datetime) -> tuple[Override, ...]:
    """Return the overrides that have not ended; one ends exactly at its `until`."""
    return tuple(one for one in overrides if one.until is None or as_of < one.until)


def override_caps(overrides: Iterable[Override], as_of: datetime) -> Iterator[Cap]:
    """Yield `manual` for each share by hand in force, and for lots of every symbol; none settles.

    Lots of one symbol are used up by what is open on a side: `by_hand`.
    """
    for one in in_force(overrides, as_of):
        if one.share is None and one.symbol != ALL:
            continue
        lots = one.lots or 0.0
        value, unit = (lots, Unit.LOTS) if one.share is None else (one.share, Unit.SHARE)
        scope = ACCOUNT if one.symbol == ALL else one.symbol
        cap = Cap(MANUAL, value, unit, Kind.CONDITION, _told(one), scope=scope)
        yield replace(cap, since=one.since, until=one.until)


def by_hand(
    overrides: Iterable[Override], as_of: datetime, symbol: str, side: Side, open_lots: float
) -> Iterator[Cap]:
    """Yield `manual` for each cap in lots by hand in force: what is open and pending leaves of it."""
    for one in in_force(overrides, as_of):
        if one.lots is not None and one.symbol == symbol:
            used = f"{open_lots:g} of {one.lots:g} lots {side} open and pending; " if open_lots else ""
            left, reason = max(0.0, one.lots - open_lots), used + _told(one)
            cap = Cap(MANUAL, left, Unit.LOTS, Kind.CONDITION, reason, scope=symbol, side=side)
            yield replace(cap, since=one.since, until=one.until)


def less_open(cap: Cap, worst: float) -> Cap:
    """Return what a daily loss leaves once everything open has lost its worst case; another cap as it is."""
    if cap.name != DAILY_LOSS or cap.unit is not Unit.MONEY or not worst:
        return cap
    return replace(cap, value=max(0.0, cap.value - worst), reason=f"{cap.reason}, {worst:.2f} at risk in all")


def _told(override: Override) -> str:
    """Say why an override is there, its share, and from when to when."""
    share = "" if override.share is None else f"{override.share:.2f}x "
    times = (("since", override.since), ("until", override.until))
    spell = " ".join(f"{word} {_minute(at)}" for word, at in times if at is not None)
    return f"{share}{override.why}" + (f"; {spell} UTC" if spell else "")


def _minute(at: datetime) -> str:
    """Write an instant to the minute, to the second where it is not on one."""
    return f"{at:%Y-%m-%d %H:%M:%S}" if at.second else f"{at:%Y-%m-%d %H:%M}"


class Result(NamedTuple):
    """What a session has made so far, in account currency."""

    start: float  # balance at its open
    realised: float  # of its deals, with their costs
    floating: float  # <= 0; gains that are not taken do not count

    @property
    def lost(self) -> float:
        """The loss (account currency, >= 0)."""
        return max(0.0, -(self.realised + self.floating))


class Closing(NamedTuple):
    """A position that was closed."""

    at: datetime  # UTC
    ticket: int  # of the deal that left nothing of it
    result: float  # account currency, of all its deals, with their costs


def discipline_caps(snapshot: Snapshot, settings: DisciplineSettings) -> Iterator[Cap]:
    """Yield `daily loss` (what may still be lost in this session, then 0 lots) and `losing streak`.

    Outside of a session there is none. Where the deals are not known, nor are the results: 0 lots.
    """
    hours = snapshot.hours
    if not hours.state.in_session or hours.opens_at is None:
        return
    deals = _known(snapshot, hours.opens_at)
    for cap in _discipline(snapshot, deals, hours.opens_at, settings):
        yield replace(cap, advisory=settings.advisory, until=hours.closes_at)


def _discipline(
    snapshot: Snapshot, deals: Sequence[Deal] | Unknown, opens_at: datetime, settings: DisciplineSettings
) -> Iterator[Cap]:
    """Yield the caps of a session that is on, without what all of them share."""
    share, streak = settings.daily_loss, settings.losing_streak
    if isinstance(deals, Unknown):
        reason = f"results of this session are not known: {deals.reason}"
        asked = ((DAILY_LOSS, share), (LOSING_STREAK, streak))
        yield from (_no_lots(name, reason) for name, most in asked if most is not None)
        return
    if share is not None:
        result = session_result(snapshot.account, snapshot.positions, deals, opens_at)
        yield _loss_cap(result, share)
    if streak is not None:
        closed = closings(deals, {one.ticket for one in snapshot.positions})
        yield from _streak_cap([one for one in closed if one.at >= opens_at], streak)


def session_result(
    account: Account, positions: Sequence[Position], deals: Sequence[Deal], opens_at: datetime
) -> Result:
    """Return what the session that opened at `opens_at` (UTC) has made so far.

    Money that came or went is no result, but it moved the balance. The floating loss is that of the losing
    positions, or of the account as a whole where that is worse: it holds the swap of the nights.
    """
    own = [deal for deal in deals if deal.at >= opens_at]
    realised = fsum(_amount(deal) for deal in own if deal.kind in _FILLS)
    losing = fsum(min(0.0, one.profit) for one in positions)
    floating = min(losing, account.equity - account.credit - account.balance)
    return Result(account.balance - balance_change(own), realised, floating)


def balance_change(deals: Iterable[Deal]) -> float:
    """Return by how much deals of all kinds moved the balance (account currency)."""
    return fsum(_amount(deal) for deal in deals if deal.kind != _CREDIT)


def closings(deals: Iterable[Deal], still_open: Collection[int]) -> list[Closing]:
    """Return the positions that were closed or reversed, in the order in which that happened.

    Partial closes count when the last part is closed. A position of which the first deals are not among
    `deals` counts with those that are, once its ticket is not among `still_open`.
    """
    fills: dict[int, list[Deal]] = {}
    for deal in sorted(deals, key=lambda one: (one.at, one.ticket)):
        if deal.kind in _FILLS:
            fills.setdefault(deal.position, []).append(deal)
    return sorted(
        closing
        for position, own in fills.items()
        for closing in _closings(own, still_open=position in still_open)
    )


def _closings(deals: Sequence[Deal], *, still_open: bool) -> Iterator[Closing]:
    """Follow one position through its fills, oldest first: bought lots less sold ones are 0 at its end."""
    lots, amounts = 0.0, []
    for deal in deals:
        lots += deal.lots if deal.kind == "buy" else -deal.lots
        amounts.append(_amount(deal))
        flat = deal.entry != "in" and abs(lots) < _RESIDUE
        left = deal is deals[-1] and deal.entry != "in" and not still_open  # its first deals were not seen
        if deal.entry == "inout" or flat or left:
            yield Closing(deal.at, deal.ticket, fsum(amounts))
            amounts = []


def _amount(deal: Deal) -> float:
    """Return what a deal added to the account (account currency)."""
    return deal.profit + deal.commission + deal.swap + deal.fee


def _known(snapshot: Snapshot, opens_at: datetime) -> Sequence[Deal] | Unknown:
    """Return the deals of a session and older ones of its positions; Unknown where they cannot be counted."""
    if isinstance(snapshot.deals, Unknown):
        return snapshot.deals
    past = () if isinstance(snapshot.past, Unknown) else snapshot.past
    touched = {deal.position for deal in snapshot.deals if deal.at >= opens_at}
    older = [deal for deal in past if deal.position in touched]
    deals = list({deal.ticket: deal for deal in (*older, *snapshot.deals)}.values())
    bad = next((deal for deal in deals if not isfinite(_amount(deal) + deal.lots)), None)
    return Unknown(f"the amounts of deal {bad.ticket} are no numbers") if bad else deals


def _loss_cap(result: Result, most: float) -> Cap:
    """Return the money that a session may still lose, or 0 lots where that is nothing."""
    allowed = max(0.0, most * result.start)
    floating = f", {-result.floating:.2f} floating" if result.floating else ""
    reason = f"{result.lost:.2f} of {allowed:.2f}{floating}"
    left = allowed - result.lost
    if left < _RESIDUE:
        return _no_lots(DAILY_LOSS, reason)
    return Cap(DAILY_LOSS, left, Unit.MONEY, Kind.CONDITION, reason)


def _streak_cap(closed: Sequence[Closing], most: int) -> Iterator[Cap]:
    """Yield 0 lots where the last positions that were closed are all losers."""
    losers = list(takewhile(lambda one: one.result < -_RESIDUE, reversed(closed)))
    if len(losers) >= most:
        lost = -fsum(one.result for one in losers)
        reason = f"{len(losers)} in a row lost {lost:.2f}, the last at {losers[0].at:%H:%M} UTC"
        yield _no_lots(LOSING_STREAK, reason)


def _no_lots(name: str, reason: str) -> Cap:
    return Cap(name, 0.0, Unit.LOTS, Kind.CONDITION, reason)
