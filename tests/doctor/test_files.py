"""What doctor says of files: it writes only what it takes away again."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.doctor import files
from assistant.macro.store import Reading, store
from assistant.outputs import journal
from assistant.outputs.panel_file import intact, sealed
from assistant.panel.files import install, packaged
from tests.doctor.looks import said
from tests.doubles.cycles import packaged_config

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
MACRO = packaged_config().macro
SOURCES = packaged()


def below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# Folders


def test_a_folder_that_takes_a_file_keeps_none(tmp_path: Path) -> None:
    assert said(files.writable_check("home", tmp_path)) == ("ok", f"{tmp_path} can be written")
    deep = tmp_path / "a" / "b"
    found = files.writable_check("home", deep)
    assert said(found) == (
        "ok",
        f"{deep} can be written (not there yet; it would be made in {tmp_path})",
    )
    assert below(tmp_path) == []


def test_a_file_where_a_folder_is_needed_is_to_mend(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    assert said(files.writable_check("journal", tmp_path / "logs" / "x")) == (
        "fail",
        f"{tmp_path / 'logs'} is no folder, and one is needed",
    )


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="a folder that takes no file from anybody is Linux's"
)
def test_a_folder_that_takes_no_file_is_to_mend() -> None:
    found = files.writable_check("home", Path("/proc/self"))
    assert (found.status, found.text.startswith("/proc/self cannot be written: ")) == ("fail", True)


def test_a_journal_that_takes_no_line_is_to_mend_and_a_damaged_one_to_know(tmp_path: Path) -> None:
    assert said(files.journal_check(tmp_path)) == ("ok", f"{tmp_path} can be written")
    path = tmp_path / "journal_17_2025-01-15.jsonl"
    (tmp_path / "journal_17_2025-01-14.jsonl").write_bytes(b"older\n")
    path.write_bytes(journal.sealed(b'{"kind":"a"}'))
    before = path.stat().st_mtime_ns
    assert said(files.journal_check(tmp_path)) == ("ok", f"{tmp_path} can be written")
    assert path.stat().st_mtime_ns == before
    path.write_bytes(journal.sealed(b'{"kind":"a"}') + b"\0\0\n" + journal.sealed(b'{"kind":"b"}'))
    told = f"{path}: 1 lines have been damaged since they were written, the first 2"
    assert said(files.journal_check(tmp_path)) == ("warn", told)
    path.unlink()
    path.mkdir()
    found = files.journal_check(tmp_path)
    assert (found.status, found.text.startswith(f"{path} cannot be written: ")) == ("fail", True)


# The panel file


def test_the_panel_file_goes_there_and_back_and_nothing_stays(tmp_path: Path) -> None:
    common = tmp_path / "paper" / "Common"
    found = files.panel_file_check(str(common), 4001)
    assert found.status == "ok"
    assert str(common / "Files" / "BreadthAssistant") in found.text
    assert below(tmp_path) == []


def test_the_advice_that_lies_there_stays_as_it_is(tmp_path: Path) -> None:
    there = tmp_path / "Files" / "BreadthAssistant" / "advice_4001.txt"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"of a running assistant")
    assert files.panel_file_check(str(tmp_path), 4001).status == "ok"
    assert there.read_bytes() == b"of a running assistant"
    assert len(below(tmp_path)) == 3


def test_a_common_folder_that_is_none_here_or_takes_no_file_is_to_mend(tmp_path: Path) -> None:
    elsewhere = files.panel_file_check(r"C:\Users\ann\Common", 4001)
    if os.name != "nt":
        assert elsewhere.status == "fail"
        assert "which is none on this machine" in elsewhere.text
    (tmp_path / "Files").write_text("")
    found = files.panel_file_check(str(tmp_path), 4001)
    assert (found.status, "could not be written" in found.text) == ("fail", True)
    assert below(tmp_path) == ["Files"]


def test_a_file_is_whole_only_with_its_own_seal() -> None:
    content = sealed(b"BREADTH-ADVICE|1\nLOGIN|1\n")
    assert intact(content)
    assert not intact(content[:-1])
    assert not intact(content.replace(b"LOGIN|1", b"LOGIN|2"))
    assert not intact(b"")
    assert not intact(b"END|0|00000000\n")


# The panel


def test_the_panel_is_missing_then_not_compiled_then_well(tmp_path: Path) -> None:
    mql5 = tmp_path / "MQL5"
    assert said(files.panel_check(tmp_path, SOURCES, "assistant")) == ("warn", f"not installed in {mql5}")
    install(tmp_path, SOURCES, "0")
    raw = files.panel_check(tmp_path, SOURCES, "assistant")
    assert said(raw) == ("fail", f"installed in {mql5}, and not compiled since")
    assert "F7" in raw.mend
    source = mql5 / "Indicators" / "BreadthAssistant" / "Panel.mq5"
    program = source.with_suffix(".ex5")
    program.write_bytes(b"x")
    os.utime(source, (1000, 1000))
    os.utime(program, (1000, 1000))
    assert said(files.panel_check(tmp_path, SOURCES, "assistant")) == (
        "ok",
        f"installed and compiled in {mql5}",
    )
    os.utime(program, (999, 999))
    assert files.panel_check(tmp_path, SOURCES, "assistant").status == "fail"


def test_an_older_panel_or_one_that_was_changed_is_to_know(tmp_path: Path) -> None:
    install(tmp_path, SOURCES, "0")
    first, second, *_ = SOURCES
    (tmp_path / "MQL5" / first).write_bytes(b"mine")
    (tmp_path / "MQL5" / second).unlink()
    found = files.panel_check(tmp_path, SOURCES, "assistant")
    assert said(found) == (
        "warn",
        (
            f"{tmp_path / 'MQL5'} has another version: 1 files differ, 1 are missing "
            f"({Path(first).name}, {Path(second).name})"
        ),
    )
    assert "--force keeps as .bak" in found.mend


# Series


def kept(home: Path, hours: float, last: date) -> None:
    """Series on disk, read so many hours ago, whose last observation is of this day."""
    for name in MACRO.series:
        reading = Reading(
            ((last - timedelta(days=1), 300_000.0), (last, 300_000.0)), "FRED", NOW - timedelta(hours=hours)
        )
        store(home / "state" / "macro", name, reading)


def test_series_that_were_never_read_are_to_know(tmp_path: Path) -> None:
    found = files.macro_check(MACRO, tmp_path, NOW, paper=False)
    assert said(found) == (
        "warn",
        (
            "0 of 6 series from fred; BAA10Y, VIXCLS, DGS10, T10Y2Y, ICSA, NFCI: not read yet: "
            "votes fall silent without them"
        ),
    )


def test_series_are_told_with_their_age_and_those_that_have_ended(tmp_path: Path) -> None:
    kept(tmp_path, 3.5, date(2026, 11, 24))
    assert said(files.macro_check(MACRO, tmp_path, NOW, paper=False)) == (
        "ok",
        "6 of 6 series from fred, read 3.5 h ago at the longest",
    )
    kept(tmp_path, 72, date(2026, 11, 23))  # 5 days: VIXCLS says nothing after 4, the others after 5 or more
    assert said(files.macro_check(MACRO, tmp_path, NOW, paper=False)) == (
        "warn",
        (
            "6 of 6 series from fred, read 3 days ago at the longest; VIXCLS ends 2026-11-23: "
            "votes fall silent without them"
        ),
    )


def test_a_folder_of_csv_files_is_looked_at(tmp_path: Path) -> None:
    own = replace(MACRO, source="csv", folder="own")
    found = files.macro_check(own, tmp_path, NOW, paper=False)
    assert found.status == "warn"
    assert "cannot be read: No such file or directory" in found.text
    assert str(tmp_path / "own") in found.mend


def test_series_that_nobody_wants_are_well(tmp_path: Path) -> None:
    assert files.macro_check(replace(MACRO, source="off"), tmp_path, NOW, paper=False).status == "ok"
    assert files.macro_check(MACRO, tmp_path, NOW, paper=True).status == "ok"
