"""What the loop does about the daily review: it lets a process of its own write it, once after each session.

Pictures and pages take libraries that have no place in a run. The process can neither hold the loop up nor
end it; what comes of it is an entry `review` in the journal, with the file or the error, and a line for
whoever watches the run.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path, PurePath
from typing import IO, Any

from loguru import logger

from assistant.clock import steady
from assistant.config import ReviewSettings
from assistant.core.market import Deal
from assistant.outputs.files import short
from assistant.outputs.recall import each
from assistant.terminal import Terminal
from assistant.terminal.sessions import Sessions

FOLDER = "reviews"  # under logs/
REVIEW = "review"  # the kind of entry
PAGE = "page "  # how the line begins in which the command says what it wrote
AFTER = timedelta(minutes=1)  # after the close: the last deals and figures have come
PATIENCE = timedelta(minutes=15)  # after the close: for so long a terminal or a disk that fails is waited for
LIMIT = 120.0  # seconds that it may take
_EARLIER = timedelta(days=90)  # in which a position that was open may have been opened
_GRACE = 1.0  # seconds in which a process that was killed must be gone
_SAID = 10_000  # bytes of what it says that are looked at

Note = Callable[[str, dict[str, Any]], None]  # kind of entry and fields, into the journal
Say = Callable[[str], None]  # a line, to whoever watches the run


@dataclass(frozen=True, slots=True)
class _Work:
    """A process that writes a review."""

    session: date
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    until: float  # seconds of `steady`


class Reviewer:
    """Starts the review of one login's sessions, one at a time."""

    def __init__(
        self,
        settings: ReviewSettings,
        home: Path,
        note: Note,
        command: Sequence[str] | None = None,
        limit: float = LIMIT,
    ) -> None:
        """Take the settings, the home, what writes the journal, a command in place of ours, its seconds."""
        self._settings, self._home, self._note = settings, home, note
        self._command = [sys.executable, "-P", "-m", "assistant"] if command is None else list(command)
        self._limit = limit
        self.say: Say = _unheard  # told in a line what came of each review
        self._seen: date | None = None  # the last session that was looked after
        self._tried: datetime | None = None  # UTC, when its deals could not be put on record
        self._work: _Work | None = None

    def see(self, login: int, now: datetime, table: Sessions, prepare: Callable[[datetime], bool]) -> None:
        """Begin the review of the session that has closed, if it is due; or see what came of it.

        `now` is UTC. `prepare` is called first, with the beginning of the session's span (UTC): it puts on
        record what is not yet, and is called again each minute for a while where it could not.
        """
        if self._work is not None:
            self._follow(self._work)
            return
        hours = table.hours(now)
        session, closed = hours.last_session, hours.last_close
        if session is None or closed is None or session == self._seen or now < closed + AFTER:
            return
        if self._tried is not None and abs(now - self._tried) < AFTER:
            return
        try:
            wanted = self._settings.automatic and self._wanted(login, session, now)
        except OSError as error:  # the disk fails, or the network that it is on
            wanted = False
            self._tell(session, {"error": f"the journals cannot be read: {error.strerror or error}"})
        if wanted:
            if not prepare(table.until(session, 2)[0].closes_at) and now < closed + PATIENCE:
                self._tried = now
                return
            self._begin(login, session)
        self._seen = session

    def _wanted(self, login: int, session: date, now: datetime) -> bool:
        """Whether a session has a journal, and no review of it was seen finished that is still there."""
        logs = self._home / "logs"
        if not (logs / f"journal_{login}_{session}.jsonl").exists():
            return False
        files = sorted(logs.glob(f"journal_{login}_*.jsonl"), reverse=True)
        later = [path for path in files if path.stem.rpartition("_")[2] >= session.isoformat()]
        made = (name for day, name in each(REVIEW, later, now, _made) if day == session)
        return not any((logs / FOLDER / name).is_file() for name in made)

    def _begin(self, login: int, session: date) -> None:
        """Start the process; it shares neither this one's console nor its Ctrl-C."""
        package = str(Path(__file__).parents[1])  # the same one, wherever it was started from
        known = os.environ.get("PYTHONPATH")
        words = ["review", session.isoformat(), "--login", str(login), "--home", str(self._home)]
        windows = ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS")  # which only Windows has
        output: IO[bytes] | None = None
        try:
            output = tempfile.TemporaryFile()  # noqa: SIM115 -- it goes on; a full disk has no room
            process = subprocess.Popen(  # noqa: S603 -- this program itself
                [*self._command, *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._home,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([package, *([known] if known else [])])},
                creationflags=sum(getattr(subprocess, name, 0) for name in windows),
                start_new_session=True,
            )
        except OSError as error:
            if output is not None:
                output.close()
            self._tell(session, {"error": f"it cannot be started: {error.strerror or error}"})
        else:
            self._work = _Work(session, process, output, steady() + self._limit)

    def _follow(self, work: _Work) -> None:
        """See whether the process has ended, or has had its time."""
        code = work.process.poll()
        if code is None and steady() < work.until:
            return
        if code is None:
            self.close()
            self._tell(work.session, {"error": f"it had not ended after {self._limit:g} s and was killed"})
            return
        self._work = None
        work.output.seek(0)
        with work.output:
            lines = work.output.read(_SAID).decode("utf-8", "replace").splitlines()
        pages = [line.removeprefix(PAGE) for line in lines if line.startswith(PAGE)]
        if code == 0 and pages:
            self._tell(work.session, {"file": pages[-1].replace("\\", "/").rpartition("/")[2]})
        else:
            errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
            why = (errors or [line for line in lines if line.strip()][-1:] or ["without a word"])[0]
            self._tell(work.session, {"error": short(f"exit {code}: {why}", 300)})

    def _tell(self, session: date, fields: dict[str, Any]) -> None:
        """Put on record what came of a review."""
        if "error" in fields:
            logger.warning("no review of {}: {}", session, fields["error"])
            line = f"no review of {session}: {fields['error']}"
        else:
            line = f"review of {session}: {self._home / 'logs' / FOLDER / fields['file']}"
        self._note(REVIEW, {"session": session.isoformat(), **fields})
        self.say(line)

    def close(self) -> None:
        """End a process that is at work: the next run lets the review be written anew."""
        work, self._work = self._work, None
        if work is not None:
            work.process.kill()
            work.output.close()
            with suppress(subprocess.TimeoutExpired):  # Windows gives it up later
                work.process.wait(_GRACE)


def _unheard(line: str) -> None:
    """Tell nobody."""


def deals_to_review(terminal: Terminal, since: datetime, now: datetime) -> tuple[Deal, ...]:
    """Return the deals since an instant, and the earlier ones of positions that were open then; both are UTC.

    Raises TerminalError.
    """
    deals = terminal.deals(since - _EARLIER, now + timedelta(days=1))
    open_then = {one.ticket for one in terminal.positions()}
    open_then |= {deal.position for deal in deals if deal.at > since}
    return tuple(deal for deal in deals if deal.at > since or deal.position in open_then)


def _made(entry: Mapping[str, Any]) -> tuple[date, str]:
    """Return session and file of an entry; KeyError for one that tells an error."""
    return date.fromisoformat(entry["session"]), PurePath(entry["file"]).name
