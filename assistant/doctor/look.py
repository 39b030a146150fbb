"""One look at the terminal, for all checks that need it: asked once, and what fails stands as Unknown."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from assistant.core.conditions import observed
from assistant.core.market import (
    Account,
    Bar,
    Deal,
    Hours,
    Imported,
    Instrument,
    Quote,
    TerminalFacts,
    Unknown,
)
from assistant.errors import TerminalError
from assistant.source import Source, past_deals, warm_up
from assistant.terminal.symbols import Found

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a terminal told."""

    at: datetime  # UTC, by the clock that its quotes are held against
    hours: Hours  # as the quotes show them
    facts: TerminalFacts
    account: Account | Unknown
    data_folder: str | Unknown
    found: Found  # our symbols -> the broker's, or why there is none
    quotes: Mapping[str, Quote | Unknown]
    instruments: Sequence[Instrument]
    bars: Mapping[str, Sequence[Bar] | Unknown]
    imported: Mapping[str, Imported | Unknown]
    deals: Sequence[Deal] | Unknown  # of the last months
    problems: Sequence[str]


def look(source: Source) -> Look | Unknown:
    """Connect, read, disconnect; Unknown, with the terminal's words, where it does not answer at all."""
    terminal = source.terminal
    try:
        terminal.connect()
        try:
            account = _asked(terminal.account)
            warm_up(source)
            return _read(source, account)
        finally:
            terminal.close()
    except TerminalError as error:
        return Unknown(str(error))


def _read(source: Source, account: Account | Unknown) -> Look:
    terminal = source.terminal
    at = source.clock.now()
    quotes = terminal.quotes(at)
    hours = source.sessions.hours(at)
    return Look(
        at=at,
        hours=observed(hours, quotes, at),
        instruments=terminal.instruments(quotes, at),
        bars=terminal.bars(hours.last_session, at),
        quotes=quotes,
        facts=terminal.facts(),
        account=account,
        data_folder=_asked(terminal.data_folder),
        found=terminal.found,
        imported=source.imported,
        deals=past_deals(source, at),
        problems=terminal.problems,
    )


def _asked(question: Callable[[], _T]) -> _T | Unknown:
    try:
        return question()
    except TerminalError as error:
        return Unknown(str(error))
