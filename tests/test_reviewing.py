"""Reviews from journals that the paper terminal has played: whose, of which session, and what is written."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from assistant import reviewing
from assistant.clock import WallClock
from assistant.config import load_config
from assistant.errors import AssistantError
from assistant.outputs.files import locked
from assistant.reports.review import PLOTLY, plotly_js
from assistant.reviewing import (
    Record,
    Reviewing,
    Written,
    month_of,
    record_of,
    session_at,
    session_on,
    week_of,
)
from assistant.terminal.sessions import Sessions
from tests.doubles.played import PAPER, at, play, write_start

TABLE = Sessions.packaged()
DAY = date(2018, 12, 26)
JOURNAL = f"journal_{PAPER}_{DAY}.jsonl"


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ends of three sessions of the week of Christmas, of which the second is missing."""
    logger.remove()
    home = tmp_path_factory.mktemp("played")
    play(home, "24T17:50", "24T17:59", 60)
    play(home, "27T20:50", "27T21:02", 60)
    return home


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The end of the demo's session."""
    logger.remove()
    home = tmp_path_factory.mktemp("day")
    play(home, "26T19:20", "26T21:05", 300, "demo.csv")
    return home


def copied(home: Path, folder: Path) -> Path:
    return Path(shutil.copytree(home, folder / "home"))


@pytest.fixture
def home(day: Path, tmp_path: Path) -> Path:
    return copied(day, tmp_path)


@pytest.fixture
def week(once: Path, tmp_path: Path) -> Path:
    return copied(once, tmp_path)


def reviews(home: Path, **how: Any) -> Reviewing:  # noqa: ANN401 -- fields of several types
    record = record_of(home, how.pop("login", None), WallClock().now(), paper=how.pop("paper", False))
    return Reviewing(home, load_config(home), record, TABLE)


def reviewed(home: Path, on: date = DAY) -> Written:
    (session,) = TABLE.between(on, on)
    return reviews(home).day(session)


def names(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "logs" / "reviews").iterdir())


def older(path: Path, seconds: float) -> None:
    """Let a file have been written so many seconds earlier."""
    stat = path.stat()
    os.utime(path, (stat.st_atime, stat.st_mtime - seconds))


# What is written


def test_a_review_is_a_page_with_its_document_two_tables_and_one_script_beside_them(home: Path) -> None:
    written = reviewed(home)
    assert names(home) == [
        *("2018-12-26.html", "2018-12-26.json", "2018-12-26_advices.csv", "2018-12-26_trades.csv"),
        PLOTLY,
    ]
    assert written.page == home / "logs" / "reviews" / "2018-12-26.html"
    document = json.loads(written.page.with_suffix(".json").read_text(encoding="utf-8"))
    assert document == written.document
    assert (document["login"], document["mode"], document["session"]) == (PAPER, "paper", "2018-12-26")
    opened = {one["trade"]["broker_symbol"]: one["trade"]["opened_at"] for one in document["trades"]}
    # all of the session, though the run began at 19:20, and one that was held since before it
    assert opened.keys() == {
        f"{one}.US" for one in ["IEF", "SPY", "IWM", "XLF", "XLU", "XLI", "QQQ", "KRE", "XLY"]
    }
    assert (opened["SPY.US"], opened["IEF.US"]) == ("2018-12-26T14:50:00Z", "2018-12-24T16:00:00Z")
    assert "IEF.US" in (home / "logs" / "reviews" / "2018-12-26_trades.csv").read_text(encoding="utf-8")
    page = written.page.read_text(encoding="utf-8")
    assert '"2018-12-26_trades.csv"' in page
    assert document["summary"][:20] in page


def test_the_script_is_written_only_where_it_is_missing_or_another(home: Path) -> None:
    reviewed(home)
    script = home / "logs" / "reviews" / PLOTLY
    older(script, 100)
    before = script.stat().st_mtime
    reviewed(home)
    assert script.stat().st_mtime == before
    script.write_bytes(b"x" * script.stat().st_size)
    reviewed(home)
    assert script.read_bytes() == plotly_js()


def test_a_review_says_so_far_what_is_on_record_of_a_session_that_goes_on(tmp_path: Path) -> None:
    play(tmp_path, "26T20:30", "26T20:40", 60)
    written = reviewed(tmp_path)
    assert not written.document["finished"]
    assert written.document["until"].startswith("2018-12-26T20:4")


def test_another_process_that_writes_reviews_is_waited_for_and_then_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewing, "_WAIT", 0.05)
    (home / "state").mkdir(exist_ok=True)
    with (
        locked(home / "state" / "reviews.lock", seconds=1),
        pytest.raises(AssistantError, match="no review was written: another process has held"),
    ):
        reviewed(home)


# A week


def of_week(home: Path) -> Written:
    first, last, name = week_of(DAY)
    sessions = [one for one in TABLE.between(first, last) if one.opens_at <= at("27T21:02")]
    return reviews(home).series(sessions, name, None)


def test_a_week_has_a_line_for_each_session_those_without_a_journal_as_well(week: Path) -> None:
    seen: list[tuple[int, int]] = []
    first, last, name = week_of(DAY)
    sessions = [one for one in TABLE.between(first, last) if one.opens_at <= at("27T21:02")]
    written = reviews(week).series(sessions, name, lambda done, total: seen.append((done, total)))
    lines = written.document["sessions"]
    assert [(one["session"], one["recorded"]) for one in lines] == [
        ("2018-12-24", True),
        ("2018-12-26", False),
        ("2018-12-27", True),
    ]
    assert seen == [(0, 3), (1, 3), (2, 3)]
    assert written.page.name == "2018-W52.html"
    pages = [name for name in names(week) if name.endswith(".html")]
    assert pages == ["2018-12-24.html", "2018-12-27.html", "2018-W52.html"]


def test_a_review_that_is_there_is_used_again_until_its_journal_is_newer(week: Path) -> None:
    of_week(week)
    kept = week / "logs" / "reviews" / "2018-12-24.json"
    text = kept.read_text(encoding="utf-8")
    document = json.loads(text)
    mark = "told by hand"
    kept.write_text(text.replace(json.dumps(document["summary"]), f'"{mark}"'), encoding="utf-8")
    assert of_week(week).document["sessions"][0]["summary"] == mark
    older(kept, 10_000)  # than the journal
    assert of_week(week).document["sessions"][0]["summary"] == document["summary"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:500],
        lambda text: text.replace("9000001", "9000002"),
        lambda text: text.replace('Z"', '"'),  # instants without a zone
        lambda text: text.replace('"scale":1.0', '"scale":NaN'),
    ],
)
def test_a_damaged_review_or_one_of_another_login_is_made_anew(week: Path, damage: Any) -> None:  # noqa: ANN401 -- a function of text
    of_week(week)
    kept = week / "logs" / "reviews" / "2018-12-24.json"
    before = kept.read_text(encoding="utf-8")
    kept.write_text(damage(before), encoding="utf-8")
    of_week(week)
    assert kept.read_text(encoding="utf-8") == before


def test_weeks_are_those_of_iso_and_months_those_of_the_calendar() -> None:
    assert week_of(date(2018, 12, 31)) == (date(2018, 12, 31), date(2019, 1, 6), "2019-W01")
    assert week_of(date(2018, 12, 30)) == (date(2018, 12, 24), date(2018, 12, 30), "2018-W52")
    assert month_of(date(2018, 12, 31)) == (date(2018, 12, 1), date(2018, 12, 31), "2018-12")
    assert month_of(date(2020, 2, 10)) == (date(2020, 2, 1), date(2020, 2, 29), "2020-02")


# A record that is not as it should be


def test_a_torn_and_a_damaged_line_are_told_on_the_page_and_pass_nothing_else_over(home: Path) -> None:
    journal = home / "logs" / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[5] = lines[5].replace(b'"at"', b'"aT"')
    journal.write_bytes(b"".join(lines) + b'{"at":"2018-12-26T21:')
    document = reviewed(home).document
    told = "; ".join(document["missing"])
    assert f"line 6 of {JOURNAL}: damaged since it was written" in told
    assert f"line {len(lines) + 1} of {JOURNAL}: torn" in told
    assert document["trades"]


def test_a_journal_of_an_older_version_is_reviewed_as_far_as_it_tells(home: Path) -> None:
    journal = home / "logs" / JOURNAL
    later = {"look", "taken", "floors", "votes", "held", "running"}
    lines = [json.loads(line) for line in journal.read_bytes().splitlines()]
    kept = [one for one in lines if one["kind"] not in later]
    for one in kept:
        one.pop("crc")
        if one["kind"] == "start":
            del one["currency"], one["hedging"]
    journal.write_text("".join(json.dumps(one) + "\n" for one in kept), encoding="utf-8")
    document = reviewed(home).document
    assert any("no looks are on record" in one for one in document["missing"])
    assert any("what each vote said is not on record" in one for one in document["missing"])
    assert all(one["advised"] is None for one in document["trades"])


def test_a_session_without_a_journal_has_a_page_that_says_so(home: Path) -> None:
    document = reviewed(home, date(2018, 12, 24)).document
    assert document["until"] is None
    assert any("journal_9000001_2018-12-24.jsonl is not there" in one for one in document["missing"])


# Whose


def test_without_any_journal_there_is_nobody_to_review(tmp_path: Path) -> None:
    with pytest.raises(AssistantError, match=r"no journal in .*: there is one once an assistant has run"):
        record_of(tmp_path, None, at("27T00:00"), paper=False)
    with pytest.raises(AssistantError, match=r"no journal of login 5 in .*; there is none at all"):
        record_of(tmp_path, 5, at("27T00:00"), paper=False)


def test_a_live_account_comes_before_the_paper_terminal_and_has_the_clock_of_the_pc(home: Path) -> None:
    now = datetime(2025, 1, 16, tzinfo=UTC)
    assert record_of(home, None, now, paper=False).mode == "paper"
    write_start(home, 4001, datetime(2025, 1, 15, 15, tzinfo=UTC))
    assert record_of(home, None, now, paper=False) == Record(4001, "live", now, date(2025, 1, 15), "")
    paper = record_of(home, None, now, paper=True)
    assert (paper.login, paper.mode, paper.prefix) == (PAPER, "paper", "")
    assert at("26T21:05") <= paper.now < at("26T21:06")  # its last entry


def test_of_several_logins_one_must_be_named_and_the_files_bear_it(home: Path) -> None:
    write_start(home, 9000002, at("26T15:00"), "paper")
    with pytest.raises(AssistantError, match="journals of logins 9000001, 9000002; choose one with --login"):
        record_of(home, None, at("27T00:00"), paper=True)
    with pytest.raises(AssistantError, match=r"no journal of login 3 in .*; there are those of .*1, .*2"):
        record_of(home, 3, at("27T00:00"), paper=True)
    (session,) = TABLE.between(DAY, DAY)
    written = reviews(home, login=PAPER).day(session)
    assert written.page.name == "9000001_2018-12-26.html"
    assert '"9000001_2018-12-26_trades.csv"' in written.page.read_text(encoding="utf-8")


def test_a_home_without_journals_of_the_paper_terminal_says_so(tmp_path: Path) -> None:
    write_start(tmp_path, 4001, datetime(2025, 1, 15, 15, tzinfo=UTC))
    with pytest.raises(AssistantError, match="no journal of the paper terminal in"):
        record_of(tmp_path, None, at("27T00:00"), paper=True)


# Which session


@pytest.mark.parametrize(
    ("now", "session"),
    [
        ("26T14:29:59", date(2018, 12, 24)),  # before the open: the last one
        ("26T14:30", DAY),
        ("26T23:59", DAY),
        ("25T12:00", date(2018, 12, 24)),
        ("30T12:00", date(2018, 12, 28)),
    ],
)
def test_the_session_that_is_meant_is_the_one_that_is_on_or_the_last(now: str, session: date) -> None:
    assert session_at(TABLE, at(now)).date == session


def test_a_date_that_is_no_session_names_the_nearest() -> None:
    with pytest.raises(AssistantError) as told:
        session_on(TABLE, date(2018, 12, 25), at("27T12:00"))
    assert str(told.value) == "2018-12-25 is no session of the exchange; near it: 2018-12-24 and 2018-12-26"
    with pytest.raises(AssistantError, match=r"not in the table .* goes from 2000-01-03 to 2028-12-29$"):
        session_on(TABLE, date(1999, 12, 31), at("27T12:00"))


def test_a_session_may_be_asked_for_from_the_close_before_it_on() -> None:
    with pytest.raises(AssistantError, match=r"2018-12-26 is yet to come; the last session is 2018-12-24"):
        session_on(TABLE, DAY, at("24T17:59"))
    assert session_on(TABLE, DAY, at("24T18:00")).date == DAY
