"""Journals written line by line, for those who read them back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from assistant.core.logbook import Logbook, Taken
from assistant.core.market import Deal, Side
from assistant.outputs.journal import sealed

Written = tuple[datetime, str, dict[str, Any]]  # instant (UTC), kind, fields


def iso(at: date | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def line(at: datetime, kind: str, fields: dict[str, Any]) -> bytes:
    return sealed(json.dumps({"at": iso(at), "kind": kind, **fields}, separators=(",", ":")).encode())


def write(folder: Path, login: int, entries: Iterable[Written], name: str = "journal") -> list[Path]:
    """Append entries to the files of their days, as they come; return the files."""
    paths: dict[Path, None] = {}
    for at, kind, fields in entries:
        path = folder / f"{name}_{login}_{at.date()}.jsonl"
        paths[path] = None
        with path.open("ab") as file:
            file.write(line(at, kind, fields))
    return list(paths)


def deal_fields(deal: Deal) -> dict[str, Any]:
    fields = asdict(deal)
    del fields["kind"], fields["at"], fields["comment"]
    return {"seq": 1, "type": deal.kind, "dealt_at": iso(deal.at), **fields}


def taken_fields(taken: Taken) -> dict[str, Any]:
    fields = asdict(taken)
    del fields["at"]
    bound = taken.would_bind
    return fields | {"as_of": iso(taken.as_of), "would_bind": bound and [bound.lots, bound.cap]}


def entries_of(book: Logbook) -> list[Written]:
    """What a run writes of a day that comes to this logbook: no looks, money by entries `account`."""
    run = book.runs[0].span
    start: dict[str, Any] = {
        "mode": book.mode,
        "server": book.server,
        "versions": {"assistant": book.versions[0]},
    }
    start |= {"currency": book.currency, "hedging": book.hedging}
    found: list[Written] = [(run.begin, "start", start)]
    found += [(at, "advice", {"share": [one.value, one.cap]}) for at, one in book.shares]
    found += [(at, "advice", {"stance": one}) for at, one in book.stances]
    found += [(at, "advice", {"session": one}) for at, one in book.states]
    found += [(at, "advice", {"funded": [one.light, *one.rules]}) for at, one in book.lights]
    found.append((run.begin, "advice", {"legs": list(book.legs or ()), "clock": [book.clock, None]}))
    for symbol, line_ in book.lots.items():
        for at, sides in line_:
            both = [part for side in Side for part in (sides[side].lots, sides[side].cap)]
            found.append((at, "advice", {symbol: both}))
    found += [(at, "conditions", {"caps": [asdict(one) for one in caps]}) for at, caps in book.conditions]
    for at, votes in book.votes:
        rows = [[one.name, one.value, one.number, one.reason, iso(one.as_of)] for one in votes]
        found.append((at, "votes", {"votes": rows}))
    legs = [[[iso(row[0]), row[place]] for row in book.closes] for place in (1, 2)]
    found.append((run.begin, "closes", {"legs": list(book.legs or ()), "closes": legs}))
    found += [
        (at, "account", {"balance": one.balance, "equity": one.equity, "credit": 0}) for at, one in book.money
    ]
    for at, floors in book.floors:
        rules = [
            [one.name, one.effect, one.level, one.headroom, one.after_reset, iso(one.reset_at), one.advisory]
            + ([one.after_told] if one.after_told else [])
            for one in floors
        ]
        found.append((at, "floors", {"scale": book.scale, "floors": rules}))
    for at, positions in book.positions:
        named = [asdict(one) for one in positions]
        for one in named:
            one["symbol"] = one.pop("broker_symbol")
        found.append((at, "positions", {"open": named}))
    found += [(deal.at, "deal", deal_fields(deal)) for deal in book.deals]
    found += [(one.at, "taken", taken_fields(one)) for one in book.taken]
    found.append((book.lost[0].begin, "terminal", {"error": "IPC timeout"}))
    held = [
        [one.ticket, one.broker_symbol, one.side, one.lots, one.stop, one.at_stop, one.gap, one.profit]
        for one in book.held_over or ()
    ]
    found.append((book.closes_at, "held", {"session": iso(book.session), "positions": held}))
    found.append((run.end, "stop", {"cycles": 9, "reason": ""}))
    told = [(at, kind, fields if kind in OWN else {"seq": 1, **fields}) for at, kind, fields in found]
    return sorted(told, key=lambda one: one[0])


OWN = ("start", "stop", "terminal")  # kinds that no cycle writes


def checks_of(book: Logbook) -> list[Written]:
    """The checks of a logbook, as the command puts them on record."""
    return [
        (
            one.at,
            "check",
            {
                "terminal": {"server": book.server, "login": book.login, "currency": book.currency},
                "answer": one.answer,
                "symbol": one.symbol,
                "side": one.side,
                "requested": one.lots,
                "suggested": one.suggested,
                "binding": {"name": one.cap, "lots": one.suggested, "reason": "", "advisory": False},
                "loss_at_stop": one.loss_at_stop,
                "account": {"margin_mode": "hedging" if book.hedging else "netting"},
            },
        )
        for one in book.asked
    ]
