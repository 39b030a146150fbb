"""All rules of a program against an account: one ruling each, one light, and their caps.

This is where the shell's facts meet `core/followed` (what is remembered) and the rulings.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from assistant.core.caps import ACCOUNT, FUNDED, FUNDED_LEVERAGE, FUNDED_MARGIN, Cap, Kind, Unit
from assistant.core.conditions import STALE
from assistant.core.costs import PlanSettings
from assistant.core.day_rules import Concentration, DayCount, Inactivity, TimeLimit
from assistant.core.exposure import OpenRisk, Totals
from assistant.core.floor_rulings import floor_ruling
from assistant.core.floors import Floor
from assistant.core.followed import SEEN, Followed, follow, present
from assistant.core.funded import PayoutGate, ProfitCap, Target
from assistant.core.goal_rulings import (
    concentration_ruling,
    days_ruling,
    inactivity_ruling,
    payout_ruling,
    profit_cap_ruling,
    target_ruling,
    time_ruling,
)
from assistant.core.market import Account, Side, Unknown
from assistant.core.order_rules import Exposure, ExposureCap, OrderRule, Per, Window
from assistant.core.order_rulings import exposure_ruling, most_of, order_ruling, told_ruling, window_ruling
from assistant.core.prices import FROZEN, SPIKE
from assistant.core.program import FundedRule, Mode, Program
from assistant.core.rulings import QUIET, Light, Now, Ruling, Rulings, cap_name, unsure
from assistant.core.sizing import Sizing
from assistant.core.snapshot import Snapshot
from assistant.core.track import Reset, fold

_RULINGS = {
    Floor: floor_ruling,
    Target: target_ruling,
    DayCount: days_ruling,
    Concentration: concentration_ruling,
    Inactivity: inactivity_ruling,
    TimeLimit: time_ruling,
    ProfitCap: profit_cap_ruling,
    PayoutGate: payout_ruling,
    Window: window_ruling,
    ExposureCap: exposure_ruling,
    OrderRule: order_ruling,
}

_UNTOLD = Unknown("the notional of what is open was not told")


def funded_rules(
    program: Program,
    before: Followed | None,
    snapshot: Snapshot,
    plan: PlanSettings,
    ahead: float | Unknown,
    stale: Sequence[str] = (),
    notional: float | Unknown = _UNTOLD,
) -> tuple[Rulings, Followed | None]:
    """Return what the rules come to now, and what is remembered of the account for the next cycle.

    `ahead` is what everything open may yet lose from the present equity on, `notional` that of everything
    open and pending (account currency). `stale` says why prices of what is open, and so the equity, may be
    old.
    """
    followed = follow(before, snapshot, program)
    if isinstance(followed, Unknown):
        cap = _account_cap(program, followed.reason)
        told = [unsure(rule, followed.reason, next(iter(rule.readings))) for rule in program.rules]
        return _all(program, told, (followed.reason,), {}, (cap,), None), None
    now = _now(program, followed, snapshot, plan, ahead, notional)
    rulings = [_ruling(rule, now) for rule in program.rules]
    faults = _faults(now)
    caps = (
        *(cap for one in rulings for cap in one.caps),
        *(_account_cap(program, reason) for reason in faults),
    )
    lacking = (*faults, *stale, *_doubtful(now), *program.lacking)
    unfit = bool(faults)
    return _all(program, rulings, lacking, now.resets, caps, followed, unfit=unfit), followed


def _ruling(rule: FundedRule, now: Now) -> Ruling:
    kind = type(next(iter(rule.readings.values())))
    return _RULINGS.get(kind, told_ruling)(rule, now)


def ahead_of(in_all: Totals) -> float | Unknown:
    """Return what everything open may yet lose from the present equity on (account currency)."""
    if in_all.unknown:
        return Unknown(f"what is open in {', '.join(in_all.unknown)} can lose is not known")
    return in_all.ahead


def stale_prices(snapshot: Snapshot, conditions: Iterable[Cap]) -> tuple[str, ...]:
    """Say which prices of what is open are old, or in doubt, in a session: the equity is, too."""
    if not snapshot.hours.state.in_session or not snapshot.positions:
        return ()
    held = {one.broker_symbol for one in snapshot.positions}
    scopes = {ACCOUNT, *(one.symbol for one in snapshot.instruments if one.broker_symbol in held)}
    doubted = [cap for cap in conditions if cap.name in (STALE, FROZEN, SPIKE) and cap.scope in scopes]
    return tuple(f"prices are {'old' if cap.name == STALE else 'in doubt'}: {cap.reason}" for cap in doubted)


def _now(
    program: Program,
    followed: Followed,
    snapshot: Snapshot,
    plan: PlanSettings,
    ahead: float | Unknown,
    notional: float | Unknown,
) -> Now:
    tracks = present(followed, snapshot.account, snapshot.as_of)
    resets = {name: cutoff.next(snapshot.as_of) for name, cutoff in program.cutoffs.items()}
    after = {
        name: fold(tracks[name], [Reset(at, tracks[name].balance, tracks[name].equity)])
        for name, at in resets.items()
    }
    return Now(
        program=program,
        followed=followed,
        tracks=tracks,
        after=after,
        resets=resets,
        snapshot=snapshot,
        through=_through(snapshot, plan, min(resets.values(), default=None)),
        ahead=ahead if isinstance(ahead, Unknown) else ahead * followed.scale,
        notional=ahead if isinstance(ahead, Unknown) else notional,
    )


def _through(snapshot: Snapshot, plan: PlanSettings, reset: datetime | None) -> bool:
    """Whether an order may be held through the next reset: over night it may, else where it comes first."""
    closes = snapshot.hours.closes_at
    return plan.hold == "overnight" or reset is None or closes is None or reset <= closes


def _faults(now: Now) -> tuple[str, ...]:
    """Return what is wrong with the facts about the account, so that nothing may be opened by these rules."""
    account, followed, program = now.snapshot.account, now.followed, now.program
    found = []
    if account.currency != program.currency:
        found.append(f"the account is in {account.currency}, the rules are in {program.currency}")
    if account.credit:
        found.append(f"the account holds a credit of {account.credit:.2f}, which no rule counts")
    if followed.missed and now.as_of - followed.at > SEEN:
        found.append(followed.missed)
    if followed.unverified:
        found.append(followed.unverified)
    if followed.lost:
        found.append(_unseen(followed.lost.told))
    return tuple(found)


def _doubtful(now: Now) -> tuple[str, ...]:
    """Return what else keeps the light from green."""
    terminal = now.snapshot.terminal
    lost = now.followed.lost
    found = [_unseen(where) for where in now.followed.unbounded if lost is None or where != lost.told]
    if isinstance(now.ahead, Unknown):
        found.append(now.ahead.reason)
    if not terminal.connected:
        found.append("the terminal has no link to its broker")
    if terminal.clock_doubt is not None and now.hours.state.in_session:
        found.append(terminal.clock_doubt)
    return tuple(found)


def _unseen(where: str) -> str:
    return f"what equity was is not known: {where}"


def _account_cap(program: Program, reason: str) -> Cap:
    advisory = program.mode is not Mode.ENFORCE
    name = f"{FUNDED} account"
    return Cap(name, 0.0, Unit.LOTS, Kind.CONDITION, f"cannot certify: {reason}", advisory=advisory)


def _all(
    program: Program,
    rulings: Sequence[Ruling],
    lacking: tuple[str, ...],
    resets: Mapping[str, datetime],
    caps: tuple[Cap, ...],
    followed: Followed | None,
    *,
    unfit: bool = True,
) -> Rulings:
    """Put one light over all rulings: what is broken first, then what cannot be told.

    Where the account does not fit the rules (`unfit`) nothing that they come to can be certified.
    """
    lights = {one.light for one in rulings} | ({Light.UNSURE} if lacking else set())
    order = (Light.UNSURE, Light.RED, Light.AMBER) if unfit else (Light.RED, Light.UNSURE, Light.AMBER)
    light = next((one for one in order if one in lights), Light.GREEN)
    decided = [f"{one.name}: {one.words}" for one in rulings if one.light is light]
    why = tuple(decided) if light in (Light.RED, Light.AMBER) else (*lacking, *decided)
    return Rulings(
        program=program,
        light=light,
        why=() if light is Light.GREEN else why,
        lacking=lacking,
        rulings=tuple(rulings),
        resets=resets,
        caps=caps,
        followed=followed,
    )


def risk_base_of(rulings: Rulings | None) -> float | None:
    """Return the most that normal risk is a share of (account currency); None: no rules bind.

    Profit on a funded account is the firm's until it is paid out: it makes no order larger.
    """
    if rulings is None or rulings.program.mode is not Mode.ENFORCE:
        return None
    return rulings.program.initial / _scale(rulings)


def _scale(rulings: Rulings) -> float:
    """Return the program's money for one of the account's; 1 where nothing is known of the account yet."""
    return 1.0 if rulings.followed is None else rulings.followed.scale


def exposure_caps(
    rulings: Rulings,
    symbol: str,
    side: Side,
    account: Account,
    sizing: Sizing,
    risk: OpenRisk,
    in_all: Totals,
) -> Iterator[Cap]:
    """Yield what rules on exposure leave one side of a symbol.

    The account's margin holds what pending orders will come to take; `risk` is what is open and pending on
    the side, `in_all` what is in every symbol.
    """
    program, scale = rulings.program, _scale(rulings)
    advisory = program.mode is not Mode.ENFORCE
    for rule in program.rules:
        if rule.effect in QUIET:
            continue
        for one in rule.readings.values():
            if not isinstance(one, ExposureCap):
                continue
            most = most_of(one, program)
            left = _left(one, most, (program, scale), account, sizing, (risk, in_all))
            if left is not None:
                value, unit, reason = left
                name = _NAMES.get(one.what) or cap_name(rule)
                cap = Cap(name, value, unit, Kind.CONDITION, reason, scope=symbol, side=side)
                yield replace(cap, advisory=advisory)


_NAMES = {Exposure.MARGIN_USED: FUNDED_MARGIN, Exposure.LEVERAGE: FUNDED_LEVERAGE}  # reserved by checks


def _left(
    one: ExposureCap,
    most: float | Unknown,
    run: tuple[Program, float],
    account: Account,
    sizing: Sizing,
    there: tuple[OpenRisk, Totals],
) -> tuple[float, Unit, str] | None:
    """Return what one rule leaves, its unit and why; None: it says nothing of an order here."""
    program, scale = run
    if isinstance(most, Unknown):
        return 0.0, Unit.LOTS, f"cannot certify: {most.reason}"
    if one.what is Exposure.LOTS_PER_ORDER:
        return most / scale, Unit.LOTS, f"at most {most:g} lots in one order"
    if one.what is Exposure.MARGIN_USED:
        whole = account.equity * most / 100
        left = max(0.0, whole - account.margin)
        reason = f"{account.margin:.2f} of {whole:.2f} margin in use ({most:g} % of the equity)"
        return left / sizing.margin_per_lot, Unit.LOTS, reason
    if one.what is Exposure.LEVERAGE:
        return _notional_left(most, account, sizing, there[1])
    return _risk_left(one, most, program.initial / scale, account, there)


def _notional_left(most: float, account: Account, sizing: Sizing, in_all: Totals) -> tuple[float, Unit, str]:
    """Return the lots that a leverage leaves beside the notional of everything open and pending."""
    if in_all.unknown:
        return 0.0, Unit.LOTS, f"what is open in {', '.join(in_all.unknown)} is not known"
    whole, each = account.equity * most, sizing.entry * sizing.loss_per_unit
    reason = (
        f"{in_all.notional:.2f} of {whole:.2f} notional held already ({most:g} x equity), {each:.2f} a lot"
    )
    return max(0.0, whole - in_all.notional) / each, Unit.LOTS, reason


def _risk_left(
    one: ExposureCap, most: float, initial: float, account: Account, there: tuple[OpenRisk, Totals]
) -> tuple[float, Unit, str] | None:
    """Return what a share of a balance leaves of what counts together; on a netting account positions do."""
    if one.what is not Exposure.OPEN_RISK:
        return None
    risk, in_all = there
    bases = {"initial": initial, "balance": account.balance, "equity": account.equity}
    base = bases.get(one.of or "", min(bases.values()))
    whole = base * most / 100
    if one.per is Per.ACCOUNT:
        # The one counts from each entry and nets two sides of a symbol, the other from now and nets nothing.
        lost, used = ", ".join(in_all.unknown), max(in_all.worst, in_all.ahead)
        unknown = f"what is open in {lost}" if lost else None
    elif one.per is Per.IDEA or (one.per is Per.POSITION and not account.hedging):
        used = risk.money or 0.0
        unknown = f"what {risk.lots:g} lots, open or pending," if risk.money is None else None
    else:
        return whole, Unit.MONEY, f"{most:g} % of {base:.2f} in one {one.per}"
    if unknown is not None:
        return 0.0, Unit.LOTS, f"{unknown} can lose is not known"
    reason = f"{used:.2f} of {whole:.2f} at risk already in this {one.per} ({most:g} % of {base:.2f})"
    return max(0.0, whole - used), Unit.MONEY, reason
