"""What the rules of a funded account need to know beside a snapshot: history, dashboard numbers, news."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from assistant.core.followed import Followed, asked
from assistant.core.market import Unknown
from assistant.core.order_rules import About, Window
from assistant.core.past import Past
from assistant.core.program import Program
from assistant.core.snapshot import Calendar, Snapshot
from assistant.funded.anchors import Anchors
from assistant.funded.calendar import Calendars
from assistant.funded.past import read_past
from assistant.terminal import Terminal

AGAIN = timedelta(seconds=30)  # between two readings of a history that could not be read, or does not add up


@dataclass(slots=True)
class FundedFacts:
    """Reads those facts for one home and program."""

    program: Program
    home: Path
    stress: float  # share by which a conversion rate may have moved
    _calendars: Calendars = field(init=False)
    _anchors: Anchors = field(init=False)
    _read_at: datetime | None = field(default=None, init=False)  # UTC; when the history was read last
    _since: datetime | None = field(default=None, init=False)  # UTC; from when on it was read
    _read: Past | Unknown | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Take the files of the home."""
        self._calendars = Calendars(self.home)
        self._anchors = Anchors(self.home)

    def added(self, snapshot: Snapshot, terminal: Terminal, followed: Followed | None) -> Snapshot:
        """Return the snapshot with what the rules need beside it."""
        calendar = None
        if self._about_news():
            calendar = _doubted(
                self._calendars.read(snapshot.terminal.common_folder, snapshot.as_of),
                self._calendars.problems,
            )
        return replace(
            snapshot,
            told=self._told(snapshot, terminal, followed),
            stated=self._anchors.read(snapshot.account.login),
            calendar=calendar,
            problems=(*snapshot.problems, *self._calendars.problems, *self._anchors.problems),
        )

    def _about_news(self) -> bool:
        readings = (one for rule in self.program.rules for one in rule.readings.values())
        return any(
            isinstance(one, Window) and one.about is About.NEWS and not one.allowed for one in readings
        )

    def _told(
        self, snapshot: Snapshot, terminal: Terminal, followed: Followed | None
    ) -> Past | Unknown | None:
        """Return the account's history where it is asked for; one that failed is read again after a while."""
        since = asked(followed, self.program, snapshot)
        if since is None:
            return None
        doubt = snapshot.terminal.clock_doubt
        if doubt and followed and followed.clock != snapshot.terminal.clock:
            return Unknown(f"when deals were done is not known: {doubt}")
        lately = self._read_at is not None and timedelta() <= snapshot.as_of - self._read_at < AGAIN
        if lately and isinstance(self._read, Unknown):
            return self._read
        if lately and followed and followed.unverified and not followed.resumed and self._since == since:
            return Unknown(followed.unverified)  # looks go on
        self._read_at, self._since = snapshot.as_of, since
        self._read = read_past(terminal, snapshot.account, since, snapshot.as_of, stress=self.stress)
        return self._read


def _doubted(calendar: Calendar | Unknown, problems: tuple[str, ...]) -> Calendar | Unknown:
    """Return a calendar with what is wrong with its files; where there is none, why in their words."""
    if isinstance(calendar, Calendar):
        return replace(calendar, doubts=problems)
    return Unknown(f"no calendar: {problems[0]}") if problems else calendar
