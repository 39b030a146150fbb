"""A history that changes under a running assistant: corrected, full of holes, doubled, or shorter."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from assistant.app import Assistant
from assistant.outputs.fields import Document
from tests.doubles.bridge import Broker, HandClock
from tests.doubles.runs import Run, sides


def most(document: Document) -> float:
    return max(float(side["lots"]) for side in sides(document))


def lots(document: Document) -> list[float]:
    return [float(side["lots"]) for side in sides(document)]


def until(one: Assistant, clock: HandClock, seconds: int, step: int = 1) -> Document:
    """The document after so many seconds, a cycle each `step`."""
    for _ in range(seconds // step):
        clock.sleep(step)
        _, document = one.cycle()
    return document


def stales(document: Document) -> list[str]:
    return [cap["reason"] for cap in document["caps"] if cap["name"] == "stale" and cap["scope"] == "account"]


def changed(broker: Broker, name: str, place: int, factor: float) -> None:
    """Correct a close; the high and the low of its bar go with it."""
    stamp, opened, high, low, close, *rest = broker.bars[name][place]
    now = close * factor
    broker.bars[name][place] = (stamp, opened, max(high, now), min(low, now), now, *rest)


def written(run: Run, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in run.journal() if entry["kind"] == kind]


@pytest.mark.parametrize("factor", [1.03, 1.0021])
def test_yesterdays_close_corrected_at_noon_is_told_and_raises_no_lots(
    home: Path, broker: Broker, factor: float
) -> None:
    run = Run(home, broker)
    was = broker.bars["IWM.US"][-2][4]
    with run.assistant() as (one, clock):
        had = lots(until(one, clock, 3))
        changed(broker, "IWM.US", -2, factor)
        after = until(one, clock, 330, 30)
    assert all(now <= before for now, before in zip(lots(after), had, strict=True))
    (entry,) = written(run, "corrections")
    assert entry["legs"] == ["IWM", "SPY"]
    assert entry["closes"] == [[["2025-01-14", was, was * factor]], []]


def test_a_bar_of_one_leg_that_vanishes_from_the_middle_is_told_and_raises_no_lots(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        had = lots(until(one, clock, 3))
        del broker.bars["IWM.US"][-60]
        after = until(one, clock, 960, 30)
    assert all(now <= before for now, before in zip(lots(after), had, strict=True))
    assert [line for line in after["problems"] if "the ratio passes over it" in line] == [
        "IWM has no close of 2024-10-18: the ratio passes over it"
    ]


def test_a_bar_that_comes_twice_is_no_new_risk_until_it_is_gone(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, clock):
        had = most(until(one, clock, 3))
        broker.bars["IWM.US"].insert(-3, broker.bars["IWM.US"][-3])
        twice = until(one, clock, 330, 30)
        del broker.bars["IWM.US"][-3]
        mended = until(one, clock, 45, 5)
    assert had == most(mended) > 0
    assert (most(twice), stales(twice)) == (
        0.0,
        ["bars of IWM.US do not ascend: 2025-01-13 follows 2025-01-13"],
    )


def test_a_history_that_is_shorter_after_a_reconnection_is_no_new_risk(home: Path, broker: Broker) -> None:
    """Of 300 sessions 260 are enough for a stance: one that so few tell may be another."""
    run = Run(home, broker)
    whole = dict(broker.bars)

    def away() -> None:
        broker.fails.add("terminal_info")
        broker.bars = {name: bars[-261:] for name, bars in whole.items()}

    def loaded() -> None:
        broker.bars = whole

    run.loop(70, away, broker.fails.clear, *[lambda: None] * 20, loaded)
    short = [one for one in run.shown if any("after 300 before" in reason for reason in stales(one))]
    assert len(short) >= 10
    assert {most(one) for one in short} == {0.0}
    assert "IWM.US has 260 sessions of history, after 300 before" in stales(short[-1])
    assert most(run.shown[-1]) == most(run.shown[0]) > 0
