"""The track of a funded account rebuilt from the terminal's history, for the time in which nobody looked.

Balances are exact. Equity is not in the history: it is bounded, from above for what raises a floor, from
below for what may have broken one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import fsum
from typing import Any, NamedTuple

from assistant.core.bounds import FILLS, LOTS_RESIDUE, Bound, Held, Minute, Worth, floating, replay
from assistant.core.firm_day import Cutoff
from assistant.core.market import Deal, Position, Unknown
from assistant.core.track import Anchor, Booking, Event, Look, Mark, Reset, Track

_CENT = 0.01 + 1e-6  # account currency; sums of money in binary miss by less
_SNAPSHOT = timedelta(minutes=2)  # a firm's snapshot may be so much early or late
_CREDIT = "credit"  # the one kind of deal that does not change the balance
_TRANSFER = "balance"  # the kind of deposits and payouts, and at some brokers of other things
# Words in the comment of such a deal; a plural counts, too.
_SURE = ("payout", "pay out", "withdraw", "withdrawal", "deposit", "transfer", "profit share", "profit split")
_RESULT = ("div", "dividend", "interest", "swap", "rollover")
_DOUBT = ("adjust", "adjusted", "adjustment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the terminal knows of an account's past, read once; money in account currency."""

    since: datetime  # UTC, from which on there are minutes of what was open
    until: datetime  # UTC, when balance, equity and positions were read
    balance: float
    equity: float  # without the broker's credit
    deals: tuple[Deal, ...]  # all from the account's first one, or the program's start, up to `until`
    positions: tuple[Position, ...]  # open at `until`
    minutes: Mapping[str, Sequence[Minute] | Unknown]  # by the broker's symbol; ascending
    worth: Mapping[str, Worth | Unknown]  # likewise


@dataclass(frozen=True, slots=True)
class Happened:
    """What happened to an account while nobody looked."""

    events: tuple[Event, ...]  # in the order of the fold
    unbounded: tuple[str, ...]  # what is not known, and for which time, in plain words


def booked(deal: Deal) -> float:
    """Return by how much a deal moved the balance (account currency)."""
    return 0.0 if deal.kind == _CREDIT else deal.profit + deal.commission + deal.swap + deal.fee


def is_transfer(deal: Deal) -> bool:
    """Whether a deal is a deposit or a payout; what names a symbol, or a dividend, is a result.

    Words of a transfer count before those of a result. An adjustment may be either: it is taken for a
    transfer, for then it is neither profit nor headroom.
    """
    if deal.kind != _TRANSFER or deal.broker_symbol:
        return False
    return _says(deal, _SURE) or not _says(deal, _RESULT)


def _in_doubt(deal: Deal) -> bool:
    """Whether a transfer may be the correction of a result, by its comment."""
    return _says(deal, _DOUBT) and not _says(deal, _SURE)


def _says(deal: Deal, words: Sequence[str]) -> bool:
    """Whether one of these words stands in the comment of a deal, as a whole word."""
    told = "".join(letter if letter.isalnum() else " " for letter in deal.comment.lower())
    told = f" {' '.join(told.split())} "
    return any(f" {word} " in told or f" {word}s " in told for word in words)


def booking(deal: Deal) -> Booking:
    """Return a deal as the track takes it."""
    fill = deal.kind in FILLS
    return Booking(
        deal.at,
        deal.ticket,
        booked(deal),
        transfer=is_transfer(deal),
        doubtful=is_transfer(deal) and _in_doubt(deal),
        opened=fill and deal.entry in ("in", "inout"),
        closed=fill and deal.entry != "in",
    )


def traded(deals: Sequence[Deal], positions: Sequence[Position], since: datetime) -> dict[str, datetime]:
    """Return the broker's symbols that were open at an instant (UTC) or later, sorted.

    With each stands from when on it may have been: that instant, or its first fill later.
    """
    ordered = sorted(deals, key=lambda deal: (deal.at, deal.ticket))
    held = replay([deal for deal in ordered if deal.at <= since]).held[-1]
    found = {one.broker_symbol: since for one in held.values()}
    for deal in ordered:
        if deal.at > since and deal.kind in FILLS:
            found.setdefault(deal.broker_symbol, deal.at)
    for one in positions:
        found.setdefault(one.broker_symbol, since)
    return dict(sorted(found.items()))


def balance_at(past: Past, at: datetime) -> float:
    """Return the balance at an instant (UTC), the deals of that instant done; exact."""
    return past.balance - fsum(booked(deal) for deal in past.deals if deal.at > at)


def adds_up(past: Past, initial: float, start: datetime) -> Unknown | None:
    """Say why the deals cannot be all of them; None: they come to the initial balance at `start` (UTC).

    Before the first deal there was nothing, or, where deals are known from the program's start on, the
    initial balance. A first deposit may be booked a while after `start`.
    """
    deals = sorted(past.deals, key=lambda deal: (deal.at, deal.ticket))
    before = past.balance - fsum(map(booked, deals))
    if min(abs(before), abs(before - initial)) > _CENT:
        return _odds(f"{before:.2f} stood before its first deal", "nothing", initial)
    then = [deal for deal in deals if deal.at <= start] or [deal for deal in deals[:1] if is_transfer(deal)]
    opening = before + fsum(map(booked, then))
    if abs(opening - initial) > _CENT:
        return _odds(f"{opening:.2f} stood in it at {start:%Y-%m-%d %H:%M} UTC", "", initial)
    return None


def opened_at(past: Past, start: datetime) -> datetime:
    """Return when an account began that had nothing at `start` (UTC): with its first deposit after it."""
    deals = sorted(past.deals, key=lambda deal: (deal.at, deal.ticket))
    nothing = abs(past.balance - fsum(map(booked, deals))) <= _CENT
    late = nothing and deals and deals[0].at > start and is_transfer(deals[0])
    return deals[0].at if late else start


def _odds(found: str, other: str, initial: float) -> Unknown:
    expected = f"{other} or {initial:.2f}" if other else f"{initial:.2f}"
    return Unknown(f"the account's history does not add up: by its deals {found}; expected {expected}")


class _Books(NamedTuple):
    """The deals in order, and what stood in the account and was open after so many of them."""

    past: Past
    deals: Sequence[Deal]
    instants: Sequence[datetime]  # of the deals
    balances: Sequence[float]  # one more than deals
    held: Sequence[Mapping[int, Held]]  # likewise, by position
    swaps: Sequence[Bound]  # likewise; what of later swap may have been accrued by then
    worths: Mapping[str, Worth | Unknown]
    problems: Sequence[str]


def happened(past: Past, cutoff: Cutoff | None, since: datetime) -> Happened:
    """Return the events from an instant (UTC, its deals done) to the end, to fold onto a track as of then.

    At a reset the equity is the most that it can have been, and None where nobody can tell. In each stretch
    between two deals or resets there are two looks, at its begin: the most and the least that the equity
    can have been in it; after a stretch that cannot be bounded there is none. The last look is as read.
    """
    if not past.since <= since <= past.until:
        raise ValueError(f"since was {since}; prices are known from {past.since} to {past.until}")
    books = _opened(past)
    resets = tuple(_resets(cutoff, since, past.until))
    inside = [at for at in books.instants if since < at < past.until]
    edges = sorted({since, past.until, *resets, *inside})
    events: list[Event] = list(_bookings(books, since))
    missing: list[tuple[datetime, datetime, str]] = []
    for at in resets:
        events += _reset(books, at)
    for begin, end in pairwise(edges):
        found = _equity(books, bisect_right(books.instants, begin), begin, end)
        if isinstance(found, Bound):
            balance = books.balances[bisect_right(books.instants, begin)]
            events += [Look(begin, balance, one) for one in dict.fromkeys((found.high, found.low))]
        else:
            missing += [(begin, end, one.reason) for one in found.values()]
    events.append(Look(past.until, past.balance, past.equity))
    return Happened(tuple(events), (*books.problems, *_spans(missing)))


def _opened(past: Past) -> _Books:
    """Follow the deals forwards for what was open, and backwards for balances and swap."""
    deals = sorted(past.deals, key=lambda deal: (deal.at, deal.ticket))
    held, shown, problems = replay(deals)
    later = _open_swaps(past.positions, held[-1])
    balances, swaps = [past.balance], [_accrued(held[-1], later)]
    for deal, open_before in zip(reversed(deals), reversed(held[:-1]), strict=True):
        balances.append(balances[-1] - booked(deal))
        if deal.swap:
            own = later.get(deal.position, Bound(0.0, 0.0))
            later[deal.position] = Bound(own.low + min(0.0, deal.swap), own.high + max(0.0, deal.swap))
        swaps.append(_accrued(open_before, later))
    worths = {name: _wider(worth, shown.get(name)) for name, worth in past.worth.items()}
    instants = [deal.at for deal in deals]
    told = [*problems, *_unlike(past.positions, held[-1])]
    return _Books(past, deals, instants, balances[::-1], held, swaps[::-1], worths, told)


def _wider(worth: Worth | Unknown, shown: Worth | None) -> Worth | Unknown:
    """Return a worth that holds what deals show, too."""
    if isinstance(worth, Unknown) or shown is None:
        return worth
    return Worth(min(worth.least, shown.least), max(worth.most, shown.most))


def _open_swaps(positions: Sequence[Position], held: Mapping[int, Held]) -> dict[int, Bound]:
    """Return the swap of what is open, by position; a reversed one has another ticket than its deals."""
    found: dict[int, Bound] = {}
    for one in positions:
        alike = [key for key, open_ in held.items() if open_.broker_symbol == one.broker_symbol]
        key = one.ticket if one.ticket in held else next(iter(alike), one.ticket)
        found[key] = Bound(min(0.0, one.swap), max(0.0, one.swap))
    return found


def _accrued(held: Mapping[int, Held], later: Mapping[int, Bound]) -> Bound:
    own = [later[key] for key in held if key in later]
    return Bound(fsum(one.low for one in own), fsum(one.high for one in own))


def _unlike(positions: Sequence[Position], held: Mapping[int, Held]) -> Iterator[str]:
    """Name the symbols in which more or less is open than the deals have left."""
    sums: dict[str, list[float]] = {}
    for one in positions:
        sums.setdefault(one.broker_symbol, [0.0, 0.0])[0] += one.side.sign * one.lots
    for other in held.values():
        sums.setdefault(other.broker_symbol, [0.0, 0.0])[1] += other.lots
    for name, (now, left) in sums.items():
        if abs(now - left) > LOTS_RESIDUE:
            yield f"{now:+g} lots of {name} are open; by the deals it would be {left:+g}"


def _resets(cutoff: Cutoff | None, since: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the resets after an instant up to another."""
    if cutoff is not None:
        at = cutoff.next(since)
        while at <= until:
            yield at
            at = cutoff.next(at)


def _bookings(books: _Books, since: datetime) -> Iterator[Booking]:
    later = books.deals[bisect_right(books.instants, since) :]
    return (booking(deal) for deal in later if deal.kind != _CREDIT)


def _equity(books: _Books, done: int, begin: datetime, end: datetime) -> Bound | dict[str, Unknown]:
    """Bound the equity between two instants after so many deals; by symbol what cannot be bounded."""
    balance, held, past = books.balances[done], books.held[done], books.past
    if not held:
        return Bound(balance, balance)
    first, last = bisect_left(books.instants, begin), bisect_right(books.instants, end)
    edges = [deal for deal in books.deals[first:last] if deal.at in (begin, end)]
    found = floating(held.values(), begin, end, past.minutes, books.worths, edges)
    if not isinstance(found, Bound):
        return found
    swap = books.swaps[done]
    return Bound(balance + swap.low + found.low, balance + swap.high + found.high)


def _reset(books: _Books, at: datetime) -> Iterator[Event]:
    """Yield a reset, and what its snapshot may have been, were it taken a little earlier or later.

    The deals of that very instant are of the new day. Deposits move every mark when they are booked, and a
    payout lowers none, so neither makes a difference between the two sides.
    """
    done = bisect_left(books.instants, at)
    balance, found = books.balances[done], _equity(books, done, at, at)
    least, most = (found.low, found.high) if isinstance(found, Bound) else (None, None)
    yield Reset(at, balance, most, least)
    first = bisect_left(books.instants, at - _SNAPSHOT)
    last = bisect_right(books.instants, at + _SNAPSHOT)
    if first == last:
        return
    other = [number for number in range(first, last) if not _deposit(books.deals[number])]
    sides = [(balance, most), *(_side(books, done, number) for number in other)]
    lifted = fsum(_deposit(deal) for deal in books.deals[done:last] if deal.at == at)
    yield Anchor(at, dict(_marks(sides, lifted)))


def _side(books: _Books, reset: int, number: int) -> tuple[float, float | None]:
    """Return balance and most equity beyond one deal, seen from a reset after so many deals."""
    done = number if number < reset else number + 1
    moved = fsum(_deposit(deal) for deal in books.deals[done:reset])
    moved -= fsum(booked(deal) for deal in books.deals[reset:done] if is_transfer(deal))
    most = _most(books, done, books.instants[number])
    return books.balances[done] + moved, None if most is None else most + moved


def _marks(sides: Sequence[tuple[float, float | None]], lifted: float) -> Iterator[tuple[Mark, float]]:
    balance = max(one for one, _ in sides) + lifted
    yield Mark.START_BALANCE, balance
    yield Mark.HIGH_BALANCE_EOD, balance
    known = [one for _, one in sides if one is not None]
    if len(known) == len(sides):
        equity = max(known) + lifted
        yield Mark.START_EQUITY, equity
        yield Mark.HIGH_EQUITY_OF_DAY, equity


def _most(books: _Books, done: int, at: datetime) -> float | None:
    """Return the most that the equity can have been at an instant; None: nobody can tell."""
    found = _equity(books, done, at, at)
    return found.high if isinstance(found, Bound) else None


def _deposit(deal: Deal) -> float:
    return max(0.0, booked(deal)) if is_transfer(deal) else 0.0


def _spans(missing: Sequence[tuple[datetime, datetime, str]]) -> Iterator[str]:
    """Say for which times there is no bound, those that follow one another as one."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    for begin, end, reason in missing:
        own = spans.setdefault(reason, [])
        if own and own[-1][1] == begin:
            own[-1] = own[-1][0], end
        else:
            own.append((begin, end))
    for reason, found in spans.items():
        for begin, end in found:
            yield f"equity from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC is not known: {reason}"


def safer(one: Track, other: Track) -> tuple[Track, tuple[str, ...]]:
    """Return the first track with the higher of each mark of both, and where they differ, in plain words.

    They are of one account at one instant. A mark that only one of them knows is taken from it.
    """
    marks: dict[str, Any] = {}
    told = []
    for mark in Mark:
        values: tuple[float | None, ...] = getattr(one, mark), getattr(other, mark)
        known = [value for value in values if value is not None]
        if known:
            marks[mark.value] = max(known)
        if len(known) == 1 or (known and max(known) - min(known) > _CENT):
            numbers = " and ".join("not known" if value is None else f"{value:.2f}" for value in values)
            told.append(f"{mark.replace('_', ' ')} was {numbers}; the higher counts")
    return replace(one, **marks), tuple(told)
