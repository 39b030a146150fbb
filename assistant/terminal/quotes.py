"""What MetaTrader5 returns about one symbol: its facts, its last tick, its ticks.

Instants are UTC epoch milliseconds; what is returned bears the server's clock.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.terminal.bars import rates_from_pos
from assistant.terminal.constants import (
    COPY_TICKS_INFO,
    SYMBOL_CHART_MODE_BID,
    SYMBOL_TRADE_MODE_CLOSEONLY,
    SYMBOL_TRADE_MODE_FULL,
    TICK_FLAG_ASK,
    TICK_FLAG_BID,
    TIMEFRAME_D1,
)
from assistant.terminal.feeds import feed
from assistant.terminal.profile import server_ms, utc_ms
from assistant.terminal.recording import SYMBOLS, recording
from assistant.terminal.structs import Struct, SymbolInfo, Tick, fields

if TYPE_CHECKING:
    import numpy.typing as npt

    from assistant.terminal.profile import Contract, Profile
    from assistant.terminal.ticks import Quote

TICKS = np.dtype(
    [
        ("time", "<i8"),
        ("bid", "<f8"),
        ("ask", "<f8"),
        ("last", "<f8"),
        ("volume", "<u8"),
        ("time_msc", "<i8"),
        ("flags", "<u4"),
        ("volume_real", "<f8"),
    ]
)

_NO_TICKS = np.empty(0, dtype=TICKS)
_FLAGS = TICK_FLAG_BID | TICK_FLAG_ASK
_FIELDS = fields(SymbolInfo)
_PLACE = {field: place for place, field in enumerate(_FIELDS)}
_SELECT, _VISIBLE, _TIME, _SPREAD = (_PLACE[field] for field in ("select", "visible", "time", "spread"))
_TRADE_MODE, _TICK_VALUE = _PLACE["trade_mode"], _PLACE["trade_tick_value"]  # then those of profit and loss
_BID, _ASK_END = _PLACE["bid"], _PLACE["asklow"] + 1  # bid, bidhigh, bidlow, ask, askhigh, asklow
_OPEN, _CLOSE, _CHANGE = (_PLACE[field] for field in ("session_open", "session_close", "price_change"))


def quote(contract: Contract, at_ms: int) -> Quote:
    """Return a contract's last tick at or before an instant; ValueError before the first."""
    return feed(contract).quote(at_ms)


def quoted(contract: Contract, at_ms: int) -> bool:
    """Whether a contract is being quoted: an order could be filled."""
    return feed(contract).quoted(at_ms)


def tick(profile: Profile, contract: Contract, at_ms: int) -> Struct:
    """Return a contract's last tick; outside its hours it is an old one. ValueError before the first."""
    now = feed(contract).quote(at_ms)
    time_ms = server_ms(profile, now.time_ms)
    return Tick((time_ms // 1000, now.bid, now.ask, 0.0, 0, time_ms, _FLAGS, 0.0))


def _terms(contract: Contract) -> dict[str, object]:
    """Return the fields of SymbolInfo that state the contract; the others are empty."""
    terms = contract.terms
    return {
        "custom": False,
        "chart_mode": SYMBOL_CHART_MODE_BID,
        "digits": terms.digits,
        "spread_float": False,
        "trade_calc_mode": terms.mode,
        "trade_stops_level": terms.stops_level,
        "trade_exemode": 2,  # SYMBOL_TRADE_EXECUTION_MARKET
        "swap_mode": terms.swap.mode,
        "swap_rollover3days": terms.swap.triple,
        "margin_hedged_use_leg": True,
        "expiration_mode": 15,  # every kind of expiration
        "filling_mode": 1,  # fill or kill
        "order_mode": 127,  # every kind of order
        "point": terms.point,
        "trade_tick_size": terms.point,
        "trade_contract_size": terms.contract_size,
        "volume_min": terms.volume_min,
        "volume_max": terms.volume_max,
        "volume_step": terms.volume_step,
        "volume_limit": terms.volume_limit,
        "swap_long": terms.swap.long,
        "swap_short": terms.swap.short,
        "margin_hedged": terms.margin_hedged,
        "currency_base": contract.base,
        "currency_profit": contract.profit,
        "currency_margin": contract.margin,
        "description": contract.description,
        "isin": contract.isin,
        "name": contract.name,
        "path": contract.path,
    }


@lru_cache(maxsize=256)
def _facts(contract: Contract) -> list[Any]:
    """Return a SymbolInfo's values without what changes: counts, then prices from bid on, then texts."""
    texts = _PLACE["basis"]
    values: dict[str, object] = dict.fromkeys(_FIELDS[:_BID], 0)
    values |= dict.fromkeys(_FIELDS[_BID:texts], 0.0) | dict.fromkeys(_FIELDS[texts:], "")
    return list((values | _terms(contract)).values())


def _mode(contract: Contract, at_ms: int) -> int:
    """Return SYMBOL_TRADE_MODE_*: full, or only closing in the contract's last minutes of an XNYS session."""
    closing_ms = contract.terms.close_only_minutes * 60_000
    if closing_ms:
        prices = recording(SYMBOLS[0])  # any: all have the exchange's sessions
        session = prices.sessions[prices.where(at_ms)[0]]
        if session.close_ms - closing_ms <= at_ms < session.close_ms:
            return SYMBOL_TRADE_MODE_CLOSEONLY
    return SYMBOL_TRADE_MODE_FULL


def symbol_info(
    profile: Profile,
    contract: Contract,
    at_ms: int,
    *,
    select: bool,
    visible: bool,
    tick_values: tuple[float, float, float],  # account currency: of a point, in profit, in loss
    trade_mode: int | None = None,  # SYMBOL_TRADE_MODE_*; None: by contract and instant
) -> Struct:
    """Return the facts of a contract; without quotes, as in the terminal, while it is not selected.

    session_open and the like are of the server's day of the last tick. ValueError before the first tick.
    """
    row = _facts(contract).copy()
    row[_SELECT], row[_VISIBLE] = select, visible
    row[_TICK_VALUE : _TICK_VALUE + 3] = tick_values
    row[_TRADE_MODE] = _mode(contract, at_ms) if trade_mode is None else trade_mode
    if not select:
        return SymbolInfo(row)
    ticks = feed(contract)
    now = ticks.quote(at_ms)
    *before, today = rates_from_pos(profile, contract, TIMEFRAME_D1, at_ms, 0, 2).tolist()
    _, opened, high, low, *_ = today
    bids = now.bid, high, low
    row[_TIME], row[_SPREAD] = server_ms(profile, now.time_ms) // 1000, ticks.spread
    row[_BID:_ASK_END] = [*bids, *((round(bid * ticks.per) + ticks.spread) / ticks.per for bid in bids)]
    row[_OPEN] = opened
    if before:
        row[_CLOSE] = close = before[0][4]
        row[_CHANGE] = round((now.bid / close - 1) * 100, 4)  # percent of the close before
    return SymbolInfo(row)


def ticks_from(
    profile: Profile, contract: Contract, at_ms: int, stamp: int, count: int, flags: int
) -> npt.NDArray[np.void]:
    """Return the first `count` ticks (TICKS, oldest first, read-only) from a stamp (server s) up to now.

    With COPY_TICKS_TRADE there are none: nothing is traded in this feed.
    """
    return _ticks(profile, contract, utc_ms(profile, stamp * 1000), at_ms, count, flags)


def ticks_range(
    profile: Profile, contract: Contract, at_ms: int, first: int, last: int, flags: int
) -> npt.NDArray[np.void]:
    """Return the ticks from one stamp (server s) to another, both in, up to now, as ticks_from does."""
    until_ms = min(at_ms, utc_ms(profile, last * 1000))
    return _ticks(profile, contract, utc_ms(profile, first * 1000), until_ms, None, flags)


def _ticks(
    profile: Profile, contract: Contract, first_ms: int, last_ms: int, count: int | None, flags: int
) -> npt.NDArray[np.void]:
    """Return the ticks from one instant (UTC epoch ms) to another, both in; `count` None is all."""
    ticks, parts, lacking = feed(contract), [_NO_TICKS], count
    pieces = ticks.pieces(first_ms, last_ms) if flags & COPY_TICKS_INFO else iter(())
    for number, first, last in pieces:
        path = ticks.path(number)
        end = last + 1 if lacking is None else min(last + 1, first + lacking)
        times_ms, bids = path.times_ms[first:end], path.bids[first:end]
        part = np.zeros(len(bids), dtype=TICKS)
        part["time_msc"] = times_ms + (server_ms(profile, times_ms.item(0)) - times_ms.item(0))
        part["time"] = part["time_msc"] // 1000
        part["bid"], part["ask"] = bids / ticks.per, (bids + ticks.spread) / ticks.per
        part["flags"] = _FLAGS
        parts.append(part)
        lacking = None if lacking is None else lacking - len(part)
        if lacking == 0:
            break
    found = np.concatenate(parts)
    found.setflags(write=False)
    return found
