"""What can go wrong with the paper terminal, switched on by whoever plays it: a test, or a demonstration.

A fault lasts until it is cleared; resetting the terminal clears all of them. Symbols are named as the broker
names them. The paper terminal asks for its faults and otherwise knows nothing of them. In place of single
ones a script of faults may be played, see assistant.terminal.fault_script.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
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
    scaled: dict[str, tuple[float, float]] = field(default_factory=dict)  # symbol -> times bid, times ask
    silent: set[str] = field(default_factory=set)  # symbols whose facts and ticks are None
    bare: set[str] = field(default_factory=set)  # symbols without a bar
    account: str | None = None  # letter of the profile whose account is logged in
    maxbars: int | None = None  # of terminal_info()
    timeout: int | None = None  # code of every call, also of initialize()
    hung_until: int | None = None  # UTC epoch ms, before which no call returns
    pc_ahead: float | None = None  # seconds by which the PC's clock was set
    server_ahead: float | None = None  # seconds by which the server's clock was, as ticks tell it


KINDS = tuple(one.name for one in fields(Active))


class Faults:
    """The faults of the one paper terminal. ValueError for what is not there to fail."""

    def __init__(
        self,
        functions: Collection[str],  # those that can fail
        letters: Collection[str],  # of the profiles
        symbols: Callable[[], Collection[str]],  # the broker's, without faults
        now_ms: Callable[[], int],  # UTC epoch ms
        advance: Callable[[float], None],  # by seconds
    ) -> None:
        """Take what there is to fail."""
        self._functions, self._letters, self._symbols, self._now_ms = functions, letters, symbols, now_ms
        self.active = Active()
        self.functions: Collection[str] = functions
        self.letters: Collection[str] = letters
        self._advance = self.pause = advance  # how a call that hangs lets seconds pass
        self._edges: Sequence[int] = ()  # UTC epoch ms, at which the script changes what is on
        self._fold: Callable[[int], Active] = lambda _: Active()

    def clear(self, *kinds: str) -> None:
        """End the faults of some kinds, which are the fields of `Active`, or all.

        A terminal that comes back has to be connected to anew; what was frozen jumps to the present.
        """
        self._become(Active(), [_one_of(kind, KINDS, "kind of fault") for kind in kinds] or KINDS)

    def reset(self) -> None:
        """End all faults and the script; a call that hangs no longer waits in real time."""
        self.clear()
        self._edges, self.pause = (), self._advance

    def play(self, fold: Callable[[int], Active], edges: Sequence[int]) -> None:
        """Let a script say what is on: `fold` at each of `edges`, ascending (UTC epoch ms), until a reset."""
        self._fold, self._edges = fold, edges
        self._become(fold(self._now_ms()), KINDS)

    def follow(self, before_ms: int, now_ms: int) -> bool:
        """Turn on and off what the script says in a stretch of time; return whether the terminal went."""
        gone = False
        for edge in self._edges[bisect_right(self._edges, before_ms) : bisect_right(self._edges, now_ms)]:
            self._become(self._fold(edge), KINDS)
            gone = gone or self.active.terminal is not None
        return gone

    def _become(self, other: Active, kinds: Sequence[str]) -> None:
        for kind in kinds:
            setattr(self.active, kind, getattr(other, kind))

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
        if self.active.broker is None:
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

    def scale(self, symbol: str, bid: float, ask: float) -> None:
        """Quote a symbol at so many times its bid and its ask; the account is worth what it was."""
        self.active.scaled[self._known(symbol)] = float(bid), float(ask)

    def silence(self, symbol: str) -> None:
        """Let the facts and the tick of a symbol be None (-1)."""
        self.active.silent.add(self._known(symbol))

    def empty(self, symbol: str) -> None:
        """Let a symbol have no bar: an empty array, and no error."""
        self.active.bare.add(self._known(symbol))

    def time_out(self) -> None:
        """Let every call fail with -10005, also initialize(), at once; the connection stays."""
        self.active.timeout = constants.RES_E_INTERNAL_FAIL_TIMEOUT

    def hang(self, seconds: float) -> None:
        """Let no call return before so many seconds have passed; `pause` lets them pass."""
        self.active.hung_until = self._now_ms() + round(_at_least(seconds, 0) * 1000)

    def set_pc_clock(self, seconds: float) -> None:
        """Set the PC's clock ahead by so many seconds, or back."""
        self.active.pc_ahead = seconds

    def set_server_clock(self, seconds: float) -> None:
        """Set the server's clock ahead by so many seconds, or back: ticks tell it, what is past does not."""
        self.active.server_ahead = seconds

    def wait(self) -> None:
        """Wait in a call that hangs."""
        until = self.active.hung_until
        if until is not None and until > self._now_ms():
            self.pause((until - self._now_ms()) / 1000)

    def strike(self, function: str) -> Error | None:
        """Return the error that a call is to fail with, None when it may go on; a counted one is used up."""
        self.wait()
        if self.active.timeout is not None:
            return error(self.active.timeout)
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


def _at_least(value: float, least: float) -> float:
    if not value >= least:
        raise ValueError(f"seconds must be {least:g} or more, was {value}")
    return value


def _one_of(value: _T, allowed: Collection[_T], what: str) -> _T:
    if value not in allowed:
        raise ValueError(f"{what} was {value!r}; expected one of {', '.join(map(str, allowed))}")
    return value
