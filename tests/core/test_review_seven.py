"""What the review says of the hand-made day with seven trades; all numbers are worked out beside it."""

from dataclasses import replace

import pytest

from assistant.core.logbook import Share, Span
from assistant.core.review import Bound, Review, look_back
from assistant.core.reviewed import Discipline
from assistant.core.series import brief
from tests.core.builders import FOLD, utc
from tests.core.seven import EXPECTED, ORDER, a_logbook


def at(time: str) -> Span:
    """A span of the day: 14:30-16:00."""
    begin, end = time.split("-")
    return Span(utc(f"2018-12-20T{begin}"), utc(f"2018-12-20T{end}"))


def the_day() -> Review:
    return look_back(a_logbook(), FOLD, utc("2018-12-20T22:30"))


def test_the_day_in_one_sentence() -> None:
    assert the_day().summary == (
        "NEUTRAL at 0.60x of normal risk for 6 h 8 min of 6 h 30 min, bound by regime; "
        "6 trades, 5 within the advice and 1 over it by 67 %; "
        "closed trades lost 339.79 EUR (-1.94 R), lots over the advice cost 0.40 R, "
        "and 2 positions stay open over the close; "
        "the floor daily loss came nearest, with 118.61 left (30 % of what it began with)."
    )


def test_the_trades_are_in_the_order_they_were_opened() -> None:
    assert tuple(one.trade.position for one in the_day().trades) == ORDER


def test_discipline_of_the_day() -> None:
    # 86 was only reduced; 82 took 3.0 of 1.8 lots; 82, 83, 84 and 87 were checked; 85 had no stop for 7.5 min
    closed = (81, 82, 85, 83, 87)  # in this order
    assert the_day().discipline == Discipline(
        orders=6,
        within=5,
        unknown=0,
        checked=4,
        asked=6,
        mean_over=pytest.approx(1.2 / 1.8),  # type: ignore[arg-type]
        against_zero=0,
        results_r=tuple(pytest.approx(EXPECTED[one]["result_r"]) for one in closed),  # type: ignore[misc]
        # 0.76423 - 1.00123 - 0.36893 + 0.46529 - 1.80032
        total_r=pytest.approx(-1.94096, abs=1e-5),  # type: ignore[arg-type]
        over_cost_r=pytest.approx(-78.336 / 195.60),  # type: ignore[arg-type]
        widened=2,
        removed=0,
        without_stop=1,
    )


def test_money_of_the_day() -> None:
    found = the_day()
    # 81: 75.20, 82: -195.84, 85: -15.20, 83: 80.22, 87: -212.42, 84: -1.25 (its opening), and of 86
    # -67.20 - 0.60 - 2.70 = -70.50, for it was opened on Monday
    assert found.result == pytest.approx(-339.79)
    assert found.moved == pytest.approx(-281.39)  # 39722.61 - 39004.00 - 1000.00 paid in
    # floating: 39722.61 - 39860.21 = -137.60 (-9.60 and -128.00 are held over) after 39004 - 39200 = -196.00
    assert found.floated == pytest.approx(58.40)
    assert found.result + (found.floated or 0.0) == pytest.approx(found.moved)
    assert len(found.money) == 16  # each in a minute of its own


def test_what_is_held_over_the_day_has_our_names() -> None:
    assert [one.symbol for one in the_day().held_over or ()] == ["XLP", "IWM"]  # as orders of the day tell
    alone = look_back(replace(a_logbook(), taken=(), names={"XLP.US": "XLP"}), FOLD, utc("2018-12-20T22:30"))
    assert [one.symbol for one in alone.held_over or ()] == ["XLP", None]


def test_what_bound_the_share_of_the_day() -> None:
    # 14:35-17:20 and 17:22:30-20:45: 9900 + 12150; the edges 300 + 900; lost for 120, then 30 stale
    assert the_day().bound == (
        Bound("regime", "account", 22_050.0, (at("14:35-17:20"), at("17:22:30-20:45")), 0.6, 0.6),
        Bound("edge", "account", 1_200.0, (at("14:30-14:35"), at("20:45-21:00")), 0.4, 0.4),
        Bound("stale", "account", 30.0, (at("17:22-17:22:30"),), 0.0, 0.0),
    )
    assert the_day().shares[0] == (utc("2018-12-20T14:30"), Share(0.4, "edge"))


def test_what_bound_the_lots_of_the_day() -> None:
    found = {(one.scope, one.cap): one.seconds for one in the_day().bound_by_symbol}
    assert found == {
        ("IWM buy", "regime"): 22_380.0,  # 14:35 to 21:00 without 10 min of spread and 2 min lost
        ("IWM buy", "spread"): 600.0,
        ("IWM buy", "market closed"): 300.0,
        ("IWM sell", "normal"): 22_380.0,
        ("IWM sell", "spread"): 600.0,
        ("IWM sell", "market closed"): 300.0,
        ("SPY buy", "regime"): 22_980.0,  # 14:35 to 21:00 without 2 min
        ("SPY sell", "normal"): 22_980.0,
    }


def test_how_near_the_floors_came() -> None:
    daily, static = the_day().approaches
    assert (daily.floor.name, daily.at) == ("daily loss", utc("2018-12-20T20:59:59"))
    assert daily.headroom == pytest.approx(118.61)  # 39722.61 - 39604
    assert daily.share == pytest.approx(0.296525)  # of 40004 - 39604 = 400
    assert static.headroom == pytest.approx(2_722.61)  # 39722.61 - 37000
    assert static.share == pytest.approx(2_722.61 / 3_004.0)
    assert the_day().broken == ()
    assert the_day().next_reset == (
        "daily loss: headroom 118.61 at 20:59 UTC, 400.00 after 2018-12-20 22:00 UTC if nothing changes",
    )


def test_whether_the_day_could_be_relied_on() -> None:
    quality = the_day().quality
    assert (quality.watched, quality.session) == (23_280.0, 23_400.0)
    assert (quality.lost, quality.unseen) == ((at("17:20-17:22"),), ())
    assert quality.fail_safe == ()  # the edge of 0.4 is none, nor is a spread that leaves 1 lot
    assert the_day().finished


def test_the_year_of_the_day() -> None:
    # three closes: means of 2 and 3 of 0.530, 0.528, 0.524; four would be needed for a stance
    last = the_day().regime[-1]
    assert last.fast == pytest.approx(0.526)
    assert last.slow == pytest.approx(0.527333, abs=1e-6)
    assert last.stance == "UNKNOWN"
    assert [one.ratio for one in the_day().regime] == pytest.approx([0.53, 0.528, 0.524])


def test_what_the_record_of_the_day_lacks() -> None:
    assert [one.split(" ")[0:3] for one in the_day().missing] == [
        ["equity", "at", "the"],  # the run began at 08:00, the span at 21:00 of the day before
        ["the", "stance", "was"],
    ]


def test_the_line_of_the_day_in_a_series() -> None:
    line = brief(the_day())
    assert line.trades == 6
    # (22050 x 0.6 + 1200 x 0.4 + 30 x 0) / 23280
    assert line.share == pytest.approx(0.588918, abs=1e-6)
