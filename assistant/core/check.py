"""May this order be sent, how many lots instead, and which cap decides.

A check reads a `Standing`: what one advice says about the account, its caps and its symbols. It is the same
whether it comes from an advice in memory (`core/standing`) or from the state file of a running assistant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import fsum

from assistant.core.caps import FUNDED_LEVERAGE, FUNDED_MARGIN, GROSS, MARGIN, STOP_OUT, Cap, Rung
from assistant.core.market import Account, Role, Side, Unknown
from assistant.core.reserved import Reservation, after, with_stop_moved
from assistant.core.sizing import Sizing, decide, floor_to_step, orderable, rungs, would_bind

# Caps in lots that were reckoned at the market's price.
BY_PRICE = (GROSS, MARGIN, STOP_OUT, FUNDED_MARGIN, FUNDED_LEVERAGE)
FAR = 0.2  # share of the market's price; an order that waits farther away is a slip of the pen


class Answer(StrEnum):
    """What the trader is told."""

    ALLOW = "allow"
    RESIZE = "resize"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Intent:
    """An order the trader thinks of."""

    side: Side
    symbol: str  # ours or the broker's
    lots: float  # > 0
    stop: float | None = None  # price
    price: float | None = None  # price; None: at market
    close: int | None = None  # ticket of the position this order would close


@dataclass(frozen=True, slots=True)
class Ticket:
    """An open position, or a pending order, as a check needs it."""

    ticket: int
    broker_symbol: str
    side: Side
    lots: float
    price: float  # where it was opened, or would be
    stop: float | None  # price


@dataclass(frozen=True, slots=True)
class Tradable:
    """One symbol as a check needs it."""

    symbol: str
    broker_symbol: str
    role: Role
    digits: int  # decimals of a price
    sizing: Mapping[Side, Sizing | Unknown]


@dataclass(frozen=True, slots=True)
class Standing:
    """What one advice says, as far as a check needs it."""

    as_of: datetime  # UTC
    mode: str  # live, paper or replay
    account: Account
    nets: bool  # whether an opposite order reduces
    at_risk: float | None  # account currency, of everything open and pending; None: a fact is missing
    caps: tuple[Cap, ...]
    symbols: tuple[Tradable, ...]
    positions: tuple[Ticket, ...]  # everything open, configured symbol or not
    orders: tuple[Ticket, ...]  # everything pending, likewise


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to one intended order."""

    as_of: datetime  # UTC; of the facts, not of the question
    mode: str  # live, paper or replay
    answer: Answer
    symbol: str
    side: Side
    requested: float  # lots
    suggested: float  # lots
    binding: Rung
    would_bind: Rung | None
    ladder: tuple[Rung, ...]
    loss_at_stop: float | None  # account currency, of the suggested lots; None: the order only reduces
    worst: float | None  # account currency; the larger of that and a gap over night; likewise
    margin: float | None  # account currency that the suggested lots take; likewise
    at_risk_after: float | None  # account currency, all that is open, reserved, and this; None: not known
    sizing: Sizing | Unknown
    account: Account
    notes: tuple[str, ...]  # plain sentences
    reserves: Reservation | None = None  # what these lots take from the next check; None: they take nothing


def check(intent: Intent, now: Standing, reserved: Sequence[Reservation] = ()) -> Verdict | Unknown:
    """Answer one intended order; Unknown with the reason where the question itself does not hold.

    `reserved` is what checks before this one have let through and nobody has ordered yet.
    """
    if intent.close is not None:
        return _close(intent, now)
    symbol = _find(intent.symbol, now)
    if symbol is None:
        known = ", ".join(one.symbol for one in now.symbols)
        return Unknown(f"{intent.symbol} is not among the symbols of this terminal: {known}")
    reducible = _reducible(symbol, intent.side, now, reserved)
    sizing = symbol.sizing[intent.side]
    if intent.lots <= reducible:
        found = _reduction(intent, symbol.symbol, sizing, now, reducible, "open the other way")
        return replace(found, reserves=_reserves(symbol, intent.side, sizing, closes=found.suggested))
    if isinstance(sizing, Unknown):
        rung = Rung("broker facts", 0.0, sizing.reason)
        found = _by_one_rung(intent, symbol.symbol, sizing, now, rung, reducible)
        return replace(found, reserves=_reserves(symbol, intent.side, sizing, closes=reducible))
    distance = _stop_distance(intent, sizing, reducible, _closable(intent, symbol, now))
    if isinstance(distance, Unknown):
        return distance
    return _opening(intent, symbol, now, (sizing, distance, reducible), reserved)


def _find(name: str, now: Standing) -> Tradable | None:
    """Return the symbol of our name, in any case, or of the broker's."""
    matches = (one for one in now.symbols if name == one.broker_symbol or name.upper() == one.symbol.upper())
    return next(matches, None)


def _stop_distance(intent: Intent, sizing: Sizing, reducible: float, closable: str) -> float | Unknown:
    """Return how far (price) the stop is from the entry, or why the question does not hold."""
    if intent.stop is None:
        part = f"; only the first {reducible:g} lots reduce" if reducible else closable
        return Unknown(f"an order that opens risk needs --stop PRICE{part}")
    entry = intent.price or sizing.entry
    if abs(entry / sizing.entry - 1) > FAR:
        return Unknown(
            f"--price was {entry:g}; the market is at {sizing.entry:g}, more than {100 * FAR:g} % away"
        )
    distance = intent.side.sign * (entry - intent.stop)
    if distance <= 0:
        where = "below" if intent.side is Side.BUY else "above"
        return Unknown(f"--stop was {intent.stop:g}; a {intent.side} at {entry:g} has its stop {where} that")
    return distance


def _closable(intent: Intent, symbol: Tradable, now: Standing) -> str:
    """Name the tickets that an order of this side could close instead; empty without any."""
    mine = [one for one in now.positions if one.broker_symbol == symbol.broker_symbol]
    tickets = ", ".join(f"{one.ticket} ({one.lots:g})" for one in mine if one.side is intent.side.opposite)
    return f"; one that closes needs --close TICKET, open here: {tickets}" if tickets else ""


def _reducible(symbol: Tradable, side: Side, now: Standing, reserved: Sequence[Reservation]) -> float:
    """Return the lots that an order of this side would only reduce: open, and not spoken for already."""
    if not now.nets:
        return 0.0
    name = symbol.broker_symbol
    there = fsum(one.lots for one in now.positions if (one.broker_symbol, one.side) == (name, side.opposite))
    waiting = fsum(one.lots for one in now.orders if (one.broker_symbol, one.side) == (name, side))
    own = (one for one in reserved if (one.symbol, one.side) == (symbol.symbol, side))
    return max(0.0, round(there - waiting - fsum(one.closes for one in own), 10))


def _moved(symbol: Tradable, intent: Intent, sizing: Sizing, now: Standing) -> tuple[float, float]:
    """Return what more is at risk in what is open once the order's stop stands for the whole position.

    Account currency: beyond what the idea has counted (a stop at the default distance), and beyond what the
    present stop allows. Nothing on a hedging account, where each ticket keeps its own.
    """
    idea = more = 0.0
    for one in () if now.account.hedging else now.positions:
        if (one.broker_symbol, one.side) == (symbol.broker_symbol, intent.side):
            old, new = (
                sizing.at_risk(one.side, one.price, sizing.exit, stop) for stop in (one.stop, intent.stop)
            )
            worst = sizing.worst(one.lots, new)
            more += max(0.0, worst - sizing.worst(one.lots, old))
            idea += max(0.0, worst - sizing.worst(one.lots, max(old, sizing.default_stop)))
    return idea, more


def _opening(
    intent: Intent,
    symbol: Tradable,
    now: Standing,
    facts: tuple[Sizing, float, float],
    reserved: Sequence[Reservation],
) -> Verdict:
    """Answer an order that opens risk; on a netting account its first `reducible` lots only reduce.

    `facts` are the sizing, the distance of the stop (price), and those lots.
    """
    sizing, distance, reducible = facts
    dearer = max(1.0, (intent.price or sizing.entry) / sizing.entry)
    sizing = _at_price(sizing, dearer)
    applied = [
        replace(cap, value=cap.value / dearer) if dearer > 1 and cap.name in BY_PRICE else cap
        for cap in now.caps
        if cap.applies(symbol.symbol, symbol.role, intent.side)
    ]
    idea, more = _moved(symbol, intent, sizing, now)
    caps = after(applied, symbol.symbol, symbol.role, intent.side, sizing, reserved)
    caps = with_stop_moved(caps, idea, more)
    least, step = sizing.volume_min, sizing.volume_step
    ladder = rungs(caps, sizing, distance)
    decided = decide(ladder, least, step)
    wanted = orderable(intent.lots - reducible, least, step)
    if wanted == 0:
        decided = Rung("volume_min", 0.0, f"the broker's smallest order is {least:g}")
    opened = min(wanted, orderable(decided.lots, least, step))
    suggested = min(round(opened + reducible, 10), sizing.volume_max)
    opened = round(max(0.0, suggested - reducible), 10)
    more = more if opened else 0.0
    worst, promised = sizing.worst(opened, distance), fsum(one.worst for one in reserved) + more
    return Verdict(
        as_of=now.as_of,
        mode=now.mode,
        answer=_answer(suggested, intent.lots),
        symbol=symbol.symbol,
        side=intent.side,
        requested=intent.lots,
        suggested=suggested,
        binding=decided,
        would_bind=would_bind(ladder, decided, least, step),
        ladder=ladder if decided in ladder else (*ladder, decided),
        loss_at_stop=sizing.stop_loss(opened, distance),
        worst=worst,
        margin=opened * sizing.margin_per_lot,
        at_risk_after=None if now.at_risk is None else now.at_risk + promised + worst,
        sizing=sizing,
        account=now.account,
        notes=(
            *_notes(intent, symbol, sizing, distance),
            *_turns(intent, reducible, opened),
            *_moves(intent, more, now),
            *_promised(reserved),
        ),
        reserves=_reserves(
            symbol, intent.side, sizing, opened, worst + more, closes=min(suggested, reducible)
        ),
    )


def _at_price(sizing: Sizing, dearer: float) -> Sizing:
    """Return what a lot takes and loses at a price so many times the market's; at a lower one, as now."""
    if dearer == 1:
        return sizing
    return replace(
        sizing,
        entry=sizing.entry * dearer,
        cost_per_lot=sizing.cost_per_lot * dearer,
        floor_loss_per_lot=sizing.floor_loss_per_lot * dearer,
        margin_per_lot=sizing.margin_per_lot * dearer,
    )


def _reserves(
    symbol: Tradable,
    side: Side,
    sizing: Sizing | Unknown,
    lots: float = 0.0,
    worst: float = 0.0,
    *,
    closes: float,
) -> Reservation | None:
    """Return what the lots of an answer take from the next one; None: nothing."""
    if isinstance(sizing, Unknown) or not lots:
        nothing = Reservation(symbol.symbol, symbol.role, side, 0.0, 0.0, 0.0, 0.0, closes)
        return nothing if closes else None
    margin, notional = lots * sizing.margin_per_lot, lots * sizing.entry * sizing.loss_per_unit
    return Reservation(symbol.symbol, symbol.role, side, lots, worst, margin, notional, closes)


def _turns(intent: Intent, reducible: float, opened: float) -> list[str]:
    """Say how much of a reversal closes, and how much of it opens."""
    if not reducible:
        return []
    other = f"{reducible:g} lots {intent.side.opposite}"
    return [f"this account nets: it first closes {other}, and opens {opened:g} of its own"]


def _moves(intent: Intent, more: float, now: Standing) -> list[str]:
    """Say that an order brings its stop to a position that is open already."""
    if not more:
        return []
    money = f"{more:.2f} {now.account.currency}"
    return [
        f"this account nets: the stop of the whole position becomes {intent.stop:g}, {money} more at risk"
    ]


def _promised(reserved: Sequence[Reservation]) -> list[str]:
    """Say which lots other checks have reserved, and how to have them back."""
    lots = ", ".join(f"{one.lots:g} {one.symbol} {one.side}" for one in reserved if one.lots)
    return (
        [f"reserved for a minute by other checks: {lots}; not ordered? --release gives them back"]
        if lots
        else []
    )


def _answer(suggested: float, requested: float) -> Answer:
    """Compare the suggested lots with the requested ones: allow means that all of them may be sent."""
    if suggested <= 0:
        return Answer.DENY
    return Answer.ALLOW if suggested >= round(requested, 10) else Answer.RESIZE


def _notes(intent: Intent, symbol: Tradable, sizing: Sizing, distance: float) -> list[str]:
    """Say where the question was not taken at its word."""
    notes = []
    rounded = floor_to_step(intent.lots, sizing.volume_step)
    if rounded != round(intent.lots, 10):
        notes.append(
            f"{intent.lots:.10g} lots is not a multiple of {sizing.volume_step:g}, taken as {rounded:g}"
        )
    if distance < sizing.min_stop:
        digits = symbol.digits
        notes.append(
            f"a stop {distance:.{digits}f} away is too tight, computed at {sizing.min_stop:.{digits}f}"
        )
    return notes


def _close(intent: Intent, now: Standing) -> Verdict | Unknown:
    """Answer an order that closes a named position, in whole or in part, in whatever symbol it is."""
    symbol = _find(intent.symbol, now)
    name = symbol.broker_symbol if symbol else intent.symbol
    mine = [one for one in now.positions if one.broker_symbol == name]
    position = next((one for one in mine if one.ticket == intent.close), None)
    if position is None:
        tickets = ", ".join(str(one.ticket) for one in mine) or "nothing"
        return Unknown(f"--close was {intent.close}; open in {name}: {tickets}")
    if position.side is intent.side:
        return Unknown(f"ticket {position.ticket} is a {position.side}; a {position.side.opposite} closes it")
    sizing = symbol.sizing[intent.side] if symbol else Unknown(f"{name} is not configured")
    shown = symbol.symbol if symbol else name
    return _reduction(intent, shown, sizing, now, position.lots, f"in ticket {position.ticket}")


def _reduction(
    intent: Intent, symbol: str, sizing: Sizing | Unknown, now: Standing, open_lots: float, where: str
) -> Verdict:
    """Allow an order that only reduces exposure, up to what is open; a part of it in steps of the broker."""
    rung = Rung("open position", open_lots, f"{open_lots:g} lots {where}; reducing is always allowed")
    suggested = min(intent.lots, open_lots)
    if isinstance(sizing, Sizing) and suggested < open_lots:
        suggested = floor_to_step(suggested, sizing.volume_step)
        if not suggested:
            step = f"the broker's volume step is {sizing.volume_step:g} lots"
            rung = Rung("volume_step", 0.0, f"{step}; {open_lots:g} are {where}")
    if isinstance(sizing, Sizing) and suggested > sizing.volume_max:
        suggested = sizing.volume_max
        rung = Rung("volume_max", suggested, f"{rung.reason}, in orders of at most {suggested:g}")
    return _by_one_rung(intent, symbol, sizing, now, rung, suggested)


def _by_one_rung(
    intent: Intent, symbol: str, sizing: Sizing | Unknown, now: Standing, rung: Rung, suggested: float
) -> Verdict:
    """Return the verdict where a single reason decides and no new risk is opened."""
    return Verdict(
        as_of=now.as_of,
        mode=now.mode,
        answer=_answer(suggested, intent.lots),
        symbol=symbol,
        side=intent.side,
        requested=intent.lots,
        suggested=suggested,
        binding=rung,
        would_bind=None,
        ladder=(rung,),
        loss_at_stop=None,
        worst=None,
        margin=None,
        at_risk_after=now.at_risk,
        sizing=sizing,
        account=now.account,
        notes=(),
    )
