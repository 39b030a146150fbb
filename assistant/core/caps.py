"""The one idea: everything that restrains a trade is a cap, a named number with a reason.

Caps travel down three rungs - share of normal risk, money at risk, lots - and keep their names; on the
last rung the smallest one binds. No limit is no cap. An advisory cap is shown and never binds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from assistant.core.market import Role, Side

ACCOUNT = "account"  # the scope of a cap that holds for every symbol
# Caps that what is open or reserved uses up: in money, then in lots.
IDEA, HEAT, CLUSTER, DAILY_LOSS = "idea", "heat", "cluster", "daily loss"
GROSS, MARGIN, STOP_OUT, VOLUME_LIMIT = "exposure", "margin", "stop-out", "volume_limit"
FUNDED = "funded"  # how the caps of a funded account's rules begin
FUNDED_MARGIN = f"{FUNDED} margin"  # what a firm leaves of the margin, in lots
FUNDED_LEVERAGE = f"{FUNDED} leverage"  # what a firm leaves of the notional, in lots
MANUAL = "manual"  # by hand; in lots it is used up, too


class Unit(StrEnum):
    """The rung on which a cap is stated."""

    SHARE = "share"  # of normal risk per trade
    MONEY = "money"  # account currency at risk
    LOTS = "lots"


class Kind(StrEnum):
    """What moves a cap: present facts, or session closes."""

    CONDITION = "condition"
    SIGNAL = "signal"


class AppliesTo(StrEnum):
    """Which exposure a cap restrains."""

    RISK_ON = "risk_on"  # long risk-on and short defensive symbols
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Cap:
    """A ceiling with a reason."""

    name: str
    value: float  # in `unit`, >= 0
    unit: Unit
    kind: Kind
    reason: str  # the numbers that decided, in plain words
    scope: str = ACCOUNT  # or our symbol
    side: Side | None = None  # None: both
    applies_to: AppliesTo = AppliesTo.ALL
    advisory: bool = False
    since: date | datetime | None = None  # UTC, or the session of a signal
    until: datetime | None = None  # UTC
    settles: bool = False  # rises only once the facts have been good for recover_seconds

    def applies(self, symbol: str, role: Role, side: Side) -> bool:
        """Whether this cap restrains an order of this side in this symbol."""
        if self.scope not in (ACCOUNT, symbol) or self.side not in (None, side):
            return False
        return self.applies_to is AppliesTo.ALL or adds_risk_on(role, side)


def by_symbol(caps: Iterable[Cap], symbols: Iterable[str]) -> dict[str, list[Cap]]:
    """Return the caps that concern each symbol, in their order: those of the account, and its own."""
    found: dict[str, list[Cap]] = {symbol: [] for symbol in symbols}
    for cap in caps:
        if cap.scope == ACCOUNT:
            for one in found.values():
                one.append(cap)
        elif cap.scope in found:
            found[cap.scope].append(cap)
    return found


def adds_risk_on(role: Role, side: Side) -> bool:
    """Whether such an order adds risk-on exposure: long risk-on, or short defensive."""
    return (role, side) in ((Role.RISK_ON, Side.BUY), (Role.DEFENSIVE, Side.SELL))


def direction(role: Role, side: Side) -> int:
    """Return 1 for what adds risk-on exposure, -1 for what takes it away, 0 for neither."""
    if role is Role.NEUTRAL:
        return 0
    return 1 if adds_risk_on(role, side) else -1


class Rung(NamedTuple):
    """A cap that has arrived on the last rung, for one symbol, side and stop."""

    name: str
    lots: float  # additional lots that this cap alone would let through, not rounded
    reason: str
    advisory: bool = False


def binding(rungs: Iterable[Rung], *, advisory: bool = False) -> Rung:
    """Return the rung with the fewest lots, the first of equals (at least one is not advisory).

    With `advisory` the advisory rungs take part: what would bind if the dry run were real.
    """
    return min([rung for rung in rungs if advisory or not rung.advisory], key=attrgetter("lots"))


@dataclass(frozen=True, slots=True)
class Spell:
    """How long a condition has been bad, and good again."""

    since: datetime  # UTC, when it fell
    good_since: datetime | None  # UTC, the first look at which it was good again; None: it is bad
    cap: Cap  # as it last stood


Spells = Mapping[tuple[str, str], Spell]  # by cap name and scope


def unseen(spells: Spells) -> Spells:
    """Return the spells after a time in which nobody could look: what was good must be seen good anew."""
    return {key: replace(spell, good_since=None) for key, spell in spells.items()}


def settle(
    caps: Sequence[Cap], spells: Spells, as_of: datetime, recover_seconds: float
) -> tuple[tuple[Cap, ...], Spells]:
    """Keep each settling condition until its facts have been seen good for `recover_seconds`.

    Returns the caps, with `since` on the settling ones, and the spells for the next cycle.
    A condition falls at once and rises late: time in which nobody looked counts as bad. A cap that does
    not settle passes through unchanged.
    """
    now: dict[tuple[str, str], Spell] = {}
    out: list[Cap] = []
    for cap in caps:
        if not cap.settles:
            out.append(cap)
            continue
        before, other = spells.get((cap.name, cap.scope)), now.get((cap.name, cap.scope))
        since = before.since if before else as_of
        standing = kept = replace(cap, since=since)
        if other:  # it stands for two reasons, and both are remembered
            both = f"{other.cap.reason}; {cap.reason}"
            kept = replace(standing, value=min(cap.value, other.cap.value), reason=both)
        now[cap.name, cap.scope] = Spell(since, None, kept)
        out.append(standing)
    for key, spell in spells.items():
        good_since = spell.good_since or as_of
        until = good_since + timedelta(seconds=recover_seconds)
        if key not in now and as_of < until:
            now[key] = Spell(spell.since, good_since, spell.cap)
            good = (as_of - good_since).total_seconds()
            reason = f"recovering, good for {good:.0f} of {recover_seconds:.0f} s: {spell.cap.reason}"
            out.append(replace(spell.cap, reason=reason, until=until))
    return tuple(out), now
