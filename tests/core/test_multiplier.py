from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.fold import fold
from assistant.core.history import Given
from assistant.core.market import Bar, Imported, Lent, LentShare, Role, Side, Unknown, Vote
from assistant.core.multiplier import Folded, Regime, regime_now
from assistant.core.ratio import RegimeSettings
from assistant.core.regime import Stance
from assistant.core.shares import ShareSettings
from assistant.core.signals import lent_caps, lent_regime, regime_caps
from tests.core.answers import TABLE_REGIME, TABLE_SHARES, TARGET, bar, rows
from tests.core.builders import (
    AS_OF,
    FOLD,
    IWM_BARS,
    REGIME,
    SETTINGS,
    SHARES,
    SNAPSHOT,
    SPY_BARS,
    VOLATILITY,
    closes,
    day,
)

NOW = {"IWM": IWM_BARS, "SPY": SPY_BARS}


def folded(
    bars: Mapping[str, Sequence[Bar] | Unknown],
    regime: RegimeSettings = REGIME,
    shares: ShareSettings = SHARES,
    before: Folded | None = None,
    imported: Mapping[str, Imported | Unknown] | None = None,
) -> Folded:
    """The fold over bars, without votes."""
    settings = replace(FOLD, regime=regime, shares=shares)
    return regime_now(Given(bars, imported or {}), settings, VOLATILITY, before)


def now(bars: Mapping[str, Sequence[Bar] | Unknown]) -> Regime:
    return folded(bars).regime


def stance_cap(regime: Regime) -> Cap:
    return next(iter(regime_caps(regime, SHARES)))


@pytest.mark.parametrize("turn_closes", [2, 3])
def test_the_share_agrees_with_the_table_worked_out_by_hand_close_by_close(turn_closes: int) -> None:
    table = rows()
    settings = replace(FOLD, regime=replace(TABLE_REGIME, turn_closes=turn_closes), shares=TABLE_SHARES)
    sessions, ratios = [row.session for row in table], [row.ratio for row in table]
    closed = list(fold(sessions, ratios, [], (), settings))
    for row, close in zip(table[2:], closed[2:], strict=True):
        after = row.after[turn_closes]
        assert close.turn is not None
        assert (close.session, close.turn.stance, close.turn.sessions) == (
            row.session,
            after.stance,
            after.sessions,
        )
        assert (close.target, close.held) == (TARGET[after.stance], after.held)


def test_the_regime_of_a_short_history_is_worked_out_in_full() -> None:
    # Ratios in sixtieths 15, 15, 15, 14, 13, 12 (builders.py): NEUTRAL at sessions 3 to 5, RISK_OFF at 6.
    regime = now(NOW)
    assert (regime.stance, regime.since, regime.sessions) == (Stance.RISK_OFF, day(6), 1)
    assert (regime.history, regime.last_session) == (6, day(6))
    assert (regime.target_share, regime.held_share) == (0.3, 0.3)
    assert regime.ratio == 0.2  # 40 / 200
    assert regime.average == pytest.approx(13 / 60)  # (14 + 13 + 12) / 3 sixtieths
    assert regime.distance == pytest.approx(-1 / 26)  # 12.5 / 13 - 1
    # Two points of the fast average tell no direction. The band's edge: 0.98 x 14/60, then 0.98 x 13/60.
    assert regime.flags == (
        "confirmed break below the band of 2018-12-06",
        "confirmed break below its 3-session low of 2018-12-06",
        "narrow rally: SPY +25.0 %, IWM/SPY -20.0 % in 4 sessions",
        "ratio below its fast average (2 sessions)",
        "ratio below its slow average (3 sessions)",
    )
    assert regime.trail == pytest.approx((15 / 60, 15 / 60, 15 / 60, 14 / 60, 13 / 60, 12 / 60))
    assert (regime.legs, regime.proxy) == (("IWM", "SPY"), False)


def test_flags_say_on_which_side_of_its_averages_the_ratio_stands() -> None:
    rising = now({"IWM": closes(40, 40, 40, 42, 44), "SPY": closes(20, 20, 20, 20, 20)})
    averages = ("fast average (2 sessions)", "slow average (3 sessions)")
    assert rising.flags[-2:] == tuple(f"ratio above its {one}" for one in averages)


@pytest.mark.parametrize("sessions", [0, 1, 3])
def test_too_little_history_is_unknown_and_says_how_much_is_needed(sessions: int) -> None:
    regime = now({name: bars[:sessions] for name, bars in NOW.items()})
    assert (regime.stance, regime.since, regime.sessions) == (Stance.UNKNOWN, None, 0)
    assert (regime.target_share, regime.held_share) == (0.2, 0.2)
    assert regime.flags == (f"{sessions} of 4 sessions of history",)
    assert regime.history == sessions


def test_a_history_exactly_long_enough_has_a_stance() -> None:
    assert now({name: bars[:4] for name, bars in NOW.items()}).stance is Stance.NEUTRAL


def test_the_slow_average_is_needed_even_where_fewer_sessions_are_asked_for() -> None:
    bars = {name: leg[:2] for name, leg in NOW.items()}
    regime = folded(bars, replace(REGIME, min_sessions=2)).regime
    assert (regime.stance, regime.flags) == (Stance.UNKNOWN, ("2 of 3 sessions of history",))
    assert (regime.average, regime.distance, regime.ratio) == (None, None, 0.25)  # 40 / 160


def test_a_session_missing_in_one_leg_is_no_part_of_the_history() -> None:
    iwm, spy = closes(40, 40, 41, 42, 43, 42), [bar(day(n), 50.0) for n in (1, 2, 3, 5, 6)]
    found = folded({"IWM": iwm, "SPY": spy})
    assert found.regime.history == 5
    assert found.problems == (f"SPY has no close of {day(4)}: the ratio passes over it",)


def test_the_trail_ends_at_the_last_ratio_and_holds_sixty() -> None:
    ratios = [float(n) for n in range(10, 75)]  # 65 of them
    regime = now({"IWM": closes(*(25 * ratio for ratio in ratios)), "SPY": closes(*[25.0] * 65)})
    assert regime.trail == tuple(ratios[5:])


def test_the_first_pair_offered_in_full_wins_and_a_later_one_is_a_proxy() -> None:
    proxy = {"US2000": IWM_BARS, "US500": SPY_BARS}
    assert (now(NOW | proxy).legs, now(NOW | proxy).proxy) == (("IWM", "SPY"), False)
    assert (now(proxy).legs, now(proxy).proxy) == (("US2000", "US500"), True)
    assert now(proxy).stance is Stance.RISK_OFF


def test_pairs_are_never_mixed() -> None:
    regime = now({"IWM": IWM_BARS, "US500": SPY_BARS})
    assert (regime.legs, regime.proxy) == (("IWM", "SPY"), False)
    assert (regime.stance, regime.history) == (Stance.UNKNOWN, 0)


def test_a_leg_that_failed_is_not_replaced_by_another_pair() -> None:
    failed = Unknown("no bars")
    regime = now({"IWM": IWM_BARS, "SPY": failed, "US2000": IWM_BARS, "US500": SPY_BARS})
    assert (regime.legs, regime.stance, regime.history) == (("IWM", "SPY"), Stance.UNKNOWN, 0)


def test_the_cap_of_a_stance_restrains_risk_on_exposure_by_closes() -> None:
    cap = stance_cap(now(NOW))
    assert (cap.name, cap.value, cap.unit, cap.kind) == ("regime", 0.3, Unit.SHARE, Kind.SIGNAL)
    assert (cap.applies_to, cap.since, cap.settles) == (AppliesTo.RISK_ON, day(6), False)
    assert cap.reason == "0.30x RISK_OFF since 2018-12-08 (1 sessions)"


def test_the_cap_says_when_earlier_closes_hold_the_share_down() -> None:
    # Ratios in sixtieths 15, 15, 15, 14, 13, 12, 13, 14, 15: RISK_OFF at session 6, RISK_ON at 9; the targets
    # of the last three closes are 0.3, 0.3 and 0.9 (follow-through has not been seen).
    spy = closes(160.0, 160.0, 160.0, 180.0, 180.0, 200.0, 192.0, 180.0, 168.0)
    iwm = closes(40.0, 40.0, 40.0, 42.0, 39.0, 40.0, 41.6, 42.0, 42.0)
    cap = stance_cap(now({"IWM": iwm, "SPY": spy}))
    assert cap.value == 0.3
    assert cap.reason == "0.30x RISK_ON since 2018-12-11 (1 sessions), held down from 0.90x"


def test_the_cap_of_an_unknown_stance_restrains_everything() -> None:
    cap = stance_cap(now({"IWM": IWM_BARS[:1], "SPY": SPY_BARS[:1]}))
    assert (cap.name, cap.value, cap.unit, cap.kind) == ("unknown", 0.2, Unit.SHARE, Kind.CONDITION)
    assert cap.applies_to is AppliesTo.ALL
    assert cap.reason == "0.20x stance of IWM/SPY unknown: 1 of 4 sessions of history"


def test_each_stance_has_its_share() -> None:
    shares = [SHARES.of(stance) for stance in Stance]
    assert dict(zip(Stance, shares, strict=True)) == TARGET | {Stance.UNKNOWN: 0.2}


@pytest.mark.parametrize(
    "wrong",
    [{"risk_off": 0.61}, {"neutral": 0.91}, {"risk_on": 0.59}, {"unknown": 0.31}, {"fail_safe": 0.21}],
)
def test_more_risk_in_a_weaker_stance_or_when_something_is_lost_is_refused(wrong: dict[str, Any]) -> None:
    # As they are: fail_safe 0.0, unknown 0.2, risk_off 0.3, neutral 0.6, risk_on 0.9.
    with pytest.raises(ValueError, match="fail_safe <= unknown <= risk_off <= neutral <= risk_on"):
        replace(SHARES, **wrong)


def test_equal_shares_are_taken() -> None:
    assert replace(SHARES, risk_off=0.6, neutral=0.6, risk_on=0.6).risk_off == 0.6


def both(history: list[int], upper: float = 50.0, lower: float = 50.0) -> dict[str, tuple[Bar, ...]]:
    sessions = [day(n) for n in range(1, len(history) + 1)]
    return {
        "IWM": tuple(bar(one, ratio * upper) for one, ratio in zip(sessions, history, strict=True)),
        "SPY": tuple(bar(one, lower) for one in sessions),
    }


histories = st.lists(st.integers(10, 90), min_size=1, max_size=25)


@given(histories)
def test_the_held_share_never_exceeds_the_target_nor_rises_faster(history: list[int]) -> None:
    targets: list[float] = []
    for count in range(4, len(history) + 1):
        regime = folded(both(history[:count]), TABLE_REGIME, TABLE_SHARES).regime
        if regime.stance is not Stance.UNKNOWN and not regime.doubts:
            targets.append(regime.target_share)
            assert regime.held_share <= min(targets[-3:])


@given(histories, st.integers(-8, 8), st.integers(-8, 8))
def test_the_share_does_not_ask_in_which_unit_a_leg_is_quoted(
    history: list[int], upper: int, lower: int
) -> None:
    # Powers of two scale a float without rounding: what is equal here is equal to the last digit.
    plain = folded(both(history)).regime
    scaled = folded(both(history, 50.0 * 2.0**upper, 50.0 * 2.0**lower)).regime
    assert (scaled.stance, scaled.since, scaled.sessions) == (plain.stance, plain.since, plain.sessions)
    assert (scaled.target_share, scaled.held_share) == (plain.target_share, plain.held_share)
    assert scaled.distance == plain.distance


@given(histories, st.integers(0, 25))
def test_a_regime_kept_from_an_earlier_cycle_changes_nothing(history: list[int], cut: int) -> None:
    kept = folded(both(history[:cut]))
    fresh = folded(both(history))
    assert folded(both(history), before=kept).regime == fresh.regime


@given(histories, histories)
def test_a_regime_of_other_closes_holds_the_share_down_and_changes_nothing_else(
    earlier: list[int], history: list[int]
) -> None:
    fresh = folded(both(history)).regime
    after = folded(both(history), before=folded(both(earlier))).regime
    assert replace(after, held_share=fresh.held_share) == fresh
    assert after.held_share <= fresh.held_share


def test_a_kept_regime_is_folded_again_when_a_close_or_a_setting_changes() -> None:
    kept = folded(NOW)
    assert folded(NOW, before=kept) is kept
    shares = replace(SHARES, risk_off=0.2)
    assert folded(NOW, shares=shares, before=kept).regime.held_share == 0.2
    later = NOW | {"SPY": (*SPY_BARS[:5], bar(day(6), 140.0))}  # ratio 40/140: session 6 is corrected
    assert folded(later, before=kept).regime.stance is Stance.NEUTRAL


# Pairs of legs

PROXY = {"US2000": IWM_BARS, "US500": SPY_BARS}


def test_proxy_legs_are_said_in_plain_words() -> None:
    assert now(PROXY).flags[-1] == "proxy legs US2000/US500"
    short = {name: bars[:1] for name, bars in PROXY.items()}
    assert now(short).flags == ("1 of 4 sessions of history", "proxy legs US2000/US500")
    assert stance_cap(now(short)).reason == "0.20x stance of US2000/US500 unknown: 1 of 4 sessions of history"
    assert not [flag for flag in now(NOW).flags if "proxy" in flag]


@given(histories)
def test_under_a_proxy_pair_no_share_exceeds_one(history: list[int]) -> None:
    bars = both(history)
    regime = now({"US2000": bars["IWM"], "US500": bars["SPY"]})
    assert regime.proxy
    assert stance_cap(regime).value <= regime.target_share <= 1.0


def test_a_change_of_pair_is_told_until_the_next_close_and_is_no_turn() -> None:
    first = folded(PROXY)
    changed = folded(NOW | PROXY, before=first)
    told = "the legs are now IWM/SPY, were US2000/US500: another ratio, no change of regime"
    assert (first.problems, changed.problems) == ((), (told,))
    assert changed.regime == folded(NOW).regime  # as if it had always been this pair
    assert folded(NOW | PROXY, before=changed).problems == (told,)
    later = {name: (*bars, replace(bars[-1], session=day(7))) for name, bars in NOW.items()}
    assert folded(later, before=changed).problems == ()


def test_the_pair_taken_before_any_close_was_read_is_no_change() -> None:
    nothing = folded({})
    assert folded(PROXY, before=nothing).problems == ()


def test_a_leg_missing_for_a_moment_does_not_change_the_pair() -> None:
    first = folded(NOW | PROXY)
    gone = folded(NOW | PROXY | {"SPY": Unknown("SPY is not read")}, before=first)
    assert (gone.regime.legs, gone.regime.stance) == (("IWM", "SPY"), Stance.UNKNOWN)
    assert gone.problems == ()
    assert folded(NOW | PROXY, before=gone).problems == ()


# Corrected closes


def corrected(*prices: float) -> dict[str, tuple[Bar, ...]]:
    return NOW | {"SPY": closes(*prices)}


CORRECTED = corrected(160.0, 160.0, 160.0, 180.0, 180.0, 175.0)  # session 6 was 200
TOLD = "SPY: a close was corrected, on 2018-12-08 from 200 to 175; the regime is folded again"


def test_a_corrected_close_is_folded_again_and_told_until_the_next_close() -> None:
    first = folded(NOW)
    second = folded(CORRECTED, before=first)
    assert second.regime.stance is Stance.NEUTRAL
    assert second.problems == (TOLD,)
    lost = folded(CORRECTED | {"IWM": Unknown("IWM is not read")}, before=second)
    assert folded(CORRECTED, before=lost).problems == (TOLD,)
    later = {name: (*bars, replace(bars[-1], session=day(7))) for name, bars in CORRECTED.items()}
    assert folded(later, before=second).problems == ()


def test_a_close_corrected_while_it_could_not_be_read_is_told_too() -> None:
    first = folded(NOW)
    lost = folded(NOW | {"SPY": Unknown("SPY is not read")}, before=first)
    assert folded(CORRECTED, before=lost).problems == (TOLD,)


def test_many_corrections_of_a_leg_are_one_sentence() -> None:
    halves = corrected(80.0, 80.0, 80.0, 90.0, 90.0, 100.0)
    (told,) = folded(halves, before=folded(NOW)).problems
    assert told == "SPY: 6 closes were corrected, on 2018-12-08 from 200 to 100; the regime is folded again"


# Imported history


def brought(first: int, count: int, ratio: float, file: str = "IWM.csv") -> Imported:
    bars = tuple(bar(day(first + n), 50.0 * ratio) for n in range(count))
    return Imported(bars, file, "0" * 64)


def own_bars(first: int, count: int, ratio: float) -> dict[str, Sequence[Bar] | Unknown]:
    return {"IWM": brought(first, count, ratio).bars, "SPY": brought(first, count, 1.0).bars}


IMPORTED = {"IWM": brought(1, 23, 2.0), "SPY": brought(1, 23, 1.0, "SPY_daily.csv")}
LONG = replace(REGIME, min_sessions=23)


def test_imported_history_makes_a_short_one_long_enough_and_says_so() -> None:
    own = own_bars(4, 20, 2.004)
    alone = folded(own, LONG)
    joined = folded(own, LONG, SHARES, alone, IMPORTED)
    assert (alone.regime.stance, alone.regime.source) == (Stance.UNKNOWN, "terminal")
    assert (joined.regime.stance, joined.regime.history) == (Stance.NEUTRAL, 23)
    assert joined.regime.source == (
        "terminal; before 2018-12-06 imported IWM.csv, SPY_daily.csv (3 sessions, scaled 1.0020)"
    )
    assert joined.problems == ()
    assert joined.regime.trail == pytest.approx([2.004] * 23)


@pytest.mark.parametrize(
    ("imported", "reason"),
    [
        ({"IWM": IMPORTED["IWM"]}, "SPY is not imported"),
        ({"SPY": IMPORTED["SPY"]}, "IWM is not imported"),
        (IMPORTED | {"SPY": Unknown("SPY.csv is damaged")}, "SPY.csv is damaged"),
        (
            IMPORTED | {"IWM": brought(1, 23, 0.2)},
            "median ratio of ratios was 10, within 0.5 % of 1 expected: check scale and splits of both files",
        ),
        (
            IMPORTED | {"IWM": brought(1, 22, 2.0)},
            "19 sessions are common to it and the terminal, 20 expected",
        ),
    ],
)
def test_imported_history_that_cannot_serve_is_not_used_and_says_why(
    imported: dict[str, Imported | Unknown], reason: str
) -> None:
    own = own_bars(4, 20, 2.0)
    found = folded(own, LONG, SHARES, None, imported)
    assert found.problems == (f"imported history of IWM/SPY not used: {reason}",)
    assert found.regime == folded(own, LONG).regime


def test_imported_history_that_begins_no_earlier_plays_no_part() -> None:
    own = own_bars(1, 23, 2.0)
    assert folded(own, LONG, SHARES, None, IMPORTED).regime == folded(own, LONG).regime
    assert folded(own, LONG, SHARES, None, IMPORTED).problems == ()


def test_a_hole_that_both_legs_have_makes_the_stance_unknown_and_is_told() -> None:
    # Ratios 15 (four times), 14, 13, 12 sixtieths; eleven days lie between the second and the third of them.
    whole = {name: (*bars[:1], *bars) for name, bars in NOW.items()}
    numbers = (1, 2, 13, 14, 15, 16, 17)
    days = [day(number) for number in numbers]
    apart = {
        name: tuple(replace(one, session=on) for one, on in zip(bars, days, strict=True))
        for name, bars in whole.items()
    }
    told = "history has a hole: no close from 2018-12-04 to 2018-12-15"
    six = replace(REGIME, min_sessions=6)
    found = folded(apart, six)
    assert (found.regime.stance, found.regime.held_share, found.regime.edge) == (Stance.UNKNOWN, 0.2, None)
    assert (found.regime.flags, found.problems) == ((told,), (told,))
    assert stance_cap(found.regime).reason == f"0.20x stance of IWM/SPY unknown: {told}"
    # Filled, or no longer among the last sessions that are asked for, it is none; the share is back at once.
    assert folded(apart, replace(REGIME, min_sessions=5)).regime.stance is Stance.RISK_OFF
    near = {
        name: tuple(replace(one, session=day(place)) for place, one in enumerate(bars, start=1))
        for name, bars in whole.items()
    }
    filled = folded(near, six, before=found)
    assert (filled.regime.stance, filled.regime.held_share) == (Stance.RISK_OFF, 0.3)
    assert not [one for one in filled.problems if "hole" in one]


def test_too_few_sessions_are_told_before_a_hole_in_them() -> None:
    apart = {name: (bars[0], replace(bars[1], session=day(20))) for name, bars in NOW.items()}
    found = folded(apart)
    assert found.regime.flags == ("2 of 4 sessions of history",)
    assert found.problems == ("history has a hole: no close from 2018-12-03 to 2018-12-22",)


def test_a_changed_import_is_folded_again() -> None:
    own = own_bars(4, 20, 2.0)
    kept = folded(own, LONG, SHARES, None, IMPORTED)
    assert folded(own, LONG, SHARES, kept, IMPORTED) is kept
    other = IMPORTED | {"IWM": replace(IMPORTED["IWM"], bars=IMPORTED["IWM"].bars[1:])}
    assert folded(own, LONG, SHARES, kept, other).regime.history == 22


@given(st.lists(st.integers(190, 210), min_size=20, max_size=22), st.lists(st.integers(10, 90), max_size=20))
def test_taking_the_imports_away_never_raises_the_share_of_a_history_too_short_by_itself(
    own: list[int], earlier: list[int]
) -> None:
    whole = [*earlier, *own]
    sessions = [day(n) for n in range(1, len(whole) + 1)]
    imported = {
        "IWM": Imported(tuple(bar(s, 1.0 * r) for s, r in zip(sessions, whole, strict=True)), "I.csv", ""),
        "SPY": Imported(tuple(bar(s, 2.0) for s in sessions), "S.csv", ""),
    }
    bars = {name: one.bars[len(earlier) :] for name, one in imported.items()}
    alone = folded(bars, LONG).regime
    joined = folded(bars, LONG, SHARES, None, imported).regime
    assert alone.stance is Stance.UNKNOWN
    assert alone.held_share <= joined.held_share


def test_imported_closes_serve_the_ratio_and_never_a_stop() -> None:
    far = {name: Imported(closes(*[9.0] * 3), "X.csv", "") for name in ("IWM", "SPY")}
    plain, _ = advise(SNAPSHOT, Track(), SETTINGS)
    with_imports, _ = advise(replace(SNAPSHOT, imported=far), Track(), SETTINGS)
    assert [one.stops for one in with_imports.symbols] == [one.stops for one in plain.symbols]


# A regime that another assistant lends

LENT = Lent(
    login=5001,
    legs=("US2000", "US500"),
    proxy=True,
    stance="RISK_OFF",
    since=day(3),
    sessions=4,
    history=600,
    last_session=day(6),
    ratio=0.4,
    average=0.5,
    distance=-0.2,
    target_share=0.6,
    held_share=0.3,
    flags=("proxy legs US2000/US500",),
    votes=(Vote("credit", -1, 0.2, "spread", day(5)),),
    shares=(
        LentShare(name="regime", value=0.3, signal=True, risk_on_only=True, reason="0.30x", since=day(3)),
        LentShare(name="stale", value=0.1, signal=False, risk_on_only=False, reason="no link", since=None),
    ),
)
BORROWING = replace(SETTINGS, fold=replace(FOLD, regime=replace(REGIME, source="advice:5001")))


def borrowed(lent: Lent | Unknown | None, track: Track | None = None) -> tuple[Advice, Track]:
    return advise(replace(SNAPSHOT, lent=lent), track or Track(), BORROWING)


def test_a_lent_regime_stands_in_the_advice_with_its_shares() -> None:
    advice, _ = borrowed(LENT)
    regime = advice.regime
    assert (regime.stance, regime.legs, regime.lender) == (Stance.RISK_OFF, ("US2000", "US500"), 5001)
    assert (regime.history, regime.source) == (600, "advice of login 5001")
    assert (regime.target_share, regime.held_share, regime.trail) == (0.6, 0.3, ())
    lent = [
        (cap.name, cap.value, cap.kind, cap.applies_to, cap.reason)
        for cap in advice.caps
        if "5001" in cap.reason
    ]
    assert lent == [
        ("regime", 0.3, Kind.SIGNAL, AppliesTo.RISK_ON, "0.30x (login 5001)"),
        ("stale", 0.1, Kind.CONDITION, AppliesTo.ALL, "no link (login 5001)"),
    ]
    assert (advice.share.value, advice.share.name) == (0.1, "stale")
    assert [vote.name for vote in regime.votes] == ["credit"]
    assert advice.problems == SNAPSHOT.problems


@pytest.mark.parametrize("lent", [None, Unknown("advice of login 5001: it is 9 s old, 5 s allowed")])
def test_without_the_lenders_advice_the_fail_safe_holds_and_never_the_own_bars(lent: Unknown | None) -> None:
    advice, _ = borrowed(lent)
    assert (advice.regime.stance, advice.regime.held_share) == (Stance.UNKNOWN, SHARES.fail_safe)
    assert (advice.share.name, advice.share.value) == ("stale", 0.0)
    assert "login 5001" in advice.share.reason
    assert advice.regime.flags == (advice.share.reason,)
    assert all(side.lots == 0 for symbol in advice.symbols for side in symbol.sides.values())


def test_what_nobody_asked_for_is_not_borrowed() -> None:
    plain, _ = advise(SNAPSHOT, Track(), SETTINGS)
    given_anyway, _ = advise(replace(SNAPSHOT, lent=LENT), Track(), SETTINGS)
    assert given_anyway == plain


def test_a_lender_that_is_back_is_believed_after_a_while() -> None:
    _, track = borrowed(Unknown("advice of login 5001: it is 9 s old, 5 s allowed"))
    later = replace(SNAPSHOT, lent=LENT, as_of=AS_OF + timedelta(seconds=1))
    advice, _ = advise(later, track, BORROWING)
    assert (advice.share.value, advice.share.name) == (0.0, "stale")
    assert "recovering" in advice.share.reason


def test_losing_the_lender_is_one_cap_of_its_own() -> None:
    (cap,) = lent_caps(Unknown("why"), replace(SHARES, fail_safe=0.1))
    assert (cap.name, cap.value, cap.unit, cap.kind) == ("stale", 0.1, Unit.SHARE, Kind.CONDITION)
    assert (cap.reason, cap.settles, cap.applies_to) == ("why", True, AppliesTo.ALL)
    assert cap.applies("IWM", Role.RISK_ON, Side.BUY)
    settings = replace(BORROWING.fold, shares=replace(SHARES, fail_safe=0.1))
    regime = lent_regime(Unknown("why"), settings)
    assert (regime.held_share, regime.target_share, regime.lender, regime.history) == (0.1, 0.1, 5001, 0)
