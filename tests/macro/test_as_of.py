"""What had been published of a series by a session: nothing that came later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from assistant.core.market import Series
from assistant.macro import as_of
from assistant.macro.tables import from_csv
from tests.macro.server import recorded

DAYS = st.dates(date(2017, 12, 1), date(2018, 2, 1))


@st.composite
def a_series(draw: st.DrawFn) -> Series:
    days = sorted(draw(st.sets(DAYS, max_size=40)))
    values = tuple((day, draw(st.floats(-5, 5))) for day in days)
    return Series("X", values, draw(st.integers(0, 12)), 10, "FRED")


def test_initial_claims_of_a_saturday_are_known_on_the_thursday_after() -> None:
    claims = Series("ICSA", from_csv(recorded("ICSA.csv"), "ICSA", "x"), 5, 21, "FRED")
    saturday, thursday = date(2018, 12, 22), date(2018, 12, 27)
    assert as_of(claims, thursday - timedelta(days=1)).values[-1] == (date(2018, 12, 15), 217000.0)
    assert as_of(claims, thursday).values[-1] == (saturday, 228000.0)


def test_a_cut_changes_nothing_but_the_values() -> None:
    series = Series("X", ((date(2018, 1, 2), 1.0), (date(2018, 1, 3), 2.0)), 1, 10, "FRED")
    assert as_of(series, date(2018, 1, 3)) == replace(series, values=((date(2018, 1, 2), 1.0),))
    assert as_of(series, date(2018, 1, 4)) == series
    assert as_of(series, date(2018, 1, 2)).values == ()


@given(a_series(), DAYS)
def test_no_observation_of_a_later_publication_is_returned_and_none_of_an_earlier_one_is_left_out(
    series: Series, session: date
) -> None:
    published = [(day, value) for day, value in series.values if day + timedelta(days=series.lag) <= session]
    assert list(as_of(series, session).values) == published


@given(a_series(), DAYS, st.integers(0, 60))
def test_a_cut_is_the_same_whatever_is_published_later(series: Series, session: date, later: int) -> None:
    then = as_of(series, session + timedelta(days=later))
    assert as_of(then, session) == as_of(series, session)
    more = replace(series, values=(*then.values, (session + timedelta(days=1), 99.0)))
    if not then.values or then.values[-1][0] <= session:
        assert as_of(more, session) == as_of(series, session)
