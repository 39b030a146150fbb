"""A simulated terminal that runs one MQL5 program: what a test says to it, and what the program says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

LOGIN = 9000001
SERVER = "Paper-Demo"
_TIMER = 250  # milliseconds between two calls of OnTimer
_CUSTOM = 1000  # the id of a chart event of one's own


class CriticalError(Exception):
    """The program ended as the terminal would end it: an index out of range, a division by zero, ..."""


@dataclass
class Heard:
    """What a program has said, in its order."""

    log: list[str] = field(default_factory=list)
    alert: list[str] = field(default_factory=list)
    fault: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)


class Terminal:
    """One run of a program. On leaving it must have made no fault, nor left anything behind."""

    def __init__(
        self, binary: Path, common: Path, *, utc: int, inputs: Mapping[str, object] | None = None
    ) -> None:
        given = {f"MQL5_INPUT_{name}": str(value) for name, value in (inputs or {}).items()}
        self.file = common / "Files" / "BreadthAssistant" / f"advice_{LOGIN}.txt"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.heard = Heard()
        self._process = subprocess.Popen(
            [binary],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env={**os.environ, **given, "ASAN_OPTIONS": "detect_leaks=0"},
        )
        self.do(f"common {common}", f"login {LOGIN}", f"server {SERVER}", f"utc {utc}")

    @property
    def process(self) -> int:
        """The id of the process that runs the program."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()
        assert kind is not None or self.heard.fault == []

    def do(self, *commands: str) -> list[str]:
        """Give commands of the driver, one by one; what the program logged meanwhile."""
        before = len(self.heard.log)
        assert self._process.stdin is not None
        for command in commands:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
            self._listen(command)
        return self.heard.log[before:]

    def _listen(self, command: str) -> None:
        assert self._process.stdout is not None
        unknown = []
        for line in self._process.stdout:
            kind, _, text = line.rstrip("\n").partition(" ")
            if kind == "ok":
                return
            if kind == "critical":
                raise CriticalError(text)
            known = kind in {"log", "alert", "fault", "returned"}
            (getattr(self.heard, kind) if known else self.heard.other).append(text if known else line)
            unknown += [] if known else [line]
        raise CriticalError(f"{command}: " + "".join(unknown))  # what a sanitizer wrote

    def write(self, content: bytes) -> None:
        """Put a panel file in its place."""
        self.file.write_bytes(content)

    def poll(self, milliseconds: int = _TIMER) -> None:
        """Let time pass, then call OnTimer."""
        self.do(f"advance {milliseconds}", "timer")

    def ask(self, question: str, number: float = 0.0) -> str:
        """Put a question to the probe; its answer in one line."""
        (answer,) = self.do(f"event {_CUSTOM} 0 {number!r} {question}")
        return answer

    def state(self) -> str:
        """The state of the advice as the probe names it, without age and reason."""
        return self.ask("state").partition(",")[0].partition(":")[0]

    def dump(self) -> dict[str, Any]:
        """Everything the program has left in the terminal."""
        self.do("dump")
        shown: dict[str, Any] = json.loads(self.heard.other[-1].removeprefix("state "))
        return shown
