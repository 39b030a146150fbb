from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.core import approaches as by
from assistant.core.approaches import broken, measured, resets
from assistant.core.logbook import Light, Logbook, Money
from assistant.core.reviewed import Approach
from tests.core.logbooks import BEGIN, END, a_book, a_floor, at, flat


def approaches(book: Logbook) -> tuple[Approach, ...]:
    return by.approaches(by.watched(book), book.scale)


def test_between_two_records_the_headroom_moves_with_equity() -> None:
    book = a_book(
        floors=((at("15:00"), (a_floor(400.0),)), (at("15:05"), (a_floor(380.0),))),
        money=(
            (at("15:00"), Money(10_000.0, 9_900.0)),
            (at("15:01"), Money(10_000.0, 9_640.0)),  # 260 less: 140 are left
            (at("15:02"), Money(10_000.0, 9_930.0)),
            (at("15:05"), Money(10_000.0, 9_880.0)),
            (at("15:06"), Money(10_000.0, 9_860.0)),  # 20 less than at the record: 360
        ),
    )
    floor = replace(a_floor(400.0), headroom=140.0)
    assert approaches(book) == (Approach(floor, at("15:01"), 140.0, 0.35),)  # 140 / 400


def test_the_nearest_floor_comes_first_each_with_its_own_instant() -> None:
    static = a_floor(900.0, "static", 9_000.0)
    book = a_book(
        floors=(
            (at("15:00"), (static, a_floor(400.0))),
            (at("16:00"), (static,)),  # the daily one is known no more
            (at("17:00"), (replace(static, headroom=50.0),)),  # seen at a record, between two looks
        ),
        money=((at("15:00"), flat(9_900.0)), (at("15:30"), flat(9_800.0)), (at("16:30"), flat(9_600.0))),
    )
    found = approaches(book)
    assert [(one.floor.name, one.headroom, one.at) for one in found] == [
        ("static", 50.0, at("17:00")),
        ("daily_loss", 300.0, at("15:30")),
    ]


def test_of_equal_approaches_the_first_counts() -> None:
    book = a_book(
        floors=((at("15:00"), (a_floor(400.0),)), (at("16:00"), (a_floor(300.0),))),
        money=((at("15:00"), flat(9_900.0)), (at("15:10"), flat(9_800.0)), (at("15:20"), flat(9_800.0))),
    )
    assert approaches(book)[0].at == at("15:10")


def test_a_level_that_moved_is_the_one_of_its_time() -> None:
    book = a_book(
        floors=((at("15:00"), (a_floor(100.0),)), (at("15:10"), (a_floor(600.0, level=9_000.0),))),
        money=((at("15:00"), flat(9_600.0)), (at("15:10"), flat(9_600.0)), (at("15:20"), flat(9_300.0))),
    )
    (found,) = approaches(book)
    assert (found.floor.level, found.headroom, found.share) == (9_500.0, 100.0, 1.0)


def test_money_of_a_rehearsal_moves_the_headroom_in_proportion() -> None:
    book = a_book(
        scale=2.5,
        floors=((at("15:00"), (a_floor(1_000.0),)),),
        money=((at("15:00"), flat(4_000.0)), (at("15:10"), flat(3_900.0))),
    )
    assert approaches(book)[0].headroom == 750.0  # 1000 - 2.5 x 100


def test_a_record_from_before_the_span_counts_from_its_beginning() -> None:
    before = BEGIN.replace(minute=0, hour=20)
    book = a_book(
        floors=((before, (a_floor(400.0),)),),
        money=((before, flat(9_900.0)), (at("15:00"), flat(9_750.0))),
    )
    assert approaches(book)[0] == Approach(a_floor(250.0), at("15:00"), 250.0, 0.625)
    quiet = replace(book, money=book.money[:1])
    assert approaches(quiet)[0].at == BEGIN


def test_nothing_after_the_close_comes_near() -> None:
    book = a_book(
        floors=((at("15:00"), (a_floor(400.0),)), (at("22:00"), (a_floor(5.0),))),
        money=((at("15:00"), flat(9_900.0)), (END, flat(9_890.0)), (at("21:30"), flat(9_510.0))),
    )
    assert approaches(book)[0].headroom == 390.0


def test_floors_without_money_on_record_count_at_their_own_instants() -> None:
    book = a_book(floors=((at("15:00"), (a_floor(400.0),)), (at("15:05"), (a_floor(390.0),))))
    assert approaches(book)[0] == Approach(a_floor(390.0), at("15:05"), 390.0, 0.975)
    later = replace(book, money=((at("15:01"), flat(9_900.0)), (at("15:02"), flat(9_880.0))))
    assert approaches(later)[0].headroom == 380.0  # 20 less than at the first look after the record


def test_without_a_first_headroom_there_is_no_share_of_it() -> None:
    book = a_book(floors=((at("15:00"), (a_floor(0.0),)), (at("15:05"), (a_floor(-10.0),))))
    assert approaches(book)[0].share is None


def test_measures_of_an_account() -> None:
    assert measured(Money(10_000.0, 9_900.0)) == (9_900.0, 9_900.0, 10_000.0)
    assert measured(Money(9_000.0, 9_900.0)) == (9_900.0, 9_000.0, 9_000.0)


def test_a_rule_of_the_balance_is_known_by_how_its_headroom_moved() -> None:
    book = a_book(
        floors=(
            (at("15:00"), (a_floor(500.0),)),
            (at("15:05"), (a_floor(500.0),)),  # equity fell by 300 meanwhile, and nothing was left less
            (at("15:10"), (a_floor(450.0),)),
        ),
        money=(
            (at("15:00"), Money(10_000.0, 10_000.0)),
            (at("15:05"), Money(10_000.0, 9_700.0)),
            (at("15:06"), Money(10_000.0, 9_400.0)),
            (at("15:10"), Money(9_950.0, 9_950.0)),
        ),
    )
    assert approaches(book)[0] == Approach(a_floor(450.0), at("15:10"), 450.0, 0.9)


def test_a_rule_of_the_lower_of_both_is_known_likewise() -> None:
    book = a_book(
        floors=(
            (at("15:00"), (a_floor(500.0),)),
            (at("15:05"), (a_floor(500.0),)),
            (at("15:06"), (a_floor(470.0),)),
        ),
        money=(
            (at("15:00"), Money(10_000.0, 10_000.0)),
            (at("15:05"), Money(10_000.0, 10_400.0)),  # gains that float do not count
            (at("15:06"), Money(10_000.0, 9_970.0)),
            (at("15:07"), Money(10_000.0, 9_960.0)),
        ),
    )
    assert approaches(book)[0].headroom == 460.0


def test_what_would_have_broken_a_rule_whose_light_was_green_is_not_its_measure() -> None:
    money = (
        (at("15:00"), flat(10_000.0)),
        (at("15:02"), Money(10_000.0, 9_400.0)),
        (at("15:04"), flat(9_990.0)),
    )
    book = a_book(floors=((at("15:00"), (a_floor(500.0),)),), money=money)
    assert approaches(book)[0].headroom == -100.0  # no light is on record: it may be of the equity
    green = replace(book, lights=((at("15:00"), Light("green", ())),))
    assert approaches(green)[0].headroom == 490.0  # of the balance
    red = replace(
        book, lights=((at("15:00"), Light("green", ())), (at("15:02"), Light("red", ("daily_loss",))))
    )
    assert approaches(red)[0].headroom == -100.0
    ruined = replace(green, money=(*money[:2], (at("15:03"), Money(9_300.0, 9_450.0))))
    assert approaches(ruined)[0].headroom == -100.0  # all of them say so: -200.00 of the balance


def test_broken_rules_are_told_with_what_that_means() -> None:
    most = replace(a_floor(-1_020.0, "max_loss", 10_500.0), advisory=True, effect="fail")
    floors = ((at("15:00"), (a_floor(20.0), most)), (at("15:30"), (a_floor(-20.5),)))
    book = a_book(floors=floors)
    dry = (
        "the floor max loss would have been broken (dry run): 1,020.00 below 10,500.00 at 15:00 UTC; "
        "the account would have been lost"
    )
    real = "the floor daily loss was broken: 20.50 below 9,500.00 at 15:30 UTC; "
    assert broken(book, approaches(book)) == (dry, f"{real}no trading until the next reset")
    assert broken(book, approaches(book)[::-1]) == broken(book, approaches(book))  # in the order of time


@pytest.mark.parametrize(
    ("effect", "means"),
    [
        ("fail", "the account is lost"),
        ("violation", "a violation"),
        ("profit_removed", "profit is removed"),
        ("forced_close", "the firm closes positions"),
        ("raises_target", "raises target"),
    ],
)
def test_each_effect_has_its_words(effect: str, means: str) -> None:
    book = a_book(floors=((at("15:00"), (replace(a_floor(-1.0), effect=effect),)),))
    assert broken(book, approaches(book))[0].endswith(f"; {means}")


def test_a_floor_that_was_just_reached_is_told_as_that() -> None:
    book = a_book(floors=((at("15:00"), (a_floor(400.0),)), (at("16:10"), (a_floor(0.0),))))
    assert broken(book, approaches(book)) == (
        "the floor daily loss was reached: nothing was left above 9,500.00 at 16:10 UTC",
    )
    book = a_book(floors=((at("16:10"), (a_floor(0.00005),)),))
    assert broken(book, approaches(book)) == ()
    book = a_book(floors=((at("16:10"), (a_floor(-0.00005),)),))
    assert "was broken: " in broken(book, approaches(book))[0]


def test_a_rule_that_informs_cannot_be_broken() -> None:
    book = a_book(floors=((at("15:00"), (replace(a_floor(-1.0), effect="informs"),)),))
    assert broken(book, approaches(book)) == ()


def test_rules_beside_the_floors_are_told_where_they_alone_made_the_light_red() -> None:
    lights = (
        (at("15:00"), Light("amber", ("best_day",))),
        (at("15:10"), Light("red", ("daily_loss", "best_day"))),  # which of them was red is not on record
        (at("15:20"), Light("red", ("best_day", "open_lots"))),
        (at("15:30"), Light("red", ("open_lots",))),
    )
    book = a_book(floors=((at("15:00"), (a_floor(400.0),)),), lights=lights)
    assert broken(book, ()) == ("the rules beside the floors were red at 15:20 UTC: best day, open lots",)
    closing = ((END, Light("red", ("open_lots",))),)
    assert broken(replace(book, lights=closing), ()) == (
        "the rules beside the floors were red at 21:00 UTC: open lots",
    )
    after = ((at("21:30"), Light("red", ("open_lots",))),)
    assert broken(replace(book, lights=after), ()) == ()


def test_a_floor_that_was_broken_while_nobody_looked_is_no_floor_that_held() -> None:
    static = a_floor(900.0, "static", 9_000.0)
    lights = (
        (at("15:00"), Light("amber", ("daily_loss",))),
        (at("15:10"), Light("red", ("daily_loss",))),
        (at("15:20"), Light("red", ("static", "daily_loss"))),
    )
    book = a_book(floors=((at("15:00"), (a_floor(400.0), static)),), lights=lights)
    unseen = "daily loss; no look of this session shows what broke it"
    assert broken(book, approaches(book)) == (f"a floor was red already at 15:10 UTC: {unseen}",)
    seen = replace(book, floors=((at("15:00"), (a_floor(-1.0), static)),))
    (told,) = broken(seen, approaches(seen))
    assert told.startswith("the floor daily loss was broken: ")
    early = BEGIN.replace(minute=0, hour=20)  # before the span, which begins at 21:00
    lost = replace(book, lights=((early, Light("red", ("daily_loss",))),))
    assert broken(lost, approaches(lost)) == (f"a floor was red already at 21:00 UTC: {unseen}",)
    reset = replace(lost, lights=(*lost.lights, (at("05:00"), Light("green", ()))))
    assert broken(reset, approaches(reset)) == ()  # the session before has it
    late = replace(book, lights=((at("21:30"), Light("red", ("daily_loss",))),))
    assert broken(late, approaches(late)) == ()


def test_what_changes_at_the_next_reset_is_told_for_each_floor_that_has_one() -> None:
    daily = replace(a_floor(387.7), after_reset=1_500.0, reset_at=at("22:00"))
    trailing = replace(a_floor(900.0, "trailing", 9_000.0), after_reset=900.004)
    static = a_floor(900.0, "static", 9_000.0)
    book = a_book(
        floors=((at("15:00"), (static,)), (at("20:58"), (daily, trailing, static)), (at("21:01"), ()))
    )
    assert resets(book) == (
        "daily loss: headroom 387.70 at 20:58 UTC, 1,500.00 after 2018-12-20 22:00 UTC if nothing changes",
        "trailing: headroom 900.00 at 20:58 UTC, the same after the next reset if nothing changes",
    )
    other = replace(daily, after_reset=300.0, after_told="it trails")
    (told,) = resets(a_book(floors=((at("20:58"), (other,)),)))
    assert told.endswith(
        ", 300.00 after 2018-12-20 22:00 UTC if nothing changes, by another reading: it trails"
    )
    at_the_close = replace(book, floors=(*book.floors[:1], (END, (trailing,))))
    assert resets(at_the_close)[0].startswith("trailing: headroom 900.00 at 21:00 UTC")


def test_a_reset_that_nobody_saw_is_not_to_come() -> None:
    gone = replace(a_floor(400.0), after_reset=1_500.0, reset_at=at("16:00"))
    book = a_book(floors=((at("15:00"), (gone,)),), until=at("16:00"))
    assert resets(book) == ()
    assert len(resets(replace(book, until=at("15:59")))) == 1
    assert len(resets(replace(book, until=None))) == 1


def test_a_floor_that_is_known_no_more_has_no_reset_and_without_floors_there_is_none() -> None:
    daily = replace(a_floor(400.0), after_reset=1_500.0, reset_at=at("22:00"))
    assert resets(a_book(floors=((at("15:00"), (daily,)), (at("16:00"), ())))) == ()
    assert resets(a_book()) == ()
    assert approaches(a_book()) == ()


@given(
    st.lists(
        st.tuples(st.integers(-300, 300), st.sampled_from([0, 0, 0, 40, -25]), st.booleans()), min_size=1
    )
)
def test_the_closest_approach_is_the_least_headroom_of_all_looks(
    steps: list[tuple[int, int, bool]],
) -> None:
    equity, level, when = 10_000.0, 9_500.0, at("15:00")
    money, records, headrooms = [], [], []
    for place, (move, lift, due) in enumerate(steps):
        equity, level, when = equity + move, level + lift, when + timedelta(seconds=1)
        money.append((when, flat(equity)))
        headrooms.append((equity - level, when))
        if due or lift or not place:  # a level that moves is on record at once
            records.append((when, (a_floor(equity - level, level=level),)))
    (found,) = approaches(a_book(money=tuple(money), floors=tuple(records)))
    least = min(one for one, _ in headrooms)
    assert found.headroom == least
    assert found.at == next(when for one, when in headrooms if one == least)
