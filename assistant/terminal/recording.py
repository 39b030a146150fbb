"""The recorded prices: what a symbol was bid and asked at any instant of the recording.

Recorded are open, high, low and close of each session. The way between them is interpolated: from the
open to the extreme on the open's side (the low first when the session closed at or above its open, else
the high), to the other extreme, to the close, with a small zigzag that stays strictly inside. So the
ticks of a session have exactly the recorded open, high, low and close, and a pure function of symbol and
instant answers every question; nothing is random.

Ticks come on a grid of a symbol's own (2 to 5 s), the last one within a second before the close. Outside
a session the last tick stays. Prices are kept in whole cents: the recorded open and close rounded to the
nearest, the high up and the low down. What a broker makes of a recording is in assistant.terminal.feeds.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from assistant.terminal.ticks import Feed, Span, Stretch, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

CENTS = 100  # in one unit of price
_ZIGZAG = 0.015  # largest step off the straight line, share of the session's range


@dataclass(frozen=True, slots=True)
class Quoting:
    """How a symbol is quoted."""

    spread: int  # cents, ask minus bid
    interval_ms: int  # ms from tick to tick, 2000 to 5000
    phase_ms: int  # ms from the session's open to its first tick, below the interval
    lead_ms: int  # ms from the last tick to the session's close, above 0 and below 1000

    def stretch(self, opens_ms: int, closes_ms: int, slower: int = 1) -> Stretch:
        """Return the grid of ticks from one instant to another (UTC epoch ms), `slower` times as wide."""
        return Stretch(
            opens_ms,
            closes_ms,
            first_ms=opens_ms + self.phase_ms,
            last_ms=closes_ms - self.lead_ms,
            interval_ms=self.interval_ms * slower,
        )


# Whole seconds between ticks and a fraction of a second of its own: no two symbols tick together.
QUOTING: Mapping[str, Quoting] = MappingProxyType(
    {
        "IWM": Quoting(spread=3, interval_ms=2000, phase_ms=370, lead_ms=410),
        "SPY": Quoting(spread=2, interval_ms=2000, phase_ms=1130, lead_ms=230),
        "QQQ": Quoting(spread=3, interval_ms=2000, phase_ms=810, lead_ms=520),
        "XLF": Quoting(spread=2, interval_ms=3000, phase_ms=540, lead_ms=350),
        "XLI": Quoting(spread=4, interval_ms=4000, phase_ms=1910, lead_ms=640),
        "XLY": Quoting(spread=5, interval_ms=4000, phase_ms=2270, lead_ms=170),
        "XLU": Quoting(spread=3, interval_ms=3000, phase_ms=1690, lead_ms=730),
        "XLP": Quoting(spread=3, interval_ms=3000, phase_ms=2450, lead_ms=560),
        "XLV": Quoting(spread=4, interval_ms=4000, phase_ms=3330, lead_ms=290),
        "KRE": Quoting(spread=6, interval_ms=5000, phase_ms=2890, lead_ms=880),
        "HYG": Quoting(spread=3, interval_ms=5000, phase_ms=1620, lead_ms=450),
        "IEF": Quoting(spread=3, interval_ms=5000, phase_ms=4210, lead_ms=690),
    }
)

SYMBOLS: tuple[str, ...] = tuple(QUOTING)


@dataclass(frozen=True, slots=True)
class Session:
    """One session of the exchange with the prices recorded in it."""

    day: date  # trading date of the exchange
    open_ms: int  # UTC epoch ms
    close_ms: int  # UTC epoch ms
    open: int  # cents, bid
    high: int  # cents, bid
    low: int  # cents, bid
    close: int  # cents, bid


def _cents(text: str, rounding: str) -> int:
    return int((Decimal(text) * CENTS).to_integral_value(rounding))


def _epoch_ms(day: date, text: str) -> int:
    return round(datetime.combine(day, time.fromisoformat(text), UTC).timestamp() * 1000)


def rows(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of a packaged CSV file, by column."""
    text = (files("assistant") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def _hours() -> dict[str, tuple[str, str]]:
    """Return the exchange's opening and closing time (UTC) by ISO date."""
    return {row["date"]: (row["open_utc"], row["close_utc"]) for row in rows("sessions.csv")}


def _session(row: dict[str, str]) -> Session:
    day = date.fromisoformat(row["date"])
    opens, closes = _hours()[row["date"]]
    return Session(
        day=day,
        open_ms=_epoch_ms(day, opens),
        close_ms=_epoch_ms(day, closes),
        open=_cents(row["open"], ROUND_HALF_UP),
        high=_cents(row["high"], ROUND_CEILING),
        low=_cents(row["low"], ROUND_FLOOR),
        close=_cents(row["close"], ROUND_HALF_UP),
    )


def _turns(symbol: str, session: Session, ticks: int) -> list[tuple[int, int]]:
    """Return the corners of the session's path: tick number and bid (cents), ascending."""
    first, second = session.high, session.low
    if session.close >= session.open:
        first, second = second, first
    # When the extremes come depends on the session, and a little on the symbol: legs turn nearly together.
    common, own = crc32(session.day.isoformat().encode()), crc32(f"{symbol} {session.day}".encode())
    shift = (own % 1000) / 1000 * 0.04
    early = round((0.15 + (common % 1000) / 1000 * 0.20 + shift) * (ticks - 1))
    late = round((0.62 + (common // 1000 % 1000) / 1000 * 0.20 + shift) * (ticks - 1))
    corners = [(0, session.open)]
    if first != session.open:
        corners.append((early, first))
    if second not in {session.close, first}:
        corners.append((late, second))
    return [*corners, (ticks - 1, session.close)]


def _bids(symbol: str, session: Session, ticks: int) -> npt.NDArray[np.int32]:
    """Return the bid (cents) of every tick of a session."""
    corners = _turns(symbol, session, ticks)
    smooth = walk(corners, (session.high - session.low) * _ZIGZAG, crc32(symbol.encode()) % 97)
    # Strictly inside, so that each extreme is reached by one tick only: its corner (or the open or close).
    lowest, highest = session.low + 1, session.high - 1
    if lowest > highest:
        lowest, highest = session.low, session.high
    path: npt.NDArray[np.int32] = np.clip(smooth, lowest, highest).astype(np.int32)
    for at, price in corners:
        path[at] = price
    return path


class Recording(Feed):
    """The recorded sessions of one symbol, in cents; stretch and session have the same number."""

    def __init__(self, symbol: str) -> None:
        """Load the sessions of a recorded symbol, such as "IWM"; KeyError for any other."""
        self.symbol = symbol
        self.quoting = QUOTING[symbol]
        self.sessions = tuple(_session(row) for row in rows(f"daily/{symbol}.csv"))
        stretches = [self.quoting.stretch(session.open_ms, session.close_ms) for session in self.sessions]
        super().__init__(symbol, stretches, CENTS, self.quoting.spread)

    def bids(self, stretch: int) -> npt.NDArray[np.int32]:
        """Return the bid (cents) of every tick of a session."""
        return _bids(self.symbol, self.sessions[stretch], self.stretches[stretch].ticks)

    def whole(self, stretch: int) -> Span:
        """Return all ticks of a session together; they are as recorded, so no path is made."""
        session = self.sessions[stretch]
        return Span(session.open, session.high, session.low, session.close, self.stretches[stretch].ticks)


@cache
def recording(symbol: str) -> Recording:
    """Return the recording of a symbol, such as "IWM"; KeyError for a symbol that was not recorded."""
    return Recording(symbol)
