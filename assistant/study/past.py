"""A user's own history, folded once by the code that runs live: every share at every close."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.core.advice import Settings
from assistant.core.closes import Column
from assistant.core.fold import Close, FoldSettings, fold, said
from assistant.core.history import Given, History, history
from assistant.core.levels import holding
from assistant.core.market import Bar, Series, Unknown
from assistant.core.shares import held, volatilities, volatility_targets


@dataclass(frozen=True, slots=True)
class Past:
    """All closes of a pair of legs, folded."""

    history: History
    closes: tuple[Close, ...]  # one a session with a ratio
    votes: Mapping[str, Sequence[int | None]]  # what each said, one value a close
    first: int  # place of the first close at which the stance is known

    @property
    def sessions(self) -> Sequence[date]:
        """The sessions with a ratio, ascending."""
        return self.history.facts.sessions


def backtested(settings: FoldSettings) -> FoldSettings:
    """Return the settings without the votes whose inputs were not known then as they are known now.

    The quorum is at most a majority of the votes that are left: they could not make that of all of them.
    """
    votes = {name: vote for name, vote in settings.votes.items() if vote.backtest}
    quorum = min(settings.context.quorum, len(votes) // 2 + 1)
    return replace(settings, votes=votes, context=replace(settings.context, quorum=quorum))


def fold_past(
    bars: Mapping[str, Sequence[Bar]], series: Mapping[str, Series | Unknown], settings: FoldSettings
) -> Past:
    """Fold all closes of the first pair of legs that is there in full, with the votes of the settings."""
    pairs = settings.regime.legs
    legs = next((pair for pair in pairs if all(leg in bars for leg in pair)), pairs[0])
    known = history(legs, Given(bars, series=series))
    votes, _ = said(known.facts, settings.votes)
    ratios = [ratio for _, ratio in known.ratios]
    closes = tuple(fold(known.facts.sessions, ratios, list(votes.values()), (), settings))
    needed = max(settings.regime.min_sessions, settings.regime.slow)
    return Past(known, closes, votes, needed - 1)


def break_shares(past: Past, settings: FoldSettings) -> list[float]:
    """Return the share that the cap `break` left at each close; 1 without one."""
    out = []
    for close in past.closes:
        lower = settings.shares.below(close.turn.stance) if close.turn else None
        standing = holding(close.breaks, close.turn.since) if close.turn else None
        out.append(1.0 if lower is None or standing is None else lower)
    return out


def volatility_shares(past: Past, symbol: str, settings: Settings) -> tuple[list[float], list[float]]:
    """Return target and held share of a symbol's own volatility at each close."""
    realised = _on_sessions(present(past, symbol), settings.volatility.span)
    targets = list(volatility_targets(realised, settings.volatility, settings.fold.shares.unknown))
    return targets, list(held(targets, [close.hold for close in past.closes]))


def _on_sessions(column: Column, span: int) -> list[float | None]:
    """Return the volatility at each session, as it was last known where the symbol has no used close."""
    known = iter(list(volatilities((close for close in column if close is not None), span)))
    out: list[float | None] = []
    last: float | None = None
    for close in column:
        if close is not None:
            last = next(known)
        out.append(last)
    return out


def present(past: Past, symbol: str) -> Column:
    """Return the closes of a symbol as sizing takes them: as they were read, with splits alone undone."""
    facts = past.history.facts
    column = facts.read[symbol]
    for odd in past.history.oddities:
        if odd.symbol == symbol and odd.kind == "split":
            rows = zip(facts.sessions, column, strict=True)
            column = [
                close if close is None or session >= odd.session else close * odd.factor
                for session, close in rows
            ]
    return column


def returns(past: Past, symbol: str) -> list[float | None]:
    """Return each session's simple return on the close used before it; None where either is missing.

    Splits are undone, and bad prints left out. A fall that stays is a loss: closes alone do not tell a
    spin-off from it (see `kept_in`).
    """
    odd = [one for one in past.history.oddities if one.symbol == symbol]
    unused = {one.session for one in odd if one.kind in ("bad print", "doubtful")}
    out: list[float | None] = []
    last: float | None = None
    for session, read in zip(past.sessions, present(past, symbol), strict=True):
        close = None if session in unused else read
        out.append(None if close is None or last is None else close / last - 1)
        last = last if close is None else close
    return out


def kept_in(past: Past, symbol: str) -> Iterator[str]:
    """Name the steps of a symbol that its returns hold though they may have been spin-offs."""
    for one in past.history.oddities:
        if one.symbol == symbol and one.kind == "step":
            change = f"{100 * (one.factor - 1):+.1f} % against the others"
            yield f"{symbol}: its returns hold {change} on {one.session}, which may be a spin-off and no loss"
