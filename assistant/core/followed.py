"""A funded account followed from look to look: a track for each cut-off that its day may have.

While looks come every second they are what was seen. After a longer time without one, or a start, the
account's history tells what was booked, and prices bound what the equity may have been: `core/past`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import fsum

from assistant.core.firm_day import Cutoff
from assistant.core.floors import Floor
from assistant.core.funded import NO_CUTOFF, Effect
from assistant.core.market import Account, Deal, Unknown
from assistant.core.past import Past, adds_up, balance_at, booking, happened, safer
from assistant.core.program import FundedRule, Program
from assistant.core.snapshot import Snapshot, Stated
from assistant.core.track import Anchor, Booking, Event, Look, Mark, Reset, Track, fold, in_order, start

SEEN = timedelta(seconds=10)  # between two looks; over a longer time something may have been missed
AROUND = timedelta(minutes=2)  # of a reset, in which a firm may take its snapshot
_EVER = datetime(1970, 1, 2, tzinfo=UTC)
_CENT = 0.005  # account currency; sums that are nearer to each other are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A loss rule that was broken; money in account currency of the program."""

    at: datetime  # UTC
    value: float  # what was measured
    floor: float
    told: str  # in which reading, and by which cut-off
    seen: bool  # False: prices say that it may have been, while nobody looked
    until: datetime | None  # UTC; the reset that ends a pause; None: for good


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What is remembered of a funded account; money in the program's."""

    key: str  # of the program, its initial balance and its start: another one begins anew
    scale: float  # the program's money for one of the account's; other than 1 in a rehearsal only
    at: datetime  # UTC, of the last look
    tracks: Mapping[str, Track]  # by cut-off
    deals: frozenset[int] = frozenset()  # tickets of those that are in the tracks
    recent: tuple[Look, ...] = ()  # looks shortly before a reset
    broken: Mapping[str, Breach] = field(default_factory=dict)  # by rule
    stated_at: datetime | None = None  # UTC; of the last statement that is in the tracks
    asks: datetime | None = None  # UTC; from when on the account's history must be read; None: it need not
    resumed: bool = False  # taken from a record, and not yet compared with the history
    unbounded: tuple[str, ...] = ()  # where prices are missing that would bound the equity
    unverified: str | None = None  # why the history and the tracks do not agree
    missed: str | None = None  # why this look is not in the tracks
    differences: tuple[str, ...] = ()  # where record and history differed when they were compared last


def key_of(program: Program) -> str:
    """Return what a track belongs to: program, initial balance, size and start."""
    begun = program.start.isoformat() if program.start else "the first deal"
    virtual = " rehearsed" if program.virtual else ""
    return f"{program.key}{virtual} {program.initial:g}/{program.size:g} from {begun}"


def asked(followed: Followed | None, program: Program, as_of: datetime) -> datetime | None:
    """Return from when on (UTC) the account's history must be read for this cycle; None: it need not."""
    if followed is None or followed.key != key_of(program):
        return program.start or _EVER
    if followed.asks is not None:
        return followed.asks
    return followed.at if as_of - followed.at > SEEN else None


def follow(before: Followed | None, snapshot: Snapshot, program: Program) -> Followed | Unknown:
    """Return the account followed to this snapshot; Unknown while its history has never been read.

    Where this look cannot be taken in, what was remembered stays as it was, with the reason in `missed`.
    """
    if before is not None and before.key != key_of(program):
        before = None
    past = snapshot.told
    if isinstance(past, Past):
        followed = _anew(past, program) if before is None else _caught_up(before, past, program)
    else:
        why = "the account's history was not read" if past is None else past.reason
        if before is None:
            return Unknown(why)
        if asked(before, program, snapshot.as_of) is not None:
            return replace(before, missed=why)
        followed = _live(before, snapshot, program)
    return followed if isinstance(followed, Unknown) else _stated(followed, snapshot.stated)


def present(followed: Followed, account: Account, as_of: datetime) -> dict[str, Track]:
    """Return the tracks with what the account shows at this instant (UTC)."""
    look = _look(account, as_of, followed.scale)
    return {name: fold(track, [look]) for name, track in followed.tracks.items()}


def _look(account: Account, as_of: datetime, scale: float) -> Look:
    return Look(as_of, account.balance * scale, (account.equity - account.credit) * scale)


def _cutoffs(program: Program) -> Mapping[str, Cutoff | None]:
    return program.cutoffs or {NO_CUTOFF: None}


def _anew(past: Past, program: Program) -> Followed | Unknown:
    """Follow an account from the start of its program, by its history alone."""
    first = min((deal.at for deal in past.deals), default=past.until)
    begun = program.start or first
    before = balance_at(past, begun)
    if program.virtual and before <= 0:
        return Unknown(f"a rehearsal needs a balance; at its start it was {before:.2f}")
    scale = program.initial / before if program.virtual else 1.0
    odds = None if program.virtual else adds_up(past, program.initial, begun)
    begin = Followed(
        key=key_of(program),
        scale=scale,
        at=begun,
        tracks={name: _first_day(program) for name in _cutoffs(program)},
        unverified=None if odds is None else odds.reason,
    )
    followed = _told(begin, past, program, begun)
    return replace(followed, asks=begun if followed.unverified else None)


def _first_day(program: Program) -> Track:
    """Return the track of a phase that begins: its first day starts with the initial balance."""
    initial = program.initial
    begun = start(initial, program.size)
    return replace(begun, start_balance=initial, start_equity=initial, high_equity_of_day=initial)


def _caught_up(before: Followed, past: Past, program: Program) -> Followed | Unknown:
    """Follow on from the last look, or anew where the history does not lead there."""
    if before.asks is not None:  # and so all of the history was read
        anew = _anew(past, program)
        return anew if isinstance(anew, Unknown) else _compared(anew, before)
    apart = abs(balance_at(past, before.at) * before.scale - _any(before.tracks).balance)
    if apart >= _CENT:
        differ = f"record and history differ by {apart:.2f} in the balance of {before.at:%Y-%m-%d %H:%M} UTC"
        return replace(before, asks=program.start or _EVER, missed=differ)
    followed = _told(before, past, program, before.at)
    if not before.resumed:
        return followed
    by_deals = _anew(replace(past, minutes={}), program)  # which tells balances, and of equity nothing
    return (
        followed if isinstance(by_deals, Unknown) else _compared(replace(followed, resumed=False), by_deals)
    )


def _any(tracks: Mapping[str, Track]) -> Track:
    return next(iter(tracks.values()))


def _compared(followed: Followed, other: Followed) -> Followed:
    """Keep the higher of each mark that record and history tell, and whatever was broken."""
    tracks, differences = {}, []
    for name, track in followed.tracks.items():
        known = other.tracks.get(name)
        tracks[name], told = (track, ()) if known is None else safer(track, known)
        differences += [f"{name}: {one}" for one in told]
    return replace(
        followed,
        tracks=tracks,
        broken={**other.broken, **followed.broken},
        stated_at=followed.stated_at or other.stated_at,
        differences=tuple(differences),
    )


def _told(followed: Followed, past: Past, program: Program, since: datetime) -> Followed:
    """Fold what the history tells from an instant (UTC) on."""
    unbounded: dict[str, None] = {}
    events = {}
    for name, cutoff in _cutoffs(program).items():
        told = happened(past, cutoff, since)
        events[name] = [_scaled(event, followed.scale) for event in told.events]
        unbounded |= dict.fromkeys(told.unbounded)
    followed = _through(followed, events, program, seen=False)
    return replace(
        followed,
        at=past.until,
        deals=frozenset(deal.ticket for deal in past.deals),
        recent=(),
        missed=None,
        unbounded=tuple(dict.fromkeys((*followed.unbounded, *unbounded))),
    )


def _scaled(event: Event, scale: float) -> Event:
    """Return an event in the program's money."""
    if scale == 1:
        return event
    if isinstance(event, Anchor):
        return replace(event, marks={mark: value * scale for mark, value in event.marks.items()})
    if isinstance(event, Look):
        return replace(event, balance=event.balance * scale, equity=event.equity * scale)
    if isinstance(event, Reset):
        equity, least = (None if one is None else one * scale for one in (event.equity, event.least))
        return replace(event, balance=event.balance * scale, equity=equity, least=least)
    return replace(event, money=event.money * scale)


def _live(before: Followed, snapshot: Snapshot, program: Program) -> Followed:
    """Fold one look, and the deals since the last one; where those do not explain the balance, wait."""
    as_of, account = snapshot.as_of, snapshot.account
    deals = () if isinstance(snapshot.deals, Unknown) else snapshot.deals
    fresh = [deal for deal in deals if deal.ticket not in before.deals]
    booked = [_booked(deal, before, as_of) for deal in fresh]
    balance = _any(before.tracks).balance + fsum(one.money for one in booked)
    apart = account.balance * before.scale - balance
    if abs(apart) >= _CENT * max(1.0, before.scale):
        return replace(before, missed=f"the deals do not tell yet how {apart:+.2f} of the balance came about")
    look = _look(account, as_of, before.scale)
    events: dict[str, Sequence[Event]] = {}
    for name, cutoff in _cutoffs(program).items():
        events[name] = [*booked, look, *_around(before, look, cutoff, name, booked)]
    followed = _through(before, events, program, seen=True)
    near = any(one.next(as_of) - as_of <= AROUND for one in program.cutoffs.values())
    return replace(
        followed,
        at=as_of,
        deals=before.deals | {deal.ticket for deal in fresh},
        recent=(*before.recent, look) if near else (),
        missed=None,
    )


def _booked(deal: Deal, before: Followed, as_of: datetime) -> Booking:
    """Return the booking of a deal, at the time it was dealt, or as near to it as the looks allow."""
    booked = booking(deal)
    return replace(booked, money=booked.money * before.scale, at=min(max(deal.at, before.at), as_of))


def _around(
    before: Followed, look: Look, cutoff: Cutoff | None, name: str, booked: Sequence[Booking]
) -> Iterable[Event]:
    """Yield the reset between two looks, and what its snapshot may have held some minutes to either side."""
    if cutoff is None:
        return
    due, track = cutoff.last(look.at), before.tracks[name]
    looks = [look]
    if before.at < due:
        earlier = [one for one in booked if one.at < due]
        balance = fold(track, earlier).balance
        yield Reset(due, balance, track.equity)
        looks += [one for one in before.recent if due - one.at <= AROUND]
    if look.at - due <= AROUND:
        balance, equity = max(one.balance for one in looks), max(one.equity for one in looks)
        marks = {
            Mark.START_BALANCE: balance,
            Mark.HIGH_BALANCE_EOD: balance,
            Mark.START_EQUITY: equity,
            Mark.HIGH_EQUITY_OF_DAY: equity,
        }
        yield Anchor(look.at, marks)


def _through(
    followed: Followed, events: Mapping[str, Sequence[Event]], program: Program, *, seen: bool
) -> Followed:
    """Fold the events of each cut-off, and put down which loss rule is broken at which look first."""
    broken = dict(followed.broken)
    tracks = {}
    for name, track in followed.tracks.items():
        for event in in_order(events[name]):
            track = fold(track, [event])  # noqa: PLW2901 -- a fold by hand, to look at each step
            if isinstance(event, Look):
                for rule, breach in _breaches(track, name, program, event.at, seen=seen):
                    broken.setdefault(rule, breach)
        tracks[name] = track
    last = max((event.at for one in events.values() for event in one), default=followed.at)
    kept = {rule: one for rule, one in broken.items() if one.until is None or one.until > last}
    return replace(followed, tracks=tracks, broken=kept)


def _breaches(
    track: Track, name: str, program: Program, at: datetime, *, seen: bool
) -> Iterable[tuple[str, Breach]]:
    cutoff = program.cutoffs.get(name)
    for rule in program.rules:
        for told, floor in floors_of(rule):
            found = floor.find(track)
            if not isinstance(found, Unknown) and not found.kept:
                until = cutoff.next(at) if cutoff and rule.effect is Effect.PAUSE else None
                reading = told if len(program.cutoffs) < 2 else f"{told}, {name}"  # noqa: PLR2004 -- several
                yield (
                    rule.name,
                    Breach(at=at, value=found.value, floor=found.bound, told=reading, seen=seen, until=until),
                )


def floors_of(rule: FundedRule) -> list[tuple[str, Floor]]:
    """Return the readings of a loss rule by what is told of them; of another rule none."""
    return [(told, one) for told, one in rule.readings.items() if isinstance(one, Floor)]


def _stated(followed: Followed, stated: Sequence[Stated]) -> Followed:
    """Take over what the firm's dashboard has shown since the last statement."""
    fresh = [one for one in stated if followed.stated_at is None or one.at > followed.stated_at]
    for one in sorted(fresh, key=lambda one: one.at):
        anchor = Anchor(max(followed.at, one.at), one.marks, stated=True)
        tracks = {name: fold(track, [anchor]) for name, track in followed.tracks.items()}
        broken = {rule: breach for rule, breach in followed.broken.items() if rule != one.rule}
        followed = replace(followed, tracks=tracks, broken=broken, stated_at=one.at)
    return followed
