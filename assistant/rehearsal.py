"""A script of faults as a user writes it -> faults of the paper terminal; a complaint names entry and key.

The script stands in the settings, in a file of the user's own, or in the box: `bad_day`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from annotated_types import Ge, Gt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.config import packaged, read_yaml
from assistant.errors import ConfigError
from assistant.terminal.fault_script import LINK_SECONDS, Fault, FaultKind
from assistant.terminal.faults import ERRORS
from assistant.terminal.profile import Profile, letters

WHERE = "terminal.faults"
TRADE_MODES = ("disabled", "long_only", "short_only", "close_only", "full")  # SYMBOL_TRADE_MODE_* 0 to 4
_BROKEN = (-10001, -10002)
_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
_AT = "expected seconds after the start, a time (UTC) such as 15:45, or an instant such as 2018-12-26T15:45Z"
_KEYS: Mapping[FaultKind, tuple[str, ...]] = MappingProxyType(  # that an entry must have beside `at`
    {
        FaultKind.RESTART_TERMINAL: ("for",),
        FaultKind.HANG: ("for",),
        FaultKind.FAIL: ("function", "code"),
        **dict.fromkeys(
            (
                *(FaultKind.NO_ANSWER, FaultKind.EMPTY_HISTORY, FaultKind.FREEZE),
                *(FaultKind.ZERO_TICK, FaultKind.CROSSED_QUOTE, FaultKind.VANISH),
            ),
            ("symbol",),
        ),
        FaultKind.SPIKE: ("symbol", "factor"),
        FaultKind.PC_CLOCK: ("seconds",),
        FaultKind.SERVER_CLOCK: ("seconds",),
        FaultKind.SWITCH_ACCOUNT: ("profile",),
        FaultKind.MAXBARS: ("count",),
        FaultKind.RENAME: ("symbol", "name"),
        FaultKind.TRADE_MODE: ("symbol", "mode"),
    }
)
_MAY = {FaultKind.LOSE_TERMINAL: ("code",)}  # and that it may have, beside `for`


def needed(kind: FaultKind) -> tuple[str, ...]:
    """Return the keys that an entry of a kind has beside `at` and a `for` that may be missing."""
    return *_KEYS.get(kind, ()), *_MAY.get(kind, ())


class _Entry(BaseModel):
    """One fault as it is written down."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    at: str | float
    fault: FaultKind
    lasts: Annotated[float, Gt(0)] | None = Field(None, alias="for")  # seconds; None: it stays
    symbol: str | None = None  # the broker's name, or the recorded one, such as IWM
    factor: Annotated[float, Gt(0)] | None = None  # times the price
    seconds: float | None = None  # by which a clock is set ahead
    count: Annotated[int, Ge(1)] | None = None  # bars
    profile: str | None = None  # letter
    name: Annotated[str, Field(min_length=1)] | None = None
    mode: str | None = None  # of TRADE_MODES
    function: str | None = None  # of MetaTrader5
    code: int | None = None  # of last_error()


def script_of(
    given: Sequence[Any] | str, home: Path, broker: Profile, start: datetime, functions: Sequence[str]
) -> tuple[Fault, ...]:
    """Return the script that the settings hold or name, for a broker's terminal that starts at an instant.

    A path is taken from the home's config folder. ConfigError with one line for each complaint.
    """
    entries, where = (given, WHERE) if not isinstance(given, str) else _read(given, home)
    found, complaints = [], []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(_fault(_checked(entry), broker, start.astimezone(UTC), functions))
        except _Wrong as wrong:
            kind = entry.get("fault") if isinstance(entry, Mapping) else None
            named = f" ({kind})" if isinstance(kind, str) else ""
            complaints += [f"{where}: fault {number}{named}: {line}" for line in wrong.lines]
    if complaints:
        raise ConfigError("\n".join(complaints))
    return tuple(found)


class _Wrong(Exception):  # noqa: N818 -- is caught here and becomes a complaint
    """What is wrong with one entry."""

    def __init__(self, *lines: str) -> None:
        """Take complaints that begin with a key."""
        self.lines = lines


def _read(name: str, home: Path) -> tuple[Sequence[Any], str]:
    """Return the entries of a file or of a script in the box, and where they stand."""
    path, box = home / "config" / name, packaged() / "faults"
    if not path.exists() and (box / f"{name}.yaml").exists():
        path = box / f"{name}.yaml"
    if not path.exists():
        inside = ", ".join(sorted(one.stem for one in box.glob("*.yaml")))
        raise ConfigError(f"{WHERE} was {name!r}: {path} is not there, and in the box is {inside}")
    data = read_yaml(path)
    if list(data) != ["faults"] or not isinstance(data["faults"], list):
        raise ConfigError(f"{path}: expected one key, faults, with a list")
    return data["faults"], str(path)


def _checked(entry: object) -> _Entry:
    try:
        one = _Entry.model_validate_json(json.dumps(entry, default=str))
    except ValidationError as error:
        raise _Wrong(*dict.fromkeys(_complaints(error))) from None
    needed = _KEYS.get(one.fault, ())
    allowed = ("at", "fault", "for", *needed, *_MAY.get(one.fault, ()))
    given = entry if isinstance(entry, Mapping) else {}
    lines = [f"{key}: missing" for key in needed if given.get(key) is None]
    lines += [
        f"{key}: does not belong to this fault; expected {', '.join(allowed)}"
        for key in given
        if key not in allowed
    ]
    if lines:
        raise _Wrong(*lines)
    return one


def _complaints(error: ValidationError) -> Iterator[str]:
    for one in error.errors(include_url=False):
        key, was = str(one["loc"][0]) if one["loc"] else "", repr(one["input"])
        if one["type"] == "missing":
            yield f"{key}: missing"
        elif one["type"] == "extra_forbidden":
            yield f"{key}: unknown key, was {was}"
        elif key == "at":
            yield f"at: was {was}; {_AT}"
        else:
            expected = re.sub(r"^Input should be ", "", one["msg"])
            yield f"{key}: was {was}; expected {expected}" if key else f"was {was}; expected keys and values"


def _fault(one: _Entry, broker: Profile, start: datetime, functions: Sequence[str]) -> Fault:
    begins = round(_instant(one.at, start).timestamp() * 1000)
    lasts = None if one.lasts is None else round(one.lasts * 1000)
    if one.fault is FaultKind.RESTART_TERMINAL and lasts is not None:
        lasts += round(LINK_SECONDS * 1000)
    number, text = _values(one, broker, functions)
    return Fault(
        kind=one.fault,
        begins_ms=begins,
        ends_ms=None if lasts is None else begins + lasts,
        symbol="" if one.symbol is None else _symbol(one.symbol, broker),
        number=number,
        text=text,
    )


def _values(one: _Entry, broker: Profile, functions: Sequence[str]) -> tuple[float, str]:
    """Return number and text of a fault."""
    if one.fault is FaultKind.LOSE_TERMINAL:
        return _one_of("code", one.code or _BROKEN[-1], _BROKEN), ""
    if one.code is not None:
        return _one_of("code", one.code, tuple(ERRORS)), _one_of("function", one.function, functions)
    if one.mode is not None:
        return TRADE_MODES.index(_one_of("mode", one.mode, TRADE_MODES)), ""
    if one.profile is not None:
        return 0.0, _one_of("profile", one.profile.upper(), letters())
    if one.name is not None and one.name in broker.contracts:
        raise _Wrong(f"name: was {one.name!r}, which the broker has already")
    return one.factor or one.seconds or float(one.count or 0), one.name or ""


def _one_of(key: str, value: Any, allowed: Sequence[Any]) -> Any:  # noqa: ANN401 -- a number or a word
    if value not in allowed:
        raise _Wrong(f"{key}: was {value!r}; expected one of {', '.join(map(str, allowed))}")
    return value


def _symbol(given: str, broker: Profile) -> str:
    name = given if given in broker.contracts else broker.named(given)
    return str(_one_of("symbol", name or given, tuple(broker.contracts)))


def _instant(at: str | float, start: datetime) -> datetime:
    """Return the instant (UTC) that is meant; a time of day is the first one from the start on."""
    if not isinstance(at, str):
        return start + timedelta(seconds=at)
    try:
        if _TIME.fullmatch(at):
            there = datetime.combine(start, time.fromisoformat(at.zfill(5 if at.count(":") == 1 else 8)), UTC)
            return there if there >= start else there + timedelta(days=1)
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise _Wrong(f"at: was {at!r}; {_AT}") from None
    if instant.tzinfo is None:
        raise _Wrong(f"at: was {at!r}, without a zone; {_AT}")
    return instant.astimezone(UTC)
