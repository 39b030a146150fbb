"""The trader's own view: notes with an end, one JSON line each in `<home>/state/notes.jsonl`.

A line is never changed. A withdrawal is a line too: it ends what was in force, and what earlier closes
have made of it stays as it is. A note is never lost without a word: a line that is damaged counts as a note
against risk, one that has gone counts until its end, and both are told.
"""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.core.market import Note
from assistant.core.regime import Stance
from assistant.errors import AssistantError
from assistant.outputs.files import json_of, read_file, sync_folder

STANCES = {Stance.RISK_ON: 1, Stance.NEUTRAL: 0, Stance.RISK_OFF: -1}
LONGEST = timedelta(days=366)  # a view that is older is no view
_LARGEST = 200  # characters of a reason
_NO_START = datetime.min.replace(tzinfo=UTC)
_MEND = "`note clear` ends it"


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
    if Notes(home).read()[-1:] != (note,):
        raise _not_taken(home)
    return note


def withdraw(home: Path, last: date, now: datetime) -> int:
    """End all notes after the close of session `last`; return how many. `now` (UTC) is put on record.

    It is put there also where the file holds none: the record of an account may remember one.
    """
    ended = [note for note in Notes(home).read() if note.until > last]
    _append(notes_path(home), {"at": _instant(now), "ended": last.isoformat()})
    if any(note.until > last for note in Notes(home).read()):
        raise _not_taken(home)
    return len(ended)


def _not_taken(home: Path) -> AssistantError:
    return AssistantError(f"{notes_path(home)} does not hold what was written to it; look at its last line")


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a file of notes holds."""

    notes: tuple[Note, ...] = ()  # in the order of the lines, damaged ones among them
    ended: tuple[tuple[datetime, date], ...] = ()  # withdrawals: instant (UTC), last session
    newest: datetime = _NO_START  # UTC; the last instant that stands in it


class Notes:
    """The notes of one home; the file is read anew only when it has changed."""

    def __init__(self, home: Path) -> None:
        """Take the home; the file need not be there."""
        self._path = notes_path(home)
        self._stamp: tuple[int, int] | None = None
        self._contents: _Contents | None = None  # as they were read last
        self._known: dict[tuple[int, date, str], tuple[Note, datetime]] = {}  # and when they were (UTC)
        self._half = b""  # a content whose last line may still be being written
        self._fault: str | None = None  # why the file cannot be read now
        self._lost: tuple[Note, ...] = ()  # that are not in the file any more
        self._read: tuple[Note, ...] = ()

    def remember(self, notes: Iterable[Note], at: datetime) -> None:
        """Hold on to notes that were in force at an instant (UTC): one that the file lacks counts on."""
        for note in notes:
            if note.until - note.first <= LONGEST:  # else it stood for a damaged line, which may be mended
                self._known[_name(note)] = note, at
        self._combine()

    def read(self) -> tuple[Note, ...]:
        """Return all notes in the order they were written; a damaged line is one against risk.

        A last line without its end is looked at twice: somebody may be writing it.
        """
        try:
            stamp, content = self._look()
        except OSError as error:
            fault = f"{self._path} cannot be read: {error.strerror or error}"
            if fault != self._fault:
                self._fault = fault
                self._combine()
            return self._read
        if content and not content.endswith(b"\n") and self._contents and content != self._half:
            self._half = content
            return self._read
        if content is not None or self._fault is not None:
            self._stamp, self._half, self._fault = stamp, b"", None
            if content is not None:
                before, self._contents = self._contents, _parsed(content, self._path.name)
                self.remember(before.notes if before else (), before.newest if before else _NO_START)
            self._combine()
        return self._read

    def problems(self, last: date | None) -> tuple[str, ...]:
        """Return what is wrong with the notes that count after session `last`, one sentence each."""
        after = last or date.min
        told = [] if self._fault is None else [f"{self._fault}; {self._stand_in()}"]
        damaged = (note for note in self._contents.notes if note.until == date.max) if self._contents else ()
        told += [f"{note.why}: it counts as a note against risk; mend it, or {_MEND}" for note in damaged]
        told += [
            f"the note {note.why!r} of {note.first} is not in {self._path.name} any more; it counts to the "
            f"close of {note.until}, {_MEND}"
            for note in self._lost
            if note.until > after
        ]
        return tuple(told)

    def _stand_in(self) -> str:
        return "it counts as a note against risk" if self._contents is None else "the notes stay as they were"

    def _look(self) -> tuple[tuple[int, int] | None, bytes | None]:
        """Return the stamp of the file and, where it has changed, its content: b"" where there is none."""
        try:
            info = self._path.stat()
            stamp = info.st_mtime_ns, info.st_size
            return stamp, read_file(self._path) if stamp != self._stamp else None
        except FileNotFoundError:
            return None, b"" if self._contents is None or self._stamp is not None else None

    def _combine(self) -> None:
        """Put together what counts: lost notes are older than those in the file."""
        contents = self._contents or _Contents()
        there = {_name(note) for note in contents.notes}
        self._lost = tuple(
            replace(note, until=min([note.until, *(last for at, last in contents.ended if at > since)]))
            for name, (note, since) in self._known.items()
            if name not in there
        )
        unread = self._contents is None and self._fault is not None
        self._read = (*self._lost, *contents.notes, *([_against(self._fault or "")] if unread else []))


def _name(note: Note) -> tuple[int, date, str]:
    """Return what makes two notes the same: an end may have come since."""
    return note.stance, note.first, note.why


def _against(why: str) -> Note:
    """Return the note against risk that stands for what cannot be read."""
    return Note(-1, date.min, date.max, why)


def _parsed(content: bytes, name: str) -> _Contents:
    notes: list[Note] = []
    ended: list[tuple[datetime, date]] = []
    newest = _NO_START
    lines = content.decode("utf-8-sig", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = json_of(line)
            at = _written_at(fields)
            if "ended" in fields:
                last = date.fromisoformat(fields["ended"])
                notes = [replace(note, until=min(note.until, last)) for note in notes]
                ended.append((at, last))
            else:
                notes.append(_note(fields))
            newest = max(newest, at)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            notes.append(_against(f"line {number} of {name} is damaged"))
    return _Contents(tuple(notes), tuple(ended), newest)


def _written_at(fields: Mapping[str, Any]) -> datetime:
    """Return when a line was written (UTC); one added by hand need not say so."""
    at = datetime.fromisoformat(fields.get("at", _NO_START.isoformat()))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _note(fields: Mapping[str, Any]) -> Note:
    first, until = date.fromisoformat(fields["first"]), date.fromisoformat(fields["until"])
    if not timedelta(0) <= until - first <= LONGEST:
        raise ValueError(f"until was {until}, first {first}; expected at most {LONGEST.days} days between")
    return Note(STANCES[Stance(fields["stance"].upper())], first, until, str(fields["why"]))


def _instant(now: datetime) -> str:
    return now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _append(path: Path, fields: Mapping[str, Any]) -> None:
    """Add one line, after the end of the last one: that may be torn, or saved without its line end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        with path.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            torn = file.read(1) not in (b"", b"\n")
            file.write((b"\n" if torn else b"") + (json.dumps(fields) + "\n").encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            sync_folder(path.parent)
    except OSError as error:
        raise AssistantError(f"{path} cannot be written: {error.strerror or error}") from None
