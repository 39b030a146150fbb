from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.advice import Track, advise
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.check import Intent, Verdict, check
from assistant.core.market import Role, Side
from assistant.core.reserved import Reservation, after, firm_with_stop_moved, with_stop_moved
from assistant.core.standing import standing
from tests.core.builders import BUY, BUY_IWM, SELL, SETTINGS, SNAPSHOT, a_cap, normal


def promise(
    symbol: str = "IWM", role: Role = Role.RISK_ON, side: Side = BUY, worst: float = 90.0
) -> Reservation:
    return Reservation(symbol, role, side, lots=0.6, worst=worst, margin=82.5, notional=480.72)


def cap(name: str, value: float, unit: Unit = Unit.MONEY) -> Cap:
    return a_cap(value, unit, name)


CAPS = (
    normal(496.5),
    cap("regime", 0.7, Unit.SHARE),
    cap("heat", 1986.0),
    cap("cluster", 1191.6),
    cap("exposure", 309.0, Unit.LOTS),
    cap("margin", 15.0, Unit.LOTS),
    cap("stop-out", 330.0, Unit.LOTS),
    cap("volume_limit", 4.2, Unit.LOTS),
)


def left(*reserved: Reservation, caps: tuple[Cap, ...] = CAPS) -> dict[str, float]:
    return {one.name: one.value for one in after(caps, "IWM", Role.RISK_ON, BUY, BUY_IWM, reserved)}


def test_without_reservations_caps_are_what_they_are() -> None:
    assert after(CAPS, "IWM", Role.RISK_ON, BUY, BUY_IWM, ()) == CAPS


def test_what_is_reserved_in_the_same_idea_is_taken_from_every_cap_that_it_uses() -> None:
    assert left(promise()) == pytest.approx(
        {
            "normal": 496.5,
            "regime": 0.7,
            "heat": 1896.0,  # 1986 - 90
            "cluster": 1101.6,
            "exposure": 308.4,  # 480.72 / (40.06 x 20) = 0.6
            "margin": 14.4,  # 82.5 / 137.5 = 0.6
            "stop-out": 329.4,
            "volume_limit": 3.6,
            "idea": 257.55,  # 0.7 x 496.5 - 90: there was none yet
        }
    )


def test_an_idea_that_has_a_cap_keeps_its_one_cap() -> None:
    found = left(promise(), caps=(*CAPS, cap("idea", 100.0)))
    assert found["idea"] == pytest.approx(10.0)
    assert len(found) == 9


def test_what_is_reserved_elsewhere_is_taken_only_from_what_is_shared() -> None:
    found = left(promise("SPY"))
    assert (found["heat"], found["cluster"]) == pytest.approx((1896.0, 1101.6))
    assert (found["volume_limit"], "idea" in found) == (4.2, False)
    other = left(promise("XLU", Role.DEFENSIVE))  # takes risk-on exposure away: another cluster
    assert (other["heat"], other["cluster"]) == pytest.approx((1896.0, 1191.6))
    assert left(promise(side=SELL))["cluster"] == 1191.6


def test_more_than_there_is_leaves_nothing_and_says_what_is_reserved() -> None:
    found = after((*CAPS, cap("idea", 60.0)), "IWM", Role.RISK_ON, BUY, BUY_IWM, [promise()])
    idea = next(one for one in found if one.name == "idea")
    assert idea.value == 0.0
    assert idea.reason == "why idea; 90.00 reserved by checks of the last minute"
    limit = next(one for one in found if one.name == "volume_limit")
    assert limit.reason == "why volume_limit; 0.60 lots reserved by checks of the last minute"


def test_a_reservation_that_makes_an_idea_says_how_large_it_is() -> None:
    found = after(CAPS, "IWM", Role.RISK_ON, BUY, BUY_IWM, [promise()])
    assert found[-1].reason == "347.55 in all; 90.00 reserved by checks of the last minute"
    assert (found[-1].unit, found[-1].kind, found[-1].scope) == (Unit.MONEY, Kind.CONDITION, "IWM")


def test_the_rules_of_a_funded_account_count_what_is_reserved_in_money_and_per_order_in_lots() -> None:
    per_order, margin = cap("funded lots", 2.4, Unit.LOTS), cap("funded margin", 15.0, Unit.LOTS)
    leverage = cap("funded leverage", 29.5, Unit.LOTS)
    firm = (cap("funded daily", 1234.5), cap("funded max", 77.0), per_order, margin, leverage)
    found = left(promise(), promise("XLU", Role.DEFENSIVE, SELL, 35.5), caps=(*CAPS, *firm))
    assert found["funded margin"] == pytest.approx(13.8)  # 2 x 82.5 / 137.5 = 1.2
    assert found["funded leverage"] == pytest.approx(28.3)  # 2 x 480.72 / 801.2 = 1.2
    assert found["funded daily"] == pytest.approx(1109.0)  # 1234.5 - 90 - 35.5, whatever the symbol
    assert found["funded max"] == 0.0  # 77 - 125.5, never less than nothing
    assert found["funded lots"] == 2.4  # of one order


def test_a_stop_that_is_moved_takes_from_the_money_of_a_funded_account_too() -> None:
    firm = (cap("funded daily", 1234.5), cap("funded lots", 2.4, Unit.LOTS))
    found = {one.name: one for one in with_stop_moved((*CAPS, cap("idea", 300.0), *firm), 20.0, 44.5)}
    assert found["funded daily"].value == pytest.approx(1190.0)  # 1234.5 - 44.5
    assert found["funded daily"].reason.endswith(
        "44.50 more at risk in the open position, whose stop this order moves"
    )
    assert found["funded lots"].value == 2.4
    assert (found["idea"].value, found["heat"].value) == pytest.approx((280.0, 1941.5))
    assert (found["normal"].value, found["margin"].value) == (496.5, 15.0)


def test_before_there_is_an_order_a_moved_stop_takes_from_the_firm_s_money_alone() -> None:
    firm = (cap("funded daily", 1234.5), cap("funded max", 40.0), cap("funded lots", 2.4, Unit.LOTS))
    found = firm_with_stop_moved((*CAPS, *firm), 44.5)
    assert found[: len(CAPS)] == CAPS
    assert [one.value for one in found[len(CAPS) :]] == [1190.0, 0.0, 2.4]  # 1234.5 - 44.5
    assert firm_with_stop_moved(firm, 0.0) == firm


QUESTIONS = st.tuples(st.sampled_from(["IWM", "XLU"]), st.sampled_from(Side), st.floats(0.02, 15))


@given(st.lists(QUESTIONS, min_size=1, max_size=16), st.floats(5_000, 300_000))
def test_checks_in_a_row_never_spend_the_same_room(
    questions: list[tuple[str, Side, float]], equity: float
) -> None:
    rich = replace(SNAPSHOT.account, balance=equity, equity=equity, free_margin=0.7 * equity, margin=0.0)
    advice, _ = advise(replace(SNAPSHOT, account=rich), Track(), SETTINGS)
    facts = standing(advice)
    reserved: list[Reservation] = []
    for symbol, side, away in questions:
        sizing = next(one.sizing[side] for one in facts.symbols if one.symbol == symbol)
        entry = 40.06 if symbol == "IWM" else 26.25
        found = check(Intent(side, symbol, 1e6, entry - side.sign * away), facts, reserved)
        assert sizing is not None
        if isinstance(found, Verdict) and found.reserves:
            assert found.reserves.lots == found.suggested
            reserved.append(found.reserves)
            assert found.at_risk_after == pytest.approx(sum(one.worst for one in reserved))
    own, base = rich.own_equity, 0.005 * rich.risk_base
    assert sum(one.worst for one in reserved) <= 0.02 * own + 1e-6
    for symbol in ("IWM", "XLU"):
        for side in Side:
            idea = [one.worst for one in reserved if (one.symbol, one.side) == (symbol, side)]
            assert sum(idea) <= base + 1e-6
    adding = [one for one in reserved if (one.symbol == "IWM") == (one.side is BUY)]
    assert sum(one.worst for one in adding) <= 0.012 * own + 1e-6
    assert sum(one.margin for one in reserved) <= 0.7 * 0.7 * equity + 1e-6
