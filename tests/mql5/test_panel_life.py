"""The panel on its chart: how it comes, goes, moves and grows, and what it touches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from assistant.core.advice import Advice
from assistant.core.market import Side
from tests.mql5.conftest import EPOCH, StartPanel
from tests.mql5.drawn import Drawn, drawn, svg
from tests.mql5.panels import (
    BAR,
    CLICK,
    DARK,
    FOLD,
    KEY,
    LIGHT,
    LINE,
    LINE_BUTTON,
    MOVED,
    RESIZED,
    changed,
    rendered,
    texts,
)
from tests.outputs.test_panel_file import ended

# Its life


def test_minimised_it_is_a_bar_with_the_state_and_the_lots(
    panel: StartPanel, live_file: bytes, advice: Advice
) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {FOLD}")
    shown = terminal.dump()
    iwm = next(one for one in advice.symbols if one.instrument.broker_symbol == "IWM.US")
    buy, sell = iwm.sides[Side.BUY].lots, iwm.sides[Side.SELL].lots

    assert {one.name for one in drawn(shown)} == BAR
    assert texts(shown)["lots"] == f"buy {buy:.0f}   sell {sell:.0f}"
    terminal.poll(6000)
    said = texts(terminal.dump())
    assert (said["state"], said["age"], said["lots"]) == ("STALE", "6 s", "buy 0   sell 0")
    terminal.do(f"event {KEY} {ord('M')} 0 ")
    assert "stance" in texts(terminal.dump())


def test_minimised_it_publishes(panel: StartPanel, live_file: bytes, advice: Advice) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {FOLD}")
    assert terminal.dump()["variables"]["BA.9000001.share"] > 0
    terminal.write(rendered(replace(advice, mode="live"), seq=8, later=1))
    terminal.poll(1000)
    assert terminal.dump()["variables"]["BA.9000001.utc"] == EPOCH + 1
    terminal.poll(6000)
    assert terminal.dump()["variables"]["BA.9000001.utc"] == 0
    assert terminal.dump()["variables"]["BA.9000001.cap.IWM.US.B"] == 0


def test_it_leaves_nothing_on_the_chart_but_its_settings(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}", "deinit 1")
    shown = terminal.dump()
    assert (shown["objects"], shown["timer"], shown["open_files"]) == ([], 0, 0)
    kept = {name for name in shown["variables"] if not name.startswith("BA.said.")}
    assert kept == {f"BA.chart.1.{what}" for what in ("left", "top", "minimised", "stop.IWM.US")}


def test_another_timeframe_brings_it_back_as_it_was(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}", f"drag {LINE} 125.5", f"event 2 0 0 {LINE}")
    before = terminal.dump()
    terminal.do("deinit 3", "init")
    after = terminal.dump()
    for one in (*before["objects"], *after["objects"]):
        one.pop("state", None)  # whether a button is down: up by default
    assert sorted(before["objects"], key=str) == sorted(after["objects"], key=str)


def test_what_a_killed_terminal_has_kept_of_the_chart_is_replaced(
    panel: StartPanel, live_file: bytes
) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}")
    before = sorted(one["name"] for one in terminal.dump()["objects"])
    terminal.do("init")
    assert sorted(one["name"] for one in terminal.dump()["objects"]) == before


def test_what_another_one_deletes_late_is_drawn_again(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}")
    before = terminal.dump()["objects"]
    terminal.do(*(f"delete {one['name']}" for one in before))
    terminal.poll()
    assert sorted(one["name"] for one in terminal.dump()["objects"]) == sorted(one["name"] for one in before)


def test_nothing_is_touched_when_nothing_has_changed(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.poll(250)
    before = terminal.dump()
    terminal.poll(250)
    after = terminal.dump()
    assert (after["writes"], after["redraws"]) == (before["writes"], before["redraws"])


def test_a_second_later_only_the_clocks_are_touched(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    before = terminal.dump()
    terminal.poll(1000)
    after = terminal.dump()
    assert after["writes"] - before["writes"] <= 4  # the age and its tip, the clock, the time to the close
    assert after["redraws"] - before["redraws"] == 1


# Where it stands


def test_it_is_dragged_at_its_head_and_stays_there(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {MOVED} 60 30 0", f"event {MOVED} 60 30 1", f"event {MOVED} 260 130 1")
    terminal.do(f"event {MOVED} 260 130 0", f"event {MOVED} 400 400 0")
    ground = drawn(terminal.dump())[0]
    assert (ground.left, ground.top) == (212, 124)  # 12 + 200, 24 + 100
    terminal.do("deinit 3", "init")
    assert drawn(terminal.dump())[0] == ground


def test_a_press_beside_its_head_does_not_drag_it(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file)
    terminal.do(f"event {MOVED} 60 300 1", f"event {MOVED} 260 400 1", f"event {MOVED} 60 30 1")
    assert drawn(terminal.dump())[0].left == 12


@pytest.mark.parametrize(
    ("corner", "left", "lower"), [(0, 12, False), (1, 12, True), (2, 868, True), (3, 868, False)]
)
def test_it_keeps_to_its_corner_of_a_chart_of_any_size(
    panel: StartPanel, live_file: bytes, corner: int, left: int, *, lower: bool
) -> None:
    terminal = panel(live_file, InpCorner=corner)
    ground = drawn(terminal.dump())[0]
    assert ground.left == left  # 1200 - 320 - 12
    assert (ground.bottom if lower else ground.top) == (1000 - 24 if lower else 24)
    terminal.do("chart 700 900", f"event {RESIZED} 0 0 ")
    ground = drawn(terminal.dump())[0]
    assert ground.left == (12 if left == 12 else 368)
    terminal.do("chart 200 100", f"event {RESIZED} 0 0 ")
    ground = drawn(terminal.dump())[0]
    assert (ground.left, ground.top) == (0, 0)


def test_it_is_light_on_a_light_chart(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(live_file, f"background {LIGHT}")
    light = {one["name"]: one.get("background") for one in terminal.dump()["objects"]}
    assert light["BAPanel.ground"] == "#FCFCFD"
    terminal.do(f"background {DARK}", f"event {RESIZED} 0 0 ")
    dark = {one["name"]: one.get("background") for one in terminal.dump()["objects"]}
    assert dark["BAPanel.ground"] == "#171A20"


@pytest.mark.parametrize("dpi", [96, 120, 144, 192])
def test_it_grows_with_the_screen(panel: StartPanel, live_file: bytes, dpi: int) -> None:
    ground = drawn(panel(live_file, f"dpi {dpi}").dump())[0]
    assert ground.right - ground.left == 320 * dpi // 96


# A layout that holds: every text in its box, none over another


def fits(shown: Mapping[str, Any]) -> None:
    items = drawn(shown)
    ground, rest = items[0], items[1:]
    for one in rest:
        assert one.within(ground), one
    boxes = [one for one in rest if one.name.endswith((".box", ".track"))]
    for one, other in combinations([one for one in rest if one not in boxes and one.text != " "], 2):
        assert alike(one, other) or not one.overlaps(other), (one, other)
    for one in rest:
        for box in boxes:
            if one.kind == "text" and one.overlaps(box):
                assert one.within(box), (one, box)


def alike(one: Drawn, other: Drawn) -> bool:
    """Parts of one picture, which lie upon each other."""
    return all(re.match(r"ratio\.|floor\.\d+\.(bar|later)", item.name) for item in (one, other))


@pytest.mark.parametrize("dpi", [96, 120, 144, 192])
def test_no_text_leaves_its_box_or_covers_another(
    panel: StartPanel, live_file: bytes, rehearsed: bytes, dpi: int
) -> None:
    for file in (live_file, rehearsed, None, live_file[:-9], changed(live_file, "LOGIN|9000001", "LOGIN|4")):
        terminal = panel(file, f"dpi {dpi}", "chart 3000 3000", InpWantedLots=1000)
        fits(terminal.dump())
        terminal.do(f"event {CLICK} 0 0 {LINE_BUTTON}")
        terminal.poll(7000)
        fits(terminal.dump())
        terminal.do(f"event {CLICK} 0 0 {FOLD}")
        fits(terminal.dump())
        terminal.file.unlink(missing_ok=True)


def test_long_words_and_numbers_are_cut_or_made_smaller(panel: StartPanel, live_file: bytes) -> None:
    long = "W" * 60
    body = re.sub(
        r"(SIDE\|[^|]*\|.\|[^|]*)\|[^|]*\|", rf"\1|{long}|", live_file.decode().partition("END|")[0]
    )
    body = re.sub(r"(REGIME\|.*\|)[^|]*\n", rf"\1{long}\n", body)
    body = re.sub(r"(SHARE\|.*\|)[^|]*\n", rf"\1{long}\n", body)
    lines = [line.split("|") for line in body.splitlines()]
    for line in lines:
        if line[0] == "SIDE":
            line[10], line[11] = "12345678", long
            line[8:10] = ["12345678", long]
        if line[0] == "POS":
            line[3], line[4] = "12345678", "1234567"
    file = ended("".join("|".join(line) + "\n" for line in lines).encode())
    terminal = panel(file, "chart 1200 2000")
    shown = terminal.dump()
    assert texts(shown)["buy.lots"] == "12345678"
    assert texts(shown)["buy.cap"].endswith("WWW...")
    fits(shown)
    terminal.do(f"event {CLICK} 0 0 {FOLD}")
    fits(terminal.dump())


def test_the_picture_of_a_chart_holds_its_texts(panel: StartPanel, live_file: bytes) -> None:
    picture = svg(panel(live_file).dump(), background="#131722")
    assert ">LIVE</text>" in picture
    assert picture.count("<rect") > 40
