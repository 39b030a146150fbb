"""A price that stands still hides what equity was; its minutes tell it, once they are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from assistant.core.bounds import Minute
from assistant.core.followed import Followed, asked
from assistant.core.market import Position, Quote, SessionState, Unknown
from assistant.core.past import Past
from assistant.core.sight import Lost, hidden, stands_still
from assistant.core.snapshot import Snapshot
from assistant.core.track import Anchor, Look, Mark
from tests.core.builders import OPEN, XLU
from tests.core.following import (
    CLOSING,
    CUTOFFS,
    DAILY,
    DEPOSIT,
    EVER,
    PROGRAM,
    begun,
    known,
    looks,
    seconds,
    shown,
)
from tests.core.pasts import fill, minute, past, still_open

BOUGHT = fill(2, 1 / 60, "buy", "in")  # 2 lots at 200, a second after T0; 1.0 of price is 2 x 93 = 186
AFTER = [minute(1, 199.75, 200.5), minute(2, 199.75, 200.5)]
MINUTES = {"IWM.US": [minute(0, 199.5, 201.5), *AFTER]}
TOLD = "the price of IWM, open, stood still from 2026-06-01 14:00:50 UTC on"


def open_at(
    number: float,
    stamp: float,
    told: Past | None = None,
    *,
    opened: float = -1800.0,
    state: SessionState = SessionState.OPEN,
    positions: Sequence[Position] = (still_open(2.0),),
) -> Snapshot:
    """What a cycle sees so many seconds after T0, IWM open and its quote of another second."""
    return replace(
        shown(number, deals=[BOUGHT], told=told),
        hours=replace(OPEN, opens_at=seconds(opened), state=state),
        positions=tuple(positions),
        quotes={
            "IWM": Quote(200.0, 200.04, seconds(stamp)),
            "XLU": Quote(26.2, 26.25, seconds(number)),
        },
    )


def read(
    number: float, minutes: Mapping[str, Sequence[Minute] | Unknown] = MINUTES, since: datetime = EVER
) -> Past:
    """The history, read so many seconds after T0."""
    deals, held = [DEPOSIT, BOUGHT], [still_open(2.0)]
    return past(deals, minutes, until=number / 60, positions=held, since=since)


def blind() -> Followed:
    """IWM stands still from 50 s on; looks go on, the last one at 130 s."""
    return looks(begun(), *(open_at(number, min(number, 50)) for number in (1, *range(10, 131, 10))))


# Whether a price stands still


def test_a_price_stands_still_after_fifteen_seconds_of_a_session() -> None:
    assert stands_still(open_at(65, 50)) is None
    assert stands_still(open_at(65.001, 50)) == Lost(seconds(50), TOLD)
    unknown = replace(open_at(80, 50), hours=replace(OPEN, opens_at=None))
    assert stands_still(unknown) == Lost(seconds(50), TOLD)


def test_the_time_before_the_open_is_no_standing_still() -> None:
    assert stands_still(open_at(45, -60_000, opened=30)) is None
    found = stands_still(open_at(46, -60_000, opened=30))
    assert found is not None
    assert found.at == seconds(30)
    assert stands_still(open_at(46, -60_000, opened=30, state=SessionState.PRE)) is None


def test_only_the_price_of_what_is_open_counts() -> None:
    assert stands_still(open_at(80, 50, positions=())) is None
    assert (
        stands_still(
            open_at(80, 50, positions=[still_open(2.0, XLU.broker_symbol), still_open(1.0, "#TSLA")])
        )
        is None
    )
    nothing = replace(open_at(80, 50), quotes={"IWM": Unknown("no tick"), "XLU": Unknown("no tick")})
    assert stands_still(nothing) is None


def test_of_two_prices_the_one_that_stood_first_is_told() -> None:
    both = open_at(80, 50, positions=[still_open(2.0), still_open(-1.0, XLU.broker_symbol)])
    both = replace(both, quotes={**both.quotes, "XLU": Quote(26.2, 26.25, seconds(40))})
    found = stands_still(both)
    assert found is not None
    assert (found.at, found.told[:17]) == (seconds(40), "the price of XLU,")


# What is followed meanwhile, and afterwards


def test_equity_is_not_known_until_the_price_is_back_and_its_minutes_are_read() -> None:
    found = blind()
    assert (found.lost, found.unbounded, found.at) == (Lost(seconds(50), TOLD), (TOLD,), seconds(130))
    assert asked(found, PROGRAM, open_at(131, 50)) is None  # no minutes are to be had
    back = open_at(132, 131.5)
    assert asked(found, PROGRAM, back) == seconds(50)
    unread = known(found, back)
    assert (unread.lost, unread.unbounded) == (Lost(seconds(50), TOLD), (TOLD,))

    seen = known(unread, open_at(133, 131.5, told=read(133, since=seconds(50))))
    assert (seen.lost, seen.unbounded, seen.missed, seen.at) == (None, (), None, seconds(133))
    assert asked(seen, PROGRAM, open_at(134, 131.5)) is None
    for name in CUTOFFS:  # (21010 + (201.5 - 200) x 186) x 2.5, of the minute in which it came to stand
        assert seen.tracks[name].high_equity == pytest.approx(53_222.5)
        assert (seen.tracks[name].balance, seen.tracks[name].equity) == (52_525.0, 52_525.0)
        assert seen.tracks[name].high_balance == 52_525.0


@pytest.mark.parametrize("state", [SessionState.OPEN, SessionState.CLOSED])
def test_a_price_that_cannot_be_read_after_it_stood_still_is_not_back(state: SessionState) -> None:
    gone = open_at(132, 50, told=read(132, since=seconds(50)), state=state)
    gone = replace(gone, quotes={**gone.quotes, "IWM": Unknown("no tick")})
    on = state is SessionState.OPEN
    assert asked(blind(), PROGRAM, gone) == (None if on else seconds(50))
    assert known(blind(), gone).lost == (Lost(seconds(50), TOLD) if on else None)


def test_minutes_that_are_read_while_a_price_stands_are_not_all() -> None:
    late = known(blind(), open_at(145, 50, told=read(145, {"IWM.US": MINUTES["IWM.US"][:1]})))
    assert (late.lost, late.unbounded) == (Lost(seconds(50), TOLD), (TOLD,))
    assert asked(late, PROGRAM, open_at(146, 145.5)) == seconds(50)


def test_what_a_price_that_stood_still_may_have_broken_is_told() -> None:
    # (200 - 190) x 186 x 2.5 = 4650 below 52525; the floor is 3150 below that with 0.5 x 186 x 2.5 of profit
    deep = {"IWM.US": [minute(0, 190.0, 200.0), *AFTER]}
    seen = known(blind(), open_at(132, 131.5, told=read(132, deep)))
    assert (seen.broken["trail"].value, seen.broken["trail"].floor) == (47_875.0, 49_607.5)
    assert {(one.at, one.seen) for one in seen.broken.values()} == {(seconds(132), False)}


def test_a_price_that_no_minutes_tell_of_leaves_equity_unknown() -> None:
    seen = known(blind(), open_at(132, 131.5, told=read(132, {"IWM.US": Unknown("IWM.US has no M1 bars")})))
    assert seen.lost is None
    assert {one[-21:] for one in seen.unbounded} == {"IWM.US has no M1 bars"}


def test_a_history_that_does_not_lead_here_ends_no_blindness() -> None:
    wrong = read(132)
    found = known(blind(), open_at(132, 131.5, told=replace(wrong, balance=wrong.balance + 50)))
    assert found.missed is not None
    assert (found.lost, found.unbounded) == (Lost(seconds(50), TOLD), (TOLD,))


def test_a_clock_that_was_set_back_asks_for_no_minutes_of_the_future() -> None:
    ahead = replace(blind(), lost=Lost(seconds(140), TOLD))
    found = known(ahead, open_at(131, 131, told=read(131)))
    assert (found.lost, found.unbounded) == (None, ())


def test_where_no_rule_follows_equity_a_price_that_stands_hides_no_mark() -> None:
    other = replace(PROGRAM, rules=(DAILY, CLOSING))
    found = known(begun(program=other), open_at(9, -50), other)
    assert (found.lost, found.unbounded) == (None, ())


def test_a_first_reading_while_a_price_stands_is_not_all() -> None:
    first = known(None, open_at(80, 50, told=read(80)))
    assert (first.lost, first.unbounded) == (Lost(seconds(50), TOLD), (TOLD,))


# A reset meanwhile


def test_what_was_before_a_reset_is_no_mark_of_the_day_after_it() -> None:
    prices = {28: 203.0, 31: 201.0}  # 3.0 above 200 before the reset at minute 30, 1.0 after it
    told = read(1870, {"IWM.US": [minute(n, 200, prices.get(n, 200.0), 0.0) for n in range(32)]})
    events, missing = hidden(told, CUTOFFS["A"], seconds(1690))
    assert missing == ()
    marks = {Mark.HIGH_EQUITY: 21_568.0, Mark.START_EQUITY: 21_010.0, Mark.HIGH_EQUITY_OF_DAY: 21_010.0}
    assert events[-1] == Anchor(seconds(1870), marks)  # 21010 + 3 x 186
    seen = [one for one in events[:-1] if isinstance(one, Look) and one.at == seconds(1870)]
    assert (len(seen), max(one.equity for one in seen)) == (len(events) - 1, 21_196.0)  # 21010 + 186
