from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.conditions import condition_caps, observed, staleness, trades_cap
from assistant.core.history import Given
from assistant.core.market import Hours, Quote, SessionState, Side, Unknown
from assistant.core.multiplier import regime_now
from assistant.core.regime import Stance
from assistant.core.snapshot import Snapshot
from tests.core.builders import (
    AS_OF,
    BUY,
    CONDITIONS,
    FOLD,
    IWM,
    IWM_BARS,
    IWM_QUOTE,
    OPEN,
    POSITION,
    SELL,
    SETTINGS,
    SHARES,
    SHUT,
    SNAPSHOT,
    SPY_BARS,
    TRADES,
    VOLATILITY,
    XLU,
    XLU_BARS,
    XLU_QUOTE,
    day,
    utc,
    with_bars,
    with_quote,
)

FAIL_SAFE = 0.15
EDGE = replace(OPEN, state=SessionState.EDGE)
SPY_QUOTE = Quote(200.00, 200.08, AS_OF - timedelta(seconds=12))


def caps_of(snapshot: Snapshot) -> list[Cap]:
    regime = regime_now(Given(snapshot.bars), FOLD, VOLATILITY).regime
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
    assert cap.reason == "no next session is known: the packaged table has ended, update the assistant"


def test_a_terminal_without_its_broker_is_stale() -> None:
    terminal = replace(SNAPSHOT.terminal, connected=False)
    assert caps_of(replace(SNAPSHOT, terminal=terminal)) == [stale("the terminal has no link to its broker")]


def test_closes_that_should_be_there_and_are_not_are_stale_for_the_account() -> None:
    behind = with_bars(SNAPSHOT, {"SPY": SPY_BARS[:5]})  # session 6 is missing
    reason = (
        "last close of IWM/SPY is of 2018-12-07, but 2018-12-08 has closed; "
        "if that session did not take place, name it in exchange.closed"
    )
    assert caps_of(behind) == [stale(reason)]


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
    late = with_quote(SNAPSHOT, "XLU", replace(XLU_QUOTE, at=AS_OF - timedelta(seconds=16)))
    assert caps_of(late) == [stale("quote is 16 s old, 15 s allowed", "XLU")]


def test_all_that_is_wrong_is_said_at_once() -> None:
    quotes: dict[str, Quote | Unknown] = {
        "IWM": Unknown("no tick of IWM"),
        "XLU": replace(XLU_QUOTE, at=AS_OF - timedelta(hours=90)),
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
            (
                "quote stamped 10 s in the future: set the PC's clock by the internet; where "
                "terminal.server_zone names a zone, set it to auto"
            ),
        ),
        (
            -3600.0,
            (
                "quote stamped 3600 s in the future: set the PC's clock by the internet; where "
                "terminal.server_zone names a zone, set it to auto"
            ),
        ),
    ],
)
def test_in_a_session_a_quote_is_fresh_up_to_its_age_limit(age: float, reason: str | None) -> None:
    quote = quoted(AS_OF - timedelta(seconds=age))
    assert staleness(quote, AS_OF, OPEN, CONDITIONS) == reason
    assert staleness(quote, AS_OF, EDGE, CONDITIONS) == reason
    assert staleness(quote, AS_OF, replace(OPEN, state=SessionState.HALTED), CONDITIONS) == reason


SET = "set the PC's clock by the internet"


@pytest.mark.parametrize(
    ("age", "skew", "reason"),
    [
        (15.0, 0.0, None),
        (15.0, -0.7, None),  # the freshest tick was read 0.7 s after it was made
        (16.0, -0.7, "quote is 16 s old, 15 s allowed"),
        # the PC is ahead: all quotes seem old, and stay refused
        (
            17.0,
            -16.0,
            (
                f"quote seems 17 s old, 15 s allowed: the PC's clock is 16 s ahead of the broker's, or "
                f"quotes come late; {SET}"
            ),
        ),
        (40.0, -16.0, "quote is 40 s old, 15 s allowed"),
        # the PC is behind: a quote is as much older as the clock is behind
        (7.0, 8.0, None),
        (
            7.1,
            8.0,
            (
                "quote is 15 s old, 15 s allowed: the PC's clock, by which it is 7 s old, is 8 s behind the "
                "broker's; set it by the internet"
            ),
        ),
        (
            -8.0,
            40.0,
            (
                "quote is 32 s old, 15 s allowed: the PC's clock, by which it is -8 s old, is 40 s behind "
                "the broker's; set it by the internet"
            ),
        ),
        (16.0, 8.0, "quote is 24 s old, 15 s allowed"),
        (
            -39.0,
            40.0,
            (
                "quote stamped 39 s in the future: the PC's clock is 40 s behind the broker's; set it by "
                "the internet"
            ),
        ),
        (
            -39.0,
            10.0,
            (
                f"quote stamped 39 s in the future: {SET}; where terminal.server_zone names a zone, set it "
                "to auto"
            ),
        ),
    ],
)
def test_a_wrong_clock_of_the_pc_is_named_and_makes_no_quote_newer(
    age: float, skew: float, reason: str | None
) -> None:
    quote = quoted(AS_OF - timedelta(seconds=age))
    assert staleness(quote, AS_OF, OPEN, CONDITIONS, skew) == reason
    (cap,) = [*caps_of(with_quote(skewed(skew), "IWM", quote)), None][:1]
    assert (cap.reason if cap else None) == reason


def skewed(skew: float) -> Snapshot:
    """Quotes of SPY and XLU that are fresh by any of these clocks are not there: IWM alone is looked at."""
    alone = replace(SNAPSHOT, instruments=SNAPSHOT.instruments[:1], quotes={"IWM": IWM_QUOTE})
    return replace(alone, terminal=replace(alone.terminal, skew=skew))


@given(age=st.floats(-60, 60), skew=st.floats(-60, 60))
def test_knowing_how_wrong_the_clock_is_never_makes_a_quote_good(age: float, skew: float) -> None:
    quote = quoted(AS_OF - timedelta(seconds=age))
    if staleness(quote, AS_OF, OPEN, CONDITIONS) is not None:
        assert staleness(quote, AS_OF, OPEN, CONDITIONS, skew) is not None


# A spread of 4 % of the price is the widest here: 1.60 at a mid of 40.00.
@pytest.mark.parametrize(
    ("bid", "ask", "reason"),
    [
        (39.21, 40.79, None),
        (39.18, 40.82, "quote was bid 39.18, ask 40.82: a spread of 4.1 % of the price, 4 % allowed"),
        (1.0, 221.0, "quote was bid 1, ask 221: a spread of 198.2 % of the price, 4 % allowed"),
    ],
)
@pytest.mark.parametrize("hours", [OPEN, SHUT])
def test_an_absurd_spread_is_no_quote(hours: Hours, bid: float, ask: float, reason: str | None) -> None:
    assert staleness(Quote(bid, ask, AS_OF), AS_OF, hours, CONDITIONS) == reason


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


# The clock of the server


@pytest.mark.parametrize("hours", [OPEN, EDGE])
def test_a_doubted_clock_is_stale_for_the_account_while_the_market_is_open(hours: Hours) -> None:
    terminal = replace(SNAPSHOT.terminal, clock_doubt="not measured yet")
    caps = caps_of(replace(SNAPSHOT, hours=hours, terminal=terminal))
    assert stale("not measured yet") in caps


def test_outside_a_session_a_doubted_clock_adds_nothing_to_a_closed_market() -> None:
    terminal = replace(SNAPSHOT.terminal, clock_doubt="not measured yet")
    (cap,) = caps_of(replace(SNAPSHOT, hours=SHUT, terminal=terminal))
    assert cap.name == "market closed"


# The legs of the ratio: IWM's quote is 10 s old, SPY's as told; 25 s apart is allowed.


@pytest.mark.parametrize("hours", [OPEN, EDGE])
@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (0.0, None),
        (35.0, None),  # exactly 25 s apart
        (36.0, "quotes of IWM/SPY are 26 s apart, 25 s allowed"),
        (-16.0, "quotes of IWM/SPY are 26 s apart, 25 s allowed"),
    ],
)
def test_quotes_of_the_legs_belong_together(hours: Hours, age: float, reason: str | None) -> None:
    quote = replace(SPY_QUOTE, at=AS_OF - timedelta(seconds=age))
    caps = caps_of(with_quote(replace(SNAPSHOT, hours=hours), "SPY", quote))
    assert [cap for cap in caps if cap.name == "stale"] == ([stale(reason)] if reason else [])


def test_outside_a_session_the_legs_may_have_closed_one_after_the_other() -> None:
    snapshot = replace(SNAPSHOT, hours=SHUT)
    late = with_quote(snapshot, "SPY", replace(SPY_QUOTE, at=AS_OF - timedelta(seconds=36)))
    assert [cap.name for cap in caps_of(late)] == ["market closed"]


def test_a_leg_without_a_quote_is_stale_for_the_account() -> None:
    quotes: dict[str, Quote | Unknown] = {**SNAPSHOT.quotes, "SPY": Unknown("no tick of SPY")}
    assert caps_of(replace(SNAPSHOT, quotes=quotes)) == [stale("no tick of SPY")]
    assert caps_of(replace(SNAPSHOT, quotes=quotes, hours=SHUT))[0].name == "market closed"


def test_legs_of_another_terminal_are_not_looked_for_here() -> None:
    regime = replace(regime_now(Given(SNAPSHOT.bars), FOLD, VOLATILITY).regime, lender=4002)
    far = with_quote(SNAPSHOT, "SPY", replace(SPY_QUOTE, at=AS_OF - timedelta(seconds=300)))
    far = replace(far, bars={**far.bars, "SPY": Unknown("copy_rates failed: -1")})
    assert condition_caps(far, regime, CONDITIONS, FAIL_SAFE) == []


# The edge of a session


def test_at_the_edge_of_a_session_a_share_of_its_own() -> None:
    (cap,) = caps_of(replace(SNAPSHOT, hours=EDGE))
    reason = "0.40x in the first and last minutes of the session, which closes at 21:00 UTC"
    assert cap == Cap("session edge", 0.4, Unit.SHARE, Kind.CONDITION, reason)


def test_an_edge_whose_close_is_not_known_says_no_more_than_it_knows() -> None:
    (cap,) = caps_of(replace(SNAPSHOT, hours=replace(EDGE, opens_at=None, closes_at=None)))
    assert cap.reason == "0.40x in the first and last minutes of the session"


# Normal risk is 496.5, the regime's share 0.3, the edge's 0.4. A sell of IWM adds no risk-on exposure, so it
# meets the edge alone; a lot of it loses 157.5 to the default stop.
def test_at_the_edge_the_smallest_share_holds_for_lots_and_plan() -> None:
    advice = advice_on(replace(SNAPSHOT, hours=EDGE))
    sides = advice.symbols[0].sides
    assert (sides[BUY].lots, sides[BUY].plan_lots) == (0.9, 0.9)  # 0.3 x 496.5 / 150 = 0.993
    assert (sides[SELL].lots, sides[SELL].plan_lots) == (1.3, 1.3)  # 0.4 x 496.5 / 150.75 = 1.317
    assert (sides[SELL].binding.name, advice.share.name) == ("session edge", "regime")


def test_the_edge_says_nothing_of_what_is_held_through_it() -> None:
    held = replace(SNAPSHOT, positions=(POSITION,))
    at_edge, inside = (advice_on(replace(held, hours=hours)) for hours in (EDGE, OPEN))
    assert at_edge.symbols[0].held == inside.symbols[0].held
    sold = replace(held, positions=(replace(POSITION, side=SELL, stop=43.5),))
    at_edge, inside = (advice_on(replace(sold, hours=hours)) for hours in (EDGE, OPEN))
    assert at_edge.symbols[0].held == inside.symbols[0].held  # 496.5 / 157.5 = 3.152
    assert inside.symbols[0].held[0].position_cap == 3.2


def test_the_edge_ends_at_once() -> None:
    _, track = advise(replace(SNAPSHOT, hours=EDGE), Track(), SETTINGS)
    later, _ = advise(replace(SNAPSHOT, as_of=AS_OF + timedelta(seconds=1)), track, SETTINGS)
    assert "session edge" not in [cap.name for cap in later.caps]


# A halt. The session opens at 14:30 UTC.


def seen(state: SessionState, at: str, *ticks: str) -> SessionState:
    quotes = {str(number): replace(IWM_QUOTE, at=utc(tick)) for number, tick in enumerate(ticks)}
    return observed(replace(OPEN, state=state), quotes, utc(at)).state


@pytest.mark.parametrize("state", [SessionState.OPEN, SessionState.EDGE])
@pytest.mark.parametrize(
    ("at", "ticks", "halted"),
    [
        ("2018-12-10T15:00:00", ["2018-12-10T14:50:00"], True),  # 10 minutes, exactly
        ("2018-12-10T15:00:00", ["2018-12-10T14:50:00.001"], False),
        ("2018-12-10T15:00:00", ["2018-12-10T14:40:00", "2018-12-10T14:59:59"], False),  # one has moved
        ("2018-12-10T15:00:00", ["2018-12-08T21:00:00", "2018-12-10T14:30:01"], True),
        ("2018-12-10T14:39:59", ["2018-12-08T21:00:00"], False),  # nothing yet, not 10 minutes after the open
        ("2018-12-10T14:40:00", ["2018-12-08T21:00:00"], True),
        ("2018-12-10T15:00:00", [], False),  # no quotes at all: nothing is observed
        ("2018-12-10T15:00:00", ["2018-12-10T16:00:00"], False),  # of the future
    ],
)
def test_without_a_tick_from_any_symbol_a_listed_session_is_halted(
    state: SessionState, at: str, ticks: list[str], *, halted: bool
) -> None:
    assert seen(state, at, *ticks) is (SessionState.HALTED if halted else state)


@pytest.mark.parametrize("state", [SessionState.PRE, SessionState.CLOSED, SessionState.HOLIDAY])
def test_outside_a_session_silence_is_no_halt(state: SessionState) -> None:
    assert seen(state, "2018-12-10T15:00:00", "2018-12-08T21:00:00") is state


def test_a_quote_that_cannot_be_read_neither_makes_nor_hides_a_halt() -> None:
    gone = Unknown("no tick of SPY")
    assert observed(OPEN, {"SPY": gone}, AS_OF) is OPEN
    old = quoted(AS_OF - timedelta(minutes=10))
    assert observed(OPEN, {"SPY": gone, "IWM": old}, AS_OF).state is SessionState.HALTED


def test_hours_whose_open_is_not_known_are_not_judged() -> None:
    hours = replace(OPEN, opens_at=None)
    assert observed(hours, {"IWM": quoted(AS_OF - timedelta(hours=1))}, AS_OF) is hours


def test_a_halt_leaves_no_lots_and_no_plan() -> None:
    old = replace(IWM_QUOTE, at=AS_OF - timedelta(minutes=10))
    quiet = replace(SNAPSHOT, quotes={"IWM": old, "XLU": replace(XLU_QUOTE, at=old.at)})
    advice = advice_on(quiet)
    assert advice.hours == replace(OPEN, state=SessionState.HALTED)
    for symbol in advice.symbols:
        for side in symbol.sides.values():
            assert (side.lots, side.plan_lots, side.lots_cap.name) == (0.0, 0.0, "halted")
    reason = "no tick from any symbol for 10 minutes in a listed session"
    (cap,) = (cap for cap in advice.caps if cap.name == "halted")
    assert cap == replace(Cap("halted", 0.0, Unit.LOTS, Kind.CONDITION, reason, settles=True), since=AS_OF)


def test_after_a_halt_the_quotes_must_be_seen_good_for_a_while() -> None:
    old = replace(IWM_QUOTE, at=AS_OF - timedelta(minutes=10))
    quiet = replace(SNAPSHOT, quotes={"IWM": old, "XLU": replace(XLU_QUOTE, at=old.at)})
    _, track = advise(quiet, Track(), SETTINGS)
    names = []
    for second in (1, 30, 31):
        at = AS_OF + timedelta(seconds=second)
        quotes = {"IWM": replace(IWM_QUOTE, at=at), "XLU": replace(XLU_QUOTE, at=at)}
        advice, track = advise(replace(SNAPSHOT, as_of=at, quotes=quotes), track, SETTINGS)
        assert advice.hours.state is SessionState.OPEN
        names.append("halted" in [cap.name for cap in advice.caps])
    assert names == [True, True, False]


# What holds for all of them


def advice_on(snapshot: Snapshot) -> Advice:
    advice, _ = advise(snapshot, Track(), SETTINGS)
    return advice


def lots(advice: Advice) -> list[float]:
    return [
        number
        for symbol in advice.symbols
        for side in Side
        for number in (symbol.sides[side].lots, symbol.sides[side].plan_lots)
    ]


ages = st.floats(-20, 60) | st.floats(540, 900)  # seconds


@st.composite
def readings(draw: st.DrawFn) -> Snapshot:
    quotes: dict[str, Quote | Unknown] = {}
    for name, quote in (("IWM", IWM_QUOTE), ("SPY", SPY_QUOTE), ("XLU", XLU_QUOTE)):
        quotes[name] = replace(quote, at=AS_OF - timedelta(seconds=draw(ages)))
        if not draw(st.integers(0, 7)):
            quotes[name] = Unknown("gone")
    account = replace(SNAPSHOT.account, free_margin=60_000.0)
    wide = (replace(IWM, volume_max=40.0), replace(XLU, volume_max=40.0))
    state = draw(st.sampled_from([SessionState.OPEN, SessionState.OPEN, SessionState.PRE]))
    hours = replace(OPEN, state=state)
    return replace(SNAPSHOT, account=account, instruments=wide, quotes=quotes, hours=hours)


def without_spy(one: Snapshot) -> Snapshot:
    return replace(one, quotes={**one.quotes, "SPY": Unknown("gone")})


@pytest.mark.parametrize("fail_safe", [0.0, FAIL_SAFE])
@given(one=readings())
def test_a_doubt_an_edge_and_a_halt_never_raise_lots(fail_safe: float, one: Snapshot) -> None:
    settings = replace(SETTINGS, fold=replace(SETTINGS.fold, shares=replace(SHARES, fail_safe=fail_safe)))
    before = lots(advise(one, Track(), settings)[0])
    worse = [
        replace(one, terminal=replace(one.terminal, clock_doubt="why")),
        without_spy(one),
    ]
    if one.hours.state is SessionState.OPEN:
        worse += [
            replace(one, hours=replace(one.hours, state=state))
            for state in (SessionState.EDGE, SessionState.HALTED)
        ]
        worse += [replace(two, hours=replace(two.hours, state=SessionState.EDGE)) for two in worse[:2]]
    for two in worse:
        after = lots(advise(two, Track(), settings)[0])
        assert all(less <= more for less, more in zip(after, before, strict=True))


# A quote that has left its last close as no other has


def stepping(**mids: float) -> Snapshot:
    """Quotes some way from the last closes: IWM closed at 40, SPY at 200, XLU at 26.20."""
    quotes: dict[str, Quote | Unknown] = {name: Quote(mid, mid, AS_OF) for name, mid in mids.items()}
    return replace(SNAPSHOT, quotes=quotes)


def steps(snapshot: Snapshot) -> list[tuple[str, float, Unit]]:
    return [(cap.scope, cap.value, cap.unit) for cap in caps_of(snapshot) if cap.name == "price step"]


def test_a_reverse_split_over_night_makes_no_lots_before_any_close_could_tell() -> None:
    found = stepping(IWM=400.0, SPY=201.0, XLU=26.3)
    (cap,) = [one for one in caps_of(found) if one.name == "price step"]
    assert (cap.scope, cap.value, cap.unit, cap.settles) == ("IWM", 0.0, Unit.LOTS, True)
    change = "+900.0 % since the last close, others not"
    assert cap.reason == f"{change}: a split? No distance in price holds until the next close"


@pytest.mark.parametrize(
    ("iwm", "spy", "xlu", "stepped"),
    [
        (46.4, 200.0, 26.2, []),  # ln 1.16 = 0.148
        (46.6, 200.0, 26.2, ["IWM"]),  # 0.153
        (34.3, 200.0, 26.2, ["IWM"]),  # -0.154
        (32.0, 164.0, 21.0, []),  # all crash: -0.223 against -0.199 and -0.221
        (40.0, 160.0, 20.96, []),  # one stands still while the others crash
        (20.0, 100.0, 26.2, ["IWM"]),  # -0.693; of SPY and XLU the middle is -0.288
    ],
)
def test_a_price_step_is_beyond_the_limit_in_itself_and_against_the_middle_of_the_others(
    iwm: float, spy: float, xlu: float, stepped: list[str]
) -> None:
    found = [scope for scope, _, _ in steps(stepping(IWM=iwm, SPY=spy, XLU=xlu))]
    assert [scope for scope in found if scope == "IWM"] == stepped


def test_a_symbol_without_quote_or_bars_takes_no_part_in_price_steps() -> None:
    alone = replace(stepping(IWM=400.0), bars={"IWM": IWM_BARS, "SPY": Unknown("lost"), "XLU": ()})
    quotes: dict[str, Quote | Unknown] = {
        **alone.quotes,
        "SPY": Quote(9.0, 9.0, AS_OF),
        "XLU": Unknown("no tick"),
    }
    assert steps(replace(alone, quotes=quotes)) == [("IWM", 0.0, Unit.LOTS)]


# New positions


@pytest.mark.parametrize(
    ("stance", "opened", "bound"),
    [
        (Stance.RISK_ON, 6, False),
        (Stance.RISK_ON, 7, True),
        (Stance.NEUTRAL, 5, True),
        (Stance.RISK_OFF, 2, False),
        (Stance.RISK_OFF, 3, True),
        (Stance.UNKNOWN, 2, True),
    ],
)
def test_a_session_with_as_many_new_positions_as_its_stance_allows_sees_no_more(
    stance: Stance, opened: int, *, bound: bool
) -> None:
    regime = replace(regime_now(Given(SNAPSHOT.bars), FOLD, VOLATILITY).regime, stance=stance)
    found = list(trades_cap(regime, opened, TRADES))
    assert len(found) == bound
    for cap in found:
        assert (cap.name, cap.value, cap.unit, cap.advisory) == ("max new trades", 0.0, Unit.LOTS, True)
        assert cap.reason == f"{opened} new positions in this session, {opened} allowed in {stance}"


def test_a_count_that_is_not_known_is_as_good_as_the_last_one() -> None:
    regime = regime_now(Given(SNAPSHOT.bars), FOLD, VOLATILITY).regime
    (cap,) = trades_cap(regime, Unknown("deals were not read"), replace(TRADES, advisory=False))
    assert cap.reason == "new positions of this session are not known: deals were not read"
    assert (cap.value, cap.advisory) == (0.0, False)


def test_more_trades_in_a_weaker_stance_are_refused() -> None:
    with pytest.raises(
        ValueError, match="was risk_off 6, neutral 5, risk_on 7; expected risk_off <= neutral <= risk_on"
    ):
        replace(TRADES, risk_off=6)
