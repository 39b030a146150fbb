"""What the looks of a session tell: the account's money, and the live ratio of the legs."""

from datetime import datetime, timedelta

from assistant.core.logbook import Money, Span, Timeline
from assistant.core.market import LEAST_PRICE
from assistant.outputs.logbook_facts import number
from assistant.outputs.logbook_fold import Line
from assistant.outputs.looks import Seen

FRESH = timedelta(seconds=60)  # for so long a quote serves the live ratio


class Looked:
    """The looks so far."""

    def __init__(self, hours: Span) -> None:
        """Take when the session begins and ends: outside of it there is no live ratio."""
        self._hours = hours
        self.money: Line[Money] = Line()
        self._ratio: Line[float] = Line()
        self._minute: tuple[datetime, float] | None = None  # the last of a minute that is not over
        self.any = False

    def see(self, one: Seen, legs: tuple[str, str] | None) -> None:
        """Take the next look, and the legs that are in force; raises as `logbook_facts` does."""
        self.money.put(one.at, Money(number(one.balance), number(one.equity)))
        self.any = True
        if legs is None or not self._hours.begin <= one.at <= self._hours.end:
            return
        ratio = _ratio(one, legs)
        if ratio is None:
            return
        if self._minute is not None and _minute(self._minute[0]) != _minute(one.at):
            self._put()
        self._minute = (one.at, ratio)

    def _put(self) -> None:
        if self._minute is not None:
            self._ratio.cut(self._minute[0])
            self._ratio.facts.append(self._minute)
            self._minute = None

    def ratio(self) -> Timeline[float]:
        """Return the last ratio of each minute."""
        self._put()
        return tuple(self._ratio.facts)

    def cut(self, at: datetime) -> None:
        """Forget what was from an instant on."""
        self._put()
        self._ratio.cut(at)
        self.money.cut(at)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _ratio(one: Seen, legs: tuple[str, str]) -> float | None:
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
