"""What is open: against its cap and for how long, and stops that were tighter once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import fsum

from assistant.core.caps import Cap, Unit
from assistant.core.conditions import SESSION_EDGE
from assistant.core.exposure import Open
from assistant.core.market import Instrument, Position, Side, Unknown
from assistant.core.sizing import NORMAL, Sizing, orderable, payable

Key = tuple[str, Side]  # the broker's symbol, and the side


@dataclass(frozen=True, slots=True)
class Held:
    """What is open on one side of a symbol, against what the shares alone would let through in all."""

    side: Side
    lots: float
    position_cap: float | None  # lots at the default stop; None: not computable
    over_since: datetime | None  # UTC, from when on it was seen over its cap; None: it is not


@dataclass(frozen=True, slots=True)
class Tickets:
    """What has been seen of open positions, cycle by cycle."""

    over: Mapping[Key, datetime] = field(default_factory=dict)  # UTC, since when over the cap
    stops: Mapping[int, float] = field(default_factory=dict)  # price of the tightest stop, by ticket


def held_of(
    instrument: Instrument,
    found: Open,
    sizings: Mapping[Side, Sizing | Unknown],
    general: Sequence[Cap],
    seen: Tickets,
    as_of: datetime,
) -> tuple[Held, ...]:
    """Set what is open against the lots that the shares alone would let through at the default stop.

    The edge of a session is about orders of these minutes, not about what is held through them.
    """
    out = []
    for side in Side:
        key = (instrument.broker_symbol, side)
        own, _ = found.get(key, ((), ()))
        if not own:
            continue
        caps = [cap for cap in general if cap.name == NORMAL or cap.unit is Unit.SHARE]
        caps = [cap for cap in caps if not cap.settles and cap.name != SESSION_EDGE]
        caps = [cap for cap in caps if cap.applies(instrument.symbol, instrument.role, side)]
        lots, cap = fsum(one.lots for one in own), _position_cap(caps, sizings[side])
        over = cap is not None and lots > cap + 1e-9 * instrument.volume_step
        out.append(Held(side, lots, cap, seen.over.get(key, as_of) if over else None))
    return tuple(out)


def _position_cap(caps: Sequence[Cap], sizing: Sizing | Unknown) -> float | None:
    """Return the lots a whole position may hold by its shares of normal risk; None: a fact is missing."""
    if isinstance(sizing, Unknown):
        return None
    lots = payable(caps, sizing).value / sizing.loss_per_lot(sizing.default_stop)
    return orderable(lots, sizing.volume_min, sizing.volume_step)


def seen_now(
    before: Tickets, positions: Iterable[Position], held: Iterable[tuple[Instrument, tuple[Held, ...]]]
) -> Tickets:
    """Return what has been seen after one more cycle; what is closed is forgotten."""
    over = {
        (instrument.broker_symbol, one.side): one.over_since
        for instrument, sides in held
        for one in sides
        if one.over_since
    }
    stops: dict[int, float] = {}
    for one in positions:
        known = [stop for stop in (before.stops.get(one.ticket), one.stop) if stop is not None]
        if known:
            stops[one.ticket] = max(known) if one.side is Side.BUY else min(known)
    return Tickets(over, stops)


def notices(
    positions: Iterable[Position], held: Iterable[tuple[Instrument, tuple[Held, ...]]], seen: Tickets
) -> Iterator[str]:
    """Name what is over its cap, and each stop that has been widened or taken away."""
    for instrument, sides in held:
        for one in sides:
            if one.over_since:
                lots = f"{one.lots:g} of {one.position_cap:g} lots {instrument.symbol} {one.side}"
                yield f"over its cap: {lots}, since {one.over_since:%Y-%m-%d %H:%M} UTC"
    for one_open in positions:
        tightest = seen.stops.get(one_open.ticket)
        if tightest is not None and one_open.stop != tightest:
            now = "is gone" if one_open.stop is None else f"is {one_open.stop:g}"
            yield f"stop of {one_open.broker_symbol} {one_open.ticket} was {tightest:g} and {now}"
