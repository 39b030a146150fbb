"""The lines of a journal for those who look back: each as it was written, and word of those that are not."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from assistant.outputs.files import read_file
from assistant.outputs.journal import LONGEST, entry_of, sealed_well

_NAME = re.compile(r"(journal|checks)_(\d{1,19})_(\d{4}-\d{2}-\d{2})\.jsonl")
_FEW = 3  # lines of a file that are named, of each sort; of the others their number is told


class Missing:
    """What a record lacks, a sentence each."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._said: dict[str, None] = {}  # in this order, once each
        self._lines: dict[tuple[str, str], int] = {}  # file, and what is wrong with so many of its lines

    def say(self, sentence: str) -> None:
        """Tell something."""
        self._said[sentence] = None

    def line(self, path: Path, number: int, why: str, detail: str = "") -> None:
        """Tell that a line of a file (1: the first) was passed over, why, and what of it decided."""
        count = self._lines[path.name, why] = self._lines.get((path.name, why), 0) + 1
        if count <= _FEW:
            more = f" ({detail})" if detail else ""
            self.say(f"line {number} of {path.name}: {why}{more}; passed over")

    @property
    def told(self) -> tuple[str, ...]:
        """All of it."""
        more = (
            f"{count - _FEW} more of {name}: {why}; passed over"
            for (name, why), count in self._lines.items()
            if count > _FEW
        )
        return (*self._said, *more)


def journal_path(folder: Path, login: int, day: date, name: str = "journal") -> Path:
    """Return where the journal of a UTC date lies."""
    return folder / f"{name}_{login}_{day.isoformat()}.jsonl"


def journals(folder: Path, login: int | None = None) -> Iterator[tuple[int, date, Path]]:
    """Yield login, UTC date and path of each journal in a folder, of one login or of all."""
    try:
        found = list(folder.glob(f"journal_{'*' if login is None else login}_*.jsonl"))
    except OSError:
        return
    for path in found:
        match = _NAME.fullmatch(path.name)
        try:
            if match and str(int(match[2])) == match[2]:
                yield int(match[2]), date.fromisoformat(match[3]), path
        except ValueError:  # no date: 2018-02-30
            continue


def content_of(path: Path, missing: Missing) -> bytes:
    """Return what a file holds; nothing where it is not there, or cannot be read: that is told."""
    try:
        return read_file(path, LONGEST)
    except FileNotFoundError:
        return b""
    except OSError as error:
        missing.say(f"{path.name} cannot be read: {error.strerror or error}")
        return b""


def entries_of(path: Path, missing: Missing) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number (1: the first) and entry of each line of a file; what is damaged is told.

    After the first line that bears a checksum each must bear one.
    """
    content = content_of(path, missing)
    sealed, start, number = False, 0, 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        number += 1
        line = content[start:end]
        start = end + 1
        try:
            sealed = sealed_well(line, otherwise=False) or sealed
            entry = entry_in(line, sealed=sealed)
        except ValueError:
            torn = end == len(content)
            missing.line(path, number, "torn" if torn else "damaged since it was written")
            continue
        yield number, entry


def entry_in(line: bytes, *, sealed: bool = False) -> dict[str, Any]:
    """Return the entry in a line; ValueError where it is none, or is not as it was written.

    A line without a checksum is of a version before there were any; with `sealed` it is none.
    """
    if sealed_well(line, otherwise=False):
        entry = orjson.loads(line)
        if not isinstance(entry, dict):
            raise ValueError("it is no JSON object")
        return entry
    if sealed or b'"crc"' in line:
        raise ValueError("its checksum is damaged or missing")
    return entry_of(line)
