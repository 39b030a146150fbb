"""A second formulation of assistant/docs/regime.md: brute force, and written apart from the code under test.

`second()` takes closes as read and returns what holds after each session, one After each, oldest first.
Closes are judged from what was read; each time that a step of a price becomes known, the whole history is
worked out again from its first session, in the prices seen from then on.

    second.py          settings, what comes out, sections 6 to 8
    second_closes.py   section 1: used closes, doubtful ones, splits and steps, the ratio
    second_trend.py    sections 2 and 3: trend, stance, follow-through
    second_breaks.py   section 4: levels and breaks
    second_votes.py    section 5: readings and votes

What the specification leaves open, and how it is read here, stands beside the place as "Reading:".
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import log, sqrt
from typing import Any

import pandas as pd

from tests.core.second_breaks import Break, breaks
from tests.core.second_closes import Bars, Event, hole, judge, missing, ratios, seen
from tests.core.second_trend import TrendSettings, averages, stances
from tests.core.second_votes import Note, Series, VoteData, Witness, say

__all__ = ["After", "Break", "Event", "Note", "Series", "Settings", "from_yaml", "second"]

LOWER = {"RISK_ON": "NEUTRAL", "NEUTRAL": "RISK_OFF"}


@dataclass(frozen=True)
class Settings(TrendSettings):
    """All settings, flat, as config/assistant.yaml names them; context and volatility with their section."""

    legs: tuple[str, str]
    min_sessions: int
    rally: int
    risk_on: float
    neutral: float
    risk_off: float
    unknown: float
    hold_closes: int
    hold_followed: int
    context_neutral: float
    context_span: float
    context_least: float
    context_quorum: int
    context_vote_hold: int
    volatility_target: float
    volatility_span: int
    volatility_least: float

    def share(self, stance: str) -> float:
        """The share of normal risk of a stance."""
        by_stance = {"RISK_ON": self.risk_on, "NEUTRAL": self.neutral, "RISK_OFF": self.risk_off}
        return by_stance.get(stance, self.unknown)


def from_yaml(assistant: Mapping[str, Any]) -> Settings:
    """The settings of a read assistant.yaml, with the first pair of its legs."""
    regime, shares = assistant["regime"], assistant["shares"]
    return Settings(
        legs=tuple(regime["legs"][0]),
        **{key: value for key, value in regime.items() if key not in {"legs", "source"}},
        **assistant["levels"],
        **{key: value for key, value in shares.items() if key != "fail_safe"},
        **{f"context_{key}": value for key, value in assistant["context"].items()},
        **{f"volatility_{key}": value for key, value in assistant["volatility"].items()},
    )


@dataclass(frozen=True)
class After:
    """What holds after a session close. Distance, noise and band are shares of the slow average.

    A session without a used ratio leaves ratio to direction, regime_target, rally and sectors None; stance,
    breaks and what is held stay as they were.
    """

    session: date
    ratio: float | None  # in the prices of this session: steps until now undone
    fast: float | None
    slow: float | None
    distance: float | None
    noise: float | None
    band: float | None
    slope: float | None  # of the log ratio, per session
    slope_se: float | None  # None also where regime.fast is 2
    direction: str | None  # rising, falling
    stance: str  # what is told: UNKNOWN below min_sessions ratios
    folded: str | None  # the stance of section 3 whatever min_sessions says; None before the first trend
    since: date | None  # session of the last turn, else of the first trend
    sessions: int  # ratios in the folded stance, that of `since` included
    turned: bool  # False until the first turn
    followed: bool
    breaks: tuple[Break, ...]  # those that stand, and false ones that are still told; oldest first
    own: dict[str, int | None]  # what each vote says now: 1, 0, -1, or None for nothing
    counted: dict[str, int]  # what it counts as
    heard: int
    number: int  # of votes, a valid note included
    context_target: float
    context_held: float
    regime_target: float | None  # None also before the first trend
    regime_held: float  # shares.unknown before the first trend
    closes: int  # N of section 6
    volatility_target: dict[
        str, float
    ]  # of symbols with a close by now; the last one where this session has none
    volatility_held: dict[str, float]
    break_share: float | None  # the provisional cap `break`; None: there is none
    doubtful_share: (
        float | None
    )  # shares.unknown while a close of a leg or the ratio is doubtful; None: it is not
    rally: str | None  # narrow, broad
    sectors: int | None  # how many of the three confirm; None without a trend
    events: tuple[Event, ...]  # what became known at this close


def second(
    closes: Mapping[str, Mapping[date, float]],
    settings: Settings,
    series: Mapping[str, Series] | None = None,
    votes: Mapping[str, VoteData] | None = None,
    notes: Sequence[Note] = (),
    bars: Bars | None = None,
) -> list[After]:
    """What holds after each session that either leg has, from closes as read (symbol -> session -> close).

    `bars` are open, high and low beside each close; without them closes are judged like imported ones.
    """
    sessions = sorted(set(closes[settings.legs[0]]) | set(closes[settings.legs[1]]))
    judged = judge(closes, sessions, bars)
    lacks = missing(closes, settings.legs, sessions)
    known = sorted({step.known for step in judged.steps})
    rows: list[After] = []
    for start, end in pairwise([date.min, *known, date.max]):  # between two steps prices have one scale
        prefix = [session for session in sessions if session < end]
        history = _History(prefix, {symbol: seen(judged, symbol, prefix) for symbol in closes}, settings)
        contexts = history.contexts(Witness(prefix, history.closes, series or {}), votes or {}, notes)
        for i, session in enumerate(prefix):
            if start <= session:
                doubt = any(session in judged.pending[leg] for leg in settings.legs)
                events = (*judged.events.get(session, ()), *lacks.get(session, ()))
                rows.append(After(**contexts[i], **history.after(session, doubt, events)))
    return rows


class _History:
    """A prefix of the sessions, in the prices seen from its last one."""

    def __init__(self, sessions: list[date], closes: dict[str, dict[date, float]], s: Settings) -> None:
        self.sessions, self.closes, self.s = sessions, closes, s
        self.ratios = ratios(sessions, closes[s.legs[0]], closes[s.legs[1]])
        self.days = [day for day, _ in self.ratios.used]
        values = [ratio for _, ratio in self.ratios.used]
        self.trend = [averages(values[: n + 1], s) for n in range(len(values))]
        self.stances = stances(values, self.trend, s)
        self.breaks = breaks(self.ratios.used, self.trend, s)
        self.targets = [None if now is None else s.share(now.stance) for now in self.stances]
        self.volatility = {name: _volatility(sorted(prices.items()), s) for name, prices in closes.items()}

    def told(self, n: int) -> str:
        """The stance told after ratio n (from 0).

        Reading: `sessions of history` are used ratios; the stance of section 3 goes on underneath from the
        first trend.
        """
        now = self.stances[n] if n >= 0 else None
        looked_at = max(self.s.min_sessions, self.s.slow)
        if now is None or n + 1 < looked_at or hole(self.days[n + 1 - looked_at : n + 1]):
            return "UNKNOWN"
        return now.stance

    def last(self, session: date) -> int:
        """Which ratio is the last one at a session; -1 before the first."""
        return bisect_right(self.days, session) - 1

    def hold(self, session: date) -> int:
        """N of section 6."""
        n = self.last(session)
        now = self.stances[n] if n >= 0 else None
        return self.s.hold_followed if now is not None and now.followed else self.s.hold_closes

    def contexts(
        self, witness: Witness, votes: Mapping[str, VoteData], notes: Sequence[Note]
    ) -> list[dict[str, Any]]:
        """The fields of votes and context after each session.

        Reading: every session that either leg has gives a context target, also one that the ratio passes
        over.
        """
        s, out = self.s, []
        targets: list[float] = []
        held: list[float] = []
        with_quorum: list[float] = []  # those held while enough were heard
        for session, said in zip(self.sessions, say(witness, votes, notes, s.context_vote_hold), strict=True):
            total = sum(said.counted.values()) / said.number if said.number else 0.0
            target = min(max(s.context_neutral + s.context_span * total, s.context_least), 1.0)
            if said.heard < s.context_quorum:
                target = min(target, with_quorum[-1] if with_quorum else s.context_neutral)
            targets.append(target)
            held.append(min(targets[-self.hold(session) :]))
            if said.heard >= s.context_quorum:
                with_quorum.append(held[-1])
            out.append(
                {
                    "own": said.own,
                    "counted": said.counted,
                    "heard": said.heard,
                    "number": said.number,
                    "context_target": targets[-1],
                    "context_held": held[-1],
                }
            )
        return out

    def after(self, session: date, doubt: bool, events: tuple[Event, ...]) -> dict[str, Any]:
        """All other fields after a session."""
        n = self.last(session)
        own = n >= 0 and self.days[n] == session  # has this session a ratio of its own?
        trend = self.trend[n] if own else None
        now = self.stances[n] if n >= 0 else None
        doubt = doubt or session in self.ratios.pending
        names = ("fast", "slow", "distance", "noise", "band", "slope", "slope_se", "direction")
        return {
            "session": session,
            "ratio": self.ratios.used[n][1] if own else None,
            **{name: None if trend is None else getattr(trend, name) for name in names},
            "stance": self.told(n),
            "folded": None if now is None else now.stance,
            "since": None if now is None else self.days[now.turn],
            "sessions": 0 if now is None else n - now.turn + 1,
            "turned": now is not None and now.turned,
            "followed": now is not None and now.followed,
            "breaks": self.breaks[n] if n >= 0 else (),
            **self.shares(session, n),
            "regime_target": self.s.share(self.told(n)) if own and now is not None else None,
            "break_share": self.break_share(n),
            "doubtful_share": self.s.unknown if doubt else None,
            "rally": self.rally(n) if own else None,
            "sectors": self.sectors(session) if trend is not None else None,
            "events": (*events, *self.ratios.events.get(session, ())),
        }

    def shares(self, session: date, n: int) -> dict[str, Any]:
        """What is held of regime and volatility.

        Readings: closes of the regime are used ratios, those of volatility the used closes of the symbol; a
        close without a trend gives no regime target; a volatility that is not there is a target like any
        other.
        """
        hold = self.hold(session)
        regimes = [target for target in self.targets[: n + 1] if target is not None]
        by_symbol = {
            name: targets
            for name, all_targets in self.volatility.items()
            if (targets := [t for _, t in all_targets[: bisect_right(all_targets, (session, 2.0))]])
        }
        return {
            "closes": hold,
            "regime_held": self.s.unknown if self.told(n) == "UNKNOWN" else min(regimes[-hold:]),
            "volatility_target": {name: targets[-1] for name, targets in by_symbol.items()},
            "volatility_held": {name: min(targets[-hold:]) for name, targets in by_symbol.items()},
        }

    def break_share(self, n: int) -> float | None:
        """Section 7. Reading: before the first turn every break that stands counts."""
        lower, now = LOWER.get(self.told(n)), self.stances[n] if n >= 0 else None
        if lower is None or now is None:
            return None
        counts = any(
            one.side == "below"
            and one.line in {"band", "range"}
            and one.status in {"fresh", "confirmed"}
            and (not now.turned or one.since > self.days[now.turn])
            for one in self.breaks[n]
        )
        return self.s.share(lower) if counts else None

    def rally(self, n: int) -> str | None:
        """Section 8. Reading: sessions are used ratios; QQQ counts where it has a used close on both."""
        if n < self.s.rally:
            return None
        before, after = self.ratios.used[n - self.s.rally], self.ratios.used[n]
        rose = {
            name
            for name in (self.s.legs[1], "QQQ")
            if self.closes.get(name, {}).get(after[0], 0.0)
            > self.closes.get(name, {}).get(before[0], float("inf"))
        }
        if after[1] < before[1] and rose:
            return "narrow"
        return "broad" if after[1] > before[1] and self.s.legs[1] in rose else None

    def sectors(self, session: date) -> int:
        """Section 8: sectors on the side of the ratio; one without enough closes does not confirm."""
        trend = self.trend[self.last(session)]
        assert trend is not None
        market, confirm = self.closes[self.s.legs[1]], 0
        for name in ("XLF", "XLI", "XLY"):
            prices = self.closes.get(name, {})
            values = [prices[day] / market[day] for day in sorted(prices) if day in market and day <= session]
            if session in prices and len(values) >= self.s.slow:
                distance = (
                    sum(values[-self.s.fast :]) / self.s.fast - sum(values[-self.s.slow :]) / self.s.slow
                )
                confirm += distance * trend.distance > 0
        return confirm


def _volatility(prices: Sequence[tuple[date, float]], s: Settings) -> list[tuple[date, float]]:
    """The volatility target at each used close of a symbol."""
    squares = [log(after / before) ** 2 for (_, before), (_, after) in pairwise(prices)]
    means = [0.0, *pd.Series(squares, dtype=float).ewm(span=s.volatility_span, adjust=True).mean()]
    out = []
    for moves, ((day, _), mean) in enumerate(zip(prices, means, strict=True) if prices else ()):
        realised = sqrt(252 * mean)
        target = s.volatility_target / realised if realised > 0 else 1.0
        share = min(max(target, s.volatility_least), 1.0)
        out.append((day, share if moves >= s.volatility_span else s.unknown))
    return out
