"""The scripted account with costs, nights and another currency, and the packaged scripts (brokers A to F)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal.booking import next_midnight, nights
from assistant.terminal.feeds import feed
from assistant.terminal.ledger import Entry, Ledger, PaperOperation, PaperReduction, packaged_ledger
from assistant.terminal.profile import letters, profile, server_ms
from tests.doubles.trader import END, EURO, at, buy, ms, netting, sell, with_terms

IN, OUT, INOUT = 0, 1, 2  # DEAL_ENTRY_*


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


def test_of_a_part_that_is_closed_its_share_of_the_swap_is_booked_and_the_rest_stays() -> None:
    reduced = PaperReduction("IWM", 110.0, at("20T16:00"))
    ledger = Ledger(profile("F"), [buy(330.0, "19T15:00"), buy(50.0, "19T15:00"), reduced])
    first, second = (one.identifier for one in ledger.positions(ms("19T16:00")))
    # On Wednesday thrice: 3 x 330 x 134.00 x 6.5 % / 360 = 23.95, a third of it 7.98.
    deal = ledger.deals(ms("20T16:00"))[-1]
    assert (deal.position_id, deal.entry, deal.type) == (first, OUT, 1)  # DEAL_TYPE_SELL
    assert (deal.volume, deal.swap) == (110.0, -7.98)
    assert deal.profit == -353.10  # 110 x (134.29 - 137.50)
    assert (deal.commission, deal.fee) == (-2.20, -0.25)
    left, other = ledger.positions(ms("20T16:00"))
    assert (left.identifier, left.volume, left.swap, left.price_open) == (first, 220.0, -15.97, 137.50)
    assert (other.identifier, other.volume) == (second, 50.0)


def test_a_part_of_all_lots_closes_the_position() -> None:
    script: list[Entry] = [buy(8.5, "20T15:30"), PaperReduction("IWM", 8.5, at("21T15:00"))]
    assert Ledger(profile("C"), script).positions_total(END) == 0
    assert Ledger(profile("C"), script).deals(END)[-1].entry == OUT


def test_a_trade_that_was_reduced_closes_what_is_left() -> None:
    reduced = PaperReduction("IWM", 110.0, at("20T16:00"))
    script: list[Entry] = [buy(330.0, "19T15:00", "21T15:00"), reduced]
    assert [deal.volume for deal in Ledger(profile("F"), script).deals(END)[1:]] == [330.0, 110.0, 220.0]


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


# --- the packaged scripts -----------------------------------------------------------------------------------

EVENING = ms("26T20:59")


@pytest.mark.parametrize(
    ("letter", "positions", "waiting"),
    [("A", 2, 0), ("B", 2, 1), ("C", 2, 1), ("D", 2, 0), ("E", 2, 1), ("F", 2, 0)],
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
