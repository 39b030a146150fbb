"""Snapshots and advice of single cycles, from the paper terminal or from a broker's double."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from assistant.config import Config, load_config
from assistant.core.advice import Advice, Track, advise
from assistant.core.market import Role
from assistant.core.snapshot import Snapshot
from assistant.outputs.advice import Stamp, advice_document
from assistant.source import Source, open_source, read_snapshot, warm_up
from assistant.terminal.clock import NEW_YORK_PLUS_7
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.sessions import Sessions
from assistant.terminal.symbols import Wanted
from tests.doubles.bridge import Bridge, Broker, HandClock

SYMBOLS = {
    "IWM": Wanted(role=Role.RISK_ON, names=("IWM.X", "IWM.US")),
    "SPY": Wanted(role=Role.RISK_ON, names=("SPY.US",)),
    "XLU": Wanted(role=Role.DEFENSIVE, names=("XLU.US",)),
}
STAMP = Stamp(7, 5, "off", {"assistant": "0.1.0", "panel_file": "1"})
SCHEMAS = Path(__file__).parents[2] / "assistant" / "docs" / "schema"


@cache
def packaged_config() -> Config:
    """The packaged settings, read once."""
    return load_config(Path("nowhere"))


def paper_snapshot(home: Path, at: datetime) -> Snapshot:
    """What the paper terminal shows at an instant, before which its clock was measured."""
    source = open_source(packaged_config(), home, paper=True, start=at - timedelta(seconds=10), speed=1e6)
    source.terminal.connect()
    warm_up(source)
    source.clock.sleep((at - source.clock.now()).total_seconds())
    return read_snapshot(source)


def terminal_of(
    broker: Broker, locate: Callable[[], str | None] = lambda: None, zone: str = NEW_YORK_PLUS_7
) -> MetaTrader:
    """The adapter over a broker's double, not connected."""
    return MetaTrader(Bridge(broker), SYMBOLS, Sessions.packaged(), zone=zone, sessions=600, locate=locate)


def source_of(broker: Broker, terminal: MetaTrader | None = None) -> Source:
    """A terminal over a broker's double with the broker's clock."""
    return Source(terminal or terminal_of(broker), HandClock(broker), Sessions.packaged(), "live")


def broker_snapshot(broker: Broker) -> Snapshot:
    """What a broker's double shows now; a second before, its histories were read for the first time."""
    source, now = source_of(broker), broker.now
    broker.now = now - timedelta(seconds=1)
    source.terminal.connect()
    warm_up(source)
    broker.now = now
    return read_snapshot(source)


def advised(snapshot: Snapshot) -> tuple[Advice, Track]:
    """The advice of a first cycle and what it leaves to the next, with the packaged settings.

    The broker's double trades lots too large for its account to hold one over night: there by the day.
    """
    settings = packaged_config().settings
    if snapshot.mode != "paper":
        settings = replace(settings, plan=replace(settings.plan, hold="intraday"))
    return advise(snapshot, Track(), settings)


def advice_of(snapshot: Snapshot) -> Advice:
    """The advice of a first cycle, with the packaged settings."""
    return advised(snapshot)[0]


def document_of(advice: Advice) -> dict[str, Any]:
    """An advice as another program reads it: through JSON."""
    document: dict[str, Any] = json.loads(json.dumps(advice_document(advice, STAMP), allow_nan=False))
    return document


@cache
def schemas() -> dict[str, Any]:
    """The schemas that are shipped, by the name of their file."""
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}


@cache
def schema(name: str) -> jsonschema_rs.Draft202012Validator:
    """The validator of one of the schemas that are shipped: advice-1, verdict-1, status-1.

    It is 300 times as fast as `plain_schema`, which takes 15 ms for an advice, and looks at dates, too.
    """
    registry = jsonschema_rs.Registry([*schemas().items()], draft=jsonschema_rs.Draft202012)
    return jsonschema_rs.Draft202012Validator(
        schemas()[f"{name}.json"], registry=registry, validate_formats=True
    )


@cache
def plain_schema(name: str) -> Draft202012Validator:
    """The validator by which the quick one is measured: of each schema some documents are read by both."""
    resources = [(file, Resource.from_contents(content)) for file, content in schemas().items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    Draft202012Validator.check_schema(schemas()[f"{name}.json"])
    return Draft202012Validator(schemas()[f"{name}.json"], registry=registry)
