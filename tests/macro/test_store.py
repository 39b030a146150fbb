"""Series on disk: what was written is served, what is damaged says so; and the user's own folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from assistant.core.market import Series, Unknown
from assistant.errors import MacroError
from assistant.macro.store import Reading, from_folder, load, store
from tests.macro.server import DAILY, NOW, recorded

VALUES = ((date(2018, 12, 28), 2.44), (date(2018, 12, 31), 2.45))
READING = Reading(VALUES, "FRED", NOW)


def test_a_reading_tells_the_votes_where_and_when_it_was_read() -> None:
    assert READING.series("BAA10Y", DAILY) == Series(
        "BAA10Y", VALUES, 1, 10, "FRED, read 2019-01-02 18:20 UTC"
    )


@pytest.mark.parametrize(
    ("least", "values", "doubt"),
    [
        (None, VALUES, None),
        (-1.0, VALUES, None),
        (2.45, VALUES[1:], None),
        (2.4501, (), "2018-12-31 was 2.45; expected at least 2.4501, so it counts as missing"),
    ],
)
def test_a_value_under_the_least_is_none(
    least: float | None, values: tuple[tuple[date, float], ...], doubt: str | None
) -> None:
    wanted = replace(DAILY, least=least)
    assert READING.series("BAA10Y", wanted).values == values
    assert READING.doubt(wanted) == doubt


def test_what_is_stored_is_loaded(tmp_path: Path) -> None:
    store(tmp_path / "state", "BAA10Y", READING)
    assert load(tmp_path / "state", "BAA10Y") == READING
    assert (tmp_path / "state" / "BAA10Y.csv").read_bytes() == (
        b"observation_date,BAA10Y\n2018-12-28,2.44\n2018-12-31,2.45\n"
    )
    # printf 'observation_date,BAA10Y\n2018-12-28,2.44\n2018-12-31,2.45\n' | sha256sum
    assert json.loads((tmp_path / "state" / "BAA10Y.json").read_bytes()) == {
        "source": "FRED",
        "fetched_at": "2019-01-02T18:20:00Z",
        "sha256": "6a57e7733165bf51bd9656921a62ac13d04f3db2dc67b72195167b9e1b174de8",
    }
    assert {path.name for path in (tmp_path / "state").iterdir()} == {"BAA10Y.csv", "BAA10Y.json"}


def test_the_instant_is_stored_in_utc(tmp_path: Path) -> None:
    there = datetime(2019, 1, 2, 13, 20, tzinfo=timezone(timedelta(hours=-5)))
    store(tmp_path, "BAA10Y", Reading(VALUES, "FRED", there))
    assert '"2019-01-02T18:20:00Z"' in (tmp_path / "BAA10Y.json").read_text(encoding="utf-8")
    loaded = load(tmp_path, "BAA10Y")
    assert isinstance(loaded, Reading)
    assert loaded.at.tzinfo is UTC


def test_what_was_never_read_says_so(tmp_path: Path) -> None:
    assert load(tmp_path / "nowhere", "BAA10Y") == Unknown("not read yet")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)


def lose(path: Path) -> None:
    path.unlink()


def other(path: Path) -> None:
    path.write_bytes(b'["sha256", 3]\n')


@pytest.mark.parametrize("damage", [cut, empty, flip, other])
def test_damaged_observations_are_unknown(damage: Callable[[Path], None], tmp_path: Path) -> None:
    store(tmp_path, "BAA10Y", READING)
    damage(tmp_path / "BAA10Y.csv")
    assert load(tmp_path, "BAA10Y") == Unknown(
        f"{tmp_path / 'BAA10Y.csv'} is not as it was written; it is read again"
    )


@pytest.mark.parametrize("damage", [empty, other, lambda path: path.write_bytes(b"[" * 100_000)])
def test_a_damaged_origin_makes_the_observations_unknown(
    damage: Callable[[Path], None], tmp_path: Path
) -> None:
    store(tmp_path, "BAA10Y", READING)
    damage(tmp_path / "BAA10Y.json")
    assert load(tmp_path, "BAA10Y") == Unknown(
        f"{tmp_path / 'BAA10Y.csv'} is not as it was written; it is read again"
    )


@pytest.mark.parametrize("at", ["", "yesterday", "2019-01-02T18:20:00", "0001-01-01T00:00:00+23:00", 3])
def test_an_origin_without_an_instant_makes_the_observations_unknown(at: object, tmp_path: Path) -> None:
    store(tmp_path, "BAA10Y", READING)
    path = tmp_path / "BAA10Y.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "fetched_at": at}), encoding="utf-8")
    assert isinstance(load(tmp_path, "BAA10Y"), Unknown)


def test_observations_of_another_series_are_unknown(tmp_path: Path) -> None:
    store(tmp_path, "BAA10Y", READING)
    for end in ("csv", "json"):
        (tmp_path / f"BAA10Y.{end}").rename(tmp_path / f"DGS10.{end}")
    assert isinstance(load(tmp_path, "DGS10"), Unknown)


@pytest.mark.parametrize("lost", ["BAA10Y.csv", "BAA10Y.json"])
def test_one_file_of_two_is_unknown(lost: str, tmp_path: Path) -> None:
    store(tmp_path, "BAA10Y", READING)
    lose(tmp_path / lost)
    assert load(tmp_path, "BAA10Y") == Unknown(f"{tmp_path / lost} cannot be read: No such file or directory")


def test_what_cannot_be_stored_is_one_line_and_leaves_what_was_there(tmp_path: Path) -> None:
    store(tmp_path, "BAA10Y", READING)
    (tmp_path / "BAA10Y.csv.tmp").mkdir()  # where the new file would be written first
    with pytest.raises(MacroError, match=r"BAA10Y\.csv could not be written: "):
        store(tmp_path, "BAA10Y", Reading(VALUES[:1], "FRED", NOW))
    assert load(tmp_path, "BAA10Y") == READING


# The user's own folder


def test_a_folder_of_csv_files_is_read(tmp_path: Path) -> None:
    (tmp_path / "DGS2.csv").write_bytes(recorded("DGS2.csv"))
    reading = from_folder(tmp_path, "DGS2", NOW)
    assert (len(reading.observations), reading.observations[-1]) == (56, (date(2018, 12, 31), 2.48))
    assert (reading.source, reading.at) == (str(tmp_path / "DGS2.csv"), NOW)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MacroError) as told:
        from_folder(tmp_path, "DGS2", NOW)
    assert str(told.value) == f"{tmp_path / 'DGS2.csv'} cannot be read: No such file or directory"


def test_a_bad_row_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "DGS2.csv").write_bytes(recorded("DGS2.csv").replace(b",2.48", b",2,48"))
    with pytest.raises(MacroError) as told:
        from_folder(tmp_path, "DGS2", NOW)
    # grep -n ',2.48' DGS2.csv | head -1
    assert str(told.value) == (
        f"{tmp_path / 'DGS2.csv'} row 61 was '2018-12-31,2,48'; expected a date and a number"
    )


def test_a_file_that_is_no_table_is_refused_by_its_size(tmp_path: Path) -> None:
    (tmp_path / "DGS2.csv").write_bytes(b"x" * 8_000_001)
    with pytest.raises(MacroError, match=r"DGS2\.csv was 8000001 bytes; expected at most 8000000$"):
        from_folder(tmp_path, "DGS2", NOW)
