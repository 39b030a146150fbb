"""The facade: the functions of a module like MetaTrader5 that read, and no other attribute of it.

Nothing raises in that module: a failure is None or False, and last_error() tells why until the next call.
Here each call and its last_error() stay together, and a failure is an Unknown or a TerminalError.
"""

from types import ModuleType
from typing import Any

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
    "copy_rates_from_pos",
    "positions_get",
    "orders_get",
    "history_deals_get",
    "order_calc_margin",
    "order_calc_profit",
)

RES_E_INTERNAL_FAIL = -10000  # this code and those below it: no connection to the terminal


class Reads:
    """The reading functions of the module, and no other attribute of it."""

    def __init__(self, module: ModuleType) -> None:
        """Take the functions by name; TerminalError where the module lacks one."""
        missing = [name for name in READS if not hasattr(module, name)]
        if missing:
            raise TerminalError(f"module {module.__name__} has no {', '.join(missing)}")
        self._functions = {name: getattr(module, name) for name in READS}

    def optional(self, name: str, *args: object, **named: object) -> Any | Unknown:  # noqa: ANN401 -- a struct, array or number
        """Call one function; Unknown with code and text where the result is None or False.

        TerminalError where the code says that the whole terminal is gone: it then failed for every symbol.
        """
        try:
            result = self._functions[name](*args, **named)
            failed = result is None or result is False
            code, text = self._functions["last_error"]() if failed else (1, "")
        except (SystemError, TypeError, ValueError, OverflowError, OSError, EOFError) as error:
            return Unknown(f"{name} failed: {error}")
        if failed:
            asked = next((f" for {arg}" for arg in args if isinstance(arg, str)), "")
            reason = f"{name}{asked} failed: {code} {text}"
            if code <= RES_E_INTERNAL_FAIL:
                raise TerminalError(reason)
            return Unknown(reason)
        return result

    def call(self, name: str, *args: object, **named: object) -> Any:  # noqa: ANN401 -- a struct, array or number
        """Call one function; TerminalError with code and text where the result is None or False."""
        result = self.optional(name, *args, **named)
        if isinstance(result, Unknown):
            raise TerminalError(result.reason)
        return result
