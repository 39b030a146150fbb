"""One intended order and its answer: where the two ways into `assistant check` meet.

The light way (`light`) asks the last advice of a running assistant and nothing else; the full command asks
that first, and connects to the terminal where there is none. Nothing here may load anything heavy.
"""

import errno
import sys
from pathlib import Path

from assistant.clock import WallClock
from assistant.core.check import Answer, Intent, Standing, Verdict, check
from assistant.core.market import Unknown
from assistant.core.reserved import Reservation
from assistant.errors import AssistantError, JournalError, PublishError
from assistant.outputs.fields import Document, one_line
from assistant.outputs.journal import record_check
from assistant.outputs.reservations import reserving
from assistant.outputs.state import Saved, find_saved, standing_from
from assistant.outputs.verdict import verdict_document, verdict_lines

_EXITS = {Answer.ALLOW: 0, Answer.RESIZE: 10, Answer.DENY: 20}
_RECENT = 86_400  # seconds; an older state file does not make a check ask for whom


def saved_advice(home: Path, login: int | None, *, paper: bool) -> list[Saved]:
    """Return the state files that a question may be answered from, the freshest first."""
    found = find_saved(home, WallClock().now(), paper=paper)
    return [one for one in found if login in (None, one.login)]


def last_said(home: Path, login: int | None, *, paper: bool) -> Standing | None:
    """Return what a running assistant said last; None where none has said anything fresh.

    Raises AssistantError where several ran today and no login tells which is meant.
    """
    recent = [one for one in saved_advice(home, login, paper=paper) if one.age < _RECENT]
    if len(recent) > 1:
        logins = ", ".join(str(one.login) for one in recent)
        raise AssistantError(f"assistants ran today for logins {logins}; choose one with --login")
    return standing_from(recent[0].document) if recent and recent[0].fresh else None


def answered(intent: Intent, now: Standing, home: Path, *, release: bool) -> tuple[Document, int]:
    """Answer an order and put the answer on record; return its document and the exit code.

    What checks of the last minute reserved is taken off first; with `release` it is given back. Raises
    AssistantError where the question does not hold. An answer that is not on record is still given, with a
    warning on stderr.
    """
    found: list[Verdict | Unknown] = []

    def answer(reserved: tuple[Reservation, ...]) -> Reservation | None:
        found.append(check(intent, now, reserved))
        return None if isinstance(found[0], Unknown) else found[0].reserves

    try:
        reserving(home, WallClock().now(), now, answer, release=release)
    except PublishError as error:
        _put(f"warning: this check reserves nothing: {error}", err=True)
    verdict = found[0]
    if isinstance(verdict, Unknown):
        raise AssistantError(verdict.reason)
    document = verdict_document(verdict)
    try:
        record_check(home, now.account.login, verdict.as_of, document)
    except JournalError as error:
        _put(f"warning: this check is not on record: {error}", err=True)
    return document, _EXITS[verdict.answer]


def show(document: Document, *, as_json: bool) -> None:
    """Print an answer, as one line of JSON or as text; AssistantError where it cannot be printed."""
    try:
        _put(one_line(document) if as_json else "\n".join(verdict_lines(document)))
    except OSError as error:
        if error.errno == errno.EPIPE:
            sys.exit(1)  # nobody reads any more
        raise AssistantError(f"the answer cannot be printed: {error.strerror}") from None


def told(error: AssistantError) -> int:
    """Say on stderr what went wrong, a line for each complaint; return the exit code."""
    for line in str(error).splitlines():
        _put(f"error: {line}", err=True)
    return 1


def replace_unprintable() -> None:
    """Let a console that lacks a character, as cp1252 does many, show ? for it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _put(text: str, *, err: bool = False) -> None:
    """Print; without a console there is nothing to print on, and nothing fails."""
    print(text, file=sys.stderr if err else sys.stdout, flush=True)
