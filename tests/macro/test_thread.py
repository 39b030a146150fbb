"""Reading beside the cycle: when a thread of its own reads, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from assistant.core.market import Unknown
from assistant.macro.feed import Macro
from assistant.macro.store import store
from tests.macro.feeds import ALL, FAULT, GOOD, HOUR, OLD, asked, feed, last, source
from tests.macro.server import FAST, NOW, Answer, Clock, recorded, running, served, settings

MINUTE = timedelta(minutes=1)


class Waiting:
    """Waits that move the clock instead; True, the end, after so many of them."""

    def __init__(self, clock: Clock, looks: int) -> None:
        self.clock = clock
        self.left = looks
        self.over = Event()
        self.waits: set[float] = set()

    def __call__(self, _: Event, seconds: float) -> bool:
        self.waits.add(seconds)
        self.clock.at += timedelta(seconds=seconds)
        self.left -= 1
        if not self.left:
            self.over.set()
        return not self.left


def readings(answers: list[Answer], home: Path, hours: float, looks: int) -> list[float]:
    """Minutes after the start at which a thread of its own has read a series."""
    clock = Clock()
    waiting = Waiting(clock, looks)
    at: list[float] = []
    with served(answers) as server:
        server.watch = lambda: at.append((clock.at - NOW) / MINUTE)
        chosen = settings(server.url, refresh_hours=hours, attempts=1)
        macro = Macro(chosen, home, clock, waits=FAST, wait=waiting)
        macro.start()
        assert waiting.over.wait(20)
        macro.stop()
    assert waiting.waits == {60.0}
    return at


def test_a_series_is_read_every_so_many_hours(tmp_path: Path) -> None:
    assert readings([Answer(recorded("BAA10Y.csv"))], tmp_path, hours=4, looks=500) == [0, 240, 480]


def test_a_series_read_by_an_earlier_run_is_read_when_its_hours_are_over(tmp_path: Path) -> None:
    store(tmp_path / "state" / "macro", "BAA10Y", replace(OLD, at=NOW - 3 * HOUR))
    assert readings([Answer(recorded("BAA10Y.csv"))], tmp_path, hours=4, looks=100) == [60]


def test_after_failures_it_is_read_sooner_and_ever_later_to_the_usual_hours(tmp_path: Path) -> None:
    # 5 minutes, doubled: 5, 10, 20, 40, then 60 as usual.
    assert readings([FAULT], tmp_path, hours=1, looks=200) == [0, 5, 15, 35, 75, 135, 195]


def test_a_success_ends_the_hurry(tmp_path: Path) -> None:
    answers = [FAULT, FAULT, Answer(recorded("BAA10Y.csv")), FAULT]
    assert readings(answers, tmp_path, hours=1, looks=90) == [0, 5, 15, 75, 80]


def test_a_clock_that_is_set_back_delays_nothing(tmp_path: Path) -> None:
    clock = Clock()
    looks: list[datetime] = []
    over = Event()

    def wait(_: Event, seconds: float) -> bool:
        looks.append(clock.at)
        clock.at += timedelta(seconds=seconds) - (24 * HOUR if len(looks) == 1 else timedelta(0))
        if len(looks) == 3:
            over.set()
        return len(looks) == 3

    with served([FAULT]) as server:
        macro = Macro(settings(server.url, attempts=1), tmp_path, clock, waits=FAST, wait=wait)
        macro.start()
        assert over.wait(5)
        macro.stop()
    assert asked(server) == {"BAA10Y": 2}  # at once, and at the first look at the clock that was set back


@pytest.fixture
def _no_thread_stays() -> Iterator[None]:
    yield
    for one in running():
        one.join(5)
    assert running() == []


@pytest.mark.usefixtures("_no_thread_stays")
def test_a_thread_that_waits_for_its_next_reading_ends_at_once(tmp_path: Path) -> None:
    with served(GOOD) as server:
        macro = feed(server, tmp_path)
        macro.start()
        macro.start()  # once is enough
        assert len(running()) == 1
        until(lambda: not macro.due)
        macro.stop()
        for one in running():
            one.join(5)
        assert running() == []
        macro.stop()
    assert last(macro, "ICSA") == (date(2018, 12, 29), 238000.0)


@pytest.mark.usefixtures("_no_thread_stays")
def test_a_stop_does_not_wait_for_an_answer_and_drops_what_comes(tmp_path: Path) -> None:
    with served({**GOOD, "BAA10Y": [Answer(recorded("BAA10Y.csv"), late=True)]}) as server:
        macro = feed(server, tmp_path, timeout=30.0)
        macro.start()
        assert server.called.wait(5)
        begun = time.monotonic()
        macro.read()
        assert time.monotonic() - begun < 2  # a cycle does not wait either
        macro.stop()
        assert time.monotonic() - begun < 5
        server.released.set()
        for one in running():
            one.join(5)
    assert macro.read() == dict.fromkeys(ALL, Unknown("not read yet"))
    assert not (tmp_path / "state").exists()
    assert list(asked(server)) == ["BAA10Y"]


@pytest.mark.usefixtures("_no_thread_stays")
def test_a_stopped_feed_can_be_started_again(tmp_path: Path) -> None:
    clock = Clock()
    with served(GOOD) as server:
        macro = feed(server, tmp_path, clock)
        macro.start()
        until(lambda: not macro.due)
        macro.stop()
        clock.at = datetime(2019, 1, 3, 18, 20, tzinfo=NOW.tzinfo)
        macro.start()
        until(lambda: not macro.due)
        macro.stop()
    assert source(macro).endswith("read 2019-01-03 18:20 UTC")


def until(done: Callable[[], bool]) -> None:
    for _ in range(4000):
        if done():
            return
        time.sleep(0.005)
    raise AssertionError("waited for in vain")
