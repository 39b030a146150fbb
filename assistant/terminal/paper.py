"""The paper terminal: a stand-in for the module MetaTrader5 itself, playing recorded prices.

It has that module's functions (those that read), constants, structs, return values and errors, so whatever
reads a terminal through MetaTrader5 reads this one unchanged. As there: nothing raises for a failure, a
call that fails returns None (or False) and leaves (code, text) in last_error(); a symbol must be selected
before it has a tick, and has none for a fifth of a second after that; the first reading of a series of bars
since the connection brings the newer half of them; every `time` is the server's wall clock written as epoch
seconds. It has no function that sends, checks or cancels an order or changes the account: the account's
trades follow a script.

These names are NOT part of MetaTrader5. They control the stand-in and belong to whoever plays it:

* `reset(start, common, trades, profile)` makes the terminal new at an instant,
* `now()` tells the instant at which it stands, `advance(seconds)` moves it on; it never moves by itself,
* `START` is the instant at which it stands before the first reset,
* `INTERPOLATED` is a sentence to show wherever its prices are shown,
* `faults` makes things go wrong, see assistant.terminal.faults,
* an entry of the script is a `PaperTrade`, `PaperReduction`, `PaperStop`, `PaperOrder` or `PaperOperation` of
  assistant.terminal.script.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from functools import wraps
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from assistant.terminal import arguments, bars, calculation, constants, quotes
from assistant.terminal.arguments import Broken, Refused
from assistant.terminal.constants import *  # noqa: F403 -- they are part of the module's interface
from assistant.terminal.faults import Faults, error
from assistant.terminal.paper_state import State
from assistant.terminal.profile import letters
from assistant.terminal.recording import SYMBOLS, recording
from assistant.terminal.structs import (  # noqa: F401 -- all struct types are part of the module's interface
    AccountInfo,
    BookInfo,
    Struct,
    SymbolInfo,
    TerminalInfo,
    Tick,
    TradeDeal,
    TradeOrder,
    TradePosition,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.terminal.arguments import Choice, Error, Named, Parse, Positional, Span, Wanted
    from assistant.terminal.paper_state import Records
    from assistant.terminal.profile import Contract
    from assistant.terminal.script import Entry

__version__ = "5.0.6231"  # of the package for which this stands

START = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
INTERPOLATED = (
    "PAPER: prices inside a session are interpolated between its recorded open, high, low and close; "
    "they are not what was traded."
)

_MICROSECONDS = 1_000_000  # in a second

_CALL_FAILED, _INVALID_PARAMS = error(constants.RES_E_FAIL), error(constants.RES_E_INVALID_PARAMS)
_SIDES: dict[int, calculation.Side] = {constants.ORDER_TYPE_BUY: "buy", constants.ORDER_TYPE_SELL: "sell"}

_R = TypeVar("_R")

_fallible = {"initialize"}  # functions that can fail; `_call` adds the others
faults = Faults(
    _fallible,
    letters(),
    lambda: _state.account.profile.contracts,
    lambda: _state.now_ms,
    lambda seconds: advance(seconds),  # noqa: PLW0108 -- it is defined below
)


def _state_at(start: datetime, common: Path, script: Sequence[Entry] | None, letter: str) -> State:
    return State(round(start.timestamp() * _MICROSECONDS), common, script, letter, faults)


_state: State = _state_at(
    START, Path(tempfile.gettempdir()) / "breadth-assistant-paper" / "Common", None, "A"
)


def reset(start: datetime, common: Path, trades: Sequence[Entry] | None = None, profile: str = "A") -> None:
    """Make the terminal new, not initialized, without faults; no part of MetaTrader5.

    `start` is an aware instant, not before the first recorded session has closed; `common` becomes
    terminal_info().commondata_path (nothing is written there); `trades` is what the trader does, None plays
    the packaged script; `profile` is the letter of the broker. ValueError when the recording or the broker
    cannot serve one of them; the terminal is then as it was.
    """
    global _state  # noqa: PLW0603 -- one terminal in a process, as with MetaTrader5
    if start.tzinfo is None:
        raise ValueError(f"start must be an aware instant, was {start.isoformat()}")
    earliest = datetime.fromtimestamp(recording(SYMBOLS[0]).sessions[0].close_ms / 1000, UTC)
    if start < earliest:
        raise ValueError(f"start must not be before {earliest.isoformat()}, was {start.isoformat()}")
    fresh = _state_at(start, common, trades, profile)
    fresh.log_in()  # a bad script is refused here, not at some later call
    faults.reset()
    _state = fresh


def now() -> datetime:
    """Return the aware UTC instant at which the terminal stands; no part of MetaTrader5."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=_state.now_us)


def advance(seconds: float) -> None:
    """Move the terminal on (to the microsecond); ValueError for a negative time; no part of MetaTrader5."""
    if not seconds >= 0:
        raise ValueError(f"seconds must be 0 or more, was {seconds}")
    _state.advance(round(seconds * _MICROSECONDS))


def _call(
    parse: Parse | None = None,
    *,
    named: bool = False,
    failed: bool | None = None,
    misused: bool | None = None,
) -> Callable[[Callable[..., _R]], Callable[..., _R | bool | None]]:
    """Make a function of MetaTrader5: `parse` reads its arguments, None: it has none; `named`: some by name.

    `failed` is what it returns when it fails, `misused` what it returns for wrong arguments.
    """

    def decorate(function: Callable[..., _R]) -> Callable[..., _R | bool | None]:
        name = function.__name__
        _fallible.add(name)

        def answer(args: Positional, given: Named) -> _R | bool | None:
            _state.error = arguments.SUCCESS
            try:
                values = parse(args, given) if parse else ()
            except Refused as refused:
                _state.error = refused.error
                return misused
            except Broken as broken:
                _state.error = broken.error
                text = f"<built-in function {name}> returned a result with an exception set"
                raise SystemError(text) from broken.__cause__
            try:
                _state.reach(name)
                return function(*values)
            except Refused as refused:
                _state.error = refused.error
                return failed

        # A C function is called in one of three ways; any other way is a TypeError before it begins.
        def without() -> _R | bool | None:
            return answer((), {})

        def positional(*args: object) -> _R | bool | None:
            return answer(args, {})

        def by_name(*args: object, **given: object) -> _R | bool | None:
            return answer(args, given)

        return wraps(function)(by_name if named else positional if parse else without)

    return decorate


def last_error() -> Error:
    """Return code and text of the last call: (1, "Success") when it did not fail."""
    return _state.error


def initialize(*args: object, **named: object) -> bool:
    """Connect; with timeout= and portable= as without, with credentials not (-6).

    Called as initialize([path]) or initialize(path=): that of terminal64.exe in terminal_info().path; a
    program elsewhere cannot be started (-10003).
    """
    _state.error, _state.connected = arguments.SUCCESS, False
    try:
        path, credentials = arguments.connection(args, named)
        _state.connect(path, credentials=credentials)
    except Refused as refused:
        _state.error = refused.error
    except Broken as broken:
        _state.error = broken.error
        text = "<built-in function initialize> returned a result with an exception set"
        raise SystemError(text) from broken.__cause__
    return _state.connected


def shutdown() -> bool:
    """Disconnect; True always. Market Watch stays as it is."""
    _state.error, _state.connected = arguments.SUCCESS, False
    return True


@_call()
def version() -> tuple[int, int, str]:
    """Return version, build and date of the terminal."""
    return _state.version()


@_call()
def terminal_info() -> Struct:
    """Return the terminal's facts; its folders are named, not made."""
    return _state.terminal_info()


@_call()
def account_info() -> Struct:
    """Return the account; money in its currency."""
    return _state.account_info()


@_call(arguments.one_symbol)
def symbol_info(symbol: str) -> Struct:
    """Return a symbol's facts; its quotes are 0 while it has no tick."""
    return _state.symbol(symbol)


@_call(arguments.one_symbol)
def symbol_info_tick(symbol: str) -> Struct:
    """Return a selected symbol's last tick; outside its hours it is an old one."""
    return _state.tick(symbol)


@_call(arguments.symbol_and_switch, failed=False, misused=False)
def symbol_select(symbol: str, enable: bool) -> bool:
    """Put a symbol into Market Watch, or take it out.

    Called as symbol_select(symbol, [enable]). One with a position or a pending order stays there: False.
    """
    _state.select(symbol, enable=enable)
    return True


@_call()
def symbols_total() -> int:
    """Return how many symbols the broker has."""
    return len(_state.names())


@_call(arguments.optional_group, named=True, misused=False)
def symbols_get(group: str) -> tuple[Struct, ...]:
    """Return the facts of all symbols or of a group; False, not None, for a bad argument.

    Called as symbols_get([group]) or symbols_get(group=).
    """
    return _state.symbols(group)


def _no_depth(symbol: str) -> NoReturn:
    _state.contract(symbol)
    raise Refused(_CALL_FAILED)


@_call(arguments.one_symbol, failed=False)
def market_book_add(symbol: str) -> bool:
    """Ask for a symbol's depth of market, of which there is none: False; None for a bad argument."""
    _no_depth(symbol)


@_call(arguments.one_symbol, failed=False)
def market_book_release(symbol: str) -> bool:
    """Give up a symbol's depth of market, of which there is none: False; None for a bad argument."""
    _no_depth(symbol)


@_call(arguments.one_symbol)
def market_book_get(symbol: str) -> tuple[Struct, ...]:
    """Return a symbol's depth of market, of which there is none."""
    _no_depth(symbol)


@_call(arguments.rates_from_pos)
def copy_rates_from_pos(symbol: str, timeframe: int, start_pos: int, count: int) -> Records:
    """Return bars, oldest first; position 0 is the last one, unfinished."""
    if start_pos < 0:
        raise Refused(_INVALID_PARAMS)
    if start_pos >= _state.maxbars:
        raise Refused(_CALL_FAILED)
    within = min(count, _state.maxbars - start_pos)
    return _state.rates(bars.rates_from_pos, symbol, timeframe, start_pos, within, asked=count)


@_call(arguments.rates_from)
def copy_rates_from(symbol: str, timeframe: int, date_from: int, count: int) -> Records:
    """Return the newest bars that begin up to a date (server's clock), oldest first."""
    _require_history(symbol, date_from)
    return _state.rates(bars.rates_from, symbol, timeframe, date_from, count, asked=count)


@_call(arguments.rates_range)
def copy_rates_range(symbol: str, timeframe: int, date_from: int, date_to: int) -> Records:
    """Return the bars that begin from one date (server's clock) to another, both in, oldest first."""
    _require_history(symbol, date_to)
    asked = (date_to - date_from) // bars.SECONDS.get(timeframe, 1) + 1
    return _state.rates(bars.rates_range, symbol, timeframe, date_from, date_to, asked=max(asked, 1))


def _require_history(symbol: str, last: int) -> None:
    """Refuse what is wholly before the first bar."""
    if _state.precedes(symbol, last):
        raise Refused(_CALL_FAILED)


@_call(arguments.ticks_from)
def copy_ticks_from(symbol: str, date_from: int, count: int, flags: int) -> Records:
    """Return so many ticks from a date (server's clock) on, oldest first."""
    if count <= 0:
        raise Refused(_INVALID_PARAMS)
    return _state.ticks(quotes.ticks_from, symbol, date_from, count, flags)


@_call(arguments.ticks_range)
def copy_ticks_range(symbol: str, date_from: int, date_to: int, flags: int) -> Records:
    """Return the ticks from one date (server's clock) to another, both in, oldest first."""
    return _state.ticks(quotes.ticks_range, symbol, date_from, date_to, flags)


@_call()
def positions_total() -> int:
    """Return how many positions are open."""
    return _state.account.ledger.positions_total(_state.at_ms)


@_call(arguments.choice, named=True)
def positions_get(choice: Choice) -> tuple[Struct, ...]:
    """Return the open positions, oldest first.

    Called as positions_get([ticket=], [symbol=], [group=]); of several the first in this order decides.
    """
    return arguments.chosen(_state.positions(), choice)


@_call()
def orders_total() -> int:
    """Return how many orders are pending."""
    return _state.account.ledger.orders_total(_state.at_ms)


@_call(arguments.choice, named=True)
def orders_get(choice: Choice) -> tuple[Struct, ...]:
    """Return the pending orders, oldest first; called as positions_get."""
    return arguments.chosen(_state.orders(), choice)


@_call(arguments.two_dates)
def history_orders_total(date_from: int, date_to: int) -> int:
    """Return how many orders were done with between two dates, see history_orders_get."""
    return len(arguments.recorded(_done(), "time_done", (date_from, date_to, "*")))


@_call(arguments.history, named=True)
def history_orders_get(wanted: Span | Wanted) -> tuple[Struct, ...]:
    """Return the orders that were filled or cancelled, oldest first, by time or by ticket.

    Called as history_orders_get(date_from, date_to, [group=]), both ends included, in the server's clock
    (epoch digits, or a datetime, whose timestamp() is taken), or with ticket= or position=.
    """
    return arguments.recorded(_done(), "time_done", wanted)


@_call(arguments.two_dates)
def history_deals_total(date_from: int, date_to: int) -> int:
    """Return how many deals were done between two dates, see history_deals_get."""
    return len(arguments.recorded(_deals(), "time", (date_from, date_to, "*")))


@_call(arguments.history, named=True)
def history_deals_get(wanted: Span | Wanted) -> tuple[Struct, ...]:
    """Return deals, oldest first; called as history_orders_get, where ticket= is that of their order."""
    return arguments.recorded(_deals(), "time", wanted)


def _done() -> tuple[Struct, ...]:
    return _state.account.ledger.history_orders(_state.at_ms)


def _deals() -> tuple[Struct, ...]:
    return _state.account.ledger.deals(_state.at_ms)


def _traded(action: int, symbol: str, *values: float) -> tuple[calculation.Side, Contract]:
    """Return side and contract of a trade; volumes and prices must be above 0."""
    side = _SIDES.get(action)
    if side is None or not all(0 < value < inf for value in values):
        raise Refused(_INVALID_PARAMS)
    return side, _state.contract(symbol)


def _converted(money: float | None) -> float:
    """Return money of the account's currency; there is none where the broker has no cross rate."""
    if money is None:
        raise Refused(_CALL_FAILED)
    return money


@_call(arguments.order_values)
def order_calc_margin(action: int, symbol: str, volume: float, price: float) -> float:
    """Return the margin of an order at a price, account currency; positions are not looked at."""
    side, contract = _traded(action, symbol, volume, price)
    profile, at_ms = _state.account.profile, _state.at_ms
    return _converted(calculation.margin(profile, contract, side, volume, price, at_ms))


@_call(arguments.trade_values)
def order_calc_profit(
    action: int, symbol: str, volume: float, price_open: float, price_close: float
) -> float:
    """Return the result of a trade, account currency, without costs."""
    side, contract = _traded(action, symbol, volume, price_open, price_close)
    profile, at_ms = _state.account.profile, _state.at_ms
    return _converted(calculation.profit(profile, contract, side, volume, price_open, price_close, at_ms))
