"""`assistant cap`: a cap by hand, from now on, with an end."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.clock import WallClock
from tests.doubles.command import Command

NOW = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
NO_IWM = "IWM 0 lots until 2018-12-29 00:00:00 UTC, since 2018-12-26 15:30 UTC: earnings on Friday"
HALF = "all 0.5x of normal risk until 2018-12-27 21:00:00 UTC, since 2018-12-26 15:30 UTC: holidays"
KEPT = "none ended; those of the settings are ended there"
NOTHING = "no cap by hand is in force: see `assistant cap --help`"


@pytest.fixture
def assistant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.setattr(WallClock, "now", lambda _: NOW)
    monkeypatch.setenv("BREADTH_ASSISTANT_HOME", str(tmp_path / "home"))
    return Command(tmp_path / "home", capsys, monkeypatch)


def no_iwm(assistant: Command) -> None:
    assistant("cap", "iwm", "0", "--until", "2018-12-28", "--why", "earnings on Friday")


def half(assistant: Command) -> None:
    assistant("cap", "ALL", "0.5X", "--until", "2018-12-27T16:00-05:00", "--why", "holidays")


def test_a_cap_in_lots_stands_to_the_end_of_the_day_in_utc_and_is_shown(assistant: Command) -> None:
    taken = assistant("cap", "iwm", "0", "--until", "2018-12-28", "--why", "earnings on Friday")
    assert (taken.code, taken.err) == (0, "")
    seen = "an assistant that is running sees it within a second"
    assert taken.out.splitlines() == [f"set: {NO_IWM}", seen]
    assert assistant("cap").out == NO_IWM + "\n"


def test_a_share_stands_for_the_account_beside_it(assistant: Command) -> None:
    no_iwm(assistant)
    half(assistant)
    assert assistant("cap").out.splitlines() == [NO_IWM, HALF]


def test_a_cap_that_has_ended_is_not_shown(assistant: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    no_iwm(assistant)
    half(assistant)
    monkeypatch.setattr(WallClock, "now", lambda _: datetime(2018, 12, 27, 21, tzinfo=UTC))
    assert assistant("cap").out == NO_IWM + "\n"


def test_clear_ends_what_it_names_and_shows_what_is_left(assistant: Command) -> None:
    assert assistant("cap", "clear").out.splitlines() == [
        "none ended; those of the settings are ended there",
        NOTHING,
    ]
    no_iwm(assistant)
    half(assistant)
    assert assistant("cap", "clear", "all").out.splitlines() == ["1 ended", NO_IWM]
    assert assistant("cap", "clear", "iwm").out.splitlines() == ["1 ended", NOTHING]
    no_iwm(assistant)
    half(assistant)
    assert assistant("cap", "clear").out.splitlines() == ["2 ended", NOTHING]


def test_a_cap_of_the_settings_is_shown_and_stays(assistant: Command) -> None:
    (assistant.home / "config").mkdir(parents=True)
    text = "overrides: [{symbol: IWM, lots: 2.5, why: never more}]"
    (assistant.home / "config" / "local.yaml").write_text(text, encoding="utf-8")
    line = "IWM 2.5 lots without an end: never more"
    assert assistant("cap").out == line + "\n"
    left = [KEPT, line]
    assert assistant("cap", "clear").out.splitlines() == left


def test_a_damaged_file_is_shown_as_the_cap_that_it_is_and_clear_mends_it(assistant: Command) -> None:
    path = assistant.home / "state" / "overrides.json"
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    shown = assistant("cap").out
    assert shown.startswith("all 0 lots without an end, since 20")
    assert f" UTC: {path} cannot be read (" in shown
    assert shown.count("\n") == 1
    refused = assistant("cap", "IWM", "0", "--until", "2018-12-28", "--why", "x")
    assert refused.code == 1
    assert refused.error.startswith(f"{path} cannot be read (")
    assert assistant("cap", "clear").out.splitlines() == ["1 ended", NOTHING]


def test_a_cap_binds_in_a_check(assistant: Command) -> None:
    order = ("check", "--paper", "buy", "SPY", "30", "--stop", "220")
    assistant("cap", "SPY", "3", "--until", "2018-12-28", "--why", "small for once")
    held = assistant(*order)
    assert held.code == 10
    reason = "small for once; since 2018-12-26 15:30 until 2018-12-29 00:00 UTC"
    assert f"at most 3.0 by manual: {reason}" in held.out
    assistant("cap", "all", "0x", "--until", "2018-12-28", "--why", "no more today")
    none = assistant(*order)
    assert none.code == 20
    assert "at most 0.0 by manual: 0.00x no more today" in none.out
    assert assistant("cap", "clear").out.startswith("2 ended")
    free = assistant(*order)
    assert (free.code, "manual" in free.out) == (10, False)


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        ("FOO 0 --until 2018-12-28 --why x", 2, "SYMBOL was FOO; expected all or one of IWM, SPY, QQQ"),
        ("IWM --until 2018-12-28 --why x", 2, "LOTS is missing (see assistant cap --help)"),
        ("IWM 0 --why x", 2, "--until is missing"),
        ("IWM 0 --until 2018-12-28", 2, "--why is missing"),
        (
            "IWM half --until 2018-12-28 --why x",
            2,
            "LOTS was half; expected lots such as 0 or 2.5, or a share",
        ),
        ("IWM x --until 2018-12-28 --why x", 2, "LOTS was x; expected lots"),
        ("IWM -5 --until 2018-12-28 --why x", 2, "lots was -5; expected 0 or more"),
        ("IWM 1.5x --until 2018-12-28 --why x", 2, "share was 1.5; expected 0 to 1"),
        ("all 3 --until 2018-12-28 --why x", 2, "all takes a share such as 0.5x"),
        ("IWM 0 --until 28.12.2018 --why x", 2, "until was 28.12.2018; expected a date such as"),
        ("IWM 0 --until 2018-12-28T16:00 --why x", 2, "or an instant with its zone"),
        ("IWM 0 --until 2018-12-25 --why x", 1, "--until was 2018-12-25, now it is 2018-12-26 15:30 UTC"),
        ("clear FOO", 2, "SYMBOL was FOO; expected all or one of"),
    ],
)
def test_a_wrong_cap_is_one_line_and_sets_nothing(
    assistant: Command, words: str, code: int, error: str
) -> None:
    result = assistant("cap", *words.split())
    assert (result.code, result.out) == (code, "")
    assert error in result.error
    assert not (assistant.home / "state" / "overrides.json").exists()


def test_a_symbol_that_is_called_all_is_meant_by_its_own_name(assistant: Command) -> None:
    (assistant.home / "config").mkdir(parents=True)
    text = "symbols: {ALL: {role: risk_on, names: [ALL.US]}}"
    (assistant.home / "config" / "local.yaml").write_text(text, encoding="utf-8")
    taken = assistant("cap", "ALL", "2", "--until", "2018-12-28", "--why", "x")
    assert taken.out.startswith("set: ALL 2 lots until")
    assert assistant("cap", "all", "1x", "--until", "2018-12-28", "--why", "x").out.startswith(
        "set: all 1x of"
    )
