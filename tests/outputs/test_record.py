"""The journal gets what changed since the cycle before, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant.core.advice import Track
from assistant.core.caps import Cap, Kind, Spell, Unit
from assistant.core.intraday import Watch
from assistant.core.market import Bar, Deal, Note, Override, Quote, Series, Side, Unknown
from assistant.core.snapshot import Snapshot
from assistant.outputs.record import AFRESH, Recorded, entries, moved
from tests.core.builders import AS_OF, day
from tests.doubles import bridge
from tests.doubles.bridge import Broker
from tests.doubles.cycles import advice_of, advised, broker_snapshot
from tests.outputs.voting import ASKED, VIX, voted

BOUGHT = Deal(
    7, datetime(2025, 1, 15, 16, 0, tzinfo=UTC), "buy", "in", 81, "IWM.US", 1.1, 222.5, 0, -2.2, 0, 0
)
NO_CAP = Watch()
PAID = Deal(8, datetime(2025, 1, 15, 16, 30, tzinfo=UTC), "balance", "in", 0, "", 0, 0, 250.0, 0, 0, 0)


@pytest.fixture
def broker(tmp_path: Path) -> Broker:
    return Broker(tmp_path)


def step(
    snapshot: Snapshot, before: Recorded, deals: Sequence[Deal] = ()
) -> tuple[dict[str, dict[str, Any]], Recorded]:
    """The entries of a cycle by kind (several deals would need a list), and what is known then."""
    written, now = entries(snapshot, *advised(snapshot), deals, before)
    assert len({kind for kind, _ in written}) == len(written)
    json.dumps(written, allow_nan=False)
    return dict(written), now


def test_the_first_cycle_records_everything_in_the_order_of_cause(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    written, _ = entries(snapshot, *advised(snapshot), [BOUGHT, PAID], Recorded())
    assert [kind for kind, _ in written] == [
        *("closes", "deal", "deal", "account", "positions"),
        *("context", "advice"),
    ]
    fields = dict(written)
    assert fields["account"] == {"balance": 99_500.0, "equity": 99_300.0, "credit": 0.0}
    assert fields["closes"]["legs"] == ["IWM", "SPY"]
    assert [len(closes) for closes in fields["closes"]["closes"]] == [300, 300]
    assert (fields["deal"]["type"], fields["deal"]["dealt_at"]) == ("balance", "2025-01-15T16:30:00Z")
    for _, entry in written:
        assert not {"at", "kind", "seq"} & set(entry)  # the journal's own
    assert fields["advice"]["session"] == "open"


def test_a_cycle_in_which_nothing_changed_records_nothing(broker: Broker) -> None:
    _, known = step(broker_snapshot(broker), Recorded())
    broker.now += timedelta(seconds=1)
    assert step(broker_snapshot(broker), known)[0] == {}


def test_equity_alone_is_no_entry(broker: Broker) -> None:
    _, known = step(broker_snapshot(broker), Recorded())
    broker.money["equity"] = 99_300.01
    assert step(broker_snapshot(broker), known)[0] == {}


@pytest.mark.parametrize(("key", "value"), [("balance", 99_500.01), ("credit", 50.0)])
def test_money_that_came_or_went_is_an_entry(broker: Broker, key: str, value: float) -> None:
    _, known = step(broker_snapshot(broker), Recorded())
    broker.money[key] = value
    snapshot = broker_snapshot(broker)
    assert moved(snapshot, known)
    assert step(snapshot, known)[0]["account"][key] == value


@pytest.mark.parametrize("changed", [{"volume": 0.6}, {"sl": 217.0}, {"ticket": 83}, {"type": 1}])
def test_a_position_that_changed_is_an_entry(broker: Broker, changed: dict[str, Any]) -> None:
    broker.positions = (bridge.position(),)
    _, known = step(broker_snapshot(broker), Recorded())
    assert not moved(broker_snapshot(broker), known)
    broker.positions = (bridge.position(**changed),)
    snapshot = broker_snapshot(broker)
    assert moved(snapshot, known)
    (told,) = step(snapshot, known)[0]["positions"]["open"]
    assert told["ticket"] == changed.get("ticket", 81)


def test_a_floating_profit_is_no_entry(broker: Broker) -> None:
    broker.positions = (bridge.position(),)
    _, known = step(broker_snapshot(broker), Recorded())
    broker.positions = (bridge.position(profit=12.5),)
    assert step(broker_snapshot(broker), known)[0] == {}


def test_a_position_that_was_closed_is_an_entry(broker: Broker) -> None:
    broker.positions = (bridge.position(),)
    _, known = step(broker_snapshot(broker), Recorded())
    broker.positions = ()
    assert step(broker_snapshot(broker), known)[0]["positions"] == {"open": []}


def test_a_deal_is_recorded_once(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded(), [BOUGHT])
    written, known = step(snapshot, known, [BOUGHT, PAID])
    assert {kind: fields["ticket"] for kind, fields in written.items()} == {"deal": 8}
    assert step(snapshot, known, [BOUGHT, PAID])[0] == {}


def test_only_the_new_closes_are_recorded(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    bars = {}
    for leg in ("IWM", "SPY"):
        listed = snapshot.bars[leg]
        assert isinstance(listed, tuple)
        last = listed[-1]
        bars[leg] = (*listed, Bar(last.session + timedelta(days=1), *(last.close,) * 4))
    later = replace(snapshot, bars=dict(snapshot.bars) | bars)
    advice, track = advised(later)
    (kind, fields), *_ = entries(later, advice, track, (), known)[0]
    assert kind == "closes"
    # by the builder's slopes the bar of the 14th lies one step before the bid of the 15th
    assert fields["closes"] == [[("2025-01-15", 221.125 + 0.05)], [("2025-01-15", 590.41 - 0.1)]]


def test_a_changed_side_is_told_under_its_symbol_alone(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    first, known = step(snapshot, Recorded())
    broker.ticks["XLU.US"] = None
    written, _ = step(broker_snapshot(broker), known)
    assert written["advice"] == {"XLU": [0.0, "broker facts", 0.0, "broker facts"]}
    assert set(written) == {"advice", "conditions"}
    buy, by, sell, _ = first["advice"]["SPY"]
    assert (by, buy <= sell) == ("regime", True)


def test_a_price_that_does_not_change_the_lots_is_no_entry(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    quote = snapshot.quotes["SPY"]
    assert isinstance(quote, Quote)
    moved_quote = Quote(quote.bid + 0.01, quote.ask + 0.01, quote.at)
    later = replace(snapshot, quotes=dict(snapshot.quotes) | {"SPY": moved_quote})
    assert step(later, known)[0] == {}
    assert (
        advice_of(later).symbols[1].sides[Side.BUY].sizing
        != advice_of(snapshot).symbols[1].sides[Side.BUY].sizing
    )


def test_a_corrected_close_is_recorded_with_what_it_was(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    spy = snapshot.bars["SPY"]
    assert not isinstance(spy, Unknown)
    was = spy[-1].close
    bars = {**snapshot.bars, "SPY": (*spy[:-1], replace(spy[-1], close=was * 1.5))}
    written, known = step(replace(snapshot, bars=bars), known)
    told = [(spy[-1].session.isoformat(), was, was * 1.5)]
    assert written["corrections"] == {"legs": ["IWM", "SPY"], "closes": [[], told]}
    assert written["closes"]["closes"] == [[], [(spy[-1].session.isoformat(), was * 1.5)]]
    assert "corrections" not in step(replace(snapshot, bars=bars), known)[0]


def test_a_leg_that_cannot_be_read_records_no_closes(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, Recorded())
    lost = replace(snapshot, bars={**snapshot.bars, "SPY": Unknown("SPY is not read")})
    written, after = step(lost, known)
    assert not {"closes", "corrections"} & set(written)
    assert after.bars == known.bars


def test_the_brokers_names_of_our_symbols_are_recorded_once(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    written, known = step(snapshot, Recorded())
    assert {name: written["advice"]["symbols"][name] for name in ("IWM", "SPY")} == {
        "IWM": "IWM.US",
        "SPY": "SPY.US",
    }
    written, _ = step(snapshot, known)
    assert "symbols" not in written.get("advice", {})


def test_another_pair_of_legs_is_recorded_with_its_closes(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    proxy = {"US2000": snapshot.bars["IWM"], "US500": snapshot.bars["SPY"]}
    written, known = step(replace(snapshot, bars=proxy), Recorded())
    assert (written["advice"]["legs"], written["advice"]["history"]) == (["US2000", "US500"], "terminal")
    written, known = step(snapshot, known)
    assert written["advice"]["legs"] == ["IWM", "SPY"]
    assert written["closes"]["legs"] == ["IWM", "SPY"]
    assert "corrections" not in written


def test_a_lent_regime_records_no_closes(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    advice, track = advised(snapshot)
    lent = replace(advice, regime=replace(advice.regime, lender=5001, source="advice of login 5001"))
    written = dict(entries(snapshot, lent, track, (), Recorded())[0])
    assert "closes" not in written
    assert written["advice"]["history"] == "advice of login 5001"


# A new date


def next_day(snapshot: Snapshot) -> Snapshot:
    """The same facts at the first instant of the next UTC date."""
    return replace(snapshot, as_of=datetime(2025, 1, 16, tzinfo=UTC))


def test_the_first_cycle_of_a_date_records_everything_but_the_deals(broker: Broker) -> None:
    broker.positions = (bridge.position(),)
    snapshot = broker_snapshot(broker)
    advice, track = advised(snapshot)
    first, known = entries(snapshot, advice, track, [BOUGHT], AFRESH)
    later = next_day(snapshot)
    again, after = entries(later, advice, track, [BOUGHT, PAID], known)
    assert [kind for kind, _ in again] == [kind for kind, _ in first]  # one deal each
    assert [(kind, one) for kind, one in again if kind != "deal"] == [
        (kind, one) for kind, one in first if kind != "deal"
    ]
    assert [one["ticket"] for kind, one in again if kind == "deal"] == [8]
    assert entries(later, advice, track, [BOUGHT, PAID], after)[0] == []


def test_a_close_that_is_corrected_over_midnight_is_told_with_what_it_was(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    _, known = step(snapshot, AFRESH)
    spy = snapshot.bars["SPY"]
    assert not isinstance(spy, Unknown)
    was, bars = spy[-1], {**snapshot.bars, "SPY": (*spy[:-1], replace(spy[-1], close=spy[-1].close * 1.5))}
    written, _ = step(next_day(replace(snapshot, bars=bars)), known)
    told = [(was.session.isoformat(), was.close, was.close * 1.5)]
    assert written["corrections"]["closes"] == [[], told]
    assert [len(one) for one in written["closes"]["closes"]] == [300, 300]


def test_closes_that_cannot_be_read_at_midnight_are_those_that_were(broker: Broker) -> None:
    snapshot = broker_snapshot(broker)
    first, known = step(snapshot, AFRESH)
    advice, track = advised(snapshot)
    lost = next_day(replace(snapshot, bars={**snapshot.bars, "SPY": Unknown("SPY is not read")}))
    written = dict(entries(lost, advice, track, (), known)[0])
    assert written["closes"] == first["closes"]


# What a restart or a replay must know


def written_by(
    snapshot: Snapshot, before: Recorded, watch: Watch = NO_CAP
) -> tuple[dict[str, dict[str, Any]], Recorded]:
    """The entries of a cycle with votes, by kind, and what is known then."""
    advice, track = voted(snapshot)
    written, now = entries(snapshot, advice, replace(track, watch=watch), (), before)
    return dict(written), now


def test_the_votes_are_recorded_when_a_close_has_moved_them() -> None:
    written, known = written_by(ASKED, Recorded())
    assert written["context"] == {
        # 0.7 before VIX was known and small caps fell; then 0.7 - 0.4 x 1/4, - 0.4 x 2/4, + 0.4 x 0/4
        "targets": [
            *(["2018-12-06", pytest.approx(0.6)], ["2018-12-07", pytest.approx(0.5)]),
            ["2018-12-08", pytest.approx(0.7)],
        ],
        "votes": {"small": [-1, "2018-12-08"], "fear": [1, "2018-12-08"], "calm": [0, "2018-12-08"]},
        "readings": {},
        "stances": {"IWM/SPY": [["2018-12-06", 0.6], ["2018-12-07", 0.6], ["2018-12-08", 0.3]]},
        "held": {"context": ["2018-12-08", pytest.approx(0.5)], "IWM/SPY": ["2018-12-08", 0.3]},
    }
    again, known = written_by(replace(ASKED, as_of=ASKED.as_of + timedelta(seconds=1)), known)
    assert again == {}
    calmer = replace(
        ASKED, series={"VIX": replace(VIX, values=(*VIX.values[:-1], (VIX.values[-1][0], 22.0)))}
    )
    again, _ = written_by(calmer, known)
    assert set(again) == {"context", "series"}
    assert again["context"]["votes"]["fear"] == [0, "2018-12-08"]


def test_notes_are_recorded_while_a_close_that_they_count_at_is_the_last_one_or_to_come() -> None:
    def note(first: int, until: int) -> Note:
        return Note(1, day(first), day(until), f"{first} to {until}")

    # The last session is the 6th. A note that was withdrawn before it began ends before it begins.
    notes = (note(1, 5), note(1, 6), note(6, 6), note(7, 6), note(7, 7), note(9, 12))
    written, known = written_by(replace(ASKED, notes=notes), Recorded())
    assert [one["why"] for one in written["notes"]["notes"]] == ["1 to 6", "6 to 6", "7 to 7", "9 to 12"]
    assert written["notes"]["notes"][3] == {
        "stance": 1,
        "first": "2018-12-11",
        "until": "2018-12-14",
        "why": "9 to 12",
    }
    assert written_by(replace(ASKED, notes=notes[1:]), known)[0] == {}  # the first was past
    gone, known = written_by(replace(ASKED, notes=(note(1, 5),)), known)
    assert gone["notes"] == {"notes": []}
    assert "notes" not in written_by(replace(ASKED, notes=()), known)[0]


def test_overrides_are_recorded_when_one_begins_and_when_one_ends() -> None:
    half = Override(symbol="all", share=0.5, why="holidays")
    none = Override(symbol="IWM", lots=0.0, why="earnings", since=AS_OF, until=AS_OF + timedelta(hours=1))
    written, known = written_by(replace(ASKED, overrides=(half, none)), Recorded())
    assert written["overrides"]["overrides"] == [
        {"symbol": "all", "share": 0.5, "why": "holidays"},
        {
            "symbol": "IWM",
            "lots": 0.0,
            "since": "2018-12-10T15:00:00Z",
            "until": "2018-12-10T16:00:00Z",
            "why": "earnings",
        },
    ]
    last = replace(none, until=AS_OF + timedelta(microseconds=1))
    assert written_by(replace(ASKED, overrides=(half, none)), known)[0] == {}
    _, known = written_by(replace(ASKED, overrides=(half, last)), known)
    ended = replace(last, until=AS_OF)
    left = written_by(replace(ASKED, overrides=(half, ended)), known)[0]
    assert left["overrides"] == {"overrides": [{"symbol": "all", "share": 0.5, "why": "holidays"}]}
    assert "overrides" not in written_by(replace(ASKED, overrides=(ended,)), Recorded())[0]


def test_before_any_session_is_known_every_note_is_to_come() -> None:
    early = replace(ASKED, hours=replace(ASKED.hours, last_session=None))
    assert len(written_by(early, Recorded())[0]["notes"]["notes"]) == 1


def test_without_notes_and_series_neither_is_recorded() -> None:
    written, _ = written_by(replace(ASKED, notes=(), series={"VIX": Unknown("not read yet")}), Recorded())
    assert set(written) == {"account", "positions", "closes", "context", "advice"}


def test_the_last_observation_of_each_series_is_recorded_when_it_is_another() -> None:
    other = Series("BAA", ((day(3), 2.5),), 1, 9, "baa.csv")
    both: dict[str, Series | Unknown] = {
        "VIX": VIX,
        "BAA": other,
        "ICSA": Unknown("not read yet"),
        "NFCI": replace(other, values=()),
    }
    written, known = written_by(replace(ASKED, series=both), Recorded())
    assert written["series"] == {
        "VIX": ["2018-12-07", 15.25, "vix.csv, read 2018-12-10 14:00 UTC"],
        "BAA": ["2018-12-05", 2.5, "baa.csv"],
    }
    read_again = {"VIX": replace(VIX, source="vix.csv, read 2018-12-10 18:00 UTC"), "BAA": other}
    again, known = written_by(replace(ASKED, series=read_again), known)
    assert again == {}
    longer = {**read_again, "BAA": replace(other, values=(*other.values, (day(4), 2.5)))}
    again, known = written_by(replace(ASKED, series=longer), known)
    assert again["series"]["BAA"] == ["2018-12-06", 2.5, "baa.csv"]
    revised = {**longer, "BAA": replace(other, values=(*other.values, (day(4), 2.6)))}
    again, known = written_by(replace(ASKED, series=revised), known)
    assert again["series"]["BAA"] == ["2018-12-06", 2.6, "baa.csv"]
    lost: dict[str, Series | Unknown] = {"VIX": VIX, "BAA": Unknown("gone")}
    again, known = written_by(replace(ASKED, series=lost), known)
    assert list(again["series"]) == ["VIX"]
    again, known = written_by(replace(ASKED, series=dict.fromkeys(both, Unknown("gone"))), known)
    assert again["series"] == {}


def test_a_cap_of_the_running_session_is_recorded_once_when_it_appears() -> None:
    cap = Cap(
        "intraday",
        0.6,
        Unit.SHARE,
        Kind.SIGNAL,
        "0.60x live ratio under the band",
        since=AS_OF - timedelta(minutes=6),
        until=AS_OF + timedelta(hours=6),
    )
    written, known = written_by(ASKED, Recorded())
    assert "intraday" not in written
    written, known = written_by(ASKED, known, Watch(cap=cap))
    assert written["intraday"] == {
        "value": 0.6,
        "reason": "0.60x live ratio under the band",
        "since": "2018-12-10T14:54:00Z",
        "until": "2018-12-10T21:00:00Z",
    }
    assert written_by(ASKED, known, Watch(cap=cap))[0] == {}
    written, known = written_by(ASKED, known)  # its session has ended
    assert "intraday" not in written
    later = replace(cap, since=AS_OF + timedelta(days=1))
    assert written_by(ASKED, known, Watch(cap=later))[0]["intraday"]["since"] == "2018-12-11T15:00:00Z"


def test_conditions_are_recorded_when_one_falls_or_lifts_and_not_while_its_age_grows() -> None:
    def standing(*caps: Cap, since: datetime = AS_OF) -> Track:
        return Track(spells={(cap.name, cap.scope): Spell(since, None, cap) for cap in caps})

    def written_with(track: Track, before: Recorded) -> tuple[dict[str, dict[str, Any]], Recorded]:
        written, now = entries(ASKED, voted()[0], track, (), before)
        return dict(written), now

    late = Cap("stale", 0.0, Unit.SHARE, Kind.CONDITION, "quote is 17 s old", "IWM", settles=True)
    shut = Cap("market closed", 0.0, Unit.LOTS, Kind.CONDITION, "opens 14:30", settles=True)
    row = {"name": "stale", "scope": "IWM", "value": 0.0, "unit": "share", "since": "2018-12-10T15:00:00Z"}
    written, known = written_with(standing(late), Recorded())
    assert written["conditions"] == {"caps": [row | {"reason": "quote is 17 s old"}]}
    older = replace(late, reason="quote is 18 s old")
    again, known = written_with(standing(older), known)
    assert again == {}
    both, known = written_with(standing(older, shut), known)
    assert [(one["name"], one["reason"]) for one in both["conditions"]["caps"]] == [
        ("market closed", "opens 14:30"),
        ("stale", "quote is 17 s old"),
    ]
    other, known = written_with(standing(replace(older, value=0.5), shut), known)
    assert other["conditions"]["caps"][1] == row | {"value": 0.5, "reason": "quote is 18 s old"}
    why = replace(older, value=0.5, reason="quote of IWM.US was bid 0, ask 0")  # another cause
    caused, known = written_with(standing(why, shut), known)
    assert caused["conditions"]["caps"][1]["reason"] == "quote of IWM.US was bid 0, ask 0"
    fell_again, known = written_with(standing(late, since=AS_OF + timedelta(minutes=1)), known)
    assert fell_again["conditions"]["caps"][0]["since"] == "2018-12-10T15:01:00Z"
    lifted, known = written_with(Track(), known)
    assert lifted["conditions"] == {"caps": []}
    assert written_with(Track(), known)[0] == {}
    assert "conditions" not in written_with(Track(), Recorded())[0]


def test_a_cycle_that_folded_nothing_records_no_votes() -> None:
    advice, _ = voted()
    written = dict(entries(ASKED, advice, Track(), (), Recorded())[0])
    assert "context" not in written
