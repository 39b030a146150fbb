"""A terminal that goes and comes back: the run goes on without help, and no terminal is ever started."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from assistant.app import Assistant
from assistant.config import load_config
from assistant.outputs.fields import Document
from assistant.outputs.journal import read_journal
from assistant.source import open_source, played
from assistant.terminal import paper
from assistant.terminal.clock import NEW_YORK_PLUS_7
from assistant.terminal.fault_script import LINK_SECONDS, Fault, FaultKind, active_at, edges
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.process import Finder, Process
from assistant.terminal.sessions import Sessions
from tests.doubles.bridge import PATH, Bridge, Broker, HandClock
from tests.doubles.cycles import SYMBOLS, packaged_config

BACK = timedelta(seconds=5)  # at most, from the terminal's return to the first advice
BEFORE = 15  # seconds until the fault


class Played:
    """A run on the paper terminal in which one fault begins after 15 s, and what it showed."""

    def __init__(self, home: Path, kind: FaultKind, seconds: float, number: float = 0) -> None:
        config = played(packaged_config())
        config = config.model_copy(update={"symbols": {s: config.symbols[s] for s in ("IWM", "SPY")}})
        source = open_source(config, home, paper=True, speed=1e9)
        self.begins = paper.now() + timedelta(seconds=BEFORE)
        self.ends = self.begins + timedelta(seconds=seconds)
        begins, ends = (round(one.timestamp() * 1000) for one in (self.begins, self.ends))
        script = (Fault(kind, begins, ends, number=number),)
        paper.faults.play(partial(active_at, script), edges(script))
        self.shown: list[Document] = []
        self.troubles: list[str] = []
        with Assistant(config, home, source, publish=True, dry_run=False) as one:
            self.state = one.state
            self.kept: list[tuple[datetime, datetime]] = []  # while away: now, and as_of in the state file

            def trouble(text: str) -> None:
                self.troubles.append(text)
                kept = json.loads(one.state.read_bytes())
                self.kept.append((paper.now(), datetime.fromisoformat(kept["as_of"])))
                assert one.panel is not None
                assert f"UTC|{int(self.kept[-1][1].timestamp())}" in one.panel.read_text(encoding="utf-8")

            one.run(1.0, self.shown.append, trouble, until=self.ends + timedelta(seconds=45))
            self.journal = read_journal(one.journal.path)

    def after(self, instant: datetime) -> list[Document]:
        return [one for one in self.shown if datetime.fromisoformat(one["as_of"]) >= instant]


def lots(document: Document) -> list[float]:
    return [one[side]["lots"] for one in document["symbols"] for side in ("buy", "sell")]


def told(document: Document) -> set[str]:
    return {cap["reason"] for cap in document["caps"] if cap["name"] == "stale"}


@pytest.mark.parametrize(
    ("kind", "number", "error"),
    [
        (FaultKind.LOSE_TERMINAL, -10001, "-10001 IPC send failed"),
        (FaultKind.LOSE_TERMINAL, -10002, "-10002 IPC recv failed"),
        (FaultKind.IPC_TIMEOUT, 0, "-10005 IPC timeout"),
    ],
)
@pytest.mark.parametrize("seconds", [20.3, 330])
def test_a_terminal_that_was_lost_is_back_within_five_seconds(
    tmp_path: Path, kind: FaultKind, number: int, error: str, seconds: float
) -> None:
    run = Played(tmp_path, kind, seconds, number)
    away = run.troubles
    assert away[0] == f"terminal_info failed: {error}"
    assert [one["error"] for one in run.journal if one["kind"] == "terminal"] == [away[0]]
    old = [(now - as_of).total_seconds() for now, as_of in run.kept]
    assert max(old) > packaged_config().cycle.ttl  # by which its readers call it stale
    assert old == sorted(old)  # nothing is written meanwhile
    after = run.after(run.ends)
    assert datetime.fromisoformat(after[0]["as_of"]) - run.ends <= BACK
    assert len(after) >= 40  # of 45 s, and no trouble after that
    assert any(lots(after[-1]))


def test_a_terminal_that_was_started_again_says_that_it_has_no_broker_yet(tmp_path: Path) -> None:
    run = Played(tmp_path, FaultKind.RESTART_TERMINAL, 20 + LINK_SECONDS)
    up = run.ends - timedelta(seconds=LINK_SECONDS)
    after = run.after(up)
    assert datetime.fromisoformat(after[0]["as_of"]) - up <= BACK
    assert "the terminal has no link to its broker" in told(after[0])
    assert not any(lots(after[0]))
    assert any(lots(after[-1]))


def test_a_lost_broker_is_told_at_once_and_costs_no_connection(tmp_path: Path) -> None:
    run = Played(tmp_path, FaultKind.LOSE_BROKER, 20)
    assert run.troubles == []
    for one in run.after(run.begins)[:20]:
        assert "the terminal has no link to its broker" in told(one)
        assert not any(lots(one))
    back = run.after(run.ends)
    assert any("recovering" in reason for reason in told(back[0]))
    assert any(lots(back[-1]))


def test_fewer_bars_than_before_are_read_again_without_a_new_connection(tmp_path: Path) -> None:
    run = Played(tmp_path, FaultKind.MAXBARS, 60, number=300)
    assert run.troubles == []
    during = [one for one in run.after(run.begins) if one not in run.after(run.ends)]
    assert {one["history"]["sessions"] for one in during} <= {0, 298}  # 0: read once, to be read alike again
    assert not any(lots(during[0]))
    after = run.after(run.ends)
    assert after[-1]["history"]["sessions"] == run.shown[0]["history"]["sessions"]


# A terminal that its trader closed


class Desk:
    """A trader's desk: a terminal that is closed and opened, as processes and as a broker's double."""

    PROGRAM = f"{PATH}\\terminal64.exe"

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.numbers: Iterator[int] = iter(range(1, 100))
        self.runs: list[Process] = []
        self.started: list[float] = []  # by initialize(), seconds of the run
        self.begun = broker.now
        broker.__dict__["_initialize"] = self.initialize

    @property
    def seconds(self) -> float:
        return (self.broker.now - self.begun).total_seconds()

    def open(self) -> None:
        self.runs = [Process("terminal64.exe", self.PROGRAM, next(self.numbers))]
        self.broker.error = (-1, "Terminal: Call failed")
        self.broker.fails.clear()

    def initialize(self, *_: object) -> bool:
        if self.broker.fails or not self.runs:
            self.started.append(self.seconds)  # its pipe is not there: the module starts the program
            self.open()
        return True

    def begin_to_close(self) -> None:
        """Close the pipe; the process goes on for a while."""
        self.broker.error = (-10001, "IPC send failed")
        self.broker.fails = {"terminal_info", "account_info"}

    def end(self) -> None:
        self.runs = []

    def finder(self, *, start: bool) -> Finder:
        return Finder(self.PROGRAM, start=start, look=lambda: self.runs, seconds=lambda: self.seconds)


def run_at(
    desk: Desk, home: Path, *then: Callable[[], object], start: bool, seconds: float
) -> tuple[list[Document], list[str]]:
    finder = desk.finder(start=start)
    terminal = MetaTrader(
        Bridge(desk.broker),
        SYMBOLS,
        Sessions.packaged(),
        zone=NEW_YORK_PLUS_7,
        sessions=600,
        locate=finder.find,
        let_close=finder.let_close,
    )
    config = load_config(home)
    source = replace(open_source(config, home), terminal=terminal, clock=HandClock(desk.broker, *then))
    shown: list[Document] = []
    troubles: list[str] = []
    with Assistant(config, home, source, publish=True, dry_run=False) as one:
        one.run(1.0, shown.append, troubles.append, desk.broker.now + timedelta(seconds=seconds))
    return shown, troubles


def idle() -> None:
    """Let a second pass."""


@pytest.mark.parametrize("start", [False, True])
@pytest.mark.parametrize("closing", [0, 3, 9])
def test_a_terminal_that_its_trader_closed_is_never_opened_again(
    home: Path, broker: Broker, start: bool, closing: int
) -> None:
    desk = Desk(broker)
    desk.open()
    shown, troubles = run_at(
        desk, home, idle, desk.begin_to_close, *[idle] * closing, desk.end, start=start, seconds=60
    )
    assert desk.started == []
    assert desk.runs == []
    assert len(shown) == 2
    assert len(troubles) >= 55
    assert "that terminal is not running" in troubles[-1]
    assert ("it is not started again" in troubles[1]) == (closing > 0)


@pytest.mark.parametrize("start", [False, True])
def test_a_terminal_that_its_trader_opens_again_is_taken_up(home: Path, broker: Broker, start: bool) -> None:
    desk = Desk(broker)
    desk.open()
    opened: list[float] = []

    def again() -> None:
        desk.open()
        opened.append(desk.seconds)

    shown, _ = run_at(
        desk, home, idle, desk.begin_to_close, idle, desk.end, *[idle] * 20, again, start=start, seconds=60
    )
    assert desk.started == []
    first = next(one for one in map(_seconds(desk), shown) if one >= opened[0])
    assert first - opened[0] <= BACK.total_seconds()


def _seconds(desk: Desk) -> Any:  # noqa: ANN401
    return lambda one: (datetime.fromisoformat(one["as_of"]) - desk.begun).total_seconds()


def test_terminal_start_starts_it_once_at_the_programs_start(home: Path, broker: Broker) -> None:
    desk = Desk(broker)
    shown, _ = run_at(desk, home, idle, desk.begin_to_close, desk.end, start=True, seconds=30)
    assert desk.started == [0.0]
    assert len(shown) == 2
