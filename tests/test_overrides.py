"""Caps by hand in a home: what is written, what is read, and what a damaged file means."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.core.market import Override
from assistant.errors import AssistantError
from assistant.overrides import Overrides, OverrideSettings, end_of

NOW = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
FRIDAY = datetime(2018, 12, 29, tzinfo=UTC)  # the end of Friday the 28th
NONE = OverrideSettings(symbol="IWM", lots=0, until="2018-12-28", why=" earnings\n on  Friday ")
HALF = OverrideSettings(symbol="all", share=0.5, until="2018-12-27T16:00-05:00", why="holidays")


def path_of(home: Path) -> Path:
    return home / "state" / "overrides.json"


def damaged(home: Path, content: bytes) -> Overrides:
    path_of(home).parent.mkdir()
    path_of(home).write_bytes(content)
    return Overrides(home)


# Writing and reading


def test_an_override_is_read_back_as_it_was_set(tmp_path: Path) -> None:
    overrides = Overrides(tmp_path)
    assert overrides.read() == ()
    set_now = overrides.set(NONE, NOW + timedelta(microseconds=17))
    assert set_now == Override(symbol="IWM", lots=0.0, why="earnings on Friday", since=NOW, until=FRIDAY)
    assert overrides.read() == (set_now,)
    assert json.loads(path_of(tmp_path).read_bytes()) == {
        "schema": "overrides/1",
        "overrides": [
            {
                "symbol": "IWM",
                "lots": 0.0,
                "since": "2018-12-26T15:30:00Z",
                "until": "2018-12-29T00:00:00Z",
                "why": "earnings on Friday",
            }
        ],
    }
    assert [path.name for path in path_of(tmp_path).parent.iterdir()] == ["overrides.json"]


def test_overrides_stand_beside_each_other_and_beside_those_of_the_settings(tmp_path: Path) -> None:
    overrides = Overrides(tmp_path, [OverrideSettings(symbol="SPY", lots=3, why="never more")])
    made = [overrides.set(one, NOW) for one in (NONE, HALF)]
    assert made[1].until == datetime(2018, 12, 27, 21, tzinfo=UTC)  # 16:00 in New York
    assert overrides.read() == (Override(symbol="SPY", lots=3.0, why="never more"), *made)


def test_setting_one_takes_those_that_have_ended_out_of_the_file(tmp_path: Path) -> None:
    overrides = Overrides(tmp_path)
    overrides.set(HALF, NOW)
    kept = overrides.set(NONE, datetime(2018, 12, 27, 21, tzinfo=UTC))
    assert overrides.read() == (kept,)


def test_ending_those_of_one_symbol_leaves_the_others(tmp_path: Path) -> None:
    overrides = Overrides(tmp_path)
    none, half = overrides.set(NONE, NOW), overrides.set(HALF, NOW)
    assert overrides.end("SPY", NOW) == 0
    assert overrides.end("IWM", NOW) == 1
    assert overrides.read() == (half,)
    overrides.set(NONE, NOW)
    assert overrides.end("all", NOW) == 1
    assert overrides.read() == (none,)
    overrides.set(HALF, NOW)
    assert overrides.end(None, NOW) == 2
    assert overrides.read() == ()
    assert overrides.end(None, NOW) == 0


def test_the_settings_are_not_ended_by_hand(tmp_path: Path) -> None:
    overrides = Overrides(tmp_path, [OverrideSettings(symbol="SPY", lots=3, why="never more")])
    assert overrides.end(None, NOW) == 0
    assert len(overrides.read()) == 1


# What is no override


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lots": 1.5, "share": 0.5}, "one of lots and share is needed, and one only"),
        ({}, "one of lots and share is needed, and one only"),
        ({"lots": -0.1}, "lots was -0.1; expected 0 or more"),
        ({"lots": float("nan")}, "lots was nan; expected 0 or more"),
        ({"lots": float("inf")}, "lots was inf; expected 0 or more"),
        ({"share": 1.01}, "share was 1.01; expected 0 to 1"),
        ({"share": -0.5}, "share was -0.5; expected 0 to 1"),
        ({"share": float("nan")}, "share was nan; expected 0 to 1"),
        ({"symbol": "all", "lots": 2.0}, "all takes a share such as 0.5x"),
        ({"share": 0.5, "why": " "}, "why had 0 characters; expected 1 to 200"),
        ({"share": 0.5, "why": "x" * 201}, "why had 201 characters; expected 1 to 200"),
        ({"share": 0.5, "until": "28.12.2018"}, "until was 28.12.2018; expected a date such as 2026-12-18"),
    ],
)
def test_what_is_no_override_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OverrideSettings(**{"symbol": "IWM", "why": "any"} | fields)  # type: ignore[arg-type]  # of several types


@pytest.mark.parametrize("share", [0, 1])
def test_the_ends_of_a_share_are_taken(share: float) -> None:
    assert OverrideSettings(symbol="all", share=share, why="x" * 200).override().share == share


def test_a_date_ends_with_its_day_in_utc_and_an_instant_where_it_says() -> None:
    assert end_of("2018-12-31") == datetime(2019, 1, 1, tzinfo=UTC)
    assert end_of("2018-12-31T16:00-05:00") == datetime(2018, 12, 31, 21, tzinfo=UTC)
    assert end_of("2018-12-31 16:00:30Z") == datetime(2018, 12, 31, 16, 0, 30, tzinfo=UTC)
    assert end_of("2018-12-31T16:00Z").tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["tomorrow", "2018-13-01", "20181231", "2018-12-31T16:00", "9999-12-31", "9999-12-31T23:59-05:00", ""],
)
def test_an_end_without_a_zone_or_beyond_all_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^until was {text}; expected a date such as"):
        end_of(text)


@pytest.mark.parametrize("until", [None, "2018-12-26T15:30Z", "2018-12-25", "2019-12-27"])
def test_an_end_that_is_past_or_far_away_is_refused_and_nothing_is_written(
    tmp_path: Path, until: str | None
) -> None:
    asked = OverrideSettings(symbol="IWM", lots=0, until=until, why="any")
    told = f"^--until was {until}, now it is 2018-12-26 15:30 UTC; expected a later one, 366 days from now at"
    with pytest.raises(AssistantError, match=told):
        Overrides(tmp_path).set(asked, NOW)
    assert not path_of(tmp_path).exists()


def test_the_nearest_and_the_farthest_end_are_taken(tmp_path: Path) -> None:
    for until in ("2018-12-26T15:30:01Z", "2019-12-27T15:30Z"):  # 366 days
        asked = OverrideSettings(symbol="IWM", lots=0, until=until, why="any")
        assert Overrides(tmp_path).set(asked, NOW).until == end_of(until)


# A damaged file

SPELL = '"since": "2018-12-26T15:30:00Z", "until": "2018-12-29T00:00:00Z"'
GOOD = f'{{"symbol": "IWM", "lots": 2, {SPELL}, "why": "w"}}'
DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"7",
    b"null",
    b'{"overrides": []}',
    b'{"schema": "overrides/2", "overrides": []}',
    b'{"schema": "overrides/1"}',
    b'{"schema": "overrides/1", "overrides": 7}',
    b'{"schema": "overrides/1", "overrides": [7]}',
    b"[" * 100_000,
    *(
        f'{{"schema": "overrides/1", "overrides": [{GOOD}, {GOOD.replace(was, now)}]}}'.encode()
        for was, now in (
            ('"lots": 2', '"lots": null'),
            ('"lots": 2', '"lots": true'),
            ('"lots": 2', '"lots": "2"'),
            ('"lots": 2', '"lots": NaN'),
            ('"lots": 2', f'"lots": 1{"0" * 400}'),
            ('"lots": 2', '"lots": -1'),
            ('"lots": 2', '"share": 2'),
            ('"lots": 2, ', ""),
            ('"symbol": "IWM"', '"symbol": "all"'),
            ('"symbol": "IWM"', '"symbol": 5'),
            ('"until": "2018-12-29T00:00:00Z", ', ""),
            ("2018-12-29T00:00:00Z", "soon"),
            ("2018-12-26T15:30:00Z", "once"),
            ('"w"', '""'),
        )
    ),
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_lets_nothing_through_until_it_is_mended(tmp_path: Path, content: bytes) -> None:
    settled = OverrideSettings(symbol="SPY", lots=3, why="never more")
    damaged(tmp_path, content)
    overrides = Overrides(tmp_path, [settled])
    kept, nothing = overrides.read()
    assert kept == settled.override()
    assert (nothing.symbol, nothing.lots, nothing.share, nothing.until) == ("all", 0.0, None, None)
    assert nothing.since == datetime.fromtimestamp(int(path_of(tmp_path).stat().st_mtime), UTC)
    assert nothing.why.startswith(f"{path_of(tmp_path)} cannot be read (")
    assert nothing.why.endswith("): mend it, or end all overrides with cap clear")
    assert "\n" not in nothing.why
    with pytest.raises(AssistantError, match="cannot be read"):
        overrides.set(NONE, NOW)
    with pytest.raises(AssistantError, match="cannot be read"):
        overrides.end("IWM", NOW)
    assert path_of(tmp_path).read_bytes() == content
    assert overrides.end(None, NOW) == 1
    assert overrides.read() == (kept,)


def test_a_file_that_cannot_be_opened_lets_nothing_through(tmp_path: Path) -> None:
    path_of(tmp_path).mkdir(parents=True)
    (nothing,) = Overrides(tmp_path).read()
    assert (nothing.symbol, nothing.lots) == ("all", 0.0)
    with pytest.raises(AssistantError, match=r"overrides\.json could not be written"):
        Overrides(tmp_path).end(None, NOW)


def test_a_home_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(AssistantError, match=r"overrides\.json"):
        Overrides(tmp_path).set(NONE, NOW)


# A file that has gone


def test_what_a_file_held_that_has_gone_stands_until_it_is_cleared(tmp_path: Path) -> None:
    overrides = Overrides(tmp_path)
    none = overrides.set(NONE, NOW)
    assert overrides.read() == (none,)
    path_of(tmp_path).unlink()
    gone = replace(none, why="earnings on Friday (its file has gone; cap clear ends it)")
    assert overrides.read() == (gone,)
    assert overrides.read() == (gone,)
    assert Overrides(tmp_path).end(None, NOW) == 0
    assert overrides.read() == ()


def test_what_goes_while_it_is_read_has_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overrides = Overrides(tmp_path)
    none = overrides.set(NONE, NOW)
    overrides.read()

    def taken(path: Path) -> bytes:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    monkeypatch.setattr("assistant.overrides.read_file", taken)  # a scanner put it aside just now
    (gone,) = overrides.read()
    assert (gone.lots, gone.symbol, gone.until) == (none.lots, none.symbol, none.until)


def test_a_damaged_file_that_has_gone_is_not_mended(tmp_path: Path) -> None:
    damaged(tmp_path, b"{")
    overrides = Overrides(tmp_path)
    (nothing,) = overrides.read()
    path_of(tmp_path).unlink()
    assert [(one.symbol, one.lots, one.since) for one in overrides.read()] == [("all", 0.0, nothing.since)]


def test_what_was_on_record_stands_only_where_there_is_no_file(tmp_path: Path) -> None:
    overrides = Overrides(tmp_path, [OverrideSettings(symbol="SPY", lots=3, why="never more")])
    (settled,) = overrides.read()
    lost = Override(symbol="IWM", lots=0.0, why="earnings", since=NOW, until=FRIDAY)
    overrides.remember((lost,))
    gone = replace(lost, why="earnings (its file has gone; cap clear ends it)")
    assert overrides.read() == (settled, gone)
    half = overrides.set(HALF, NOW)
    assert overrides.read() == (settled, half)
