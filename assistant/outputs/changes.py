"""What differs between two values of the core, by where it stands: numbers, things, parts of sequences."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, is_dataclass, replace
from functools import partial
from math import copysign
from typing import Any

from assistant.outputs.codec import field_names
from assistant.outputs.packing import Path

_LONG = 64  # elements of a sequence, from which on a part of it is told anew, not one by one


@dataclass(slots=True)
class Changes:
    """Found on the way through two values; what is the same object is passed over at once."""

    numbers: list[tuple[Path, float, float]] = field(default_factory=list)  # as they were, as they are
    whole: list[tuple[Path, Any]] = field(default_factory=list)  # as they are
    cuts: list[tuple[Path, int, int, Sequence[Any]]] = field(default_factory=list)
    # kept at the begin and at the end, and what stands between now

    def look(self, path: Path, before: Any, now: Any) -> None:  # noqa: ANN401 -- of any type of the core
        """Find what differs between two values that stand at a place."""
        if before is now:
            return
        kind = type(now)
        if type(before) is not kind:
            self.whole.append((path, now))
        elif kind is float:
            if before != now or copysign(1, before) != copysign(1, now):
                self.numbers.append((path, before, now))
        elif kind is tuple or kind is list:
            self._sequence(path, before, now)
        elif isinstance(now, Mapping):
            self._mapping(path, before, now)
        elif is_dataclass(kind) or isinstance(now, tuple):
            for name in field_names(kind):
                self.look((*path, name), getattr(before, name), getattr(now, name))
        elif before != now:
            self.whole.append((path, now))

    def _mapping(self, path: Path, before: Mapping[Any, Any], now: Mapping[Any, Any]) -> None:
        if list(before) != list(now):
            self.whole.append((path, now))
            return
        for key, value in now.items():
            self.look((*path, key), before[key], value)

    def _sequence(self, path: Path, before: Sequence[Any], now: Sequence[Any]) -> None:
        if len(before) == len(now) < _LONG:
            for place, (old, new) in enumerate(zip(before, now, strict=True)):
                self.look((*path, place), old, new)
            return
        shorter = min(len(before), len(now))
        begin = next((one for one in range(shorter) if not same(before[one], now[one])), shorter)
        if begin == len(before) == len(now):
            return
        left = shorter - begin
        end = next((one for one in range(left) if not same(before[-1 - one], now[-1 - one])), left)
        self.cuts.append((path, begin, end, now[begin : len(now) - end]))


def same(before: object, now: object) -> bool:
    """Whether two values are the same to the last digit and type."""
    found = Changes()
    found.look((), before, now)
    return not (found.numbers or found.whole or found.cuts)


def put(value: Any, steps: Sequence[Hashable], new: Any) -> Any:  # noqa: ANN401 -- of any type of the core
    """Return a value with another at a place in it; LookupError, TypeError or ValueError for no place."""
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        return {**value, step: put(value[step], rest, new)}
    if type(value) is tuple or type(value) is list:
        if type(step) is not int or step < 0:
            raise TypeError(f"{step!r:.60} is no place in a sequence")
        parts = list(value)
        parts[step] = put(value[step], rest, new)
        return parts if type(value) is list else tuple(parts)
    if not isinstance(step, str) or step not in field_names(type(value)):
        raise ValueError(f"{step!r:.60} is no fact of a {type(value).__name__}")
    made = put(getattr(value, step), rest, new)
    changed: Any = value._replace if hasattr(value, "_replace") else partial(replace, value)
    return changed(**{step: made})


def at(value: Any, steps: Sequence[Any]) -> Any:  # noqa: ANN401 -- of any type of the core
    """Return what stands at a place in a value; LookupError, TypeError or AttributeError for no place."""
    for step in steps:
        inside = isinstance(value, dict) or type(value) in (tuple, list)
        value = value[step] if inside else getattr(value, step)
    return value


def spliced(before: Any, begin: int, end: int, between: Sequence[Any]) -> Any:  # noqa: ANN401 -- list or tuple
    """Return a sequence with another middle; ValueError where it has no such begin and end."""
    if type(before) not in (tuple, list) or min(begin, end) < 0 or begin + end > len(before):
        raise ValueError("a part of a sequence had no place in it")
    changed = [*before[:begin], *between, *before[len(before) - end :]]
    return changed if type(before) is list else tuple(changed)
