"""What has changed for the worse, or back, since it was last told: an alert, once a change.

What is worse is told as soon as it has lasted (`Fact.lasting`), what is better only after PATIENCE, twice as
long each time that it comes back: what flips at a boundary is told as its worse side and then left alone.
What an advice makes facts of is for `core/watching` to say.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from assistant.core.caps import ACCOUNT

TEXT = 60  # characters of an alert at most
RECENT = timedelta(minutes=5)  # for so long an alert is handed out
FEW = 8  # of them at most, the gravest, and of these the newest
PATIENCE = timedelta(seconds=60)  # for so long something must be better before that is told
AGAIN = timedelta(hours=1)  # what comes back sooner is told to be better more and more slowly
TWICE = 4  # how often the patience doubles: to 16 minutes
SURE = 15.0  # seconds that must pass before a lack of facts is told: a late tick is none
_SUBJECT = 28  # characters of a subject in an id


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
    RUN = "run"  # of the assistant itself
    TEST = "test"


Key = tuple[Topic, str]  # and its subject: a rule, a symbol and side, a cap
STANCE: Key = (Topic.STANCE, "regime")
_TERMINAL: Key = (Topic.TERMINAL, ACCOUNT)
_RUN: Key = (Topic.RUN, "assistant")


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


def restarted(reason: str, at: datetime, before: Watched) -> tuple[tuple[Alert, ...], Watched]:
    """Return what it changes that the last run hung or crashed; nothing else is known yet."""
    text = "the assistant hung or crashed and was started again"
    fact = Fact(rank=1, word="again", level=Level.WARNING, text=text, reason=reason)
    return changes({_RUN: fact}, set(before.told) - {_RUN}, before, at)


def down(reason: str, at: datetime) -> Alert:
    """Return the alert that a run that was started again did not come to a cycle; nothing else is known."""
    text, (kind, subject) = "the assistant is down: it is started again and again", _RUN
    told = Told(1, "again", at)
    return Alert(at=at, level=Level.ALARM, kind=kind, subject=subject, text=text, reason=reason, told=told)


def changes(
    facts: Mapping[Key, Fact],
    unclear: Collection[Key],
    before: Watched,
    at: datetime,
    recovering: Collection[Key] = (),
) -> tuple[tuple[Alert, ...], Watched]:
    """Return an alert for each fact that differs from what was told, and what is remembered.

    What was told and is no fact any more is good again; what is unclear stays as it was told. What of this
    is recovering, and so still stands, goes on to last.
    """
    told = dict(before.told)
    since = {key: began for key, began in before.since.items() if key in recovering and began[0]}
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
    return tuple(alerts), Watched(told, since, _recent((*before.recent, *alerts), at))


def _recent(alerts: Sequence[Alert], at: datetime) -> tuple[Alert, ...]:
    """Return the alerts that are handed out, oldest first: a burst of lesser ones takes no alarm's place."""
    recent = [one for one in alerts if at - one.at < RECENT]
    gravest = sorted(recent, key=lambda one: LEVELS.index(one.level))[-FEW:]
    return tuple(one for one in recent if one in gravest)


def _first(key: Key, fact: Fact) -> Told:
    """Return what is taken for told of what was never told: a stance as it is, all else as good."""
    return Told(fact.rank, fact.word) if key == STANCE or not fact.rank else Told(0, "")


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
        Topic.RUN: "the assistant has run well for a while",
    }.get(kind)
    return Fact(rank=0, word="", level=Level.INFO, text=text) if text else None


def resumed(told: Mapping[Key, Told], at: datetime, alerts: Sequence[Alert], now: datetime) -> Watched:
    """Return what is remembered of what was told up to an instant, and of alerts, oldest first.

    Instants are UTC.
    """
    later = {(one.kind, one.subject): one.told for one in alerts if one.at > at}
    return Watched({**told, **later}, recent=_recent(alerts, now))
