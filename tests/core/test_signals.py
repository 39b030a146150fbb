"""Signal caps: their numbers, what they restrain, and how long they stand."""

from dataclasses import replace

import pytest

from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.closes import Oddity
from assistant.core.levels import BELOW, Break
from assistant.core.market import Note, Vote
from assistant.core.multiplier import Regime, Volatility, Witnesses
from assistant.core.regime import Stance
from assistant.core.signals import regime_caps, volatility_caps
from tests.core.builders import SHARES, VOLATILITY, day

REGIME = Regime(
    legs=("IWM", "SPY"),
    proxy=False,
    stance=Stance.RISK_ON,
    since=day(2),
    sessions=5,
    history=600,
    last_session=day(6),
    ratio=0.55,
    average=0.54,
    distance=0.02,
    target_share=0.9,
    held_share=0.9,
    flags=(),
    trail=(),
)
BROKEN = Break("range", BELOW, "fresh", day(5), 0.5421, 0.0, 40, None)
HEARD = Witnesses(target=0.8, held=0.8, heard=3, quorum=2, remembered=())
VOTES = tuple(Vote(name, value, None, "", None) for name, value in (("a", 1), ("b", -1), ("c", 0), ("d", 1)))


def caps(regime: Regime) -> dict[str, Cap]:
    return {cap.name: cap for cap in regime_caps(regime, SHARES)}


def context(witnesses: Witnesses, votes: tuple[Vote, ...] = VOTES) -> Cap:
    return caps(replace(REGIME, witnesses=witnesses, votes=votes))["context"]


def test_the_stance_alone_makes_one_cap() -> None:
    assert list(caps(REGIME)) == ["regime"]


def test_the_context_names_the_votes_for_and_against() -> None:
    cap = context(HEARD)
    assert (cap.value, cap.unit, cap.kind) == (0.8, Unit.SHARE, Kind.SIGNAL)
    assert cap.applies_to is AppliesTo.RISK_ON
    assert cap.reason == "0.80x 2 of 4 votes for risk: a, d; against: b"
    assert context(HEARD, VOTES[2:3]).reason == "0.80x 0 of 1 votes for risk"


def test_the_context_counts_the_silent_votes_for_they_are_neither_for_nor_against() -> None:
    mute = tuple(Vote(name, None, None, "", None) for name in ("e", "f"))
    assert context(HEARD, VOTES + mute).reason == "0.80x 2 of 6 votes for risk: a, d; against: b; 2 silent"


def test_the_context_names_silent_votes_that_count_and_the_note() -> None:
    mute = tuple(Vote(name, None, None, "", None) for name in ("e", "f", "g"))
    kept = replace(HEARD, kept=(("e", -1), ("f", 1)))
    assert context(kept, VOTES + mute).reason == (
        "0.80x 2 of 7 votes for risk: a, d; against: b; 3 silent, "
        "counted as last heard: e against risk, f for risk"
    )
    for stance, says in ((1, "for risk"), (0, "neither for risk nor against"), (-1, "against risk")):
        noted = replace(HEARD, note=Note(stance, day(1), day(9), "Fed on the 19th"))
        assert context(noted).reason.endswith(f"; against: b; your note {says}: Fed on the 19th")


def test_the_context_says_when_it_is_held_down_lost_or_heard_too_little() -> None:
    assert context(replace(HEARD, held=0.5)).reason.endswith("against: b; held down from 0.80x")
    few = context(replace(HEARD, heard=1)).reason
    assert few.endswith("; 1 of 4 witnesses heard, 2 needed to rise")
    lost = context(replace(HEARD, remembered=("a", "b"))).reason
    assert lost.endswith("; lost, as last heard: a, b")


@pytest.mark.parametrize(
    ("stance", "share"), [(Stance.RISK_ON, 0.6), (Stance.NEUTRAL, 0.3), (Stance.RISK_OFF, None)]
)
def test_a_break_leaves_the_share_of_the_next_lower_stance(stance: Stance, share: float | None) -> None:
    found = caps(replace(REGIME, stance=stance, broken=BROKEN)).get("break")
    assert (found and found.value) == share
    if found:
        assert (found.kind, found.applies_to, found.since) == (Kind.SIGNAL, AppliesTo.RISK_ON, day(5))


def test_a_break_says_which_level_and_what_ends_it() -> None:
    reason = caps(replace(REGIME, broken=BROKEN))["break"].reason
    end = f"on {day(5)}, until back inside or a turn"
    assert reason == f"0.60x closed below 0.5421, its range {end}"
    band = caps(replace(REGIME, broken=BROKEN._replace(line="band")))["break"].reason
    assert band == f"0.60x closed below the band {end}"


def test_a_doubtful_close_of_a_leg_leaves_the_unknown_share_for_everything() -> None:
    doubt = Oddity("IWM", day(6), "doubtful", 0.5, day(6))
    cap = caps(replace(REGIME, doubts=(doubt,)))["doubtful close"]
    assert (cap.value, cap.kind, cap.applies_to) == (0.2, Kind.CONDITION, AppliesTo.ALL)
    told = f"IWM: close of {day(6)} is doubtful (-50.0 % against the others); the next close decides"
    assert cap.reason == told


def test_the_volatility_of_a_symbol_restrains_all_orders_in_it() -> None:
    known, unknown = Volatility(0.4, 0.75, 0.6), Volatility(None, 0.2, 0.2)
    iwm, spy = volatility_caps({"IWM": known, "SPY": unknown}, replace(VOLATILITY, target=0.3))
    assert (iwm.name, iwm.value, iwm.scope, iwm.side) == ("volatility", 0.6, "IWM", None)
    assert (iwm.kind, iwm.applies_to) == (Kind.SIGNAL, AppliesTo.ALL)
    assert iwm.reason == "0.60x volatility 40.0 % a year, 30 % wanted, held down from 0.75x"
    assert spy.reason == "0.20x volatility of SPY not known: fewer than 4 closes"
    (steady,) = volatility_caps({"IWM": replace(known, held=0.75)}, VOLATILITY)
    assert steady.reason == "0.75x volatility 40.0 % a year, 200 % wanted"
