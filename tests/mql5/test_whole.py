"""From the command line to the trader's expert advisor: what a run publishes is what the include reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doubles.command import Command
from tests.mql5.terminal import LOGIN, Terminal
from tests.outputs.test_panel_file import read

FUNDED = "funded: {mode: dry_run, pack: ftmo/2_step_challenge, initial_balance: 100000}\n"


def test_a_run_beside_the_terminal_arrives_in_it(
    probe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text(FUNDED, encoding="utf-8")
    run = Command(tmp_path, capsys, monkeypatch)
    assert run("run", "--paper", "--once", "--json", "--home", str(tmp_path)).code == 0
    common = tmp_path / "paper" / "Common"
    content = (common / "Files" / "BreadthAssistant" / f"advice_{LOGIN}.txt").read_bytes()
    floors = [line.split("|") for line in content.decode().splitlines() if line.startswith("FLOOR|")]
    panel = read(content)

    with Terminal(probe, common, utc=int(panel.one["UTC"][0])) as terminal:
        terminal.do("init")
        terminal.poll(0)
        assert terminal.ask("state") == "LIVE, 0 s old"
        shown = [line.split("|") for line in terminal.do("event 1000 0 0 all") if line.startswith("FLOOR|")]
        assert [one[1] for one in floors] == ["daily", "max"]
        assert [(one[1], float(one[2]), float(one[3]), float(one[4]), one[5], one[6]) for one in shown] == [
            (one[1], float(one[2]), float(one[3]), float(one[4]), one[5], one[6]) for one in floors
        ]
        for name, symbol in panel.symbols.items():
            for letter, side in symbol.sides.items():
                assert float(terminal.ask(f"cap {name} {letter}")) == side.lots
