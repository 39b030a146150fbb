"""What a firm's dashboard has shown, in an account that is followed: taken in at its own instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from zoneinfo import ZoneInfo

from assistant.core.breaches import Breach
from assistant.core.firm_day import Cutoff
from assistant.core.floors import Amount, Floor, Measure, Op, Reference
from assistant.core.followed import Followed, follow
from assistant.core.funded import Effect
from assistant.core.market import Deal, Unknown
from assistant.core.past import Past
from assistant.core.program import FundedRule, Mode, Program, Prudence
from assistant.core.snapshot import Stated
from assistant.core.track import Mark, Track
from tests.core.builders import SNAPSHOT
from tests.core.pasts import at, fill, money, past

NEW_YORK = Cutoff(time(17), ZoneInfo("America/New_York"))  # 21:00 UTC: 420 minutes after T0
DEPOSIT = money(1, 0, 50_000.0)


def trail(**other: float) -> FundedRule:
    """2000 below the highest balance at a day's end."""
    floor = Floor(
        reference=Reference.HWM_BALANCE_EOD,
        amount=Amount(money=2000.0),
        measure=Measure.EQUITY,
        op=Op.LT,
    )
    return FundedRule(name="max", effect=Effect.FAIL, readings={"as published": floor}, **other)  # type: ignore[arg-type]


PROGRAM = Program(
    key="custom",
    title="own",
    mode=Mode.DRY_RUN,
    currency="USD",
    initial=50_000.0,
    size=50_000.0,
    start=None,
    virtual=False,
    cutoffs={"17:00 America/New_York": NEW_YORK},
    rules=(trail(),),
    prudence=Prudence(reserve=0.15, amber=0.5, reward=1.0, planned_payout=0.0),
)


def told(minutes: float, rule: str | None = None, **marks: float) -> Stated:
    """A statement that may lower."""
    return Stated(at(minutes), {Mark(name): value for name, value in marks.items()}, rule, lower=True)


def followed(
    history: Past | None,
    stated: Sequence[Stated],
    before: Followed | None = None,
    program: Program = PROGRAM,
    *,
    minutes: float = 60,
    equity: float = 50_000.0,
    deals: tuple[Deal, ...] = (),
) -> Followed:
    """The account followed to so many minutes after T0."""
    seen = SNAPSHOT
    account = replace(seen.account, balance=50_000.0, equity=equity, credit=0.0)
    seen = replace(seen, as_of=at(minutes), account=account, told=history, stated=tuple(stated), deals=deals)
    found = follow(before, seen, program)
    assert not isinstance(found, Unknown)
    return found


def track(found: Followed) -> Track:
    return found.tracks["17:00 America/New_York"]


def test_the_start_of_a_day_that_was_stated_holds_until_the_next_reset() -> None:
    """Stated at 15:00 UTC, the day ends at 21:00 with a balance of 50000."""
    said = [told(60, start_balance=51_000.0)]
    assert track(followed(past([DEPOSIT], until=400), said, minutes=400)).start_balance == 51_000.0
    assert track(followed(past([DEPOSIT], until=430), said, minutes=430)).start_balance == 50_000.0


def test_a_high_that_was_stated_is_passed_by_a_higher_one_after_it() -> None:
    """51200 was stated on the first day; 1500 are won on it, and the day ends at 51500."""
    won = fill(3, 100, "sell", "out", profit=1500.0)
    opened = fill(2, 90, "buy", "in")
    said = [told(60, high_balance_eod=51_200.0)]
    assert track(followed(past([DEPOSIT, opened, won], until=430), said)).high_balance_eod == 51_500.0
    assert track(followed(past([DEPOSIT], until=430), said)).high_balance_eod == 51_200.0


def test_a_statement_from_before_the_phase_began_is_of_another_one() -> None:
    later = replace(PROGRAM, start=at(120))
    said = [told(60, high_balance_eod=51_200.0)]
    assert track(followed(past([DEPOSIT], until=200), said, program=later)).high_balance_eod == 50_000.0


def test_a_statement_is_taken_by_the_next_look_and_once() -> None:
    first = followed(past([DEPOSIT]), [])
    said = [told(60.005, high_balance_eod=51_200.0)]
    second = followed(None, said, first, minutes=60.01)
    assert (track(second).high_balance_eod, second.stated_at) == (51_200.0, at(60.005))
    raised = replace(
        second, tracks={name: replace(one, high_balance_eod=52_000.0) for name, one in second.tracks.items()}
    )
    assert track(followed(None, said, raised, minutes=60.02)).high_balance_eod == 52_000.0


def test_a_lower_high_that_was_stated_stands_after_a_restart_too() -> None:
    """By its deals the account once ended a day at 50000; the firm, which knows better, says 49500."""
    said = [told(440, high_balance_eod=49_500.0)]
    resumed = replace(followed(past([DEPOSIT], until=450), said, minutes=450), resumed=True)
    again = followed(past([DEPOSIT], until=460), said, resumed, minutes=460)
    assert (track(again).high_balance_eod, again.differences) == (49_500.0, ())


def test_a_lower_high_is_taken_while_the_history_does_not_add_up() -> None:
    short = money(1, 0, 49_000.0)
    first = followed(past([short], until=430), [], minutes=430)
    assert first.asks is not None
    assert track(first).high_balance_eod == 50_000.0
    said = [told(435, high_balance_eod=49_500.0)]
    assert track(followed(past([short], until=440), said, first, minutes=440)).high_balance_eod == 49_500.0


def test_the_level_of_a_rule_clears_what_was_broken_before_it_and_nothing_after() -> None:
    """A floor of 48000: at 47900 the rule is broken. Its level, stated as 47500, clears it; 47400 is anew."""
    first = followed(past([DEPOSIT]), [])
    broken = followed(None, [], first, minutes=60.01, equity=47_900.0)
    assert broken.broken["max"].seen
    mark = [told(60.015, high_balance_eod=49_500.0)]
    assert "max" in followed(None, mark, broken, minutes=60.02, equity=47_900.0).broken
    level = [told(60.015, "max", high_balance_eod=49_500.0)]
    cleared = followed(None, level, broken, minutes=60.02, equity=47_900.0)
    assert cleared.broken == {}
    again = followed(None, level, cleared, minutes=60.03, equity=47_400.0)
    assert again.broken["max"] == Breach(
        at=at(60.03), value=47_400.0, floor=47_500.0, told="as published", seen=True, until=None
    )


def test_of_two_statements_the_later_one_stands() -> None:
    said = [told(50, high_balance_eod=51_500.0), told(40, high_balance_eod=51_200.0)]
    assert track(followed(past([DEPOSIT]), said)).high_balance_eod == 51_500.0
