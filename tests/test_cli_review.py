"""`assistant review` as a user meets it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import pytest
from loguru import logger

from tests.doubles.command import Command
from tests.doubles.cycles import schema
from tests.doubles.played import PAPER, at, play, settled, write_start
from tests.outputs.journaled import write

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The half-day of the 24th to its end, and a part of the session of the 26th."""
    logger.remove()
    home = tmp_path_factory.mktemp("played")
    play(home, "24T17:50", "24T18:02", 60)
    play(home, "26T16:00", "26T16:30", 120, "demo.csv")
    return home


@pytest.fixture
def home(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(shutil.copytree(played, tmp_path / "mein Händler ordner"))
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(folder))
    monkeypatch.setenv("COLUMNS", "100")
    return folder


@pytest.fixture
def assistant(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    yield Command(home, capsys, monkeypatch)
    logger.remove()


def page_of(out: str) -> Path:
    """The page that is named in the last line."""
    return Path(out.splitlines()[-1].removeprefix("page "))


def test_without_a_word_it_is_the_session_that_is_on_so_far(assistant: Command) -> None:
    ran = assistant("review")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith("PAPER 2018-12-26: So far ")
    assert any(line.startswith("- buy 70 QQQ: ") and "41 lots over the 29 advised" in line for line in lines)
    assert all(len(line) <= 100 for line in lines[:-1])
    assert page_of(ran.out) == assistant.home / "logs" / "reviews" / "2018-12-26.html"
    assert page_of(ran.out).is_file()


def test_yesterday_is_the_session_before_the_date_of_today(assistant: Command) -> None:
    ran = assistant("review", "yesterday")
    assert ran.code == 0
    assert ran.out.startswith("PAPER 2018-12-24: ")


def test_today_is_the_session_of_the_date_of_today(assistant: Command) -> None:
    assert assistant("review", "today").out.startswith("PAPER 2018-12-26: So far ")


def test_as_json_it_is_the_document_that_lies_beside_the_page(assistant: Command) -> None:
    ran = assistant("review", "2018-12-24", "--json", "--paper")
    assert (ran.code, ran.document["schema"], ran.document["session"]) == (0, "review/1", "2018-12-24")
    kept = assistant.home / "logs" / "reviews" / "2018-12-24.json"
    assert kept.read_text(encoding="utf-8") == ran.out


@pytest.mark.parametrize(("option", "name"), [("--week", "2018-W52"), ("--month", "2018-12")])
def test_a_week_and_a_month_are_pages_of_their_own(assistant: Command, option: str, name: str) -> None:
    ran = assistant("review", option)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("PAPER ")
    assert page_of(ran.out).name == f"{name}.html"
    told = assistant("review", "2018-12-24", option, "--json").document  # any date of it names it
    sessions = [one["session"] for one in told["sessions"]]
    assert sessions[-2:] == ["2018-12-24", "2018-12-26"]
    assert len(sessions) == {"--week": 2, "--month": 16}[option]  # no 5th, a day of mourning; up to now


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ("2018-12-25", 1, "2018-12-25 is no session of the exchange; near it: 2018-12-24 and 2018-12-26"),
        ("2018-12-28", 1, "2018-12-28 is yet to come; the last session is 2018-12-26"),
        ("2019-01-10 --week", 1, "2019-W02 has no session yet; the last session is 2018-12-26"),
        ("1999-01-04", 1, "1999-01-04 is not in the table .* goes from 2000-01-03 to 2028-12-29"),
        ("2030-01-02", 1, "2030-01-02 is not in the table .* goes from 2000-01-03 to 2028-12-29"),
        ("christmas", 2, "DATE was christmas; expected a date such as 2026-12-18, today or yesterday"),
        ("2018-12-32", 2, "DATE was 2018-12-32; expected a date"),
        ("--week --month", 2, "--week and --month exclude each other"),
        ("--login 77", 1, f"no journal of login 77 in .*; there are those of {PAPER}"),
    ],
)
def test_what_cannot_be_reviewed_is_one_line(
    assistant: Command, words: str, code: int, expected: str
) -> None:
    ran = assistant("review", *words.split())
    assert ran.code == code
    assert re.search(expected, ran.error)
    assert not (assistant.home / "logs" / "reviews").exists()


def test_a_date_before_the_journal_has_a_page_and_is_told(assistant: Command) -> None:
    ran = assistant("review", "2018-12-21")
    assert ran.code == 0
    assert f"the journal of {PAPER} begins on 2018-12-24" in ran.out
    assert page_of(ran.out).is_file()


def test_a_session_without_a_journal_bears_the_mode_of_the_others(assistant: Command) -> None:
    ran = assistant("review", "2018-12-21", "--json")
    assert json.loads(ran.out)["mode"] == "paper"
    html = (assistant.home / "logs" / "reviews" / "2018-12-21.html").read_text(encoding="utf-8")
    assert '<span class="paper">PAPER</span>' in html
    assert "Money is in" not in html  # no currency is on record


def damage_starts(home: Path) -> None:
    """Let no run's own words be readable."""
    for path in (home / "logs").glob(f"journal_{PAPER}_*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [b"torn\n" if b'"kind":"start"' in one or b'"kind":"running"' in one else one for one in lines]
        path.write_bytes(b"".join(kept))


def test_a_journal_whose_start_is_damaged_says_what_is_not_known_then(assistant: Command) -> None:
    damage_starts(assistant.home)
    ran = assistant("review", "2018-12-26", "--json")
    document = json.loads(ran.out)
    # A look tells the account and its currency, and no entry the mode; the schema knows of it.
    assert (document["mode"], document["currency"]) == ("unknown", "USD")
    assert "whether this was a live or the paper terminal is not on record" in document["missing"]
    assert not any("currency" in one for one in document["missing"])
    schema("review-1").validate(document)
    assert assistant("review", "2018-12-26").out.startswith("LIVE OR PAPER? ")
    html = (assistant.home / "logs" / "reviews" / "2018-12-26.html").read_text("utf-8")
    assert '<span class="paper">LIVE OR PAPER?</span>' in html


def test_a_check_tells_whose_journal_it_is_where_its_start_is_damaged(assistant: Command) -> None:
    damage_starts(assistant.home)
    logs, checked = assistant.home / "logs", at("26T16:10")
    check: dict[str, object] = {"mode": "paper", "account": {"margin_mode": "netting"}, "symbol": "SPY"}
    check |= {"terminal": {"server": "Paper-Demo", "login": PAPER, "currency": "EUR"}, "loss_at_stop": None}
    check |= {"side": "buy", "answer": "allow", "requested": 1.0, "suggested": 1.0}
    write(logs, PAPER, [(checked, "check", check | {"binding": {"name": "normal"}})], "checks")
    document = assistant("review", "2018-12-26", "--json").document
    assert (document["mode"], document["currency"], document["discipline"]["asked"]) == ("paper", "EUR", 1)
    assert not any("terminal is not on record" in one for one in document["missing"])
    assert not any("hedges or nets" in one for one in document["missing"])
    write(logs, PAPER, [(at("26T16:20"), "check", check | {"mode": "either"})], "checks")  # nobody's word
    assert assistant("review", "2018-12-26", "--json").document["mode"] == "paper"


def test_sessions_of_a_month_without_a_journal_are_one_line(assistant: Command) -> None:
    ran = assistant("review", "--month")  # 16 sessions, a journal of those of the 24th and the 26th
    assert "? no journal of 14 sessions, 2018-12-03 to 2018-12-21" in ran.out
    assert ran.out.count("no journal of") == 1
    ran = assistant("review", "2018-12-20", "--week")  # none of its five
    assert "? no journal of 5 sessions, 2018-12-17 to 2018-12-21" in ran.out


def test_several_logins_ask_which(assistant: Command) -> None:
    write_start(assistant.home, 9000002, at("26T15:00"), "paper")
    ran = assistant("review")
    assert (ran.code, ran.error.partition("has ")[2]) == (
        1,
        f"journals of logins {PAPER}, 9000002; choose one with --login",
    )
    chosen = assistant("review", "--login", str(PAPER))
    assert page_of(chosen.out).name == f"{PAPER}_2018-12-26.html"


def test_a_home_without_a_journal_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = Command(tmp_path, capsys, monkeypatch)("review", "--home", str(settled(tmp_path / "other")))
    assert ran.code == 1
    assert ran.error.endswith("there is one once an assistant has run")


def test_the_page_is_opened_where_that_is_asked_for(assistant: Command) -> None:
    """A real process, and the browser that the environment names."""
    seen = assistant.home / "seen.txt"
    browser = assistant.home.parent / "browser.py"
    browser.write_text(f"import sys; open({str(seen)!r}, 'w').write(sys.argv[1])", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "BROWSER": f"{sys.executable} {browser} %s"}
    command = [sys.executable, "-W", "error", "-m", "assistant", "review", "--open"]
    ran = subprocess.run(
        command, env=environment, check=False, capture_output=True, encoding="utf-8", timeout=60
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert seen.read_text(encoding="utf-8") == page_of(ran.stdout).as_uri()


def test_where_no_browser_can_be_opened_the_path_is_told(
    assistant: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    ran = assistant("review", "--open")
    assert ran.code == 0
    assert ran.err == f"warning: no browser could be opened: open {page_of(ran.out)} yourself\n"
