"""One walk over all session closes: ratio, trend, stance, breaks, votes, and the shares they leave.

Column by column, each a generator: one close in, one value out. The state after a close is the same whatever
comes later. docs/regime.md says all of it in words.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from assistant.core.context import (
    Context,
    ContextSettings,
    Facts,
    VoteSettings,
    contexts,
    noted,
    reading_values,
    vote_values,
)
from assistant.core.levels import Break, breaks
from assistant.core.market import Note
from assistant.core.ratio import RegimeSettings, Trend, trends
from assistant.core.regime import LevelSettings, Turn, turns
from assistant.core.shares import ShareSettings, held

CONTEXT = "context"  # the name under which it is remembered what the votes leave together


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldSettings:
    """What a fold over closes is told."""

    regime: RegimeSettings
    levels: LevelSettings
    shares: ShareSettings
    context: ContextSettings
    votes: Mapping[str, VoteSettings]  # by name, in their order


class Kept(NamedTuple):
    """What a vote last said, as it was put on record."""

    value: int  # 1, 0 or -1
    since: date  # the session at whose close it said so


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered, for a day on which inputs are lost or a close is corrected."""

    targets: Mapping[date, float]  # context targets of the last closes, the smallest each has ever been
    votes: Mapping[str, Kept]  # by name; those that had said something
    readings: Mapping[str, Mapping[str, Kept]] = field(default_factory=dict)  # of votes that take the first
    stances: Mapping[str, Mapping[date, float]] = field(default_factory=dict)  # targets by pair of legs
    held: Mapping[str, tuple[date, float]] = field(default_factory=dict)  # CONTEXT or pair: session, share


class Close(NamedTuple):
    """Everything after one session close."""

    session: date
    ratio: float
    trend: Trend | None
    turn: Turn | None
    breaks: tuple[Break, ...]
    target: float  # of the stance
    held: float  # the smallest target of the last `hold` closes
    hold: int  # closes
    context: Context


def said(
    facts: Facts, votes: Mapping[str, VoteSettings], memory: Memory | None = None
) -> tuple[dict[str, list[int | None]], frozenset[str]]:
    """Return what each vote says after each session, and which of them only memory speaks for.

    A vote that was heard, and at the session of its last word is silent now, has lost its inputs, and said
    what is remembered there; likewise a reading of a vote that takes the first.
    """
    values = {}
    for name, vote in votes.items():
        kept_words = memory.readings.get(name, {}) if memory else {}
        words = {of: (bisect_left(facts.sessions, kept.since), kept.value) for of, kept in kept_words.items()}
        values[name] = vote_values(vote, facts, words)
    lost = set()
    for name, kept in (memory.votes if memory else {}).items():
        column = values.get(name, [])
        place = bisect_left(facts.sessions, kept.since)
        if place < len(column) and column[place] is None:
            if all(value is None for value in column[place:]):
                lost.add(name)
            column[place] = kept.value
    return values, frozenset(lost)


def last_readings(
    facts: Facts, votes: Mapping[str, VoteSettings], memory: Memory | None = None
) -> dict[str, dict[str, Kept]]:
    """Return what each reading of a vote that takes the first of several last said, and when."""
    out: dict[str, dict[str, Kept]] = {}
    for name, vote in votes.items():
        kept = dict(memory.readings.get(name, {})) if memory else {}
        for reading in vote.readings[:-1] if vote.take == "first" else ():
            word = last_word(facts.sessions, list(reading_values(reading, facts)), kept.get(reading.name))
            kept |= {reading.name: word} if word else {}
        out |= {name: kept} if kept else {}
    return out


def last_word(sessions: Sequence[date], values: Sequence[int | None], before: Kept | None) -> Kept | None:
    """Return the last word among the values, or that remembered from before where it is the later one."""
    place = next((place for place in range(len(values) - 1, -1, -1) if values[place] is not None), None)
    value = None if place is None else values[place]
    if place is None or value is None or (before and sessions[place] < before.since):
        return before
    return Kept(value, sessions[place])


def fold(
    sessions: Sequence[date],
    ratios: Sequence[float],
    votes: Sequence[Sequence[int | None]],
    notes: Sequence[Note],
    settings: FoldSettings,
) -> Iterator[Close]:
    """Yield the state after each session close, oldest first.

    `ratios` and each of the `votes` (in the order of the settings) hold one value for each of the sessions.
    """
    shares = settings.shares
    moved = list(trends(ratios, settings.regime))
    stances = list(turns(sessions, ratios, moved, settings.regime.turn_closes, settings.levels))
    broken = breaks(sessions, ratios, moved, settings.levels)
    holds = [shares.hold_followed if turn and turn.followed else shares.hold_closes for turn in stances]
    targets = list(_targets(stances, shares))
    context = contexts(votes, noted(notes, sessions), holds, settings.context)
    return map(Close, sessions, ratios, moved, stances, broken, targets, held(targets, holds), holds, context)


def _targets(stances: Iterable[Turn | None], shares: ShareSettings) -> Iterator[float]:
    """Yield the target share after each close; before there is a stance nothing is held down."""
    last, share = None, 1.0
    for turn in stances:
        if turn and turn.stance is not last:
            last, share = turn.stance, shares.of(turn.stance)
        yield share
