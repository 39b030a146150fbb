"""What is on record of one session of one login, read from the journals of its days."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from pathlib import Path

from assistant.core.logbook import Asked, Logbook, Money, Span, Taken, Timeline
from assistant.core.market import Deal, Unknown
from assistant.outputs.files import short
from assistant.outputs.logbook_facts import DAMAGED, Entry, asked_of, instant, text
from assistant.outputs.logbook_fold import Fold, Line
from assistant.outputs.logbook_lines import Missing, entries_of, journal_path, journals
from assistant.outputs.logbook_looks import Looked
from assistant.outputs.logbook_past import UNKNOWN, Past, Start, last_start, signed, start_by_others
from assistant.outputs.looks import seen

_SOON = timedelta(seconds=60)  # after the close before, for the first look of the span
_LONG = 300  # characters of a reason
_KIND = 20  # characters of a kind of entry; no longer one is written
_UNSAID = Start("", UNKNOWN, "", None, "")  # where no run said anything


def logins(folder: Path) -> tuple[int, ...]:
    """Return the logins that have a journal in a folder, in ascending order."""
    return tuple(sorted({login for login, _, _ in journals(folder)}))


def sessions_on_record(folder: Path, login: int) -> tuple[date, ...]:
    """Return the UTC dates of a login's journals, the oldest first; some may be no sessions."""
    return tuple(sorted(on for _, on, _ in journals(folder, login)))


def read_logbook(
    folder: Path,
    login: int,
    session: date,
    *,
    since: datetime,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
) -> Logbook:
    """Return what the journals in a folder tell of a session; what they lack is told in `missing`.

    `since` is the close of the session before; instants are UTC. What is later than `now` is passed over: a
    clock was ahead, or a recording is played again. A login without a journal has an empty logbook.
    """
    asked_for = _Asked(folder, login, session, Span(since, closes_at), opens_at, now)
    return _Reading(asked_for).logbook()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked for."""

    folder: Path
    login: int
    session: date
    span: Span
    opens_at: datetime
    now: datetime

    def paths(self, name: str) -> list[Path]:
        """Return where the files of each UTC date of the span lie."""
        first, last = self.span.begin.date(), self.span.end.date()
        days = [first + timedelta(days=one) for one in range((last - first).days + 1)]
        return [journal_path(self.folder, self.login, day, name) for day in days]


class _Reading:
    """One reading of the files."""

    def __init__(self, of: _Asked) -> None:
        self._of, self._missing = of, Missing()
        until = min(of.now, of.span.end)
        told = last_start(of.folder, of.login, until) or start_by_others(of.folder, of.login, until)
        self._start = told or _UNSAID
        self._server = self._start.server or None
        self._fold = Fold(of.span, of.session, self._server, self._missing)
        self._looked = Looked(Span(of.opens_at, of.span.end))
        self._fold.on_cut = self._cut
        self._waiting: list[Entry] = []  # looks of before the span, which may tell how it began
        self._skipped = False  # they need not be read: one soon after it tells all anew
        midnight = datetime.combine(of.span.begin.date(), time(), UTC)  # when the first file begins
        before = last_start(of.folder, of.login, midnight)
        self._fold.foreign = before is not None and before.server != self._start.server
        self._at = of.span.begin  # of the entry that was read last
        self._ahead = 0  # entries later than now
        self._currency, self._hedging = self._start.currency, self._start.hedging

    def logbook(self) -> Logbook:
        """Read, and return what was found."""
        self._journals()
        asked = tuple(sorted(self._checks(), key=attrgetter("at")))
        self._fold.runs.end(None)
        deals, taken = self._deals()
        self._tell_lacking()
        return replace(self._book(), deals=deals, taken=taken, asked=asked, missing=self._missing.told)

    def _book(self) -> Logbook:
        """Return what the fold and the looks tell."""
        of, fold, span = self._of, self._fold, self._of.span
        runs, lost = fold.runs.within(span)
        return Logbook(
            login=of.login,
            server=self._start.server,
            currency=self._currency,
            mode=self._start.mode,
            hedging=self._hedging is not False,
            session=of.session,
            opens_at=of.opens_at,
            closes_at=span.end,
            span=span,
            until=fold.until,
            versions=self._versions(),
            runs=runs,
            lost=lost,
            legs=fold.legs,
            closes=fold.closes,
            ratio=self._ratio(),
            money=self._money(),
            scale=fold.scale,
            deals=(),
            taken=(),
            asked=(),
            held_over=fold.held_over,
            events=tuple(sorted((one for one in fold.events if one.at > span.begin), key=attrgetter("at"))),
            missing=(),
            clock=fold.clock,
            names=fold.names,
            **fold.timelines(),
        )

    def _journals(self) -> None:
        paths = self._of.paths("journal")
        session = [path for path in paths if path.stem[-10:] >= self._of.opens_at.date().isoformat()]
        if not any(path.exists() for path in session):
            self._missing.say(f"no journal of {self._of.session}: {session[0].name} is not there")
        for path in paths:
            for one in seen(self._folded(path)):
                if isinstance(one, Unknown):
                    self._tell_look(path, one.reason)
                    continue
                try:
                    self._looked.see(one, self._fold.legs)
                except DAMAGED as error:
                    self._tell_look(path, f"no look as it should be: {error}")
        if self._ahead:
            told = f"{self._ahead} entries are of later than {self._of.now:%Y-%m-%d %H:%M:%S} UTC"
            self._missing.say(f"{told}, which is now: a clock was ahead; passed over")

    def _tell_look(self, path: Path, reason: str) -> None:
        if self._at > self._of.span.begin:
            self._missing.say(f"{path.name}: {short(reason, _LONG)}")

    def _folded(self, path: Path) -> Iterator[Entry]:
        """Fold the entries of a file, and yield its looks."""
        on = path.stem[-10:]
        for number, entry in entries_of(path, self._missing):
            try:
                at = instant(entry["at"])
                if at.date().isoformat() != on:
                    raise ValueError("it is of another day")
                if at > self._of.now:
                    self._ahead += 1
                    continue
                ours = self._fold.take(entry, at)
            except DAMAGED as error:
                self._unfit(path, number, entry, error)
                continue
            self._at = at
            if ours and entry["kind"] == "look" and at <= self._of.span.end:
                yield from self._looks(entry, at)
        yield from self._waited()

    def _looks(self, entry: Entry, at: datetime) -> Iterator[Entry]:
        """Yield the looks that are to be read; most of those before the span need not be."""
        begin, whole = self._of.span.begin, "base" in entry
        if whole and self._waiting and (at <= begin or at - begin <= _SOON):
            self._waiting.clear()
            self._skipped = True
        if at <= begin:
            self._waiting.append(entry)
        else:
            yield from self._waited()
            yield entry

    def _waited(self) -> Iterator[Entry]:
        waiting, self._waiting = self._waiting, []
        yield from waiting

    def _cut(self, at: datetime) -> None:
        """Forget the looks of an instant and later: a recording is played again."""
        self._waiting.clear()
        self._looked.cut(at)

    def _unfit(self, path: Path, number: int, entry: Entry, error: Exception) -> None:
        """Tell that an entry as it was written is not what an entry of its kind should be."""
        kind = entry.get("kind")
        named = f" {short(kind, _KIND)}" if isinstance(kind, str) else ""
        detail = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        self._missing.line(path, number, f"no entry{named} as it should be", short(detail))

    def _checks(self) -> Iterator[Asked]:
        """Yield the checks of the span."""
        for path in self._of.paths("checks"):
            for number, entry in entries_of(path, self._missing):
                try:
                    if entry["kind"] != "check":
                        continue
                    asked, server = asked_of(entry), text(entry["terminal"]["server"])
                    currency = text(entry["terminal"]["currency"])
                    nets = text(entry["account"]["margin_mode"]) == "netting"
                except DAMAGED as error:
                    self._unfit(path, number, entry, error)
                    continue
                if server != self._start.server:
                    self._missing.say(f"{path.name}: checks on the server {server} are left out")
                elif self._of.span.begin < asked.at <= min(self._of.span.end, self._of.now):
                    self._currency = self._currency or currency
                    self._hedging = not nets if self._hedging is None else self._hedging
                    yield asked

    def _ratio(self) -> Timeline[float]:
        try:
            return self._looked.ratio()
        except DAMAGED as error:
            self._missing.say(f"the last look's prices are not as they should be: {short(str(error))}")
            return self._looked.ratio()

    def _money(self) -> Timeline[Money]:
        """Return the account's money by the looks, and by the entries `account` where there are none."""
        line: Line[Money] = Line()
        accounts = self._fold.accounts.facts
        if self._skipped:  # the looks between the last of them and the span are not read
            accounts = [one for one in accounts if one[0] > self._of.span.begin]
        for at, money in sorted([*accounts, *self._looked.money.facts], key=_at):
            line.put(at, money)
        return line.within(self._of.span)

    def _deals(self) -> tuple[tuple[Deal, ...], tuple[Taken, ...]]:
        """Return the deals of the span, earlier ones of what was open in it, and the advice before them."""
        of, fold = self._of, self._fold
        past = Past(of.folder, of.login, self._server, self._missing)
        past.later(of.span.end.date(), of.now.date())
        known = {**past.deals, **fold.deals}
        own = [deal for deal in known.values() if of.span.begin < deal.at <= of.span.end]
        lines = fold.positions.within(of.span)
        seen_open = {one.ticket for _, positions in lines for one in positions}
        interest = seen_open | {deal.position for deal in own if deal.position}
        before = [deal for deal in known.values() if deal.at <= of.span.begin and deal.position in interest]
        left = {one.ticket: one.side.sign * one.lots for one in lines[-1][1]} if lines else {}
        come_to = signed([*before, *own])
        past.earlier(
            {one: left.get(one, 0.0) - come_to.get(one, 0.0) for one in interest}, of.span.begin.date()
        )
        older = [
            deal for deal in past.deals.values() if deal.at <= of.span.begin and deal.position in interest
        ]
        deals = {deal.ticket: deal for deal in [*older, *before, *own]}
        tickets = {deal.ticket for deal in own}
        taken = [
            one
            for one in {**past.taken, **fold.taken}.values()
            if of.span.begin < one.at <= of.span.end
            or one.ticket in tickets
            or (one.at <= of.span.begin and one.position in interest)
        ]
        in_order = attrgetter("at", "ticket")
        return tuple(sorted(deals.values(), key=in_order)), tuple(sorted(taken, key=in_order))

    def _versions(self) -> tuple[str, ...]:
        """Return the versions of the assistant that ran in the span."""
        begin, end = self._of.span.begin, self._of.span.end
        told = sorted(self._fold.versions)
        began = [version for at, version in told if at <= begin][-1:]
        found = [*began, *(version for at, version in told if begin < at <= end)]
        return tuple(dict.fromkeys(found or ([self._start.version] if self._fold.until else [])))

    def _tell_lacking(self) -> None:
        """Tell what no entry of the span says."""
        fold, span, say = self._fold, self._of.span, self._missing.say
        if fold.until is None:
            say(f"nothing is on record from {_told(span.begin)} to {_told(span.end)}")
            return
        if self._start.mode == UNKNOWN:
            say("whether this was a live or the paper terminal is not on record")
        if not self._currency:
            why = "" if self._start is _UNSAID else ": an older version wrote this"
            say(f"the account's currency is not on record{why}")
        if self._hedging is None:
            say("whether the account hedges or nets is not on record; it is taken for a hedging one")
        if not self._looked.any:
            say("no looks are on record: the live ratio is not known, equity only where the balance changed")
        if not fold.closes:
            say("the closes of the ratio are not on record")
        if not fold.votes.facts:
            say("what each vote said is not on record")
        if fold.lights.facts and not fold.floors.facts:
            say("where the loss rules stood is not on record")
        if fold.held_over is None and self._of.now >= span.end:
            say("no run saw the close: what was held over it is not on record")


def _at(fact: tuple[datetime, Money]) -> datetime:
    return fact[0]


def _told(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
