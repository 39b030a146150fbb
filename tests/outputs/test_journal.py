"""The journal keeps every entry, says what a crash tore, and has one writer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.errors import AssistantError, JournalError
from assistant.outputs.journal import (
    DURABLE,
    Journal,
    damaged,
    entry_of,
    read_journal,
    record_check,
    repair,
    sealed,
)
from assistant.outputs.lock import LoginLock
from tests.doubles.disk import no_space_beyond

ROOT = Path(__file__).parents[2]
EVENING = datetime(2025, 1, 15, 23, 59, 59, 999_000, tzinfo=UTC)
HOLD = """
import sys
from pathlib import Path
from assistant.outputs.lock import LoginLock
with LoginLock(Path(sys.argv[1]), int(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""
ASK = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from assistant.outputs.journal import record_check
for number in range(25):
    fields = {"who": sys.argv[2], "number": number}
    record_check(Path(sys.argv[1]), 17, datetime(2025, 1, 15, tzinfo=UTC), fields)
"""


def started(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Another process of the assistant."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# Entries


def test_an_entry_is_one_line_with_instant_and_kind_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "logs", 17)
    journal.write(EVENING, "advice", {"share": [0.7, "regime"], "why": "a\nb", "none": None})

    assert journal.path == tmp_path / "logs" / "journal_17_2025-01-15.jsonl"
    assert journal.path.read_bytes() == (
        b'{"at":"2025-01-15T23:59:59.999000Z","kind":"advice","share":[0.7,"regime"],"why":"a\\nb","none":null,"crc":"4f8c48ee"}\n'
    )  # the last eight digits as the trailer of gzip has them
    journal.close()


def test_a_new_utc_date_opens_a_new_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 17)
    for seconds in (0, 0.001, 3600):
        journal.write(EVENING + timedelta(seconds=seconds), "note", {"after": seconds})
    journal.close()

    found = {path.name: [one["after"] for one in read_journal(path)] for path in tmp_path.iterdir()}
    assert found == {"journal_17_2025-01-15.jsonl": [0], "journal_17_2025-01-16.jsonl": [0.001, 3600]}


def test_each_login_has_a_file_of_its_own(tmp_path: Path) -> None:
    for login in (17, 19):
        journal = Journal(tmp_path, login)
        journal.write(EVENING, "note", {"login": login})
        journal.close()
    assert read_journal(tmp_path / "journal_19_2025-01-15.jsonl")[0]["login"] == 19


def test_an_entry_can_be_read_as_soon_as_it_is_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 17)
    for number in range(3):
        journal.write(EVENING, "note", {"number": number})
        assert [one["number"] for one in read_journal(journal.path)] == list(range(number + 1))
    journal.close()


def test_a_second_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for number in range(2):
        journal = Journal(tmp_path, 17)
        journal.write(EVENING, "note", {"number": number})
        journal.close()
    assert [one["number"] for one in read_journal(journal.path)] == [0, 1]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_does_not_know_is_refused_and_nothing_is_written(tmp_path: Path, value: object) -> None:
    journal = Journal(tmp_path, 17)
    journal.write(EVENING, "note", {"number": 1})
    with pytest.raises(JournalError, match=r"journal_17_2025-01-15\.jsonl: "):
        journal.write(EVENING, "note", {"number": value})
    journal.write(EVENING, "note", {"number": 2})
    journal.close()
    assert [one["number"] for one in read_journal(journal.path)] == [1, 2]


def test_no_field_hides_the_instant_or_the_kind(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 17)
    for name in ("at", "kind"):
        with pytest.raises((JournalError, TypeError)):
            journal.write(EVENING, "deal", {name: "buy"})
    journal.close()


def test_entries_that_move_anchors_wait_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, fsync = [0], os.fsync

    def count(number: int) -> None:
        synced[0] += 1
        fsync(number)

    monkeypatch.setattr(os, "fsync", count)
    journal = Journal(tmp_path, 17)
    journal.write(EVENING, "stop", {})
    assert synced[0] == (os.name != "nt")  # the name of a new file
    waited = {}
    for kind in (*sorted(DURABLE), "advice", "positions", "publish", "stop", "notes", "series"):
        before = synced[0]
        journal.write(EVENING, kind, {})
        waited[kind] = synced[0] - before
    journal.close()

    assert {kind for kind, times in waited.items() if times} == {
        "start",
        "account",
        "alert",
        "closes",
        "context",
        "deal",
        "handed",
        "intraday",
        "marks",
        "repair",
        "told",
        "track",
    }
    assert {kind for kind, times in waited.items() if times} == DURABLE
    assert max(waited.values()) == 1


def test_the_entries_of_one_cycle_wait_for_the_disk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, 17)
    journal.write(EVENING, "stop", {})
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(len(read_journal(journal.path))))
    journal.write_all(
        EVENING, [("deal", {"ticket": 1}), ("advice", {}), ("deal", {"ticket": 2}), ("votes", {})]
    )
    assert synced == [5]  # with all of them in the file
    journal.write_all(EVENING, [("advice", {}), ("votes", {})])
    journal.write_all(EVENING, [])
    assert synced == [5]
    assert len(read_journal(journal.path)) == 7
    journal.close()


def test_an_entry_is_not_on_record_where_the_disk_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path, 17)
    journal.write(EVENING, "start", {})

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(JournalError, match="No space left on device"):
        journal.write(EVENING, "account", {})
    monkeypatch.undo()
    journal.write(EVENING, "account", {})
    journal.close()


def test_a_folder_that_is_a_file_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("not a folder")
    with pytest.raises(JournalError) as told:
        Journal(tmp_path / "logs", 17).write(EVENING, "start", {})
    assert str(tmp_path / "logs") in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_a_journal_that_was_deleted_under_its_writer_begins_anew(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "logs", 17)
    journal.write(EVENING, "note", {"number": 1})
    journal.path.unlink()
    journal.write(EVENING, "note", {"number": 2})
    journal.close()
    told, note = read_journal(journal.path)
    assert (told["kind"], told["file"], told["gone"]) == ("repair", journal.path.name, True)
    assert note["number"] == 2


def _cut(path: Path) -> None:
    path.write_bytes(b"")


def _replace(path: Path) -> None:
    content = path.read_bytes()
    path.rename(path.with_suffix(".old"))
    path.write_bytes(content)


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can be neither deleted nor replaced there")
@pytest.mark.parametrize("do", [Path.unlink, _cut, _replace])
def test_a_file_that_is_lost_is_counted_and_told_once_whether_it_is_open_or_not(
    tmp_path: Path, do: Callable[[Path], None]
) -> None:
    for still_open in (True, False):
        journal = Journal(tmp_path / str(still_open), 17)
        assert journal.losses() == 0
        journal.write(EVENING, "note", {"number": 1})
        if not still_open and do is not _replace:  # then nothing tells it from the one that was written
            journal.close()
        assert journal.losses() == 0
        do(journal.path)
        assert (journal.losses(), journal.losses()) == (1, 1)
        for number in (2, 3):
            journal.write(EVENING, "note", {"number": number})
        assert journal.losses() == 1
        journal.close()
        kinds = [one["kind"] for one in read_journal(journal.path)]
        assert kinds == [*(["note"] if do is _replace else []), "repair", "note", "note"]
        (problem,) = journal.problems
        assert problem.startswith("journal_17_2025-01-15.jsonl was deleted, replaced or cut")


def test_a_journal_that_goes_on_over_midnight_has_lost_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "logs", 17)
    for at in (EVENING, EVENING + timedelta(days=1), EVENING):
        journal.write(at, "note", {})
        assert journal.losses() == 0
    journal.close()
    assert journal.problems == ()


# A crash in the middle of a line


def test_a_torn_last_line_is_cut_and_kept_whatever_was_torn(tmp_path: Path) -> None:
    whole = [b'{"kind":"a","text":"\xc3\xbc"}\n', b'{"kind":"b"}\n']
    last = b'{"kind":"c","text":"\xc3\xbc|"}'
    path = tmp_path / "journal_17_2025-01-15.jsonl"
    for cut in range(len(last) + 1):
        path.write_bytes(b"".join(whole) + last[:cut])
        journal = Journal(tmp_path, 17)
        journal.write(EVENING, "start", {"cut": cut})
        journal.close()

        entries = read_journal(path)
        assert path.read_bytes().startswith(b"".join(whole))
        assert [one["kind"] for one in entries] == ["a", "b", *(["repair"] if cut else []), "start"]
        if cut:
            assert (entries[2]["bytes"], entries[2]["text"]) == (cut, last[:cut].decode("utf-8", "replace"))


def test_a_journal_of_one_torn_line_is_emptied(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"kind":')
    assert repair(path) == b'{"kind":'
    assert path.read_bytes() == b""
    assert repair(path) == b""
    assert repair(tmp_path / "absent.jsonl") == b""


def test_a_line_that_is_no_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"kind":"a"}\nrubbish\n')
    with pytest.raises(JournalError, match=r"journal\.jsonl line 2 is not a journal entry"):
        read_journal(path)


def test_a_last_line_that_lacks_its_end_alone_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "journal_17_2025-01-15.jsonl"
    path.write_bytes(sealed(b'{"kind":"a"}') + sealed(b'{"kind":"b"}')[:-1])
    journal = Journal(tmp_path, 17)
    journal.write(EVENING, "start", {})
    journal.close()
    assert [one["kind"] for one in read_journal(path)] == ["a", "b", "start"]


@pytest.mark.parametrize("zeros", [1, 5000, 70_000])
def test_zeros_that_a_power_failure_left_are_cut_off_and_told(tmp_path: Path, zeros: int) -> None:
    path = tmp_path / "journal_17_2025-01-15.jsonl"
    path.write_bytes(sealed(b'{"kind":"a"}') + b'{"kind":"b' + b"\0" * zeros)
    journal = Journal(tmp_path, 17)
    journal.write(EVENING, "start", {})
    journal.close()
    _, repaired, started_again = read_journal(path)
    assert (repaired["kind"], repaired["bytes"], started_again["kind"]) == ("repair", 10 + zeros, "start")
    assert len(repaired["text"]) <= 1000
    assert b"\0" not in path.read_bytes()


# A disk that changes what was written


def test_any_flipped_bit_of_a_line_is_seen_or_changes_nothing_that_it_says() -> None:
    line = sealed(b'{"at":"2025-01-15T15:00:00Z","kind":"marks","equity":100500.25}').rstrip(b"\n")
    entry = {"at": "2025-01-15T15:00:00Z", "kind": "marks", "equity": 100500.25}
    assert entry_of(line) == entry
    body = len(line) - 18  # the rest is `,"crc":"........"}`
    for place in range(len(line)):
        for bit in range(8):
            flipped = bytearray(line)
            flipped[place] ^= 1 << bit
            try:
                read = entry_of(bytes(flipped))
            except ValueError:
                continue
            assert place >= body, flipped
            assert entry.items() <= read.items(), flipped


def test_a_line_of_before_there_were_checksums_is_read() -> None:
    assert entry_of(b'{"at":"2025-01-15T15:00:00Z","kind":"deal"}')["kind"] == "deal"


def test_damaged_lines_are_told_once_and_stay_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "journal_17_2025-01-15.jsonl"
    bad = sealed(b'{"kind":"b","lots":1}').replace(b"1", b"9", 1)
    before = (
        sealed(b'{"kind":"a"}') + bad + b'{"kind":"old"}\n' + b"\0" * 40 + b"\n" + sealed(b'{"kind":"c"}')
    )
    path.write_bytes(before)
    told = (
        "journal_17_2025-01-15.jsonl: what was written in line 2, 4 has been damaged since; it is passed over"
    )
    for _ in range(3):
        journal = Journal(tmp_path, 17)
        journal.write(EVENING, "start", {})
        journal.write(EVENING + timedelta(seconds=1), "stop", {})
        journal.close()
        assert journal.problems == (told,)

    content = path.read_bytes()
    assert content.startswith(before)
    assert damaged(content) == ([2, 4], {2, 4})
    assert [line.count(b'"kind":"repair"') for line in content.splitlines()].count(1) == 1
    with pytest.raises(JournalError, match="line 2 is not a journal entry"):
        read_journal(path)


def test_damage_is_told_once_while_no_file_can_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path) -> None:
        raise OSError(28, "No space left on device", str(folder))

    monkeypatch.setattr("assistant.outputs.journal.sync_folder", full)
    (tmp_path / "journal_17_2025-01-14.jsonl").write_bytes(b"\0" * 40 + b"\n")
    journal = Journal(tmp_path, 17)
    for hour in range(3):
        with pytest.raises(JournalError):
            journal.write(EVENING + timedelta(hours=hour), "start", {})
        for new in tmp_path.glob("journal_17_2025-01-1[56].jsonl"):
            new.unlink()
    assert len(journal.problems) == 1


# A disk without space


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to the size of a file to set there")
def test_a_journal_notes_the_hole_that_a_full_disk_left(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 17)
    journal.write(EVENING, "start", {})
    with no_space_beyond(journal.path.stat().st_size + 20):
        for number in range(3):
            with pytest.raises(JournalError, match=r"File too large"):
                journal.write(EVENING + timedelta(milliseconds=number / 10), "account", {"balance": 1.5})
    journal.write(EVENING, "account", {"balance": 2.5})
    journal.write(EVENING, "stop", {})
    journal.close()

    entries = read_journal(journal.path)
    assert [one["kind"] for one in entries] == ["start", "repair", "hole", "account", "stop"]
    assert entries[1]["bytes"] == 20  # which were written before the disk was full
    assert entries[2] == {
        "at": "2025-01-15T23:59:59.999000Z",
        "kind": "hole",
        "since": "2025-01-15T23:59:59.999000Z",
        "entries": 3,
        "why": "File too large",
    }
    assert entries[3]["balance"] == 2.5


# One writer


def test_a_second_process_is_refused_and_taken_once_the_first_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "state" / "advice_17.json"
    with started(HOLD, str(file), "17") as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(AssistantError, match=r"^another assistant runs for login 17 in [^\n]+$"):
            LoginLock(file, 17).__enter__()
        with LoginLock(tmp_path / "state" / "advice_19.json", 19):
            pass  # another login is another assistant's
        other.kill()
        other.wait()
        with LoginLock(file, 17):
            pass


def test_the_lock_lies_beside_the_file_and_is_free_after_its_context(tmp_path: Path) -> None:
    file = tmp_path / "advice_17.txt"
    for _ in range(2):
        with LoginLock(file, 17), pytest.raises(AssistantError, match="another assistant"):
            LoginLock(file, 17).__enter__()
    assert {one.name for one in tmp_path.iterdir()} <= {"advice_17.lock"}


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("not a folder")
    with pytest.raises(JournalError, match=r"advice_17\.lock cannot be made: [^\n]+$"):
        LoginLock(tmp_path / "state" / "advice_17.json", 17).__enter__()


# Checks


def test_a_check_has_a_file_of_its_own(tmp_path: Path) -> None:
    path = record_check(tmp_path, 17, EVENING, {"answer": "deny"})
    assert path == tmp_path / "logs" / "checks_17_2025-01-15.jsonl"
    assert read_journal(path) == [{"at": "2025-01-15T23:59:59.999000Z", "kind": "check", "answer": "deny"}]


def test_checks_of_several_processes_at_once_are_all_kept(tmp_path: Path) -> None:
    others = [started(ASK, str(tmp_path), who) for who in "ABC"]
    assert [other.wait() for other in others] == [0, 0, 0]
    for other in others:
        other.communicate()

    entries = read_journal(tmp_path / "logs" / "checks_17_2025-01-15.jsonl")
    assert len(entries) == 75
    assert {(one["who"], one["number"]) for one in entries} == {(who, n) for who in "ABC" for n in range(25)}


def test_a_check_that_cannot_be_recorded_is_told(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("not a folder")
    with pytest.raises(JournalError):
        record_check(tmp_path, 17, EVENING, {})
    (tmp_path / "state" / "checks_17.lock").unlink(missing_ok=True)
    (tmp_path / "state").rmdir()
    (tmp_path / "state").write_text("not a folder either")
    with pytest.raises(JournalError, match="checks of 17"):
        record_check(tmp_path, 17, EVENING, {})


def test_a_torn_line_of_an_earlier_day_is_repaired_at_the_next_start(tmp_path: Path) -> None:
    friday, monday = datetime(2025, 1, 10, 18, 30, tzinfo=UTC), datetime(2025, 1, 13, 14, 31, tzinfo=UTC)
    before = Journal(tmp_path, 7)
    before.write(friday, "start", {"seq": 1})
    before.close()
    with before.path.open("ab") as file:
        file.write(b'{"at":"2025-01-10T18:3')
    after = Journal(tmp_path, 7)
    after.write(monday, "start", {"seq": 1})
    after.close()
    assert [one["kind"] for one in read_journal(before.path)] == ["start"]
    repaired, _ = read_journal(after.path)
    assert (repaired["kind"], repaired["file"]) == ("repair", "journal_7_2025-01-10.jsonl")
    assert repaired["text"] == '{"at":"2025-01-10T18:3'
