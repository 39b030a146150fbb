"""What a firm's snapshot may hold when it is taken a little early or late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.beside import anchors, day_marks, near, quiet, seen_before
from assistant.core.track import Anchor, Look, Mark, Reset
from tests.core.following import CUTOFFS, EVER, PROGRAM, begun, known, seconds, shown
from tests.core.pasts import at, fill, minute, money, past

DEPOSIT = money(1, -600, 50_000.0)
DUE = at(30)
MOVED = past([DEPOSIT, money(2, 29, 400.0), money(3, 29.5, -50.0), money(4, 31, 300.0)], since=EVER)


def test_deposits_go_with_what_was_seen_before_them_and_not_with_what_was_seen_after() -> None:
    # 50000 and 400; 50400; less the payout 50350; and 50650 less 300, which lifts the marks by itself
    found = [(one.at, one.balance, one.equity) for one in near(MOVED, DUE, DUE)]
    assert sorted(set(found)) == [
        (at(28), 50_400.0, 50_400.0),
        (at(29), 50_400.0, 50_400.0),
        (at(29.5), 50_350.0, 50_350.0),
        (at(31), 50_350.0, 50_350.0),
    ]
    earned = replace(MOVED, deals=(*MOVED.deals, fill(5, 29.2, "sell", "out", profit=7.0)), balance=50_657.0)
    assert {one.balance for one in near(earned, DUE, DUE) if one.at == at(28)} == {50_400.0}  # no deposit
    later = {one.at: (one.balance, one.equity) for one in near(MOVED, DUE, at(31))}
    assert later == {
        at(28): (50_700.0, 50_700.0),
        at(29): (50_700.0, 50_700.0),
        at(29.5): (50_650.0, 50_650.0),
        at(31): (50_650.0, 50_650.0),
    }


def test_only_what_is_known_two_minutes_to_either_side_is_told() -> None:
    assert [one.at for one in near(replace(MOVED, since=at(30.5)), DUE, DUE)] == [at(30.5), at(31)]
    assert list(near(replace(MOVED, since=at(32)), DUE, DUE)) == []
    deals = [DEPOSIT, money(2, 27.9, 10.0), money(3, 32.1, 20.0)]
    assert {one.balance for one in near(past(deals, since=EVER), DUE, DUE)} == {50_010.0}


def test_an_equity_that_moved_beside_a_reset_is_told_as_bounded() -> None:
    prices = [minute(n, 198, 203 if n == 31 else 200, 0.0) for n in range(10, 60)]
    held = past([DEPOSIT, fill(2, 12, "buy", "in")], {"IWM.US": prices}, since=EVER)
    equities = [one.equity for one in near(held, DUE, DUE)]
    assert max(equities) == 50_558.0  # 3 * 2 lots * 93, in the minute after
    assert min(equities) == 49_628.0  # 2 * 2 * 93 below


@pytest.mark.parametrize(("minutes", "still"), [(27.99, True), (28, False), (32, False), (32.01, True)])
def test_a_reset_with_nothing_open_and_nothing_done_beside_it_is_quiet(minutes: float, still: bool) -> None:
    done = past([DEPOSIT, fill(2, minutes, "sell", "out", profit=3.0)], since=EVER)
    assert quiet(done, Reset(DUE, 50_000.0, 50_000.0, 50_000.0)) is still
    assert quiet(done, Reset(DUE, 50_000.0, 50_001.0, 50_000.0)) is False
    assert quiet(done, Reset(DUE, 50_000.0, 50_000.0, 49_999.0)) is False
    assert quiet(done, Reset(DUE, 50_000.0, None, None)) is False


def test_anchors_stand_at_the_reset_or_where_the_telling_begins() -> None:
    marks = {Mark.START_BALANCE: 50_400.0, Mark.HIGH_BALANCE_EOD: 50_400.0}
    equity = {Mark.START_EQUITY: 50_400.0, Mark.HIGH_EQUITY_OF_DAY: 50_400.0}
    assert next(iter(anchors(MOVED, DUE, at(20), known=True))) == Anchor(DUE, marks | equity)
    assert next(iter(anchors(MOVED, DUE, at(20), known=False))) == Anchor(DUE, marks)
    assert {one.at for one in anchors(MOVED, DUE, at(32), known=True)} == {at(32)}
    assert list(anchors(MOVED, DUE, at(32) + timedelta(seconds=1), known=True)) == []


def test_what_was_seen_before_counts_for_two_minutes_with_its_deposits() -> None:
    recent = Look(at(28), 50_000.0, 50_020.0)
    booked = [fill(8, 29, "buy", "in"), recent]
    (anchor,) = seen_before(recent, DUE, booked, known=True)
    assert anchor == Anchor(DUE, day_marks(recent, known=True))
    assert list(seen_before(replace(recent, at=at(27.9)), DUE, booked, known=True)) == []
    assert list(seen_before(None, DUE, booked, known=True)) == []


@pytest.mark.parametrize("known_", [True, False])
def test_an_equity_that_nobody_knows_at_a_reset_is_not_told_by_a_look_beside_it(known_: bool) -> None:
    program = replace(PROGRAM, cutoffs={"A": CUTOFFS["A"]})
    first = begun(1790)
    first = known(
        None, shown(1790, told=past([money(1, -600, 21_010.0)], until=1790 / 60, since=EVER)), program
    )
    over = known(first, shown(1800, equity=21_040.0), program)
    tracks = {"A": replace(over.tracks["A"], start_equity=52_525.0 if known_ else None)}
    found = known(replace(over, tracks=tracks), shown(1805, equity=21_100.0), program)
    assert found.tracks["A"].start_equity == (52_750.0 if known_ else None)  # 21100 * 2.5


def test_a_reset_in_a_rehearsal_is_in_the_programs_money() -> None:
    first = begun()
    prices = {"IWM.US": [minute(n, 198, 198, 0.0) for n in range(-5, 90)]}
    deals = [money(1, -600, 21_010.0), fill(2, 1, "buy", "in")]
    told = past(deals, prices, until=40, floating=-372.0, since=first.at)  # 2 * 2 lots * 93
    found = known(first, shown(2400, 21_010.0, 20_638.0, told=told))
    track = found.tracks["A"]
    assert track.start_balance == 52_525.0
    assert track.start_equity == pytest.approx(51_595.0)  # 20638 * 2.5
    assert track.days[0].at_cutoff == pytest.approx(-930.0)  # 372 * 2.5
    assert track.days[0].ended == seconds(1800)


def test_what_a_history_shows_shortly_before_a_reset_counts_in_it() -> None:
    told = past([money(1, -600, 21_010.0)], until=29.5, floating=100.0, since=EVER)
    found = known(None, shown(1770, 21_010.0, 21_110.0, told=told))
    assert found.recent == Look(seconds(1770), 52_525.0, 52_775.0)  # 21110 * 2.5


def test_for_what_time_the_equity_is_not_known_is_told_and_kept() -> None:
    first = begun()
    deals = [money(1, -600, 21_010.0), fill(2, 1, "buy", "in"), fill(3, 5, "sell", "out")]
    found = known(first, shown(600, told=past(deals, until=10, since=first.at)))
    (told,) = found.unbounded
    assert told.startswith("equity from 2026-06-01 14:01 to 2026-06-01 14:05 UTC is not known")
    assert known(found, shown(601)).unbounded == found.unbounded
