"""The paper terminal is the package MetaTrader5 as far as it reads.

mt5_contract.json states what was found out about the package; mt5_wheel.json holds what wheel.py read from
its wheel.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import struct_time
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import pytest

from assistant.terminal.faults import ERRORS
from assistant.terminal.script import PaperOrder
from assistant.terminal.structs import fields
from tests.terminal.playing import CALLS, D1, EVER, FALSE, WITHOUT, at, paper, play
from tests.terminal.wheel import read

HERE = Path(__file__).parent
CONTRACT: dict[str, Any] = json.loads((HERE / "mt5_contract.json").read_text(encoding="utf-8"))
WHEEL: dict[str, Any] = json.loads((HERE / "mt5_wheel.json").read_text(encoding="utf-8"))
TYPES = {"int": int, "float": float, "bool": bool, "str": str}

# What is not here on purpose: a stand-in for an assistant that only reads cannot do anything else.
ABSENT = {
    "login": "logs in",
    "order_check": "belongs to sending",
    "order_send": "sends",
    "Buy": "sends",
    "Sell": "sends",
    "Close": "sends",
}
ABSENT_TYPES = {
    "TradeRequest",
    "OrderCheckResult",
    "OrderSendResult",
}  # only of the functions that are absent
CONTROL = {"reset", "now", "advance"}  # of the stand-in, and not in the package


@pytest.fixture(params="ABCDEF")
def profile(request: pytest.FixtureRequest) -> str:
    letter: str = request.param
    return letter


def public(kind: type, module: str) -> dict[str, Any]:
    """What the paper terminal offers of a kind, and was made in a module."""
    return {
        name: one
        for name, one in vars(paper).items()
        if isinstance(one, kind) and not name.startswith("_") and one.__module__ == module
    }


def types_of(name: str) -> list[type]:
    """The types of a struct's fields."""
    return [TYPES[kind.partition("(")[0]] for _, kind in CONTRACT["structs"][name]]


# Names


def test_every_function_is_there_or_absent_on_purpose() -> None:
    offered = {*CONTRACT["functions"], *CONTRACT["python_helpers"]}
    assert set(public(FunctionType, paper.__name__)) == offered - set(ABSENT) | CONTROL
    assert set(ABSENT) <= offered


def test_every_constant_has_the_package_s_value_and_none_is_added() -> None:
    numbers = {
        name: one for name, one in vars(paper).items() if type(one) is int and not name.startswith("_")
    }
    own = {"BUILD"}
    assert {name: one for name, one in numbers.items() if name not in own} == CONTRACT["constants"]


def test_every_struct_type_has_the_package_s_fields_in_its_order() -> None:
    offered = public(type, "assistant.terminal.structs")
    del offered["Struct"]
    assert set(offered) == set(CONTRACT["module_types"]) - ABSENT_TYPES
    for name, struct in offered.items():
        assert [field for field, _ in CONTRACT["structs"][name]] == list(fields(struct)), name


def test_nothing_in_the_module_sends_or_logs_in() -> None:
    forbidden = {"buy", "sell", "close", "login"}
    for name in vars(paper):
        assert name.lower() not in forbidden
        assert not name.startswith(("order_send", "order_check"))


# Structs


def one_of_each() -> dict[str, list[Any]]:
    """The structs of each type that the paper terminal returns at its instant."""
    names = [info.name for info in paper.symbols_get()]
    return {
        "AccountInfo": [paper.account_info()],
        "TerminalInfo": [paper.terminal_info()],
        "SymbolInfo": [*paper.symbols_get()],
        "Tick": [paper.symbol_info_tick(name) for name in names],
        "TradePosition": [*paper.positions_get()],
        "TradeOrder": [*paper.orders_get(), *paper.history_orders_get(*EVER)],
        "TradeDeal": [*paper.history_deals_get(*EVER)],
    }


def check_types() -> None:
    for name, structs in one_of_each().items():
        for struct in structs:
            assert [type(one) for one in struct] == types_of(name), struct
            assert list(struct._asdict()) == [field for field, _ in CONTRACT["structs"][name]]


def test_fields_are_plain_values_of_the_package_s_types(profile: str) -> None:
    play("2018-12-26T17:30", profile=profile)
    check_types()


def test_fields_have_their_types_while_a_symbol_has_no_tick(profile: str, tmp_path: Path) -> None:
    paper.reset(paper.START, tmp_path, [], profile)
    paper.initialize()
    name = paper.symbols_get()[0].name
    wanted = types_of("SymbolInfo")
    assert [type(one) for one in paper.symbol_info(name)] == wanted
    paper.symbol_select(name)
    assert [type(one) for one in paper.symbol_info(name)] == wanted
    assert [type(one) for one in paper.symbol_info_tick(name)] == types_of("Tick")


def test_fields_have_their_types_with_faults_on() -> None:
    order = PaperOrder("IWM", "buy_limit", 7.0, 110.0, at("2018-12-26T15:00"), stop=100.0)
    play("2018-12-26T15:30", [order])
    paper.faults.quote("IWM.US", 0, 1)
    paper.faults.rename("SPY.US", "SPY.NYSE")
    paper.faults.set_trade_mode("IWM.US", 0)
    assert len(one_of_each()["TradeOrder"]) == 1
    check_types()


def test_structs_are_struct_sequences_and_not_named_tuples() -> None:
    play("2018-12-26T15:30")
    tick = paper.symbol_info_tick("IWM.US")
    assert issubclass(type(tick), tuple)
    assert type(tick) is paper.Tick
    assert (tick[1], tick[-8]) == (tick.bid, tick.time)
    for name in ("_fields", "_replace", "_make", "__dict__"):
        assert not hasattr(tick, name)
        assert not hasattr(struct_time(range(9)), name)
    for name in ("n_fields", "n_sequence_fields", "n_unnamed_fields"):
        assert hasattr(struct_time, name)
    assert (tick.n_fields, tick.n_sequence_fields, tick.n_unnamed_fields) == (8, 8, 0)
    with pytest.raises(AttributeError):
        tick.bid = 1.0
    with pytest.raises(TypeError, match="8-sequence"):
        paper.Tick((1, 2))
    assert repr(paper.Tick((1, 2.0, 3.0, 0.0, 0, 1000, 6, 0.0))) == (
        "Tick(time=1, bid=2.0, ask=3.0, last=0.0, volume=0, time_msc=1000, flags=6, volume_real=0.0)"
    )


# Arrays


@pytest.mark.parametrize("kind", ["rates", "ticks"])
def test_arrays_have_the_package_s_packed_layout_and_are_read_only(kind: str) -> None:
    play("2018-12-26T15:30")
    calls = [name for name in CALLS if name.startswith(f"copy_{kind}")]
    assert len(calls) == {"rates": 3, "ticks": 2}[kind]
    for name in calls:
        array: Any = CALLS[name]()
        assert len(array)
        assert array.dtype.descr == [tuple(field) for field in CONTRACT[f"{kind}_dtype"]]
        assert [array.dtype.fields[field][1] for field in array.dtype.names] == CONTRACT[f"{kind}_offsets"]
        assert array.dtype.itemsize == CONTRACT[f"{kind}_itemsize"] == 60
        assert (array.ndim, array.flags.owndata, array.flags.writeable) == (1, True, False)
        with pytest.raises(ValueError, match="read-only"):
            array["time"][0] = 1


def test_no_rows_are_an_empty_array_and_no_error() -> None:
    play("2018-12-26T15:30")
    for none in (
        paper.copy_rates_from_pos("IWM.US", D1, 600, 10),
        paper.copy_ticks_from("IWM.US", EVER[1], 10, -1),
    ):
        assert isinstance(none, np.ndarray)
        assert (len(none), none.dtype.itemsize, none.flags.writeable) == (0, 60, False)
        assert paper.last_error() == (1, "Success")


# Calling


def test_the_calls_of_these_tests_are_all_there_are() -> None:
    assert set(CALLS) == set(CONTRACT["functions"]) - set(ABSENT) - {"initialize", "shutdown", "last_error"}


@pytest.mark.parametrize("name", sorted(set(CONTRACT["functions"]) - set(ABSENT)))
def test_a_function_is_called_as_its_c_function_is(name: str) -> None:
    play("2018-12-26T15:30")
    function, calling = getattr(paper, name), CONTRACT["functions"][name]["calling"]
    if calling == "METH_NOARGS":
        with pytest.raises(TypeError):
            function(1)
    if "METH_KEYWORDS" in calling:
        function(nothing=1)  # other names are ignored, or are too few arguments
    else:
        with pytest.raises(TypeError):
            function(nothing=1)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_answers_and_fails_with_what_the_contract_says(name: str) -> None:
    play("2018-12-26T15:30")
    failing = False if name in FALSE else None
    assert (CALLS[name]() is failing) == (name in WITHOUT)
    assert CONTRACT["functions"][name]["fail"].startswith(str(failing))
    paper.shutdown()
    assert CALLS[name]() is failing
    assert paper.last_error() == (-10004, CONTRACT["error_codes"]["-10004"]["text"])


def test_every_code_has_the_package_s_text() -> None:
    assert {str(code) for code in ERRORS} == set(CONTRACT["error_codes"]) - {"1"}
    for code, text in ERRORS.items():
        known = CONTRACT["error_codes"][str(code)]["text"]
        if code == -10003:
            assert text == "IPC initialize failed, MetaTrader 5 x64 not found"
            assert known.startswith("IPC initialize failed, <detail>; details: MetaTrader 5 x64 not found")
        else:
            assert text in known


# The wheel


def test_the_contract_is_what_the_wheel_says() -> None:
    assert WHEEL["version"] == CONTRACT["version"] == paper.__version__
    assert WHEEL["constants"] == CONTRACT["constants"]
    assert WHEEL["imports"] == ["from ._core import *"]
    assert set(WHEEL["helpers"]) == {*CONTRACT["python_helpers"], "_RawOrder"}
    calling = {name: one["calling"] for name, one in CONTRACT["functions"].items()}
    assert WHEEL["functions"] == calling | {"_asdict": "METH_NOARGS"}
    structs = {name: [field for field, _ in one] for name, one in CONTRACT["structs"].items()}
    assert WHEEL["structs"] == structs


def test_the_stored_answer_is_what_the_published_wheel_holds(tmp_path: Path) -> None:
    command = (
        f"pip download MetaTrader5=={WHEEL['version']} --platform win_amd64 --python-version 311 "
        "--only-binary=:all: --no-deps --no-cache-dir --timeout 15 --retries 0 --dest"
    )
    result = subprocess.run(
        [sys.executable, "-m", *command.split(), str(tmp_path)], capture_output=True, check=False, text=True
    )
    found = list(tmp_path.glob("*.whl"))
    assert bool(found) == (result.returncode == 0), result.stderr
    assert len(WHEEL["sha256"]) == 64
    for wheel in found:
        assert read(wheel) == WHEEL
    happened = "the published wheel" if found else "the stored answer alone: no registry was reached"
    print(f"compared with {happened}")  # noqa: T201 -- which of the two it was must be seen


def test_the_module_s_names_are_the_wheel_s() -> None:
    assert paper.TIMEFRAME_H3 == WHEEL["constants"]["TIMEFRAME_H3"] == 3 | 0x4000
    here = set(public(FunctionType, paper.__name__)) - CONTROL
    assert here == set(WHEEL["functions"]) - {"_asdict"} - set(ABSENT)
    assert isinstance(paper, ModuleType)
