"""The terminal's global variables, for expert advisors that cannot include the advice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.core.advice import Advice
from assistant.core.market import Side
from assistant.outputs.panel_file import render
from tests.mql5.conftest import EPOCH, Start
from tests.mql5.terminal import LOGIN

PREFIX = f"BA.{LOGIN}."


def rendered(advice: Advice, seq: int = 1) -> bytes:
    return render(advice, seq=seq, ttl=5, funded_mode="off")


def test_they_hold_the_risk_multiplier_every_cap_and_the_time(start: Start, advice: Advice) -> None:
    terminal = start(InpPublish="true")
    terminal.write(rendered(advice))
    terminal.poll(0)

    shown = terminal.dump()

    variables = shown["variables"]
    assert variables[f"{PREFIX}utc"] == EPOCH
    assert variables[f"{PREFIX}share"] == pytest.approx(advice.share.value, rel=1e-14)
    for one in advice.symbols:
        name = one.instrument.broker_symbol
        assert variables[f"{PREFIX}cap.{name}.B"] == one.sides[Side.BUY].lots
        assert variables[f"{PREFIX}cap.{name}.S"] == one.sides[Side.SELL].lots
    assert len(variables) == 2 + 2 * len(advice.symbols)
    assert sorted(shown["temporary"]) == sorted(variables)  # none outlives the terminal


def test_a_stale_advice_publishes_the_fail_safe_and_no_time(start: Start, advice: Advice) -> None:
    terminal = start(InpPublish="true", InpFailSafeLots=2.0)
    terminal.write(rendered(advice))
    terminal.poll(0)
    terminal.poll(6000)

    variables = terminal.dump()["variables"]

    assert (variables[f"{PREFIX}utc"], variables[f"{PREFIX}share"]) == (0.0, 0.0)
    assert variables[f"{PREFIX}cap.IWM.US.B"] == 2.0
    assert variables[f"{PREFIX}cap.XLU.US.S"] == 0.0  # its last good cap was 0


def test_before_a_first_good_file_there_is_nothing_to_follow(start: Start) -> None:
    terminal = start(InpPublish="true", InpFailSafeLots=2.0)
    terminal.poll()
    assert terminal.dump()["variables"] == {f"{PREFIX}utc": 0.0, f"{PREFIX}share": 0.0}


def test_the_cap_of_a_symbol_that_is_advised_no_more_goes_away(start: Start, advice: Advice) -> None:
    terminal = start(InpPublish="true")
    terminal.write(rendered(advice))
    terminal.poll()
    terminal.write(rendered(replace(advice, symbols=advice.symbols[1:]), seq=2))
    terminal.poll()

    variables = terminal.dump()["variables"]

    assert f"{PREFIX}cap.IWM.US.B" not in variables
    assert f"{PREFIX}cap.SPY.US.B" in variables


def test_another_account_takes_the_first_ones_variables_away(start: Start, advice: Advice) -> None:
    terminal = start(InpPublish="true")
    terminal.write(rendered(advice))
    terminal.poll()
    terminal.do("login 77")
    terminal.poll()
    assert terminal.dump()["variables"] == {"BA.77.utc": 0.0, "BA.77.share": 0.0}


def test_a_name_that_is_too_long_for_a_variable_is_skipped_and_counted(start: Start, advice: Advice) -> None:
    first = advice.symbols[0]
    names = ["A" * 46, "B" * 47]  # BA.9000001.cap. and .B take 17 of the 63 characters
    symbols = [
        replace(first, instrument=replace(first.instrument, broker_symbol=name), held=()) for name in names
    ]
    terminal = start(InpPublish="true")
    terminal.write(rendered(replace(advice, symbols=tuple(symbols))))
    terminal.poll()
    told = ("share", "utc", f"cap.{names[0]}.B", f"cap.{names[0]}.S")
    assert sorted(terminal.dump()["variables"]) == sorted(f"{PREFIX}{one}" for one in told)
    assert terminal.ask("skipped") == "2"


@pytest.mark.parametrize("reason", [1, 3, 5, 6, 9])
def test_on_leaving_nothing_stays_behind(start: Start, advice: Advice, reason: int) -> None:
    terminal = start(InpPublish="true")
    terminal.write(rendered(advice))
    terminal.poll()
    terminal.do(f"deinit {reason}")
    left = terminal.dump()
    assert (left["variables"], left["objects"], left["timer"], left["open_files"]) == ({}, [], 0, 0)
