"""What checks of the last minute have promised: two checks in a row never spend the same room."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

from assistant.core.caps import (
    CLUSTER,
    DAILY_LOSS,
    FUNDED,
    FUNDED_LEVERAGE,
    FUNDED_MARGIN,
    GROSS,
    HEAT,
    IDEA,
    MANUAL,
    MARGIN,
    STOP_OUT,
    VOLUME_LIMIT,
    Cap,
    Kind,
    Unit,
    direction,
)
from assistant.core.market import Role, Side
from assistant.core.sizing import NORMAL, Sizing, smallest_money

RESERVED = "reserved by checks of the last minute"
MOVED = "more at risk in the open position, whose stop this order moves"


@dataclass(frozen=True, slots=True)
class Reservation:
    """The lots that a check has let through, until they are ordered or a minute has passed."""

    symbol: str  # ours
    role: Role
    side: Side
    lots: float
    worst: float  # account currency, of these lots
    margin: float  # account currency
    notional: float  # account currency
    closes: float = 0.0  # lots beside them that only reduce, on an account that nets


def after(
    caps: Sequence[Cap],
    symbol: str,
    role: Role,
    side: Side,
    sizing: Sizing,
    reserved: Sequence[Reservation],
) -> tuple[Cap, ...]:
    """Return the caps of one symbol and side less what is reserved already.

    `caps` are those that apply there, `normal` among them.
    """
    own = [one for one in reserved if (one.symbol, one.side) == (symbol, side)]
    way = direction(role, side)
    same = [one for one in reserved if direction(one.role, one.side) == way]
    money = {
        IDEA: fsum(one.worst for one in own),
        HEAT: fsum(one.worst for one in reserved),
        DAILY_LOSS: fsum(one.worst for one in reserved),
        CLUSTER: fsum(one.worst for one in same),
    }
    bound = fsum(one.margin for one in reserved) / sizing.margin_per_lot
    notional = fsum(one.notional for one in reserved) / (sizing.entry * sizing.loss_per_unit)
    lots = {
        VOLUME_LIMIT: fsum(one.lots for one in own),
        MANUAL: fsum(one.lots for one in own),
        GROSS: notional,
        FUNDED_LEVERAGE: notional,
        MARGIN: bound,
        STOP_OUT: bound,
        FUNDED_MARGIN: bound,
    }
    listed = list(caps)
    if money[IDEA] and all(cap.name != IDEA for cap in caps):
        whole = smallest_money(cap for cap in caps if cap.unit is Unit.SHARE or cap.name == NORMAL).value
        listed.append(Cap(IDEA, whole, Unit.MONEY, Kind.CONDITION, f"{whole:.2f} in all", symbol, side))
    firm = {cap.name for cap in caps if cap.name.startswith(FUNDED)}
    money |= dict.fromkeys(firm, money[HEAT])  # a firm counts all that is open together
    used = {Unit.MONEY: money, Unit.LOTS: lots, Unit.SHARE: {}}
    return tuple(_less(cap, used[cap.unit].get(cap.name, 0.0), RESERVED) for cap in listed)


def with_stop_moved(caps: Sequence[Cap], idea: float, more: float) -> tuple[Cap, ...]:
    """Return caps less what is more at risk in a position whose stop an order moves (account currency).

    `idea` is how much of that the cap of the idea has not counted yet.
    """
    money = {IDEA: idea, HEAT: more, CLUSTER: more, DAILY_LOSS: more}
    return firm_with_stop_moved([_less_money(cap, money.get(cap.name, 0.0)) for cap in caps], more)


def firm_with_stop_moved(caps: Sequence[Cap], more: float) -> tuple[Cap, ...]:
    """Return caps of which the money that a firm leaves is less by what is more at risk once a stop is moved.

    For what is told before there is an order; a check takes off what its own stop comes to.
    """
    return tuple(_less_money(cap, more) if cap.name.startswith(FUNDED) else cap for cap in caps)


def _less_money(cap: Cap, more: float) -> Cap:
    return _less(cap, more, MOVED) if cap.unit is Unit.MONEY else cap


def _less(cap: Cap, used: float, why: str) -> Cap:
    """Return a cap less what is used of it, and say so."""
    if not used:
        return cap
    unit = " lots" if cap.unit is Unit.LOTS else ""
    reason = f"{cap.reason}; {used:.2f}{unit} {why}"
    return replace(cap, value=max(0.0, cap.value - used), reason=reason)
