"""Observations as text: FRED's CSV files of both generations, and the answers of its JSON API; pure.

Every complaint is a MacroError in one line that begins with `where`: what was read, in words.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from math import isfinite

from assistant.errors import MacroError

Observations = tuple[tuple[date, float], ...]  # oldest first; missing values are left out

LARGEST = 8_000_000  # bytes of a file or an answer; the longest daily series has about 2,000,000 as JSON
_FIRST_COLUMN = ("observation_date", "DATE")  # since 2025; before
_MISSING = ("", ".")  # since 2025; before, and in JSON
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_Rows = Iterable[tuple[int, str, str]]  # number, date, value


def from_csv(content: bytes, name: str, where: str) -> Observations:
    """Return the observations of a CSV file: header observation_date,NAME or DATE,NAME, then a row a date."""
    lines = _text(content, where).split("\n")
    expected = f"expected the header observation_date,{name}"
    header = lines[0].strip()
    if not "".join(lines).strip():
        raise MacroError(f"{where} was empty; {expected}")
    if header.startswith("<"):
        raise MacroError(f"{where} was a web page: {_shown(header)}; {expected}")
    if header.split(",") not in [[column, name] for column in _FIRST_COLUMN]:
        raise MacroError(f"{where} row 1 was {_shown(header)}; {expected}")
    if lines[-1]:  # a number cut short is still a number
        was = f"{where} row {len(lines)} was {_shown(lines[-1])} without a line end"
        raise MacroError(f"{was}; expected a whole row: the file may still be written")
    return _checked(_rows(lines, where), where)


def from_json(content: bytes, where: str) -> Observations:
    """Return the observations of an answer of fred/series/observations, which holds all of them.

    Source: fred.stlouisfed.org/docs/api/fred/series_observations.html
    """
    text = _text(content, where)
    try:
        document = json.loads(text)
        count = document["count"]
        pairs = [(one["date"], one["value"]) for one in document["observations"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise MacroError(f"{where} was {_shown(text)}; expected a JSON object with observations") from None
    if count != len(pairs):
        raise MacroError(f"{where} held {len(pairs)} observations; expected all {_shown(str(count))}")
    rows = ((number, str(day), str(value)) for number, (day, value) in enumerate(pairs, start=1))
    return _checked(rows, where)


def as_csv(observations: Observations, name: str) -> bytes:
    """Return observations as a CSV file of the present generation."""
    rows = [f"observation_date,{name}", *(f"{day},{value!r}" for day, value in observations)]
    return ("\n".join(rows) + "\n").encode()


def _text(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MacroError(f"{where} was no text: byte {error.start} is not UTF-8") from None


def _rows(lines: list[str], where: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(lines[1:], start=2):
        fields = line.strip().split(",")
        if fields == [""]:
            continue  # an empty line, as at the end
        if len(fields) != 2:  # noqa: PLR2004 -- two columns
            raise MacroError(f"{where} row {number} was {_shown(line)}; expected a date and a number")
        yield number, fields[0].strip(), fields[1].strip()


def _checked(rows: _Rows, where: str) -> Observations:
    """Return the rows that hold a value; each date once, ascending, also of those that hold none."""
    found: list[tuple[date, float]] = []
    before = date.min
    for number, day, value in rows:
        observed = _date(day)
        if observed is None:
            was = _shown(day)
            raise MacroError(f"{where} row {number} was {was}; expected a date such as 2018-04-03")
        if observed <= before:
            raise MacroError(f"{where} row {number} was {observed} after {before}; expected a later date")
        before = observed
        if value in _MISSING:
            continue
        if not _NUMBER.fullmatch(value) or not isfinite(float(value)):
            was = f"{observed}, {_shown(value)}"
            raise MacroError(f"{where} row {number} was {was}; expected a number such as 2.45")
        found.append((observed, float(value)))
    if not found:
        raise MacroError(f"{where} held no value; expected one at least")
    return tuple(found)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _shown(text: str) -> str:
    """Return the beginning of what was there, on one line."""
    return repr(text if len(text) <= 60 else text[:57] + "...")  # noqa: PLR2004 -- one line stays one line
