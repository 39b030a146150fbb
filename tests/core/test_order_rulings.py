"""When nothing may be open, how an order must be handled, and what is told only."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.core.caps import Unit
from assistant.core.firm_day import Cutoff
from assistant.core.funded import Effect, Text
from assistant.core.market import Hours, SessionState, Unknown
from assistant.core.news import LISTED, LISTED_DOUBT
from assistant.core.order_rules import (
    About,
    Act,
    Every,
    Exposure,
    ExposureCap,
    Manner,
    OrderRule,
    Per,
    RateLimit,
    Window,
)
from assistant.core.order_rulings import told_ruling
from assistant.core.program import Mode
from assistant.core.rulings import Light, Ruling
from assistant.core.snapshot import Calendar, Impact, Release
from tests.core.builders import AS_OF, POSITION, day, utc
from tests.core.programs import BY_CHICAGO, BY_PRAGUE, CHICAGO, OWN, PRAGUE, SECOND, floor, rule, the

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HELD = (POSITION,)
PRE, OPEN, CLOSED = SessionState.PRE, SessionState.OPEN, SessionState.CLOSED


def hours(opens: str, state: SessionState = OPEN, last_close: str | None = "2018-12-06T21:00") -> Hours:
    """A session from 14:30 to 21:00 UTC, the close before it and, over any weekend, the open after it."""
    opens_at = utc(f"{opens}T14:30")
    then = opens_at + (3 if opens_at.strftime("%a") == "Fri" else 1) * DAY
    closed = utc(last_close) if last_close else None
    return Hours(state, opens_at, opens_at + 6.5 * HOUR, day(1), closed, then)


def at(
    window: Window,
    text: str | datetime,
    session: Hours | None = None,
    positions: Any = HELD,  # noqa: ANN401
    **others: Any,  # noqa: ANN401
) -> Ruling:
    """The ruling on a window at an instant."""
    as_of = utc(text) if isinstance(text, str) else text
    facts = {"positions": positions, **({"hours": session} if session else {}), **others.pop("facts", {})}
    stated = {"name": "window", "effect": Effect.VIOLATION, "by": {"start": None}, **others}
    return the(window, as_of=as_of, events=(), facts=facts, **stated)


def no_lots(ruling: Ruling) -> bool:
    """Whether there is a cap of 0 lots in every symbol."""
    assert all((cap.unit, cap.value, cap.scope) == (Unit.LOTS, 0.0, "account") for cap in ruling.caps)
    return bool(ruling.caps)


# -- weekends and nights --

WEEKEND = Window(about=About.WEEKEND, forbids=(Act.HOLD,))
NIGHT = Window(about=About.NIGHT, forbids=(Act.HOLD,))
FRIDAY = hours("2018-12-07")


@pytest.mark.parametrize(
    ("text", "positions", "light", "capped"),
    [
        ("2018-12-07T16:59:59", HELD, Light.GREEN, False),
        ("2018-12-07T17:00:00", HELD, Light.AMBER, False),  # four hours before the close
        ("2018-12-07T17:00:00", (), Light.GREEN, False),
        ("2018-12-07T20:44:59", HELD, Light.AMBER, False),
        ("2018-12-07T20:45:00", HELD, Light.AMBER, True),  # the last quarter of an hour
        ("2018-12-07T20:45:00", (), Light.GREEN, True),
    ],
)
def test_before_a_weekend_what_is_open_turns_amber_and_nothing_is_opened_at_last(
    text: str,
    positions: Any,  # noqa: ANN401
    light: Light,
    capped: bool,
) -> None:
    found = at(WEEKEND, text, FRIDAY, positions)
    assert (found.light, no_lots(found)) == (light, capped)
    assert found.words == "flat by 2018-12-07 21:00 UTC (weekend)"


@pytest.mark.parametrize(("positions", "light"), [(HELD, Light.RED), ((), Light.AMBER)])
@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("2018-12-08T12:00", hours("2018-12-10", CLOSED, "2018-12-07T21:00")),
        ("2018-12-10T09:00", hours("2018-12-10", PRE, "2018-12-07T21:00")),
        ("2018-12-08T12:00", hours("2018-12-10", CLOSED, None)),  # more than two days to the open
    ],
)
def test_over_a_weekend_nothing_may_be_open(
    text: str,
    session: Hours,
    positions: Any,  # noqa: ANN401
    light: Light,
) -> None:
    found = at(WEEKEND, text, session, positions)
    assert (found.light, found.words) == (light, "nothing may be open now (weekend)")
    assert not no_lots(found)  # the market is closed: what is shown is a plan for its next session


@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("2018-12-06T20:59", hours("2018-12-06", last_close="2018-12-05T21:00")),  # Thursday
        ("2018-12-06T23:00", hours("2018-12-07", CLOSED)),
        ("2018-12-06T09:00", hours("2018-12-06", PRE, "2018-12-05T21:00")),
        ("2018-12-10T09:00", hours("2018-12-10", PRE, "2018-12-08T14:30")),  # just two days
    ],
)
def test_a_night_is_no_weekend(text: str, session: Hours) -> None:
    found = at(WEEKEND, text, session)
    assert (found.light, found.words, found.caps) == (Light.GREEN, "flat before the weekend", ())


def test_a_weekend_is_ahead_from_the_morning_of_its_friday() -> None:
    found = at(WEEKEND, "2018-12-07T09:00", hours("2018-12-07", PRE))
    assert (found.light, found.words) == (Light.GREEN, "flat by 2018-12-07 21:00 UTC (weekend)")


@pytest.mark.parametrize(
    ("opens", "closes", "then"),
    [
        ("2026-12-24T14:30", "2026-12-24T18:00", "2026-12-28T14:30"),  # Thursdays before closed Fridays
        ("2026-12-31T14:30", "2026-12-31T21:00", "2027-01-04T14:30"),
        ("2027-03-25T13:30", "2027-03-25T20:00", "2027-03-29T13:30"),
        ("2028-12-29T14:30", "2028-12-29T21:00", None),  # not known: it may be one
        ("2026-11-23T14:30", "2026-11-23T21:00", "2026-11-25T21:00:01"),  # a second more than two days
    ],
)
def test_a_weekend_begins_where_the_market_stays_closed_for_more_than_two_days(
    opens: str, closes: str, then: str | None
) -> None:
    session = Hours(OPEN, utc(opens), utc(closes), day(1), None, utc(then) if then else None)
    found = at(WEEKEND, utc(closes) - 15 * MINUTE, session)
    assert (found.light, no_lots(found)) == (Light.AMBER, True)
    assert found.words == f"flat by {closes.replace('T', ' ')} UTC (weekend)"


def test_one_closed_day_in_the_week_is_no_weekend() -> None:
    # Thanksgiving: from Wednesday 21:00 to Friday 14:30 are 41.5 hours; and just two days are none either.
    for then in ("2026-11-27T14:30", "2026-11-27T21:00"):
        wednesday = replace(hours("2026-11-25"), then_opens_at=utc(then))
        found = at(WEEKEND, "2026-11-25T20:50", wednesday)
        assert (found.light, found.words, found.caps) == (Light.GREEN, "flat before the weekend", ())


@pytest.mark.parametrize(
    ("text", "session", "light", "words", "capped"),
    [
        ("2018-12-06T16:59", hours("2018-12-06"), Light.GREEN, "flat by 2018-12-06 21:00 UTC (night)", False),
        ("2018-12-06T20:45", hours("2018-12-06"), Light.AMBER, "flat by 2018-12-06 21:00 UTC (night)", True),
        (
            "2018-12-06T22:00",
            hours("2018-12-07", CLOSED),
            Light.RED,
            "nothing may be open now (night)",
            False,
        ),
        ("2018-12-07T09:00", hours("2018-12-07", PRE), Light.RED, "nothing may be open now (night)", False),
    ],
)
def test_over_a_night_nothing_may_be_open_until_the_session_begins(
    text: str, session: Hours, light: Light, words: str, capped: bool
) -> None:
    found = at(NIGHT, text, session)
    assert (found.light, found.words, no_lots(found)) == (light, words, capped)


@pytest.mark.parametrize("lost", [{"opens_at": None}, {"closes_at": None}])
def test_past_the_end_of_the_table_no_window_can_be_certified(lost: dict[str, Any]) -> None:
    found = at(WEEKEND, "2018-12-07T16:00", replace(FRIDAY, **lost))
    told = "cannot certify: the next session is not known: the packaged table has ended"
    assert (found.light, found.words, found.caps) == (Light.UNSURE, told, ())


def test_what_may_be_held_may_be_opened() -> None:
    closing = Window(about=About.WEEKEND, forbids=(Act.CLOSE,))
    assert not no_lots(at(closing, "2018-12-07T20:50", FRIDAY))


# -- flat by a time of the day --

NEW_YORK = ZoneInfo("America/New_York")
DAILY_FLAT = Window(about=About.FLAT, forbids=(Act.HOLD,), flat_from=Cutoff(time(16), NEW_YORK))
CENTRAL = Cutoff(time(16), ZoneInfo("America/Chicago"))
FRIDAY_FLAT = Window(about=About.FLAT, forbids=(Act.HOLD,), flat_from=CENTRAL, every=Every.FRIDAY)
BY_DAY = {"start": None, "cutoffs": {BY_CHICAGO: CHICAGO}}  # the firm's day ends at 22:15 UTC in winter


@pytest.mark.parametrize(
    ("text", "positions", "light", "words", "capped"),
    [
        ("2018-12-11T16:59:59", HELD, Light.GREEN, "flat by 2018-12-11 21:00 UTC (flat)", False),
        ("2018-12-11T17:00:00", HELD, Light.AMBER, "flat by 2018-12-11 21:00 UTC (flat)", False),
        ("2018-12-11T20:44:59", (), Light.GREEN, "flat by 2018-12-11 21:00 UTC (flat)", False),
        ("2018-12-11T20:45:00", (), Light.GREEN, "flat by 2018-12-11 21:00 UTC (flat)", True),
        ("2018-12-11T21:00:00", HELD, Light.RED, "nothing may be open now (flat)", True),
        ("2018-12-11T22:15:00", (), Light.AMBER, "nothing may be open now (flat)", True),
        ("2018-12-11T22:15:01", HELD, Light.GREEN, "flat by 2018-12-12 21:00 UTC (flat)", False),
        # New York's clock changed on 2018-11-04: 16:00 is 20:00 UTC before, 21:00 UTC after.
        ("2018-11-02T16:00:00", HELD, Light.AMBER, "flat by 2018-11-02 20:00 UTC (flat)", False),
        ("2018-11-03T22:00:00", HELD, Light.GREEN, "flat by 2018-11-04 21:00 UTC (flat)", False),
    ],
)
def test_by_a_time_of_the_day_all_must_be_closed_until_the_firm_s_day_ends(
    text: str,
    positions: Any,  # noqa: ANN401
    light: Light,
    words: str,
    capped: bool,
) -> None:
    found = at(DAILY_FLAT, text, positions=positions, by=BY_DAY, facts={"hours": hours("2018-12-11", CLOSED)})
    assert (found.light, found.words, no_lots(found)) == (light, words, capped)


@pytest.mark.parametrize(
    ("text", "light", "words", "capped"),
    [
        ("2018-12-10T15:00", Light.GREEN, "flat by 2018-12-14 22:00 UTC (flat)", False),  # a Monday
        ("2018-12-14T18:00", Light.AMBER, "flat by 2018-12-14 22:00 UTC (flat)", False),
        ("2018-12-14T21:45", Light.AMBER, "flat by 2018-12-14 22:00 UTC (flat)", True),
        ("2018-12-15T12:00", Light.RED, "nothing may be open now (flat)", True),
        ("2018-12-17T06:00", Light.RED, "nothing may be open now (flat)", True),  # midnight in Chicago
        ("2018-12-17T06:00:01", Light.GREEN, "flat by 2018-12-21 22:00 UTC (flat)", False),
        # Chicago's clock went forward on 2018-03-11 and back on 2018-11-04.
        ("2018-03-09T21:30", Light.AMBER, "flat by 2018-03-09 22:00 UTC (flat)", False),
        ("2018-03-12T05:00:01", Light.GREEN, "flat by 2018-03-16 21:00 UTC (flat)", False),
        ("2018-11-02T20:30", Light.AMBER, "flat by 2018-11-02 21:00 UTC (flat)", False),
        ("2018-11-05T06:00:01", Light.GREEN, "flat by 2018-11-09 22:00 UTC (flat)", False),
    ],
)
def test_by_a_time_of_a_friday_all_must_be_closed_until_its_weekend_ends(
    text: str, light: Light, words: str, capped: bool
) -> None:
    found = at(FRIDAY_FLAT, text, by=BY_DAY)
    assert (found.light, found.words, no_lots(found)) == (light, words, capped)


def test_where_two_times_may_end_the_firm_s_day_the_later_one_counts() -> None:
    both = {"start": None, "cutoffs": {BY_CHICAGO: CHICAGO, BY_PRAGUE: PRAGUE}}  # 22:15 and 23:00 UTC
    assert at(DAILY_FLAT, "2018-12-11T22:45", by=BY_DAY).light is Light.GREEN
    assert at(DAILY_FLAT, "2018-12-11T22:45", by=both).light is Light.RED
    assert at(DAILY_FLAT, "2018-12-11T23:00:01", by=both).light is Light.GREEN


def test_a_time_of_the_day_needs_the_end_of_the_firm_s_day() -> None:
    found = at(DAILY_FLAT, "2018-12-11T17:00", by={"start": None, "cutoffs": {}})
    told = "cannot certify: when the firm's day ends is not published"
    assert (found.light, found.words) == (Light.UNSURE, told)


# -- where opening alone is forbidden --

OPENING = (Act.OPEN,)
THURSDAY = hours("2018-12-06")
FROM, NONE = "nothing is opened from 2018-12-{} UTC on ({})", "nothing may be opened now ({})"


@pytest.mark.parametrize(
    ("window", "text", "session", "words", "light", "capped"),
    [
        # 30 minutes before 21:00 on; up to then an order may be opened, and what is open may stay.
        (NIGHT, "2018-12-06T20:29:59", THURSDAY, FROM.format("06 20:30", "night"), Light.GREEN, False),
        (NIGHT, "2018-12-06T20:30", THURSDAY, NONE.format("night"), Light.AMBER, True),
        (NIGHT, "2018-12-06T22:00", hours("2018-12-07", CLOSED), NONE.format("night"), Light.AMBER, False),
        (WEEKEND, "2018-12-07T20:29:59", FRIDAY, FROM.format("07 20:30", "weekend"), Light.GREEN, False),
        (WEEKEND, "2018-12-07T20:30", FRIDAY, NONE.format("weekend"), Light.AMBER, True),
        (WEEKEND, "2018-12-06T20:50", THURSDAY, "nothing is opened (weekend)", Light.GREEN, False),
        (DAILY_FLAT, "2018-12-11T20:29:59", THURSDAY, FROM.format("11 20:30", "flat"), Light.GREEN, False),
        (DAILY_FLAT, "2018-12-11T20:30", THURSDAY, NONE.format("flat"), Light.AMBER, True),
        (DAILY_FLAT, "2018-12-11T22:15", THURSDAY, NONE.format("flat"), Light.AMBER, True),
    ],
)
def test_where_opening_alone_is_forbidden_nothing_is_opened_and_what_is_open_may_stay(
    window: Window, text: str, session: Hours, words: str, light: Light, capped: bool
) -> None:
    only = replace(window, forbids=OPENING, before=30.0)
    for positions in (HELD, ()):
        found = at(only, text, session, positions, by=BY_DAY)
        assert (found.words, found.light, no_lots(found)) == (words, light, capped)


def test_up_to_the_time_from_which_on_nothing_is_opened_an_order_may_be() -> None:
    found = at(replace(NIGHT, forbids=OPENING), "2018-12-06T20:59:59", THURSDAY)
    assert (found.words, found.light, found.caps) == (FROM.format("06 21:00", "night"), Light.GREEN, ())


def test_where_holding_is_forbidden_too_all_is_closed() -> None:
    both = at(replace(NIGHT, forbids=(Act.OPEN, Act.HOLD)), "2018-12-06T20:45", THURSDAY)
    plain = at(NIGHT, "2018-12-06T20:45", THURSDAY)
    assert both == plain
    assert no_lots(both)


# -- readings, effects --


def test_a_window_in_which_nothing_is_forbidden_is_told() -> None:
    found = at(Window(about=About.WEEKEND, allowed=True), "2018-12-07T20:50", FRIDAY)
    assert (found.light, found.words, found.caps) == (Light.TOLD, "weekend: nothing is forbidden", ())


def test_the_strictest_reading_is_shown_and_each_may_cap() -> None:
    free = Window(about=About.WEEKEND, allowed=True)
    found = the(
        WEEKEND,
        ("by the forum", free),
        ("each night", NIGHT),
        name="weekend",
        effect=Effect.FORCED_CLOSE,
        as_of=utc("2018-12-06T20:50"),
        events=(),
        by={"start": None},
        facts={"positions": HELD, "hours": hours("2018-12-06")},
    )
    assert (found.told, found.light) == ("each night", Light.AMBER)
    assert found.others == (
        "by the forum: nothing is forbidden",
        "as published: flat before the weekend",
    )
    assert [cap.name for cap in found.caps] == ["funded weekend"]


@pytest.mark.parametrize("effect", list(Effect))
def test_what_only_informs_or_is_reviewed_caps_nothing(effect: Effect) -> None:
    found = at(NIGHT, "2018-12-06T20:50", hours("2018-12-06"), effect=effect)
    quiet = effect in (Effect.INFORMS, Effect.REVIEW)
    assert (no_lots(found), found.light) == (not quiet, Light.TOLD if quiet else Light.AMBER)


def test_in_a_dry_run_a_window_only_advises() -> None:
    dry = at(NIGHT, "2018-12-06T20:50", hours("2018-12-06"), by={"start": None, "mode": Mode.DRY_RUN})
    assert [cap.advisory for cap in dry.caps] == [True]
    assert [cap.advisory for cap in at(NIGHT, "2018-12-06T20:50", hours("2018-12-06")).caps] == [False]


# -- news --

NEWS = Window(about=About.NEWS, forbids=(Act.OPEN, Act.CLOSE), before=2.0, after=5.0, impact="high")
PAYROLLS = Release(AS_OF, "USD", Impact.HIGH, "Nonfarm Payrolls")
CALENDAR = Calendar((PAYROLLS,), AS_OF - 7 * HOUR, "calendar.csv")


def news(minutes: float, window: Window = NEWS, calendar: Any = CALENDAR, **others: Any) -> Ruling:  # noqa: ANN401
    """The ruling so many minutes after the release."""
    return at(window, AS_OF + minutes * MINUTE, name="news", facts={"calendar": calendar}, **others)


@pytest.mark.parametrize(
    ("minutes", "light", "capped"),
    [
        (-2.02, Light.GREEN, []),
        (-2.0, Light.AMBER, ["IWM", "XLU"]),
        (5.0, Light.AMBER, ["IWM", "XLU"]),
        (5.02, Light.GREEN, []),
    ],
)
def test_around_news_nothing_is_opened_in_the_symbols_that_it_concerns(
    minutes: float, light: Light, capped: list[str]
) -> None:
    found = news(minutes)
    assert (found.light, [cap.scope for cap in found.caps]) == (light, capped)
    assert {(cap.name, cap.value, cap.unit, cap.advisory) for cap in found.caps} <= {
        ("funded news", 0.0, Unit.LOTS, False)
    }


def test_around_news_a_dry_run_only_advises_and_what_informs_caps_nothing() -> None:
    dry = news(0.0, by={"start": None, "mode": Mode.DRY_RUN})
    assert [cap.advisory for cap in dry.caps] == [True, True]
    assert news(0.0, effect=Effect.INFORMS).caps == ()


@pytest.mark.parametrize(
    ("calendar", "reason", "capped"),
    [
        (None, "no calendar", []),
        (Unknown("no calendar: there is none"), "no calendar: there is none", []),
        (
            replace(CALENDAR, written=AS_OF - 25 * HOUR),
            "no calendar: calendar.csv is of 2018-12-09 14:00 UTC, 25 h ago; younger than 24 h counts",
            ["IWM", "XLU"],  # what it knows is kept away from all the same
        ),
    ],
)
def test_without_a_calendar_that_counts_news_cannot_be_certified(
    calendar: Any,  # noqa: ANN401
    reason: str,
    capped: list[str],
) -> None:
    found = news(0.0, calendar=calendar)
    assert (found.light, found.words) == (Light.UNSURE, f"cannot certify: {reason}")
    assert [cap.scope for cap in found.caps] == capped


def test_a_list_of_the_firm_s_own_is_a_doubt() -> None:
    assert news(0.0).doubts == ()
    listed = news(0.0, replace(NEWS, impact=LISTED), doubts=("by hearsay",))
    assert listed.doubts == ("by hearsay", LISTED_DOUBT)


# -- exposure, as far as it is told of the account --


@pytest.mark.parametrize(
    ("margin", "equity", "words", "light"),
    [
        (95_550.0, 99_550.0, "96.0 % of the equity is bound as margin, at most 70 %", Light.RED),
        (69_685.0, 99_550.0, "70.0 % of the equity is bound as margin, at most 70 %", Light.GREEN),
        (69_686.0, 99_550.0, "70.0 % of the equity is bound as margin, at most 70 %", Light.RED),
        (10.0, 0.0, "inf % of the equity is bound as margin, at most 70 %", Light.RED),
    ],
)
def test_margin_in_use_is_judged(margin: float, equity: float, words: str, light: Light) -> None:
    most = ExposureCap(what=Exposure.MARGIN_USED, per=Per.ACCOUNT, most=70.0)
    account = replace(OWN, margin=margin, equity=equity)
    found = the(most, name="margin", effect=Effect.VIOLATION, account=account)
    assert (found.words, found.light, found.caps) == (words, light, ())


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (
            ExposureCap(what=Exposure.CONTRACTS, per=Per.ACCOUNT, by_size={100_000.0: 8.0}),
            "at most 8 contracts; lots here are none",
        ),
        (
            ExposureCap(what=Exposure.LOTS_PER_ORDER, per=Per.ORDER, most=20, by_class={"indices": 12.5}),
            "at most 12.5 lots in one order",
        ),
        (
            ExposureCap(what=Exposure.OPEN_RISK, per=Per.IDEA, most=2.5, of="initial"),
            "at most 2.5 % at risk in one idea",
        ),
    ],
)
def test_what_is_not_measured_is_told_and_never_green(one: ExposureCap, words: str) -> None:
    found = the(one, name="exposure", effect=Effect.VIOLATION)
    assert (found.words, found.light, found.caps) == (words, Light.TOLD, ())


LEVERAGE = ExposureCap(what=Exposure.LEVERAGE, per=Per.ACCOUNT, by_class={"fx": 100.0, "equities": 3.3})


@pytest.mark.parametrize(
    ("notional", "equity", "used", "light"),
    [
        (0.0, 99_550.0, "0.00", Light.GREEN),
        (199_100.0, 99_550.0, "2.00", Light.GREEN),
        (328_515.0, 99_550.0, "3.30", Light.GREEN),  # 3.3 x 99550
        (328_516.0, 99_550.0, "3.30", Light.RED),
        (398_200.0, 99_550.0, "4.00", Light.RED),
        (10.0, 0.0, "inf", Light.RED),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_leverage_in_use_is_judged(
    notional: float, equity: float, used: str, light: Light, scale: float
) -> None:
    account = replace(OWN, equity=equity)
    stated = {"name": "leverage", "effect": Effect.VIOLATION, "account": account, "scale": scale}
    found = the(LEVERAGE, notional=notional, **stated)
    words = f"{used} times the equity as notional, open and pending, at most 3.3"
    assert (found.words, found.light, found.caps) == (words, light, ())


def test_a_leverage_of_which_a_fact_is_missing_cannot_be_certified() -> None:
    lost = Unknown("what is open in TSLA.US can lose is not known")
    found = the(LEVERAGE, name="leverage", effect=Effect.VIOLATION, notional=lost)
    assert (found.light, found.words) == (Light.UNSURE, f"cannot certify: {lost.reason}")


def test_a_leverage_that_only_informs_has_no_light() -> None:
    found = the(LEVERAGE, name="leverage", effect=Effect.INFORMS, notional=398_200.0)
    assert (found.light, found.words[:4]) == (Light.TOLD, "4.00")


@pytest.mark.parametrize("turned", [False, True])
def test_the_worse_of_readings_on_exposure_is_shown_and_the_others_are_named(turned: bool) -> None:
    def shown(margin: float, *most: float | None) -> Ruling:
        told = [
            (f"by {one}", ExposureCap(what=Exposure.MARGIN_USED, per=Per.ACCOUNT, most=one)) for one in most
        ]
        account = replace(OWN, margin=margin, equity=100_000.0)
        listed = told[::-1] if turned else told
        return the(*listed, name="margin", effect=Effect.VIOLATION, account=account)

    red = shown(48_000.0, 70.0, 30.0)
    assert (red.told, red.light) == ("by 30.0", Light.RED)
    assert red.others == ("by 70.0: 48.0 % of the equity is bound as margin, at most 70 %",)
    green = shown(20_000.0, 70.0, 30.0)  # none is broken: the stricter one
    assert (green.told, green.light) == ("by 30.0", Light.GREEN)
    unsure = shown(20_000.0, 70.0, None)
    assert (unsure.told, unsure.light) == ("by None", Light.UNSURE)
    broken = shown(80_000.0, 70.0, None)
    assert (broken.told, broken.light) == ("by 70.0", Light.RED)


def test_exposure_that_is_not_published_cannot_be_certified() -> None:
    other = ExposureCap(what=Exposure.LEVERAGE, per=Per.ACCOUNT, by_class={"fx": 50.0})
    found = the(other, name="leverage", effect=Effect.VIOLATION)
    assert found.light is Light.UNSURE
    assert found.words == (
        "cannot certify: no leverage is published for equities at an account size of 100000"
    )


# -- how an order is handled --


def opened(seconds: float, stop: float | None = 38.5, ticket: int = 701) -> Any:  # noqa: ANN401
    return replace(POSITION, ticket=ticket, stop=stop, opened_at=AS_OF - seconds * SECOND)


@pytest.mark.parametrize(
    ("positions", "light", "words"),
    [
        ((), Light.GREEN, "a stop-loss within 180 s"),
        ((opened(900),), Light.GREEN, "a stop-loss within 180 s"),
        ((opened(180, None),), Light.AMBER, "a stop-loss within 180 s"),  # there is a moment yet
        ((opened(180.5, None),), Light.RED, "a stop-loss within 180 s: ticket 701 has none"),
        (
            (opened(20, None, 702), opened(500, None, 703), opened(400, None), opened(999, ticket=704)),
            Light.RED,
            "a stop-loss within 180 s: ticket 703, 701 has none",
        ),
    ],
)
def test_a_position_needs_its_stop_in_time(positions: Any, light: Light, words: str) -> None:  # noqa: ANN401
    within = OrderRule(manner=Manner.STOP_WITHIN, value=180.0)
    found = the(within, effect=Effect.VIOLATION, facts={"positions": positions})
    assert (found.light, found.words, found.caps) == (light, words, ())


@pytest.mark.parametrize(
    ("positions", "light", "words"),
    [
        ((), Light.GREEN, "hold at least 60 s"),
        ((opened(60),), Light.GREEN, "hold at least 60 s"),
        (
            (opened(47), opened(59.5, ticket=702), opened(61, ticket=703)),
            Light.AMBER,
            "hold at least 60 s: ticket 701 for 13 s yet, ticket 702 for 0 s yet",
        ),
    ],
)
def test_a_position_is_held_for_its_least_time(positions: Any, light: Light, words: str) -> None:  # noqa: ANN401
    least = OrderRule(manner=Manner.HOLD_AT_LEAST, value=60.0)
    found = the(least, effect=Effect.VIOLATION, facts={"positions": positions})
    assert (found.light, found.words) == (light, words)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("manner", "values", "seconds", "told", "light"),
    [
        (Manner.STOP_WITHIN, (180.0, 60.0), 90.0, "60", Light.RED),
        (Manner.STOP_WITHIN, (180.0, 60.0), 20.0, "60", Light.AMBER),
        (Manner.HOLD_AT_LEAST, (60.0, 120.0), 90.0, "120", Light.AMBER),
        (Manner.HOLD_AT_LEAST, (60.0, 120.0), 300.0, "120", Light.GREEN),
        (Manner.PROFIT_PER_SHARE, (60.0, 120.0), 90.0, "120", Light.TOLD),
    ],
)
def test_the_worse_of_readings_on_an_order_is_shown_and_the_other_is_named(
    manner: Manner, values: tuple[float, ...], seconds: float, told: str, light: Light, turned: bool
) -> None:
    readings = [(f"{value:g}", OrderRule(manner=manner, value=value)) for value in values]
    facts = {"positions": (opened(seconds, None),)}
    found = the(*(readings[::-1] if turned else readings), effect=Effect.VIOLATION, facts=facts)
    assert (found.told, found.light, len(found.others)) == (told, light, 1)
    other = next(name for name, _ in readings if name != told)
    assert found.others[0].startswith(f"{other}: ")


def test_what_no_program_can_judge_is_told_in_its_own_words() -> None:
    cents = the(OrderRule(manner=Manner.PROFIT_PER_SHARE, value=0.1), effect=Effect.PROFIT_REMOVED)
    assert (cents.light, cents.words) == (Light.TOLD, "a trade counts from 0.1 profit a share")
    conduct = the(Text(("no martingale", "one account")), effect=Effect.FAIL)
    assert (conduct.light, conduct.words) == (Light.TOLD, "no martingale; one account")
    requests = the(RateLimit(most=2000), effect=Effect.VIOLATION)
    assert requests.light is Light.TOLD
    assert requests.words == (
        "at most 2000 order requests a day; this program makes none, and counts none of yours"
    )


def test_a_kind_of_rule_that_has_no_ruling_is_refused() -> None:
    now: Any = type("Now", (), {"program": type("Program", (), {"key": "own/two_steps"})})
    with pytest.raises(ValueError, match="rule daily of own/two_steps was Floor; no ruling is for that"):
        told_ruling(rule(floor()), now)
