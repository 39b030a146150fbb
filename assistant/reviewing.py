"""The review from the record to its files: of a session, and of the sessions of a week or a month.

It reads journals alone; no terminal is asked. What it writes lies in `<home>/logs/reviews/`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

from pydantic import TypeAdapter

from assistant.apart import Wanted, all_made, made
from assistant.clock import WallClock
from assistant.config import Config
from assistant.core.review import Review
from assistant.core.series import brief, series
from assistant.errors import AssistantError
from assistant.outputs.fields import Document, one_line
from assistant.outputs.files import json_of, locked, read_file, replace_file
from assistant.outputs.journal import LONGEST, entry_of
from assistant.outputs.logbook_lines import journal_path, journals
from assistant.outputs.logbook_past import UNKNOWN, last_start, start_by_others
from assistant.outputs.review import advices_csv, review_document, series_document, trades_csv
from assistant.reports.review import PLOTLY, Links, page, plotly_js, series_page
from assistant.reviewer import FOLDER
from assistant.terminal.sessions import Session, Sessions

_LONGEST_GAP = timedelta(days=30)  # between two sessions
_WAIT = 60.0  # seconds for another process that writes reviews
_LARGEST = 100_000_000  # bytes of a document that is used again
_ADAPTER: TypeAdapter[Review] = TypeAdapter(Review)


@dataclass(frozen=True, slots=True)
class Record:
    """The journals of one login."""

    login: int
    mode: str  # live, paper, or unknown
    now: datetime  # UTC; of the paper terminal its last entry's: it plays another time
    first: date  # UTC, of its first journal
    prefix: str  # of the names of its files: empty where no other login has journals of that mode


@dataclass(frozen=True, slots=True)
class Written:
    """A review, and where its page lies."""

    document: Document
    page: Path


# --- whose, and which session ---


def record_of(home: Path, login: int | None, now: datetime, *, paper: bool) -> Record:
    """Return the journals that are meant; `now` (UTC) is the PC's clock.

    Those that nobody knows to be paper unless `paper`; where there are none, those of the paper terminal.
    AssistantError where there are none, or several and no login tells which.
    """
    logs = home / "logs"
    days: dict[int, list[date]] = {}
    for one, day, _ in journals(logs):
        days.setdefault(one, []).append(day)
    modes = {one: _mode(logs, one, max(found)) for one, found in days.items()}
    wanted = _wanted(modes, login, logs, paper=paper)
    mode = modes[wanted]
    if mode == "paper":
        now = _last_instant(journal_path(logs, wanted, max(days[wanted]))) or now
    alone = list(modes.values()).count(mode) == 1
    return Record(wanted, mode, now, min(days[wanted]), "" if alone else f"{wanted}_")


def _wanted(modes: dict[int, str], login: int | None, logs: Path, *, paper: bool) -> int:
    """Return the one login that is meant."""
    if login is not None:
        if login not in modes:
            there = f"there are those of {_listed(modes)}" if modes else "there is none at all"
            raise AssistantError(f"no journal of login {login} in {logs}; {there}")
        return login
    found = [one for one, mode in modes.items() if mode == "paper" or not paper]
    live = [one for one in found if modes[one] != "paper"]
    found = live if live and not paper else [one for one in found if modes[one] == "paper"]
    if not found:
        what = "of the paper terminal " if paper and modes else ""
        raise AssistantError(f"no journal {what}in {logs}: there is one once an assistant has run")
    if len(found) > 1:
        raise AssistantError(f"{logs} has journals of logins {_listed(found)}; choose one with --login")
    return found[0]


def _listed(logins: Iterable[int]) -> str:
    return ", ".join(str(one) for one in sorted(logins))


def _mode(logs: Path, login: int, last: date) -> str:
    """Return live or paper, by the last run of a login; unknown where nothing tells."""
    end = datetime.fromisoformat(f"{last}T23:59:59.999999+00:00")
    start = last_start(logs, login, end) or start_by_others(logs, login, end)
    return start.mode if start else UNKNOWN


def _last_instant(path: Path) -> datetime | None:
    """Return the instant of the last entry of a journal (UTC); None: it has none."""
    try:
        lines = read_file(path, LONGEST).splitlines()
    except OSError:
        return None
    for line in reversed(lines):
        try:
            return datetime.fromisoformat(entry_of(line)["at"])
        except (ValueError, KeyError, TypeError):
            continue
    return None


def session_at(table: Sessions, now: datetime) -> Session:
    """Return the session that is on at an instant (UTC), or the last one before it."""
    near = [one for one in table.until(now.date() + timedelta(days=1), 3) if one.opens_at <= now]
    if not near:
        raise AssistantError(f"the table of sessions begins after {now:%Y-%m-%d}")
    return near[-1]


def session_on(table: Sessions, day: date, now: datetime) -> Session:
    """Return the session of a date; AssistantError, which names the nearest ones, where it is none.

    One that is yet to come, its span not begun at `now` (UTC), is refused.
    """
    last = session_at(table, now)
    around = table.until(day, 2)
    if not around or around[-1].date != day:
        later = next(iter(table.between(day, day + _LONGEST_GAP)), None)
        if not around or later is None:
            known = f"from {table.first} to {table.last}"
            raise AssistantError(f"{day} is not in the table of sessions, which goes {known}")
        near = f"{around[-1].date} and {later.date}"
        raise AssistantError(f"{day} is no session of the exchange; near it: {near}")
    if around[-1].opens_at > now and around[0].closes_at > now:
        raise AssistantError(f"{day} is yet to come; the last session is {last.date}")
    return around[-1]


def week_of(day: date) -> tuple[date, date, str]:
    """Return first and last day of the ISO week of a date, and its name."""
    first = day - timedelta(days=day.weekday())
    year, week, _ = day.isocalendar()
    return first, first + timedelta(days=6), f"{year}-W{week:02}"


def month_of(day: date) -> tuple[date, date, str]:
    """Return first and last day of the month of a date, and its name."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1), f"{day:%Y-%m}"


# --- what is written ---


class Reviewing:
    """Reads the record of one login and writes its reviews; one process at a time."""

    def __init__(self, home: Path, config: Config, record: Record, table: Sessions) -> None:
        """Take the home and its settings, whose journals, and the exchange's sessions."""
        self._home, self._config, self._record, self._table = home, config, record, table
        self._logs = home / "logs"
        self._folder = self._logs / FOLDER

    def day(self, session: Session) -> Written:
        """Review a session and write its page, its document and its CSV files."""
        with self._alone():
            return self._written(session, made(self._wanted(session)))

    def series(
        self, sessions: Sequence[Session], name: str, progress: Callable[[int, int], None] | None
    ) -> Written:
        """Review the sessions of a week or a month one by one, and write the page of all of them.

        A review that is there is used again where the session was over and no journal of it is newer.
        """
        with self._alone():
            document = series_document(series(self._each(sessions, progress)))
            self._share_script()
            days = [str(one.date) for one in sessions]
            pages = {one: there for one in days if (there := self._there(one))}
            user = self._user(sessions[-1])
            html = self._put(self._name(name, ".html"), series_page(document, user, pages))
            self._put(self._name(name, ".json"), _json(document))
            return Written(document, html)

    def _each(
        self, sessions: Sequence[Session], progress: Callable[[int, int], None] | None
    ) -> Iterator[Review]:
        """Yield the review of each session, one after another: they may be large."""
        lacking = []
        told = progress or _untold
        for number, session in enumerate(sessions):
            kept = self._kept(session)
            if kept is None:
                lacking.append(session)
            else:
                told(number - len(lacking), len(sessions))
                yield kept
        reviews = all_made([self._wanted(one) for one in lacking])
        with closing(reviews):
            begin = len(sessions) - len(lacking)
            for number, (session, one) in enumerate(zip(lacking, reviews, strict=True), begin):
                told(number, len(sessions))
                if one.until is not None:  # something is on record
                    self._written(session, one)
                yield one

    def _wanted(self, session: Session) -> Wanted:
        """Return what a session is looked back at with."""
        record, size = self._record, 0
        for path in self._sources(session):
            with suppress(OSError):  # it was there just now: reading it says more
                size += path.stat().st_size
        since, fold = self._since(session), self._config.settings.fold
        return Wanted(self._logs, record.login, record.mode, record.now, session, since, fold, size)

    def _since(self, session: Session) -> datetime:
        """Return where a session's span begins (UTC): the close before it; without one, its own day."""
        before = self._table.until(session.date, 2)[0]
        return before.closes_at if before.date < session.date else session.opens_at - timedelta(days=1)

    def _written(self, session: Session, made: Review) -> Written:
        """Write the files of a review; those that its page leads to first."""
        stem, document = str(session.date), review_document(made)
        links = Links(
            previous=self._there(str(self._table.until(session.date, 2)[0].date)),
            next=self._there(*(str(one.date) for one in self._next(session))),
            week=self._there(week_of(session.date)[2]),
            month=self._there(month_of(session.date)[2]),
            trades=self._put(self._name(stem, "_trades.csv"), trades_csv(made)).name,
            advices=self._put(self._name(stem, "_advices.csv"), advices_csv(made)).name,
            document=self._name(stem, ".json"),
        )
        self._share_script()
        html = self._put(self._name(stem, ".html"), page(document, self._user(session), links))
        self._put(self._name(stem, ".json"), _json(document))  # last: where it is there, all of it is
        return Written(document, html)

    def _next(self, session: Session) -> Sequence[Session]:
        """Return the session after one, if the table knows it."""
        after = session.date + timedelta(days=1)
        return self._table.between(after, after + _LONGEST_GAP)[:1]

    def _kept(self, session: Session) -> Review | None:
        """Return the review that is there, where the session was over, and nothing was recorded since."""
        path = self._folder / self._name(str(session.date), ".json")
        try:
            written = path.stat().st_mtime
            sources = [one.stat().st_mtime for one in self._sources(session)]
            if not sources or written <= max(session.closes_at.timestamp(), *sources):
                return None
            made = _ADAPTER.validate_python(json_of(read_file(path, _LARGEST)))
            brief(made)  # whatever is wrong with it shows here
        except (OSError, ValueError, TypeError, ArithmeticError, LookupError, AttributeError):
            return None
        ours = (self._record.login, session.date, session.closes_at)
        return made if (made.login, made.session, made.closes_at) == ours else None

    def _sources(self, session: Session) -> Iterator[Path]:
        """Yield the files that tell of a session."""
        day, last = self._since(session).date(), session.closes_at.date()
        while day <= last:
            for name in ("journal", "checks"):
                path = journal_path(self._logs, self._record.login, day, name)
                if path.exists():
                    yield path
            day += timedelta(days=1)

    def _share_script(self) -> None:
        """Put plotly.js beside the pages, where it is not there as it is installed."""
        content, path = plotly_js(), self._folder / PLOTLY
        if not path.is_file() or path.stat().st_size != len(content) or path.read_bytes() != content:
            replace_file(path, content)

    def _name(self, stem: str, ending: str) -> str:
        return f"{self._record.prefix}{stem}{ending}"

    def _there(self, *stems: str) -> str | None:
        """Return the name of a page that there is; None: there is none."""
        names = (self._name(stem, ".html") for stem in stems)
        return next((name for name in names if (self._folder / name).is_file()), None)

    def _put(self, name: str, content: str) -> Path:
        path = self._folder / name
        replace_file(path, content.encode())
        return path

    def _user(self, session: Session) -> tzinfo:
        """Return the zone of this PC, as it was on a session."""
        return session.opens_at.astimezone().tzinfo or UTC

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of all reviews of this home; AssistantError where it, or a file, cannot be had."""
        path = self._home / "state" / "reviews.lock"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with locked(path, seconds=_WAIT):
                yield
        except OSError as error:
            raise AssistantError(f"no review was written: {error}") from error


def review_of(home: Path, config: Config, login: int) -> Written:
    """Review the last session that the paper terminal has played for a login."""
    table = Sessions.packaged(config.exchange.closed)
    record = record_of(home, login, WallClock().now(), paper=True)
    return Reviewing(home, config, record, table).day(session_at(table, record.now))


def _untold(done: int, total: int) -> None:
    """Tell nobody."""


def _json(document: Document) -> str:
    return one_line(document) + "\n"
