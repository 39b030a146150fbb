"""A disk that fails while the assistant runs: nothing is lost without a word, and nothing needs a restart."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.outputs.journal import Journal, entry_of, read_journal
from assistant.outputs.recall import recall_notes, recall_overrides
from tests.doubles import bridge
from tests.doubles.bridge import LOGIN, NOON, Broker
from tests.doubles.disk import no_space_beyond
from tests.doubles.runs import Run, nothing, sides

DAY = "2025-01-15"
ONE = {"stance": -1, "first": "2025-01-14", "until": "2025-01-31", "why": "Fed"}
OTHER = {"stance": 1, "first": "2025-01-14", "until": "2025-01-31", "why": "gone"}


def journal_of(home: Path) -> Path:
    return home / "logs" / f"journal_{LOGIN}_{DAY}.jsonl"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to the size of a file to set there")
def test_a_full_disk_means_no_lots_in_words_and_passes_without_a_restart(home: Path, broker: Broker) -> None:
    run, held = Run(home, broker), ExitStack()

    def fill() -> None:
        held.enter_context(no_space_beyond(journal_of(home).stat().st_size + 30))
        broker.money["balance"] += 250.0  # something to be put on record

    def empty() -> None:
        held.close()

    with held:
        run.loop(5, fill, nothing, nothing, empty)

    assert [any(side["lots"] for side in sides(one)) for one in run.shown] == [True, *[False] * 3, True, True]
    for document in run.shown[1:4]:
        assert document["share"] == {"value": 0.0, "binding": "no record"}
        (cap,) = [one for one in document["caps"] if one["name"] == "no record"]
        assert cap["reason"].startswith("the journal cannot be written: ")
        assert "File too large" in cap["reason"]
    problems = [one["problems"] for one in run.shown]
    assert any("advice_4001.json could not be written: File too large" in told for told in problems[2])
    assert problems[5] == problems[0]

    kinds = [one["kind"] for one in run.journal()]
    (hole,) = [one for one in run.journal() if one["kind"] == "hole"]
    assert hole["entries"] >= 3  # one a cycle at least
    assert hole["why"] == "File too large"
    assert kinds.index("repair") < kinds.index("hole") < kinds.index("account", kinds.index("hole"))
    balances = [one["balance"] for one in run.journal() if one["kind"] == "account"]
    assert balances[-1] == broker.money["balance"]  # what was not on record then is now
    assert run.utc() == int(broker.now.timestamp()) - 1  # the panel file never stood still
    assert json.loads(run.state.read_bytes())["seq"] == 6


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to the size of a file to set there")
def test_deals_that_a_full_disk_has_no_room_for_are_written_when_it_has(home: Path, broker: Broker) -> None:
    broker.deals = (bridge.deal(71, NOON - timedelta(days=1)), bridge.deal(72, NOON - timedelta(hours=20)))
    with Run(home, broker).assistant() as (one, _):
        one.cycle()
        since = NOON - timedelta(days=2)
        with no_space_beyond(journal_of(home).stat().st_size + 30):
            assert not one.record_deals(since)
        assert one.record_deals(since)
        assert one.record_deals(since)
    told = [entry["ticket"] for entry in read_journal(journal_of(home)) if entry["kind"] == "deal"]
    assert told == [71, 72]


def damage(path: Path, line: int, before: bytes, after: bytes) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    assert before in lines[line]
    lines[line] = lines[line].replace(before, after)
    path.write_bytes(b"".join(lines))


def test_a_changed_bit_is_told_in_the_advice_and_never_taken_for_a_record(home: Path, broker: Broker) -> None:
    Run(home, broker).loop(1)
    path = journal_of(home)
    kinds = [one["kind"] for one in read_journal(path)]
    damage(path, kinds.index("account"), b'"balance":', b'"bal\xe1nce":')

    again = Run(home, broker)
    again.loop(1)
    told = f"{path.name}: what was written in line {kinds.index('account') + 1} has been damaged since"
    assert f"{told}; it is passed over" in again.shown[0]["problems"]
    repairs = [line for line in path.read_bytes().splitlines() if b'"kind":"repair"' in line]
    assert [entry_of(line)["lines"] for line in repairs] == [[kinds.index("account") + 1]]


@pytest.mark.parametrize(
    "harm",
    [
        lambda line: line.replace(b'"stance":1', b'"stance":0'),
        lambda line: line.replace(b"2025-01-31", b"2025-12-31"),
        lambda line: line[:-25] + line[-24:],
        lambda line: b"\0" * len(line),
        lambda line: line[:40],
    ],
    ids=["a number", "a date", "a letter less", "zeros", "torn"],
)
def test_a_damaged_newest_entry_leaves_the_one_before(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    journal = Journal(tmp_path, 17)
    journal.write(NOON, "notes", {"notes": [ONE]})
    journal.write(NOON + timedelta(seconds=1), "notes", {"notes": [OTHER]})
    journal.close()
    first, second = journal.path.read_bytes().splitlines()
    journal.path.write_bytes(first + b"\n" + harm(second) + b"\n")
    found = recall_notes(tmp_path, 17, NOON + timedelta(minutes=1))
    assert found is not None
    assert [note.why for note in found[0]] == ["Fed"]


def test_a_line_that_stands_twice_says_what_it_says_once(tmp_path: Path) -> None:
    fields = {"symbol": "IWM", "lots": 0.0, "why": "earnings", "since": "2025-01-15T12:00:00Z"}
    journal = Journal(tmp_path, 17)
    journal.write(NOON, "overrides", {"overrides": [fields]})
    journal.close()
    once = recall_overrides(tmp_path, 17, NOON)
    journal.path.write_bytes(journal.path.read_bytes() * 3)
    assert recall_overrides(tmp_path, 17, NOON) == once
    assert len(once) == 1


def test_a_journal_that_was_cut_anywhere_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 17)
    for number in range(3):
        note = {**ONE, "why": f"view {number}"}
        journal.write(NOON + timedelta(seconds=number), "notes", {"notes": [note]})
    journal.close()
    content = journal.path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(content) if byte == 10]
    for cut in range(0, len(content), 7):
        journal.path.write_bytes(content[:cut])
        whole = sum(end - 1 <= cut for end in ends)  # a line may lack its end, and nothing else
        found = recall_notes(tmp_path, 17, NOON + timedelta(minutes=1))
        assert (found[0][0].why if found else None) == (f"view {whole - 1}" if whole else None)
