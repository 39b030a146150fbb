"""What a check reserves is there for the next one, for a minute, whoever asks."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.core.advice import Track, advise
from assistant.core.check import Standing, Ticket
from assistant.core.market import Role, Side
from assistant.core.reserved import Reservation
from assistant.core.standing import standing
from assistant.errors import PublishError
from assistant.outputs.reservations import reserving
from tests.core.builders import SETTINGS, SNAPSHOT

ASKED = datetime(2025, 1, 15, 17, 0, tzinfo=UTC)
IWM = Reservation("IWM", Role.RISK_ON, Side.BUY, lots=0.6, worst=90.0, margin=82.5, notional=480.72)
XLU = Reservation("XLU", Role.DEFENSIVE, Side.SELL, lots=0.4, worst=27.72, margin=156.0, notional=264.1)
HELD = Ticket(701, "IWM.US", Side.BUY, 0.6, 41.0, 38.5)
ADVICE, _ = advise(SNAPSHOT, Track(), SETTINGS)


def now(*positions: Ticket, orders: tuple[Ticket, ...] = ()) -> Standing:
    return replace(standing(ADVICE), positions=positions, orders=orders)


def ask(
    home: Path,
    wants: Reservation | None,
    at: datetime = ASKED,
    facts: Standing | None = None,
    *,
    release: bool = False,
) -> tuple[Reservation, ...]:
    """What the question was answered with."""
    seen: list[tuple[Reservation, ...]] = []

    def answer(reserved: tuple[Reservation, ...]) -> Reservation | None:
        seen.append(reserved)
        return wants

    reserving(home, at, facts or now(), answer, release=release)
    (only,) = seen
    return only


def test_what_one_check_reserves_the_next_one_knows(tmp_path: Path) -> None:
    assert ask(tmp_path, IWM) == ()
    assert ask(tmp_path, XLU) == (IWM,)
    assert ask(tmp_path, None) == (IWM, XLU)
    assert ask(tmp_path, None) == (IWM, XLU)


@pytest.mark.parametrize(("after", "known"), [(59.999, True), (60.0, False), (-1.0, True), (-60.0, False)])
def test_a_reservation_lasts_a_minute_and_a_clock_set_back_a_little_ends_none(
    tmp_path: Path, after: float, *, known: bool
) -> None:
    ask(tmp_path, IWM)
    assert ask(tmp_path, None, ASKED + timedelta(seconds=after)) == ((IWM,) if known else ())


@pytest.mark.parametrize(
    "facts",
    [
        now(HELD),
        now(orders=(HELD,)),
        now(replace(HELD, ticket=702)),
    ],
)
def test_an_order_or_position_that_appears_in_its_symbol_ends_it(tmp_path: Path, facts: Standing) -> None:
    ask(tmp_path, IWM)
    ask(tmp_path, XLU)
    assert ask(tmp_path, None, facts=facts) == (XLU,)


def test_what_appears_elsewhere_ends_nothing(tmp_path: Path) -> None:
    ask(tmp_path, IWM)
    elsewhere = (
        Ticket(9, "#XLU", Side.BUY, 2.0, 26.0, None),
        Ticket(8, "IWM.US", Side.SELL, 0.7, 40.0, 42.0),
    )
    assert ask(tmp_path, None, facts=now(*elsewhere)) == (IWM,)


def test_a_part_that_is_ordered_leaves_the_rest_reserved(tmp_path: Path) -> None:
    ask(tmp_path, IWM)
    (rest,) = ask(tmp_path, None, facts=now(replace(HELD, lots=0.45)))
    numbers = (rest.lots, rest.worst, rest.margin, rest.notional)
    assert numbers == pytest.approx((0.15, 22.5, 20.625, 120.18))  # a quarter is left


def test_the_oldest_is_ordered_first_and_the_others_stay(tmp_path: Path) -> None:
    small = replace(IWM, lots=0.2, worst=30.0, margin=27.5, notional=160.24)
    ask(tmp_path, IWM)
    ask(tmp_path, small, ASKED + timedelta(seconds=5))
    assert ask(tmp_path, None, ASKED + timedelta(seconds=9), facts=now(HELD)) == (small,)
    # What is written anew counts from there: the same 0.6 lots end nothing twice.
    assert ask(tmp_path, XLU, ASKED + timedelta(seconds=10), facts=now(HELD)) == (small,)
    assert ask(tmp_path, None, ASKED + timedelta(seconds=11), facts=now(HELD)) == (small, XLU)
    assert ask(tmp_path, None, ASKED + timedelta(seconds=65), facts=now(HELD)) == (XLU,)


def test_where_opposite_orders_reduce_a_side_that_shrinks_was_ordered(tmp_path: Path) -> None:
    short = Ticket(8, "IWM.US", Side.SELL, 0.7, 40.0, 42.0)
    turn = replace(IWM, closes=0.7)
    facts = replace(now(short), nets=True)
    ask(tmp_path, turn, facts=facts)
    half = replace(facts, positions=(replace(short, lots=0.3),))
    (rest,) = ask(tmp_path, None, facts=half)
    assert rest.closes == pytest.approx(0.3)
    assert rest.lots == 0.6
    turned = replace(facts, positions=(replace(HELD, lots=0.6),))
    assert ask(tmp_path, None, facts=turned) == ()
    hedging = replace(half, nets=False)  # there each ticket is closed by itself
    (whole,) = ask(tmp_path, None, facts=hedging)
    assert (whole.closes, whole.lots) == (0.7, 0.6)


def test_what_was_reserved_can_be_given_back(tmp_path: Path) -> None:
    ask(tmp_path, IWM)
    assert ask(tmp_path, XLU, release=True) == ()
    assert ask(tmp_path, None) == (XLU,)
    assert ask(tmp_path, None, release=True) == ()
    assert ask(tmp_path, None) == ()


def test_each_login_has_its_own(tmp_path: Path) -> None:
    ask(tmp_path, IWM)
    account = replace(SNAPSHOT.account, login=50013)
    assert ask(tmp_path, None, facts=replace(now(), account=account)) == ()


@pytest.mark.parametrize(
    "damaged",
    [
        b"book",
        b"symbol",
        b"lots",
        b"[" * 50_000,
        b"",
        b"[",
        b"7",
        b"[7]",
        b'[{"at": "2025-01-15T17:00:00+00:00"}]',
        b'[{"at": 7, "book": ""}]',
        b"\xff",
    ],
)
def test_a_damaged_file_holds_nothing_and_is_written_anew(tmp_path: Path, damaged: bytes) -> None:
    ask(tmp_path, IWM)
    (file,) = (tmp_path / "state").glob("reserved_*.json")
    changes = {
        b"book": (b'"same": 0.0', b'"same": "x"'),
        b"symbol": (b'"symbol": "IWM"', b'"symbol": ["IWM"]'),
        b"lots": (b'"lots": 0.6', b'"lots": 1' + b"0" * 400),
    }
    before = file.read_bytes()
    file.write_bytes(before.replace(*changes[damaged]) if damaged in changes else damaged)
    assert file.read_bytes() != before
    assert ask(tmp_path, XLU) == ()
    assert len(json.loads(file.read_bytes())) == 1


def test_where_nothing_can_be_kept_the_question_is_answered_once_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder", encoding="utf-8")
    seen = []

    def answer(reserved: tuple[Reservation, ...]) -> Reservation | None:
        seen.append(reserved)
        return IWM

    with pytest.raises(PublishError, match=r"reserved_50012\.json"):
        reserving(tmp_path, ASKED, now(), answer, release=False)
    assert seen == [()]
