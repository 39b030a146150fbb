"""A firm's program is found by words."""

from __future__ import annotations

from functools import cache

import pytest

from assistant.config import packaged
from assistant.funded.packs import Pack, read_pack
from assistant.setup.programs import Choice, initial, search


@cache
def packs() -> dict[str, Pack]:
    return {key: read_pack(packaged() / "funded" / f"{key}.yaml") for key in ("ftmo", "topstep")}


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("FTMO 2-step challenge", ["ftmo/2_step_challenge"]),
        ("challenge 2-STEP ftmo", ["ftmo/2_step_challenge"]),
        ("ftmo/1_step_account", ["ftmo/1_step_account"]),
        ("combine", ["topstep/combine"]),
        ("swing", ["ftmo/2_step_account_swing"]),
        ("ftmo combine", []),
    ],
)
def test_all_words_must_stand_in_its_names_in_any_order(words: str, keys: list[str]) -> None:
    assert [one.key for one in search(packs(), words)] == keys


def test_what_is_found_is_told_with_its_currency_and_date() -> None:
    (found,) = search(packs(), "topstep combine")
    assert str(found) == "Topstep Trading Combine, challenge (topstep/combine), USD, rules as of 2026-10-04"
    assert len(search(packs(), "")) == 8


@pytest.mark.parametrize(
    ("balance", "expected"),
    [
        (100_000.0, 100_000.0),
        (91_000.0, 100_000.0),  # 9 % below
        (57_500.0, 50_000.0),  # 15 % above
        (120_000.0, 100_000.0),
        (3_000.0, 10_000.0),
    ],
)
def test_the_size_nearest_to_the_balance_is_proposed_as_the_initial_one(
    balance: float, expected: float
) -> None:
    one = Choice("x/y", "X", (10_000.0, 50_000.0, 100_000.0), "USD", "2026-10-04")
    assert initial(one, balance) == expected
    assert initial(Choice("x/y", "X", (), "USD", "2026-10"), balance) == balance
