"""Orders against the advice before them, worked out by hand (builders.py, test_advice.py).

RISK_OFF: 0.3 x 496.50 = 148.95 for a buy of IWM, all of 496.50 for a sell. A stop 5 away loses 5 x 20 = 100 a
lot bought at 40.06, 5 x 20.1 = 100.5 a lot sold at 40.00: 1.4895 and 4.940 lots, in steps of 0.1.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from assistant.core.advice import Advice, Settings, Track, advise
from assistant.core.caps import Cap, Unit
from assistant.core.check import Answer
from assistant.core.logbook import Formula, Lots, Taken
from assistant.core.market import Account, Deal, PendingOrder, Position, Quote, Side, Unknown
from assistant.core.taken import Orders, taken
from tests.core.builders import (
    ACCOUNT,
    AS_OF,
    BUY,
    COSTS,
    POSITION,
    SELL,
    SETTINGS,
    SNAPSHOT,
    a_cap,
    with_quote,
)

NETTING = replace(ACCOUNT, hedging=False)
FAR_STOP = 35.06  # 5 below the ask
LIMIT = PendingOrder(802, "IWM.US", BUY, 5.0, 39.0, 37.0)


def near(money: float) -> Any:  # noqa: ANN401 -- it stands for a number
    """Money as floats add it up."""
    return pytest.approx(money)


def at(seconds: float) -> datetime:
    """So many seconds after the first facts; the first look is at 1."""
    return AS_OF + timedelta(seconds=seconds)


def bought(ticket: int, lots: float, stop: float | None = FAR_STOP, **other: Any) -> Position:  # noqa: ANN401
    """An open position, bought."""
    position = replace(POSITION, ticket=ticket, lots=lots, stop=stop, price=40.06, profit=0.0)
    return replace(position, **other)


def deal(ticket: int, position: int, lots: float, **other: Any) -> Deal:  # noqa: ANN401
    """A deal that bought lots of IWM half a second after the first look."""
    bare = Deal(ticket, at(1.5), "buy", "in", position, "IWM.US", lots, 40.06, 0, 0, 0, 0, order=position)
    return replace(bare, **other)


class Looks:
    """A run: looks a second apart, and what each of them writes."""

    def __init__(
        self, account: Account = ACCOUNT, settings: Settings = SETTINGS, caps: Sequence[Cap] = ()
    ) -> None:
        self.snapshot = replace(SNAPSHOT, account=account)
        self.settings, self.caps = settings, caps
        self.seen = Orders()
        self.last: Advice | None = None
        self.deals: tuple[Deal, ...] = ()

    def look(self, *deals: Deal, seconds: float = 1, **changed: Any) -> list[Taken]:  # noqa: ANN401
        """What a look writes; positions and orders stay as they are until they are changed."""
        as_of = self.snapshot.as_of + timedelta(seconds=seconds)
        quotes = {
            name: one if isinstance(one, Unknown) else replace(one, at=as_of)
            for name, one in self.snapshot.quotes.items()
        }
        self.snapshot = replace(self.snapshot, as_of=as_of, quotes=quotes, **changed)
        self.deals = (*self.deals, *deals) if deals else self.deals
        advice, _ = advise(self.snapshot, Track(), self.settings, self.caps)
        said, self.seen = taken(advice, self.last, self.deals, self.seen)
        self.last = advice
        return said

    def one(self, *deals: Deal, **changed: Any) -> Taken:  # noqa: ANN401
        """The one order that a look writes."""
        (said,) = self.look(*deals, **changed)
        return said


# -- what was said --


def test_a_buy_above_the_suggestion_is_told_with_all_that_was_said_to_it() -> None:
    run = Looks()
    assert run.look() == []
    said = run.one(deal(71, 901, 2.0), positions=(bought(901, 2.0),))
    assert said == Taken(
        at=at(2),
        as_of=at(1),
        ticket=71,
        position=901,
        pending=False,
        symbol="IWM",
        side=BUY,
        lots=2.0,
        stop=35.06,
        bid=40.00,
        ask=40.06,
        answer=Answer.RESIZE,
        suggested=1.4,  # 148.95 / 100
        cap="regime",
        reason="0.30x RISK_OFF since 2018-12-08 (1 sessions)",
        would_bind=None,
        loss_at_stop=near(200.0),  # 2.0 x 100
        formula=Formula(
            money=near(148.95),
            money_cap="regime",
            loss_per_unit=20.0,
            cost_per_lot=0.0,
            floor_loss_per_lot=0.0,
            lots_cap=7.7,
            lots_cap_name="volume_max",
            volume_min=0.3,
            volume_step=0.1,
            default_stop=7.5,
            min_stop=1.5,
        ),
    )


def test_a_buy_below_the_suggestion_is_allowed_as_it_was() -> None:
    run = Looks()
    run.look()
    said = run.one(deal(71, 901, 0.6), positions=(bought(901, 0.6),))
    assert (said.answer, said.suggested) == (Answer.ALLOW, 0.6)
    assert said.loss_at_stop == near(60.0)  # 0.6 x 100


def test_a_sell_is_held_against_the_other_side() -> None:
    run = Looks()
    run.look()
    position = bought(901, 6.0, 45.0, side=SELL, price=40.0)
    said = run.one(deal(71, 901, 6.0, kind="sell"), positions=(position,))
    assert (said.side, said.answer, said.suggested, said.cap) == (SELL, Answer.RESIZE, 4.9, "normal")
    assert said.loss_at_stop == near(603.0)  # 6.0 x 100.5
    assert said.formula is not None
    assert (said.formula.money, said.formula.loss_per_unit) == (near(496.5), 20.1)


def test_the_loss_at_the_stop_holds_all_costs_and_the_formula_is_net_of_those_of_an_order() -> None:
    costs = replace(COSTS, commission_per_lot=1.5, commission_minimum=2.0)
    run = Looks(settings=replace(SETTINGS, costs=costs))
    run.look()
    said = run.one(deal(71, 901, 2.0), positions=(bought(901, 2.0),))
    assert said.loss_at_stop == near(210.0)  # 2.0 x (100 + 2 x 1.5) + 2 x 2
    assert said.suggested == 1.4  # (148.95 - 4) / 103 = 1.407
    assert said.formula is not None
    assert said.formula.money == near(144.95)
    assert said.formula.cost_per_lot == near(3.0)


def test_an_order_without_a_stop_is_answered_at_the_default_one() -> None:
    run = Looks()
    run.look()
    said = run.one(deal(71, 901, 1.2), positions=(bought(901, 1.2, None),))
    assert (said.answer, said.suggested) == (Answer.RESIZE, 0.9)  # 148.95 / (7.5 x 20) = 0.993
    assert (said.stop, said.loss_at_stop) == (None, None)
    assert said.reason == "0.30x RISK_OFF since 2018-12-08 (1 sessions)"


def test_a_stop_on_the_wrong_side_of_the_market_is_answered_at_the_default_one_and_told() -> None:
    run = Looks()
    run.look()
    said = run.one(deal(71, 901, 1.2), positions=(bought(901, 1.2, 40.5),))
    assert (said.suggested, said.stop, said.loss_at_stop) == (0.9, 40.5, None)
    assert said.reason.endswith("; its stop at 40.5 is none to count with: at the default distance")


def test_of_a_symbol_that_is_not_configured_nothing_is_said() -> None:
    run = Looks()
    run.look()
    position = bought(901, 1.0, broker_symbol="GLD.US")
    said = run.one(deal(71, 901, 1.0, broker_symbol="GLD.US"), positions=(position,))
    assert (said.symbol, said.answer, said.suggested, said.cap) == ("GLD.US", None, None, None)
    assert said.reason == "GLD.US is not configured, nothing was advised"
    assert (said.bid, said.ask, said.loss_at_stop, said.formula) == (None, None, None, None)


def test_where_a_fact_was_missing_the_answer_was_no_lots() -> None:
    run = Looks()
    run.snapshot = with_quote(run.snapshot, "IWM", Unknown("no tick"))
    run.look()
    said = run.one(deal(71, 901, 1.0), positions=(bought(901, 1.0),))
    assert (said.answer, said.suggested, said.cap, said.reason) == (
        *(Answer.DENY, 0.0, "broker facts"),
        "no tick",
    )
    assert (said.bid, said.formula, said.loss_at_stop) == (None, None, None)


def test_what_a_dry_run_would_have_left_is_told_in_lots_that_can_be_ordered() -> None:
    run = Looks(caps=[replace(a_cap(0.56, Unit.LOTS, "dry"), advisory=True)])
    run.look()
    said = run.one(deal(71, 901, 1.2), positions=(bought(901, 1.2),))
    assert (said.answer, said.suggested) == (Answer.ALLOW, 1.2)
    assert said.would_bind == Lots(0.5, "dry")


# -- pending orders --


def test_a_pending_order_is_told_once_at_its_own_price_and_not_again_when_it_is_filled() -> None:
    run = Looks()
    run.look()
    said = run.one(orders=(LIMIT,))
    assert (said.ticket, said.position, said.pending) == (802, 802, True)
    assert (said.lots, said.stop) == (5.0, 37.0)
    assert said.suggested == 3.7  # 148.95 / ((39 - 37) x 20) = 3.72
    assert said.loss_at_stop == near(200.0)  # 5.0 x 40
    assert run.look() == []
    moved = replace(LIMIT, price=38.0, stop=36.0)
    assert run.look(orders=(moved,)) == []
    filled = run.look(deal(71, 802, 5.0, order=802), orders=(), positions=(bought(802, 5.0, 36.0),))
    assert filled == []
    assert not run.seen.grown
    assert [run.look() for _ in range(5)] == [[]] * 5


def test_a_pending_order_whose_deal_names_no_order_is_known_by_its_position() -> None:
    run = Looks()
    run.look()
    run.look(orders=(LIMIT,))
    assert run.look(deal(71, 802, 5.0, order=0), orders=(), positions=(bought(802, 5.0),)) == []


def test_an_order_too_far_from_the_market_is_answered_at_the_default_stop() -> None:
    run = Looks()
    run.look()
    said = run.one(orders=(replace(LIMIT, price=30.0, stop=28.0),))  # 25 % away
    assert (said.suggested, said.loss_at_stop) == (0.9, None)


def test_what_was_there_at_the_first_look_was_ordered_before_the_run() -> None:
    run = Looks()
    early = deal(71, 901, 2.0, at=AS_OF)
    assert run.look(early, orders=(LIMIT,), positions=(bought(901, 2.0),)) == []
    assert run.look() == []
    assert run.look(deal(72, 802, 5.0), orders=(), positions=(bought(901, 2.0), bought(802, 5.0))) == []
    late = deal(70, 901, 1.0, at=AS_OF)  # told late, and older than the run
    assert [run.look(late), run.look(), run.look(seconds=9)] == [[]] * 3


# -- an advice that had expired --


@pytest.mark.parametrize(("seconds", "within"), [(6.0, True), (6.1, False)])
def test_an_order_that_was_filled_after_the_advice_expired_was_told_nothing(
    seconds: float, within: bool
) -> None:
    run = Looks()
    run.seen = Orders(lasts=timedelta(seconds=5))
    run.look()  # at 1; nothing is heard of the terminal for five minutes then
    filled = deal(71, 901, 1.2, at=at(seconds))
    said = run.one(filled, seconds=300, positions=(bought(901, 1.2),))
    assert (said.answer is Answer.ALLOW, said.formula is not None, said.ask is not None) == (within,) * 3
    assert (said.symbol, said.as_of) == ("IWM", at(1))
    if not within:
        told = "no advice stood when it was filled: the last one was 5 s old, and had expired"
        assert (said.suggested, said.reason) == (None, told)


def test_an_order_that_waits_and_was_placed_while_nobody_looked_was_told_nothing() -> None:
    run = Looks()
    run.seen = Orders(lasts=timedelta(seconds=5))
    run.look()
    said = run.one(seconds=300, orders=(LIMIT,))
    assert (said.answer, said.formula) == (None, None)
    assert said.reason == "no advice stood when it was seen: the last one was 300 s old, and had expired"


# -- an order does not show all at once --


@pytest.mark.parametrize("later", [3, 200])  # seconds
def test_a_deal_that_comes_after_its_position_has_the_advice_before_the_position(later: float) -> None:
    run = Looks()
    run.look()
    assert run.look(positions=(bought(901, 2.0),)) == []
    said = run.one(deal(71, 901, 2.0), seconds=later)
    assert (said.as_of, said.at) == (at(1), at(2 + later))
    assert said.suggested == 1.4  # once it is open the idea leaves nothing
    assert not run.seen.grown


def test_a_position_that_grows_before_its_first_deal_is_told_keeps_the_advice_before_it_was_there() -> None:
    run = Looks(NETTING)
    run.look()
    run.look(positions=(bought(901, 0.5),))
    run.look(positions=(bought(901, 0.8),))
    said = run.look(deal(71, 901, 0.5), deal(72, 901, 0.3, order=902))
    assert [(one.ticket, one.as_of) for one in said] == [(71, at(1)), (72, at(1))]


def test_a_deal_that_comes_before_its_position_waits_for_the_stop() -> None:
    run = Looks()
    run.look()
    assert run.look(deal(71, 901, 2.0)) == []
    said = run.one(positions=(bought(901, 2.0),))
    assert (said.as_of, said.at, said.stop) == (at(1), at(3), 35.06)
    assert [run.look() for _ in range(5)] == [[]] * 5


def test_a_position_that_no_look_has_shown_is_told_after_three_seconds_without_a_stop() -> None:
    run = Looks()
    run.look()
    assert [run.look(deal(71, 901, 2.0)), run.look(), run.look()] == [[]] * 3
    said = run.one()  # 4 s after the advice before it
    assert (said.as_of, said.at, said.stop, said.suggested) == (at(1), at(5), None, 0.9)
    assert said.reason.endswith("; it was closed before its stop was seen")


def test_a_position_that_is_gone_before_its_deal_is_told_is_forgotten_after_two_minutes() -> None:
    run = Looks()
    run.look()
    run.look(positions=(bought(901, 2.0),))
    run.look(positions=(), seconds=118)  # 119 s after the advice before it
    assert 901 in run.seen.grown
    run.look(seconds=2)
    assert not run.seen.grown


def test_the_deals_of_one_order_are_one_order() -> None:
    run = Looks()
    run.look()
    parts = (deal(71, 901, 0.7), deal(72, 901, 1.1), deal(73, 902, 0.5, order=0), deal(74, 903, 0.4, order=0))
    both = (bought(901, 1.8), bought(902, 0.5), bought(903, 0.4))
    said = run.look(*parts, positions=both)
    assert [(one.ticket, one.lots) for one in said] == [(71, 1.8), (73, 0.5), (74, 0.4)]


@pytest.mark.parametrize(
    "other", [{"kind": "balance"}, {"entry": "out"}, {"entry": "out_by"}]
)  # money, and what closes
def test_a_deal_that_opens_nothing_is_no_order(other: dict[str, Any]) -> None:
    run = Looks()
    run.look(positions=(bought(901, 2.0),))
    assert [run.look(deal(71, 901, 1.0, **other)), run.look(), run.look(seconds=9)] == [[]] * 3


# -- netting --


def test_an_order_that_adds_is_asked_with_its_own_lots() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    # 0.5 lots from 41.0: 2.5 away from their stop, 25; at the default stop 7.5 x 20 x 0.5 = 75 of 148.95.
    grown = replace(POSITION, lots=1.5, stop=FAR_STOP)
    said = run.one(deal(71, 701, 1.0, order=901), positions=(grown,))
    assert (said.ticket, said.position, said.lots) == (71, 701, 1.0)
    assert (said.answer, said.suggested, said.cap) == (Answer.RESIZE, 0.7, "idea")  # 73.95 / 100
    assert said.loss_at_stop == near(100.0)


def test_a_reversal_is_asked_with_what_it_opens() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    after = bought(901, 6.0, 45.0, side=SELL, price=40.0)  # 6.5 sold against 0.5
    reversal = deal(71, 701, 6.5, kind="sell", entry="inout", order=901)
    said = run.one(reversal, positions=(after,))
    assert (said.position, said.side, said.lots, said.stop) == (701, SELL, 6.0, 45.0)
    assert (said.answer, said.suggested) == (Answer.RESIZE, 4.9)
    assert said.loss_at_stop == near(603.0)  # 6.0 x 100.5
    assert not run.seen.grown


def test_a_position_that_keeps_its_ticket_through_a_reversal_has_grown() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    after = replace(POSITION, lots=0.4, side=SELL, price=40.0, stop=45.0)
    assert run.look(positions=(after,)) == []
    said = run.one(deal(71, 701, 0.9, kind="sell", entry="inout", order=901))
    assert (said.as_of, said.lots, said.answer) == (at(1), 0.4, Answer.ALLOW)


def test_a_reversal_that_no_look_has_shown_opens_what_it_did_not_close() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    reversal = deal(71, 701, 6.5, kind="sell", entry="inout", order=901)
    assert run.look(reversal, positions=()) == []
    said = run.one(seconds=3)
    assert (said.lots, said.stop, said.suggested) == (6.0, None, 3.2)  # 496.5 / 150.75 = 3.294


def test_an_order_that_was_reversed_at_once_has_not_the_stop_of_the_other_side() -> None:
    run = Looks(NETTING)
    run.look()
    after = bought(701, 0.4, 45.0, side=SELL, price=40.0)
    reversal = deal(72, 701, 0.9, kind="sell", entry="inout", order=902)
    first, second = run.look(deal(71, 701, 0.5), reversal, positions=(after,))
    assert (first.side, first.lots, first.stop) == (BUY, 0.5, None)
    assert (second.side, second.lots, second.stop) == (SELL, 0.4, 45.0)


def test_an_order_that_waits_to_add_is_of_the_open_position() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    said = run.one(orders=(LIMIT,))
    assert (said.ticket, said.position) == (802, 701)
    grown = replace(POSITION, lots=5.5, stop=37.0)
    assert run.look(deal(71, 701, 5.0, order=802), orders=(), positions=(grown,)) == []


def test_an_order_that_waited_to_add_and_opens_instead_is_told_for_its_own_position() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    run.look(orders=(LIMIT,))
    run.look(positions=())
    said = run.one(deal(71, 802, 5.0, order=802), orders=(), positions=(bought(802, 5.0, 37.0),))
    assert (said.ticket, said.position, said.pending) == (71, 802, False)


def test_an_order_that_waits_on_the_other_side_only_reduces() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    said = run.one(orders=(replace(LIMIT, side=Side.SELL, lots=0.5, price=42.0, stop=None),))
    assert (said.position, said.answer, said.cap) == (802, Answer.ALLOW, "open position")
    assert (said.loss_at_stop, said.stop) == (None, None)


def test_an_order_that_only_reduces_loses_nothing_at_a_stop() -> None:
    run = Looks(NETTING)
    run.look(positions=(POSITION,))
    said = run.one(orders=(replace(LIMIT, side=Side.SELL, lots=0.5, price=42.0, stop=44.0),))
    assert (said.cap, said.loss_at_stop, said.stop) == ("open position", None, 44.0)


def test_a_quote_that_was_there_is_that_of_the_advice_and_not_of_the_order() -> None:
    run = Looks()
    run.look()
    run.snapshot = with_quote(run.snapshot, "IWM", Quote(39.0, 39.07, AS_OF))
    said = run.one(deal(71, 901, 0.6), positions=(bought(901, 0.6),))
    assert (said.bid, said.ask) == (40.00, 40.06)
