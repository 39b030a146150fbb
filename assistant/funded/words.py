"""Packs in plain words: for a trader to read, and as the document funded-packs/1."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.core.firm_day import Cutoff
from assistant.core.floors import Amount, Floor, Measure, Of, Op, Reference
from assistant.funded.packs import Pack, Program, Rule
from assistant.outputs.wording import EFFECTS

VERIFY = "verify with the firm: rules change without notice and by purchase date; its dashboard decides"
FOLLOWED = "An account is judged by one of these programs where funded.pack in its settings names it."
UNPUBLISHED = "cannot certify: not published"
_REFERENCES = {
    Reference.INITIAL: "the initial balance",
    Reference.DAY_START_BALANCE: "the balance at the day's start",
    Reference.DAY_START_EQUITY: "the equity at the day's start",
    Reference.DAY_START_MAX: "the higher of balance and equity at the day's start",
    Reference.HWM_BALANCE_EOD: "the highest balance at a day's end",
    Reference.HWM_BALANCE_INTRADAY: "the highest balance",
    Reference.HWM_EQUITY_INTRADAY: "the highest equity",
    Reference.HWM_EQUITY_OF_DAY: "the day's highest equity",
    Reference.STATED: "the dashboard's number",
    Reference.UNKNOWN: "a level that is not published",
}
_MEASURES = {
    Measure.EQUITY: "equity",
    Measure.BALANCE: "balance",
    Measure.EITHER: "balance or equity",
}


def amount_words(amount: Amount, reference: str) -> str:
    """Say an amount; a percentage says of what."""
    if amount.money is not None:
        return f"{amount.money:.0f}"
    if amount.by_size is not None:
        return " / ".join(f"{money:.0f}" for money in amount.by_size.values()) + " by account size"
    if amount.percent is None:
        return UNPUBLISHED
    of = reference if amount.of is Of.REFERENCE else _REFERENCES[Reference.INITIAL]
    return f"{amount.percent:g} % of {of}"


def floor_words(floor: Floor) -> str:
    """Say a floor in one line."""
    reference = _REFERENCES[floor.reference]
    amount = amount_words(floor.amount, "it" if floor.amount.of is Of.REFERENCE else reference)
    lies = f"{amount}, below {reference}"
    breaks = "falls below it" if floor.op is Op.LT else "reaches it"
    return f"{lies}; broken when {_MEASURES[floor.measure]} {breaks}{_lock_words(floor)}"


def _lock_words(floor: Floor) -> str:
    words = ""
    if floor.lock is not None:
        plain = floor.lock.money == 0
        above = "" if plain else f" plus {amount_words(floor.lock, '')}"
        words = f"; rises up to the initial balance{above}"
    if floor.initial_after_payout:
        words += "; at the initial balance from the first payout on"
    return words


def cutoff_words(cutoff: Cutoff) -> str:
    """Say when a firm's day begins."""
    return f"{cutoff.time:%H:%M} {cutoff.zone.key}"


def chosen(packs: Mapping[str, Pack], words: Sequence[str]) -> dict[str, Pack]:
    """Return the programs whose key, name, firm or phase have all words; 2_step and 2-Step are alike."""
    wanted, found = [_bare(word) for word in words], {}
    for key, pack in packs.items():
        programs = {
            name: one
            for name, one in pack.programs.items()
            if all(word in _bare(f"{key}/{name} {one.name} {pack.firm} {one.phase}") for word in wanted)
        }
        if programs:
            found[key] = pack.model_copy(update={"programs": programs})
    return found


def _bare(text: str) -> str:
    return text.lower().replace("_", "").replace("-", "")


def index(packs: Mapping[str, Pack]) -> Iterator[str]:
    """Yield one line for each program in the box."""
    yield f"{FOLLOWED} {VERIFY.capitalize()}."
    for key, pack in packs.items():
        yield ""
        yield f"{pack.firm} ({pack.currency})"
        wide = max(len(f"{key}/{name}") for name in pack.programs)
        for name, program in pack.programs.items():
            yield f"  {f'{key}/{name}':<{wide}}  {program.name}, {program.phase}; as of {program.as_of}"
    yield ""
    yield _sum(packs)


def listing(packs: Mapping[str, Pack]) -> Iterator[str]:
    """Yield the lines of what is in the box, with the loss rules, doubts and sources of each program."""
    yield f"{FOLLOWED} {VERIFY.capitalize()}."
    for key, pack in packs.items():
        yield ""
        yield f"{pack.firm} ({pack.currency})"
        for name, program in pack.programs.items():
            yield from _program_lines(f"{key}/{name}", program, pack.rules(name))
        yield "  sources"
        yield from (f"    {source}: {address}" for source, address in pack.sources.items())
    yield ""
    yield _sum(packs)


def _sum(packs: Mapping[str, Pack]) -> str:
    programs, firms = sum(len(pack.programs) for pack in packs.values()), len(packs)
    said = f"{programs} program{'s' * (programs > 1)} of {firms} firm{'s' * (firms > 1)}"
    return f"{said}. {VERIFY.capitalize()}."


def _program_lines(key: str, program: Program, rules: Mapping[str, Rule]) -> Iterator[str]:
    sizes = ", ".join(f"{size:.0f}" for size in program.sizes) or "not published"
    days = " or ".join(map(cutoff_words, program.cutoffs)) or UNPUBLISHED
    yield f"  {key}: {program.name}, {program.phase}"
    yield f"    sizes {sizes}; day from {days}; as of {program.as_of}, confidence {program.confidence}"
    for name, rule in rules.items():
        if isinstance(rule.readings[0].rule, Floor):
            yield from _floor_lines(name, rule)
    others = [name for name, rule in rules.items() if not isinstance(rule.readings[0].rule, Floor)]
    if others:
        yield f"    also: {', '.join(others)}"
    doubts = [doubt for rule in rules.values() for doubt in rule.doubts]
    yield from (f"    ? {doubt}" for doubt in (*program.doubts, *doubts))
    yield from (f"    note: {note}" for note in program.notes)
    if program.incomplete:
        yield "    incomplete: rules of this program were not found"


def _floor_lines(name: str, rule: Rule) -> Iterator[str]:
    applies = "" if rule.applies is None else f" (applies: {rule.applies})"
    for number, reading in enumerate(rule.readings):
        if isinstance(reading.rule, Floor):
            said = floor_words(reading.rule)
            lead = f"    {name}: {said}" if number == 0 else f"      or, {reading.told}: {said}"
            tail = f" -> {EFFECTS[rule.effect]}{applies} [{', '.join(rule.source)}; {rule.as_of}]"
            yield lead + (tail if number == 0 else "")


def document(packs: Mapping[str, Pack]) -> dict[str, Any]:
    """Return the document funded-packs/1: all rules as data, floors in words too."""
    return {
        "schema": "funded-packs/1",
        "binds": False,
        "verify": VERIFY,
        "packs": [
            {
                "pack": key,
                "firm": pack.firm,
                "currency": pack.currency,
                "sources": pack.sources,
                "programs": [
                    _program(name, program, pack.rules(name)) for name, program in pack.programs.items()
                ],
            }
            for key, pack in packs.items()
        ],
    }


def _program(name: str, program: Program, rules: Mapping[str, Rule]) -> dict[str, Any]:
    plain = program.model_dump(mode="json", exclude={"rules", "shares", "cutoffs"})
    cutoffs = [{"time": f"{one.time:%H:%M}", "zone": one.zone.key} for one in program.cutoffs]
    return {
        "program": name,
        **plain,
        "cutoffs": cutoffs,
        "rules": [_rule(key, rule) for key, rule in rules.items()],
    }


def _rule(name: str, rule: Rule) -> dict[str, Any]:
    readings = [
        {
            "told": one.told,
            "kind": one.kind,
            "words": floor_words(one.rule) if isinstance(one.rule, Floor) else None,
            one.kind: _plain(one.model_dump(mode="json", include={one.kind})[one.kind]),
        }
        for one in rule.readings
    ]
    return {"rule": name, **rule.model_dump(mode="json", exclude={"readings"}), "readings": readings}


def _plain(data: Any) -> Any:  # noqa: ANN401 -- a document, or a part of it
    """Write account sizes that are keys without a fraction, as one would type them."""
    if not isinstance(data, dict):
        return data
    return {key.removesuffix(".0"): _plain(value) for key, value in data.items()}
