"""What doctor says of quotes, history and costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from assistant.core.market import (
    Bar,
    Contract,
    Deal,
    Instrument,
    PerLot,
    Quote,
    Role,
    SessionState,
    Side,
    TradeMode,
    Unknown,
)
from assistant.doctor import market, terminal
from assistant.doctor.look import Look
from tests.doctor.looks import bad, good, looked, said
from tests.doubles.bridge import sessions
from tests.doubles.cycles import packaged_config

SETTINGS = packaged_config().settings
LEGS = SETTINGS.fold.regime.legs
SATURDAY = datetime(2018, 12, 29, 12, 0, tzinfo=UTC)

# Quotes


def test_quotes_of_an_open_session_are_well_with_the_oldest_of_them() -> None:
    found = market.quotes_check(good(), LEGS, SETTINGS.conditions)
    assert found.status == "ok"
    assert found.text.startswith("12 quotes, the oldest ")
    assert found.text.endswith(" s old, 15 s allowed; the market is open")


def test_quotes_of_the_last_sessions_end_are_well_while_the_market_is_closed() -> None:
    weekend = looked(start=SATURDAY)
    assert isinstance(weekend, Look)
    assert said(market.quotes_check(weekend, LEGS, SETTINGS.conditions)) == (
        "ok",
        "12 quotes of the last session's end; the market is closed, opens 2018-12-31 14:30 UTC",
    )


def aged(symbol: str, seconds: float) -> Look:
    """A look in which the quote of a symbol is so old, by hand."""
    quote = good().quotes[symbol]
    assert isinstance(quote, Quote)
    return replace(
        good(), quotes={**good().quotes, symbol: replace(quote, at=good().at - timedelta(seconds=seconds))}
    )


def test_a_late_quote_is_to_know_and_that_of_a_leg_to_mend() -> None:
    assert market.quotes_check(aged("XLF", 15.0), LEGS, SETTINGS.conditions).status == "ok"
    late = market.quotes_check(aged("XLF", 16.0), LEGS, SETTINGS.conditions)
    assert said(late) == (
        "warn",
        "1 of 12 not good enough (XLF); XLF: quote is 16 s old, 15 s allowed; the market is open",
    )
    assert market.quotes_check(aged("SPY", 16.0), LEGS, SETTINGS.conditions).status == "fail"


def test_a_frozen_symbol_of_the_terminal_is_a_late_quote() -> None:
    frozen = bad(lambda faults: faults.quote("KRE.US", 0.0, 0.0))
    found = market.quotes_check(frozen, LEGS, SETTINGS.conditions)
    assert found.status == "warn"
    assert "(KRE); KRE: quote of KRE.US was bid 0, ask 0" in found.text


def test_without_the_broker_it_is_the_link_that_is_to_mend() -> None:
    lost = bad(lambda faults: faults.lose_broker())
    assert said(market.quotes_check(lost, LEGS, SETTINGS.conditions)) == (
        "warn",
        "they stand still without the broker",
    )
    found = terminal.pc_clock_check(lost, allowed=15, future=10, paper=False)
    assert said(found) == ("warn", "cannot be told: the broker is away")


def test_a_halted_session_and_no_quote_at_all_are_told() -> None:
    halted = replace(good(), hours=replace(good().hours, state=SessionState.HALTED))
    assert market.quotes_check(halted, LEGS, SETTINGS.conditions).status == "warn"
    assert market.quotes_check(replace(good(), quotes={}), LEGS, SETTINGS.conditions).status == "fail"


# History


def test_a_long_history_is_well() -> None:
    found = market.history_check(good(), SETTINGS, "assistant")
    assert said(found) == ("ok", "561 sessions of IWM/SPY, 250 needed, 2016-10-03 to 2018-12-24")


def test_a_short_history_says_what_to_click_and_what_to_import() -> None:
    found = market.history_check(good("D"), SETTINGS, "assistant")
    assert said(found) == (
        "warn",
        "59 sessions of IWM/SPY, 250 needed: the stance is UNKNOWN, and half of normal risk the most",
    )
    assert "Max bars in chart" in found.mend
    assert "`assistant history import FOLDER`" in found.mend


def cut(count: int, hole: int = 0) -> Look:
    """A look with so many sessions of the legs, the ones in the middle of them lacking."""
    bars = dict(good().bars)
    for leg in ("IWM", "SPY"):
        own = bars[leg]
        assert not isinstance(own, Unknown)
        kept = list(own[-count - hole :])
        bars[leg] = tuple(kept[: count // 2] + kept[count // 2 + hole :])
    return replace(good(), bars=bars)


def test_the_sessions_that_a_stance_needs_are_counted_to_the_last_one() -> None:
    assert market.history_check(cut(250), SETTINGS, "assistant").status == "ok"
    assert market.history_check(cut(249), SETTINGS, "assistant").status == "warn"


def test_a_hole_in_the_history_is_told() -> None:
    found = market.history_check(cut(300, hole=15), SETTINGS, "assistant")
    assert found.status == "warn"
    assert "history has a hole: no close from" in found.text


def test_a_history_that_is_not_read_not_offered_or_lent() -> None:
    unread = replace(good(), bars={**good().bars, "SPY": Unknown("SPY is loading")})
    assert said(market.history_check(unread, SETTINGS, "assistant")) == ("fail", "SPY is loading")
    gone = replace(good(), found={})
    assert market.history_check(gone, SETTINGS, "assistant").status == "fail"
    regime = replace(SETTINGS.fold.regime, source="advice:4001")
    lent = replace(SETTINGS, fold=replace(SETTINGS.fold, regime=regime))
    assert said(market.history_check(gone, lent, "assistant")) == (
        "ok",
        "the stance is lent by the assistant of login 4001",
    )


def test_imported_closes_that_do_not_agree_are_told() -> None:
    damaged = replace(good(), imported={"IWM": Unknown("its file is damaged"), "SPY": Unknown("likewise")})
    found = market.history_check(damaged, SETTINGS, "assistant")
    assert found.status == "warn"
    assert "imported history of IWM/SPY not used: its file is damaged" in found.text


# Costs, by hand: 100 shares a lot, 0.93 EUR for one USD, so a lot loses 93 EUR per 1.0 of price


def bars(swing: float, count: int = 15) -> tuple[Bar, ...]:
    """Sessions that each range over `swing`, around one close."""
    days = sessions(datetime(2025, 1, 14, tzinfo=UTC).date(), count)
    return tuple(Bar(day, 50.0, 50.0 + swing / 2, 50.0 - swing / 2, 50.0) for day in days)


def instrument(**changed: object) -> Instrument:
    """A symbol whose night costs 2.79 EUR a lot to hold long and pays 0.93 to hold short."""
    contract = Contract(
        size=100.0,
        profit_currency="USD",
        tick_size=0.01,
        tick_value=0.93,
        night={Side.BUY: 2.79, Side.SELL: -0.93},
        hedged_by_leg=True,
    )
    one = Instrument(
        symbol="XLF",
        broker_symbol="XLF.x",
        role=Role.RISK_ON,
        digits=2,
        stops_level=0.0,
        volume_min=0.3,
        volume_step=0.1,
        volume_max=40.0,
        volume_limit=None,
        trade_mode=TradeMode.FULL,
        contract=contract,
        per_lot={side: PerLot(93.0, 900.0) for side in Side},
    )
    return replace(one, **changed)  # type: ignore[arg-type]


def deal(number: int, entry: str, commission: float, fee: float = 0.0) -> Deal:
    """A deal over 2 lots."""
    at = datetime(2025, 1, 10, 15, 0, tzinfo=UTC)
    return Deal(number, at, "buy", entry, 81, "XLF.x", 2.0, 50.0, 0.0, commission, 0.0, fee)


def offered(one: Instrument, deals: tuple[Deal, ...], quote: Quote | Unknown | None = None) -> Look:
    """A look at one symbol, its average true range 1.5."""
    fresh = Quote(49.98, 50.04, good().at)
    account = good().account
    assert not isinstance(account, Unknown)
    return replace(
        good(),
        account=replace(account, currency="EUR"),
        instruments=(one,),
        quotes={"XLF": quote or fresh},
        bars={"XLF": bars(1.5)},
        deals=deals,
    )


def test_costs_are_shares_of_one_average_true_range() -> None:
    (row,) = market.costs_of(
        offered(instrument(), (deal(1, "in", -3.1, -0.25), deal(2, "out", -2.48))), SETTINGS
    )
    assert row.atr == pytest.approx(1.5)
    assert row.spread == pytest.approx(0.06 / 1.5)
    # a lot moves by 1.5 * 93 = 139.5 EUR; 3.1 / 2 to open and 2.48 / 2 to close: 2.79
    assert row.commission == pytest.approx(2.79 / 139.5)
    assert row.commission_least == pytest.approx(0.25)
    assert row.night == {Side.BUY: pytest.approx(0.02), Side.SELL: pytest.approx(-0.93 / 139.5)}
    assert row.round_trip == pytest.approx(0.04 + 0.02)
    assert row.unknown == ()
    assert market.costs_check([row], SessionState.OPEN).status == "ok"


def test_what_is_configured_counts_where_no_deal_shows_a_commission() -> None:
    configured = replace(
        SETTINGS, costs=replace(SETTINGS.costs, commission_per_lot=2.325, commission_minimum=1.2)
    )
    (row,) = market.costs_of(offered(instrument(), ()), configured)
    assert row.commission == pytest.approx(2 * 2.325 / 139.5)
    assert row.commission_least == pytest.approx(2.4)


def test_a_number_that_is_not_known_says_so() -> None:
    (row,) = market.costs_of(offered(instrument(), ()), SETTINGS)
    assert (row.commission, row.unknown) == (None, (market.NO_DEAL,))
    assert row.round_trip == pytest.approx(0.04)
    found = market.costs_check([row], SessionState.OPEN)
    assert found.status == "warn"
    assert "commission not known for XLF" in found.text
    (unquoted,) = market.costs_of(offered(instrument(), (), Unknown("no tick")), SETTINGS)
    assert (unquoted.spread, unquoted.round_trip) == (None, None)
    assert "no tick" in unquoted.unknown
    short = replace(offered(instrument(), ()), bars={"XLF": bars(1.5, count=14)})
    (row,) = market.costs_of(short, SETTINGS)
    assert (row.atr, row.spread, row.commission) == (None, None, None)
    assert row.night == {Side.BUY: None, Side.SELL: None}


def test_numbers_of_the_broker_that_disagree_are_no_costs() -> None:
    wrong = instrument(per_lot={side: PerLot(120.0, 900.0) for side in Side})
    (row,) = market.costs_of(offered(wrong, (deal(1, "in", -3.1),)), SETTINGS)
    assert (row.commission, row.night) == (None, {Side.BUY: None, Side.SELL: None})
    assert any("disagree" in one for one in row.unknown)
    (row,) = market.costs_of(offered(instrument(contract=Unknown("contract was 0")), ()), SETTINGS)
    assert "contract was 0" in row.unknown


def dear(spread: float, night: float = 0.0) -> market.Costs:
    return market.Costs(
        symbol="HYG",
        broker_symbol="HYG.x",
        atr=0.5,
        spread=spread,
        commission=0.04,
        commission_least=0.0,
        night={Side.BUY: night, Side.SELL: -night},
        unknown=(),
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (dear(0.06), ""),  # 0.06 + 0.04 is a tenth, no more
        (dear(0.061), "a round trip costs more than 10% of one day's range in HYG"),
        (dear(0.01, night=0.05), ""),
        (dear(0.01, night=0.051), "a night costs more than 5% of it in HYG"),
    ],
)
def test_what_is_dear_is_to_know(row: market.Costs, words: str) -> None:
    found = market.costs_check([row], SessionState.OPEN)
    assert found.status == ("warn" if words else "ok")
    assert words in found.text


def test_without_symbols_there_are_no_costs_and_a_closed_market_is_told() -> None:
    assert market.costs_check([], SessionState.OPEN).status == "fail"
    assert "the market being closed" in market.costs_check([dear(0.01)], SessionState.CLOSED).text


def test_the_brokers_that_paper_plays_charge_what_their_terms_say() -> None:
    """Profile C: 0.015 USD a share and side, contracts of 100 shares: 3.00 USD a lot, there and back."""
    (iwm,) = (one for one in market.costs_of(good("C"), SETTINGS) if one.symbol == "IWM")
    assert iwm.atr is not None
    assert iwm.commission == pytest.approx(3.0 / (100.0 * iwm.atr), rel=0.01)
    assert iwm.commission_least == pytest.approx(2 * 0.35)  # its fee, twice
