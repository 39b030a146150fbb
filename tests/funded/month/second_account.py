"""The account of the month, worked out apart from the paper's books: plain sums in whole cents.

Taken over from the program are the ticks of the paper terminal; the terms of broker F are written down here
anew. Instants are UTC epoch milliseconds.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from assistant.terminal.feeds import feed
from assistant.terminal.profile import profile

FOLDER = Path(__file__).parent
FIRST, LAST = datetime(2018, 2, 28, 21, 30, tzinfo=UTC), datetime(2018, 3, 31, 22, 30, tzinfo=UTC)
INITIAL = 100_000_00  # cents

WEDNESDAY, FRIDAY = 2, 4
_ATHENS = ZoneInfo("Europe/Athens")  # the server's clock


class Terms(NamedTuple):
    """What broker F asks for a symbol."""

    name: str  # of the contract
    unit: int  # cents that a lot earns by one unit of the price
    spread: int  # units
    commission: int  # cents a lot and order
    minimum: int  # cents an order
    fee: int  # cents an order
    triple: int  # weekday at whose end three nights are charged


# US500 is quoted in 0.1 at 1 USD a point: 10 cents; a swap of 7.5 points of 0.1 is 75 cents a lot and night.
TERMS = {
    "US500": Terms("US500", 10, 2, 35, 0, 0, FRIDAY),
    "IWM": Terms("IWM.ETF", 1, 3, 2, 100, 25, WEDNESDAY),
}
_US500_LONG, _US500_SHORT = -75, 15  # cents a lot and night
_IWM_LONG, _IWM_SHORT = Fraction("-0.065"), Fraction("-0.0225")  # a year of 360 days


def ms(instant: datetime) -> int:
    """UTC epoch ms."""
    return round(instant.timestamp() * 1000)


class Ticks(NamedTuple):
    """All ticks of a symbol in the month, and the last one before it."""

    times: npt.NDArray[np.int64]
    bids: npt.NDArray[np.int64]  # units


@cache
def ticks(symbol: str) -> Ticks:
    stream = feed(profile("F").contracts[TERMS[symbol].name])
    first, last = ms(FIRST) - 4 * 86_400_000, ms(LAST) + 86_400_000
    numbers = [n for n, one in enumerate(stream.stretches) if first < one.opens_ms < last]
    paths = [stream.path(number) for number in numbers]
    times = np.concatenate([path.times_ms for path in paths])
    return Ticks(times, np.concatenate([path.bids for path in paths]).astype(np.int64))


def bid(symbol: str, at: int) -> int:
    """Units; the tick that stands at the instant."""
    times, bids = ticks(symbol)
    return int(bids[np.searchsorted(times, at, side="right") - 1])


class Stay(NamedTuple):
    """A trade from one of its events to the next."""

    since: int
    lots: int
    swap: int  # cents, of the nights so far


class Deal(NamedTuple):
    """Money booked into the balance."""

    at: int
    cents: int
    what: str
    transfer: bool = False


@dataclass
class Trade:
    """One position, from its opening to its last lot."""

    symbol: str
    sign: int  # 1 bought, -1 sold
    opened: int
    price: int  # units, at which it was opened
    stays: list[Stay] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)

    def closing(self, at: int) -> int:
        """What it is closed at: a bought one at the bid, a sold one at the ask."""
        return bid(self.symbol, at) + (TERMS[self.symbol].spread if self.sign < 0 else 0)

    def stay(self, at: int) -> Stay:
        """How it stands at an instant; without lots before it was opened."""
        found = [stay for stay in self.stays if stay.since <= at]
        return found[-1] if found else Stay(0, 0, 0)

    def floating(self, at: int) -> int:
        """Cents, with the swap so far."""
        lots, swap = self.stay(at)[1:]
        return lots * self.sign * (self.closing(at) - self.price) * TERMS[self.symbol].unit + swap


def nights(first: int, last: int) -> Iterator[tuple[int, date]]:
    """The midnights of the server between two instants, and the days that end with them."""
    day = datetime.fromtimestamp(first / 1000, _ATHENS).date()
    while True:
        midnight = ms(datetime.combine(day + timedelta(days=1), time(), _ATHENS))
        if midnight > last:
            return
        yield midnight, day
        day += timedelta(days=1)


def night(trade: Trade, lots: int, at: int, day: date) -> int:
    """Cents of one night: thrice on the symbol's triple day, nothing on Saturday and Sunday."""
    days = 3 if day.weekday() == TERMS[trade.symbol].triple else 0 if day.weekday() > FRIDAY else 1
    if trade.symbol == "US500":
        return lots * days * (_US500_LONG if trade.sign > 0 else _US500_SHORT)
    rate = _IWM_LONG if trade.sign > 0 else _IWM_SHORT
    return round(lots * trade.closing(at) * rate / 360 * days)


def costs(symbol: str, lots: int) -> int:
    """Cents of one order."""
    terms = TERMS[symbol]
    return max(terms.minimum, terms.commission * lots) + terms.fee


def reached(symbol: str, since: int, stop: str) -> int:
    """The instant of the first tick after one at which a bought position's stop is reached by the bid."""
    times, bids = ticks(symbol)
    level = round(Fraction(stop) * 100 / TERMS[symbol].unit)
    later = np.flatnonzero((times > since) & (bids <= level))
    return int(times[later[0]])


def live(trade: Trade, lots: int, leaves: list[tuple[int, int]]) -> None:
    """Follow a trade of so many lots; `leaves`: when how many of them are closed, oldest first."""
    word = {1: ("buy", "sell"), -1: ("sell", "buy")}[trade.sign]
    name, swap = trade.symbol, 0
    trade.stays.append(Stay(trade.opened, lots, 0))
    trade.deals.append(Deal(trade.opened, -costs(name, lots), f"{word[0]} {lots} {name}"))
    events = [(at, 0, day) for at, day in nights(trade.opened, leaves[-1][0])]
    for at, closed, day in sorted([*events, *((at, part, date.min) for at, part in leaves)]):
        if not closed:
            swap += night(trade, lots, at, day)
        else:
            share = round(Fraction(swap * closed, lots))
            profit = closed * trade.sign * (trade.closing(at) - trade.price) * TERMS[name].unit
            cents = profit - costs(name, closed) + share
            trade.deals.append(Deal(at, cents, f"{word[1]} {closed} {name}"))
            lots, swap = lots - closed, swap - share
        trade.stays.append(Stay(at, lots, swap))


class Account:
    """The account at any instant of the month."""

    def __init__(self) -> None:
        self.trades: list[Trade] = []
        self.deals: list[Deal] = []
        self._read()
        self.deals += [deal for trade in self.trades for deal in trade.deals]
        self.deals.sort()

    def _read(self) -> None:
        with (FOLDER / "trades.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        parts = [row for row in rows if row["side"] == "reduce"]
        for row in rows:
            at = ms(datetime.fromisoformat(row["opens_at"]))
            if row["side"] == "balance":
                cents = round(Fraction(row["money"]) * 100)
                what = "deposit" if cents > 0 else "payout"
                self.deals.append(Deal(at, cents, what, transfer=True))
            elif row["side"] != "reduce":
                self._trade(row, at, [part for part in parts if part["symbol"] == row["symbol"]])

    def _trade(self, row: dict[str, str], at: int, parts: list[dict[str, str]]) -> None:
        symbol, sign, lots = row["symbol"], 1 if row["side"] == "buy" else -1, int(row["lots"])
        price = bid(symbol, at) + (TERMS[symbol].spread if sign > 0 else 0)
        trade = Trade(symbol, sign, at, price)
        if row["stop"]:
            ends = reached(symbol, at, row["stop"])
        else:
            ends = ms(datetime.fromisoformat(row["closes_at"]))
        early = [(ms(datetime.fromisoformat(part["opens_at"])), int(part["lots"])) for part in parts]
        early = [(when, closed) for when, closed in early if at < when < ends]
        live(trade, lots, [*early, (ends, lots - sum(closed for _, closed in early))])
        self.trades.append(trade)

    def balance(self, at: int, *, day_ends: bool = False) -> int:
        """Cents; `day_ends`: before the deals of this very instant, which belong to the next day."""
        return INITIAL + sum(deal.cents for deal in self.deals if deal.at < at + (not day_ends))

    def equity(self, at: int, *, day_ends: bool = False) -> int:
        """Cents; a night that ends at the instant has been charged in either case."""
        dealt = day_ends and any(deal.at == at for deal in self.deals)  # never at the server's midnight
        floating = sum(trade.floating(at - 1 if dealt else at) for trade in self.trades)
        return self.balance(at, day_ends=day_ends) + floating

    def deposits(self, first: int, last: int) -> int:
        """Cents paid in after an instant, up to another."""
        paid = [deal for deal in self.deals if deal.transfer and deal.cents > 0]
        return sum(deal.cents for deal in paid if first < deal.at <= last)

    def paid_out(self, at: int) -> bool:
        """Whether there has been a payout."""
        return any(deal.transfer and deal.cents < 0 and deal.at <= at for deal in self.deals)

    def peaks(self, cuts: list[int]) -> list[tuple[int, int]]:
        """When equity stood highest between two cuts, the first included, and how high; oldest first.

        Nothing may happen to the account inside but ticks.
        """
        return [self._peak(first, last) for first, last in pairwise(cuts)]

    def _peak(self, first: int, last: int) -> tuple[int, int]:
        held = [(trade, trade.stay(first)) for trade in self.trades if trade.stay(first).lots]
        inside = [
            times[(times > first) & (times < last)]
            for times in {t.symbol: ticks(t.symbol).times for t, _ in held}.values()
        ]
        at = np.unique(np.concatenate([np.array([first]), *inside]))
        equity = np.full(len(at), self.balance(first), dtype=np.int64)
        for trade, stay in held:
            times, bids = ticks(trade.symbol)
            terms = TERMS[trade.symbol]
            price = bids[np.searchsorted(times, at, side="right") - 1] + (
                terms.spread if trade.sign < 0 else 0
            )
            equity += stay.lots * trade.sign * (price - trade.price) * terms.unit + stay.swap
        highest = int(equity.argmax())
        return int(at[highest]), int(equity[highest])


def of_day(clock: time, zone: str, first: datetime, last: datetime) -> list[int]:
    """The instants of a time of day in a zone, both ends excluded: found minute by minute of UTC."""
    place, found = ZoneInfo(zone), []
    instant = first
    while instant < last:
        instant += timedelta(minutes=15)
        if instant.astimezone(place).time() == clock:
            found.append(ms(instant))
    return found


def before(rising: list[int], at: int) -> int:
    """The last of some instants up to one."""
    return rising[bisect_right(rising, at) - 1]
