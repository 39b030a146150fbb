"""How the MetaTrader5 package reads its arguments, and what it says when it cannot.

Its functions are C functions that parse by hand (read in the binary of 5.0.6231, which was not run). A wrong
argument is no TypeError but an error code; but where a number cannot be converted, the conversion's own
exception is left behind, and CPython turns the call into a SystemError. Arguments are read before the
connection is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from math import isnan
from operator import index
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from assistant.terminal.constants import RES_E_INVALID_PARAMS, RES_S_OK

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.terminal.structs import Struct

Error = tuple[int, str]  # code and text, as last_error() returns them
Positional: TypeAlias = "tuple[object, ...]"
Named: TypeAlias = "Mapping[str, object]"
Parse: TypeAlias = "Callable[[Positional, Named], tuple[Any, ...]]"

SUCCESS: Error = (RES_S_OK, "Success")
INVALID_ARGUMENTS: Error = (RES_E_INVALID_PARAMS, "Invalid arguments")
UNNAMED_ARGUMENTS: Error = (RES_E_INVALID_PARAMS, "Unnamed arguments not allowed")
TOO_MANY_ARGUMENTS: Error = (RES_E_INVALID_PARAMS, "Invalid number of arguments")
FIRST_ARGUMENT: Error = (RES_E_INVALID_PARAMS, "Invalid 1st unnamed argument")

LONGEST_SYMBOL = 29  # characters
LONGEST_GROUP = 1997  # characters
_LONGEST_TEXT = 253  # characters, of server and password
_DATES = 2  # of a call about the history

_INT32 = 1 << 31
_UINT32 = 1 << 32
_UINT64 = 1 << 64


class Refused(Exception):  # noqa: N818 -- never leaves the paper terminal: it becomes last_error()
    """A call cannot be answered; `error` is what last_error() will say."""

    def __init__(self, error: Error) -> None:
        """Keep code and text."""
        super().__init__(*error)
        self.error = error


class Broken(Exception):  # noqa: N818 -- as Refused: it becomes a SystemError
    """A conversion failed inside the C function: SystemError for the caller, `error` for last_error()."""

    def __init__(self, error: Error) -> None:
        """Keep code and text."""
        super().__init__(*error)
        self.error = error


def invalid(name: str) -> Error:
    """Return the error for a wrong value of a named argument."""
    return RES_E_INVALID_PARAMS, f'Invalid "{name}" argument'


def _exactly(args: Positional, count: int) -> None:
    if len(args) != count:
        raise Refused(INVALID_ARGUMENTS)


def symbol(value: object, error: Error = INVALID_ARGUMENTS) -> str:
    """Return a symbol argument: a str of at most 29 characters, or refuse."""
    if not isinstance(value, str) or len(value) > LONGEST_SYMBOL:
        raise Refused(error)
    return value


def _group(named: Named) -> str | None:
    """Return group=, or None where it is not there."""
    if "group" not in named:
        return None
    masks = named["group"]
    if not isinstance(masks, str) or len(masks) > LONGEST_GROUP:
        raise Refused(invalid("group"))
    return masks


def _broken(cause: Exception) -> NoReturn:
    raise Broken(INVALID_ARGUMENTS) from cause


def _int32(value: object) -> int:
    """Read an "i" argument: an int, or what converts to one, within 32 bits."""
    try:
        number = index(value)  # type: ignore[arg-type] # TypeError where it has no __index__
    except TypeError as error:
        _broken(error)
    if not -_INT32 <= number < _INT32:
        _broken(OverflowError("Python int too large to convert to C long"))
    return number


def _uint32(value: object) -> int:
    """Read a "k" argument: an int itself, cut to 32 bits."""
    if not isinstance(value, int):
        _broken(TypeError(f"argument must be int, not {type(value).__name__}"))
    return value % _UINT32


def _double(value: object) -> float:
    """Read a "d" argument: a float, or what converts to one."""
    if isinstance(value, float):
        return value
    try:
        if isinstance(value, str):
            raise TypeError("must be real number, not str")  # noqa: TRY301 -- float() would parse it
        return float(value)  # type: ignore[arg-type] # TypeError where it does not convert
    except (TypeError, OverflowError) as error:
        _broken(error)


def _uint64(value: object, name: str) -> int:
    """Read a ticket or login: an int from 0 on, or refuse."""
    if not isinstance(value, int):
        raise Refused(invalid(name))
    if not 0 <= value < _UINT64:
        raise Broken(invalid(name)) from OverflowError("can't convert int to C unsigned long long")
    return value


def epoch(value: object) -> int:
    """Return a date argument (int, float or datetime) as epoch seconds, cut to 32 bits as the package does.

    A datetime or float beyond 2038-01-19T03:14:07 becomes the year 1901; an int raises SystemError.
    """
    if isinstance(value, int):
        if not -_INT32 <= value < _INT32:  # the call goes on and succeeds, the exception stays behind
            raise Broken(SUCCESS) from OverflowError("Python int too large to convert to C long")
        return value
    if isinstance(value, datetime):
        seconds = value.timestamp()
    elif isinstance(value, float):
        seconds = value
    else:
        raise Refused(INVALID_ARGUMENTS)
    if isnan(seconds) or not -_INT32 - 1 < seconds < _INT32:
        return -_INT32
    return int(seconds)


@lru_cache(maxsize=256)
def _pattern(mask: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in mask.split("*")), re.DOTALL)


def in_group(group: str, name: str) -> bool:
    """Whether a name is in a group: comma-separated masks with "*", "!" before one excludes; case counts."""
    inside = False
    for mask in (part.strip(" ") for part in group.split(",")):
        if mask and _pattern(mask.lstrip("!")).fullmatch(name):
            if mask.startswith("!"):
                return False
            inside = True
    return inside


# The arguments of each kind of call: what was passed in, what the function works with out.


def one_symbol(args: Positional, _named: Named) -> tuple[str]:
    """Read (symbol)."""
    _exactly(args, 1)
    return (symbol(args[0]),)


def symbol_and_switch(args: Positional, _named: Named) -> tuple[str, bool]:
    """Read (symbol, [enable]); any value that is true enables."""
    if len(args) not in {1, 2}:
        raise Refused(INVALID_ARGUMENTS)
    return symbol(args[0]), len(args) == 1 or bool(args[1])


def optional_group(args: Positional, named: Named) -> tuple[str]:
    """Read ([group]) or (group=); none, or an empty one, is all."""
    if len(args) > 1:
        raise Refused(TOO_MANY_ARGUMENTS)
    masks = args[0] if args else ""
    if not isinstance(masks, str) or len(masks) > LONGEST_GROUP:
        raise Refused(FIRST_ARGUMENT)
    return (_group(named) or masks or "*",)


def rates_from_pos(args: Positional, _named: Named) -> tuple[str, int, int, int]:
    """Read (symbol, timeframe, start_pos, count)."""
    _exactly(args, 4)
    timeframe, start, count = (_int32(value) for value in args[1:])
    return symbol(args[0]), timeframe, start, count


def rates_from(args: Positional, _named: Named) -> tuple[str, int, int, int]:
    """Read (symbol, timeframe, date_from, count)."""
    _exactly(args, 4)
    timeframe, count = _int32(args[1]), _int32(args[3])
    return symbol(args[0]), timeframe, epoch(args[2]), count


def rates_range(args: Positional, _named: Named) -> tuple[str, int, int, int]:
    """Read (symbol, timeframe, date_from, date_to)."""
    _exactly(args, 4)
    timeframe = _int32(args[1])
    return symbol(args[0]), timeframe, epoch(args[2]), epoch(args[3])


def ticks_from(args: Positional, _named: Named) -> tuple[str, int, int, int]:
    """Read (symbol, date_from, count, flags)."""
    _exactly(args, 4)
    count, flags = _int32(args[2]), _int32(args[3])
    return symbol(args[0]), epoch(args[1]), count, flags


def ticks_range(args: Positional, _named: Named) -> tuple[str, int, int, int]:
    """Read (symbol, date_from, date_to, flags)."""
    _exactly(args, 4)
    flags = _int32(args[3])
    return symbol(args[0]), epoch(args[1]), epoch(args[2]), flags


def two_dates(args: Positional, _named: Named) -> tuple[int, int]:
    """Read (date_from, date_to)."""
    _exactly(args, 2)
    return epoch(args[0]), epoch(args[1])


def order_values(args: Positional, _named: Named) -> tuple[int, str, float, float]:
    """Read (action, symbol, volume, price); whole numbers are taken for volume and price, too."""
    _exactly(args, 4)
    action, volume, price = _uint32(args[0]), _double(args[2]), _double(args[3])
    return action, symbol(args[1]), volume, price


def trade_values(args: Positional, _named: Named) -> tuple[int, str, float, float, float]:
    """Read (action, symbol, volume, price_open, price_close); whole numbers are taken, too."""
    _exactly(args, 5)
    action, volume, opened, closed = _uint32(args[0]), *(_double(value) for value in args[2:])
    return action, symbol(args[1]), volume, opened, closed


Choice = tuple[str, int | str] | None  # field and wanted value, or group and masks; None: all


def choice(args: Positional, named: Named) -> tuple[Choice]:
    """Read (ticket=, symbol=, group=), keywords only; of several the first in this order decides."""
    if args:
        raise Refused(UNNAMED_ARGUMENTS)
    if "ticket" in named:
        return (("ticket", _uint64(named["ticket"], "ticket")),)
    if "symbol" in named:
        return (("symbol", symbol(named["symbol"], invalid("symbol"))),)
    masks = _group(named)
    return (None if masks is None else ("group", masks),)


def chosen(items: Iterable[Struct], wanted: Choice) -> tuple[Struct, ...]:
    """Return those of the positions or orders that `choice` read."""
    if wanted is None:
        return tuple(items)
    field, value = wanted
    if field == "group":
        return tuple(item for item in items if in_group(str(value), item.symbol))
    return tuple(item for item in items if getattr(item, field) == value)


Span = tuple[int, int, str]  # first and last epoch second, masks
Wanted = tuple[str, int]  # ticket or position, and its number


def history(args: Positional, named: Named) -> tuple[Span | Wanted]:
    """Read (date_from, date_to, [group=]), else ticket= or position= alone, in this order.

    Beside two dates ticket= and position= are ignored; dates are not taken by name.
    """
    if len(args) == _DATES:
        first, last = epoch(args[0]), epoch(args[1])
        masks = _group(named)
        return ((first, last, "*" if masks is None else masks),)
    for name in ("ticket", "position"):
        if name in named:
            if args:
                raise Refused(UNNAMED_ARGUMENTS)
            return ((name, _uint64(named[name], name)),)
    raise Refused(INVALID_ARGUMENTS)


def recorded(items: Iterable[Struct], time: str, wanted: Span | Wanted) -> tuple[Struct, ...]:
    """Return those of the account's deals or old orders that `history` read; `time` is the field to go by.

    The ticket of a deal is that of its order.
    """
    if isinstance(wanted[0], str):
        name, number = wanted[:2]
        field = {"position": "position_id", "ticket": "order" if time == "time" else "ticket"}[str(name)]
        return tuple(one for one in items if getattr(one, field) == number)
    first, last, masks = wanted[0], wanted[1], str(wanted[-1])
    return tuple(one for one in items if first <= getattr(one, time) <= last and in_group(masks, one.symbol))


def connection(args: Positional, named: Named) -> tuple[str, bool]:
    """Read ([path], login=, server=, password=, timeout=, path=): the path, and whether credentials came.

    The path= given by name wins; other names are ignored.
    """
    if len(args) > 1:
        raise Refused(TOO_MANY_ARGUMENTS)
    if args and not isinstance(args[0], str):
        raise Refused(FIRST_ARGUMENT)
    if "login" in named:
        _uint64(named["login"], "login")
    for name in ("server", "password"):
        value = named.get(name, "")
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise Refused(invalid(name))
    if "timeout" in named and _uint64(named["timeout"], "timeout") >= _UINT32:
        raise Broken(invalid("timeout")) from OverflowError(
            "Python int too large to convert to C unsigned long"
        )
    path = named.get("path", args[0] if args else "")
    if not isinstance(path, str):
        raise Refused(invalid("path"))
    return path, not named.keys().isdisjoint({"login", "server", "password"})
