"""How the MetaTrader5 package reads its arguments, and what it says when it cannot.

Its functions are C functions that parse by hand: a wrong argument is no TypeError but an error code.
"""

from __future__ import annotations

import operator
import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, SupportsFloat, SupportsIndex

from assistant.terminal.constants import RES_E_INVALID_PARAMS, RES_E_NOT_FOUND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.terminal.structs import Struct

Error = tuple[int, str]  # code and text, as last_error() returns them

INVALID_ARGUMENTS: Error = (RES_E_INVALID_PARAMS, "Invalid arguments")
UNNAMED_ARGUMENTS: Error = (RES_E_INVALID_PARAMS, "Unnamed arguments not allowed")
INVALID_PARAMS: Error = (RES_E_INVALID_PARAMS, "Terminal: Invalid params")
NOT_FOUND: Error = (RES_E_NOT_FOUND, "Terminal: Not found")

_INT32 = 1 << 31


class Refused(Exception):  # noqa: N818 - never leaves the paper terminal: it becomes last_error()
    """A call cannot be answered; `error` is what last_error() will say."""

    def __init__(self, error: Error) -> None:
        """Keep code and text."""
        super().__init__(*error)
        self.error = error


def exactly(args: tuple[object, ...], count: int) -> tuple[object, ...]:
    """Return the arguments when there are `count` of them, else refuse."""
    if len(args) != count:
        raise Refused(INVALID_ARGUMENTS)
    return args


def text(value: object) -> str:
    """Return a str argument, or refuse."""
    if not isinstance(value, str):
        raise Refused(INVALID_ARGUMENTS)
    return value


def number(value: object) -> float:
    """Return a float argument; ints and numpy's numbers are taken, too."""
    if isinstance(value, float):  # asking a protocol takes 20 times as long
        return value
    if not isinstance(value, SupportsFloat):
        raise Refused(INVALID_ARGUMENTS)
    return float(value)


def whole(value: object) -> int:
    """Return an int argument, or refuse."""
    if isinstance(value, int):
        return value
    if not isinstance(value, SupportsIndex):
        raise Refused(INVALID_ARGUMENTS)
    return operator.index(value)


def epoch(value: object, function: str) -> int:
    """Return a date argument (int, float or datetime) as epoch seconds, cut to 32 bits as the package does.

    A datetime or float beyond 2038-01-19T03:14:07 becomes the year 1901; an int raises SystemError.
    """
    if isinstance(value, datetime):
        seconds = value.timestamp()
    elif isinstance(value, float):
        seconds = value
    else:
        exact = whole(value)
        if not -_INT32 <= exact < _INT32:
            raise SystemError(f"<built-in function {function}> returned a result with an exception set")
        return exact
    return int(seconds) if -_INT32 <= seconds < _INT32 else -_INT32


@lru_cache(maxsize=256)
def _pattern(mask: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in mask.split("*")), re.DOTALL)


def in_group(group: str, name: str) -> bool:
    """Whether a name is in a group: comma-separated masks with "*", "!" before one excludes; case counts."""
    inside = False
    for mask in (part.strip() for part in group.split(",")):
        excludes = mask.startswith("!")
        if _pattern(mask.removeprefix("!").strip()).fullmatch(name):
            if excludes:
                return False
            inside = True
    return inside


def chosen(items: Sequence[Struct], named: Mapping[str, object]) -> tuple[Struct, ...]:
    """Return the positions or orders of ticket=, else of symbol=, else of group=, else all."""
    if (ticket := named.get("ticket")) is not None:
        wanted = whole(ticket)
        return tuple(item for item in items if item.ticket == wanted)
    if (symbol := named.get("symbol")) is not None:
        name = text(symbol)
        return tuple(item for item in items if item.symbol == name)
    if (group := named.get("group")) is not None:
        masks = text(group)
        return tuple(item for item in items if in_group(masks, item.symbol))
    return tuple(items)
