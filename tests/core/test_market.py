from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.market import Quote, Side, TradeMode, Unknown
from tests.core.builders import ACCOUNT, AS_OF, BUY, SELL, SNAPSHOT


def test_a_buy_enters_at_the_ask_and_a_sell_at_the_bid() -> None:
    quote = Quote(bid=40.00, ask=40.06, at=AS_OF)
    assert quote.entry(BUY) == 40.06
    assert quote.entry(SELL) == 40.00
    assert quote.mid == pytest.approx(40.03)


@pytest.mark.parametrize(("skew", "behind"), [(None, 0.0), (-2.5, 0.0), (3.5, 3.5)])
def test_the_pc_s_clock_is_behind_by_what_ticks_are_ahead_of_it(skew: float | None, behind: float) -> None:
    assert replace(SNAPSHOT.terminal, skew=skew).behind == timedelta(seconds=behind)


def test_a_quote_is_as_old_as_the_later_clock_says_and_of_no_age_by_a_doubtful_one() -> None:
    quote, facts = Quote(bid=40.00, ask=40.06, at=AS_OF - timedelta(seconds=10)), SNAPSHOT.terminal
    assert facts.age(quote, AS_OF) == 10.0
    assert replace(facts, skew=3.5).age(quote, AS_OF) == 13.5
    assert replace(facts, clock_doubt="to be measured again").age(quote, AS_OF) is None
    assert facts.age(Unknown("no quote"), AS_OF) is None


def test_sides_are_opposite_and_signed() -> None:
    assert (BUY.opposite, SELL.opposite) == (SELL, BUY)
    assert (BUY.sign, SELL.sign) == (1, -1)


@pytest.mark.parametrize(
    ("mode", "opens"),
    [
        (TradeMode.DISABLED, set()),
        (TradeMode.LONG_ONLY, {BUY}),
        (TradeMode.SHORT_ONLY, {SELL}),
        (TradeMode.CLOSE_ONLY, set()),
        (TradeMode.FULL, {BUY, SELL}),
    ],
)
def test_a_trade_mode_opens_only_its_sides(mode: TradeMode, opens: set[Side]) -> None:
    assert {side for side in Side if mode.opens(side)} == opens


@pytest.mark.parametrize(
    ("balance", "equity", "credit", "base"),
    [
        (101_000.0, 99_550.0, 250.0, 99_300.0),  # equity is smaller: 99550 - 250
        (97_000.0, 99_550.0, 250.0, 96_750.0),  # balance is smaller: 97000 - 250
        (400.0, 200.0, 250.0, 0.0),  # 200 - 250 is below zero
        (400.0, -30.0, 0.0, 0.0),  # a negative equity is nobody's own
    ],
)
def test_the_risk_base_is_the_smaller_of_balance_and_equity_less_credit(
    balance: float, equity: float, credit: float, base: float
) -> None:
    account = replace(ACCOUNT, balance=balance, equity=equity, credit=credit)
    assert account.risk_base == base
