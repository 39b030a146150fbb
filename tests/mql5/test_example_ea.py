"""The example that asks before it would order: what it says, and that it orders nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.core.advice import Advice
from assistant.outputs.panel_file import render
from tests.mql5.conftest import EPOCH, PACKAGED
from tests.mql5.terminal import Terminal

SOURCE = PACKAGED / "Experts" / "BreadthAssistant" / "ExampleEA.mq5"


@pytest.fixture(scope="session")
def example(built: Callable[[Path], Path]) -> Path:
    return built(SOURCE)


def test_it_says_what_it_would_order_and_why_no_more(example: Path, tmp_path: Path, advice: Advice) -> None:
    inputs = {"InpStopDistance": 9.0, "InpWantedLots": 20}
    with Terminal(example, tmp_path, utc=EPOCH, inputs=inputs) as terminal:
        terminal.write(render(advice, seq=1, ttl=5, funded_mode="off"))
        terminal.do("init", "tick", "advance 250", "timer", "tick")
        terminal.do("advance 6000", "timer", "tick")
        terminal.do("deinit 1")
        left = terminal.dump()

    assert advice.share.value == pytest.approx(0.607, abs=0.001)
    assert terminal.heard.returned == ["0"]
    stale = "STALE, 6 s old: the assistant has written nothing new for 6 s"
    assert terminal.heard.log == [  # 105.05 / (9 + 0.05) = 11.6 lots of 1
        "ExampleEA: would buy IWM.US, risk multiplier 0.61, 11 lots of 20: idea at this stop",
        f"ExampleEA: would not buy IWM.US, risk multiplier 0.00, 0 lots of 20: {stale}",
    ]
    assert (left["objects"], left["variables"], left["timer"], left["open_files"]) == ([], {}, 0, 0)


def test_without_the_assistant_it_would_order_nothing(example: Path, tmp_path: Path) -> None:
    with Terminal(example, tmp_path, utc=EPOCH) as terminal:
        terminal.do("init", "tick")
    (line,) = terminal.heard.log
    assert line.startswith("ExampleEA: would not buy IWM.US, risk multiplier 0.00, MISSING: no file")


@pytest.mark.parametrize("wrong", [{"InpStopDistance": 0}, {"InpWantedLots": -1}, {"InpFailSafeLots": -0.1}])
def test_inputs_that_make_no_sense_are_refused(
    example: Path, tmp_path: Path, wrong: dict[str, float]
) -> None:
    with Terminal(example, tmp_path, utc=EPOCH, inputs=wrong) as terminal:
        terminal.do("init")
    assert terminal.heard.returned != ["0"]


def test_a_comment_marks_where_the_users_own_order_goes() -> None:
    assert "// Your own order goes here" in SOURCE.read_text(encoding="ascii")
