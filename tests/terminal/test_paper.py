"""The paper terminal keeps the promises of the MetaTrader5 package; contract.json states them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import assistant
from assistant.terminal import paper as stand_in
from assistant.terminal.ledger import PaperTrade

paper: ModuleType = stand_in  # seen as the adapter sees it: a module whose answers are not typed

CONTRACT = json.loads((Path(__file__).parent / "contract.json").read_text(encoding="utf-8"))
TYPES = {"int": int, "float": float, "bool": bool, "str": str}
NO_CONNECTION = (-10004, "No IPC connection")
INVALID_ARGUMENTS = (-2, "Invalid arguments")
INVALID_PARAMS = (-2, "Terminal: Invalid params")
NOT_FOUND = (-4, "Terminal: Not found")
UNNAMED = (-2, "Unnamed arguments not allowed")
D1 = 16408


def at(text: str) -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp(text: str) -> int:
    """Wall-clock digits as epoch seconds."""
    return int(at(text).timestamp())


@pytest.fixture
def terminal(tmp_path: Path) -> ModuleType:
    """The paper terminal, initialized at its default instant, with IWM.US selected."""
    paper.reset(paper.START, tmp_path / "Common")
    paper.initialize()
    paper.symbol_select("IWM.US", True)
    return paper


def play(start: str, trades: list[PaperTrade] | None = None) -> None:
    """Make the terminal new at an instant and initialize it."""
    paper.reset(at(start), Path("Common"), trades)
    paper.initialize()
    paper.symbol_select("IWM.US", True)


# What the package is


def test_constants_have_the_package_s_values() -> None:
    assert {name: getattr(paper, name) for name in CONTRACT["constants"]} == CONTRACT["constants"]


def one_of_each() -> dict[str, Any]:
    """One struct of each type that the paper terminal returns."""
    return {
        "AccountInfo": paper.account_info(),
        "TerminalInfo": paper.terminal_info(),
        "SymbolInfo": paper.symbol_info("IWM.US"),
        "Tick": paper.symbol_info_tick("IWM.US"),
        "TradePosition": paper.positions_get()[0],
        "TradeDeal": paper.history_deals_get(0, 2**31 - 1)[0],
    }


def test_structs_have_the_package_s_fields_in_its_order(terminal: ModuleType) -> None:
    for name, struct in one_of_each().items():
        assert list(struct._asdict()) == CONTRACT["structs"][name], name
        assert [getattr(struct, field) for field in CONTRACT["structs"][name]] == list(struct)
    order = terminal.TradeOrder(range(24))
    assert list(order._asdict()) == CONTRACT["structs"]["TradeOrder"]
    assert order.position_by_id == 12


def test_struct_fields_are_plain_values_of_the_package_s_types(terminal: ModuleType) -> None:
    del terminal
    for name, struct in one_of_each().items():
        wanted = [TYPES[kind] for kind in CONTRACT["types"][name]]
        assert [type(value) for value in struct] == wanted, name


def test_an_unselected_symbol_s_facts_have_the_package_s_types_too(terminal: ModuleType) -> None:
    wanted = [TYPES[kind] for kind in CONTRACT["types"]["SymbolInfo"]]
    assert [type(value) for value in terminal.symbol_info("KRE.US")] == wanted


def test_structs_are_tuples_but_not_named_tuples(terminal: ModuleType) -> None:
    tick = terminal.symbol_info_tick("IWM.US")
    assert isinstance(tick, tuple)
    assert isinstance(tick, terminal.Tick)
    assert not hasattr(tick, "_fields")
    assert not hasattr(tick, "_replace")
    with pytest.raises(AttributeError):
        tick.bid = 1.0
    with pytest.raises(TypeError, match="8-sequence"):
        terminal.Tick((1, 2))


def test_rates_have_the_package_s_packed_layout(terminal: ModuleType) -> None:
    rates = terminal.copy_rates_from_pos("IWM.US", D1, 0, 5)
    assert rates.dtype.descr == [tuple(field) for field in CONTRACT["rates_dtype"]]
    assert [rates.dtype.fields[name][1] for name in rates.dtype.names] == CONTRACT["rates_offsets"]
    assert rates.dtype.itemsize == CONTRACT["rates_itemsize"] == 60


def test_rates_are_read_only(terminal: ModuleType) -> None:
    rates = terminal.copy_rates_from_pos("IWM.US", D1, 0, 5)
    assert rates.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        rates["close"][0] = 1.0


def test_nothing_in_the_module_sends_or_logs_in() -> None:
    forbidden = {"buy", "sell", "close", "login", "market_book_add"}
    for name in vars(paper):
        assert name.lower() not in forbidden
        assert not name.startswith(("order_send", "order_check"))


def test_nothing_in_the_package_names_a_sending_function() -> None:
    for file in Path(assistant.__path__[0]).glob("terminal/*.py"):
        source = file.read_text(encoding="utf-8")
        assert "order_send" not in source, file
        assert "OrderSend" not in source, file


# Connection and errors

CALLS: dict[str, Callable[[], object]] = {
    "version": paper.version,
    "terminal_info": paper.terminal_info,
    "account_info": paper.account_info,
    "symbol_info": lambda: paper.symbol_info("IWM.US"),
    "symbol_info_tick": lambda: paper.symbol_info_tick("IWM.US"),
    "symbols_total": paper.symbols_total,
    "symbols_get": paper.symbols_get,
    "copy_rates_from_pos": lambda: paper.copy_rates_from_pos("IWM.US", D1, 0, 1),
    "positions_total": paper.positions_total,
    "positions_get": paper.positions_get,
    "orders_total": paper.orders_total,
    "orders_get": paper.orders_get,
    "history_deals_get": lambda: paper.history_deals_get(0, 1),
    "order_calc_margin": lambda: paper.order_calc_margin(0, "IWM.US", 1.0, 1.0),
    "order_calc_profit": lambda: paper.order_calc_profit(0, "IWM.US", 1.0, 1.0, 1.0),
}


@pytest.mark.parametrize("name", CALLS)
def test_without_a_connection_every_call_returns_none_and_says_so(terminal: ModuleType, name: str) -> None:
    assert CALLS[name]() is not None
    assert terminal.last_error() == (1, "Success")
    assert terminal.shutdown() is True
    assert CALLS[name]() is None
    assert terminal.last_error() == NO_CONNECTION


def test_selecting_without_a_connection_is_false(terminal: ModuleType) -> None:
    terminal.shutdown()
    assert terminal.symbol_select("IWM.US", True) is False
    assert terminal.last_error() == NO_CONNECTION


def test_a_new_terminal_has_not_been_called(tmp_path: Path) -> None:
    paper.reset(paper.START, tmp_path)
    assert paper.last_error() == (0, "")
    assert paper.account_info() is None
    assert paper.last_error() == NO_CONNECTION


def test_each_call_forgets_the_error_before_it(terminal: ModuleType) -> None:
    assert terminal.symbol_info("XYZ") is None
    assert terminal.last_error() == NOT_FOUND
    assert terminal.last_error() == NOT_FOUND  # asking does not forget
    terminal.symbols_total()
    assert terminal.last_error() == (1, "Success")


def test_initialize_takes_a_path_and_no_credentials(terminal: ModuleType) -> None:
    assert terminal.initialize("terminal64.exe") is True
    assert terminal.initialize(path="terminal64.exe", timeout=1000, portable=True) is True
    assert terminal.initialize(5) is False
    assert terminal.last_error() == INVALID_ARGUMENTS
    assert terminal.initialize(login=9000001) is False
    assert terminal.last_error() == (-6, "Terminal: Authorization failed")
    assert terminal.account_info() is None  # the connection before was closed


# Symbols and quotes


def test_an_unknown_symbol_is_not_found(terminal: ModuleType) -> None:
    for call in (terminal.symbol_info, terminal.symbol_info_tick):
        assert call("IWM") is None  # the broker calls it IWM.US
        assert terminal.last_error() == NOT_FOUND
    assert terminal.symbol_select("IWM", True) is False
    assert terminal.last_error() == NOT_FOUND
    assert terminal.copy_rates_from_pos("IWM", D1, 0, 1) is None
    assert terminal.last_error() == NOT_FOUND


def test_a_symbol_has_no_tick_until_it_is_selected(terminal: ModuleType) -> None:
    assert terminal.symbol_info_tick("XLK.US") is None
    assert terminal.symbol_info_tick("SPY.US") is None
    assert terminal.last_error() == NOT_FOUND
    assert terminal.symbol_info("SPY.US").bid == 0.0
    assert terminal.symbol_select("SPY.US") is True
    assert terminal.symbol_info_tick("SPY.US").bid > 0
    assert terminal.symbol_select("SPY.US", False) is True
    assert terminal.symbol_info_tick("SPY.US") is None


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


def test_on_a_closed_market_the_tick_is_the_old_one() -> None:
    play("2018-12-25T12:00")
    tick = paper.symbol_info_tick("IWM.US")
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


@pytest.mark.parametrize(
    ("group", "names"),
    [
        ("IWM.US", ["IWM.US"]),
        ("IWM", []),
        ("iwm.us", []),
        ("XL*", ["XLF.US", "XLI.US", "XLY.US", "XLU.US", "XLP.US", "XLV.US"]),
        ("*, !XL*", ["IWM.US", "SPY.US", "QQQ.US", "KRE.US", "HYG.US", "IEF.US"]),
        ("!XL*, *", ["IWM.US", "SPY.US", "QQQ.US", "KRE.US", "HYG.US", "IEF.US"]),
        ("SPY.US , *E*", ["SPY.US", "KRE.US", "IEF.US"]),
        ("!XL*", []),
        ("I?M.US", []),
    ],
)
def test_a_group_is_masks_with_stars_and_exclusions(
    terminal: ModuleType, group: str, names: list[str]
) -> None:
    assert [info.name for info in terminal.symbols_get(group)] == names
    assert [info.name for info in terminal.symbols_get(group=group)] == names


def test_all_symbols_are_offered(terminal: ModuleType) -> None:
    assert terminal.symbols_total() == len(terminal.symbols_get()) == 12


def test_symbols_get_answers_a_bad_argument_with_false(terminal: ModuleType) -> None:
    assert terminal.symbols_get(5) is False
    assert terminal.last_error() == INVALID_ARGUMENTS


# Bars


def test_the_last_bar_is_the_session_so_far(terminal: ModuleType) -> None:
    before, last = terminal.copy_rates_from_pos("IWM.US", D1, 0, 2)
    info = terminal.symbol_info("IWM.US")
    assert before["time"] == stamp("2018-12-24")
    assert last["time"] == stamp("2018-12-26")
    assert before.tolist()[1:5] == (127.73, 128.47, 125.84, 125.88)
    assert last.tolist()[1:5] == (126.28, info.bidhigh, info.bidlow, info.bid)
    assert last["tick_volume"] == 1800  # 14:30:00.370 to 15:29:58.370, every 2 s
    assert last["spread"] == 3


def test_before_today_s_session_has_started_the_last_bar_is_the_finished_one() -> None:
    play("2018-12-26T14:30")
    (last,) = paper.copy_rates_from_pos("IWM.US", D1, 0, 1)
    assert last["time"] == stamp("2018-12-24")
    paper.advance(0.369)
    assert paper.copy_rates_from_pos("IWM.US", D1, 0, 1)["time"][0] == stamp("2018-12-24")
    paper.advance(0.001)  # IWM's first tick comes 370 ms after the open
    (first,) = paper.copy_rates_from_pos("IWM.US", D1, 0, 1)
    assert first.tolist()[1:6] == (126.28, 126.28, 126.28, 126.28, 1)


def test_a_finished_bar_is_what_the_unfinished_one_became() -> None:
    play("2018-12-26T20:59:59.700")
    became = paper.copy_rates_from_pos("IWM.US", D1, 0, 1)
    paper.advance(20 * 3600)  # in the next session
    assert paper.copy_rates_from_pos("IWM.US", D1, 1, 1).tolist() == became.tolist()


def test_bars_are_oldest_first_and_position_0_is_the_newest(terminal: ModuleType) -> None:
    assert _times(terminal, 0, 3) == [stamp("2018-12-21"), stamp("2018-12-24"), stamp("2018-12-26")]
    assert _times(terminal, 1, 2) == _times(terminal, 0, 3)[:2]


def _times(terminal: ModuleType, start: int, count: int) -> list[int]:
    times: list[int] = terminal.copy_rates_from_pos("IWM.US", D1, start, count)["time"].tolist()
    return times


def test_more_bars_than_there_are_gives_all(terminal: ModuleType) -> None:
    # 565 sessions to 2018-12-31, of which 27, 28 and 31 December are still to come.
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 0, 600)) == 562
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 561, 600)) == 1


def test_no_bars_is_an_empty_array_and_no_error(terminal: ModuleType) -> None:
    none = terminal.copy_rates_from_pos("IWM.US", D1, 562, 10)
    assert isinstance(none, np.ndarray)
    assert len(none) == 0
    assert terminal.last_error() == (1, "Success")


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("IWM.US", D1, 0), INVALID_ARGUMENTS),
        (("IWM.US", D1, 0, 1, 1), INVALID_ARGUMENTS),
        ((5, D1, 0, 1), INVALID_ARGUMENTS),
        (("X" * 30, D1, 0, 1), INVALID_ARGUMENTS),
        (("X" * 29, D1, 0, 1), NOT_FOUND),
        (("IWM.US", 16385, 0, 1), INVALID_PARAMS),  # TIMEFRAME_H1
        (("IWM.US", D1, -1, 1), INVALID_PARAMS),
        (("IWM.US", D1, 0, 0), INVALID_PARAMS),
        (("IWM.US", D1, 0, 1.5), INVALID_ARGUMENTS),
    ],
)
def test_wrong_arguments_for_bars_are_none(
    terminal: ModuleType, args: tuple[Any, ...], error: tuple[int, str]
) -> None:
    assert terminal.copy_rates_from_pos(*args) is None
    assert terminal.last_error() == error


def test_bars_take_no_keywords(terminal: ModuleType) -> None:
    with pytest.raises(TypeError):
        terminal.copy_rates_from_pos("IWM.US", D1, 0, count=1)


# Account, positions, deals


def test_the_account_is_a_hedging_demo_account(terminal: ModuleType) -> None:
    info = terminal.account_info()
    assert (info.login, info.server, info.name, info.currency) == (9000001, "Paper-Demo", "Paper", "USD")
    assert info.company == "Breadth Assistant paper terminal"
    assert (info.trade_mode, info.margin_mode, info.leverage) == (0, 2, 20)
    assert (info.margin_so_call, info.margin_so_so) == (100.0, 50.0)


def test_the_account_adds_up(terminal: ModuleType) -> None:
    info, positions = terminal.account_info(), terminal.positions_get()
    assert info.profit == pytest.approx(sum(position.profit for position in positions))
    assert info.equity == pytest.approx(info.balance + info.profit)
    assert info.margin_level == pytest.approx(info.equity / info.margin * 100)
    margins = (
        terminal.order_calc_margin(position.type, position.symbol, position.volume, position.price_open)
        for position in positions
    )
    assert info.margin == pytest.approx(sum(margins))


def test_the_terminal_names_its_folders(tmp_path: Path) -> None:
    paper.reset(paper.START, tmp_path / "Common")
    paper.initialize()
    info = paper.terminal_info()
    assert info.commondata_path == str(tmp_path / "Common")
    assert Path(info.data_path).parent == tmp_path
    assert info.connected is True
    assert list(tmp_path.iterdir()) == []


def test_positions_are_filtered_by_ticket_before_symbol_before_group(terminal: ModuleType) -> None:
    every = terminal.positions_get()
    assert len(every) == terminal.positions_total() == 4
    first = every[0]
    assert terminal.positions_get(ticket=first.ticket, symbol="IWM.US", group="XL*") == (first,)
    assert [one.symbol for one in terminal.positions_get(symbol="IWM.US", group="XL*")] == ["IWM.US"]
    assert [one.symbol for one in terminal.positions_get(group="XL*")] == ["XLF.US", "XLU.US"]
    assert terminal.positions_get(symbol="SPY.US") == ()
    assert terminal.last_error() == (1, "Success")


def test_positions_and_orders_take_no_positional_argument(terminal: ModuleType) -> None:
    for call in (terminal.positions_get, terminal.orders_get):
        assert call("IWM.US") is None
        assert terminal.last_error() == UNNAMED


def test_there_are_no_pending_orders(terminal: ModuleType) -> None:
    assert (terminal.orders_total(), terminal.orders_get(symbol="IWM.US")) == (0, ())


def test_deals_are_those_between_two_server_times_both_included(terminal: ModuleType) -> None:
    # IWM was bought at 15:00 UTC, which is 17:00 at the server.
    bought = stamp("2018-12-26T17:00")
    assert [deal.symbol for deal in terminal.history_deals_get(bought, bought)] == ["IWM.US"]
    assert terminal.history_deals_get(bought + 1, bought + 2) == ()
    assert [deal.symbol for deal in terminal.history_deals_get(at("2018-12-26T17:00"), float(bought))] == [
        "IWM.US"
    ]


def test_no_deal_is_of_the_future(terminal: ModuleType) -> None:
    count = len(terminal.history_deals_get(0, 2**31 - 1))
    assert count == 5  # the deposit and four openings: IEF, IWM, XLF, XLU
    terminal.advance(3600)
    assert len(terminal.history_deals_get(0, 2**31 - 1)) == count + 1  # KRE at 16:30


def test_deals_are_filtered_by_group_or_order_or_position(terminal: ModuleType) -> None:
    every = terminal.history_deals_get(0, 2**31 - 1)
    assert every[0].type == 2  # the deposit, DEAL_TYPE_BALANCE
    assert [deal.symbol for deal in terminal.history_deals_get(0, 2**31 - 1, group="XL*")] == [
        "XLF.US",
        "XLU.US",
    ]
    assert terminal.history_deals_get(ticket=every[1].order) == (every[1],)
    assert terminal.history_deals_get(position=every[2].position_id) == (every[2],)
    assert terminal.history_deals_get(0, 2**31 - 1, ticket=every[1].order) == every  # ignored beside dates


@pytest.mark.parametrize(
    ("args", "named", "error"),
    [
        ((), {}, INVALID_ARGUMENTS),
        ((0,), {}, UNNAMED),
        ((), {"date_from": 0, "date_to": 1}, INVALID_ARGUMENTS),
        ((date(2018, 1, 1), 5), {}, INVALID_ARGUMENTS),
        (("2018-01-01", 5), {}, INVALID_ARGUMENTS),
    ],
)
def test_wrong_arguments_for_deals_are_none(
    terminal: ModuleType, args: tuple[Any, ...], named: dict[str, int], error: tuple[int, str]
) -> None:
    assert terminal.history_deals_get(*args, **named) is None
    assert terminal.last_error() == error


def test_dates_beyond_32_bits_fail_as_in_the_package(terminal: ModuleType) -> None:
    assert terminal.history_deals_get(0, at("2100-01-01")) == ()
    with pytest.raises(SystemError, match="history_deals_get"):
        terminal.history_deals_get(0, 2**31)


# Order arithmetic


def test_margin_is_a_fifth_of_the_notional(terminal: ModuleType) -> None:
    assert terminal.order_calc_margin(0, "IWM.US", 40.0, 132.15) == 1057.20  # 40 x 1 x 132.15 x 0.20
    assert terminal.order_calc_margin(1, "IWM.US", 40, 132.15) == 1057.20


def test_profit_is_the_move_of_the_price_times_lots(terminal: ModuleType) -> None:
    assert terminal.order_calc_profit(0, "IWM.US", 40.0, 132.15, 130.00) == -86.00  # 40 x -2.15
    assert terminal.order_calc_profit(1, "IWM.US", 40.0, 132.15, 130.00) == 86.00
    assert terminal.order_calc_profit(0, "IWM.US", np.float64(40), 132, np.float32(133)) == 40.00


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((0, "IWM.US", 40.0), INVALID_ARGUMENTS),
        (("0", "IWM.US", 40.0, 132.15), INVALID_ARGUMENTS),
        ((0, "IWM.US", "40", 132.15), INVALID_ARGUMENTS),
        ((2, "IWM.US", 40.0, 132.15), INVALID_PARAMS),
        ((0, "IWM.US", 0.0, 132.15), INVALID_PARAMS),
        ((0, "IWM.US", 40.0, 0.0), INVALID_PARAMS),
        ((0, "IWM.US", 40.0, float("nan")), INVALID_PARAMS),
        ((0, "XYZ", 40.0, 132.15), NOT_FOUND),
    ],
)
def test_wrong_arguments_for_order_arithmetic_are_none(
    terminal: ModuleType, args: tuple[Any, ...], error: tuple[int, str]
) -> None:
    assert terminal.order_calc_margin(*args) is None
    assert terminal.last_error() == error
    assert terminal.order_calc_profit(*args, 100.0) is None
    assert terminal.last_error() == error


# Playing it


def test_the_terminal_stands_still_until_it_is_advanced(terminal: ModuleType) -> None:
    assert terminal.now() == terminal.START == at("2018-12-26T15:30")
    terminal.advance(0.25)
    assert terminal.now() == at("2018-12-26T15:30:00.250")


def test_time_does_not_run_backwards(terminal: ModuleType) -> None:
    for seconds in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="seconds"):
            terminal.advance(seconds)


def test_a_start_that_the_recording_cannot_serve_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aware"):
        paper.reset(datetime(2018, 12, 26, 15), tmp_path)  # noqa: DTZ001 - naive on purpose
    with pytest.raises(ValueError, match="before"):
        paper.reset(at("2016-10-03T19:59"), tmp_path)
    paper.reset(at("2016-10-03T20:00"), tmp_path)
    assert paper.now() == at("2016-10-03T20:00")


def test_a_refused_reset_changes_nothing(terminal: ModuleType, tmp_path: Path) -> None:
    trade = PaperTrade("IWM", "buy", 0.5, at("2018-12-26T15:00"))
    with pytest.raises(ValueError, match="lots"):
        terminal.reset(at("2018-12-27T15:00"), tmp_path, [trade])
    assert terminal.now() == terminal.START
    assert terminal.account_info() is not None


def test_a_reset_plays_the_trades_it_is_given() -> None:
    play("2018-12-26T15:30", [PaperTrade("SPY", "sell", 7, at("2018-12-26T15:00"))])
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
        paper.history_deals_get(0, 2**31 - 1),
        paper.symbols_get(),
        paper.copy_rates_from_pos("IWM.US", D1, 0, 3).tolist(),
    )


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.floats(0, 9000).map(lambda seconds: round(seconds, 3)), max_size=10))
def test_what_the_terminal_says_does_not_depend_on_how_it_got_there(steps: list[float]) -> None:
    play("2018-12-26T14:00")
    for seconds in steps:
        paper.advance(seconds)
        everything()
    arrived, slowly = paper.now(), everything()
    paper.reset(arrived, Path("Common"))
    paper.initialize()
    paper.symbol_select("IWM.US", True)
    assert everything() == slowly


def test_a_day_in_short_steps_is_the_same_as_one_long_step() -> None:
    play("2018-12-26T14:30")
    for _ in range(6 * 60 * 60 // 30 * 10):
        paper.advance(3.0)
    slowly = everything()
    play("2018-12-26T14:30")
    paper.advance(6 * 60 * 60.0)
    assert everything() == slowly


def test_the_sentence_to_show_says_paper_and_interpolated() -> None:
    assert "PAPER" in paper.INTERPOLATED
    assert "interpolated" in paper.INTERPOLATED
