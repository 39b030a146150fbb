"""Commands as a user may name one in alerts.command: Python scripts in a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SLOW = "import time; time.sleep(60)"
_KEEP = r"""
import pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "alerts.jsonl").open("ab") as file:
    file.write(sys.stdin.buffer.read())
(here / "words.txt").write_text("".join(word + "\n" for word in sys.argv[1:]))
"""


def script(folder: Path, source: str, name: str = "script.py") -> list[str]:
    """A command that runs some Python, fast: without site-packages."""
    (folder / name).write_text(source, encoding="utf-8")
    return [sys.executable, "-I", "-S", name]


def keeping(folder: Path) -> list[str]:
    """A command that writes down what it is given."""
    return script(folder, _KEEP, "keep.py")


def kept(folder: Path) -> list[dict[str, Any]]:
    """The documents that such a command was given, the oldest first."""
    path = folder / "alerts.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]
