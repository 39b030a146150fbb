"""A number from a firm's dashboard: which marks of the track it means, and what it would change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.core.breaches import floors_of
from assistant.core.followed import Followed, key_of
from assistant.core.funded import NO_CUTOFF
from assistant.core.market import Unknown
from assistant.core.program import FundedRule, Program
from assistant.core.snapshot import Stated
from assistant.core.track import Anchor, Mark, Track, fold, start

_CENT = 0.005  # account currency; sums that are nearer to each other are the same
_FAR = 0.25  # of the initial balance
_OF_DAY = (Mark.START_BALANCE, Mark.START_EQUITY, Mark.HIGH_EQUITY_OF_DAY)  # until the next reset
_BY_RESET = (*_OF_DAY, Mark.HIGH_BALANCE_EOD)


@dataclass(frozen=True, slots=True)
class Moved:
    """A number that a statement changes; account currency. None: not known before, or not by this number."""

    name: str
    was: float | None
    becomes: float | None
    of_day: bool = False  # whether it holds until the next reset only

    @property
    def lower(self) -> bool:
        """Whether it falls."""
        return self.was is not None and self.becomes is not None and self.becomes < self.was - _CENT


def known_tracks(program: Program, followed: Followed | None, now: datetime) -> dict[str, Track]:
    """Return what is remembered of the account (UTC); what rests on a day that has ended since is not known.

    Where nothing is remembered of this program, that of an account to which nothing has happened.
    """
    if followed is None or followed.key != key_of(program):
        return dict.fromkeys(program.cutoffs or (NO_CUTOFF,), start(program.initial, program.size))
    return {
        name: replace(track, start_balance=None, start_equity=None, high_equity_of_day=None)
        if name in program.cutoffs and program.cutoffs[name].last(now) > followed.at
        else track
        for name, track in followed.tracks.items()
    }


def statement(
    name: str, value: float, program: Program, tracks: Mapping[str, Track], at: datetime
) -> Stated | Unknown:
    """Return what it means that a dashboard shows a value (account currency) for a loss rule or a mark.

    Unknown, in one sentence, where it cannot be meant.
    """
    rules = {rule.name: rule for rule in program.rules if floors_of(rule)}
    if name in rules:
        found = _of_level(rules[name], value, tracks, at)
    elif name in tuple(Mark):
        found = Stated(at, {Mark(name): value})
    else:
        names = f"a loss rule ({', '.join(rules) or 'this program has none'}) or a mark ({', '.join(Mark)})"
        return Unknown(f"NAME was {name!r}; expected {names}")
    if isinstance(found, Stated) and not program.cutoffs and set(found.marks) & set(_BY_RESET):
        return Unknown(f"when the firm's day ends is not published: what {name} rests on cannot be told")
    return found


def _of_level(rule: FundedRule, value: float, tracks: Mapping[str, Track], at: datetime) -> Stated | Unknown:
    """Return the marks that put the floor of a rule at a level; of two readings the higher of a mark."""
    track = next(iter(tracks.values()))
    marks: dict[Mark, float] = {}
    for _, floor in floors_of(rule):
        found = floor.marks_at(value, track)
        if not isinstance(found, Unknown):
            marks |= {mark: max(one, marks.get(mark, one)) for mark, one in found.items()}
    stated = Stated(at, marks, rule.name)
    level = level_of(rule, anchored(tracks, replace(stated, lower=True)))
    if isinstance(level, Unknown):
        return level
    if level < value - _CENT or (not marks and level > value + _CENT):
        moves = "by its rules it cannot lie higher" if marks else "nothing moves it"
        return Unknown(
            f"the floor of {rule.name} lies at {level:.2f}, and {moves}; VALUE was {value:.2f}. If the "
            "dashboard shows that, funded.pack, size or initial_balance are not this account's"
        )
    return stated


def anchored(tracks: Mapping[str, Track], stated: Stated) -> dict[str, Track]:
    """Return the tracks after a statement."""
    return {
        name: fold(track, [Anchor(track.at or stated.at, stated.marks, stated=True, raises=not stated.lower)])
        for name, track in tracks.items()
    }


def far(program: Program, tracks: Mapping[str, Track], stated: Stated) -> str | None:
    """Say which mark lies so far from the balance that a digit may be wrong; None: none does.

    That is more than the amount of its rule, or, of a mark alone, a quarter of the initial balance.
    """
    track = next(iter(tracks.values()))
    most = _FAR * program.initial
    for rule in program.rules:
        if rule.name == stated.rule:
            if level_of(rule, tracks) == level_of(rule, anchored(tracks, replace(stated, lower=True))):
                return None  # such as a floor that rises no more
            amounts = [one.amount.in_money(track, track.balance) for _, one in floors_of(rule)]
            most = max((one for one in amounts if not isinstance(one, Unknown)), default=most)
    for mark, value in stated.marks.items():
        if abs(value - track.balance) > most + _CENT:
            return (
                f"the {mark.replace('_', ' ')} would be {value:.2f}, more than {most:.2f} "
                f"from the balance of {track.balance:.2f}"
            )
    return None


def level_of(rule: FundedRule, tracks: Mapping[str, Track]) -> float | Unknown:
    """Return the highest floor of a rule, of all its readings and cut-offs (account currency)."""
    found = [floor.level(track) for _, floor in floors_of(rule) for track in tracks.values()]
    known = [one for one in found if not isinstance(one, Unknown)]
    return max(known) if known else next(one for one in found if isinstance(one, Unknown))


def moved(program: Program, tracks: Mapping[str, Track], stated: Stated) -> Iterator[Moved]:
    """Yield what a statement changes: the marks, then each floor that they move."""
    after = anchored(tracks, stated)
    for mark in stated.marks:
        known = [one for one in (getattr(track, mark) for track in tracks.values()) if one is not None]
        becomes = max(getattr(track, mark) for track in after.values())
        yield Moved(mark.replace("_", " "), max(known, default=None), becomes, mark in _OF_DAY)
    for rule in program.rules:
        if floors_of(rule):
            was, becomes = (_number(level_of(rule, one)) for one in (tracks, after))
            if rule.name == stated.rule or was != becomes:
                yield Moved(f"floor of {rule.name}", was, becomes)


def _number(found: float | Unknown) -> float | None:
    return None if isinstance(found, Unknown) else found
