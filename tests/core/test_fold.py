"""The whole walk over closes, and what is remembered of votes whose inputs are lost."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.context import Baskets, Facts, Reading, VoteSettings
from assistant.core.fold import Close, FoldSettings, Kept, Memory, fold, said
from assistant.core.history import Given, history
from assistant.core.market import Bar, Note, Series, Unknown
from assistant.core.multiplier import Folded, Witnesses, regime_now
from tests.core.answers import bar
from tests.core.builders import CONTEXT, FEAR, FOLD, REGIME, SMALL, VOLATILITY, closes, day

VOTES = {"small": SMALL, "fear": FEAR}
VOTING = replace(FOLD, votes=VOTES)

# IWM/SPY 15, 15, 15, 14, 13, 12 sixtieths: the vote `small` says -1 from session 4 on.
BARS = {
    "IWM": closes(40.0, 40.0, 40.0, 42.0, 39.0, 40.0),
    "SPY": closes(160.0, 160.0, 160.0, 180.0, 180.0, 200.0),
}

PRICES = {"IWM": 40.0, "SPY": 160.0}


def fear(*values: float, first: int = 1) -> dict[str, Series]:
    """VIX on sessions from `first` on, known on the same day."""
    days = tuple((day(number), value) for number, value in enumerate(values, start=first))
    return {"VIX": Series("VIX", days, 0, 3, "by hand")}


def witnesses(found: Folded) -> Witnesses:
    assert found.regime.witnesses is not None
    return found.regime.witnesses


def now(
    bars: Mapping[str, Sequence[Bar]] = BARS,
    series: Mapping[str, Series] | None = None,
    before: Folded | None = None,
    memory: Memory | None = None,
    settings: FoldSettings = VOTING,
) -> Folded:
    return regime_now(Given(bars, series=series or {}), settings, VOLATILITY, before, memory)


def test_votes_become_a_context_beside_the_stance() -> None:
    found = now(series=fear(15.0, 15.0, 15.0, 15.0, 15.0, 31.0))
    # small: -1 from session 4 on; fear: 1, at last -1. Targets 0.7 + 0.4 x (0, 0, -1): the smallest of 3.
    seen = witnesses(found)
    assert [seen.target, seen.held] == pytest.approx([0.3, 0.3])
    assert (seen.heard, seen.quorum, seen.remembered) == (2, 1, ())
    assert [(vote.name, vote.value) for vote in found.regime.votes] == [("small", -1), ("fear", -1)]
    assert found.memory is not None
    assert found.memory.votes == {"small": Kept(-1, day(6)), "fear": Kept(-1, day(6))}
    assert list(found.memory.targets) == [day(4), day(5), day(6)]
    assert list(found.memory.targets.values()) == pytest.approx([0.7, 0.7, 0.3])


def test_what_a_vote_last_said_is_remembered_with_its_session() -> None:
    found = now(series=fear(15.0))  # stale from session 5 on
    assert found.memory is not None
    assert found.memory.votes == {"small": Kept(-1, day(6)), "fear": Kept(1, day(4))}


def test_a_vote_that_never_spoke_is_not_remembered() -> None:
    found = now()
    assert found.memory is not None
    assert found.memory.votes == {"small": Kept(-1, day(6))}


@pytest.mark.parametrize(("vix", "kept"), [(15.0, ()), (24.0, ()), (31.0, (("fear", -1),))])
def test_a_silent_vote_that_counts_is_named_with_what_it_counts(
    vix: float, kept: tuple[tuple[str, int], ...]
) -> None:
    at_six = now(series=fear(vix))  # stale from session 5 on, and kept for two
    said_last = {15.0: (("fear", 1),)}.get(vix, kept)
    assert witnesses(at_six).kept == said_last
    longer = {name: (*bars, bar(day(7), bars[-1].close)) for name, bars in BARS.items()}
    assert witnesses(now(longer, fear(vix))).kept == kept  # against risk it stays against


def test_the_note_that_counted_at_the_last_close_is_told() -> None:
    notes = (
        Note(-1, day(6), day(6), "earlier"),
        Note(1, day(1), day(6), "the last written"),
        Note(-1, day(7), day(9), "to come"),
    )
    found = regime_now(Given(BARS, notes=notes), VOTING, VOLATILITY)
    assert witnesses(found).note == notes[1]
    assert witnesses(now()).note is None


def test_without_votes_there_are_no_witnesses() -> None:
    assert now(settings=FOLD).regime.witnesses is None


def test_a_series_lost_between_two_cycles_is_remembered_and_never_raises_the_share() -> None:
    before = now(series=fear(31.0, 31.0, 31.0, 31.0, 31.0, 31.0))
    assert witnesses(before).held == pytest.approx(0.3)
    after = now(before=before)
    assert witnesses(after) == replace(witnesses(before), remembered=("fear",))
    assert [(vote.name, vote.value) for vote in after.regime.votes] == [("small", -1), ("fear", -1)]
    again = now({name: (*bars, bar(day(7), bars[-1].close)) for name, bars in BARS.items()}, before=after)
    assert witnesses(again).remembered == ("fear",)
    assert witnesses(again).held == pytest.approx(0.3)


def test_a_restart_takes_its_memory_from_an_earlier_day() -> None:
    first = now(series=fear(15.0, 15.0, 15.0, 15.0, 31.0, 31.0))
    restarted = now(memory=first.memory)
    assert witnesses(restarted).held == witnesses(first).held
    assert witnesses(restarted).remembered == ("fear",)


def test_with_all_inputs_there_what_votes_are_remembered_to_have_said_changes_nothing() -> None:
    series = fear(15.0, 15.0, 15.0, 15.0, 15.0, 15.0)
    other = Memory({}, {"small": Kept(1, day(5)), "fear": Kept(-1, day(5)), "gone": Kept(-1, day(5))})
    assert now(series=series, memory=other).regime == now(series=series).regime


def test_a_target_is_never_raised_by_what_is_known_later() -> None:
    # As folded now the targets of sessions 4 to 6 are 0.7, 0.7, 0.7 (small -1, fear 1).
    series = fear(15.0, 15.0, 15.0, 15.0, 15.0, 15.0)
    memory = Memory({day(4): 0.65, day(5): 0.9, day(6): 0.7}, {})
    assert witnesses(now(series=series, memory=memory)).held == 0.65
    assert witnesses(now(series=series, memory=memory)).target == pytest.approx(0.7)


def test_a_target_that_is_remembered_counts_for_as_many_closes_as_are_held() -> None:
    # 0.2 at session 5; three closes are held, so it counts at sessions 5, 6 and 7.
    memory = Memory({day(5): 0.2}, {"fear": Kept(1, day(5))})
    longer = {name: (*bars, bar(day(7), bars[-1].close)) for name, bars in BARS.items()}
    longest = {name: (*bars, bar(day(8), bars[-1].close)) for name, bars in longer.items()}
    quiet = replace(VOTING, votes={"fear": FEAR})
    helds = [witnesses(now(bars, memory=memory, settings=quiet)).held for bars in (BARS, longer, longest)]
    assert helds == [0.2, 0.2, pytest.approx(0.7)]  # 0.7: the vote is kept for two sessions and then counts 0


def test_of_two_votes_lost_one_after_the_other_each_is_remembered_as_it_last_spoke() -> None:
    series = fear(15.0, 15.0, 15.0, 15.0, 15.0, 15.0)
    first = now(series=series)
    second = now(before=first)  # the series is lost
    third = now({"SPY": BARS["SPY"]}, before=second)  # and then IWM, a leg
    assert second.memory is not None
    assert second.memory.votes == {"small": Kept(-1, day(6)), "fear": Kept(1, day(6))}
    assert third.memory == second.memory
    assert third.regime.witnesses is None  # no ratio, no stance: nothing to say


def test_a_cycle_that_is_a_session_short_wipes_nothing_that_is_remembered() -> None:
    # The bar of session 6 is late, and VIX lost: small -1; fear, remembered, -1 at session 6.
    full = now(series=fear(15.0, 15.0, 15.0, 15.0, 15.0, 31.0))
    short = {name: bars[:5] for name, bars in BARS.items()}
    late = now(short, memory=full.memory)
    assert late.memory is not None
    assert full.memory is not None
    assert late.memory.votes == full.memory.votes
    assert late.memory.targets[day(6)] == full.memory.targets[day(6)]
    assert witnesses(late).held == pytest.approx(0.3)  # of session 6, though its close is not there yet
    restarted, again = now(memory=full.memory), now(before=late)
    assert witnesses(again) == witnesses(restarted)
    assert again.memory == restarted.memory


def test_a_vote_that_is_not_asked_any_more_is_remembered_as_it_last_spoke() -> None:
    full = now(series=fear(31.0, 31.0, 31.0, 31.0, 31.0, 31.0))
    without = now(before=full, settings=replace(FOLD, votes={"small": SMALL}))
    assert without.memory is not None
    assert without.memory.votes == {"small": Kept(-1, day(6)), "fear": Kept(-1, day(6))}


def test_a_vote_that_has_spoken_since_is_not_lost() -> None:
    # Silent at session 4, of which -1 is remembered; it speaks again at session 6.
    found = now(series=fear(15.0, first=6), memory=Memory({}, {"fear": Kept(-1, day(4))}))
    assert witnesses(found).remembered == ()
    assert found.memory is not None
    assert found.memory.votes["fear"] == Kept(1, day(6))
    # 0.7 - 0.4 x (1 + 1) / 2 at sessions 4 and 5, of which the smallest of three is held; 0.7 at session 6
    assert (witnesses(found).target, witnesses(found).held) == pytest.approx((0.7, 0.3))


def test_a_word_said_at_the_same_close_takes_the_place_of_the_one_remembered() -> None:
    found = now(series=fear(15.0, first=6), memory=Memory({}, {"fear": Kept(-1, day(6))}))
    assert found.memory is not None
    assert found.memory.votes["fear"] == Kept(1, day(6))


def test_a_target_of_a_session_that_is_lost_since_is_held_as_long_as_it_would_be() -> None:
    # 0.2 at session 5, whose bars are gone now: held after the closes of sessions 6 and 7, and not of 8.
    memory = Memory({day(5): 0.2}, {})
    quiet = replace(VOTING, votes={"fear": FEAR})
    helds = []
    for last in (6, 7, 8):
        numbers = [number for number in range(1, last + 1) if number != 5]
        bars = {name: tuple(bar(day(number), price) for number in numbers) for name, price in PRICES.items()}
        found = now(bars, memory=memory, settings=quiet)
        helds.append(witnesses(found).held)
    assert helds == [0.2, 0.2, pytest.approx(0.7)]


def test_with_fewer_closes_than_are_held_every_remembered_target_counts() -> None:
    two = {name: bars[4:] for name, bars in BARS.items()}
    found = now(two, memory=Memory({day(1): 0.2}, {}), settings=replace(VOTING, votes={"fear": FEAR}))
    assert witnesses(found).held == 0.2
    assert found.memory is not None
    assert list(found.memory.targets) == [day(1), day(5), day(6)]


def test_with_as_many_closes_as_are_held_no_earlier_target_counts() -> None:
    three = {name: bars[3:] for name, bars in BARS.items()}
    found = now(three, memory=Memory({day(3): 0.2}, {}), settings=replace(VOTING, votes={"fear": FEAR}))
    assert witnesses(found).held == pytest.approx(0.7)
    assert found.memory is not None
    assert list(found.memory.targets) == [day(4), day(5), day(6)]


def test_memory_of_a_session_that_is_passed_over_speaks_at_the_next() -> None:
    facts = Facts([day(1), day(3)], {}, {})
    values, lost = said(facts, {"fear": FEAR}, Memory({}, {"fear": Kept(-1, day(2))}))
    assert (values, lost) == ({"fear": [None, -1]}, frozenset({"fear"}))
    late, none = said(facts, {"fear": FEAR}, Memory({}, {"fear": Kept(-1, day(4))}))
    assert (late, none) == ({"fear": [None, None]}, frozenset())


# A reading that is lost is a lost witness, though the vote has another one

CREDIT = VoteSettings(
    take="first",
    backtest=True,
    readings=(*FEAR.readings, Reading(baskets=Baskets(of=("SPY",), against=("IWM",), fast=2, slow=3))),
)
LOSING = replace(FOLD, votes={"credit": CREDIT})
VIX = "VIX 20 to 28"


@pytest.mark.parametrize("gone", [{}, {"VIX": Unknown("lost")}, fear(15.0)])
def test_a_lost_reading_leaves_its_vote_to_the_next_one_no_more_than_it_last_said(
    gone: dict[str, Series | Unknown],
) -> None:
    # SPY gains on IWM from session 4 on: the second reading says 1 where the first, at the end, says -1.
    before = now(series=fear(15.0, 15.0, 15.0, 15.0, 31.0, 31.0), settings=LOSING)
    assert before.memory is not None
    assert before.memory.readings == {"credit": {VIX: Kept(-1, day(6))}}
    after, restarted = (
        regime_now(Given(BARS, series=gone), LOSING, VOLATILITY, *kept)
        for kept in ((before, None), (None, before.memory))
    )
    later = {name: (*bars, bar(day(7), bars[-1].close)) for name, bars in BARS.items()}
    again = regime_now(Given(later, series=gone), LOSING, VOLATILITY, after)
    for found in (after, restarted, again):
        assert [vote.value for vote in found.regime.votes] == [-1]
        assert witnesses(found).target == pytest.approx(0.3)
        assert found.memory is not None
        assert found.memory.readings == before.memory.readings


def test_a_reading_that_speaks_again_is_believed() -> None:
    memory = Memory({}, {}, {"credit": {VIX: Kept(-1, day(5)), "other": Kept(-1, day(5))}})
    found = now(series=fear(15.0, first=6), memory=memory, settings=LOSING)
    assert [vote.value for vote in found.regime.votes] == [1]
    assert found.memory is not None
    assert found.memory.readings == {"credit": {VIX: Kept(1, day(6)), "other": Kept(-1, day(5))}}


def test_words_of_readings_are_remembered_only_where_another_could_speak_for_them() -> None:
    alone = replace(CREDIT, readings=CREDIT.readings[:1])
    agreed = replace(CREDIT, take="agree")
    found = now(series=fear(31.0, 31.0), settings=replace(FOLD, votes={"alone": alone, "agreed": agreed}))
    assert found.memory is not None
    assert found.memory.readings == {}


# The walk


def walked(ratios: Sequence[float], votes: Sequence[Sequence[int | None]] = ()) -> list[Close]:
    days = [day(1) + timedelta(days=number) for number in range(len(ratios))]
    named: dict[str, VoteSettings] = {str(number): FEAR for number in range(len(votes))}
    settings = replace(FOLD, votes=named, regime=replace(REGIME, band=0.25, least_band=0.001))
    return list(fold(days, ratios, votes, (), settings))


ratios = st.lists(st.integers(80, 120).map(lambda n: n / 128), min_size=1, max_size=40)
opinions = st.lists(st.sampled_from([1, 0, -1, None]), min_size=40, max_size=40)


@given(ratios, opinions)
def test_closes_one_by_one_leave_at_each_the_state_that_all_of_them_do(
    path: list[float], vote: list[int | None]
) -> None:
    whole = walked(path, [vote[: len(path)]])
    for cut in range(len(path) + 1):
        assert walked(path[:cut], [vote[:cut]]) == whole[:cut]


@given(ratios, st.integers(-6, 6))
def test_a_power_of_two_on_every_ratio_changes_nothing_even_at_ties(path: list[float], power: int) -> None:
    plain, scaled = walked(path), walked([ratio * 2.0**power for ratio in path])
    for one, other in zip(plain, scaled, strict=True):
        assert other.turn == one.turn
        assert (other.target, other.held, other.hold) == (one.target, one.held, one.hold)
        assert [(b.line, b.side, b.status, b.since) for b in other.breaks] == [
            (b.line, b.side, b.status, b.since) for b in one.breaks
        ]


def of_legs(
    numerator: Sequence[float], denominator: Sequence[float]
) -> tuple[list[Close], list[tuple[str, date, str]]]:
    """The state after each close of two legs, and what was odd about them, by everything but its factor."""
    found = history(("IWM", "SPY"), Given({"IWM": closes(*numerator), "SPY": closes(*denominator)}))
    settings = replace(FOLD, regime=replace(REGIME, band=0.25, least_band=0.001))
    ratios = [ratio for _, ratio in found.ratios]
    odd = [(one.symbol, one.session, one.kind) for one in found.oddities]
    return list(fold(found.facts.sessions, ratios, (), (), settings)), odd


steps = st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=4, max_size=40)


@given(
    steps, st.floats(0.01, 400), st.floats(0.01, 400), st.integers(0, 40), st.sampled_from([1.0, 0.5, 10.0])
)
def test_in_which_units_the_legs_are_quoted_plays_no_part(
    moves: list[tuple[int, int]], upper: float, lower: float, place: int, split: float
) -> None:
    # So small a drift that it never matters keeps ratios off exact ties, where rounding decides.
    paths = [[40.0], [160.0]]
    for number, both in enumerate(moves):
        for path, move, drift in zip(paths, both, (0.000_091_7, 0.000_013_1), strict=True):
            path.append(
                path[-1] * exp(move * 0.007_31 + drift) * (split if path[0] < 50 and number == place else 1.0)
            )
    plain, odd = of_legs(*paths)
    scaled, odd_scaled = of_legs([one * upper for one in paths[0]], [one * lower for one in paths[1]])
    assert odd_scaled == odd
    assert len(scaled) == len(plain)
    for one, other in zip(plain, scaled, strict=True):
        assert (other.session, other.turn, other.hold) == (one.session, one.turn, one.hold)
        assert (other.target, other.held) == (one.target, one.held)
        assert [(b.line, b.side, b.status, b.since) for b in other.breaks] == [
            (b.line, b.side, b.status, b.since) for b in one.breaks
        ]
        if one.trend and other.trend:
            for name in ("distance", "noise", "band"):
                assert getattr(other.trend, name) == pytest.approx(
                    getattr(one.trend, name), rel=1e-6, abs=1e-9
                )


def test_after_follow_through_fewer_closes_are_held() -> None:
    up = [0.5] * 4 + [0.51, 0.53, 0.55, 0.57, 0.60, 0.64]
    found = walked(up)
    followed = [close.turn.followed if close.turn else False for close in found]
    assert [close.hold for close in found] == [2 if seen else 3 for seen in followed]
    assert followed[-1]


def test_before_there_is_a_stance_nothing_is_held_down() -> None:
    assert [(close.target, close.held) for close in walked([0.5, 0.5, 0.5])] == [
        (1.0, 1.0),
        (1.0, 1.0),
        (0.6, 0.6),
    ]
    assert CONTEXT.neutral == 0.7
