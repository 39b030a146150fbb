"""The adapter: a terminal over any module with MetaTrader5's functions, its structs made facts once."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import inf, isfinite
from types import ModuleType
from typing import Any

from assistant.core.market import (
    Account,
    Bar,
    Deal,
    Instrument,
    PendingOrder,
    PerLot,
    Position,
    Quote,
    Role,
    Side,
    TerminalFacts,
    TradeMode,
    Unknown,
)
from assistant.errors import TerminalError
from assistant.terminal.clock import ServerClock
from assistant.terminal.reads import Reads

# Values of MetaTrader5 5.0.6231; the numbers are MQL5's own and do not change.
TIMEFRAME_D1 = 16408
ORDER_TYPE_BUY, ORDER_TYPE_SELL = 0, 1
ORDER_TYPE_CLOSE_BY = 8
ACCOUNT_MARGIN_MODE_RETAIL_HEDGING = 2
_TRADE_MODES = dict(enumerate(TradeMode))  # SYMBOL_TRADE_MODE_DISABLED = 0 ... SYMBOL_TRADE_MODE_FULL = 4
_KINDS = (
    "buy, sell, balance, credit, charge, correction, bonus, commission, commission_daily, "
    "commission_monthly, agent_daily, agent_monthly, interest, buy_canceled, sell_canceled, dividend, "
    "dividend_franked, tax"
)
_DEAL_KINDS = dict(enumerate(_KINDS.split(", ")))  # DEAL_TYPE_BUY = 0 ... DEAL_TAX = 17
_DAY_0 = date(1970, 1, 1)
_ENTRIES = dict(enumerate(("in", "out", "inout", "out_by")))
_REREAD = timedelta(minutes=5)  # of all daily bars
_SLIDE = 5  # daily bars that a reading may lack: the unfinished one takes a place, a holiday may be filled
_ASK_AGAIN = timedelta(seconds=30)  # what a lot costs, at the latest
_ASK_MOVE = 0.001  # share of the price; likewise, at once
_CALC_LOTS = 100.0  # order_calc_* may round to cents: asking for many lots keeps the digits of one


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the terminal said a lot costs, and at which price and quote."""

    entry: float  # price
    at: datetime  # UTC, of the quote
    per_lot: PerLot

    def serves(self, entry: float, at: datetime) -> bool:
        """Whether the price has hardly moved and little time has passed since."""
        return abs(entry / self.entry - 1) < _ASK_MOVE and timedelta() <= at - self.at < _ASK_AGAIN


class MetaTrader:
    """A terminal over a module with MetaTrader5's functions; see `Terminal` for what it promises."""

    def __init__(
        self,
        module: ModuleType,
        symbols: Mapping[str, tuple[Role, tuple[str, ...]]],
        clock: ServerClock,
        *,
        path: str | None = None,
        sessions: int,
    ) -> None:
        """Take the module, role and candidate names by our symbol, the server's clock, bars to read."""
        self._module = module.__name__
        self._reads = Reads(module)
        self._wanted = symbols
        self._clock = clock
        self._path = path
        self._sessions = sessions
        self._names: dict[str, str] = {}  # our symbol -> the broker's
        self._bars: dict[str, tuple[Bar, ...] | Unknown] = {}
        self._bars_at: datetime | None = None  # UTC, when all of them were read last
        self._linked = True  # the terminal had its broker in the last reading
        self._most: dict[str, int] = {}  # bars seen at most since the connection, by our symbol
        self._asked: dict[tuple[str, Side], _Asked] = {}  # by the broker's name
        self._missing: tuple[str, ...] = ()  # symbols this broker does not offer, one sentence each
        self._failed: tuple[str, ...] = ()  # symbols whose facts failed in the last reading

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what a user should know, one sentence each."""
        return self._missing + self._failed

    def connect(self) -> None:
        """Connect without credentials, and take the first name of each symbol that the broker knows."""
        self._reads.call("initialize", *([self._path] if self._path else []))
        self._names, self._bars, self._bars_at, self._most, self._asked = {}, {}, None, {}, {}
        self._resolve_all()

    def _resolve_all(self) -> None:
        """Look for the symbols that have no name yet, and say which are missing."""
        problems = []
        for symbol, (_, names) in self._wanted.items():
            found = self._names.get(symbol) or self._resolve(symbol, names)
            if isinstance(found, Unknown):
                problems.append(found.reason)
            else:
                self._names[symbol] = found
        self._missing = tuple(problems)

    def _resolve(self, symbol: str, names: tuple[str, ...]) -> str | Unknown:
        """Return the first of the names that the broker knows, selected, so that it has quotes."""
        for name in names:
            if isinstance(self._reads.optional("symbol_info", name), Unknown):
                continue
            other = next((taken for taken, found in self._names.items() if found == name), None)
            if other:
                return Unknown(f"{symbol} is left out: {name} stands for {other} already")
            selected = self._reads.optional("symbol_select", name, True)
            if isinstance(selected, Unknown):
                return Unknown(f"{symbol} is left out: {selected.reason}")
            return name
        return Unknown(f"{symbol} is not offered: no symbol {', '.join(names)}")

    def close(self) -> None:
        """End the connection; one that is gone already is ended, too."""
        with suppress(TerminalError):
            self._reads.optional("shutdown")

    def facts(self) -> TerminalFacts:
        """Return which terminal this is."""
        info = self._reads.call("terminal_info")
        if info.connected and not self._linked:
            self._bars_at = None  # what was read without the broker is read again with it
        self._linked = bool(info.connected)
        return TerminalFacts(self._module, self._linked, str(info.commondata_path))

    def account(self) -> Account:
        """Return the account's present numbers."""
        info = self._reads.call("account_info")
        numbers = (info.balance, info.equity, info.credit, info.margin_free)
        if not all(isfinite(number) for number in numbers):
            raise TerminalError(f"account_info was balance, equity, credit, free margin {numbers}")
        return Account(
            login=info.login,
            server=info.server,
            currency=info.currency,
            balance=info.balance,
            equity=info.equity,
            credit=info.credit,
            free_margin=info.margin_free,
            hedging=info.margin_mode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
        )

    def quotes(self) -> dict[str, Quote | Unknown]:
        """Return the last tick of each symbol."""
        return {symbol: self._quote(name) for symbol, name in self._names.items()}

    def _quote(self, name: str) -> Quote | Unknown:
        tick = self._reads.optional("symbol_info_tick", name)
        if isinstance(tick, Unknown):
            return tick
        if not 0 < tick.bid <= tick.ask < inf:
            return Unknown(f"quote of {name} was bid {tick.bid:g}, ask {tick.ask:g}")
        try:
            return Quote(tick.bid, tick.ask, self._clock.to_utc(tick.time_msc / 1000))
        except (OverflowError, ValueError):
            return Unknown(f"quote of {name} was stamped {tick.time_msc}")

    def instruments(self, quotes: Mapping[str, Quote | Unknown]) -> tuple[Instrument, ...]:
        """Return each symbol's facts; one whose facts fail is left out and named in `problems`."""
        read = [self._instrument(symbol, name, quotes[symbol]) for symbol, name in self._names.items()]
        self._failed = tuple(one.reason for one in read if isinstance(one, Unknown))
        return tuple(one for one in read if isinstance(one, Instrument))

    def _instrument(self, symbol: str, name: str, quote: Quote | Unknown) -> Instrument | Unknown:
        info = self._reads.optional("symbol_info", name)
        if isinstance(info, Unknown):
            return info
        least, step, most = info.volume_min, info.volume_step, info.volume_max
        if not (0 < least <= most < inf and 0 < step <= most):
            return Unknown(f"volumes of {name} were min {least:g}, step {step:g}, max {most:g}")
        stops_level = info.trade_stops_level * info.point
        if not 0 <= stops_level < inf:
            return Unknown(f"stops level of {name} was {info.trade_stops_level:g} points of {info.point:g}")
        return Instrument(
            symbol=symbol,
            broker_symbol=name,
            role=self._wanted[symbol][0],
            digits=info.digits,
            stops_level=stops_level,
            volume_min=least,
            volume_step=step,
            volume_max=most,
            trade_mode=_TRADE_MODES.get(info.trade_mode, TradeMode.DISABLED),
            per_lot={side: self._per_lot(name, side, min(_CALC_LOTS, most), quote) for side in Side},
        )

    def _per_lot(self, name: str, side: Side, lots: float, quote: Quote | Unknown) -> PerLot | Unknown:
        """Return what a lot costs, asked again when the price has moved or some time has passed."""
        if isinstance(quote, Unknown):
            return quote
        entry = quote.entry(side)
        known = self._asked.get((name, side))
        if known and known.serves(entry, quote.at):
            return known.per_lot
        answer = self._ask_per_lot(name, side, lots, entry)
        if isinstance(answer, PerLot):
            self._asked[name, side] = _Asked(entry, quote.at, answer)
        return answer

    def _ask_per_lot(self, name: str, side: Side, lots: float, entry: float) -> PerLot | Unknown:
        """Ask the terminal what `lots` lose over a tenth of the price, and what margin they take."""
        order = ORDER_TYPE_BUY if side is Side.BUY else ORDER_TYPE_SELL
        move = entry / 10
        profit = self._reads.optional("order_calc_profit", order, name, lots, entry, entry - side.sign * move)
        if isinstance(profit, Unknown):
            return profit
        margin = self._reads.optional("order_calc_margin", order, name, lots, entry)
        if isinstance(margin, Unknown):
            return margin
        if not -inf < profit < 0:
            return Unknown(f"order_calc_profit for {name} was {profit:g} for a losing {side}")
        if not 0 < margin < inf:
            return Unknown(f"order_calc_margin for {name} was {margin:g}")
        return PerLot(-profit / move / lots, margin / lots)

    def bars(self, finished: date | None, as_of: datetime) -> Mapping[str, tuple[Bar, ...] | Unknown]:
        """Return the daily bars up to the session `finished`.

        They are read again when that session is missing, and every few minutes: a terminal may hand out a
        part of a history that it is still loading, and a broker may correct a close.
        """
        due = self._bars_at is None or not timedelta() <= as_of - self._bars_at < _REREAD
        for symbol, name in self._names.items():
            known = self._bars.get(symbol)
            behind = not known or isinstance(known, Unknown) or (finished and known[-1].session < finished)
            if due or behind:
                self._bars[symbol] = self._whole(symbol, self._daily(name, finished))
        if due:
            self._bars_at = as_of
            self._resolve_all()
        return dict(self._bars)

    def _whole(self, symbol: str, bars: tuple[Bar, ...] | Unknown) -> tuple[Bar, ...] | Unknown:
        """Refuse a history that has become shorter: a part of it may say another stance than the whole."""
        if isinstance(bars, Unknown):
            return bars
        most = self._most[symbol] = max(len(bars), self._most.get(symbol, 0))
        if len(bars) < most - _SLIDE:
            return Unknown(f"{symbol} has {len(bars)} daily bars, after {most} before")
        return bars

    def _daily(self, name: str, finished: date | None) -> tuple[Bar, ...] | Unknown:
        """Read daily bars; a session that has not closed, and so has no close, is left out."""
        rates = self._reads.optional("copy_rates_from_pos", name, TIMEFRAME_D1, 0, self._sessions)
        if isinstance(rates, Unknown):
            return rates
        if len(rates) == 0:
            return Unknown(f"{name} has no daily bars")
        bars = [
            Bar(_DAY_0 + timedelta(days=stamp // 86400), opened, high, low, close)
            for stamp, opened, high, low, close, *_ in rates.tolist()
        ]
        for bar in bars:
            inside = bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high
            if not (inside and 0 < bar.low <= bar.high < inf):
                prices = f"open {bar.open:g}, high {bar.high:g}, low {bar.low:g}, close {bar.close:g}"
                return Unknown(f"the bar of {name} on {bar.session} was {prices}")
        for before, bar in pairwise(bars):
            if before.session >= bar.session:
                return Unknown(f"bars of {name} do not ascend: {bar.session} follows {before.session}")
        return tuple(bar for bar in bars if finished and bar.session <= finished)

    def positions(self) -> tuple[Position, ...]:
        """Return everything open, configured symbol or not."""
        return tuple(self._position(one) for one in self._reads.call("positions_get"))

    def _position(self, one: Any) -> Position:  # noqa: ANN401 -- a struct of the module
        _require_numbers(
            "position", one, lots=one.volume, price=one.price_open, stop=one.sl, profit=one.profit
        )
        return Position(
            ticket=one.ticket,
            broker_symbol=one.symbol,
            side=Side.BUY if one.type == ORDER_TYPE_BUY else Side.SELL,
            lots=one.volume,
            price=one.price_open,
            stop=one.sl or None,
            profit=one.profit,
            opened_at=self._clock.to_utc(one.time_msc / 1000),
        )

    def orders(self) -> tuple[PendingOrder, ...]:
        """Return every pending order, one at market that is on its way among them.

        The type numbers of buy orders are even, those of sell orders odd; a close-by order opens nothing.
        """
        found = self._reads.call("orders_get")
        return tuple(self._order(one) for one in found if one.type != ORDER_TYPE_CLOSE_BY)

    def _order(self, one: Any) -> PendingOrder:  # noqa: ANN401 -- a struct of the module
        price = one.price_stoplimit or one.price_open or one.price_current
        _require_numbers("order", one, lots=one.volume_current, price=price, stop=one.sl)
        return PendingOrder(
            ticket=one.ticket,
            broker_symbol=one.symbol,
            side=Side.SELL if one.type % 2 else Side.BUY,
            lots=one.volume_current,
            price=price,
            stop=(one.sl or None) if price else None,  # without a price the loss to the stop is not known
        )

    def deals(self, since: datetime, until: datetime) -> tuple[Deal, ...]:
        """Return the deals of a span of time, asked for with two days to spare on either side."""
        spare = timedelta(days=2)
        found = self._reads.call(
            "history_deals_get", self._clock.to_stamp(since - spare), self._clock.to_stamp(until + spare)
        )
        deals = (self._deal(one) for one in found)
        return tuple(
            sorted(
                (deal for deal in deals if since <= deal.at <= until),
                key=lambda deal: (deal.at, deal.ticket),
            )
        )

    def _deal(self, one: Any) -> Deal:  # noqa: ANN401 -- a struct of the module
        return Deal(
            ticket=one.ticket,
            at=self._clock.to_utc(one.time_msc / 1000),
            kind=_DEAL_KINDS.get(one.type, f"type {one.type}"),
            entry=_ENTRIES.get(one.entry, f"entry {one.entry}"),
            position=one.position_id,
            broker_symbol=one.symbol,
            lots=one.volume,
            price=one.price,
            profit=one.profit,
            commission=one.commission,
            swap=one.swap,
            fee=one.fee,
        )


def _require_numbers(kind: str, one: Any, **numbers: float) -> None:  # noqa: ANN401 -- a struct of the module
    """Refuse what is open or pending with a number that cannot be counted with (TerminalError)."""
    if not all(isfinite(number) for number in numbers.values()):
        told = ", ".join(f"{name} {number:g}" for name, number in numbers.items())
        raise TerminalError(f"{kind} {one.ticket} of {one.symbol} was {told}")
