"""The month of trades.csv worked out a second time; `python -m tests.funded.month.second` writes the answers.

Apart from assistant.core, and from the ledger of the paper terminal: second_account.py. Nothing is folded
here: a floor is a sum or a maximum over all that has happened up to its instant, and a deposit that came
after a mark is added to it. Money is in cents.

The programs (initial balance 100000.00; what stands after "less" is a firm's amount):

    static    00:00 Prague     daily     balance at the reset less 5 % of initial
                               max       initial less 10 % of it
    eod_16    16:00 Chicago    trail     highest balance of resets less 6000.00, at most the initial balance
    eod_17    17:00 Chicago    open      the same less 4000.00, without an end
                               paid      as `open`; the initial balance from the first payout on
    intraday  17:00 New York   trail     highest equity less 5000.00, at most 100.00 above the initial balance
                               open      the same without an end
                               daily     higher of balance and equity at the reset less 3 % of it
                               of_day    highest equity since the reset less 4 % of initial

One firm day by hand, 17:00 New York of 2018-03-07 to that of the 8th, in account currency. Of 60 lots of
US500, bought at 2677.3, 40 are left; 300 IWM were bought at 154.10; the balance is 99830.75.

    nights    US500: one at 60 x 0.75, of which a third was booked with 20 lots, and two at 40 x 0.75: 90.00.
              IWM: 300 x 155.37 x 6.5 % / 360 = 8.42, and for Wednesday
              3 x 300 x 156.74 x 6.5 % / 360 = 25.47, together 33.89
    22:00     US500 2723.1: 40 x 45.8 - 90.00 = 1742.00. IWM 156.74: 300 x 2.64 - 33.89 = 758.11. Equity
              99830.75 + 1742.00 + 758.11 = 102330.86: daily 0.97 x that = 99260.9342, of_day 98330.86; the
              highest so far was 102784.33 (the 7th, 19:53): trail 97784.33
    14:30     US500 2735.5: 40 x 58.2 - 90.00 = 2238.00. IWM opens at 156.90: 300 x 2.80 - 33.89 = 806.11.
              Equity 102874.86, a new peak: trail 97874.86, of_day 98874.86
    16:00     IWM sold at 157.40: 300 x 3.30 - 33.89 - 6.00 - 0.25 = 949.86: balance 100780.61
    21:55     US500 2746.9: 40 x 69.6 - 90.00 = 2694.00. Equity 103474.61: trail 98474.61, of_day 99474.61
    21:59:57  US500 sold at 2746.7: 40 x 69.4 - 90.00 - 14.00 = 2672.00: balance 103452.61
    22:00     nothing is open: daily 0.97 x 103452.61 = 100349.0317, of_day 99452.61, trail still 98474.61;
              16:00 Chicago is the same instant: trail 97452.61, open 99452.61. 00:00 Prague: daily 98452.61
"""

from datetime import UTC, datetime, time
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from tests.funded.month.second_account import (
    FIRST,
    FOLDER,
    INITIAL,
    LAST,
    Account,
    before,
    ms,
    nights,
    of_day,
)

RESETS = {
    "static": of_day(time(0), "Europe/Prague", FIRST, LAST),
    "eod_16": of_day(time(16), "America/Chicago", FIRST, LAST),
    "eod_17": of_day(time(17), "America/Chicago", FIRST, LAST),
    "intraday": of_day(time(17), "America/New_York", FIRST, LAST),
}
ACCOUNT = Account()

Levels = dict[str, Fraction]  # cents, by rule


class Row(NamedTuple):
    """What stands in the account at an instant, and the floors then."""

    at: int
    what: str
    balance: int
    equity: int
    floors: dict[str, Levels]  # by program


@cache
def _peaks() -> list[tuple[int, int]]:
    """The highest equity between any two things that happened: resets, deals, nights."""
    ends = ms(FIRST), ms(LAST)
    cuts = {*ends, *(at for resets in RESETS.values() for at in resets)}
    cuts |= {deal.at for deal in ACCOUNT.deals if deal.at < ends[1]} | {at for at, _ in nights(*ends)}
    return ACCOUNT.peaks(sorted(cuts))


def _initial(at: int) -> int:
    return INITIAL + ACCOUNT.deposits(0, at)


def _highest(seen: list[tuple[int, int]], at: int) -> int:
    """The highest of some numbers seen up to an instant, with what was paid in after each."""
    return max(cents + ACCOUNT.deposits(when, at) for when, cents in seen if when <= at)


def static(at: int, reset: int) -> Levels:
    start = ACCOUNT.balance(reset, day_ends=True) + ACCOUNT.deposits(reset, at)
    return {"daily": Fraction(start - 5_000_00), "max": Fraction(_initial(at) - 10_000_00)}


def eod(resets: list[int], at: int) -> Levels:
    booked = [(when, ACCOUNT.balance(when, day_ends=True)) for when in resets]
    highest = _highest([(0, INITIAL), *booked], at)
    paid = _initial(at) if ACCOUNT.paid_out(at) else highest - 4_000_00
    trail = min(highest - 6_000_00, _initial(at))
    return {"trail": Fraction(trail), "open": Fraction(highest - 4_000_00), "paid": Fraction(paid)}


def intraday(at: int, reset: int) -> Levels:
    here = (at, ACCOUNT.equity(at))
    highest = _highest([(0, INITIAL), *_peaks(), here], at)
    today = _highest([(when, cents) for when, cents in [*_peaks(), here] if when >= reset], at)
    start = max(ACCOUNT.balance(reset), ACCOUNT.equity(reset)) + ACCOUNT.deposits(reset, at)
    amount = Fraction(start - ACCOUNT.deposits(0, at)) * 3 / 100  # a deposit is no room
    return {
        "trail": Fraction(min(highest - 5_000_00, _initial(at) + 100_00)),
        "open": Fraction(highest - 5_000_00),
        "daily": start - amount,
        "of_day": Fraction(today - 4_000_00),
    }


def levels(program: str, at: int) -> Levels:
    """The floors of a program at an instant, after a reset that falls on it."""
    resets = RESETS[program]
    if program.startswith("eod"):
        return eod(resets, at)
    return (static if program == "static" else intraday)(at, before(resets, at))


def _row(at: int, what: str, programs: list[str], *, day_ends: bool = False) -> Row:
    balance, equity = ACCOUNT.balance(at, day_ends=day_ends), ACCOUNT.equity(at, day_ends=day_ends)
    return Row(at, what, balance, equity, {program: levels(program, at) for program in programs})


def days(program: str) -> list[Row]:
    """What stands at each reset of a program; the deals of its very instant are of the new day."""
    return [_row(at, "reset", [program], day_ends=True) for at in RESETS[program]]


def moments() -> list[Row]:
    """What stands after each deal, and wherever the ticks bring equity higher than before in the day."""
    found = [(deal.at, deal.what) for deal in ACCOUNT.deals if deal.at < ms(LAST)]
    begun = {ms(FIRST), *(at for at, _ in found), *(at for resets in RESETS.values() for at in resets)}
    for at, cents in [peak for peak in _peaks() if peak[0] not in begun]:
        reset = before(RESETS["intraday"], at)
        if cents > _highest([seen for seen in _peaks() if reset <= seen[0] < at], at):
            found.append((at, "peak"))
    return [_row(at, what, list(RESETS)) for at, what in sorted(found)]


def _money(cents: Fraction | int) -> str:
    return f"{float(cents) / 100:.4f}".removesuffix("00")


def _line(row: Row) -> str:
    at = datetime.fromtimestamp(row.at / 1000, UTC).isoformat(timespec="milliseconds")
    floors = ", ".join(
        f"{program}: {{{', '.join(f'{name}: {_money(cents)}' for name, cents in floors.items())}}}"
        for program, floors in row.floors.items()
    )
    numbers = f"balance: {_money(row.balance)}, equity: {_money(row.equity)}"
    return f'  - {{at: "{at}", what: {row.what}, {numbers}, {floors}}}'


def written() -> str:
    """Return the text of the answer file."""
    lines = [
        "# Written by `python -m tests.funded.month.second`; account currency, instants in UTC.",
        "resets:",
    ]
    for program in RESETS:
        lines += [f"  {program}:", *(f"  {_line(row)}" for row in days(program))]
    return "\n".join([*lines, "moments:", *(_line(row) for row in moments()), ""])


if __name__ == "__main__":
    (FOLDER / "answers.yaml").write_text(written(), encoding="utf-8")
