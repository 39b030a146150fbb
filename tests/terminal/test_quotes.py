"""What the paper terminal says about one symbol: facts, last tick and ticks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.terminal.constants import COPY_TICKS_ALL, COPY_TICKS_INFO, COPY_TICKS_TRADE
from assistant.terminal.feeds import feed, hours
from assistant.terminal.profile import Swap, profile
from assistant.terminal.quotes import quote, quoted, symbol_info, tick, ticks_from, ticks_range
from assistant.terminal.recording import recording

A, B, C, D, E = (profile(letter) for letter in "ABCDE")
IWM, US2000, EURUSD = A.contracts["IWM.US"], E.contracts["US2000"], B.contracts["EURUSD"]
PLAYED = {"IWM": (A, IWM), "US2000": (E, US2000), "EURUSD": (B, EURUSD), "#XLF": (B, B.contracts["#XLF"])}
FULL, CLOSEONLY = 4, 3
NEW_YORK = ZoneInfo("America/New_York")


def ms(text: str) -> int:
    """UTC epoch ms of an ISO instant."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def stamp(text: str) -> int:
    """Wall-clock digits as epoch seconds."""
    return ms(text) // 1000


def facts(letter: str, name: str, at: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 -- of symbol_info
    """The facts of a symbol in Market Watch."""
    broker = profile(letter)
    named: dict[str, Any] = {"select": True, "visible": True, "tick_values": (0.5, 0.25, 0.75)} | changes
    return symbol_info(broker, broker.contracts[name], ms(at), **named)._asdict()


def part(values: dict[str, Any], *names: str) -> tuple[Any, ...]:
    """Some of the facts."""
    return tuple(values[name] for name in names)


def test_the_first_broker_s_prices_are_the_recording_s() -> None:
    for symbol in ("IWM", "KRE", "IEF"):
        prices, contract = recording(symbol), A.contracts[f"{symbol}.US"]
        assert feed(contract) is prices
        assert quote(contract, ms("2018-12-26T16:17:18")) == prices.quote(ms("2018-12-26T16:17:18"))


def test_a_tick_bears_the_server_s_clock() -> None:
    # 2018-03-12 09:30:00.370 in New York: 13:30 UTC, 16:30 by New York plus seven, 15:30 in Athens.
    at_ms = ms("2018-03-12T13:30:01")
    for broker, contract, wall in (
        (A, IWM, "2018-03-12T16:30"),
        (D, D.contracts["IWM.NYSE"], "2018-03-12T15:30"),
        (replace(A, clock="UTC"), IWM, "2018-03-12T13:30"),
    ):
        now = tick(broker, contract, at_ms)
        assert (now.time, now.time_msc) == (stamp(wall), stamp(wall) * 1000 + 370)
        assert (now.last, now.volume, now.flags, now.volume_real) == (0.0, 0, 6, 0.0)
        assert round(now.ask - now.bid, 10) == 0.03


def test_a_scaled_symbol_is_the_recording_times_its_scale() -> None:
    # IWM at 2018-12-26 14:30:00.370: bid 126.28, ask 126.31.
    assert quote(US2000, ms("2018-12-26T14:30:01"))[1:] == (1262.8, 1263.1)
    iwm, index = recording("IWM"), feed(US2000)
    for at_ms in range(ms("2018-12-26T14:30:01"), ms("2018-12-26T21:00"), 977_000):
        assert index.quote(at_ms).bid * 10 == pytest.approx(iwm.quote(at_ms).bid * 100, rel=1e-12)
        assert index.quote(at_ms).time_ms == iwm.quote(at_ms).time_ms


def test_a_scaled_symbol_may_be_quoted_in_sessions_alone() -> None:
    terms = replace(US2000.terms, hours="session", digits=2)
    contract = replace(US2000, terms=terms)
    assert feed(contract).stretches == recording("IWM").stretches
    at_ms = ms("2018-12-27T03:00")
    assert quote(contract, at_ms)[1:] == (1319.3, 1319.6)  # the close of the 26th, times ten
    whole = feed(contract).whole(0)
    assert whole.open == 123_830  # 123.83 times ten, in units of 0.01
    path = feed(contract).path(0)
    assert whole == (path.bids[0], path.bids.max(), path.bids.min(), path.bids[-1], len(path.bids))


def test_what_cannot_be_played_is_refused() -> None:
    with pytest.raises(ValueError, match="IWM times 1 needs more digits than 1"):
        feed(replace(US2000, terms=replace(US2000.terms, scale=1)))
    with pytest.raises(ValueError, match="needs more digits than 0"):
        feed(replace(US2000, terms=replace(US2000.terms, scale=10, digits=0)))
    for change in ({"digits": 4}, {"scale": 10}, {"hours": "session"}):
        with pytest.raises(ValueError, match="EURUSD has scale 1, 5 digits"):
            feed(replace(EURUSD, terms=replace(EURUSD.terms, **change)))
    with pytest.raises(KeyError):
        feed(replace(IWM, terms=replace(IWM.terms, plays="GME")))


def test_a_day_round_the_clock_is_23_hours_of_new_york() -> None:
    made = list(hours(date(2018, 3, 8), date(2018, 3, 13)))
    wall = [
        [datetime.fromtimestamp(edge / 1000, NEW_YORK).strftime("%a %H:%M") for edge in edges]
        for _, *edges in made
    ]
    assert wall == [
        ["Wed 18:00", "Thu 17:00"],
        ["Thu 18:00", "Fri 17:00"],
        ["Sun 18:00", "Mon 17:00"],
        ["Mon 18:00", "Tue 17:00"],
    ]
    assert made[1][2] == ms("2018-03-09T22:00")  # winter time
    assert made[2][1] == ms("2018-03-11T22:00")  # summer time


def test_outside_its_hours_a_symbol_is_not_quoted() -> None:
    # Wednesday 2018-06-13 in summer time: session 13:30 to 20:00 UTC, break 21:00 to 22:00 UTC.
    asked = [
        "13:00",
        "13:30:01",
        "19:59:59",
        "20:00",
        "20:00:01",
        "20:59:59",
        "21:00",
        "21:59:59",
        "22:00:09",
    ]
    instants = [ms(f"2018-06-13T{at}") for at in asked]
    assert [quoted(IWM, at_ms) for at_ms in instants] == [False, True, True] + [False] * 6
    assert [quoted(US2000, at_ms) for at_ms in instants] == [True] * 6 + [False, False, True]
    assert not quoted(US2000, ms("2018-06-16T12:00"))  # Saturday
    assert quoted(US2000, ms("2018-07-04T15:00"))  # a holiday of the exchange
    assert not quoted(US2000, ms("2018-12-31T22:00"))  # the end
    assert not quoted(US2000, ms("2016-10-03T13:00"))


def test_the_path_outside_the_sessions_joins_close_and_open() -> None:
    prices, index = recording("IWM"), feed(US2000)
    for place, (session, after) in enumerate(pairwise(prices.sessions)):
        between = [
            number
            for number, stretch in enumerate(index.stretches)
            if session.close_ms <= stretch.opens_ms < after.open_ms
        ]
        if place % 37 == 0 or place > 540:
            assert index.whole(between[0]).open == session.close
            assert index.whole(between[-1]).close == after.open


def test_the_quiet_path_moves_but_not_far() -> None:
    index = feed(US2000)
    for number, stretch in enumerate(index.stretches):
        if stretch.interval_ms == 12_000 and number % 41 == 0:
            path = index.path(number)
            assert len(np.unique(path.bids)) > 5
            assert np.abs(np.diff(path.bids)).max() <= 5  # units of 0.1: no jump of more than 0.5
            assert np.unique(np.diff(path.times_ms)[:-1]).tolist() == [12_000]


def test_ticks_of_a_stretch_ascend_and_follow_those_before() -> None:
    for contract in (US2000, EURUSD):
        ticks = feed(contract)
        for before, stretch in pairwise(ticks.stretches):
            assert before.last_ms < before.closes_ms <= stretch.opens_ms < stretch.first_ms < stretch.last_ms
        for number in range(0, len(ticks.stretches), 97):
            stretch, times = ticks.stretches[number], ticks.path(number).times_ms.tolist()
            assert all(one < other for one, other in pairwise(times))
            assert times == [stretch.time_ms(place) for place in range(stretch.ticks)]
            assert (times[0], times[-1]) == (stretch.first_ms, stretch.last_ms)


def test_the_terms_of_a_contract_are_in_its_facts() -> None:
    found = facts("C", "IWM", "2018-12-26T15:30")
    assert part(found, "trade_calc_mode", "digits", "trade_stops_level", "chart_mode") == (3, 2, 10, 0)
    assert part(found, "volume_min", "volume_step", "volume_max", "volume_limit") == (0.01, 0.01, 60, 90)
    assert part(found, "swap_mode", "swap_long", "swap_short", "swap_rollover3days") == (5, -6.5, -2.25, 5)
    assert part(found, "trade_contract_size", "point", "trade_tick_size") == (100, 0.01, 0.01)
    assert part(found, "margin_hedged", "margin_hedged_use_leg", "margin_initial") == (0, True, 0)
    assert part(found, "name", "description") == ("IWM", "iShares Russell 2000 ETF")
    values = ("trade_tick_value", "trade_tick_value_profit", "trade_tick_value_loss")
    assert part(found, *values) == (0.5, 0.25, 0.75)
    euro = facts("B", "EURUSD", "2018-12-26T15:30", visible=False)
    assert part(euro, "currency_base", "currency_profit", "currency_margin") == ("EUR", "USD", "EUR")
    assert part(euro, "select", "visible", "digits", "spread", "path") == (True, False, 5, 8, "Forex\\EURUSD")


def test_a_broker_s_margin_of_hedged_positions_and_its_swap_are_its_own() -> None:
    terms = replace(IWM.terms, margin_hedged=0.5, swap=Swap(mode=1, long=-3.25, short=1.5, triple=3))
    info = symbol_info(
        A,
        replace(IWM, terms=terms),
        ms("2018-12-26T15:30"),
        select=False,
        visible=False,
        tick_values=(0.01, 0.01, 0.01),
    )
    assert (info.margin_hedged, info.swap_mode, info.swap_long, info.swap_short) == (0.5, 1, -3.25, 1.5)
    assert info.swap_rollover3days == 3


def test_facts_have_the_package_s_types() -> None:
    for select in (True, False):
        info = symbol_info(
            E, US2000, ms("2018-12-26T15:30"), select=select, visible=select, tick_values=(0.1, 0.1, 0.1)
        )
        assert len(info) == 96
        for name, value in info._asdict().items():
            assert type(value) in {bool, int, float, str}, name
        assert [type(info[place]) for place in (0, 2, 3, 10, 12, 16)] == [bool, bool, bool, int, int, int]
        for name in ("bid", "asklow", "session_open", "session_close", "price_change", "volume_limit"):
            assert type(info._asdict()[name]) is float
        assert type(info.path) is str


def test_a_symbol_that_is_not_selected_has_facts_but_no_quotes() -> None:
    found = facts("A", "IWM.US", "2018-12-26T15:30", select=False, visible=False)
    quotes = ("time", "spread", "bid", "bidhigh", "bidlow", "ask", "askhigh", "asklow")
    assert not any(part(found, *quotes, "session_open", "session_close", "price_change"))
    assert part(found, "select", "visible", "trade_contract_size", "trade_tick_value") == (
        False,
        False,
        1,
        0.5,
    )


def test_facts_say_how_the_day_has_gone() -> None:
    # IWM closed at 125.88 on the 24th. 126.28 132.10 125.81 131.93 on the 26th, spread 0.03.
    found = facts("A", "IWM.US", "2018-12-26T21:00")
    assert part(found, "bid", "bidhigh", "bidlow") == (131.93, 132.10, 125.81)
    assert part(found, "ask", "askhigh", "asklow") == (131.96, 132.13, 125.84)
    assert part(found, "session_open", "session_close", "spread") == (126.28, 125.88, 3)
    assert found["price_change"] == 4.8062  # 131.93 / 125.88 = 1.0480616
    assert found["time"] == stamp("2018-12-26T22:59:59")
    early = facts("A", "IWM.US", "2018-12-26T14:30:01")
    assert part(early, "bid", "bidhigh", "bidlow", "session_close") == (126.28, 126.28, 126.28, 125.88)
    before = facts("A", "IWM.US", "2018-12-26T14:30")  # the last tick is of the 24th
    assert part(before, "bid", "session_open", "time") == (125.88, 127.73, stamp("2018-12-24T19:59:59"))


def test_on_the_first_day_there_is_no_close_before() -> None:
    found = facts("A", "IWM.US", "2016-10-03T20:00")
    assert part(found, "session_open", "session_close", "price_change") == (123.83, 0.0, 0.0)


def test_round_the_clock_the_day_before_ends_at_the_server_s_midnight() -> None:
    found = facts("E", "US2000", "2018-12-27T15:00")
    midnight = quote(US2000, ms("2018-12-26T22:00"))  # 17:00 in New York
    assert found["session_close"] == midnight.bid != 1319.3
    assert part(found, "digits", "spread") == (1, 3)


@pytest.mark.parametrize(
    ("at", "mode"),
    [
        ("2018-12-26T20:49:59.999", FULL),
        ("2018-12-26T20:50", CLOSEONLY),
        ("2018-12-26T20:59:59.999", CLOSEONLY),
        ("2018-12-26T21:00", FULL),
        ("2018-12-24T17:55", CLOSEONLY),  # the exchange closed at 13:00 in New York, 18:00 UTC
        ("2018-12-24T20:55", FULL),
        ("2018-12-25T20:55", FULL),
        ("2018-07-05T19:52", CLOSEONLY),  # summer time: the close is at 20:00 UTC
    ],
)
def test_only_in_the_last_minutes_of_a_session_only_closing_is_taken(at: str, mode: int) -> None:
    assert facts("D", "IWM.NYSE", at)["trade_mode"] == mode
    assert facts("D", "EURUSD", at)["trade_mode"] == FULL
    assert facts("A", "IWM.US", at)["trade_mode"] == FULL


def test_a_trade_mode_can_be_named() -> None:
    assert facts("D", "IWM.NYSE", "2018-12-26T20:55", trade_mode=0)["trade_mode"] == 0
    assert facts("A", "IWM.US", "2018-12-26T15:30", trade_mode=1)["trade_mode"] == 1


def test_ticks_are_the_package_s_records_and_read_only() -> None:
    ticks = ticks_from(A, IWM, ms("2018-12-26T15:30"), stamp("2018-12-26T17:00"), 3, COPY_TICKS_ALL)
    fields = ticks.dtype.fields
    assert fields is not None
    assert [(name, fields[name][0].str, fields[name][1]) for name in ticks.dtype.names or ()] == [
        ("time", "<i8", 0),
        ("bid", "<f8", 8),
        ("ask", "<f8", 16),
        ("last", "<f8", 24),
        ("volume", "<u8", 32),
        ("time_msc", "<i8", 40),
        ("flags", "<u4", 48),
        ("volume_real", "<f8", 52),
    ]
    assert ticks.dtype.itemsize == 60
    with pytest.raises(ValueError, match="read-only"):
        ticks["bid"][0] = 1.0


def test_ticks_from_begins_at_a_stamp() -> None:
    at_ms = ms("2018-12-26T15:30")
    # IWM ticks 370 ms after each even second from 14:30:00 UTC, which is 16:30:00 on the server.
    ticks = ticks_from(A, IWM, at_ms, stamp("2018-12-26T16:30:01"), 3, COPY_TICKS_ALL)
    opens = stamp("2018-12-26T16:30:00") * 1000
    assert ticks["time_msc"].tolist() == [opens + 2370, opens + 4370, opens + 6370]
    assert ticks["time"].tolist() == [opens // 1000 + 2, opens // 1000 + 4, opens // 1000 + 6]
    # The closing tick of the 24th and the first two of the 26th.
    over = ticks_from(A, IWM, at_ms, stamp("2018-12-24T19:59:59"), 3, COPY_TICKS_INFO)
    assert over["time_msc"].tolist() == [stamp("2018-12-24T19:59:59") * 1000 + 590, opens + 370, opens + 2370]
    assert over["bid"].tolist()[:2] == [125.88, 126.28]
    assert (over["ask"] - over["bid"]).round(10).tolist() == [0.03] * 3
    assert set(over["flags"].tolist()) == {6}


def test_ticks_range_takes_both_ends() -> None:
    at_ms, opens = ms("2018-12-26T15:30"), stamp("2018-12-26T16:30:00")
    ticks = ticks_range(A, IWM, at_ms, opens, opens + 5, COPY_TICKS_ALL)
    assert (ticks["time_msc"] - opens * 1000).tolist() == [370, 2370, 4370]
    assert len(ticks_range(A, IWM, at_ms, opens + 1, opens + 2, COPY_TICKS_ALL)) == 0
    assert len(ticks_range(A, IWM, at_ms, opens + 5, opens, COPY_TICKS_ALL)) == 0


def test_there_are_no_ticks_of_the_future_and_none_of_trades() -> None:
    at_ms, opens = ms("2018-12-26T15:30"), stamp("2018-12-26T16:30:00")
    ticks = ticks_from(A, IWM, at_ms, opens, 1_000_000, COPY_TICKS_ALL)
    assert len(ticks) == 1800  # an hour, one every 2 s
    assert ticks["time_msc"][-1] == opens * 1000 + 3_598_370
    assert len(ticks_range(A, IWM, at_ms, opens + 3600, opens + 9999, COPY_TICKS_ALL)) == 0
    for empty in (
        ticks_from(A, IWM, at_ms, opens, 9, COPY_TICKS_TRADE),
        ticks_range(A, IWM, at_ms, opens, opens + 9, COPY_TICKS_TRADE),
        ticks_from(A, IWM, at_ms, opens + 3600, 9, COPY_TICKS_ALL),
        ticks_from(A, IWM, ms("2010-01-01"), 0, 9, COPY_TICKS_ALL),
    ):
        assert len(empty) == 0
        assert empty.dtype == ticks.dtype
        assert not empty.flags.writeable


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(PLAYED)),
    seconds=st.integers(0, 800 * 86_400),
    back=st.integers(0, 4 * 86_400),
)
def test_the_last_of_the_ticks_is_the_tick(name: str, seconds: int, back: int) -> None:
    broker, contract = PLAYED[name]
    at_ms = ms("2016-10-04T00:00") + seconds * 1000 + 123
    now = tick(broker, contract, at_ms)
    ticks = ticks_range(broker, contract, at_ms, now.time - back, now.time + 10**6, COPY_TICKS_ALL)
    last = ticks[-1].item()
    assert last == (now.time, now.bid, now.ask, 0.0, 0, now.time_msc, 6, 0.0)
    assert (np.diff(ticks["time_msc"]) > 0).all()
    assert now.time - back <= ticks["time"][0]


@pytest.mark.parametrize("letter", "ABCDEF")
def test_every_price_of_every_symbol_is_whole_points(letter: str) -> None:
    broker = profile(letter)
    for contract in broker.contracts.values():
        for at_ms in range(ms("2018-12-10"), ms("2018-12-31"), 9_999_991):
            now = quote(contract, at_ms)
            for price in (now.bid, now.ask):
                assert price == round(price, contract.terms.digits), contract.name
            assert now.ask > now.bid > 0
