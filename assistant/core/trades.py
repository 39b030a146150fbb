"""Trades: what an account's deals come to, position by position.

A trade is the life of one position from its first lot to its last, or to where the record ends. On a netting
account a reversal ends one trade and begins the next. Money is in account currency, volume in lots.
"""

from dataclasses import dataclass
from datetime import datetime

from assistant.core.logbook import Timeline
from assistant.core.market import Deal, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """One position from its first lot to its last, or as far as it is on record."""

    position: int  # its ticket
    broker_symbol: str
    side: Side
    opened_at: datetime  # UTC
    closed_at: datetime | None  # UTC; None: still open
    lots: float  # that were opened in all
    left: float  # lots still open; 0 where it is closed
    entry: float | None  # mean price; None: how it was opened is not on record
    exit: float | None  # mean price; None: nothing of it was closed
    profit: float  # account currency, of what was closed, without the next two
    costs: float  # account currency, commissions and fees; a charge is negative, as with the broker
    swap: float  # account currency, that was booked
    stops: Timeline[float | None]  # price of the stop-loss as it was seen; None: it had none
    openings: tuple[Deal, ...]  # that opened or added to it
    closings: tuple[Deal, ...]  # that reduced or closed it
    unmatched: str | None = None  # what of it does not add up, in plain words

    @property
    def result(self) -> float:
        """What it brought so far, all costs included (account currency)."""
        return self.profit + self.costs + self.swap
