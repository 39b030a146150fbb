"""No document that the program reads makes it do more than refuse: 500 hostile cases of each.

`python scripts/soak.py --fuzz 10000` runs as many as one likes.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import AssistantError
from tests.fuzz.engine import HOSTILE_YAML, Input, case, emptied, run
from tests.fuzz.inputs import NAMES, inputs

CASES = 500


@pytest.fixture(scope="module")
def documents() -> Iterator[dict[str, Input]]:
    with emptied() as folder, inputs(folder) as found:
        assert tuple(found) == NAMES
        yield found


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_document_is_refused_or_read(name: str, documents: dict[str, Input]) -> None:
    with emptied() as folder:
        report = run(documents[name], folder / "home", cases=CASES)
        assert report.faults == []
        assert report.cases == CASES
        assert [one.name for one in folder.iterdir()] == ["home"]


# The engine itself: it sees what it is there to see


def never(_: bytes) -> None:
    """Read anything."""


def watched(tmp_path: Path, act: object) -> list[str]:
    """What the engine says of a reader that acts after its first document."""
    done: list[bytes] = []

    def read(document: bytes) -> None:
        done.append(document)
        if len(done) == 2:
            act(document)  # type: ignore[operator]

    one = Input("x", (b'{"a": 1}',), "json", lambda _: read)
    return [fault.split(": ", 1)[1] for fault in run(one, tmp_path / "home", cases=3).faults]


def test_a_case_is_the_same_in_any_order() -> None:
    one = Input("x", (b'{"a": [1, "2018-12-26"]}', b"{}"), "json", lambda _: never)
    first = [case(one, 1, number) for number in range(50)]
    assert first == [case(one, 1, number) for number in reversed(range(50))][::-1]
    assert len(set(first)) > 25
    assert first != [case(one, 2, number) for number in range(50)]


def test_another_exception_than_a_refusal_is_a_fault(tmp_path: Path) -> None:
    def fail(_: bytes) -> None:
        raise KeyError("equity")

    def refuse(_: bytes) -> None:
        raise AssistantError("notes.jsonl line 3 is damaged")

    def mumble(_: bytes) -> None:
        raise AssistantError("x" * 1001)

    assert [fault[:17] for fault in watched(tmp_path, fail)] == ["KeyError at test_"]
    assert watched(tmp_path, refuse) == []
    assert watched(tmp_path, mumble) == ["an unclear AssistantError of 1001 characters"]


def test_what_a_reader_may_not_do_is_a_fault(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    assert watched(tmp_path, lambda _: outside.write_bytes(b"x")) == [f"wrote {outside}"]
    assert watched(tmp_path, lambda _: outside.unlink()) == [f"os.remove {outside}"]
    assert watched(tmp_path, lambda _: (tmp_path / "home" / "inside.txt").write_bytes(b"x")) == []

    def start(_: bytes) -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    assert watched(tmp_path, start)[0].startswith("subprocess.Popen ")


def test_yaml_runs_nothing_and_grows_nothing(documents: dict[str, Input], tmp_path: Path) -> None:
    read = documents["yaml"].reader(tmp_path)
    before = sorted(Path.cwd().iterdir())
    for hostile in HOSTILE_YAML:
        with contextlib.suppress(AssistantError):
            found = read(hostile.encode())
            assert len(json.dumps(found, default=str)) < 10_000
    assert sorted(Path.cwd().iterdir()) == before  # no PWNED
