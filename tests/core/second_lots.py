"""What a lot loses, costs and takes, worked out a second time: nothing under test may be asked.

All of it is in fractions, from the facts in sizes/*.yaml and the recorded daily prices.
"""

from __future__ import annotations

import csv
import math
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).parent / "sizes"
DAILY = Path(__file__).parents[2] / "assistant" / "data" / "daily"
LEVERAGED = 4  # SYMBOL_CALC_MODE_CFDLEVERAGE
POINT = {1: Fraction(1, 10), 2: Fraction(1, 100)}  # price of a point, by digits


class _Numbers(yaml.SafeLoader):
    """YAML with exact numbers."""


def _exact(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Fraction:
    return Fraction(str(loader.construct_scalar(node)))


_Numbers.add_constructor("tag:yaml.org,2002:float", _exact)
_Numbers.add_constructor("tag:yaml.org,2002:int", _exact)


def exact(path: Path) -> dict[str, Any]:
    """Read a file of facts with its numbers as fractions."""
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Numbers)  # noqa: S506 -- a SafeLoader
    return found


@cache
def settings() -> dict[str, Any]:
    """The settings beside the files."""
    return exact(FOLDER / "settings.yaml")


class Day(NamedTuple):
    """One session of a recording, in whole cents as it is played."""

    open: Fraction
    high: Fraction
    low: Fraction
    close: Fraction


@cache
def days(symbol: str, until: str) -> list[Day]:
    """The recorded sessions up to a date: open and close to the nearest cent, high up, low down."""
    with (DAILY / f"{symbol}.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["date"] <= until]
    half = Fraction(1, 2)
    return [
        Day(
            Fraction(math.floor(Fraction(row["open"]) * 100 + half), 100),
            Fraction(math.ceil(Fraction(row["high"]) * 100), 100),
            Fraction(math.floor(Fraction(row["low"]) * 100), 100),
            Fraction(math.floor(Fraction(row["close"]) * 100 + half), 100),
        )
        for row in rows
    ]


class Line(NamedTuple):
    """A number, and how it came about."""

    name: str
    value: Fraction
    how: str


def told(value: Fraction | float) -> str:
    """A number in at most ten digits."""
    return f"{float(value):.10g}"


def money(value: Fraction) -> str:
    return f"{float(value):.4f}"


class Moves(NamedTuple):
    """What the recorded prices say of a symbol's moves."""

    atr: Fraction
    gaps: dict[
        str, Fraction
    ]  # worst from a close to the next open, share of the close, by the side that it hurts
    volatility_share: Fraction
    how: list[str]


@cache
def moves(file: str, symbol: str) -> Moves:
    """Range, gaps and the share that volatility leaves, of the sessions that the broker has."""
    facts, rule = exact(FOLDER / file), settings()["volatility"]
    one = facts["symbols"][symbol]
    recorded = days(one.get("plays", symbol), str(facts["last_session"]))[-int(facts["sessions"]) :]
    closes = [float(day.close * one.get("scale", 1)) for day in recorded]
    if "ranges" in one:  # quoted round the clock: sessions are not the recorded ones
        ranges, gaps = one["ranges"], {"buy": one["gaps"]["down"], "sell": one["gaps"]["up"]}
    else:
        ranges = [max(b.high, a.close) - min(b.low, a.close) for a, b in pairwise(recorded)]
        gaps = {
            "buy": max(1 - b.open / a.close for a, b in pairwise(recorded)),
            "sell": max(b.open / a.close - 1 for a, b in pairwise(recorded)),
        }
    count = int(settings()["sizing"]["atr_sessions"])
    recent = ranges[-count:]
    atr = Fraction(sum(recent)) / count
    shares = []
    keep = 1 - 2 / (int(rule["span"]) + 1)
    for end in range(len(closes) - int(rule["hold"]) + 1, len(closes) + 1):
        squares = [math.log(b / a) ** 2 for a, b in pairwise(closes[:end])][::-1]
        mean = sum(keep**i * s for i, s in enumerate(squares)) / sum(keep**i for i in range(len(squares)))
        shares.append(float(rule["target"]) / math.sqrt(252 * mean))
    share = max(float(rule["least"]), min(1.0, *shares))
    how = [
        f"{symbol}: true ranges of {count} sessions add up to {told(sum(recent))}, mean {told(atr)};",
        f"  worst gap down {told(100 * gaps['buy'])} %, up {told(100 * gaps['sell'])} % of the close;",
        f"  {told(rule['target'])} / volatility {shares[-1]:.6f}, at least {share:.6f} in {rule['hold']}",
    ]
    return Moves(atr, {side: Fraction(gap) for side, gap in gaps.items()}, Fraction(share), how)


class Lot(NamedTuple):
    """One lot of a symbol and side, in the account's currency."""

    entry: Fraction
    exit: Fraction
    unit: Fraction  # lost per 1.0 of price
    cost: Fraction
    order: Fraction  # for an order
    gap: Fraction  # price
    floor: Fraction
    margin: Fraction
    min_stop: Fraction
    default_stop: Fraction

    def loses(self, distance: Fraction) -> Fraction:
        return max(max(distance, self.min_stop) * self.unit + self.cost, self.floor)


def sign(side: str) -> int:
    return 1 if side == "buy" else -1


def rates(facts: dict[str, Any]) -> tuple[Fraction, Fraction, str]:
    """What one USD is worth when it is received, and when it is owed."""
    if "EURUSD" not in facts:
        return Fraction(1), Fraction(1), ""
    cross = facts["EURUSD"]
    return 1 / cross["ask"], 1 / cross["bid"], f" / EURUSD {told(cross['bid'])}"


def commissions(facts: dict[str, Any], symbol: str) -> tuple[Fraction, Fraction, str]:
    """For a lot and for an order, opened and closed: what past deals show, else the settings.

    The rate is that of the largest deal; where a smaller one paid over 1 % more a lot, that is a minimum. A
    way that no deal shows costs what the settings say, or what the other way costs where that is more.
    """
    rule, deals = settings()["costs"], [d for d in facts.get("deals", ()) if d["symbol"] == symbol]
    if not deals:
        lot, order = 2 * rule["commission_per_lot"], 2 * rule["commission_minimum"]
        return lot, order, f"no past deal: {told(lot)} a lot, "
    ways = [[d for d in deals if (d["entry"] == "in") is opens] for opens in (True, False)]
    shown = []
    for some in ways:
        if some:
            largest = max(some, key=lambda d: (d["lots"], d["paid"]))
            rate = largest["paid"] / largest["lots"]
            least = [d["paid"] for d in some if d["paid"] > rate * d["lots"] * Fraction("1.01")]
            shown.append((rate, max(least, default=Fraction(0)), max(d["fee"] for d in some)))
    if len(shown) == 1:
        own = (rule["commission_per_lot"], rule["commission_minimum"], Fraction(0))
        shown.append(tuple(max(pair) for pair in zip(shown[0], own, strict=True)))
    lot = sum((rate for rate, _, _ in shown), Fraction(0))
    order = sum((least + fee for _, least, fee in shown), Fraction(0))
    pairs = ", ".join(f"{told(d['paid'])} for {told(d['lots'])} ({d['entry']})" for d in deals)
    return lot, order, f"deals paid {pairs}: {told(lot)} a lot, "


def lot_of(facts: dict[str, Any], file: str, symbol: str, side: str) -> tuple[Lot, list[Line]]:
    """One lot, and how each number of it came about."""
    one = facts["symbols"][symbol]
    entry, leave = (one["ask"], one["bid"]) if side == "buy" else (one["bid"], one["ask"])
    terms, move = terms_of(facts, symbol), moves(file, symbol)
    unit, asked, unit_line = _unit(facts, terms)
    cost, order, cost_lines = _costs(facts, symbol, side, (entry, unit, asked))
    gap, floor, gap_lines = _gap(facts, symbol, (entry, move.gaps[side], move.atr), (unit, cost))
    margin, margin_line = _margin(facts, terms, side, entry)
    least, usual, stop_lines = _stops(terms, one["ask"] - one["bid"], move.atr)
    lines = [
        Line("entry", entry, "the ask" if side == "buy" else "the bid"),
        unit_line,
        *cost_lines,
        *gap_lines,
        margin_line,
        *stop_lines,
    ]
    return Lot(entry, leave, unit, cost, order, gap, floor, margin, least, usual), lines


def terms_of(facts: dict[str, Any], symbol: str) -> dict[str, Any]:
    """The contract terms of a symbol."""
    terms: dict[str, Any] = facts["terms"] | facts["symbols"][symbol].get("terms", {})
    return terms


def _unit(facts: dict[str, Any], terms: dict[str, Any]) -> tuple[Fraction, Fraction, Line]:
    """What 1.0 of price loses, with the stress on a conversion and without."""
    _, loss, by = rates(facts)
    stress = 1 + settings()["costs"]["conversion_stress"] if by else Fraction(1)
    asked = terms["contract_size"] * loss
    more = f" x {told(stress)} stress" if by else ""
    line = Line("loss_per_unit", asked * stress, f"contract {told(terms['contract_size'])}{by}{more}")
    return asked * stress, asked, line


def _costs(
    facts: dict[str, Any], symbol: str, side: str, prices: tuple[Fraction, Fraction, Fraction]
) -> tuple[Fraction, Fraction, list[Line]]:
    """Commissions, slippage both ways, and nights: swap in points of the price, or percent a bank year."""
    entry, unit, asked = prices
    rule, terms = settings(), terms_of(facts, symbol)
    swap = terms.get("swap", {"mode": 0, "long": Fraction(0), "short": Fraction(0)})
    rate = swap["long"] if side == "buy" else swap["short"]
    a_night = {
        0: Fraction(0),
        1: -rate * POINT[int(terms["digits"])] * asked,
        5: -rate / 100 / 360 * facts["symbols"][symbol]["ask"] * asked,
    }[int(swap["mode"])]
    nights = int(rule["plan"]["nights"]) + 2 if facts["held_over"] else 0
    paid, order, why = commissions(facts, symbol)
    slipped = 2 * rule["costs"]["slippage"] * entry * unit
    cost = paid + slipped + nights * max(Fraction(0), a_night)
    how = f"commissions {money(paid)} + slippage 2 x {told(rule['costs']['slippage'])} x {told(entry)} x "
    how += f"{told(unit)} = {money(slipped)} + {nights} nights at {told(a_night)}"
    lines = [Line("cost_per_lot", cost, how), Line("cost_per_order", order, f"{why}{told(order)} an order")]
    return cost, order, lines


def _gap(
    facts: dict[str, Any],
    symbol: str,
    moved: tuple[Fraction, Fraction, Fraction],
    lot: tuple[Fraction, Fraction],
) -> tuple[Fraction, Fraction, list[Line]]:
    """How far a gap goes, and what a lot loses in it."""
    (entry, worst, atr), (unit, cost), plan = moved, lot, settings()["plan"]
    floor = plan["gap_floors"].get(symbol, plan["gap_floor"])
    by_floor, by_worst, by_atr = floor * entry, worst * entry, plan["gap_atr"] * atr
    gap = max(by_floor, by_worst, by_atr)
    how = f"largest of {told(floor)} x {told(entry)} = {told(by_floor)}, worst gap {told(by_worst)}, "
    how += f"{told(plan['gap_atr'])} x {told(atr)} = {told(by_atr)}"
    loss = gap * unit + cost if facts["held_over"] else Fraction(0)
    why = f"{told(gap)} x {told(unit)} + {told(cost)}" if facts["held_over"] else "closed before the close"
    return gap, loss, [Line("gap", gap, how), Line("floor_loss_per_lot", loss, why)]


def _margin(
    facts: dict[str, Any], terms: dict[str, Any], side: str, entry: Fraction
) -> tuple[Fraction, Line]:
    """By MetaQuotes' formula of the mode: bought at what a dollar costs, sold at what it brings.

    In mode 3 these brokers' tick price is the tick size.
    """
    gain, loss, by = rates(facts)
    mode, size, rate = int(terms["mode"]), terms["contract_size"], terms["margin_rate"]
    leverage = facts["account"]["leverage"] if mode == LEVERAGED else Fraction(1)
    margin = size * entry / leverage * rate * (loss if side == "buy" else gain)
    per = f" / leverage {told(leverage)}" if mode == LEVERAGED else ""
    into = f" / EURUSD {told(facts['EURUSD']['bid' if side == 'buy' else 'ask'])}" if by else ""
    how = f"mode {mode}: {told(size)} x {told(entry)}{per} x rate {told(rate)}{into}"
    return margin, Line("margin_per_lot", margin, how)


def _stops(terms: dict[str, Any], spread: Fraction, atr: Fraction) -> tuple[Fraction, Fraction, list[Line]]:
    """The smallest stop distance that counts, and the default one."""
    rule = settings()["sizing"]
    level, wide = terms["stops_level"] * POINT[int(terms["digits"])], rule["min_stop_spreads"] * spread
    tight = rule["min_stop_atr"] * atr
    least = max(level, wide, tight)
    usual = max(least, rule["default_stop_atr"] * atr)
    how = f"largest of stops level {told(level)}, {told(rule['min_stop_spreads'])} spreads {told(wide)}, "
    how += f"{told(rule['min_stop_atr'])} ATR {told(tight)}"
    default = f"{told(rule['default_stop_atr'])} x {told(atr)}"
    return least, usual, [Line("min_stop", least, how), Line("default_stop", usual, default)]
