"""The paper terminal as a real one may fail: told by a file, a call never returns and keeps the interpreter.

A home names it as `terminal.module`; its environment names the file as PAPER_TROUBLE, which holds
`hang FUNCTION`, `crash FUNCTION`, `raise FUNCTION` or `login LETTER` and is done away with before that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.home import PAPER
from assistant.terminal import paper
from assistant.terminal.reads import MAY_LACK, READS

FASTER = 30  # so that nothing waits for histories to be read twice alike
INTERPOLATED, faults = paper.INTERPOLATED, paper.faults
START = datetime(2018, 12, 29, 15, 0, tzinfo=UTC)  # a Saturday: no clock is measured
__name__ = PAPER  # so that it is played, with its own clock


def now() -> datetime:
    return paper.now()


def advance(seconds: float) -> None:
    paper.advance(seconds * FASTER)


def reset(_start: datetime, common: Path, **how: Any) -> None:  # noqa: ANN401
    paper.reset(START, common, **how)


def _troubled(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which looks for trouble first."""
    told = Path(os.environ["PAPER_TROUBLE"])

    def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401
        if told.exists():
            kind, _, about = told.read_text(encoding="ascii").partition(" ")
            if about == name or kind == "login":
                told.unlink()
                _happen(kind, about)
        return function(*args, **named)

    return call


def _happen(kind: str, about: str) -> None:
    if kind == "hang":
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # or it would wake up
        ctypes.PyDLL(None).sleep(3600)  # PyDLL keeps the GIL, as MetaTrader5 does in a call
    elif kind == "crash":
        os.abort()
    elif kind == "raise":
        sys.exit("unexpected")
    elif kind == "login":
        paper.faults.switch_account(about)


for _name in (*READS, *MAY_LACK):
    globals()[_name] = _troubled(_name, getattr(paper, _name))
