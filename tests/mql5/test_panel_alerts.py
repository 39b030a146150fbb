"""What the panel says aloud: each change once, and once in a terminal."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from assistant.core.advice import Advice
from assistant.core.alerts import Alert, Level, Told, Topic
from assistant.outputs.panel_file import render
from tests.mql5.conftest import EPOCH, StartPanel
from tests.mql5.panels import added, changed, texts
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
    terminal.do(
        *(
            f"variable {name} {value!r}"
            for name, value in variables.items()
            if name[:8] in {"BA.said.", "BA.told."}
        )
    )


TOLD = Told(rank=2, word="red")
ALERT = "ALERT|%s-%s|%s|%s\n"
STANCE = ALERT % ("20181226T153001.000Z", "stance-regime", "warning", "stance NEUTRAL, was RISK_ON")
FLOOR = ALERT % ("20181226T153002.250Z", "floor-daily", "alarm", "floor daily is red, 90.25 left")
SPOKEN = "Breadth Assistant 9000001: stance NEUTRAL, was RISK_ON"
CALLED = "Breadth Assistant 9000001 ALARM: floor daily is red, 90.25 left"


def test_each_alert_of_the_file_is_said_once(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    cycles(terminal, live_file, 2)
    assert terminal.heard.alert == []
    cycles(terminal, added(live_file, STANCE), 3)
    assert terminal.heard.alert == [SPOKEN]
    cycles(terminal, added(live_file, STANCE, FLOOR), 3)
    cycles(terminal, live_file, 2)
    cycles(terminal, added(live_file, FLOOR), 2)
    assert terminal.heard.alert == [SPOKEN, CALLED]


def test_the_alert_that_the_assistant_writes_is_said(panel: StartPanel, advice: Advice) -> None:
    at = datetime.fromtimestamp(EPOCH, UTC)
    one = Alert(
        at=at, level=Level.ALARM, kind=Topic.FLOOR, subject="daily", text="daily is red", reason="", told=TOLD
    )
    terminal = panel(render(advice, seq=7, ttl=5, funded_mode="off", alerts=[one]))
    terminal.write(render(advice, seq=8, ttl=5, funded_mode="off", alerts=[one]))
    terminal.poll(1000)
    assert terminal.heard.alert == ["Breadth Assistant 9000001 ALARM: daily is red"]


def test_what_the_assistant_says_the_panel_does_not_say_too(panel: StartPanel, rehearsed: bytes) -> None:
    """A stance, a floor's light and a position over its cap change, and the file has no alert of them."""
    terminal = panel(rehearsed)
    cycles(terminal, rehearsed, 2)
    other = changed(rehearsed, "REGIME|RISK_OFF|", "REGIME|NEUTRAL|")
    other = changed(other, "1200.5|4000|1545865200|amber", "90.25|4000|1545865200|red")
    cycles(terminal, changed(other, "POS|IWM.US|B|24|", "POS|IWM.US|B|240|"), 3)
    assert terminal.heard.alert == []


def test_of_two_charts_one_speaks(panel: StartPanel, live_file: bytes) -> None:
    one, two = panel(live_file), panel(live_file)
    cycles(one, added(live_file, STANCE), 1)
    assert one.heard.alert == [SPOKEN]
    said(two, one.dump()["variables"])
    cycles(two, added(live_file, STANCE, FLOOR), 2)
    assert two.heard.alert == [CALLED]


def test_a_panel_that_comes_late_says_what_still_stands_in_the_file(
    panel: StartPanel, live_file: bytes
) -> None:
    assert panel(added(live_file, STANCE)).heard.alert == [SPOKEN]


def test_what_was_said_long_ago_is_no_longer_kept(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(added(live_file, STANCE))
    terminal.do("advance 7000000")
    told = {name for name in terminal.dump()["variables"] if name.startswith("BA.told.")}
    assert len(told) == 1
    later = changed(changed(live_file, "SEQ|7\n", "SEQ|8\n"), f"UTC|{EPOCH}", f"UTC|{EPOCH + 7201}")
    terminal.write(added(later, FLOOR))
    terminal.poll(201_000)
    assert terminal.heard.alert[1:] == [CALLED]
    now = {name for name in terminal.dump()["variables"] if name.startswith("BA.told.")}
    assert len(now) == 1
    assert not told & now


def test_a_stale_advice_is_said_once_and_its_return(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    cycles(terminal, live_file, 12)
    for _ in range(30):
        terminal.poll(1000)
    (stale,) = terminal.heard.alert
    assert re.fullmatch(
        r"Breadth Assistant 9000001 ALARM: STALE, \d+ s old: .* for \d+ s; no new risk", stale
    )
    terminal.write(changed(changed(live_file, "SEQ|7\n", "SEQ|1\n"), f"UTC|{EPOCH}", f"UTC|{EPOCH + 43}"))
    terminal.poll(1000)
    terminal.poll(1000)
    assert terminal.heard.alert[1:] == ["Breadth Assistant 9000001: the advice is LIVE again"]


def test_without_a_window_there_is_a_sound(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, InpWindow="false")
    cycles(terminal, live_file, 1)
    cycles(terminal, added(live_file, STANCE), 1)
    assert terminal.heard.alert == []
    assert terminal.heard.other.count("sound alert.wav\n") == 1
    assert SPOKEN in terminal.heard.log


def test_the_phone_gets_at_most_ten_notifications_a_minute(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, "phone 1", InpPhone="true")
    for at in range(28):
        stance = f"stance {'NEUTRAL' if at % 2 else 'RISK_OFF'}"
        cycles(terminal, added(live_file, ALERT % (f"{at}", "stance-regime", "info", stance)), 1)
    sent = [line.rstrip("\n") for line in terminal.heard.other if line.startswith("notification")]
    assert len(terminal.heard.alert) == 28
    assert 3 <= len(sent) <= 5  # of 28 changes in 28 seconds, one notification each 6.1 seconds
    assert all(len(line) <= 255 + len("notification ") for line in sent)
    assert "; stance" in sent[-1]


def test_what_does_not_reach_the_phone_is_tried_again_alarms_first(
    panel: StartPanel, live_file: bytes
) -> None:
    terminal = panel(live_file, "phone 1", "reached 0", InpPhone="true")
    cycles(terminal, live_file, 1)
    cycles(terminal, added(live_file, STANCE), 8)
    cycles(terminal, added(live_file, STANCE, FLOOR), 8)
    assert len(terminal.heard.log) == 1
    terminal.do("reached 1")
    cycles(terminal, live_file, 14)
    sent = [line.rstrip("\n") for line in terminal.heard.other if line.startswith("notification")]
    assert sent == [f"notification {CALLED}; {SPOKEN}"]


def test_a_terminal_that_may_not_notify_is_not_asked_to(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, InpPhone="true")
    cycles(terminal, live_file, 1)
    cycles(terminal, added(live_file, STANCE), 1)
    assert not [line for line in terminal.heard.other if line.startswith("notification")]
