"""`assistant setup`: from a few answers to a file that the program reads, or to nothing at all."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from loguru import logger

from assistant.clock import WallClock
from assistant.config import load_config
from tests.doubles.bridge import LOCAL, Broker
from tests.doubles.command import Command

NOW = datetime(2026, 11, 28, 15, 4, 5, tzinfo=UTC)


class Console(io.StringIO):
    """A console on which somebody types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def assistant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("APPDATA", str(tmp_path / "Roaming"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(WallClock, "now", lambda _: NOW)
    yield Command(tmp_path / "home", capsys, monkeypatch)
    logger.remove()


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> Console:
    """A console that a test writes the answers to."""
    console = Console()
    monkeypatch.setattr(sys, "stdin", console)
    return console


def typed(console: Console, *answers: str) -> None:
    console.seek(0)
    console.truncate()
    console.write("".join(f"{answer}\n" for answer in answers))
    console.seek(0)


def config(assistant: Command) -> list[str]:
    folder = assistant.home / "config"
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []


def local(assistant: Command) -> str:
    return (assistant.home / "config" / "local.yaml").read_text(encoding="utf-8")


def test_enter_to_everything_writes_a_file_in_which_nothing_differs(
    assistant: Command, types: Console
) -> None:
    typed(types, "", "", "", "")
    ran = assistant("setup", "--paper")
    assert (ran.code, ran.err) == (0, "")
    assert "PAPER: First run" in ran.out
    assert "Account   9000001 on Paper-Demo, in USD" in ran.out
    assert "0.5 % of 100,000.00 USD is 500.00 USD" in " ".join(ran.out.split())
    assert config(assistant) == ["local.yaml"]
    assert local(assistant).splitlines() == [
        "# Your settings: what differs from the defaults.",
        "# Every key stands with its unit in config/assistant.yaml of the program.",
        "# Written by `assistant setup` on 2026-11-28",
        "# for login 9000001 on Paper-Demo.",
        "# Nothing differs yet.",
    ]
    after = ran.out[ran.out.index("Next:") :].splitlines()
    assert [line.strip() for line in after if line.startswith("  assistant ")] == [
        "assistant doctor --paper",
        "assistant run --paper",
        "assistant panel install",
    ]


def test_answers_become_settings_that_the_program_reads(assistant: Command, types: Console) -> None:
    typed(types, "0.4", "intraday", "y", "ftmo 2-step challenge", "", "100000", "", "y")
    assert assistant("setup", "--paper").code == 0
    found = load_config(assistant.home)
    assert (found.sizing.risk_per_trade, found.plan.hold) == (0.004, "intraday")
    assert (found.funded.mode, found.funded.pack) == ("dry_run", "ftmo/2_step_challenge")
    assert found.funded.initial_balance == 100_000.0
    text = local(assistant)
    assert (
        "risk_per_trade: 0.004  # share of the risk base; now 0.4 % of 100,000.00 USD is 400.00 USD" in text
    )
    assert "atr_sessions" not in text
    assert assistant("doctor", "--paper").code == 0


def test_unattended_it_takes_the_defaults(assistant: Command) -> None:
    ran = assistant("setup", "--yes", "--paper", "--profile", "D")
    assert (ran.code, ran.err) == (0, "")
    assert "9000004 on PaperMarkets-Demo, in EUR" in ran.out
    assert config(assistant) == ["local.yaml"]


@pytest.mark.parametrize("answers", [(), ("0.4", "intraday")])
def test_an_end_in_the_middle_changes_nothing(
    assistant: Command, types: Console, answers: tuple[str, ...]
) -> None:
    typed(types, *answers)
    ran = assistant("setup", "--paper")
    assert (ran.code, ran.err) == (130, "\nended; nothing was changed\n")
    assert not assistant.home.exists()


def test_ctrl_c_at_the_last_question_changes_nothing(
    assistant: Command, types: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(types, "0.4", "", "")
    lines = iter(types)

    def press(_: str = "") -> str:
        line = next(lines, None)
        if line is None:
            raise KeyboardInterrupt
        return line.strip()

    monkeypatch.setattr("builtins.input", press)
    monkeypatch.setattr("assistant.cli.setup.input", press, raising=False)
    assert assistant("setup", "--paper").code == 130
    assert not assistant.home.exists()


def test_no_writes_nothing(assistant: Command, types: Console) -> None:
    typed(types, "0.4", "", "", "n")
    ran = assistant("setup", "--paper")
    assert ran.code == 0
    assert "Nothing was written." in ran.out
    assert config(assistant) == []


def test_without_a_console_it_says_so_in_one_line(
    assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    ran = assistant("setup", "--paper")
    assert ran.code == 1
    assert ran.error == (
        "setup asks questions, and there is no console to ask on; `assistant setup --yes` takes defaults"
    )
    monkeypatch.setattr(sys, "stdin", None)  # as where there is no window
    assert assistant("setup").code == 1
    assert not assistant.home.exists()


# Where there are settings already

MINE = "# my own words\nlog: {keep: 9}\nsizing: {risk_per_trade: 0.003}\n"


@pytest.fixture
def mine(assistant: Command) -> Path:
    path = assistant.home / "config" / "local.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(MINE, encoding="utf-8")
    return path


def test_by_default_the_file_that_is_read_stays(assistant: Command, types: Console, mine: Path) -> None:
    typed(types, "0.2", "", "", "")
    ran = assistant("setup", "--paper")
    assert ran.code == 0
    assert "[0.3]: " in ran.out
    assert "It is not read: compare it with local.yaml" in ran.out
    assert mine.read_text(encoding="utf-8") == MINE
    assert config(assistant) == ["local.new.yaml", "local.yaml"]


def test_unattended_it_stays_too(assistant: Command, mine: Path) -> None:
    mine.write_text(MINE + "symbols: {XLF: null}\n", encoding="utf-8")
    before = mine.read_bytes()
    assert assistant("setup", "--yes", "--paper").code == 0
    assert mine.read_bytes() == before


def test_replaced_it_keeps_the_users_other_settings_and_a_copy(
    assistant: Command, types: Console, mine: Path
) -> None:
    typed(types, "0.2", "", "", "replace")
    ran = assistant("setup", "--paper")
    assert ran.code == 0
    assert (mine.parent / "local.yaml.bak-20261128T150405Z").read_text(encoding="utf-8") == MINE
    found = load_config(assistant.home)
    assert (found.log.keep, found.sizing.risk_per_trade) == (9, 0.002)


def test_what_says_all_of_it_already_is_not_written_again(
    assistant: Command, types: Console, mine: Path
) -> None:
    typed(types, "", "", "")
    ran = assistant("setup", "--paper")
    assert (ran.code, ran.err) == (0, "")
    assert f"{mine} says all of it already." in ran.out.replace("\n", " ")
    assert config(assistant) == ["local.yaml"]


def test_settings_that_do_not_fit_are_named_first(assistant: Command, types: Console, mine: Path) -> None:
    mine.write_text("sizing: {risk_per_trade: 7}\n", encoding="utf-8")
    typed(types)
    ran = assistant("setup", "--paper")
    assert ran.code == 1
    assert f"{mine}: sizing.risk_per_trade" in ran.error


# A real terminal


@pytest.fixture
def live(assistant: Command, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A terminal behind a bridge, at the bridge's instant."""
    path = assistant.home / "config" / "assistant.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(LOCAL, encoding="utf-8")
    monkeypatch.setattr(WallClock, "now", lambda _: broker.now)
    monkeypatch.setattr(
        WallClock, "sleep", lambda _, seconds: setattr(broker, "now", broker.now + timedelta(seconds=seconds))
    )
    return broker


def test_the_panel_is_installed_where_it_is_wanted(
    assistant: Command, types: Console, live: Broker, tmp_path: Path
) -> None:
    (tmp_path / "Data" / "MQL5").mkdir(parents=True)
    live.data_path = str(tmp_path / "Data")
    typed(types, "", "", "", "y", "")
    ran = assistant("setup")
    assert (ran.code, ran.err) == (0, "")
    assert "Compile by hand" in ran.out
    assert (tmp_path / "Data" / "MQL5" / "Indicators" / "BreadthAssistant" / "Panel.mq5").is_file()
    assert "4001 on Example-Live" in ran.out
    assert config(assistant) == ["assistant.yaml", "local.yaml"]


@pytest.mark.usefixtures("live")
def test_a_panel_that_cannot_be_installed_does_not_undo_the_settings(
    assistant: Command, types: Console
) -> None:
    typed(types, "", "", "", "y", "")
    ran = assistant("setup")
    assert ran.code == 0
    assert "not done: the terminal keeps its data in" in ran.out
    assert "`assistant panel install` tries again" in " ".join(ran.out.split())
    assert "local.yaml" in config(assistant)


def test_nobody_who_is_logged_in_and_no_terminal_are_one_line(assistant: Command, live: Broker) -> None:
    live.fails.add("account_info")
    assert "account_info failed" in assistant("setup", "--yes").err
    live.fails.add("initialize")
    assert "initialize failed" in assistant("setup", "--yes").err
    assert config(assistant) == ["assistant.yaml"]


def test_of_several_terminals_the_one_that_is_meant_is_asked_for_and_written(
    assistant: Command, types: Console, live: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processes are those of a Windows machine; the module that answers is the bridge."""
    (assistant.home / "config" / "assistant.yaml").write_text(
        LOCAL.replace("module: bridge", "module: MetaTrader5"), encoding="utf-8"
    )
    monkeypatch.setitem(sys.modules, "MetaTrader5", sys.modules["bridge"])
    monkeypatch.setattr("platform.system", lambda: "Windows")
    one, two = r"C:\A\terminal64.exe", rf"{live.path}\terminal64.exe"
    running = [
        SimpleNamespace(
            info={"name": "terminal64.exe"},
            pid=number,
            as_dict=lambda _, path=path: {"exe": path, "create_time": 1.0},
        )
        for number, path in enumerate((one, two))
    ]
    monkeypatch.setattr(psutil, "process_iter", lambda _: running)
    monkeypatch.delenv("USERNAME", raising=False)
    unasked = assistant("setup", "--yes")
    assert (unasked.code, config(assistant)) == (1, ["assistant.yaml"])
    assert "2 terminals are running: name one as terminal.path" in unasked.err
    typed(types, "2", "", "", "", "", "y", "")
    ran = assistant("setup")
    assert (ran.code, ran.err) == (0, "")
    assert load_config(assistant.home).terminal.path == two
    assert "not done: %USERNAME% is empty" in ran.out
    assert "`assistant autostart on` tries again" in " ".join(ran.out.split())
