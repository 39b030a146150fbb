"""What alerts look at in an advice: stance, floors, positions over their caps, conditions, news near."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from assistant.core.advice import Advice
from assistant.core.alerts import STANCE, SURE, TEXT, Alert, Fact, Key, Level, Topic, Watched, changes
from assistant.core.caps import ACCOUNT, DAILY_LOSS, FUNDED, MANUAL, Cap, Kind, Unit
from assistant.core.conditions import MARKET_CLOSED, SESSION_EDGE, STALE
from assistant.core.floors import Floor
from assistant.core.market import Unknown
from assistant.core.news import DOLLAR, currencies, fresh, news_ahead, next_releases, restrains
from assistant.core.order_rules import Window
from assistant.core.prices import FROZEN
from assistant.core.program import FundedRule, Mode, Program
from assistant.core.regime import LADDER, Stance
from assistant.core.rulings import QUIET, Light, Ruling
from assistant.core.snapshot import Calendar, Impact, Release

EVENTS = 3  # of the calendar that are shown
NO_RECORD = "no record"
_QUARTERS = 4  # steps in which a position that is over its cap gets worse


def look(
    advice: Advice, calendar: Calendar | Unknown | None, ahead: timedelta, before: Watched
) -> tuple[tuple[Alert, ...], Watched]:
    """Return what an advice changes, and what is remembered; `ahead` is how soon news is told before it."""
    facts: dict[Key, Fact] = {STANCE: _stance(advice)}
    facts.update(_floors(advice))
    facts.update(_over(advice))
    facts.update(_news(advice, calendar, ahead))
    standing = _standing(advice)
    facts.update({key: _unsafe(cap) for key, cap in standing.items() if not _unclear(cap, advice)})
    unclear = {key for key, cap in standing.items() if _unclear(cap, advice)}
    recovering = set(unclear) if advice.hours.state.in_session else ()
    unclear.update(key for key in before.told if _untold(key, advice, calendar))
    return changes(facts, unclear, before, advice.as_of, recovering)


def _stance(advice: Advice) -> Fact:
    """Return the stance: the lower, the worse, and not to know it is worst."""
    regime = advice.regime
    unknown = regime.stance is Stance.UNKNOWN
    return Fact(
        rank=len(LADDER) if unknown else len(LADDER) - 1 - LADDER.index(regime.stance),
        word=regime.stance,
        level=Level.WARNING,
        text=f"stance is {regime.stance}",
        rest=f", at most {advice.share.value:.2f}x",
        reason=f"{regime.stance} since {regime.since}; {advice.share.name}: {advice.share.reason}",
        lasting=SURE if unknown else 0.0,
    )


_LIGHTS = {  # rank, level, level from worse
    Light.GREEN: (0, Level.INFO, Level.INFO),
    Light.TOLD: (0, Level.INFO, Level.INFO),
    Light.AMBER: (1, Level.WARNING, Level.INFO),
    Light.UNSURE: (2, Level.WARNING, Level.WARNING),
    Light.RED: (3, Level.ALARM, Level.ALARM),
}


def _floors(advice: Advice) -> Iterator[tuple[Key, Fact]]:
    """Yield how the account stands to each loss rule."""
    if advice.funded is None:
        return
    floors = {rule.name for rule in advice.funded.program.rules if _is_floor(rule)}
    for one in advice.funded.rulings:
        if one.name in floors:
            yield (Topic.FLOOR, one.name), _floor(one)


def _is_floor(rule: FundedRule) -> bool:
    return any(isinstance(one, Floor) for one in rule.readings.values())


def _floor(one: Ruling) -> Fact:
    rank, level, eased = _LIGHTS[one.light]
    name = one.name.replace("_", " ")
    unsure = one.light is Light.UNSURE
    return Fact(
        rank=rank,
        word=one.light,
        level=level,
        eased=eased,
        text=f"{name} cannot be certified" if unsure else f"{name} is {one.light}",
        rest="" if one.floor is None else f", {one.floor.headroom:.2f} left",
        reason=one.words,
        lasting=SURE if unsure else 0.0,
    )


def _over(advice: Advice) -> Iterator[tuple[Key, Fact]]:
    """Yield the positions over their caps; each quarter of the cap more is worse."""
    for symbol in advice.symbols:
        step = symbol.instrument.volume_step
        for held in symbol.held:
            if held.over_since is None or held.position_cap is None:
                continue
            subject = f"{symbol.instrument.symbol} {held.side}"
            beyond = (held.lots - held.position_cap) / max(held.position_cap, step)
            fact = Fact(
                rank=1 + int(beyond * _QUARTERS + 1e-9),
                word="over",
                level=Level.WARNING,
                text=f"{subject} is over its cap: {held.lots:g} of {held.position_cap:g} lots",
            )
            yield (Topic.OVER, subject), fact


def _standing(advice: Advice) -> dict[Key, Cap]:
    """Return the conditions that hold for every symbol and leave it nothing, or its fail-safe, by name."""
    scopes: dict[str, set[str]] = {}
    found: dict[str, Cap] = {}
    for cap in advice.caps:
        if _grave(cap):
            scopes.setdefault(cap.name, set()).add(cap.scope)
            found.setdefault(cap.name, cap)
    every = {one.instrument.symbol for one in advice.symbols}
    return {
        (Topic.UNSAFE, name): cap
        for name, cap in found.items()
        if ACCOUNT in scopes[name] or (every and scopes[name] >= every)
    }


def _grave(cap: Cap) -> bool:
    """Whether a cap says that something is wrong: not that a table, a rule or the trader wants it so."""
    if cap.kind is not Kind.CONDITION or cap.advisory or cap.side is not None:
        return False
    if cap.name in (STALE, FROZEN, NO_RECORD):
        return True
    wanted = cap.name in (MANUAL, MARKET_CLOSED, SESSION_EDGE)
    funded = cap.name.startswith(FUNDED) and cap.name != f"{FUNDED} account"
    nothing = cap.value == 0 and (cap.unit is not Unit.MONEY or cap.name == DAILY_LOSS)
    return nothing and not wanted and not funded


def _unclear(cap: Cap, advice: Advice) -> bool:
    """Whether a condition is neither bad now nor good yet, or does not matter before the next session."""
    return cap.settles and (cap.until is not None or not advice.hours.state.in_session)


def _unsafe(cap: Cap) -> Fact:
    leaves = "no new risk" if cap.value == 0 else f"at most {cap.value:.2f}x"
    return Fact(
        rank=1,
        word="on",
        level=Level.ALARM if cap.settles or cap.name == NO_RECORD else Level.WARNING,
        text=f"{leaves}, {cap.name}: {cap.reason}",
        reason=f"{cap.name}: {cap.reason}",
        lasting=SURE if cap.settles else 0.0,
    )


def _untold(key: Key, advice: Advice, calendar: Calendar | Unknown | None) -> bool:
    """Whether nothing can be told now of what was told: a symbol, a cap, a calendar is not known."""
    kind, subject = key
    if kind is Topic.NEWS:
        return not isinstance(calendar, Calendar)
    if kind is Topic.UNSAFE and not advice.symbols:
        return True
    if kind is Topic.OVER and subject.rpartition(" ")[0] not in {
        one.instrument.symbol for one in advice.symbols
    }:
        return True
    sides = ((symbol, one) for symbol in advice.symbols for one in symbol.held if one.position_cap is None)
    return kind is Topic.OVER and subject in {f"{one.instrument.symbol} {held.side}" for one, held in sides}


def _news(
    advice: Advice, calendar: Calendar | Unknown | None, ahead: timedelta
) -> Iterator[tuple[Key, Fact]]:
    """Yield the rules that forbid to open, or to hold, around news that is near."""
    if advice.funded is None or not isinstance(calendar, Calendar):
        return
    of = currencies(one.instrument for one in advice.symbols)
    dry = advice.funded.program.mode is not Mode.ENFORCE
    for name, window in news_windows(advice.funded.program):
        near = news_ahead(window, calendar, advice.as_of, of, ahead)
        if near:
            fact = Fact(
                rank=near.last.timestamp(),  # one more that comes near is worse
                word="near",
                level=Level.INFO if dry else Level.WARNING,
                text=f"{'(dry run) ' if dry else ''}{near.text}",
                reason=near.reason,
            )
            yield (Topic.NEWS, name), fact


def news_windows(program: Program) -> Sequence[tuple[str, Window]]:
    """Return the rules, by name, that forbid to open or to hold around news, each in its widest reading."""
    found = []
    for rule in program.rules:
        windows = [one for one in rule.readings.values() if isinstance(one, Window) and restrains(one)]
        if windows and rule.effect not in QUIET:
            found.append((rule.name, max(windows, key=lambda one: (one.before, one.after))))
    return found


def next_news(advice: Advice, calendar: Calendar | Unknown | None) -> tuple[Release, ...]:
    """Return the next releases that matter: of the account, its symbols or the dollar, medium at least.

    So do those that a followed rule counts. A calendar that is not fresh says so behind each title.
    """
    if not isinstance(calendar, Calendar):
        return ()
    of = currencies(one.instrument for one in advice.symbols)
    of = None if of is None else of | {advice.account.currency, DOLLAR}
    windows = news_windows(advice.funded.program) if advice.funded else ()
    impacts = {str(Impact.MEDIUM), *(window.impact for _, window in windows)}
    found = next_releases(calendar, advice.as_of, of, impacts, EVENTS)
    if fresh(calendar, advice.as_of) is None:
        return found
    old = f" (calendar of {calendar.written:%Y-%m-%d})"
    return tuple(replace(one, title=one.title[: TEXT - len(old)] + old) for one in found)
