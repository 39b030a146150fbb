"""The past of a funded account, read from its terminal: deals, minutes of prices, what a lot earns."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from assistant.core.bounds import Minute, Worth
from assistant.core.market import Account, Deal, Other, Unknown
from assistant.core.past import Past, traded
from assistant.errors import TerminalError
from assistant.terminal import Terminal

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)  # before any account of a MetaTrader 5 terminal
_READINGS = 3  # of the deals, at most, until two are alike: a terminal loads its history late
_CENT = 0.01  # account currency
_MINUTE = timedelta(minutes=1)  # the price of a fill may stand since the one before; of a look it was seen


def read_past(
    terminal: Terminal,
    account: Account,
    since: datetime,
    until: datetime,
    *,
    stress: float,
    start: datetime = _FIRST,
) -> Past | Unknown:
    """Return an account's past as of `until` (UTC), when `account` was read, with minutes from `since` on.

    `stress` is the share by which a conversion rate may have moved; `start` (UTC) the instant from which on
    deals are read. Unknown where the history is still loading, or the account has changed meanwhile.
    """
    try:
        deals = _deals(terminal, start, until)
        if isinstance(deals, Unknown):
            return deals
        positions = terminal.positions()
        names = traded(deals, positions, since)
        others = terminal.others(names, until)
        first = min((deal.at for deal in deals), default=until)  # nothing was open before
        minutes: Mapping[str, Sequence[Minute] | Unknown] = {
            name: terminal.minutes(name, max(first, since if opened == since else opened - _MINUTE), until)
            for name, opened in names.items()
        }
        now = terminal.account()
    except TerminalError as error:
        return Unknown(f"the account's history is not known: {error}")
    if (now.login, now.server) != (account.login, account.server):
        return Unknown(f"the terminal left login {account.login} while its history was read")
    if abs(now.balance - account.balance) > _CENT:
        return Unknown(f"the balance went from {account.balance:.2f} to {now.balance:.2f} meanwhile")
    return Past(
        since=since,
        until=until,
        balance=account.balance,
        equity=account.equity - account.credit,
        deals=deals,
        positions=positions,
        minutes=minutes,
        worth={name: _worth(name, others.get(name), account.currency, stress) for name in names},
    )


def _deals(terminal: Terminal, start: datetime, until: datetime) -> tuple[Deal, ...] | Unknown:
    before = terminal.deals(start, until)
    for _ in range(_READINGS - 1):
        deals = terminal.deals(start, until)
        if deals == before:
            return deals
        before = deals
    return Unknown("the account's history is still loading")


def _worth(name: str, found: Other | Unknown | None, currency: str, stress: float) -> Worth | Unknown:
    """Return what a lot earns, by what the terminal says that it loses on either side."""
    if found is None or isinstance(found, Unknown):
        return found or Unknown(f"{name} was not read")
    instrument = found.instrument
    told = []
    for one in instrument.per_lot.values():
        if isinstance(one, Unknown):
            return one
        told.append(one.loss_per_unit)
    contract = instrument.contract
    same = not isinstance(contract, Unknown) and contract.profit_currency == currency
    apart = 0.0 if same else stress
    return Worth(min(told) * (1 - apart), max(told) * (1 + apart))
