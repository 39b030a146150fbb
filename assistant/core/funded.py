"""The rules of a funded account: targets, profit caps, payouts, and which reading of a rule to show.

The other rules are floors (`floors`), counts of days (`day_rules`) and rules on orders (`order_rules`).
Where a firm's words have two readings, both are judged, the worse is shown and the other one named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from assistant.core.day_rules import Concentration, DayCount, Inactivity, TimeLimit
from assistant.core.floors import Amount, Finding, Floor, Measure, Reference, worst
from assistant.core.market import Unknown
from assistant.core.order_rules import ExposureCap, OrderRule, RateLimit, Window
from assistant.core.track import Track

NO_CUTOFF = "no reset is published"  # in place of a cut-off's name
_BY_DAY = (
    Reference.DAY_START_BALANCE,
    Reference.DAY_START_EQUITY,
    Reference.DAY_START_MAX,
    Reference.HWM_BALANCE_EOD,
    Reference.HWM_EQUITY_OF_DAY,
)


class Effect(StrEnum):
    """What breaking a rule means, or, of the last four, what keeping it opens."""

    FAIL = "fail"  # the account is lost
    PAUSE = "pause"  # no trading until the next reset
    VIOLATION = "violation"  # a matter of conduct, at the firm's discretion
    PROFIT_REMOVED = "profit_removed"  # that of the trade, or what was too much
    FORCED_CLOSE = "forced_close"  # the firm closes what is open
    REVIEW = "review"  # no program can tell
    PASS = "pass"  # noqa: S105 -- no password: the phase is not passed before
    PAYOUT = "payout"  # no payout before
    RAISES_TARGET = "raises_target"
    INFORMS = "informs"  # a fact of the program


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The profit that passes a phase."""

    amount: Amount
    measure: Measure = Measure.BALANCE
    flat: bool = True  # counts only while nothing is open

    def find(self, track: Track, *, flat: bool) -> Finding | Unknown:
        """Return the profit against the target (account currency)."""
        amount = self.amount.in_money(track, track.initial)
        if isinstance(amount, Unknown):
            return amount
        measured = {
            Measure.BALANCE: track.balance,
            Measure.EQUITY: track.equity,
            Measure.EITHER: min(track.balance, track.equity),
        }[self.measure]
        profit = measured - track.initial - track.deposited
        return Finding(profit, amount, profit - amount, profit >= amount and (flat or not self.flat))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfitCap:
    """The most profit that a day of the firm counts; what is more is taken away."""

    amount: Amount

    def find(self, track: Track) -> Finding | Unknown:
        """Return the profit of the running day against the most (account currency)."""
        amount = self.amount.in_money(track, track.initial)
        if isinstance(amount, Unknown):
            return amount
        profit = track.closed_today
        return Finding(profit, amount, amount - profit, profit <= amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutGate:
    """What a payout needs. Money in account currency; None: the firm names no such condition."""

    least_profit: float | None = None  # profit since the last payout must be more
    least: float | None = None  # smallest payout
    every: int | None = None  # days since the last payout, or the start
    days: DayCount | None = None  # winning days since the last payout
    share: float | None = None  # of the profit that may be paid out at once
    most: Mapping[float, float] | None = None  # account size -> largest payout
    payouts: int | None = None  # largest number of them
    split: float | None = None  # share that the trader gets

    def lacking(self, track: Track, last: datetime, at: datetime) -> tuple[str, ...]:
        """Return in plain words what a payout still lacks; `last` is the last payout, or the start."""
        days = track.days[track.paid_days :]
        profit = sum(day.closed for day in days) + track.closed_today
        found = []
        if self.least_profit is not None and profit <= self.least_profit:
            found.append(f"profit is {profit:.2f}; more than {self.least_profit:.2f} is needed")
        if self.least is not None and (largest := self.largest(profit, track.size)) < self.least:
            found.append(f"at most {largest:.2f} may be paid out; the smallest payout is {self.least:.2f}")
        if self.every is not None and at < last + timedelta(days=self.every):
            found.append(f"the next payout is {self.every} days after {last}")
        if self.days is not None:
            winning = self.days.find(replace(track, days=days), at)
            if isinstance(winning, Unknown):
                found.append(f"cannot certify: {winning.reason}")
            elif not winning.kept:
                found.append(f"{winning.value:.0f} of {winning.bound:.0f} winning days")
        if self.payouts is not None and track.payouts >= self.payouts:
            found.append(f"{track.payouts} of {self.payouts} payouts were made")
        return tuple(found)

    def largest(self, profit: float, size: float) -> float:
        """Return the largest payout from a profit (account currency)."""
        part = profit if self.share is None else profit * self.share
        most = (self.most or {}).get(size)
        return max(part if most is None else min(part, most), 0.0)


@dataclass(frozen=True, slots=True)
class Text:
    """What no program can judge: conduct, and how many accounts a trader may have."""

    items: tuple[str, ...]


Primitive = (
    Floor
    | Target
    | DayCount
    | Concentration
    | Inactivity
    | TimeLimit
    | Window
    | ExposureCap
    | OrderRule
    | RateLimit
    | ProfitCap
    | PayoutGate
    | Text
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A rule in all its readings: the worse one is shown, the others are named."""

    told: str  # the reading that is shown
    finding: Finding | Unknown  # Unknown: the rule cannot be certified
    others: tuple[tuple[str, Finding | Unknown], ...]  # reading and what it says, in their order


def judge(readings: Mapping[str, Finding | Unknown]) -> Judged:
    """Return what a rule comes to: of its readings (at least one), by name, the worst."""
    names = list(readings)
    shown = names.pop(worst(list(readings.values())))
    return Judged(shown, readings[shown], tuple((name, readings[name]) for name in names))


def judge_floor(readings: Mapping[str, Floor], tracks: Mapping[str, Track]) -> Judged:
    """Return where an account stands to a loss rule: every reading on the track of every possible cut-off.

    Where the firm publishes none, the one track is named NO_CUTOFF and what rests on a reset is Unknown.
    """
    return judge(
        {
            told if len(tracks) == 1 else f"{told}, {cutoff}": _found(floor, track, cutoff)
            for told, floor in readings.items()
            for cutoff, track in tracks.items()
        }
    )


def _found(floor: Floor, track: Track, cutoff: str) -> Finding | Unknown:
    if cutoff == NO_CUTOFF and floor.reference in _BY_DAY:
        return Unknown(f"{NO_CUTOFF}: {floor.reference} cannot be told")
    return floor.find(track)
