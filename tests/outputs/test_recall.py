"""What a run puts on record is what the next one starts with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.core.advice import Track, advise
from assistant.core.caps import AppliesTo, Cap, Kind, Spell, Unit
from assistant.core.fold import Kept, Memory
from assistant.core.intraday import Watch
from assistant.core.market import Note, Override, Series
from assistant.outputs.journal import Journal
from assistant.outputs.recall import (
    Recalled,
    recall,
    recall_conditions,
    recall_notes,
    recall_overrides,
)
from assistant.outputs.record import Recorded, entries
from tests.core.builders import AS_OF, FEAR, SETTINGS, SMALL, SNAPSHOT, day, utc
from tests.outputs.voting import ASKED, VOTED, voted

LOGIN = 50012
NOW = AS_OF + timedelta(minutes=1)
NOTHING = Recalled(None, Watch())
MEMORY = Memory(
    {day(5): 0.7, day(6): 0.45},
    {"small": Kept(-1, day(6)), "fear": Kept(1, day(4))},
    {"fear": {"VIX 20 to 28": Kept(-1, day(3))}},
    {"IWM/SPY": {day(5): 0.6, day(6): 0.3}},
    {"context": (day(6), 0.45), "IWM/SPY": (day(6), 0.3)},
)
CAP = Cap(
    "intraday",
    0.6,
    Unit.SHARE,
    Kind.SIGNAL,
    "0.60x live ratio under the band",
    applies_to=AppliesTo.RISK_ON,
    since=AS_OF - timedelta(minutes=6),
    until=AS_OF + timedelta(hours=6),
)
CONTEXT = {
    "targets": [["2018-12-07", 0.7], ["2018-12-08", 0.45]],
    "votes": {"small": [-1, "2018-12-08"], "fear": [1, "2018-12-06"]},
    "readings": {"fear": {"VIX 20 to 28": [-1, "2018-12-05"]}},
    "stances": {"IWM/SPY": [["2018-12-07", 0.6], ["2018-12-08", 0.3]]},
    "held": {"context": ["2018-12-08", 0.45], "IWM/SPY": ["2018-12-08", 0.3]},
}
INTRADAY = {
    "value": 0.6,
    "reason": "0.60x live ratio under the band",
    "since": "2018-12-10T14:54:00Z",
    "until": "2018-12-10T21:00:00Z",
}


def journal(folder: Path, *entries: tuple[datetime, str, dict[str, Any]], login: int = LOGIN) -> None:
    """Put entries on record."""
    written = Journal(folder, login)
    for at, kind, fields in entries:
        written.write(at, kind, fields)
    written.close()


def test_what_was_put_on_record_comes_back_equal(tmp_path: Path) -> None:
    journal(tmp_path, (AS_OF, "context", CONTEXT), (AS_OF, "intraday", INTRADAY))
    assert recall(tmp_path, LOGIN, NOW) == Recalled(MEMORY, Watch(cap=CAP))


def test_a_cycle_records_votes_notes_and_series_in_the_form_that_is_read_back(tmp_path: Path) -> None:
    fold = replace(SETTINGS.fold, votes={"small": SMALL, "fear": FEAR})
    series = Series("VIX", ((day(5), 31.0),), 1, 5, "a file")
    note = Note(-1, day(5), day(9), "why")
    snapshot = replace(SNAPSHOT, series={"VIX": series}, notes=(note,))
    advice, track = advise(snapshot, Track(watch=Watch(cap=CAP)), replace(SETTINGS, fold=fold))
    assert track.folded is not None
    written, known = entries(snapshot, advice, track, (), Recorded())
    fields = dict(written)
    # Small caps fall against the large: -1; 31.0 is over 28: -1; the note is a third: 0.7 + 0.4 x -3/3 = 0.3
    assert fields["context"]["votes"] == {"small": [-1, "2018-12-08"], "fear": [-1, "2018-12-08"]}
    assert fields["context"]["targets"][-1] == ["2018-12-08", pytest.approx(0.3)]
    assert fields["notes"] == {
        "notes": [{"stance": -1, "first": "2018-12-07", "until": "2018-12-11", "why": "why"}]
    }
    assert fields["series"] == {"VIX": ["2018-12-07", 31.0, "a file"]}
    assert fields["intraday"] == INTRADAY
    again, _ = entries(snapshot, advice, track, (), known)
    assert [kind for kind, _ in again] == []
    journal(tmp_path, *((AS_OF, kind, one) for kind, one in written))
    assert recall(tmp_path, LOGIN, NOW) == Recalled(track.folded.memory, Watch(cap=CAP))


NOTE = {"stance": -1, "first": "2018-12-07", "until": "2018-12-11", "why": "crash ahead"}


@pytest.mark.parametrize(("days", "found"), [(0, True), (366, True), (367, False)])
def test_notes_come_back_with_the_instant_at_which_they_were_put_on_record(
    tmp_path: Path, days: int, *, found: bool
) -> None:
    at = AS_OF - timedelta(days=days)
    journal(tmp_path, (at, "notes", {"notes": [NOTE]}), (at, "context", CONTEXT))
    note = Note(-1, day(5), day(9), "crash ahead")
    assert recall_notes(tmp_path, LOGIN, NOW) == (((note,), at) if found else None)


def test_an_entry_without_notes_is_the_newest_word_on_them(tmp_path: Path) -> None:
    earlier = AS_OF - timedelta(hours=1)
    journal(tmp_path, (earlier, "notes", {"notes": [NOTE]}), (AS_OF, "notes", {"notes": []}))
    assert recall_notes(tmp_path, LOGIN, NOW) == ((), AS_OF)


@pytest.mark.parametrize(
    "damaged", [{"stance": 2}, {"stance": True}, {"first": "soon"}, {"until": None}], ids=str
)
def test_a_damaged_entry_of_notes_is_passed_over(tmp_path: Path, damaged: dict[str, Any]) -> None:
    earlier = AS_OF - timedelta(hours=1)
    journal(tmp_path, (earlier, "notes", {"notes": [NOTE]}), (AS_OF, "notes", {"notes": [NOTE | damaged]}))
    found = recall_notes(tmp_path, LOGIN, NOW)
    assert found is not None
    assert found[1] == earlier


STALE = {
    "name": "stale",
    "scope": "IWM",
    "value": 0.25,
    "unit": "share",
    "since": "2018-12-10T14:54:00Z",
    "reason": "quote is 17 s old",
}


@pytest.mark.parametrize(("days", "found"), [(0, True), (14, True), (15, False)])
def test_conditions_come_back_not_seen_good_yet(tmp_path: Path, days: int, *, found: bool) -> None:
    at, since = AS_OF - timedelta(days=days), AS_OF - timedelta(minutes=6)
    journal(tmp_path, (at, "conditions", {"caps": [STALE]}))
    cap = Cap(
        *("stale", 0.25, Unit.SHARE, Kind.CONDITION, "quote is 17 s old", "IWM"), since=since, settles=True
    )
    spells = {("stale", "IWM"): Spell(since, None, cap)}
    assert recall_conditions(tmp_path, LOGIN, NOW) == ((spells, at) if found else None)


def test_what_a_cycle_records_of_its_conditions_is_read_back(tmp_path: Path) -> None:
    cut_off = replace(SNAPSHOT, terminal=replace(SNAPSHOT.terminal, connected=False))
    advice, track = advise(cut_off, Track(), SETTINGS)
    assert track.spells
    written = dict(entries(cut_off, advice, track, (), Recorded())[0])
    journal(tmp_path, (AS_OF, "conditions", written["conditions"]))
    assert recall_conditions(tmp_path, LOGIN, NOW) == (track.spells, AS_OF)


@pytest.mark.parametrize(
    "damaged",
    [{"value": -0.1}, {"value": True}, {"value": "NaN"}, {"unit": "pips"}, {"since": "2018-12-10T14:54"}],
    ids=str,
)
def test_a_damaged_entry_of_conditions_is_passed_over(tmp_path: Path, damaged: dict[str, Any]) -> None:
    earlier = AS_OF - timedelta(hours=1)
    for at, caps in ((earlier, []), (AS_OF, [STALE | damaged])):
        journal(tmp_path, (at, "conditions", {"caps": caps}))
    assert recall_conditions(tmp_path, LOGIN, NOW) == ({}, earlier)


def test_the_newest_entry_of_the_newest_file_counts(tmp_path: Path) -> None:
    older = CONTEXT | {"targets": [["2018-12-08", 0.9]]}
    journal(
        tmp_path,
        (AS_OF - timedelta(days=3), "context", older | {"votes": {}}),
        (AS_OF - timedelta(hours=2), "context", older),
        (AS_OF, "context", CONTEXT),
        (AS_OF, "advice", {"stance": "RISK_ON"}),
    )
    assert recall(tmp_path, LOGIN, NOW).memory == MEMORY


def test_an_entry_of_a_run_that_remembered_less_is_read_without(tmp_path: Path) -> None:
    journal(tmp_path, (AS_OF, "context", {"targets": CONTEXT["targets"], "votes": CONTEXT["votes"]}))
    assert recall(tmp_path, LOGIN, NOW).memory == Memory(MEMORY.targets, MEMORY.votes)


@pytest.mark.parametrize("days", [14, 15, 100, 2000])
def test_what_votes_last_said_is_recalled_however_long_ago_it_was(tmp_path: Path, days: int) -> None:
    older = CONTEXT | {"votes": {}}
    ago = AS_OF - timedelta(days=days)
    journal(tmp_path, (ago - timedelta(days=1), "context", older), (ago, "context", CONTEXT))
    journal(tmp_path, (ago, "context", older), login=LOGIN - 1)
    assert recall(tmp_path, LOGIN, NOW).memory == MEMORY


def test_an_intraday_cap_counts_until_its_own_end(tmp_path: Path) -> None:
    journal(tmp_path, (AS_OF, "intraday", INTRADAY))
    end = datetime(2018, 12, 10, 21, tzinfo=UTC)
    assert recall(tmp_path, LOGIN, end - timedelta(seconds=1)).watch == Watch(cap=CAP)
    assert recall(tmp_path, LOGIN, end) == NOTHING


def test_an_entry_from_the_future_is_passed_over(tmp_path: Path) -> None:
    journal(tmp_path, (NOW + timedelta(seconds=1), "context", CONTEXT))
    assert recall(tmp_path, LOGIN, NOW) == NOTHING
    tomorrow = tmp_path / "tomorrow"
    journal(tomorrow, (NOW + timedelta(days=1), "intraday", INTRADAY))
    assert recall(tomorrow, LOGIN, NOW) == NOTHING


def test_another_login_and_an_empty_folder_have_left_nothing(tmp_path: Path) -> None:
    journal(tmp_path, (AS_OF, "context", CONTEXT), login=7)
    assert recall(tmp_path, LOGIN, NOW) == NOTHING
    assert recall(tmp_path / "none", LOGIN, NOW) == NOTHING


@pytest.mark.parametrize(
    "bad",
    [
        CONTEXT | {"targets": [["2018-12-08", 1.01]]},
        CONTEXT | {"targets": [["2018-12-08", -0.01]]},
        CONTEXT | {"targets": [["2018-12-08", "much"]]},
        CONTEXT | {"targets": [["yesterday", 0.5]]},
        CONTEXT | {"targets": 0.5},
        CONTEXT | {"votes": {"small": [2, "2018-12-08"]}},
        CONTEXT | {"votes": {"small": [True, "2018-12-08"]}},
        CONTEXT | {"votes": {"small": [-1.0, "2018-12-08"]}},
        CONTEXT | {"votes": {"small": [-1, 20181208]}},
        CONTEXT | {"votes": {"small": -1}},
        CONTEXT | {"votes": None},
        CONTEXT | {"readings": {"fear": {"VIX 20 to 28": [2, "2018-12-05"]}}},
        CONTEXT | {"readings": {"fear": [-1, "2018-12-05"]}},
        CONTEXT | {"readings": None},
        CONTEXT | {"stances": {"IWM/SPY": [["2018-12-08", 1.01]]}},
        CONTEXT | {"stances": {"IWM/SPY": 0.5}},
        CONTEXT | {"held": {"context": ["2018-12-08", 1.01]}},
        CONTEXT | {"held": {"context": ["yesterday", 0.5]}},
        CONTEXT | {"held": {"context": 0.5}},
        CONTEXT | {"held": None},
        {"votes": {}},
    ],
)
def test_a_damaged_entry_is_passed_over_for_the_one_before_it(tmp_path: Path, bad: dict[str, Any]) -> None:
    journal(tmp_path, (AS_OF, "context", CONTEXT), (AS_OF, "context", bad))
    assert recall(tmp_path, LOGIN, NOW).memory == MEMORY


@pytest.mark.parametrize(
    "bad",
    [
        INTRADAY | {"value": 1.5},
        INTRADAY | {"value": True},
        INTRADAY | {"value": "0.5"},
        INTRADAY | {"until": None},
        INTRADAY | {"until": "2018-12-10T22:00:00"},  # of which zone?
        INTRADAY | {"since": "0001-01-01T00:00:00+14:00"},
        {"value": 0.1},
    ],
)
def test_a_damaged_intraday_entry_is_passed_over(tmp_path: Path, bad: dict[str, Any]) -> None:
    journal(tmp_path, (AS_OF, "intraday", INTRADAY), (AS_OF, "intraday", bad))
    assert recall(tmp_path, LOGIN, NOW).watch == Watch(cap=CAP)


def test_an_intraday_cap_is_looked_for_today_and_yesterday(tmp_path: Path) -> None:
    long = INTRADAY | {"until": "2018-12-13T21:00:00Z"}
    journal(tmp_path, (AS_OF, "intraday", long))
    assert recall(tmp_path, LOGIN, NOW + timedelta(days=1)).watch.cap is not None
    assert recall(tmp_path, LOGIN, NOW + timedelta(days=2)) == NOTHING


def put(folder: Path, *lines: str) -> Path:
    """A journal of these lines, the first of them good."""
    journal(folder, (AS_OF, "context", CONTEXT))
    (path,) = folder.glob("*.jsonl")
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "noise",
    [
        '{"at":"2018-12-10T15:00:00Z","kind":"context","targets":[],"vot',  # torn by a crash
        '"kind":"context"',
        '{"kind":"context"}',
        '["kind","context"]',
        '{"at":7,"kind":"context","targets":[],"votes":{}}',
        '{"at":"2018-12-10T15:00:00","kind":"context","targets":[],"votes":{}}',  # no zone
        '{"at":"2018-12-10T15:00:00Z","kind":"note","inside":{"kind":"context"},"targets":[],"votes":{}}',
        '{"at":"2018-12-10T15:00:00Z","kind":"advice","share":[0.5,"context"]}',
        '{"kind":"context","deep":' + "[" * 100_000,
        "\x00" * 64,
        "",
    ],
)
def test_a_line_that_is_none_is_passed_over(tmp_path: Path, noise: str) -> None:
    put(tmp_path, noise)
    assert recall(tmp_path, LOGIN, NOW).memory == MEMORY
    put(tmp_path / "more", noise, noise, "")
    assert recall(tmp_path / "more", LOGIN, NOW).memory == MEMORY


def test_a_last_line_without_its_end_counts_where_it_is_whole(tmp_path: Path) -> None:
    put(tmp_path, '{"at":"2018-12-10T15:00:00Z","kind":"context","targets":[],"votes":{}}')
    assert recall(tmp_path, LOGIN, NOW).memory == Memory({}, {})


def test_a_journal_that_cannot_be_read_is_passed_over_for_an_older_one(tmp_path: Path) -> None:
    journal(tmp_path, (AS_OF - timedelta(days=1), "context", CONTEXT))
    (tmp_path / f"journal_{LOGIN}_2018-12-10.jsonl").mkdir()
    assert recall(tmp_path, LOGIN, NOW).memory == MEMORY


def test_a_cap_and_the_votes_may_come_from_different_days(tmp_path: Path) -> None:
    journal(tmp_path, (AS_OF - timedelta(days=4), "context", CONTEXT), (AS_OF, "intraday", INTRADAY))
    assert recall(tmp_path, LOGIN, NOW) == Recalled(MEMORY, Watch(cap=CAP))


def test_a_run_that_starts_again_advises_what_the_one_before_it_did(tmp_path: Path) -> None:
    advice, track = voted()
    track = replace(track, watch=Watch(cap=CAP))
    written, _ = entries(ASKED, advice, track, (), Recorded())
    journal(tmp_path, *((AS_OF, kind, one) for kind, one in written))
    found = recall(tmp_path, LOGIN, NOW)
    lost = replace(ASKED, series={})
    again, _ = advise(lost, Track(memory=found.memory, watch=found.watch), VOTED)
    assert again.regime.witnesses is not None
    # Without the journal VIX would count 0: 0.7 - 0.4 / 4 = 0.6; with it 0.7, of which 0.5 is held.
    assert again.regime.witnesses.target == pytest.approx(0.7)
    assert again.regime.witnesses.held == pytest.approx(0.5)
    assert again.regime.witnesses.remembered == ("fear",)
    assert {cap.name: cap.until for cap in again.caps}["intraday"] == AS_OF + timedelta(hours=6)


HALF = {"symbol": "all", "share": 0.5, "why": "holidays"}
NONE = {
    "symbol": "IWM",
    "lots": 0.0,
    "since": "2018-12-09T15:00:00Z",
    "until": "2018-12-11T00:00:00Z",
    "why": "earnings",
}
QUARTER = {"symbol": "all", "share": 0.25, "since": "2018-12-09T15:00:00Z", "why": "damaged"}


def test_the_overrides_that_were_last_on_record_as_set_by_hand_are_recalled(tmp_path: Path) -> None:
    assert recall_overrides(tmp_path, LOGIN, NOW) == ()
    early = AS_OF - timedelta(days=300)
    journal(tmp_path, (early, "overrides", {"overrides": [HALF, NONE, QUARTER]}))
    since, until = utc("2018-12-09T15:00"), utc("2018-12-11T00:00")
    assert recall_overrides(tmp_path, LOGIN, NOW) == (
        Override(symbol="IWM", lots=0.0, why="earnings", since=since, until=until),
        Override(symbol="all", share=0.25, why="damaged", since=since),
    )
    journal(tmp_path, (AS_OF, "overrides", {"overrides": []}))
    assert recall_overrides(tmp_path, LOGIN, NOW) == ()


@pytest.mark.parametrize(
    "damage", [{"share": 2}, {"lots": "none"}, {"since": "2018-12-09"}, {"until": "soon"}, {"since": None}]
)
def test_damaged_overrides_are_passed_over_for_older_ones(tmp_path: Path, damage: dict[str, Any]) -> None:
    journal(tmp_path, (AS_OF - timedelta(days=1), "overrides", {"overrides": [QUARTER]}))
    journal(tmp_path, (AS_OF, "overrides", {"overrides": [NONE | damage]}))
    assert [one.why for one in recall_overrides(tmp_path, LOGIN, NOW)] == ["damaged"]
