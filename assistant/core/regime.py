"""The stance: which side of the band the ratio's trend stands on, and has stood on long enough.

A fold over session closes. One candle never turns it: the stance moves only as far as all of the last
`turn_closes` closes agree, in both directions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from assistant.core.ratio import RatioPoint, RegimeSettings


class Stance(StrEnum):
    """What the ratio says about risk appetite."""

    RISK_ON = "RISK_ON"
    NEUTRAL = "NEUTRAL"
    RISK_OFF = "RISK_OFF"
    UNKNOWN = "UNKNOWN"


_LADDER = (Stance.RISK_OFF, Stance.NEUTRAL, Stance.RISK_ON)


@dataclass(frozen=True, slots=True)
class Turn:
    """The stance after one session close."""

    session: date
    stance: Stance
    since: date  # the session at whose close it turned
    sessions: int  # closes in this stance, the turning one included
    recent: tuple[float, ...]  # distances of the last turn_closes closes at most


def zone(distance: float, stance: Stance, band: float) -> Stance:
    """Where a distance (share of the average) stands, as seen from a stance.

    Beyond the band it is RISK_ON or RISK_OFF. Inside, a stance holds until the averages have crossed:
    that difference between entering and leaving is the hysteresis.
    """
    if distance > band:
        return Stance.RISK_ON
    if distance < -band:
        return Stance.RISK_OFF
    if (stance is Stance.RISK_ON and distance >= 0) or (stance is Stance.RISK_OFF and distance <= 0):
        return stance
    return Stance.NEUTRAL


def turn(stance: Stance, recent: Sequence[float], settings: RegimeSettings) -> Stance:
    """Return the stance after the closes `recent` (distances, oldest first): as far as all of them agree."""
    if len(recent) < settings.turn_closes:
        return stance
    here = _LADDER.index(stance)
    zones = [_LADDER.index(zone(distance, stance, settings.band)) for distance in recent]
    if min(zones) > here:
        return _LADDER[min(zones)]
    if max(zones) < here:
        return _LADDER[max(zones)]
    return stance


def step(before: Turn | None, session: date, distance: float, settings: RegimeSettings) -> Turn:
    """Fold one session close into the stance; the first close starts NEUTRAL."""
    if before is None:
        return Turn(session, Stance.NEUTRAL, session, 1, (distance,))
    recent = (*before.recent, distance)[-settings.turn_closes :]
    stance = turn(before.stance, recent, settings)
    if stance is before.stance:
        return Turn(session, stance, before.since, before.sessions + 1, recent)
    return Turn(session, stance, session, 1, recent)


def turns(points: Iterable[RatioPoint], settings: RegimeSettings) -> tuple[Turn, ...]:
    """Fold all closes, oldest first; sessions before the slow average exists are passed over."""
    out: list[Turn] = []
    last: Turn | None = None
    for point in points:
        if point.trend is not None:
            last = step(last, point.session, point.trend.distance, settings)
            out.append(last)
    return tuple(out)
