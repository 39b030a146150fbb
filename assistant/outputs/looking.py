"""What every cycle was fed with, as journal entries `look`: first all of it, and then what has changed.

Fed again into `advise`, it gives the same advice to the last digit: a digest of the documents proves it.
Looks in which nothing changed but the instant wait for the next one that says more, for a minute at most.
What cannot be told, for a module of the user's own may give numbers of any type, is said to be missing.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any
from zlib import compressobj, crc32

from assistant.core.advice import Settings, Track
from assistant.core.caps import Cap
from assistant.core.lapse import Lapse
from assistant.core.past import Past
from assistant.core.snapshot import Snapshot
from assistant.errors import JournalError
from assistant.outputs.advice import Stamp
from assistant.outputs.changes import Changes
from assistant.outputs.codec import Encoder
from assistant.outputs.files import short
from assistant.outputs.packing import Cells, Move, Packed, Path, Ticks, packed

LOOK = "look"  # the kind of these entries
FORMAT = 1
FIRST = ("account", "quotes")  # parts that stand first in a base, for whoever wants no more
PARTS = tuple(one.name for one in fields(Snapshot) if one.name != "as_of")
_MOST = 60  # looks that wait
_LONGEST = timedelta(seconds=60)  # for which they do
_LARGE = 1000  # bytes of changes, from which on they are compressed
_USUAL_DIGITS = 5  # of a price whose instrument is not known

Write = Callable[[datetime, str, Mapping[str, Any]], None]  # of the journal


@dataclass(frozen=True, slots=True)
class Fed:
    """One cycle: what its advice was made of, and the bytes of its document."""

    snapshot: Snapshot
    track: Track  # before it
    left: Track  # after it
    settings: Settings
    faults: tuple[Cap, ...]
    stamp: Stamp
    said: bytes


@dataclass(frozen=True, slots=True)
class _Step:
    """What differs between two looks."""

    found: Changes
    moves: list[Move]  # of quotes
    last: dict[str, tuple[int, int]]  # the quotes in ticks
    digits: list[int] | None  # of the quotes where they are others; None: they are of the same symbols

    @property
    def nothing(self) -> bool:
        """Whether nothing differs but the instant."""
        found = self.found
        return not (self.moves or found.whole or found.cuts or found.numbers)


class Looks:
    """Put on record what cycles were fed with; one for each run."""

    def __init__(self, write: Write) -> None:
        """Take what writes an entry into the journal: an instant (UTC), a kind, fields."""
        self._write = write
        self._parts: dict[str, Any] = {}  # as the last look on record, or waiting, had them
        self._at: datetime | None = None  # UTC, of that look
        self._seq = 0  # its number
        self._number = 0  # of the last entry since the base
        self._gaps: list[timedelta] = []  # before each look that waits
        self._digest = 0  # of the looks that wait
        self._ticks = Ticks([])
        self._cells = Cells()
        self._untold: datetime | None = None  # UTC, of the last look that could not be told
        self.problems: tuple[str, ...] = ()  # why looks cannot be told now, a sentence

    def see(self, fed: Fed) -> None:
        """Record a cycle; JournalError where the journal does not take it, or what waited.

        No advice rests on it: what cannot be told is among `problems`, and tried again in a minute.
        """
        at = fed.snapshot.as_of
        if self._untold is not None and abs(at - self._untold) < _LONGEST:
            return
        try:
            self._see(fed)
            self._untold, self.problems = None, ()
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001 -- a replay may lack a look, no trader the advice
            self.flush()
            self._at, self._untold = None, at  # the next one tells all
            why = short(str(error) or type(error).__name__)
            self.problems = (f"looks cannot be put on record for a replay: {why}",)
            self._write(at, LOOK, {"seq": fed.stamp.seq, "untold": why})

    def _see(self, fed: Fed) -> None:
        """Record a cycle, or let it wait."""
        at, seq = fed.snapshot.as_of, fed.stamp.seq
        if self._at is None or self._begins(self._at, at):
            self.flush()
            self._base(fed, _parts(fed, None))
            return
        parts = _parts(fed, self._parts["told"])
        if self._gaps and seq != self._seq + 1:  # one between is not on record
            self.flush()
        step = self._step(parts, at)
        digest = crc32(fed.said, self._digest)
        waited = sum(self._gaps, at - self._at)
        if step.nothing and seq == self._seq + 1 and waited < _LONGEST and len(self._gaps) < _MOST - 1:
            self._gaps.append(at - self._at)
            self._digest = digest
            self._keep(fed, parts)
            return
        numbers, new, counted = self._cells.moves(step.found.numbers)
        told = Packed(self._number + 1, digest, self._gaps, step.moves, numbers)
        self._write(at, LOOK, {"seq": seq, "q": _text(packed(told)), **_cells(new), **_told(step)})
        self._after(told.number)
        self._cells.take(new, counted)
        self._ticks.last.update(step.last)
        if step.digits is not None:
            self._ticks = Ticks.of(parts["quotes"], step.digits)
        self._keep(fed, parts)

    def flush(self) -> None:
        """Write the looks that wait; JournalError where they are not on record then."""
        if self._gaps and self._at is not None:
            told = Packed(self._number + 1, self._digest, self._gaps[:-1])
            self._write(self._at, LOOK, {"seq": self._seq, "q": _text(packed(told))})
            self._after(told.number)

    def lost(self) -> None:
        """Tell all with the next look: the file that held the base is gone, and what waits rests on it."""
        self._at, self._gaps, self._digest = None, [], 0

    def _begins(self, before: datetime, at: datetime) -> bool:
        """Whether all is told anew, with the first look of a file or after a close; instants are UTC.

        The review of the next session begins with the close, and need not go through the day before it.
        """
        closes_at: datetime | None = self._parts["hours"].closes_at
        return at.date() != before.date() or (closes_at is not None and before < closes_at <= at)

    def _after(self, number: int) -> None:
        """Go on after an entry that has been written: nothing waits."""
        self._number, self._gaps, self._digest = number, [], 0

    def _keep(self, fed: Fed, parts: dict[str, Any]) -> None:
        self._parts = {**parts, "track": fed.left}
        self._at, self._seq = fed.snapshot.as_of, fed.stamp.seq

    def _step(self, parts: dict[str, Any], at: datetime) -> "_Step":
        """Find what differs from the look before."""
        found, before = Changes(), self._parts
        for name, value in parts.items():
            if name == "lapse":
                found.look((name,), expected(before[name], self._at, at), value)
            elif name != "quotes":
                found.look((name,), before[name], value)
        if list(before["quotes"]) != list(parts["quotes"]):
            found.whole.append((("quotes",), parts["quotes"]))
            return _Step(found, [], {}, _digits(parts))
        moves, whole, last = self._ticks.moves(before["quotes"], parts["quotes"], at)
        found.whole += [(("quotes", symbol), parts["quotes"][symbol]) for symbol in whole]
        return _Step(found, moves, last, None)

    def _base(self, fed: Fed, parts: dict[str, Any]) -> None:
        """Write everything, for the file or the run begins."""
        digits, encoder, squeezed = _digits(parts), Encoder(), compressobj()
        content = [squeezed.compress(_line({"format": FORMAT, "digits": digits}))]
        names = dict.fromkeys((*FIRST, *parts))  # one after the other: all at once would take memory
        content += [squeezed.compress(_line([name, encoder.encode(parts[name])])) for name in names]
        content.append(squeezed.flush())
        fields = {"seq": fed.stamp.seq, "digest": f"{crc32(fed.said):08x}", "base": _text(b"".join(content))}
        self._write(fed.snapshot.as_of, LOOK, fields)
        self._after(0)
        self._ticks, self._cells = Ticks.of(parts["quotes"], digits), Cells()
        self._keep(fed, parts)


def expected(lapse: Lapse | None, before: datetime | None, now: datetime) -> Lapse | None:
    """Return the lapse of a look after another where no clock was set between, from instants (UTC)."""
    if lapse is None or before is None:
        return None
    seconds = (now - before).total_seconds()
    return replace(lapse, by_clock=seconds, passed=seconds)


def _parts(fed: Fed, before: Past | None) -> dict[str, Any]:
    """Return what advise was told, and the stamp, by name; all but the instant and the number.

    The history of a funded account comes now and then, and is much: the one of `before` stays until then.
    """
    parts = {name: getattr(fed.snapshot, name) for name in PARTS}
    told, stamp = fed.snapshot.told, (fed.stamp.ttl, str(fed.stamp.funded_mode), dict(fed.stamp.versions))
    parts |= {"told": told, "asked": True} if isinstance(told, Past) else {"told": before, "asked": told}
    return {**parts, "track": fed.track, "settings": fed.settings, "faults": fed.faults, "stamp": stamp}


def _digits(parts: dict[str, Any]) -> list[int]:
    """Return the decimals of each quote, in their order."""
    known = {one.symbol: one.digits for one in parts["instruments"]}
    return [min(9, max(0, known.get(symbol, _USUAL_DIGITS))) for symbol in parts["quotes"]]


def _cells(new: Sequence[tuple[Path, int]]) -> dict[str, Any]:
    return {"cells": [[_path(path), digits] for path, digits in new]} if new else {}


def _told(step: _Step) -> dict[str, Any]:
    """Return what is told whole, compressed where it is much."""
    told: dict[str, Any] = {} if step.digits is None else {"digits": step.digits}
    encoder = Encoder()
    if whole := step.found.whole:
        told["set"] = [[_path(path), encoder.encode(value)] for path, value in whole]
    if cuts := step.found.cuts:
        told["cut"] = [[_path(path), begin, end, encoder.encode(list(one))] for path, begin, end, one in cuts]
    if told and len(content := _line(told)) > _LARGE:
        squeezed = compressobj()
        return {"z": _text(squeezed.compress(content) + squeezed.flush())}
    return told


def _path(path: Path) -> list[Any]:
    return [Encoder().encode(step) for step in path]


def _line(told: object) -> bytes:
    import orjson  # noqa: PLC0415 -- whoever only reads starts without it

    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _text(content: bytes) -> str:
    return b64encode(content).decode()
