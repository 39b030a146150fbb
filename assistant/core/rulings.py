"""What the rules of a funded account come to now: a ruling for each, one light over all of them.

A rule in several readings is judged in each, the worse is shown and the others are named. What cannot be
told is said so, and no light is green then. Money is the program's, which in a rehearsal is not the
account's; caps are in the account's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assistant.core.caps import FUNDED, Cap, Kind, Unit
from assistant.core.followed import Followed
from assistant.core.funded import Effect
from assistant.core.market import Hours, Unknown
from assistant.core.program import FundedRule, Mode, Program
from assistant.core.snapshot import Snapshot
from assistant.core.track import Track

QUIET = (Effect.INFORMS, Effect.REVIEW)  # of a rule that has no light, and makes no cap


class Light(StrEnum):
    """How an account stands to a rule, or to all of them."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    UNSURE = "cannot certify"
    TOLD = "told"  # a fact, or what no program can judge


@dataclass(frozen=True, slots=True)
class FloorNow:
    """Where a loss rule stands; money in the program's."""

    level: float
    headroom: float  # what is measured, less the level
    amount: float  # by which the level lies below its reference
    after_reset: float | None  # headroom after the next reset if nothing changes; None: no reset is known
    reset_at: datetime | None  # UTC; of that reset
    moves: str  # what would move the level
    after_told: str | None = None  # the reading of `after_reset` where it leaves less than the one shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """One rule, judged."""

    name: str  # as the pack calls it
    effect: Effect
    light: Light
    words: str  # where the account stands to it
    told: str  # the reading that is shown
    others: tuple[str, ...] = ()  # other readings, and what they come to
    doubts: tuple[str, ...] = ()
    stands: str = ""  # where the rule stands, and when that was read
    floor: FloorNow | None = None  # of a loss rule that can be told
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulings:
    """All rules of a program, judged."""

    program: Program
    light: Light
    why: tuple[str, ...]  # what decided the light
    lacking: tuple[str, ...]  # what is missing beside the rules themselves
    rulings: tuple[Ruling, ...]
    resets: Mapping[str, datetime]  # UTC, the next one by cut-off
    caps: tuple[Cap, ...]  # of all rules that hold for every symbol or name one
    followed: Followed | None  # None: nothing is known of the account yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What every rule is judged by."""

    program: Program
    followed: Followed
    tracks: Mapping[str, Track]  # by cut-off, with the present balance and equity
    after: Mapping[str, Track]  # the same after the next reset if nothing changes; without a cut-off none
    resets: Mapping[str, datetime]  # UTC
    snapshot: Snapshot
    through: bool  # whether an order may be held through the next reset
    ahead: float | Unknown  # what everything open may yet lose; the program's money
    notional: float | Unknown  # of everything open and pending; account currency

    @property
    def as_of(self) -> datetime:
        """The present instant (UTC)."""
        return self.snapshot.as_of

    @property
    def hours(self) -> Hours:
        """The exchange's day."""
        return self.snapshot.hours

    @property
    def track(self) -> Track:
        """A track for what does not hang on the cut-off."""
        return next(iter(self.tracks.values()))


def cap_name(rule: FundedRule) -> str:
    """Return what the cap of a rule is called."""
    return f"{FUNDED} {rule.name.replace('_', ' ')}"


def no_lots(rule: FundedRule, now: Now, reason: str, until: datetime | None = None) -> Cap:
    """Return a cap of 0 lots in every symbol."""
    advisory = now.program.mode is not Mode.ENFORCE
    return Cap(
        cap_name(rule), 0.0, Unit.LOTS, Kind.CONDITION, reason, advisory=advisory, until=until, settles=False
    )


def money_cap(rule: FundedRule, now: Now, value: float, reason: str) -> Cap:
    """Return a cap in the account's money from a value in the program's; below 0 it is 0."""
    advisory = now.program.mode is not Mode.ENFORCE
    money = max(0.0, value) / now.followed.scale
    return Cap(cap_name(rule), money, Unit.MONEY, Kind.CONDITION, reason, advisory=advisory)


def ruling(rule: FundedRule, light: Light, words: str, told: str, others: Iterable[str] = ()) -> Ruling:
    """Return the ruling on a rule; one that only informs has no light of its own."""
    return Ruling(
        name=rule.name,
        effect=rule.effect,
        light=Light.TOLD if rule.effect in QUIET else light,
        words=words if rule.applies is None else f"{words} (applies: {rule.applies})",
        told=told,
        others=tuple(others),
        doubts=rule.doubts,
        stands=rule.stands,
    )


def unsure(rule: FundedRule, reason: str, told: str, others: Iterable[str] = ()) -> Ruling:
    """Return the ruling on a rule that cannot be told."""
    return ruling(rule, Light.UNSURE, f"cannot certify: {reason}", told, others)
