"""Which terminal runs: the one that is meant, or one line that says what to do."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from assistant.errors import TerminalError
from assistant.terminal.process import Finder, Process, located, same_folder, terminals

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
            number = process.pid
    assert [(one.name, one.path, one.number) for one in found] == [("Terminal64.exe", str(program), number)]
    assert found[0].begun > 0


# Found again and again


class Machine:
    """What runs on a machine, and its clock."""

    def __init__(self, *paths: str | None) -> None:
        self.runs = [Process("terminal64.exe", path, number) for number, path in enumerate(paths, 1)]
        self.seconds = 100.0

    def finder(self, wanted: str | None = None, *, start: bool = False) -> Finder:
        return Finder(wanted, start=start, look=lambda: self.runs, seconds=lambda: self.seconds)


def test_a_terminal_is_started_with_the_program_and_never_later() -> None:
    machine = Machine()
    finder = machine.finder(A, start=True)
    finder.check()
    assert finder.find() == A  # initialize() starts it
    for _ in range(3):
        with pytest.raises(TerminalError, match=r"that terminal is not running"):
            finder.find()  # its trader has closed it, or it never came up
    machine.runs = [Process("terminal64.exe", A, 7)]
    assert finder.find() == A


def test_a_look_before_the_first_connection_starts_nothing_and_uses_nothing_up() -> None:
    with pytest.raises(TerminalError, match="not running"):
        Machine().finder(A).check()
    finder = Machine().finder(A, start=True)
    finder.check()
    assert finder.find() == A


@pytest.mark.parametrize(("path", "wanted"), [(A, A), (A, None), (None, None)])
def test_a_terminal_whose_pipe_broke_may_be_closing_for_ten_seconds(
    path: str | None, wanted: str | None
) -> None:
    machine = Machine(path)
    finder = machine.finder(wanted)
    finder.find()
    waited = []
    for _ in range(12):
        try:
            finder.let_close()
        except TerminalError as error:
            waited.append((machine.seconds - 100, str(error)))
        machine.seconds += 1
    told = "the terminal closes, or has lost its pipe; it is not started again"
    assert waited == [(second, told) for second in range(10)]
    finder.find()
    with pytest.raises(TerminalError, match="closes"):
        finder.let_close()  # the ten seconds begin anew when it breaks again


def test_a_terminal_that_was_started_again_is_not_waited_for() -> None:
    machine = Machine(A, B)
    finder = machine.finder(A)
    finder.find()
    machine.runs = [Process("terminal64.exe", A, 9), *machine.runs[1:]]
    finder.let_close()
    assert finder.find() == A


def test_a_terminal_that_has_closed_is_not_waited_for_and_not_started() -> None:
    machine = Machine(A, B)
    finder = machine.finder(A, start=True)
    finder.find()
    machine.runs = machine.runs[1:]  # B, that is another's
    finder.let_close()
    with pytest.raises(TerminalError, match=r"that terminal is not running, but .*Prime MT5"):
        finder.find()


def test_a_terminal_that_ends_while_it_is_asked_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: list[str]) -> dict[str, object]:
        raise psutil.NoSuchProcess(7)

    ended = SimpleNamespace(info={"name": "terminal64.exe"}, pid=7, as_dict=gone)
    monkeypatch.setattr(psutil, "process_iter", lambda _: [ended])
    assert terminals() == ()
