"""What the terminal's history says of stops: which price was asked for, and which one was given."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.core.market import Fill, Side
from assistant.errors import TerminalError
from assistant.terminal.books import fills_of
from assistant.terminal.ledger import Ledger
from assistant.terminal.metatrader import MetaTrader
from tests.doubles import bridge
from tests.doubles.bridge import NOON, Broker
from tests.doubles.cycles import terminal_of
from tests.doubles.trader import END, EURO, buy

HOUR = timedelta(hours=1)


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path)


@pytest.fixture
def terminal(broker: Broker) -> MetaTrader:
    made = terminal_of(broker)
    made.connect()
    return made


def stopped(broker: Broker, *prices: float, **order: object) -> None:
    """An order that is filled at these prices, a lot each; a stop-loss at 218.25 that sells, else as told."""
    broker.done = (bridge.done(501, NOON, **order),)
    side = broker.done[0].type % 2
    broker.deals = tuple(
        bridge.deal(601 + i, NOON, order=501, type=side, entry=1, volume=1.0, price=price)
        for i, price in enumerate(prices)
    )


def asked(terminal: MetaTrader) -> list[tuple[Side, float, float]]:
    return [(one.side, one.asked, one.price) for one in terminal.fills(NOON - HOUR, NOON + HOUR)]


def test_a_stop_loss_is_held_against_its_stop(terminal: MetaTrader, broker: Broker) -> None:
    stopped(broker, 218.11)
    assert terminal.fills(NOON - HOUR, NOON + HOUR) == (Fill("IWM.US", Side.SELL, 218.25, 218.11),)


@pytest.mark.parametrize(
    ("order", "side", "price"),
    [
        ({"type": 4, "reason": 3, "price_open": 219.5, "comment": ""}, Side.BUY, 219.5),
        ({"type": 5, "reason": 0, "price_open": 217.5, "comment": "[sl 20]"}, Side.SELL, 217.5),
        ({"price_open": 218.0, "comment": "[sl 218.25]"}, Side.SELL, 218.25),  # the price it was given
        ({"price_open": 0.0, "comment": "ea 7 [sl 218]"}, Side.SELL, 218.0),
        ({"type": 0, "comment": "[sl 225.5]"}, Side.BUY, 225.5),  # of a short position
        ({"comment": ""}, Side.SELL, 218.25),  # its own price, where nothing is written
        ({"comment": "[sl 218."}, Side.SELL, 218.25),  # cut off
    ],
)
def test_the_price_of_a_stop_is_that_of_its_order_or_the_one_that_is_written_down(
    terminal: MetaTrader, broker: Broker, order: dict[str, Any], side: Side, price: float
) -> None:
    stopped(broker, 220.0, **order)
    assert asked(terminal) == [(side, price, 220.0)]


@pytest.mark.parametrize(
    "order",
    [
        {"type": 0, "reason": 0, "price_open": 219.5, "comment": ""},  # at market
        {"type": 1, "reason": 3, "price_open": 219.5, "comment": "[sl 20]"},  # likewise, of an EA
        {"type": 2, "reason": 0, "comment": ""},  # limit
        {"type": 3, "reason": 0, "comment": ""},
        {"type": 6, "reason": 0, "comment": ""},  # stop limit
        {"type": 7, "reason": 0, "comment": ""},
        {"type": 8, "reason": 0, "comment": ""},  # close by
        {"reason": 5, "comment": "[tp 230.5]"},  # take-profit
        {"reason": 6, "comment": "[so 49.8%]"},  # stop-out
        {"price_open": 0.0, "comment": ""},
        {"price_open": float("nan"), "comment": ""},
        {"price_open": float("inf"), "comment": ""},
        {"price_open": None, "comment": ""},
        {"comment": "[sl 0.00]"},
    ],
)
def test_what_is_no_stop_or_has_no_price_shows_nothing(
    terminal: MetaTrader, broker: Broker, order: dict[str, Any]
) -> None:
    stopped(broker, 220.0, **order)
    assert asked(terminal) == []


def test_an_order_that_is_filled_in_parts_is_one_fill_at_their_mean(
    terminal: MetaTrader, broker: Broker
) -> None:
    stopped(broker, 218.2, 218.0)
    broker.deals[1].volume = 3.0
    ((side, stop, price),) = asked(terminal)
    assert (side, stop) == (Side.SELL, 218.25)
    assert price == pytest.approx(218.05)  # (218.2 + 3 x 218.0) / 4


@pytest.mark.parametrize("bad", [{"price": 0.0}, {"price": float("nan")}, {"volume": 0.0}, {"volume": None}])
@pytest.mark.parametrize("number", [0, 1])
def test_a_part_without_numbers_is_left_out(
    terminal: MetaTrader, broker: Broker, bad: dict[str, float], number: int
) -> None:
    stopped(broker, 218.1, 218.1)
    vars(broker.deals[number]).update(bad)
    ((_, stop, price),) = asked(terminal)
    assert stop == 218.25
    assert price == pytest.approx(218.1)


@pytest.mark.parametrize("bad", [{"price": 0.0}, {"volume": 0.0}, {"volume": float("inf")}])
def test_an_order_none_of_whose_parts_has_numbers_shows_nothing(
    terminal: MetaTrader, broker: Broker, bad: dict[str, float]
) -> None:
    stopped(broker, 218.1)
    vars(broker.deals[0]).update(bad)
    assert asked(terminal) == []


def test_a_deal_whose_order_is_not_known_and_an_order_without_a_deal_show_nothing(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.done = (bridge.done(501, NOON),)
    broker.deals = (bridge.deal(601, NOON, order=502), bridge.deal(602, NOON))
    assert asked(terminal) == []


def test_orders_are_asked_for_by_two_dates_in_server_time_with_room_and_deals_cut_in_utc(
    terminal: MetaTrader, broker: Broker
) -> None:
    broker.done = tuple(bridge.done(501 + i, NOON + i * HOUR) for i in range(3))
    broker.deals = tuple(
        bridge.deal(601 + i, NOON + i * HOUR, order=501 + i, price=218.0 + i) for i in range(3)
    )
    found = terminal.fills(NOON + HOUR, NOON + HOUR)
    assert [one.price for one in found] == [219.0]
    (orders, deals) = broker.calls[-2:]
    assert (orders[0], deals[0]) == ("history_orders_get", "history_deals_get")
    # 2025-01-15 18:00 UTC is 20:00 on the server, two days before and after; nothing by keyword
    assert orders[1:] == deals[1:] == ((1736798400, 1736798400 + 4 * 86400), {})
    assert [type(arg) for arg in orders[1]] == [int, int]


@pytest.mark.parametrize("name", ["history_orders_get", "history_deals_get"])
def test_a_history_that_fails_is_an_error(terminal: MetaTrader, broker: Broker, name: str) -> None:
    broker.fails = {name}
    with pytest.raises(TerminalError, match=f"{name} failed: -1 Terminal: Call failed"):
        asked(terminal)


def test_a_stop_of_the_paper_terminal_is_held_against_its_stop() -> None:
    ledger = Ledger(EURO, [buy(60.5, "26T15:00", stop=125.9)])
    orders, deals = ledger.history_orders(END), ledger.deals(END)
    assert [one for one in orders if one.reason == 4] != []
    (fill,) = fills_of(orders, deals)
    assert (fill.side, fill.asked) == (Side.SELL, 125.9)
    assert 125.7 < fill.price <= 125.9
