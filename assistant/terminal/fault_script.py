"""A script of faults for the paper terminal: data, and a fold over time that says what is on at an instant.

Nothing here remembers what was on before: what is on follows from the script and the instant alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from assistant.terminal import constants
from assistant.terminal.faults import Active, Failure, error

LINK_SECONDS = 5.0  # for which a terminal that was started again is still without its broker
CROSSED = (1.001, 0.999)  # times bid, times ask
ZERO = (0.0, 0.0)


class FaultKind(StrEnum):
    """What can go wrong, as a script calls it."""

    LOSE_TERMINAL = "lose_terminal"
    RESTART_TERMINAL = "restart_terminal"
    IPC_TIMEOUT = "ipc_timeout"
    HANG = "hang"
    FAIL = "fail"
    LOSE_BROKER = "lose_broker"
    NO_ANSWER = "no_answer"
    EMPTY_HISTORY = "empty_history"
    FREEZE = "freeze"
    ZERO_TICK = "zero_tick"
    CROSSED_QUOTE = "crossed_quote"
    SPIKE = "spike"
    PC_CLOCK = "pc_clock"
    SERVER_CLOCK = "server_clock"
    SWITCH_ACCOUNT = "switch_account"
    MAXBARS = "maxbars"
    VANISH = "vanish"
    RENAME = "rename"
    TRADE_MODE = "trade_mode"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a script."""

    kind: FaultKind
    begins_ms: int  # UTC epoch ms
    ends_ms: int | None = None  # likewise, at which it is no longer on; None: it stays
    symbol: str = ""  # the broker's name
    number: float = 0.0  # code, factor, seconds, bars or SYMBOL_TRADE_MODE_*, by kind
    text: str = ""  # new name, letter of a profile or function, by kind

    def on(self, at_ms: int) -> bool:
        """Whether it is on at an instant (UTC epoch ms)."""
        return self.begins_ms <= at_ms and (self.ends_ms is None or at_ms < self.ends_ms)


def active_at(script: Iterable[Fault], at_ms: int) -> Active:
    """Return what is on at an instant (UTC epoch ms): of several of one kind and symbol the last to begin."""
    found = Active()
    for fault in sorted(script, key=lambda one: one.begins_ms):
        if fault.on(at_ms):
            _TURN_ON[fault.kind](found, fault, at_ms)
    return found


def edges(script: Iterable[Fault]) -> Sequence[int]:
    """Return the instants at which something begins or ends, ascending (UTC epoch ms)."""
    script = tuple(script)
    begins = {fault.begins_ms for fault in script}
    ends = {fault.ends_ms for fault in script if fault.ends_ms is not None}
    linked = {_starts_ms(fault) for fault in script if fault.kind is FaultKind.RESTART_TERMINAL}
    return sorted(begins | ends | linked)


def _starts_ms(fault: Fault) -> int:
    """Return when a terminal that is started again answers: a little before it has its broker."""
    return fault.begins_ms if fault.ends_ms is None else fault.ends_ms - round(LINK_SECONDS * 1000)


def _lose_terminal(now: Active, fault: Fault, _: int) -> None:
    now.terminal = round(fault.number) or constants.RES_E_INTERNAL_FAIL_RECEIVE


def _restart(now: Active, fault: Fault, at_ms: int) -> None:
    if fault.ends_ms is None or at_ms < _starts_ms(fault):
        now.terminal = constants.RES_E_INTERNAL_FAIL_SEND
    else:
        _lose_broker(now, fault, at_ms)


def _time_out(now: Active, _: Fault, __: int) -> None:
    now.timeout = constants.RES_E_INTERNAL_FAIL_TIMEOUT


def _hang(now: Active, fault: Fault, _: int) -> None:
    now.hung_until = fault.ends_ms


def _fail(now: Active, fault: Fault, _: int) -> None:
    now.failures[fault.text] = Failure(error(round(fault.number)), None)


def _lose_broker(now: Active, fault: Fault, _: int) -> None:
    now.broker = fault.begins_ms if now.broker is None else now.broker


def _silence(now: Active, fault: Fault, _: int) -> None:
    now.silent.add(fault.symbol)


def _empty(now: Active, fault: Fault, _: int) -> None:
    now.bare.add(fault.symbol)


def _freeze(now: Active, fault: Fault, _: int) -> None:
    now.frozen.setdefault(fault.symbol, fault.begins_ms)


def _scale(bid: float, ask: float) -> Callable[[Active, Fault, int], None]:
    def turn_on(now: Active, fault: Fault, _: int) -> None:
        now.scaled[fault.symbol] = bid, ask

    return turn_on


def _spike(now: Active, fault: Fault, _: int) -> None:
    now.scaled[fault.symbol] = fault.number, fault.number


def _pc_clock(now: Active, fault: Fault, _: int) -> None:
    now.pc_ahead = fault.number


def _server_clock(now: Active, fault: Fault, _: int) -> None:
    now.server_ahead = fault.number


def _switch(now: Active, fault: Fault, _: int) -> None:
    now.account = fault.text


def _maxbars(now: Active, fault: Fault, _: int) -> None:
    now.maxbars = round(fault.number)


def _vanish(now: Active, fault: Fault, _: int) -> None:
    now.vanished.add(fault.symbol)


def _rename(now: Active, fault: Fault, _: int) -> None:
    now.renamed[fault.symbol] = fault.text


def _trade_mode(now: Active, fault: Fault, _: int) -> None:
    now.trade_modes[fault.symbol] = round(fault.number)


_TURN_ON: Mapping[FaultKind, Callable[[Active, Fault, int], None]] = MappingProxyType(
    {
        FaultKind.LOSE_TERMINAL: _lose_terminal,
        FaultKind.RESTART_TERMINAL: _restart,
        FaultKind.IPC_TIMEOUT: _time_out,
        FaultKind.HANG: _hang,
        FaultKind.FAIL: _fail,
        FaultKind.LOSE_BROKER: _lose_broker,
        FaultKind.NO_ANSWER: _silence,
        FaultKind.EMPTY_HISTORY: _empty,
        FaultKind.FREEZE: _freeze,
        FaultKind.ZERO_TICK: _scale(*ZERO),
        FaultKind.CROSSED_QUOTE: _scale(*CROSSED),
        FaultKind.SPIKE: _spike,
        FaultKind.PC_CLOCK: _pc_clock,
        FaultKind.SERVER_CLOCK: _server_clock,
        FaultKind.SWITCH_ACCOUNT: _switch,
        FaultKind.MAXBARS: _maxbars,
        FaultKind.VANISH: _vanish,
        FaultKind.RENAME: _rename,
        FaultKind.TRADE_MODE: _trade_mode,
    }
)
