"""Numbers in few bytes: prices as ticks, other numbers as decimals, each by how far it moved.

A number that its ticks or decimals do not give back to the last digit is told whole. Writer and reader keep
the same count of what was told last, so each takes these classes.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from struct import pack, unpack

from assistant.core.market import Quote, Unknown

Path = tuple[Hashable, ...]  # where a number stands: a part of the inputs, and the steps into it
Move = tuple[int, int, int, int]  # place of a quote; ticks of its bid and spread, ms that it is old
Told = int | float  # how far a number moved, in units of its last decimal, or itself
Cell = tuple[int, Told]  # place of a number beside it
Quotes = Mapping[str, Quote | Unknown]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_MICROSECOND = timedelta(microseconds=1)
_MOST_DIGITS = 9  # of a number that is told in decimals
_MOST = 2.0**53  # beyond it not every whole number is a float
_LONGEST = 1000  # bits of a number in these bytes: one for each symbol
_APART = 3  # a spread that moved further is told beside the bid
_DIGEST = 4  # bytes of a CRC-32


@dataclass(frozen=True, slots=True)
class Packed:
    """What an entry tells in bytes."""

    number: int  # of the entry; a base is 0
    digest: int  # CRC-32 over the advice documents of its looks
    gaps: Sequence[timedelta] = ()  # to each look in which nothing changed, from the one before
    moves: Sequence[Move] = ()  # by place
    cells: Sequence[Cell] = ()


def packed(one: Packed) -> bytes:
    """Return an entry's numbers in bytes."""
    out = bytearray(pack("<I", one.digest))
    _put(out, one.number)
    _put(out, len(one.gaps))
    for gap in one.gaps:
        _put(out, _folded(gap // _MICROSECOND))
    _put(out, sum(1 << place for place, *_ in one.moves))
    for _, bid, spread, age in one.moves:
        apart = _folded(spread)
        _put(out, _folded(bid) << 2 | min(apart, _APART))  # most spreads move by a tick at most
        if apart >= _APART:
            _put(out, apart - _APART)
        _put(out, _folded(age))
    for place, told in one.cells:
        _put(out, 2 * place + isinstance(told, float))
        _put(out, unpack("<Q", pack("<d", told))[0] if isinstance(told, float) else _folded(told))
    return bytes(out)


def unpacked(content: bytes) -> Packed:
    """Return the numbers of an entry; ValueError, IndexError or OverflowError for other bytes."""
    numbers = _numbers(content[_DIGEST:])
    number, count = numbers[0], numbers[1]
    gaps = [_unfolded(one) * _MICROSECOND for one in numbers[2 : 2 + count]]
    moves, place, which = [], 3 + count, numbers[2 + count]
    for symbol in range(which.bit_length()):
        if which >> symbol & 1:
            head, apart = numbers[place], numbers[place] & _APART
            if apart == _APART:
                place += 1
                apart += numbers[place]
            moves.append((symbol, _unfolded(head >> 2), _unfolded(apart), _unfolded(numbers[place + 1])))
            place += 2
    if (len(numbers) - place) % 2:
        raise ValueError("its last number is missing")
    cells = [_cell(*numbers[one : one + 2]) for one in range(place, len(numbers), 2)]
    return Packed(number, int.from_bytes(content[:_DIGEST], "little"), gaps, moves, cells)


def _cell(head: int, told: int) -> Cell:
    return head >> 1, unpack("<d", pack("<Q", told % 2**64))[0] if head & 1 else _unfolded(told)


def _put(out: bytearray, number: int) -> None:
    """Add a whole number of 0 or more, seven bits a byte, the lowest first."""
    while number > 127:  # noqa: PLR2004 -- seven bits
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def _numbers(content: bytes) -> list[int]:
    out, number, shift = [], 0, 0
    for byte in content:
        number |= (byte & 127) << shift
        if byte < 128:  # noqa: PLR2004 -- the last of a number
            out.append(number)
            number = shift = 0
        else:
            shift += 7
            if shift > _LONGEST:
                raise ValueError("a number was too long")
    if shift:
        raise ValueError("its last number is torn")
    return out


def _folded(number: int) -> int:
    """Return a number of either sign as one of 0 or more: 0, -1, 1, -2 become 0, 1, 2, 3."""
    return 2 * number if number >= 0 else -2 * number - 1


def _unfolded(number: int) -> int:
    return -(number + 1 >> 1) if number & 1 else number >> 1


def _scale(digits: object) -> int:
    if type(digits) is not int or not 0 <= digits <= _MOST_DIGITS:
        raise ValueError(f"decimals were {digits!r:.20}; expected 0 to {_MOST_DIGITS}")
    return int(10**digits)


def _scaled(value: float, scale: int) -> int:
    """Return a number in units of 1/scale, to the nearest; 0 for one that is too large to count so."""
    return round(value * scale) if abs(value) * scale < _MOST else 0


def _exact(value: float, counted: int, scale: int) -> bool:
    """Whether so many units are the number, to the last digit; a zero below zero is not."""
    return counted / scale == value and (value != 0 or str(value) == "0.0")


@dataclass(slots=True)
class Ticks:
    """The quotes as they were told last, in ticks."""

    scales: list[tuple[str, int]]  # our symbol, and what a tick is the part of
    last: dict[str, tuple[int, int]] = field(default_factory=dict)  # bid and ask

    @classmethod
    def of(cls, quotes: Quotes, digits: Sequence[int]) -> "Ticks":
        """Begin with quotes, in their order; `digits` has one number of decimals for each."""
        found = cls([(symbol, _scale(one)) for symbol, one in zip(quotes, digits, strict=True)])
        found.last = {symbol: found.counted(quotes[symbol], scale) for symbol, scale in found.scales}
        return found

    @staticmethod
    def counted(quote: Quote | Unknown, scale: int) -> tuple[int, int]:
        """Return bid and ask in ticks, to the nearest."""
        if isinstance(quote, Unknown):
            return 0, 0
        return _scaled(quote.bid, scale), _scaled(quote.ask, scale)

    def moves(
        self, before: Quotes, now: Quotes, at: datetime
    ) -> tuple[list[Move], list[str], dict[str, tuple[int, int]]]:
        """Return the moves of quotes, the symbols that must be told whole, and what is last then."""
        moves, whole, last = [], [], {}
        for place, (symbol, scale) in enumerate(self.scales):
            quote, old = now[symbol], before[symbol]
            if quote is old or quote == old:
                continue
            bid, ask = last[symbol] = self.counted(quote, scale)
            was_bid, was_ask = self.last[symbol]
            if isinstance(quote, Unknown) or isinstance(old, Unknown) or not _told(quote, bid, ask, scale):
                whole.append(symbol)
            else:
                apart = (ask - bid) - (was_ask - was_bid)
                moves.append((place, bid - was_bid, apart, _milliseconds(at) - _milliseconds(quote.at)))
        return moves, whole, last

    def moved(self, moves: Sequence[Move], at: datetime) -> Iterator[tuple[str, float, float, datetime]]:
        """Take moves in: our symbol, bid, ask and when the broker stamped it (UTC), for each."""
        now = _milliseconds(at)
        for place, bid, spread, age in moves:
            symbol, scale = self.scales[place]
            was_bid, was_ask = self.last[symbol]
            last = self.last[symbol] = was_bid + bid, was_ask + bid + spread
            yield symbol, last[0] / scale, last[1] / scale, _EPOCH + timedelta(milliseconds=now - age)

    def take(self, symbol: str, quote: Quote | Unknown) -> None:
        """Take in a quote that was told whole."""
        self.last[symbol] = self.counted(quote, dict(self.scales)[symbol])


def _told(quote: Quote, bid: int, ask: int, scale: int) -> bool:
    whole = not quote.at.microsecond % 1000 and quote.at.tzinfo is UTC
    return whole and _exact(quote.bid, bid, scale) and _exact(quote.ask, ask, scale)


def _milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


@dataclass(slots=True)
class Cells:
    """The numbers that have moved since a base, each by its place in the order in which they first did."""

    table: list[tuple[Path, int]] = field(default_factory=list)  # where it stands, and its decimals
    places: dict[Path, int] = field(default_factory=dict)
    last: list[int] = field(default_factory=list)  # in units of its last decimal

    def add(self, path: Path, digits: int) -> None:
        """Take a number in that has not moved before."""
        _scale(digits)
        self.places[path] = len(self.table)
        self.table.append((path, digits))
        self.last.append(0)

    def take(self, new: Iterable[tuple[Path, int]], counted: Mapping[int, int]) -> None:
        """Take in what has been told: numbers that are new, and what is last by place."""
        for path, digits in new:
            self.add(path, digits)
        for place, count in counted.items():
            self.last[place] = count

    def moves(
        self, numbers: Sequence[tuple[Path, float, float]]
    ) -> tuple[list[Cell], list[tuple[Path, int]], dict[int, int]]:
        """Return how numbers moved, which of them are new with their decimals, and what is last then."""
        moves: list[Cell] = []
        new: list[tuple[Path, int]] = []
        last: dict[int, int] = {}
        for path, before, now in numbers:
            place = self.places.get(path)
            if place is None:
                place, digits = len(self.table) + len(new), max(_decimals(before), _decimals(now))
                new.append((path, digits))
                was = 0
            else:
                digits, was = self.table[place][1], self.last[place]
            counted = last[place] = _scaled(now, 10**digits)
            moves.append((place, counted - was if _exact(now, counted, 10**digits) else now))
        return moves, new, last

    def moved(self, place: int, told: Told) -> float:
        """Take a move in and return the number."""
        scale = _scale(self.table[place][1])
        if isinstance(told, float):
            self.last[place] = _scaled(told, scale)
            return told
        self.last[place] += told
        return self.last[place] / scale


def _decimals(value: float) -> int:
    """Return how many decimals tell a number to the last digit; 0 where too many would be needed."""
    for digits in range(_MOST_DIGITS + 1):
        if _exact(value, _scaled(value, 10**digits), 10**digits):
            return digits
    return 0
