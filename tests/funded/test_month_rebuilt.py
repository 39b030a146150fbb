"""The month rebuilt from the terminal's history alone, when nobody has looked, against the same answers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from assistant.core.past import Past, adds_up, happened
from assistant.core.track import Event, Reset, fold, start
from assistant.funded.past import read_past
from assistant.terminal import paper
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.profile import profile
from assistant.terminal.sessions import Sessions
from tests.funded.month.driving import BROKER, FIRST, LAST, answers, begin
from tests.funded.month.programs import CUTOFFS, FLOORS, INITIAL

RESETS: dict[str, list[dict[str, Any]]] = answers()["resets"]
CENT = 0.005  # account currency
M1 = 1


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    begin(LAST, tmp_path_factory.mktemp("month"))
    for name in ("US500", "IWM.ETF"):
        paper.symbol_select(name, True)
        paper.copy_rates_from_pos(name, M1, 0, 1)  # its first reading brings half of them
    paper.advance(1)
    terminal = MetaTrader(paper, {}, Sessions.packaged(), zone=profile(BROKER).clock, sessions=600)
    terminal.connect()
    found = read_past(terminal, terminal.account(), FIRST, paper.now(), stress=0.03)
    assert isinstance(found, Past), found
    return found


def above(past: Past, program: str) -> Iterator[tuple[datetime, str, float]]:
    """By how much each floor, and the balance, is above its answer right after each reset."""
    events = happened(past, CUTOFFS[program], FIRST).events
    track, rows = start(INITIAL, INITIAL), {row["at"]: row for row in RESETS[program]}
    by_instant: dict[datetime, list[Event]] = {}
    for event in events:
        by_instant.setdefault(event.at, []).append(event)
    for instant in sorted(by_instant):
        here = by_instant[instant]
        resets = [event for event in here if isinstance(event, Reset)]
        if resets:
            track, row = fold(track, resets), rows.pop(instant)
            yield instant, "balance", track.balance - row["balance"]
            for name, floor in FLOORS[program].items():
                level = floor.level(track)
                assert isinstance(level, float)
                yield instant, name, level - row[program][name]
        track = fold(track, [event for event in here if not isinstance(event, Reset)])
    assert rows == {}


def test_the_deals_of_the_month_come_to_the_initial_balance(past: Past) -> None:
    assert adds_up(past, INITIAL, FIRST) is None
    assert len(past.deals) == 33


@pytest.mark.parametrize("program", ["static", "eod_16", "eod_17"])
def test_floors_of_balances_are_rebuilt_to_the_cent(past: Past, program: str) -> None:
    assert all(abs(apart) < CENT for _, _, apart in above(past, program))


def test_floors_of_equity_are_rebuilt_higher_by_swap_that_nobody_can_date_and_never_lower(past: Past) -> None:
    found = list(above(past, "intraday"))
    assert {name for _, name, apart in found if apart > 1.0} == {"trail", "open", "daily", "of_day"}
    # The most swap that stood open at once: five nights of 50 lots at 0.75.
    for instant, name, apart in found:
        assert -CENT < apart < 187.50, (instant, name)
