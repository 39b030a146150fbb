"""A firm's program as it is run on one account: its rules, when its day rolls, what the trader keeps back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from assistant.core.firm_day import Cutoff
from assistant.core.floors import Floor, Reference
from assistant.core.funded import Effect, Primitive

_FROM_EQUITY = (Reference.HWM_EQUITY_INTRADAY, Reference.HWM_EQUITY_OF_DAY)


class Mode(StrEnum):
    """What the rules of a funded account do."""

    OFF = "off"
    DRY_RUN = "dry_run"  # shown, and never binding
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prudence:
    """What a trader keeps away from the rules of a firm."""

    reserve: Annotated[float, Ge(0), Lt(1)]  # share of a loss rule's amount that no new order may use
    amber: Annotated[float, Gt(0), Lt(1)]  # share of a loss rule's amount in use from which on it is amber
    reward: Annotated[float, Ge(0), Le(20)]  # R; how far a trade may gain before all of that is given back
    planned_payout: Annotated[float, Ge(0)]  # account currency; leaves the balance and moves no floor


@dataclass(frozen=True, slots=True, kw_only=True)
class FundedRule:
    """One rule, in each of its readings."""

    name: str  # as the pack calls it
    effect: Effect
    readings: Mapping[str, Primitive]  # by how it is told; the first one is as published
    doubts: tuple[str, ...] = ()  # what is not certain and makes no other reading
    applies: str | None = None  # on what condition, where not always
    stands: str = ""  # where the rule stands, and as of when that was read


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The program of one account."""

    key: str  # firm/program, or custom
    title: str  # in plain words
    mode: Mode
    currency: str  # of the account, and of every number below
    initial: float  # initial balance
    size: float  # the account size that the firm sold
    start: datetime | None  # UTC, of this phase on this account; None: with the account's first deal
    virtual: bool  # a rehearsal: `initial` stands for the balance that the account really had at `start`
    cutoffs: Mapping[str, Cutoff]  # by name; several: each may be it; none: not published
    rules: tuple[FundedRule, ...]
    lacking: tuple[str, ...] = ()  # why it could never be certified, in plain words
    prudence: Prudence


def follows_equity(program: Program) -> bool:
    """Whether a loss rule is measured from the highest equity."""
    floors = (one for rule in program.rules for one in rule.readings.values() if isinstance(one, Floor))
    return any(one.reference in _FROM_EQUITY for one in floors)
