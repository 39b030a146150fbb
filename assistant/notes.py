"""The trader's own view: notes with an end, one JSON line each in `<home>/state/notes.jsonl`.

A line is never changed. A withdrawal is a line too: it ends what was in force, and what earlier closes
have made of it stays as it is.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.core.market import Note
from assistant.core.regime import Stance
from assistant.errors import AssistantError

STANCES = {Stance.RISK_ON: 1, Stance.NEUTRAL: 0, Stance.RISK_OFF: -1}
LONGEST = timedelta(days=366)  # a view that is older is no view
_LARGEST = 200  # characters of a reason


def notes_path(home: Path) -> Path:
    """Return where the notes of a home lie."""
    return home / "state" / "notes.jsonl"


def write_note(home: Path, stance: Stance, first: date, until: date, why: str, now: datetime) -> Note:
    """Add a note that counts from the close of session `first` to that of `until`.

    `now` (UTC) is put on record. AssistantError where it cannot be, or the dates or the reason do not fit.
    """
    if until < first:
        raise AssistantError(f"--until was {until}; expected {first}, the next session to close, or later")
    if until - first > LONGEST:
        raise AssistantError(f"--until was {until}; expected at most {LONGEST.days} days from {first}")
    reason = " ".join(why.split())
    if not reason or len(reason) > _LARGEST:
        raise AssistantError(f"--why had {len(reason)} characters; expected 1 to {_LARGEST}")
    note = Note(STANCES[stance], first, until, reason)
    fields = {"stance": stance.value, "first": first.isoformat(), "until": until.isoformat(), "why": reason}
    _append(notes_path(home), {"at": _instant(now), **fields})
    return note


def withdraw(home: Path, last: date, now: datetime) -> int:
    """End all notes after the close of session `last`; return how many. `now` (UTC) is put on record."""
    ended = [note for note in Notes(home).read() if note.until > last]
    if ended:
        _append(notes_path(home), {"at": _instant(now), "ended": last.isoformat()})
    return len(ended)


class Notes:
    """The notes of one home; the file is read anew only when it has changed."""

    def __init__(self, home: Path) -> None:
        """Take the home; the file need not be there."""
        self._path = notes_path(home)
        self._stamp: tuple[int, int] | None = None
        self._read: tuple[Note, ...] = ()

    def read(self) -> tuple[Note, ...]:
        """Return all notes in the order they were written; a line that is none is passed over."""
        try:
            info = self._path.stat()
            stamp = (info.st_mtime_ns, info.st_size)
            if stamp != self._stamp:
                self._read = tuple(_notes(self._path.read_text(encoding="utf-8", errors="replace")))
                self._stamp = stamp
        except FileNotFoundError:
            self._stamp, self._read = None, ()
        except OSError:
            pass  # what was read last stays in force
        return self._read


def _notes(text: str) -> Iterator[Note]:
    notes: list[Note] = []
    for line in text.splitlines():
        try:
            fields = json.loads(line)
            if "ended" in fields:
                last = date.fromisoformat(fields["ended"])
                notes = [replace(note, until=min(note.until, last)) for note in notes]
            else:
                stance = STANCES[Stance(fields["stance"])]
                first, until = date.fromisoformat(fields["first"]), date.fromisoformat(fields["until"])
                notes.append(Note(stance, first, until, str(fields["why"])))
        except (ValueError, KeyError, TypeError):
            continue
    return iter(notes)


def _instant(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _append(path: Path, fields: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write((json.dumps(fields) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise AssistantError(f"{path} cannot be written: {error.strerror or error}") from None
