"""The whole assistant on one page: a snapshot and what earlier cycles left behind become advice.

Facts -> regime -> share -> caps -> lots, top to bottom in `advise`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from assistant.core.caps import Cap, Spells, Unit, by_symbol, settle, unseen
from assistant.core.conditions import ConditionSettings, TradeSettings, condition_caps, observed, trades_cap
from assistant.core.contracts import contract_caps
from assistant.core.costs import CostSettings, PlanSettings, RoundTrip, Terms, held_over, learned, slippages
from assistant.core.distances import Ranges, SizingSettings, ranges_by_symbol
from assistant.core.exposure import ExposureSettings, Totals, by_side, heat_cap, totals
from assistant.core.flags import supported_by
from assistant.core.fold import FoldSettings, Memory
from assistant.core.followed import Followed
from assistant.core.funded_rules import ahead_of, funded_rules, risk_base_of, stale_prices
from assistant.core.held import Tickets, notices, seen_now
from assistant.core.history import Given
from assistant.core.intraday import Watch, intraday
from assistant.core.lapse import jumped, slept
from assistant.core.market import (
    Account,
    Deal,
    Fill,
    Hours,
    Instrument,
    PendingOrder,
    Position,
    Role,
    Side,
    TerminalFacts,
    Unknown,
)
from assistant.core.multiplier import Folded, Regime, regime_now
from assistant.core.own import DisciplineSettings, discipline_caps, less_open, override_caps
from assistant.core.prices import Prices, doubts, price_caps, trusted, watched
from assistant.core.pricing import elsewhere, price_all, remarks, risks_of
from assistant.core.program import Program
from assistant.core.rulings import Rulings
from assistant.core.shares import VolatilitySettings
from assistant.core.signals import lent_caps, lent_regime, regime_caps, volatility_caps
from assistant.core.sizing import normal_cap
from assistant.core.snapshot import Snapshot
from assistant.core.spreads import Spreads, looked, spread_caps
from assistant.core.symbol_advice import Cycle, SymbolAdvice, symbol_advice


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
    conditions, track = _conditions(snapshot, track, settings, regime, signals)
    track = replace(
        track,
        folded=folded,
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
    now = Cycle(
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
        symbol_advice(one, scoped[one.instrument.symbol], now, _support(one.instrument, regime, folded))
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


def _conditions(
    snapshot: Snapshot, track: Track, settings: Settings, regime: Regime, signals: Sequence[Cap]
) -> tuple[Sequence[Cap], Track]:
    """Return the signal caps and the conditions that stand, and the track with what they remember."""
    given, shares = settings.conditions, settings.fold.shares
    prices = watched(track.prices, snapshot, given)
    legs = () if regime.lender else regime.legs
    doubtful = doubts(prices, snapshot.as_of, legs, given)
    seen = trusted(snapshot, doubtful)
    watch = intraday(regime, seen, shares, given, settings.fold.levels.margin, track.watch)
    spreads = looked(track.spreads, snapshot, given.quote_age_seconds)
    found = (
        *signals,
        *([watch.cap] if watch.cap else []),
        *condition_caps(snapshot, regime, given, shares.fail_safe),
        *spread_caps(snapshot, spreads, given.spread_times),
        *price_caps(doubtful, snapshot, legs, shares.fail_safe),
        *trades_cap(regime, snapshot.opened, settings.trades),
        *contract_caps(snapshot.instruments, snapshot.quotes, snapshot.confirmed),
        *override_caps(snapshot.overrides, snapshot.as_of),
        *discipline_caps(snapshot, settings.discipline),
    )
    conditions, spells = settle(found, track.spells, snapshot.as_of, given.recover_seconds)
    return conditions, replace(track, spells=spells, watch=watch, spreads=spreads, prices=prices)


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
