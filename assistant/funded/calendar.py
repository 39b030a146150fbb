"""News from files: `<Common>/Files/BreadthAssistant/calendar.csv` and `<home>/config/news.csv`.

The terminal's side writes the one, the trader the other; docs/funded-rules.md is their format in words. All
releases of both count, for a release too many only costs minutes. How old they are is told by their last
line, `# as of`, which a file that was cut short does not have; the time of the file itself tells nothing.
"""

import csv
import errno
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path

from assistant.core.market import Unknown
from assistant.core.news import AHEAD, EVERY
from assistant.core.snapshot import Calendar, Impact, Release

LARGEST = 2_000_000  # bytes; two weeks of every release in the world are about 100,000
HEADER = "time_utc,currency,impact,title"
_TERMINALS = "calendar.csv"  # the terminal's side writes it
_VERSION = "1"
_FIRST = re.compile(r"#\s*breadth-assistant calendar\b\s*(\S*)")
_AS_OF = re.compile(r"#\s*as of\b\s*(.*)")
_INSTANT = re.compile(r"20\d{2}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_IMPACTS = {str(one): one for one in Impact}
_HOLIDAY = "holiday"  # nothing is released
_TITLE = 100  # characters of a title that are kept
_COLUMNS = 4
_DELIMITERS = ",;"  # that which stands first in a file is its own
_Stamp = tuple[int, int]  # when a file was changed, in ns, and its bytes
_UNREAD: _Stamp = (-1, -1)  # of a file that could not be read: the next look tries again
_SHOWN = 3  # lines of a file that are complained of one by one
_AN_INSTANT = "an instant in UTC such as 2026-12-04T13:30:00Z"


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds."""

    releases: tuple[Release, ...] = ()
    as_of: datetime | None = None  # UTC, when these were all that was known; None: it does not say so
    problems: tuple[str, ...] = ()  # one sentence each


def parse(data: bytes, where: str) -> Content:
    """Return what a file holds; each complaint begins with `where`.

    A line that names an instant is a release, whatever else is wrong with it: its impact is then high, or
    its currency all of them.
    """
    lines = [line.strip() for line in _text(data).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    head = _FIRST.match(lines[0]) if lines else None
    if head and head[1].rstrip(",;") != _VERSION:
        told = f"{where} is of version {_short(head[1])}; expected {_VERSION}"
        return Content(problems=(told,))
    releases: list[Release] = []
    wrong: list[str] = []
    as_of = None
    for number, line, complaint in _read(lines, releases):
        told = complaint
        if found := _AS_OF.match(line):
            as_of = _instant(found[1].rstrip(",; \t")) if number == len(lines) else None
            told = "" if as_of else f"expected # as of with {_AN_INSTANT} in the last line, and only there"
        if told:
            wrong.append(f"{where} line {number} was {_short(line)}; {told}")
    if not releases:
        wrong.append(f"{where} holds no release; expected one at least")
    return Content(tuple(releases), as_of if releases else None, tuple(_few(wrong, where)))


def _text(data: bytes) -> str:
    """Decode UTF-16 by its mark, else UTF-8; a letter in neither becomes a question mark in a title."""
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(coding, errors="replace")


def _read(lines: list[str], into: list[Release]) -> Iterator[tuple[int, str, str]]:
    """Put the releases of a file into a list; yield number and text of all other lines, with a complaint."""
    delimiter, begun = ",", False
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        if line.startswith("#"):
            yield number, line, ""
            continue
        if not begun:
            begun = True
            plain = "".join(line.replace('"', "").lower().split())
            delimiter = next((one for one in plain if one in _DELIMITERS), ",")
            if plain.replace(";", ",") == HEADER:
                continue
            yield number, line, f"expected {HEADER} above the first release"
        release, complaint = _release(_fields(line, delimiter))
        if release:
            into.append(release)
        if complaint:
            yield number, line, complaint


def _fields(line: str, delimiter: str) -> list[str]:
    """Return time, currency, impact and title of a line; the title takes what is more, commas for example."""
    if '"' in line:
        try:
            fields = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error:  # a quote that is only a quote
            fields = line.split(delimiter)
        line_fields = [*fields[: _COLUMNS - 1], delimiter.join(fields[_COLUMNS - 1 :])]
    else:
        line_fields = line.split(delimiter, _COLUMNS - 1)
    return [*map(str.strip, line_fields), *[""] * (_COLUMNS - len(line_fields))]


def _release(fields: list[str]) -> tuple[Release | None, str]:
    """Return the release in a line, None: there is none; and what is wrong, if anything."""
    time, currency, impact, title = fields
    if impact.lower() == _HOLIDAY:
        return None, ""
    at = _instant(time)
    if at is None:
        return None, f"expected {_AN_INSTANT}, currency, impact, title; it is passed over"
    complaint = ""
    if not _CURRENCY.fullmatch(currency := currency.upper()):
        currency, complaint = EVERY, "expected a currency such as USD; it counts for all"
    if (graded := _IMPACTS.get(impact.lower())) is None:
        graded, complaint = Impact.HIGH, "expected an impact, low for example; it counts as high"
    return Release(at, currency, graded, _clean(title) or "(no title)"), complaint


def _clean(title: str) -> str:
    """Return the beginning of a title, without what a console would take for something else."""
    shown = title if title.isprintable() else "".join(one if one.isprintable() else " " for one in title)
    return " ".join(shown.split())[:_TITLE]


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else None
    except ValueError:
        return None


def _short(text: str) -> str:
    """Return the beginning of what was there, on one line."""
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004 -- one line stays one line


def _few(complaints: list[str], where: str) -> Iterator[str]:
    yield from complaints[:_SHOWN]
    if len(complaints) > _SHOWN:
        yield f"{where}: {len(complaints) - _SHOWN} more complaints"


class _File:
    """One file, read again when it has changed. What it held when it was last whole counts on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.content = Content()
        self._name = str(path)
        self._stamp: _Stamp | None = None  # of what was read last; None: it was not there
        self._whole = Content()

    def look(self) -> bool:
        """Read the file if it has changed; return whether that made a difference."""
        try:
            stamp = self._stat()
            if stamp == self._stamp:
                return False
            read = self._read() if stamp else Content(problems=self._gone())
        except OSError as error:
            told = f"{self._name} cannot be read: {error.strerror or error}"
            stamp, read = _UNREAD, Content(problems=(told,))
        before, self._stamp, self.content = self.content, stamp, self._with_whole(read)
        return self.content != before

    def _stat(self) -> _Stamp | None:
        try:
            found = os.stat(self._name)  # noqa: PTH116 -- three times as quick as a Path, and once a cycle
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):  # whoever opens a pipe waits for a writer
            raise OSError(errno.EINVAL, "it is no file")
        return found.st_mtime_ns, found.st_size

    def _read(self) -> Content:
        with self.path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            return Content(problems=(f"{self._name} is larger than {LARGEST} bytes; it is not read",))
        return parse(data, self._name)

    def _gone(self) -> tuple[str, ...]:
        return (f"{self._name} has gone",) if self._whole.as_of else ()

    def _with_whole(self, read: Content) -> Content:
        """Return what was read; where that is not whole, as while it is written, with what stood before."""
        if read.as_of:
            self._whole = read
            return read
        before = self._whole
        if before.as_of is None:
            return read
        kept = f"{self._name}: what it held as of {before.as_of:%Y-%m-%d %H:%M} UTC counts on"
        return Content((*before.releases, *read.releases), before.as_of, (*read.problems, kept))


class Calendars:
    """The news of one home and one terminal: what both files hold, together."""

    def __init__(self, home: Path) -> None:
        """Take the home; neither file need be there."""
        self.problems: tuple[str, ...] = ()  # what is wrong with the files as read last, one sentence each
        self._files = [_File(home / "config" / "news.csv")]
        self._common: str | None = None
        self._newest: datetime | None = None
        self._made: Calendar | Unknown | None = None

    def read(self, common_folder: str, now: datetime) -> Calendar | Unknown:
        """Return all releases that are known, as of the newer file that is whole; the same until one changes.

        `common_folder` is the terminal's commondata_path, `now` is UTC. Unknown where neither file is whole.
        Whether what is returned is young enough is for core/news.fresh to say.
        """
        if common_folder != self._common:
            self._common, self._made, self._files = common_folder, None, self._files[:1]
            if Path(common_folder).is_absolute():  # else it is none on this machine, as behind a bridge
                path = Path(common_folder) / "Files" / "BreadthAssistant" / _TERMINALS
                self._files.append(_File(path))
        files = self._files
        read = [file.look() for file in files]
        whole = [file for file in files if file.content.as_of and file.content.as_of <= now + AHEAD]
        newest = max((file.content.as_of for file in whole if file.content.as_of), default=None)
        if self._made is None or any(read) or newest != self._newest:
            self._newest = newest
            self._made = _together(files, newest)
            self.problems = tuple(_problems(files, whole))
        return self._made

    def doubted(self, common_folder: str, now: datetime) -> Calendar | Unknown:
        """Return the same with what is wrong with the files; where none is whole, why in their words."""
        calendar = self.read(common_folder, now)
        if not self.problems:
            return calendar
        if isinstance(calendar, Calendar):
            return replace(calendar, doubts=self.problems)
        return Unknown(f"no calendar: {self.problems[0]}")


def _together(files: list[_File], newest: datetime | None) -> Calendar | Unknown:
    """Merge files as of the newest of them that is whole; None: no file is."""
    if newest is None:
        return Unknown(f"no calendar: {' and '.join(str(file.path) for file in files)} hold none")
    with_releases = [file for file in files if file.content.releases]
    with_releases.sort(key=lambda file: file.content.as_of != newest)
    releases = dict.fromkeys(one for file in with_releases for one in file.content.releases)
    source = " with ".join(file.path.name for file in with_releases)
    return Calendar(tuple(sorted(releases, key=attrgetter("at"))), newest, source)


def _problems(files: list[_File], whole: list[_File]) -> Iterator[str]:
    """Say what is wrong with the files."""
    for file in files:
        yield from file.content.problems
        cut = file.content.releases and not file.content.as_of
        if cut and (not whole or file.path.name == _TERMINALS):  # the trader's may be an addition
            yield f"{file.path} does not end with # as of, so that it may be incomplete"
        if file.content.as_of and file not in whole:
            told = f"{file.path} is as of {file.content.as_of:%Y-%m-%d %H:%M} UTC, which is still to come"
            yield f"{told}; expected the instant of its writing, in UTC"
