"""Where facts come from: the terminal that is configured, its clock, and one reading of all of it."""

import importlib
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from assistant.clock import Clock, PaperClock, WallClock, steady
from assistant.config import Config
from assistant.confirmed import Confirmed
from assistant.core.contracts import present
from assistant.core.market import (
    Account,
    ContractFacts,
    Deal,
    Fill,
    Hours,
    Imported,
    Quote,
    SessionState,
    Unknown,
)
from assistant.core.ratio import OWN
from assistant.core.snapshot import Snapshot
from assistant.errors import ConfigError, TerminalError
from assistant.funded.calendar import Calendars
from assistant.funded.facts import FundedFacts
from assistant.funded.program import program_of
from assistant.history import load_imported
from assistant.home import PAPER
from assistant.macro.feed import Macro
from assistant.notes import Notes
from assistant.outputs.lender import Lender
from assistant.overrides import Overrides
from assistant.terminal import Terminal
from assistant.terminal.clock import ClockMeter
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.process import Finder
from assistant.terminal.reads import Reads, Watch
from assistant.terminal.sessions import Sessions
from assistant.terminal.symbols import Wanted

PAST = timedelta(days=90)  # of deals
WARM_UP_SECONDS = 10.0  # at most, for the server's clock and for histories that are still loading
WARM_UP_AGAIN_SECONDS = 3.5  # likewise, at a terminal that was lost: what is late shows as caps
WARM_UP_STEP = 0.5  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Source:
    """A terminal that is not yet connected, and the clock and the exchange's sessions that go with it."""

    terminal: Terminal
    clock: Clock
    sessions: Sessions
    mode: str  # live or paper
    note: str = ""  # what to say wherever its prices are shown
    imported: Mapping[str, Imported | Unknown] = field(default_factory=dict)  # closes, by our symbol
    lender: Lender | None = None  # of the regime; None: the terminal's own closes tell it
    macro: Macro | None = None  # series for the votes; None: there are none
    notes: Notes | None = None  # the trader's own view; None: none is kept
    overrides: Overrides | None = None  # caps set by hand; None: none are kept
    confirmed: Confirmed | None = None  # contracts as they were confirmed; None: nothing is kept
    calendars: Calendars | None = None  # of news; None: none is read
    funded: FundedFacts | None = None  # what a firm's rules need to know; None: none are followed
    again: Callable[[], "Source"] | None = None  # another one over that terminal, which knows nothing


def open_source(  # noqa: PLR0913 -- most of them are the paper terminal's
    config: Config,
    home: Path,
    *,
    paper: bool = False,
    letter: str | None = None,
    start: datetime | None = None,
    speed: float = 1.0,
    watch: Watch | None = None,
    script: Sequence[str] = (),
) -> Source:
    """Return the terminal that the configuration names, or the paper terminal when asked.

    `letter` (of a profile), `start` (UTC), `speed` and `script` (packaged files that its trader plays
    too) are the paper terminal's; `watch` is told of each call into the terminal. Raises ConfigError for a
    module, profile or server zone that is not there, TerminalError where no terminal is running.
    """
    name = PAPER if paper else config.terminal.module
    if config.terminal.faults is not None and name != PAPER:
        raise ConfigError(
            f"terminal.faults is for the paper terminal only, terminal.module was {name!r}: take it out, or "
            "use --paper"
        )
    real = name in ("auto", "MetaTrader5")
    finder = _finder(config) if real else None
    module = _module(name)
    ClockMeter(config.terminal.server_zone)  # one that is none is refused, also where paper is played
    if module.__name__ == PAPER:
        _reset(module, start, home / "paper" / "Common", letter, script)
        if config.terminal.faults is not None:
            _rehearse(config.terminal.faults, home, module, letter)
    return _over(module, config, home, speed, watch, finder)


def _over(
    module: ModuleType,
    config: Config,
    home: Path,
    speed: float,
    watch: Watch | None,
    finder: Finder | None,
) -> Source:
    """Return a source over a module that has been imported; nothing of an earlier one is in it."""
    sessions = Sessions.packaged(config.exchange.closed)
    locate: Callable[[], str | None] = finder.find if finder else partial(_named, config)
    clock: Clock = WallClock()
    mode, note, zone = "live", "", config.terminal.server_zone
    if module.__name__ == PAPER:
        clock, locate = PaperClock(module, speed), _anywhere
        module.faults.pause = clock.sleep
        mode, note, zone = "paper", module.INTERPOLATED, "auto"
    wanted = {
        symbol: Wanted(role=one.role, names=one.names, isin=one.isin, description=one.description)
        for symbol, one in config.symbols.items()
        if one
    }
    terminal = MetaTrader(
        Reads(module, watch),
        wanted,
        sessions,
        zone=zone,
        sessions=config.cycle.sessions,
        locate=locate,
        let_close=finder.let_close if finder else _at_once,
    )
    login = config.regime.lender
    lender = None if login is None else Lender(home, login)
    program = program_of(config.funded)
    macro = config.macro
    if mode == "paper" and macro.source == "fred":
        macro = replace(macro, source="off")  # recorded prices, and nothing from the network
    return Source(
        terminal,
        clock,
        sessions,
        mode,
        note,
        imported=load_imported(home),
        lender=lender,
        macro=Macro(macro, home, clock.now),
        notes=Notes(home),
        overrides=Overrides(home, config.overrides),
        confirmed=Confirmed(home),
        calendars=Calendars(home),
        funded=FundedFacts(program, home, config.costs.conversion_stress) if program else None,
        again=partial(_over, module, config, home, speed, watch, finder),
    )


def _module(name: str) -> ModuleType:
    """Import the module with MetaTrader5's functions."""
    wanted = "MetaTrader5" if name == "auto" else name
    try:
        return importlib.import_module(wanted)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- the user's own module may fail in any way
        told = str(error).splitlines()
        why = told[0] if told else type(error).__name__
        raise ConfigError(f"terminal.module was {name!r}; it cannot be imported: {why}") from None


def _reset(
    paper: ModuleType, start: datetime | None, common: Path, letter: str | None, script: Sequence[str]
) -> None:
    """Make the paper terminal new; a profile that there is not is one line."""
    from assistant.terminal.profile import DEFAULT, profile  # noqa: PLC0415 -- with it come the paper's prices
    from assistant.terminal.script import packaged_script  # noqa: PLC0415 -- likewise

    try:
        broker = profile(letter or DEFAULT).letter
        played = packaged_script(broker, *script) if script else None
        paper.reset(start or paper.START, common, trades=played, profile=broker)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _rehearse(given: Sequence[Any] | str, home: Path, paper: ModuleType, letter: str | None) -> None:
    """Let the paper terminal play a script of faults; ConfigError for one that does not fit it."""
    from assistant.rehearsal import script_of  # noqa: PLC0415 -- wanted only where faults are played
    from assistant.terminal.fault_script import active_at, edges  # noqa: PLC0415 -- likewise
    from assistant.terminal.profile import DEFAULT, profile  # noqa: PLC0415 -- with it come the paper's prices

    script = script_of(given, home, profile(letter or DEFAULT), paper.now(), tuple(paper.faults.functions))
    paper.faults.play(partial(active_at, script), edges(script))


def played(config: Config) -> Config:
    """Return the settings for the paper terminal: its stance comes from its own closes."""
    return config.model_copy(update={"regime": replace(config.regime, source=OWN)})


def paper_login(letter: str) -> int:
    """Return the login of a profile of the paper terminal; ConfigError where there is no such profile."""
    from assistant.terminal.profile import profile  # noqa: PLC0415 -- with it come the paper's prices

    try:
        return profile(letter).account.login
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _finder(config: Config) -> Finder:
    """Return what finds the terminal that runs and is meant: initialize() would start one, and block."""
    if platform.system() != "Windows":
        raise TerminalError(
            f"no MetaTrader 5 terminal here: it runs on Windows, this is {platform.system()}; "
            "use --paper to see the paper terminal, or name a bridge as terminal.module"
        )
    finder = Finder(config.terminal.path, start=config.terminal.start, seconds=steady)
    finder.check()
    return finder


def _named(config: Config) -> str | None:
    """Return the configured path: whether a terminal runs behind a bridge cannot be seen from here."""
    return config.terminal.path


def _at_once() -> None:
    """Wait for no terminal to close: none is ever started."""


def _anywhere() -> None:
    """Return no path: the paper terminal is where it is."""


def read_snapshot(source: Source) -> Snapshot:
    """Read everything one cycle knows; TerminalError where the terminal fails as a whole.

    The snapshot is as of the end of the reading: a call that hung makes the facts before it older, not newer.
    Which terminal and which account it is are asked first and last: a switch in between discards all of it.
    """
    terminal, clock, sessions = source.terminal, source.clock, source.sessions
    before, whose = terminal.facts(), terminal.account()
    begun = clock.now()
    quotes = terminal.quotes(begun)
    instruments = terminal.instruments(quotes, begun)
    bars = terminal.bars(sessions.hours(begun).last_session, begun)
    orders = terminal.orders()  # before the positions: one that fills in between counts twice, not never
    positions = terminal.positions()
    used = {one.broker_symbol for one in positions} | {one.broker_symbol for one in orders}
    others = terminal.others(used - {one.broker_symbol for one in instruments}, begun)
    account, facts = terminal.account(), terminal.facts()  # last, so that no number is older than as_of says
    if (account.login, account.server) != (whose.login, whose.server):
        raise TerminalError(
            f"the terminal left login {whose.login} on {whose.server} while it was read; "
            f"it is logged in as {account.login} on {account.server}"
        )
    if facts.path != before.path:
        raise TerminalError(f"the terminal in {before.path} gave way to {facts.path} while it was read")
    as_of = clock.now()
    hours = sessions.hours(as_of)
    notes = source.notes.read() if source.notes else ()
    told = source.notes.problems(hours.last_session) if source.notes else ()
    unread = source.macro.problems if source.macro else ()
    news = source.calendars.doubted(facts.common_folder, as_of) if source.calendars else None
    wrong = source.calendars.problems if source.calendars else ()
    return Snapshot(
        as_of=as_of,
        mode=source.mode,
        terminal=replace(facts, connected=before.connected and facts.connected),
        account=account,
        hours=hours,
        instruments=instruments,
        quotes=quotes,
        bars=bars,
        positions=positions,
        orders=orders,
        others=others,
        problems=(*terminal.problems, *told, *unread, *wrong),
        imported=source.imported,
        series=source.macro.read() if source.macro else {},
        notes=notes,
        overrides=source.overrides.read() if source.overrides else (),
        confirmed=source.confirmed.read(account.login) if source.confirmed else {},
        calendar=news,
        lent=source.lender.lent(as_of, source.mode, account.login) if source.lender else None,
    )


def read_contracts(source: Source) -> tuple[Account, dict[str, ContractFacts]]:
    """Connect, read whose terminal it is and what a lot of each symbol is now (by our name), disconnect.

    TerminalError where the terminal fails as a whole, or the account changes meanwhile.
    """
    terminal = source.terminal
    terminal.connect()
    try:
        whose, now = terminal.account(), source.clock.now()
        quotes = terminal.quotes(now)
        found = present(terminal.instruments(quotes, now), quotes)
        account = terminal.account()
    finally:
        terminal.close()
    if (account.login, account.server) != (whose.login, whose.server):
        raise TerminalError(f"the terminal left login {whose.login} on {whose.server} while it was read")
    return account, found


def terminal_folders(source: Source) -> tuple[str, str]:
    """Connect, ask where the terminal keeps its data and where it is installed, disconnect.

    Both as the terminal names them; TerminalError where it fails as a whole.
    """
    source.terminal.connect()
    try:
        return source.terminal.data_folder(), source.terminal.facts().path
    finally:
        source.terminal.close()


def past_deals(source: Source, now: datetime) -> tuple[Deal, ...] | Unknown:
    """Return the deals of the last months, from which the costs of a symbol are learned."""
    try:
        return source.terminal.deals(now - PAST, now + timedelta(days=1))
    except TerminalError as error:
        return Unknown(f"past deals are not known, commissions are as configured: {error}")


def past_fills(source: Source, now: datetime) -> tuple[Fill, ...] | Unknown:
    """Return the stops that were filled in the last months, from which the slippage is learned."""
    try:
        return source.terminal.fills(now - PAST, now + timedelta(days=1))
    except TerminalError as error:
        return Unknown(f"past fills are not known, slippage is as configured: {error}")


def opened(deals: Sequence[Deal], hours: Hours) -> int:
    """Return how many positions were opened since the session opened; 0 outside of one."""
    opens_at = hours.opens_at
    if opens_at is None or not hours.state.in_session:
        return 0
    entries = [deal for deal in deals if deal.at >= opens_at and deal.entry in ("in", "inout")]
    return len({deal.position for deal in entries if deal.kind in ("buy", "sell")})


def with_deals(snapshot: Snapshot, deals: tuple[Deal, ...] | Unknown) -> Snapshot:
    """Return the snapshot with its deals, and how many positions they opened in this session."""
    count = deals if isinstance(deals, Unknown) else opened(deals, snapshot.hours)
    return replace(snapshot, opened=count, deals=deals)


def warm_up(source: Source, seconds: float = WARM_UP_SECONDS) -> None:
    """Look at a terminal that has just been connected until clock and histories are known, or some seconds.

    The server's clock is measured from ticks that move, and a history is complete when two readings agree; a
    terminal that has only begun to load one may answer that there is none. What is still not known at the end
    is a cap with its reason, and later cycles go on looking.
    """
    terminal, clock = source.terminal, source.clock
    looks = round(seconds / WARM_UP_STEP)
    for look in range(looks + 1):
        now = clock.now()
        hours = source.sessions.hours(now)
        quotes = terminal.quotes(now)
        bars = terminal.bars(hours.last_session, now)
        read = not terminal.loading and not any(isinstance(bars.get(symbol), Unknown) for symbol in quotes)
        moving = hours.state in (SessionState.OPEN, SessionState.EDGE)
        quoted = all(isinstance(quote, Quote) for quote in quotes.values())
        if read and not (moving and (terminal.facts().clock_doubt or not quoted)):
            return
        if look < looks:
            clock.sleep(WARM_UP_STEP)


def paper_session() -> tuple[datetime, datetime]:
    """Return begin and end of the paper terminal's session (UTC), five minutes on either side."""
    paper = importlib.import_module(PAPER)
    hours = Sessions.packaged().hours(paper.START)
    if hours.opens_at is None or hours.closes_at is None:
        raise ConfigError("the packaged session table does not hold the paper terminal's session")
    margin = timedelta(minutes=5)
    return hours.opens_at - margin, hours.closes_at + margin
