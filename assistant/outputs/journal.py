"""The journal: JSON lines, one file a UTC date and login, flushed entry by entry.

It has one writer, the holder of the login's lock. Entries that move anchors are forced to the disk before
the program goes on. A last line that a crash left torn is taken out on the next start and kept in an entry.
"""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from assistant.errors import JournalError
from assistant.outputs.files import locked

# Kinds that move anchors, or that a restart reads back.
DURABLE = frozenset(
    {"start", "account", "alert", "closes", "context", "deal", "intraday", "marks", "repair", "told", "track"}
)


class Journal:
    """Append entries for one login; a new UTC date opens a new file."""

    def __init__(self, folder: Path, login: int, name: str = "journal") -> None:
        """Take the folder and the login; a file is opened with the first entry."""
        self._folder = folder
        self._login = login
        self._name = name
        self._day: date | None = None
        self._file: IO[bytes] | None = None
        self.path = folder  # of the file written last, or the folder before that

    def write(self, at: datetime, kind: str, fields: Mapping[str, Any]) -> None:
        """Append one entry of an instant (UTC); JournalError where it is not on record afterwards."""
        try:
            if self._file is None or self._day != at.date() or not self.path.exists():  # deleted: lost
                self._open(at)
            self._append(at, kind, fields)
        except (OSError, ValueError, TypeError) as error:
            self.close()
            raise JournalError(f"{self.path}: {error}") from error

    def close(self) -> None:
        """Close the file; the next entry opens it again."""
        if self._file is not None:
            with suppress(OSError):  # what could not be flushed was reported when it was written
                self._file.close()
        self._file = None

    def _open(self, at: datetime) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        stem = f"{self._name}_{self._login}"
        self.path = self._folder / f"{stem}_{at.date().isoformat()}.jsonl"
        latest = max(self._folder.glob(f"{stem}_*.jsonl"), default=self.path)  # a crash may lie days back
        torn = {path.name: repair(path) for path in sorted({latest, self.path})}
        self._file = self.path.open("ab")
        self._day = at.date()
        for name, line in torn.items():
            if line:
                text = line.decode("utf-8", "replace")
                self._append(at, "repair", {"file": name, "bytes": len(line), "text": text})

    def _append(self, at: datetime, kind: str, fields: Mapping[str, Any]) -> None:
        assert self._file is not None  # noqa: S101 -- both callers have opened it
        entry = dict(
            at=at.isoformat().replace("+00:00", "Z"), kind=kind, **fields
        )  # no field hides these two
        self._file.write((json.dumps(entry, separators=(",", ":"), allow_nan=False) + "\n").encode())
        self._file.flush()
        if kind in DURABLE:
            os.fsync(self._file.fileno())


def repair(path: Path) -> bytes:
    """Cut a torn last line off a journal and return it; empty where the file is whole or absent."""
    if not path.exists():
        return b""
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    torn = content[end:]
    if torn:
        with path.open("r+b") as file:
            file.truncate(end)
            file.flush()
            os.fsync(file.fileno())
    return torn


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Return the entries of one file, oldest first; JournalError names the line that is not one."""
    entries = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            entries.append(json.loads(line))
        except ValueError:
            raise JournalError(f"{path} line {number} is not a journal entry") from None
    return entries


def record_check(home: Path, login: int, at: datetime, fields: Mapping[str, Any]) -> Path:
    """Append one check to a file of its own, which any process may write; JournalError where that fails."""
    journal = Journal(home / "logs", login, "checks")
    try:
        (home / "state").mkdir(parents=True, exist_ok=True)
        with locked(home / "state" / f"checks_{login}.lock", seconds=2):
            journal.write(at, "check", fields)
            journal.close()
    except OSError as error:
        raise JournalError(f"checks of {login}: {error}") from error
    return journal.path
