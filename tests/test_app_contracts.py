"""A contract that the broker changes, on its way through the loop, a check of its own and the journal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.config import load_config
from assistant.confirmed import Confirmed
from assistant.core.contracts import confirm
from assistant.once import advise_once
from assistant.outputs.fields import Document
from assistant.source import open_source, read_contracts
from tests.doubles.bridge import LOGIN, Broker, HandClock
from tests.doubles.cycles import document_of, schema
from tests.doubles.runs import Run, at, nothing, sides

CHANGED = "contract size was 100, is 1000: assistant confirm IWM"


def grow(broker: Broker) -> None:
    """From now on a lot of IWM has 1000 shares; the account is in another currency than the price."""
    broker.symbols["IWM.US"].trade_contract_size = 1000.0


def waits(document: Document) -> dict[str, str]:
    """The reasons of the caps for changed contracts, by their scope."""
    return {cap["scope"]: cap["reason"] for cap in document["caps"] if cap["name"] == "contract"}


def free(document: Document, symbol: str = "IWM") -> bool:
    """Whether any lot of a symbol may be ordered."""
    one = next(one for one in document["symbols"] if one["symbol"] == symbol)
    return bool(one["buy"]["lots"] or one["sell"]["lots"])


def connected(home: Path, broker: Broker) -> Document:
    """What a check with a connection of its own rests on."""
    config = load_config(home)
    source = replace(open_source(config, home), clock=HandClock(broker))
    return document_of(advise_once(config, home, source))


def confirm_now(home: Path, broker: Broker, symbol: str = "IWM") -> None:
    """What `assistant confirm SYMBOL` does."""
    source = replace(open_source(load_config(home), home), clock=HandClock(broker))
    account, now = read_contracts(source)
    kept = Confirmed(home)
    kept.change(account.login, lambda there: {**there, symbol: confirm(there[symbol], now[symbol])})


def contracts(run: Run) -> list[dict[str, Any]]:
    return [one for one in run.journal() if one["kind"] == "contracts"]


def test_a_contract_that_changes_while_a_run_goes_on_is_no_lots_until_it_is_confirmed(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    run.loop(4, lambda: grow(broker), nothing, lambda: confirm_now(home, broker))
    assert [free(one) for one in run.shown] == [True, False, False, True, True]
    assert all(free(one, "XLU") for one in run.shown)
    assert [waits(one) for one in run.shown] == [{}, {"IWM": CHANGED}, {"IWM": CHANGED}, {}, {}]
    for document in run.shown:
        schema("advice-1").validate(document)

    first, fell, rose = contracts(run)
    assert [one["at"] for one in (first, fell, rose)] == [at(0), at(1), at(3)]
    sizes = [one["confirmed"]["IWM"]["size"] for one in (first, fell, rose)]
    assert sizes == [100.0, 100.0, 1000.0]
    assert list(first["confirmed"]) == ["IWM", "SPY", "XLU"]
    assert [list(one["waiting"]) for one in (first, fell, rose)] == [[], ["IWM"], []]
    assert fell["waiting"]["IWM"]["size"] == 1000.0


def test_a_contract_that_changed_between_two_runs_waits_in_all_of_them_and_in_a_check_of_its_own(
    home: Path, broker: Broker
) -> None:
    Run(home, broker).loop(0)
    grow(broker)
    assert waits(connected(home, broker)) == {"IWM": CHANGED}
    second = Run(home, broker)
    second.loop(0)
    assert waits(second.shown[0]) == waits(connected(home, broker)) == {"IWM": CHANGED}
    confirm_now(home, broker)
    assert waits(connected(home, broker)) == {}
    third = Run(home, broker)
    third.loop(0)
    assert free(third.shown[0])


def test_a_check_of_its_own_and_a_reading_of_contracts_write_nothing(home: Path, broker: Broker) -> None:
    document = connected(home, broker)
    read_contracts(replace(open_source(load_config(home), home), clock=HandClock(broker)))
    assert waits(document) == {}
    assert not (home / "state").exists()


def test_a_symbol_that_the_broker_renames_waits_by_our_name(home: Path, broker: Broker) -> None:
    first, second = Run(home, broker), Run(home, broker)
    first.loop(0)
    terms = broker.symbols.pop("IWM.US")
    terms.name, terms.trade_contract_size = "IWM.X", 1000.0
    broker.symbols["IWM.X"] = terms
    broker.ticks["IWM.X"] = broker._symbol_info_tick("IWM.US")  # noqa: SLF001 -- the double's usual tick
    broker.bars["IWM.X"] = broker.bars["IWM.US"]
    local = (home / "config" / "local.yaml").read_text(encoding="utf-8")
    named = local.replace("symbols: {", "symbols: {IWM: {names: [IWM.X]}, ")
    (home / "config" / "local.yaml").write_text(named, encoding="utf-8")
    second.loop(0)
    assert waits(second.shown[0]) == {"IWM": CHANGED}


def test_a_margin_that_is_doubled_over_night_waits_once(home: Path, broker: Broker) -> None:
    usual = broker._order_calc_margin  # noqa: SLF001 -- the double's

    def margin(times: float) -> None:
        setattr(broker, "_order_calc_margin", lambda *asked: times * usual(*asked))  # noqa: B010

    shown = []
    for times in (1, 2, 2, 1, 2):
        margin(times)
        run = Run(home, broker)
        run.loop(0)
        shown.append(waits(run.shown[0]))
        if len(shown) == 2:
            for symbol in shown[1]:
                confirm_now(home, broker, symbol)
    assert sorted(shown[1]) == ["IWM", "SPY", "XLU"]
    # 20 % of the notional at the rate that the loss is computed with, too
    assert shown[1]["IWM"] == "margin was 20 %, is 40 % of the notional: assistant confirm IWM"
    assert shown[:1] + shown[2:] == [{}] * 4


def test_a_damaged_file_is_no_lots_in_any_symbol_until_all_is_confirmed(home: Path, broker: Broker) -> None:
    run, path = Run(home, broker), home / "state" / f"contracts_{LOGIN}.json"

    def mend() -> None:
        snapshot = read_contracts(replace(open_source(load_config(home), home), clock=HandClock(broker)))
        Confirmed(home).change(LOGIN, lambda _: snapshot[1], mend=True)

    run.loop(3, lambda: path.write_text("{"), nothing, mend)
    assert [any(side["lots"] for side in sides(one)) for one in run.shown] == [True, False, False, True]
    for document in (run.shown[1], run.shown[2]):
        (reason,) = waits(document).values()
        assert reason.startswith(f"{path} cannot be read (")
        assert reason.endswith("): assistant confirm all")
        assert {side["binding"]["name"] for side in sides(document)} == {"contract"}
    first, damaged, mended = contracts(run)
    assert damaged["problem"].startswith(f"{path} cannot be read (")
    assert mended["confirmed"] == first["confirmed"]


def test_where_the_first_sight_cannot_be_written_the_advice_goes_on_and_says_so(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    (home / "state" / f"contracts_{LOGIN}.lock").mkdir(parents=True)
    run.loop(1, lambda: grow(broker))
    told = f"{home / 'state' / f'contracts_{LOGIN}.json'} could not be written: "
    for document in run.shown:
        assert any(one.startswith(told) for one in document["problems"])
    assert [free(one) for one in run.shown] == [True, False]  # this run has seen it


def test_contracts_are_not_read_from_two_accounts(home: Path, broker: Broker) -> None:
    usual = broker._symbol_info_tick  # noqa: SLF001 -- the double's

    def switch(name: str) -> object:
        broker.login = 4002
        return usual(name)

    setattr(broker, "_symbol_info_tick", switch)  # noqa: B010
    source = replace(open_source(load_config(home), home), clock=HandClock(broker))
    with pytest.raises(Exception, match="the terminal left login 4001 on Example-Live while it was read"):
        read_contracts(source)
    assert broker.calls[-1][0] == "shutdown"


def test_what_a_run_writes_down_is_what_a_confirmation_reads(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    run.loop(0)
    found = Confirmed(home).read(LOGIN)
    source = replace(open_source(load_config(home), home), clock=HandClock(broker))
    assert found == read_contracts(source)[1]
