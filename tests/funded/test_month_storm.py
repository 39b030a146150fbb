"""The month under two hundred faults: nothing old is shown as fresh, nothing is bolder, all is on record.

`python scripts/soak.py --faults 1000` does more of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.terminal.fault_script import Fault, FaultKind
from tests.funded.month.promised import seen, wrong
from tests.funded.month.storm import Look, Month, both, plan

FAULTS, SEED, SESSIONS = 200, 1, 7

Played = tuple[list[Fault], Path, Month, Month]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Script, home, the month in the storm, and without one."""
    folder = tmp_path_factory.mktemp("storm")
    script, looks = plan(SEED, FAULTS, SESSIONS)
    return script, folder / "storm", *both(folder, script, looks)


def test_in_a_storm_of_faults_every_promise_is_kept(played: Played) -> None:
    script, home, stormy, calm = played
    assert wrong(home, script, stormy, calm) == []


def test_the_storm_holds_faults_of_each_kind_and_most_are_looked_at(played: Played) -> None:
    script, _, stormy, _ = played
    assert len(script) == FAULTS
    assert {one.kind for one in script} == set(FaultKind)
    shown = [one for one in script if seen(one, stormy.looks)]
    assert len(shown) > 0.7 * FAULTS
    assert {one.kind for one in shown} == set(FaultKind) - {FaultKind.SPIKE}  # that needs regular looks


def test_what_is_compared_is_no_month_of_zeros(played: Played) -> None:
    _, _, stormy, calm = played

    def with_lots(month: Month) -> int:
        return sum(any(lots for lots, _ in one.sides.values()) for one in month.looks)

    assert with_lots(calm) > 0.5 * len(calm.looks)
    assert with_lots(stormy) > 0.2 * len(stormy.looks)
    assert sum(one.floors is not None for one in stormy.looks) > 0.8 * len(stormy.looks)
    assert sum(one.trouble is not None for one in stormy.looks) > FAULTS / 4


def test_the_measure_finds_what_is_bolder_older_or_unnamed(played: Played, tmp_path: Path) -> None:
    script, _, stormy, calm = played
    (tmp_path / "logs").mkdir()  # of a journal that says nothing
    unnamed = wrong(tmp_path, script, stormy, calm)
    assert len(unnamed) > 0.7 * FAULTS
    at = next(
        number for number, one in enumerate(stormy.looks) if any(lots for lots, _ in one.sides.values())
    )
    same = next(one for one in calm.looks if one.at == stormy.looks[at].at)

    def changed(look: Look, **fields: object) -> Look:
        return Look(**{name: fields.get(name, getattr(look, name)) for name in Look.__slots__})  # type: ignore[arg-type]

    look = stormy.looks[at]
    assert look.as_of is not None
    assert look.floors is not None
    lower = {
        cutoff: {rule: level - 0.01 for rule, level in own.items()} for cutoff, own in look.floors.items()
    }
    more = {side: (lots + 0.1, binding) for side, (lots, binding) in same.sides.items()}
    for bad, told in (
        (changed(look, as_of=look.at.replace(year=2019)), "as of 2019"),
        (changed(look, sides=more), " for "),
        (changed(look, floors=lower), "0.01 lower"),
        (changed(look, floors=None), "there are no floors"),
        (changed(look, ages=dict.fromkeys(look.ages, -1.0)), "shown -1.0 s old"),
    ):
        found = wrong(tmp_path, [], Month(looks=[bad, bad]), calm)
        assert found, told
        assert all(told in one for one in found)
