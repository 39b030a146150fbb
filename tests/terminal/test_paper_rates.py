"""How bars and ticks are asked for, and what is said when they are asked for wrongly."""

from __future__ import annotations

from datetime import date
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests.terminal.playing import (
    CALL_FAILED,
    D1,
    EVER,
    INVALID_ARGUMENTS,
    INVALID_PARAMS,
    SUCCESS,
    at,
    paper,
    play,
    stamp,
)

H1 = 16385


@pytest.fixture
def terminal() -> ModuleType:
    """The paper terminal at its default instant."""
    return play("2018-12-26T15:30")


def times(*args: object, call: str = "copy_rates_from_pos") -> list[int]:
    """The stamps of some bars."""
    found: list[int] = getattr(paper, call)(*args)["time"].tolist()
    return found


def test_the_first_reading_of_a_series_brings_the_newer_half(terminal: ModuleType) -> None:
    terminal.initialize()
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 0, 5)) == 3
    whole = terminal.copy_rates_from_pos("IWM.US", D1, 0, 5)
    assert len(whole) == 5
    assert times("IWM.US", H1, 0, 4) == times("IWM.US", H1, 0, 2)  # another series
    assert times("SPY.US", D1, 0, 5) == whole["time"].tolist()[2:]
    terminal.initialize()
    assert times("IWM.US", D1, 0, 5) == whole["time"].tolist()[2:]


def test_the_last_bar_is_the_session_so_far(terminal: ModuleType) -> None:
    before, last = terminal.copy_rates_from_pos("IWM.US", D1, 0, 2)
    info = terminal.symbol_info("IWM.US")
    assert [before["time"], last["time"]] == [stamp("2018-12-24"), stamp("2018-12-26")]
    assert before.tolist()[1:5] == (127.73, 128.47, 125.84, 125.88)
    assert last.tolist()[1:5] == (126.28, info.bidhigh, info.bidlow, info.bid)
    assert last["tick_volume"] == 1800  # 14:30:00.370 to 15:29:58.370, every 2 s
    assert last["spread"] == 3


def test_more_bars_than_there_are_gives_all(terminal: ModuleType) -> None:
    # 565 sessions to 2018-12-31, of which 27, 28 and 31 December are still to come.
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 0, 600)) == 562
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 561, 600)) == 1
    assert len(terminal.copy_rates_from_pos("IWM.US", D1, 562, 600)) == 0


def test_bars_up_to_a_date_and_between_dates(terminal: ModuleType) -> None:
    newest = times("IWM.US", D1, 0, 3)
    assert newest == [stamp("2018-12-21"), stamp("2018-12-24"), stamp("2018-12-26")]
    assert times("IWM.US", D1, at("2018-12-25"), 2, call="copy_rates_from") == newest[:2]
    assert times("IWM.US", D1, EVER[1], 3, call="copy_rates_from") == newest
    assert times("IWM.US", D1, newest[1], at("2018-12-26"), call="copy_rates_range") == newest[1:]
    assert times("IWM.US", D1, newest[1] + 1, newest[2] - 1, call="copy_rates_range") == []
    assert terminal.last_error() == SUCCESS


def test_what_is_wholly_before_the_history_fails(terminal: ModuleType) -> None:
    first = int(terminal.copy_rates_from_pos("IWM.US", D1, 561, 1)["time"][0])
    assert times("IWM.US", D1, 0, first, call="copy_rates_range") == [first]
    assert terminal.copy_rates_range("IWM.US", D1, 0, first - 1) is None
    assert terminal.last_error() == CALL_FAILED
    assert terminal.copy_rates_from("IWM.US", D1, first - 1, 5) is None
    assert terminal.last_error() == CALL_FAILED


def test_ticks_from_a_date_and_between_dates(terminal: ModuleType) -> None:
    opens = stamp("2018-12-26T16:30")
    some = terminal.copy_ticks_from("IWM.US", opens, 3, terminal.COPY_TICKS_ALL)
    assert (some["time_msc"] - opens * 1000).tolist() == [370, 2370, 4370]
    assert (some["bid"][0], some["ask"][0], some["flags"][0]) == (126.28, 126.31, 6)
    until = terminal.copy_ticks_range("IWM.US", opens, opens + 4, terminal.COPY_TICKS_INFO)
    assert until["time_msc"].tolist() == some["time_msc"].tolist()[:2]
    assert len(terminal.copy_ticks_range("IWM.US", opens, opens + 9, terminal.COPY_TICKS_TRADE)) == 0


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [
        ("copy_rates_from_pos", ("IWM.US", D1, 0), INVALID_ARGUMENTS),
        ("copy_rates_from_pos", ("IWM.US", D1, 0, 1, 1), INVALID_ARGUMENTS),
        ("copy_rates_from_pos", (5, D1, 0, 1), INVALID_ARGUMENTS),
        ("copy_rates_from_pos", ("IWM.US", 7, 0, 1), INVALID_PARAMS),
        ("copy_rates_from_pos", ("IWM.US", D1, -1, 1), INVALID_PARAMS),
        ("copy_rates_from_pos", ("IWM.US", D1, 0, 0), INVALID_PARAMS),
        ("copy_rates_from", ("IWM.US", D1, "2018-12-26", 1), INVALID_ARGUMENTS),
        ("copy_rates_from", ("IWM.US", D1, EVER[1], 0), INVALID_PARAMS),
        ("copy_rates_range", ("IWM.US", D1, date(2018, 12, 26), EVER[1]), INVALID_ARGUMENTS),
        ("copy_ticks_from", ("IWM.US", 0, 0, -1), INVALID_PARAMS),
        ("copy_ticks_from", ("IWM.US", 0, 1, 0), INVALID_PARAMS),
        ("copy_ticks_range", ("IWM.US", 0, 1), INVALID_ARGUMENTS),
    ],
)
def test_wrong_arguments_for_bars_and_ticks_are_none(
    terminal: ModuleType, name: str, args: tuple[Any, ...], error: tuple[int, str]
) -> None:
    assert getattr(terminal, name)(*args) is None
    assert terminal.last_error() == error


@pytest.mark.parametrize(
    ("name", "args", "cause"),
    [
        ("copy_rates_from_pos", ("IWM.US", D1, 0, 1.5), TypeError),
        ("copy_rates_from_pos", ("IWM.US", "D1", 0, 1), TypeError),
        ("copy_rates_from_pos", ("IWM.US", D1, 0, 2**31), OverflowError),
        ("copy_ticks_from", ("IWM.US", 0, None, -1), TypeError),
        ("order_calc_margin", ("0", "IWM.US", 40.0, 132.15), TypeError),
        ("order_calc_margin", (0, "IWM.US", "40", 132.15), TypeError),
        ("order_calc_profit", (np.int64(0), "IWM.US", 40.0, 1.0, 2.0), TypeError),
        ("order_calc_profit", (0, "IWM.US", 40.0, None, 2.0), TypeError),
    ],
)
def test_a_number_that_cannot_be_converted_is_a_system_error(
    terminal: ModuleType, name: str, args: tuple[Any, ...], cause: type[Exception]
) -> None:
    with pytest.raises(SystemError, match=f"<built-in function {name}> returned a result") as raised:
        getattr(terminal, name)(*args)
    assert type(raised.value.__cause__) is cause
    assert terminal.last_error() == INVALID_ARGUMENTS


def test_numbers_that_convert_are_taken(terminal: ModuleType) -> None:
    assert len(terminal.copy_rates_from_pos("IWM.US", np.int64(D1), False, np.int32(2))) == 2
