"""What Windows does otherwise, as far as it can be made to happen anywhere: consoles and names."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from assistant import cli

ORDER = ["check", "--paper", "buy", "XLI", "100", "--stop", "55"]
LOGIN = 9000001
COMMANDS = [
    ["run", "--paper", "--once"],
    ["run", "--paper", "--once", "--json"],
    ["status"],
    ["status", "--json"],
    ORDER,
    [*ORDER, "--json"],
    ["cap"],
    ["note"],
    ["confirm"],
    ["funded", "packs"],
    ["doctor"],
    ["no-such-command"],
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with spaces and letters of two alphabets in its name."""
    folder = tmp_path / "Händler Ωmega 東京" / "my home"
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "100")
    (folder / "config").mkdir(parents=True)
    by_hand = "overrides: [{symbol: IWM, lots: 0, why: 'Zürich, 3 €, Ω'}]"
    (folder / "config" / "local.yaml").write_text(by_hand, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield folder
    logger.remove()


def ended(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run a command in this process; return how it ended."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "argv", ["assistant", *words])
        with pytest.raises(SystemExit) as found:
            cli.main()
    logger.remove()
    assert isinstance(found.value.code, int | None)
    return found.value.code or 0


def test_every_command_speaks_on_a_console_of_western_europe(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {}
    for words in COMMANDS:
        out, err = (io.TextIOWrapper(io.BytesIO(), "cp1252") for _ in range(2))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            code = ended(monkeypatch, *words)
        assert code in {0, 1, 2, 10, 20}, words
        for stream in (out, err):
            stream.flush()
        printed = out.buffer.getvalue() + err.buffer.getvalue()
        said[" ".join(words)] = printed.decode("cp1252")
        assert printed.strip(), words
        assert "unexpected" not in said[" ".join(words)], words
        assert "Traceback" not in said[" ".join(words)], words
    assert "PAPER" in said["run --paper --once"]
    assert json.loads(said["run --paper --once --json"])["schema"] == "advice/1"
    assert "Zürich, 3 €, ?" in said["cap"]
    log = (home / "logs" / "assistant.log").read_text(encoding="utf-8")
    assert "Traceback" not in log


def test_every_command_runs_without_any_console(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in COMMANDS:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", None)
            patch.setattr(sys, "stderr", None)
            assert ended(monkeypatch, *words) in {0, 1, 2, 10, 20}, words
    log = (home / "logs" / "assistant.log").read_text(encoding="utf-8")
    assert "unexpected" not in log, log
    assert (home / "state" / f"advice_{LOGIN}.json").is_file()
