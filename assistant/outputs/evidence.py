"""What is kept of a loss rule that was broken: a file of its own, with everything the ruling rests on.

It is written at once, and once more when the ticks of the minutes after are there. Nothing changes it later.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from assistant.core.breaches import Breach
from assistant.core.followed import Followed
from assistant.core.market import Deal, Quote, Unknown
from assistant.core.past import Past, traded
from assistant.core.program import Program
from assistant.core.snapshot import Snapshot
from assistant.errors import PublishError, TerminalError
from assistant.outputs.fields import Document, instant
from assistant.outputs.files import replace_file
from assistant.outputs.funded_record import followed_fields

BESIDE = timedelta(minutes=5)  # of ticks before a breach, and after it
_DAY = timedelta(days=1)


class Ticks(Protocol):
    """What a terminal remembers of its ticks."""

    def ticks(self, broker_symbol: str, since: datetime, until: datetime) -> tuple[Quote, ...] | Unknown:
        """Return the ticks of a span of time (UTC), oldest first."""
        ...


@dataclass(slots=True)
class _Record:
    """A record that is not complete, or not written yet."""

    path: Path
    at: datetime  # UTC, of the breach
    names: tuple[str, ...]  # the broker's symbols of whose ticks it tells
    document: Document
    written: bool = False


@dataclass(slots=True)
class Evidence:
    """The records of one login in one folder; what cannot be written is told, and tried again."""

    folder: Path
    login: int
    terminal: Ticks
    problems: tuple[str, ...] = ()
    _open: list[_Record] = field(default_factory=list)

    def see(
        self, snapshot: Snapshot, before: Followed | None, after: Followed | None, program: Program | None
    ) -> None:
        """Write a record of each breach that this cycle has found, and complete those whose time has come."""
        if after is not None and program is not None:
            for rule, breach in _new(before, after):
                self._open.append(self._record(snapshot, (rule, breach), (before, after), program))
        self._write(snapshot.as_of)

    def finish(self, now: datetime) -> None:
        """Complete what is open with the ticks up to now (UTC): the run ends."""
        self._write(now, last=True)

    def _record(
        self,
        snapshot: Snapshot,
        broken: tuple[str, Breach],
        tracks: tuple[Followed | None, Followed],
        program: Program,
    ) -> _Record:
        name, breach = broken
        stem = f"evidence_{self.login}_{breach.at:%Y%m%dT%H%M%S%fZ}_{re.sub(r'[^0-9A-Za-z-]+', '_', name)}"
        before, after = tracks
        document = {
            "schema": "evidence/1",
            "found_at": instant(snapshot.as_of),
            "mode": snapshot.mode,
            "login": self.login,
            "server": snapshot.account.server,
            "breach": {"rule": name, **_plain(breach)},
            "program": {key: one for key, one in _plain(program).items() if key != "rules"},
            "rule": next(_plain(one) for one in program.rules if one.name == name),
            "before": None if before is None else followed_fields(before),
            "after": followed_fields(after),
            "terminal": _plain(snapshot.terminal),
            "account": _plain(snapshot.account),
            "positions": _plain(snapshot.positions),
            "orders": _plain(snapshot.orders),
            "deals": [_plain(one) for one in _deals(snapshot, breach.at, program)],
            "quotes": _plain(snapshot.quotes),
        }
        return _Record(self.folder / f"{stem}.json", breach.at, _names(snapshot, breach.at), document)

    def _write(self, now: datetime, *, last: bool = False) -> None:
        """Write what is not written yet, and complete what can be; what fails stays open."""
        problems, still = [], []
        for one in self._open:
            if not one.written and one.path.exists():
                continue  # one of an earlier run stays as it is
            due = last or now >= one.at + BESIDE
            try:
                if due or not one.written:
                    self._put(one, min(now, one.at + BESIDE), complete=due)
            except (PublishError, ValueError, TypeError) as error:
                why = error.__cause__ or error
                problems.append(f"what broke {one.document['breach']['rule']} is not on record: {why}")
                due = False
            if not due:
                still.append(one)
        self._open, self.problems = still, tuple(problems)

    def _put(self, record: _Record, until: datetime, *, complete: bool) -> None:
        """Put a record in its place, on the disk."""
        ticks = {name: self._ticks(name, record.at - BESIDE, until) for name in record.names}
        document = {**record.document, "complete": complete, "ticks": ticks}
        content = json.dumps(document, indent=1, allow_nan=False).encode()
        replace_file(record.path, content, durable=True)
        record.written = True

    def _ticks(self, name: str, since: datetime, until: datetime) -> Document:
        try:
            found = self.terminal.ticks(name, since, until)
        except TerminalError as error:
            found = Unknown(str(error))
        span = {"from": instant(since), "until": instant(until)}
        if isinstance(found, Unknown):
            return {**span, "unknown": found.reason}
        return {**span, "ticks": [[instant(one.at), one.bid, one.ask] for one in found]}


def _new(before: Followed | None, after: Followed) -> Iterable[tuple[str, Breach]]:
    """Yield the breaches that were not known before, or known from prices alone and now seen."""
    known = {} if before is None or before.key != after.key else before.broken
    for rule, breach in after.broken.items():
        was = known.get(rule)
        if was is None or (was.at, was.seen) != (breach.at, breach.seen):
            yield rule, breach


def _names(snapshot: Snapshot, at: datetime) -> tuple[str, ...]:
    """Return the broker's symbols that were open at an instant (UTC) or later."""
    told = snapshot.told
    names = set(traded(told.deals, told.positions, at - BESIDE)) if isinstance(told, Past) else set()
    names |= {one.broker_symbol for one in snapshot.positions}
    deals = () if isinstance(snapshot.deals, Unknown) else snapshot.deals
    return tuple(sorted(names | {one.broker_symbol for one in deals if one.broker_symbol}))


def _deals(snapshot: Snapshot, at: datetime, program: Program) -> list[Deal]:
    """Return the deals since the firm's day of an instant (UTC) began, by the earliest of its cut-offs."""
    since = min((one.last(at) for one in program.cutoffs.values()), default=at - _DAY)
    told = snapshot.told.deals if isinstance(snapshot.told, Past) else ()
    deals = () if isinstance(snapshot.deals, Unknown) else snapshot.deals
    found = {one.ticket: one for one in (*told, *deals) if one.at >= since}
    return sorted(found.values(), key=lambda one: (one.at, one.ticket))


def _plain(fact: object) -> Any:  # noqa: ANN401 -- as JSON has it
    """Return a fact as JSON has it; a number that is none is null."""
    return json.loads(json.dumps(fact, default=_parts), parse_constant=lambda _: None)


def _parts(fact: object) -> object:
    """Return what a fact is made of."""
    if isinstance(fact, Unknown):
        return {"unknown": fact.reason}
    if isinstance(fact, datetime):
        return instant(fact)
    if is_dataclass(fact):
        return {one.name: getattr(fact, one.name) for one in fields(fact)}
    return str(fact)
