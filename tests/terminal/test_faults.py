"""What can be made to go wrong with the paper terminal does, as the package would tell it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from assistant.clock import PaperClock
from assistant.terminal.faults import ERRORS, KINDS
from tests.terminal.playing import (
    ABSENT,
    CALL_FAILED,
    CALLS,
    D1,
    EVER,
    FALSE,
    INVALID_PARAMS,
    NO_CONNECTION,
    NOT_FOUND,
    SUCCESS,
    at,
    paper,
    play,
)


@pytest.fixture
def terminal() -> ModuleType:
    """The paper terminal at its default instant."""
    return play("2018-12-26T15:30")


@pytest.mark.parametrize("name", CALLS)
def test_every_function_can_fail_with_every_code(terminal: ModuleType, name: str) -> None:
    for code, text in ERRORS.items():
        terminal.faults.fail(name, code, times=1)
        assert CALLS[name]() is (False if name in FALSE else None)
        assert terminal.last_error() == (code, text)
    if not name.startswith("market_book"):
        assert CALLS[name]() is not None
        assert terminal.last_error() == SUCCESS


@pytest.mark.parametrize("code", ERRORS)
def test_connecting_can_fail_with_every_code(terminal: ModuleType, code: int) -> None:
    terminal.faults.fail("initialize", code, times=1)
    assert terminal.initialize() is False
    assert terminal.last_error() == (code, ERRORS[code])
    assert terminal.version() is None
    assert terminal.last_error() == NO_CONNECTION
    assert terminal.initialize() is True


def test_a_failure_lasts_for_its_calls_or_until_it_is_cleared(terminal: ModuleType) -> None:
    terminal.faults.fail("copy_rates_from_pos", -1, times=2)
    read = [terminal.copy_rates_from_pos("IWM.US", D1, 0, 1) is None for _ in range(3)]
    assert read == [True, True, False]
    terminal.faults.fail("account_info", -2, text="Terminal: of its own")
    assert [terminal.account_info() for _ in range(5)] == [None] * 5
    assert terminal.last_error() == (-2, "Terminal: of its own")
    assert terminal.version() is not None  # the others go on
    terminal.faults.clear("failures")
    assert terminal.account_info() is not None


def test_a_wrong_call_does_not_use_a_failure_up(terminal: ModuleType) -> None:
    terminal.faults.fail("symbol_info", -1, times=1)
    terminal.symbol_info(5)
    assert terminal.symbol_info("IWM.US") is None
    assert terminal.last_error() == CALL_FAILED


@pytest.mark.parametrize(("code", "text"), [(-10001, "IPC send failed"), (-10002, "IPC recv failed")])
def test_a_lost_terminal_is_gone_until_it_is_back_and_connected_to(
    terminal: ModuleType, code: int, text: str
) -> None:
    terminal.faults.lose_terminal(code)
    assert terminal.account_info() is None
    assert terminal.last_error() == (code, text)
    for _ in range(2):
        assert terminal.account_info() is None
        assert terminal.last_error() == NO_CONNECTION
        assert terminal.initialize() is False
        assert terminal.last_error() == ABSENT
    own = str(Path("Paper") / "terminal64.exe")
    assert terminal.initialize(own) is False
    assert terminal.last_error() == (-10003, f"IPC initialize failed, Process create failed '{own}'")
    terminal.faults.clear("terminal")
    assert terminal.account_info() is None
    assert terminal.initialize() is True
    assert terminal.account_info() is not None


def test_without_its_broker_the_terminal_stands_still() -> None:
    play("2018-12-26T16:29")
    before = (paper.symbol_info_tick("IWM.US"), paper.account_info(), paper.positions_get())
    paper.faults.lose_broker()
    assert paper.terminal_info().connected is False
    paper.advance(600.0)
    assert (paper.symbol_info_tick("IWM.US"), paper.account_info(), paper.positions_get()) == before
    assert paper.history_deals_total(*EVER) == 5
    assert paper.last_error() == SUCCESS
    assert paper.now() == at("2018-12-26T16:39")
    paper.faults.clear("broker")
    assert paper.terminal_info().connected is True
    assert paper.symbol_info_tick("IWM.US").time == before[0].time + 600
    assert paper.history_deals_total(*EVER) == 6  # KRE at 16:30


def test_a_frozen_symbol_has_no_new_ticks_or_bars_and_the_others_have(terminal: ModuleType) -> None:
    before = {name: terminal.symbol_info_tick(name) for name in ("IWM.US", "SPY.US")}
    terminal.faults.freeze("IWM.US")
    terminal.advance(60.0)
    assert terminal.symbol_info_tick("IWM.US") == before["IWM.US"]
    assert terminal.symbol_info("IWM.US").time == before["IWM.US"].time
    assert terminal.copy_rates_from_pos("IWM.US", D1, 0, 1)["tick_volume"][0] == 1800
    assert len(terminal.copy_ticks_from("IWM.US", before["IWM.US"].time, 100, -1)) == 1
    assert terminal.symbol_info_tick("SPY.US").time == before["SPY.US"].time + 60
    terminal.faults.clear("frozen")
    assert terminal.symbol_info_tick("IWM.US").time == before["IWM.US"].time + 60


def test_a_vanished_symbol_is_not_found_and_its_position_stays(terminal: ModuleType) -> None:
    terminal.faults.vanish("IWM.US")
    for call in (terminal.symbol_info, terminal.symbol_info_tick):
        assert call("IWM.US") is None
        assert terminal.last_error() == NOT_FOUND
    assert terminal.order_calc_margin(0, "IWM.US", 1.0, 1.0) is None
    assert terminal.last_error() == NOT_FOUND
    assert terminal.symbols_total() == len(terminal.symbols_get()) == 11
    assert len(terminal.positions_get(symbol="IWM.US")) == 1


def test_a_renamed_symbol_is_the_same_under_another_name(terminal: ModuleType) -> None:
    tick, deals = terminal.symbol_info_tick("IWM.US"), terminal.history_deals_get(*EVER)
    terminal.faults.rename("IWM.US", "IWM.NYSE")
    assert terminal.symbol_info("IWM.US") is None
    assert terminal.last_error() == NOT_FOUND
    assert terminal.symbol_info_tick("IWM.NYSE") == tick
    info = terminal.symbol_info("IWM.NYSE")
    assert (info.name, info.bid, info.select) == ("IWM.NYSE", tick.bid, True)
    assert [one.name for one in terminal.symbols_get("IWM*")] == ["IWM.NYSE"]
    assert [one.volume for one in terminal.positions_get(symbol="IWM.NYSE")] == [24.0]
    assert terminal.history_deals_get(*EVER) == deals
    with pytest.raises(ValueError, match="must be new"):
        terminal.faults.rename("SPY.US", "IWM.NYSE")


def test_what_may_be_traded_in_a_symbol_changes(terminal: ModuleType) -> None:
    for mode in (terminal.SYMBOL_TRADE_MODE_CLOSEONLY, terminal.SYMBOL_TRADE_MODE_DISABLED):
        terminal.faults.set_trade_mode("IWM.US", mode)
        assert terminal.symbol_info("IWM.US").trade_mode == mode
        assert terminal.symbol_info("SPY.US").trade_mode == 4


@pytest.mark.parametrize(("bid", "ask"), [(0.0, 0.0), (126.10, 126.05)])
def test_a_quote_may_be_zero_or_crossed(terminal: ModuleType, bid: float, ask: float) -> None:
    before = terminal.account_info()
    terminal.faults.quote("IWM.US", bid, ask)
    tick, info = terminal.symbol_info_tick("IWM.US"), terminal.symbol_info("IWM.US")
    assert (tick.bid, tick.ask) == (info.bid, info.ask) == (bid, ask)
    assert terminal.account_info() == before


def test_quotes_may_be_a_multiple_of_what_they_are(terminal: ModuleType) -> None:
    before = terminal.symbol_info_tick("IWM.US")
    terminal.faults.scale("IWM.US", 1.5, 2.0)
    tick, info = terminal.symbol_info_tick("IWM.US"), terminal.symbol_info("IWM.US")
    assert (tick.bid, tick.ask) == (info.bid, info.ask) == (1.5 * before.bid, 2 * before.ask)


def test_a_symbol_may_tell_nothing_while_its_position_stays(terminal: ModuleType) -> None:
    terminal.faults.silence("IWM.US")
    for call in (terminal.symbol_info, terminal.symbol_info_tick):
        assert call("IWM.US") is None
        assert terminal.last_error() == CALL_FAILED
    assert "IWM.US" not in [one.name for one in terminal.symbols_get()]
    assert [one.symbol for one in terminal.positions_get(symbol="IWM.US")] == ["IWM.US"]


def test_a_symbol_may_have_no_bar_without_an_error(terminal: ModuleType) -> None:
    terminal.faults.empty("IWM.US")
    for read, args in (
        (terminal.copy_rates_from_pos, (D1, 0, 9)),
        (terminal.copy_rates_range, (D1, EVER[1] - 86_400, EVER[1])),
        (terminal.copy_rates_from, (D1, 1, 9)),
    ):
        assert len(read("IWM.US", *args)) == 0
        assert terminal.last_error() == SUCCESS
    assert len(terminal.copy_rates_from_pos("SPY.US", D1, 0, 9)) == 9


def test_every_call_may_time_out_also_that_which_connects(terminal: ModuleType) -> None:
    terminal.faults.time_out()
    assert terminal.account_info() is None
    assert terminal.last_error() == (-10005, "IPC timeout")
    assert terminal.initialize() is False
    assert terminal.last_error() == (-10005, "IPC timeout")
    terminal.faults.clear("timeout")
    assert terminal.initialize() is True


def test_a_call_may_take_long_and_all_that_it_tells_is_of_its_end(terminal: ModuleType) -> None:
    before, waited = terminal.symbol_info_tick("IWM.US"), []
    terminal.faults.hang(30)
    assert terminal.symbol_info_tick("IWM.US").time == before.time + 30
    assert terminal.now() == at("2018-12-26T15:30:30")
    terminal.symbol_info_tick("SPY.US")
    assert terminal.now() == at("2018-12-26T15:30:30")  # only one call hangs

    def pause(seconds: float) -> None:
        waited.append(seconds)
        terminal.advance(seconds)

    terminal.faults.pause = pause
    terminal.faults.hang(1.5)
    assert terminal.initialize() is True
    assert waited == [1.5]


def test_the_clocks_of_pc_and_server_may_be_set(terminal: ModuleType) -> None:
    before, clock = terminal.symbol_info_tick("IWM.US"), PaperClock(terminal)
    terminal.faults.set_pc_clock(-90)
    assert clock.now() == at("2018-12-26T15:28:30")
    assert terminal.now() == at("2018-12-26T15:30")
    terminal.faults.set_server_clock(3600)
    after, info = terminal.symbol_info_tick("IWM.US"), terminal.symbol_info("IWM.US")
    assert (after.time, after.time_msc) == (before.time + 3600, before.time_msc + 3_600_000)
    assert info.time == before.time + 3600
    assert after.bid == before.bid


def test_another_account_logs_in_without_a_word(terminal: ModuleType) -> None:
    first = terminal.account_info()
    terminal.faults.switch_account("b")
    info = terminal.account_info()
    assert (info.login, info.currency, info.server) == (9000002, "EUR", "PaperEuro-Demo")
    assert terminal.last_error() == SUCCESS
    assert terminal.symbol_info("IWM.US") is None
    assert terminal.symbol_info("#IWM").trade_calc_mode == 4
    terminal.faults.clear("account")
    assert terminal.account_info() == first


def test_as_many_bars_as_the_terminal_keeps_are_refused(terminal: ModuleType) -> None:
    assert terminal.copy_rates_from_pos("IWM.US", D1, 0, 100_000) is None
    terminal.faults.set_maxbars(50)
    assert terminal.terminal_info().maxbars == 50
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 0, 49)) == 49
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 30, 49)) == 20
    for call, args in (
        (terminal.copy_rates_from_pos, (0, 50)),
        (terminal.copy_rates_from, (EVER[1], 50)),
        (terminal.copy_rates_range, (EVER[1] - 50 * 86_400, EVER[1])),
    ):
        assert call("IWM.US", D1, *args) is None
        assert terminal.last_error() == INVALID_PARAMS
    assert terminal.copy_rates_from_pos("IWM.US", D1, 50, 1) is None
    assert terminal.last_error() == CALL_FAILED


def test_a_reset_clears_every_fault(terminal: ModuleType) -> None:
    faults = terminal.faults
    faults.fail("version", -1)
    faults.lose_terminal()
    faults.lose_broker()
    faults.freeze("IWM.US")
    faults.vanish("SPY.US")
    faults.rename("QQQ.US", "QQQ")
    faults.set_trade_mode("XLF.US", 0)
    faults.quote("XLF.US", 0.0, 0.0)
    faults.set_maxbars(7)
    faults.scale("IWM.US", 1.5, 1.5)
    faults.silence("XLI.US")
    faults.empty("XLI.US")
    faults.time_out()
    faults.hang(5)
    faults.set_pc_clock(60)
    faults.set_server_clock(3600)
    faults.switch_account("C")
    assert all(getattr(faults.active, kind) not in (None, {}, set()) for kind in KINDS)
    terminal.reset(terminal.START, Path("Common"))
    assert all(getattr(faults.active, kind) in (None, {}, set()) for kind in KINDS)
    assert terminal.faults is faults
    assert terminal.initialize() is True


def test_a_fault_of_what_is_not_there_is_an_error(terminal: ModuleType) -> None:
    faults = terminal.faults
    wrongs: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: faults.fail("last_error", -1), "function was 'last_error'"),
        (lambda: faults.fail("version", -9), "code was -9"),
        (lambda: faults.fail("version", 1), "code was 1"),
        (lambda: faults.fail("version", -1, times=0), "times must be 1 or more, was 0"),
        (lambda: faults.lose_terminal(-1), "code was -1"),
        (lambda: faults.freeze("IWM"), "symbol was 'IWM'"),
        (lambda: faults.set_trade_mode("IWM.US", 5), "trade mode was 5"),
        (lambda: faults.switch_account("Z"), "profile was 'Z'"),
        (lambda: faults.set_maxbars(0), "count must be 1 or more, was 0"),
        (lambda: faults.scale("IWM", 1, 1), "symbol was 'IWM'"),
        (lambda: faults.hang(-1), "seconds must be 0 or more, was -1"),
        (lambda: faults.clear("weather"), "kind of fault was 'weather'"),
    )
    for wrong, named in wrongs:
        with pytest.raises(ValueError, match=named):
            wrong()
    assert terminal.version() is not None
