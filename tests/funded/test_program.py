"""The program that settings name: out of the box or of the trader's own, for a size and a day of purchase."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.config import FundedSettings, VirtualSettings, packaged
from assistant.core.day_rules import DayCount
from assistant.core.firm_day import Cutoff
from assistant.core.floors import Amount, Floor, Reference
from assistant.core.funded import Effect
from assistant.core.program import FundedRule, Mode, Program, Prudence
from assistant.errors import ConfigError
from assistant.funded.packs import ValidFor, load_packs, read_pack
from assistant.funded.program import _lacking as lacking
from assistant.funded.program import cutoff_name, program_of


def chosen(**changes: Any) -> FundedSettings:  # noqa: ANN401 -- fields
    """Settings for FTMO's challenge over 96000 of an account sold as 100000."""
    fields: dict[str, Any] = {
        "mode": Mode.DRY_RUN,
        "login": None,
        "pack": "ftmo/2_step_challenge",
        "initial_balance": 96_000.0,
        "size": 100_000.0,
        "start": date(2026, 11, 2),
        "bought": None,
        "virtual": None,
        "custom": None,
        "reserve": 0.17,
        "amber": 0.55,
        "reward": 1.5,
        "planned_payout": 812.5,
    }
    return FundedSettings(**fields | changes)


def program(**changes: Any) -> Program:  # noqa: ANN401 -- fields
    found = program_of(chosen(**changes))
    assert found is not None
    return found


def refused(**changes: Any) -> str:  # noqa: ANN401 -- fields
    with pytest.raises(ConfigError) as told:
        program_of(chosen(**changes))
    return str(told.value)


def the(found: Program, name: str) -> FundedRule:
    return next(one for one in found.rules if one.name == name)


# -- out of the box --


def test_where_no_rules_are_followed_there_is_no_program() -> None:
    assert program_of(chosen(mode=Mode.OFF)) is None
    assert program_of(chosen(mode=Mode.OFF, pack=None)) is None


def test_a_program_takes_its_numbers_from_the_settings_and_its_rules_from_the_pack() -> None:
    found = program()
    assert (found.key, found.mode, found.currency) == ("ftmo/2_step_challenge", Mode.DRY_RUN, "USD")
    assert found.title == "FTMO 2-Step, challenge"
    assert (found.initial, found.size, found.virtual) == (96_000.0, 100_000.0, False)
    assert found.start == datetime(2026, 11, 2, tzinfo=UTC)
    assert found.prudence == Prudence(reserve=0.17, amber=0.55, reward=1.5, planned_payout=812.5)
    assert found.cutoffs == {"00:00 Europe/Prague": Cutoff(time(0), ZoneInfo("Europe/Prague"))}
    assert found.lacking == ()
    daily = the(found, "daily")
    assert daily.effect is Effect.FAIL
    (floor,) = daily.readings.values()
    assert isinstance(floor, Floor)
    assert (floor.reference, floor.amount) == (Reference.DAY_START_BALANCE, Amount(percent=5))
    assert daily.stands == "ftmo_daily, ftmo_obj; as of 2026-10-04"
    names = [one.name for one in found.rules]
    assert names[:2] == ["target", "daily"]
    assert "conduct" in names  # shared


def test_a_rule_keeps_every_reading_by_what_is_told_of_it() -> None:
    told = list(the(program(), "max").readings)
    assert told[0] == "as published"
    assert told[1].startswith("it trails the balance at each reset")


PACKS = load_packs()
BOX = {f"{key}/{name}": one for key, pack in PACKS.items() for name, one in pack.programs.items()}


def test_every_program_in_the_box_can_be_followed_and_says_what_it_lacks() -> None:
    assert len(BOX) == 53
    for key, one in BOX.items():
        found = program(pack=key)
        assert found.rules
        assert ("which account sizes are sold is not published" in found.lacking) is (not one.sizes)
        assert ("when the firm's day ends is not published" in found.lacking) is (not one.cutoffs)
        assert ("rules of this program are known to be missing" in found.lacking) is one.incomplete


def test_without_a_size_it_is_the_initial_balance() -> None:
    found = program(size=None, initial_balance=100_000.0)
    assert (found.size, found.lacking) == (100_000.0, ())


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (None, None),
        (date(2026, 11, 2), datetime(2026, 11, 2, tzinfo=UTC)),
        (
            datetime(2026, 11, 2, 9, 30, tzinfo=timezone(timedelta(hours=2))),
            datetime(2026, 11, 2, 7, 30, tzinfo=UTC),
        ),
    ],
)
def test_a_start_is_an_instant_in_utc(start: Any, expected: datetime | None) -> None:  # noqa: ANN401
    found = program(start=start).start
    assert found == expected
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(("year", "hours"), [(9999, -14), (1, 14)])
def test_a_start_at_the_end_of_time_is_refused(year: int, hours: int) -> None:
    month, day, hour = (12, 31, 23) if year > 1 else (1, 1, 0)
    start = datetime(year, month, day, hour, tzinfo=timezone(timedelta(hours=hours)))
    assert refused(start=start) == f"funded.start was {start.isoformat()}, which is no instant in UTC"


def test_a_rehearsal_has_its_own_balance_and_start() -> None:
    rehearsed = VirtualSettings(initial_balance=50_000.0, start=date(2026, 10, 5))
    found = program(virtual=rehearsed, initial_balance=None, size=None)
    assert (found.virtual, found.initial, found.size) == (True, 50_000.0, 50_000.0)
    assert found.start == datetime(2026, 10, 5, tzinfo=UTC)
    assert program(virtual=rehearsed).initial == 50_000.0  # whatever the account's own is


def test_a_cut_off_is_named_by_the_firm_s_own_clock() -> None:
    assert cutoff_name(Cutoff(time(16, 5), ZoneInfo("America/Chicago"))) == "16:05 America/Chicago"


# -- what is refused --


def test_a_program_that_there_is_not_is_refused_with_those_near_it() -> None:
    told = refused(pack="ftmo/2_step_chalenge")
    assert told.startswith(
        "funded.pack was 'ftmo/2_step_chalenge', which is no program in the box; near it are "
    )
    assert "ftmo/2_step_challenge" in told
    assert told.endswith("; `assistant funded packs` lists them")


def test_a_firm_alone_is_refused_with_its_programs() -> None:
    told = refused(pack="ftmo")
    listed = told.split("near it are ")[1].split(";")[0].split(", ")
    assert len(listed) == 6
    assert all(one.startswith("ftmo/") for one in listed)


def test_what_is_like_no_program_is_refused_without_a_guess() -> None:
    assert refused(pack="zzzz") == (
        "funded.pack was 'zzzz', which is no program in the box; `assistant funded packs` lists them"
    )


def test_a_program_needs_its_initial_balance() -> None:
    assert refused(initial_balance=None) == (
        "funded.initial_balance is missing: the balance that the phase began with"
    )


# -- sizes and days of purchase --


def test_a_size_that_is_not_sold_can_never_be_certified() -> None:
    assert program(size=None).lacking == (
        "an account size of 96000 is not sold: 10000, 25000, 50000, 100000, 200000; set funded.size",
    )


def test_a_program_of_another_market_can_never_be_certified() -> None:
    futures = program(pack="apex/eod_eval")
    assert futures.lacking == (
        "this program is for futures; lots in this terminal are not what its firm counts",
    )


def own(**rule: Any) -> dict[str, Any]:  # noqa: ANN401 -- fields
    """A program of the trader's own with one loss rule."""
    floor = {"reference": "initial", "amount": {"percent": 7}, "measure": "equity", "op": "lt"}
    return {
        "name": "Own",
        "currency": "EUR",
        "as_of": "2026-11-01",
        "cutoffs": [{"time": "00:00", "zone": "Europe/Prague"}],
        "rules": {"max_loss": {"floor": floor, "effect": "fail", **rule}},
    }


def mine(custom: dict[str, Any], **changes: Any) -> Program:  # noqa: ANN401 -- fields
    return program(pack="custom", custom=custom, **changes)


@pytest.mark.parametrize(
    ("bought", "stands"),
    [
        (date(2025, 3, 31), False),
        (date(2025, 4, 1), True),  # both ends belong to it
        (date(2025, 9, 30), True),
        (date(2025, 10, 1), False),
    ],
)
def test_a_rule_concerns_accounts_that_were_bought_in_its_range(bought: date, stands: bool) -> None:
    valid = {"bought_from": "2025-04-01", "bought_until": "2025-09-30"}
    found = mine(own(valid_for=valid), bought=bought)
    assert bool(found.rules) is stands
    assert all(one.doubts == () for one in found.rules)


@pytest.mark.parametrize(
    ("valid", "told"),
    [
        ({"bought_from": "2025-04-01", "bought_until": "2025-09-30"}, "from 2025-04-01 until 2025-09-30"),
        ({"bought_from": "2025-04-01"}, "from 2025-04-01"),
        ({"bought_until": "2025-09-30"}, "until 2025-09-30"),
    ],
)
def test_where_it_is_not_told_when_an_account_was_bought_a_rule_stands_with_a_doubt(
    valid: dict[str, str], told: str
) -> None:
    (one,) = mine(own(valid_for=valid, doubts=["by hearsay"])).rules
    assert one.doubts == (
        "by hearsay",
        f"for accounts bought {told}; funded.bought does not say when yours was",
    )


def test_a_rule_concerns_the_sizes_that_it_names() -> None:
    assert [one.name for one in mine(own(sizes=[100_000.0, 200_000.0])).rules] == ["max_loss"]
    assert mine(own(sizes=[50_000.0])).rules == ()


def test_a_program_for_accounts_bought_at_another_time_can_never_be_certified() -> None:
    published = read_pack(packaged() / "funded" / "the5ers.yaml").programs["bootcamp"]
    later = published.model_copy(update={"valid_for": ValidFor(bought_from=date(2025, 6, 2))})
    told = "this program is for accounts bought from 2025-06-02, yours was on 2025-06-01"
    assert told in lacking(later, 20_000.0, date(2025, 6, 1))
    assert told not in lacking(later, 20_000.0, date(2025, 6, 2))
    assert told not in lacking(published, 20_000.0, date(2025, 6, 1))


# -- of one's own --


def test_a_program_of_one_s_own_is_taken_from_the_settings() -> None:
    found = mine(own(applies="after the first payout"))
    assert (found.key, found.title, found.currency, found.lacking) == ("custom", "Own", "EUR", ())
    (one,) = found.rules
    assert (one.name, one.effect, one.stands) == ("max_loss", Effect.FAIL, "own; as of 2026-11-01")
    assert one.applies == "after the first payout"
    (floor,) = one.readings.values()
    assert isinstance(floor, Floor)
    assert floor.amount == Amount(percent=7)


def test_a_rule_of_one_s_own_may_have_other_readings_and_a_source() -> None:
    days = {"day_count": {"least": 4, "counts": "opened"}, "effect": "pass", "as_of": "2026-10"}
    custom = own(otherwise=[{"told": "8 %", "floor": {"amount": {"percent": 8}}}])
    custom["rules"]["days"] = days
    first, second = mine(custom).rules
    assert list(first.readings) == ["as published", "8 %"]
    assert isinstance(next(iter(second.readings.values())), DayCount)
    assert second.stands == "own; as of 2026-10"


def test_custom_without_a_program_is_refused() -> None:
    assert refused(pack="custom") == "funded.custom is missing: the program that funded.pack: custom means"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"rules": {"max_loss": {"effect": "fail"}}}, "funded.custom: rules.max_loss"),
        ({"rules": {"max_loss": 7}}, "funded.custom: rules.max_loss"),
        ({"rules": [1]}, "funded.custom: rules"),
        ({"currency": "euro"}, "funded.custom: currency"),
        ({"colour": "red"}, "funded.custom: colour"),
        ({"cutoffs": None}, "funded.custom: cutoffs"),
    ],
)
def test_a_program_of_one_s_own_that_is_none_is_refused_by_its_key(change: dict[str, Any], told: str) -> None:
    assert told in refused(pack="custom", custom=own() | change)
