"""Rules of a funded account that count days and profits, judged: none of them is a cap on an order."""

from collections.abc import Callable
from math import inf
from typing import TypeVar

from assistant.core.day_rules import (
    Activity,
    Concentration,
    DayCount,
    Denominator,
    Inactivity,
    TimeLimit,
)
from assistant.core.floors import Finding, worst
from assistant.core.funded import Effect, PayoutGate, Primitive, ProfitCap, Target
from assistant.core.market import Unknown
from assistant.core.program import FundedRule, Program
from assistant.core.rulings import Light, Now, Ruling, ruling, unsure
from assistant.core.track import Track

_One = TypeVar("_One", bound=Primitive)
_NO_START = "when the phase began is not known: set funded.start"
_HALF = 0.5  # of the days that a rule allows
_DAYS = {Effect.PASS: "to pass", Effect.PAYOUT: "for a payout", Effect.FAIL: "to keep the account"}


def target_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return how far the profit target is, raised by a day that was too good."""
    flat = not now.snapshot.positions

    def words(one: Target, found: Finding) -> str:
        target = _raised(now.program, now.track, found.bound)
        raised = "" if target == found.bound else f", raised from {found.bound:.2f} by the best day"
        left = max(0.0, target - found.value)
        if left:
            return f"{found.value:.2f} of {target:.2f} profit{raised}; {left:.2f} to go"
        open_still = " once everything is closed" if one.flat and not flat else ""
        return f"{found.value:.2f} of {target:.2f} profit{raised}: reached{open_still}"

    return _judged(rule, Target, lambda one: one.find(now.track, flat=flat), words)


def _raised(program: Program, track: Track, target: float) -> float:
    """Return a target after the best day, by the rules of a program that raise it."""
    best = max((*(day.closed for day in track.days), track.closed_today, 0.0))
    readings = (one for rule in program.rules for one in _of(rule, Concentration).values())
    return max((one.raised(best, target) for one in readings), default=target)


def days_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return how many days count, of those that are wanted."""
    for_what = _DAYS.get(rule.effect, "wanted")

    def words(one: DayCount, found: Finding) -> str:
        kind = "trading days" if one.amount is None else "profitable days"
        window = "" if one.window is None else f" of the last {one.window}"
        return f"{found.value:.0f} of {found.bound:.0f} {kind}{window} {for_what}"

    return _judged(rule, DayCount, lambda one: one.find(now.track, now.as_of), words)


def concentration_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return the share of the best day, and from what profit on today would be too good."""
    target = target_of(now.program, now.track)

    def words(one: Concentration, found: Finding) -> str:
        most = most_today(one, now.track, target)
        today = (
            "" if most is None else f"; above {most:.2f} today {_CONSEQUENCE.get(rule.effect, 'breaks it')}"
        )
        if not found.kept and one.of is not Denominator.TARGET:
            needed = one.needed(max(_profits(one, now.track)))
            today += f"; from {needed:.2f} on {_WHOLE[one.of]} makes up for it"
        if found.value == inf:
            return f"the best day is more than all profit{today}"
        share = f"{100 * found.value:.1f} % of {_WHOLE[one.of]}, at most {100 * one.most:g} %"
        return f"the best day is {share}{today}"

    return _judged(rule, Concentration, lambda one: one.find(now.track, target), words)


_CONSEQUENCE = {
    Effect.RAISES_TARGET: "raises your target",
    Effect.PAYOUT: "delays a payout",
    Effect.PASS: "delays passing",
}
_WHOLE = {
    Denominator.NET_PROFIT: "the net profit",
    Denominator.POSITIVE_DAYS: "the profit of winning days",
    Denominator.TARGET: "the profit target",
    Denominator.SINCE_PAYOUT: "the profit since the last payout",
}


def target_of(program: Program, track: Track) -> float | None:
    """Return the profit target of a program (its money); None where it has none, or none is published."""
    targets = (one for rule in program.rules for one in _of(rule, Target).values())
    amounts = [one.amount.in_money(track, track.initial) for one in targets]
    return next((one for one in amounts if not isinstance(one, Unknown)), None)


def most_today(rule: Concentration, track: Track, target: float | None) -> float | None:
    """Return the largest profit of today that keeps the rule; None where no profit would.

    With a share c of the whole and other days' profit O: today may be at most c * O / (1 - c), for
    today / (O + today) is c there.
    """
    if rule.of is Denominator.TARGET:
        return None if target is None else rule.most * target
    *days, _ = _profits(rule, track)
    others = sum(max(one, 0.0) for one in days) if rule.of is Denominator.POSITIVE_DAYS else sum(days)
    if rule.most >= 1 or others <= 0:
        return None
    return rule.most * others / (1 - rule.most)


def _profits(rule: Concentration, track: Track) -> list[float]:
    """Return the profits of the days that count, the running one last."""
    since = track.paid_days if rule.of is Denominator.SINCE_PAYOUT else 0
    return [*(day.closed for day in track.days[since:]), track.closed_today]


def inactivity_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return how many days are left until an account without activity is lost; amber from half of them on."""
    begun = now.program.start

    def found(one: Inactivity) -> Finding | Unknown:
        closed = one.counts is Activity.COMPLETED
        last = now.track.closed_at if closed else now.track.opened_at
        return one.find(last or begun, now.as_of)

    def words(one: Inactivity, seen: Finding) -> str:
        what = "closed" if one.counts is Activity.COMPLETED else "opened"
        return f"{seen.value:.1f} of {seen.bound:.0f} days since a position was {what}; {seen.room:.1f} left"

    return _judged(rule, Inactivity, found, words, countdown=True)


def time_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return how many days of the phase are left; amber from half of them on."""
    begun = now.program.start

    def found(one: TimeLimit) -> Finding | Unknown:
        return Unknown(_NO_START) if begun is None else one.find(begun, now.as_of)

    def words(one: TimeLimit, seen: Finding) -> str:
        return f"{seen.value:.1f} of {one.most} days of the phase have passed"

    return _judged(rule, TimeLimit, found, words, countdown=True)


def profit_cap_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return the profit of the running day against the most that counts."""

    def words(_: ProfitCap, found: Finding) -> str:
        over = f"; {-found.room:.2f} is taken away" if found.room < 0 else ""
        return f"{found.value:.2f} of at most {found.bound:.2f} profit today{over}"

    return _judged(rule, ProfitCap, lambda one: one.find(now.track), words)


def payout_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return what a payout still lacks, by the reading that asks for most."""
    track = now.track
    last = track.paid_at or now.program.start
    readings = _of(rule, PayoutGate)
    told = next(iter(readings))
    if last is None and any(one.every is not None for one in readings.values()):
        return ruling(rule, Light.TOLD, _NO_START, told)  # no account is lost by it
    lacking = {name: one.lacking(track, last or now.as_of, now.as_of) for name, one in readings.items()}
    words = {name: "; ".join(found) or "a payout may be asked for" for name, found in lacking.items()}
    told = max(lacking, key=lambda name: len(lacking[name]))
    others = [f"{name}: {words[name]}" for name in words if name != told]
    return ruling(rule, Light.GREEN, words[told], told, others)


def _of(rule: FundedRule, kind: type[_One]) -> dict[str, _One]:
    """Return the readings of one kind by what is told of them; a rule has no others."""
    return {told: one for told, one in rule.readings.items() if isinstance(one, kind)}


def _judged(
    rule: FundedRule,
    kind: type[_One],
    find: Callable[[_One], Finding | Unknown],
    words: Callable[[_One, Finding], str],
    *,
    countdown: bool = False,
) -> Ruling:
    """Return the ruling by the worst reading; what is not reached yet is no fault, a countdown may be."""
    readings = _of(rule, kind)
    found = {told: find(one) for told, one in readings.items()}
    names = list(found)
    told = names[worst([found[name] for name in names])]
    told_of = {
        name: f"cannot certify: {one.reason}" if isinstance(one, Unknown) else words(readings[name], one)
        for name, one in found.items()
    }
    others = [f"{name}: {told_of[name]}" for name in names if name != told]
    shown = found[told]
    if isinstance(shown, Unknown):
        return unsure(rule, shown.reason, told, others)
    light = _countdown(shown) if countdown else _light(rule, shown)
    return ruling(rule, light, told_of[told], told, others)


def _countdown(found: Finding) -> Light:
    if not found.kept:
        return Light.RED
    return Light.AMBER if found.value >= _HALF * found.bound else Light.GREEN


def _light(rule: FundedRule, found: Finding) -> Light:
    """Amber is what has gone wrong and can be mended; days and targets that are still to come are not."""
    growing = (Effect.PASS, Effect.PAYOUT)
    return Light.GREEN if found.kept or rule.effect in growing else Light.AMBER
