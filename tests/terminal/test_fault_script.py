"""A script of faults turns on and off what it says, whoever looks and how seldom."""

from __future__ import annotations

from functools import partial
from types import ModuleType

import pytest

from assistant.terminal.fault_script import Fault, FaultKind, active_at, edges
from assistant.terminal.faults import KINDS, Active
from tests.terminal.playing import ABSENT, NO_CONNECTION, at, paper, play

START = "2018-12-26T15:30"
ZERO_MS = int(at(START).timestamp() * 1000)


def fault(kind: FaultKind, begins: float, ends: float | None = None, **values: object) -> Fault:
    """A fault, in seconds after the start."""
    ends_ms = None if ends is None else ZERO_MS + round(ends * 1000)
    return Fault(kind, ZERO_MS + round(begins * 1000), ends_ms, **values)  # type: ignore[arg-type]


@pytest.fixture
def terminal() -> ModuleType:
    """The paper terminal at its default instant."""
    return play(START)


def run(*script: Fault) -> None:
    paper.faults.play(partial(active_at, script), edges(script))


EACH = {  # kind -> field of Active, and what it holds while the fault is on from second 10 to 20
    FaultKind.LOSE_TERMINAL: ("terminal", -10002),
    FaultKind.RESTART_TERMINAL: ("terminal", -10001),
    FaultKind.IPC_TIMEOUT: ("timeout", -10005),
    FaultKind.HANG: ("hung_until", ZERO_MS + 20_000),
    FaultKind.LOSE_BROKER: ("broker", ZERO_MS + 10_000),
    FaultKind.NO_ANSWER: ("silent", {"IWM.US"}),
    FaultKind.EMPTY_HISTORY: ("bare", {"IWM.US"}),
    FaultKind.FREEZE: ("frozen", {"IWM.US": ZERO_MS + 10_000}),
    FaultKind.ZERO_TICK: ("scaled", {"IWM.US": (0.0, 0.0)}),
    FaultKind.CROSSED_QUOTE: ("scaled", {"IWM.US": (1.001, 0.999)}),
    FaultKind.SPIKE: ("scaled", {"IWM.US": (3, 3)}),
    FaultKind.PC_CLOCK: ("pc_ahead", 3),
    FaultKind.SERVER_CLOCK: ("server_ahead", 3),
    FaultKind.SWITCH_ACCOUNT: ("account", "B"),
    FaultKind.MAXBARS: ("maxbars", 3),
    FaultKind.VANISH: ("vanished", {"IWM.US"}),
    FaultKind.RENAME: ("renamed", {"IWM.US": "B"}),
    FaultKind.TRADE_MODE: ("trade_modes", {"IWM.US": 3}),
}


@pytest.mark.parametrize("kind", EACH)
def test_each_fault_is_on_from_its_begin_until_its_end(kind: FaultKind) -> None:
    field, held = EACH[kind]
    number = 0 if kind is FaultKind.LOSE_TERMINAL else 3
    script = (fault(kind, 10, 20, symbol="IWM.US", number=number, text="B"),)
    nothing = Active()
    for second, on in ((9.999, False), (10, True), (14.999, True), (20, False)):
        found = active_at(script, ZERO_MS + round(1000 * second))
        assert getattr(found, field) == (held if on else getattr(nothing, field)), second
        assert [one for one in KINDS if getattr(found, one) != getattr(nothing, one)] == [field] * on


def test_every_kind_of_fault_is_among_those_that_are_tested() -> None:
    assert {*EACH, FaultKind.FAIL} == set(FaultKind)


def test_a_function_that_fails_does_so_until_the_end(terminal: ModuleType) -> None:
    run(fault(FaultKind.FAIL, 1, 3, text="version", number=-4))
    answers = []
    for _ in range(4):
        answers.append(terminal.version() is not None)
        terminal.advance(1)
    assert answers == [True, False, False, True]


def test_of_two_faults_of_one_kind_the_last_to_begin_is_on_and_the_first_comes_back() -> None:
    script = (fault(FaultKind.MAXBARS, 5, 8, number=7), fault(FaultKind.MAXBARS, 1, 20, number=9))
    assert [active_at(script, ZERO_MS + 1000 * one).maxbars for one in (0, 1, 5, 8, 20)] == [
        *(None, 9, 7, 9, None),
    ]


def test_without_an_end_a_fault_stays(terminal: ModuleType) -> None:
    run(fault(FaultKind.MAXBARS, 1, number=7))
    terminal.advance(3600)
    assert terminal.terminal_info().maxbars == 7


def test_a_terminal_that_is_started_again_has_its_broker_five_seconds_later(terminal: ModuleType) -> None:
    run(fault(FaultKind.RESTART_TERMINAL, 1, 16))
    told = []
    for _ in range(17):
        up = terminal.terminal_info() or (terminal.initialize() and terminal.terminal_info())
        told.append(up.connected if up else terminal.last_error()[0])
        terminal.advance(1)
    assert told == [True, *[-10003] * 10, *[False] * 5, True]


def test_a_connection_does_not_outlast_a_terminal_that_went_and_came_between_two_looks(
    terminal: ModuleType,
) -> None:
    run(fault(FaultKind.LOSE_TERMINAL, 10, 20))
    terminal.advance(60)
    assert terminal.account_info() is None
    assert terminal.last_error() == NO_CONNECTION
    assert terminal.initialize() is True


def test_a_terminal_that_goes_while_a_call_hangs_fails_that_call(terminal: ModuleType) -> None:
    run(fault(FaultKind.HANG, 1, 9), fault(FaultKind.LOSE_TERMINAL, 5, 30))
    terminal.advance(2)
    assert terminal.account_info() is None
    assert terminal.last_error() == (-10002, "IPC recv failed")
    assert terminal.now() == at("2018-12-26T15:30:09")
    assert terminal.initialize() is False
    assert terminal.last_error() == ABSENT


def test_a_symbol_that_freezes_does_so_at_its_instant_however_late_somebody_looks(
    terminal: ModuleType,
) -> None:
    terminal.advance(10)
    then = terminal.symbol_info_tick("IWM.US")
    play(START)
    run(fault(FaultKind.FREEZE, 10, symbol="IWM.US"))
    terminal.advance(600)
    assert terminal.symbol_info_tick("IWM.US") == then
    assert terminal.symbol_info_tick("SPY.US").time - then.time > 580


def test_a_reset_ends_the_script(terminal: ModuleType) -> None:
    run(fault(FaultKind.MAXBARS, 10, number=7))
    play(START)
    terminal.advance(60)
    assert terminal.terminal_info().maxbars == 100_000
