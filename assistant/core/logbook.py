"""What is on record of one session: facts with their instants, and nothing that follows from them.

A session's record begins when the session before closed and ends when this one closes. Instants are aware
UTC, prices are the instrument's, money is in account currency.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from assistant.core.caps import Unit
from assistant.core.check import Answer
from assistant.core.market import Deal, Side, Vote

_Fact = TypeVar("_Fact")
Timeline = tuple[tuple[datetime, _Fact], ...]  # each holds from its instant on; the first may be from before


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to a later one."""

    begin: datetime  # UTC, as is the end
    end: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """A time for which an assistant ran."""

    span: Span  # to its last entry, where it did not say that it ended
    ended: str | None  # why; "": as it was asked to; None: it did not say, or still runs


@dataclass(frozen=True, slots=True)
class Share:
    """The smallest share for a risk-on order, and the cap it is of."""

    value: float  # of normal risk
    cap: str


@dataclass(frozen=True, slots=True)
class Lots:
    """The lots of one side of a symbol, and the cap that bound them."""

    lots: float
    cap: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition cap while it stood."""

    name: str
    scope: str  # account, or our symbol
    value: float  # in its unit
    unit: Unit
    reason: str


@dataclass(frozen=True, slots=True)
class Money:
    """What the account held."""

    balance: float  # account currency, as is the equity
    equity: float


@dataclass(frozen=True, slots=True)
class FloorSeen:
    """A loss rule as it stood; money in the program's, which in a rehearsal is not the account's."""

    name: str
    effect: str  # what breaking it means
    level: float
    headroom: float  # what is measured, less the level
    after_reset: float | None  # headroom after the next reset if nothing changes; None: no reset is known
    reset_at: datetime | None  # UTC
    advisory: bool
    after_told: str | None = None  # reading of `after_reset` where it leaves less than the headroom's


@dataclass(frozen=True, slots=True)
class Light:
    """How the account stood to its program."""

    light: str
    rules: tuple[str, ...]  # that were not green


@dataclass(frozen=True, slots=True)
class Opened:
    """An open position as it was seen."""

    ticket: int
    broker_symbol: str
    side: Side
    lots: float
    price: float  # where it was opened
    stop: float | None  # price


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """What gives the lots for a stop distance; money in account currency (panel file, SIDE)."""

    money: float  # the smallest cap in money, after all shares, less what an order itself costs
    money_cap: str  # its name
    loss_per_unit: float  # per lot and 1.0 of price
    cost_per_lot: float
    floor_loss_per_lot: float  # the gap; 0 where it will not be held over a close
    lots_cap: float  # the smallest cap that does not hang on the stop
    lots_cap_name: str
    volume_min: float  # lots
    volume_step: float  # lots
    default_stop: float  # distance in price
    min_stop: float = 0.0  # distance in price; a nearer stop counts as this far; 0: not on record


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What the last advice before an order said to that order."""

    at: datetime  # UTC, of the look that showed the order first
    as_of: datetime  # UTC, of the advice
    ticket: int  # of the deal, or of the order that waits
    position: int  # ticket of the position that it opens or adds to
    pending: bool  # an order that waits for its price
    symbol: str  # ours, or the broker's where it is not configured
    side: Side
    lots: float
    stop: float | None  # price, as first seen; None: it had none
    bid: float | None  # of the advice; None: there was no quote
    ask: float | None
    answer: Answer | None  # None: nothing could be said of the symbol; `reason` tells why
    suggested: float | None  # lots
    cap: str | None  # that bound
    reason: str
    would_bind: Lots | None  # what a dry run would have left
    loss_at_stop: float | None  # account currency, of the order with all its costs
    formula: Formula | None  # None: a fact was missing, and the lots were 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A check that the trader asked for."""

    at: datetime  # UTC
    symbol: str  # ours
    side: Side
    lots: float
    answer: Answer
    suggested: float  # lots
    cap: str
    loss_at_stop: float | None  # account currency


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the program, or that it told."""

    at: datetime  # UTC
    kind: str  # as the journal calls it: terminal, slow, clock, restart, publish, hole, repair, alert ...
    text: str  # in plain words


@dataclass(frozen=True, slots=True)
class HeldOver:
    """A position that was open when the session closed."""

    ticket: int
    broker_symbol: str
    side: Side
    lots: float
    stop: float | None  # price
    at_stop: float | None  # account currency, what the stop loses from the close on; None: not known
    gap: float | None  # account currency, what a gap over the night may lose; None: not known
    profit: float | None = None  # account currency, what it would have made then; None: not on record
    symbol: str | None = None  # ours; None: not on record


@dataclass(frozen=True, slots=True, kw_only=True)
class Logbook:
    """All that is on record of one session of one login, oldest first."""

    login: int
    server: str
    currency: str
    mode: str  # live, paper, or unknown
    hedging: bool
    session: date
    opens_at: datetime  # UTC
    closes_at: datetime  # UTC
    span: Span  # from the close before to this one
    until: datetime | None  # UTC, of the last entry within the span; None: there is none
    versions: tuple[str, ...]  # of the assistant
    runs: tuple[Run, ...]
    lost: tuple[Span, ...]  # while a run went on, and the terminal did not answer
    shares: Timeline[Share]
    stances: Timeline[str]
    states: Timeline[str]  # of the session: pre, open, edge, closed, halted
    lots: dict[str, Timeline[dict[Side, Lots]]]  # by our symbol
    conditions: Timeline[tuple[Condition, ...]]
    votes: Timeline[tuple[Vote, ...]]
    legs: tuple[str, str] | None  # of the ratio: numerator, denominator
    closes: tuple[tuple[date, float, float], ...]  # of both legs; up to the session before
    ratio: Timeline[float]  # live, of mid prices, one a minute
    money: Timeline[Money]
    scale: float  # the program's money for one of the account's; 1 but in a rehearsal
    lights: Timeline[Light]
    floors: Timeline[tuple[FloorSeen, ...]]
    problems: Timeline[tuple[str, ...]]  # of the advice
    positions: Timeline[tuple[Opened, ...]]
    deals: tuple[Deal, ...]  # of the span, and earlier ones of positions that were open in it
    taken: tuple[Taken, ...]  # likewise, by the positions that they open or add to
    asked: tuple[Asked, ...]
    held_over: tuple[HeldOver, ...] | None  # None: the close was not seen
    events: tuple[Event, ...]
    missing: tuple[str, ...]  # what the record lacks or could not be read, a sentence each
    clock: str | None = None  # the server's zone: New_York+7, an IANA zone, UTC+03:00; None: not on record
    names: dict[str, str] = field(default_factory=dict)  # our symbols by the broker's
