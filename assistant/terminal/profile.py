"""The paper terminal's broker: contract terms, names of symbols, account facts, and the server's clock.

The server's clock is New York plus seven hours (daylight saving by the rule of the United States), as at
many brokers: its midnight is 17:00 in New York and the exchange's session is 16:30-23:00 all year.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from assistant.terminal.constants import SYMBOL_CALC_MODE_CFD, SYMBOL_CHART_MODE_BID, SYMBOL_TRADE_MODE_FULL

if TYPE_CHECKING:
    from collections.abc import Mapping

LOGIN = 9000001
SERVER = "Paper-Demo"
NAME = "Paper"
COMPANY = "Breadth Assistant paper terminal"
CURRENCY = "USD"
LEVERAGE = 20  # to one
DEPOSIT = 100_000.00  # account currency
MARGIN_CALL = 100.0  # percent, equity of margin
STOP_OUT = 50.0  # percent, equity of margin

CONTRACT_SIZE = 1.0  # shares a lot
VOLUME_MIN = 1.0  # lots
VOLUME_STEP = 1.0  # lots
VOLUME_MAX = 5000.0  # lots
MARGIN_RATE = 0.20  # margin as a share of the notional
DIGITS = 2  # of a price
POINT = 0.01  # price
TICK_VALUE = 0.01  # account currency, one point, one lot
STOPS_LEVEL = 5  # points from the price that closes a position

SUFFIX = ".US"

DESCRIPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "IWM": "iShares Russell 2000 ETF",
        "SPY": "SPDR S&P 500 ETF Trust",
        "QQQ": "Invesco QQQ Trust",
        "XLF": "Financial Select Sector SPDR Fund",
        "XLI": "Industrial Select Sector SPDR Fund",
        "XLY": "Consumer Discretionary Select Sector SPDR Fund",
        "XLU": "Utilities Select Sector SPDR Fund",
        "XLP": "Consumer Staples Select Sector SPDR Fund",
        "XLV": "Health Care Select Sector SPDR Fund",
        "KRE": "SPDR S&P Regional Banking ETF",
        "HYG": "iShares iBoxx $ High Yield Corporate Bond ETF",
        "IEF": "iShares 7-10 Year Treasury Bond ETF",
    }
)

ISINS: Mapping[str, str] = MappingProxyType(
    {
        "IWM": "US4642876555",
        "SPY": "US78462F1030",
        "QQQ": "US46090E1038",
        "HYG": "US4642885135",
        "IEF": "US4642874402",
        "XLF": "US81369Y6059",
    }
)

_NEW_YORK = ZoneInfo("America/New_York")
_AHEAD = timedelta(hours=7)
_HOUR_MS = 3_600_000


def broker_symbol(symbol: str) -> str:
    """Return the broker's name of a recorded symbol: "IWM.US" for "IWM"."""
    return symbol + SUFFIX


def terms(symbol: str) -> dict[str, object]:
    """Return the fields of SymbolInfo that state the contract of a recorded symbol; the others are empty."""
    return {
        "custom": False,
        "chart_mode": SYMBOL_CHART_MODE_BID,
        "digits": DIGITS,
        "spread_float": False,
        "trade_calc_mode": SYMBOL_CALC_MODE_CFD,
        "trade_mode": SYMBOL_TRADE_MODE_FULL,
        "trade_stops_level": STOPS_LEVEL,
        "trade_exemode": 2,  # SYMBOL_TRADE_EXECUTION_MARKET
        "swap_rollover3days": 5,  # DAY_OF_WEEK_FRIDAY; the swap itself is 0
        "margin_hedged_use_leg": True,
        "expiration_mode": 15,  # every kind of expiration
        "filling_mode": 1,  # fill or kill
        "order_mode": 127,  # every kind of order
        "point": POINT,
        "trade_tick_value": TICK_VALUE,
        "trade_tick_value_profit": TICK_VALUE,
        "trade_tick_value_loss": TICK_VALUE,
        "trade_tick_size": POINT,
        "trade_contract_size": CONTRACT_SIZE,
        "volume_min": VOLUME_MIN,
        "volume_max": VOLUME_MAX,
        "volume_step": VOLUME_STEP,
        "currency_base": CURRENCY,
        "currency_profit": CURRENCY,
        "currency_margin": CURRENCY,
        "description": DESCRIPTIONS[symbol],
        "isin": ISINS.get(symbol, ""),
        "name": broker_symbol(symbol),
        "path": f"ETFs\\US\\{broker_symbol(symbol)}",
    }


@lru_cache(maxsize=4096)
def _offset_ms(utc_hour: int) -> int:
    """Return server clock minus UTC (ms) in an hour since 1970; New York changes on whole hours."""
    instant = datetime.fromtimestamp(utc_hour * 3600, UTC).astimezone(_NEW_YORK)
    offset = instant.utcoffset() or timedelta()
    return round((offset + _AHEAD).total_seconds()) * 1000


def server_ms(utc_ms: int) -> int:
    """Return the server's wall clock at a UTC epoch instant (ms), as an epoch number (ms)."""
    return utc_ms + _offset_ms(utc_ms // _HOUR_MS)


def profit(side: str, lots: float, price_open: float, price_close: float) -> float:
    """Return the result of `lots` on a side ("buy", "sell"), account currency, to the cent, no costs."""
    move = price_close - price_open if side == "buy" else price_open - price_close
    return round(move * CONTRACT_SIZE * lots, 2)


def margin(lots: float, price: float) -> float:
    """Return the margin of `lots` at a price, account currency, to the cent."""
    return round(lots * CONTRACT_SIZE * price * MARGIN_RATE, 2)
