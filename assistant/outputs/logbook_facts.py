"""One entry of a journal as the fact it tells: LookupError, TypeError or ValueError where it tells none.

A line that is as it was written may still be from another hand: each number must be a finite one, each
instant have a zone, each word be short enough to be shown.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from math import inf, isfinite
from typing import Any

from assistant.core.caps import Unit
from assistant.core.check import Answer
from assistant.core.logbook import (
    Asked,
    Condition,
    FloorSeen,
    Formula,
    HeldOver,
    Light,
    Lots,
    Money,
    Opened,
    Share,
    Taken,
)
from assistant.core.market import Deal, Side, Vote
from assistant.outputs.files import short

Entry = Mapping[str, Any]
DAMAGED = (LookupError, TypeError, ValueError, AttributeError, OverflowError)  # that a hostile entry raises
_TICKETS = 2**63  # no ticket is larger
_SIDES = 4  # lots and cap of each side
_FORMULA = (
    *("money", "loss_per_unit", "cost_per_lot", "floor_loss_per_lot", "lots_cap"),
    *("volume_min", "volume_step", "default_stop"),
)
_NO_SYMBOLS = frozenset(  # keys of an advice that are no symbols
    {
        *("at", "kind", "seq", "session", "stance", "legs", "clock", "history", "share", "problems"),
        *("symbols", "funded", "would bind"),
    }
)


def number(value: object, least: float = -inf) -> float:
    """Return a finite number, of `least` or more."""
    if type(value) not in (int, float) or not isfinite(value) or value < least:  # type: ignore[arg-type, operator]
        raise ValueError(f"a number was {short(repr(value))}")
    return float(value)  # type: ignore[arg-type]


def _maybe(value: object, least: float = -inf) -> float | None:
    return None if value is None else number(value, least)


def text(value: object, most: int = 120) -> str:
    """Return a text on one line, cut where it has more characters than `most`."""
    if type(value) is not str:
        raise ValueError(f"a text was {short(repr(value))}")
    return short(value, most)


def sentence(value: object) -> str:
    """Return a text that may be long: a reason, a problem."""
    return text(value, 500)


def _sentences(values: object) -> tuple[str, ...]:
    return tuple(sentence(one) for one in _rows(values))


def _rows(values: object) -> list[Any]:
    if type(values) is not list:
        raise ValueError(f"a list was {short(repr(values))}")
    return values


def truth(value: object) -> bool:
    """Return what is true or false."""
    if type(value) is not bool:
        raise ValueError(f"true or false was {short(repr(value))}")
    return value


def ticket(value: object) -> int:
    """Return a whole number, 0 or more."""
    if type(value) is not int or not 0 <= value < _TICKETS:
        raise ValueError(f"a whole number was {short(repr(value))}")
    return value


def instant(value: object) -> datetime:
    """Return an instant in UTC."""
    at = datetime.fromisoformat(text(value))
    if at.tzinfo is None:
        raise ValueError(f"an instant was {short(repr(value))}; expected a zone")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def day(value: object) -> date:
    """Return a date."""
    return date.fromisoformat(text(value))


def money_of(entry: Entry) -> Money:
    """Return what the account held, by an entry `account`."""
    return Money(number(entry["balance"]), number(entry["equity"]))


def positions_of(entry: Entry) -> tuple[Opened, ...]:
    """Return what was open, by an entry `positions`."""
    return tuple(
        Opened(
            ticket=ticket(one["ticket"]),
            broker_symbol=text(one["symbol"]),
            side=Side(one["side"]),
            lots=number(one["lots"], 0),
            price=number(one["price"], 0),
            stop=_maybe(one["stop"]),
        )
        for one in _rows(entry["open"])
    )


def deal_of(entry: Entry) -> Deal:
    """Return the deal of an entry `deal`."""
    return Deal(
        ticket=ticket(entry["ticket"]),
        at=instant(entry["dealt_at"]),
        kind=text(entry["type"]),
        entry=text(entry["entry"]),
        position=ticket(entry["position"]),
        broker_symbol=text(entry["broker_symbol"]),
        lots=number(entry["lots"], 0),
        price=number(entry["price"], 0),
        profit=number(entry["profit"]),
        commission=number(entry["commission"]),
        swap=number(entry["swap"]),
        fee=number(entry["fee"]),
        order=ticket(entry.get("order", 0)),  # journals of before it was read have none
    )


def conditions_of(entry: Entry) -> tuple[Condition, ...]:
    """Return the conditions that stood, by an entry `conditions`."""
    return tuple(
        Condition(
            name=text(one["name"]),
            scope=text(one["scope"]),
            value=number(one["value"]),
            unit=Unit(one["unit"]),
            reason=sentence(one["reason"]),
        )
        for one in _rows(entry["caps"])
    )


def votes_of(entry: Entry) -> tuple[Vote, ...]:
    """Return what each witness said, by an entry `votes`."""
    votes = []
    for name, value, decided, reason, as_of in _rows(entry["votes"]):
        if value is not None and (type(value) is not int or value not in (1, 0, -1)):
            raise ValueError(f"a vote was {short(repr(value))}")
        known = None if as_of is None else day(as_of)
        votes.append(Vote(text(name), value, _maybe(decided), sentence(reason), known))
    return tuple(votes)


def floors_of(entry: Entry) -> tuple[float, tuple[FloorSeen, ...]]:
    """Return the scale of the program's money, and its loss rules, by an entry `floors`."""
    floors = tuple(
        FloorSeen(
            name=text(name),
            effect=text(effect),
            level=number(level),
            headroom=number(headroom),
            after_reset=_maybe(after),
            reset_at=None if reset_at is None else instant(reset_at),
            advisory=truth(advisory),
            after_told=sentence(other[0]) if other else None,
        )
        for name, effect, level, headroom, after, reset_at, advisory, *other in _rows(entry["floors"])
    )
    scale = number(entry["scale"])
    if scale <= 0:
        raise ValueError(f"a scale was {scale:g}")
    return scale, floors


def held_of(entry: Entry) -> tuple[date, tuple[HeldOver, ...]]:
    """Return a session and the positions that were open when it closed, by an entry `held`."""
    positions = tuple(
        HeldOver(
            ticket=ticket(number_),
            broker_symbol=text(symbol),
            side=Side(side),
            lots=number(lots, 0),
            stop=_maybe(stop),
            at_stop=_maybe(at_stop),
            gap=_maybe(gap),
            profit=_maybe(*profit) if profit else None,  # journals of before it was told have none
        )
        for number_, symbol, side, lots, stop, at_stop, gap, *profit in _rows(entry["positions"])
    )
    return day(entry["session"]), positions


def taken_of(entry: Entry) -> Taken:
    """Return what was advised before an order, by an entry `taken`."""
    would_bind = entry["would_bind"]
    if would_bind is not None:
        lots, cap = _rows(would_bind)
        would_bind = Lots(number(lots, 0), text(cap))
    return Taken(
        at=instant(entry["at"]),
        as_of=instant(entry["as_of"]),
        ticket=ticket(entry["ticket"]),
        position=ticket(entry["position"]),
        pending=truth(entry["pending"]),
        symbol=text(entry["symbol"]),
        side=Side(entry["side"]),
        lots=number(entry["lots"], 0),
        stop=_maybe(entry["stop"]),
        bid=_maybe(entry["bid"], 0),
        ask=_maybe(entry["ask"], 0),
        answer=None if entry["answer"] is None else Answer(entry["answer"]),
        suggested=_maybe(entry["suggested"], 0),
        cap=None if entry["cap"] is None else text(entry["cap"]),
        reason=sentence(entry["reason"]),
        would_bind=would_bind,
        loss_at_stop=_maybe(entry["loss_at_stop"]),
        formula=None if entry["formula"] is None else _formula_of(entry["formula"]),
    )


def _formula_of(fields: Entry) -> Formula:
    numbers = {name: number(fields[name]) for name in _FORMULA}
    if numbers["volume_step"] <= 0:
        raise ValueError(f"a volume step was {numbers['volume_step']:g}")
    made: dict[str, Any] = {
        **numbers,
        **{name: text(fields[name]) for name in ("money_cap", "lots_cap_name")},
        "min_stop": number(fields.get("min_stop", 0.0), 0),
    }
    return Formula(**made)


def asked_of(entry: Entry) -> Asked:
    """Return the check of an entry `check`."""
    return Asked(
        at=instant(entry["at"]),
        symbol=text(entry["symbol"]),
        side=Side(entry["side"]),
        lots=number(entry["requested"], 0),
        answer=Answer(entry["answer"]),
        suggested=number(entry["suggested"], 0),
        cap=text(entry["binding"]["name"]),
        loss_at_stop=_maybe(entry["loss_at_stop"]),
    )


def legs_of(entry: Entry) -> tuple[str, str]:
    """Return numerator and denominator of the ratio."""
    numerator, denominator = _rows(entry["legs"])
    return text(numerator), text(denominator)


def closes_of(entry: Entry) -> tuple[dict[date, float], ...]:
    """Return the closes of each leg by session, of an entry `closes`."""
    closes = tuple(
        {day(session): _price(close) for session, close in _rows(leg)} for leg in _rows(entry["closes"])
    )
    if len(closes) != len(legs_of(entry)):
        raise ValueError("closes without a leg")
    return closes


def _price(value: object) -> float:
    price = number(value)
    if price <= 0:
        raise ValueError(f"a price was {price:g}")
    return price


def share_of(fields: object) -> Share:
    """Return the share of an advice."""
    value, cap = _rows(fields)
    return Share(number(value, 0), text(cap))


def light_of(fields: object) -> Light:
    """Return the light over a funded account's rules, of an advice."""
    light, *rules = _rows(fields)
    return Light(text(light), tuple(text(one) for one in rules))


def shown_of(entry: Entry) -> dict[str, Any]:
    """Return what an advice changed, by the name of its timeline; symbols are beside it (`lots_of`)."""
    made: dict[str, Callable[[object], object]] = {
        "stance": text,
        "session": text,
        "share": share_of,
        "funded": light_of,
        "problems": _sentences,
    }
    shown: dict[str, Any] = {key: of(entry[key]) for key, of in made.items() if key in entry}
    if "legs" in entry:
        shown["legs"] = legs_of(entry)
    if "symbols" in entry:
        shown["symbols"] = {text(broker): text(ours) for ours, broker in entry["symbols"].items()}
    if "clock" in entry:
        shown["clock"] = text(_rows(entry["clock"])[0])
    return shown


def lots_of(entry: Entry) -> dict[str, dict[Side, Lots]]:
    """Return the lots of each symbol that an advice changed; a key of a later version is none."""
    return {
        text(symbol): _sides_of(fields)
        for symbol, fields in entry.items()
        if symbol not in _NO_SYMBOLS and type(fields) is list and len(fields) == _SIDES
    }


def _sides_of(fields: Iterable[Any]) -> dict[Side, Lots]:
    buy, bought_by, sell, sold_by = fields
    return {
        Side.BUY: Lots(number(buy, 0), text(bought_by)),
        Side.SELL: Lots(number(sell, 0), text(sold_by)),
    }
