"""What holds for the rules of a funded account on any facts: they take away, and only where they bind."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.advice import Advice, Track, advise
from assistant.core.floors import Amount, Floor, Measure, Of, Op, Reference
from assistant.core.followed import Followed
from assistant.core.funded import Effect
from assistant.core.market import Account, Side, Unknown
from assistant.core.order_rules import About, Act, Exposure, ExposureCap, Per, Window
from assistant.core.program import FundedRule, Mode, Program, Prudence
from assistant.core.rulings import Light
from assistant.core.snapshot import Snapshot
from assistant.core.track import Anchor, Booking, Event, Look, Mark, Reset, fold, start
from tests.core.builders import AS_OF, SETTINGS
from tests.core.programs import (
    BY_CHICAGO,
    BY_PRAGUE,
    CHICAGO,
    LAST_RESET,
    OWN,
    PRAGUE,
    SECOND,
    followed,
    program,
    rule,
    snapshot,
)
from tests.core.test_properties import orders, positions

HOUR = timedelta(hours=1)
money = st.integers(8_400_000, 11_400_000).map(lambda cents: cents / 100)
amounts = st.one_of(
    st.builds(Amount, money=st.integers(0, 9000).map(float)),
    st.builds(Amount, percent=st.integers(1, 12).map(float), of=st.sampled_from(Of)),
    st.just(Amount()),
    st.just(Amount(by_size={100_000.0: 5150.0})),
)
floors = st.builds(
    Floor,
    reference=st.sampled_from(Reference),
    amount=amounts,
    measure=st.sampled_from(Measure),
    op=st.sampled_from([Op.LT, Op.LE]),
    lock=st.none() | amounts,
    initial_after_payout=st.booleans(),
    stated=st.none() | money,
)
exposures = st.builds(
    ExposureCap,
    what=st.sampled_from(Exposure),
    per=st.sampled_from(Per),
    most=st.none() | st.floats(0.1, 80),
    of=st.sampled_from(["initial", "balance"]),
)
windows = st.sampled_from(
    [Window(about=about, forbids=(Act.HOLD,)) for about in (About.WEEKEND, About.NIGHT)]
)
PRUDENCES = st.builds(
    Prudence,
    reserve=st.sampled_from([0.0, 0.15, 0.4]),
    amber=st.just(0.5),
    reward=st.sampled_from([0.0, 1.5, 4.0]),
    planned_payout=st.sampled_from([0.0, 730.5]),
)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of some rules, each in one or two readings of its kind."""
    rules: list[FundedRule] = []
    for number in range(draw(st.integers(1, 4))):
        kind: st.SearchStrategy[Any] = draw(st.sampled_from([floors, floors, floors, exposures, windows]))
        readings = [(f"reading {one}", draw(kind)) for one in range(draw(st.integers(1, 2)))]
        rules.append(rule(*readings, name=f"rule_{number}", effect=draw(st.sampled_from(Effect))))
    cutoffs = draw(st.sampled_from([{}, {BY_PRAGUE: PRAGUE}, {BY_PRAGUE: PRAGUE, BY_CHICAGO: CHICAGO}]))
    return program(*rules, cutoffs=cutoffs, prudence=draw(PRUDENCES), virtual=draw(st.booleans()))


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    credit = draw(st.sampled_from([0.0, 0.0, 0.0, 120.0]))
    equity, currency = draw(money), draw(st.sampled_from(["USD", "USD", "USD", "EUR"]))
    margin = draw(st.floats(0, 90_000))
    return replace(OWN, balance=draw(money), equity=equity, credit=credit, currency=currency, margin=margin)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Program, Followed | None, Snapshot]:
    """A program, an account that is followed by it, and the facts of the present."""
    by, account = draw(programs()), draw(accounts())
    scale = 2.5 if by.virtual else 1.0
    paid = draw(st.booleans())
    events: list[Event] = [Reset(LAST_RESET, draw(money), draw(st.none() | money))]
    if paid:
        events.append(Booking(LAST_RESET + HOUR, 1, -610.0, transfer=True))
    before = followed(by, events, account, scale)
    facts: dict[str, Any] = {
        "positions": tuple(draw(st.lists(positions(), max_size=2))),
        "orders": tuple(draw(st.lists(orders(), max_size=1))),
    }
    return by, draw(st.sampled_from([before, before, before, None])), snapshot(account, **facts)


def advised(by: Program | None, before: Followed | None, now: Snapshot) -> Advice:
    return advise(now, Track(funded=before), replace(SETTINGS, funded=by))[0]


def lots(advice: Advice) -> dict[tuple[str, Side], tuple[float, float]]:
    return {
        (symbol.instrument.symbol, side): (one.lots, one.plan_lots)
        for symbol in advice.symbols
        for side, one in symbol.sides.items()
    }


@given(cases())
def test_a_dry_run_never_changes_a_lot(case: tuple[Program, Followed | None, Snapshot]) -> None:
    by, before, now = case
    dry = advised(replace(by, mode=Mode.DRY_RUN), before, now)
    without = advised(None, None, now)
    assert lots(dry) == lots(without)
    for one, other in zip(dry.symbols, without.symbols, strict=True):
        assert one.held == other.held
        for side in Side:
            assert one.sides[side].binding == other.sides[side].binding
            assert one.sides[side].money == other.sides[side].money
            assert one.sides[side].lots_cap == other.sides[side].lots_cap


@given(cases())
def test_rules_that_bind_never_give_more_lots_than_a_dry_run(
    case: tuple[Program, Followed | None, Snapshot],
) -> None:
    by, before, now = case
    dry = advised(replace(by, mode=Mode.DRY_RUN), before, now)
    bound = advised(replace(by, mode=Mode.ENFORCE), before, now)
    loose = lots(dry)
    assert all(
        few <= loose[key][0] and planned <= loose[key][1] for key, (few, planned) in lots(bound).items()
    )


@given(cases())
def test_a_cap_of_a_funded_account_is_a_number_and_never_negative(
    case: tuple[Program, Followed | None, Snapshot],
) -> None:
    advice = advised(*case)
    caps = [cap for cap in advice.caps if cap.name.startswith("funded")]
    assert all(isfinite(cap.value) and cap.value >= 0 for cap in caps)
    quiet = {f"funded rule {number}" for number, one in enumerate(case[0].rules) if one.effect in QUIET}
    assert not quiet & {cap.name for cap in caps}


QUIET = (Effect.INFORMS, Effect.REVIEW)


@given(cases())
def test_no_light_is_green_over_a_rule_that_is_not(case: tuple[Program, Followed | None, Snapshot]) -> None:
    found = advised(*case).funded
    assert found is not None
    lights = {one.light for one in found.rulings}
    assert found.light in (*lights, Light.UNSURE, Light.GREEN)
    if found.light is Light.GREEN:
        assert lights <= {Light.GREEN, Light.TOLD}
        assert not found.lacking
    assert (Light.RED in lights) is (found.light is Light.RED)


# -- floors over time --

LIMITED = st.one_of(
    st.builds(Amount, money=st.integers(100, 9000).map(float)),
    st.builds(Amount, percent=st.integers(1, 12).map(float), of=st.sampled_from(Of)),
)
HIGH = st.sampled_from(
    [Reference.HWM_BALANCE_EOD, Reference.HWM_BALANCE_INTRADAY, Reference.HWM_EQUITY_INTRADAY]
)
trailing = st.builds(
    Floor,
    reference=HIGH,
    amount=LIMITED,
    measure=st.just(Measure.EQUITY),
    op=st.just(Op.LE),
    lock=st.none() | LIMITED,
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Looks, results, resets and bounds of marks, an hour apart; nothing comes, goes or is stated."""
    events: list[Event] = []
    for hour in range(draw(st.integers(1, 6))):
        at = LAST_RESET + hour * HOUR
        events.append(
            draw(
                st.one_of(
                    st.builds(Look, st.just(at), money, money),
                    st.builds(Reset, st.just(at), money, st.none() | money),
                    st.builds(Booking, st.just(at), st.just(hour), st.integers(-3000, 3000).map(float)),
                    st.builds(Anchor, st.just(at), st.dictionaries(st.sampled_from(Mark), money, max_size=3)),
                )
            )
        )
    return events


@given(trailing, histories())
def test_a_floor_that_trails_never_falls(one: Floor, events: list[Event]) -> None:
    track = start(98_000.0, 100_000.0)
    level = one.level(track)
    for event in events:
        track = fold(track, [event])
        after = one.level(track)
        assert isinstance(level, float)
        assert isinstance(after, float)
        assert after >= level
        level = after


@given(trailing, histories(), histories(), money, money)
def test_a_floor_of_the_end_of_a_day_does_not_know_what_came_before_it(
    one: Floor, path: list[Event], other: list[Event], balance: float, equity: float
) -> None:
    end = Reset(LAST_RESET + 24 * HOUR, balance, equity)
    tracks = [fold(start(98_000.0, 100_000.0), [*inside(events), end]) for events in (path, other)]
    for reference in (Reference.HWM_BALANCE_EOD, Reference.DAY_START_MAX, Reference.DAY_START_EQUITY):
        first, second = (replace(one, reference=reference).level(track) for track in tracks)
        assert first == second


def inside(events: Sequence[Event]) -> list[Event]:
    """What happens inside a day."""
    return [one for one in events if isinstance(one, Look | Booking)]


MOVED = st.sampled_from([one for one in Reference if one not in (Reference.STATED, Reference.UNKNOWN)])


@given(trailing, MOVED, histories(), st.integers(1, 90_000))
def test_a_deposit_changes_no_headroom_whatever_the_amount_is_of(
    one: Floor, reference: Reference, events: list[Event], deposit: int
) -> None:
    own = replace(one, reference=reference)
    begin = Reset(LAST_RESET - HOUR, 98_400.0, 98_100.0)
    before = fold(start(98_000.0, 100_000.0), [begin, *events])
    after = fold(before, [Booking(LAST_RESET + 24 * HOUR, 77, float(deposit), transfer=True)])
    found, later = own.find(before), own.find(after)
    if isinstance(found, Unknown) or isinstance(later, Unknown):  # nobody saw the equity at the last reset
        assert found == later
    else:
        assert later.room == pytest.approx(found.room)


@given(st.lists(st.sampled_from([0.0, 0.5, 3.0]), max_size=3), cases())
def test_the_same_facts_give_the_same_rulings_however_often_they_are_looked_at(
    waits: list[float], case: tuple[Program, Followed | None, Snapshot]
) -> None:
    by, before, now = case
    settings = replace(SETTINGS, funded=by)
    advice, track = advise(now, Track(funded=before), settings)
    assert advice.funded is not None
    at = AS_OF
    for wait in waits:
        at += wait * SECOND
        later, track = advise(replace(now, as_of=at), track, settings)
        assert later.funded is not None
        assert [(one.light, one.floor) for one in later.funded.rulings] == [
            (one.light, one.floor) for one in advice.funded.rulings
        ]
