"""Commands that speak of a terminal: brokers that paper plays, closes that are brought, what is missing."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from assistant.cli.demo import example_check
from assistant.clock import WallClock
from tests.doubles.bridge import LOCAL, Bridge, Broker, HandClock
from tests.doubles.command import Command
from tests.doubles.cycles import schema

DAILY = Path(__file__).parent.parent / "assistant" / "data" / "daily"


@pytest.fixture
def assistant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    home = tmp_path / "home"
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    yield Command(home, capsys, monkeypatch)
    logger.remove()


def settings(assistant: Command, text: str) -> None:
    (assistant.home / "config").mkdir(parents=True, exist_ok=True)
    (assistant.home / "config" / "local.yaml").write_text(text, encoding="utf-8")


# Profiles


@pytest.mark.parametrize(
    ("letter", "login", "clock", "first", "legs"),
    [
        ("A", 9000001, "New_York+7", "IWM.US", ["IWM", "SPY"]),
        ("b", 9000002, "Europe/Athens", "#IWM", ["IWM", "SPY"]),
        ("C", 9000003, "New_York+7", "IWM", ["IWM", "SPY"]),
        ("d", 9000004, "Europe/Athens", "IWM.NYSE", ["IWM", "SPY"]),
        ("E", 9000005, "New_York+7", "US2000", ["US2000", "US500"]),
        ("f", 9000006, "Europe/Athens", "IWM.ETF", ["IWM", "SPY"]),
    ],
)
def test_each_broker_is_read_whole(
    assistant: Command, letter: str, login: int, clock: str, first: str, legs: list[str]
) -> None:
    ran = assistant("run", "--paper", "--profile", letter, "--once", "--json")
    schema("advice-1").validate(ran.document)
    terminal, regime = ran.document["terminal"], ran.document["regime"]
    assert (terminal["login"], terminal["clock"], terminal["clock_doubt"]) == (login, clock, None)
    assert ran.document["symbols"][0]["broker_symbol"] == first
    assert (regime["legs"], regime["proxy"]) == (legs, letter == "E")
    # a broker with 60 sessions of history leaves the stance unknown, and half of normal risk
    assert regime["stance"] == ("UNKNOWN" if letter == "d" else "RISK_OFF")
    assert any(one[side]["lots"] > 0 for one in ran.document["symbols"] for side in ("buy", "sell"))


def test_a_demo_plays_a_profile_and_ends_with_a_check_that_fits_it(assistant: Command) -> None:
    played = assistant("demo", "--profile", "e", "--seconds", "1")
    assert played.code == 0
    assert "advice_9000005.txt" in played.out
    asked = re.search(r"of that session: assistant (check --paper --profile E .*)", played.out)
    assert asked is not None
    checked = assistant(*asked[1].split(), "--json")
    assert checked.document["terminal"]["login"] == 9000005


@pytest.mark.parametrize("letter", [None, "b", "c", "d", "e", "f"])
def test_the_check_that_a_demo_ends_with_shows_a_resize(assistant: Command, letter: str | None) -> None:
    checked = assistant(*example_check(letter).split(), "--json")
    assert (checked.code, checked.document["answer"]) == (10, "resize")
    assert 0 < checked.document["suggested"] < checked.document["requested"]


def test_a_check_of_a_profile_is_not_answered_from_another_ones_state(assistant: Command) -> None:
    assert assistant("run", "--paper", "--once").code == 0  # profile A, fresh
    checked = assistant("check", "--paper", "--profile", "B", "--json", "sell", "IWM", "5", "--stop", "131.5")
    terminal = checked.document["terminal"]
    assert (terminal["login"], terminal["currency"]) == (9000002, "EUR")


@pytest.mark.parametrize("words", [("run", "--paper"), ("demo",), ("check", "--paper", "buy", "IWM", "1")])
def test_a_profile_that_there_is_not_is_one_line(assistant: Command, words: tuple[str, ...]) -> None:
    ran = assistant(*words, "--profile", "Z")
    assert (ran.code, ran.error) == (1, "profile was 'Z'; expected one of A, B, C, D, E, F")


def test_a_profile_without_paper_is_a_wrong_use(assistant: Command) -> None:
    ran = assistant("run", "--profile", "B")
    assert ran.code == 2
    assert "--profile was B without --paper" in ran.error


def test_paper_plays_its_own_stance_where_a_live_one_is_lent(assistant: Command) -> None:
    settings(assistant, 'regime: {source: "advice:4001"}')
    ran = assistant("run", "--paper", "--once", "--json")
    assert (ran.document["regime"]["stance"], ran.document["history"]["source"]) == ("RISK_OFF", "terminal")


# Closes that are brought


def test_closes_before_the_brokers_first_bar_make_the_stance_known(assistant: Command) -> None:
    before = assistant("run", "--paper", "--profile", "D", "--once", "--json").document
    assert (before["regime"]["stance"], before["history"]["sessions"]) == ("UNKNOWN", 59)
    for symbol in ("IWM", "SPY"):
        taken = assistant("history", "import", str(DAILY / f"{symbol}.csv"))
        assert f"{symbol}: took 565 sessions, 2016-10-03 to 2018-12-31, from {symbol}.csv" in taken.out
    after = assistant("run", "--paper", "--profile", "D", "--once", "--json").document
    assert after["regime"]["stance"] == "RISK_OFF"
    assert "imported IWM.csv, SPY.csv" in after["history"]["source"]
    assert after["history"]["sessions"] == 561  # 2016-10-03 to 2018-12-24
    listed = assistant("history")
    assert [line.split(",")[0] for line in listed.out.splitlines()] == [
        "IWM: 565 sessions",
        "SPY: 565 sessions",
    ]


def test_closes_of_another_scale_are_not_used_and_that_is_told(assistant: Command, tmp_path: Path) -> None:
    rows = (DAILY / "IWM.csv").read_text(encoding="utf-8").splitlines()[1:]
    closes = [row.split(",")[:5] for row in rows]
    tenfold = ["date,close", *(f"{day},{float(close) * 10:.4f}" for day, _, _, _, close in closes)]
    (tmp_path / "IWM.csv").write_text("\n".join(tenfold) + "\n", encoding="utf-8")
    assert assistant("history", "import", str(tmp_path / "IWM.csv")).code == 0
    assert assistant("history", "import", str(DAILY / "SPY.csv")).code == 0
    advice = assistant("run", "--paper", "--profile", "D", "--once", "--json").document
    assert advice["regime"]["stance"] == "UNKNOWN"
    assert any("not used" in problem for problem in advice["problems"])


@pytest.mark.parametrize(
    "text",
    [
        "date,close\n2018-12-24,125.93\n2018-12-21,128.8\n",  # newest first
        "date,close\n12/21/2018,128.8\n",
        "date;close\n2018-12-21;128,8\n",
        "date,close\n2018-12-21,-128.8\n",
        "date,close\n2018-12-22,128.8\n",  # a Saturday
        "day,price\n2018-12-21,128.8\n",
        "",
    ],
)
def test_closes_that_cannot_be_are_one_line_with_the_file_and_nothing_is_kept(
    assistant: Command, tmp_path: Path, text: str
) -> None:
    (tmp_path / "IWM.csv").write_text(text, encoding="utf-8")
    ran = assistant("history", "import", str(tmp_path / "IWM.csv"))
    assert ran.code == 1
    assert "IWM.csv" in ran.error
    assert "expected" in ran.error
    assert not list(assistant.home.glob("history/*"))


def test_of_a_folder_what_is_of_no_symbol_is_one_warning_and_the_rest_is_taken(
    assistant: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "closes"
    folder.mkdir()
    for name in ("IWM", "EEM", "VIX"):
        (folder / f"{name}.csv").write_text("date,close\n2018-12-21,128.8\n", encoding="utf-8")
    ran = assistant("history", "import", str(folder))
    assert ran.code == 0
    assert ran.err == "warning: left alone, of no symbol of the configuration: EEM.csv, VIX.csv\n"
    assert ran.out.startswith("IWM: took 1 sessions, 2018-12-21 to 2018-12-21, from IWM.csv\n")
    assert [path.name for path in sorted(assistant.home.glob("history/*"))] == ["IWM.csv", "IWM.json"]
    named = assistant("history", "import", str(folder / "EEM.csv"))
    assert named.code == 1
    assert "EEM is not among the symbols of the configuration" in named.error


# What is missing


def test_a_bridge_that_fails_when_it_is_imported_is_one_line(
    assistant: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_bridge.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    settings(assistant, "terminal: {module: broken_bridge}")
    told = "terminal.module was 'broken_bridge'; it cannot be imported: division by zero"
    assert assistant("run", "--once").error == told


def test_a_module_without_the_functions_is_one_line(
    assistant: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty_bridge.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    settings(assistant, "terminal: {module: empty_bridge}")
    assert assistant("run", "--once").error.startswith("module empty_bridge has no initialize, shutdown,")


@pytest.mark.parametrize("words", [("run",), ("run", "--once", "--json")])
def test_a_common_folder_that_is_none_on_this_machine_is_one_line_and_nothing_is_advised(
    assistant: Command, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    broker = Broker(Path("Users", "x", "Common"))  # as a bridge may hand it out
    clock = HandClock(broker)
    monkeypatch.setitem(sys.modules, "bridge", Bridge(broker))
    monkeypatch.setattr(WallClock, "now", lambda _: clock.now())
    monkeypatch.setattr(WallClock, "sleep", lambda _, seconds: clock.sleep(seconds))
    settings(assistant, LOCAL)
    ran = assistant(*words)
    assert ran.code == 1
    assert ran.error == (
        f"the terminal's common folder was {str(broker.folder)!r}, which is none on this machine: "
        "run with --no-publish, or let the bridge translate it"
    )
    assert broker.calls[-1][0] == "shutdown"
    assert not list(assistant.home.glob("state/*.json"))
    assert assistant(*words[:1], "--once", "--json", "--no-publish").document["mode"] == "live"
