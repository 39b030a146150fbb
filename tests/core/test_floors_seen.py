"""When the floors of a funded account go on record, and what of them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from assistant.core.floors import Amount
from assistant.core.floors_seen import floors_due, floors_seen
from assistant.core.funded import Target
from assistant.core.logbook import FloorSeen
from assistant.core.program import Mode
from tests.core.builders import AS_OF, utc
from tests.core.programs import DAILY, floor, judged, program, rule

STATIC = FloorSeen("max_loss", "fail", 90_160.0, 9_390.0, 9_390.0, utc("2018-12-10T23:00"), advisory=False)
OTHER = replace(STATIC, name="daily", level=93_100.0, headroom=6_450.0)
BOTH = (STATIC, OTHER)


def due(seconds: float, **changed: Any) -> bool:  # noqa: ANN401 -- fields
    """Whether an entry is due so long after the last one, the second floor being other than it was."""
    return floors_due(BOTH, AS_OF, (STATIC, replace(OTHER, **changed)), AS_OF + timedelta(seconds=seconds))


@pytest.mark.parametrize("mode", [Mode.ENFORCE, Mode.DRY_RUN])
def test_each_loss_rule_that_can_be_told_is_seen_with_its_effect(mode: Mode) -> None:
    untold = rule(floor(amount=Amount(by_size={5.0: 1.0})), name="untold")  # of a size that was not sold
    by = program(rule(floor(amount=Amount(percent=8)), name="max_loss"), untold, mode=mode)
    # 98000 - 8 % is 90160, 99550 - 90160 is 9390; nothing moves it
    assert floors_seen(judged(by)) == (replace(STATIC, advisory=mode is Mode.DRY_RUN),)


def test_a_goal_is_no_floor() -> None:
    by = program(rule(DAILY), rule(Target(amount=Amount(percent=9.0)), name="goal"))
    # 100600 at the last reset less 4900 is 95700, 99550 less that 3850; at the next one 101000 - 4900 = 96100
    assert floors_seen(judged(by)) == (replace(OTHER, level=95_700.0, headroom=3_850.0, after_reset=3_450.0),)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "weekly"},
        {"effect": "pause"},
        {"after_told": "it trails"},
        {"advisory": True},
        {"reset_at": None},
        {"reset_at": utc("2018-12-11T23:00")},
    ],
)
def test_another_rule_effect_or_reset_is_due_at_once(changed: dict[str, Any]) -> None:
    assert due(0, **changed)


def test_a_rule_that_comes_or_goes_is_due_at_once() -> None:
    assert floors_due(BOTH, AS_OF, (STATIC,), AS_OF)
    assert floors_due((), AS_OF, BOTH, AS_OF)
    assert not floors_due((), AS_OF, (), AS_OF + timedelta(days=1))


@pytest.mark.parametrize(
    ("seconds", "level", "expected"),
    [
        (4, 93_200.0, False),
        (5, 93_200.0, True),
        (-5, 93_000.0, True),
        (5, 93_100.01, True),
        (5, 93_100.004, False),
    ],
)
def test_a_level_that_moves_by_a_cent_is_due_every_five_seconds(
    seconds: float, level: float, *, expected: bool
) -> None:
    assert due(seconds, level=level) is expected


@pytest.mark.parametrize(
    ("seconds", "headroom", "expected"),
    [(299, 6_000.0, False), (300, 6_000.0, True), (-300, 6_450.01, True), (3_000, 6_450.004, False)],
)
def test_headroom_alone_is_due_every_five_minutes(seconds: float, headroom: float, *, expected: bool) -> None:
    assert due(seconds, headroom=headroom) is expected


def test_headroom_after_the_next_reset_goes_with_the_rest() -> None:
    assert not due(3_000, after_reset=1.0)
