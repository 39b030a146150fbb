"""What MetaTrader5 returns about one symbol: its facts, its last tick, its daily bars.

Instants are UTC epoch milliseconds; what is returned bears the server's clock.
"""

from __future__ import annotations

import calendar
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.terminal import profile
from assistant.terminal.constants import TICK_FLAG_ASK, TICK_FLAG_BID
from assistant.terminal.recording import CENTS, recording
from assistant.terminal.structs import Struct, SymbolInfo, Tick, fields

if TYPE_CHECKING:
    import numpy.typing as npt

RATES = np.dtype(
    [
        ("time", "<i8"),
        ("open", "<f8"),
        ("high", "<f8"),
        ("low", "<f8"),
        ("close", "<f8"),
        ("tick_volume", "<u8"),
        ("spread", "<i4"),
        ("real_volume", "<u8"),
    ]
)

_FIELDS = fields(SymbolInfo)
_PLACE = {field: place for place, field in enumerate(_FIELDS)}
_SELECT, _VISIBLE, _TIME, _SPREAD = (_PLACE[field] for field in ("select", "visible", "time", "spread"))
_BID, _ASK_END = _PLACE["bid"], _PLACE["asklow"] + 1  # bid, bidhigh, bidlow, ask, askhigh, asklow
_OPEN, _CLOSE, _CHANGE = (_PLACE[field] for field in ("session_open", "session_close", "price_change"))


@cache
def _terms(symbol: str) -> list[Any]:
    """Return a SymbolInfo's values without what changes: counts, then prices from bid on, then texts."""
    texts = _PLACE["basis"]
    values: dict[str, object] = dict.fromkeys(_FIELDS[:_BID], 0)
    values |= dict.fromkeys(_FIELDS[_BID:texts], 0.0) | dict.fromkeys(_FIELDS[texts:], "")
    return list((values | profile.terms(symbol)).values())


def symbol_info(symbol: str, at_ms: int, *, selected: bool) -> Struct:
    """Return the facts of a recorded symbol; without quotes, as in the terminal, while it is not selected."""
    row = _terms(symbol).copy()
    row[_SELECT] = row[_VISIBLE] = selected
    if not selected:
        return SymbolInfo(row)
    prices = recording(symbol)
    now, spread = prices.progress(at_ms), prices.quoting.spread
    before = prices.sessions[now.session - 1].close if now.session else None
    row[_TIME], row[_SPREAD] = profile.server_ms(now.time_ms) // 1000, spread
    bids = now.last, now.high, now.low
    row[_BID:_ASK_END] = [bid / CENTS for bid in bids] + [(bid + spread) / CENTS for bid in bids]
    row[_OPEN] = now.open / CENTS
    if before is not None:
        row[_CLOSE] = before / CENTS
        row[_CHANGE] = round((now.last / before - 1) * 100, 4)  # percent of the close before
    return SymbolInfo(row)


def tick(symbol: str, at_ms: int) -> Struct:
    """Return the last tick of a recorded symbol; outside a session it is an old one."""
    quote = recording(symbol).quote(at_ms)
    time_ms = profile.server_ms(quote.time_ms)
    return Tick((time_ms // 1000, quote.bid, quote.ask, 0.0, 0, time_ms, TICK_FLAG_BID | TICK_FLAG_ASK, 0.0))


@cache
def _history(symbol: str) -> npt.NDArray[np.void]:
    """Return all bars of a recorded symbol as they are once finished."""
    prices = recording(symbol)
    rows = [
        (
            calendar.timegm(session.day.timetuple()),  # 00:00 of the server's date, which is the session's
            *(cents / CENTS for cents in (session.open, session.high, session.low, session.close)),
            prices.ticks(place),
            prices.quoting.spread,
            0,
        )
        for place, session in enumerate(prices.sessions)
    ]
    return np.array(rows, dtype=RATES)


def daily_bars(symbol: str, at_ms: int, skip: int, length: int) -> npt.NDArray[np.void]:
    """Return up to `length` bars, oldest first, without the newest `skip`; read-only.

    The newest is the session of the last tick, as far as it has gone.
    """
    now = recording(symbol).progress(at_ms)
    end = max(now.session + 1 - skip, 0)
    bars = _history(symbol)[max(end - length, 0) : end].copy()
    if skip == 0:
        newest = bars[-1:]
        for field, cents in (("high", now.high), ("low", now.low), ("close", now.last)):
            newest[field] = cents / CENTS
        newest["tick_volume"] = now.ticks
    bars.setflags(write=False)
    return bars
