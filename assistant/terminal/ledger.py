"""The scripted trader's account: what was traded and what it is worth, as a pure function of the instant.

Every trade's whole life (when it opened, when and why it closed) is found when the ledger is made, so
the account at an instant does not depend on who looked before. Orders are filled at the tick that stands
at their instant: bought at the ask, sold at the bid. A stop is hit at the first later tick whose bid (long)
or ask (short) has reached it, at that tick's price. No commission, swap or fee; no stop-out.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from assistant.terminal import profile
from assistant.terminal.constants import (
    DEAL_ENTRY_IN,
    DEAL_ENTRY_OUT,
    DEAL_REASON_CLIENT,
    DEAL_REASON_SL,
    DEAL_TYPE_BALANCE,
    DEAL_TYPE_BUY,
    DEAL_TYPE_SELL,
    POSITION_TYPE_BUY,
    POSITION_TYPE_SELL,
)
from assistant.terminal.recording import CENTS, SYMBOLS, recording, rows
from assistant.terminal.structs import Struct, TradeDeal, TradePosition

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from assistant.terminal.recording import Recording

Side = Literal["buy", "sell"]
SIDES: tuple[Side, Side] = ("buy", "sell")

_FIRST_DEAL = 60_000_001
_FIRST_ORDER = 50_000_001


@dataclass(frozen=True, slots=True)
class PaperTrade:
    """One trade of the script; `symbol` is the recorded name, such as "IWM"."""

    symbol: str
    side: Side
    lots: float
    opens_at: datetime  # aware instant, inside a session
    closes_at: datetime | None = None  # aware instant, inside a session; None: held
    stop: float | None = None  # price; None: no stop


@dataclass(frozen=True, slots=True)
class Account:
    """The account's money at one instant, in its currency."""

    balance: float  # deposit plus the results of closed trades
    profit: float  # of open positions
    equity: float  # balance plus profit
    margin: float  # of open positions
    margin_free: float  # equity minus margin
    margin_level: float  # percent, equity of margin; 0 without margin


@dataclass(frozen=True, slots=True)
class _Close:
    """How a trade ended."""

    at_ms: int  # UTC epoch ms
    price: float
    reason: int  # DEAL_REASON_*


@dataclass(frozen=True, slots=True)
class _Life:
    """One trade from its opening to its end."""

    trade: PaperTrade
    opened_ms: int  # UTC epoch ms
    price_open: float
    close: _Close | None  # None: held to the end of the recording

    def price(self, at_ms: int) -> float:
        """Return the price at which the position could be closed at an instant (UTC epoch ms)."""
        quote = recording(self.trade.symbol).quote(at_ms)
        return quote.bid if self.trade.side == "buy" else quote.ask

    def profit(self, price: float) -> float:
        """Return the result at a closing price, account currency."""
        return profile.profit(self.trade.side, self.trade.lots, self.price_open, price)


def _ms(instant: datetime) -> int:
    if instant.tzinfo is None:
        raise ValueError(f"an instant of a trade must be aware, was {instant.isoformat()}")
    return round(instant.timestamp() * 1000)


def _refuse(trade: PaperTrade, why: str) -> ValueError:
    return ValueError(f"{trade.side} {trade.lots:g} {trade.symbol} at {trade.opens_at.isoformat()}: {why}")


def _in_session(prices: Recording, at_ms: int) -> bool:
    """Whether the symbol is being quoted: from its first tick of a session to before the close."""
    return at_ms >= prices.first_ms and at_ms < prices.sessions[prices.where(at_ms)[0]].close_ms


def _check(trade: PaperTrade) -> None:
    """Refuse with ValueError what the broker would refuse."""
    if trade.symbol not in SYMBOLS:
        raise _refuse(trade, f"not recorded; recorded are {', '.join(SYMBOLS)}")
    if trade.side not in SIDES:
        raise _refuse(trade, "side must be buy or sell")
    lots = trade.lots
    if not profile.VOLUME_MIN <= lots <= profile.VOLUME_MAX or lots % profile.VOLUME_STEP:
        raise _refuse(trade, f"lots must be whole, at most {profile.VOLUME_MAX:g}")
    prices, opened_ms = recording(trade.symbol), _ms(trade.opens_at)
    if not _in_session(prices, opened_ms):
        raise _refuse(trade, "opens while the market is closed")
    if trade.closes_at is not None:
        if _ms(trade.closes_at) <= opened_ms:
            raise _refuse(trade, f"closes before it opens, at {trade.closes_at.isoformat()}")
        if not _in_session(prices, _ms(trade.closes_at)):
            raise _refuse(trade, f"closes while the market is closed, at {trade.closes_at.isoformat()}")
    if trade.stop is not None:
        quote, room = prices.quote(opened_ms), profile.STOPS_LEVEL * profile.POINT
        distance = quote.bid - trade.stop if trade.side == "buy" else trade.stop - quote.ask
        if distance < room - profile.POINT / 2:
            raise _refuse(trade, f"stop {trade.stop} is nearer than {room:.2f} to the price that closes it")


def _stopped(trade: PaperTrade, until_ms: int) -> _Close | None:
    """Return where the stop is hit, after the opening and up to an instant (UTC epoch ms); None: it holds."""
    stop, prices = trade.stop, recording(trade.symbol)
    if stop is None:
        return None
    opened_in, opened_tick = prices.where(_ms(trade.opens_at))
    for number in range(opened_in, len(prices.sessions)):
        session = prices.sessions[number]
        if session.open_ms > until_ms:
            break
        edge = session.low if trade.side == "buy" else session.high + prices.quoting.spread
        beyond = edge / CENTS <= stop if trade.side == "buy" else edge / CENTS >= stop
        if not beyond:
            continue
        path = prices.path(number)
        closing: npt.NDArray[np.float64]
        if trade.side == "buy":
            closing = path.bids / CENTS
            hits = np.flatnonzero(closing <= stop)
        else:
            closing = (path.bids + prices.quoting.spread) / CENTS
            hits = np.flatnonzero(closing >= stop)
        hits = hits[hits > opened_tick] if number == opened_in else hits
        if len(hits):
            at_ms = path.times_ms.item(hits[0])
            return _Close(at_ms, closing.item(hits[0]), DEAL_REASON_SL) if at_ms <= until_ms else None
    return None


def _live(trade: PaperTrade) -> _Life:
    """Follow a trade through the recording; ValueError when the broker would have refused it."""
    _check(trade)
    prices, opened_ms = recording(trade.symbol), _ms(trade.opens_at)
    quote = prices.quote(opened_ms)
    price_open = quote.ask if trade.side == "buy" else quote.bid
    until_ms = prices.sessions[-1].close_ms if trade.closes_at is None else _ms(trade.closes_at)
    close = _stopped(trade, until_ms)
    if close is None and trade.closes_at is not None:
        quote = prices.quote(until_ms)
        close = _Close(until_ms, quote.bid if trade.side == "buy" else quote.ask, DEAL_REASON_CLIENT)
    return _Life(trade, opened_ms, price_open, close)


class Ledger:
    """The account of a scripted trader. Instants are UTC epoch milliseconds."""

    def __init__(self, trades: Sequence[PaperTrade]) -> None:
        """Follow the trades through the recording; ValueError for one that the broker would refuse."""
        self._lives = sorted((_live(trade) for trade in trades), key=lambda life: life.opened_ms)
        self._tickets: dict[int, int] = {}  # position ticket by place in _lives
        self._deals: list[Struct] = []
        self._deals_ms: list[int] = []  # UTC epoch ms of each deal
        self._balances: list[float] = []  # account currency, after each deal
        self._write()
        for life in self._lives:
            free = self.account(life.opened_ms).margin_free
            if free < 0:
                raise _refuse(life.trade, f"no money: free margin would be {free:.2f}")

    def deals(self, at_ms: int) -> tuple[Struct, ...]:
        """Return the TradeDeals done up to an instant, oldest first; the deposit leads."""
        return tuple(self._deals[: bisect_right(self._deals_ms, at_ms)])

    def positions(self, at_ms: int) -> tuple[Struct, ...]:
        """Return the TradePositions open at an instant, oldest first."""
        return tuple(self._position(place, life, at_ms) for place, life in self._open(at_ms))

    def positions_total(self, at_ms: int) -> int:
        """Return how many positions are open at an instant."""
        return sum(1 for _ in self._open(at_ms))

    def account(self, at_ms: int) -> Account:
        """Return the account's money at an instant; ValueError before the deposit."""
        done = bisect_right(self._deals_ms, at_ms)
        if not done:
            raise ValueError(f"the account does not exist yet at {at_ms} ms (UTC)")
        balance, floating = self._balances[done - 1], 0.0
        legs: dict[tuple[str, Side], float] = {}
        for _, life in self._open(at_ms):
            floating += life.profit(life.price(at_ms))
            leg = life.trade.symbol, life.trade.side
            legs[leg] = legs.get(leg, 0.0) + profile.margin(life.trade.lots, life.price_open)
        # Opposite positions in one symbol are held on the margin of the larger leg (margin_hedged_use_leg).
        symbols = {symbol for symbol, _ in legs}
        margin = sum(max(legs.get((symbol, side), 0.0) for side in SIDES) for symbol in symbols)
        margin = round(margin, 2)
        floating = round(floating, 2)
        equity = round(balance + floating, 2)
        level = equity / margin * 100 if margin else 0.0
        return Account(balance, floating, equity, margin, round(equity - margin, 2), level)

    def _open(self, at_ms: int) -> Iterator[tuple[int, _Life]]:
        for place, life in enumerate(self._lives):
            if life.opened_ms <= at_ms and (life.close is None or at_ms < life.close.at_ms):
                yield place, life

    def _position(self, place: int, life: _Life, at_ms: int) -> Struct:
        trade, price, ticket = life.trade, life.price(at_ms), self._tickets[place]
        time_ms = profile.server_ms(life.opened_ms)
        times = (time_ms // 1000, time_ms, time_ms // 1000, time_ms)
        kind = POSITION_TYPE_BUY if trade.side == "buy" else POSITION_TYPE_SELL
        money = (float(trade.lots), life.price_open, trade.stop or 0.0, 0.0, price, 0.0, life.profit(price))
        texts = (profile.broker_symbol(trade.symbol), "", "")
        return TradePosition((ticket, *times, kind, 0, ticket, DEAL_REASON_CLIENT, *money, *texts))

    def _write(self) -> None:
        """Write the deals of all lives in the order of time, numbering deals, orders and positions."""
        deposit_ms = min(recording(symbol).sessions[0].open_ms for symbol in SYMBOLS)
        deposit = (0, DEAL_TYPE_BALANCE, DEAL_ENTRY_IN, 0, DEAL_REASON_CLIENT)
        self._book(deposit_ms, deposit, (0.0, 0.0, profile.DEPOSIT), ("", "Deposit"))
        openings = [(life.opened_ms, DEAL_ENTRY_IN, place) for place, life in enumerate(self._lives)]
        closings = [
            (life.close.at_ms, DEAL_ENTRY_OUT, place) for place, life in enumerate(self._lives) if life.close
        ]
        for order, (at_ms, entry, place) in enumerate(sorted(openings + closings), start=_FIRST_ORDER):
            if entry == DEAL_ENTRY_IN:
                self._tickets[place] = order
            self._trade(order, at_ms, place, entry)

    def _trade(self, order: int, at_ms: int, place: int, entry: int) -> None:
        """Write the deal that opens or closes a position."""
        life, ticket = self._lives[place], self._tickets[place]
        trade = life.trade
        price, reason, result, comment = life.price_open, DEAL_REASON_CLIENT, 0.0, ""
        buys = trade.side == "buy"
        if entry == DEAL_ENTRY_OUT and life.close is not None:
            price, reason, buys = life.close.price, life.close.reason, not buys
            result = life.profit(price)
            comment = f"[sl {trade.stop:.{profile.DIGITS}f}]" if reason == DEAL_REASON_SL else ""
        kind = DEAL_TYPE_BUY if buys else DEAL_TYPE_SELL
        texts = (profile.broker_symbol(trade.symbol), comment)
        self._book(at_ms, (order, kind, entry, ticket, reason), (float(trade.lots), price, result), texts)

    def _book(
        self,
        at_ms: int,  # UTC epoch ms
        ids: tuple[int, int, int, int, int],  # order, type, entry, position, reason
        money: tuple[float, float, float],  # lots, price, profit
        texts: tuple[str, str],  # broker's symbol, comment
    ) -> None:
        order, kind, entry, position, reason = ids
        lots, price, result = money
        symbol, comment = texts
        time_ms = profile.server_ms(at_ms)
        ticket = _FIRST_DEAL + len(self._deals)
        head = (ticket, order, time_ms // 1000, time_ms, kind, entry, 0, position, reason)
        self._deals.append(TradeDeal((*head, lots, price, 0.0, 0.0, result, 0.0, symbol, comment, "")))
        self._deals_ms.append(at_ms)
        self._balances.append(round((self._balances[-1] if self._balances else 0.0) + result, 2))


def packaged_trades() -> tuple[PaperTrade, ...]:
    """Return the trades of the packaged script, assistant/data/trader.csv."""
    return tuple(_parsed(row) for row in rows("trader.csv"))


def _parsed(row: dict[str, str]) -> PaperTrade:
    return PaperTrade(
        symbol=row["symbol"],
        side=SIDES[SIDES.index(row["side"])],
        lots=float(row["lots"]),
        opens_at=datetime.fromisoformat(row["opens_at"]),
        closes_at=datetime.fromisoformat(row["closes_at"]) if row["closes_at"] else None,
        stop=float(row["stop"]) if row["stop"] else None,
    )


@cache
def packaged_ledger() -> Ledger:
    """Return the ledger of the packaged script; made once."""
    return Ledger(packaged_trades())
