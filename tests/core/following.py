"""A funded account to follow: a rehearsal at 2.5 to one, with two possible cut-offs, from 21010.00."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from assistant.core.firm_day import Cutoff
from assistant.core.floors import Amount, Floor, Measure, Op, Reference
from assistant.core.followed import Followed, follow
from assistant.core.funded import Effect, Target
from assistant.core.market import Deal, Unknown
from assistant.core.past import Past
from assistant.core.program import FundedRule, Mode, Program, Prudence
from assistant.core.snapshot import Snapshot, Stated
from tests.core.builders import ACCOUNT, SNAPSHOT
from tests.core.pasts import T0, at, fill, money, past

START = at(-300)  # 09:00 UTC
EVER = at(-100_000)
DEPOSIT = money(1, -600, 21_010.0)
CUTOFFS = {
    "A": Cutoff(time(15, 30), ZoneInfo("Europe/London")),  # 14:30 UTC in June: T0 and 30 minutes
    "B": Cutoff(time(17), ZoneInfo("Europe/Prague")),  # 15:00 UTC: T0 and 60 minutes
}


def floor(reference: Reference, amount: Amount, op: Op = Op.LE) -> Floor:
    return Floor(reference=reference, amount=amount, measure=Measure.EQUITY, op=op)


def rule(name: str, effect: Effect, *readings: Floor | Target) -> FundedRule:
    return FundedRule(
        name=name, effect=effect, readings={f"reading {n}": one for n, one in enumerate(readings)}
    )


DAILY = rule("daily", Effect.PAUSE, floor(Reference.DAY_START_MAX, Amount(percent=4.0), Op.LT))  # 2101.00
TRAIL = rule("trail", Effect.FAIL, floor(Reference.HWM_EQUITY_INTRADAY, Amount(money=3_150.0)))
CLOSING = rule("closing", Effect.FAIL, floor(Reference.HWM_BALANCE_EOD, Amount(money=2_600.0)))
GOAL = rule("goal", Effect.PASS, Target(amount=Amount(percent=9.0)))
PROGRAM = Program(
    key="firm/rehearsed",
    title="Firm, rehearsed",
    mode=Mode.ENFORCE,
    currency="USD",
    initial=52_525.0,  # 2.5 times 21010
    size=50_000.0,
    start=START,
    virtual=True,
    cutoffs=CUTOFFS,
    rules=(DAILY, TRAIL, CLOSING, GOAL),
    prudence=Prudence(reserve=0.15, amber=0.5, reward=1.5, planned_payout=0.0),
)
REAL = replace(PROGRAM, key="firm/real", virtual=False, initial=21_010.0, size=25_000.0)


def seconds(number: float) -> datetime:
    """So many seconds after T0."""
    return T0 + timedelta(seconds=number)


def shown(
    number: float,
    balance: float = 21_010.0,
    equity: float | None = None,
    *,
    deals: Sequence[Deal] | Unknown = (),
    told: Past | Unknown | None = None,
    stated: Sequence[Stated] = (),
    credit: float = 0.0,
) -> Snapshot:
    """What a cycle sees so many seconds after T0; equity without credit, by default the balance."""
    worth = (balance if equity is None else equity) + credit
    return replace(
        SNAPSHOT,
        as_of=seconds(number),
        account=replace(ACCOUNT, balance=balance, equity=worth, credit=credit),
        deals=deals if isinstance(deals, Unknown) else tuple(deals),
        told=told,
        stated=tuple(stated),
    )


def by_clock(snapshot: Snapshot, zone: str) -> Snapshot:
    """The same, the server's clock taken for another."""
    return replace(snapshot, terminal=replace(snapshot.terminal, clock=zone))


def history(number: float, *deals: Deal, floating: float = 0.0, since: datetime = EVER) -> Past:
    """The account's past, read so many seconds after T0: the deposit, and these deals."""
    return past([DEPOSIT, *deals], until=number / 60, floating=floating, since=since)


def known(before: Followed | None, now: Snapshot, program: Program = PROGRAM) -> Followed:
    """The account followed to a snapshot, which must be known."""
    found = follow(before, now, program)
    assert isinstance(found, Followed), found
    return found


def begun(number: float = 0.0, program: Program = PROGRAM) -> Followed:
    """The account on which nothing has happened, read so many seconds after T0."""
    return known(None, shown(number, told=history(number)), program)


def looks(before: Followed, *now: Snapshot, program: Program = PROGRAM) -> Followed:
    """The account followed through snapshots."""
    for one in now:
        before = known(before, one, program)
    return before


def quiet(
    before: Followed, number: float, balance: float = 21_010.0, equity: float | None = None
) -> Followed:
    """The account followed by a look each ten seconds, the last one so many seconds after T0."""
    while (left := number - (before.at - T0).total_seconds()) > 0:
        before = known(before, shown(number - max(0.0, left - 10), balance, equity))
    return before


def gain(ticket: int, number: float, amount: float) -> Deal:
    """A position closed so many seconds after T0, with its result."""
    return fill(ticket, number / 60, "sell", "out", profit=amount)
