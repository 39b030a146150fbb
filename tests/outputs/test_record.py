"""The journal gets what changed since the cycle before, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.core.market import Bar, Deal, Quote, Side, Snapshot, Unknown
from assistant.outputs.record import Recorded, entries, moved
from tests.doubles import bridge
from tests.doubles.bridge import Broker
from tests.doubles.cycles import advice_of, broker_snapshot

BOUGHT = Deal(
    7, datetime(2025, 1, 15, 16, 0, tzinfo=UTC), "buy", "in", 81, "IWM.US", 1.1, 222.5, 0, -2.2, 0, 0
)
PAID = Deal(8, datetime(2025, 1, 15, 16, 30, tzinfo=UTC), "balance", "in", 0, "", 0, 0, 250.0, 0, 0, 0)


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path)


def step(
    snapshot: Snapshot, before: Recorded, deals: Sequence[Deal] = ()
) -> tuple[dict[str, dict[str, Any]], Recorded]:
    """The entries of a cycle by kind (several deals would need a list), and what is known then."""
    written, now = entries(snapshot, advice_of(snapshot), deals, before)
    assert len({kind for kind, _ in written}) == len(written)
    json.dumps(written, allow_nan=False)
    return dict(written), now


def test_the_first_cycle_records_everything_in_the_order_of_cause(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    written, _ = entries(snapshot, advice_of(snapshot), [BOUGHT, PAID], Recorded())
    assert [kind for kind, _ in written] == ["closes", "deal", "deal", "account", "positions", "advice"]
    fields = dict(written)
    assert fields["account"] == {"balance": 99_500.0, "equity": 99_300.0, "credit": 0.0}
    assert fields["closes"]["legs"] == ["IWM", "SPY"]
    assert [len(closes) for closes in fields["closes"]["closes"]] == [300, 300]
    assert (fields["deal"]["type"], fields["deal"]["dealt_at"]) == ("balance", "2025-01-15T16:30:00Z")
    for _, entry in written:
        assert not {"at", "kind", "seq"} & set(entry)  # the journal's own
    assert fields["advice"]["session"] == "open"


def test_a_cycle_in_which_nothing_changed_records_nothing(broker: Broker) -> None:
    _, known = step(broker_snapshot(broker), Recorded())
    broker.now += timedelta(seconds=1)
    assert step(broker_snapshot(broker), known)[0] == {}


def test_equity_alone_is_no_entry(broker: Broker) -> None:
    _, known = step(broker_snapshot(broker), Recorded())
    broker.money["equity"] = 99_300.01
    assert step(broker_snapshot(broker), known)[0] == {}


@pytest.mark.parametrize(("key", "value"), [("balance", 99_500.01), ("credit", 50.0)])
def test_money_that_came_or_went_is_an_entry(broker: Broker, key: str, value: float) -> None:
    _, known = step(broker_snapshot(broker), Recorded())
    broker.money[key] = value
    snapshot = broker_snapshot(broker)
    assert moved(snapshot, known)
    assert step(snapshot, known)[0]["account"][key] == value


@pytest.mark.parametrize("changed", [{"volume": 0.6}, {"sl": 217.0}, {"ticket": 83}, {"type": 1}])
def test_a_position_that_changed_is_an_entry(broker: Broker, changed: dict[str, Any]) -> None:
    broker.positions = (bridge.position(),)
    _, known = step(broker_snapshot(broker), Recorded())
    assert not moved(broker_snapshot(broker), known)
    broker.positions = (bridge.position(**changed),)
    snapshot = broker_snapshot(broker)
    assert moved(snapshot, known)
    (told,) = step(snapshot, known)[0]["positions"]["open"]
    assert told["ticket"] == changed.get("ticket", 81)


def test_a_floating_profit_is_no_entry(broker: Broker) -> None:
    broker.positions = (bridge.position(),)
    _, known = step(broker_snapshot(broker), Recorded())
    broker.positions = (bridge.position(profit=12.5),)
    assert step(broker_snapshot(broker), known)[0] == {}


def test_a_position_that_was_closed_is_an_entry(broker: Broker) -> None:
    broker.positions = (bridge.position(),)
    _, known = step(broker_snapshot(broker), Recorded())
    broker.positions = ()
    assert step(broker_snapshot(broker), known)[0]["positions"] == {"open": []}


def test_a_deal_is_recorded_once(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded(), [BOUGHT])
    written, known = step(snapshot, known, [BOUGHT, PAID])
    assert {kind: fields["ticket"] for kind, fields in written.items()} == {"deal": 8}
    assert step(snapshot, known, [BOUGHT, PAID])[0] == {}


def test_only_the_new_closes_are_recorded(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    bars = {}
    for leg in ("IWM", "SPY"):
        listed = snapshot.bars[leg]
        assert isinstance(listed, tuple)
        last = listed[-1]
        bars[leg] = (*listed, Bar(last.session + timedelta(days=1), *(last.close,) * 4))
    (kind, fields), *_ = entries(
        (later := replace(snapshot, bars=dict(snapshot.bars) | bars)), advice_of(later), (), known
    )[0]
    assert kind == "closes"
    # by the builder's slopes the bar of the 14th lies one step before the bid of the 15th
    assert fields["closes"] == [[("2025-01-15", 221.125 + 0.05)], [("2025-01-15", 590.41 - 0.1)]]


def test_a_changed_side_is_told_under_its_symbol_alone(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    first, known = step(snapshot, Recorded())
    broker.ticks["XLU.US"] = None
    written, _ = step(broker_snapshot(broker), known)
    assert written == {"advice": {"XLU": [0.0, "broker facts", 0.0, "broker facts"]}}
    buy, by, sell, _ = first["advice"]["SPY"]
    assert (by, buy <= sell) == ("regime", True)


def test_a_price_that_does_not_change_the_lots_is_no_entry(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    quote = snapshot.quotes["SPY"]
    assert isinstance(quote, Quote)
    moved_quote = Quote(quote.bid + 0.01, quote.ask + 0.01, quote.at)
    later = replace(snapshot, quotes=dict(snapshot.quotes) | {"SPY": moved_quote})
    assert step(later, known)[0] == {}
    assert (
        advice_of(later).symbols[1].sides[Side.BUY].sizing
        != advice_of(snapshot).symbols[1].sides[Side.BUY].sizing
    )


def test_a_corrected_close_is_recorded_with_what_it_was(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    spy = snapshot.bars["SPY"]
    assert not isinstance(spy, Unknown)
    was = spy[-1].close
    bars = {**snapshot.bars, "SPY": (*spy[:-1], replace(spy[-1], close=was * 1.5))}
    written, known = step(replace(snapshot, bars=bars), known)
    told = [(spy[-1].session.isoformat(), was, was * 1.5)]
    assert written["corrections"] == {"legs": ["IWM", "SPY"], "closes": [[], told]}
    assert written["closes"]["closes"] == [[], [(spy[-1].session.isoformat(), was * 1.5)]]
    assert "corrections" not in step(replace(snapshot, bars=bars), known)[0]


def test_a_leg_that_cannot_be_read_records_no_closes(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    lost = replace(snapshot, bars={**snapshot.bars, "SPY": Unknown("SPY is not read")})
    written, after = step(lost, known)
    assert not {"closes", "corrections"} & set(written)
    assert after.bars == known.bars


def test_another_pair_of_legs_is_recorded_with_its_closes(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    proxy = {"US2000": snapshot.bars["IWM"], "US500": snapshot.bars["SPY"]}
    written, known = step(replace(snapshot, bars=proxy), Recorded())
    assert (written["advice"]["legs"], written["advice"]["history"]) == (["US2000", "US500"], "terminal")
    written, known = step(snapshot, known)
    assert written["advice"]["legs"] == ["IWM", "SPY"]
    assert written["closes"]["legs"] == ["IWM", "SPY"]
    assert "corrections" not in written


def test_a_lent_regime_records_no_closes(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    advice = advice_of(snapshot)
    lent = replace(advice, regime=replace(advice.regime, lender=5001, source="advice of login 5001"))
    written = dict(entries(snapshot, lent, (), Recorded())[0])
    assert "closes" not in written
    assert written["advice"]["history"] == "advice of login 5001"
