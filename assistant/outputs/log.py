"""The operational log: `logs/assistant.log`, put aside when a new day begins, and pruned by age.

The file is open only while a line is written. Several commands share it, and on Windows what one of them
holds open no other can put aside. A line that cannot be written is lost, and ends nothing: what must not be
lost stands in the journal.
"""

from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loguru import Message  # which only its types have


class Log:
    """What loguru writes to; days begin at midnight of the PC."""

    def __init__(self, path: Path, keep: timedelta) -> None:
        """Make the file; OSError where that fails. What was put aside longer ago than `keep` is removed."""
        self._path = path
        self._keep = keep
        self._day: date | None = None  # of the last line
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass

    def write(self, line: "Message") -> None:
        """Add a line."""
        now = line.record["time"]
        with suppress(OSError):
            if now.date() != self._day:
                self._turn(now)
                self._day = now.date()
            with self._path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(str(line))

    def _turn(self, now: datetime) -> None:
        """Put the file of an earlier day aside, and remove what has been kept for long enough."""
        last = datetime.fromtimestamp(self._path.stat().st_mtime, now.tzinfo)
        aside = self._path.with_name(f"{self._path.stem}.{last.date()}{self._path.suffix}")
        if last.date() < now.date() and self._path.stat().st_size and not aside.exists():
            with suppress(OSError):  # a scanner may hold it; then it goes on to the next day
                self._path.rename(aside)
        for one in self._path.parent.glob(f"{self._path.stem}.*{self._path.suffix}"):
            with suppress(OSError):
                if one.stat().st_mtime < (now - self._keep).timestamp():
                    one.unlink()
