"""`assistant study evidence`: a table, a page, a document; and one line where there is nothing to study."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.command import Command
from tests.doubles.cycles import schema
from tests.study.pasts import folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("data"), 620)


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    return Command(tmp_path / "home", capsys, monkeypatch)


def test_the_document_holds_what_is_asked_for(assistant: Command, data: Path) -> None:
    words = ("--data", str(data), "--symbols", "SPY", "--draws", "100", "--json", "--to", "2018-10-31")
    result = assistant("study", "evidence", *words)
    assert (result.code, result.err) == (0, "")
    schema("evidence-1").validate(result.document)
    assert [one["symbol"] for one in result.document["assets"]] == ["SPY"]
    assert result.document["last"] == "2018-10-31"
    assert result.document["silent"] == []
    assert not (assistant.home / "logs" / "evidence.html").exists()


def test_without_json_there_are_tables_and_a_page(assistant: Command, data: Path) -> None:
    result = assistant("study", "evidence", "--data", str(data), "--symbols", "IWM, XLF", "--draws", "100")
    assert (result.code, result.err) == (0, "")
    page = assistant.home / "logs" / "evidence.html"
    assert result.out.splitlines()[-1] == f"with pictures: {page}"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "at equal average exposure; the past, not a promise" in result.out.splitlines()[0]
    assert max(len(line) for line in result.out.splitlines() if line.startswith(("constant", "all "))) <= 112


def test_a_folder_given_relative_to_here_is_found_with_its_series(
    assistant: Command, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data.parent)
    words = ("--data", data.name, "--symbols", "SPY", "--draws", "100", "--json")
    assert assistant("study", "evidence", *words).document["silent"] == []


def test_what_was_imported_is_studied_without_a_folder(assistant: Command, data: Path) -> None:
    assert assistant("history", "import", str(data / "daily")).code == 0
    result = assistant("study", "evidence", "--symbols", "IWM", "--draws", "100", "--json")
    assert result.code == 0
    told = result.document["silent"]
    assert "the vote volatility was silent on 371 of 371 sessions" in told  # 620 less the 249 before a stance


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        ("", 1, "holds no closes of IWM and SPY: name a folder with --data, or bring closes with"),
        ("--data nowhere", 1, "--data was nowhere; expected a folder"),
        ("--from 1.1.2010", 2, "--from was 1.1.2010; expected a date such as 2018-12-31"),
        ("--data DATA --symbols IWM,ABC", 1, "--symbols named ABC; there are closes of HYG, IEF, IWM"),
        ("--data DATA --from 2018-06-01", 1, "history of IWM/SPY is too short: "),
        ("--draws 10", 2, "greater than or equal to 100"),
    ],
)
def test_what_cannot_be_studied_is_one_line(
    assistant: Command, data: Path, words: str, code: int, error: str
) -> None:
    result = assistant("study", "evidence", *words.replace("DATA", str(data)).split())
    assert result.code == code
    assert error in result.error


def test_a_page_that_cannot_be_written_is_one_line(assistant: Command, data: Path) -> None:
    (assistant.home / "logs" / "evidence.html").mkdir(parents=True)
    result = assistant("study", "evidence", "--data", str(data), "--symbols", "IWM", "--draws", "100")
    assert result.code == 1
    assert "evidence.html cannot be written: " in result.error
