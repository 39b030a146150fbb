"""What the panel says aloud: each change once, and once in a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping

from assistant.core.advice import Advice
from tests.mql5.conftest import EPOCH, StartPanel
from tests.mql5.panels import changed, texts
from tests.mql5.terminal import Terminal


def cycles(terminal: Terminal, file: bytes, seconds: int) -> None:
    """Let the assistant write the file anew each second, then let the panel look."""
    for _ in range(seconds):
        now = int(texts(terminal.dump())["session.label"][6:8]) + 1  # seconds, within the first minute
        terminal.write(
            changed(changed(file, "SEQ|7\n", f"SEQ|{now + 9}\n"), f"UTC|{EPOCH}", f"UTC|{EPOCH + now}")
        )
        terminal.poll(1000)


def said(terminal: Terminal, variables: Mapping[str, float]) -> None:
    """Another panel of the same terminal has said something."""
    terminal.do(*(f"variable {name} {value!r}" for name, value in variables.items() if "said" in name))


def test_a_change_is_said_once(panel: StartPanel, live_file: bytes, advice: Advice) -> None:
    terminal = panel(live_file)
    cycles(terminal, live_file, 2)
    assert terminal.heard.alert == []
    cycles(terminal, changed(live_file, "REGIME|RISK_OFF|", "REGIME|NEUTRAL|"), 3)
    multiplier = f"risk multiplier {advice.share.value:.2f}"
    first = f"Breadth Assistant 9000001: stance NEUTRAL (was RISK_OFF), {multiplier}"
    assert terminal.heard.alert == [first]
    cycles(terminal, live_file, 2)
    assert terminal.heard.alert == [first, first.replace("NEUTRAL (was RISK_OFF)", "RISK_OFF (was NEUTRAL)")]


def test_of_two_charts_one_speaks(panel: StartPanel, live_file: bytes) -> None:
    other = changed(live_file, "REGIME|RISK_OFF|", "REGIME|NEUTRAL|")
    one, two = panel(live_file), panel(live_file)
    cycles(one, live_file, 1)
    cycles(two, live_file, 1)
    cycles(one, other, 1)
    assert len(one.heard.alert) == 1
    said(two, one.dump()["variables"])
    two.write(changed(live_file, f"UTC|{EPOCH}", f"UTC|{EPOCH + 1}"))
    two.poll()  # it still sees the file of before, and must not say that the stance is back
    cycles(two, other, 2)
    assert two.heard.alert == []


def test_a_stale_advice_is_said_once_and_its_return(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    cycles(terminal, live_file, 12)
    for _ in range(30):
        terminal.poll(1000)
    (stale,) = terminal.heard.alert
    assert re.fullmatch(r"Breadth Assistant 9000001: STALE, \d+ s old: .* for \d+ s; no new risk", stale)
    terminal.write(changed(changed(live_file, "SEQ|7\n", "SEQ|1\n"), f"UTC|{EPOCH}", f"UTC|{EPOCH + 43}"))
    terminal.poll(1000)
    terminal.poll(1000)
    assert terminal.heard.alert[1:] == ["Breadth Assistant 9000001: the advice is LIVE again"]


def test_a_floor_that_changes_its_status_is_said(panel: StartPanel, rehearsed: bytes) -> None:
    terminal = panel(rehearsed)
    cycles(terminal, rehearsed, 2)
    assert terminal.heard.alert == []
    cycles(terminal, changed(rehearsed, "1200.5|4000|1545865200|amber", "90.25|4000|1545865200|red"), 2)
    assert terminal.heard.alert == ["Breadth Assistant 9000001: daily is red, 90.25 left"]


def test_a_position_that_comes_over_its_cap_is_said(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    cycles(terminal, live_file, 2)
    assert terminal.heard.alert == []
    cycles(terminal, changed(live_file, "POS|IWM.US|B|24|", "POS|IWM.US|B|240|"), 2)
    assert len(terminal.heard.alert) == 1
    assert "long IWM.US 240.00 lots, its cap is " in terminal.heard.alert[0]
    cycles(terminal, live_file, 2)
    assert len(terminal.heard.alert) == 1  # that it is over no more is seen on the panel


def test_without_a_window_there_is_a_sound(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, InpWindow="false")
    cycles(terminal, live_file, 1)
    cycles(terminal, changed(live_file, "REGIME|RISK_OFF|", "REGIME|NEUTRAL|"), 1)
    assert terminal.heard.alert == []
    assert "sound alert.wav\n" in terminal.heard.other
    assert any("stance NEUTRAL" in line for line in terminal.heard.log)


def test_the_phone_gets_at_most_ten_notifications_a_minute(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, "phone 1", InpPhone="true")
    neutral = changed(live_file, "REGIME|RISK_OFF|", "REGIME|NEUTRAL|")
    for _ in range(14):
        cycles(terminal, live_file, 1)
        cycles(terminal, neutral, 1)
    sent = [line.rstrip("\n") for line in terminal.heard.other if line.startswith("notification")]
    assert len(terminal.heard.alert) == 27
    assert 3 <= len(sent) <= 5  # of 27 changes in 28 seconds, one notification each 6.1 seconds
    assert all(len(line) <= 255 + len("notification ") for line in sent)
    assert "; stance" in sent[-1]


def test_a_terminal_that_may_not_notify_is_not_asked_to(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, InpPhone="true")
    cycles(terminal, live_file, 1)
    cycles(terminal, changed(live_file, "REGIME|RISK_OFF|", "REGIME|NEUTRAL|"), 1)
    assert not [line for line in terminal.heard.other if line.startswith("notification")]
