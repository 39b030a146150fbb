"""Share -> money -> lots: what one lot can lose, and how many lots each cap lets through.

A buy opens at the ask and its stop is hit at the bid, so a stop distance measured from the entry price
holds the spread already.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from typing import NamedTuple

from assistant.core.caps import Cap, Kind, Rung, Unit, binding
from assistant.core.market import Account, Instrument, Side

NORMAL = "normal"  # the cap that states full normal risk in money; shares are shares of it


@dataclass(frozen=True, slots=True)
class Sizing:
    """The facts that turn money into lots for one symbol and side; the stop arithmetic is linear in them."""

    entry: float  # price at which an order of this side would open now
    exit: float  # price at which a position of this side would close now
    loss_per_unit: float  # account currency per lot and 1.0 of price
    cost_per_lot: float  # account currency
    cost_per_order: float  # account currency
    gap: float  # price distance; what is held without a stop is taken to go so far
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

    def at_risk(self, side: Side, entry: float, price: float, stop: float | None) -> float:
        """Return how far (price) what was opened at `entry`, and is at `price` now, may yet lose.

        From entry to stop, from the present price to the stop, or from entry to the present price, whichever
        is largest: one that has lost already makes no room for another. Without a stop the gap stands for it.
        """
        lost = side.sign * (entry - price)
        to_stop = self.gap if stop is None else side.sign * (price - stop)
        return max(lost, to_stop, lost + to_stop)

    def worst(self, lots: float, stop_distance: float) -> float:
        """Return the account currency that so many lots lose in the worst case, as one order."""
        return lots * self.loss_per_lot(stop_distance) + self.cost_per_order if lots else 0.0

    def stop_loss(self, lots: float, stop_distance: float) -> float:
        """Return the account currency that they lose where the stop holds, with their costs."""
        distance = max(stop_distance, self.min_stop)
        each = distance * self.loss_per_unit + self.cost_per_lot
        return lots * each + self.cost_per_order if lots else 0.0


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
    loss, paid = sizing.loss_per_lot(stop_distance), sizing.cost_per_order
    out = []
    for cap in listed:
        lots, reason = cap.value, cap.reason
        if cap.unit is not Unit.LOTS:
            left = (lots * normal if cap.unit is Unit.SHARE else lots) - paid
            lots = left / loss if left > 0 else 0.0
        if cap.name == NORMAL:
            reason = f"{reason}; {_told(sizing, stop_distance)}"
        out.append(Rung(cap.name, lots, reason, cap.advisory))
    return tuple(out)


def _told(sizing: Sizing, stop_distance: float) -> str:
    """Say what a lot may lose, and to what."""
    loss = sizing.loss_per_lot(stop_distance)
    to_stop = max(stop_distance, sizing.min_stop) * sizing.loss_per_unit + sizing.cost_per_lot
    what = "in a gap over night" if loss > to_stop else "to the stop"
    paid = f" and {sizing.cost_per_order:.2f} an order" if sizing.cost_per_order else ""
    return f"{loss:.2f} a lot {what}{paid}"


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
    values = [cap.value * normal if cap.unit is Unit.SHARE else cap.value for cap in listed]
    least = min(values)
    return Money(least, listed[values.index(least)].name)


def payable(caps: Iterable[Cap], sizing: Sizing) -> Money:
    """Return the money that is left for lots: the smallest, less what the order itself costs."""
    smallest = smallest_money(caps)
    return Money(max(0.0, smallest.value - sizing.cost_per_order), smallest.name)


def _normal(caps: Sequence[Cap]) -> Cap:
    return next(cap for cap in caps if cap.name == NORMAL)


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


def normal_cap(account: Account, risk_per_trade: float, most: float | None = None) -> Cap:
    """Return the money one idea may lose at full normal risk, a share of the risk base.

    `most` (account currency) bounds the risk base: the initial balance of a funded account; None: nothing.
    """
    if most is not None and most < account.risk_base:
        money = most * risk_per_trade
        reason = f"{risk_per_trade * 100:.2f} % of the initial balance {most:.2f} is {money:.2f}"
        return Cap(NORMAL, money, Unit.MONEY, Kind.CONDITION, reason)
    money = account.risk_base * risk_per_trade
    base = "equity" if account.equity <= account.balance else "balance"
    less = f" less credit {account.credit:.2f}" if account.credit else ""
    percent = f"{risk_per_trade * 100:.2f} %"
    reason = f"{percent} of {base} {min(account.balance, account.equity):.2f}{less} is {money:.2f}"
    return Cap(NORMAL, money, Unit.MONEY, Kind.CONDITION, reason)


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
