from dataclasses import replace
from datetime import date, timedelta

import pytest

from assistant.core.history import Given
from assistant.core.logbook import Logbook
from assistant.core.market import Bar
from assistant.core.multiplier import regime_now
from assistant.core.reviewed import RegimeDay
from assistant.core.year import year
from tests.core.builders import FOLD, VOLATILITY
from tests.core.logbooks import a_book

# From Friday 2018-12-07 on; SPY at 160 all the time.
DAYS = tuple(date(2018, 12, 7) + timedelta(days=n) for n in (0, 3, 4, 5, 6, 7))


def of(*numerators: float) -> Logbook:
    closes = tuple((day, one, 160.0) for day, one in zip(DAYS, numerators, strict=False))
    return a_book(legs=("IWM", "SPY"), closes=closes)


def test_averages_band_and_stance_stand_as_after_each_close() -> None:
    # fast 2, slow 3, a band of 0.02, two closes beyond it turn, four sessions are needed
    found = year(of(80.0, 80.0, 80.0, 76.0, 72.0, 68.0), FOLD)
    assert [one.session for one in found] == list(DAYS)
    assert found[0] == RegimeDay(DAYS[0], 0.5, None, None, "UNKNOWN", None, None)
    assert found[2] == RegimeDay(
        DAYS[2], 0.5, 0.5, 0.5, "UNKNOWN", 0.51, 0.49
    )  # 0.5 x 1.02, 0.5 x 0.98; three of four sessions
    # 0.5, 0.5, 0.475: fast 0.4875, slow 0.491667, distance -0.0085
    assert found[3].fast == pytest.approx(0.4875)
    assert found[3].slow == pytest.approx(0.491667, abs=1e-6)
    assert found[3].stance == "NEUTRAL"
    # 0.5, 0.475, 0.45: fast 0.4625, slow 0.475, distance -0.0263: the first close beyond the band
    assert found[4].stance == "NEUTRAL"
    # 0.475, 0.45, 0.425: fast 0.4375, slow 0.45, distance -0.0278: the second one
    assert found[5].stance == "RISK_OFF"
    assert found[5].lower == pytest.approx(0.441)  # 0.45 x 0.98
    assert found[5].upper == pytest.approx(0.459)


def test_the_session_itself_and_later_ones_play_no_part() -> None:
    book = of(80.0, 80.0, 80.0, 74.0, 68.0)
    later = ((book.session, 73.0, 160.0), (date(2018, 12, 21), 74.0, 160.0))
    assert year(replace(book, closes=(*book.closes, *later)), FOLD) == year(book, FOLD)
    assert year(replace(book, closes=book.closes[::-1]), FOLD) == year(book, FOLD)


def test_without_legs_or_closes_there_is_no_year() -> None:
    assert year(a_book(), FOLD) == ()
    assert year(a_book(legs=("IWM", "SPY")), FOLD) == ()


def test_a_close_that_is_a_bad_print_has_no_place() -> None:
    # 80 -> 20 -> 80: a fall by three quarters that comes back at once
    found = year(of(80.0, 80.0, 20.0, 80.0, 80.0, 80.0), FOLD)
    assert [one.session for one in found] == [*DAYS[:2], *DAYS[3:]]


def test_a_hole_makes_the_stance_unknown_from_then_on() -> None:
    book = of(80.0, 80.0, 80.0, 80.0, 80.0, 80.0)
    assert [one.stance for one in year(book, FOLD)] == ["UNKNOWN"] * 3 + ["NEUTRAL"] * 3  # four are needed

    def early(count: int) -> list[str]:
        before = tuple((day - timedelta(days=20), one, other) for day, one, other in book.closes[:count])
        found = year(replace(book, closes=(*before, *book.closes[count:])), FOLD)
        return [one.stance for one in found]

    assert early(3) == ["UNKNOWN"] * 6  # the last four reach over the hole
    assert early(4) == [*["UNKNOWN"] * 3, "NEUTRAL", "UNKNOWN", "UNKNOWN"]  # known before it
    assert early(2) == [*["UNKNOWN"] * 5, "NEUTRAL"]  # four after it


def test_a_year_has_252_sessions_and_the_stance_of_the_live_code() -> None:
    days = [date(2017, 6, 1) + timedelta(days=n) for n in range(400)]
    weekdays = [day for day in days if day.weekday() < 5]
    closes = tuple((day, 80.0 * 1.045 ** abs(n % 12 - 6), 160.0) for n, day in enumerate(weekdays))
    book = replace(a_book(legs=("IWM", "SPY"), closes=closes), session=date(2018, 12, 20))
    found = year(book, FOLD)
    assert len(found) == 252
    assert found[-1].session == weekdays[-1]
    for place in (-1, -2, -5, -11, -252):
        known = closes[: len(closes) + place + 1]
        bars = {
            "IWM": tuple(Bar(when, price, price, price, price) for when, price, _ in known),
            "SPY": tuple(Bar(when, price, price, price, price) for when, _, price in known),
        }
        live = regime_now(Given(bars), FOLD, VOLATILITY).regime
        assert found[place].stance == live.stance
        assert found[place].slow == pytest.approx(live.average)
        assert found[place].lower == pytest.approx(live.edge)
    assert len({one.stance for one in found}) > 1
