"""A trade against the advice of its moment: its lots, its loss at the stop, its result in R.

The rules are told in `docs/review.md`, "How trades are judged".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, islice, pairwise
from typing import NamedTuple

from assistant.core.logbook import Asked, Logbook, Taken
from assistant.core.market import Deal, Side
from assistant.core.ordered import (
    NOT_RUN,
    Advices,
    Ordered,
    advices,
    counts,
    distance,
    loss_of_taken,
    ordered,
    our_names,
    stop_at,
    unadvised,
)
from assistant.core.trades import LATE, RESIDUE, Trade

TOLD = 1.0  # account currency; a result from which on a closing shows what a lot earns
FRESH = timedelta(seconds=5)  # of a quote before a fill; against an older one there is drift, not slippage
BARE = timedelta(minutes=1)  # without a stop-loss for longer than this is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One trade of the session, and what was advised when it was opened; money in account currency."""

    trade: Trade
    symbol: str  # ours, or the broker's where it is not configured
    opened_now: bool  # in this session; False: it was held over from an earlier one
    taken: tuple[Taken, ...]  # the advice before each order that opened or added to it, oldest first
    advised: float | None  # lots at its own stop when it was first ordered; None: nothing is on record
    cap: str | None  # that bound those lots
    why: str  # its reason; or why there is no advice on record
    checked: Asked | None  # the check that was asked before it; None: unchecked
    over: float | None  # lots above what was advised, 0 where within; None: not known
    planned: float | None  # loss that the advised lots would have had at the stop; None: not known
    at_stop: float | None  # loss of the lots taken at the first stop, with costs; None: no stop, or not known
    widened: tuple[float, ...]  # stops that were moved away from the price, one after another (prices)
    removed: bool  # the stop was taken away while it was open
    r: float | None  # money of 1 R: the loss at the first stop, else of its lots at the default distance
    result_r: float | None  # result / R; None: R is not known, or nothing is closed
    over_cost: float | None  # money that the lots above the advice lost (negative) or won; None: not known
    slippage: (
        float | None
    )  # money, prices of fills against quotes and stops; negative is a loss; None: unknown
    spread: float | None  # money, half the spread at each fill that is known; a charge is negative
    reduced: bool  # only reduced exposure: nothing to size
    remarks: tuple[str, ...]  # plain sentences: without stop for 4 min, held over the close, unmatched ...
    orders: tuple[Ordered, ...] = ()  # that opened or added to it, oldest first, of earlier sessions, too
    without_stop: float | None = None  # seconds for which it was seen open without one; None: never seen

    @property
    def within(self) -> bool | None:
        """Whether its lots were within the advice; None: nothing is on record to say so."""
        return None if self.over is None else self.over == 0


class _Worth(NamedTuple):
    """What a lot of a trade's symbol earns and costs, account currency."""

    per_unit: float  # for 1.0 of price
    cost: float  # opened and closed


def judged(trades: Sequence[Trade], logbook: Logbook) -> tuple[Judged, ...]:
    """Judge the trades of a session by what is on record of it, in their order."""
    names, told = our_names(trades, logbook), advices(logbook)
    found = zip(trades, ordered(trades, logbook), strict=True)
    return tuple(
        _judged(trade, orders, names.get(trade.broker_symbol, trade.broker_symbol), told, logbook)
        for trade, orders in found
    )


def _judged(
    trade: Trade, orders: tuple[Ordered, ...], symbol: str, told: Advices, logbook: Logbook
) -> Judged:
    worth = _worth(trade, orders, told.by_symbol.get(symbol, ()))
    first = orders[0] if orders else None
    at_stop, planned, over = _at_stop(trade, orders, worth), _planned(orders), _over(orders)
    r = at_stop or _without_a_stop(trade.side, orders) or None
    known = bool(trade.closings) and _complete(trade)
    found = Judged(
        trade=trade,
        symbol=symbol,
        opened_now=trade.opened_at > logbook.span.begin,
        taken=tuple(order.taken for order in orders if order.taken is not None),
        advised=first.advised if first else None,
        cap=first.cap if first else None,
        why=first.why if first else unadvised(trade.opened_at, logbook),
        checked=first.checked if first else None,
        over=over,
        planned=planned,
        at_stop=at_stop,
        widened=tuple(new for _, new in _widened(trade)),
        removed=_removed(trade),
        r=r,
        result_r=trade.result / r if known and r else None,
        over_cost=0.0 if over == 0 else trade.result * over / trade.lots if known and over else None,
        slippage=_slippage(trade, orders, worth),
        spread=_spread(trade, told, worth),
        reduced=_reduced(trade, logbook),
        remarks=(),
        orders=orders,
        without_stop=_without_stop(trade, logbook),
    )
    return replace(found, remarks=tuple(_remarks(found, logbook)))


def _worth(trade: Trade, orders: Sequence[Ordered], others: Sequence[Taken]) -> _Worth | None:
    """Return what a lot earns and costs by the advice to the trade, to its symbol, or by its closings."""
    own = (order.taken for order in orders if order.taken is not None)
    same = (one for one in others if one.side is trade.side)
    for taken in chain(own, same, others):
        if taken.formula is not None and counts(taken.formula):
            return _Worth(taken.formula.loss_per_unit, taken.formula.cost_per_lot)
    return _earned(trade)


def _earned(trade: Trade) -> _Worth | None:
    """Return what a lot of a trade earned and cost by its own deals; None where they do not show it."""
    if trade.entry is None:
        return None
    opened = max((deal.at for deal in trade.openings), default=trade.opened_at)
    shown = [
        (abs(deal.profit), deal.profit / moved)
        for deal in trade.closings
        if deal.entry != "out_by" and abs(deal.profit) >= TOLD and deal.at >= opened
        if (moved := deal.lots * trade.side.sign * (deal.price - trade.entry))
    ]
    if not shown or max(shown)[1] <= 0:
        return None
    closing = _charged(trade.closings)
    return _Worth(max(shown)[1], closing + (_charged(trade.openings) if trade.openings else closing))


def _charged(deals: Sequence[Deal]) -> float:
    """Return what deals cost for a lot (account currency); `deals` is not empty, and has lots."""
    return max(0.0, -sum(deal.commission + deal.fee for deal in deals) / sum(deal.lots for deal in deals))


def first_stop(trade: Trade, orders: Sequence[Ordered]) -> float | None:
    """Return the price of a trade's first stop; None: it had none within a minute, or none is on record."""
    return orders[0].stop if orders else stop_at(trade, trade.opened_at)


def _at_stop(trade: Trade, orders: Sequence[Ordered], worth: _Worth | None) -> float | None:
    """Return what all its lots lose at the first stop."""
    behind = distance(trade.side, trade.entry, first_stop(trade, orders))
    if behind is None or worth is None:
        return None
    return trade.lots * (behind * worth.per_unit + worth.cost)


def _planned(orders: Sequence[Ordered]) -> float | None:
    """Return what the lots advised to all its orders lose at their stops."""
    known = [order.planned for order in orders if order.planned is not None]
    return sum(known) if orders and len(known) == len(orders) else None


def _without_a_stop(side: Side, orders: Sequence[Ordered]) -> float | None:
    """Return what the lots taken lose at the distance that was planned for them, whatever was advised."""
    known = [loss for order in orders if (loss := loss_of_taken(order, side)) is not None]
    return sum(known) if orders and len(known) == len(orders) else None


def _over(orders: Sequence[Ordered]) -> float | None:
    """Return the lots above the advice, order by order; those that are known, where there are any."""
    known = [order.over for order in orders if order.over is not None]
    over = round(sum(known), 10)
    return over if over > RESIDUE or (orders and len(known) == len(orders)) else None


def _complete(trade: Trade) -> bool:
    """Whether all that was closed of it was closed by deals on record."""
    return trade.closed_at is None or sum(deal.lots for deal in trade.closings) > trade.lots - RESIDUE


def _widened(trade: Trade) -> list[tuple[float, float]]:
    """Return from and to where its stop was moved away from the price (prices)."""
    found: list[tuple[float, float]] = []
    last: float | None = None
    for _, stop in trade.stops:
        if stop is not None:
            if last is not None and trade.side.sign * (last - stop) > RESIDUE:
                found.append((last, stop))
            last = stop
    return found


def _removed(trade: Trade) -> bool:
    """Whether its stop was taken away."""
    return any(before is not None and stop is None for (_, before), (_, stop) in pairwise(trade.stops))


def _slippage(trade: Trade, orders: Sequence[Ordered], worth: _Worth | None) -> float | None:
    """Return what fills at the market lost against the advice's quote, and stops against their price."""
    if worth is None:
        return None
    found = []
    for order in orders:
        quoted = _quoted(order, trade.side)
        if quoted is not None and order.deals and order.price is not None:
            found.append((quoted - order.price) * order.lots)
    for deal in trade.closings:
        stop = _standing(trade, deal.at)
        if deal.entry == "out" and stop is not None and trade.side.sign * (deal.price - stop) <= 0:
            found.append((deal.price - stop) * deal.lots)
    return sum(found) * trade.side.sign * worth.per_unit + 0.0 if found else None  # no -0.0


def _quoted(order: Ordered, side: Side) -> float | None:
    """Return the price that the advice saw for an order at the market; None: it was none, or not fresh."""
    taken = order.taken
    if taken is None or taken.pending or order.at - taken.as_of > FRESH:
        return None
    return taken.ask if side is Side.BUY else taken.bid


def _standing(trade: Trade, at: datetime) -> float | None:
    """Return the stop that stood at an instant (price)."""
    return next((stop for seen_at, stop in reversed(trade.stops) if seen_at <= at), None)


def _spread(trade: Trade, told: Advices, worth: _Worth | None) -> float | None:
    """Return half the spread that an advice saw before each opening fill, as a charge."""
    paid = [
        (taken.bid - taken.ask) / 2 * deal.lots
        for deal in trade.openings
        if (taken := told.by_deal.get(deal.ticket)) and taken.bid is not None and taken.ask is not None
    ]
    return sum(paid) * worth.per_unit if worth and paid else None


def _reduced(trade: Trade, logbook: Logbook) -> bool:
    """Whether the session did nothing with it but take lots away."""
    begin = logbook.span.begin
    if trade.opened_at > begin or any(deal.at > begin for deal in trade.openings):
        return False
    return any(deal.at > begin for deal in trade.closings)


def _without_stop(trade: Trade, logbook: Logbook) -> float | None:
    """Return for how long (seconds, of the span) it was seen open without a stop-loss."""
    if not trade.stops:
        return None
    first = trade.stops[0][0]
    begin = trade.opened_at if first - trade.opened_at <= LATE else first
    end = trade.closed_at or logbook.until or first
    instants = [max(begin, logbook.span.begin), *(at for at, _ in trade.stops[1:]), end]
    bare = [
        max(0.0, (after - max(before, instants[0])).total_seconds())
        for (before, after), (_, stop) in zip(pairwise(instants), trade.stops, strict=True)
        if stop is None
    ]
    return sum(bare, 0.0)


def _remarks(found: Judged, logbook: Logbook) -> Iterator[str]:
    """Yield what else there is to say of a trade, a sentence each."""
    trade = found.trade
    if found.opened_now and found.why == NOT_RUN:
        yield "opened while the assistant did not run"
    if found.advised == 0:
        yield f"0 lots were advised: {found.why}"
    yield from _on_orders(found, logbook)
    yield from _on_stops(found)
    if _is_held_over(trade, logbook):
        yield "held over the close"
    yield from (f"closed by the other position {one}" for one in _closed_by(trade, logbook.deals))
    if trade.unmatched:
        yield trade.unmatched


def _on_orders(found: Judged, logbook: Logbook) -> Iterator[str]:
    """Yield what is to say of single orders."""
    for order in found.orders:
        lots, would = f"{order.lots:g} lots", order.taken.would_bind if order.taken else None
        if order is not found.orders[0]:
            unchecked = order.checked is None and order.at > logbook.span.begin
            yield f"{lots} were added{_beyond(order)}{', unchecked' if unchecked else ''}"
        if order.before and order.over:
            yield f"{order.before:g} lots were ordered by the same advice before these {lots}"
        if would is not None and order.lots > would.lots + RESIDUE:
            yield f"a dry run would have left {would.lots:g} lots: {would.cap}"


def _beyond(order: Ordered) -> str:
    """Say what an added order was told, where that was not yes."""
    if order.advised is None:
        return f", {order.why}"
    return f", {order.advised:g} were advised" if order.over else ""


def _on_stops(found: Judged) -> Iterator[str]:
    """Yield what became of its stop-loss."""
    trade, first = found.trade, first_stop(found.trade, found.orders)
    if first is not None and trade.entry is not None and distance(trade.side, trade.entry, first) is None:
        yield f"its first stop {first:.10g} was not behind its entry {trade.entry:.10g}"
    elif first is not None and trade.stops and trade.stops[0][0] - trade.opened_at > LATE:
        yield f"its stop {first:.10g} is the first that was seen, a while after it was opened"
    if found.without_stop is not None and found.without_stop > BARE.total_seconds():
        yield f"no stop-loss for {_lasting(found.without_stop)}"
    yield from (f"stop moved away from {old:.10g} to {new:.10g}" for old, new in _widened(trade))
    if found.removed:
        yield "its stop-loss was taken away"


def _lasting(seconds: float) -> str:
    """Write a time in whole minutes, and hours where there are any."""
    hours, minutes = divmod(int(seconds // 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _is_held_over(trade: Trade, logbook: Logbook) -> bool:
    """Whether it was open when the session closed, as the close was seen or, else, as its deals tell."""
    if trade.closed_at is not None and trade.closed_at <= logbook.closes_at:
        return False
    if logbook.held_over is None:
        return logbook.until is not None and logbook.until >= logbook.closes_at
    what = (trade.broker_symbol, trade.side)
    return any(
        one.ticket == trade.position or (not logbook.hedging and (one.broker_symbol, one.side) == what)
        for one in logbook.held_over
    )


def _closed_by(trade: Trade, deals: Sequence[Deal]) -> Iterator[int]:
    """Yield the positions that closed it, and that it closed."""
    for deal in trade.closings:
        if deal.entry == "out_by":
            what = (deal.at, deal.broker_symbol, deal.entry, deal.lots)
            others = (
                one.position
                for one in deals
                if (one.at, one.broker_symbol, one.entry, one.lots) == what
                and one.position != deal.position
                and one.kind != deal.kind
            )
            yield from islice(others, 1)
