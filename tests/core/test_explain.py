"""What a vote says in words: the numbers that decided, and why one is silent."""

from datetime import timedelta

import pytest

from assistant.core.context import (
    Baskets,
    Facts,
    Level,
    Reading,
    SeriesTrend,
    VoteSettings,
    vote_values,
)
from assistant.core.explain import explained
from assistant.core.market import Series, Unknown, Vote
from tests.core.builders import day

DAYS = [day(number) for number in range(1, 5)]
UP = {"A": [1.0, 1.0, 1.0, 1.2], "C": [1.0] * 4}
PAIR = Reading(baskets=Baskets(of=("A",), against=("C",), fast=1, slow=2))
TREND = Reading(trend=SeriesTrend(series="SPREAD", fast=1, slow=2, rising="against"))
LEVEL = Reading(level=Level(series="FEAR", below=20, above=28, under="for"))


def series(name: str, *values: float, lag: int = 1, stale_days: int = 9) -> dict[str, Series]:
    days = tuple((day(number), value) for number, value in enumerate(values, start=1))
    return {name: Series(name, days, lag, stale_days, "by hand")}


def told(facts: Facts, *readings: Reading, take: str = "first") -> Vote:
    vote = VoteSettings(take=take, backtest=True, readings=readings)  # type: ignore[arg-type]  # first or agree
    return explained("mine", vote, facts, vote_values(vote, facts)[-1])


def test_baskets_tell_how_far_they_are_from_their_average() -> None:
    # ln 1.2 = 0.18232; less its half: 0.09116
    found = told(Facts(DAYS, UP, {}), PAIR)
    assert (found.name, found.value, found.as_of) == ("mine", 1, day(4))
    assert found.number == pytest.approx(0.0911607784)
    assert found.reason == "A against C: 1-session mean 9.1 % above its 2-session mean"
    down = Facts(DAYS, {"A": UP["C"], "C": UP["A"]}, {})
    assert told(down, PAIR).reason == "A against C: 1-session mean 9.1 % below its 2-session mean"


def test_a_reading_that_counts_no_more_than_the_one_before_it_last_said_tells_so() -> None:
    fear = series("FEAR", 31.0, lag=0, stale_days=1)  # -1 until day 2, and silent since
    found = told(Facts(DAYS, UP, fear), LEVEL, PAIR)
    reason = "A against C: 1-session mean 9.1 % above its 2-session mean"
    assert (found.value, found.reason) == (
        -1,
        f"{reason}; counts no more than the reading before it last said",
    )
    calm = series("FEAR", 15.0, lag=0, stale_days=1)
    assert told(Facts(DAYS, UP, calm), LEVEL, PAIR).reason == reason


def test_baskets_that_are_silent_tell_which_close_is_missing_or_that_history_is_short() -> None:
    assert told(Facts(DAYS, {"A": [1.0, 1.0, 1.0, None]}, {}), PAIR).reason == "A against C: no close of A, C"
    short = Facts(DAYS[:1], {"A": [1.0], "C": [1.0]}, {})
    assert told(short, PAIR) == Vote("mine", None, None, "A against C: fewer than 2 sessions", None)


def test_the_trend_of_a_series_tells_its_means_and_the_day_of_its_last_known_value() -> None:
    found = told(Facts(DAYS, {}, series("SPREAD", 2.0, 2.0, 2.5, 9.0)), TREND)
    assert found == Vote(
        "mine", -1, 0.25, "SPREAD of 2018-12-05: mean of 1 values 0.25 above that of 2", day(3)
    )
    falls = told(Facts(DAYS, {}, series("SPREAD", 2.0, 2.5, 2.0)), TREND)
    assert falls.reason == "SPREAD of 2018-12-05: mean of 1 values 0.25 below that of 2"


@pytest.mark.parametrize(
    ("value", "vote", "where"), [(15.0, 1, "under 20"), (24.5, 0, "from 20 to 28"), (31.0, -1, "over 28")]
)
def test_a_level_tells_where_it_stands(value: float, vote: int, where: str) -> None:
    found = told(Facts(DAYS, {}, series("FEAR", value)), LEVEL)
    assert found == Vote("mine", vote, value, f"FEAR {value:.4g} of 2018-12-03 is {where}", day(1))


def test_a_level_of_a_symbol_tells_its_close() -> None:
    reading = Reading(level=Level(symbol="V", below=20, above=28, under="for"))
    assert told(Facts(DAYS, {}, {}, {"V": [1.0, 1.0, 1.0, 22.0]}), reading) == Vote(
        "mine", 0, 22.0, "V 22 is from 20 to 28", day(4)
    )
    assert told(Facts(DAYS, {}, {}), reading).reason == "V: no close"


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({}, "FEAR: is not read; name it in macro.series"),
        ({"FEAR": Unknown("macro.source is off")}, "FEAR: macro.source is off"),
        (series("FEAR", 7.0, lag=4), "FEAR: nothing published yet"),
        (series("FEAR", 7.0, stale_days=2), f"FEAR: last value is of {day(1)}, 2 days allowed"),
    ],
)
def test_a_series_that_is_silent_tells_why(known: dict[str, Series | Unknown], why: str) -> None:
    assert told(Facts(DAYS, {}, known), LEVEL) == Vote("mine", None, None, why, None)


def test_a_series_with_too_few_values_tells_so() -> None:
    assert told(Facts(DAYS, {}, series("SPREAD", 2.0)), TREND).reason == "SPREAD: too few values"


def test_without_a_session_nothing_is_observed() -> None:
    vote = VoteSettings(take="first", backtest=True, readings=(LEVEL,))
    found = explained("mine", vote, Facts([], {}, series("FEAR", 7.0)), None)
    assert found.reason == "FEAR: nothing published yet"


def test_a_vote_tells_of_the_reading_that_decided() -> None:
    lost = Facts(DAYS, UP, {"SPREAD": Unknown("no answer")})
    assert told(lost, TREND, PAIR).reason.startswith("A against C")
    silent = Facts(DAYS, {}, {"SPREAD": Unknown("no answer")})
    assert told(silent, TREND, PAIR).reason == "SPREAD: no answer"
    spoke = Facts(DAYS, UP, series("FEAR", 15.0))
    assert told(spoke, PAIR, LEVEL, take="agree").reason == (
        "A against C: 1-session mean 9.1 % above its 2-session mean; FEAR 15 of 2018-12-03 is under 20"
    )
    assert told(Facts(DAYS, UP, {}), PAIR, LEVEL, take="agree").reason.startswith("FEAR: is not read")


def test_readings_that_do_not_agree_tell_first_which_one_disagrees_with_its_number() -> None:
    nervous = Facts(DAYS, UP, series("FEAR", 31.0))
    above = "A against C: 1-session mean 9.1 % above its 2-session mean"
    found = told(nervous, PAIR, LEVEL, take="agree")
    assert (found.value, found.number, found.as_of) == (0, 31.0, day(1))
    assert found.reason == f"FEAR 31 of 2018-12-03 is over 28, which disagrees; {above}"
    found = told(nervous, LEVEL, PAIR, take="agree")
    assert (found.value, found.as_of) == (0, day(4))
    assert found.number == pytest.approx(0.0911607784)
    disagrees = "A against C disagrees: 1-session mean 9.1 % above its 2-session mean"
    assert found.reason == f"{disagrees}; FEAR 31 of 2018-12-03 is over 28"


def test_readings_that_all_say_neither_disagree_with_nobody() -> None:
    calm = Facts(DAYS, {"A": [1.0] * 4, "C": [1.0] * 4}, series("FEAR", 24.5))
    flat = "A against C: 1-session mean 0.0 % below its 2-session mean"
    assert told(calm, PAIR, LEVEL, take="agree").reason == f"{flat}; FEAR 24.5 of 2018-12-03 is from 20 to 28"


def test_a_vote_that_only_memory_speaks_for_tells_why_its_own_reading_is_silent() -> None:
    vote = VoteSettings(take="first", backtest=True, readings=(LEVEL,))
    found = explained("mine", vote, Facts(DAYS, {}, {}), -1)
    assert (found.value, found.number, found.as_of) == (-1, None, None)
    assert found.reason == "FEAR: is not read; name it in macro.series"
    assert DAYS[-1] - DAYS[0] == timedelta(days=3)
