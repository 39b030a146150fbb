"""What a restart takes from the journal: the last words of the votes, and a cap of the running session."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from assistant.core.caps import AppliesTo, Cap, Kind, Spell, Spells, Unit
from assistant.core.fold import Kept, Memory
from assistant.core.followed import Followed
from assistant.core.intraday import Watch
from assistant.core.market import Note, Override
from assistant.outputs.files import read_file
from assistant.outputs.funded_record import followed_from, with_marks
from assistant.outputs.journal import LONGEST, entry_of

_CONDITION_DAYS = 15  # of journals that may hold the conditions of a run that still goes on
_NOTE_DAYS = 367  # of journals that may hold a note in force
_SESSION_DAYS = 2  # of journals that may hold a cap of the running session
_Made = TypeVar("_Made")
_DAMAGED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What earlier runs left behind."""

    memory: Memory | None
    watch: Watch


def recall(folder: Path, login: int, now: datetime) -> Recalled:
    """Return what the journals of a login in a folder last said; a line that is damaged is passed over.

    `now` is UTC. Words of votes count however old they are, for a witness lost stays lost over a holiday; an
    intraday cap counts until its own end.
    """
    days = [now.date() - timedelta(days=number) for number in range(_SESSION_DAYS)]
    watch = _last("intraday", [folder / f"journal_{login}_{day}.jsonl" for day in days], now, _watch)
    paths = sorted(folder.glob(f"journal_{login}_*.jsonl"), reverse=True)  # named by date: newest first
    memory = _last("context", paths, now, _memory)
    cap = watch.cap if watch else None
    stands = cap is not None and cap.until is not None and now < cap.until
    return Recalled(memory, watch if watch and stands else Watch())


def recall_overrides(folder: Path, login: int, now: datetime) -> tuple[Override, ...]:
    """Return the overrides that were last on record as set by hand; those of the settings are not.

    `now` is UTC.
    """
    days = [now.date() - timedelta(days=number) for number in range(_NOTE_DAYS)]
    paths = [folder / f"journal_{login}_{day}.jsonl" for day in days]
    return _last("overrides", paths, now, _overrides) or ()


def recall_notes(folder: Path, login: int, now: datetime) -> tuple[tuple[Note, ...], datetime] | None:
    """Return the trader's notes that were last on record as in force, and since when (UTC); None: none ever.

    `now` is UTC.
    """
    days = [now.date() - timedelta(days=number) for number in range(_NOTE_DAYS)]
    return _last("notes", [folder / f"journal_{login}_{day}.jsonl" for day in days], now, _notes)


def recall_conditions(folder: Path, login: int, now: datetime) -> tuple[Spells, datetime] | None:
    """Return the conditions that last stood on record, none of them seen good, and since when (UTC) they did.

    `now` is UTC. None: there is no record.
    """
    days = [now.date() - timedelta(days=number) for number in range(_CONDITION_DAYS)]
    return _last("conditions", [folder / f"journal_{login}_{day}.jsonl" for day in days], now, _conditions)


def recall_followed(folder: Path, login: int, now: datetime, key: str) -> Followed | None:
    """Return what was last on record of a funded account, with its marks as they rose; None: nothing.

    `now` is UTC. Only what belongs to `key` counts: another program may have been tried since.
    """
    paths = sorted(folder.glob(f"journal_{login}_*.jsonl"), reverse=True)
    followed = _last("track", paths, now, partial(_of_key, key, followed_from))
    if followed is None:
        return None
    since = followed.at.date().isoformat()
    later = [path for path in paths if path.stem.rpartition("_")[2] >= since]
    return _last("marks", later, now, partial(_of_key, key, partial(with_marks, followed))) or followed


def _of_key(key: str, made: Callable[[Mapping[str, Any]], _Made], entry: Mapping[str, Any]) -> _Made:
    if entry["key"] != key:
        raise ValueError(f"it is of {entry['key']}")
    return made(entry)


def _last(
    kind: str, paths: Iterable[Path], now: datetime, made: Callable[[Mapping[str, Any]], _Made]
) -> _Made | None:
    """Return what is made of the newest entry of a kind; None: there is none. `paths` are newest first."""
    return next(each(kind, paths, now, made), None)


def each(
    kind: str, paths: Iterable[Path], now: datetime, made: Callable[[Mapping[str, Any]], _Made]
) -> Iterator[_Made]:
    """Yield what is made of the entries of a kind, the newest first; what is damaged is passed over.

    `paths` are newest first, `now` is UTC.
    """
    for line in _lines(f'"kind":"{kind}"'.encode(), paths):
        try:
            entry = entry_of(line)
            # a later instant: a clock was ahead, or a recording is played again
            if entry["kind"] != kind or datetime.fromisoformat(entry["at"]) > now:
                continue
            found = made(entry)
        except _DAMAGED:
            continue
        yield found


def _lines(mark: bytes, paths: Iterable[Path]) -> Iterator[bytes]:
    """Yield the lines that hold a mark, the last one first: a day may have thousands of others."""
    for path in paths:
        try:
            content = read_file(path, LONGEST)
        except OSError:
            continue
        end = len(content)
        while (place := content.rfind(mark, 0, end)) >= 0:
            start = content.rfind(b"\n", 0, place) + 1
            yield content[start:end].partition(b"\n")[0]
            end = start


def _overrides(entry: Mapping[str, Any]) -> tuple[Override, ...]:
    return tuple(
        Override(
            symbol=str(one["symbol"]),
            lots=float(one["lots"]) if "lots" in one else None,
            share=_share(one["share"]) if "share" in one else None,
            why=str(one["why"]),
            since=_instant(one["since"]),
            until=_instant(one["until"]) if "until" in one else None,
        )
        for one in entry["overrides"]
        if "since" in one
    )


def _notes(entry: Mapping[str, Any]) -> tuple[tuple[Note, ...], datetime]:
    notes = tuple(
        Note(
            _vote(one["stance"]),
            date.fromisoformat(one["first"]),
            date.fromisoformat(one["until"]),
            str(one["why"]),
        )
        for one in entry["notes"]
    )
    return notes, _instant(entry["at"])


def _conditions(entry: Mapping[str, Any]) -> tuple[Spells, datetime]:
    caps = [
        Cap(
            str(one["name"]),
            _ceiling(one["value"]),
            Unit(one["unit"]),
            Kind.CONDITION,
            str(one["reason"]),
            scope=str(one["scope"]),
            since=_instant(one["since"]),
            settles=True,
        )
        for one in entry["caps"]
    ]
    spells = {(cap.name, cap.scope): Spell(_instant(str(cap.since)), None, cap) for cap in caps}
    return spells, _instant(entry["at"])


def _memory(entry: Mapping[str, Any]) -> Memory:
    return Memory(
        _targets(entry["targets"]),
        _words(entry["votes"]),
        {str(vote): _words(words) for vote, words in entry.get("readings", {}).items()},
        {str(pair): _targets(targets) for pair, targets in entry.get("stances", {}).items()},
        _held(entry.get("held", {})),
    )


def _held(fields: Mapping[str, Any]) -> dict[str, tuple[date, float]]:
    return {str(name): (date.fromisoformat(on), _share(share)) for name, (on, share) in fields.items()}


def _targets(fields: Iterable[Any]) -> dict[date, float]:
    return {date.fromisoformat(session): _share(target) for session, target in fields}


def _words(fields: Mapping[str, Any]) -> dict[str, Kept]:
    return {
        str(name): Kept(_vote(value), date.fromisoformat(since)) for name, (value, since) in fields.items()
    }


def _vote(value: object) -> int:
    if type(value) is not int or value not in (1, 0, -1):
        raise ValueError(f"a vote was {value}; expected 1, 0 or -1")
    return value


def _share(value: object) -> float:
    if type(value) not in (int, float) or not 0 <= (share := float(str(value))) <= 1:
        raise ValueError(f"a share was {value}; expected 0 to 1")
    return share


def _ceiling(value: object) -> float:
    if type(value) not in (int, float) or not 0 <= (ceiling := float(str(value))) < inf:
        raise ValueError(f"a ceiling was {value}; expected 0 or more")
    return ceiling


def _watch(entry: Mapping[str, Any]) -> Watch:
    cap = Cap(
        "intraday",
        _share(entry["value"]),
        Unit.SHARE,
        Kind.SIGNAL,
        str(entry["reason"]),
        applies_to=AppliesTo.RISK_ON,
        since=_instant(entry["since"]),
        until=_instant(entry["until"]),
    )
    return Watch(cap=cap)


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"an instant was {text}; expected a zone")
    return instant.astimezone(UTC)
