"""The shell: read -> advise -> record -> publish, in one `cycle`; the only loop."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from loguru import logger

from assistant import __version__
from assistant.alerting import Alerting
from assistant.clock import Lapses
from assistant.config import Config
from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Cap, unseen
from assistant.core.lapse import jumped, slept
from assistant.core.market import Account, Deal, Fill, Unknown
from assistant.core.own import balance_change
from assistant.core.program import Mode
from assistant.core.snapshot import Release, Snapshot
from assistant.core.watching import next_news
from assistant.errors import AccountChangedError, JournalError, PublishError, TerminalError
from assistant.faults import no_record, slow
from assistant.login import for_login, remember_notes, remembered, settings_of
from assistant.outputs.advice import Stamp, advice_document
from assistant.outputs.day_record import DayRecord
from assistant.outputs.evidence import Evidence
from assistant.outputs.fields import Document
from assistant.outputs.journal import Journal
from assistant.outputs.lock import LoginLock
from assistant.outputs.looking import Fed, Looks
from assistant.outputs.panel_file import panel_path, render, write_panel
from assistant.outputs.record import AFRESH, deal_fields, entries, lost, moved
from assistant.outputs.state import state_bytes, state_path, write_state
from assistant.reviewer import Reviewer, deals_to_review
from assistant.source import (
    WARM_UP_AGAIN_SECONDS,
    WARM_UP_SECONDS,
    Source,
    past_deals,
    past_fills,
    read_snapshot,
    warm_up,
    with_deals,
)

RECONNECT_SECONDS = 1.0  # between two attempts while the terminal does not answer
LATE_DEALS = timedelta(minutes=1)  # for so long after a move the deals are asked for: they may come later
_CENT = 0.005  # account currency; sums that are nearer to each other are the same
VERSIONS = {"assistant": __version__, "panel_file": "1"}


class Assistant:
    """One assistant for one login: a context that holds the login's lock while it is open."""

    def __init__(
        self,
        config: Config,
        home: Path,
        source: Source,
        *,
        publish: bool,
        dry_run: bool,
        ended: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """Take what a run needs; with `publish` false nothing is written into the terminal's folders.

        `ended` tells, for the journal, how runs ended that could not tell it themselves: reason and ended_at.
        """
        self._config = config
        self._home = home
        self._source = source
        self._publish = publish
        self._ended = ended
        self._dry_run = dry_run
        self._settings = settings_of(config, source, dry_run=dry_run)
        program = self._settings.funded
        self._funded_mode = program.mode if program else Mode.DRY_RUN if dry_run else Mode.OFF
        self._foreign: tuple[Cap, ...] = ()  # that the firm's rules are for another login
        self._track = Track()
        self._seq = 0
        self._losses = 0  # of the journal's file
        self._recorded = AFRESH  # each run says anew which notes and conditions stand
        self._deals: Sequence[Deal] = ()  # of this session and this run
        self._deals_since: datetime | None = None  # UTC; from when on they were read
        self._past: Sequence[Deal] | Unknown = ()
        self._fills: Sequence[Fill] | Unknown = ()  # of past stops
        self._past_on: date | None = None  # UTC; when they were read, since the connection
        self._balance: float | None = None  # account currency, when the run began, by what is known of deals
        self._looks = Lapses(source.clock)  # that an advice came of
        self._tries = Lapses(source.clock)  # those that failed among them
        self._meant = 0.0  # seconds between two tries
        self._connected = False
        self._warm = False  # clock and histories have been waited for since the connection
        self._unpublished: tuple[str, ...] = ()  # what could not be written in the last cycle
        self._evidence: Evidence | None = None
        self._alerting = Alerting(config.alerts, home, source.mode, self._note)
        self.reviewer = Reviewer(config.review, home, self._note)
        self.panel: Path | None = None  # where the panel file lies; None: nothing is published

    def __enter__(self) -> Self:
        """Connect, and take the login's lock; TerminalError or HeldError where that fails."""
        with ExitStack() as held:
            self._source.terminal.connect()
            held.callback(self._source.terminal.close)
            self._connected = True
            account = self._source.terminal.account()
            self._login, self._server = account.login, account.server
            self._source, self._foreign = for_login(
                self._config, self._source, self._login, dry_run=self._dry_run
            )
            self._settings = settings_of(self._config, self._source, dry_run=self._dry_run)
            self._started = self._deals_until = self._reading_since = self._source.clock.now()
            self.journal = Journal(self._home / "logs", self._login)
            self._fed = Looks(self.journal.write)
            self._evidence = Evidence(self._home / "logs", self._login, self._source.terminal)
            self._track = remembered(
                self._home, self._login, self._started, self._settings.funded, once=False
            )
            remember_notes(self._home, self._login, self._source)
            self.state = state_path(self._home, self._login)
            held.enter_context(LoginLock(self.state, self._login))
            if self._publish:
                self.panel = panel_path(self._source.terminal.facts().common_folder, self._login)
                held.enter_context(LoginLock(self.panel, self._login))  # homes may share a terminal
            if self._source.macro:
                self._source.macro.start()
                held.callback(self._source.macro.stop)
            self._alerting.start(self._login, self._server, self._started)
            self._held = held.pop_all()
        for one in self._ended:
            self._note("restart", dict(one))
        self._day = DayRecord(self._source.mode, account, VERSIONS, self._config.cycle.ttl)
        self._note("start", self._day.running)
        if self._ended:
            self._alerting.restarted(self._ended[-1]["reason"], self._started)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Record the end, give the lock back, disconnect."""
        if self._evidence and not isinstance(error, AccountChangedError):  # another broker's ticks are none
            self._evidence.finish(self._source.clock.now())
        self._alerting.close()
        self.reviewer.close()
        with suppress(JournalError):  # the log has it with the entry that follows
            self._fed.flush()
        reason = "" if error is None else str(error) or type(error).__name__
        self._note("stop", {"cycles": self._seq, "reason": reason})
        self.journal.close()
        self._held.close()

    def cycle(self) -> tuple[Advice, Document]:
        """Read, advise, record and publish once; TerminalError where the terminal does not answer."""
        self._tried(begun := self._source.clock.now())
        ttl, warming = self._config.cycle.ttl, 0 if self._warm else WARM_UP_SECONDS
        if not self._connected:
            self._source.terminal.connect()
            self._connected = True
        snapshot = self._read()
        deals = self._session_deals(snapshot)
        snapshot = replace(with_deals(snapshot, tuple(deals)), deals=self._explaining(snapshot, deals))
        settings, faults = self._settings, [*self._foreign]
        if (took := (snapshot.as_of - begun).total_seconds()) > ttl + warming:
            self._note("slow", {"seconds": round(took, 1)})  # the panel was stale meanwhile
        if (took := (snapshot.as_of - self._reading_since).total_seconds()) > ttl:
            faults.append(slow(took, ttl, settings.fold.shares.fail_safe))
        advice, track = advise(snapshot, self._track, settings, faults)
        self._seq += 1
        stamp = Stamp(self._seq, self._config.cycle.ttl, self._funded_mode, VERSIONS)
        said = state_bytes(document := advice_document(advice, stamp))
        try:
            self._record(snapshot, advice, track, deals)
            self._fed.see(Fed(snapshot, self._track, track, settings, tuple(faults), stamp, said))
        except JournalError as error:
            logger.error("no durable record: {}", error)
            faults.append(no_record(error, settings.fold.shares.fail_safe))
            advice, track = advise(snapshot, self._track, settings, faults)
            document = advice_document(advice, stamp)
            if document["funded"]:
                document["funded"]["seen_at"] = None  # a restart knows nothing of what was seen now
            said = state_bytes(document)
        if self._evidence:
            self._evidence.see(snapshot, self._track.funded, track.funded, settings.funded)
        self._track = track
        self._looks.keep()
        self._alerting.see(advice, snapshot.calendar)
        handed = self._hand_out(advice, said, stamp, next_news(advice, snapshot.calendar))
        self._day.shown(advice, handed=handed)
        return advice, document

    def _read(self) -> Snapshot:
        try:
            if not self._warm:
                self._require_same(self._source.terminal.account())
                warm_up(self._source, WARM_UP_AGAIN_SECONDS if self._seq else WARM_UP_SECONDS)
                self._warm = True
            self._reading_since = self._source.clock.now()
            snapshot = read_snapshot(self._source)
            # at once: what is read below may take seconds, and no clock was set for that
            lapse = self._looks.look(snapshot.as_of, self._meant)
            self._require_same(snapshot.account)
            self._read_past(snapshot.as_of)
        except TerminalError as error:
            self._lose(error)
            raise
        snapshot = replace(snapshot, lapse=lapse)
        if self._source.confirmed:
            confirmed, unwritten = self._source.confirmed.see(snapshot)
            problems = (*snapshot.problems, *unwritten)
            snapshot = replace(snapshot, confirmed=confirmed, problems=problems)
        unkept = self._evidence.problems if self._evidence else ()
        told = (*self._unpublished, *unkept, *self.journal.problems, *self._fed.problems)
        problems = (*snapshot.problems, *told, *self._alerting.problems)
        snapshot = replace(snapshot, past=self._past, fills=self._fills, problems=problems)
        if self._source.funded:
            snapshot = self._source.funded.added(snapshot, self._source.terminal, self._track.funded)
        return snapshot

    def _read_past(self, now: datetime) -> None:
        """Read once a day what costs are learned from; `now` is UTC."""
        if self._past_on != now.date():
            self._past, self._fills = past_deals(self._source, now), past_fills(self._source, now)
            self._require_own_account()
            self._past_on = now.date()

    def _require_same(self, now: Account) -> None:
        """End this assistant with AccountChangedError where another account is logged in."""
        if (now.login, now.server) != (self._login, self._server):
            raise AccountChangedError(
                f"the terminal is now logged in as {now.login} on {now.server}; what was said for "
                f"{self._login} on {self._server} ends here"
            )

    def _lose(self, error: TerminalError) -> None:
        """Put it on record that the terminal failed; the next cycle connects again."""
        self._connected = self._warm = False
        self._past_on = None
        self._track = replace(self._track, spells=unseen(self._track.spells))
        self._note("terminal", {"error": str(error)})

    def _tried(self, now: datetime) -> None:
        """Put it on record where the PC's clock jumped or the PC slept since the last try."""
        lapse, conditions = self._tries.look(now, self._meant), self._settings.conditions
        self._tries.keep()
        set_by, away = jumped(lapse, conditions.clock_jump_seconds), slept(lapse, conditions.slept_seconds)
        if lapse and (set_by or away):
            told = "; ".join(one for one in (set_by, away) if one)
            times = {"jump": round(lapse.jump, 1), "passed": round(lapse.passed, 1)}  # seconds
            self._note("clock", {"told": told, **times})
            self._past_on = None  # past deals are read again
            self._started += timedelta(seconds=min(0.0, lapse.jump))  # set back, it was ahead at the start

    def _session_deals(self, snapshot: Snapshot) -> Sequence[Deal]:
        """Return the deals since the session opened or the run began, read again when something moved."""
        session = snapshot.hours.opens_at if snapshot.hours.state.in_session else None
        since = min(self._started, session or self._started)
        if moved(snapshot, self._recorded):
            self._deals_until = snapshot.as_of + LATE_DEALS
        if snapshot.as_of <= self._deals_until or since != self._deals_since:
            try:
                self._deals = self._source.terminal.deals(since, snapshot.as_of + timedelta(days=1))
                self._require_own_account()
            except TerminalError as error:
                self._lose(error)
                raise
            self._deals_since = since
        return self._deals

    def _explaining(self, snapshot: Snapshot, deals: Sequence[Deal]) -> tuple[Deal, ...] | Unknown:
        """Return the deals; Unknown while one that moved the balance may still be on its way."""
        change = balance_change(deal for deal in deals if deal.at >= self._started)
        balance = snapshot.account.balance - change
        if self._balance is None or snapshot.as_of > self._deals_until:
            self._balance = balance
        apart = balance - self._balance
        if abs(apart) < _CENT:
            return tuple(deals)
        return Unknown(f"the deals do not tell yet how {apart:+.2f} of the balance came about")

    def _record(self, snapshot: Snapshot, advice: Advice, track: Track, deals: Sequence[Deal]) -> None:
        """Journal what has changed since the cycle before; JournalError where that fails."""
        if (losses := self.journal.losses()) != self._losses:  # a new file holds nothing of this run
            self._losses, self._recorded = losses, lost(self._recorded)
            self._day.lost()
            self._fed.lost()
            self._alerting.unrecorded()
        day = self._day.entries(advice, deals)
        written, recorded = entries(snapshot, advice, track, deals, self._recorded)
        numbered = [(kind, {"seq": self._seq, **fields}) for kind, fields in (*written, *day)]
        self.journal.write_all(snapshot.as_of, numbered)
        self._recorded = recorded
        self._day.kept()

    def _require_own_account(self) -> None:
        """Refuse with TerminalError what was read from another account."""
        now = self._source.terminal.account()
        if (now.login, now.server) != (self._login, self._server):
            raise TerminalError(f"the terminal left login {self._login} while its deals were read")

    def _hand_out(self, advice: Advice, said: bytes, stamp: Stamp, news: Sequence[Release]) -> bool:
        """Write state file and panel file; where one fails its old one stays and the advice goes on.

        Returns whether one of them was written.
        """
        failed: list[str] = []
        writes = [partial(write_state, self.state, said)]
        if self.panel is not None:
            content = render(
                advice,
                seq=stamp.seq,
                ttl=stamp.ttl,
                funded_mode=stamp.funded_mode,
                news=news,
                alerts=self._alerting.recent,
            )
            writes.append(partial(write_panel, self.panel, content))
        for write in writes:
            try:
                write()
            except PublishError as error:
                failed.append(str(error))
        if tuple(failed) != self._unpublished:
            self._note("publish", {"failed": failed})
        self._unpublished = tuple(failed)
        return len(failed) < len(writes)

    def _note(self, kind: str, fields: dict[str, Any]) -> None:
        """Journal something that happened to the program itself; where that fails, the log has it."""
        logger.info("{} {}", kind, fields)
        try:
            self.journal.write(self._source.clock.now(), kind, fields)
        except JournalError as error:
            logger.error("no durable record: {}", error)

    def _review(self) -> None:
        """Have a session that has closed reviewed, once, in a process of its own."""
        now = self._source.clock.now()
        self.reviewer.see(self._login, now, self._source.sessions, self.record_deals)

    def record_deals(self, since: datetime) -> bool:
        """Journal what is not on record of the deals since an instant (UTC), and of what was open then.

        Returns whether they are on record.
        """
        now = self._source.clock.now()
        try:
            deals = deals_to_review(self._source.terminal, since, now)
            self._require_own_account()
            new = [one for one in deals if one.ticket not in self._recorded.deals]
            self.journal.write_all(now, [("deal", deal_fields(one)) for one in new])
        except (TerminalError, JournalError) as error:
            logger.warning("a review lacks the deals that are not on record yet: {}", error)
            return False
        known = self._recorded.deals | {one.ticket for one in new}
        self._recorded = replace(self._recorded, deals=known)
        return True

    @property
    def login(self) -> int:
        """The login that is advised."""
        return self._login

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
        self._meant = interval
        while until is None or self._source.clock.now() <= until:
            try:
                _, document = self.cycle()
            except TerminalError as error:
                now = self._source.clock.now()
                in_session = self._source.sessions.hours(now).state.in_session
                self._alerting.lost(str(error), now, in_session=in_session)
                trouble(str(error))
                self._review()
                self._source.clock.sleep(max(interval, RECONNECT_SECONDS))
            else:
                show(document)
                self._review()
                self._source.clock.sleep(interval)
