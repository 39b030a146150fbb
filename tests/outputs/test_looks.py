"""What cycles were fed with: how it is put on record, how little that takes, and what is read back."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.core.advice import Track
from assistant.core.bounds import Minute
from assistant.core.lapse import Lapse
from assistant.core.market import Quote, Unknown
from assistant.core.past import Past
from assistant.core.snapshot import Snapshot
from assistant.errors import JournalError
from assistant.outputs.advice import Stamp
from assistant.outputs.journal import Journal, read_journal
from assistant.outputs.looking import Fed, Looks
from assistant.outputs.looks import Seen, Stream, inputs, seen
from assistant.outputs.packing import Cells, Packed, Ticks, packed, unpacked
from tests.doubles.cycles import packaged_config, paper_snapshot

AT = datetime(2018, 12, 26, 16, 45, 0, 123_456, tzinfo=UTC)
STAMP = Stamp(1, 5, "off", {"assistant": "1", "panel_file": "1"})
SAID = b'{"schema":"advice/1"}\n'
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Five positions are open, and twelve symbols are quoted."""
    found = paper_snapshot(tmp_path_factory.mktemp("paper"), AT.replace(microsecond=0))
    return replace(found, as_of=AT, lapse=Lapse(1.0, 1.0, 1.0), series=dict(found.series))


@dataclass
class Desk:
    """Looks over entries that are kept, or over a journal, which may fail."""

    written: list[dict[str, Any]] = field(default_factory=list)
    then: Callable[[datetime, str, Mapping[str, Any]], None] | None = None
    seq: int = 0
    failing: bool = False

    def __post_init__(self) -> None:
        self.looks = Looks(self.write)

    def write(self, at: datetime, kind: str, fields: Mapping[str, Any]) -> None:
        if self.failing:
            raise JournalError("no space left")
        if self.then:
            self.then(at, kind, fields)
        self.written.append({"at": at.isoformat(), "kind": kind, **fields})

    def see(self, snapshot: Snapshot, said: bytes = SAID) -> None:
        self.seq += 1
        track = Track()
        settings = packaged_config().settings
        self.looks.see(Fed(snapshot, track, track, settings, (), replace(STAMP, seq=self.seq), said))

    def read(self) -> list[Snapshot]:
        """The snapshots that the entries tell, those of looks that still wait, too."""
        self.looks.flush()
        stream = Stream()
        return [inputs(stream, seq).snapshot for entry in self.written for seq, _ in stream.take(entry)]


def later(snapshot: Snapshot, seconds: float, **changed: Any) -> Snapshot:  # noqa: ANN401 -- its fields
    """The look so many seconds after the first, a second after the one before."""
    return replace(snapshot, as_of=AT + seconds * SECOND, **changed)


def quoted(snapshot: Snapshot, symbol: str, quote: Quote | Unknown) -> Snapshot:
    return replace(snapshot, quotes={**snapshot.quotes, symbol: quote})


IWM = Quote(133.07, 133.09, datetime(2018, 12, 26, 16, 44, 59, 870_000, tzinfo=UTC))


@pytest.mark.parametrize(
    "quote",
    [
        IWM,
        replace(IWM, bid=133.0),
        replace(IWM, bid=133.075),  # half a tick
        replace(IWM, ask=133.09000000000003),  # not the nearest number to 133.09
        replace(IWM, at=IWM.at + timedelta(microseconds=1)),
        replace(IWM, at=IWM.at + timedelta(days=1)),  # ahead of the look
        replace(IWM, bid=1e300, ask=-0.0),
        Unknown("it is gone"),
    ],
)
def test_a_quote_is_read_back_as_it_was_be_it_ticks_or_not(
    snapshot: Snapshot, quote: Quote | Unknown
) -> None:
    desk = Desk()
    looks = [snapshot, quoted(later(snapshot, 1), "IWM", quote), quoted(later(snapshot, 2), "IWM", IWM)]
    for one in looks:
        desk.see(one)
    assert list(map(repr, desk.read())) == list(map(repr, looks))


@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(-9, 10**6), st.integers(0, 10**7)), max_size=5))
def test_prices_in_ticks_are_moves_alone(moves: list[tuple[int, int, int]]) -> None:
    at, last = AT, {"IWM": IWM}
    writer, reader = Ticks.of(last, [2]), Ticks.of(last, [2])
    for bid, spread, age in moves:
        at += SECOND
        stamped = at.replace(microsecond=0) - timedelta(milliseconds=age)
        now = {"IWM": Quote(bid / 100, (bid + spread) / 100, stamped)}
        found, whole, counted = writer.moves(last, now, at)
        assert not whole
        writer.last.update(counted)
        again = reader.moved(unpacked(packed(Packed(1, 2, (), found))).moves, at)
        told = [Quote(*one[1:]) for one in again]
        assert told == ([] if now == last else [now["IWM"]])
        last = now


@given(st.lists(st.floats(allow_nan=False) | st.integers(-(10**9), 10**9).map(lambda n: n / 100), min_size=2))
@example([1.5, -0.0, 0.0, 2.25])
def test_a_number_that_moves_is_read_back_to_the_last_digit(values: list[float]) -> None:
    writer, reader = Cells(), Cells()
    for before, now in pairwise(values):
        moves, new, counted = writer.moves([(("account", "equity"), before, now)])
        writer.take(new, counted)
        for path, digits in new:
            reader.add(path, digits)
        ((place, told),) = unpacked(packed(Packed(1, 2, cells=moves))).cells
        assert repr(reader.moved(place, told)) == repr(now)


def test_money_in_cents_takes_three_bytes_at_a_usual_move() -> None:
    cells = Cells()
    moves, new, counted = cells.moves([(("account", "equity"), 100_000.0, 100_008.8)])
    cells.take(new, counted)
    assert new == [(("account", "equity"), 1)]  # tenths tell both
    moves, new, counted = cells.moves([(("account", "equity"), 100_008.8, 100_010.4)])
    assert (moves, new) == ([(0, 16)], [])
    assert len(packed(Packed(1, 2, cells=moves))) - len(packed(Packed(1, 2))) == 2


def test_all_that_a_cycle_is_fed_with_is_read_back_when_any_of_it_changes(snapshot: Snapshot) -> None:
    one, *others = snapshot.positions
    first, *instruments = snapshot.instruments
    bars = dict(snapshot.bars)
    read = bars["IWM"]
    assert not isinstance(read, Unknown)
    bars["IWM"] = (*read[1:], read[-1])
    changes: list[dict[str, Any]] = [
        {"account": replace(snapshot.account, equity=99_123.45, free_margin=1 / 3)},
        {"account": replace(snapshot.account, credit=-0.0)},  # from 0.0
        {"positions": (replace(one, profit=-12.5), *others)},
        {"positions": tuple(others)},
        {"problems": (*snapshot.problems, "another")},
        {"bars": bars},
        {"lapse": Lapse(1.0, 41.0, 1.0)},
        {"lapse": None},
        {"instruments": (replace(first, volume_max=9.0), *instruments)},
        {"quotes": {"IWM": IWM}},
        {"opened": Unknown("why")},
        {"deals": Unknown("not yet")},
    ]
    desk, looks = Desk(), [snapshot]
    looks += [later(snapshot, second, **changed) for second, changed in enumerate(changes, 1)]
    looks.append(later(snapshot, len(looks)))
    for look in looks:
        desk.see(look)
    assert list(map(repr, desk.read())) == list(map(repr, looks))
    assert ["base" in entry for entry in desk.written] == [True] + [False] * len(changes) + [False]


# Looks in which nothing changed


def test_a_history_that_is_read_again_takes_what_is_new_in_it(snapshot: Snapshot) -> None:
    """It comes now and then, and the looks between have none, or the reason."""
    minutes = tuple(
        Minute(AT - timedelta(minutes=one), 130.0 + one % 7, 129.0, 0.03) for one in range(300, 0, -1)
    )
    past = Past(
        since=AT,
        until=AT,
        balance=1e5,
        equity=1e5,
        deals=(),
        positions=snapshot.positions,
        minutes={"IWM.US": minutes},
        worth={},
    )
    longer = replace(
        past, until=AT + 30 * SECOND, minutes={"IWM.US": (*minutes, Minute(AT, 133.5, 133.0, 0.02))}
    )
    told = (past, None, Unknown("it is loading"), None, longer, None)
    looks = [later(snapshot, second, told=one) for second, one in enumerate(told)]
    desk = Desk()
    for one in looks:
        desk.see(one)
    assert list(map(repr, desk.read())) == list(map(repr, looks))
    assert max(len(json.dumps(one)) for one in desk.written[1:]) < 600  # all of it takes thousands


def test_looks_in_which_nothing_changed_wait_for_the_next_change_or_a_minute(snapshot: Snapshot) -> None:
    desk = Desk()
    for second in range(62):
        desk.see(later(snapshot, second))
    assert len(desk.written) == 2  # the base, and the looks of seconds 1 to 60
    desk.see(quoted(later(snapshot, 62), "IWM", IWM))
    assert [entry["seq"] for entry in desk.written] == [1, 61, 63]
    assert [one.as_of for one in desk.read()] == [AT + n * SECOND for n in range(63)]
    told = unpacked(b64decode(desk.written[2]["q"]))
    assert (told.number, told.gaps, len(told.moves)) == (2, [SECOND], 1)
    assert told.digest == crc32(SAID + SAID)  # of both documents, one after the other
    desk.looks.flush()
    assert len(desk.written) == 3


def test_a_new_date_begins_with_all_of_it_after_what_waited(snapshot: Snapshot) -> None:
    desk, night = Desk(), (datetime(2018, 12, 27, tzinfo=UTC) - AT) / SECOND
    for second in (night - 2, night - 1, night):
        desk.see(later(snapshot, second))
    assert [(entry["at"][:10], "base" in entry) for entry in desk.written] == [
        ("2018-12-26", True),
        ("2018-12-26", False),
        ("2018-12-27", True),
    ]


def test_a_look_that_could_not_be_written_is_missing_and_the_next_is_right(snapshot: Snapshot) -> None:
    desk = Desk()
    desk.see(snapshot)
    desk.see(later(snapshot, 1))  # waits
    desk.failing = True
    with pytest.raises(JournalError):
        desk.see(quoted(later(snapshot, 2), "IWM", IWM))
    desk.failing = False
    last = quoted(later(snapshot, 3), "IWM", replace(IWM, bid=133.05))
    desk.see(last)
    assert [entry["seq"] for entry in desk.written] == [1, 2, 4]
    found = desk.read()
    assert [one.as_of for one in found] == [AT, AT + SECOND, AT + 3 * SECOND]
    assert found[-1].quotes == last.quotes


def test_a_look_that_cannot_be_told_is_said_to_be_missing_and_tried_again_in_a_minute(
    snapshot: Snapshot,
) -> None:
    desk, odd = Desk(), 1j  # a complex number, of a module of the user's own
    desk.see(snapshot)
    desk.see(later(snapshot, 1))  # waits
    for second in (2, 3, 61):
        desk.see(later(snapshot, second, opened=odd))
    assert desk.looks.problems == (
        "looks cannot be put on record for a replay: a builtins.complex cannot be put on record",
    )
    desk.see(later(snapshot, 61.5))
    desk.see(later(snapshot, 62))  # a minute after the first one
    mended: tuple[str, ...] = desk.looks.problems
    assert mended == ()
    told = [(one["seq"], "base" in one, one.get("untold")) for one in desk.written]
    why = "a builtins.complex cannot be put on record"
    assert told == [(1, True, None), (2, False, None), (3, False, why), (7, True, None)]
    found = list(seen(desk.written))
    assert [type(one) for one in found] == [Seen, Seen, Unknown, Seen]
    assert isinstance(found[2], Unknown)
    assert found[2].reason.endswith(f"cannot be read: it could not be put on record: {why}")


# What is read of money and prices


def test_after_a_look_that_is_missing_nothing_is_told_until_all_is_told_again(snapshot: Snapshot) -> None:
    desk = Desk()
    for number in range(5):
        desk.see(quoted(later(snapshot, number), "IWM", replace(IWM, bid=133.0 + number / 100)))
    again = Desk()
    again.see(later(snapshot, 60))
    first, second, third, fourth, fifth = desk.written
    other: dict[str, Any] = {"kind": "account", "at": first["at"]}
    found = list(seen([other, first, second, fourth, fifth, again.written[0]]))
    assert [type(one) for one in found] == [Seen, Seen, Unknown, Seen]
    assert isinstance(found[2], Unknown)
    assert found[2].reason == f"the look of {fourth['at']} cannot be read: a look before it is missing"
    assert isinstance(found[1], Seen)
    assert found[1].quotes["IWM"] == (133.01, 133.09, IWM.at)
    assert next(seen([third])) == Unknown(
        f"the look of {third['at']} cannot be read: what went before it cannot be read"
    )


# How little it takes: 5 MB a session of 6.5 hours at a look a second are 213 bytes a look


def test_a_session_takes_less_than_5_mb_though_all_symbols_move_each_second(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    journal = Journal(tmp_path, 9000001)
    desk = Desk(then=journal.write)
    looks = 200
    for second in range(looks):
        at = AT + second * SECOND
        quotes = {
            symbol: Quote(
                round(one.bid + (second * 7 + place) % 11 / 100, 2),
                round(one.ask + (second * 7 + place) % 11 / 100 + (second + place) % 3 / 100, 2),
                at.replace(microsecond=0) - timedelta(milliseconds=(second * 37 + place * 91) % 1000),
            )
            for place, (symbol, one) in enumerate(snapshot.quotes.items())
            if isinstance(one, Quote)
        }
        profit = [replace(one, profit=one.profit + second * 1.37) for one in snapshot.positions]
        positions = tuple(replace(one, profit=round(one.profit, 2)) for one in profit)
        equity = round(snapshot.account.equity + second * 2.11, 2)
        free = round(snapshot.account.free_margin + second * 2.11, 2)
        instruments = list(snapshot.instruments)
        turn = second % len(instruments)
        per_lot = {
            side: replace(one, margin=round(one.margin + second / 100, 3))
            for side, one in instruments[turn].per_lot.items()
            if not isinstance(one, Unknown)
        }
        instruments[turn] = replace(instruments[turn], per_lot=per_lot)
        account = replace(snapshot.account, equity=equity, free_margin=free)
        desk.see(
            later(
                snapshot,
                second,
                quotes=quotes,
                positions=positions,
                account=account,
                instruments=tuple(instruments),
            )
        )
    journal.close()
    assert len(snapshot.positions) == 5
    lines = journal.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == looks
    base, *others = map(len, lines)
    first = 40  # of each of the numbers, it is told where it stands
    assert sum(others[first:]) / len(others[first:]) * 23_400 + base + sum(others[:first]) < 5_000_000
    assert len(read_journal(journal.path)) == looks
