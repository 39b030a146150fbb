"""`assistant autostart`: a task of the user's own, at logon."""

from __future__ import annotations

import platform
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from assistant.autostart import off_command, on_command, task_xml, windowless
from assistant.errors import AssistantError
from tests.doubles.command import Command

SPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
PYTHON = r"C:\Users\A & B\bread th\.venv\Scripts\pythonw.exe"
shell = pytest.mark.skipif(
    sys.platform == "win32", reason="the stand-in for schtasks is a program of the shell"
)


def texts(xml: str) -> dict[str, list[str]]:
    """What each element says, by its name."""
    root = ET.fromstring(xml.partition("?>")[2])  # noqa: S314 -- made by this program
    found: dict[str, list[str]] = {}
    for one in root.iter():
        found.setdefault(one.tag.removeprefix(SPACE), []).append((one.text or "").strip())
    return found


def test_the_task_is_the_user_s_own_at_logon_without_rights_of_an_administrator() -> None:
    told = texts(task_xml(r"DESK\ann", PYTHON, r"D:\home"))
    assert told["UserId"] == [r"DESK\ann"] * 2  # of the trigger and of the principal
    assert told["LogonType"] == ["InteractiveToken"]  # the user's session, where the terminal is
    assert told["RunLevel"] == ["LeastPrivilege"]
    assert "LogonTrigger" in told


def test_it_is_started_each_minute_where_it_does_not_run_and_never_ended_or_doubled() -> None:
    told = texts(task_xml(r"DESK\ann", PYTHON, r"D:\home"))
    assert told["Interval"] == ["PT1M"]
    assert "Duration" not in told  # without an end
    assert told["MultipleInstancesPolicy"] == ["IgnoreNew"]
    assert told["ExecutionTimeLimit"] == ["PT0S"]  # else Windows ends it after three days
    assert told["StopIfGoingOnBatteries"] == ["false"]


@pytest.mark.parametrize(
    ("home", "options", "arguments"),
    [
        (r"D:\home", [], r"-P -m assistant run --home D:\home"),
        (r"C:\Users\A & B\x", ["--dry-run"], r'-P -m assistant run --dry-run --home "C:\Users\A & B\x"'),
        ("C:\\My home\\", [], '-P -m assistant run --home "C:\\My home\\\\"'),
        (rf"C:\{'x' * 300}", ["--no-publish"], rf"-P -m assistant run --no-publish --home C:\{'x' * 300}"),
    ],
)
def test_blanks_and_signs_of_xml_and_long_paths_arrive_whole(
    home: str, options: list[str], arguments: str
) -> None:
    told = texts(task_xml(r"DESK\<ann>", PYTHON, home, options))
    assert told["Command"] == [PYTHON]
    assert told["Arguments"] == [arguments]
    assert told["WorkingDirectory"] == [home]
    assert told["UserId"][0] == r"DESK\<ann>"


def test_the_elements_of_a_trigger_stand_in_the_order_of_the_schema() -> None:
    root = ET.fromstring(task_xml("a", "b", "c").partition("?>")[2])  # noqa: S314 -- made by this program
    trigger = root.find(f"{SPACE}Triggers/{SPACE}LogonTrigger")
    assert trigger is not None
    assert [one.tag.removeprefix(SPACE) for one in trigger] == ["Enabled", "Repetition", "UserId"]


def test_the_commands_name_the_task_and_need_no_answer() -> None:
    name = ["/TN", "BreadthAssistant"]
    assert on_command("schtasks", "task.xml") == ["schtasks", "/Create", *name, "/XML", "task.xml", "/F"]
    assert off_command("schtasks") == ["schtasks", "/Delete", *name, "/F"]


def test_python_without_a_window_stands_beside_python(tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match=r"pythonw\.exe is not there; install Python from python\.org"):
        windowless(str(tmp_path / "python.exe"))
    (tmp_path / "pythonw.exe").write_bytes(b"MZ")
    assert windowless(str(tmp_path / "python.exe")) == str(tmp_path / "pythonw.exe")


@pytest.fixture
def assistant(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """A Windows whose schtasks is a program of the shell, which keeps the task as a file."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "pythonw.exe").write_bytes(b"MZ")
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    monkeypatch.setattr(sys, "executable", str(bin_ / "python.exe"))
    monkeypatch.setenv("PATH", str(bin_), prepend=":")
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "my home"))
    monkeypatch.setenv("USERDOMAIN", "DESK")
    monkeypatch.setenv("USERNAME", "ann")
    schtasks(tmp_path, f'/Create) cp "$5" "{tmp_path}/task";;', f'/Delete) rm "{tmp_path}/task";;')
    return Command(tmp_path / "my home", capsys, monkeypatch)


def schtasks(tmp_path: Path, *cases: str) -> None:
    path = tmp_path / "bin" / "schtasks"
    query = f'/Query) test -f "{tmp_path}/task" || exit 1;;'
    path.write_text("\n".join(["#!/bin/sh", "case $1 in", query, *cases, "esac", ""]), encoding="utf-8")
    path.chmod(0o755)


@shell
def test_on_makes_the_task_and_off_deletes_it(assistant: Command, tmp_path: Path) -> None:
    on = assistant("autostart", "on", "--no-publish")
    assert (on.code, on.err) == (0, "")
    assert on.out.startswith(
        f"on: from your next logon on it runs without a window, with the home {tmp_path / 'my home'}; now: "
        "schtasks /Run /TN BreadthAssistant\n"
    )
    raw = (tmp_path / "task").read_bytes()
    assert raw.startswith(b"\xff\xfe")  # UTF-16, as its first line says
    told = texts(raw.decode("utf-16"))
    assert told["UserId"][0] == r"DESK\ann"
    assert told["Command"] == [str(tmp_path / "bin" / "pythonw.exe")]
    assert told["Arguments"] == [f'-P -m assistant run --no-publish --home "{tmp_path / "my home"}"']
    assert assistant("autostart", "off").out.startswith("off: one that runs now goes on until you log off")
    assert not (tmp_path / "task").exists()
    assert assistant("autostart", "off").out == "it was not on\n"


@shell
def test_what_windows_refuses_is_told_in_its_words(assistant: Command, tmp_path: Path) -> None:
    schtasks(tmp_path, "/Create) echo 'ERROR: Access is denied.' >&2; exit 1;;")
    refused = assistant("autostart", "on")
    assert refused.code == 1
    assert refused.error.startswith("the Task Scheduler refused /Create: ERROR: Access is denied.; ")
    assert "as administrator" in refused.error


def test_on_another_system_it_says_what_to_use_instead(
    assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    for word in ("on", "off"):
        refused = assistant("autostart", word)
        assert refused.code == 1
        assert refused.error.startswith(
            "autostart is for Windows, this is Linux: let your desktop's own startup"
        )
        assert "`assistant run`" in refused.error
    assert not assistant.home.exists()


def test_without_a_console_an_error_is_in_the_log(
    assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the task runs it: with pythonw.exe there is no stderr."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        patch.setattr(sys, "stderr", None)
        assert assistant("run").code == 1
    log = (assistant.home / "logs" / "assistant.log").read_text(encoding="utf-8")
    assert "ERROR ended: no MetaTrader 5 terminal here" in log
