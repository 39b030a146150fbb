"""`assistant funded`: what is in the box, and worked examples against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.funded.words import VERIFY
from tests.doubles.command import Command
from tests.doubles.cycles import plain_schema, schema

VECTORS = Path(__file__).parent / "funded" / "vectors.yaml"
UNSURE = "cannot certify"


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setenv("COLUMNS", "400")
    return Command(tmp_path / "home", capsys, monkeypatch)


def test_packs_says_first_and_last_where_it_is_followed_and_whose_word_decides(assistant: Command) -> None:
    lines = assistant("funded", "packs", "all").out.splitlines()
    words = " ".join(" ".join(lines).split())
    assert words.startswith(
        "An account is judged by one of these programs where funded.pack in its settings names it. Verify"
    )
    assert words.endswith("its dashboard decides.")
    assert "53 programs of 8 firms" in words
    assert max(map(len, lines)) <= 110


def test_packs_tells_floors_in_plain_words_with_source_and_date(assistant: Command) -> None:
    words = " ".join(assistant("funded", "packs", "all").out.split())
    assert (
        "ftmo/2_step_challenge: 2-Step, challenge sizes 10000, 25000, 50000, 100000, 200000; "
        "day from 00:00 Europe/Prague; as of 2026-10-04, confidence high "
        "daily: 5 % of the initial balance, below the balance at the day's start; broken when equity falls "
        "below it -> the account is lost [ftmo_daily, ftmo_obj; 2026-10-04] "
        "max: 10 % of the initial balance, below the initial balance; broken when equity falls below it "
        "-> the account is lost [ftmo_max, ftmo_obj; 2026-10-04] "
        "or, it trails the balance at each reset, as one tracker of 2026-08-29 quotes the objectives page: "
        "10 % of the initial balance, below the highest balance at a day's end; broken when equity falls "
        "below it"
    ) in words
    assert "the_trading_pit/cfd_instant: CFD Instant, earning sizes not published" in words
    assert "cannot certify: not published, below the highest balance" in words
    assert "day from cannot certify: not published" in words
    assert "incomplete: rules of this program were not found" in words
    assert "the floor is at" not in words
    assert "; at the initial balance from the first payout on" in words
    assert "(applies: the funded stage)" in words
    assert "ftmo_daily: https://academy.ftmo.com/lesson/maximum-daily-loss" in words


def test_packs_without_words_is_one_line_for_each_program(assistant: Command) -> None:
    lines = assistant("funded", "packs").out.splitlines()
    programs = [line for line in lines if line.startswith("  ") and "/" in line]
    assert len(programs) == 53
    assert "  ftmo/2_step_challenge         2-Step, challenge; as of 2026-10-04" in programs
    assert "53 programs of 8 firms. Verify with the firm" in " ".join(lines)
    assert "broken when" not in " ".join(lines)


def test_packs_with_words_tells_the_rules_of_the_programs_that_have_them_all(assistant: Command) -> None:
    said = assistant("funded", "packs", "FTMO", "2_step", "challenge").out
    assert "  ftmo/2_step_challenge: 2-Step, challenge" in said
    assert "broken when equity falls below it" in said
    assert "topstep" not in said
    assert "1 program of 1 firm. Verify" in said
    assert said == assistant("funded", "packs", "ftmo", "2step", "chall").out
    document = assistant("funded", "packs", "ftmo", "2-Step", "challenge", "--json").document
    assert [one["program"] for pack in document["packs"] for one in pack["programs"]] == ["2_step_challenge"]


def test_packs_with_words_that_no_program_has_is_one_line(assistant: Command) -> None:
    said = assistant("funded", "packs", "ftmo", "zzzz")
    assert said.code == 1
    assert said.error.startswith("no program has 'ftmo' and 'zzzz': `")


def test_packs_as_json_is_the_document_of_its_schema(assistant: Command) -> None:
    document = assistant("funded", "packs", "--json").document
    schema("funded-packs-1").validate(document)
    plain_schema("funded-packs-1").validate({**document, "packs": document["packs"][:1]})
    assert (document["binds"], document["verify"]) == (False, VERIFY)
    programs = {
        f"{pack['pack']}/{one['program']}": one for pack in document["packs"] for one in pack["programs"]
    }
    assert len(programs) == 53
    rules = {one["rule"]: one for one in programs["topstep/combine"]["rules"]}
    assert rules["max"]["readings"] == [
        {
            "told": "as published",
            "kind": "floor",
            "words": "2000 / 3000 / 4500 by account size, below the highest balance at a day's end; "
            "broken when equity falls below it; rises up to the initial balance",
            "floor": {
                "reference": "hwm_balance_eod",
                "amount": {
                    "money": None,
                    "percent": None,
                    "of": "initial",
                    "by_size": {"50000": 2000.0, "100000": 3000.0, "150000": 4500.0},
                },
                "measure": "equity",
                "op": "lt",
                "lock": {"money": 0.0, "percent": None, "of": "initial", "by_size": None},
                "initial_after_payout": False,
                "stated": None,
            },
        }
    ]


def test_verify_prints_every_example_with_both_numbers_and_exits_0(assistant: Command) -> None:
    said = assistant("funded", "verify", str(VECTORS))
    lines = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert [line for line in lines if line.startswith("FAIL")] == []
    assert lines[:4] == [
        "pass  FTMO-D1",
        "      step 1 reset: daily floor: expected 190000.00, was 190000.00",
        "      step 2 tick: daily room: expected 2000.00, was 2000.00",
        "      step 2 tick: broken: expected none, was none",
    ]
    assert "      share of the best day: expected 0.315789, was 0.315789" in lines
    assert "      the day counts with 450.00: expected no, was no" in lines
    assert lines[-1] == "28 of 28 examples pass; 8 that the file marks do_not_use were not run"


def test_verify_of_a_wrong_number_says_fail_and_exits_1(assistant: Command, tmp_path: Path) -> None:
    path = tmp_path / "examples.yaml"
    path.write_text(
        """\
schema: funded-test-vectors/1
floors:
  - id: WRONG
    initial: 100000
    rules: {daily: {ref: day_start_balance, op: lt, measure: equity, amount: {pct: 5, of: initial}}}
    steps: [{at: reset, balance: 103000, equity: 103000, expect: {daily: 97000}}]
  - id: LACKING
    initial: 100000
    rules: {daily: {ref: unknown, op: lt, measure: equity, amount: {pct: 5}}}
    steps: [{at: reset, balance: 103000, expect: {daily: null}}]
  - {id: BROKEN, initial: 100000}
""",
        encoding="utf-8",
    )
    said = assistant("funded", "verify", str(path))
    assert said.code == 1
    assert said.out.splitlines() == [
        "FAIL  WRONG",
        "    ! step 1 reset: daily floor: expected 97000.00, was 98000.00",
        "pass  LACKING",
        f"      step 1 reset: daily floor: expected {UNSURE}, was {UNSURE}: its reference is not published",
        "FAIL  BROKEN",
        "    ! rules: Field required; steps: Field required",
        "1 of 3 examples pass",
    ]


def test_verify_of_another_file_is_one_clear_line(assistant: Command, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("regime: {}\n", encoding="utf-8")
    said = assistant("funded", "verify", str(other))
    assert said.code == 1
    assert said.error == (
        f"{other} is no file of worked examples: schema was None; expected funded-test-vectors/1"
    )
    assert assistant("funded", "verify").code == 2
    missing = assistant("funded", "verify", str(tmp_path / "none.yaml"))
    assert (missing.code, missing.error) == (
        1,
        f"{tmp_path / 'none.yaml'}: cannot be read: No such file or directory",
    )
