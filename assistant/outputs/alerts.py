"""An alert as a JSON document (docs/schema/alert-1.json), and in the journal, which a restart reads."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from assistant.core.alerts import RECENT, Alert, Key, Level, Told, Topic, Watched, resumed
from assistant.outputs.fields import Document, instant
from assistant.outputs.recall import each

ALERT, TOLD, HANDED = "alert", "told", "handed"  # kinds of entry
LATE = timedelta(minutes=10)  # for so long an alert that a run left behind is handed on by the next one
_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
_DAYS = 15  # of journals that may hold what a run that still goes on has told


def alert_document(alert: Alert, *, login: int | None, server: str | None, mode: str) -> Document:
    """Return an alert as a document of schema alert/1; a text of the paper terminal begins with PAPER."""
    return {
        "schema": "alert/1",
        "id": alert.id,
        "as_of": instant(alert.at),
        "login": login,
        "server": server,
        "mode": mode,
        "level": alert.level,
        "kind": alert.kind,
        "subject": alert.subject,
        "text": alert.text if mode == "live" else f"{mode.upper()}: {alert.text}",
        "reason": alert.reason,
    }


def alert_fields(alert: Alert) -> dict[str, Any]:
    """Return an alert as the journal has it; `about` is its kind, for each entry has one of its own."""
    return {
        "id": alert.id,
        "level": alert.level,
        "about": alert.kind,
        "subject": alert.subject,
        "text": alert.text,
        "reason": alert.reason,
        "told": _told_fields(alert.told),
    }


def told_fields(told: Mapping[Key, Told]) -> dict[str, Any]:
    """Return all that was told as the journal has it."""
    return {"told": [[kind, subject, _told_fields(one)] for (kind, subject), one in sorted(told.items())]}


def _told_fields(told: Told) -> list[Any]:
    return [told.rank, told.word, instant(told.at), told.again]


def recall_alerts(folder: Path, login: int, now: datetime) -> Watched:
    """Return what the journals of a login last told, and the alerts that are still handed out.

    `now` is UTC. All that was told stands in one entry; alerts that a crash left without it come on top.
    """
    days = [now.date() - timedelta(days=number) for number in range(_DAYS)]
    paths = [folder / f"journal_{login}_{day}.jsonl" for day in days]
    at, told = next(each(TOLD, paths, now, _all_told), (_LONG_AGO, {}))
    since = min(at, now - RECENT)
    alerts = [*takewhile(lambda one: one.at >= since, each(ALERT, paths, now, _alert))]
    return resumed(told, at, alerts[::-1], now)


def handed_fields(identity: str, came: str) -> dict[str, Any]:
    """Return what came of handing an alert to the command, as the journal has it."""
    return {"id": identity, "came": came}


def recall_left(folder: Path, login: int, now: datetime) -> tuple[Alert, ...]:
    """Return the alerts of the last LATE, oldest first, of which it is not on record what came of them.

    `now` is UTC.
    """
    since = now - LATE
    paths = [folder / f"journal_{login}_{day}.jsonl" for day in sorted({now.date(), since.date()})[::-1]]
    recent = takewhile(lambda one: one.at > since, each(ALERT, paths, now, _alert))
    ends = takewhile(lambda one: one[0] > since, each(HANDED, paths, now, _handed))
    handed = {identity for _, identity in ends}
    return tuple(one for one in recent if one.id not in handed)[::-1]


def _handed(entry: Mapping[str, Any]) -> tuple[datetime, str]:
    return datetime.fromisoformat(entry["at"]), str(entry["id"])


def _all_told(entry: Mapping[str, Any]) -> tuple[datetime, dict[Key, Told]]:
    told = {(Topic(kind), str(subject)): _told(fields) for kind, subject, fields in entry["told"]}
    return datetime.fromisoformat(entry["at"]), told


def _told(fields: Sequence[Any]) -> Told:
    rank, word, text, again = fields
    at = None if text is None else datetime.fromisoformat(text)
    if at is not None and at.tzinfo is None:
        raise ValueError(f"an instant was {text}; expected a zone")
    return Told(float(rank), str(word), None if at is None else at.astimezone(UTC), int(again))


def _alert(entry: Mapping[str, Any]) -> Alert:
    told = _told(entry["told"])
    if told.at is None:
        raise ValueError("an alert without an instant")
    return Alert(
        at=told.at,
        level=Level(entry["level"]),
        kind=Topic(entry["about"]),
        subject=str(entry["subject"]),
        text=str(entry["text"]),
        reason=str(entry["reason"]),
        told=told,
    )
