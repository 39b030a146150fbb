"""Five episodes of history at the shipped settings, against answers worked out apart from the program."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from assistant.core.levels import BELOW
from assistant.core.market import Bar, Series
from assistant.core.shares import held, volatilities, volatility_targets
from assistant.study.past import Past, backtested, break_shares, fold_past
from tests.core.history.read import EPISODES, Answer, answers, closes, observations
from tests.doubles.cycles import packaged_config

SETTINGS = packaged_config().settings


def past_bars() -> dict[str, tuple[Bar, ...]]:
    """Bars of which only the close plays a part."""
    return {
        symbol: tuple(Bar(day, close, close, close, close) for day, close in one.items())
        for symbol, one in closes().items()
    }


@cache
def past() -> Past:
    """The whole history, folded by the program."""
    series = {}
    for name, values in observations().items():
        known = packaged_config().macro.series[name]
        assert known is not None
        series[name] = Series(name, tuple(values), known.lag, known.stale_days, "history/series.csv")
    return fold_past(past_bars(), series, backtested(SETTINGS.fold))


@cache
def shares() -> tuple[list[float], list[float], list[float]]:
    """Break shares; volatility targets and held shares of IWM."""
    column = [close for close in past().history.facts.columns["IWM"] if close is not None]
    targets = list(
        volatility_targets(volatilities(column, SETTINGS.volatility.span), SETTINGS.volatility, 0.5)
    )
    return (
        break_shares(past(), SETTINGS.fold),
        targets,
        list(held(targets, [one.hold for one in past().closes])),
    )


def told(place: int) -> Answer:
    """What the program says after a close, in the form of the answers."""
    close = past().closes[place]
    trend, turn = close.trend, close.turn
    assert trend is not None
    assert turn is not None
    broken, target, holding = (column[place] for column in shares())
    side = {BELOW: "below"}
    return Answer(
        session=close.session,
        ratio=close.ratio,
        fast=trend.fast,
        slow=trend.slow,
        distance=trend.distance,
        noise=trend.noise,
        band=trend.band,
        stance=turn.stance.value,
        since=turn.since,
        sessions=turn.sessions,
        followed=turn.followed,
        regime_target=close.target,
        regime_held=close.held,
        context_target=close.context.target,
        context_held=close.context.held,
        vol_target_IWM=target,
        vol_held_IWM=holding,
        breaks=frozenset(
            f"{side.get(one.side, 'above')} {one.line} {one.status} {one.since}" for one in close.breaks
        ),
        votes=dict(zip(past().votes, close.context.counts, strict=True)),
        break_share=None if broken == 1.0 else broken,
    )


def parts(answer: Answer) -> tuple[dict[str, float], dict[str, object]]:
    """The numbers of an answer, and the rest of it."""
    numbers = {name: one for name, one in vars(answer).items() if isinstance(one, float)}
    return numbers, {name: one for name, one in vars(answer).items() if name not in numbers}


@pytest.mark.parametrize("episode", EPISODES)
def test_an_episode_is_told_as_it_was_worked_out_apart(episode: str) -> None:
    wanted = answers(episode)
    places = {session: place for place, session in enumerate(past().sessions)}
    assert len(wanted) > 40
    for answer in wanted:
        numbers, rest = parts(told(places[answer.session]))
        expected, same = parts(answer)
        assert rest == same
        assert numbers == pytest.approx(expected, rel=1e-11)


def test_the_answers_cover_turns_breaks_and_votes_on_both_sides() -> None:
    rows = [answer for episode in EPISODES for answer in answers(episode)]
    assert {answer.stance for answer in rows} == {"RISK_ON", "NEUTRAL", "RISK_OFF"}
    assert {text.split()[2] for answer in rows for text in answer.breaks} == {"fresh", "confirmed", "false"}
    assert {value for answer in rows for value in answer.votes.values()} == {1, 0, -1}
    assert any(answer.break_share for answer in rows)
    assert min(answer.context_held for answer in rows) < 0.5
    assert rows[0].session < date(2007, 8, 1)


def test_a_start_without_any_published_series_is_held_at_neutral() -> None:
    # Breadth, sectors and HYG against IEF speak from bars alone: three of seven, and four are needed.
    found = fold_past(past_bars(), {}, SETTINGS.fold)
    assert len(SETTINGS.fold.votes) == 7
    assert max(close.context.heard for close in found.closes) == 3
    assert max(close.context.held for close in found.closes) == SETTINGS.fold.context.neutral == 0.75
    assert max(close.context.held for close in past().closes) > 0.9  # with BAA10Y, VIX and yields it rises
