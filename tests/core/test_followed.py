"""A funded account followed from look to look; expected values are worked out by hand at 2.5 to one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assistant.core.followed import asked, follow, key_of, present
from assistant.core.funded import NO_CUTOFF
from assistant.core.market import Unknown
from assistant.core.snapshot import Snapshot
from assistant.core.track import Look
from tests.core.builders import ACCOUNT
from tests.core.following import (
    CLOSING,
    CUTOFFS,
    DEPOSIT,
    EVER,
    PROGRAM,
    REAL,
    START,
    begun,
    by_clock,
    gain,
    history,
    known,
    looks,
    quiet,
    seconds,
    shown,
)
from tests.core.pasts import at, fill, minute, money, past

BOUGHT = fill(2, 1 / 60, "buy", "in", commission=-3.5)  # a second after T0
SOLD = fill(3, 4 / 60, "sell", "out", profit=213.5, commission=-3.5)  # at 4 s
ATHENS = "Europe/Athens"
EDGE = 1800.0  # seconds after T0 at which A resets


# The first start


def test_a_first_start_is_told_by_the_history_in_the_programs_money() -> None:
    trade = [
        fill(2, -200, "buy", "in", commission=-3.5),
        fill(3, -100, "sell", "out", profit=213.5, commission=-3.5),
    ]
    quotes = [minute(n, 200, 203 if n == -150 else 200, 0.0) for n in range(-210, -90)]
    told = past([DEPOSIT, *trade], {"IWM.US": quotes}, until=0, since=EVER)
    found = known(None, shown(0, 21_216.5, told=told))
    assert found.scale == 2.5  # 52525 / 21010
    assert (found.at, found.key, found.asks, found.unverified) == (seconds(0), key_of(PROGRAM), None, None)
    assert found.deals == {1, 2, 3}
    for track in found.tracks.values():
        assert track.balance == 53_041.25  # (21010 - 3.5 + 213.5 - 3.5) * 2.5
        assert track.high_balance == 53_041.25
        assert track.high_equity == pytest.approx(53_911.25)  # (21006.5 + 3 * 2 lots * 93) * 2.5
        assert (track.start_balance, track.start_equity) == (52_525.0, 52_525.0)
        assert (track.opened_at, track.closed_at) == (at(-200), at(-100))
    assert found.broken == {}


def test_nothing_is_known_before_the_history_was_read() -> None:
    assert follow(None, shown(0), PROGRAM) == Unknown("the account's history was not read")
    assert follow(None, shown(0, told=Unknown("it loads")), PROGRAM) == Unknown("it loads")
    assert asked(None, PROGRAM, shown(0)) == START
    assert asked(None, replace(PROGRAM, start=None), shown(0)) < at(-10_000_000)  # type: ignore[operator]


def test_a_terminal_without_its_broker_is_not_asked_for_the_history() -> None:
    now = shown(0)
    apart = replace(now, terminal=replace(now.terminal, connected=False))
    assert [asked(None, PROGRAM, one) for one in (now, apart)] == [START, None]


def test_a_program_without_a_start_begins_with_the_first_deal() -> None:
    program = replace(REAL, start=None)
    found = known(None, shown(0, told=history(0)), program)
    assert found.unverified is None
    assert {track.balance for track in found.tracks.values()} == {21_010.0}
    empty = past([], until=0, since=EVER)
    nothing = known(None, shown(0, 0.0, told=empty), program)
    assert nothing.unverified is not None
    assert nothing.at == seconds(0)


def test_a_first_deposit_later_on_the_first_day_is_the_initial_balance_and_no_further_one() -> None:
    """It starts at 23:00 UTC of May 31st; 21010 are deposited at 04:00 UTC, and 90 are won."""
    program = replace(REAL, start=at(-900))
    deals = [gain(3, -3600, 90.0)]
    found = known(None, shown(0, 21_100.0, told=history(0, *deals)), program)
    assert (found.unverified, found.broken) == (None, {})
    for track in found.tracks.values():
        assert (track.balance, track.deposited, track.payouts) == (21_100.0, 0.0, 0)
        assert (track.start_balance, track.high_balance_eod) == (21_010.0, 21_010.0)
        assert track.high_equity == 21_100.0  # and not 42110
    more = money(4, -500, 1_000.0)
    found = known(None, shown(0, 22_010.0, told=history(0, more)), program)
    assert found.tracks["A"].deposited == 1_000.0
    assert found.tracks["A"].high_balance == 22_010.0
    again = replace(found, resumed=True)
    told = history(5, more, since=found.at)
    assert known(again, shown(5, 22_010.0, told=told), program).differences == ()


def test_a_program_that_starts_later_is_not_known_yet() -> None:
    later = replace(PROGRAM, start=at(30))
    found = follow(None, shown(0, told=history(0)), later)
    assert found == Unknown("the program starts at 2026-06-01 14:30 UTC")


def test_a_rehearsal_needs_a_balance() -> None:
    found = follow(None, shown(0, 500.0, told=past([money(1, -10, 500.0)], until=0, since=EVER)), PROGRAM)
    assert found == Unknown("a rehearsal needs a balance; at its start it was 0.00")


def test_a_history_that_does_not_add_up_is_asked_for_again_until_it_does() -> None:
    late = [money(1, -600, 20_000.0), money(8, -500, 1_010.0)]
    lacking = replace(past(late[:1], until=0, since=EVER), balance=21_010.0, equity=21_010.0)
    first = known(None, shown(0, told=lacking), REAL)
    assert first.unverified is not None
    assert "does not add up" in first.unverified
    assert asked(first, REAL, shown(1)) == START
    on = known(first, shown(1, 21_010.0, 21_107.5, told=Unknown("again later")), REAL)
    assert (on.at, on.missed, on.unverified, on.asks) == (seconds(1), None, first.unverified, START)
    assert on.tracks["A"].high_equity == 21_107.5
    mended = known(on, shown(2, told=past(late, until=2 / 60, since=START)), REAL)
    assert (mended.unverified, mended.asks, mended.at) == (None, None, seconds(2))
    assert asked(mended, REAL, shown(3)) is None
    assert mended.tracks["A"].high_equity == 21_107.5
    assert mended.differences == tuple(
        f"{name}: high equity{of} was 21010.00 and 21107.50; the higher counts"
        for name in CUTOFFS
        for of in ("", " of day")
    )


def test_another_program_balance_start_or_cut_off_begins_anew() -> None:
    before = begun()
    others = [
        replace(PROGRAM, key="firm/other"),
        replace(PROGRAM, initial=50_000.0),
        replace(PROGRAM, size=52_525.0),
        replace(PROGRAM, start=at(-250)),
        replace(PROGRAM, virtual=False),
        replace(PROGRAM, cutoffs={"A": CUTOFFS["A"]}),
        replace(PROGRAM, cutoffs={}),
        replace(PROGRAM, rules=(CLOSING,)),  # whose equity is not on record
    ]
    assert len({key_of(one) for one in [PROGRAM, *others]}) == 9
    for program in others:
        assert asked(before, program, shown(1)) == program.start
        assert follow(before, shown(1), program) == Unknown("the account's history was not read")
    told = "firm/rehearsed rehearsed 52525/50000 from 2026-06-01T09:00:00+00:00 by A, B"
    assert key_of(PROGRAM) == told + ", following equity"
    still = replace(REAL, start=None, cutoffs={}, rules=(CLOSING,))
    assert key_of(still) == "firm/real 21010/25000 from the first deal"


def test_without_a_cut_off_there_is_one_track_without_days() -> None:
    program = replace(PROGRAM, cutoffs={})
    first = known(None, shown(0, told=history(0)), program)
    later = known(first, shown(4000, told=history(4000)), program)
    last = known(later, shown(4005, equity=21_050.0), program)
    (track,) = last.tracks.values()
    assert list(last.tracks) == [NO_CUTOFF]
    assert (track.days, track.high_equity) == ((), 52_625.0)  # 21050 * 2.5


# Looks


def test_looks_raise_the_marks_and_leave_the_credit_out() -> None:
    found = looks(begun(), shown(5, equity=21_107.4, credit=40.0), shown(10, equity=20_905.0, credit=40.0))
    for track in found.tracks.values():
        assert track.high_equity == track.high_equity_of_day == 52_768.5  # 21107.4 * 2.5
        assert (track.equity, track.balance) == (52_262.5, 52_525.0)  # 20905 * 2.5
    assert found.at == seconds(10)


def test_a_deal_is_booked_once_with_its_balance() -> None:
    one = known(begun(), shown(2, 21_006.5, deals=[DEPOSIT, BOUGHT]))
    assert one.deals == {1, 2}
    two = looks(one, shown(3, 21_006.5, deals=[BOUGHT]), shown(5, 21_216.5, deals=[BOUGHT, SOLD]))
    for track in two.tracks.values():
        assert track.balance == track.high_balance == 53_041.25  # 21216.5 * 2.5
        assert (track.opened, track.opened_at, track.closed_at) == (True, seconds(1), seconds(4))


def test_a_deal_that_shows_before_its_balance_waits_for_it() -> None:
    before = begun()
    early = known(before, shown(5, 21_010.0, 21_300.0, deals=[SOLD]))
    assert early.missed == "the deals do not tell yet how -525.00 of the balance came about"  # 210 * 2.5
    assert early == replace(before, missed=early.missed)
    both = known(early, shown(6, 21_220.0, deals=[SOLD]))
    assert (both.missed, both.tracks["A"].balance, both.tracks["A"].closed_at) == (
        None,
        53_050.0,
        seconds(4),
    )


def test_a_balance_that_shows_before_its_deal_waits_for_it() -> None:
    before = begun()
    early = known(before, shown(5, 21_220.0, deals=Unknown("on their way")))
    assert early.missed == "the deals do not tell yet how +525.00 of the balance came about"
    assert early == replace(before, missed=early.missed)
    assert known(early, shown(6, 21_220.0, deals=[SOLD])).tracks["B"].high_balance == 53_050.0


def test_what_binary_sums_miss_is_forgiven_and_a_cent_is_not() -> None:
    assert known(begun(), shown(1, 21_010.004)).missed is None  # 0.01 of the program's, of 0.0125
    assert known(begun(), shown(1, 21_010.01)).missed is not None


def test_a_deal_is_booked_no_earlier_than_the_last_look_and_no_later_than_this_one() -> None:
    old, ahead = gain(4, -60, 10.0), gain(5, 90, 20.0)
    found = known(begun(), shown(5, 21_040.0, deals=[old, ahead]))
    assert found.tracks["A"].closed_at == seconds(5)
    assert found.tracks["A"].high_balance == 52_600.0  # 21040 * 2.5


def test_deposits_lift_the_marks_and_payouts_do_not_lower_them() -> None:
    more, less = money(5, 1 / 60, 400.0), money(6, 2 / 60, -150.0)
    found = looks(begun(), shown(1.5, 21_410.0, deals=[more]), shown(3, 21_260.0, deals=[more, less]))
    for track in found.tracks.values():
        assert (track.deposited, track.payouts, track.paid_at) == (1_000.0, 1, seconds(2))
        assert track.start_balance == 53_525.0  # 52525 + 400 * 2.5
        assert track.high_balance_eod == track.high_equity == 53_525.0
        assert (track.balance, track.moved) == (53_150.0, 625.0)  # 21260 * 2.5, 1000 - 375


# Resets


def test_a_reset_between_two_looks_takes_the_deals_before_it_and_the_equity_of_the_last_look() -> None:
    before = quiet(begun(), EDGE - 4, equity=21_090.0)
    early, late = gain(4, EDGE - 1, 33.0), gain(5, EDGE + 1, 21.0)
    found = known(before, shown(EDGE + 2, 21_064.0, 21_070.0, deals=[early, late]))
    a, b = found.tracks["A"], found.tracks["B"]
    assert [day.ended for day in a.days] == [seconds(EDGE)]
    assert a.days[0].closed == pytest.approx(82.5)  # 33 * 2.5
    assert a.opening == 52_607.5  # 21043 * 2.5
    assert a.start_balance == 52_660.0  # the look 2 s later is higher: 21064 * 2.5
    assert a.start_equity == 52_725.0  # 21090 * 2.5, by the looks before it
    assert b.days == ()
    assert b.start_balance == 52_525.0


def test_a_deposit_before_a_reset_counts_in_its_equity() -> None:
    before = quiet(begun(), EDGE - 4)
    found = known(before, shown(EDGE + 2, 21_110.0, deals=[money(4, (EDGE - 1) / 60, 100.0)]))
    track = found.tracks["A"]
    assert track.start_equity == track.start_balance == 52_775.0  # 21110 * 2.5
    assert track.days[0].closed == 0.0


def test_looks_within_two_minutes_of_a_reset_count_on_either_side() -> None:
    before = quiet(begun(), EDGE - 121, equity=21_500.0)  # too early
    before = quiet(before, EDGE - 119, equity=21_200.0)
    before = quiet(before, EDGE - 1, equity=21_100.0)
    assert before.recent == Look(seconds(EDGE - 1), 52_525.0, 53_000.0)  # 21200 * 2.5
    found = known(before, shown(EDGE, equity=21_050.0))
    assert found.tracks["A"].start_equity == 53_000.0
    assert found.recent is None
    found = quiet(found, EDGE + 119, equity=21_100.0)
    found = quiet(found, EDGE + 120, equity=21_260.0)
    assert found.tracks["A"].start_equity == found.tracks["A"].high_equity_of_day == 53_150.0  # 21260 * 2.5
    found = quiet(found, EDGE + 121, equity=21_400.0)
    assert found.tracks["A"].start_equity == 53_150.0
    assert found.tracks["B"].start_equity == 52_525.0


def test_a_reset_right_after_a_history_was_read_has_what_the_account_shows() -> None:
    found = known(begun(EDGE - 5), shown(EDGE + 1, equity=21_200.0))
    assert found.tracks["A"].start_equity == 53_000.0
    assert [day.ended for day in found.tracks["A"].days] == [seconds(EDGE)]


def test_looks_before_a_reset_count_with_a_deposit_that_came_after_them() -> None:
    before = quiet(begun(), EDGE - 60, equity=21_200.0)
    more = money(4, (EDGE - 55) / 60, 80.0)
    before = known(before, shown(EDGE - 54, 21_090.0, 21_180.0, deals=[more]))
    before = quiet(before, EDGE - 1, 21_090.0, 21_180.0)
    found = known(before, shown(EDGE + 1, 21_090.0, 21_180.0))
    assert found.tracks["A"].start_equity == 53_200.0  # (21200 + 80) * 2.5; after it 21180 were seen
    last = gain(5, EDGE - 0.5, 7.0), money(6, (EDGE - 0.4) / 60, 40.0)
    other = known(before, shown(EDGE + 1, 21_137.0, 21_227.0, deals=last))
    assert other.tracks["A"].start_equity == 53_300.0  # (21280 + 40) * 2.5


# Gaps


def test_after_ten_seconds_without_a_look_the_history_is_asked_for() -> None:
    before = begun()
    assert asked(before, PROGRAM, shown(10)) is None
    assert asked(before, PROGRAM, shown(10.5)) == before.at
    blind = known(before, shown(10.5, equity=21_300.0))
    assert blind == replace(before, missed="the account's history was not read")
    failed = known(before, shown(10.5, told=Unknown("it loads")))
    assert failed == replace(before, missed="it loads")


def test_a_look_without_a_broker_is_none_and_the_time_after_it_is_a_gap() -> None:
    def unlinked(second: float, **how: Any) -> Snapshot:  # noqa: ANN401 -- as shown takes it
        now = shown(second, **how)
        return replace(now, terminal=replace(now.terminal, connected=False))

    before = begun()
    for second in (5, 15):
        assert asked(before, PROGRAM, unlinked(second)) is None  # what it tells stands still
        lost = known(before, unlinked(second, equity=21_300.0))
        assert lost == replace(before, missed="the terminal has no link to its broker")
    assert follow(None, unlinked(5), PROGRAM) == Unknown("the terminal has no link to its broker")
    assert asked(lost, PROGRAM, shown(16)) == before.at


def test_a_clock_set_back_a_little_after_a_restart_asks_for_no_history_before_the_last_look() -> None:
    before = replace(begun(), resumed=True)
    back = shown((before.at - seconds(0)).total_seconds() - 8)
    assert asked(before, PROGRAM, back) is None
    assert known(before, back) == replace(before, missed="the account's history was not read")
    assert asked(before, PROGRAM, shown((before.at - seconds(0)).total_seconds())) == before.at


def test_a_gap_is_filled_by_the_history_from_the_last_look() -> None:
    before = quiet(begun(), EDGE - 30, equity=21_200.0)
    assert before.recent is not None
    deals = [gain(4, EDGE - 20, 60.0), gain(5, EDGE + 500, -35.0)]
    told = history(EDGE + 600, *deals, since=before.at)
    found = known(before, shown(EDGE + 600, 21_035.0, told=told))
    a = found.tracks["A"]
    assert (found.at, found.recent, found.missed) == (seconds(EDGE + 600), None, None)
    assert (a.balance, a.opening) == (52_587.5, 52_675.0)  # 21035 and 21070 times 2.5
    assert a.start_equity == 53_000.0  # 21200 * 2.5, seen 30 s before
    assert found.tracks["B"].start_equity == 52_525.0
    assert found.deals == {1, 4, 5}


def test_what_was_seen_before_a_gap_is_lifted_by_deposits_in_it() -> None:
    before = quiet(begun(), EDGE - 30, equity=21_200.0)
    more = [money(4, (EDGE - 20) / 60, 80.0), money(5, EDGE / 60, 40.0)]
    told = history(EDGE + 60, *more, since=before.at)
    found = known(before, shown(EDGE + 60, 21_130.0, told=told))
    assert found.tracks["A"].start_equity == 53_300.0  # (21200 + 80 + 40) * 2.5


def test_what_was_seen_long_before_a_reset_is_not_of_its_day() -> None:
    before = quiet(begun(), EDGE - 121, equity=21_200.0)
    found = known(before, shown(EDGE + 60, told=history(EDGE + 60, since=before.at)))
    assert found.tracks["A"].start_equity == 52_525.0
    short = quiet(begun(), EDGE - 60, equity=21_200.0)
    found = known(short, shown(EDGE - 40, told=history(EDGE - 40, since=short.at)))
    assert found.tracks["A"].days == ()
    assert found.tracks["A"].start_equity == 52_525.0


def test_history_and_record_may_differ_by_what_binary_sums_miss() -> None:
    before = begun()
    told = history(60, money(9, -100, 0.004), since=before.at)  # 0.01 of the program's, of 0.0125
    assert known(before, shown(60, 21_010.004, told=told)).missed is None


def test_a_history_that_does_not_lead_to_the_record_is_read_from_the_start_and_compared() -> None:
    before = known(begun(), shown(5, equity=21_400.0))
    other = money(9, -100, -20.0)  # booked before the last look, and not known then
    told = history(60, other, since=before.at)
    found = known(before, shown(60, 20_990.0, told=told))
    assert found.missed == "record and history differ by 50.00 in the balance of 2026-06-01 14:00 UTC"
    assert (found.at, found.tracks) == (before.at, before.tracks)
    assert asked(found, PROGRAM, shown(61)) == START
    whole = replace(told, since=EVER, until=seconds(61))
    found = known(found, shown(61, 20_990.0, told=whole))
    assert (found.missed, found.asks, found.at) == (None, None, seconds(61))
    a = found.tracks["A"]
    assert (a.balance, a.payouts, a.high_equity) == (52_475.0, 1, 53_500.0)  # 20990, 21400 times 2.5
    assert found.differences[0] == "A: high equity was 52525.00 and 53500.00; the higher counts"
    stuck = known(replace(before, asks=START), shown(9, told=history(9)), replace(PROGRAM, start=START))
    assert stuck.asks is None


def test_a_history_of_nothing_at_its_start_is_not_taken_for_a_rehearsal() -> None:
    before = replace(begun(), asks=START)
    late = past([money(1, -10, 21_010.0)], until=0.1, since=EVER)
    assert isinstance(follow(before, shown(6, told=late), PROGRAM), Unknown)


# Restarts


def test_after_a_restart_the_history_is_asked_for_at_once_and_compared() -> None:
    before = known(begun(), shown(5, 21_010.0, 21_300.0))
    again = replace(before, resumed=True, deals=frozenset(), unverified="it did not add up")
    assert asked(again, PROGRAM, shown(6)) == before.at
    assert known(again, shown(6)).missed == "the account's history was not read"
    told = history(6, since=before.at)
    found = known(again, shown(6, told=told))
    assert (found.resumed, found.unverified, found.at) == (False, None, seconds(6))
    assert found.deals == {1}
    assert found.tracks["A"].high_equity == 53_250.0  # 21300 * 2.5
    assert asked(found, PROGRAM, shown(7)) is None


def test_a_restart_takes_from_the_history_what_the_record_does_not_know() -> None:
    before = known(begun(), shown(5))
    deals = [fill(2, -50, "buy", "in"), fill(3, -40, "sell", "out", profit=500.0), money(4, -30, -500.0)]
    again = replace(before, resumed=True)
    found = known(again, shown(6, told=history(6, *deals, since=before.at)))
    a = found.tracks["A"]
    assert (a.opened, a.opened_at, a.closed_at) == (True, at(-50), at(-40))
    assert a.high_balance == 53_775.0  # 21510 * 2.5
    assert "A: high balance was 52525.00 and 53775.00; the higher counts" in found.differences


def test_a_restart_with_a_history_that_no_rehearsal_can_begin_with_keeps_the_record() -> None:
    again = replace(begun(), resumed=True)
    late = past([money(1, -10, 21_010.0)], until=0.1, since=again.at)
    found = known(again, shown(6, told=late))
    assert (found.resumed, found.at, found.tracks["A"].balance) == (True, seconds(6), 52_525.0)


def test_a_deal_between_the_last_record_and_the_kill_is_booked() -> None:
    again = replace(begun(), resumed=True, deals=frozenset())
    found = known(again, shown(8, 21_220.0, told=history(8, SOLD, since=again.at)))
    assert found.tracks["B"].balance == 53_050.0
    assert known(found, shown(9, 21_220.0, deals=[SOLD])).tracks["B"].balance == 53_050.0  # once


# Clocks


def test_when_the_servers_clock_turns_out_to_be_another_all_is_read_anew_and_compared() -> None:
    before = known(begun(), shown(5, equity=21_300.0))
    moved = known(before, by_clock(shown(6, equity=21_000.0), ATHENS))
    assert moved == replace(before, missed="the account's history was not read")
    assert asked(before, PROGRAM, by_clock(shown(6), ATHENS)) == START
    found = known(before, by_clock(shown(6, told=history(6)), ATHENS))
    assert (found.clock, found.at, found.tracks["A"].high_equity) == (ATHENS, seconds(6), 53_250.0)
    assert asked(found, PROGRAM, by_clock(shown(7), ATHENS)) is None


def test_a_pc_clock_that_goes_back_a_little_is_waited_for() -> None:
    before = known(begun(), shown(5))
    back = known(before, shown(3, equity=21_300.0))
    assert back == replace(before, missed="the PC's clock went back from 14:00:05.000000 UTC")
    assert asked(before, PROGRAM, shown(3)) is None
    assert known(back, shown(5, equity=21_300.0)).missed is None
    shot = present(before, replace(ACCOUNT, balance=21_010.0, equity=21_300.0, credit=0.0), seconds(3))
    assert shot["A"].equity == 53_250.0


def test_a_pc_clock_that_was_set_back_begins_anew_and_keeps_the_marks() -> None:
    before = known(begun(3600), shown(3605, equity=21_300.0))
    assert asked(before, PROGRAM, shown(0)) == START
    found = known(before, shown(0, told=history(0)))
    assert (found.at, found.tracks["A"].high_equity, len(found.tracks["A"].days)) == (
        seconds(0),
        53_250.0,
        0,
    )
