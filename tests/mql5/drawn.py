"""The objects on a chart as rectangles, for tests, and as a picture, for eyes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

_FONTS = (Path(__file__).parent / "shim" / "fonts.cpp").read_text(encoding="utf-8")
_ASCENT, _CELL = 0.905, 1.117  # of Arial, in sizes of the font: from a text's top to its foot, and to its end
_WIDEST = 1000


def _widths(name: str) -> list[int]:
    found = re.search(rf"{name}\[\] = \{{(.*?)\}}", _FONTS, re.DOTALL)
    assert found is not None
    return [int(width) for width in found[1].split(",")]


_PLAIN, _BOLD = _widths("PLAIN"), _widths("BOLD")


@dataclass(frozen=True)
class Drawn:
    """One object, in pixels of the chart; a text takes what its letters take."""

    name: str
    kind: str  # box, text, button, line
    left: float
    top: float
    right: float
    bottom: float
    text: str
    one: Mapping[str, Any]

    def overlaps(self, other: Drawn) -> bool:
        """Whether two objects share more than an edge."""
        aside = self.right <= other.left or other.right <= self.left
        return not (aside or self.bottom <= other.top or other.bottom <= self.top)

    def within(self, other: Drawn) -> bool:
        """Whether the other one holds all of this one."""
        wide = other.left <= self.left and self.right <= other.right
        return wide and other.top <= self.top and self.bottom <= other.bottom


def width(text: str, pixels: float, *, bold: bool) -> float:
    """Return how wide a text is whose font has a size in pixels."""
    widths = _BOLD if bold else _PLAIN
    return sum(widths[ord(one) - 32] if " " <= one <= "~" else _WIDEST for one in text) * pixels / 1000


def drawn(dump: Mapping[str, Any]) -> list[Drawn]:
    """Return the objects in the order in which the terminal draws them."""
    return [_drawn(one, dump["chart"]["dpi"]) for one in dump["objects"] if one["type"] != "OBJ_HLINE"]


def _drawn(one: Mapping[str, Any], dpi: int) -> Drawn:
    name, text, x, y = one["name"].partition(".")[2], one.get("text", ""), one["x"], one["y"]
    if one["type"] != "OBJ_LABEL":
        kind = "button" if one["type"] == "OBJ_BUTTON" else "box"
        return Drawn(name, kind, x, y, x + one["width"], y + one["height"], text, one)
    pixels = one["fontsize"] * dpi / 72
    wide = width(text.rstrip(), pixels, bold="Bold" in one["font"])
    left = x - wide if one.get("anchor") == 6 else x  # ANCHOR_RIGHT_UPPER
    return Drawn(name, "text", left, y, left + wide, y + pixels * _CELL, text, one)


def svg(dump: Mapping[str, Any], *, background: str, margin: int = 14) -> str:
    """Return the picture of what is on a chart, cut to it."""
    items, dpi = drawn(dump), dump["chart"]["dpi"]
    right = math.ceil(max(item.right for item in items)) + margin
    bottom = math.ceil(max(item.bottom for item in items)) + margin
    left, top = min(item.left for item in items) - margin, min(item.top for item in items) - margin
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{right - left}" height="{bottom - top}" '
    head += f'viewBox="{left} {top} {right - left} {bottom - top}">'
    ground = f'<rect x="{left}" y="{top}" width="100%" height="100%" fill="{background}"/>'
    return "\n".join([head, ground, *_shapes(items, dpi), "</svg>"])


def _shapes(items: Iterable[Drawn], dpi: int) -> Iterable[str]:
    for item in items:
        one, pixels = item.one, item.one.get("fontsize", 10) * dpi / 72
        wide, high = item.right - item.left, item.bottom - item.top
        if item.kind != "text":
            edge = one.get("border") if item.kind == "button" else one.get("color")
            frame = f' stroke="{edge}"' if edge and min(wide, high) > 2 else ""
            half = 0.5 if frame else 0
            yield (
                f'<rect x="{item.left + half}" y="{item.top + half}" width="{wide - 2 * half}" '
                f'height="{high - 2 * half}" fill="{one["background"]}"{frame}/>'
            )
        if item.kind == "button":
            middle, foot = (item.left + item.right) / 2, (item.top + item.bottom) / 2 + 0.36 * pixels
            yield _letters(item.text, middle, foot, pixels, one, "middle")
        if item.kind == "text" and item.text.strip():
            yield _letters(item.text, item.left, item.top + _ASCENT * pixels, pixels, one, "start")


def _letters(text: str, x: float, foot: float, pixels: float, one: Mapping[str, Any], anchor: str) -> str:
    weight = "bold" if "Bold" in one["font"] else "normal"
    return (
        f'<text x="{x:.1f}" y="{foot:.1f}" text-anchor="{anchor}" font-family="Arial, Liberation Sans" '
        f'font-size="{pixels:.2f}" font-weight="{weight}" fill="{one["color"]}" xml:space="preserve">'
        f"{escape(text)}</text>"
    )
