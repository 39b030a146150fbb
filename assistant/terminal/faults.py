"""What can go wrong with the paper terminal, switched on by whoever plays it: a test, or a demonstration.

A fault lasts until it is cleared; resetting the terminal clears all of them. Symbols are named as the broker
names them. The paper terminal asks for its faults and otherwise knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TypeVar

from assistant.terminal import constants
from assistant.terminal.arguments import Error

# What last_error() says for each code that a function can fail with.
ERRORS: Mapping[int, str] = MappingProxyType(
    {
        constants.RES_E_FAIL: "Terminal: Call failed",
        constants.RES_E_INVALID_PARAMS: "Terminal: Invalid params",
        constants.RES_E_NO_MEMORY: "Terminal: Out of memory",
        constants.RES_E_NOT_FOUND: "Terminal: Not found",
        constants.RES_E_INVALID_VERSION: (
            "Terminal: Incompatible versions, please install the latest version of Terminal and Python module"
        ),
        constants.RES_E_AUTH_FAILED: "Terminal: Authorization failed",
        constants.RES_E_UNSUPPORTED: "Terminal: Unsupported function",
        constants.RES_E_AUTO_TRADING_DISABLED: "Auto-Trading using Python API disabled in Terminal",
        constants.RES_E_INTERNAL_FAIL: "IPC call failed",
        constants.RES_E_INTERNAL_FAIL_SEND: "IPC send failed",
        constants.RES_E_INTERNAL_FAIL_RECEIVE: "IPC recv failed",
        constants.RES_E_INTERNAL_FAIL_INIT: "IPC initialize failed, MetaTrader 5 x64 not found",
        constants.RES_E_INTERNAL_FAIL_CONNECT: "No IPC connection",
        constants.RES_E_INTERNAL_FAIL_TIMEOUT: "IPC timeout",
    }
)

_BROKEN_PIPE = (constants.RES_E_INTERNAL_FAIL_SEND, constants.RES_E_INTERNAL_FAIL_RECEIVE)


_T = TypeVar("_T")


def error(code: int) -> Error:
    """Return code and text of an error."""
    return code, ERRORS[code]


@dataclass(slots=True)
class Failure:
    """A function that fails."""

    error: Error
    left: int | None  # calls; None: until it is cleared


@dataclass(slots=True)
class Active:
    """The faults that are on, by kind."""

    failures: dict[str, Failure] = field(default_factory=dict)  # by function
    terminal: int | None = None  # it is away; code of the first call after it went
    broker: int | None = None  # the link to it was lost at this UTC epoch ms
    frozen: dict[str, int] = field(default_factory=dict)  # symbol -> UTC epoch ms of its last possible tick
    vanished: set[str] = field(default_factory=set)  # symbols
    renamed: dict[str, str] = field(default_factory=dict)  # symbol -> what it is called now
    trade_modes: dict[str, int] = field(default_factory=dict)  # symbol -> SYMBOL_TRADE_MODE_*
    quotes: dict[str, tuple[float, float]] = field(default_factory=dict)  # symbol -> bid, ask
    account: str | None = None  # letter of the profile whose account is logged in
    maxbars: int | None = None  # of terminal_info()


KINDS = tuple(one.name for one in fields(Active))


class Faults:
    """The faults of the one paper terminal. ValueError for what is not there to fail."""

    def __init__(
        self,
        functions: Collection[str],  # those that can fail
        letters: Collection[str],  # of the profiles
        symbols: Callable[[], Collection[str]],  # the broker's, without faults
        now_ms: Callable[[], int],  # UTC epoch ms
    ) -> None:
        """Take what there is to fail."""
        self._functions, self._letters, self._symbols, self._now_ms = functions, letters, symbols, now_ms
        self.active = Active()

    def clear(self, *kinds: str) -> None:
        """End the faults of some kinds, which are the fields of `Active`, or all.

        A terminal that comes back has to be connected to anew; what was frozen jumps to the present.
        """
        fresh = Active()
        for kind in kinds or KINDS:
            setattr(self.active, _one_of(kind, KINDS, "kind of fault"), getattr(fresh, kind))

    def fail(self, function: str, code: int, times: int | None = None, text: str | None = None) -> None:
        """Let a function fail with a code for some calls, None: until cleared; `text` replaces the usual one.

        The connection stays, whatever the code; `lose_terminal` is what breaks it.
        """
        _one_of(function, self._functions, "function")
        if times is not None and times < 1:
            raise ValueError(f"times must be 1 or more, was {times}")
        usual = ERRORS[_one_of(code, ERRORS, "code")]
        self.active.failures[function] = Failure((code, usual if text is None else text), times)

    def lose_terminal(self, code: int = constants.RES_E_INTERNAL_FAIL_RECEIVE) -> None:
        """Take the terminal away: the next call fails with -10001 or -10002, all after it with -10004.

        initialize() fails with -10003 until the fault is cleared.
        """
        self.active.terminal = _one_of(code, _BROKEN_PIPE, "code")

    def lose_broker(self) -> None:
        """Cut the link to the broker: the terminal stands still at this instant, `connected` is False."""
        self.active.broker = self._now_ms()

    def freeze(self, symbol: str) -> None:
        """Let a symbol have no tick after this instant."""
        self.active.frozen[self._known(symbol)] = self._now_ms()

    def vanish(self, symbol: str) -> None:
        """Take a symbol out of the broker's list; positions in it stay."""
        self.active.vanished.add(self._known(symbol))

    def rename(self, symbol: str, name: str) -> None:
        """Call a symbol by another name, in positions and pending orders, too; old deals keep the old one."""
        if name in self._symbols() or name in self.active.renamed.values():
            raise ValueError(f"name must be new, was {name!r}")
        self.active.renamed[self._known(symbol)] = name

    def set_trade_mode(self, symbol: str, mode: int) -> None:
        """Change what may be traded in a symbol, SYMBOL_TRADE_MODE_*."""
        _one_of(mode, range(constants.SYMBOL_TRADE_MODE_FULL + 1), "trade mode")
        self.active.trade_modes[self._known(symbol)] = mode

    def quote(self, symbol: str, bid: float, ask: float) -> None:
        """Quote a symbol at other prices, however senseless; the account is worth what it was."""
        self.active.quotes[self._known(symbol)] = float(bid), float(ask)

    def switch_account(self, letter: str) -> None:
        """Log another profile's account in, as somebody may do at the terminal; the connection stays."""
        self.active.account = _one_of(letter.upper(), self._letters, "profile")

    def set_maxbars(self, count: int) -> None:
        """Change the terminal's "Max. bars in chart"."""
        if count < 1:
            raise ValueError(f"count must be 1 or more, was {count}")
        self.active.maxbars = count

    def strike(self, function: str) -> Error | None:
        """Return the error that a call is to fail with, None when it may go on; a counted one is used up."""
        failure = self.active.failures.get(function)
        if failure is None:
            return None
        if failure.left is not None:
            failure.left -= 1
            if not failure.left:
                del self.active.failures[function]
        return failure.error

    def _known(self, symbol: str) -> str:
        return _one_of(symbol, self._symbols(), "symbol")


def _one_of(value: _T, allowed: Collection[_T], what: str) -> _T:
    if value not in allowed:
        raise ValueError(f"{what} was {value!r}; expected one of {', '.join(map(str, allowed))}")
    return value
