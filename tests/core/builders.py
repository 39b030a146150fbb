"""Facts and settings by hand, in which no factor is one; a test replaces the fields that it speaks of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from assistant.core.advice import Settings
from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.conditions import ConditionSettings, TradeSettings
from assistant.core.context import Baskets, ContextSettings, Level, Reading, VoteSettings
from assistant.core.costs import CostSettings, PlanSettings
from assistant.core.distances import SizingSettings
from assistant.core.exposure import ExposureSettings
from assistant.core.fold import FoldSettings
from assistant.core.market import (
    Account,
    Bar,
    Contract,
    Hours,
    Instrument,
    PendingOrder,
    PerLot,
    Position,
    Quote,
    Role,
    SessionState,
    Side,
    StopOut,
    TerminalFacts,
    TradeMode,
    Unknown,
)
from assistant.core.own import DisciplineSettings
from assistant.core.ratio import RegimeSettings
from assistant.core.regime import LevelSettings
from assistant.core.shares import ShareSettings, VolatilitySettings
from assistant.core.sizing import Sizing
from assistant.core.snapshot import Snapshot

BUY, SELL = Side.BUY, Side.SELL


def utc(text: str) -> datetime:
    """The UTC instant of an ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(number: int) -> date:
    """The session of a number: 1 is 2018-12-03; weekends do not matter here."""
    return date(2018, 12, 2) + timedelta(days=number)


def closes(*prices: float) -> tuple[Bar, ...]:
    """Bars of sessions 1, 2, ... with these closes; the other prices of a bar play no part."""
    return tuple(Bar(day(n), c * 0.99, c * 1.02, c * 0.97, c) for n, c in enumerate(prices, start=1))


def a_cap(value: float, unit: Unit = Unit.LOTS, name: str = "some") -> Cap:
    """A condition cap of the account."""
    return Cap(name, value, unit, Kind.CONDITION, f"why {name}")


def normal(money: float) -> Cap:
    """Full normal risk in money."""
    return a_cap(money, Unit.MONEY, "normal")


REGIME = RegimeSettings(
    legs=(("IWM", "SPY"), ("US2000", "US500")),
    fast=2,
    slow=3,
    band=0.0,  # of the noise: the band is the least one, so that it can be worked out by hand
    least_band=0.02,
    turn_closes=2,
    min_sessions=4,
    source="terminal",
)
LEVELS = LevelSettings(
    range=3, swing=1, margin=0.01, follow_closes=2, follow_distance=0.5, false_closes=2, rally=4
)
SHARES = ShareSettings(
    risk_on=0.9, neutral=0.6, risk_off=0.3, unknown=0.2, fail_safe=0.0, hold_closes=3, hold_followed=2
)
CONTEXT = ContextSettings(neutral=0.7, span=0.4, least=0.2, quorum=1, vote_hold=2)
VOLATILITY = VolatilitySettings(target=2.0, span=3, least=0.15)  # so high that it never binds by itself
TRADES = TradeSettings(risk_on=7, neutral=5, risk_off=3, unknown=2, advisory=True)
SMALL = VoteSettings(
    take="first",
    backtest=True,
    readings=(Reading(baskets=Baskets(of=("IWM",), against=("SPY",), fast=2, slow=3)),),
)
FEAR = VoteSettings(
    take="first",
    backtest=True,
    readings=(Reading(level=Level(series="VIX", below=20.0, above=28.0, under="for")),),
)
FOLD = FoldSettings(regime=REGIME, levels=LEVELS, shares=SHARES, context=CONTEXT, votes={})
SIZING = SizingSettings(
    risk_per_trade=0.005,
    atr_sessions=3,
    default_stop_atr=2.5,
    min_stop_atr=0.5,
    min_stop_spreads=3.0,
)
COSTS = CostSettings(  # nothing: what costs and gaps do is worked out in test_costs
    commission_per_lot=0.0, commission_minimum=0.0, slippage=0.0, conversion_stress=0.02
)
PLAN = PlanSettings(
    hold="intraday", nights=2, flat_before_close=20, gap_floor=0.08, gap_floors={"IWM": 0.06}, gap_atr=1.5
)
EXPOSURE = ExposureSettings(
    heat=0.02,
    cluster=0.012,
    gross=2.5,
    margin_kept_back=0.3,
    margin_stress=1.25,
    stop_out_reserve=1.6,
    net_hedges=False,
)
CONDITIONS = ConditionSettings(
    quote_age_seconds=15.0,
    quote_future_seconds=10.0,
    legs_apart_seconds=25.0,
    recover_seconds=30.0,
    edge_share=0.4,
    spread_times=2.5,
    spread_share=0.04,
    frozen_seconds=240.0,
    frozen_move=0.004,
    spike_share=0.006,
    spike_times=8.0,
    spike_seconds=20.0,
    clock_jump_seconds=2.0,
    slept_seconds=90.0,
)
DISCIPLINE = DisciplineSettings(daily_loss=None, losing_streak=None, advisory=True)
SETTINGS = Settings(
    fold=FOLD,
    volatility=VOLATILITY,
    trades=TRADES,
    sizing=SIZING,
    costs=COSTS,
    plan=PLAN,
    exposure=EXPOSURE,
    conditions=CONDITIONS,
    discipline=DISCIPLINE,
)

ACCOUNT = Account(  # risk base: the equity is the smaller, 99550 - 250 = 99300
    login=50012,
    server="Firm-Demo",
    currency="USD",
    balance=101_000.0,
    equity=99_550.0,
    credit=250.0,
    margin=95_550.0,
    free_margin=4_000.0,
    stop_out=StopOut(0.4, in_money=False),
    hedging=True,
)
IWM = Instrument(
    symbol="IWM",
    broker_symbol="IWM.US",
    role=Role.RISK_ON,
    digits=3,
    stops_level=0.07,
    volume_min=0.3,
    volume_step=0.1,
    volume_max=7.7,
    volume_limit=None,
    trade_mode=TradeMode.FULL,
    contract=Contract(
        size=20.0,
        profit_currency="USD",
        tick_size=0.005,
        tick_value=0.1,
        night={BUY: 0.7, SELL: -0.3},
        hedged_by_leg=True,
    ),
    per_lot={BUY: PerLot(20.0, 137.5), SELL: PerLot(20.1, 139.5)},
)
XLU = Instrument(
    symbol="XLU",
    broker_symbol="#XLU",
    role=Role.DEFENSIVE,
    digits=2,
    stops_level=0.05,
    volume_min=0.4,
    volume_step=0.2,
    volume_max=11.0,
    volume_limit=None,
    trade_mode=TradeMode.FULL,
    contract=Contract(
        size=25.0,
        profit_currency="USD",
        tick_size=0.02,
        tick_value=0.5,
        night={BUY: 0.9, SELL: 0.2},
        hedged_by_leg=True,
    ),
    per_lot={BUY: PerLot(25.0, 400.0), SELL: PerLot(25.2, 390.0)},
)

AS_OF = utc("2018-12-10T15:00:00")
OPEN = Hours(
    state=SessionState.OPEN,
    opens_at=utc("2018-12-10T14:30"),
    closes_at=utc("2018-12-10T21:00"),
    last_session=day(6),  # 2018-12-08
    last_close=utc("2018-12-08T21:00"),
    then_opens_at=utc("2018-12-11T14:30"),
)
SHUT = replace(OPEN, state=SessionState.PRE)

IWM_QUOTE = Quote(40.00, 40.06, AS_OF - timedelta(seconds=10))
XLU_QUOTE = Quote(26.20, 26.25, AS_OF - timedelta(seconds=4))

# True ranges of IWM, sessions 4, 5, 6: 42.5 - 40 = 2.5 (gap up), 42 - 38.5 = 3.5 (gap down), 41 - 38 = 3.0;
# their mean is 9 / 3 = 3.0.
IWM_BARS = (
    Bar(day(1), 40.1, 40.9, 39.2, 40.0),
    Bar(day(2), 40.2, 40.8, 39.3, 40.0),
    Bar(day(3), 39.9, 40.7, 39.4, 40.0),
    Bar(day(4), 41.2, 42.5, 41.0, 42.0),
    Bar(day(5), 39.8, 40.0, 38.5, 39.0),
    Bar(day(6), 39.1, 41.0, 38.0, 40.0),
)
# IWM/SPY in sixtieths: 15, 15, 15, 14, 13, 12. With fast 2 and slow 3 the distance is
# 1/2 - 3/2 x oldest / sum: 0, then 1/2 - 22.5/44 = -0.011, 1/2 - 22.5/42 = -0.036, 1/2 - 21/39 = -0.038;
# two beyond the band of 0.02, so RISK_OFF at session 6. The targets of the last three closes are 0.6, 0.6
# and 0.3.
SPY_BARS = closes(160.0, 160.0, 160.0, 180.0, 180.0, 200.0)
# True ranges of XLU: 26.4 - 25.7 = 0.7, 27.1 - 26.0 = 1.1 (gap up), 26.9 - 25.4 = 1.5 (gap down); mean 1.1.
XLU_BARS = (
    Bar(day(1), 25.7, 26.0, 25.5, 25.9),
    Bar(day(2), 25.9, 26.2, 25.6, 26.0),
    Bar(day(3), 25.8, 26.5, 25.6, 26.1),
    Bar(day(4), 26.1, 26.4, 25.7, 26.0),
    Bar(day(5), 26.8, 27.1, 26.7, 26.9),
    Bar(day(6), 25.9, 26.6, 25.4, 26.2),
)

POSITION = Position(
    ticket=701,
    broker_symbol="IWM.US",
    side=BUY,
    lots=0.5,
    price=41.0,
    stop=38.5,
    profit=-10.0,
    opened_at=utc("2018-12-07T16:00"),
)
ORDER = PendingOrder(ticket=802, broker_symbol="#XLU", side=SELL, lots=0.4, price=26.5, stop=27.3)

SNAPSHOT = Snapshot(
    as_of=AS_OF,
    mode="live",
    terminal=TerminalFacts(
        module="MetaTrader5",
        connected=True,
        common_folder="Common",
        path="Terminal",
        clock="New_York+7",
        clock_doubt=None,
    ),
    account=ACCOUNT,
    hours=OPEN,
    instruments=(IWM, XLU),
    quotes={"IWM": IWM_QUOTE, "XLU": XLU_QUOTE},
    bars={"IWM": IWM_BARS, "SPY": SPY_BARS, "XLU": XLU_BARS},
    positions=(),
    orders=(),
    problems=("QQQ is not offered",),
)

# A lot bought at 40.06 with the stop 7.5 away loses 7.5 x 20 = 150.
BUY_IWM = Sizing(
    entry=40.06,
    exit=40.00,
    loss_per_unit=20.0,
    cost_per_lot=0.0,
    cost_per_order=0.0,
    gap=4.5,  # 1.5 average true ranges of 3.0
    floor_loss_per_lot=0.0,
    margin_per_lot=137.5,
    volume_min=0.3,
    volume_step=0.1,
    volume_max=7.7,
    min_stop=1.5,
    default_stop=7.5,
)
# A lot sold at 40.00 with the stop 7.5 away loses 7.5 x 20.1 = 150.75.
SELL_IWM = replace(BUY_IWM, entry=40.00, exit=40.06, loss_per_unit=20.1, margin_per_lot=139.5, gap=4.5)


def with_quote(snapshot: Snapshot, symbol: str, quote: Quote | Unknown) -> Snapshot:
    """The snapshot with another quote of one symbol."""
    return replace(snapshot, quotes={**snapshot.quotes, symbol: quote})


def with_bars(snapshot: Snapshot, bars: Mapping[str, Sequence[Bar]]) -> Snapshot:
    """The snapshot with other bars of some symbols."""
    return replace(snapshot, bars={**snapshot.bars, **{name: tuple(one) for name, one in bars.items()}})


def risk_on_only(cap: Cap) -> Cap:
    """The cap, restraining only what adds risk-on exposure."""
    return replace(cap, applies_to=AppliesTo.RISK_ON)
