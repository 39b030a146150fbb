from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.advice import Track, advise
from assistant.core.caps import Kind, Unit
from assistant.core.market import Quote, Unknown
from assistant.core.snapshot import Snapshot
from assistant.core.spreads import Spreads, looked, spread_caps
from tests.core.builders import AS_OF, IWM_QUOTE, SETTINGS, SHUT, SNAPSHOT, with_quote


def at(seconds: float, spread: float = 0.06, snapshot: Snapshot = SNAPSHOT) -> Snapshot:
    """IWM alone at a later instant, its quote a second old."""
    now = AS_OF + timedelta(seconds=seconds)
    quote = Quote(40.00, 40.00 + spread, now - timedelta(seconds=1))
    return replace(snapshot, as_of=now, quotes={"IWM": quote})


def seen(*spreads: float, start: float = 0.0) -> Spreads:
    """What is known after looks 15 seconds apart."""
    known = Spreads()
    for number, spread in enumerate(spreads):
        known = looked(known, at(start + 15 * number, spread), 15.0)
    return known


# The median of ten 0.05, nine 0.07 and one 0.09, then one 0.08: of 21 the eleventh smallest, 0.07.
USUAL = [*[0.05] * 10, *[0.07] * 9, 0.09]


def test_the_median_needs_twenty_looks_and_is_the_middle_of_them() -> None:
    assert seen(*USUAL[:19]).medians == {}
    assert seen(*USUAL).medians == {"IWM": pytest.approx(0.06)}  # (0.05 + 0.07) / 2
    assert seen(*USUAL, 0.08).medians == {"IWM": pytest.approx(0.07)}


def test_only_the_last_looks_are_remembered() -> None:
    known = seen(*[0.05] * 100, *[0.07] * 160)
    assert len(known.seen["IWM"]) == 160
    assert known.medians == {"IWM": pytest.approx(0.07)}


def test_a_look_counts_fifteen_seconds_after_the_one_before_in_an_open_session_for_a_fresh_quote() -> None:
    first = looked(Spreads(), at(0), 15.0)
    assert looked(first, at(14.9), 15.0) is first
    assert len(looked(first, at(15), 15.0).seen["IWM"]) == 2
    assert looked(first, replace(at(15), hours=SHUT), 15.0) is first
    assert looked(first, at(-5), 15.0).looked == AS_OF - timedelta(seconds=5)  # a clock that was set back
    old = with_quote(at(15), "IWM", replace(IWM_QUOTE, at=AS_OF - timedelta(seconds=0.5)))
    assert len(looked(first, old, 15.0).seen["IWM"]) == 1
    gone = with_quote(at(15), "IWM", Unknown("gone"))
    assert len(looked(first, gone, 15.0).seen["IWM"]) == 1


def test_a_wide_spread_leaves_as_much_less_as_it_is_wider() -> None:
    known = seen(*USUAL)
    (cap,) = spread_caps(at(400, 0.24), known, 2.5)
    assert (cap.name, cap.unit, cap.kind, cap.scope, cap.settles) == (
        "spread",
        Unit.SHARE,
        Kind.CONDITION,
        "IWM",
        True,
    )
    assert cap.value == pytest.approx(0.625)  # 2.5 x 0.06 / 0.24
    assert cap.reason == "0.62x spread 0.24 is 4.0x its median 0.06, 2.5x taken in full"


@pytest.mark.parametrize(
    "snapshot",
    [
        at(400, 0.1499),  # 2.5 x 0.06 is 0.15
        replace(at(400, 0.24), hours=SHUT),
        with_quote(at(400), "IWM", Unknown("gone")),
        replace(at(400), quotes={}),
    ],
)
def test_a_usual_spread_and_a_quote_that_is_not_there_make_no_cap(snapshot: Snapshot) -> None:
    assert list(spread_caps(snapshot, seen(*USUAL), 2.5)) == []


def test_a_symbol_that_had_no_spread_is_not_measured_by_it() -> None:
    assert list(spread_caps(at(400, 0.24), seen(*[0.0] * 20), 2.5)) == []


def test_lots_fall_at_once_with_a_wide_spread_and_come_back_late() -> None:
    track, shares = Track(), {}
    for second in range(400):
        spread = 0.30 if second == 330 else 0.06
        now = at(second, spread)
        quotes = {"IWM": now.quotes["IWM"]}
        snapshot = replace(now, quotes=quotes, instruments=SNAPSHOT.instruments[:1])
        advice, track = advise(snapshot, track, SETTINGS)
        shares[second] = [cap.value for cap in advice.caps if cap.name == "spread"]
    assert shares[329] == []
    assert shares[330] == [pytest.approx(0.5)]  # 2.5 x 0.06 / 0.30
    assert shares[360] == [pytest.approx(0.5)]  # good for 29 of 30 seconds
    assert shares[361] == []
