"""Which contract waits to be confirmed, and what that leaves."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from assistant.core.advice import Track, advise
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.contracts import (
    Changed,
    changed,
    confirm,
    contract_caps,
    facts_of,
    present,
    seen,
)
from assistant.core.market import ContractFacts, Instrument, PerLot, Unknown
from tests.core.builders import BUY, IWM, IWM_QUOTE, POSITION, SELL, SETTINGS, SNAPSHOT, XLU, XLU_QUOTE

QUOTES = {"IWM": IWM_QUOTE, "XLU": XLU_QUOTE}
# A lot takes 137.5 at 40.06 and loses 20 per 1.0 of price: 137.5 / 801.2 of its notional.
MARGIN = 137.5 / 801.2
FACTS = ContractFacts(
    size=20.0,
    tick_size=0.005,
    profit_currency="USD",
    volume_min=0.3,
    volume_step=0.1,
    digits=3,
    margin=(MARGIN, MARGIN),
)
ROUND = replace(FACTS, margin=(0.2, 0.2))
GONE = Unknown("gone")


def caps_of(now: Instrument, confirmed: Mapping[str, ContractFacts] | Unknown) -> list[Cap]:
    return list(contract_caps((now, XLU), QUOTES, confirmed))


# -- what a contract is --


def test_the_facts_of_a_contract_are_those_of_the_broker_and_the_margin_a_share_of_the_notional() -> None:
    found = facts_of(IWM, IWM_QUOTE)
    assert found is not None
    assert replace(found, margin=None) == replace(FACTS, margin=None)
    assert found.margin == pytest.approx((0.171617573639541, 0.171617573639541))


def test_without_a_contract_there_are_no_facts_and_without_a_price_no_margin() -> None:
    assert facts_of(replace(IWM, contract=GONE), IWM_QUOTE) is None
    assert facts_of(IWM, GONE) == replace(FACTS, margin=None)
    bare = replace(IWM, per_lot={BUY: GONE, SELL: PerLot(20.1, 139.5)})
    assert facts_of(bare, IWM_QUOTE) == replace(FACTS, margin=None)
    assert list(present((replace(IWM, contract=GONE), XLU), QUOTES)) == ["XLU"]


# -- what another one leaves --


@pytest.mark.parametrize(
    ("confirmed", "told"),
    [
        (replace(ROUND, size=1.0), "contract size was 1, is 20"),
        (replace(ROUND, tick_size=0.01), "tick size was 0.01, is 0.005"),
        (replace(ROUND, profit_currency="EUR"), "profit currency was EUR, is USD"),
        (replace(ROUND, volume_min=1), "smallest volume was 1, is 0.3"),
        (replace(ROUND, volume_step=0.01), "volume step was 0.01, is 0.1"),
        (replace(ROUND, digits=2), "digits was 2, is 3"),
        (replace(ROUND, margin=(0.1, 0.1)), "margin was 10 %, is 17.2 % of the notional"),
        (replace(ROUND, margin=(0.3, 0.5)), "margin was 30 % to 50 %, is 17.2 % of the notional"),
        (replace(ROUND, size=1.0, digits=2), "contract size was 1, is 20; digits was 2, is 3"),
    ],
)
def test_a_contract_that_is_another_leaves_no_lots_and_says_both_numbers(
    confirmed: ContractFacts, told: str
) -> None:
    assert caps_of(IWM, {"IWM": confirmed}) == [
        Cap("contract", 0.0, Unit.LOTS, Kind.CONDITION, f"{told}: assistant confirm IWM", scope="IWM")
    ]


@pytest.mark.parametrize(
    "confirmed",
    [
        FACTS,
        replace(FACTS, size=20.00000000001, volume_step=0.1 + 1e-12),  # by way of a text
        replace(FACTS, margin=None),
        replace(FACTS, margin=(0.115, 0.115)),  # 1.5 times is 0.1725
        replace(FACTS, margin=(0.257, 0.257)),  # over 1.5 is 0.1713
        replace(FACTS, margin=(0.05, 0.5)),
    ],
)
def test_the_same_contract_leaves_everything_as_it_is(confirmed: ContractFacts) -> None:
    assert caps_of(IWM, {"IWM": confirmed}) == []


@pytest.mark.parametrize("margin", [0.114, 0.258])  # 1.5 times is 0.171, over 1.5 is 0.172
def test_a_margin_waits_from_one_and_a_half_times_on_either_way(margin: float) -> None:
    (cap,) = caps_of(IWM, {"IWM": replace(FACTS, margin=(margin, margin))})
    assert cap.reason == f"margin was {100 * margin:.1f} %, is 17.2 % of the notional: assistant confirm IWM"


def test_what_is_seen_for_the_first_time_and_what_is_not_offered_waits_for_nothing() -> None:
    assert caps_of(IWM, {}) == []
    assert caps_of(IWM, {"SPY": replace(FACTS, size=1.0)}) == []


def test_a_symbol_that_the_broker_renames_counts_by_our_name() -> None:
    renamed = replace(IWM, broker_symbol="IWM.NYSE")
    assert caps_of(renamed, {"IWM": FACTS}) == []
    assert [cap.scope for cap in caps_of(renamed, {"IWM": replace(FACTS, size=1.0)})] == ["IWM"]


def test_where_nobody_knows_what_was_confirmed_there_are_no_lots_in_any_symbol() -> None:
    (cap,) = caps_of(IWM, Unknown("contracts_1.json cannot be read (it holds something else)"))
    assert (cap.value, cap.unit, cap.scope) == (0.0, Unit.LOTS, "account")
    assert cap.reason == "contracts_1.json cannot be read (it holds something else): assistant confirm all"


# -- in an advice --


def test_a_contract_that_waits_binds_on_both_sides_and_what_is_open_still_counts() -> None:
    held = replace(SNAPSHOT, positions=(POSITION,))
    free, _ = advise(held, Track(), SETTINGS)
    waits, _ = advise(replace(held, confirmed={"IWM": replace(FACTS, size=1.0)}), Track(), SETTINGS)
    iwm, xlu = waits.symbols
    assert {side: one.lots for side, one in iwm.sides.items()} == {BUY: 0.0, SELL: 0.0}
    assert iwm.sides[SELL].binding.name == "contract"
    assert xlu == free.symbols[1]
    # 0.5 lots from 40.00 to the stop at 38.5 lose 0.5 x 20 x 1.5 = 15; from its entry 41 they lose 25.
    assert waits.at_risk == free.at_risk == pytest.approx(25.0)


def test_a_contract_counts_again_in_the_cycle_in_which_it_is_confirmed() -> None:
    _, track = advise(replace(SNAPSHOT, confirmed={"IWM": replace(FACTS, size=1.0)}), Track(), SETTINGS)
    again, _ = advise(replace(SNAPSHOT, confirmed={"IWM": FACTS}), track, SETTINGS)
    free, _ = advise(SNAPSHOT, Track(), SETTINGS)
    assert [one.sides for one in again.symbols] == [one.sides for one in free.symbols]
    assert again.symbols[0].sides[SELL].lots > 0


# -- what counts as confirmed --


def test_a_first_sight_is_confirmed_and_nothing_else_is() -> None:
    other = replace(FACTS, size=1.0)
    assert seen({}, {"IWM": FACTS}) == {"IWM": FACTS}
    assert seen({"IWM": other, "SPY": other}, {"IWM": FACTS, "XLU": FACTS}) == {
        "IWM": other,
        "SPY": other,
        "XLU": FACTS,
    }
    assert seen({"IWM": ROUND}, {"IWM": FACTS}) == {"IWM": ROUND}  # 20 % and 17.2 %: no other margin


def test_a_margin_that_was_not_known_is_taken_at_its_first_sight() -> None:
    bare = replace(FACTS, margin=None)
    assert seen({"IWM": bare}, {"IWM": FACTS}) == {"IWM": FACTS}
    assert seen({"IWM": bare}, {"IWM": bare}) == {"IWM": bare}
    other = replace(bare, size=1.0)
    assert seen({"IWM": other}, {"IWM": FACTS}) == {"IWM": other}  # another contract: it waits


def test_a_margin_that_comes_and_goes_is_confirmed_once() -> None:
    night = replace(FACTS, margin=(0.4, 0.4))
    both = confirm(ROUND, night)
    assert both.margin == (0.2, 0.4)
    assert changed({"IWM": both}, {"IWM": ROUND}) == changed({"IWM": both}, {"IWM": night}) == []
    assert confirm(both, replace(FACTS, margin=(0.05, 0.05))).margin == (0.05, 0.4)


def test_another_contract_starts_with_the_margin_of_its_own() -> None:
    now = replace(FACTS, size=100.0, margin=(0.05, 0.05))
    assert confirm(ROUND, now) == now
    assert confirm(None, now) == now
    bare = replace(FACTS, margin=None)
    assert confirm(bare, now) == now
    assert confirm(ROUND, bare) == ROUND  # what was confirmed stands while it is not known
    assert confirm(ROUND, replace(bare, size=100.0)).margin is None


def test_what_changed_is_told_with_both_contracts() -> None:
    was = replace(FACTS, size=1.0)
    (one,) = changed({"IWM": was}, {"IWM": FACTS})
    assert one == Changed("IWM", was, FACTS)
    assert one.told == "contract size was 1, is 20"
