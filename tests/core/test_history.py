"""From bars as read to the ratio of a pair and what the votes may look at."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core.context import Level, Reading, reading_values
from assistant.core.history import Given, history, hole, remarks
from assistant.core.market import Bar, Imported, Series, Unknown
from assistant.core.multiplier import regime_now
from tests.core.answers import bar
from tests.core.builders import FOLD, VOLATILITY, closes, day

LEGS = ("IWM", "SPY")


def imported(first: int, count: int, close: float, file: str) -> Imported:
    return Imported(tuple(bar(day(first + number), close) for number in range(count)), file, "0" * 64)


def own(first: int, count: int, close: float) -> Sequence[Bar]:
    return imported(first, count, close, "").bars


def test_the_ratio_is_close_by_close_on_the_sessions_of_both_legs() -> None:
    found = history(LEGS, Given({"IWM": closes(10.0, 11.0, 12.0), "SPY": closes(20.0, 22.0, 24.0, 25.0)}))
    assert found.ratios == ((day(1), 0.5), (day(2), 0.5), (day(3), 0.5))
    assert (found.last, found.source, found.oddities, found.doubts) == (day(3), "terminal", (), ())
    assert found.lacking == ((day(4), "IWM"),)
    assert list(remarks(found, 100)) == [f"IWM has no close of {day(4)}: the ratio passes over it"]


def test_a_session_that_one_leg_lacks_is_told_while_it_is_among_the_last() -> None:
    spy = [one for one in closes(20.0, 22.0, 24.0, 25.0, 26.0) if one.session not in (day(2), day(3))]
    found = history(LEGS, Given({"IWM": closes(10.0, 11.0, 12.0, 12.0, 12.0), "SPY": spy}))
    assert [session for session, _ in found.ratios] == [day(1), day(4), day(5)]
    assert list(remarks(found, 3)) == [f"SPY has no close of {day(3)} and 1 more: the ratio passes over it"]
    assert list(remarks(found, 2)) == []


def test_a_leg_that_cannot_be_read_lacks_no_session() -> None:
    found = history(LEGS, Given({"IWM": closes(10.0, 11.0), "SPY": Unknown("lost")}))
    assert (found.ratios, found.lacking, found.last) == ((), (), None)
    assert list(remarks(found, 3)) == []


def test_the_facts_of_the_votes_stand_on_the_sessions_of_the_ratio() -> None:
    given = Given(
        {
            "IWM": closes(10.0, 11.0, 12.0),
            "SPY": [one for one in closes(20.0, 22.0, 24.0) if one.session != day(2)],
            "XLF": [one for one in closes(7.0, 7.1, 7.2) if one.session != day(3)],
        }
    )
    facts = history(LEGS, given).facts
    assert facts.sessions == [day(1), day(3)]
    assert facts.columns == {"IWM": [10.0, 12.0], "SPY": [20.0, 24.0], "XLF": [7.0, None]}
    vix = Series("VIX", ((day(1), 15.0),), 0, 3, "by hand")
    assert history(LEGS, replace(given, series={"VIX": vix})).facts.series == {"VIX": vix}


def test_imported_ratios_go_before_own_ones_where_no_other_symbol_has_a_close() -> None:
    bars = {"IWM": own(4, 20, 50.1), "SPY": own(4, 20, 100.0), "XLF": own(4, 20, 7.0)}
    there = {"IWM": imported(1, 23, 50.0, "I.csv"), "SPY": imported(1, 23, 100.0, "S.csv")}
    found = history(LEGS, Given(bars, there))
    assert [session for session, _ in found.ratios] == [day(number) for number in range(1, 24)]
    assert found.facts.columns["XLF"] == [None, None, None, *[7.0] * 20]
    assert found.source == f"terminal; before {day(4)} imported I.csv, S.csv (3 sessions, scaled 1.0020)"


def test_imported_ratios_that_do_not_agree_are_not_used_and_that_is_told() -> None:
    bars = {"IWM": own(4, 20, 51.0), "SPY": own(4, 20, 100.0)}
    there = {"IWM": imported(1, 23, 50.0, "I.csv"), "SPY": imported(1, 23, 100.0, "S.csv")}
    found = history(LEGS, Given(bars, there))
    assert (len(found.ratios), found.source) == (20, "terminal")
    told = (
        "imported history of IWM/SPY not used: median ratio of ratios was 1.02, within 0.5 % of 1 expected: "
        "check scale and splits of both files"
    )
    assert found.unused == told
    assert found.facts.columns == {"IWM": [51.0] * 20, "SPY": [100.0] * 20}
    assert list(remarks(found, 3)) == [told]


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ({"IWM": imported(1, 23, 50.0, "I.csv")}, "SPY is not imported"),
        ({"SPY": imported(1, 23, 99.0, "S.csv")}, "IWM is not imported"),
        (
            {"IWM": Unknown("I.csv has no header"), "SPY": imported(1, 23, 99.0, "S.csv")},
            "I.csv has no header",
        ),
        ({"IWM": imported(1, 23, 50.0, "I.csv"), "SPY": Unknown("S.csv was empty")}, "S.csv was empty"),
    ],
)
def test_imported_closes_of_one_leg_alone_are_not_used(
    there: dict[str, Imported | Unknown], reason: str
) -> None:
    found = history(LEGS, Given({"IWM": own(4, 20, 50.0), "SPY": own(4, 20, 100.0)}, there))
    assert found.unused == f"imported history of IWM/SPY not used: {reason}"
    assert (len(found.ratios), found.source) == (20, "terminal")


def test_imported_closes_of_other_symbols_play_no_part() -> None:
    bars = {"IWM": own(4, 20, 50.0), "SPY": own(4, 20, 100.0)}
    found = history(LEGS, Given(bars, {"XLF": imported(1, 23, 7.0, "X.csv")}))
    assert (found.unused, found.source, len(found.ratios)) == (None, "terminal", 20)


def test_imported_closes_that_begin_no_earlier_leave_all_as_it_is() -> None:
    bars = {"IWM": own(1, 20, 50.0), "SPY": own(1, 20, 100.0)}
    there = {"IWM": imported(1, 23, 70.0, "I.csv"), "SPY": imported(1, 23, 100.0, "S.csv")}
    found = history(LEGS, Given(bars, there))
    assert (found.unused, found.source, len(found.ratios)) == (None, "terminal", 20)


def test_a_split_after_the_import_is_undone_before_the_two_are_compared() -> None:
    # Imported in prices of before the split, own ones in prices of after it: one half, and told so.
    bars = {"IWM": (*own(4, 20, 50.0), *own(24, 2, 25.0)), "SPY": own(4, 22, 100.0)}
    there = {"SPY": imported(1, 23, 100.0, "S.csv")}
    before = {"IWM": imported(1, 23, 50.0, "I.csv")}
    told = history(LEGS, Given(bars, before | there)).unused
    assert told is not None
    assert "median ratio of ratios was 0.5," in told
    after = {"IWM": imported(1, 23, 25.0, "I.csv")}
    found = history(LEGS, Given(bars, after | there))
    assert found.source == f"terminal; before {day(4)} imported I.csv, S.csv (3 sessions, scaled 1.0000)"
    assert {ratio for _, ratio in found.ratios} == {0.25}


def brought(file: str, *prices: float) -> Imported:
    """Imported closes of sessions 1, 2, ..."""
    return Imported(tuple(bar(day(n), price) for n, price in enumerate(prices, start=1)), file, "0" * 64)


FLAT = brought("S.csv", *[100.0] * 25)


def test_a_bad_print_among_imported_closes_is_left_out_and_told_by_the_name_of_its_file() -> None:
    bars = {"IWM": own(6, 20, 50.0), "SPY": own(6, 20, 100.0)}
    bad = brought("I.csv", 50.0, 50.0, 36.0, *[50.0] * 22)  # session 3, -28 %
    found = history(LEGS, Given(bars, {"IWM": bad, "SPY": FLAT}))
    assert [session for session, _ in found.ratios] == [day(n) for n in range(1, 26) if n != 3]
    assert {ratio for _, ratio in found.ratios} == {0.5}
    assert list(remarks(found, 99)) == [
        f"I.csv: bad print on {day(3)} (-28.0 % against the others), left out"
    ]
    assert found.doubts == ()


def test_an_imported_ratio_that_jumps_is_left_out_though_each_leg_moved_by_less() -> None:
    # -7 % and +7 %: 0.93 / 1.07 - 1 = -13.1 %, a log move of -0.14
    bars = {"IWM": own(6, 20, 50.0), "SPY": own(6, 20, 100.0)}
    there = {
        "IWM": brought("I.csv", 50.0, 50.0, 46.5, *[50.0] * 22),
        "SPY": brought("S.csv", 100.0, 100.0, 107.0, *[100.0] * 22),
    }
    found = history(LEGS, Given(bars, there))
    assert [session for session, _ in found.ratios] == [day(n) for n in range(1, 26) if n != 3]
    (told,) = remarks(found, 99)
    assert told == f"IWM/SPY: bad print on {day(3)} (-13.1 % against the others), left out"


def test_the_first_own_ratio_is_judged_by_the_last_imported_one() -> None:
    # Session 6, the first of the terminal's own, is 12 % too low. XLF is there from session 6 on.
    bars = {"IWM": (*own(6, 1, 44.0), *own(7, 24, 50.0)), "SPY": own(6, 25, 100.0), "XLF": own(6, 25, 7.0)}
    there = {"IWM": brought("I.csv", *[50.0] * 30), "SPY": brought("S.csv", *[100.0] * 30)}
    found = history(LEGS, Given(bars, there))
    assert [session for session, _ in found.ratios] == [day(n) for n in range(1, 31) if n != 6]
    assert [one.session for one in found.oddities if one.symbol == "IWM/SPY"] == [day(6)]
    assert found.facts.columns["XLF"] == [None] * 5 + [7.0] * 24


def test_on_an_imported_session_no_other_symbol_has_a_close_though_its_bars_begin_earlier() -> None:
    bars = {"IWM": own(6, 20, 50.0), "SPY": own(6, 20, 100.0), "XLF": own(2, 24, 7.0)}
    found = history(LEGS, Given(bars, {"IWM": brought("I.csv", *[50.0] * 25), "SPY": FLAT}))
    assert found.facts.columns["XLF"] == [None] * 5 + [7.0] * 20


def test_a_split_among_imported_closes_scales_those_before_and_no_bar_of_the_terminal() -> None:
    # Imported 100 until session 3, then 50; IWM's own bars begin at session 2 and are in prices of today, but
    # SPY's, and so the ratio's, at session 6.
    bars = {"IWM": own(2, 24, 50.0), "SPY": own(6, 20, 100.0)}
    split = brought("I.csv", 100.0, 100.0, 100.0, *[50.0] * 22)
    found = history(LEGS, Given(bars, {"IWM": split, "SPY": FLAT}))
    assert {ratio for _, ratio in found.ratios} == {0.5}
    assert [(one.symbol, one.kind, one.session) for one in found.oddities] == [("I.csv", "split", day(4))]
    folded = regime_now(Given(bars, {"IWM": split, "SPY": FLAT}), FOLD, VOLATILITY)
    assert folded.bars["IWM"] == bars["IWM"]


def test_what_is_odd_in_a_file_after_the_first_own_close_is_not_told() -> None:
    bars = {"IWM": own(5, 21, 50.0), "SPY": own(5, 21, 100.0)}
    late = brought("I.csv", *[50.0] * 24, 36.0)  # session 25, doubtful, and of no interest
    found = history(LEGS, Given(bars, {"IWM": late, "SPY": FLAT}))
    assert (len(found.ratios), found.oddities) == (25, ())
    far = {"IWM": brought("I.csv", 50.0, 50.0, 36.0, *[70.0] * 22), "SPY": FLAT}
    refused = history(LEGS, Given(bars, far))  # 0.7 and not 0.5: not used, and so not told either
    assert (refused.unused is not None, refused.oddities) == (True, ())


def test_a_split_in_a_leg_is_no_move_of_the_ratio_and_is_told() -> None:
    bars = {"IWM": closes(100.0, 101.0, 50.5, 50.6), "SPY": closes(200.0, 202.0, 202.0, 202.4)}
    found = history(LEGS, Given(bars))
    assert [(session, ratio) for session, ratio in found.ratios] == [
        (day(1), 0.25),
        (day(2), 0.25),
        (day(4), 0.25),
    ]
    assert list(remarks(found, 9)) == [f"IWM: split 2:1 on {day(3)}, prices before are scaled"]
    assert found.last == day(4)


def test_a_fall_of_a_leg_from_the_old_price_is_no_split_for_sizing() -> None:
    xlf = (*closes(60.0), Bar(day(2), 60.0, 60.0, 39.0, 40.4), *closes(60.0, 60.0, 40.0)[2:])
    bars = {"IWM": closes(50.0, 50.0, 50.0), "SPY": closes(99.0, 99.0, 99.0), "XLF": xlf}
    assert [one.kind for one in history(LEGS, Given(bars)).oddities] == ["step"]
    folded = regime_now(Given(bars), FOLD, VOLATILITY)
    assert folded.bars["XLF"] == xlf
    # 3:2 by the closes of a file, which has no bars
    there = {"IWM": brought("I.csv", 75.0, 75.0, 75.0, *[50.0] * 22), "SPY": FLAT}
    own_bars = {"IWM": own(6, 20, 50.0), "SPY": own(6, 20, 100.0)}
    assert [one.kind for one in history(LEGS, Given(own_bars, there)).oddities] == ["split"]


def test_a_doubtful_close_of_a_leg_or_of_the_ratio_waits_and_one_of_another_symbol_does_not_count() -> None:
    spy, xlf = closes(200.0, 200.0, 200.0), closes(20.0, 20.0, 10.0)
    of_a_leg = history(LEGS, Given({"IWM": closes(100.0, 100.0, 60.0), "SPY": spy, "XLU": spy}))
    assert [str(one.session) for one in of_a_leg.doubts] == [str(day(3))]
    assert (of_a_leg.ratios[-1][0], of_a_leg.last) == (day(2), day(3))
    of_the_ratio = history(LEGS, Given({"IWM": closes(100.0, 100.0, 89.0), "SPY": spy}))
    assert [one.symbol for one in of_the_ratio.doubts] == ["IWM/SPY"]
    elsewhere = history(LEGS, Given({"IWM": closes(100.0, 100.0, 100.0), "SPY": spy, "XLF": xlf}))
    assert (elsewhere.doubts, [one.symbol for one in elsewhere.oddities]) == ((), ["XLF"])


def test_what_was_odd_is_told_in_the_order_of_sessions_and_symbols_while_it_is_among_the_last() -> None:
    still = closes(*[20.0] * 6)
    bars = {
        "SPY": still,
        "XLU": closes(50.0, 50.0, 50.0, 90.0, 50.0, 50.0),
        "IWM": closes(50.0, 50.0, 50.0, 90.0, 50.0, 50.0),
        "XLF": closes(7.0, 14.0, 7.0, 7.0, 7.0, 7.0),
        "XLP": still,
        "XLI": still,
    }
    found = history(LEGS, Given(bars))
    assert [(one.symbol, one.session) for one in found.oddities] == [
        ("XLF", day(2)),
        ("IWM", day(4)),
        ("XLU", day(4)),
    ]
    # The ratio has sessions 1, 2, 3, 5, 6: the last four begin at 2, the last three at 3.
    assert len(list(remarks(found, 4))) == 3
    assert [one.split(":")[0] for one in remarks(found, 3)] == ["IWM", "XLU"]
    assert list(remarks(found, 2)) == []  # from session 5 on


def weekdays(count: int) -> list[date]:
    """So many weekdays from Monday, 2018-01-01 on."""
    days = (date(2018, 1, 1) + timedelta(days=number) for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


def test_sessions_that_lie_more_than_ten_days_apart_are_a_hole() -> None:
    days = weekdays(40)
    near, far = days[:20] + days[25:], days[:20] + days[26:]  # Friday to Monday in ten days; to Tuesday
    assert hole(near, 40) is None
    assert hole(far, 40) == "history has a hole: no close from 2018-01-26 to 2018-02-06"
    assert hole(far, 14) is None  # since then it is whole
    assert hole(far, 15) is not None
    assert hole([], 40) is None
    twice = days[:10] + days[20:30] + days[36:]
    assert hole(twice, 40) == "history has a hole: no close from 2018-02-09 to 2018-02-20"  # the newer one


@pytest.mark.parametrize(("count", "most"), [(60, 15), (250, 15), (252, 15), (504, 30)])
def test_more_weekdays_without_a_close_than_holidays_are_a_hole(count: int, most: int) -> None:
    # Every sixth of them away, and a Saturday and a Sunday there, which nobody misses.
    days = weekdays(count + most)
    thinned = [one for place, one in enumerate(days) if place % 3 != 1 or place // 3 >= most]
    weekend = [date(2018, 1, 6), date(2018, 1, 7)]
    assert hole(sorted(thinned + weekend), count + 2) is None
    days = weekdays(count + most + 1)
    thinned = [one for place, one in enumerate(days) if place % 3 != 1 or place // 3 >= most + 1]
    assert hole(sorted(thinned + weekend), count + 2) == (
        f"history has holes: {most + 1} weekdays from 2018-01-01 to {days[-1]} lack a close, {most} allowed"
    )


@given(st.dates(date(2018, 1, 1), date(2018, 3, 1)), st.integers(30, 80))
def test_days_from_monday_to_friday_are_counted(first: date, count: int) -> None:
    there = [first + timedelta(days=2 * number) for number in range(count)]
    between = [first + timedelta(days=number) for number in range(2 * count - 1)]
    missing = len([one for one in between if one.weekday() < 5 and one not in there])
    assert f"history has holes: {missing} weekdays from {first} " in (hole(there, count) or "")


def test_a_symbol_that_lacks_sessions_takes_none_from_the_legs() -> None:
    legs = {"IWM": closes(10.0, 11.0, 12.0), "SPY": closes(20.0, 22.0, 24.0)}
    found = history(LEGS, Given({"XLF": closes(7.0, 7.1, 7.2)[1:2], **legs}))
    assert found.ratios == ((day(1), 0.5), (day(2), 0.5), (day(3), 0.5))
    assert found.facts.columns["XLF"] == [None, 7.1, None]


def test_without_a_ratio_all_that_was_odd_is_told() -> None:
    found = history(LEGS, Given({"IWM": closes(50.0, 90.0, 50.0), "SPY": Unknown("lost")}))
    assert found.ratios == ()
    assert list(remarks(found, 3)) == [f"IWM: bad print on {day(2)} (+80.0 % against the others), left out"]


def test_without_any_bars_there_is_no_history() -> None:
    found = history(LEGS, Given({}))
    assert (found.ratios, found.last, found.facts.sessions) == ((), None, [])


def test_a_level_sees_a_leap_that_no_other_symbol_shares() -> None:
    still = closes(100.0, 100.0, 100.0)
    found = history(LEGS, Given({"IWM": still, "SPY": still, "VIX": closes(15.0, 15.0, 31.0)}))
    assert found.facts.columns["VIX"] == [15.0, 15.0, None]
    assert found.facts.read["VIX"] == [15.0, 15.0, 31.0]
    reading = Reading(level=Level(symbol="VIX", below=20, above=28, under="for"))
    assert list(reading_values(reading, found.facts)) == [1, 1, -1]
