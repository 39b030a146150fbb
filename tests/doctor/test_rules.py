"""What doctor says of settings, the rules of a funded account, and the table of sessions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.config import FundedSettings
from assistant.core.market import Account, StopOut
from assistant.core.program import Mode
from assistant.doctor import rules
from assistant.errors import ConfigError
from tests.doubles.cycles import packaged_config

TODAY = date(2026, 11, 28)


def followed(**changed: object) -> FundedSettings:
    """Settings that follow a program in a dry run."""
    asked = {"mode": Mode.DRY_RUN, "pack": "ftmo/2_step_challenge", "initial_balance": 100_000.0}
    return replace(packaged_config().funded, **{**asked, **changed})  # type: ignore[arg-type]


def account(login: int = 4001, currency: str = "USD") -> Account:
    return Account(login, "S", currency, 1e5, 1e5, 0.0, 0.0, 1e5, StopOut(0.5, in_money=False), hedging=True)


def test_each_complaint_about_the_settings_is_a_finding_of_its_own(tmp_path: Path) -> None:
    found = rules.settings_check(tmp_path, ConfigError("a.yaml: x: unknown key\na.yaml: y: missing"))
    assert [(one.status, one.text) for one in found] == [
        ("fail", "a.yaml: x: unknown key"),
        ("fail", "a.yaml: y: missing"),
    ]
    assert all("mend that key" in one.mend for one in found)


def test_settings_that_hold_name_the_file(tmp_path: Path) -> None:
    own = tmp_path / "config" / "local.yaml"
    (packaged,) = rules.settings_check(tmp_path, None)
    assert (packaged.status, packaged.text) == ("ok", f"the packaged ones; yours would stand in {own}")
    own.parent.mkdir()
    own.touch()
    assert rules.settings_check(tmp_path, None)[0].text == str(own)


@pytest.mark.parametrize(
    ("as_of", "status"),
    [
        ("2026-11-28", "ok"),
        ("2026-08-30", "ok"),  # 31 + 30 + 29 days to the 28th of November: 90
        ("2026-08-29", "warn"),
        ("2026-09", "ok"),  # counts from the 1st: 88 days
        ("2026-08", "warn"),
    ],
)
def test_rules_older_than_90_days_are_to_be_verified_again(as_of: str, status: str) -> None:
    found = rules.age_check("a program", as_of, TODAY)
    assert (found.status, "dashboard" in found.mend) == (status, status == "warn")


def test_a_program_that_is_followed_is_told_with_what_it_does() -> None:
    dry = rules.funded_check(followed(), date(2026, 9, 1), account())
    assert dry.status == "ok"
    assert dry.text.startswith(
        "FTMO 2-Step, challenge, from 100,000 USD; dry run: shown, and nothing binds; as of 20"
    )
    assert rules.funded_check(packaged_config().funded, TODAY, account()).text.startswith("off: no firm's")


def test_a_program_that_is_none_or_of_another_currency_is_to_mend() -> None:
    lost = rules.funded_check(followed(pack="ftmo/nothing"), TODAY, account())
    assert (lost.status, "ftmo/nothing" in lost.text) == ("fail", True)
    other = rules.funded_check(followed(mode=Mode.ENFORCE), TODAY, account(currency="EUR"))
    assert "its caps bind" in other.text
    assert (other.status, other.text.endswith("; but the account is in EUR")) == ("fail", True)
    assert rules.funded_check(followed(), TODAY, account(currency="EUR")).status == "warn"


def test_rules_for_another_account_are_to_mend() -> None:
    own = rules.funded_check(followed(login=4001), date(2026, 11, 28), account())
    assert own.status == "ok"
    other = rules.funded_check(followed(login=7, mode=Mode.ENFORCE), TODAY, account())
    assert rules.funded_check(followed(login=7), TODAY, account()).status == "warn"
    assert (other.status, other.text.endswith("; they are for login 7, not 4001")) == ("fail", True)
    assert rules.funded_check(followed(login=7), TODAY, None).status == "ok"


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (date(2027, 1, 27), "ok"),  # 2 + 31 + 27 days: 60
        (date(2027, 1, 26), "warn"),
        (TODAY, "warn"),
        (date(2026, 11, 27), "fail"),
        (None, "fail"),
    ],
)
def test_sixty_days_before_its_end_the_table_of_sessions_is_told(last: date | None, status: str) -> None:
    found = rules.table_check(last, TODAY)
    assert (found.status, bool(found.mend)) == (status, status != "ok")
