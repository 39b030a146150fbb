"""Programs of a funded account by hand, and accounts that are followed by them; no factor is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from assistant.core.costs import PlanSettings
from assistant.core.firm_day import Cutoff
from assistant.core.floors import Amount, Floor, Measure, Op, Reference
from assistant.core.followed import Followed, key_of
from assistant.core.funded import NO_CUTOFF, Effect, Primitive
from assistant.core.funded_rules import funded_rules
from assistant.core.market import Account, Unknown
from assistant.core.program import FundedRule, Mode, Program, Prudence
from assistant.core.rulings import Ruling, Rulings
from assistant.core.snapshot import Snapshot
from assistant.core.track import Event, Look, Reset, fold, start
from tests.core.builders import ACCOUNT, AS_OF, PLAN, SNAPSHOT, utc

SECOND = timedelta(seconds=1)
PRAGUE = Cutoff(time(0), ZoneInfo("Europe/Prague"))  # 23:00 UTC in winter
CHICAGO = Cutoff(time(16, 15), ZoneInfo("America/Chicago"))  # 22:15 UTC in winter
BY_PRAGUE, BY_CHICAGO = "00:00 Europe/Prague", "16:15 America/Chicago"
LAST_RESET = utc("2018-12-09T23:00")  # in Prague, before AS_OF
OWN = replace(ACCOUNT, credit=0.0)  # balance 101000, equity 99550: 1450 are lost in what is open
PRUDENCE = Prudence(reserve=0.15, amber=0.6, reward=1.5, planned_payout=0.0)
FIVE = Amount(percent=5)
BEGUN: tuple[Event, ...] = (Reset(LAST_RESET, 100_600.0, 100_900.0),)


def floor(reference: Reference = Reference.INITIAL, amount: Amount = FIVE, **others: Any) -> Floor:  # noqa: ANN401 -- fields
    """A floor under the equity that may be reached."""
    fields = {"measure": Measure.EQUITY, "op": Op.LT, **others}
    return Floor(reference=reference, amount=amount, **fields)


DAILY = floor(Reference.DAY_START_BALANCE)  # 5 % of 98000 is 4900


def rule(
    *readings: Primitive | tuple[str, Primitive],
    name: str = "daily",
    effect: Effect = Effect.FAIL,
    **others: Any,  # noqa: ANN401 -- fields
) -> FundedRule:
    """A rule in these readings, the first one as published."""
    told = dict(one if isinstance(one, tuple) else ("as published", one) for one in readings)
    return FundedRule(name=name, effect=effect, readings=told, **others)


def program(*rules: FundedRule, **changes: Any) -> Program:  # noqa: ANN401 -- fields
    """A program over 98000 of an account sold as 100000, whose rules bind."""
    fields: dict[str, Any] = {
        "key": "own/two_steps",
        "title": "Own Two Steps",
        "mode": Mode.ENFORCE,
        "currency": "USD",
        "initial": 98_000.0,
        "size": 100_000.0,
        "start": utc("2018-11-20T12:00"),
        "virtual": False,
        "cutoffs": {BY_PRAGUE: PRAGUE},
        "rules": rules,
        "prudence": PRUDENCE,
    }
    return Program(**fields | changes)


def followed(
    by: Program,
    events: Iterable[Event] = BEGUN,
    account: Account = OWN,
    scale: float = 1.0,
    as_of: datetime = AS_OF,
    **changes: Any,  # noqa: ANN401 -- fields
) -> Followed:
    """An account after these events (program's money), and looked at a second ago."""
    at = as_of - SECOND
    look = Look(at, account.balance * scale, account.equity * scale)
    track = fold(start(by.initial, by.size), [*events, look])
    tracks = dict.fromkeys(by.cutoffs or (NO_CUTOFF,), track)
    fields: dict[str, Any] = {
        "key": key_of(by),
        "scale": scale,
        "at": at,
        "clock": "New_York+7",
        "tracks": tracks,
    }
    return Followed(**fields | changes)


def snapshot(account: Account = OWN, **changes: Any) -> Snapshot:  # noqa: ANN401 -- fields
    """The facts of the present, without anything open."""
    return replace(SNAPSHOT, account=account, **changes)


def judged(
    by: Program,
    before: Followed | None = None,
    now: Snapshot | None = None,
    plan: PlanSettings = PLAN,
    ahead: float | Unknown = 0.0,
    notional: float | Unknown = 0.0,
) -> Rulings:
    """What the rules come to; without facts, those of `followed` and `snapshot`."""
    return funded_rules(by, before or followed(by), now or snapshot(), plan, ahead, (), notional)[0]


def the(*readings: Primitive | tuple[str, Primitive], **others: Any) -> Ruling:  # noqa: ANN401 -- fields
    """The ruling on one rule, by what is given as for `followed` and `judged`.

    `by` changes the program, `facts` the snapshot, `past` what is followed; all else is of the rule.
    """
    events, account = others.pop("events", BEGUN), others.pop("account", OWN)
    scale, as_of = others.pop("scale", 1.0), others.pop("as_of", AS_OF)
    changes: Mapping[str, Any] = others.pop("by", {})
    facts: Mapping[str, Any] = others.pop("facts", {})
    past: Mapping[str, Any] = others.pop("past", {})
    plan, ahead = others.pop("plan", PLAN), others.pop("ahead", 0.0)
    notional: float | Unknown = others.pop("notional", 0.0)
    by = program(rule(*readings, **others), **changes)
    before = followed(by, events, account, scale, as_of, **past)
    return judged(by, before, snapshot(account, as_of=as_of, **facts), plan, ahead, notional).rulings[0]
