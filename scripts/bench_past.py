"""What it costs to rebuild a funded account's past; a part of scripts/bench.py.

Three symbols quoted round the clock on weekdays, of which one and two are open in turn; the terminal's own
time is that of slices of arrays.
"""

from __future__ import annotations

import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.terminal.metatrader import MetaTrader

DEALS, DAYS = 2000, 90
WORKDAYS = 5  # the first of a week
NAME = f"rebuild {DEALS:,} deals, {DAYS} days"
GOALS = {NAME: 2000.0}  # milliseconds
UNTIL = datetime(2026, 6, 26, 20, 0, tzinfo=UTC)
SYMBOLS = {"US500": 6000.0, "US2000": 2100.0, "NAS100": 21_000.0}
DEPOSIT = 100_000.0


def minutes(start: float, since: int, until: int) -> Any:  # noqa: ANN401 -- an array
    """Return M1 bars of a seeded walk, weekends left out."""
    import numpy as np

    stamps = np.arange(since, until, 60)
    stamps = stamps[(stamps // 86_400 + 3) % 7 < WORKDAYS]  # 1970-01-01 was a Thursday
    closes = start * np.exp(np.cumsum(np.random.default_rng(26).normal(0, 0.0002, len(stamps))))
    rates = np.zeros(
        len(stamps),
        dtype=[
            *(("time", "<i8"), ("open", "<f8"), ("high", "<f8"), ("low", "<f8"), ("close", "<f8")),
            *(("tick_volume", "<u8"), ("spread", "<i4"), ("real_volume", "<u8")),
        ],
    )
    rates["time"], rates["open"], rates["close"] = stamps, closes, closes
    rates["high"], rates["low"], rates["spread"] = closes * 1.0002, closes * 0.9998, 5
    return rates


def trades(rates: dict[str, Any], since: int) -> list[SimpleNamespace]:
    """Return deals that open and close positions of an hour to a day, spread over the days."""
    chance, found = random.Random(26), []  # noqa: S311 -- deals to measure with
    days = [since + day * 86_400 for day in range(DAYS) if (since // 86_400 + day + 3) % 7 < WORKDAYS]
    for number in range(DEALS // 2):
        name = chance.choice(list(rates))
        opened = days[number * len(days) // (DEALS // 2)] + chance.randrange(1, 60_000)
        closed = opened + chance.randrange(600, 20_000)
        bars = rates[name]
        prices = [float(bars["close"][bars["time"].searchsorted(at, "right") - 1]) for at in (opened, closed)]
        for entry, at, price in zip((0, 1), (opened, closed), prices, strict=True):
            fields = {"type": entry, "entry": entry, "position_id": number + 1, "symbol": name, "volume": 0.1}
            fields |= {"time_msc": at * 1000 + 250, "price": price, "commission": -0.35, "swap": 0.0}
            fields |= {"profit": round((prices[1] - prices[0]) * 0.1, 2) * entry, "fee": 0.0, "comment": ""}
            found.append(SimpleNamespace(**fields))
    found.sort(key=lambda deal: deal.time_msc)
    paid = dict.fromkeys(("volume", "price", "commission", "swap", "fee"), 0.0)
    first = {"type": 2, "entry": 0, "position_id": 0, "symbol": "", "comment": "", "profit": DEPOSIT}
    found.insert(0, SimpleNamespace(time_msc=since * 1000, **first, **paid))
    for ticket, deal in enumerate(found, start=1):
        deal.ticket = ticket
    return found


def terminal(since: datetime) -> MetaTrader:
    """Return the adapter over a module that answers from arrays."""
    from assistant.terminal.metatrader import MetaTrader
    from assistant.terminal.reads import READS
    from assistant.terminal.sessions import Sessions

    begin, end = int(since.timestamp()), int(UNTIL.timestamp())
    rates = {name: minutes(price, begin - 7 * 86_400, end) for name, price in SYMBOLS.items()}
    deals = trades(rates, begin)
    balance = sum(deal.profit + deal.commission for deal in deals)
    money = {"balance": balance, "equity": balance, "credit": 0.0, "margin": 0.0, "margin_free": balance}
    terms: dict[str, Any] = {"chart_mode": 0, "point": 0.1, "digits": 1, "select": True, "trade_mode": 4}
    terms |= {"volume_min": 0.1, "volume_step": 0.1, "volume_max": 250.0, "volume_limit": 0.0}
    terms |= {"trade_stops_level": 0, "trade_contract_size": 1.0, "trade_tick_size": 0.1, "swap_mode": 0}
    terms |= {"trade_tick_value_loss": 0.1, "margin_hedged_use_leg": True, "swap_long": 0, "swap_short": 0}
    terms |= dict.fromkeys(("currency_base", "currency_profit", "currency_margin"), "USD")

    def sliced(name: str, _frame: int, first: int, last: int) -> Any:  # noqa: ANN401 -- an array
        stamps = rates[name]["time"]
        return rates[name][stamps.searchsorted(first) : stamps.searchsorted(last, "right")]

    module = ModuleType("bench_terminal")
    answers = {
        "initialize": lambda *_: True,
        "terminal_info": lambda: SimpleNamespace(path="bench", maxbars=100_000, connected=True),
        "account_info": lambda: SimpleNamespace(
            login=1,
            server="Bench",
            currency="USD",
            margin_so_mode=0,
            margin_so_so=50.0,
            margin_mode=2,
            **money,
        ),
        "symbol_info": lambda name: SimpleNamespace(name=name, **terms),
        "symbol_info_tick": lambda name: SimpleNamespace(
            bid=SYMBOLS[name], ask=SYMBOLS[name] + 0.5, time_msc=0
        ),
        "copy_rates_range": sliced,
        "positions_get": lambda: (),
        "history_deals_get": lambda first, last: tuple(
            deal for deal in deals if first <= deal.time_msc // 1000 <= last
        ),
        "order_calc_profit": lambda _side, _name, lots, price, to: -abs(to - price) * lots,
        "order_calc_margin": lambda _side, _name, lots, price: lots * price / 20,
        "last_error": lambda: (1, "Success"),
    }
    for name in READS:
        setattr(module, name, answers.get(name, lambda *_: None))
    return MetaTrader(module, {}, Sessions.packaged(), zone="UTC+00:00", sessions=600)


def rebuilding(times: int = 5) -> dict[str, dict[str, float]]:
    """Measure reading, events and fold for two cut-offs; beside it, the events and the fold alone."""
    from datetime import time as clock
    from zoneinfo import ZoneInfo

    from assistant.core.firm_day import Cutoff
    from assistant.core.past import Past, happened
    from assistant.core.track import fold, start
    from assistant.funded.past import read_past

    since = UNTIL - timedelta(days=DAYS)
    reader = terminal(since)
    zones = ("Europe/Prague", "America/New_York")
    cutoffs = [Cutoff(clock(0), ZoneInfo(zones[0])), Cutoff(clock(17), ZoneInfo(zones[1]))]
    whole, alone = [], []
    for _ in range(times):
        begun = time.perf_counter()
        past = read_past(reader, reader.account(), since, UNTIL, stress=0.01)
        if not isinstance(past, Past):
            raise TypeError(past.reason)
        read = time.perf_counter()
        for cutoff in cutoffs:
            found = happened(past, cutoff, since)
            if found.unbounded:
                raise ValueError(found.unbounded[0])
            fold(start(DEPOSIT, DEPOSIT), found.events)
        ended = time.perf_counter()
        whole.append(ended - begun)
        alone.append(ended - read)
    return {
        name: {"median_ms": statistics.median(seconds) * 1000, "best_ms": min(seconds) * 1000}
        for name, seconds in ((NAME, whole), ("- events and fold, twice", alone))
    }
