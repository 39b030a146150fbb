"""Series on disk: those read from FRED in `<home>/state/macro`, and a folder of the user's own CSV files.

`BAA10Y.csv` holds the observations, `BAA10Y.json` beside it where and when they were read.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path

from assistant.core.market import Series, Unknown
from assistant.errors import MacroError, PublishError
from assistant.macro import SeriesSettings
from assistant.macro.tables import LARGEST, Observations, as_csv, from_csv
from assistant.outputs.files import json_of, read_file, replace_file


@dataclass(frozen=True, slots=True)
class Reading:
    """Observations, and where they come from."""

    observations: Observations
    source: str  # in plain words
    at: datetime  # UTC; when they were read

    def series(self, name: str, settings: SeriesSettings) -> Series:
        """Return them as the votes take them, without values that cannot be true."""
        source = f"{self.source}, read {self.at:%Y-%m-%d %H:%M} UTC"
        least = -inf if settings.least is None else settings.least
        values = tuple(one for one in self.observations if one[1] >= least)
        return Series(name, values, settings.lag, settings.stale_days, source)

    def doubt(self, settings: SeriesSettings) -> str | None:
        """Say that the last value cannot be true, and so is none; None: it may be."""
        day, value = self.observations[-1]
        if settings.least is None or value >= settings.least:
            return None
        return f"{day} was {value:g}; expected at least {settings.least:g}, so it counts as missing"


def store(folder: Path, name: str, reading: Reading) -> None:
    """Put a reading on disk, each of its files in one go; MacroError where that fails."""
    content = as_csv(reading.observations, name)
    origin = {
        "source": reading.source,
        "fetched_at": reading.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    try:
        replace_file(folder / f"{name}.csv", content)
        replace_file(_beside(folder, name), (json.dumps(origin, indent=2) + "\n").encode())
    except PublishError as error:
        raise MacroError(str(error)) from None


def load(folder: Path, name: str) -> Reading | Unknown:
    """Return the last reading of a series from disk; Unknown says why there is none."""
    path = folder / f"{name}.csv"
    if not path.exists() and not _beside(folder, name).exists():
        return Unknown("not read yet")
    damaged = Unknown(f"{path} is not as it was written; it is read again")
    try:
        content = read_file(path, LARGEST)
        origin = json_of(read_file(_beside(folder, name)))
        if hashlib.sha256(content).hexdigest() != origin["sha256"]:
            return damaged
        at = datetime.fromisoformat(origin["fetched_at"])
        if at.tzinfo is None:
            return damaged
        return Reading(from_csv(content, name, str(path)), str(origin["source"]), at.astimezone(UTC))
    except OSError as error:
        return Unknown(f"{error.filename or path} cannot be read: {error.strerror or error}")
    except (ValueError, KeyError, TypeError, OverflowError, MacroError):
        return damaged


def from_folder(folder: Path, name: str, now: datetime) -> Reading:
    """Read a series from a folder of CSV files as FRED sends them; MacroError names file and row.

    `now` (UTC) is told as the instant of the reading.
    """
    path = folder / f"{name}.csv"
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise MacroError(f"{path} was {size} bytes; expected at most {LARGEST}")
        content = read_file(path, LARGEST)
    except OSError as error:
        raise MacroError(f"{path} cannot be read: {error.strerror or error}") from None
    return Reading(from_csv(content, name, str(path)), str(path), now)


def _beside(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
