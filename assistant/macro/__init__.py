"""Economic series for the votes: read from FRED or from a folder of CSV files, kept on disk, as published.

A live cycle asks `feed.Macro.read`, which never waits; reading happens beside it.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import inf
from typing import Annotated, Literal
from urllib.parse import urlsplit

from annotated_types import Ge, Gt, Le, MinLen

from assistant.core.market import Series

_NAME = re.compile(r"\w+", re.ASCII)  # it becomes the name of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSettings:
    """When an observation may be known, when it is too old, and when it is none."""

    lag: Annotated[int, Ge(0), Le(90)]  # days from the date observed to the session that may know it
    stale_days: Annotated[int, Ge(1), Le(400)]  # days after which the series says nothing
    least: float | None = None  # in the unit of the series; a smaller value is none; None: any is one

    def __post_init__(self) -> None:
        """Refuse a series that would be too old before it may be known."""
        if self.stale_days < self.lag:
            raise ValueError(
                f"stale_days was {self.stale_days}, lag {self.lag}; expected stale_days not below lag"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class MacroSettings:
    """Where series come from."""

    source: Literal["fred", "csv", "off"]
    folder: Annotated[str, MinLen(1)] | None  # of CSV files named after their series; relative to the home
    refresh_hours: Annotated[float, Gt(0), Le(168)]  # hours between two readings
    key_variable: Annotated[str, MinLen(1)]  # environment variable of an API key
    timeout: Annotated[float, Gt(0), Le(120)]  # seconds for one answer
    attempts: Annotated[int, Ge(1), Le(10)]  # at one series before it is given up until the next time
    url: str | None  # of a server that answers as FRED's; None: FRED itself
    series: Mapping[str, SeriesSettings | None]  # by FRED's name; None: left out

    def __post_init__(self) -> None:
        """Refuse CSV files without a folder, an address that no web server has, a name that no file bears."""
        if self.source == "csv" and not self.folder:
            raise ValueError("folder was null; expected a folder, since source is csv")
        if self.url is not None and not _is_address(self.url):
            shown = self.url.rpartition("@")[2]  # what stands before it may be a password
            raise ValueError(
                f"url was {shown!r}; expected an address such as https://fred.example.org, "
                "without user and query"
            )
        odd = next((name for name in self.series if not _NAME.fullmatch(name)), None)
        if odd is not None:
            raise ValueError(f"series was {odd!r}; expected a name of letters and digits such as BAA10Y")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port  # ValueError for one that is none
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or "@" in parts.netloc) and port != 0
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain


@dataclass(frozen=True, slots=True)
class Waits:
    """How long is waited; no settings, because they follow from being polite to FRED and to the user."""

    first: float = 0.5  # seconds between the first attempt at a series and the second, then doubled
    longest: float = 8.0  # seconds between two attempts
    jitter: float = 0.5  # seconds more at most, so that many assistants do not come back at once
    budget: float = 30.0  # seconds of a refresh in the foreground
    look: float = 60.0  # seconds between two looks at the clock; a computer that slept is late by no more
    soon: float = 300.0  # seconds to the next reading after one that failed; then doubled, to refresh_hours


def as_of(series: Series, session: date) -> Series:
    """Return what had been published of a series by the close of a session.

    An observation of date `d` counts from the first session on that is not before `d` plus `lag` days.
    """
    end = bisect_right(series.values, (session - timedelta(days=series.lag), inf))
    return replace(series, values=series.values[:end])
