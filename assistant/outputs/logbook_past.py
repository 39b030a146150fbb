"""What older journals tell of positions that were still open: how they were opened, and on what advice."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from assistant.core.logbook import Taken
from assistant.core.market import Account, Deal, Side
from assistant.outputs.logbook_facts import DAMAGED, Entry, deal_of, instant, taken_of, text, truth
from assistant.outputs.logbook_lines import Missing, content_of, entry_in, journal_path, journals
from assistant.outputs.looking import FIRST
from assistant.outputs.looks import DAMAGED as DAMAGED_LOOK
from assistant.outputs.looks import Stream
from assistant.outputs.recall import each

FILES = 40  # of earlier journals that are looked through
LATER = 4  # days of later journals that may tell of a deal that no run saw when it was made
_TICKET = re.compile(rb'"position":(\d{1,19})[,}]')
_SAYS = ("start", "running")  # kinds that say whose run it is: when it begins, and on each new UTC date
_NOTHING = 1e-9  # lots
UNKNOWN = "unknown"  # mode of an account that nothing says


@dataclass(frozen=True, slots=True)
class Start:
    """What a run said of its account when it began."""

    server: str
    mode: str  # live, paper, or unknown
    currency: str  # "": it did not say
    hedging: bool | None  # None: likewise
    version: str  # of the assistant


def _start_of(entry: Entry) -> Start:
    return Start(
        server=text(entry["server"]),
        mode=text(entry["mode"]),
        currency=text(entry["currency"]) if "currency" in entry else "",
        hedging=truth(entry["hedging"]) if "hedging" in entry else None,
        version=text(entry["versions"]["assistant"]),
    )


def last_start(folder: Path, login: int, until: datetime) -> Start | None:
    """Return what a run said last up to an instant (UTC); None: nothing is on record."""
    for _, path in _days(folder, login, until):
        told = [one for kind in _SAYS for one in islice(each(kind, [path], until, _start_at), 1)]
        if told:
            return max(told, key=lambda one: one[0])[1]
    return None


def start_by_others(folder: Path, login: int, until: datetime) -> Start | None:
    """Return the same where no run's own words can be read, by checks or looks; None: they tell nothing.

    A look does not tell the mode.
    """
    days = _days(folder, login, until)
    checks = (journal_path(folder, login, on, "checks") for on, _ in days)
    checked = next(each("check", checks, until, _start_of_check), None)
    return checked or next(each("look", (path for _, path in days), until, _start_of_look), None)


def _days(folder: Path, login: int, until: datetime) -> list[tuple[date, Path]]:
    """Return the journals of a login up to an instant by their dates, the newest first."""
    found = sorted(journals(folder, login), reverse=True)
    return [(on, path) for _, on, path in found if on <= until.date()][:FILES]


def _start_of_check(entry: Entry) -> Start:
    """Return what a check says of the account; its currency may be that of an older version: none."""
    of, nets = entry["terminal"], text(entry["account"]["margin_mode"]) == "netting"
    return Start(text(of["server"]), _mode(entry["mode"]), text(of["currency"]), not nets, "")


def _start_of_look(entry: Entry) -> Start:
    """Return what a look that holds all says of the account."""
    stream = Stream(frozenset(FIRST))
    if "base" not in entry:
        raise ValueError("it tells changes alone")
    try:
        list(stream.take(entry))
    except DAMAGED_LOOK as error:
        raise ValueError(str(error)) from error
    account: Account = stream.parts["account"]
    return Start(text(account.server), UNKNOWN, text(account.currency), truth(account.hedging), "")


def _mode(value: object) -> str:
    if value not in ("live", "paper"):
        raise ValueError(f"a mode was {value!r:.40}")
    return str(value)


def _start_at(entry: Entry) -> tuple[datetime, Start]:
    return instant(entry["at"]), _start_of(entry)


def signed(deals: Iterable[Deal]) -> dict[int, float]:
    """Return for each position what its deals come to: lots bought less lots sold."""
    lots: dict[int, float] = {}
    for deal in deals:
        if deal.position and deal.kind in (Side.BUY, Side.SELL):
            lots[deal.position] = lots.get(deal.position, 0.0) + Side(deal.kind).sign * deal.lots
    return lots


def _marked(content: bytes, mark: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that hold a mark, each with its place."""
    place = content.find(mark)
    while place >= 0:
        start, end = content.rfind(b"\n", 0, place) + 1, content.find(b"\n", place)
        line = content[start : end if end >= 0 else len(content)]
        yield start, line
        place = content.find(mark, start + len(line))


class Past:
    """Deals, and the advice before them, that journals beside those of a session tell."""

    def __init__(self, folder: Path, login: int, server: str | None, missing: Missing) -> None:
        """Take where the journals lie, whose they are, and what takes complaints."""
        self._folder, self._login, self._server, self._missing = folder, login, server, missing
        self.deals: dict[int, Deal] = {}  # by ticket
        self.taken: dict[tuple[int, datetime], Taken] = {}  # by ticket and instant

    def earlier(self, lacking: Mapping[int, float], before: date) -> None:
        """Look, newest first, for the deals of positions in files of before a UTC date.

        `lacking` is what the earlier deals of each position come to: lots bought less lots sold. What is
        found of all of them ends the search.
        """
        wanted = {position for position, lots in lacking.items() if abs(lots) > _NOTHING}
        found = sorted(journals(self._folder, self._login), reverse=True)
        for path in [path for _, on, path in found if on < before][:FILES]:
            if not wanted:
                return
            self._read(path, wanted)
            come_to = signed(self.deals.values())
            wanted -= {one for one in wanted if abs(lacking[one] - come_to.get(one, 0.0)) <= _NOTHING}

    def later(self, after: date, until: date) -> None:
        """Read the deals that files of the days after a UTC date tell, up to another date."""
        last = min(until, after + timedelta(days=LATER))
        for _, on, path in sorted(journals(self._folder, self._login)):
            if after < on <= last:
                self._read(path, None)

    def _read(self, path: Path, wanted: Collection[int] | None) -> None:
        """Take in what a file tells of some positions; None: of all."""
        content = content_of(path, self._missing)
        ours = self._own(content)
        for mark, put in ((b'"kind":"deal"', self._put_deal), (b'"kind":"taken"', self._put_taken)):
            for start, line in _marked(content, mark):
                told = _TICKET.search(line)
                if told and (wanted is None or int(told[1]) in wanted) and ours(start):
                    self._try(path, content, start, line, put)

    def _try(self, path: Path, content: bytes, start: int, line: bytes, put: Callable[[Entry], None]) -> None:
        try:
            put(entry_in(line))
        except DAMAGED:
            self._missing.line(path, content.count(b"\n", 0, start) + 1, "damaged since it was written")

    def _put_deal(self, entry: Entry) -> None:
        if entry["kind"] == "deal":
            deal = deal_of(entry)
            self.deals[deal.ticket] = deal

    def _put_taken(self, entry: Entry) -> None:
        if entry["kind"] == "taken":
            taken = taken_of(entry)
            self.taken[taken.ticket, taken.at] = taken

    def _own(self, content: bytes) -> Callable[[int], bool]:
        """Return whether a place in a file was written by a run of our server."""
        foreign: list[tuple[int, bool]] = []
        for kind in _SAYS:
            for start, line in _marked(content, f'"kind":"{kind}"'.encode()):
                with suppress(*DAMAGED):  # it does not say whose the lines after it are
                    foreign.append((start, text(entry_in(line)["server"]) != self._server))
        foreign.sort()

        def ours(at: int) -> bool:
            return not next((other for start, other in reversed(foreign) if start <= at), False)

        return ours
