"""Files that another program holds, that are none, or that are damaged; a lock for a moment's writing."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import PublishError
from assistant.outputs.files import json_of, locked, read_file, replace_file, short


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


# Another program holds it, as a scanner or a reader may on Windows


class Held:
    """A method of Path that fails so many times with the error of Windows; and what was waited meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str, times: int) -> None:
        self.left, self._real = times, getattr(Path, method)
        self.waited: list[float] = []
        held = self

        def refuse(path: Path, *rest: Any) -> Any:  # noqa: ANN401 -- of any method
            if held.left:
                held.left -= 1
                raise PermissionError(13, "The process cannot access the file", str(path))
            return held._real(path, *rest)

        monkeypatch.setattr(Path, method, refuse)
        monkeypatch.setattr(time, "sleep", self.waited.append)


def test_a_file_that_is_held_is_replaced_as_soon_as_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "advice_17.json"
    path.write_bytes(b"old")
    held = Held(monkeypatch, "replace", 4)
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert held.waited == [0.01, 0.02, 0.04, 0.08]  # seconds
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_stays_held_keeps_its_content_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "advice_17.json"
    path.write_bytes(b"old")
    held = Held(monkeypatch, "replace", 5)
    with pytest.raises(PublishError, match=r"advice_17\.json could not be written: The process cannot"):
        replace_file(path, b"new", durable=True)
    assert path.read_bytes() == b"old"
    assert sum(held.waited) == pytest.approx(0.15)


@pytest.mark.parametrize(("times", "waited"), [(1, [0.01]), (3, [0.01, 0.02, 0.04])])
def test_a_file_that_a_scanner_holds_is_read_a_moment_later(
    times: int, waited: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_bytes(b"{}\n")
    held = Held(monkeypatch, "read_bytes", times)
    assert read_file(path) == b"{}\n"
    assert held.waited == waited


def test_a_file_that_stays_held_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_bytes(b"{}\n")
    Held(monkeypatch, "read_bytes", 4)
    with pytest.raises(PermissionError):
        read_file(path)


# What is no file, or no JSON


def test_a_folder_and_too_large_a_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it is no file"):
        read_file(tmp_path)
    path = tmp_path / "large.json"
    path.write_bytes(b"12345")
    assert read_file(path, 5) == b"12345"
    with pytest.raises(OSError, match="it has more than 4 bytes"):
        read_file(path, 4)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
def test_a_pipe_a_device_and_a_circle_of_links_end_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # whoever opens it waits for a writer
    (tmp_path / "zeros").symlink_to("/dev/zero")  # has no end
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    for name in ("pipe", "zeros", "circle"):
        with pytest.raises(OSError, match=r"it is no file|symbolic links"):
            read_file(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "-Infinity",
        "1e309",
        "[1e999]",
        "12345678901234567890",
        "[" * 50_000,
        "",
        "{'a': 1}",
        "\ufeff1 2",
    ],
)
def test_json_of_no_file_of_ours_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        json_of(text.encode())


def test_json_says_what_it_says() -> None:
    assert json_of(b'{"a":[1,-9223372036854775808,2.5,null,true,"\xc3\xa9"]}') == {
        "a": [1, -9223372036854775808, 2.5, None, True, "é"]
    }


def test_what_was_there_is_told_in_a_line() -> None:
    assert short("a\nb\0c") == "a b c"
    assert short("x" * 120) == "x" * 120
    assert short("x" * 121) == "x" * 117 + "..."


# What must not be lost


def test_what_is_durable_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, rename = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        done.append("folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "file")  # noqa: PTH112 -- of a link
        fsync(descriptor)

    def named(path: Path, target: Path) -> Path:
        done.append("name")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", named)
    replace_file(tmp_path / "advice.json", b"each second")
    assert done == ["name"]
    replace_file(tmp_path / "anchors.json", b"said once", durable=True)
    folders = ["folder"] if sys.platform == "linux" else done[3:]
    assert done == ["name", "file", "name", *folders]
