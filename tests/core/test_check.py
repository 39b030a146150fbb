from dataclasses import replace

import pytest

from assistant.core.advice import Track, advise
from assistant.core.caps import Cap, Rung, Unit
from assistant.core.check import Answer, Intent, Standing, Ticket, Tradable, Verdict, check
from assistant.core.market import Position, Role, Side, TradeMode, Unknown
from assistant.core.reserved import Reservation
from assistant.core.standing import standing
from tests.core.builders import (
    ACCOUNT,
    AS_OF,
    BUY,
    BUY_IWM,
    IWM,
    ORDER,
    POSITION,
    SELL,
    SELL_IWM,
    SETTINGS,
    SHUT,
    SNAPSHOT,
    XLU,
    a_cap,
    normal,
    risk_on_only,
)

# Full normal risk 496.50; 0.7 of it, 347.55, for what adds risk-on exposure; 7.7 lots at most.
CAPS = (
    normal(496.5),
    risk_on_only(a_cap(0.7, Unit.SHARE, "regime")),
    replace(a_cap(7.7, name="volume_max"), scope="IWM"),
    replace(a_cap(0.9, name="margin"), scope="SPY"),  # of another symbol
)
STALE = a_cap(0.0, Unit.SHARE, "stale")


def now(*tickets: Ticket, hedging: bool = True, caps: tuple[Cap, ...] = CAPS, sell: bool = True) -> Standing:
    """IWM at 40.00 / 40.06 and what is open in it; 33.32 at risk already."""
    sizing = {BUY: BUY_IWM, SELL: SELL_IWM if sell else Unknown("order_calc_profit failed")}
    return Standing(
        as_of=AS_OF,
        mode="live",
        account=replace(ACCOUNT, hedging=hedging),
        nets=not hedging,
        at_risk=33.32,
        caps=caps,
        symbols=(
            Tradable("XLU", "#XLU", Role.DEFENSIVE, 2, {BUY: BUY_IWM, SELL: SELL_IWM}),
            Tradable("IWM", "IWM.US", Role.RISK_ON, 3, sizing),
        ),
        positions=tickets,
        orders=(),
    )


def verdict(intent: Intent, facts: Standing | None = None) -> Verdict:
    found = check(intent, facts or now())
    assert isinstance(found, Verdict)
    return found


def refused(intent: Intent, facts: Standing | None = None) -> str:
    found = check(intent, facts or now())
    assert isinstance(found, Unknown)
    return found.reason


def buy(lots: float, stop: float | None = 32.56) -> Intent:  # 40.06 - 32.56: the stop is 7.5 away
    return Intent(BUY, "IWM", lots, stop)


def sell(lots: float, stop: float | None = 47.50) -> Intent:  # 47.50 - 40.00: the stop is 7.5 away
    return Intent(SELL, "IWM", lots, stop)


# -- allow, resize, deny --


def test_an_order_within_the_smallest_cap_is_allowed() -> None:
    found = verdict(buy(2.3))  # 347.55 / (7.5 x 20) = 2.317
    assert (found.answer, found.requested, found.suggested) == (Answer.ALLOW, 2.3, 2.3)
    assert found.binding.name == "regime"
    assert found.loss_at_stop == pytest.approx(345.0)  # 2.3 x 150
    assert found.at_risk_after == pytest.approx(378.32)  # 33.32 + 345
    assert (found.symbol, found.side, found.notes) == ("IWM", BUY, ())
    assert (found.as_of, found.mode, found.account, found.sizing) == (AS_OF, "live", ACCOUNT, BUY_IWM)


def test_a_smaller_order_is_allowed_as_it_is() -> None:
    found = verdict(buy(0.3))
    assert (found.answer, found.suggested) == (Answer.ALLOW, 0.3)
    assert found.loss_at_stop == pytest.approx(45.0)  # 0.3 x 150


def test_a_larger_order_is_resized_to_the_smallest_cap() -> None:
    found = verdict(buy(2.4))
    assert (found.answer, found.requested, found.suggested) == (Answer.RESIZE, 2.4, 2.3)
    assert found.loss_at_stop == pytest.approx(345.0)  # of the suggested lots
    assert [(rung.name, round(rung.lots, 4)) for rung in found.ladder] == [
        ("normal", 3.31),  # 496.5 / 150
        ("regime", 2.317),
        ("volume_max", 7.7),
    ]


def test_a_verdict_tells_the_loss_at_the_stop_the_worst_case_and_the_margin() -> None:
    dear = replace(BUY_IWM, cost_per_lot=3.25, cost_per_order=2.5, floor_loss_per_lot=160.0)
    facts = replace(now(), symbols=(Tradable("IWM", "IWM.US", Role.RISK_ON, 3, {BUY: dear, SELL: SELL_IWM}),))
    found = verdict(buy(9.9), facts)
    assert found.suggested == 2.1  # (347.55 - 2.5) / 160 = 2.157
    assert found.loss_at_stop == pytest.approx(324.325)  # 2.1 x (150 + 3.25) + 2.5
    assert found.worst == pytest.approx(338.5)  # 2.1 x 160 + 2.5
    assert found.margin == pytest.approx(288.75)  # 2.1 x 137.5
    assert found.at_risk_after == pytest.approx(371.82)  # 33.32 + 338.5


def test_an_answer_reserves_the_lots_that_open_and_what_they_take() -> None:
    found = verdict(buy(9.9)).reserves
    assert found is not None
    assert (found.symbol, found.role, found.side, found.lots) == ("IWM", Role.RISK_ON, BUY, 2.3)
    # 2.3 x 150, 2.3 x 137.5, 2.3 x 40.06 x 20
    assert (found.worst, found.margin, found.notional) == pytest.approx((345.0, 316.25, 1842.76))
    reversal = verdict(sell(5.0), now(LONG, hedging=False)).reserves  # 2.0 of them close
    assert reversal is not None
    assert reversal.lots == 3.0
    assert (reversal.closes, found.closes) == (2.0, 0.0)
    only = verdict(sell(1.5), now(LONG, hedging=False)).reserves  # it only reduces
    assert only == Reservation("IWM", Role.RISK_ON, SELL, 0.0, 0.0, 0.0, 0.0, closes=1.5)
    assert verdict(Intent(SELL, "IWM", 2.0, close=701), now(LONG)).reserves is None
    assert verdict(buy(0.2)).reserves is None


def test_lots_that_only_reduce_are_not_given_to_two_orders() -> None:
    facts = now(LONG, hedging=False)
    first = verdict(sell(2.0, stop=None), facts).reserves
    assert first is not None
    again = check(sell(2.0, stop=None), facts, [first])
    asked = "an order that opens risk needs --stop PRICE"
    asked += "; one that closes needs --close TICKET, open here: 701 (2)"
    assert again == Unknown(asked)
    waits = replace(facts, orders=(Ticket(9, "IWM.US", SELL, 0.8, 42.0, None),))
    some = check(sell(1.3, stop=None), waits)  # 2.0 open, 0.8 of it will be closed by what waits
    assert some == Unknown("an order that opens risk needs --stop PRICE; only the first 1.2 lots reduce")


def test_on_a_netting_account_an_order_brings_its_stop_to_the_whole_position() -> None:
    # 0.4 lots bought at 41.0 with a stop at 38.5: 2.5 x 20 x 0.4 = 20 at risk. With the order's stop at 32.56
    # it is 8.44 away: 67.52, so 47.52 more; 60 of it, to the default stop 7.5 away, the idea has counted.
    caps = (*CAPS, a_cap(300.0, Unit.MONEY, "idea"), a_cap(320.0, Unit.MONEY, "heat"))
    held = Ticket(701, "IWM.US", BUY, 0.4, 41.0, 38.5)
    found = verdict(buy(9.9), now(held, hedging=False, caps=caps))
    ladder = {rung.name: rung.lots for rung in found.ladder}
    assert ladder["idea"] == pytest.approx((300 - 7.52) / 150)
    assert ladder["heat"] == pytest.approx((320 - 47.52) / 150)
    assert (found.suggested, found.binding.name) == (1.8, "heat")
    assert found.at_risk_after == pytest.approx(33.32 + 47.52 + 1.8 * 150)
    assert found.reserves is not None
    assert found.reserves.worst == pytest.approx(47.52 + 270)
    assert found.notes == (
        "this account nets: the stop of the whole position becomes 32.56, 47.52 USD more at risk",
    )
    assert found.binding.reason.endswith(
        "47.52 more at risk in the open position, whose stop this order moves"
    )
    tighter = verdict(buy(9.9, stop=38.5), now(held, hedging=False, caps=caps))
    assert tighter.notes == ()
    assert verdict(buy(9.9), now(held, caps=caps)).notes == ()  # hedging: each ticket keeps its own


def test_a_part_below_the_step_is_not_closed_and_the_step_is_named() -> None:
    found = verdict(Intent(SELL, "IWM", 0.04, close=701), now(LONG))
    assert (found.answer, found.suggested) == (Answer.DENY, 0.0)
    reason = "the broker's volume step is 0.1 lots; 2 are in ticket 701"
    assert found.binding == Rung("volume_step", 0.0, reason)


def test_a_reversal_says_how_much_of_it_closes() -> None:
    found = verdict(sell(5.0), now(LONG, hedging=False))
    assert found.notes == ("this account nets: it first closes 2 lots buy, and opens 3 of its own",)


def test_an_order_cut_to_the_largest_one_opens_nothing_where_that_only_reduces() -> None:
    small = replace(SELL_IWM, volume_max=1.5)
    facts = replace(
        now(LONG, hedging=False),
        symbols=(Tradable("IWM", "IWM.US", Role.RISK_ON, 3, {BUY: BUY_IWM, SELL: small}),),
    )
    found = verdict(sell(3.5), facts)
    assert (found.suggested, found.worst, found.margin) == (1.5, 0.0, 0.0)
    assert found.reserves is not None
    assert (found.reserves.lots, found.reserves.closes) == (0.0, 1.5)


def test_what_is_reserved_is_gone_for_the_next_question() -> None:
    first = verdict(buy(1.2)).reserves
    assert first is not None
    again = check(buy(9.9), now(), [first])
    assert isinstance(again, Verdict)
    assert (again.suggested, again.binding.name) == (1.1, "idea")  # (347.55 - 1.2 x 150) / 150 = 1.117
    assert again.at_risk_after == pytest.approx(378.32)  # 33.32 + 180 + 165
    asked = "reserved for a minute by other checks: 1.2 IWM buy; not ordered? --release gives them back"
    assert again.notes == (asked,)


def test_a_reversal_without_facts_reserves_what_it_closes() -> None:
    facts = now(LONG, hedging=False, sell=False)
    first = verdict(sell(5.0), facts)
    assert first.suggested == 2.0
    assert first.reserves is not None
    again = check(sell(5.0), facts, [first.reserves])
    assert isinstance(again, Verdict)
    assert (again.answer, again.suggested, again.reserves) == (Answer.DENY, 0.0, None)


def test_an_order_is_denied_where_a_cap_leaves_nothing() -> None:
    found = verdict(buy(0.3), now(caps=(*CAPS, STALE)))
    assert (found.answer, found.suggested, found.loss_at_stop) == (Answer.DENY, 0.0, 0.0)
    assert found.binding == Rung("stale", 0.0, "why stale")


def test_a_cap_on_risk_on_exposure_spares_a_short() -> None:
    found = verdict(sell(9.9))  # 496.5 / (7.5 x 20.1) = 3.294
    assert (found.answer, found.suggested, found.binding.name) == (Answer.RESIZE, 3.2, "normal")


def test_a_wider_stop_is_fewer_lots() -> None:
    found = verdict(buy(9.9, stop=25.06))  # 15 away: 347.55 / 300 = 1.1585
    assert found.suggested == 1.1


def test_what_would_bind_is_shown_and_does_not() -> None:
    dry = replace(a_cap(63.0, Unit.MONEY, "daily loss"), advisory=True)
    found = verdict(sell(3.1), now(caps=(*CAPS, dry)))
    assert (found.answer, found.suggested) == (Answer.ALLOW, 3.1)
    assert found.would_bind is not None
    assert found.would_bind.name == "daily loss"
    assert found.would_bind.lots == pytest.approx(63 / 150.75)
    assert verdict(sell(3.1)).would_bind is None


def test_a_risk_that_is_not_bounded_stays_so() -> None:
    assert verdict(buy(0.3), replace(now(), at_risk=None)).at_risk_after is None


# -- lots --


def test_lots_between_two_steps_are_resized_to_the_lower_one() -> None:
    found = verdict(buy(1.27))
    assert (found.answer, found.requested, found.suggested) == (Answer.RESIZE, 1.27, 1.2)
    assert found.notes == ("1.27 lots is not a multiple of 0.1, taken as 1.2",)
    assert found.loss_at_stop == pytest.approx(180.0)  # 1.2 x 150


def test_lots_on_a_step_are_not_commented_on() -> None:
    assert verdict(buy(0.7)).notes == ()  # 0.7 / 0.1 is 6.999999999999999


def test_lots_below_the_brokers_smallest_order_are_denied_not_raised() -> None:
    found = verdict(buy(0.2))
    assert (found.answer, found.suggested, found.loss_at_stop) == (Answer.DENY, 0.0, 0.0)
    assert found.binding == Rung("volume_min", 0.0, "the broker's smallest order is 0.3")
    assert found.ladder[-1] is found.binding


def test_a_cap_below_the_brokers_smallest_order_denies() -> None:
    found = verdict(buy(2.0), now(caps=(*CAPS, a_cap(0.28, name="heat"))))
    assert (found.answer, found.suggested, found.binding.name) == (Answer.DENY, 0.0, "volume_min")


# -- stops and prices --


def test_a_stop_that_is_too_tight_is_computed_at_the_smallest_one() -> None:
    found = verdict(buy(9.9, stop=39.56))  # 0.5 away, computed at 1.5: 347.55 / 30 = 11.6, more than 7.7
    assert (found.suggested, found.binding.name) == (7.7, "volume_max")
    assert found.loss_at_stop == pytest.approx(231.0)  # 7.7 x 30
    assert found.notes == ("a stop 0.500 away is too tight, computed at 1.500",)


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        (buy(2.0, stop=40.07), "--stop was 40.07; a buy at 40.06 has its stop below that"),
        (buy(2.0, stop=40.06), "--stop was 40.06; a buy at 40.06 has its stop below that"),
        (sell(2.0, stop=39.9), "--stop was 39.9; a sell at 40 has its stop above that"),
        (sell(2.0, stop=40.0), "--stop was 40; a sell at 40 has its stop above that"),
    ],
)
def test_a_stop_at_the_entry_or_on_the_wrong_side_of_it_is_no_question(intent: Intent, said: str) -> None:
    assert refused(intent) == said


def test_a_stop_between_bid_and_ask_is_on_the_right_side_and_too_tight() -> None:
    assert verdict(buy(2.0, stop=40.03)).notes == ("a stop 0.030 away is too tight, computed at 1.500",)


def test_an_order_that_opens_risk_needs_a_stop() -> None:
    assert refused(buy(2.0, stop=None)) == "an order that opens risk needs --stop PRICE"


def test_a_stop_is_measured_from_the_price_of_the_order() -> None:
    found = verdict(Intent(BUY, "IWM", 9.9, stop=35.5, price=38.0))  # 2.5 x 20 = 50: 347.55 / 50 = 6.951
    assert found.suggested == 6.9
    assert found.loss_at_stop == pytest.approx(345.0)  # 6.9 x 50
    above = verdict(Intent(SELL, "IWM", 9.9, stop=46.0, price=41.0))  # 496.5 / (5 x 20.1) = 4.940
    assert above.suggested == 4.9


def test_an_order_that_waits_above_the_market_takes_what_it_will_take_there() -> None:
    # At 44.066, 1.1 times the market's 40.06: margin 151.25 a lot, costs 3.575, a gap 66 at least; and a cap
    # in lots that was reckoned at the market's price is a tenth less.
    dear = replace(BUY_IWM, cost_per_lot=3.25, floor_loss_per_lot=60.0)
    margin, other = a_cap(2.2, name="margin"), a_cap(2.1, name="other")
    firm = a_cap(2.53, name="funded leverage")
    facts = replace(
        now(caps=(*CAPS, margin, other, firm)),
        symbols=(Tradable("IWM", "IWM.US", Role.RISK_ON, 3, {BUY: dear, SELL: SELL_IWM}),),
    )
    found = verdict(Intent(BUY, "IWM", 9.9, stop=41.066, price=44.066), facts)  # 3.0 away: 63.575, so 66
    ladder = {rung.name: rung.lots for rung in found.ladder}
    assert ladder["margin"] == pytest.approx(2.0)
    assert ladder["funded leverage"] == pytest.approx(2.3)
    assert ladder["other"] == 2.1
    assert ladder["regime"] == pytest.approx(347.55 / 66)
    assert found.suggested == 2.0
    assert found.margin == pytest.approx(302.5)
    assert found.loss_at_stop == pytest.approx(127.15)
    assert found.reserves is not None
    assert found.reserves.notional == pytest.approx(2 * 44.066 * 20)
    below = verdict(Intent(BUY, "IWM", 9.9, stop=35.06, price=38.06), facts)  # no less than at the market
    assert {rung.name: rung.lots for rung in below.ladder}["margin"] == 2.2


def test_a_stop_may_be_right_for_the_price_and_wrong_for_the_market() -> None:
    assert verdict(Intent(BUY, "IWM", 0.3, stop=41.0, price=43.0)).answer is Answer.ALLOW
    said = refused(Intent(BUY, "IWM", 0.3, stop=39.0, price=38.0))
    assert said == "--stop was 39; a buy at 38 has its stop below that"


# -- symbols and facts --


@pytest.mark.parametrize("symbol", ["IWM", "iwm", "Iwm", "IWM.US"])
def test_a_symbol_is_known_by_our_name_in_any_case_and_by_the_brokers(symbol: str) -> None:
    assert verdict(Intent(BUY, symbol, 0.3, 32.56)).symbol == "IWM"


def test_a_symbol_configured_in_lower_case_is_known_too() -> None:
    facts = now()
    small = replace(facts, symbols=(replace(facts.symbols[1], symbol="iwm_cfd"),))
    assert verdict(Intent(BUY, "iwm_cfd", 0.3, 32.56), small).symbol == "iwm_cfd"


def test_an_unknown_symbol_is_no_question() -> None:
    said = refused(Intent(BUY, "TSLA", 0.3, 32.56))
    assert said == "TSLA is not among the symbols of this terminal: XLU, IWM"


def test_a_side_without_facts_is_denied_with_the_fact_that_is_missing() -> None:
    found = verdict(sell(0.3), now(sell=False))
    assert (found.answer, found.suggested) == (Answer.DENY, 0.0)
    assert found.binding == Rung("broker facts", 0.0, "order_calc_profit failed")
    assert verdict(buy(0.3), now(sell=False)).answer is Answer.ALLOW


# -- closing --

LONG = Ticket(701, "IWM.US", BUY, 2.0, 41.0, 38.5)
SHORT = Ticket(702, "IWM.US", SELL, 1.5, 41.0, 38.5)
BAD = (*CAPS, STALE)


@pytest.mark.parametrize("lots", [0.3, 2.0])
def test_closing_a_position_is_allowed_whatever_the_caps_say(lots: float) -> None:
    found = verdict(Intent(SELL, "IWM", lots, close=701), now(LONG, SHORT, caps=BAD))
    assert (found.answer, found.suggested) == (Answer.ALLOW, lots)
    assert found.binding.name == "open position"
    assert found.binding.reason == "2 lots in ticket 701; reducing is always allowed"
    assert (found.loss_at_stop, found.at_risk_after) == (None, 33.32)


def test_closing_more_than_the_position_is_resized_to_it() -> None:
    found = verdict(Intent(SELL, "IWM", 2.5, close=701), now(LONG, SHORT, caps=BAD))
    assert (found.answer, found.suggested, found.binding.lots) == (Answer.RESIZE, 2.0, 2.0)


def test_a_position_is_closed_from_the_other_side() -> None:
    said = refused(Intent(BUY, "IWM", 2.0, close=701), now(LONG))
    assert said == "ticket 701 is a buy; a sell closes it"


def test_an_unknown_ticket_is_no_question() -> None:
    intent = Intent(SELL, "IWM", 2.0, close=999)
    assert refused(intent, now(LONG, SHORT)) == "--close was 999; open in IWM.US: 701, 702"
    assert refused(intent) == "--close was 999; open in IWM.US: nothing"


def test_a_position_can_be_closed_where_facts_are_missing() -> None:
    found = verdict(Intent(SELL, "IWM", 2.0, close=701), now(LONG, sell=False))
    assert found.answer is Answer.ALLOW


def test_a_part_of_a_position_is_closed_in_steps_of_the_broker() -> None:
    found = verdict(Intent(SELL, "IWM", 0.77, close=701), now(LONG))
    assert (found.answer, found.suggested) == (Answer.RESIZE, 0.7)
    odd = now(Ticket(701, "IWM.US", BUY, 0.77, 41.0, 38.5))
    assert verdict(Intent(SELL, "IWM", 0.77, close=701), odd).answer is Answer.ALLOW  # the whole of it


def test_a_position_in_a_symbol_that_is_not_configured_can_be_closed() -> None:
    other = now(LONG, Ticket(811, "GOLD.x", SELL, 3.7, 41.0, 38.5))
    found = verdict(Intent(BUY, "GOLD.x", 3.7, close=811), other)
    assert (found.answer, found.suggested, found.symbol) == (Answer.ALLOW, 3.7, "GOLD.x")
    assert refused(Intent(BUY, "GOLD.x", 3.7, close=701), other) == "--close was 701; open in GOLD.x: 811"


# -- netting and hedging --


@pytest.mark.parametrize("lots", [0.4, 2.0])
def test_on_a_netting_account_an_opposite_order_reduces_without_a_stop(lots: float) -> None:
    found = verdict(sell(lots, stop=None), now(LONG, hedging=False, caps=BAD))
    assert (found.answer, found.suggested) == (Answer.ALLOW, lots)
    assert found.binding.reason == "2 lots open the other way; reducing is always allowed"


def test_on_a_hedging_account_an_opposite_order_is_new_risk() -> None:
    assert verdict(sell(2.0), now(LONG, caps=BAD)).answer is Answer.DENY
    said = refused(sell(2.0, stop=None), now(LONG, SHORT))
    needs = "an order that opens risk needs --stop PRICE"
    assert said == f"{needs}; one that closes needs --close TICKET, open here: 701 (2)"
    assert refused(sell(2.0, stop=None), now(SHORT)) == "an order that opens risk needs --stop PRICE"
    found = verdict(sell(9.9), now(LONG))
    assert found.suggested == 3.2  # not 2.0 + 3.2


def test_hedges_that_net_let_an_opposite_order_reduce_on_a_hedging_account_too() -> None:
    facts = replace(now(LONG), nets=True)
    assert facts.account.hedging
    found = verdict(sell(2.0, stop=None), facts)
    assert (found.answer, found.suggested, found.worst) == (Answer.ALLOW, 2.0, None)
    advice, _ = advise(FULL, Track(), replace(SETTINGS, exposure=replace(SETTINGS.exposure, net_hedges=True)))
    assert (advice.nets, standing(advice).nets) == (True, True)
    plain, _ = advise(FULL, Track(), SETTINGS)
    assert plain.nets is False


@pytest.mark.parametrize(("price", "far"), [(48.06, False), (48.08, True), (32.05, False), (32.04, True)])
def test_a_price_more_than_a_fifth_from_the_market_is_a_slip_of_the_pen(price: float, *, far: bool) -> None:
    found = check(Intent(BUY, "IWM", 1.0, stop=30.0, price=price), now())  # 0.8 and 1.2 x 40.06
    assert isinstance(found, Unknown) is far
    if isinstance(found, Unknown):
        assert found.reason == f"--price was {price:g}; the market is at 40.06, more than 20 % away"


def test_on_a_netting_account_an_order_of_the_same_side_is_new_risk() -> None:
    assert verdict(buy(0.3), now(LONG, hedging=False, caps=BAD)).answer is Answer.DENY


def test_a_reversal_within_the_cap_is_allowed() -> None:
    found = verdict(sell(5.0), now(LONG, hedging=False))  # 2.0 close, 3.0 of at most 3.2 open
    assert (found.answer, found.suggested) == (Answer.ALLOW, 5.0)
    assert found.loss_at_stop == pytest.approx(452.25)  # 3.0 x 150.75: the lots that open
    assert found.at_risk_after == pytest.approx(485.57)  # 33.32 + 452.25


def test_a_reversal_is_no_larger_than_the_broker_s_largest_order() -> None:
    long = Ticket(701, "IWM.US", BUY, 6.0, 41.0, 38.5)
    found = verdict(sell(9.0), now(long, hedging=False))  # 6.0 close, 3.0 of 3.2 may open: 9.0 of 7.7
    assert (found.answer, found.suggested) == (Answer.RESIZE, 7.7)


def test_the_opening_part_of_a_reversal_is_capped() -> None:
    found = verdict(sell(6.0), now(LONG, hedging=False))
    assert (found.answer, found.suggested, found.binding.name) == (Answer.RESIZE, 5.2, "normal")


def test_where_nothing_may_open_a_reversal_is_resized_to_what_reduces() -> None:
    found = verdict(sell(6.0), now(LONG, hedging=False, caps=BAD))
    assert (found.answer, found.suggested, found.binding.name) == (Answer.RESIZE, 2.0, "stale")
    assert found.loss_at_stop == 0.0


@pytest.mark.parametrize("caps", [CAPS, BAD])
def test_a_reversal_whose_opening_part_is_below_the_smallest_order_is_not_allowed_whole(
    caps: tuple[Cap, ...],
) -> None:
    # The broker takes 2.1 lots as one order; 0.1 of them would open against every cap.
    found = verdict(sell(2.1), now(LONG, hedging=False, caps=caps))
    assert (found.answer, found.suggested) == (Answer.RESIZE, 2.0)


def test_a_reversal_on_the_step_is_not_resized_by_a_last_digit() -> None:
    found = verdict(
        sell(3.3), now(Ticket(701, "IWM.US", BUY, 1.1, 41.0, 38.5), hedging=False)
    )  # 1.1 + 2.2 is 3.3000000000000003
    assert (found.answer, found.suggested) == (Answer.ALLOW, 3.3)


def test_a_reversal_needs_a_stop_and_says_how_much_would_not() -> None:
    said = refused(sell(3.0, stop=None), now(LONG, hedging=False))
    assert said == "an order that opens risk needs --stop PRICE; only the first 2 lots reduce"


def test_a_reversal_without_facts_is_resized_to_what_reduces() -> None:
    found = verdict(sell(3.0), now(LONG, hedging=False, sell=False))
    assert (found.answer, found.suggested, found.binding.name) == (Answer.RESIZE, 2.0, "broker facts")


# -- from an advice --

FULL = replace(SNAPSHOT, positions=(POSITION,), orders=(ORDER,))


def test_a_standing_is_the_part_of_an_advice_that_a_check_reads() -> None:
    advice, _ = advise(FULL, Track(), SETTINGS)
    facts = standing(advice)
    assert (facts.as_of, facts.mode, facts.account) == (AS_OF, "live", ACCOUNT)
    assert (facts.at_risk, facts.caps) == (advice.at_risk, advice.caps)
    iwm, xlu = facts.symbols
    assert iwm == Tradable("IWM", "IWM.US", Role.RISK_ON, 3, {BUY: BUY_IWM, SELL: SELL_IWM})
    assert xlu.symbol == "XLU"
    assert facts.positions == (Ticket(701, "IWM.US", BUY, 0.5, 41.0, 38.5),)


def test_a_check_at_the_default_stop_agrees_with_the_advice() -> None:
    advice, _ = advise(FULL, Track(), SETTINGS)
    found = verdict(sell(9.9), standing(advice))
    assert found.suggested == advice.symbols[0].sides[SELL].lots == 3.2
    assert verdict(buy(9.9), standing(advice)).suggested == 0.8  # the idea: 123.95 / 150 (test_advice.py)


def test_a_closed_market_denies_what_opens_and_allows_what_reduces() -> None:
    advice, _ = advise(replace(FULL, hours=SHUT), Track(), SETTINGS)
    found = verdict(sell(0.5), standing(advice))
    assert (found.answer, found.binding.name) == (Answer.DENY, "market closed")
    assert verdict(Intent(SELL, "IWM", 0.5, close=701), standing(advice)).answer is Answer.ALLOW


@pytest.mark.parametrize(("side", "answer"), [(BUY, Answer.ALLOW), (SELL, Answer.DENY)])
def test_a_side_that_the_broker_does_not_take_is_denied(side: Side, answer: Answer) -> None:
    one_way = replace(SNAPSHOT, instruments=(replace(IWM, trade_mode=TradeMode.LONG_ONLY), XLU))
    advice, _ = advise(one_way, Track(), SETTINGS)
    intent = buy(0.3) if side is BUY else sell(0.3)
    assert verdict(intent, standing(advice)).answer is answer


def test_asking_again_after_each_fill_never_opens_more_than_one_idea() -> None:
    # A stop 0.1 away is computed at min_stop 1.5 x 20 = 30 a lot; the idea is 0.3 x 496.5 = 148.95.
    opened: list[Position] = []
    for ticket in range(801, 841):
        advice, _ = advise(replace(FULL, positions=tuple(opened), orders=()), Track(), SETTINGS)
        found = verdict(Intent(BUY, "IWM", 50.0, stop=39.96), standing(advice))
        if found.suggested == 0:
            break
        opened.append(replace(POSITION, ticket=ticket, lots=found.suggested, price=40.06, stop=39.96))
    assert round(sum(one.lots for one in opened), 10) == 4.9  # 148.95 / 30 = 4.965


def test_a_position_larger_than_the_largest_order_is_closed_in_parts() -> None:
    large = Ticket(701, "IWM.US", BUY, 9.9, 41.0, 38.5)
    found = verdict(Intent(SELL, "IWM", 9.9, close=701), now(large))
    assert (found.answer, found.suggested, found.binding.name) == (Answer.RESIZE, 7.7, "volume_max")
    assert found.binding.reason.endswith("reducing is always allowed, in orders of at most 7.7")
