from dataclasses import replace
from datetime import timedelta

import pytest

from assistant.core.caps import AppliesTo, Cap, Rung, Spell, Unit, adds_risk_on, binding, settle, unseen
from assistant.core.market import Role, Side
from tests.core.builders import AS_OF, BUY, SELL, a_cap

RECOVER = 30.0  # seconds
STALE = replace(a_cap(0.2, Unit.SHARE, "stale"), settles=True)


def later(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("role", "side", "risk_on"),
    [
        (Role.RISK_ON, BUY, True),
        (Role.RISK_ON, SELL, False),
        (Role.DEFENSIVE, BUY, False),
        (Role.DEFENSIVE, SELL, True),
        (Role.NEUTRAL, BUY, False),
        (Role.NEUTRAL, SELL, False),
    ],
)
def test_long_risk_on_and_short_defensive_add_risk_on_exposure(
    role: Role, side: Side, *, risk_on: bool
) -> None:
    assert adds_risk_on(role, side) is risk_on
    cap = replace(a_cap(0.7, Unit.SHARE), applies_to=AppliesTo.RISK_ON)
    assert cap.applies("IWM", role, side) is risk_on
    assert replace(cap, applies_to=AppliesTo.ALL).applies("IWM", role, side)


def test_a_cap_of_a_symbol_or_a_side_restrains_no_other() -> None:
    cap = replace(a_cap(2.2), scope="IWM", side=SELL)
    assert cap.applies("IWM", Role.NEUTRAL, SELL)
    assert not cap.applies("IWM", Role.NEUTRAL, BUY)
    assert not cap.applies("SPY", Role.NEUTRAL, SELL)


def test_a_cap_of_the_account_restrains_every_symbol_and_both_sides() -> None:
    assert all(a_cap(2.2).applies(symbol, Role.NEUTRAL, side) for symbol in ("IWM", "SPY") for side in Side)


def test_a_condition_with_two_reasons_remembers_both_and_the_smaller_value() -> None:
    one, other = replace(STALE, reason="no link"), replace(STALE, value=0.1, reason="the clock")
    for caps, reason in (((one, other), "no link; the clock"), ((other, one), "the clock; no link")):
        out, spells = settle(caps, {}, AS_OF, RECOVER)
        assert [cap.reason for cap in out] == [cap.reason for cap in caps]
        (spell,) = spells.values()
        assert (spell.cap.reason, spell.cap.value) == (reason, 0.1)


def test_the_rung_with_the_fewest_lots_binds_and_the_first_of_equals() -> None:
    ladder = [Rung("a", 3.2, ""), Rung("b", 1.7, ""), Rung("c", 1.7, "")]
    assert binding(ladder).name == "b"


def test_an_advisory_rung_never_binds_but_is_seen_when_asked_for() -> None:
    ladder = [Rung("a", 3.2, ""), Rung("dry", 0.4, "", advisory=True)]
    assert binding(ladder).name == "a"
    assert binding(ladder, advisory=True).name == "dry"
    assert binding([Rung("a", 0.4, ""), ladder[1]], advisory=True).name == "a"  # the first of equals


def test_a_cap_that_does_not_settle_passes_through_unchanged() -> None:
    cap = a_cap(5.5, name="margin")
    caps, spells = settle([cap], {}, AS_OF, RECOVER)
    assert caps == (cap,)
    assert caps[0].since is None
    assert spells == {}


def test_a_condition_falls_at_once_and_says_since_when() -> None:
    caps, spells = settle([STALE], {}, AS_OF, RECOVER)
    assert caps == (replace(STALE, since=AS_OF),)
    assert spells == {("stale", "account"): Spell(AS_OF, None, caps[0])}


def test_a_condition_for_two_reasons_recovers_at_the_least_of_both_and_tells_both() -> None:
    other = replace(STALE, value=0.7, reason="why not")
    for first, second in ((other, STALE), (STALE, other)):
        caps, spells = settle([first, second], {}, AS_OF - later(5), RECOVER)
        assert caps == (replace(first, since=AS_OF - later(5)), replace(second, since=AS_OF - later(5)))
        (cap,), _ = settle([], spells, AS_OF, RECOVER)
        assert (cap.value, cap.since) == (0.2, AS_OF - later(5))
        assert cap.reason == f"recovering, good for 0 of 30 s: {first.reason}; {second.reason}"


def test_a_condition_that_lasts_keeps_its_since() -> None:
    _, spells = settle([STALE], {}, AS_OF, RECOVER)
    for seconds in (7, 14, 21):
        caps, spells = settle([STALE], spells, AS_OF + later(seconds), RECOVER)
        assert caps[0].since == AS_OF
        assert spells["stale", "account"] == Spell(AS_OF, None, caps[0])


@pytest.mark.parametrize(("good", "lifted"), [(0.25, False), (29.9, False), (30.0, True), (31.0, True)])
def test_a_condition_lifts_once_its_facts_have_been_good_for_so_long(good: float, *, lifted: bool) -> None:
    _, spells = settle([STALE], {}, AS_OF - later(5), RECOVER)
    _, spells = settle([], spells, AS_OF, RECOVER)  # the first good look
    caps, spells = settle([], spells, AS_OF + later(good), RECOVER)
    assert (caps == ()) is lifted
    assert (spells == {}) is lifted


def test_time_in_which_nobody_looked_is_not_good_time() -> None:
    _, spells = settle([STALE], {}, AS_OF, RECOVER)
    caps, spells = settle([], spells, AS_OF + later(3600), RECOVER)
    assert caps[0].until == AS_OF + later(3630)
    assert settle([], spells, AS_OF + later(3629), RECOVER)[0] != ()
    assert settle([], spells, AS_OF + later(3630), RECOVER)[0] == ()


def test_a_recovering_condition_keeps_its_value_and_since_and_says_until_when() -> None:
    _, spells = settle([STALE], {}, AS_OF - later(5), RECOVER)
    _, spells = settle([], spells, AS_OF, RECOVER)
    (cap,), _ = settle([], spells, AS_OF + later(12), RECOVER)
    assert (cap.name, cap.value, cap.unit) == ("stale", 0.2, Unit.SHARE)
    assert cap.since == AS_OF - later(5)
    assert cap.until == AS_OF + later(30)
    assert cap.reason == "recovering, good for 12 of 30 s: why stale"


def test_a_recovering_condition_says_its_first_reason_once_however_long_it_takes() -> None:
    _, spells = settle([STALE], {}, AS_OF, RECOVER)
    for second in range(1, 30):
        (cap,), spells = settle([], spells, AS_OF + later(second), RECOVER)
    assert cap.reason == "recovering, good for 28 of 30 s: why stale"  # from second 1 to 29
    assert settle([], spells, AS_OF + later(31), RECOVER) == ((), {})


def test_a_relapse_starts_the_recovery_again_and_stays_the_same_spell() -> None:
    _, spells = settle([STALE], {}, AS_OF, RECOVER)
    _, spells = settle([], spells, AS_OF + later(20), RECOVER)
    (cap,), spells = settle([STALE], spells, AS_OF + later(25), RECOVER)
    assert (cap.since, cap.until, cap.reason) == (AS_OF, None, "why stale")
    _, spells = settle([], spells, AS_OF + later(26), RECOVER)
    assert settle([], spells, AS_OF + later(55), RECOVER)[0] != ()  # 55 - 26 = 29
    assert settle([], spells, AS_OF + later(56), RECOVER)[0] == ()  # 56 - 26 = 30


def test_conditions_of_two_scopes_recover_on_their_own() -> None:
    iwm, spy = (replace(STALE, scope=symbol) for symbol in ("IWM", "SPY"))
    _, spells = settle([iwm, spy], {}, AS_OF, RECOVER)
    _, spells = settle([spy], spells, AS_OF + later(10), RECOVER)  # IWM good from here
    _, spells = settle([], spells, AS_OF + later(20), RECOVER)  # SPY too
    caps, _ = settle([], spells, AS_OF + later(40), RECOVER)  # IWM good for 30 s, SPY for 20 s
    assert [cap.scope for cap in caps] == ["SPY"]


def test_without_a_time_of_recovery_a_condition_lifts_at_once() -> None:
    _, spells = settle([STALE], {}, AS_OF, 0.0)
    assert settle([], spells, AS_OF, 0.0) == ((), {})


def test_a_clock_that_steps_back_does_not_lift_a_condition() -> None:
    _, spells = settle([STALE], {}, AS_OF, RECOVER)
    (cap,), _ = settle([], spells, AS_OF - later(3600), RECOVER)
    assert cap.value == 0.2


def test_a_cap_is_a_value() -> None:
    assert isinstance(hash(a_cap(1.5)), int)
    assert a_cap(1.5) == Cap("some", 1.5, Unit.LOTS, a_cap(1.5).kind, "why some")


def test_after_a_time_without_looks_the_facts_must_be_seen_good_anew() -> None:
    _, spells = settle([STALE], {}, AS_OF, RECOVER)
    _, spells = settle([], spells, AS_OF + later(1), RECOVER)
    (cap,), _ = settle([], unseen(spells), AS_OF + later(40), RECOVER)
    assert cap.until == AS_OF + later(70)  # not lifted at 31
    assert cap.since == AS_OF
