"""Alerts over hand-made sequences of advice: what is told, when, and that nothing is told twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.alerts import Alert, Level, Told, Topic, Watched, down, restarted, resumed, unanswered
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.funded import Effect
from assistant.core.held import Held
from assistant.core.market import Role, SessionState, Side, Unknown
from assistant.core.order_rules import About, Act, Window
from assistant.core.program import Mode
from assistant.core.regime import Stance
from assistant.core.rulings import FloorNow, Light, Ruling, Rulings
from assistant.core.snapshot import Calendar, Impact, Release
from assistant.core.watching import look, next_news
from tests.core.builders import AS_OF, IWM, SETTINGS, SNAPSHOT, XLU
from tests.core.programs import DAILY, program, rule

QUIET = advise(SNAPSHOT, Track(), SETTINGS)[0]  # RISK_OFF, 0.30x; nothing open, nothing wrong
AHEAD = timedelta(minutes=15)
INFO, WARNING, ALARM = Level
GREEN, AMBER, RED, UNSURE = Light.GREEN, Light.AMBER, Light.RED, Light.UNSURE
Step = tuple[float, Advice]  # seconds after AS_OF
NEWS = Window(about=About.NEWS, forbids=(Act.OPEN, Act.CLOSE), before=2.0, after=5.0, impact="high")


def at(seconds: float) -> datetime:
    return AS_OF + timedelta(seconds=seconds)


def seen(*steps: Step, calendar: Any = None, watched: Watched | None = None) -> tuple[list[Alert], Watched]:  # noqa: ANN401
    """What looks in this order tell, and what is then remembered."""
    found: list[Alert] = []
    known = watched or Watched()
    for seconds, advice in steps:
        alerts, known = look(replace(advice, as_of=at(seconds)), calendar, AHEAD, known)
        found += alerts
    return found, known


def said(*steps: Step, **how: Any) -> list[tuple[float, Level, str]]:  # noqa: ANN401
    """What looks in this order tell: seconds after AS_OF, level, text."""
    return [((one.at - AS_OF).total_seconds(), one.level, one.text) for one in seen(*steps, **how)[0]]


def stance(value: Stance) -> Advice:
    return replace(QUIET, regime=replace(QUIET.regime, stance=value))


def lit(light: Light, name: str = "daily", headroom: float | None = 812.5, **program_: Any) -> Advice:  # noqa: ANN401
    """An account that stands so to one loss rule, and to a rule that is none."""
    by = program(rule(DAILY, name=name), rule(NEWS, name="news"), **program_)
    floor = (
        None if headroom is None else FloorNow(93_100.0, headroom, 4_900.0, None, None, "nothing moves it")
    )
    common: dict[str, Any] = {"effect": Effect.FAIL, "words": f"words of {light}", "told": "as published"}
    rulings = (
        Ruling(name=name, light=light, floor=floor, **common),
        Ruling(name="news", light=RED, **common),
    )
    both = Rulings(
        program=by, light=light, why=(), lacking=(), rulings=rulings, resets={}, caps=(), followed=None
    )
    return replace(QUIET, funded=both)


def holding(lots: float, cap: float | None) -> Advice:
    """So many lots of IWM bought, over their cap where they are more."""
    over = AS_OF if cap is not None and lots > cap else None
    symbol = replace(QUIET.symbols[0], held=(Held(Side.BUY, lots, cap, over),))
    return replace(QUIET, symbols=(symbol, *QUIET.symbols[1:]))


def capped(*caps: Cap, state: SessionState = SessionState.OPEN) -> Advice:
    return replace(QUIET, caps=(*QUIET.caps, *caps), hours=replace(QUIET.hours, state=state))


def condition(name: str = "stale", value: float = 0.0, **others: Any) -> Cap:  # noqa: ANN401
    fields: dict[str, Any] = {
        "unit": Unit.SHARE,
        "kind": Kind.CONDITION,
        "reason": "no link",
        "settles": True,
    }
    return Cap(name=name, value=value, **fields | others)


# Once a change


def test_the_first_look_tells_nothing_where_nothing_is_wrong() -> None:
    assert said((0, QUIET), (1, QUIET), (3600, QUIET)) == []
    assert said((0, stance(Stance.RISK_ON))) == said((0, lit(GREEN))) == said((0, holding(0.5, 0.9))) == []


def test_a_lower_stance_is_told_at_once_and_a_higher_one_after_a_minute() -> None:
    steps: list[Step] = [
        (0, stance(Stance.RISK_ON)),
        (1, stance(Stance.NEUTRAL)),
        (2, stance(Stance.NEUTRAL)),
    ]
    steps += [(3, stance(Stance.RISK_OFF)), (4, stance(Stance.NEUTRAL)), (63.9, stance(Stance.NEUTRAL))]
    steps += [(64, stance(Stance.NEUTRAL)), (65, stance(Stance.NEUTRAL))]
    told = said(*steps[:4])
    assert told == [
        (1, WARNING, "stance is NEUTRAL (was RISK_ON), at most 0.30x"),
        (3, WARNING, "stance is RISK_OFF (was NEUTRAL), at most 0.30x"),
    ]
    # It got worse twice within the hour: twice a minute of patience from 4 s on, so 124 s.
    assert said(*steps) == told
    assert said(*steps, (123.9, steps[-1][1]), (124, steps[-1][1]))[2:] == [
        (124, INFO, "stance is NEUTRAL (was RISK_OFF), at most 0.30x")
    ]


def test_an_unknown_stance_is_worst_and_told_once_it_has_lasted() -> None:
    off, unknown = stance(Stance.RISK_OFF), stance(Stance.UNKNOWN)
    assert said((0, off), (1, unknown), (15.9, unknown), (16, unknown), (17, unknown)) == [
        (16, WARNING, "stance is UNKNOWN (was RISK_OFF), at most 0.30x")
    ]
    assert said((0, off), (1, unknown), (15, off), (16, unknown), (30, unknown)) == []


def test_each_light_of_a_floor_is_told_with_what_is_left() -> None:
    told = said((0, lit(GREEN)), (1, lit(AMBER)), (2, lit(RED)), (3, lit(RED)))
    assert told == [
        (1, WARNING, "daily is amber (was green), 812.50 left"),
        (2, ALARM, "daily is red (was amber), 812.50 left"),
    ]
    assert said((0, lit(AMBER, name="max_loss"))) == [(0, WARNING, "max loss is amber, 812.50 left")]


def test_what_cannot_be_certified_is_told_once_it_has_lasted_and_is_no_ease_after_red() -> None:
    lost = lit(UNSURE, headroom=None)
    assert said((0, lit(GREEN)), (1, lost), (15.9, lost), (16, lost)) == [
        (16, WARNING, "daily cannot be certified (was green)")
    ]
    assert said((0, lit(RED)), (1, lost), (61, lost))[1:] == [
        (61, WARNING, "daily cannot be certified (was red)")
    ]


def test_a_rule_that_is_followed_no_more_says_nothing() -> None:
    (alert,), watched = seen((0, lit(RED)), (100, QUIET), (300, QUIET))
    assert alert.level is ALARM
    assert {kind for kind, _ in watched.told} == {Topic.STANCE}


def test_a_light_that_flips_at_its_boundary_is_told_on_its_worse_side_and_then_left_alone() -> None:
    flips = [(float(second), lit(RED if second % 20 < 10 else AMBER)) for second in range(600)]
    assert said(*flips) == [(0, ALARM, "daily is red, 812.50 left")]


def test_one_that_comes_back_each_few_minutes_is_told_more_and_more_slowly() -> None:
    # Red for 90 s, amber for 90 s. A minute's patience is over at 150 s; the second time (red at 180 s) it is
    # two minutes, longer than it stays amber: it is left red until it has been amber for those two minutes.
    flips = [(float(second), lit(RED if second % 180 < 90 else AMBER)) for second in range(1800)]
    quiet = [(1890.0, lit(AMBER)), (2009.9, lit(AMBER)), (2010.0, lit(AMBER))]
    assert [(second, level) for second, level, _ in said(*flips, (1800.0, lit(RED)), *quiet)] == [
        (0, ALARM),
        (150, INFO),
        (180, ALARM),
        (2010, INFO),
    ]


@pytest.mark.parametrize(("times", "patience"), [(1, 120), (2, 240), (3, 480), (4, 960), (5, 960)])
def test_patience_doubles_each_time_up_to_16_minutes(times: int, patience: float) -> None:
    key = (Topic.FLOOR, "daily")
    watched = Watched({key: Told(3, "red", at(-1), times)})
    assert said((0, lit(AMBER)), (patience - 0.1, lit(AMBER)), watched=watched) == []
    assert said((0, lit(AMBER)), (patience, lit(AMBER)), watched=watched)[0][0] == patience


def test_after_a_quiet_hour_patience_is_a_minute_again() -> None:
    watched = Watched({(Topic.FLOOR, "daily"): Told(0, "green", at(0), 4)})
    hour = 3600.0
    steps = [(hour, lit(RED)), (hour + 1, lit(AMBER)), (hour + 61, lit(AMBER))]
    assert [second for second, *_ in said(*steps, watched=watched)] == [hour, hour + 61]


def test_good_for_a_minute_but_for_one_look_is_not_good() -> None:
    steps = [(0, lit(RED)), (1, lit(GREEN)), (40, lit(RED)), (41, lit(GREEN)), (100, lit(GREEN))]
    assert len(said(*steps)) == 1
    assert said(*steps, (101, lit(GREEN)))[1:] == [(101, INFO, "daily is green (was red), 812.50 left")]


def test_a_clock_that_goes_back_begins_the_wait_anew_and_tells_nothing_twice() -> None:
    steps = [(100, lit(RED)), (101, lit(AMBER)), (50, lit(AMBER)), (109, lit(AMBER))]
    assert len(said(*steps)) == 1
    assert [second for second, *_ in said(*steps, (110, lit(AMBER)))] == [100, 110]


# Positions over their cap


def test_a_position_over_its_cap_is_told_and_told_again_when_it_is_a_quarter_of_the_cap_worse() -> None:
    # 1.2 of 0.9: a third over, so one quarter; 1.3: 0.44, still one; 1.4: 0.56, two quarters.
    steps = [(0, holding(0.9, 0.9)), (1, holding(1.2, 0.9)), (2, holding(1.3, 0.9)), (3, holding(1.4, 0.9))]
    assert said(*steps) == [
        (1, WARNING, "IWM buy is over its cap: 1.2 of 0.9 lots"),
        (3, WARNING, "IWM buy is over its cap: 1.4 of 0.9 lots"),
    ]
    back = [(4, holding(1.2, 0.9)), (200, holding(1.2, 0.9)), (201, holding(1.4, 0.9))]
    assert len(said(*steps, *back)) == 2  # a little less over is not within


def test_where_the_cap_is_nothing_a_volume_step_stands_for_it() -> None:
    # 1.1 of 0 lots: eleven steps, 44 quarters; 1.2: 48
    assert len(said((0, holding(1.1, 0.0)), (1, holding(1.1, 0.0)), (2, holding(1.2, 0.0)))) == 2


def test_within_its_cap_or_closed_is_told_after_a_minute() -> None:
    over = "IWM buy is no longer over its cap"
    assert said((0, holding(1.2, 0.9)), (1, holding(0.9, 0.9)), (61, QUIET))[1:] == [(61, INFO, over)]


def test_a_cap_that_is_not_computable_tells_nothing() -> None:
    lost = holding(1.2, None)
    steps = [(0, holding(1.2, 0.9)), (1, lost), (100, lost), (101, holding(1.2, 0.9))]
    assert len(said(*steps)) == 1


def test_a_symbol_whose_facts_fail_is_not_told_to_be_within_its_cap() -> None:
    lost = replace(QUIET, symbols=QUIET.symbols[1:])
    steps = [(0, holding(1.2, 0.9)), (1, lost), (100, lost), (101, holding(1.2, 0.9)), (102, QUIET)]
    over = "IWM buy is no longer over its cap"
    assert said(*steps, (162, QUIET))[1:] == [(162, INFO, over)]


# Conditions that hold for every symbol


def test_without_any_symbol_nothing_is_told_to_be_over() -> None:
    stale = (condition("frozen", scope=one.instrument.symbol, settles=False) for one in QUIET.symbols)
    none = replace(QUIET, symbols=())
    assert len(said((0, capped(*stale)), (1, none), (100, none))) == 1


def test_stale_is_told_once_it_has_lasted_with_its_reason() -> None:
    stale = capped(condition(since=AS_OF))
    assert said((0, QUIET), (1, stale), (15.9, stale), (16, stale), (17, stale)) == [
        (16, ALARM, "no new risk, stale: no link")
    ]


def test_a_late_tick_is_not_told_while_it_recovers() -> None:
    bad, good = capped(condition()), capped(condition(until=at(40)))
    steps = [(0, bad), *((float(second), good) for second in range(1, 31)), (31.0, QUIET)]
    assert said(*steps) == []


def test_a_condition_that_comes_and_goes_is_told_for_it_stands_while_it_recovers() -> None:
    """Ten seconds bad, ten good, and lots 0 all the time: bad from 0 s, at 20 s again, and 15 s are over."""
    bad, good = capped(condition()), capped(condition(until=at(9999)))
    hour = [(float(second), bad if second % 20 < 10 else good) for second in range(3600)]
    assert said(*hour) == [(20, ALARM, "no new risk, stale: no link")]
    assert said(*hour[:20], (20, QUIET), (21, bad), (35.9, bad)) == []  # it was over


def test_what_recovers_while_the_market_opens_has_not_lasted_the_night() -> None:
    bad, recovers = condition(), condition(until=at(70))
    closes = [(0, capped(bad)), (5, capped(recovers)), (8, capped(recovers, state=SessionState.CLOSED))]
    opens = [(30, capped(recovers)), (40, capped(bad)), (54.9, capped(bad))]
    assert said(*closes, *opens) == []
    assert [second for second, *_ in said(*closes, *opens, (55, capped(bad)))] == [55]


def test_a_condition_that_is_better_for_some_while_others_recover_is_not_over_sooner() -> None:
    """It is gone for one symbol from 16 s to 20 s, recovers from then on, and is over a minute after 40 s."""
    both = capped(condition())
    recovers = capped(condition(until=at(50)))
    steps = [(0, both), (15, both), (16, QUIET), (20, recovers), (40, QUIET), (99.9, QUIET)]
    assert len(said(*steps)) == 1
    assert said(*steps, (100, QUIET))[1:] == [(100, INFO, "stale: over")]


def test_what_recovers_is_over_only_a_minute_after_it_has_gone() -> None:
    bad, good = capped(condition()), capped(condition(until=at(40)))
    steps = [(0, bad), (15, bad), (16, good), (45, good), (46, QUIET), (105.9, QUIET)]
    assert len(said(*steps)) == 1
    assert said(*steps, (106, QUIET))[1:] == [(106, INFO, "stale: over")]


def test_out_of_a_session_stale_neither_begins_nor_ends() -> None:
    shut = capped(condition(), state=SessionState.CLOSED)
    assert said((0, shut), (3600, shut)) == []
    told = said((0, capped(condition())), (15, capped(condition())), (16, shut), (3600, shut))
    assert [level for _, level, _ in told] == [ALARM]


def test_no_durable_record_is_told_at_once_in_any_session() -> None:
    fault = capped(condition("no record", settles=False), state=SessionState.CLOSED)
    assert said((0, QUIET), (1, fault)) == [(1, ALARM, "no new risk, no record: no link")]


def test_a_fail_safe_that_is_more_than_nothing_is_told_as_it_is() -> None:
    partly = capped(condition(value=0.25))
    assert said((0, partly), (15, partly)) == [(15, ALARM, "at most 0.25x, stale: no link")]
    unkept = capped(condition("no record", 0.25, settles=False))
    assert said((0, unkept)) == [(0, ALARM, "at most 0.25x, no record: no link")]
    still = capped(condition("frozen", value=0.25))
    assert said((0, still), (15, still)) == [(15, ALARM, "at most 0.25x, frozen: no link")]


@pytest.mark.parametrize(
    ("cap", "told"),
    [
        (condition("halted", unit=Unit.LOTS), ALARM),
        (condition("losing streak", unit=Unit.LOTS, settles=False), WARNING),
        (condition("daily loss", unit=Unit.MONEY, settles=False), WARNING),
        (condition("funded account", unit=Unit.LOTS, settles=False), WARNING),
        (condition("heat", unit=Unit.MONEY, settles=False), None),  # all of it is used: by the trader
        (condition("manual", unit=Unit.LOTS, settles=False), None),
        (condition("market closed", unit=Unit.LOTS), None),
        (condition("session edge"), None),
        (condition("funded daily", unit=Unit.LOTS, settles=False), None),  # its light tells
        (condition("halted", value=0.1), None),
        (condition("losing streak", advisory=True), None),
        (condition("halted", side=Side.BUY), None),
        (condition("regime", kind=Kind.SIGNAL), None),
        (condition(scope="IWM"), None),
    ],
    ids=lambda one: f"{one.name} {one.scope}" if isinstance(one, Cap) else "",
)
def test_what_is_wrong_for_every_symbol_is_told_and_what_somebody_wants_is_not(
    cap: Cap, told: Level | None
) -> None:
    steps = [(0, capped(cap)), (15, capped(cap))]
    assert [level for _, level, _ in said(*steps)] == ([told] if told else [])


def test_what_is_wrong_with_each_symbol_is_wrong_for_every_symbol() -> None:
    each = capped(condition(scope=IWM.symbol), condition(scope=XLU.symbol))
    assert said((0, each), (15, each)) == [(15, ALARM, "no new risk, stale: no link")]
    none = replace(each, symbols=())
    assert said((0, none), (15, none)) == []


def test_a_terminal_that_does_not_answer_is_told_once_it_has_lasted_and_moves_nothing_else() -> None:
    _, watched = seen((0, lit(RED)))
    found: list[Alert] = []
    for seconds in (1, 6, 15.9, 16, 21):
        alerts, watched = unanswered("IPC timeout", at(seconds), watched, in_session=True)
        found += alerts
    (alert,) = found
    assert (alert.at, alert.level, alert.text) == (at(16), ALARM, "the terminal does not answer")
    assert alert.reason == "IPC timeout"
    told = said((22, lit(RED)), (81.9, lit(RED)), (82, lit(RED)), watched=watched)
    assert told == [(82, INFO, "the terminal answers again")]


def test_out_of_a_session_a_terminal_need_not_answer() -> None:
    watched = Watched()
    for seconds in (0, 20, 3600):
        alerts, watched = unanswered("no terminal is running", at(seconds), watched, in_session=False)
        assert alerts == ()


def test_a_run_that_was_ended_is_told_once_however_often_it_is_started_again() -> None:
    _, watched = seen((0, lit(RED)))
    found: list[Alert] = []
    for seconds in (10, 20, 60):
        alerts, watched = restarted("order_calc_margin hung", at(seconds), watched)
        found += alerts
        more, watched = seen((seconds + 1, lit(RED)), watched=watched)
        found += more
    (alert,) = found
    assert (alert.id[20:], alert.level) == ("-run-assistant", WARNING)
    assert alert.text == "the assistant hung or crashed and was started again"
    assert alert.reason == "order_calc_margin hung"
    assert said((120, lit(RED)), (121, lit(RED)), watched=watched) == [
        (121, INFO, "the assistant has run well for a while")
    ]


# News


def calendar(*releases: tuple[float, str, Impact, str], age: float = 7.0) -> Calendar:
    """Releases so many minutes after AS_OF, known so many hours before it."""
    made = [Release(at(60 * one), money, impact, title) for one, money, impact, title in releases]
    return Calendar(tuple(made), AS_OF - timedelta(hours=age), "calendar.csv")


PAYROLLS = (30.0, "USD", Impact.HIGH, "Nonfarm Payrolls")


def news(*minutes: float, of: Any = None, advice: Advice | None = None, watched: Any = None) -> list[Any]:  # noqa: ANN401
    """What looks so many minutes after AS_OF tell of news: minutes, level, text."""
    steps = [(60 * one, advice or lit(GREEN)) for one in minutes]
    alerts, _ = seen(*steps, calendar=of or calendar(PAYROLLS), watched=watched)
    return [
        ((one.at - AS_OF).total_seconds() / 60, one.level, one.text)
        for one in alerts
        if one.kind is Topic.NEWS
    ]


def test_news_is_told_once_before_its_window_and_when_that_is_over() -> None:
    # At 15:30; nothing may be opened from 15:28, and that is 15 minutes after 15:13.
    first = (13, WARNING, "no opening from 15:28 UTC: USD Nonfarm Payrolls")
    assert news(12.9) == []
    assert news(12.9, 13, 13.5, 28, 32, 35) == [first]
    assert news(13, 35, 35.1, 36) == [first]
    assert news(13, 35, 35.1, 36.1)[1:] == [(36.1, INFO, "news: nothing is forbidden any more")]


def test_a_run_that_begins_inside_the_window_says_until_when() -> None:
    assert news(28) == [(28, WARNING, "no opening until 15:35 UTC: USD Nonfarm Payrolls")]
    assert news(29) == [(29, WARNING, "no opening until 15:35 UTC: USD Nonfarm Payrolls")]
    assert news(33) == [(33, WARNING, "no opening until 15:35 UTC: USD Nonfarm Payrolls")]


def test_one_release_more_that_comes_near_is_told_and_one_of_the_same_instant_is_counted() -> None:
    three = calendar(
        PAYROLLS, (30.0, "USD", Impact.HIGH, "Earnings"), (40.0, "ALL", Impact.HIGH, "Chair speaks")
    )
    assert news(13, 22.9, 23, 31, 42, of=three) == [
        (13, WARNING, "no opening from 15:28 UTC: USD Nonfarm Payrolls and 1 more"),
        (23, WARNING, "no opening from 15:28 UTC: USD Nonfarm Payrolls and 2 more"),
    ]
    assert news(31, of=three) == [
        (31, WARNING, "no opening until 15:35 UTC: USD Nonfarm Payrolls and 2 more")
    ]
    assert news(36, of=three) == [(36, WARNING, "no opening from 15:38 UTC: ALL Chair speaks")]


def test_windows_that_join_are_one_and_others_are_not() -> None:
    def reason(*releases: tuple[float, str, Impact, str]) -> str:
        (alert,), _ = seen((60 * 20, lit(GREEN)), calendar=calendar(PAYROLLS, *releases))
        return alert.reason.partition(": ")[2]

    joined = (37.0, "USD", Impact.HIGH, "Chair speaks")  # from 15:35, at which the first one ends
    assert reason() == "no opening, no closing from 15:28 to 15:35 UTC"
    assert reason(joined) == "no opening, no closing from 15:28 to 15:42 UTC"
    assert reason((37.1, *joined[1:])) == "no opening, no closing from 15:28 to 15:35 UTC"


def test_what_a_rule_does_not_count_or_does_not_restrain_is_not_told() -> None:
    for other in ((30.0, "USD", Impact.MEDIUM, "Sales"), (30.0, "JPY", Impact.HIGH, "Rate")):
        assert news(20, of=calendar(other)) == []
    assert news(20, advice=QUIET) == []
    for window in (replace(NEWS, forbids=(Act.CLOSE,)), replace(NEWS, about=About.WEEKEND)):
        assert news(20, advice=by(rule(window, name="news"))) == []
    assert news(20, advice=by(rule(NEWS, name="news", effect=Effect.INFORMS))) == []


def by(*rules: Any) -> Advice:  # noqa: ANN401
    """The account followed by these rules."""
    base = lit(GREEN)
    assert base.funded is not None
    return replace(base, funded=replace(base.funded, program=program(*rules), rulings=()))


def test_the_widest_reading_of_a_rule_counts() -> None:
    wide = replace(NEWS, before=10.0, forbids=(Act.HOLD,))
    two = by(rule(("narrow", NEWS), ("wide", wide), name="news"))
    assert news(4.9, 5, advice=two) == [(5, WARNING, "nothing open from 15:20 UTC: USD Nonfarm Payrolls")]


def test_a_dry_run_says_so_and_only_informs() -> None:
    (told,) = news(13, advice=lit(GREEN, mode=Mode.DRY_RUN))
    assert told == (13, INFO, "(dry run) no opening from 15:28 UTC: USD Nonfarm Payrolls")


def test_a_calendar_that_is_lost_ends_no_window() -> None:
    _, watched = seen((60 * 13, lit(GREEN)), calendar=calendar(PAYROLLS))
    assert said((60 * 14, lit(GREEN)), (60 * 20, lit(GREEN)), calendar=Unknown("gone"), watched=watched) == []


# The next releases


def titles(advice: Advice, of: Any) -> list[str]:  # noqa: ANN401
    return [one.title for one in next_news(advice, of)]


def test_the_next_three_releases_of_account_symbols_and_dollar_are_shown() -> None:
    many = calendar(
        (-0.1, "USD", Impact.HIGH, "past"),
        (0.0, "USD", Impact.HIGH, "now"),
        (1.0, "USD", Impact.LOW, "low"),
        (2.0, "JPY", Impact.HIGH, "foreign"),
        (3.0, "USD", Impact.MEDIUM, "medium"),
        (3.0, "CHF", Impact.MEDIUM, "the account's"),
        (3.0, "ALL", Impact.HIGH, "high"),
        (4.0, "USD", Impact.HIGH, "fourth"),
    )
    assert titles(QUIET, many) == ["now", "high", "medium"]
    swiss = replace(QUIET, account=replace(QUIET.account, currency="CHF"))
    assert titles(replace(swiss, as_of=at(1)), many) == ["high", "medium", "the account's"]
    assert titles(QUIET, None) == titles(QUIET, Unknown("none")) == []
    assert titles(replace(QUIET, as_of=at(241)), many) == []


def test_what_a_followed_rule_counts_is_shown_too() -> None:
    low = calendar((1.0, "USD", Impact.LOW, "low"))
    assert titles(by(rule(replace(NEWS, impact="low"), name="news")), low) == ["low"]
    assert titles(by(rule(NEWS, name="news")), low) == []


def test_for_a_contract_that_is_not_known_all_currencies_matter() -> None:
    lost = replace(QUIET.symbols[0].instrument, contract=Unknown("not read"), role=Role.NEUTRAL)
    advice = replace(QUIET, symbols=(replace(QUIET.symbols[0], instrument=lost),))
    assert titles(advice, calendar((2.0, "JPY", Impact.HIGH, "foreign"))) == ["foreign"]


def test_an_old_calendar_says_so_behind_each_title() -> None:
    long = (5.0, "USD", Impact.HIGH, "x" * 70)
    (title,) = titles(QUIET, calendar(long, age=24.0))
    assert title == "x" * 35 + " (calendar of 2018-12-09)"  # 35 + 25 = 60
    assert titles(QUIET, calendar(long, age=23.9)) == ["x" * 70]


# Ids, texts, and a restart


def test_an_id_is_instant_kind_and_subject() -> None:
    (alert,), _ = seen((0.25, holding(1.2, 0.9)))
    assert alert.id == "20181210T150000.250Z-over-iwm-buy"
    long = replace(alert, kind=Topic.TERMINAL, subject="Größter Verlust | pro Tag, nach Regel 7")
    assert long.id == "20181210T150000.250Z-terminal-gr--ter-verlust---pro-tag--n"
    assert len(long.id) == 58


def test_a_text_is_cut_at_60_characters_and_the_reason_is_whole() -> None:
    (alert,), _ = seen((0, capped(condition("no record", settles=False, reason="y" * 80))))
    assert alert.text == f"no new risk, no record: {'y' * 35}…"
    assert alert.reason == f"no record: {'y' * 80}"


def test_the_newest_eight_of_the_last_five_minutes_are_handed_out() -> None:
    (alert,), watched = seen((0, lit(RED)))
    assert watched.recent == (alert,)
    assert seen((299.9, lit(RED)), watched=watched)[1].recent == (alert,)
    assert seen((300, lit(RED)), watched=watched)[1].recent == ()
    many = tuple(replace(alert, at=at(number), subject=f"rule {number}") for number in range(9))
    _, later = seen((10, lit(RED)), watched=replace(watched, recent=many))
    assert [one.subject for one in later.recent] == [f"rule {number}" for number in range(1, 9)]


def test_a_burst_of_lesser_alerts_takes_no_alarm_out_of_what_is_handed_out() -> None:
    one = holding(1.2, 0.9).symbols[0]
    over = tuple(
        replace(one, instrument=replace(one.instrument, symbol=f"ETF{number}")) for number in range(9)
    )
    alerts, watched = seen((0, replace(lit(RED), symbols=over)))
    assert [len(alerts), len(watched.recent)] == [10, 8]
    assert watched.recent[0].text == "daily is red, 812.50 left"
    assert resumed({}, at(-1), alerts, at(1)).recent == watched.recent


@pytest.mark.parametrize("cut", range(6))
@pytest.mark.parametrize("lost", [False, True])
def test_a_restart_after_any_look_neither_repeats_nor_swallows_an_alert(cut: int, *, lost: bool) -> None:
    """Also where a crash has lost what was told together with the last alerts."""
    over = replace(lit(AMBER), symbols=holding(1.2, 0.9).symbols)
    steps = [(0, lit(GREEN)), (1, lit(AMBER)), (2, over), (3, lit(RED)), (4, lit(RED))]
    whole, _ = seen(*steps)
    before, watched = seen(*steps[:cut])
    _, known = seen(*steps[: max(0, cut - 1)]) if lost else (before, watched)
    again = resumed(known.told, at(cut - 1 - lost), before, at(cut))
    after, known = seen(*steps[cut:], watched=again)
    assert [one.id for one in (*before, *after)] == [one.id for one in whole]
    assert [one.id for one in known.recent] == [one.id for one in whole]


def test_what_was_forgotten_before_a_restart_stays_so() -> None:
    alerts, watched = seen((0, lit(RED)), (1, QUIET))
    assert resumed(watched.told, at(1), alerts, at(2)).told == watched.told
    assert resumed({}, at(0), alerts, at(2)).told == {}  # what was told at that instant is in it


def test_what_was_told_and_is_good_again_is_forgotten_after_an_hour() -> None:
    _, watched = seen((0, holding(1.2, 0.9)), (1, QUIET), (61, QUIET))
    key = (Topic.OVER, "IWM buy")
    assert key in seen((3660.9, QUIET), watched=watched)[1].told
    assert key not in seen((3661, QUIET), watched=watched)[1].told


def test_a_run_that_does_not_come_back_is_an_alarm_with_the_last_reason() -> None:
    one = down("initialize did not return within 120 s", at(3))
    assert (one.at, one.level, one.kind, one.subject) == (at(3), ALARM, Topic.RUN, "assistant")
    assert one.text == "the assistant is down: it is started again and again"
    assert one.reason == "initialize did not return within 120 s"
    assert one.id.endswith("Z-run-assistant")
