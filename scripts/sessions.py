"""Make assistant/data/sessions.csv, the table of the exchange's sessions, from exchange_calendars.

Run it once a year, so that the table stays two years ahead: `pip install --group sessions`, then
`python scripts/sessions.py`. exchange_calendars takes a second and 77 MB to import, therefore the package
carries this table and never imports the library.
"""

from __future__ import annotations

import csv
import sys
from datetime import date, time
from pathlib import Path

import exchange_calendars

FIRST = date(2000, 1, 3)
LAST = date(2028, 12, 31)
TABLE = Path(__file__).resolve().parent.parent / "assistant" / "data" / "sessions.csv"

# Days that a wrong calendar gets wrong; a table that contradicts one of them is not written.
CLOSED = (
    date(2001, 9, 11),  # attack on New York; closed to the 14th
    date(2001, 9, 12),
    date(2001, 9, 13),
    date(2001, 9, 14),
    date(2007, 1, 2),  # mourning for President Ford
    date(2012, 10, 29),  # hurricane Sandy
    date(2012, 10, 30),
    date(2018, 12, 5),  # mourning for President Bush
    date(2025, 1, 9),  # mourning for President Carter
)
CLOSES = {
    date(2018, 12, 24): time(18, 0),  # UTC; 13:00 in New York
    date(2018, 12, 26): time(21, 0),
    date(2019, 7, 3): time(17, 0),
    date(2026, 11, 27): time(18, 0),
}

Session = tuple[date, time, time]  # date, open and close (UTC times of day)


def sessions(first: date, last: date) -> list[Session]:
    """Return every XNYS session from `first` to `last`, both included."""
    calendar = exchange_calendars.get_calendar("XNYS", start=first.isoformat(), end=last.isoformat())
    schedule = calendar.schedule
    return [
        (day.date(), opens.time(), closes.time())
        for day, opens, closes in zip(schedule.index, schedule["open"], schedule["close"], strict=True)
    ]


def complaints(rows: list[Session]) -> list[str]:
    """Return what the table says against the known days; empty when it agrees with all."""
    closes = {day: close for day, _, close in rows}
    wrong = [f"{day} is listed, the exchange was closed" for day in CLOSED if day in closes]
    wrong += [
        f"{day} closes at {closes.get(day)}, known is {known} UTC"
        for day, known in CLOSES.items()
        if closes.get(day) != known
    ]
    return wrong


def main() -> int:
    """Write the table; return 1, and write nothing, when it contradicts a known day."""
    rows = sessions(FIRST, LAST)
    wrong = complaints(rows)
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
        return 1
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("date", "open_utc", "close_utc"))
        writer.writerows(
            (day.isoformat(), f"{opens:%H:%M}", f"{closes:%H:%M}") for day, opens, closes in rows
        )
    print(f"{len(rows)} sessions, {rows[0][0]} to {rows[-1][0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
