"""`assistant confirm`: what waits, what it was, and that it counts again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.clock import WallClock
from assistant.confirmed import Confirmed
from tests.doubles.bridge import LOCAL, LOGIN, Broker
from tests.doubles.command import Command

HEAD = "login 4001 on Example-Live"
SEEN = "an assistant that is running sees it within a second"
NOTHING = "no contract waits to be confirmed"


@pytest.fixture
def assistant(
    tmp_path: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "local.yaml").write_text(LOCAL, encoding="utf-8")
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(home))
    monkeypatch.setattr(WallClock, "now", lambda _: broker.now)
    return Command(home, capsys, monkeypatch)


def change(broker: Broker) -> None:
    broker.symbols["IWM.US"].trade_contract_size = 1000.0
    broker.symbols["XLU.US"].volume_step = 1.0
    broker.symbols["XLU.US"].volume_min = 1.0


def test_what_waits_is_shown_with_what_was_and_what_is_now_and_nothing_is_written(
    assistant: Command, broker: Broker
) -> None:
    assert assistant("confirm", "all").code == 0
    before = (assistant.home / "state" / f"contracts_{LOGIN}.json").read_bytes()
    assert assistant("confirm").out.splitlines() == [HEAD, NOTHING]
    change(broker)
    shown = assistant("confirm")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines() == [
        HEAD,
        "IWM contract size was 100, is 1000",
        "XLU smallest volume was 0.3, is 1; volume step was 0.1, is 1",
        "0 lots until `assistant confirm IWM`, or all",
    ]
    assert (assistant.home / "state" / f"contracts_{LOGIN}.json").read_bytes() == before


def test_a_symbol_in_any_case_is_confirmed_alone_and_all_confirms_the_rest(
    assistant: Command, broker: Broker
) -> None:
    assistant("confirm", "all")
    change(broker)
    said = "confirmed: IWM contract size was 100, is 1000"
    assert assistant("confirm", "iwm").out.splitlines() == [HEAD, said, SEEN]
    assert assistant("confirm").out.splitlines()[1:] == [
        "XLU smallest volume was 0.3, is 1; volume step was 0.1, is 1",
        "0 lots until `assistant confirm XLU`, or all",
    ]
    said = "confirmed: XLU smallest volume was 0.3, is 1; volume step was 0.1, is 1"
    assert assistant("confirm", "ALL").out.splitlines() == [HEAD, said, SEEN]
    assert assistant("confirm").out.splitlines() == [HEAD, NOTHING]


def test_what_does_not_wait_is_put_on_record_as_it_is(assistant: Command) -> None:
    assert assistant("confirm", "SPY").out.splitlines() == [HEAD, "on record as it is now: SPY", SEEN]
    found = Confirmed(assistant.home).read(LOGIN)
    assert isinstance(found, dict)
    assert list(found) == ["SPY"]


def test_a_damaged_file_is_told_and_mended_by_all_alone(assistant: Command) -> None:
    path = assistant.home / "state" / f"contracts_{LOGIN}.json"
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    head, told = assistant("confirm").out.splitlines()
    assert head == HEAD
    assert told.startswith(f"{path} cannot be read (")
    assert told.endswith("): no lots in any symbol until `assistant confirm all`")
    refused = assistant("confirm", "IWM")
    assert refused.code == 1
    assert refused.error.startswith(f"{path} cannot be read (")
    assert refused.error.endswith("): assistant confirm all")
    assert path.read_text(encoding="utf-8") == "{"
    mended = assistant("confirm", "all").out.splitlines()
    assert mended == [HEAD, "on record as it is now: IWM, SPY, XLU", SEEN]
    assert assistant("confirm").out.splitlines() == [HEAD, NOTHING]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("FOO",), "SYMBOL was FOO; expected all, or what the terminal tells: IWM, SPY, XLU"),
        (("IWM", "--profile", "B"), "--profile was B without --paper"),
    ],
)
def test_a_wrong_use_is_one_line_and_writes_nothing(
    assistant: Command, words: tuple[str, ...], error: str
) -> None:
    refused = assistant("confirm", *words)
    assert refused.code == 2
    assert error in refused.error
    assert not (assistant.home / "state").exists()


def test_a_terminal_that_does_not_answer_is_one_line(assistant: Command, broker: Broker) -> None:
    broker.fails = {"account_info"}
    refused = assistant("confirm", "all")
    assert (refused.code, refused.error) == (1, "account_info failed: -1 Terminal: Call failed")


def test_the_paper_terminal_says_paper_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path))
    monkeypatch.setattr(WallClock, "now", lambda _: datetime(2018, 12, 26, 15, 30, tzinfo=UTC))
    shown = Command(tmp_path, capsys, monkeypatch)("confirm", "--paper").out.splitlines()
    assert shown == ["PAPER login 9000001 on Paper-Demo", NOTHING]
