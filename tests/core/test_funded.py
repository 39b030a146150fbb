"""Targets, caps of profit, payouts, and which reading of a rule is shown."""

from datetime import UTC, datetime, timedelta

import pytest

from assistant.core.day_rules import Counts, DayCount
from assistant.core.floors import Amount, Finding, Floor, Measure, Op, Reference
from assistant.core.funded import NO_CUTOFF, PayoutGate, ProfitCap, Target, judge, judge_floor
from assistant.core.market import Unknown
from assistant.core.track import Booking, Event, Look, Reset, Track, fold, start

T0 = datetime(2026, 6, 1, 22, tzinfo=UTC)
DAY = timedelta(days=1)
UNPUBLISHED = Unknown("its amount is not published")


def tracked(*events: Event) -> Track:
    return fold(start(50_000, 50_000), events)


@pytest.mark.parametrize(
    ("measure", "profit"), [(Measure.BALANCE, 3200), (Measure.EQUITY, 2900), (Measure.EITHER, 2900)]
)
def test_a_target_is_profit_and_a_deposit_is_none(measure: Measure, profit: float) -> None:
    track = tracked(Booking(T0, 1, 7000, transfer=True), Look(T0, 60_200, 59_900))
    found = Target(amount=Amount(percent=6), measure=measure).find(track, flat=True)  # 6 % of 50000: 3000
    assert found == Finding(profit, 3000, profit - 3000, kept=profit >= 3000)


def test_a_target_counts_only_while_nothing_is_open_unless_the_firm_says_otherwise() -> None:
    track, amount = tracked(Look(T0, 53_000, 53_000)), Amount(money=3000)
    assert Target(amount=amount).find(track, flat=True) == Finding(3000, 3000, 0, kept=True)
    assert Target(amount=amount).find(track, flat=False) == Finding(3000, 3000, 0, kept=False)
    assert Target(amount=amount, flat=False).find(track, flat=False) == Finding(3000, 3000, 0, kept=True)
    assert Target(amount=Amount()).find(track, flat=True) == UNPUBLISHED


def test_a_profit_cap_is_of_the_running_day() -> None:
    track = tracked(Reset(T0, 54_000, 54_000), Booking(T0 + DAY / 2, 1, 1250))
    assert ProfitCap(amount=Amount(percent=2)).find(track) == Finding(1250, 1000, -250, kept=False)
    assert ProfitCap(amount=Amount(percent=2.5)).find(track) == Finding(1250, 1250, 0, kept=True)
    assert ProfitCap(amount=Amount()).find(track) == UNPUBLISHED


GATE = PayoutGate(
    least_profit=100,
    least=500,
    every=14,
    days=DayCount(least=2, counts=Counts.CLOSED, amount=Amount(money=150)),
    share=0.5,
    most={50_000: 2500.0},
    payouts=1,
)


def test_a_payout_names_everything_that_it_lacks() -> None:
    paid = tracked(
        Reset(T0, 50_000, 50_000),
        Reset(T0 + DAY, 52_000, 52_000),
        Booking(T0 + 1.5 * DAY, 1, -1000, transfer=True),
        Booking(T0 + 1.6 * DAY, 2, 100),
    )
    # since the payout: 100, half of which is 50; the day of 2000 ended before it
    assert GATE.lacking(paid, T0 + 1.5 * DAY, T0 + 15 * DAY) == (
        "profit is 100.00; more than 100.00 is needed",
        "at most 50.00 may be paid out; the smallest payout is 500.00",
        "the next payout is 14 days after 2026-06-03 10:00:00+00:00",
        "0 of 2 winning days",
        "1 of 1 payouts were made",
    )


def test_a_payout_that_lacks_nothing_is_silent_and_no_condition_is_none() -> None:
    won = tracked(
        Reset(T0, 50_000, 50_000), Reset(T0 + DAY, 50_850, 50_850), Reset(T0 + 2 * DAY, 51_000, 51_000)
    )
    assert GATE.lacking(won, T0, T0 + 14 * DAY) == ()  # half of 1000 is 500; 850 and 150 win
    assert PayoutGate().lacking(tracked(), T0, T0) == ()


def test_a_payout_of_which_a_number_is_not_published_is_not_certified() -> None:
    days = DayCount(least=5, counts=Counts.CLOSED, amount=Amount())
    gate, track = PayoutGate(days=days), tracked(Reset(T0, 50_900, 50_900))
    assert gate.lacking(track, T0, T0) == ("cannot certify: its amount is not published",)


@pytest.mark.parametrize(("profit", "size", "largest"), [(8000, 50_000, 2500), (8000, 1, 4000), (-40, 1, 0)])
def test_the_largest_payout_is_a_share_of_the_profit_up_to_the_most_of_the_size(
    profit: float, size: float, largest: float
) -> None:
    assert GATE.largest(profit, size) == largest
    assert PayoutGate().largest(800, 1) == 800


def test_of_two_readings_the_worse_is_shown_and_the_other_named() -> None:
    good, bad = Finding(10, 4, 6, kept=True), Finding(10, 8, 2, kept=True)
    judged = judge({"as published": good, "as a tracker says": bad})
    assert (judged.told, judged.finding) == ("as a tracker says", bad)
    assert judged.others == (("as published", good),)


def floor(reference: Reference) -> Floor:
    return Floor(reference=reference, amount=Amount(money=2000), measure=Measure.EQUITY, op=Op.LT)


def test_of_two_possible_cut_offs_the_higher_floor_is_shown() -> None:
    early, late = tracked(Reset(T0, 51_000, 51_000)), tracked(Reset(T0, 50_700, 50_700))
    readings = {"daily": floor(Reference.DAY_START_BALANCE), "static": floor(Reference.INITIAL)}
    judged = judge_floor(readings, {"16:15": late, "16:00": early})
    # equity 51000 over 49000 leaves 2000, and the late one's 50700 over 48700 does, too: the first of equals
    assert judged.told == "daily, 16:15"
    late_looked = fold(late, [Look(T0 + DAY / 2, 50_900, 50_900)])
    early_looked = fold(early, [Look(T0 + DAY / 2, 50_900, 50_900)])
    judged = judge_floor(readings, {"16:15": late_looked, "16:00": early_looked})
    assert judged.told == "daily, 16:00"
    assert judged.finding == Finding(50_900, 49_000, 1900, kept=True)
    assert judged.others == (
        ("daily, 16:15", Finding(50_900, 48_700, 2200, kept=True)),
        ("static, 16:15", Finding(50_900, 48_000, 2900, kept=True)),
        ("static, 16:00", Finding(50_900, 48_000, 2900, kept=True)),
    )


def test_without_a_published_reset_only_what_rests_on_one_is_not_certified() -> None:
    tracks = {NO_CUTOFF: tracked(Look(T0, 51_000, 50_500))}
    static = judge_floor({"as published": floor(Reference.INITIAL)}, tracks)
    assert (static.told, static.finding) == ("as published", Finding(50_500, 48_000, 2500, kept=True))
    for reference in (Reference.HWM_BALANCE_EOD, Reference.DAY_START_MAX):
        judged = judge_floor({"as published": floor(reference)}, tracks)
        assert judged.finding == Unknown(f"no reset is published: {reference} cannot be told")
