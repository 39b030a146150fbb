"""The loop where the PC's clock is wrong, is set while it runs, or the PC sleeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.app import Assistant
from assistant.clock import Lapses, PaperClock, WallClock
from assistant.config import load_config
from assistant.core.lapse import Lapse
from assistant.errors import TerminalError
from assistant.outputs.fields import Document
from assistant.outputs.journal import read_journal
from assistant.source import open_source
from assistant.terminal import paper
from tests.doubles import bridge
from tests.doubles.bridge import LOGIN, NOON, Broker, HandClock
from tests.doubles.runs import Run, sides

# The clocks


def test_what_passes_is_counted_whatever_the_clock_is_set_to(tmp_path: Path) -> None:
    before, clock = WallClock().passed(), WallClock()
    clock.sleep(0)
    assert clock.passed() >= before > 0
    paper.reset(paper.START, tmp_path)
    played = PaperClock(paper, 1e9)
    lapses = Lapses(played)
    assert lapses.look(played.now(), 2.0) is None
    lapses.keep()
    played.sleep(5)
    paper.faults.set_pc_clock(-40.0)
    assert lapses.look(played.now(), 2.0) == Lapse(-35.0, 5.0, 2.0)
    assert played.now() == paper.START - timedelta(seconds=35)
    played.sleep(1)
    assert lapses.look(played.now(), 2.0) == Lapse(-34.0, 6.0, 2.0)  # the look between was not kept
    lapses.keep()
    played.sleep(1)
    assert lapses.look(played.now(), 2.0) == Lapse(1.0, 1.0, 2.0)


# A run


def cycles(one: Assistant, clock: HandClock, seconds: int) -> list[Document]:
    """A cycle each second, so many."""
    shown = []
    for _ in range(seconds):
        clock.sleep(1)
        shown.append(one.cycle()[1])
    return shown


def stales(document: Document, scope: str = "account") -> list[str]:
    return [cap["reason"] for cap in document["caps"] if cap["name"] == "stale" and cap["scope"] == scope]


def most(document: Document) -> float:
    return max(float(side["lots"]) for side in sides(document))


def clocked(home: Path) -> list[dict[str, Any]]:
    """What the journal says of the clock, whatever day the PC took it for."""
    lines = [
        entry
        for path in sorted((home / "logs").glob(f"journal_{LOGIN}_*.jsonl"))
        for entry in read_journal(path)
    ]
    return [
        {key: entry[key] for key in ("told", "jump", "passed")} for entry in lines if entry["kind"] == "clock"
    ]


@pytest.mark.parametrize("ahead", [3600.0, -40.0, 3.0, -3.0])
def test_a_clock_that_is_set_is_told_and_no_new_risk_until_it_is_right_again(
    home: Path, broker: Broker, ahead: float
) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        assert most(cycles(one, clock, 3)[-1]) > 0
        clock.ahead = ahead
        wrong = cycles(one, clock, 10)
        told = f"the PC's clock jumped by {ahead:+.0f} s"
        assert f"{told} since the last look: what is fresh must be seen anew" in stales(wrong[0])
        assert {most(shown) for shown in wrong} == {0.0}
        clock.ahead = 0.0
        right = cycles(one, clock, 37)
    assert [most(shown) > 0 for shown in right[:30]] == [False] * 30
    assert most(right[-1]) > 0
    back = f"the PC's clock jumped by {-ahead:+.0f} s"
    assert clocked(home) == [
        {"told": told, "jump": ahead, "passed": 1.0},
        {"told": back, "jump": -ahead, "passed": 1.0},
    ]


def test_a_pc_that_slept_is_told_its_deals_are_read_again_and_what_was_good_is_seen_anew(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        broker.ticks["XLU.US"] = None
        assert stales(cycles(one, clock, 1)[0], "XLU") != []
        del broker.ticks["XLU.US"]
        cycles(one, clock, 1)  # good once
        asked = sum(name == "history_orders_get" for name, _, _ in broker.calls)
        clock.sleep(2519)
        woken = cycles(one, clock, 1)[0]
        (reason,) = stales(woken, "XLU")
        assert reason.startswith("recovering, good for 0 of 30 s")
        assert sum(name == "history_orders_get" for name, _, _ in broker.calls) == asked + 1
    assert clocked(home) == [
        {"told": "nobody looked for 42 min: the PC slept, or a call hung", "jump": 0.0, "passed": 2520.0}
    ]


def test_a_terminal_that_was_away_is_no_sleep_of_the_pc(home: Path, broker: Broker) -> None:
    run = Run(home, broker)

    def mend() -> None:
        if broker.now > NOON + timedelta(seconds=75):
            broker.fails.clear()

    run.loop(90, lambda: broker.fails.add("terminal_info"), *[mend] * 100)
    assert 2 < len(run.shown) < 20
    assert clocked(home) == []


def test_a_slow_rhythm_is_no_sleep(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        until = clock.now() + timedelta(minutes=18)
        one.run(240.0, run.shown.append, run.troubles.append, until)
    assert (len(run.shown), clocked(home)) == (5, [])


def test_a_jump_in_a_cycle_that_fails_is_known_to_the_next(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        cycles(one, clock, 2)
        clock.ahead = -5.0
        clock.sleep(1)
        broker.money["balance"] += 250.0  # makes the assistant ask for deals
        broker.fails.add("history_deals_get")
        with pytest.raises(TerminalError):
            one.cycle()
        broker.fails.clear()
        (after,) = cycles(one, clock, 1)
    told = "the PC's clock jumped by -5 s since the last look: what is fresh must be seen anew"
    assert told in stales(after)
    assert len(clocked(home)) == 1


def test_a_history_that_takes_seconds_is_no_jump(
    home: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> tuple[object, ...]:
        broker.now += timedelta(seconds=4)
        return ()

    monkeypatch.setattr(broker, "_history_orders_get", slow)
    with Run(home, broker).assistant() as (one, clock):
        documents = cycles(one, clock, 3)
    assert [stales(document) for document in documents] == [[], [], []]


def test_deals_of_a_run_that_began_by_a_clock_ahead_are_its_own_once_it_is_right(
    home: Path, broker: Broker
) -> None:
    clock = HandClock(broker)
    clock.ahead = 3600.0
    source = replace(open_source(load_config(home), home), clock=clock)
    with Assistant(load_config(home), home, source, publish=True, dry_run=False) as one:
        cycles(one, clock, 1)
        clock.ahead = 0.0
        cycles(one, clock, 1)
        broker.deals = (bridge.deal(71, broker.now),)
        broker.positions = (bridge.position(),)
        cycles(one, clock, 2)
    assert [entry["jump"] for entry in clocked(home)] == [-3600.0]
    journal = read_journal(home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl")
    assert [entry["ticket"] for entry in journal if entry["kind"] == "deal"] == [71]


# A clock that is wrong all the time


def test_a_pc_that_is_ahead_is_named_and_not_the_age_of_quotes(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        clock.ahead = 16.0  # the usual tick is 1.25 s old
        shown = cycles(one, clock, 5)[-1]
    assert most(shown) == 0
    (reason,) = stales(shown, "IWM")
    assert reason == (
        "quote seems 17 s old, 15 s allowed: the PC's clock is 17 s ahead of the broker's, or quotes come "
        "late; set the PC's clock by the internet"
    )


@pytest.mark.parametrize("ahead", [0.0, -9.0])
def test_a_pc_that_is_behind_makes_no_old_quote_look_fresh(home: Path, broker: Broker, ahead: float) -> None:
    """The usual tick is 1.25 s old: 9 s behind, the freshest one is 7.75 s ahead, and ages count by that."""
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        clock.ahead = ahead
        assert most(cycles(one, clock, 45)[-1]) > 0  # 30 s after the clock was measured
        broker.ticks["IWM.US"] = broker.functions()["symbol_info_tick"]("IWM.US")
        frozen_at, fresh = broker.now - timedelta(seconds=1.25), {}
        for _ in range(20):
            (shown,) = cycles(one, clock, 1)
            (told,) = (one["quote_age_s"] for one in shown["symbols"] if one["symbol"] == "IWM")
            assert told >= (broker.now - frozen_at).total_seconds() - 1.25 - 1e-9
            fresh[(broker.now - frozen_at).total_seconds()] = not stales(shown, "IWM")
    shown_fresh = max(age for age, good in fresh.items() if good)
    assert shown_fresh <= 15 + 1.25
    assert shown_fresh >= 14
