"""Windows in which something is forbidden, and how much may be open."""

from datetime import UTC, datetime, time, timedelta
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from assistant.core.firm_day import Cutoff
from assistant.core.floors import Finding
from assistant.core.market import Unknown
from assistant.core.order_rules import (
    About,
    Act,
    Every,
    Exposure,
    ExposureCap,
    Manner,
    OrderRule,
    Per,
    RateLimit,
    Window,
    forbidden,
)

NEWS = datetime(2026, 6, 10, 12, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHICAGO = ZoneInfo("America/Chicago")
OPEN = frozenset({Act.OPEN})


def window(about: About = About.NEWS, **others: Any) -> Window:  # noqa: ANN401
    return Window(**{"about": about, "forbids": (Act.OPEN,), "before": 2.0, "after": 5.0, **others})


@pytest.mark.parametrize(
    ("apart", "acts"),
    [
        (timedelta(minutes=-2), OPEN),
        (timedelta(minutes=-2) - SECOND, frozenset()),
        (timedelta(minutes=5), OPEN),
        (timedelta(minutes=5) + SECOND, frozenset()),
    ],
)
def test_a_window_holds_its_minutes_before_and_after(apart: timedelta, acts: frozenset[Act]) -> None:
    other = NEWS - timedelta(hours=5)
    assert window().acts(NEWS + apart, [(other, other), (NEWS, NEWS)]) == acts


def test_without_a_calendar_nothing_is_certified_unless_the_firm_allows_everything() -> None:
    lost = Unknown("no calendar")
    assert window().acts(NEWS, lost) == lost
    assert Window(about=About.NEWS, allowed=True).acts(NEWS, lost) == frozenset()


def test_two_readings_forbid_what_either_forbids() -> None:
    one, other = OPEN, frozenset({Act.PENDING_FILL})
    assert forbidden([one, other]) == frozenset({Act.OPEN, Act.PENDING_FILL})
    assert forbidden([one, Unknown("no calendar"), other]) == Unknown("no calendar")


def test_flat_by_a_time_lasts_until_the_firm_s_day_ends() -> None:
    flat = window(About.FLAT, forbids=(Act.HOLD,), flat_from=Cutoff(time(15, 10), CHICAGO), before=0.0)
    day = Cutoff(time(17), CHICAGO)
    # In June Chicago is UTC-5: 15:10 is 20:10 UTC, 17:00 is 22:00 UTC.
    spans = flat.flat_span(datetime(2026, 6, 10, 21, tzinfo=UTC), day)
    assert spans == (datetime(2026, 6, 10, 20, 10, tzinfo=UTC), datetime(2026, 6, 10, 22, tzinfo=UTC))
    assert flat.flat_span(datetime(2026, 6, 11, 12, tzinfo=UTC), day) == spans


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 6, 12, 21, tzinfo=UTC),  # Friday 16:00 in Chicago
        datetime(2026, 6, 14, 12, tzinfo=UTC),  # Sunday
        datetime(2026, 6, 19, 20, 59, tzinfo=UTC),  # a minute before the next one
    ],
)
def test_flat_by_friday_lasts_over_the_weekend(at: datetime) -> None:
    flat = window(
        About.FLAT, forbids=(Act.HOLD,), flat_from=Cutoff(time(16), CHICAGO), every=Every.FRIDAY, after=0.0
    )
    begun, ended = flat.flat_span(at, Cutoff(time(16), CHICAGO))
    assert begun == datetime(2026, 6, 12, 21, tzinfo=UTC)
    assert ended == datetime(2026, 6, 15, 5, tzinfo=UTC)  # midnight before Monday, in Chicago
    assert flat.acts(at, [(begun, ended)]) == (frozenset({Act.HOLD}) if at <= ended else frozenset())


def test_windows_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="contradict"):
        window(allowed=True)
    with pytest.raises(ValueError, match="contradict"):
        window(forbids=())
    with pytest.raises(ValueError, match="flat_from is for"):
        window(About.FLAT)
    with pytest.raises(ValueError, match="flat_from is for"):
        window(flat_from=Cutoff(time(16), CHICAGO))
    with pytest.raises(ValueError, match="no flat span"):
        window().flat_span(NEWS, Cutoff(time(16), CHICAGO))


def test_the_most_is_of_the_class_or_of_the_size_before_the_general_one() -> None:
    lots = ExposureCap(
        what=Exposure.LOTS_PER_ORDER,
        per=Per.ORDER,
        most=20.0,
        by_class={"crypto": 1.0},
        by_size={5000.0: 3.0},
    )
    assert lots.find(20.0, "fx", 100_000) == Finding(20.0, 20.0, 0.0, kept=True)
    assert lots.find(1.5, "crypto", 100_000) == Finding(1.5, 1.0, -0.5, kept=False)
    assert lots.find(4.0, "fx", 5000) == Finding(4.0, 3.0, -1.0, kept=False)


def test_a_class_of_which_nothing_is_published_is_not_certified() -> None:
    leverage = ExposureCap(what=Exposure.LEVERAGE, per=Per.ACCOUNT, by_class={"fx_major": 50.0})
    assert leverage.find(3.0, "equities", 20_000) == Unknown(
        "no leverage is published for equities at an account size of 20000"
    )


@pytest.mark.parametrize(
    ("manner", "value", "measured", "finding"),
    [
        (Manner.STOP_WITHIN, 180, 170, Finding(170, 180, 10, kept=True)),
        (Manner.STOP_WITHIN, 180, inf, Finding(inf, 180, -inf, kept=False)),
        (Manner.HOLD_AT_LEAST, 60, 59, Finding(59, 60, -1, kept=False)),
        (Manner.PROFIT_PER_SHARE, 0.25, 0.25, Finding(0.25, 0.25, 0, kept=True)),
    ],
)
def test_a_stop_must_come_in_time_and_the_rest_must_be_enough(
    manner: Manner, value: float, measured: float, finding: Finding
) -> None:
    assert OrderRule(manner=manner, value=value).find(measured) == finding


def test_what_was_not_measured_is_not_kept() -> None:
    rule = OrderRule(manner=Manner.HOLD_AT_LEAST, value=60)
    assert rule.find(None) == Unknown("min_hold_seconds was not measured")


def test_requests_are_counted_up_to_the_most() -> None:
    assert RateLimit(most=2000).find(2000) == Finding(2000, 2000, 0, kept=True)
    assert RateLimit(most=2000).find(2001) == Finding(2001, 2000, -1, kept=False)
