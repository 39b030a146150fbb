"""Caps that a trader sets by hand: for a while in `<home>/state/overrides.json`, for good in the settings.

All of them stand, and the smallest binds. A file that cannot be read is a cap of 0 until it is mended. What
a file held that has gone stands to its end, or until it is cleared.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite
from pathlib import Path
from typing import Any

from assistant.core.market import Override
from assistant.core.own import ALL, in_force
from assistant.errors import AssistantError, PublishError
from assistant.outputs.files import json_of, read_file, replace_file, short
from assistant.outputs.record import override_fields

LONGEST = timedelta(days=366)  # what is meant for longer stands in the settings
_LARGEST = 200  # characters of a reason
_SCHEMA = "overrides/1"
_GONE = " (its file has gone; cap clear ends it)"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = "expected a date such as 2026-12-18, or an instant with its zone such as 2026-12-18T16:00-05:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideSettings:
    """An override as it is written down; lots or share, never both."""

    symbol: str  # ours, or all
    why: str
    lots: float | None = None  # lots that may be added now, on either side
    share: float | None = None  # of normal risk, 0 to 1
    until: str | None = None  # a date, to its end in UTC, or an instant with its zone; None: no end

    def __post_init__(self) -> None:
        """Refuse what is no override; ValueError."""
        self.override()

    def override(self, since: datetime | None = None) -> Override:
        """Return the override that was set at `since` (UTC; None: it stands in the settings)."""
        why = " ".join(self.why.split())
        if not 1 <= len(why) <= _LARGEST:
            raise ValueError(f"why had {len(why)} characters; expected 1 to {_LARGEST}")
        if (self.lots is None) == (self.share is None):
            raise ValueError("one of lots and share is needed, and one only")
        if self.symbol == ALL and self.lots is not None:
            raise ValueError(f"{ALL} takes a share such as 0.5x: lots of two symbols are not alike")
        if self.lots is not None and not (isfinite(self.lots) and self.lots >= 0):
            raise ValueError(f"lots was {self.lots:g}; expected 0 or more")
        if self.share is not None and not 0 <= self.share <= 1:
            raise ValueError(f"share was {self.share:g}; expected 0 to 1")
        until = None if self.until is None else end_of(self.until)
        lots, share = (None if number is None else float(number) for number in (self.lots, self.share))
        return Override(symbol=self.symbol, lots=lots, share=share, why=why, since=since, until=until)


def end_of(text: str) -> datetime:
    """Return the first instant (UTC) that is over: after a date in UTC, or the instant itself; ValueError."""
    refused = ValueError(f"until was {text}; {_INSTANT}")
    try:
        if _DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text) + timedelta(days=1), time(), UTC)
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise refused from None
    raise refused


class Overrides:
    """The overrides of one home: those of its file, and those of its settings."""

    def __init__(self, home: Path, settled: Sequence[OverrideSettings] = ()) -> None:
        """Take the home and what stands in the settings; the file need not be there."""
        self.path = home / "state" / "overrides.json"
        self._settled = tuple(one.override() for one in settled)
        self._known: tuple[Override, ...] = ()  # what the file held when it was last there

    def remember(self, known: tuple[Override, ...]) -> None:
        """Hold on to overrides that were on record as set: they stand where there is no file any more."""
        self._known = known

    def read(self) -> tuple[Override, ...]:
        """Return what has been set; where the file cannot be read, one that lets nothing through."""
        try:
            found = self._there()
            self._known = tuple(map(_gone, self._known)) if found is None else tuple(found)
        except AssistantError as error:
            self._known = (Override(symbol=ALL, lots=0.0, why=str(error), since=self._changed()),)
        return (*self._settled, *self._known)

    def set(self, asked: OverrideSettings, now: datetime) -> Override:
        """Put down one more from `now` (UTC) on; AssistantError where that fails, or the end does not fit."""
        made = asked.override(now.astimezone(UTC).replace(microsecond=0))
        if made.until is None or not now < made.until <= now + LONGEST:
            most = f"expected a later one, {LONGEST.days} days from now at most"
            raise AssistantError(f"--until was {asked.until}, now it is {now:%Y-%m-%d %H:%M} UTC; {most}")
        self._write([*in_force(self._set(), now), made])
        return made

    def end(self, symbol: str | None, now: datetime) -> int:
        """End those of our symbol or of `all`, None: every one; return how many were in force at `now` (UTC).

        Ending every one of them mends a file that cannot be read.
        """
        try:
            there = in_force(self._set(), now)
        except AssistantError:
            if symbol is not None:
                raise
            self._write([])
            return 1
        if symbol is None and not self.path.exists():
            self._write([])  # an assistant may miss it
        kept = [one for one in there if symbol not in (None, one.symbol)]
        if len(kept) < len(there):
            self._write(kept)
        return len(there) - len(kept)

    def _changed(self) -> datetime | None:
        """Return when the file became what it is (UTC); None: that is not known either."""
        try:
            return datetime.fromtimestamp(int(self.path.stat().st_mtime), UTC)
        except OSError:
            return None

    def _set(self) -> list[Override]:
        return self._there() or []

    def _there(self) -> list[Override] | None:
        """Return what the file holds, None: there is none; AssistantError where it cannot be read."""
        try:
            document = json_of(read_file(self.path))
            return [_override(fields) for fields in _listed(document)]
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = error.strerror or str(error)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            reason = str(error) if isinstance(error, ValueError) else "it holds something else"
        raise AssistantError(
            f"{self.path} cannot be read ({short(reason)}): mend it, or end all overrides with cap clear"
        )

    def _write(self, overrides: Sequence[Override]) -> None:
        """Put the file in its place; AssistantError where that fails."""
        document = {"schema": _SCHEMA, "overrides": [override_fields(one) for one in overrides]}
        try:
            replace_file(self.path, (json.dumps(document, indent=1) + "\n").encode(), durable=True)
        except PublishError as error:
            raise AssistantError(str(error)) from None


def _gone(override: Override) -> Override:
    """Return an override that says that its file has gone."""
    return override if override.why.endswith(_GONE) else replace(override, why=override.why + _GONE)


def _listed(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return what a file lists; ValueError, TypeError or KeyError where it is another file."""
    if document["schema"] != _SCHEMA:
        raise ValueError(f"schema was {document['schema']!r}; expected {_SCHEMA}")
    return list(document["overrides"])


def _override(fields: Mapping[str, Any]) -> Override:
    """Return what was written down; ValueError, TypeError or KeyError where it is no override."""
    for name in ("lots", "share"):
        if type(fields.get(name, 0)) not in (int, float):
            raise ValueError(f"{name} was {fields[name]!r}; expected a number")
    texts = {name: fields[name] for name in ("symbol", "why", "until", "since")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise ValueError(f"an override was {dict(fields)!r}; expected texts")
    since = datetime.fromisoformat(texts.pop("since"))
    asked = OverrideSettings(**texts, lots=fields.get("lots"), share=fields.get("share"))
    return asked.override(since.astimezone(UTC))
