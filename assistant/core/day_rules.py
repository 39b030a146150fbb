"""Rules that count the firm's days: enough of them, no single one too good, none too long ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from assistant.core.floors import Amount, Finding, Op
from assistant.core.market import Unknown
from assistant.core.track import Day, Track

_DAY = timedelta(days=1)


class Counts(StrEnum):
    """What makes a day count."""

    OPENED = "opened"  # exposure was opened in it
    CLOSED = "closed"  # profit booked in it
    CUTOFF = "cutoff"  # the lower of balance and equity at its end, less the balance at its start
    UNKNOWN = "unknown"  # the firm has not published it


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """At least so many days that count."""

    least: int
    counts: Counts
    amount: Amount | None = None  # profit that makes a day count; None where any trade does
    op: Op = Op.GE  # how that profit stands to the amount
    window: int | None = None  # days looked back; None: the whole phase

    def __post_init__(self) -> None:
        """Refuse a profitable day without its profit."""
        if (self.amount is None) != (self.counts is Counts.OPENED):
            raise ValueError("amount is for days that count by profit, and those need one")
        if self.op not in (Op.GE, Op.GT):
            raise ValueError(f"op was {self.op}; expected ge or gt for a profit")

    def counts_day(self, day: Day, track: Track) -> bool | Unknown:
        """Whether a finished day counts."""
        return self._counts(day, self._wanted(track))

    def _wanted(self, track: Track) -> float | Unknown | None:
        """Return the profit that makes a day count (account currency); None: any trade does."""
        if self.amount is None:
            return None
        if self.counts is Counts.UNKNOWN:
            return Unknown("what makes a day count is not published")
        return self.amount.in_money(track, track.initial)

    def _counts(self, day: Day, wanted: float | Unknown | None) -> bool | Unknown:
        if wanted is None:
            return day.opened
        if isinstance(wanted, Unknown):
            return wanted
        profit = day.closed if self.counts is Counts.CLOSED else day.at_cutoff
        if profit is None:
            return Unknown(f"equity at the reset of {day.ended} was not seen")
        return self.op.holds(profit, wanted)

    def find(self, track: Track, at: datetime) -> Finding | Unknown:
        """Return the finished days that count against those wanted."""
        since = None if self.window is None else at - self.window * _DAY
        looked = [day for day in track.days if since is None or day.ended > since]
        wanted = self._wanted(track)  # once: an account may have hundreds of days, and each cycle asks
        answers = [self._counts(day, wanted) for day in looked]
        number = answers.count(True)
        doubt = next((answer for answer in answers if isinstance(answer, Unknown)), None)
        if number < self.least and doubt:
            return doubt
        return Finding(number, self.least, number - self.least, number >= self.least)


class Denominator(StrEnum):
    """What the best day is a share of."""

    NET_PROFIT = "net_profit"
    POSITIVE_DAYS = "sum_positive_days"
    TARGET = "profit_target"
    SINCE_PAYOUT = "profit_since_last_payout"


class Raises(StrEnum):
    """How a day that was too good raises the target."""

    BEST_OVER_SHARE = "best_over_share"  # to the total of which it is just the share allowed
    EXCESS = "excess"  # by what it was too good


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentration:
    """The best day may be at most such a share of the profit."""

    most: float  # share, more than 0
    of: Denominator
    op: Op = Op.LE
    raises: Raises | None = None  # None: it raises no target

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0 < self.most <= 1:
            raise ValueError(f"most was {self.most}; expected a share of more than 0, at most 1")
        if self.op not in (Op.LT, Op.LE):
            raise ValueError(f"op was {self.op}; expected lt or le for a share")

    def find(self, track: Track, target: float | None) -> Finding | Unknown:
        """Return the share of the best day, the running one included."""
        since = track.paid_days if self.of is Denominator.SINCE_PAYOUT else 0
        return self.of_days([*(day.closed for day in track.days[since:]), track.closed_today], target)

    def of_days(self, profits: Sequence[float], target: float | None) -> Finding | Unknown:
        """Return the share of the best of these days' profits; `target` is a profit (account currency)."""
        whole = self._whole(profits, target)
        if isinstance(whole, Unknown):
            return whole
        best = max((*profits, 0.0))
        if best == 0:
            return Finding(0.0, self.most, self.most, kept=True)  # no day was any good
        if whole <= 0:
            return Finding(float("inf"), self.most, -float("inf"), kept=False)  # losses ate it up
        share = best / whole
        return Finding(share, self.most, self.most - share, self.op.holds(share, self.most))

    def needed(self, best: float) -> float:
        """Return the total profit of which `best` is just the share allowed (account currency)."""
        return best / self.most

    def raised(self, best: float, target: float) -> float:
        """Return the target after a best day (account currency, profit)."""
        if self.raises is None or self.op.holds(best, self.most * target):
            return target
        if self.raises is Raises.EXCESS:
            return target + best - self.most * target
        return self.needed(best)

    def _whole(self, profits: Sequence[float], target: float | None) -> float | Unknown:
        if self.of is Denominator.TARGET:
            return Unknown("the profit target is not known") if target is None else target
        if self.of is Denominator.POSITIVE_DAYS:
            return sum(max(one, 0.0) for one in profits)
        return sum(profits)


class Activity(StrEnum):
    """What ends a time without activity."""

    ORDER = "order"  # one was placed
    OPENED = "opened"  # exposure was opened: neither holding nor a pending order counts
    COMPLETED = "completed"  # exposure was opened and closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Inactivity:
    """The account is lost after so many days without activity."""

    most: int  # days
    counts: Activity

    def find(self, last: datetime | None, at: datetime) -> Finding | Unknown:
        """Return the days since the last activity; None: no activity is known."""
        if last is None:
            return Unknown("when the account was last active is not known")
        return _days_since(last, at, self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """The phase must be passed within so many days."""

    most: int  # days

    def find(self, started: datetime, at: datetime) -> Finding:
        """Return the days since the phase began."""
        return _days_since(started, at, self.most)


def _days_since(then: datetime, at: datetime, most: int) -> Finding:
    passed = (at - then) / _DAY
    return Finding(passed, most, most - passed, passed < most)
