"""A lock for a moment's writing."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.outputs.files import locked


def test_a_lock_that_is_held_is_refused_and_free_again_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "checks_17.lock"
    with (
        locked(path, seconds=0.02),
        pytest.raises(TimeoutError, match=r"checks_17\.lock for 0\.02 s"),
        locked(path, seconds=0.02),
    ):
        pass
    with locked(path, seconds=0.02):
        assert path.read_bytes() == b""


def test_a_lock_is_given_back_where_the_writing_failed(tmp_path: Path) -> None:
    path = tmp_path / "checks_17.lock"
    with pytest.raises(ValueError, match="torn"), locked(path, seconds=0.02):
        raise ValueError("torn")
    with locked(path, seconds=0.02), locked(tmp_path / "checks_19.lock", seconds=0.02):
        pass


def test_a_lock_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"), locked(tmp_path / "nowhere" / "a.lock", seconds=0.02):
        pass
