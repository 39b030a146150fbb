"""The journal: JSON lines, one file a UTC date and login, flushed entry by entry.

It has one writer, the holder of the login's lock. Entries that move anchors are forced to the disk before
the program goes on. Each line ends with the CRC-32 of what stands before it, `,"crc":"0a1b2c3d"}`: what a
disk has changed since is never taken for what was written. Lines of before there were any are taken as they
stand. A last line that a crash left torn is taken out on the next start and kept in an entry; a line that is
damaged stays, and is told. Where entries could not be written, an entry says so as soon as one can be; so
it does where the file was deleted, replaced or cut while the run went on, and a new one holds nothing yet.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any
from zlib import crc32

from assistant.errors import JournalError
from assistant.outputs.files import json_of, locked, read_file, short, sync_folder

# Kinds that move anchors, or that a restart reads back.
DURABLE = frozenset(
    {
        *("start", "account", "alert", "closes", "context", "deal", "handed", "intraday", "marks", "repair"),
        *("told", "track"),
    }
)
LONGEST = 500_000_000  # bytes of a day; a busy one has some megabytes
_SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"\}')
_SEALED = 18  # bytes of a seal
_TORN = 1000  # characters that are kept of what was cut off: a power failure may leave a block of zeros


class Journal:
    """Append entries for one login; a new UTC date opens a new file."""

    def __init__(self, folder: Path, login: int, name: str = "journal") -> None:
        """Take the folder and the login; a file is opened with the first entry."""
        self._folder = folder
        self._login = login
        self._name = name
        self._day: date | None = None
        self._file: IO[bytes] | None = None
        self._hole: dict[str, Any] | None = None  # since when how many entries could not be written, and why
        self._end: int | None = None  # bytes of the file as this run left it; None: it has none
        self._identity = (0, 0)  # of that file: device and number
        self._gone: list[dict[str, Any]] = []  # files of this run that were lost, not on record yet
        self._losses = 0
        self.path = folder  # of the file written last, or the folder before that
        self.problems: tuple[str, ...] = ()  # what is damaged or lost, a sentence each

    def write(self, at: datetime, kind: str, fields: Mapping[str, Any]) -> None:
        """Append one entry of an instant (UTC); JournalError where it is not on record afterwards."""
        self.write_all(at, [(kind, fields)])

    def write_all(self, at: datetime, entries: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        """Append entries of an instant (UTC), kind and fields, and wait for the disk once at most.

        JournalError where not all of them are on record afterwards.
        """
        if not entries:
            return
        try:
            self._look()
            if self._file is None or self._day != at.date():
                self._open(at)
            while self._gone:
                self._append(at, "repair", self._gone[0])
                del self._gone[0]
            if self._hole is not None:
                self._append(at, "hole", self._hole)
                self._hole = None
            for kind, fields in entries:
                self._append(at, kind, fields)
            if any(kind in DURABLE for kind, _ in entries):
                self._sync()
        except (OSError, ValueError, TypeError) as error:
            self.close()
            if isinstance(error, OSError):
                hole = self._hole or {"since": _iso(at), "entries": 0}
                self._hole = {**hole, "entries": hole["entries"] + 1, "why": error.strerror or str(error)}
            raise JournalError(f"{self.path}: {error}") from error

    def losses(self) -> int:
        """Return how often what this run has written was lost: its file deleted, replaced or cut.

        After one more, nothing that was written before is on record.
        """
        self._look()
        return self._losses

    def _look(self) -> None:
        """See whether the file is still the one that this run has written."""
        if self._end is None:
            return
        try:
            found = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            found = None
        except OSError:
            return  # it is not known: whether it can be written will show
        # Windows lets nobody replace or cut a file that is open
        same = found and (sys.platform == "win32" or (found.st_dev, found.st_ino) == self._identity)
        if found and same and found.st_size >= self._end:
            return
        self.close()
        self._end = None
        self._losses += 1
        self._gone.append({"file": self.path.name, "gone": True})
        was = f"{self.path.name} was deleted, replaced or cut while the run went on"
        told = f"{was}: what it held is lost, what stands is written anew"
        self.problems = tuple(dict.fromkeys((*self.problems, told)))

    def close(self) -> None:
        """Close the file; the next entry opens it again."""
        if self._file is not None:
            with suppress(OSError):  # what could not be flushed was reported when it was written
                self._file.close()
        self._file = None

    def _open(self, at: datetime) -> None:
        self.close()
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True)
            sync_folder(self._folder.parent)
        stem = f"{self._name}_{self._login}"
        self.path = self._folder / f"{stem}_{at.date().isoformat()}.jsonl"
        latest = max(self._folder.glob(f"{stem}_*.jsonl"), default=self.path)  # a crash may lie days back
        found = [entry for path in sorted({latest, self.path}) for entry in self._repairs(path)]
        new = not self.path.exists()
        self._file = self.path.open("ab")
        if new:
            sync_folder(self._folder)
        self._day = at.date()
        opened = os.fstat(self._file.fileno())
        self._identity, self._end = (opened.st_dev, opened.st_ino), self._file.tell()
        for entry in found:
            self._append(at, "repair", entry)
        if found:
            self._sync()

    def _repairs(self, path: Path) -> Iterator[dict[str, Any]]:
        """Mend what can be mended of a file, and yield what the journal has to say of it."""
        if not path.exists():
            return
        torn = repair(path)
        if torn:
            text = short(torn.decode("utf-8", "replace"), _TORN)
            yield {"file": path.name, "bytes": len(torn), "text": text}
        if self._day is not None:
            return  # this run has written it
        lines, told = damaged(read_file(path, LONGEST))
        if lines:
            named = ", ".join(map(str, lines[:5])) + (" ..." if len(lines) > 5 else "")  # noqa: PLR2004 -- one line
            was = f"{path.name}: what was written in line {named} has been damaged since"
            self.problems = tuple(dict.fromkeys((*self.problems, f"{was}; it is passed over")))  # tried again
        if not told.issuperset(lines):
            yield {"file": path.name, "lines": lines}

    def _append(self, at: datetime, kind: str, fields: Mapping[str, Any]) -> None:
        assert self._file is not None  # noqa: S101 -- both callers have opened it
        entry = dict(at=_iso(at), kind=kind, **fields)  # no field hides these two
        self._file.write(sealed(json.dumps(entry, separators=(",", ":"), allow_nan=False).encode()))
        self._file.flush()
        self._end = self._file.tell()

    def _sync(self) -> None:
        """Wait until all that was appended is on the disk."""
        assert self._file is not None  # noqa: S101 -- both callers have opened it
        os.fsync(self._file.fileno())


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def sealed(entry: bytes) -> bytes:
    """Return the line of an entry, which is a JSON object with one key at least."""
    body = entry[:-1]
    return b'%b,"crc":"%08x"}\n' % (body, crc32(body))


def entry_of(line: bytes) -> dict[str, Any]:
    """Return the entry in a line; ValueError where it is none, or is not as it was written."""
    if not sealed_well(line):
        raise ValueError("it is not as it was written")
    entry = json_of(line)
    if not isinstance(entry, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 -- of what was read, not of a call
    entry.pop("crc", None)
    return entry


def sealed_well(line: bytes, otherwise: bool = True) -> bool:
    """Whether a line is as it was written, by its checksum; `otherwise` where it has none."""
    mark = _SEAL.fullmatch(line, max(0, len(line) - _SEALED))
    return otherwise if mark is None else int(mark[1], 16) == crc32(line[:-_SEALED])


def damaged(content: bytes) -> tuple[list[int], set[int]]:
    """Return the numbers of the lines that are no entries, and those of which the same file says so."""
    found: list[int] = []
    told: set[int] = set()
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            if sealed_well(line, otherwise=False) and b'"kind":"repair"' not in line:
                continue  # thousands: JSON that was written here, and is as it was
            entry = entry_of(line)
        except ValueError:
            found.append(number)
            continue
        if isinstance(lines := entry.get("lines"), list):
            told.update(one for one in lines if isinstance(one, int))
    return found, told


def repair(path: Path) -> bytes:
    """Cut a torn last line off a journal and return it; empty where the file is whole or absent.

    A line that lacks nothing but its end gets that.
    """
    if not path.exists():
        return b""
    content = read_file(path, LONGEST)
    end = content.rfind(b"\n") + 1
    torn = content[end:]
    if torn:
        whole = sealed_well(torn, otherwise=False)
        with path.open("r+b") as file:
            if whole:
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
            else:
                file.truncate(end)
            file.flush()
            os.fsync(file.fileno())
        return b"" if whole else torn
    return torn


def read_journal(path: Path) -> list[dict[str, Any]]:
    """Return the entries of one file, oldest first; JournalError names the line that is not one."""
    entries = []
    for number, line in enumerate(read_file(path, LONGEST).splitlines(), 1):
        try:
            entries.append(entry_of(line))
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
