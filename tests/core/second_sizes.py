"""Sizing worked out a second time, by its formulas and in fractions: nothing under test may be asked.

From the facts that stand in sizes/*.yaml (quotes, account, terms, what is open) and the recorded daily
prices come loss, costs, gap, margin, each rung and the lots. `python -m tests.core.second_sizes` writes the
answers below the facts, with how each came about; the comments can be followed with a pocket calculator.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from tests.core.second_lots import (
    FOLDER,
    Line,
    Lot,
    exact,
    lot_of,
    money,
    moves,
    settings,
    sign,
    terms_of,
    told,
)

BEGINS = "# ---- answers"
RISK_ON_ONLY = ("regime", "context")  # of the shares


def files() -> list[Path]:
    """The answer files."""
    return sorted(path for path in FOLDER.glob("*.yaml") if path.stem != "settings")


class Held(NamedTuple):
    """What is open and pending in one symbol and side."""

    lots: Fraction
    pending: Fraction
    money: Fraction
    bare: Fraction  # lots without a stop-loss
    notional: Fraction
    waiting: Fraction  # of the money, by what is pending
    how: list[str]


NONE = Held(Fraction(0), Fraction(0), Fraction(0), Fraction(0), Fraction(0), Fraction(0), [])


def held_of(facts: dict[str, Any], file: str, symbol: str, side: str) -> Held:
    """Add up worst cases: from entry to stop, from here to the stop, or what is lost already, the largest."""
    held = NONE
    lot, _ = lot_of(facts, file, symbol, side)
    for one in facts.get("open", ()):
        if (one["symbol"], one["side"]) != (symbol, side):
            continue
        waits = bool(one.get("pending"))
        here = one["price"] if waits else lot.exit
        lost = sign(side) * (one["price"] - here)
        stop = one.get("stop")
        further = lot.gap if stop is None else sign(side) * (here - stop)
        far = max(lost, further, lost + further)
        risk = one["lots"] * lot.loses(far) + lot.order
        what = "pending" if waits else "open"
        where = "no stop, gap" if stop is None else f"stop {told(stop)}"
        away = f"now {told(here)}: {told(far)} away, {told(lot.loses(far))} a lot, {money(risk)} in all"
        held = Held(
            held.lots + one["lots"],
            held.pending + (one["lots"] if waits else 0),
            held.money + risk,
            held.bare + (one["lots"] if stop is None else 0),
            held.notional + one["lots"] * here * lot.unit,
            held.waiting + (risk if waits else 0),
            [
                *held.how,
                f"{what} {told(one['lots'])} {symbol} {side} from {told(one['price'])}, {where}, {away}",
            ],
        )
    return held


class Account(NamedTuple):
    """What everything open comes to."""

    worst: Fraction
    towards: dict[int, Fraction]
    notional: Fraction
    margin: Fraction  # that pending orders come to take
    how: list[str]


def way(role: str, side: str) -> int:
    return {"risk_on": 1, "defensive": -1, "neutral": 0}[role] * sign(side)


def account_of(facts: dict[str, Any], file: str) -> Account:
    """What is open on opposite sides nets within its symbol only."""
    worst = notional = margin = Fraction(0)
    towards, how = {1: Fraction(0), -1: Fraction(0)}, []
    for symbol, one in facts["symbols"].items():
        sides = {side: held_of(facts, file, symbol, side) for side in ("buy", "sell")}
        worst += max(held.money - held.waiting for held in sides.values())
        worst += sum(held.waiting for held in sides.values())  # both may fill and be stopped
        for side, held in sides.items():
            notional += held.notional
            how += held.how
            if way(one["role"], side):
                towards[way(one["role"], side)] += held.money
        dear = max(lot_of(facts, file, symbol, side)[0].margin for side in sides)
        margin += dear * sum(held.pending for held in sides.values())  # hedged legs take the larger one's
    how.append(
        f"worst case of all {money(worst)}: risk-on {money(towards[1])}, against {money(towards[-1])}; "
        f"notional {money(notional)}; margin for pending orders {money(margin)}"
    )
    return Account(worst, towards, notional, margin, how)


class Case(NamedTuple):
    """One order at its stop."""

    facts: dict[str, Any]
    file: str
    symbol: str
    side: str
    lot: Lot
    each: Fraction  # what a lot loses
    stop: Fraction

    @property
    def way(self) -> int:
        """1 for what adds risk-on exposure, -1 for what takes it away."""
        return way(self.facts["symbols"][self.symbol]["role"], self.side)


def rungs(case: Case) -> Iterator[Line]:
    """Yield what each cap lets through, in lots."""
    yield from _money_rungs(case)
    yield from _lot_rungs(case)
    facts, terms = case.facts, terms_of(case.facts, case.symbol)
    yield Line("volume_max", terms["volume_max"], "the broker's largest order")
    if terms.get("volume_limit"):
        lots = held_of(facts, case.file, case.symbol, case.side).lots
        left = max(Fraction(0), terms["volume_limit"] - lots)
        yield Line("volume_limit", left, f"{told(terms['volume_limit'])} - {told(lots)} open and pending")
    if facts.get("close_only"):
        yield Line("trade_mode", Fraction(0), "only closing orders are taken")
    if facts["state"] == "pre":
        yield Line("market closed", Fraction(0), "before the open")


def _shares(case: Case) -> dict[str, Fraction]:
    """The shares of normal risk that apply."""
    facts = case.facts
    shares = {
        name: share for name, share in facts["shares"].items() if case.way == 1 or name not in RISK_ON_ONLY
    }
    shares["volatility"] = moves(case.file, case.symbol).volatility_share
    if facts["state"] == "edge":
        shares["session edge"] = settings()["edge_share"]
    return shares


def _own(facts: dict[str, Any]) -> Fraction:
    own: Fraction = facts["account"]["equity"] - facts["account"]["credit"]
    return max(Fraction(0), own)


def moved(case: Case) -> tuple[Fraction, Fraction]:
    """What more is at risk in what is open on a netting account, where the order's stop stands for all of it.

    For the idea, which counts the default stop at least, and for all else.
    """
    idea = more = Fraction(0)
    if case.facts["account"]["hedging"]:
        return idea, more
    lot, way_ = case.lot, sign(case.side)
    for one in case.facts["open"]:
        if (one["symbol"], one["side"]) != (case.symbol, case.side) or one.get("pending"):
            continue
        lost = way_ * (one["price"] - lot.exit)

        def risk(further: Fraction, lost: Fraction = lost, lots: Fraction = one["lots"]) -> Fraction:
            return lots * lot.loses(max(lost, further, lost + further)) + lot.order

        now = risk(lot.gap if one.get("stop") is None else way_ * (lot.exit - one["stop"]))
        then = risk(way_ * (lot.exit - case.stop))
        usual = max(now, one["lots"] * lot.loses(lot.default_stop) + lot.order)
        idea += max(usual - now, then - now, Fraction(0))
        more += max(then - now, Fraction(0))
    return idea, more


def _money_rungs(case: Case) -> Iterator[Line]:
    """Yield the caps in money, each less what the order costs, over what a lot loses."""
    facts, rule, in_all = case.facts, settings()["exposure"], account_of(case.facts, case.file)
    account, own, order, risk = (
        facts["account"],
        _own(facts),
        case.lot.order,
        settings()["sizing"]["risk_per_trade"],
    )
    normal = max(Fraction(0), min(account["balance"], account["equity"]) - account["credit"]) * risk
    less = f" - {told(order)}" if order else ""

    def rung(name: str, amount: Fraction, how: str) -> Line:
        lots = max(Fraction(0), amount - order) / case.each
        return Line(name, lots, f"({how} = {money(amount)}{less}) / {told(case.each)}")

    smaller = f"min({told(account['balance'])}, {told(account['equity'])}) - {told(account['credit'])}"
    yield rung("normal", normal, f"{told(risk)} x ({smaller})")
    shares = _shares(case)
    for name, share in shares.items():
        yield rung(name, share * normal, f"{told(share)} x {money(normal)}")
    held = held_of(facts, case.file, case.symbol, case.side)
    idea_more, more = moved(case)
    if held.lots:
        least = min(Fraction(1), *shares.values())
        spent = held.money + idea_more
        idea = Fraction(0) if held.bare else max(Fraction(0), least * normal - spent)
        how = f"{told(least)} x {money(normal)} - {money(spent)}, at least 0"
        yield rung("idea", idea, "no stop-loss" if held.bare else how)
    taken = in_all.worst + more
    heat = max(Fraction(0), rule["heat"] * own - taken)
    yield rung("heat", heat, f"{told(rule['heat'])} x {told(own)} - {money(taken)}")
    if case.way:
        used = in_all.towards[case.way] + more
        left = max(Fraction(0), rule["cluster"] * own - used)
        yield rung("cluster", left, f"{told(rule['cluster'])} x {told(own)} - {money(used)}")


def _lot_rungs(case: Case) -> Iterator[Line]:
    """Yield what notional, free margin and the stop-out leave."""
    account, rule, lot = case.facts["account"], settings()["exposure"], case.lot
    in_all, own = account_of(case.facts, case.file), _own(case.facts)
    notional = lot.entry * lot.unit
    left = max(Fraction(0), rule["gross"] * own - in_all.notional) / notional
    how = f"({told(rule['gross'])} x {told(own)} - {money(in_all.notional)}) / {told(notional)}"
    yield Line("exposure", left, how)
    taken = lot.margin * rule["margin_stress"]
    bound = in_all.margin * rule["margin_stress"]
    usable = max(Fraction(0), account["free_margin"] - bound) * (1 - rule["margin_kept_back"])
    free = f"({told(account['free_margin'])} - {money(bound)}) x {told(1 - rule['margin_kept_back'])}"
    yield Line("margin", usable / taken, f"{free} / ({told(lot.margin)} x {told(rule['margin_stress'])})")
    after = account["equity"] - max(in_all.worst, rule["heat"] * own)
    keep = account["stop_out"] * rule["stop_out_reserve"]
    in_use = account["margin"] + bound
    how = f"({money(after)} / {told(keep)} - {money(in_use)}) / {told(taken)}"
    yield Line("stop-out", max(Fraction(0), after / keep - in_use) / taken, how)


def stepped(lots: Fraction, least: Fraction, step: Fraction) -> Fraction:
    """Down to the step, 0 below the smallest order."""
    down = (lots / step).__floor__() * step
    return down if down >= least else Fraction(0)


class Answer(NamedTuple):
    """One case worked out."""

    facts: list[Line]  # of the lot
    ladder: list[Line]
    binds: str
    results: list[Line]


def work_out(facts: dict[str, Any], file: str, asked: dict[str, Any]) -> Answer:
    """Work out one case."""
    symbol, side = asked["symbol"], asked["side"]
    lot, lines = lot_of(facts, file, symbol, side)
    terms = terms_of(facts, symbol)
    far = max(sign(side) * (lot.entry - asked["stop"]), lot.min_stop)
    each, to_stop = lot.loses(far), far * lot.unit + lot.cost
    how = f"the larger of {told(far)} x {told(lot.unit)} + {told(lot.cost)} = {told(to_stop)}, and the floor"
    lines.append(Line("loss_per_lot", each, how))
    case = Case(facts, file, symbol, side, lot, each, asked["stop"])
    ladder = list(rungs(case))
    decides = min(ladder, key=lambda rung: rung.value)
    opens = stepped(decides.value, terms["volume_min"], terms["volume_step"])
    binds = decides.name if opens or not decides.value else "volume_min"
    reduces = Fraction(0)
    if not facts["account"]["hedging"]:
        reduces = sum((one["lots"] for one in facts["open"] if _reduced(one, symbol, side)), reduces)
        waits = [one for one in facts["open"] if one.get("pending")]
        waits = [one for one in waits if (one["symbol"], one["side"]) == (symbol, side)]
        reduces = max(Fraction(0), reduces - sum(one["lots"] for one in waits))
    first = lot.order if opens else Fraction(0)
    more = moved(case)[1] if opens else Fraction(0)
    down = f"{told(decides.value)} in steps of {told(terms['volume_step'])} from {told(terms['volume_min'])}"
    results = [
        Line("reduces", reduces, "open the other way, on a netting account"),
        Line("opens", opens, down),
        Line("lots", min(opens + reduces, terms["volume_max"]), "both"),
        Line("loss_at_stop", opens * to_stop + first, f"{told(opens)} x {told(to_stop)} + {told(first)}"),
        Line("worst", opens * each + first, f"{told(opens)} x {told(each)} + {told(first)}"),
        Line("margin", opens * lot.margin, f"{told(opens)} x {told(lot.margin)}"),
        Line(
            "at_risk",
            account_of(facts, file).worst + more + opens * each + first,
            "all that is open, and this",
        ),
    ]
    return Answer(lines, ladder, binds, results)


def _reduced(one: dict[str, Any], symbol: str, side: str) -> bool:
    return one["symbol"] == symbol and one["side"] != side and not one.get("pending")


def answers(path: Path) -> Iterator[str]:
    """Yield the lines of the answers of one file."""
    facts = exact(path)
    yield f"{BEGINS}, written by second_sizes.py from what stands above ----"
    for symbol in facts["symbols"]:
        yield from (f"# {line}" for line in moves(path.name, symbol).how)
    yield from (f"# {line}" for line in account_of(facts, path.name).how)
    yield "answers:"
    for case in facts["cases"]:
        found = work_out(facts, path.name, case)
        yield f"  - case: {case['side']} {case['symbol']} stop {told(case['stop'])}"
        yield from (f"    {line.name}: {told(line.value)}   # {line.how}" for line in found.facts)
        yield "    ladder:"
        yield from (f"      {line.name}: {told(line.value)}   # {line.how}" for line in found.ladder)
        yield f"    binds: {found.binds}"
        yield from (f"    {line.name}: {told(line.value)}   # {line.how}" for line in found.results)


def main() -> None:
    """Write the answers of all files below their facts."""
    for path in files():
        head = path.read_text(encoding="utf-8").partition(BEGINS)[0].rstrip("\n")
        path.write_text(head + "\n", encoding="utf-8", newline="\n")
        moves.cache_clear()
        below = "\n".join(answers(path))
        path.write_text(f"{head}\n\n{below}\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
