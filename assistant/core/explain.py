"""What the votes say after the last session, in words and numbers."""

from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from math import inf

from assistant.core.closes import Column
from assistant.core.context import (
    Baskets,
    Facts,
    Level,
    Reading,
    SeriesTrend,
    VoteSettings,
    crossing,
    level_values,
    reading_values,
    spreads,
    trend_values,
)
from assistant.core.market import Series, Unknown, Vote


def explained(name: str, vote: VoteSettings, facts: Facts, value: int | None) -> Vote:
    """Return what a vote says after the last session, with the numbers of the reading that decided."""
    told = [_told(reading, facts) for reading in vote.readings]
    if vote.take == "first" or value is None:
        spoke = [one for one in told if (one.value is None) == (value is None)]
        one = (spoke or told)[0]
        less = value is not None and one.value is not None and value < one.value
        reason = f"{one.reason}; counts no more than the reading before it last said" if less else one.reason
        return replace(one, name=name, value=value, reason=reason)
    other = next((place for place, one in enumerate(told) if one.value != told[0].value), 0)
    if other:  # what keeps the readings from agreeing comes first, with its number
        one = told.pop(other)
        subject, colon, rest = one.reason.partition(": ")
        reason = f"{subject} disagrees: {rest}" if colon else f"{subject}, which disagrees"
        told.insert(0, replace(one, reason=reason))
    reason = "; ".join(one.reason for one in told)
    return replace(told[0], name=name, value=value, reason=reason)


def _told(reading: Reading, facts: Facts) -> Vote:
    """Return one reading as a vote of its own."""
    value = next(iter(deque(reading_values(reading, facts), maxlen=1)), None)
    if reading.baskets:
        return _told_baskets(reading.baskets, value, facts)
    if reading.trend:
        return _told_trend(reading.trend, value, facts)
    level = reading.level or Level(symbol="", below=0, above=0, under="for")
    return _told_level(level, value, facts)


def _told_baskets(one: Baskets, value: int | None, facts: Facts) -> Vote:
    pair = f"{' '.join(one.of)} against {' '.join(one.against)}"
    gap = _last(crossing(spreads(one, facts), one.fast, one.slow))
    if gap is None:
        lost = [symbol for symbol in (*one.of, *one.against) if _silent(facts.columns.get(symbol))]
        why = f"no close of {', '.join(lost)}" if lost else f"fewer than {one.slow} sessions"
        return Vote("", value, None, f"{pair}: {why}", None)
    where = "above" if gap > 0 else "below"
    reason = f"{pair}: {one.fast}-session mean {abs(100 * gap):.1f} % {where} its {one.slow}-session mean"
    return Vote("", value, gap, reason, facts.sessions[-1])


def _silent(column: Column | None) -> bool:
    return not column or column[-1] is None


def _told_trend(one: SeriesTrend, value: int | None, facts: Facts) -> Vote:
    gap = _last(trend_values(one, facts))
    if gap is None:
        return Vote("", value, None, _why_silent(one.series, facts), None)
    where = "above" if gap > 0 else "below"
    as_of = _observed(one.series, facts)
    means = f"mean of {one.fast} values {abs(gap):.4g} {where} that of {one.slow}"
    return Vote("", value, gap, f"{one.series} of {as_of}: {means}", as_of)


def _told_level(one: Level, value: int | None, facts: Facts) -> Vote:
    what = one.symbol or one.series or ""
    number = _last(level_values(one, facts))
    if number is None:
        why = f"{what}: no close" if one.symbol else _why_silent(what, facts)
        return Vote("", value, None, why, None)
    if number < one.below:
        where = f"under {one.below:g}"
    elif number > one.above:
        where = f"over {one.above:g}"
    else:
        where = f"from {one.below:g} to {one.above:g}"
    if one.symbol:
        return Vote("", value, number, f"{what} {number:.4g} is {where}", facts.sessions[-1])
    as_of = _observed(what, facts)
    return Vote("", value, number, f"{what} {number:.4g} of {as_of} is {where}", as_of)


def _why_silent(name: str, facts: Facts) -> str:
    """Say why a series tells nothing after the last session."""
    series = facts.series.get(name)
    if series is None:
        return f"{name}: is not read; name it in macro.series"
    if isinstance(series, Unknown):
        return f"{name}: {series.reason}"
    observed = _observed(name, facts)
    if observed is None:
        return f"{name}: nothing published yet"
    if (facts.sessions[-1] - observed).days > series.stale_days:
        return f"{name}: last value is of {observed}, {series.stale_days} days allowed"
    return f"{name}: too few values"


def _observed(name: str, facts: Facts) -> date | None:
    """Return the date of the newest value that had been published by the last session."""
    series = facts.series.get(name)
    if not isinstance(series, Series) or not facts.sessions:
        return None
    known = facts.sessions[-1] - timedelta(days=series.lag)
    place = bisect_right(series.values, (known, inf))
    return series.values[place - 1][0] if place else None


def _last(values: Iterable[float | None]) -> float | None:
    """Return what stands after the last session."""
    return next(iter(deque(values, maxlen=1)), None)
