"""Rules of a funded account on orders and on what is open, judged: windows, exposure, manner."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import inf

from assistant.core.caps import Cap
from assistant.core.floors import Finding
from assistant.core.funded import Text
from assistant.core.market import Position, SessionState, Unknown
from assistant.core.news import around, certified, currencies, doubts, news_caps, news_words
from assistant.core.order_rules import (
    About,
    Act,
    Exposure,
    ExposureCap,
    Manner,
    OrderRule,
    RateLimit,
    Span,
    Window,
)
from assistant.core.program import FundedRule, Mode, Program
from assistant.core.rulings import QUIET, Light, Now, Ruling, cap_name, no_lots, ruling, unsure
from assistant.core.snapshot import Calendar

_SOON = timedelta(hours=4)  # before positions must be closed
_LAST = timedelta(minutes=15)  # of a session before a weekend, in which nothing is opened that must be closed
_WEEKEND = timedelta(days=2)  # a market that stays closed for longer is closed over a weekend
_WEEK = timedelta(days=7)


def window_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return what a rule about times forbids now, by its strictest reading, and what comes next."""
    windows = {told: one for told, one in rule.readings.items() if isinstance(one, Window)}
    strict = [(told, one) for told, one in windows.items() if not one.allowed]
    if not strict:
        told, one = next(iter(windows.items()))
        return ruling(rule, Light.TOLD, f"{one.about}: nothing is forbidden", told)
    others = [f"{told}: nothing is forbidden" for told, one in windows.items() if one.allowed]
    found = [_window(rule, told, one, now) for told, one in strict]
    order = (Light.UNSURE, Light.RED, Light.AMBER, Light.GREEN, Light.TOLD)
    shown = min(found, key=lambda one: order.index(one.light))
    others += [f"{one.told}: {one.words}" for one in found if one is not shown]
    caps = () if rule.effect in QUIET else tuple(cap for one in found for cap in one.caps)
    return replace(shown, others=tuple(others), caps=caps)


def _window(rule: FundedRule, told: str, window: Window, now: Now) -> Ruling:
    if window.about is About.NEWS:
        return _news(rule, told, window, now)
    spans = _spans(window, now)
    if isinstance(spans, Unknown):
        return unsure(rule, spans.reason, told)
    forbidden = window.acts(now.as_of, spans)
    inside = not isinstance(forbidden, Unknown) and bool(forbidden)
    first = min((begin for begin, end in spans if end >= now.as_of), default=None)
    held = bool(now.snapshot.positions)
    opening = Act.OPEN in window.forbids and Act.HOLD not in window.forbids  # what is open may stay so
    if inside:
        light = Light.RED if held and not opening else Light.AMBER
        words = f"nothing may be {'opened' if opening else 'open'} now ({window.about})"
    else:
        soon = held and not opening and first is not None and first - now.as_of <= _SOON
        light = Light.AMBER if soon else Light.GREEN
        words = _until(window, first, opening=opening)
    near = not opening and first is not None and first - now.as_of <= _LAST
    opens = now.hours.state.in_session or window.about is About.FLAT  # else it is a plan for the next session
    restrains = bool({Act.OPEN, Act.HOLD} & set(window.forbids)) and opens
    caps = (no_lots(rule, now, words),) if (inside or near) and restrains else ()
    return replace(ruling(rule, light, words, told), caps=caps)


def _until(window: Window, first: datetime | None, *, opening: bool) -> str:
    """Say what comes next: the time by which all is closed, or the one from which on nothing is opened."""
    if opening:
        begins = None if first is None else first - timedelta(minutes=window.before)
        at = "" if begins is None else f" from {begins:%Y-%m-%d %H:%M} UTC on"
        return f"nothing is opened{at} ({window.about})"
    if first is None:
        return f"flat before the {window.about}"
    return f"flat by {first:%Y-%m-%d %H:%M} UTC ({window.about})"


def _spans(window: Window, now: Now) -> Sequence[Span] | Unknown:
    """Return the present and the next time that a window lies around."""
    if window.about is About.FLAT:
        return _flat(window, now)
    hours = now.hours
    if hours.opens_at is None or hours.closes_at is None:
        return Unknown("the next session is not known: the packaged table has ended")
    night = window.about is About.NIGHT
    spans = []
    if not hours.state.in_session:
        closed = hours.last_close or now.as_of
        if night or hours.opens_at - closed > _WEEKEND:
            spans.append((closed, hours.opens_at))
    if hours.state.in_session or hours.state is SessionState.PRE:
        # One that is not known may be a weekend: the last session of the table is one before it.
        until = hours.then_opens_at or hours.closes_at + _WEEK
        if night or until - hours.closes_at > _WEEKEND:
            spans.append((hours.closes_at, until))
    return spans


def _flat(window: Window, now: Now) -> Sequence[Span] | Unknown:
    if window.flat_from is None or not now.program.cutoffs:
        return Unknown("when the firm's day ends is not published")
    instants = (now.as_of, window.flat_from.next(now.as_of), now.as_of + _WEEK)  # the last one for a Friday
    return [window.flat_span(at, cutoff) for cutoff in now.program.cutoffs.values() for at in instants]


def _news(rule: FundedRule, told: str, window: Window, now: Now) -> Ruling:
    """Return what is forbidden around news: amber where it is now, and a cap where that is to open."""
    snapshot = now.snapshot
    given = Unknown("no calendar") if snapshot.calendar is None else snapshot.calendar
    calendar = certified(given, now.as_of)
    if isinstance(calendar, Unknown):
        found = unsure(rule, calendar.reason, told)
    else:
        of = currencies(snapshot.instruments)
        light = Light.AMBER if around(calendar, window, now.as_of, of) else Light.GREEN
        found = ruling(rule, light, news_words(window, calendar, now.as_of, of), told)
    caps = () if isinstance(given, Unknown) else _news_caps(rule, window, given, now)
    return replace(found, doubts=(*rule.doubts, *doubts(window)), caps=tuple(caps))


def _news_caps(rule: FundedRule, window: Window, calendar: Calendar, now: Now) -> Iterator[Cap]:
    """Yield the caps by what a calendar knows, however old it is."""
    advisory, name = now.program.mode is not Mode.ENFORCE, cap_name(rule)
    return news_caps(window, calendar, now.snapshot.instruments, now.as_of, name=name, advisory=advisory)


def exposure_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return what a rule on exposure asks, by its worse reading; what it leaves a symbol is `exposure_caps`.

    Margin and leverage are judged: what an order or a position had at risk when it was opened is not known.
    """
    readings = {told: one for told, one in rule.readings.items() if isinstance(one, ExposureCap)}
    found = [(_exposure(rule, told, one, now), most_of(one, now.program)) for told, one in readings.items()]
    return _worse([(one, inf if isinstance(most, Unknown) else most) for one, most in found])


def _worse(found: Sequence[tuple[Ruling, float]]) -> Ruling:
    """Return the worse of rulings on one rule, naming the others: by light, then by the smallest number."""
    order = (Light.RED, Light.UNSURE, Light.AMBER, Light.GREEN, Light.TOLD)
    shown, _ = min(found, key=lambda each: (order.index(each[0].light), each[1]))
    return replace(shown, others=tuple(f"{one.told}: {one.words}" for one, _ in found if one is not shown))


def _exposure(rule: FundedRule, told: str, one: ExposureCap, now: Now) -> Ruling:
    account, most = now.snapshot.account, most_of(one, now.program)
    if isinstance(most, Unknown):
        return unsure(rule, most.reason, told)
    if one.what is Exposure.MARGIN_USED:
        used = 100 * account.margin / account.equity if account.equity > 0 else inf
        words = f"{used:.1f} % of the equity is bound as margin, at most {most:g} %"
        return ruling(rule, Light.GREEN if used <= most else Light.RED, words, told)
    if one.what is Exposure.LEVERAGE:
        if isinstance(now.notional, Unknown):
            return unsure(rule, now.notional.reason, told)
        used = now.notional / account.equity if account.equity > 0 else inf
        words = f"{used:.2f} times the equity as notional, open and pending, at most {most:g}"
        return ruling(rule, Light.GREEN if used <= most else Light.RED, words, told)
    if one.what is Exposure.CONTRACTS:
        return ruling(rule, Light.TOLD, f"at most {most:g} contracts; lots here are none", told)
    return ruling(rule, Light.TOLD, f"at most {most:g} {_UNITS[one.what]} in one {one.per}", told)


_UNITS = {
    Exposure.LOTS_PER_ORDER: "lots",
    Exposure.OPEN_RISK: "% at risk",
}


def most_of(one: ExposureCap, program: Program) -> float | Unknown:
    """Return the most that a rule allows for a share or an index, the strictest of what it says of them."""
    found = [one.find(0.0, kind, program.size) for kind in ("equities", "indices")]
    known = [each.bound for each in found if isinstance(each, Finding)]
    lost = next((each for each in found if isinstance(each, Unknown)), None)
    return min(known) if known else lost or Unknown("nothing is published")


def order_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return how an order must be handled, by the worse reading, and which position is not."""
    readings = {told: one for told, one in rule.readings.items() if isinstance(one, OrderRule)}
    return _worse(
        [
            (_order(rule, told, one, now), one.value if one.manner is Manner.STOP_WITHIN else -one.value)
            for told, one in readings.items()
        ]
    )


def _order(rule: FundedRule, told: str, one: OrderRule, now: Now) -> Ruling:
    positions = now.snapshot.positions
    if one.manner is Manner.STOP_WITHIN:
        bare = [position for position in positions if position.stop is None]
        waited = {position.ticket: _age(position, now) for position in bare}
        late = [str(ticket) for ticket, seconds in waited.items() if seconds > one.value]
        words = f"a stop-loss within {one.value:g} s"
        if late:
            return ruling(rule, Light.RED, f"{words}: ticket {', '.join(late)} has none", told)
        return ruling(rule, Light.AMBER if bare else Light.GREEN, words, told)
    if one.manner is Manner.HOLD_AT_LEAST:
        young = {position.ticket: one.value - _age(position, now) for position in positions}
        waits = [f"ticket {ticket} for {left:.0f} s yet" for ticket, left in young.items() if left > 0]
        words = f"hold at least {one.value:g} s" + (f": {', '.join(waits)}" if waits else "")
        return ruling(rule, Light.AMBER if waits else Light.GREEN, words, told)
    return ruling(rule, Light.TOLD, f"a trade counts from {one.value:g} profit a share", told)


def _age(position: Position, now: Now) -> float:
    return (now.as_of - position.opened_at).total_seconds()


def told_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return a rule that no program can judge, in its own words."""
    told, one = next(iter(rule.readings.items()))
    if isinstance(one, Text):
        return ruling(rule, Light.TOLD, "; ".join(one.items), told)
    if isinstance(one, RateLimit):
        words = f"at most {one.most} order requests a day; this program makes none, and counts none of yours"
        return ruling(rule, Light.TOLD, words, told)
    raise ValueError(f"rule {rule.name} of {now.program.key} was {type(one).__name__}; no ruling is for that")
