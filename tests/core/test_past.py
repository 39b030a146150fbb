"""The rebuilt past: exact balances, equity bounded from both sides, nothing skipped in silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from assistant.core.bounds import Worth
from assistant.core.firm_day import Cutoff
from assistant.core.market import Deal, Unknown
from assistant.core.past import (
    Past,
    adds_up,
    balance_at,
    booking,
    happened,
    is_transfer,
    opened_at,
    safer,
    traded,
)
from assistant.core.track import Anchor, Booking, Look, Mark, Reset, Track, fold, start
from tests.core.pasts import T0, at, fill, minute, money, past, still_open

LONDON = Cutoff(time(15, 30), ZoneInfo("Europe/London"))  # 14:30 UTC in June: 30 minutes after T0
DEPOSIT = money(1, -600, 50_000.0)
QUIET = {"IWM.US": [minute(n, 200, 200, 0.0) for n in range(-60, 60)]}


def rebuilt(found: Past, cutoff: Cutoff | None = LONDON, opening: float = 50_000.0) -> Track:
    """The track of an account on which nothing had happened at T0."""
    return fold(start(opening, 50_000.0), happened(found, cutoff, T0).events)


# Balances


def test_the_balance_of_any_instant_is_exact() -> None:
    found = past(
        [
            DEPOSIT,
            fill(2, 1, "buy", "in", commission=-3.5),
            fill(3, 5, "sell", "out", profit=210.25, commission=-3.5, swap=-1.25, fee=-0.5),
            money(4, 6, 500.0, "credit"),
            money(5, 7, -12.0, "charge"),
        ]
    )
    assert [balance_at(found, at(n)) for n in (0.9, 1, 4, 5, 6, 7)] == [
        50_000.0,
        49_996.5,
        49_996.5,
        50_201.5,  # 49996.5 + 210.25 - 3.5 - 1.25 - 0.5
        50_201.5,
        50_189.5,
    ]


@pytest.mark.parametrize(
    ("deal", "expected"),
    [
        (money(1, 0, 500.0), True),
        (money(1, 0, -500.0, comment="Payout #3"), True),
        (money(1, 0, 4.2, comment="Dividend IWM"), False),
        (money(1, 0, -4.2, comment="div. ADJUSTMENT"), False),
        (money(1, 0, -4.2, comment="Rollover interest"), False),
        (money(1, 0, -3000.0, comment="Payout adjustment"), True),
        (money(1, 0, -3000.0, comment="Profit split, swap account"), True),
        (money(1, 0, -3000.0, comment="PROFIT-SHARE interest"), True),
        (money(1, 0, 12_500.0, comment="Deposit, swap-free"), True),
        (money(1, 0, 12_500.0, comment="Account balance adjustment - scaling"), True),
        (money(1, 0, -3000.0, comment="disinterested swapping"), True),  # no whole words
        (money(1, 0, -4.2, comment="swaps"), False),
        (money(1, 0, -4.2, broker_symbol="IWM.US", comment="transfer"), False),
        (money(1, 0, 4.2, "dividend", comment="transfer"), False),
        (money(1, 0, -4.2, broker_symbol="IWM.US"), False),
        (money(1, 0, 4.2, "dividend"), False),
        (money(1, 0, 4.2, "correction"), False),
        (money(1, 0, 4.2, "credit"), False),
        (fill(1, 0, "buy", "in"), False),
    ],
)
def test_only_deposits_and_payouts_are_transfers(deal: Deal, expected: bool) -> None:
    assert is_transfer(deal) is expected


def test_a_history_adds_up_from_nothing_or_from_the_start_of_the_program() -> None:
    trades = [fill(2, 1, "buy", "in", commission=-3.5), fill(3, 5, "sell", "out", profit=90.0)]
    whole = past([DEPOSIT, *trades])
    assert adds_up(whole, 50_000.0, T0) is None
    assert adds_up(whole, 50_000.0, at(-1000)) is None  # booked after the start
    assert adds_up(replace(past(trades), balance=50_086.5), 50_000.0, T0) is None
    assert adds_up(replace(whole, balance=50_086.509), 50_000.0, T0) is None  # to a cent


def test_a_history_that_does_not_add_up_says_both_numbers() -> None:
    trades = [fill(2, 1, "buy", "in", commission=-3.5), fill(3, 5, "sell", "out", profit=90.0)]
    lost = replace(past([DEPOSIT, *trades]), balance=50_186.5)
    told = (
        "the account's history does not add up: by its deals 100.00 stood before its first deal; "
        "expected nothing or 50000.00"
    )
    assert adds_up(lost, 50_000.0, T0) == Unknown(told)
    told = (
        "the account's history does not add up: by its deals 50000.00 stood in it at 2026-06-01 14:00 UTC; "
        "expected 100000.00"
    )
    assert adds_up(past([DEPOSIT, *trades]), 100_000.0, T0) == Unknown(told)
    told = (
        "the account's history does not add up: by its deals 0.00 stood in it at 2026-06-01 14:00 UTC; "
        "expected 50000.00"
    )
    assert adds_up(past(trades[:0]), 50_000.0, T0) == Unknown(told)
    assert isinstance(adds_up(past([fill(2, 1, "buy", "in")]), 50_000.0, T0), Unknown)


def test_an_account_begins_with_a_first_deposit_that_is_booked_after_the_start() -> None:
    trade = fill(2, 1, "buy", "in", commission=-3.5)
    assert opened_at(past([trade, DEPOSIT]), at(-1000)) == at(-600)
    assert opened_at(past([DEPOSIT, trade]), at(-600)) == at(-600)
    assert opened_at(past([DEPOSIT, trade]), at(-1)) == at(-1)
    assert opened_at(past([trade, DEPOSIT][:1]), at(-1000)) == at(-1000)  # no deposit
    assert opened_at(past([]), at(-1000)) == at(-1000)
    later = [money(3, -500, -250.0)]  # 50000 stood in it before: deals are known from the start on
    assert opened_at(replace(past(later), balance=49_750.0), at(-1000)) == at(-1000)


def test_symbols_are_read_that_were_open_then_or_later() -> None:
    deals = [
        fill(1, -9, "buy", "in", position=1, broker_symbol="XLF.US"),
        fill(2, -8, "sell", "out", position=1, broker_symbol="XLF.US"),
        fill(3, -7, "buy", "in", position=3),
        fill(4, 1, "sell", "out", position=3),
        fill(5, 2, "buy", "in", position=5, broker_symbol="SPY.US"),
        money(6, 3, 4.0, "dividend", broker_symbol="XLV.US"),
    ]
    found = traded(deals[::-1], [still_open(1, "XLU.US"), still_open(5, "SPY.US")], T0)
    assert [*found.items()] == [("IWM.US", T0), ("SPY.US", at(2)), ("XLU.US", T0)]


# What happened


def test_deals_become_bookings_with_what_they_opened_and_closed() -> None:
    found = past(
        [
            DEPOSIT,
            fill(2, 1, "buy", "in", commission=-3.5),
            fill(3, 2, "sell", "inout", lots=3.0),
            fill(4, 3, "buy", "out", lots=0.5),
            fill(5, 4, "buy", "out_by", lots=0.5),
            money(6, 5, -900.0),
            money(7, 6, 4.5, "dividend"),
            money(8, 7, 100.0, "credit"),
        ],
        QUIET,
    )
    bookings = [one for one in happened(found, None, T0).events if isinstance(one, Booking)]
    assert bookings == [
        Booking(at(1), 2, -3.5, opened=True),
        Booking(at(2), 3, 0, opened=True, closed=True),
        Booking(at(3), 4, 0, closed=True),
        Booking(at(4), 5, 0, closed=True),
        Booking(at(5), 6, -900, transfer=True),
        Booking(at(6), 7, 4.5),
    ]


def test_an_adjustment_is_a_transfer_in_doubt_unless_it_says_more() -> None:
    said = ("Adjustment", "adjusted", "payout adjustment", "dividend adjustment", "unadjusted", "")
    found = [booking(money(1, 0, -900.0, comment=one)) for one in said]
    assert [(one.transfer, one.doubtful) for one in found] == [
        (True, True),
        (True, True),
        (True, False),
        (False, False),
        (True, False),
        (True, False),
    ]


def test_each_stretch_shows_the_most_and_the_least_that_equity_can_have_been() -> None:
    prices = {
        "IWM.US": [minute(4, 195, 205), minute(10, 199, 203), minute(20, 198, 200), minute(25, 201, 204)]
    }
    deals = [
        DEPOSIT,
        fill(2, 10.5, "buy", "in", commission=-3.5),
        fill(3, 22, "sell", "out", lots=1.0, price=200.0, commission=-1.5),
        fill(4, 26, "sell", "out", lots=1.0, price=203.0, profit=279.0),
    ]
    found = happened(past(deals, prices), None, T0)
    looks = [one for one in found.events if isinstance(one, Look)]
    assert looks == [
        Look(T0, 50_000, 50_000),
        Look(at(10.5), 49_996.5, 49_996.5 + 2 * 3 * 93),
        Look(at(10.5), 49_996.5, 49_996.5 - 2 * 2 * 93),
        Look(at(22), 49_995, 49_995 + 4 * 93),
        Look(at(22), 49_995, 49_995 - 2 * 93),  # the minute of 20 stands until that of 25
        Look(at(26), 50_274, 50_274),
        Look(at(60), 50_274, 50_274),
    ]
    assert found.unbounded == ()
    assert rebuilt(past(deals, prices), None).high_equity == 49_996.5 + 2 * 3 * 93


def test_a_reset_has_the_exact_balance_and_the_most_and_least_equity() -> None:
    prices = {"IWM.US": [minute(28, 190, 210), minute(29, 199, 202, 0.5), minute(30, 198, 203, 0.5)]}
    deals = [DEPOSIT, fill(2, 1, "buy", "in", commission=-3.5)]
    (reset,) = (
        one
        for one in happened(past(deals, prices, positions=[still_open(2)]), LONDON, T0).events
        if isinstance(one, Reset)
    )
    assert reset == Reset(at(30), 49_996.5, 49_996.5 + 2 * 3 * 93, 49_996.5 - 2 * 2 * 93)
    sold = [DEPOSIT, fill(2, 1, "sell", "in", commission=-3.5)]
    (reset,) = (
        one
        for one in happened(past(sold, prices, positions=[still_open(-2)]), LONDON, T0).events
        if isinstance(one, Reset)
    )
    # bought back at 198 + 0.5 at best, at 203 + 0.5 at worst
    assert reset == Reset(at(30), 49_996.5, 49_996.5 + 2 * 1.5 * 93, 49_996.5 - 2 * 3.5 * 93)


def test_swap_that_may_have_been_accrued_counts_above_and_below() -> None:
    deals = [
        DEPOSIT,
        fill(2, 1, "buy", "in"),
        fill(3, 2, "buy", "in", position=8),
        fill(4, 40, "sell", "out", lots=1.0, swap=12.0),
        fill(5, 41, "sell", "out", position=8, swap=-7.0),
    ]
    open_ = [still_open(1, swap=5.0)]
    found = happened(past(deals, QUIET, positions=open_, floating=5.0), LONDON, T0)
    (reset,) = (one for one in found.events if isinstance(one, Reset))
    assert reset.equity == 50_000 + 12 + 5
    looks = {one.at: one.equity for one in found.events if isinstance(one, Look)}
    # before the close of 7 its swap of 12 is not booked; after it, that of the rest is not
    assert (looks[at(2)], looks[at(40)], looks[at(41)]) == (50_000 - 7, 50_012 - 7, 50_005)
    # a reversed position has another ticket than its deals; one that no deal has opened is told
    other = happened(past(deals, QUIET, positions=[still_open(1, ticket=99, swap=5.0)]), LONDON, T0)
    assert [one for one in other.events if isinstance(one, Reset)] == [reset]
    assert other.unbounded == ()
    stray = happened(past(deals[:1], positions=[still_open(1, swap=5.0)]), LONDON, T0)
    assert stray.unbounded == ("+1 lots of IWM.US are open; by the deals it would be +0",)


def test_deals_around_a_reset_raise_its_marks_to_the_higher_side() -> None:
    early = [DEPOSIT, fill(2, 20, "buy", "in"), fill(3, 29, "sell", "out", profit=-300.0)]
    late = [DEPOSIT, fill(2, 20, "buy", "in"), fill(3, 31.5, "sell", "out", profit=250.0)]
    lost, won = rebuilt(past(early, QUIET)), rebuilt(past(late, QUIET))
    assert (lost.start_balance, lost.high_balance_eod) == (50_000, 50_000)  # before the loss
    assert (won.start_balance, won.start_equity, won.high_balance_eod) == (50_250, 50_250, 50_250)
    assert won.high_equity_of_day == 50_250
    assert (lost.days[-1].closed, won.days[-1].closed) == (-300, 0)  # the day itself is as booked
    far = [DEPOSIT, fill(2, 20, "buy", "in"), fill(3, 32.1, "sell", "out", profit=250.0)]
    assert rebuilt(past(far, QUIET)).start_balance == 50_000


def test_a_deal_exactly_at_a_reset_is_of_the_new_day() -> None:
    deals = [DEPOSIT, fill(2, 20, "buy", "in"), fill(3, 30, "sell", "out", profit=-80.0)]
    track = rebuilt(past(deals, QUIET))
    assert (track.days[-1].closed, track.closed_today) == (0, -80)
    assert track.start_balance == 50_000


@pytest.mark.parametrize("minutes", [29, 30, 30.5])
def test_a_deposit_near_a_reset_moves_its_marks_once(minutes: float) -> None:
    held = [DEPOSIT, fill(2, 20, "buy", "in"), fill(3, 31, "sell", "out", profit=250.0)]
    without = rebuilt(past(held, QUIET))
    track = rebuilt(past([*held, money(9, minutes, 1000.0)], QUIET))
    for mark in Mark:
        assert getattr(track, mark) == getattr(without, mark) + 1000, mark
    assert track.deposited == 1000


def test_a_deposit_near_a_reset_is_no_look_at_the_equity_beside_it() -> None:
    prices = {"IWM.US": [minute(19, 200, 200), minute(31, 200, 209)]}
    deals = [DEPOSIT, fill(2, 20, "buy", "in"), money(9, 31, 1000.0)]
    track = rebuilt(past(deals, prices, positions=[still_open(2)]))
    assert track.start_equity == 51_000  # and not what IWM came to in minute 31


def test_a_payout_near_a_reset_lowers_nothing() -> None:
    for minutes in (29, 30, 31):
        track = rebuilt(past([DEPOSIT, money(9, minutes, -1000.0)]))
        assert (track.start_balance, track.balance, track.payouts) == (50_000, 49_000, 1)


def test_deals_of_one_instant_may_come_in_any_order() -> None:
    deals = [
        fill(2, 29.5, "buy", "in", commission=-3.5),
        fill(3, 29.5, "sell", "out", profit=40.0),
        fill(4, 29.5, "sell", "in", position=8, commission=-2.0),
        money(5, 29.5, 4.0, "dividend"),
    ]
    tracks = {repr(rebuilt(past([DEPOSIT, *one], QUIET))) for one in permutations(deals)}
    assert len(tracks) == 1


def test_a_day_may_have_23_or_25_hours() -> None:
    prague = Cutoff(time(0), ZoneInfo("Europe/Prague"))
    for first, hours in (("2026-03-28T23:00", 23), ("2026-10-24T22:00", 25)):
        since = T0.fromisoformat(first + "+00:00")
        shift = since - T0
        deals = [replace(DEPOSIT, at=DEPOSIT.at + shift)]
        found = replace(past(deals), since=since, until=since + timedelta(hours=25))
        resets = [one.at for one in happened(found, prague, since).events if isinstance(one, Reset)]
        assert resets[0] == since + timedelta(hours=hours)
        assert len(resets) == 1


def test_what_cannot_be_bounded_is_named_with_its_time_and_makes_no_look() -> None:
    deals = [DEPOSIT, fill(2, 10, "buy", "in"), fill(3, 45, "sell", "out", profit=90.0)]
    found = happened(past(deals, {"IWM.US": Unknown("minutes of IWM.US are loading")}), LONDON, T0)
    assert found.unbounded == (
        "equity from 2026-06-01 14:10 to 2026-06-01 14:45 UTC is not known: minutes of IWM.US are loading",
    )
    assert [one for one in found.events if isinstance(one, Reset)] == [Reset(at(30), 50_000, None)]
    assert [one.at for one in found.events if isinstance(one, Look)] == [T0, at(45), at(60)]
    track = fold(start(50_000, 50_000), found.events)
    assert (track.start_balance, track.start_equity, track.balance) == (50_000, None, 50_090)
    twice = [*deals, fill(4, 50, "buy", "in"), fill(5, 55, "sell", "out")]
    assert len(happened(past(twice), None, T0).unbounded) == 2


def test_marks_of_a_reset_that_nobody_saw_stay_unknown() -> None:
    deals = [DEPOSIT, fill(2, 10, "buy", "in"), fill(3, 31, "sell", "out", profit=90.0)]
    found = happened(past(deals), LONDON, T0)
    (anchor,) = (one for one in found.events if isinstance(one, Anchor))
    assert anchor == Anchor(at(30), {Mark.START_BALANCE: 50_090, Mark.HIGH_BALANCE_EOD: 50_090})


def test_a_history_with_a_hole_says_so() -> None:
    found = happened(past([DEPOSIT, fill(2, 10, "sell", "out", profit=5.0)]), None, T0)
    assert found.unbounded == ("deal 2 of IWM.US closes what no known deal has opened",)


def test_deals_widen_what_a_lot_earns() -> None:
    prices = {"IWM.US": [minute(9, 200, 200), minute(20, 210, 210)]}
    deals = [DEPOSIT, fill(2, 10, "buy", "in"), fill(3, 30, "sell", "out", price=210.0, profit=2000.0)]
    # 2000 / 10 / 2 = 100 a lot, not 93
    found = past(deals, prices)
    assert rebuilt(found, None).high_equity == 50_000 + 2 * 10 * 100
    half = [
        DEPOSIT,
        fill(2, 10, "buy", "in"),
        fill(3, 20, "sell", "out", lots=1.0, price=210.0, profit=800.0),
    ]
    looks = happened(past(half, prices, positions=[still_open(1)]), None, T0).events[-3:-1]
    # 800 / 10 / 1 = 80 a lot: the other one stands at a gain of 930 at most, and of 800 at least
    assert looks == (Look(at(20), 50_800, 51_730), Look(at(20), 50_800, 51_600))
    unread = replace(found, worth={"IWM.US": Unknown("the terminal does not say")})
    assert "the terminal does not say" in happened(unread, None, T0).unbounded[0]
    assert rebuilt(replace(found, worth={"IWM.US": Worth(93, 110)}), None).high_equity == 52_200


def test_at_the_very_end_there_is_only_the_last_look() -> None:
    found = past([DEPOSIT], until=0, floating=-20.0)
    assert happened(found, LONDON, T0).events == (Look(T0, 50_000, 49_980),)


@pytest.mark.parametrize("minutes", [-1, 61])
def test_a_time_without_prices_is_refused(minutes: float) -> None:
    with pytest.raises(ValueError, match="prices are known from"):
        happened(past([DEPOSIT]), LONDON, at(minutes))


# The safer of two


def test_of_two_tracks_the_higher_of_each_mark_is_kept_and_differences_are_told() -> None:
    base = replace(start(50_000, 50_000), start_balance=50_000.0, start_equity=50_100.0)
    other = replace(
        base,
        start_balance=None,
        start_equity=50_100.005,
        high_equity=50_300.0,
        high_balance=49_000.0,
        payouts=3,
    )
    track, told = safer(base, other)
    assert track == replace(base, start_equity=50_100.005, high_equity=50_300.0)
    assert told == (
        "start balance was 50000.00 and not known; the higher counts",
        "high balance was 50000.00 and 49000.00; the higher counts",
        "high equity was 50000.00 and 50300.00; the higher counts",
    )
    assert safer(base, base) == (base, ())
