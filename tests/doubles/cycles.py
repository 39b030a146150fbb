"""Snapshots and advice of single cycles, from the paper terminal or from a broker's double."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from assistant.app import open_source, read_snapshot
from assistant.config import Config, load_config
from assistant.core.advice import Advice, Track, advise
from assistant.core.market import Role, Snapshot
from assistant.outputs.state import Stamp, advice_document
from assistant.terminal.clock import NEW_YORK_PLUS_7, ServerClock, Sessions
from assistant.terminal.metatrader import MetaTrader
from tests.doubles.bridge import Bridge, Broker, HandClock

SYMBOLS = {
    "IWM": (Role.RISK_ON, ("IWM.X", "IWM.US")),
    "SPY": (Role.RISK_ON, ("SPY.US",)),
    "XLU": (Role.DEFENSIVE, ("XLU.US",)),
}
STAMP = Stamp(7, 5, "off", {"assistant": "0.1.0", "panel_file": "1"})
SCHEMAS = Path(__file__).parents[2] / "assistant" / "docs" / "schema"


@cache
def packaged_config() -> Config:
    """The packaged settings, read once."""
    return load_config(Path("nowhere"))


def paper_snapshot(home: Path, at: datetime) -> Snapshot:
    """What the paper terminal shows at an instant."""
    source = open_source(packaged_config(), home, paper=True, start=at)
    source.terminal.connect()
    return read_snapshot(source.terminal, Sessions.packaged(), source.clock, source.mode)


def terminal_of(broker: Broker) -> MetaTrader:
    """The adapter over a broker's double, not connected."""
    return MetaTrader(Bridge(broker), SYMBOLS, ServerClock(NEW_YORK_PLUS_7), sessions=600)


def broker_snapshot(broker: Broker) -> Snapshot:
    """What a broker's double shows now."""
    terminal = terminal_of(broker)
    terminal.connect()
    return read_snapshot(terminal, Sessions.packaged(), HandClock(broker), "live")


def advice_of(snapshot: Snapshot) -> Advice:
    """The advice of a first cycle, with the packaged settings."""
    advice, _ = advise(snapshot, Track(), packaged_config().settings)
    return advice


def document_of(advice: Advice) -> dict[str, Any]:
    """An advice as another program reads it: through JSON."""
    document: dict[str, Any] = json.loads(json.dumps(advice_document(advice, STAMP), allow_nan=False))
    return document


@cache
def schema(name: str) -> Draft202012Validator:
    """The validator of one of the schemas that are shipped: advice-1, verdict-1, status-1."""
    contents = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    resources = [(file, Resource.from_contents(content)) for file, content in contents.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    Draft202012Validator.check_schema(contents[f"{name}.json"])
    return Draft202012Validator(contents[f"{name}.json"], registry=registry)
