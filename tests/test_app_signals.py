"""Votes, notes and new positions on their way through the loop, and over a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.config import load_config
from assistant.core.regime import Stance
from assistant.notes import notes_path, withdraw, write_note
from assistant.once import advise_once
from assistant.outputs.fields import Document
from assistant.outputs.journal import Journal
from assistant.source import open_source
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, LOGIN, NOON, Broker, HandClock
from tests.doubles.cycles import document_of
from tests.doubles.runs import Run

TODAY = date(2025, 1, 15)
HOUR = timedelta(hours=1)
FEAR = """
macro: {source: csv, folder: FOLDER, series: {VIXCLS: {lag: 1, stale_days: 10}}}
votes: {breadth: null, sectors: null, credit: null, rates: null, economy: null, conditions: null}
context: {quorum: 1}
"""


def home_with(folder: Path, settings: str = "") -> Path:
    """A home whose series lie in a folder beside it."""
    home = folder / "home"
    (home / "config").mkdir(parents=True)
    local = LOCAL.replace("macro: {source: off}\n", "") if "macro:" in settings else LOCAL
    text = local + settings.replace("FOLDER", str(folder / "series"))
    (home / "config" / "local.yaml").write_text(text, encoding="utf-8")
    return home


def series(folder: Path, last: float) -> None:
    """Put VIXCLS beside the home: 15 until the day before yesterday, then `last`."""
    (folder / "series").mkdir(exist_ok=True)
    rows = [f"2025-01-{day:02d},{15.0 if day < 14 else last}" for day in (9, 10, 13, 14)]
    text = "\n".join(["observation_date,VIXCLS", *rows]) + "\n"
    (folder / "series" / "VIXCLS.csv").write_text(text, encoding="utf-8")


def context(document: Document) -> Document:
    found: Document = document["regime"]["context"]
    return found


def caps(document: Document) -> dict[str, Any]:
    return {cap["name"]: cap for cap in document["caps"] if cap["scope"] == "account"}


def test_a_series_becomes_a_vote_a_cap_and_an_entry(tmp_path: Path, broker: Broker) -> None:
    series(tmp_path, 31.0)
    run = Run(home_with(tmp_path, FEAR), broker)
    run.loop(1)
    (vote,) = run.shown[-1]["regime"]["votes"]
    # The last close is of the 14th; the value of the 13th was known then, that of the 14th was not.
    assert (vote["value"], vote["number"], vote["as_of"]) == (1, 15.0, "2025-01-13")
    assert context(run.shown[-1])["target_share"] == 1.0  # 0.75 + 0.5 x 1, at most 1
    assert caps(run.shown[-1])["context"]["value"] == 1.0  # followed through: the last three, with VIX known
    entries = {one["kind"]: one for one in run.journal()}
    assert entries["context"]["votes"] == {"volatility": [1, "2025-01-14"]}
    assert entries["series"]["VIXCLS"][:2] == ["2025-01-14", 31.0]


def test_a_series_that_cannot_be_read_is_among_the_problems(tmp_path: Path, broker: Broker) -> None:
    run = Run(home_with(tmp_path, FEAR), broker)
    run.loop(1)
    told = "series BAA10Y, VIXCLS, DGS10, T10Y2Y, ICSA, NFCI: "
    told += f"{tmp_path / 'series' / '*.csv'} cannot be read: No such file or directory"
    assert told in run.shown[-1]["problems"]


def test_a_restart_without_its_series_remembers_what_they_said(tmp_path: Path, broker: Broker) -> None:
    series(tmp_path, 15.0)
    (tmp_path / "series" / "VIXCLS.csv").write_text("observation_date,VIXCLS\n2025-01-13,31\n")
    home = home_with(tmp_path, FEAR)
    first = Run(home, broker)
    first.loop(1)
    assert context(first.shown[-1])["held_share"] == 0.25  # 0.75 - 0.5
    (tmp_path / "series" / "VIXCLS.csv").unlink()
    again = Run(home, broker)
    again.loop(1)
    (vote,) = again.shown[-1]["regime"]["votes"]
    assert context(again.shown[-1]) == {
        "target_share": 0.25,
        "held_share": 0.25,
        "heard": 1,
        "quorum": 1,
        "remembered": ["volatility"],
    }
    assert "cannot be read" in vote["reason"]
    assert "lost, as last heard: volatility" in caps(again.shown[-1])["context"]["reason"]


def test_a_note_counts_beside_the_votes_from_the_first_close_it_names(tmp_path: Path, broker: Broker) -> None:
    (tmp_path / "series").mkdir()
    (tmp_path / "series" / "VIXCLS.csv").write_text("observation_date,VIXCLS\n2025-01-13,25\n")
    home = home_with(tmp_path, FEAR)
    write_note(home, Stance.RISK_OFF, TODAY, TODAY, "from the next close on", NOON)
    run = Run(home, broker)
    run.loop(1)
    assert context(run.shown[-1])["held_share"] == 0.75  # 25 is neither; the note begins today
    write_note(home, Stance.RISK_OFF, TODAY - timedelta(days=1), TODAY, "counted yesterday", NOON)
    run.loop(1)
    assert context(run.shown[-1])["held_share"] == 0.5  # 0.75 + 0.5 x (0 - 1) / 2


def noted(tmp_path: Path, broker: Broker) -> Path:
    """A home in which a run has seen a note against risk; then its file was deleted."""
    (tmp_path / "series").mkdir()
    (tmp_path / "series" / "VIXCLS.csv").write_text("observation_date,VIXCLS\n2025-01-13,25\n")
    home = home_with(tmp_path, FEAR)
    write_note(home, Stance.RISK_OFF, TODAY - timedelta(days=1), TODAY, "crash ahead", NOON - HOUR)
    run = Run(home, broker)
    run.loop(1)
    assert context(run.shown[-1])["held_share"] == 0.5  # 0.75 + 0.5 x (0 - 1) / 2
    notes_path(home).unlink()
    return home


@pytest.mark.parametrize("check", [False, True], ids=["a restart", "a check that connects itself"])
def test_a_note_whose_file_was_deleted_counts_on_and_is_told(
    tmp_path: Path, broker: Broker, *, check: bool
) -> None:
    home = noted(tmp_path, broker)
    if check:
        found = connected(home, broker)
    else:
        again = Run(home, broker)
        again.loop(1)
        found = again.shown[-1]
    assert context(found)["target_share"] == 0.5
    assert found["problems"][0].startswith(
        "the note 'crash ahead' of 2025-01-14 is not in notes.jsonl any more"
    )


def test_a_withdrawal_ends_a_note_that_only_the_record_remembers(tmp_path: Path, broker: Broker) -> None:
    home = noted(tmp_path, broker)
    withdraw(home, TODAY - timedelta(days=1), NOON + HOUR)
    run = Run(home, broker)
    run.loop(1)
    assert [one["notes"][0]["until"] for one in run.journal() if one["kind"] == "notes"] == [
        "2025-01-15",
        "2025-01-14",
    ]
    assert "notes.jsonl" not in str(run.shown[-1]["problems"])


def test_a_run_without_notes_says_so_on_record_and_revives_none(tmp_path: Path, broker: Broker) -> None:
    home = noted(tmp_path, broker)
    withdraw(home, TODAY - timedelta(days=2), NOON + HOUR)
    Run(home, broker).loop(1)
    notes_path(home).unlink()
    run = Run(home, broker)
    run.loop(1)
    assert [len(one["notes"]) for one in run.journal() if one["kind"] == "notes"] == [1, 0, 0]
    assert "notes.jsonl" not in str(run.shown[-1]["problems"])


def test_a_damaged_note_is_among_the_problems_and_against_risk(tmp_path: Path, broker: Broker) -> None:
    (tmp_path / "series").mkdir()
    (tmp_path / "series" / "VIXCLS.csv").write_text("observation_date,VIXCLS\n2025-01-13,25\n")
    home = home_with(tmp_path, FEAR)
    notes_path(home).parent.mkdir()
    notes_path(home).write_text('{"stance": "RISK_OFF", "fir\n')
    run = Run(home, broker)
    run.loop(1)
    assert context(run.shown[-1])["held_share"] == 0.5
    assert run.shown[-1]["problems"][0].startswith("line 1 of notes.jsonl is damaged: ")
    notes_path(home).unlink()
    mended = Run(home, broker)
    mended.loop(1)
    assert "notes.jsonl" not in str(mended.shown[-1]["problems"])


@pytest.mark.parametrize(
    ("advisory", "lots", "would"), [("true", True, "max new trades"), ("false", False, None)]
)
def test_new_positions_of_the_session_are_counted_and_bind_when_meant_to(
    tmp_path: Path, broker: Broker, advisory: str, would: str | None, *, lots: bool
) -> None:
    broker.deals = (
        bridge.deal(71, NOON - timedelta(hours=3), position_id=81),  # before the session
        bridge.deal(72, NOON - timedelta(hours=1), position_id=82),
        bridge.deal(73, NOON - timedelta(minutes=50), position_id=82),  # the same position
        bridge.deal(74, NOON - timedelta(minutes=40), position_id=82, entry=1),  # its end
        bridge.deal(75, NOON - timedelta(minutes=30), position_id=83),
    )
    most = f"trades: {{risk_on: 2, neutral: 2, risk_off: 2, unknown: 2, advisory: {advisory}}}\n"
    run = Run(home_with(tmp_path, most), broker)
    run.loop(1)
    cap = caps(run.shown[-1])["max new trades"]
    assert cap["reason"].startswith("2 new positions in this session, 2 allowed in ")
    side = run.shown[-1]["symbols"][0]["sell"]
    assert (side["lots"] > 0) is lots
    assert (side["would_bind"] and side["would_bind"]["name"]) == would


def connected(home: Path, broker: Broker) -> Document:
    """What a check with a connection of its own rests on, a second later."""
    config = load_config(home)
    source = replace(open_source(config, home), clock=HandClock(broker))
    return document_of(advise_once(config, home, source))


def test_a_check_that_connects_itself_knows_what_the_run_has_put_on_record(
    tmp_path: Path, broker: Broker
) -> None:
    (tmp_path / "series").mkdir()
    (tmp_path / "series" / "VIXCLS.csv").write_text("observation_date,VIXCLS\n2025-01-13,31\n")
    home = home_with(tmp_path, FEAR)
    run = Run(home, broker)
    run.loop(1)
    cap = {
        "value": 0.2,
        "reason": "0.20x live ratio under the band",
        "since": NOON.isoformat(),
        "until": (NOON + timedelta(hours=4)).isoformat(),
    }
    journal = Journal(home / "logs", LOGIN)
    journal.write(broker.now, "intraday", cap)
    journal.close()
    (tmp_path / "series" / "VIXCLS.csv").unlink()
    found = connected(home, broker)
    assert context(found)["held_share"] == 0.25  # 0.75 - 0.5, as it was before the series was lost
    assert context(found)["remembered"] == ["volatility"]
    assert caps(found)["intraday"]["value"] == 0.2


def test_a_check_answers_where_the_terminal_does_not_tell_its_deals(tmp_path: Path, broker: Broker) -> None:
    home = home_with(tmp_path)
    broker.fails = {"history_deals_get"}
    reason = caps(connected(home, broker))["max new trades"]["reason"]
    assert reason.startswith("new positions of this session are not known: history_deals_get failed")
