"""The scripted account with costs, nights, another currency, netting and pending orders (brokers B to E)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal.booking import next_midnight, nights
from assistant.terminal.feeds import feed
from assistant.terminal.ledger import Entry, Ledger, PaperOperation, PaperOrder, PaperTrade, packaged_ledger
from assistant.terminal.profile import Profile, letters, profile, server_ms
from assistant.terminal.script import PendingKind
from assistant.terminal.ticks import Quote

IN, OUT, INOUT = 0, 1, 2  # DEAL_ENTRY_*


def at(text: str) -> datetime:
    """An instant of December 2018, UTC: "26T15:00"."""
    return datetime.fromisoformat(f"2018-12-{text}").replace(tzinfo=UTC)


def ms(text: str) -> int:
    return round(at(text).timestamp() * 1000)


def with_terms(letter: str, symbol: str, **terms: Any) -> Profile:
    """A broker with other terms in one symbol."""
    base = profile(letter)
    contract = base.contracts[symbol]
    other = replace(contract, terms=replace(contract.terms, **terms))
    return replace(base, contracts=MappingProxyType({**base.contracts, symbol: other}))


# Ten shares a lot, a quarter of the full margin, an account in EUR with credit, leverage 5.
EURO = with_terms("B", "#IWM", contract_size=10.0, margin_rate=0.25)
END = ms("31T00:00")


def buy(
    lots: float,
    opens_at: str,
    closes_at: str | None = None,
    *,
    symbol: str = "IWM",
    stop: float | None = None,
) -> PaperTrade:
    return PaperTrade(symbol, "buy", lots, at(opens_at), at(closes_at) if closes_at else None, stop)


def sell(lots: float, opens_at: str, *, symbol: str = "IWM", stop: float | None = None) -> PaperTrade:
    return replace(buy(lots, opens_at, symbol=symbol, stop=stop), side="sell")


def netting(*script: Entry) -> Ledger:
    """The netting account: 100 shares a lot, a fifth of the full margin, in USD."""
    return Ledger(profile("C"), script)


# --- another currency, credit and commission ----------------------------------------------------------------


def test_equity_is_balance_credit_and_what_the_cross_makes_of_the_open_profit() -> None:
    # 605 shares at 126.12. EURUSD is 1.14093 bid then, 1.14155 asked three hours later.
    account = Ledger(EURO, [buy(60.5, "26T15:00")]).account(ms("26T18:00"))
    assert account.balance == 79_989.39  # 80000 - 605 x 0.02 / 1.14093
    assert account.credit == 2500.00
    assert account.profit == 1876.13  # 605 x (129.66 - 126.12) / 1.14155
    assert account.equity == 84_365.52
    assert account.margin == 3343.88  # 605 x 126.12 / 5 x 0.25 / 1.14093, as when it was opened
    assert account.margin_free == 81_021.64
    assert account.margin_level == pytest.approx(84_365.52 / 3343.88 * 100)


def test_deposit_and_credit_are_deals_of_their_own_kind() -> None:
    deposit, credit = Ledger(EURO, []).deals(END)
    assert (deposit.type, deposit.profit, deposit.comment) == (2, 80_000.00, "Deposit")  # DEAL_TYPE_BALANCE
    assert (credit.type, credit.profit, credit.comment) == (3, 2500.00, "Credit")  # DEAL_TYPE_CREDIT


def test_commission_is_charged_by_the_share_and_never_below_the_minimum_of_an_order() -> None:
    deals = Ledger(EURO, [buy(60.5, "26T15:00"), buy(4.5, "26T15:00")]).deals(END)
    assert [deal.commission for deal in deals[2:]] == [
        -10.61,  # 605 x 0.02 / 1.14093
        -0.88,  # 45 x 0.02 = 0.90 is below 1 USD: 1 / 1.14093
    ]


def test_commission_is_charged_again_for_the_closing_order() -> None:
    deal = Ledger(EURO, [buy(60.5, "26T15:00", "26T18:00")]).deals(END)[-1]
    assert deal.commission == -10.60  # 605 x 0.02 / 1.14147
    assert deal.profit == 1876.13


def test_a_fee_is_charged_beside_the_commission() -> None:
    deal = netting(buy(8.5, "24T15:00")).deals(END)[-1]
    assert (deal.commission, deal.fee) == (-12.75, -0.35)  # 850 x 0.015, and for the order


def test_money_paid_in_and_out_moves_the_balance_at_its_instant() -> None:
    script = [
        PaperOperation("balance", -1500.25, at("24T10:00"), "Withdrawal"),
        PaperOperation("credit", 300, at("24T11:00")),
    ]
    ledger = Ledger(EURO, script)
    before, after = ledger.account(ms("24T10:00") - 1), ledger.account(ms("24T11:00"))
    assert (before.balance, before.credit) == (80_000.00, 2500.00)
    assert (after.balance, after.credit, after.equity) == (78_499.75, 2800.00, 81_299.75)
    assert ledger.deals(END)[2].comment == "Withdrawal"


def test_a_pair_is_traded_as_any_symbol() -> None:
    ledger = Ledger(profile("B"), [buy(0.3, "26T15:00", symbol="EURUSD")])
    assert ledger.account(ms("26T15:00")).margin == 6000.00  # 0.3 x 100000 / 5, EUR itself
    (position,) = ledger.positions(ms("26T18:00"))
    assert position.price_open == 1.14101
    assert position.profit == 12.09  # 30000 x (1.14147 - 1.14101) / 1.14155


# --- nights -------------------------------------------------------------------------------------------------


def test_swap_in_points_is_charged_each_night_thrice_on_friday_and_not_at_the_weekend() -> None:
    ledger = Ledger(EURO, [buy(60.5, "20T15:30")])
    cross = feed(EURO.contracts["EURUSD"])

    def night(midnight: str, days: int) -> float:
        """605 shares x 4.2 points x 0.01 at the bid; midnight in Athens is 22:00 UTC."""
        return round(-605 * 4.2 * 0.01 * days / cross.quote(ms(midnight)).bid, 2)

    charged = 0.0
    for midnight, days in [("20", 1), ("21", 3), ("22", 0), ("23", 0), ("24", 1), ("25", 1), ("26", 1)]:
        moment = f"{midnight}T22:00"
        (before,), (after,) = ledger.positions(ms(moment) - 1), ledger.positions(ms(moment))
        assert before.swap == pytest.approx(charged)
        charged += night(moment, days) if days else 0.0
        assert after.swap == pytest.approx(charged)


def test_open_swap_is_in_the_account_s_profit_but_not_in_the_position_s() -> None:
    ledger = Ledger(EURO, [buy(60.5, "20T15:30")])
    (position,), account = ledger.positions(ms("26T18:00")), ledger.account(ms("26T18:00"))
    assert position.swap < 0
    assert account.profit == pytest.approx(position.profit + position.swap)


def test_swap_in_percent_is_a_360th_of_the_price_at_the_server_s_midnight() -> None:
    ledger = netting(buy(8.5, "20T15:30"))
    swaps = [ledger.positions(ms(moment))[0].swap for moment in ("20T21:59", "20T22:00", "21T22:00")]
    assert swaps == [
        0.0,
        -20.23,  # 850 x 131.79 x 6.5 % / 360
        -79.33,  # and for Friday three times 850 x 128.37 x 6.5 % / 360
    ]


def test_a_short_position_pays_the_short_rate_of_the_ask() -> None:
    (position,) = netting(sell(4.75, "27T15:00")).positions(ms("27T22:00"))
    assert position.swap == -3.93  # 475 x 132.51 x 2.25 % / 360


def test_the_swap_of_a_position_is_booked_when_it_is_closed() -> None:
    ledger = netting(buy(8.5, "20T15:30", "21T15:00"))
    opened, closed = ledger.deals(END)[1:]
    assert (opened.swap, closed.swap) == (0.0, -20.23)
    assert ledger.account(END).profit == 0.0


def test_a_swap_mode_without_a_formula_is_refused() -> None:
    swap = replace(profile("C").contracts["IWM"].terms.swap, mode=2)
    with pytest.raises(ValueError, match="swap_mode of IWM was 2"):
        Ledger(with_terms("C", "IWM", swap=swap), [buy(8.5, "20T15:30")])


WEEKDAYS = st.dates(date(2016, 10, 4), date(2018, 12, 28)).filter(lambda day: day.weekday() < 5)


@given(letter=st.sampled_from(letters()), ends=st.tuples(WEEKDAYS, WEEKDAYS), triple=st.integers(1, 5))
def test_from_weekday_to_weekday_as_many_nights_are_charged_as_days_pass(
    letter: str, ends: tuple[date, date], triple: int
) -> None:
    # Over whole weeks the triple day makes up for the weekend; within one it may only lie beside the stay.
    first, last = min(ends), max(ends)
    last = first + timedelta(days=(last - first).days // 7 * 7)
    broker, day, charged = profile(letter), 86_400_000, 0
    now_ms = round(datetime(first.year, first.month, first.day, 12, tzinfo=UTC).timestamp() * 1000)
    while True:
        now_ms = next_midnight(broker, now_ms)
        assert server_ms(broker, now_ms) % day == 0
        if server_ms(broker, now_ms) // day > (last - date(1970, 1, 1)).days:
            break
        charged += nights(broker, triple, now_ms)
    assert charged == (last - first).days


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
        ("C", PaperOrder("IWM", "buy", 1.5, 125.0, at("26T15:00")), "kind must be one of"),  # type: ignore[arg-type] -- on purpose
        ("C", PaperOrder("IWM", "buy_limit", 1.5, 125.0, at("26T13:00")), "market is closed"),
        ("C", PaperTrade("IWM", "long", 1.5, at("26T15:00")), "side must be"),  # type: ignore[arg-type] -- on purpose
        ("D", buy(3, "26T20:50"), "last 10 minutes"),
        ("D", buy(3, "24T17:50"), "last 10 minutes"),  # a half-day ends at 18:00
        ("E", buy(3, "26T22:30"), "not recorded"),
        ("E", buy(3, "26T22:30", symbol="US2000"), "market is closed"),  # the break after 17:00 New York
        ("C", PaperOperation("balance", -250_000.01, at("26T15:00")), "no money: free margin would be -0.01"),
        ("C", PaperOperation("credit", 500, datetime(2016, 1, 1, tzinfo=UTC)), "does not exist yet"),
    ],
)
def test_what_the_broker_would_refuse_is_refused(letter: str, entry: Entry, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Ledger(profile(letter), [entry])


def test_in_the_last_minutes_positions_are_still_closed() -> None:
    ledger = Ledger(profile("D"), [buy(3, "26T20:49", "26T20:55")])
    assert len(ledger.deals(END)) == 3


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


# --- the packaged scripts -----------------------------------------------------------------------------------

EVENING = ms("26T20:59")


@pytest.mark.parametrize(
    ("letter", "positions", "waiting"), [("A", 2, 0), ("B", 2, 1), ("C", 2, 1), ("D", 2, 0), ("E", 2, 1)]
)
def test_each_packaged_script_leaves_something_open(letter: str, positions: int, waiting: int) -> None:
    ledger = packaged_ledger(letter)
    assert (ledger.positions_total(EVENING), ledger.orders_total(EVENING)) == (positions, waiting)
    account = ledger.account(EVENING)
    assert account.margin_level > 500


def test_the_packaged_netting_script_adds_takes_away_and_reverses() -> None:
    deals = [deal for deal in packaged_ledger("C").deals(EVENING) if deal.symbol == "IWM"]
    assert [deal.entry for deal in deals] == [IN, IN, OUT, INOUT]


def test_every_value_of_a_struct_is_of_its_plain_type() -> None:
    for letter in letters():
        ledger = packaged_ledger(letter)
        for structs in (ledger.positions, ledger.orders, ledger.deals, ledger.history_orders):
            for struct in structs(EVENING):
                for field, value in struct._asdict().items():
                    money = field in {"volume", "sl", "tp", "swap", "profit", "commission", "fee"}
                    money |= field.startswith(("price", "volume_"))
                    texts = {"symbol", "comment", "external_id"}
                    assert type(value) is (float if money else str if field in texts else int), field
