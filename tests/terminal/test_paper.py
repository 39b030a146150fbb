"""The paper terminal in itself: symbols, quotes, the account, and how it is played."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import assistant
from assistant.terminal.script import PaperOrder, PaperTrade
from tests.terminal.playing import CALL_FAILED, D1, EVER, NOT_FOUND, SUCCESS, at, paper, play, stamp

NOTHING = (0, 0.0, 0.0, 0.0, 0, 0, 0, 0.0)  # a tick that has not come yet


@pytest.fixture
def terminal() -> ModuleType:
    """The paper terminal at its default instant."""
    return play("2018-12-26T15:30")


@pytest.fixture
def fresh(tmp_path: Path) -> ModuleType:
    """The paper terminal at its default instant, connected and otherwise untouched."""
    paper.reset(paper.START, tmp_path / "Common")
    paper.initialize()
    return paper


def test_nothing_in_the_package_names_a_sending_function() -> None:
    for file in Path(assistant.__path__[0]).glob("terminal/*.py"):
        source = file.read_text(encoding="utf-8")
        assert "order_send" not in source, file
        assert "OrderSend" not in source, file


# Market Watch


def test_a_fresh_terminal_watches_what_is_open_and_nothing_else(fresh: ModuleType) -> None:
    # KRE is bought only at 16:30, and 15:00 to 15:30 is before the others are closed.
    watched = [info.name for info in fresh.symbols_get() if info.select]
    assert sorted(watched) == ["IEF.US", "IWM.US", "XLF.US", "XLU.US"]
    assert {one.symbol for one in fresh.positions_get()} == set(watched)
    assert all(fresh.symbol_info(name).visible for name in watched)
    assert fresh.symbol_info_tick("IWM.US").bid == 125.92


def test_a_symbol_has_no_tick_until_it_is_selected(fresh: ModuleType) -> None:
    assert fresh.symbol_info_tick("SPY.US") is None
    assert fresh.last_error() == NOT_FOUND
    assert (fresh.symbol_info("SPY.US").bid, fresh.symbol_info("SPY.US").time) == (0.0, 0)
    assert fresh.symbol_select("SPY.US") is True
    fresh.advance(0.2)
    assert fresh.symbol_info_tick("SPY.US").bid == 233.82
    assert fresh.symbol_select("SPY.US", False) is True
    assert fresh.symbol_info_tick("SPY.US") is None


def test_the_first_tick_of_a_new_symbol_comes_a_fifth_of_a_second_late(fresh: ModuleType) -> None:
    fresh.symbol_select("SPY.US")
    for _ in range(2):
        assert tuple(fresh.symbol_info_tick("SPY.US")) == NOTHING
        info = fresh.symbol_info("SPY.US")
        assert (info.select, info.visible, info.bid, info.time) == (True, True, 0.0, 0)
        fresh.advance(0.0999)
        assert fresh.last_error() == SUCCESS
    fresh.symbol_select("SPY.US")  # selecting it again does not begin anew
    fresh.advance(0.0002)
    assert fresh.symbol_info_tick("SPY.US").time_msc == stamp("2018-12-26T17:29:59") * 1000 + 130
    assert fresh.symbol_info("SPY.US").bid == 233.82


def test_a_symbol_with_a_position_or_an_order_stays_in_market_watch() -> None:
    order = PaperOrder("SPY", "buy_limit", 3.0, 200.0, at("2018-12-26T15:00"), at("2018-12-26T15:40"))
    trade = PaperTrade("IWM", "buy", 2.0, at("2018-12-26T15:00"))
    play("2018-12-26T15:30", [order, trade])
    for name in ("IWM.US", "SPY.US"):
        assert paper.symbol_select(name, False) is False
        assert paper.last_error() == CALL_FAILED
        assert paper.symbol_info(name).visible is True
    paper.advance(600.0)  # the order is cancelled
    assert paper.symbol_select("SPY.US", False) is True
    assert paper.symbol_select("IWM.US", False) is False


def test_what_is_traded_comes_into_market_watch_and_stays_there(fresh: ModuleType) -> None:
    assert fresh.symbol_info("KRE.US").select is False
    fresh.advance(3600.0)  # KRE is bought at 16:30
    assert fresh.symbol_info("KRE.US").select is True
    assert fresh.symbol_info_tick("KRE.US").bid > 0
    fresh.advance(4 * 3600.0)  # IEF was sold at 19:30
    assert "IEF.US" not in {one.symbol for one in fresh.positions_get()}
    assert fresh.symbol_info("IEF.US").visible is True


@pytest.mark.parametrize("profile", ["B", "D"])
def test_a_cross_rate_is_selected_and_not_shown(tmp_path: Path, profile: str) -> None:
    paper.reset(paper.START, tmp_path, [], profile)
    paper.initialize()
    info = paper.symbol_info("EURUSD")
    assert (info.select, info.visible) == (True, False)
    assert paper.symbol_info_tick("EURUSD").bid == info.bid > 1
    assert paper.symbol_select("EURUSD") is True
    assert paper.symbol_info("EURUSD").visible is True
    assert paper.symbol_info_tick("EURUSD").bid == info.bid  # it had quotes before
    assert paper.symbol_select("EURUSD", False) is True
    assert (paper.symbol_info("EURUSD").select, paper.symbol_info("EURUSD").visible) == (True, False)


def test_market_watch_outlasts_the_connection(fresh: ModuleType) -> None:
    fresh.symbol_select("SPY.US")
    fresh.advance(1.0)
    fresh.shutdown()
    fresh.initialize()
    assert fresh.symbol_info_tick("SPY.US").bid > 0


def test_there_is_no_depth_of_market(terminal: ModuleType) -> None:
    assert terminal.symbol_info("IWM.US").ticks_bookdepth == 0
    for call, failed in (("add", False), ("get", None), ("release", False)):
        book = getattr(terminal, f"market_book_{call}")
        assert book("IWM.US") is failed
        assert terminal.last_error() == CALL_FAILED
        assert book("XYZ") is failed
        assert terminal.last_error() == NOT_FOUND
        assert book(5) is None
    assert list(terminal.BookInfo((1, 2.5, 3, 3.0))._asdict()) == ["type", "price", "volume", "volume_dbl"]


# Quotes


def test_a_tick_bears_the_server_s_wall_clock() -> None:
    # IWM ticks every 2 s from 14:30:00.370 UTC; New York is at 10:30 in winter, the server at 17:30.
    play("2018-12-26T15:30:01")
    tick = paper.symbol_info_tick("IWM.US")
    assert tick.time == stamp("2018-12-26T17:30:00")
    assert tick.time_msc == stamp("2018-12-26T17:30:00") * 1000 + 370
    assert (tick.last, tick.volume, tick.volume_real, tick.flags) == (0.0, 0, 0.0, 6)


def test_the_server_is_three_hours_ahead_of_utc_in_new_york_s_summer_time() -> None:
    # New York turned on 2018-03-11, Europe only on 2018-03-25. 13:30:01 UTC is 16:30:01 at the server.
    play("2018-03-12T13:30:01")
    assert paper.symbol_info_tick("IWM.US").time == stamp("2018-03-12T16:30:00")
    play("2018-03-09T14:30:01")
    assert paper.symbol_info_tick("IWM.US").time == stamp("2018-03-09T16:30:00")


def test_on_a_closed_market_the_tick_is_the_old_one_and_nothing_says_so() -> None:
    play("2018-12-25T12:00")
    tick = paper.symbol_info_tick("IWM.US")
    assert paper.last_error() == SUCCESS
    assert (tick.bid, tick.ask) == (125.88, 125.91)
    assert tick.time_msc == stamp("2018-12-24T20:00") * 1000 - 410  # half-day, closed at 18:00 UTC


def test_a_symbol_s_facts_agree_with_its_tick(terminal: ModuleType) -> None:
    info, tick = terminal.symbol_info("IWM.US"), terminal.symbol_info_tick("IWM.US")
    assert (info.bid, info.ask, info.time) == (tick.bid, tick.ask, tick.time)
    assert info.spread == round((tick.ask - tick.bid) / info.point) == 3
    assert info.bidlow <= info.bid <= info.bidhigh
    assert (info.askhigh, info.asklow) == (round(info.bidhigh + 0.03, 2), round(info.bidlow + 0.03, 2))


def test_a_symbol_s_session_numbers_are_the_open_and_the_close_before() -> None:
    play("2018-12-26T21:00")
    info = paper.symbol_info("IWM.US")
    assert (info.session_open, info.session_close) == (126.28, 125.88)
    assert (info.bidhigh, info.bidlow, info.bid) == (132.10, 125.81, 131.93)
    assert info.price_change == 4.8062  # (131.93 / 125.88 - 1) x 100


def test_the_contract_is_a_share_cfd(terminal: ModuleType) -> None:
    info = terminal.symbol_info("IWM.US")
    assert (info.trade_contract_size, info.volume_min, info.volume_step, info.volume_max) == (1, 1, 1, 5000)
    assert (info.point, info.trade_tick_size, info.trade_tick_value, info.digits) == (0.01, 0.01, 0.01, 2)
    assert (info.trade_calc_mode, info.chart_mode, info.trade_mode, info.trade_stops_level) == (2, 0, 4, 5)
    assert (info.name, info.path, info.isin) == ("IWM.US", "ETFs\\US\\IWM.US", "US4642876555")
    assert {info.currency_base, info.currency_profit, info.currency_margin} == {"USD"}


def test_every_isin_has_its_check_digit(terminal: ModuleType) -> None:
    for info in terminal.symbols_get():
        digits = "".join(str(int(sign, 36)) for sign in info.isin)
        doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
        assert sum(value // 10 + value % 10 for value in doubled) % 10 == 0


# The account


def test_the_account_is_a_hedging_demo_account(terminal: ModuleType) -> None:
    info = terminal.account_info()
    assert (info.login, info.server, info.name, info.currency) == (9000001, "Paper-Demo", "Paper", "USD")
    assert info.company == "Breadth Assistant paper terminal"
    assert (info.trade_mode, info.margin_mode, info.leverage) == (0, 2, 20)
    assert (info.margin_so_call, info.margin_so_so) == (100.0, 50.0)


def test_another_profile_is_another_broker() -> None:
    play("2018-12-26T15:30", profile="c")
    info = paper.account_info()
    assert (info.login, info.server, info.margin_mode, info.leverage) == (9000003, "PaperPrime-Demo", 0, 10)
    assert paper.symbol_info("IWM").trade_contract_size == 100.0
    assert paper.symbol_info("IWM.US") is None


def test_the_account_adds_up(terminal: ModuleType) -> None:
    info, positions = terminal.account_info(), terminal.positions_get()
    assert info.profit == pytest.approx(sum(position.profit for position in positions))
    assert info.equity == pytest.approx(info.balance + info.profit)
    assert info.margin_level == info.equity / info.margin * 100
    margins = (
        terminal.order_calc_margin(position.type, position.symbol, position.volume, position.price_open)
        for position in positions
    )
    assert info.margin == pytest.approx(sum(margins))


def test_the_terminal_names_its_folders_and_makes_none(fresh: ModuleType, tmp_path: Path) -> None:
    info = fresh.terminal_info()
    assert info.commondata_path == str(tmp_path / "Common")
    assert info.path == info.data_path == str(tmp_path / "Paper")
    assert (info.connected, info.trade_allowed, info.tradeapi_disabled, info.maxbars) == (
        True,
        False,
        True,
        100_000,
    )
    assert list(tmp_path.iterdir()) == []
    assert fresh.version()[:2] == (500, info.build)


# Playing it


def test_the_terminal_stands_still_until_it_is_advanced(fresh: ModuleType) -> None:
    assert fresh.now() == fresh.START == at("2018-12-26T15:30")
    fresh.advance(0.25)
    assert fresh.now() == at("2018-12-26T15:30:00.250")


def test_time_does_not_run_backwards(terminal: ModuleType) -> None:
    for seconds in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="seconds"):
            terminal.advance(seconds)


def test_a_start_that_the_recording_cannot_serve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        paper.reset(datetime(2018, 12, 26, 15), tmp_path)  # noqa: DTZ001 -- naive on purpose
    with pytest.raises(ValueError, match="before"):
        paper.reset(at("2016-10-03T19:59"), tmp_path)
    paper.reset(at("2016-10-03T20:00"), tmp_path, [])
    assert paper.now() == at("2016-10-03T20:00")


def test_a_refused_reset_changes_nothing(terminal: ModuleType, tmp_path: Path) -> None:
    terminal.faults.fail("version", -1)
    trade = PaperTrade("IWM", "buy", 0.5, at("2018-12-26T15:00"))
    with pytest.raises(ValueError, match="lots"):
        terminal.reset(at("2018-12-27T15:00"), tmp_path, [trade])
    with pytest.raises(ValueError, match="profile was 'Z'; expected one of A, B"):
        terminal.reset(at("2018-12-27T15:00"), tmp_path, None, "Z")
    assert terminal.now() == terminal.START
    assert terminal.account_info() is not None
    assert terminal.version() is None


def test_a_reset_plays_the_script_it_is_given() -> None:
    play("2018-12-26T15:30", [PaperTrade("SPY", "sell", 7.0, at("2018-12-26T15:00"))])
    (position,) = paper.positions_get()
    assert (position.symbol, position.type, position.volume) == ("SPY.US", 1, 7.0)
    play("2018-12-26T15:30", [])
    assert paper.positions_get() == ()
    assert paper.account_info().margin_level == 0.0


def everything() -> tuple[object, ...]:
    """What the terminal says at its instant."""
    return (
        paper.account_info(),
        paper.positions_get(),
        paper.orders_get(),
        paper.history_deals_get(*EVER),
        paper.history_orders_get(*EVER),
        paper.symbols_get(),
        paper.copy_rates_from_pos("IWM.US", D1, 0, 3).tolist(),
    )


def ready(start: str) -> None:
    """Make the terminal new, with one symbol selected and its history loaded."""
    paper.reset(at(start), Path("Common"))
    paper.initialize()
    paper.symbol_select("SPY.US")
    paper.copy_rates_from_pos("IWM.US", D1, 0, 3)


@settings(max_examples=25)
@given(steps=st.lists(st.floats(0, 9000).map(lambda seconds: round(seconds, 3)), max_size=10))
def test_what_the_terminal_says_does_not_depend_on_how_it_got_there(steps: list[float]) -> None:
    ready("2018-12-26T14:00")
    for seconds in steps:
        paper.advance(seconds)
        everything()
    slowly = everything()
    ready("2018-12-26T14:00")
    paper.advance(sum(steps))
    assert everything() == slowly


def test_a_day_in_short_steps_is_the_same_as_one_long_step() -> None:
    ready("2018-12-26T14:30")
    for _ in range(6 * 60 * 60 // 30 * 10):
        paper.advance(3.0)
    slowly = everything()
    ready("2018-12-26T14:30")
    paper.advance(6 * 60 * 60.0)
    assert everything() == slowly


def test_the_sentence_to_show_says_paper_and_interpolated() -> None:
    assert "PAPER" in paper.INTERPOLATED
    assert "interpolated" in paper.INTERPOLATED
