"""The whole fold against a table worked out by hand, close by close."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest

from assistant.core.context import ContextSettings, Level, Reading, VoteSettings
from assistant.core.fold import Close, FoldSettings
from assistant.core.levels import BELOW
from assistant.core.market import Bar, Series
from assistant.core.ratio import RegimeSettings
from assistant.core.regime import LevelSettings
from assistant.core.shares import ShareSettings
from assistant.study.past import Past, break_shares, fold_past
from tests.core import by_hand
from tests.core.by_hand import SETTINGS, VOTES, Row

FOLD = FoldSettings(
    regime=RegimeSettings(
        legs=(SETTINGS.legs,),
        fast=SETTINGS.fast,
        slow=SETTINGS.slow,
        band=SETTINGS.band,
        least_band=SETTINGS.least_band,
        turn_closes=SETTINGS.turn_closes,
        min_sessions=SETTINGS.min_sessions,
        source="terminal",
    ),
    levels=LevelSettings(
        range=SETTINGS.range,
        swing=SETTINGS.swing,
        margin=SETTINGS.margin,
        follow_closes=SETTINGS.follow_closes,
        follow_distance=SETTINGS.follow_distance,
        false_closes=SETTINGS.false_closes,
        rally=SETTINGS.rally,
    ),
    shares=ShareSettings(
        risk_on=SETTINGS.risk_on,
        neutral=SETTINGS.neutral,
        risk_off=SETTINGS.risk_off,
        unknown=SETTINGS.unknown,
        fail_safe=0.0,
        hold_closes=SETTINGS.hold_closes,
        hold_followed=SETTINGS.hold_followed,
    ),
    context=ContextSettings(
        neutral=SETTINGS.context_neutral,
        span=SETTINGS.context_span,
        least=SETTINGS.context_least,
        quorum=SETTINGS.context_quorum,
        vote_hold=SETTINGS.context_vote_hold,
    ),
    votes={
        name: VoteSettings(
            take="first",
            backtest=True,
            readings=(Reading(level=Level(**one["readings"][0]["level"])),),
        )
        for name, one in VOTES.items()
    },
)


@cache
def table() -> list[Row]:
    return list(by_hand.rows())


@cache
def past(count: int | None = None) -> Past:
    """The first rows of the table, folded by the program; observations count a day later."""
    rows = table()[:count]
    bars = {
        symbol: tuple(
            Bar(row.session, close, close, close, close) for row, close in zip(rows, column, strict=True)
        )
        for symbol, column in (
            ("IWM", [row.numerator for row in rows]),
            ("SPY", [row.denominator for row in rows]),
        )
    }
    series = {
        name: Series(
            name,
            tuple(
                (row.session - timedelta(days=1), row.observed[name]) for row in rows if name in row.observed
            ),
            1,
            1,
            "by hand",
        )
        for name in VOTES
    }
    return fold_past(bars, series, FOLD)


def broken(close: Close) -> frozenset[str]:
    return frozenset(
        f"{'below' if one.side == BELOW else 'above'} {one.line} {one.status} {one.since}"
        for one in close.breaks
    )


def test_ratio_stance_targets_and_what_is_held_agree_with_the_table() -> None:
    assert len(past().closes) == len(table()) >= 30
    for row, close in zip(table(), past().closes, strict=True):
        assert (close.session, close.ratio, close.hold) == (row.session, row.ratio, row.closes), row.why
        if row.stance is None:
            assert close.turn is None
            continue
        assert close.turn is not None
        assert close.trend is not None
        assert row.distance is not None
        assert close.trend.distance == pytest.approx(float(row.distance), abs=1e-12), row.why
        turn = (close.turn.stance.value, close.turn.sessions, close.turn.followed)
        assert turn == (row.stance, row.sessions, row.followed), row.why
        assert (close.target, close.held) == (row.target, row.held), row.why


def test_breaks_and_their_provisional_share_agree_with_the_table() -> None:
    for row, close, share in zip(table(), past().closes, break_shares(past(), FOLD), strict=True):
        assert broken(close) == row.breaks, row.why
        assert (None if share == 1.0 else share) == row.break_share, row.why


def test_votes_and_what_they_leave_agree_with_the_table() -> None:
    for place, (row, close) in enumerate(zip(table(), past().closes, strict=True)):
        assert {name: said[place] for name, said in past().votes.items()} == row.own, row.why
        assert dict(zip(VOTES, close.context.counts, strict=True)) == row.counted, row.why
        assert close.context.heard == row.heard, row.why
        found = (close.context.target, close.context.held)
        assert found == pytest.approx((row.context_target, row.context_held), abs=1e-12), row.why


def test_closes_one_by_one_reach_what_all_at_once_do() -> None:
    for count in range(1, len(table()) + 1, 4):
        assert past(count).closes == past().closes[:count]
