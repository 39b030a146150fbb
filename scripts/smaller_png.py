"""PNG files as a browser writes them -> the same with a palette of at most 256 colours."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST = 256  # colours of a palette


def shrink(path: Path) -> None:
    """Write a PNG file anew: a colour beyond the most frequent ones becomes the nearest of them."""
    width, height, step, rows = _pixels(path.read_bytes())
    counts = Counter(row[at : at + 3] for row in rows for at in range(0, len(row), step))
    palette = [color for color, _ in counts.most_common(MOST)]
    places = {color: place for place, color in enumerate(palette)}
    for color in counts:
        if color not in places:
            places[color] = min(range(len(palette)), key=lambda place: _apart(color, palette[place]))
    lines = (bytes(places[row[at : at + 3]] for at in range(0, len(row), step)) for row in rows)
    packed = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", packed), (b"IEND", b""))
    path.write_bytes(SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts))


def _apart(one: bytes, other: bytes) -> int:
    return sum((left - right) ** 2 for left, right in zip(one, other, strict=True))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _pixels(raw: bytes) -> tuple[int, int, int, list[bytes]]:
    """Return width, height, bytes a pixel, and the rows with their filters undone."""
    chunks: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(raw):
        (length,) = struct.unpack(">I", raw[at : at + 4])
        kind = raw[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + raw[at + 8 : at + 8 + length]
        at += 12 + length
    width, height, *kind_of = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    step = {(8, 2): 3, (8, 6): 4}[tuple(kind_of)]  # 8 bits: RGB, RGBA
    stream, size, rows, above = zlib.decompress(chunks[b"IDAT"]), width * step, [], bytes(width * step)
    for begin in range(0, len(stream), size + 1):
        above = _unfiltered(stream[begin], stream[begin + 1 : begin + 1 + size], above, step)
        rows.append(above)
    return width, height, step, rows


def _unfiltered(kind: int, line: bytes, above: bytes, step: int) -> bytes:
    """Undo the filter of a row, as the PNG standard numbers them."""
    row = bytearray(line)
    for at in range(len(row)):
        left = row[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        if kind == 1:
            row[at] = (row[at] + left) & 255
        elif kind == 2:  # noqa: PLR2004 -- the standard's number
            row[at] = (row[at] + above[at]) & 255
        elif kind == 3:  # noqa: PLR2004 -- likewise
            row[at] = (row[at] + (left + above[at]) // 2) & 255
        elif kind == 4:  # noqa: PLR2004 -- likewise
            guess = left + above[at] - corner
            nearest = min((left, above[at], corner), key=lambda value: abs(guess - value))
            row[at] = (row[at] + nearest) & 255
    return bytes(row)
