"""What a trader is told about the ratio, in plain words, the weightiest first."""

from collections.abc import Iterator, Sequence

from assistant.core.context import Baskets, Facts, crossing, spreads
from assistant.core.fold import Close, FoldSettings
from assistant.core.levels import BAND, BELOW, RANGE, Break
from assistant.core.market import Role, Vote
from assistant.core.ratio import Trend, slope
from assistant.core.regime import Stance

SECTORS = ("XLF", "XLI", "XLY")
LARGEST = "QQQ"  # beside the denominator, what a narrow rally may be led by


def flags(
    legs: tuple[str, str], closes: Sequence[Close], facts: Facts, settings: FoldSettings
) -> tuple[str, ...]:
    """Return what is told after the last of the closes (at least one, with a trend)."""
    last = closes[-1]
    broken = sorted(last.breaks, key=lambda one: (one.line not in (BAND, RANGE), one.side, one.line))
    told = [_broken(one, settings.levels.range) for one in broken]
    told += _rally(legs, closes, facts, settings.levels.rally)
    if last.trend:
        fast, slow = settings.regime.fast, settings.regime.slow
        told += _averages([close.ratio for close in closes[-fast:]], last.trend, (fast, slow))
    told += _sectors(legs[1], last, facts, settings)
    return tuple(told)


def _broken(one: Break, sessions: int) -> str:
    lines = {BAND: "the band", RANGE: f"its {sessions}-session {'low' if one.side == BELOW else 'high'}"}
    line = lines.get(one.line, "its trendline")
    return f"{one.status} break {'below' if one.side == BELOW else 'above'} {line} of {one.since}"


def _rally(legs: tuple[str, str], closes: Sequence[Close], facts: Facts, sessions: int) -> Iterator[str]:
    """Say which of the market rose over so many sessions, and whether the ratio came along."""
    if len(closes) <= sessions:
        return
    ratio = closes[-1].ratio / closes[-1 - sessions].ratio - 1
    rises = {}
    for symbol in (legs[1], LARGEST):
        column = facts.columns.get(symbol, ())
        first, last = (column[-1 - sessions], column[-1]) if len(column) > sessions else (None, None)
        if first and last and last > first:
            rises[symbol] = last / first - 1
    if not rises or ratio == 0 or (ratio > 0 and legs[1] not in rises):
        return
    kind = "narrow" if ratio < 0 else "broad"
    moves = ", ".join(f"{symbol} {100 * rise:+.1f} %" for symbol, rise in rises.items())
    yield f"{kind} rally: {moves}, {'/'.join(legs)} {100 * ratio:+.1f} % in {sessions} sessions"


def _averages(ratios: Sequence[float], trend: Trend, sessions: tuple[int, int]) -> Iterator[str]:
    direction, ratio = slope(ratios).direction, ratios[-1]
    if direction:
        yield "ratio rising" if direction > 0 else "ratio falling"
    for name, count, average in zip(("fast", "slow"), sessions, (trend.fast, trend.slow), strict=True):
        where = "above" if ratio > average else "below"
        yield f"ratio {where} its {name} average ({count} sessions)"


def _sectors(denominator: str, last: Close, facts: Facts, settings: FoldSettings) -> Iterator[str]:
    """Say how many sectors stand on the same side of their own average as the ratio does."""
    if last.trend is None:
        return
    gaps = {symbol: relative(symbol, denominator, facts, settings) for symbol in SECTORS}
    known = {symbol: gap for symbol, gap in gaps.items() if gap is not None}
    if known:
        agree = sum(gap * last.trend.distance > 0 for gap in known.values())
        yield f"{agree} of {len(known)} sectors ({', '.join(known)}) trend with the ratio"


def relative(symbol: str, denominator: str, facts: Facts, settings: FoldSettings) -> float | None:
    """Return how far a symbol's fast average against the denominator is above its slow one (log)."""
    baskets = Baskets(
        of=(symbol,), against=(denominator,), fast=settings.regime.fast, slow=settings.regime.slow
    )
    gaps = crossing(spreads(baskets, facts), baskets.fast, baskets.slow)
    last = None
    for gap in gaps:
        last = gap
    return last


def supported_by(
    role: Role, stance: Stance, votes: Sequence[Vote], relative: float | None
) -> tuple[str, ...]:
    """Return what speaks for a long position in a symbol of this role: stance, votes, its own trend."""
    wanted = {Role.RISK_ON: (Stance.RISK_ON, 1), Role.DEFENSIVE: (Stance.RISK_OFF, -1)}.get(role)
    out = []
    if wanted:
        out += ["stance"] if stance is wanted[0] else []
        out += [vote.name for vote in votes if vote.value == wanted[1]]
    if relative is not None and relative > 0:
        out.append("own trend")
    return tuple(out)
