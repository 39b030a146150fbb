"""The record of a session and its trades -> the review: what was advised, what was done, how far apart.

Nothing later than the session's close plays a part: a review is the same whatever is put on record after it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from math import fsum

from assistant.core.approaches import approaches, broken, resets, watched
from assistant.core.bounds import FILLS
from assistant.core.caps import ACCOUNT, Unit
from assistant.core.conditions import MARKET_CLOSED
from assistant.core.discipline import closed, discipline, opened
from assistant.core.durations import (
    bounds,
    common,
    joined,
    known,
    pieces,
    seconds,
    told,
    within,
    without,
)
from assistant.core.fold import FoldSettings
from assistant.core.judged import Judged, judged
from assistant.core.logbook import Condition, HeldOver, Logbook, Money, Share, Span, Timeline
from assistant.core.market import Deal, Side
from assistant.core.ordered import our_names
from assistant.core.past import is_transfer
from assistant.core.reviewed import Approach, Bound, Discipline, Quality, RegimeDay, Review
from assistant.core.shares import ShareSettings
from assistant.core.summary import Told, summary
from assistant.core.trades import trades as trades_of
from assistant.core.year import year

__all__ = ["Approach", "Bound", "Discipline", "Quality", "RegimeDay", "Review", "look_back", "review"]

LATE = timedelta(minutes=1)  # a record that ends so shortly before the close goes up to it
_CREDIT = "credit"  # the kind of deal that moves the equity, and is no result either


def look_back(book: Logbook, settings: FoldSettings, as_of: datetime) -> Review:
    """Return the review of a logbook: its deals matched to trades, these judged, and all of it reckoned."""
    found = trades_of(book.deals, book.positions, book.span, hedging=book.hedging)
    return review(book, judged(found, book), settings, as_of)


def review(book: Logbook, trades: Sequence[Judged], settings: FoldSettings, as_of: datetime) -> Review:
    """Return the review of a session, looked back at from an instant (UTC) of the session or after it."""
    session = Span(book.opens_at, book.closes_at)
    seen, quality = _seen(book, settings.shares, as_of)
    held = [(span, share) for span, share in pieces(known(book.shares, book), seen) if share]
    money = told(within(known(book.money, book), book.span, to_end=True))
    dealt = [one for one in book.deals if book.span.begin < one.at <= book.span.end]
    closest = approaches(watched(book), book.scale)
    found = Review(
        login=book.login,
        server=book.server,
        currency=book.currency,
        mode=book.mode,
        session=book.session,
        opens_at=book.opens_at,
        closes_at=book.closes_at,
        span=book.span,
        until=book.until,
        finished=as_of >= book.closes_at and _to_the_close(book),
        summary="",
        shares=told(within(known(book.shares, book), session)),
        stances=told(within(known(book.stances, book), session)),
        bound=bounds((span, share.cap, ACCOUNT, share.value) for span, share in held),
        bound_by_symbol=_by_symbol(book, seen),
        lots={symbol: told(within(known(line, book), session)) for symbol, line in book.lots.items()},
        legs=book.legs,
        regime=year(book, settings),
        ratio=tuple((at, ratio) for at, ratio in book.ratio if session.begin <= at <= session.end),
        votes=next((votes for at, votes in reversed(book.votes) if at <= session.end), ()),
        money=thinned(money),
        floors=told(within(known(book.floors, book), book.span, to_end=True)),
        approaches=closest,
        broken=broken(book, closest),
        trades=tuple(sorted(trades, key=lambda one: (one.trade.opened_at, one.trade.position))),
        held_over=_held_over(book, trades),
        discipline=discipline(book, trades),
        result=fsum(_amount(one) for one in dealt if one.kind in FILLS),
        moved=_moved(money, dealt),
        quality=quality,
        next_reset=resets(book),
        missing=(),
        scale=book.scale,
        clock=book.clock,
        floated=_floated(money, dealt),
    )
    missing = tuple(dict.fromkeys((*book.missing, *_missing(book, found, money, as_of))))
    return replace(found, summary=summary(_gist(found, held, as_of)), missing=missing)


def _held_over(book: Logbook, trades: Sequence[Judged]) -> tuple[HeldOver, ...] | None:
    """Return what was held over the close, by our names."""
    names = our_names([one.trade for one in trades], book)
    held = book.held_over
    return None if held is None else tuple(replace(one, symbol=names.get(one.broker_symbol)) for one in held)


def thinned(money: Timeline[Money]) -> Timeline[Money]:
    """Return of each minute the first and the last look, and those with the least and the most."""
    out: list[tuple[datetime, Money]] = []
    for _, minute in groupby(money, key=lambda one: one[0].replace(second=0, microsecond=0)):
        looks = list(minute)
        ends = {0, len(looks) - 1}
        for values in ([one.equity for _, one in looks], [one.balance for _, one in looks]):
            ends |= {values.index(min(values)), values.index(max(values))}
        out += [looks[place] for place in sorted(ends)]
    return tuple(out)


def _seen(book: Logbook, shares: ShareSettings, as_of: datetime) -> tuple[tuple[Span, ...], Quality]:
    """Return the time of the session in which an assistant looked, and what there is to say of it."""
    end = min(as_of, book.closes_at)
    if book.until and book.until <= end < min(book.until + LATE, book.closes_at):
        end = book.until  # the next look of a run that goes on is still to come
    so_far = (Span(book.opens_at, end),) if book.opens_at < end else ()
    running = common(joined(run.span for run in book.runs), so_far)
    lost = common(joined(book.lost), running)
    seen = without(running, lost)
    held = _bad(pieces(known(book.conditions, book), seen), shares.fail_safe)
    events = tuple(one for one in book.events if one.at <= book.span.end)
    unseen = without(so_far, running)
    return seen, Quality(seconds(seen), seconds(so_far), lost, unseen, bounds(held), events)


def _bad(
    held: Iterable[tuple[Span, tuple[Condition, ...] | None]], fail_safe: float
) -> Iterator[tuple[Span, str, str, float]]:
    """Yield the conditions that left no more than the fail-safe share, or nothing at all."""
    for span, conditions in held:
        least: dict[tuple[str, str], float] = {}
        for one in conditions or ():
            most = fail_safe if one.unit is Unit.SHARE else 0.0
            if one.value <= most and one.name != MARKET_CLOSED:
                key = (one.name, one.scope)
                least[key] = min(one.value, least.get(key, one.value))
        yield from ((span, name, scope, value) for (name, scope), value in least.items())


def _by_symbol(book: Logbook, seen: Sequence[Span]) -> tuple[Bound, ...]:
    """Return what bound each side of each symbol, symbol by symbol."""
    found: list[Bound] = []
    for symbol, line in book.lots.items():
        held = list(pieces(known(line, book), seen))
        for side in Side:
            lots = [(span, sides.get(side)) for span, sides in held if sides]
            found += bounds((span, one.cap, f"{symbol} {side}", one.lots) for span, one in lots if one)
    return tuple(found)


def _to_the_close(book: Logbook) -> bool:
    """Whether the record goes up to the close."""
    last = [*(run.span.end for run in book.runs), *([book.until] if book.until else [])]
    return book.held_over is not None or any(one > book.closes_at - LATE for one in last)


def _amount(deal: Deal) -> float:
    return deal.profit + deal.commission + deal.swap + deal.fee


def _moved(money: Timeline[Money], deals: Sequence[Deal]) -> float | None:
    """Return by how much equity moved from the first look to the last, without what came or went."""
    if not money:
        return None
    (begin, first), (end, last) = money[0], money[-1]
    came = [one for one in deals if begin < one.at <= end and (is_transfer(one) or one.kind == _CREDIT)]
    return last.equity - first.equity - fsum(map(_amount, came))


def _floated(money: Timeline[Money], deals: Sequence[Deal]) -> float | None:
    """Return by how much what floats, equity above balance and credit, moved between the same looks."""
    if not money:
        return None
    (begin, first), (end, last) = money[0], money[-1]
    credit = fsum(_amount(one) for one in deals if begin < one.at <= end and one.kind == _CREDIT)
    return (last.equity - last.balance) - (first.equity - first.balance) - credit


def _missing(book: Logbook, found: Review, money: Timeline[Money], as_of: datetime) -> Iterator[str]:
    """Say what the record lacks, as far as that shows in the review alone."""
    if book.until is None:
        return
    if as_of >= book.closes_at and not found.finished:
        yield f"the record ends at {book.until:%Y-%m-%d %H:%M} UTC, before the close"
    if not money:
        yield "equity is not on record"
    elif money[0][0] > book.span.begin:
        first = f"{money[0][0]:%Y-%m-%d %H:%M} UTC"
        yield f"equity at the close before is not on record: what it moved is counted from {first} on"
    if found.stances and found.regime and found.stances[0][1] != found.regime[-1].stance:
        yield (
            f"the stance was {found.stances[0][1]}; by the closes on record and the settings of now it is "
            f"{found.regime[-1].stance}: imported closes, another login or settings of then decided it"
        )


def _gist(found: Review, held: Sequence[tuple[Span, Share]], as_of: datetime) -> Told:
    """Return what the first sentence is made of."""
    return Told(
        closes_at=found.closes_at,
        as_of=as_of,
        until=found.until,
        finished=found.finished,
        stances=found.stances,
        held=held,
        quality=found.quality,
        trades=len(opened(found.trades, found.span.begin)),
        discipline=found.discipline,
        closed=len(closed(found.trades)),
        result=found.result,
        currency=found.currency,
        still_open=None if found.held_over is None else len(found.held_over),
        approaches=found.approaches,
        broken=found.broken,
    )
