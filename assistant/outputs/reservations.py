"""Reservations between two runs of the program: <home>/state/reserved_LOGIN.json, under a lock."""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.core.check import Standing
from assistant.core.market import Role, Side
from assistant.core.reserved import Reservation
from assistant.errors import PublishError
from assistant.outputs.files import locked, replace_file

LASTS = timedelta(seconds=60)
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
                entries = [entry for _, entry in kept]
                entries += [_entry(new, now, standing)] if new else []
                replace_file(path, json.dumps(entries, allow_nan=False).encode())
    except OSError as error:
        if not answered:
            answer(())
        raise PublishError(f"{path}: {error.strerror or error}") from error


def _kept(path: Path, now: datetime, standing: Standing) -> list[tuple[Reservation, dict[str, Any]]]:
    """Return what is still reserved, and its entry: of the last minute, nothing ordered in its symbol since.

    A file that is damaged holds nothing: it lives for a minute.
    """
    try:
        found = json.loads(path.read_bytes())
        return [(_reservation(one), one) for one in found if _lives(one, now, standing)]
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return []


def _lives(one: dict[str, Any], now: datetime, standing: Standing) -> bool:
    age = now - datetime.fromisoformat(one["at"])
    return timedelta() <= age < LASTS and one["book"] == _book(one["symbol"], one["side"], standing)


def _entry(new: Reservation, now: datetime, standing: Standing) -> dict[str, Any]:
    return asdict(new) | {"at": now.isoformat(), "book": _book(new.symbol, new.side, standing)}


def _reservation(one: dict[str, Any]) -> Reservation:
    numbers = {name: float(one[name]) for name in ("lots", "worst", "margin", "notional")}
    return Reservation(symbol=one["symbol"], role=Role(one["role"]), side=Side(one["side"]), **numbers)


def _book(symbol: str, side: str, standing: Standing) -> str:
    """Return what is open and pending on one side of a symbol, as one text: another one frees the lots."""
    name = next((one.broker_symbol for one in standing.symbols if one.symbol == symbol), symbol)
    tickets = (
        f"{one.ticket}:{one.lots:.10g}"
        for one in (*standing.positions, *standing.orders)
        if one.broker_symbol == name and one.side == side
    )
    return ",".join(sorted(tickets))
