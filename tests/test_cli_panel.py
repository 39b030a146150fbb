"""`assistant panel`: into the terminal that runs, the folder that is named, or the only one there is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assistant.home import PAPER
from assistant.panel.files import packaged
from tests.doubles.bridge import LOCAL, PATH, Broker
from tests.doubles.command import Command

ATTACH = "Navigator (Ctrl+N) > Indicators > BreadthAssistant > Panel: drag it onto a chart"
NEWS = "For a funded account's rules about news: Navigator > Services, right click, Add Service: Calendar"
COUNT = len(packaged())
CLEAN = "Result: 0 errors, 0 warnings, 2347 ms elapsed, cpu='X64 Regular'\r\n"
WRONG = (
    "C:\\T\\Advice.mqh(31,12) : error 256: 'advise' - undeclared identifier\r\n"
    "Result: 1 errors, 0 warnings\r\n"
)
shell = pytest.mark.skipif(sys.platform == "win32", reason="the editor's stand-in is a program of the shell")


@pytest.fixture
def assistant(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    return Command(tmp_path / "home", capsys, monkeypatch)


def data_folder(path: Path, origin: str | None = None) -> Path:
    """A terminal's data folder; `origin` is the folder it is installed in."""
    (path / "MQL5").mkdir(parents=True)
    if origin is not None:
        (path / "origin.txt").write_bytes(origin.encode("utf-16"))
    return path


def installed(data: Path) -> dict[str, bytes]:
    """The sources that are there, by path below MQL5."""
    mql5 = data / "MQL5"
    found = (path for path in mql5.rglob("*") if path.suffix in (".mq5", ".mqh"))
    return {path.relative_to(mql5).as_posix(): path.read_bytes() for path in found}


def editor(program: Path, log: str, exit_code: int = 1) -> None:
    """A metaeditor64.exe, which writes this log and, where it tells of no error, a program."""
    program.mkdir(parents=True, exist_ok=True)
    (program / "log").write_bytes(log.encode("utf-16"))
    makes = ': > "${source%.mq5}.ex5"' if " 0 errors" in log else ":"
    lines = ["#!/bin/sh", "source=${1#/compile:}", f'cp "{program}/log" "${{2#/log:}}"', makes]
    path = program / "metaeditor64.exe"
    path.write_text("\n".join([*lines, f'echo "$3" > "{program}/third"', f"exit {exit_code}", ""]))
    path.chmod(0o755)


def test_without_metaeditor_the_sources_are_copied_and_the_clicks_are_said(
    assistant: Command, tmp_path: Path
) -> None:
    data = data_folder(tmp_path / "Data")
    ran = assistant("panel", "install", "--folder", str(data))
    assert (ran.code, ran.err) == (0, "")
    first, by_hand, then, news = ran.out.splitlines()
    assert first == f"{data / 'MQL5'}: files {COUNT} new"
    assert by_hand.startswith(
        "Compile by hand (metaeditor64.exe was not found): MetaEditor (F4 in the terminal)"
    )
    assert by_hand.endswith(r"Experts\BreadthAssistant\ExampleEA.mq5, F7")
    assert r"Services\BreadthAssistant\Calendar.mq5 and" in by_hand
    assert (then, news) == (f"Then, in the terminal: {ATTACH}", NEWS)
    assert installed(data) == packaged()
    again = assistant("panel", "install", "--folder", str(data / "MQL5"))
    assert again.out.splitlines()[0] == f"{data / 'MQL5'}: files {COUNT} as they were"


@shell
def test_with_metaeditor_they_are_compiled_too(assistant: Command, tmp_path: Path) -> None:
    data = data_folder(tmp_path / "Data", str(tmp_path / "Program"))
    editor(tmp_path / "Program", CLEAN)
    ran = assistant("panel", "install", "--folder", str(data))
    assert (ran.code, ran.err) == (0, "")
    assert "ExampleEA.mq5: compiled, 0 errors, 0 warnings" in ran.out.splitlines()
    assert "Calendar.mq5: compiled, 0 errors, 0 warnings" in ran.out.splitlines()
    assert ran.out.splitlines()[-2:] == [f"In the terminal: {ATTACH}", NEWS]
    assert "Compile by hand" not in ran.out
    assert (data / "MQL5" / "Experts" / "BreadthAssistant" / "ExampleEA.ex5").is_file()
    assert (tmp_path / "Program" / "third").read_text(
        encoding="utf-8"
    ) == "\n"  # the editor's own include folder


@shell
def test_a_portable_terminal_s_editor_is_told_where_the_includes_are(
    assistant: Command, tmp_path: Path
) -> None:
    data = data_folder(tmp_path / "Portable")
    (data / "terminal64.exe").write_bytes(b"MZ")
    editor(data, CLEAN)
    assert assistant("panel", "install", "--folder", str(data)).code == 0
    assert (data / "third").read_text(encoding="utf-8") == f"/include:{data / 'MQL5'}\n"


@shell
def test_an_error_of_the_compiler_is_shown_and_ends_in_1(assistant: Command, tmp_path: Path) -> None:
    data = data_folder(tmp_path / "Data", str(tmp_path / "Program"))
    editor(tmp_path / "Program", WRONG, exit_code=0)
    ran = assistant("panel", "install", "--folder", str(data))
    assert ran.code == 1
    at = ran.out.splitlines().index("ExampleEA.mq5: NOT compiled: 1 errors, 0 warnings")
    assert ran.out.splitlines()[at + 1] == "  error in Advice.mqh line 31: 'advise' - undeclared identifier"
    assert "Compile by hand: MetaEditor" in ran.out


def test_the_terminal_that_runs_tells_its_folder(assistant: Command, home: Path, broker: Broker) -> None:
    data = data_folder(home.parent / "Data", "another")
    broker.data_path = str(data)
    ran = assistant("panel", "install")
    assert ran.out.splitlines()[0] == f"{data / 'MQL5'}: files {COUNT} new"
    assert [name for name, *_ in broker.calls][-1] == "shutdown"
    assert assistant("panel", "remove").code == 0
    assert installed(data) == {}


def test_a_folder_that_only_the_terminal_sees_is_to_be_named(
    assistant: Command, home: Path, broker: Broker
) -> None:
    """As under Wine, where the terminal speaks of a drive C."""
    (home / "config" / "local.yaml").write_text(LOCAL, encoding="utf-8")
    broker.data_path = PATH
    refused = assistant("panel", "install")
    assert refused.code == 1
    assert refused.error == (
        rf"the terminal keeps its data in {PATH}, which is no folder here: name it with --folder, as it is "
        "seen from here"
    )


@pytest.mark.usefixtures("home")
def test_where_no_terminal_can_be_asked_the_only_folder_is_taken_and_two_are_listed(
    assistant: Command, tmp_path: Path, broker: Broker
) -> None:
    broker.fails = {"initialize"}
    refused = assistant("panel", "install")
    assert refused.code == 1
    assert refused.error.startswith("no terminal is running here and no data folder of one was found: ")
    first = data_folder(tmp_path / "Roaming" / "MetaQuotes" / "Terminal" / "A1", PATH)
    assert assistant("panel", "install").out.splitlines()[0] == f"{first / 'MQL5'}: files {COUNT} new"
    second = data_folder(first.parent / "B2", r"D:\Other MT5")
    refused = assistant("panel", "remove")
    assert refused.code == 1
    assert refused.error == (
        f"2 terminals have a data folder: name one with --folder: {first} (of {PATH}), {second} (of "
        r"D:\Other MT5)"
    )
    assert installed(first) == packaged()


@pytest.mark.parametrize("act", ["install", "remove"])
def test_the_paper_terminal_is_told_in_one_line_and_nothing_is_done(
    assistant: Command, tmp_path: Path, act: str
) -> None:
    line = "PAPER: the paper terminal has no charts, so there is nothing to install or remove\n"
    data = data_folder(tmp_path / "Roaming" / "MetaQuotes" / "Terminal" / "A1", PATH)
    told = assistant("panel", act, "--paper")
    assert (told.code, told.out) == (0, line)
    (assistant.home / "config").mkdir(parents=True)
    settings = assistant.home / "config" / "local.yaml"
    settings.write_text(f"terminal: {{module: {PAPER}}}", encoding="utf-8")
    assert assistant("panel", act).out == line
    assert installed(data) == {}


def test_a_folder_that_is_none_is_refused(assistant: Command, tmp_path: Path) -> None:
    for path, why in ((tmp_path / "x", "is no folder here"), (tmp_path, "holds no MQL5")):
        refused = assistant("panel", "install", "--folder", str(path))
        assert refused.code == 1
        assert refused.error.startswith(f"{path} {why}; expected a terminal's data folder")


def test_what_the_user_changed_stays_until_it_is_forced(assistant: Command, tmp_path: Path) -> None:
    data = data_folder(tmp_path / "Data")
    words = ("--folder", str(data))
    assistant("panel", "install", *words)
    changed = data / "MQL5" / "Experts" / "BreadthAssistant" / "ExampleEA.mq5"
    changed.write_bytes(b"my own")
    for act in ("install", "remove"):
        refused = assistant("panel", act, *words)
        assert refused.code == 1
        assert refused.error.startswith(
            f"{changed} changed since the panel was installed, and nothing was done"
        )
    removed = assistant("panel", "remove", *words, "--force")
    assert removed.out.splitlines()[:2] == [
        f"{data / 'MQL5'}: {COUNT} files removed, and what was compiled from them",
        "what you changed is kept as Experts/BreadthAssistant/ExampleEA.mq5.bak",
    ]
    assert changed.with_name("ExampleEA.mq5.bak").read_bytes() == b"my own"
    assert assistant("panel", "remove", *words).out == f"{data / 'MQL5'}: nothing of the panel is installed\n"
