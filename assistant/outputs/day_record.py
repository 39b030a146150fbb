"""What a review of the day needs beside what changes: orders against the advice before them, floors, votes.

An order is judged by what was shown last before it, whatever became of the journal since: what could not be
written is owed to it, and written with the next look that can be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from assistant.core.advice import Advice
from assistant.core.floors_seen import floors_due, floors_seen
from assistant.core.logbook import FloorSeen, HeldOver, Taken
from assistant.core.market import Account, Deal, Vote
from assistant.core.overnight import held_over, session_left
from assistant.core.taken import Orders, taken
from assistant.outputs.fields import instant

Entry = tuple[str, dict[str, Any]]  # kind, fields


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal's file of a day knows already."""

    day: date | None = None  # UTC
    votes: tuple[Vote, ...] | None = None
    floors: tuple[FloorSeen, ...] = ()
    scale: float = 1.0
    floors_at: datetime | None = None  # UTC


class DayRecord:
    """What one run has on record for a review, and what it owes."""

    def __init__(self, mode: str, account: Account, versions: Mapping[str, str], ttl: float) -> None:
        """Begin with a run: what is there at its first look was ordered before it.

        `ttl` is for how many seconds an advice stands; one of the paper terminal, which plays a recording at
        any speed, until the next.
        """
        of = {"server": account.server, "currency": account.currency, "hedging": account.hedging}
        self.running: dict[str, Any] = {"mode": mode, **of, "versions": dict(versions)}
        self._last: Advice | None = None  # that was shown; its positions and hours are those of the last look
        self._orders = Orders(None if mode == "paper" else timedelta(seconds=ttl))
        self._owed: list[Entry] = []
        self._known = self._next = Known()

    def entries(self, advice: Advice, deals: Sequence[Deal]) -> list[Entry]:
        """Return the entries of one look; they are asked for again until `kept`."""
        before = self._last
        said, self._orders = taken(advice, before, deals, self._orders)
        self._owed += [("taken", taken_fields(one)) for one in said]
        session = session_left(before, advice) if before else None
        if before and session:
            held = [held_fields(one) for one in held_over(before, advice, deals)]
            self._owed.append(("held", {"session": session.isoformat(), "positions": held}))
        changed, self._next = _changed(advice, self._known)
        if self._known.day not in (None, self._next.day):
            changed = [("running", self.running), *changed]
        return [*self._owed, *changed]

    def kept(self) -> None:
        """Take what was asked for last as written."""
        self._owed.clear()
        self._known = self._next

    def lost(self) -> None:
        """Tell all with the next look, as on a new UTC date: the file that held it is gone."""
        self._known = Known(day=date.min)

    def shown(self, advice: Advice, *, handed: bool = True) -> None:
        """Take an advice for what the next order is placed by.

        One that could not be handed out was not: the one before it goes on, with what has been seen since.
        """
        if handed:
            self._last = advice
        elif self._last is not None:
            self._last = replace(self._last, positions=advice.positions, hours=advice.hours)


def _changed(advice: Advice, known: Known) -> tuple[list[Entry], Known]:
    """Return votes and floors where they are due, and what is known once they are written."""
    at = advice.as_of
    if known.day != at.date():
        known = Known(day=at.date())  # each file stands by itself
    out: list[Entry] = []
    votes = advice.regime.votes
    if votes != known.votes:
        out.append(("votes", {"votes": [_vote(one) for one in votes]}))
        known = replace(known, votes=votes)
    if advice.funded:
        followed, floors = advice.funded.followed, floors_seen(advice.funded)
        scale = followed.scale if followed else 1.0
        since = known.floors_at
        if since is None or scale != known.scale or floors_due(known.floors, since, floors, at):
            out.append(("floors", {"scale": scale, "floors": [_floor(one) for one in floors]}))
            known = replace(known, floors=floors, scale=scale, floors_at=at)
    return out, known


def taken_fields(one: Taken) -> dict[str, Any]:
    """Return what an advice said to an order; its instant is the entry's own."""
    fields = asdict(one)
    del fields["at"]
    would = one.would_bind
    return fields | {"as_of": instant(one.as_of), "would_bind": [would.lots, would.cap] if would else None}


def held_fields(one: HeldOver) -> list[Any]:
    """Return a position that was held over the close."""
    money = (None if each is None else round(each, 2) for each in (one.at_stop, one.gap, one.profit))
    return [one.ticket, one.broker_symbol, one.side, one.lots, one.stop, *money]


def _floor(one: FloorSeen) -> list[Any]:
    after = None if one.after_reset is None else round(one.after_reset, 2)
    room = (one.level, round(one.headroom, 2), after, instant(one.reset_at))
    other = () if one.after_told is None else (one.after_told,)
    return [one.name, one.effect, *room, one.advisory, *other]


def _vote(one: Vote) -> list[Any]:
    return [one.name, one.value, one.number, one.reason, instant(one.as_of)]
