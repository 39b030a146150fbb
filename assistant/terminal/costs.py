"""What a lot loses and what margin it takes, as the terminal computes it; asked no oftener than needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from assistant.core.market import PerLot, Quote, Side, Unknown
from assistant.terminal.reads import Reads

ORDER_TYPES: Mapping[Side, int] = {Side.BUY: 0, Side.SELL: 1}  # ORDER_TYPE_BUY, ORDER_TYPE_SELL
_ASK_AGAIN = timedelta(seconds=30)  # at the latest
_ASK_MOVE = 0.001  # share of the price; likewise, at once
_CALC_LOTS = 100.0  # order_calc_* may round to cents: asking for many lots keeps the digits of one
_PROBE = 0.1  # share of the price; the move whose loss is asked for


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the terminal said a lot costs, and at which price and instant."""

    entry: float  # price
    at: datetime  # UTC
    per_lot: PerLot

    def serves(self, entry: float, now: datetime) -> bool:
        """Whether the price has hardly moved and little time has passed since."""
        return abs(entry / self.entry - 1) < _ASK_MOVE and timedelta() <= now - self.at < _ASK_AGAIN


class Costs:
    """The costs of a lot by the broker's symbol and side, remembered for a while."""

    def __init__(self, reads: Reads) -> None:
        """Take the reading functions of the module."""
        self._reads = reads
        self._asked: dict[tuple[str, Side], _Asked] = {}

    def forget(self) -> None:
        """Ask anew for everything."""
        self._asked.clear()

    def per_lot(
        self, name: str, side: Side, volume_max: float, quote: Quote | Unknown, now: datetime
    ) -> PerLot | Unknown:
        """Return what a lot costs at a quote; asked again when the price moved or some time has passed."""
        if isinstance(quote, Unknown):
            return quote
        entry = quote.entry(side)
        known = self._asked.get((name, side))
        if known and known.serves(entry, now):
            return known.per_lot
        answer = self._ask(name, side, min(_CALC_LOTS, volume_max), entry)
        if isinstance(answer, PerLot):
            self._asked[name, side] = _Asked(entry, now, answer)
        return answer

    def _ask(self, name: str, side: Side, lots: float, entry: float) -> PerLot | Unknown:
        """Ask the terminal what `lots` lose over a part of the price, and what margin they take."""
        order, move = ORDER_TYPES[side], entry * _PROBE
        profit = self._reads.optional("order_calc_profit", order, name, lots, entry, entry - side.sign * move)
        if isinstance(profit, Unknown):
            return profit
        margin = self._reads.optional("order_calc_margin", order, name, lots, entry)
        if isinstance(margin, Unknown):
            return margin
        if not -inf < profit < 0:
            return Unknown(f"order_calc_profit for {name} was {profit:g} for a losing {side}")
        if not 0 < margin < inf:
            return Unknown(f"order_calc_margin for {name} was {margin:g}")
        return PerLot(-profit / move / lots, margin / lots)
