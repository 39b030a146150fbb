"""Loss rules of a funded account: what is left, what a new order may take of it, and when it is none."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from assistant.core.breaches import Breach
from assistant.core.caps import Kind, Unit
from assistant.core.floors import Amount, Measure, Of, Op, Reference
from assistant.core.funded import Effect
from assistant.core.market import Unknown
from assistant.core.program import Mode
from assistant.core.rulings import FloorNow, Light, Ruling
from assistant.core.track import Booking, Event, Look, Reset
from tests.core.builders import AS_OF, OPEN, PLAN, utc
from tests.core.programs import (
    BEGUN,
    BY_CHICAGO,
    BY_PRAGUE,
    CHICAGO,
    DAILY,
    LAST_RESET,
    OWN,
    PRAGUE,
    PRUDENCE,
    floor,
    followed,
    judged,
    program,
    rule,
    the,
)

NIGHTLY = replace(PLAN, hold="overnight")
RESET = utc("2018-12-10T23:00")  # the next one in Prague
HOUR = timedelta(hours=1)


def money(ruling: Ruling) -> float:
    """What the one cap of a ruling leaves (account currency)."""
    (cap,) = ruling.caps
    assert (cap.unit, cap.kind, cap.scope, cap.side) == (Unit.MONEY, Kind.CONDITION, "account", None)
    return cap.value


def none_left(ruling: Ruling) -> str:
    """Why there are no lots at all."""
    (cap,) = ruling.caps
    assert (cap.unit, cap.value, cap.scope, cap.side) == (Unit.LOTS, 0.0, "account", None)
    return cap.reason


# -- a static floor --


def test_a_static_floor_leaves_its_headroom_less_what_is_kept_back_and_what_is_at_risk() -> None:
    # 98000 - 8 % = 90160; 99550 - 90160 = 9390; 0.15 x 7840 = 1176; 9390 - 1176 - 311.5 = 7902.5.
    found = the(floor(amount=Amount(percent=8)), name="max_loss", ahead=311.5)
    assert found.floor == FloorNow(90_160, 9390, 7840, 9390, RESET, "nothing moves it")
    assert (found.name, found.effect, found.light) == ("max_loss", Effect.FAIL, Light.GREEN)
    assert found.words == "floor 90160.00, headroom 9390.00, 9390.00 after the next reset if nothing changes"
    (cap,) = found.caps
    assert (cap.name, cap.advisory) == ("funded max loss", False)
    assert cap.reason == f"{found.words}; 1176.00 kept back, 311.50 at risk in all"
    assert money(found) == pytest.approx(7902.5)


def test_a_planned_payout_leaves_the_balance_and_moves_no_floor() -> None:
    planned = {"prudence": replace(PRUDENCE, planned_payout=1200.5)}
    found = the(floor(amount=Amount(percent=8)), by=planned)
    assert money(found) == pytest.approx(7013.5)  # 9390 - 1176 - 1200.5
    assert found.caps[0].reason.endswith("; 1176.00 kept back, 1200.50 to be paid out")


def test_an_amount_by_size_is_of_the_size_that_was_sold() -> None:
    by_size = Amount(by_size={98_000.0: 7000.0, 100_000.0: 6120.0})
    found = the(floor(amount=by_size))  # 98000 - 6120 = 91880, room 7670, of which 918 are kept back
    assert money(found) == pytest.approx(6752.0)


def test_what_is_left_is_never_less_than_nothing() -> None:
    assert money(the(floor(amount=Amount(percent=8)), ahead=8500.0)) == 0.0  # 9390 - 1176 - 8500


def test_in_a_rehearsal_rules_are_in_the_program_s_money_and_caps_in_the_account_s() -> None:
    small = replace(OWN, balance=40_400.0, equity=39_820.0)  # times 2.5: 101000 and 99550
    found = the(floor(amount=Amount(percent=8)), account=small, scale=2.5, by={"virtual": True}, ahead=124.6)
    assert found.floor is not None
    assert found.floor.headroom == pytest.approx(9390)
    assert money(found) == pytest.approx(3161)  # (9390 - 1176 - 311.5) / 2.5


# -- the start of a day --


def test_a_daily_floor_has_after_its_reset_its_amount_less_what_is_lost_in_what_is_open() -> None:
    # 100600 - 4900 = 95700, room 3850; from 101000 on it is 96100, room 3450 = 4900 - 1450.
    found = the(DAILY)
    assert found.floor == FloorNow(
        95_700, 3850, 4900, 3450, RESET, "each reset moves it, to the balance then"
    )
    assert found.words == "floor 95700.00, headroom 3850.00, 3450.00 after the next reset if nothing changes"


def test_only_an_order_that_may_be_held_through_the_reset_is_measured_after_it() -> None:
    assert money(the(DAILY, ahead=311.5)) == pytest.approx(2803.5)  # 3850 - 735 - 311.5; closed by 21:00
    assert money(the(DAILY, ahead=311.5, plan=NIGHTLY)) == pytest.approx(2403.5)  # 3450 - 735 - 311.5


@pytest.mark.parametrize(
    ("closes_at", "left"),
    [
        (RESET - timedelta(seconds=1), 3115.0),  # 3850 - 735
        (RESET, 2715.0),  # 3450 - 735: nobody can tell which comes first
        (RESET + HOUR, 2715.0),
        (None, 2715.0),
    ],
)
def test_a_reset_before_the_close_is_held_through_by_any_plan(closes_at: Any, left: float) -> None:  # noqa: ANN401
    found = the(DAILY, facts={"hours": replace(OPEN, closes_at=closes_at)})
    assert money(found) == pytest.approx(left)


def test_of_several_cut_offs_the_first_that_comes_decides_what_is_held_through() -> None:
    both = {"cutoffs": {BY_PRAGUE: PRAGUE, BY_CHICAGO: CHICAGO}}  # 23:00 and 22:15
    late = {"hours": replace(OPEN, closes_at=utc("2018-12-10T22:20"))}
    assert money(the(DAILY, by=both, facts=late)) == pytest.approx(2715.0)
    assert money(the(DAILY, facts=late)) == pytest.approx(3115.0)


def test_a_gain_in_what_is_open_lowers_nothing_and_is_no_room_after_the_reset_where_equity_counts() -> None:
    rich = replace(OWN, equity=102_300.0)
    found = the(floor(Reference.DAY_START_MAX), account=rich)
    # From 100900: 96000, room 6300; from 102300: 97400, room 4900.
    assert found.floor == FloorNow(
        96_000, 6300, 4900, 4900, RESET, "each reset moves it, to the higher of balance and equity then"
    )


@pytest.mark.parametrize("reference", [Reference.DAY_START_EQUITY, Reference.DAY_START_MAX])
def test_a_reset_that_takes_equity_in_leaves_room_to_give_a_gain_back_to_what_is_held(
    reference: Reference,
) -> None:
    # From 100900: 96000, room 3550; after the reset from 99550, or from the balance of 101000.
    equity = reference is Reference.DAY_START_EQUITY
    after = 4900.0 if equity else 3450.0  # 99550 - (99550 - 4900), 99550 - (101000 - 4900)
    found = the(floor(reference), ahead=311.5, plan=NIGHTLY)
    assert found.floor is not None
    assert found.floor.after_reset == after
    # min(3550, after) - 735 - 311.5 would be 2503.5 or 2403.5; (4900 - 735) / 2.5 - 311.5 = 1354.5 is less:
    # in profit by 1.5 R at the reset, the floor would be there, and the stop 2.5 R below.
    assert money(found) == pytest.approx(1354.5)
    assert money(the(floor(reference), ahead=311.5)) == pytest.approx(2503.5)  # closed before the reset


def test_open_losses_are_no_room_where_only_the_balance_is_measured() -> None:
    # 101000 - 90160 = 10840 by the balance; of the equity 99550 - 90160 = 9390 are left, less 1176.
    found = the(floor(amount=Amount(percent=8), measure=Measure.BALANCE))
    assert found.floor is not None
    assert (found.floor.headroom, found.floor.after_reset) == (10_840, 10_840)
    assert money(found) == pytest.approx(8214.0)


@pytest.mark.parametrize(
    ("reference", "through"),
    [
        (Reference.HWM_BALANCE_INTRADAY, False),
        (Reference.HWM_BALANCE_EOD, True),
        (Reference.DAY_START_BALANCE, True),
    ],
)
def test_a_gain_that_is_open_is_no_room_once_it_is_closed_and_moves_the_floor(
    reference: Reference, through: bool
) -> None:
    # Balance 101000, 4000 open profit; closed, the floor is at 105000 - 4900 = 100100 with room 4900. Of it
    # 4900 - 735 - 311.5 = 3853.5 are left, though 105000 - 96100 or 95700 now is 8900 or 9300.
    rich, plan = replace(OWN, equity=105_000.0), NIGHTLY if through else PLAN
    found = the(floor(reference), account=rich, ahead=311.5, plan=plan)
    assert money(found) == pytest.approx(3853.5)
    assert found.caps[0].reason.endswith("; it follows closed profit: room for its amount")


def test_before_a_reset_that_is_not_held_through_an_open_gain_is_room() -> None:
    rich = replace(OWN, equity=105_000.0)  # 105000 - 95700 = 9300, less 735 and 311.5
    assert money(the(DAILY, account=rich, ahead=311.5)) == pytest.approx(8253.5)


# -- floors that follow open profit --

TRAIL = floor(Reference.HWM_EQUITY_INTRADAY, Amount(money=5200))


@pytest.mark.parametrize("reference", [Reference.HWM_EQUITY_INTRADAY, Reference.HWM_EQUITY_OF_DAY])
def test_a_floor_that_follows_open_profit_leaves_room_to_give_a_gain_back(reference: Reference) -> None:
    # 100900 - 5200 = 95700, room 3850, of which 3850 - 780 - 311.5 = 2758.5 are left;
    # (5200 - 780) / 2.5 - 311.5 = 1456.5: what is open and what is new go up by 1.5 R and down by 2.5 R.
    found = the(replace(TRAIL, reference=reference), ahead=311.5)
    assert money(found) == pytest.approx(1456.5)
    assert found.caps[0].reason.endswith(
        "780.00 kept back, 311.50 at risk in all; it follows open profit: room to give back 1.5 R"
    )


def test_where_less_is_left_than_a_gain_needs_that_is_the_cap() -> None:
    poor = replace(OWN, equity=97_200.0)  # room 1500, of which 720 are left; (5200 - 780) / 2.5 = 1768
    found = the(TRAIL, account=poor)
    assert money(found) == pytest.approx(720.0)
    assert found.caps[0].reason.endswith("; 780.00 kept back")


def test_a_floor_that_is_locked_follows_nothing() -> None:
    high = (*BEGUN, Look(AS_OF - HOUR, 101_000, 104_000))  # 104000 - 5200 = 98800
    locked = replace(TRAIL, lock=Amount(money=490))  # at 98490: room 1060, of which 1060 - 780 are left
    found = the(locked, events=high, ahead=40.25)
    assert money(found) == pytest.approx(239.75)
    assert found.floor is not None
    assert (found.floor.level, found.floor.moves) == (98_490, "it is locked")
    rich = replace(OWN, equity=103_900.0)  # room 5410: 4630 are left; that it could give back is no matter
    assert money(the(locked, events=high, account=rich)) == pytest.approx(4630.0)
    assert money(the(TRAIL, events=high, account=rich)) == pytest.approx(1768.0)  # (5200 - 780) / 2.5


def test_a_floor_below_its_lock_still_follows() -> None:
    found = the(replace(TRAIL, lock=Amount(money=490)), ahead=311.5)  # at 95700, below 98490
    assert money(found) == pytest.approx(1456.5)


def test_a_lock_is_above_initial_balance_and_deposits() -> None:
    events = (*BEGUN, Booking(AS_OF - HOUR, 5, 2000, transfer=True))
    locked = floor(Reference.HWM_BALANCE_EOD, Amount(money=3000), lock=Amount(money=0))
    found = the(locked, events=events)  # 102600 - 3000 = 99600, below the lock at 98000 + 2000
    assert found.floor is not None
    assert (found.floor.level, found.floor.moves) == (99_600, "a reset with a higher balance raises it")
    near = the(replace(locked, amount=Amount(money=2600)), events=events)
    assert near.floor is not None
    assert (near.floor.level, near.floor.moves) == (100_000, "it is locked")


def test_a_payout_may_put_a_floor_at_the_initial_balance_for_good() -> None:
    paid = (*BEGUN, Booking(AS_OF - HOUR, 5, -700, transfer=True))
    following = replace(TRAIL, initial_after_payout=True)
    found = the(following, events=paid)
    assert found.floor == FloorNow(98_000, 1550, 5200, 1550, RESET, "nothing moves it since the first payout")
    assert money(found) == pytest.approx(770.0)  # 1550 - 780
    before = the(following)
    assert before.floor is not None
    assert before.floor.moves == "each higher equity raises it, open profit included"


def test_a_payout_of_a_floor_whose_amount_is_not_published_makes_it_no_more_certain() -> None:
    paid = (*BEGUN, Booking(AS_OF - HOUR, 5, -700, transfer=True))
    found = the(floor(amount=Amount(), initial_after_payout=True), events=paid)
    assert none_left(found) == "cannot certify: its amount is not published"
    assert (found.light, found.floor) == (Light.UNSURE, None)


@pytest.mark.parametrize(
    ("reference", "moves"),
    [
        (Reference.INITIAL, "nothing moves it"),
        (Reference.DAY_START_EQUITY, "each reset moves it, to the equity then"),
        (Reference.HWM_BALANCE_INTRADAY, "each higher balance raises it"),
        (Reference.HWM_EQUITY_OF_DAY, "each higher equity of the day raises it, open profit included"),
        (Reference.STATED, "the firm states it"),
    ],
)
def test_it_is_said_what_moves_a_floor(reference: Reference, moves: str) -> None:
    found = the(floor(reference, stated=97_000.0))
    assert found.floor is not None
    assert found.floor.moves == moves


# -- lights --


@pytest.mark.parametrize(
    ("equity", "light"),
    [
        (91_336.0, Light.RED),  # 1176 of 7840 left: no new order may use them
        (91_336.01, Light.AMBER),
        (93_296.0, Light.AMBER),  # 4704 of 7840 gone: 0.6 of them
        (93_296.01, Light.GREEN),
        (90_160.0, Light.RED),
        (90_159.0, Light.RED),  # broken
    ],
)
def test_the_light_turns_at_the_shares_that_the_trader_keeps_back(equity: float, light: Light) -> None:
    account = replace(OWN, equity=equity)
    assert the(floor(amount=Amount(percent=8)), account=account).light is light


def test_a_floor_that_must_not_be_reached_is_red_without_any_reserve() -> None:
    bare = {"prudence": replace(PRUDENCE, reserve=0.0)}
    account = replace(OWN, equity=90_160.01)
    by_reach = floor(amount=Amount(percent=8), op=Op.LE)
    assert the(by_reach, account=account, by=bare).light is Light.AMBER
    assert the(by_reach, account=replace(OWN, equity=90_160.0), by=bare).light is Light.RED


def test_what_is_left_after_the_reset_turns_the_light_too() -> None:
    down = replace(OWN, equity=97_900.0)
    # Room 2200 now; from 101000 on 1800: of 4900, 3100 are gone, at least 0.6 x 4900 = 2940.
    assert the(DAILY, account=down).light is Light.AMBER
    # The same after a reset at 101000 would be the same; measured by the equity then, it would be 4900.
    by_equity = the(floor(Reference.DAY_START_EQUITY), account=down)
    assert by_equity.floor is not None
    assert (by_equity.floor.headroom, by_equity.floor.after_reset) == (1900, 4900)
    assert by_equity.light is Light.AMBER  # 3000 gone of 4900


# -- broken --


def test_a_floor_that_is_seen_broken_is_red_and_leaves_no_lots() -> None:
    found = the(DAILY, account=replace(OWN, equity=95_650.25))
    told = "was broken at 2018-12-10 15:00:00 UTC: 95650.25 against a floor of 95700.00 (as published)"
    # The helper's look a second ago has folded it; this look is the first that judges.
    assert (found.light, found.words) == (Light.RED, told)
    assert none_left(found) == told
    assert found.caps[0].until is None


def broken(seen: bool = True, until: Any = None) -> dict[str, Any]:  # noqa: ANN401
    breach = Breach(at=AS_OF - HOUR, value=95_100.5, floor=95_700, told="by Prague", seen=seen, until=until)
    return {"past": {"broken": {"daily": breach}}}


def test_what_was_broken_once_stays_broken_though_the_equity_is_back() -> None:
    found = the(DAILY, **broken())
    told = "was broken at 2018-12-10 14:00:00 UTC: 95100.50 against a floor of 95700.00 (by Prague)"
    assert (found.light, none_left(found)) == (Light.RED, told)
    assert found.floor is not None
    assert found.floor.headroom == 3850


def test_a_pause_ends_at_its_reset() -> None:
    found = the(DAILY, effect=Effect.PAUSE, **broken(until=RESET))
    assert found.light is Light.RED
    assert none_left(found).endswith("; paused until 2018-12-10 23:00 UTC")
    assert found.caps[0].until == RESET


def test_what_may_have_been_broken_unseen_cannot_be_certified_and_leaves_no_lots() -> None:
    found = the(DAILY, **broken(seen=False))
    assert found.light is Light.UNSURE
    assert none_left(found).startswith(
        "may have been broken, by prices while nobody looked, at 2018-12-10 14:00:00 UTC: 95100.50"
    )


def test_what_may_have_been_broken_and_is_below_its_floor_now_is_red() -> None:
    low = replace(OWN, equity=95_000.0)  # the floor lies at 95700
    found = the(DAILY, account=low, **broken(seen=False))
    assert found.light is Light.RED
    assert none_left(found).startswith("was broken at 2018-12-10 15:00:00 UTC: 95000.00")  # seen now


# -- what is not known --


@pytest.mark.parametrize(
    ("unknown", "reason"),
    [
        (floor(amount=Amount()), "its amount is not published"),
        (floor(Reference.UNKNOWN), "its reference is not published"),
        (floor(Reference.STATED), "the dashboard's number is not known: stated cannot be told"),
        (
            floor(amount=Amount(by_size={50_000.0: 2000.0})),
            "no amount is published for an account size of 100000",
        ),
    ],
)
def test_a_floor_that_cannot_be_told_leaves_no_lots(unknown: Any, reason: str) -> None:  # noqa: ANN401
    found = the(unknown)
    assert (found.light, found.floor) == (Light.UNSURE, None)
    assert found.words == none_left(found) == f"cannot certify: {reason}"


def test_one_reading_that_cannot_be_told_is_the_one_that_counts() -> None:
    found = the(DAILY, ("by the forum", floor(amount=Amount())))
    assert (found.told, found.light) == ("by the forum", Light.UNSURE)
    assert found.others == ("as published: floor 95700.00, headroom 3850.00",)
    assert none_left(found) == "cannot certify: its amount is not published"


def test_of_two_readings_that_cannot_be_told_both_are_named() -> None:
    found = the(floor(Reference.UNKNOWN), ("by the forum", floor(amount=Amount())))
    assert (found.told, found.words) == ("as published", "cannot certify: its reference is not published")
    assert found.others == ("by the forum: cannot certify: its amount is not published",)


def test_without_a_published_reset_the_start_of_a_day_cannot_be_told_and_a_static_floor_can() -> None:
    nowhere: dict[str, Any] = {"cutoffs": {}}
    found = the(DAILY, by=nowhere)
    assert none_left(found) == ("cannot certify: no reset is published: day_start_balance cannot be told")
    static = the(floor(amount=Amount(percent=8)), by=nowhere, ahead=311.5)
    assert static.floor == FloorNow(90_160, 9390, 7840, None, None, "nothing moves it")
    assert static.words == "floor 90160.00, headroom 9390.00"
    assert money(static) == pytest.approx(7902.5)
    near = the(floor(amount=Amount(percent=8)), by=nowhere, account=replace(OWN, equity=91_336.0))
    assert near.light is Light.RED


def test_where_what_is_open_may_lose_is_not_known_nothing_is_added() -> None:
    found = the(DAILY, ahead=Unknown("what is open in TSLA.US can lose is not known"))
    assert none_left(found) == "what is open in TSLA.US can lose is not known"
    assert found.light is Light.GREEN  # where the account stands is known


# -- readings and cut-offs --

BOTH = {"cutoffs": {BY_PRAGUE: PRAGUE, BY_CHICAGO: CHICAGO}}


def test_the_reading_with_the_least_room_is_shown_and_the_other_one_is_named() -> None:
    eight = Amount(percent=8)
    found = the(
        floor(amount=eight), ("it trails the balance", floor(Reference.HWM_BALANCE_EOD, eight)), ahead=311.5
    )
    # 100600 - 7840 = 92760, room 6790; after a reset at 101000 it is 93160, room 6390.
    assert found.told == "it trails the balance"
    assert found.floor == FloorNow(92_760, 6790, 7840, 6390, RESET, "a reset with a higher balance raises it")
    assert found.others == ("as published: floor 90160.00, headroom 9390.00",)
    assert money(found) == pytest.approx(5302.5)  # 6790 - 1176 - 311.5


def test_of_two_cut_offs_the_one_with_the_higher_floor_is_shown() -> None:
    by = program(rule(DAILY), **BOTH)
    one = followed(by).tracks[BY_PRAGUE]
    other = followed(by, [Reset(LAST_RESET - HOUR, 100_950.0, 99_700.0)]).tracks[BY_CHICAGO]
    before = followed(by, tracks={BY_PRAGUE: one, BY_CHICAGO: other})
    (found,) = judged(by, before).rulings
    # 100950 - 4900 = 96050, room 3500; after either reset 3450, and the first of equals is Prague's.
    assert found.told == "as published, 16:15 America/Chicago"
    assert found.floor == FloorNow(
        96_050, 3500, 4900, 3450, RESET, "each reset moves it, to the balance then"
    )
    assert found.others == ("as published, 00:00 Europe/Prague: floor 95700.00, headroom 3850.00",)
    assert money(found) == pytest.approx(2765.0)  # 3500 - 735


def test_after_the_reset_the_least_of_all_readings_is_what_is_left() -> None:
    by = program(rule(floor(Reference.HWM_BALANCE_EOD)), **BOTH)
    one = followed(by, [Reset(LAST_RESET, 101_800.0, 100_900.0)]).tracks[BY_PRAGUE]
    other = followed(by, [Reset(LAST_RESET - HOUR, 102_300.0, 99_700.0)]).tracks[BY_CHICAGO]
    (found,) = judged(by, followed(by, tracks={BY_PRAGUE: one, BY_CHICAGO: other})).rulings
    # 102300 - 4900 = 97400, room 2150, before Chicago's reset at 22:15 and after it.
    assert found.floor is not None
    assert (found.floor.after_reset, found.floor.reset_at) == (2150, utc("2018-12-10T22:15"))


def test_where_another_reading_leaves_less_after_the_reset_it_is_named_beside_the_number() -> None:
    # Static: 98000 - 7840 = 90160, room 9390. Trailing: 100600 - 10600 = 90000, room 9550, and after a reset
    # at 101000 it is 90400, room 9150.
    trailing = floor(Reference.HWM_BALANCE_EOD, Amount(money=10_600))
    found = the(floor(amount=Amount(percent=8)), ("it trails the balance", trailing))
    assert found.told == "as published"
    assert found.floor == FloorNow(
        90_160, 9390, 7840, 9150, RESET, "nothing moves it", after_told="it trails the balance"
    )
    assert found.words == (
        "floor 90160.00, headroom 9390.00, 9150.00 after the next reset if nothing changes, by another "
        "reading (it trails the balance)"
    )


def test_of_readings_that_leave_the_same_after_the_reset_none_is_named() -> None:
    # 100600 - 10840 = 89760, room 9790; after a reset at 101000 it is 90160, as the static one is.
    trailing = floor(Reference.HWM_BALANCE_EOD, Amount(money=10_840))
    found = the(floor(amount=Amount(percent=8)), ("it trails the balance", trailing))
    assert found.floor == FloorNow(90_160, 9390, 7840, 9390, RESET, "nothing moves it")


def test_no_reading_lets_more_through_than_any_other_though_it_has_less_room() -> None:
    # Static: 98000 - 4900 = 93100, room 6450, 6450 - 735 = 5715 are left. Trailing by 8500: 92400, room
    # 7150, but (8500 - 1275) / 2.5 = 2890 are all that may gain and be given back.
    wide = floor(Reference.HWM_EQUITY_INTRADAY, Amount(money=8500))
    found = the(floor(), ("it follows the equity", wide))
    assert found.told == "as published"
    assert money(found) == pytest.approx(2890.0)
    assert found.caps[0].reason == (
        "floor 93100.00, headroom 6450.00, 6450.00 after the next reset if nothing changes; it follows the "
        "equity, headroom 7150.00; 1275.00 kept back; it follows open profit: room to give back 1.5 R"
    )


def test_the_light_is_that_of_the_reading_that_is_nearest_to_its_own_reserve() -> None:
    # At 94100 the static 5 % leaves 1000 of 4900, more than its reserve of 784: amber. The other leaves
    # 1100 of 7600, less than its reserve of 1216: red.
    other = floor(Reference.HWM_BALANCE_EOD, Amount(money=7600))  # 100600 - 7600 = 93000
    tight = {"prudence": replace(PRUDENCE, reserve=0.16)}
    account = replace(OWN, equity=94_100.0)
    assert the(floor(), account=account, by=tight).light is Light.AMBER
    assert the(floor(), ("other", other), account=account, by=tight).light is Light.RED


def test_a_share_of_the_reference_is_of_each_reference() -> None:
    by_reference = floor(Reference.DAY_START_MAX, Amount(percent=5, of=Of.REFERENCE))
    found = the(by_reference)  # 100900 - 5045 = 95855, room 3695; from 101000: 95950, room 3600
    assert found.floor is not None
    assert (found.floor.level, found.floor.amount, found.floor.after_reset) == (95_855, 5045, 3600)
    assert money(found) == pytest.approx(2938.25)  # 3695 - 756.75


# -- what restrains, and what does not --


@pytest.mark.parametrize("effect", list(Effect))
def test_only_a_rule_whose_breach_costs_something_restrains_an_order(effect: Effect) -> None:
    found = the(DAILY, effect=effect)
    binds = effect in (Effect.FAIL, Effect.PAUSE, Effect.VIOLATION, Effect.FORCED_CLOSE)
    assert bool(found.caps) is binds
    lost = the(floor(amount=Amount()), effect=effect)
    assert bool(lost.caps) is binds
    quiet = effect in (Effect.INFORMS, Effect.REVIEW)
    assert (found.light, lost.light) == ((Light.TOLD, Light.TOLD) if quiet else (Light.GREEN, Light.UNSURE))


def test_in_a_dry_run_every_cap_is_advisory() -> None:
    dry = {"mode": Mode.DRY_RUN}
    for ruling in (the(DAILY, by=dry), the(floor(amount=Amount()), by=dry), the(DAILY, by=dry, **broken())):
        assert [cap.advisory for cap in ruling.caps] == [True]
    assert [cap.advisory for cap in the(DAILY).caps] == [False]


def test_a_ruling_carries_what_the_pack_says_of_the_rule() -> None:
    found = the(DAILY, applies="after the first payout", doubts=("by hearsay",), stands="faq; as of 2026-10")
    assert found.words.endswith("if nothing changes (applies: after the first payout)")
    assert (found.doubts, found.stands, found.told) == (("by hearsay",), "faq; as of 2026-10", "as published")


def test_the_balance_alone_may_break_a_floor() -> None:
    account = replace(OWN, balance=95_600.0, equity=97_000.0)
    events: tuple[Event, ...] = (Reset(LAST_RESET, 99_000.0, 99_000.0),)
    both = floor(Reference.DAY_START_BALANCE, measure=Measure.EITHER)  # 99000 - 4900 = 94100, room 1500
    assert money(the(both, account=account, events=events)) == pytest.approx(765.0)  # 1500 - 735


# -- what is open, and the light --


@pytest.mark.parametrize(
    ("ahead", "light"),
    [
        (0.0, Light.GREEN),
        (8213.5, Light.GREEN),  # 9390 - 8213.5 is 0.5 more than what is kept back, 1176
        (8214.5, Light.AMBER),
        (9389.5, Light.AMBER),
        (9390.0, Light.RED),  # all of it may be lost by what is open
    ],
)
def test_what_is_open_may_lose_comes_into_the_light(ahead: float, light: Light) -> None:
    assert the(floor(amount=Amount(percent=8)), ahead=ahead).light is light


def test_a_payout_of_a_rehearsal_is_scaled_like_all_its_money() -> None:
    # Account 39820 of equity x 2.5 = 99550: 9390 - 1176 - 2.5 x 500.5 = 6962.75, a part of 2.5 of it.
    own = replace(OWN, balance=40_400.0, equity=39_820.0)
    by = {"virtual": True, "prudence": replace(PRUDENCE, planned_payout=500.5)}
    found = the(floor(amount=Amount(percent=8)), account=own, scale=2.5, by=by)
    assert money(found) == pytest.approx(2785.1)
