"""The facade: the functions of a module like MetaTrader5 that read, and no other attribute of it.

Nothing raises in that module: a failure is None or False, and last_error() tells why until the next call.
Here each call and its last_error() stay together, and a failure is an Unknown or a TerminalError. A bridge
to a terminal elsewhere is such a module, too: it raises what its connection raises, and hands out copies.
"""

from types import ModuleType
from typing import Any, Protocol

from assistant.core.market import Unknown
from assistant.errors import TerminalError

READS = (
    "initialize",
    "shutdown",
    "last_error",
    "terminal_info",
    "account_info",
    "symbol_info",
    "symbol_info_tick",
    "symbol_select",
    "symbols_get",
    "copy_rates_from_pos",
    "copy_rates_range",
    "positions_get",
    "orders_get",
    "history_orders_get",
    "history_deals_get",
    "order_calc_margin",
    "order_calc_profit",
)

MAY_LACK = ("copy_ticks_range",)  # a bridge may do without these

RES_E_INTERNAL_FAIL = -10000  # this code and those below it: no connection to the terminal
BROKEN = (-10001, -10002)  # the pipe to it broke in this call: the terminal ended, or is about to


class Watch(Protocol):
    """Somebody who is told of each call, and may end this process where one never returns."""

    def begin(self, name: str, about: object) -> None:
        """Hear that a call begins; `about` is its first argument."""
        ...

    def end(self, name: str, about: object, *, answered: bool) -> None:
        """Hear that it came back."""
        ...


class Unwatched:
    """Nobody."""

    def begin(self, name: str, about: object) -> None:
        """Do nothing."""

    def end(self, name: str, about: object, *, answered: bool) -> None:
        """Do nothing."""


class Reads:
    """The reading functions of the module, and no other attribute of it."""

    def __init__(self, module: ModuleType, watch: Watch | None = None) -> None:
        """Take the functions by name; TerminalError where the module lacks one."""
        self._watch = watch or Unwatched()
        self.name = module.__name__
        missing = [name for name in READS if not hasattr(module, name)]
        if missing:
            raise TerminalError(f"module {module.__name__} has no {', '.join(missing)}")
        has = [name for name in MAY_LACK if hasattr(module, name)]
        self._functions = {name: getattr(module, name) for name in (*READS, *has)}
        self.broken = False  # the pipe to the terminal was, when last heard of

    def optional(self, name: str, *args: object, **named: object) -> Any | Unknown:  # noqa: ANN401 -- a struct, array or number
        """Call one function; Unknown with code and text where the result is None or False.

        TerminalError where the whole terminal is gone, by the code or by what a bridge raises: the other
        calls would fail, too, and each may take as long as a bridge waits for an answer.
        """
        if name in MAY_LACK and name not in self._functions:
            return Unknown(f"the terminal's module has no {name}")
        function, about, failed = self._functions[name], args[0] if args else None, True
        self._watch.begin(name, about)
        try:
            result = function(*args, **named)
            failed = result is None or result is False
            code, text = self._functions["last_error"]() if failed else (1, "")
            proxy = _is_proxy(result)
        except (SystemError, TypeError, ValueError, OverflowError) as error:
            return Unknown(f"{name} failed: {_first_line(error)}")
        except Exception as error:  # the package raises nothing else: EOFError, TimeoutError ... of a bridge
            raise TerminalError(f"{name} failed: {type(error).__name__}: {_first_line(error)}") from error
        finally:
            self._watch.end(name, about, answered=not failed)
        if proxy:
            raise TerminalError(
                f"{name} gave a proxy; a bridge must hand out copies: assistant/docs/bridges.md"
            )
        if failed:
            asked = next((f" for {arg}" for arg in args if isinstance(arg, str)), "")
            reason = f"{name}{asked} failed: {code} {text}"
            self.broken = self.broken or code in BROKEN
            if code <= RES_E_INTERNAL_FAIL:
                raise TerminalError(reason)
            return Unknown(reason)
        self.broken = False
        return result

    def call(self, name: str, *args: object, **named: object) -> Any:  # noqa: ANN401 -- a struct, array or number
        """Call one function; TerminalError with code and text where the result is None or False."""
        result = self.optional(name, *args, **named)
        if isinstance(result, Unknown):
            raise TerminalError(result.reason)
        return result


def _is_proxy(result: object) -> bool:
    """Whether a result, or one of several, only stands for an object elsewhere: each look at it may fail."""
    several = result if type(result) is tuple else (result,)
    return any(type(one) is not one.__class__ for one in several)


def _first_line(error: Exception) -> str:
    """Return what an error says, without the traceback that a bridge may add from its other side."""
    return str(error).strip().partition("\n")[0] or "no reason given"
