"""What a look back at a session tells: what was advised, what was done, and how far apart the two were.

Facts alone; `review` makes them.
"""

from dataclasses import dataclass
from datetime import date, datetime

from assistant.core.judged import Judged
from assistant.core.logbook import Event, FloorSeen, HeldOver, Lots, Money, Share, Span, Timeline
from assistant.core.market import Side, Vote


@dataclass(frozen=True, slots=True)
class Bound:
    """How long a cap bound, and what it left at least and at most."""

    cap: str
    scope: str  # account (of the share), our symbol and side: IWM buy; of a fail-safe, our symbol alone
    seconds: float  # of the session in which it bound
    spans: tuple[Span, ...]
    least: float  # share, or lots
    most: float


@dataclass(frozen=True, slots=True)
class RegimeDay:
    """The ratio of one session."""

    session: date
    ratio: float
    fast: float | None  # averages of the ratio; None: too few closes
    slow: float | None
    stance: str  # as it stood after this close
    upper: float | None  # edges of the band around the slow average
    lower: float | None


@dataclass(frozen=True, slots=True)
class Approach:
    """How near equity came to a floor."""

    floor: FloorSeen  # as it stood then; its headroom is that of the approach
    at: datetime  # UTC
    headroom: float  # the program's money; below 0: it was broken
    share: float | None  # of the first headroom on record in the span; None: that was 0 or below


@dataclass(frozen=True, slots=True)
class Discipline:
    """What the session's orders say about the one who placed them; one that only reduced is none of them."""

    orders: int  # that opened or added exposure, of which an advice is on record
    within: int  # of those, with lots within the advice
    unknown: int  # orders of which no advice is on record
    checked: int  # of all of them, after a check
    asked: int  # checks that were asked
    mean_over: float | None  # mean of lots / advised - 1 over those above the advice; None: none was above
    against_zero: int  # of those above, where 0 lots were advised
    results_r: tuple[float, ...]  # of the trades that were closed, in the order they were closed
    total_r: float | None  # None: R is known of no closed trade
    over_cost_r: float | None  # R that lots above the advice cost (negative) or won; None: known of none
    widened: int  # stops
    removed: int
    without_stop: int  # trades that were open without a stop-loss for more than a minute


@dataclass(frozen=True, slots=True)
class Quality:
    """Whether what was shown could be relied on."""

    watched: float  # seconds of the session in which an assistant looked
    session: float  # seconds of the session so far
    lost: tuple[Span, ...]  # the terminal did not answer
    unseen: tuple[Span, ...]  # of the session, in which none ran
    fail_safe: tuple[Bound, ...]  # conditions that held the share at 0 or near, and for how long
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One session of one login, looked back at; money in account currency, floors in the program's."""

    login: int
    server: str
    currency: str
    mode: str
    session: date
    opens_at: datetime  # UTC
    closes_at: datetime  # UTC
    span: Span
    until: datetime | None  # UTC; None: nothing is on record
    finished: bool  # the session is over, and the record goes up to its close
    summary: str  # the day in one sentence
    shares: Timeline[Share]  # of the session
    stances: Timeline[str]
    bound: tuple[Bound, ...]  # of the share, the longest first
    bound_by_symbol: tuple[Bound, ...]
    lots: dict[str, Timeline[dict[Side, Lots]]]
    legs: tuple[str, str] | None
    regime: tuple[RegimeDay, ...]  # of a year
    ratio: Timeline[float]  # of the session
    votes: tuple[Vote, ...]
    money: Timeline[Money]  # thinned to what a picture shows: first, last, least and most of each minute
    floors: Timeline[tuple[FloorSeen, ...]]
    approaches: tuple[Approach, ...]  # the nearest first
    broken: tuple[str, ...]  # rules that were broken, or would have been in a dry run, a sentence each
    trades: tuple[Judged, ...]  # in the order they were opened
    held_over: tuple[HeldOver, ...] | None
    discipline: Discipline
    result: float  # account currency, of the deals of the span, all costs included
    moved: float | None  # equity at the end less equity at the beginning, transfers left out; None: not known
    quality: Quality
    next_reset: tuple[str, ...]  # what changes then, a sentence each
    missing: tuple[str, ...]  # what the record lacks, a sentence each
    scale: float = 1.0  # the program's money for one of the account's; 1 but in a rehearsal
    clock: str | None = None  # the server's zone, as the logbook has it
    floated: float | None = None  # of `moved`: the change of what floats; None: not known
