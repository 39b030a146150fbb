"""Everything one cycle knows: what was read of market and account, and of a funded one its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from assistant.core.lapse import Lapse
from assistant.core.market import (
    Account,
    Bar,
    ContractFacts,
    Deal,
    Fill,
    Hours,
    Imported,
    Instrument,
    Lent,
    Note,
    Other,
    Override,
    PendingOrder,
    Position,
    Quote,
    Series,
    TerminalFacts,
    Unknown,
)
from assistant.core.past import Past
from assistant.core.track import Mark


@dataclass(frozen=True, slots=True)
class Stated:
    """Marks as the firm's dashboard showed them."""

    at: datetime  # UTC
    marks: Mapping[Mark, float]  # account currency
    rule: str | None = None  # the loss rule whose level it was: it was not broken then
    lower: bool = False  # whether a mark falls to it, and what was seen broken is forgotten


class Impact(StrEnum):
    """How much a release moves, as the calendar grades it."""

    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Release:
    """A release of economic news."""

    at: datetime  # UTC
    currency: str  # three letters, or ALL: it concerns every symbol
    impact: Impact
    title: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """All releases that were known at an instant."""

    releases: tuple[Release, ...]  # oldest first
    written: datetime  # UTC, when they were all that was known
    source: str  # in plain words
    doubts: tuple[str, ...] = ()  # what in it could not be read: a release may be missing

    def __post_init__(self) -> None:
        """Refuse releases that are out of order, in which a search would pass some over."""
        if any(later.at < earlier.at for earlier, later in pairwise(self.releases)):
            raise ValueError("releases were out of order; expected the oldest first")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one cycle knows, read once."""

    as_of: datetime  # UTC
    mode: str  # live, paper or replay
    terminal: TerminalFacts
    account: Account
    hours: Hours
    instruments: tuple[Instrument, ...]
    quotes: Mapping[str, Quote | Unknown]  # by our symbol
    bars: Mapping[str, Sequence[Bar] | Unknown]  # by our symbol; finished sessions, oldest first
    positions: tuple[Position, ...]
    orders: tuple[PendingOrder, ...]
    problems: tuple[str, ...]  # one sentence each
    imported: Mapping[str, Imported | Unknown] = field(default_factory=dict)  # by our symbol
    lent: Lent | Unknown | None = None  # None: the regime comes from this terminal's own bars
    series: Mapping[str, Series | Unknown] = field(default_factory=dict)  # by name, as published so far
    lapse: Lapse | None = None  # since the look before; None: there was none
    opened: int | Unknown = 0  # positions opened since the session opened
    others: Mapping[str, Other | Unknown] = field(default_factory=dict)  # by the broker's symbol
    past: Sequence[Deal] | Unknown = ()  # deals of the last months; the same object until it changes
    fills: Sequence[Fill] | Unknown = ()  # likewise, of stops
    deals: tuple[Deal, ...] | Unknown = ()  # of this session, and of this run
    notes: tuple[Note, ...] = ()  # in the order they were written; a later one counts before an earlier one
    overrides: tuple[Override, ...] = ()  # ended ones may be among them
    confirmed: Mapping[str, ContractFacts] | Unknown = field(default_factory=dict)  # by our symbol
    told: Past | Unknown | None = None  # of a funded account; None: its history was not needed
    stated: tuple[Stated, ...] = ()  # likewise, oldest first
    calendar: Calendar | Unknown | None = None  # of news; None: none was read
