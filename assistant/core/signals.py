"""Signal caps: of the stance, the votes, a break, a symbol's own volatility; or lent by another assistant."""

from collections.abc import Iterator, Mapping
from datetime import date

from assistant.core.caps import AppliesTo, Cap, Kind, Unit
from assistant.core.fold import FoldSettings
from assistant.core.levels import BAND
from assistant.core.market import Lent, LentShare, Unknown
from assistant.core.multiplier import Regime, Volatility, Witnesses
from assistant.core.regime import Stance
from assistant.core.shares import ShareSettings, VolatilitySettings

_SAYS = {1: "for risk", 0: "neither for risk nor against", -1: "against risk"}


def regime_caps(regime: Regime, shares: ShareSettings) -> Iterator[Cap]:
    """Yield the caps that rest on the ratio and its witnesses."""
    yield _stance_cap(regime)
    if regime.witnesses:
        yield _context_cap(regime, regime.witnesses)
    lower = shares.below(regime.stance)
    if regime.broken and lower is not None:
        line = "the band" if regime.broken.line == BAND else f"{regime.broken.level:.4f}, its range"
        reason = f"{lower:.2f}x closed below {line} on {regime.broken.since}, until back inside or a turn"
        yield _signal("break", lower, reason, since=regime.broken.since)
    if regime.doubts:
        reason = "; ".join(str(doubt) for doubt in regime.doubts)
        yield Cap("doubtful close", shares.unknown, Unit.SHARE, Kind.CONDITION, reason)


def _signal(name: str, value: float, reason: str, since: date | None = None) -> Cap:
    """Return a signal cap on what adds risk-on exposure."""
    return Cap(name, value, Unit.SHARE, Kind.SIGNAL, reason, applies_to=AppliesTo.RISK_ON, since=since)


def _stance_cap(regime: Regime) -> Cap:
    """Return the signal cap of a known stance, or the condition cap `unknown`."""
    if regime.stance is Stance.UNKNOWN:
        pair = "/".join(regime.legs)
        reason = f"{regime.held_share:.2f}x stance of {pair} unknown: {regime.flags[0]}"
        return Cap("unknown", regime.held_share, Unit.SHARE, Kind.CONDITION, reason)
    reason = f"{regime.held_share:.2f}x {regime.stance} since {regime.since} ({regime.sessions} sessions)"
    if regime.held_share < regime.target_share:
        reason += f", held down from {regime.target_share:.2f}x"
    return _signal("regime", regime.held_share, reason, since=regime.since)


def _context_cap(regime: Regime, witnesses: Witnesses) -> Cap:
    names = {value: [vote.name for vote in regime.votes if vote.value == value] for value in (1, -1)}
    asked = len(regime.votes)
    reason = f"{witnesses.held:.2f}x {len(names[1])} of {asked} votes for risk"
    reason += f": {', '.join(names[1])}" if names[1] else ""
    reason += f"; against: {', '.join(names[-1])}" if names[-1] else ""
    silent = sum(vote.value is None for vote in regime.votes)
    reason += f"; {silent} silent" if silent else ""
    if witnesses.kept:
        kept = (f"{name} {_SAYS[count]}" for name, count in witnesses.kept)
        reason += f", counted as last heard: {', '.join(kept)}"
    if witnesses.note:
        reason += f"; your note {_SAYS[witnesses.note.stance]}: {witnesses.note.why}"
    if witnesses.heard < witnesses.quorum:
        reason += f"; {witnesses.heard} of {asked} witnesses heard, {witnesses.quorum} needed to rise"
    if witnesses.remembered:
        reason += f"; lost, as last heard: {', '.join(witnesses.remembered)}"
    if witnesses.held < witnesses.target:
        reason += f"; held down from {witnesses.target:.2f}x"
    return _signal("context", witnesses.held, reason)


def volatility_caps(volatility: Mapping[str, Volatility], settings: VolatilitySettings) -> Iterator[Cap]:
    """Yield the cap of each symbol's own volatility (by our symbol)."""
    for symbol, one in volatility.items():
        if one.realised is None:
            reason = (
                f"{one.held:.2f}x volatility of {symbol} not known: fewer than {settings.span + 1} closes"
            )
        else:
            now, wanted = 100 * one.realised, 100 * settings.target
            reason = f"{one.held:.2f}x volatility {now:.1f} % a year, {wanted:.0f} % wanted"
            if one.held < one.target:
                reason += f", held down from {one.target:.2f}x"
        yield Cap("volatility", one.held, Unit.SHARE, Kind.SIGNAL, reason, scope=symbol)


def lent_regime(lent: Lent | Unknown, settings: FoldSettings) -> Regime:
    """Return the regime that another assistant lends; UNKNOWN at the fail-safe share where it does not."""
    shares, lender = settings.shares, settings.regime.lender
    source = f"advice of login {lender}"
    if isinstance(lent, Unknown):
        return Regime(
            legs=settings.regime.legs[0],
            proxy=False,
            stance=Stance.UNKNOWN,
            since=None,
            sessions=0,
            history=0,
            last_session=None,
            ratio=None,
            average=None,
            distance=None,
            target_share=shares.fail_safe,
            held_share=shares.fail_safe,
            flags=(lent.reason,),
            trail=(),
            source=source,
            lender=lender,
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
        source=source,
        lender=lent.login,
        votes=lent.votes,
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
