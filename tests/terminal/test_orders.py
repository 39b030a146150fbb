"""The scripted account's orders: netted, waiting, and refused (brokers B to E)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assistant.terminal.feeds import feed
from assistant.terminal.ledger import (
    Entry,
    Ledger,
    PaperOperation,
    PaperOrder,
    PaperReduction,
    PaperStop,
    PaperTrade,
    packaged_ledger,
)
from assistant.terminal.profile import letters, profile
from assistant.terminal.script import PendingKind
from assistant.terminal.ticks import Quote
from tests.doubles.trader import END, EURO, at, buy, ms, netting, sell

IN, OUT, INOUT = 0, 1, 2  # DEAL_ENTRY_*

# --- netting ------------------------------------------------------------------------------------------------

ADDED = buy(8.5, "24T15:00", stop=120.0), buy(3.25, "24T17:00", stop=119.5)
AVERAGE = (8.5 * 128.18 + 3.25 * 126.29) / 11.75
# Nights of the 24th and the 25th at a bid of 125.88: twice 1175 x 125.88 x 6.5 % / 360 = 26.71


def test_an_order_on_the_same_side_adds_at_the_average_price_and_brings_its_stop() -> None:
    ledger = netting(*ADDED)
    (position,) = ledger.positions(ms("24T17:30"))
    assert (position.volume, position.sl) == (11.75, 119.5)
    assert position.price_open == pytest.approx(127.6572340)
    assert position.ticket == position.identifier == 50_000_001
    assert (position.time, position.time_update) == (
        ms("24T17:00") // 1000,
        ms("24T19:00") // 1000,
    )  # UTC + 2 h
    assert [deal.entry for deal in ledger.deals(END)[1:]] == [IN, IN]
    assert {deal.position_id for deal in ledger.deals(END)[1:]} == {50_000_001}
    assert ledger.account(ms("24T17:30")).margin == 29_999.45  # 1175 x 127.6572340 x 0.2


def test_an_opposite_order_takes_away_and_books_its_part() -> None:
    ledger = netting(*ADDED, sell(4, "26T15:00"))
    deal = ledger.deals(END)[-1]
    assert (deal.type, deal.entry, deal.volume, deal.position_id) == (1, OUT, 4.0, 50_000_001)
    assert deal.profit == -626.89  # 400 x (126.09 - 127.6572340)
    assert deal.swap == -18.19  # 4 / 11.75 of 53.42
    (position,) = ledger.positions(ms("26T15:00"))
    assert (position.volume, position.sl, position.swap) == (7.75, 119.5, -35.23)
    assert position.price_open == pytest.approx(AVERAGE)


def test_a_larger_opposite_order_reverses_and_the_position_takes_its_ticket() -> None:
    ledger = netting(*ADDED, sell(4, "26T15:00"), sell(12.5, "26T18:00", stop=136.0))
    deal = ledger.deals(END)[-1]
    assert (deal.type, deal.entry, deal.volume, deal.price) == (1, INOUT, 12.5, 129.66)
    assert deal.profit == 1552.14  # 775 x (129.66 - 127.6572340)
    assert (deal.swap, deal.commission, deal.fee) == (-35.23, -18.75, -0.35)  # 1250 x 0.015
    (position,) = ledger.positions(ms("26T18:00"))
    assert (position.type, position.volume, position.price_open, position.sl) == (1, 4.75, 129.66, 136.0)
    assert (position.ticket, position.identifier) == (deal.order, 50_000_001)
    assert position.swap == 0.0
    assert ledger.account(ms("26T18:00")).margin == 12_317.70  # 475 x 129.66 x 0.2


def test_an_equal_opposite_order_closes() -> None:
    ledger = netting(*ADDED, sell(11.75, "24T17:30"))
    assert ledger.positions_total(ms("24T17:30")) == 0
    assert (ledger.deals(END)[-1].entry, ledger.account(END).margin) == (OUT, 0.0)


def test_a_new_position_after_a_closed_one_has_an_identifier_of_its_own() -> None:
    ledger = netting(buy(8.5, "24T15:00"), sell(8.5, "24T16:00"), buy(2, "24T17:00"))
    (position,) = ledger.positions(END)
    assert position.ticket == position.identifier == 50_000_003


def test_an_order_that_adds_without_a_stop_clears_the_position_s() -> None:
    ledger = netting(buy(8.5, "24T15:00", stop=126.0), buy(3.25, "24T15:30"))  # the low is 125.84
    (position,) = ledger.positions(ms("24T18:00"))
    assert (position.volume, position.sl) == (11.75, 0.0)


def test_an_order_that_takes_away_leaves_the_stop_for_the_rest() -> None:
    ledger = netting(buy(8.5, "24T15:00", stop=126.0), sell(3.25, "24T15:30"))
    deal = ledger.deals(END)[-1]
    assert (deal.reason, deal.volume, deal.comment) == (4, 5.25, "[sl 126.00]")  # DEAL_REASON_SL


def test_a_trade_s_close_takes_away_its_lots_or_what_is_left_of_them() -> None:
    script = [buy(8.5, "24T15:00", "24T17:30"), buy(3.25, "24T15:30")]
    assert netting(*script).positions(END)[0].volume == 3.25
    script.append(sell(5.25, "24T16:00"))  # 6.5 are left
    assert netting(*script).positions_total(END) == 0
    script.append(sell(10, "24T16:30"))  # reversed to 3.5 short: nothing of the trade is left
    assert netting(*script).positions(END)[0].volume == 3.5


def test_symbols_are_netted_each_by_itself() -> None:
    ledger = netting(buy(8.5, "24T15:00"), sell(8.5, "24T15:00", symbol="SPY"))
    assert [position.symbol for position in ledger.positions(END)] == ["IWM", "SPY"]


def test_more_lots_in_one_direction_than_allowed_are_refused() -> None:
    first = buy(60, "24T15:00", symbol="XLF")
    assert netting(first, buy(30, "24T15:30", symbol="XLF")).positions(END)[0].volume == 90
    assert netting(first, sell(60, "24T15:30", symbol="XLF")).positions_total(END) == 0
    waiting = PaperOrder("XLF", "buy_limit", 30.01, 21.0, at("24T15:30"))
    for more in (buy(30.01, "24T15:30", symbol="XLF"), waiting):
        with pytest.raises(ValueError, match="60 lots are open and pending, at most 90"):
            netting(first, more)


# --- pending orders -----------------------------------------------------------------------------------------


def first_tick(name: str, letter: str, after: str, reached: Callable[[Quote], bool]) -> int:
    """Look at every tick, as no code under test does: UTC epoch ms of the first that satisfies."""
    ticks, moment = feed(profile(letter).contracts[name]), ms(after)
    while True:
        quote = ticks.quote(moment)
        if quote.time_ms > ms(after) and reached(quote):
            return quote.time_ms
        moment += 1000


@pytest.mark.parametrize(
    ("kind", "price", "reached"),
    [  # IWM stands at 126.09 / 126.12, falls to 125.81 and rises to 132.10
        ("buy_limit", 125.90, lambda quote: quote.ask <= 125.90),
        ("sell_stop", 125.90, lambda quote: quote.bid <= 125.90),
        ("sell_limit", 128.50, lambda quote: quote.bid >= 128.50),
        ("buy_stop", 128.50, lambda quote: quote.ask >= 128.50),
    ],
)
def test_a_pending_order_waits_for_the_first_tick_that_reaches_its_price(
    kind: PendingKind, price: float, reached: Callable[[Quote], bool]
) -> None:
    ledger = netting(PaperOrder("IWM", kind, 2.5, price, at("26T15:00"), stop=None))
    filled_ms = first_tick("IWM", "C", "26T15:00", reached)
    assert [
        ledger.orders_total(moment)
        for moment in (ms("26T15:00") - 1, ms("26T15:00"), filled_ms - 1, filled_ms)
    ] == [0, 1, 1, 0]
    (waiting,), (done,) = ledger.orders(filled_ms - 1), ledger.history_orders(filled_ms)
    assert ledger.history_orders(filled_ms - 1) == ()
    assert (waiting.state, waiting.price_open, waiting.volume_current, waiting.time_done) == (
        1,
        price,
        2.5,
        0,
    )
    assert (done.state, done.price_open, done.volume_current, done.ticket) == (4, price, 0.0, waiting.ticket)
    deal = ledger.deals(filled_ms)[-1]
    quote = feed(profile("C").contracts["IWM"]).quote(filled_ms)
    assert deal.price == (quote.ask if kind.startswith("buy") else quote.bid)
    assert deal.order == done.ticket == deal.position_id == done.position_id
    assert deal.time_msc == filled_ms + 2 * 3_600_000  # server clock: UTC + 2 h in winter


def test_a_cancelled_order_fills_no_more_and_stays_in_the_history() -> None:
    order = PaperOrder("IWM", "buy_limit", 2.5, 125.90, at("26T14:45"), at("26T15:00"), stop=124.0)
    ledger = netting(order)
    (done,) = ledger.history_orders(END)
    assert (done.state, done.type, done.volume_current, done.sl) == (2, 2, 2.5, 124.0)  # ORDER_STATE_CANCELED
    assert done.time_done - done.time_setup == 15 * 60
    assert len(ledger.deals(END)) == 1
    assert ledger.orders_total(ms("26T15:00")) == 0


def test_an_order_that_is_never_reached_waits_to_the_end() -> None:
    ledger = netting(PaperOrder("IWM", "buy_limit", 2.5, 99.0, at("26T15:00")))
    assert (ledger.orders_total(END), ledger.history_orders(END)) == (1, ())


def test_a_filled_order_changes_the_position_of_a_netting_account() -> None:
    ledger = netting(buy(2.5, "26T15:00"), PaperOrder("IWM", "sell_limit", 2.5, 128.50, at("26T15:00")))
    assert ledger.positions_total(END) == 0
    assert ledger.deals(END)[-1].entry == OUT


def test_every_deal_of_an_order_finds_it_in_the_history() -> None:
    for letter in letters():
        ledger = packaged_ledger(letter)
        traded = [deal.order for deal in ledger.deals(END) if deal.order]
        filled = [order.ticket for order in ledger.history_orders(END) if order.state == 4]
        assert traded == filled


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letter", "entry", "why"),
    [
        ("B", buy(0.125, "26T15:00"), "lots must be 0.1 to 800 in steps of 0.01"),
        ("B", buy(0.05, "26T15:00"), "lots must be"),
        ("B", buy(3, "26T15:00", stop=126.09), "stop 126.09 is nearer"),
        ("B", buy(3, "26T15:00", symbol="US2000"), "not recorded"),
        (
            "C",
            PaperOrder("IWM", "buy_limit", 1.5, 126.03, at("26T15:00")),
            "price 126.03 is nearer than 0.10",
        ),
        ("C", PaperOrder("IWM", "buy_stop", 1.5, 126.00, at("26T15:00")), "price 126.0 is nearer"),
        (
            "C",
            PaperOrder("IWM", "buy_limit", 1.5, 125.0, at("26T15:00"), stop=124.95),
            "stop 124.95 is nearer",
        ),
        (
            "C",
            PaperOrder("IWM", "buy_limit", 1.5, 125.0, at("26T15:00"), at("26T14:59")),
            "cancelled before it is placed",
        ),
        ("C", PaperOrder("IWM", "buy", 1.5, 125.0, at("26T15:00")), "kind must be one of"),  # type: ignore[arg-type]
        ("C", PaperOrder("IWM", "buy_limit", 1.5, 125.0, at("26T13:00")), "market is closed"),
        ("C", PaperTrade("IWM", "long", 1.5, at("26T15:00")), "side must be"),  # type: ignore[arg-type]
        ("D", buy(3, "26T20:50"), "last 10 minutes"),
        ("D", buy(3, "24T17:50"), "last 10 minutes"),  # a half-day ends at 18:00
        ("E", buy(3, "26T22:30"), "not recorded"),
        ("E", buy(3, "26T22:30", symbol="US2000"), "market is closed"),  # the break after 17:00 New York
        ("F", PaperReduction("IWM", 3, at("26T15:00")), "reduce 3 IWM at .*: 0 lots are open"),
        ("F", PaperReduction("IWM", 3, at("26T22:30")), "closes while the market is closed"),
        ("F", PaperReduction("IWM", 0.5, at("26T15:00")), "lots must be 1 to 5000"),
        ("F", PaperReduction("US2000", 3, at("26T15:00")), "not recorded"),
        ("F", PaperStop("IWM", 120.0, at("26T15:00")), "stop 120.0 of IWM at .*: no position is open"),
        ("F", PaperStop("IWM", 120.0, at("26T22:30")), "is put while the market is closed"),
        ("C", PaperOperation("balance", -250_000.01, at("26T15:00")), "no money: free margin would be -0.01"),
        ("C", PaperOperation("credit", 500, datetime(2016, 1, 1, tzinfo=UTC)), "does not exist yet"),
    ],
)
def test_what_the_broker_would_refuse_is_refused(letter: str, entry: Entry, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Ledger(profile(letter), [entry])


def test_more_than_is_open_cannot_be_taken_away() -> None:
    script: list[Entry] = [buy(3, "26T15:00"), PaperReduction("IWM", 4, at("26T16:00"))]
    with pytest.raises(ValueError, match="3 lots are open"):
        Ledger(profile("F"), script)


def test_a_stop_that_was_moved_away_is_reached_later_and_one_taken_away_never() -> None:
    """IWM falls from 126.28 at the open to 125.90 at 15:30, and rises from there on."""
    bought: list[Entry] = [buy(3, "26T14:40", stop=126.00)]
    near = Ledger(profile("F"), bought)
    wide = Ledger(profile("F"), [*bought, PaperStop("IWM", 125.93, at("26T14:50"))])
    without = Ledger(profile("F"), [*bought, PaperStop("IWM.ETF", None, at("26T14:50"))])
    assert [one.sl for one in wide.positions(ms("26T14:49"))] == [126.00]
    assert [one.sl for one in wide.positions(ms("26T14:50"))] == [125.93]
    assert [one.sl for one in without.positions(ms("26T14:50"))] == [0.0]
    stopped, later = near.deals(END)[-1], wide.deals(END)[-1]
    assert (stopped.entry, later.entry) == (1, 1)  # DEAL_ENTRY_OUT
    assert (stopped.comment, later.comment) == ("[sl 126.00]", "[sl 125.93]")
    assert stopped.time < later.time
    assert without.positions_total(END) == 1


def test_a_stop_nearer_than_the_broker_allows_is_refused() -> None:
    """A's stops level is 5 points; 126.01 is bid at 15:15."""
    script: list[Entry] = [buy(3, "26T14:40", stop=125.00), PaperStop("IWM", 125.99, at("26T15:15"))]
    with pytest.raises(ValueError, match=r"stop 125\.99 is nearer than 0\.05"):
        Ledger(profile("A"), script)


def test_in_the_last_minutes_positions_are_still_closed() -> None:
    ledger = Ledger(profile("D"), [buy(3, "26T20:49", "26T20:55")])
    assert len(ledger.deals(END)) == 3
    reduced = Ledger(profile("D"), [buy(3, "26T20:49"), PaperReduction("IWM", 1, at("26T20:55"))])
    assert [deal.volume for deal in reduced.deals(END)[1:]] == [3, 1]


def test_round_the_clock_is_traded_before_the_session() -> None:
    (position,) = Ledger(profile("E"), [buy(2.4, "26T13:05", symbol="US500")]).positions(ms("26T13:05"))
    assert position.profit == pytest.approx(-2.4 * 0.2)  # the spread


def test_a_symbol_whose_money_cannot_be_converted_is_refused() -> None:
    pounds = replace(EURO, account=replace(EURO.account, currency="GBP"))
    with pytest.raises(ValueError, match="no cross of USD and GBP"):
        Ledger(pounds, [buy(3, "26T15:00")])


def test_before_the_deposit_there_is_no_account() -> None:
    with pytest.raises(ValueError, match="does not exist yet"):
        netting().account(0)
