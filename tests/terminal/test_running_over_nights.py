"""A terminal that stays connected while its server's clock is set, from a Friday to Monday's session."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from assistant.core.market import Quote, Unknown
from assistant.source import Source, open_source, read_snapshot, warm_up
from assistant.terminal import paper
from assistant.terminal.clock import ServerClock
from assistant.terminal.structs import Struct
from tests.doubles.cycles import packaged_config
from tests.doubles.servers import utc

ENDS = {"D": ".NYSE", "E": ""}  # of the broker's names, by profile
LOOK = 290  # seconds between two looks over the weekend; 300 would be too many


def connected(home: Path, letter: str, start: datetime) -> Source:
    source = open_source(packaged_config(), home, paper=True, letter=letter, start=start, speed=1e9)
    source.terminal.connect()
    warm_up(source)
    return source


def apart(source: Source, letter: str, server: ServerClock) -> set[timedelta]:
    """By how much each instant of a quote is another than by the server's true calendar."""
    found = set()
    for name, quote in source.terminal.quotes(source.clock.now()).items():
        if isinstance(quote, Quote):
            tick = paper.symbol_info_tick(f"{name}{ENDS[letter]}")
            assert isinstance(tick, Struct)
            found.add(quote.at - server.to_utc(tick.time_msc / 1000))
    return found


@pytest.mark.parametrize(
    ("letter", "zone", "friday", "monday", "doubted"),
    [
        # New York sets its clock on 4 November 2018, Athens a week earlier; E tells of no calendar: the
        # candidates disagree from the night on until ticks move again: on Sunday at 18:00 in New York, or
        # (D, whose history is too short to tell) in Monday's session.
        ("E", "New_York+7", "2018-11-02T19:50", "2018-11-05T14:31", ("2018-11-04T06:00", "2018-11-04T23:10")),
        ("E", "New_York+7", "2018-10-26T19:50", "2018-10-29T13:31", ("2018-10-28T01:00", "2018-10-28T22:10")),
        (
            "D",
            "Europe/Athens",
            "2018-10-26T19:50",
            "2018-10-29T13:31",
            ("2018-10-28T01:00", "2018-10-29T13:36"),
        ),
    ],
)
def test_no_look_over_a_night_of_change_shows_an_instant_that_is_an_hour_off(
    tmp_path: Path, letter: str, zone: str, friday: str, monday: str, doubted: tuple[str, str]
) -> None:
    source, server = connected(tmp_path, letter, utc(friday)), ServerClock(zone)
    doubts = []
    while source.clock.now() < utc(monday):
        source.clock.sleep(LOOK)
        off = apart(source, letter, server)
        if source.terminal.facts().clock_doubt:
            doubts.append(source.clock.now())
        else:
            assert off <= {timedelta()}, source.clock.now()
    first, last = map(utc, doubted)
    assert first <= doubts[0] <= first + timedelta(seconds=LOOK)
    assert doubts[-1] <= last
    for _ in range(15):
        source.clock.sleep(1)
        now = read_snapshot(source)
    assert (now.hours.state, now.terminal.clock, now.terminal.clock_doubt) == ("edge", zone, None)
    assert now.hours.last_session == utc(friday).date()
    assert apart(source, letter, server) == {timedelta()}
    anew = read_snapshot(connected(tmp_path, letter, source.clock.now()))
    assert now.bars == anew.bars
    assert not any(isinstance(one, Unknown) for one in now.bars.values())
