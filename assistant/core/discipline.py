"""What a session's orders and trades say about the one who placed them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import fsum

from assistant.core.judged import Judged
from assistant.core.logbook import Logbook
from assistant.core.reviewed import Discipline

WITHOUT_STOP = 60.0  # seconds; who orders first and sets the stop then is not told of it


def opened(trades: Iterable[Judged], since: datetime) -> list[Judged]:
    """Return the trades that were opened or added to after an instant (UTC); what only reduced is none."""
    return [
        one
        for one in trades
        if not one.reduced and (one.opened_now or any(deal.at > since for deal in one.trade.openings))
    ]


def closed(trades: Iterable[Judged]) -> list[Judged]:
    """Return the trades that were closed, in the order in which that happened."""
    done = [(one.trade.closed_at, one.trade.position, one) for one in trades if one.trade.closed_at]
    return [one for *_, one in sorted(done, key=lambda row: row[:2])]


def discipline(book: Logbook, trades: Sequence[Judged]) -> Discipline:
    """Return what the orders and trades of a session say; orders of earlier sessions play no part.

    A trade of which no order is on record was ordered all the same: by one that is not known.
    """
    orders = [order for one in trades for order in one.orders if order.at > book.span.begin]
    over = [order for order in orders if order.over]
    sizes = [order.over / order.advised for order in over if order.over and order.advised]
    new = opened(trades, book.span.begin)
    too_large = [one for one in new if one.over]
    costs = [one.over_cost / one.r for one in too_large if one.over_cost is not None and one.r]
    results = tuple(one.result_r for one in closed(trades) if one.result_r is not None)
    return Discipline(
        orders=sum(order.over is not None for order in orders),
        within=sum(order.over == 0 for order in orders),
        unknown=sum(order.over is None for order in orders) + sum(not one.orders for one in new),
        checked=sum(order.checked is not None for order in orders),
        asked=len(book.asked),
        mean_over=fsum(sizes) / len(sizes) if sizes else None,
        against_zero=sum(order.advised == 0 for order in over),
        results_r=results,
        total_r=fsum(results) if results else None,
        over_cost_r=fsum(costs) if costs or not too_large else None,
        widened=sum(len(one.widened) for one in trades),
        removed=sum(one.removed for one in trades),
        without_stop=sum((one.without_stop or 0.0) > WITHOUT_STOP for one in trades),
    )
