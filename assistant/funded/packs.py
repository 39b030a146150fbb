"""config/funded/<firm>.yaml -> Pack: the programs of a firm as data, each rule with source and date.

docs/funded-rules.md is the schema in words.
"""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, MinLen
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, model_validator

from assistant.config import packaged, read_yaml
from assistant.core.day_rules import Concentration, DayCount, Inactivity, TimeLimit
from assistant.core.firm_day import Cutoff
from assistant.core.floors import Floor
from assistant.core.funded import Effect, PayoutGate, Primitive, ProfitCap, Target, Text
from assistant.core.order_rules import ExposureCap, OrderRule, RateLimit, Window
from assistant.errors import ConfigError
from assistant.outputs.files import short

Name = Annotated[str, MinLen(1)]
AsOf = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}(-\d{2})?$")]  # a day, or a month
AS_PUBLISHED = "as published"  # the reading of a rule that has no other


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Kinds(_Model):
    """The thirteen kinds of rule; a reading has one of them."""

    floor: Floor | None = None
    target: Target | None = None
    day_count: DayCount | None = None
    concentration: Concentration | None = None
    inactivity: Inactivity | None = None
    time_limit: TimeLimit | None = None
    window: Window | None = None
    exposure: ExposureCap | None = None
    order: OrderRule | None = None
    rate_limit: RateLimit | None = None
    profit_cap: ProfitCap | None = None
    payout: PayoutGate | None = None
    text: Text | None = None


class Reading(Kinds):
    """One way to understand what the firm has published."""

    told: Name

    @model_validator(mode="after")
    def _one_kind(self) -> "Reading":
        if len(self._kinds()) != 1:
            named = ", ".join(self._kinds()) or "none"
            raise ValueError(f"kind was {named}; expected one of {', '.join(Kinds.model_fields)}")
        return self

    def _kinds(self) -> list[str]:
        return [kind for kind in Kinds.model_fields if getattr(self, kind) is not None]

    @property
    def kind(self) -> str:
        """The name of the kind of rule."""
        return self._kinds()[0]

    @property
    def rule(self) -> Primitive:
        """The rule itself."""
        rule: Primitive = getattr(self, self.kind)
        return rule


class ValidFor(_Model):
    """Whom a program or a rule concerns: accounts bought in a range of days. None: no end is known."""

    bought_from: date | None = None
    bought_until: date | None = None


class Rule(_Model):
    """One rule of a program: what it means, where it stands, when that was read, and in which readings."""

    effect: Effect
    source: Annotated[tuple[Name, ...], MinLen(1)]  # names of the pack's sources
    as_of: AsOf
    valid_for: ValidFor = ValidFor()
    sizes: tuple[float, ...] | None = None  # account sizes that it concerns; None: all
    applies: Name | None = None  # on what condition it applies, where not always
    doubts: tuple[Name, ...] = ()  # what is not certain and makes no other reading
    note: Name | None = None
    readings: Annotated[tuple[Reading, ...], MinLen(1)]

    @model_validator(mode="after")
    def _of_one_kind(self) -> "Rule":
        if len({reading.kind for reading in self.readings}) > 1:
            raise ValueError("readings of one rule were of several kinds; expected one kind")
        if len({reading.told for reading in self.readings}) < len(self.readings):
            raise ValueError("two readings have one name; expected a `told` for each")
        return self


class Program(_Model):
    """One program of a firm in one phase and band of account sizes."""

    name: Name
    phase: Name
    market: Literal["cfd", "futures", "stocks"]
    sizes: tuple[Annotated[float, Gt(0)], ...]  # account sizes; none: not published
    starts_at: Annotated[float, Ge(0)] | None = None  # initial balance; None: the account size
    as_of: AsOf
    valid_for: ValidFor = ValidFor()
    confidence: Literal["high", "medium", "low"]
    cutoffs: tuple[Cutoff, ...]  # one: certain; several: each may be it; none: not published
    doubts: tuple[Name, ...] = ()
    notes: tuple[Name, ...] = ()
    incomplete: bool = False  # rules are known to be missing
    shares: tuple[Name, ...] = ()  # names of the pack's shared rules
    rules: dict[Name, Rule]


class Pack(_Model):
    """The programs of one firm."""

    schema_: Literal["funded-pack/1"]
    firm: Name
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    sources: dict[Name, Name]  # short name -> address, or where else it was read
    shared: dict[Name, Rule] = {}
    programs: Annotated[dict[Name, Program], MinLen(1)]

    @model_validator(mode="after")
    def _of_known_names(self) -> "Pack":
        rules = [*self.shared.values()]
        for key, program in self.programs.items():
            lost = next((name for name in program.shares if name not in self.shared), None)
            if lost or set(program.shares) & set(program.rules):
                raise ValueError(f"{key} shares {lost or 'a rule that it has itself'}; expected shared rules")
            rules += program.rules.values()
        unnamed = next((name for rule in rules for name in rule.source if name not in self.sources), None)
        if unnamed:
            raise ValueError(f"the source {unnamed} is not among the sources")
        return self

    def rules(self, program: str) -> dict[str, Rule]:
        """Return all rules of a program by name, the shared ones last."""
        one = self.programs[program]
        return {**one.rules, **{name: self.shared[name] for name in one.shares}}


def load_packs(folder: Path | None = None) -> dict[str, Pack]:
    """Return the packs of a folder by the names of their files, the packaged ones without it.

    Raises ConfigError with a line for each complaint.
    """
    paths = sorted((folder or packaged() / "funded").glob("*.yaml"))
    return {path.stem: read_pack(path) for path in paths}


def read_pack(path: Path) -> Pack:
    """Return the pack in a file; raises ConfigError with a line for each complaint."""
    return pack_of(read_yaml(path), str(path))


def pack_of(data: dict[str, Any], where: str) -> Pack:
    """Return the pack that data are; raises ConfigError with a line for each complaint, naming `where`."""
    if "schema" in data:
        data["schema_"] = data.pop("schema")
    try:
        return Pack.model_validate_json(json.dumps(_spelt_out(data), default=str))
    except ValidationError as error:
        raise ConfigError("\n".join(complaints(where, error))) from None


def _spelt_out(data: dict[str, Any]) -> dict[str, Any]:
    """Make readings of each rule in a pack: the rule as it stands, and what `otherwise` changes in it.

    What is not shaped like a pack stays as it is, for the model to refuse.
    """
    programs = _dict(data.get("programs"))
    spelt = {
        key: {**one, "rules": _all_read(one.get("rules"))} for key, one in programs.items() if _dict(one)
    }
    found = {key: spelt.get(key, one) for key, one in programs.items()}
    return {**data, "shared": _all_read(data.get("shared", {})), "programs": found or data.get("programs")}


def _all_read(rules: object) -> object:
    if not isinstance(rules, dict):
        return rules
    return {name: _read(rule) if isinstance(rule, dict) else rule for name, rule in rules.items()}


def _read(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with its readings in place of its fields and of `otherwise`."""
    own = {key: value for key, value in rule.items() if key in Reading.model_fields}
    rest = {key: value for key, value in rule.items() if key not in own and key != "otherwise"}
    others = rule.get("otherwise", [])
    if not isinstance(others, list) or not all(isinstance(one, dict) for one in others):
        return rule  # in which `otherwise` is then an unknown key
    changed = [_laid({**own, "told": ""}, one) for one in others]
    return {**rest, "readings": [{"told": AS_PUBLISHED, **own}, *changed]}


def _laid(below: object, value: object) -> object:
    """Lay a value over another: keys over keys, at any depth."""
    if not isinstance(below, dict) or not isinstance(value, dict):
        return value
    return {**below, **{key: _laid(below.get(key), one) for key, one in value.items()}}


def _dict(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}


def complaints(file: str | Path, error: ValidationError) -> list[str]:
    """Say in a line each what is wrong where in a file."""
    lines = []
    found = error.errors(include_url=False)
    behind = {one["loc"][:depth] for one in found for depth in range(len(one["loc"]))}  # only follow
    for one in found:
        if one["loc"] in behind:
            continue
        where = short(".".join(str(key).rstrip("_") for key in one["loc"])) or "as a whole"
        was = "" if one["type"] in ("missing", "value_error") else f", was {one['input']!r:.60}"
        lines.append(f"{file}: {where}: {short(one['msg'].removeprefix('Value error, '), 300)}{was}")
    return list(dict.fromkeys(lines))
