"""Reviews read in processes of their own: the same ones in the same order, whatever becomes of a process."""

from __future__ import annotations

import os
from dataclasses import replace
from multiprocessing import active_children
from typing import Any

import pytest
from loguru import logger

from assistant.apart import WORTH, Wanted, all_made, made
from assistant.clock import steady
from assistant.config import load_config
from assistant.terminal.sessions import Sessions
from tests.doubles.played import PAPER, at, play


class Deadly:
    """What ends the process that takes it in."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> list[Wanted]:
    """Two sessions on record, and one between that is not, as if their journals were large."""
    logger.remove()
    home = tmp_path_factory.mktemp("apart")
    play(home, "24T17:50", "24T18:02", 60)
    play(home, "26T16:00", "26T16:10", 120)
    fold, (before, *sessions) = load_config(home).settings.fold, _sessions()
    begins = [one.closes_at for one in (before, *sessions)]
    return [
        Wanted(home / "logs", PAPER, "paper", at("27T12:00"), one, since, fold, WORTH)
        for one, since in zip(sessions, begins, strict=False)
    ]


def _sessions() -> list[Any]:
    return list(Sessions.packaged().until(at("26T00:00").date(), 3))


def test_reviews_of_processes_are_those_that_are_read_here_in_their_order(wanted: list[Wanted]) -> None:
    here = [made(one) for one in wanted]
    assert [one.session for one in here] == [one.session.date for one in wanted]
    assert all(one.until is not None for one in here)
    assert list(all_made(wanted, 2)) == here
    assert active_children() == []


def test_processes_end_where_the_work_is_given_up(wanted: list[Wanted]) -> None:
    reviews = all_made([*wanted, *wanted, *wanted], 2)
    assert next(reviews).session == wanted[0].session.date
    reviews.close()  # as Ctrl-C does
    until = steady() + 10  # two threads ask after the same processes: either may know first
    while active_children() and steady() < until:
        pass
    assert active_children() == []


def test_what_a_process_that_ended_by_itself_leaves_is_read_here(wanted: list[Wanted]) -> None:
    deadly: Any = Deadly()  # the journals tell the mode, it is never looked at
    reviews = list(all_made([wanted[0], replace(wanted[1], mode=deadly)], 2))
    assert [one.session for one in reviews] == [one.session.date for one in wanted]


def test_for_small_journals_no_process_is_begun(wanted: list[Wanted]) -> None:
    deadly: Any = Deadly()
    small = [replace(one, mode=deadly, size=WORTH // 2 - 1) for one in wanted]
    reviews = all_made(small, 2)
    assert next(reviews).session == wanted[0].session.date
    assert active_children() == []
    assert len(list(reviews)) == 1
