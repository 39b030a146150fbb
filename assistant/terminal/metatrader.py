"""The adapter: a terminal over any module with MetaTrader5's functions, its structs made facts once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from pathlib import PureWindowsPath
from types import ModuleType
from typing import Any

from assistant.core.bounds import Minute
from assistant.core.market import (
    LEAST_PRICE,
    MOST_PRICE,
    Account,
    Bar,
    Deal,
    Fill,
    Instrument,
    Other,
    PendingOrder,
    Position,
    Quote,
    Role,
    Side,
    TerminalFacts,
    Unknown,
)
from assistant.errors import TerminalError
from assistant.terminal.books import deal_of, fills_of, instant_of, order_of, position_of
from assistant.terminal.clock import ClockMeter
from assistant.terminal.contracts import instrument_of, stop_out_of
from assistant.terminal.costs import Costs
from assistant.terminal.history import History
from assistant.terminal.minutes import read_minutes
from assistant.terminal.past_ticks import read_ticks
from assistant.terminal.process import same_folder
from assistant.terminal.reads import Reads
from assistant.terminal.sessions import Sessions
from assistant.terminal.symbols import (
    Found,
    NotOffered,
    Offered,
    Wanted,
    offered,
    problems,
    resolve,
)

# Values of MetaTrader5 5.0.6231; the numbers are MQL5's own and do not change.
ORDER_TYPE_CLOSE_BY = 8
ACCOUNT_MARGIN_MODE_RETAIL_HEDGING = 2
_LOOK_AGAIN = timedelta(minutes=5)  # for symbols that were not found, by their configured names
_NEVER = datetime.min.replace(tzinfo=UTC)
_LOOK_SOON = timedelta(seconds=15)  # likewise, where a doubt or a failure keeps one from being found
_LOOK_THROUGH = timedelta(hours=1)  # for them among all that the broker offers: that may be ten thousand
_CALENDAR = timedelta(hours=1)  # between two looks at how the server's days began
_CALENDAR_SOON = timedelta(seconds=30)  # likewise, while little of that is known
_CALENDAR_SPAN = 270 * 86_400  # seconds of history that hold a change to and from summer time


class MetaTrader:
    """A terminal over a module with MetaTrader5's functions; see `Terminal` for what it promises."""

    def __init__(
        self,
        module: ModuleType | Reads,
        symbols: Mapping[str, Wanted],
        table: Sessions,
        *,
        zone: str,
        sessions: int,
        locate: Callable[[], str | None] = lambda: None,
        let_close: Callable[[], None] = lambda: None,
    ) -> None:
        """Take the module or its facade, our symbols, the exchange's sessions, and how many of them are read.

        `zone` is the server's clock or auto. `locate` returns the path of the terminal to talk to (None: the
        module looks for itself), or raises TerminalError where connecting must not be tried; so does
        `let_close`, which is asked first where the pipe broke.
        """
        self._reads = module if isinstance(module, Reads) else Reads(module)
        self._module = self._reads.name
        self._wanted = symbols
        self._zone = zone
        self._locate, self._let_close = locate, let_close
        self._meter = ClockMeter(zone)
        self._clock_of: tuple[str, str] | None = None  # the terminal's path and the server that it is of
        self._costs = Costs(self._reads)
        self._history = History(self._reads, table, sessions)
        self._folder: str | None = None  # of the terminal that must answer
        self._names: dict[str, str] = {}  # our symbol -> the broker's
        self._offered: dict[str, str] = {}  # likewise, of any time in this run
        self._looked_at: datetime | None = None  # UTC, when symbols were looked for last
        self._looked_through: datetime | None = None  # UTC, when all that is offered was looked through last
        self._linked = True  # the terminal had its broker in the last reading
        self._calendar_at: datetime | None = None  # UTC, when the clock's meter was told of the server's days
        self._found: Found = {}  # what came of looking for our symbols
        self._unlisted: Unknown | None = None  # why all that is offered could not be looked through
        self._failed: dict[str, Unknown] = {}  # our symbols whose facts failed in the last reading

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what a user should know, one sentence each."""
        failed = list(self._failed.values())
        if self._unlisted and len(self._names) < len(self._wanted):
            failed.append(self._unlisted)
        return problems(self._found) + tuple(one.reason for one in failed)

    @property
    def found(self) -> Found:
        """Return what stands for each of our symbols."""
        return dict(self._found)

    @property
    def loading(self) -> tuple[str, ...]:
        """Return the symbols whose history is not yet known to be complete, or was read by another clock."""
        if self._history.zone != self._meter.clock.zone:
            return tuple(self._names.values())
        return self._history.loading

    def connect(self) -> None:
        """Connect without credentials to the one terminal that is meant, and find our symbols in it."""
        if self._reads.broken:
            self._let_close()
        self._reads.broken = False
        program = self._locate()
        self._reads.call("initialize", *([program] if program else []))
        self._folder = str(PureWindowsPath(program).parent) if program else None
        self._costs.forget()
        self._history.reconnect()
        self._names, self._failed, self._found, self._unlisted = {}, {}, {}, None
        self._looked_at = self._looked_through = self._calendar_at = None
        path = self.facts().path  # that it is the terminal that was meant
        account = self._reads.optional("account_info")
        whose = None if isinstance(account, Unknown) else (path, str(account.server))
        if whose is None or whose != self._clock_of:  # the server's clock outlives a connection to it
            self._meter, self._clock_of = ClockMeter(self._zone), whose
        self._find(through=True)

    def close(self) -> None:
        """End the connection; one that is gone already is ended, too."""
        with suppress(TerminalError):
            self._reads.optional("shutdown")

    def _find(self, *, through: bool) -> None:
        """Look for the symbols that have no name yet, and select what is found, so that it has quotes."""
        catalogue = self._catalogue if through else tuple
        found = dict(resolve(self._wanted, self._lookup, catalogue, self._names))
        for symbol, name in found.items():
            before = self._offered.get(symbol)
            if isinstance(name, str) and before not in (None, name):  # it may be another instrument
                found[symbol] = Unknown(
                    f"{symbol} was {before} and could now be {name}: start again if it is"
                )
            elif through and self._unlisted and isinstance(name, NotOffered):
                found[symbol] = Unknown(f"{symbol} is not known to be missing: {self._unlisted.reason}")
        for symbol, name in found.items():
            if isinstance(name, Unknown) or symbol in self._names:
                continue
            selected = self._select(name)
            if isinstance(selected, Unknown):
                found[symbol] = Unknown(f"{symbol} is left out: {selected.reason}")
            else:
                self._names[symbol] = self._offered[symbol] = name
        self._names = {one: self._names[one] for one in self._wanted if one in self._names}  # as configured
        if not through:  # a doubt between several candidates is not answered by their configured names
            doubts = self._doubts()
            lost = [symbol for symbol, one in found.items() if isinstance(one, NotOffered)]
            found |= {symbol: doubts[symbol] for symbol in lost if symbol in doubts}
        self._found = found

    def _doubts(self) -> dict[str, Unknown]:
        """Return our symbols of which nobody can say whether they are offered, and as what."""
        return {
            symbol: one
            for symbol, one in self._found.items()
            if isinstance(one, Unknown) and not isinstance(one, NotOffered)
        }

    def _lookup(self, name: str) -> Offered | None:
        info = self._reads.optional("symbol_info", name)
        return None if isinstance(info, Unknown) else offered(info)

    def _catalogue(self) -> Sequence[Offered]:
        """Return all that the broker offers."""
        found = self._reads.optional("symbols_get")
        self._unlisted = found if isinstance(found, Unknown) else None
        return () if isinstance(found, Unknown) else tuple(offered(info) for info in found)

    def _select(self, name: str) -> Unknown | None:
        """Put a symbol into Market Watch where it is not in it; nothing is ever taken out."""
        info = self._reads.optional("symbol_info", name)
        if isinstance(info, Unknown) or info.select:
            return info if isinstance(info, Unknown) else None
        selected = self._reads.optional("symbol_select", name, True)
        return selected if isinstance(selected, Unknown) else None

    def facts(self) -> TerminalFacts:
        """Return which terminal this is; TerminalError where it is another than was meant."""
        info = self._reads.call("terminal_info")
        path = str(info.path)
        if self._folder is not None and not same_folder(path, self._folder):
            raise TerminalError(f"the terminal in {path} answered; expected the one in {self._folder}")
        if info.connected and not self._linked:
            self._history.reread()  # what was read without the broker is read again with it
            self._looked_at = self._looked_through = _NEVER  # and its symbols may only be known now
        self._linked = bool(info.connected)
        self._history.limit(info.maxbars)
        return TerminalFacts(
            module=self._module,
            connected=self._linked,
            common_folder=str(info.commondata_path),
            path=path,
            clock=self._meter.clock.zone,
            clock_doubt=self._meter.doubt,
            skew=self._meter.skew,
        )

    def data_folder(self) -> str:
        """Return the folder that holds the terminal's MQL5 folder, as the terminal names it."""
        return str(self._reads.call("terminal_info").data_path)

    def account(self) -> Account:
        """Return the account's present numbers."""
        info = self._reads.call("account_info")
        if not info.login:
            raise TerminalError("no account is logged in at the terminal")
        numbers = (info.balance, info.equity, info.credit, info.margin, info.margin_free)
        if not all(isfinite(number) for number in numbers):
            raise TerminalError(f"account_info was balance, equity, credit, margin, free margin {numbers}")
        stop_out = stop_out_of(info)
        if isinstance(stop_out, Unknown):
            raise TerminalError(f"account_info: {stop_out.reason}")
        return Account(
            login=info.login,
            server=info.server,
            currency=info.currency,
            balance=info.balance,
            equity=info.equity,
            credit=info.credit,
            margin=info.margin,
            free_margin=info.margin_free,
            stop_out=stop_out,
            hedging=info.margin_mode == ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
        )

    def quotes(self, now: datetime) -> dict[str, Quote | Unknown]:
        """Return the last tick of each symbol; those that moved since the last reading tell the clock."""
        ticks = {
            symbol: self._reads.optional("symbol_info_tick", name) for symbol, name in self._names.items()
        }
        read = {symbol: tick for symbol, tick in ticks.items() if not isinstance(tick, Unknown)}
        self._meter.see({symbol: tick.time_msc for symbol, tick in read.items()}, now)
        return {
            symbol: tick if isinstance(tick, Unknown) else self._quote(self._names[symbol], tick)
            for symbol, tick in ticks.items()
        }

    def _quote(self, name: str, tick: Any) -> Quote | Unknown:  # noqa: ANN401 -- a struct of the module
        if not LEAST_PRICE <= tick.bid <= tick.ask <= MOST_PRICE:
            return Unknown(f"quote of {name} was bid {tick.bid:g}, ask {tick.ask:g}")
        try:
            return Quote(tick.bid, tick.ask, self._meter.clock.to_utc(tick.time_msc / 1000))
        except (OverflowError, ValueError):
            return Unknown(f"quote of {name} was stamped {tick.time_msc}")

    def instruments(self, quotes: Mapping[str, Quote | Unknown], now: datetime) -> tuple[Instrument, ...]:
        """Return each symbol's facts; one whose facts fail is left out and named in `problems`."""
        read = {
            symbol: self._instrument(symbol, name, quotes[symbol], now)
            for symbol, name in self._names.items()
        }
        self._failed = {symbol: one for symbol, one in read.items() if isinstance(one, Unknown)}
        return tuple(one for one in read.values() if isinstance(one, Instrument))

    def _instrument(
        self, symbol: str, name: str, quote: Quote | Unknown, now: datetime
    ) -> Instrument | Unknown:
        info = self._reads.optional("symbol_info", name)
        if isinstance(info, Unknown):
            return info
        if not info.select:  # its user has hidden it: without this it would have no more ticks
            self._reads.optional("symbol_select", name, True)
        per_lot = {side: self._costs.per_lot(name, side, info.volume_max, quote, now) for side in Side}
        wanted = self._wanted.get(symbol)
        return instrument_of(info, symbol, wanted.role if wanted else Role.NEUTRAL, quote, per_lot)

    def others(self, names: Collection[str], now: datetime) -> dict[str, Other | Unknown]:
        """Return the facts of symbols that are not ours, by the broker's names."""
        found: dict[str, Other | Unknown] = {}
        for name in names:
            tick = self._reads.optional("symbol_info_tick", name)
            quote = tick if isinstance(tick, Unknown) else self._quote(name, tick)
            instrument = self._instrument(name, name, quote, now)
            found[name] = instrument if isinstance(instrument, Unknown) else Other(instrument, quote)
        return found

    def bars(self, finished: date | None, as_of: datetime) -> Mapping[str, tuple[Bar, ...] | Unknown]:
        """Return the finished sessions of each symbol up to `finished`.

        A symbol that was offered before in this run and is not now is Unknown, and so is one of which nobody
        can say whether it is offered: a ratio of which it is a leg goes stale, and is not left for another.
        """
        self._look_again(as_of)
        clock = self._meter.clock
        read: dict[str, tuple[Bar, ...] | Unknown] = dict(self._doubts())
        read |= {
            symbol: Unknown(f"{name}, which is {symbol}, was offered before and is not now")
            for symbol, name in self._offered.items()
        }
        for symbol, name in self._names.items():
            read[symbol] = self._history.sessions(name, finished, as_of, clock)
        self._tell_calendar(as_of)
        return read

    def _tell_calendar(self, as_of: datetime) -> None:
        """Tell the clock's meter, now and then, how the server's days began over the last year."""
        first = next(iter(self._names.values()), None)
        told = self._calendar_at is not None and timedelta() <= as_of - self._calendar_at < _CALENDAR
        if told or first is None or first in self._history.loading:
            return
        starts = self._history.day_starts(first)
        self._calendar_at = as_of
        if not isinstance(starts, Unknown):
            self._meter.calendar(starts)
        if isinstance(starts, Unknown) or starts[-1] - starts[0] < _CALENDAR_SPAN:
            self._calendar_at -= _CALENDAR - _CALENDAR_SOON  # it may still be loading

    def _look_again(self, as_of: datetime) -> None:
        """Look again, after a while, for what was not found and for what has gone since."""
        self._looked_at = self._looked_at or as_of
        self._looked_through = self._looked_through or as_of
        if timedelta() <= as_of - self._looked_at < (_LOOK_SOON if self._doubts() else _LOOK_AGAIN):
            return
        self._looked_at = as_of
        for symbol in self._failed:
            if symbol in self._names and self._lookup(self._names[symbol]) is None:
                del self._names[symbol]
                self._looked_through = as_of - _LOOK_THROUGH  # it may have been renamed
        if len(self._names) < len(self._wanted):
            through = not timedelta() <= as_of - self._looked_through < _LOOK_THROUGH
            self._looked_through = as_of if through else self._looked_through
            self._find(through=through)

    def positions(self) -> tuple[Position, ...]:
        """Return everything open, configured symbol or not."""
        clock = self._meter.clock
        return tuple(position_of(one, clock) for one in self._reads.call("positions_get"))

    def orders(self) -> tuple[PendingOrder, ...]:
        """Return every pending order, one at market that is on its way among them.

        The type numbers of buy orders are even, those of sell orders odd; a close-by order opens nothing.
        """
        found = self._reads.call("orders_get")
        return tuple(order_of(one) for one in found if one.type != ORDER_TYPE_CLOSE_BY)

    def deals(self, since: datetime, until: datetime) -> tuple[Deal, ...]:
        """Return the deals of a span of time."""
        clock = self._meter.clock
        deals = (deal_of(one, clock) for one in self._past("history_deals_get", since, until))
        return tuple(
            sorted(
                (deal for deal in deals if since <= deal.at <= until),
                key=lambda deal: (deal.at, deal.ticket),
            )
        )

    def fills(self, since: datetime, until: datetime) -> tuple[Fill, ...]:
        """Return what came of the stops that were filled in a span of time."""
        clock = self._meter.clock
        orders = self._past("history_orders_get", since, until)
        deals = self._past("history_deals_get", since, until)
        within = [one for one in deals if since <= instant_of("deal", one, clock) <= until]
        return tuple(fills_of(orders, within))

    def minutes(self, broker_symbol: str, since: datetime, until: datetime) -> tuple[Minute, ...] | Unknown:
        """Return the minutes in which a symbol was quoted in a span of time, and the one before it."""
        return read_minutes(self._reads, self._meter.clock, broker_symbol, since, until)

    def ticks(self, broker_symbol: str, since: datetime, until: datetime) -> tuple[Quote, ...] | Unknown:
        """Return the ticks of a symbol in a short span of time."""
        return read_ticks(self._reads, self._meter.clock, broker_symbol, since, until)

    def _past(self, name: str, since: datetime, until: datetime) -> Sequence[Any]:
        """Ask for what lies in a span of time, with two days to spare on either side."""
        spare, clock = timedelta(days=2), self._meter.clock
        found: Sequence[Any] = self._reads.call(
            name, clock.to_stamp(since - spare), clock.to_stamp(until + spare)
        )
        return found
