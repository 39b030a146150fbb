"""The time between two looks: a clock that is set, a PC that sleeps, and what is seen anew after either."""

from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Unit
from assistant.core.intraday import Watch
from assistant.core.lapse import Lapse, jumped, slept, spoken
from assistant.core.market import Quote, Unknown
from assistant.core.snapshot import Snapshot
from tests.core.builders import (
    AS_OF,
    IWM_QUOTE,
    SETTINGS,
    SNAPSHOT,
    XLU_QUOTE,
    a_cap,
    closes,
    with_bars,
    with_quote,
)

SPY_RISK_ON = closes(200.0, 200.0, 200.0, 190.0, 160.0, 150.0)


@pytest.mark.parametrize(
    ("by_clock", "passed", "told"),
    [
        (1.0, 1.0, None),
        (3.0, 1.0, None),  # 2 s, exactly what may be
        (3.1, 1.0, "the PC's clock jumped by +2 s"),
        (3601.0, 1.0, "the PC's clock jumped by +3600 s"),
        (-39.0, 1.0, "the PC's clock jumped by -40 s"),
        (2520.0, 2520.0, None),  # slept: both told the same
    ],
)
def test_a_clock_jumps_by_what_it_shows_more_than_has_passed(
    by_clock: float, passed: float, told: str | None
) -> None:
    assert jumped(Lapse(by_clock, passed), 2.0) == told


@pytest.mark.parametrize(
    ("passed", "meant", "told"),
    [
        (60.0, 0.0, None),
        (60.1, 0.0, "nobody looked for 60 s: the PC slept, or a call hung"),
        (300.0, 240.0, None),  # a loop that waits four minutes
        (2520.0, 1.0, "nobody looked for 42 min: the PC slept, or a call hung"),
    ],
)
def test_nobody_looked_where_much_more_time_passed_than_was_meant(
    passed: float, meant: float, told: str | None
) -> None:
    assert slept(Lapse(passed, passed, meant), 60.0) == told


def test_a_clock_that_was_set_says_nothing_of_how_long_nobody_looked() -> None:
    assert slept(Lapse(3601.0, 1.0), 60.0) is None
    assert slept(Lapse(1.0, 61.0), 60.0) == "nobody looked for 61 s: the PC slept, or a call hung"


def test_before_the_first_look_nothing_has_lapsed() -> None:
    assert (jumped(None, 2.0), slept(None, 60.0)) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (59.6, "60 s"),
        (119.4, "119 s"),
        (120.0, "2 min"),
        (7140.0, "119 min"),
        (7199.0, "2 h 0 min"),
        (7200.0, "2 h 0 min"),
        (11_100.0, "3 h 5 min"),
        (10_799.0, "3 h 0 min"),  # 2 h 59 min 59 s
    ],
)
def test_a_length_of_time_is_told_as_one_reads_it(seconds: float, told: str) -> None:
    assert spoken(seconds) == told


# What a jump and a sleep do to advice. Slept is 90 s here, recovering takes 30 s.


def names(advice: Advice) -> list[str]:
    return [cap.name for cap in advice.caps if cap.name in ("stale", "halted")]


def good(seconds: float, lapse: Lapse | None = None) -> Snapshot:
    """Fresh quotes some seconds after AS_OF."""
    at = AS_OF + timedelta(seconds=seconds)
    quotes: dict[str, Quote | Unknown] = {
        "IWM": replace(IWM_QUOTE, at=at),
        "XLU": replace(XLU_QUOTE, at=at),
    }
    return replace(SNAPSHOT, as_of=at, quotes=quotes, lapse=lapse)


@pytest.mark.parametrize("by_clock", [3601.0, -3599.0, 5.0, -5.0])
def test_a_jump_of_the_clock_is_no_new_risk_until_facts_were_seen_good_for_a_while(by_clock: float) -> None:
    _, track = advise(good(0), Track(), SETTINGS)
    told = []
    for second in (by_clock, by_clock + 1, by_clock + 30, by_clock + 31):
        lapse = Lapse(by_clock, 1.0) if second == by_clock else Lapse(1.0, 1.0)
        advice, track = advise(good(second, lapse), track, SETTINGS)
        told.append(names(advice))
        if second == by_clock:
            (cap,) = (cap for cap in advice.caps if cap.name == "stale")
            start = f"the PC's clock jumped by {by_clock - 1:+.0f} s since the last look"
            assert cap.reason == f"{start}: what is fresh must be seen anew"
            assert all(side.lots == 0 for one in advice.symbols for side in one.sides.values())
    assert told == [["stale"], ["stale"], ["stale"], []]


@pytest.mark.parametrize(("passed", "lifts"), [(89.0, True), (91.0, False)])
def test_time_in_which_nobody_looked_is_no_good_time(passed: float, *, lifts: bool) -> None:
    bad = with_quote(good(0), "XLU", replace(XLU_QUOTE, at=AS_OF - timedelta(seconds=16)))
    _, track = advise(bad, Track(), SETTINGS)
    _, track = advise(good(1), track, SETTINGS)  # good once, and then the PC sleeps
    after, track = advise(good(1 + passed, Lapse(passed, passed)), track, SETTINGS)
    assert (names(after) == []) is lifts
    if not lifts:
        (cap,) = (cap for cap in after.caps if cap.name == "stale")
        assert cap.reason == "recovering, good for 0 of 30 s: quote is 16 s old, 15 s allowed"
        after, track = advise(good(31 + passed, Lapse(1.0, 1.0)), track, SETTINGS)
        assert names(after) == []


@pytest.mark.parametrize(
    "lapse", [Lapse(11.0, 8.0), Lapse(11.0, 14.0), Lapse(100.0, 100.0)], ids=["set on", "set back", "slept"]
)
def test_a_gap_is_no_evidence_that_the_ratio_was_below_its_band(lapse: Lapse) -> None:
    """By these closes the lower edge is 0.2392, less 1 % 0.2368; 40.03 / 172 is 0.2327."""
    below = Track(watch=Watch(below_since=AS_OF - timedelta(minutes=4, seconds=50), looked=AS_OF))
    now = with_bars(good(11), {"SPY": SPY_RISK_ON})
    now = with_quote(now, "SPY", Quote(171.98, 172.02, now.as_of))
    went_on, _ = advise(replace(now, lapse=Lapse(11.0, 11.0)), below, SETTINGS)
    assert "intraday" in [cap.name for cap in went_on.caps]  # 5 minutes and 1 second
    began_anew, track = advise(replace(now, lapse=lapse), below, SETTINGS)
    assert "intraday" not in [cap.name for cap in began_anew.caps]
    assert track.watch.below_since == now.as_of


def test_a_cap_of_the_session_stands_over_a_gap() -> None:
    cap = replace(a_cap(0.3, Unit.SHARE, "intraday"), until=AS_OF + timedelta(hours=3))
    after, _ = advise(good(60, Lapse(3660.0, 60.0)), Track(watch=Watch(None, AS_OF, cap)), SETTINGS)
    assert cap in after.caps
