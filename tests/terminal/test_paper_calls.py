"""How the paper terminal is called, and what it says when it is called wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from assistant.terminal.arguments import in_group
from assistant.terminal.script import PaperOrder
from tests.terminal.playing import (
    D1,
    EVER,
    INVALID_ARGUMENTS,
    INVALID_PARAMS,
    NO_CONNECTION,
    NOT_FOUND,
    SUCCESS,
    UNNAMED,
    at,
    paper,
    play,
    stamp,
)


@pytest.fixture
def terminal() -> ModuleType:
    """The paper terminal at its default instant."""
    return play("2018-12-26T15:30")


# Connection and errors


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
    assert terminal.last_error() == SUCCESS


def test_arguments_are_read_before_the_connection_is_looked_at(terminal: ModuleType) -> None:
    assert terminal.shutdown() is True
    assert terminal.symbol_info(5) is None
    assert terminal.last_error() == INVALID_ARGUMENTS
    assert terminal.symbols_get(5) is False
    assert terminal.symbols_get() is None
    assert terminal.last_error() == NO_CONNECTION


def test_initialize_takes_its_own_path_alone(terminal: ModuleType) -> None:
    own = str(Path(terminal.terminal_info().path) / "terminal64.exe")
    for args, named in (((), {}), ((own,), {}), ((), {"path": own.upper()}), (("x.exe",), {"path": own})):
        assert terminal.initialize(*args, **named, timeout=1000, portable=True, other=3) is True
    assert terminal.initialize("C:\\MT5\\terminal64.exe") is False
    assert terminal.last_error() == (
        -10003,
        "IPC initialize failed, Process create failed 'C:\\MT5\\terminal64.exe'",
    )
    assert terminal.account_info() is None  # the connection before was closed


@pytest.mark.parametrize(
    ("args", "named", "error"),
    [
        ((5,), {}, (-2, "Invalid 1st unnamed argument")),
        (("", ""), {}, (-2, "Invalid number of arguments")),
        ((), {"path": 5}, (-2, 'Invalid "path" argument')),
        ((), {"login": "9000001"}, (-2, 'Invalid "login" argument')),
        ((), {"server": 5}, (-2, 'Invalid "server" argument')),
        ((), {"password": "x" * 254}, (-2, 'Invalid "password" argument')),
        ((), {"timeout": 1.5}, (-2, 'Invalid "timeout" argument')),
        ((), {"login": 9000001}, (-6, "Terminal: Authorization failed")),
        ((), {"server": "Paper-Demo", "password": "x"}, (-6, "Terminal: Authorization failed")),
    ],
)
def test_initialize_refuses_credentials_and_wrong_arguments(
    terminal: ModuleType, args: tuple[Any, ...], named: dict[str, Any], error: tuple[int, str]
) -> None:
    assert terminal.initialize(*args, **named) is False
    assert terminal.last_error() == error
    assert terminal.version() is None


@pytest.mark.parametrize("named", [{"login": -1}, {"login": 2**64}, {"timeout": 2**32}, {"timeout": -1}])
def test_numbers_that_c_cannot_hold_are_a_system_error(terminal: ModuleType, named: dict[str, int]) -> None:
    text = "<built-in function initialize> returned a result with an exception set"
    with pytest.raises(SystemError, match=text) as raised:
        terminal.initialize(**named)
    assert isinstance(raised.value.__cause__, OverflowError)
    assert terminal.last_error() == (-2, f'Invalid "{next(iter(named))}" argument')


# Symbols


def test_an_unknown_symbol_is_not_found(terminal: ModuleType) -> None:
    for call in (terminal.symbol_info, terminal.symbol_info_tick):
        assert call("IWM") is None  # the broker calls it IWM.US
        assert terminal.last_error() == NOT_FOUND
    assert terminal.symbol_select("IWM", True) is False
    assert terminal.last_error() == NOT_FOUND
    assert terminal.copy_rates_from_pos("IWM", D1, 0, 1) is None
    assert terminal.last_error() == NOT_FOUND


def test_a_symbol_has_at_most_29_characters(terminal: ModuleType) -> None:
    for length, error in ((29, NOT_FOUND), (30, INVALID_ARGUMENTS)):
        name = "X" * length
        assert terminal.symbol_info(name) is None
        assert terminal.last_error() == error
        assert terminal.symbol_select(name) is False
        assert terminal.last_error() == error
        assert terminal.copy_rates_from_pos(name, D1, 0, 1) is None
        assert terminal.last_error() == error
        assert terminal.order_calc_margin(0, name, 1.0, 1.0) is None
        assert terminal.last_error() == error


def test_selecting_takes_one_or_two_arguments_and_any_truth(terminal: ModuleType) -> None:
    for args in ((), ("SPY.US", True, True), (5, True)):
        assert terminal.symbol_select(*args) is False
        assert terminal.last_error() == INVALID_ARGUMENTS
    assert terminal.symbol_select("SPY.US", 0) is True
    assert terminal.symbol_info("SPY.US").select is False
    assert terminal.symbol_select("SPY.US", "yes") is True
    assert terminal.symbol_info("SPY.US").select is True


GROUPS = [
    ("IWM.US", ["IWM.US"]),
    ("IWM", []),
    ("iwm.us", []),
    ("XL*", ["XLF.US", "XLI.US", "XLY.US", "XLU.US", "XLP.US", "XLV.US"]),
    ("*, !XL*", ["IWM.US", "SPY.US", "QQQ.US", "KRE.US", "HYG.US", "IEF.US"]),
    ("!XL*, *", ["IWM.US", "SPY.US", "QQQ.US", "KRE.US", "HYG.US", "IEF.US"]),
    ("SPY.US , *E*", ["SPY.US", "KRE.US", "IEF.US"]),
    ("!XL*", []),
    ("I?M.US", []),
    ("! XL*, XLF*", ["XLF.US"]),  # a blank behind the mark is part of the mask
]


@pytest.mark.parametrize(("group", "names"), GROUPS)
def test_a_group_is_masks_with_stars_and_exclusions(
    terminal: ModuleType, group: str, names: list[str]
) -> None:
    assert [info.name for info in terminal.symbols_get(group)] == names
    assert [info.name for info in terminal.symbols_get(group=group)] == names


def test_a_deal_without_a_symbol_is_in_the_group_of_all() -> None:
    assert in_group("*", "")
    assert not in_group("", "")
    assert not in_group("X*", "")


def test_all_symbols_are_offered(terminal: ModuleType) -> None:
    assert terminal.symbols_total() == len(terminal.symbols_get()) == len(terminal.symbols_get("")) == 12


@pytest.mark.parametrize(
    ("args", "named", "text"),
    [
        ((5,), {}, "Invalid 1st unnamed argument"),
        (("X" * 1998,), {}, "Invalid 1st unnamed argument"),
        (("*", "*"), {}, "Invalid number of arguments"),
        ((), {"group": None}, 'Invalid "group" argument'),
    ],
)
def test_symbols_get_answers_a_bad_argument_with_false(
    terminal: ModuleType, args: tuple[Any, ...], named: dict[str, Any], text: str
) -> None:
    assert terminal.symbols_get(*args, **named) is False
    assert terminal.last_error() == (-2, text)


# Positions, orders, deals


def test_positions_are_filtered_by_ticket_before_symbol_before_group(terminal: ModuleType) -> None:
    every = terminal.positions_get()
    assert len(every) == terminal.positions_total() == 4
    first = every[0]
    assert terminal.positions_get(ticket=first.ticket, symbol="IWM.US", group="XL*") == (first,)
    assert [one.symbol for one in terminal.positions_get(symbol="IWM.US", group="XL*")] == ["IWM.US"]
    assert [one.symbol for one in terminal.positions_get(group="XL*")] == ["XLF.US", "XLU.US"]
    for none in ({"symbol": "SPY.US"}, {"ticket": 1}, {"group": "IWM"}):
        assert terminal.positions_get(**none) == ()
        assert terminal.last_error() == SUCCESS


@pytest.mark.parametrize("name", ["positions_get", "orders_get"])
def test_positions_and_orders_are_asked_for_by_keyword(terminal: ModuleType, name: str) -> None:
    call = getattr(terminal, name)
    assert call("IWM.US") is None
    assert terminal.last_error() == UNNAMED
    for key, wrong in (
        ("ticket", None),
        ("ticket", "5"),
        ("symbol", None),
        ("symbol", "X" * 30),
        ("group", 5),
    ):
        assert call(**{key: wrong}) is None
        assert terminal.last_error() == (-2, f'Invalid "{key}" argument')
    with pytest.raises(SystemError, match=name):
        call(ticket=-1)


def test_pending_and_old_orders_are_told_apart() -> None:
    waits = PaperOrder("IWM", "buy_limit", 7.0, 110.0, at("2018-12-26T15:00"))
    dropped = PaperOrder("SPY", "buy_limit", 3.0, 200.0, at("2018-12-26T15:00"), at("2018-12-26T15:10"))
    play("2018-12-26T15:30", [waits, dropped])
    (order,) = paper.orders_get()
    assert (order.symbol, order.type, order.volume_current, paper.orders_total()) == ("IWM.US", 2, 7.0, 1)
    assert paper.orders_get(symbol="SPY.US") == ()
    (old,) = paper.history_orders_get(*EVER)
    assert (old.symbol, old.time_done) == ("SPY.US", stamp("2018-12-26T17:10"))
    assert paper.history_orders_get(ticket=old.ticket) == (old,)
    assert paper.history_orders_get(*EVER, group="IWM*") == ()
    assert paper.history_orders_total(old.time_done, old.time_done) == 1
    assert paper.history_orders_total(old.time_done + 1, EVER[1]) == 0


def test_deals_are_those_between_two_server_times_both_included(terminal: ModuleType) -> None:
    # IWM was bought at 15:00 UTC, which is 17:00 at the server.
    bought = stamp("2018-12-26T17:00")
    assert [deal.symbol for deal in terminal.history_deals_get(bought, bought)] == ["IWM.US"]
    assert terminal.history_deals_total(bought, bought) == 1
    assert terminal.history_deals_get(bought + 1, bought + 2) == ()
    found = terminal.history_deals_get(at("2018-12-26T17:00"), float(bought) + 0.9)
    assert [deal.symbol for deal in found] == ["IWM.US"]


def test_no_deal_is_of_the_future(terminal: ModuleType) -> None:
    assert terminal.history_deals_total(*EVER) == 5  # the deposit and four openings: IEF, IWM, XLF, XLU
    terminal.advance(3600)
    assert len(terminal.history_deals_get(*EVER)) == 6  # KRE at 16:30


def test_deals_are_filtered_by_group_or_order_or_position(terminal: ModuleType) -> None:
    every = terminal.history_deals_get(*EVER)
    assert every[0].type == 2  # the deposit, DEAL_TYPE_BALANCE
    found = terminal.history_deals_get(*EVER, group="XL*")
    assert [deal.symbol for deal in found] == ["XLF.US", "XLU.US"]
    assert terminal.history_deals_get(ticket=every[1].order) == (every[1],)
    assert terminal.history_deals_get(position=every[2].position_id) == (every[2],)
    assert terminal.history_deals_get(ticket=every[1].order, position=every[2].position_id) == (every[1],)
    assert terminal.history_deals_get(*EVER, ticket=every[1].order) == every  # ignored beside dates


@pytest.mark.parametrize("name", ["history_deals_get", "history_orders_get"])
@pytest.mark.parametrize(
    ("args", "named", "error"),
    [
        ((), {}, INVALID_ARGUMENTS),
        ((0,), {}, INVALID_ARGUMENTS),
        ((0,), {"ticket": 1}, UNNAMED),
        ((0, 1, 2), {"position": 1}, UNNAMED),
        ((), {"date_from": 0, "date_to": 1}, INVALID_ARGUMENTS),
        ((), {"ticket": "1"}, (-2, 'Invalid "ticket" argument')),
        ((), {"position": 1.0}, (-2, 'Invalid "position" argument')),
        ((0, 1), {"group": 5}, (-2, 'Invalid "group" argument')),
        ((date(2018, 1, 1), 5), {}, INVALID_ARGUMENTS),
        (("2018-01-01", 5), {}, INVALID_ARGUMENTS),
        ((0, np.int64(5)), {}, INVALID_ARGUMENTS),  # no int, float or datetime
    ],
)
def test_wrong_arguments_for_the_history_are_none(
    terminal: ModuleType, name: str, args: tuple[Any, ...], named: Mapping[str, Any], error: tuple[int, str]
) -> None:
    assert getattr(terminal, name)(*args, **named) is None
    assert terminal.last_error() == error


def test_dates_beyond_32_bits_fail_as_in_the_package(terminal: ModuleType) -> None:
    for late in (at("2100-01-01"), 2.0**31, float("inf"), float("nan")):
        assert terminal.history_deals_get(0, late) == ()  # it has become the year 1901
        assert terminal.last_error() == SUCCESS
    assert len(terminal.history_deals_get(float("nan"), 2**31 - 1)) == 5
    for late in (2**31, -(2**31) - 1):
        with pytest.raises(SystemError, match="history_deals_get"):
            terminal.history_deals_get(0, late)


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
        ((0, 5, 40.0, 132.15), INVALID_ARGUMENTS),
        ((2, "IWM.US", 40.0, 132.15), INVALID_PARAMS),
        ((0, "IWM.US", 0.0, 132.15), INVALID_PARAMS),
        ((0, "IWM.US", 40.0, 0.0), INVALID_PARAMS),
        ((0, "IWM.US", 40.0, float("nan")), INVALID_PARAMS),
        ((0, "IWM.US", float("inf"), 1.0), INVALID_PARAMS),
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


def test_a_naive_datetime_is_in_the_computer_s_zone(terminal: ModuleType) -> None:
    naive = datetime.fromtimestamp(stamp("2018-12-26T17:00"))  # noqa: DTZ006 -- what the package does
    aware = naive.astimezone(UTC)
    assert terminal.history_deals_get(naive, naive) == terminal.history_deals_get(aware, aware) != ()
