"""`assistant funded` and `funded anchor` as a user meets them, on the paper terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loguru import logger

from assistant.app import Assistant
from assistant.config import load_config
from assistant.outputs.journal import read_journal
from assistant.outputs.state import state_path
from assistant.source import open_source, played
from tests.doubles.command import Command
from tests.doubles.cycles import schema

LOGIN = 9000001
FTMO = "funded: {mode: dry_run, pack: ftmo/2_step_challenge, initial_balance: 100000}\n"
TIGHT = """\
funded:
  mode: MODE
  pack: custom
  initial_balance: 100000
  reward: 0
  custom:
    name: tight
    currency: USD
    as_of: 2026-11-20
    cutoffs: [{time: "17:00", zone: America/New_York}]
    rules:
      daily:
        effect: pause
        floor: {reference: day_start_max, amount: {money: 1600}, measure: equity, op: le}
      max:
        effect: fail
        floor: {reference: hwm_balance_eod, amount: {money: 3000}, lock: {money: 0}, measure: equity, op: le}
"""
FLOOR = "{effect: fail, floor: {reference: initial, amount: {money: 900}, measure: equity, op: le}}"


def own(rule: str) -> str:
    """Settings of a program of one rule."""
    program = f"name: x, currency: USD, as_of: 2026-11-20, cutoffs: [], rules: {{max: {rule}}}"
    return f"{{mode: dry_run, pack: custom, initial_balance: 100000, custom: {{{program}}}}}"


@pytest.fixture
def assistant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "80")
    yield Command(home, capsys, monkeypatch)
    logger.remove()


def configured(assistant: Command, settings: str) -> Command:
    (assistant.home / "config" / "local.yaml").write_text(settings, encoding="utf-8")
    return assistant


def joined(text: str) -> str:
    return " ".join(text.split())


def floors(document: dict[str, Any]) -> dict[str, float]:
    return {one["name"]: one["floor"] for one in document["funded"]["floors"]}


# The page


def test_without_rules_one_line_says_how_they_are_switched_on(assistant: Command) -> None:
    said = assistant("funded", "--paper")
    assert said.code == 1
    assert said.error.startswith("no rules are followed: write `funded: {mode: dry_run, pack: ..., ")
    assert str(assistant.home / "config" / "local.yaml") in said.error
    assert assistant("funded", "anchor", "max", "90000", "--paper").error == said.error


def test_the_page_asks_the_terminal_where_no_assistant_runs_and_says_so(assistant: Command) -> None:
    said = configured(assistant, FTMO)("funded", "--paper")
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert lines[0] == "PAPER GREEN: FTMO 2-Step, challenge, 100,000 USD. DRY RUN: nothing binds."
    assert [line.split()[:2] for line in lines if line.startswith(("daily", "max"))] == [
        ["daily", "green"],
        ["max", "green"],
    ]
    assert lines[-1] == "Asked the terminal itself: no running assistant told it."
    assert max(map(len, lines)) <= 80


def test_the_running_assistant_and_the_terminal_tell_the_same(assistant: Command) -> None:
    configured(assistant, FTMO)
    advice = assistant("run", "--paper", "--once", "--json").document
    schema("advice-1").validate(advice)
    told = assistant("funded", "--paper", "--json")
    asked = assistant("funded", "--paper", "--json", "--connect")
    assert (told.code, asked.code) == (0, 0)
    assert "Asked" not in assistant("funded", "--paper").out
    for document in (told.document, asked.document):
        schema("funded-1").validate(document)
    assert told.document["funded"] == advice["funded"]
    assert told.document["account"] == asked.document["account"]
    assert told.document["caps"] == asked.document["caps"]
    assert told.document["funded"] == asked.document["funded"]
    panel = assistant.home / "paper" / "Common" / "Files" / "BreadthAssistant" / f"advice_{LOGIN}.txt"
    lines = [line for line in panel.read_text(encoding="utf-8").splitlines() if line.startswith("FLOOR|")]
    reset = 1545865200  # 2018-12-26 23:00 UTC, midnight in Prague
    assert lines == [
        f"FLOOR|daily|95000|5007.42|5007.42|{reset}|green",
        f"FLOOR|max|90000|10007.42|10007.42|{reset}|green",
    ]


def test_an_assistant_that_follows_other_rules_is_not_taken_at_its_word(assistant: Command) -> None:
    assistant("run", "--paper", "--once")
    said = configured(assistant, FTMO)("funded", "--paper")
    assert said.err == "warning: the assistant that is running follows no rules: start it again\n"
    assert said.out.startswith("PAPER GREEN: FTMO 2-Step")
    assistant("run", "--paper", "--once")
    said = configured(assistant, TIGHT.replace("MODE", "enforce"))("funded", "--paper")
    assert "follows ftmo/2_step_challenge from 100000.00: start it again" in said.err
    assert said.out.startswith("PAPER GREEN: tight, 100,000 USD. ENFORCED: their caps bind.")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("{mode: enforce}", "pack is missing; mode enforce needs firm/program, or custom"),
        (
            "{mode: dry_run, pack: ftmo/2_step_chalenge, initial_balance: 100000}",
            "which is no program in the box; near it are ftmo/2_step_challenge",
        ),
        (
            "{mode: dry_run, pack: ftmo/2_step_challenge}",
            "funded.initial_balance is missing: the balance that the phase began with",
        ),
        (
            "{mode: enforce, pack: custom, initial_balance: 100000}",
            "funded.custom is missing: the program that funded.pack: custom means",
        ),
        (
            own(FLOOR.replace("effect", "efect")),
            "funded.custom: rules.max.effect: Field required",
        ),
        (
            own(FLOOR.replace("amount", "amont")),
            "funded.custom: rules.max.floor.amont: Unexpected keyword argument",
        ),
    ],
)
def test_settings_that_name_no_program_are_refused_by_name(
    assistant: Command, settings: str, expected: str
) -> None:
    said = configured(assistant, f"funded: {settings}\n")("funded", "--paper")
    assert (said.code, said.out) == (1, "")
    assert expected in said.err
    assert all(line.startswith("error: ") for line in said.err.splitlines())
    assert "readings" not in said.err
    assert assistant("run", "--paper", "--once").code == 1


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("B", "! the account is in EUR, the rules are in USD"),
        ("B", "! the account holds a credit of 2500.00, which no rule counts"),
        ("C", "by its deals 250000.00 stood in it"),
    ],
)
def test_an_account_that_the_rules_do_not_fit_is_not_certified(
    assistant: Command, profile: str, expected: str
) -> None:
    said = configured(assistant, FTMO)("funded", "--paper", "--profile", profile)
    assert said.code == 20
    assert said.out.startswith("PAPER CANNOT CERTIFY: ")
    assert expected in joined(said.out)


def test_an_account_size_that_is_not_sold_is_not_certified(assistant: Command) -> None:
    said = configured(assistant, FTMO.replace("100000", "99000"))("funded", "--paper")
    assert said.code == 20
    assert "! an account size of 99000 is not sold: 10000, 25000, 50000," in joined(said.out)


def test_another_login_is_refused(assistant: Command) -> None:
    said = configured(assistant, FTMO)("funded", "--paper", "--login", "77")
    assert (said.code, said.error) == (1, "--login was 77; the terminal is logged in as 9000001")


def test_options_before_a_subcommand_are_refused_rather_than_lost(assistant: Command) -> None:
    said = assistant("funded", "--paper", "packs")
    assert (said.code, said.out) == (2, "")
    assert "options stand behind the word packs" in said.err


def test_a_live_page_without_a_terminal_is_one_line(assistant: Command) -> None:
    said = configured(assistant, FTMO)("funded")
    assert said.code == 1
    assert said.error.startswith("no running assistant tells, and no MetaTrader 5 terminal")
    assistant("run", "--paper", "--once")
    assert assistant("funded").error == "the assistant that is running plays paper: ask it with --paper"


# A check


@pytest.mark.parametrize("connect", [(), ("--connect",)])
def test_a_check_names_the_funded_cap_as_advice_in_a_dry_run_and_binds_by_it_when_enforced(
    assistant: Command, connect: tuple[str, ...]
) -> None:
    """1598.62 to the floor, 240 kept back (15 % of 1600), 1197.27 at risk: 161.35, 13.94 a lot: 11.5 lots."""
    order = ("check", "buy", "SPY", "30", "--stop", "220", "--paper", "--json", "--release", *connect)
    configured(assistant, TIGHT.replace("MODE", "dry_run"))
    assistant("run", "--paper", "--once")
    said = assistant(*order).document
    schema("verdict-1").validate(said)
    rung = next(one for one in said["ladder"] if one["name"] == "funded daily")
    assert (said["binding"]["name"], said["would_bind"]["name"]) == ("context", "funded daily")
    assert (said["suggested"], round(rung["lots"], 1), rung["advisory"]) == (21.0, 11.6, True)
    configured(assistant, TIGHT.replace("MODE", "enforce"))
    assistant("run", "--paper", "--once")
    said = assistant(*order).document
    assert (said["binding"]["name"], said["would_bind"]) == ("funded daily", None)
    assert (said["answer"], said["suggested"]) == ("resize", 11.0)


# A dashboard's number


def test_a_running_assistant_takes_a_number_of_the_dashboard_and_puts_it_on_record(
    assistant: Command,
) -> None:
    """3000 below the highest balance at a day's end, 97000, and at most the initial balance."""
    configured(assistant, TIGHT.replace("MODE", "enforce"))
    config = played(load_config(assistant.home))
    source = open_source(config, assistant.home, paper=True, speed=100_000.0)
    with Assistant(config, assistant.home, source, publish=False, dry_run=False) as running:
        assert floors(running.cycle()[1]) == {"daily": 98_408.8, "max": 97_000.0}
        said = assistant("funded", "anchor", "max", "98500", "--paper")
        assert (said.code, said.err) == (0, "")
        assert said.out.splitlines()[:2] == [
            "high balance eod: was 100000.00, becomes 101500.00, until it is passed",
            "floor of max: was 97000.00, becomes 98500.00",
        ]
        assert said.out.splitlines()[2].endswith("the running assistant takes it in 2 s.")
        source.clock.sleep(60)
        assert floors(running.cycle()[1]) == {"daily": 98_408.8, "max": 98_500.0}
        said = assistant("funded", "anchor", "daily", "98450", "--paper")
        assert said.out.splitlines()[:3] == [
            "start balance: was 100000.00, becomes 100050.00, until the next reset, 2018-12-26 22:00 UTC",
            "start equity: was 100008.80, becomes 100050.00, until the next reset, 2018-12-26 22:00 UTC",
            "floor of daily: was 98408.80, becomes 98450.00",
        ]
        source.clock.sleep(60)
        assert floors(running.cycle()[1]) == {"daily": 98_450.0, "max": 98_500.0}
    journal = read_journal(assistant.home / "logs" / f"journal_{LOGIN}_2018-12-26.jsonl")
    tracks = [one["tracks"]["17:00 America/New_York"]["marks"] for one in journal if one["kind"] == "track"]
    assert [(one["high_balance_eod"], one["start_balance"]) for one in tracks] == [
        (100_000.0, 100_000.0),
        (101_500.0, 100_000.0),
        (101_500.0, 100_050.0),
    ]


def test_a_number_that_would_lower_a_floor_is_refused_with_both_numbers_and_taken_when_asked(
    assistant: Command,
) -> None:
    configured(assistant, TIGHT.replace("MODE", "enforce"))
    assistant("run", "--paper", "--once")
    for name, value, told in (
        ("max", "96500", "floor of max would fall from 97000.00, which is known, to 96500.00"),
        ("high_balance_eod", "99000", "floor of max would fall from 97000.00, which is known, to 96000.00"),
        ("daily", "98000", "floor of daily would fall from 98408.80, which is known, to 98000.00"),
    ):
        said = assistant("funded", "anchor", name, value, "--paper")
        assert (said.code, said.error) == (1, f"the {told}; --lower takes it all the same")
    assert not (assistant.home / "state" / f"anchors_{LOGIN}.json").exists()
    said = assistant("funded", "anchor", "max", "96500", "--paper", "--lower")
    assert "floor of max: was 97000.00, becomes 96500.00" in said.out
    stated = json.loads((assistant.home / "state" / f"anchors_{LOGIN}.json").read_text(encoding="utf-8"))
    assert [(one["rule"], one["marks"]) for one in stated["stated"]] == [
        ("max", {"high_balance_eod": 99_500.0})
    ]


def test_a_number_far_from_the_balance_is_refused_and_taken_when_asked(assistant: Command) -> None:
    """With nothing on record the balance is the initial one, 100000; the amounts are 1600 and 3000."""
    configured(assistant, TIGHT.replace("MODE", "enforce"))
    tail = "from the balance of 100000.00; --lower takes it all the same"
    for name, value, told in (
        ("start_balance", "10000", "the start balance would be 10000.00, more than 25000.00 "),
        ("daily", "89000", "the start balance would be 90600.00, more than 1600.00 "),
        ("daily", "100001", "the start balance would be 101601.00, more than 1600.00 "),
    ):
        said = assistant("funded", "anchor", name, value, "--paper")
        assert (said.code, said.error) == (1, told + tail)
    path = assistant.home / "state" / f"anchors_{LOGIN}.json"
    assert not path.exists()
    for value, *lower in (("75000",), ("10000", "--lower")):
        assert assistant("funded", "anchor", "start_balance", value, "--paper", *lower).code == 0
    stated = json.loads(path.read_text(encoding="utf-8"))["stated"]
    assert [one["lower"] for one in stated] == [False, True]


def test_a_level_that_stands_is_taken_however_far_the_balance_is(assistant: Command) -> None:
    """The floor of max rises to the initial balance, 100000, and no higher."""
    configured(assistant, TIGHT.replace("MODE", "enforce"))
    assert assistant("funded", "anchor", "high_balance_eod", "110000", "--paper").code == 0
    assistant("run", "--paper", "--once")
    said = assistant("funded", "anchor", "max", "100000", "--paper")
    assert said.code == 0
    assert "high balance eod: was 110000.00, becomes 110000.00" in said.out
    assert floors(assistant("funded", "--paper", "--json").document)["max"] == 100_000.0


def test_a_level_that_the_rules_do_not_allow_is_refused(assistant: Command) -> None:
    """3000 below the highest balance, at most the initial balance of 100000."""
    configured(assistant, TIGHT.replace("MODE", "enforce"))
    said = assistant("funded", "anchor", "max", "100500", "--paper")
    assert said.code == 1
    assert said.error == (
        "the floor of max lies at 100000.00, and by its rules it cannot lie higher; VALUE was 100500.00. "
        "If the dashboard shows that, funded.pack, size or initial_balance are not this account's"
    )
    configured(assistant, f"funded: {own(FLOOR)}\n")
    said = assistant("funded", "anchor", "max", "99000", "--paper")
    assert said.error.startswith(
        "the floor of max lies at 99100.00, and nothing moves it; VALUE was 99000.00."
    )
    assert assistant("funded", "anchor", "max", "99100", "--paper").code == 0


def test_where_nothing_is_known_yet_a_number_is_taken_with_a_warning(assistant: Command) -> None:
    said = configured(assistant, FTMO)("funded", "anchor", "start_balance", "100500", "--paper")
    assert said.code == 0
    assert said.err == "warning: nothing is on record of this account yet; the number is not compared\n"
    assert "start balance: was not known, becomes 100500.00, until the next reset" in said.out
    assert said.out.splitlines()[-1].endswith("the next run takes it.")
    assert floors(assistant("funded", "--paper", "--json").document)["daily"] == 95_500.0


def test_two_numbers_one_after_the_other_are_both_kept_in_order(assistant: Command) -> None:
    configured(assistant, FTMO)
    for value in ("100500", "100400"):
        assistant("funded", "anchor", "start_balance", value, "--paper", "--lower")
    path = assistant.home / "state" / f"anchors_{LOGIN}.json"
    stated = json.loads(path.read_text(encoding="utf-8"))["stated"]
    assert [one["marks"]["start_balance"] for one in stated] == [100_500.0, 100_400.0]
    assert [one["at"] for one in stated] == ["2018-12-26T14:25:00Z", "2018-12-26T14:25:00.000001Z"]


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        ("best 3", 1, "NAME was 'best'; expected a loss rule (daily, max) or a mark (start_balance, "),
        ("max -3", 2, "VALUE was -3.0; expected a number more than 0"),
        ("max nan", 2, "VALUE was nan; expected a number more than 0"),
        ("max x", 2, "valid number"),
        ("max", 2, "Missing argument"),
    ],
)
def test_what_is_no_number_of_a_dashboard_is_refused(
    assistant: Command, words: str, code: int, expected: str
) -> None:
    said = configured(assistant, FTMO)("funded", "anchor", *words.split(), "--paper")
    assert (said.code, said.out) == (code, "")
    assert expected in said.err


def test_a_rehearsal_and_an_account_that_is_not_named_take_no_number(assistant: Command) -> None:
    configured(
        assistant,
        "funded:\n  mode: dry_run\n  pack: ftmo/2_step_challenge\n"
        "  virtual: {initial_balance: 50000, start: 2018-12-03}\n",
    )
    assert "a rehearsal has no dashboard" in assistant("funded", "anchor", "max", "45000", "--paper").error
    said = configured(assistant, FTMO)("funded", "anchor", "max", "90000")
    assert said.error == "assistants ran here for no account; name the account with --login"
    live = assistant("funded", "anchor", "start_balance", "100000", "--login", "51")
    assert (live.code, (assistant.home / "state" / "anchors_51.json").exists()) == (0, True)
    assert not state_path(assistant.home, 51).exists()
