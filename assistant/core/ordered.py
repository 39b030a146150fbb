"""Each order that opened or added to a position, and what was advised to it.

The rules are told in `docs/review.md`, "How trades are judged". Money is in account currency, volume in lots.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import inf, isfinite

from assistant.core.logbook import Asked, Formula, Logbook, Lots, Taken
from assistant.core.market import Deal, Side
from assistant.core.sizing import orderable
from assistant.core.trades import LATE, RESIDUE, Trade, mean_price

CHECKED_BEFORE = timedelta(minutes=10)  # a check counts for an order so long
NOT_RUN = "the assistant did not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """One order that opened or added to a position."""

    at: datetime  # UTC, when it was filled first
    lots: float  # that were filled and opened exposure
    price: float | None  # mean of its fills; None: they are not on record
    deals: tuple[Deal, ...]  # its fills
    taken: Taken | None  # the advice when it was placed; None: none is on record
    stop: float | None  # price of its first stop; None: it had none, or it is not on record
    advised: float | None  # lots; None: not known
    cap: str | None  # that bound them
    why: str  # its reason; or why there is no advice
    over: float | None  # lots above the advice, 0 where within; None: not known
    planned: float | None  # what the advised lots would have lost at the stop; None: not known
    before: float  # lots of the same advice that were ordered before it
    checked: Asked | None  # None: unchecked


@dataclass(frozen=True, slots=True)
class Advices:
    """The advice before orders, by what each order is known by."""

    by_deal: dict[int, Taken]  # of orders at the market, by the ticket of their first fill
    by_order: dict[int, Taken]  # of orders that waited, by their own ticket
    by_position: dict[tuple[int, Side], list[Taken]]
    by_symbol: dict[str, list[Taken]]  # ours


def advices(logbook: Logbook) -> Advices:
    """Return the advice on record by what each order is known by."""
    found = Advices({}, {}, {}, {})
    for one in logbook.taken:
        (found.by_order if one.pending else found.by_deal)[one.ticket] = one
        found.by_position.setdefault((one.position, one.side), []).append(one)
        found.by_symbol.setdefault(one.symbol, []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """The fills of one order."""

    trade: int  # its place among the trades
    deals: tuple[Deal, ...]
    taken: Taken | None

    @property
    def lots(self) -> float:
        told = self.taken.lots if self.taken else 0.0
        return round(sum(deal.lots for deal in self.deals), 10) if self.deals else told

    @property
    def at(self) -> datetime:
        """When the order was there: as a look showed it, or else by its deal."""
        return self.taken.at if self.taken else self.deals[0].at


def ordered(trades: Sequence[Trade], logbook: Logbook) -> list[tuple[Ordered, ...]]:
    """Return the orders of each trade, oldest first; checks of earlier sessions are not on record."""
    names, told = our_names(trades, logbook), advices(logbook)
    groups = sorted(
        (
            group
            for index, trade in enumerate(trades)
            for group in _groups(index, trade, told, hedging=logbook.hedging)
        ),
        key=lambda group: group.at,
    )
    checks: dict[tuple[str, Side], list[Asked]] = {}
    for one in sorted(logbook.asked, key=lambda one: one.at):
        checks.setdefault((one.symbol, one.side), []).append(one)
    used: dict[tuple[datetime, str, Side], float] = {}
    found: list[list[Ordered]] = [[] for _ in trades]
    for group in groups:
        trade = trades[group.trade]
        symbol, side = names.get(trade.broker_symbol, trade.broker_symbol), trade.side
        order = _shared(_judged(group, trade, logbook), symbol, side, used)
        check = _check(checks.get((symbol, side), []), group)
        found[group.trade].append(replace(order, checked=check))
    return [tuple(orders) for orders in found]


def our_names(trades: Sequence[Trade], logbook: Logbook) -> dict[str, str]:
    """Return our symbol by the broker's, as it is on record, or as far as the advice to orders shows it."""
    names = dict(logbook.names)
    deals = {deal.ticket: deal.broker_symbol for trade in trades for deal in trade.openings}
    positions = {trade.position: trade.broker_symbol for trade in trades}
    for taken in logbook.taken:
        own = deals.get(taken.ticket) or positions.get(taken.position)
        if own is not None:
            names[own] = taken.symbol
    return names


def _groups(index: int, trade: Trade, told: Advices, *, hedging: bool) -> Iterator[_Group]:
    """Yield the orders of a trade; where deals do not name theirs, the fills of one look are one order."""
    own = told.by_position.get((trade.position, trade.side), [])
    room = {one.ticket: one.lots for one in own if one.pending}
    fills: dict[object, tuple[list[Deal], Taken | None]] = {}
    for deal in trade.openings:
        waited = told.by_order.get(deal.order) if deal.order else _waited(deal, own, room)
        taken = waited or told.by_deal.get(deal.ticket)
        key = deal.order or ((taken.pending, taken.as_of) if taken else deal.at)
        fills.setdefault(key, ([], taken))[0].append(deal)
    for deals, taken in fills.values():
        yield _Group(index, tuple(deals), taken)
    if not trade.openings and hedging:  # the position was seen, and its deal is not on record
        yield from (_Group(index, (), one) for one in own if not one.pending)


def _waited(deal: Deal, own: Sequence[Taken], room: dict[int, float]) -> Taken | None:
    """Return the order that waited for a fill which does not name it, and take its lots off the room left."""
    fits = (one for one in own if one.pending and one.as_of < deal.at)
    order = next((one for one in fits if room[one.ticket] > deal.lots - RESIDUE), None)
    if order is not None:
        room[order.ticket] -= deal.lots
    return order


def _judged(group: _Group, trade: Trade, logbook: Logbook) -> Ordered:
    """Compare an order with the advice of its moment alone."""
    taken, deals = group.taken, group.deals
    at = deals[0].at if deals else group.at
    order = Ordered(
        at=at,
        lots=group.lots,
        price=mean_price([(deal.lots, deal.price) for deal in deals]) if deals else trade.entry,
        deals=deals,
        taken=taken,
        stop=_stop(trade, at, taken),
        advised=None,
        cap=None,
        why=unadvised(at, logbook),
        over=None,
        planned=None,
        before=0.0,
        checked=None,
    )
    return order if taken is None else _advised(order, trade.side, taken)


def unadvised(at: datetime, logbook: Logbook) -> str:
    """Say why there is no advice on record of an order."""
    if at <= logbook.span.begin:
        return "it was opened before this session, and no advice of that moment is on record"
    ran = any(run.span.begin <= at <= run.span.end for run in logbook.runs)
    return "no advice of its moment is on record" if ran else NOT_RUN


def _stop(trade: Trade, at: datetime, taken: Taken | None) -> float | None:
    """Return an order's own stop; that of one that waited may have been moved before it was filled."""
    told, seen = (None if taken is None else taken.stop), stop_at(trade, at)
    first, second = (seen, told) if taken is None or taken.pending else (told, seen)
    return second if first is None else first


def stop_at(trade: Trade, at: datetime) -> float | None:
    """Return the stop of what was opened at an instant (UTC); None: it had none, or none is on record.

    It is the one that stood then, or else the first that came within a minute; and the first that was seen
    at all, where nothing was seen for longer than that.
    """
    if trade.stops and trade.stops[0][0] - at > LATE:
        return trade.stops[0][1]
    stood = None
    for seen_at, stop in trade.stops:
        if seen_at > at and (seen_at - at > LATE or stood is not None):
            break
        stood = stop
    return stood


def distance(side: Side, price: float | None, stop: float | None) -> float | None:
    """Return how far (price) a stop is behind an entry; None where there is none, or it is not behind."""
    if price is None or stop is None:
        return None
    found = side.sign * (price - stop)
    return found if found > 0 else None


def _advised(order: Ordered, side: Side, taken: Taken) -> Ordered:
    """Say what the advice left for an order at its own stop, and what that would have lost there."""
    formula = taken.formula
    told = None if taken.suggested is None else Lots(taken.suggested, taken.cap or "")
    planned = None
    if formula is not None and counts(formula):
        away = distance(side, order.price, order.stop) or formula.default_stop
        left = lots_at(formula, away)
        if told is None or left.lots < told.lots or not _answers(told, order, taken):
            told = left
        planned = told.lots * (away * formula.loss_per_unit + formula.cost_per_lot)
    if told is None:
        return replace(order, why=taken.reason)
    return replace(
        order,
        advised=told.lots,
        cap=told.cap,
        why=taken.reason if told.cap == taken.cap or formula is None else _reason(told, formula),
        over=max(0.0, round(order.lots - told.lots, 10)),
        planned=planned if told.lots else 0.0,
    )


def loss_of_taken(order: Ordered, side: Side) -> float | None:
    """Return what the lots of an order itself lose at its stop, or else at the default distance."""
    formula = order.taken.formula if order.taken else None
    if formula is None or not counts(formula):
        return None
    away = distance(side, order.price, order.stop) or formula.default_stop
    return order.lots * (away * formula.loss_per_unit + formula.cost_per_lot)


def _answers(told: Lots, order: Ordered, taken: Taken) -> bool:
    """Whether the advice refused lots of this order, at the very stop that it had."""
    return told.lots < order.lots - RESIDUE and taken.stop == order.stop


def counts(formula: Formula) -> bool:
    """Whether the numbers of a formula can be counted with."""
    numbers = (
        *(formula.money, formula.loss_per_unit, formula.cost_per_lot, formula.floor_loss_per_lot),
        *(formula.lots_cap, formula.volume_min, formula.volume_step, formula.default_stop, formula.min_stop),
    )
    return (
        all(map(isfinite, numbers))
        and min(formula.loss_per_unit, formula.volume_step) > 0
        and isfinite(formula.lots_cap / formula.volume_step)
    )


def lots_at(formula: Formula, away: float) -> Lots:
    """Return the lots of a formula for a stop so far away (price), and the cap that binds them.

    The panel's formula: money by what a lot loses, no more than the cap in lots, down to the volume step.
    A stop nearer than the least one counts as that far.
    """
    far = max(away, formula.min_stop)
    loss = max(far * formula.loss_per_unit + formula.cost_per_lot, formula.floor_loss_per_lot)
    by_money = formula.money / loss if loss > 0 else inf
    cap = formula.money_cap if by_money <= formula.lots_cap else formula.lots_cap_name
    most = min(by_money, formula.lots_cap)
    lots = orderable(most, formula.volume_min, formula.volume_step)
    return Lots(lots, "volume_min" if most > 0 and not lots else cap)


def _reason(told: Lots, formula: Formula) -> str:
    """Say in numbers what bound the lots of a formula."""
    if told.cap == formula.money_cap:
        return f"{formula.money:.2f} by {told.cap}"
    if told.cap == formula.lots_cap_name:
        return f"{formula.lots_cap:g} lots by {told.cap}"
    return f"the broker's smallest order is {formula.volume_min:g}"


def _shared(
    order: Ordered, symbol: str, side: Side, used: dict[tuple[datetime, str, Side], float]
) -> Ordered:
    """Take off what other orders by the same advice have used of its lots already."""
    if order.taken is None:
        return order
    key = order.taken.as_of, symbol, side
    before = used.get(key, 0.0)
    used[key] = before + order.lots
    if order.advised is None or not before:
        return order
    over = max(0.0, round(order.lots - max(0.0, order.advised - before), 10))
    return replace(order, before=before, over=over)


def _check(checks: list[Asked], group: _Group) -> Asked | None:
    """Take the last of these checks, oldest first, that was asked for an order; None: unchecked.

    Those that are too old for it are too old for all that come.
    """
    while checks and group.at - checks[0].at > CHECKED_BEFORE:
        del checks[0]
    for index in reversed(range(len(checks))):
        one = checks[index]
        if one.at <= group.at and max(one.lots, one.suggested) > group.lots - RESIDUE:
            return checks.pop(index)
    return None
