"""What has changed for the worse, or back, since it was last told: an alert, once a change.

What is worse is told as soon as it has lasted (`Fact.lasting`), what is better only after PATIENCE, twice as
long each time that it comes back: what flips at a boundary is told as its worse side and then left alone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from assistant.core.advice import Advice
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

TEXT = 60  # characters of an alert at most
RECENT = timedelta(minutes=5)  # for so long an alert is handed out
EVENTS = 3  # of the calendar that are shown
FEW = 8  # of them at most, the newest
PATIENCE = timedelta(seconds=60)  # for so long something must be better before that is told
AGAIN = timedelta(hours=1)  # what comes back sooner is told to be better more and more slowly
TWICE = 4  # how often the patience doubles: to 16 minutes
SURE = 15.0  # seconds that must pass before a lack of facts is told: a late tick is none
NO_RECORD = "no record"
_SUBJECT = 28  # characters of a subject in an id
_QUARTERS = 4  # steps in which a position that is over its cap gets worse


class Level(StrEnum):
    """How much an alert wants to be seen, the least first."""

    INFO = "info"
    WARNING = "warning"
    ALARM = "alarm"


LEVELS = tuple(Level)


class Topic(StrEnum):
    """What an alert is about."""

    STANCE = "stance"
    FLOOR = "floor"  # a loss rule of a funded account
    OVER = "over"  # a position over its cap
    UNSAFE = "unsafe"  # a condition that leaves no symbol more than its fail-safe
    NEWS = "news"  # a time around news in which a rule forbids to open
    TERMINAL = "terminal"
    TEST = "test"


Key = tuple[Topic, str]  # and its subject: a rule, a symbol and side, a cap
_STANCE: Key = (Topic.STANCE, "regime")
_TERMINAL: Key = (Topic.TERMINAL, ACCOUNT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """How something stands now."""

    rank: float  # 0: good; the more, the worse
    word: str  # another word is another state
    level: Level  # of the alert that it has become so, from better
    eased: Level = Level.INFO  # likewise, from worse
    text: str  # in plain words
    rest: str = ""  # what follows those words, and what it was
    reason: str = ""  # the numbers, at any length
    lasting: float = 0.0  # seconds that it must be worse before that is told


@dataclass(frozen=True, slots=True)
class Told:
    """What was last said of something."""

    rank: float
    word: str
    at: datetime | None = None  # UTC, of the last alert; None: there was none
    again: int = 0  # how often it has got worse, each time within AGAIN of the alert before


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something that has changed."""

    at: datetime  # UTC
    level: Level
    kind: Topic
    subject: str
    text: str  # TEXT characters at most
    reason: str
    told: Told  # what is said with it

    @property
    def id(self) -> str:
        """What nothing else of the login is called: instant, kind and subject."""
        at = self.at.astimezone(UTC)
        plain = "".join(one if one.isascii() and one.isalnum() else "-" for one in self.subject.lower())
        return f"{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z-{self.kind}-{plain[:_SUBJECT]}"


@dataclass(frozen=True, slots=True)
class Watched:
    """What alerts remember from cycle to cycle."""

    told: Mapping[Key, Told] = field(default_factory=dict)
    since: Mapping[Key, tuple[bool, datetime]] = field(default_factory=dict)  # worse or not, from when (UTC)
    recent: tuple[Alert, ...] = ()  # oldest first


def look(
    advice: Advice, calendar: Calendar | Unknown | None, ahead: timedelta, before: Watched
) -> tuple[tuple[Alert, ...], Watched]:
    """Return what an advice changes, and what is remembered; `ahead` is how soon news is told before it."""
    facts: dict[Key, Fact] = {_STANCE: _stance(advice)}
    facts.update(_floors(advice))
    facts.update(_over(advice))
    facts.update(_news(advice, calendar, ahead))
    standing = _standing(advice)
    facts.update({key: _unsafe(cap) for key, cap in standing.items() if not _unclear(cap, advice)})
    unclear = {key for key, cap in standing.items() if _unclear(cap, advice)}
    unclear.update(key for key in before.told if _untold(key, advice, calendar))
    return changes(facts, unclear, before, advice.as_of)


def unanswered(
    reason: str, at: datetime, before: Watched, *, in_session: bool
) -> tuple[tuple[Alert, ...], Watched]:
    """Return what it changes that the terminal does not answer: nothing else is known, or moves."""
    fact = Fact(
        rank=1,
        word="lost",
        level=Level.ALARM,
        text="the terminal does not answer",
        reason=reason,
        lasting=SURE,
    )
    unclear = set(before.told) - {_TERMINAL} if in_session else {*before.told, _TERMINAL}
    return changes({_TERMINAL: fact}, unclear, before, at)


def changes(
    facts: Mapping[Key, Fact], unclear: Collection[Key], before: Watched, at: datetime
) -> tuple[tuple[Alert, ...], Watched]:
    """Return an alert for each fact that differs from what was told, and what is remembered.

    What was told and is no fact any more is good again; what is unclear stays as it was told.
    """
    told, since = dict(before.told), {}
    alerts: list[Alert] = []
    for key in dict.fromkeys((*facts, *before.told)):
        fact = facts.get(key) or _ended(key)
        if key in unclear:
            continue
        if fact is None:
            del told[key]
            continue
        known = told.get(key)
        if known is None:
            known = told[key] = _first(key, fact)
        worse = fact.rank > known.rank
        if not worse and fact.word == known.word:
            continue
        began = before.since.get(key)
        begun = min(began[1], at) if began and began[0] is worse else at
        if at - begun < _wait(fact, known, worse=worse):
            since[key] = (worse, begun)
            continue
        alerts.append(_alert(key, fact, known, at, worse=worse))
        told[key] = alerts[-1].told
    told = {key: one for key, one in told.items() if one.word or (one.at and at - one.at < AGAIN)}
    recent = [one for one in (*before.recent, *alerts) if at - one.at < RECENT]
    return tuple(alerts), Watched(told, since, tuple(recent[-FEW:]))


def _first(key: Key, fact: Fact) -> Told:
    """Return what is taken for told of what was never told: a stance as it is, all else as good."""
    return Told(fact.rank, fact.word) if key == _STANCE or not fact.rank else Told(0, "")


def _wait(fact: Fact, known: Told, *, worse: bool) -> timedelta:
    return timedelta(seconds=fact.lasting) if worse else PATIENCE * 2 ** min(known.again, TWICE)


def _alert(key: Key, fact: Fact, known: Told, at: datetime, *, worse: bool) -> Alert:
    kind, subject = key
    was = f" (was {known.word})" if kind in (Topic.STANCE, Topic.FLOOR) and known.word else ""
    lately = known.at is not None and at - known.at < AGAIN
    again = known.again + worse if lately else 0
    level = fact.level if worse else fact.eased
    told = Told(fact.rank, fact.word, at, again)
    text = f"{fact.text}{was}{fact.rest}"
    short = text if len(text) <= TEXT else text[: TEXT - 1] + "…"
    return Alert(
        at=at, level=level, kind=kind, subject=subject, text=short, reason=fact.reason or text, told=told
    )


def _ended(key: Key) -> Fact | None:
    """Return the fact that something is good again because nothing is said of it; None: it has gone."""
    kind, subject = key
    text = {
        Topic.OVER: f"{subject} is no longer over its cap",
        Topic.UNSAFE: f"{subject}: over",
        Topic.NEWS: f"{subject.replace('_', ' ')}: nothing is forbidden any more",
        Topic.TERMINAL: "the terminal answers again",
    }.get(kind)
    return Fact(rank=0, word="", level=Level.INFO, text=text) if text else None


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
    """Whether nothing can be told now of something that was told: a cap, a calendar is not known."""
    kind, subject = key
    if kind is Topic.NEWS:
        return not isinstance(calendar, Calendar)
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


def resumed(told: Mapping[Key, Told], at: datetime, alerts: Sequence[Alert], now: datetime) -> Watched:
    """Return what is remembered of what was told up to an instant, and of alerts, oldest first.

    Instants are UTC.
    """
    later = {(one.kind, one.subject): one.told for one in alerts if one.at > at}
    recent = [one for one in alerts if now - one.at < RECENT]
    return Watched({**told, **later}, recent=tuple(recent[-FEW:]))
