"""Slippage as past stops show it, on its way through the loop and into a check of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.config import load_config
from assistant.once import advise_once
from assistant.outputs.fields import Document
from assistant.source import open_source
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, NOON, Broker, HandClock
from tests.doubles.cycles import document_of
from tests.doubles.runs import Run

# The account is in EUR: a lot loses 93 per 1.0 of price, and 1 % more should the rate move.
LOSS = 93.93
COSTS = "costs: {slippage: 0.0003}\nplan: {hold: intraday}\n"
FAILS = (
    "past fills are not known, slippage is as configured: history_orders_get failed: -1 Terminal: Call failed"
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "local.yaml").write_text(LOCAL + COSTS, encoding="utf-8")
    return folder


def stop_outs(broker: Broker, count: int) -> None:
    """So many stops at 200.00, one a day up to yesterday, filled at 199.50: 0.25 % worse; no commission."""
    days = [NOON - timedelta(days=1 + number) for number in range(count)]
    broker.done = tuple(
        bridge.done(500 + n, at, price_open=200.0, comment="[sl 200.000]") for n, at in enumerate(days)
    )
    broker.deals = tuple(
        bridge.deal(600 + n, at, order=500 + n, type=1, entry=1, price=199.5, commission=0.0, fee=0.0)
        for n, at in enumerate(days)
    )


def cost(document: Document, symbol: str = "IWM") -> float:
    """The cost of a lot that is bought."""
    one = next(one for one in document["symbols"] if one["symbol"] == symbol)
    found: float = one["buy"]["sizing"]["cost_per_lot"]
    return found


def connected(home: Path, broker: Broker) -> Document:
    """What a check with a connection of its own rests on."""
    config = load_config(home)
    source = replace(open_source(config, home), clock=HandClock(broker))
    return document_of(advise_once(config, home, source))


def test_ten_stops_that_were_filled_worse_cost_a_lot_more_and_nine_do_not(home: Path, broker: Broker) -> None:
    for count, share in ((9, 0.0003), (10, 0.0025)):
        stop_outs(broker, count)
        run = Run(home, broker)
        run.loop(1)
        for document in (*run.shown, connected(home, broker)):
            assert cost(document) == pytest.approx(2 * share * 221.165 * LOSS)
            assert cost(document, "XLU") == pytest.approx(2 * 0.0003 * 77.35 * LOSS)


def test_fills_are_read_once_a_day_and_again_after_a_failure_of_the_terminal(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    run.loop(3)
    assert [name for name, _, _ in broker.calls].count("history_orders_get") == 1
    broker.calls.clear()
    second = Run(home, broker)
    second.loop(8, lambda: broker.fails.add("positions_get"), broker.fails.clear)
    assert [name for name, _, _ in broker.calls].count("history_orders_get") == 2


def test_the_next_day_fills_are_read_anew(home: Path, broker: Broker) -> None:
    stop_outs(broker, 10)
    with Run(home, broker).assistant() as (one, _):
        _, first = one.cycle()
        for deal in broker.deals:
            deal.price = 199.0  # 0.5 % worse
        _, same = one.cycle()
        broker.now += timedelta(days=1)
        _, later = one.cycle()
    assert [cost(document) for document in (first, same, later)] == pytest.approx(
        [2 * share * 221.165 * LOSS for share in (0.0025, 0.0025, 0.005)]
    )


def test_where_the_orders_cannot_be_read_the_configured_slippage_counts_and_a_problem_says_so(
    home: Path, broker: Broker
) -> None:
    stop_outs(broker, 10)
    broker.fails = {"history_orders_get"}
    run = Run(home, broker)
    run.loop(0)
    for document in (run.shown[0], connected(home, broker)):
        assert cost(document) == pytest.approx(2 * 0.0003 * 221.165 * LOSS)
        assert FAILS in document["problems"]
        assert any(one["buy"]["lots"] or one["sell"]["lots"] for one in document["symbols"])
    assert run.troubles == []
