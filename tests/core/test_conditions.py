from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from assistant.core.caps import Cap, Kind, Unit
from assistant.core.conditions import condition_caps, staleness
from assistant.core.market import Hours, Quote, SessionState, Snapshot, Unknown
from assistant.core.multiplier import regime_now
from tests.core.builders import (
    AS_OF,
    CONDITIONS,
    IWM_QUOTE,
    OPEN,
    REGIME,
    SHARES,
    SHUT,
    SNAPSHOT,
    SPY_BARS,
    XLU_BARS,
    day,
    with_bars,
    with_quote,
)

FAIL_SAFE = 0.15


def caps_of(snapshot: Snapshot) -> list[Cap]:
    regime = regime_now(snapshot.bars, REGIME, SHARES).regime
    return list(condition_caps(snapshot, regime, CONDITIONS, FAIL_SAFE))


def stale(reason: str, scope: str = "account") -> Cap:
    return Cap("stale", FAIL_SAFE, Unit.SHARE, Kind.CONDITION, reason, scope=scope, settles=True)


def quoted(at: datetime) -> Quote:
    return replace(IWM_QUOTE, at=at)


def test_good_facts_make_no_cap() -> None:
    assert caps_of(SNAPSHOT) == []


@pytest.mark.parametrize("state", [SessionState.PRE, SessionState.CLOSED, SessionState.HOLIDAY])
def test_outside_a_session_no_lots_and_the_opening_is_named(state: SessionState) -> None:
    snapshot = replace(SNAPSHOT, hours=replace(OPEN, state=state))
    (cap,) = caps_of(snapshot)
    assert (cap.name, cap.value, cap.unit, cap.settles) == ("market closed", 0.0, Unit.LOTS, True)
    assert cap.reason == "opens 2018-12-10 14:30 UTC"


def test_past_the_end_of_the_table_no_opening_is_known() -> None:
    hours = replace(SHUT, opens_at=None, closes_at=None)
    (cap,) = caps_of(replace(SNAPSHOT, hours=hours))
    assert cap.reason == "no next session is known"


def test_a_terminal_without_its_broker_is_stale() -> None:
    terminal = replace(SNAPSHOT.terminal, connected=False)
    assert caps_of(replace(SNAPSHOT, terminal=terminal)) == [stale("the terminal has no link to its broker")]


def test_closes_that_should_be_there_and_are_not_are_stale_for_the_account() -> None:
    behind = with_bars(SNAPSHOT, {"SPY": SPY_BARS[:5]})  # session 6 is missing
    assert caps_of(behind) == [stale("last close of IWM/SPY is of 2018-12-07, but 2018-12-08 has closed")]


def test_without_a_finished_session_known_no_close_can_be_missing() -> None:
    hours = replace(OPEN, last_session=None)
    assert caps_of(replace(SNAPSHOT, hours=hours)) == []


def test_no_history_at_all_is_not_stale_but_unknown() -> None:
    assert caps_of(with_bars(SNAPSHOT, {"IWM": (), "SPY": ()})) == []


def test_a_leg_whose_bars_cannot_be_read_is_stale_for_the_account() -> None:
    bars = {**SNAPSHOT.bars, "SPY": Unknown("copy_rates failed: -1")}
    assert caps_of(replace(SNAPSHOT, bars=bars)) == [stale("copy_rates failed: -1")]


def test_bars_of_a_symbol_that_is_no_leg_do_not_make_the_account_stale() -> None:
    bars = {**SNAPSHOT.bars, "XLU": Unknown("copy_rates failed: -1")}
    assert caps_of(replace(SNAPSHOT, bars=bars)) == []


def test_a_stale_quote_concerns_its_symbol_alone() -> None:
    late = with_quote(SNAPSHOT, "XLU", quoted(AS_OF - timedelta(seconds=16)))
    assert caps_of(late) == [stale("quote is 16 s old, 15 s allowed", "XLU")]


def test_all_that_is_wrong_is_said_at_once() -> None:
    quotes: dict[str, Quote | Unknown] = {
        "IWM": Unknown("no tick of IWM"),
        "XLU": quoted(AS_OF - timedelta(hours=90)),
    }
    terminal = replace(SNAPSHOT.terminal, connected=False)
    bad = replace(SNAPSHOT, hours=SHUT, terminal=terminal, quotes=quotes)
    assert [(cap.name, cap.scope) for cap in caps_of(bad)] == [
        ("market closed", "account"),
        ("stale", "account"),
        ("stale", "IWM"),
        ("stale", "XLU"),
    ]


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (0.0, None),
        (15.0, None),  # exactly at the limit is fresh
        (15.001, "quote is 15 s old, 15 s allowed"),
        (40.0, "quote is 40 s old, 15 s allowed"),
        (-10.0, None),  # exactly as far in the future as is forgiven
        (
            -10.001,
            "quote stamped 10 s in the future: the PC clock or terminal.server_zone is wrong",
        ),
        (
            -3600.0,
            "quote stamped 3600 s in the future: the PC clock or terminal.server_zone is wrong",
        ),
    ],
)
def test_in_an_open_session_a_quote_is_fresh_up_to_its_age_limit(age: float, reason: str | None) -> None:
    quote = quoted(AS_OF - timedelta(seconds=age))
    assert staleness(quote, AS_OF, OPEN, CONDITIONS) == reason


def test_a_quote_that_could_not_be_read_says_why() -> None:
    assert staleness(Unknown("no tick"), AS_OF, OPEN, CONDITIONS) == "no tick"


# The last session closed on 2018-12-08 at 21:00 UTC; a quote serves from 20:45 on.
@pytest.mark.parametrize(
    ("before_close", "fresh"),
    [
        (timedelta(), True),
        (timedelta(minutes=15), True),  # exactly
        (timedelta(minutes=15, seconds=1), False),
        (-timedelta(hours=20), True),  # a later one, from outside the session
    ],
)
def test_outside_a_session_a_quote_of_its_last_minutes_serves(
    before_close: timedelta, *, fresh: bool
) -> None:
    assert SHUT.last_close is not None
    said = staleness(quoted(SHUT.last_close - before_close), AS_OF, SHUT, CONDITIONS)
    assert (said is None) is fresh


def test_an_older_quote_outside_a_session_says_of_when_it_is() -> None:
    assert SHUT.last_close is not None
    said = staleness(quoted(SHUT.last_close - timedelta(hours=3)), AS_OF, SHUT, CONDITIONS)
    assert said == "quote of 2018-12-08 18:00 UTC is not from the end of the last session"


def test_before_the_first_session_of_the_table_no_quote_serves() -> None:
    hours = Hours(SessionState.PRE, OPEN.opens_at, OPEN.closes_at, None, None)
    assert staleness(IWM_QUOTE, AS_OF, hours, CONDITIONS) is not None


def test_a_quote_from_the_future_is_refused_outside_a_session_too() -> None:
    said = staleness(quoted(AS_OF + timedelta(seconds=11)), AS_OF, SHUT, CONDITIONS)
    assert said is not None
    assert "future" in said


def test_sessions_of_the_fixture_are_what_the_comments_say() -> None:
    assert (OPEN.last_session, AS_OF.date()) == (day(6), day(8))


def test_a_symbol_whose_own_bars_end_too_early_is_stale() -> None:
    short = with_bars(SNAPSHOT, {"XLU": XLU_BARS[:-1]})
    (cap,) = caps_of(short)
    assert (cap.name, cap.scope, cap.value) == ("stale", "XLU", FAIL_SAFE)
    assert cap.reason.startswith("last bar is of ")
