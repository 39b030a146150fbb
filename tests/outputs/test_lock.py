"""The lock of a login: one holder, and a second one is told which process that is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import HeldError
from assistant.outputs.lock import LoginLock

END = "end it first, with Ctrl-C in its window (killed, it may be started anew)"


def refusal(file: Path) -> str:
    with pytest.raises(HeldError) as refused, LoginLock(file, 4001):
        pass
    return str(refused.value)


def test_a_second_one_is_told_the_process_that_holds_it(tmp_path: Path) -> None:
    file = tmp_path / "advice_4001.json"
    with LoginLock(file, 4001):
        told = refusal(file)
    assert told == f"another assistant runs for login 4001 in {tmp_path}, process {os.getpid()}; {END}"
    assert not (tmp_path / "advice_4001.pid").exists()


@pytest.mark.parametrize("content", [None, b"", b"many", b"-1", b"\xff", b"9" * 30])
def test_it_is_refused_without_a_number_that_can_be_believed(tmp_path: Path, content: bytes | None) -> None:
    file, holder = tmp_path / "advice_4001.json", tmp_path / "advice_4001.pid"
    with LoginLock(file, 4001):
        holder.unlink()
        if content is not None:
            holder.write_bytes(content)
        assert refusal(file) == f"another assistant runs for login 4001 in {tmp_path}; {END}"


def test_a_number_of_a_process_that_has_gone_is_not_told_and_keeps_nobody_out(tmp_path: Path) -> None:
    file, holder = tmp_path / "advice_4001.json", tmp_path / "advice_4001.pid"
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    holder.write_text(f"{gone.pid}\n", encoding="ascii")
    with LoginLock(file, 4001):
        assert holder.read_text(encoding="ascii") == f"{os.getpid()}\n"
        holder.write_text(f"{gone.pid}\n", encoding="ascii")
        assert ", process" not in refusal(file)


def test_a_number_that_cannot_be_written_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "advice_4001.pid").mkdir()
    with LoginLock(tmp_path / "advice_4001.json", 4001):
        assert ", process" not in refusal(tmp_path / "advice_4001.json")
