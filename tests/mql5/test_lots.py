"""The same lots in both languages: Python's ladder against the include, for random advices and stops."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from assistant.core.advice import Advice
from assistant.core.caps import Cap, Kind, Unit
from assistant.core.distances import Stops
from assistant.core.market import Side, Unknown
from assistant.core.sizing import NORMAL, Sizing, decide, orderable, payable, rungs
from assistant.core.symbol_advice import SideAdvice, SymbolAdvice
from assistant.outputs.panel_file import render
from tests.mql5.conftest import EPOCH, Start

FILES = 250
SYMBOLS = 5  # in a file
STEPS = (0.01, 0.1, 1.0, 0.001, 0.25, 10.0, 0.7)  # lots; 3 x 0.7 is below 2.1 in binary
LETTERS = {Side.BUY: "B", Side.SELL: "S"}


@dataclass(frozen=True)
class Case:
    """One side of a symbol, with the caps that its advice was made from."""

    advice: SideAdvice
    sizing: Sizing
    caps: tuple[Cap, ...]

    def lots(self, stop: float) -> float:
        """What the assistant itself lets through at a stop distance (price)."""
        decided = decide(rungs(self.caps, self.sizing, stop), self.sizing.volume_min, self.sizing.volume_step)
        return orderable(decided.lots, self.sizing.volume_min, self.sizing.volume_step)


def a_sizing(chance: random.Random) -> Sizing:
    price = 10 ** chance.uniform(0, 4)
    step = chance.choice(STEPS)
    least = price * 10 ** chance.uniform(-4, -2)
    return Sizing(
        entry=price,
        exit=price,
        loss_per_unit=10 ** chance.uniform(-2, 3),
        cost_per_lot=chance.choice([0.0, 10 ** chance.uniform(-3, 1)]),
        cost_per_order=chance.choice([0.0, 10 ** chance.uniform(-2, 1)]),
        gap=price * 0.03,
        floor_loss_per_lot=chance.choice([0.0, 10 ** chance.uniform(-1, 3)]),
        margin_per_lot=price,
        volume_min=round(step * chance.choice([1, 1, 2, 3, 5]), 10),
        volume_step=step,
        volume_max=1e4,
        min_stop=least,
        default_stop=least * chance.uniform(1, 20),
    )


def some_caps(chance: random.Random, sizing: Sizing) -> tuple[Cap, ...]:
    """Full normal risk, shares, money and lots, some of them exactly on a step or at 0."""
    step = sizing.volume_step
    on_a_step = round(chance.randrange(1, 400) * step, 10)
    money = [10 ** chance.uniform(1, 4)]
    if chance.random() < 0.5:  # just so many steps at the default stop, which binary money / loss may miss
        money.append(on_a_step * sizing.loss_per_lot(sizing.default_stop) + sizing.cost_per_order)
    shares = [chance.choice([0.0, 0.3, 0.7, 1.0, chance.random()]) for _ in range(chance.randrange(3))]
    lots = [chance.choice([on_a_step, 10 ** chance.uniform(-2, 3), 0.0 if chance.random() < 0.1 else 50.0])]
    return (
        Cap(NORMAL, 10 ** chance.uniform(1, 4), Unit.MONEY, Kind.CONDITION, "normal"),
        *(Cap(f"money {n}", one, Unit.MONEY, Kind.CONDITION, "m") for n, one in enumerate(money)),
        *(Cap(f"share {n}", one, Unit.SHARE, Kind.SIGNAL, "s") for n, one in enumerate(shares)),
        *(Cap(f"lots {n}", one, Unit.LOTS, Kind.CONDITION, "l") for n, one in enumerate(lots)),
    )


def a_symbol(chance: random.Random, like: SymbolAdvice, name: str) -> tuple[SymbolAdvice, dict[Side, Case]]:
    sizing, cases = a_sizing(chance), {}
    for side in Side:
        own = replace(sizing, loss_per_unit=sizing.loss_per_unit * chance.uniform(1, 1.01))
        caps = some_caps(chance, own)
        ladder = rungs(caps, own, own.default_stop)
        decided = decide(ladder, own.volume_min, own.volume_step)
        advice = replace(
            like.sides[side],
            lots=orderable(decided.lots, own.volume_min, own.volume_step),
            binding=decided,
            sizing=own,
            money=payable(caps, own),
            lots_cap=min((cap for cap in caps if cap.unit is Unit.LOTS), key=lambda cap: cap.value),
        )
        cases[side] = Case(advice, own, caps)
    instrument = replace(
        like.instrument, broker_symbol=name, volume_min=sizing.volume_min, volume_step=sizing.volume_step
    )
    sides = {side: case.advice for side, case in cases.items()}
    stops = Stops(sizing.min_stop, sizing.default_stop)
    return replace(like, instrument=instrument, stops=stops, held=(), sides=sides), cases


def stops_of(chance: random.Random, case: Case) -> Iterator[float]:
    """The default stop, one below the least, some around, and one at which a whole number of steps fits."""
    sizing = case.sizing
    yield sizing.default_stop
    yield sizing.min_stop * 0.5
    yield from (sizing.default_stop * 10 ** chance.uniform(-1, 1.5) for _ in range(2))
    steps = chance.randrange(1, 60) * sizing.volume_step
    fits = (case.advice.money.value / steps - sizing.cost_per_lot) / sizing.loss_per_unit
    if fits > 0:
        yield fits


def test_python_and_the_include_give_the_same_lots_for_thousands_of_advices_and_stops(
    start: Start, advice: Advice
) -> None:
    chance, terminal, compared, orderable_sides = random.Random(5), start(), 0, 0  # noqa: S311 -- advices to compare
    for seq in range(1, FILES + 1):
        made = [a_symbol(chance, advice.symbols[0], f"S{n}.US") for n in range(SYMBOLS)]
        content = replace(advice, symbols=tuple(symbol for symbol, _ in made))
        terminal.write(render(content, seq=seq, ttl=5, funded_mode="off"))
        terminal.do("advance 250", f"utc {EPOCH}", "timer")
        for symbol, cases in made:
            name, step = symbol.instrument.broker_symbol, symbol.instrument.volume_step
            for side, case in cases.items():
                cap = float(terminal.ask(f"cap {name} {LETTERS[side]}"))
                assert round(cap / step) == round(case.advice.lots / step), (seq, name, side)
                for stop in stops_of(chance, case):
                    lots = float(terminal.ask(f"lots {name} {LETTERS[side]}", stop))
                    expected = case.lots(stop)
                    assert lots == pytest.approx(round(lots / step) * step, abs=1e-8)
                    assert round(lots / step) == round(expected / step), (
                        seq,
                        name,
                        side,
                        stop,
                        lots,
                        expected,
                    )
                    compared += 1
                    orderable_sides += expected > 0
    assert terminal.state() == "LIVE"
    assert compared > 10_000
    assert compared // 3 < orderable_sides < compared


def test_a_side_without_its_facts_has_no_lots_at_any_stop(start: Start, advice: Advice) -> None:
    first = advice.symbols[0]
    name = first.instrument.broker_symbol
    unknown = {side: replace(one, sizing=Unknown("no tick"), lots=0.0) for side, one in first.sides.items()}
    terminal = start(InpFailSafeLots=10.0)
    for quoted in (first.stops, Unknown("no quote")):
        content = replace(advice, symbols=(replace(first, stops=quoted, sides=unknown),))
        terminal.write(render(content, seq=3, ttl=5, funded_mode="off"))
        terminal.poll()
        assert terminal.state() == "LIVE"
        for stop in (1e-6, 0.5, 4.0, 1e6):
            assert float(terminal.ask(f"lots {name} B", stop)) == 0.0
        assert float(terminal.ask(f"cap {name} S")) == 0.0
