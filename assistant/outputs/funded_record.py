"""What the journal keeps of a funded account, and how it is read back: entries `track` and `marks`.

A `track` holds everything. Between two of them only the equity's high-water marks may have risen: `marks`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from assistant.core.breaches import Breach
from assistant.core.followed import Followed
from assistant.core.program import Program, follows_equity
from assistant.core.sight import Lost
from assistant.core.track import Day, Look, Mark, Track

_EQUITY = (Mark.HIGH_EQUITY, Mark.HIGH_EQUITY_OF_DAY)
_INSTANTS = ("opened_at", "closed_at", "paid_at")
_NUMBERS = ("balance", "opening", "moved", "deposited", "initial", "size")
_COUNTS = ("payouts", "paid_days")


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal knows of a funded account already."""

    whole: tuple[Any, ...] = ()  # what makes a new `track`
    marks: tuple[Any, ...] = ()  # what makes new `marks`
    since: datetime | None = None  # UTC; of the last `track`, which `marks` rest on


def funded_entries(
    followed: Followed | None, program: Program | None, before: Known
) -> tuple[list[tuple[str, dict[str, Any]]], Known]:
    """Return the entries of one cycle, kind and fields, and what is known then."""
    if followed is None or program is None:
        return [], before
    now = _known(followed, program)
    if now.whole != before.whole:
        return [("track", followed_fields(followed))], replace(now, since=followed.at)
    now = replace(now, since=before.since)
    if now.marks != before.marks:
        marks = {name: _marked(track, _EQUITY) for name, track in followed.tracks.items()}
        span = {"since": _iso(now.since), "until": _iso(followed.at)}
        return [("marks", {"key": followed.key, **span, "tracks": marks})], now
    return [], now


def record_of(followed: Followed, program: Program) -> str:
    """Return what names the record of a funded account as it is now; that of another record differs."""
    known = _known(followed, program)
    told = json.dumps([known.whole, known.marks], default=_plain)
    return sha256(told.encode()).hexdigest()[:16]


def _plain(value: object) -> object:
    return _breach(value) if isinstance(value, Breach) else _instant(value).isoformat()


def _known(followed: Followed, program: Program) -> Known:
    return Known(_whole(followed), _marks(followed, _EQUITY) if follows_equity(program) else ())


def _whole(followed: Followed) -> tuple[Any, ...]:
    """Return what changes when a new `track` is due."""
    marks = tuple(mark for mark in Mark if mark not in _EQUITY)
    days = tuple(len(track.days) for track in followed.tracks.values())
    balances = tuple((track.balance, track.deposited, track.payouts) for track in followed.tracks.values())
    acts = tuple((track.opened_at, track.closed_at) for track in followed.tracks.values())
    broken = tuple(sorted(followed.broken.items()))
    told = (followed.stated_at, followed.unverified, followed.unbounded, followed.clock)
    recent = followed.recent and (followed.recent.balance, followed.recent.equity)
    return followed.key, _marks(followed, marks), days, balances, acts, broken, told, recent


def _marks(followed: Followed, marks: Sequence[Mark]) -> tuple[float | None, ...]:
    return tuple(getattr(track, mark) for track in followed.tracks.values() for mark in marks)


def followed_fields(followed: Followed) -> dict[str, Any]:
    """Return everything that is remembered of a funded account."""
    return {
        "key": followed.key,
        "scale": followed.scale,
        "until": _iso(followed.at),
        "clock": followed.clock,
        "tracks": {name: _track(track) for name, track in followed.tracks.items()},
        "recent": _look(followed.recent),
        "broken": {rule: _breach(one) for rule, one in followed.broken.items()},
        "stated_at": _iso(followed.stated_at),
        "unbounded": list(followed.unbounded),
        "unverified": followed.unverified,
        "lost": followed.lost and [_iso(followed.lost.at), followed.lost.told],
        "differences": list(followed.differences),
    }


def _track(track: Track) -> dict[str, Any]:
    return {
        **{name: getattr(track, name) for name in (*_NUMBERS, *_COUNTS, "opened")},
        **{name: _iso(getattr(track, name)) for name in _INSTANTS},
        "marks": _marked(track, tuple(Mark)),
        "days": [[_iso(day.ended), day.closed, day.at_cutoff, day.opened] for day in track.days],
    }


def _marked(track: Track, marks: Sequence[Mark]) -> dict[str, float | None]:
    return {mark: getattr(track, mark) for mark in marks}


def _look(one: Look | None) -> list[Any] | None:
    return None if one is None else [_iso(one.at), one.balance, one.equity]


def _breach(one: Breach) -> dict[str, Any]:
    return {
        "at": _iso(one.at),
        "value": one.value,
        "floor": one.floor,
        "told": one.told,
        "seen": one.seen,
        "until": _iso(one.until),
    }


def followed_from(entry: Mapping[str, Any]) -> Followed:
    """Return what a `track` holds; KeyError, TypeError or ValueError where it is none."""
    until = _instant(entry["until"])
    return Followed(
        key=str(entry["key"]),
        scale=_number(entry["scale"]),
        at=until,
        clock=str(entry["clock"]),
        tracks={str(name): _track_from(one, until) for name, one in entry["tracks"].items()},
        recent=_look_from(entry["recent"]),
        broken={str(rule): _breach_from(one) for rule, one in entry["broken"].items()},
        stated_at=_maybe(entry["stated_at"]),
        resumed=True,
        unbounded=tuple(map(str, entry["unbounded"])),
        unverified=entry["unverified"],
        lost=_lost_from(entry.get("lost")),
    )


def with_marks(followed: Followed, entry: Mapping[str, Any]) -> Followed:
    """Return what was remembered with the marks of a later entry: the higher of each counts.

    Where they rest on another `track`, that one is lost, perhaps with a reset or a breach: they tell how high
    equity was, and the account's history tells the time from the older one on.
    """
    until = _instant(entry["until"])
    if entry["key"] != followed.key or until < followed.at:
        return followed
    if _maybe(entry.get("since")) not in (None, followed.at):
        until = followed.at
    tracks = {}
    for name, track in followed.tracks.items():
        marks = {mark: value for mark, value in entry["tracks"].get(name, {}).items() if value is not None}
        higher: dict[str, Any] = {
            Mark(mark).value: max(_number(value), getattr(track, Mark(mark)) or 0.0)
            for mark, value in marks.items()
        }
        tracks[name] = replace(track, **higher, at=until)
    return replace(followed, tracks=tracks, at=until)


def seen_until(followed: Followed, document: Mapping[str, Any], program: Program, now: datetime) -> Followed:
    """Return what was remembered as of the last advice that rests on it: nothing has changed since then.

    An advice of another record is none: the journal has lost lines since. One from after `now` (UTC) is of a
    clock that was ahead, or of a recording that is played again.
    """
    funded = document.get("funded")
    if not isinstance(funded, Mapping) or funded.get("track") != followed.key:
        return followed
    if funded.get("record") != record_of(followed, program):
        return followed
    try:
        until = _maybe(funded.get("seen_at"))
    except ValueError:
        return followed
    return followed if until is None or not followed.at <= until <= now else replace(followed, at=until)


def _track_from(one: Mapping[str, Any], at: datetime) -> Track:
    marks = {Mark(mark).value: _number(value) for mark, value in one["marks"].items() if value is not None}
    numbers = {name: _number(one[name]) for name in _NUMBERS}
    counts = {name: int(one[name]) for name in _COUNTS}
    instants = {name: _maybe(one[name]) for name in _INSTANTS}
    days = tuple(_days(one["days"]))
    equity = numbers["balance"]  # until the next look
    fields: dict[str, Any] = {**numbers, **counts, **instants, **marks}
    return Track(**fields, equity=equity, at=at, days=days, opened=bool(one["opened"]))


def _days(rows: Sequence[Sequence[Any]]) -> Iterator[Day]:
    for ended, closed, at_cutoff, opened in rows:
        known = None if at_cutoff is None else _number(at_cutoff)
        yield Day(_instant(ended), _number(closed), known, bool(opened))


def _look_from(row: Sequence[Any] | None) -> Look | None:
    if row is None:
        return None
    at, balance, equity = row
    return Look(_instant(at), _number(balance), _number(equity))


def _lost_from(row: Sequence[Any] | None) -> Lost | None:
    if row is None:
        return None
    at, told = row
    return Lost(_instant(at), str(told))


def _breach_from(one: Mapping[str, Any]) -> Breach:
    return Breach(
        at=_instant(one["at"]),
        value=_number(one["value"]),
        floor=_number(one["floor"]),
        told=str(one["told"]),
        seen=bool(one["seen"]),
        until=_maybe(one["until"]),
    )


def _number(value: object) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"a number was {value!r}")
    return float(str(value))


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def _maybe(text: object) -> datetime | None:
    return None if text is None else _instant(text)


def _instant(text: object) -> datetime:
    instant = datetime.fromisoformat(str(text))
    if instant.tzinfo is None:
        raise ValueError(f"an instant was {text}; expected a zone")
    return instant.astimezone(UTC)
