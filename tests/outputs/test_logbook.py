"""Journals read back into the facts of one session; damaged, foreign and older ones are told, not guessed."""
# ruff: noqa: ANN401 -- entries of any fields

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.app import Assistant
from assistant.config import load_config
from assistant.core.caps import Unit
from assistant.core.logbook import (
    Condition,
    Event,
    Light,
    Logbook,
    Lots,
    Money,
    Opened,
    Run,
    Share,
    Span,
)
from assistant.core.market import Side
from assistant.outputs.fields import Document
from assistant.outputs.journal import sealed
from assistant.outputs.logbook import logins, read_logbook, sessions_on_record
from assistant.outputs.logbook_looks import Looked
from assistant.outputs.looks import Seen
from assistant.source import open_source
from assistant.terminal import paper
from tests.core.builders import BUY, SELL, utc
from tests.core.seven import SESSION, a_logbook
from tests.outputs.journaled import Written, checks_of, entries_of, line, write

LOGIN = 50123
DAY = "2018-12-20"
FILE = f"journal_{LOGIN}_{DAY}.jsonl"
START: dict[str, Any] = {"mode": "live", "server": "Broker-Demo", "currency": "EUR", "hedging": True}
START |= {"versions": {"assistant": "0.9.0"}}
PROGRAM = """
macro: {source: off}
regime: {legs: [[IWM, SPY]]}
cycle: {sessions: 260}
symbols: {QQQ: null, XLF: null, XLI: null, XLY: null, XLP: null, XLV: null, KRE: null, HYG: null, IEF: null,
  US2000: null, US500: null}
funded:
  mode: dry_run
  pack: custom
  initial_balance: 100000
  start: 2018-12-01
  custom:
    name: My firm
    currency: USD
    as_of: 2026-11-20
    cutoffs: [{time: "17:00", zone: America/New_York}]
    rules:
      max:
        effect: fail
        floor: {reference: hwm_equity_intraday, amount: {money: 2500}, measure: equity, op: le}
"""
BEGAN: Written = (utc(f"{DAY}T14:00:00"), "start", START)


def at(time: str) -> datetime:
    """A time of the session's date, UTC."""
    return utc(f"{DAY}T{time}")


def book_of(folder: Path, **asked: Any) -> Logbook:
    """The session of 20 December 2018, read on the morning after."""
    told: dict[str, Any] = {"login": LOGIN, "session": SESSION, "since": utc("2018-12-19T21:00:00")}
    told |= {"opens_at": at("14:30:00"), "closes_at": at("21:00:00"), "now": utc("2018-12-21T08:00:00")}
    told |= asked
    return read_logbook(folder, told.pop("login"), told.pop("session"), **told)


def read(folder: Path, entries: Iterable[Written], **asked: Any) -> Logbook:
    write(folder, LOGIN, entries)
    return book_of(folder, **asked)


def advice(time: str, **shown: Any) -> Written:
    return at(time), "advice", {"seq": 1, **shown}


def lacks(book: Logbook, words: str) -> bool:
    return any(words in one for one in book.missing)


# A whole day


def test_a_day_that_was_written_down_is_read_back_fact_by_fact(tmp_path: Path) -> None:
    day = a_logbook()
    write(tmp_path, LOGIN, entries_of(day))
    write(tmp_path, LOGIN, checks_of(day), "checks")
    found = book_of(tmp_path)
    lost = Span(at("17:20:00"), at("17:22:30"))  # to the next cycle that had something to say
    events = (day.events[0], replace(day.events[1], at=lost.end))
    missing = ("no looks are on record: the live ratio is not known, equity only where the balance changed",)
    expected = replace(day, ratio=(), lost=(lost,), events=events, missing=missing)
    for one in fields(Logbook):
        assert getattr(found, one.name) == getattr(expected, one.name), one.name


def test_a_folder_tells_whose_journals_it_holds_and_of_which_days(tmp_path: Path) -> None:
    for name in (
        *("journal_7_2018-12-20.jsonl", "journal_7_2018-12-19.jsonl", "journal_12_2018-12-20.jsonl"),
        *("journal_x_2018-12-20.jsonl", "journal_7_2018-02-30.jsonl", "checks_9_2018-12-20.jsonl"),
        *("journal_07_2018-12-20.jsonl", "journal_7_2018-12-21.jsonl.tmp"),
    ):
        (tmp_path / name).touch()
    assert logins(tmp_path) == (7, 12)
    assert sessions_on_record(tmp_path, 7) == (date(2018, 12, 19), date(2018, 12, 20))
    assert sessions_on_record(tmp_path, 9) == ()
    assert logins(tmp_path / "none") == ()


# Timelines


def test_what_holds_at_the_beginning_stands_first_with_its_own_instant(tmp_path: Path) -> None:
    entries = [
        (utc("2018-12-19T14:00:00"), "start", START),
        (utc("2018-12-19T14:00:05"), "advice", {"seq": 1, "stance": "NEUTRAL", "share": [0.6, "regime"]}),
        (utc("2018-12-19T20:59:59"), "advice", {"seq": 2, "share": [0.4, "edge"]}),
        (utc("2018-12-19T21:00:00"), "advice", {"seq": 3, "share": [0.0, "market closed"]}),
        advice("14:30:00", share=[0.4, "edge"]),
        advice("21:00:00", share=[0.0, "market closed"]),
        advice("21:00:01", share=[0.3, "later"], stance="RISK_OFF"),
    ]
    book = read(tmp_path, entries)
    assert book.shares == (  # 21:00:00 the day before is the beginning itself, the close is the end itself
        (utc("2018-12-19T21:00:00"), Share(0.0, "market closed")),
        (at("14:30:00"), Share(0.4, "edge")),
        (at("21:00:00"), Share(0.0, "market closed")),
    )
    assert book.stances == ((utc("2018-12-19T14:00:05"), "NEUTRAL"),)
    assert book.until == at("21:00:00")


def test_what_a_new_run_or_a_new_day_says_again_is_no_change(tmp_path: Path) -> None:
    entries = [BEGAN, advice("14:30:00", share=[0.6, "regime"], IWM=[1.5, "heat", 2.5, "regime"])]
    entries += [(at("15:00:00"), "stop", {"cycles": 3, "reason": ""}), (at("15:10:00"), "start", START)]
    entries += [advice("15:10:01", share=[0.6, "regime"], IWM=[1.5, "heat", 2.5, "regime"])]
    entries += [advice("15:20:00", IWM=[1.5, "heat", 0.0, "regime"])]
    book = read(tmp_path, entries)
    assert book.shares == ((at("14:30:00"), Share(0.6, "regime")),)
    assert book.lots == {
        "IWM": (
            (at("14:30:00"), {BUY: Lots(1.5, "heat"), SELL: Lots(2.5, "regime")}),
            (at("15:20:00"), {BUY: Lots(1.5, "heat"), SELL: Lots(0.0, "regime")}),
        )
    }


def test_only_the_changed_keys_of_an_advice_count_and_keys_of_a_later_version_do_not(tmp_path: Path) -> None:
    first = advice("14:30:00", session="edge", stance="NEUTRAL", legs=["IWM", "SPY"], clock=["UTC+3", None])
    more = advice("14:35:00", session="open", problems=["a", "b"], funded=["amber", "daily"], novel={"x": 1})
    seldom = advice("14:36:00", wide=[1, 2, 3], history="terminal", **{"would bind": ["IWM buy: daily"]})
    book = read(tmp_path, [BEGAN, first, more, seldom])
    assert book.states == ((at("14:30:00"), "edge"), (at("14:35:00"), "open"))
    assert book.stances == ((at("14:30:00"), "NEUTRAL"),)
    assert book.problems == ((at("14:35:00"), ("a", "b")),)
    assert book.lights == ((at("14:35:00"), Light("amber", ("daily",))),)
    assert (book.legs, book.clock, book.lots) == (("IWM", "SPY"), "UTC+3", {})


def test_a_clock_that_was_set_back_leaves_each_timeline_in_order(tmp_path: Path) -> None:
    shown = [("15:00:00", 0.6), ("16:00:00", 0.4), ("16:30:00", 0.2), ("15:45:00", 0.2), ("15:50:00", 0.5)]
    book = read(tmp_path, [BEGAN, *(advice(time, share=[value, "regime"]) for time, value in shown)])
    assert [(when, one.value) for when, one in book.shares] == [
        *((at("15:00:00"), 0.6), (at("15:45:00"), 0.2), (at("15:50:00"), 0.5)),
    ]


def test_of_two_words_of_one_instant_the_later_counts(tmp_path: Path) -> None:
    shown = [advice("15:00:00", share=[value, "regime"]) for value in (0.6, 0.4)]
    assert read(tmp_path, [BEGAN, *shown]).shares == ((at("15:00:00"), Share(0.4, "regime")),)


def test_conditions_stand_until_the_next_entry(tmp_path: Path) -> None:
    cap = {"name": "spread", "scope": "IWM", "value": 1.5, "unit": "lots", "since": "x", "reason": "3.1x"}
    caps = [("15:00:00", [cap]), ("15:10:00", [])]
    entries = [(at(time), "conditions", {"seq": 1, "caps": one}) for time, one in caps]
    book = read(tmp_path, [BEGAN, *entries])
    assert book.conditions == (
        (at("15:00:00"), (Condition("spread", "IWM", 1.5, Unit.LOTS, "3.1x"),)),
        (at("15:10:00"), ()),
    )


# Closes of the legs


def closes(time: str, legs: list[str], *of: list[list[Any]]) -> Written:
    return at(time), "closes", {"seq": 1, "legs": legs, "closes": list(of)}


def test_closes_are_those_of_the_legs_in_force_as_they_were_corrected_last(tmp_path: Path) -> None:
    iwm = [["2018-12-18", 132.0], ["2018-12-19", 131.0]]
    spy = [["2018-12-17", 254.0], ["2018-12-18", 250.0], ["2018-12-19", 249.0]]
    entries = [
        BEGAN,
        closes("14:00:05", ["US2000", "US500"], [["2018-12-19", 1350.0]], [["2018-12-19", 2500.0]]),
        closes("14:10:00", ["IWM", "SPY"], iwm, spy),
        closes("14:20:00", ["IWM", "SPY"], [], [["2018-12-19", 250.0], ["2018-12-20", 247.0]]),
        closes("14:20:01", ["IWM", "SPY"], [["2018-12-20", 130.0]], []),
    ]
    corrected = {"seq": 1, "legs": ["IWM", "SPY"], "closes": [[], [["2018-12-19", 249.0, 250.0]]]}
    book = read(tmp_path, [*entries, (at("14:20:02"), "corrections", corrected)])
    assert book.legs == ("IWM", "SPY")
    assert book.closes == (  # both legs', up to the session before
        (date(2018, 12, 18), 132.0, 250.0),
        (date(2018, 12, 19), 131.0, 250.0),
    )
    told = "closes were corrected: SPY 2018-12-19 from 249 to 250"
    assert book.events == (Event(at("14:20:02"), "corrections", told),)


# Runs, and what happened to them


def test_a_run_ends_as_it_says_or_with_its_last_entry(tmp_path: Path) -> None:
    entries = [
        (utc("2018-12-19T20:00:00"), "start", START),
        (utc("2018-12-19T20:30:00"), "stop", {"cycles": 2, "reason": ""}),  # before the span
        (at("13:00:00"), "start", START),
        advice("14:31:00", stance="NEUTRAL"),
        (at("14:40:00"), "start", START),  # the run before did not say that it ended
        (at("15:00:00"), "stop", {"cycles": 2, "reason": "out of memory"}),
        (at("15:01:00"), "start", START),
        advice("15:30:00", stance="RISK_ON"),
        (at("15:32:00"), "repair", {"file": FILE, "bytes": 7, "text": "{"}),
        (at("15:32:00"), "restart", {"ended_at": "2018-12-20T15:31:50Z", "reason": "it hung"}),
        (at("15:32:01"), "restart", {"ended_at": "2018-12-20T15:31:55Z", "reason": "it crashed"}),
        (at("15:32:02"), "start", START),
        advice("20:59:00", stance="NEUTRAL"),
        advice("21:10:00", stance="RISK_ON"),
    ]
    book = read(tmp_path, entries)
    assert book.runs == (
        Run(Span(at("13:00:00"), at("14:31:00")), None),
        Run(Span(at("14:40:00"), at("15:00:00")), "out of memory"),
        Run(Span(at("15:01:00"), at("15:30:00")), "it hung"),
        Run(Span(at("15:32:02"), at("21:10:00")), None),
    )
    assert [(one.kind, one.text) for one in book.events] == [
        ("repair", f"{FILE}: a torn last line of 7 bytes was cut off"),
        ("restart", "started again after the run before had ended: it hung"),
        ("restart", "started again after the run before had ended: it crashed"),
    ]
    assert book.versions == ("0.9.0",)


def test_while_the_pc_slept_or_a_look_took_long_nobody_watched(tmp_path: Path) -> None:
    slept = {"told": "the PC slept for 20 min", "jump": 0.0, "passed": 1200.0}  # seconds
    entries = [
        (at("14:00:00"), "start", START),
        advice("14:40:00", stance="NEUTRAL"),
        (at("15:00:00"), "clock", slept),
        (at("15:00:30"), "slow", {"seconds": 30.0}),
        advice("15:10:00", stance="RISK_ON"),
        (at("15:12:00"), "clock", slept | {"passed": 1.0}),  # it was set ahead, and nobody was away
        (at("15:15:00"), "slow", {"seconds": 180.0}),
        (at("15:16:00"), "terminal", {"error": "gone"}),
        (at("15:19:00"), "slow", {"seconds": 180.0}),
        advice("15:20:00", stance="NEUTRAL"),
    ]
    book = read(tmp_path, entries)
    assert book.runs == (Run(Span(at("14:00:00"), at("15:20:00")), None),)
    assert book.lost == (
        Span(at("14:40:00"), at("15:00:00")),
        Span(at("15:12:00"), at("15:15:00")),
        Span(at("15:16:00"), at("15:20:00")),  # the terminal
    )


def test_a_run_of_before_the_span_goes_on_and_is_known_by_older_journals(tmp_path: Path) -> None:
    older = START | {"versions": {"assistant": "0.8.0"}, "hedging": False}
    entries = [(utc("2018-12-10T10:00:00"), "start", older), advice("14:31:00", stance="NEUTRAL")]
    book = read(tmp_path, entries)
    assert (book.server, book.mode, book.currency, book.hedging) == ("Broker-Demo", "live", "EUR", False)
    assert book.versions == ("0.8.0",)
    assert book.runs == (Run(Span(at("14:31:00"), at("14:31:00")), None),)


def test_what_a_run_says_of_itself_on_a_new_date_counts_as_when_it_began(tmp_path: Path) -> None:
    older = {"mode": "live", "server": "Broker-Demo", "versions": {"assistant": "0.8.0"}}
    entries = [(utc("2018-12-19T20:00:00"), "start", older), (at("00:00:01"), "running", {"seq": 5, **START})]
    book = read(tmp_path, [*entries, advice("14:30:00", stance="NEUTRAL")])
    assert (book.currency, book.hedging, book.versions) == ("EUR", True, ("0.8.0", "0.9.0"))
    assert book.runs == (Run(Span(utc("2018-12-19T20:00:00"), at("14:30:00")), None),)


def test_the_terminal_is_lost_until_the_next_cycle_or_the_end_of_the_run(tmp_path: Path) -> None:
    entries = [
        BEGAN,
        advice("14:30:00", stance="NEUTRAL"),
        (at("15:00:00"), "terminal", {"error": "IPC timeout"}),
        (at("15:00:30"), "terminal", {"error": "IPC send failed"}),
        (at("15:01:00"), "slow", {"seconds": 7.4}),  # of the program itself: no cycle
        (at("15:02:00"), "account", {"seq": 9, "balance": 1000.0, "equity": 990.0, "credit": 0.0}),
        (at("16:00:00"), "terminal", {"error": "gone"}),
        (at("16:05:00"), "stop", {"cycles": 9, "reason": ""}),
    ]
    book = read(tmp_path, entries)
    assert book.lost == (Span(at("15:00:00"), at("15:02:00")), Span(at("16:00:00"), at("16:05:00")))
    assert [(one.at, one.text) for one in book.events] == [
        (at("15:00:00"), "the terminal does not answer: IPC timeout"),
        (at("15:00:30"), "the terminal does not answer: IPC send failed"),
        (at("15:01:00"), "a look took 7 s; the panel was stale meanwhile"),
        (at("15:02:00"), "the terminal answers again"),
        (at("16:00:00"), "the terminal does not answer: gone"),
    ]


def test_a_look_that_had_waited_does_not_end_a_loss(tmp_path: Path) -> None:
    waited = (at("14:59:59"), "look", {"seq": 8, "q": "x"})  # written when the terminal answers again
    entries = [BEGAN, (at("15:00:00"), "terminal", {"error": "gone"}), waited, advice("15:02:00", stance="A")]
    assert read(tmp_path, entries).lost == (Span(at("15:00:00"), at("15:02:00")),)


@pytest.mark.parametrize(
    ("kind", "told", "text"),
    [
        ("clock", {"told": "the PC's clock jumped by +90 s", "jump": 90, "passed": 1}, "jumped by +90 s"),
        ("publish", {"failed": ["a.txt: disk full", "b"]}, "could not be written: a.txt: disk full; b"),
        ("publish", {"failed": []}, "all files are written again"),
        ("handed", {"id": "x-over", "came": "timeout"}, "x-over may not have arrived: the command did not"),
        ("alert_command", {"failed": "exit", "told": "say.exe ended with exit 1"}, "say.exe ended with exit"),
        (
            "review",
            {"session": "2018-12-24", "error": "exit 1: full"},
            "of 2018-12-24 was not written: exit 1",
        ),
        ("repair", {"file": "a.jsonl", "lines": [3, 5, 7, 9]}, "a.jsonl: damaged since it was written: line"),
        ("repair", {"file": "a.jsonl", "lines": [3, 5, 7, 9]}, "line 3, 5, 7 and 1 more"),
        ("repair", {"file": "a.jsonl", "gone": True}, "a.jsonl was deleted, replaced or cut while the run"),
    ],
)
def test_what_happened_is_told_in_plain_words(
    tmp_path: Path, kind: str, told: dict[str, Any], text: str
) -> None:
    (event,) = read(tmp_path, [BEGAN, (at("15:00:00"), kind, told)]).events
    assert (event.at, event.kind) == (at("15:00:00"), kind)
    assert text in event.text


def test_alerts_are_told_with_their_level_and_their_reason_once(tmp_path: Path) -> None:
    over = {"id": "x", "level": "warning", "about": "over", "subject": "XLU sell", "told": []}
    text = "XLU sell is over its cap: 90 of 74 lots"
    entries: list[Written] = [
        (at("15:00:00"), "alert", {**over, "text": text, "reason": text}),
        (at("15:01:00"), "alert", {**over, "text": text, "reason": "cap 74.2"}),
        (at("15:02:00"), "handed", {"id": "x", "came": "ended"}),
        (at("15:03:00"), "told", {"told": []}),
    ]
    told = [one.text for one in read(tmp_path, [BEGAN, *entries]).events]
    assert told == [f"warning: {text}", f"warning: {text} (cap 74.2)"]


def test_what_could_not_be_written_is_an_event_and_missing(tmp_path: Path) -> None:
    hole = {"since": f"{DAY}T15:00:00Z", "entries": 19, "why": "No space left on device"}
    book = read(tmp_path, [BEGAN, (at("15:20:00"), "hole", hole)])
    text = "19 entries from 2018-12-20 15:00:00 UTC on could not be written: No space left on device"
    assert book.events == (Event(at("15:20:00"), "hole", text),)
    assert text in book.missing


# Deals, and the advice before them


def deal(ticket: int, when: str, position: int = 81, fill: str = "buy in 1.5", **other: Any) -> Written:
    """An entry of the time at which the deal was made, unless `told` says another."""
    kind, entry, lots = fill.split()
    when = when if "T" in when else f"{DAY}T{when}"
    told: dict[str, Any] = {"seq": 1, "type": kind, "dealt_at": f"{when}Z", "ticket": ticket, "entry": entry}
    told |= {"position": position, "broker_symbol": "IWM.US", "lots": float(lots), "price": 130.5}
    told |= {"profit": 0.0, "commission": -0.6, "swap": 0.0, "fee": 0.0}
    written = other.pop("told", utc(when))
    return written, "deal", told | other


def tickets(book: Logbook) -> list[int]:
    return [one.ticket for one in book.deals]


def test_a_deal_that_is_told_again_is_one_and_deals_after_the_close_are_of_the_next(tmp_path: Path) -> None:
    entries = [
        (utc("2018-12-19T20:00:00"), "start", START),
        deal(7, "2018-12-19T21:00:00", 70),  # at the close before: of that session
        deal(8, "21:00:00", 81),  # at the close: of this one
        deal(8, "21:00:00", 81, told=at("21:00:05")),
        deal(9, "21:00:01", 82),
        deal(6, "15:00:00", 83, told=at("22:00:00")),  # the terminal told of it later
    ]
    assert tickets(read(tmp_path, entries)) == [6, 8]


def test_a_deal_with_two_contents_is_told_and_the_later_one_counts(tmp_path: Path) -> None:
    entries = [
        BEGAN,
        deal(8, "15:00:00"),
        deal(8, "15:00:00", told=at("15:01:00"), commission=-0.9, order=55),
    ]
    book = read(tmp_path, [(entries[0]), *entries[1:]])
    (found,) = book.deals
    assert (found.commission, found.order) == (-0.9, 55)
    assert (
        "deal 8 is on record with two contents: commission -0.6 and -0.9; the later one counts"
        in book.missing
    )


def test_a_deal_that_a_later_day_tells_first_is_found(tmp_path: Path) -> None:
    write(tmp_path, LOGIN, [BEGAN, deal(8, "20:59:00", told=utc("2018-12-21T14:00:00"))])
    assert tickets(book_of(tmp_path, now=utc("2018-12-21T15:00:00"))) == [8]
    assert tickets(book_of(tmp_path, now=at("22:00:00"))) == []


def opened(ticket: int, lots: float, side: Side = BUY) -> dict[str, Any]:
    named = {"ticket": ticket, "symbol": "IWM.US", "side": side, "lots": lots}
    return {**named, "price": 130.5, "stop": None}


def positions(when: str, *of: dict[str, Any]) -> Written:
    return utc(when), "positions", {"seq": 1, "open": list(of)}


def test_earlier_deals_of_what_was_open_are_looked_for_until_they_add_up(tmp_path: Path) -> None:
    entries = [
        deal(1, "2018-12-03T15:00:00", 81, "buy in 9.0"),  # older than what explains all
        deal(2, "2018-12-05T15:00:00", 81, "buy in 2.0"),
        deal(3, "2018-12-05T15:00:00", 60, "buy in 2.0"),  # of another position
        deal(4, "2018-12-10T15:00:00", 81, "buy in 1.0"),
        deal(5, "2018-12-12T15:00:00", 82, "sell in 0.5"),
        (utc("2018-12-20T14:00:00"), "start", START),
        positions("2018-12-20T14:00:01", opened(81, 3.0), opened(82, 0.5, SELL)),
        deal(10, "15:00:00", 82, "buy out 0.5"),
        positions("2018-12-20T15:00:01", opened(81, 3.0)),
    ]
    book = read(tmp_path, entries)  # 81: 2.0 + 1.0 = 3.0, as it is open; 82: -0.5 + 0.5 = 0
    assert tickets(book) == [2, 4, 5, 10]
    assert book.positions[0][1][0] == Opened(81, "IWM.US", BUY, 3.0, 130.5, None)


def test_sold_lots_and_closed_ones_are_reckoned_by_their_sign(tmp_path: Path) -> None:
    entries = [
        deal(1, "2018-12-03T15:00:00", 81, "buy in 9.0"),  # of each, older than what explains all
        deal(2, "2018-12-03T15:00:01", 82, "sell in 9.0"),
        deal(3, "2018-12-05T15:00:00", 81, "buy in 2.0"),
        deal(4, "2018-12-05T15:00:01", 82, "sell in 1.0"),
        BEGAN,
        deal(5, "15:00:00", 81, "sell out 0.5"),
        positions("2018-12-20T15:00:01", opened(81, 1.5), opened(82, 1.0, SELL)),
    ]
    assert tickets(read(tmp_path, entries)) == [3, 4, 5]  # 1.5 + 0.5 = 2.0; -1.0


def test_a_position_that_no_journal_opened_is_given_up_after_forty_files(tmp_path: Path) -> None:
    old = utc("2018-11-01T15:00:00")
    for number in range(41):
        path = tmp_path / f"journal_{LOGIN}_{(old + timedelta(days=number)).date()}.jsonl"
        path.write_bytes(line(old, "told", {"told": []}))
    first = deal(1, "2018-11-01T15:00:00", 81, "buy in 2.0")  # in the 41st file, counted from the newest
    write(tmp_path, LOGIN, [first])
    last = [BEGAN, positions("2018-12-20T14:00:01", opened(81, 2.0))]
    assert tickets(read(tmp_path, last)) == []
    (tmp_path / f"journal_{LOGIN}_2018-12-11.jsonl").unlink()
    assert tickets(book_of(tmp_path)) == [1]


def test_the_advice_before_an_earlier_opening_is_found_with_it(tmp_path: Path) -> None:
    day = a_logbook()
    early = replace(day.taken[1], at=utc("2018-12-17T15:00:01"), ticket=480, position=86)
    write(tmp_path, LOGIN, entries_of(replace(day, taken=(early, *day.taken))))
    assert book_of(tmp_path).taken == (early, *day.taken)


def test_advice_that_is_told_after_the_close_counts_for_a_deal_before_it(tmp_path: Path) -> None:
    day = a_logbook()
    late = replace(day.taken[-1], at=at("21:00:00.500000"))
    foreign = replace(late, ticket=999, position=998)
    book = replace(day, taken=(*day.taken[:-1], late, foreign))
    write(tmp_path, LOGIN, entries_of(book))
    assert book_of(tmp_path).taken == (*day.taken[:-1], late)


def test_our_names_are_those_that_an_advice_told_last(tmp_path: Path) -> None:
    first, later = {"IWM": "IWM.US", "XLU": "#XLU"}, {"IWM": "IWM.US"}  # XLU could not be read then
    lines = [
        BEGAN,
        *(
            (at(time), "advice", {"seq": 1, "symbols": one})
            for time, one in (("14:31:00", first), ("14:32:00", later))
        ),
    ]
    assert read(tmp_path, lines).names == {"IWM.US": "IWM", "#XLU": "XLU"}


@pytest.mark.parametrize(("more", "profit"), [((), None), ((None,), None), ((-9.6,), -9.6)])
def test_what_floated_at_the_close_is_not_known_of_an_older_record(
    tmp_path: Path, more: tuple[float | None, ...], profit: float | None
) -> None:
    row = [81, "IWM.US", "buy", 1.5, None, None, 12.5, *more]
    book = read(tmp_path, [BEGAN, (at("21:00:01"), "held", {"seq": 1, "session": DAY, "positions": [row]})])
    assert book.held_over is not None
    assert [one.profit for one in book.held_over] == [profit]


@pytest.mark.parametrize("session", [SESSION, date(2018, 12, 19)])
def test_what_was_held_over_is_that_of_the_session_asked_for(tmp_path: Path, session: date) -> None:
    row = [81, "IWM.US", "buy", 1.5, None, None, 12.5]
    held = {"seq": 1, "session": session.isoformat(), "positions": [row]}
    book = read(tmp_path, [BEGAN, (at("21:00:01"), "held", held)])
    assert (book.held_over is None) is (session != SESSION)
    assert lacks(book, "no run saw the close") is (session != SESSION)
    if book.held_over:
        assert (book.held_over[0].ticket, book.held_over[0].gap) == (81, 12.5)


# What is not as it should be


def test_a_day_without_a_journal_is_an_empty_logbook_that_says_so(tmp_path: Path) -> None:
    book = book_of(tmp_path)
    assert book.missing == (
        f"no journal of 2018-12-20: {FILE} is not there",
        "nothing is on record from 2018-12-19 21:00 UTC to 2018-12-20 21:00 UTC",
    )
    assert (book.until, book.runs, book.deals, book.server) == (None, (), (), "")
    (tmp_path / FILE).mkdir()
    assert f"{FILE} cannot be read: it is no file" in book_of(tmp_path).missing


def test_what_is_on_record_of_before_the_span_alone_is_nothing_of_it(tmp_path: Path) -> None:
    entries: list[Written] = [(utc("2018-12-19T14:00:00"), "start", START)]
    book = read(tmp_path, [*entries, (utc("2018-12-19T21:00:00"), "advice", {"seq": 1, "stance": "NEUTRAL"})])
    assert (book.until, book.runs, book.versions) == (None, (), ("0.9.0",))
    assert book.stances == ((utc("2018-12-19T21:00:00"), "NEUTRAL"),)
    assert lacks(book, "nothing is on record from 2018-12-19 21:00 UTC")


def test_damaged_lines_are_passed_over_and_the_first_few_named(tmp_path: Path) -> None:
    write(tmp_path, LOGIN, [BEGAN, *(advice(f"15:{n:02}:00", share=[n / 100, "regime"]) for n in range(9))])
    path = tmp_path / FILE
    lines = path.read_bytes().split(b"\n")
    for number in range(2, 7):  # the third to the seventh: shares 0.01 to 0.05
        lines[number] = lines[number].replace(b"0.0", b"0.9")
    lines[9] = lines[9][:40]
    path.write_bytes(b"\n".join(lines[:10]))
    book = book_of(tmp_path)
    assert [one.value for _, one in book.shares] == [0.0, 0.06, 0.07]
    assert book.missing[:3] == tuple(
        f"line {number} of {FILE}: damaged since it was written; passed over" for number in (3, 4, 5)
    )
    assert f"line 10 of {FILE}: torn; passed over" in book.missing
    assert f"2 more of {FILE}: damaged since it was written; passed over" in book.missing


def test_a_line_whose_checksum_alone_is_damaged_is_none_of_an_older_version(tmp_path: Path) -> None:
    write(tmp_path, LOGIN, [BEGAN, advice("15:00:00", share=[0.6, "regime"])])
    path = tmp_path / FILE
    first, second, _ = path.read_bytes().split(b"\n")
    for damaged in (second[:-3] + b'g"}', second.replace(b',"crc":', b',"crd":'), second + b"\r"):
        path.write_bytes(b"\n".join((first, damaged, b"")))
        assert book_of(tmp_path).shares == ()
    path.write_bytes(second[:-3] + b'g"}\n')  # before any other
    assert book_of(tmp_path).shares == ()
    plain = second[:-18] + b"}"
    path.write_bytes(b"\n".join((first, plain, b"")))
    assert book_of(tmp_path).shares == ()  # after a line with a checksum
    path.write_bytes(b"\n".join((first[:-18] + b"}", plain, b"")))
    assert book_of(tmp_path).shares == ((at("15:00:00"), Share(0.6, "regime")),)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("advice", {"share": [-0.1, "regime"]}),
        ("advice", {"share": ["0.5", "regime"]}),
        ("advice", {"stance": "A", "share": 0.5}),
        ("advice", {"IWM": [1.0, "heat", None, "heat"], "stance": "A"}),
        ("advice", {"legs": ["IWM"], "stance": "A"}),
        ("advice", {"symbols": ["IWM"]}),
        ("advice", {"symbols": {"IWM": 5}}),
        ("account", {"balance": True, "equity": 1.0}),
        ("account", {"equity": 1.0}),
        ("positions", {"open": {"81": 1}}),
        ("positions", {"open": [opened(81, -1.0)]}),
        ("positions", {"open": [opened(2**63, 1.0)]}),
        ("conditions", {"caps": [{"name": "spread", "scope": "IWM", "value": 1, "unit": "pips"}]}),
        ("votes", {"votes": [["credit", 2, 0.1, "", None]]}),
        ("votes", {"votes": [["credit", True, 0.1, "", None]]}),
        ("votes", {"votes": [["credit", 1, 0.1, "", "2018-02-30"]]}),
        ("floors", {"scale": 0, "floors": []}),
        ("floors", {"scale": 1, "floors": [["daily", "pause", 1, 1, None, "2018-12-20T22:00:00", False]]}),
        ("floors", {"scale": 1, "floors": [["daily", "pause", 1, 1, None, None, "no"]]}),
        ("advice", {"clock": [], "stance": "A"}),
        ("advice", {"funded": [], "stance": "A"}),
        ("closes", {"legs": ["IWM", "SPY"], "closes": [[["2018-12-19", 0]], []]}),
        ("closes", {"legs": ["IWM", "SPY"], "closes": [[]]}),
        ("deal", {"ticket": 8}),
        ("taken", {"ticket": 8}),
        ("held", {"session": "2018-12-20", "positions": [[81]]}),
        ("held", {"session": "2018-12-20", "positions": [[81, "IWM.US", "buy", 1.5, *(None,) * 3, 1, 2]]}),
        ("hole", {"since": "x", "entries": 1, "why": ""}),
        ("alert", {"text": 5, "reason": "", "level": ""}),
        ("stop", {"reason": ["x"]}),
        ("start", {"server": 5, "versions": {"assistant": "0.9.0"}}),
        (["list"], {}),
    ],
)
def test_an_entry_with_wrong_fields_is_told_and_nothing_of_it_counts(
    tmp_path: Path, kind: Any, told: dict[str, Any]
) -> None:
    before = read(tmp_path, [BEGAN])
    after = read(tmp_path, [(at("15:00:00"), kind, {"seq": 1, **told})])
    name = f" {kind}" if isinstance(kind, str) else ""
    assert lacks(after, f"line 2 of {FILE}: no entry{name} as it should be (")
    assert replace(after, runs=before.runs, until=before.until, missing=before.missing) == before


def test_numbers_and_instants_beyond_all_bounds_are_told(tmp_path: Path) -> None:
    write(tmp_path, LOGIN, [BEGAN])
    for text in (
        b'{"at":"2018-12-20T15:00:00Z","kind":"account","seq":1,"balance":1e999,"equity":1}',
        b'{"at":"2018-12-20T15:00:00Z","kind":"account","seq":1,"balance":NaN,"equity":1}',
        b'{"at":"2018-12-20T15:00:00","kind":"account","seq":1,"balance":1,"equity":1}',
        b'{"at":"0001-01-01T00:00:00+14:00","kind":"account","seq":1,"balance":1,"equity":1}',
        b'{"at":"2018-12-19T15:00:00Z","kind":"account","seq":1,"balance":1,"equity":1}',  # of another day
        b'{"at":"2018-12-20T15:00:00Z"}',
        b"[" * 2000 + b"]" * 2000 + b"}",
        b"[1}",
    ):
        with (tmp_path / FILE).open("ab") as file:
            file.write(sealed(text))
    book = book_of(tmp_path)
    assert book.money == ()
    assert sum("passed over" in one for one in book.missing) == 8


def test_the_journal_of_another_login_is_not_mixed_in(tmp_path: Path) -> None:
    write(tmp_path, 50124, [BEGAN, advice("15:00:00", share=[0.9, "regime"])])
    book = read(tmp_path, [BEGAN, advice("15:00:00", share=[0.6, "regime"])])
    assert book.shares == ((at("15:00:00"), Share(0.6, "regime")),)


def test_runs_on_another_server_are_left_out_and_told(tmp_path: Path) -> None:
    other = START | {"server": "Other-Live"}
    entries = [
        *((utc("2018-12-18T20:00:00"), "start", other), deal(1, "2018-12-18T20:30:00", 81)),
        *((utc("2018-12-19T20:00:00"), "advice", {"seq": 1, "share": [0.1, "a"]}), BEGAN),
        *((at("14:30:00"), "start", other), advice("14:31:00", share=[0.2, "b"]), deal(2, "14:32:00")),
        *((at("15:00:00"), "start", START), advice("15:00:01", share=[0.3, "c"]), deal(3, "15:01:00")),
        positions("2018-12-20T15:02:00", opened(81, 4.5)),  # its own 1.5, and 3.0 that nobody saw
    ]
    book = read(tmp_path, entries)
    assert book.server == "Broker-Demo"
    assert book.shares == ((at("15:00:01"), Share(0.3, "c")),)
    assert tickets(book) == [3]
    told = "the run of 2018-12-20 14:30:00 UTC was on the server Other-Live, not Broker-Demo"
    assert lacks(book, f"{told}: what it wrote is left out")


def test_checks_of_another_server_or_another_time_are_left_out(tmp_path: Path) -> None:
    day = a_logbook()
    early, late = (replace(day.asked[0], at=when) for when in (day.span.begin, at("21:00:01")))
    write(tmp_path, LOGIN, checks_of(replace(day, asked=(early, *day.asked, late))), "checks")
    write(tmp_path, LOGIN, checks_of(replace(day, server="Other", asked=day.asked[:1])), "checks")
    write(tmp_path, LOGIN, [(at("15:00:00"), "check", {"symbol": "IWM"})], "checks")
    older = {"mode": "live", "server": "Broker-Demo", "versions": {"assistant": "0.8.0"}}
    book = read(tmp_path, [(at("14:00:00"), "start", older)])
    assert book.asked == day.asked
    assert (book.currency, book.hedging) == ("EUR", True)  # an older `start` does not say, a check does
    assert lacks(book, f"checks_{LOGIN}_{DAY}.jsonl: checks on the server Other are left out")
    assert lacks(book, f"of checks_{LOGIN}_{DAY}.jsonl: no entry check as it should be (")


def test_what_is_later_than_now_is_passed_over_and_told(tmp_path: Path) -> None:
    shown = [advice("15:00:00", stance="NEUTRAL"), advice("16:00:00", stance="RISK_ON")]
    book = read(tmp_path, [BEGAN, *shown], now=at("15:30:00"))
    assert book.stances == ((at("15:00:00"), "NEUTRAL"),)
    assert lacks(book, "1 entries are of later than 2018-12-20 15:30:00 UTC")
    assert not lacks(book, "no run saw the close")


def test_a_recording_that_is_played_again_counts_once(tmp_path: Path) -> None:
    paper = START | {"mode": "paper"}
    first: list[Written] = [
        *((at("14:00:00"), "start", paper), advice("14:30:00", share=[0.6, "a"]), deal(1, "15:00:00", 81)),
        *(
            (at("15:00:01"), "terminal", {"error": "x"}),
            advice("16:00:00", share=[0.4, "b"], IWM=[1, "a"] * 2),
        ),
        (at("21:00:01"), "held", {"seq": 1, "session": DAY, "positions": []}),
    ]
    again: list[Written] = [
        (at("14:45:00"), "restart", {"ended_at": "2026-11-20T10:00:00Z", "reason": "killed"}),
        *((at("14:45:00"), "start", paper), advice("14:50:00", share=[0.5, "c"]), deal(2, "14:51:00", 81)),
    ]
    book = read(tmp_path, [*first, *again])
    assert book.shares == ((at("14:30:00"), Share(0.6, "a")), (at("14:50:00"), Share(0.5, "c")))
    assert (tickets(book), book.lots, book.lost, book.held_over) == ([2], {}, (), None)
    assert [one.kind for one in book.events] == ["restart"]
    assert book.until == at("14:51:00")
    assert book.runs == (
        Run(Span(at("14:00:00"), at("14:45:00")), "killed"),
        Run(Span(at("14:45:00"), at("14:51:00")), None),
    )
    assert lacks(book, "a recording was played again from 2018-12-20 14:45:00 UTC on")


def test_an_older_journal_says_what_it_lacks(tmp_path: Path) -> None:
    older = {"mode": "live", "server": "Broker-Demo", "versions": {"assistant": "0.1.0"}}
    money = (at("15:00:00"), "account", {"seq": 1, "balance": 1000.0, "equity": 990.0, "credit": 0.0})
    shown = advice("15:00:00", funded=["green"])
    book = read(tmp_path, [(at("14:00:00"), "start", older), money, shown])
    assert book.money == ((at("15:00:00"), Money(1000.0, 990.0)),)
    assert (book.currency, book.hedging, book.ratio, book.floors) == ("", True, (), ())
    for words in ("currency", "hedges or nets", "no looks", "closes of the ratio", "each vote", "loss rules"):
        assert lacks(book, words), words


# No damage makes it fail, and none of its numbers counts

_WHOLE = b"".join(line(*one) for one in entries_of(a_logbook()) if one[0].date() == SESSION).split(b"\n")[:-1]


@given(st.data())
def test_no_damage_makes_a_reading_fail_nor_a_damaged_number_count(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "damaged"
    folder.mkdir(exist_ok=True)
    lines = list(_WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        act = data.draw(st.sampled_from(["flip", "drop", "swap", "twice", "cut"]))
        if act == "flip" and lines[place]:
            byte = data.draw(st.integers(0, len(lines[place]) - 1))
            damaged = bytearray(lines[place])
            damaged[byte] ^= 1 << data.draw(st.integers(0, 7))
            lines[place] = bytes(damaged)
        elif act == "drop" and len(lines) > 1:
            del lines[place]
        elif act == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[place], lines[other] = lines[other], lines[place]
        elif act == "twice":
            lines.insert(place, lines[place])
        else:
            lines[place] = lines[place][: len(lines[place]) // 2]
    (folder / FILE).write_bytes(b"\n".join(lines) + b"\n")
    found, day = book_of(folder), a_logbook()
    assert {one for _, one in found.money} <= {one for _, one in day.money}
    assert {one for _, one in found.shares} <= {one for _, one in day.shares}
    assert set(found.deals) <= set(day.deals)
    assert set(found.taken) <= set(day.taken)
    assert {one for _, some in found.positions for one in some} <= {
        one for _, some in day.positions for one in some
    }
    for timeline in (found.money, found.shares, found.floors, found.positions, found.states):
        instants = [when for when, _ in timeline]
        assert instants == sorted(instants)
    assert all(when.tzinfo is UTC for when, _ in found.shares)


# A journal of the program itself


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Document]]:
    """The folder of a run on the paper terminal, a look each 20 s over a close, and what each look said."""
    home = tmp_path_factory.mktemp("played")
    (home / "config").mkdir()
    (home / "config" / "local.yaml").write_text(PROGRAM, encoding="utf-8")
    config = load_config(home)
    source = open_source(config, home, paper=True, start=utc("2018-12-26T20:57:00"), speed=1e6)
    shown = []
    with Assistant(config, home, source, publish=False, dry_run=False) as assistant:
        for _ in range(12):
            shown.append(assistant.cycle()[1])
            paper.advance(20)
    return home / "logs", shown


def test_a_run_of_the_program_is_read_back_as_it_was_shown(played: tuple[Path, list[Document]]) -> None:
    folder, shown = played
    (login,) = logins(folder)
    closes_at = utc("2018-12-26T21:00:00")
    hours = {"since": utc("2018-12-24T18:00:00"), "opens_at": utc("2018-12-26T14:30:00")}
    hours |= {"closes_at": closes_at, "now": utc("2018-12-27T08:00:00")}
    book = read_logbook(folder, login, date(2018, 12, 26), **hours)
    seen = {datetime.fromisoformat(one["as_of"]): one for one in shown}
    within = {when: one for when, one in seen.items() if when <= closes_at}
    assert 5 < len(within) < len(seen)
    for when, one in within.items():
        account, symbol = one["account"], next(each for each in one["symbols"] if each["symbol"] == "IWM")
        assert last(book.money, when) == Money(account["balance"], account["equity"])
        assert last(book.shares, when) == Share(one["share"]["value"], one["share"]["binding"])
        assert last(book.states, when) == symbol["session"]["state"]
        assert last(book.stances, when) == one["regime"]["stance"]
        sides = last(book.lots["IWM"], when)
        assert [sides[side].lots for side in Side] == [symbol[side]["lots"] for side in Side]
        assert [vote.value for vote in last(book.votes, when)] == [
            vote["value"] for vote in one["regime"]["votes"]
        ]
        (floor,) = last(book.floors, when)
        assert floor.level == one["funded"]["floors"][0]["floor"]
    assert book.until == max(within)
    assert (book.currency, book.mode, book.hedging) == ("USD", "paper", True)
    assert book.held_over is not None
    assert {one.ticket for one in book.held_over} == {one.ticket for one in book.positions[-1][1]}
    assert book.runs[0].ended == ""
    assert book.missing == ()


def test_the_live_ratio_is_the_last_of_each_minute_of_the_session(
    played: tuple[Path, list[Document]],
) -> None:
    folder, shown = played
    hours = {"since": utc("2018-12-24T18:00:00"), "opens_at": utc("2018-12-26T14:30:00")}
    hours |= {"closes_at": utc("2018-12-26T20:59:00"), "now": utc("2018-12-27T08:00:00")}
    book = read_logbook(folder, logins(folder)[0], date(2018, 12, 26), **hours)
    of_minute = {}
    for one in shown:
        when = datetime.fromisoformat(one["as_of"])
        mids = {each["symbol"]: (each["bid"] + each["ask"]) / 2 for each in one["symbols"]}
        if when <= hours["closes_at"]:
            of_minute[when.replace(second=0, microsecond=0)] = (when, mids["IWM"] / mids["SPY"])
    assert book.ratio == tuple(of_minute.values())
    assert len(book.ratio) == 2


def look(time: str, iwm: float, spy: float, *, old: float = 0, equity: float = 990.0) -> Seen:
    """A look with the mid prices of both legs, so many seconds old."""
    when = at(time) - timedelta(seconds=old)
    prices = {"IWM": (iwm - 0.02, iwm + 0.02, when), "SPY": (spy - 0.04, spy + 0.04, at(time))}
    return Seen(at(time), 1000.0, equity, prices)


def test_a_minute_ends_where_the_next_begins_and_an_old_quote_makes_no_ratio() -> None:
    looked = Looked(Span(at("14:30:00"), at("21:00:00")))
    for one in (
        *(look("14:29:59", 130.0, 250.0), look("14:30:00", 131.0, 250.0), look("14:30:59", 132.0, 250.0)),
        *(look("14:31:00", 133.0, 250.0), look("14:32:00", 134.0, 250.0, old=60)),
        *(look("14:33:00", 135.0, 250.0, old=60.001), look("21:00:00", 136.0, 250.0)),
        look("21:00:01", 137.0, 250.0),
    ):
        looked.see(one, ("IWM", "SPY"))
    assert [(f"{when:%H:%M:%S}", round(ratio, 6)) for when, ratio in looked.ratio()] == [
        *(("14:30:59", 0.528), ("14:31:00", 0.532), ("14:32:00", 0.536), ("21:00:00", 0.544)),
    ]


@pytest.mark.parametrize("equity", [float("nan"), float("inf"), True, "990.0", None])
def test_money_that_is_no_number_is_refused(equity: Any) -> None:
    looked = Looked(Span(at("14:30:00"), at("21:00:00")))
    looked.see(look("14:30:00", 131.0, 250.0), ("IWM", "SPY"))
    with pytest.raises(ValueError, match="a number was"):
        looked.see(look("14:30:01", 131.0, 250.0, equity=equity), ("IWM", "SPY"))
    assert [one.equity for _, one in looked.money.facts] == [990.0]


def test_a_look_that_is_damaged_costs_the_looks_after_it_and_no_number_is_guessed(
    played: tuple[Path, list[Document]], tmp_path: Path
) -> None:
    folder, shown = played
    (path,) = folder.glob("journal_*.jsonl")
    lines = path.read_bytes().split(b"\n")
    looks = [number for number, one in enumerate(lines) if b'"kind":"look"' in one]
    lines[looks[2]] = lines[looks[2]].replace(b'"q":"', b'"q":"A', 1)
    (tmp_path / path.name).write_bytes(b"\n".join(lines))
    hours = {"since": utc("2018-12-24T18:00:00"), "opens_at": utc("2018-12-26T14:30:00")}
    hours |= {"closes_at": utc("2018-12-26T21:00:00"), "now": utc("2018-12-27T08:00:00")}
    book = read_logbook(tmp_path, logins(folder)[0], date(2018, 12, 26), **hours)
    told = [one["account"] for one in shown[:2]]
    assert {one for _, one in book.money} == {Money(one["balance"], one["equity"]) for one in told}
    assert lacks(book, f"line {looks[2] + 1} of {path.name}: damaged since it was written")
    assert lacks(book, "cannot be read: a look before it is missing")


def test_the_session_after_a_close_needs_no_look_of_before_it(
    played: tuple[Path, list[Document]], tmp_path: Path
) -> None:
    folder, shown = played
    (path,) = folder.glob("journal_*.jsonl")
    lines = path.read_bytes().split(b"\n")
    looks = [number for number, one in enumerate(lines) if b'"kind":"look"' in one]
    whole = [number for number in looks if b'"base"' in lines[number]]
    assert whole[0] == looks[0]
    assert len(whole) == 2
    lines[looks[2]] = lines[looks[2]].replace(b'"q":"', b'"q":"A', 1)
    (tmp_path / path.name).write_bytes(b"\n".join(lines))
    hours = {"opens_at": utc("2018-12-27T14:30:00"), "closes_at": utc("2018-12-27T21:00:00")}
    since, now = utc("2018-12-26T21:00:00"), utc("2018-12-26T22:00:00")
    book = read_logbook(tmp_path, logins(folder)[0], date(2018, 12, 27), since=since, now=now, **hours)
    after = {datetime.fromisoformat(one["as_of"]): one["account"] for one in shown}
    after = {when: one for when, one in after.items() if when > since}
    assert len(after) > 2
    assert book.money[0][0] == min(after)  # not the older one of the entry `account`
    for when, one in after.items():
        assert last(book.money, when) == Money(one["balance"], one["equity"])
    assert not lacks(book, "cannot be read")
    assert last(book.states, since) == "edge"  # all other state is that of before


def test_a_run_that_ended_before_the_close_tells_how_the_span_began(
    played: tuple[Path, list[Document]],
) -> None:
    folder, shown = played
    since = datetime.fromisoformat(shown[4]["as_of"]) + timedelta(seconds=1)
    hours = {"opens_at": utc("2018-12-27T14:30:00"), "closes_at": utc("2018-12-27T21:00:00")}
    now = utc("2018-12-27T22:00:00")
    book = read_logbook(folder, logins(folder)[0], date(2018, 12, 27), since=since, now=now, **hours)
    account = shown[4]["account"]
    assert last(book.money, since) == Money(account["balance"], account["equity"])


def last(timeline: Sequence[tuple[datetime, Any]], when: datetime) -> Any:
    """What held at an instant."""
    return [fact for since, fact in timeline if since <= when][-1]
