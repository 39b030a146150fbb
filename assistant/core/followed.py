"""A funded account followed from look to look: a track for each cut-off that its day may have.

While looks come every second they are what was seen. After a longer time without one, or a start, the
account's history tells what was booked, and prices bound what the equity may have been: `core/past`. So they
do where the price of something open stood still: `core/sight`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import fsum
from typing import Any

from assistant.core.beside import AROUND, anchors, day_marks, higher, lifted, near, quiet, seen_before
from assistant.core.breaches import Breach, breaches, cleared, graver
from assistant.core.firm_day import Cutoff
from assistant.core.funded import NO_CUTOFF
from assistant.core.market import Account, Unknown
from assistant.core.past import Past, adds_up, balance_at, booking, happened, opened_at, safer
from assistant.core.program import Program, follows_equity
from assistant.core.program_events import (
    booked_between,
    look_of,
    new_statements,
    scaled,
    statement_anchors,
)
from assistant.core.sight import Lost, back, hidden, stands_still
from assistant.core.snapshot import Snapshot, Stated
from assistant.core.track import Anchor, Booking, Event, Look, Reset, Track, fold, in_order, start

SEEN = timedelta(seconds=10)  # between two looks; over a longer time something may have been missed
_ACTS = ("opened_at", "closed_at")  # of a track: when something was done last
_EVER = datetime(1970, 1, 2, tzinfo=UTC)
_CENT = 0.005  # account currency; sums that are nearer to each other are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is remembered of a funded account; money in the program's."""

    key: str  # of the program, its initial balance and its start: another one begins anew
    scale: float  # the program's money for one of the account's; other than 1 in a rehearsal only
    at: datetime  # UTC, of the last look
    clock: str  # the server's, by which deals were told when they happened
    tracks: Mapping[str, Track]  # by cut-off
    deals: frozenset[int] = frozenset()  # tickets of those that are in the tracks
    recent: Look | None = None  # the most that was seen shortly before a reset, and when last
    broken: Mapping[str, Breach] = field(default_factory=dict)  # by rule
    stated_at: datetime | None = None  # UTC; of the last statement that is in the tracks
    asks: datetime | None = None  # UTC; from when on the account's history must be read; None: it need not
    resumed: bool = False  # taken from a record, and not yet compared with the history
    unbounded: tuple[str, ...] = ()  # where prices are missing that would bound the equity
    unverified: str | None = None  # why the history and the tracks do not agree
    missed: str | None = None  # why this look is not in the tracks
    differences: tuple[str, ...] = ()  # where record and history differed when they were compared last
    lost: Lost | None = None  # from when on its prices must be read; it is among `unbounded` meanwhile


def key_of(program: Program) -> str:
    """Return what a track belongs to: program, initial balance, size, start, cut-offs, what is followed.

    Where no rule follows equity its highest is not on record, and a rule that does later begins anew.
    """
    begun = program.start.isoformat() if program.start else "the first deal"
    virtual = " rehearsed" if program.virtual else ""
    by = f" by {', '.join(program.cutoffs)}" if program.cutoffs else ""
    equity = ", following equity" if follows_equity(program) else ""
    return f"{program.key}{virtual} {program.initial:g}/{program.size:g} from {begun}{by}{equity}"


def asked(followed: Followed | None, program: Program, snapshot: Snapshot) -> datetime | None:
    """Return from when on (UTC) the account's history must be read for this cycle; None: it need not.

    A terminal without its broker cannot tell it: the account that it shows stands still.
    """
    if not snapshot.terminal.connected:
        return None
    if followed is None or followed.key != key_of(program):
        return program.start or _EVER
    if followed.asks is not None:
        return followed.asks
    if _displaced(followed, snapshot):
        return program.start or _EVER
    if followed.lost is not None and back(snapshot):
        return min(followed.lost.at, followed.at)
    ahead = snapshot.as_of < followed.at  # the PC's clock was set back a little: it tells nothing before that
    return followed.at if _lost_sight(followed, snapshot) and not ahead else None


def _displaced(followed: Followed, snapshot: Snapshot) -> bool:
    """Whether instants have another meaning now: the server's clock is another, or the PC's was set back."""
    return followed.clock != snapshot.terminal.clock or followed.at - snapshot.as_of > SEEN


def _lost_sight(followed: Followed, snapshot: Snapshot) -> bool:
    """Whether looks alone do not tell what happened since the last one."""
    late = snapshot.as_of - followed.at > SEEN
    return late or followed.resumed or _displaced(followed, snapshot)


def follow(before: Followed | None, snapshot: Snapshot, program: Program) -> Followed | Unknown:
    """Return the account followed to this snapshot; Unknown while its history has never been read.

    Where this look cannot be taken in, what was remembered stays as it was, with the reason in `missed`.
    """
    if before is not None and before.key != key_of(program):
        before = None
    found = _followed(before, snapshot, program)
    if isinstance(found, Unknown) or not follows_equity(program):
        return found
    return _in_sight(before, found, snapshot, program)


def _in_sight(before: Followed | None, found: Followed, snapshot: Snapshot, program: Program) -> Followed:
    """Return the account with what a price that stood still has hidden, and from when on one does so now."""
    past, was, now = snapshot.told, before.lost if before else None, stands_still(snapshot)
    found = replace(found, unbounded=tuple(one for one in found.unbounded if was is None or one != was.told))
    if was and back(snapshot) and isinstance(past, Past) and found.missed is None:
        found = _bounded(found, past, program, max(was.at, past.since)) if was.at < past.until else found
        was = None
    lost = was or now
    return replace(found, lost=lost, unbounded=(*found.unbounded, lost.told) if lost else found.unbounded)


def _bounded(found: Followed, past: Past, program: Program, since: datetime) -> Followed:
    """Raise marks to what equity may have been since an instant (UTC); what that may have broken is told."""
    events, unbounded = {}, dict.fromkeys(found.unbounded)
    for name, cutoff in _cutoffs(program).items():
        own, missing = hidden(past, cutoff, since)
        events[name] = [scaled(event, found.scale) for event in own]
        unbounded |= dict.fromkeys(missing)
    return replace(_through(found, events, program, (), seen=False), unbounded=tuple(unbounded))


def _followed(before: Followed | None, snapshot: Snapshot, program: Program) -> Followed | Unknown:
    """Return the account as its looks and its history tell it."""
    past = snapshot.told
    if isinstance(past, Past):
        if before is None:
            return _anew(past, snapshot, program)
        return _caught_up(before, past, snapshot, program)
    why = "the account's history was not read" if past is None else past.reason
    if not snapshot.terminal.connected:
        why = "the terminal has no link to its broker"
    if before is None:
        return Unknown(why)
    if not snapshot.terminal.connected or _lost_sight(before, snapshot):
        return replace(before, missed=why)
    return _live(before, snapshot, program)


def present(followed: Followed, account: Account, as_of: datetime) -> dict[str, Track]:
    """Return the tracks with what the account shows at this instant (UTC), be it before the last look."""
    look = look_of(account, as_of, followed.scale)
    tracks = followed.tracks.items()
    back = any(track.at is not None and track.at > as_of for _, track in tracks)
    return {name: fold(replace(track, at=None) if back else track, [look]) for name, track in tracks}


def _cutoffs(program: Program) -> Mapping[str, Cutoff | None]:
    return program.cutoffs or {NO_CUTOFF: None}


def _anew(past: Past, snapshot: Snapshot, program: Program) -> Followed | Unknown:
    """Follow an account from the start of its program, by its history alone."""
    first = min((deal.at for deal in past.deals), default=past.until)
    begun = program.start or first
    if begun > past.until:
        return Unknown(f"the program starts at {begun:%Y-%m-%d %H:%M} UTC")
    begun = begun if program.virtual else opened_at(past, begun)
    before = balance_at(past, begun)
    if program.virtual and before <= 0:
        return Unknown(f"a rehearsal needs a balance; at its start it was {before:.2f}")
    scale = program.initial / before if program.virtual else 1.0
    odds = None if program.virtual else adds_up(past, program.initial, begun)
    begin = Followed(
        key=key_of(program),
        scale=scale,
        at=begun,
        clock=snapshot.terminal.clock,
        tracks={name: _first_day(program) for name in _cutoffs(program)},
        asks=None if odds is None else program.start or _EVER,
        unverified=None if odds is None else odds.reason,
    )
    own = [one for one in snapshot.stated if one.at >= begun]  # earlier ones are of another phase
    return _told(begin, past, program, own)


def _first_day(program: Program) -> Track:
    """Return the track of a phase that begins: its first day starts with the initial balance."""
    initial = program.initial
    begun = start(initial, program.size)
    return replace(begun, start_balance=initial, start_equity=initial, high_equity_of_day=initial)


def _caught_up(before: Followed, past: Past, snapshot: Snapshot, program: Program) -> Followed | Unknown:
    """Follow on from the last look, or anew where the history does not lead there."""
    if before.asks is not None or _displaced(before, snapshot):  # and so all of the history was read
        anew = _anew(past, snapshot, program)
        return anew if isinstance(anew, Unknown) else _compared(anew, _restated(before, snapshot, program))
    apart = abs(balance_at(past, before.at) * before.scale - _any(before.tracks).balance)
    if apart >= _CENT * max(1.0, before.scale):
        differ = f"record and history differ by {apart:.2f} in the balance of {before.at:%Y-%m-%d %H:%M} UTC"
        return replace(before, asks=program.start or _EVER, missed=differ)
    followed = _told(before, past, program, snapshot.stated)
    if not before.resumed:
        return followed
    whole = replace(past, since=program.start or _EVER, minutes={})
    by_deals = _anew(whole, snapshot, program)  # of equity it tells only where nothing was open
    if isinstance(by_deals, Unknown):
        return followed
    compared = _compared(followed, by_deals)
    return replace(compared, resumed=False, asks=by_deals.asks, unverified=by_deals.unverified)


def _restated(before: Followed, snapshot: Snapshot, program: Program) -> Followed:
    """Return what is on record with what the firm's dashboard has shown since: a lower mark counts, too."""
    fresh = new_statements(snapshot.stated, before.stated_at, snapshot.as_of)
    events = {name: [*statement_anchors(fresh, before.at, one)] for name, one in _cutoffs(program).items()}
    return _through(before, events, program, fresh, seen=False)


def _any(tracks: Mapping[str, Track]) -> Track:
    return next(iter(tracks.values()))


def _compared(followed: Followed, other: Followed) -> Followed:
    """Keep the higher of each mark that record and history tell, and whatever was broken or opened."""
    tracks, differences = {}, []
    for name, track in followed.tracks.items():
        known = other.tracks[name]
        found, told = safer(track, known)
        acts: dict[str, Any] = {one: _later(getattr(track, one), getattr(known, one)) for one in _ACTS}
        tracks[name] = replace(found, opened=track.opened or known.opened, **acts)
        differences += [f"{name}: {one}" for one in told]
    broken = dict(followed.broken)
    for rule, breach in other.broken.items():
        if breach.until is None or breach.until > followed.at:
            broken[rule] = graver(broken.get(rule), breach)
    return replace(
        followed,
        tracks=tracks,
        broken=broken,
        stated_at=_later(followed.stated_at, other.stated_at),
        differences=tuple(differences),
    )


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _told(followed: Followed, past: Past, program: Program, stated: Sequence[Stated]) -> Followed:
    """Fold what the history tells from the last look on, in stretches between statements.

    A bound is that of a whole stretch: what prices came to after a statement counts beside it.
    """
    since, fresh = followed.at, new_statements(stated, followed.stated_at, past.until)
    cuts = sorted({one.at for one in fresh if since < one.at < past.until})
    unbounded, told = dict.fromkeys(followed.unbounded), followed
    for begin, end in pairwise((since, *cuts, past.until)):
        events = {}
        own = new_statements(fresh, told.stated_at, end)
        for name, cutoff in _cutoffs(program).items():
            found = happened(past, cutoff, begin)
            events[name] = _stretch(told, name, past, cutoff, (begin, end), found.events)
            events[name] += statement_anchors(own, begin, cutoff)
            unbounded |= dict.fromkeys(found.unbounded if begin == since else ())
        told = replace(_through(told, events, program, own, seen=False), at=end)
    return replace(
        told,
        deals=frozenset(deal.ticket for deal in past.deals),
        recent=_recent(followed, past, program),
        missed=None,
        unbounded=tuple(unbounded),
    )


def _stretch(
    told: Followed,
    name: str,
    past: Past,
    cutoff: Cutoff | None,
    span: tuple[datetime, datetime],
    events: Sequence[Event],
) -> list[Event]:
    """Return the events of a stretch of the history, with what may have been seen beside its resets."""
    begin, end = span
    own = [event for event in events if event.at <= end]
    resets = [one for one in own if isinstance(one, Reset)]
    if cutoff:
        known = told.tracks[name].start_equity is not None
        own += anchors(past, cutoff.last(begin), begin, known=known)
    for one in resets:
        if not quiet(past, one):
            own += anchors(past, one.at, begin, known=one.equity is not None)
    found = [scaled(event, told.scale) for event in own]
    for one in resets[:1]:
        found += seen_before(told.recent, one.at, found, known=one.equity is not None)
    return found


def _recent(followed: Followed, past: Past, program: Program) -> Look | None:
    """Return the most that was seen, or may have been, shortly before a reset that comes next."""
    most: Look | None = None
    for cutoff in program.cutoffs.values():
        due = cutoff.next(past.until)
        if due - past.until > AROUND:
            continue
        now = Look(past.until, past.balance * followed.scale, past.equity * followed.scale)
        most = higher(most, now)
        for look in near(past, due, past.until):
            most = higher(Look(look.at, look.balance * followed.scale, look.equity * followed.scale), most)
        if followed.recent and due - followed.recent.at <= AROUND:
            booked = [one for one in map(booking, past.deals) if one.at > followed.at]
            paid = [replace(one, money=one.money * followed.scale) for one in booked]
            most = higher(lifted(followed.recent, paid), most)
    return most


def _live(before: Followed, snapshot: Snapshot, program: Program) -> Followed:
    """Fold one look, and the deals since the last one; where those do not explain the balance, wait."""
    as_of, account = snapshot.as_of, snapshot.account
    if as_of < before.at:
        return replace(before, missed=f"the PC's clock went back from {before.at:%H:%M:%S.%f} UTC")
    deals = () if isinstance(snapshot.deals, Unknown) else snapshot.deals
    new = [deal for deal in deals if deal.ticket not in before.deals]
    booked = [booked_between(deal, before.scale, before.at, as_of) for deal in new]
    balance = _any(before.tracks).balance + fsum(one.money for one in booked)
    apart = account.balance * before.scale - balance
    if abs(apart) >= _CENT * max(1.0, before.scale):
        return replace(before, missed=f"the deals do not tell yet how {apart:+.2f} of the balance came about")
    look, fresh = (
        look_of(account, as_of, before.scale),
        new_statements(snapshot.stated, before.stated_at, as_of),
    )
    events: dict[str, Sequence[Event]] = {}
    for name, cutoff in _cutoffs(program).items():
        stated = statement_anchors(fresh, before.at, cutoff)
        events[name] = [*booked, look, *stated, *_around(before, look, cutoff, name, booked)]
    followed = _through(before, events, program, fresh, seen=True)
    near = any(one.next(as_of) - as_of <= AROUND for one in program.cutoffs.values())
    return replace(
        followed,
        at=as_of,
        deals=before.deals | {deal.ticket for deal in new},
        recent=higher(before.recent and lifted(before.recent, booked), look) if near else None,
        missed=None,
    )


def _around(
    before: Followed, look: Look, cutoff: Cutoff | None, name: str, booked: Sequence[Booking]
) -> Iterable[Event]:
    """Yield the reset between two looks, and what its snapshot may have held some minutes to either side."""
    if cutoff is None:
        return
    due, most, track = cutoff.last(look.at), look, before.tracks[name]
    known = track.start_equity is not None
    if before.at < due:
        known = True
        then = fold(track, [one for one in booked if one.at < due])
        yield Reset(due, then.balance, then.equity)
        most = higher(before.recent and lifted(before.recent, booked), look)
    if look.at - due <= AROUND:
        yield Anchor(look.at, day_marks(most, known=known))


def _through(
    followed: Followed,
    events: Mapping[str, Sequence[Event]],
    program: Program,
    stated: Sequence[Stated],
    *,
    seen: bool,
) -> Followed:
    """Fold the events of each cut-off, and put down which loss rule is broken at which look first."""
    broken = dict(followed.broken)
    tracks = {}
    for name, track in followed.tracks.items():
        for event in in_order(events[name]):
            track = fold(track, [event])  # noqa: PLW2901 -- a fold by hand, to look at each step
            if isinstance(event, Anchor) and event.stated:
                broken = cleared(broken, stated, event.at)
            if isinstance(event, Look):
                for rule, breach in breaches(track, name, program, event.at, seen=seen):
                    broken[rule] = graver(broken.get(rule), breach)
        tracks[name] = track
    last = max((event.at for one in events.values() for event in one), default=followed.at)
    kept = {rule: one for rule, one in broken.items() if one.until is None or one.until > last}
    at = max((one.at for one in stated), default=followed.stated_at)
    return replace(followed, tracks=tracks, broken=kept, stated_at=at)
