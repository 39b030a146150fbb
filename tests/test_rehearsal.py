"""A script of faults as its user writes it: what is taken, and one line for what is not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import assistant
from assistant.app import Assistant
from assistant.cli.options import restarted
from assistant.config import load_config, packaged
from assistant.errors import ConfigError, TerminalError
from assistant.outputs.journal import read_journal
from assistant.rehearsal import TRADE_MODES, needed, script_of
from assistant.source import open_source, paper_session, played
from assistant.terminal import paper
from assistant.terminal.fault_script import Fault, FaultKind
from assistant.terminal.profile import profile
from tests.doubles.command import Command
from tests.doubles.cycles import packaged_config

START = datetime(2018, 12, 26, 14, 25, tzinfo=UTC)


def script(given: list[Any] | str, home: Path = Path()) -> tuple[Fault, ...]:
    return script_of(given, home, profile("A"), START, tuple(paper.faults.functions))


def one(**entry: Any) -> Fault:  # noqa: ANN401 -- as YAML has it
    """The fault that an entry comes to; `at` and `fault` have a default."""
    (found,) = script([{"at": 0, "fault": "lose_broker", **entry}])
    return found


@pytest.mark.parametrize(
    ("at", "instant"),
    [
        (90, "2018-12-26T14:26:30"),
        (0.5, "2018-12-26T14:25:00.5"),
        ("15:45", "2018-12-26T15:45:00"),
        ("15:45:10", "2018-12-26T15:45:10"),
        ("14:25", "2018-12-26T14:25:00"),
        ("9:05", "2018-12-27T09:05:00"),  # the start is later that day
        ("2018-12-28T01:00Z", "2018-12-28T01:00:00"),
        ("2018-12-28 01:00:00+02:00", "2018-12-27T23:00:00"),
    ],
)
def test_an_instant_is_seconds_after_the_start_a_time_of_day_or_an_instant(at: object, instant: str) -> None:
    expected = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert one(at=at).begins_ms == round(expected.timestamp() * 1000)


def test_a_fault_lasts_for_its_seconds_or_stays() -> None:
    begins = round(START.timestamp() * 1000)
    assert one(**{"for": 2.5}).ends_ms == begins + 2500
    assert one().ends_ms is None
    # a terminal that is away for 20 s is without its broker for 5 more
    assert one(fault="restart_terminal", **{"for": 20}).ends_ms == begins + 25_000


def test_each_key_is_carried_over() -> None:
    names = FaultKind
    entries: list[tuple[dict[str, Any], tuple[FaultKind, str, float, str]]] = [
        ({"fault": "lose_terminal"}, (names.LOSE_TERMINAL, "", -10002, "")),
        ({"fault": "lose_terminal", "code": -10001}, (names.LOSE_TERMINAL, "", -10001, "")),
        ({"fault": "fail", "function": "orders_get", "code": -1}, (names.FAIL, "", -1, "orders_get")),
        ({"fault": "freeze", "symbol": "IWM"}, (names.FREEZE, "IWM.US", 0, "")),
        ({"fault": "freeze", "symbol": "IWM.US"}, (names.FREEZE, "IWM.US", 0, "")),
        ({"fault": "spike", "symbol": "IWM", "factor": 1.2}, (names.SPIKE, "IWM.US", 1.2, "")),
        ({"fault": "pc_clock", "seconds": -60}, (names.PC_CLOCK, "", -60, "")),
        ({"fault": "server_clock", "seconds": 3600}, (names.SERVER_CLOCK, "", 3600, "")),
        ({"fault": "switch_account", "profile": "b"}, (names.SWITCH_ACCOUNT, "", 0, "B")),
        ({"fault": "maxbars", "count": 300}, (names.MAXBARS, "", 300, "")),
        ({"fault": "rename", "symbol": "IWM", "name": "R2K"}, (names.RENAME, "IWM.US", 0, "R2K")),
        ({"fault": "trade_mode", "symbol": "IWM", "mode": "close_only"}, (names.TRADE_MODE, "IWM.US", 3, "")),
    ]
    for entry, expected in entries:
        found = one(**entry)
        assert (found.kind, found.symbol, found.number, found.text) == expected


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"at": "soon"}, "fault 1 (lose_broker): at: was 'soon'; expected seconds after the start"),
        ({"at": "25:00"}, "at: was '25:00'; expected seconds"),
        ({"at": "2018-12-28T01:00"}, "at: was '2018-12-28T01:00', without a zone; expected"),
        ({"at": [1]}, "at: was [1]; expected seconds"),
        (
            {"fault": "weather"},
            "(weather): fault: was 'weather'; expected 'lose_terminal', 'restart_terminal',",
        ),
        ({"for": 0}, "for: was 0; expected greater than 0"),
        ({"four": 1}, "four: unknown key, was 1"),
        ({"symbol": "IWM"}, "symbol: does not belong to this fault; expected at, fault, for"),
        ({"fault": "freeze"}, "fault 1 (freeze): symbol: missing"),
        ({"fault": "hang"}, "for: missing"),
        ({"fault": "freeze", "symbol": "GOLD"}, "symbol: was 'GOLD'; expected one of IWM.US, SPY.US"),
        ({"fault": "spike", "symbol": "IWM", "factor": 0}, "factor: was 0; expected greater than 0"),
        ({"fault": "lose_terminal", "code": -1}, "code: was -1; expected one of -10001, -10002"),
        (
            {"fault": "fail", "function": "order_send", "code": -1},
            "function: was 'order_send'; expected one of",
        ),
        ({"fault": "fail", "function": "version", "code": 7}, "code: was 7; expected one of -1,"),
        ({"fault": "rename", "symbol": "IWM", "name": "SPY.US"}, "name: was 'SPY.US', which the broker has"),
        (
            {"fault": "trade_mode", "symbol": "IWM", "mode": "none"},
            "mode: was 'none'; expected one of disabled",
        ),
        ({"fault": "switch_account", "profile": "Z"}, "profile: was 'Z'; expected one of A, B"),
    ],
)
def test_what_does_not_hold_is_one_line_that_names_entry_and_key(
    entry: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        one(**entry)
    assert str(refused.value).startswith("terminal.faults: fault 1")
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_all_complaints_are_told_at_once_by_their_number() -> None:
    with pytest.raises(ConfigError) as refused:
        script([{"at": 1, "fault": "hang"}, {"at": 1, "fault": "lose_broker"}, 7, {"at": 1}])
    assert str(refused.value).splitlines() == [
        "terminal.faults: fault 1 (hang): for: missing",
        "terminal.faults: fault 3: was 7; expected keys and values",
        "terminal.faults: fault 4: fault: missing",
    ]


def test_a_file_lies_in_the_config_folder_of_the_home(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    path = tmp_path / "config" / "mine.yaml"
    path.write_text("faults:\n  - {at: 15:45, fault: lose_broker, for: 20}\n")  # no number to the base of 60
    assert script("mine.yaml", tmp_path) == script([{"at": "15:45", "fault": "lose_broker", "for": 20}])
    path.write_text("faults:\n  - {at: 15:45, fault: hang}\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml: fault 1 \(hang\): for: missing"):
        script("mine.yaml", tmp_path)
    path.write_text("at: 15:45\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml: expected one key, faults, with a list"):
        script("mine.yaml", tmp_path)


def test_a_file_that_is_not_there_is_named_with_what_is_in_the_box(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"terminal\.faults was 'x.yaml': .* in the box is bad_day"):
        script("x.yaml", tmp_path)


def test_the_bad_day_in_the_box_holds_every_kind_of_fault_that_a_run_lives_through() -> None:
    found = script("bad_day")
    left_out = {FaultKind.FAIL, FaultKind.SWITCH_ACCOUNT}  # the one is for experts, the other ends a run
    assert {fault.kind for fault in found} == set(FaultKind) - left_out
    assert all(
        before.ends_ms is not None and before.ends_ms < after.begins_ms for before, after in pairwise(found)
    )
    assert (packaged() / "faults" / "bad_day.yaml").exists()


def settled(tmp_path: Path, text: str) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_live_module_takes_no_faults_and_says_so_in_one_line(tmp_path: Path) -> None:
    home = settled(tmp_path, "terminal: {module: MetaTrader5, faults: bad_day}")
    with pytest.raises(ConfigError) as refused:
        open_source(load_config(home), home)
    assert str(refused.value) == (
        "terminal.faults is for the paper terminal only, terminal.module was 'MetaTrader5': take it out, "
        "or use --paper"
    )
    assert open_source(load_config(home), home, paper=True).mode == "paper"


def test_the_settings_play_their_faults_on_the_paper_terminal(tmp_path: Path) -> None:
    home = settled(tmp_path, "terminal: {faults: [{at: 10, fault: maxbars, count: 7, for: 10}]}")
    source = open_source(load_config(home), home, paper=True, speed=1e9)
    source.terminal.connect()
    told = []
    for _ in range(3):
        source.clock.sleep(9)
        told.append(paper.faults.active.maxbars)
    assert told == [None, 7, None]  # at 9, 18 and 27 s


def test_what_is_no_script_is_refused_with_the_settings(tmp_path: Path) -> None:
    home = settled(tmp_path, "terminal: {faults: 7}")
    with pytest.raises(ConfigError, match=r"terminal.*: faults was 7; expected a list of faults, or a file"):
        load_config(home)


MANUAL = Path(assistant.__file__).parent / "docs" / "rehearse.md"


def test_the_manual_names_each_fault_with_its_keys() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*)\|", MANUAL.read_text(encoding="utf-8"), re.MULTILINE))
    del rows["fault"]  # the head of the table
    assert set(rows) == set(FaultKind)
    for kind, keys in rows.items():
        told = set(re.findall(r"`(\w+)`(?=[,: |]|$)", keys)) - set(TRADE_MODES)
        assert told == {*needed(FaultKind(kind))} - {"for"}


def test_the_manuals_example_is_a_script(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    home = settled(tmp_path, example)
    found = script(load_config(home).terminal.faults, home)
    assert [one.kind for one in found] == ["lose_terminal", "freeze", "spike", "rename"]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`assistant` inside this process, in a home of its own."""
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path))
    return Command(tmp_path, capsys, monkeypatch)


def test_a_bad_day_passes_and_each_of_its_faults_is_on_record(tmp_path: Path) -> None:
    home = settled(tmp_path, "terminal: {faults: bad_day}")
    config, (start, _) = played(load_config(home)), paper_session()
    source = open_source(config, home, paper=True, start=start, speed=1e9)
    troubles = []
    with Assistant(config, home, source, publish=False, dry_run=False) as one:
        for fault in script("bad_day"):
            assert fault.ends_ms is not None
            begins, ends = fault.begins_ms / 1000, fault.ends_ms / 1000
            for at in (
                *(begins - 10 * before for before in (5, 4, 3, 2, 1)),
                begins + 1,
                ends - 1,
                ends + 30,
            ):
                while (left := at - paper.now().timestamp()) > 0:
                    source.clock.sleep(min(left, 240))
                    try:
                        one.cycle()
                    except TerminalError as error:
                        troubles.append((fault.kind, str(error).split(": ")[1]))
        journal = read_journal(one.journal.path)
    assert set(troubles) == {
        (FaultKind.LOSE_TERMINAL, "-10002 IPC recv failed"),
        (FaultKind.LOSE_TERMINAL, "-10003 IPC initialize failed, MetaTrader 5 x64 not found"),
        (FaultKind.IPC_TIMEOUT, "-10005 IPC timeout"),
        (FaultKind.RESTART_TERMINAL, "-10001 IPC send failed"),
        (FaultKind.RESTART_TERMINAL, "-10003 IPC initialize failed, MetaTrader 5 x64 not found"),
    }
    assert [one["kind"] for one in journal].count("terminal") == 3
    assert [one["seconds"] > 200 for one in journal if one["kind"] == "slow"] == [True]  # the call that hung
    assert any(one["kind"] == "clock" for one in journal)
    told = json.dumps(journal)
    for words in (
        "no link to its broker",
        "SPY.US was bid 0, ask 0",
        "price step",
        "XLI.US",
        "KRE.US",
        "trade_mode",
    ):
        assert words in told


def test_faults_on_the_command_line_are_the_paper_terminals(command: Command, tmp_path: Path) -> None:
    assert command("run", "--faults", "bad_day").error == (
        "Invalid value: --faults was bad_day without --paper; they are the paper terminal's "
        "(see assistant run --help)"
    )
    path = tmp_path / "mine.yaml"
    path.write_text("faults: [{at: 0, fault: lose_broker}]", encoding="utf-8")
    run = command("run", "--paper", "--once", "--json", "--faults", str(path))
    told = {one["reason"] for one in run.document["caps"] if one["name"] == "stale"}
    assert "the terminal has no link to its broker" in told
    assert "fault 1" in command("run", "--paper", "--once", "--faults", str(_bad(path))).error


def _bad(path: Path) -> Path:
    path.write_text("faults: [{at: 0, fault: weather}]", encoding="utf-8")
    return path


def test_a_run_that_takes_up_one_that_ended_starts_no_terminal() -> None:
    config = packaged_config()
    willing = config.model_copy(update={"terminal": replace(config.terminal, start=True)})
    assert restarted(willing, ()).terminal.start is True
    assert restarted(willing, ({"reason": "it hung"},)).terminal.start is False
