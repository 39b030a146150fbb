"""The advice as a JSON document, and the state file that other commands read.

The document is an interface (docs/schema/advice-1.json): instants are ISO 8601 in UTC,
money is in account currency, a fact that could not be read is null.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from assistant.core.advice import Advice, Held, SideAdvice, SymbolAdvice
from assistant.core.caps import AppliesTo, Cap, Kind, Rung, Unit
from assistant.core.check import Standing, Ticket, Tradable
from assistant.core.levels import Break
from assistant.core.market import Account, Role, Side, Unknown, Vote
from assistant.core.multiplier import Witnesses
from assistant.core.sizing import Sizing, Stops
from assistant.outputs.files import replace_file

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the program adds to an advice when it hands it out."""

    seq: int  # counts the cycles of one run
    ttl: int  # seconds
    funded_mode: str  # off, dry_run or enforce
    versions: Mapping[str, str]  # by part


def advice_document(advice: Advice, stamp: Stamp) -> Document:
    """Return an advice as a document of schema advice/1."""
    account, hours, regime = advice.account, advice.hours, advice.regime
    return {
        "schema": "advice/1",
        "as_of": instant(advice.as_of),
        "valid_until": instant(advice.as_of + timedelta(seconds=stamp.ttl)),
        "seq": stamp.seq,
        "mode": advice.mode,
        "funded_mode": stamp.funded_mode,
        "versions": dict(stamp.versions),
        "terminal": {
            "module": advice.terminal.module,
            "server": account.server,
            "login": account.login,
            "currency": account.currency,
            "clock": advice.terminal.clock,
            "clock_doubt": advice.terminal.clock_doubt,
        },
        "account": account_fields(account) | {"at_risk": advice.at_risk},
        "history": {
            "source": regime.source,
            "sessions": regime.history,
            "last_close": instant(regime.last_session),
        },
        "regime": {
            "legs": list(regime.legs),
            "proxy": regime.proxy,
            "lender": regime.lender,
            "stance": regime.stance,
            "since": instant(regime.since),
            "sessions": regime.sessions,
            "ratio": regime.ratio,
            "average": regime.average,
            "distance": regime.distance,
            "target_share": regime.target_share,
            "held_share": regime.held_share,
            "flags": list(regime.flags),
            "broken": _broken(regime.broken),
            "votes": [_vote(vote) for vote in regime.votes],
            "context": _context(regime.witnesses),
        },
        "share": {"value": advice.share.value, "binding": advice.share.name},
        "caps": [_cap(cap) for cap in advice.caps],
        "symbols": [
            _symbol(symbol, advice.as_of)
            | {
                "session": {
                    "state": hours.state,
                    "opens_at": instant(hours.opens_at),
                    "closes_at": instant(hours.closes_at),
                }
            }
            for symbol in advice.symbols
        ],
        "positions": [
            {
                "ticket": one.ticket,
                "broker_symbol": one.broker_symbol,
                "side": one.side,
                "lots": one.lots,
                "price": one.price,
                "stop": one.stop,
                "profit": one.profit,
            }
            for one in advice.positions
        ],
        "funded": None,
        "problems": list(advice.problems),
    }


def instant(value: date | None) -> str | None:
    """Write an instant in UTC with Z, a session as a date."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if value else None


def account_fields(account: Account) -> Document:
    """Return an account as a document has it."""
    return {
        "balance": account.balance,
        "equity": account.equity,
        "credit": account.credit,
        "free_margin": account.free_margin,
        "risk_base": account.risk_base,
        "margin_mode": "hedging" if account.hedging else "netting",
    }


def _cap(cap: Cap) -> Document:
    return {
        "name": cap.name,
        "kind": cap.kind,
        "unit": cap.unit,
        "value": cap.value,
        "scope": cap.scope,
        "side": cap.side or "both",
        "applies_to": cap.applies_to,
        "reason": cap.reason,
        "advisory": cap.advisory,
        "since": instant(cap.since),
        "until": instant(cap.until),
    }


def rung_fields(rung: Rung | None) -> Document | None:
    """Return a rung as a document has it."""
    if rung is None:
        return None
    return {"name": rung.name, "lots": rung.lots, "reason": rung.reason, "advisory": rung.advisory}


def sizing_fields(sizing: Sizing | Unknown) -> Document | None:
    """Return sizing facts as a document has them; None: a fact is missing."""
    if isinstance(sizing, Unknown):
        return None
    return {
        "entry": sizing.entry,
        "exit": sizing.exit,
        "loss_per_unit": sizing.loss_per_unit,
        "cost_per_lot": sizing.cost_per_lot,
        "floor_loss_per_lot": sizing.floor_loss_per_lot,
        "margin_per_lot": sizing.margin_per_lot,
        "volume_min": sizing.volume_min,
        "volume_step": sizing.volume_step,
        "volume_max": sizing.volume_max,
        "min_stop": sizing.min_stop,
        "default_stop": sizing.default_stop,
    }


def _vote(vote: Vote) -> Document:
    return {
        "name": vote.name,
        "value": vote.value,
        "number": vote.number,
        "reason": vote.reason,
        "as_of": instant(vote.as_of),
    }


def _context(witnesses: Witnesses | None) -> Document | None:
    if witnesses is None:
        return None
    return {
        "target_share": witnesses.target,
        "held_share": witnesses.held,
        "heard": witnesses.heard,
        "quorum": witnesses.quorum,
        "remembered": list(witnesses.remembered),
    }


def _broken(broken: Break | None) -> Document | None:
    if broken is None:
        return None
    return {
        "line": broken.line,
        "status": broken.status,
        "since": instant(broken.since),
        "level": broken.level,
    }


def _symbol(symbol: SymbolAdvice, as_of: datetime) -> Document:
    instrument, stops = symbol.instrument, symbol.stops
    quote = None if isinstance(symbol.quote, Unknown) else symbol.quote
    return {
        "symbol": instrument.symbol,
        "broker_symbol": instrument.broker_symbol,
        "role": instrument.role,
        "digits": instrument.digits,
        "bid": quote.bid if quote else None,
        "ask": quote.ask if quote else None,
        "quote_age_s": (as_of - quote.at).total_seconds() if quote else None,
        "min_stop": stops.minimum if isinstance(stops, Stops) else None,
        "position": _position(symbol.held),
        "supported_by": list(symbol.supported_by),
        **{side.value: _side(advice) for side, advice in symbol.sides.items()},
    }


def _position(held: tuple[Held, ...]) -> Document | None:
    """Return what is open: net lots (buys positive) with the cap of the net side, and each side by itself."""
    if not held:
        return None
    net = round(sum(one.side.sign * one.lots for one in held), 10)
    towards = Side.BUY if net > 0 else Side.SELL
    return {
        "lots": net,
        "position_cap": next((one.position_cap for one in held if one.side is towards), None),
        "sides": [{"side": one.side, "lots": one.lots, "position_cap": one.position_cap} for one in held],
    }


def _side(advice: SideAdvice) -> Document:
    facts = sizing_fields(advice.sizing)
    return {
        "lots": advice.lots,
        "plan_lots": advice.plan_lots,
        "default_stop": facts["default_stop"] if facts else None,
        "binding": rung_fields(advice.binding),
        "would_bind": rung_fields(advice.would_bind),
        "sizing": facts and facts | {"money": advice.money.value, "lots_cap": advice.lots_cap.value},
        "ladder": [rung_fields(rung) for rung in advice.ladder],
    }


def standing_from(document: Document) -> Standing:
    """Return what a check needs from a document; KeyError, TypeError or ValueError where it is no advice."""
    if document["schema"] != "advice/1":
        raise ValueError(f"schema was {document['schema']!r}; expected advice/1")
    terminal, account = document["terminal"], document["account"]
    return Standing(
        as_of=datetime.fromisoformat(document["as_of"]),
        mode=document["mode"],
        account=Account(
            login=terminal["login"],
            server=terminal["server"],
            currency=terminal["currency"],
            balance=float(account["balance"]),
            equity=float(account["equity"]),
            credit=float(account["credit"]),
            free_margin=float(account["free_margin"]),
            hedging=account["margin_mode"] == "hedging",
        ),
        at_risk=account["at_risk"],
        caps=tuple(_cap_from(cap) for cap in document["caps"]),
        symbols=tuple(_tradable_from(symbol) for symbol in document["symbols"]),
        positions=tuple(
            Ticket(one["ticket"], one["broker_symbol"], Side(one["side"]), float(one["lots"]))
            for one in document["positions"]
        ),
    )


def _cap_from(cap: Document) -> Cap:
    return Cap(
        name=cap["name"],
        value=float(cap["value"]),
        unit=Unit(cap["unit"]),
        kind=Kind(cap["kind"]),
        reason=cap["reason"],
        scope=cap["scope"],
        side=None if cap["side"] == "both" else Side(cap["side"]),
        applies_to=AppliesTo(cap["applies_to"]),
        advisory=cap["advisory"],
    )


def _tradable_from(symbol: Document) -> Tradable:
    return Tradable(
        symbol=symbol["symbol"],
        broker_symbol=symbol["broker_symbol"],
        role=Role(symbol["role"]),
        digits=symbol["digits"],
        sizing={side: _sizing_from(symbol[side.value]) for side in Side},
    )


def _sizing_from(side: Document) -> Sizing | Unknown:
    """Return the sizing facts of a side, or why they are missing: the reason stands in its cap of 0 lots."""
    if side["sizing"] is None:
        return Unknown(next(rung["reason"] for rung in side["ladder"] if rung["name"] == "broker facts"))
    facts = side["sizing"].items()
    return Sizing(**{key: float(value) for key, value in facts if key not in ("money", "lots_cap")})


def state_path(home: Path, login: int) -> Path:
    """Return where the last advice of a login lies."""
    return home / "state" / f"advice_{login}.json"


def write_state(path: Path, document: Document) -> None:
    """Put the last advice in its place; PublishError where that fails."""
    import orjson  # noqa: PLC0415 -- whoever only reads the file starts without it

    replace_file(path, orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))


@dataclass(frozen=True, slots=True)
class Saved:
    """The last advice of one login, as another command finds it."""

    path: Path
    document: Document
    age: float  # seconds since it was true; of a paper advice since it was written

    @property
    def login(self) -> int:
        """The account's login."""
        login: int = self.document["terminal"]["login"]
        return login

    @property
    def fresh(self) -> bool:
        """Whether it may still be used: not past valid_until, and not from the future."""
        as_of = datetime.fromisoformat(self.document["as_of"])
        ttl = (datetime.fromisoformat(self.document["valid_until"]) - as_of).total_seconds()
        return -1 <= self.age <= ttl


def find_saved(home: Path, now: datetime, *, paper: bool = False) -> list[Saved]:
    """Return the readable state files of a home, the freshest first: of paper terminals, or of all others.

    A paper terminal plays an old session, so its advice is as old as its file; every other is as old as its
    facts. What cannot be read is no advice.
    """
    found = []
    for path in sorted((home / "state").glob("advice_*.json")):
        try:
            document = json.loads(path.read_bytes())
            as_of = standing_from(document).as_of
            if document["mode"] == "paper":
                as_of = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            saved = Saved(path, document, (now - as_of).total_seconds())
            _ = saved.fresh  # an instant without a zone, for example, is refused here
        except (OSError, ValueError, KeyError, TypeError, AttributeError, StopIteration):
            continue
        found.append(saved)
    wanted = [saved for saved in found if (saved.document["mode"] == "paper") is paper]
    return sorted(wanted, key=lambda saved: saved.age)
