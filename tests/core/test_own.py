"""Caps that a trader sets against himself: by hand, and by what the session has made."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.advice import Track, advise
from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.check import Answer, Intent, Verdict, check
from assistant.core.market import Deal, Override, Position, SessionState, Side, Unknown
from assistant.core.own import (
    DisciplineSettings,
    balance_change,
    by_hand,
    closings,
    discipline_caps,
    in_force,
    less_open,
    override_caps,
    session_result,
)
from assistant.core.snapshot import Snapshot
from assistant.core.standing import standing
from tests.core.builders import ACCOUNT, AS_OF, BUY, OPEN, POSITION, SETTINGS, SHUT, SNAPSHOT, a_cap, utc

OPENED = utc("2018-12-10T14:30")
EARNINGS = Override(
    symbol="IWM", lots=2.5, why="earnings", since=utc("2018-12-07T09:05"), until=utc("2018-12-11T00:00")
)
HALF = Override(symbol="all", share=0.5, why="holidays")
BOTH = DisciplineSettings(daily_loss=0.02, losing_streak=3, advisory=True)
FLAT = replace(
    SNAPSHOT, account=replace(ACCOUNT, balance=50_000.0, equity=50_000.0, credit=0.0, margin=1_500.0)
)


def a_deal(ticket: int, kind: str, entry: str, position: int, **more: float) -> Deal:
    """A deal of 1.5 lots, `ticket` minutes after the session's open, that moved nothing."""
    numbers = {"lots": 1.5, "price": 40.0, "profit": 0.0, "commission": 0.0, "swap": 0.0, "fee": 0.0} | more
    at = OPENED + timedelta(minutes=ticket)
    return Deal(
        ticket=ticket,
        at=at,
        kind=kind,
        entry=entry,
        position=position,
        broker_symbol="IWM",
        comment="",
        order=0,
        **numbers,
    )


def a_trade(ticket: int, position: int, profit: float) -> list[Deal]:
    """A position that was bought and sold again, at 1.25 commission each way."""
    return [
        a_deal(ticket, "buy", "in", position, commission=-1.25),
        a_deal(ticket + 1, "sell", "out", position, profit=profit, commission=-1.25),
    ]


def after(snapshot: Snapshot, *deals: Deal) -> Snapshot:
    """The snapshot after deals that moved its balance and, with it, its equity."""
    account, change = snapshot.account, balance_change(deals)
    account = replace(account, balance=account.balance + change, equity=account.equity + change)
    return replace(snapshot, account=account, deals=deals)


def disciplined(snapshot: Snapshot, settings: DisciplineSettings = BOTH) -> dict[str, Cap]:
    return {cap.name: cap for cap in discipline_caps(snapshot, settings)}


# By hand


def test_an_override_in_lots_is_a_cap_on_both_sides_of_its_symbol() -> None:
    assert list(override_caps([EARNINGS], AS_OF)) == []  # it is used up by side
    cap, other = (one for side in Side for one in by_hand([EARNINGS], AS_OF, "IWM", side, 0.0))
    assert (cap.name, cap.value, cap.unit, cap.kind) == ("manual", 2.5, Unit.LOTS, Kind.CONDITION)
    assert (cap.scope, cap.side, cap.applies_to) == ("IWM", Side.BUY, AppliesTo.ALL)
    assert other == replace(cap, side=Side.SELL)
    assert (cap.advisory, cap.settles) == (False, False)
    assert (cap.since, cap.until) == (EARNINGS.since, EARNINGS.until)
    assert cap.reason == "earnings; since 2018-12-07 09:05 until 2018-12-11 00:00 UTC"


def test_what_is_open_and_pending_uses_an_override_in_lots_up() -> None:
    (cap,) = by_hand([EARNINGS], AS_OF, "IWM", Side.BUY, 0.7)
    assert cap.value == pytest.approx(1.8)
    assert cap.reason.startswith("0.7 of 2.5 lots buy open and pending; earnings; ")
    (full,) = by_hand([EARNINGS], AS_OF, "IWM", Side.BUY, 2.6)
    assert full.value == 0.0
    assert list(by_hand([EARNINGS], AS_OF, "SPY", Side.BUY, 0.0)) == []
    damaged = replace(EARNINGS, symbol="all", lots=0.0)
    assert list(by_hand([damaged], AS_OF, "SPY", Side.SELL, 0.0)) == []
    (all_of_them,) = override_caps([damaged], AS_OF)
    assert (all_of_them.value, all_of_them.unit, all_of_them.scope) == (0.0, Unit.LOTS, "account")


@pytest.mark.parametrize(
    ("cap", "left"),
    [
        (a_cap(300.0, Unit.MONEY, "daily loss"), 175.0),
        (a_cap(100.0, Unit.MONEY, "daily loss"), 0.0),
        (a_cap(0.0, Unit.LOTS, "daily loss"), 0.0),
        (a_cap(300.0, Unit.MONEY, "heat"), 300.0),
    ],
)
def test_a_daily_loss_leaves_what_open_stops_may_still_lose(cap: Cap, left: float) -> None:
    found = less_open(cap, 125.0)
    assert found.value == left
    assert (", 125.00 at risk in all" in found.reason) is (left != cap.value)
    assert less_open(cap, 0.0) is cap


def test_an_override_of_all_is_a_share_of_the_account() -> None:
    (cap,) = override_caps([HALF], AS_OF)
    assert (cap.value, cap.unit, cap.scope, cap.until) == (0.5, Unit.SHARE, "account", None)
    assert cap.reason == "0.50x holidays"


def test_an_end_within_a_minute_is_told_to_the_second() -> None:
    (cap,) = override_caps([replace(HALF, until=utc("2018-12-10T15:00:07"))], AS_OF)
    assert cap.reason == "0.50x holidays; until 2018-12-10 15:00:07 UTC"


def test_all_overrides_stand_beside_each_other() -> None:
    overrides = [EARNINGS, replace(EARNINGS, lots=4.0), HALF, replace(HALF, share=0.3)]
    assert [cap.value for cap in override_caps(overrides, AS_OF)] == [0.5, 0.3]
    assert [cap.value for cap in by_hand(overrides, AS_OF, "IWM", Side.SELL, 0.0)] == [2.5, 4.0]


def test_an_override_is_over_exactly_at_its_end() -> None:
    end = utc("2018-12-10T15:00:00.250")
    short = replace(EARNINGS, until=end)
    before = end - timedelta(microseconds=1)
    assert in_force([short, HALF], before) == (short, HALF)
    assert in_force([short, HALF], end) == (HALF,)
    assert [len(list(by_hand([short], at, "IWM", Side.BUY, 0.0))) for at in (before, end)] == [1, 0]


def test_an_override_lifts_in_the_cycle_of_its_end_without_settling() -> None:
    none = Override(symbol="IWM", lots=0.0, why="out for lunch", until=AS_OF)
    second = timedelta(seconds=1)
    early = replace(SNAPSHOT, as_of=AS_OF - second, overrides=(none,))
    before, track = advise(early, Track(), SETTINGS)
    ended, _ = advise(replace(early, as_of=AS_OF), track, SETTINGS)
    free, _ = advise(replace(early, as_of=AS_OF, overrides=()), track, SETTINGS)
    assert {side.lots for side in before.symbols[0].sides.values()} == {0.0}
    assert {side.binding.name for side in before.symbols[0].sides.values()} == {"manual"}
    assert before.symbols[1] == advise(replace(early, overrides=()), Track(), SETTINGS)[0].symbols[1]
    assert ended == free
    assert all(side.lots > 0 for side in ended.symbols[0].sides.values())


def test_a_share_by_hand_is_a_share_of_normal_risk_for_every_symbol() -> None:
    # XLU bought is defensive: no share but this one restrains it. 496.5 x 0.1 = 49.65 over a stop
    # 2.5 x 1.1 = 2.75 away, 25 a point: 68.75 a lot, so 0.72 lots, 0.6 in steps of 0.2.
    advice, _ = advise(replace(SNAPSHOT, overrides=(replace(HALF, share=0.1),)), Track(), SETTINGS)
    buy = advice.symbols[1].sides[BUY]
    assert (buy.lots, buy.binding.name) == (0.6, "manual")
    assert (advice.share.name, advice.share.value) == ("manual", 0.1)


@given(st.floats(0, 5), st.sampled_from(["IWM", "XLU", "all"]), st.booleans())
def test_an_override_never_raises_any_lots(value: float, symbol: str, shared: bool) -> None:
    one = Override(
        symbol=symbol,
        lots=None if shared else value,
        share=value / 5 if shared else None,
        why="any",
    )
    with_it, _ = advise(replace(SNAPSHOT, overrides=(one,)), Track(), SETTINGS)
    without, _ = advise(SNAPSHOT, Track(), SETTINGS)
    for tight, loose in zip(with_it.symbols, without.symbols, strict=True):
        for side in tight.sides:
            assert tight.sides[side].lots <= loose.sides[side].lots
            assert tight.sides[side].plan_lots <= loose.sides[side].plan_lots


# The session's result


def test_money_that_came_is_no_result_and_credit_moves_no_balance() -> None:
    deals = (
        a_deal(1, "balance", "in", 0, profit=5000.0),
        a_deal(2, "credit", "in", 0, profit=700.0),
        a_deal(3, "buy", "in", 81, commission=-2.0, fee=-0.5),
        a_deal(4, "sell", "out", 81, profit=-300.0, commission=-2.0, swap=-4.5, fee=-0.5),
        a_deal(5, "commission_daily", "in", 0, profit=-20.0),
    )
    # 5000 - 2.5 - 307 - 20 = 4670.5 moved the balance of 54670.5; the trade made -2.5 - 307 = -309.5.
    account = replace(ACCOUNT, balance=54_670.5, equity=55_370.5, credit=700.0)
    result = session_result(account, (), deals, OPENED)
    assert result == (50_000.0, -309.5, 0.0)
    assert result.lost == 309.5


def test_a_deal_at_the_open_belongs_to_the_session_and_one_before_it_does_not() -> None:
    at = replace(a_deal(0, "sell", "out", 81, profit=-40.0))
    before = replace(at, ticket=9, at=OPENED - timedelta(microseconds=1), profit=-70.0)
    account = replace(ACCOUNT, balance=49_960.0, equity=49_960.0, credit=0.0)
    assert session_result(account, (), (before, at), OPENED) == (50_000.0, -40.0, 0.0)


def test_floating_losses_count_and_floating_gains_do_not() -> None:
    losing, winning = replace(POSITION, profit=-120.0), replace(POSITION, ticket=702, profit=500.0)
    account = replace(ACCOUNT, balance=50_000.0, equity=50_380.0, credit=0.0)
    assert session_result(account, (losing, winning), (), OPENED).floating == -120.0
    # the swap of the nights is in the equity alone: 49850 - 50000 - 10 of credit
    account = replace(account, equity=49_850.0, credit=10.0)
    assert session_result(account, (losing,), (), OPENED).floating == -160.0


def test_a_gain_that_was_taken_makes_up_for_a_floating_loss() -> None:
    deals = tuple(a_trade(1, 81, 202.5))  # 202.5 less 2.5 of commission
    account = replace(ACCOUNT, balance=50_200.0, equity=49_900.0, credit=0.0)
    result = session_result(account, (replace(POSITION, profit=-300.0),), deals, OPENED)
    assert (result.start, result.lost) == (50_000.0, 100.0)
    assert session_result(replace(account, equity=50_200.0), (), deals, OPENED).lost == 0.0


# Daily loss


def test_what_is_left_of_the_daily_loss_is_a_cap_in_money() -> None:
    # 2 % of 50000 is 1000; the trade lost 400 + 2.5, and 120 float.
    snapshot = after(FLAT, *a_trade(1, 81, -400.0))
    snapshot = replace(snapshot, positions=(replace(POSITION, profit=-120.0),))
    cap = disciplined(snapshot)["daily loss"]
    assert cap.value == pytest.approx(477.5)
    assert (cap.unit, cap.kind) == (Unit.MONEY, Kind.CONDITION)
    assert (cap.scope, cap.side, cap.applies_to) == ("account", None, AppliesTo.ALL)
    assert (cap.advisory, cap.settles, cap.until) == (True, False, OPEN.closes_at)
    assert cap.reason == "522.50 of 1000.00, 120.00 floating"


def test_without_a_loss_the_whole_of_it_is_left() -> None:
    cap = disciplined(FLAT)["daily loss"]
    assert (cap.value, cap.unit, cap.reason) == (1000.0, Unit.MONEY, "0.00 of 1000.00")


@pytest.mark.parametrize(
    ("profit", "value", "unit"),
    [(-997.49, 0.01, Unit.MONEY), (-997.5, 0.0, Unit.LOTS), (-3000.0, 0.0, Unit.LOTS)],
)
def test_at_the_daily_loss_or_beyond_it_there_is_no_new_risk(profit: float, value: float, unit: Unit) -> None:
    cap = disciplined(after(FLAT, *a_trade(1, 81, profit)))["daily loss"]
    assert cap.value == pytest.approx(value, abs=1e-6)
    assert cap.unit is unit


def test_an_account_that_began_below_nothing_may_lose_nothing() -> None:
    account = replace(ACCOUNT, balance=-5.0, equity=-5.0, credit=0.0)
    cap = disciplined(replace(FLAT, account=account))["daily loss"]
    assert (cap.value, cap.unit, cap.reason) == (0.0, Unit.LOTS, "0.00 of 0.00")


def test_a_daily_loss_shows_and_would_bind_and_binds_only_where_it_is_asked_to() -> None:
    snapshot = after(FLAT, *a_trade(1, 81, -1000.0))
    order = Intent(BUY, "XLU", 0.4, stop=24.0)
    verdicts = []
    for advisory in (True, False):
        settings = replace(SETTINGS, discipline=replace(BOTH, advisory=advisory))
        verdict = check(order, standing(advise(snapshot, Track(), settings)[0]))
        assert isinstance(verdict, Verdict)
        assert ("daily loss", 0.0) in [(rung.name, rung.lots) for rung in verdict.ladder]
        verdicts.append(verdict)
    dry, real = verdicts
    assert dry.answer is Answer.ALLOW
    assert dry.would_bind is not None
    assert dry.would_bind.name == "daily loss"
    assert (real.answer, real.binding.name, real.would_bind) == (Answer.DENY, "daily loss", None)


def test_what_is_left_of_the_daily_loss_is_no_ceiling_of_what_is_open_already() -> None:
    held = replace(after(FLAT, *a_trade(1, 81, -990.0)), positions=(POSITION,))
    settings = replace(SETTINGS, discipline=replace(BOTH, advisory=False))
    (with_it,) = advise(held, Track(), settings)[0].symbols[0].held
    (without,) = advise(held, Track(), SETTINGS)[0].symbols[0].held
    assert with_it.position_cap == without.position_cap
    assert with_it.position_cap


# Losing streak


def test_positions_closed_at_a_loss_in_a_row_end_the_session() -> None:
    deals = (*a_trade(1, 81, 50.0), *a_trade(3, 82, -10.0), *a_trade(5, 83, -20.0), *a_trade(7, 84, -30.0))
    assert "losing streak" not in disciplined(after(FLAT, *deals[:-2]))
    cap = disciplined(after(FLAT, *deals))["losing streak"]
    assert (cap.value, cap.unit, cap.advisory, cap.until) == (0.0, Unit.LOTS, True, OPEN.closes_at)
    # 12.5 + 22.5 + 32.5, the last deal 8 minutes after 14:30
    assert cap.reason == "3 in a row lost 67.50, the last at 14:38 UTC"
    won = after(FLAT, *deals, *a_trade(9, 85, 5.0))
    assert "losing streak" not in disciplined(won)


def test_commission_makes_a_small_gain_a_loss_and_nothing_at_all_is_none() -> None:
    once = replace(BOTH, losing_streak=1)
    assert "losing streak" in disciplined(after(FLAT, *a_trade(1, 81, 2.49)), once)
    assert "losing streak" not in disciplined(after(FLAT, *a_trade(1, 81, 2.5)), once)


def test_a_streak_of_the_session_before_does_not_count() -> None:
    deals = [deal for number in (81, 82, 83) for deal in a_trade(2 * number, number, -10.0)]
    early = [replace(deal, at=deal.at - timedelta(days=3)) for deal in deals[:2]]
    assert "losing streak" not in disciplined(after(FLAT, *early, *deals[2:]))
    assert "losing streak" in disciplined(after(FLAT, *deals))


def test_what_a_position_paid_before_the_session_is_taken_from_past_deals() -> None:
    paid = replace(a_deal(1, "buy", "in", 81, commission=-9.0), at=OPENED - timedelta(days=40))
    other = replace(a_deal(2, "buy", "in", 82, commission=nan), at=OPENED - timedelta(days=40))
    last = a_deal(3, "sell", "out", 81, profit=8.0)
    once = replace(BOTH, losing_streak=1)
    snapshot = after(FLAT, last)
    assert "losing streak" not in disciplined(snapshot, once)
    assert "losing streak" not in disciplined(replace(snapshot, past=Unknown("not read")), once)
    # the deal of the session stands among the past ones, too, and counts once
    caps = disciplined(replace(snapshot, past=(paid, other, last)), once)
    assert caps["losing streak"].reason == "1 in a row lost 1.00, the last at 14:33 UTC"
    assert caps["daily loss"].reason == "0.00 of 1000.00"  # 8 were made in this session
    damaged = replace(paid, commission=nan)
    told = disciplined(replace(snapshot, past=(damaged,)), once)["losing streak"].reason
    assert told == "results of this session are not known: the amounts of deal 1 are no numbers"


def results(deals: Sequence[Deal], still_open: Sequence[int] = ()) -> list[tuple[int, float]]:
    """Ticket of the closing deal and result of each closed position."""
    return [(one.ticket, one.result) for one in closings(deals, still_open)]


def test_a_partial_close_counts_when_the_last_part_is_closed() -> None:
    first = replace(a_deal(1, "buy", "in", 81, commission=-1.5), at=OPENED - timedelta(days=1))
    part = a_deal(2, "sell", "out", 81, lots=0.9, profit=40.0)
    assert results([first, part], [81]) == []
    last = a_deal(3, "sell", "out", 81, lots=0.6, profit=-60.0, swap=-2.0)
    assert results([last, part, first]) == [(3, -23.5)]  # -1.5 + 40 - 62


def test_adding_to_a_position_does_not_close_it() -> None:
    deals = [a_deal(1, "sell", "in", 81), a_deal(2, "sell", "in", 81, lots=0.7)]
    assert results(deals, [81]) == []
    assert results([*deals, a_deal(3, "buy", "out", 81, lots=2.2, profit=-9.0)]) == [(3, -9.0)]


def test_a_reversal_closes_what_was_open_and_opens_the_rest() -> None:
    deals = [a_deal(1, "buy", "in", 81), a_deal(2, "sell", "inout", 81, lots=4.0, profit=-30.0)]
    assert results(deals, [81]) == [(2, -30.0)]
    assert results([*deals, a_deal(3, "buy", "out", 81, lots=2.5, profit=12.0)]) == [(2, -30.0), (3, 12.0)]


def test_a_close_by_the_opposite_position_closes_both() -> None:
    deals = [a_deal(1, "buy", "in", 81), a_deal(2, "sell", "in", 82)]
    deals += [a_deal(3, "sell", "out_by", 81, profit=-8.0), a_deal(4, "buy", "out_by", 82, profit=3.0)]
    assert results(deals) == [(3, -8.0), (4, 3.0)]


def test_a_position_from_before_all_that_is_known_counts_with_what_is_known_once_it_is_gone() -> None:
    part, last = a_deal(1, "sell", "out", 81, profit=-5.0), a_deal(2, "sell", "out", 81, profit=-7.0)
    assert results([part, last], [81]) == []
    assert results([part, last]) == [(2, -12.0)]


def test_money_that_came_or_went_closes_no_position() -> None:
    assert results([a_deal(1, "balance", "in", 0, profit=-900.0, lots=0.0)]) == []


# What is not known, and what is switched off


def test_results_that_are_not_known_let_nothing_through() -> None:
    caps = disciplined(replace(FLAT, deals=Unknown("history_deals_get failed")))
    assert [(cap.name, cap.value, cap.unit, cap.advisory) for cap in caps.values()] == [
        ("daily loss", 0.0, Unit.LOTS, True),
        ("losing streak", 0.0, Unit.LOTS, True),
    ]
    reason = "results of this session are not known: history_deals_get failed"
    assert {cap.reason for cap in caps.values()} == {reason}


@pytest.mark.parametrize("number", [nan, inf, -inf])
@pytest.mark.parametrize("field", ["profit", "swap", "lots"])
def test_an_amount_that_is_no_number_is_not_counted_with(field: str, number: float) -> None:
    bad = a_deal(7, "sell", "out", 81, **{field: number})
    caps = disciplined(replace(FLAT, deals=(bad,)))
    assert {cap.value for cap in caps.values()} == {0.0}
    reason = "results of this session are not known: the amounts of deal 7 are no numbers"
    assert caps["losing streak"].reason == reason


@pytest.mark.parametrize(
    ("settings", "left"),
    [
        (replace(BOTH, daily_loss=None), {"losing streak"}),
        (replace(BOTH, losing_streak=None), {"daily loss"}),
    ],
)
def test_null_switches_one_off(settings: DisciplineSettings, left: set[str]) -> None:
    deals = [deal for number in (1, 3, 5) for deal in a_trade(number, number, -400.0)]
    assert set(disciplined(after(FLAT, *deals), settings)) == left
    assert set(disciplined(replace(FLAT, deals=Unknown("why")), settings)) == left


@pytest.mark.parametrize("state", [SessionState.OPEN, SessionState.EDGE, SessionState.HALTED])
def test_a_session_that_is_on_is_counted(state: SessionState) -> None:
    assert disciplined(replace(FLAT, hours=replace(OPEN, state=state)))


@pytest.mark.parametrize("hours", [SHUT, replace(OPEN, opens_at=None)])
def test_outside_of_a_session_there_is_nothing_to_count(hours: object) -> None:
    assert disciplined(replace(FLAT, hours=hours, deals=Unknown("why"))) == {}  # type: ignore[arg-type]


def test_binding_discipline_is_no_dry_run() -> None:
    caps = disciplined(replace(FLAT, deals=Unknown("why")), replace(BOTH, advisory=False))
    assert [cap.advisory for cap in caps.values()] == [False, False]


# Properties

amounts = st.integers(-60_000, 60_000).map(lambda cents: cents / 100)
histories = st.lists(amounts, max_size=6).map(
    lambda profits: [deal for n, profit in enumerate(profits) for deal in a_trade(2 * n + 1, 81 + n, profit)]
)
floating = st.lists(amounts, max_size=3)


def held(profits: Sequence[float]) -> tuple[Position, ...]:
    return tuple(replace(POSITION, ticket=701 + n, profit=one) for n, one in enumerate(profits))


def strictness(snapshot: Snapshot) -> tuple[float, bool]:
    """Money that may still be lost in the session, and whether a streak forbids any."""
    caps = disciplined(snapshot)
    loss = caps["daily loss"]
    return (loss.value if loss.unit is Unit.MONEY else 0.0), "losing streak" in caps


def never_looser(tight: Snapshot, loose: Snapshot) -> bool:
    (less, stopped), (more, before) = strictness(tight), strictness(loose)
    return less <= more + 1e-6 and stopped >= before


@given(histories, floating, st.integers(1, 40_000).map(lambda cents: cents / 100))
def test_a_worse_result_never_loosens(deals: list[Deal], profits: list[float], worse: float) -> None:
    loose = replace(after(FLAT, *deals), positions=held(profits))
    for n, deal in enumerate(deals):
        lower = [*deals[:n], replace(deal, profit=deal.profit - worse), *deals[n + 1 :]]
        assert never_looser(replace(after(FLAT, *lower), positions=held(profits)), loose)
    for n, profit in enumerate(profits):
        lost = [*profits[:n], profit - worse, *profits[n + 1 :]]
        assert never_looser(replace(loose, positions=held(lost)), loose)
    account = replace(loose.account, equity=loose.account.equity - worse)
    assert never_looser(replace(loose, account=account), loose)


@given(histories, st.integers(0, 60_000).map(lambda cents: -cents / 100))
def test_one_more_losing_deal_never_loosens(deals: list[Deal], profit: float) -> None:
    loose = after(FLAT, *deals)
    assert never_looser(after(FLAT, *deals, *a_trade(99, 999, profit)), loose)
    assert never_looser(after(FLAT, *deals, a_deal(99, "buy", "in", 999, commission=profit)), loose)


@given(histories, amounts)
def test_money_that_comes_or_goes_changes_nothing(deals: list[Deal], money: float) -> None:
    left, stopped = strictness(after(FLAT, *deals))
    moved = strictness(after(FLAT, *deals, a_deal(50, "balance", "in", 0, profit=money)))
    assert moved[0] == pytest.approx(left, abs=1e-6)
    assert moved[1] is stopped


@given(histories, floating)
def test_discipline_never_raises_any_lots(deals: list[Deal], profits: list[float]) -> None:
    snapshot = replace(after(FLAT, *deals), positions=held(profits))
    binding = replace(SETTINGS, discipline=replace(BOTH, advisory=False))
    with_it, _ = advise(snapshot, Track(), binding)
    without, _ = advise(snapshot, Track(), SETTINGS)
    for tight, loose in zip(with_it.symbols, without.symbols, strict=True):
        for side in tight.sides:
            assert tight.sides[side].lots <= loose.sides[side].lots
