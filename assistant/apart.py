"""Reviews of several sessions, each read in a process beside the others: one takes a second or two.

What a review is made of is read here alone; nothing is written. A process is begun anew everywhere, as
Windows has it.
"""

import os
import signal
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing import active_children, get_context
from pathlib import Path

from assistant.core.fold import FoldSettings
from assistant.core.judged import judged
from assistant.core.review import Review, review
from assistant.core.trades import trades
from assistant.outputs.logbook import read_logbook
from assistant.terminal.sessions import Session

MOST = 3  # processes at once: each needs some 65 MB
WORTH = 4_000_000  # bytes of journals; processes for fewer would take longer to begin than they spare


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session that is to be looked back at."""

    logs: Path
    login: int
    mode: str  # where its journal tells none
    now: datetime  # UTC
    session: Session
    since: datetime  # UTC, when its span begins
    fold: FoldSettings
    size: int  # bytes of its journals


def made(wanted: Wanted) -> Review:
    """Read what is on record of a session, and look back at it."""
    session = wanted.session
    book = read_logbook(
        wanted.logs,
        wanted.login,
        session.date,
        since=wanted.since,
        opens_at=session.opens_at,
        closes_at=session.closes_at,
        now=wanted.now,
    )
    if not book.server:  # no run told what it was
        book = replace(book, mode=wanted.mode)
    own = trades(book.deals, book.positions, book.span, hedging=book.hedging)
    return review(book, judged(own, book), wanted.fold, wanted.now)


def all_made(wanted: Sequence[Wanted], processes: int | None = None) -> Generator[Review, None, None]:
    """Yield the reviews in order; `processes`: at most so many at once, by default as many as processors.

    Where none can be begun, or one ends by itself, what is left is read in this one.
    """
    most = min(processes or os.cpu_count() or 1, MOST, len(wanted))
    left = list(wanted)
    if most > 1 and sum(one.size for one in wanted) >= WORTH:
        try:
            with _processes(most) as pool:
                for one in pool.map(made, wanted):
                    left.pop(0)
                    yield one
        except (BrokenProcessPool, OSError):
            pass  # the rest is read here
    yield from map(made, left)


@contextmanager
def _processes(most: int) -> Iterator[ProcessPoolExecutor]:
    """Begin so many processes; they are ended at once where the work is given up, as by Ctrl-C."""
    others = set(active_children())
    pool = ProcessPoolExecutor(most, get_context("spawn"), _begun)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        ended = set(active_children()) - others
        for one in ended:
            one.terminate()
        for one in ended:
            one.join()
        raise
    pool.shutdown()


def _begun() -> None:
    """Leave Ctrl-C, which every process of a console is told, to the one that began this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
