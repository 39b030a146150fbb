"""What the tests of the panel share: the names of its parts, and files that the real writer made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.core.advice import Advice
from assistant.outputs.panel_file import render
from tests.outputs.test_panel_file import ended

BID, ASK = 131.52, 131.55  # a spread of 0.03
QUOTE = f"quote {BID} {ASK}"
DARK, LIGHT = 0x221713, 0xFFFFFF  # as MQL5 has them: blue, green, red
CLICK, KEY, RESIZED, MOVED = 1, 0, 9, 10  # kinds of chart events
FOLD, LINE, LINE_BUTTON = "BAPanel.fold", "BAPanelStop", "BAPanel.stop"
# Two loss rules of a funded account.
FLOORS = "FLOOR|daily|95000|1200.5|4000|1545865200|amber\nFLOOR|max|90000|9800|9800||green\n"
BAR = {"ground", "edge", "state", "age", "fold", "lots"}


def rendered(advice: Advice, *, seq: int = 7, later: int = 0, mode: str = "off") -> bytes:
    """The file of an advice, `later` seconds after it."""
    content = render(advice, seq=seq, ttl=5, funded_mode=mode)
    stamp = int(advice.as_of.timestamp())
    return changed(content, f"UTC|{stamp}\n", f"UTC|{stamp + later}\n")


def changed(content: bytes, old: str, new: str) -> bytes:
    """A file in which a text has become another one; its last line holds again."""
    body = content[: content.rindex(b"END|")]
    assert old.encode() in body
    return ended(body.replace(old.encode(), new.encode()))


def added(content: bytes, *lines: str) -> bytes:
    """A file with more lines behind all others; its last line holds again."""
    return ended(content[: content.rindex(b"END|")] + "".join(lines).encode())


def texts(shown: Mapping[str, Any]) -> dict[str, str]:
    """The texts on the chart by the names of their objects."""
    return {one["name"].removeprefix("BAPanel."): one["text"] for one in shown["objects"] if one.get("text")}


def colors(shown: Mapping[str, Any]) -> dict[str, str]:
    return {one["name"].removeprefix("BAPanel."): one["color"] for one in shown["objects"]}
