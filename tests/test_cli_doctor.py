"""`assistant doctor`: every precondition in a line, as a user and as a program read it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from tests.doubles.command import Command
from tests.doubles.cycles import schema


@pytest.fixture
def assistant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    yield Command(tmp_path / "home", capsys, monkeypatch)
    logger.remove()


def test_on_paper_nothing_is_to_mend_and_nothing_is_written(assistant: Command, tmp_path: Path) -> None:
    ran = assistant("doctor", "--paper")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert re.fullmatch(r"PAPER: doctor, \d{4}-\d\d-\d\d \d\d:\d\d UTC", lines[0])
    subjects = [line for line in lines[2:-1] if line and not line.startswith(" ")]
    assert subjects == ["This computer", "Settings and rules", "Terminal", "Market", "Files"]
    assert "  ok    login         9000001 on Paper-Demo: 100,000.00 USD, hedging" in lines
    assert "  ok    link          the terminal is connected to its broker" in lines
    assert "  IWM     IWM.US    0.7 %        0.0 %      0.0 %      0.0 %" in lines
    assert "  SPY     SPY.US    0.3 %            ?      0.0 %      0.0 %" in lines
    assert re.fullmatch(r"0 to mend, \d+ to know, \d+ well\. What is to know does not stop it\.", lines[-1])
    assert [line for line in lines if len(line) > 80 and str(tmp_path) not in line] == []
    assert list(tmp_path.rglob("*")) == []


def test_json_keeps_to_its_schema_and_a_failure_exits_one(assistant: Command) -> None:
    ran = assistant("doctor", "--paper", "--profile", "C", "--login", "7", "--json")
    assert ran.code == 1
    schema("doctor-1").validate(ran.document)
    assert (ran.document["schema"], ran.document["mode"]) == ("doctor/1", "paper")
    found = {one["name"]: one for section in ran.document["sections"] for one in section["findings"]}
    assert found["login"] == {
        "name": "login",
        "status": "fail",
        "text": "login 9000003 on PaperPrime-Demo is logged in, --login was 7",
        "mend": "in the terminal: File > Login to Trade Account; or leave --login out",
    }
    assert ran.document["counts"]["fail"] == 1
    iwm = next(one for one in ran.document["costs"] if one["symbol"] == "IWM")
    assert iwm["commission_least"] == 2 * 0.35  # its fee, for both orders


def test_a_home_that_has_no_terminal_hears_how_to_come_to_one(
    assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Linux")
    ran = assistant("doctor")
    assert ran.code == 1
    assert "fail  terminal" in ran.out
    assert "not asked: no terminal" in ran.out
    assert ran.out.splitlines()[-1].startswith("1 to mend, ")


def test_a_wrong_broker_is_a_finding_and_one_without_paper_a_wrong_use(assistant: Command) -> None:
    ran = assistant("doctor", "--paper", "--profile", "Z", "--json")
    assert ran.code == 1
    found = {one["name"]: one for section in ran.document["sections"] for one in section["findings"]}
    assert found["terminal"]["text"] == "profile was 'Z'; expected one of A, B, C, D, E, F"
    assert assistant("doctor", "--profile", "B").code == 2


def test_an_assistant_that_has_run_is_told_with_the_age_of_its_advice(assistant: Command) -> None:
    assert assistant("run", "--paper", "--once").code == 0
    ran = assistant("doctor", "--paper", "--json")
    found = {one["name"]: one for section in ran.document["sections"] for one in section["findings"]}
    assert "login 9000001" in found["assistant"]["text"]
    assert found["log size"]["text"].endswith(str(assistant.home / "logs"))
