"""The loop over a broker's double: what is published, what is recorded, and what happens when each fails."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.app import Assistant
from assistant.config import load_config
from assistant.core.market import Side
from assistant.errors import AccountChangedError, AssistantError, TerminalError
from assistant.once import advise_once
from assistant.outputs.fields import Document
from assistant.outputs.lock import LoginLock
from assistant.source import open_source
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, LOGIN, MAY_TOUCH, NOON, PATH, Bridge, Broker, HandClock
from tests.doubles.cycles import schema, terminal_of
from tests.doubles.runs import FIRST, WARM, Run, at, nothing, sides

# A run


def test_a_cycle_reads_advises_records_and_publishes(home: Path, broker: Broker) -> None:
    broker.positions = (bridge.position(),)
    broker.deals = (bridge.deal(71, NOON),)
    run = Run(home, broker)
    run.loop(2)

    assert [one["as_of"] for one in run.shown] == [at(0), at(1), at(2)]
    assert [one["seq"] for one in run.shown] == [1, 2, 3]
    for document in run.shown:
        schema("advice-1").validate(document)
    assert {one["mode"] for one in run.shown} == {"live"}
    assert json.loads(run.state.read_bytes()) == run.shown[-1]
    assert run.utc() == int(NOON.timestamp()) + 2  # whole seconds of 2.5
    kinds = [one["kind"] for one in run.journal()]
    assert kinds == [
        *("start", "closes", "deal", "account", "positions"),
        *("context", "conditions", "notes", "overrides", "contracts", "advice", "votes", "look"),
        *("alert", "told", "look", "look", "stop"),  # 1.1 lots are over their cap
    ]
    assert run.journal()[-1]["cycles"] == 3


def test_nothing_outside_the_reading_functions_is_touched(home: Path, broker: Broker) -> None:
    broker.positions, broker.orders = (bridge.position(),), (bridge.order(),)
    Run(home, broker).loop(1)
    assert {name for name, _, _ in broker.calls} <= set(MAY_TOUCH)
    assert [args for name, args, _ in broker.calls if name == "initialize"] == [()]
    assert broker.calls[-1][0] == "shutdown"


def test_two_runs_in_fresh_homes_give_the_same_documents_byte_for_byte(tmp_path: Path, home: Path) -> None:
    written = []
    fresh = tmp_path / "fresh"  # the same place twice: a cycle is told where a calendar would lie
    for _ in range(2):
        shutil.copytree(home, fresh)
        broker = Broker(tmp_path / "Common")
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "bridge", Bridge(broker))
            run = Run(fresh, broker)
            run.loop(3)
        journal = fresh / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl"
        written.append((run.state.read_bytes(), run.panel.read_bytes(), journal.read_bytes(), run.shown))
        shutil.rmtree(fresh)
    assert written[0] == written[1]


def test_a_second_assistant_for_the_login_is_refused_and_the_first_goes_on(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    with run.assistant() as (one, _):
        with pytest.raises(AssistantError, match="another assistant runs for login 4001"):
            Run(home, broker).loop(1)
        one.cycle()
    assert run.state.exists()


def test_an_assistant_in_another_home_may_not_write_the_same_panel_file(
    home: Path, broker: Broker, tmp_path: Path
) -> None:
    shutil.copytree(home, tmp_path / "other")
    with Run(home, broker).assistant() as (one, _):
        one.cycle()
        with pytest.raises(AssistantError, match="another assistant runs for login 4001"):
            Run(tmp_path / "other", broker).loop(1)
        Run(tmp_path / "other", broker, publish=False).loop(1)


def test_advise_once_writes_nothing_and_goes_beside_a_running_assistant(home: Path, broker: Broker) -> None:
    config = load_config(home)
    source = replace(open_source(config, home), clock=HandClock(broker))
    advice = advise_once(config, home, source)
    assert advice.as_of == FIRST
    assert not broker.folder.exists()
    assert {path.name for path in home.rglob("*")} == {"config", "local.yaml"}
    with Run(home, broker).assistant():
        assert advise_once(config, home, source).as_of == FIRST + timedelta(seconds=WARM)  # it connects anew


# What is written where


def test_without_publishing_nothing_is_written_below_the_common_folder(home: Path, broker: Broker) -> None:
    run = Run(home, broker, publish=False, dry_run=True)
    run.loop(2)
    assert not broker.folder.exists()
    assert run.state.exists()
    assert {one["funded_mode"] for one in run.shown} == {"dry_run"}


def test_every_file_lies_in_the_home_or_the_common_folder(home: Path, broker: Broker, tmp_path: Path) -> None:
    Run(home, broker).loop(1)
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    allowed = {
        f"Common/Files/BreadthAssistant/advice_{LOGIN}.txt",
        f"Common/Files/BreadthAssistant/advice_{LOGIN}.lock",
        f"Common/Files/BreadthAssistant/advice_{LOGIN}.pid",
        "home/config/local.yaml",
        f"home/logs/journal_{LOGIN}_2025-01-15.jsonl",
        f"home/state/advice_{LOGIN}.json",
        f"home/state/advice_{LOGIN}.lock",
        f"home/state/advice_{LOGIN}.pid",
        f"home/state/contracts_{LOGIN}.json",
        f"home/state/contracts_{LOGIN}.lock",
    }
    assert {name.replace("\\", "/") for name in written} <= allowed


# The terminal fails


@pytest.mark.parametrize("name", ["terminal_info", "account_info", "positions_get", "orders_get"])
def test_a_cycle_that_fails_is_told_and_the_old_panel_file_stays(
    home: Path, broker: Broker, name: str
) -> None:
    run, before = Run(home, broker), []

    def fail() -> None:
        broker.fails.add(name)
        before.append((run.panel.read_bytes(), run.state.read_bytes()))

    def mend() -> None:
        assert (run.panel.read_bytes(), run.state.read_bytes()) == before[0]  # its UTC does not advance
        broker.fails.clear()

    run.loop(8, fail, mend)

    reason = f"{name} failed: -1 Terminal: Call failed"
    assert run.troubles == [reason]
    # lost at 1 s, connected at 2 s, warm at 2.5 s
    assert [one["as_of"] for one in run.shown][:3] == [at(0), at(2.5), at(3.5)]
    assert sum(name == "initialize" for name, _, _ in broker.calls) == 2
    assert run.utc() == int(NOON.timestamp()) + 8
    assert [one["error"] for one in run.journal() if one["kind"] == "terminal"] == [reason]


def test_a_terminal_that_stays_away_is_tried_again_and_again(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    run.loop(16, lambda: broker.fails.update({"terminal_info", "initialize"}), nothing, broker.fails.clear)
    assert run.troubles == [
        f"{name} failed: -1 Terminal: Call failed" for name in ("terminal_info", "initialize")
    ]
    # lost at 1 s, not there at 2 s, connected at 3 s, warm at 3.5 s
    assert [one["as_of"] for one in run.shown][:2] == [at(0), at(3.5)]


def test_deals_that_fail_are_a_failure_of_the_terminal(home: Path, broker: Broker) -> None:
    run = Run(home, broker)

    def fail() -> None:
        broker.fails.add("history_deals_get")
        broker.money["balance"] += 250.0  # makes the assistant ask for deals

    run.loop(8, fail, broker.fails.clear)

    assert run.troubles == ["history_deals_get failed: -1 Terminal: Call failed"]
    assert sum(name == "initialize" for name, _, _ in broker.calls) == 2
    assert [one["balance"] for one in run.journal() if one["kind"] == "account"] == [99_500.0, 99_750.0]


def test_one_symbol_without_a_quote_stops_no_other(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    run.loop(1, lambda: broker.ticks.update({"XLU.US": None}))  # no leg of the ratio
    before, after = run.shown
    assert run.troubles == []
    lots = {one["symbol"]: (one["buy"]["lots"], one["sell"]["lots"]) for one in after["symbols"]}
    assert lots["XLU"] == (0.0, 0.0)
    assert lots["IWM"] == (before["symbols"][0]["buy"]["lots"], before["symbols"][0]["sell"]["lots"])
    assert lots["IWM"][1] > 0


def test_a_quote_that_stands_still_goes_stale_and_its_lots_to_zero(home: Path, broker: Broker) -> None:
    broker.ticks["IWM.US"] = broker.functions()["symbol_info_tick"]("IWM.US")  # 1.25 s old
    run = Run(home, broker)
    run.loop(15)
    iwm = {one["as_of"]: one["symbols"][0] for one in run.shown}
    assert iwm[at(13)]["sell"]["lots"] > 0  # 0.5 + 13 + 1.25 = 14.75 s
    assert iwm[at(14)]["sell"]["lots"] == 0.0  # 15.75 s, 15 allowed
    assert iwm[at(14)]["sell"]["binding"]["name"] == "stale"
    assert iwm[at(15)]["quote_age_s"] == 16.75


def test_another_login_ends_the_run_in_one_line(home: Path, broker: Broker) -> None:
    run = Run(home, broker)

    def switch() -> None:
        broker.login = 4002

    expected = (
        "^the terminal is now logged in as 4002 on Example-Live; what was said for "
        f"{LOGIN} on Example-Live ends here$"
    )
    with pytest.raises(AccountChangedError, match=expected):
        run.loop(5, switch)
    assert len(run.shown) == 1
    assert run.utc() == int(NOON.timestamp())
    assert run.journal()[-1]["reason"].startswith("the terminal is now logged in as 4002")
    assert not (home / "state" / "advice_4002.json").exists()


def test_before_each_connection_the_terminal_must_be_running(home: Path, broker: Broker) -> None:
    asked: list[datetime] = []
    program = f"{PATH}\\terminal64.exe"

    def locate() -> str:
        asked.append(broker.now)
        if len(asked) == 2:
            raise TerminalError("no MetaTrader 5 terminal is running")
        return program

    def lose() -> None:
        broker.fails = {"account_info"}

    def mend() -> None:
        broker.fails = set()

    clock = HandClock(broker, lose, mend)
    troubles: list[str] = []
    shown: list[Document] = []
    config = load_config(home)
    guarded = replace(open_source(config, home), terminal=terminal_of(broker, locate), clock=clock)
    with Assistant(config, home, guarded, publish=True, dry_run=False) as one:
        one.run(1.0, shown.append, troubles.append, FIRST + timedelta(seconds=12))
    # 0.5 s advice; 1.5 s account_info fails; 2.5 s no terminal is running; 3.5 s connected again
    assert [(when - NOON).total_seconds() for when in asked] == [0.0, 2.5, 3.5]
    assert troubles[1] == "no MetaTrader 5 terminal is running"
    assert [args for name, args, _ in broker.calls if name == "initialize"] == [(program,), (program,)]
    assert [one["as_of"] for one in shown][:2] == [at(0), at(3.5)]


def test_time_without_the_terminal_is_no_good_time(home: Path, broker: Broker) -> None:
    broker.ticks["IWM.US"] = None
    run = Run(home, broker)

    def good() -> None:
        del broker.ticks["IWM.US"]

    def lose() -> None:
        broker.fails = {"account_info"}

    def mend() -> None:
        broker.fails = set()
        broker.now += timedelta(seconds=40)

    # 10 s no tick; 11 s good; 12 s lost for 45 s; 57.5 s good: seen good for 3 s at 60.5 s, not for 49.5 s
    run.loop(60, good, lose, mend)
    assert run.shown[-1]["as_of"] == at(60)
    last = [one["symbols"][0]["buy"] for one in run.shown][-3:]
    assert [side["binding"]["name"] for side in last] == ["stale", "stale", "stale"]


@pytest.mark.parametrize("minutes", [0, 14, 24 * 60])
def test_a_restart_sees_a_condition_good_anew_before_it_lifts(
    home: Path, broker: Broker, minutes: int
) -> None:
    broker.ticks["IWM.US"] = None
    Run(home, broker).loop(10)
    del broker.ticks["IWM.US"]
    broker.now += timedelta(minutes=minutes)
    again = Run(home, broker)
    again.loop(31)
    binding = [one["symbols"][0]["buy"]["binding"] for one in again.shown]
    assert binding[0]["reason"].startswith(
        "recovering, good for 0 of 30 s: symbol_info_tick for IWM.US failed"
    )
    assert [one["name"] == "stale" for one in binding] == [True] * 30 + [
        False
    ] * 2  # 30 s from the first look


def test_a_restart_after_good_facts_waits_for_nothing(home: Path, broker: Broker) -> None:
    broker.ticks["IWM.US"] = None

    def good() -> None:
        del broker.ticks["IWM.US"]

    Run(home, broker).loop(60, good)
    again = Run(home, broker)
    again.loop(1)
    assert again.shown[0]["symbols"][0]["buy"]["binding"]["name"] != "stale"
    conditions = [one["caps"] for one in again.journal() if one["kind"] == "conditions"]
    assert [len(caps) for caps in conditions] == [2, 0, 0]  # of IWM itself, and of the pair it is a leg of


@pytest.mark.parametrize(
    ("seconds", "stands"), [(1, True), (15 * 60 - 1, True), (15 * 60 + 1, False)]
)  # since the last look of the run, which was 20 s after the condition fell
def test_a_check_that_connects_itself_knows_a_condition_that_stood_lately(
    home: Path, broker: Broker, seconds: float, *, stands: bool
) -> None:
    broker.ticks["IWM.US"] = None
    run = Run(home, broker)
    run.loop(20)
    del broker.ticks["IWM.US"]
    broker.now = datetime.fromisoformat(run.shown[-1]["as_of"]) + timedelta(seconds=seconds)
    config = load_config(home)
    source = replace(open_source(config, home), clock=HandClock(broker))
    advice = advise_once(config, home, source)
    assert (advice.symbols[0].sides[Side.BUY].binding.name == "stale") is stands


def test_a_deal_that_comes_after_its_position_is_still_recorded(home: Path, broker: Broker) -> None:
    run = Run(home, broker)

    def fill() -> None:
        broker.positions = (bridge.position(),)

    def arrive() -> None:
        broker.deals = (bridge.deal(501, NOON + timedelta(seconds=1)),)

    run.loop(6, fill, nothing, arrive)
    assert [one["ticket"] for one in run.journal() if one["kind"] == "deal"] == [501]


def test_the_account_is_read_last_so_that_a_slow_terminal_shows_no_old_money(
    home: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = broker.functions()["orders_get"]

    def hang(*args: Any, **named: Any) -> Any:  # noqa: ANN401 -- as the module's own
        broker.now += timedelta(seconds=60)
        broker.money |= {"equity": 50_000.0, "margin_free": 500.0}
        return slow(*args, **named)

    monkeypatch.setattr(sys.modules["bridge"], "orders_get", hang)
    run = Run(home, broker)
    run.loop(0)
    (document,) = run.shown
    assert (document["as_of"], document["account"]["equity"]) == (at(60), 50_000.0)
    assert {side["lots"] for side in sides(document)} == {0.0}  # the quotes are 61 s old
    # 60 s in a call, 0.5 s until it was warm; the panel was stale meanwhile
    assert [one["seconds"] for one in run.journal() if one["kind"] == "slow"] == [60.5]


def test_what_was_read_before_a_call_that_hung_is_not_shown_as_fresh(
    home: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = broker.functions()["positions_get"]
    run = Run(home, broker)

    def late() -> Any:  # noqa: ANN401 -- as the module's own
        found = usual()
        if broker.now == FIRST + timedelta(seconds=1):
            broker.now += timedelta(seconds=9)  # the quotes are 10 s old, 15 s allowed
            broker.positions = (bridge.position(),)  # which this look does not know
        return found

    monkeypatch.setattr(sys.modules["bridge"], "positions_get", late)
    run.loop(11)
    first, hung, after = run.shown
    assert hung["as_of"] == at(10)
    assert {side["lots"] for side in sides(hung)} == {0.0}
    (cap,) = [cap for cap in hung["caps"] if cap["name"] == "slow"]
    assert cap["reason"].startswith("the look took 9 s, 5 s allowed")
    assert max(side["lots"] for side in sides(first)) > 0 < max(side["lots"] for side in sides(after))


def test_a_first_look_has_time_to_warm_up_but_none_to_read_for_long(
    home: Path, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = broker.functions()["positions_get"]

    def late() -> Any:  # noqa: ANN401 -- as the module's own
        broker.now += timedelta(seconds=6)
        return usual()

    monkeypatch.setattr(sys.modules["bridge"], "positions_get", late)
    run = Run(home, broker)
    run.loop(0)
    (document,) = run.shown
    (cap,) = [cap for cap in document["caps"] if cap["name"] == "slow"]
    assert cap["reason"].startswith("the look took 6 s, 5 s allowed")  # whatever waiting for histories took
    assert [one for one in run.journal() if one["kind"] == "slow"] == []


def test_a_start_that_fails_half_way_gives_everything_back(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    with run.assistant(), pytest.raises(AssistantError, match="another assistant runs"), run.assistant():
        pass  # the second one is refused by the first one's lock
    elsewhere = Run(home.parent / "another home", broker)
    elsewhere.home.joinpath("config").mkdir(parents=True)
    (elsewhere.home / "config" / "local.yaml").write_text(LOCAL, encoding="utf-8")
    with run.assistant():
        closed = len([name for name, _, _ in broker.calls if name == "shutdown"])
        with pytest.raises(AssistantError, match="another assistant runs"), elsewhere.assistant():
            pass  # its own home is free, but the terminal's folder is not
        assert len([name for name, _, _ in broker.calls if name == "shutdown"]) == closed + 1
        with LoginLock(elsewhere.state, LOGIN):
            pass  # given back


# The record fails


@pytest.mark.parametrize("swap", [np.float64(-4.5), 2**64])
def test_what_cannot_be_told_for_a_replay_takes_no_lots_and_ends_no_run(
    home: Path, broker: Broker, swap: float
) -> None:
    broker.positions = (bridge.position(swap=swap),)  # as a module of the user's own may give it
    run = Run(home, broker)
    run.loop(1)
    assert [any(side["lots"] for side in sides(one)) for one in run.shown] == [True, True]
    (problem,) = [one for one in run.shown[1]["problems"] if "replay" in one]
    assert problem.startswith("looks cannot be put on record for a replay: ")
    assert not any(one["name"] == "no record" for one in run.shown[1]["caps"])


def test_without_a_record_no_lots_are_advised_until_there_is_one(home: Path, broker: Broker) -> None:
    run = Run(home, broker)
    logs = home / "logs"

    def block() -> None:
        shutil.move(logs, home / "kept")
        logs.write_text("a file where the folder was", encoding="utf-8")
        broker.money["balance"] += 250.0  # something to be put on record

    def unblock() -> None:
        logs.unlink()
        shutil.move(home / "kept", logs)

    run.loop(4, block, nothing, unblock)

    assert [any(side["lots"] for side in sides(one)) for one in run.shown] == [True, False, False, True, True]
    for document in run.shown[1:3]:
        assert document["share"] == {"value": 0.0, "binding": "no record"}
        (cap,) = [one for one in document["caps"] if one["name"] == "no record"]
        assert (cap["value"], cap["scope"], cap["applies_to"]) == (0.0, "account", "all")
        assert cap["reason"].startswith(f"the journal cannot be written: {logs}")
        assert {side["binding"]["name"] for side in sides(document)} == {"no record"}
        schema("advice-1").validate(document)
    assert not any(one["name"] == "no record" for one in run.shown[3]["caps"])
    balances = [one["balance"] for one in run.journal() if one["kind"] == "account"]
    assert balances == [99_500.0, 99_750.0]  # what could not be put on record then is there now


def test_what_stands_in_the_terminal_without_a_record_is_no_lots(home: Path, broker: Broker) -> None:
    (home / "logs").write_text("a file where the folder should be", encoding="utf-8")
    run = Run(home, broker)
    run.loop(0)
    (document,) = run.shown
    assert {side["lots"] for side in sides(document)} == {0.0}
    lots = {
        line.split("|")[10]
        for line in run.panel.read_text(encoding="utf-8").splitlines()
        if line[:5] == "SIDE|"
    }
    assert lots == {"0"}


# Publishing fails


def test_a_panel_file_that_cannot_be_written_is_journaled_and_the_advice_goes_on(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    run.panel.mkdir(parents=True)
    run.loop(1)
    assert len(run.shown) == 2
    assert json.loads(run.state.read_bytes()) == run.shown[-1]
    (failed,) = [one["failed"] for one in run.journal() if one["kind"] == "publish"]  # once, not every cycle
    assert failed[0].startswith(f"{run.panel} could not be written: ")


def test_a_state_file_that_cannot_be_written_does_not_keep_the_panel_from_its_advice(
    home: Path, broker: Broker
) -> None:
    run = Run(home, broker)
    (run.state / "full").mkdir(parents=True)
    run.loop(1)
    assert run.utc() == int(NOON.timestamp()) + 1
    assert any(one["kind"] == "publish" for one in run.journal())
