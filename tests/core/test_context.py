"""Readings, votes and what they leave together, by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.context import (
    Baskets,
    ContextSettings,
    Facts,
    Level,
    Reading,
    SeriesTrend,
    VoteSettings,
    contexts,
    crossing,
    known_values,
    noted,
    reading_values,
    spreads,
    vote_values,
)
from assistant.core.market import Note, Series, Unknown
from tests.core.builders import CONTEXT, day

DAYS = [day(number) for number in range(1, 9)]


def facts(sessions: int = 6, series: Sequence[Series] = (), **columns: Sequence[float | None]) -> Facts:
    return Facts(DAYS[:sessions], columns, {one.name: one for one in series}, columns)


def baskets(of: str, against: str, fast: int = 1, slow: int = 2) -> Reading:
    return Reading(
        baskets=Baskets(of=tuple(of.split()), against=tuple(against.split()), fast=fast, slow=slow)
    )


def a_series(*values: tuple[int, float], lag: int = 1, stale_days: int = 3) -> Series:
    return Series("VIX", tuple((day(number), value) for number, value in values), lag, stale_days, "by hand")


def fear(below: float = 20.0, above: float = 28.0, **more: str) -> Reading:
    under = more.get("under", "for")
    return Reading(level=Level(series="VIX", below=below, above=above, under=under))  # type: ignore[arg-type]  # for or against


# Readings


def test_a_spread_is_the_mean_log_close_of_one_basket_less_that_of_the_other() -> None:
    one = Baskets(of=("A", "B"), against=("C",), fast=1, slow=2)
    found = list(spreads(one, facts(2, A=[4.0, 9.0], B=[9.0, 9.0], C=[2.0, 3.0])))
    assert found == pytest.approx([(log(4) + log(9)) / 2 - log(2), log(9) - log(3)])
    single = Baskets(of=("A",), against=("C",), fast=1, slow=2)
    assert list(spreads(single, facts(2, A=[4.0, 9.0], C=[2.0, 3.0]))) == pytest.approx([log(2), log(3)])


def test_a_spread_without_one_of_its_closes_or_symbols_is_missing() -> None:
    pair = Baskets(of=("A",), against=("C",), fast=1, slow=2)
    assert list(spreads(pair, facts(3, A=[1.0, None, 2.0], C=[1.0, 1.0, None])))[1:] == [None, None]
    both = Baskets(of=("A", "B"), against=("C",), fast=1, slow=2)
    assert list(spreads(both, facts(2, A=[1.0, None], B=[1.0, 2.0], C=[1.0, 1.0])))[1] is None
    assert list(spreads(both, facts(2, A=[1.0, 2.0], C=[1.0, 1.0]))) == [None, None]


def test_a_crossing_compares_the_last_values_and_passes_over_missing_ones() -> None:
    # Means of two less means of three: (2+6)/2 - (1+2+6)/3 = 1; (6+3)/2 - 11/3 = 5/6; (3+9)/2 - 18/3 = 0.
    found = list(crossing([1.0, 2.0, None, 6.0, 3.0, 9.0], 2, 3))
    assert found[:3] == [None, None, None]
    assert found[3:] == pytest.approx([1.0, 5 / 6, 0.0])


@given(st.lists(st.floats(-2, 2), min_size=1, max_size=60), st.integers(1, 5), st.integers(1, 9))
def test_a_crossing_is_the_difference_of_plain_means(values: list[float], fast: int, more: int) -> None:
    slow = fast + more
    for place, found in enumerate(crossing(values, fast, slow)):
        if place + 1 < slow:
            assert found is None
        else:
            last = values[place + 1 - slow : place + 1]
            assert found == pytest.approx(sum(last[-fast:]) / fast - sum(last) / slow, abs=1e-12)


def test_a_value_that_has_left_a_crossing_leaves_no_residue_once_its_sums_are_taken_anew() -> None:
    # Beside 10^12 a sum keeps four decimals: 1e-9 would be lost if sums were only carried along.
    values = [1e12, *[0.25] * 109, 0.25 - 1e-9]
    assert list(crossing(values, 1, 3))[-1] == pytest.approx(-2e-9 / 3, rel=1e-6)


def test_baskets_say_one_above_their_slow_average_and_minus_one_below() -> None:
    # Ratios 1, 2, 2, 1, 1: last less mean of two: log 2 / 2, 0, -log 2 / 2, 0.
    found = list(reading_values(baskets("A", "C"), facts(5, A=[1.0, 2.0, 2.0, 1.0, 1.0], C=[1.0] * 5)))
    assert found == [None, 1, 0, -1, 0]


@pytest.mark.parametrize(("under", "found"), [("for", [1, 0, 0, -1]), ("against", [-1, 0, 0, 1])])
def test_a_level_exactly_at_a_limit_says_neither(under: str, found: list[int]) -> None:
    series = a_series((1, 19.99), (2, 20.0), (3, 28.0), (4, 28.01), lag=0)
    assert list(reading_values(fear(under=under), facts(4, [series]))) == found


def test_a_level_of_a_symbol_is_that_of_its_close() -> None:
    reading = Reading(level=Level(symbol="V", below=20.0, above=28.0, under="for"))
    assert list(reading_values(reading, facts(3, V=[15.0, None, 30.0]))) == [1, None, -1]
    assert list(reading_values(reading, facts(2))) == [None, None]


@pytest.mark.parametrize(("rising", "found"), [("for", [None, 1, -1, 0]), ("against", [None, -1, 1, 0])])
def test_the_trend_of_a_series_says_what_a_rise_means(rising: str, found: list[int | None]) -> None:
    trend = SeriesTrend(series="VIX", fast=1, slow=2, rising=rising)  # type: ignore[arg-type]  # for or against
    series = a_series((1, 2.0), (2, 3.0), (3, 1.0), (4, 1.0), lag=0)
    assert list(reading_values(Reading(trend=trend), facts(4, [series]))) == found


def test_values_from_before_the_first_session_count_in_the_average_of_a_series() -> None:
    trend = Reading(trend=SeriesTrend(series="VIX", fast=1, slow=3, rising="for"))
    november = ((date(2018, 11, number), 1.0) for number in range(1, 30))
    values = (*november, (date(2018, 12, 1), 4.0))
    series = Series("VIX", values, 1, 10, "by hand")
    assert list(reading_values(trend, facts(1, [series]))) == [1]  # 4 over (1 + 1 + 4) / 3 = 2


def test_a_value_is_known_from_the_session_its_lag_names_until_it_is_stale() -> None:
    series = a_series((1, 7.0), lag=2, stale_days=4)
    found = list(known_values(series.values, series, DAYS[:7]))
    assert found == [None, None, 7.0, 7.0, 7.0, None, None]  # known on day 3; day 5 is four days after day 1


def test_a_series_that_is_not_there_says_nothing() -> None:
    trend = Reading(trend=SeriesTrend(series="VIX", fast=1, slow=2, rising="for"))
    lost = Facts(DAYS[:2], {}, {"VIX": Unknown("off")})
    for reading in (trend, fear()):
        assert list(reading_values(reading, lost)) == [None, None]
        assert list(reading_values(reading, facts(2))) == [None, None]
        assert list(reading_values(reading, facts(0, [a_series((1, 7.0))]))) == []


# Votes


def vote(take: str, *readings: Reading) -> VoteSettings:
    return VoteSettings(take=take, backtest=True, readings=readings)  # type: ignore[arg-type]  # first or agree


def rising(series: Series) -> Facts:
    return facts(4, [series], A=[1.0, 2.0, 3.0, None], C=[1.0, 1.0, 1.0, 1.0])


def test_a_vote_takes_its_first_reading_that_says_something() -> None:
    both = vote("first", baskets("A", "C"), fear())
    series = a_series((1, 30.0), lag=0, stale_days=9)
    assert vote_values(both, rising(series)) == [-1, 1, 1, -1]
    assert vote_values(vote("first", fear(), baskets("A", "C")), rising(series)) == [-1] * 4


def closes_of(**said: Sequence[float | None]) -> tuple[list[Reading], Facts]:
    """Levels of closes, which speak and fall silent from close to close: 15 is 1, 24 is 0, 31 is -1."""
    readings = [Reading(level=Level(symbol=name, below=20, above=28, under="for")) for name in said]
    count = max(len(one) for one in said.values())
    return readings, Facts(DAYS[:count], {}, {}, said)


def test_a_later_reading_may_only_lower_what_the_earlier_ones_last_said() -> None:
    readings, seen = closes_of(
        A=[None, None, 31.0, None, None, 15.0, None, None, None],  # -1, at last 1
        B=[None, 15.0, None, 15.0, None, 31.0, None, 15.0, None],  # 1, 1, -1, 1
        C=[15.0, 15.0, 15.0, 15.0, 15.0, 31.0, 15.0, 15.0, 31.0],
    )
    # C alone; B; A; then A last said -1; A speaks; C, of A 1 and B -1; B, of A 1; C against
    assert vote_values(vote("first", *readings), seen) == [1, 1, -1, -1, -1, 1, -1, 1, -1]
    assert vote_values(vote("first", *readings[:2]), seen) == [None, 1, -1, -1, None, 1, None, 1, None]


def test_a_reading_that_is_silent_where_it_is_remembered_to_have_spoken_said_that() -> None:
    readings, seen = closes_of(A=[None, None, None, None], B=[15.0, 15.0, 15.0, None])
    name = readings[0].name
    both = vote("first", *readings)
    assert vote_values(both, seen, {name: (1, -1)}) == [1, -1, -1, None]
    assert vote_values(both, seen, {name: (4, -1)}) == [1, 1, 1, None]  # at a session that is not there yet
    spoken, other = closes_of(A=[None, 15.0, None, None], B=[15.0, 15.0, 15.0, None])
    assert vote_values(vote("first", *spoken), other, {name: (1, -1)}) == [1, 1, 1, None]


def test_a_reading_is_called_by_what_it_looks_at() -> None:
    spread = Reading(trend=SeriesTrend(series="BAA10Y", fast=10, slow=100, rising="against"))
    two = Baskets(of=("A", "B"), against=("C",), fast=1, slow=2)
    names = [one.name for one in (spread, fear(), Reading(baskets=two), closes_of(VIX=[15.0])[0][0])]
    assert names == ["BAA10Y 10/100", "VIX 20 to 28", "A B/C 1/2", "VIX 20 to 28"]


def test_a_vote_whose_readings_must_agree_is_neither_where_they_differ_and_silent_with_one_of_them() -> None:
    agreed = vote("agree", baskets("A", "C"), fear(), baskets("A", "C"))
    values = a_series((1, 30.0), (2, 15.0), (3, 24.0), lag=0)
    assert vote_values(agreed, rising(values)) == [None, 1, 0, None]
    against = vote("agree", baskets("C", "A"), fear())
    falls = a_series((1, 30.0), (2, 30.0), (3, 15.0), lag=0)
    assert vote_values(against, rising(falls)) == [None, -1, 0, None]


# Context: 0.7 + 0.4 x mean vote, from 0.2 to 1; a quorum of 1; silent votes are kept for 2 sessions.


def context(
    *votes: Sequence[int | None],
    notes: Sequence[int | None] = (),
    holds: Sequence[int] = (),
    settings: ContextSettings = CONTEXT,
) -> list[tuple[float, float, int, tuple[int, ...]]]:
    sessions = len(votes[0])
    found = contexts(votes, notes or [None] * sessions, holds or [1] * sessions, settings)
    return [(round(one.target, 12), round(one.held, 12), one.heard, one.counts) for one in found]


def targets(*votes: Sequence[int | None], **how: object) -> list[float]:
    return [target for target, _, _, _ in context(*votes, **how)]  # type: ignore[arg-type]


def test_the_target_is_neutral_and_a_span_of_the_mean_vote() -> None:
    found = targets([1, 1, 1, 0, -1, -1], [1, 0, -1, 0, -1, 0])
    assert found == [1.0, 0.9, 0.7, 0.7, 0.3, 0.5]  # 0.7 + 0.4 is held to 1


def test_the_target_is_never_below_the_least() -> None:
    assert targets([-1], settings=replace(CONTEXT, least=0.35)) == [0.35]


def test_a_silent_vote_for_risk_is_kept_for_two_sessions_and_then_counts_nothing() -> None:
    found = context([1, None, None, None, None, 1], [0, 0, 0, 0, 0, 0])
    assert [target for target, _, _, _ in found] == [0.9, 0.9, 0.9, 0.7, 0.7, 0.9]
    assert [heard for _, _, heard, _ in found] == [2, 2, 2, 1, 1, 2]
    assert found[3][3] == (0, 0)


def test_a_silent_vote_against_risk_stays_against_until_it_speaks_again() -> None:
    found = context([-1, None, None, None, None, 1], [0, 0, 0, 0, 0, 0])
    assert [target for target, _, _, _ in found] == [0.5, 0.5, 0.5, 0.5, 0.5, 0.9]
    assert [heard for _, _, heard, _ in found] == [2, 2, 2, 1, 1, 2]


def test_a_vote_that_never_spoke_counts_nothing_in_a_fixed_number() -> None:
    assert context([None, None], [1, 1]) == [(0.9, 0.9, 1, (0, 1))] * 2


def test_with_too_few_heard_the_share_does_not_rise() -> None:
    settings = replace(CONTEXT, quorum=2)
    # Alone from the first session: at most neutral. Heard together the share rises; then the second is lost.
    found = context([1, 1, 1, 1, 1, 1], [None, 1, -1, None, None, None], settings=settings)
    assert [target for target, _, _, _ in found] == [0.7, 1.0, 0.7, 0.7, 0.7, 0.7]
    assert [heard for _, _, heard, _ in found] == [1, 2, 2, 2, 2, 1]
    falls = context([1, 1, 1, 1, -1], [1, None, None, None, None], settings=settings)
    assert [target for target, _, _, _ in falls] == [1.0, 1.0, 1.0, 0.9, 0.5]  # it may always fall


def test_what_fell_with_too_few_heard_may_come_back_to_what_was_held_with_a_quorum() -> None:
    settings = replace(CONTEXT, quorum=2)
    # 1.0 is held with both heard, and 0.9 once the second is lost; then the first turns, and turns back.
    found = context([1, 1, 1, 1, -1, 1, 1], [1, None, None, None, None, None, None], settings=settings)
    assert [target for target, _, _, _ in found] == [1.0, 1.0, 1.0, 0.9, 0.5, 0.9, 0.9]
    # Never heard together: neutral at most, whatever was in between.
    alone = context([1, -1, 1, 1], [None] * 4, settings=settings)
    assert [target for target, _, _, _ in alone] == [0.7, 0.5, 0.7, 0.7]


def test_the_held_share_is_the_smallest_of_as_many_targets_as_are_held() -> None:
    flips = [1, -1, 1, -1, 1, 1, 1, 1]
    found = context(flips, holds=[3] * 8)
    assert [held for _, held, _, _ in found] == [1.0, 0.3, 0.3, 0.3, 0.3, 0.3, 1.0, 1.0]
    longer = context(flips, holds=[3, 3, 3, 3, 2, 2, 2, 4])
    assert [held for _, held, _, _ in longer] == [1.0, 0.3, 0.3, 0.3, 0.3, 1.0, 1.0, 1.0]
    assert context([-1, 1, 1, 1], holds=[1, 1, 1, 4])[-1][1] == 0.3


def test_a_vote_that_flips_every_session_never_lets_the_share_rise() -> None:
    found = context([1, -1] * 10, holds=[3] * 20)
    assert {held for _, held, _, _ in found[1:]} == {0.3}


def test_a_note_is_one_vote_more_while_it_is_in_force() -> None:
    assert targets([1, 1, 1, 1], notes=[None, -1, 0, 1]) == [1.0, 0.7, 0.9, 1.0]


def test_without_votes_a_note_alone_counts_and_without_both_it_is_neutral() -> None:
    found = list(contexts((), [None, -1], [1, 1], CONTEXT))
    assert [round(one.target, 12) for one in found] == [0.7, 0.3]


def test_a_note_counts_on_its_first_and_last_session_and_the_one_written_last_wins() -> None:
    long, short = Note(1, day(2), day(5), "long"), Note(-1, day(3), day(4), "short")
    assert list(noted((long, short), DAYS[:6])) == [None, 1, -1, -1, 1, None]
    assert list(noted((), DAYS[:3])) == [None, None, None]


votes = st.lists(st.sampled_from([1, 0, -1, None]), min_size=12, max_size=12)


@given(st.lists(votes, min_size=1, max_size=4), st.integers(0, 11), st.integers(0, 3))
def test_a_witness_that_is_lost_is_never_worth_more_than_its_last_word(
    said: list[list[int | None]], lost_at: int, which: int
) -> None:
    which %= len(said)
    last = next((value for value in reversed(said[which][:lost_at]) if value is not None), 0)
    frozen = [*said[which][:lost_at], *[last] * (12 - lost_at)]
    silent = [*said[which][:lost_at], *[None] * (12 - lost_at)]
    with_it = targets(*said[:which], frozen, *said[which + 1 :])
    without = targets(*said[:which], silent, *said[which + 1 :])
    assert all(one <= other for one, other in zip(without, with_it, strict=True))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Baskets(of=("A",), against=("B",), fast=3, slow=3),
            "fast was 3, slow 3; expected fast < slow",
        ),
        (lambda: SeriesTrend(series="X", fast=4, slow=3, rising="for"), "fast was 4, slow 3"),
        (lambda: Level(series="X", below=2, above=1, under="for"), "below was 2, above 1"),
        (lambda: Level(below=1, above=2, under="for"), "expected a series or a symbol, one of the two"),
        (
            lambda: Level(series="X", symbol="Y", below=1, above=2, under="for"),
            "expected a series or a symbol",
        ),
        (Reading, "expected one of baskets, trend, level"),
        (lambda: replace(CONTEXT, least=0.71), "least was 0.71, neutral 0.7"),
    ],
)
def test_settings_that_make_no_sense_are_refused(make: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()  # type: ignore[operator]
