"""Answers become settings: what differs from the defaults, and what the user has written already."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.config import read_yaml
from assistant.setup.local import as_yaml, with_answers

DEFAULTS: dict[str, Any] = {
    "sizing": {"risk": 0.005, "atr": 14},
    "plan": {"hold": "overnight"},
    "symbols": {},
}


@pytest.mark.parametrize(
    ("own", "answers", "expected"),
    [
        ({}, {"sizing": {"risk": 0.005}, "plan": {"hold": "overnight"}}, {}),
        ({}, {"sizing": {"risk": 0.004}}, {"sizing": {"risk": 0.004}}),
        # what the user has written gives way to his answer, also where that is the default
        ({"sizing": {"risk": 0.01}}, {"sizing": {"risk": 0.005}}, {"sizing": {"risk": 0.005}}),
        # and stays where he was not asked
        (
            {"log": {"keep": 90}, "sizing": {"atr": 20}},
            {"sizing": {"risk": 0.004}},
            {"log": {"keep": 90}, "sizing": {"atr": 20, "risk": 0.004}},
        ),
        ({}, {"symbols": {"IWM": {"names": ["IWM.x"]}}}, {"symbols": {"IWM": {"names": ["IWM.x"]}}}),
        (
            {"symbols": {"IWM": None}},
            {"symbols": {"IWM": {"names": ["x"]}}},
            {"symbols": {"IWM": {"names": ["x"]}}},
        ),
        ({}, {"funded": {"mode": "dry_run", "size": None}}, {"funded": {"mode": "dry_run", "size": None}}),
    ],
)
def test_only_what_differs_is_written_and_nothing_of_the_users_is_lost(
    own: dict[str, Any], answers: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = repr(own)
    assert with_answers(own, answers, DEFAULTS) == expected
    assert repr(own) == before


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"sizing": {"risk_per_trade": 0.004}, "funded": {"mode": "off", "start": date(2026, 11, 2)}},
        {"terminal": {"path": r"C:\Program Files\A #1: \x\terminal64.exe", "start": False}},
        {"symbols": {"IWM": None, "SPY": {"names": ["#SPY", "SPY: x", "no", "1"], "isin": None}}},
        {"a": {"b": {"c": {"d": [1, {"e": "f # g"}], "empty": {}}}}, "yes": "on", "1": "ü"},
    ],
)
def test_the_text_says_what_was_meant_to_the_loader(data: dict[str, Any], tmp_path: Path) -> None:
    text = as_yaml(data, {"sizing.risk_per_trade": "a comment: with # signs"}, "one\ntwo")
    (tmp_path / "local.yaml").write_text(text, encoding="utf-8")
    assert read_yaml(tmp_path / "local.yaml") == data
    assert text.startswith("# one\n# two\n")


def test_a_comment_stands_behind_its_own_key() -> None:
    text = as_yaml({"a": {"x": 1, "y": 2}, "b": {"x": 3}}, {"a.x": "of a", "b": "all of b"}, "head")
    assert text == "# head\n\na:\n  x: 1  # of a\n  y: 2\nb:  # all of b\n  x: 3\n"
