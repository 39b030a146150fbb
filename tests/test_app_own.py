"""Caps by hand and after losses on their way through the loop, and from a check of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.config import load_config
from assistant.once import advise_once
from assistant.outputs.fields import Document
from assistant.overrides import Overrides, OverrideSettings
from assistant.source import open_source
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, NOON, Broker, HandClock
from tests.doubles.cycles import document_of, schema
from tests.doubles.runs import FIRST, Run, at, nothing, sides

BINDING = "discipline: {advisory: false}\n"


def home_with(folder: Path, settings: str = "") -> Path:
    home = folder / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "local.yaml").write_text(LOCAL + settings, encoding="utf-8")
    return home


def caps(document: Document) -> dict[str, Any]:
    return {cap["name"]: cap for cap in document["caps"] if cap["scope"] == "account"}


def lots(document: Document, symbol: str = "IWM") -> list[float]:
    one = next(one for one in document["symbols"] if one["symbol"] == symbol)
    return [one["buy"]["lots"], one["sell"]["lots"]]


def lost(broker: Broker, ticket: int, minutes: float, profit: float) -> None:
    """A short position that was opened a minute before, closed so many minutes before NOON."""
    closed, position = NOON - timedelta(minutes=minutes), 1000 + ticket
    opened = bridge.deal(ticket, closed - timedelta(minutes=1), position_id=position, type=1, commission=0)
    ended = bridge.deal(ticket + 1, closed, position_id=position, entry=1, profit=profit, commission=0)
    broker.deals = (*broker.deals, opened, ended)
    for one in (opened, ended):
        one.fee = 0.0
    broker.money["balance"] += profit
    broker.money["equity"] += profit


# By hand


def test_a_cap_by_hand_holds_from_the_next_cycle_to_its_end_and_both_are_journaled(
    tmp_path: Path, broker: Broker
) -> None:
    home = home_with(tmp_path)
    until = (FIRST + timedelta(seconds=3)).isoformat()
    asked = OverrideSettings(symbol="IWM", lots=0, until=until, why="earnings")
    run = Run(home, broker)
    run.loop(5, lambda: Overrides(home).set(asked, broker.now))

    free = lots(run.shown[0])
    assert free[1] > 0
    assert [lots(one) for one in run.shown] == [free, [0, 0], [0, 0], free, free, free]
    assert {tuple(lots(one, "XLU")) for one in run.shown} == {tuple(lots(run.shown[0], "XLU"))}
    for document in run.shown:
        schema("advice-1").validate(document)
    cap, other = (one for one in run.shown[1]["caps"] if one["name"] == "manual")
    assert other == cap | {"side": "sell"}
    since = "2025-01-15T17:00:01Z"
    assert (cap["scope"], cap["since"], cap["until"]) == ("IWM", since, at(3))
    assert cap["reason"].startswith("earnings; since 2025-01-15 17:00:01 until 2025-01-15 17:00:03 UTC")
    first, *entries = [(one["at"], one["overrides"]) for one in run.journal() if one["kind"] == "overrides"]
    assert first == (at(0), [])
    told = {"symbol": "IWM", "lots": 0.0, "since": since, "until": at(3), "why": "earnings"}
    assert entries == [(at(1), [told]), (at(3), [])]


def test_a_cap_by_hand_that_is_cleared_ends_with_the_next_cycle(tmp_path: Path, broker: Broker) -> None:
    home = home_with(tmp_path)
    overrides = Overrides(home)
    overrides.set(OverrideSettings(symbol="all", share=0, until="2025-01-15", why="enough"), NOON)
    run = Run(home, broker)
    run.loop(2, lambda: overrides.end("all", broker.now))
    assert [any(side["lots"] for side in sides(one)) for one in run.shown] == [False, True, True]
    assert run.shown[0]["share"] == {"value": 0.0, "binding": "manual"}
    assert [len(one["overrides"]) for one in run.journal() if one["kind"] == "overrides"] == [1, 0]


def test_a_damaged_file_is_no_lots_until_it_is_mended(tmp_path: Path, broker: Broker) -> None:
    home = home_with(tmp_path)
    path = home / "state" / "overrides.json"
    run = Run(home, broker)
    run.loop(3, lambda: path.write_text("{"), nothing, lambda: Overrides(home).end(None, broker.now))
    assert [any(side["lots"] for side in sides(one)) for one in run.shown] == [True, False, False, True]
    cap = caps(run.shown[1])["manual"]
    assert (cap["value"], cap["unit"]) == (0.0, "lots")
    assert cap["reason"].startswith(f"{path} cannot be read (")
    assert {side["binding"]["name"] for side in sides(run.shown[1])} == {"manual"}


def test_a_file_that_has_gone_takes_no_cap_away_in_this_run_or_a_later_one(
    tmp_path: Path, broker: Broker
) -> None:
    home = home_with(tmp_path, "overrides: [{symbol: XLU, lots: 0, why: never, until: 2025-01-15}]\n")
    path = home / "state" / "overrides.json"
    asked = OverrideSettings(symbol="IWM", lots=0, until="2025-01-16", why="earnings")
    Overrides(home).set(asked, NOON)
    first, second, third = (Run(home, broker) for _ in range(3))
    first.loop(2, path.unlink)
    second.loop(1)
    held = [*first.shown, *second.shown, connected(home, broker)]
    assert [lots(one) for one in held] == [[0, 0]] * 6
    reason = "earnings (its file has gone; cap clear ends it); since 2025-01-15 17:00"
    assert all(any(cap["reason"].startswith(reason) for cap in one["caps"]) for one in held[1:])
    Overrides(home).end(None, broker.now)
    third.loop(0)
    assert lots(third.shown[0]) != [0, 0]
    assert lots(third.shown[0], "XLU") == [0, 0]


def test_a_cap_of_the_settings_holds_in_a_run_and_in_a_check_of_its_own(
    tmp_path: Path, broker: Broker
) -> None:
    home = home_with(tmp_path, "overrides: [{symbol: IWM, lots: 0, why: never}]\n")
    run = Run(home, broker)
    run.loop(0)
    for document in (run.shown[0], connected(home, broker)):
        assert lots(document) == [0, 0]
        assert lots(document, "XLU") != [0, 0]


# After losses


def connected(home: Path, broker: Broker) -> Document:
    """What a check with a connection of its own rests on."""
    config = load_config(home)
    source = replace(open_source(config, home), clock=HandClock(broker))
    return document_of(advise_once(config, home, source))


def test_losses_of_the_session_are_caps_in_a_run_and_in_a_check_of_its_own(
    tmp_path: Path, broker: Broker
) -> None:
    broker.money |= {"balance": 100_000.0, "equity": 99_900.0}  # -100 float
    for ticket, profit in ((201, -300.0), (203, -250.0), (205, -50.0)):
        lost(broker, ticket, 60 - (ticket - 200), profit)
    run = Run(home_with(tmp_path), broker)
    run.loop(0)
    for document in (run.shown[0], connected(run.home, broker)):
        found = caps(document)
        # 2 % of 100000 less 600 and 100
        loss = found["daily loss"]
        assert (loss["value"], loss["unit"], loss["advisory"]) == (pytest.approx(1300.0), "money", True)
        assert loss["reason"] == "700.00 of 2000.00, 100.00 floating"
        assert found["losing streak"]["reason"] == "3 in a row lost 600.00, the last at 16:05 UTC"
        assert found["losing streak"]["until"] == "2025-01-15T21:00:00Z"
        sell = document["symbols"][0]["sell"]
        assert sell["lots"] > 0
        assert sell["would_bind"]["name"] == "losing streak"


def test_discipline_that_is_meant_to_bind_binds(tmp_path: Path, broker: Broker) -> None:
    lost(broker, 201, 30, -2500.0)
    run = Run(home_with(tmp_path, BINDING), broker)
    run.loop(0)
    assert {side["lots"] for side in sides(run.shown[0])} == {0.0}
    assert {side["binding"]["name"] for side in sides(run.shown[0])} == {"daily loss"}


def test_what_a_position_paid_in_an_earlier_session_counts_when_it_is_closed(
    tmp_path: Path, broker: Broker
) -> None:
    one = "discipline: {losing_streak: 1}\n"
    early, late = NOON - timedelta(days=20), NOON - timedelta(hours=1)
    broker.deals = (
        bridge.deal(301, early, position_id=9, commission=-6.0),
        bridge.deal(302, late, position_id=9, type=1, entry=1, profit=5.0, commission=0.0),
    )
    home = home_with(tmp_path, one)
    run = Run(home, broker)
    run.loop(0)
    for document in (run.shown[0], connected(home, broker)):
        assert caps(document)["losing streak"]["reason"].startswith("1 in a row lost 1.20")  # -6.1 + 4.9
        assert caps(document)["daily loss"]["reason"].startswith("195.10 of")  # -4.9 of today, -200 float
    told = [one["ticket"] for one in run.journal() if one["kind"] == "deal"]
    assert told == [302]  # of this session, from before the run


def test_a_deal_that_is_late_makes_the_results_unknown_and_not_better(tmp_path: Path, broker: Broker) -> None:
    broker.money |= {"balance": 100_000.0, "equity": 100_000.0}
    run = Run(home_with(tmp_path), broker)

    def lose() -> None:
        broker.money |= {"balance": 99_200.0, "equity": 99_200.0}

    def arrive() -> None:
        opened = bridge.deal(401, NOON - timedelta(hours=1), position_id=9, commission=0.0, fee=0.0)
        closed = NOON + timedelta(seconds=1)
        last = bridge.deal(402, closed, position_id=9, type=1, entry=1, profit=-797.8, fee=0.0)
        broker.deals = (opened, last)

    run.loop(4, lose, nothing, arrive)
    told = [(one["value"], one["unit"]) for one in (caps(shown)["daily loss"] for shown in run.shown)]
    # 2000 of 100000, then not known, then 800 lost
    assert told == [(2000.0, "money"), (0.0, "lots"), (0.0, "lots"), (1200.0, "money"), (1200.0, "money")]
    reason = "results of this session are not known: the deals do not tell yet how -800.00 of the balance"
    assert caps(run.shown[1])["daily loss"]["reason"].startswith(reason)
    assert "losing streak" in caps(run.shown[1])
    assert "losing streak" not in caps(run.shown[3])


def test_what_no_deal_ever_explains_is_taken_as_it_is_after_a_minute(tmp_path: Path, broker: Broker) -> None:
    broker.money |= {"balance": 100_000.0, "equity": 100_000.0}
    run = Run(home_with(tmp_path), broker)
    run.loop(64, lambda: broker.money.update(balance=99_200.0, equity=99_200.0))
    units = [caps(shown)["daily loss"]["unit"] for shown in run.shown]
    assert units == ["money"] + ["lots"] * 61 + ["money"] * 3
    assert caps(run.shown[-1])["daily loss"]["value"] == 1984.0  # 2 % of 99200


def test_deals_that_a_check_cannot_read_are_not_known(tmp_path: Path, broker: Broker) -> None:
    broker.fails = {"history_deals_get"}
    found = caps(connected(home_with(tmp_path), broker))
    for name in ("daily loss", "losing streak"):
        assert (found[name]["value"], found[name]["unit"]) == (0.0, "lots")
        reason = "results of this session are not known: history_deals_get failed"
        assert found[name]["reason"].startswith(reason)


def test_the_state_file_carries_both_kinds(tmp_path: Path, broker: Broker) -> None:
    home = home_with(tmp_path, "overrides: [{symbol: all, share: 0.5, why: half}]\n")
    run = Run(home, broker)
    run.loop(0)
    document = json.loads(run.state.read_bytes())
    schema("advice-1").validate(document)
    assert {"manual", "daily loss"} <= set(caps(document))
