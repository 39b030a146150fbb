"""The scripted account on a hedging account in the currency of its symbols, without costs (broker A)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal.calculation import Side
from assistant.terminal.ledger import Entry, Ledger, PaperReduction, PaperTrade, packaged_ledger
from assistant.terminal.profile import profile
from assistant.terminal.recording import recording
from assistant.terminal.script import packaged_script


def at(text: str) -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ms(text: str) -> int:
    """UTC epoch ms of an ISO instant."""
    return round(at(text).timestamp() * 1000)


def a_trade(side: Side = "buy", lots: float = 40, **changes: Any) -> PaperTrade:  # noqa: ANN401 -- fields of several types
    """IWM from 15:00 UTC on 2018-12-26, when it is quoted 126.09 / 126.12."""
    facts: dict[str, Any] = {"symbol": "IWM", "side": side, "lots": lots, "opens_at": at("2018-12-26T15:00")}
    return PaperTrade(**(facts | changes))


def played(script: Sequence[Entry]) -> Ledger:
    return Ledger(profile("A"), script)


END = ms("2019-01-01T00:00")


def test_the_account_begins_with_a_deposit() -> None:
    (deposit,) = played([]).deals(END)
    assert (deposit.type, deposit.profit, deposit.symbol) == (2, 100_000.0, "")  # DEAL_TYPE_BALANCE
    assert played([]).account(END).balance == 100_000.0


def test_an_account_without_positions_has_no_margin_level() -> None:
    account = played([]).account(END)
    assert (account.equity, account.margin, account.margin_free) == (100_000.0, 0.0, 100_000.0)
    assert account.margin_level == 0.0


def test_a_long_position_is_bought_at_the_ask_and_valued_at_the_bid() -> None:
    ledger = played([a_trade()])
    (position,) = ledger.positions(ms("2018-12-26T15:00"))
    assert (position.price_open, position.price_current) == (126.12, 126.09)
    assert position.profit == -1.20  # 40 x -0.03, the spread
    assert (position.type, position.sl, position.volume, position.symbol) == (0, 0.0, 40.0, "IWM.US")


def test_a_short_position_is_sold_at_the_bid_and_valued_at_the_ask() -> None:
    (position,) = played([a_trade("sell")]).positions(ms("2018-12-26T21:00"))
    assert (position.price_open, position.price_current) == (126.09, 131.96)  # the close 131.93 + 0.03
    assert position.profit == -234.80  # 40 x (126.09 - 131.96)
    assert position.type == 1


def test_the_account_s_numbers_follow_from_its_positions() -> None:
    account = played([a_trade()]).account(ms("2018-12-26T21:00"))
    assert account.profit == 232.40  # 40 x (131.93 - 126.12)
    assert account.equity == 100_232.40
    assert account.margin == 1008.96  # 40 x 1 x 126.12 x 0.20
    assert account.margin_free == 99_223.44
    assert account.margin_level == pytest.approx(9934.2293, abs=1e-4)  # 100232.40 / 1008.96 x 100


def test_opposite_positions_in_one_symbol_take_the_margin_of_the_larger_leg() -> None:
    account = played([a_trade(), a_trade("sell", 30)]).account(ms("2018-12-26T21:00"))
    assert account.margin == 1008.96  # the long leg; 30 x 126.09 x 0.20 = 756.54 is smaller


def test_a_position_exists_from_its_opening_to_just_before_its_close() -> None:
    ledger = played([a_trade(closes_at=at("2018-12-26T16:00"))])
    opened, closed = ms("2018-12-26T15:00"), ms("2018-12-26T16:00")
    assert [ledger.positions_total(moment) for moment in (opened - 1, opened, closed - 1, closed)] == [
        0,
        1,
        1,
        0,
    ]
    assert [len(ledger.deals(moment)) for moment in (opened - 1, opened, closed - 1, closed)] == [1, 2, 2, 3]


def test_a_close_books_the_floating_profit() -> None:
    ledger, closed = played([a_trade(closes_at=at("2018-12-26T20:00"))]), ms("2018-12-26T20:00")
    before, after = ledger.account(closed - 1), ledger.account(closed)
    out = ledger.deals(closed)[-1]
    assert out.profit == round(40 * (recording("IWM").quote(closed).bid - 126.12), 2)
    assert (out.type, out.entry, out.reason) == (
        1,
        1,
        0,
    )  # DEAL_TYPE_SELL, DEAL_ENTRY_OUT, DEAL_REASON_CLIENT
    assert after.balance == 100_000 + out.profit
    assert after.equity == pytest.approx(before.equity, abs=40 * 0.10)
    assert after.margin == 0


def test_a_stop_is_hit_at_the_first_tick_that_reaches_it() -> None:
    # IWM falls from 126.09 to the session's low of 125.81.
    deal = played([a_trade(stop=125.90)]).deals(END)[-1]
    iwm, hit_ms = recording("IWM"), deal.time_msc - 2 * 3_600_000  # server clock: UTC + 2 h in winter
    assert (deal.reason, deal.comment) == (4, "[sl 125.90]")  # DEAL_REASON_SL
    assert deal.price == iwm.quote(hit_ms).bid <= 125.90
    assert iwm.quote(hit_ms).time_ms == hit_ms
    for earlier in range(ms("2018-12-26T15:00"), hit_ms, 2000):
        assert iwm.quote(earlier).bid > 125.90


def test_a_stop_at_the_low_is_hit_and_one_a_cent_below_it_holds() -> None:
    day_end = ms("2018-12-26T21:00")
    assert played([a_trade(stop=125.81)]).positions_total(day_end) == 0
    assert played([a_trade(stop=125.80)]).positions_total(day_end) == 1


def test_a_short_stop_is_reached_by_the_ask() -> None:
    # IWM's high of 132.10 is 132.13 asked.
    day_end = ms("2018-12-26T21:00")
    assert played([a_trade("sell", stop=132.13)]).deals(day_end)[-1].price == 132.13
    assert played([a_trade("sell", stop=132.14)]).positions_total(day_end) == 1


def test_a_stop_jumped_over_by_the_night_is_filled_at_the_next_open() -> None:
    # IWM closes 2018-12-26 at 131.93 and opens the next session at 130.27.
    trade = a_trade(opens_at=at("2018-12-26T20:59"), stop=131.00)
    deal = played([trade]).deals(END)[-1]
    assert (deal.reason, deal.price) == (4, 130.27)
    assert deal.time == ms("2018-12-27T16:30") // 1000  # 14:30 UTC is 16:30 at the server


def test_a_close_before_the_stop_is_reached_goes_first() -> None:
    deals = played([a_trade(stop=125.90, closes_at=at("2018-12-26T15:01"))]).deals(END)
    assert [deal.reason for deal in deals] == [0, 0, 0]


def test_a_stop_reached_at_the_very_instant_of_the_close_goes_first() -> None:
    hit_ms = played([a_trade(stop=125.90)]).deals(END)[-1].time_msc - 2 * 3_600_000
    closes_at = datetime.fromtimestamp(hit_ms / 1000, UTC)
    assert played([a_trade(stop=125.90, closes_at=closes_at)]).deals(END)[-1].reason == 4


def test_the_packaged_script_is_read_as_written() -> None:
    trades = packaged_script("A")
    assert len(trades) == 5
    assert sum(trade.begins_at.date() == at("2018-12-26").date() for trade in trades) == 4
    iwm = trades[1]
    assert isinstance(iwm, PaperTrade)
    assert (iwm.symbol, iwm.side, iwm.lots, iwm.stop, iwm.closes_at) == ("IWM", "buy", 24.0, 121.0, None)


def test_a_part_close_is_a_row_of_the_script() -> None:
    assert packaged_script("F")[-1] == PaperReduction("IWM", 20.0, at("2018-12-26T17:00"))


def test_of_the_packaged_script_one_stop_is_hit_and_one_position_is_held_over_the_night() -> None:
    ledger = packaged_ledger("A")
    stopped = [deal for deal in ledger.deals(END) if deal.reason == 4]
    assert [(deal.symbol, deal.price, deal.profit) for deal in stopped] == [
        ("XLU.US", 52.00, -91.80)  # 90 x (50.98 - 52.00)
    ]
    (held,) = ledger.positions(ms("2018-12-25T12:00"))
    assert (held.symbol, held.price_current) == ("IEF.US", 103.48)  # the close of the half-day


def test_the_packaged_script_risks_between_0_05_and_0_2_percent_a_trade_to_its_stop() -> None:
    for position in packaged_ledger("A").positions(ms("2018-12-26T17:00")):
        risk = abs(position.price_open - position.sl) * position.volume
        assert 50 <= risk <= 200


def test_tickets_are_numbered_in_the_order_of_time() -> None:
    deals = packaged_ledger("A").deals(END)
    assert [deal.ticket for deal in deals] == sorted({deal.ticket for deal in deals})
    assert [deal.time_msc for deal in deals] == sorted(deal.time_msc for deal in deals)
    for deal in deals[1:]:
        assert deal.position_id in {other.order for other in deals if other.entry == 0}


@pytest.mark.parametrize(
    ("trade", "why"),
    [
        (a_trade(symbol="EEM"), "not recorded"),
        (a_trade(lots=0), "lots"),
        (a_trade(lots=1.5), "lots"),
        (a_trade(lots=5001), "lots"),
        (a_trade(opens_at=at("2018-12-25T15:00")), "market is closed"),
        (a_trade(opens_at=at("2018-12-26T21:00")), "market is closed"),
        (a_trade(opens_at=at("2016-10-01T15:00")), "market is closed"),
        (a_trade(closes_at=at("2018-12-26T14:59")), "closes before it opens"),
        (a_trade(closes_at=at("2018-12-26T22:00")), "market is closed"),
        (a_trade(stop=126.05), "stop"),  # 0.04 under the bid, the broker asks for 0.05
        (a_trade("sell", stop=126.16), "stop"),  # 0.04 over the ask
        (a_trade(lots=4000), "no money"),  # 4000 x 126.12 x 0.20 = 100896 of margin
        (a_trade(opens_at=datetime(2018, 12, 26, 15)), "aware"),  # noqa: DTZ001 - naive on purpose
    ],
)
def test_what_the_broker_would_refuse_is_refused(trade: PaperTrade, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        played([trade])


def test_a_stop_exactly_at_the_broker_s_distance_is_taken() -> None:
    assert played([a_trade(stop=126.04)]).positions_total(ms("2018-12-26T15:00")) == 1  # 126.09 - 0.05
    assert (
        played([a_trade("sell", stop=126.17)]).positions_total(ms("2018-12-26T15:00")) == 1
    )  # 126.12 + 0.05


@given(minutes=st.lists(st.integers(-3000, 8000), min_size=1, max_size=12))
def test_the_account_does_not_depend_on_who_looked_before(minutes: list[int]) -> None:
    start = ms("2018-12-26T14:30")
    looked_at = played(packaged_script("A"))
    for minute in minutes:
        looked_at.account(start + minute * 60_000)
    last = start + minutes[-1] * 60_000
    assert looked_at.account(last) == packaged_ledger("A").account(last)
    assert looked_at.positions(last) == packaged_ledger("A").positions(last)


@given(minute=st.integers(-4000, 8000))
def test_balance_is_the_sum_of_the_deals_and_equity_the_balance_and_the_open_profit(minute: int) -> None:
    at_ms = ms("2018-12-26T14:30") + minute * 60_000
    ledger = packaged_ledger("A")
    account = ledger.account(at_ms)
    assert account.balance == pytest.approx(sum(deal.profit for deal in ledger.deals(at_ms)))
    floating = sum(position.profit for position in ledger.positions(at_ms))
    assert account.equity == pytest.approx(account.balance + floating)
    assert account.margin_free == pytest.approx(account.equity - account.margin)
