"""Values of the core as JSON and back: the same to the last digit and type."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.core.firm_day import Cutoff
from assistant.core.fold import Kept
from assistant.core.market import Bar, Fill, Quote, Series, Side, Unknown
from assistant.outputs.codec import Decoder, Encoder

AT = datetime(2018, 12, 26, 14, 30, 0, 250_000, tzinfo=UTC)
instants = st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(fold=0))  # there is none in UTC
numbers = st.floats(allow_nan=False) | st.integers(-(2**63), 2**63 - 1)
leaves = (
    numbers
    | st.none()
    | st.booleans()
    | st.text()
    | st.sampled_from(Side)
    | st.dates()
    | instants
    | st.timedeltas()
)
facts = (
    st.builds(Quote, numbers, numbers, instants)
    | st.builds(Bar, st.dates(), numbers, numbers, numbers, numbers)
    | st.builds(Fill, st.text(), st.sampled_from(Side), numbers, numbers)
    | st.builds(Kept, st.integers(-1, 1), st.dates())
    | st.builds(Unknown, st.text())
)
rows = st.lists(st.builds(Bar, st.dates(), numbers, numbers, numbers, numbers), min_size=8, max_size=12)
values = st.recursive(
    leaves | facts | rows | rows.map(tuple),
    lambda inner: (
        st.lists(inner, max_size=12)
        | st.lists(inner, max_size=12).map(tuple)
        | st.dictionaries(leaves, inner, max_size=4)
    ),
    max_leaves=20,
)


def again(*given: object) -> list[object]:
    """Values written by one encoder and read by one decoder, through the bytes of JSON."""
    encoder, decoder = Encoder(), Decoder()
    lines = [orjson.dumps(encoder.encode(one)) for one in given]
    return [decoder.decode(json.loads(line)) for line in lines]


@given(values)
@example(-0.0)
@example([True, 1, 1.0])
@example(float("inf"))
@example(5e-324)
@example(tuple((date(2018, 12, 1 + n), n / 7) for n in range(9)))
@example([Bar(date(2018, 12, 3), 1, 2.0, 3, 4.0)] * 9)
@example(["r", 1, ["T", "c"], {"t": "d"}])
def test_what_is_read_back_is_what_was_written_to_the_last_digit_and_type(value: object) -> None:
    (found,) = again(value)
    assert repr(found) == repr(value)  # which tells 1 from 1.0 and True, and 0.0 from -0.0


def test_what_a_firms_program_is_made_of_is_read_back() -> None:
    cutoff = Cutoff(time(17), ZoneInfo("America/New_York"))
    assert again(cutoff, frozenset({3, 1}), timedelta(seconds=90)) == [
        cutoff,
        frozenset({1, 3}),
        timedelta(seconds=90),
    ]


def test_what_was_one_object_is_one_again_over_all_that_one_encoder_wrote() -> None:
    bars = tuple(Bar(date(2018, 12, 1 + n), n, n, n, n / 3) for n in range(9))
    quote = Quote(1.5, 1.6, AT)
    first, second, third, fourth = again({"IWM": bars}, bars, [quote, quote], [bars[4]])
    assert isinstance(first, dict)
    assert isinstance(third, list)
    assert isinstance(fourth, list)
    assert first["IWM"] is second
    assert third[0] is third[1]
    assert isinstance(first["IWM"], tuple)
    assert fourth[0] is first["IWM"][4]


def test_many_facts_of_one_type_are_told_by_columns() -> None:
    series = Series("X", tuple((date(2018, 1, 1) + timedelta(n), n / 4) for n in range(8)), 1, 9, "by hand")
    day = date(2018, 1, 1).toordinal()
    assert Encoder().encode(series) == [
        "market.Series",
        "X",
        ["c", "t", "t", ["D", *range(day, day + 8)], ["", *[n / 4 for n in range(8)]]],
        *(1, 9, "by hand"),
    ]


def test_a_type_that_the_core_has_not_cannot_be_put_on_record() -> None:
    with pytest.raises(TypeError, match=r"^a builtins.complex cannot be put on record$"):
        Encoder().encode([1j])


@pytest.mark.parametrize(
    "told",
    [
        [],
        ["os.system", "true"],
        ["codec.Decoder"],
        ["market.Quote", 1.0],
        ["market.Side", "buy"],
        ["E", "market.Side", "hold"],
        ["E", "market.Quote", 1],
        ["r", 0],
        ["r", -1],
        ["d", 1],
        ["T", "noon"],
        ["z", "../../etc/passwd"],
        ["c", "t", "market.Bar", ["D", 1]],
        {"t": 1},
    ],
)
def test_what_is_no_value_is_refused(told: object) -> None:
    with pytest.raises((LookupError, TypeError, ValueError, AttributeError)):
        Decoder().decode(told)
