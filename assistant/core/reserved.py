"""What checks of the last minute have promised: two checks in a row never spend the same room."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

from assistant.core.caps import (
    CLUSTER,
    GROSS,
    HEAT,
    IDEA,
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
    if not reserved:
        return tuple(caps)
    own = [one for one in reserved if (one.symbol, one.side) == (symbol, side)]
    way = direction(role, side)
    same = [one for one in reserved if direction(one.role, one.side) == way]
    money = {
        IDEA: fsum(one.worst for one in own),
        HEAT: fsum(one.worst for one in reserved),
        CLUSTER: fsum(one.worst for one in same),
    }
    bound = fsum(one.margin for one in reserved) / sizing.margin_per_lot
    lots = {
        VOLUME_LIMIT: fsum(one.lots for one in own),
        GROSS: fsum(one.notional for one in reserved) / (sizing.entry * sizing.loss_per_unit),
        MARGIN: bound,
        STOP_OUT: bound,
    }
    listed = list(caps)
    if own and all(cap.name != IDEA for cap in caps):
        whole = smallest_money(cap for cap in caps if cap.unit is Unit.SHARE or cap.name == NORMAL).value
        listed.append(Cap(IDEA, whole, Unit.MONEY, Kind.CONDITION, f"{whole:.2f} in all", symbol, side))
    return tuple(_less(cap, money.get(cap.name, 0.0), lots.get(cap.name, 0.0)) for cap in listed)


def _less(cap: Cap, money: float, lots: float) -> Cap:
    """Return a cap less what is reserved of it, and say so."""
    used, unit = (lots, " lots") if cap.unit is Unit.LOTS else (money, "")
    if not used:
        return cap
    reason = f"{cap.reason}; {used:.2f}{unit} reserved by checks of the last minute"
    return replace(cap, value=max(0.0, cap.value - used), reason=reason)
