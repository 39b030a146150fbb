"""Several sessions looked back at, a week or a month: a line for each, and what they come to together."""

from dataclasses import dataclass
from datetime import date

from assistant.core.review import Approach, Discipline


@dataclass(frozen=True, slots=True)
class CapTime:
    """How long a cap bound the share."""

    cap: str
    seconds: float  # of sessions
    sessions: int  # in which it bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One session of a series; money in account currency."""

    session: date
    recorded: bool  # something is on record of it
    finished: bool
    summary: str
    stance: str | None  # as it ended; None: none is on record
    share: float | None  # mean over the time that was watched; None: none is on record
    bound: tuple[CapTime, ...]  # of the share, the longest first; each of one session
    watched: float  # seconds
    seconds: float  # of the session
    trades: int  # that were opened in it
    result: float  # of the deals of its span, all costs included
    result_r: float | None  # of the trades that were closed; None: R is known of none
    moved: float | None
    discipline: Discipline
    nearest: Approach | None  # to a floor
    broken: tuple[str, ...]  # rules, a sentence each
    missing: tuple[str, ...]  # a sentence each


@dataclass(frozen=True, slots=True)
class Bin:
    """How many results lay from `low` to below `high`."""

    low: float | None  # R; None: no end
    high: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The sessions of a week or a month of one login; money in account currency."""

    login: int
    currency: str
    mode: str
    sessions: tuple[Brief, ...]  # in their order, those without a record as well
    summary: str  # in one sentence
    bound: tuple[CapTime, ...]  # of the share, the longest first
    share: float | None  # mean over the time that was watched
    watched: float  # seconds
    seconds: float  # of all sessions
    trades: int
    result: float
    result_r: float | None  # None: R is known of no closed trade
    discipline: Discipline
    distribution: tuple[Bin, ...]  # of results in R
    broken: tuple[tuple[date, str], ...]  # session, sentence
    missing: tuple[tuple[date, str], ...]  # likewise
