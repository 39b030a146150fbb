"""A recorded day computed again: identical to the last digit, or the first difference."""

from __future__ import annotations

import json
import shutil
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zlib import compress, decompress

import pytest
from loguru import logger

from assistant import __version__
from assistant.app import Assistant
from assistant.config import Config, load_config
from assistant.errors import AssistantError
from assistant.outputs.fields import Document
from assistant.outputs.journal import entry_of, sealed
from assistant.outputs.looks import Seen, seen
from assistant.outputs.packing import packed, unpacked
from assistant.replaying import Replayed, journal_of, lines_of, replay
from assistant.source import Source, open_source
from assistant.terminal import paper
from tests.doubles.command import Command
from tests.doubles.cycles import schema

LOGIN = 9000001
DAY, NEXT = date(2018, 12, 26), date(2018, 12, 27)
FUNDED = "funded: {mode: dry_run, pack: ftmo/2_step_challenge, initial_balance: 100000}\n"
START = datetime(2018, 12, 26, 14, 59, 50, tzinfo=UTC)  # trades follow at 15:00, 15:10, 15:20, 16:30 ...


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class Recorded:
    """A home in which a day was recorded, and what was shown meanwhile."""

    home: Path
    shown: list[Document] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def run(self, source: Source, *parts: tuple[float, datetime, Callable[[], object]]) -> None:
        """One run of the loop: so many seconds between cycles until an instant, and what happens then."""
        config = self.config()
        with Assistant(config, self.home, source, publish=False, dry_run=False) as one:
            for step, until, then in parts:
                one.run(step, self.shown.append, self.troubles.append, until)
                then()

    def config(self) -> Config:
        return load_config(self.home)

    def of(self, day: date) -> list[Document]:
        return [one for one in self.shown if one["as_of"].startswith(str(day))]


def to(instant: str) -> Callable[[], None]:
    return lambda: paper.advance((utc(instant) - paper.now()).total_seconds())


def nothing() -> None:
    """Let the next part come."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A funded account: trades, a terminal that is lost, a restart, a night over the date."""
    home = tmp_path_factory.mktemp("replay") / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "local.yaml").write_text(FUNDED, encoding="utf-8")
    one = Recorded(home)
    source = open_source(one.config(), home, paper=True, start=START, speed=1e9)
    one.run(
        source,
        (1, utc("2018-12-26T15:00:05"), to("2018-12-26T15:09:55")),
        (1, utc("2018-12-26T15:10:02"), paper.faults.lose_terminal),
        (1, utc("2018-12-26T15:10:06"), paper.faults.clear),
        (1, utc("2018-12-26T15:10:12"), nothing),
    )
    assert source.again is not None
    to("2018-12-26T15:19:52")()
    one.run(
        source.again(),
        (1, utc("2018-12-26T15:20:04"), to("2018-12-26T16:30:00")),
        (1, utc("2018-12-26T16:30:05"), to("2018-12-26T23:59:52")),
        (1, utc("2018-12-27T00:00:05"), nothing),
    )
    return one


def again(home: Path, day: date = DAY) -> Replayed:
    path, login = journal_of(home, day, None)
    return replay(path, login, day, lambda _: None)


@pytest.fixture
def assistant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    yield Command(tmp_path, capsys, monkeypatch)
    logger.remove()


@pytest.fixture
def copied(recorded: Recorded, tmp_path: Path) -> Path:
    """The recorded home, to be changed."""
    shutil.copytree(recorded.home, tmp_path / "home")
    return tmp_path / "home"


def test_a_day_with_trades_a_lost_terminal_and_a_restart_is_computed_again_to_the_last_digit(
    recorded: Recorded,
) -> None:
    found = again(recorded.home)
    shown = recorded.of(DAY)
    assert recorded.troubles  # the terminal was lost
    assert len({one["ticket"] for document in shown for one in document["positions"]}) == 5
    assert found.difference is None
    assert (found.problems, found.lost, found.damaged) == ([], 0, 0)
    assert (found.advices, found.versions) == (len(shown), [shown[0]["versions"]["assistant"]])
    assert found.begin == datetime.fromisoformat(shown[0]["as_of"])
    assert found.end == datetime.fromisoformat(shown[-1]["as_of"])
    # Two runs: from their first looks to their last ones, not the time between them.
    ends = [number for number, one in enumerate(shown) if one["seq"] == 1] + [len(shown)]
    runs = [shown[first:last] for first, last in pairwise(ends)]
    spans = [
        datetime.fromisoformat(one[-1]["as_of"]) - datetime.fromisoformat(one[0]["as_of"]) for one in runs
    ]
    assert (len(runs), found.recorded) == (2, sum(spans, timedelta()))


def test_the_next_date_is_computed_from_its_own_file_alone(recorded: Recorded, copied: Path) -> None:
    journal_of(copied, DAY, LOGIN)[0].unlink()
    found = again(copied, NEXT)
    assert (found.difference, found.problems) == (None, [])
    assert found.advices == len(recorded.of(NEXT)) > 2


def test_what_the_looks_saw_is_what_was_shown(recorded: Recorded) -> None:
    path, _ = journal_of(recorded.home, DAY, LOGIN)
    looks = list(seen([entry_of(line) for line in path.read_bytes().splitlines()]))
    assert len(looks) == len(recorded.of(DAY))
    for one, document in zip(looks, recorded.of(DAY), strict=True):
        assert isinstance(one, Seen)
        assert one.at == datetime.fromisoformat(document["as_of"])
        assert (one.balance, one.equity) == (document["account"]["balance"], document["account"]["equity"])
        quotes = {symbol["symbol"]: (symbol["bid"], symbol["ask"]) for symbol in document["symbols"]}
        assert {symbol: quote[:2] for symbol, quote in one.quotes.items()} == {
            symbol: quote for symbol, quote in quotes.items() if quote[0] is not None
        }
        age = next(symbol["quote_age_s"] for symbol in document["symbols"] if symbol["symbol"] == "IWM")
        assert age is None or age == (one.at - one.quotes["IWM"][2]).total_seconds()


def test_what_a_cycle_leaves_to_the_next_is_told_only_where_the_program_changed_it(
    recorded: Recorded,
) -> None:
    telling = []
    for one in lines(recorded.home):
        told = json.loads(decompress(b64decode(one["z"]))) if "z" in one else one
        paths = [path for key in ("set", "cut") for path, *_ in told.get(key, ())]
        if any(path[0] == "track" for path in (*paths, *[path for path, _ in one.get("cells", ())])):
            telling.append(one["at"])
    # Conditions begin anew where the terminal was lost; all else follows from what is on record.
    assert [at[:16] for at in telling] == ["2018-12-26T15:10"]


# What was changed since


def lines(home: Path) -> list[dict[str, Any]]:
    return [entry_of(line) for line in journal_of(home, DAY, LOGIN)[0].read_bytes().splitlines()]


def put(home: Path, entries: Sequence[dict[str, Any]]) -> None:
    """Write a journal anew, each line with the checksum that it should have."""
    content = b"".join(sealed(json.dumps(one, separators=(",", ":")).encode()) for one in entries)
    journal_of(home, DAY, LOGIN)[0].write_bytes(content)


def changed_quote(home: Path, ticks: int) -> str:
    """Move the bid of the first quote of a look, under a right checksum; return the look's instant."""
    entries = lines(home)
    look = next(
        one
        for one in entries
        if one["kind"] == "look" and "q" in one and one["at"] > "2018-12-26T15:20" and _moves(one)
    )
    told = unpacked(b64decode(look["q"]))
    first, *others = told.moves
    moved = (first[0], first[1] + ticks, first[2], first[3])
    look["q"] = b64encode(packed(replace(told, moves=[moved, *others]))).decode()
    put(home, entries)
    at: str = look["at"]
    return at


def _moves(look: dict[str, Any]) -> Sequence[tuple[int, int, int, int]]:
    return unpacked(b64decode(look["q"])).moves


def test_a_changed_number_is_the_first_difference_at_its_instant(recorded: Recorded, copied: Path) -> None:
    at = changed_quote(copied, -1)
    found = again(copied)
    assert found.difference is not None
    assert found.difference.at == datetime.fromisoformat(at)
    assert found.advices == sum(one["as_of"] < at for one in recorded.of(DAY))
    told = lines_of(found)[0]
    assert told.startswith(
        f"differs at {at[11:19]} UTC: the lots, shares and stance that were shown are the "
    )
    assert (
        "same; the difference is elsewhere, in a number or a reason of which the journal has a checksum"
        in told
    )
    assert found.lost == 0


def test_of_what_was_shown_and_is_not_on_record_nothing_is_said_to_be_the_same(copied: Path) -> None:
    changed_quote(copied, -1)
    put(copied, [one for one in lines(copied) if one["kind"] != "advice"])
    told = lines_of(again(copied))[0]
    assert "what is on record of the lots, shares and stance that were shown (nothing of " in told
    assert len(told) < 300


def test_what_the_journal_shows_of_a_difference_is_named(copied: Path) -> None:
    entries = lines(copied)
    look = next(one for one in entries if "q" in one and one["at"] > "2018-12-26T15:20:02")
    look["set"] = [*look.get("set", []), [["problems"], ["t", "made up"]]]
    put(copied, entries)
    found = again(copied)
    assert found.difference is not None
    assert found.difference.what.startswith("problems was [")
    assert '], it is ["made up", ' in found.difference.what


def test_damaged_lines_are_told_by_their_numbers(copied: Path) -> None:
    path, _ = journal_of(copied, DAY, LOGIN)
    content = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*content, b"torn\n", b"torn"]))
    lines = f"{len(content) + 1}, {len(content) + 2}"
    found = again(copied)
    assert found.problems == [f"{path.name}: lines {lines} are damaged, and passed over"]
    count = f"{found.advices} of {found.advices} advices"  # by the numbers of the looks none is missing
    told = lines_of(found)[0]
    assert told.startswith(f"identical as far as it can be replayed: {count}, 14:59 to 23:59 UTC, ")
    assert told.endswith(" x real time; 2 lines are damaged")
    assert not found.identical


def test_a_damaged_line_costs_the_looks_up_to_the_next_begin(
    recorded: Recorded, copied: Path, assistant: Command
) -> None:
    path, _ = journal_of(copied, DAY, LOGIN)
    content = path.read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(content) if b'"kind":"look"' in line and b"T15:09:58" in line)
    content[number] = content[number].replace(b'"q":"', b'"q":"A', 1)
    path.write_bytes(b"".join(content))
    found = again(copied)
    restarted = max(n for n, one in enumerate(recorded.of(DAY)) if one["seq"] == 1)
    before = sum(one["as_of"] < "2018-12-26T15:09:58" for one in recorded.of(DAY))
    assert found.difference is None
    assert found.advices == before + len(recorded.of(DAY)) - restarted
    damaged, lost = found.problems
    assert damaged == f"{path.name}: line {number + 1} is damaged, and passed over"
    assert lost.startswith(
        "the look of 2018-12-26T15:09:59Z cannot be read (a look before it is missing), and "
    )
    assert lost.endswith(": not replayed")
    # The numbers of the looks that cannot be read, and that of the run's end, tell how many there were.
    shown = recorded.of(DAY)
    assert found.lost == restarted - before > 2
    first = lines_of(found)[0]
    count = f"{found.advices} of {len(shown)} advices, 14:59 to 23:59 UTC"
    assert first.startswith(f"identical as far as it can be replayed: {count}, ")
    assert first.endswith(f"; {found.lost} cannot be replayed; 1 line is damaged")
    told = assistant("replay", "2018-12-26", "--json", "--home", str(copied))
    document = told.document
    schema("replay-1").validate(document)
    assert told.code == 1
    assert (document["identical"], document["difference"]) == (False, None)
    assert (document["lost"], document["damaged"]) == (found.lost, 1)


def test_a_run_whose_start_cannot_be_read_counts_from_its_first_number(
    recorded: Recorded, copied: Path
) -> None:
    entries = lines(copied)
    run = max(number for number, one in enumerate(entries) if one["kind"] == "start")
    base = next(number for number in range(run, len(entries)) if "base" in entries[number])
    # Of the second run start and first look are gone: what follows cannot be read, the stop of the first is
    # gone, too, so that its last number is that of its last look.
    left = [one for n, one in enumerate(entries) if n not in (run, base) and one["kind"] != "stop"]
    put(copied, left)
    found = again(copied)
    shown = recorded.of(DAY)
    restarted = max(n for n, one in enumerate(shown) if one["seq"] == 1)
    closed = sum(one["as_of"] > "2018-12-26T21" for one in shown)  # after the close all is told anew
    assert (found.advices, found.lost) == (restarted + closed, len(shown) - restarted - closed)


@pytest.mark.parametrize("number", [True, 0, 2**53, "9"])
def test_a_number_that_no_look_has_counts_nothing(copied: Path, number: object) -> None:
    entries = [one for one in lines(copied) if one["kind"] in ("start", "look")][:3]
    entries[2]["seq"] = entries[1]["seq"]
    entries[2]["q"] = "AAAA"
    put(copied, [*entries, {"at": entries[2]["at"], "kind": "stop", "cycles": number}])
    assert (again(copied).advices, again(copied).lost) == (1, 0)
    entries[2]["seq"] = number
    put(copied, entries)
    assert (again(copied).advices, again(copied).lost) == (1, 0)


def test_a_line_that_stands_twice_says_it_once(recorded: Recorded, copied: Path) -> None:
    entries = lines(copied)
    first = next(number for number, one in enumerate(entries) if one["kind"] == "look")
    second = next(number for number, one in enumerate(entries) if "q" in one)
    put(copied, [*entries[: first + 1], *entries[first : second + 1], *entries[second:]])
    found = again(copied)
    assert (found.difference, found.problems, found.advices) == (None, [], len(recorded.of(DAY)))


def with_base(entry: dict[str, Any], change: Callable[[list[Any]], object]) -> None:
    told = [json.loads(line) for line in decompress(b64decode(entry["base"])).splitlines()]
    change(told)
    content = b"\n".join(json.dumps(one).encode() for one in told)
    entry["base"] = b64encode(compress(content)).decode()


def part(name: str, value: object) -> Callable[[list[Any]], object]:
    def change(told: list[Any]) -> None:
        next(one for one in told if isinstance(one, list) and one[0] == name)[1] = value

    return change


DEEP: list[Any] = []
for _ in range(800):
    DEEP = [["t"], DEEP]


@pytest.mark.parametrize(
    "change",
    [
        lambda look: look.update(base="AAAA"),
        lambda look: look.update(base=7),
        lambda look: look.update(base=b64encode(compress(b" " * 31_000_000, 1)).decode()),
        lambda look: look.pop("seq"),
        lambda look: look.update(seq=[1]),
        lambda look: look.update(at="yesterday"),
        lambda look: look.update(digest="12x"),
        lambda look: with_base(look, lambda told: told.clear()),
        lambda look: with_base(look, lambda told: told[0].update(format=2)),
        lambda look: with_base(look, lambda told: told[0].update(digits=[10**9])),
        lambda look: with_base(look, part("settings", "none")),
        lambda look: with_base(look, part("settings", ["r", 10**6])),
        lambda look: with_base(look, part("settings", ["os.system", "true"])),
        lambda look: with_base(look, part("settings", ["r", 0])),
        lambda look: with_base(look, part("positions", ["t", ["market.Position"]])),
        lambda look: with_base(look, part("quotes", ["d", "IWM", 5])),
        lambda look: with_base(look, part("stamp", None)),
        lambda look: with_base(look, part("account", {"login": 1})),
        lambda look: with_base(look, part("account", DEEP)),
        lambda look: with_base(look, part("track", ["t"])),
    ],
)
def test_a_look_that_was_made_up_gives_one_clear_line(
    copied: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    entries = [one for one in lines(copied) if one["kind"] in ("start", "look")][:3]
    change(entries[1])
    put(copied, entries)
    told = lines_of(again(copied))
    assert all(line.isprintable() and len(line) < 300 for line in told)
    assert "differs" in told[0] or ("cannot be read" in told[1] and "nothing to replay" in told[0])


# What cannot be replayed


def test_a_journal_without_looks_says_so(recorded: Recorded, copied: Path) -> None:
    put(copied, [one for one in lines(copied) if one["kind"] != "look"])
    found = again(copied)
    first = max(n for n, one in enumerate(recorded.of(DAY)) if one["seq"] == 1)
    assert found.advices == 0
    nothing = "nothing to replay: the journal of 2018-12-26 has no look on record that can be read"
    # The first run says how many there were; the second one ends on the next date.
    assert lines_of(found) == [f"{nothing}; {first} cannot be replayed"]


def test_another_version_and_what_could_not_be_written_are_told(copied: Path) -> None:
    entries = lines(copied)
    entries[0]["versions"]["assistant"] = "0.0.9"
    hole = {"at": "2018-12-26T15:01:00Z", "kind": "hole", "since": "2018-12-26T15:00:30Z", "entries": 3}
    put(copied, [*entries[:-1], hole | {"why": "No space left on device"}, entries[-1]])
    found = again(copied)
    assert found.difference is None
    assert found.problems == [
        "from 2018-12-26T15:00:30Z on 3 entries could not be written: No space left on device",
        f"recorded by version 0.0.9; this is {__version__}",
    ]


def test_looks_that_are_of_facts_of_another_version_say_so(copied: Path) -> None:
    entries = [one for one in lines(copied) if one["kind"] in ("start", "look")][:2]
    entries[0]["versions"]["assistant"], at = "0.0.9", entries[1]["at"]
    with_base(entries[1], part("account", ["market.Account", LOGIN]))
    put(copied, entries)
    nothing = "nothing to replay: the journal of 2018-12-26 has no look on record that can be read"
    assert lines_of(again(copied)) == [
        f"{nothing}; 1 advice cannot be replayed",
        f"the look of {at} cannot be read (of Account 1 facts were told; expected 10): not replayed",
        f"recorded by version 0.0.9; this is {__version__}",
    ]


def test_a_day_without_a_journal_is_one_line(recorded: Recorded, copied: Path) -> None:
    with pytest.raises(AssistantError, match=r"no journal of 2018-12-24 in .*: the newest is of 2018-12-27$"):
        journal_of(recorded.home, date(2018, 12, 24), None)
    with pytest.raises(AssistantError, match=r"no journal of 2018-12-26 of login 7 in .*: there is none$"):
        journal_of(recorded.home, DAY, 7)
    path, _ = journal_of(copied, DAY, None)
    path.with_name("journal_7_2018-12-26.jsonl").touch()
    with pytest.raises(
        AssistantError, match=r"several logins have a journal of 2018-12-26: 7, 9000001; name"
    ):
        journal_of(copied, DAY, None)
    assert journal_of(copied, DAY, LOGIN) == (path, LOGIN)


def test_the_command_tells_it_in_a_line_or_a_document(recorded: Recorded, assistant: Command) -> None:
    there = ("--home", str(recorded.home))
    told = assistant("replay", "2018-12-26", *there)
    count = len(recorded.of(DAY))
    assert told.out.startswith(f"identical to the last digit: {count} advices, 14:59 to 23:59 UTC, ")
    assert (told.code, told.err) == (0, "")
    document = assistant("replay", "2018-12-27", "--json", "--login", str(LOGIN), *there).document
    schema("replay-1").validate(document)
    assert (document["identical"], document["date"], document["login"]) == (True, "2018-12-27", LOGIN)
    wrong = assistant("replay", "26.12.", *there)
    assert (wrong.code, "DATE was 26.12.; expected a date such as 2018-12-26" in wrong.error) == (2, True)


def test_today_and_yesterday_are_those_of_a_review(copied: Path, assistant: Command) -> None:
    today = utc("2018-12-27T00:00:05").astimezone().date()  # the last entry, by the zone of this PC
    last = "2018-12-24" if today == DAY else "2018-12-26"  # Christmas was no session
    for word, named in (("today", today), ("yesterday", last)):
        ran = assistant("replay", word, "--json", "--home", str(copied))
        if ran.code == 0:
            assert ran.document["date"] == str(named)
        else:  # in a zone in which it is still the 26th
            assert f"no journal of {named} of login {LOGIN} in " in ran.error


def test_the_command_ends_with_1_where_it_differs(copied: Path, assistant: Command) -> None:
    at = changed_quote(copied, -1)
    told = assistant("replay", "2018-12-26", "--json", "--home", str(copied))
    schema("replay-1").validate(told.document)
    assert (told.code, told.document["identical"]) == (1, False)
    assert told.document["difference"]["at"] == at
