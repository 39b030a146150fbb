"""Lots by MetaQuotes' formulas of each calculation mode, worked out here, against those of a check.

The broker's double answers order_calc_profit and order_calc_margin as the paper terminal does; this file
has the formulas once more (see assistant/terminal/calculation.py for their source), and shares nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from math import floor
from pathlib import Path
from random import Random
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

from assistant.core.advice import Advice, Track, advise
from assistant.core.caps import Unit
from assistant.core.check import Answer, Intent, Verdict, check
from assistant.core.market import Side
from assistant.core.sizing import Sizing
from assistant.core.standing import standing
from assistant.terminal import calculation
from assistant.terminal.profile import Contract, Profile
from assistant.terminal.profile import profile as broker_profile
from tests.doubles import bridge
from tests.doubles.bridge import Broker
from tests.doubles.cycles import broker_snapshot, packaged_config

# EURUSD stands at 1.14093 / 1.14101 then: a dollar costs 1 / 1.14093 EUR and brings 1 / 1.14101.
AT_MS = round(datetime(2018, 12, 26, 15, tzinfo=UTC).timestamp() * 1000)
COSTS, BRINGS = 1 / Fraction("1.14093"), 1 / Fraction("1.14101")
COMMISSION, MINIMUM = 0.85, 2.35  # account currency, for a lot and for an order, each way
SWING = 0.021  # share of the price, high to low of each session; larger than any move from close to close
SESSIONS = 60  # of history: too few for a stance
MODES = (2, 3, 4, 32)


class Asked(NamedTuple):
    """A symbol, an account and an order by chance."""

    mode: int
    currency: str  # of the account
    side: Side
    price: float  # bid
    spread: float
    stop: float  # distance from the entry, price
    size: float
    margin_rate: float
    leverage: int
    tick_price: float  # mode 3
    least: float  # lots
    step: float  # lots
    most: float  # lots
    free: float  # margin, account currency

    @property
    def entry(self) -> float:
        return round(self.price + self.spread, 2) if self.side is Side.BUY else self.price

    @property
    def stop_price(self) -> float:
        return round(self.entry - self.side.sign * self.stop, 2)


def by_chance(mode: int, number: int) -> Asked:
    """The same symbol and order for the same mode and number."""
    draw = Random(1000 * mode + number)  # noqa: S311 -- nothing here is a secret
    price = draw.randrange(1500, 40_000) / 100
    step = draw.choice((0.01, 0.02, 0.1, 0.25))
    return Asked(
        mode=mode,
        currency=("EUR", "USD", "EUR")[number % 3],
        side=draw.choice(tuple(Side)),
        price=price,
        spread=draw.randrange(1, 6) / 100,
        stop=round(price * draw.uniform(0.02, 0.15), 2),
        size=draw.choice((2.0, 5.0)),
        margin_rate=draw.choice((0.2, 0.35, 0.9)),
        leverage=draw.choice((2, 3, 5)),
        tick_price=draw.choice((0.013, 0.027)),
        least=round(step * draw.randrange(1, 5), 2),
        step=step,
        most=round(step * draw.choice((90, 5000, 5000)), 2),
        free=round((60_000.0, 900.0)[number % 2] * draw.uniform(0.2, 1.2), 2),
    )


class Moded(Broker):
    """The double with one symbol of another kind, priced and margined as the paper terminal does it."""

    def __init__(self, folder: Path, asked: Asked) -> None:
        super().__init__(folder)
        base = broker_profile("B")
        contract = base.contracts["#IWM"]
        facts = {"mode": asked.mode, "contract_size": asked.size, "margin_rate": asked.margin_rate}
        self._contract: Contract = replace(
            contract,
            terms=replace(contract.terms, **facts, tick_price=asked.tick_price),  # type: ignore[arg-type]
        )
        contracts = {"#IWM": self._contract, "EURUSD": base.contracts["EURUSD"]}
        account = replace(base.account, currency=asked.currency, leverage=asked.leverage)
        self._profile: Profile = replace(base, account=account, contracts=MappingProxyType(contracts))
        self.currency = asked.currency
        self.money["margin_free"] = asked.free
        *_, value = calculation.tick_values(self._profile, self._contract, AT_MS)
        self.symbols["IWM.US"] = bridge.symbol(
            name="IWM.US",
            digits=2,
            point=0.01,
            trade_stops_level=0,
            volume_min=asked.least,
            volume_step=asked.step,
            volume_max=asked.most,
            trade_contract_size=asked.size,
            trade_tick_size=0.01,
            trade_tick_value_loss=value,
        )
        ask = round(asked.price + asked.spread, 2)
        self.ticks["IWM.US"] = SimpleNamespace(
            bid=asked.price, ask=ask, time_msc=bridge.server(self.now - self.age)
        )
        self.bars = {name: rows[-SESSIONS:] for name, rows in self.bars.items()}
        half = asked.price * SWING / 2
        self.bars["IWM.US"] = [
            (row[0], asked.price, asked.price + half, asked.price - half, asked.price, 1000, 40, 0)
            for row in self.bars["IWM.US"]
        ]

    def _account_info(self) -> Any:  # noqa: ANN401 -- a struct of the module
        info = super()._account_info()
        info.currency = self.currency
        return info

    def _order_calc_profit(self, side: int, name: str, lots: float, opened: float, closed: float) -> float:
        if name != "IWM.US":
            return super()._order_calc_profit(side, name, lots, opened, closed)
        way: calculation.Side = "sell" if side else "buy"
        found = calculation.profit(self._profile, self._contract, way, lots, opened, closed, AT_MS)
        assert found is not None
        return found

    def _order_calc_margin(self, side: int, name: str, lots: float, price: float) -> float:
        if name != "IWM.US":
            return super()._order_calc_margin(side, name, lots, price)
        way: calculation.Side = "sell" if side else "buy"
        found = calculation.margin(self._profile, self._contract, way, lots, price, AT_MS)
        assert found is not None
        return found


def advice_on(broker: Broker) -> Advice:
    """The advice by a plan to be flat before the close, with commissions as above."""
    settings = packaged_config().settings
    costs = replace(
        settings.costs,
        commission_per_lot=COMMISSION,
        commission_minimum=MINIMUM,
        slippage=0.0003,
        conversion_stress=0.015,
    )
    exposure = replace(settings.exposure, net_hedges=False, margin_stress=1.2)
    settings = replace(settings, costs=costs, exposure=exposure, plan=replace(settings.plan, hold="intraday"))
    return advise(broker_snapshot(broker), Track(), settings)[0]


class Expected(NamedTuple):
    """What the formulas say; account currency a lot, and lots."""

    loss: Fraction
    margin: Fraction
    rungs: dict[str, Fraction]
    lots: float


def expected(asked: Asked, advice: Advice) -> Expected:
    """Work out the lots: (open - close) x size at the dearer rate, and the margin of the mode.

    The shares of the regime and its like are those of the advice; they are no matter of the mode.
    """
    converts = asked.currency != "USD"
    entry, size = Fraction(str(asked.entry)), Fraction(asked.size)
    unit = size * (COSTS if converts else 1)
    stressed = unit * Fraction("1.015") if converts else unit
    atr = Fraction(str(asked.price)) * Fraction(SWING)
    least = max(3 * Fraction(str(asked.spread)), Fraction("0.25") * atr)
    distance = max(abs(entry - Fraction(str(asked.stop_price))), least)
    slipped = 2 * Fraction("0.0003") * entry * stressed
    loss = distance * stressed + 2 * Fraction(str(COMMISSION)) + slipped
    full = {
        2: entry,
        3: entry * Fraction(str(asked.tick_price)) / Fraction("0.01"),
        4: entry / asked.leverage,
        32: entry,
    }[asked.mode]
    rate = Fraction(1)
    if converts:
        rate = COSTS if asked.side is Side.BUY else BRINGS
    margin = size * full * Fraction(str(asked.margin_rate)) * rate
    shares = [
        cap.value
        for cap in advice.caps
        if cap.unit is Unit.SHARE and not cap.advisory and cap.scope in ("account", "IWM")
        if asked.side is Side.BUY or cap.applies_to == "all"
    ]
    account = advice.account
    equity, free = Fraction(str(account.equity)), Fraction(str(account.free_margin))
    money = Fraction("0.005") * equity * Fraction(min(shares))
    stressed_margin = margin * Fraction("1.2")
    rungs = {
        "loss": (money - 2 * Fraction(str(MINIMUM))) / loss,
        "margin": free * Fraction("0.7") / stressed_margin,
        "exposure": 3 * equity / (entry * stressed),
        "stop-out": (equity * Fraction("0.98") / Fraction("0.75") - 1250) / stressed_margin,
        "volume_max": Fraction(str(asked.most)),
    }
    step, lots = Fraction(str(asked.step)), min(rungs.values())
    down = floor(lots / step) * step
    return Expected(loss, margin, rungs, float(down) if down >= Fraction(str(asked.least)) else 0.0)


def rounded(asked: Asked, per_lot: float) -> float:
    """The share by which cents can change an amount that was asked for in lots."""
    return 0.006 / (min(100.0, asked.most) * per_lot)


@pytest.mark.parametrize("mode", MODES)
def test_lots_are_those_of_the_mode_s_formulas_whatever_decides(tmp_path: Path, mode: int) -> None:
    decided = set()
    for number in range(12):
        asked = by_chance(mode, number)
        advice = advice_on(Moded(tmp_path / str(number), asked))
        found = check(Intent(asked.side, "IWM", 99_999.0, asked.stop_price), standing(advice))
        assert isinstance(found, Verdict)
        sizing, want = found.sizing, expected(asked, advice)
        assert isinstance(sizing, Sizing)
        within = rounded(asked, asked.entry * asked.size / 10 * 0.87)
        each = sizing.loss_per_lot(abs(asked.entry - asked.stop_price))
        assert each == pytest.approx(float(want.loss), rel=within), number
        taken = pytest.approx(float(want.margin), rel=rounded(asked, float(want.margin)))
        assert sizing.margin_per_lot == taken, number
        assert found.suggested == pytest.approx(want.lots, abs=1e-9), number
        in_all = want.lots * float(want.loss) + (2 * MINIMUM if want.lots else 0.0)
        assert found.worst == pytest.approx(in_all, rel=within), number
        decided.add(min(want.rungs, key=lambda name: want.rungs[name]))
    assert decided >= {"loss", "margin"}


@pytest.mark.parametrize("side", tuple(Side))
@pytest.mark.parametrize("mode", MODES)
def test_an_order_against_a_netted_position_reduces_first_and_opens_the_rest(
    tmp_path: Path, mode: int, side: Side
) -> None:
    asked = by_chance(mode, 3)._replace(side=side, free=60_000.0, step=0.01, least=0.05, most=500.0)
    held = 3.37  # lots the other way, with a stop that leaves the caps as they are but for what is at risk
    broker = Moded(tmp_path / "Common", asked)
    away = asked.price * (1 + 0.01 * side.sign)  # a sold position's stop lies above, where a buy comes from
    broker.positions = (
        bridge.position(
            type=1 if side is Side.BUY else 0, volume=held, price_open=asked.price, sl=round(away, 2)
        ),
    )
    broker.margin_mode = 0  # ACCOUNT_MARGIN_MODE_RETAIL_NETTING
    advice = advice_on(broker)
    now = standing(advice)
    want = expected(asked, advice)
    most = check(Intent(side, "IWM", 400.0, asked.stop_price), now)
    assert isinstance(most, Verdict)
    opened = round(most.suggested - held, 8)
    assert opened == pytest.approx(want.lots, abs=1e-9)
    assert opened > 0
    costs = 2 * MINIMUM
    assert most.worst == pytest.approx(opened * float(want.loss) + costs, rel=3e-5)
    assert most.margin == pytest.approx(opened * float(want.margin), rel=3e-5)

    whole = check(Intent(side, "IWM", held), now)  # closes it, and needs no stop
    assert isinstance(whole, Verdict)
    assert (whole.answer, whole.suggested, whole.worst) == (Answer.ALLOW, held, None)
    more = check(Intent(side, "IWM", held + 0.05, asked.stop_price), now)  # the smallest order opens
    assert isinstance(more, Verdict)
    assert (more.answer, more.suggested) == (Answer.ALLOW, round(held + 0.05, 8))
    assert more.worst == pytest.approx(0.05 * float(want.loss) + costs, rel=3e-5)
    less = check(Intent(side, "IWM", held + 0.04, asked.stop_price), now)  # what opens is no order
    assert isinstance(less, Verdict)
    assert (less.answer, less.suggested, less.worst) == (Answer.RESIZE, held, 0.0)
