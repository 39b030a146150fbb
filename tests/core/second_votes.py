"""Section 5 of assistant/docs/regime.md, a second time: readings, votes, and what they count.

Votes are plain data, as in config/votes.yaml; closes are used closes with steps undone, symbol -> session ->
close.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean
from typing import Any

Closes = Mapping[str, Mapping[date, float]]
VoteData = Mapping[str, Any]  # {"take": "first", "readings": [{"level": {...}}]}; other keys play no part


@dataclass(frozen=True)
class Series:
    """A series as published: (date observed, value), oldest first, missing values left out."""

    values: Sequence[tuple[date, float]]
    lag: int  # days from the date observed to the session that may know it
    stale_days: int


@dataclass(frozen=True)
class Note:
    """The trader's own vote, from the session `made` to the session `until`, both included."""

    made: date
    until: date
    value: int


@dataclass(frozen=True)
class Said:
    """What the votes say and count after a session."""

    own: dict[str, int | None]
    counted: dict[str, int]
    heard: int
    number: int


class Witness:
    """What can be known after each session."""

    def __init__(self, sessions: Sequence[date], closes: Closes, series: Mapping[str, Series]) -> None:
        self.sessions, self.closes, self.series = sessions, closes, series
        self._spreads: dict[str, list[tuple[date, float]]] = {}
        self._last_said: dict[str, dict[date, int | None]] = {}

    def vote(self, data: VoteData, session: date) -> int | None:
        """What a vote itself says."""
        said = [self.reading(reading, session) for reading in data["readings"]]
        if data["take"] == "first":
            spoke = next((n for n, one in enumerate(said) if one is not None), None)
            if spoke is None:
                return None
            earlier = [self.last_said(reading, session) for reading in data["readings"][:spoke]]
            return min(one for one in (said[spoke], *earlier) if one is not None)
        if None in said:
            return None
        return said[0] if said[0] in {1, -1} and all(one == said[0] for one in said) else 0

    def last_said(self, data: Mapping[str, Any], session: date) -> int | None:
        """What a reading said at the last session, this one included, at which it said something."""
        known = self._last_said.setdefault(str(data), {})
        for past in self.sessions[len(known) : bisect_right(self.sessions, session)]:
            said = self.reading(data, past)
            known[past] = next(reversed(known.values()), None) if said is None else said
        return known[session]

    def reading(self, data: Mapping[str, Any], session: date) -> int | None:
        for kind, read in (("baskets", self.baskets), ("trend", self.trend), ("level", self.level)):
            if data.get(kind) is not None:
                return read(data[kind], session)
        raise ValueError(f"a reading of baskets, trend or level was expected, it was {data}")

    def baskets(self, data: Mapping[str, Any], session: date) -> int | None:
        symbols = [*data["of"], *data["against"]]
        if any(session not in self.closes.get(symbol, {}) for symbol in symbols):
            return None
        spreads = self.spreads(data["of"], data["against"])
        past = [value for _, value in spreads[: bisect_right(spreads, session, key=_day)]]
        return _crossed(past, data["fast"], data["slow"])

    def spreads(self, of: Sequence[str], against: Sequence[str]) -> list[tuple[date, float]]:
        """Mean log close less mean log close, on the sessions on which all have a used close."""
        name = f"{of} {against}"
        if name not in self._spreads:
            self._spreads[name] = [
                (
                    day,
                    fmean(math.log(self.closes[symbol][day]) for symbol in of)
                    - fmean(math.log(self.closes[symbol][day]) for symbol in against),
                )
                for day in self.sessions
                if all(day in self.closes[symbol] for symbol in (*of, *against))
            ]
        return self._spreads[name]

    def known(self, name: str, session: date) -> list[float]:
        """The values of a series that a session may know; none where the last observation is stale."""
        one = self.series.get(name)
        if one is None:
            return []
        lag = timedelta(days=one.lag)
        past = one.values[: bisect_right(one.values, session, key=lambda value: value[0] + lag)]
        stale = not past or (session - past[-1][0]).days > one.stale_days
        return [] if stale else [value for _, value in past]

    def trend(self, data: Mapping[str, Any], session: date) -> int | None:
        rising = _crossed(self.known(data["series"], session), data["fast"], data["slow"])
        if rising is None:
            return None
        return rising if data["rising"] == "for" else -rising

    def level(self, data: Mapping[str, Any], session: date) -> int | None:
        """Reading: of a symbol it is the close of this very session; without one it says nothing."""
        if data.get("series") is not None:
            values = self.known(data["series"], session)
        else:
            closes = self.closes.get(data["symbol"], {})
            values = [closes[session]] if session in closes else []
        if not values:
            return None
        under = 1 if data["under"] == "for" else -1
        if values[-1] < data["below"]:
            return under
        return -under if values[-1] > data["above"] else 0


def _day(pair: tuple[date, float]) -> date:
    return pair[0]


def _crossed(values: Sequence[float], fast: int, slow: int) -> int | None:
    """The sign of the fast mean less the slow one; None before `slow` values."""
    if len(values) < slow:
        return None
    difference = fmean(values[-fast:]) - fmean(values[-slow:])
    return (difference > 0) - (difference < 0)


def say(witness: Witness, votes: Mapping[str, VoteData], notes: Sequence[Note], vote_hold: int) -> list[Said]:
    """What the votes say and count after each session.

    Readings: votes are asked on every session that either leg has, and vote_hold counts those; a vote that
    never spoke counts 0; a valid note is heard, of several the one made last is it, and it leaves nothing
    behind.
    """
    voiced = {
        name: [witness.vote(data, session) for session in witness.sessions] for name, data in votes.items()
    }
    out = []
    for i, session in enumerate(witness.sessions):
        own, counted, heard = {}, {}, 0
        for name, said in voiced.items():
            own[name] = said[i]
            spoke = [k for k in range(i + 1) if said[k] is not None][-1:] if said[i] is None else [i]
            last = said[spoke[0]] if spoke else None
            if last is None:
                counted[name] = 0
            elif i - spoke[0] <= vote_hold:
                counted[name] = last
                heard += 1
            else:
                counted[name] = min(last, 0)
        valid = [note for note in notes if note.made <= session <= note.until]
        if valid:
            own["note"] = counted["note"] = max(valid, key=lambda note: note.made).value
            heard += 1
        out.append(Said(own, counted, heard, len(votes) + bool(valid)))
    return out
