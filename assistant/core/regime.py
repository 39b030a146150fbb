"""The stance: which side of the band the ratio's trend stands on, and has stood on long enough.

A fold over session closes. One candle never turns it: the stance moves only as far as all of the last
`turn_closes` closes agree, in both directions.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, NamedTuple

from annotated_types import Ge, Gt, Le, Lt

from assistant.core.ratio import Trend


class Stance(StrEnum):
    """What the ratio says about risk appetite."""

    RISK_ON = "RISK_ON"
    NEUTRAL = "NEUTRAL"
    RISK_OFF = "RISK_OFF"
    UNKNOWN = "UNKNOWN"


LADDER = (Stance.RISK_OFF, Stance.NEUTRAL, Stance.RISK_ON)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSettings:
    """Which levels of the ratio are watched, and what follows through beyond one."""

    range: Annotated[int, Ge(2)]  # sessions
    swing: Annotated[int, Ge(1)]  # sessions on either side
    margin: Annotated[float, Ge(0), Lt(0.1)]  # share of a level
    follow_closes: Annotated[int, Ge(1)]  # session closes
    follow_distance: Annotated[float, Gt(0), Le(10)]  # of the noise
    false_closes: Annotated[int, Ge(1)]  # session closes
    rally: Annotated[int, Ge(2)]  # sessions

    def __post_init__(self) -> None:
        """Refuse a false break that is told for longer than a break may stand."""
        if self.false_closes > self.range:
            raise ValueError(
                f"false_closes was {self.false_closes}, range {self.range}; expected false_closes <= range"
            )


class Turn(NamedTuple):
    """The stance after one session close."""

    stance: Stance
    since: date  # the session at whose close it turned
    sessions: int  # closes in this stance, the turning one included
    followed: bool  # whether follow-through has been seen since the turn


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


def turn(stance: Stance, recent: Iterable[tuple[float, float]], turn_closes: int) -> Stance:
    """Return the stance after the last closes (distance and band of each): as far as all of them agree."""
    zones = [LADDER.index(zone(distance, stance, band)) for distance, band in recent]
    if len(zones) < turn_closes:
        return stance
    here = LADDER.index(stance)
    if min(zones) > here:
        return LADDER[min(zones)]
    if max(zones) < here:
        return LADDER[max(zones)]
    return stance


def turns(
    sessions: Iterable[date],
    ratios: Iterable[float],
    trends: Iterable[Trend | None],
    turn_closes: int,
    levels: LevelSettings,
) -> Iterator[Turn | None]:
    """Yield the stance after each close, oldest first; None before there is a trend.

    The first close with a trend starts NEUTRAL. Follow-through is a close at least `follow_closes` after the
    turning one, and further in the direction of the turn by `follow_distance` of the noise.
    """
    recent: deque[tuple[float, float]] = deque(maxlen=turn_closes)
    stance, direction, start, count = Stance.NEUTRAL, 0, 0.0, 0
    since: date | None = None
    followed = False
    for session, ratio, trend in zip(sessions, ratios, trends, strict=True):
        if trend is None:
            yield None
            continue
        recent.append((trend.distance, trend.band))
        count += 1
        if since is None:
            since = session
        elif (
            zone(trend.distance, stance, trend.band) is not stance
            and (after := turn(stance, recent, turn_closes)) is not stance
        ):
            direction = 1 if LADDER.index(after) > LADDER.index(stance) else -1
            stance, since, start, count, followed = after, session, ratio, 1, False
        elif direction and not followed and count > levels.follow_closes:
            followed = direction * (ratio / start - 1) >= levels.follow_distance * trend.noise
        yield Turn(stance, since, count, followed)
