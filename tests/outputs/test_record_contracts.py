"""What the journal is told of confirmed contracts, and of those that wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from assistant.core.market import ContractFacts, PerLot, Unknown
from assistant.core.snapshot import Snapshot
from assistant.outputs.record import Recorded, entries
from tests.core.builders import BUY, IWM, SELL, SNAPSHOT, XLU
from tests.doubles.cycles import advised

WAS = ContractFacts(
    size=20.0,
    tick_size=0.005,
    profit_currency="USD",
    volume_min=0.3,
    volume_step=0.1,
    digits=3,
    margin=(0.1, 0.1),  # now 137.5 / (20 x 40.06) = 0.1716
)
ROW = {"size": 20.0, "tick_size": 0.005, "profit_currency": "USD"}
ROW |= {"volume_min": 0.3, "volume_step": 0.1, "digits": 3}


def told(snapshot: Snapshot, before: Recorded) -> tuple[dict[str, Any] | None, Recorded]:
    """The entry of a cycle, if it has one, and what is known then."""
    written, now = entries(snapshot, *advised(snapshot), (), before)
    return dict(written).get("contracts"), now


def with_margin(margin: float) -> Snapshot:
    """A lot of IWM takes this much; it is another contract than was confirmed."""
    now = replace(IWM, per_lot={BUY: PerLot(20.0, margin), SELL: PerLot(20.0, margin)})
    return replace(SNAPSHOT, instruments=(now, XLU), confirmed={"IWM": WAS})


def test_a_margin_that_waits_is_recorded_once_and_not_as_it_moves() -> None:
    first, known = told(with_margin(160.24), Recorded())  # 20 % of 801.2
    waiting = {"IWM": {**ROW, "margin": [0.2, 0.2]}}
    assert first == {"confirmed": {"IWM": {**ROW, "margin": [0.1, 0.1]}}, "waiting": waiting}
    second, known = told(with_margin(160.3), known)
    assert second is None
    usual, known = told(with_margin(80.12), known)
    assert usual is not None
    assert usual["waiting"] == {}
    assert told(with_margin(80.2), known)[0] is None


def test_another_fact_of_a_contract_that_waits_is_recorded() -> None:
    _, known = told(with_margin(160.24), Recorded())
    now = with_margin(160.24)
    iwm = replace(now.instruments[0], digits=2)
    entry, _ = told(replace(now, instruments=(iwm, XLU)), known)
    assert entry is not None
    assert entry["waiting"]["IWM"] == {**ROW, "digits": 2, "margin": [0.2, 0.2]}


def test_that_nobody_knows_what_was_confirmed_is_recorded_and_what_waits_then_anew() -> None:
    damaged = replace(SNAPSHOT, confirmed=Unknown("it cannot be read"))
    entry, known = told(damaged, told(with_margin(160.24), Recorded())[1])
    assert entry == {"problem": "it cannot be read"}
    assert told(damaged, known)[0] is None
    again, _ = told(with_margin(160.24), known)
    assert again is not None
    assert list(again["waiting"]) == ["IWM"]


def test_without_anything_confirmed_there_is_no_entry() -> None:
    assert told(SNAPSHOT, Recorded())[0] is None


def test_a_margin_that_was_not_known_is_recorded_as_that() -> None:
    entry, _ = told(replace(with_margin(80.0), confirmed={"IWM": replace(WAS, margin=None)}), Recorded())
    assert entry is not None
    assert entry["confirmed"]["IWM"]["margin"] is None
