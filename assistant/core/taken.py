"""What the advice before an order said to that order: of each that opens or adds, and of each that waits.

An order shows as a deal, as a position that is new or grew, or as a pending order, and not all of it in one
look: a deal may be told seconds after its position, or before. The advice that counts is the last one that
showed nothing of it; none, where that had expired by then.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import fsum

from assistant.core.advice import Advice
from assistant.core.check import Intent, Standing, Verdict, check
from assistant.core.logbook import Formula, Lots, Taken
from assistant.core.market import Deal, PendingOrder, Position, Quote, Side, Unknown
from assistant.core.sizing import orderable
from assistant.core.standing import standing
from assistant.core.symbol_advice import SideAdvice, SymbolAdvice

LATE = timedelta(minutes=2)  # for so long the deal of a position that is gone again may take to come
PATIENCE = timedelta(seconds=3)  # for so long the position of a deal may take to show
_CLOSED = "it was closed before its stop was seen"


@dataclass(frozen=True, slots=True)
class Orders:
    """What has been seen of orders in one run."""

    lasts: timedelta | None = None  # for so long an advice stands; None: until the next one
    began: datetime | None = None  # UTC, of the first look
    read: Sequence[Deal] | None = None  # the deals of the last look: the same object tells nothing new
    deals: frozenset[int] = frozenset()  # tickets
    pending: Mapping[int, int] = field(default_factory=dict)  # that wait or waited: ticket -> its position
    grown: Mapping[int, Advice] = field(default_factory=dict)  # before a position opened or grew; by ticket
    waiting: tuple[tuple[Deal, Advice], ...] = ()  # whose position was not seen yet, and the advice before


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """An order as it was seen first."""

    ticket: int
    position: int
    pending: bool
    broker_symbol: str
    side: Side
    lots: float  # that it opens
    stop: float | None  # price
    price: float | None = None  # at which it waits; None: it was at market
    note: str = ""
    filled_at: datetime | None = None  # UTC, by the broker; None: it waits


def taken(
    advice: Advice, before: Advice | None, deals: Sequence[Deal], seen: Orders
) -> tuple[list[Taken], Orders]:
    """Return what was said to each order that this look shows first, and what has been seen then.

    `before` is the advice that was shown last; None at the first look of a run, which shows what was ordered
    before it. `deals` may hold what was told already.
    """
    new = () if deals is seen.read else tuple(one for one in deals if one.ticket not in seen.deals)
    tickets = seen.deals.union(one.ticket for one in new) if new else seen.deals
    if before is None or seen.began is None:
        pending = {one.ticket: _position_of(one, advice) for one in advice.orders}
        return [], Orders(seen.lasts, advice.as_of, deals, tickets, pending)
    placed = [_placed(one, advice) for one in advice.orders if one.ticket not in seen.pending]
    grown = _grown(advice, before, seen.grown)
    if deals is seen.read and not (placed or grown or seen.grown or seen.waiting):
        return [], seen  # as in almost every cycle
    waits = {one.ticket: one.position for one in placed}
    now = replace(seen, read=deals, deals=tickets, pending={**seen.pending, **waits}, grown=grown)
    dealt, now = _dealt(advice, before, _by_order(new), now)
    orders = [*((one, before) for one in placed), *dealt]
    return [_said(one, of, advice.as_of, seen.lasts) for one, of in orders], now


def _grown(advice: Advice, before: Advice, known: Mapping[int, Advice]) -> Mapping[int, Advice]:
    """Return the advice before each position opened or grew, of those whose deal is not told yet."""
    if not advice.positions and not known:
        return known
    was = {one.ticket: one for one in before.positions}
    new = {one.ticket: before for one in advice.positions if _larger(one, was.get(one.ticket))}
    there = {one.ticket for one in advice.positions}
    late = {key: of for key, of in known.items() if key in there or advice.as_of - of.as_of <= LATE}
    return {**new, **late}


def _larger(now: Position, before: Position | None) -> bool:
    return before is None or now.side is not before.side or now.lots > before.lots


def _by_order(deals: Iterable[Deal]) -> Iterator[Deal]:
    """Yield the deals that open or add, those of one order as one with all its lots."""
    found: dict[tuple[int, str], list[Deal]] = {}
    for deal in deals:
        if deal.kind in ("buy", "sell") and deal.entry in ("in", "inout"):
            found.setdefault((deal.order or -deal.ticket, deal.entry), []).append(deal)
    for parts in found.values():
        yield replace(parts[0], lots=round(fsum(one.lots for one in parts), 10))


def _dealt(
    advice: Advice, before: Advice, new: Iterable[Deal], seen: Orders
) -> tuple[list[tuple[_Order, Advice]], Orders]:
    """Return the orders that were filled, each with the advice before it, and what has been seen then."""
    found: list[tuple[_Order, Advice]] = []
    waiting: list[tuple[Deal, Advice]] = []
    told: set[int] = set()  # tickets of positions whose growth is accounted for
    for deal, known in (*seen.waiting, *((deal, None) for deal in new)):
        tickets = (deal.order, deal.position)  # a reversed position keeps the one, and goes by the other
        grown = next((seen.grown[one] for one in tickets if one in seen.grown), None)
        if seen.pending.get(deal.order or deal.position) == deal.position:
            told.update(tickets)
        elif grown is not None or (known is not None and advice.as_of - known.as_of > PATIENCE):
            told.update(tickets)
            of = known or grown or before
            found.append((_filled(deal, advice, of), of))
        elif known is not None or seen.began is None or deal.at >= seen.began:  # else it was there before
            waiting.append((deal, known or before))
    if told:
        seen = replace(seen, grown={key: of for key, of in seen.grown.items() if key not in told})
    return found, replace(seen, waiting=tuple(waiting))


def _placed(one: PendingOrder, advice: Advice) -> _Order:
    """Return an order that waits."""
    return _Order(
        ticket=one.ticket,
        position=_position_of(one, advice),
        pending=True,
        broker_symbol=one.broker_symbol,
        side=one.side,
        lots=one.lots,
        stop=one.stop,
        price=one.price,
    )


def _position_of(one: PendingOrder, advice: Advice) -> int:
    """Return the ticket of the position that an order would open or, on a netting account, add to."""
    there = (
        open_now.ticket
        for open_now in advice.positions
        if not advice.account.hedging
        and (open_now.broker_symbol, open_now.side) == (one.broker_symbol, one.side)
    )
    return next(there, one.ticket)


def _filled(deal: Deal, advice: Advice, before: Advice) -> _Order:
    """Return the order that a deal filled, with the stop of its position; of a reversal what it opens."""
    side, lots, tickets = Side(deal.kind), deal.lots, (deal.order, deal.position)
    own = next((one for one in advice.positions if one.ticket in tickets and one.side is side), None)
    if deal.entry == "inout":
        there = (one for one in before.positions if one.broker_symbol == deal.broker_symbol)
        closed = fsum(one.lots for one in there if one.side is side.opposite)
        lots = min(lots, own.lots) if own else round(lots - min(closed, lots), 10) or lots
    return _Order(
        ticket=deal.ticket,
        position=deal.position,
        pending=False,
        broker_symbol=deal.broker_symbol,
        side=side,
        lots=lots,
        stop=own.stop if own else None,
        note="" if own else _CLOSED,
        filled_at=deal.at,
    )


def _said(one: _Order, before: Advice, at: datetime, lasts: timedelta | None) -> Taken:
    """Return what an advice said to an order that was seen at an instant (UTC)."""
    symbol = next((of for of in before.symbols if of.instrument.broker_symbol == one.broker_symbol), None)
    named = symbol.instrument.symbol if symbol else one.broker_symbol
    found, stop, notes = _answer(one, symbol, before)
    if late := _expired(one, before, at, lasts):
        found, symbol = Unknown(late), None
    quote = symbol.quote if symbol and isinstance(symbol.quote, Quote) else None
    unsaid = Taken(
        at=at,
        as_of=before.as_of,
        ticket=one.ticket,
        position=one.position,
        pending=one.pending,
        symbol=named,
        side=one.side,
        lots=one.lots,
        stop=one.stop,
        bid=quote.bid if quote else None,
        ask=quote.ask if quote else None,
        answer=None,
        suggested=None,
        cap=None,
        reason="" if isinstance(found, Verdict) else found.reason,
        would_bind=None,
        loss_at_stop=None,
        formula=formula(symbol.sides[one.side]) if symbol else None,
    )
    if isinstance(found, Unknown):
        return unsaid
    return replace(
        unsaid,
        answer=found.answer,
        suggested=found.suggested,
        cap=found.binding.name,
        reason="; ".join((found.binding.reason, *notes)),
        would_bind=_would_bind(found),
        loss_at_stop=_loss(one, stop, found),
    )


def _expired(one: _Order, before: Advice, at: datetime, lasts: timedelta | None) -> str:
    """Say that an advice stood no more when an order came that was seen at an instant (UTC); else nothing.

    Of one that waits it is not known when it was placed between two looks.
    """
    came = at if one.filled_at is None else min(one.filled_at, at)
    if lasts is None or came - before.as_of <= lasts:
        return ""
    age = (came - before.as_of).total_seconds()
    when = "filled" if one.filled_at else "seen"
    return f"no advice stood when it was {when}: the last one was {age:.0f} s old, and had expired"


def _answer(
    one: _Order, symbol: SymbolAdvice | None, before: Advice
) -> tuple[Verdict | Unknown, float | None, tuple[str, ...]]:
    """Return the answer of an advice to an order, the stop that it holds for, and what is to be said of it.

    Where there is no stop, or none that a check takes, it is the answer for a stop at the default distance.
    """
    notes = (one.note,) if one.note else ()
    if symbol is None:
        return Unknown(f"{one.broker_symbol} is not configured, nothing was advised"), None, notes
    now = _without_closed(one, standing(before))
    asked = Intent(one.side, symbol.instrument.symbol, one.lots, one.stop, one.price)
    found, sizing = check(asked, now), symbol.sides[one.side].sizing
    if isinstance(found, Verdict) or isinstance(sizing, Unknown):
        return found, one.stop, notes
    if one.stop is not None:
        notes = (*notes, f"its stop at {one.stop:g} is none to count with: at the default distance")
    usual = sizing.entry - one.side.sign * sizing.default_stop
    return check(replace(asked, stop=usual, price=None), now), None, notes


def _loss(one: _Order, stop: float | None, found: Verdict) -> float | None:
    """Return what all lots of an order lose at its stop (account currency); None: no stop, or it reduces."""
    if stop is None or found.loss_at_stop is None or isinstance(found.sizing, Unknown):
        return None
    entry = one.price or found.sizing.entry
    return found.sizing.stop_loss(one.lots, one.side.sign * (entry - stop))


def _without_closed(one: _Order, now: Standing) -> Standing:
    """Return what an advice said without the position that a reversal closed first: it opens all its lots."""
    if one.pending or now.account.hedging:
        return now
    closed = (one.broker_symbol, one.side.opposite)
    left = tuple(of for of in now.positions if (of.broker_symbol, of.side) != closed)
    return replace(now, positions=left)


def _would_bind(found: Verdict) -> Lots | None:
    """Return the lots that a dry run would have left; None: no fewer."""
    rung, sizing = found.would_bind, found.sizing
    if rung is None or isinstance(sizing, Unknown):
        return None
    return Lots(orderable(rung.lots, sizing.volume_min, sizing.volume_step), rung.name)


def formula(side: SideAdvice) -> Formula | None:
    """Return what gave the lots of one side for any stop distance; None: a fact was missing."""
    sizing = side.sizing
    if isinstance(sizing, Unknown):
        return None
    return Formula(
        money=side.money.value,
        money_cap=side.money.name,
        loss_per_unit=sizing.loss_per_unit,
        cost_per_lot=sizing.cost_per_lot,
        floor_loss_per_lot=sizing.floor_loss_per_lot,
        lots_cap=side.lots_cap.value,
        lots_cap_name=side.lots_cap.name,
        volume_min=sizing.volume_min,
        volume_step=sizing.volume_step,
        default_stop=sizing.default_stop,
        min_stop=sizing.min_stop,
    )
