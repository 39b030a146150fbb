"""The paper terminal: a stand-in for the module MetaTrader5 itself, playing recorded prices.

It has that module's functions (those that read), constants, structs, return values and errors, so whatever
reads a terminal through MetaTrader5 reads this one unchanged. As there: nothing raises for a failure, a
call that fails returns None (or False) and leaves (code, text) in last_error(); a symbol must be selected
before it has a tick; every `time` is the server's wall clock written as epoch seconds. It has no function
that sends, checks or cancels an order or changes the account: the account's trades follow a script.

These names are NOT part of MetaTrader5. They control the stand-in and belong to whoever plays it:

* `reset(start, common, trades)` makes the terminal new at an instant,
* `now()` tells the instant at which it stands, `advance(seconds)` moves it on; it never moves by itself,
* `START` is the instant at which it stands before the first reset,
* `INTERPOLATED` is a sentence to show wherever its prices are shown,
* a trade of the script is a `PaperTrade` of assistant.terminal.ledger.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from assistant.terminal import constants, profile, quotes
from assistant.terminal.arguments import (
    INVALID_ARGUMENTS,
    INVALID_PARAMS,
    NOT_FOUND,
    UNNAMED_ARGUMENTS,
    Error,
    Refused,
    chosen,
    epoch,
    exactly,
    in_group,
    number,
    text,
    whole,
)
from assistant.terminal.constants import *  # noqa: F403 - they are part of the module's interface
from assistant.terminal.ledger import Ledger, PaperTrade, packaged_ledger
from assistant.terminal.recording import SYMBOLS, recording
from assistant.terminal.structs import (  # noqa: F401 - all struct types are part of the module's interface
    AccountInfo,
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

    import numpy as np
    import numpy.typing as npt

START = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
INTERPOLATED = (
    "PAPER: prices inside a session are interpolated between its recorded open, high, low and close; "
    "they are not what was traded."
)

_BUILD = 5430
_RELEASED = "14 Nov 2025"
_MAX_BARS = 100_000
_LONGEST_SYMBOL = 29  # characters that copy_* accepts
_MICROSECONDS = 1_000_000  # in a second

_SUCCESS: Error = (constants.RES_S_OK, "Success")
_NOT_CALLED: Error = (0, "")  # last_error() of a module that has just been loaded
_NO_CONNECTION: Error = (constants.RES_E_INTERNAL_FAIL_CONNECT, "No IPC connection")
_AUTHORIZATION_FAILED: Error = (constants.RES_E_AUTH_FAILED, "Terminal: Authorization failed")

_RECORDED = {profile.broker_symbol(symbol): symbol for symbol in SYMBOLS}

_P = ParamSpec("_P")
_R = TypeVar("_R")
_F = TypeVar("_F")


class _Terminal:
    """The one terminal of the process."""

    def __init__(self, start: datetime, common: Path | None, trades: Sequence[PaperTrade] | None) -> None:
        """Stand at an aware instant, not connected, with nothing in Market Watch."""
        self.now_us = round(start.timestamp() * _MICROSECONDS)  # UTC epoch, microseconds
        self.common = common  # None: a folder among the temporary ones
        self.trades = trades  # None: the packaged script
        self.connected = False
        self.error = _NOT_CALLED
        self.selected: set[str] = set()  # broker's names in Market Watch

    @property
    def now_ms(self) -> int:
        """UTC epoch, whole milliseconds."""
        return self.now_us // 1000

    @cached_property
    def ledger(self) -> Ledger:
        """The account; following the trades through the recording takes a moment."""
        return packaged_ledger() if self.trades is None else Ledger(self.trades)


_terminal = _Terminal(START, None, None)


def reset(start: datetime, common: Path, trades: Sequence[PaperTrade] | None = None) -> None:
    """Make the terminal new, not initialized; no part of MetaTrader5.

    `start` is an aware instant, not before the first recorded session has closed; `common` becomes
    terminal_info().commondata_path (nothing is written there); `trades` None plays the packaged script.
    ValueError when the recording cannot serve the start or a trade.
    """
    global _terminal  # noqa: PLW0603 - one terminal in a process, as with MetaTrader5
    if start.tzinfo is None:
        raise ValueError(f"start must be an aware instant, was {start.isoformat()}")
    earliest = datetime.fromtimestamp(recording(SYMBOLS[0]).sessions[0].close_ms / 1000, UTC)
    if start < earliest:
        raise ValueError(f"start must not be before {earliest.isoformat()}, was {start.isoformat()}")
    fresh = _Terminal(start, common, trades)
    _ = fresh.ledger  # a bad trade is refused here, not at some later call
    _terminal = fresh


def now() -> datetime:
    """Return the aware UTC instant at which the terminal stands; no part of MetaTrader5."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=_terminal.now_us)


def advance(seconds: float) -> None:
    """Move the terminal on (to the microsecond); ValueError for a negative time; no part of MetaTrader5."""
    if not seconds >= 0:
        raise ValueError(f"seconds must be 0 or more, was {seconds}")
    _terminal.now_us += round(seconds * _MICROSECONDS)


def _call(failure: _F) -> Callable[[Callable[_P, _R]], Callable[_P, _R | _F]]:
    """Let a function fail as MetaTrader5's do: return `failure` and say why in last_error()."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R | _F]:
        @wraps(function)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> _R | _F:
            _terminal.error = _SUCCESS
            if not _terminal.connected:
                _terminal.error = _NO_CONNECTION
                return failure
            try:
                return function(*args, **kwargs)
            except Refused as refused:
                _terminal.error = refused.error
                return failure

        return call

    return decorate


def _recorded(name: object) -> str:
    """Return the recorded symbol behind a broker's symbol, or refuse."""
    symbol = _RECORDED.get(text(name))
    if symbol is None:
        raise Refused(NOT_FOUND)
    return symbol


def _facts(name: str) -> Struct:
    """Return the facts of a broker's symbol."""
    return quotes.symbol_info(_RECORDED[name], _terminal.now_ms, selected=name in _terminal.selected)


def last_error() -> Error:
    """Return code and text of the last call: (1, "Success") when it did not fail."""
    return _terminal.error


def initialize(*args: object, **named: object) -> bool:
    """Connect; timeout= and portable= change nothing, credentials are refused (-6).

    Called as initialize([path]) or initialize(path=).
    """
    _terminal.error, _terminal.connected = _SUCCESS, False
    path = args[0] if args else named.get("path", "")
    if len(args) > 1 or not isinstance(path, str):
        _terminal.error = INVALID_ARGUMENTS
    elif named.keys() & {"login", "password", "server"}:
        _terminal.error = _AUTHORIZATION_FAILED
    else:
        _terminal.connected = True
    return _terminal.connected


def shutdown() -> bool:
    """Disconnect; True always. Market Watch stays as it is."""
    _terminal.error, _terminal.connected = _SUCCESS, False
    return True


@_call(None)
def version() -> tuple[int, int, str]:
    """Return version, build and date of the terminal."""
    return 500, _BUILD, _RELEASED


@_call(None)
def terminal_info() -> Struct:
    """Return the terminal's facts; its folders are named, not made."""
    common = _terminal.common or Path(tempfile.gettempdir()) / "breadth-assistant-paper" / "Common"
    home = str(common.parent / "Paper")
    flags = (False, False, True, False, False, True, False, False, False, False)  # connected; trading is off
    texts = (profile.COMPANY, "Paper Terminal", "English", home, home, str(common))
    return TerminalInfo((*flags, _BUILD, _MAX_BARS, 0, 1000, 0.0, 0.0, *texts))


@_call(None)
def account_info() -> Struct:
    """Return the account; money in its currency."""
    money = _terminal.ledger.account(_terminal.now_ms)
    mode = (
        constants.ACCOUNT_TRADE_MODE_DEMO,
        profile.LEVERAGE,
        200,
        0,
        True,
        True,
        constants.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
    )
    worth = (money.balance, 0.0, money.profit, money.equity)  # credit is 0
    used = (money.margin, money.margin_free, money.margin_level)
    rules = (profile.MARGIN_CALL, profile.STOP_OUT, 0.0, 0.0, 0.0, 0.0, 0.0)
    texts = (profile.NAME, profile.SERVER, profile.CURRENCY, profile.COMPANY)
    return AccountInfo((profile.LOGIN, *mode, profile.DIGITS, False, *worth, *used, *rules, *texts))


@_call(None)
def symbol_info(*args: object) -> Struct:
    """Return a symbol's facts; its quotes are 0 while it is not selected.

    Called as symbol_info(symbol).
    """
    (name,) = exactly(args, 1)
    _recorded(name)
    return _facts(text(name))


@_call(None)
def symbol_info_tick(*args: object) -> Struct:
    """Return a selected symbol's last tick; outside a session it is an old one.

    Called as symbol_info_tick(symbol).
    """
    (name,) = exactly(args, 1)
    symbol = _recorded(name)
    if name not in _terminal.selected:
        raise Refused(NOT_FOUND)
    return quotes.tick(symbol, _terminal.now_ms)


@_call(False)
def symbol_select(*args: object) -> bool:
    """Put a symbol into Market Watch, or take it out.

    Called as symbol_select(symbol, [enable]).
    """
    if len(args) not in {1, 2}:
        raise Refused(INVALID_ARGUMENTS)
    _recorded(args[0])
    change = _terminal.selected.add if len(args) == 1 or args[1] else _terminal.selected.discard
    change(text(args[0]))
    return True


@_call(None)
def symbols_total() -> int:
    """Return how many symbols the broker has."""
    return len(_RECORDED)


@_call(None)
def symbols_get(*args: object, **named: object) -> tuple[Struct, ...] | bool:
    """Return the facts of all symbols or of a group; False, not None, for a bad argument.

    Called as symbols_get([group]) or symbols_get(group=).
    """
    group = args[0] if args else named.get("group", "*")
    if len(args) > 1 or not isinstance(group, str):
        _terminal.error = INVALID_ARGUMENTS
        return False
    return tuple(_facts(name) for name in _RECORDED if in_group(group, name))


@_call(None)
def copy_rates_from_pos(*args: object) -> npt.NDArray[np.void]:
    """Return bars, oldest first; only TIMEFRAME_D1. The last is today's, unfinished, once it has a tick.

    Called as copy_rates_from_pos(symbol, timeframe, start_pos, count); position 0 is the last bar.
    """
    name, timeframe, start, count = exactly(args, 4)
    if len(text(name)) > _LONGEST_SYMBOL:
        raise Refused(INVALID_ARGUMENTS)
    skip, length = whole(start), whole(count)
    if whole(timeframe) != constants.TIMEFRAME_D1 or skip < 0 or length <= 0:
        raise Refused(INVALID_PARAMS)
    return quotes.daily_bars(_recorded(name), _terminal.now_ms, skip, length)


@_call(None)
def positions_total() -> int:
    """Return how many positions are open."""
    return _terminal.ledger.positions_total(_terminal.now_ms)


@_call(None)
def positions_get(*args: object, **named: object) -> tuple[Struct, ...]:
    """Return the open positions, oldest first.

    Called as positions_get([ticket=], [symbol=], [group=]); of several the first in this order decides.
    """
    if args:
        raise Refused(UNNAMED_ARGUMENTS)
    return chosen(_terminal.ledger.positions(_terminal.now_ms), named)


@_call(None)
def orders_total() -> int:
    """Return how many orders are pending: the scripted trader places none."""
    return 0


@_call(None)
def orders_get(*args: object, **named: object) -> tuple[Struct, ...]:
    """Return the pending orders, filtered as positions_get: the scripted trader places none."""
    if args:
        raise Refused(UNNAMED_ARGUMENTS)
    return chosen((), named)


@_call(None)
def history_deals_get(*args: object, **named: object) -> tuple[Struct, ...]:
    """Return deals, oldest first, by time or by ticket.

    Called as history_deals_get(date_from, date_to, [group=]), both ends included, in the server's clock
    (epoch digits, or a datetime, whose timestamp() is taken), or with ticket= (of an order) or position=.
    """
    deals = _terminal.ledger.deals(_terminal.now_ms)
    if len(args) == 2:  # noqa: PLR2004 - the two dates
        first, last = (epoch(date, "history_deals_get") for date in args)
        group = text(named.get("group", "*"))
        return tuple(deal for deal in deals if first <= deal.time <= last and in_group(group, deal.symbol))
    if args:
        raise Refused(UNNAMED_ARGUMENTS)
    for name, field in (("ticket", "order"), ("position", "position_id")):
        if name in named:
            wanted = whole(named[name])
            return tuple(deal for deal in deals if getattr(deal, field) == wanted)
    raise Refused(INVALID_ARGUMENTS)


def _side(action: object) -> str:
    """Return "buy" or "sell" for ORDER_TYPE_BUY or ORDER_TYPE_SELL, or refuse."""
    side = {constants.ORDER_TYPE_BUY: "buy", constants.ORDER_TYPE_SELL: "sell"}.get(whole(action))
    if side is None:
        raise Refused(INVALID_PARAMS)
    return side


def _positive(*values: object) -> tuple[float, ...]:
    """Return arguments that are volumes or prices, above 0, or refuse."""
    numbers = tuple(number(value) for value in values)
    if not all(value > 0 for value in numbers):
        raise Refused(INVALID_PARAMS)
    return numbers


@_call(None)
def order_calc_margin(*args: object) -> float:
    """Return the margin of an order, account currency.

    Called as order_calc_margin(action, symbol, volume, price).
    """
    action, name, *values = exactly(args, 4)
    _side(action)
    _recorded(name)
    lots, price = _positive(*values)
    return profile.margin(lots, price)


@_call(None)
def order_calc_profit(*args: object) -> float:
    """Return the result of a trade, account currency.

    Called as order_calc_profit(action, symbol, volume, price_open, price_close).
    """
    action, name, *values = exactly(args, 5)
    side = _side(action)
    _recorded(name)
    lots, price_open, price_close = _positive(*values)
    return profile.profit(side, lots, price_open, price_close)
