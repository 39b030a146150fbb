"""The track: what is remembered of an account, whatever order its deals arrive in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.floors import Amount, Floor, Measure, Op, Reference
from assistant.core.track import Anchor, Booking, Day, Event, Look, Mark, Reset, Track, fold, start

T0 = datetime(2026, 6, 1, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
MONEY = st.integers(-3_000_00, 3_000_00).map(lambda cents: cents / 100)
HIGH = (Reference.HWM_BALANCE_EOD, Reference.HWM_BALANCE_INTRADAY, Reference.HWM_EQUITY_INTRADAY)


def floor(reference: Reference) -> Floor:
    return Floor(reference=reference, amount=Amount(money=4000.0), measure=Measure.EQUITY, op=Op.LT)


def test_a_day_closes_with_what_was_booked_in_it_and_transfers_are_no_profit() -> None:
    track = fold(
        start(50_000, 50_000),
        [
            Reset(T0, 50_000, 50_000),
            Booking(T0 + HOUR, 1, -12.5, opened=True),  # commission of the entry
            Booking(T0 + 2 * HOUR, 2, 612.5),
            Booking(T0 + 3 * HOUR, 3, 2000, transfer=True),
            Look(T0 + 4 * HOUR, 52_600, 52_450),
            Booking(T0 + 5 * HOUR, 4, -1100, transfer=True),
            Reset(T0 + 24 * HOUR, 51_500, 51_320),
        ],
    )
    # 51500 - 50000 - 2000 + 1100 = 600 closed; min(51500, 51320) - 50000 - 2000 + 1100 = 420 at the cut-off
    assert track.days == (Day(T0, 0, 0, opened=False), Day(T0 + 24 * HOUR, 600, 420, opened=True))
    assert (track.payouts, track.paid_days, track.deposited) == (1, 1, 2000)
    assert (track.start_balance, track.start_equity, track.moved, track.opened) == (51_500, 51_320, 0, False)
    assert track.closed_today == 0
    assert track.at == T0 + 24 * HOUR


def test_profit_of_the_running_day_leaves_out_what_came_and_went() -> None:
    events = [Booking(T0, 1, 300), Booking(T0, 2, 5000, transfer=True), Booking(T0, 3, -45)]
    assert fold(start(10_000, 10_000), events).closed_today == 255


def test_high_water_marks_know_what_they_look_at() -> None:
    track = fold(
        start(100_000, 100_000),
        [
            Reset(T0, 99_000, 99_500),
            Look(T0 + HOUR, 99_000, 103_000),
            Booking(T0 + 2 * HOUR, 1, 2500),
            Look(T0 + 3 * HOUR, 101_500, 100_700),
            Reset(T0 + 24 * HOUR, 101_200, 102_000),
        ],
    )
    assert track.high_balance_eod == 101_200
    assert track.high_balance == 101_500
    assert track.high_equity == 103_000
    assert track.high_equity_of_day == 102_000  # of the new day alone


def test_the_day_high_of_equity_is_not_known_where_the_reset_was_not_seen() -> None:
    track = fold(start(100, 100), [Look(T0, 100, 120)])
    assert track.high_equity_of_day is None
    track = fold(track, [Reset(T0 + HOUR, 110, None), Look(T0 + 2 * HOUR, 110, 130)])
    assert track.high_equity_of_day is None
    assert (track.start_balance, track.start_equity) == (110, None)
    assert track.days[-1].at_cutoff is None
    seen = fold(track, [Reset(T0 + 3 * HOUR, 110, 115), Look(T0 + 4 * HOUR, 110, 112)])
    assert seen.high_equity_of_day == 115
    assert fold(seen, [Look(T0 + 5 * HOUR, 110, 140)]).high_equity_of_day == 140


def test_at_one_instant_the_reset_is_first_and_the_look_last() -> None:
    events: list[Event] = [
        Look(T0, 1090, 1080),
        Booking(T0, 5, -10),
        Reset(T0, 1000, 1000),
        Booking(T0, 4, 100),
    ]
    for shuffled in permutations(events):
        track = fold(start(1000, 1000), shuffled)
        assert (track.start_balance, track.balance, track.equity) == (1000, 1090, 1080)
        assert track.high_balance == 1100  # ticket 4 before ticket 5
        assert track.closed_today == 90


def test_a_payout_lowers_balance_and_equity_and_no_high_water_mark() -> None:
    before = fold(start(50_000, 50_000), [Reset(T0, 53_000, 53_000)])
    after = fold(before, [Booking(T0 + HOUR, 1, -3000, transfer=True)])
    assert (after.balance, after.equity) == (50_000, 50_000)
    assert (after.payouts, after.paid_days, after.paid_at) == (1, 1, T0 + HOUR)
    none: dict[str, Any] = {"moved": 0, "payouts": 0, "paid_days": 0, "paid_at": None}
    assert replace(after, balance=53_000, equity=53_000, at=T0, **none) == before
    again = fold(after, [Booking(T0 + 30 * HOUR, 2, -250.5, transfer=True)])
    assert (again.payouts, again.paid_at) == (2, T0 + 30 * HOUR)
    assert fold(again, [Booking(T0 + 31 * HOUR, 3, 900, transfer=True)]).paid_at == T0 + 30 * HOUR


def test_when_exposure_was_opened_last_and_closed_last_is_remembered_apart() -> None:
    track = fold(
        start(50_000, 50_000),
        [
            Booking(T0, 1, -12.5, opened=True),
            Booking(T0 + HOUR, 2, 80, closed=True),
            Booking(T0 + 2 * HOUR, 3, -7, opened=True, closed=True),  # turned around
            Booking(T0 + 3 * HOUR, 4, -2),  # a cost by itself
            Booking(T0 + 4 * HOUR, 5, 61, closed=True),
            Reset(T0 + 20 * HOUR, 50_119.5, None),
        ],
    )
    assert (track.opened_at, track.closed_at) == (T0 + 2 * HOUR, T0 + 4 * HOUR)
    assert (start(1, 1).opened_at, start(1, 1).closed_at, start(1, 1).paid_at) == (None, None, None)


# -- what is known from elsewhere --

KNOWN = (
    Reset(T0, 51_000, 51_700),
    Look(T0 + HOUR, 51_200, 52_900),
)  # start 51000 and 51700, highest at resets 51000, of all 51200 and 52900, of the day 52900


@pytest.mark.parametrize(
    ("mark", "known"),
    [
        (Mark.START_BALANCE, 51_000),
        (Mark.START_EQUITY, 51_700),
        (Mark.HIGH_BALANCE_EOD, 51_000),
        (Mark.HIGH_BALANCE, 51_200),
        (Mark.HIGH_EQUITY, 52_900),
        (Mark.HIGH_EQUITY_OF_DAY, 52_900),
    ],
)
def test_a_bound_only_raises_a_mark_and_a_statement_sets_it(mark: Mark, known: float) -> None:
    track = fold(start(50_000, 50_000), KNOWN)

    def marked(value: float, *, stated: bool) -> float:
        found = fold(track, [Anchor(T0 + 2 * HOUR, {mark: value}, stated=stated)])
        rest = {one: getattr(found, one) for one in Mark if one is not mark}
        assert rest == {one: getattr(track, one) for one in rest}
        return float(getattr(found, mark))

    assert getattr(track, mark) == known
    assert marked(known - 333.5, stated=False) == known
    assert marked(known + 333.5, stated=False) == known + 333.5
    assert marked(known - 333.5, stated=True) == known - 333.5


def test_a_bound_is_taken_where_nothing_was_known_and_after_the_look_of_its_instant() -> None:
    marks = {Mark.START_EQUITY: 50_750.0, Mark.HIGH_EQUITY_OF_DAY: 50_900.0}
    events: list[Event] = [Anchor(T0, marks), Look(T0, 50_000, 50_400), Reset(T0, 50_000, None)]
    track = fold(start(50_000, 50_000), events)
    assert (track.start_equity, track.high_equity_of_day) == (50_750, 50_900)
    assert fold(track, [Look(T0 + HOUR, 50_000, 51_025)]).high_equity_of_day == 51_025


def test_a_transfer_of_nothing_is_no_payout() -> None:
    assert fold(start(100, 100), [Booking(T0, 1, 0.0, transfer=True)]).payouts == 0


def test_what_is_out_of_order_or_without_a_zone_is_refused() -> None:
    track = fold(start(100, 100), [Look(T0, 100, 100)])
    assert fold(track, [Look(T0, 101, 101)]).balance == 101
    with pytest.raises(ValueError, match="has gone on"):
        fold(track, [Look(T0 - HOUR, 100, 100)])
    with pytest.raises(ValueError, match="without a zone"):
        fold(track, [Look(T0.replace(tzinfo=None), 100, 100)])


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Looks, results and resets, an hour apart; no transfers."""
    events: list[Event] = []
    for hour in range(draw(st.integers(1, 12))):
        at, kind = T0 + hour * HOUR, draw(st.sampled_from(["look", "book", "reset"]))
        balance, equity = 100_000 + draw(MONEY), 100_000 + draw(MONEY)
        if kind == "look":
            events.append(Look(at, balance, equity))
        elif kind == "book":
            events.append(Booking(at, hour, draw(MONEY)))
        else:
            events.append(Reset(at, balance, equity))
    return events


@given(histories())
def test_a_high_water_floor_never_falls(events: list[Event]) -> None:
    track = start(100_000, 100_000)
    for event in events:
        after = fold(track, [event])
        for reference in HIGH:
            assert floor(reference).level(after) >= floor(reference).level(track)  # type: ignore[operator]
        track = after


@given(histories(), histories(), MONEY, MONEY)
def test_an_end_of_day_floor_does_not_depend_on_the_path_inside_the_day(
    one: list[Event], other: list[Event], balance: float, equity: float
) -> None:
    end = Reset(T0 + 24 * HOUR, 100_000 + balance, 100_000 + equity)
    paths = [[event for event in path if not isinstance(event, Reset)] for path in (one, other)]
    first, second = (fold(start(100_000, 100_000), [*path, end]) for path in paths)
    for reference in (Reference.HWM_BALANCE_EOD, Reference.DAY_START_MAX):
        assert floor(reference).level(first) == floor(reference).level(second)


@given(st.lists(MONEY, min_size=2, max_size=8), st.randoms(use_true_random=False))
def test_deals_of_equal_time_give_the_same_track_in_any_order(money: list[float], random: object) -> None:
    deals: list[Event] = [Booking(T0, ticket, one) for ticket, one in enumerate(money)]
    shuffled = list(deals)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    in_order, in_disorder = (fold(start(100_000, 100_000), some) for some in (deals, shuffled))
    assert in_order == in_disorder
    end = Reset(T0 + HOUR, in_order.balance, in_order.balance)
    assert fold(in_order, [end]) == fold(in_disorder, [end])


def cents(track: Track, reference: Reference) -> int:
    level = floor(reference).level(track)
    assert isinstance(level, float)
    return round(100 * (track.equity - level))


@given(histories(), st.integers(1, 500_000))
def test_a_deposit_changes_no_drawdown_and_no_headroom(events: list[Event], deposit: int) -> None:
    begin: list[Event] = [Reset(T0 - HOUR, 100_000, 100_100)]
    before = fold(start(100_000, 100_000), [*begin, *events])
    after = fold(before, [Booking(T0 + 24 * HOUR, 1, float(deposit), transfer=True)])
    for high, then in (
        (after.high_equity, before.high_equity),
        (after.high_balance, before.high_balance),
        (after.high_balance_eod, before.high_balance_eod),
    ):
        assert round(100 * (high - after.equity)) == round(100 * (then - before.equity))
    for reference in Reference:
        if reference not in (Reference.STATED, Reference.UNKNOWN):
            assert cents(after, reference) == cents(before, reference)
    assert round(100 * after.closed_today) == round(100 * before.closed_today)


def test_a_day_whose_equity_is_only_bounded_counts_by_the_least_and_starts_the_next_by_the_most() -> None:
    track = fold(start(50_000, 50_000), [Reset(T0, 50_700, 51_000, 50_400)])
    assert (track.days[-1].at_cutoff, track.days[-1].closed) == (400, 700)  # 50,400 - 50,000
    assert (track.start_equity, track.high_equity) == (51_000, 51_000)


@pytest.mark.parametrize(
    ("amount", "doubtful", "payouts"),
    [(-500.0, True, 0), (-500.01, True, 1), (-4.2, False, 1), (500.0, True, 0), (12_500.0, True, 0)],
)
def test_a_small_correction_that_leaves_is_no_payout(amount: float, doubtful: bool, payouts: int) -> None:
    """1 % of the initial balance of 50000 is 500."""
    found = fold(start(50_000, 50_000), [Booking(T0, 1, amount, transfer=True, doubtful=doubtful)])
    assert (found.payouts, found.paid_at) == (payouts, T0 if payouts else None)
    assert (found.balance, found.moved) == (50_000 + amount, amount)  # and no loss of the day
    assert found.high_balance == 50_000 + max(0.0, amount)
