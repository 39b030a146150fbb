"""The shell: read -> advise -> record -> publish, in one `cycle`; the only loop, the only clock."""

import importlib
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, Protocol, Self

from loguru import logger

from assistant import __version__
from assistant.config import Config
from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Cap, Kind, Unit, unseen
from assistant.core.market import Deal, Imported, Quote, SessionState, Snapshot, Unknown
from assistant.core.ratio import OWN
from assistant.errors import AssistantError, ConfigError, JournalError, PublishError, TerminalError
from assistant.history import load_imported
from assistant.outputs.journal import Journal, LoginLock
from assistant.outputs.lender import Lender
from assistant.outputs.panel_file import panel_path, render, write_panel
from assistant.outputs.record import Recorded, entries, moved
from assistant.outputs.state import Document, Stamp, advice_document, state_path, write_state
from assistant.terminal import Terminal
from assistant.terminal.clock import ClockMeter
from assistant.terminal.metatrader import MetaTrader
from assistant.terminal.process import located, terminals
from assistant.terminal.sessions import Sessions
from assistant.terminal.symbols import Wanted

PAPER = "assistant.terminal.paper"
RECONNECT_SECONDS = 5.0  # between two attempts while the terminal does not answer
LATE_DEALS = timedelta(minutes=1)  # for so long after a move the deals are asked for: they may come later
WARM_UP_SECONDS = 10.0  # at most, for the server's clock and for histories that are still loading
WARM_UP_STEP = 0.5  # seconds between two looks
VERSIONS = {"assistant": __version__, "panel_file": "1"}


class Clock(Protocol):
    """The time that the loop lives in."""

    def now(self) -> datetime:
        """Return the present instant (UTC)."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...


class WallClock:
    """The PC's clock."""

    def now(self) -> datetime:
        """Return the present instant (UTC)."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class PaperClock:
    """The paper terminal's clock: it stands still but for `sleep`, and may run faster than real time."""

    def __init__(self, paper: ModuleType, speed: float = 1.0) -> None:
        """Take the paper terminal's module and how many of its seconds pass in a real one."""
        self._paper = paper
        self._speed = speed

    def now(self) -> datetime:
        """Return the paper terminal's instant (UTC)."""
        instant: datetime = self._paper.now()
        return instant

    def sleep(self, seconds: float) -> None:
        """Move the paper terminal on by so many of its seconds."""
        time.sleep(seconds / self._speed)
        self._paper.advance(seconds)


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


def open_source(
    config: Config,
    home: Path,
    *,
    paper: bool = False,
    letter: str | None = None,
    start: datetime | None = None,
    speed: float = 1.0,
) -> Source:
    """Return the terminal that the configuration names, or the paper terminal when asked.

    `letter` (of a profile), `start` (UTC) and `speed` are the paper terminal's. Raises ConfigError for a
    module, profile or server zone that is not there, TerminalError where no terminal is running.
    """
    name = PAPER if paper else config.terminal.module
    real = name in ("auto", "MetaTrader5")
    locate: Callable[[], str | None] = partial(_locate if real else _named, config)
    if real:
        locate()
    module = _module(name)
    sessions = Sessions.packaged(config.exchange.closed)
    clock: Clock = WallClock()
    mode, note, zone = "live", "", config.terminal.server_zone
    ClockMeter(zone)  # one that is none is refused, also where paper is played
    if module.__name__ == PAPER:
        _reset(module, start, home / "paper" / "Common", letter)
        clock, locate = PaperClock(module, speed), _anywhere
        mode, note, zone = "paper", module.INTERPOLATED, "auto"
    wanted = {
        symbol: Wanted(role=one.role, names=one.names, isin=one.isin, description=one.description)
        for symbol, one in config.symbols.items()
        if one
    }
    terminal = MetaTrader(module, wanted, sessions, zone=zone, sessions=config.cycle.sessions, locate=locate)
    login = config.regime.lender
    lender = None if login is None else Lender(home, login)
    return Source(terminal, clock, sessions, mode, note, load_imported(home), lender)


def _module(name: str) -> ModuleType:
    """Import the module with MetaTrader5's functions."""
    wanted = "MetaTrader5" if name == "auto" else name
    try:
        return importlib.import_module(wanted)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- the user's own module may fail in any way
        told = str(error).splitlines()
        why = told[0] if told else type(error).__name__
        raise ConfigError(f"terminal.module was {name!r}; it cannot be imported: {why}") from None


def _reset(paper: ModuleType, start: datetime | None, common: Path, letter: str | None) -> None:
    """Make the paper terminal new; a profile that there is not is one line."""
    try:
        paper.reset(start or paper.START, common, **({"profile": letter} if letter else {}))
    except ValueError as error:
        raise ConfigError(str(error)) from None


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


def _locate(config: Config) -> str | None:
    """Return the path of the terminal that runs and is meant: initialize() would start one, and block."""
    if platform.system() != "Windows":
        raise TerminalError(
            f"no MetaTrader 5 terminal here: it runs on Windows, this is {platform.system()}; "
            "use --paper to see the paper terminal, or name a bridge as terminal.module"
        )
    return located(terminals(), config.terminal.path, start=config.terminal.start)


def _named(config: Config) -> str | None:
    """Return the configured path: whether a terminal runs behind a bridge cannot be seen from here."""
    return config.terminal.path


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
    account, facts = terminal.account(), terminal.facts()  # last, so that no number is older than as_of says
    if (account.login, account.server) != (whose.login, whose.server):
        raise TerminalError(
            f"the terminal left login {whose.login} on {whose.server} while it was read; "
            f"it is logged in as {account.login} on {account.server}"
        )
    if facts.path != before.path:
        raise TerminalError(f"the terminal in {before.path} gave way to {facts.path} while it was read")
    as_of = clock.now()
    return Snapshot(
        as_of=as_of,
        mode=source.mode,
        terminal=replace(facts, connected=before.connected and facts.connected),
        account=account,
        hours=sessions.hours(as_of),
        instruments=instruments,
        quotes=quotes,
        bars=bars,
        positions=positions,
        orders=orders,
        problems=terminal.problems,
        imported=source.imported,
        lent=source.lender.lent(as_of, source.mode, account.login) if source.lender else None,
    )


def warm_up(source: Source) -> None:
    """Look at a terminal that has just been connected until clock and histories are known, or some seconds.

    The server's clock is measured from ticks that move, and a history is complete when two readings agree; a
    terminal that has only begun to load one may answer that there is none. What is still not known at the end
    is a cap with its reason, and later cycles go on looking.
    """
    terminal, clock = source.terminal, source.clock
    looks = round(WARM_UP_SECONDS / WARM_UP_STEP)
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


def advise_once(config: Config, source: Source) -> Advice:
    """Connect, read once, and disconnect; nothing is written, so no lock is taken."""
    terminal = source.terminal
    terminal.connect()
    try:
        warm_up(source)
        snapshot = read_snapshot(source)
    finally:
        terminal.close()
    advice, _ = advise(snapshot, Track(), config.settings)
    return advice


def paper_session() -> tuple[datetime, datetime]:
    """Return begin and end of the paper terminal's session (UTC), five minutes on either side."""
    paper = importlib.import_module(PAPER)
    hours = Sessions.packaged().hours(paper.START)
    if hours.opens_at is None or hours.closes_at is None:
        raise ConfigError("the packaged session table does not hold the paper terminal's session")
    margin = timedelta(minutes=5)
    return hours.opens_at - margin, hours.closes_at + margin


class Assistant:
    """One assistant for one login: a context that holds the login's lock while it is open."""

    def __init__(self, config: Config, home: Path, source: Source, *, publish: bool, dry_run: bool) -> None:
        """Take what a run needs; with `publish` false nothing is written into the terminal's folders."""
        self._config = config
        self._home = home
        self._source = source
        self._publish = publish
        self._funded_mode = "dry_run" if dry_run else "off"
        self._track = Track()
        self._seq = 0
        self._recorded = Recorded()
        self._connected = False
        self._warm = False  # clock and histories have been waited for since the connection
        self._unpublished: tuple[str, ...] = ()  # what could not be written in the last cycle
        self.panel: Path | None = None  # where the panel file lies; None: nothing is published

    def __enter__(self) -> Self:
        """Connect, and take the login's lock; TerminalError or AssistantError where that fails."""
        with ExitStack() as held:
            self._source.terminal.connect()
            held.callback(self._source.terminal.close)
            self._connected = True
            account = self._source.terminal.account()
            self._login, self._server = account.login, account.server
            self._started = self._deals_until = self._source.clock.now()
            self.journal = Journal(self._home / "logs", self._login)
            self.state = state_path(self._home, self._login)
            held.enter_context(LoginLock(self.state, self._login))
            if self._publish:
                self.panel = panel_path(self._source.terminal.facts().common_folder, self._login)
                held.enter_context(LoginLock(self.panel, self._login))  # homes may share a terminal
            self._held = held.pop_all()
        self._note("start", {"mode": self._source.mode, "server": account.server, "versions": VERSIONS})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Record the end, give the lock back, disconnect."""
        reason = "" if error is None else str(error) or type(error).__name__
        self._note("stop", {"cycles": self._seq, "reason": reason})
        self.journal.close()
        self._held.close()

    def cycle(self) -> tuple[Advice, Document]:
        """Read, advise, record and publish once; TerminalError where the terminal does not answer."""
        if not self._connected:
            self._source.terminal.connect()
            self._connected = True
        snapshot = self._read()
        settings = self._config.settings
        advice, track = advise(snapshot, self._track, settings)
        self._seq += 1
        try:
            self._record(snapshot, advice)
        except JournalError as error:
            logger.error("no durable record: {}", error)
            fault = _no_record(error, settings.shares.fail_safe)
            advice, track = advise(snapshot, self._track, settings, [fault])
        self._track = track
        stamp = Stamp(self._seq, self._config.cycle.ttl, self._funded_mode, VERSIONS)
        document = advice_document(advice, stamp)
        self._hand_out(advice, document, stamp)
        return advice, document

    def _read(self) -> Snapshot:
        try:
            if not self._warm:
                warm_up(self._source)
                self._warm = True
            snapshot = read_snapshot(self._source)
        except TerminalError as error:
            self._lose(error)
            raise
        now = snapshot.account
        if (now.login, now.server) != (self._login, self._server):
            raise AssistantError(
                f"the terminal is now logged in as {now.login} on {now.server}, this assistant is for "
                f"{self._login} on {self._server}; start it again"
            )
        return replace(snapshot, problems=(*snapshot.problems, *self._unpublished))

    def _lose(self, error: TerminalError) -> None:
        """Put it on record that the terminal failed; the next cycle connects again."""
        self._connected = self._warm = False
        self._track = replace(self._track, spells=unseen(self._track.spells))
        self._note("terminal", {"error": str(error)})

    def _record(self, snapshot: Snapshot, advice: Advice) -> None:
        """Journal what has changed since the cycle before; JournalError where that fails."""
        deals: Sequence[Deal] = ()
        if moved(snapshot, self._recorded):
            self._deals_until = snapshot.as_of + LATE_DEALS
        if snapshot.as_of <= self._deals_until:
            try:
                deals = self._source.terminal.deals(self._started, snapshot.as_of + timedelta(days=1))
                self._require_own_account()
            except TerminalError as error:
                self._lose(error)
                raise
        written, recorded = entries(snapshot, advice, deals, self._recorded)
        for kind, fields in written:
            self.journal.write(snapshot.as_of, kind, {"seq": self._seq, **fields})
        self._recorded = recorded

    def _require_own_account(self) -> None:
        """Refuse with TerminalError what was read from another account."""
        now = self._source.terminal.account()
        if (now.login, now.server) != (self._login, self._server):
            raise TerminalError(f"the terminal left login {self._login} while its deals were read")

    def _hand_out(self, advice: Advice, document: Document, stamp: Stamp) -> None:
        """Write state file and panel file; where one fails its old one stays and the advice goes on."""
        failed: list[str] = []
        try:
            write_state(self.state, document)
        except PublishError as error:
            failed.append(str(error))
        if self.panel is not None:
            content = render(advice, seq=stamp.seq, ttl=stamp.ttl, funded_mode=stamp.funded_mode)
            try:
                write_panel(self.panel, content)
            except PublishError as error:
                failed.append(str(error))
        if tuple(failed) != self._unpublished:
            self._note("publish", {"failed": failed})
        self._unpublished = tuple(failed)

    def _note(self, kind: str, fields: dict[str, Any]) -> None:
        """Journal something that happened to the program itself; where that fails, the log has it."""
        logger.info("{} {}", kind, fields)
        try:
            self.journal.write(self._source.clock.now(), kind, fields)
        except JournalError as error:
            logger.error("no durable record: {}", error)

    @property
    def unpublished(self) -> tuple[str, ...]:
        """What the last cycle could not write, one sentence each."""
        return self._unpublished

    def run(
        self,
        interval: float,
        show: Callable[[Document], None],
        trouble: Callable[[str], None],
        until: datetime | None = None,
    ) -> None:
        """Cycle every `interval` seconds of the source's clock, to an instant (UTC) or for ever.

        A terminal that does not answer is told to `trouble` and connected again after a while.
        """
        while until is None or self._source.clock.now() <= until:
            try:
                _, document = self.cycle()
            except TerminalError as error:
                trouble(str(error))
                self._source.clock.sleep(max(interval, RECONNECT_SECONDS))
            else:
                show(document)
                self._source.clock.sleep(interval)


def _no_record(error: JournalError, fail_safe: float) -> Cap:
    """Return the cap that stands while nothing can be put on record."""
    return Cap("no record", fail_safe, Unit.SHARE, Kind.CONDITION, f"the journal cannot be written: {error}")
