"""What is remembered of a funded account goes to the journal and comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.core.breaches import Breach
from assistant.core.followed import Followed
from assistant.core.program import follows_equity
from assistant.core.sight import Lost
from assistant.core.track import Day, Look, Track
from assistant.outputs.funded_record import (
    Known,
    followed_fields,
    followed_from,
    funded_entries,
    record_of,
    seen_until,
    with_marks,
)
from assistant.outputs.journal import Journal
from assistant.outputs.recall import recall_followed
from tests.core.following import CLOSING, PROGRAM, begun, seconds

LOGIN = 50_012
TRACK = Track(
    initial=52_525.0,
    size=50_000.0,
    at=seconds(7),
    balance=52_700.5,
    equity=52_700.5,
    start_balance=52_600.0,
    start_equity=None,
    high_balance_eod=52_650.0,
    high_balance=52_710.0,
    high_equity=52_900.25,
    high_equity_of_day=52_800.0,
    deposited=250.0,
    opening=52_600.0,
    moved=-75.0,
    opened=True,
    opened_at=seconds(-50),
    closed_at=None,
    days=(Day(seconds(-900), 75.5, None, True), Day(seconds(-90), -3.25, -4.5, False)),
    payouts=2,
    paid_days=1,
    paid_at=seconds(-100),
)
FOLLOWED = Followed(
    key="firm/rehearsed",
    scale=2.5,
    at=seconds(7),
    clock="Europe/Athens",
    tracks={"A": TRACK, "B": replace(TRACK, moved=12.0, start_equity=52_611.0)},
    deals=frozenset({1, 2}),
    recent=Look(seconds(7), 52_700.5, 52_777.0),
    broken={
        "daily": Breach(at=seconds(1), value=1.5, floor=2.5, told="r", seen=True, until=seconds(3600)),
        "trail": Breach(at=seconds(2), value=1.25, floor=2.25, told="s", seen=False, until=None),
    },
    stated_at=seconds(3),
    unbounded=("equity is not known",),
    unverified="it does not add up",
    lost=Lost(seconds(5), "it stood still"),
    differences=("A: high balance was 1.00 and 2.00; the higher counts",),
)


def put(folder: Path, *entries: tuple[float, str, dict[str, Any]], login: int = LOGIN) -> None:
    """Put entries of so many seconds after T0 on record."""
    journal = Journal(folder, login)
    for number, kind, fields in entries:
        journal.write(seconds(number), kind, fields)
    journal.close()


def track_entry(followed: Followed = FOLLOWED) -> dict[str, Any]:
    (entry,), _ = funded_entries(followed, PROGRAM, Known())
    assert entry[0] == "track"
    return entry[1]


def marks_entry(high: float, number: float, followed: Followed = FOLLOWED) -> dict[str, Any]:
    """The marks of a cycle in which A's highest equity had risen."""
    raised = replace(followed.tracks["A"], high_equity=high)
    later = replace(followed, at=seconds(number), tracks={**followed.tracks, "A": raised})
    _, known = funded_entries(followed, PROGRAM, Known())
    (entry,), _ = funded_entries(later, PROGRAM, known)
    assert entry[0] == "marks"
    return entry[1]


def test_everything_comes_back_equal_but_what_is_read_anew(tmp_path: Path) -> None:
    put(tmp_path, (7, "track", track_entry()))
    found = recall_followed(tmp_path, LOGIN, seconds(8), FOLLOWED.key)
    assert found == replace(FOLLOWED, deals=frozenset(), differences=(), resumed=True)
    assert track_entry()["differences"] == list(FOLLOWED.differences)
    assert followed_from(track_entry(replace(FOLLOWED, recent=None))).recent is None
    assert followed_from(track_entry(replace(FOLLOWED, lost=None))).lost is None
    older = {name: value for name, value in track_entry().items() if name != "lost"}
    assert followed_from(older).lost is None  # of a version before


def test_of_marks_the_newest_counts_and_none_is_lowered(tmp_path: Path) -> None:
    put(tmp_path, (7, "track", track_entry()), (9, "marks", marks_entry(53_000.0, 9)))
    put(tmp_path, (11, "marks", marks_entry(53_100.0, 11)))
    found = recall_followed(tmp_path, LOGIN, seconds(12), FOLLOWED.key)
    assert found is not None
    assert (found.tracks["A"].high_equity, found.tracks["B"].high_equity) == (53_100.0, 52_900.25)
    assert (found.at, found.tracks["A"].at, found.tracks["A"].high_balance) == (
        seconds(11),
        seconds(11),
        52_710.0,
    )
    between = recall_followed(tmp_path, LOGIN, seconds(10), FOLLOWED.key)
    assert between is not None
    assert between.tracks["A"].high_equity == 53_000.0  # what is of later is none
    assert recall_followed(tmp_path, LOGIN, seconds(6), FOLLOWED.key) is None
    assert recall_followed(tmp_path, LOGIN + 1, seconds(12), FOLLOWED.key) is None


def test_marks_of_a_track_that_is_lost_say_how_high_it_was_and_not_until_when(tmp_path: Path) -> None:
    reset = replace(FOLLOWED, at=seconds(9), recent=None)
    put(tmp_path, (7, "track", track_entry()), (9, "track", track_entry(reset)))
    put(tmp_path, (11, "marks", marks_entry(53_100.0, 11, reset)))
    path = next(tmp_path.glob("*.jsonl"))
    path.write_bytes(path.read_bytes().replace(b'"recent":null', b'"recent":nul ', 1))
    found = recall_followed(tmp_path, LOGIN, seconds(12), FOLLOWED.key)
    assert found is not None
    assert (found.at, found.tracks["A"].at, found.tracks["A"].high_equity) == (
        seconds(7),
        seconds(7),
        53_100.0,
    )
    older = {name: value for name, value in marks_entry(53_100.0, 11).items() if name != "since"}
    assert with_marks(FOLLOWED, older).at == seconds(11)  # of a version before


def test_marks_of_another_program_or_from_before_the_track_are_none() -> None:
    assert with_marks(FOLLOWED, {**marks_entry(53_000.0, 9), "key": "firm/other"}) == FOLLOWED
    assert with_marks(FOLLOWED, {**marks_entry(53_000.0, 9), "until": "2026-06-01T14:00:06Z"}) == FOLLOWED
    lower = with_marks(FOLLOWED, marks_entry(50_000.0, 7))
    assert lower == FOLLOWED
    unknown = {
        **marks_entry(53_000.0, 9),
        "tracks": {"A": {"high_equity_of_day": 52_850.0, "high_equity": None}},
    }
    found = with_marks(FOLLOWED, unknown)
    assert (found.tracks["A"].high_equity, found.tracks["A"].high_equity_of_day) == (52_900.25, 52_850.0)


def test_a_track_is_found_in_the_journal_of_an_earlier_day(tmp_path: Path) -> None:
    put(tmp_path, (7, "track", track_entry()), (86_400 * 3, "marks", marks_entry(53_000.0, 86_400 * 3)))
    found = recall_followed(tmp_path, LOGIN, seconds(86_400 * 4), FOLLOWED.key)
    assert found is not None
    assert found.tracks["A"].high_equity == 53_000.0


def test_what_was_seen_broken_is_known_again_after_a_trial_of_another_program(tmp_path: Path) -> None:
    other = replace(FOLLOWED, key="firm/other", at=seconds(9), broken={})
    put(tmp_path, (7, "track", track_entry()), (8, "marks", marks_entry(53_000.0, 8)))
    put(tmp_path, (9, "track", track_entry(other)), (10, "marks", marks_entry(53_900.0, 10, other)))
    found = recall_followed(tmp_path, LOGIN, seconds(11), FOLLOWED.key)
    assert found is not None
    assert (found.broken, found.at) == (FOLLOWED.broken, seconds(8))
    assert found.tracks["A"].high_equity == 53_000.0
    tried = recall_followed(tmp_path, LOGIN, seconds(11), "firm/other")
    assert tried is not None
    assert (tried.broken, tried.tracks["A"].high_equity) == ({}, 53_900.0)
    assert recall_followed(tmp_path, LOGIN, seconds(11), "firm/third") is None


DAMAGE: list[tuple[str, Any]] = [
    ("key", None),
    ("clock", None),
    ("scale", True),
    ("scale", "2.5"),
    ("until", "2026-06-01T14:00:07"),  # without a zone
    ("until", 7),
    ("tracks", []),
    ("recent", ["2026-06-01T14:00:07Z"]),
    ("broken", {"daily": {}}),
    ("stated_at", "soon"),
    ("unbounded", 3),
]


@pytest.mark.parametrize(("key", "value"), DAMAGE)
def test_a_damaged_entry_is_passed_over(tmp_path: Path, key: str, value: object) -> None:
    good = replace(FOLLOWED, unverified=None)
    bad = {**track_entry(), key: value}
    if value is None:
        del bad[key]
    put(tmp_path, (7, "track", track_entry(good)), (8, "track", bad))
    found = recall_followed(tmp_path, LOGIN, seconds(9), FOLLOWED.key)
    assert found is not None
    assert found.unverified is None


@pytest.mark.parametrize("mark", ["high_equity", "high_balance", "high_balance_eod"])
def test_a_track_without_a_mark_that_there_always_is_is_damaged(mark: str) -> None:
    entry = track_entry()
    entry["tracks"]["A"]["marks"][mark] = None
    with pytest.raises(TypeError):
        followed_from(entry)


def test_a_torn_last_line_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, (7, "track", track_entry()))
    (path,) = tmp_path.glob("journal_*.jsonl")
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole + whole[:length])
        assert recall_followed(tmp_path, LOGIN, seconds(8), FOLLOWED.key) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "firm/other"},
        {"clock": "New_York+7"},
        {"stated_at": seconds(4)},
        {"unverified": None},
        {"unbounded": ()},
        {"broken": {}},
        {"recent": None},
        {"recent": Look(seconds(7), 52_700.5, 52_777.5)},
        *({"track": {name: 52_999.0}} for name in ("balance", "deposited", "start_balance", "start_equity")),
        *({"track": {name: 52_999.0}} for name in ("high_balance", "high_balance_eod")),
        {"track": {"payouts": 3}},
        {"track": {"days": ()}},
        {"track": {"opened_at": seconds(6)}},
        {"track": {"closed_at": seconds(6)}},
    ],
)
def test_what_a_restart_needs_is_put_on_record_when_it_changes(changes: dict[str, Any]) -> None:
    entries, known = funded_entries(FOLLOWED, PROGRAM, Known())
    assert [kind for kind, _ in entries] == ["track"]
    assert funded_entries(replace(FOLLOWED, at=seconds(99)), PROGRAM, known) == ([], known)
    fields = {name: value for name, value in changes.items() if name != "track"}
    tracks = {**FOLLOWED.tracks, "B": replace(FOLLOWED.tracks["B"], **changes.get("track", {}))}
    entries, _ = funded_entries(replace(FOLLOWED, tracks=tracks, **fields), PROGRAM, known)
    assert [kind for kind, _ in entries] == ["track"]


def test_marks_are_kept_for_programs_that_follow_equity_only() -> None:
    still = replace(PROGRAM, rules=(CLOSING,))
    assert (follows_equity(PROGRAM), follows_equity(still)) == (True, False)
    _, known = funded_entries(FOLLOWED, still, Known())
    raised = {**FOLLOWED.tracks, "A": replace(FOLLOWED.tracks["A"], high_equity=53_000.0)}
    assert funded_entries(replace(FOLLOWED, tracks=raised), still, known) == ([], known)
    assert funded_entries(None, PROGRAM, known) == ([], known)
    assert funded_entries(FOLLOWED, None, known) == ([], known)


def test_what_the_last_advice_has_seen_is_seen_unless_it_is_of_later() -> None:
    before, now = begun(), seconds(60)
    own = record_of(before, PROGRAM)

    def after(seen_at: object, key: str = before.key, record: str = own) -> Followed:
        document = {"funded": {"track": key, "record": record, "seen_at": seen_at}}
        return seen_until(before, document, PROGRAM, now)

    assert after("2026-06-01T14:00:40Z") == replace(before, at=seconds(40))
    assert after("2026-06-01T14:01:00Z").at == now
    assert after("2026-06-01T14:01:00.000001Z") == before
    assert after("2026-06-01T13:59:59Z") == before
    assert after(None) == before
    assert after("2026-06-01T14:00:40Z", "firm/other") == before
    assert after("2026-06-01T14:00:40Z", record="00112233aabbccdd") == before
    for damaged in ("soon", "2026-06-01T14:00:40", 7):
        assert after(damaged) == before
    damaged_ones: list[dict[str, Any]] = [{}, {"funded": None}, {"funded": [1]}, {"funded": {}}]
    for document in damaged_ones:
        assert seen_until(before, document, PROGRAM, now) == before
    assert before.at + timedelta(seconds=40) == seconds(40)


def test_a_record_that_comes_back_has_the_name_that_it_had_and_every_change_another(tmp_path: Path) -> None:
    local = replace(FOLLOWED, stated_at=seconds(3).astimezone(ZoneInfo("Asia/Tokyo")))
    names = {record_of(one, PROGRAM) for one in (FOLLOWED, local, replace(FOLLOWED, at=seconds(99)))}
    put(tmp_path, (7, "track", track_entry()))
    back = recall_followed(tmp_path, LOGIN, seconds(8), FOLLOWED.key)
    assert back is not None
    assert names == {record_of(back, PROGRAM)}
    put(tmp_path, (9, "marks", marks_entry(53_000.0, 9)))
    raised = recall_followed(tmp_path, LOGIN, seconds(10), FOLLOWED.key)
    assert raised is not None
    later = {**FOLLOWED.tracks, "A": replace(TRACK, high_equity=53_000.0)}
    assert record_of(raised, PROGRAM) == record_of(replace(FOLLOWED, tracks=later), PROGRAM)
    still = replace(PROGRAM, rules=(CLOSING,))  # of which the equity is not on record
    assert record_of(raised, still) == record_of(FOLLOWED, still)
    others = [raised, replace(FOLLOWED, broken={}), replace(FOLLOWED, recent=None)]
    assert len({record_of(one, PROGRAM) for one in (FOLLOWED, *others)}) == 4


def test_the_fields_are_plain_json() -> None:
    assert followed_fields(FOLLOWED)["recent"] == ["2026-06-01T14:00:07Z", 52_700.5, 52_777.0]
    assert followed_fields(FOLLOWED)["tracks"]["A"]["days"] == [
        ["2026-06-01T13:45:00Z", 75.5, None, True],
        ["2026-06-01T13:58:30Z", -3.25, -4.5, False],
    ]
