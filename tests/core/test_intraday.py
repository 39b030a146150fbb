"""The provisional cap of a session: a live ratio under the band for five minutes without a pause."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from assistant.core.caps import AppliesTo, Kind
from assistant.core.closes import Oddity
from assistant.core.intraday import Watch, intraday
from assistant.core.market import Quote, SessionState, Unknown
from assistant.core.multiplier import Regime
from assistant.core.regime import Stance
from assistant.core.snapshot import Snapshot
from tests.core.builders import AS_OF, CONDITIONS, OPEN, SHARES, SNAPSHOT, day
from tests.core.test_signals import REGIME as AT_REST

REGIME = replace(AT_REST, edge=0.25, ratio=0.26)
MARGIN = 0.01  # the level is 0.2475


def looked(after: timedelta, ratio: float, spread: float = 0.0, **changed: object) -> Snapshot:
    """A look some time after AS_OF at IWM and SPY at 160, both with the same relative half spread."""
    at = AS_OF + after
    spy, iwm = 160.0, 160.0 * ratio
    quotes: dict[str, Quote | Unknown] = {
        "IWM": Quote(iwm * (1 - spread), iwm * (1 + spread), at),
        "SPY": Quote(spy * (1 - spread), spy * (1 + spread), at),
    }
    return replace(SNAPSHOT, as_of=at, quotes=quotes, **changed)  # type: ignore[arg-type]  # fields of a snapshot


def walk(*looks: Snapshot, regime: Regime = REGIME, before: Watch | None = None) -> list[Watch]:
    watch, seen = before or Watch(), []
    for snapshot in looks:
        watch = intraday(regime, snapshot, SHARES, CONDITIONS, MARGIN, watch)
        seen.append(watch)
    return seen


def minutes(*when: float, ratio: float = 0.24, **changed: object) -> list[Snapshot]:
    return [looked(timedelta(minutes=one), ratio, **changed) for one in when]  # type: ignore[arg-type]  # likewise


ROW = [0.5 * number for number in range(11)]  # a look every half minute, for five minutes


def test_after_five_minutes_below_the_share_of_the_next_lower_stance_holds_until_the_close() -> None:
    seen = walk(*minutes(*ROW))
    assert [watch.cap is None for watch in seen] == [True] * 10 + [False]
    cap = seen[-1].cap
    assert cap is not None
    assert (cap.name, cap.value, cap.kind, cap.applies_to) == (
        "intraday",
        0.6,
        Kind.SIGNAL,
        AppliesTo.RISK_ON,
    )
    assert (cap.since, cap.until) == (AS_OF, OPEN.closes_at)
    told = "0.60x live ratio 0.2400 under 0.2475, below the band, since 15:00 UTC, until the close"
    assert cap.reason == told


def test_it_stands_when_the_ratio_is_back_and_ends_with_the_session() -> None:
    fired = walk(*minutes(*ROW))[-1]
    back = walk(*minutes(6, 120, ratio=0.27), before=fired)
    assert [watch.cap for watch in back] == [fired.cap, fired.cap]
    assert back[-1].below_since is None
    assert OPEN.closes_at is not None
    for late, stands in ((timedelta(seconds=-1), True), (timedelta(), False)):
        (last,) = walk(looked(OPEN.closes_at - AS_OF + late, 0.27), before=fired)
        assert (last.cap is not None) is stands


@pytest.mark.parametrize(
    ("ratio", "spread", "below"),
    [
        (0.2475, 0.0, False),  # 0.25 less the margin of 1 %, exactly
        (0.24749, 0.0, True),
        (0.2451, 0.005, False),  # half spreads of 0.5 % each: under 0.2475 x 0.99 = 0.245025
        (0.2450, 0.005, True),
    ],
)
def test_below_is_under_the_band_by_more_than_the_margin_and_both_half_spreads(
    ratio: float, spread: float, *, below: bool
) -> None:
    (watch,) = walk(looked(timedelta(), ratio, spread))
    assert (watch.below_since == AS_OF) is below


def test_a_look_above_or_a_pause_of_more_than_a_minute_ends_the_row() -> None:
    one_above = [*minutes(0, 1, 2), *minutes(2.5, ratio=0.27), *minutes(3, 4, 5, 6, 7, 7.9)]
    assert walk(*one_above)[-1].cap is None
    assert walk(*one_above, *minutes(8))[-1].cap is not None
    assert walk(*minutes(0, 1, 2, 3, 4, 5))[-1].cap is not None  # a minute exactly is no pause
    paused = walk(*minutes(0, 1, 2, 3.1, 4, 5, 6))
    assert paused[-1].cap is None
    assert paused[-1].below_since == AS_OF + timedelta(minutes=3.1)


@pytest.mark.parametrize("leg", ["IWM", "SPY"])
def test_a_look_without_fresh_quotes_of_both_legs_says_nothing_and_a_minute_of_them_ends_the_row(
    leg: str,
) -> None:
    def without(snapshot: Snapshot, quote: Quote | Unknown | None) -> Snapshot:
        quotes = {name: one for name, one in snapshot.quotes.items() if name != leg}
        return replace(snapshot, quotes=quotes | ({leg: quote} if quote else {}))

    def bad(minute: float) -> list[Snapshot]:
        fine = minutes(minute)[0]
        quote = fine.quotes[leg]
        assert isinstance(quote, Quote)
        old = replace(quote, at=fine.as_of - timedelta(seconds=16))
        return [without(fine, one) for one in (Unknown("no tick"), None, old)]

    for first, second in zip(bad(1.5), bad(2), strict=True):
        assert walk(*minutes(0, 1), first, second)[-1] == Watch(AS_OF, AS_OF + timedelta(minutes=1))
        five = walk(*minutes(0, 1), first, *minutes(2, 3, 4, 5))[-1].cap
        assert five is not None
        assert five.since == AS_OF
    for late in bad(2.1):  # 66 s after the last look that said something
        ended = walk(*minutes(0, 1), late)[-1]
        assert ended == Watch(None, AS_OF + timedelta(minutes=2.1))
        assert walk(*minutes(0, 1), late, *minutes(3, 4, 5))[-1].cap is None
    for none in bad(0):
        assert walk(none)[-1] == Watch(None, AS_OF)
    fired = walk(*minutes(*ROW))[-1]
    assert fired.cap is not None
    assert [walk(one, before=fired)[-1].cap for one in bad(5.5)] == [fired.cap] * 3


@pytest.mark.parametrize(
    ("state", "looked_at"),
    [
        (SessionState.OPEN, True),
        (SessionState.EDGE, True),
        (SessionState.PRE, False),
        (SessionState.CLOSED, False),
        (SessionState.HOLIDAY, False),
        (SessionState.HALTED, False),
    ],
)
def test_only_an_open_session_is_looked_at(state: SessionState, *, looked_at: bool) -> None:
    (watch,) = walk(looked(timedelta(), 0.24, hours=replace(OPEN, state=state)))
    assert (watch.below_since is not None) is looked_at


@pytest.mark.parametrize(
    "regime",
    [
        replace(REGIME, stance=Stance.RISK_OFF),
        replace(REGIME, stance=Stance.UNKNOWN),
        replace(REGIME, edge=None),
        replace(REGIME, doubts=(Oddity("IWM", day(6), "doubtful", 0.5, day(6)),)),
    ],
)
def test_where_there_is_no_lower_stance_or_the_ratio_cannot_be_judged_nothing_is_seen(regime: Regime) -> None:
    assert walk(*minutes(*ROW), regime=regime)[-1] == Watch(None, AS_OF + timedelta(minutes=5), None)


def test_a_fall_that_may_be_a_split_lowers_the_share_all_the_same() -> None:
    cap = walk(*minutes(*ROW, ratio=0.13))[-1].cap
    assert cap is not None
    assert cap.value == 0.6


def test_without_a_close_ahead_nothing_is_seen() -> None:
    (watch,) = walk(looked(timedelta(), 0.24, hours=replace(OPEN, closes_at=None)))
    assert watch.below_since is None


def test_neutral_falls_to_the_share_of_risk_off_and_no_further() -> None:
    cap = walk(*minutes(*ROW), regime=replace(REGIME, stance=Stance.NEUTRAL))[-1].cap
    assert cap is not None
    assert cap.value == 0.3
    assert isinstance(cap.until, datetime)
