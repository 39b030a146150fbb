"""The state file: the last advice of a login, which other commands answer from."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.core.caps import ACCOUNT, AppliesTo, Cap, Kind, Unit
from assistant.core.check import Standing, Ticket, Tradable
from assistant.core.market import Account, Role, Side, StopOut, Unknown
from assistant.core.sizing import NORMAL, Sizing
from assistant.outputs.fields import Document
from assistant.outputs.files import json_of, read_file, replace_file

_MOST_DIGITS = 15  # after the point of a price; a float has no more
_MOST, _LEAST = 1e15, 1e-12  # of a number, and of one that is divided by: products and quotients stay finite
_DIVIDES = ("entry", "loss_per_unit", "margin_per_lot", "volume_step")  # of the facts of a side


def standing_from(document: Document) -> Standing:
    """Return what a check needs from a document; KeyError, TypeError or ValueError where it is no advice."""
    if document["schema"] != "advice/1":
        raise ValueError(f"schema was {document['schema']!r}; expected advice/1")
    terminal, account = document["terminal"], document["account"]
    return Standing(
        as_of=_instant(document["as_of"]),
        mode=_text(document["mode"]),
        account=Account(
            login=_whole(terminal["login"]),
            server=_text(terminal["server"]),
            currency=_text(terminal["currency"]),
            balance=_number(account["balance"]),
            equity=_number(account["equity"]),
            credit=_number(account["credit"]),
            margin=_number(account["margin"]),
            free_margin=_number(account["free_margin"]),
            stop_out=StopOut(_number(account["stop_out"]["value"]), _switch(account["stop_out"]["in_money"])),
            hedging={"hedging": True, "netting": False}[_text(account["margin_mode"])],
        ),
        nets=_switch(account["nets"]),
        at_risk=None if account["at_risk"] is None else _number(account["at_risk"], least=0.0),
        caps=_caps_from(document["caps"]),
        symbols=tuple(_tradable_from(symbol) for symbol in document["symbols"]),
        positions=tuple(_ticket_from(one) for one in document["positions"]),
        orders=tuple(_ticket_from(one) for one in document["orders"]),
    )


def _ticket_from(one: Document) -> Ticket:
    stop = None if one["stop"] is None else _number(one["stop"])
    lots, price = _number(one["lots"], least=0.0), _number(one["price"])
    return Ticket(_whole(one["ticket"]), _text(one["broker_symbol"]), Side(one["side"]), lots, price, stop)


def _caps_from(caps: list[Document]) -> tuple[Cap, ...]:
    found = tuple(_cap_from(cap) for cap in caps)
    normal = (ACCOUNT, Unit.MONEY, None, False)
    if normal not in [(cap.scope, cap.unit, cap.side, cap.advisory) for cap in found if cap.name == NORMAL]:
        raise ValueError(f"there is no cap {NORMAL}, of which the others leave a share")
    return found


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"an instant was {text}; expected a zone")
    return instant.astimezone(UTC)


def _digits(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_DIGITS:
        raise ValueError(f"digits were {value!r:.60}; expected 0 to {_MOST_DIGITS}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was {value!r:.60}")
    return value


def _number(value: object, least: float = -_MOST) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a number was {value!r:.60}")
    if not least <= value <= _MOST:
        raise ValueError(f"a number was {value!r:.60}; expected {least:g} to {_MOST:g}")
    return float(value)


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(f"a login or ticket was {value!r:.60}")
    return value


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"true or false was {value!r:.60}")
    return value


def _cap_from(cap: Document) -> Cap:
    return Cap(
        name=_text(cap["name"]),
        value=_number(cap["value"], least=0.0),
        unit=Unit(cap["unit"]),
        kind=Kind(cap["kind"]),
        reason=_text(cap["reason"]),
        scope=_text(cap["scope"]),
        side=None if cap["side"] == "both" else Side(cap["side"]),
        applies_to=AppliesTo(cap["applies_to"]),
        advisory=_switch(cap["advisory"]),
    )


def _tradable_from(symbol: Document) -> Tradable:
    return Tradable(
        symbol=_text(symbol["symbol"]),
        broker_symbol=_text(symbol["broker_symbol"]),
        role=Role(symbol["role"]),
        digits=_digits(symbol["digits"]),
        sizing={side: _sizing_from(symbol[side.value]) for side in Side},
    )


def _sizing_from(side: Document) -> Sizing | Unknown:
    """Return the sizing facts of a side, or why they are missing: the reason stands in its cap of 0 lots."""
    if side["sizing"] is None:
        reasons = (rung["reason"] for rung in side["ladder"] if rung["name"] == "broker facts")
        return Unknown(_text(next(reasons, None)))
    facts = {key: value for key, value in side["sizing"].items() if key not in ("money", "lots_cap")}
    least = dict.fromkeys(_DIVIDES, _LEAST)
    return Sizing(**{key: _number(value, least.get(key, 0.0)) for key, value in facts.items()})


def state_path(home: Path, login: int) -> Path:
    """Return where the last advice of a login lies."""
    return home / "state" / f"advice_{login}.json"


def state_bytes(document: Document) -> bytes:
    """Return an advice as its state file holds it."""
    import orjson  # noqa: PLC0415 -- whoever only reads the file starts without it

    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def write_state(path: Path, document: Document | bytes) -> None:
    """Put the last advice, or its bytes, in its place; PublishError where that fails."""
    replace_file(path, document if isinstance(document, bytes) else state_bytes(document))


def looked_at(path: Path) -> datetime | None:
    """Return when the facts of a state file were read (UTC); None where nothing of the kind lies there."""
    try:
        at = datetime.fromisoformat(json_of(read_file(path))["as_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None if at.tzinfo is None else at


def said_last(path: Path) -> Document:
    """Return the document in a state file; an empty one where nothing readable lies there."""
    try:
        document = json_of(read_file(path))
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}


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
            document = json_of(read_file(path))
            as_of = standing_from(document).as_of
            if document["mode"] == "paper":
                as_of = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            saved = Saved(path, document, (now - as_of).total_seconds())
            _ = saved.fresh  # an instant without a zone, for example, is refused here
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            continue
        found.append(saved)
    wanted = [saved for saved in found if (saved.document["mode"] == "paper") is paper]
    return sorted(wanted, key=lambda saved: saved.age)
