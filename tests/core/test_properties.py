"""What holds for the advice on any facts: a tighter input never loosens, and the units cancel."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from math import floor
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.core.advice import Advice, Settings, Track, advise
from assistant.core.caps import Cap, Unit
from assistant.core.check import Answer, Intent, Verdict, check
from assistant.core.costs import CostSettings
from assistant.core.market import (
    Bar,
    Contract,
    Instrument,
    PendingOrder,
    PerLot,
    Position,
    Quote,
    Role,
    SessionState,
    Side,
    StopOut,
    TradeMode,
    Unknown,
)
from assistant.core.sizing import Sizing, floor_to_step
from assistant.core.snapshot import Snapshot
from assistant.core.standing import standing
from assistant.core.symbol_advice import SideAdvice
from tests.core.builders import (
    AS_OF,
    BUY,
    IWM,
    IWM_BARS,
    ORDER,
    PLAN,
    POSITION,
    SELL,
    SETTINGS,
    SHUT,
    SNAPSHOT,
    SPY_BARS,
    XLU,
    XLU_BARS,
    XLU_QUOTE,
    a_cap,
    closes,
)

Hold = Literal["overnight", "intraday"]
SPY_RISK_ON = closes(200.0, 200.0, 200.0, 190.0, 160.0, 150.0)
SPY_NEUTRAL = closes(200.0, 200.0, 200.0, 210.0, 195.0, 200.0)

money = st.floats(20_000, 250_000) | st.floats(-1000, 20_000)
sixty_fourths = st.integers(36 * 64, 44 * 64).map(lambda n: n / 64)  # prices that a float holds exactly
near = st.integers(-64, 160).map(lambda n: n / 64)  # how far a stop is from its entry; below 0: in profit
lots_held = st.integers(1, 16).map(lambda n: n / 16)


@st.composite
def instruments(draw: st.DrawFn) -> Instrument:
    step = draw(st.sampled_from([0.01, 0.1, 0.25, 2.0]))
    least = round(step * draw(st.integers(1, 5)), 10)
    loss = draw(st.floats(0.5, 12) | st.floats(12, 90))  # account currency per lot and 1.0 of price
    per_lot = {side: PerLot(loss * draw(st.floats(1, 1.005)), draw(st.floats(5, 5000))) for side in Side}
    contract = Contract(
        size=3.0 * loss,
        profit_currency="EUR",  # the account is kept in USD: the contract size says nothing of the rate
        tick_size=0.005,
        tick_value=0.005 * loss,
        night={side: draw(st.floats(-2, 2)) for side in Side},
        hedged_by_leg=draw(st.booleans()),
    )
    return replace(
        IWM,
        contract=contract,
        volume_limit=draw(st.none() | st.floats(0.5, 40)),
        role=draw(st.sampled_from(Role)),
        volume_step=step,
        volume_min=least,
        volume_max=round(least + step * draw(st.integers(0, 400)), 10),
        trade_mode=draw(st.sampled_from([TradeMode.FULL, TradeMode.FULL, TradeMode.LONG_ONLY])),
        per_lot=per_lot,
    )


@st.composite
def positions(draw: st.DrawFn) -> Position:
    side, price = draw(st.sampled_from(Side)), draw(sixty_fourths)
    stop = price - side.sign * draw(near)
    return replace(
        POSITION,
        side=side,
        lots=draw(lots_held),
        price=price,
        stop=draw(st.sampled_from([stop, stop, stop, None])),
    )


@st.composite
def orders(draw: st.DrawFn) -> PendingOrder:
    like = draw(positions())
    return replace(
        ORDER, broker_symbol="IWM.US", side=like.side, lots=like.lots, price=like.price, stop=like.stop
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """One symbol with some positions and pending orders, in an open session."""
    account = replace(
        SNAPSHOT.account,
        balance=draw(money),
        equity=draw(money),
        credit=draw(st.just(0.0) | st.floats(0, 5000)),
        margin=draw(st.floats(0, 90_000)),
        free_margin=draw(money),
        stop_out=StopOut(draw(st.floats(0.2, 1.1)), in_money=False),
        hedging=draw(st.booleans()),
    )
    ask = 40.0 + draw(st.integers(1, 96)) / 64
    return replace(
        SNAPSHOT,
        account=account,
        instruments=(draw(instruments()),),
        quotes={"IWM": Quote(40.0, ask, AS_OF)},
        bars={"IWM": IWM_BARS, "SPY": draw(st.sampled_from([SPY_BARS, SPY_RISK_ON, SPY_NEUTRAL]))},
        positions=tuple(draw(st.lists(positions(), max_size=2))),
        orders=tuple(draw(st.lists(orders(), max_size=1))),
    )


caps = st.builds(
    lambda value, unit, advisory: replace(a_cap(value, unit, "fault"), advisory=advisory),
    st.floats(0, 1.5),
    st.sampled_from(Unit),
    st.just(value=False),
)


DEAR = replace(
    SETTINGS,
    costs=CostSettings(
        commission_per_lot=1.25, commission_minimum=3.0, slippage=0.0004, conversion_stress=0.03
    ),
    plan=replace(PLAN, hold="overnight"),
)


def advice_on(snapshot: Snapshot, *faults: Cap, chosen: Settings = DEAR) -> Advice:
    advice, _ = advise(snapshot, Track(), chosen, faults)
    return advice


def sides(advice: Advice) -> dict[Side, SideAdvice]:
    (symbol,) = advice.symbols
    return dict(symbol.sides)


def never_more(tight: Advice, loose: Advice) -> bool:
    pairs = [(sides(tight)[side], sides(loose)[side]) for side in Side]
    return all(one.lots <= other.lots and one.plan_lots <= other.plan_lots for one, other in pairs)


@given(snapshots(), st.lists(caps, max_size=2))
def test_lots_are_orderable_or_nothing(snapshot: Snapshot, faults: list[Cap]) -> None:
    (instrument,) = snapshot.instruments
    for side in sides(advice_on(snapshot, *faults)).values():
        for lots in (side.lots, side.plan_lots):
            assert floor_to_step(lots, instrument.volume_step) == lots
            assert lots == 0 or instrument.volume_min <= lots <= instrument.volume_max + 1e-9


@given(snapshots(), st.lists(caps, max_size=2))
def test_the_advised_lots_never_lose_more_than_the_smallest_cap_in_money(
    snapshot: Snapshot, faults: list[Cap]
) -> None:
    for side in sides(advice_on(snapshot, *faults)).values():
        assert isinstance(side.sizing, Sizing)
        assert side.lots * side.sizing.loss_per_lot(side.sizing.default_stop) <= side.money.value + 1e-6
        assert side.lots <= side.lots_cap.value + 1e-6


@given(snapshots(), st.lists(caps, max_size=2))
def test_with_what_is_open_an_idea_never_loses_more_than_its_share_of_normal_risk(
    snapshot: Snapshot, faults: list[Cap]
) -> None:
    normal = 0.005 * snapshot.account.risk_base
    for side in sides(advice_on(snapshot, *faults)).values():
        assert isinstance(side.sizing, Sizing)
        if side.lots:
            assert side.at_risk.money is not None
            loss = side.sizing.worst(side.lots, side.sizing.default_stop)
            assert side.at_risk.money + loss <= normal + 1e-6


def formula(side: SideAdvice, distance: float) -> float:
    """The panel's arithmetic, as the panel file's description states it."""
    facts = side.sizing
    assert isinstance(facts, Sizing)
    loss = max(distance * facts.loss_per_unit + facts.cost_per_lot, facts.floor_loss_per_lot)
    lots = min(side.money.value / loss, side.lots_cap.value)
    rounded = floor(lots / facts.volume_step + 1e-9) * facts.volume_step
    return rounded if rounded >= facts.volume_min - 1e-9 * facts.volume_step else 0.0


@given(snapshots(), st.lists(caps, max_size=2))
def test_the_panel_reaches_the_same_lots_from_what_it_is_told(snapshot: Snapshot, faults: list[Cap]) -> None:
    for side in sides(advice_on(snapshot, *faults)).values():
        assert isinstance(side.sizing, Sizing)
        assert formula(side, side.sizing.default_stop) == pytest.approx(side.lots, abs=1e-9)


@given(snapshots(), st.integers(1, 20 * 64))
def test_a_check_and_the_panel_agree_at_any_stop(snapshot: Snapshot, away: int) -> None:
    account = replace(snapshot.account, hedging=True)
    advice = advice_on(replace(snapshot, account=account))
    for side, told in sides(advice).items():
        assert isinstance(told.sizing, Sizing)
        stop = told.sizing.entry - side.sign * away / 64
        found = check(Intent(side, "IWM", 1e6, stop), standing(advice))
        assert isinstance(found, Verdict)
        expected = formula(told, max(away / 64, told.sizing.min_stop))
        assert found.suggested == pytest.approx(expected, abs=1e-9)


@given(snapshots(), st.integers(1, 200), st.booleans())
def test_an_allowed_order_opens_no_more_than_the_cap_and_is_allowed_whole(
    snapshot: Snapshot,
    steps: int,
    hedging: bool,
) -> None:
    snapshot = replace(snapshot, account=replace(snapshot.account, hedging=hedging))
    (instrument,) = snapshot.instruments
    lots = round(steps * instrument.volume_step, 10)
    advice = advice_on(snapshot)
    for side in Side:
        held = sum(one.lots for one in snapshot.positions if one.side is side.opposite)
        reducible = 0.0 if hedging else held
        stop = {BUY: 32.0, SELL: 50.0}[side]
        found = check(Intent(side, "IWM", lots, stop), standing(advice))
        assert isinstance(found, Verdict)
        assert found.suggested <= lots
        assert (found.answer is Answer.ALLOW) == (found.suggested == lots)
        assert (found.answer is Answer.DENY) == (found.suggested == 0)
        if found.answer is not Answer.DENY and lots > reducible:
            fewest = min(rung.lots for rung in found.ladder)
            assert found.suggested - reducible <= fewest + 1e-6


def poorer(snapshot: Snapshot, **changes: float) -> Snapshot:
    return replace(snapshot, account=replace(snapshot.account, **changes))  # type: ignore[arg-type]  # its fields have several types


def instrument_with(snapshot: Snapshot, change: Callable[[Instrument], Instrument]) -> Snapshot:
    return replace(snapshot, instruments=tuple(change(one) for one in snapshot.instruments))


def costlier(one: Instrument) -> Instrument:
    facts = {side: fact for side, fact in one.per_lot.items() if isinstance(fact, PerLot)}
    assert isinstance(one.contract, Contract)
    return replace(
        one,
        contract=replace(one.contract, tick_value=1.5 * one.contract.tick_value),
        per_lot={side: PerLot(1.5 * fact.loss_per_unit, 1.5 * fact.margin) for side, fact in facts.items()},
    )


def wider(snapshot: Snapshot) -> Snapshot:
    """A larger spread, with nothing open: what is open may risk less by it."""
    quote = snapshot.quotes["IWM"]
    assert isinstance(quote, Quote)
    return replace(snapshot, quotes={"IWM": replace(quote, ask=quote.ask + 2.25)})


TIGHTER: dict[str, Callable[[Snapshot], Snapshot]] = {
    "less equity": lambda one: poorer(one, equity=one.account.equity - 7000.0),
    "less balance": lambda one: poorer(one, balance=0.6 * one.account.balance),
    "more credit": lambda one: poorer(one, credit=one.account.credit + 900.0),
    "less free margin": lambda one: poorer(one, free_margin=one.account.free_margin - 800.0),
    "a costlier lot": lambda one: instrument_with(one, costlier),
    "a smaller largest order": lambda one: instrument_with(
        one, lambda was: replace(was, volume_max=was.volume_min)
    ),
    "a higher stops level": lambda one: instrument_with(one, lambda was: replace(was, stops_level=11.5)),
    "a broker that closes only": lambda one: instrument_with(
        one, lambda was: replace(was, trade_mode=TradeMode.CLOSE_ONLY)
    ),
    "one more position": lambda one: replace(one, positions=(*one.positions, POSITION)),
    "one more short": lambda one: replace(
        one, positions=(*one.positions, replace(POSITION, side=SELL, stop=43.0))
    ),
    "no stops": lambda one: replace(one, positions=tuple(replace(held, stop=None) for held in one.positions)),
    "an old quote": lambda one: replace(one, as_of=AS_OF + timedelta(seconds=16)),
    "no quote": lambda one: replace(one, quotes={"IWM": Unknown("gone")}),
    "no bars": lambda one: replace(one, bars={**one.bars, "IWM": Unknown("gone")}),
    "no second leg": lambda one: replace(one, bars={**one.bars, "SPY": Unknown("gone")}),
    "a close that is missing": lambda one: replace(one, bars={**one.bars, "SPY": SPY_BARS[:5]}),
    "no link to the broker": lambda one: replace(one, terminal=replace(one.terminal, connected=False)),
    "a doubted clock": lambda one: replace(one, terminal=replace(one.terminal, clock_doubt="why")),
    "the edge of the session": lambda one: replace(one, hours=replace(one.hours, state=SessionState.EDGE)),
    "a halt": lambda one: replace(one, as_of=AS_OF + timedelta(minutes=10)),
    "a weaker ratio": lambda one: replace(one, bars={**one.bars, "SPY": SPY_BARS}),
}


@pytest.mark.parametrize("tighten", TIGHTER.values(), ids=TIGHTER)
@given(snapshot=snapshots())
def test_a_tighter_input_never_raises_lots(
    tighten: Callable[[Snapshot], Snapshot], snapshot: Snapshot
) -> None:
    assert never_more(advice_on(tighten(snapshot)), advice_on(snapshot))


@given(snapshots())
def test_a_larger_spread_never_raises_lots(snapshot: Snapshot) -> None:
    bare = replace(snapshot, positions=(), orders=())
    assert never_more(advice_on(wider(bare)), advice_on(bare))


@given(snapshots(), st.floats(0, 1))
def test_lower_shares_never_raise_lots(snapshot: Snapshot, part: float) -> None:
    was = SETTINGS.fold.shares
    shares = replace(
        was,
        risk_on=was.risk_on * part,
        neutral=was.neutral * part,
        risk_off=was.risk_off * part,
        unknown=was.unknown * part,
    )
    low = advice_on(snapshot, chosen=replace(DEAR, fold=replace(DEAR.fold, shares=shares)))
    assert never_more(low, advice_on(snapshot))


@given(snapshots(), caps)
def test_one_more_cap_never_raises_lots(snapshot: Snapshot, cap: Cap) -> None:
    assert never_more(advice_on(snapshot, cap), advice_on(snapshot))


@given(snapshots(), caps)
def test_an_advisory_cap_changes_nothing_that_binds(snapshot: Snapshot, cap: Cap) -> None:
    plain = sides(advice_on(snapshot))
    dry = sides(advice_on(snapshot, replace(cap, advisory=True)))
    for side in Side:
        one, other = dry[side], plain[side]
        assert (one.lots, one.plan_lots, one.binding) == (other.lots, other.plan_lots, other.binding)
        assert (one.money, one.lots_cap) == (other.money, other.lots_cap)


@given(snapshots())
def test_a_fault_without_any_share_leaves_no_lots(snapshot: Snapshot) -> None:
    advice = advice_on(snapshot, a_cap(0.0, Unit.SHARE, "journal"))
    assert [(side.lots, side.plan_lots) for side in sides(advice).values()] == [(0, 0), (0, 0)]


@given(snapshots())
def test_a_closed_market_leaves_no_lots_and_the_same_plan(snapshot: Snapshot) -> None:
    shut = sides(advice_on(replace(snapshot, hours=SHUT)))
    for side, told in sides(advice_on(snapshot)).items():
        assert (shut[side].lots, shut[side].plan_lots) == (0, told.lots)


@given(snapshots(), st.integers(-9, 9))
def test_lots_do_not_ask_in_which_currency_the_account_is_kept(snapshot: Snapshot, power: int) -> None:
    k = 2.0**power  # scales a float without rounding
    (instrument,) = snapshot.instruments
    facts = {side: fact for side, fact in instrument.per_lot.items() if isinstance(fact, PerLot)}
    assert isinstance(instrument.contract, Contract)
    nights = {side: one for side, one in instrument.contract.night.items() if isinstance(one, float)}
    account = snapshot.account
    scaled = replace(
        snapshot,
        account=replace(
            account,
            balance=k * account.balance,
            equity=k * account.equity,
            credit=k * account.credit,
            margin=k * account.margin,
            free_margin=k * account.free_margin,
        ),
        positions=tuple(replace(one, profit=k * one.profit) for one in snapshot.positions),
        instruments=(
            replace(
                instrument,
                contract=replace(
                    instrument.contract,
                    tick_value=k * instrument.contract.tick_value,
                    night={side: k * one for side, one in nights.items()},
                ),
                per_lot={
                    side: PerLot(k * fact.loss_per_unit, k * fact.margin) for side, fact in facts.items()
                },
            ),
        ),
    )
    free = replace(DEAR, costs=replace(DEAR.costs, commission_per_lot=0.0, commission_minimum=0.0))
    here, there = sides(advice_on(snapshot, chosen=free)), sides(advice_on(scaled, chosen=free))
    assert {side: one.lots for side, one in there.items()} == {side: one.lots for side, one in here.items()}


@given(snapshots())
def test_buy_and_sell_mirror_each_other(snapshot: Snapshot) -> None:
    def alike(was: Instrument) -> Instrument:
        both = {BUY: was.per_lot[BUY], SELL: was.per_lot[BUY]}
        assert isinstance(was.contract, Contract)
        nights = dict.fromkeys(Side, was.contract.night[BUY])
        return replace(
            was,
            role=Role.NEUTRAL,
            trade_mode=TradeMode.FULL,
            per_lot=both,
            contract=replace(was.contract, night=nights),
        )

    quote = snapshot.quotes["IWM"]
    assert isinstance(quote, Quote)
    middle = quote.bid + quote.ask  # a price p becomes middle - p: bid and ask change places
    plain = instrument_with(snapshot, alike)
    turned = replace(
        plain,
        positions=tuple(
            replace(
                one,
                side=one.side.opposite,
                price=middle - one.price,
                stop=None if one.stop is None else middle - one.stop,
            )
            for one in plain.positions
        ),
        orders=tuple(
            replace(
                one,
                side=one.side.opposite,
                price=middle - one.price,
                stop=None if one.stop is None else middle - one.stop,
            )
            for one in plain.orders
        ),
    )
    # Notional and slippage are of the price, which is not mirrored: they are left out.
    same = replace(SETTINGS, exposure=replace(SETTINGS.exposure, gross=50.0))
    here, there = (sides(advice_on(one, chosen=same)) for one in (plain, turned))
    for side in Side:
        assert here[side].lots == there[side.opposite].lots
        assert here[side].binding.name == there[side.opposite].binding.name
        assert here[side].at_risk[:4] == pytest.approx(there[side.opposite].at_risk[:4])


ORDERS = st.tuples(st.sampled_from(["IWM", "XLU", "IEF"]), st.sampled_from(Side), st.floats(0.02, 20))


@given(
    st.lists(ORDERS, min_size=1, max_size=24),
    st.sampled_from(["overnight", "intraday"]),
    st.floats(2_000, 400_000),
    st.sampled_from([SPY_BARS, SPY_RISK_ON, SPY_NEUTRAL]),
)
@settings(max_examples=60)
def test_filling_what_is_suggested_again_and_again_never_exceeds_heat_cluster_or_an_idea(
    questions: list[tuple[str, Side, float]], hold: Hold, equity: float, spy: Sequence[Bar]
) -> None:
    rich = replace(SNAPSHOT.account, balance=2 * equity, equity=equity, free_margin=equity, margin=0.0)
    # IWM and XLU as they are, and IEF: the prices of XLU, no role, a tenth of its lot.
    assert isinstance(XLU.contract, Contract)
    small = replace(XLU.contract, size=2.5, tick_value=0.05)
    lot = {BUY: PerLot(2.5, 40.0), SELL: PerLot(2.51, 41.0)}
    ief = replace(XLU, symbol="IEF", broker_symbol="IEF", role=Role.NEUTRAL, contract=small, per_lot=lot)
    now = replace(
        SNAPSHOT,
        account=rich,
        instruments=(IWM, XLU, ief),
        quotes={**SNAPSHOT.quotes, "IEF": XLU_QUOTE},
        bars={"IWM": IWM_BARS, "SPY": spy, "XLU": XLU_BARS, "IEF": XLU_BARS},
    )
    dear = replace(DEAR, plan=replace(DEAR.plan, hold=hold))
    own = rich.own_equity
    for ticket, (symbol, side, away) in enumerate(questions):
        advice = advice_on(now, chosen=dear)
        facts = standing(advice)
        sizing = next(one.sizing[side] for one in facts.symbols if one.symbol == symbol)
        assert isinstance(sizing, Sizing)
        found = check(Intent(side, symbol, 1e6, sizing.entry - side.sign * away), facts)
        assert isinstance(found, Verdict)
        if found.suggested:
            name = next(one.broker_symbol for one in facts.symbols if one.symbol == symbol)
            filled = Position(
                ticket=ticket,
                broker_symbol=name,
                side=side,
                lots=found.suggested,
                price=sizing.entry,
                stop=sizing.entry - side.sign * away,
                profit=0.0,
                opened_at=AS_OF,
            )
            now = replace(now, positions=(*now.positions, filled))
    last = advice_on(now, chosen=dear)
    assert last.at_risk is not None
    assert last.at_risk <= 0.02 * own + 1e-6
    of = {(one.instrument.symbol, side): told for one in last.symbols for side, told in one.sides.items()}
    risks = {key: told.at_risk.money or 0.0 for key, told in of.items()}
    assert max(risks.values()) <= 0.005 * rich.risk_base + 1e-6
    assert risks["IWM", BUY] + risks["XLU", SELL] <= 0.012 * own + 1e-6
    assert risks["IWM", SELL] + risks["XLU", BUY] <= 0.012 * own + 1e-6
