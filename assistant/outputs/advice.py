"""An advice as a JSON document (docs/schema/advice-1.json)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from assistant.core.advice import Advice
from assistant.core.caps import Cap
from assistant.core.distances import Stops
from assistant.core.held import Held
from assistant.core.levels import Break
from assistant.core.market import PendingOrder, Position, Side, Unknown, Vote
from assistant.core.multiplier import Witnesses
from assistant.core.symbol_advice import SideAdvice, SymbolAdvice
from assistant.outputs.fields import Document, account_fields, instant, rung_fields, sizing_fields
from assistant.outputs.funded import funded_fields


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
        "account": account_fields(account)
        | {"nets": advice.nets, "at_risk": advice.at_risk, "no_stop": advice.no_stop},
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
            _symbol(symbol, advice.terminal.age(symbol.quote, advice.as_of))
            | {
                "session": {
                    "state": hours.state,
                    "opens_at": instant(hours.opens_at),
                    "closes_at": instant(hours.closes_at),
                }
            }
            for symbol in advice.symbols
        ],
        "positions": [_ticket(one) | {"profit": one.profit} for one in advice.positions],
        "orders": [_ticket(one) for one in advice.orders],
        "funded": funded_fields(advice.funded),
        "problems": list(advice.problems),
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


def _symbol(symbol: SymbolAdvice, age: float | None) -> Document:
    instrument, stops = symbol.instrument, symbol.stops
    quote = None if isinstance(symbol.quote, Unknown) else symbol.quote
    return {
        "symbol": instrument.symbol,
        "broker_symbol": instrument.broker_symbol,
        "role": instrument.role,
        "digits": instrument.digits,
        "bid": quote.bid if quote else None,
        "ask": quote.ask if quote else None,
        "quote_age_s": age,
        "min_stop": stops.minimum if isinstance(stops, Stops) else None,
        "position": _position(symbol.held),
        "supported_by": list(symbol.supported_by),
        **{side.value: _side(advice) for side, advice in symbol.sides.items()},
    }


def _ticket(one: Position | PendingOrder) -> Document:
    return {
        "ticket": one.ticket,
        "broker_symbol": one.broker_symbol,
        "side": one.side,
        "lots": one.lots,
        "price": one.price,
        "stop": one.stop,
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
        "sides": [
            {
                "side": one.side,
                "lots": one.lots,
                "position_cap": one.position_cap,
                "over_since": instant(one.over_since),
            }
            for one in held
        ],
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
