"""A firm's numbers in their file: kept over a power failure, and never taken from a damaged one."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.core.snapshot import Stated
from assistant.core.track import Mark
from assistant.errors import AssistantError
from assistant.funded.anchors import Anchors, add_anchor, anchors_path, read_anchors

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
ONE = Stated(AT, {Mark.HIGH_EQUITY: 100500.0}, "max", lower=False)
TWO = Stated(AT.replace(hour=13), {Mark.HIGH_EQUITY: 100700.0}, None, lower=True)


def test_what_was_stated_comes_back_oldest_first(tmp_path: Path) -> None:
    add_anchor(tmp_path, 17, TWO)
    add_anchor(tmp_path, 17, ONE)
    assert read_anchors(tmp_path, 17) == (ONE, TWO)
    assert read_anchors(tmp_path, 19) == ()


def test_a_statement_is_on_the_disk_before_it_is_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def count(descriptor: int) -> None:
        synced.append(descriptor)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", count)
    add_anchor(tmp_path, 17, ONE)
    assert len(synced) == (1 if os.name == "nt" else 2)  # the file, and its name


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4096,
        b"[" * 50_000,
        b'{"schema":"anchors/1","login":17,"stated":7}',
        b'{"schema":"anchors/1","login":19,"stated":[]}',
        b'{"schema":"anchors/1","login":17,"stated":[{"at":"9999-12-31T23:59:59-14:00","marks":{}}]}',
        b'{"schema":"anchors/1","login":17,"stated":[{"at":"2026-11-28T12:00:00","marks":{}}]}',
        b'{"schema":"anchors/1","login":17,"stated":[{"at":"2026-11-28T12:00:00Z","marks":{"high_equity":1e999}}]}',
        b'{"schema":"anchors/1","login":17,"stated":[{"at":"2026-11-28T12:00:00Z","marks":{"x":"'
        + b"y" * 50_000
        + b'"}}]}',
    ],
)
def test_a_damaged_file_is_one_short_line_and_what_it_held_counts_on(tmp_path: Path, content: bytes) -> None:
    add_anchor(tmp_path, 17, ONE)
    held = Anchors(tmp_path)
    assert held.read(17) == (ONE,)
    anchors_path(tmp_path, 17).write_bytes(content)
    assert held.read(17) == (ONE,)
    (problem,) = held.problems
    assert problem.startswith(f"{anchors_path(tmp_path, 17)} holds no numbers of a dashboard: ")
    assert len(problem) < 400
    with pytest.raises(AssistantError):
        add_anchor(tmp_path, 17, TWO)  # which would lose what may still be mended
    assert anchors_path(tmp_path, 17).read_bytes() == content


def test_a_statement_in_a_file_that_another_program_held_counts_once_it_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_anchor(tmp_path, 17, ONE)
    anchors = Anchors(tmp_path)
    anchors.read(17)
    add_anchor(tmp_path, 17, TWO)

    def held(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patched:
        patched.setattr("assistant.funded.anchors.read_file", held)
        assert anchors.read(17) == (ONE,)
        assert list(anchors.problems) != []
    assert (anchors.read(17), list(anchors.problems)) == ((ONE, TWO), [])
