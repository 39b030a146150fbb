"""Alerts in the loop: on record, in the panel file, at the user's command, once; also over a restart."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.outputs.alerts import recall_alerts
from assistant.outputs.journal import Journal
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, LOGIN, NOON, Broker
from tests.doubles.command import Command
from tests.doubles.cycles import plain_schema, schema
from tests.doubles.notify import SLOW, keeping, kept, script
from tests.doubles.runs import FIRST, Run, at, nothing
from tests.test_app_followed import FIRST_DEAL, FUNDED

OVER = "20250115T170000.500Z-over-iwm-buy"
TEXT = "IWM buy is over its cap: 1.1 of 0.3 lots"


def settings(home: Path, command: list[str], more: str = "", **alerts: Any) -> None:  # noqa: ANN401
    """The home's own settings, with a command for alerts."""
    said = json.dumps({"command": command, **alerts})
    (home / "config" / "local.yaml").write_text(f"{LOCAL}\nalerts: {said}\n{more}", encoding="utf-8")


def lines(run: Run, tag: str) -> list[list[str]]:
    """The lines of the panel file with a tag, cut into fields."""
    found = (line.split("|") for line in run.panel.read_text(encoding="utf-8").splitlines())
    return [fields[1:] for fields in found if fields[0] == tag]


def of_kind(run: Run, kind: str) -> list[dict[str, Any]]:
    return [one for one in run.journal() if one["kind"] == kind]


def test_an_alert_is_put_on_record_and_stands_in_the_panel_file_and_at_the_command_once(
    home: Path, broker: Broker
) -> None:
    settings(home, keeping(home))
    broker.positions = (bridge.position(),)
    run = Run(home, broker)
    run.loop(3)

    assert lines(run, "ALERT") == [[OVER, "warning", TEXT]]
    (document,) = kept(home)
    schema("alert-1").validate(document)
    plain_schema("alert-1").validate(document)
    assert document == {
        "schema": "alert/1",
        "id": OVER,
        "as_of": at(0),
        "login": LOGIN,
        "server": "Example-Live",
        "mode": "live",
        "level": "warning",
        "kind": "over",
        "subject": "IWM buy",
        "text": TEXT,
        "reason": TEXT,
    }
    (entry,) = of_kind(run, "alert")
    assert (entry["at"], entry["id"], entry["about"], entry["text"]) == (at(0), OVER, "over", TEXT)
    kinds = [one["kind"] for one in run.journal() if one["kind"] not in ("handed", "look")]
    assert kinds[-2:] == ["told", "stop"]
    assert [(one["id"], one["came"]) for one in of_kind(run, "handed")] == [(OVER, "ended")]
    assert run.shown[-1]["problems"] == run.shown[0]["problems"]


def test_a_restart_hands_the_alerts_of_the_last_minutes_to_the_panel_again_and_to_the_command_not(
    home: Path, broker: Broker
) -> None:
    settings(home, keeping(home))
    broker.positions = (bridge.position(),)
    Run(home, broker).loop(1)
    broker.now += timedelta(seconds=200)
    Run(home, broker).loop(0)
    broker.now += timedelta(seconds=50)
    run = Run(home, broker)
    run.loop(2)
    assert [one[0] for one in lines(run, "ALERT")] == [OVER]
    assert len(kept(home)) == len(of_kind(run, "alert")) == 1
    broker.now += timedelta(seconds=60)
    Run(home, broker).loop(1)
    assert lines(run, "ALERT") == []


def test_what_changed_while_nothing_ran_is_told_by_the_next_run(home: Path, broker: Broker) -> None:
    settings(home, keeping(home), least="info")
    broker.positions = (bridge.position(),)
    Run(home, broker).loop(1)
    broker.positions, broker.now = (), broker.now + timedelta(hours=1)
    Run(home, broker).loop(70)
    assert [(one["level"], one["text"]) for one in kept(home)] == [
        ("warning", TEXT),
        ("info", "IWM buy is no longer over its cap"),
    ]


def test_an_alert_that_a_crash_cut_off_from_what_was_told_with_it_is_not_told_again(
    home: Path, broker: Broker
) -> None:
    settings(home, keeping(home))
    broker.positions = (bridge.position(),)
    run = Run(home, broker)
    run.loop(1)
    path = home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl"
    whole = path.read_text(encoding="utf-8").splitlines(keepends=True)
    end = next(number for number, line in enumerate(whole) if '"kind":"told"' in line)
    path.write_text("".join(whole[:end]), encoding="utf-8")
    Run(home, broker).loop(2)
    assert len(of_kind(run, "alert")) == 1
    assert [one["id"] for one in kept(home)] == [OVER, OVER]  # what came of the first was cut off, too
    assert [one[0] for one in lines(run, "ALERT")] == [OVER]


def test_what_a_killed_run_left_is_handed_to_the_command_by_the_next_one_and_once_more_at_most(
    home: Path, broker: Broker
) -> None:
    settings(home, keeping(home))
    broker.positions = (bridge.position(),)
    run = Run(home, broker)
    path = home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl"
    with run.assistant() as (one, _):
        one.cycle()
        killed = path.read_bytes()  # as it lies there while the command runs
    path.write_bytes(killed)
    broker.now += timedelta(seconds=590)
    with run.assistant():
        killed = path.read_bytes()
    first, second = kept(home)
    assert first == second
    assert [(one["id"], one["came"]) for one in of_kind(run, "handed")] == [(OVER, "again"), (OVER, "ended")]
    path.write_bytes(killed)  # that one is killed, too
    Run(home, broker).loop(0)
    assert len(kept(home)) == 2
    assert len(of_kind(run, "alert")) == 1


def test_only_what_is_recent_and_grave_and_of_no_known_outcome_is_handed_on(
    home: Path, broker: Broker
) -> None:
    """The run begins at NOON, ten minutes after the first of them; an info is not for the command."""
    settings(home, keeping(home))
    journal = Journal(home / "logs", LOGIN)
    told = {
        "late": (600, "alarm", None),
        "first": (599, "warning", None),
        "lesser": (500, "info", None),
        "ended": (400, "alarm", "ended"),
        "failed": (300, "alarm", "exit"),
        "dropped": (200, "alarm", "dropped"),
        "tried": (100, "alarm", "again"),
        "last": (1, "alarm", None),
    }
    for subject, (ago, level, came) in told.items():
        then = NOON - timedelta(seconds=ago)
        fields = {"level": level, "about": "floor", "subject": subject, "text": subject, "reason": "r"}
        journal.write(then, "alert", {**fields, "told": [3, "red", then.isoformat(), 0]})
        if came:
            journal.write(then, "handed", {"id": f"{then:%Y%m%dT%H%M%S}.000Z-floor-{subject}", "came": came})
    journal.close()
    with Run(home, broker).assistant():
        pass
    assert [one["subject"] for one in kept(home)] == ["first", "last"]


def test_a_damaged_record_is_passed_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path, LOGIN)
    fields = {"id": "x", "level": "alarm", "about": "floor", "subject": "daily", "text": "t", "reason": "r"}
    told = [3, "red", at(0), 0]
    journal.write(FIRST, "alert", fields | {"told": told})
    journal.write(FIRST, "alert", fields | {"told": [3, "red", None, 0]})
    journal.write(FIRST, "alert", fields | {"told": told, "level": "loud"})
    journal.write(FIRST, "alert", fields | {"told": [0, "green", at(0.5), 0]})
    journal.write(FIRST, "told", {"told": [["stance", "regime", [0, "RISK_ON", None, 0]]]})
    journal.write(FIRST, "told", {"told": [["what", "regime", [0, "RISK_ON", None, 0]]]})
    journal.close()
    watched = recall_alerts(tmp_path, LOGIN, FIRST + timedelta(seconds=1))
    assert [one.told.word for one in watched.recent] == ["red", "green"]  # oldest first
    assert [(*key, one.word) for key, one in watched.told.items()] == [
        ("stance", "regime", "RISK_ON"),
        ("floor", "daily", "green"),  # later than what was told in all
    ]
    assert recall_alerts(tmp_path, 4711, FIRST).told == {}


def test_a_floor_of_a_funded_account_tells_each_light_and_only_what_is_grave_enough_goes_out(
    home: Path, broker: Broker
) -> None:
    """Of 2985 that may be lost 1492.5 are amber, and what 447.75 is left of is red: floor 96515."""
    settings(home, keeping(home), FUNDED, least="alarm")
    broker.deals = (FIRST_DEAL,)
    broker.money["equity"] = broker.money["balance"]
    run = Run(home, broker)
    run.loop(5, nothing, falls(broker, 98_000.0), nothing, falls(broker, 96_900.0))
    assert [one["text"] for one in of_kind(run, "alert") if one["subject"] == "daily"] == [
        "daily is amber (was green), 1485.00 left",
        "daily is red (was amber), 385.00 left",
    ]
    assert [(one["level"], one["subject"]) for one in kept(home)] == [("alarm", "daily")]
    assert len(lines(run, "ALERT")) == len(of_kind(run, "alert")) > 1


def falls(broker: Broker, equity: float) -> Any:  # noqa: ANN401
    return lambda: broker.money.update(equity=equity)


def test_a_terminal_that_stays_away_is_told_to_the_command(home: Path, broker: Broker) -> None:
    settings(home, keeping(home))
    run = Run(home, broker)
    run.loop(30, lambda: broker.fails.update({"terminal_info", "initialize"}))
    (document,) = kept(home)
    schema("alert-1").validate(document)
    assert (document["kind"], document["text"]) == ("terminal", "the terminal does not answer")
    assert document["reason"] == "initialize failed: -1 Terminal: Call failed"
    assert document["as_of"] == at(16)  # lost at 1 s, tried each 5 s


@pytest.mark.parametrize(
    ("source", "failed", "told"),
    [
        ("import sys; sys.exit(7)", "exit", "ended with exit 7"),
        (SLOW, "timeout", "had not ended after 0.2 s and was killed"),
        (None, "missing", "no-such-program: there is no such program; expected its full path"),
    ],
)
def test_a_command_that_fails_is_told_once_and_ends_nothing(
    home: Path, broker: Broker, source: str | None, failed: str, told: str
) -> None:
    command = ["no-such-program"] if source is None else script(home, source)
    settings(home, [*command, "a-secret-token"], timeout=0.2 if failed == "timeout" else 20.0)
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        broker.positions = (bridge.position(), bridge.position(82, "XLU.US", volume=9.9))
        one.cycle()
        one._alerting.close()  # noqa: SLF001 -- waits for the command, as the end of a run does
        clock.sleep(1)
        _, document = one.cycle()
        assert [told in problem for problem in document["problems"]].count(True) == 1
    entries = of_kind(run, "alert_command")
    assert len(of_kind(run, "alert")) == 2
    assert [one["failed"] for one in entries] == [failed]
    assert told in entries[0]["told"]
    assert "a-secret-token" not in (home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl").read_text()


# News


CALENDAR = """# breadth-assistant calendar 1
time_utc,currency,impact,title
2025-01-15T16:00:00Z,USD,high,Past
2025-01-15T17:20:00Z,USD,high,Fed speaks
2025-01-15T17:30:00Z,EUR,medium,Of the account
2025-01-15T17:30:00Z,JPY,high,Foreign
2025-01-15T18:00:00Z,USD,low,Low
# as of 2025-01-15T06:00:00Z
"""
NEWS_RULE = """
      news:
        effect: violation
        window: {about: news, forbids: [open], before: 5, after: 5, impact: high}
"""


def test_news_stand_in_the_panel_file_wherever_a_calendar_is_there(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    run.loop(0)
    assert lines(run, "NEWS") == []
    (home / "config" / "news.csv").write_text(CALENDAR, encoding="utf-8")
    run.loop(0)
    assert lines(run, "NEWS") == [
        [str(int(NOON.timestamp()) + 1200), "USD", "high", "Fed speaks"],
        [str(int(NOON.timestamp()) + 1800), "EUR", "medium", "Of the account"],
    ]
    (home / "config" / "news.csv").write_text("nonsense", encoding="utf-8")
    run.loop(0)
    assert any("news.csv" in problem for problem in run.shown[-1]["problems"])


def test_news_near_which_a_followed_rule_forbids_to_open_is_told_before_its_window(
    home: Path, broker: Broker
) -> None:
    settings(home, keeping(home), FUNDED.rstrip() + NEWS_RULE, news_ahead=12)
    broker.deals = (FIRST_DEAL,)
    broker.money["equity"] = broker.money["balance"]
    (home / "config" / "news.csv").write_text(CALENDAR, encoding="utf-8")
    broker.now = NOON + timedelta(minutes=3) - timedelta(seconds=2)  # the window begins at 17:15
    Run(home, broker).loop(4)
    (document,) = kept(home)
    assert (document["id"], document["level"]) == ("20250115T170300.500Z-news-news", "warning")
    assert document["text"] == "no opening from 17:15 UTC: USD Fed speaks"
    assert document["reason"] == "USD Fed speaks at 17:20 UTC: no opening from 17:15 to 17:25 UTC"


# The command line


@pytest.fixture
def assistant(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(home))
    return Command(home, capsys, monkeypatch)


def test_a_test_alert_says_in_one_line_what_came_of_it(assistant: Command) -> None:
    settings(assistant.home, keeping(assistant.home), least="alarm")
    result = assistant("alerts", "test")
    assert (result.code, result.out) == (0, f"{sys.executable} ended with exit 0\n")
    (document,) = kept(assistant.home)
    schema("alert-1").validate(document)
    assert (document["kind"], document["level"], document["login"]) == ("test", "alarm", None)


def test_a_test_alert_that_fails_shows_what_the_command_said(assistant: Command) -> None:
    settings(assistant.home, script(assistant.home, "import sys; print('no token'); sys.exit(2)"))
    result = assistant("alerts", "test")
    assert (result.code, result.out) == (1, "")
    assert result.err == f"{sys.executable} ended with exit 2; it said: no token\n"


def test_without_a_command_a_test_says_how_one_is_named(assistant: Command) -> None:
    result = assistant("alerts", "test")
    assert result.code == 1
    assert result.error == (
        "no command is named: write `alerts: {command: [python, notify.py]}` into "
        f"{assistant.home / 'config' / 'local.yaml'}"
    )


def test_a_run_of_the_paper_terminal_tells_its_command_that_it_is_paper(tmp_path: Path) -> None:
    """A process of its own, from the settings to the program that is called."""
    (tmp_path / "config").mkdir()
    said = json.dumps({"command": keeping(tmp_path)})
    (tmp_path / "config" / "local.yaml").write_text(f"alerts: {said}\n", encoding="utf-8")
    words = ["run", "--paper", "--once", "--json", "--home", str(tmp_path)]
    ended = subprocess.run(
        [sys.executable, "-m", "assistant", *words], capture_output=True, text=True, timeout=60, check=True
    )
    advice = json.loads(ended.stdout)
    documents = kept(tmp_path)
    over = [one for one in advice["problems"] if one.startswith("over its cap")]
    assert len(documents) == len(over) > 0
    for document in documents:
        schema("alert-1").validate(document)
        assert (document["mode"], document["login"], document["kind"]) == ("paper", 9000001, "over")
        assert document["text"].startswith("PAPER: XLU sell is over its cap: ")
    panel = tmp_path / "paper" / "Common" / "Files" / "BreadthAssistant" / "advice_9000001.txt"
    for document in documents:
        assert f"ALERT|{document['id']}|warning|" in panel.read_text(encoding="utf-8")


@pytest.mark.parametrize("at", ["2025-01-15T16:59:58", "9999-12-31T23:59:59-14:00", 7])
def test_an_alert_of_no_certain_instant_is_passed_over(tmp_path: Path, at: object) -> None:
    alert = {"level": "warning", "about": "over", "subject": "XLU sell", "text": "t", "reason": "r"}
    journal = Journal(tmp_path, LOGIN)
    journal.write(FIRST, "alert", {**alert, "told": [2, "over", at, 0]})
    journal.write(FIRST, "alert", {**alert, "told": [2, "over", FIRST.isoformat(), 0]})
    journal.close()
    watched = recall_alerts(tmp_path, LOGIN, FIRST + timedelta(seconds=1))
    assert [one.at for one in watched.recent] == [FIRST]
