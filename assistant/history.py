"""Closes from CSV files: what a broker's own history lacks at its beginning, as its user brings it.

`<home>/history/IWM.csv` holds the normalised bars, `IWM.json` beside it where they come from. A file is taken
whole or not at all; a doubt is one line that names file, row, what was there and what was expected.
"""

import csv
import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import inf
from pathlib import Path
from typing import Any

from assistant.core.market import Bar, Imported, Unknown
from assistant.errors import AssistantError, PublishError
from assistant.outputs.files import json_of, read_file, replace_file

_PRICES = ("open", "high", "low", "close")
_COLUMNS = (("date", "close"), ("date", *_PRICES), ("date", *_PRICES, "volume"))
_EXPECTED = "date,close or date,open,high,low,close[,volume], separated by commas"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_PRICE = re.compile(r"\d+(\.\d+)?", re.ASCII)
_LARGEST = 20_000_000  # bytes of a file
_ROUNDING = 1e-6  # share; adjusted prices may leave the bar by so much
_SPLIT = 0.4  # share; no such fund has moved by so much from one session to the next
_NEXT_DAYS = 7  # days; from one session to the next, holidays included


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import took of one file."""

    symbol: str
    file: str  # its name
    rows: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Import:
    """What an import took, and the files of a folder that it left alone."""

    taken: tuple[Taken, ...]
    left: tuple[str, ...]  # names of files that are of no configured symbol


def import_history(
    path: Path,
    home: Path,
    symbols: Collection[str],
    finished: Sequence[date],
    now: datetime,
    symbol: str = "",
) -> Import:
    """Take a CSV file, or all of a folder, into a home; AssistantError in one line, and nothing is written.

    A file bears the name of its symbol, in any case, unless `symbol` says it; one of a folder that is of no
    symbol is left alone. `symbols` are the configured ones, `finished` the sessions of the exchange that have
    closed, ascending; `now` (UTC) is put on record.
    """
    sources, left = _sources(path, symbols, symbol)
    read = [_read(file, named, finished) for named, file in sources.items()]
    folder = home / "history"
    try:
        for taken, content, bars in read:
            _store(folder, taken, content, bars, now)
    except PublishError as error:
        raise AssistantError(str(error)) from None
    return Import(tuple(taken for taken, _, _ in read), left)


def read_closes(path: Path, symbol: str, finished: Sequence[date]) -> tuple[Bar, ...]:
    """Return the bars of a CSV file, checked as an import is; AssistantError says what is wrong.

    `finished` are the sessions of the exchange that have closed, ascending; rows before those are left out.
    """
    return _read(path, symbol, finished)[2]


def load_imported(home: Path) -> dict[str, Imported | Unknown]:
    """Return what was imported into a home, by our symbol; a damaged file is Unknown with its reason."""
    return {path.stem: _load(path) for path in sorted((home / "history").glob("*.csv"))}


def provenance(home: Path) -> dict[str, dict[str, Any] | Unknown]:
    """Return where each import of a home comes from, by our symbol; Unknown where it is damaged."""
    return {
        symbol: one if isinstance(one, Unknown) else json_of(read_file(_beside(home / "history", symbol)))
        for symbol, one in load_imported(home).items()
    }


def _sources(path: Path, symbols: Collection[str], symbol: str) -> tuple[dict[str, Path], tuple[str, ...]]:
    """Return the file of each symbol, and the names of a folder's files that are of none."""
    if not path.exists():
        raise AssistantError(f"{path}: there is no such file or folder")
    if path.is_dir():
        if symbol:
            raise AssistantError(f"{path}: is a folder; --symbol names the symbol of one file")
        files = sorted(one for one in path.iterdir() if one.suffix.lower() == ".csv" and one.is_file())
        if not files:
            raise AssistantError(f"{path}: holds no CSV file; expected files such as IWM.csv")
    else:
        files = [path]
    named: dict[str, Path] = {}
    left: list[Path] = []
    for file in files:
        word = symbol or file.stem
        ours = next((one for one in symbols if one.upper() == word.upper()), None)
        if ours is None:
            left.append(file)
            continue
        if ours in named:
            raise AssistantError(
                f"{file}: {ours} is also in {named[ours].name}; expected one file for a symbol"
            )
        named[ours] = file
    if not named:
        word = symbol or left[0].stem
        raise AssistantError(
            f"{left[0]}: {word} is not among the symbols of the configuration ({', '.join(symbols)})"
            + ("" if symbol else "; name the file after its symbol, or use --symbol")
        )
    return named, tuple(file.name for file in left)


def _read(path: Path, symbol: str, finished: Sequence[date]) -> tuple[Taken, bytes, tuple[Bar, ...]]:
    """Read and check one file."""
    try:
        if (size := path.stat().st_size) > _LARGEST:
            raise AssistantError(f"{path}: was {size} bytes; expected at most {_LARGEST}")
        content = read_file(path, _LARGEST)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise AssistantError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise AssistantError(f"{path}: byte {error.start} is not UTF-8 text; save it as CSV UTF-8") from None
    try:
        bars = tuple(_bars(path, text, finished))
    except csv.Error as error:
        raise AssistantError(f"{path}: is no CSV file: {error}") from None
    if not bars:
        raise AssistantError(f"{path}: holds no row after its header")
    return Taken(symbol, path.name, len(bars), bars[0].session, bars[-1].session), content, bars


def _bars(path: Path, text: str, finished: Sequence[date]) -> Iterator[Bar]:
    """Make a bar of each row."""
    rows = csv.reader(text.splitlines(), strict=True)
    header = next(rows, [])
    columns = tuple(name.strip().lower() for name in header)
    if columns not in _COLUMNS:
        raise _wrong(path, 1, ",".join(header), _EXPECTED)
    sessions = frozenset(finished)
    before: Bar | None = None
    for row in rows:
        if not "".join(row).strip():
            continue  # an empty line, as at the end
        number = rows.line_num
        if len(row) != len(columns):
            expected = f"{len(columns)} fields: no comma in a number, a point before its decimals"
            raise _wrong(path, number, ",".join(row), expected)
        fields = dict(zip(columns, (field.strip() for field in row), strict=True))
        bar = _bar(path, number, fields)
        if before:
            _require_order(path, number, before, bar)
        before = bar
        if finished and bar.session < finished[0]:
            continue  # the table of sessions begins later, and no stance needs what was before
        _require_session(path, number, bar.session, sessions, finished)
        yield bar


def _bar(path: Path, number: int, fields: dict[str, str]) -> Bar:
    """Make a bar of the fields of one row; one that has only a close is all close."""
    session = _date(path, number, fields["date"])
    close = _price(path, number, "close", fields["close"])
    prices = [_price(path, number, name, fields[name]) if name in fields else close for name in _PRICES]
    bar = Bar(session, *prices)
    if bar.high < bar.low:
        raise _wrong(path, number, f"high {bar.high:g}, low {bar.low:g}", "high not below low")
    for name, price in (("open", bar.open), ("close", bar.close)):
        if not bar.low * (1 - _ROUNDING) <= price <= bar.high * (1 + _ROUNDING):
            raise _wrong(
                path, number, f"{name} {price:g}", f"a price from low {bar.low:g} to high {bar.high:g}"
            )
    return bar


def _date(path: Path, number: int, text: str) -> date:
    expected = "a date written as 2018-04-03: year, month, day"
    if not _DATE.fullmatch(text):
        raise _wrong(path, number, text, expected)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _wrong(path, number, text, expected) from None


def _price(path: Path, number: int, name: str, text: str) -> float:
    """Read a plain decimal: no sign, exponent, thousands separator or decimal comma."""
    if not _PRICE.fullmatch(text) or not 0 < float(text) < inf:
        raise _wrong(path, number, f"{name} {text!r}", "a price above 0 such as 1234.56")
    return float(text)


def _require_session(
    path: Path, number: int, session: date, sessions: Collection[date], finished: Sequence[date]
) -> None:
    """Refuse a date on which the exchange was shut, or whose close is still to come."""
    if session in sessions:
        return
    if not finished:
        expected = "a session of the packaged table"
    elif session > finished[-1]:
        expected = f"a session that has closed, until {finished[-1]}"
    else:
        expected = "a session of XNYS, which was shut on that day"
    raise _wrong(path, number, f"{session} ({session:%A})", expected)


def _require_order(path: Path, number: int, before: Bar, bar: Bar) -> None:
    """Refuse what does not ascend, and a jump as of a split that the prices are not adjusted for."""
    if bar.session == before.session:
        raise _wrong(path, number, f"{bar.session} a second time", "each session once")
    if bar.session < before.session:
        raise _wrong(path, number, f"{bar.session} after {before.session}", "the oldest row first")
    move = bar.close / before.close - 1
    if abs(move) > _SPLIT and (bar.session - before.session).days <= _NEXT_DAYS:
        was = f"close {bar.close:g} after {before.close:g}"
        raise _wrong(
            path, number, was, f"at most {_SPLIT:.0%} in a session: are the prices adjusted for splits?"
        )


def _wrong(path: Path, number: int, was: str, expected: str) -> AssistantError:
    short = was if len(was) <= 60 else was[:57] + "..."  # noqa: PLR2004 -- one line stays one line
    return AssistantError(f"{path} row {number}: was {short}; expected {expected}")


def _beside(folder: Path, symbol: str) -> Path:
    return folder / f"{symbol}.json"


def _store(folder: Path, taken: Taken, source: bytes, bars: Sequence[Bar], now: datetime) -> None:
    """Write bars and provenance, each in one go; that the two belong together can be told from their hash."""
    rows = [",".join(("date", *_PRICES))]
    rows += [f"{one.session},{one.open!r},{one.high!r},{one.low!r},{one.close!r}" for one in bars]
    content = ("\n".join(rows) + "\n").encode()
    origin = {
        "file": taken.file,
        "rows": taken.rows,
        "first": taken.first.isoformat(),
        "last": taken.last.isoformat(),
        "sha256": hashlib.sha256(source).hexdigest(),
        "imported_at": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "bars_sha256": hashlib.sha256(content).hexdigest(),
    }
    replace_file(folder / f"{taken.symbol}.csv", content, durable=True)
    beside = (json.dumps(origin, indent=2) + "\n").encode()
    replace_file(_beside(folder, taken.symbol), beside, durable=True)


def _load(path: Path) -> Imported | Unknown:
    """Read one import back, and check that it is what was written."""
    try:
        content = read_file(path, 2 * _LARGEST)  # an import may be longer than its source
        origin = json_of(read_file(_beside(path.parent, path.stem)))
        if hashlib.sha256(content).hexdigest() != origin["bars_sha256"]:
            return Unknown(f"{path} is not as it was imported; import it again")
        rows = csv.reader(content.decode().splitlines()[1:])
        bars = tuple(Bar(date.fromisoformat(day), *map(float, prices)) for day, *prices in rows)
        return Imported(bars, str(origin["file"]), str(origin["sha256"]))
    except OSError as error:
        return Unknown(f"{error.filename or path} cannot be read: {error.strerror or error}; import it again")
    except (ValueError, KeyError, TypeError):
        return Unknown(f"{_beside(path.parent, path.stem)} is damaged; import it again")
