"""Sessions that the paper terminal has played into a home's journals, in coarse steps."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from assistant.app import Assistant
from assistant.config import load_config
from assistant.outputs.journal import Journal
from assistant.source import open_source

PAPER = 9000001
LOCAL = """\
terminal: {server_zone: New_York+7}  # nothing is measured from so few looks
macro: {source: "off"}
review: {automatic: false}
"""


def at(text: str) -> datetime:
    """An instant of December 2018, UTC: "26T15:00"."""
    return datetime.fromisoformat(f"2018-12-{text}").replace(tzinfo=UTC)


def settled(home: Path, more: str = "") -> Path:
    """A home whose configuration serves a few looks."""
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "local.yaml").write_text(LOCAL + more, encoding="utf-8")
    return home


def play(home: Path, begin: str, end: str, seconds: float, script: str = "") -> Path:
    """Let an assistant watch the paper terminal, a look every so many seconds; return its journal."""
    config = load_config(settled(home))
    trades = (script,) if script else ()
    source = open_source(config, home, paper=True, start=at(begin), speed=1e7, script=trades)
    with Assistant(config, home, source, publish=False, dry_run=False) as assistant:
        assistant.run(seconds, lambda _: None, _fail, until=at(end))
        assistant.record_deals(source.sessions.hours(at(begin)).last_close or at(begin))
        return assistant.journal.path


def _fail(trouble: str) -> None:
    raise AssertionError(trouble)


def write_start(home: Path, login: int, when: datetime, mode: str = "live") -> None:
    """Put the start of a run of another login on record."""
    journal = Journal(home / "logs", login)
    told = {"mode": mode, "server": "Other", "currency": "USD", "hedging": True}
    journal.write(when, "start", {**told, "versions": {"assistant": "0.1.0"}})
    journal.close()
