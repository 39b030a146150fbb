"""Floors: one class for every loss rule, and what is not published is Unknown."""

from datetime import UTC, datetime, timedelta
from math import inf, nan
from typing import Any

import pytest

from assistant.core.floors import Amount, Finding, Floor, Measure, Of, Op, Reference, worst
from assistant.core.market import Unknown
from assistant.core.track import Anchor, Booking, Event, Look, Mark, Reset, Track, fold, start

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


OF_REFERENCE = Amount(percent=5, of=Of.REFERENCE)


@pytest.mark.parametrize(
    ("reference", "amount", "level", "marks"),
    [
        (Reference.DAY_START_BALANCE, Amount(percent=4), 95_300, {Mark.START_BALANCE: 99_300}),  # + 4000
        (Reference.DAY_START_EQUITY, Amount(money=1500), 95_300, {Mark.START_EQUITY: 96_800}),
        (
            Reference.DAY_START_MAX,
            OF_REFERENCE,
            95_950,
            {Mark.START_BALANCE: 101_000, Mark.START_EQUITY: 101_000},  # 95950 / 0.95
        ),
        (
            Reference.HWM_BALANCE_EOD,
            Amount(by_size={75_000: 2500.0}),
            98_000,
            {Mark.HIGH_BALANCE_EOD: 100_500},
        ),
        (Reference.HWM_BALANCE_INTRADAY, Amount(percent=4), 98_000, {Mark.HIGH_BALANCE: 102_000}),
        (Reference.HWM_EQUITY_INTRADAY, OF_REFERENCE, 96_900, {Mark.HIGH_EQUITY: 102_000}),
        (Reference.HWM_EQUITY_OF_DAY, Amount(money=640), 99_000, {Mark.HIGH_EQUITY_OF_DAY: 99_640}),
    ],
)
def test_the_level_on_a_dashboard_tells_the_marks_behind_it(
    reference: Reference, amount: Amount, level: float, marks: dict[Mark, float]
) -> None:
    own = floor(reference, amount)
    track = tracked(Reset(T0, 100_000, 100_000), size=75_000)
    found = own.marks_at(level, track)
    assert not isinstance(found, Unknown)
    assert dict(found) == pytest.approx(marks)
    stated = fold(track, [Anchor(T0 + HOUR, marks, stated=True)])
    assert own.level(stated) == pytest.approx(level)


@pytest.mark.parametrize(
    ("amount", "mark"),
    [(Amount(percent=4), 109_300), (OF_REFERENCE, 10_000 + 95_300 / 0.95)],  # 105300 + 4000; less 10000 first
)
def test_a_deposit_is_no_part_of_the_amount_behind_a_dashboard_s_level(amount: Amount, mark: float) -> None:
    own = floor(Reference.DAY_START_BALANCE, amount)
    track = tracked(Reset(T0, 100_000, 100_000), Booking(T0 + HOUR, 1, 10_000, transfer=True))
    found = own.marks_at(105_300, track)
    assert not isinstance(found, Unknown)
    assert dict(found) == pytest.approx({Mark.START_BALANCE: mark})


@pytest.mark.parametrize(
    ("reference", "amount", "reason"),
    [
        (Reference.INITIAL, FIVE, "no mark moves a floor that is measured from initial"),
        (Reference.STATED, FIVE, "no mark moves a floor that is measured from stated"),
        (Reference.UNKNOWN, FIVE, "no mark moves a floor that is measured from unknown"),
        (Reference.HWM_EQUITY_INTRADAY, Amount(), "its amount is not published"),
        (
            Reference.HWM_EQUITY_INTRADAY,
            Amount(percent=100, of=Of.REFERENCE),
            "a floor of nothing says nothing of what it is measured from",
        ),
    ],
)
def test_a_level_that_no_mark_is_behind_is_refused(reference: Reference, amount: Amount, reason: str) -> None:
    assert floor(reference, amount).marks_at(95_000, tracked()) == Unknown(reason)


def test_the_money_by_which_a_floor_lies_below_its_reference() -> None:
    begin = Reset(T0, 102_000, 106_000)
    deposit = Booking(T0 + HOUR, 1, 10_000, transfer=True)
    assert floor(Reference.DAY_START_MAX, OF_REFERENCE).money(tracked(begin)) == 5300  # 5 % of 106000
    assert floor(Reference.DAY_START_MAX, OF_REFERENCE).money(tracked(begin, deposit)) == 5300
    assert floor(Reference.HWM_BALANCE_EOD).money(tracked(begin)) == 5000  # of the initial balance
    assert floor(amount=Amount(by_size={75_000: 2100.0})).money(tracked(size=75_000)) == 2100
    assert floor(Reference.UNKNOWN).money(tracked()) == Unknown("its reference is not published")
    assert floor(amount=Amount()).money(tracked()) == Unknown("its amount is not published")


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
