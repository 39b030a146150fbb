"""What the shares have been worth on a user's own history, at equal average exposure, each rung by itself.

A share known at a close sizes the return of the session after it. "At equal average exposure": the sized
returns are divided by their own mean share, so that a method cannot look safer merely by being smaller.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.core.advice import Settings
from assistant.core.context import Facts, Reading, VoteSettings
from assistant.core.market import Series
from assistant.core.regime import Stance
from assistant.study.past import Past, break_shares, kept_in, returns, volatility_shares
from assistant.study.statistics import (
    YEAR,
    Against,
    Array,
    Interval,
    Sized,
    Worth,
    against_constant,
    turnover,
)

ASSETS = ("IWM", "SPY", "XLF")
ROWS: Mapping[str, tuple[str, ...]] = {  # a row takes the smallest of its shares
    "constant size": (),
    "regime": ("regime",),
    "break": ("break",),
    "context": ("context",),
    "volatility": ("volatility",),
    "regime + context": ("regime", "context"),
    "context + volatility": ("context", "volatility"),
    "all but break": ("regime", "context", "volatility"),
    "all": ("regime", "break", "context", "volatility"),
    "volatility target": ("target",),
    "inverse variance": ("variance",),
}
ALL, CONSTANT, TARGET, VARIANCE = "all", "constant size", "volatility target", "inverse variance"
WITHOUT_RATIO = "context + volatility"
Document = dict[str, Any]
Places = NDArray[np.intp]
BAR = {"worst 1 %": -0.28, "worst 5 %": -0.15, "target": 1.05, "turns": 8.0}  # what `all` is held to
TINY = 1e-9  # a month's sum of squared returns; no market was so still
MONTH = 22  # sessions of realised variance
MOST = 1.5  # share; no more is held where variance was low
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Daily:
    """One value a session, for pictures and for figures."""

    sessions: Sequence[date]
    shares: Mapping[str, Mapping[str, Array]]  # by asset, by name of the share
    returns: Mapping[str, Array]  # by asset; nan where there is none
    first: int  # place of the first session whose close is judged


def daily(past: Past, settings: Settings, assets: Sequence[str], first: int) -> Daily:
    """Return every share and return by session; `first` is the place of the first close to be judged."""
    broken = np.array(break_shares(past, settings.fold))
    by_asset, moved = {}, {}
    for asset in assets:
        targets, held = volatility_shares(past, asset, settings)
        moved[asset] = np.array([np.nan if one is None else one for one in returns(past, asset)])
        by_asset[asset] = {
            "regime": np.array([close.held for close in past.closes]),
            "break": broken,
            "context": np.array([close.context.held for close in past.closes]),
            "volatility": np.array(held),
            "target": np.array(targets),
            "variance": variance_shares(moved[asset], first),
        }
    return Daily(past.sessions, by_asset, moved, first)


def variance_shares(moved: Array, first: int) -> Array:
    """Return c / realised variance of the last month at each close, at most 1.5; 1 before there is a month.

    Moreira and Muir, Volatility-Managed Portfolios, Journal of Finance 72 (2017), here by session and not by
    month. `c` makes the mean 1 from `first` on before the cap: nobody knew it then.
    """
    squares: deque[float] = deque(maxlen=MONTH)
    inverse = np.full(moved.size, np.nan)
    for place, move in enumerate(moved):
        if not np.isnan(move):
            squares.append(float(move) ** 2)
        if len(squares) == MONTH:
            inverse[place] = MONTH / max(sum(squares), TINY)
    known = inverse[first:][~np.isnan(inverse[first:])]
    whole: Array = np.minimum(inverse / known.mean(), MOST) if known.size else inverse
    return np.nan_to_num(whole, nan=1.0)


def row_shares(shares: Mapping[str, Array], row: str) -> Array:
    """Return the share of a row at each close: the smallest of those it is made of, 1 without any."""
    parts = [shares[name] for name in ROWS[row]]
    whole: Array = np.minimum.reduce(parts) if parts else np.ones(len(shares["regime"]))
    return whole


def judged(days: Daily, asset: str, first: int, last: int) -> Places:
    """Return the places of the closes whose next return is there, from `first` to before `last`."""
    places: Places = np.arange(first, last)
    return places[~np.isnan(days.returns[asset][places + 1])]


def evidence(
    past: Past,
    settings: Settings,
    assets: Sequence[str] = ASSETS,
    since: date | None = None,
    draws: int = 2000,
    progress: Progress | None = None,
) -> tuple[Document, Daily]:
    """Return the evidence as a document of schema evidence/1, and what it was made of, session by session.

    Judged are the closes at which the stance is known, from `since` on. ValueError where there are none.
    """
    first = max([past.first, *([_place(past.sessions, since)] if since else [])])
    last = len(past.sessions) - 1
    if last - first < YEAR:
        raise ValueError(f"{max(0, last - first)} sessions with a known stance; {YEAR} needed")
    days = daily(past, settings, assets, first)
    tables, figures = {}, {}
    for number, asset in enumerate(assets):
        places = judged(days, asset, first, last)
        rows = np.array([row_shares(days.shares[asset], name)[places] for name in ROWS])
        sized = Sized(days.returns[asset][places + 1], rows)
        worth = dict(zip(ROWS, sized.worth(), strict=True))
        told = _progress(progress, number, len(assets))
        versus = dict(zip(ROWS, against_constant(sized, draws, told), strict=True))
        means = dict(zip(ROWS, rows, strict=True))
        tables[asset] = [_row(name, worth[name], versus[name], means[name]) for name in ROWS]
        figures[asset] = (worth, versus)
    turns = _turns(past, first, last)
    document = {
        "schema": "evidence/1",
        "first": days.sessions[first].isoformat(),
        "last": days.sessions[last].isoformat(),
        "sessions": last - first,
        "legs": list(past.history.legs),
        "votes": list(past.votes),
        "silent": list(_silent(past, settings.fold.votes, first, last)),
        "turns_a_year": turns,
        "bootstrap": {"draws": draws, "block_sessions": 21},
        "left_out": [
            *map(str, past.history.oddities),
            *chain.from_iterable(kept_in(past, asset) for asset in assets),
        ],
        "assets": [{"symbol": asset, "rows": tables[asset]} for asset in assets],
        "stances": list(_by_stance(past, days, assets, first, last)),
        "votes_by_value": list(_by_vote(past, days, assets, first, last)),
        "checks": list(_checks(figures, turns)),
        "marks": _marks(figures),
        "lead": _lead(figures),
        "says": list(_says(figures)),
    }
    return document, days


def _place(sessions: Sequence[date], since: date) -> int:
    return next((place for place, session in enumerate(sessions) if session >= since), len(sessions))


def _progress(progress: Progress | None, number: int, many: int) -> Progress | None:
    if progress is None:
        return None
    return lambda done, total: progress(number * total + done, many * total)


def _silent(past: Past, votes: Mapping[str, VoteSettings], first: int, last: int) -> Iterator[str]:
    """Say which votes said nothing on part of the history: the shares are then not those of all votes."""
    for name, values in past.votes.items():
        mute = sum(value is None for value in values[first:last])
        if mute:
            lacking = _lacking(votes[name], past.history.facts)
            where = "throughout" if mute == last - first else f"on {mute} of {last - first} sessions"
            yield f"the vote {name} was silent {where}" + (f": it lacks {lacking}" if lacking else "")


def _lacking(vote: VoteSettings, facts: Facts) -> str:
    """Name the files that a vote lacks: of one of its readings, or of all where they must agree."""
    lacking = [" and ".join(f"{name}.csv" for name in _not_there(one, facts)) for one in vote.readings]
    return (", or " if vote.take == "first" else " and ").join(one for one in lacking if one)


def _not_there(reading: Reading, facts: Facts) -> Iterator[str]:
    """Yield the symbols and the series that a reading looks at and that there are none of."""
    level, trend, baskets = reading.level, reading.trend, reading.baskets
    symbols = [*baskets.of, *baskets.against] if baskets else [level and level.symbol]
    series = [trend and trend.series, level and level.series]
    yield from (one for one in symbols if one and one not in facts.columns and one not in facts.read)
    yield from (one for one in series if one and not isinstance(facts.series.get(one), Series))


def _row(name: str, worth: Worth, versus: Against, shares: Array) -> Document:
    return {
        "name": name,
        "shares": list(ROWS[name]),
        "mean_share": float(shares.mean()),
        **worth._asdict(),
        "turnover_a_year": turnover(shares) / float(shares.mean()),
        "against_constant": {key: one._asdict() for key, one in versus._asdict().items()},
    }


def _turns(past: Past, first: int, last: int) -> float:
    turned = sum(1 for close in past.closes[first : last + 1] if close.turn and close.turn.sessions == 1)
    return turned / (last + 1 - first) * YEAR


def _group(days: Daily, assets: Sequence[str], wanted: Places, sessions: int) -> Iterator[Document]:
    """Yield for each asset what the session after each of the wanted closes brought at constant size."""
    for asset in assets:
        after = days.returns[asset][wanted + 1]
        after = np.sort(after[~np.isnan(after)])
        if after.size > 1:
            worst = after[: max(1, round(after.size * 0.05))]
            yield {
                "symbol": asset,
                "sessions": int(after.size),
                "share_of_time": after.size / sessions,
                "mean_a_year": float(after.mean() * YEAR),
                "volatility": float(after.std(ddof=1) * YEAR**0.5),
                "worst_5": float(worst.mean()),
            }


def _by_stance(past: Past, days: Daily, assets: Sequence[str], first: int, last: int) -> Iterator[Document]:
    for stance in (Stance.RISK_ON, Stance.NEUTRAL, Stance.RISK_OFF):
        chosen = [
            place
            for place in range(first, last)
            if (turn := past.closes[place].turn) is not None and turn.stance is stance
        ]
        yield {
            "stance": stance.value,
            "assets": list(_group(days, assets, np.array(chosen, dtype=int), last - first)),
        }


def _by_vote(past: Past, days: Daily, assets: Sequence[str], first: int, last: int) -> Iterator[Document]:
    for name, values in past.votes.items():
        for value in (1, 0, -1):
            chosen = np.array([place for place in range(first, last) if values[place] == value], dtype=int)
            yield {
                "vote": name,
                "value": value,
                "assets": list(_group(days, assets, chosen, last - first)),
            }


Figures = Mapping[str, tuple[Mapping[str, Worth], Mapping[str, Against]]]


def _checks(figures: Figures, turns: float) -> Iterator[Document]:
    """Yield what the shares together are held to, and whether they keep it."""
    for asset, (worth, versus) in figures.items():
        mine, constant, target = worth[ALL], worth[CONSTANT], worth[TARGET]
        tail, wide = versus[ALL].worst_1.value, versus[ALL].worst_5.value
        ratio = mine.worst_1 / target.worst_1 if target.worst_1 else 1.0
        yield _check(
            asset,
            "worst 1 % of sessions against constant size",
            "-28 % or less",
            tail,
            tail <= BAR["worst 1 %"],
        )
        yield _check(
            asset,
            "worst 5 % of sessions against constant size",
            "-15 % or less",
            wide,
            wide <= BAR["worst 5 %"],
        )
        over = mine.sharpe - constant.sharpe
        yield _check(asset, "Sharpe above constant size", "over 0", over, over > 0)
        over = mine.sharpe - target.sharpe
        yield _check(asset, "Sharpe above volatility target", "over 0", over, over > 0)
        fell = mine.drawdown - constant.drawdown
        yield _check(asset, "largest drawdown against constant size", "under 0 %", fell, fell < 0)
        yield _check(
            asset, "worst 1 % against volatility target", "1.05 or less", ratio, ratio <= BAR["target"]
        )
    yield _check("", "turns of the stance a year", "8 or less", turns, turns <= BAR["turns"])


def _check(asset: str, name: str, wanted: str, was: float, met: bool) -> Document:
    return {"symbol": asset, "name": name, "wanted": wanted, "was": was, "met": bool(met)}


def measured(check: Document) -> str:
    """Write what a check found, in the unit of what was wanted."""
    was: float = check["was"]
    return f"{100 * was:+.1f} %" if check["wanted"].partition(" or ")[0].endswith("%") else f"{was:.3f}"


def _marks(figures: Figures) -> str:
    """Say what the marks do not tell: that they are single figures, and how near the baselines are."""
    overlaps = {
        word: [asset for asset, (_, versus) in figures.items() if _overlap(versus[ALL], versus[TARGET], key)]
        for key, word in (("sharpe", "Sharpe"), ("worst_1", "the worst 1 %"))
    }
    told = "; ".join(f"{word} of {', '.join(of) or 'none'}" for word, of in overlaps.items())
    beyond = ", ".join(
        f"{asset} {worth[VARIANCE].sharpe:.2f} and {versus[VARIANCE].worst_1.value * 100:+.0f} %"
        for asset, (worth, versus) in figures.items()
    )
    return (
        f"Marks are single figures. The 95 % intervals of all shares and of {TARGET} overlap in {told}: "
        f"there a mark met or missed against it may be chance. No mark is set against {VARIANCE} (after "
        f"Moreira and Muir 2017); its Sharpe and worst 1 % against constant size: {beyond}."
    )


def _overlap(one: Against, other: Against, key: str) -> bool:
    mine, theirs = getattr(one, key), getattr(other, key)
    return bool(mine.low <= theirs.high and theirs.low <= mine.high)


def _lead(figures: Figures) -> str:
    """Say in one sentence what all shares together did to the tail, and whether the ratio alone did it."""
    tails = {asset: versus[ALL].worst_1.value for asset, (_, versus) in figures.items()}
    moved = ", ".join(f"of {asset} by {100 * tail:+.0f} %" for asset, tail in tails.items())
    alone = {asset: versus["regime"].worst_1 for asset, (_, versus) in figures.items()}
    sure = [asset for asset, one in alone.items() if not one.open]
    ratio = "the ratio alone made no sure difference"
    if sure:
        ratio = "the ratio alone moved " + ", ".join(
            f"that of {asset} by {100 * alone[asset].value:+.0f} %" for asset in sure
        )
    return f"Sizing by all shares together moved the worst 1 % of sessions {moved}; {ratio}."


def _says(figures: Figures) -> Iterator[str]:
    """Say in plain words what helped and what did not."""
    for row in ("regime", "break", "context", "volatility", WITHOUT_RATIO, ALL):
        tails = {asset: versus[row].worst_1 for asset, (_, versus) in figures.items()}
        sharpes = {asset: versus[row].sharpe for asset, (_, versus) in figures.items()}
        name = {"regime": "regime (the ratio) alone", WITHOUT_RATIO: row, ALL: "all shares together"}.get(
            row, f"{row} alone"
        )
        yield f"{name}: {_verdict(tails, 'the worst 1 % of sessions')}; {_verdict(sharpes, 'Sharpe')}"
    added = {
        asset: worth[ALL].worst_1 / worth[WITHOUT_RATIO].worst_1 - 1 for asset, (worth, _) in figures.items()
    }
    most = ", ".join(f"{asset} {100 * one:+.0f} %" for asset, one in added.items())
    yield f"what the ratio adds to the tail once votes and volatility are in: {most} (less is better)"


def _verdict(intervals: Mapping[str, Interval], what: str) -> str:
    """Say whether a figure moved, by asset, and where chance may as well have done it."""
    percent = what != "Sharpe"
    shown = ", ".join(
        f"{asset} {100 * one.value:+.0f} % ({100 * one.low:+.0f} to {100 * one.high:+.0f})"
        if percent
        else f"{asset} {one.value:+.2f} ({one.low:+.2f} to {one.high:+.2f})"
        for asset, one in intervals.items()
    )
    unsure = [asset for asset, one in intervals.items() if one.open]
    word = "no sure difference" if len(unsure) == len(intervals) else "a difference"
    if unsure and len(unsure) < len(intervals):
        word = f"a difference, not sure for {', '.join(unsure)}"
    return f"{word} in {what}: {shown}"
