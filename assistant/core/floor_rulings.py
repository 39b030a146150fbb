"""Loss rules of a funded account, judged: where the floor is, what is left, and after the next reset."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from math import inf
from operator import itemgetter
from typing import NamedTuple

from assistant.core.breaches import Breach, floors_of
from assistant.core.caps import Cap
from assistant.core.floors import Finding, Floor, Reference
from assistant.core.funded import Effect, judge_floor
from assistant.core.market import Unknown
from assistant.core.program import FundedRule
from assistant.core.rulings import FloorNow, Light, Now, Ruling, money_cap, no_lots, ruling, unsure
from assistant.core.track import Track

_FROM_EQUITY = (
    Reference.HWM_EQUITY_INTRADAY,
    Reference.HWM_EQUITY_OF_DAY,
    Reference.DAY_START_EQUITY,
    Reference.DAY_START_MAX,
)
_AT_RESETS = (
    Reference.DAY_START_BALANCE,
    Reference.DAY_START_EQUITY,
    Reference.DAY_START_MAX,
    Reference.HWM_BALANCE_EOD,
)
_NEVER = (Reference.INITIAL, Reference.STATED, Reference.UNKNOWN)
_CENT = 0.005  # money; sums that are nearer to each other are the same
_ORDER = (Light.GREEN, Light.AMBER, Light.RED)
_MOVES = {
    Reference.INITIAL: "nothing moves it",
    Reference.DAY_START_BALANCE: "each reset moves it, to the balance then",
    Reference.DAY_START_EQUITY: "each reset moves it, to the equity then",
    Reference.DAY_START_MAX: "each reset moves it, to the higher of balance and equity then",
    Reference.HWM_BALANCE_EOD: "a reset with a higher balance raises it",
    Reference.HWM_BALANCE_INTRADAY: "each higher balance raises it",
    Reference.HWM_EQUITY_INTRADAY: "each higher equity raises it, open profit included",
    Reference.HWM_EQUITY_OF_DAY: "each higher equity of the day raises it, open profit included",
    Reference.STATED: "the firm states it",
    Reference.UNKNOWN: "what moves it is not published",
}


class _Read(NamedTuple):
    """A loss rule in one reading, by one cut-off; money in the program's."""

    told: str
    floor: Floor
    track: Track
    found: Finding
    amount: float  # by which the floor lies below its reference
    after: float | None  # headroom after the next reset if nothing changes; None: no reset is known
    reset_at: datetime | None
    room: float  # what is left of the equity, too: whatever is measured, open losses come into it
    room_after: float | None  # the same after the next reset


def floor_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return where the account stands to a loss rule, with its cap."""
    judged = judge_floor(dict(floors_of(rule)), now.tracks)
    others = [f"{told}: {_said(one)}" for told, one in judged.others]
    reads = _reads(rule, now) if isinstance(judged.finding, Finding) else judged.finding
    if isinstance(reads, Unknown):
        found = unsure(rule, reads.reason, judged.told, others)
        caps = (no_lots(rule, now, found.words),) if _binds(rule) else ()
        return replace(found, caps=caps)
    shown = next(one for one in reads if one.told == judged.told)
    least = min(reads, key=_least)
    other = least.told if _least(least) < _least(shown) - _CENT else None
    floor = FloorNow(
        level=shown.found.bound,
        headroom=shown.found.room,
        amount=shown.amount,
        after_reset=least.after,
        reset_at=least.reset_at,
        moves=_moves(shown),
        after_told=other,
    )
    later = "" if least.after is None else f", {least.after:.2f} after the next reset if nothing changes"
    later += "" if other is None else f", by another reading ({other})"
    words = f"floor {shown.found.bound:.2f}, headroom {shown.found.room:.2f}{later}"
    breach = now.followed.broken.get(rule.name)
    if breach is not None:
        words = _broken(breach)
        light = Light.RED if breach.seen or not shown.found.kept else Light.UNSURE
        cap = no_lots(rule, now, words, breach.until)
    else:
        light = max((_light(one, now) for one in reads), key=_ORDER.index)
        cap = _cap(rule, reads, judged.told, words, now)
    out = replace(ruling(rule, light, words, judged.told, others), floor=floor)
    return replace(out, caps=(cap,)) if _binds(rule) else out


def _least(read: _Read) -> float:
    return inf if read.after is None else read.after


def _said(found: Finding | Unknown) -> str:
    """Say what another reading comes to."""
    if isinstance(found, Unknown):
        return f"cannot certify: {found.reason}"
    broken = "" if found.kept else ", broken"
    return f"floor {found.bound:.2f}, headroom {found.room:.2f}{broken}"


def _binds(rule: FundedRule) -> bool:
    return rule.effect in (Effect.FAIL, Effect.PAUSE, Effect.VIOLATION, Effect.FORCED_CLOSE)


def _reads(rule: FundedRule, now: Now) -> Sequence[_Read] | Unknown:
    """Return all readings by all cut-offs; Unknown where one of them cannot be told."""
    reads = []
    for told, floor in floors_of(rule):
        for name, track in now.tracks.items():
            found, amount = floor.find(track), floor.money(track)
            after = floor.find(now.after[name]) if name in now.after else None
            if isinstance(found, Unknown) or isinstance(amount, Unknown) or isinstance(after, Unknown):
                return next(one for one in (found, amount, after) if isinstance(one, Unknown))
            reading = told if len(now.tracks) == 1 else f"{told}, {name}"
            later = None if after is None else after.room
            rooms = _room(found, track), None if after is None else _room(after, track)
            reads.append(_Read(reading, floor, track, found, amount, later, now.resets.get(name), *rooms))
    return reads


def _room(found: Finding, track: Track) -> float:
    return min(found.room, track.equity - found.bound)


def _moves(read: _Read) -> str:
    """Say what would move the floor; one that is locked stays where it is."""
    floor, track = read.floor, read.track
    if floor.initial_after_payout and track.payouts:
        return "nothing moves it since the first payout"
    if floor.lock is not None:
        top = floor.lock.in_money(track, track.initial)
        if not isinstance(top, Unknown) and read.found.bound >= track.initial + track.deposited + top:
            return "it is locked"
    return _MOVES[floor.reference]


def _light(read: _Read, now: Now) -> Light:
    """Return the light of one reading, by the least that it leaves now and after the next reset.

    Red: what is left is kept back, or everything open may lose it.
    """
    least = read.room if read.room_after is None else min(read.room, read.room_after)
    ahead = 0.0 if isinstance(now.ahead, Unknown) else now.ahead
    prudence = now.program.prudence
    kept = prudence.reserve * read.amount
    if not read.found.kept or least <= kept or least <= ahead:
        return Light.RED
    tight = read.amount - least >= prudence.amber * read.amount or least - ahead <= kept
    return Light.AMBER if tight else Light.GREEN


def _broken(breach: Breach) -> str:
    verb = "was broken" if breach.seen else "may have been broken, by prices while nobody looked,"
    paused = "" if breach.until is None else f"; paused until {breach.until:%Y-%m-%d %H:%M} UTC"
    return (
        f"{verb} at {breach.at:%Y-%m-%d %H:%M:%S} UTC: {breach.value:.2f} against a floor of "
        f"{breach.floor:.2f} ({breach.told}){paused}"
    )


def _cap(rule: FundedRule, reads: Sequence[_Read], told: str, words: str, now: Now) -> Cap:
    """Return what a loss rule leaves a new order, in the account's money: the least of all readings.

    The reason names the reading where that is not the one that is shown.
    """
    if isinstance(now.ahead, Unknown):
        return no_lots(rule, now, now.ahead.reason)
    left = [_left(one, now.ahead, now) for one in reads]
    value, reason = min(left, key=itemgetter(0))
    least = reads[left.index((value, reason))]
    other = "" if least.told == told else f"; {least.told}, headroom {least.found.room:.2f}"
    return money_cap(rule, now, value, f"{words}{other}; {reason}")


def _left(read: _Read, ahead: float, now: Now) -> tuple[float, str]:
    """Return what one reading leaves (program's money), and why.

    Headroom now, and after the next reset where an order may be held through it, less the reserve, less what
    everything open may yet lose, less a payout that is planned. A floor that moves up leaves no more than its
    amount, for a gain that is closed is room no longer. Where open profit moves it all trades may first gain
    their reward and then give it back: (open + new) x (1 + reward) is at most the amount less the reserve.
    """
    prudence, room = now.program.prudence, read.room
    if now.through and read.room_after is not None:
        room = min(room, read.room_after)
    kept, payout = prudence.reserve * read.amount, prudence.planned_payout * now.followed.scale
    value = room - kept - ahead - payout
    reason = f"{kept:.2f} kept back"
    if ahead:
        reason += f", {ahead:.2f} at risk in all"
    if payout:
        reason += f", {payout:.2f} to be paid out"
    if not _follows(read, now):
        return value, reason
    by_equity = read.floor.reference in _FROM_EQUITY
    trail = (read.amount - kept) / (1 + prudence.reward if by_equity else 1) - ahead - payout
    if trail >= value:
        return value, reason
    open_profit = f"open profit: room to give back {prudence.reward:g} R"
    return trail, f"{reason}; it follows {open_profit if by_equity else 'closed profit: room for its amount'}"


def _follows(read: _Read, now: Now) -> bool:
    """Whether a floor moves up with gains: at once, or at a reset through which an order may be held."""
    reference = read.floor.reference
    moves = reference not in _NEVER and (now.through or reference not in _AT_RESETS)
    return moves and _moves(read) == _MOVES[reference]
