"""config/*.yaml -> Config: a complaint names file, key, unit, the value that was there, what was expected.

Layers, later ones win: the packaged assistant.yaml, symbols.yaml and votes.yaml, the home's own of these
names, the home's local.yaml. A default stands in the packaged files and nowhere else.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails

from assistant.core.advice import Settings
from assistant.core.alerts import Level
from assistant.core.conditions import ConditionSettings, TradeSettings
from assistant.core.context import ContextSettings, VoteSettings
from assistant.core.costs import CostSettings, PlanSettings
from assistant.core.distances import SizingSettings
from assistant.core.exposure import ExposureSettings
from assistant.core.fold import FoldSettings
from assistant.core.market import Role
from assistant.core.own import ALL, DisciplineSettings
from assistant.core.program import Mode
from assistant.core.ratio import RegimeSettings
from assistant.core.regime import LevelSettings
from assistant.core.shares import ShareSettings, VolatilitySettings
from assistant.errors import ConfigError
from assistant.macro import MacroSettings
from assistant.outputs.files import read_file, short
from assistant.overrides import OverrideSettings
from assistant.yaml_text import parsed

Name = Annotated[str, MinLen(1)]
_SECRET = re.compile(
    r"command|key|token|secret|passw", re.IGNORECASE
)  # in the name of a key, also an unknown one
_USER = re.compile(r"//[^/\s]*@")  # of an address: it may hold a password
_LARGEST = 1_000_000  # bytes of a file of settings; the largest pack has 40,000


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalSettings:
    """Which terminal is read, and how its clock runs."""

    module: Name  # auto, or an import name
    path: Name | None  # of terminal64.exe
    start: bool  # whether the terminal at that path may be started
    server_zone: Name  # auto, New_York+7, an IANA zone, or an offset like UTC+03:00
    faults: Any  # of the paper terminal: a list, or where one stands; None: there are none; see rehearsal

    def __post_init__(self) -> None:
        """Refuse what cannot be a script of faults."""
        if not (self.faults is None or isinstance(self.faults, list | str)) or self.faults == "":
            raise ValueError(f"faults was {_shown(self.faults)}; expected a list of faults, or a file's path")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSettings:
    """What the packaged table of sessions does not know."""

    closed: tuple[date, ...]  # listed sessions that did not take place


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSettings:
    """The rhythm of the loop."""

    interval: Annotated[float, Ge(0.25), Le(1)]  # seconds; a panel wants a heartbeat each second
    ttl: Annotated[int, Ge(2), Le(60)]  # seconds
    sessions: Annotated[int, Ge(150), Le(5000)]  # daily bars


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSettings:
    """A rehearsal: a firm's rules on an account that is not the firm's."""

    initial_balance: Annotated[float, Gt(0)]  # account currency; stands for the balance at the start
    start: date


@dataclass(frozen=True, slots=True, kw_only=True)
class FundedSettings:
    """Which rules of a funded account are followed, and what they do."""

    mode: Mode
    login: Annotated[int, Gt(0)] | None  # the account that the rules are for; None: whichever is logged in
    pack: Name | None  # firm/program, or custom
    initial_balance: Annotated[float, Gt(0)] | None  # account currency, of the phase
    size: Annotated[float, Gt(0)] | None  # account size that the firm sold; None: the initial balance
    start: AwareDatetime | date | None  # of the phase; None: with the account's first deal
    bought: date | None
    virtual: VirtualSettings | None
    custom: dict[Name, Any] | None  # a program, as docs/funded-rules.md says
    reserve: Annotated[float, Ge(0), Lt(1)]  # share of a loss rule's amount
    amber: Annotated[float, Gt(0), Lt(1)]  # likewise
    reward: Annotated[float, Ge(0), Le(20)]  # R
    planned_payout: Annotated[float, Ge(0)]  # account currency

    def __post_init__(self) -> None:
        """Refuse rules that are to be followed and are not named."""
        if self.mode is not Mode.OFF and self.pack is None:
            raise ValueError(f"pack is missing; mode {self.mode} needs firm/program, or custom")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """What is told at once, and to whom."""

    command: Annotated[tuple[Name, ...], MinLen(1)] | None  # program and arguments; None: to no command
    least: Level  # that the command is given
    timeout: Annotated[float, Gt(0), Le(60)]  # seconds
    news_ahead: Annotated[float, Ge(0), Le(240)]  # minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSettings:
    """The daily review."""

    automatic: bool  # written by a run, after each session


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchdogSettings:
    """How many seconds something may take in a run, before the run is ended and started anew."""

    initialize: Annotated[float, Gt(0), Le(3600)]
    history: Annotated[float, Gt(0), Le(3600)]  # not read yet since the connection
    call: Annotated[float, Gt(0), Le(3600)]
    other: Annotated[float, Ge(10), Le(3600)]  # no call: the loop itself waits for 5 seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSettings:
    """The operational log."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"]
    keep: Annotated[int, Gt(0), Le(3650)]  # days


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolSettings:
    """One symbol: its role, and how to know it at a broker."""

    role: Role
    names: Annotated[tuple[Name, ...], MinLen(1)]
    isin: str | None = None  # None: no security stands behind it, or its ISIN is not known
    description: str | None = None  # regular expression for the whole of the broker's, letter case ignored

    def __post_init__(self) -> None:
        """Refuse an ISIN with a slip in it, and a regular expression that is none."""
        if self.isin is not None and not _is_isin(self.isin):
            raise ValueError(
                f"isin was {self.isin!r}; expected 12 letters and digits whose last checks the rest"
            )
        try:
            re.compile(self.description or "")
        except re.error as error:
            raise ValueError(
                f"description was {self.description!r}; expected a regular expression: {error}"
            ) from None


def _is_isin(text: str) -> bool:
    """Whether the check digit holds (ISO 6166): letters count 10 to 35, then the Luhn sum over all digits."""
    if not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}[0-9]", text):
        return False
    digits = [int(digit) for letter in reversed(text) for digit in reversed(str(int(letter, 36)))]
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(digits)) % 10 == 0


class Config(BaseModel):
    """All settings, checked; a section per part of the program."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    symbols: dict[Name, SymbolSettings | None]  # None: left out
    votes: dict[Name, VoteSettings | None]  # None: left out
    terminal: TerminalSettings
    exchange: ExchangeSettings
    cycle: CycleSettings
    regime: RegimeSettings
    levels: LevelSettings
    shares: ShareSettings
    context: ContextSettings
    volatility: VolatilitySettings
    trades: TradeSettings
    macro: MacroSettings
    sizing: SizingSettings
    costs: CostSettings
    plan: PlanSettings
    exposure: ExposureSettings
    conditions: ConditionSettings
    discipline: DisciplineSettings
    overrides: tuple[OverrideSettings, ...]
    funded: FundedSettings
    alerts: AlertSettings
    review: ReviewSettings
    watchdog: WatchdogSettings
    log: LogSettings

    @field_validator("symbols")
    @classmethod
    def _one_name_each(cls, symbols: dict[str, SymbolSettings | None]) -> dict[str, SymbolSettings | None]:
        """Refuse two symbols that differ in case only: a check takes a name in any case."""
        kept = [symbol.upper() for symbol, settings in symbols.items() if settings]
        twice = next((symbol for symbol in kept if kept.count(symbol) > 1), None)
        if twice:
            raise ValueError(f"{twice} stands twice, in different case; expected one name for a symbol")
        return symbols

    @field_validator("regime")
    @classmethod
    def _legs_among_the_symbols(cls, regime: RegimeSettings, info: ValidationInfo) -> RegimeSettings:
        """Refuse a leg that no symbol stands for."""
        symbols = info.data.get("symbols")
        legs = [leg for pair in regime.legs for leg in pair]
        lost = next((leg for leg in legs if symbols is not None and not symbols.get(leg)), None)
        if lost:
            raise ValueError(f"the leg {lost} is not among the symbols, or is left out there")
        return regime

    @field_validator("overrides")
    @classmethod
    def _of_the_symbols(
        cls, overrides: tuple[OverrideSettings, ...], info: ValidationInfo
    ) -> tuple[OverrideSettings, ...]:
        """Refuse an override that no symbol would feel."""
        known = [symbol for symbol, kept in info.data.get("symbols", {}).items() if kept]
        lost = next((one.symbol for one in overrides if known and one.symbol not in (ALL, *known)), None)
        if lost is not None:
            raise ValueError(f"the symbol {lost} is not among the symbols; expected one of them, or {ALL}")
        return overrides

    @property
    def settings(self) -> Settings:
        """The part that the core is told."""
        return Settings(
            fold=FoldSettings(
                regime=self.regime,
                levels=self.levels,
                shares=self.shares,
                context=self.context,
                votes={name: vote for name, vote in self.votes.items() if vote},
            ),
            volatility=self.volatility,
            trades=self.trades,
            sizing=self.sizing,
            costs=self.costs,
            plan=self.plan,
            exposure=self.exposure,
            conditions=self.conditions,
            discipline=self.discipline,
        )


@dataclass(frozen=True, slots=True)
class _Layer:
    path: Path
    data: Mapping[str, Any]


def packaged() -> Path:
    """Return the folder of the packaged YAML files: inside the wheel, or beside the package in a clone."""
    inside = Path(__file__).parent / "defaults"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "config"


def load_config(home: Path) -> Config:
    """Read and check the configuration of a home.

    Raises ConfigError with one line for each complaint.
    """
    layers = _layers(home)
    merged: dict[str, Any] = {}
    for layer in layers:
        merged = _merge(merged, layer.data)
    try:
        return Config.model_validate_json(json.dumps(merged, default=str))
    except ValidationError as error:
        found = error.errors(include_url=False)
        behind = {one["loc"][:depth] for one in found for depth in range(len(one["loc"]))}  # only follow
        lines = [_complaint(one, layers) for one in found if one["loc"] not in behind]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from None


def _layers(home: Path) -> list[_Layer]:
    base, own = packaged(), home / "config"
    folders = [base] if own.resolve() == base.resolve() else [base, own]
    layers = []
    for folder in folders:
        for name in ("assistant.yaml", "symbols.yaml", "votes.yaml"):
            if folder is base or (folder / name).is_file():
                data, section = read_yaml(folder / name), name.removesuffix(".yaml")
                layers.append(_Layer(folder / name, data if section == "assistant" else {section: data}))
    for name in ("local.yml", "local.yaml.txt", "local.txt"):
        if (own / name).exists():
            raise ConfigError(f"{own / name}: is not read; name it local.yaml")
    if (own / "local.yaml").exists():
        layers.append(_Layer(own / "local.yaml", read_yaml(own / "local.yaml")))
    return layers


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the keys and values of a YAML file; raises ConfigError in one line for what is none."""
    try:
        text = read_file(path, _LARGEST).decode("utf-8-sig")
        data = parsed(text)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: byte {error.start} is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise ConfigError(f"{path}{where}: {short(str(error.problem or error.context))}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ConfigError(f"{path}: it is nested too deeply") from None
    except (ValueError, ArithmeticError, LookupError, TypeError, AttributeError) as error:  # 2026-02-30, say
        raise ConfigError(f"{path}: a value is none: {short(str(error))}") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise ConfigError(f"{path}: was {_shown(data)}; expected keys and values")
    return data


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `high` over `low`, key by key; lists are replaced whole."""
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def _complaint(error: ErrorDetails, layers: list[_Layer]) -> str:
    """Say in one line what is wrong where."""
    keys = [str(key) for key in error["loc"]]
    depth, path = _where(keys, layers)
    key = ".".join(keys if error["type"] == "missing" else keys[: max(depth, 1)])
    unit = _unit(key)
    name = f"{path}: {short(key)}" + (f" ({unit})" if unit else "")
    if error["type"] == "missing":
        return f"{name}: missing"
    if error["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return f"{name}: unknown key{_near(keys, layers)}"  # its value may be secret
    was = "not shown: it may be secret" if _SECRET.search(".".join(keys)) else _shown(error["input"])
    expected = short(re.sub(r"^(Input should be|Value error,)\s*", "", error["msg"]), 300)
    expected = re.sub(r"^(?:Tuple|String) should have (at least \d+ \w+).*", r"\1", expected)
    expected = {"an object": "keys and values", "a valid array": "a list"}.get(expected, expected)
    return (
        f"{name}: {expected}" if error["type"] == "value_error" else f"{name}: was {was}; expected {expected}"
    )


def _near(keys: list[str], layers: list[_Layer]) -> str:
    """Name the key of the packaged settings that an unknown one probably means."""
    level: Any = {}
    for layer in layers:
        level = _merge(level, layer.data) if layer.path.name != "local.yaml" else level
    for key in keys[:-1]:
        level = level.get(key) if isinstance(level, Mapping) else None
    known = [str(key) for key in level] if isinstance(level, Mapping) else []
    near = get_close_matches(keys[-1], [one for one in known if one != keys[-1]], n=1)
    return f"; near it is {near[0]}" if near else ""


def _where(keys: list[str], layers: list[_Layer]) -> tuple[int, Path]:
    """Return how many of the keys stand in the file that gave the value, and that file."""
    found = (0, layers[0].path)
    for layer in layers:
        data: Any = layer.data
        depth = 0
        while depth < len(keys) and isinstance(data, Mapping) and keys[depth] in data:
            data = data[keys[depth]]
            depth += 1
        if depth >= found[0] and depth > 0:
            found = (depth, layer.path)
    return found


def _unit(key: str) -> str:
    """Return the comment that stands beside a key in the packaged assistant.yaml: its unit and meaning."""
    section, _, name = key.partition(".")
    here = ""
    for line in (packaged() / "assistant.yaml").read_text(encoding="utf-8").splitlines():
        if match := re.match(r"(\w+):", line):
            here = match[1]
        match = re.match(rf"  {re.escape(name)}:[^#]*#\s*(.*)", line) if name else None
        if match and here == section:
            return match[1]
    return ""


def _shown(value: object) -> str:
    text = _USER.sub("//...@", repr(value))
    return text if len(text) <= 60 else text[:57] + "..."  # noqa: PLR2004 -- one line stays one line
