"""Trades: what an account's deals come to, position by position.

A trade is the life of one position from its first lot to its last, or to where the record ends. On a netting
account a reversal ends one trade and begins the next. Money is in account currency, volume in lots.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import isfinite
from operator import attrgetter
from typing import NamedTuple

from assistant.core.bounds import FILLS
from assistant.core.logbook import Opened, Span, Timeline
from assistant.core.market import Deal, Side

RESIDUE = 1e-9  # lots; what sums of floats leave of nothing
LATE = timedelta(seconds=60)  # a look may be stamped so much before or after the deal that it shows
_CLOSES = ("out", "out_by")
_NEAR = 8  # trades of one ticket or symbol among which a sighting's is looked for, for speed
_opened_at = attrgetter("opened_at")
_UNSEEN = "how it was opened is not on record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One position from its first lot to its last, or as far as it is on record."""

    position: int  # its ticket
    broker_symbol: str
    side: Side
    opened_at: datetime  # UTC
    closed_at: datetime | None  # UTC; None: still open
    lots: float  # that were opened in all
    left: float  # lots still open; 0 where it is closed
    entry: float | None  # mean price; None: how it was opened is not on record
    exit: float | None  # mean price; None: nothing of it was closed
    profit: float  # account currency, of what was closed, without the next two
    costs: float  # account currency, commissions and fees; a charge is negative, as with the broker
    swap: float  # account currency, that was booked
    stops: Timeline[float | None]  # price of the stop-loss as it was seen; None: it had none
    openings: tuple[Deal, ...]  # that opened or added to it
    closings: tuple[Deal, ...]  # that reduced or closed it
    unmatched: str | None = None  # what of it does not add up, in plain words

    @property
    def result(self) -> float:
        """What it brought so far, all costs included (account currency)."""
        return self.profit + self.costs + self.swap


class _Sight(NamedTuple):
    """A position as it was seen."""

    change: int  # of what was open, its number
    at: datetime
    seen: Opened


@dataclass(slots=True)
class _Life:
    """A trade while its deals are followed."""

    position: int
    broker_symbol: str
    side: Side
    opened_at: datetime
    found: Opened | None = None  # as it was seen, where its opening is not on record
    counted: bool = True  # False: nor are its lots
    lots: float = 0.0
    left: float = 0.0
    closed_at: datetime | None = None
    openings: list[Deal] = field(default_factory=list)
    closings: list[Deal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sights: list[_Sight] = field(default_factory=list)

    @property
    def goes_on(self) -> bool:
        """Whether another deal may belong to it."""
        return self.left > 0 or not self.counted

    @property
    def last_at(self) -> datetime:
        """When its last deal was; without any, when it was opened."""
        return max((deal.at for deal in (*self.openings, *self.closings)), default=self.opened_at)

    def add(self, deal: Deal) -> None:
        """Let a deal open or add to it."""
        self.openings.append(deal)
        self.lots, self.left, self.closed_at = self.lots + deal.lots, self.left + deal.lots, None

    def take(self, deal: Deal) -> None:
        """Let a deal take lots away; those beyond what was open are told, or show how many there were."""
        self.closings.append(deal)
        over = deal.lots - self.left
        if over > RESIDUE and not self.counted:
            self.lots += over
        elif over > RESIDUE:
            self.notes.append(f"deal {deal.ticket} closes {deal.lots:g} lots, and {self.left:g} were open")
        self.left = -over if over < -RESIDUE else 0.0
        self.closed_at = None if self.left else deal.at

    def close(self, at: datetime) -> None:
        """Let it end without a deal."""
        self.left, self.closed_at = 0.0, at


def trades(
    deals: Iterable[Deal], positions: Timeline[tuple[Opened, ...]], span: Span, *, hedging: bool
) -> tuple[Trade, ...]:
    """Return the trades of deals and of the positions that were seen, in the order they were opened.

    Deals that are no fills take no part. What was opened before the record is taken to be as old as the
    span, or as its first sighting. What cannot be matched is a trade, too, and says what is amiss.
    """
    own: dict[int, list[Deal]] = {}
    for deal in sorted(dict.fromkeys(deals), key=lambda deal: (deal.at, deal.ticket)):
        if deal.kind in FILLS:
            own.setdefault(deal.position, []).append(deal)
    named = {deal.order: one for one, fills in own.items() for deal in fills if deal.order}
    record = _Record(positions, span.begin, {**named, **{one: one for one in own}}, hedging=hedging)
    lives = [life for fills in own.values() for life in _followed(fills, record)]
    lives += record.give(lives)
    for life in lives:
        record.reconcile(life)
    return tuple(sorted(map(_trade, lives), key=lambda one: (one.opened_at, one.position, one.side)))


class _Record:
    """What was seen open, and from when on.

    A position that was reversed keeps its identifier, which deals name, and is seen by the ticket of the
    order that reversed it. Where no deal names that, a netting account has one position of a symbol.
    """

    def __init__(
        self,
        positions: Timeline[tuple[Opened, ...]],
        begin: datetime,
        named: dict[int, int],  # the position by each ticket that deals name
        *,
        hedging: bool,
    ) -> None:
        self._positions, self._begin, self._named, self._hedging = positions, begin, named, hedging
        self._first: dict[int, int] = {}  # by ticket, the change that showed it first
        for index, (_, seen) in enumerate(positions):
            for one in seen:
                self._first.setdefault(one.ticket, index)

    def before(self, deal: Deal, side: Side) -> Opened | None:
        """Return the position of this side that a deal met, where it was there a while before."""
        index = bisect_right(self._positions, deal.at - LATE, key=lambda one: one[0])
        seen = self._positions[index - 1][1] if index else ()
        return self._of(seen, deal, side)

    def ever(self, deal: Deal, side: Side) -> Opened | None:
        """Return it likewise, or as it was first seen, where that was not after the deal."""
        known = self.before(deal, side)
        index = self._first.get(deal.position)
        if known is not None or index is None or self._positions[index][0] > deal.at:
            return known
        return self._of(self._positions[index][1], deal, side)

    def since(self, found: Opened | None, at: datetime) -> datetime:
        """Return from when on a position counts as open that no deal opened; `at` is its first deal."""
        index = 0 if found is None else self._first[found.ticket]
        if found is not None and index:
            return self._positions[index][0]
        return min(self._begin, at, *(one[0] for one in self._positions[:1] if found is not None))

    def _of(self, seen: Sequence[Opened], deal: Deal, side: Side) -> Opened | None:
        own = [one for one in seen if (one.broker_symbol, one.side) == (deal.broker_symbol, side)]
        for one in own:
            if self._named.get(one.ticket) == deal.position:
                return one
        nameless = deal.entry != "in" and not self._hedging
        return next((one for one in own if nameless and one.ticket not in self._named), None)

    def give(self, lives: Sequence[_Life]) -> list[_Life]:
        """Give each trade the sightings of its position; return those that were seen without any deal."""
        by_position: dict[int, list[_Life]] = {}
        by_symbol: dict[str, list[_Life]] = {}
        for life in sorted(lives, key=_opened_at):
            by_position.setdefault(life.position, []).append(life)
            by_symbol.setdefault(life.broker_symbol, []).append(life)
        alone: list[_Life] = []
        for index, (at, seen) in enumerate(self._positions):
            for one in seen:
                position = self._named.get(one.ticket)
                nameless = position is None and not self._hedging
                of_symbol = by_symbol.get(one.broker_symbol, ()) if nameless else ()
                own = by_position.setdefault(one.ticket if position is None else position, [])
                owner = _owner(own, of_symbol, at, one)
                if owner is None:
                    owner = self._seen_only(one, at)
                    alone.append(owner)
                    insort(own, owner, key=_opened_at)
                owner.sights.append(_Sight(index, at, one))
        return alone

    def _seen_only(self, one: Opened, at: datetime) -> _Life:
        life = _Life(one.ticket, one.broker_symbol, one.side, self.since(one, at), one)
        life.lots = life.left = one.lots
        life.notes.append(f"it was seen from {_told(at)} on, and no deal of it is on record")
        return life

    def reconcile(self, life: _Life) -> None:
        """Compare what the deals leave of a trade with what was seen of it later."""
        last, dealt = (life.sights[-1] if life.sights else None), life.last_at
        if last is not None and not life.counted and last.at >= dealt:
            life.lots += last.seen.lots - life.left
            life.left, life.closed_at = last.seen.lots, None
        if life.closed_at is not None:
            if last is not None and last.at - life.closed_at > LATE:
                life.notes.append(f"it was still seen at {_told(last.at)}, after its deals had closed it")
            return
        seen_since = last is not None and last.at >= dealt
        after = bisect_right(self._positions, dealt + LATE, key=lambda one: one[0])
        gone = last.change + 1 if last is not None and seen_since else after
        if gone < len(self._positions):
            at = self._positions[gone][0]
            life.notes.append(f"it was gone at {_told(at)}, and no deal has closed {life.left:g} lots of it")
            life.close(at)
        elif last is not None and last.at - dealt > LATE and abs(last.seen.lots - life.left) > RESIDUE:
            life.notes.append(f"its deals leave {life.left:g} lots, and {last.seen.lots:g} were seen")


def _owner(own: Sequence[_Life], of_symbol: Sequence[_Life], at: datetime, seen: Opened) -> _Life | None:
    """Return the trade that a sighting shows: by its ticket, or where there is none by its symbol.

    Both sequences are in the order they were opened, and follow one another.
    """
    what = (seen.broker_symbol, seen.side)
    for lives in (own, of_symbol):
        until = bisect_right(lives, at + LATE, key=_opened_at)
        near = [one for one in lives[max(0, until - _NEAR) : until] if (one.broker_symbol, one.side) == what]
        there = [one for one in near if _apart(one, at) <= LATE]
        if there:
            return min(there, key=lambda one: _apart(one, at))
    return next((one for one in reversed(own) if (one.broker_symbol, one.side) == what), None)


def _apart(life: _Life, at: datetime) -> timedelta:
    """Return how far an instant is from a trade's life."""
    after = at - (life.closed_at or at)
    return max(life.opened_at - at, after, timedelta(0))


def _followed(deals: Sequence[Deal], record: _Record) -> Iterator[_Life]:
    """Yield the trades of one position, from its deals in order."""
    lives: list[_Life] = []
    notes = []
    for deal in deals:
        bad = _bad(deal)
        if bad is None:
            lives += _next(lives, deal, record)
        else:
            notes.append(bad)
    if not lives:
        first = deals[0]
        side = Side(first.kind) if first.entry == "in" else Side(first.kind).opposite
        lives = [_Life(first.position, first.broker_symbol, side, first.at, counted=True)]
        lives[0].close(first.at)
    lives[-1].notes += notes
    yield from lives


def _bad(deal: Deal) -> str | None:
    """Say why a deal cannot be counted."""
    numbers = (deal.lots, deal.price, deal.profit, deal.commission, deal.swap, deal.fee)
    if all(map(isfinite, numbers)) and deal.lots > 0:
        return None
    told = f"{deal.lots:g} lots at {deal.price:g}, profit {deal.profit:g}"
    return f"deal {deal.ticket} is not counted: {told}"


def _next(lives: Sequence[_Life], deal: Deal, record: _Record) -> list[_Life]:
    """Let a deal open, change or end the last of a position's trades; return those that it begins."""
    side = Side(deal.kind)
    begun: list[_Life] = []
    life = lives[-1] if lives and (lives[-1].goes_on or deal.entry != "in") else None
    if life is None:
        life = _begun(deal, side, record)
        begun.append(life)
    if side is life.side:
        if deal.entry == "in":
            life.add(deal)
        else:
            life.notes.append(f"deal {deal.ticket} closes a {side} by a {side}: only its money is counted")
            life.closings.append(replace(deal, lots=0.0))
        return begun
    if deal.entry == "inout" and deal.lots > life.left + RESIDUE:
        return [*begun, _turned(life, deal)]
    if deal.entry not in _CLOSES:
        life.notes.append(f"deal {deal.ticket} closes, and was booked as {deal.entry!r}")
    life.take(deal)
    return begun


def _begun(deal: Deal, side: Side, record: _Record) -> _Life:
    """Return the trade that a deal is the first on record of."""
    opens = deal.entry == "in"
    side = side if opens else side.opposite
    found = record.before(deal, side) if opens else record.ever(deal, side)
    if opens and found is None:
        return _Life(deal.position, deal.broker_symbol, side, deal.at)
    since = record.since(found, deal.at)
    life = _Life(deal.position, deal.broker_symbol, side, since, found, counted=found is not None)
    if found is None:
        life.notes.append(f"{_UNSEEN}, nor with how many lots")
    else:
        life.lots = life.left = found.lots
        life.notes.append(f"{_UNSEEN}; {found.lots:g} lots at {found.price:g} were seen")
    return life


def _turned(life: _Life, deal: Deal) -> _Life:
    """Let a deal close a trade and open one of the other side; its costs are split by lots.

    Where the lots that it met are not on record, all of it is taken for the closing.
    """
    after = _Life(deal.position, deal.broker_symbol, life.side.opposite, deal.at, counted=life.counted)
    if not life.counted:
        life.take(deal)
        life.counted = True
        told = f"deal {deal.ticket} turned it, and how many of its lots opened is not on record"
        life.notes.append(told)
        after.notes.append(told)
        return after
    share = life.left / deal.lots
    closing = replace(deal, lots=life.left, commission=deal.commission * share, fee=deal.fee * share)
    opening = replace(
        deal,
        lots=deal.lots - life.left,
        profit=0.0,
        swap=0.0,
        commission=deal.commission - closing.commission,
        fee=deal.fee - closing.fee,
    )
    if not life.left:
        life.notes.append(f"deal {deal.ticket} turned it, and nothing of it was open")
    life.closings.append(closing)
    life.close(deal.at)
    after.add(opening)
    return after


def _trade(life: _Life) -> Trade:
    own = (*life.openings, *life.closings)
    found = [] if life.found is None else [(life.found.lots, life.found.price)]
    opened = [*found, *((deal.lots, deal.price) for deal in life.openings)]
    return Trade(
        position=life.position,
        broker_symbol=life.broker_symbol,
        side=life.side,
        opened_at=life.opened_at,
        closed_at=life.closed_at,
        lots=round(life.lots, 10),
        left=round(life.left, 10),
        entry=mean_price(opened) if life.counted else None,
        exit=mean_price([(deal.lots, deal.price) for deal in life.closings]),
        profit=sum((deal.profit for deal in own), 0.0),
        costs=sum((deal.commission + deal.fee for deal in own), 0.0),
        swap=sum((deal.swap for deal in own), 0.0),
        stops=_stops(life.sights),
        openings=tuple(life.openings),
        closings=tuple(life.closings),
        unmatched="; ".join(life.notes) or None,
    )


def mean_price(parts: Sequence[tuple[float, float]]) -> float | None:
    """Return the mean price of lots at prices, each a pair; None without any lots."""
    lots = sum(one for one, _ in parts)
    prices = {price for one, price in parts if one}
    if len(prices) == 1:
        return prices.pop()  # to the last digit
    return sum(one * price for one, price in parts) / lots if lots > 0 else None


def _stops(sights: Iterable[_Sight]) -> Timeline[float | None]:
    """Return the stop-loss from change to change."""
    found: list[tuple[datetime, float | None]] = []
    for sight in sights:
        if not found or found[-1][1] != sight.seen.stop:
            found.append((sight.at, sight.seen.stop))
    return tuple(found)


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
