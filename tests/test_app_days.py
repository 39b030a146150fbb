"""What the loop puts on record for a review of the day, and files that stand by themselves."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from assistant.outputs.journal import read_journal
from assistant.outputs.recall import (
    recall,
    recall_conditions,
    recall_followed,
    recall_notes,
    recall_overrides,
)
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, LOGIN, NOON, Broker
from tests.doubles.disk import no_space_beyond
from tests.doubles.runs import Run, at, nothing
from tests.test_app_followed import FIRST_DEAL, FUNDED

LATE = NOON.replace(hour=23, minute=59, second=57)
CLOSE = NOON.replace(hour=21)
TWO = "2025-01-15", "2025-01-16"


def journal(home: Path, *days: str) -> list[dict[str, Any]]:
    """The entries of all these days."""
    return [one for day in days for one in read_journal(home / "logs" / f"journal_{LOGIN}_{day}.jsonl")]


def of_kind(entries: Iterable[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [one for one in entries if one["kind"] in kinds]


def stands(entries: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What entries come to: the last of each kind, advice and closes added up."""
    found: dict[str, Any] = {"advice": {}, "closes": {}}
    for one in entries:
        fields = {key: value for key, value in one.items() if key not in ("at", "kind", "seq")}
        if one["kind"] == "advice":
            found["advice"] |= fields
        elif one["kind"] == "closes":
            for leg, closes in zip(fields["legs"], fields["closes"], strict=True):
                found["closes"].setdefault(leg, {}).update(map(tuple, closes))
        else:
            found[one["kind"]] = fields
    return found


def over_midnight(home: Path, broker: Broker) -> None:
    """A run with something of every kind on record, from 23:59:57 to 00:00:02."""
    text = "overrides: [{symbol: XLU, share: 0.5, why: care}]\n"
    (home / "config" / "local.yaml").write_text(LOCAL + FUNDED + text, encoding="utf-8")
    broker.now = LATE
    broker.deals = (FIRST_DEAL,)
    broker.positions = (bridge.position(),)
    broker.ticks["XLU.US"] = None
    Run(home, broker).loop(4)


# -- a file of each date --


def test_what_stands_is_written_anew_at_midnight_and_the_same(home: Path, broker: Broker) -> None:
    over_midnight(home, broker)
    first, second = (journal(home, day) for day in TWO)
    kinds = {"account", "advice", "closes", "conditions", "context", "contracts", "floors", "notes"}
    kinds |= {"overrides", "positions", "running", "track", "votes"}
    assert {one["kind"] for one in second} == kinds | {"look", "stop"}
    assert {one["seq"] for one in of_kind(second, *kinds)} == {of_kind(second, "account")[0]["seq"]}
    whole, alone = stands([*first, *second]), stands(second)
    del whole["start"]
    assert {kind: alone.get(kind) for kind in kinds} == {kind: whole[kind] for kind in kinds}
    before = stands(first)
    assert all(alone[kind] == before[kind] for kind in kinds - {"running", "track", "advice"})
    assert alone["advice"].keys() == before["advice"].keys()


def test_a_restart_takes_the_same_from_the_second_file_alone(
    home: Path, broker: Broker, tmp_path: Path
) -> None:
    over_midnight(home, broker)
    logs, alone = home / "logs", tmp_path / "alone"
    alone.mkdir()
    shutil.copy(logs / f"journal_{LOGIN}_{TWO[1]}.jsonl", alone)
    now = LATE + timedelta(seconds=10)
    both, one = recall(logs, LOGIN, now), recall(alone, LOGIN, now)
    assert one == both
    assert one.memory is not None
    assert recall_conditions(alone, LOGIN, now) == recall_conditions(logs, LOGIN, now)
    assert recall_notes(alone, LOGIN, now) == recall_notes(logs, LOGIN, now)
    assert recall_overrides(alone, LOGIN, now) == recall_overrides(logs, LOGIN, now)
    key = of_kind(journal(home, TWO[1]), "track")[0]["key"]
    followed = recall_followed(alone, LOGIN, now, key)
    assert followed == recall_followed(logs, LOGIN, now, key)
    assert followed is not None


def test_each_file_tells_once_of_the_run(home: Path, broker: Broker) -> None:
    over_midnight(home, broker)
    (start,) = of_kind(journal(home, *TWO), "start")
    (running,) = of_kind(journal(home, *TWO), "running")
    facts = {"mode": "live", "server": "Example-Live", "currency": "EUR", "hedging": True}
    for told in (start, running):
        assert facts.items() <= told.items()
        assert set(told) - {"seq"} == {"at", "kind", "versions", *facts}
    assert running["at"][:10] == TWO[1]


# -- deals --


def test_all_deals_of_the_session_are_on_record_once_a_run(home: Path, broker: Broker) -> None:
    early = bridge.deal(71, NOON - timedelta(hours=1), order=81)
    broker.deals = (bridge.deal(70, NOON - timedelta(days=1)), early)
    broker.positions = (bridge.position(),)
    for _ in range(2):
        Run(home, broker).loop(3, lambda: broker.money.update(balance=99_501.0))
    (told, again) = of_kind(journal(home, TWO[0]), "deal")
    assert [(one["ticket"], one["order"], one["position"], one["dealt_at"]) for one in (told, again)] == [
        (71, 81, 81, "2025-01-15T16:00:00Z")
    ] * 2
    assert "comment" not in told


def test_deals_are_not_repeated_at_midnight(home: Path, broker: Broker) -> None:
    broker.now = LATE
    broker.deals = (bridge.deal(71, LATE + timedelta(seconds=1)),)
    Run(home, broker).loop(4)
    assert [one["ticket"] for one in of_kind(journal(home, *TWO), "deal")] == [71]


# -- orders against the advice before them --

FIELDS = {
    *("ticket", "position", "pending", "symbol", "side", "lots", "stop", "bid", "ask", "as_of", "answer"),
    *("suggested", "cap", "reason", "would_bind", "loss_at_stop", "formula"),
}
FORMULA = {
    *(
        "money",
        "money_cap",
        "loss_per_unit",
        "cost_per_lot",
        "floor_loss_per_lot",
        "lots_cap",
        "lots_cap_name",
    ),
    *("volume_min", "volume_step", "default_stop", "min_stop"),
}


def fills(broker: Broker, **terms: Any) -> Any:  # noqa: ANN401 -- an act for a run
    """What lets an order be filled."""

    def act() -> None:
        broker.positions = (bridge.position(**terms),)
        broker.deals = (bridge.deal(71, broker.now, order=81, **terms),)

    return act


def test_an_order_is_on_record_with_what_was_said_to_it_before(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    run.loop(4, nothing, fills(broker))
    (told,) = of_kind(run.journal(), "taken")
    assert set(told) == FIELDS | {"at", "kind", "seq"}
    assert (told["at"], told["as_of"]) == (at(2), at(1))
    assert (told["ticket"], told["position"], told["pending"]) == (71, 81, False)
    assert (told["symbol"], told["side"], told["lots"], told["stop"]) == ("IWM", "buy", 1.1, 218.25)
    assert (told["bid"], told["ask"]) == (221.125, 221.165)
    side = run.shown[1]["symbols"][0]["buy"]
    assert set(told["formula"]) == FORMULA
    assert told["formula"]["money"] == side["sizing"]["money"]
    assert told["formula"]["lots_cap"] == side["sizing"]["lots_cap"]
    facts = (
        "loss_per_unit",
        "cost_per_lot",
        "floor_loss_per_lot",
        "volume_min",
        "volume_step",
        "default_stop",
    )
    assert [told["formula"][one] for one in facts] == [side["sizing"][one] for one in facts]
    assert told["formula"]["money_cap"] == told["cap"] == side["binding"]["name"]


def test_an_order_while_the_terminal_was_silent_was_told_nothing(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    fail, answer = partial(broker.fails.add, "account_info"), partial(broker.fails.clear)
    run.loop(14, fail, *[nothing] * 6, fills(broker), nothing, answer)
    (told,) = of_kind(run.journal(), "taken")
    assert (told["as_of"], told["answer"], told["suggested"], told["formula"]) == (at(0), None, None, None)
    # it was filled after 8 s; the panel had been stale for 3
    assert told["reason"] == "no advice stood when it was filled: the last one was 8 s old, and had expired"


def test_what_was_there_before_the_run_is_not_held_against_it(home: Path, broker: Broker) -> None:
    fills(broker)()
    broker.orders = (bridge.order(),)
    run = Run(home, broker)
    run.loop(3)
    assert of_kind(run.journal(), "taken") == []


def test_an_order_that_waits_is_told_once(home: Path, broker: Broker) -> None:
    def wait() -> None:
        broker.orders = (bridge.order(81),)

    def fill() -> None:
        broker.orders = ()
        fills(broker)()

    run = Run(home, broker)
    run.loop(8, wait, nothing, fill)
    (told,) = of_kind(run.journal(), "taken")
    assert (told["at"], told["pending"], told["ticket"], told["lots"]) == (at(1), True, 81, 0.6)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit to the size of a file to set there")
def test_an_order_while_nothing_can_be_recorded_is_told_later_with_the_no_lots_it_was_shown(
    home: Path, broker: Broker
) -> None:
    run, held = Run(home, broker), ExitStack()

    def fill_the_disk() -> None:
        path = home / "logs" / f"journal_{LOGIN}_{TWO[0]}.jsonl"
        held.enter_context(no_space_beyond(path.stat().st_size + 30))
        broker.money["balance"] += 250.0  # something to be put on record

    with held:
        run.loop(6, fill_the_disk, fills(broker), nothing, held.close)
    (told,) = of_kind(run.journal(), "taken")
    assert (told["at"], told["as_of"]) == (at(4), at(1))
    assert (told["suggested"], told["cap"]) == (0.0, "no record")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can be neither deleted nor replaced there")
def test_a_journal_that_is_deleted_in_a_run_has_the_deals_of_the_session_again(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    path = home / "logs" / f"journal_{LOGIN}_{TWO[0]}.jsonl"
    run.loop(6, fills(broker), nothing, nothing, path.unlink)
    assert [one["ticket"] for one in of_kind(run.journal(), "deal")] == [71]


@pytest.mark.parametrize("panel_too", [True, False])
def test_an_order_while_no_advice_can_be_handed_out_is_held_against_the_last_that_was(
    home: Path, broker: Broker, panel_too: bool
) -> None:
    run = Run(home, broker)

    def blocked() -> None:
        for path in (run.state, *([run.panel] if panel_too else [])):
            path.unlink()
            path.mkdir()

    run.loop(5, nothing, blocked, nothing, fills(broker))
    (told,) = of_kind(run.journal(), "taken")
    # the looks after 2 s and 3 s reached nobody where the panel file failed, too
    assert (told["at"], told["as_of"]) == (at(4), at(1 if panel_too else 3))


def test_a_close_while_no_advice_can_be_handed_out_is_on_record_once(home: Path, broker: Broker) -> None:
    run = Run(home, broker)

    def blocked() -> None:
        for path in (run.state, run.panel):
            path.unlink()
            path.mkdir()

    broker.now = CLOSE - timedelta(seconds=4)
    run.loop(8, nothing, blocked)
    (held,) = of_kind(run.journal(), "held")
    assert (held["session"], held["positions"]) == ("2025-01-15", [])


# -- floors --


def test_floors_are_on_record_at_once_and_when_a_level_follows_equity(home: Path, broker: Broker) -> None:
    (home / "config" / "local.yaml").write_text(LOCAL + FUNDED, encoding="utf-8")
    broker.deals = (FIRST_DEAL,)
    broker.money["equity"] = 99_500.0
    run = Run(home, broker)
    run.loop(8, nothing, nothing, nothing, nothing, nothing, lambda: broker.money.update(equity=99_650.0))
    told = of_kind(run.journal(), "floors")
    assert [(one["at"], one["scale"]) for one in told] == [(at(0), 1.0), (at(6), 1.0)]
    # 99500 - 2985, 99500 - 4321; then 99650 - 4321. Both cut-offs are known, London's 17:05 comes first.
    assert told[0]["floors"] == [
        ["daily", "pause", 96_515.0, 2_985.0, 2_985.0, "2025-01-15T17:05:00Z", False],
        ["trail", "fail", 95_179.0, 4_321.0, 4_321.0, "2025-01-15T17:05:00Z", False],
    ]
    assert [one[2:4] for one in told[1]["floors"]] == [[96_515.0, 3_135.0], [95_329.0, 4_321.0]]


# -- held over the close --


def test_what_is_held_over_the_close_is_on_record_once(home: Path, broker: Broker) -> None:
    broker.now = CLOSE - timedelta(seconds=2)
    broker.positions = (bridge.position(),)
    run = Run(home, broker)
    run.loop(6)
    Run(home, broker).loop(3)
    (told,) = of_kind(run.journal(), "held")
    assert (told["at"], told["session"]) == ("2025-01-15T21:00:00.500000Z", "2025-01-15")
    ((ticket, name, side, lots, stop, at_stop, gap, profit),) = told["positions"]
    assert (ticket, name, side, lots, stop) == (81, "IWM.US", "buy", 1.1, 218.25)
    assert profit == -140.66
    # at least 1.1 x 100 shares x 0.93 EUR x (221.125 - 218.25) to the stop; a gap goes beyond it
    assert 294.1 < at_stop < gap


def test_a_close_with_nothing_open_is_on_record_too(home: Path, broker: Broker) -> None:
    broker.now = CLOSE - timedelta(seconds=2)
    run = Run(home, broker)
    run.loop(3)
    assert [one["positions"] for one in of_kind(run.journal(), "held")] == [[]]
