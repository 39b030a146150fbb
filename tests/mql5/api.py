"""The functions of MQL5 that the shim has, and what the reference says of them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

Counts = set[tuple[int, int]]  # least and most arguments, one pair for each overload
ANY = 99

_HERE = Path(__file__).parent
_FUNCTION = re.compile(r"^(?:inline )?[\w:]+ ([A-Z]\w+)\(([^)]*)\)", re.MULTILINE)


@cache
def functions() -> dict[str, Counts]:
    """Return the shim's functions with their counts of arguments, as its headers declare them."""
    found: dict[str, Counts] = {}
    for header in ("types.hpp", "api.hpp"):
        code = re.sub(r"//.*", "", (_HERE / "shim" / header).read_text(encoding="utf-8"))
        for name, listed in _FUNCTION.findall(code):
            found.setdefault(name, set()).add(_counts(listed))
    return found


def _counts(listed: str) -> tuple[int, int]:
    """Count the parameters between the brackets of a declaration."""
    if "..." in listed:
        return 1, ANY
    parameters = [one for one in listed.split(",") if one.strip()]
    return sum("=" not in one for one in parameters), len(parameters)


@cache
def reference() -> dict[str, list[tuple[int, int]]]:
    """Return the names of MQL5's reference with their counts; extracted from its pages, not always right."""
    listed: dict[str, list[tuple[int, int]]] = json.loads(
        (_HERE / "reference.json").read_text(encoding="utf-8")
    )
    return listed
