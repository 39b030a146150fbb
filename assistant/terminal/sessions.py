"""The exchange's sessions: when the market should be open, by a packaged table of XNYS."""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Self
from zoneinfo import ZoneInfo

from assistant.core.market import Hours, SessionState

FIRST_MINUTES = timedelta(minutes=5)  # of a session: its edge
LAST_MINUTES = timedelta(minutes=15)  # likewise


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the exchange; a half-day is one, too."""

    date: date
    opens_at: datetime  # UTC
    closes_at: datetime  # UTC


class Sessions:
    """A table of sessions: when the market should be open."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        """Take sessions in ascending order."""
        self._sessions = tuple(sessions)
        self._opens = [one.opens_at for one in sessions]
        self._dates = {one.date for one in sessions}

    @classmethod
    def packaged(cls, closed: Collection[date] = ()) -> Self:
        """Read data/sessions.csv (date, open and close in UTC), without the dates in `closed`.

        Those are sessions that did not take place although the table lists them: a day of mourning is
        announced after a table is made. A date that the table does not list changes nothing.
        """
        return cls([one for one in _listed() if one.date not in closed] if closed else _listed())

    @property
    def first(self) -> date | None:
        """The first session of the table; None: an empty one."""
        return self._sessions[0].date if self._sessions else None

    @property
    def last(self) -> date | None:
        """The last session of the table: after it the market is never taken for open; None: an empty one."""
        return self._sessions[-1].date if self._sessions else None

    def until(self, last: date | None, count: int) -> tuple[Session, ...]:
        """Return up to `count` sessions, oldest first, the newest on the date `last` or before it."""
        if last is None:
            return ()
        end = bisect_right(self._sessions, last, key=lambda one: one.date)
        return self._sessions[max(end - count, 0) : end]

    def between(self, first: date, last: date) -> tuple[Session, ...]:
        """Return the sessions from one date to another, both among them, oldest first."""
        begin = bisect_left(self._sessions, first, key=lambda one: one.date)
        return self._sessions[begin : bisect_right(self._sessions, last, key=lambda one: one.date)]

    def hours(self, instant: datetime) -> Hours:
        """Return where the exchange's day stands at an instant (UTC), by the table alone.

        A session holds its open, not its close; its edge is the first 5 and the last 15 minutes. Outside the
        table's first and last session the state is `closed`: nothing is known of the day.
        """
        after = bisect_right(self._opens, instant)
        last = self._sessions[after - 1] if after else None
        if last and instant < last.closes_at:
            before = self._sessions[after - 2] if after > 1 else None
            inner = last.opens_at + FIRST_MINUTES <= instant < last.closes_at - LAST_MINUTES
            state = SessionState.OPEN if inner else SessionState.EDGE
            return _hours(state, last, before, self._opens_at(after))
        ahead = self._sessions[after] if after < len(self._sessions) else None
        return _hours(self._closed(instant, ahead, last), ahead, last, self._opens_at(after + 1))

    def _opens_at(self, index: int) -> datetime | None:
        return self._opens[index] if index < len(self._opens) else None

    def _closed(self, instant: datetime, ahead: Session | None, last: Session | None) -> SessionState:
        """Say which kind of closed it is, by the date in New York."""
        today = instant.astimezone(ZoneInfo("America/New_York")).date()
        if ahead and ahead.date == today:
            return SessionState.PRE
        inside = ahead is not None and last is not None
        weekday = today.weekday() < 5  # noqa: PLR2004 -- Monday is 0
        unlisted = inside and weekday and today not in self._dates
        return SessionState.HOLIDAY if unlisted else SessionState.CLOSED


@cache
def _listed() -> tuple[Session, ...]:
    """Return the sessions of the packaged table."""
    text = (files("assistant") / "data" / "sessions.csv").read_text(encoding="utf-8")
    return tuple(
        Session(
            date.fromisoformat(day),
            datetime.fromisoformat(f"{day} {opens}+00:00"),
            datetime.fromisoformat(f"{day} {closes}+00:00"),
        )
        for day, opens, closes in csv.reader(text.splitlines()[1:])
    )


def _hours(
    state: SessionState, session: Session | None, before: Session | None, then: datetime | None
) -> Hours:
    return Hours(
        state=state,
        opens_at=session.opens_at if session else None,
        closes_at=session.closes_at if session else None,
        last_session=before.date if before else None,
        last_close=before.closes_at if before else None,
        then_opens_at=then,
    )
