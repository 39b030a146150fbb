"""What MetaEditor's log says of a compile, and what is said where MetaEditor itself fails."""

import sys
from pathlib import Path, PureWindowsPath

import pytest

from assistant.panel.compiling import Compiled, command_line, compile_source, editor_of, judged
from assistant.panel.folders import DataFolder

NO_LOG = "MetaEditor left no log with a result; where it is open, close it and try again"
CLEAN = (
    "C:\\T\\MQL5\\Indicators\\BreadthAssistant\\Panel.mq5 : information: compiling 'Panel.mq5'\r\n"
    "C:\\T\\MQL5\\Include\\BreadthAssistant\\Advice.mqh : information: including 'Advice.mqh'\r\n"
    " : information: generating code 100%\r\n"
    " : information: code generated\r\n"
    "Result: 0 errors, 0 warnings, 2347 ms elapsed, cpu='X64 Regular'\r\n"
)
WRONG = (
    "C:\\T\\MQL5\\Include\\BreadthAssistant\\Advice.mqh(31,12) : warning 43: possible loss of data due to "
    "type conversion from 'double' to 'int'\r\n"
    "C:\\T\\MQL5\\Indicators\\BreadthAssistant\\Panel.mq5(12,4) : error 256: 'advise' - undeclared "
    "identifier\r\n"
    "Result: 1 errors, 1 warnings\r\n"
)


def test_a_clean_log_with_a_program_is_a_compile() -> None:
    told = "0 errors, 0 warnings"
    assert judged("Panel.mq5", CLEAN.encode("utf-16"), made=True) == Compiled(
        "Panel.mq5", done=True, told=told
    )


def test_a_clean_log_without_a_program_is_none() -> None:
    one = judged("Panel.mq5", CLEAN.encode("utf-16"), made=False)
    assert (one.done, one.told) == (False, "0 errors, 0 warnings, but MetaEditor made no program")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_errors_come_before_warnings_each_with_its_file_and_line(encoding: str) -> None:
    one = judged("Panel.mq5", WRONG.encode(encoding), made=False)
    assert (one.done, one.told) == (False, "1 errors, 1 warnings")
    assert one.lines == (
        "error in Panel.mq5 line 12: 'advise' - undeclared identifier",
        "warning in Advice.mqh line 31: possible loss of data due to type conversion from 'double' to 'int'",
    )


def test_an_older_editor_s_result_is_read_and_a_flood_of_errors_is_cut() -> None:
    flood = "".join(f"Panel.mq5({line},1) : error 149: 'x' - unexpected\r\n" for line in range(1, 8))
    one = judged("Panel.mq5", (flood + "Result: 7 error(s), 0 warning(s)\r\n").encode("utf-16"), made=False)
    assert one.told == "7 errors, 0 warnings"
    assert one.lines[4:] == ("error in Panel.mq5 line 5: 'x' - unexpected", "and 2 more lines")


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"\xff\xfea", CLEAN[:80].encode("utf-16")])
def test_a_log_without_a_result_is_no_compile_even_where_a_program_is_there(raw: bytes) -> None:
    one = judged("Panel.mq5", raw, made=True)
    assert (one.done, one.told) == (False, NO_LOG)


def test_on_windows_each_path_is_quoted_behind_its_colon() -> None:
    editor = PureWindowsPath(r"C:\Program Files\MT5\metaeditor64.exe")
    source, log = PureWindowsPath(r"C:\Users\A B\MQL5\Panel.mq5"), PureWindowsPath(r"C:\Users\A B\x.log")
    assert command_line(editor, source, log, PureWindowsPath(r"C:\Users\A B\MQL5"), windows=True) == (
        r'"C:\Program Files\MT5\metaeditor64.exe" /compile:"C:\Users\A B\MQL5\Panel.mq5" '
        r'/log:"C:\Users\A B\x.log" /include:"C:\Users\A B\MQL5"'
    )
    listed = [r"C:\Program Files\MT5\metaeditor64.exe", r"/compile:C:\Users\A B\MQL5\Panel.mq5"]
    assert command_line(editor, source, log, None, windows=False) == [*listed, r"/log:C:\Users\A B\x.log"]


def test_the_editor_stands_beside_the_terminal(tmp_path: Path) -> None:
    assert editor_of(DataFolder(tmp_path, None)) is None
    assert editor_of(DataFolder(tmp_path, str(tmp_path))) is None
    (tmp_path / "metaeditor64.exe").write_bytes(b"MZ")
    assert editor_of(DataFolder(tmp_path / "data", str(tmp_path))) == tmp_path / "metaeditor64.exe"


# A program of the shell in MetaEditor's place

shell = pytest.mark.skipif(sys.platform == "win32", reason="the editor's stand-in is a program of the shell")


def editor(tmp_path: Path, *lines: str) -> Path:
    """A metaeditor64.exe that runs these lines with $source and $log."""
    path = tmp_path / "metaeditor64.exe"
    head = ["#!/bin/sh", "for one; do case $one in /compile:*) source=${one#/compile:};; esac", "done"]
    head += ["log=$source.log"]
    path.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "clean").write_bytes(CLEAN.encode("utf-16"))
    (tmp_path / "wrong").write_bytes(WRONG.encode("utf-16"))
    path = tmp_path / "in a folder" / "Panel.mq5"
    path.parent.mkdir()
    path.write_bytes(b"panel")
    return path


@shell
def test_a_compile_makes_a_program_leaves_no_log_and_its_exit_code_is_nothing(
    tmp_path: Path, source: Path
) -> None:
    run = editor(tmp_path, f'cp "{tmp_path}/clean" "$log"', ': > "${source%.mq5}.ex5"', "exit 1")
    assert compile_source(run, source) == Compiled("Panel.mq5", done=True, told="0 errors, 0 warnings")
    assert sorted(path.name for path in source.parent.iterdir()) == ["Panel.ex5", "Panel.mq5"]


@shell
def test_a_program_from_before_is_not_taken_for_a_new_one(tmp_path: Path, source: Path) -> None:
    source.with_suffix(".ex5").write_bytes(b"old")
    one = compile_source(editor(tmp_path, f'cp "{tmp_path}/clean" "$log"'), source)
    assert (one.done, one.told) == (False, "0 errors, 0 warnings, but MetaEditor made no program")


@shell
def test_a_log_from_before_is_not_read(tmp_path: Path, source: Path) -> None:
    source.with_name("Panel.mq5.log").write_bytes(CLEAN.encode("utf-16"))
    one = compile_source(editor(tmp_path, "exit 1"), source)
    assert one.told == NO_LOG


@shell
def test_an_editor_that_hangs_is_ended_and_said(tmp_path: Path, source: Path) -> None:
    one = compile_source(editor(tmp_path, "exec sleep 60"), source, timeout=0.05)
    assert (one.done, one.told) == (False, "MetaEditor did not end within 0.05 s")


@shell
def test_an_editor_that_cannot_be_started_is_said(tmp_path: Path, source: Path) -> None:
    broken = tmp_path / "metaeditor64.exe"
    broken.write_bytes(b"MZ")  # a program of Windows, which this machine does not run
    broken.chmod(0o755)
    one = compile_source(broken, source)
    assert (one.done, one.told) == (False, "MetaEditor failed: Exec format error")
