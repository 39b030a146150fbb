"""The child's side of the watchdog: what it announces, and what its supervisor makes of that."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from loguru import logger

from assistant import cli
from assistant.cli.options import print_json
from assistant.terminal.reads import MAY_LACK, READS, Reads
from assistant.watchdog.board import Board, Notice
from assistant.watchdog.supervisor import Patience
from assistant.watchdog.watched import AGAIN, Announcer, Watched, heard
from tests.doubles.bridge import LOCAL
from tests.doubles.cycles import schema
from tests.doubles.notify import keeping, kept


class Deadlines:
    initialize, history, call, other = 120.0, 60.0, 10.0, 30.0


@pytest.fixture
def board() -> Iterator[Board]:
    made = Board.made(0)
    yield made
    made.close()


class Asked:
    """A module whose functions look at the board while they run."""

    def __init__(self, board: Board) -> None:
        self.board, self.notices, self.answer = board, list[Notice](), object()
        module = ModuleType("asked")
        for name in (*READS, *MAY_LACK):
            setattr(module, name, self._function(name))
        self.reads = Reads(module, Announcer(board, Deadlines()))

    def _function(self, name: str) -> Callable[..., object]:
        def call(*_: object) -> object:
            if name == "last_error":
                return (-1, "Terminal: Call failed")
            self.notices.append(self.board.read())
            return self.answer

        return call

    def __call__(self, name: str, *arguments: object) -> tuple[str, float]:
        """What stood on the board during a call."""
        self.reads.optional(name, *arguments)
        return self.notices[-1].name, self.notices[-1].allowed


def test_each_call_is_announced_with_its_seconds_and_after_it_the_process_s_own_work(board: Board) -> None:
    ask = Asked(board)
    assert ask("initialize") == ("initialize", 120.0)
    assert ask("positions_get") == ("positions_get", 10.0)
    after = board.read()
    assert (after.name, after.allowed, after.number) == ("", 30.0, 4)


def test_a_history_may_take_longer_until_it_has_come_once_since_the_connection(board: Board) -> None:
    ask = Asked(board)
    ask.answer = None
    assert ask("copy_rates_from_pos", "IWM.US") == ("copy_rates_from_pos", 60.0)
    ask.answer = object()
    assert ask("copy_rates_from_pos", "IWM.US")[1] == 60.0  # the first one did not come
    assert ask("copy_rates_from_pos", "IWM.US")[1] == 10.0
    assert ask("copy_rates_from_pos", "SPY.US")[1] == 60.0
    assert ask("copy_rates_range", "IWM.US")[1] == 60.0
    ask("initialize")
    assert ask("copy_rates_from_pos", "IWM.US")[1] == 60.0
    assert [ask("copy_ticks_range", "IWM.US")[1] for _ in range(2)] == [60.0, 60.0]  # each of another time


def test_a_call_that_raises_is_over(board: Board) -> None:
    ask = Asked(board)
    ask.reads._functions["positions_get"] = lambda: 1 / 0  # noqa: SLF001 -- as a bridge may fail
    with pytest.raises(Exception, match="positions_get failed"):
        ask.reads.optional("positions_get")
    assert board.read().name == ""


def test_cycles_and_troubles_are_signs_of_life(board: Board) -> None:
    told: list[object] = []
    shown, troubled = heard(Announcer(board, Deadlines()), told.append, told.append)
    shown("document")
    troubled("no terminal is running")
    assert told == ["document", "no terminal is running"]
    assert board.read() == Notice(2, 30.0, 1, "")


def test_another_process_finds_the_board_by_its_key_and_a_long_name_is_cut(board: Board) -> None:
    board.put("x" * 50, 1.5)
    assert Board.found(board.key).read() == Notice(1, 1.5, 0, "x" * 40)


# How long a child is waited for


def looks(patience: Patience, number: int, *instants: float) -> list[bool]:
    return [patience.ends(Notice(number, 10.0, 0, "positions_get"), at) for at in instants]


def test_a_child_is_waited_for_as_long_as_it_said_from_when_that_was_seen() -> None:
    patience = Patience(120.0, 0.0)
    each = [number * 2.0 for number in range(1, 6)]
    assert looks(patience, 1, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 11.25) == [False] * 6 + [True]
    assert looks(patience, 2, 12.0) == [False]
    assert looks(patience, 3, *(12.0 + more for more in each)) == [False] * 5


def test_a_first_notice_is_waited_for_as_long_as_a_start_may_take() -> None:
    patience = Patience(5.0, 0.0)
    nothing = Notice(0, 0.0, 0, "")
    assert [patience.ends(nothing, at) for at in (1.0, 3.0, 5.0, 5.25)] == [False, False, False, True]
    assert patience.seen.name == "the start"


def test_a_computer_that_slept_gives_the_child_all_its_time_again() -> None:
    patience = Patience(120.0, 0.0)
    assert looks(patience, 1, 1.0, 3600.0, 3602.0, 3604.0, 3606.0, 3608.0, 3610.0) == [False] * 7
    assert looks(patience, 1, 3610.25) == [True]


# How it ends


def ended(home: Path, watched: Watched | None, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["assistant", "run", "--home", str(home)])
    with pytest.raises(SystemExit) as code:
        cli.main(watched)
    logger.remove()
    return int(code.value.code or 0)


def test_what_may_not_fail_again_ends_otherwise_where_somebody_watches(
    tmp_path: Path, board: Board, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    local = tmp_path / "config" / "local.yaml"
    monkeypatch.setitem(sys.modules, "bridge", ModuleType("bridge"))  # without a single function
    local.write_text(LOCAL, encoding="utf-8")
    assert ended(tmp_path, Watched(board), monkeypatch) == AGAIN == 75
    assert ended(tmp_path, None, monkeypatch) == 1
    local.write_text("cycle: {interval: 17}", encoding="utf-8")
    assert ended(tmp_path, Watched(board), monkeypatch) == 1
    assert capsys.readouterr().err.count("error: ") == 3


def test_a_run_that_does_not_come_back_is_told_to_the_command_once(
    tmp_path: Path, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config").mkdir()
    monkeypatch.setitem(sys.modules, "bridge", ModuleType("bridge"))  # without a single function
    said = json.dumps({"command": keeping(tmp_path)})
    (tmp_path / "config" / "local.yaml").write_text(f"{LOCAL}\nalerts: {said}\n", encoding="utf-8")
    ends = [{"ended_at": f"2025-01-15T17:00:0{number}Z", "reason": f"why {number}"} for number in range(3)]
    for count in range(4):
        assert ended(tmp_path, Watched(board, ends[:count]), monkeypatch) == AGAIN
    (document,) = kept(tmp_path)
    schema("alert-1").validate(document)
    told = [document[key] for key in ("kind", "level", "reason", "login")]
    assert told == ["run", "alarm", "why 0; then why 1", None]


def test_a_reader_that_has_gone_ends_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed:
        def write(self, _: str) -> None:
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Closed())
    with pytest.raises(SystemExit) as code:
        print_json({})
    assert code.value.code == 1
