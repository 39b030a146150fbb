"""A trade against the advice of its moment: its lots, its loss at the stop, its result in R."""

from dataclasses import dataclass

from assistant.core.logbook import Asked, Taken
from assistant.core.ordered import Ordered
from assistant.core.trades import Trade


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One trade of the session, and what was advised when it was opened; money in account currency."""

    trade: Trade
    symbol: str  # ours, or the broker's where it is not configured
    opened_now: bool  # in this session; False: it was held over from an earlier one
    taken: tuple[Taken, ...]  # the advice before each order that opened or added to it, oldest first
    advised: float | None  # lots at its own stop when it was first ordered; None: nothing is on record
    cap: str | None  # that bound those lots
    why: str  # its reason; or why there is no advice on record
    checked: Asked | None  # the check that was asked before it; None: unchecked
    over: float | None  # lots above what was advised, 0 where within; None: not known
    planned: float | None  # loss that the advised lots would have had at the stop; None: not known
    at_stop: float | None  # loss of the lots taken at the first stop, with costs; None: no stop, or not known
    widened: tuple[float, ...]  # stops that were moved away from the price, one after another (prices)
    removed: bool  # the stop was taken away while it was open
    r: float | None  # money of 1 R: the loss at the first stop, else the loss planned; None: not known
    result_r: float | None  # result / R; None: R is not known, or nothing is closed
    over_cost: float | None  # money that the lots above the advice lost (negative) or won; None: not known
    slippage: (
        float | None
    )  # money, prices of fills against quotes and stops; negative is a loss; None: unknown
    spread: float | None  # money, half the spread at each fill that is known; a charge is negative
    reduced: bool  # only reduced exposure: nothing to size
    remarks: tuple[str, ...]  # plain sentences: without stop for 4 min, held over the close, unmatched ...
    orders: tuple[Ordered, ...] = ()  # that opened or added to it, oldest first, of earlier sessions, too
    without_stop: float | None = None  # seconds for which it was seen open without one; None: never seen

    @property
    def within(self) -> bool | None:
        """Whether its lots were within the advice; None: nothing is on record to say so."""
        return None if self.over is None else self.over == 0
