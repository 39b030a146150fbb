from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.caps import AppliesTo, Kind, Unit
from assistant.core.market import Bar, Unknown
from assistant.core.multiplier import Regime, regime_cap, regime_now
from assistant.core.regime import Stance
from tests.core.answers import TABLE_REGIME, TABLE_SHARES, TARGET, bar, legs, rows
from tests.core.builders import IWM_BARS, REGIME, SHARES, SPY_BARS, closes, day

NOW = {"IWM": IWM_BARS, "SPY": SPY_BARS}


def now(bars: Mapping[str, Sequence[Bar] | Unknown]) -> Regime:
    return regime_now(bars, REGIME, SHARES).regime


@pytest.mark.parametrize("turn_closes", [2, 3])
def test_the_share_agrees_with_the_table_worked_out_by_hand_close_by_close(turn_closes: int) -> None:
    table = rows()
    settings = replace(TABLE_REGIME, turn_closes=turn_closes)
    for count in range(3, len(table) + 1):
        row = table[count - 1]
        after = row.after[turn_closes]
        regime = regime_now(legs(table[:count]), settings, TABLE_SHARES).regime
        assert row.distance is not None
        assert (regime.stance, regime.sessions, regime.last_session) == (
            after.stance,
            after.sessions,
            row.session,
        )
        assert (regime.target_share, regime.held_share) == (TARGET[after.stance], after.held)
        assert (regime.ratio, regime.history) == (row.ratio, count)
        assert regime.distance == pytest.approx(float(row.distance), abs=1e-12)


def test_the_regime_of_a_short_history_is_worked_out_in_full() -> None:
    # Ratios in sixtieths 15, 15, 15, 14, 13, 12 (builders.py): NEUTRAL at sessions 3 to 5, RISK_OFF at 6.
    regime = now(NOW)
    assert (regime.stance, regime.since, regime.sessions) == (Stance.RISK_OFF, day(6), 1)
    assert (regime.history, regime.last_session) == (6, day(6))
    assert (regime.target_share, regime.held_share) == (0.3, 0.3)
    assert regime.ratio == 0.2  # 40 / 200
    assert regime.average == pytest.approx(13 / 60)  # (14 + 13 + 12) / 3 sixtieths
    assert regime.distance == pytest.approx(-1 / 26)  # 12.5 / 13 - 1
    assert regime.flags == ("ratio below its fast average", "ratio below its slow average")
    assert regime.trail == pytest.approx((15 / 60, 15 / 60, 15 / 60, 14 / 60, 13 / 60, 12 / 60))
    assert (regime.legs, regime.proxy) == (("IWM", "SPY"), False)


def test_flags_say_on_which_side_of_its_averages_the_ratio_stands() -> None:
    rising = now({"IWM": closes(40, 40, 40, 42, 44), "SPY": closes(20, 20, 20, 20, 20)})
    assert rising.flags == ("ratio above its fast average", "ratio above its slow average")


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
    regime = regime_now(bars, replace(REGIME, min_sessions=2), SHARES).regime
    assert (regime.stance, regime.flags) == (Stance.UNKNOWN, ("2 of 3 sessions of history",))
    assert (regime.average, regime.distance, regime.ratio) == (None, None, 0.25)  # 40 / 160


def test_a_session_missing_in_one_leg_is_no_part_of_the_history() -> None:
    spy = [one for one in SPY_BARS if one.session != day(4)]
    assert now({"IWM": IWM_BARS, "SPY": spy}).history == 5


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
    cap = regime_cap(now(NOW))
    assert (cap.name, cap.value, cap.unit, cap.kind) == ("regime", 0.3, Unit.SHARE, Kind.SIGNAL)
    assert (cap.applies_to, cap.since, cap.settles) == (AppliesTo.RISK_ON, day(6), False)
    assert cap.reason == "0.30x RISK_OFF since 2018-12-08 (1 sessions)"


def test_the_cap_says_when_earlier_closes_hold_the_share_down() -> None:
    # The table's 36th close: RISK_ON again at 0.9, but RISK_OFF at 0.3 one close before.
    regime = regime_now(legs(rows()[:36]), TABLE_REGIME, TABLE_SHARES).regime
    cap = regime_cap(regime)
    assert cap.value == 0.3
    assert cap.reason == "0.30x RISK_ON since 2018-11-19 (1 sessions), held down from 0.90x"


def test_the_cap_of_an_unknown_stance_restrains_everything() -> None:
    cap = regime_cap(now({"IWM": IWM_BARS[:1], "SPY": SPY_BARS[:1]}))
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
        regime = regime_now(both(history[:count]), TABLE_REGIME, TABLE_SHARES).regime
        targets.append(regime.target_share)
        assert regime.held_share <= min(targets[-3:])


@given(histories, st.integers(-8, 8), st.integers(-8, 8))
def test_the_share_does_not_ask_in_which_unit_a_leg_is_quoted(
    history: list[int], upper: int, lower: int
) -> None:
    # Powers of two scale a float without rounding: what is equal here is equal to the last digit.
    plain = regime_now(both(history), REGIME, SHARES).regime
    scaled = regime_now(both(history, 50.0 * 2.0**upper, 50.0 * 2.0**lower), REGIME, SHARES).regime
    assert (scaled.stance, scaled.since, scaled.sessions) == (plain.stance, plain.since, plain.sessions)
    assert (scaled.target_share, scaled.held_share) == (plain.target_share, plain.held_share)
    assert scaled.distance == plain.distance


@given(histories, histories)
def test_a_regime_kept_from_an_earlier_cycle_changes_nothing(earlier: list[int], history: list[int]) -> None:
    kept = regime_now(both(earlier), REGIME, SHARES)
    assert regime_now(both(history), REGIME, SHARES, kept) == regime_now(both(history), REGIME, SHARES)


def test_a_kept_regime_is_folded_again_when_a_close_or_a_setting_changes() -> None:
    kept = regime_now(NOW, REGIME, SHARES)
    assert regime_now(NOW, REGIME, SHARES, kept) is kept
    shares = replace(SHARES, risk_off=0.2)
    assert regime_now(NOW, REGIME, shares, kept).regime.held_share == 0.2
    later = NOW | {"SPY": (*SPY_BARS[:5], bar(day(6), 140.0))}  # ratio 40/140: session 6 is corrected
    assert regime_now(later, REGIME, SHARES, kept).regime.stance is Stance.NEUTRAL
