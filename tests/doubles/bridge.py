"""A broker's terminal as the adapter meets it: a module with the reading functions and nothing else.

No factor equals one: contract size 100, account in EUR at 0.93 for a USD, step 0.1, smallest order 0.3,
three digits, point 0.001. The server's clock is New York + 7; all instants here lie in winter, so it is
two hours ahead of UTC.
"""
# ruff: noqa: ANN401 -- the module that it stands for has no types

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

MAY_TOUCH = (
    *("initialize", "shutdown", "last_error", "terminal_info", "account_info", "symbol_info"),
    *("symbol_info_tick", "symbol_select", "symbols_get", "copy_rates_from_pos", "positions_get"),
    *("orders_get", "copy_rates_range", "copy_ticks_range"),
    *("history_orders_get", "history_deals_get"),
    *("order_calc_margin", "order_calc_profit"),
)
LOCAL = """
terminal: {module: bridge, server_zone: New_York+7}
macro: {source: off}
regime: {legs: [[IWM, SPY]]}
symbols: {QQQ: null, XLF: null, XLI: null, XLY: null, XLP: null, XLV: null, KRE: null, HYG: null, IEF: null,
  US2000: null, US500: null}
"""
PATH = r"C:\Program Files\Example MT5"
NOON = datetime(2025, 1, 15, 17, 0, tzinfo=UTC)  # a Wednesday, in an open session (14:30 to 21:00 UTC)
AHEAD = timedelta(hours=2)  # the server's clock ahead of UTC
LOGIN = 4001
RATE = 0.93  # EUR for one USD
CONTRACT = 100.0  # shares a lot
MARGIN_RATE = 0.2
D1 = 16408  # TIMEFRAME_D1
M1 = 1  # TIMEFRAME_M1
INFO = 1  # COPY_TICKS_INFO
RATES = np.dtype(
    [
        *(("time", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8")),
        *(("tick_volume", "<u8"), ("spread", "<i4"), ("real_volume", "<u8")),
    ]
)
TICKS = np.dtype(
    [
        *(("time", "<i8"), ("bid", "<f8"), ("ask", "<f8"), ("last", "<f8"), ("volume", "<u8")),
        *(("time_msc", "<i8"), ("flags", "<u4"), ("volume_real", "<f8")),
    ]
)
PRICES = {"IWM.US": (221.125, 221.165), "SPY.US": (590.41, 590.47), "XLU.US": (77.32, 77.35)}


def server(instant: datetime) -> int:
    """The server's wall-clock digits at a UTC instant, as epoch milliseconds."""
    return round((instant + AHEAD).timestamp() * 1000)


def bar(day: date, close: float, swing: float = 2.0) -> tuple[float, ...]:
    """One D1 bar, stamped at midnight of the server's date."""
    stamp = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    return (stamp, close - 0.5, close + swing / 2, close - swing / 2, close, 1000, 40, 0)


def hours(daily: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """H1 bars of D1 bars: 16:00 to 22:00 of the server's clock, the last to the close at 23:00."""
    bars: list[tuple[float, ...]] = []
    for stamp, opened, high, low, close, *_ in daily:
        for hour in range(16, 23):
            first, last = hour == 16, hour == 22
            prices = (opened if first else close, high, low, close if last else (high + low) / 2)
            bars.append((stamp + hour * 3600, *prices, 150, 40, 0))
    return bars


def sessions(until: date, count: int) -> list[date]:
    """The last `count` sessions of the packaged table up to a date, that date included."""
    table = Path(__file__).parents[2] / "assistant" / "data" / "sessions.csv"
    days = (date.fromisoformat(line[:10]) for line in table.read_text(encoding="utf-8").splitlines()[1:])
    return [day for day in days if day <= until][-count:]


def symbol(**changed: Any) -> SimpleNamespace:
    """The contract terms of a symbol."""
    terms: dict[str, Any] = {"digits": 3, "point": 0.001, "trade_stops_level": 250, "trade_mode": 4}
    terms |= {"volume_min": 0.3, "volume_step": 0.1, "volume_max": 40.0, "select": False, "custom": False}
    terms |= {"volume_limit": 0.0, "trade_contract_size": CONTRACT, "trade_tick_size": 0.001}
    terms |= {"trade_tick_value_loss": 0.001 * CONTRACT * RATE, "margin_hedged_use_leg": True}
    terms |= {"swap_mode": 1, "swap_long": -4.5, "swap_short": 1.25, "name": "IWM.US", "chart_mode": 0}
    terms |= {"description": "", "isin": ""}
    terms |= dict.fromkeys(("currency_base", "currency_profit", "currency_margin"), "USD")
    return SimpleNamespace(**terms | changed)


def position(ticket: int = 81, name: str = "IWM.US", **changed: Any) -> SimpleNamespace:
    """An open position: 1.1 lots bought at 222.5, stop 218.25."""
    terms: dict[str, Any] = {"ticket": ticket, "symbol": name, "type": 0, "volume": 1.1, "price_open": 222.5}
    terms |= {"sl": 218.25, "profit": -140.66, "swap": 0.0, "time_msc": server(NOON - timedelta(hours=1))}
    return SimpleNamespace(**terms | changed)


def order(ticket: int = 91, name: str = "IWM.US", **changed: Any) -> SimpleNamespace:
    """A pending order: buy limit, 0.6 lots at 219.5, stop 216.25."""
    terms: dict[str, Any] = {"ticket": ticket, "symbol": name, "type": 2, "volume_current": 0.6}
    terms |= {"price_open": 219.5, "price_stoplimit": 0.0, "price_current": 221.165, "sl": 216.25}
    return SimpleNamespace(**terms | changed)


def deal(ticket: int, at: datetime, **changed: Any) -> SimpleNamespace:
    """A deal that bought 1.1 lots."""
    terms: dict[str, Any] = {"ticket": ticket, "time_msc": server(at), "type": 0, "entry": 0}
    terms |= {"position_id": 81, "symbol": "IWM.US", "volume": 1.1, "price": 222.5, "profit": 0.0}
    terms |= {"commission": -2.2, "swap": 0.0, "fee": -0.1, "order": 0, "comment": ""}
    return SimpleNamespace(**terms | changed)


def done(ticket: int, at: datetime, **changed: Any) -> SimpleNamespace:
    """An order that was done with: a stop-loss at 218.25, as the terminal notes it."""
    terms: dict[str, Any] = {"ticket": ticket, "time_done": server(at) // 1000, "symbol": "IWM.US"}
    terms |= {"type": 1, "reason": 4, "price_open": 218.25, "comment": "[sl 218.250]"}
    return SimpleNamespace(**terms | changed)


class Broker:
    """What stands behind the module: change it, and the next reading sees it."""

    def __init__(self, folder: Path) -> None:
        """Stand at NOON; `folder` is the terminals' common folder."""
        self.now = NOON
        self.folder = folder
        self.fails: set[str] = set()  # names of functions that fail now
        self.error = (-1, "Terminal: Call failed")
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.login = LOGIN
        self.server = "Example-Live"
        self.money = {"balance": 99_500.0, "equity": 99_300.0, "credit": 0.0, "margin": 1_250.0}
        self.money |= {"margin_free": 60_000.0, "margin_so_so": 50.0}
        self.margin_mode = 2
        self.connected = True
        self.path = PATH
        self.data_path: str | None = None  # None: it is a portable terminal
        self.maxbars = 100_000
        self.symbols = {name: symbol(name=name) for name in PRICES}
        self.ticks: dict[str, Any] = {}  # instead of the usual tick
        self.age = timedelta(seconds=1.25)  # of the usual tick
        self.positions: tuple[Any, ...] = ()
        self.orders: tuple[Any, ...] = ()
        self.deals: tuple[Any, ...] = ()
        self.done: tuple[Any, ...] = ()
        self.minutes: dict[str, list[tuple[float, ...]]] = {}  # M1 bars
        self.past_ticks: dict[str, list[tuple[float, ...]]] = {}
        self.hours: Callable[[list[tuple[float, ...]]], list[tuple[float, ...]]] = hours  # H1 of D1 bars
        days = sessions(NOON.date(), 301)  # the last one has not closed
        self.bars: dict[str, list[tuple[float, ...]]] = {
            name: [bar(day, bid + slope * (300 - i)) for i, day in enumerate(days)]
            for (name, (bid, _)), slope in zip(PRICES.items(), (0.05, -0.1, 0.01), strict=True)
        }

    def functions(self) -> dict[str, Callable[..., Any]]:
        """The module's functions by name."""
        return {name: self._function(name) for name in MAY_TOUCH}

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            self.calls.append((name, args, named))
            if name in self.fails:
                return False if name in {"initialize", "symbol_select"} else None
            return getattr(self, f"_{name}")(*args, **named)

        return call

    def _initialize(self, *_: Any) -> bool:
        return True

    def _shutdown(self) -> bool:
        return True

    def _last_error(self) -> tuple[int, str]:
        return self.error

    def _terminal_info(self) -> Any:
        facts = {"path": self.path, "maxbars": self.maxbars, "commondata_path": str(self.folder)}
        facts["data_path"] = str(self.data_path or self.path)
        return SimpleNamespace(connected=self.connected, **facts)

    def _account_info(self) -> Any:
        facts = {"login": self.login, "server": self.server, "currency": "EUR"}
        return SimpleNamespace(**facts, **self.money, margin_mode=self.margin_mode, margin_so_mode=0)

    def _symbol_info(self, name: str) -> Any:
        return self.symbols.get(name)

    def _symbols_get(self) -> Any:
        return tuple(self.symbols.values())

    def _symbol_select(self, name: str, enable: bool) -> bool:
        if name in self.symbols:
            self.symbols[name].select = enable
        return name in self.symbols

    def _symbol_info_tick(self, name: str) -> Any:
        if name in self.ticks:
            return self.ticks[name]
        bid, ask = PRICES[name]
        return SimpleNamespace(bid=bid, ask=ask, time_msc=server(self.now - self.age))

    def _copy_rates_from_pos(self, name: str, timeframe: int, _start: int, count: int) -> Any:
        daily = self.bars[name][-count:]
        bars = daily if timeframe == D1 else self.hours(daily)
        return np.array(bars[-count:], dtype=RATES)

    def _copy_rates_range(self, name: str, timeframe: int, first: int, last: int) -> Any:
        assert timeframe == M1
        rows = [row for row in self.minutes.get(name, []) if first <= row[0] <= last]
        return np.array(rows, dtype=RATES)

    def _copy_ticks_range(self, name: str, first: int, last: int, flags: int) -> Any:
        assert flags == INFO
        rows = [row for row in self.past_ticks.get(name, []) if first <= row[0] <= last]
        return np.array(rows, dtype=TICKS)

    def _positions_get(self) -> Any:
        return self.positions

    def _orders_get(self) -> Any:
        return self.orders

    def _history_orders_get(self, first: int, last: int) -> Any:
        return tuple(one for one in self.done if first <= one.time_done <= last)

    def _history_deals_get(self, first: int, last: int) -> Any:
        return tuple(one for one in self.deals if first <= one.time_msc // 1000 <= last)

    def _order_calc_profit(self, side: int, _name: str, lots: float, opened: float, closed: float) -> float:
        return round((closed - opened if side == 0 else opened - closed) * CONTRACT * RATE * lots, 2)

    def _order_calc_margin(self, _side: int, _name: str, lots: float, price: float) -> float:
        return round(lots * CONTRACT * price * MARGIN_RATE * RATE, 2)


class Bridge(ModuleType):
    """A module that refuses to be asked for anything but the reading functions."""

    def __init__(self, broker: Broker) -> None:
        """Take the functions of a broker."""
        super().__init__("bridge")
        for name, function in broker.functions().items():
            setattr(self, name, function)

    def __getattribute__(self, name: str) -> Any:
        """Return a reading function; what the import system asks for (`__spec__`) goes, too."""
        if name not in MAY_TOUCH and not name.startswith("__"):
            raise AssertionError(f"{name} was touched")
        return super().__getattribute__(name)


class HandClock:
    """A clock that stands at the broker's instant and is moved on by `sleep`; `then` acts between cycles.

    A sleep of less than a second is between two looks of one cycle: nothing happens then.
    """

    def __init__(self, broker: Broker, *then: Callable[[], object]) -> None:
        """Take what is to happen after the first sleep of a second or more, the second, ..."""
        self._broker = broker
        self._then = list(then)
        self.slept: list[float] = []
        self.ahead = 0.0  # seconds that the PC's clock shows more than the broker's instant

    def now(self) -> datetime:
        """The broker's instant, where the PC's clock is right."""
        return self._broker.now + timedelta(seconds=self.ahead)

    def passed(self) -> float:
        """The broker's epoch seconds, which nobody sets."""
        return self._broker.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Move on, and let happen what is next."""
        self._broker.now += timedelta(seconds=seconds)
        if seconds < 1:
            return
        self.slept.append(seconds)
        if self._then:
            self._then.pop(0)()
