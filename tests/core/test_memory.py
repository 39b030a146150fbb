"""Shares that are remembered: a corrected or late close lowers them at once, later closes raise them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from assistant.core.history import Given
from assistant.core.market import Bar
from assistant.core.multiplier import Folded, regime_now
from assistant.core.regime import Stance
from assistant.core.signals import regime_caps
from tests.core.answers import bar
from tests.core.builders import FOLD, IWM_BARS, SHARES, SPY_BARS, VOLATILITY, closes, day

NOW = {"IWM": IWM_BARS, "SPY": SPY_BARS}
PROXY = {"US2000": IWM_BARS, "US500": SPY_BARS}


def regime_of(bars: Mapping[str, Sequence[Bar]], before: Folded | None = None) -> Folded:
    """The fold over bars, without votes."""
    return regime_now(Given(bars), FOLD, VOLATILITY, before)


def test_a_corrected_close_lowers_the_share_at_once_and_raises_it_by_later_closes_alone() -> None:
    # Corrected, session 6 is NEUTRAL (0.6) and was RISK_OFF (0.3): 0.3 is held for as many closes as ever.
    # 42/175 is a ratio of 0.24, and so the stance stays NEUTRAL.
    longer = {
        last: {
            "IWM": closes(40.0, 40.0, 40.0, 42.0, 39.0, 40.0, *[42.0] * (last - 6)),
            "SPY": closes(160.0, 160.0, 160.0, 180.0, 180.0, *[175.0] * (last - 5)),
        }
        for last in (6, 7, 8, 9)
    }
    first = regime_of(NOW)
    kept, helds = first, []
    for last, bars in longer.items():
        kept = regime_of(bars, before=kept)
        assert (last, kept.regime.stance, kept.regime.target_share) == (last, Stance.NEUTRAL, 0.6)
        helds.append(kept.regime.held_share)
    assert helds == [0.3, 0.3, 0.3, 0.6]
    assert next(iter(regime_caps(regime_of(longer[6], before=first).regime, SHARES))).reason == (
        "0.30x NEUTRAL since 2018-12-05 (4 sessions), held down from 0.60x"
    )
    good = regime_of(longer[6])
    assert regime_of(NOW, before=good).regime.held_share == 0.3  # and the other way round at once
    restarted = regime_now(Given(longer[6]), FOLD, VOLATILITY, None, first.memory)
    assert restarted.regime.held_share == 0.3
    assert restarted.memory is not None
    assert restarted.memory.stances == {"IWM/SPY": {day(4): 0.6, day(5): 0.6, day(6): 0.3}}


def test_what_one_pair_of_legs_was_held_at_says_nothing_of_another() -> None:
    # 15 (four times), 16, 17 sixtieths: RISK_ON at session 6, and 0.6 of the closes before is held.
    rising = {"IWM": closes(*[15.0] * 4, 16.0, 17.0), "SPY": closes(*[60.0] * 6)}
    changed = regime_of(rising | PROXY, before=regime_of(PROXY))
    assert regime_of(PROXY).regime.held_share == 0.3
    assert changed.regime == regime_of(rising).regime
    assert changed.regime.held_share == 0.6
    assert changed.memory is not None
    assert {name: share for name, (_, share) in changed.memory.held.items()} == {
        "context": 0.7,
        "US2000/US500": 0.3,
        "IWM/SPY": 0.6,
    }
    # Back to the first pair, a close of which was corrected meanwhile: NEUTRAL alone, and held as before.
    corrected = PROXY | {"US500": closes(160.0, 160.0, 160.0, 180.0, 180.0, 175.0)}
    assert regime_of(corrected).regime.held_share == 0.6
    assert regime_of(corrected, before=changed).regime.held_share == 0.3


def upward(*sixtieths: float) -> dict[str, tuple[Bar, ...]]:
    """Ratios in sixtieths that rise, and go on like this."""
    ratios = (*[15.0] * 4, 16.0, 17.0, *sixtieths)
    return {"IWM": closes(*ratios), "SPY": closes(*[60.0] * len(ratios))}


def test_a_correction_by_which_follow_through_is_seen_lets_go_of_nothing_before_the_next_close() -> None:
    # RISK_ON at session 7: 0.6 until session 6, 0.9 since. Session 9 at 18.2 is 4.6 % beyond 17.4; the moves
    # are -0.0116 and 0.0565, noise 0.0408, of which half is follow-through: two targets are held, not five.
    quick = replace(FOLD, shares=replace(SHARES, hold_closes=5))
    none, seen = upward(17.4, 17.2, 17.3), upward(17.4, 17.2, 18.2)
    before = regime_now(Given(none), quick, VOLATILITY)
    assert (before.regime.stance, before.regime.held_share) == (Stance.RISK_ON, 0.6)
    assert regime_now(Given(seen), quick, VOLATILITY).regime.held_share == 0.9
    corrected_up = regime_now(Given(seen), quick, VOLATILITY, before)
    assert corrected_up.regime.held_share == 0.6
    assert regime_now(Given(seen), quick, VOLATILITY, None, before.memory).regime.held_share == 0.6
    later = regime_now(Given(upward(17.4, 17.2, 18.2, 18.2)), quick, VOLATILITY, corrected_up)
    assert later.regime.held_share == 0.9  # the close of a later session, of which two targets are held


def test_what_is_held_after_a_session_whose_bars_are_late_again_is_remembered() -> None:
    full = regime_of(NOW)
    short = regime_of({name: bars[:5] for name, bars in NOW.items()}, before=full)
    assert (short.regime.stance, short.regime.held_share) == (Stance.NEUTRAL, 0.3)
    assert short.memory is not None
    assert full.memory is not None
    assert short.memory.held == full.memory.held
    assert short.memory.stances["IWM/SPY"] == {day(3): 0.6, day(4): 0.6, day(5): 0.6, day(6): 0.3}
    # and with the bars back it is as if they had never been away
    assert regime_of(NOW, before=short).regime == full.regime


def of_ratios(history: list[int]) -> dict[str, tuple[Bar, ...]]:
    """Closes of these ratios, session by session."""
    sessions = [day(number) for number in range(1, len(history) + 1)]
    return {
        "IWM": tuple(bar(one, ratio * 50.0) for one, ratio in zip(sessions, history, strict=True)),
        "SPY": tuple(bar(one, 50.0) for one in sessions),
    }


histories = st.lists(st.integers(10, 90), min_size=1, max_size=25) | st.lists(
    st.integers(60, 66), min_size=8, max_size=25
)


@given(histories, st.integers(1, 25), st.integers(10, 90))
def test_no_correction_of_a_close_raises_the_share_between_two_closes(
    history: list[int], place: int, corrected_to: int
) -> None:
    before = regime_of(of_ratios(history))
    changed = list(history)
    changed[-1 - place % len(history)] = corrected_to
    after = regime_of(of_ratios(changed), before=before)
    if before.regime.stance is not Stance.UNKNOWN:
        assert after.regime.held_share <= before.regime.held_share
