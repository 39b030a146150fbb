"""The series in force: served at once, read beside the cycle, kept where a reading fails."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from assistant.core.market import Series, Unknown
from assistant.macro.feed import Macro
from assistant.macro.store import store
from tests.macro.feeds import ALL, FAULT, GOOD, HOUR, OLD, asked, due, feed, last, reason, source
from tests.macro.server import DAILY, FAST, NOW, Answer, Clock, recorded, running, served, settings

# A refresh in the foreground


def test_before_the_first_reading_nothing_is_known(tmp_path: Path) -> None:
    macro = feed("http://127.0.0.1:1", tmp_path)
    assert macro.read() == dict.fromkeys(ALL, Unknown("not read yet"))
    assert (macro.due, macro.failed) == (True, ())


def test_a_refresh_reads_all_series_and_keeps_them_for_the_next_start(tmp_path: Path) -> None:
    with served(GOOD) as server:
        macro = feed(server, tmp_path)
        assert macro.refresh() == ()
    assert [last(macro, name) for name in ALL] == [
        (date(2018, 12, 31), 2.45),
        (date(2018, 12, 31), 25.42),
        (date(2018, 12, 29), 238000.0),
    ]
    claims = macro.read()["ICSA"]
    assert isinstance(claims, Series)
    assert (claims.name, claims.lag, claims.stale_days) == ("ICSA", 5, 21)
    assert source(macro) == f"{server.url.removeprefix('http://')}, read 2019-01-02 18:20 UTC"
    later = feed("http://127.0.0.1:1", tmp_path, Clock(NOW + HOUR))
    assert later.read() == macro.read()
    assert not later.due


def test_series_are_due_after_the_hours_between_two_readings(tmp_path: Path) -> None:
    clock = Clock()
    with served(GOOD) as server:
        macro = feed(server, tmp_path, clock)
        macro.refresh()
        clock.at = NOW + 4 * HOUR - timedelta(seconds=1)
        assert not due(macro)
        assert macro.refresh() == ()
        assert asked(server) == dict.fromkeys(ALL, 1)
        clock.at = NOW + 4 * HOUR
        assert due(macro)
        macro.refresh()
    assert asked(server) == dict.fromkeys(ALL, 2)
    assert source(macro).endswith("read 2019-01-02 22:20 UTC")


def test_a_reading_of_a_clock_that_was_ahead_is_due_at_once(tmp_path: Path) -> None:
    store(tmp_path / "state" / "macro", "BAA10Y", replace(OLD, at=NOW + 400 * 24 * HOUR))
    macro = feed("http://127.0.0.1:1", tmp_path, series={"BAA10Y": DAILY})
    assert macro.due
    assert last(macro) == (date(2018, 12, 28), 2.44)


def test_where_a_reading_fails_the_last_one_stays_with_its_instant(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "macro"
    store(folder, "BAA10Y", OLD)
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    with served({**GOOD, "BAA10Y": [FAULT]}) as server:
        macro = feed(server, tmp_path)
        told = f"BAA10Y: {server.url.removeprefix('http://')} answered 503 Service Unavailable"
        assert macro.refresh() == macro.failed == (told,)
        assert last(macro) == (date(2018, 12, 28), 2.44)
        assert source(macro) == "FRED, read 2019-01-02 13:20 UTC"
        assert last(macro, "VIXCLS") == (date(2018, 12, 31), 25.42)
        assert {path: path.read_bytes() for path in kept} == kept
        server.answers = GOOD
        assert macro.refresh() == ()
    assert last(macro) == (date(2018, 12, 31), 2.45)
    assert asked(server) == {"BAA10Y": 3 + 1, "VIXCLS": 1, "ICSA": 1}  # only what was due


def test_where_the_first_reading_fails_its_reason_stands_in_its_place(tmp_path: Path) -> None:
    with served({**GOOD, "VIXCLS": [Answer(b"<html>")]}) as server:
        macro = feed(server, tmp_path)
        macro.refresh()
    assert reason(macro, "VIXCLS") == (
        f"{server.url.removeprefix('http://')}'s answer was a web page: '<html>'; "
        "expected the header observation_date,VIXCLS"
    )
    assert not (tmp_path / "state" / "macro" / "VIXCLS.csv").exists()


def test_a_key_that_is_none_is_the_reason_of_every_series(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRED_API_KEY", "short")
    macro = feed("http://127.0.0.1:1", tmp_path)
    macro.refresh()
    told = "the key in FRED_API_KEY had 5 characters; expected 32 digits and small letters, or none"
    assert macro.read() == dict.fromkeys(ALL, Unknown(told))


def test_a_damaged_copy_is_told_and_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "macro"
    store(folder, "BAA10Y", OLD)
    (folder / "BAA10Y.csv").write_bytes(b"observation_date,BAA10Y\n2018-12-27,2.43\n")
    with served(GOOD) as server:
        macro = feed(server, tmp_path)
        assert reason(macro) == f"{folder / 'BAA10Y.csv'} is not as it was written; it is read again"
        macro.refresh()
    assert last(macro) == (date(2018, 12, 31), 2.45)


def test_a_reading_that_cannot_be_kept_on_disk_is_in_force_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"a file where the folder would be")
    with served(GOOD) as server:
        macro = feed(server, tmp_path)
        assert macro.refresh() == ()
    assert last(macro) == (date(2018, 12, 31), 2.45)


def test_an_older_answer_neither_counts_nor_replaces_the_copy_on_disk(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "macro"
    newest = replace(OLD, observations=(*OLD.observations, (date(2019, 1, 2), 2.47)))
    store(folder, "BAA10Y", newest)
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    with served(GOOD) as server:  # as a caching proxy may have it: to 2018-12-31
        macro = feed(server, tmp_path)
        where = server.url.removeprefix("http://")
        told = f"BAA10Y: {where} held no value of 2019-01-02 or a later day, though one is known; "
        assert macro.refresh() == macro.failed == (f"{told}what is known stays",)
    assert last(macro) == (date(2019, 1, 2), 2.47)
    assert {path: path.read_bytes() for path in kept} == kept
    assert macro.due


def test_a_refresh_ends_with_its_budget_and_what_is_missing_is_told(tmp_path: Path) -> None:
    with served({**GOOD, "VIXCLS": [Answer(recorded("VIXCLS.csv"), late=True)]}) as server:
        hasty = replace(FAST, budget=0.8)
        macro = Macro(settings(server.url, series=ALL, timeout=30.0), tmp_path, Clock(), waits=hasty)
        begun = time.monotonic()
        assert macro.refresh() == (
            "VIXCLS: not read within 0.8 seconds",
            "ICSA: not read within 0.8 seconds",
        )
        assert 0.8 <= time.monotonic() - begun < 5
        assert last(macro) == (date(2018, 12, 31), 2.45)
        assert reason(macro, "ICSA") == "not read within 0.8 seconds"
        assert [one.daemon for one in running()] == [True]  # the program may end meanwhile
        server.released.set()
        for one in running():
            one.join(5)
    assert reason(macro, "VIXCLS") == "not read within 0.8 seconds"
    assert asked(server) == {"BAA10Y": 1, "VIXCLS": 1}
    assert not (tmp_path / "state" / "macro" / "VIXCLS.csv").exists()


def test_progress_is_told_before_each_series(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    with served(GOOD) as server:
        macro = feed(server, tmp_path)
        macro.refresh(lambda *step: told.append(step))
        macro.refresh(lambda *step: told.append(step))  # nothing is due
    assert told == [("BAA10Y", 1, 3), ("VIXCLS", 2, 3), ("ICSA", 3, 3)]


def test_what_a_cycle_holds_never_changes_under_it(tmp_path: Path) -> None:
    with served(GOOD) as server:
        macro = feed(server, tmp_path)
        before = macro.read()
        assert macro.read() is before
        macro.refresh()
    assert before == dict.fromkeys(ALL, Unknown("not read yet"))
    assert macro.read() != before
    with pytest.raises(TypeError):
        macro.read()["BAA10Y"] = Unknown("x")  # type: ignore[index]


def test_a_series_left_out_is_not_read(tmp_path: Path) -> None:
    with served(GOOD) as server:
        macro = feed(server, tmp_path, series={**ALL, "VIXCLS": None})
        macro.refresh()
    assert list(macro.read()) == ["BAA10Y", "ICSA"]
    assert asked(server) == {"BAA10Y": 1, "ICSA": 1}


# Other sources


def test_where_the_source_is_off_each_series_says_so(tmp_path: Path) -> None:
    with served(GOOD) as server:
        macro = feed(server, tmp_path, source="off")
        macro.start()
        assert (macro.refresh(), macro.due) == ((), False)
        macro.stop()
    assert macro.read() == dict.fromkeys(ALL, Unknown("macro.source is off"))
    assert asked(server) == {}


def csv_feed(home: Path, clock: Clock | None = None, folder: str = "csv") -> Macro:
    return feed("http://127.0.0.1:1", home, clock, source="csv", folder=folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "csv"
    made.mkdir()
    for name in ALL:
        (made / f"{name}.csv").write_bytes(recorded(f"{name}.csv"))
    return made


def test_a_folder_is_read_at_once(folder: Path, tmp_path: Path) -> None:
    for named in ("csv", str(folder)):  # relative to the home, or whole
        macro = csv_feed(tmp_path, folder=named)
        assert last(macro, "VIXCLS") == (date(2018, 12, 31), 25.42)
        assert source(macro) == f"{folder / 'BAA10Y.csv'}, read 2019-01-02 18:20 UTC"
        assert (macro.due, macro.failed) == (False, ())
    assert not (tmp_path / "state").exists()


def test_a_folder_is_read_again_when_it_is_due(folder: Path, tmp_path: Path) -> None:
    clock = Clock()
    macro = csv_feed(tmp_path, clock)
    (folder / "BAA10Y.csv").write_bytes(recorded("BAA10Y.csv") + b"2019-01-02,2.47\n")
    (folder / "VIXCLS.csv").write_bytes(recorded("VIXCLS.csv") + b"2019-01-02,n/a\n")
    assert last(macro) == (date(2018, 12, 31), 2.45)
    clock.at = NOW + 4 * HOUR
    told = f"{folder / 'VIXCLS.csv'} row 62 was 2019-01-02, 'n/a'; expected a number such as 2.45"
    assert macro.refresh() == (f"VIXCLS: {told}",)
    assert last(macro) == (date(2019, 1, 2), 2.47)
    assert last(macro, "VIXCLS") == (date(2018, 12, 31), 25.42)


def test_a_file_that_ends_earlier_than_what_is_known_is_a_failure(folder: Path, tmp_path: Path) -> None:
    clock = Clock()
    macro = csv_feed(tmp_path, clock)
    path = folder / "BAA10Y.csv"
    newest = path.read_bytes()
    path.write_bytes(b"observation_date,BAA10Y\n2018-12-28,2.44\n")
    clock.at = NOW + 4 * HOUR
    told = f"BAA10Y: {path} held no value of 2018-12-31 or a later day, though one is known; "
    assert macro.refresh() == (f"{told}what is known stays",)
    assert last(macro) == (date(2018, 12, 31), 2.45)
    assert source(macro).endswith("read 2019-01-02 18:20 UTC")
    path.write_bytes(newest.replace(b"2018-12-31,2.45", b"2018-12-31,2.46"))  # revised, and as long
    assert macro.refresh() == ()
    assert last(macro) == (date(2018, 12, 31), 2.46)


def test_a_value_of_a_day_to_come_is_mended_by_a_file_without_it(folder: Path, tmp_path: Path) -> None:
    clock = Clock()
    path = folder / "BAA10Y.csv"
    newest = path.read_bytes()
    for slip in (newest + b"2099-01-01,0.1\n", b"observation_date,BAA10Y\n2099-01-01,0.1\n"):
        path.write_bytes(slip)
        macro = csv_feed(tmp_path, clock)
        path.write_bytes(newest)
        clock.at += 4 * HOUR
        assert macro.refresh() == ()
        assert last(macro) == (date(2018, 12, 31), 2.45)


def test_a_vix_of_nought_is_no_value_and_is_told(folder: Path, tmp_path: Path) -> None:
    clock = Clock()
    (folder / "VIXCLS.csv").write_bytes(recorded("VIXCLS.csv") + b"2019-01-01,0\n2019-01-02,-5\n")
    vix = {"VIXCLS": replace(DAILY, least=1.0)}
    macro = feed("http://127.0.0.1:1", tmp_path, clock, source="csv", folder="csv", series=vix)
    told = "VIXCLS: 2019-01-02 was -5; expected at least 1, so it counts as missing"
    assert (macro.failed, macro.due) == ((told,), False)
    assert last(macro, "VIXCLS") == (date(2018, 12, 31), 25.42)
    clock.at = NOW + 4 * HOUR
    (folder / "VIXCLS.csv").write_bytes(recorded("VIXCLS.csv").replace(b"2018-12-31,25.42", b"2018-12-31,0"))
    assert "held no value of 2018-12-31 or a later day" in macro.refresh()[0]
    assert last(macro, "VIXCLS") == (date(2018, 12, 31), 25.42)
    (folder / "VIXCLS.csv").write_bytes(recorded("VIXCLS.csv"))
    assert macro.refresh() == ()


def test_a_file_that_is_missing_or_bad_is_unknown_with_its_name(folder: Path, tmp_path: Path) -> None:
    (folder / "BAA10Y.csv").unlink()
    (folder / "ICSA.csv").write_bytes(b"DATE,ICSA\n2018-12-29,many\n")
    macro = csv_feed(tmp_path)
    assert reason(macro) == f"{folder / 'BAA10Y.csv'} cannot be read: No such file or directory"
    assert reason(macro, "ICSA") == (
        f"{folder / 'ICSA.csv'} row 2 was 2018-12-29, 'many'; expected a number such as 2.45"
    )
    assert [one.partition(":")[0] for one in macro.failed] == ["BAA10Y", "ICSA"]
    assert last(macro, "VIXCLS") == (date(2018, 12, 31), 25.42)


def test_series_that_failed_for_one_reason_are_one_problem(folder: Path, tmp_path: Path) -> None:
    assert csv_feed(tmp_path).problems == ()
    (folder / "ICSA.csv").unlink()
    missing = f"series ICSA: {folder / 'ICSA.csv'} cannot be read: No such file or directory"
    assert csv_feed(tmp_path).problems == (missing,)
    (folder / "VIXCLS.csv").unlink()
    both = f"series VIXCLS, ICSA: {folder / '*.csv'} cannot be read: No such file or directory"
    assert csv_feed(tmp_path).problems == (both,)
    with served({name: [FAULT] for name in ALL}) as server:
        macro = feed(server, tmp_path)
        assert not macro.problems  # not read yet, which is no failure
        macro.refresh()
        where = server.url.removeprefix("http://")
    told = f"series BAA10Y, VIXCLS, ICSA: {where} answered 503 Service Unavailable"
    assert macro.problems == (told,)


def test_what_nobody_foresaw_is_a_reason_too(tmp_path: Path) -> None:
    macro = csv_feed(tmp_path, folder="a\0b")
    assert macro.read() == dict.fromkeys(ALL, Unknown("cannot be read: unexpected ValueError"))


def test_what_a_cycle_needs_imports_no_web_client(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from assistant.macro.feed import Macro
from tests.macro.feeds import ALL, FAULT, GOOD, HOUR, OLD, asked, due, feed, last, reason, source
from tests.macro.server import DAILY, FAST, NOW, Answer, Clock, Server, recorded, running, served, settings
macro = Macro(settings(), Path(sys.argv[1]), Clock())
macro.read()
print(sorted({"httpx", "stamina", "tenacity"} & set(sys.modules)))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "[]\n"
