"""Values of the core as JSON, exactly: what is read back is what was written, to the last digit and type.

Numbers, texts, true, false and null stand as JSON has them; all else is an array that begins with its tag:
`["market.Quote", 1.5, 1.6, ["T", "2018-12-26T14:30:00+00:00"]]`. What stands twice is told once and named
by its number then, so that what was one object is one again. Only types of the core are ever made.
"""

import importlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import cache
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from assistant.core import FLOW

Json = Any  # as JSON has it
_CORE = "assistant.core."
_MANY = 8  # of one type, from which on a sequence is told by columns
_FIELDS: dict[type, tuple[str, ...]] = {}  # names of the fields of each type met so far
_OF_THE_CORE = ("__dataclass_fields__", "_fields", "__members__")  # of dataclass, named tuple, enumeration
_PLAIN = frozenset({str, int, float, bool, type(None)})


class Encoder:
    """Write values; each is numbered, and may be named in what the same one writes later."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}  # by identity
        self._kept: list[object] = []  # what is numbered: an identity is for a lifetime only

    def encode(self, value: object) -> Json:
        """Return a value as JSON; TypeError for one of a type that the core has not."""
        kind = type(value)
        if kind in _PLAIN and not (isinstance(value, float) and not isfinite(value)):
            return value
        if (number := self._numbers.get(id(value))) is not None:
            return ["r", number]
        told = self._told(value, kind)
        if told[0] not in _UNNUMBERED:
            self._numbered(value)
        return told

    def _numbered(self, value: object) -> None:
        self._numbers[id(value)] = len(self._kept)
        self._kept.append(value)

    def _told(self, value: Any, kind: type) -> list[Json]:  # noqa: ANN401, PLR0911 -- a case for each type
        if kind is datetime:
            return ["T", value.isoformat()]
        if kind is date:
            return ["D", value.isoformat()]
        if isinstance(value, Enum):
            return ["E", _name(kind), value.value]
        if kind is tuple or kind is list:
            tag = "t" if kind is tuple else "l"
            return self._columns(value, tag) or [tag, *map(self.encode, value)]
        if isinstance(value, Mapping):
            return ["d", *[self.encode(one) for pair in value.items() for one in pair]]
        if is_dataclass(value):
            return [_name(kind), *[self.encode(getattr(value, name)) for name in field_names(kind)]]
        if isinstance(value, tuple):
            return [_name(kind), *map(self.encode, value)]
        return self._rare(value, kind)

    def _rare(self, value: Any, kind: type) -> list[Json]:  # noqa: ANN401 -- as above
        if kind is float:
            return ["f", str(value)]
        if kind is frozenset:
            return ["s", *sorted(map(self.encode, value))]
        if kind is time:
            return ["h", value.isoformat()]
        if kind is timedelta:
            return ["p", value.days, value.seconds, value.microseconds]
        if kind is ZoneInfo:
            return ["z", value.key]
        raise TypeError(f"a {kind.__module__}.{kind.__qualname__} cannot be put on record")

    def _columns(self, value: Sequence[Any], tag: str) -> list[Json] | None:
        """Return many facts of one type by columns, of plain values and dates alone; else None."""
        if len(value) < _MANY or len(kinds := set(map(type, value))) > 1:
            return None
        kind = kinds.pop()
        if kind is tuple:
            if len(set(map(len, value))) > 1:
                return None
            rows: Sequence[Sequence[Any]] = value
        elif is_dataclass(kind):
            names = field_names(kind)
            rows = [[getattr(one, name) for name in names] for one in value]
        else:
            return None
        columns = []
        for column in zip(*rows, strict=True):
            kinds = set(map(type, column))
            if kinds == {date}:
                columns.append(["D", *[one.toordinal() for one in column]])
            elif kinds <= _PLAIN and all(isfinite(one) for one in column if type(one) is float):
                columns.append(["", *column])
            else:
                return None
        if any(id(one) in self._numbers for one in value):
            return None
        for one in value:
            self._numbered(one)
        return ["c", tag, "t" if kind is tuple else _name(kind), *columns]


_UNNUMBERED = frozenset({"D", "T", "E", "f", "h", "p", "z"})


class Decoder:
    """Read values in the order in which one Encoder wrote them."""

    def __init__(self) -> None:
        self._numbered: list[Any] = []

    def decode(self, told: Json) -> Any:  # noqa: ANN401 -- whatever it is
        """Return the value; ValueError, TypeError, LookupError or AttributeError where it is none."""
        if type(told) is not list:
            if type(told) is dict:
                raise ValueError("an object stood where a value was expected")
            return told
        tag, *rest = told
        if tag == "r":
            return self._numbered[_place(*rest)]
        if made := _LEAVES.get(tag):
            return made(*rest)
        if tag == "c":
            return self._rows(*rest)
        value = self._whole(tag, [self.decode(one) for one in rest])
        self._numbered.append(value)
        return value

    @staticmethod
    def _whole(tag: str, parts: list[Any]) -> Any:  # noqa: ANN401 -- as above
        if tag == "t":
            return tuple(parts)
        if tag == "l":
            return parts
        if tag == "d":
            return dict(zip(parts[::2], parts[1::2], strict=True))
        if tag == "s":
            return frozenset(parts)
        return _made(_type(tag), parts)

    def _rows(self, tag: str, name: str, *columns: Json) -> Any:  # noqa: ANN401 -- as above
        read = [[*map(date.fromordinal, rest)] if kind == "D" else rest for kind, *rest in columns]
        rows = zip(*read, strict=True)
        kind = None if name == "t" else _type(name)
        values: Sequence[Any] = [one if kind is None else _made(kind, one) for one in rows]
        self._numbered += values
        whole = tuple(values) if tag == "t" else values
        self._numbered.append(whole)
        return whole


def _place(number: object) -> int:
    if type(number) is not int or number < 0:
        raise ValueError("a reference was no number")
    return number


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.utcoffset() == timedelta() else at


def _member(name: str, value: object) -> Enum:
    kind = _type(name)
    if not issubclass(kind, Enum):
        raise TypeError(f"{name} has no members")
    return kind(value)


_LEAVES: dict[Hashable, Callable[..., Any]] = {
    "D": date.fromisoformat,
    "T": _instant,
    "E": _member,
    "f": float,
    "h": time.fromisoformat,
    "p": timedelta,
    "z": ZoneInfo,
}


def _made(kind: type, parts: Sequence[Any]) -> Any:  # noqa: ANN401 -- of any type of the core
    names = field_names(kind)
    if len(parts) != len(names):
        raise ValueError(f"of {kind.__name__} {len(parts)} facts were told; expected {len(names)}")
    return kind(**dict(zip(names, parts, strict=True)))


def field_names(kind: type) -> tuple[str, ...]:
    """Return the names of a type's fields, in order; TypeError where it has none."""
    if (known := _FIELDS.get(kind)) is not None:
        return known
    named: tuple[str, ...] | None = getattr(kind, "_fields", None)
    if named is None:
        if not is_dataclass(kind):
            raise TypeError(f"a {kind.__name__} has no facts")
        named = tuple(one.name for one in fields(kind))
    _FIELDS[kind] = named
    return named


def _name(kind: type) -> str:
    if not kind.__module__.startswith(_CORE):
        raise TypeError(f"a {kind.__module__}.{kind.__qualname__} cannot be put on record")
    return f"{kind.__module__.removeprefix(_CORE)}.{kind.__qualname__}"


@cache
def _types() -> Mapping[str, type]:
    """Return every type of the core by its name: nothing else is made of what was read."""
    modules = [importlib.import_module(_CORE + name) for name in FLOW]
    found: list[type] = [
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and one.__module__ == module.__name__
    ]
    facts = [one for one in found if any(hasattr(one, name) for name in _OF_THE_CORE)]
    return {_name(one): one for one in facts}


def _type(name: object) -> type:
    if not isinstance(name, str) or name not in _types():
        raise ValueError(f"{name!r:.60} is no type of the core")
    return _types()[name]
