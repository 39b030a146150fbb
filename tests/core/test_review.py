from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.caps import Unit
from assistant.core.durations import seconds
from assistant.core.logbook import (
    Condition,
    Event,
    HeldOver,
    Light,
    Logbook,
    Lots,
    Money,
    Run,
    Share,
    Span,
    Timeline,
)
from assistant.core.market import Deal, Vote
from assistant.core.review import Bound, Review, review, thinned
from tests.core.builders import BUY, FOLD, SELL
from tests.core.logbooks import (
    BEGIN,
    END,
    LATER,
    OPENS,
    SESSION,
    a_book,
    a_floor,
    a_trade,
    at,
    flat,
    nothing,
    span,
)

SECOND = timedelta(seconds=1)


def looked(book: Logbook, as_of: datetime = LATER) -> Review:
    return review(book, (), FOLD, as_of)


def deal(money: float, when: datetime, kind: str = "sell", symbol: str = "IWM.US") -> Deal:
    """A deal with a profit, and costs of 1.50 in all."""
    return Deal(900, when, kind, "out", 1, symbol, 2.0, 131.0, money, -0.75, -0.5, -0.25)


# --- what is said of the session ---


def test_a_review_is_headed_as_its_logbook() -> None:
    book = a_book(clock="New_York+7", scale=2.5, ratio=(), legs=("IWM", "SPY"))
    found = looked(book)
    same = ("login", "server", "currency", "mode", "session", "opens_at", "closes_at", "span", "until")
    for name in (*same, "legs", "scale", "clock", "held_over"):
        assert getattr(found, name) == getattr(book, name)


def test_shares_and_lots_are_clipped_to_the_session() -> None:
    most, none = {BUY: Lots(2.4, "regime"), SELL: Lots(4.1, "normal")}, {BUY: Lots(0.0, "market closed")}
    book = a_book(
        shares=(
            (at("14:00"), Share(0.0, "market closed")),
            (at("15:00"), Share(0.7, "regime")),
            (END, Share(0.0, "market closed")),
        ),
        stances=((at("09:00"), "NEUTRAL"),),
        lots={"IWM": ((at("15:00"), most), (END, none)), "SPY": ()},
        ratio=((at("14:29"), 0.51), (OPENS, 0.52), (END, 0.53), (END + SECOND, 0.54)),
    )
    found = looked(book)
    assert found.shares == ((OPENS, Share(0.0, "market closed")), (at("15:00"), Share(0.7, "regime")))
    assert found.stances == ((OPENS, "NEUTRAL"),)
    assert found.lots == {"IWM": ((at("15:00"), most),), "SPY": ()}
    assert found.ratio == ((OPENS, 0.52), (END, 0.53))


def test_what_yesterdays_run_said_is_not_shown_as_todays() -> None:
    book = a_book(
        runs=(Run(span("16:00", "21:00"), ""),),
        shares=((BEGIN, Share(0.7, "regime")), (at("16:00:01"), Share(0.4, "edge"))),
    )
    found = looked(book)
    assert found.shares == ((at("16:00:01"), Share(0.4, "edge")),)
    assert found.bound[0].seconds == 5 * 3_600 - 1
    assert looked(a_book(runs=())).shares == ()


def test_the_votes_are_those_of_the_close() -> None:
    said = ((BEGIN, 1), (at("20:00"), 0), (END, -1), (END + SECOND, 1))
    votes = tuple((when, (Vote("credit", value, None, "", None),)) for when, value in said)
    assert looked(a_book(votes=votes)).votes == (Vote("credit", -1, None, "", None),)
    assert looked(a_book()).votes == ()


def test_trades_stand_in_the_order_in_which_they_were_opened() -> None:
    trades = tuple(
        a_trade(*one) for one in ((3, ("16:00", None)), (9, ("15:00", None)), (2, ("16:00", None)))
    )
    found = review(a_book(), trades, FOLD, LATER)
    assert [one.trade.position for one in found.trades] == [9, 2, 3]


# --- how long caps bound ---


def test_a_cap_that_binds_twice_has_two_spans() -> None:
    book = a_book(
        shares=(
            (OPENS, Share(0.7, "regime")),
            (at("16:00"), Share(0.0, "stale")),
            (at("16:10"), Share(0.6, "regime")),
        )
    )
    regime, stale = looked(book).bound
    # 14:30 to 16:00 and 16:10 to 21:00: 5400 and 17400 s
    assert regime == Bound(
        "regime", "account", 22_800.0, (span("14:30", "16:00"), span("16:10", "21:00")), 0.6, 0.7
    )
    assert stale == Bound("stale", "account", 600.0, (span("16:00", "16:10"),), 0.0, 0.0)


def test_each_side_of_each_symbol_has_its_caps() -> None:
    both = {BUY: Lots(2.4, "regime"), SELL: Lots(4.1, "normal")}
    book = a_book(
        lots={
            "SPY": ((OPENS, {BUY: Lots(0.7, "heat")}),),  # nothing of a sell
            "IWM": ((OPENS, both), (at("20:00"), {BUY: Lots(1.0, "spread"), SELL: Lots(3.9, "normal")})),
        }
    )
    found = [(one.scope, one.cap, one.seconds, one.least, one.most) for one in looked(book).bound_by_symbol]
    assert found == [
        ("SPY buy", "heat", 23_400.0, 0.7, 0.7),
        ("IWM buy", "regime", 19_800.0, 2.4, 2.4),  # 5 h 30 min
        ("IWM buy", "spread", 3_600.0, 1.0, 1.0),
        ("IWM sell", "normal", 23_400.0, 3.9, 4.1),
    ]


# --- whether it could be relied on ---


def test_time_is_watched_while_a_run_goes_on_and_the_terminal_answers() -> None:
    runs = (Run(span("08:00", "15:00"), "killed"), Run(span("15:10", "22:00"), ""))
    lost = (span("14:00", "14:40"), span("14:50", "15:20"), span("20:00", "20:30"))
    quality = looked(a_book(runs=runs, lost=lost)).quality
    assert quality.session == 23_400.0
    assert quality.unseen == (span("15:00", "15:10"),)
    assert quality.lost == (
        span("14:30", "14:40"),
        span("14:50", "15:00"),
        span("15:10", "15:20"),
        span("20:00", "20:30"),
    )
    assert quality.watched == 23_400.0 - 600 - 3_600  # 10 min unseen, 60 min lost


def test_a_terminal_that_is_lost_all_day_leaves_nothing_watched() -> None:
    found = looked(a_book(lost=(Span(BEGIN, END),)))
    assert (found.quality.watched, found.bound, found.quality.unseen) == (0.0, (), ())
    assert seconds(found.quality.lost) == 23_400.0


def test_of_a_session_that_goes_on_only_what_is_over_counts() -> None:
    running = a_book(until=at("15:29:58"), runs=(Run(Span(BEGIN, at("15:29:58")), None),), held_over=None)
    quality = looked(running, at("15:30:01")).quality
    assert (quality.session, quality.watched, quality.unseen) == (3_598.0, 3_598.0, ())  # 59 min 58 s
    late = looked(running, at("15:30:58")).quality
    assert (late.session, late.unseen) == (3_658.0, (span("15:29:58", "15:30:58"),))  # a minute: it ended
    assert looked(running, at("14:00")).quality.session == 0.0
    over = looked(running).quality
    assert (over.session, over.unseen) == (23_400.0, (span("15:29:58", "21:00"),))


def test_a_half_day_is_as_long_as_it_was() -> None:
    closes = at("18:00")
    book = replace(a_book(), closes_at=closes, span=Span(BEGIN, closes), until=closes)
    found = looked(book)
    assert found.finished
    assert (found.quality.session, found.bound[0].seconds) == (12_600.0, 12_600.0)  # 3 h 30 min


def test_conditions_that_held_the_share_at_the_fail_safe_are_told() -> None:
    settings = replace(FOLD, shares=replace(FOLD.shares, fail_safe=0.1))

    def stood(name: str, value: float, unit: Unit = Unit.SHARE, scope: str = "account") -> Condition:
        return Condition(name, scope, value, unit, "why")

    book = a_book(
        conditions=(
            (at("14:00"), (stood("market closed", 0.0, Unit.LOTS),)),
            (at("15:00"), (stood("stale", 0.1), stood("stale", 0.05), stood("stale", 0.0, scope="IWM"))),
            (
                at("15:10"),
                (stood("stale", 0.1), stood("edge", 0.11), stood("spread", 0.0005, Unit.LOTS, "IWM")),
            ),
            (at("15:15"), (stood("halted", 0.0, Unit.LOTS),)),
            (at("15:16"), ()),
        )
    )
    assert review(book, (), settings, LATER).quality.fail_safe == (
        Bound("stale", "account", 900.0, (span("15:00", "15:15"),), 0.05, 0.1),
        Bound("stale", "IWM", 600.0, (span("15:00", "15:10"),), 0.0, 0.0),
        Bound("halted", "account", 60.0, (span("15:15", "15:16"),), 0.0, 0.0),
    )


def test_events_of_the_span_are_kept() -> None:
    events = tuple(Event(when, "slow", "") for when in (BEGIN + SECOND, END, END + SECOND))
    assert looked(a_book(events=events)).quality.events == events[:2]


@pytest.mark.parametrize(
    ("changes", "finished"),
    [
        ({"until": END, "runs": (), "held_over": None}, True),
        ({"until": at("20:59:01"), "runs": (), "held_over": None}, True),
        ({"until": at("20:59"), "runs": (), "held_over": None}, False),  # a minute before it
        ({"until": at("18:00"), "runs": (Run(span("15:00", "21:10"), ""),), "held_over": None}, True),
        ({"until": at("18:00"), "runs": (), "held_over": ()}, True),  # the close was seen
        ({"until": None, "runs": (), "held_over": None}, False),
    ],
)
def test_a_review_is_finished_once_the_record_goes_up_to_the_close(
    changes: dict[str, Any], finished: bool
) -> None:
    book = a_book(**changes)
    assert looked(book, END).finished is finished
    assert not looked(book, END - SECOND).finished


# --- money ---


def test_the_result_is_what_the_fills_of_the_span_booked_with_all_costs() -> None:
    deals = (
        deal(500.0, BEGIN),  # of the session before
        deal(100.0, BEGIN + SECOND),
        deal(-30.0, END, "buy"),
        deal(7.0, END + SECOND),  # of the next one
        deal(1_000.0, at("15:00"), "balance", ""),
    )
    assert looked(a_book(deals=deals)).result == 67.0  # 100 - 30 - 2 x 1.50


def test_what_equity_moved_by_leaves_out_what_came_or_went() -> None:
    book = a_book(
        money=((BEGIN - SECOND, flat(10_000.0)), (END, Money(11_000.0, 11_050.0)), (END + SECOND, flat(1.0))),
        deals=(
            deal(800.0, BEGIN, "balance", ""),  # it is in the first look
            deal(1_001.5, at("15:00"), "balance", ""),  # 1000.00 in all
            deal(-200.0, at("16:00"), "credit", ""),  # -201.50
            deal(40.0, at("16:00"), "balance", "IWM.US"),  # a dividend: a result
            deal(100.0, at("17:00")),
        ),
    )
    assert looked(book).moved == 251.5  # 11050 - 10000 - 1000 + 201.50
    assert looked(book).floated == 251.5  # 50.00 float at the end, and 201.50 of credit that went did not
    assert looked(a_book()).moved is None
    assert looked(a_book()).floated is None


def test_what_came_counts_after_the_first_look_and_up_to_the_last() -> None:
    times = ("08:00", "20:00", "20:01")
    book = a_book(
        runs=(Run(span("08:00", "22:00"), ""),),
        money=((at("08:00"), flat(10_000.0)), (at("20:00"), flat(10_100.0))),
        deals=tuple(deal(11.5 + place, at(time), "balance", "") for place, time in enumerate(times)),
    )
    assert looked(book).moved == 89.0  # 100.00 less 12.50 - 1.50 at 20:00


def test_money_that_was_not_seen_at_the_beginning_is_told() -> None:
    run = (Run(span("08:00", "22:00"), ""),)
    book = a_book(
        runs=run, money=((BEGIN - SECOND, flat(1.0)), (at("08:00"), flat(10_000.0)), (END, flat(9_990.0)))
    )
    found = looked(book)
    assert found.moved == -10.0
    assert found.money[0] == (at("08:00"), flat(10_000.0))
    told = (
        "equity at the close before is not on record: what it moved is counted from 2018-12-20 08:00 UTC on"
    )
    assert told in found.missing


def test_of_each_minute_first_last_least_and_most_stay() -> None:
    equity = (9_900.0, 9_905.0, 9_890.0, 9_890.0, 9_910.0, 9_901.0, 9_902.0)
    balance = (10_000.0, 10_000.0, 10_000.0, 10_000.0, 10_000.0, 10_007.0, 10_001.0)
    line = tuple(
        (at("15:00") + n * SECOND, Money(*one)) for n, one in enumerate(zip(balance, equity, strict=True))
    )
    # first 0, least 2, most 4, most of the balance 5, last 6
    assert thinned(line) == tuple(line[place] for place in (0, 2, 4, 5, 6))
    ends = ((at("15:00:59"), flat(1.0)), (at("15:01"), flat(2.0)), (at("16:01"), flat(2.0)))
    assert thinned(ends) == ends
    assert thinned(()) == ()


def test_money_and_floors_are_those_of_the_span() -> None:
    book = a_book(
        money=((BEGIN - SECOND, flat(1.0)), (END, flat(2.0)), (END + SECOND, flat(3.0))),
        floors=((BEGIN - SECOND, (a_floor(400.0),)), (END, (a_floor(300.0),)), (END + SECOND, ())),
    )
    found = looked(book)
    assert found.money == ((BEGIN, flat(1.0)), (END, flat(2.0)))
    assert found.floors == ((BEGIN, (a_floor(400.0),)), (END, (a_floor(300.0),)))
    assert found.approaches[0].floor.name == "daily_loss"


# --- what is missing ---


def test_what_the_record_lacks_is_told_beside_what_its_reader_told() -> None:
    assert looked(replace(nothing(), missing=("the journal is torn",))).missing == ("the journal is torn",)
    ended = (Run(Span(BEGIN, at("18:00")), None),)
    book = a_book(until=at("18:00"), runs=ended, held_over=None, missing=("equity is not on record",))
    assert looked(book).missing == (
        "equity is not on record",  # once
        "the record ends at 2018-12-20 18:00 UTC, before the close",
    )
    assert looked(book, END).missing == looked(book).missing
    assert looked(book, END - SECOND).missing == ("equity is not on record",)


def test_a_full_record_lacks_nothing() -> None:
    prices = (80.0, 80.0, 80.0, 76.0, 72.0, 68.0)  # NEUTRAL, and RISK_OFF by the last one
    days = tuple((date(2018, 12, 10) + timedelta(days=n), price, 160.0) for n, price in enumerate(prices))
    book = a_book(
        legs=("IWM", "SPY"),
        closes=days,
        stances=((BEGIN, "RISK_OFF"), (at("16:00"), "NEUTRAL")),
        money=((BEGIN, flat(10_000.0)),),
    )
    assert looked(book).missing == ()
    assert looked(replace(book, stances=())).missing == ()
    told = "the stance was NEUTRAL; by the closes on record and the settings of now it is RISK_OFF: "
    assert looked(replace(book, stances=((BEGIN, "NEUTRAL"),))).missing == (
        f"{told}imported closes, another login or settings of then decided it",
    )
    assert looked(replace(book, closes=())).missing == ()


def test_of_nothing_there_is_a_review_all_the_same() -> None:
    found = looked(nothing())
    assert (found.until, found.finished, found.moved, found.result) == (None, False, None, 0.0)
    assert found.quality.unseen == (Span(OPENS, END),)
    assert found.summary.startswith("Nothing is on record")


# --- what comes later, and in which order ---


def busy() -> Logbook:
    """A logbook with something in every field."""
    return a_book(
        runs=(Run(Span(BEGIN - 60 * SECOND, at("16:00")), "killed"), Run(span("16:05", "21:30"), "")),
        lost=(span("17:00", "17:02"),),
        shares=((BEGIN, Share(0.7, "regime")), (at("16:05"), Share(0.6, "context"))),
        lots={"IWM": ((BEGIN, {BUY: Lots(2.4, "regime")}), (at("16:05"), {BUY: Lots(2.0, "context")}))},
        conditions=((at("18:00"), (Condition("stale", "account", 0.0, Unit.SHARE, ""),)), (at("18:01"), ())),
        votes=((BEGIN, (Vote("credit", 1, None, "", None),)),),
        legs=("IWM", "SPY"),
        closes=((date(2018, 12, 18), 80.0, 160.0), (date(2018, 12, 19), 80.0, 160.0)),
        ratio=((at("15:00"), 0.5),),
        money=((BEGIN, flat(10_000.0)), (at("16:10"), Money(10_000.0, 9_700.0))),
        lights=((BEGIN, Light("green", ())),),
        floors=((BEGIN, (a_floor(400.0),)), (at("16:10"), (a_floor(100.0),))),
        deals=(deal(5.0, at("16:11")),),
        held_over=(HeldOver(1, "IWM.US", BUY, 2.0, 129.0, 32.0, 250.0),),
        events=(Event(at("16:05"), "start", "began"),),
    )


def test_what_is_put_on_record_after_the_close_changes_nothing() -> None:
    book, after = busy(), END + 60 * SECOND
    later = replace(
        book,
        shares=(*book.shares, (after, Share(0.0, "market closed"))),
        stances=(*book.stances, (after, "NEUTRAL")),
        lots={"IWM": (*book.lots["IWM"], (after, {BUY: Lots(0.0, "market closed")}))},
        conditions=(*book.conditions, (after, (Condition("stale", "IWM", 0.0, Unit.SHARE, ""),))),
        votes=(*book.votes, (after, ())),
        closes=(*book.closes, (SESSION, 78.0, 160.0), (date(2018, 12, 21), 79.0, 160.0)),
        ratio=(*book.ratio, (after, 0.3)),
        money=(*book.money, (after, flat(1.0))),
        lights=(*book.lights, (after, Light("red", ("open_lots",)))),
        floors=(*book.floors, (after, (a_floor(-9.0),))),
        deals=(*book.deals, deal(-900.0, after), deal(-900.0, after, "balance", "")),
        lost=(*book.lost, Span(after, after + 60 * SECOND)),
        events=(*book.events, Event(after, "slow", "")),
    )
    assert looked(later) == looked(book)
    assert looked(later, LATER + timedelta(days=30)) == looked(book, END)


def test_runs_and_gaps_may_come_in_any_order_and_overlap() -> None:
    book = busy()
    mixed = replace(
        book, runs=(*book.runs[::-1], Run(span("19:00", "20:00"), "")), lost=(*book.lost, *book.lost)
    )
    one, other = looked(mixed), looked(book)
    assert one.quality.watched == other.quality.watched
    assert one.quality.lost == other.quality.lost
    assert other.result == 3.5  # 5.00 - 1.50


def test_every_field_of_a_review_is_filled_by_a_full_day() -> None:
    found = looked(busy())
    empty = {one.name for one in fields(found) if getattr(found, one.name) in ((), None, {}, "")}
    assert empty == {"trades", "broken", "next_reset", "clock"}


# --- properties ---

instants = st.lists(st.integers(0, 24 * 3_600), max_size=8, unique=True).map(sorted)
names = st.sampled_from(["regime", "context", "stale", "edge"])


def lines(draw: Any) -> Timeline[Share]:  # noqa: ANN401 -- a draw of hypothesis
    moments = [0, *draw(instants)]
    return tuple(
        (BEGIN + moment * SECOND, Share(draw(st.integers(0, 10)) / 10, draw(names))) for moment in moments
    )


@given(st.data())
def test_binding_caps_share_out_the_watched_time_of_the_session(data: st.DataObject) -> None:
    edges = data.draw(instants)
    lost = joined_pairs(edges)
    book = a_book(shares=lines(data.draw), lost=lost)
    found = looked(book)
    assert sum(one.seconds for one in found.bound) == pytest.approx(found.quality.watched)
    spans = sorted((one for cap in found.bound for one in cap.spans), key=lambda one: one.begin)
    assert all(before.end <= after.begin for before, after in pairwise(spans))
    assert all(OPENS <= one.begin < one.end <= END for one in spans)
    away = seconds(found.quality.unseen) + seconds(found.quality.lost)
    assert found.quality.watched + away == pytest.approx(23_400.0)
    assert all(OPENS <= when < END for when, _ in found.shares)


def joined_pairs(edges: list[int]) -> tuple[Span, ...]:
    return tuple(
        Span(BEGIN + begin * SECOND, BEGIN + end * SECOND)
        for begin, end in zip(edges[::2], edges[1::2], strict=False)
    )


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(-999, 999), st.integers(-9, 9)), max_size=40))
def test_thinning_keeps_what_was_least_and_most(moves: list[tuple[int, int, int]]) -> None:
    line, when = [], at("15:00")
    for later, equity, balance in moves:
        when += later * SECOND
        line.append((when, Money(float(balance), float(equity))))
    kept = thinned(tuple(line))
    assert set(kept) <= set(line)
    assert list(kept) == sorted(kept, key=lambda one: one[0])
    assert kept[:1] == tuple(line[:1])
    assert kept[-1:] == tuple(line[-1:])
    for name in ("equity", "balance"):
        some, whole = ([getattr(one, name) for _, one in several] for several in (kept, line))
        assert min(some, default=0) == min(whole, default=0)
        assert max(some, default=0) == max(whole, default=0)
    assert thinned(kept) == kept
