"""The recorded prices: what any instant is answered."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal.recording import QUOTING, SYMBOLS, Recording, recording

DATA = Path(__file__).resolve().parents[2] / "assistant" / "data"
DAYS = ("2016-10-03", "2016-11-25", "2018-02-05", "2018-12-24", "2018-12-26", "2018-12-31")


def ms(text: str) -> int:
    """UTC epoch ms of an ISO instant."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def number(prices: Recording, day: str) -> int:
    """The place of a session."""
    return [session.day.isoformat() for session in prices.sessions].index(day)


def row(symbol: str, day: str) -> dict[str, Decimal]:
    """The recorded prices, as they stand in the file."""
    with (DATA / "daily" / f"{symbol}.csv").open(encoding="utf-8") as file:
        found = next(line for line in csv.DictReader(file) if line["date"] == day)
    return {name: Decimal(found[name]) for name in ("open", "high", "low", "close")}


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_the_ticks_of_a_session_have_the_recorded_open_high_low_and_close(symbol: str, day: str) -> None:
    prices = recording(symbol)
    bids = prices.path(number(prices, day)).bids
    recorded = row(symbol, day)
    assert bids[0] == (recorded["open"] * 100).to_integral_value(ROUND_HALF_UP)
    assert bids.max() == (recorded["high"] * 100).to_integral_value(ROUND_CEILING)
    assert bids.min() == (recorded["low"] * 100).to_integral_value(ROUND_FLOOR)
    assert bids[-1] == (recorded["close"] * 100).to_integral_value(ROUND_HALF_UP)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_no_tick_of_the_whole_recording_leaves_its_session_s_range(symbol: str) -> None:
    prices = recording(symbol)
    for place, session in enumerate(prices.sessions):
        bids = prices.path(place).bids
        found = (bids[0], bids.max(), bids.min(), bids[-1])
        assert found == (session.open, session.high, session.low, session.close), session.day


def test_a_rising_session_makes_its_low_first_and_a_falling_one_its_high() -> None:
    # IWM 2018-12-26: 126.28 to 131.93, low 125.81, high 132.10; 2018-12-24: 127.73 to 125.88.
    iwm = recording("IWM")
    rising = iwm.path(number(iwm, "2018-12-26")).bids
    assert np.flatnonzero(rising == 12581)[0] < np.flatnonzero(rising == 13210)[0]
    falling = iwm.path(number(iwm, "2018-12-24")).bids
    assert np.flatnonzero(falling == 12847)[0] < np.flatnonzero(falling == 12584)[0]


def test_high_and_low_are_one_tick_each() -> None:
    iwm = recording("IWM")
    bids = iwm.path(number(iwm, "2018-12-26")).bids
    assert [(bids == 13210).sum(), (bids == 12581).sum()] == [1, 1]


def test_a_recorded_price_between_two_cents_is_inside_the_range_that_is_quoted() -> None:
    for session in recording("SPY").sessions[:60]:
        recorded = row("SPY", session.day.isoformat())
        assert session.low <= recorded["low"] * 100 <= recorded["high"] * 100 <= session.high


def test_the_last_tick_is_the_close_and_comes_within_a_second_before_the_exchange_closes() -> None:
    for symbol in SYMBOLS:
        prices = recording(symbol)
        for day, closes in (("2018-12-24", "2018-12-24T18:00"), ("2018-12-26", "2018-12-26T21:00")):
            last = prices.quote(ms(closes))
            assert 0 < ms(closes) - last.time_ms <= 1000
            assert last.bid == float(row(symbol, day)["close"].quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_the_first_tick_is_the_open_and_comes_within_one_interval_after_the_exchange_opens() -> None:
    opens = ms("2018-12-26T14:30")
    for symbol in SYMBOLS:
        prices, quoting = recording(symbol), QUOTING[symbol]
        assert prices.quote(opens + quoting.phase_ms - 1).time_ms < ms("2018-12-24T18:00")
        first = prices.quote(opens + quoting.phase_ms)
        assert first.time_ms == opens + quoting.phase_ms
        assert first.bid == float(row(symbol, "2018-12-26")["open"])


def test_a_tick_stands_until_the_next_one() -> None:
    # IWM ticks every 2 s, 370 ms after the open: at 14:30:02.370, and again at 14:30:04.370.
    iwm, first = recording("IWM"), ms("2018-12-26T14:30") + 370
    assert iwm.quote(first + 1999).time_ms == first
    assert iwm.quote(first + 2000).time_ms == first + 2000
    assert iwm.quote(first + 3999).time_ms == first + 2000


def test_the_closing_tick_does_not_come_early() -> None:
    # XLF ticks every 3 s, 540 ms after the open: 20:59:57.540 is the last of the grid (silence begins at
    # 20:59:59), the closing tick comes 350 ms before 21:00.
    xlf, close = recording("XLF"), ms("2018-12-26T21:00")
    assert xlf.quote(close - 351).time_ms == close - 2460
    assert xlf.quote(close - 350).time_ms == close - 350
    # IEF's grid (every 5 s, phase 4.210 s) would tick at 20:59:59.210, in the silence; it closes at 59.310.
    ief = recording("IEF")
    assert ief.quote(close - 750).time_ms == close - 5790
    assert ief.quote(close - 691).time_ms == close - 5790
    assert ief.quote(close - 690).time_ms == close - 690


def test_outside_a_session_the_last_tick_stays() -> None:
    iwm = recording("IWM")
    evening, morning = iwm.quote(ms("2018-12-24T18:00")), iwm.quote(ms("2018-12-26T14:30"))
    assert evening == morning
    assert evening.bid == 125.88
    assert iwm.quote(ms("2030-01-01T00:00")).bid == 133.9  # the recording ends at 133.90


def test_the_spread_is_the_symbol_s_own() -> None:
    for symbol in SYMBOLS:
        quote = recording(symbol).quote(ms("2018-12-26T16:00"))
        assert round((quote.ask - quote.bid) * 100) == QUOTING[symbol].spread
        assert 2 <= QUOTING[symbol].spread <= 6


def test_no_two_symbols_tick_together() -> None:
    place = number(recording("IWM"), "2018-12-26")
    times = np.concatenate([recording(symbol).path(place).times_ms for symbol in SYMBOLS])
    assert len(np.unique(times)) == len(times)


def test_ticks_come_every_two_to_five_seconds() -> None:
    for symbol in SYMBOLS:
        times = recording(symbol).path(0).times_ms
        gaps = np.unique(np.diff(times)[:-1])  # without the closing tick, which stands alone
        assert len(gaps) == 1
        assert 2000 <= gaps[0] <= 5000


def test_before_the_first_tick_there_is_no_quote() -> None:
    iwm = recording("IWM")
    first = ms("2016-10-03T13:30") + 370  # summer time: the exchange opens at 13:30 UTC
    assert iwm.quote(first).bid == float(row("IWM", "2016-10-03")["open"].quantize(Decimal("0.01")))
    with pytest.raises(ValueError, match="first tick"):
        iwm.quote(first - 1)


@given(
    symbol=st.sampled_from(SYMBOLS),
    begins=st.integers(-200_000, 200_000),
    seconds=st.integers(0, 200_000),
)
def test_a_span_is_the_open_high_low_and_close_of_its_ticks(symbol: str, begins: int, seconds: int) -> None:
    prices = recording(symbol)
    first_ms = ms("2018-12-26T15:00") + begins * 1000 + 500
    last_ms = first_ms + seconds * 1000
    ticks: list[int] = []
    for place in range(number(prices, "2018-12-21"), number(prices, "2018-12-31") + 1):
        path = prices.path(place)
        pairs = zip(path.times_ms.tolist(), path.bids.tolist(), strict=True)
        ticks += [bid for time_ms, bid in pairs if first_ms <= time_ms <= last_ms]
    if ticks:
        wanted = (ticks[0], max(ticks), min(ticks), ticks[-1], len(ticks))
        assert prices.span(first_ms, last_ms) == wanted
    else:
        with pytest.raises(ValueError, match=f"{symbol} has no tick from"):
            prices.span(first_ms, last_ms)


def test_a_span_holds_the_ticks_at_both_its_ends() -> None:
    # IWM, 2018-12-26: 126.28 at 14:30:00.370, the next tick 2 s later.
    iwm, first = recording("IWM"), ms("2018-12-26T14:30") + 370
    assert iwm.span(first, first) == (12628, 12628, 12628, 12628, 1)
    assert [iwm.span(first, first + 2000).ticks, iwm.span(first, first + 1999).ticks] == [2, 1]
    assert [iwm.span(first + 2000, first + 4000).ticks, iwm.span(first + 2001, first + 4000).ticks] == [2, 1]


def test_a_whole_session_needs_no_path() -> None:
    iwm = Recording("IWM")
    day = number(iwm, "2018-12-26")
    # 14:30:00.370 to 21:00, every 2 s up to 20:59:58.370, and the closing tick: 11,700 + 1.
    assert iwm.span(ms("2018-12-26T00:00"), ms("2018-12-26T23:00")) == (12628, 13210, 12581, 13193, 11701)
    assert iwm.whole(day) == (12628, 13210, 12581, 13193, 11701)
    assert iwm.path.cache_info().misses == 0


def test_a_symbol_is_quoted_from_its_first_tick_to_before_the_close() -> None:
    iwm, first, close = recording("IWM"), ms("2018-12-26T14:30") + 370, ms("2018-12-26T21:00")
    asked = [first - 1, first, close - 1, close]
    assert [iwm.quoted(at_ms) for at_ms in asked] == [False, True, True, False]
    assert not iwm.quoted(ms("2016-10-03T13:29"))


@given(symbol=st.sampled_from(SYMBOLS), minutes=st.integers(0, 700_000))
def test_a_quote_is_never_of_the_future_and_does_not_depend_on_what_was_asked_before(
    symbol: str, minutes: int
) -> None:
    at_ms = ms("2017-06-01T00:00") + minutes * 60_000
    quote = recording(symbol).quote(at_ms)
    assert quote.time_ms <= at_ms
    assert Recording(symbol).quote(at_ms) == quote


def test_the_recorded_sessions_are_the_exchange_s() -> None:
    with (DATA / "sessions.csv").open(encoding="utf-8") as file:
        listed = [date.fromisoformat(line["date"]) for line in csv.DictReader(file)]
    wanted = [day for day in listed if date(2016, 10, 3) <= day <= date(2018, 12, 31)]
    for symbol in SYMBOLS:
        assert [session.day for session in recording(symbol).sessions] == wanted


def test_the_table_of_sessions_knows_the_days_that_were_special() -> None:
    with (DATA / "sessions.csv").open(encoding="utf-8") as file:
        closes = {line["date"]: line["close_utc"] for line in csv.DictReader(file)}
    attack = [(date(2001, 9, 11) + timedelta(days=days)).isoformat() for days in range(4)]
    for closed in (*attack, "2007-01-02", "2012-10-29", "2012-10-30", "2018-12-05", "2025-01-09"):
        assert closed not in closes
    assert closes["2018-12-24"] == "18:00"
    assert closes["2026-11-27"] == "18:00"  # 13:00 in New York
    assert closes["2018-07-05"] == "20:00"  # summer time
    assert (min(closes), max(closes)) == ("2000-01-03", "2028-12-29")
