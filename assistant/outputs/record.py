"""What a cycle adds to the journal: only what differs from the cycle before."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

from assistant.core.advice import Advice, Track
from assistant.core.caps import Cap, Spells
from assistant.core.contracts import CONTRACT, changed, present
from assistant.core.fold import Kept, Memory
from assistant.core.market import Bar, ContractFacts, Deal, Note, Override, Series, Unknown
from assistant.core.own import in_force
from assistant.core.ratio import corrections
from assistant.core.rulings import Light
from assistant.core.snapshot import Snapshot
from assistant.outputs.funded_record import Known, funded_entries

_NUMBER = re.compile(r"[-+]?\d[\d.:]*")

Entry = tuple[str, dict[str, Any]]  # kind, fields


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the journal knows already."""

    money: tuple[float, float] | None = None  # balance, credit
    tickets: tuple[dict[str, Any], ...] | None = None
    bars: Mapping[str, Sequence[Bar]] = field(default_factory=dict)  # of the legs, by our symbol
    kept: Mapping[str, dict[str, Any]] = field(  # by kind of entry; a file without one of these has none
        default_factory=lambda: {
            "conditions": {"caps": []},
            "notes": {"notes": []},
            "series": {},
            "overrides": {"overrides": []},
            "contracts": {"confirmed": {}, "waiting": {}},
        }
    )
    shown: Mapping[str, Any] = field(default_factory=dict)
    deals: frozenset[int] = frozenset()  # tickets
    funded: Known = field(default_factory=Known)
    day: date | None = None  # UTC, of the file; None: nothing was written yet


AFRESH = Recorded(kept={"series": {}})  # what a file knows in which everything that stands is to be told


def lost(before: Recorded) -> Recorded:
    """Return what is known where the file with it is gone: all is to be told, as on a new UTC date.

    Deals, too: those of the session were in it.
    """
    return replace(before, deals=frozenset(), day=date.min)


def moved(snapshot: Snapshot, before: Recorded) -> bool:
    """Whether the account's money or positions changed, and so there may be new deals."""
    return (_money(snapshot), _tickets(snapshot)) != (before.money, before.tickets)


def entries(
    snapshot: Snapshot, advice: Advice, track: Track, deals: Sequence[Deal], before: Recorded
) -> tuple[list[Entry], Recorded]:
    """Return the entries of one cycle, in the order to be written, and what is known then.

    `track` is what this cycle leaves to the next.
    """
    account, day = advice.account, snapshot.as_of.date()
    told = before if before.day in (None, day) else AFRESH
    bars = _leg_bars(snapshot, advice)
    new_deals = [deal for deal in deals if deal.ticket not in before.deals]
    program = advice.funded.program if advice.funded else None
    funded, known = funded_entries(track.funded, program, told.funded)
    now = Recorded(
        money=_money(snapshot),
        tickets=_tickets(snapshot),
        bars={**before.bars, **bars},  # what could not be read did not change
        kept=_kept(snapshot, track, before) | {"contracts": _contracts(snapshot, advice, before)},
        shown=shown_of(advice),
        deals=before.deals | {deal.ticket for deal in new_deals},
        funded=known,
        day=day,
    )
    out: list[Entry] = []
    out += _closes(_legs(advice, now.bars), told.bars, before.bars)
    out += [("deal", deal_fields(deal)) for deal in new_deals]
    if now.money != told.money:
        fields = {"balance": account.balance, "equity": account.equity, "credit": account.credit}
        out.append(("account", fields))
    out += funded
    if now.tickets != told.tickets:
        out.append(("positions", {"open": list(now.tickets or ())}))
    out += [(kind, fields) for kind, fields in now.kept.items() if told.kept.get(kind) != fields]
    changed = {key: value for key, value in now.shown.items() if told.shown.get(key) != value}
    if changed:
        out.append(("advice", changed))
    return out, now


def _money(snapshot: Snapshot) -> tuple[float, float]:
    return snapshot.account.balance, snapshot.account.credit


def _tickets(snapshot: Snapshot) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "ticket": one.ticket,
            "symbol": one.broker_symbol,
            "side": one.side,
            "lots": one.lots,
            "price": one.price,
            "stop": one.stop,
        }
        for one in snapshot.positions
    )


def deal_fields(deal: Deal) -> dict[str, Any]:
    """Return a deal's fields; its kind and instant by other names, for each entry has these of its own."""
    fields = asdict(deal)
    del fields["kind"], fields["at"], fields["comment"]
    return {"type": deal.kind, "dealt_at": deal.at.isoformat().replace("+00:00", "Z"), **fields}


def _leg_bars(snapshot: Snapshot, advice: Advice) -> dict[str, Sequence[Bar]]:
    """Return the bars that the regime rests on: none where another assistant lends it, or one is missing."""
    read = {leg: bars for leg, bars in snapshot.bars.items() if not isinstance(bars, Unknown)}
    return _legs(advice, read)


def _legs(advice: Advice, bars: Mapping[str, Sequence[Bar]]) -> dict[str, Sequence[Bar]]:
    """Return the bars of the legs among those that are known; none where one of the legs has none."""
    found = {leg: bars.get(leg, ()) for leg in advice.regime.legs if advice.regime.lender is None}
    return found if all(found.values()) else {}


def _closes(
    bars: Mapping[str, Sequence[Bar]],
    told: Mapping[str, Sequence[Bar]],
    known: Mapping[str, Sequence[Bar]],
) -> list[Entry]:
    """Return for each leg the closes that were not told like this yet, and what corrected ones were.

    `told` are in this file; `known` are those that a correction is held against, of an earlier file, too.
    """
    if all(told.get(leg) == now for leg, now in bars.items()):
        return []  # as in almost every cycle
    fresh, corrected = [], []
    for leg, now in bars.items():
        stands = {(bar.session, bar.close) for bar in told.get(leg, ())}
        fresh.append(
            [(bar.session.isoformat(), bar.close) for bar in now if (bar.session, bar.close) not in stands]
        )
        was = known.get(leg, ())
        corrected.append([(one.session.isoformat(), one.was, one.now) for one in corrections(was, now)])
    out: list[Entry] = []
    if any(fresh):
        out.append(("closes", {"legs": list(bars), "closes": fresh}))
    if any(corrected):
        out.append(("corrections", {"legs": list(bars), "closes": corrected}))
    return out


def _kept(snapshot: Snapshot, track: Track, before: Recorded) -> dict[str, dict[str, Any]]:
    """Return what a restart, or a replay, must know beside the closes, by kind of entry."""
    kept: dict[str, dict[str, Any]] = {}
    if track.folded and track.folded.memory:
        kept["context"] = _context(track.folded.memory)
    if track.watch.cap:
        kept["intraday"] = _intraday(track.watch.cap)
    kept["conditions"] = {"caps": _conditions(track.spells, before.kept.get("conditions", {"caps": []}))}
    kept["notes"] = {"notes": [_note(note) for note in _in_force(snapshot)]}
    kept["series"] = _series(snapshot.series, before.kept["series"])
    held = in_force(snapshot.overrides, snapshot.as_of)
    kept["overrides"] = {"overrides": [override_fields(one) for one in held]}
    return kept


def _conditions(spells: Spells, before: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the conditions that stand, bad or not yet good for long enough.

    A reason tells an age that changes with each cycle: that of a condition on record stays as it was, while
    nothing but its numbers changes.
    """
    known = {(one["name"], one["scope"], one["since"]): one for one in before["caps"]}
    now = []
    for spell in spells.values():
        cap, since = spell.cap, _iso(spell.since)
        facts = {"name": cap.name, "scope": cap.scope, "value": cap.value, "unit": cap.unit, "since": since}
        told = known.get((cap.name, cap.scope, since), {})
        same = facts.items() <= told.items() and _words_of(told["reason"]) == _words_of(cap.reason)
        now.append(told if same else {**facts, "reason": cap.reason})
    return sorted(now, key=lambda one: (one["name"], one["scope"]))


def _words_of(reason: str) -> str:
    """Return a reason without its numbers."""
    return _NUMBER.sub("#", reason)


def _in_force(snapshot: Snapshot) -> list[Note]:
    """Return the notes that count at the last close or at a later one."""
    last = snapshot.hours.last_session or date.min
    return [note for note in snapshot.notes if max(note.first, last) <= note.until]


def _series(series: Mapping[str, Series | Unknown], before: dict[str, Any]) -> dict[str, Any]:
    """Return date, value and source of the last observation of each series.

    A source tells when it was read; another reading of the same observation stands as it was.
    """
    now: dict[str, Any] = {}
    for name, one in series.items():
        if isinstance(one, Series) and one.values:
            day, value = one.values[-1]
            last = [day.isoformat(), value]
            told = before.get(name, [])
            now[name] = told if told[:2] == last else [*last, one.source]
    return now


def _contracts(snapshot: Snapshot, advice: Advice, before: Recorded) -> dict[str, Any]:
    """Return the confirmed contracts, and what those that wait are now.

    A margin moves a little from reading to reading: that of a contract on record stays as it was.
    """
    if isinstance(snapshot.confirmed, Unknown):
        return {"problem": snapshot.confirmed.reason}
    confirmed = {symbol: contract_fields(facts) for symbol, facts in snapshot.confirmed.items()}
    waiting: dict[str, Any] = {}
    if any(cap.name == CONTRACT for cap in advice.caps):
        told = before.kept.get("contracts", {}).get("waiting", {})
        for one in changed(snapshot.confirmed, present(snapshot.instruments, snapshot.quotes)):
            now, old = contract_fields(one.now), told.get(one.symbol, {})
            waiting[one.symbol] = old if {**old, "margin": None} == {**now, "margin": None} else now
    return {"confirmed": confirmed, "waiting": waiting}


def contract_fields(facts: ContractFacts) -> dict[str, Any]:
    """Return a contract as it is written down."""
    return {
        "size": facts.size,
        "tick_size": facts.tick_size,
        "profit_currency": facts.profit_currency,
        "volume_min": facts.volume_min,
        "volume_step": facts.volume_step,
        "digits": facts.digits,
        "margin": None if facts.margin is None else list(facts.margin),
    }


def _intraday(cap: Cap) -> dict[str, Any]:
    return {"value": cap.value, "reason": cap.reason, "since": _iso(cap.since), "until": _iso(cap.until)}


def _note(note: Note) -> dict[str, Any]:
    days = {"first": note.first.isoformat(), "until": note.until.isoformat()}
    return {"stance": note.stance, **days, "why": note.why}


def override_fields(override: Override) -> dict[str, Any]:
    """Return an override as it is written down, without what it does not state."""
    fields = {
        "symbol": override.symbol,
        "lots": override.lots,
        "share": override.share,
        "since": _iso(override.since),
        "until": _iso(override.until),
        "why": override.why,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _context(memory: Memory) -> dict[str, Any]:
    return {
        "targets": _targets(memory.targets),
        "votes": _words(memory.votes),
        "readings": {vote: _words(words) for vote, words in memory.readings.items()},
        "stances": {pair: _targets(targets) for pair, targets in memory.stances.items()},
        "held": {name: [session.isoformat(), share] for name, (session, share) in memory.held.items()},
    }


def _targets(targets: Mapping[date, float]) -> list[list[Any]]:
    return [[session.isoformat(), target] for session, target in targets.items()]


def _words(words: Mapping[str, Kept]) -> dict[str, list[Any]]:
    return {name: [kept.value, kept.since.isoformat()] for name, kept in words.items()}


def _iso(instant: date | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")


def shown_of(advice: Advice) -> dict[str, Any]:
    """Return what the trader saw, a key for each thing that changes by itself."""
    shown: dict[str, Any] = {
        "session": advice.hours.state,
        "stance": advice.regime.stance,
        "legs": list(advice.regime.legs),
        "symbols": {one.instrument.symbol: one.instrument.broker_symbol for one in advice.symbols},
        "clock": [advice.terminal.clock, advice.terminal.clock_doubt],
        "history": advice.regime.source,
        "share": [advice.share.value, advice.share.name],
        "problems": list(advice.problems),
    }
    if advice.funded:
        bad = [one.name for one in advice.funded.rulings if one.light not in (Light.GREEN, Light.TOLD)]
        shown["funded"] = [advice.funded.light, *bad]
        shown["would bind"] = _would_bind(advice)
    for symbol in advice.symbols:
        shown[symbol.instrument.symbol] = [
            part for side in symbol.sides.values() for part in (side.lots, side.binding.name)
        ]
    return shown


def _would_bind(advice: Advice) -> list[str]:
    """Return the advisory caps that would leave fewer lots than what binds, each with symbol and side."""
    return [
        f"{symbol.instrument.symbol} {side}: {one.would_bind.name}"
        for symbol in advice.symbols
        for side, one in symbol.sides.items()
        if one.would_bind
    ]
