"""Stance -> target share -> held share -> caps in shares of normal risk.

Each session close gives a target; the held share is the smallest of the targets of the last closes.
That one line is "fast down, slow up", and it is a fold.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated

from annotated_types import Ge, Le

from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.market import Bar, Imported, Lent, LentShare, Unknown
from assistant.core.ratio import (
    OWN,
    Ratios,
    RegimeSettings,
    Spliced,
    Trend,
    corrections,
    ratio_points,
    session_ratios,
    splice,
)
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
    source: str = OWN  # where the closes come from, in plain words
    lender: int | None = None  # login of the assistant that lends it; None: folded here


@dataclass(frozen=True, slots=True)
class Closes:
    """All that a regime is folded from."""

    legs: tuple[str, str]  # numerator, denominator
    bars: tuple[Sequence[Bar] | Unknown, ...]  # of the legs
    imported: tuple[Imported | Unknown | None, ...]  # likewise
    settings: tuple[RegimeSettings, ShareSettings]


@dataclass(frozen=True, slots=True)
class Folded:
    """A regime beside what it was folded from, so that a cycle without a new close need not fold again."""

    closes: Closes
    regime: Regime
    unused: tuple[str, ...]  # why imported history plays no part, one sentence at most
    seen: Mapping[str, Sequence[Bar]]  # the bars of each leg as they could last be read
    closed: date | None  # the last session whose close was read
    news: tuple[str, ...]  # what has changed under the regime since that close, one sentence each

    @property
    def problems(self) -> tuple[str, ...]:
        """What a user should know about the closes."""
        return self.unused + self.news


def regime_now(
    bars: Mapping[str, Sequence[Bar] | Unknown],
    settings: RegimeSettings,
    shares: ShareSettings,
    before: Folded | None = None,
    imported: Mapping[str, Imported | Unknown] | None = None,
) -> Folded:
    """Return the regime after the last finished session common to both legs.

    `bars` by symbol, ascending; a symbol that the broker does not offer is absent. The first pair of legs
    that is offered in full wins; pairs are never mixed. `imported` closes go before the broker's first where
    the two agree. `before`, from an earlier cycle, saves the work where nothing has changed, and lets a
    changed pair or a corrected close be told; the regime is the same with and without it.
    """
    full = [pair for pair in settings.legs if all(leg in bars for leg in pair)]
    legs = full[0] if full else settings.legs[0]
    closes = Closes(
        legs,
        tuple(bars.get(leg, ()) for leg in legs),
        tuple((imported or {}).get(leg) for leg in legs),
        (settings, shares),
    )
    if before and before.closes == closes:
        return before
    ratios, source, unused = _history(closes)
    regime = replace(_fold(legs, ratios, settings, shares), source=source)
    seen = dict(before.seen) if before else {}
    used = before.closes.legs if before and before.closed else legs
    changed = tuple(_changes(used, closes, seen))
    seen.update(_readable(closes))
    closed = regime.last_session or (before.closed if before else None)
    kept = before.news if before and before.closed == closed else ()
    return Folded(closes, regime, unused, seen, closed, kept + changed)


def _readable(closes: Closes) -> dict[str, Sequence[Bar]]:
    legs = zip(closes.legs, closes.bars, strict=True)
    return {leg: bars for leg, bars in legs if not isinstance(bars, Unknown)}


def _history(closes: Closes) -> tuple[Ratios, str, tuple[str, ...]]:
    """Return the ratios of a pair, where they come from, and why what was imported is not among them."""
    read = _readable(closes)
    own = session_ratios(*(read.get(leg, ()) for leg in closes.legs))
    if not any(closes.imported):
        return own, OWN, ()
    spliced = _spliced(own, closes)
    if isinstance(spliced, Unknown):
        return own, OWN, (f"imported history of {'/'.join(closes.legs)} not used: {spliced.reason}",)
    if not spliced.sessions:
        return own, OWN, ()
    files = ", ".join(one.file for one in closes.imported if isinstance(one, Imported))
    told = f"before {own[0][0]} imported {files} ({spliced.sessions} sessions, scaled {spliced.scale:.4f})"
    return spliced.ratios, f"{OWN}; {told}", ()


def _spliced(own: Ratios, closes: Closes) -> Spliced | Unknown:
    there = []
    for leg, one in zip(closes.legs, closes.imported, strict=True):
        if not isinstance(one, Imported):
            return one or Unknown(f"{leg} is not imported")
        there.append(one.bars)
    return splice(own, session_ratios(*there))


def _changes(legs: tuple[str, str], closes: Closes, seen: Mapping[str, Sequence[Bar]]) -> Iterator[str]:
    """Say what has changed under the regime: the pair of legs, or a close that was read before."""
    if legs != closes.legs:
        was, now = "/".join(legs), "/".join(closes.legs)
        yield f"the legs are now {now}, were {was}: another ratio, no change of regime"
    for leg, bars in _readable(closes).items():
        found = corrections(seen.get(leg, ()), bars)
        if found:
            last = found[-1]
            closes_are = "a close was" if len(found) == 1 else f"{len(found)} closes were"
            yield (
                f"{leg}: {closes_are} corrected, on {last.session} from {last.was:g} to {last.now:g}; "
                "the regime is folded again"
            )


def _fold(legs: tuple[str, str], ratios: Ratios, settings: RegimeSettings, shares: ShareSettings) -> Regime:
    """Fold all closes of a pair of legs."""
    points = ratio_points(ratios, settings)
    last = points[-1] if points else None
    needed = max(settings.min_sessions, settings.slow)
    proxy = legs != settings.legs[0]
    flags = (f"proxy legs {'/'.join(legs)}",) if proxy else ()
    known = Regime(
        legs=legs,
        proxy=proxy,
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
        flags=(f"{len(points)} of {needed} sessions of history", *flags),
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
        flags=(*_flags(last.ratio, last.trend), *flags),
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


def lent_regime(lent: Lent | Unknown, settings: RegimeSettings, shares: ShareSettings) -> Regime:
    """Return the regime that another assistant lends; UNKNOWN at the fail-safe share where it does not."""
    if isinstance(lent, Unknown):
        nothing = _fold(settings.legs[0], (), settings, shares)
        source = f"advice of login {settings.lender}"
        return replace(
            nothing,
            target_share=shares.fail_safe,
            held_share=shares.fail_safe,
            flags=(lent.reason,),
            source=source,
            lender=settings.lender,
        )
    return Regime(
        legs=lent.legs,
        proxy=lent.proxy,
        stance=Stance(lent.stance),
        since=lent.since,
        sessions=lent.sessions,
        history=lent.history,
        last_session=lent.last_session,
        ratio=lent.ratio,
        average=lent.average,
        distance=lent.distance,
        target_share=lent.target_share,
        held_share=lent.held_share,
        flags=lent.flags,
        trail=(),
        source=f"advice of login {lent.login}",
        lender=lent.login,
    )


def lent_caps(lent: Lent | Unknown, shares: ShareSettings) -> tuple[Cap, ...]:
    """Return the caps that stand on another assistant's advice: its shares, or `stale` where it has none."""
    if isinstance(lent, Unknown):
        stale = Cap("stale", shares.fail_safe, Unit.SHARE, Kind.CONDITION, lent.reason, settles=True)
        return (stale,)
    return tuple(_lent_cap(one, lent.login) for one in lent.shares)


def _lent_cap(one: LentShare, login: int) -> Cap:
    return Cap(
        name=one.name,
        value=one.value,
        unit=Unit.SHARE,
        kind=Kind.SIGNAL if one.signal else Kind.CONDITION,
        reason=f"{one.reason} (login {login})",
        applies_to=AppliesTo.RISK_ON if one.risk_on_only else AppliesTo.ALL,
        since=one.since,
    )
