"""The commands as a user meets them: exit codes, one line for a failure, JSON that keeps to its schema."""

from __future__ import annotations

import copy
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from assistant import __version__
from assistant.cli import options
from assistant.clock import WallClock
from assistant.outputs.journal import read_journal
from assistant.outputs.state import find_saved, state_path, write_state
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, LOGIN, Bridge, Broker, HandClock
from tests.doubles.command import Command, Result
from tests.doubles.cycles import plain_schema, schema

ROOT = Path(__file__).parents[1]
PAPER_LOGIN = 9000001


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh home by the environment, its name hard to handle, and a narrow console without colours."""
    folder = tmp_path / "mein Händler ordner"
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def assistant(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    yield Command(home, capsys, monkeypatch)
    logger.remove()


def process(*words: str, home: Path, **how: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 -- fields of several types
    """`assistant` as a process of its own."""
    environment = os.environ | {"BREADTH_ASSISTANT_HOME": str(home), "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    command = [sys.executable, "-W", "error", "-m", "assistant", *words]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
    return subprocess.run(
        command, cwd=home.parent, env=environment, check=False, encoding="utf-8", timeout=120, **streams
    )


def one_line(text: str) -> bool:
    return text.count("\n") == 1 and "Traceback" not in text


def put_live(home: Path, paper: dict[str, Any], age: float, login: int = PAPER_LOGIN) -> dict[str, Any]:
    """Write a live terminal's state file by hand, its facts so many seconds old."""
    as_of = WallClock().now() - timedelta(seconds=age)
    document = copy.deepcopy(paper) | {"mode": "live"}
    for key, instant in (("as_of", as_of), ("valid_until", as_of + timedelta(seconds=60))):
        document[key] = instant.isoformat().replace("+00:00", "Z")
    document["terminal"]["login"] = login
    write_state(state_path(home, login), document)
    return document


@pytest.fixture
def paper(assistant: Command) -> dict[str, Any]:
    """The document of one paper cycle, with the file gone again."""
    document = assistant("run", "--paper", "--once", "--json").document
    state_path(assistant.home, PAPER_LOGIN).unlink()
    return document


# Without a command, and wrong uses


def test_the_version_is_printed(assistant: Command) -> None:
    assert assistant("--version") == Result(0, f"assistant {__version__}\n", "")


def test_without_a_command_there_is_help(assistant: Command) -> None:
    shown = assistant()
    assert shown.code == 2
    for command in ("demo", "run", "check", "status"):
        assert re.search(rf"^ +{command} ", shown.out, re.MULTILINE)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("bogus", "No such command 'bogus'"),
        ("--bogus", "No such option"),
        ("run --bogus", "No such option"),
        ("check", "Missing argument"),
        ("check buy IWM", "Missing argument"),
        ("check hold IWM 1 --stop 1", "SIDE was hold; expected 'buy' or 'sell'"),
        ("check buy IWM many --stop 1", "LOTS was many; expected a valid number"),
        ("check buy IWM 1 --close 1.5", "--close was 1.5; expected a valid integer"),
        ("check buy IWM x --stop 1", "valid number"),
        ("check buy IWM 0 --stop 1", "LOTS was 0.0; expected a number more than 0"),
        ("check buy IWM -5 --stop 1", "LOTS was -5.0; expected a number more than 0"),
        ("check buy IWM nan --stop 1", "LOTS was nan; expected a number more than 0"),
        ("check buy IWM inf --stop 1", "LOTS was inf; expected a number more than 0"),
        ("check buy IWM 1 --stop 0", "--stop was 0.0; expected a number more than 0"),
        ("check buy IWM 1 --stop nan", "--stop was nan; expected a number more than 0"),
        ("check buy IWM 1 --stop 1 --price -1", "--price was -1.0; expected a number more than 0"),
        ("check buy IWM 1 --close x", "valid integer"),
        ("check buy IWM 1 2 --stop 1", "unexpected extra argument"),
        ("demo --seconds 0", "seconds"),
        ("status --login many", "valid integer"),
    ],
)
def test_a_wrong_use_is_one_line_and_exits_two(assistant: Command, words: str, expected: str) -> None:
    result = assistant(*words.split())
    assert result.code == 2
    assert expected in result.error


@pytest.mark.parametrize(
    ("words", "see"),
    [
        ("bogus", "assistant --help"),
        ("check buy IWM", "assistant check --help"),
        ("check buy IWM 0 --stop 1", "assistant check --help"),
        ("study", "assistant study --help"),
        ("study evidence --draws 10", "assistant study evidence --help"),
        ("note risk_on --why x", "assistant note --help"),
    ],
)
def test_a_wrong_use_points_once_to_the_help_of_its_own_command(
    assistant: Command, words: str, see: str
) -> None:
    error = assistant(*words.split()).error
    assert error.endswith(f" (see {see})")
    assert error.count("--help") == 1
    assert len(error) < 120


def test_the_help_of_a_check_names_every_exit_code(assistant: Command) -> None:
    told = " ".join(assistant("check", "--help").out.split())
    assert "Exits 0 allow, 10 resize, 20 deny, 1 error, 2 wrong use." in told


def test_a_wrong_use_of_the_process_is_one_line_too(tmp_path: Path) -> None:
    result = process("check", "buy", home=tmp_path / "home")
    assert result.returncode == 2
    assert one_line(result.stderr)
    assert not (tmp_path / "home").exists()  # nothing was begun


# demo


def test_the_demo_plays_a_session_and_tells_where_things_lie(tmp_path: Path) -> None:
    home = tmp_path / "mein Händler ordner"
    result = process("demo", "--seconds", "1", home=home)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("PAPER: prices inside a session are interpolated")
    assert all(line.startswith("PAPER 2018-12-26 ") for line in lines[1:5])
    assert "\x1b" not in result.stdout
    told = dict(re.findall(r"^  (review|panel file|state file|journal) +(.+)$", result.stdout, re.MULTILINE))
    assert all(Path(path).is_file() for path in told.values())
    assert list(told) == ["review", "panel file", "state file", "journal"]
    assert all(Path(path).is_relative_to(home) for path in told.values())
    kinds = [one["kind"] for one in read_journal(Path(told["journal"]))]
    assert (kinds[0], kinds[-1]) == ("start", "stop")
    shown = process("review", home=home).stdout
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("## The daily review")[2]
    assert shown.replace(f"{home}{os.sep}", "") == readme.split("```text\n")[1].split("```")[0]


# run


def test_one_paper_cycle_is_the_same_document_in_every_fresh_home(assistant: Command, tmp_path: Path) -> None:
    first = assistant("run", "--paper", "--once", "--json")
    second = assistant("run", "--paper", "--once", "--json", "--home", str(tmp_path / "another"))
    assert (first.code, first.err) == (0, "")
    assert first == second
    schema("advice-1").validate(first.document)
    assert '"mode":"paper"' in first.out


def test_one_paper_cycle_can_be_looked_at(assistant: Command) -> None:
    result = assistant("run", "--paper", "--once")
    assert (result.code, result.err) == (0, "")
    assert "PAPER" in result.out.splitlines()[0]
    assert "Lots that may be ordered now" in result.out
    assert "\x1b" not in result.out


@pytest.mark.parametrize("option", ["--dry-run", "--no-publish"])
def test_nothing_is_written_for_the_terminal_when_asked(assistant: Command, option: str) -> None:
    result = assistant("run", "--paper", "--once", "--json", option)
    assert result.code == 0
    assert result.document["funded_mode"] == ("dry_run" if option == "--dry-run" else "off")
    assert not (assistant.home / "paper").exists()
    assert state_path(assistant.home, PAPER_LOGIN).is_file()


@pytest.mark.parametrize("words", ["run --paper", "run --paper --json"])
def test_a_long_run_says_paper_first_and_ends_quietly_when_nobody_listens(tmp_path: Path, words: str) -> None:
    (tmp_path / "config").mkdir()
    local = "cycle: {interval: 0.25}\nshares: {hold_closes: 5}"
    (tmp_path / "config" / "local.yaml").write_text(local, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", *words.split()],
        env=os.environ | {"BREADTH_ASSISTANT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert "paper" in running.stdout.readline().lower()
        running.stdout.close()
        if "--json" in words:
            assert running.wait(timeout=20) == 1
        else:
            running.terminate()  # its next line comes in a minute
        errors = running.stderr.read()
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors


@pytest.mark.skipif(platform.system() == "Windows", reason="a terminal may be running there")
@pytest.mark.parametrize("words", ["run", "run --once --json", "check buy IWM 1 --stop 100"])
def test_without_a_terminal_it_says_what_to_do_and_exits_one(assistant: Command, words: str) -> None:
    result = assistant(*words.split())
    assert result.code == 1
    assert "no MetaTrader 5 terminal here" in result.error
    assert "use --paper" in result.error


def test_a_bad_configuration_is_one_line_for_each_complaint(assistant: Command) -> None:
    (assistant.home / "config").mkdir(parents=True)
    (assistant.home / "config" / "local.yaml").write_text("cycle: {ttl: 0}\nlogs: 1\n", encoding="utf-8")
    result = assistant("run", "--paper", "--once")
    assert (result.code, result.out) == (1, "")
    lines = result.err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"error: {assistant.home}") and "local.yaml: " in line for line in lines)


def test_an_unknown_server_zone_is_one_line(assistant: Command) -> None:
    (assistant.home / "config").mkdir(parents=True)
    (assistant.home / "config" / "local.yaml").write_text("terminal: {server_zone: Mars}", encoding="utf-8")
    result = assistant("run", "--paper", "--once")
    assert result.code == 1
    known = "auto, New_York+7, an IANA zone or an offset like UTC+03:00"
    assert result.error == f"terminal.server_zone was 'Mars'; expected {known}"


def test_a_home_that_is_a_file_is_one_line(assistant: Command) -> None:
    assistant.home.write_text("not a folder", encoding="utf-8")
    result = assistant("run", "--paper", "--once")
    assert result.code == 1
    assert "logs cannot be written: " in result.error


# check


@pytest.mark.parametrize(
    ("words", "code", "answer"),
    [
        # Context 0.75 - 0.5 x 2/7: 303.57 of 500. A lot to its stop 3.06; in a gap 8 % of 60.06 and slippage
        # of 0.04 %, 4.829: 303.57 / 4.829 = 62.9.
        ("buy XLI 62 --stop 57", 0, "allow"),
        ("buy xli 63 --stop 57", 10, "resize"),
        ("buy XLI.US 63 --stop 57", 10, "resize"),
        ("sell XLU 1 --stop 53", 20, "deny"),  # 90 lots x 8 % of 50.84 is more already
        ("sell IWM 24 --close 50000002", 0, "allow"),
        ("sell IWM 25 --close 50000002", 10, "resize"),
    ],
)
def test_a_check_answers_with_its_exit_code(assistant: Command, words: str, code: int, answer: str) -> None:
    result = assistant("check", "--paper", "--release", "--json", *words.split())
    assert (result.code, result.err) == (code, "")
    schema("verdict-1").validate(result.document)
    assert result.document["answer"] == answer
    said = assistant("check", "--paper", "--release", *words.split())
    assert said.code == code
    assert said.out.startswith(f"PAPER {answer.upper()}: ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("buy IWM 1 --stop 130", "--stop was 130; a buy at 125.93 has its stop below that"),
        ("sell IWM 1 --stop 120", "--stop was 120; a sell at 125.9 has its stop above that"),
        ("buy IWM 1", "an order that opens risk needs --stop PRICE"),
        ("buy GOLD 1 --stop 1", "GOLD is not among the symbols of this terminal: IWM, SPY"),
        ("sell IWM 1 --close 7", "--close was 7; open in IWM.US: 50000002"),
        ("buy IWM 1 --close 50000002", "ticket 50000002 is a buy; a sell closes it"),
    ],
)
def test_a_question_that_does_not_hold_is_one_line_and_exits_one(
    assistant: Command, words: str, expected: str
) -> None:
    result = assistant("check", "--paper", *words.split())
    assert result.code == 1
    assert result.error.startswith(expected)


def test_every_answered_check_is_on_record(assistant: Command) -> None:
    for lots in ("50", "100"):
        assistant("check", "--paper", "buy", "XLI", lots, "--stop", "57")
    (path,) = (assistant.home / "logs").glob("checks_*.jsonl")
    assert [(one["kind"], one["answer"]) for one in read_journal(path)] == [
        ("check", "allow"),
        ("check", "resize"),
    ]


def test_a_check_that_cannot_be_recorded_is_answered_with_a_warning(assistant: Command) -> None:
    (assistant.home / "logs" / f"checks_{PAPER_LOGIN}_2018-12-26.jsonl" / "full").mkdir(parents=True)
    result = assistant("check", "--paper", "buy", "XLI", "7", "--stop", "57")
    assert result.code == 0
    assert result.out.startswith("PAPER ALLOW")
    assert one_line(result.err)
    assert result.err.startswith("warning: this check is not on record: ")


def test_a_check_from_the_state_file_and_one_from_a_connection_agree(assistant: Command) -> None:
    assert assistant("run", "--paper", "--once", "--json").code == 0
    words = ("check", "--paper", "--release", "--json", "buy", "SPY", "40", "--stop", "219.5")
    connected = assistant(*words, "--connect")
    now = WallClock().now().timestamp()
    os.utime(state_path(assistant.home, PAPER_LOGIN), (now, now))
    saved = assistant(*words)
    assert saved == connected
    assert saved.code == 10

    # and it is the file that answered: with other facts in it the answer is another
    path = state_path(assistant.home, PAPER_LOGIN)
    document = json.loads(path.read_bytes())
    document["account"]["balance"] = 12_345.0
    write_state(path, document)
    assert assistant(*words).document["account"]["balance"] == 12_345.0


def test_a_check_beside_an_assistant_that_plays_paper_says_how_to_ask_it(assistant: Command) -> None:
    assert assistant("run", "--paper", "--once", "--json").code == 0
    now = WallClock().now().timestamp()
    os.utime(state_path(assistant.home, PAPER_LOGIN), (now, now))
    asked = assistant("check", "buy", "IWM", "12", "--stop", "119")
    assert (asked.code, asked.error) == (1, "the assistant that is running plays paper: ask it with --paper")


def test_a_fresh_live_state_file_answers(assistant: Command, paper: dict[str, Any]) -> None:
    put_live(assistant.home, paper, age=1)
    result = assistant("check", "buy", "XLI", "7", "--stop", "57")
    assert result.code == 0
    assert result.out.startswith("ALLOW: buy XLI 7 lots")


@pytest.mark.skipif(platform.system() == "Windows", reason="a terminal may be running there")
@pytest.mark.parametrize("age", [61, 3600, 86_400 * 30, -30])
def test_a_stale_live_state_file_is_never_answered_from(
    assistant: Command, paper: dict[str, Any], age: float
) -> None:
    put_live(assistant.home, paper, age)  # valid for 60 s
    result = assistant("check", "buy", "IWM", "7", "--stop", "120")
    assert result.code == 1
    assert result.error.startswith("no assistant is running, and no MetaTrader 5 terminal here")


@pytest.mark.skipif(platform.system() == "Windows", reason="a terminal may be running there")
def test_a_paper_advice_never_answers_for_a_live_account(assistant: Command) -> None:
    assert assistant("run", "--paper", "--once").code == 0
    os.utime(state_path(assistant.home, PAPER_LOGIN))
    result = assistant("check", "buy", "IWM", "7", "--stop", "120")
    assert result.code == 1
    assert result.error == "the assistant that is running plays paper: ask it with --paper"


def test_several_assistants_need_a_login(assistant: Command, paper: dict[str, Any]) -> None:
    put_live(assistant.home, paper | {"account": paper["account"] | {"balance": 17.0}}, 1, 17)
    put_live(assistant.home, paper, 2, 19)
    words = ("check", "--json", "buy", "IWM", "7", "--stop", "120")
    result = assistant(*words)
    assert result.code == 1
    assert result.error == "assistants ran today for logins 17, 19; choose one with --login"
    assert assistant(*words, "--login", "17").document["account"]["balance"] == 17.0
    assert assistant(*words, "--login", "19").document["account"]["balance"] == 100_000.0


def test_a_connection_to_another_login_than_asked_for_does_not_answer(assistant: Command) -> None:
    result = assistant("check", "--paper", "--login", "17", "buy", "IWM", "7", "--stop", "120")
    assert result.code == 1
    assert result.error == f"--login was 17; the terminal is logged in as {PAPER_LOGIN}"


# status


def test_status_without_any_advice_says_how_to_get_one(assistant: Command) -> None:
    result = assistant("status")
    assert (result.code, result.err) == (1, "")
    assert result.out.startswith(f"no readable advice in {assistant.home / 'state'}")
    assert one_line(result.out)
    said = assistant("status", "--json")
    assert (said.code, said.document) == (
        1,
        {"schema": "status/1", "age_s": None, "fresh": False, "advice": None},
    )
    schema("status-1").validate(said.document)
    plain_schema("status-1").validate(said.document)
    assert not assistant.home.exists()


def test_status_of_a_fresh_advice_exits_zero(assistant: Command, paper: dict[str, Any]) -> None:
    document = put_live(assistant.home, paper, age=1)
    said = assistant("status", "--json")
    schema("status-1").validate(said.document)
    assert (said.code, said.document["fresh"], said.document["advice"]) == (0, True, document)
    assert 1 <= said.document["age_s"] < 30
    shown = assistant("status")
    assert shown.code == 0
    assert re.fullmatch(r"advice \d+ s old: fresh", shown.out.splitlines()[0])


def test_status_of_a_damaged_advice_is_one_line_and_no_advice(
    assistant: Command, paper: dict[str, Any]
) -> None:
    document = put_live(assistant.home, paper, age=1)
    path = state_path(assistant.home, document["terminal"]["login"])
    document["regime"] = {}  # a check does not read it
    path.write_text(json.dumps(document), encoding="utf-8")
    result = assistant("status")
    assert result.code == 1
    assert result.error.startswith(f"{path} is damaged (KeyError ")
    assert result.error.endswith("): do not size by it")


def test_status_does_not_wrap_a_text_that_no_screen_has_room_for(
    assistant: Command, paper: dict[str, Any]
) -> None:
    document = put_live(assistant.home, paper, age=1)
    path = state_path(assistant.home, document["terminal"]["login"])
    document["symbols"][0]["buy"]["ladder"][0]["reason"] = " " * 50_000 + "x"
    path.write_text(json.dumps(document), encoding="utf-8")
    result = assistant("status")
    what = "(ValueError a text has 50001 characters)"
    assert (result.code, result.error) == (1, f"{path} is damaged {what}: do not size by it")


@pytest.mark.parametrize(
    ("age", "words"), [(100, "100 s old"), (7200, "2 hours old"), (3 * 86_400, "3 days old")]
)
def test_status_of_a_stale_advice_says_so_and_exits_one(
    assistant: Command, paper: dict[str, Any], age: float, words: str
) -> None:
    put_live(assistant.home, paper, age)
    said = assistant("status", "--json")
    schema("status-1").validate(said.document)
    assert (said.code, said.document["fresh"]) == (1, False)
    shown = assistant("status")
    assert shown.code == 1
    assert shown.out.splitlines()[0] == f"advice {words}: STALE, do not size by it"


def test_status_takes_the_freshest_or_the_login_asked_for(assistant: Command, paper: dict[str, Any]) -> None:
    put_live(assistant.home, paper, 300, 17)
    put_live(assistant.home, paper, 2, 19)
    assert assistant("status", "--json").document["advice"]["terminal"]["login"] == 19
    asked = assistant("status", "--json", "--login", "17")
    assert (asked.code, asked.document["advice"]["terminal"]["login"]) == (1, 17)
    assert assistant("status", "--json", "--login", "23").document["advice"] is None


def test_a_check_is_answered_from_a_paper_terminal_only_when_asked(assistant: Command) -> None:
    assistant("run", "--paper", "--once")
    path = state_path(assistant.home, PAPER_LOGIN)
    os.utime(path, (0, 0))  # it ran long ago
    said = assistant("check", "buy", "IWM", "1", "--stop", "119")
    assert (said.code, said.out) == (1, "")
    assert said.error.startswith("no assistant is running, and no MetaTrader 5 terminal")
    asked = assistant("check", "BUY", "xli", "1", "--stop", "57", "--paper")
    assert (asked.code, asked.out.splitlines()[0][:28]) == (0, "PAPER ALLOW: buy XLI 1 lots;")


def test_one_cycle_says_what_it_could_not_write(assistant: Command) -> None:
    panel = assistant.home / "paper" / "Common" / "Files" / "BreadthAssistant" / "advice_9000001.txt"
    (panel / "in the way").mkdir(parents=True)
    ran = assistant("run", "--paper", "--once")
    assert ran.code == 0
    assert ran.err.startswith(f"warning: {panel} could not be written: ")


def test_status_of_a_paper_terminal_says_paper_first(assistant: Command) -> None:
    assistant("run", "--paper", "--once")
    shown = assistant("status")
    assert shown.code == 0
    assert "PAPER" in shown.out.splitlines()[0]
    assert assistant("status", "--paper", "--json").document["advice"]["mode"] == "paper"


# A terminal of one's own


@pytest.mark.parametrize("option", ["--json", "--no-publish"])
def test_a_run_says_in_a_line_what_came_of_the_review(
    assistant: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    broker = Broker(tmp_path / "Common")
    clock = HandClock(broker, interrupt)  # Ctrl-C after the first cycle
    monkeypatch.setitem(sys.modules, "bridge", Bridge(broker))
    monkeypatch.setattr(WallClock, "now", lambda _: clock.now())
    monkeypatch.setattr(WallClock, "sleep", lambda _, seconds: clock.sleep(seconds))
    for folder in ("config", "logs"):
        (assistant.home / folder).mkdir(parents=True)
    (assistant.home / "config" / "local.yaml").write_text(LOCAL, encoding="utf-8")
    (assistant.home / "logs" / f"journal_{LOGIN}_2025-01-14.jsonl").touch()  # the last session, not reviewed
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))  # so that it cannot be started

    ran = assistant("run", option)
    said, other = (ran.err, ran.out) if option == "--json" else (ran.out, ran.err)
    (line,) = [one for one in said.splitlines() if "review" in one]
    assert line.startswith("no review of 2025-01-14: it cannot be started: ")
    assert "review" not in other
    if option == "--json":
        schema("advice-1").validate(ran.document)


def test_a_bridge_named_in_the_configuration_answers_a_check(
    assistant: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Broker(tmp_path / "Common")
    broker.positions = (bridge.position(),)
    monkeypatch.setitem(sys.modules, "bridge", Bridge(broker))
    monkeypatch.setattr(WallClock, "now", lambda _: HandClock(broker).now())
    monkeypatch.setattr(WallClock, "sleep", lambda _, seconds: HandClock(broker).sleep(seconds))
    (assistant.home / "config").mkdir(parents=True)
    local = LOCAL + "plan: {hold: intraday}\n"  # its lots are too large for a gap over night
    (assistant.home / "config" / "local.yaml").write_text(local, encoding="utf-8")

    ran = assistant("run", "--once", "--json")
    schema("advice-1").validate(ran.document)
    assert (ran.code, ran.document["mode"], ran.document["terminal"]["login"]) == (0, "live", LOGIN)
    # 0.5 % of 99300 is 496.50; (5 + 0.04 % of 590.41) x 93 x 1.01 = 491.83 a lot: 1.0095, in steps of 0.1
    checked = assistant("check", "--json", "--connect", "sell", "SPY", "3", "--stop", "595.41")
    assert (checked.code, checked.document["suggested"]) == (10, 1.0)
    assert checked.document["loss_at_stop"] == pytest.approx(491.83, abs=0.005)
    broker.fails.add("account_info")
    failed = assistant("check", "--connect", "sell", "SPY", "3", "--stop", "595.41")
    assert failed.code == 1
    assert failed.error == "account_info failed: -1 Terminal: Call failed"


# Home


def test_the_option_decides_over_the_environment(assistant: Command, tmp_path: Path) -> None:
    chosen = tmp_path / "ein anderer ordner ü"
    assert assistant("run", "--paper", "--once", "--home", str(chosen)).code == 0
    assert [one.login for one in find_saved(chosen, WallClock().now(), paper=True)] == [PAPER_LOGIN]
    assert not assistant.home.exists()


def test_the_current_folder_is_the_home_where_it_is_a_clone(
    assistant: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BREADTH_ASSISTANT_HOME")
    clone = tmp_path / "clone"
    shutil.copytree(ROOT / "config", clone / "config")
    monkeypatch.chdir(clone)
    assert assistant("run", "--paper", "--once").code == 0
    assert state_path(clone, PAPER_LOGIN).is_file()


# What the process leaves behind


@pytest.mark.parametrize("words", ["run --paper --once", "run --paper --once --json", "status --json"])
def test_a_closed_output_is_no_traceback(tmp_path: Path, words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = process(*words.split(), home=tmp_path / "home", stdout=writing)
    finally:
        os.close(writing)
    assert "Traceback" not in result.stderr
    assert "Exception ignored" not in result.stderr
    assert result.returncode in {0, 1}


def test_a_failure_that_nobody_foresaw_is_one_line(
    assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(_: object) -> None:
        raise ZeroDivisionError("a surprise")

    monkeypatch.setattr(options, "load_config", burst)
    result = assistant("run", "--paper", "--once")
    assert result.code == 1
    assert result.error == "unexpected ZeroDivisionError: a surprise; see logs/assistant.log"
