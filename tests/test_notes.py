from datetime import UTC, date, datetime, timedelta
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


def test_a_withdrawal_ends_what_is_in_force_and_keeps_what_has_counted(tmp_path: Path) -> None:
    write_note(tmp_path, Stance.RISK_OFF, date(2018, 12, 20), FRIDAY, "counted until Monday", NOW)
    write_note(tmp_path, Stance.RISK_ON, date(2018, 12, 3), date(2018, 12, 7), "over long ago", NOW)
    assert withdraw(tmp_path, date(2018, 12, 24), NOW) == 1
    assert [note.until for note in Notes(tmp_path).read()] == [date(2018, 12, 24), date(2018, 12, 7)]
    assert withdraw(tmp_path, date(2018, 12, 24), NOW) == 0
    # Written all the same: the record of an account may remember a note that the file has lost.
    assert notes_path(tmp_path).read_text().splitlines()[-1] == (
        '{"at": "2018-12-26T15:30:00Z", "ended": "2018-12-24"}'
    )
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


DAMAGED = [
    "{",
    "[1]",
    '{"stance": "UNKNOWN", "first": "2018-12-26", "until": "2018-12-28", "why": "w"}',
    "\x00",
    "7",
    "null",
    '"ended"',
    '{"ended": 5}',
    "[" * 100_000,
    '{"stance": "RISK_OFF", "first": "2018-12-28", "until": "2018-12-26", "why": "ends before it begins"}',
    '{"stance": "RISK_OFF", "first": "2018-12-26", "until": "2019-12-28", "why": "367 days"}',
    '{"at": "2018-12-26T15:30:00Z", "stance": "RISK_OFF", "first": "2018-12-26", "unt',
]


@pytest.mark.parametrize("line", DAMAGED)
def test_a_damaged_line_counts_as_a_note_against_risk_and_is_told(tmp_path: Path, line: str) -> None:
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "good", NOW)
    with notes_path(tmp_path).open("a") as file:
        file.write(line + "\n")
    notes = Notes(tmp_path)
    damaged = Note(-1, date.min, date.max, "line 2 of notes.jsonl is damaged")
    assert notes.read() == (Note(1, TODAY, FRIDAY, "good"), damaged)
    assert notes.problems(TODAY) == (
        f"{damaged.why}: it counts as a note against risk; mend it, or `note clear` ends it",
    )
    later = write_note(tmp_path, Stance.NEUTRAL, TODAY, FRIDAY, "a later one counts before it", NOW)
    assert notes.read() == (Note(1, TODAY, FRIDAY, "good"), damaged, later)


def test_a_damaged_line_is_mended_or_ended(tmp_path: Path) -> None:
    path = notes_path(tmp_path)
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "good", NOW)
    good = path.read_text()
    path.write_text("{\n" + good)
    notes = Notes(tmp_path)
    assert [note.stance for note in notes.read()] == [-1, 1]
    assert withdraw(tmp_path, date(2018, 12, 24), NOW) == 2
    assert [note.until for note in notes.read()] == [date(2018, 12, 24)] * 2
    assert notes.problems(date(2018, 12, 24)) == ()
    path.write_text(good)
    assert (notes.read(), notes.problems(None)) == ((Note(1, TODAY, FRIDAY, "good"),), ())


@pytest.mark.parametrize("torn", ['{"at": "2018-12-26T15:', '{"stance": "RISK_ON", "first": "2018-1'])
def test_a_note_after_a_torn_line_is_a_line_of_its_own(tmp_path: Path, torn: str) -> None:
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "rally", NOW)
    with notes_path(tmp_path).open("a") as file:
        file.write(torn)
    taken = write_note(tmp_path, Stance.RISK_OFF, TODAY, FRIDAY, "crash ahead", NOW)
    assert Notes(tmp_path).read()[-1] == taken == Note(-1, TODAY, FRIDAY, "crash ahead")
    assert notes_path(tmp_path).read_text().splitlines()[1] == torn


def test_a_file_saved_without_its_last_line_end_loses_no_note(tmp_path: Path) -> None:
    first = write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "rally", NOW)
    path = notes_path(tmp_path)
    path.write_text(path.read_text().rstrip("\n"))
    second = write_note(tmp_path, Stance.RISK_OFF, TODAY, FRIDAY, "crash ahead", NOW)
    assert Notes(tmp_path).read() == (first, second)


HAND = '{"stance": "RISK_OFF", "first": "2018-12-26", "until": "2018-12-28", "why": "x"}'


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + HAND.encode() + b"\n",
        HAND.replace("RISK_OFF", "risk_off").encode() + b"\r\n\r\n",
        HAND.encode(),
    ],
    ids=["with a byte order mark", "in small letters, with empty lines", "without a line end"],
)
def test_a_note_written_by_hand_is_a_note(tmp_path: Path, content: bytes) -> None:
    notes_path(tmp_path).parent.mkdir()
    notes_path(tmp_path).write_bytes(content)
    notes = Notes(tmp_path)
    assert notes.read() == (Note(-1, TODAY, FRIDAY, "x"),)
    assert notes.problems(None) == ()


def test_a_line_that_is_still_being_written_is_not_yet_damaged(tmp_path: Path) -> None:
    write_note(tmp_path, Stance.NEUTRAL, TODAY, FRIDAY, "first", NOW)
    notes = Notes(tmp_path)
    before = notes.read()
    path = notes_path(tmp_path)
    whole = path.read_text() + HAND + "\n"
    path.write_text(whole[:-40])
    assert notes.read() == before
    path.write_text(whole)
    assert notes.read() == (*before, Note(-1, TODAY, FRIDAY, "x"))
    path.write_text(whole[:-40])
    assert notes.read()[-1].until == FRIDAY
    assert notes.read()[-1].until == date.max  # at the second look it is as it was: nobody writes


def test_a_note_that_was_taken_is_in_the_file_or_it_is_not_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda _: notes_path(tmp_path).write_bytes(b""))  # a disk that lies
    with pytest.raises(AssistantError, match=r"notes\.jsonl does not hold what was written to it"):
        write_note(tmp_path, Stance.RISK_OFF, TODAY, FRIDAY, "crash ahead", NOW)


def test_a_withdrawal_that_is_not_in_the_file_is_not_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note(tmp_path, Stance.RISK_OFF, TODAY, FRIDAY, "crash ahead", NOW)
    before = notes_path(tmp_path).read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: notes_path(tmp_path).write_bytes(before))
    with pytest.raises(AssistantError, match=r"notes\.jsonl does not hold what was written to it"):
        withdraw(tmp_path, date(2018, 12, 24), NOW)


LOST = (
    "the note 'crash ahead' of 2018-12-26 is not in notes.jsonl any more; it counts to the close of "
    "2018-12-28, `note clear` ends it"
)


@pytest.mark.parametrize("left", [None, b"", HAND.encode() + b"\n"], ids=["deleted", "emptied", "replaced"])
def test_a_note_that_goes_while_somebody_reads_counts_until_its_end(
    tmp_path: Path, left: bytes | None
) -> None:
    lost = write_note(tmp_path, Stance.RISK_OFF, TODAY, FRIDAY, "crash ahead", NOW)
    notes = Notes(tmp_path)
    notes.read()
    if left is None:
        notes_path(tmp_path).unlink()
    else:
        notes_path(tmp_path).write_bytes(left)
    others = (Note(-1, TODAY, FRIDAY, "x"),) if left else ()
    for _ in range(2):
        assert notes.read() == (lost, *others)
    assert notes.problems(date(2018, 12, 27)) == (LOST,)
    assert notes.problems(FRIDAY) == ()  # it has ended by itself
    withdraw(tmp_path, date(2018, 12, 24), NOW + timedelta(hours=1))
    assert {note.until for note in notes.read()} == {date(2018, 12, 24)}
    assert notes.problems(date(2018, 12, 24)) == ()


def test_a_note_on_record_that_the_file_lacks_counts_until_its_end(tmp_path: Path) -> None:
    on_record = Note(-1, TODAY, FRIDAY, "crash ahead")
    notes = Notes(tmp_path)
    notes.remember([on_record], NOW)
    assert notes.read() == (on_record,)
    assert notes.problems(TODAY) == (LOST,)
    written = write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "a later one counts before it", NOW)
    assert notes.read() == (on_record, written)


def test_a_note_on_record_that_stands_in_the_file_counts_once_and_as_the_file_says(tmp_path: Path) -> None:
    note = write_note(tmp_path, Stance.RISK_OFF, TODAY, FRIDAY, "crash ahead", NOW)
    withdraw(tmp_path, TODAY, NOW)
    notes = Notes(tmp_path)
    notes.remember([note], NOW)
    assert [one.until for one in notes.read()] == [TODAY]
    assert notes.problems(date(2018, 12, 24)) == ()


@pytest.mark.parametrize(("seconds", "until"), [(1, date(2018, 12, 24)), (0, FRIDAY), (-1, FRIDAY)])
def test_a_withdrawal_ends_only_what_was_on_record_before_it(
    tmp_path: Path, seconds: int, until: date
) -> None:
    withdraw(tmp_path, date(2018, 12, 24), NOW)
    notes = Notes(tmp_path)
    notes.remember([Note(-1, TODAY, FRIDAY, "crash ahead")], NOW - timedelta(seconds=seconds))
    assert [one.until for one in notes.read()] == [until]


def test_what_stood_for_a_damaged_line_is_not_remembered(tmp_path: Path) -> None:
    notes = Notes(tmp_path)
    notes.remember([Note(-1, date.min, date.max, "line 2 of notes.jsonl is damaged")], NOW)
    assert notes.read() == ()


def test_a_file_that_could_never_be_read_counts_as_a_note_against_risk(tmp_path: Path) -> None:
    path = notes_path(tmp_path)
    path.mkdir(parents=True)
    notes = Notes(tmp_path)
    notes.remember([Note(1, TODAY, FRIDAY, "rally")], NOW)
    told = notes.read()[-1].why
    assert told.startswith(f"{path} cannot be read: ")
    for _ in range(2):
        assert notes.read() == (Note(1, TODAY, FRIDAY, "rally"), Note(-1, date.min, date.max, told))
    assert notes.problems(FRIDAY) == (f"{told}; it counts as a note against risk",)
    path.rmdir()
    path.write_text(HAND)
    assert notes.read() == (Note(1, TODAY, FRIDAY, "rally"), Note(-1, TODAY, FRIDAY, "x"))
    assert notes.problems(FRIDAY) == ()


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(AssistantError, match=r"notes\.jsonl cannot be written"):
        write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "why", NOW)


def test_notes_that_cannot_be_read_stay_as_they_were_read_last(tmp_path: Path) -> None:
    write_note(tmp_path, Stance.RISK_ON, TODAY, FRIDAY, "why", NOW)
    notes = Notes(tmp_path)
    before = notes.read()
    path = notes_path(tmp_path)
    path.rename(tmp_path / "aside")
    path.mkdir()
    assert notes.read() == before
    (told,) = notes.problems(TODAY)
    assert told.startswith(f"{path} cannot be read: ")
    assert told.endswith("; the notes stay as they were")
    path.rmdir()
    (tmp_path / "aside").rename(path)
    assert (notes.read(), notes.problems(TODAY)) == (before, ())
