"""Days that count, days that were too good, and days without activity."""

from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest

from assistant.core.day_rules import (
    Activity,
    Concentration,
    Counts,
    DayCount,
    Denominator,
    Inactivity,
    Raises,
    TimeLimit,
)
from assistant.core.floors import Amount, Finding, Op
from assistant.core.market import Unknown
from assistant.core.track import Booking, Event, Reset, Track, fold, start

T0 = datetime(2026, 6, 1, 22, tzinfo=UTC)
DAY = timedelta(days=1)
HALF = Amount(percent=0.5)  # of 100000: 500


def days(*profits: float, floating: float = 0.0, opened: bool = True) -> Track:
    """The track of an account of 100000 after days with these profits."""
    events: list[Event] = [Reset(T0, 100_000, 100_000)]
    balance = 100_000.0
    for number, profit in enumerate(profits):
        balance += profit
        events.append(Booking(T0 + (number + 0.5) * DAY, number, profit, opened=opened))
        events.append(Reset(T0 + (number + 1) * DAY, balance, balance + floating))
    return fold(start(100_000, 100_000), events)


def count(counts: Counts, least: int = 2, **others: Any) -> DayCount:  # noqa: ANN401
    amount = None if counts is Counts.OPENED else HALF
    return DayCount(**{"least": least, "counts": counts, "amount": amount, **others})


def test_a_day_counts_by_a_trade_or_by_its_profit() -> None:
    track, at = days(600, 500, -900, 499.99), T0 + 9 * DAY
    assert count(Counts.OPENED, 3).find(track, at) == Finding(4, 3, 1, kept=True)
    assert count(Counts.CLOSED, 3).find(track, at) == Finding(2, 3, -1, kept=False)
    alone = [count(Counts.CLOSED).counts_day(day, track) for day in track.days]
    assert alone == [False, True, True, False, False]  # the first one ended with the first reset
    assert count(Counts.CLOSED, 2, op=Op.GT).find(track, at) == Finding(1, 2, -1, kept=False)
    idle = days(600, 600, opened=False)
    assert count(Counts.OPENED, 1).find(idle, at) == Finding(0, 1, -1, kept=False)


def test_at_the_cut_off_a_floating_loss_voids_a_day_and_a_floating_gain_does_not_help() -> None:
    rule, at = count(Counts.CUTOFF, 1, op=Op.GT), T0 + DAY
    assert rule.find(days(600, floating=-150), at) == Finding(0, 1, -1, kept=False)  # 450
    assert rule.find(days(600, floating=400), at) == Finding(1, 1, 0, kept=True)  # 600
    assert rule.find(days(450, floating=400), at) == Finding(0, 1, -1, kept=False)  # 450


def test_a_window_looks_back_so_many_days() -> None:
    track, rule = days(600, 0, 0, 600), count(Counts.CLOSED, window=3)
    # The first day ended at T0 + 1 day: three days later it has just gone, an instant before it counts.
    assert rule.find(track, T0 + 4 * DAY - timedelta(seconds=1)) == Finding(2, 2, 0, kept=True)
    assert rule.find(track, T0 + 4 * DAY) == Finding(1, 2, -1, kept=False)


def test_what_is_not_known_of_a_day_matters_only_while_days_are_lacking() -> None:
    blind = fold(days(600), [Reset(T0 + 2 * DAY, 101_300, None)])
    at = T0 + 2 * DAY
    assert count(Counts.CUTOFF, 1).find(blind, at) == Finding(1, 1, 0, kept=True)
    assert count(Counts.CUTOFF, 2).find(blind, at) == Unknown(
        "equity at the reset of 2026-06-03 22:00:00+00:00 was not seen"
    )
    no_amount = count(Counts.CLOSED, amount=Amount())
    assert no_amount.find(blind, at) == Unknown("its amount is not published")
    assert count(Counts.UNKNOWN).find(blind, at) == Unknown("what makes a day count is not published")


def test_a_count_of_days_that_contradicts_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="amount is for days"):
        count(Counts.CLOSED, amount=None)
    with pytest.raises(ValueError, match="amount is for days"):
        count(Counts.OPENED, amount=HALF)
    with pytest.raises(ValueError, match="op was le"):
        count(Counts.CLOSED, op=Op.LE)


def share(of: Denominator = Denominator.NET_PROFIT, **others: Any) -> Concentration:  # noqa: ANN401
    return Concentration(**{"most": 0.4, "of": of, **others})


def test_the_best_day_is_a_share_of_what_the_firm_names() -> None:
    profits = [1100.0, 1500.0, 900.0, -400.0]
    net = share().of_days(profits, None)  # 1500 / 3100
    assert isinstance(net, Finding)
    assert (round(net.value, 6), net.kept) == (0.483871, False)
    positive = share(Denominator.POSITIVE_DAYS).of_days(profits, None)
    assert isinstance(positive, Finding)
    assert round(positive.value, 6) == 0.428571  # 1500 / 3500
    assert share(Denominator.TARGET).of_days(profits, 3750) == Finding(0.4, 0.4, 0.0, kept=True)
    assert share(Denominator.TARGET).of_days(profits, None) == Unknown("the profit target is not known")


def test_just_the_share_allowed_is_kept_or_not_as_the_firm_says() -> None:
    assert share().of_days([1500, 1200, 1800], None) == Finding(0.4, 0.4, 0.0, kept=True)  # 1800 / 4500
    assert share(op=Op.LT).of_days([1500, 1200, 1800], None) == Finding(0.4, 0.4, 0.0, kept=False)


def test_days_without_any_profit_concentrate_nothing_and_losses_that_eat_it_up_everything() -> None:
    assert share().of_days([-100, 0], None) == Finding(0.0, 0.4, 0.4, kept=True)
    assert share().of_days([-100, -50], None) == Finding(0.0, 0.4, 0.4, kept=True)
    assert share().of_days([500, -500], None) == Finding(inf, 0.4, -inf, kept=False)


def test_the_running_day_counts_and_days_before_the_last_payout_do_only_where_named() -> None:
    track = fold(
        days(3000, 1000),
        [Booking(T0 + 2.1 * DAY, 8, -2500, transfer=True), Booking(T0 + 2.2 * DAY, 9, 1000)],
    )
    assert share().find(track, None) == Finding(0.6, 0.4, 0.4 - 0.6, kept=False)  # 3000 / 5000
    since = share(Denominator.SINCE_PAYOUT, most=1.0).find(track, None)
    assert since == Finding(1.0, 1.0, 0.0, kept=True)  # 1000 / 1000


def test_a_day_too_good_raises_the_target_in_either_reading() -> None:
    best_over = share(Denominator.TARGET, raises=Raises.BEST_OVER_SHARE)
    excess = share(Denominator.TARGET, raises=Raises.EXCESS)
    assert best_over.raised(1500, 3000) == 3750  # 1500 / 0.4
    assert excess.raised(1500, 3000) == 3300  # 3000 + 1500 - 1200
    assert best_over.raised(1200, 3000) == excess.raised(1200, 3000) == 3000
    assert share(Denominator.TARGET).raised(1500, 3000) == 3000
    assert share().needed(1500) == 3750


@pytest.mark.parametrize("fields", [{"most": 0.0}, {"most": 1.01}, {"op": Op.GE}])
def test_a_share_that_is_none_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        share(**fields)


def test_inactivity_breaks_at_the_last_of_its_days() -> None:
    rule = Inactivity(most=21, counts=Activity.OPENED)
    assert rule.find(T0, T0 + 20.5 * DAY) == Finding(20.5, 21, 0.5, kept=True)
    assert rule.find(T0, T0 + 21 * DAY) == Finding(21, 21, 0, kept=False)
    assert rule.find(None, T0) == Unknown("when the account was last active is not known")
    assert TimeLimit(most=30).find(T0, T0 + 29 * DAY) == Finding(29, 30, 1, kept=True)
