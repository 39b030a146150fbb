"""Worked examples in a file, run through the rules: what a firm published against what they come to.

docs/funded-rules.md is the schema in words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isclose
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Gt, MinLen
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.config import read_yaml
from assistant.core.day_rules import Concentration, Counts, DayCount, Denominator, Raises
from assistant.core.floors import Amount, Floor, Measure, Of, Op, Reference
from assistant.core.market import Unknown
from assistant.core.track import Booking, Day, Event, Look, Reset, Track, fold, start
from assistant.errors import AssistantError
from assistant.funded.packs import complaints
from assistant.outputs.files import short

_SCHEMA = "funded-test-vectors/1"
_CENT = 0.005  # half of one: money is compared as it is written
_SHARE = 1e-6  # shares are written with six digits
_BEGIN = datetime(2000, 1, 1, tzinfo=UTC)  # examples name no instants; the steps are a minute apart
_UNSURE = "cannot certify"

Number = Annotated[float, Field(allow_inf_nan=False)]
Shown = float | str | bool | None


@dataclass(frozen=True, slots=True)
class Check:
    """One number (or answer) of an example."""

    what: str
    expected: Shown
    was: Shown
    passed: bool


@dataclass(frozen=True, slots=True)
class Result:
    """One example."""

    name: str
    checks: tuple[Check, ...]
    trouble: str = ""  # why it could not be run

    @property
    def passed(self) -> bool:
        """Whether it was run and every number is as expected."""
        return not self.trouble and all(check.passed for check in self.checks)


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Vector(_Model):
    id: str
    grade: str | None = None
    source: str | None = None
    note: str | None = None

    def checks(self) -> Iterator[Check]:
        raise NotImplementedError


class _Amount(_Model):
    pct: Number | None = None
    of: Literal["initial", "ref"] = "initial"
    money: Number | None = None
    by_size: dict[float, Number] | None = None


class _Floor(_Model):
    ref: Literal[
        "initial",
        "day_start_balance",
        "day_start_equity",
        "day_start_max",
        "hwm_balance_eod",
        "hwm_balance_intraday",
        "hwm_equity_intraday",
        "hwm_equity_of_day",
        "unknown",
    ]
    op: Literal["lt", "le"]
    measure: Literal["equity", "balance", "min_balance_equity"] = "equity"
    amount: _Amount
    cap_plus: Number | None = None
    effect: str | None = None

    def floor(self) -> Floor:
        stated = self.amount
        of = Of.REFERENCE if stated.of == "ref" else Of.INITIAL
        amount = Amount(money=stated.money, percent=stated.pct, of=of, by_size=stated.by_size)
        measure = Measure.EITHER if self.measure == "min_balance_equity" else Measure(self.measure)
        lock = None if self.cap_plus is None else Amount(money=self.cap_plus)
        return Floor(reference=Reference(self.ref), amount=amount, measure=measure, op=Op(self.op), lock=lock)


class _Step(_Model):
    at: Literal["reset", "tick", "payout"]
    balance: Number | None = None
    equity: Number | None = None
    amount: Annotated[Number, Gt(0)] | None = None
    expect: dict[str, Number | None] = {}
    room: dict[str, Number] = {}
    breach: list[str] | None = None
    effective: Number | None = None
    note: str | None = None

    def events(self, track: Track, at: datetime) -> list[Event]:
        """Return what happened in this step; equity without a number is the balance (no open positions)."""
        paid = 0.0
        if self.at == "payout":
            paid = track.balance - self.balance if self.balance is not None else self.amount or 0.0
            if paid <= 0 or self.amount not in (None, paid):
                raise ValueError(f"payout was {paid}; expected a lower balance, or an amount")
        elif self.balance is None or self.amount is not None:
            raise ValueError(f"{self.at} needs a balance, and an amount is for a payout")
        balance = track.balance - paid if self.balance is None else self.balance
        floating = track.equity - track.balance if self.balance is None else 0.0
        equity = balance + floating if self.equity is None else self.equity
        if self.at == "reset":
            return [Reset(at, balance, equity)]
        booked = [Booking(at, 0, -paid, transfer=True)] if paid else []
        return [*booked, Look(at, balance, equity)]


class _Floors(_Vector):
    initial: Number
    rules: Annotated[dict[str, _Floor], MinLen(1)]
    steps: Annotated[list[_Step], MinLen(1)]

    def checks(self) -> Iterator[Check]:
        floors = {name: rule.floor() for name, rule in self.rules.items()}
        track = start(self.initial, self.initial)
        for number, step in enumerate(self.steps, start=1):
            at = _BEGIN + timedelta(minutes=number)
            track = fold(track, step.events(track, at))
            yield from _step_checks(f"step {number} {step.at}", step, floors, track)


def _step_checks(where: str, step: _Step, floors: Mapping[str, Floor], track: Track) -> Iterator[Check]:
    """Yield the numbers of one step: floors, room over them, which are broken, which is the highest."""
    lost = next(
        (name for name in (*step.expect, *step.room, *(step.breach or ())) if name not in floors), None
    )
    if lost is not None:
        raise ValueError(f"{where} names {lost}, which is none of its rules")
    levels = {name: floor.level(track) for name, floor in floors.items()}
    for name, wanted in step.expect.items():
        yield _money(f"{where}: {name} floor", wanted, levels[name])
    for name, room in step.room.items():
        level = levels[name]
        left = level if isinstance(level, Unknown) else track.equity - level
        yield _money(f"{where}: {name} room", room, left)
    if step.effective is not None:
        unknown = next((level for level in levels.values() if isinstance(level, Unknown)), None)
        known = [level for level in levels.values() if not isinstance(level, Unknown)]
        yield _money(f"{where}: highest floor", step.effective, unknown or max(known))
    if step.breach is not None:
        found = {name: floor.find(track) for name, floor in floors.items()}
        unsure = any(isinstance(one, Unknown) for one in found.values())
        broken = sorted(name for name, one in found.items() if not isinstance(one, Unknown) and not one.kept)
        expected, was = _listed(sorted(step.breach)), _UNSURE if unsure else _listed(broken)
        yield Check(f"{where}: broken", expected, was, expected == was)


class _Concentration(_Vector):
    days: Annotated[list[Number], MinLen(1)]
    den: Denominator
    limit: Number
    op: Literal["lt", "le"]
    target: Number | None = None
    ratio: Number | None = None
    ok: bool | None = None
    needed_total: Number | None = None
    new_target: Number | None = None

    def checks(self) -> Iterator[Check]:
        raises = Raises.BEST_OVER_SHARE
        rule = Concentration(most=self.limit, of=self.den, op=Op(self.op), raises=raises)
        found, best = rule.of_days(self.days, self.target), max(self.days)
        unsure = f"{_UNSURE}: {found.reason}" if isinstance(found, Unknown) else None
        if self.ratio is not None:
            share = unsure if isinstance(found, Unknown) else found.value
            near = not isinstance(found, Unknown) and isclose(
                found.value, self.ratio, rel_tol=0, abs_tol=_SHARE
            )
            yield Check("share of the best day", self.ratio, share, near)
        if self.ok is not None:
            kept = unsure if isinstance(found, Unknown) else found.kept
            yield Check("within the rule", self.ok, kept, kept is self.ok)
        if self.needed_total is not None:
            yield _money("total needed", self.needed_total, rule.needed(best))
        if self.new_target is not None:
            lacking = Unknown("the example has no target")
            raised = lacking if self.target is None else rule.raised(best, self.target)
            yield _money("new target", self.new_target, raised)


class _ProfitDay(_Vector):
    """By default the rule of The Trading Pit: more than 0.5 % of the initial balance, at the cut-off."""

    initial: Number
    prev_balance: Number
    balance: Number
    equity: Number
    counts: bool
    amount: _Amount = _Amount(pct=0.5)
    op: Literal["gt", "ge"] = "gt"
    why: str | None = None

    def checks(self) -> Iterator[Check]:
        begin = fold(start(self.initial, self.initial), [Reset(_BEGIN, self.prev_balance, None)])
        track = fold(begin, [Reset(_BEGIN + timedelta(days=1), self.balance, self.equity)])
        amount = Amount(money=self.amount.money, percent=self.amount.pct, by_size=self.amount.by_size)
        rule = DayCount(least=1, counts=Counts.CUTOFF, amount=amount, op=Op(self.op))
        day: Day = track.days[-1]
        counts = rule.counts_day(day, track)
        was: Shown = f"{_UNSURE}: {counts.reason}" if isinstance(counts, Unknown) else counts
        profit = "" if day.at_cutoff is None else f" with {day.at_cutoff:.2f}"
        yield Check(f"the day counts{profit}", self.counts, was, was is self.counts)


_SECTIONS: Mapping[str, type[_Vector]] = {
    "floors": _Floors,
    "concentration": _Concentration,
    "profit_days": _ProfitDay,
}
_WORDS = {"schema", "grades", "semantics", "do_not_use"}  # sections without examples to run


def run_file(path: Path) -> tuple[list[Result], int]:
    """Run every example of a file; return the results, and how many the file itself says not to use.

    Raises AssistantError in one line for a file that holds no such examples.
    """
    data = _read(path)
    results = [
        _run(path, section, one) for section in _SECTIONS if section in data for one in _list(data[section])
    ]
    if not results:
        raise AssistantError(f"{path} holds no example: {', '.join(_SECTIONS)} are empty or missing")
    return results, len(_list(data.get("do_not_use", [])))


def _read(path: Path) -> dict[str, Any]:
    data = read_yaml(path)
    found = data.get("schema")
    if found != _SCHEMA:
        raise AssistantError(
            f"{path} is no file of worked examples: schema was {found!r:.60}; expected {_SCHEMA}"
        )
    unknown = sorted(str(key) for key in data if key not in _SECTIONS and key not in _WORDS)
    if unknown:
        known = ", ".join(_SECTIONS)
        raise AssistantError(
            f"{path} has sections that are not known: {short(', '.join(unknown))}; known are {known}"
        )
    broken = next((key for key in _SECTIONS if not isinstance(data.get(key, []), list)), None)
    if broken:
        raise AssistantError(f"{path}: {broken} was no list of examples")
    return data


def _run(path: Path, section: str, data: object) -> Result:
    """Run one example; what is wrong with it is its own trouble, and the others are run."""
    name = str(data.get("id", "")) if isinstance(data, dict) else ""
    name = name or f"an example of {section} without an id"
    try:
        checks = tuple(_SECTIONS[section].model_validate(data).checks())
    except ValidationError as error:
        lines = [line.removeprefix(f"{path}: ") for line in complaints(path, error)]
        return Result(name, (), "; ".join(lines))
    except ValueError as error:
        return Result(name, (), str(error))
    return Result(name, checks, "" if checks else "expects nothing")


def _list(data: object) -> list[object]:
    return data if isinstance(data, list) else []


def _money(what: str, expected: float | None, was: float | Unknown) -> Check:
    """Compare money; None expects that it cannot be certified."""
    if isinstance(was, Unknown):
        return Check(what, expected, f"{_UNSURE}: {was.reason}", expected is None)
    passed = expected is not None and isclose(was, expected, rel_tol=0, abs_tol=_CENT)
    return Check(what, expected, was, passed)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
