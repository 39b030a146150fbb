"""Share -> money -> lots: what one lot can lose, and how many lots each cap lets through.

A buy opens at the ask and its stop is hit at the bid, so a stop distance measured from the entry price
holds the spread already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, fsum
from typing import Annotated, NamedTuple

from annotated_types import Ge, Gt, Le, Lt

from assistant.core.caps import Cap, Kind, Rung, Unit, binding
from assistant.core.market import Account, Bar, Instrument, PendingOrder, Position, Quote, Side, Unknown

NORMAL = "normal"  # the cap that states full normal risk in money; shares are shares of it


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingSettings:
    """How much may be lost, and where a stop is assumed when none is given."""

    risk_per_trade: Annotated[float, Gt(0), Le(0.05)]  # share of the risk base
    atr_sessions: Annotated[int, Ge(2)]  # sessions
    default_stop_atr: Annotated[float, Gt(0)]  # average true ranges
    min_stop_atr: Annotated[float, Gt(0)]  # average true ranges
    min_stop_spreads: Annotated[float, Ge(1)]  # spreads
    margin_kept_back: Annotated[float, Ge(0), Lt(1)]  # share of the free margin


@dataclass(frozen=True, slots=True)
class Stops:
    """Stop distances of a symbol, in price."""

    minimum: float  # a tighter stop is computed at this one
    default: float  # taken where no stop is named


@dataclass(frozen=True, slots=True)
class Sizing:
    """The facts that turn money into lots for one symbol and side; the stop arithmetic is linear in them."""

    entry: float  # price at which an order of this side would open now
    exit: float  # price at which a position of this side would close now
    loss_per_unit: float  # account currency per lot and 1.0 of price
    cost_per_lot: float  # account currency
    floor_loss_per_lot: float  # account currency; a lot never counts as losing less
    margin_per_lot: float  # account currency
    volume_min: float  # lots
    volume_step: float  # lots
    volume_max: float  # lots
    min_stop: float  # price distance
    default_stop: float  # price distance

    def loss_per_lot(self, stop_distance: float) -> float:
        """Return the account currency one lot loses at a stop this far (price) from the entry."""
        distance = max(stop_distance, self.min_stop)
        return max(distance * self.loss_per_unit + self.cost_per_lot, self.floor_loss_per_lot)


def stops(
    instrument: Instrument, quote: Quote | Unknown, bars: Sequence[Bar] | Unknown, settings: SizingSettings
) -> Stops | Unknown:
    """Return the smallest stop distance that is taken at its word, and the default one."""
    if isinstance(quote, Unknown):
        return quote
    if isinstance(bars, Unknown):
        return bars
    atr = average_true_range(bars, settings.atr_sessions)
    if not atr:
        return Unknown(f"{len(bars)} sessions of bars, {settings.atr_sessions + 1} that move are needed")
    spreads = settings.min_stop_spreads * (quote.ask - quote.bid)
    minimum = max(instrument.stops_level, spreads, settings.min_stop_atr * atr)
    return Stops(minimum, max(minimum, settings.default_stop_atr * atr))


def sizing_facts(
    instrument: Instrument, side: Side, quote: Quote | Unknown, distances: Stops | Unknown
) -> Sizing | Unknown:
    """Return what turns money into lots for one side, or the fact that is missing."""
    per_lot = instrument.per_lot[side]
    if isinstance(quote, Unknown):
        return quote
    if isinstance(distances, Unknown):
        return distances
    if isinstance(per_lot, Unknown):
        return per_lot
    return Sizing(
        entry=quote.entry(side),
        exit=quote.entry(side.opposite),
        loss_per_unit=per_lot.loss_per_unit,
        cost_per_lot=0.0,
        floor_loss_per_lot=0.0,
        margin_per_lot=per_lot.margin,
        volume_min=instrument.volume_min,
        volume_step=instrument.volume_step,
        volume_max=instrument.volume_max,
        min_stop=distances.minimum,
        default_stop=distances.default,
    )


def average_true_range(bars: Sequence[Bar], sessions: int) -> float | None:
    """Return the simple mean of the last true ranges (price), as MetaTrader 5's own ATR indicator does.

    True range: Wilder, New Concepts in Technical Trading Systems (1978). None: fewer than sessions + 1 bars.
    """
    if len(bars) < sessions + 1:
        return None
    recent = bars[-sessions - 1 :]
    ranges = [max(bar.high, before.close) - min(bar.low, before.close) for before, bar in pairwise(recent)]
    return fsum(ranges) / sessions


def floor_to_step(lots: float, step: float) -> float:
    """Round down to the volume step, forgiving 1e-9 of a step (the same rule stands in the MQL5 include)."""
    return round(floor(lots / step + 1e-9) * step, 10)


def orderable(lots: float, volume_min: float, volume_step: float) -> float:
    """Return what may be ordered: lots rounded down to the step, and 0 below the broker's smallest order."""
    rounded = floor_to_step(max(lots, 0.0), volume_step)
    return rounded if rounded >= volume_min - 1e-9 * volume_step else 0.0


def rungs(caps: Iterable[Cap], sizing: Sizing, stop_distance: float) -> tuple[Rung, ...]:
    """Carry the caps that apply to one symbol and side down to lots, in their order.

    `caps` hold exactly one cap `normal`: the money of an order at full normal risk. Share caps take their
    share of it.
    """
    listed = tuple(caps)
    normal = _normal(listed).value
    loss = sizing.loss_per_lot(stop_distance)
    out = []
    for cap in listed:
        lots = cap.value if cap.unit is Unit.LOTS else _money(cap, normal) / loss
        reason = f"{cap.reason}; {loss:.2f} a lot to the stop" if cap.name == NORMAL else cap.reason
        out.append(Rung(cap.name, lots, reason, cap.advisory))
    return tuple(out)


class Money(NamedTuple):
    """The cap that binds above the last rung."""

    value: float  # account currency
    name: str


def smallest_money(caps: Iterable[Cap]) -> Money:
    """Return what binds above the last rung: after all shares, before any lots; the first of equals.

    `caps` hold exactly one cap `normal`, as for `rungs`.
    """
    listed = [cap for cap in caps if cap.unit is not Unit.LOTS and not cap.advisory]
    normal = _normal(listed).value
    return min((Money(_money(cap, normal), cap.name) for cap in listed), key=lambda money: money.value)


def _normal(caps: Sequence[Cap]) -> Cap:
    return next(cap for cap in caps if cap.name == NORMAL)


def _money(cap: Cap, normal: float) -> float:
    """Carry a share of normal risk to money; a cap in money is there already."""
    return cap.value * normal if cap.unit is Unit.SHARE else cap.value


def decide(ladder: Sequence[Rung], volume_min: float, volume_step: float, *, advisory: bool = False) -> Rung:
    """Return the rung that decides (`ladder` is not empty), or `volume_min` where rounding leaves nothing.

    With `advisory` the advisory rungs take part.
    """
    rung = binding(ladder, advisory=advisory)
    if rung.lots > 0 and orderable(rung.lots, volume_min, volume_step) == 0:
        reason = f"{rung.name} leaves {rung.lots:.4g} lots, the broker's smallest order is {volume_min:g}"
        return Rung("volume_min", 0.0, reason, rung.advisory)
    return rung


def would_bind(ladder: Sequence[Rung], decided: Rung, volume_min: float, volume_step: float) -> Rung | None:
    """Return the advisory rung that lets fewer lots through than the one that decides; None without one."""
    if not any(rung.advisory for rung in ladder):
        return None
    would = decide(ladder, volume_min, volume_step, advisory=True)
    return would if would.lots < decided.lots else None


@dataclass(frozen=True, slots=True)
class OpenRisk:
    """What is at risk already in one symbol and side, open and pending."""

    lots: float
    money: float | None  # account currency; None: not bounded by stops


def open_risk(
    broker_symbol: str,
    side: Side,
    sizing: Sizing | Unknown,
    positions: Iterable[Position],
    orders: Iterable[PendingOrder],
) -> OpenRisk:
    """Add up the worst cases of one symbol and side, a pending order as if it were filled at its price.

    A position counts with its loss from the entry to the stop, from the present price to the stop, or from
    the entry to the present price, whichever is largest: one that has lost already makes no room for another.
    A stop tighter than `min_stop` counts at that, as it did when the order was sized.
    """
    held = [one for one in positions if one.broker_symbol == broker_symbol and one.side is side]
    waiting = [one for one in orders if one.broker_symbol == broker_symbol and one.side is side]
    lots = sum(one.lots for one in held) + sum(one.lots for one in waiting)
    if isinstance(sizing, Unknown):
        return OpenRisk(lots, None if lots else 0.0)
    risks = [(one.lots, one.price, sizing.exit, one.stop) for one in held]
    risks += [(one.lots, one.price, one.price, one.stop) for one in waiting]
    money = 0.0
    for volume, entry, price, stop in risks:
        if stop is None:
            return OpenRisk(lots, None)
        distance = max(side.sign * (a - b) for a, b in ((entry, stop), (price, stop), (entry, price)))
        money += volume * sizing.loss_per_lot(distance)
    return OpenRisk(lots, money)


def normal_cap(account: Account, settings: SizingSettings) -> Cap:
    """Return the money one idea may lose at full normal risk."""
    money = account.risk_base * settings.risk_per_trade
    base = "equity" if account.equity <= account.balance else "balance"
    less = f" less credit {account.credit:.2f}" if account.credit else ""
    percent = f"{settings.risk_per_trade * 100:.2f} %"
    reason = f"{percent} of {base} {min(account.balance, account.equity):.2f}{less} is {money:.2f}"
    return Cap(NORMAL, money, Unit.MONEY, Kind.CONDITION, reason)


def idea_cap(symbol: str, side: Side, caps: Iterable[Cap], risk: OpenRisk) -> Cap | None:
    """Return what an idea may still lose when part of it is open or pending; None when nothing is.

    `caps` are those that apply to the symbol and side, `normal` among them.
    """
    if risk.lots == 0:
        return None
    whole = smallest_money(cap for cap in caps if cap.unit is Unit.SHARE or cap.name == NORMAL).value
    if risk.money is None:
        left, reason = 0.0, f"{risk.lots:g} lots {side} open or pending without a stop-loss"
    else:
        left = max(0.0, whole - risk.money)
        reason = f"{risk.money:.2f} of {whole:.2f} at risk already in {risk.lots:g} lots {side}"
    return Cap("idea", left, Unit.MONEY, Kind.CONDITION, reason, scope=symbol, side=side)


def margin_cap(symbol: str, side: Side, account: Account, sizing: Sizing, settings: SizingSettings) -> Cap:
    """Return the lots the free margin carries, part of it kept back."""
    usable = max(0.0, account.free_margin) * (1 - settings.margin_kept_back)
    kept = f"{settings.margin_kept_back * 100:.0f} % kept back"
    reason = f"{account.free_margin:.2f} free margin, {kept}, {sizing.margin_per_lot:.2f} a lot"
    return Cap(
        "margin", usable / sizing.margin_per_lot, Unit.LOTS, Kind.CONDITION, reason, scope=symbol, side=side
    )


def broker_caps(instrument: Instrument) -> list[Cap]:
    """Return the broker's own limits on one order in a symbol."""
    symbol = instrument.symbol
    largest = Cap(
        "volume_max",
        instrument.volume_max,
        Unit.LOTS,
        Kind.CONDITION,
        "broker's largest order",
        scope=symbol,
    )
    refused = [
        Cap(
            "trade_mode",
            0.0,
            Unit.LOTS,
            Kind.CONDITION,
            f"the broker's trade mode is {instrument.trade_mode}",
            scope=symbol,
            side=side,
        )
        for side in Side
        if not instrument.trade_mode.opens(side)
    ]
    return [largest, *refused]
