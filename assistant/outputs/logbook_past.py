"""What older journals tell of positions that were still open: how they were opened, and on what advice."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from assistant.core.logbook import Taken
from assistant.core.market import Deal, Side
from assistant.outputs.logbook_facts import DAMAGED, Entry, deal_of, instant, taken_of, text, truth
from assistant.outputs.logbook_lines import Missing, content_of, entry_in, journals
from assistant.outputs.recall import each

FILES = 40  # of earlier journals that are looked through
LATER = 4  # days of later journals that may tell of a deal that no run saw when it was made
_TICKET = re.compile(rb'"position":(\d{1,19})[,}]')
_SAYS = ("start", "running")  # kinds that say whose run it is: when it begins, and on each new UTC date
_NOTHING = 1e-9  # lots


@dataclass(frozen=True, slots=True)
class Start:
    """What a run said of its account when it began."""

    server: str
    mode: str
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
    found = sorted(journals(folder, login), reverse=True)
    for path in [path for _, on, path in found if on <= until.date()][:FILES]:
        told = [one for kind in _SAYS for one in islice(each(kind, [path], until, _start_at), 1)]
        if told:
            return max(told, key=lambda one: one[0])[1]
    return None


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
