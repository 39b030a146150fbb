"""What a firm's dashboard states of a funded account, and what was broken; worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from assistant.core.breaches import Breach
from assistant.core.snapshot import Stated
from assistant.core.track import Mark
from tests.core.following import (
    CUTOFFS,
    PROGRAM,
    START,
    begun,
    gain,
    history,
    known,
    looks,
    quiet,
    seconds,
    shown,
)
from tests.core.pasts import at

EDGE = 1800.0  # seconds after T0 at which A resets


# The firm's dashboard


def told_by(number: float, rule: str | None = None, *, lower: bool = True, **marks: float) -> Stated:
    """A statement so many seconds after T0, which may lower."""
    return Stated(seconds(number), {Mark(mark): value for mark, value in marks.items()}, rule, lower)


def test_statements_are_taken_once_and_in_order() -> None:
    two = [told_by(4, high_equity=52_700.0), told_by(2, high_equity=52_900.0)]
    found = known(begun(), shown(5, stated=two))
    assert (found.tracks["A"].high_equity, found.stated_at) == (52_700.0, seconds(4))
    found = looks(found, shown(6, equity=21_200.0, stated=two), shown(7, stated=two))
    assert found.tracks["A"].high_equity == 53_000.0  # risen since, and not stated again
    found = known(found, shown(8, stated=[*two, told_by(7.5, high_equity=52_525.0)]))
    assert found.tracks["B"].high_equity == 52_525.0


def test_a_statement_that_may_not_lower_only_raises_what_is_known() -> None:
    said = told_by(4, lower=False, high_equity=52_000.0, high_balance=52_800.0)
    found = known(begun(), shown(5, equity=20_700.0, stated=[said]))
    assert (found.tracks["A"].high_equity, found.tracks["A"].high_balance) == (52_525.0, 52_800.0)
    assert found.stated_at == seconds(4)
    lowered = known(begun(), shown(5, equity=20_700.0, stated=[replace(said, lower=True)]))
    assert lowered.tracks["A"].high_equity == 52_000.0  # the look is 20700 * 2.5 = 51750


def test_a_wrong_digit_after_a_reset_that_nobody_saw_lowers_nothing() -> None:
    """The history tells that the day began with 52525; 5252.5 was typed."""
    typed = told_by(EDGE + 290, lower=False, start_balance=5_252.5, start_equity=5_252.5)
    found = known(begun(), shown(EDGE + 300, told=history(EDGE + 300), stated=[typed]))
    for track in found.tracks.values():
        assert (track.start_balance, track.start_equity) == (52_525.0, 52_525.0)


def test_what_was_seen_after_a_statement_counts_beside_it() -> None:
    found = known(begun(), shown(5, equity=21_200.0, stated=[told_by(4, high_equity=52_800.0)]))
    assert found.tracks["A"].high_equity == 53_000.0


def test_a_statement_from_after_this_look_waits_for_the_next() -> None:
    ahead = [told_by(5.001, high_equity=54_000.0)]
    found = known(begun(), shown(5, stated=ahead))
    assert (found.tracks["A"].high_equity, found.stated_at) == (52_525.0, None)
    assert known(found, shown(6, stated=ahead)).tracks["A"].high_equity == 54_000.0
    assert known(begun(), shown(5.001, stated=ahead)).tracks["A"].high_equity == 54_000.0


def test_a_statement_of_the_days_start_ends_with_the_day() -> None:
    before = quiet(begun(), EDGE - 10)
    said = [told_by(EDGE - 9, start_balance=52_000.0, high_balance_eod=53_333.0)]
    found = known(before, shown(EDGE - 8, stated=said))
    assert found.tracks["A"].start_balance == 52_000.0
    found = known(found, shown(EDGE + 1, stated=said))
    assert found.tracks["A"].start_balance == 52_525.0
    assert found.tracks["B"].start_balance == 52_000.0  # whose day goes on
    assert found.tracks["A"].high_balance_eod == 53_333.0


def test_statements_are_taken_from_a_gap_in_their_order_with_what_happened() -> None:
    said = [told_by(100, high_balance_eod=54_000.0, start_balance=52_000.0)]
    deals = [gain(4, 50, 60.0), gain(5, 200, 90.0)]
    found = known(begun(), shown(EDGE + 300, 21_160.0, told=history(EDGE + 300, *deals), stated=said))
    a, b = found.tracks["A"], found.tracks["B"]
    assert (a.start_balance, b.start_balance) == (52_900.0, 52_000.0)  # 21160 * 2.5 at A's reset
    assert a.high_balance_eod == 54_000.0
    assert found.stated_at == seconds(100)


def test_a_statement_from_before_the_last_look_only_raises_and_not_a_day_that_has_ended() -> None:
    before = quiet(begun(), EDGE + 5)
    said = [told_by(EDGE - 300, start_balance=53_900.0, high_equity=52_000.0)]
    found = known(before, shown(EDGE + 6, stated=said))
    a, b = found.tracks["A"], found.tracks["B"]
    assert (a.start_balance, b.start_balance) == (52_525.0, 53_900.0)
    assert a.high_equity == b.high_equity == 52_525.0
    assert found.stated_at == seconds(EDGE - 300)
    lone = replace(PROGRAM, cutoffs={})
    first = known(None, shown(50, told=history(50)), lone)
    found = known(first, shown(51, stated=[told_by(9, start_balance=53_900.0)]), lone)
    assert next(iter(found.tracks.values())).start_balance == 53_900.0


def test_a_statement_from_before_the_phase_is_of_another_one() -> None:
    said = [Stated(START - timedelta(seconds=1), {Mark.HIGH_EQUITY: 60_000.0})]
    found = known(None, shown(0, told=history(0), stated=said))
    assert (found.tracks["A"].high_equity, found.stated_at) == (52_525.0, None)
    at_start = [Stated(START, {Mark.HIGH_EQUITY: 60_000.0})]
    assert known(None, shown(0, told=history(0), stated=at_start)).tracks["A"].high_equity == 60_000.0


def test_a_restart_does_not_undo_a_statement() -> None:
    deals = [gain(2, -90 * 60, 400.0), gain(3, -80 * 60, -390.0)]
    said = [told_by(2, high_balance=52_600.0)]
    first = known(None, shown(0, 21_020.0, told=history(0, *deals)))
    assert first.tracks["A"].high_balance == 53_525.0  # 21410 * 2.5
    lowered = known(first, shown(3, 21_020.0, stated=said))
    assert lowered.tracks["A"].high_balance == 52_600.0
    again = replace(lowered, resumed=True)
    found = known(again, shown(4, 21_020.0, told=history(4, *deals, since=again.at), stated=said))
    assert found.tracks["A"].high_balance == 52_600.0
    assert found.differences == ()


# Breaches


def test_a_breach_that_was_seen_stays_and_a_pause_ends_with_its_latest_day() -> None:
    found = known(begun(), shown(5, equity=20_150.0))  # 50375 * against 52525 - 2101 = 50424
    daily = found.broken["daily"]
    assert (daily.at, daily.value, daily.floor, daily.told, daily.seen) == (
        seconds(5),
        50_375.0,
        50_424.0,
        "reading 0, A",
        True,
    )
    assert daily.until == at(60)  # B's reset: by its reading the pause lasts longer
    found = known(found, shown(6, equity=19_750.0))  # 49375, and 52525 - 3150
    assert found.broken["daily"] == daily
    assert set(found.broken) == {"daily", "trail", "closing"}
    assert found.broken["trail"].until is None
    found = quiet(found, EDGE * 2 - 1)
    assert "daily" in found.broken
    found = quiet(found, EDGE * 2)
    assert set(found.broken) == {"trail", "closing"}


def test_a_breach_that_goes_on_after_the_reset_is_a_new_one() -> None:
    program = replace(PROGRAM, cutoffs={"A": CUTOFFS["A"]})
    first = known(None, shown(EDGE - 5, told=history(EDGE - 5)), program)
    found = known(first, shown(EDGE - 4, equity=20_150.0), program)
    assert (found.broken["daily"].at, found.broken["daily"].until) == (seconds(EDGE - 4), seconds(EDGE))
    found = known(found, shown(EDGE, equity=20_000.0), program)
    assert found.broken["daily"].at == seconds(EDGE)
    assert found.broken["daily"].until == at(30 + 24 * 60)


def test_a_pause_that_one_reading_ends_goes_on_by_the_other() -> None:
    found = quiet(begun(), EDGE * 2 - 5, equity=20_150.0)  # A's next day is broken, too
    assert (found.broken["daily"].at, found.broken["daily"].until) == (seconds(10), at(30 + 24 * 60))
    found = known(found, shown(EDGE * 2 + 1, equity=20_000.0))
    assert (found.broken["daily"].at, found.broken["daily"].until) == (seconds(10), at(60 + 24 * 60))


def test_a_pause_of_today_is_not_hidden_by_one_that_has_ended() -> None:
    day = 24 * 3600.0
    deals = [
        *(gain(4, 60, -900.0), gain(5, EDGE + 60, 890.0)),  # 50275 of 50424, and 52500
        *(gain(6, day + 60, -880.0), gain(7, day + 120, 300.0)),  # 50300 of 50399 (52500 - 2101)
    ]
    program = replace(PROGRAM, cutoffs={"A": CUTOFFS["A"]})
    first = known(None, shown(0, told=history(0)), program)
    found = known(first, shown(day + 600, 20_420.0, told=history(day + 600, *deals)), program)
    assert found.broken["daily"].at == seconds(day + 60)
    assert found.broken["daily"].told == "reading 0"
    assert found.broken["daily"].until == seconds(day + EDGE)
    assert found.broken["daily"].seen is False


def test_what_was_seen_counts_rather_than_what_prices_say() -> None:
    dip = [gain(4, 60, -900.0), gain(5, 65, 895.0)]
    unseen = known(begun(), shown(100, 21_005.0, told=history(100, *dip)))
    assert unseen.broken["daily"].seen is False
    assert unseen.broken["daily"].at == seconds(60)
    seen = known(unseen, shown(101, 21_005.0, 20_100.0))
    assert (seen.broken["daily"].seen, seen.broken["daily"].at) == (True, seconds(101))


def test_a_statement_clears_the_breaches_of_its_rule_from_before_it() -> None:
    dip = [gain(4, 60, -1_500.0), gain(5, 65, 1_495.0)]
    unseen = known(begun(), shown(100, 21_005.0, told=history(100, *dip)))
    assert set(unseen.broken) == {"daily", "trail", "closing"}
    said = [told_by(100.5, "daily", start_balance=52_525.0)]
    assert set(known(unseen, shown(101, 21_005.0, stated=said)).broken) == {"trail", "closing"}
    early = [told_by(50, "daily", start_balance=52_525.0)]
    found = known(begun(), shown(100, 21_005.0, told=history(100, *dip), stated=early))
    assert set(found.broken) == {"daily", "trail", "closing"}  # broken after it
    between = [told_by(70, "trail", high_equity=52_525.0)]
    found = known(begun(), shown(100, 21_005.0, told=history(100, *dip), stated=between))
    assert set(found.broken) == {"daily", "closing"}


def test_a_statement_that_may_not_lower_clears_what_was_not_seen_only() -> None:
    def broken(*, seen: bool) -> dict[str, Breach]:
        return {"trail": Breach(at=seconds(1), value=1.0, floor=2.0, told="r", seen=seen, until=None)}

    said = [told_by(2, "trail", lower=False, high_equity=52_525.0)]
    for seen, left in ((False, set()), (True, {"trail"})):
        before = replace(begun(), broken=broken(seen=seen))
        assert set(known(before, shown(3, stated=said)).broken) == left
        assert known(before, shown(3, stated=[replace(said[0], lower=True)])).broken == {}


def test_when_history_is_compared_the_breaches_of_both_count() -> None:
    seen = known(begun(), shown(5, equity=20_150.0))
    dip = [gain(4, 1, -1_500.0), gain(5, 2, 1_500.0)]
    found = known(replace(seen, asks=START), shown(9, told=history(9, *dip)))
    assert found.broken["daily"].seen is True  # not taken for prices alone
    assert found.broken["daily"].at == seconds(5)
    assert found.broken["trail"].seen is False
    ended = known(replace(seen, asks=START), shown(4000, told=history(4000)))
    assert ended.broken == {}


def test_a_rule_that_cannot_be_told_is_not_broken() -> None:
    lost = begun()
    tracks = {name: replace(track, start_equity=None) for name, track in lost.tracks.items()}
    found = known(replace(lost, tracks=tracks), shown(5, equity=20_150.0))
    assert "daily" not in found.broken
