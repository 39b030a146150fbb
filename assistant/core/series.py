"""Several sessions looked back at, a week or a month: a line for each, and what they come to together.

A review is let go once its line is made, so that a month needs no more memory than a session.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import fsum

from assistant.core.approaches import DRY
from assistant.core.discipline import opened
from assistant.core.durations import joined, mean, pieces
from assistant.core.reviewed import Approach, Discipline, Review
from assistant.core.summary import came, count, lasting, listed, placed

EDGES = (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)  # R; of the bins


@dataclass(frozen=True, slots=True)
class CapTime:
    """How long a cap bound the share."""

    cap: str
    seconds: float  # of sessions
    sessions: int  # in which it bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One session of a series; money in account currency."""

    session: date
    recorded: bool  # something is on record of it
    finished: bool
    summary: str
    stance: str | None  # as it ended; None: none is on record
    share: float | None  # mean over the time that was watched; None: none is on record
    bound: tuple[CapTime, ...]  # of the share, the longest first; each of one session
    watched: float  # seconds
    seconds: float  # of the session
    trades: int  # that were opened in it
    result: float  # of the deals of its span, all costs included
    result_r: float | None  # of the trades that were closed; None: R is known of none
    moved: float | None
    discipline: Discipline
    nearest: Approach | None  # to a floor
    broken: tuple[str, ...]  # rules, a sentence each
    missing: tuple[str, ...]  # a sentence each


@dataclass(frozen=True, slots=True)
class Bin:
    """How many results lay from `low` to below `high`."""

    low: float | None  # R; None: no end
    high: float | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The sessions of a week or a month of one login; money in account currency."""

    login: int
    currency: str
    mode: str
    sessions: tuple[Brief, ...]  # in their order, those without a record as well
    summary: str  # in one sentence
    bound: tuple[CapTime, ...]  # of the share, the longest first
    share: float | None  # mean over the time that was watched
    watched: float  # seconds
    seconds: float  # of all sessions
    trades: int
    result: float
    result_r: float | None  # None: R is known of no closed trade
    discipline: Discipline
    distribution: tuple[Bin, ...]  # of results in R
    broken: tuple[tuple[date, str], ...]  # session, sentence
    missing: tuple[tuple[date, str], ...]  # likewise


def series(reviews: Iterable[Review]) -> Series:
    """Return what the reviews of one login (at least one; one a session) come to, whatever their order.

    One without a record takes its place, and adds nothing to the sums.
    """
    sessions: dict[date, Brief] = {}
    login, currency, mode, of = 0, "", "", (False, date.min)
    for one in reviews:
        sessions[one.session] = brief(one)
        if (one.until is not None, one.session) > of:  # the last one on record, else the last one
            of = (one.until is not None, one.session)
            login, currency, mode = one.login, one.currency, one.mode
    lines = tuple(line for _, line in sorted(sessions.items()))
    found = together([one.discipline for one in lines])
    return Series(
        login=login,
        currency=currency,
        mode=mode,
        sessions=lines,
        summary=_summary(lines, found, currency),
        bound=_bound(lines),
        share=_share(lines),
        watched=fsum(one.watched for one in lines),
        seconds=fsum(one.seconds for one in lines),
        trades=sum(one.trades for one in lines),
        result=fsum(one.result for one in lines),
        result_r=found.total_r,
        discipline=found,
        distribution=distribution(found.results_r),
        broken=tuple((one.session, sentence) for one in lines for sentence in one.broken),
        missing=tuple((one.session, sentence) for one in lines for sentence in one.missing),
    )


def brief(review: Review) -> Brief:
    """Return the line of a session."""
    spans = joined(span for one in review.bound for span in one.spans)
    return Brief(
        session=review.session,
        recorded=review.until is not None,
        finished=review.finished,
        summary=review.summary,
        stance=review.stances[-1][1] if review.stances else None,
        share=mean((span, share.value) for span, share in pieces(review.shares, spans)),
        bound=tuple(CapTime(one.cap, one.seconds, 1) for one in review.bound),
        watched=review.quality.watched,
        seconds=review.quality.session,
        trades=len(opened(review.trades, review.span.begin)),
        result=review.result,
        result_r=review.discipline.total_r,
        moved=review.moved,
        discipline=review.discipline,
        nearest=review.approaches[0] if review.approaches else None,
        broken=review.broken,
        missing=review.missing,
    )


def distribution(results: Iterable[float]) -> tuple[Bin, ...]:
    """Return how many results (R) lie in each bin, from the lowest to the highest."""
    ends = [None, *EDGES, None]
    values = list(results)
    return tuple(
        Bin(low, high, sum((low is None or low <= one) and (high is None or one < high) for one in values))
        for low, high in pairwise(ends)
    )


def together(parts: Sequence[Discipline]) -> Discipline:
    """Return the discipline over several sessions."""
    results = tuple(one for part in parts for one in part.results_r)
    costs = [part.over_cost_r for part in parts if part.over_cost_r is not None]
    sizes = [(part.mean_over, part.orders - part.within - part.against_zero) for part in parts]
    over = [(size, many) for size, many in sizes if size is not None]
    number = sum(many for _, many in over)
    return Discipline(
        orders=sum(part.orders for part in parts),
        within=sum(part.within for part in parts),
        unknown=sum(part.unknown for part in parts),
        checked=sum(part.checked for part in parts),
        asked=sum(part.asked for part in parts),
        mean_over=fsum(size * many for size, many in over) / number if number else None,
        against_zero=sum(part.against_zero for part in parts),
        results_r=results,
        total_r=fsum(results) if results else None,
        over_cost_r=fsum(costs) if costs else None,
        widened=sum(part.widened for part in parts),
        removed=sum(part.removed for part in parts),
        without_stop=sum(part.without_stop for part in parts),
    )


def _bound(lines: Iterable[Brief]) -> tuple[CapTime, ...]:
    """Return how long each cap bound in all and in how many sessions, the longest first."""
    found: dict[str, list[float]] = {}
    for line in lines:
        for one in line.bound:
            found.setdefault(one.cap, []).append(one.seconds)
    told = (CapTime(cap, fsum(times), len(times)) for cap, times in found.items())
    return tuple(sorted(told, key=lambda one: (-one.seconds, one.cap)))


def _share(lines: Iterable[Brief]) -> float | None:
    """Return the mean share over the time in which one was advised."""
    told = [(line.share, fsum(one.seconds for one in line.bound)) for line in lines]
    held = [(share, time) for share, time in told if share is not None]
    whole = fsum(time for _, time in held)
    return fsum(share * time for share, time in held) / whole if whole else None


def _summary(lines: Sequence[Brief], found: Discipline, currency: str) -> str:
    """Return the sessions in one sentence."""
    recorded = [one for one in lines if one.recorded]
    sessions = count(len(lines), "session")
    if not recorded:
        return f"Nothing is on record of {'this session' if len(lines) == 1 else f'these {sessions}'}."
    words = sessions if len(recorded) == len(lines) else f"{len(recorded)} of {sessions} on record"
    share, bound = _share(lines), _bound(lines)
    if share is not None:
        times = f"{lasting(bound[0].seconds)} in {count(bound[0].sessions, 'session')}"
        words += f": {share:.2f}x of normal risk on average, bound longest by {bound[0].cap} ({times})"
    result = fsum(one.result for one in lines)
    trades = sum(one.trades for one in lines)
    parts = [words, placed(trades, found), came(result, currency, found, len(found.results_r))]
    real = [f"{one.session}" for one in lines if any(DRY not in sentence for sentence in one.broken)]
    dry = [f"{one.session}" for one in lines if any(DRY in sentence for sentence in one.broken)]
    bad = [
        f"were broken on {listed(real)}" if real else "",
        f"would have been {'' if real else 'broken '}on {listed(dry)} {DRY}" if dry else "",
    ]
    unbroken = f"no rule was broken on {count(len(recorded), 'session')} on record"
    parts.append(f"rules {listed([one for one in bad if one])}" if real or dry else unbroken)
    return f"{'; '.join(parts)}."
