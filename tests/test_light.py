"""The light way into `assistant check`: it answers as the full command does, or leaves the question to it."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loguru import logger

from assistant import __main__ as program
from assistant.clock import WallClock
from assistant.config import load_config, packaged
from assistant.home import PAPER, names_paper
from assistant.light import light
from assistant.outputs.journal import read_journal
from assistant.outputs.state import state_path, write_state
from assistant.terminal.profile import letters, profile
from tests.doubles.command import Command, Result
from tests.doubles.cycles import advice_of, document_of, paper_snapshot, schema

ROOT = Path(__file__).parents[1]
OPEN = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
LOGIN = 9000001  # of the paper terminal's profile A
HEAVY = {"annotated_types", "filelock", "httpx", "jinja2", "loguru", "numpy", "orjson", "pandas", "plotly"}
HEAVY |= {"psutil", "pydantic", "rich", "stamina", "typer", "yaml"}

ANSWERED = {  # words -> exit code
    "buy XLI 1 --stop 57": 0,
    "BUY xli.us 1 --stop 57 --price 60": 1,  # the broker's names are taken as they are written
    "BUY XLI.US 1 --stop=57 --price=60.25": 0,
    "--stop 57 buy --json XLI 1": 0,
    "buy XLI 100000 --stop 57": 10,
    "buy XLI 100000 --stop 57 --json": 10,
    "buy XLI 7.25 --stop 57.125": 10,
    "buy XLI 0.5 --stop 57": 20,  # less than the smallest order
    "sell IWM 2 --close 50000002": 0,
    "sell IWM 100000 --close 50000002 --json": 10,
    "Sell IWM 1 --close 7": 1,
    "buy IWM 1 --close 50000002": 1,
    "buy IWM 1 --stop 130": 1,
    "buy IWM 1": 1,
    "buy GOLD 1 --stop 1": 1,
    "buy GOLD 0012.50 --stop 1 --json": 1,
}
LEFT = (  # to the full command: help, what is no plain number, what it must refuse
    "",
    "--help",
    "buy XLI 1 --stop 57 --help",
    "buy XLI 1 --stop 57 --connect",
    "buy XLI 1 --stop 57 --bogus",
    "buy XLI 1 --stop 57 --json=1",
    "buy XLI 1 --stop 57 --stop 58",
    "buy XLI 1 --json --stop 57 --json",
    "buy XLI 1 --stop",
    "buy XLI 1 --stop=",
    "buy XLI 1 --stop --json",
    "buy XLI 1 --stop -57",
    "buy XLI 1 --stop 0",
    "buy XLI 1 --stop nan",
    "buy XLI 1 --stop 5.7e1",
    "buy XLI 1_0 --stop 57",
    "buy XLI -1 --stop 57",
    "buy XLI +1 --stop 57",
    "buy XLI .5 --stop 57",
    "buy XLI ٣ --stop 57",
    f"buy XLI {'9' * 400} --stop 57",
    f"buy XLI 1 --stop {'9' * 400}",
    "buy XLI one --stop 57",
    "buy XLI 1 2 --stop 57",
    "buy XLI",
    "hold XLI 1 --stop 57",
    "-- buy XLI 1",
    "sell IWM 60 --close 5e7",
    "sell IWM 60 --close 5000000_2",
    "sell IWM 60 --close -50000002",
    "buy XLI 1 --stop 57 --login many",
    "buy XLI 1 --stop 57 --login 17",  # of which there is no state file
    "buy XLI 1 --stop 57 --profile A",
    "buy XLI 1 --stop 57 --paper",  # of which there is no state file
    "buy XLI 1 --stop 57 --paper --profile Z",
    "buy XLI 1 --stop 57 --paper --profile .",
    "buy XLI 1 --stop 57 --home nowhere",
)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The document of one paper cycle; a test that changes it takes a copy."""
    return document_of(advice_of(paper_snapshot(tmp_path_factory.mktemp("home"), OPEN)))


@pytest.fixture
def assistant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """The full command, in a home by the environment, two seconds after the facts of the document."""
    home = tmp_path / "mein Händler ordner"
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(WallClock, "now", lambda _: OPEN + timedelta(seconds=2))
    yield Command(home, capsys, monkeypatch)
    logger.remove()


@pytest.fixture
def lightly(capsys: pytest.CaptureFixture[str]) -> Callable[..., Result | None]:
    """The light way."""

    def ask(*words: str) -> Result | None:
        capsys.readouterr()
        code = light(words)
        return None if code is None else Result(code, *capsys.readouterr())

    return ask


def put(home: Path, document: dict[str, Any], *, mode: str = "live", login: int = LOGIN) -> None:
    """Leave a state file that is as old as the facts in it."""
    document = copy.deepcopy(document) | {"mode": mode}
    document["terminal"]["login"] = login
    path = state_path(home, login)
    write_state(path, document)
    os.utime(path, (OPEN.timestamp(), OPEN.timestamp()))


def records(home: Path) -> list[dict[str, Any]]:
    return [one for path in sorted((home / "logs").glob("checks_*")) for one in read_journal(path)]


def forget(home: Path) -> None:
    """Take away what a check leaves for the next one: its record, and the lots that it has reserved."""
    shutil.rmtree(home / "logs", ignore_errors=True)
    for path in (home / "state").glob("reserved_*.json"):
        path.unlink()


Both = Callable[..., Result]


@pytest.fixture
def both(assistant: Command, lightly: Callable[..., Result | None]) -> Both:
    """The answer of both ways, the same and on record alike; neither knows of a check before it."""

    def ask(*words: str) -> Result:
        forget(assistant.home)
        quick = lightly(*words)
        told = records(assistant.home)
        forget(assistant.home)
        assert quick == assistant("check", *words)
        assert told == records(assistant.home)
        assert quick is not None
        return quick

    return ask


def process(home: Path, *words: str, **how: Any) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 -- fields of several types
    """A check as a process of its own, in the paper terminal's home."""
    environment = (
        os.environ | {"BREADTH_ASSISTANT_HOME": str(home), "PYTHONPATH": str(ROOT)} | how.pop("env", {})
    )
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | how
    command = [sys.executable, "-W", "error", "-m", "assistant", "check", "--paper", *words]
    return subprocess.run(
        command, cwd=home, env=environment, check=False, encoding="utf-8", timeout=60, **streams
    )


@pytest.fixture
def played(tmp_path: Path, paper: dict[str, Any]) -> Path:
    """A home in which a paper terminal's state file was written just now, to be used for a minute."""
    until = (OPEN + timedelta(seconds=60)).isoformat().replace("+00:00", "Z")
    as_of = OPEN.isoformat().replace("+00:00", "Z")
    write_state(state_path(tmp_path, LOGIN), paper | {"as_of": as_of, "valid_until": until})
    return tmp_path


# The same answers


@pytest.mark.parametrize("words", ANSWERED)
def test_the_light_way_answers_as_the_full_command_does(
    assistant: Command, both: Both, paper: dict[str, Any], words: str
) -> None:
    put(assistant.home, paper)
    quick = both(*words.split())
    assert quick.code == ANSWERED[words]
    told = records(assistant.home)
    assert len(told) == (0 if quick.code == 1 else 1)
    if "--json" in words and told:
        schema("verdict-1").validate(quick.document)
        assert told[0] == {"at": quick.document["as_of"], "kind": "check"} | quick.document


JUNK = ("0", "-5", "5.", "1e2", "x", "hold", "--", "-h", "--stop", "--price=", "--json")


@st.composite
def questions(draw: st.DrawFn) -> list[str]:
    """Words that ask for something most of the time, in any order of the options."""
    side = draw(st.sampled_from(["buy", "sell", "SELL"]))
    lots = draw(st.sampled_from(["1", "7.5", "60", "007", "100000"]))
    parts = [[side], [draw(st.sampled_from(["XLI", "iwm", "IWM.US"]))], [lots]]
    for name, values in (
        ("--stop", ["57", "58.125", "120", "130"]),
        ("--price", ["60", "125.5"]),
        ("--close", ["50000002", "7"]),
        ("--login", ["9000001", "17"]),
    ):
        value = draw(st.none() | st.sampled_from(values))
        if value is not None:
            option = draw(st.sampled_from([[name, value], [f"{name}={value}"]]))
            parts.insert(draw(st.integers(0, len(parts))), option)
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), ["--json"])
    if draw(st.integers(0, 3)) == 0:
        parts.insert(draw(st.integers(0, len(parts))), [draw(st.sampled_from(JUNK))])
    return [word for part in parts for word in part]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(questions())
def test_whatever_the_light_way_answers_the_full_command_answers_the_same(
    assistant: Command,
    lightly: Callable[..., Result | None],
    both: Both,
    paper: dict[str, Any],
    words: list[str],
) -> None:
    put(assistant.home, paper)
    if lightly(*words) is not None:
        both(*words)


@pytest.mark.parametrize("letter", letters())
def test_a_paper_terminal_is_found_by_its_profile(
    assistant: Command,
    lightly: Callable[..., Result | None],
    both: Both,
    paper: dict[str, Any],
    letter: str,
) -> None:
    login = profile(letter).account.login
    put(assistant.home, paper, mode="paper", login=login)
    words = ["buy", "XLI", "1", "--stop", "57", "--json", "--paper"]
    chosen = both(*words, "--profile", letter.lower())
    assert (chosen.document["mode"], chosen.document["terminal"]["login"]) == ("paper", login)
    assert both(*words, "--login", str(login)) == chosen
    assert (lightly(*words) is None) is (letter != "A")  # A is played unless another is named
    assert lightly(*words, "--profile", ".") is None


def test_several_assistants_need_a_login_on_either_way(
    assistant: Command, both: Both, paper: dict[str, Any]
) -> None:
    for login in (17, 19):
        put(assistant.home, paper, login=login)
    words = ("buy", "XLI", "1", "--stop", "57", "--json")
    assert both(*words) == Result(
        1, "", "error: assistants ran today for logins 17, 19; choose one with --login\n"
    )
    assert both(*words, "--login", "19").document["terminal"]["login"] == 19


def test_an_assistant_that_ran_on_another_day_does_not_ask_for_a_login(
    assistant: Command, both: Both, paper: dict[str, Any]
) -> None:
    put(assistant.home, paper)
    earlier = {"as_of": "2018-12-25T15:30:01Z", "valid_until": "2018-12-25T15:30:06Z"}  # a day and 1 s before
    put(assistant.home, paper | earlier, login=17)
    words = ("buy", "XLI", "1", "--stop", "57", "--json")
    assert both(*words).document["terminal"]["login"] == LOGIN


def test_a_check_that_cannot_be_recorded_is_answered_with_the_same_warning(
    assistant: Command, lightly: Callable[..., Result | None], paper: dict[str, Any]
) -> None:
    put(assistant.home, paper)
    (assistant.home / "logs" / f"checks_{LOGIN}_2018-12-26.jsonl" / "full").mkdir(parents=True)
    words = ("buy", "XLI", "1", "--stop", "57")
    quick = lightly(*words)
    (assistant.home / "state" / f"reserved_{LOGIN}.json").unlink()
    assert quick == assistant("check", *words)
    assert quick is not None
    assert (quick.code, quick.out[:14]) == (0, "ALLOW: buy XLI")
    assert quick.err.startswith("warning: this check is not on record: ")


@pytest.mark.parametrize("ways", ["light full", "full light", "light light"])
def test_two_checks_in_a_row_never_spend_the_same_room_on_whatever_way(
    assistant: Command, lightly: Callable[..., Result | None], paper: dict[str, Any], ways: str
) -> None:
    put(assistant.home, paper)
    words = ("buy", "XLI", "100000", "--stop", "57", "--json")
    ask = {"light": lightly, "full": lambda *order: assistant("check", *order)}
    first, second = (ask[way](*words) for way in ways.split())
    assert first is not None
    assert second is not None
    assert (first.code, second.code) == (10, 20)
    ladder = {rung["name"]: rung for rung in second.document["ladder"]}
    assert ladder["idea"]["lots"] < 1  # what rounding left of the first answer
    assert ladder["idea"]["reason"].endswith("reserved by checks of the last minute")
    released = lightly(*words, "--release")
    assert released is not None
    assert released.document["suggested"] == first.document["suggested"]


# What is left to the full command


@pytest.mark.parametrize("words", LEFT)
def test_what_is_not_understood_to_the_letter_is_left_alone(
    assistant: Command, lightly: Callable[..., Result | None], paper: dict[str, Any], words: str
) -> None:
    put(assistant.home, paper)
    assert lightly(*words.split()) is None
    assert not (assistant.home / "logs").exists()


def test_an_empty_word_is_left_alone(
    assistant: Command, lightly: Callable[..., Result | None], paper: dict[str, Any]
) -> None:
    put(assistant.home, paper)
    assert lightly("buy", "", "1", "--stop", "57") is None
    assert lightly("buy", "XLI", "1", "--stop", "") is None


@pytest.mark.parametrize("seconds", [-1.5, 5.5, 3600, 2 * 86_400])
def test_an_advice_that_is_not_fresh_is_left_alone(
    assistant: Command,
    lightly: Callable[..., Result | None],
    paper: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    put(assistant.home, paper)  # valid for 5 s
    monkeypatch.setattr(WallClock, "now", lambda _: OPEN + timedelta(seconds=seconds))
    assert lightly("buy", "XLI", "1", "--stop", "57") is None


def test_a_paper_advice_never_answers_for_a_live_account(
    assistant: Command, lightly: Callable[..., Result | None], paper: dict[str, Any]
) -> None:
    put(assistant.home, paper, mode="paper")
    assert lightly("buy", "XLI", "1", "--stop", "57") is None


def test_no_home_and_a_home_without_advice_are_left_alone(
    assistant: Command, lightly: Callable[..., Result | None]
) -> None:
    assert lightly("buy", "XLI", "1", "--stop", "57") is None
    assert not assistant.home.exists()
    assistant.home.mkdir()
    assert lightly("buy", "XLI", "1", "--stop", "57") is None
    assert list(assistant.home.iterdir()) == []


def test_a_home_whose_configuration_cannot_be_read_is_left_alone(
    assistant: Command, lightly: Callable[..., Result | None], paper: dict[str, Any]
) -> None:
    put(assistant.home, paper)
    words = ("buy", "XLI", "1", "--stop", "57", "--home", str(assistant.home))
    assert lightly(*words) is not None
    (assistant.home / "config" / "local.yaml").mkdir(parents=True)  # a folder: root cannot read it either
    assert lightly(*words) is None
    assert "local.yaml: cannot be read: it is no file" in assistant("check", *words).error


# Whether a check means the paper terminal is the configuration's to say


@pytest.mark.parametrize(
    ("text", "looks_so"),
    [
        ("terminal: {module: assistant.terminal.paper}", True),
        ("terminal:\n  module: 'assistant.terminal.paper' # for now", True),
        ('terminal: {"module": "assistant.terminal.p\\x61per"}', True),
        ('terminal:\n  module: "assistant.terminal.\\\n    paper"', True),
        ("terminal:\n  module: >-\n    assistant.terminal.paper", True),
        ("terminal:\n  module: auto  # or 'assistant.terminal.paper'", True),  # it only looks so
        ("terminal:\n  module: auto  # or assistant.terminal.paper", False),
        ("# terminal: {module: assistant.terminal.paper}\nlog: {level: DEBUG}", False),
        ("terminal:\n  path: C:\\Users\\x\\terminal64.exe", False),
        ('terminal: {path: "C:\\\\Program Files\\\\MetaTrader 5\\\\terminal64.exe"}', False),
        ("", False),
    ],
)
def test_a_configuration_that_may_name_the_paper_terminal_is_asked_itself(
    assistant: Command,
    lightly: Callable[..., Result | None],
    paper: dict[str, Any],
    text: str,
    looks_so: bool,
) -> None:
    put(assistant.home, paper)
    local = assistant.home / "config" / "local.yaml"
    local.parent.mkdir()
    local.write_text(text, encoding="utf-8")
    assert names_paper(assistant.home) is looks_so
    assert looks_so or load_config(assistant.home).terminal.module != PAPER
    assert (lightly("buy", "XLI", "1", "--stop", "57") is None) is looks_so


def test_the_packaged_configuration_does_not_look_like_the_paper_terminals() -> None:
    assert "assistant.terminal.paper" in (packaged() / "assistant.yaml").read_text(encoding="utf-8")
    assert not names_paper(packaged().parent)  # a clone is a home


def test_a_configuration_that_cannot_be_read_is_left_alone(
    assistant: Command, lightly: Callable[..., Result | None], paper: dict[str, Any]
) -> None:
    put(assistant.home, paper)
    (assistant.home / "config").mkdir()
    (assistant.home / "config" / "local.yaml").write_bytes(b"terminal: \xff\xfe")
    assert lightly("buy", "XLI", "1", "--stop", "57") is None


# The program


def test_the_program_takes_the_light_way_and_falls_back_to_the_full_command(
    assistant: Command,
    paper: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(assistant.home, paper)
    outcomes = []
    for words in ("buy XLI 1 --stop 57", "buy XLI 1 --stop 5.7e1", "--help", "hold XLI 1"):
        monkeypatch.setattr(sys, "argv", ["assistant", "check", *words.split()])
        with pytest.raises(SystemExit) as ended:
            program.main()
        logger.remove()
        forget(assistant.home)
        outcomes.append((ended.value.code or 0, *capsys.readouterr()))
    assert outcomes[0] == outcomes[1]
    assert [code for code, _, _ in outcomes] == [0, 0, 0, 2]
    assert outcomes[2][1].startswith("Usage: assistant check ")
    assert "SIDE was hold" in outcomes[3][2]


def test_a_light_check_loads_none_of_the_heavy_libraries(played: Path) -> None:
    code = """
import sys
from assistant.__main__ import main
sys.argv = ["assistant", "check", "--paper", "buy", "XLI", "1", "--stop", "57"]
try:
    main()
finally:
    print(" ".join(sys.modules), file=sys.stderr)
"""
    environment = os.environ | {"BREADTH_ASSISTANT_HOME": str(played), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=played, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout[:20]) == (0, "PAPER ALLOW: buy XLI")
    loaded = run.stderr.split()
    assert not HEAVY & {name.partition(".")[0] for name in loaded}
    ours = {name for name in loaded if name.startswith("assistant.")}
    assert "assistant.light" in ours
    assert not ours & {"assistant.cli", "assistant.config", "assistant.source", "assistant.core.advice"}
    assert len(records(played)) == 1


def test_a_process_answers_and_keeps_its_exit_code(played: Path) -> None:
    resized = process(played, "buy", "XLI", "100000", "--stop", "57", "--json")
    assert (resized.returncode, resized.stderr) == (10, "")
    assert json.loads(resized.stdout)["answer"] == "resize"


def test_a_console_that_lacks_a_character_shows_a_question_mark(played: Path) -> None:
    refused = process(played, "buy", "Ωmega", "1", "--stop", "57", env={"PYTHONIOENCODING": "ascii"})
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: ?mega is not among the symbols of this terminal: IWM, ")


def test_an_answer_that_nobody_reads_ends_quietly(played: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    unread = process(played, "buy", "XLI", "1", "--stop", "57", stdout=write)
    os.close(write)
    assert (unread.returncode, unread.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that takes nothing")
def test_an_answer_that_cannot_be_printed_is_told(played: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        lost = process(played, "buy", "XLI", "1", "--stop", "57", stdout=full)
    assert lost.returncode == 1
    assert lost.stderr == "error: the answer cannot be printed: No space left on device\n"
