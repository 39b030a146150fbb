"""A funded account in the loop: what is on record, what a restart takes from it, and what was broken."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.app import Assistant
from assistant.config import load_config
from assistant.core.snapshot import Stated
from assistant.core.track import Mark
from assistant.errors import AssistantError, JournalError
from assistant.funded.anchors import add_anchor
from assistant.once import advise_once
from assistant.outputs.fields import Document
from assistant.outputs.journal import Journal
from assistant.outputs.state import said_last
from assistant.source import open_source
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, LOGIN, NOON, Broker, HandClock
from tests.doubles.runs import FIRST, Run, at, nothing

FUNDED = """
funded:
  mode: enforce
  pack: custom
  initial_balance: 99500
  custom:
    name: own
    currency: EUR
    as_of: 2025-01-01
    cutoffs: [{time: "17:05", zone: Europe/London}, {time: "19:00", zone: Europe/Prague}]
    rules:
      daily:
        effect: pause
        floor: {reference: day_start_max, amount: {percent: 3, of: initial}, measure: equity, op: lt}
      trail:
        effect: fail
        floor: {reference: hwm_equity_intraday, amount: {money: 4321}, measure: equity, op: le}
"""
FIRST_DEAL = bridge.deal(
    1, NOON - timedelta(days=9), type=2, symbol="", position_id=0, volume=0.0, price=0.0, profit=99_500.0,
    commission=0.0, fee=0.0,
)  # fmt: skip
LEVELS = {"daily": 96_515.0, "trail": 95_179.0}  # 99500 - 2985, 99500 - 4321


@pytest.fixture
def own(home: Path, broker: Broker) -> Run:
    """A run for an account that has had its first deposit, and nothing open."""
    (home / "config" / "local.yaml").write_text(LOCAL + FUNDED, encoding="utf-8")
    broker.deals = (FIRST_DEAL,)
    broker.money["equity"] = broker.money["balance"]
    return Run(home, broker)


def levels(document: Document) -> dict[str, float]:
    """The floors by rule."""
    return {one["name"]: one["floor"] for one in document["funded"]["floors"]}


def of_kind(run: Run, *kinds: str) -> list[dict[str, Any]]:
    return [one for one in run.journal() if one["kind"] in kinds]


def replaced(deal: Any, **changed: Any) -> Any:  # noqa: ANN401
    """A deal with other terms."""
    return type(deal)(**vars(deal) | changed)


def equity(broker: Broker, number: float) -> Any:  # noqa: ANN401
    """What lets the equity be another from the next second on."""
    return lambda: broker.money.update(equity=number)


# The record


def test_a_hundred_quiet_cycles_leave_one_entry(own: Run) -> None:
    own.loop(99)
    assert len(own.shown) == 100
    assert len(of_kind(own, "track")) == 1
    assert of_kind(own, "marks") == []
    assert levels(own.shown[-1]) == LEVELS
    assert own.shown[-1]["funded"]["seen_at"] == at(99)


def test_a_higher_equity_is_a_line_of_marks_where_a_rule_follows_it(own: Run, broker: Broker) -> None:
    own.loop(5, equity(broker, 99_650.0), nothing, equity(broker, 99_400.0), equity(broker, 99_700.0))
    assert [one["at"] for one in of_kind(own, "track", "marks")] == [at(0), at(1), at(4)]
    high = {"high_equity": 99_700.0, "high_equity_of_day": 99_700.0}
    marks = of_kind(own, "marks")[-1]["tracks"]
    assert marks == {"17:05 Europe/London": high, "19:00 Europe/Prague": high}
    assert levels(own.shown[-1])["trail"] == 95_379.0  # 99700 - 4321


def test_equity_that_no_rule_follows_is_not_recorded(own: Run, broker: Broker) -> None:
    text = (own.home / "config" / "local.yaml").read_text(encoding="utf-8")
    text = text.replace("hwm_equity_intraday", "hwm_balance_eod")
    (own.home / "config" / "local.yaml").write_text(text, encoding="utf-8")
    own.loop(4, equity(broker, 99_650.0), equity(broker, 99_750.0))
    assert [one["kind"] for one in of_kind(own, "track", "marks")] == ["track"]


def test_a_restart_goes_on_from_the_record(own: Run, broker: Broker) -> None:
    own.loop(3, equity(broker, 99_900.0), equity(broker, 99_500.0))
    broker.now += timedelta(minutes=1)
    again = Run(own.home, broker)
    again.loop(1)
    assert levels(again.shown[0]) == {"daily": 96_515.0, "trail": 95_579.0}  # 99900 - 4321
    assert again.shown[0]["funded"]["why"] == []


def test_a_seen_breach_outlives_a_start_that_was_tried_and_put_back(own: Run, broker: Broker) -> None:
    path = own.home / "config" / "local.yaml"
    text = path.read_text(encoding="utf-8")
    own.loop(2, equity(broker, 95_000.0), equity(broker, 99_500.0))
    shown = [own.shown[-1]]
    for tried in (text.replace("balance: 99500", "balance: 99500\n  start: 2025-01-07"), text):
        path.write_text(tried, encoding="utf-8")
        broker.now += timedelta(seconds=5)
        again = Run(own.home, broker)
        again.loop(0)
        shown.append(again.shown[0])
    broken = [{one["name"] for one in each["funded"]["rules"] if one["broken"]} for each in shown]
    assert broken == [{"daily", "trail"}, set(), {"daily", "trail"}]  # 95000 < 95179


def test_a_rule_that_follows_equity_from_now_on_is_told_by_the_history(own: Run, broker: Broker) -> None:
    path = own.home / "config" / "local.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("hwm_equity_intraday", "hwm_balance_eod"), encoding="utf-8")
    bought = NOON - timedelta(minutes=2)
    broker.deals = (FIRST_DEAL, bridge.deal(2, bought, price=222.5, commission=0.0, fee=0.0))
    broker.positions = (bridge.position(profit=0.0, time_msc=bridge.server(bought)),)
    minutes = [bridge.server(NOON + timedelta(minutes=n)) // 1000 for n in range(-3, 5)]
    broker.minutes = {"IWM.US": [(one, 222.5, 222.5, 222.0, 222.5, 10, 40, 0) for one in minutes]}

    def rise() -> None:
        broker.money["equity"] = 101_400.0
        broker.minutes["IWM.US"][3] = (minutes[3], 222.5, 242.0, 222.0, 222.5, 10, 40, 0)

    own.loop(70, rise, equity(broker, 99_500.0))
    path.write_text(text, encoding="utf-8")
    broker.now += timedelta(seconds=5)  # in a minute without that high
    again = Run(own.home, broker)
    again.loop(0)
    assert levels(again.shown[0])["trail"] >= 97_079.0  # 101400 - 4321: what was seen, or more by prices


@pytest.mark.parametrize("kept", [True, False])
def test_the_last_lines_of_a_journal_that_are_lost_are_told_by_the_history(
    own: Run, broker: Broker, kept: bool
) -> None:
    bought = NOON - timedelta(minutes=2)
    broker.deals = (FIRST_DEAL, bridge.deal(2, bought, price=222.5, commission=0.0, fee=0.0))
    broker.positions = (bridge.position(profit=0.0, time_msc=bridge.server(bought)),)
    minutes = [bridge.server(NOON + timedelta(minutes=n)) // 1000 for n in range(-3, 5)]
    broker.minutes = {"IWM.US": [(one, 222.5, 222.5, 222.0, 222.5, 10, 40, 0) for one in minutes]}

    def rise() -> None:
        broker.money["equity"] = 101_400.0
        broker.minutes["IWM.US"][3] = (minutes[3], 222.5, 242.0, 222.0, 222.5, 10, 40, 0)

    own.loop(70, rise, equity(broker, 99_500.0))
    path = own.home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(line for line in lines if kept or b'"kind":"marks"' not in line))
    broker.now += timedelta(seconds=5)  # in a minute without that high
    again = Run(own.home, broker)
    again.loop(0)
    trail = levels(again.shown[0])["trail"]
    assert (trail == 97_079.0) is kept  # 101400 - 4321
    assert trail >= 97_079.0  # by prices it may have been more


def test_a_single_look_goes_on_from_the_record(own: Run, broker: Broker) -> None:
    own.loop(2, equity(broker, 99_900.0), equity(broker, 99_500.0))
    broker.now += timedelta(seconds=4)
    config = load_config(own.home)
    source = replace(open_source(config, own.home), clock=HandClock(broker))
    before = [path.read_bytes() for path in sorted(own.home.rglob("*")) if path.is_file()]
    advice = advise_once(config, own.home, source)
    assert advice.funded is not None
    found = {one.name: one.floor.level for one in advice.funded.rulings if one.floor}
    assert found == {"daily": 96_515.0, "trail": 95_579.0}
    assert [path.read_bytes() for path in sorted(own.home.rglob("*")) if path.is_file()] == before


@pytest.mark.parametrize(
    "tail", [b'{"at":"2025-01-15T17:00:01', b'{"kind":"track","at":"2025-01-15T17:00:02Z"}\n']
)
def test_a_damaged_or_torn_line_is_passed_over(own: Run, broker: Broker, tail: bytes) -> None:
    own.loop(2, equity(broker, 99_900.0), equity(broker, 99_500.0))
    path = own.home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl"
    path.write_bytes(path.read_bytes() + tail)
    broker.now += timedelta(minutes=1)
    again = Run(own.home, broker)
    again.loop(0)
    assert levels(again.shown[0])["trail"] == 95_579.0


def test_a_record_from_the_future_is_none(own: Run, broker: Broker) -> None:
    own.loop(2, equity(broker, 99_900.0))
    before = own.state.read_bytes()
    broker.now -= timedelta(hours=2)
    broker.money["equity"] = 99_500.0
    again = Run(own.home, broker)
    again.loop(0)
    assert json.loads(before)["funded"]["seen_at"] > again.shown[0]["funded"]["seen_at"]
    assert levels(again.shown[0]) == LEVELS


def test_a_day_that_is_played_again_in_one_home_starts_from_its_own_first_record(
    own: Run, broker: Broker
) -> None:
    own.loop(20, nothing, equity(broker, 99_900.0), equity(broker, 99_500.0))
    broker.now = NOON
    again = Run(own.home, broker)
    again.loop(20, nothing, equity(broker, 99_900.0), equity(broker, 99_500.0))
    assert [levels(one) for one in again.shown] == [levels(one) for one in own.shown]


def test_what_is_not_on_record_is_not_used_and_not_said_to_be_seen(
    own: Run, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, full = Journal.write_all, [False]

    def failing(self: Journal, at_: Any, entries: Any) -> None:  # noqa: ANN401
        if full[0] and {kind for kind, _ in entries} & {"track", "marks"}:
            raise JournalError("the disk is full")
        write(self, at_, entries)

    monkeypatch.setattr(Journal, "write_all", failing)

    def fill() -> None:
        full[0] = True
        broker.money["equity"] = 99_900.0

    def mend() -> None:
        full[0] = False

    own.loop(5, nothing, fill, nothing, mend)
    shares = [(one["share"]["value"], one["share"]["binding"]) for one in own.shown]
    assert shares[2:4] == [(0.0, "no record")] * 2
    assert "no record" not in {name for _, name in (*shares[:2], *shares[4:])}
    seen = [one["funded"]["seen_at"] for one in own.shown]
    assert seen == [at(0), at(1), None, None, at(4), at(5)]
    assert [one["at"] for one in of_kind(own, "track", "marks")] == [at(0), at(4)]
    assert said_last(own.state)["funded"]["seen_at"] == at(5)


def test_a_kill_while_nothing_could_be_recorded_loses_nothing_of_the_reset(
    own: Run, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.now = NOON + timedelta(minutes=4, seconds=55)
    with own.assistant() as (one, clock):
        one.cycle()
        with monkeypatch.context() as patch:
            patch.setattr(Journal, "write_all", lambda *_: (_ for _ in ()).throw(JournalError("full")))
            gain = bridge.deal(9, NOON + timedelta(minutes=4, seconds=57), type=1, entry=1, profit=1_002.3)
            for _ in range(8):
                clock.sleep(1.0)
                broker.deals, broker.money["balance"] = (FIRST_DEAL, gain), 100_500.0
                broker.money["equity"] = 100_500.0
                one.cycle()
        broker.money.update(balance=100_500.0, equity=100_500.0)
        state = own.state.read_bytes()
    assert json.loads(state)["funded"]["seen_at"] is None
    broker.now += timedelta(seconds=5)
    again = Run(own.home, broker)
    again.loop(0)
    assert levels(again.shown[0])["daily"] == 97_515.0  # 100500 - 2985, since the reset of 17:05


def test_a_kill_between_record_and_publishing_is_told_by_the_record(
    own: Run, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with own.assistant() as (one, clock):
        one.cycle()
        clock.sleep(1.0)
        broker.money["equity"] = 99_900.0
        with monkeypatch.context() as patch:
            patch.setattr(Assistant, "_hand_out", killed)
            with pytest.raises(KeyboardInterrupt):
                one.cycle()
    assert json.loads(own.state.read_bytes())["funded"]["seen_at"] == at(0)
    broker.money["equity"] = 99_500.0
    broker.now += timedelta(seconds=5)
    again = Run(own.home, broker)
    again.loop(0)
    assert levels(again.shown[0])["trail"] == 95_579.0


# The account


def test_another_account_in_the_terminal_ends_the_run(own: Run, broker: Broker) -> None:
    def switch() -> None:
        broker.login = 4002

    with pytest.raises(AssistantError, match="the terminal is now logged in as 4002"):
        own.loop(2, switch)
    assert len(of_kind(own, "track")) == 1


def test_a_history_that_fails_is_read_again_after_half_a_minute(
    own: Run, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[float] = []

    def loading(first: int, _last: int) -> Any:  # noqa: ANN401
        whole = first < bridge.server(NOON - timedelta(days=1000)) // 1000
        if whole:
            read.append((broker.now - FIRST).total_seconds())
        return (FIRST_DEAL,) * (len(read) if whole else 1)

    with own.assistant() as (one, clock):
        one.cycle()
        broker.now += timedelta(seconds=11)  # nobody looked
        monkeypatch.setattr(broker, "_history_deals_get", loading)
        told = []
        for _ in range(31):
            told.append(one.cycle()[1]["funded"])
            clock.sleep(1.0)
        monkeypatch.undo()
        monkeypatch.setitem(sys.modules, "bridge", bridge.Bridge(broker))
        found = [one.cycle()[1]["funded"]]
        broker.now += timedelta(seconds=30)
        found.append(one.cycle()[1]["funded"])
    assert sorted(set(read)) == [11.0, 41.0]
    assert {one["status"] for one in told} == {"cannot certify"}
    assert all("the account's history is still loading" in one["why"] for one in told)
    assert [one["status"] for one in found] == ["cannot certify", "green"]


def test_a_history_that_does_not_add_up_is_read_again_and_mended(own: Run, broker: Broker) -> None:
    broker.deals = (replaced(FIRST_DEAL, profit=98_000.0),)

    def load() -> None:
        broker.deals = (FIRST_DEAL,)

    own.loop(32, load)
    told = [one["funded"]["status"] for one in own.shown]
    assert told == ["cannot certify"] * 30 + ["green"] * 3
    assert [one["funded"]["seen_at"] for one in own.shown] == [at(n) for n in range(33)]  # looks go on
    tracks = [one["unverified"] for one in of_kind(own, "track")]
    assert tracks[0] is not None
    assert tracks[-1] is None


def test_a_statement_counts_from_the_next_look_and_after_a_restart(own: Run, broker: Broker) -> None:
    def state() -> None:
        add_anchor(own.home, LOGIN, Stated(FIRST + timedelta(seconds=1.5), {Mark.HIGH_EQUITY: 99_999.0}))

    own.loop(4, nothing, state)
    assert [levels(one)["trail"] for one in own.shown] == [95_179.0, 95_179.0, 95_678.0, 95_678.0, 95_678.0]
    broker.now += timedelta(minutes=1)
    (own.home / "state" / f"anchors_{LOGIN}.json").unlink()
    again = Run(own.home, broker)
    again.loop(0)
    assert levels(again.shown[0])["trail"] == 95_678.0  # 99999 - 4321


# Evidence


def tick(seconds: float, bid: float) -> tuple[float, ...]:
    """A tick of the server so many seconds after the first cycle."""
    ms = bridge.server(FIRST + timedelta(seconds=seconds))
    return (ms // 1000, bid, bid + 0.04, 0.0, 0, ms, 6, 0.0)


def test_a_breach_is_frozen_with_all_that_it_rests_on_and_completed_five_minutes_later(
    own: Run, broker: Broker
) -> None:
    broker.positions = (bridge.position(),)
    broker.past_ticks = {"IWM.US": [tick(n, 221.0 - n / 100) for n in (-301, -299.5, 0, 1.5, 150, 299, 302)]}
    own.loop(310, nothing, equity(broker, 95_000.0))
    files = sorted((own.home / "logs").glob("evidence_*.json"))
    assert [path.name for path in files] == [
        f"evidence_{LOGIN}_20250115T170002500000Z_{rule}.json" for rule in ("daily", "trail")
    ]
    found = json.loads(files[1].read_bytes())
    assert found["schema"] == "evidence/1"
    breach = found["breach"]
    assert (breach["rule"], breach["at"], breach["seen"]) == ("trail", at(2), True)
    assert (breach["value"], breach["floor"], breach["until"]) == (95_000.0, 95_179.0, None)
    assert found["breach"]["told"].endswith("17:05 Europe/London")
    assert found["program"]["key"] == "custom"
    assert found["program"]["initial"] == 99_500.0
    assert set(found["program"]["cutoffs"]) == {"17:05 Europe/London", "19:00 Europe/Prague"}
    assert found["rule"]["effect"] == "fail"
    assert found["rule"]["stands"] == "own; as of 2025-01-01"
    (reading,) = found["rule"]["readings"].values()
    assert reading["amount"]["money"] == 4321
    assert (found["before"]["broken"], set(found["after"]["broken"])) == ({}, {"daily", "trail"})
    assert found["account"]["equity"] == 95_000.0
    assert [one["ticket"] for one in found["positions"]] == [81]
    assert found["quotes"]["IWM"]["bid"] == 221.125
    assert found["complete"] is True
    ticks = found["ticks"]["IWM.US"]
    assert (ticks["from"], ticks["until"]) == (at(-298), at(302))
    assert [one[0] for one in ticks["ticks"]] == [at(0), at(1.5), at(150), at(299), at(302)]


def test_evidence_is_written_at_once_and_completed_when_the_run_ends(own: Run, broker: Broker) -> None:
    broker.positions = (bridge.position(),)
    with own.assistant() as (one, clock):
        one.cycle()
        clock.sleep(1.0)
        broker.money["equity"] = 95_000.0
        one.cycle()
        (path,) = (own.home / "logs").glob("evidence_*daily.json")
        first = json.loads(path.read_bytes())
        assert (first["complete"], first["ticks"]["IWM.US"]["until"]) == (False, at(1))
        clock.sleep(7.0)
        broker.fails = {"copy_ticks_range"}
    last = json.loads(path.read_bytes())
    assert (last["complete"], last["ticks"]["IWM.US"]["until"]) == (True, at(8))
    assert last["ticks"]["IWM.US"]["unknown"].startswith("copy_ticks_range")
    assert {**first, "ticks": 0, "complete": 0} == {**last, "ticks": 0, "complete": 0}


def test_a_breach_on_record_is_no_new_one_after_a_restart(own: Run, broker: Broker) -> None:
    own.loop(2, equity(broker, 95_000.0))
    files = {path: path.read_bytes() for path in (own.home / "logs").glob("evidence_*.json")}
    assert len(files) == 2
    broker.now += timedelta(seconds=30)
    Run(own.home, broker).loop(2)
    assert {path: path.read_bytes() for path in (own.home / "logs").glob("evidence_*.json")} == files


def test_evidence_that_cannot_be_written_is_told_and_the_advice_goes_on(
    own: Run, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.replace

    def refused(self: Path, target: Any) -> Path:  # noqa: ANN401
        if self.name.startswith("evidence_"):
            raise OSError("the disk is full")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refused)
        own.loop(3, equity(broker, 95_000.0))
    assert len(own.shown) == 4
    problem = "what broke trail is not on record: the disk is full"
    assert [problem in one["problems"] for one in own.shown] == [False, False, True, True]
    assert not list((own.home / "logs").glob("evidence_*.json"))


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can be neither deleted nor replaced there")
def test_a_journal_that_is_deleted_in_a_run_is_written_anew_and_no_floor_falls_at_a_restart(
    own: Run, broker: Broker
) -> None:
    def deleted() -> None:
        (own.home / "logs" / f"journal_{LOGIN}_2025-01-15.jsonl").unlink()
        broker.money["equity"] = 99_600.0

    own.loop(6, nothing, nothing, deleted, equity(broker, 99_550.0))
    entries = own.journal()
    kinds = [one["kind"] for one in entries]
    assert {"repair", "closes", "account", "track", "positions", "notes", "overrides"} <= set(kinds)
    assert {"advice", "running", "votes", "floors", "look", "told"} <= set(kinds)
    assert "base" in next(one for one in entries if one["kind"] == "look")
    assert kinds.count("repair") == 1
    problem = "was deleted, replaced or cut while the run went on"
    # the look that finds it says so in the next one
    assert [problem in str(one["problems"]) for one in own.shown] == [*[False] * 4, *[True] * 3]

    broker.now += timedelta(seconds=2)
    later = Run(own.home, broker)
    later.loop(1)
    # the high-water mark of 99600 was reached after the file had gone: 99600 - 4321 = 95279
    for shown in (own.shown[-1], later.shown[0]):
        assert {one["name"]: one["floor"] for one in shown["funded"]["floors"]}["trail"] == 95_279.0
