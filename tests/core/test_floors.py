"""Floors: one class for every loss rule, and what is not published is Unknown."""

from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any

import pytest

from assistant.core.floors import Amount, Finding, Floor, Measure, Of, Op, Reference, worst
from assistant.core.market import Unknown
from assistant.core.track import Booking, Event, Look, Reset, Track, fold, start

T0 = datetime(2026, 6, 1, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE = Amount(percent=5)


def floor(reference: Reference = Reference.INITIAL, amount: Amount = FIVE, **others: Any) -> Floor:  # noqa: ANN401
    fields = {"measure": Measure.EQUITY, "op": Op.LT, **others}
    return Floor(reference=reference, amount=amount, **fields)


def tracked(*events: Event, initial: float = 100_000, size: float = 100_000) -> Track:
    return fold(start(initial, size), events)


@pytest.mark.parametrize(
    ("reference", "level"),
    [
        (Reference.INITIAL, 95_000),  # 100000 - 5000
        (Reference.DAY_START_BALANCE, 100_000),  # 105000 - 5000
        (Reference.DAY_START_EQUITY, 102_000),  # 107000 - 5000
        (Reference.DAY_START_MAX, 102_000),
        (Reference.HWM_BALANCE_EOD, 101_500),  # 106500 - 5000
        (Reference.HWM_BALANCE_INTRADAY, 103_200),  # 108200 - 5000
        (Reference.HWM_EQUITY_INTRADAY, 104_400),  # 109400 - 5000
        (Reference.HWM_EQUITY_OF_DAY, 102_700),  # 107700 - 5000
        (Reference.STATED, 93_750),  # 98750 - 5000
    ],
)
def test_each_reference_is_told_apart(reference: Reference, level: float) -> None:
    track = tracked(
        Look(T0, 108_200, 109_400),
        Reset(T0 + HOUR, 106_500, 106_000),
        Reset(T0 + 25 * HOUR, 105_000, 107_000),
        Look(T0 + 26 * HOUR, 105_000, 107_700),
    )
    assert floor(reference, stated=98_750.0).level(track) == level


def test_a_percentage_is_of_the_initial_balance_or_of_the_reference() -> None:
    track = tracked(Reset(T0, 105_000, 107_000))
    of_reference = Amount(percent=5, of=Of.REFERENCE)
    assert floor(Reference.DAY_START_BALANCE).level(track) == 100_000  # 105000 - 5 % of 100000
    assert floor(Reference.DAY_START_MAX, of_reference).level(track) == 101_650  # 107000 - 5350
    assert floor(Reference.DAY_START_MAX, Amount(percent=4)).level(track) == 103_000  # 107000 - 4000


def test_an_amount_by_size_is_of_the_size_that_was_sold_not_of_the_balance() -> None:
    amount = Amount(by_size={50_000: 2000.0, 150_000: 4500.0})
    assert floor(amount=amount).level(tracked(initial=0, size=50_000)) == -2000
    assert floor(amount=amount).level(tracked(size=75_000)) == Unknown(
        "no amount is published for an account size of 75000"
    )


def test_a_lock_stops_the_rise_and_lowers_nothing() -> None:
    locked = floor(Reference.HWM_BALANCE_EOD, Amount(money=2000), lock=Amount(money=100))
    assert locked.level(tracked(Reset(T0, 101_500, 101_500))) == 99_500  # 101500 - 2000
    assert locked.level(tracked(Reset(T0, 107_000, 107_000))) == 100_100  # not 105000
    unpublished = floor(Reference.HWM_BALANCE_EOD, Amount(money=2000), lock=Amount())
    assert unpublished.level(tracked()) == Unknown("its amount is not published")


def test_the_first_payout_puts_a_floor_at_the_initial_balance_where_a_firm_says_so() -> None:
    paid: list[Event] = [Look(T0, 109_000, 109_000), Booking(T0 + HOUR, 1, -3000, transfer=True)]
    eight = Amount(percent=8)
    assert floor(amount=eight, initial_after_payout=True).level(tracked()) == 92_000
    assert floor(amount=eight, initial_after_payout=True).level(tracked(*paid)) == 100_000
    assert floor(amount=eight).level(tracked(*paid)) == 92_000


def test_a_deposit_is_no_headroom_where_the_amount_is_a_share_of_the_reference_either() -> None:
    begin = Reset(T0, 102_000, 102_000)
    deposit = Booking(T0 + HOUR, 1, 10_000, transfer=True)
    by_reference = floor(Reference.DAY_START_BALANCE, Amount(percent=5, of=Of.REFERENCE))
    assert by_reference.level(tracked(begin)) == 96_900  # 102000 - 5100
    assert by_reference.level(tracked(begin, deposit)) == 106_900
    locked = floor(Reference.HWM_BALANCE_EOD, Amount(money=1000), lock=Amount(money=0))
    assert locked.level(tracked(begin, deposit)) == 110_000  # at the initial 100000 and the deposit


@pytest.mark.parametrize(
    ("op", "equity", "kept"),
    [
        (Op.LT, 95_000.0, True),
        (Op.LT, 94_999.99, False),
        (Op.LE, 95_000.0, False),
        (Op.LE, 95_000.01, True),
        (Op.LT, 95_000 - 1e-9, True),  # no money is that small: a sum in binary
        (Op.LE, 95_000 + 1e-9, False),
    ],
)
def test_falling_below_is_not_reaching(op: Op, equity: float, kept: bool) -> None:
    found = floor(op=op).find(tracked(Look(T0, 99_000, equity)))
    assert isinstance(found, Finding)
    assert found.kept is kept


@pytest.mark.parametrize(
    ("measure", "value", "kept"),
    [(Measure.EQUITY, 96_000, True), (Measure.BALANCE, 94_000, False), (Measure.EITHER, 94_000, False)],
)
def test_headroom_is_of_what_the_firm_measures(measure: Measure, value: float, kept: bool) -> None:
    found = floor(measure=measure).find(tracked(Look(T0, 94_000, 96_000)))
    assert found == Finding(value, 95_000, value - 95_000, kept)
    swapped = floor(measure=Measure.EITHER).find(tracked(Look(T0, 96_000, 94_500)))
    assert swapped == Finding(94_500, 95_000, -500, kept=False)


@pytest.mark.parametrize(
    ("reference", "amount", "events", "reason"),
    [
        (Reference.UNKNOWN, FIVE, [], "its reference is not published"),
        (Reference.STATED, FIVE, [], "the dashboard's number is not known: stated cannot be told"),
        (Reference.INITIAL, Amount(), [], "its amount is not published"),
        (Reference.INITIAL, Amount(percent=None, of=Of.REFERENCE), [], "its amount is not published"),
        (
            Reference.DAY_START_BALANCE,
            FIVE,
            [],
            "the last reset is not known: day_start_balance cannot be told",
        ),
        (
            Reference.DAY_START_MAX,
            FIVE,
            [Reset(T0, 100_000, None)],
            "the last reset is not known: day_start_max cannot be told",
        ),
        (
            Reference.HWM_EQUITY_OF_DAY,
            FIVE,
            [Reset(T0, 100_000, None)],
            "the last reset is not known: hwm_equity_of_day cannot be told",
        ),
    ],
)
def test_what_is_not_known_is_no_floor_and_never_no_rule(
    reference: Reference, amount: Amount, events: list[Event], reason: str
) -> None:
    assert floor(reference, amount).find(tracked(*events)) == Unknown(reason)


@pytest.mark.parametrize(
    "fields",
    [
        {"money": 1.0, "percent": 2.0},
        {"money": 1.0, "by_size": {1.0: 2.0}},
        {"money": -1.0},
        {"percent": nan},
        {"by_size": {50_000.0: inf}},
    ],
)
def test_an_amount_that_is_none_or_two_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="amount was"):
        Amount(**fields)


def test_a_floor_is_not_broken_from_above() -> None:
    with pytest.raises(ValueError, match="op was gt"):
        floor(op=Op.GT)


@pytest.mark.parametrize(
    ("op", "below", "equal", "above"),
    [
        (Op.LT, True, False, False),
        (Op.LE, True, True, False),
        (Op.GT, False, False, True),
        (Op.GE, False, True, True),
    ],
)
def test_each_op_stands_as_it_is_named(op: Op, below: bool, equal: bool, above: bool) -> None:
    assert (op.holds(1.0, 2.0), op.holds(0.1 + 0.2, 0.3), op.holds(3.0, 2.0)) == (below, equal, above)


def test_the_worst_reading_is_unknown_then_broken_then_with_the_least_room() -> None:
    wide, narrow = Finding(100, 90, 10, kept=True), Finding(100, 98, 2, kept=True)
    broken, unknown = Finding(100, 105, -5, kept=False), Unknown("x")
    assert worst([wide, narrow, broken, unknown]) == 3
    assert worst([wide, broken, narrow]) == 1
    assert worst([wide, narrow, narrow]) == 1
    reached = Finding(98, 98, 0, kept=False)
    assert worst([Finding(98, 98, 0, kept=True), reached]) == 1
