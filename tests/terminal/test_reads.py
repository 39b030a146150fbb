"""The facade: what a call's failure means, for that call or for the whole terminal."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from assistant.core.market import Unknown
from assistant.errors import TerminalError
from assistant.terminal.reads import READS, Reads
from assistant.terminal.structs import Tick


def module(error: object = (-1, "Terminal: Call failed"), **functions: Callable[..., Any]) -> ModuleType:
    """A module whose functions return None but for those given."""
    made = ModuleType("bridge")
    for name in READS:
        setattr(made, name, lambda *_args, **_named: None)
    vars(made).update({"last_error": lambda: error} | functions)
    return made


def raising(error: BaseException) -> Callable[..., Any]:
    """A function that raises."""

    def call(*_args: object, **_named: object) -> None:
        raise error

    return call


def test_a_module_that_lacks_functions_is_refused_by_their_names() -> None:
    lacking = module()
    del lacking.symbols_get, lacking.orders_get
    with pytest.raises(TerminalError, match=r"^module bridge has no symbols_get, orders_get$"):
        Reads(lacking)


def test_no_other_attribute_of_the_module_is_reached() -> None:
    with pytest.raises(KeyError):
        Reads(module(version=lambda: 500)).optional("version")


@pytest.mark.parametrize("failure", [None, False])
def test_none_and_false_are_failures_with_code_text_and_symbol(failure: object) -> None:
    reads = Reads(module(symbol_info=lambda _name: failure))
    told = "symbol_info for IWM.US failed: -1 Terminal: Call failed"
    assert reads.optional("symbol_info", "IWM.US") == Unknown(told)
    with pytest.raises(TerminalError, match=rf"^{told}$"):
        reads.call("symbol_info", "IWM.US")


@pytest.mark.parametrize("result", [0.0, 0, "", (), True])
def test_a_result_that_counts_as_false_is_no_failure(result: object) -> None:
    reads = Reads(module(error=None, order_calc_profit=lambda *_args: result))
    assert reads.optional("order_calc_profit", 0, "IWM.US", 1.0, 2.0, 3.0) == result


@pytest.mark.parametrize("code", [-10000, -10001, -10005])
def test_a_code_of_the_connection_means_that_the_terminal_is_gone(code: int) -> None:
    reads = Reads(module(error=(code, "No IPC connection")))
    with pytest.raises(TerminalError, match=rf"^symbol_info_tick for SPY failed: {code} No IPC connection$"):
        reads.optional("symbol_info_tick", "SPY")


def test_a_code_above_those_of_the_connection_is_about_the_call() -> None:
    answer = Reads(module(error=(-9999, "?"))).optional("positions_get")
    assert answer == Unknown("positions_get failed: -9999 ?")


@pytest.mark.parametrize("kind", [SystemError, TypeError, ValueError, OverflowError])
def test_what_the_package_raises_for_arguments_is_about_the_call(kind: type[Exception]) -> None:
    reads = Reads(module(copy_rates_from_pos=raising(kind("returned a result with an exception set"))))
    told = "copy_rates_from_pos failed: returned a result with an exception set"
    assert reads.optional("copy_rates_from_pos", "IWM.US", 16408, 0, 600) == Unknown(told)


@pytest.mark.parametrize(
    "error",
    [
        EOFError("stream has been closed"),
        TimeoutError("result expired"),
        ConnectionRefusedError("connection refused"),
        OSError("broken"),
        ReferenceError("weakly-referenced object no longer exists"),
        ImportError("No module named 'MetaTrader5'"),
        AttributeError("'NoneType' object has no attribute 'call'"),
    ],
)
def test_anything_else_that_is_raised_means_that_the_terminal_is_gone(error: Exception) -> None:
    reads = Reads(module(symbol_info_tick=raising(error)))
    with pytest.raises(TerminalError) as told:
        reads.optional("symbol_info_tick", "IWM.US")
    assert str(told.value) == f"symbol_info_tick failed: {type(error).__name__}: {error}"


def test_a_bridge_that_is_lost_between_a_failure_and_its_reason_is_gone_too() -> None:
    reads = Reads(module(last_error=raising(EOFError("stream has been closed"))))
    with pytest.raises(TerminalError, match=r"^account_info failed: EOFError: stream has been closed$"):
        reads.optional("account_info")


def test_a_reason_that_is_none_is_about_the_call() -> None:
    answer = Reads(module(error=None)).optional("account_info")
    assert isinstance(answer, Unknown)


def test_ctrl_c_passes() -> None:
    with pytest.raises(KeyboardInterrupt):
        Reads(module(shutdown=raising(KeyboardInterrupt()))).optional("shutdown")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("wrong type\n\n=== Remote Traceback (1) ===\nTraceback ...", "wrong type"),
        ("\nwrong type", "wrong type"),
        ("", "no reason given"),
    ],
)
def test_of_what_an_error_says_one_line_is_told(said: str, told: str) -> None:
    about_the_call = Reads(module(orders_get=raising(TypeError(said))))
    assert about_the_call.optional("orders_get") == Unknown(f"orders_get failed: {told}")
    gone = Reads(module(orders_get=raising(EOFError(said))))
    with pytest.raises(TerminalError, match=rf"^orders_get failed: EOFError: {told}$"):
        gone.optional("orders_get")


class Elsewhere:
    """What a proxy can stand for."""


def test_proxies_are_refused_alone_and_among_several() -> None:
    here = Elsewhere()
    proxy = weakref.proxy(here)
    reads = Reads(module(symbol_info_tick=lambda _name: proxy, positions_get=lambda: (here, proxy)))
    for name, args in (("symbol_info_tick", ("IWM.US",)), ("positions_get", ())):
        with pytest.raises(TerminalError, match=rf"^{name} gave a proxy; a bridge must hand out copies"):
            reads.optional(name, *args)


def test_a_proxy_that_fails_when_it_is_looked_at_means_that_the_terminal_is_gone() -> None:
    proxy = weakref.proxy(Elsewhere())  # what it stands for has gone
    with pytest.raises(TerminalError, match=r"^account_info failed: ReferenceError: "):
        Reads(module(account_info=lambda: proxy)).optional("account_info")


def test_structs_namespaces_arrays_and_tuples_of_them_are_passed_on_as_they_are() -> None:
    for result in (Tick(range(8)), SimpleNamespace(bid=1.5), np.zeros(3), (Tick(range(8)),), (500, "a")):
        assert Reads(module(terminal_info=lambda result=result: result)).optional("terminal_info") is result
