"""How soon what the assistant writes is on the panel, and that a file that stays the same costs nothing."""

from __future__ import annotations

import pytest

from assistant.core.advice import Advice
from assistant.outputs.panel_file import write_panel
from tests.mql5.conftest import EPOCH, Start, StartPanel
from tests.mql5.panels import changed, rendered, texts
from tests.mql5.terminal import Terminal

SECOND = 1000  # milliseconds


def shown_after(terminal: Terminal, content: bytes, phase: int) -> int:
    """Write the file so long after a call of the timer; milliseconds until the panel's text is another."""
    before = texts(terminal.dump())["stance"]
    timer = int(terminal.dump()["timer"])
    terminal.do(f"advance {phase}")
    write_panel(terminal.file, content)
    waited = timer - phase
    terminal.do(f"advance {timer - phase}", "timer")
    while texts(terminal.dump())["stance"] == before:
        assert waited < 2 * SECOND
        waited += timer
        terminal.poll(timer)
    return waited


def turned(advice: Advice, later: int) -> bytes:
    content = rendered(advice, seq=8, later=later)
    return changed(content, "REGIME|RISK_OFF|", "REGIME|NEUTRAL|")


@pytest.mark.parametrize("phase", [1, 125, 249])
def test_what_is_written_is_on_the_panel_within_a_quarter_of_a_second(
    panel: StartPanel, advice: Advice, phase: int
) -> None:
    terminal = panel(rendered(advice))
    terminal.poll(SECOND)
    assert texts(terminal.dump())["stance"] == "RISK OFF"
    assert shown_after(terminal, turned(advice, 1), phase) == 250 - phase < SECOND
    assert texts(terminal.dump())["stance"] == "NEUTRAL"


@pytest.mark.parametrize("fault", ["refuse 2", "withhold 9"])
def test_readings_that_fail_cost_a_quarter_of_a_second_each(
    panel: StartPanel, advice: Advice, fault: str
) -> None:
    terminal = panel(rendered(advice))
    terminal.poll(SECOND)
    terminal.do(fault)
    failed = int(fault[-1]) if fault.startswith("refuse") else 1
    assert shown_after(terminal, turned(advice, 1), 1) == 249 + 250 * failed < SECOND


# The same file


def test_the_same_bytes_are_parsed_once_and_the_age_goes_on(start: Start, advice: Advice) -> None:
    terminal = start()
    terminal.write(rendered(advice))
    terminal.poll(250)
    first = terminal.ask("revision")
    for _ in range(8):
        terminal.poll(250)
    assert terminal.ask("revision") == first
    assert terminal.ask("state") == "LIVE, 2 s old"
    terminal.write(rendered(advice, seq=8, later=2))
    terminal.poll(250)
    assert int(terminal.ask("revision")) > int(first)
    for _ in range(30):
        terminal.poll(250)
    assert terminal.state() == "STALE"


@pytest.mark.parametrize("fault", ["withhold 9", "refuse 1"])
def test_the_same_bytes_are_good_again_after_a_reading_that_failed(
    start: Start, advice: Advice, fault: str
) -> None:
    terminal = start()
    content = rendered(advice)
    terminal.write(content[:-4])
    terminal.poll(250)
    assert terminal.state() == "CORRUPT"
    terminal.poll(250)
    assert terminal.state() == "CORRUPT"
    terminal.write(content)
    terminal.poll(250)
    terminal.do(fault)
    terminal.poll(250)
    terminal.poll(250)
    assert terminal.state() == "LIVE"
    terminal.poll(6000)
    assert terminal.state() == "STALE"  # not CORRUPT or MISSING, as the reading in between was


def test_the_same_bytes_are_judged_again_when_the_account_or_the_clock_is_another(
    start: Start, advice: Advice
) -> None:
    terminal = start()
    terminal.write(rendered(advice))
    states = []
    for command in (
        "server Other-Live",
        "server Paper-Demo",
        f"utc {EPOCH - 60}",
        f"utc {EPOCH}",
    ):
        terminal.poll(250)
        terminal.do(command)
        terminal.poll(250)
        states.append(terminal.state())
    assert states == ["FOREIGN ACCOUNT", "LIVE", "STALE", "LIVE"]


def test_the_same_file_in_the_same_second_touches_nothing_but_the_file(
    panel: StartPanel, live_file: bytes
) -> None:
    terminal = panel(live_file)
    terminal.poll(1000)
    before = terminal.dump()
    for _ in range(3):
        terminal.poll(250)
    after = terminal.dump()
    assert (after["writes"], after["redraws"]) == (before["writes"], before["redraws"])
    assert after["asked"] - before["asked"] == 3  # is the panel still there, once a call
