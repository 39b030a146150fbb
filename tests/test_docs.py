"""What the documents say is what the program does."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from loguru import logger

from assistant import cli

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "assistant").rglob("*.md")])


def printed(capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, *words: str) -> str:
    patch.setattr(sys, "argv", ["assistant", *words])
    with pytest.raises(SystemExit):
        cli.main()
    logger.remove()
    return capsys.readouterr().out


def test_the_check_in_the_readme_is_what_the_program_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["check", "--paper", "buy", "SPY", "30", "--stop", "220"]
    assert " ".join(words) in README
    shown = re.search(r"```text\n(PAPER .*?)```", README, re.DOTALL)
    assert shown is not None
    assert printed(capsys, monkeypatch, *words, "--home", str(tmp_path)) == shown[1]


@pytest.mark.parametrize("command", ["demo", "run", "check", "status", "history", "note"])
def test_each_command_stands_in_the_readme_and_has_help_with_an_example(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert re.search(rf"run\.py {command}\b|\b{command}\b", README)
    assert "Example" in printed(capsys, monkeypatch, command, "--help")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_the_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_wheel_holds_settings_data_and_documents_and_no_one_s_own_settings(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert names >= {
        "assistant/defaults/assistant.yaml",
        "assistant/defaults/symbols.yaml",
        "assistant/data/sessions.csv",
        "assistant/data/trader.csv",
        "assistant/data/brokers.yaml",
        "assistant/docs/bridges.md",
        "assistant/data/daily/IWM.csv",
        "assistant/docs/panel-file.md",
        "assistant/docs/schema/advice-1.json",
    }
    assert not [name for name in names if name.endswith("local.yaml")]
