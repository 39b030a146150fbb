"""The calendar of news that the terminal writes: what Python reads of it, and when it is not written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.core.market import Unknown
from assistant.core.snapshot import Calendar, Impact, Release
from assistant.funded.calendar import Calendars
from tests.mql5.conftest import PACKAGED
from tests.mql5.terminal import Terminal

NOW = datetime(2026, 10, 30, 12, 0, 20, tzinfo=UTC)  # Friday; the server's clock goes back on Sunday
NOON = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
SUMMER, WINTER = 3 * 3600, 2 * 3600  # seconds ahead of UTC, as a server on New York's calendar is
DOLLAR, EURO, WORLD = "country 840 USD", "country 999 EUR", "country 0 ALL"
NONE, LOW, MEDIUM, HIGH = range(4)
TIMED, DAY, NO_HOUR, TENTATIVE = range(4)
MINUTE, HOUR = 60_000, 3_600_000  # milliseconds


def release(at: datetime, event: int, country: int, impact: int, name: str, mode: int = TIMED) -> str:
    return f"release {int(at.timestamp())} {event} {country} {impact} {mode} {name}"


PAYROLLS = release(NOON + timedelta(minutes=90, seconds=7), 1, 840, HIGH, "Nonfarm Payrolls")
AFTER = release(NOON + timedelta(days=6), 2, 840, HIGH, "Fed Interest Rate Decision")
KNOWN = (
    Release(NOON + timedelta(minutes=90, seconds=7), "USD", Impact.HIGH, "Nonfarm Payrolls"),
    Release(NOON + timedelta(days=6), "USD", Impact.HIGH, "Fed Interest Rate Decision"),
)


class Exporter(Terminal):
    """A terminal whose service writes the calendar; its common folder is one that Python reads."""

    def __init__(self, binary: Path, common: Path) -> None:
        super().__init__(binary, common, utc=int(NOW.timestamp()))
        self.common = common
        self.calendar = common / "Files" / "BreadthAssistant" / "calendar.csv"
        self.do(f"zone {SUMMER}", DOLLAR, EURO, WORLD)

    def run(self, milliseconds: int = 1) -> list[str]:
        """Let the service look, so long; what it says."""
        return self.do(f"start {milliseconds}")

    def read(self, later: timedelta = timedelta()) -> Calendar:
        """What Python reads of the file, so much later."""
        files = Calendars(self.common / "home")
        found = files.read(str(self.common), NOW + later)
        assert files.problems == ()
        assert not isinstance(found, Unknown)
        return found


@pytest.fixture
def exporter(built: Callable[[Path], Path], tmp_path: Path) -> Iterator[Exporter]:
    binary = built(PACKAGED / "Services" / "BreadthAssistant" / "Calendar.mq5")
    with Exporter(binary, tmp_path) as terminal:
        yield terminal
        assert terminal.dump()["open_files"] == 0
        assert not list(terminal.calendar.parent.glob("*.tmp"))


def test_python_reads_what_the_terminal_wrote_to_the_second(exporter: Exporter) -> None:
    exporter.do(AFTER, PAYROLLS)
    exporter.do(release(NOON - timedelta(minutes=3), 3, 999, MEDIUM, "ECB President Lagarde Speech"))
    exporter.do(release(NOON + timedelta(days=13, hours=23), 4, 0, LOW, "OPEC Monthly Report"))
    exporter.do(release(NOON + timedelta(hours=1), 5, 999, NONE, "Speech"))
    said = exporter.run()

    assert said == ["Calendar: 5 releases of the next two weeks, by UTC+03:00"]
    found = exporter.read()
    assert found.written == NOW
    assert found.releases == (
        Release(NOON - timedelta(minutes=3), "EUR", Impact.MEDIUM, "ECB President Lagarde Speech"),
        Release(NOON + timedelta(hours=1), "EUR", Impact.NONE, "Speech"),
        *KNOWN,
        Release(NOON + timedelta(days=13, hours=23), "ALL", Impact.LOW, "OPEC Monthly Report"),
    )
    lines = exporter.calendar.read_text(encoding="utf-8").splitlines()
    assert lines[:3] == [
        "# breadth-assistant calendar 1",
        "# of Paper-Demo, whose time is UTC+03:00",
        "time_utc,currency,impact,title",
    ]
    assert lines[-1] == "# as of 2026-10-30T12:00:20Z"


@pytest.mark.parametrize("zone", [-5 * 3600, 0, 19800, WINTER, SUMMER, 20700])  # 5:30 and 5:45, too
def test_a_server_in_any_zone_gives_the_same_instants(exporter: Exporter, zone: int) -> None:
    exporter.do(PAYROLLS, AFTER, f"zone {zone}")
    exporter.run()
    assert exporter.read().releases == KNOWN


def test_a_clock_some_seconds_off_moves_no_release(exporter: Exporter) -> None:
    """The PC's clock is 40 s behind: the server seems to be 3:00:40 ahead, and so do all its times."""
    slow = timedelta(seconds=40)
    exporter.do(f"utc {int((NOW - slow).timestamp())}", f"zone {SUMMER + 40}")
    exporter.do(release(KNOWN[0].at - slow, 1, 840, HIGH, "Nonfarm Payrolls"))
    exporter.run()
    assert exporter.read().releases == KNOWN[:1]


def test_a_release_beyond_the_change_of_the_clocks_is_at_the_same_instant_before_and_after_it(
    exporter: Exporter,
) -> None:
    exporter.do(PAYROLLS, AFTER)
    exporter.run(10 * MINUTE)
    before = exporter.read().releases
    exporter.do(f"zone {WINTER}")
    assert exporter.run(2000) == ["Calendar: 2 releases of the next two weeks, by UTC+02:00"]
    after = exporter.read(timedelta(minutes=10, seconds=2))
    assert before == after.releases == KNOWN
    assert after.written == NOW + timedelta(minutes=10)  # at once, not when the hour is over


def test_it_is_written_once_an_hour(exporter: Exporter) -> None:
    exporter.do(PAYROLLS)
    exporter.run(HOUR - 1000)
    assert exporter.read().written == NOW
    exporter.do(AFTER)
    exporter.run(2000)
    found = exporter.read(timedelta(hours=1))
    assert found.written == NOW + timedelta(hours=1)
    assert found.releases == KNOWN
    exporter.run(2 * HOUR)
    assert exporter.read(timedelta(hours=3)).written == NOW + timedelta(hours=3)


def test_what_has_no_hour_is_no_release_and_told_where_it_is_high(exporter: Exporter) -> None:
    exporter.do(PAYROLLS)
    exporter.do(release(NOON + timedelta(days=1), 6, 840, HIGH, "OPEC Meeting", TENTATIVE))
    exporter.do(release(NOON + timedelta(days=2), 7, 840, HIGH, "Election", DAY))
    exporter.do(release(NOON + timedelta(days=3), 8, 840, LOW, "Bank Holiday", DAY))
    exporter.do(release(NOON + timedelta(days=4), 9, 999, MEDIUM, "Budget", NO_HOUR))
    exporter.run()
    assert exporter.read().releases == KNOWN[:1]
    told = [line for line in exporter.calendar.read_text(encoding="utf-8").splitlines() if "hour" in line]
    assert told == [
        "# without an hour, on 2026.10.31 of the server: USD,high,OPEC Meeting",
        "# without an hour, on 2026.11.01 of the server: USD,high,Election",
    ]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("GDP, QoQ", "GDP QoQ"),
        ('Fed "Beige Book"', "Fed 'Beige Book'"),
        ("M|M^# as of 2026-10-30T12:00:20Z", "M/M # as of 2026-10-30T12:00:20Z"),
        ("Preis\u00e4nderung \u2028 \u6d88\u8cbb", "Preis\u00e4nderung \u6d88\u8cbb"),
        ("x" * 150, "x" * 100),
        ("^", "(no title)"),
    ],
)
def test_no_title_leaves_its_field(exporter: Exporter, name: str, title: str) -> None:
    exporter.do(release(NOON, 1, 840, HIGH, name), AFTER)
    exporter.run()
    assert exporter.read().releases == (Release(NOON, "USD", Impact.HIGH, title), KNOWN[1])


def test_what_the_calendar_cannot_name_counts_as_high_for_all(exporter: Exporter) -> None:
    exporter.do(PAYROLLS, release(NOON, 77, 840, LOW, "gone"), "forget 77")
    exporter.do(release(NOON + timedelta(hours=1), 78, 5, MEDIUM, "of an unknown country"))
    exporter.run()
    assert exporter.read().releases == (
        Release(NOON, "ALL", Impact.HIGH, "event 77"),
        Release(NOON + timedelta(hours=1), "ALL", Impact.MEDIUM, "of an unknown country"),
        KNOWN[0],
    )


UNREAD = "the calendar cannot be read (error"
NO_ZONE = "the server's clock is %d s from UTC, which is no time zone: is the clock right?"


@pytest.mark.parametrize(
    ("fault", "mend", "why"),
    [
        ("silent 5401", "silent 0", f"{UNREAD} 5401)"),
        ("silent 5400", "silent 0", f"{UNREAD} 5400)"),  # a part of it came
        ("silent 4001", "silent 0", f"{UNREAD} 4001)"),
        ("connected 0", "connected 1", "the terminal is not connected"),
        ("zone 11300", f"zone {SUMMER}", NO_ZONE % 11300),
        ("zone 61200", f"zone {SUMMER}", NO_ZONE % 61200),
        ("refuse 1", "", r"BreadthAssistant\calendar.csv cannot be written (error 5004)"),
        ("full 1", "", r"BreadthAssistant\calendar.csv cannot be written (error 5026)"),
        ("hold 1", "", r"BreadthAssistant\calendar.csv cannot be written (error 5020)"),
    ],
)  # fmt: skip
def test_a_failure_keeps_the_old_file_is_said_once_and_tried_again_in_a_minute(
    exporter: Exporter, fault: str, mend: str, why: str
) -> None:
    exporter.do(PAYROLLS)
    exporter.run(HOUR)
    old = exporter.calendar.read_bytes()
    exporter.do(AFTER, fault)
    assert exporter.run(MINUTE) == [f"Calendar: {why}; the file is as it was, and I try again in a minute"]
    assert exporter.calendar.read_bytes() == old
    exporter.do(*([mend] if mend else []))
    assert exporter.run(1000) == ["Calendar: 2 releases of the next two weeks, by UTC+03:00"]
    assert exporter.read(timedelta(hours=2)).releases == KNOWN


def test_a_failure_that_lasts_is_said_once(exporter: Exporter) -> None:
    exporter.do(PAYROLLS, "silent 5401")
    assert len(exporter.run(10 * MINUTE)) == 1
    assert not exporter.calendar.exists()


@pytest.mark.parametrize("only", [None, TENTATIVE])
def test_an_empty_answer_is_no_calendar(exporter: Exporter, only: int | None) -> None:
    if only is not None:
        exporter.do(release(NOON, 6, 840, HIGH, "OPEC Meeting", only))
    (said,) = exporter.run()
    what = "is empty" if only is None else "has no release with an hour"
    assert said == f"Calendar: the calendar {what}; the file is as it was, and I try again in a minute"
    assert not exporter.calendar.exists()
