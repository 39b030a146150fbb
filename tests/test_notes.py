from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assistant.core.market import Note
from assistant.core.regime import Stance
from assistant.errors import AssistantError
from assistant.notes import Notes, notes_path, withdraw, write_note

NOW = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
TODAY, FRIDAY = date(2018, 12, 26), date(2018, 12, 28)


def test_a_note_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    written = write_note(tmp_path, Stance.RISK_OFF, TODAY, FRIDAY, " Fed\nmeets,  thin tape ", NOW)
    assert written == Note(-1, TODAY, FRIDAY, "Fed meets, thin tape")
    assert Notes(tmp_path).read() == (written,)
    line = '{"at": "2018-12-26T15:30:00Z", "stance": "RISK_OFF", "first": "2018-12-26", '
    assert (
        notes_path(tmp_path).read_text() == line + '"until": "2018-12-28", "why": "Fed meets, thin tape"}\n'
    )


def test_notes_stand_in_the_order_they_were_written_and_a_reader_sees_a_new_one(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    assert notes.read() == ()
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "first", NOW)
    assert [note.stance for note in notes.read()] == [1]
    write_note(tmp_path, Stance.NEUTRAL, TODAY, TODAY, "second", NOW)
    assert [(note.stance, note.why) for note in notes.read()] == [(1, "first"), (0, "second")]
    notes_path(tmp_path).unlink()
    assert notes.read() == ()


def test_a_withdrawal_ends_what_is_in_force_and_keeps_what_has_counted(tmp_path: Path) -> None:
    write_note(tmp_path, Stance.RISK_OFF, date(2018, 12, 20), FRIDAY, "counted until Monday", NOW)
    write_note(tmp_path, Stance.RISK_ON, date(2018, 12, 3), date(2018, 12, 7), "over long ago", NOW)
    assert withdraw(tmp_path, date(2018, 12, 24), NOW) == 1
    assert [note.until for note in Notes(tmp_path).read()] == [date(2018, 12, 24), date(2018, 12, 7)]
    size = notes_path(tmp_path).stat().st_size
    assert withdraw(tmp_path, date(2018, 12, 24), NOW) == 0
    assert notes_path(tmp_path).stat().st_size == size
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "written after it", NOW)
    assert Notes(tmp_path).read()[-1].until == FRIDAY


@pytest.mark.parametrize(
    ("until", "why", "message"),
    [
        (
            date(2018, 12, 25),
            "late",
            "--until was 2018-12-25; expected 2018-12-26, the next session to close",
        ),
        (date(2019, 12, 28), "long", "--until was 2019-12-28; expected at most 366 days from 2018-12-26"),
        (FRIDAY, " \n ", "--why had 0 characters; expected 1 to 200"),
        (FRIDAY, "x" * 201, "--why had 201 characters; expected 1 to 200"),
    ],
)
def test_a_note_without_end_or_reason_is_refused_and_nothing_is_written(
    tmp_path: Path, until: date, why: str, message: str
) -> None:
    with pytest.raises(AssistantError, match=message):
        write_note(tmp_path, Stance.RISK_ON, TODAY, until, why, NOW)
    assert not notes_path(tmp_path).exists()


def test_the_longest_note_and_the_longest_reason_are_taken(tmp_path: Path) -> None:
    assert write_note(tmp_path, Stance.RISK_ON, TODAY, date(2019, 12, 27), "x" * 200, NOW).stance == 1


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[1]",
        '{"stance": "UNKNOWN", "first": "2018-12-26", "until": "2018-12-28", "why": "w"}',
        "\x00",
        "7",
    ],
)
def test_a_line_that_is_no_note_is_passed_over(tmp_path: Path, line: str) -> None:
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "good", NOW)
    with notes_path(tmp_path).open("a") as file:
        file.write(line + "\n")
    write_note(tmp_path, Stance.NEUTRAL, TODAY, FRIDAY, "good, too", NOW)
    assert [note.why for note in Notes(tmp_path).read()] == ["good", "good, too"]


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(AssistantError, match=r"notes\.jsonl cannot be written"):
        write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "why", NOW)


def test_notes_that_cannot_be_read_stay_as_they_were_read_last(tmp_path: Path) -> None:
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "why", NOW)
    notes = Notes(tmp_path)
    before = notes.read()
    notes_path(tmp_path).unlink()
    notes_path(tmp_path).mkdir()
    assert notes.read() == before
