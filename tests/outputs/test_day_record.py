"""Votes, floors and what is owed: written when they are due, and until they are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from assistant.core.advice import Advice
from assistant.core.floors import Amount, Reference
from assistant.core.floors_seen import floors_seen
from assistant.core.market import Deal, Vote
from assistant.core.rulings import Rulings
from assistant.outputs.day_record import DayRecord
from assistant.outputs.logbook_facts import floors_of
from tests.core.builders import AS_OF, POSITION, SNAPSHOT
from tests.core.programs import DAILY, floor, followed, judged, program, rule
from tests.outputs.voting import voted

VERSIONS = {"assistant": "0.1.0"}
PROGRAM = program(rule(DAILY, name="daily"))
BASE, _ = voted()


def day() -> DayRecord:
    return DayRecord("live", SNAPSHOT.account, VERSIONS, 5)


def at(seconds: float, **changed: Any) -> Advice:  # noqa: ANN401 -- fields
    return replace(BASE, as_of=AS_OF + timedelta(seconds=seconds), **changed)


def seen(record: DayRecord, advice: Advice, *deals: Deal) -> list[tuple[str, dict[str, Any]]]:
    """What a look writes, through JSON."""
    written = record.entries(advice, deals)
    record.kept()
    record.shown(advice)
    return [(kind, json.loads(json.dumps(fields, allow_nan=False))) for kind, fields in written]


def rulings(equity: float = 99_550.0, scale: float = 1.0) -> Rulings:
    """What the rules come to with another equity: a floor at 95700."""
    found = judged(PROGRAM, followed(PROGRAM, scale=scale))
    (one,) = found.rulings
    assert one.floor is not None
    moved = replace(one, floor=replace(one.floor, headroom=equity - 95_700.0))
    return replace(found, rulings=(moved,))


# -- orders --


@pytest.mark.parametrize(("mode", "told"), [("live", False), ("paper", True)])
def test_an_advice_expires_but_that_of_a_recording_which_is_played_at_any_speed(
    mode: str, told: bool
) -> None:
    record = DayRecord(mode, SNAPSHOT.account, VERSIONS, 5)
    seen(record, at(0))
    bought = replace(POSITION, ticket=901)
    deal = Deal(71, AS_OF + timedelta(seconds=50), "buy", "in", 901, "IWM.US", 0.4, 40.06, 0, 0, 0, 0)
    written = dict(seen(record, at(60, positions=(bought,)), deal))
    assert (written["taken"]["answer"] is not None, written["taken"]["formula"] is not None) == (told, told)


# -- votes --


def test_votes_are_written_when_one_of_them_is_another() -> None:
    record = day()
    ((kind, fields),) = seen(record, at(0))
    assert kind == "votes"
    names = [one[0] for one in fields["votes"]]
    assert names == ["small", "fear", "calm", "credit"]
    assert fields["votes"][1] == ["fear", 1, 15.25, BASE.regime.votes[1].reason, "2018-12-07"]
    assert seen(record, at(1)) == []
    same = tuple(replace(one) for one in BASE.regime.votes)
    assert seen(record, at(2, regime=replace(BASE.regime, votes=same))) == []
    other = (*same[:1], Vote("fear", None, None, "VIX is not read", None), *same[2:])
    ((_, fields),) = seen(record, at(3, regime=replace(BASE.regime, votes=other)))
    assert fields["votes"][1] == ["fear", None, None, "VIX is not read", None]


# -- floors --


def test_headroom_is_written_every_five_minutes_while_it_moves() -> None:
    record = day()
    told = []
    for second in range(1000):
        equity = 99_550.0 if second > 700 else 99_550.0 - second  # it rests from 701 s on
        told += [
            (second, fields["floors"][0][3])
            for kind, fields in seen(record, at(second, funded=rulings(equity)))
            if kind == "floors"
        ]
    assert told == [(0, 3850.0), (300, 3550.0), (600, 3250.0), (900, 3850.0)]


def test_another_scale_is_written_at_once() -> None:
    record = day()
    scales = [
        fields["scale"]
        for second, scale in enumerate((1.0, 1.0, 0.98, 0.98))
        for kind, fields in seen(record, at(second, funded=rulings(scale=scale)))
        if kind == "floors"
    ]
    assert scales == [1.0, 0.98]


def test_the_reading_that_leaves_less_after_the_reset_goes_on_record_and_is_read_back() -> None:
    # 98000 - 8 % = 90160, room 9390; from 101000 the other one is 90400 after the reset, room 9150.
    other = ("it trails", floor(Reference.HWM_BALANCE_EOD, Amount(money=10_600)))
    found = judged(program(rule(floor(amount=Amount(percent=8)), other, name="max")))
    (_, (_, fields)) = seen(day(), at(0, funded=found))
    assert fields["floors"] == [
        ["max", "fail", 90_160.0, 9390.0, 9150.0, "2018-12-10T23:00:00Z", False, "it trails"]
    ]
    assert floors_of(fields) == (1.0, floors_seen(found))


def test_of_an_account_that_nothing_is_known_of_there_are_no_floors() -> None:
    unknown = replace(rulings(), followed=None, rulings=())
    (_, floors) = seen(day(), at(0, funded=unknown))
    assert floors == ("floors", {"scale": 1.0, "floors": []})


# -- what is owed --

DEAL = Deal(71, AS_OF + timedelta(seconds=1), "buy", "in", 701, "IWM.US", 0.5, 41.0, 0, 0, 0, 0, order=701)


def test_what_could_not_be_written_is_asked_for_again_as_it_was() -> None:
    record = day()
    seen(record, at(0))
    bought = at(1, positions=(POSITION,))
    ((kind, first),) = record.entries(bought, (DEAL,))
    record.shown(bought)
    assert (kind, first["as_of"]) == ("taken", "2018-12-10T15:00:00Z")
    again = record.entries(at(2, positions=(POSITION,)), (DEAL,))
    assert again == [("taken", first)]
    record.kept()
    assert record.entries(at(3, positions=(POSITION,)), (DEAL,)) == []


def test_votes_that_could_not_be_written_are_those_of_the_look_that_can_be() -> None:
    record = day()
    assert [kind for kind, _ in record.entries(at(0), ())] == ["votes"]
    other = replace(BASE.regime, votes=BASE.regime.votes[1:])
    ((_, fields),) = record.entries(at(1, regime=other), ())
    assert len(fields["votes"]) == 3


def test_a_new_date_is_told_of_the_run_and_of_all_that_stands() -> None:
    record = day()
    late = at(32_399, funded=rulings())  # 23:59:59
    assert [kind for kind, _ in seen(record, late)] == ["votes", "floors"]
    midnight = seen(record, replace(late, as_of=AS_OF + timedelta(hours=9)))
    assert [kind for kind, _ in midnight] == ["running", "votes", "floors"]
    assert (
        midnight[0][1]
        == record.running
        == {
            "mode": "live",
            "server": "Firm-Demo",
            "currency": "USD",
            "hedging": True,
            "versions": VERSIONS,
        }
    )
    assert seen(record, replace(late, as_of=AS_OF + timedelta(hours=9, seconds=1))) == []
