"""One symbol: the caps that concern it and those that are its own, carried down to lots on each side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from assistant.core.caps import Cap, Kind, Rung, Unit
from assistant.core.conditions import MARKET_CLOSED
from assistant.core.distances import Stops
from assistant.core.exposure import (
    ExposureSettings,
    Open,
    OpenRisk,
    Totals,
    cluster_cap,
    gross_cap,
    idea_cap,
    limit_cap,
    margin_caps,
)
from assistant.core.funded_rules import exposure_caps
from assistant.core.held import Held, Tickets, held_of
from assistant.core.market import Account, Instrument, Override, Quote, Side, Unknown
from assistant.core.own import by_hand
from assistant.core.pricing import Priced
from assistant.core.reserved import firm_with_stop_moved
from assistant.core.rulings import Rulings
from assistant.core.sizing import (
    Money,
    Sizing,
    broker_caps,
    decide,
    orderable,
    payable,
    rungs,
    smallest_money,
    would_bind,
)


@dataclass(frozen=True, slots=True)
class SideAdvice:
    """What may be ordered now on one side of a symbol."""

    lots: float  # additional lots that may be ordered now, rounded down to the step
    plan_lots: float  # the same as if the market were open; 0, too, where it is halted
    binding: Rung
    would_bind: Rung | None  # an advisory rung that lets fewer lots through than the binding one
    sizing: Sizing | Unknown  # Unknown: a fact is missing, and the lots are 0
    money: Money  # the smallest cap in money, after all shares, less what an order itself costs
    lots_cap: Cap  # the smallest cap stated in lots
    ladder: tuple[Rung, ...]
    at_risk: OpenRisk  # what is open and pending on this side


@dataclass(frozen=True, slots=True)
class SymbolAdvice:
    """Everything about one symbol."""

    instrument: Instrument
    quote: Quote | Unknown
    stops: Stops | Unknown
    held: tuple[Held, ...]
    sides: Mapping[Side, SideAdvice]
    supported_by: tuple[str, ...]  # what speaks for a long position: stance, votes, its own trend


class Cycle(NamedTuple):
    """What all symbols share: what the account holds, and what it may."""

    account: Account
    settings: ExposureSettings
    in_all: Totals
    found: Open
    tickets: Tickets
    as_of: datetime
    overrides: Sequence[Override]
    rulings: Rulings | None


def symbol_advice(
    one: Priced, general: Sequence[Cap], now: Cycle, supported_by: tuple[str, ...]
) -> tuple[SymbolAdvice, list[Cap]]:
    """Return the advice for one symbol, and the caps that are its own; `general` concern it, too."""
    instrument = one.instrument
    symbol, role = instrument.symbol, instrument.role
    own = broker_caps(instrument)
    sides = {}
    for side, (risk, sizing) in one.sides.items():
        caps = [cap for cap in chain(general, own) if cap.applies(symbol, role, side)]
        mine = _side_caps(instrument, side, (risk, sizing), caps, now)
        own += mine
        moved = 0.0 if now.account.hedging else risk.moved
        sides[side] = _side(firm_with_stop_moved([*caps, *mine], moved), instrument, sizing, risk)
    sizings = {side: sizing for side, (_, sizing) in one.sides.items()}
    held = held_of(instrument, now.found, sizings, general, now.tickets, now.as_of)
    return SymbolAdvice(instrument, one.quote, one.stops, held, sides, supported_by), own


def _side_caps(
    instrument: Instrument,
    side: Side,
    facts: tuple[OpenRisk, Sizing | Unknown],
    caps: Sequence[Cap],
    now: Cycle,
) -> list[Cap]:
    """Return the caps of one side that rest on what a lot costs; without that fact, a cap of 0."""
    symbol, (risk, sizing) = instrument.symbol, facts
    account, in_all, settings = now.account, now.in_all, now.settings
    if isinstance(sizing, Unknown):
        return [Cap("broker facts", 0.0, Unit.LOTS, Kind.CONDITION, sizing.reason, scope=symbol, side=side)]
    bound = replace(account, margin=account.margin + in_all.margin)
    found = (
        *by_hand(now.overrides, now.as_of, symbol, side, risk.lots),
        idea_cap(symbol, side, caps, risk, one_stop=not account.hedging),
        cluster_cap(symbol, instrument.role, side, account, in_all, settings),
        gross_cap(symbol, side, account, sizing, in_all, settings),
        *margin_caps(symbol, side, account, sizing, in_all, settings),
        limit_cap(instrument, side, risk),
        *(exposure_caps(now.rulings, symbol, side, bound, sizing, risk, in_all) if now.rulings else ()),
    )
    return [cap for cap in found if cap]


def _side(
    caps: Sequence[Cap], instrument: Instrument, sizing: Sizing | Unknown, risk: OpenRisk
) -> SideAdvice:
    """Carry the caps of one side down to lots."""
    step, least = instrument.volume_step, instrument.volume_min
    in_lots = [cap for cap in caps if cap.unit is Unit.LOTS]
    if isinstance(sizing, Unknown):
        ladder = tuple(Rung(cap.name, cap.value, cap.reason, cap.advisory) for cap in in_lots)
    else:
        ladder = rungs(caps, sizing, sizing.default_stop)
    decided = decide(ladder, least, step)
    whole_day = [rung for rung in ladder if rung.name != MARKET_CLOSED]
    planned = decided if len(whole_day) == len(ladder) else decide(whole_day, least, step)
    return SideAdvice(
        lots=orderable(decided.lots, least, step),
        plan_lots=orderable(planned.lots, least, step),
        binding=decided,
        would_bind=would_bind(ladder, decided, least, step),
        sizing=sizing,
        money=smallest_money(caps) if isinstance(sizing, Unknown) else payable(caps, sizing),
        lots_cap=min((cap for cap in in_lots if not cap.advisory), key=attrgetter("value")),
        ladder=ladder if decided in ladder else (*ladder, decided),
        at_risk=risk,
    )
