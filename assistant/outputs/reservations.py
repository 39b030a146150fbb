"""Reservations between two runs of the program: <home>/state/reserved_LOGIN.json, under a lock."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from math import fsum
from pathlib import Path
from typing import Any, NamedTuple

from assistant.core.check import Standing
from assistant.core.market import Role, Side
from assistant.core.reserved import Reservation
from assistant.errors import PublishError
from assistant.outputs.files import json_of, locked, read_file, replace_file

LASTS = timedelta(seconds=60)
_RESIDUE = 1e-9  # lots; what differences of floats leave of nothing
_PATIENCE = 2.0  # seconds for another check that is being answered
Answering = Callable[[tuple[Reservation, ...]], Reservation | None]


def reserving(home: Path, now: datetime, standing: Standing, answer: Answering, *, release: bool) -> None:
    """Let a check be answered with what others have reserved, and keep what it reserves itself.

    `answer` is called once, also where nothing can be kept; `now` is the PC's clock (UTC). With `release`
    everything that was reserved is given back first. Raises PublishError, after the answer, where nothing
    could be kept.
    """
    login = standing.account.login
    path = home / "state" / f"reserved_{login}.json"
    answered = False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.with_suffix(".lock"), seconds=_PATIENCE):
            kept = [] if release else _kept(path, now, standing)
            answered = True
            new = answer(tuple(reservation for reservation, _ in kept))
            if new or release:
                entries = [_entry(one, at, standing) for one, at in kept]
                entries += [_entry(new, now, standing)] if new else []
                replace_file(path, json.dumps(entries, allow_nan=False).encode())
    except OSError as error:
        if not answered:
            answer(())
        raise PublishError(f"{path}: {error.strerror or error}") from error


def _kept(path: Path, now: datetime, standing: Standing) -> list[tuple[Reservation, datetime]]:
    """Return what is still reserved, and since when: of the last minute, and not ordered since.

    A clock that was set back ends nothing. A file that is damaged holds nothing: it lives for a minute.
    """
    try:
        found = json_of(read_file(path))
        read = [(_reservation(one), datetime.fromisoformat(one["at"]), _side(one["book"])) for one in found]
        recent = [one for one in read if abs(now - one[1]) < LASTS]
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return []
    return list(_unordered(recent, standing))


class _Side(NamedTuple):
    """What is open and pending in a symbol, in lots, as one side sees it."""

    same: float
    opposite: float


def _side(book: dict[str, Any]) -> _Side:
    return _Side(float(book["same"]), float(book["opposite"]))


def _unordered(
    read: Sequence[tuple[Reservation, datetime, _Side]], standing: Standing
) -> Iterator[tuple[Reservation, datetime]]:
    """Yield what has not been ordered, the oldest being ordered first.

    Ordered are the lots by which a side of a symbol has grown since and, where opposite orders reduce, by
    which the other has shrunk. Entries of one side were written with the same book.
    """
    ordered: dict[tuple[str, Side], float] = {}
    for one, at, book in read:
        key = (one.symbol, one.side)
        if key not in ordered:
            here = _book(one.symbol, one.side, standing)
            shrunk = max(0.0, book.opposite - here.opposite) if standing.nets else 0.0
            ordered[key] = max(0.0, here.same - book.same) + shrunk
        closes = max(0.0, one.closes - ordered[key])
        ordered[key] -= one.closes - closes
        lots = max(0.0, one.lots - ordered[key])
        ordered[key] -= one.lots - lots
        if closes > _RESIDUE or lots > _RESIDUE:
            part = lots / one.lots if one.lots else 0.0
            worst, margin, notional = part * one.worst, part * one.margin, part * one.notional
            yield (
                replace(one, lots=lots, closes=closes, worst=worst, margin=margin, notional=notional),
                at,
            )


def _entry(new: Reservation, at: datetime, standing: Standing) -> dict[str, Any]:
    book = _book(new.symbol, new.side, standing)
    return asdict(new) | {"at": at.isoformat(), "book": book._asdict()}


def _reservation(one: dict[str, Any]) -> Reservation:
    numbers = {name: float(one[name]) for name in ("lots", "worst", "margin", "notional", "closes")}
    if not isinstance(one["symbol"], str):
        raise TypeError(f"a symbol was {one['symbol']!r}")
    return Reservation(symbol=one["symbol"], role=Role(one["role"]), side=Side(one["side"]), **numbers)


def _book(symbol: str, side: Side, standing: Standing) -> _Side:
    """Return what is open and pending in a symbol, as one side sees it."""
    name = next((one.broker_symbol for one in standing.symbols if one.symbol == symbol), symbol)
    held = [one for one in standing.positions if one.broker_symbol == name]
    waiting = [one for one in standing.orders if one.broker_symbol == name and one.side is side]
    same = fsum(one.lots for one in (*held, *waiting) if one.side is side)
    return _Side(same, fsum(one.lots for one in held if one.side is not side))
