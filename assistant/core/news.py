"""News that a funded account must not trade around: releases, whom they concern, what is forbidden when.

Instants are UTC, minutes are those of the rule's window, both of whose ends belong to it. A release that may
concern a symbol does: of a contract that is not known, all do.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from assistant.core.caps import Cap, Kind, Unit
from assistant.core.market import Instrument, Role, Unknown
from assistant.core.order_rules import About, Act, Span, Window
from assistant.core.snapshot import Calendar, Impact, Release

FUNDED_NEWS = "funded news"
EVERY = "ALL"  # in place of a currency: it concerns every symbol
YOUNG = 24.0  # hours; an older calendar certifies nothing
AHEAD = timedelta(minutes=5)  # two clocks may differ by so much; a calendar from later on is a wrong one
LISTED = "listed_events"
LISTED_DOUBT = "the firm's own list of events is not known: all that the calendar calls high count"
DOLLAR = "USD"
_PAIR = 6  # letters of two currencies, as in EURUSD
_HOUR = 60  # minutes
_DAY = 24 * _HOUR  # likewise
_RESTRAINS = frozenset({Act.OPEN, Act.HOLD})  # who may not hold must not open either
_TOLD = {
    Act.OPEN: "no opening",
    Act.CLOSE: "no closing",
    Act.HOLD: "nothing open",
    Act.PENDING_PLACED: "no placing of pending orders",
    Act.PENDING_FILL: "no pending fills",
    Act.STOP_FILL: "no stop-loss fills",
    Act.PROFIT_FILL: "no take-profit fills",
}


_COUNTS = {  # impact that a rule names -> what counts; any other word, or none: all of them
    Impact.LOW: frozenset({Impact.LOW, Impact.MEDIUM, Impact.HIGH}),
    Impact.MEDIUM: frozenset({Impact.MEDIUM, Impact.HIGH}),
    Impact.HIGH: frozenset({Impact.HIGH}),
    LISTED: frozenset({Impact.HIGH}),
}
_ALL = frozenset(Impact)
_GRADES = tuple(Impact)
_at = attrgetter("at")
Currencies = frozenset[str] | None  # None: it is not known which, so all


def fresh(calendar: Calendar, as_of: datetime, hours: float = YOUNG) -> Unknown | None:
    """Return None where a calendar is younger than so many hours, else why it counts as none."""
    age = as_of - calendar.written
    of = f"no calendar: {calendar.source} is of {calendar.written:%Y-%m-%d %H:%M} UTC"
    if age < -AHEAD:
        return Unknown(f"{of}, which is still to come")
    if age >= timedelta(hours=hours):
        return Unknown(f"{of}, {age // timedelta(hours=1)} h ago; younger than {hours:g} h counts")
    return None


def certified(calendar: Calendar | Unknown, as_of: datetime) -> Calendar | Unknown:
    """Return the calendar where there is one, fresh and read in full, else why it certifies nothing."""
    if isinstance(calendar, Unknown):
        return calendar
    if calendar.doubts:
        return Unknown(f"no calendar that was read in full: {calendar.doubts[0]}")
    return fresh(calendar, as_of) or calendar


def currencies(instruments: Iterable[Instrument]) -> Currencies:
    """Return the currencies whose news concern any of these symbols; None: all, for a contract is not known.

    These are what price and profit are in, of a pair also the other one. A symbol with a role is a bet on
    the market of the United States whatever it is priced in, so news of the dollar concern it.
    """
    found: set[str] = set()
    for one in instruments:
        if isinstance(one.contract, Unknown):
            return None
        found.add(one.contract.profit_currency.upper())
        found.update(_base(one.broker_symbol.upper(), one.contract.profit_currency.upper()))
        if one.role is not Role.NEUTRAL:
            found.add(DOLLAR)
    return frozenset(found)


def _base(broker_symbol: str, profit: str) -> Iterator[str]:
    """Yield the first currency of a pair such as EURUSD.a, and nothing for what is no pair."""
    pair = broker_symbol[:_PAIR]
    if len(pair) == _PAIR and pair.isalpha() and pair.endswith(profit):
        yield pair.removesuffix(profit)


def _counts(release: Release, impact: str | None, of: Currencies) -> bool:
    wanted = _ALL if impact is None else _COUNTS.get(impact, _ALL)
    return release.impact in wanted and (of is None or release.currency == EVERY or release.currency in of)


def relevant(calendar: Calendar, impact: str | None, of: Currencies) -> tuple[Release, ...]:
    """Return the releases that a rule about news of an impact counts; None, or an unknown word: of any."""
    return tuple(one for one in calendar.releases if _counts(one, impact, of))


def spans(releases: Iterable[Release]) -> list[Span]:
    """Return releases as Window.acts takes them."""
    return [(one.at, one.at) for one in releases]


def next_release(calendar: Calendar, as_of: datetime, impact: str | None, of: Currencies) -> Release | None:
    """Return the first release that counts at or after an instant; None: the calendar knows of none."""
    coming = calendar.releases[bisect_left(calendar.releases, as_of, key=_at) :]
    return next((one for one in coming if _counts(one, impact, of)), None)


def around(calendar: Calendar, window: Window, as_of: datetime, of: Currencies) -> tuple[Release, ...]:
    """Return the releases that count in whose window an instant lies, oldest first."""
    before, after = _minutes(window)
    first = bisect_left(calendar.releases, as_of - after, key=_at)
    end = bisect_right(calendar.releases, as_of + before, key=_at)
    return tuple(one for one in calendar.releases[first:end] if _counts(one, window.impact, of))


def restrains(window: Window) -> bool:
    """Whether a window is about news and forbids to open, or to hold what is open."""
    return window.about is About.NEWS and bool(_RESTRAINS.intersection(window.forbids))


def doubts(window: Window) -> tuple[str, ...]:
    """Return what is not certain about which news a window lies around."""
    return (LISTED_DOUBT,) if window.impact == LISTED else ()


def news_caps(
    window: Window,
    calendar: Calendar,
    instruments: Iterable[Instrument],
    as_of: datetime,
    *,
    name: str = FUNDED_NEWS,
    advisory: bool,
) -> Iterator[Cap]:
    """Yield 0 lots for each symbol that must not be opened now.

    What an old calendar knows counts on: a file that fails makes no order larger. A window that is not about
    news, or lets positions be opened and held, makes none.
    """
    if not restrains(window):
        return
    if not around(calendar, window, as_of, None):  # of any currency: most cycles end here
        return
    for one in instruments:
        of = currencies([one])
        now = around(calendar, window, as_of, of)
        if now:
            first, end = _extent(calendar, window, now, of)
            yield Cap(
                name,
                0.0,
                Unit.LOTS,
                Kind.CONDITION,
                f"{_named(now, as_of)}, {window.before:g} min before to {window.after:g} min after",
                scope=one.symbol,
                advisory=advisory,
                since=first,
                until=end,
            )


def news_words(window: Window, calendar: Calendar | Unknown, as_of: datetime, of: Currencies) -> str:
    """Say in plain words what is forbidden around news now, else what will be next."""
    if not window.forbids:
        return "news: nothing is forbidden"
    known = certified(calendar, as_of)
    if isinstance(known, Unknown):
        return f"news: cannot certify: {known.reason}"
    meant = around(known, window, as_of, of)
    when = "now"
    if not meant:
        coming = next_release(known, as_of, window.impact, of)
        if coming is None:
            return f"news: none is ahead in the calendar of {known.written:%Y-%m-%d %H:%M} UTC"
        same = bisect_right(known.releases, coming.at, key=_at)
        there = known.releases[bisect_left(known.releases, coming.at, key=_at) : same]
        meant = tuple(one for one in there if _counts(one, window.impact, of))
        when = f"in {_wait(coming.at - as_of)}"
    first, end = _extent(known, window, meant, of)
    acts = ", ".join(_TOLD[act] for act in window.forbids)
    lasts = f"from {_clock(first, as_of)} to {_clock(end, as_of)}"
    return f"news {when}: {_named(meant, as_of)}: {acts} {lasts}"


class Near(NamedTuple):
    """News around which something is forbidden soon, or now."""

    last: datetime  # UTC, of the last release that is near
    text: str  # what is forbidden from when on, or until when
    reason: str  # the same with all there is to say


def news_ahead(
    window: Window, calendar: Calendar, as_of: datetime, of: Currencies, ahead: timedelta
) -> Near | None:
    """Return the news whose window begins within a time, or has begun; None: there is none.

    What an old calendar knows counts: a file that fails silences nothing.
    """
    wider = replace(window, before=window.before + ahead / timedelta(minutes=1))
    there = around(calendar, wider, as_of, of)
    if not there:
        return None
    first, end = _extent(calendar, window, there[:1], of)  # where any is in force, that of the first is
    acts = ", ".join(_TOLD[act] for act in window.forbids)
    shortly = next(_TOLD[act] for act in window.forbids if act in _RESTRAINS)
    when = f"from {_clock(first, as_of)}" if as_of < first else f"until {_clock(end, as_of)}"
    named, others = there[0], len(there) - 1
    more = f" and {others} more" if others else ""
    text = f"{shortly} {when} UTC: {named.currency} {named.title}{more}"
    lasts = f"{acts} from {_clock(first, as_of)} to {_clock(end, as_of)} UTC"
    return Near(there[-1].at, text, f"{_named(there, as_of)}: {lasts}")


def next_releases(
    calendar: Calendar, as_of: datetime, of: Currencies, impacts: Collection[str | None], count: int
) -> tuple[Release, ...]:
    """Return the releases that come next at or after an instant, of any impact that counts for one of these.

    Of releases at the same instant the one that moves most comes first.
    """
    found: list[Release] = []
    for one in calendar.releases[bisect_left(calendar.releases, as_of, key=_at) :]:
        if len(found) >= count and one.at > found[count - 1].at:
            break
        if any(_counts(one, impact, of) for impact in impacts):
            found.append(one)
    return tuple(sorted(found, key=lambda one: (one.at, -_GRADES.index(one.impact)))[:count])


def _minutes(window: Window) -> tuple[timedelta, timedelta]:
    return timedelta(minutes=window.before), timedelta(minutes=window.after)


def _extent(calendar: Calendar, window: Window, there: Sequence[Release], of: Currencies) -> Span:
    """Return from when to when it is forbidden around releases, and those whose windows join on."""
    before, after = _minutes(window)
    end = there[-1].at + after
    for one in calendar.releases[bisect_right(calendar.releases, there[-1].at, key=_at) :]:
        if one.at - before > end:
            break
        if _counts(one, window.impact, of):
            end = one.at + after
    return there[0].at - before, end


def _named(releases: Sequence[Release], as_of: datetime) -> str:
    """Name a release, and how many others there are."""
    one, others = releases[0], len(releases) - 1
    more = f" and {others} more" if others else ""
    return f"{one.currency} {one.title} at {_clock(one.at, as_of)} UTC{more}"


def _clock(at: datetime, as_of: datetime) -> str:
    """Write an instant: the time of the day, with what else is needed to know which."""
    day = "" if at.date() == as_of.date() else f"{at:%Y-%m-%d} "
    return f"{day}{at:%H:%M:%S}" if at.second else f"{day}{at:%H:%M}"


def _wait(time: timedelta) -> str:
    """Write a time that is left, rounded down."""
    minutes = time // timedelta(minutes=1)
    if minutes >= _DAY:
        return f"{minutes // _DAY} d {minutes % _DAY // _HOUR} h"
    if minutes >= _HOUR:
        return f"{minutes // _HOUR} h {minutes % _HOUR} min"
    return f"{minutes} min" if minutes else "less than a minute"
