"""What was open when a session closed, and what the night may do to it."""

from collections.abc import Iterable
from datetime import date
from math import isfinite

from assistant.core.advice import Advice
from assistant.core.logbook import HeldOver
from assistant.core.market import Deal, Position
from assistant.core.sizing import Sizing

_CLOSES = ("out", "inout", "out_by")


def session_left(before: Advice, advice: Advice) -> date | None:
    """Return the session that was on at one advice and over at a later one; None: there is none.

    The exchange closes in the afternoon of its date, which is the same one in UTC.
    """
    closes_at = before.hours.closes_at
    if not before.hours.state.in_session or closes_at is None:
        return None
    return closes_at.date() if before.as_of < closes_at <= advice.as_of else None


def held_over(before: Advice, advice: Advice, deals: Iterable[Deal]) -> tuple[HeldOver, ...]:
    """Return what was held over a close (UTC) between two advices, with the figures of the earlier one.

    What was opened between them, and before the close, has those of the later one. `deals` tell which
    positions that are gone by then were closed after the close.
    """
    closes_at = before.hours.closes_at or advice.as_of
    was, now = ({one.ticket for one in of.positions} for of in (before, advice))
    late = {deal.position for deal in deals if deal.entry in _CLOSES and deal.at > closes_at}
    held = [_held(one, before) for one in before.positions if one.ticket in now | late]
    came = [one for one in advice.positions if one.ticket not in was and one.opened_at <= closes_at]
    return (*held, *(_held(one, advice) for one in came))


def _held(one: Position, advice: Advice) -> HeldOver:
    """Return a position with what it may lose from the price of an advice on, by what a lot cost then."""
    symbol = next((of for of in advice.symbols if of.instrument.broker_symbol == one.broker_symbol), None)
    sizing = symbol.sides[one.side].sizing if symbol else None
    at_stop = gap = None
    if isinstance(sizing, Sizing):
        each = sizing.gap * sizing.loss_per_unit + sizing.cost_per_lot
        gap = one.lots * each + sizing.cost_per_order
        if one.stop is not None:
            distance = sizing.at_risk(one.side, sizing.exit, sizing.exit, one.stop)
            at_stop = sizing.stop_loss(one.lots, distance)
    profit = one.profit + one.swap
    return HeldOver(
        ticket=one.ticket,
        broker_symbol=one.broker_symbol,
        side=one.side,
        lots=one.lots,
        stop=one.stop,
        at_stop=at_stop,
        gap=gap,
        profit=profit if isfinite(profit) else None,
    )
