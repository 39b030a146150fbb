"""What holds of the scripted account whatever is traded (brokers B, C and E)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal.execution import closing_price, opening_price
from assistant.terminal.ledger import Entry, Ledger, PaperOperation, PaperOrder, PaperTrade
from assistant.terminal.profile import profile
from assistant.terminal.script import PENDING, SIDES
from assistant.terminal.structs import Struct
from tests.doubles.trader import at, ms

DAYS = ("20", "21", "24", "26", "27")
SYMBOLS = {"B": ("#IWM", "#XLF", "#SPY"), "C": ("IWM", "XLF"), "E": ("US2000", "US500")}
MINUTES = st.tuples(st.sampled_from(DAYS), st.integers(1, 200)).map(
    lambda when: at(f"{when[0]}T14:30") + timedelta(minutes=when[1])
)


@st.composite
def trades(draw: st.DrawFn, letter: str) -> PaperTrade:
    symbol, side = draw(st.sampled_from(SYMBOLS[letter])), draw(st.sampled_from(SIDES))
    first, last = sorted(draw(st.tuples(MINUTES, MINUTES).filter(lambda ends: ends[0] != ends[1])))
    closes_at = draw(st.sampled_from((None, last)))
    contract = profile(letter).contracts[symbol]
    price = closing_price(contract, side, round(first.timestamp() * 1000))
    room = draw(st.sampled_from((None, 0.008, 0.02)))
    stop = (
        None
        if room is None
        else round(price * (1 - room if side == "buy" else 1 + room), contract.terms.digits)
    )
    return PaperTrade(symbol, side, draw(st.integers(1, 60)) / 10, first, closes_at, stop)


@st.composite
def orders(draw: st.DrawFn, letter: str) -> PaperOrder:
    symbol, kind = (
        draw(st.sampled_from(SYMBOLS[letter])),
        draw(st.sampled_from(PENDING)),
    )
    placed_at = draw(MINUTES)
    contract = profile(letter).contracts[symbol]
    market = opening_price(contract, "buy" if "buy" in kind else "sell", round(placed_at.timestamp() * 1000))
    away = draw(st.sampled_from((0.008, 0.02))) * (-1 if kind in {"buy_limit", "sell_stop"} else 1)
    cancelled_at = draw(st.sampled_from((None, placed_at + timedelta(hours=1))))
    price = round(market * (1 + away), contract.terms.digits)
    return PaperOrder(symbol, kind, draw(st.integers(1, 60)) / 10, price, placed_at, cancelled_at)


OPERATIONS = st.builds(
    PaperOperation,
    st.sampled_from(("balance", "credit")),
    st.integers(-20_000, 500_000).map(lambda cents: cents / 100),
    MINUTES,
)


@st.composite
def scripts(draw: st.DrawFn) -> tuple[str, Sequence[Entry]]:
    letter = draw(st.sampled_from(tuple(SYMBOLS)))
    one = st.one_of(trades(letter), orders(letter), OPERATIONS)
    return letter, draw(st.lists(one, max_size=8))


MOMENTS = st.integers(ms("20T14:30"), ms("29T00:00"))


def booked(deal: Struct) -> float:
    total: float = deal.profit + deal.commission + deal.swap + deal.fee
    return total


@given(script=scripts(), moment=MOMENTS)
def test_the_balance_is_the_sum_of_the_deals(script: tuple[str, Sequence[Entry]], moment: int) -> None:
    letter, entries = script
    ledger = Ledger(profile(letter), entries)
    account, deals, positions = ledger.account(moment), ledger.deals(moment), ledger.positions(moment)
    assert account.balance == pytest.approx(sum(booked(deal) for deal in deals if deal.type != 3))
    assert account.credit == pytest.approx(sum(deal.profit for deal in deals if deal.type == 3))
    floating = sum(position.profit + position.swap for position in positions)
    assert account.equity == pytest.approx(account.balance + account.credit + floating)
    assert account.margin_free == pytest.approx(account.equity - account.margin)


def signed(volume: float, sold: int) -> float:
    return -volume if sold else volume


@given(script=scripts(), moment=MOMENTS)
def test_what_was_bought_and_not_sold_is_what_is_open(
    script: tuple[str, Sequence[Entry]], moment: int
) -> None:
    letter, entries = script
    ledger = Ledger(profile(letter), entries)
    traded: defaultdict[int, float] = defaultdict(float)
    for deal in ledger.deals(moment):
        traded[deal.position_id] += signed(deal.volume, deal.type == 1)
    held = {one.identifier: signed(one.volume, one.type) for one in ledger.positions(moment)}
    for identifier, lots in traded.items():
        assert held.get(identifier, 0.0) == pytest.approx(lots, abs=1e-9)
    assert held.keys() <= traded.keys()


@given(script=scripts(), moment=MOMENTS)
def test_profit_is_what_the_shares_are_worth_less_what_was_paid_for_them(
    script: tuple[str, Sequence[Entry]], moment: int
) -> None:
    # A second way to the same number, without positions, averages or conversion: accounts in USD.
    letter, entries = script
    letter = "C" if letter == "B" else letter
    named = {name: name.removeprefix("#") for name in SYMBOLS["B"]}
    entries = [
        e if isinstance(e, PaperOperation) else replace(e, symbol=named.get(e.symbol, e.symbol))
        for e in entries
    ]
    broker = profile(letter)
    ledger = Ledger(broker, entries)
    deals = [deal for deal in ledger.deals(moment) if deal.symbol]
    worth, shares = 0.0, defaultdict[str, float](float)
    for deal in deals:
        bought = signed(deal.volume, deal.type == 1) * broker.contracts[deal.symbol].terms.contract_size
        worth -= bought * deal.price
        if broker.account.hedging:
            continue
        shares[deal.symbol] += bought
    open_now = ledger.positions(moment)
    for position in open_now:
        contract = broker.contracts[position.symbol]
        held = signed(position.volume, position.type) * contract.terms.contract_size
        worth += held * closing_price(contract, "sell" if position.type else "buy", moment)
        if not broker.account.hedging:
            assert held == pytest.approx(shares[position.symbol])
    profit = sum(deal.profit for deal in deals) + sum(position.profit for position in open_now)
    assert profit == pytest.approx(worth, abs=0.006 * (len(deals) + len(open_now)) + 1e-6)


@given(script=scripts(), moments=st.lists(MOMENTS, min_size=1, max_size=5))
def test_the_account_does_not_depend_on_who_looked_before(
    script: tuple[str, Sequence[Entry]], moments: list[int]
) -> None:
    letter, entries = script
    looked_at, fresh = Ledger(profile(letter), entries), Ledger(profile(letter), entries)
    for moment in moments:
        looked_at.account(moment)
    assert looked_at.account(moments[-1]) == fresh.account(moments[-1])
    assert looked_at.positions(moments[-1]) == fresh.positions(moments[-1])
