"""All rules of a program over an account: one light, facts that are wrong, and what reaches the lots."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from assistant.core.advice import Advice, Settings, Track, advise
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.check import Intent, Verdict, check
from assistant.core.exposure import NOTHING, OpenRisk, Totals, totals
from assistant.core.floors import Amount, Reference
from assistant.core.followed import Followed
from assistant.core.funded import Effect, Primitive
from assistant.core.funded_rules import exposure_caps, funded_rules, risk_base_of, stale_prices
from assistant.core.market import Quote, SessionState, Side, Unknown
from assistant.core.order_rules import About, Act, Exposure, ExposureCap, Per, Window
from assistant.core.program import Mode, Program
from assistant.core.rulings import Light, Rulings
from assistant.core.snapshot import Snapshot
from assistant.core.standing import standing
from assistant.core.symbol_advice import SideAdvice
from tests.core.builders import AS_OF, BUY, BUY_IWM, OPEN, ORDER, PLAN, POSITION, SELL, SETTINGS, utc
from tests.core.programs import (
    BEGUN,
    BY_CHICAGO,
    BY_PRAGUE,
    CHICAGO,
    DAILY,
    OWN,
    PRAGUE,
    SECOND,
    floor,
    followed,
    judged,
    program,
    rule,
    snapshot,
)

GREEN = rule(DAILY)
AMBER = rule(
    floor(Reference.DAY_START_EQUITY, Amount(money=3000)), name="equity"
)  # 2900 - 1350 of 3000: 1650
RED = rule(ExposureCap(what=Exposure.MARGIN_USED, per=Per.ACCOUNT, most=70.0), name="margin")  # 96 % in use
UNSURE = rule(floor(amount=Amount()), name="lost")
TOLD = rule(Window(about=About.WEEKEND, allowed=True), name="weekend", effect=Effect.INFORMS)


# -- one light --


def test_the_parts_of_the_roll_up_are_what_they_are_called() -> None:
    account = replace(OWN, equity=99_000.0)  # of 3000 from 100900 on 1900 are gone, at least 0.6 of them
    found = judged(program(GREEN, AMBER, RED, UNSURE, TOLD), now=snapshot(account))
    assert [one.light for one in found.rulings] == ["green", "amber", "red", "cannot certify", "told"]


@pytest.mark.parametrize(
    ("rules", "lacking", "light", "why"),
    [
        ((GREEN, TOLD), (), Light.GREEN, ()),
        ((GREEN, AMBER), (), Light.AMBER, ("equity",)),
        ((AMBER, UNSURE, GREEN), (), Light.UNSURE, ("lost",)),
        ((AMBER, UNSURE, RED), (), Light.RED, ("margin",)),
        ((GREEN,), ("rules are missing",), Light.UNSURE, ("rules are missing",)),
        ((UNSURE, AMBER), ("rules are missing",), Light.UNSURE, ("rules are missing", "lost")),
        ((GREEN, RED), ("rules are missing",), Light.RED, ("margin",)),
        ((AMBER,), ("rules are missing",), Light.UNSURE, ("rules are missing",)),
        ((), (), Light.GREEN, ()),
    ],
)
def test_what_is_broken_goes_before_what_cannot_be_told_and_that_before_amber(
    rules: Any,  # noqa: ANN401
    lacking: tuple[str, ...],
    light: Light,
    why: tuple[str, ...],
) -> None:
    by = program(*rules, lacking=lacking)
    account = replace(OWN, equity=99_000.0)
    found = judged(by, followed(by, account=account), snapshot(account))
    assert found.light is light
    assert tuple(one.split(":")[0] for one in found.why) == why
    assert found.lacking == lacking
    assert [one.name for one in found.rulings] == [one.name for one in rules]


def test_rulings_carry_program_resets_and_what_is_followed() -> None:
    by = program(GREEN, cutoffs={BY_PRAGUE: PRAGUE, BY_CHICAGO: CHICAGO})
    before = followed(by)
    found, after = funded_rules(by, before, snapshot(), PLAN, 0.0)
    assert found.resets == {BY_PRAGUE: utc("2018-12-10T23:00"), BY_CHICAGO: utc("2018-12-10T22:15")}
    assert (found.program, found.followed) == (by, after)
    assert after is not None
    assert after.at == AS_OF


def test_without_a_cut_off_there_is_no_reset() -> None:
    assert judged(program(rule(floor()), cutoffs={})).resets == {}


# -- facts that certify nothing --


def account_caps(found: Rulings) -> list[Cap]:
    return [cap for cap in found.caps if cap.name == "funded account"]


def test_an_account_whose_history_was_never_read_leaves_no_lots() -> None:
    by = program(GREEN, TOLD)
    found, after = funded_rules(by, None, snapshot(), PLAN, 0.0)
    assert (after, found.followed, found.resets, found.light) == (None, None, {}, Light.UNSURE)
    assert [(one.light, one.told) for one in found.rulings] == [
        (Light.UNSURE, "as published"),
        (Light.TOLD, "as published"),
    ]
    (cap,) = found.caps
    assert (cap.name, cap.value, cap.unit, cap.kind) == ("funded account", 0.0, Unit.LOTS, Kind.CONDITION)
    assert cap.reason == "cannot certify: the account's history was not read"
    assert (cap.advisory, cap.scope) == (False, "account")
    assert found.lacking == ("the account's history was not read",)
    dry, _ = funded_rules(replace(by, mode=Mode.DRY_RUN), None, snapshot(), PLAN, 0.0)
    assert [one.advisory for one in dry.caps] == [True]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": "EUR"}, "the account is in EUR, the rules are in USD"),
        ({"credit": 250.5}, "the account holds a credit of 250.50, which no rule counts"),
        ({"credit": -3.0}, "the account holds a credit of -3.00, which no rule counts"),
    ],
)
def test_an_account_that_the_rules_do_not_fit_leaves_no_lots(changes: dict[str, Any], reason: str) -> None:
    by = program(GREEN)
    found = judged(by, followed(by), snapshot(replace(OWN, **changes)))
    (cap,) = account_caps(found)
    assert (cap.value, cap.unit, cap.reason) == (0.0, Unit.LOTS, f"cannot certify: {reason}")
    assert (found.light, found.lacking) == (Light.UNSURE, (reason,))
    assert found.rulings[0].light is Light.GREEN  # the rule by itself is told all the same


def test_credit_is_no_room() -> None:
    found = judged(program(GREEN), now=snapshot(replace(OWN, equity=99_800.0, credit=250.0)))
    assert found.rulings[0].floor is not None
    assert found.rulings[0].floor.headroom == 3850  # 99800 - 250 - 95700


@pytest.mark.parametrize(("ago", "faults"), [(0, 0), (9, 0), (9.5, 1)])
def test_a_look_that_is_not_taken_in_is_a_fault_once_it_is_old(ago: float, faults: int) -> None:
    by = program(GREEN)
    before = followed(by, as_of=AS_OF - ago * SECOND)  # the last look was a second before that
    found = judged(by, before, snapshot(replace(OWN, balance=101_077.0)))
    assert len(account_caps(found)) == faults
    assert found.light is (Light.UNSURE if faults else Light.GREEN)
    if faults:
        assert found.lacking == ("the account's history was not read",)


def test_an_account_whose_history_does_not_add_up_leaves_no_lots() -> None:
    by = program(GREEN)
    found = judged(by, followed(by, unverified="the deals do not add up"))
    assert [cap.reason for cap in account_caps(found)] == ["cannot certify: the deals do not add up"]
    assert found.why == ("the deals do not add up",)


def test_a_price_that_stands_still_leaves_no_lots_where_a_floor_follows_equity() -> None:
    by, other = program(rule(floor(Reference.HWM_EQUITY_INTRADAY))), program(GREEN)
    old = {**snapshot().quotes, "IWM": Quote(40.0, 40.06, AS_OF - 16 * SECOND)}
    held = replace(snapshot(positions=(POSITION,)), quotes=old)
    found = judged(by, followed(by), held)
    stood = f"the price of IWM, open, stood still from {AS_OF - 16 * SECOND:%Y-%m-%d %H:%M:%S} UTC on"
    why = f"what equity was is not known: {stood}"
    assert [(cap.value, cap.reason) for cap in account_caps(found)] == [(0.0, f"cannot certify: {why}")]
    assert (found.light, found.lacking) == (Light.UNSURE, (why,))
    assert (account_caps(judged(other, followed(other), held)), found.followed is None) == ([], False)


def test_each_fault_is_a_cap_of_its_own() -> None:
    by = program(GREEN, lacking=("rules are missing",))
    odd = replace(OWN, currency="EUR", credit=11.0)
    found = judged(by, followed(by, unverified="odd"), snapshot(odd))
    assert len(account_caps(found)) == 3
    assert found.lacking == (
        "the account is in EUR, the rules are in USD",
        "the account holds a credit of 11.00, which no rule counts",
        "odd",
        "rules are missing",
    )


def with_terminal(**changes: Any) -> Snapshot:  # noqa: ANN401
    now = snapshot()
    return replace(now, terminal=replace(now.terminal, **changes))


SHUT_NOW = replace(OPEN, state=SessionState.CLOSED)


@pytest.mark.parametrize(
    ("now", "lacking"),
    [
        (with_terminal(connected=False), ("the terminal has no link to its broker",)),
        (with_terminal(clock_doubt="the clock jumps"), ("the clock jumps",)),
        (replace(with_terminal(clock_doubt="the clock jumps"), hours=SHUT_NOW), ()),
        (
            replace(with_terminal(connected=False, clock_doubt="odd"), hours=SHUT_NOW),
            ("the terminal has no link to its broker",),
        ),
    ],
)
def test_what_is_doubtful_is_never_green_and_no_cap_of_the_rules(
    now: Snapshot, lacking: tuple[str, ...]
) -> None:
    found = judged(program(GREEN), now=now)
    assert found.lacking == lacking
    assert found.light is (Light.UNSURE if lacking else Light.GREEN)
    assert account_caps(found) == []


def test_a_worst_case_that_is_not_known_is_never_green() -> None:
    found = judged(program(GREEN), ahead=Unknown("what is open in XYZ can lose is not known"))
    assert found.lacking == ("what is open in XYZ can lose is not known",)
    assert found.light is Light.UNSURE


def test_old_prices_of_what_is_open_make_the_equity_old_too() -> None:
    def stale(scope: str, name: str = "stale") -> Cap:
        return Cap(name, 0.0, Unit.SHARE, Kind.CONDITION, f"{scope} is 61 s old", scope=scope)

    held = snapshot(positions=(POSITION,))  # IWM
    caps = [stale("account"), stale("IWM"), stale("SPY"), stale("IWM", "spread")]
    old = ("prices are old: account is 61 s old", "prices are old: IWM is 61 s old")
    assert stale_prices(held, caps) == old
    assert stale_prices(snapshot(), caps) == ()  # nothing is open
    assert stale_prices(replace(held, hours=SHUT_NOW), caps) == ()
    found, _ = funded_rules(program(GREEN), followed(program(GREEN)), held, PLAN, 0.0, old)
    assert (found.light, found.lacking) == (Light.UNSURE, old)
    caps = [stale("IWM", "frozen"), stale("XLU", "frozen"), stale("account", "spike")]
    doubted = ("prices are in doubt: IWM is 61 s old", "prices are in doubt: account is 61 s old")
    assert stale_prices(held, caps) == doubted


def test_a_time_in_which_nobody_looked_and_no_price_is_known_is_never_green() -> None:
    by = program(GREEN)
    found = judged(by, followed(by, unbounded=("equity from 1 to 2 is not known",)))
    assert found.lacking == ("what equity was is not known: equity from 1 to 2 is not known",)
    assert (found.light, account_caps(found)) == (Light.UNSURE, [])


def test_the_caps_of_all_rules_are_the_caps_of_the_program() -> None:
    found = judged(program(GREEN, UNSURE, TOLD))
    assert [(cap.name, cap.unit, cap.value) for cap in found.caps] == [
        ("funded daily", Unit.MONEY, 3115.0),  # 3850 - 735
        ("funded lost", Unit.LOTS, 0.0),
    ]


# -- how large normal risk is --


def test_normal_risk_is_bounded_by_the_initial_balance_where_rules_bind() -> None:
    by = program(GREEN)
    assert risk_base_of(None) is None
    assert risk_base_of(judged(by)) == 98_000
    assert risk_base_of(judged(replace(by, mode=Mode.DRY_RUN))) is None
    never, _ = funded_rules(by, None, snapshot(), PLAN, 0.0)
    assert risk_base_of(never) == 98_000
    rehearsal = replace(by, virtual=True)
    small = replace(OWN, balance=40_400.0, equity=39_820.0)
    found = judged(rehearsal, followed(rehearsal, account=small, scale=2.5), snapshot(small))
    assert risk_base_of(found) == 39_200  # 98000 / 2.5


# -- exposure --

RISK = OpenRisk(0.5, 123.5, 0.0, 0.0, 420.0)
FLAT = totals(())
IN_ALL = replace(FLAT, worst=900.0, ahead=870.0, notional=56_000.0)


def exposure(
    *readings: Primitive,
    risk: OpenRisk = NOTHING,
    scale: float = 1.0,
    margin: float = 30_000.0,
    hedging: bool = True,
    in_all: Totals = FLAT,
    by: Any = None,  # noqa: ANN401
    **others: Any,  # noqa: ANN401
) -> list[Cap]:
    """The caps that one rule leaves buying IWM."""
    told = [(f"reading {number}", one) for number, one in enumerate(readings)]
    stated = {"name": "the_rule", "effect": Effect.VIOLATION, **others}
    own = program(rule(*told, **stated), **(by or {}))
    account = replace(OWN, balance=101_000.0 / scale, equity=99_550.0 / scale, margin=margin / scale)
    found = judged(own, followed(own, account=account, scale=scale), snapshot(account))
    account = replace(account, hedging=hedging)
    return list(exposure_caps(found, "IWM", BUY, account, BUY_IWM, risk, in_all))


def the_cap(*readings: Primitive, **others: Any) -> tuple[float, Unit, str]:  # noqa: ANN401
    (cap,) = exposure(*readings, **others)
    names = {Exposure.MARGIN_USED: "funded margin", Exposure.LEVERAGE: "funded leverage"}  # of reservations
    (what,) = [one.what for one in readings if isinstance(one, ExposureCap)]
    name = names.get(what, "funded the rule")
    assert (cap.name, cap.scope, cap.side, cap.kind) == (name, "IWM", BUY, Kind.CONDITION)
    assert not cap.advisory
    return cap.value, cap.unit, cap.reason


LOTS = ExposureCap(what=Exposure.LOTS_PER_ORDER, per=Per.ORDER, most=20.0, by_class={"indices": 12.5})
MARGIN = ExposureCap(what=Exposure.MARGIN_USED, per=Per.ACCOUNT, most=70.0)
BY_POSITION = ExposureCap(what=Exposure.OPEN_RISK, per=Per.POSITION, most=2.0, of="balance")
IN_ACCOUNT = ExposureCap(what=Exposure.OPEN_RISK, per=Per.ACCOUNT, most=1.0, of="initial")
LEVERAGE = ExposureCap(what=Exposure.LEVERAGE, per=Per.ACCOUNT, most=1.0)
BY_IDEA = ExposureCap(what=Exposure.OPEN_RISK, per=Per.IDEA, by_size={100_000.0: 2.5}, of="initial")


def test_lots_of_one_order_are_the_program_s_and_a_rehearsal_has_them_in_proportion() -> None:
    assert the_cap(LOTS) == (12.5, Unit.LOTS, "at most 12.5 lots in one order")
    assert the_cap(LOTS, scale=2.5)[0] == 5.0  # 12.5 / 2.5
    assert the_cap(LOTS, risk=RISK)[0] == 12.5  # of the next order


@pytest.mark.parametrize(
    ("margin", "lots"),
    [
        (30_000.0, 39_685 / 137.5),  # 70 % of 99550 is 69685
        (69_685.0, 0.0),
        (80_000.0, 0.0),
    ],
)
def test_a_share_of_the_equity_may_be_bound_as_margin(margin: float, lots: float) -> None:
    value, unit, reason = the_cap(MARGIN, margin=margin)
    assert value == pytest.approx(lots)
    assert unit is Unit.LOTS
    assert reason == f"{margin:.2f} of 69685.00 margin in use (70 % of the equity)"


def test_a_share_is_a_share_in_a_rehearsal_too() -> None:
    assert the_cap(MARGIN, scale=2.5)[0] == pytest.approx(15_874 / 137.5)  # 0.7 x 39820 - 12000


@pytest.mark.parametrize(
    ("one", "scale", "value", "reason"),
    [
        (BY_POSITION, 1.0, 2020.0, "2 % of 101000.00 in one position"),
        (BY_POSITION, 2.5, 808.0, "2 % of 40400.00 in one position"),
        (replace(BY_POSITION, of="initial"), 1.0, 1960.0, "2 % of 98000.00 in one position"),
        (replace(BY_POSITION, of="equity"), 1.0, 1991.0, "2 % of 99550.00 in one position"),
        (replace(BY_POSITION, of=None), 1.0, 1960.0, "2 % of 98000.00 in one position"),  # the least
        (replace(BY_POSITION, of="initial"), 2.5, 784.0, "2 % of 39200.00 in one position"),
        (
            BY_IDEA,
            1.0,
            2326.5,  # 2450 - 123.5
            "123.50 of 2450.00 at risk already in this idea (2.5 % of 98000.00)",
        ),
        (BY_IDEA, 2.5, 856.5, "123.50 of 980.00 at risk already in this idea (2.5 % of 39200.00)"),
        (
            replace(BY_IDEA, of="balance"),
            1.0,
            2401.5,  # 2525 - 123.5
            "123.50 of 2525.00 at risk already in this idea (2.5 % of 101000.00)",
        ),
    ],
)
def test_a_share_of_a_balance_may_be_at_risk(
    one: ExposureCap, scale: float, value: float, reason: str
) -> None:
    left, *told = the_cap(one, scale=scale, risk=RISK)
    assert left == pytest.approx(value)
    assert told == [Unit.MONEY, reason]


def test_an_idea_with_more_at_risk_than_it_may_have_leaves_nothing() -> None:
    assert the_cap(BY_IDEA, risk=RISK._replace(money=2451.0))[0] == 0.0


def test_an_idea_of_which_a_fact_is_missing_leaves_no_lots() -> None:
    lost = the_cap(BY_IDEA, risk=RISK._replace(money=None))
    assert lost == (0.0, Unit.LOTS, "what 0.5 lots, open or pending, can lose is not known")
    assert the_cap(BY_POSITION, risk=RISK._replace(money=None))[0] == 2020.0  # it is of the next position


@pytest.mark.parametrize(
    ("one", "in_all", "scale", "value", "reason"),
    [
        (IN_ACCOUNT, FLAT, 1.0, 980.0, "0.00 of 980.00 at risk already in this account (1 % of 98000.00)"),
        (IN_ACCOUNT, IN_ALL, 1.0, 80.0, "900.00 of 980.00 at risk already in this account (1 % of 98000.00)"),
        (
            IN_ACCOUNT,
            replace(IN_ALL, ahead=930.0),  # two legs, of which the worst nets one
            1.0,
            50.0,
            "930.00 of 980.00 at risk already in this account (1 % of 98000.00)",
        ),
        (
            replace(IN_ACCOUNT, most=2.5),
            IN_ALL,
            2.5,
            80.0,  # 2.5 % of 39200 is 980
            "900.00 of 980.00 at risk already in this account (2.5 % of 39200.00)",
        ),
        (
            replace(IN_ACCOUNT, of="balance"),
            replace(IN_ALL, worst=1011.0),
            1.0,
            0.0,
            "1011.00 of 1010.00 at risk already in this account (1 % of 101000.00)",
        ),
    ],
)
def test_what_an_account_may_have_at_risk_is_less_by_all_that_is_open(
    one: ExposureCap, in_all: Totals, scale: float, value: float, reason: str
) -> None:
    left, *told = the_cap(one, in_all=in_all, scale=scale, risk=RISK)
    assert left == pytest.approx(value)
    assert told == [Unit.MONEY, reason]


def test_an_account_of_which_a_fact_is_missing_leaves_no_lots() -> None:
    lost = the_cap(IN_ACCOUNT, in_all=replace(IN_ALL, unknown=("TSLA.US", "#XLU")))
    assert lost == (0.0, Unit.LOTS, "what is open in TSLA.US, #XLU can lose is not known")


def test_on_a_netting_account_an_order_is_no_position_of_its_own() -> None:
    left, _, reason = the_cap(BY_POSITION, risk=RISK, hedging=False)
    assert left == pytest.approx(1896.5)  # 2020 - 123.5
    assert reason == "123.50 of 2020.00 at risk already in this position (2 % of 101000.00)"
    lost = the_cap(BY_POSITION, risk=RISK._replace(money=None), hedging=False)
    assert lost == (0.0, Unit.LOTS, "what 0.5 lots, open or pending, can lose is not known")
    by_order = replace(BY_POSITION, per=Per.ORDER)
    assert the_cap(by_order, risk=RISK, hedging=False)[0] == 2020.0


def test_what_is_open_in_one_symbol_is_taken_from_the_account_s_risk_in_every_other() -> None:
    by = program(rule(IN_ACCOUNT, name="open_risk", effect=Effect.VIOLATION))
    advice, _ = advised(by, snapshot(positions=(POSITION,)))
    found = {cap.value for cap in advice.caps if cap.name == "funded open risk"}
    assert found == {955.0}  # 980 - 25: from 41.0 to 38.5 x 20 x 0.5


def test_exposure_that_is_not_published_leaves_no_lots() -> None:
    unpublished = ExposureCap(what=Exposure.LOTS_PER_ORDER, per=Per.ORDER, by_size={25_000.0: 5.0})
    told = "cannot certify: no lots_per_order is published for equities at an account size of 100000"
    assert the_cap(unpublished) == (0.0, Unit.LOTS, told)


def test_what_lots_here_do_not_count_makes_no_cap() -> None:
    assert exposure(ExposureCap(what=Exposure.CONTRACTS, per=Per.ACCOUNT, most=3.3)) == []


@pytest.mark.parametrize(
    ("most", "scale", "lots", "reason"),
    [
        # A lot is 40.06 x 20 = 801.20 of notional; 0.8 x 99550 = 79640, of which 56000 are held.
        (0.8, 1.0, 23_640 / 801.2, "56000.00 of 79640.00 notional held already (0.8 x equity), 801.20 a lot"),
        (2.0, 2.5, 23_640 / 801.2, "56000.00 of 79640.00 notional held already (2 x equity), 801.20 a lot"),
        (0.5, 1.0, 0.0, "56000.00 of 49775.00 notional held already (0.5 x equity), 801.20 a lot"),
    ],
)
def test_a_leverage_leaves_what_the_notional_of_all_that_is_open_does_not_take(
    most: float, scale: float, lots: float, reason: str
) -> None:
    one = replace(LEVERAGE, most=most)
    value, *told = the_cap(one, scale=scale, in_all=IN_ALL)
    assert value == pytest.approx(lots)
    assert told == [Unit.LOTS, reason]


def test_a_leverage_of_which_a_fact_is_missing_leaves_no_lots() -> None:
    lost = the_cap(LEVERAGE, in_all=replace(IN_ALL, unknown=("TSLA.US", "#XLU")))
    assert lost == (0.0, Unit.LOTS, "what is open in TSLA.US, #XLU is not known")


@pytest.mark.parametrize("effect", [Effect.INFORMS, Effect.REVIEW])
def test_a_leverage_that_only_informs_caps_nothing(effect: Effect) -> None:
    assert exposure(LEVERAGE, in_all=IN_ALL, effect=effect) == []


def test_the_notional_of_what_is_open_and_pending_is_judged_and_taken() -> None:
    by = program(rule(LEVERAGE, name="leverage", effect=Effect.VIOLATION))
    roomy = replace(OWN, equity=1_000.0)
    advice, _ = advised(by, snapshot(roomy, positions=(POSITION,), orders=(ORDER,)))
    # 0.5 x 40.00 x 20 = 400 and 0.4 x 26.5 x 25.2 = 267.12: 667.12; 1000 - 667.12 = 332.88.
    assert advice.funded is not None
    words = "0.67 times the equity as notional, open and pending, at most 1"
    assert advice.funded.rulings[0].words == words
    caps = {(cap.scope, cap.side): cap.value for cap in advice.caps if cap.name == "funded leverage"}
    assert caps["IWM", BUY] == pytest.approx(332.88 / 801.2)


def test_what_is_open_and_cannot_be_told_certifies_no_leverage() -> None:
    by = program(rule(LEVERAGE, name="leverage", effect=Effect.VIOLATION))
    stranger = replace(POSITION, broker_symbol="TSLA.US")
    advice, _ = advised(by, snapshot(positions=(stranger,)))
    assert advice.funded is not None
    told = "cannot certify: what is open in TSLA.US can lose is not known"
    assert (advice.funded.rulings[0].light, advice.funded.rulings[0].words) == (Light.UNSURE, told)
    untold, _ = funded_rules(by, followed(by), snapshot(), PLAN, 0.0)
    assert untold.rulings[0].light is Light.UNSURE


def test_each_reading_caps_and_other_kinds_of_rule_do_not() -> None:
    values = [cap.value for cap in exposure(LOTS, replace(LOTS, most=7.0, by_class=None))]
    assert values == [12.5, 7.0]
    assert exposure(floor()) == []


@pytest.mark.parametrize("effect", [Effect.INFORMS, Effect.REVIEW])
def test_exposure_that_only_informs_caps_nothing(effect: Effect) -> None:
    assert exposure(LOTS, effect=effect) == []


def test_exposure_in_a_dry_run_only_advises() -> None:
    assert [cap.advisory for cap in exposure(LOTS, by={"mode": Mode.DRY_RUN})] == [True]


# -- down to the lots --


def advised(
    by: Program | None, now: Snapshot | None = None, before: Followed | None = None
) -> tuple[Advice, Track]:
    now = now or snapshot()
    before = before or (followed(by, account=now.account) if by else None)
    settings: Settings = replace(SETTINGS, funded=by)
    return advise(now, Track(funded=before), settings)


def side(advice: Advice, symbol: str = "IWM", one: Side = BUY) -> SideAdvice:
    return next(each for each in advice.symbols if each.instrument.symbol == symbol).sides[one]


POOR = replace(OWN, equity=96_555.0)  # 95700 + 735 + 120: 120 are left, and a lot may lose 150


def test_a_loss_rule_binds_the_lots_where_rules_are_enforced() -> None:
    found = side(advised(program(GREEN), snapshot(POOR))[0])
    assert (found.lots, found.binding.name) == (0.8, "funded daily")
    assert found.binding.lots == pytest.approx(0.8)
    assert found.money.name == "funded daily"
    assert found.money.value == pytest.approx(120.0)


def test_in_a_dry_run_it_is_shown_what_would_bind() -> None:
    found = side(advised(program(GREEN, mode=Mode.DRY_RUN), snapshot(POOR))[0])
    plain = side(advised(None, snapshot(POOR))[0])
    assert (found.lots, found.binding) == (plain.lots, plain.binding)
    assert found.would_bind is not None
    assert found.would_bind.name == "funded daily"
    assert found.would_bind.lots == pytest.approx(0.8)
    assert found.money == plain.money


def test_normal_risk_does_not_grow_with_a_profit_that_is_the_firm_s() -> None:
    def normal(by: Program | None) -> Cap:
        return next(cap for cap in advised(by)[0].caps if cap.name == "normal")

    assert normal(program(GREEN)).value == pytest.approx(490.0)  # 0.5 % of 98000
    assert normal(program(GREEN, mode=Mode.DRY_RUN)).value == pytest.approx(497.75)  # of 99550
    assert normal(None).value == pytest.approx(497.75)


def test_what_is_open_and_pending_is_taken_from_the_headroom_from_the_present_equity_on() -> None:
    full = snapshot(positions=(POSITION,), orders=(ORDER,))
    advice, _ = advised(program(GREEN), full)
    cap = next(cap for cap in advice.caps if cap.name == "funded daily")
    # From 40.00 to 38.5: 1.5 x 20 x 0.5 = 15; from 26.5 to 27.3: 0.8 x 25.2 x 0.4 = 8.064.
    assert cap.value == pytest.approx(3091.936)  # 3850 - 735 - 23.064


def test_on_a_netting_account_an_order_that_adds_moves_the_stop_of_the_position_at_the_firm_s_cost() -> None:
    # Long 0.5 with the stop at 38.5: 15 ahead from 40.00 on leave 105 of the 120, and a stop 7.5 away has
    # (7.5 - 2.5) x 20 x 0.5 = 50 more at risk.
    for hedging, money in ((True, 105.0), (False, 55.0)):
        now = snapshot(replace(POOR, hedging=hedging), positions=(POSITION,))
        advice, _ = advised(program(GREEN), now)
        found = side(advice)
        assert found.money.name == "funded daily"
        assert found.money.value == pytest.approx(money)
        assert found.binding.lots == pytest.approx(money / 150)  # 7.5 x 20 a lot
        assert side(advice, one=SELL).money.value == pytest.approx(105.0)  # nothing is open on that side
        assert side(advice, "XLU").money.value == pytest.approx(105.0)
        (cap,) = [cap for cap in advice.caps if cap.name == "funded daily"]
        assert cap.value == pytest.approx(105.0)  # a check takes off what its own stop comes to


def test_a_check_counts_a_moved_stop_once_and_lets_no_more_through_than_the_advice() -> None:
    now = snapshot(replace(POOR, hedging=False), positions=(POSITION,))
    advice, _ = advised(program(GREEN), now)
    answer = check(Intent(BUY, "IWM", 5.0, stop=40.06 - 7.5), standing(advice))
    assert isinstance(answer, Verdict)
    rung = next(rung for rung in answer.ladder if rung.name == "funded daily")
    # The stop at 32.56 is 8.44 below the entry of 41.0 and 7.44 below 40.00: (8.44 - 2.5) x 20 x 0.5 = 59.4.
    assert rung.lots == pytest.approx((105.0 - 59.4) / 150)
    assert rung.lots < side(advice).binding.lots


def test_what_is_open_and_cannot_be_told_leaves_no_lots() -> None:
    stranger = replace(POSITION, broker_symbol="TSLA.US")
    advice, _ = advised(program(GREEN), snapshot(positions=(stranger,)))
    cap = next(cap for cap in advice.caps if cap.name == "funded daily")
    assert (cap.value, cap.unit) == (0.0, Unit.LOTS)
    assert cap.reason == "what is open in TSLA.US can lose is not known"


def test_the_advice_carries_the_rulings_and_the_track_what_is_followed() -> None:
    advice, track = advised(program(GREEN))
    assert advice.funded is not None
    assert advice.funded.light is Light.GREEN
    assert track.funded == advice.funded.followed
    plain, none = advised(None)
    assert (plain.funded, none.funded) == (None, None)


def test_exposure_of_one_symbol_is_a_rung_of_its_ladder_and_of_no_other() -> None:
    by = program(rule(BY_IDEA, name="idea_risk", effect=Effect.VIOLATION))
    advice, _ = advised(by, snapshot(positions=(POSITION,)))
    found = {
        cap.scope + " " + str(cap.side): cap.value for cap in advice.caps if cap.name == "funded idea risk"
    }
    assert found == pytest.approx(
        {"IWM buy": 2425.0, "IWM sell": 2450.0, "XLU buy": 2450.0, "XLU sell": 2450.0}  # 2450 - 25
    )
    assert "funded idea risk" in [rung.name for rung in side(advice).ladder]


def test_a_window_restrains_every_symbol() -> None:
    night = rule(Window(about=About.NIGHT, forbids=(Act.HOLD,)), name="overnight")
    now = snapshot(as_of=OPEN.closes_at - timedelta(minutes=10)) if OPEN.closes_at else snapshot()
    by = program(night)
    advice, _ = advised(by, now, followed(by, as_of=now.as_of))
    assert {one.lots for each in advice.symbols for one in each.sides.values()} == {0.0}
    assert "funded overnight" in [rung.name for rung in side(advice).ladder if rung.lots == 0]


def test_ahead_that_is_not_known_is_said_by_every_loss_rule() -> None:
    by = program(GREEN, rule(floor(), name="max"), rule(DAILY, name="info", effect=Effect.INFORMS))
    found = judged(by, followed(by, BEGUN), ahead=Unknown("a fact is missing"))
    assert [(cap.name, cap.value, cap.reason) for cap in found.caps] == [
        ("funded daily", 0.0, "a fact is missing"),
        ("funded max", 0.0, "a fact is missing"),
    ]
