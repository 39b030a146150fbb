"""The paper terminal behind its functions: where it stands, whose account it shows, what Market Watch holds.

It answers for symbols as the broker names them, with the faults that are on. What cannot be answered is
Refused. Instants are UTC epoch ms unless they say otherwise.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assistant.terminal import bars, calculation, constants, quotes
from assistant.terminal.arguments import Refused, in_group
from assistant.terminal.faults import error
from assistant.terminal.ledger import Ledger, packaged_ledger
from assistant.terminal.profile import profile
from assistant.terminal.structs import AccountInfo, TerminalInfo, Tick, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt

    from assistant.terminal.arguments import Error
    from assistant.terminal.faults import Faults
    from assistant.terminal.profile import Contract, Profile
    from assistant.terminal.script import Entry
    from assistant.terminal.structs import Struct

    Records = npt.NDArray[np.void]

MAX_BARS = 100_000  # "Max. bars in chart" of a new terminal
FIRST_TICK_US = 200_000  # after it was selected a symbol has no quotes for so long; microseconds

_CALL_FAILED, _NOT_FOUND = error(constants.RES_E_FAIL), error(constants.RES_E_NOT_FOUND)
_INVALID_PARAMS = error(constants.RES_E_INVALID_PARAMS)
_ABSENT, _AUTH_FAILED = error(constants.RES_E_INTERNAL_FAIL_INIT), error(constants.RES_E_AUTH_FAILED)
_NO_CONNECTION = error(constants.RES_E_INTERNAL_FAIL_CONNECT)
_NOT_CALLED: Error = (0, "")  # last_error() of a module that has just been loaded

_COMPANY = "Breadth Assistant paper terminal"
_HOLDER = "Paper"  # of every account
_VERSION, _BUILD, _RELEASED = 500, 5430, "14 Nov 2025"
_PROGRAM = "terminal64.exe"
_PING_US = 1000  # to the broker
_LIMIT_ORDERS = 200
_MARGIN_CALL, _STOP_OUT = 100.0, 50.0  # percent, equity of margin

_NO_TICK = Tick((0, 0.0, 0.0, 0.0, 0, 0, 0, 0.0))
_EVERY_DAY = 100_000  # more than a recording has
_INFO, _TRADE = constants.COPY_TICKS_INFO, constants.COPY_TICKS_TRADE
_TICK_FLAGS = {constants.COPY_TICKS_ALL, _INFO, _TRADE, _INFO | _TRADE}


class LoggedIn:
    """One account that is logged in, with its Market Watch."""

    def __init__(self, profile: Profile, ledger: Ledger, at_ms: int) -> None:
        """Show what is open or pending at an instant (UTC epoch ms) and nothing else."""
        self.profile, self.ledger = profile, ledger
        self.watch = dict.fromkeys(
            self.held(at_ms), 0
        )  # symbol -> instant of selection, UTC epoch microseconds
        self._seen = self._events(at_ms)

    def held(self, at_ms: int) -> set[str]:
        """Return the symbols with open positions or pending orders."""
        return {one.symbol for one in (*self.ledger.positions(at_ms), *self.ledger.orders(at_ms))}

    def follow(self, at_ms: int) -> None:
        """Put into Market Watch what was traded or ordered since the last look: it is traded from there."""
        now = self._events(at_ms)
        if now != self._seen:
            deals, orders, _ = self._seen
            done = (*self.ledger.deals(at_ms)[deals:], *self.ledger.history_orders(at_ms)[orders:])
            for name in {one.symbol for one in done} | self.held(at_ms):
                if name:
                    self.watch.setdefault(name, 0)
            self._seen = now

    def _events(self, at_ms: int) -> tuple[int, int, int]:
        deals, orders = self.ledger.deals(at_ms), self.ledger.history_orders(at_ms)
        return len(deals), len(orders), self.ledger.orders_total(at_ms)


class State:
    """The one terminal of the process."""

    def __init__(
        self,
        now_us: int,  # UTC epoch microseconds
        common: Path,
        script: Sequence[Entry] | None,  # None: the packaged one
        letter: str,  # of the profile
        faults: Faults,
    ) -> None:
        """Stand at an instant, not connected; ValueError for no such profile."""
        self.now_us = now_us
        self._folders = str(common.parent / "Paper"), str(common)  # of the program, of all terminals
        self.connected = False
        self.error = _NOT_CALLED
        self._faults, self.faults = faults, faults.active
        self._script, self._letter = script, profile(letter).letter
        self._accounts: dict[str, LoggedIn] = {}
        self._served: set[tuple[str, str, int]] = set()  # profile, symbol, timeframe; since the connection

    def log_in(self, letter: str | None = None) -> LoggedIn:
        """Make the account of a profile, None: the terminal's own; ValueError for a script it refuses."""
        broker = profile(letter or self._letter)
        packaged = self._script is None or broker.letter != self._letter
        ledger = packaged_ledger(broker.letter) if packaged else Ledger(broker, self._script or ())
        made = self._accounts[broker.letter] = LoggedIn(broker, ledger, self.now_ms)
        return made

    @property
    def now_ms(self) -> int:
        """UTC epoch, whole milliseconds."""
        return self.now_us // 1000

    @property
    def at_ms(self) -> int:
        """The instant of which the terminal knows: now, or when it lost its broker."""
        lost = self.faults.broker
        return self.now_ms if lost is None else lost

    @property
    def account(self) -> LoggedIn:
        """The account that is logged in."""
        letter = self.faults.account or self._letter
        return self._accounts.get(letter) or self.log_in(letter)

    def connect(self, path: str, *, credentials: bool) -> None:
        """Connect anew to the program that is asked for ("": any), or refuse; histories are loaded again."""
        struck = self._faults.strike("initialize")
        if struck is not None:
            raise Refused(struck)
        if path and (
            self.faults.terminal is not None or path.lower() != str(Path(self._folders[0], _PROGRAM)).lower()
        ):
            raise Refused((_ABSENT[0], f"IPC initialize failed, Process create failed '{path}'"))
        if self.faults.terminal is not None:
            raise Refused(_ABSENT)
        if credentials:
            raise Refused(_AUTH_FAILED)
        self.connected = True
        self._served.clear()

    def reach(self, function: str) -> None:
        """Get through to the terminal for a call of a function, or refuse."""
        if not self.connected:
            raise Refused(_NO_CONNECTION)
        self._faults.wait()
        if self.faults.terminal is not None:
            self.connected = False
            raise Refused(error(self.faults.terminal))
        struck = self._faults.strike(function)
        if struck is not None:
            raise Refused(struck)

    def advance(self, microseconds: int) -> None:
        """Move on; a connection does not outlast a terminal that went and came back meanwhile."""
        account, before = self.account, self.now_ms
        self.now_us += microseconds
        account.follow(self.at_ms)
        if self._faults.follow(before, self.now_ms) and self.faults.terminal is None:
            self.connected = False

    def version(self) -> tuple[int, int, str]:
        """Return version, build and date of the terminal."""
        return _VERSION, _BUILD, _RELEASED

    def terminal_info(self) -> Struct:
        """Return the terminal's facts."""
        linked, (home, common) = self.faults.broker is None, self._folders
        flags = (False, False, linked, False, False, True, False, False, False, False)  # trading is off
        texts = (_COMPANY, "Paper Terminal", "English", home, home, common)
        return TerminalInfo((*flags, _BUILD, self.maxbars, 0, _PING_US, 0.0, 0.0, *texts))

    def account_info(self) -> Struct:
        """Return the account."""
        money, terms = self.account.ledger.account(self.at_ms), self.account.profile.account
        netting, hedging = (
            constants.ACCOUNT_MARGIN_MODE_RETAIL_NETTING,
            constants.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING,
        )
        allowed = (constants.ACCOUNT_STOPOUT_MODE_PERCENT, True, True, hedging if terms.hedging else netting)
        mode = (constants.ACCOUNT_TRADE_MODE_DEMO, terms.leverage, _LIMIT_ORDERS, *allowed)
        worth = (money.balance, money.credit, money.profit, money.equity)
        used = (money.margin, money.margin_free, money.margin_level)
        rules = (_MARGIN_CALL, _STOP_OUT, 0.0, 0.0, 0.0, 0.0, 0.0)
        texts = (_HOLDER, terms.server, terms.currency, _COMPANY)
        digits = calculation.CURRENCY_DIGITS
        return AccountInfo((terms.login, *mode, digits, False, *worth, *used, *rules, *texts))

    def names(self) -> list[str]:
        """Return the names of all symbols."""
        faults = self.faults
        every = self.account.profile.contracts
        return [faults.renamed.get(name, name) for name in every if name not in faults.vanished]

    def contract(self, name: str) -> Contract:
        """Return what is behind a name, or refuse."""
        faults, contracts = self.faults, self.account.profile.contracts
        if faults.renamed or faults.vanished:
            if name in faults.renamed or name in faults.vanished:
                raise Refused(_NOT_FOUND)
            name = next((old for old, new in faults.renamed.items() if new == name), name)
        found = contracts.get(name)
        if found is None:
            raise Refused(_NOT_FOUND)
        return found

    def _told(self, name: str) -> Contract:
        """Return what is behind a name whose facts the terminal tells, or refuse."""
        found = self.contract(name)
        if found.name in self.faults.silent:
            raise Refused(_CALL_FAILED)
        return found

    def _instant(self, contract: Contract) -> int:
        """Return the instant of which a symbol's quotes are."""
        return min(self.at_ms, self.faults.frozen.get(contract.name, self.at_ms))

    def _quoted(self, contract: Contract) -> bool:
        """Whether quotes come by now, for a symbol that is selected."""
        selected_us = self.account.watch.get(contract.name, 0)
        return self.at_ms * 1000 - selected_us >= FIRST_TICK_US or not selected_us

    def select(self, name: str, *, enable: bool) -> None:
        """Put a symbol into Market Watch or take it out; one that is traded cannot be taken out."""
        contract, account = self.contract(name), self.account
        if enable:
            account.watch.setdefault(contract.name, 0 if contract.terms.hidden else self.now_us)
        elif contract.name in account.held(self.at_ms):
            raise Refused(_CALL_FAILED)
        else:
            account.watch.pop(contract.name, None)

    def tick(self, name: str) -> Struct:
        """Return the last tick of a selected symbol."""
        contract = self._told(name)
        if contract.name not in self.account.watch and not contract.terms.hidden:
            raise Refused(_NOT_FOUND)
        if not self._quoted(contract):
            return _NO_TICK
        tick = self._shown(contract, quotes.tick(self.account.profile, contract, self._instant(contract)))
        ahead = self.faults.server_ahead
        return changed(tick, time_msc=tick.time_msc + round(ahead * 1000)) if ahead else tick

    def _shown(self, contract: Contract, quoted: Struct) -> Struct:
        """Return a tick or a symbol's facts as the faults show their quotes and their time."""
        faults = self.faults
        if faults.server_ahead:
            quoted = changed(quoted, time=quoted.time + round(faults.server_ahead))
        if (times := faults.scaled.get(contract.name)) is not None:
            quoted = changed(quoted, bid=quoted.bid * times[0], ask=quoted.ask * times[1])
        if (other := faults.quotes.get(contract.name)) is not None:
            quoted = changed(quoted, bid=other[0], ask=other[1])
        return quoted

    def symbol(self, name: str) -> Struct:
        """Return the facts of a symbol, without quotes where there is no tick."""
        contract, account, faults = self._told(name), self.account, self.faults
        at_ms, shown = self._instant(contract), contract.name in account.watch
        select = shown or contract.terms.hidden
        quoted = select and self._quoted(contract)
        info = quotes.symbol_info(
            account.profile,
            contract,
            at_ms,
            select=quoted,
            visible=shown,
            tick_values=calculation.tick_values(account.profile, contract, at_ms),
            trade_mode=faults.trade_modes.get(contract.name),
        )
        if select and not quoted:
            info = changed(info, select=True)
        if quoted:
            info = self._shown(contract, info)
        return info if name == contract.name else changed(info, name=name)

    def symbols(self, masks: str) -> tuple[Struct, ...]:
        """Return the facts of the symbols in a group."""
        silent = self.faults.silent
        told = (name for name in self.names() if self.contract(name).name not in silent)
        return tuple(self.symbol(name) for name in told if in_group(masks, name))

    def positions(self) -> tuple[Struct, ...]:
        """Return the open positions."""
        return self._renamed(self.account.ledger.positions(self.at_ms))

    def orders(self) -> tuple[Struct, ...]:
        """Return the pending orders."""
        return self._renamed(self.account.ledger.orders(self.at_ms))

    def _renamed(self, items: tuple[Struct, ...]) -> tuple[Struct, ...]:
        names = self.faults.renamed
        return (
            tuple(changed(one, symbol=names.get(one.symbol, one.symbol)) for one in items) if names else items
        )

    def rates(
        self, read: Callable[..., Records], name: str, timeframe: int, *values: int, asked: int
    ) -> Records:
        """Return bars; on the first reading of a series since the connection only the newer half of them.

        `read` is a function of `bars` and `values` its last two arguments; `asked`, a count of bars, must be
        below "Max. bars in chart".
        """
        contract = self.contract(name)
        if timeframe not in bars.SECONDS or not 0 < asked < self.maxbars:
            raise Refused(_INVALID_PARAMS)
        broker = self.account.profile
        found = read(broker, contract, timeframe, self._instant(contract), *values)
        if contract.name in self.faults.bare:
            return found[:0]
        series = broker.letter, contract.name, timeframe
        if series in self._served:
            return found
        self._served.add(series)
        newer = found[len(found) // 2 :].copy()
        newer.setflags(write=False)
        return newer

    @property
    def maxbars(self) -> int:
        """How many bars the terminal keeps for a chart."""
        return MAX_BARS if self.faults.maxbars is None else self.faults.maxbars

    def precedes(self, name: str, stamp: int) -> bool:
        """Whether a stamp (server s) is before the first bar that the broker has of a symbol."""
        contract = self.contract(name)
        if contract.name in self.faults.bare:
            return False
        days = bars.rates_from_pos(
            self.account.profile, contract, constants.TIMEFRAME_D1, self._instant(contract), 0, _EVERY_DAY
        )
        return not len(days) or stamp < days["time"].item(0)

    def ticks(self, read: Callable[..., Records], name: str, first: int, second: int, flags: int) -> Records:
        """Return ticks; `read` is a function of `quotes`."""
        contract = self.contract(name)
        if flags not in _TICK_FLAGS:
            raise Refused(_INVALID_PARAMS)
        return read(self.account.profile, contract, self._instant(contract), first, second, flags)
