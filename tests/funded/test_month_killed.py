"""The month under kill -9: no anchor is lost and no floor is lower, whenever the program dies.

`python scripts/soak.py` kills it more often.
"""

from pathlib import Path

import pytest

from assistant.outputs.journal import read_journal
from tests.funded.month.driving import LAST
from tests.funded.month.killed import Month, higher, plan, played, wrong
from tests.funded.month.whole import CUTOFFS, when

KILLS, SEED = 12, 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Month:
    return played(tmp_path_factory.mktemp("whole"), [])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("killed")


@pytest.fixture(scope="module")
def month(home: Path) -> Month:
    return played(home, plan(SEED, KILLS))


def test_without_a_kill_the_month_goes_through(whole: Month) -> None:
    assert (whole.complaints, whole.killed) == ([], [])
    assert [one.index for one in whole.seen] == list(range(len(when())))
    assert whole.seen[-1].as_of == LAST
    assert whole.seen[-1].floors.keys() == set(CUTOFFS.values())


def test_after_kills_no_floor_is_lower_no_anchor_is_lost_and_the_journal_is_whole(
    home: Path, month: Month, whole: Month
) -> None:
    assert len(month.killed) == KILLS
    assert wrong(home, month, whole) == []


def test_each_line_that_a_kill_tore_is_taken_out_of_the_journal_and_kept_beside(
    home: Path, month: Month
) -> None:
    entries = [one for path in (home / "logs").glob("journal_*.jsonl") for one in read_journal(path)]
    told = {(one["file"]) for one in entries if one["kind"] == "repair"}
    assert month.torn
    assert {name for name, _ in month.torn} == told


def test_kills_make_floors_of_equity_higher_and_none_of_balances(month: Month, whole: Month) -> None:
    # What was seen last and never put on record is bounded again, from prices.
    assert {rule.partition("_")[0] for _, _, rule, _ in higher(month, whole)} <= {"intraday"}


def test_kills_hit_what_they_are_meant_to_and_other_instants(month: Month) -> None:
    kills = plan(SEED, KILLS)
    assert kills == plan(SEED, KILLS)
    assert {one.place is None for one in kills} == {True, False}
    hit = {f"{when()[index]:%dT%H:%M:%S}" for index in month.killed}
    assert {
        "08T21:59:57",  # a deal, and the reset three seconds later
        "08T22:00:00",
        "13T15:13:43",  # the peak
        "14T21:00:00",  # the cut-off before the payout
        "14T21:30:00",  # the payout
        "20T23:00:00",  # a deal at the very reset
        "21T12:00:00",  # the deposit
        "25T22:00:00",  # the weekend of the gap
    } <= hit
    assert len(hit) == KILLS
