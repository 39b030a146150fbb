"""The terminal as the program sees it: what can be read. Nothing here sends."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from assistant.core.bounds import Minute
from assistant.core.market import (
    Account,
    Bar,
    Deal,
    Fill,
    Instrument,
    Other,
    PendingOrder,
    Position,
    Quote,
    TerminalFacts,
    Unknown,
)
from assistant.terminal.symbols import Found


class Terminal(Protocol):
    """A connected terminal; every method reads, and raises TerminalError where the terminal fails."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What a user should know, one sentence each: a symbol not offered, for example."""
        ...

    @property
    def found(self) -> Found:
        """What stands for each of our symbols: the broker's name of it, or why there is none."""
        ...

    @property
    def loading(self) -> tuple[str, ...]:
        """The broker's symbols whose history is not yet known to be complete."""
        ...

    def connect(self) -> None:
        """Connect, or connect again after an error, and resolve the symbols."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...

    def facts(self) -> TerminalFacts:
        """Return which terminal this is, whether it is connected to its broker, and what its clock is."""
        ...

    def data_folder(self) -> str:
        """Return the folder that holds the terminal's MQL5 folder, as the terminal names it."""
        ...

    def account(self) -> Account:
        """Return the account's present numbers."""
        ...

    def quotes(self, now: datetime) -> Mapping[str, Quote | Unknown]:
        """Return the last tick of each symbol, by our name; `now` is the present instant (UTC)."""
        ...

    def instruments(self, quotes: Mapping[str, Quote | Unknown], now: datetime) -> tuple[Instrument, ...]:
        """Return each symbol's facts, with what a lot costs at these quotes; `now` as above.

        A symbol whose facts fail is left out and named in `problems`.
        """
        ...

    def others(self, names: Collection[str], now: datetime) -> Mapping[str, Other | Unknown]:
        """Return the facts of symbols that are not configured, by the broker's names; `now` as above."""
        ...

    def bars(self, finished: date | None, as_of: datetime) -> Mapping[str, tuple[Bar, ...] | Unknown]:
        """Return the daily bars of each symbol up to the session `finished`, oldest first, by our name.

        `as_of` (UTC) is the present instant; a symbol that the broker does not offer is absent.
        """
        ...

    def positions(self) -> tuple[Position, ...]:
        """Return everything open, configured symbol or not."""
        ...

    def orders(self) -> tuple[PendingOrder, ...]:
        """Return every pending order."""
        ...

    def deals(self, since: datetime, until: datetime) -> tuple[Deal, ...]:
        """Return the deals of a span of time (UTC, both ends included), oldest first."""
        ...

    def fills(self, since: datetime, until: datetime) -> tuple[Fill, ...]:
        """Return what came of the stops that were filled in a span of time, likewise."""
        ...

    def minutes(self, broker_symbol: str, since: datetime, until: datetime) -> tuple[Minute, ...] | Unknown:
        """Return the minutes in which a symbol was quoted in a span of time (UTC), oldest first.

        The last one that begins before it leads, where there is one: its price still stood.
        """
        ...

    def ticks(self, broker_symbol: str, since: datetime, until: datetime) -> tuple[Quote, ...] | Unknown:
        """Return the ticks of a symbol in a short span of time (UTC, both ends included), oldest first."""
        ...
