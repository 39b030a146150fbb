"""A look at the paper terminal, once for all tests, and with what can go wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from assistant.core.market import Unknown
from assistant.doctor.finding import Finding
from assistant.doctor.look import Look, look
from assistant.source import open_source
from assistant.terminal import paper
from assistant.terminal.faults import Faults
from tests.doubles.cycles import packaged_config


def looked(
    fault: Callable[[Faults], object] | None = None, *, letter: str = "A", start: datetime | None = None
) -> Look | Unknown:
    """What is seen of the paper terminal, where a fault was switched on before."""
    with tempfile.TemporaryDirectory() as folder:
        source = open_source(
            packaged_config(), Path(folder), paper=True, letter=letter, start=start, speed=100_000
        )
        if fault:
            fault(paper.faults)
        try:
            return look(source)
        finally:
            paper.faults.clear()


@cache
def good(letter: str = "A") -> Look:
    """What is seen where nothing is wrong, in an open session."""
    found = looked(letter=letter)
    assert isinstance(found, Look)
    return found


def bad(fault: Callable[[Faults], object]) -> Look:
    """What is seen where something is wrong, and the terminal still answers."""
    found = looked(fault)
    assert isinstance(found, Look)
    return found


def said(found: Finding) -> tuple[str, str]:
    """Status and text."""
    return found.status.value, found.text
