"""A restart at any moment of a day gives the floors of a run without one, or safer ones."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.core.bounds import Minute
from assistant.core.breaches import floors_of
from assistant.core.firm_day import Cutoff
from assistant.core.floors import Amount, Reference
from assistant.core.followed import Followed, asked, follow, key_of, present
from assistant.core.funded import Effect
from assistant.core.market import Deal, Position, Unknown
from assistant.core.past import Past
from assistant.core.program import Program
from assistant.core.snapshot import Snapshot, Stated
from assistant.core.track import Mark
from assistant.outputs.funded_record import Known, funded_entries, record_of, seen_until
from assistant.outputs.journal import Journal
from assistant.outputs.recall import recall_followed
from tests.core.builders import ACCOUNT, SNAPSHOT
from tests.core.following import DEPOSIT, EVER, PROGRAM, floor, rule
from tests.core.pasts import FLAT, T0, at, fill, money, still_open

LOGIN = 50_012
STEP = timedelta(seconds=5)
STEPS = 170  # fourteen minutes from T0 on
CENT = 0.02 * 2.5
PLAN: Program = replace(
    PROGRAM,
    cutoffs={
        "A": Cutoff(time(15, 5), ZoneInfo("Europe/London")),  # 14:05 UTC: T0 and five minutes
        "B": Cutoff(time(16, 9), ZoneInfo("Europe/Prague")),  # T0 and nine minutes
    },
    rules=(
        rule("daily", Effect.PAUSE, floor(Reference.DAY_START_MAX, Amount(percent=1.0))),
        rule("of day", Effect.PAUSE, floor(Reference.HWM_EQUITY_OF_DAY, Amount(money=700.0))),
        rule("trail", Effect.FAIL, floor(Reference.HWM_EQUITY_INTRADAY, Amount(money=900.0))),
        rule("closing", Effect.FAIL, floor(Reference.HWM_BALANCE_EOD, Amount(money=800.0))),
        rule("balance", Effect.FAIL, floor(Reference.HWM_BALANCE_INTRADAY, Amount(money=850.0))),
    ),
)


@dataclass
class World:
    """Fourteen minutes of an account that trades one symbol, as they were at each step."""

    seed: int
    balance: float = 21_010.0
    lots: float = 0.0
    price: float = 200.0
    opened: float = 0.0
    deals: list[Deal] = field(default_factory=lambda: [DEPOSIT])
    ticks: list[tuple[datetime, float]] = field(default_factory=list)
    steps: list[tuple[datetime, float, float, float, int, int]] = field(default_factory=list)
    spread: float = 0.04

    def __post_init__(self) -> None:
        """Play it."""
        chance = random.Random(self.seed)  # noqa: S311 -- a play, no secret
        self.ticks.append((at(-1), self.price))
        for number in range(STEPS):
            now = T0 + number * STEP
            self.price = round(self.price + chance.choice((-0.35, -0.1, 0.0, 0.1, 0.35)), 2)
            self.ticks.append((now, self.price))
            minutes = (now - T0) / timedelta(minutes=1) - 0.01  # 0.6 s before the look
            if chance.random() < 0.08:
                self._trade(minutes)
            elif chance.random() < 0.02:
                self._book(money(len(self.deals) + 1, minutes, chance.choice((90.0, -70.0))))
            self.steps.append(
                (
                    now,
                    self.balance,
                    self.balance + self._floating(),
                    self.lots,
                    len(self.deals),
                    len(self.ticks),
                )
            )

    def _trade(self, minutes: float) -> None:
        ticket = len(self.deals) + 1
        if self.lots:
            profit = round(self._floating(), 2)
            deal = fill(ticket, minutes, "sell", "out", price=self.price, profit=profit, lots=self.lots)
            self.lots = 0.0
        else:
            self.lots, self.opened = 2.0, round(self.price + self.spread, 2)
            deal = fill(ticket, minutes, "buy", "in", price=self.opened)
        self._book(replace(deal, position=ticket if self.lots else ticket - 1))

    def _book(self, deal: Deal) -> None:
        last = [one for one in self.deals if one.broker_symbol]
        if deal.broker_symbol and deal.entry == "out":
            deal = replace(deal, position=last[-1].position)
        self.deals.append(deal)
        self.balance += deal.profit

    def _floating(self) -> float:
        return self.lots * 93.0 * (self.price - self.opened)

    def _equity(self) -> float:
        return self.balance + self._floating()

    def shown(self, number: int, asks: datetime | None, stated: tuple[Stated, ...]) -> Snapshot:
        """What a cycle at a step sees, with the history where it is asked for."""
        now, balance, equity, *_ = self.steps[number]
        return replace(
            SNAPSHOT,
            as_of=now,
            account=replace(ACCOUNT, balance=balance, equity=equity, credit=0.0),
            deals=tuple(self.deals[: self.steps[number][4]]),
            told=None if asks is None else self.past(number, asks),
            stated=stated,
        )

    def past(self, number: int, since: datetime) -> Past:
        """The history at a step."""
        now, balance, equity, lots, deals, ticks = self.steps[number]
        bars: dict[datetime, list[float]] = {}
        for instant, bid in self.ticks[:ticks]:
            bars.setdefault(instant.replace(second=0), []).append(bid)
        own = self.deals[:deals]
        held: tuple[Position, ...] = ()
        if lots:
            ticket = next(one.position for one in reversed(own) if one.broker_symbol)
            held = (still_open(lots, ticket=ticket),)
        return Past(
            since=max(since, EVER),
            until=now,
            balance=balance,
            equity=equity,
            deals=tuple(own),
            positions=held,
            minutes={"IWM.US": [Minute(at_, max(b), min(b), self.spread) for at_, b in bars.items()]},
            worth={"IWM.US": FLAT},
        )


class Watcher:
    """One run or several: what it remembers, and what it puts on record."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.journal = Journal(folder, LOGIN)
        self.followed: Followed | None = None
        self.known, self.state = Known(), dict[str, Any]()
        self.written = 0

    def cycle(self, number: int, stated: tuple[Stated, ...] = (), *, published: bool = True) -> None:
        """Look, put on record, and publish unless the end comes before."""
        plain = self.world.shown(number, None, stated)
        asks = asked(self.followed, PLAN, plain)
        found = follow(self.followed, self.world.shown(number, asks, stated), PLAN)
        assert not isinstance(found, Unknown)
        self.followed = found
        entries, self.known = funded_entries(found, PLAN, self.known)
        for kind, fields in entries:
            self.journal.write(plain.as_of, kind, fields)
            self.written += 1
        if published:
            funded = {"track": found.key, "record": record_of(found, PLAN), "seen_at": found.at.isoformat()}
            self.state = {"funded": funded}

    def restart(self, now: datetime) -> None:
        """Lose what is in memory, and take it from the record."""
        self.journal.close()
        self.known = Known()
        found = recall_followed(self.folder, LOGIN, now, key_of(PLAN))
        self.followed = found and seen_until(found, self.state, PLAN, now)

    def floors(self, number: int) -> dict[tuple[str, str], float]:
        """Each floor by rule and cut-off."""
        assert self.followed is not None
        now, balance, equity, *_ = self.world.steps[number]
        account = replace(ACCOUNT, balance=balance, equity=equity, credit=0.0)
        found = {}
        for name, track in present(self.followed, account, now).items():
            for one in PLAN.rules:
                ((_, own),) = floors_of(one)
                level = own.level(track)
                assert not isinstance(level, Unknown)
                found[one.name, name] = level
        return found


@settings(max_examples=20)
@given(
    seed=st.integers(0, 10**9),
    stops=st.lists(st.tuples(st.integers(1, STEPS - 1), st.integers(0, 60), st.booleans()), max_size=4),
    statement=st.integers(0, STEPS - 1),
)
def test_a_restart_at_any_moment_gives_the_same_floors_or_safer_ones(
    seed: int, stops: list[tuple[int, int, bool]], statement: int
) -> None:
    world = World(seed)
    said = (Stated(T0 + statement * STEP - STEP / 2, {Mark.HIGH_EQUITY: 52_800.0}, "trail", lower=True),)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        whole, torn = Watcher(world, Path(one)), Watcher(world, Path(other))
        ends = {number: (number + away, published) for number, away, published in stops}
        back = 0
        for number in range(STEPS):
            stated = said if number >= statement else ()
            whole.cycle(number, stated)
            if number < back:
                continue
            if number == back and number:
                torn.restart(world.steps[number][0])
            stops_here = number in ends
            torn.cycle(number, stated, published=not stops_here or ends[number][1])
            floors = torn.floors(number)
            for key, level in whole.floors(number).items():
                assert floors[key] >= level - CENT, (number, key)
            assert whole.followed is not None
            assert torn.followed is not None
            for name, track in whole.followed.tracks.items():
                own = torn.followed.tracks[name]
                assert (own.opened, own.payouts, len(own.days)) == (
                    track.opened,
                    track.payouts,
                    len(track.days),
                )
                assert abs(own.opening - track.opening) < CENT
                assert abs(own.deposited - track.deposited) < CENT
            assert set(whole.followed.broken) <= set(torn.followed.broken), number
            if stops_here:
                back = ends[number][0] + 1
        whole.journal.close()
        torn.journal.close()
