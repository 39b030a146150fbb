"""What the trader is told about the ratio, in words with numbers."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.core.context import Context, Facts
from assistant.core.flags import flags, relative, supported_by
from assistant.core.fold import Close
from assistant.core.levels import ABOVE, BELOW, Break
from assistant.core.market import Role, Vote
from assistant.core.ratio import Trend
from assistant.core.regime import Stance
from tests.core.builders import FOLD, REGIME, day

LEGS = ("IWM", "SPY")
TREND = Trend(fast=0.52, slow=0.5, distance=0.04, noise=0.03, band=0.02)
NOTHING = Context(1.0, 1.0, 0, ())


def closed(
    ratios: Sequence[float], breaks: tuple[Break, ...] = (), trend: Trend | None = TREND
) -> list[Close]:
    days = [day(number) for number in range(1, len(ratios) + 1)]
    plain = [
        Close(day, ratio, trend, None, (), 1.0, 1.0, 3, NOTHING)
        for day, ratio in zip(days, ratios, strict=True)
    ]
    return [*plain[:-1], plain[-1]._replace(breaks=breaks)]


def told(closes: Sequence[Close], **columns: Sequence[float | None]) -> tuple[str, ...]:
    return flags(LEGS, closes, Facts([one.session for one in closes], columns, {}), FOLD)


def test_the_ratio_stands_above_or_below_its_averages() -> None:
    fast, slow = "its fast average (2 sessions)", "its slow average (3 sessions)"
    assert told(closed([0.53])) == (f"ratio above {fast}", f"ratio above {slow}")
    assert told(closed([0.51])) == (f"ratio below {fast}", f"ratio above {slow}")
    assert told(closed([0.49], trend=None)) == ()


def test_a_slope_beyond_two_standard_errors_is_told() -> None:
    settings = replace(FOLD, regime=replace(REGIME, fast=3, slow=4))
    for ratios, word in (([0.50, 0.51, 0.521], "ratio rising"), ([0.521, 0.51, 0.50], "ratio falling")):
        found = flags(LEGS, closed(ratios), Facts([day(n) for n in (1, 2, 3)], {}, {}), settings)
        assert found[0] == word
    zigzag = flags(LEGS, closed([0.5, 0.53, 0.5]), Facts([day(n) for n in (1, 2, 3)], {}, {}), settings)
    assert zigzag[0] == "ratio below its fast average (3 sessions)"


def test_breaks_are_told_with_state_line_and_day_the_band_and_the_range_first() -> None:
    breaks = (
        Break("trendline", BELOW, "confirmed", day(1), 0.5, 0.001, 3, None),
        Break("range", ABOVE, "false", day(2), 0.6, 0.0, 4, 6),
        Break("band", BELOW, "fresh", day(3), 0.48, 0.0, 5, None),
        Break("range", BELOW, "fresh", day(3), 0.47, 0.0, 5, None),
    )
    assert told(closed([0.53], breaks))[:4] == (
        f"fresh break below the band of {day(3)}",
        f"fresh break below its 3-session low of {day(3)}",
        f"false break above its 3-session high of {day(2)}",
        f"confirmed break below its trendline of {day(1)}",
    )


@pytest.mark.parametrize(
    ("last", "spy", "qqq", "flag"),
    [
        (0.49, 103.0, 99.0, "narrow rally: SPY +3.0 %, IWM/SPY -2.0 % in 4 sessions"),
        (0.49, 99.0, 206.0, "narrow rally: QQQ +3.0 %, IWM/SPY -2.0 % in 4 sessions"),
        (0.49, 103.0, 206.0, "narrow rally: SPY +3.0 %, QQQ +3.0 %, IWM/SPY -2.0 % in 4 sessions"),
        (0.49, 99.0, 199.0, None),
        (0.51, 103.0, 199.0, "broad rally: SPY +3.0 %, IWM/SPY +2.0 % in 4 sessions"),
        (0.51, 99.0, 206.0, None),
        (0.50, 103.0, 206.0, None),
    ],
)
def test_a_rally_is_narrow_while_the_ratio_falls_and_broad_while_it_rises(
    last: float, spy: float, qqq: float, flag: str | None
) -> None:
    qqqs = [200.0 if flag is None or "QQQ" in flag else None, 1.0, 1.0, 1.0, qqq]
    found = told(closed([0.5, 0.6, 0.6, 0.6, last]), SPY=[100.0, 1.0, 1.0, 1.0, spy], QQQ=qqqs)
    assert [one for one in found if "rally" in one] == ([flag] if flag else [])


def test_a_rally_needs_its_sessions() -> None:
    found = told(closed([0.5, 0.6, 0.6, 0.4]), SPY=[100.0, 1.0, 1.0, 103.0])
    assert not [one for one in found if "rally" in one]


def test_sectors_confirm_where_they_stand_on_the_same_side_of_their_own_average() -> None:
    # Fast 2, slow 3 against SPY at 1: XLF rises, XLI falls, XLY is flat (and so on no side).
    columns = {"SPY": [1.0] * 3, "XLF": [1.0, 1.0, 1.1], "XLI": [1.0, 1.0, 0.9], "XLY": [1.0] * 3}
    found = told(closed([0.5, 0.5, 0.5]), **columns)[-1]
    assert found == "1 of 3 sectors (XLF, XLI, XLY) trend with the ratio"
    down = closed([0.5, 0.5, 0.5], trend=TREND._replace(distance=-0.04))
    del columns["XLY"]
    assert told(down, **columns)[-1] == "1 of 2 sectors (XLF, XLI) trend with the ratio"
    both = columns | {"XLF": [1.0, 1.0, 0.9]}
    assert told(down, **both)[-1] == "2 of 2 sectors (XLF, XLI) trend with the ratio"


def test_a_symbol_without_history_has_no_trend_of_its_own() -> None:
    facts = Facts([day(1), day(2), day(3)], {"SPY": [1.0] * 3, "XLF": [1.0, 1.0, 1.1]}, {})
    assert relative("XLF", "SPY", facts, FOLD) is not None
    assert relative("XLI", "SPY", facts, FOLD) is None
    assert relative("XLF", "SPY", Facts([], {}, {}), FOLD) is None


@pytest.mark.parametrize(
    ("role", "stance", "trend", "supported"),
    [
        (Role.RISK_ON, Stance.RISK_ON, 0.01, ("stance", "credit", "own trend")),
        (Role.RISK_ON, Stance.RISK_OFF, -0.01, ("credit",)),
        (Role.DEFENSIVE, Stance.RISK_OFF, 0.01, ("stance", "rates", "own trend")),
        (Role.DEFENSIVE, Stance.NEUTRAL, None, ("rates",)),
        (Role.NEUTRAL, Stance.RISK_ON, 0.01, ("own trend",)),
        (Role.NEUTRAL, Stance.RISK_ON, 0.0, ()),
    ],
)
def test_a_long_position_is_supported_by_stance_votes_and_its_own_trend(
    role: Role, stance: Stance, trend: float | None, supported: tuple[str, ...]
) -> None:
    votes = [Vote(name, value, None, "", None) for name, value in (("credit", 1), ("rates", -1), ("fear", 0))]
    assert supported_by(role, stance, votes, trend) == supported
