"""A run of the loop over a broker's double."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from assistant.app import Assistant
from assistant.config import load_config
from assistant.outputs.fields import Document
from assistant.outputs.journal import read_journal
from assistant.source import open_source
from tests.doubles.bridge import LOGIN, NOON, Broker, HandClock

WARM = 0.5  # seconds until all histories have been read twice alike, before the first cycle
FIRST = NOON + timedelta(seconds=WARM)  # the first cycle


class Run:
    """One run of the loop and what it showed."""

    def __init__(self, home: Path, broker: Broker, **how: bool) -> None:
        self.home, self.broker = home, broker
        self.how: dict[str, Any] = {"publish": True, "dry_run": False} | how
        self.shown: list[Document] = []
        self.troubles: list[str] = []
        self.slept: list[float] = []

    @property
    def panel(self) -> Path:
        return self.broker.folder / "Files" / "BreadthAssistant" / f"advice_{LOGIN}.txt"

    @property
    def state(self) -> Path:
        return self.home / "state" / f"advice_{LOGIN}.json"

    def journal(self) -> list[dict[str, Any]]:
        return read_journal(self.home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl")

    def utc(self) -> int:
        """The instant in the panel file."""
        line = next(
            line for line in self.panel.read_text(encoding="utf-8").splitlines() if line[:4] == "UTC|"
        )
        return int(line[4:])

    @contextmanager
    def assistant(self, *then: Callable[[], object]) -> Iterator[tuple[Assistant, HandClock]]:
        config = load_config(self.home)
        source = open_source(config, self.home)
        clock = HandClock(self.broker, *then)
        with Assistant(config, self.home, replace(source, clock=clock), **self.how) as one:
            yield one, clock

    def loop(self, seconds: float, *then: Callable[[], object]) -> None:
        """Run for so many seconds after the first cycle, a second a cycle; `then` acts after each sleep."""
        with self.assistant(*then) as (one, clock):
            until = self.broker.now + timedelta(seconds=WARM + seconds)
            try:
                one.run(1.0, self.shown.append, self.troubles.append, until)
            finally:
                self.slept = clock.slept


def sides(document: Document) -> Iterator[Document]:
    for one in document["symbols"]:
        yield from (one["buy"], one["sell"])


def at(seconds: float) -> str:
    """The instant so many seconds after the first cycle."""
    return (FIRST + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def nothing() -> None:
    """Let a second pass."""
