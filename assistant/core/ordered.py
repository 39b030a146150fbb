"""Each order that opened or added to a position, and what was advised to it.

Money is in account currency, volume in lots.
"""

from dataclasses import dataclass
from datetime import datetime

from assistant.core.logbook import Asked, Taken
from assistant.core.market import Deal


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """One order that opened or added to a position."""

    at: datetime  # UTC, when it was filled first
    lots: float  # that were filled and opened exposure
    price: float | None  # mean of its fills; None: they are not on record
    deals: tuple[Deal, ...]  # its fills
    taken: Taken | None  # the advice when it was placed; None: none is on record
    stop: float | None  # price of its first stop; None: it had none, or it is not on record
    advised: float | None  # lots; None: not known
    cap: str | None  # that bound them
    why: str  # its reason; or why there is no advice
    over: float | None  # lots above the advice, 0 where within; None: not known
    planned: float | None  # what the advised lots would have lost at the stop; None: not known
    before: float  # lots of the same advice that were ordered before it
    checked: Asked | None  # None: unchecked
