"""Days and profits of a funded account: what is reached, what is lacking, what would be too good a day."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

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
from assistant.core.floors import Amount, Finding, Measure, Op
from assistant.core.funded import Effect, PayoutGate, ProfitCap, Target
from assistant.core.goal_rulings import most_today, target_of
from assistant.core.rulings import Light
from assistant.core.track import Booking, Event, Reset, Track, fold, start
from tests.core.builders import AS_OF, POSITION, utc
from tests.core.programs import floor, followed, judged, program, rule, snapshot, the

DAY = timedelta(days=1)


def night(day: int) -> datetime:
    """The reset in Prague that ends a day of December."""
    return utc("2018-11-30T23:00") + day * DAY


# From 98000: 900 won, 400 lost, 2100 won, and 400 won today: 3000 in all.
DAYS: tuple[Event, ...] = (
    Reset(night(6), 98_900.0, 98_900.0),
    Booking(night(6) + DAY / 3, 11, -400.0, opened=True),
    Reset(night(7), 98_500.0, 98_500.0),
    Booking(night(8), 12, 2100.0, opened=True, closed=True),
    Reset(night(9), 100_600.0, 100_300.0),
)


# -- the target --

EIGHT = Target(amount=Amount(percent=8))  # 7840
TARGET: dict[str, Any] = {"name": "target", "effect": Effect.PASS}


def test_a_target_says_how_far_it_is_and_is_no_cap() -> None:
    found = the(EIGHT, events=DAYS, **TARGET)
    assert found.words == "3000.00 of 7840.00 profit; 4840.00 to go"
    assert (found.light, found.caps, found.floor) == (Light.GREEN, (), None)


@pytest.mark.parametrize(
    ("positions", "one", "words"),
    [
        ((), Target(amount=Amount(percent=2.5)), "3000.00 of 2450.00 profit: reached"),
        (
            (POSITION,),
            Target(amount=Amount(percent=2.5)),
            "3000.00 of 2450.00 profit: reached once everything is closed",
        ),
        ((POSITION,), Target(amount=Amount(money=2450), flat=False), "3000.00 of 2450.00 profit: reached"),
        (
            (POSITION,),
            Target(amount=Amount(money=2450), measure=Measure.EQUITY),
            "1550.00 of 2450.00 profit; 900.00 to go",  # 99550 - 98000
        ),
    ],
)
def test_a_target_is_reached_by_what_it_measures(positions: Any, one: Target, words: str) -> None:  # noqa: ANN401
    found = the(one, events=DAYS, facts={"positions": positions}, **TARGET)
    assert (found.words, found.light) == (words, Light.GREEN)


def test_a_target_in_two_readings_shows_the_farther_one() -> None:
    found = the(EIGHT, ("10 %", Target(amount=Amount(percent=10))), events=DAYS, **TARGET)
    assert (found.told, found.words) == ("10 %", "3000.00 of 9800.00 profit; 6800.00 to go")
    assert found.others == ("as published: 3000.00 of 7840.00 profit; 4840.00 to go",)


def test_a_target_that_is_not_published_cannot_be_certified() -> None:
    found = the(Target(amount=Amount()), events=DAYS, **TARGET)
    assert (found.light, found.words) == (Light.UNSURE, "cannot certify: its amount is not published")


@pytest.mark.parametrize(
    ("raises", "words"),
    [
        (
            Raises.BEST_OVER_SHARE,
            "3000.00 of 8400.00 profit, raised from 7840.00 by the best day; 5400.00 to go",
        ),
        (Raises.EXCESS, "3000.00 of 7980.00 profit, raised from 7840.00 by the best day; 4980.00 to go"),
        (None, "3000.00 of 7840.00 profit; 4840.00 to go"),
    ],
)
def test_a_day_that_was_too_good_raises_the_target(raises: Raises | None, words: str) -> None:
    # The best day is 2100, a quarter of 7840 is 1960: 2100 / 0.25, or 7840 + 140.
    best = Concentration(most=0.25, of=Denominator.TARGET, raises=raises)
    by = program(rule(EIGHT, **TARGET), rule(best, name="best", effect=Effect.RAISES_TARGET))
    assert judged(by, followed(by, DAYS)).rulings[0].words == words


def test_the_running_day_may_be_the_best_and_a_loss_is_none() -> None:
    best = Concentration(most=0.25, of=Denominator.TARGET, raises=Raises.BEST_OVER_SHARE)
    by = program(rule(EIGHT, **TARGET), rule(best, name="best", effect=Effect.RAISES_TARGET))
    won = [Reset(night(9), 98_600.0, 98_600.0)]  # 600, and 2400 today: 2400 / 0.25
    assert judged(by, followed(by, won)).rulings[0].words.startswith("3000.00 of 9600.00 profit, raised")
    lost: list[Event] = [
        Reset(night(9), 97_500.0, 97_500.0),
        Booking(AS_OF - DAY / 8, 13, 3500.0, transfer=True),
    ]
    assert judged(by, followed(by, lost)).rulings[0].words == "-500.00 of 7840.00 profit; 8340.00 to go"


# -- days --


def test_trading_days_that_are_lacking_are_no_fault_of_a_phase() -> None:
    count = DayCount(least=4, counts=Counts.OPENED)
    found = the(count, events=DAYS, name="days", effect=Effect.PASS)
    assert (found.words, found.light) == ("2 of 4 trading days to pass", Light.GREEN)


@pytest.mark.parametrize(
    ("effect", "words", "light"),
    [
        (Effect.PAYOUT, "2 of 3 profitable days of the last 12 for a payout", Light.GREEN),
        (Effect.FAIL, "2 of 3 profitable days of the last 12 to keep the account", Light.AMBER),
        (Effect.PAUSE, "2 of 3 profitable days of the last 12 wanted", Light.AMBER),
        (Effect.INFORMS, "2 of 3 profitable days of the last 12 wanted", Light.TOLD),
    ],
)
def test_profitable_days_are_told_with_their_window_and_what_they_are_for(
    effect: Effect, words: str, light: Light
) -> None:
    count = DayCount(least=3, counts=Counts.CLOSED, amount=Amount(percent=0.5), window=12)  # 490
    found = the(count, events=DAYS, name="days", effect=effect)
    assert (found.words, found.light, found.caps) == (words, light, ())
    enough = replace(count, least=2)
    kept = the(enough, events=DAYS, name="days", effect=Effect.FAIL)
    assert kept.light is Light.GREEN


def test_days_that_nobody_can_count_cannot_be_certified() -> None:
    count = DayCount(least=3, counts=Counts.UNKNOWN, amount=Amount(money=100))
    found = the(count, ("any", DayCount(least=2, counts=Counts.OPENED)), events=DAYS, effect=Effect.PAYOUT)
    assert found.light is Light.UNSURE
    assert found.words == "cannot certify: what makes a day count is not published"
    assert found.others == ("any: 2 of 2 trading days for a payout",)


# -- the best day --


@pytest.mark.parametrize(
    ("one", "effect", "words", "light"),
    [
        (  # others 2600: 0.8 x 2600 / 0.2
            Concentration(most=0.8, of=Denominator.NET_PROFIT),
            Effect.PAYOUT,
            "the best day is 70.0 % of the net profit, at most 80 %; above 10400.00 today delays a payout",
            Light.GREEN,
        ),
        (  # others 3000 of 3400: 0.4 x 3000 / 0.6; 2100 / 0.4
            Concentration(most=0.4, of=Denominator.POSITIVE_DAYS),
            Effect.PASS,
            (
                "the best day is 61.8 % of the profit of winning days, at most 40 %; above 2000.00 today "
                "delays passing; from 5250.00 on the profit of winning days makes up for it"
            ),
            Light.GREEN,
        ),
        (  # 0.25 x 7840
            Concentration(most=0.25, of=Denominator.TARGET),
            Effect.RAISES_TARGET,
            (
                "the best day is 26.8 % of the profit target, at most 25 %; above 1960.00 today raises your "
                "target"
            ),
            Light.AMBER,
        ),
        (
            Concentration(most=0.8, of=Denominator.NET_PROFIT),
            Effect.VIOLATION,
            "the best day is 70.0 % of the net profit, at most 80 %; above 10400.00 today breaks it",
            Light.GREEN,
        ),
    ],
)
def test_the_best_day_is_a_share_and_today_has_a_most(
    one: Concentration, effect: Effect, words: str, light: Light
) -> None:
    by = program(rule(one, name="best", effect=effect), rule(EIGHT, **TARGET))
    found = judged(by, followed(by, DAYS)).rulings[0]
    assert (found.words, found.light) == (words, light)


def test_a_best_day_that_losses_ate_up_is_more_than_all_profit() -> None:
    one = Concentration(most=0.4, of=Denominator.NET_PROFIT)
    events = (Reset(night(6), 99_300.0, 99_300.0), Reset(night(9), 102_900.0, 102_900.0))
    down = (*events, Reset(night(9) + DAY / 24, 101_700.0, 101_700.0))
    # 1300, 3600, -1200 and -700 today make 3000 with the best day more than that.
    assert "120.0 % of the net profit" in the(one, events=down, effect=Effect.PASS).words
    lost = (Reset(night(6), 103_700.0, 98_000.0), Reset(night(7), 97_300.0, 97_300.0))
    paid = (*lost, Booking(night(8), 14, 3800.0, transfer=True))  # 5700, -6400, and -100 today
    found = the(one, events=paid, effect=Effect.PASS)
    assert found.words == (
        "the best day is more than all profit; from 14250.00 on the net profit makes up for it"
    )


def test_a_best_day_of_an_unknown_target_cannot_be_certified() -> None:
    one = Concentration(most=0.25, of=Denominator.TARGET)
    found = the(one, events=DAYS, effect=Effect.PASS)
    assert (found.light, found.words) == (Light.UNSURE, "cannot certify: the profit target is not known")


def with_days(*profits: float, today: float = 0.0, paid_after: int = 0) -> Track:
    """A track of days with these profits, the first of them before a payout of 75."""
    events: list[Event] = []
    balance = 98_000.0
    for number, profit in enumerate(profits, start=1):
        balance += profit
        events.append(Reset(night(number), balance, balance))
        if number == paid_after:
            balance -= 75.0
            events.append(Booking(night(number) + DAY / 2, 90, -75.0, transfer=True))
    events.append(Booking(night(len(profits)) + DAY / 3 * 2, 91, today))
    return fold(start(98_000.0, 100_000.0), events)


@pytest.mark.parametrize(
    ("one", "track", "target", "most"),
    [
        (
            Concentration(most=0.4, of=Denominator.NET_PROFIT),
            with_days(900, -300),
            None,
            400.0,
        ),  # .4 x 600 / .6
        (Concentration(most=0.4, of=Denominator.POSITIVE_DAYS), with_days(900, -300), None, 600.0),
        (
            Concentration(most=0.4, of=Denominator.SINCE_PAYOUT),
            with_days(900, 750, paid_after=1),
            None,
            500.0,
        ),
        (Concentration(most=0.4, of=Denominator.TARGET), with_days(900), 4100.0, 1640.0),
        (Concentration(most=0.4, of=Denominator.TARGET), with_days(900), None, None),
        (Concentration(most=1, of=Denominator.NET_PROFIT), with_days(900), None, None),  # it may be all of it
        (Concentration(most=0.4, of=Denominator.NET_PROFIT), with_days(-300, 300), None, None),
        (Concentration(most=0.4, of=Denominator.NET_PROFIT), with_days(today=250), None, None),
    ],
)
def test_today_may_win_so_much(
    one: Concentration, track: Track, target: float | None, most: float | None
) -> None:
    found = most_today(one, track, target)
    assert found == (None if most is None else pytest.approx(most))


WHOLE = st.sampled_from([Denominator.NET_PROFIT, Denominator.POSITIVE_DAYS, Denominator.SINCE_PAYOUT])


@given(st.lists(st.integers(-900, 900), min_size=1, max_size=6), st.integers(5, 95), WHOLE, st.integers(0, 3))
def test_a_little_less_than_the_most_of_today_keeps_the_rule_and_a_little_more_breaks_it(
    profits: list[int], percent: int, of: Denominator, paid: int
) -> None:
    one = Concentration(most=percent / 100, of=of)
    most = most_today(one, with_days(*profits, paid_after=paid), None)
    assume(most is not None)
    assert most is not None
    counted = profits[paid if of is Denominator.SINCE_PAYOUT and paid <= len(profits) else 0 :]
    assume(most > max(counted, default=0) + 1)  # today would be the best day
    for today, kept in ((most - 1, True), (most + 1, False)):
        found = one.find(with_days(*profits, today=today, paid_after=paid), None)
        assert isinstance(found, Finding)
        assert found.kept is kept


def test_the_target_of_a_program_is_the_first_that_is_published() -> None:
    track = start(98_000.0, 100_000.0)
    lost = rule(Target(amount=Amount()), name="lost", effect=Effect.PASS)
    by_size = Target(amount=Amount(by_size={100_000.0: 6100.0}))
    assert target_of(program(lost, rule(floor()), rule(by_size, **TARGET)), track) == 6100
    assert target_of(program(lost), track) is None


# -- time --


@pytest.mark.parametrize(
    ("ago", "light"),
    [
        (14.999, Light.GREEN),
        (15.0, Light.AMBER),  # half of them
        (29.999, Light.AMBER),
        (30.0, Light.RED),
        (31.0, Light.RED),
    ],
)
def test_days_without_activity_are_amber_from_their_half_on(ago: float, light: Light) -> None:
    events = (
        Booking(AS_OF - 40 * DAY, 21, -2.0, opened=True),
        Booking(AS_OF - ago * DAY, 22, -2.0, opened=True),
        Booking(AS_OF - DAY / 2, 23, 1.0),
    )
    one = Inactivity(most=30, counts=Activity.OPENED)
    assert the(one, events=events, by={"start": None}).light is light


def test_days_without_activity_say_what_counts() -> None:
    events = (Booking(AS_OF - 9 * DAY, 21, 3.0, closed=True), Booking(AS_OF - 2 * DAY, 22, -2.0, opened=True))
    closed = the(Inactivity(most=21, counts=Activity.COMPLETED), events=events)
    assert closed.words == "9.0 of 21 days since a position was closed; 12.0 left"
    for counts in (Activity.OPENED, Activity.ORDER):
        opened = the(Inactivity(most=21, counts=counts), events=events)
        assert opened.words == "2.0 of 21 days since a position was opened; 19.0 left"


def test_without_any_activity_it_counts_from_the_start() -> None:
    one = Inactivity(most=60, counts=Activity.OPENED)
    assert the(one).words.startswith("20.1 of 60 days")  # from 2018-11-20 12:00 to 2018-12-10 15:00
    lost = the(one, by={"start": None})
    assert (lost.light, lost.words) == (
        Light.UNSURE,
        "cannot certify: when the account was last active is not known",
    )


@pytest.mark.parametrize(
    ("most", "light"), [(45, Light.GREEN), (40, Light.AMBER), (21, Light.AMBER), (20, Light.RED)]
)
def test_the_days_of_a_phase_run_out_from_its_start(most: int, light: Light) -> None:
    found = the(TimeLimit(most=most))
    assert (found.words, found.light) == (f"20.1 of {most} days of the phase have passed", light)


def test_the_days_of_a_phase_without_a_start_cannot_be_certified() -> None:
    found = the(TimeLimit(most=45), by={"start": None})
    told = "cannot certify: when the phase began is not known: set funded.start"
    assert (found.light, found.words) == (Light.UNSURE, told)


# -- what a day and a payout may be --


@pytest.mark.parametrize(
    ("most", "words", "light"),
    [
        (300.0, "400.00 of at most 300.00 profit today; 100.00 is taken away", Light.AMBER),
        (400.0, "400.00 of at most 400.00 profit today", Light.GREEN),
    ],
)
def test_more_profit_than_a_day_may_have_is_taken_away(most: float, words: str, light: Light) -> None:
    found = the(ProfitCap(amount=Amount(money=most)), events=DAYS, effect=Effect.PROFIT_REMOVED)
    assert (found.words, found.light, found.caps) == (words, light, ())


GATE: dict[str, Any] = {"name": "payout", "effect": Effect.PAYOUT}


def test_a_payout_says_what_it_lacks() -> None:
    gate = PayoutGate(least_profit=3100.0, every=14, payouts=6)
    found = the(gate, events=DAYS, **GATE)
    assert (found.words, found.light) == ("profit is 3000.00; more than 3100.00 is needed", Light.GREEN)
    open_now = the(replace(gate, least_profit=2999.0), events=DAYS, **GATE)
    assert open_now.words == "a payout may be asked for"


def test_the_next_payout_is_counted_from_the_last_one() -> None:
    paid = (*DAYS, Booking(AS_OF - DAY / 4, 31, -350.0, transfer=True))
    found = the(PayoutGate(every=14), events=paid, **GATE)
    assert found.words == "the next payout is 14 days after 2018-12-10 09:00:00+00:00"
    unstarted = the(PayoutGate(every=14), events=paid, by={"start": None}, **GATE)
    assert unstarted.words == found.words


def test_a_payout_by_days_since_a_start_that_is_not_known_is_told_and_risks_no_account() -> None:
    lost = the(PayoutGate(every=14), by={"start": None}, **GATE)
    assert lost.words == "when the phase began is not known: set funded.start"
    assert lost.light is Light.TOLD
    assert the(PayoutGate(least_profit=1.5), by={"start": None}, **GATE).words == "a payout may be asked for"


def test_of_two_readings_of_a_payout_the_one_that_asks_for_more_is_shown() -> None:
    strict = PayoutGate(least_profit=3500.0, every=30)
    found = the(PayoutGate(least_profit=3100.0), ("as the forum says", strict), events=DAYS, **GATE)
    assert found.told == "as the forum says"
    assert found.words == (
        "profit is 3000.00; more than 3500.00 is needed; "
        "the next payout is 30 days after 2018-11-20 12:00:00+00:00"
    )
    assert found.others == ("as published: profit is 3000.00; more than 3100.00 is needed",)


def test_what_is_open_does_not_change_a_count() -> None:
    by = program(rule(DayCount(least=4, counts=Counts.OPENED, op=Op.GE), name="days", effect=Effect.PASS))
    flat, held = (judged(by, followed(by, DAYS), snapshot(positions=one)) for one in ((), (POSITION,)))
    assert flat.rulings == held.rulings
