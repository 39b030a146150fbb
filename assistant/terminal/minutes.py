"""The minutes of a symbol, from the terminal's M1 bars; a history that is still loading is none.

Bars are of bids, stamped at their begin by the server's clock, and there is none for a minute without a
tick. What a symbol was last quoted before a span is read, too: that price stood at its begin.
"""

from datetime import UTC, datetime, timedelta
from itertools import repeat
from math import inf
from typing import TYPE_CHECKING

from assistant.core.bounds import Minute
from assistant.core.market import Unknown
from assistant.terminal.clock import ServerClock
from assistant.terminal.reads import Reads

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Rates = npt.NDArray[np.void]

# Values of MetaTrader5 5.0.6231; the numbers are MQL5's own and do not change.
TIMEFRAME_M1 = 1
SYMBOL_CHART_MODE_BID = 0
_MINUTE, _HOUR = 60, 3600  # seconds
_BEFORE = 7 * 86_400  # seconds before a span in which the last price that stood is looked for
_PIECE = 30 * 86_400  # seconds that are asked for at once
_READINGS = 4  # of a piece, at most, until two are alike: the first may bring a part of it


def read_minutes(
    reads: Reads, clock: ServerClock, name: str, since: datetime, until: datetime
) -> tuple[Minute, ...] | Unknown:
    """Return the minutes that begin in a span of time (UTC), and the last one before it; oldest first."""
    info = reads.optional("symbol_info", name)
    if isinstance(info, Unknown):
        return info
    if info.chart_mode != SYMBOL_CHART_MODE_BID:
        return Unknown(f"bars of {name} are not of bids: chart mode {info.chart_mode}")
    tick = reads.optional("symbol_info_tick", name)  # before the bars, so that they hold it
    first, last = clock.to_stamp(since), clock.to_stamp(until)
    rates = _rates(reads, name, first, last)
    if isinstance(rates, Unknown):
        return rates
    if refused := _refusal(name, rates):
        return refused
    early = int((rates["time"] < first).sum())
    found = _made(rates[max(0, early - 1) :], info.point, clock)
    quoted = None if isinstance(tick, Unknown) or not tick.time_msc else clock.to_utc(tick.time_msc / 1000)
    if quoted and since <= quoted <= until and not (found and quoted - found[-1].at < timedelta(minutes=1)):
        ended = f"{found[-1].at:%Y-%m-%d %H:%M}" if found else "none"
        return Unknown(f"minutes of {name} are still loading: the last is {ended}, its last tick is newer")
    return found


def _rates(reads: Reads, name: str, first: int, last: int) -> "Rates | Unknown":
    """Return the bars of a span of stamps and some time before it; it may begin before the first there is."""
    import numpy as np  # noqa: PLC0415 -- it is loaded wherever rates come from

    maxbars = reads.call("terminal_info").maxbars
    piece = int(min(_PIECE, (maxbars - 2) * _MINUTE))  # as many bars as that, and it fails at some builds
    found: list[Rates] = []
    failed = Unknown(f"minutes of {name} were asked for an empty span")
    for begin in range(first - _BEFORE, last + 1, piece):
        read = _settled(reads, name, begin, min(begin + piece - 1, last))
        if not isinstance(read, Unknown):
            found.append(read)
        elif found:  # a hole in the middle would not be seen
            return read
        else:
            failed = read
    return np.concatenate(found) if found else failed


def _settled(reads: Reads, name: str, first: int, last: int) -> "Rates | Unknown":
    """Return the bars of some stamps, once two readings are alike."""
    count = -1
    for _ in range(_READINGS):
        rates: Rates | Unknown = reads.optional("copy_rates_range", name, TIMEFRAME_M1, first, last)
        if isinstance(rates, Unknown) or len(rates) == count:
            return rates
        count = len(rates)
    return Unknown(f"minutes of {name} are still loading")


def _refusal(name: str, rates: "Rates") -> Unknown | None:
    """Say why bars cannot be counted with."""
    high, low, spread, stamps = rates["high"], rates["low"], rates["spread"], rates["time"]
    good = (low > 0) & (low <= high) & (high < inf) & (spread >= 0)
    if not good.all():
        _, _, highest, lowest, _, _, points, _ = rates[~good][0]
        return Unknown(f"a minute of {name} was high {highest:g}, low {lowest:g}, spread {points} points")
    if not (stamps[1:] > stamps[:-1]).all():
        return Unknown(f"minutes of {name} do not ascend")
    return None


def _made(rates: "Rates", point: float, clock: ServerClock) -> tuple[Minute, ...]:
    """Return bars as minutes; no clock changes inside an hour of its digits."""
    import numpy as np  # noqa: PLC0415 -- it is loaded wherever rates come from

    hours, which = np.unique(rates["time"] // _HOUR, return_inverse=True)
    begins = np.array([clock.to_utc(hour * _HOUR).timestamp() for hour in hours.tolist()])
    seconds = begins[which] + rates["time"] % _HOUR
    instants = map(datetime.fromtimestamp, seconds.tolist(), repeat(UTC))
    spreads = (rates["spread"] * point).tolist()
    return tuple(map(Minute, instants, rates["high"].tolist(), rates["low"].tolist(), spreads))
