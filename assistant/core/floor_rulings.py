"""Loss rules of a funded account, judged: where the floor is, what is left, and after the next reset."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from assistant.core.breaches import Breach, floors_of
from assistant.core.caps import Cap
from assistant.core.floors import Finding, Floor, Reference
from assistant.core.funded import Effect, judge_floor
from assistant.core.market import Unknown
from assistant.core.program import FundedRule
from assistant.core.rulings import FloorNow, Light, Now, Ruling, money_cap, no_lots, ruling, said, unsure
from assistant.core.track import Track

_FOLLOWS_EQUITY = (Reference.HWM_EQUITY_INTRADAY, Reference.HWM_EQUITY_OF_DAY)
_MOVES = {
    Reference.INITIAL: "nothing moves it",
    Reference.DAY_START_BALANCE: "each reset, to the balance then",
    Reference.DAY_START_EQUITY: "each reset, to the equity then",
    Reference.DAY_START_MAX: "each reset, to the higher of balance and equity then",
    Reference.HWM_BALANCE_EOD: "a reset with a higher balance raises it",
    Reference.HWM_BALANCE_INTRADAY: "each higher balance raises it",
    Reference.HWM_EQUITY_INTRADAY: "each higher equity raises it, open profit included",
    Reference.HWM_EQUITY_OF_DAY: "each higher equity of the day raises it, open profit included",
    Reference.STATED: "the firm states it",
    Reference.UNKNOWN: "what moves it is not published",
}


class _Shown(NamedTuple):
    """The reading of a loss rule that leaves the least room."""

    told: str
    floor: Floor
    track: Track
    found: Finding
    amount: float  # program's money
    after: float | None  # headroom after the next reset, the least of all readings
    reset_at: datetime | None


def floor_ruling(rule: FundedRule, now: Now) -> Ruling:
    """Return where the account stands to a loss rule, with its cap."""
    floors = dict(floors_of(rule))
    judged = judge_floor(floors, now.tracks)
    others = [f"{told}: {said(one)}" for told, one in judged.others]
    shown = _shown(floors, now, judged.told, judged.finding)
    if isinstance(shown, Unknown):
        found = unsure(rule, shown.reason, judged.told, others)
        caps = (no_lots(rule, now, found.words),) if _binds(rule) else ()
        return replace(found, caps=caps)
    floor = FloorNow(
        shown.found.bound, shown.found.room, shown.amount, shown.after, shown.reset_at, _moves(shown)
    )
    breach = now.followed.broken.get(rule.name)
    light, words = _light(shown, breach, now)
    out = replace(ruling(rule, light, words, judged.told, others), floor=floor)
    return replace(out, caps=(_cap(rule, shown, breach, words, now),)) if _binds(rule) else out


def _binds(rule: FundedRule) -> bool:
    return rule.effect in (Effect.FAIL, Effect.PAUSE, Effect.VIOLATION, Effect.FORCED_CLOSE)


def _shown(floors: Mapping[str, Floor], now: Now, told: str, found: Finding | Unknown) -> _Shown | Unknown:
    """Return the reading that leaves the least room; Unknown where one of them cannot be told."""
    if isinstance(found, Unknown):
        return found
    name = next(one for one in now.tracks if len(now.tracks) == 1 or told.endswith(f", {one}"))
    floor = floors[told if len(now.tracks) == 1 else told.removesuffix(f", {name}")]
    amount = floor.money(now.tracks[name])
    if isinstance(amount, Unknown):
        return amount
    afters = {
        (one, cutoff): reading.find(track)
        for one, reading in floors.items()
        for cutoff, track in now.after.items()
    }
    lost = next((one for one in afters.values() if isinstance(one, Unknown)), None)
    if lost is not None:
        return lost
    rooms = {key: one.room for key, one in afters.items() if isinstance(one, Finding)}
    least = min(rooms, key=lambda key: rooms[key], default=None)
    after, reset_at = (None, None) if least is None else (rooms[least], now.resets[least[1]])
    return _Shown(told, floor, now.tracks[name], found, amount, after, reset_at)


def _moves(shown: _Shown) -> str:
    """Say what would move the floor; one that is locked stays where it is."""
    floor, track = shown.floor, shown.track
    if floor.initial_after_payout and track.payouts:
        return "nothing moves it since the first payout"
    if floor.lock is not None:
        top = floor.lock.in_money(track, track.initial)
        if not isinstance(top, Unknown) and shown.found.bound >= track.initial + track.deposited + top:
            return "it is locked"
    return _MOVES[floor.reference]


def _light(shown: _Shown, breach: Breach | None, now: Now) -> tuple[Light, str]:
    """Return the light of a loss rule, and where it stands in words."""
    if breach is not None:
        return (Light.RED if breach.seen else Light.UNSURE), _broken(breach)
    found, after = shown.found, shown.after
    later = "" if after is None else f", {after:.2f} after the next reset if nothing changes"
    words = f"floor {found.bound:.2f}, headroom {found.room:.2f}{later}"
    least = found.room if after is None else min(found.room, after)
    prudence = now.program.prudence
    if not found.kept or least <= prudence.reserve * shown.amount:
        return Light.RED, words
    spent = shown.amount - least
    return (Light.AMBER if spent >= prudence.amber * shown.amount else Light.GREEN), words


def _broken(breach: Breach) -> str:
    verb = "was broken" if breach.seen else "may have been broken, by prices while nobody looked,"
    paused = "" if breach.until is None else f"; paused until {breach.until:%Y-%m-%d %H:%M} UTC"
    return (
        f"{verb} at {breach.at:%Y-%m-%d %H:%M:%S} UTC: {breach.value:.2f} against a floor of "
        f"{breach.floor:.2f} ({breach.told}){paused}"
    )


def _cap(rule: FundedRule, shown: _Shown, breach: Breach | None, words: str, now: Now) -> Cap:
    """Return what a loss rule leaves a new order, in the account's money.

    Headroom now, and after the next reset where an order may be held through it, less the reserve, less what
    everything open may yet lose, less a payout that is planned. A floor that follows open profit leaves no
    more than a trade needs that first gains its reward and then gives all of it back.
    """
    if breach is not None:
        return no_lots(rule, now, words, breach.until)
    if isinstance(now.ahead, Unknown):
        return no_lots(rule, now, now.ahead.reason)
    prudence, room = now.program.prudence, shown.found.room
    if now.through and shown.after is not None:
        room = min(room, shown.after)
    kept = prudence.reserve * shown.amount
    value = room - kept - now.ahead - prudence.planned_payout
    reason = f"{words}; {kept:.2f} kept back"
    if now.ahead:
        reason += f", {now.ahead:.2f} at risk in all"
    if prudence.planned_payout:
        reason += f", {prudence.planned_payout:.2f} to be paid out"
    if shown.floor.reference in _FOLLOWS_EQUITY and _moves(shown) == _MOVES[shown.floor.reference]:
        trail = (shown.amount - kept - now.ahead) / (1 + prudence.reward)
        if trail < value:
            value = trail
            reason += f"; it follows open profit: room to give back {prudence.reward:g} R"
    return money_cap(rule, now, value, reason)
