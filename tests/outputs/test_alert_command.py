"""The user's command for alerts: real programs that write, fail, hang, or are not there."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from assistant.core.alerts import Level
from assistant.outputs import alert_command
from assistant.outputs.alert_command import QUEUED, AlertCommand, Outcome, first_line, run_command
from tests.doubles.notify import SLOW, keeping, kept, script

DOCUMENT: dict[str, Any] = {"schema": "alert/1", "text": "stance is RISK_OFF, ünder 0.70x"}


def run(command: list[str], folder: Path, timeout: float = 20.0) -> Outcome:
    return run_command(command, DOCUMENT, folder, timeout)


def test_a_command_gets_the_document_as_one_line_on_its_standard_input(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"
    folder.mkdir()
    command = keeping(folder)
    assert run(command, folder) == Outcome("ended", f"{sys.executable} ended with exit 0")
    assert kept(folder) == [DOCUMENT]


def test_a_file_of_the_folder_is_a_program_and_a_shell_is_none(tmp_path: Path) -> None:
    if sys.platform == "win32":
        own, body = tmp_path / "own tool.cmd", f'@"{sys.executable}" "%~dp0\\keep.py" %*\r\n'
    else:
        own, body = (
            tmp_path / "own tool",
            f'#!/bin/sh\nexec "{sys.executable}" "$(dirname "$0")/keep.py" "$@"\n',
        )
    own.write_text(body, encoding="utf-8")
    own.chmod(0o755)
    keeping(tmp_path)
    assert run([own.name, "two words", "$HOME"], tmp_path).kind == "ended"
    assert kept(tmp_path) == [DOCUMENT]
    assert (tmp_path / "words.txt").read_text(encoding="utf-8") == "two words\n$HOME\n"


def test_an_exit_other_than_0_is_a_failure_and_no_argument_is_told(tmp_path: Path) -> None:
    command = script(tmp_path, "import sys; print(sys.argv); sys.exit(3)")
    outcome = run([*command, "a-secret-token"], tmp_path)
    assert outcome == Outcome("exit", f"{sys.executable} ended with exit 3")
    assert outcome.failed


@pytest.mark.parametrize("name", ["no-such-program-here", "folder"])
def test_a_program_that_is_not_there_is_one_clear_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    told = f"{name}: there is no such program; expected its full path"
    assert run([name], tmp_path) == Outcome("missing", told)


def test_a_file_that_is_no_program_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    outcome = run(["notes.txt"], tmp_path)
    assert outcome.kind == "missing"
    assert outcome.told.startswith("notes.txt cannot be started: ")


def test_a_command_that_does_not_read_is_no_failure(tmp_path: Path) -> None:
    assert run(script(tmp_path, "pass"), tmp_path).kind == "ended"


def test_what_a_command_prints_goes_nowhere(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    loud = "import sys; print('a-secret-token'); sys.stderr.write('and again')"
    assert run(script(tmp_path, loud), tmp_path).kind == "ended"
    assert capfd.readouterr() == ("", "")


def test_a_command_that_hangs_is_killed_with_what_it_has_started(tmp_path: Path) -> None:
    source = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open("pids.txt", "w").write(f"{os.getpid()} {child.pid}")
time.sleep(60)
"""
    outcome = run(script(tmp_path, source), tmp_path, timeout=1.5)
    assert outcome == Outcome("timeout", f"{sys.executable} had not ended after 1.5 s and was killed")
    written = [int(one) for one in (tmp_path / "pids.txt").read_text(encoding="utf-8").split()]
    assert len(written) == 2
    # A kill is not waited for by whoever has not started the process: it takes the system a moment.
    assert any(not [one for one in written if alive(one)] for _ in range(20_000))


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_what_a_command_says_is_kept_where_it_is_asked_for_and_only_its_first_line(tmp_path: Path) -> None:
    command = script(tmp_path, r"import sys; sys.stderr.write('\n  token \x1b[1m refused\nsecond')")
    with tempfile.TemporaryFile() as output:
        assert run_command(command, DOCUMENT, tmp_path, 20.0, output).kind == "ended"
        assert first_line(output) == "token ?[1m refused"
    with tempfile.TemporaryFile() as output:
        assert first_line(output) == ""


# The queue


def test_alerts_are_handed_over_one_after_another_and_closing_waits_for_them(tmp_path: Path) -> None:
    command = AlertCommand(keeping(tmp_path), tmp_path, 20.0)
    for number in range(3):
        command.hand(DOCUMENT | {"number": number}, Level.INFO)
    command.close()
    assert [one["number"] for one in kept(tmp_path)] == [0, 1, 2]
    assert [one.kind for one in command.outcomes()] == ["ended"] * 3
    assert command.outcomes() == []


def test_what_goes_beyond_the_queue_is_dropped_and_nobody_waits(tmp_path: Path) -> None:
    """The command stands still until the test lets it go."""
    gate = tmp_path / "gate"
    wait = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)"
    command = AlertCommand(script(tmp_path, wait), tmp_path, 20.0)
    for _ in range(QUEUED + 3):
        command.hand(DOCUMENT, Level.INFO)
    dropped = [one for one in command.outcomes() if one.kind == "dropped"]
    told = f"{sys.executable} is too slow: an alert was dropped behind 20 others"
    assert dropped[0] == Outcome("dropped", told)
    assert len(dropped) in {2, 3}  # one may be on its way already
    gate.touch()
    command.close()
    rest = [one.kind for one in command.outcomes()]
    assert len(dropped) + len(rest) == QUEUED + 3
    assert set(rest) == {"ended"}
    assert rest.count("ended") >= QUEUED
    assert "alerts" not in {one.name for one in threading.enumerate()}


def test_of_too_many_the_oldest_of_the_least_grave_is_dropped_and_an_alarm_stays(tmp_path: Path) -> None:
    """The first is on its way until the test lets it go; twenty wait, of which number 3 only informs."""
    wait = "import os, sys, time\nopen('began', 'w')\nwhile not os.path.exists('gate'): time.sleep(0.01)\n"
    keep = "open('alerts.jsonl', 'ab').write(sys.stdin.buffer.read())"
    command = AlertCommand(script(tmp_path, wait + keep), tmp_path, 20.0)
    command.hand({"id": "0"}, Level.INFO)
    while not (tmp_path / "began").exists():
        continue
    for number in range(1, QUEUED + 1):
        command.hand({"id": str(number)}, Level.INFO if number == 3 else Level.WARNING)
    assert command.outcomes() == []
    command.hand({"id": "21"}, Level.ALARM)  # in place of 3
    command.hand({"id": "22"}, Level.WARNING)  # in place of 1, the oldest of its level
    command.hand({"id": "23"}, Level.INFO)  # in place of none: it is the least
    assert [(one.kind, one.id) for one in command.outcomes()] == [
        ("dropped", "3"),
        ("dropped", "1"),
        ("dropped", "23"),
    ]
    (tmp_path / "gate").touch()
    command.close()
    arrived = [str(number) for number in (0, 2, *range(4, 23))]
    assert [one["id"] for one in kept(tmp_path)] == [one.id for one in command.outcomes()] == arrived


def test_at_the_end_a_command_that_would_hang_for_long_is_killed_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_command, "LAST", 0.3)
    source = f"import os; open('pid.txt', 'w').write(str(os.getpid())); {SLOW}"
    command = AlertCommand(script(tmp_path, source), tmp_path, 60.0)
    for _ in range(2):
        command.hand(DOCUMENT, Level.INFO)
    while not (tmp_path / "pid.txt").exists() or not (tmp_path / "pid.txt").read_text():
        continue
    command.close()
    told = f"{sys.executable} had not ended when the run ended and was killed"
    assert command.outcomes() == [Outcome("timeout", told)]
    assert not alive(int((tmp_path / "pid.txt").read_text(encoding="utf-8")))
    assert "alerts" not in {one.name for one in threading.enumerate()}


def test_a_document_that_cannot_be_written_ends_no_queue(tmp_path: Path) -> None:
    command = AlertCommand(keeping(tmp_path), tmp_path, 20.0)
    command.hand({"number": float("nan")}, Level.INFO)
    command.hand(DOCUMENT, Level.INFO)
    command.close()
    assert [one.kind for one in command.outcomes()] == ["missing", "ended"]
    assert kept(tmp_path) == [DOCUMENT]


def test_the_environment_is_the_assistants_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTS_TO", "phone")
    command = script(tmp_path, "import os; open('env.txt', 'w').write(os.environ['ALERTS_TO'])")
    assert run(command, tmp_path).kind == "ended"
    assert (tmp_path / "env.txt").read_text(encoding="utf-8") == "phone"
    assert os.environ["ALERTS_TO"] == "phone"
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
