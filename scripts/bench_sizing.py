"""What caps and lots cost for many symbols with much open; a part of scripts/bench.py."""

from __future__ import annotations

import statistics
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.core.snapshot import Snapshot

GOALS = {"caps of 50 symbols, 200 positions": 5.0}  # milliseconds
NOW = datetime(2025, 1, 15, 17, 0, tzinfo=UTC)


def crowd(symbols: int, positions: int) -> Snapshot:
    """Return a snapshot of an open session with so many symbols, and positions spread over them."""
    from assistant.core import market, snapshot

    names = ["IWM", "SPY", *(f"S{number:02d}" for number in range(2, symbols))]
    bars = tuple(
        market.Bar(date(2022, 6, 1) + timedelta(days=number), close, close + 1, close - 1, close + 0.25)
        for number, close in enumerate(100 + 0.01 * step for step in range(600))
    )
    contract = market.Contract(
        size=10.0,
        profit_currency="USD",
        tick_size=0.01,
        tick_value=0.1,
        night=dict.fromkeys(market.Side, 0.2),
        hedged_by_leg=False,
    )
    instruments = tuple(
        market.Instrument(
            symbol=name,
            broker_symbol=f"{name}.US",
            role=market.Role.RISK_ON,
            digits=2,
            stops_level=0.05,
            volume_min=0.1,
            volume_step=0.1,
            volume_max=500.0,
            volume_limit=None,
            trade_mode=market.TradeMode.FULL,
            contract=contract,
            per_lot=dict.fromkeys(market.Side, market.PerLot(10.0, 212.0)),
        )
        for name in names
    )
    held = tuple(
        market.Position(
            ticket=number,
            broker_symbol=f"{names[number % symbols]}.US",
            side=market.Side.SELL if number % 3 == 0 else market.Side.BUY,
            lots=0.3,
            price=105.0,
            stop=110.0 if number % 3 == 0 else 101.0,
            profit=-1.5,
            opened_at=NOW - timedelta(hours=2),
        )
        for number in range(positions)
    )
    account = market.Account(
        login=1,
        server="Bench",
        currency="USD",
        balance=900_000.0,
        equity=890_000.0,
        credit=0.0,
        margin=40_000.0,
        free_margin=850_000.0,
        stop_out=market.StopOut(0.5, in_money=False),
        hedging=True,
    )
    return snapshot.Snapshot(
        as_of=NOW,
        mode="live",
        terminal=market.TerminalFacts("bench", True, "Common", "Terminal", "UTC", None),
        account=account,
        hours=market.Hours(
            market.SessionState.OPEN,
            NOW - timedelta(hours=3),
            NOW + timedelta(hours=4),
            bars[-1].session,
            NOW - timedelta(days=1),
        ),
        instruments=instruments,
        quotes=dict.fromkeys(names, market.Quote(105.9, 105.95, NOW - timedelta(seconds=1))),
        bars=dict.fromkeys(names, bars),
        positions=held,
        orders=(),
        problems=(),
    )


def sizing(home: Path, times: int = 40) -> dict[str, dict[str, float]]:
    """Measure whole advices of crowded accounts, the closes being folded already."""
    from assistant.config import load_config
    from assistant.core.advice import Track, advise

    settings = load_config(home).settings
    found = {}
    for symbols, positions in ((50, 200), (100, 400)):
        snapshot = crowd(symbols, positions)
        _, track = advise(snapshot, Track(), settings)
        seconds = []
        for _ in range(times):
            begun = time.perf_counter()
            _, track = advise(snapshot, track, settings)
            seconds.append(time.perf_counter() - begun)
        found[f"caps of {symbols} symbols, {positions} positions"] = {
            "median_ms": statistics.median(seconds) * 1000,
            "best_ms": min(seconds) * 1000,
        }
    return found
