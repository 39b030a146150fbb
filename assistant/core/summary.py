"""The sentence that a trader reads first: what was advised, what was done, what came of it and came near."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import fsum

from assistant.core.approaches import BESIDE, INFORMS, NOTHING, UNSEEN, plain_name
from assistant.core.durations import seconds
from assistant.core.logbook import Share, Span, Timeline
from assistant.core.reviewed import Approach, Discipline, Quality

ALL = 0.99  # of the session: so much of it is told as all of it
MINUTE = 60.0  # seconds
SHORT = 1800.0  # seconds; a share that was advised for less is not named: each session has its edges
NEAR = 0.5  # share of the headroom at the beginning; a floor that kept more is not named
CENT = 0.01  # account currency, or R


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the sentence is made of; money in account currency."""

    closes_at: datetime  # UTC
    as_of: datetime  # UTC, when one looks back
    until: datetime | None  # UTC, of the last entry; None: nothing is on record
    finished: bool
    stances: Timeline[str]
    held: Sequence[tuple[Span, Share]]  # the share over the time that was watched
    quality: Quality
    trades: int  # that were opened or added to
    discipline: Discipline
    closed: int  # trades
    result: float
    currency: str
    still_open: int | None  # positions over the close; None: the close was not seen
    approaches: tuple[Approach, ...]
    broken: tuple[str, ...]


def summary(told: Told) -> str:
    """Return the sentence."""
    if told.until is None:
        return "Nothing is on record of this session: no journal was kept, or none could be read."
    made = came(told.result, told.currency, told.discipline, told.closed)
    if told.still_open:
        made += f", and {count(told.still_open, 'position stays', 'positions stay')} open over the close"
    parts = [_advised(told), placed(told.trades, told.discipline), made, _rules(told)]
    sentence = "; ".join(part for part in parts if part)
    if told.finished:
        return f"{sentence[0].upper()}{sentence[1:]}."
    if told.as_of < told.closes_at:
        return f"So far {sentence}."
    return f"The record ends at {told.until:%H:%M} UTC: {sentence}."


def lasting(length: float) -> str:
    """Write how long something lasted (seconds)."""
    if length < MINUTE:
        return f"{length:.0f} s"
    hours, minutes = divmod(round(length / MINUTE), 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")
    return " ".join(part for part in parts if part)


def count(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """Write words as one list."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)


def _advised(told: Told) -> str:
    """Say which share was advised for the longest, of which stance, and what bound it."""
    times: dict[float, dict[str, float]] = {}  # seconds by share, as it is shown, and by cap
    for span, share in told.held:
        caps = times.setdefault(round(share.value, 2), {})
        caps[share.cap] = caps.get(share.cap, 0.0) + seconds((span,))
    if not times:
        return _unadvised(told.quality)
    lengths = {value: fsum(caps.values()) for value, caps in times.items()}
    value = max(lengths, key=lambda one: lengths[one])
    least = min(one for one, length in lengths.items() if length >= SHORT or one == value)
    stance = " then ".join(dict.fromkeys(one for _, one in told.stances))
    words = f"{stance} at " if stance else ""
    words += f"{value:.2f}x of normal risk {_time(lengths[value], fsum(lengths.values()), told.quality)}"
    words += f", bound by {_longest(times[value])}"
    if least < value:
        words += f" (at the least {least:.2f}x, by {_longest(times[least])})"
    return words


def _time(length: float, advised: float, quality: Quality) -> str:
    """Say for how long something was advised (seconds), and how much of the session was watched."""
    session = lasting(quality.session)
    if length >= ALL * quality.session:
        return "all session"
    if length >= ALL * advised:
        return f"for all {lasting(advised)} that were watched of {session}"
    if quality.watched >= ALL * quality.session:
        return f"for {lasting(length)} of {session}"
    return f"for {lasting(length)} of the {lasting(quality.watched)} that were watched of {session}"


def _longest(caps: Mapping[str, float]) -> str:
    return max(caps, key=lambda cap: caps[cap])


def _unadvised(quality: Quality) -> str:
    """Say why nothing was advised."""
    if not quality.session:
        return "the session has not begun"
    if quality.watched:
        return "what was advised is not on record"
    if quality.lost:
        return "nothing was advised, for the terminal did not answer"
    return "nothing was advised, for no assistant ran in the session"


def placed(trades: int, found: Discipline) -> str:
    """Say how many trades were opened or added to, and how their orders stood to the advice."""
    if not trades:
        return "no trade was opened"
    orders, over = found.orders + found.unknown, found.orders - found.within - found.against_zero
    words = count(trades, "trade") + ("" if orders == trades else f" in {count(orders, 'order')}")
    mean = "" if found.mean_over is None else f" by {100 * found.mean_over:.0f} %"
    mean += " on average" if mean and over > 1 else ""
    kept = "all" if found.within == orders > 1 else f"{found.within}"
    kinds = [
        f"{kept} within the advice" if found.within else "",
        f"{over} over {'it' if found.within else 'the advice'}{mean}" if over else "",
        f"{found.against_zero} where 0 lots were advised" if found.against_zero else "",
        f"{found.unknown} without advice on record" if found.unknown else "",
    ]
    how = listed([kind for kind in kinds if kind])
    return f"{words}, {how.removeprefix('1 ') if orders == 1 else how}" if how else words


def came(result: float, currency: str, found: Discipline, closed: int) -> str:
    """Say what came of it in money and in R; `closed` is how many trades were."""
    who = "closed trades" if closed else "what was booked"
    total, results = found.total_r, len(found.results_r)
    if abs(result) < CENT / 2:
        words = f"{who} came out even" if closed else "nothing was closed"
    else:
        words = f"{who} {'made' if result > 0 else 'lost'} {abs(result):,.2f} {currency}".rstrip()
    if total is not None:
        of = "" if results == closed else f" on {results} of {closed} closed trades"
        words += f" ({total:+.2f} R{of})"
    cost = found.over_cost_r
    if cost is not None and cost <= -CENT / 2:
        words += f", lots over the advice cost {-cost:.2f} R"
    return words


def _rules(told: Told) -> str:
    """Say which floors were broken, else which came nearest."""
    floors = [one for one in told.approaches if one.floor.effect != INFORMS]
    bad = [one for one in floors if one.headroom < -NOTHING]
    real = [plain_name(one.floor) for one in bad if not one.floor.advisory]
    dry = [plain_name(one.floor) for one in bad if one.floor.advisory]
    reached = [plain_name(one.floor) for one in floors if abs(one.headroom) <= NOTHING]
    parts = [
        f"{_floors(real)} {'was' if len(real) == 1 else 'were'} broken" if real else "",
        f"{_floors(dry)} would have been broken (dry run)" if dry else "",
        f"{_floors(reached)} {'was' if len(reached) == 1 else 'were'} reached" if reached else "",
        "rules beside the floors were red" if any(one.startswith(BESIDE) for one in told.broken) else "",
        UNSEEN if any(one.startswith(UNSEEN) for one in told.broken) else "",
    ]
    if any(parts):
        return listed([part for part in parts if part])
    if not floors:
        return ""
    near = floors[0]
    if near.share is not None and near.share > NEAR:
        return ""
    share = "" if near.share is None else f" ({100 * near.share:.0f} % of what it began with)"
    return f"{_floors([plain_name(near.floor)])} came nearest, with {near.headroom:,.2f} left{share}"


def _floors(names: Sequence[str]) -> str:
    return f"the floor{'' if len(names) == 1 else 's'} {listed(names)}"
