"""The entries of a session's journals, folded one by one: what changed, and when."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Generic, TypeVar

from assistant.core.logbook import (
    Condition,
    Event,
    FloorSeen,
    HeldOver,
    Light,
    Lots,
    Money,
    Opened,
    Run,
    Share,
    Span,
    Taken,
    Timeline,
)
from assistant.core.market import Deal, Side, Vote
from assistant.outputs.logbook_events import event_of, hole_of
from assistant.outputs.logbook_facts import (
    Entry,
    closes_of,
    conditions_of,
    deal_of,
    floors_of,
    held_of,
    instant,
    legs_of,
    lots_of,
    money_of,
    number,
    positions_of,
    sentence,
    shown_of,
    taken_of,
    text,
    votes_of,
)
from assistant.outputs.logbook_lines import Missing

_Fact = TypeVar("_Fact")
_LATE = frozenset({"deal", "taken", "held"})  # kinds that tell of a session after its close
_AWAY = {"clock": "passed", "slow": "seconds"}  # kinds that tell for how long (seconds) there was no look
_LONG = timedelta(minutes=1)  # a run has an entry a minute at least
_OUTSIDE = frozenset({"repair", "restart"})  # kinds that a run writes before it says that it begins


class Line(Generic[_Fact]):
    """A timeline that is being written."""

    __slots__ = ("facts",)

    def __init__(self) -> None:
        """Begin with nothing."""
        self.facts: list[tuple[datetime, _Fact]] = []

    def put(self, at: datetime, fact: _Fact) -> None:
        """Let a fact hold from an instant on.

        What stands later was told by a clock that has been set back since, or of a recording that is played
        again.
        """
        self.cut(at)
        if not self.facts or self.facts[-1][1] != fact:
            self.facts.append((at, fact))

    def cut(self, at: datetime) -> None:
        """Forget what holds from an instant on."""
        while self.facts and self.facts[-1][0] >= at:
            self.facts.pop()

    def within(self, span: Span) -> Timeline[_Fact]:
        """Return what holds at the beginning of a span and what came until its end."""
        began = sum(at <= span.begin for at, _ in self.facts)
        return tuple(one for one in self.facts[max(began - 1, 0) :] if one[0] <= span.end)


@dataclass(slots=True)
class _Going:
    """A run that has not ended."""

    begin: datetime
    last: datetime  # of its last entry
    lost: datetime | None = None  # since when the terminal does not answer


class Runs:
    """When an assistant ran, and when its terminal did not answer, or the PC slept."""

    def __init__(self) -> None:
        """Begin with none."""
        self.runs: list[Run] = []
        self.lost: list[Span] = []
        self._going: _Going | None = None

    def see(self, entry: Entry, at: datetime) -> bool:
        """Take an entry of our server; True where it tells that the terminal answers again."""
        kind, going = entry["kind"], self._going
        if kind == "restart":
            self.end(sentence(entry["reason"]))
        elif kind == "start":
            self.end(None)
            self._going = _Going(at, at)
        if kind == "start" or kind in _OUTSIDE:
            return False
        if going and not going.lost and at - going.last > _LONG and _away(entry) > _LONG.total_seconds():
            self.lost.append(Span(going.last, at))  # nobody looked, and the same run goes on
        if going is None:  # it began before what is read, or its beginning is damaged
            going = self._going = _Going(at, at)
        waited = kind == "look" and at <= going.last  # it tells of looks before what is on record already
        going.last = going.last if waited else max(at, going.begin)
        again = going.lost is not None and "seq" in entry and not waited
        if kind == "terminal":
            going.lost = going.lost or at
        elif kind == "stop":
            self.end(sentence(entry["reason"]))
        elif again:
            self._found(going)
        return again

    def _found(self, going: _Going) -> None:
        if going.lost is not None and going.lost < going.last:
            self.lost.append(Span(going.lost, going.last))
        going.lost = None

    def end(self, why: str | None) -> None:
        """Let the run that goes on end with its last entry."""
        if self._going is not None:
            self._found(self._going)
            self.runs.append(Run(Span(self._going.begin, self._going.last), why))
            self._going = None

    def cut(self, at: datetime) -> None:
        """Forget what was from an instant on."""
        self.end(None)
        whole = Span(datetime.min.replace(tzinfo=at.tzinfo), at)
        runs = [run for run in self.runs if run.span.begin < at]
        self.runs = [Run(part, run.ended) for run in runs if (part := _part(run.span, whole))]
        self.lost = [part for one in self.lost if one.begin < at and (part := _part(one, whole))]

    def within(self, span: Span) -> tuple[tuple[Run, ...], tuple[Span, ...]]:
        """Return the runs that went on in a span, whole, and when in it the terminal was lost."""
        runs = tuple(run for run in self.runs if _part(run.span, span))
        return runs, tuple(part for one in self.lost if (part := _part(one, span)))


def _away(entry: Entry) -> float:
    """Return for how long (seconds) there was no look, as an entry tells; 0: it tells nothing of that."""
    kind = entry["kind"]
    return number(entry.get(_AWAY[kind], 0)) if kind in _AWAY else 0.0


def _part(one: Span, of: Span) -> Span | None:
    """Return the part of a span that lies in another; None: there is none."""
    begin, end = max(one.begin, of.begin), min(one.end, of.end)
    return Span(begin, end) if begin <= end and one.end > of.begin else None


class Fold:
    """What the entries so far tell; instants are UTC."""

    def __init__(self, span: Span, session: date, server: str | None, missing: Missing) -> None:
        """Take what is asked for, whose entries count (None: all), and what takes complaints."""
        self._span, self._session, self._server, self._missing = span, session, server, missing
        self.on_cut: Callable[[datetime], None] = lambda _: None  # told from when on all is told again
        self.foreign = False  # the entries that come are of a run on another server
        self._latest: datetime | None = None  # of all entries
        self.until: datetime | None = None  # of the last entry within the span
        self.versions: list[tuple[datetime, str]] = []
        self.runs = Runs()
        self.shares: Line[Share] = Line()
        self.stances: Line[str] = Line()
        self.states: Line[str] = Line()
        self.lots: dict[str, Line[dict[Side, Lots]]] = {}
        self.conditions: Line[tuple[Condition, ...]] = Line()
        self.votes: Line[tuple[Vote, ...]] = Line()
        self.legs: tuple[str, str] | None = None
        self.clock: str | None = None
        self.names: dict[str, str] = {}  # ours by the broker's
        self._closes: dict[tuple[str, str], tuple[dict[date, float], ...]] = {}
        self.accounts: Line[Money] = Line()
        self.scale = 1.0
        self.lights: Line[Light] = Line()
        self.floors: Line[tuple[FloorSeen, ...]] = Line()
        self.problems: Line[tuple[str, ...]] = Line()
        self.positions: Line[tuple[Opened, ...]] = Line()
        self.deals: dict[int, Deal] = {}  # by ticket
        self.taken: dict[tuple[int, datetime], Taken] = {}  # by ticket and instant
        self.held_over: tuple[HeldOver, ...] | None = None
        self.events: list[Event] = []
        self._outside: list[Event] = []  # the last of them, if a run wrote them before it said that it begins
        self._put: dict[str, Callable[[Entry, datetime], None]] = {
            "advice": self._advice,
            "account": lambda entry, at: self.accounts.put(at, money_of(entry)),
            "positions": lambda entry, at: self.positions.put(at, positions_of(entry)),
            "conditions": lambda entry, at: self.conditions.put(at, conditions_of(entry)),
            "votes": lambda entry, at: self.votes.put(at, votes_of(entry)),
            "floors": self._floors,
            "closes": self._new_closes,
            "deal": self._deal,
            "taken": self._taken,
            "held": self._held,
            "hole": self._hole,
        }

    def take(self, entry: Entry, at: datetime) -> bool:
        """Take the next entry and its instant; False where it is of another server's run.

        Raises as `logbook_facts` does where its fields are not as they should be; nothing of it counts then.
        """
        kind = entry["kind"]
        if kind in ("start", "running"):
            self._start(entry, at)
        if self.foreign:
            return False
        late = at > self._span.end
        event = None if late else event_of(entry, at)
        if kind in self._put and (kind in _LATE or not late):
            self._put[kind](entry, at)
        if self.runs.see(entry, at) and not late:
            self.events.append(Event(at, "terminal", "the terminal answers again"))
        if event is not None:
            self.events.append(event)
        if kind in _OUTSIDE:
            self._outside += [event] if event else []
        else:
            self._outside, self._latest = [], at
        if self._span.begin < at <= self._span.end:
            self.until = max(at, self.until or at)
        return True

    def _start(self, entry: Entry, at: datetime) -> None:
        server, version = text(entry["server"]), text(entry["versions"]["assistant"])
        self.foreign = self._server is not None and server != self._server
        if self.foreign:
            self.runs.end(None)
            what = f"the run of {at:%Y-%m-%d %H:%M:%S} UTC was on the server {server}"
            self._missing.say(f"{what}, not {self._server}: what it wrote is left out")
            return
        again = entry["kind"] == "start" and entry["mode"] == "paper"
        if again and self._latest is not None and at < self._latest:
            self._cut(at)
        if at <= self._span.end:
            self.versions.append((at, version))

    def _cut(self, at: datetime) -> None:
        """Forget what earlier playings of a recording told of the time from an instant on."""
        lines: list[Line[Any]] = [self.shares, self.stances, self.states, *self.lots.values()]
        lines += [self.conditions, self.votes, self.accounts, self.lights, self.floors, self.problems]
        for line in [*lines, self.positions]:
            line.cut(at)
        self.runs.cut(at)
        self.on_cut(at)
        self.deals = {ticket: deal for ticket, deal in self.deals.items() if deal.at < at}
        self.taken = {key: taken for key, taken in self.taken.items() if taken.at < at}
        before = [event for event in self.events if event.at < at and event not in self._outside]
        self.events = [*before, *self._outside]
        self.held_over = None
        self.until = min(self.until, at) if self.until and at > self._span.begin else None
        told = f"a recording was played again from {at:%Y-%m-%d %H:%M:%S} UTC on"
        self._missing.say(f"{told}: what the playing before told of that time is left out")

    def _advice(self, entry: Entry, at: datetime) -> None:
        shown, lots = shown_of(entry), lots_of(entry)
        lines: dict[str, Line[Any]] = {
            "share": self.shares,
            "stance": self.stances,
            "session": self.states,
            "funded": self.lights,
            "problems": self.problems,
        }
        for key, line in lines.items():
            if key in shown:
                line.put(at, shown[key])
        self.legs, self.clock = shown.get("legs", self.legs), shown.get("clock", self.clock)
        self.names |= shown.get("symbols", {})  # one that could not be read has the name it had
        for symbol, sides in lots.items():
            self.lots.setdefault(symbol, Line()).put(at, sides)

    def _floors(self, entry: Entry, at: datetime) -> None:
        scale, floors = floors_of(entry)
        self.floors.put(at, floors)
        self.scale = scale

    def _new_closes(self, entry: Entry, _: datetime) -> None:
        legs, fresh = legs_of(entry), closes_of(entry)
        known = self._closes.setdefault(legs, ({}, {}))
        for closes, new in zip(known, fresh, strict=True):
            closes.update(new)
        self.legs = legs

    def timelines(self) -> dict[str, Any]:
        """Return the timelines of the span by the names that a logbook has for them."""
        lots = {symbol: line.within(self._span) for symbol, line in self.lots.items()}
        lines: dict[str, Line[Any]] = {
            "shares": self.shares,
            "stances": self.stances,
            "states": self.states,
            "conditions": self.conditions,
            "votes": self.votes,
            "lights": self.lights,
            "floors": self.floors,
            "problems": self.problems,
            "positions": self.positions,
        }
        told = {name: line.within(self._span) for name, line in lines.items()}
        return {**told, "lots": {symbol: line for symbol, line in lots.items() if line}}

    @property
    def closes(self) -> tuple[tuple[date, float, float], ...]:
        """The closes of the legs in force, of the sessions before this one that both have."""
        one, other = self._closes.get(self.legs, ({}, {})) if self.legs else ({}, {})
        return tuple(
            (session, one[session], other[session])
            for session in sorted(one.keys() & other.keys())
            if session < self._session
        )

    def _deal(self, entry: Entry, _: datetime) -> None:
        deal = deal_of(entry)
        before = self.deals.get(deal.ticket, deal)
        if before.order == 0:  # of a version that did not read it
            before = replace(before, order=deal.order)
        if deal != before:
            told = f"deal {deal.ticket} is on record with two contents: {_differing(before, deal)}"
            self._missing.say(f"{told}; the later one counts")
        self.deals[deal.ticket] = deal

    def _taken(self, entry: Entry, at: datetime) -> None:
        taken = taken_of(entry)
        self.taken[taken.ticket, at] = taken

    def _held(self, entry: Entry, _: datetime) -> None:
        session, positions = held_of(entry)
        if session == self._session:
            self.held_over = positions

    def _hole(self, entry: Entry, at: datetime) -> None:
        if at > self._span.begin and instant(entry["since"]) <= self._span.end:
            self._missing.say(hole_of(entry))


def _differing(one: Deal, other: Deal) -> str:
    """Say in what two deals of one ticket differ."""
    fields = ("at", "kind", "entry", "position", "broker_symbol", "lots", "price", "profit")
    names = [*fields, "commission", "swap", "fee", "order"]
    differ = [name for name in names if getattr(one, name) != getattr(other, name)]
    return ", ".join(f"{name} {getattr(one, name)} and {getattr(other, name)}" for name in differ)
