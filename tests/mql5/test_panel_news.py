"""The next release of the calendar, as a row of the panel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from assistant.core.advice import Advice
from assistant.core.snapshot import Impact, Release
from assistant.outputs.panel_file import render
from tests.mql5.conftest import EPOCH, StartPanel
from tests.mql5.panels import added, colors, texts
from tests.mql5.terminal import Terminal
from tests.mql5.test_panel_life import fits


def news(seconds: int, title: str, *, currency: str = "USD", impact: str = "high") -> str:
    return f"NEWS|{EPOCH + seconds}|{currency}|{impact}|{title}\n"


def row(terminal: Terminal) -> tuple[str | None, str | None]:
    """The title and what stands behind it; None: no such row."""
    said = texts(terminal.dump())
    assert ("news.label" in said) == ("news" in said) == ("news.when" in said)
    return said.get("news"), said.get("news.when")


PAYROLLS = news(1500, "NFP")
LATER = news(90_000, "GDP", currency="EUR", impact="medium")


def test_the_next_release_has_a_row_with_the_minutes_to_it(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(added(live_file, PAYROLLS, LATER))
    assert row(terminal) == ("NFP", "USD high in 25 min")
    (tip,) = [one["tooltip"] for one in terminal.dump()["objects"] if one["name"] == "BAPanel.news"]
    assert tip == "2018.12.26 15:55 UTC  USD high  NFP 2018.12.27 16:30 UTC  EUR medium  GDP"  # a line each


def test_the_row_is_that_of_the_file_that_the_assistant_writes(panel: StartPanel, advice: Advice) -> None:
    at = datetime.fromtimestamp(EPOCH, UTC)
    releases = [
        Release(at + timedelta(minutes=25), "USD", Impact.HIGH, "Nonfarm | Payrolls"),
        Release(at + timedelta(days=2), "ALL", Impact.MEDIUM, "OPEC"),
    ]
    content = render(advice, seq=7, ttl=5, funded_mode="off", news=releases)
    assert row(panel(content)) == ("Nonfarm / Payrolls", "USD high in 25 min")


def test_without_a_release_there_is_no_row(panel: StartPanel, live_file: bytes) -> None:
    assert row(panel(live_file)) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "when"),
    [
        (1, "in 1 min"),
        (60, "in 1 min"),
        (61, "in 2 min"),
        (3600, "in 1 h 0 min"),
        (86_399, "in 1 d 0 h"),
        (86_340, "in 23 h 59 min"),
        (3 * 86_400 + 7200, "in 3 d 2 h"),
    ],
)
def test_a_minute_that_has_begun_counts(panel: StartPanel, live_file: bytes, seconds: int, when: str) -> None:
    assert row(panel(added(live_file, news(seconds, "NFP")))) == ("NFP", f"USD high {when}")


def test_a_release_that_is_past_makes_room_for_the_one_after_it(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(added(live_file, news(2, "NFP"), news(4, "ISM", impact="medium")))
    shown = []
    for _ in range(5):
        shown.append(row(terminal)[0])
        terminal.poll(1000)
    assert shown == ["NFP", "NFP", "ISM", "ISM", None]


def test_one_of_high_impact_within_half_an_hour_is_amber(panel: StartPanel, live_file: bytes) -> None:
    warn, grey = "#F0B250", "#989EAA"
    for line, color in (
        (news(1800, "NFP"), warn),
        (news(1801, "NFP"), grey),
        (news(60, "GDP", impact="medium"), grey),
    ):
        assert colors(panel(added(live_file, line)).dump())["news.when"] == color


def test_a_title_with_no_room_beside_the_time_has_a_line_of_its_own(
    panel: StartPanel, live_file: bytes
) -> None:
    places = {}
    for title in ("NFP", "CB Consumer Confidence Index"):
        terminal = panel(added(live_file, news(84_000, title)))
        assert row(terminal) == (title, "USD high in 23 h 20 min")
        places[title] = {one["name"]: one["y"] for one in terminal.dump()["objects"] if "news" in one["name"]}
    assert len(set(places["NFP"].values())) == 1
    assert places["CB Consumer Confidence Index"]["BAPanel.news.when"] == places["NFP"]["BAPanel.news"] + 17


def test_a_long_title_is_cut_and_the_time_is_not(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(added(live_file, news(100_000, "W" * 60, impact="medium")), "chart 1200 2000")
    fits(terminal.dump())
    title, when = row(terminal)
    assert title is not None
    assert title.endswith("W...")
    assert when == "USD medium in 1 d 3 h"


def test_a_stale_advice_shows_no_news(panel: StartPanel, live_file: bytes) -> None:
    terminal = panel(added(live_file, PAYROLLS))
    terminal.poll(6000)
    assert row(terminal) == (None, None)
