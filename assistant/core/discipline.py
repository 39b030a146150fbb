"""What a session's trades say about the one who placed them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from math import fsum

from assistant.core.durations import pieces, seconds
from assistant.core.judged import Judged
from assistant.core.logbook import Logbook, Span
from assistant.core.reviewed import Discipline

WITHOUT_STOP = 60.0  # seconds; who orders first and sets the stop then is not told of it


def ordered(trades: Iterable[Judged], since: datetime) -> list[Judged]:
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
    """Return what the trades of a session say."""
    placed = ordered(trades, book.span.begin)
    over = [one for one in placed if one.within is False]
    sizes = [one.over / one.advised for one in over if one.over and one.advised]
    results = tuple(one.result_r for one in closed(trades) if one.result_r is not None)
    costs = [one.over_cost / one.r for one in over if one.over_cost is not None and one.r]
    return Discipline(
        orders=sum(one.within is not None for one in placed),
        within=sum(one.within is True for one in placed),
        unknown=sum(one.within is None for one in placed),
        checked=sum(one.checked is not None for one in placed),
        asked=len(book.asked),
        mean_over=fsum(sizes) / len(sizes) if sizes else None,
        against_zero=sum(one.advised == 0 for one in over),
        results_r=results,
        total_r=fsum(results) if results else None,
        over_cost_r=fsum(costs) if costs or not over else None,
        widened=sum(len(one.widened) for one in trades),
        removed=sum(one.removed for one in trades),
        without_stop=sum(bare(one, book) > WITHOUT_STOP for one in trades),
    )


def bare(judged: Judged, book: Logbook) -> float:
    """Return for how long a trade was seen open without a stop-loss in the span (seconds)."""
    begin = max(judged.trade.opened_at, book.span.begin)
    end = min(judged.trade.closed_at or book.until or book.span.end, book.span.end)
    spans = [Span(begin, end)] if begin < end else []
    return seconds(span for span, stop in pieces(judged.trade.stops, spans) if stop is None)
