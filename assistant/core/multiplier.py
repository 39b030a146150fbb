"""Stance -> target share -> held share -> caps in shares of normal risk.

Each session close gives a target; the held share is the smallest of the targets of the last closes.
That one line is "fast down, slow up", and it is a fold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from annotated_types import Ge, Le

from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.market import Bar, Unknown
from assistant.core.ratio import RegimeSettings, Trend, ratio_points
from assistant.core.regime import Stance, turns

Share = Annotated[float, Ge(0), Le(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareSettings:
    """Shares of normal risk."""

    risk_on: Share
    neutral: Share
    risk_off: Share
    unknown: Share  # while history is too short: a known lack
    fail_safe: Annotated[float, Ge(0), Le(0.25)]  # while data that should be there is not
    hold_closes: Annotated[int, Ge(1)]  # the held share is the smallest target of so many closes

    def __post_init__(self) -> None:
        """Refuse shares that would take more risk in a weaker stance, or when something is lost."""
        order = ("fail_safe", "unknown", "risk_off", "neutral", "risk_on")
        shares = [getattr(self, name) for name in order]
        if sorted(shares) != shares:
            was = ", ".join(f"{name} {share:g}" for name, share in zip(order, shares, strict=True))
            raise ValueError(f"was {was}; expected {' <= '.join(order)}")

    def of(self, stance: Stance) -> float:
        """Return the target share of a stance."""
        return {
            Stance.RISK_ON: self.risk_on,
            Stance.NEUTRAL: self.neutral,
            Stance.RISK_OFF: self.risk_off,
            Stance.UNKNOWN: self.unknown,
        }[stance]


@dataclass(frozen=True, slots=True)
class Regime:
    """The ratio regime as it stands after the last finished session."""

    legs: tuple[str, str]  # numerator, denominator
    proxy: bool  # not the first pair of the configuration
    stance: Stance
    since: date | None  # the session at whose close it turned; None: UNKNOWN
    sessions: int  # closes in this stance, the turning one included
    history: int  # common sessions known
    last_session: date | None
    ratio: float | None  # close / close
    average: float | None  # slow mean
    distance: float | None  # fast mean / slow mean - 1
    target_share: float
    held_share: float
    flags: tuple[str, ...]  # plain words
    trail: tuple[float, ...]  # up to 60 last ratios, oldest first


@dataclass(frozen=True, slots=True)
class Folded:
    """A regime beside what it was folded from, so that a cycle without a new close need not fold again."""

    bars: tuple[Sequence[Bar] | Unknown, ...]  # of the legs
    settings: tuple[RegimeSettings, ShareSettings]
    regime: Regime


def regime_now(
    bars: Mapping[str, Sequence[Bar] | Unknown],
    settings: RegimeSettings,
    shares: ShareSettings,
    before: Folded | None = None,
) -> Folded:
    """Return the regime after the last finished session common to both legs.

    `bars` by symbol, ascending; a symbol that the broker does not offer is absent. The first pair of legs
    that is offered in full wins; pairs are never mixed. `before`, from an earlier cycle, saves the work
    where nothing has changed; the regime is the same with and without it.
    """
    full = [pair for pair in settings.legs if all(leg in bars for leg in pair)]
    legs = full[0] if full else settings.legs[0]
    read = tuple(bars.get(leg, ()) for leg in legs)
    told = (settings, shares)
    if before and (before.regime.legs, before.bars, before.settings) == (legs, read, told):
        return before
    return Folded(read, told, _fold(legs, read, settings, shares))


def _fold(
    legs: tuple[str, str],
    read: tuple[Sequence[Bar] | Unknown, ...],
    settings: RegimeSettings,
    shares: ShareSettings,
) -> Regime:
    """Fold all closes of a pair of legs, numerator first."""
    numerator, denominator = (() if isinstance(leg, Unknown) else leg for leg in read)
    points = ratio_points(numerator, denominator, settings)
    last = points[-1] if points else None
    needed = max(settings.min_sessions, settings.slow)
    known = Regime(
        legs=legs,
        proxy=legs != settings.legs[0],
        stance=Stance.UNKNOWN,
        since=None,
        sessions=0,
        history=len(points),
        last_session=last.session if last else None,
        ratio=last.ratio if last else None,
        average=last.trend.slow if last and last.trend else None,
        distance=last.trend.distance if last and last.trend else None,
        target_share=shares.unknown,
        held_share=shares.unknown,
        flags=(f"{len(points)} of {needed} sessions of history",),
        trail=tuple(point.ratio for point in points[-60:]),
    )
    if last is None or last.trend is None or len(points) < needed:
        return known
    folded = turns(points, settings)
    now = folded[-1]
    targets = [shares.of(one.stance) for one in folded[-shares.hold_closes :]]
    return replace(
        known,
        stance=now.stance,
        since=now.since,
        sessions=now.sessions,
        target_share=targets[-1],
        held_share=min(targets),
        flags=_flags(last.ratio, last.trend),
    )


def _flags(ratio: float, trend: Trend) -> tuple[str, ...]:
    """Say in plain words where the ratio stands against its averages."""
    return tuple(
        f"ratio {'above' if ratio > average else 'below'} its {name} average"
        for name, average in (("fast", trend.fast), ("slow", trend.slow))
    )


def regime_cap(regime: Regime) -> Cap:
    """Return the signal cap of a known stance, or the condition cap `unknown`."""
    if regime.stance is Stance.UNKNOWN:
        pair = "/".join(regime.legs)
        return Cap(
            name="unknown",
            value=regime.held_share,
            unit=Unit.SHARE,
            kind=Kind.CONDITION,
            reason=f"{regime.held_share:.2f}x stance of {pair} unknown: {regime.flags[0]}",
        )
    reason = f"{regime.held_share:.2f}x {regime.stance} since {regime.since} ({regime.sessions} sessions)"
    if regime.held_share < regime.target_share:
        reason += f", held down from {regime.target_share:.2f}x"
    return Cap(
        name="regime",
        value=regime.held_share,
        unit=Unit.SHARE,
        kind=Kind.SIGNAL,
        reason=reason,
        applies_to=AppliesTo.RISK_ON,
        since=regime.since,
    )
