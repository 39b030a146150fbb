"""Brokers' servers and their feeds, made from the zone database alone, without the code under test."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from assistant.terminal.clock import ATHENS, NEW_YORK_PLUS_7, ClockMeter

SECOND, MINUTE, HOUR, DAY = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def digits(text: str) -> int:
    """Wall-clock digits as epoch seconds."""
    return calendar.timegm(datetime.fromisoformat(text).timetuple())


# Servers made without the code under test: the zone database, and seven hours for the New York family.


@dataclass(frozen=True)
class Server:
    zone: str
    plus: timedelta = timedelta()

    def ahead(self, instant: datetime) -> timedelta:
        there = instant.astimezone(ZoneInfo(self.zone)).utcoffset()
        assert there is not None
        return there + self.plus

    def stamp_ms(self, instant: datetime) -> int:
        return round((instant + self.ahead(instant)).timestamp() * 1000)


AMERICAN, EUROPEAN = Server("America/New_York", 7 * HOUR), Server(ATHENS)
GREENWICH, MOSCOW, LONDON = Server("UTC"), Server("Etc/GMT-3"), Server("Europe/London")
SERVERS = {"american": AMERICAN, "european": EUROPEAN, "utc": GREENWICH, "fixed": MOSCOW}
NAMES = {"american": NEW_YORK_PLUS_7, "european": ATHENS}
AGES = {"IWM": 0.3 * SECOND, "SPY": 0.7 * SECOND}
EVERY_HOUR = [utc("2024-01-01") + n * HOUR for n in range(24 * (366 + 365 + 365 + 365))]
# Both calendars' nights, a year's mismatch in spring and in autumn.
US_SPRING, EU_SPRING = utc("2025-03-09T07:00"), utc("2025-03-30T01:00")
EU_AUTUMN, US_AUTUMN = utc("2025-10-26T01:00"), utc("2025-11-02T06:00")


def watch(
    meter: ClockMeter,
    server: Server,
    start: datetime,
    seconds: int = 8,
    *,
    late: timedelta = timedelta(),
    ages: Mapping[str, timedelta] = AGES,
) -> datetime:
    """Look once a second at a feed that ticks each second; `late` is how much the broker delays it."""
    for second in range(seconds):
        now = start + second * SECOND
        meter.see({name: server.stamp_ms(now - age - late) for name, age in ages.items()}, now)
    return now


def silent(meter: ClockMeter, server: Server, last: datetime, until: datetime) -> None:
    """Look each four minutes at the feed that `watch` left at the instant `last`, to an instant."""
    stamps = {name: server.stamp_ms(last - age) for name, age in AGES.items()}
    now = last
    while now < until:
        now = min(now + 4 * MINUTE, until)
        meter.see(stamps, now)


@cache
def opens() -> tuple[datetime, ...]:
    """When the sessions of the packaged table open (UTC)."""
    table = Path(__file__).parents[2] / "assistant" / "data" / "sessions.csv"
    rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return tuple(utc(f"{day}T{opened}") for day, opened, _ in rows)


def starts(server: Server, until: datetime, days: int = 365, late: timedelta = timedelta()) -> list[int]:
    """Stamps of the first bar of each session of so many days before an instant."""
    span = [one + late for one in opens() if until - days * DAY <= one < until]
    return [server.stamp_ms(one) // 1000 for one in span]


def usual(server: Server, instant: datetime) -> list[Server]:
    """The two usual servers whose clocks show the same at an instant."""
    return [one for one in (AMERICAN, EUROPEAN) if one.ahead(instant) == server.ahead(instant)]


def doubt(meter: ClockMeter) -> str | None:
    """What it doubts now; a call, because a type checker takes an attribute for unchanged."""
    return meter.doubt
