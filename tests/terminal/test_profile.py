"""The brokers that the paper terminal plays: their terms, and their clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.terminal.profile import letters, profile, server_ms, utc_ms
from assistant.terminal.recording import SYMBOLS

NEW_YORK, ATHENS = ZoneInfo("America/New_York"), ZoneInfo("Europe/Athens")


def ms(text: str) -> int:
    """Epoch ms of wall-clock digits, or of a UTC instant."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_there_are_six_brokers_and_a_seventh_is_refused_by_naming_them() -> None:
    assert letters() == ("A", "B", "C", "D", "E", "F")
    assert profile("b") is profile("B")
    assert profile().letter == "A"
    with pytest.raises(ValueError, match=r"profile was 'G'; expected one of A, B, C, D, E, F"):
        profile("G")


def test_a_broker_names_the_symbols_in_its_own_way() -> None:
    names = ["IWM.US", "#IWM", "IWM", "IWM.NYSE", None, "IWM.ETF"]
    assert [profile(letter).named("IWM") for letter in "ABCDEF"] == names
    for letter in "ABCDF":
        played = {contract.plays for contract in profile(letter).contracts.values()}
        assert played - {"EURUSD"} == set(SYMBOLS)


def test_an_account_in_another_currency_has_the_cross_hidden() -> None:
    for letter in letters():
        broker = profile(letter)
        hidden = [one.name for one in broker.contracts.values() if one.terms.hidden]
        assert hidden == ([] if broker.account.currency == "USD" else ["EURUSD"])
    euro = profile("D").contracts["EURUSD"]
    assert (euro.base, euro.profit, euro.margin, euro.terms.mode) == ("EUR", "USD", "EUR", 0)
    assert (euro.terms.point, euro.terms.contract_size) == (0.00001, 100_000)


def test_an_index_is_no_fund() -> None:
    index = profile("E").contracts["US2000"]
    assert (index.isin, index.path, index.base) == ("", "Indices\\US2000", "USD")
    assert index.terms.point == 0.1
    fund = profile("C").contracts["IWM"]
    assert (fund.isin, fund.path, fund.terms.point) == ("US4642876555", "ETFs\\US\\IWM", 0.01)


# Summer time in New York: 2018-03-11 to 2018-11-04; in Athens: 2018-03-25 to 2018-10-28.
@pytest.mark.parametrize(
    ("utc", "new_york", "athens"),
    [
        ("2018-03-09T14:30", "2018-03-09T16:30", "2018-03-09T16:30"),  # both in winter time
        ("2018-03-12T13:30", "2018-03-12T16:30", "2018-03-12T15:30"),  # New York alone in summer time
        ("2018-03-23T20:00", "2018-03-23T23:00", "2018-03-23T22:00"),
        ("2018-03-26T13:30", "2018-03-26T16:30", "2018-03-26T16:30"),  # both in summer time
        ("2018-10-26T20:00", "2018-10-26T23:00", "2018-10-26T23:00"),
        ("2018-10-29T13:30", "2018-10-29T16:30", "2018-10-29T15:30"),  # New York alone
        ("2018-11-02T20:00", "2018-11-02T23:00", "2018-11-02T22:00"),
        ("2018-11-05T14:30", "2018-11-05T16:30", "2018-11-05T16:30"),  # both in winter time
        ("2018-03-11T06:59:59", "2018-03-11T08:59:59", "2018-03-11T08:59:59"),  # the last second of winter
        ("2018-03-11T07:00", "2018-03-11T10:00", "2018-03-11T09:00"),  # 03:00 in New York
        ("2018-10-28T00:59:59", "2018-10-28T03:59:59", "2018-10-28T03:59:59"),
        ("2018-10-28T01:00", "2018-10-28T04:00", "2018-10-28T03:00"),  # Athens is set back
    ],
)
def test_a_server_shows_its_own_clock(utc: str, new_york: str, athens: str) -> None:
    assert server_ms(profile("A"), ms(utc)) == ms(new_york)
    assert server_ms(profile("D"), ms(utc)) == ms(athens)
    assert server_ms(replace(profile("A"), clock="UTC"), ms(utc)) == ms(utc)


def test_of_an_hour_that_comes_twice_the_first_is_taken() -> None:
    # 03:30 in Athens on 2018-10-28 is 00:30 UTC in summer time, and 01:30 UTC in winter time.
    assert utc_ms(profile("B"), ms("2018-10-28T03:30")) == ms("2018-10-28T00:30")
    # 01:30 in New York on 2018-11-04 is 08:30 on the server: 05:30 UTC in summer time.
    assert utc_ms(profile("A"), ms("2018-11-04T08:30")) == ms("2018-11-04T05:30")


def test_an_hour_that_is_skipped_is_read_as_if_the_clock_had_not_been_set() -> None:
    # 02:30 in New York on 2018-03-11 is no time: 09:30 on the server, in winter time 07:30 UTC.
    assert utc_ms(profile("A"), ms("2018-03-11T09:30")) == ms("2018-03-11T07:30")


@given(
    at=st.datetimes(datetime(1995, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 -- hypothesis adds the zone
    letter=st.sampled_from("AD"),
)
def test_the_clock_is_the_zone_s_digits_and_comes_back(at: datetime, letter: str) -> None:
    broker, at_ms = profile(letter), round(at.timestamp() * 1000)
    zone, ahead = (NEW_YORK, 7) if letter == "A" else (ATHENS, 0)
    local = at.astimezone(zone)
    digits = local.replace(tzinfo=UTC) + timedelta(hours=ahead)
    assert abs(server_ms(broker, at_ms) - digits.timestamp() * 1000) < 1
    back = utc_ms(broker, server_ms(broker, at_ms))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    assert back == at_ms or (twice and back == at_ms - 3_600_000)


def test_a_clock_may_be_any_zone() -> None:
    kolkata = replace(profile("A"), clock="Asia/Kolkata")
    shown = datetime(2018, 12, 26, 15, 30, tzinfo=UTC).astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert server_ms(kolkata, ms("2018-12-26T15:30")) == ms(shown.replace(tzinfo=None).isoformat())
