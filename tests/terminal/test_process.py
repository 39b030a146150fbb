"""Which terminal runs: the one that is meant, or one line that says what to do."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from assistant.errors import TerminalError
from assistant.terminal.process import Process, located, same_folder, terminals

A = r"C:\Program Files\MetaTrader 5\terminal64.exe"
B = r"D:\Brokers\Prime MT5\terminal64.exe"


def running(*paths: str | None) -> tuple[Process, ...]:
    return tuple(Process("terminal64.exe", path) for path in paths)


def test_the_only_running_terminal_is_named_to_initialize() -> None:
    assert located(running(A), None, start=False) == A


def test_the_configured_terminal_is_taken_among_several() -> None:
    assert located(running(A, B), B, start=False) == B


def test_letter_case_and_slashes_of_a_windows_path_play_no_part() -> None:
    asked = "c:/program files/METATRADER 5/Terminal64.exe"
    assert located(running(A), asked, start=False) == asked
    assert same_folder(r"C:\Program Files\MetaTrader 5", "c:/program files/metatrader 5/")
    assert not same_folder(r"C:\Program Files\MetaTrader 5", r"C:\Program Files\MetaTrader")


def test_several_terminals_without_a_configured_path_are_refused_with_their_paths() -> None:
    with pytest.raises(TerminalError) as refused:
        located(running(B, A), None, start=False)
    assert str(refused.value) == f"2 terminals are running: name one as terminal.path: {A}, {B}"


def test_one_terminal_seen_twice_is_one() -> None:
    assert located(running(A, A), None, start=False) == A


def test_no_terminal_is_refused_and_never_started_unasked() -> None:
    with pytest.raises(TerminalError, match=r"^no MetaTrader 5 terminal is running: start it"):
        located((), None, start=False)
    with pytest.raises(TerminalError, match=r"^no MetaTrader 5 terminal is running"):
        located((), None, start=True)  # without a path there is nothing to start


def test_another_terminal_than_the_configured_one_does_not_serve() -> None:
    with pytest.raises(TerminalError) as refused:
        located(running(A), B, start=False)
    assert str(refused.value) == (
        f"terminal.path was {B}; that terminal is not running, but {A} is; start it, or set "
        "terminal.start: true"
    )


def test_terminal_start_lets_initialize_start_the_configured_one() -> None:
    assert located(running(A), B, start=True) == B
    assert located((), B, start=True) == B


def test_a_terminal_of_an_administrator_serves_only_where_none_is_named() -> None:
    assert located(running(None), None, start=False) is None
    with pytest.raises(TerminalError, match="of an administrator is: start both in the same way"):
        located(running(None), A, start=False)


def test_a_process_with_the_name_of_a_terminal_is_seen_with_its_path(tmp_path: Path) -> None:
    waits = shutil.which("sleep") or shutil.which("ping")
    assert waits is not None
    program = tmp_path / "Terminal64.exe"
    shutil.copy(waits, program)
    arguments = ["20"] if "sleep" in waits else ["-n", "20", "127.0.0.1"]
    before = {one.path for one in terminals()}
    with subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL) as process:
        try:
            found = [one for one in terminals() if one.path not in before]
        finally:
            process.kill()
    assert found == [Process("Terminal64.exe", str(program))]
