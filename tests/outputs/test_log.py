"""The operational log is put aside each day and pruned by age; the journal never is."""

from __future__ import annotations

import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from loguru import logger

from assistant.outputs.log import Log
from tests.doubles.disk import no_space_beyond

DAY = timedelta(days=1)
NOON = datetime(2026, 11, 28, 12).astimezone()  # of the PC
KEEP = 30 * DAY


def log(folder: Path, text: str, at: datetime, kept: Log | None = None) -> Log:
    """Say something at an instant, through loguru."""
    logger.remove()
    kept = kept or Log(folder / "assistant.log", KEEP)
    logger.add(kept, format="{message}")
    logger.patch(lambda record: record.update(time=at)).info(text)  # type: ignore[call-arg]
    os.utime(folder / "assistant.log", (at.timestamp(), at.timestamp()))
    return kept


def file(folder: Path, name: str, age: timedelta) -> Path:
    path = folder / name
    path.write_text(name, encoding="utf-8")
    stamp = (NOON - age).timestamp()
    os.utime(path, (stamp, stamp))
    return path


def test_a_new_day_puts_the_log_of_the_last_one_aside(tmp_path: Path) -> None:
    log(tmp_path, "one", NOON - DAY)
    kept = log(tmp_path, "two", NOON)
    log(tmp_path, "three", NOON + timedelta(hours=11, minutes=59), kept)
    log(tmp_path, "four", NOON + timedelta(hours=12), kept)
    found = {path.name: path.read_text().split() for path in tmp_path.iterdir()}
    assert found == {
        "assistant.2026-11-27.log": ["one"],
        "assistant.2026-11-28.log": ["two", "three"],
        "assistant.log": ["four"],
    }


def test_what_is_older_than_kept_is_removed_and_nothing_else(tmp_path: Path) -> None:
    old = [
        file(tmp_path, "assistant.2026-10-28.log", 31 * DAY),
        file(tmp_path, "assistant.2026-10-27_00-00-00_123456.log", 32 * DAY),  # of earlier versions
    ]
    kept = [
        file(tmp_path, "assistant.2026-10-30.log", 29 * DAY),
        file(tmp_path, "journal_17_2020-01-01.jsonl", 2000 * DAY),
        file(tmp_path, "checks_17_2020-01-01.jsonl", 2000 * DAY),
        file(tmp_path, "evidence_17_20200101T000000000000Z_daily.json", 2000 * DAY),
    ]
    log(tmp_path, "now", NOON)
    assert not any(path.exists() for path in old)
    assert all(path.exists() for path in kept)


def test_another_command_of_the_same_day_goes_on_in_the_same_file(tmp_path: Path) -> None:
    log(tmp_path, "one", NOON)
    log(tmp_path, "two", NOON)
    assert [path.name for path in tmp_path.iterdir()] == ["assistant.log"]


def test_the_log_of_an_hour_before_midnight_is_put_aside_by_the_date_of_the_pc(tmp_path: Path) -> None:
    midnight = datetime(2026, 11, 28).astimezone()
    log(tmp_path, "before", midnight - timedelta(seconds=1))
    log(tmp_path, "after", midnight)
    assert (tmp_path / f"assistant.{date(2026, 11, 27)}.log").read_text().split() == ["before"]


def test_a_log_that_cannot_be_put_aside_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log(tmp_path, "one", NOON - DAY)

    def held(path: Path, _: Path) -> None:
        raise PermissionError(13, "The process cannot access the file", str(path))

    monkeypatch.setattr(Path, "rename", held)
    kept = log(tmp_path, "two", NOON)
    monkeypatch.undo()
    log(tmp_path, "three", NOON, kept)
    assert (tmp_path / "assistant.log").read_text().split() == ["one", "two", "three"]


def test_a_log_whose_aside_is_there_already_loses_nothing(tmp_path: Path) -> None:
    file(tmp_path, "assistant.2026-11-27.log", DAY)  # a clock was set back
    log(tmp_path, "one", NOON - DAY)
    log(tmp_path, "two", NOON)
    assert (tmp_path / "assistant.log").read_text().split() == ["one", "two"]
    assert (tmp_path / "assistant.2026-11-27.log").read_text() == "assistant.2026-11-27.log"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to the size of a file to set there")
def test_a_full_disk_loses_lines_and_prints_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = log(tmp_path, "one", NOON)
    with no_space_beyond(4):
        log(tmp_path, "two", NOON, kept)
    log(tmp_path, "three", NOON, kept)
    assert (tmp_path / "assistant.log").read_text().split() == ["one", "three"]
    assert capsys.readouterr() == ("", "")


def test_a_letter_that_no_file_can_hold_is_written_otherwise(tmp_path: Path) -> None:
    log(tmp_path, "a \ud800", NOON)
    assert (tmp_path / "assistant.log").read_text(encoding="utf-8") == "a \\ud800\n"
