"""News: which releases count, whom they concern, and what a window around them forbids."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.caps import Cap, Kind, Unit
from assistant.core.market import Contract, Instrument, Role, Side, TradeMode, Unknown
from assistant.core.news import (
    EVERY,
    LISTED_DOUBT,
    around,
    certified,
    currencies,
    doubts,
    fresh,
    news_caps,
    news_words,
    next_release,
    relevant,
    spans,
)
from assistant.core.order_rules import About, Act, Window
from assistant.core.snapshot import Calendar, Impact, Release

WRITTEN = datetime(2026, 12, 4, 6, tzinfo=UTC)
PAYROLLS = datetime(2026, 12, 4, 13, 30, tzinfo=UTC)
USD = frozenset({"USD"})
MINUTE, SECOND, TICK = timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)
LOST = Unknown("no calendar: there is none")


def release(
    at: datetime = PAYROLLS,
    currency: str = "USD",
    title: str = "Nonfarm Payrolls",
    impact: Impact = Impact.HIGH,
) -> Release:
    return Release(at, currency, impact, title)


def calendar(*releases: Release) -> Calendar:
    return Calendar(releases, WRITTEN, "calendar.csv")


def window(*forbids: Act, **others: Any) -> Window:  # noqa: ANN401
    stated = {"before": 2.0, "after": 5.0, "impact": "high", **others}
    return Window(about=About.NEWS, forbids=forbids or (Act.OPEN,), **stated)


def instrument(symbol: str, currency: str | None, role: Role = Role.NEUTRAL, broker: str = "") -> Instrument:
    contract: Contract | Unknown = Unknown("not read")
    if currency is not None:
        contract = Contract(20.0, currency, 0.01, 0.25, {Side.BUY: 0.4, Side.SELL: 0.3}, hedged_by_leg=True)
    name = broker or f"{symbol}.x"
    return Instrument(symbol, name, role, 2, 0.3, 0.3, 0.1, 40.0, None, TradeMode.FULL, contract, {})


IWM = instrument("IWM", "USD", Role.RISK_ON)
DAX = instrument("DAX", "EUR")


def caps(of: Calendar, at: datetime, rule: Window | None = None) -> list[Cap]:
    return list(news_caps(rule or window(), of, [IWM, DAX], at, advisory=True))


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (timedelta(hours=24) - TICK, None),
        (
            timedelta(hours=24),
            "no calendar: calendar.csv is of 2026-12-04 06:00 UTC, 24 h ago; younger than 24 h counts",
        ),
        (
            timedelta(hours=49.9),
            "no calendar: calendar.csv is of 2026-12-04 06:00 UTC, 49 h ago; younger than 24 h counts",
        ),
        (-5 * MINUTE, None),
        (
            -5 * MINUTE - TICK,
            "no calendar: calendar.csv is of 2026-12-04 06:00 UTC, which is still to come",
        ),
    ],
)
def test_a_calendar_counts_while_it_is_younger_than_a_day(age: timedelta, why: str | None) -> None:
    assert fresh(calendar(), WRITTEN + age) == (None if why is None else Unknown(why))


def test_the_age_that_counts_can_be_another() -> None:
    assert fresh(calendar(), WRITTEN + timedelta(hours=2), hours=2.5) is None
    old = fresh(calendar(), WRITTEN + timedelta(hours=2.5), hours=2.5)
    assert old is not None
    assert old.reason.endswith("2 h ago; younger than 2.5 h counts")


def test_what_is_not_there_or_too_old_is_not_certified() -> None:
    there = calendar()
    assert certified(there, PAYROLLS) is there
    assert certified(LOST, PAYROLLS) is LOST
    assert isinstance(certified(there, WRITTEN + timedelta(days=1)), Unknown)


@pytest.mark.parametrize(
    ("wanted", "counts"),
    [
        ("high", "h"),
        ("listed_events", "h"),
        ("medium", "mh"),
        ("low", "lmh"),
        ("none", "nlmh"),
        (None, "nlmh"),
        ("of its own kind", "nlmh"),  # a word that nobody knows excludes nothing
    ],
)
def test_a_rule_counts_the_impact_that_it_names_and_what_is_above(wanted: str | None, counts: str) -> None:
    graded = [release(PAYROLLS, title=impact[0], impact=impact) for impact in Impact]
    assert "".join(one.title for one in relevant(calendar(*graded), wanted, USD)) == counts


def test_a_release_concerns_its_currency_and_one_for_all_concerns_every_one() -> None:
    dollar, euro, world = release(), release(currency="EUR"), release(currency=EVERY)
    there = calendar(dollar, euro, world)
    assert relevant(there, "high", USD) == (dollar, world)
    assert relevant(there, "high", frozenset()) == (world,)
    assert relevant(there, "high", None) == (dollar, euro, world)


@pytest.mark.parametrize(
    ("of", "found"),
    [
        ([DAX], {"EUR"}),
        ([IWM], {"USD"}),
        ([IWM, DAX], {"USD", "EUR"}),
        ([instrument("US500", "EUR", Role.RISK_ON)], {"EUR", "USD"}),  # the market is that of the US
        ([instrument("XLU", "eur", Role.DEFENSIVE)], {"EUR", "USD"}),
        ([instrument("EURUSD", "USD", broker="EURUSD.a")], {"EUR", "USD"}),
        ([instrument("GBPJPY", "JPY", broker="gbpjpy")], {"GBP", "JPY"}),
        ([instrument("MYUSD", "USD", broker="MYUSD")], {"USD"}),  # five letters are no pair
        ([instrument("A1BUSD", "USD", broker="A1BUSD")], {"USD"}),
        ([instrument("USDX", "EUR", broker="USDXEU")], {"EUR"}),
        ([], set()),
    ],
)
def test_a_symbol_is_moved_by_the_currencies_that_it_is_priced_in(
    of: list[Instrument], found: set[str]
) -> None:
    assert currencies(of) == frozenset(found)


def test_where_a_contract_is_not_known_every_currency_may_concern_it() -> None:
    assert currencies([DAX, instrument("IWM", None)]) is None


def test_a_calendar_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="oldest first"):
        calendar(release(PAYROLLS + TICK), release(PAYROLLS))
    assert len(calendar(release(), release()).releases) == 2


@pytest.mark.parametrize(
    ("apart", "inside"),
    [
        (-2 * MINUTE - TICK, False),
        (-2 * MINUTE, True),
        (0 * MINUTE, True),
        (5 * MINUTE, True),
        (5 * MINUTE + TICK, False),
    ],
)
def test_both_ends_belong_to_a_window(apart: timedelta, inside: bool) -> None:
    there = calendar(
        release(PAYROLLS - timedelta(hours=3)), release(), release(PAYROLLS + timedelta(hours=3))
    )
    found = around(there, window(), PAYROLLS + apart, USD)
    assert found == ((there.releases[1],) if inside else ())
    assert bool(caps(there, PAYROLLS + apart)) is inside


def test_a_window_acts_around_the_releases_that_a_rule_counts() -> None:
    there = calendar(release(), release(PAYROLLS + MINUTE, impact=Impact.LOW))
    counted = spans(relevant(there, "high", USD))
    assert counted == [(PAYROLLS, PAYROLLS)]
    assert [bool(window().acts(PAYROLLS + n * MINUTE, counted)) for n in (-3, -2, 5, 6)] == [0, 1, 1, 0]


def test_a_window_holds_through_the_hour_in_which_clocks_change() -> None:
    """New York falls back on 2026-11-01 at 06:00 UTC: 01:59 is followed by 01:00, and UTC goes on."""
    at = datetime(2026, 11, 1, 6, tzinfo=UTC)
    there = replace(calendar(release(at)), written=at - timedelta(hours=3))
    acting = [minute for minute in range(-90, 91) if caps(there, at + minute * MINUTE)]
    assert acting == list(range(-2, 6))


def test_the_cap_names_the_release_the_minutes_and_the_end() -> None:
    (cap,) = caps(calendar(release()), PAYROLLS - MINUTE)
    assert cap == Cap(
        "funded news",
        0.0,
        Unit.LOTS,
        Kind.CONDITION,
        "USD Nonfarm Payrolls at 13:30 UTC, 2 min before to 5 min after",
        scope="IWM",
        advisory=True,
        since=PAYROLLS - 2 * MINUTE,
        until=PAYROLLS + 5 * MINUTE,
    )


def test_the_cap_bears_the_name_of_its_rule_and_binds_when_told_to() -> None:
    made = news_caps(window(), calendar(release()), [IWM], PAYROLLS, name="funded news b", advisory=False)
    assert [(cap.name, cap.advisory) for cap in made] == [("funded news b", False)]


def test_each_symbol_is_capped_by_the_news_that_concern_it() -> None:
    unknown = instrument("SPY", None)
    there = calendar(release(currency="EUR", title="Rate"), release(PAYROLLS + MINUTE))
    made = list(news_caps(window(), there, [IWM, DAX, unknown], PAYROLLS, advisory=True))
    assert {cap.scope: cap.reason.split(",")[0] for cap in made} == {
        "IWM": "USD Nonfarm Payrolls at 13:31 UTC",
        "DAX": "EUR Rate at 13:30 UTC",
        "SPY": "EUR Rate at 13:30 UTC and 1 more",
    }


def test_windows_that_join_end_with_the_last_of_them() -> None:
    """2 before, 5 after: 13:37 begins at 13:35, with the end of 13:30; 13:45 begins at 13:43 > 13:42."""
    there = calendar(
        release(),
        release(PAYROLLS + 6 * MINUTE, "EUR"),
        release(PAYROLLS + 7 * MINUTE),
        release(PAYROLLS + 15 * MINUTE),
    )
    (cap,) = caps(there, PAYROLLS)
    assert cap.until == PAYROLLS + 12 * MINUTE


def test_what_an_old_calendar_knows_counts_on_so_that_a_lost_file_makes_no_order_larger() -> None:
    old = replace(calendar(release()), written=PAYROLLS - timedelta(days=3))
    (cap,) = caps(old, PAYROLLS)
    assert (cap.value, cap.unit, cap.scope, cap.advisory) == (0.0, Unit.LOTS, "IWM", True)


@pytest.mark.parametrize(
    ("rule", "capped"),
    [
        (window(Act.OPEN), True),
        (window(Act.CLOSE, Act.OPEN), True),
        (window(Act.HOLD), True),  # what is opened is held
        (window(Act.CLOSE), False),
        (window(Act.PENDING_PLACED, Act.PENDING_FILL), False),
        (window(Act.STOP_FILL, Act.PROFIT_FILL), False),
        (Window(about=About.NEWS, allowed=True), False),
        (Window(about=About.WEEKEND, forbids=(Act.OPEN,)), False),
    ],
)
def test_only_news_in_which_nothing_may_be_opened_or_held_make_a_cap(rule: Window, capped: bool) -> None:
    assert bool(caps(calendar(release()), PAYROLLS, rule)) is capped


def test_the_next_release_is_the_first_that_counts_and_one_of_this_instant_is_next() -> None:
    past, low, euro = release(PAYROLLS - TICK), release(impact=Impact.LOW), release(currency="EUR")
    there = calendar(past, low, euro, release())
    assert next_release(there, PAYROLLS, "high", USD) == release()
    assert next_release(there, PAYROLLS + TICK, "high", USD) is None
    assert next_release(calendar(), PAYROLLS, "high", USD) is None


def said(at: datetime, *releases: Release, rule: Window | None = None) -> str:
    asked = rule or window(Act.OPEN, Act.PENDING_FILL, after=2.0)
    return news_words(asked, calendar(*releases or (release(),)), at, USD)


@pytest.mark.parametrize(
    ("left", "when"),
    [
        (43 * MINUTE + 59 * SECOND, "in 43 min"),
        (2 * MINUTE + TICK, "in 2 min"),
        (2 * MINUTE, "now"),
        (60 * MINUTE, "in 1 h 0 min"),
        (190 * MINUTE, "in 3 h 10 min"),
    ],
)
def test_what_comes_is_said_with_the_time_that_is_left_and_the_window(left: timedelta, when: str) -> None:
    forbidden = "no opening, no pending fills from 13:28 to 13:32"
    assert said(PAYROLLS - left) == f"news {when}: USD Nonfarm Payrolls at 13:30 UTC: {forbidden}"


def test_days_and_seconds_are_said_where_they_matter() -> None:
    """26 h 30 min after 2026-12-04 12:00 it is 2026-12-05 14:30."""
    noon = datetime(2026, 12, 4, 12, tzinfo=UTC)
    later = release(noon + timedelta(hours=26, minutes=30))
    assert said(noon, later, rule=window(Act.HOLD, before=2.5)) == (
        "news in 1 d 2 h: USD Nonfarm Payrolls at 2026-12-05 14:30 UTC: "
        "nothing open from 2026-12-05 14:27:30 to 2026-12-05 14:35"
    )
    assert said(later.at - timedelta(days=1), later).startswith("news in 1 d 0 h: ")
    at_once = window(Act.CLOSE, before=0.0)
    assert said(PAYROLLS - SECOND, rule=at_once).startswith("news in less than a minute: ")


def test_releases_of_one_instant_are_counted_in_the_words() -> None:
    both = release(), release(title="Unemployment Rate"), release(currency="EUR"), release(PAYROLLS + MINUTE)
    assert "Nonfarm Payrolls at 13:30 UTC and 1 more: " in said(PAYROLLS - 43 * MINUTE, *both)
    assert "Nonfarm Payrolls at 13:30 UTC and 2 more: " in said(PAYROLLS, *both)


def test_every_act_has_words() -> None:
    assert said(PAYROLLS, rule=window(*Act)).endswith(
        ": no opening, no closing, nothing open, no placing of pending orders, no pending fills, "
        "no stop-loss fills, no take-profit fills from 13:28 to 13:35"
    )


def test_the_words_say_where_nothing_is_forbidden_ahead_or_known() -> None:
    assert said(PAYROLLS + 3 * MINUTE) == "news: none is ahead in the calendar of 2026-12-04 06:00 UTC"
    free = Window(about=About.NEWS, allowed=True)
    assert news_words(free, LOST, PAYROLLS, USD) == "news: nothing is forbidden"
    assert news_words(window(), LOST, PAYROLLS, USD) == "news: cannot certify: no calendar: there is none"


def test_a_list_of_the_firms_own_is_a_doubt() -> None:
    assert doubts(window(impact="listed_events")) == (LISTED_DOUBT,)
    assert doubts(window()) == ()


RELEASES = st.lists(
    st.builds(
        lambda second, currency, impact: release(WRITTEN + second * SECOND, currency, impact=impact),
        st.integers(0, 3_000),
        st.sampled_from(["USD", "EUR", EVERY]),
        st.sampled_from(list(Impact)),
    ),
    max_size=12,
).map(lambda found: calendar(*sorted(found, key=lambda one: one.at)))
MINUTES = st.sampled_from([0.0, 0.5, 2.0, 5.0, 17.5])


@given(RELEASES, MINUTES, MINUTES, st.sampled_from(["high", "medium", None]), st.integers(-1_200, 4_200))
def test_a_symbol_is_capped_exactly_while_its_window_acts(
    there: Calendar, before: float, after: float, impact: str | None, second: int
) -> None:
    rule = window(before=before, after=after, impact=impact)
    at = max(WRITTEN + second * SECOND, WRITTEN - 5 * MINUTE)  # from earlier on it is of the future
    for one in (IWM, DAX):
        of = currencies([one])
        acts = rule.acts(at, spans(relevant(there, impact, of)))
        made = list(news_caps(rule, there, [one], at, advisory=False))
        assert bool(made) is bool(acts)
        words = news_words(rule, there, at, of)
        assert words.startswith("news now") is bool(acts)
        for cap in made:
            assert cap.until is not None
            later = [moment for moment in (cap.until, cap.until + TICK) if moment >= at]
            assert [bool(around(there, rule, moment, of)) for moment in later] == [True, False]
            assert isinstance(cap.since, datetime)
            assert around(there, rule, cap.since, of)


@given(RELEASES, RELEASES, st.integers(0, 3_000))
def test_a_second_calendar_never_lifts_a_cap(one: Calendar, other: Calendar, second: int) -> None:
    both = calendar(*sorted((*one.releases, *other.releases), key=lambda found: found.at))
    at = WRITTEN + second * SECOND
    assert {cap.scope for cap in caps(one, at)} <= {cap.scope for cap in caps(both, at)}


def test_a_calendar_that_could_not_be_read_in_full_certifies_nothing_and_still_caps() -> None:
    torn = replace(calendar(release()), doubts=("news.csv line 3 was x; expected an instant", "another"))
    found = certified(torn, PAYROLLS)
    assert isinstance(found, Unknown)
    assert found.reason == "no calendar that was read in full: news.csv line 3 was x; expected an instant"
    assert len(caps(torn, PAYROLLS)) == 1
