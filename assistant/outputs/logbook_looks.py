"""What the looks of a session tell: the account's money, and the live ratio of the legs."""

from datetime import datetime, timedelta

from assistant.core.logbook import Money, Span, Timeline
from assistant.core.market import LEAST_PRICE
from assistant.outputs.logbook_facts import number
from assistant.outputs.logbook_fold import Line
from assistant.outputs.looks import Seen

FRESH = timedelta(seconds=60)  # for so long a quote serves the live ratio
_MINUTE = timedelta(minutes=1)

Legs = tuple[str, str]


class Looked:
    """The looks so far."""

    def __init__(self, hours: Span) -> None:
        """Take when the session begins and ends: outside of it there is no live ratio."""
        self._hours = hours
        self._held: tuple[float, float] | None = None  # balance and equity that were put last
        self._last: tuple[Seen, Legs] | None = None  # look of the minute that is not over, and the legs
        self._minute = hours.begin  # when that one began
        self.money: Line[Money] = Line()
        self._ratio: Line[float] = Line()
        self.any = False

    def see(self, one: Seen, legs: Legs | None) -> None:
        """Take the next look, and the legs that are in force; raises as `logbook_facts` does."""
        money = (one.balance, one.equity)
        if money != self._held:
            self.money.put(one.at, Money(*map(number, money)))
            self._held = money
        self.any = True
        if legs is None or not self._hours.begin <= one.at <= self._hours.end:
            return
        if not self._minute <= one.at < self._minute + _MINUTE:
            self._put()
            self._minute = one.at.replace(second=0, microsecond=0)
        self._last = (one, legs)

    def _put(self) -> None:
        """Put the ratio of the last look of a minute."""
        last, self._last = self._last, None
        ratio = _ratio(*last) if last else None
        if last and ratio is not None:
            self._ratio.cut(last[0].at)
            self._ratio.facts.append((last[0].at, ratio))

    def ratio(self) -> Timeline[float]:
        """Return the last ratio of each minute; raises as `logbook_facts` does."""
        self._put()
        return tuple(self._ratio.facts)

    def cut(self, at: datetime) -> None:
        """Forget what was from an instant on."""
        self._last = self._held = None
        self._ratio.cut(at)
        self.money.cut(at)


def _ratio(one: Seen, legs: Legs) -> float | None:
    """Return the ratio of both mid prices; None where a quote is missing or old."""
    mids = []
    for leg in legs:
        if leg not in one.quotes:
            return None
        bid, ask, at = one.quotes[leg]
        if one.at - at > FRESH:
            return None
        mids.append((number(bid, LEAST_PRICE) + number(ask, LEAST_PRICE)) / 2)
    return mids[0] / mids[1]
