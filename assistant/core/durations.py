"""Time: spans put together and taken apart, what a timeline tells of them, and how long each cap bound."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from math import fsum
from operator import attrgetter, itemgetter
from typing import TypeVar

from assistant.core.logbook import Logbook, Span, Timeline
from assistant.core.reviewed import Bound

_Fact = TypeVar("_Fact")


def seconds(spans: Iterable[Span]) -> float:
    """Return how long spans last in all."""
    return fsum((one.end - one.begin).total_seconds() for one in spans)


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the time that is in any of the spans, in order; those that overlap or touch are one."""
    out: list[Span] = []
    for one in sorted(spans, key=attrgetter("begin")):
        if out and one.begin <= out[-1].end:
            out[-1] = Span(out[-1].begin, max(out[-1].end, one.end))
        elif one.begin < one.end:
            out.append(one)
    return tuple(out)


def common(some: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """Return the time that is in both (each in order, without overlaps)."""
    out: list[Span] = []
    here = there = 0
    while here < len(some) and there < len(others):
        one, other = some[here], others[there]
        begin, end = max(one.begin, other.begin), min(one.end, other.end)
        if begin < end:
            out.append(Span(begin, end))
        if one.end <= other.end:
            here += 1
        else:
            there += 1
    return tuple(out)


def without(spans: Sequence[Span], taken: Sequence[Span]) -> tuple[Span, ...]:
    """Return the time that is in the first and not in the second (each in order, without overlaps)."""
    if not spans:
        return ()
    edges = [spans[0].begin, *chain.from_iterable((one.begin, one.end) for one in taken), spans[-1].end]
    between = zip(edges[::2], edges[1::2], strict=True)
    return common(spans, [Span(begin, end) for begin, end in between if begin < end])


def within(line: Timeline[_Fact], span: Span, *, to_end: bool = False) -> Timeline[_Fact]:
    """Return what a timeline tells of a span; what held at its beginning is of that instant then.

    Its end is no part of it, but with `to_end`.
    """
    before = [fact for at, fact in line if at <= span.begin][-1:]
    first = tuple((span.begin, fact) for fact in before)
    inside = ((at, fact) for at, fact in line if span.begin < at < span.end or (to_end and at == span.end))
    return (*first, *inside)


def known(line: Timeline[_Fact], book: Logbook) -> Timeline[_Fact | None]:
    """Return a timeline of a logbook in which nothing is known while no assistant ran.

    What one run told is not carried into the next, which tells all of it anew.
    """
    runs, since = joined(run.span for run in book.runs), book.span.begin
    stops = [run.span.begin for run in book.runs if run.span.begin > since]
    stops += [one.end + timedelta.resolution for one in runs]  # what was told last was told yet
    before: list[tuple[datetime, _Fact | None]] = [(at, None) for at in stops]
    ran = any(one.begin <= since < one.end for one in runs)
    after: list[tuple[datetime, _Fact | None]] = [] if ran else [(since, None)]
    return tuple(sorted([*before, *line, *after], key=itemgetter(0)))  # stable: a run tells after it begins


def told(line: Timeline[_Fact | None]) -> Timeline[_Fact]:
    """Return a timeline without the instants from which on nothing is known."""
    return tuple((at, fact) for at, fact in line if fact is not None)


def pieces(line: Timeline[_Fact], spans: Sequence[Span]) -> Iterator[tuple[Span, _Fact]]:
    """Yield each part of the spans (in order, without overlaps) with what held in it; the last goes on."""
    place = 0
    ends: list[datetime | None] = [at for at, _ in line[1:]]
    for (begin, fact), after in zip(line, [*ends, None], strict=False):
        while place < len(spans) and spans[place].end <= begin:
            place += 1
        here = place
        while here < len(spans) and (after is None or spans[here].begin < after):
            first = max(begin, spans[here].begin)
            last = spans[here].end if after is None else min(after, spans[here].end)
            if first < last:
                yield Span(first, last), fact
            here += 1


def bounds(held: Iterable[tuple[Span, str, str, float]]) -> tuple[Bound, ...]:
    """Return how long each cap bound in each scope, the longest first; of equals that which bound first.

    `held` is each piece of time, in order, with the cap, its scope and what it left.
    """
    found: dict[tuple[str, str], tuple[list[Span], list[float]]] = {}
    for span, cap, scope, value in held:
        spans, values = found.setdefault((cap, scope), ([], []))
        if spans and spans[-1].end == span.begin:
            spans[-1] = Span(spans[-1].begin, span.end)
        else:
            spans.append(span)
        values.append(value)
    told = (
        Bound(cap, scope, seconds(spans), tuple(spans), min(values), max(values))
        for (cap, scope), (spans, values) in found.items()
    )
    return tuple(sorted(told, key=lambda one: (-one.seconds, one.spans[0].begin)))


def mean(held: Iterable[tuple[Span, float]]) -> float | None:
    """Return the mean of a value over the time it held; None: there is no time."""
    weighted = [((span.end - span.begin).total_seconds(), value) for span, value in held]
    whole = fsum(length for length, _ in weighted)
    return fsum(length * value for length, value in weighted) / whole if whole else None
