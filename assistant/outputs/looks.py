"""What cycles were fed with, read back from the journal's entries `look`.

An entry that is damaged or missing makes those after it unusable until all is told again, at the next begin
of a run or a file: that is said, and no number is guessed.
"""

import zlib
from binascii import a2b_base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zlib import decompressobj

from assistant.core.advice import Settings, Track
from assistant.core.caps import Cap
from assistant.core.market import Account, Quote, Unknown
from assistant.core.snapshot import Snapshot
from assistant.outputs.advice import Stamp
from assistant.outputs.changes import at as found_at
from assistant.outputs.changes import put, spliced
from assistant.outputs.codec import Decoder
from assistant.outputs.files import json_of, short
from assistant.outputs.looking import FIRST, FORMAT, LOOK, PARTS, expected
from assistant.outputs.packing import Cells, Path, Quotes, Ticks, unpacked

DAMAGED = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, zlib.error)
_LARGEST = 30_000_000  # bytes of a base; a usual one has a quarter of a megabyte
_HEX = 16
_UNSEEN = frozenset((("account", "margin"), ("account", "free_margin")))  # which move with every price

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """Money and prices at a look."""

    at: datetime  # UTC
    balance: float  # account currency, as is the equity
    equity: float
    quotes: Mapping[str, tuple[float, float, datetime]]  # by our symbol: bid, ask, stamp (UTC); if known


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one cycle was fed with."""

    snapshot: Snapshot
    track: Track  # before it
    settings: Settings
    faults: tuple[Cap, ...]
    stamp: Stamp


class Stream:
    """The looks of a journal in order, each made of the one before and what it says itself."""

    def __init__(self, parts: frozenset[str] | None = None) -> None:
        """Take the parts that are wanted, then without margins; None: all of them."""
        self.parts: dict[str, Any] = {}  # as the last look had them; empty: nothing can be told
        self.at = datetime.min.replace(tzinfo=UTC)  # of the last look
        self._wanted = parts
        self._number = 0
        self._taken: Entry = {}  # the last one
        self._ticks = Ticks([])
        self._cells = Cells()

    def take(self, entry: Entry) -> Iterator[tuple[int, int | None]]:
        """Go through the looks of an entry: `at` and `parts` are those of each while its number is yielded.

        With the last number comes the entry's digest. Raises one of DAMAGED where the entry is no look, or
        one before it is missing; then no later one can be told before the next base.
        """
        try:
            at, seq = _instant(entry["at"]), int(entry["seq"])
            if self.parts and entry == self._taken:
                return  # a line that stands twice
            self._taken = entry
            if "untold" in entry:
                raise ValueError(f"it could not be put on record: {short(str(entry['untold']))}")
            if "base" in entry:
                self.parts = {}
                self._base(str(entry["base"]))
                self.at, self._number = at, 0
                yield seq, int(entry["digest"], _HEX)
            else:
                yield from self._delta(entry, at, seq)
        except DAMAGED:
            self.parts = {}
            raise

    def _base(self, text: str) -> None:
        """Take everything anew."""
        head, *lines = _unzipped(text).splitlines()
        told = json_of(head)
        if told["format"] != FORMAT:
            raise ValueError(f"its format was {told['format']!r:.20}; this version reads {FORMAT}")
        decoder, parts = Decoder(), {}
        for line in lines[: len(FIRST)] if self._wanted else lines:
            name, value = json_of(line)
            parts[name] = decoder.decode(value)
        self._ticks, self._cells = Ticks.of(_quotes(parts["quotes"]), told["digits"]), Cells()
        self.parts = parts

    def _delta(self, entry: Entry, at: datetime, seq: int) -> Iterator[tuple[int, int | None]]:
        if not self.parts:
            raise ValueError("what went before it cannot be read")
        told = unpacked(_bytes(entry["q"]))
        if told.number != self._number + 1:
            raise ValueError("a look before it is missing")
        self._number = told.number
        for before, gap in enumerate(told.gaps, seq - len(told.gaps)):
            self._turn(self.at + gap)
            yield before, None
        self._turn(at)
        if told.moves:
            moved = self._ticks.moved(told.moves, at)
            fresh = {symbol: Quote(bid, ask, stamped) for symbol, bid, ask, stamped in moved}
            self.parts["quotes"] = self.parts["quotes"] | fresh
        for path, digits in entry.get("cells", ()):
            self._cells.add(_path(path), digits)
        for place, one in told.cells:
            path = self._cells.table[place][0]
            self._put(path, self._cells.moved(place, one))
        self._whole(entry)
        yield seq, told.digest

    def _turn(self, at: datetime) -> None:
        """Go on to the next look."""
        if "lapse" in self.parts:
            self.parts["lapse"] = expected(self.parts["lapse"], self.at, at)
        self.at = at

    def _put(self, path: Path, value: Any) -> None:  # noqa: ANN401 -- of any type of the core
        name, *steps = path
        if self._wanted is not None and (name not in self._wanted or path[:2] in _UNSEEN):
            return
        self.parts[str(name)] = put(self.parts[str(name)], steps, value)

    def _whole(self, entry: Entry) -> None:
        """Take in what is told whole."""
        decoder = Decoder()
        told = entry if "z" not in entry else json_of(_unzipped(entry["z"]))
        for path, value in told.get("set", ()):
            where, made = _path(path), decoder.decode(value)
            self._put(where, made)
            if where[0] == "quotes" and len(where) == 2:  # noqa: PLR2004 -- the part, and a symbol
                self._ticks.take(str(where[1]), made)
        for path, begin, end, value in told.get("cut", ()):
            where, between = _path(path), decoder.decode(value)
            if self._wanted is None or where[0] in self._wanted:
                self._put(where, spliced(found_at(self.parts, where), begin, end, between))
        if "digits" in told:
            self._ticks = Ticks.of(_quotes(self.parts["quotes"]), told["digits"])


def seen(entries: Iterable[Entry]) -> Iterator[Seen | Unknown]:
    """Yield what each look in a journal's entries saw, oldest first; Unknown, once, where some are damaged.

    Entries of other kinds are passed over.
    """
    stream, lost = Stream(frozenset(FIRST)), False
    told: dict[str, tuple[float, float, datetime]] = {}
    quotes: Quotes = {}
    for entry in entries:
        if entry.get("kind") != LOOK:
            continue
        try:
            for _ in stream.take(entry):
                if quotes is not stream.parts["quotes"]:
                    told = _prices(stream.parts["quotes"], quotes, told)
                    quotes = stream.parts["quotes"]
                account: Account = stream.parts["account"]
                yield Seen(stream.at, account.balance, account.equity, told)
            lost = False
        except DAMAGED as error:
            if not lost:
                yield Unknown(f"the look of {entry.get('at')!s:.40} cannot be read: {error}")
            lost = True


def _prices(
    quotes: Quotes, before: Quotes, told: dict[str, tuple[float, float, datetime]]
) -> dict[str, tuple[float, float, datetime]]:
    """Return bid, ask and stamp of each quote that is known; `told` are those of the quotes before."""
    prices = {}
    for symbol, one in quotes.items():
        if one is before.get(symbol):
            if symbol in told:
                prices[symbol] = told[symbol]
        elif isinstance(one, Quote):
            prices[symbol] = one.bid, one.ask, one.at
    return prices


def inputs(stream: Stream, seq: int) -> Inputs:
    """Return what the cycle of a stream's present look was fed with; LookupError where a part is missing."""
    parts = stream.parts
    ttl, mode, versions = parts["stamp"]
    asked = parts["asked"]  # True: the account's history was; else it stands from an earlier look
    known = {name: parts[name] for name in PARTS} | ({} if asked is True else {"told": asked})
    return Inputs(
        Snapshot(as_of=stream.at, **known),
        parts["track"],
        parts["settings"],
        parts["faults"],
        Stamp(seq, ttl, mode, versions),
    )


def _bytes(text: str) -> bytes:
    return a2b_base64(text, strict_mode=True)


def _unzipped(text: str) -> bytes:
    reader = decompressobj()
    content = reader.decompress(_bytes(text), _LARGEST)
    if not reader.eof:
        raise ValueError("it is torn, or too large")
    return content


def _quotes(found: object) -> Quotes:
    if not isinstance(found, dict) or not all(isinstance(one, Quote | Unknown) for one in found.values()):
        raise TypeError("its quotes are none")
    return found


def _path(told: list[Any]) -> Path:
    return tuple(Decoder().decode(step) for step in told)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"an instant was {text}; expected a zone")
    return at.astimezone(UTC)
