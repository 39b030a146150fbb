"""What happened to an account as events of its program, in the program's money and at instants it knows."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from assistant.core.firm_day import Cutoff
from assistant.core.market import Account, Deal
from assistant.core.past import booking
from assistant.core.snapshot import Stated
from assistant.core.track import Anchor, Booking, Event, Look, Mark, Reset

_OF_DAY = (Mark.START_BALANCE, Mark.START_EQUITY, Mark.HIGH_EQUITY_OF_DAY)  # they end with the firm's day


def look_of(account: Account, as_of: datetime, scale: float) -> Look:
    """Return what an account shows at an instant (UTC)."""
    return Look(as_of, account.balance * scale, (account.equity - account.credit) * scale)


def scaled(event: Event, scale: float) -> Event:
    """Return an event in the program's money."""
    if scale == 1:
        return event
    if isinstance(event, Anchor):
        return replace(event, marks={mark: value * scale for mark, value in event.marks.items()})
    if isinstance(event, Look):
        return replace(event, balance=event.balance * scale, equity=event.equity * scale)
    if isinstance(event, Reset):
        equity, least = (None if one is None else one * scale for one in (event.equity, event.least))
        return replace(event, balance=event.balance * scale, equity=equity, least=least)
    return replace(event, money=event.money * scale)


def booked_between(deal: Deal, scale: float, since: datetime, until: datetime) -> Booking:
    """Return the booking of a deal, at the time it was dealt, or as near to it as two looks (UTC) allow."""
    one = booking(deal)
    return replace(one, money=one.money * scale, at=min(max(deal.at, since), until))


def new_statements(stated: Sequence[Stated], last: datetime | None, until: datetime) -> list[Stated]:
    """Return what the firm's dashboard has shown since the last statement, up to an instant (UTC)."""
    found = [one for one in stated if one.at <= until and (last is None or one.at > last)]
    return sorted(found, key=lambda one: one.at)


def statement_anchors(stated: Sequence[Stated], since: datetime, cutoff: Cutoff | None) -> Iterable[Anchor]:
    """Yield statements as events; one from before the last look may be out of date, so it only raises."""
    for one in stated:
        if one.at >= since:
            yield Anchor(one.at, one.marks, stated=True, raises=not one.lower)
            continue
        ended = cutoff is not None and one.at < cutoff.last(since)
        yield Anchor(since, {mark: one.marks[mark] for mark in one.marks if not (ended and mark in _OF_DAY)})
