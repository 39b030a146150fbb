"""What a lot costs beside the move to its stop: conversion, commission, slippage, nights, and the gap.

A stop does not hold a gap over night: what is held over a close may lose that much whatever its stop says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Annotated, Literal, NamedTuple

from annotated_types import Ge, Gt, Le

from assistant.core.distances import Ranges, Stops
from assistant.core.market import (
    Deal,
    Fill,
    Hours,
    Instrument,
    Quote,
    Side,
    Unknown,
)
from assistant.core.sizing import Sizing

AGREEMENT = 0.01  # share; how far apart two readings of the same loss may be
NOTED = 1.01  # of the rate; a commission above it per lot shows a smallest one for an order
FEWEST_FILLS = 10  # of stops of a symbol, from which on they show its slippage
MOST_SLIPPAGE = 0.05  # share of the price; a stop that was filled worse met a gap, which is counted by itself
SPARE_NIGHTS = 2  # charged beside the planned ones: one of them may count three, for the weekend


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSettings:
    """What is charged where past deals of a symbol do not show it, and what is put on top."""

    commission_per_lot: Annotated[float, Ge(0)]  # account currency, for a lot and side
    commission_minimum: Annotated[float, Ge(0)]  # account currency, for an order
    slippage: Annotated[float, Ge(0), Le(0.05)]  # share of the price, each time; past stops may show more
    conversion_stress: Annotated[float, Ge(0), Le(0.2)]  # share; how far a conversion rate may move


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSettings:
    """How long a position is meant to be held, and what a gap may then cost."""

    hold: Literal["overnight", "intraday"]
    nights: Annotated[int, Ge(1), Le(60)]  # nights that are paid for, where it is held overnight
    flat_before_close: Annotated[float, Ge(0), Le(390)]  # minutes; later it counts as held over the close
    gap_floor: Annotated[float, Gt(0), Le(0.5)]  # share of the price; no gap is taken for less
    gap_atr: Annotated[float, Ge(0), Le(20)]  # average true ranges; likewise
    gap_floors: Mapping[str, float]  # share of the price by our symbol, instead of gap_floor


@dataclass(frozen=True, slots=True)
class Terms:
    """What the costs of an order rest on beside its symbol."""

    currency: str  # of the account
    costs: CostSettings
    plan: PlanSettings
    over_night: bool  # what is ordered now counts as held over a close
    trips: Mapping[str, "RoundTrip"]  # by the broker's symbol, where past deals show it
    slippage: Mapping[str, float] = field(default_factory=dict)  # share of the price; likewise, of past stops


class Commission(NamedTuple):
    """What the broker takes from one order, account currency."""

    per_lot: float
    minimum: float  # for an order
    fee: float  # for an order, beside it


class RoundTrip(NamedTuple):
    """The commissions of the order that opens and of the one that closes."""

    opening: Commission | None  # None: no deal shows it
    closing: Commission | None


class Cost(NamedTuple):
    """What one order will have cost once it is closed, account currency."""

    per_lot: float
    per_order: float


def learned(deals: Iterable[Deal] | Unknown) -> dict[str, RoundTrip]:
    """Return what each of the broker's symbols was charged by past deals; nothing where they are not known.

    The rate is that of the deal with the most lots. Where a smaller one paid more per lot, what it paid is
    taken for the smallest commission of an order. A deal whose numbers are none shows nothing.
    """
    found: dict[str, dict[bool, list[Deal]]] = {}
    for deal in () if isinstance(deals, Unknown) else deals:
        if deal.kind in ("buy", "sell") and deal.lots > 0 and isfinite(deal.commission + deal.fee):
            found.setdefault(deal.broker_symbol, {}).setdefault(deal.entry == "in", []).append(deal)
    return {
        symbol: RoundTrip(_charged(by.get(True)), _charged(by.get(False))) for symbol, by in found.items()
    }


def _charged(deals: list[Deal] | None) -> Commission | None:
    if deals is None:
        return None
    paid = [(max(0.0, -deal.commission), deal.lots) for deal in deals]
    money, lots = max(paid, key=lambda one: (one[1], one[0]))
    rate = money / lots
    least = max((money for money, lots in paid if money > rate * lots * NOTED), default=0.0)
    return Commission(rate, least, max(max(0.0, -deal.fee) for deal in deals))


def slippages(fills: Iterable[Fill] | Unknown) -> dict[str, float]:
    """Return by how much of the price nine in ten stops were filled worse at most, by the broker's symbol.

    Negative: all of them were filled better. A symbol with few fills shows nothing.
    """
    worse: dict[str, list[float]] = {}
    for fill in () if isinstance(fills, Unknown) else fills:
        moved = fill.side.sign * (fill.price - fill.asked)
        worse.setdefault(fill.broker_symbol, []).append(moved / fill.asked)
    return {
        symbol: min(MOST_SLIPPAGE, sorted(found)[-(-9 * len(found) // 10) - 1])
        for symbol, found in worse.items()
        if len(found) >= FEWEST_FILLS
    }


def commissions(known: RoundTrip | None, settings: CostSettings) -> tuple[Commission, Commission]:
    """Return what an opening and a closing order of a symbol cost.

    What no deal shows costs what is configured, or what the other way costs where that is more.
    """
    own = Commission(settings.commission_per_lot, settings.commission_minimum, 0.0)
    opening, closing = known or (None, None)
    return opening or _dearer(closing, own), closing or _dearer(opening, own)


def _dearer(one: Commission | None, other: Commission) -> Commission:
    return other if one is None else Commission(*map(max, one, other))


class Lot(NamedTuple):
    """What the broker's own numbers say of one lot of a side, account currency."""

    loss_per_unit: float  # per 1.0 of price
    margin: float
    night: float  # what a night costs; a swap that is paid to the trader counts nothing


def lot_of(instrument: Instrument, side: Side, currency: str, stress: float) -> Lot | Unknown:
    """Return what a lot loses and takes in account `currency`; Unknown where the broker's numbers disagree.

    What the terminal computes is held against tick value / tick size, and against the contract size where
    no currency is converted; the most of them counts. A rate that must be converted may move: `stress`
    (share) is put on top.
    """
    per_lot, contract = instrument.per_lot[side], instrument.contract
    if isinstance(per_lot, Unknown):
        return per_lot
    if isinstance(contract, Unknown):
        return contract
    night = contract.night[side]
    if isinstance(night, Unknown):
        return night
    asked = per_lot.loss_per_unit
    converts = contract.profit_currency != currency
    others = {"tick value / tick size": contract.tick_value / contract.tick_size}
    others |= {} if converts else {"the contract size": contract.size}
    for name, other in others.items():
        if abs(asked - other) > AGREEMENT * max(asked, other):
            return Unknown(
                f"the broker's numbers of {instrument.symbol} disagree: a lot loses {asked:.6g} {currency} "
                f"per 1.0 of price by order_calc_profit, {other:.6g} by {name}"
            )
    most = max(asked, *others.values())
    return Lot(most * (1 + stress) if converts else most, per_lot.margin, max(0.0, night))


def cost_of(
    price: float, lot: Lot, trip: tuple[Commission, Commission], terms: Terms, measured: float = 0.0
) -> Cost:
    """Return what an order at a price costs until it is closed: commissions, slippage both ways, nights.

    `measured` is the slippage that past stops show (share of the price); the configured one counts at least.
    """
    nights = terms.plan.nights + SPARE_NIGHTS if terms.over_night else 0
    slipped = 2 * max(terms.costs.slippage, measured) * price * lot.loss_per_unit
    per_lot = sum(one.per_lot for one in trip) + slipped + nights * lot.night
    return Cost(per_lot, sum(one.minimum + one.fee for one in trip))


def gap_share(symbol: str, side: Side, price: float, ranges: Ranges | Unknown, plan: PlanSettings) -> float:
    """Return how far against a side (share of the price) a gap is taken to go.

    The largest of the worst gap of the known history, the floor of the symbol, and so many average true
    ranges.
    """
    floor = plan.gap_floors.get(symbol, plan.gap_floor)
    if isinstance(ranges, Unknown):
        return floor
    return max(floor, ranges.gaps[side], plan.gap_atr * (ranges.atr or 0.0) / price)


def sizing_facts(
    instrument: Instrument,
    side: Side,
    quote: Quote | Unknown,
    distances: Stops | Unknown,
    ranges: Ranges | Unknown,
    terms: Terms,
) -> Sizing | Unknown:
    """Return what turns money into lots for one side, or the fact that is missing."""
    lot = lot_of(instrument, side, terms.currency, terms.costs.conversion_stress)
    if isinstance(quote, Unknown):
        return quote
    if isinstance(distances, Unknown):
        return distances
    if isinstance(lot, Unknown):
        return lot
    entry = quote.entry(side)
    name = instrument.broker_symbol
    trip = commissions(terms.trips.get(name), terms.costs)
    cost = cost_of(entry, lot, trip, terms, terms.slippage.get(name, 0.0))
    gap = entry * gap_share(instrument.symbol, side, entry, ranges, terms.plan)
    return Sizing(
        entry=entry,
        exit=quote.entry(side.opposite),
        loss_per_unit=lot.loss_per_unit,
        cost_per_lot=cost.per_lot,
        cost_per_order=cost.per_order,
        gap=gap,
        floor_loss_per_lot=gap * lot.loss_per_unit + cost.per_lot if terms.over_night else 0.0,
        margin_per_lot=lot.margin,
        volume_min=instrument.volume_min,
        volume_step=instrument.volume_step,
        volume_max=instrument.volume_max,
        min_stop=distances.minimum,
        default_stop=distances.default,
    )


def held_over(hours: Hours, as_of: datetime, plan: PlanSettings) -> bool:
    """Whether what is open, or opened now, counts as held over a close."""
    if plan.hold == "overnight" or not hours.state.in_session or hours.closes_at is None:
        return True
    return as_of >= hours.closes_at - timedelta(minutes=plan.flat_before_close)
