"""Sizes of the program against answer files that it did not make, broker by broker.

The facts above the answers are the paper terminal's own; second_sizes.py made the answers from them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.core.advice import Advice, Settings, Track, advise
from assistant.core.check import Answer, Intent, Verdict, check
from assistant.core.market import Side
from assistant.core.sizing import Sizing
from assistant.core.standing import standing
from assistant.source import open_source, past_deals, read_snapshot, warm_up
from assistant.terminal import paper
from tests.core import second_sizes
from tests.core.second_lots import FOLDER
from tests.doubles.cycles import packaged_config

FILES = second_sizes.files()
# The terminal rounds the result of 100 lots over a tenth of the price to cents, and the program asks it.
ROUNDED = 3e-5
NAMES = [path.stem for path in FILES]
PER_LOT = (
    *("entry", "loss_per_unit", "cost_per_lot", "cost_per_order", "gap", "floor_loss_per_lot"),
    *("margin_per_lot", "min_stop", "default_stop"),
)


@cache
def read(name: str) -> dict[str, Any]:
    """One answer file."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@cache
def chosen(hold: str) -> Settings:
    """The packaged settings with those of settings.yaml, and none of the discipline of a session."""
    own, base = read("settings"), packaged_config().settings
    volatility = {key: own["volatility"][key] for key in ("target", "span", "least")}
    hold_closes = own["volatility"]["hold"]
    shares = replace(base.fold.shares, hold_closes=hold_closes, hold_followed=hold_closes)
    return replace(
        base,
        fold=replace(base.fold, shares=shares),
        sizing=replace(base.sizing, **own["sizing"]),
        costs=replace(base.costs, **own["costs"]),
        plan=replace(base.plan, **own["plan"] | {"hold": hold}),
        exposure=replace(base.exposure, net_hedges=False, **own["exposure"]),
        conditions=replace(base.conditions, edge_share=own["edge_share"]),
        volatility=replace(base.volatility, **volatility),
        discipline=replace(base.discipline, daily_loss=None, losing_streak=None),
        trades=replace(base.trades, advisory=True),
    )


@cache
def advice_of(name: str) -> Advice:
    """What the program says at the instant of a file."""
    facts = read(name)
    at = facts["at"].astimezone(UTC)
    with tempfile.TemporaryDirectory() as home:
        source = open_source(
            packaged_config(),
            Path(home),
            paper=True,
            letter=facts["profile"],
            start=at - timedelta(seconds=10),
            speed=1e6,
        )
        source.terminal.connect()
        warm_up(source)
        source.clock.sleep((at - source.clock.now()).total_seconds())
        snapshot = read_snapshot(source)
        snapshot = replace(snapshot, past=past_deals(source, snapshot.as_of))
    return advise(snapshot, Track(), chosen(facts["hold"]))[0]


def cases() -> Iterator[Any]:
    for name in NAMES:
        for place, one in enumerate(read(name)["cases"]):
            yield pytest.param(name, place, id=f"{name} {one['side']} {one['symbol']} {one['stop']:g}")


every_case = pytest.mark.parametrize(("name", "place"), list(cases()))


def asked(name: str, place: int) -> tuple[Verdict, dict[str, Any]]:
    """The verdict on the broker's largest order, and the answer."""
    facts = read(name)
    case = facts["cases"][place]
    terms = facts["terms"] | facts["symbols"][case["symbol"]].get("terms", {})
    intent = Intent(Side(case["side"]), case["symbol"], float(terms["volume_max"]), case["stop"])
    verdict = check(intent, standing(advice_of(name)))
    assert isinstance(verdict, Verdict)
    return verdict, facts["answers"][place]


@every_case
def test_what_a_lot_loses_costs_and_takes_is_as_in_the_file(name: str, place: int) -> None:
    verdict, answer = asked(name, place)
    sizing = verdict.sizing
    assert isinstance(sizing, Sizing)
    found = {field: getattr(sizing, field) for field in PER_LOT}
    assert found == pytest.approx({field: answer[field] for field in PER_LOT}, rel=ROUNDED)
    far = verdict.side.sign * (sizing.entry - read(name)["cases"][place]["stop"])
    assert sizing.loss_per_lot(far) == pytest.approx(answer["loss_per_lot"], rel=ROUNDED)


@every_case
def test_each_rung_is_as_in_the_file(name: str, place: int) -> None:
    verdict, answer = asked(name, place)
    found = {
        rung.name: rung.lots for rung in verdict.ladder if not rung.advisory and rung.name != "volume_min"
    }
    assert found == pytest.approx(answer["ladder"], rel=10 * ROUNDED, abs=1e-9)  # a remainder errs by more
    equals = {rung for rung, lots in answer["ladder"].items() if lots == min(answer["ladder"].values())}
    assert verdict.binding.name in equals | {answer["binds"]}


@every_case
def test_the_lots_are_those_of_the_file_to_the_step(name: str, place: int) -> None:
    verdict, answer = asked(name, place)
    assert verdict.suggested == answer["lots"]
    assert verdict.answer is (Answer.RESIZE if answer["lots"] else Answer.DENY)
    results = verdict.loss_at_stop, verdict.worst, verdict.margin, verdict.at_risk_after
    expected = tuple(answer[field] for field in ("loss_at_stop", "worst", "margin", "at_risk"))
    assert results == pytest.approx(expected, rel=ROUNDED)


@every_case
def test_a_step_more_is_resized_and_the_lots_themselves_are_allowed(name: str, place: int) -> None:
    verdict, answer = asked(name, place)
    facts = read(name)
    case, step = facts["cases"][place], facts["terms"]["volume_step"]
    if not answer["opens"]:
        return
    for lots, told in ((answer["lots"], Answer.ALLOW), (round(answer["lots"] + step, 8), Answer.RESIZE)):
        again = check(Intent(verdict.side, case["symbol"], lots, case["stop"]), standing(advice_of(name)))
        assert isinstance(again, Verdict)
        assert (again.answer, again.suggested) == (told, answer["lots"])


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_are_those_that_the_formulas_give(name: str) -> None:
    path = FOLDER / f"{name}.yaml"
    below = path.read_text(encoding="utf-8").partition(second_sizes.BEGINS)[2]
    assert (second_sizes.BEGINS + below).splitlines() == list(second_sizes.answers(path))


@contextmanager
def playing(name: str) -> Iterator[tuple[Any, dict[str, str]]]:
    """The paper terminal at the instant of a file, and our symbols by the broker's names."""
    facts = read(name)
    at = facts["at"].astimezone(UTC)
    with tempfile.TemporaryDirectory() as folder:
        paper.reset(at - timedelta(seconds=2), Path(folder), None, facts["profile"])
        paper.initialize()
        names = {one["name"]: symbol for symbol, one in facts["symbols"].items()}
        for broker in (*names, "EURUSD"):
            paper.symbol_select(broker, True)
        paper.advance(2)
        yield paper, names


@pytest.mark.parametrize("name", NAMES)
def test_quotes_and_terms_are_the_terminal_s_own(name: str) -> None:
    facts = read(name)
    with playing(name) as (terminal, names):
        for broker, symbol in names.items():
            info, one = terminal.symbol_info(broker), facts["symbols"][symbol]
            terms: dict[str, Any] = {"volume_limit": 0, "swap": {"mode": 0, "long": 0, "short": 0}}
            terms |= facts["terms"] | one.get("terms", {})
            assert (info.bid, info.ask, info.digits) == (one["bid"], one["ask"], terms["digits"])
            volumes = ("volume_min", "volume_step", "volume_max", "volume_limit")
            assert [getattr(info, field) for field in volumes] == [terms[field] for field in volumes]
            assert (info.trade_contract_size, info.trade_calc_mode) == (terms["contract_size"], terms["mode"])
            assert info.trade_stops_level == terms["stops_level"]
            swap = {"mode": info.swap_mode, "long": info.swap_long, "short": info.swap_short}
            assert swap == {key: terms["swap"][key] for key in swap}
            assert (info.trade_mode == terminal.SYMBOL_TRADE_MODE_CLOSEONLY) is bool(facts.get("close_only"))
        if "EURUSD" in facts:
            cross = terminal.symbol_info("EURUSD")
            assert {"bid": cross.bid, "ask": cross.ask} == facts["EURUSD"]


@pytest.mark.parametrize("name", NAMES)
def test_account_and_what_is_open_are_the_terminal_s_own(name: str) -> None:
    facts, entries = read(name), ("in", "out", "inout")
    with playing(name) as (terminal, names):
        account, found = terminal.account_info(), facts["account"]
        assert account.currency == ("EUR" if "EURUSD" in facts else "USD")
        for field in ("balance", "equity", "credit", "margin", "leverage"):
            assert getattr(account, field) == found[field]
        assert (account.margin_free, account.margin_so_so) == (found["free_margin"], 100 * found["stop_out"])
        assert (account.margin_mode == terminal.ACCOUNT_MARGIN_MODE_RETAIL_HEDGING) is found["hedging"]
        held = [
            *((one.symbol, one.type, one.volume, one.price_open, one.sl) for one in terminal.positions_get()),
            *(
                (one.symbol, one.type % 2, one.volume_current, one.price_open, one.sl)
                for one in terminal.orders_get()
            ),
        ]
        assert [(names[symbol], *rest) for symbol, *rest in held] == [
            (one["symbol"], int(one["side"] == "sell"), one["lots"], one["price"], one.get("stop", 0.0))
            for one in facts["open"]
        ]
        deals = [one for one in terminal.history_deals_get(0, 2_000_000_000) if one.symbol in names]
        done = [
            (names[one.symbol], entries[one.entry], one.volume, -one.commission, -one.fee) for one in deals
        ]
        fields = ("symbol", "entry", "lots", "paid", "fee")
        assert done == [tuple(one[field] for field in fields) for one in facts["deals"]]


@pytest.mark.parametrize("name", [name for name in NAMES if read(name)["profile"] == "E"])
def test_ranges_round_the_clock_are_those_of_hourly_bars(name: str) -> None:
    # The exchange closes at 23:00 of this server's clock, New York + 7; at 20:00 on the half-day.
    days = ["03", "04", "06", "07", *(f"{day}" for day in (10, 11, 12, 13, 14, 17, 18, 19, 20, 21, 24))]
    facts = read(name)
    with playing(name) as (terminal, _):
        for symbol, one in facts["symbols"].items():
            rows = terminal.copy_rates_from_pos(symbol, terminal.TIMEFRAME_H1, 0, 2000).tolist()
            ends = [server(f"2018-12-{day}T{'20' if day == '24' else '23'}:00") for day in days]
            closes = [next(row[4] for row in rows if row[0] == ends[0] - 3600)]
            ranges = []
            for first, last in pairwise(ends):
                session = [row for row in rows if first <= row[0] < last]
                high, low = max(row[2] for row in session), min(row[3] for row in session)
                ranges.append(round(max(high, closes[-1]) - min(low, closes[-1]), 1))
                closes.append(session[-1][4])
            assert ranges == one["ranges"]


def server(text: str) -> int:
    """The server's digits as epoch seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
