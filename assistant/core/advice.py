"""The whole assistant on one page: a snapshot and what earlier cycles left behind become advice.

Facts -> regime -> share -> caps -> lots, top to bottom in `advise`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from assistant.core.caps import Cap, Kind, Rung, Spells, Unit, by_symbol, settle, unseen
from assistant.core.conditions import (
    MARKET_CLOSED,
    ConditionSettings,
    TradeSettings,
    condition_caps,
    observed,
    trades_cap,
)
from assistant.core.contracts import contract_caps
from assistant.core.costs import CostSettings, PlanSettings, RoundTrip, Terms, held_over, learned, slippages
from assistant.core.distances import Ranges, SizingSettings, Stops, ranges_by_symbol
from assistant.core.exposure import (
    ExposureSettings,
    Open,
    OpenRisk,
    Totals,
    by_side,
    cluster_cap,
    gross_cap,
    heat_cap,
    idea_cap,
    limit_cap,
    margin_caps,
    totals,
)
from assistant.core.flags import supported_by
from assistant.core.fold import FoldSettings, Memory
from assistant.core.followed import Followed
from assistant.core.funded_rules import ahead_of, exposure_caps, funded_rules, risk_base_of, stale_prices
from assistant.core.held import Held, Tickets, held_of, notices, seen_now
from assistant.core.history import Given
from assistant.core.intraday import Watch, intraday
from assistant.core.lapse import jumped, slept
from assistant.core.market import (
    Account,
    Deal,
    Fill,
    Hours,
    Instrument,
    Override,
    PendingOrder,
    Position,
    Quote,
    Role,
    Side,
    TerminalFacts,
    Unknown,
)
from assistant.core.multiplier import Folded, Regime, regime_now
from assistant.core.own import DisciplineSettings, by_hand, discipline_caps, less_open, override_caps
from assistant.core.prices import Prices, doubts, price_caps, trusted, watched
from assistant.core.pricing import Priced, elsewhere, price_all, remarks, risks_of
from assistant.core.program import Program
from assistant.core.reserved import firm_with_stop_moved
from assistant.core.rulings import Rulings
from assistant.core.shares import VolatilitySettings
from assistant.core.signals import lent_caps, lent_regime, regime_caps, volatility_caps
from assistant.core.sizing import (
    Money,
    Sizing,
    broker_caps,
    decide,
    normal_cap,
    orderable,
    payable,
    rungs,
    smallest_money,
    would_bind,
)
from assistant.core.snapshot import Snapshot
from assistant.core.spreads import Spreads, looked, spread_caps


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the core is told by the configuration."""

    fold: FoldSettings
    volatility: VolatilitySettings
    trades: TradeSettings
    sizing: SizingSettings
    costs: CostSettings
    plan: PlanSettings
    exposure: ExposureSettings
    conditions: ConditionSettings
    discipline: DisciplineSettings
    funded: Program | None = None  # of the account; None: no firm's rules are followed


@dataclass(frozen=True, slots=True)
class Track:
    """What earlier cycles leave behind; folded cycle by cycle, empty at the start."""

    spells: Spells = field(default_factory=dict)  # how long each condition has been bad
    folded: Folded | None = None  # the regime of the last cycle
    memory: Memory | None = None  # of the votes, from before the first cycle
    watch: Watch = field(default_factory=Watch)  # of the live ratio in this session
    ranges: Mapping[str, Ranges | Unknown] = field(default_factory=dict)  # by our symbol
    past: Sequence[Deal] | Unknown = ()  # the deals that `trips` were taken from
    trips: Mapping[str, RoundTrip] = field(default_factory=dict)  # by the broker's symbol
    fills: Sequence[Fill] | Unknown = ()  # the fills that `slippage` was taken from
    slippage: Mapping[str, float] = field(default_factory=dict)  # share of the price by the broker's symbol
    tickets: Tickets = field(default_factory=Tickets)
    spreads: Spreads = field(default_factory=Spreads)
    prices: Prices = field(default_factory=Prices)  # of this session
    funded: Followed | None = None  # the account as its firm's rules see it


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


@dataclass(frozen=True, slots=True)
class Advice:
    """What one cycle tells the trader."""

    as_of: datetime  # UTC
    mode: str  # live, paper or replay
    terminal: TerminalFacts
    account: Account
    at_risk: float | None  # account currency, worst case of all open and pending; None: a fact is missing
    nets: bool  # whether an opposite order reduces
    no_stop: float  # account currency; what of that has no stop-loss and is counted with its gap
    hours: Hours  # as observed: halted where no tick comes
    regime: Regime
    share: Cap  # the smallest share for a risk-on order
    caps: tuple[Cap, ...]
    symbols: tuple[SymbolAdvice, ...]
    positions: tuple[Position, ...]  # everything open, configured symbol or not
    orders: tuple[PendingOrder, ...]  # everything pending, likewise
    problems: tuple[str, ...]
    funded: Rulings | None = None  # what the rules of a funded account come to; None: none are followed


def advise(
    snapshot: Snapshot, track: Track, settings: Settings, faults: Sequence[Cap] = ()
) -> tuple[Advice, Track]:
    """Return the advice of one cycle, and the track for the next.

    `faults` are caps for what went wrong outside the snapshot (no durable record, for example).
    Bad facts raise nothing: what is missing is a cap with its reason.
    """
    snapshot = replace(snapshot, hours=observed(snapshot.hours, snapshot.quotes, snapshot.as_of))
    track = _seen_anew(snapshot, track, settings.conditions)
    folded, regime, signals = _regime(snapshot, track, settings)
    snapshot = replace(snapshot, bars=folded.bars)  # splits undone
    prices = watched(track.prices, snapshot, settings.conditions)
    legs = () if regime.lender else regime.legs
    doubtful = doubts(prices, snapshot.as_of, legs, settings.conditions)
    watch = intraday(
        regime,
        trusted(snapshot, doubtful),
        settings.fold.shares,
        settings.conditions,
        settings.fold.levels.margin,
        track.watch,
    )
    spreads = looked(track.spreads, snapshot, settings.conditions.quote_age_seconds)
    conditions, spells = settle(
        (
            *signals,
            *([watch.cap] if watch.cap else []),
            *condition_caps(snapshot, regime, settings.conditions, settings.fold.shares.fail_safe),
            *spread_caps(snapshot, spreads, settings.conditions.spread_times),
            *price_caps(doubtful, snapshot, legs, settings.fold.shares.fail_safe),
            *trades_cap(regime, snapshot.opened, settings.trades),
            *contract_caps(snapshot.instruments, snapshot.quotes, snapshot.confirmed),
            *override_caps(snapshot.overrides, snapshot.as_of),
            *discipline_caps(snapshot, settings.discipline),
        ),
        track.spells,
        snapshot.as_of,
        settings.conditions.recover_seconds,
    )
    track = replace(
        track,
        spells=spells,
        folded=folded,
        watch=watch,
        spreads=spreads,
        prices=prices,
        ranges=ranges_by_symbol(folded.bars, track.ranges, settings.sizing.atr_sessions),
        past=snapshot.past,
        trips=track.trips if _known(snapshot.past, track.past) else learned(snapshot.past),
        fills=snapshot.fills,
        slippage=track.slippage if _known(snapshot.fills, track.fills) else slippages(snapshot.fills),
    )
    terms = Terms(
        snapshot.account.currency,
        settings.costs,
        settings.plan,
        held_over(snapshot.hours, snapshot.as_of, settings.plan),
        track.trips,
        track.slippage,
    )
    found = by_side(snapshot.positions, snapshot.orders)
    priced = price_all(snapshot, track.ranges, terms, found, settings.sizing)
    in_all = totals([*map(risks_of, priced), *elsewhere(snapshot, terms, found)])
    heat = heat_cap(snapshot.account, in_all, settings.exposure)
    rulings, followed = _funded(snapshot, track.funded, settings, in_all, conditions)
    track = replace(track, funded=followed)
    general = (
        normal_cap(snapshot.account, settings.sizing.risk_per_trade, risk_base_of(rulings)),
        *(less_open(cap, in_all.worst) for cap in conditions),
        *faults,
        heat,
        *(rulings.caps if rulings else ()),
    )
    scoped = by_symbol(general, (one.symbol for one in snapshot.instruments))
    now = _Cycle(
        snapshot.account,
        settings.exposure,
        in_all,
        found,
        track.tickets,
        snapshot.as_of,
        snapshot.overrides,
        rulings,
    )
    read = [
        _symbol(one, scoped[one.instrument.symbol], now, _support(one.instrument, regime, folded))
        for one in priced
    ]
    symbols = tuple(symbol for symbol, _ in read)
    held = [(one.instrument, one.held) for one in symbols]
    track = replace(track, tickets=seen_now(track.tickets, snapshot.positions, held))
    return Advice(
        as_of=snapshot.as_of,
        mode=snapshot.mode,
        terminal=snapshot.terminal,
        account=snapshot.account,
        at_risk=None if in_all.unknown else in_all.worst,
        nets=settings.exposure.net_hedges or not snapshot.account.hedging,
        no_stop=in_all.no_stop,
        hours=snapshot.hours,
        regime=regime,
        share=smallest_share(general),
        caps=(*general, *chain.from_iterable(caps for _, caps in read)),
        symbols=symbols,
        positions=snapshot.positions,
        orders=snapshot.orders,
        problems=(
            *snapshot.problems,
            *(folded.problems if regime.lender is None else ()),
            *remarks(snapshot, terms),
            *notices(snapshot.positions, held, track.tickets),
        ),
        funded=rulings,
    ), track


def _seen_anew(snapshot: Snapshot, track: Track, settings: ConditionSettings) -> Track:
    """Return the track; where the clock jumped or nobody looked for long, what takes time begins anew."""
    lapse = snapshot.lapse
    if not jumped(lapse, settings.clock_jump_seconds) and not slept(lapse, settings.slept_seconds):
        return track
    watch = replace(track.watch, below_since=None)
    return replace(track, spells=unseen(track.spells), watch=watch, prices=Prices())


def _known(now: object, before: object) -> bool:
    """Whether what was learned before still stands: from the same facts, or where they cannot be read now."""
    return now is before or isinstance(now, Unknown)


def _regime(snapshot: Snapshot, track: Track, settings: Settings) -> tuple[Folded, Regime, tuple[Cap, ...]]:
    """Return the fold over the terminal's own closes, the regime (its own or lent), and the signal caps."""
    given = Given(snapshot.bars, snapshot.imported, snapshot.series, snapshot.notes)
    folded = regime_now(given, settings.fold, settings.volatility, track.folded, track.memory)
    own = volatility_caps(folded.volatility, settings.volatility)
    lender, shares = settings.fold.regime.lender, settings.fold.shares
    if lender is None:
        return folded, folded.regime, (*regime_caps(folded.regime, shares), *own)
    lent = snapshot.lent or Unknown(f"the advice of login {lender} was not read")
    return folded, lent_regime(lent, settings.fold), (*lent_caps(lent, shares), *own)


def _funded(
    snapshot: Snapshot,
    before: Followed | None,
    settings: Settings,
    in_all: Totals,
    conditions: Sequence[Cap],
) -> tuple[Rulings | None, Followed | None]:
    if settings.funded is None:
        return None, None
    stale, ahead = stale_prices(snapshot, conditions), ahead_of(in_all)
    return funded_rules(settings.funded, before, snapshot, settings.plan, ahead, stale, in_all.notional)


def _support(instrument: Instrument, regime: Regime, folded: Folded) -> tuple[str, ...]:
    relative = folded.relative.get(instrument.symbol)
    return supported_by(instrument.role, regime.stance, regime.votes, relative)


def smallest_share(caps: Iterable[Cap]) -> Cap:
    """Return the smallest share cap that a risk-on order meets in any symbol (`caps` hold at least one)."""
    shares = (cap for cap in caps if cap.unit is Unit.SHARE and not cap.advisory)
    return min((cap for cap in shares if cap.applies("", Role.RISK_ON, Side.BUY)), key=lambda cap: cap.value)


class _Cycle(NamedTuple):
    """What all symbols share: what the account holds, and what it may."""

    account: Account
    settings: ExposureSettings
    in_all: Totals
    found: Open
    tickets: Tickets
    as_of: datetime
    overrides: Sequence[Override]
    rulings: Rulings | None


def _symbol(
    one: Priced, general: Sequence[Cap], now: _Cycle, supported_by: tuple[str, ...]
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
    now: _Cycle,
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
