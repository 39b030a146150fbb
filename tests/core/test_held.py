from dataclasses import replace
from datetime import timedelta

from assistant.core.advice import Advice, Track, advise
from assistant.core.held import Held
from assistant.core.snapshot import Snapshot
from tests.core.builders import AS_OF, BUY, POSITION, SELL, SETTINGS, SNAPSHOT

# A position of IWM bought may hold 0.9 lots (test_advice.py).
LARGE = replace(POSITION, lots=1.2)


def walk(*snapshots: Snapshot) -> list[Advice]:
    """The advice of cycles that follow each other, a minute apart."""
    track, out = Track(), []
    for minutes, snapshot in enumerate(snapshots):
        later = timedelta(minutes=minutes)
        quotes = {
            symbol: replace(quote, at=quote.at + later)  # type: ignore[union-attr, arg-type]  # all are quotes
            for symbol, quote in snapshot.quotes.items()
        }
        advice, track = advise(replace(snapshot, as_of=AS_OF + later, quotes=quotes), track, SETTINGS)
        out.append(advice)
    return out


def holding(*positions: object) -> Snapshot:
    return replace(SNAPSHOT, positions=tuple(positions))  # type: ignore[arg-type]  # positions


def over(advice: Advice) -> list[str]:
    return [text for text in advice.problems if text.startswith("over its cap")]


def stops(advice: Advice) -> list[str]:
    return [text for text in advice.problems if text.startswith("stop of")]


def test_what_is_over_its_cap_is_named_with_since_when() -> None:
    first, second, third, fourth = walk(holding(LARGE), holding(LARGE), holding(POSITION), holding(LARGE))
    assert first.symbols[0].held == (Held(BUY, 1.2, 0.9, AS_OF),)
    assert (
        over(first) == over(second) == ["over its cap: 1.2 of 0.9 lots IWM buy, since 2018-12-10 15:00 UTC"]
    )
    assert third.symbols[0].held == (Held(BUY, 0.5, 0.9, None),)
    assert over(third) == []
    assert fourth.symbols[0].held[0].over_since == AS_OF + timedelta(minutes=3)  # it begins anew


def test_exactly_the_cap_is_not_over_it() -> None:
    (advice,) = walk(holding(replace(POSITION, lots=0.9)))
    assert advice.symbols[0].held == (Held(BUY, 0.9, 0.9, None),)


def test_each_side_is_over_its_own_cap() -> None:
    short = replace(POSITION, ticket=702, side=SELL, lots=3.4, price=40.0, stop=43.0)
    (advice,) = walk(holding(POSITION, short))
    assert [(one.side, one.over_since) for one in advice.symbols[0].held] == [(BUY, None), (SELL, AS_OF)]


def test_a_stop_that_was_widened_or_taken_away_is_named_for_as_long_as_it_is() -> None:
    seen = [38.5, 38.9, 38.2, None, 38.9, 39.1]
    found = [stops(advice) for advice in walk(*(holding(replace(POSITION, stop=stop)) for stop in seen))]
    assert found == [
        [],
        [],  # tightened
        ["stop of IWM.US 701 was 38.9 and is 38.2"],
        ["stop of IWM.US 701 was 38.9 and is gone"],
        [],
        [],
    ]


def test_of_a_sell_the_lowest_stop_is_the_tightest() -> None:
    short = replace(POSITION, side=SELL, price=40.0)
    seen = [44.0, 43.0, 43.5]
    found = [stops(advice) for advice in walk(*(holding(replace(short, stop=stop)) for stop in seen))]
    assert found == [[], [], ["stop of IWM.US 701 was 43 and is 43.5"]]


def test_a_position_that_never_had_a_stop_has_none_to_lose_and_a_closed_one_is_forgotten() -> None:
    bare = replace(POSITION, stop=None)
    found = walk(holding(bare), holding(bare), holding(POSITION), holding(), holding(bare))
    assert [stops(advice) for advice in found] == [[]] * 5
