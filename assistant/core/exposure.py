"""What is open and pending already, and what it leaves: idea, heat, cluster, exposure, margin.

Each pending order counts as filled at its price. What has no stop-loss counts with its gap. Opposite sides
net within one symbol only; symbols that go together add up in full.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum
from typing import Annotated, NamedTuple

from annotated_types import Ge, Gt, Le, Lt

from assistant.core.caps import (
    CLUSTER,
    GROSS,
    HEAT,
    IDEA,
    MARGIN,
    STOP_OUT,
    VOLUME_LIMIT,
    Cap,
    Kind,
    Unit,
    direction,
)
from assistant.core.market import Account, Instrument, PendingOrder, Position, Role, Side, Unknown
from assistant.core.sizing import NORMAL, Sizing, smallest_money


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureSettings:
    """How much may be at risk, held, and bound as margin in all."""

    heat: Annotated[float, Gt(0), Le(1)]  # share of the equity; worst case of everything open and pending
    cluster: Annotated[float, Gt(0), Le(1)]  # share of the equity; of all that adds the same exposure
    gross: Annotated[float, Gt(0), Le(50)]  # notional of everything open and pending / equity
    margin_kept_back: Annotated[float, Ge(0), Lt(1)]  # share of the free margin
    margin_stress: Annotated[float, Ge(1), Le(10)]  # times what the terminal says a lot takes
    stop_out_reserve: Annotated[float, Ge(1), Le(10)]  # times the broker's stop-out, after the worst case
    net_hedges: bool  # on a hedging account, an opposite order counts as one that reduces


class OpenRisk(NamedTuple):
    """What is at risk already in one symbol and side, open and pending."""

    lots: float
    money: float | None  # account currency, worst case; None: a fact is missing
    no_stop: float  # lots of them without a stop-loss, counted with their gap
    pending: float  # lots of them that wait for their price
    notional: float  # account currency
    waiting: float = 0.0  # account currency; what of the money the pending ones may lose
    moved: float = 0.0  # account currency; what more is at risk once one stop stands for all of the side
    ahead: float = 0.0  # account currency; what the money is from the present equity on: a gain is given back


NOTHING = OpenRisk(0.0, 0.0, 0.0, 0.0, 0.0)
Open = Mapping[tuple[str, Side], tuple[list[Position], list[PendingOrder]]]  # by the broker's symbol


def by_side(positions: Iterable[Position], orders: Iterable[PendingOrder]) -> Open:
    """Return what is open and pending, by the broker's symbol and side."""
    found: dict[tuple[str, Side], tuple[list[Position], list[PendingOrder]]] = {}
    for position in positions:
        found.setdefault((position.broker_symbol, position.side), ([], []))[0].append(position)
    for order in orders:
        found.setdefault((order.broker_symbol, order.side), ([], []))[1].append(order)
    return found


def open_risk(broker_symbol: str, side: Side, sizing: Sizing | Unknown, found: Open) -> OpenRisk:
    """Add up the worst cases of one symbol and side, a position's loss so far being what the terminal says.

    A stop tighter than `min_stop` counts at that, as it did when the order was sized. `moved` is for netting
    accounts, where an order that adds brings its stop to the whole position: at the default stop.
    """
    held, waiting = found.get((broker_symbol, side), ((), ()))
    if not held and not waiting:
        return NOTHING
    pending = fsum(one.lots for one in waiting)
    lots = fsum(one.lots for one in held) + pending
    no_stop = fsum(one.lots for one in (*held, *waiting) if one.stop is None)
    if isinstance(sizing, Unknown):
        return OpenRisk(lots, None, no_stop, pending, 0.0)
    money = moved = ahead = 0.0
    for one in held:
        distance = sizing.at_risk(side, one.price, sizing.exit, one.stop)
        worst = max(sizing.worst(one.lots, distance), -one.profit)
        money += worst
        ahead += sizing.worst(one.lots, sizing.at_risk(side, sizing.exit, sizing.exit, one.stop))
        moved += max(0.0, sizing.worst(one.lots, max(distance, sizing.default_stop)) - worst)
    wait = fsum(
        sizing.worst(one.lots, sizing.at_risk(side, one.price, one.price, one.stop)) for one in waiting
    )
    volume = fsum(one.lots * sizing.exit for one in held) + fsum(one.lots * one.price for one in waiting)
    notional = volume * sizing.loss_per_unit
    return OpenRisk(lots, money + wait, no_stop, pending, notional, wait, moved, ahead + wait)


class Risks(NamedTuple):
    """One symbol with what is open in it."""

    name: str  # the broker's
    role: Role
    risks: Mapping[Side, OpenRisk]
    margin: float  # account currency; what orders that wait, and legs that hedge, may come to take


@dataclass(frozen=True, slots=True)
class Totals:
    """What everything open and pending comes to, account currency."""

    worst: float  # from where each was opened, what has been lost so far being part of it
    ahead: float  # from the present equity on, nothing netted: stops on both sides may be hit in turn
    no_stop: float  # of that, lost by what has no stop-loss
    towards: Mapping[int, float]  # worst case of what adds risk-on exposure (1), of what takes it away (-1)
    notional: float
    margin: float  # beside what is in use: orders that wait, and hedged legs were one of them closed
    unknown: tuple[str, ...]  # symbols whose worst case is not known: nothing of theirs is in the numbers


def bound_margin(instrument: Instrument, sides: Mapping[Side, tuple[OpenRisk, Sizing | Unknown]]) -> float:
    """Return the margin that pending orders, and hedged legs were one of them closed, come to take."""
    most = max((one.margin_per_lot for _, one in sides.values() if isinstance(one, Sizing)), default=0.0)
    risks = [risk for risk, _ in sides.values()]
    contract = instrument.contract
    by_leg = not isinstance(contract, Unknown) and contract.hedged_by_leg
    hedged = 0.0 if by_leg else min(risk.lots - risk.pending for risk in risks)
    return most * (hedged + fsum(risk.pending for risk in risks))


def totals(symbols: Iterable[Risks]) -> Totals:
    """Add up everything open and pending; what is open on opposite sides nets within its symbol only.

    Pending orders of both sides add up: the price may fill and stop one after the other. From the present
    equity on nothing nets at all.
    """
    worst = ahead = no_stop = notional = margin = 0.0
    towards = {1: 0.0, -1: 0.0}
    unknown = []
    for name, role, risks, bound in symbols:
        margin += bound
        known = {side: risk.money for side, risk in risks.items() if risk.money is not None}
        if len(known) < len(risks):
            unknown.append(name)
        wait = {side: risks[side].waiting for side in known}
        worst += max((known[side] - wait[side] for side in known), default=0.0) + fsum(wait.values())
        ahead += fsum(risks[side].ahead for side in known)
        for side, risk in risks.items():
            notional += risk.notional
            if risk.no_stop and risk.money is not None:
                no_stop += risk.money * risk.no_stop / risk.lots
            way = direction(role, side)
            if way:
                towards[way] += known.get(side, 0.0)
    return Totals(worst, ahead, no_stop, towards, notional, margin, tuple(unknown))


def idea_cap(symbol: str, side: Side, caps: Iterable[Cap], risk: OpenRisk, *, one_stop: bool) -> Cap | None:
    """Return what an idea may still lose when part of it is open or pending; None when nothing is.

    `caps` are those that apply to the symbol and side, `normal` among them. With `one_stop`, on a netting
    account, what is open counts as if an order at the default stop had moved its stop there.
    """
    if risk.lots == 0:
        return None
    whole = smallest_money(cap for cap in caps if cap.unit is Unit.SHARE or cap.name == NORMAL).value
    if risk.money is None or risk.no_stop:
        left, reason = 0.0, f"{risk.no_stop or risk.lots:g} lots {side} open or pending without a stop-loss"
        if not risk.no_stop:
            reason = f"what {risk.lots:g} lots {side}, open or pending, can lose is not known"
    else:
        used = risk.money + (risk.moved if one_stop else 0.0)
        left = max(0.0, whole - used)
        waits = f", {risk.pending:g} of them pending" if risk.pending else ""
        reason = f"{used:.2f} of {whole:.2f} at risk already in {risk.lots:g} lots {side}{waits}"
        if used > risk.money:
            reason += ", once its stop is the default one"
    return Cap(IDEA, left, Unit.MONEY, Kind.CONDITION, reason, scope=symbol, side=side)


def heat_cap(account: Account, found: Totals, settings: ExposureSettings) -> Cap:
    """Return what everything open and pending leaves of the heat."""
    whole = account.own_equity * settings.heat
    left, reason = _left("at risk in all", whole, found.worst, found)
    return Cap(HEAT, left, Unit.MONEY, Kind.CONDITION, reason)


def cluster_cap(
    symbol: str, role: Role, side: Side, account: Account, found: Totals, settings: ExposureSettings
) -> Cap | None:
    """Return what is left for one more order of the same exposure; None for a neutral symbol."""
    way = direction(role, side)
    if not way:
        return None
    whole = account.own_equity * settings.cluster
    does = "adds risk-on exposure" if way > 0 else "takes risk-on exposure away"
    left, reason = _left(f"at risk in what {does}", whole, found.towards[way], found)
    return Cap(CLUSTER, left, Unit.MONEY, Kind.CONDITION, reason, scope=symbol, side=side)


def _left(what: str, whole: float, used: float, found: Totals) -> tuple[float, str]:
    if found.unknown:
        return 0.0, f"what is open in {', '.join(found.unknown)} can lose is not known"
    labelled = f", {found.no_stop:.2f} of all without a stop-loss" if found.no_stop else ""
    return max(0.0, whole - used), f"{used:.2f} of {whole:.2f} {what} already{labelled}"


def gross_cap(
    symbol: str, side: Side, account: Account, sizing: Sizing, found: Totals, settings: ExposureSettings
) -> Cap:
    """Return the lots that the notional of everything open and pending leaves."""
    whole = account.own_equity * settings.gross
    each = sizing.entry * sizing.loss_per_unit
    left = 0.0 if found.unknown else max(0.0, whole - found.notional) / each
    reason = (
        f"what is open in {', '.join(found.unknown)} is not known"
        if found.unknown
        else f"{found.notional:.2f} of {whole:.2f} notional held already ({settings.gross:g} x equity), "
        f"{each:.2f} a lot"
    )
    return Cap(GROSS, left, Unit.LOTS, Kind.CONDITION, reason, scope=symbol, side=side)


def margin_caps(
    symbol: str, side: Side, account: Account, sizing: Sizing, found: Totals, settings: ExposureSettings
) -> Iterator[Cap]:
    """Yield the lots that the free margin carries, and those that keep the account from its stop-out."""
    each = sizing.margin_per_lot * settings.margin_stress
    more = settings.margin_stress * found.margin
    usable = max(0.0, account.free_margin - more) * (1 - settings.margin_kept_back)
    bound = f" less {more:.2f} for pending orders and hedged lots" if more else ""
    kept = f"{settings.margin_kept_back * 100:.0f} % kept back"
    reason = f"{account.free_margin:.2f} free margin{bound}, {kept}, {each:.2f} a lot"
    yield Cap(MARGIN, usable / each, Unit.LOTS, Kind.CONDITION, reason, scope=symbol, side=side)
    limit = account.stop_out
    if limit.value <= 0:
        return
    after = account.equity - max(found.worst, settings.heat * account.own_equity)
    wanted = limit.value * settings.stop_out_reserve
    in_use = account.margin + more
    room = after - wanted - in_use if limit.in_money else after / wanted - in_use
    level = f"{limit.value:.2f}" if limit.in_money else f"{100 * limit.value:g} %"
    reason = (
        f"equity {after:.2f} after the worst case that heat allows, margin {in_use:.2f}; "
        f"{settings.stop_out_reserve:g} x the broker's stop-out at {level} is kept"
    )
    yield Cap(STOP_OUT, max(0.0, room) / each, Unit.LOTS, Kind.CONDITION, reason, scope=symbol, side=side)


def limit_cap(instrument: Instrument, side: Side, risk: OpenRisk) -> Cap | None:
    """Return what the broker's limit for one direction leaves; None where there is none."""
    limit = instrument.volume_limit
    if limit is None:
        return None
    reason = f"{risk.lots:g} of the broker's {limit:g} lots {side} open and pending"
    left = max(0.0, limit - risk.lots)
    return Cap(VOLUME_LIMIT, left, Unit.LOTS, Kind.CONDITION, reason, scope=instrument.symbol, side=side)
