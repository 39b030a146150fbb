"""Prices that are fresh by their stamp and wrong: one that stands still, one that has leapt.

In the settings here a price may stand for 240 s while the others move by 0.4 %; a leap is 0.6 %, or 8 usual
moves of a minute, and must last for 20 s with 3 more prices near it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.lapse import Lapse
from assistant.core.market import Quote, Side, Unknown
from assistant.core.prices import Doubt, Prices, doubts, price_caps, trusted, watched
from assistant.core.snapshot import Snapshot
from tests.core.builders import AS_OF, CONDITIONS, ORDER, POSITION, SETTINGS, SHUT, SNAPSHOT, closes

LEGS = ("IWM", "SPY")
BASE = {"IWM": 40.0, "SPY": 200.0, "XLU": 26.0}
Mids = Mapping[str, float | None]  # None: no quote


def look(second: float, mids: Mids, **changed: object) -> Snapshot:
    """Quotes around these mids, 0.02 % wide and a second old; every other second a hair higher."""
    now = AS_OF + timedelta(seconds=second)
    alive = 1 + 0.00001 * (int(second) % 2)
    quotes: dict[str, Quote | Unknown] = {
        name: Unknown(f"no tick of {name}")
        if mid is None
        else Quote(mid * alive * 0.9999, mid * alive * 1.0001, now - timedelta(seconds=1))
        for name, mid in mids.items()
    }
    return replace(SNAPSHOT, as_of=now, quotes=quotes, **changed)  # type: ignore[arg-type]  # fields of one


def quiet(seconds: int = 106, mids: Mids = BASE) -> Prices:
    """What is known after so many seconds: 8 looks need 7 x 15 = 105."""
    prices = Prices()
    for second in range(seconds):
        prices = watched(prices, look(second, mids), CONDITIONS)
    return prices


QUIET = quiet()


def told(prices: Prices, second: float, legs: tuple[str, ...] = LEGS) -> list[tuple[str, str]]:
    found = doubts(prices, AS_OF + timedelta(seconds=second), legs, CONDITIONS)
    return [(one.symbol, one.name) for one in found]


# A leap


@pytest.mark.parametrize(
    ("moved", "leapt"),
    [
        ({"XLU": 26.15}, []),  # +0.575 % log
        ({"XLU": 26.17}, ["XLU"]),  # +0.652 %
        ({"XLU": 25.83}, ["XLU"]),  # -0.656 %
        ({"IWM": 40.40, "SPY": 202.0, "XLU": 26.26}, []),  # all by 1 %
        ({"IWM": 40.40, "SPY": 202.0}, []),  # two together; XLU stands, and has not moved itself
        ({"IWM": 40.80, "SPY": 202.0, "XLU": 26.26}, ["IWM"]),  # 1.98 % against 1.00 %
        ({"IWM": 40.60, "SPY": 202.0, "XLU": 26.26}, []),  # 1.49 % against 1.00 %
        ({"XLU": None}, []),
    ],
)
def test_a_leap_is_far_from_the_last_minutes_and_from_what_the_others_did(
    moved: Mids, leapt: list[str]
) -> None:
    prices = watched(QUIET, look(106, {**BASE, **moved}), CONDITIONS)
    assert told(prices, 106) == [(name, "spike") for name in leapt]


def test_before_eight_looks_there_is_nothing_to_hold_a_price_against() -> None:
    wild = {**BASE, "XLU": 30.0}
    assert told(watched(quiet(105), look(105.5, wild), CONDITIONS), 105.5) == []
    assert told(watched(QUIET, look(106, wild), CONDITIONS), 106) == [("XLU", "spike")]


def test_without_any_other_symbol_the_move_alone_decides() -> None:
    alone = quiet(106, {"XLU": 26.0})
    assert told(watched(alone, look(106, {"XLU": 26.2}), CONDITIONS), 106) == [("XLU", "spike")]


def test_a_symbol_that_moves_much_in_a_usual_minute_may_leap_further() -> None:
    """Up by 0.15 % each 15 s: 0.6 % a minute, so that 4.8 % is a leap; the others stand."""
    prices = Prices()
    for second in range(181):
        mids = {**BASE, "XLU": 26.0 * 1.0015 ** (second // 15)}
        prices = watched(prices, look(second, mids), CONDITIONS)
    assert told(prices, 180) == []
    near = prices.seen["XLU"].near
    assert near is not None
    assert prices.seen["XLU"].usual == pytest.approx(0.005996, abs=1e-5)  # 4 x ln 1.0015
    for share, leapt in ((0.047, []), (0.050, [("XLU", "spike")])):
        mids = {**BASE, "XLU": near * (1 + share)}
        assert told(watched(prices, look(181, mids), CONDITIONS), 181) == leapt


def after(*steps: tuple[float, Mids], start: Prices = QUIET) -> list[bool]:
    """Whether XLU's leap waits, look by look."""
    prices, out = start, []
    for second, mids in steps:
        prices = watched(prices, look(second, {**BASE, **mids}), CONDITIONS)
        out.append(("XLU", "spike") in told(prices, second))
    return out


UP: Mids = {"XLU": 26.26}


def test_a_single_bad_tick_is_a_leap_while_it_stands_and_then_is_forgotten() -> None:
    assert after((106, UP), (107, {}), (108, {})) == [True, False, False]


def test_a_leap_that_lasts_with_other_prices_near_it_is_confirmed() -> None:
    """The fourth price comes at 109, but 20 s have passed at 126; from then on it is like any other."""
    looks = [(106.0 + n, UP) for n in range(60)]
    assert after(*looks) == [True] * 20 + [False] * 40


def test_after_a_confirmed_leap_the_price_before_is_the_leap() -> None:
    looks = [(106.0 + n, UP) for n in range(22)]
    assert after(*looks, (128, {}))[-1] is True
    assert after(*looks, (128, {"XLU": 26.30}))[-1] is False


def test_time_alone_confirms_nothing() -> None:
    """Prices at 106, 107, 126 and 127: two others, with 20 s over; the third other comes at 128."""
    seldom = [(106.0, UP), (107.0, UP), (126.0, {"XLU": 26.27}), (127.0, {"XLU": 26.27})]
    two = [(106.0, UP), (107.0, UP), (120.0, {"XLU": None}), (130.0, {"XLU": 26.27})]
    assert after(*seldom) == [True, True, True, False]  # the third other is 26.27 at 127
    assert after(*two) == [True, True, True, True]


def test_a_price_that_stands_still_confirms_nothing() -> None:
    stuck = Quote(26.2, 26.32, AS_OF)  # stamped anew each second
    prices = QUIET
    for second in range(106, 200):
        now = look(second, BASE)
        quotes = {**now.quotes, "XLU": replace(stuck, at=now.as_of)}
        prices = watched(prices, replace(now, quotes=quotes), CONDITIONS)
        assert told(prices, second) == [("XLU", "spike")]


def test_a_leap_from_a_leap_waits_anew() -> None:
    looks: list[tuple[float, Mids]] = [(106.0 + n, UP) for n in range(15)]
    looks += [(121.0 + n, {"XLU": 26.60}) for n in range(22)]
    assert after(*looks) == [True] * 35 + [False] * 2


def test_the_others_confirm_a_leap_when_they_follow() -> None:
    assert after((106, UP), (107, {"IWM": 40.4, "SPY": 202.0, **UP})) == [True, False]


def test_a_price_that_is_back_has_not_leapt_though_the_others_now_do() -> None:
    assert after((106, UP), (107, {"IWM": 39.6, "SPY": 198.0})) == [True, False]


def test_a_quote_that_is_not_fresh_neither_confirms_nor_denies() -> None:
    gone: Mids = {"XLU": None}
    assert after((106, UP), (107, gone), (108, gone), (140, gone)) == [True] * 4
    assert after((106, UP), (107, gone), (140, {}))[-1] is False


def test_a_leap_is_not_remembered_among_the_last_minutes() -> None:
    prices = QUIET
    for second in range(106, 120):
        prices = watched(prices, look(second, {**BASE, **UP}), CONDITIONS)
    assert prices.seen["XLU"].near == pytest.approx(26.0, rel=1e-4)
    prices = watched(prices, look(120, {**BASE, **UP}), CONDITIONS)  # the ninth look
    assert (len(prices.seen["IWM"].moves), len(prices.seen["XLU"].moves)) == (5, 4)


def test_looks_are_a_quarter_of_a_minute_apart_eight_are_kept_and_eighty_moves() -> None:
    assert [len(quiet(seconds).seen["IWM"].looks) for seconds in (1, 15, 16, 31, 400)] == [1, 1, 2, 3, 8]
    assert [len(quiet(seconds).seen["IWM"].moves) for seconds in (46, 61, 76)] == [0, 1, 2]
    prices = Prices()
    for number in range(90):
        prices = watched(prices, look(15 * number, BASE), CONDITIONS)
    assert len(prices.seen["IWM"].moves) == 80
    back = watched(prices, look(0, BASE), CONDITIONS)  # a clock that was set back
    assert back.looked == AS_OF


def test_outside_a_session_nothing_is_remembered() -> None:
    assert watched(QUIET, look(106, BASE, hours=SHUT), CONDITIONS) == Prices()


# A price that stands still


def standing(until: int, drift: Mapping[str, float], start: float = 0.0) -> Prices:
    """IWM stamped anew each second at 40.00/40.06; the others drift by a share of their price in all."""
    prices = Prices()
    for second in range(until + 1):
        part = second / until
        now = look(second, {name: mid * (1 + drift.get(name, start) * part) for name, mid in BASE.items()})
        quotes = {**now.quotes, "IWM": Quote(40.00, 40.06, now.as_of)}
        prices = watched(prices, replace(now, quotes=quotes), CONDITIONS)
    return prices


@pytest.mark.parametrize(
    ("until", "drift", "frozen"),
    [
        (240, {"SPY": 0.0045}, True),
        (239, {"SPY": 0.0045}, False),  # not for long enough
        (240, {"SPY": -0.0045}, True),
        (240, {"SPY": 0.0039}, False),
        (240, {"XLU": 0.0045}, False),  # SPY stood, too: the middle of both moved by 0.225 %
        (240, {"SPY": 0.0030, "XLU": 0.0060}, True),  # the middle moved by 0.45 %
    ],
)
def test_a_leg_stands_still_where_the_other_leg_or_the_middle_of_all_has_moved(
    until: int, drift: Mapping[str, float], *, frozen: bool
) -> None:
    assert told(standing(until, drift), until) == ([("IWM", "frozen")] if frozen else [])


def test_for_a_symbol_that_is_no_leg_the_middle_of_the_others_decides() -> None:
    assert told(standing(240, {"SPY": 0.0045}), 240, legs=()) == []
    assert told(standing(240, {"SPY": 0.0045, "XLU": 0.0045}), 240, legs=()) == [("IWM", "frozen")]


def test_it_tells_its_price_for_how_long_and_what_moved() -> None:
    (one,) = doubts(standing(300, {"SPY": 0.005}), AS_OF + timedelta(seconds=300), LEGS, CONDITIONS)
    assert one.reason == "IWM has stood at 40/40.06 for 5 min while SPY moved by 0.50 %"


def test_one_other_price_ends_it() -> None:
    prices = standing(240, {"SPY": 0.005})
    now = look(241, {"SPY": 201.0, "XLU": 26.0})
    moved = replace(now, quotes={**now.quotes, "IWM": Quote(40.00, 40.07, now.as_of)})
    assert told(watched(prices, moved, CONDITIONS), 241) == []


def test_a_quote_that_is_late_besides_is_only_late() -> None:
    prices = standing(240, {"SPY": 0.005})
    now = look(241, {"SPY": 201.0, "XLU": 26.0})
    late = Quote(40.00, 40.06, now.as_of - timedelta(seconds=16))
    assert told(watched(prices, replace(now, quotes={**now.quotes, "IWM": late}), CONDITIONS), 241) == []


def test_where_nothing_else_is_quoted_nobody_can_say_that_a_price_stands_still() -> None:
    prices = Prices()
    for second in range(0, 600, 10):
        now = look(second, {"XLU": None})
        quotes = {**now.quotes, "IWM": Quote(40.00, 40.06, now.as_of)}
        prices = watched(prices, replace(now, quotes=quotes), CONDITIONS)
    assert told(prices, 600) == []


# Their caps

BAD = (Doubt("XLU", "spike", "why spike"), Doubt("IWM", "frozen", "why frozen"))


def a_cap(name: str, value: float, unit: Unit, scope: str) -> Cap:
    return Cap(name, value, unit, Kind.CONDITION, f"why {name}", scope=scope, settles=True)


def test_a_leg_concerns_the_account_and_another_symbol_itself() -> None:
    assert list(price_caps(BAD, SNAPSHOT, LEGS, 0.15)) == [
        a_cap("spike", 0.0, Unit.LOTS, "XLU"),
        a_cap("frozen", 0.15, Unit.SHARE, "account"),
    ]
    assert [cap.scope for cap in price_caps(BAD, SNAPSHOT, (), 0.15)] == ["XLU", "IWM"]


@pytest.mark.parametrize(
    "held", [{"orders": (ORDER,)}, {"positions": (replace(POSITION, broker_symbol="#XLU"),)}]
)
def test_a_leap_of_what_is_open_or_pending_concerns_the_account(held: dict[str, object]) -> None:
    holding = replace(SNAPSHOT, **held)  # type: ignore[arg-type]  # fields of a snapshot
    spike, frozen = price_caps((BAD[0], Doubt("XLU", "frozen", "why frozen")), holding, LEGS, 0.15)
    assert (spike.scope, frozen.scope) == ("account", "XLU")


def test_a_doubted_quote_is_taken_from_what_judges_the_live_ratio() -> None:
    assert trusted(SNAPSHOT, ()) is SNAPSHOT
    less = trusted(SNAPSHOT, BAD)
    assert less.quotes == {"IWM": Unknown("why frozen"), "XLU": Unknown("why spike")}
    assert less.as_of == SNAPSHOT.as_of


def run(*looks: Snapshot, track: Track | None = None) -> list[Advice]:
    out, state = [], track or Track()
    for snapshot in looks:
        advice, state = advise(snapshot, state, SETTINGS)
        out.append(advice)
    return out


def doubted(advice: Advice) -> list[tuple[str, str, str]]:
    return [(cap.name, cap.scope, cap.reason) for cap in advice.caps if cap.name in ("spike", "frozen")]


def lots(advice: Advice) -> dict[tuple[str, Side], float]:
    return {
        (one.instrument.symbol, side): two.lots for one in advice.symbols for side, two in one.sides.items()
    }


def test_a_leap_holds_its_symbol_at_no_lots_until_it_has_been_gone_for_a_while() -> None:
    track = Track(prices=QUIET)
    seconds = (106, 107, 136, 137)
    found = run(*(look(n, {**BASE, **(UP if n == 106 else {})}) for n in seconds), track=track)
    leapt = (
        "XLU 26.26 is +1.00 % off its last minutes, others +0.00 %, 0.60 % allowed; it waits for 3 more "
        "prices near it, 20 s at least"
    )
    assert doubted(found[0]) == [("spike", "XLU", leapt)]
    assert doubted(found[1]) == [("spike", "XLU", f"recovering, good for 0 of 30 s: {leapt}")]
    assert [bool(doubted(one)) for one in found] == [True, True, True, False]
    assert [lots(one)["XLU", Side.SELL] > 0 for one in found] == [False, False, False, True]
    assert all(lots(one)["IWM", Side.SELL] > 0 for one in found)


def test_a_leap_of_a_leg_is_no_new_risk_anywhere() -> None:
    (found,) = run(look(106, {**BASE, "SPY": 203.0}), track=Track(prices=QUIET))
    assert [(name, scope) for name, scope, _ in doubted(found)] == [("spike", "account")]
    assert set(lots(found).values()) == {0.0}


def test_after_a_gap_what_prices_did_before_counts_no_more() -> None:
    found = run(
        look(206, {**BASE, **UP}, lapse=Lapse(100.0, 100.0)),  # a sleep is 90 s here
        track=Track(prices=QUIET),
    )
    assert doubted(found[0]) == []


def test_a_leg_that_has_leapt_says_nothing_of_the_live_ratio() -> None:
    """By these closes the lower edge is 0.2392, less 1 % 0.2368; 40 / 172 is 0.2326, but SPY was 150."""
    base, leapt = {**BASE, "SPY": 150.0}, {**BASE, "SPY": 172.0}
    bars = {**SNAPSHOT.bars, "SPY": closes(200.0, 200.0, 200.0, 190.0, 160.0, 150.0)}
    for known, below in ((Prices(), True), (quiet(106, base), False)):
        _, track = advise(look(106, leapt, bars=bars), Track(prices=known), SETTINGS)
        assert (track.watch.below_since is not None) is below
