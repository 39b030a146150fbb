"""The review that a run has written by itself: when, how often, and what comes of a failure."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from assistant.app import Assistant
from assistant.clock import pause, steady
from assistant.config import ReviewSettings, load_config
from assistant.outputs.journal import Journal, read_journal
from assistant.reviewer import Reviewer
from assistant.source import open_source
from assistant.terminal.sessions import Sessions
from tests.doubles.played import PAPER, at, settled

TABLE = Sessions.packaged()
DAY = date(2018, 12, 26)
PAGE = "open('2018-12-26.html.made', 'a').close(); print('page', 'C:\\\\logs\\\\reviews\\\\2018-12-26.html')"
_LONG = 20.0  # seconds in which a process must have ended


class Watch:
    """A reviewer over a home with a journal, and what it put on record there."""

    def __init__(self, home: Path, *said: str, limit: float = 60.0, automatic: bool = True) -> None:
        self.home = home
        self.journal = Journal(home / "logs", PAPER)
        self.now = at("26T20:00")
        self._note("stop", {"cycles": 1, "reason": ""})
        self.prepared: list[datetime] = []
        self.ready = True  # the deals can be put on record
        command = [sys.executable, "-c", *said] if said else [str(home / "no such program")]
        self.reviewer = Reviewer(ReviewSettings(automatic=automatic), home, self._note, command, limit)
        self.lines: list[str] = []
        self.reviewer.say = self.lines.append

    def _note(self, kind: str, fields: dict[str, Any]) -> None:
        self.journal.write(self.now, kind, fields)
        self.journal.close()

    def look(self, now: str) -> None:
        self.now = at(now)
        self.reviewer.see(PAPER, self.now, TABLE, self._prepare)

    def _prepare(self, since: datetime) -> bool:
        self.prepared.append(since)
        return self.ready

    def looks(self, now: str) -> None:
        """Look again and again until something is told."""
        told, until = len(self.told()), steady() + _LONG
        while len(self.told()) == told and steady() < until:
            self.look(now)
            pause(0.01)

    def told(self) -> list[dict[str, Any]]:
        """What came of reviews."""
        entries = [one for path in self.home.glob("logs/*.jsonl") for one in read_journal(path)]
        return [
            {key: value for key, value in one.items() if key not in ("at", "kind")}
            for one in entries
            if one["kind"] == "review"
        ]


def test_a_minute_after_the_close_it_is_written_once_and_put_on_record(tmp_path: Path) -> None:
    watch = Watch(tmp_path, PAGE)
    watch.look("26T21:00:59")
    assert watch.prepared == []
    watch.looks("26T21:01")
    assert watch.prepared == [at("24T18:00")]  # the deals since the close before, of a half-day
    assert watch.told() == [{"session": "2018-12-26", "file": "2018-12-26.html"}]
    assert watch.lines == [f"review of 2018-12-26: {tmp_path / 'logs' / 'reviews' / '2018-12-26.html'}"]
    watch.look("26T21:02")
    watch.look("27T14:00")
    assert len(watch.prepared) == 1


def test_a_run_that_begins_later_writes_what_is_not_there_yet(tmp_path: Path) -> None:
    watch = Watch(tmp_path, PAGE)
    watch.looks("27T13:00")
    assert [one["file"] for one in watch.told()] == ["2018-12-26.html"]
    (tmp_path / "logs" / "reviews").mkdir()
    (tmp_path / "logs" / "reviews" / "2018-12-26.html").touch()
    again = Watch(tmp_path, PAGE)
    again.look("27T13:00")
    assert again.prepared == []
    (tmp_path / "logs" / "reviews" / "2018-12-26.html").unlink()  # gone since
    anew = Watch(tmp_path, PAGE)
    anew.look("27T13:00")
    assert anew.prepared == [at("24T18:00")]
    anew.reviewer.close()


@pytest.mark.parametrize(("later", "ready"), [("26T21:14:59", True), ("26T21:15", False)])
def test_it_waits_a_quarter_of_an_hour_for_deals_that_cannot_be_put_on_record(
    tmp_path: Path, later: str, ready: bool
) -> None:
    watch = Watch(tmp_path, PAGE)
    watch.ready = False
    for minute in ("26T21:01", "26T21:01:59", "26T21:02", "26T21:13:59"):
        watch.look(minute)
    assert (len(watch.prepared), watch.told()) == (3, [])
    watch.ready = ready
    watch.looks(later)
    assert (len(watch.prepared), len(watch.told())) == (4, 1)


def test_without_a_journal_of_the_session_or_where_it_is_not_wanted_none_is_written(tmp_path: Path) -> None:
    none = Watch(tmp_path / "none", PAGE)
    none.look("28T14:00")  # of the 27th there is nothing
    off = Watch(tmp_path / "off", PAGE, automatic=False)
    off.look("26T21:01")
    assert (none.prepared, off.prepared) == ([], [])


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("import sys; print('error: no room'); print('more'); sys.exit(1)", "exit 1: no room"),
        ("raise OSError('torn')", "exit 1: OSError: torn"),
        ("import sys; sys.exit(3)", "exit 3: without a word"),
        ("print('nothing written')", "exit 0: nothing written"),
    ],
)
def test_a_failure_is_told_in_the_journal_with_its_reason(tmp_path: Path, said: str, error: str) -> None:
    watch = Watch(tmp_path, said)
    watch.looks("26T21:01")
    assert watch.told() == [{"session": "2018-12-26", "error": error}]
    assert watch.lines == [f"no review of 2018-12-26: {error}"]


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    watch = Watch(tmp_path)
    watch.look("26T21:01")
    assert watch.told()[0]["error"].startswith("it cannot be started: ")


def test_a_disk_without_room_for_what_it_says_ends_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(tmp_path, PAGE)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    watch.look("26T21:01")
    (told,) = watch.told()
    assert told["error"].startswith("it cannot be started: ")
    watch.look("26T21:02")  # once


@pytest.mark.skipif(sys.platform == "win32", reason="links are for administrators there")
def test_a_journal_that_cannot_be_looked_at_ends_no_run(tmp_path: Path) -> None:
    watch = Watch(tmp_path, PAGE)
    journal = tmp_path / "logs" / f"journal_{PAPER}_{DAY}.jsonl"
    journal.rename(tmp_path / "logs" / f"journal_{PAPER}_2018-12-27.jsonl")
    journal.symlink_to("x" * 300)  # the system refuses so long a name
    watch.look("27T13:00")
    _, told = read_journal(tmp_path / "logs" / f"journal_{PAPER}_2018-12-27.jsonl")
    assert told["error"] == "the journals cannot be read: File name too long"
    watch.look("27T13:01")
    assert watch.prepared == []


def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    watch = Watch(tmp_path, "import time; time.sleep(60)", limit=0.2)
    watch.looks("26T21:01")
    assert watch.told() == [{"session": "2018-12-26", "error": "it had not ended after 0.2 s and was killed"}]


def test_a_run_that_ends_takes_it_along(tmp_path: Path) -> None:
    watch = Watch(tmp_path, "import time; time.sleep(60)")
    watch.look("26T21:01")
    begun = steady()
    watch.reviewer.close()
    assert steady() - begun < 10
    watch.look("26T21:02")
    assert watch.told() == []


# In a run of the paper terminal, with the real command


def run_until(
    home: Path, begin: str, done: Callable[[list[dict[str, Any]]], bool]
) -> Sequence[dict[str, Any]]:
    """Let an assistant watch a session's end, and go on until its journal is as wanted."""
    logger.remove()
    config = load_config(home)
    source = open_source(config, home, paper=True, start=at(begin), speed=1e7)
    with Assistant(config, home, source, publish=False, dry_run=False) as assistant:
        until, limit = at("26T21:02"), steady() + _LONG
        while steady() < limit:
            assistant.run(30, lambda _: None, lambda _: None, until=until)
            until = source.clock.now()
            if done(read_journal(assistant.journal.path)):
                break
            pause(0.05)
        path = assistant.journal.path
    return read_journal(path)


def test_a_run_has_the_review_written_after_the_close_with_all_deals_of_the_session(tmp_path: Path) -> None:
    home = settled(tmp_path / "home")
    local = home / "config" / "local.yaml"
    local.write_text(local.read_text(encoding="utf-8").replace("automatic: false", "automatic: true"))
    entries = run_until(home, "26T20:59", lambda kinds: any(one["kind"] == "review" for one in kinds))
    (told,) = [one for one in entries if one["kind"] == "review"]
    assert (told["session"], told.get("file"), told.get("error")) == ("2018-12-26", "2018-12-26.html", None)
    assert (home / "logs" / "reviews" / "2018-12-26.html").is_file()
    deals = [one["dealt_at"] for one in entries if one["kind"] == "deal"]
    # IEF was opened before the session's span, and closed in it; the run began at 20:59
    assert {"2018-12-24T16:00:00Z", "2018-12-26T15:00:00Z", "2018-12-26T19:30:00Z"} <= set(deals)
    again = run_until(home, "26T21:01", lambda _: True)
    assert len([one for one in again if one["kind"] == "review"]) == 1
