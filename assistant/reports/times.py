"""Instants of a document as a page writes them: in the user's zone, with the server's clock beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from assistant.errors import ConfigError
from assistant.reports.drawing import GREY
from assistant.terminal.clock import ServerClock, offset_name

_UTC = re.compile(r"\b(?:(\d{4}-\d\d-\d\d) )?([01]\d|2[0-3]):([0-5]\d)(:[0-5]\d)? UTC\b")
STEPS = (15, 30, 60, 120, 180, 240, 360, 720)  # minutes between the marks of an axis


@dataclass(frozen=True, slots=True)
class Times:
    """How instants are written on a page."""

    user: tzinfo
    ahead: timedelta | None  # of the server's clock before UTC; None: not on record
    session: date

    def local(self, instant: str) -> datetime:
        """Return a document's instant in the user's zone."""
        return datetime.fromisoformat(instant).astimezone(self.user)

    def server(self, instant: str) -> datetime:
        """Return the digits that the server's clock showed; those of UTC where it is not known."""
        return datetime.fromisoformat(instant).astimezone(UTC) + (self.ahead or timedelta())

    def clock(self, instant: str | None, *, seconds: bool = False) -> str:
        """Write the time of day, with the date where it is another than the session's."""
        if instant is None:
            return ""
        local = self.local(instant)
        day = "" if local.date() == self.session else f"{local:%d %b} "
        return day + (f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}")

    def server_clock(self, instant: str | None, *, seconds: bool = False) -> str:
        """Write the same by the server's clock, with the date where it is another than the user's."""
        if instant is None:
            return ""
        server = self.server(instant)
        day = "" if server.date() == self.local(instant).date() else f"{server:%d %b} "
        return day + (f"{server:%H:%M:%S}" if seconds else f"{server:%H:%M}")

    def zoned(self, sentence: str) -> str:
        """Write the instants of a sentence, which are UTC, in the user's zone; one that is none stays."""
        return _UTC.sub(self._zoned, sentence)

    def _zoned(self, found: re.Match[str]) -> str:
        day, hour, minute, second = found.groups()
        on = day or self.session.isoformat()
        try:
            at = datetime.fromisoformat(f"{on}T{hour}:{minute}{second or ''}+00:00").isoformat()
        except ValueError:
            return found[0]
        if day:
            return self.clock(at, seconds=second is not None)
        return f"{self.local(at):%H:%M:%S}" if second else f"{self.local(at):%H:%M}"

    def drawn(self, instant: str) -> str:
        """Write an instant as plotly takes it: the digits of the user's zone."""
        return f"{self.local(instant):%Y-%m-%dT%H:%M:%S}"

    @property
    def names(self) -> tuple[str, str]:
        """The names of both: the user's zone, and the server's clock."""
        ahead = self.ahead
        server = "UTC" if not ahead else offset_name(ahead)
        return str(self.user), server

    def axis(self, begin: str, end: str) -> dict[str, Any]:
        """Return a horizontal axis of plotly from an instant to another: whole hours of both clocks."""
        first, last = self.local(begin), self.local(end)
        minutes = (last - first) / timedelta(minutes=1)
        step = next((one for one in STEPS if minutes / one <= 8), 1440)  # noqa: PLR2004 -- marks that fit a phone
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        marks, texts = [], []
        for place in range(int((last - first).total_seconds() // 60 + 1440) // step + 2):
            mark = midnight + timedelta(minutes=step * place)
            instant = mark.replace(tzinfo=self.user)
            if first <= instant <= last:
                marks.append(f"{mark:%Y-%m-%dT%H:%M:%S}")
                other = self.server(instant.isoformat())
                own = f"{mark:%H:%M}" if mark.hour or mark.minute else f"{mark.day} {mark:%b}"
                texts.append(f"{own}<br><span style='color:{GREY}'>{other:%H:%M}</span>")
        span = [self.drawn(begin), self.drawn(end)]
        return {"type": "date", "range": span, "tickmode": "array", "tickvals": marks, "ticktext": texts}


def times_of(document: Mapping[str, Any], user: tzinfo) -> Times:
    """Return how the instants of a review or a series are written."""
    if "session" not in document:
        return Times(user, None, date.fromisoformat(document["sessions"][-1]["session"]))
    return Times(
        user, _ahead(document["clock"], document["opens_at"]), date.fromisoformat(document["session"])
    )


def _ahead(clock: str | None, at: str) -> timedelta | None:
    """Return how far the server's clock was ahead of UTC; None where its zone is not known."""
    if clock is None:
        return None
    try:
        return ServerClock(clock).offset(datetime.fromisoformat(at))
    except ConfigError:
        return None
