"""Every loss rule of a funded account is a floor: a reference less an amount, at most its lock.

Daily loss, static, end-of-day and intraday trail are one class and differ in their fields. A number that
nobody has published is Unknown: such a rule cannot be certified, and is never left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from assistant.core.market import Unknown
from assistant.core.track import Mark, Track

_FORGIVEN = 1e-6  # account currency: sums of money in binary miss by less


class Reference(StrEnum):
    """What a floor is measured from. A high-water mark never falls; the start of a day may."""

    INITIAL = "initial"
    DAY_START_BALANCE = "day_start_balance"
    DAY_START_EQUITY = "day_start_equity"
    DAY_START_MAX = "day_start_max"  # the higher of both
    HWM_BALANCE_EOD = "hwm_balance_eod"  # of the initial balance and the balances at resets
    HWM_BALANCE_INTRADAY = "hwm_balance_intraday"  # of every balance
    HWM_EQUITY_INTRADAY = "hwm_equity_intraday"  # of all equity
    HWM_EQUITY_OF_DAY = "hwm_equity_of_day"  # of the equity since the last reset
    STATED = "stated"  # as the firm's dashboard states it
    UNKNOWN = "unknown"  # the firm has not published it


class Of(StrEnum):
    """What a percentage is of."""

    INITIAL = "initial"
    REFERENCE = "reference"


class Measure(StrEnum):
    """What must not fall to the floor."""

    EQUITY = "equity"
    BALANCE = "balance"
    EITHER = "either"  # the lower of both


class Op(StrEnum):
    """Which side of a bound counts, the bound included or not."""

    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"

    def holds(self, value: float, bound: float) -> bool:
        """Whether `value` stands so to `bound`, with what binary sums miss forgiven."""
        apart = value - bound
        if self is Op.LT:
            return apart < -_FORGIVEN
        if self is Op.LE:
            return apart <= _FORGIVEN
        return apart > _FORGIVEN if self is Op.GT else apart >= -_FORGIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Money, a percentage, or money by account size; none of them: not published."""

    money: float | None = None  # account currency
    percent: float | None = None
    of: Of = Of.INITIAL
    by_size: Mapping[float, float] | None = None  # account size -> account currency

    def __post_init__(self) -> None:
        """Refuse two statements of one amount, and a negative or infinite one."""
        stated = [self.money, self.percent, self.by_size]
        if sum(one is not None for one in stated) > 1:
            raise ValueError("amount was stated twice; expected one of money, percent, by_size")
        numbers = [one for one in (self.money, self.percent) if one is not None]
        if not all(isfinite(one) and one >= 0 for one in (*numbers, *(self.by_size or {}).values())):
            raise ValueError("amount was negative or infinite; expected 0 or more")

    def in_money(self, track: Track, reference: float) -> float | Unknown:
        """Return the amount in account currency."""
        if self.money is not None:
            return self.money
        if self.percent is not None:
            return (track.initial if self.of is Of.INITIAL else reference) * self.percent / 100
        if self.by_size is None:
            return Unknown("its amount is not published")
        if track.size not in self.by_size:
            return Unknown(f"no amount is published for an account size of {track.size:.0f}")
        return self.by_size[track.size]


@dataclass(frozen=True, slots=True)
class Finding:
    """Where an account stands to one reading of a rule."""

    value: float  # what was measured, in the unit of the rule
    bound: float  # what the rule asks: a floor, a target, a count
    room: float  # what is left until the rule is broken, or (below 0) is lacking
    kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """A level that the measure must not reach (`le`), or not fall below (`lt`)."""

    reference: Reference
    amount: Amount
    measure: Measure
    op: Op
    lock: Amount | None = None  # above the initial balance, where it rises no more; None: never
    initial_after_payout: bool = False  # the first payout puts it at the initial balance
    stated: float | None = None  # the reference, where the firm's dashboard states it

    def __post_init__(self) -> None:
        """Refuse a floor that is broken from above."""
        if self.op not in (Op.LT, Op.LE):
            raise ValueError(f"op was {self.op}; expected lt or le for a floor")

    def level(self, track: Track) -> float | Unknown:
        """Return the floor in account currency."""
        initial = track.initial + track.deposited
        if self.initial_after_payout and track.payouts:
            return initial
        reference = self._reference(track)
        if isinstance(reference, Unknown):
            return reference
        amount = self._money(track, reference)
        if isinstance(amount, Unknown):
            return amount
        level = reference - amount
        if self.lock is None:
            return level
        above = self.lock.in_money(track, track.initial)
        return above if isinstance(above, Unknown) else min(level, initial + above)

    def money(self, track: Track) -> float | Unknown:
        """Return the amount by which it lies below its reference (account currency)."""
        reference = self._reference(track)
        return reference if isinstance(reference, Unknown) else self._money(track, reference)

    def _money(self, track: Track, reference: float) -> float | Unknown:
        return self.amount.in_money(track, reference - track.deposited)  # a deposit is no room

    def marks_at(self, level: float, track: Track) -> Mapping[Mark, float] | Unknown:
        """Return the marks that put the floor at a level (account currency), as a dashboard states it."""
        names = _MARKS.get(self.reference)
        if names is None:
            return Unknown(f"no mark moves a floor that is measured from {self.reference}")
        amount = self.amount.in_money(track, 0.0)
        if isinstance(amount, Unknown):
            return amount
        of_reference = self.amount.percent is not None and self.amount.of is Of.REFERENCE
        own = level - track.deposited
        share = 1 - (self.amount.percent or 0.0) / 100
        if of_reference and share <= 0:
            return Unknown("a floor of nothing says nothing of what it is measured from")
        mark = (own / share if of_reference else own + amount) + track.deposited
        return dict.fromkeys(names, mark)

    def find(self, track: Track) -> Finding | Unknown:
        """Return the headroom: the measure less the floor (account currency)."""
        level = self.level(track)
        if isinstance(level, Unknown):
            return level
        value = track.equity if self.measure is Measure.EQUITY else track.balance
        if self.measure is Measure.EITHER:
            value = min(value, track.equity)
        return Finding(value, level, value - level, not self.op.holds(value, level))

    def _reference(self, track: Track) -> float | Unknown:
        if self.reference is Reference.UNKNOWN:
            return Unknown("its reference is not published")
        if self.reference is Reference.INITIAL:
            return track.initial + track.deposited
        if self.reference is Reference.STATED:
            known = self.stated
        else:  # the higher one of several
            marks = [getattr(track, mark) for mark in _MARKS[self.reference]]
            known = None if None in marks else max(marks)
        if known is None:
            lacking = "the dashboard's number" if self.reference is Reference.STATED else "the last reset"
            return Unknown(f"{lacking} is not known: {self.reference} cannot be told")
        return known


_MARKS = {
    Reference.DAY_START_BALANCE: (Mark.START_BALANCE,),
    Reference.DAY_START_EQUITY: (Mark.START_EQUITY,),
    Reference.DAY_START_MAX: (Mark.START_BALANCE, Mark.START_EQUITY),
    Reference.HWM_BALANCE_EOD: (Mark.HIGH_BALANCE_EOD,),
    Reference.HWM_BALANCE_INTRADAY: (Mark.HIGH_BALANCE,),
    Reference.HWM_EQUITY_INTRADAY: (Mark.HIGH_EQUITY,),
    Reference.HWM_EQUITY_OF_DAY: (Mark.HIGH_EQUITY_OF_DAY,),
}


def worst(findings: Sequence[Finding | Unknown]) -> int:
    """Return the place of the reading to show: one that is unknown, else one broken, else the least room.

    Of equals the first; there is at least one.
    """
    return min(range(len(findings)), key=lambda place: _badness(findings[place]))


def _badness(finding: Finding | Unknown) -> tuple[int, float]:
    if isinstance(finding, Unknown):
        return 0, 0.0
    return 1 + finding.kept, finding.room
