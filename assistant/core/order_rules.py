"""Rules on orders and on what is open: when, how much, in what way, how often."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from assistant.core.firm_day import Cutoff
from assistant.core.floors import Finding
from assistant.core.market import Unknown

_FRIDAY = 4
_WEEKEND = 3  # days from a Friday to the midnight that ends its weekend


class Act(StrEnum):
    """What a window may forbid."""

    OPEN = "open"
    CLOSE = "close"
    HOLD = "hold"
    PENDING_PLACED = "pending_placed"
    PENDING_FILL = "pending_fill"
    STOP_FILL = "sl_fill"
    PROFIT_FILL = "tp_fill"


class About(StrEnum):
    """What a window lies around."""

    NEWS = "news"
    WEEKEND = "weekend"
    NIGHT = "night"
    FLAT = "flat"  # a time of the day from which nothing may be open


class Every(StrEnum):
    """On which days a time of the day holds."""

    DAY = "day"
    FRIDAY = "friday"


Span = tuple[datetime, datetime]  # aware; both ends belong to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time in which something is forbidden."""

    about: About
    allowed: bool = False  # the firm says that nothing is forbidden
    forbids: tuple[Act, ...] = ()
    before: float = 0.0  # minutes
    after: float = 0.0  # minutes
    impact: str | None = None  # of the news that count
    flat_from: Cutoff | None = None
    every: Every = Every.DAY

    def __post_init__(self) -> None:
        """Refuse a window that forbids nothing, and a time of the day at the wrong place."""
        if self.allowed == bool(self.forbids):
            raise ValueError("forbids and allowed contradict; expected what is forbidden, or allowed: true")
        if (self.about is About.FLAT) != (self.flat_from is not None):
            raise ValueError("flat_from is for a window about flat, and that needs one")

    def acts(self, at: datetime, spans: Sequence[Span] | Unknown) -> frozenset[Act] | Unknown:
        """Return what is forbidden at an instant.

        `spans` are news (from release to release), or times in which the market is closed, or `flat_span`.
        """
        if self.allowed:
            return frozenset()
        if isinstance(spans, Unknown):
            return spans
        before, after = timedelta(minutes=self.before), timedelta(minutes=self.after)
        inside = any(first - before <= at <= last + after for first, last in spans)
        return frozenset(self.forbids if inside else ())

    def flat_span(self, at: datetime, day: Cutoff) -> Span:
        """Return the last time, begun at or before an instant, in which nothing may be open.

        It ends with the firm's day, that of a Friday with its weekend. Raises ValueError without `flat_from`.
        """
        if self.flat_from is None:
            raise ValueError("a window without a time of the day has no flat span")
        begun = self.flat_from.last(at)
        if self.every is Every.DAY:
            return begun, day.next(begun)
        zone = self.flat_from.zone
        back = (begun.astimezone(zone).weekday() - _FRIDAY) % 7
        friday = begun.astimezone(zone).date() - timedelta(days=back)
        ended = Cutoff(time(), zone).on(friday + timedelta(days=_WEEKEND))
        return self.flat_from.on(friday), ended


def forbidden(readings: Sequence[frozenset[Act] | Unknown]) -> frozenset[Act] | Unknown:
    """Return what any reading forbids; Unknown where one of them is."""
    unknown = next((one for one in readings if isinstance(one, Unknown)), None)
    known = [one for one in readings if not isinstance(one, Unknown)]
    return unknown or frozenset[Act]().union(*known)


class Exposure(StrEnum):
    """What an exposure cap counts."""

    LOTS_PER_ORDER = "lots_per_order"
    CONTRACTS = "contracts"
    LEVERAGE = "leverage"  # notional / equity
    MARGIN_USED = "margin_used_percent"  # of equity
    OPEN_RISK = "open_risk_percent"  # of `of`


class Per(StrEnum):
    """Over what an exposure cap counts."""

    ORDER = "order"
    POSITION = "position"
    IDEA = "idea"  # one symbol and direction
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureCap:
    """At most so much exposure."""

    what: Exposure
    per: Per
    most: float | None = None  # in the unit of `what`; None: by class or by size, or not published
    by_class: Mapping[str, float] | None = None  # class of asset -> most
    by_size: Mapping[float, float] | None = None  # account size, account currency -> most
    of: str | None = None  # of what a risk is a percentage
    micro: int | None = None  # micro contracts that count as one

    def find(self, used: float, asset_class: str, size: float) -> Finding | Unknown:
        """Return what is used against the most; a class of its own goes before the general number."""
        most = (self.by_class or {}).get(asset_class, self.most)
        most = (self.by_size or {}).get(size, most)
        if most is None:
            return Unknown(f"no {self.what} is published for {asset_class} at an account size of {size:.0f}")
        return Finding(used, most, most - used, used <= most)


class Manner(StrEnum):
    """What an order rule asks."""

    STOP_WITHIN = "stop_loss_within_seconds"
    HOLD_AT_LEAST = "min_hold_seconds"
    PROFIT_PER_SHARE = "min_profit_per_share"  # for the trade to count


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRule:
    """How an order must be handled."""

    manner: Manner
    value: float  # seconds, or money per share

    def find(self, measured: float | None) -> Finding | Unknown:
        """Return what was measured against the rule; None: it was not measured, inf: it never came."""
        if measured is None:
            return Unknown(f"{self.manner} was not measured")
        room = measured - self.value
        room = -room if self.manner is Manner.STOP_WITHIN else room
        return Finding(measured, self.value, room, room >= 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """At most so many requests in a day of the firm: orders placed, changed, taken back; reading is none."""

    most: int

    def find(self, requests: int) -> Finding:
        """Return the requests of the day against the most."""
        return Finding(requests, self.most, self.most - requests, requests <= self.most)
