"""A module around a module with MetaTrader5's functions: it counts, forbids, and fails as it is told."""
# ruff: noqa: ANN401 -- the module that it stands for has no types

from __future__ import annotations

from collections import Counter
from types import ModuleType
from typing import Any

from tests.doubles.bridge import MAY_TOUCH

FALSE = {"initialize", "symbol_select"}  # these fail with False, all others with None


class Guard(ModuleType):
    """The reading functions of another module; whatever else is touched is an AssertionError."""

    def __init__(self, module: ModuleType) -> None:
        """Take the module that answers."""
        super().__init__(module.__name__)
        self.__dict__["__state__"] = _State(module)

    def __getattribute__(self, name: str) -> Any:
        """Return a reading function, counted; what the import system asks for goes, too."""
        if name.startswith("__"):
            return super().__getattribute__(name)
        if name not in MAY_TOUCH:
            raise AssertionError(f"{name} was touched")
        return super().__getattribute__("__state__").function(name)


class _State:
    """What a guard counts and how it fails."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.calls: Counter[str] = Counter()
        self.failing: dict[str, tuple[int, str]] = {}  # function -> what last_error() says
        self._error: tuple[int, str] | None = None

    def function(self, name: str) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            if name == "last_error":
                return self._error or self.module.last_error()
            self.calls[name] += 1
            self._error = self.failing.get(name)
            if self._error:
                return False if name in FALSE else None
            return getattr(self.module, name)(*args, **named)

        return call


def state_of(guard: ModuleType) -> _State:
    """Return what a guard counts, and where it is told to fail."""
    state: _State = guard.__state__
    return state
