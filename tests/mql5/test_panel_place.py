"""Two panels on one chart: each with its own names and settings, and one that goes leaves the other."""

from __future__ import annotations

import pytest

from tests.mql5.conftest import StartPanel
from tests.mql5.drawn import drawn
from tests.mql5.panels import CLICK, LINE_BUTTON, MOVED
from tests.mql5.terminal import Terminal

PLACE = "BA.chart.1.panel"
TAKEN = f"variable {PLACE} 4000000000"  # another panel of this number has come


def names(terminal: Terminal) -> set[str]:
    return {one["name"] for one in terminal.dump()["objects"]}


def kept(terminal: Terminal) -> set[str]:
    """The settings of the chart."""
    return {name for name in terminal.dump()["variables"] if name.startswith("BA.chart.")}


def of_both(one: Terminal, other: Terminal) -> None:
    """Put what the other has drawn and kept where both stand: on the chart of the one."""
    shown = other.dump()
    one.do(*(f"draw {item['name']}" for item in shown["objects"]))
    for name, value in shown["variables"].items():
        if name.startswith("BA.chart."):
            one.do(f"variable {name} {value!r}")


def test_two_numbers_share_no_name_and_no_setting(panel: StartPanel, live_file: bytes) -> None:
    first, second = panel(live_file), panel(live_file, InpNumber=2)
    first.do(f"event {CLICK} 0 0 {LINE_BUTTON}")
    second.do(f"event {CLICK} 0 0 BAPanel2.stop")
    for terminal in (first, second):
        terminal.do(f"event {MOVED} 60 300 0", "deinit 3", "init")
    assert {"BAPanelStop", "BAPanel.state"} < names(first)
    assert {"BAPanelStop2", "BAPanel2.state"} < names(second)
    assert not names(first) & names(second)
    assert len(kept(first)) == len(kept(second)) == 5
    assert not kept(first) & kept(second)


def test_they_stand_beside_each_other_at_first(panel: StartPanel, live_file: bytes) -> None:
    first = drawn(panel(live_file).dump())[0]
    (ground,) = [
        one for one in panel(live_file, InpNumber=2).dump()["objects"] if one["name"] == "BAPanel2.ground"
    ]
    assert ground["x"] >= first.right


@pytest.mark.parametrize("number", [1, 2])
def test_one_that_goes_leaves_the_other_as_it_was(panel: StartPanel, live_file: bytes, number: int) -> None:
    going, staying = panel(live_file, InpNumber=number), panel(live_file, InpNumber=3 - number)
    before = names(staying), kept(staying)
    of_both(going, staying)
    going.do("deinit 1")
    assert names(going) == before[0]
    assert before[1] < kept(going)
    assert going.dump()["mouse_moves"] == 1  # which the other needs to be dragged
    assert staying.dump()["variables"][PLACE if number == 2 else "BA.chart.1.2.panel"] > 0


def test_a_panel_puts_back_what_another_that_went_has_taken(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    for name in [name for name in terminal.dump()["variables"] if name.startswith("BA.9000001.")]:
        terminal.do(f"unset {name}")
    terminal.poll(1000)
    assert terminal.dump()["variables"]["BA.9000001.share"] > 0


def test_of_two_with_one_number_the_first_rests_says_so_and_touches_nothing(
    panel: StartPanel, live_file: bytes
) -> None:
    terminal = panel(live_file)
    terminal.do(TAKEN)
    before = terminal.dump()
    for _ in range(20):
        terminal.poll(1000)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}")
    after = terminal.dump()
    (said,) = terminal.heard.alert
    assert said == (
        "Breadth Assistant: this chart has two panels with number 1. The one that came first rests: "
        "give one of them another number in its inputs, or remove it"
    )
    assert (after["writes"], after["redraws"]) == (before["writes"], before["redraws"])
    terminal.do("deinit 1")
    assert terminal.dump()["objects"] == before["objects"]
    assert terminal.dump()["variables"] == before["variables"]


def test_when_the_other_has_gone_it_comes_back(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    before = names(terminal)
    terminal.do(TAKEN)
    terminal.poll(3000)
    terminal.do(*(f"delete {name}" for name in before), f"unset {PLACE}")
    terminal.poll(250)
    assert names(terminal) == before


def test_a_timeframe_whose_old_panel_goes_late_is_no_second_panel(
    panel: StartPanel, live_file: bytes
) -> None:
    """The new one has come, and the old one has one more call of its timer before it goes."""
    terminal = panel(live_file)
    terminal.do(TAKEN)
    terminal.poll(250)
    terminal.do("deinit 3")
    assert terminal.heard.alert == []
    assert "BAPanel.state" in names(terminal)


@pytest.mark.parametrize("number", [0, 10])
def test_a_number_that_is_none_is_refused(panel: StartPanel, live_file: bytes, number: int) -> None:
    terminal = panel(live_file, InpNumber=number)
    assert terminal.heard.returned == ["32767"]
    assert terminal.heard.log == [f"Panel: the number of a panel is from 1 to 9, not {number}"]
