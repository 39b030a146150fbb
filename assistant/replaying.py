"""A recorded day computed again: each advice from the inputs on record, compared to the last digit."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from zlib import crc32

from assistant import __version__
from assistant.clock import steady
from assistant.core.advice import Advice, advise
from assistant.errors import AssistantError
from assistant.outputs.advice import advice_document
from assistant.outputs.fields import Document, instant
from assistant.outputs.files import read_file, short
from assistant.outputs.journal import LONGEST, entry_of
from assistant.outputs.looking import LOOK
from assistant.outputs.looks import DAMAGED, Entry, Stream, inputs
from assistant.outputs.record import shown_of
from assistant.outputs.state import state_bytes

_MOST = 5  # damaged lines that are named
_NO_NUMBER = 2**53  # no look has so high a one

Progress = Callable[[int], None]  # told how many bytes of the journal have been gone through


@dataclass(frozen=True, slots=True)
class Difference:
    """Where an advice, computed again, is not the one on record."""

    since: datetime  # UTC, of the first look that may be it
    at: datetime  # UTC, of the last one
    what: str


@dataclass(slots=True)
class Replayed:
    """What came of a replay."""

    login: int
    day: date  # UTC
    advices: int = 0  # that were computed again and are identical
    begin: datetime | None = None  # UTC, of the first one
    end: datetime | None = None  # UTC, of the last one
    recorded: timedelta = timedelta()  # from look to look
    took: float = 0.0  # seconds
    versions: list[str] = field(default_factory=list)  # of the assistants that recorded it
    difference: Difference | None = None  # the first one; the replay ends with it
    problems: list[str] = field(default_factory=list)  # what could not be replayed, a sentence each
    lost: int = 0  # advices that cannot be computed again, as far as their numbers tell
    damaged: int = 0  # lines that cannot be read: what they held is not known

    @property
    def identical(self) -> bool:
        """Whether every advice of the journal was computed again and is the same."""
        return self.difference is None and self.advices > 0 and self.lost == self.damaged == 0

    @property
    def speed(self) -> float:
        """How many times as fast as it was recorded."""
        return self.recorded.total_seconds() / max(self.took, 1e-3)


def journal_of(home: Path, day: date, login: int | None) -> tuple[Path, int]:
    """Return the journal of a UTC date and its login; AssistantError where there is not one alone."""
    folder = home / "logs"
    found = {_login(path): path for path in sorted(folder.glob(f"journal_*_{day}.jsonl"))}
    if login is None and len(found) > 1:
        raise AssistantError(
            f"several logins have a journal of {day}: {_named(found)}; name one with --login"
        )
    wanted = login if login is not None else next(iter(found), None)
    if wanted is not None and wanted in found:
        return found[wanted], wanted
    whose = "" if login is None else f" of login {login}"
    stem = "journal_*" if login is None else f"journal_{login}"
    newest = max((path.stem.rpartition("_")[2] for path in folder.glob(f"{stem}_*.jsonl")), default=None)
    there = "there is none" if newest is None else f"the newest is of {newest}"
    raise AssistantError(f"no journal of {day}{whose} in {folder}: {there}")


def _login(path: Path) -> int:
    name = path.stem.split("_")[1]
    return int(name) if name.isdecimal() else -1


def _named(found: Mapping[int, Path]) -> str:
    return ", ".join(str(one) for one in sorted(found))


def replay(path: Path, login: int, day: date, progress: Progress) -> Replayed:
    """Compute a day again, up to its first difference; AssistantError where its file cannot be read."""
    try:
        content = read_file(path, LONGEST)
    except OSError as error:
        raise AssistantError(f"{path} cannot be read: {error.strerror or error}") from error
    begun, one = steady(), _Replay(Replayed(login, day))
    done, damaged = 0, list[int]()
    for number, line in enumerate(content.splitlines(keepends=True), 1):
        done += len(line)
        try:
            entry = entry_of(line.rstrip(b"\n"))
        except ValueError:
            damaged.append(number)
            continue
        one.take(entry)
        progress(done)
        if one.found.difference:
            break
    one.end()
    one.found.took, one.found.damaged = steady() - begun, len(damaged)
    if damaged:
        lines = ", ".join(map(str, damaged[:_MOST])) + (" ..." if len(damaged) > _MOST else "")
        what = f"line {lines} is" if len(damaged) == 1 else f"lines {lines} are"
        one.found.problems.insert(0, f"{path.name}: {what} damaged, and passed over")
    return one.found


class _Replay:
    """The entries of a journal, gone through one by one."""

    def __init__(self, found: Replayed) -> None:
        self.found = found
        self._stream = Stream()
        self._seq = 0  # of the last look
        self._lost: str | None = None  # why looks cannot be read
        self._passed = 0  # entries of those
        self._missing = 0  # looks that are not on record
        self._numbers = _Numbers()
        self._shown: list[tuple[int, Entry]] = []  # what the run put on record as shown, with its number

    def take(self, entry: Entry) -> None:
        """Take an entry in; a look is computed again."""
        kind = entry.get("kind")
        if isinstance(versions := entry.get("versions"), dict):  # a run, or a date of it, begins
            self._recorded_by(versions)
        if kind == "start":
            self._shown = []
            self._numbers.begin()
        elif kind == "stop":
            self._numbers.ended(entry.get("cycles"))
        elif kind == "advice" and type(entry.get("seq")) is int:
            self._shown.append((entry["seq"], entry))
        elif kind == "hole":
            why = short(f"{entry.get('entries')} entries could not be written: {entry.get('why')}")
            self.found.problems.append(f"from {short(str(entry.get('since')))} on {why}")
        elif kind == LOOK:
            try:
                self._look(entry)
            except DAMAGED as error:
                self._unread(entry, error)

    def end(self) -> None:
        """Say what could not be replayed."""
        self._lost_is_told()
        self._numbers.begin()
        self.found.lost = self._numbers.lost
        if self._missing:
            self.found.problems.append(f"{self._missing} looks between are not on record")
        others = [one for one in self.found.versions if one != __version__]
        if others:
            told = f"recorded by version {', '.join(others)}; this is {__version__}"
            self.found.problems.append(told)

    def _unread(self, entry: Entry, error: Exception) -> None:
        self._numbers.told(entry.get("seq"))
        if self._lost is None:
            why = short(f"{type(error).__name__}: {error}" if isinstance(error, LookupError) else str(error))
            self._lost = f"the look of {short(str(entry.get('at')), 40)} cannot be read ({why})"
        self._passed += 1

    def _lost_is_told(self) -> None:
        if self._lost is not None:
            more = f", and {self._passed - 1} entries after it" if self._passed > 1 else ""
            self.found.problems.append(f"{self._lost}{more}: not replayed")
        self._lost, self._passed = None, 0

    def _look(self, entry: Entry) -> None:
        """Compute the advices of an entry again, and compare them."""
        advices, computed = list[tuple[int, datetime, Advice]](), 0
        for seq, digest in self._stream.take(entry):
            fed, at = inputs(self._stream, seq), self._stream.at
            if "base" in entry:
                self._lost_is_told()
                self._recorded_by(fed.stamp.versions)
            try:
                advice, left = advise(fed.snapshot, fed.track, fed.settings, fed.faults)
                said = state_bytes(advice_document(advice, fed.stamp))
            except Exception as error:  # noqa: BLE001 -- inputs that were made up may fail in any way
                why = short(f"{type(error).__name__}: {error}")
                self.found.difference = Difference(at, at, f"it cannot be computed again ({why})")
                return
            self._stream.parts["track"] = left
            computed = crc32(said, computed)
            advices.append((seq, at, advice))
            if digest is not None and digest != computed:
                self.found.difference = self._differing(advices)
                return
        if advices:
            self._count(advices)

    def _recorded_by(self, versions: Mapping[str, str]) -> None:
        version = short(str(versions.get("assistant")))
        if version not in self.found.versions:
            self.found.versions.append(version)

    def _count(self, advices: Sequence[tuple[int, datetime, Advice]]) -> None:
        """Take in advices that are identical."""
        found, (first, begin, _), (last, end, _) = self.found, advices[0], advices[-1]
        self._numbers.told(last, len(advices))
        if found.end is not None and first > self._seq:  # of the same run as the one before
            self._missing += first - self._seq - 1
            found.recorded += max(end - found.end, timedelta())
        found.advices += len(advices)
        found.begin, found.end, self._seq = found.begin or begin, end, last

    def _differing(self, advices: Sequence[tuple[int, datetime, Advice]]) -> Difference:
        """Return which of the advices of an entry differs, as far as the journal shows it by itself."""
        for seq, at, advice in advices:
            recorded = {
                key: value for number, told in self._shown if number <= seq for key, value in told.items()
            }
            computed = json.loads(json.dumps(shown_of(advice)))
            for key, value in computed.items():
                if key in recorded and recorded[key] != value:
                    return Difference(at, at, f"{key} was {_brief(recorded[key])}, it is {_brief(value)} now")
        return Difference(advices[0][1], advices[-1][1], _elsewhere(set(computed) - set(recorded)))


class _Numbers:
    """How many advices each run made, by their numbers, and how many of them were computed again."""

    def __init__(self) -> None:
        self.lost = 0  # in the runs before
        self._first: int | None = None  # number of the run's first advice in this file; None: not known
        self._last = self._again = 0

    def begin(self) -> None:
        """Begin with a run; its advices count from 1."""
        if self._first is not None:
            self.lost += max(self._last - self._first + 1 - self._again, 0)
        self._first, self._last, self._again = 1, 0, 0

    def told(self, number: object, again: int = 0) -> None:
        """Take the number of a look in, and how many were computed again up to it."""
        if type(number) is not int or not 0 < number < _NO_NUMBER:
            return
        if number < self._last:
            self.begin()  # the entry that says so cannot be read
        self._first = number if self._first is None else self._first
        self._last = number
        self._again += again

    def ended(self, number: object) -> None:
        """Take in how many advices a run made that ends."""
        if type(number) is int and self._first is not None and number < _NO_NUMBER:
            self._last = max(self._last, number)


def _elsewhere(untold: set[str]) -> str:
    """Say what is known of a difference that what was shown does not have."""
    same = "the lots, shares and stance that were shown"
    if untold:
        same = f"what is on record of {same} (nothing of {short(', '.join(sorted(untold)), 30)})"
    checked = "the difference is elsewhere, in a number or a reason of which the journal has a checksum alone"
    return f"{same} {'is' if untold else 'are'} the same; {checked}"


def _brief(value: object) -> str:
    return short(json.dumps(value, ensure_ascii=False))


def document_of(found: Replayed) -> Document:
    """Return what came of a replay as a document of schema replay/1."""
    one = found.difference
    what = one and {"since": instant(one.since), "at": instant(one.at), "what": one.what}
    return {
        "schema": "replay/1",
        "login": found.login,
        "date": found.day.isoformat(),
        "identical": found.identical,
        "advices": found.advices,
        "lost": found.lost,
        "damaged": found.damaged,
        "from": instant(found.begin),
        "to": instant(found.end),
        "took_s": round(found.took, 3),
        "speed": round(found.speed, 1),
        "versions": list(found.versions),
        "difference": what,
        "problems": list(found.problems),
    }


def lines_of(found: Replayed) -> list[str]:
    """Return what came of a replay in words; the verdict stands first."""
    return [_verdict(found), *found.problems]


def _verdict(found: Replayed) -> str:
    but = "".join(f"; {one}" for one in _lacking(found))
    if (one := found.difference) is not None:
        when = f"{one.at:%H:%M:%S}" if one.since == one.at else f"{one.since:%H:%M:%S} to {one.at:%H:%M:%S}"
        before = f"{found.advices:,} advices before it are identical"
        return f"differs at {when} UTC: {one.what}; {before}{but}"
    if found.begin is None or found.end is None:
        return f"nothing to replay: the journal of {found.day} has no look on record that can be read{but}"
    span = f"{found.begin:%H:%M} to {found.end:%H:%M} UTC"
    speed = f"{found.speed:,.0f} x real time"
    if but:
        whole = f"{found.advices:,} of {found.advices + found.lost:,} advices"
        return f"identical as far as it can be replayed: {whole}, {span}, {speed}{but}"
    return f"identical to the last digit: {found.advices:,} advices, {span}, {speed}"


def _lacking(found: Replayed) -> Iterator[str]:
    """Say how much of the journal could not be replayed."""
    if found.lost:
        yield "1 advice cannot be replayed" if found.lost == 1 else f"{found.lost:,} cannot be replayed"
    if found.damaged:
        yield "1 line is damaged" if found.damaged == 1 else f"{found.damaged:,} lines are damaged"
