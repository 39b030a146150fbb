"""Closes, series and notes -> the regime as it stands, folded anew whenever one of them has changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.core.closes import Oddity, undone
from assistant.core.context import Facts, note_at
from assistant.core.explain import explained
from assistant.core.flags import flags, relative
from assistant.core.fold import (
    CONTEXT,
    Close,
    FoldSettings,
    Kept,
    Memory,
    fold,
    last_readings,
    last_word,
    said,
)
from assistant.core.history import Given, History, history, hole, remarks
from assistant.core.levels import Break, holding
from assistant.core.market import Bar, Note, Unknown, Vote
from assistant.core.ratio import OWN, corrections
from assistant.core.regime import Stance
from assistant.core.shares import VolatilitySettings, volatilities, volatility_targets

TRAIL = 60  # ratios that are shown


@dataclass(frozen=True, slots=True)
class Witnesses:
    """What the votes leave together."""

    target: float  # share of normal risk
    held: float
    heard: int  # votes that speak, or whose last word is still kept
    quorum: int  # so many must be heard before the share may rise
    remembered: tuple[str, ...]  # votes that only memory speaks for: their inputs are lost
    kept: tuple[tuple[str, int], ...] = ()  # silent votes that count all the same: name, 1 or -1
    note: Note | None = None  # the trader's own that counted at the last close


@dataclass(frozen=True, slots=True)
class Regime:
    """The ratio regime as it stands after the last finished session."""

    legs: tuple[str, str]  # numerator, denominator
    proxy: bool  # not the first pair of the configuration
    stance: Stance
    since: date | None  # the session at whose close it turned; None: UNKNOWN
    sessions: int  # closes in this stance, the turning one included
    history: int  # sessions with a ratio
    last_session: date | None  # the last one of both legs, whether its ratio is used or not
    ratio: float | None  # close / close
    average: float | None  # slow mean
    distance: float | None  # fast mean / slow mean - 1
    target_share: float
    held_share: float
    flags: tuple[str, ...]  # plain words
    trail: tuple[float, ...]  # up to 60 last ratios, oldest first
    source: str = OWN  # where the closes come from, in plain words
    lender: int | None = None  # login of the assistant that lends it; None: folded here
    votes: tuple[Vote, ...] = ()
    witnesses: Witnesses | None = None  # None: no votes are asked, or the regime is lent
    broken: Break | None = None  # the level below that holds the share down before the stance turns
    edge: float | None = None  # lower edge of the band (ratio); None: the stance is not known
    doubts: tuple[Oddity, ...] = ()  # closes of the legs that wait for the next one


@dataclass(frozen=True, slots=True)
class Volatility:
    """What a symbol's own volatility leaves."""

    realised: float | None  # a year; None: too few moves
    target: float  # share of normal risk
    held: float


@dataclass(frozen=True, slots=True)
class Folded:
    """A regime beside what it was folded from, so that a cycle without a new close need not fold again."""

    given: Given
    settings: tuple[FoldSettings, VolatilitySettings]
    regime: Regime
    volatility: Mapping[str, Volatility]  # by our symbol
    bars: Mapping[str, Sequence[Bar] | Unknown]  # as given, with splits undone
    relative: Mapping[str, float | None]  # by our symbol: its trend against the denominator (log)
    memory: Memory | None  # of votes and shares
    remarks: tuple[str, ...]  # on holes in history, imported history, odd and missing closes
    seen: Mapping[str, Sequence[Bar]]  # the bars of each leg as they could last be read
    closed: date | None  # the last session whose close was read
    news: tuple[str, ...]  # what has changed under the regime since that close, one sentence each

    @property
    def problems(self) -> tuple[str, ...]:
        """What a user should know about the closes."""
        return self.remarks + self.news


def regime_now(
    given: Given,
    settings: FoldSettings,
    volatility: VolatilitySettings,
    before: Folded | None = None,
    memory: Memory | None = None,
) -> Folded:
    """Return the regime after the last finished session common to both legs.

    The first pair of legs that is offered in full wins; pairs are never mixed. Imported closes go before the
    broker's first where the two agree. `before`, from an earlier cycle, saves the work where nothing has
    changed, and lets a changed pair or a corrected close be told. What it remembers, or `memory` of an
    earlier day, speaks for votes whose inputs are lost and keeps targets as low as they were; it never raises
    a share.
    """
    if before and before.given == given and before.settings == (settings, volatility):
        return before
    legs, gone = _legs(given, settings, before)
    known = history(legs, given)
    missing = hole(known.facts.sessions, needed(settings))
    regime, hold, remembered = _fold(known, given, settings, before.memory if before else memory, missing)
    readable = given.readable
    bars = {
        symbol: undone(one, [odd for odd in known.oddities if odd.symbol == symbol])
        for symbol, one in readable.items()
    }
    seen = dict(before.seen) if before else {}
    closed = regime.last_session or (before.closed if before else None)
    news = before.news if before and before.closed == closed else ()
    used = before.regime.legs if before and before.closed else legs
    now = {leg: readable[leg] for leg in legs if leg in readable}
    return Folded(
        given=given,
        settings=(settings, volatility),
        regime=regime,
        volatility={
            symbol: _volatility(one, volatility, settings.shares.unknown, hold)
            for symbol, one in bars.items()
        },
        bars={**given.bars, **bars, **gone},
        relative={symbol: relative(symbol, legs[1], known.facts, settings) for symbol in readable},
        memory=remembered,
        remarks=(*((missing,) if missing else ()), *remarks(known, settings.regime.slow)),
        seen=seen | now,
        closed=closed,
        news=(*news, *_changes(used, legs, now, seen)),
    )


def _legs(
    given: Given, settings: FoldSettings, before: Folded | None
) -> tuple[tuple[str, str], dict[str, Unknown]]:
    """Return the pair in use, and those of its legs that were read before and are not offered any more."""
    pairs = settings.regime.legs
    full = next((pair for pair in pairs if all(leg in given.bars for leg in pair)), None)
    if full or not before or not before.closed:
        return full or pairs[0], {}
    legs = before.regime.legs
    return legs, {leg: Unknown(f"{leg} is not offered any more") for leg in legs if leg not in given.bars}


def _volatility(bars: Sequence[Bar], settings: VolatilitySettings, unknown: float, hold: int) -> Volatility:
    realised = list(volatilities((bar.close for bar in bars), settings.span))
    targets = list(volatility_targets(realised[-hold:], settings, unknown)) or [unknown]
    return Volatility(realised[-1] if realised else None, targets[-1], min(targets))


def _changes(
    was: tuple[str, str],
    legs: tuple[str, str],
    bars: Mapping[str, Sequence[Bar]],
    seen: Mapping[str, Sequence[Bar]],
) -> Iterator[str]:
    """Say what has changed under the regime: the pair of legs, or a close that was read before."""
    if was != legs:
        yield f"the legs are now {'/'.join(legs)}, were {'/'.join(was)}: another ratio, no change of regime"
    for leg, one in bars.items():
        found = corrections(seen.get(leg, ()), one)
        if found:
            last = found[-1]
            closes_are = "a close was" if len(found) == 1 else f"{len(found)} closes were"
            yield (
                f"{leg}: {closes_are} corrected, on {last.session} from {last.was:g} to {last.now:g}; "
                "the regime is folded again"
            )


def _fold(
    known: History, given: Given, settings: FoldSettings, memory: Memory | None, missing: str | None
) -> tuple[Regime, int, Memory | None]:
    """Fold all closes; return the regime, how many closes a target is held for, and what to remember.

    `missing` says what the history lacks; then the stance is not known.
    """
    sessions, ratios = known.facts.sessions, [ratio for _, ratio in known.ratios]
    votes, lost = said(known.facts, settings.votes, memory)
    closes = list(fold(sessions, ratios, list(votes.values()), given.notes, settings))
    if not closes:
        return _unknown(known, settings, (), missing), settings.shares.hold_closes, memory
    last, memory = closes[-1], memory or Memory({}, {})
    recent, since = closes[-settings.shares.hold_closes :], _first_held(closes, settings.shares.hold_closes)
    targets = _smallest(recent, since, memory.targets, lambda close: close.context.target)
    shares = dict(memory.held) | {CONTEXT: _held(closes, targets, memory.held.get(CONTEXT))}
    witnesses = Witnesses(
        *(
            targets[last.session],
            shares[CONTEXT][1],
            last.context.heard,
            settings.context.quorum,
            tuple(sorted(lost)),
        ),
        kept=_counted(votes, last.context.counts),
        note=note_at(given.notes, last.session),
    )
    regime = _unknown(known, settings, closes, missing)
    if settings.votes:
        regime = replace(regime, votes=tuple(_votes(known.facts, votes, settings)), witnesses=witnesses)
    stances = dict(memory.stances)
    if last.trend and last.turn and len(closes) >= needed(settings) and not missing:
        pair = "/".join(known.legs)
        stances[pair] = _smallest(recent, since, stances.get(pair, {}), lambda close: close.target)
        shares[pair] = _held(closes, stances[pair], memory.held.get(pair))
        regime = replace(
            regime,
            stance=last.turn.stance,
            since=last.turn.since,
            sessions=last.turn.sessions,
            target_share=last.target,
            held_share=shares[pair][1],
            flags=(*flags(known.legs, closes, known.facts, settings), *_proxy(known, settings)),
            broken=holding(last.breaks, last.turn.since),
            edge=last.trend.slow * (1 - last.trend.band),
        )
    readings = last_readings(known.facts, settings.votes, memory)
    kept = _kept(sessions, votes, lost, memory)
    return regime, last.hold, Memory(targets, kept, readings, stances, shares)


def needed(settings: FoldSettings) -> int:
    """Return of how many sessions the ratio must be known before the stance is."""
    return max(settings.regime.min_sessions, settings.regime.slow)


def _unknown(known: History, settings: FoldSettings, closes: Sequence[Close], missing: str | None) -> Regime:
    """Return what is known of a pair before its stance is."""
    last = closes[-1] if closes else None
    trend = last.trend if last else None
    least = needed(settings)
    why = missing if missing and len(closes) >= least else f"{len(closes)} of {least} sessions of history"
    return Regime(
        legs=known.legs,
        proxy=known.legs != settings.regime.legs[0],
        stance=Stance.UNKNOWN,
        since=None,
        sessions=0,
        history=len(closes),
        last_session=known.last,
        ratio=last.ratio if last else None,
        average=trend.slow if trend else None,
        distance=trend.distance if trend else None,
        target_share=settings.shares.unknown,
        held_share=settings.shares.unknown,
        flags=(why, *_proxy(known, settings)),
        trail=tuple(close.ratio for close in closes[-TRAIL:]),
        source=known.source,
        doubts=known.doubts,
    )


def _proxy(known: History, settings: FoldSettings) -> tuple[str, ...]:
    return () if known.legs == settings.regime.legs[0] else (f"proxy legs {'/'.join(known.legs)}",)


def _votes(
    facts: Facts, said_by: Mapping[str, Sequence[int | None]], settings: FoldSettings
) -> Iterator[Vote]:
    """Yield each vote as it is shown, a silent one with what it still counts."""
    for name, vote in settings.votes.items():
        yield explained(name, vote, facts, said_by[name][-1])


def _first_held(closes: Sequence[Close], hold: int) -> date:
    """Return the first session whose target is held after so many closes; with fewer, any is."""
    return closes[-hold].session if len(closes) >= hold else date.min


def _counted(votes: Mapping[str, Sequence[int | None]], counts: Sequence[int]) -> tuple[tuple[str, int], ...]:
    """Return the votes that are silent after the last session and count for or against risk all the same."""
    pairs = zip(votes.items(), counts, strict=True)
    return tuple((name, count) for (name, values), count in pairs if values[-1] is None and count)


def _held(
    closes: Sequence[Close], targets: Mapping[date, float], before: tuple[date, float] | None
) -> tuple[date, float]:
    """Return the last session, and the smallest target held after it.

    Between two closes it never rises: a corrected close may let go of a target sooner, but of no share.
    """
    last = closes[-1]
    since = _first_held(closes, last.hold)
    share = min(target for session, target in targets.items() if session >= since)
    if before is None or before[0] < last.session:
        return last.session, share
    return before[0], min(share, before[1])


def _smallest(
    closes: Sequence[Close], since: date, known: Mapping[date, float], target: Callable[[Close], float]
) -> dict[date, float]:
    """Return the targets of closes, the first of them `since`, each the smallest that it has ever been.

    So what is known later, or a corrected close, never raises one. A target of a session that is not among
    the closes now, for its bars are late or lost, counts as well.
    """
    kept = {session: one for session, one in known.items() if session >= since}
    for close in closes:
        kept[close.session] = min(target(close), kept.get(close.session, 1.0))
    return dict(sorted(kept.items()))


def _kept(
    sessions: Sequence[date],
    votes: Mapping[str, Sequence[int | None]],
    lost: frozenset[str],
    memory: Memory,
) -> dict[str, Kept]:
    """Return what each vote last said and when; of one that has not spoken since, what was remembered."""
    words = {
        name: last_word(sessions, values, memory.votes.get(name))
        for name, values in votes.items()
        if name not in lost
    }
    return {**memory.votes, **{name: word for name, word in words.items() if word}}
