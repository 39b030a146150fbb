"""The programs of the month for the engine: cut-offs and floors."""

from datetime import time
from zoneinfo import ZoneInfo

from assistant.core.firm_day import Cutoff
from assistant.core.floors import Amount, Floor, Measure, Of, Op, Reference

INITIAL = 100_000.0

CUTOFFS = {
    "static": Cutoff(time(0), ZoneInfo("Europe/Prague")),
    "eod_16": Cutoff(time(16), ZoneInfo("America/Chicago")),
    "eod_17": Cutoff(time(17), ZoneInfo("America/Chicago")),
    "intraday": Cutoff(time(17), ZoneInfo("America/New_York")),
}


def floor(reference: Reference, amount: Amount, op: Op, **fields: object) -> Floor:
    """A floor under equity, unless told otherwise."""
    return Floor(**{"reference": reference, "amount": amount, "op": op, "measure": Measure.EQUITY, **fields})  # type: ignore[arg-type]


_STATIC = {
    "daily": floor(Reference.DAY_START_BALANCE, Amount(percent=5), Op.LT),
    "max": floor(Reference.INITIAL, Amount(percent=10), Op.LT),
}
_EOD_MARK, _PEAK = Reference.HWM_BALANCE_EOD, Reference.HWM_EQUITY_INTRADAY
_EOD = {
    "trail": floor(_EOD_MARK, Amount(percent=6), Op.LE, lock=Amount(money=0)),
    "open": floor(_EOD_MARK, Amount(by_size={INITIAL: 4000}), Op.LE),
    "paid": floor(_EOD_MARK, Amount(money=4000), Op.LE, initial_after_payout=True),
}
_INTRADAY = {
    "trail": floor(_PEAK, Amount(money=5000), Op.LE, lock=Amount(money=100)),
    "open": floor(_PEAK, Amount(percent=5), Op.LE),
    "daily": floor(
        Reference.DAY_START_MAX, Amount(percent=3, of=Of.REFERENCE), Op.LE, measure=Measure.EITHER
    ),
    "of_day": floor(Reference.HWM_EQUITY_OF_DAY, Amount(percent=4), Op.LE),
}
FLOORS = {"static": _STATIC, "eod_16": _EOD, "eod_17": _EOD, "intraday": _INTRADAY}
