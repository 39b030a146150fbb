"""What open positions were worth at best and at worst while nobody looked, from deals and minutes of prices.

A bound is never tighter than the truth: where a price may have stood longer than its minute, that minute
counts, too. The broker's record of a minute is trusted: its spread is taken as the smallest of it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from assistant.core.market import Deal, Unknown

FILLS = ("buy", "sell")  # kinds of deals that change what is open
LOTS_RESIDUE = 1e-6  # what sums of floats leave of nothing
_MINUTE = timedelta(minutes=1)
_TOLD = 10.0  # account currency; a result from which on a deal shows what a lot earns, to half a cent in it
_FAR = 0.0005  # share of the price; likewise, the move
_at = attrgetter("at")


class Minute(NamedTuple):
    """One minute of a symbol that was quoted in it."""

    at: datetime  # UTC, its begin
    high: float  # price, bid
    low: float  # price, bid
    spread: float  # price


class Worth(NamedTuple):
    """What one lot gains for 1.0 of price (account currency): no less, and no more, as conversion moves."""

    least: float
    most: float


class Bound(NamedTuple):
    """Floating results (account currency): what they cannot have been below, and above."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Held:
    """What is open of one position."""

    broker_symbol: str
    lots: float  # below 0: sold
    price: float  # where it was opened, in the mean


class Replay(NamedTuple):
    """What was open after each deal, and what the deals show beside that."""

    held: list[Mapping[int, Held]]  # by position; the first before any deal, one more than deals
    worths: dict[str, Worth]  # by the broker's symbol, as results of deals show it
    problems: list[str]  # plain words


def replay(deals: Sequence[Deal]) -> Replay:
    """Follow what was open through deals in order: in, out, reversed, and closed by one another."""
    held: dict[int, Held] = {}
    found = Replay([held], {}, [])
    for deal in deals:
        if deal.kind in FILLS:
            before, held = held.get(deal.position), dict(held)
            after = _filled(before, deal)
            held.pop(deal.position, None)
            if isinstance(after, Held):
                held[deal.position] = after
            elif isinstance(after, Unknown):
                found.problems.append(after.reason)
            if before is not None:
                _learn(found.worths, before, deal)
        found.held.append(held)
    return found


def _filled(held: Held | None, deal: Deal) -> Held | Unknown | None:
    """Return what a deal leaves of its position; None: nothing."""
    lots = deal.lots if deal.kind == "buy" else -deal.lots
    lost = Unknown(f"deal {deal.ticket} of {deal.broker_symbol} closes what no known deal has opened")
    if held is None:
        return Held(deal.broker_symbol, lots, deal.price) if deal.entry == "in" else lost
    left = held.lots + lots
    if held.lots * lots > 0:
        price = (held.lots * held.price + lots * deal.price) / left
        return replace(held, lots=left, price=price)
    if abs(left) < LOTS_RESIDUE:
        return None
    if left * held.lots > 0:
        return replace(held, lots=left)
    return Held(deal.broker_symbol, left, deal.price) if deal.entry == "inout" else lost


def _learn(worths: dict[str, Worth], before: Held, deal: Deal) -> None:
    """Take what a lot earned from the result of a deal, where that is large enough to tell."""
    name, moved = deal.broker_symbol, deal.price - before.price
    if deal.entry not in ("out", "inout") or abs(deal.profit) < _TOLD or abs(moved) < _FAR * deal.price:
        return
    closed = min(deal.lots, abs(before.lots)) * (1 if before.lots > 0 else -1)
    shown = deal.profit / (moved * closed)
    known = worths.get(name, Worth(shown, shown))
    worths[name] = Worth(min(known.least, shown), max(known.most, shown))


def floating(
    held: Iterable[Held],
    since: datetime,
    until: datetime,
    minutes: Mapping[str, Sequence[Minute] | Unknown],
    worths: Mapping[str, Worth | Unknown],
    edges: Iterable[Deal] = (),
) -> Bound | dict[str, Unknown]:
    """Bound the floating result, without swap, of what was open from `since` to `until` (UTC; may be equal).

    `edges` are the deals of both ends: at a fill the price is known. What cannot be bounded is returned by
    the broker's symbol, with the reason.
    """
    legs: dict[str, list[Held]] = {}
    for one in held:
        legs.setdefault(one.broker_symbol, []).append(one)
    dealt = [deal for deal in edges if deal.kind in FILLS]
    found: list[list[_Row]] = []
    missing: dict[str, Unknown] = {}
    for name, own in legs.items():
        fills = [deal for deal in dealt if deal.broker_symbol == name]
        part = _part(name, since, until, minutes.get(name), fills)
        worth = worths.get(name, Unknown(f"what a lot of {name} earns is not known"))
        if isinstance(part, Unknown):
            missing[name] = part
        elif isinstance(worth, Unknown):
            missing[name] = worth
        else:
            found.append(_results(own, part, worth))
    return missing or _together(found, since)


def _part(
    name: str,
    since: datetime,
    until: datetime,
    minutes: Sequence[Minute] | Unknown | None,
    fills: Sequence[Deal],
) -> list[Minute] | Unknown:
    """Return the minutes that hold every price from `since` to `until`, with those of fills at both ends."""
    if minutes is None or isinstance(minutes, Unknown):
        return minutes or Unknown(f"prices of {name} were not read")
    opening = any(deal.at == since for deal in fills)
    first = bisect_right(minutes, since, key=_at) - 1
    end = max(first + 1, bisect_left(minutes, until, key=_at))
    if not opening and first > 0 and minutes[first].at + _MINUTE > since:
        first -= 1  # the price of the minute before stands until the first tick of this one
    if end == 0 or (first < 0 and not opening):
        return Unknown(f"no price of {name} is known before it")
    part = list(minutes[max(first, 0) : end])
    for deal in fills:  # bought at the ask, sold at the bid
        spread = part[0].spread
        low = deal.price - spread if deal.kind == "buy" else deal.price
        part.append(Minute(deal.at, deal.price, low, spread))
    return part


_Row = tuple[datetime, float, float]  # an instant; the best and the worst of its minute, account currency


def _results(own: Sequence[Held], part: Iterable[Minute], worth: Worth) -> list[_Row]:
    """Return what one symbol's positions were worth at best and at worst in each minute."""
    bought = sum(one.lots for one in own if one.lots > 0)
    sold = -sum(one.lots for one in own if one.lots < 0)
    paid = sum(one.lots * one.price for one in own)
    least, most = worth
    rows = []
    for at, high, low, spread in part:
        best = bought * high - sold * (low + spread) - paid
        worst = bought * low - sold * (high + spread) - paid
        rows.append((at, best * (most if best > 0 else least), worst * (least if worst > 0 else most)))
    return rows


def _together(parts: Sequence[Sequence[_Row]], since: datetime) -> Bound:
    """Add up symbols minute by minute; each may stand where it stood before until its first tick in one."""
    if len(parts) == 1:
        return Bound(min(row[2] for row in parts[0]), max(row[1] for row in parts[0]))
    low, high = [], []  # of each symbol, as it stands
    least = most = 0.0
    for rows in parts:
        early = [row for row in rows if row[0] <= since]
        least, most = least + min(row[2] for row in early), most + max(row[1] for row in early)
        fresh = [row for row in early if row[0] > since - _MINUTE] or early
        low.append(min(row[2] for row in fresh))
        high.append(max(row[1] for row in fresh))
    later = sorted((row, place) for place, rows in enumerate(parts) for row in rows if row[0] > since)
    for _, minute in groupby(later, key=lambda one: one[0][0]):
        bottom, top = low.copy(), high.copy()
        for (_, best, worst), place in minute:
            bottom[place], top[place] = min(bottom[place], worst), max(top[place], best)
            low[place], high[place] = worst, best
        least, most = min(least, sum(bottom)), max(most, sum(top))
    return Bound(least, most)
