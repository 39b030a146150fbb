"""The paper terminal as a test plays it, and what it says when a call fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from assistant.terminal import paper as stand_in
from assistant.terminal.script import Entry

paper: ModuleType = stand_in  # seen as the adapter sees it: a module whose answers are not typed

D1 = 16408
EVER = 0, 2**31 - 1

SUCCESS = (1, "Success")
CALL_FAILED = (-1, "Terminal: Call failed")
INVALID_PARAMS = (-2, "Terminal: Invalid params")
INVALID_ARGUMENTS = (-2, "Invalid arguments")
UNNAMED = (-2, "Unnamed arguments not allowed")
NOT_FOUND = (-4, "Terminal: Not found")
ABSENT = (-10003, "IPC initialize failed, MetaTrader 5 x64 not found")
NO_CONNECTION = (-10004, "No IPC connection")


def at(text: str) -> datetime:
    """A UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def stamp(text: str) -> int:
    """Wall-clock digits as epoch seconds."""
    return int(at(text).timestamp())


def play(start: str, trades: Sequence[Entry] | None = None, profile: str = "A") -> ModuleType:
    """The paper terminal made new and connected, all its symbols selected, and arrived at an instant."""
    paper.reset(datetime.fromtimestamp(at(start).timestamp() - 1, UTC), Path("Common"), trades, profile)
    paper.initialize()
    for info in paper.symbols_get():
        paper.symbol_select(info.name, True)
        paper.copy_rates_from_pos(info.name, D1, 0, 1)
    paper.advance(1.0)
    return paper


# One call of each function that a terminal without a connection cannot answer.
CALLS: dict[str, Callable[[], object]] = {
    "version": paper.version,
    "terminal_info": paper.terminal_info,
    "account_info": paper.account_info,
    "symbols_total": paper.symbols_total,
    "symbols_get": paper.symbols_get,
    "symbol_info": lambda: paper.symbol_info("IWM.US"),
    "symbol_info_tick": lambda: paper.symbol_info_tick("IWM.US"),
    "symbol_select": lambda: paper.symbol_select("IWM.US", True),
    "market_book_add": lambda: paper.market_book_add("IWM.US"),
    "market_book_get": lambda: paper.market_book_get("IWM.US"),
    "market_book_release": lambda: paper.market_book_release("IWM.US"),
    "copy_rates_from": lambda: paper.copy_rates_from("IWM.US", D1, EVER[1], 1),
    "copy_rates_from_pos": lambda: paper.copy_rates_from_pos("IWM.US", D1, 0, 1),
    "copy_rates_range": lambda: paper.copy_rates_range("IWM.US", D1, *EVER),
    "copy_ticks_from": lambda: paper.copy_ticks_from("IWM.US", stamp("2018-12-26"), 1, -1),
    "copy_ticks_range": lambda: paper.copy_ticks_range(
        "IWM.US", stamp("2018-12-26"), stamp("2018-12-27"), -1
    ),
    "positions_total": paper.positions_total,
    "positions_get": paper.positions_get,
    "orders_total": paper.orders_total,
    "orders_get": paper.orders_get,
    "history_orders_total": lambda: paper.history_orders_total(*EVER),
    "history_orders_get": lambda: paper.history_orders_get(*EVER),
    "history_deals_total": lambda: paper.history_deals_total(*EVER),
    "history_deals_get": lambda: paper.history_deals_get(*EVER),
    "order_calc_margin": lambda: paper.order_calc_margin(0, "IWM.US", 1.0, 1.0),
    "order_calc_profit": lambda: paper.order_calc_profit(0, "IWM.US", 1.0, 1.0, 2.0),
}
FALSE = {"symbol_select", "market_book_add", "market_book_release"}  # return False, not None
WITHOUT = {"market_book_add", "market_book_get", "market_book_release"}  # fail in any case: there is no depth
