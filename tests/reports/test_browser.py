"""The pages in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from assistant.core.review import Review
from assistant.core.series import series
from assistant.outputs.review import review_document, series_document
from assistant.reports.review import PLOTLY, Links, page, plotly_js, series_page
from tests.doubles.reviews import busy, nothing, sample, sessions
from tests.reports.conftest import unseen

BERLIN = ZoneInfo("Europe/Berlin")
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=900)
SECTIONS = (
    *("summary", "share-of-risk", "ratio", "votes", "floors", "trades", "held-over", "discipline", "quality"),
    "next-reset",
    "words",
)
FIGURES = {"share", "year", "day", "equity", "floors-drawn", "sizes", "results"}
FACTS = """() => ({
  width: document.documentElement.scrollWidth,
  sections: [...document.querySelectorAll("header[id], section[id]")].map(one => one.id),
  figures: [...document.querySelectorAll(".plot")].map(one => [
    one.id, (one.data || []).length, one.querySelectorAll(".trace").length]),
  back: getComputedStyle(document.body).backgroundColor,
  line: document.getElementById("share")?.data[0].line.color ?? null,
  text: document.getElementById("share")?.layout.font.color ?? null,
  first: document.body.innerText.trim().split("\\n")[0],
})"""
DAY, NIGHT = "#0072b2", "#56b4e9"
DRAWN = "color => document.getElementById('share').data[0].line.color === color"
SESSIONS = "() => [...document.querySelectorAll('#sessions td:first-child')].map(one => one.dataset.sort)"
ROWS = """() => [...document.querySelectorAll("#trade-table tbody")].map(
  one => one.rows[0].querySelector("[data-label=result]").textContent.trim())"""


@dataclass
class Seen:
    """A page that was opened, and what it did meanwhile."""

    page: Page
    told: list[str] = field(default_factory=list)  # on the console, and errors
    asked: list[str] = field(default_factory=list)  # addresses

    def facts(self) -> Any:  # noqa: ANN401 -- as the page answers
        return self.page.evaluate(FACTS)


def document_of(review: Review) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(json.dumps(review_document(review), allow_nan=False))
    return document


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pages as they lie beside each other, and one that lies alone."""
    made: Path = tmp_path_factory.mktemp("pages")
    (made / "alone").mkdir()
    (made / PLOTLY).write_bytes(plotly_js())
    links = Links(previous="nothing.html", month="month.html", trades="day_trades.csv")
    for name, review in (
        ("day", sample()),
        ("nothing", nothing()),
        ("busy", busy(40)),
        ("alone/day", sample()),
    ):
        (made / f"{name}.html").write_text(page(document_of(review), BERLIN, links), encoding="utf-8")
    month = json.loads(json.dumps(series_document(series(sessions()))))
    (made / "month.html").write_text(series_page(month, BERLIN, {"2018-12-26": "day.html"}), encoding="utf-8")
    return made


def opened(browser: Browser, path: Path) -> Seen:
    seen = Seen(browser.new_page(viewport=DESK, color_scheme="light"))
    seen.page.on("console", lambda message: seen.told.append(message.text))
    seen.page.on("pageerror", lambda error: seen.told.append(str(error)))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    seen.page.goto(path.as_uri())
    return seen


@pytest.fixture(scope="module")
def day(browser: Browser, folder: Path) -> Seen:
    """The page of a session with everything on it."""
    return opened(browser, folder / "day.html")


@pytest.fixture
def at_desk(day: Seen) -> Iterator[Seen]:
    """The same, as it is in daylight on a desk, and as it was before afterwards."""
    yield day
    day.page.set_viewport_size(DESK)
    day.page.emulate_media(color_scheme="light", media="screen")
    day.page.wait_for_function(DRAWN, arg=DAY)


@pytest.fixture(scope="module")
def month(browser: Browser, folder: Path) -> Seen:
    """The page of a month."""
    return opened(browser, folder / "month.html")


@pytest.fixture(scope="module")
def empty(browser: Browser, folder: Path) -> Seen:
    """The page of a session of which nothing is on record."""
    return opened(browser, folder / "nothing.html")


def test_a_missing_browser_is_told_with_what_to_install() -> None:
    assert unseen("/usr/bin/chromium") is None
    assert "apt-get install chromium" in str(unseen(None))


def test_the_sections_stand_in_their_order(at_desk: Seen, empty: Seen) -> None:
    assert tuple(at_desk.facts()["sections"]) == SECTIONS
    assert tuple(empty.facts()["sections"]) == SECTIONS  # none is left out where nothing is on record


def test_nothing_is_asked_beyond_the_folder_and_nothing_goes_wrong(
    at_desk: Seen, month: Seen, empty: Seen, folder: Path
) -> None:
    for seen, name in ((at_desk, "day"), (month, "month"), (empty, "nothing")):
        files = [(folder / f"{name}.html").as_uri(), (folder / PLOTLY).as_uri()]
        assert [url for url in seen.asked if not url.startswith("data:")] == files
        assert seen.told == []


def test_a_page_cannot_send_anything(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder / "alone" / "day.html")
    sent = "() => fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')"
    assert seen.page.evaluate(sent) == "refused"
    assert not [url for url in seen.asked if url.startswith("http")]
    assert "Content Security Policy" in seen.told[-1]
    seen.page.close()


def test_paper_stands_in_the_first_line(at_desk: Seen, empty: Seen) -> None:
    assert at_desk.facts()["first"] == "PAPER"
    assert "PAPER" not in empty.page.inner_text("body")  # which is a live account's


def test_every_picture_shows_something(at_desk: Seen, month: Seen) -> None:
    drawn = {name: (data, shown) for name, data, shown in at_desk.facts()["figures"]}
    assert set(drawn) == FIGURES
    assert all(data >= 1 and shown >= 1 for data, shown in drawn.values()), drawn
    assert drawn["year"][0] == 5  # two edges, two averages, the ratio
    assert {name for name, *_ in month.facts()["figures"]} == {
        "series-results",
        "series-share",
        "distribution",
    }
    assert all(shown for *_, shown in month.facts()["figures"])


def test_without_the_shared_file_the_page_says_so(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder / "alone" / "day.html")
    assert seen.page.inner_text("#share") == "No picture: the file plotly.min.js is not beside this page."
    seen.page.click("#trades th button >> text=result")  # all else works
    assert seen.page.evaluate(ROWS)[0] == "\u2212483.00"
    seen.page.close()


def test_trades_are_sorted_by_mouse_and_by_keyboard(at_desk: Seen) -> None:
    # 310 - 3, -210 - 3, -480 - 3, 145 - 3, -96 - 3, 20 - 3; the last is still open
    upwards = ["\u2212483.00", "\u2212213.00", "\u221299.00", "+17.00", "+142.00", "+307.00", "\u2013"]
    button = at_desk.page.locator("#trades th button", has_text="result").first
    header = at_desk.page.locator("#trades th", has_text="result").first
    button.click()
    assert at_desk.page.evaluate(ROWS) == upwards
    assert header.get_attribute("aria-sort") == "ascending"
    button.focus()
    at_desk.page.keyboard.press("Enter")
    assert at_desk.page.evaluate(ROWS) == [*upwards[5::-1], upwards[6]]  # what is not known stays last
    assert header.get_attribute("aria-sort") == "descending"
    assert at_desk.page.locator("#trade-table th[aria-sort=ascending]").count() == 0


def test_sessions_are_sorted_and_lead_to_their_pages(month: Seen) -> None:
    month.page.click("#sessions th button >> text=session")
    dates = month.page.evaluate(SESSIONS)
    assert dates == sorted(dates)
    month.page.click("#sessions th button >> text=session")
    assert month.page.evaluate(SESSIONS) == dates[::-1]
    assert month.page.get_attribute("#calendar a.cell", "href") == "day.html"


def test_nothing_is_wider_than_a_phone(at_desk: Seen, month: Seen, empty: Seen) -> None:
    for seen in (at_desk, month, empty):
        seen.page.set_viewport_size(PHONE)
        seen.page.wait_for_function(
            "() => [...document.querySelectorAll('.plot .main-svg')].every(one => one.clientWidth <= 390)"
        )
        assert seen.facts()["width"] == 390
    for section in ("votes", "floors", "trades", "held-over", "quality"):
        table = at_desk.page.locator(f"#{section} > .wide").first
        assert table.evaluate("one => one.scrollWidth <= one.clientWidth"), section
    table = at_desk.page.locator("#trade-table")
    assert table.evaluate("one => one.scrollWidth <= one.parentNode.clientWidth")  # trades are cards there
    assert table.evaluate("one => getComputedStyle(one.tBodies[0].rows[0]).display") == "grid"
    sessions = month.page.locator("#sessions > .wide")
    assert sessions.evaluate("one => one.scrollWidth <= one.clientWidth")
    month.page.set_viewport_size(DESK)
    empty.page.set_viewport_size(DESK)


def test_the_night_has_colours_of_its_own(at_desk: Seen) -> None:
    light = at_desk.facts()
    at_desk.page.emulate_media(color_scheme="dark")
    at_desk.page.wait_for_function(DRAWN, arg=NIGHT)
    dark = at_desk.facts()
    assert (light["line"], dark["line"]) == (DAY, NIGHT)
    assert light["back"] == "rgb(251, 251, 249)"
    assert dark["back"] == "rgb(20, 22, 24)"
    assert light["text"] != dark["text"]


def test_a_session_prints_to_two_pages_in_the_colours_of_the_day(at_desk: Seen) -> None:
    at_desk.page.emulate_media(color_scheme="dark", media="print")
    back = at_desk.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert back == "rgb(255, 255, 255)"
    assert printed(at_desk.page) == 2
    at_desk.page.wait_for_function(DRAWN, arg=NIGHT)  # on the screen it is night again


def test_many_trades_print_to_two_pages_that_say_what_they_leave_out(browser: Browser, folder: Path) -> None:
    seen = opened(browser, folder / "busy.html")
    seen.page.emulate_media(media="print")
    assert "30 more trades are not printed; they are in day_trades.csv." in seen.page.inner_text("#trades")
    assert seen.page.locator("#trade-table tbody:visible").count() == 10
    assert printed(seen.page) == 2
    seen.page.close()


def test_a_month_prints_to_two_pages(month: Seen) -> None:
    assert printed(month.page) <= 2
    assert date(2018, 12, 26).isoformat() in month.page.inner_html("#calendar")


def printed(page: Page) -> int:
    """Of how many pages a print is."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True, print_background=True)))
