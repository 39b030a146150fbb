"""local.yaml comes into its place whole and checked, and what was there is kept."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.config import packaged
from assistant.errors import ConfigError, PublishError
from assistant.setup.placing import loaded, own_settings, place, place_beside

NOW = datetime(2026, 11, 28, 15, 4, 5, tzinfo=UTC)
TEXT = "sizing: {risk_per_trade: 0.004}\n"


def names(home: Path) -> list[str]:
    return sorted(one.name for one in (home / "config").iterdir())


def test_it_is_read_by_the_real_loader_over_the_homes_own_files(tmp_path: Path) -> None:
    assert loaded(tmp_path, TEXT).sizing.risk_per_trade == 0.004
    assert loaded(tmp_path, "").sizing.risk_per_trade == 0.005
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "assistant.yaml").write_text("log: {keep: 7}\n", encoding="utf-8")
    (tmp_path / "config" / "local.yaml").write_text("log: {keep: 8}\n", encoding="utf-8")
    assert loaded(tmp_path, TEXT).log.keep == 7
    assert names(tmp_path) == ["assistant.yaml", "local.yaml"]


def test_in_a_clone_the_packaged_files_are_no_layer_of_their_own(tmp_path: Path) -> None:
    clone = packaged().parent
    assert loaded(clone, TEXT).sizing.risk_per_trade == 0.004
    shutil.copytree(packaged(), tmp_path / "config", ignore=shutil.ignore_patterns("local.yaml", "funded"))
    assert loaded(tmp_path, TEXT) == loaded(clone, TEXT)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sizing: {risk_per_trade: 0.2}", "sizing.risk_per_trade"),
        ("no: {such: key}", "no: unknown key"),
        ("funded: {mode: dry_run, pack: custom, initial_balance: 1}", "funded.custom is missing"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_name_of_the_home(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refused:
        loaded(tmp_path, text)
    assert "/tmp/tmp" not in str(refused.value)  # noqa: S108 -- where it was read
    assert list(tmp_path.iterdir()) == []


def test_the_first_one_is_written_and_has_no_copy(tmp_path: Path) -> None:
    assert own_settings(tmp_path) is None
    placed = place(tmp_path, TEXT, NOW)
    assert (placed.path, placed.backup, placed.read) == (tmp_path / "config" / "local.yaml", None, True)
    assert own_settings(tmp_path) == {"sizing": {"risk_per_trade": 0.004}}
    assert names(tmp_path) == ["local.yaml"]


def test_it_is_on_the_disk_before_it_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[int] = []
    monkeypatch.setattr(os, "fsync", forced.append)
    place(tmp_path, TEXT, NOW)
    first = len(forced)
    place(tmp_path, TEXT, NOW)
    assert (first > 0, len(forced)) == (True, 3 * first)  # the copy, too


def test_one_that_was_there_is_kept_to_the_byte_under_the_time(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_bytes(b"# mine\r\nlog: {keep: 9}\r\n")
    placed = place(tmp_path, TEXT, NOW)
    assert placed.backup is not None
    assert placed.backup.name == "local.yaml.bak-20261128T150405Z"
    assert placed.backup.read_bytes() == b"# mine\r\nlog: {keep: 9}\r\n"
    again = place(tmp_path, "", NOW)
    assert again.backup is not None
    assert again.backup.read_text(encoding="utf-8") == TEXT
    assert len(names(tmp_path)) == 3


def test_beside_it_the_one_that_is_read_stays_and_so_do_earlier_ones(tmp_path: Path) -> None:
    place(tmp_path, TEXT, NOW)
    assert place_beside(tmp_path, "a: 1\n").path.name == "local.new.yaml"
    second = place_beside(tmp_path, "b: 1\n")
    assert (second.path.name, second.read) == ("local.new-2.yaml", False)
    assert (tmp_path / "config" / "local.yaml").read_text(encoding="utf-8") == TEXT
    assert (tmp_path / "config" / "local.new.yaml").read_text(encoding="utf-8") == "a: 1\n"


def test_a_home_that_takes_no_file_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("", encoding="utf-8")
    with pytest.raises(PublishError, match="could not be written"):
        place(tmp_path, TEXT, NOW)
