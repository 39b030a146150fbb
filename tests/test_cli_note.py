"""`assistant note`: the trader's own view, from the next close on, with an end."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.clock import WallClock
from assistant.source import paper_session
from tests.doubles.command import Command

DURING = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
AFTER = datetime(2018, 12, 26, 21, 30, tzinfo=UTC)


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(WallClock, "now", lambda _: DURING)
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    return Command(tmp_path / "home", capsys, monkeypatch)


def test_a_note_counts_from_the_next_close_and_is_shown(assistant: Command) -> None:
    taken = assistant("note", "risk_off", "--until", "2018-12-31", "--why", "thin tape")
    assert (taken.code, taken.err) == (0, "")
    line = "RISK_OFF from the close of 2018-12-26 to that of 2018-12-31: thin tape"
    assert taken.out.splitlines()[0] == line
    assert f"plays {paper_session()[0].year} and shows none of today" in taken.out
    assert assistant("note").out == line + "\n"


def test_after_the_close_a_note_counts_from_the_next_session(
    assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WallClock, "now", lambda _: AFTER)
    taken = assistant("note", "RISK_ON", "--until", "2018-12-27", "--why", "x")
    assert taken.out.startswith("RISK_ON from the close of 2018-12-27 to that of 2018-12-27: x")


def test_a_note_is_ended_by_clear(assistant: Command) -> None:
    assert assistant("note", "clear").out == "no note was in force\n"
    assistant("note", "neutral", "--until", "2018-12-31", "--why", "x")
    assert assistant("note", "clear").out == "ended; the next close is the first without it\n"
    assert assistant("note").out.startswith("no note is in force: see")


def test_a_damaged_note_is_told_and_clear_ends_it(assistant: Command, tmp_path: Path) -> None:
    assistant("note", "risk_off", "--until", "2018-12-31", "--why", "thin tape")
    with (tmp_path / "home" / "state" / "notes.jsonl").open("a") as file:
        file.write("{\n")
    taken, told = assistant("note").out.splitlines()
    assert taken == "RISK_OFF from the close of 2018-12-26 to that of 2018-12-31: thin tape"
    assert told.startswith("! line 2 of notes.jsonl is damaged: it counts as a note against risk; ")
    assert assistant("note", "clear").out.startswith("ended")
    assert assistant("note").out.startswith("no note is in force: see")


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (
            "note bullish --until 2018-12-31 --why x",
            2,
            "VIEW was bullish; expected risk_on, neutral, risk_off or clear",
        ),
        ("note risk_on --why x", 2, "--until is missing"),
        ("note risk_on --until 2018-12-31", 2, "--why is missing"),
        ("note risk_on --until 31.12.2018 --why x", 2, "--until was 31.12.2018; expected a date such as"),
        ("note risk_on --until 2018-12-24 --why x", 1, "--until was 2018-12-24; expected 2018-12-26"),
    ],
)
def test_a_wrong_note_is_one_line(assistant: Command, words: str, code: int, error: str) -> None:
    result = assistant(*words.split())
    assert (result.code, result.out) == (code, "")
    assert error in result.error
