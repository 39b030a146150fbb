"""What the rules of a funded account need to know beside a snapshot: history and dashboard numbers."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from assistant.core.followed import Followed, asked
from assistant.core.market import Unknown
from assistant.core.past import Past
from assistant.core.program import Program
from assistant.core.snapshot import Snapshot
from assistant.funded.anchors import Anchors
from assistant.funded.past import read_past
from assistant.terminal import Terminal

AGAIN = timedelta(seconds=30)  # between two readings of a history that could not be read, or does not add up


@dataclass(slots=True)
class FundedFacts:
    """Reads those facts for one home and program."""

    program: Program
    home: Path
    stress: float  # share by which a conversion rate may have moved
    _anchors: Anchors = field(init=False)
    _read_at: datetime | None = field(default=None, init=False)  # UTC; when the history was read last
    _since: datetime | None = field(default=None, init=False)  # UTC; from when on it was read
    _read: Past | Unknown | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Take the files of the home."""
        self._anchors = Anchors(self.home)

    def added(self, snapshot: Snapshot, terminal: Terminal, followed: Followed | None) -> Snapshot:
        """Return the snapshot with what the rules need beside it."""
        return replace(
            snapshot,
            told=self._told(snapshot, terminal, followed),
            stated=self._anchors.read(snapshot.account.login),
            problems=(*snapshot.problems, *self._anchors.problems),
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
