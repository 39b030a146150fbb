"""Profit, margin and tick value by the published formulas, converted by the broker's own cross."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal import calculation
from assistant.terminal.calculation import Rates, Side, direct, inverse, margin, profit, rates, tick_values
from assistant.terminal.profile import letters
from assistant.terminal.profile import profile as broker
from assistant.terminal.ticks import Quote

if TYPE_CHECKING:
    from assistant.terminal.profile import Contract, Profile

# EURUSD stands at 1.14093 / 1.14101.
AT_MS = round(datetime(2018, 12, 26, 15, tzinfo=UTC).timestamp() * 1000)


def a_symbol(
    currency: str = "USD",
    leverage: int = 5,
    *,
    crosses: bool = True,
    **terms: Any,  # noqa: ANN401 -- fields of several types
) -> tuple[Profile, Contract]:
    """Return a broker and its IWM: 100 shares a lot, a quarter of the full margin, unless said otherwise."""
    base = broker("B")
    facts = {"contract_size": 100.0, "margin_rate": 0.25} | terms
    contract = base.contracts["#IWM"]
    contract = replace(contract, terms=replace(contract.terms, **facts))
    contracts = {"#IWM": contract} | ({"EURUSD": base.contracts["EURUSD"]} if crosses else {})
    account = replace(base.account, currency=currency, leverage=leverage)
    return replace(base, account=account, contracts=MappingProxyType(contracts)), contract


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (2, 7567.20),  # CFD: 2.4 x 100 x 126.12 x 0.25
        (3, 18918.00),  # CFDINDEX: 2.4 x 100 x 126.12 x 0.025 / 0.01 x 0.25
        (4, 1513.44),  # CFDLEVERAGE: 2.4 x 100 x 126.12 / 5 x 0.25
        (32, 7567.20),  # EXCH_STOCKS: as CFD, there is no last price
    ],
)
def test_the_margin_of_each_mode_is_the_published_formula(mode: int, expected: float) -> None:
    terminal, contract = a_symbol(mode=mode, tick_price=0.025)
    assert margin(terminal, contract, "buy", 2.4, 126.12, AT_MS) == expected


def test_the_margin_of_mode_4_is_as_a_terminal_gave_it() -> None:
    # A terminal's own answer: XAUUSD, 100 ounces a lot, leverage 100, 1 lot at 4600.34 -> 4600.34 USD.
    terminal, contract = a_symbol(leverage=100, mode=4, margin_rate=1.0)
    assert margin(terminal, contract, "buy", 1.0, 4600.34, AT_MS) == 4600.34


def test_an_index_without_a_tick_price_of_its_own_takes_the_margin_of_a_cfd() -> None:
    assert margin(*a_symbol(mode=3), "buy", 2.4, 126.12, AT_MS) == 7567.20


def test_a_pair_s_margin_is_in_its_base_currency_and_its_profit_in_the_other() -> None:
    terminal, _ = a_symbol(leverage=5)
    pair = terminal.contracts["EURUSD"]
    pair = replace(pair, terms=replace(pair.terms, margin_rate=0.5))
    # 2.4 x 100000 / 5 x 0.5 = 24000 EUR, a bought position's at the ask 1.14101, a sold one's at the bid.
    assert margin(terminal, pair, "buy", 2.4, 1.2, AT_MS) == 27384.24
    assert margin(terminal, pair, "sell", 2.4, 1.2, AT_MS) == 27382.32
    # (1.1425 - 1.1400) x 100000 x 2.4
    assert profit(terminal, pair, "buy", 2.4, 1.1400, 1.1425, AT_MS) == 600.00


def test_margin_in_another_currency_goes_through_the_inverse_cross() -> None:
    terminal, contract = a_symbol("EUR", mode=2)
    assert margin(terminal, contract, "buy", 2.4, 126.12, AT_MS) == 6632.48  # 7567.20 / 1.14093
    assert margin(terminal, contract, "sell", 2.4, 126.12, AT_MS) == 6632.02  # 7567.20 / 1.14101


def test_a_gain_is_converted_at_the_ask_and_a_loss_at_the_bid_of_the_inverse_cross() -> None:
    terminal, contract = a_symbol("EUR", mode=4)
    # (131.93 - 126.12) x 100 x 2.4 = 1394.40 USD
    assert profit(terminal, contract, "buy", 2.4, 126.12, 131.93, AT_MS) == 1222.08  # / 1.14101
    assert profit(terminal, contract, "sell", 2.4, 126.12, 131.93, AT_MS) == -1222.16  # / 1.14093


def test_profit_in_the_account_s_own_currency_is_not_converted() -> None:
    terminal, contract = a_symbol(mode=3, tick_price=0.025)
    assert profit(terminal, contract, "sell", 2.4, 126.12, 131.93, AT_MS) == -1394.40  # no tick price in it


def test_tick_values_of_eurjpy_are_those_of_a_terminal() -> None:
    # trade_tick_value_profit and _loss of EURJPY (100000 a lot, tick 0.001) on a USD account at
    # MetaQuotes-Demo, with USDJPY at 111.380 / 111.387.
    yen = inverse(Quote(0, 111.380, 111.387))
    assert 100_000 * 0.001 * yen.gain == pytest.approx(0.8977708350166538, rel=1e-14)
    assert 100_000 * 0.001 * yen.loss == pytest.approx(0.8978272580355541, rel=1e-14)


def test_a_tick_is_worth_less_when_it_is_won_than_when_it_is_lost() -> None:
    values = tick_values(*a_symbol("EUR", mode=4), AT_MS)
    # 100 x 0.01 USD at the ask, at the ask, at the bid
    assert values == pytest.approx((1 / 1.14101, 1 / 1.14101, 1 / 1.14093), rel=1e-14)


def test_a_tick_in_the_account_s_currency_has_one_value() -> None:
    assert tick_values(*a_symbol(mode=3, tick_price=0.025), AT_MS) == pytest.approx(
        (1.0, 1.0, 1.0), rel=1e-14
    )


def test_a_currency_goes_directly_where_the_cross_begins_with_it() -> None:
    terminal, _ = a_symbol("USD")
    assert rates(terminal, "EUR", AT_MS) == direct(Quote(AT_MS, 1.14093, 1.14101)) == Rates(1.14093, 1.14101)


def test_without_a_cross_there_is_no_number() -> None:
    terminal, contract = a_symbol("EUR", mode=4, crosses=False)
    assert rates(terminal, "USD", AT_MS) is None
    assert profit(terminal, contract, "buy", 2.4, 126.12, 131.93, AT_MS) is None
    assert margin(terminal, contract, "buy", 2.4, 126.12, AT_MS) is None
    assert tick_values(terminal, contract, AT_MS) == (0.0, 0.0, 0.0)
    assert rates(a_symbol("GBP")[0], "USD", AT_MS) is None


def test_a_mode_without_a_formula_is_refused() -> None:
    with pytest.raises(ValueError, match="trade_calc_mode of #IWM was 33"):
        margin(*a_symbol(mode=33), "buy", 2.4, 126.12, AT_MS)


SIDES: st.SearchStrategy[Side] = st.sampled_from(("buy", "sell"))
PRICES = st.integers(1000, 40_000).map(lambda cents: cents / 100)
HOURS = st.integers(0, 24 * 200).map(lambda hours: AT_MS - hours * 3_600_000)


@given(
    letter=st.sampled_from(letters()),
    side=SIDES,
    lots=st.integers(1, 60),
    prices=st.tuples(PRICES, PRICES),
    at=HOURS,
)
def test_both_sides_of_a_move_never_earn_together(
    letter: str, side: Side, lots: int, prices: tuple[float, float], at: int
) -> None:
    terminal = broker(letter)
    first, last = prices
    for contract in terminal.contracts.values():
        there = profit(terminal, contract, side, lots, first, last, at)
        back = profit(terminal, contract, side, lots, last, first, at)
        assert there is not None
        assert back is not None
        assert there + back <= 0.005


@given(letter=st.sampled_from(letters()), side=SIDES, ticks=st.integers(1, 500), at=HOURS)
def test_profit_and_loss_are_so_many_tick_values(letter: str, side: Side, ticks: int, at: int) -> None:
    terminal = broker(letter)
    for contract in terminal.contracts.values():
        _, gain, loss = tick_values(terminal, contract, at)
        ends = 100.0, 100.0 + ticks * contract.terms.point
        won = profit(terminal, contract, side, 7.0, *(ends if side == "buy" else ends[::-1]), at)
        lost = profit(terminal, contract, side, 7.0, *(ends[::-1] if side == "buy" else ends), at)
        assert won == pytest.approx(7 * ticks * gain, abs=0.0051)
        assert lost == pytest.approx(-7 * ticks * loss, abs=0.0051)
        assert gain <= loss


def test_money_is_rounded_to_the_account_s_digits() -> None:
    assert calculation.money(1222.0751) == 1222.08
