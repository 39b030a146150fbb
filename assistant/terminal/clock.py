"""Broker server time <-> UTC, and the exchange's sessions.

A terminal writes the wall-clock digits of its broker's server as if they were epoch seconds. Two families
are common: New York + 7 hours (midnight falls on 17:00 in New York, with New York's summer time), and a
zone of its own such as Europe/Athens.
"""

import csv
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.core.market import Hours, SessionState
from assistant.errors import ConfigError

NEW_YORK_PLUS_7 = "New_York+7"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- wall-clock digits without a zone


class ServerClock:
    """The clock of one broker's server."""

    def __init__(self, zone: str) -> None:
        """Take New_York+7 or an IANA zone; raises ConfigError for an unknown one."""
        new_york = zone == NEW_YORK_PLUS_7
        self._ahead = timedelta(hours=7 if new_york else 0)
        try:
            self._zone = ZoneInfo("America/New_York" if new_york else zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"terminal.server_zone was {zone!r}; expected {NEW_YORK_PLUS_7} or an IANA zone"
            raise ConfigError(message) from None

    def to_utc(self, stamp: float) -> datetime:
        """Return the UTC instant of a server stamp (epoch seconds of wall-clock digits).

        In the hour that a clock is set back the first of the two readings is taken, the older instant.
        """
        wall = _EPOCH + timedelta(seconds=stamp) - self._ahead
        return wall.replace(tzinfo=self._zone).astimezone(UTC)

    def to_stamp(self, instant: datetime) -> int:
        """Return the server stamp (whole epoch seconds of wall-clock digits) of a UTC instant."""
        wall = instant.astimezone(self._zone).replace(tzinfo=None) + self._ahead
        return int((wall - _EPOCH).total_seconds())


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the exchange."""

    date: date
    opens_at: datetime  # UTC
    closes_at: datetime  # UTC


class Sessions:
    """The table of XNYS sessions: when the market should be open."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        """Take sessions in ascending order."""
        self._sessions = tuple(sessions)
        self._opens = [one.opens_at for one in sessions]
        self._dates = {one.date for one in sessions}

    @classmethod
    def packaged(cls) -> Self:
        """Read data/sessions.csv (date, open and close in UTC)."""
        text = (files("assistant") / "data" / "sessions.csv").read_text(encoding="utf-8")
        rows = csv.reader(text.splitlines()[1:])
        return cls([_session(day, opens, closes) for day, opens, closes in rows])

    def hours(self, instant: datetime) -> Hours:
        """Return where the exchange's day stands (UTC); a session holds its open, not its close."""
        after = bisect_right(self._opens, instant)
        last = self._sessions[after - 1] if after else None
        if last and instant < last.closes_at:
            before = self._sessions[after - 2] if after > 1 else None
            return _hours(SessionState.OPEN, last, before)
        ahead = self._sessions[after] if after < len(self._sessions) else None
        return _hours(self._closed(instant, ahead), ahead, last)

    def _closed(self, instant: datetime, ahead: Session | None) -> SessionState:
        """Say which kind of closed it is, by the date in New York."""
        today = instant.astimezone(ZoneInfo("America/New_York")).date()
        if ahead and ahead.date == today:
            return SessionState.PRE
        weekday = today.weekday() < 5  # noqa: PLR2004 -- Monday is 0
        return SessionState.HOLIDAY if weekday and today not in self._dates else SessionState.CLOSED


def _session(day: str, opens: str, closes: str) -> Session:
    on = date.fromisoformat(day)
    return Session(
        on,
        datetime.combine(on, time.fromisoformat(opens), UTC),
        datetime.combine(on, time.fromisoformat(closes), UTC),
    )


def _hours(state: SessionState, session: Session | None, before: Session | None) -> Hours:
    return Hours(
        state=state,
        opens_at=session.opens_at if session else None,
        closes_at=session.closes_at if session else None,
        last_session=before.date if before else None,
        last_close=before.closes_at if before else None,
    )
