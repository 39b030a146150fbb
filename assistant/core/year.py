"""A year of the ratio: averages, band and stance after each close, by the code that runs live."""

from collections.abc import Iterator
from itertools import islice

from assistant.core.fold import FoldSettings
from assistant.core.history import Given, history, hole
from assistant.core.logbook import Logbook
from assistant.core.market import Bar
from assistant.core.multiplier import needed
from assistant.core.ratio import trends
from assistant.core.regime import Stance, turns
from assistant.core.reviewed import RegimeDay
from assistant.core.shares import YEAR


def year(book: Logbook, settings: FoldSettings) -> tuple[RegimeDay, ...]:
    """Return the last 252 sessions before that of the logbook, as they stood after their closes.

    Folded from the closes on record, as the regime is live; a stance that needs more of them is UNKNOWN. What
    else decided it then (imported closes, other settings) plays no part.
    """
    return tuple(_days(book, book.legs, settings)) if book.legs else ()


def _days(book: Logbook, legs: tuple[str, str], settings: FoldSettings) -> Iterator[RegimeDay]:
    closes = sorted(one for one in book.closes if one[0] < book.session)
    bars = {
        legs[0]: tuple(Bar(day, price, price, price, price) for day, price, _ in closes),
        legs[1]: tuple(Bar(day, price, price, price, price) for day, _, price in closes),
    }
    found = history(legs, Given(bars))
    sessions, ratios = found.facts.sessions, [ratio for _, ratio in found.ratios]
    moved = list(trends(ratios, settings.regime))
    stances = turns(sessions, ratios, moved, settings.regime.turn_closes, settings.levels)
    least = needed(settings)
    first = max(0, len(ratios) - YEAR)  # looking for holes costs a walk of `least` sessions each
    rows = zip(sessions, ratios, moved, stances, strict=True)
    for place, (session, ratio, trend, turn) in enumerate(islice(rows, first, None), start=first):
        if trend is None or turn is None:
            yield RegimeDay(session, ratio, None, None, Stance.UNKNOWN.value, None, None)
            continue
        known = place + 1 >= least and not hole(sessions[place + 1 - least : place + 1], least)
        stance = (turn.stance if known else Stance.UNKNOWN).value
        upper, lower = trend.slow * (1 + trend.band), trend.slow * (1 - trend.band)
        yield RegimeDay(session, ratio, trend.fast, trend.slow, stance, upper, lower)
