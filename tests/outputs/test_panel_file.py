"""The panel file against docs/panel-file.md: the reader here was written from that document alone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import floor, isclose
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assistant
from assistant.core.advice import Advice
from assistant.core.alerts import Alert, Level, Told, Topic
from assistant.core.check import Intent, Verdict, check
from assistant.core.market import Side, Unknown
from assistant.core.program import Mode
from assistant.core.sizing import Sizing
from assistant.core.snapshot import Impact, Release
from assistant.core.standing import standing
from assistant.errors import PublishError
from assistant.outputs.advice import Stamp, advice_document
from assistant.outputs.panel_file import SIZE_LIMIT, decimal, panel_path, render, text, write_panel
from assistant.outputs.state import find_saved
from tests.doubles import bridge
from tests.doubles.cycles import advice_of, broker_snapshot, paper_snapshot
from tests.outputs.voting import voted

DOCUMENT = Path(assistant.__file__).parent / "docs" / "panel-file.md"
OPEN = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
CHRISTMAS = datetime(2018, 12, 25, 15, 30, tzinfo=UTC)
SIDES = {"B": Side.BUY, "S": Side.SELL}


Read = TypeVar("Read", int, float)


# The reader


class RefusedError(Exception):
    """The bytes are not a panel file of version 1."""


@dataclass
class Symbol:
    role: str
    digits: int
    volume_min: float
    volume_step: float
    min_stop: float | None
    default_stop: float | None
    age_ms: int | None
    sides: dict[str, Orders] = field(default_factory=dict)
    open: dict[str, tuple[float, float | None]] = field(default_factory=dict)


@dataclass
class Orders:
    money: float | None
    money_name: str
    loss_per_unit: float | None
    cost_per_lot: float | None
    floor_loss_per_lot: float | None
    lots_cap: float
    lots_name: str
    lots: float
    binding: str
    reason: str
    would_lots: float | None
    would_name: str


@dataclass
class Vote:
    value: int | None  # None: silent
    number: float | None
    reason: str


@dataclass
class Panel:
    one: dict[str, list[str]] = field(default_factory=dict)  # lines that stand once, by tag
    votes: dict[str, Vote] = field(default_factory=dict)  # by name
    symbols: dict[str, Symbol] = field(default_factory=dict)
    news: list[tuple[int, str, str, str]] = field(default_factory=list)
    alerts: list[tuple[str, str, str]] = field(default_factory=list)


def number(value: str) -> float:
    if not re.fullmatch(r"-?\d+(\.\d+)?", value, re.ASCII):
        raise RefusedError(value)
    if len(value.lstrip("-").replace(".", "").strip("0")) > 15:
        raise RefusedError(value)
    return float(value)


def count(value: str) -> int:
    if not re.fullmatch(r"-?\d+", value, re.ASCII):
        raise RefusedError(value)
    return int(value)


def words(value: str) -> str:
    if len(value) > 60 or not value.isprintable():
        raise RefusedError(value)
    return value


def may(kind: Callable[[str], Read], value: str) -> Read | None:
    return kind(value) if value else None


def verified(content: bytes) -> list[str]:
    if len(content) >= 64000 or not content.endswith(b"\n"):
        raise RefusedError
    end = content.rfind(b"\n", 0, -1) + 1
    body = content[:end]
    if content[end:] != b"END|%d|%08x\n" % (len(body), crc32(body)):
        raise RefusedError
    lines = body.decode("utf-8").split("\n")[:-1]
    if not lines or lines[0] != "BREADTH-ADVICE|1":
        raise RefusedError
    return lines[1:]


ONCE = {"SEQ": 1, "UTC": 1, "TTL": 1, "LOGIN": 1, "SERVER": 1, "MODE": 2, "SESSION": 2, "REGIME": 4}
ONCE |= {"RATIO": 3, "SHARE": 2}
MANY = {"VOTE": 4, "SYM": 8, "SIDE": 14, "POS": 4, "FLOOR": 6, "NEWS": 4, "ALERT": 3}
LAST = ["SYM", "SIDE", "POS", "FLOOR", "NEWS", "ALERT"]  # in this order
IMPACTS, LEVELS = {"high", "medium", "low", "none"}, {"info", "warning", "alarm"}
VALUES = {"1": 1, "-1": -1, "0": 0, "A": None}


def read(content: bytes) -> Panel:
    panel = Panel()
    before = ""
    for line in verified(content):
        tag, *fields = line.split("|")
        if before in LAST[3:] and (tag not in LAST or LAST.index(tag) < LAST.index(before)):
            raise RefusedError(line)
        before = tag
        if len(fields) != (ONCE | MANY).get(tag, len(fields)):
            raise RefusedError(line)
        if tag in ONCE:
            if tag in panel.one or panel.symbols:
                raise RefusedError(line)
            panel.one[tag] = fields
        elif tag in LAST[3:]:
            tell(panel, tag, fields)
        elif tag in MANY:
            take(panel, tag, fields)
    if list(panel.one) != list(ONCE) or len(panel.news) > 3 or len(panel.alerts) > 8:
        raise RefusedError
    return panel


def take(panel: Panel, tag: str, fields: list[str]) -> None:
    name, f = fields[0], fields
    if tag == "VOTE":
        if list(panel.one)[-1:] != ["SHARE"] or panel.symbols or name in panel.votes or f[1] not in VALUES:
            raise RefusedError(f)
        panel.votes[words(name)] = Vote(VALUES[f[1]], may(number, f[2]), words(f[3]))
        return
    if tag == "SYM":
        panel.symbols[name] = Symbol(
            words(f[1]),
            *(count(f[2]), number(f[3]), number(f[4])),
            *(may(number, f[5]), may(number, f[6]), may(count, f[7])),
        )
        return
    if list(panel.symbols)[-1:] != [name] or f[1] not in SIDES:
        raise RefusedError(tag)
    if tag == "POS":
        panel.symbols[name].open[f[1]] = (number(f[2]), may(number, f[3]))
        return
    panel.symbols[name].sides[f[1]] = Orders(
        *(may(number, f[2]), words(f[3]), may(number, f[4]), may(number, f[5]), may(number, f[6])),
        *(number(f[7]), words(f[8]), number(f[9]), words(f[10]), words(f[11])),
        *(may(number, f[12]), words(f[13])),
    )


def tell(panel: Panel, tag: str, f: list[str]) -> None:
    if tag == "NEWS" and f[2] in IMPACTS:
        panel.news.append((count(f[0]), words(f[1]), f[2], words(f[3])))
    elif tag == "ALERT" and f[1] in LEVELS:
        panel.alerts.append((words(f[0]), f[1], words(f[2])))
    elif tag != "FLOOR":
        raise RefusedError(f)


def lots_at(symbol: Symbol, side: Orders, distance: float) -> float:
    """The formula of the document."""
    if side.money is None or symbol.min_stop is None:
        return 0.0
    assert side.loss_per_unit is not None
    assert side.cost_per_lot is not None
    assert side.floor_loss_per_lot is not None
    distance = max(distance, symbol.min_stop)
    loss = max(distance * side.loss_per_unit + side.cost_per_lot, side.floor_loss_per_lot)
    step = symbol.volume_step
    lots = floor(min(side.money / loss, side.lots_cap) / step + 0.000000001) * step
    return 0.0 if lots < symbol.volume_min - 0.000000001 * step else lots


# What it reads


@pytest.fixture(scope="module")
def advice(tmp_path_factory: pytest.TempPathFactory) -> Advice:
    return advice_of(paper_snapshot(tmp_path_factory.mktemp("home"), OPEN))


@pytest.fixture(scope="module")
def content(advice: Advice) -> bytes:
    return rendered(advice)


@pytest.fixture
def broker(tmp_path: Path) -> bridge.Broker:
    return bridge.Broker(tmp_path / "Common")


def rendered(advice: Advice) -> bytes:
    return render(advice, seq=7, ttl=5, funded_mode="dry_run")


def ended(body: bytes) -> bytes:
    """A body with the line that ends it."""
    return body + b"END|%d|%08x\n" % (len(body), crc32(body))


def test_the_example_in_the_document_is_accepted() -> None:
    example = DOCUMENT.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]

    panel = read(example.encode())

    assert [(name, vote.value, vote.number) for name, vote in panel.votes.items()] == [
        ("breadth", -1, -0.0214),
        ("credit", 1, -0.0312),
        ("economy", None, None),
        ("volatility", 0, 21.5),
    ]
    assert panel.one["REGIME"][3] == "fresh break below its 50-session low of 2018-10-03, ratio f…"
    iwm, spy = panel.symbols["IWM.US"], panel.symbols["SPY.US"]
    assert iwm.default_stop == 4.25
    assert lots_at(iwm, iwm.sides["B"], 4.25) == pytest.approx(0.8)  # 347.55 / (4.25 x 93 + 1.5) = 0.876
    assert lots_at(iwm, iwm.sides["B"], 12.0) == pytest.approx(0.3)  # 347.55 / 1117.5 = 0.311
    assert lots_at(iwm, iwm.sides["B"], 13.0) == 0.0  # 347.55 / 1210.5 = 0.287, below 0.3
    assert lots_at(iwm, iwm.sides["S"], 4.25) == pytest.approx(1.2)  # 496.5 / 396.75 = 1.251
    for symbol in (iwm, spy):
        for side in symbol.sides.values():
            assert side.lots == pytest.approx(lots_at(symbol, side, symbol.default_stop or 0.0))


def test_a_file_of_a_paper_cycle_holds_the_values_of_its_advice(advice: Advice, content: bytes) -> None:
    one = read(content).one

    assert one["SEQ"] == ["7"]
    assert one["UTC"] == ["1545838200"]  # 2018-12-26T15:30:00Z: 17891 days x 86400 + 55800 s
    assert one["TTL"] == ["5"]
    assert one["LOGIN"] == ["9000001"]
    assert one["SERVER"] == ["Paper-Demo"]
    assert one["MODE"] == ["paper", "dry_run"]
    assert one["SESSION"] == ["open", "1545858000"]  # closes at 21:00: 17891 x 86400 + 75600
    assert one["REGIME"][:3] == [advice.regime.stance, str(advice.regime.since), str(advice.regime.sessions)]
    assert one["REGIME"][3] == ", ".join(advice.regime.flags)[:59] + "…"
    assert advice.regime.ratio is not None
    assert number(one["RATIO"][0]) == pytest.approx(advice.regime.ratio, rel=1e-14)
    points = [number(point) for point in one["RATIO"][2].split(",")]
    assert points == pytest.approx(advice.regime.trail, abs=5e-7)
    assert len(points) == 60
    assert number(one["SHARE"][0]) == pytest.approx(advice.share.value, rel=1e-14)
    assert one["SHARE"][1] == advice.share.name


def test_no_quote_has_an_age_by_a_clock_that_is_in_doubt(advice: Advice) -> None:
    doubtful = replace(advice.terminal, clock_doubt="the server's clock is to be measured again")
    told = replace(advice, terminal=doubtful)

    assert [one.age_ms for one in read(rendered(told)).symbols.values()] == [None] * len(advice.symbols)
    document = advice_document(told, Stamp(1, 5, Mode.OFF, {}))
    assert [one["quote_age_s"] for one in document["symbols"]] == [None] * len(advice.symbols)


def test_the_sides_of_a_file_hold_the_values_of_its_advice(advice: Advice, content: bytes) -> None:
    panel = read(content)

    assert list(panel.symbols) == [one.instrument.broker_symbol for one in advice.symbols]
    for one in advice.symbols:
        symbol = panel.symbols[one.instrument.broker_symbol]
        assert (symbol.role, symbol.digits) == (one.instrument.role, one.instrument.digits)
        assert symbol.volume_step == one.instrument.volume_step
        assert not isinstance(one.quote, Unknown)
        assert symbol.age_ms == (advice.as_of - one.quote.at).total_seconds() * 1000
        assert list(symbol.sides) == ["B", "S"]
        for letter, side in symbol.sides.items():
            told = one.sides[SIDES[letter]]
            assert isinstance(told.sizing, Sizing)
            assert (side.lots, side.binding) == (told.lots, text(told.binding.name))
            assert (side.reason, side.money_name) == (text(told.binding.reason), told.money.name)
            assert side.money == pytest.approx(told.money.value, rel=1e-14)
            assert side.loss_per_unit == pytest.approx(told.sizing.loss_per_unit, rel=1e-14)
            assert side.lots_cap == pytest.approx(told.lots_cap.value, rel=1e-14)
        for held in one.held:
            letter = "B" if held.side is Side.BUY else "S"
            assert symbol.open[letter] == (held.lots, held.position_cap)


def agree(advice: Advice) -> int:
    """Every side's lots follow from its own fields; the number of sides that may order."""
    panel, orderable = read(rendered(advice)), 0
    for symbol in panel.symbols.values():
        for side in symbol.sides.values():
            assert isclose(side.lots, lots_at(symbol, side, symbol.default_stop or 0.0), abs_tol=1e-9)
            orderable += side.lots > 0
    return orderable


def test_the_formula_gives_the_lots_of_every_side(advice: Advice, broker: bridge.Broker) -> None:
    assert agree(advice) > 12
    broker.positions = (bridge.position(), bridge.position(82, "XLU.US", type=1, sl=0.0))
    assert agree(advice_of(broker_snapshot(broker))) == 4  # buy IWM and sell XLU are used up, 2 of 6


def test_the_formula_gives_no_lots_while_the_market_is_closed(tmp_path: Path) -> None:
    assert agree(advice_of(paper_snapshot(tmp_path, CHRISTMAS))) == 0


@pytest.mark.parametrize("stretch", [0.013, 0.31, 0.77, 1.9, 6.3])
def test_for_another_stop_the_formula_gives_what_a_check_gives(
    advice: Advice, broker: bridge.Broker, stretch: float
) -> None:
    for one_advice in (advice, advice_of(broker_snapshot(broker))):
        panel = read(rendered(one_advice))
        for one in one_advice.symbols:
            symbol = panel.symbols[one.instrument.broker_symbol]
            for letter, side in SIDES.items():
                sizing = one.sides[side].sizing
                assert isinstance(sizing, Sizing)
                distance = sizing.default_stop * stretch
                stop = sizing.entry - side.sign * distance
                verdict = check(Intent(side, one.instrument.symbol, 1e6, stop), standing(one_advice))
                assert isinstance(verdict, Verdict)
                computed = lots_at(symbol, symbol.sides[letter], distance)
                assert verdict.suggested == pytest.approx(computed, abs=1e-9)


ALERTS = tuple(
    Alert(
        at=OPEN,
        level=Level.ALARM,
        kind=Topic.FLOOR,
        subject=f"rule {number}",
        text=f"rule {number} is red | {'x' * 60}",
        reason="why",
        told=Told(3, "red", OPEN),
    )
    for number in range(8)
)
NEWS = (
    Release(OPEN, "USD", Impact.HIGH, "Fed | Powell\n speaks"),
    Release(OPEN + timedelta(minutes=30), "ALL", Impact.LOW, "y" * 100),
)


def test_news_and_alerts_stand_at_the_end_and_take_no_more_than_their_field(advice: Advice) -> None:
    panel = read(render(advice, seq=7, ttl=5, funded_mode="off", news=NEWS, alerts=ALERTS))
    assert panel.news == [
        (1545838200, "USD", "high", "Fed / Powell/ speaks"),
        (1545840000, "ALL", "low", "y" * 59 + "…"),
    ]
    assert panel.alerts[0] == (
        "20181226T153000.000Z-floor-rule-0",
        "alarm",
        f"rule 0 is red / {'x' * 43}…",  # 16 + 43 + 1 = 60
    )
    assert len({name for name, _, _ in panel.alerts}) == 8


def test_where_there_is_no_room_news_and_alerts_are_left_out_and_lots_stay(advice: Advice) -> None:
    many = ALERTS * 80  # 640 of more than 100 bytes each
    with_all = render(advice, seq=7, ttl=5, funded_mode="dry_run", news=NEWS, alerts=many)
    assert with_all == rendered(advice)


def test_the_lines_of_news_and_alerts_in_the_document_are_accepted(content: bytes) -> None:
    shown = [
        line[4:]
        for line in DOCUMENT.read_text(encoding="utf-8").splitlines()
        if "    NEWS" in line[:9] or "    ALERT" in line[:9]
    ]
    body = content[: content.rfind(b"END|")] + "".join(f"{line}\n" for line in shown).encode()
    panel = read(ended(body))
    assert panel.news == [(1538762400, "USD", "medium", "Baker Hughes US Oil Rig Count")]
    assert [level for _, level, _ in panel.alerts] == ["warning"]


def test_a_symbol_without_a_quote_has_empty_fields_and_no_lots(broker: bridge.Broker) -> None:
    broker.ticks["XLU.US"] = None

    panel = read(rendered(advice_of(broker_snapshot(broker))))

    xlu, iwm = panel.symbols["XLU.US"], panel.symbols["IWM.US"]
    assert (xlu.min_stop, xlu.default_stop, xlu.age_ms) == (None, None, None)
    for side in xlu.sides.values():
        assert (side.money, side.money_name, side.loss_per_unit) == (None, "", None)
        assert (side.lots_cap, side.lots, side.binding) == (0.0, 0.0, "broker facts")
        assert side.reason.startswith("symbol_info_tick for XLU.US failed: -1")
    assert iwm.sides["B"].lots > 0


def test_a_regime_that_is_unknown_leaves_its_fields_empty(broker: bridge.Broker) -> None:
    broker.bars["IWM.US"] = broker.bars["IWM.US"][-100:]  # 99 finished sessions, the average needs 100

    one = read(rendered(advice_of(broker_snapshot(broker)))).one

    assert one["REGIME"][:3] == ["UNKNOWN", "", "0"]
    assert one["RATIO"][1] == ""
    assert len(one["RATIO"][2].split(",")) == 60
    assert one["SHARE"] == ["0.5", "unknown"]


def test_each_vote_is_a_line_after_the_share_and_a_silent_one_is_an_a() -> None:
    content = rendered(voted()[0])

    # (ln(13/14) + ln(12/14)) / 6 = -0.03804310866349647, to 15 digits
    assert content.split(b"SHARE|0.3|regime\n")[1].startswith(
        "VOTE|small|-1|-0.0380431086634965|IWM against SPY: 2-session mean 3.8 % below its 3-session m…\n"
        "VOTE|fear|1|15.25|VIX 15.25 of 2018-12-07 is under 20\n"
        "VOTE|calm|0|40|IWM 40 is from 35 to 45\n"
        "VOTE|credit|A||BAA: is not read; name it in macro.series\n"
        "SYM|IWM.US|".encode()
    )
    assert read(content).votes["credit"] == Vote(None, None, "BAA: is not read; name it in macro.series")


def test_without_votes_there_is_no_line_of_one(broker: bridge.Broker) -> None:
    advice = advice_of(broker_snapshot(broker))
    assert len(read(rendered(advice)).votes) == len(advice.regime.votes) == 7
    assert b"VOTE" not in rendered(replace(advice, regime=replace(advice.regime, votes=())))


def test_remarks_that_are_too_long_lose_their_end_the_least_weighty() -> None:
    advice = voted()[0]
    assert advice.regime.flags[0] == "confirmed break below the band of 2018-12-06"
    (told,) = read(rendered(advice)).one["REGIME"][3:]
    assert told == "confirmed break below the band of 2018-12-06, confirmed bre…"
    assert len(told) == 60


def test_an_unknown_tag_is_ignored(content: bytes) -> None:
    body = content[: content.rfind(b"\n", 0, -1) + 1] + b"NOVELTY|1|2\n"
    assert read(body + b"END|%d|%08x\n" % (len(body), crc32(body))) == read(content)


def test_a_file_torn_at_any_byte_is_refused(content: bytes) -> None:
    for length in range(len(content)):
        with pytest.raises(RefusedError):
            read(content[:length])


def test_a_file_with_a_byte_more_is_refused(content: bytes) -> None:
    for more in (b"\n", b"\0", b" ", content):
        with pytest.raises(RefusedError):
            read(content + more)


def test_a_file_with_any_single_bit_flipped_is_refused(content: bytes) -> None:
    changed = bytearray(content)
    for place in range(len(content) * 8):
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(RefusedError):
            read(bytes(changed))
        changed[place // 8] ^= 1 << place % 8
    assert bytes(changed) == content


# How fields are written


def test_a_number_is_a_plain_decimal() -> None:
    assert decimal(1e-12) == "0.000000000001"
    assert decimal(1e20) == "100000000000000000000"
    assert decimal(0.1 + 0.2) == "0.3"  # 0.30000000000000004 has 17 digits
    assert decimal(123456789012345.6) == "123456789012346"  # 15 digits
    assert decimal(-0.25) == "-0.25"
    assert decimal(5000.0) == "5000"


@given(st.floats(min_value=-1e30, max_value=1e30, allow_nan=False))
def test_a_number_survives_to_fifteen_digits(value: float) -> None:
    assert number(decimal(value)) == pytest.approx(value, rel=1e-14)


def test_a_text_keeps_to_its_field() -> None:
    assert text("a|b\r\nc\td\x00e\u2028f\u00a0g\ud800h") == "a/b//c/d/e/f/g/h"
    assert text("Börse Zürich") == "Börse Zürich"
    assert text("x" * 60) == "x" * 60
    assert text("x" * 61) == "x" * 59 + "…"
    assert text("ü" * 200) == "ü" * 59 + "…"


@given(st.text(max_size=80))
def test_any_text_is_one_field_of_one_line(value: str) -> None:
    written = text(value)
    assert words(written) == written
    assert "|" not in written
    assert written.encode().decode() == written  # no half of a surrogate pair


def test_hostile_names_do_not_add_lines_or_fields(broker: bridge.Broker) -> None:
    broker.error = (-1, "a|b\nEND|0|0000")
    broker.ticks["SPY.US"] = None

    panel = read(rendered(advice_of(broker_snapshot(broker))))

    reason = panel.symbols["SPY.US"].sides["B"].reason
    assert reason == "symbol_info_tick for SPY.US failed: -1 a/b/END/0/0000"


# How the file comes to its place


def test_the_file_lies_below_the_common_folder() -> None:
    common = Path.cwd() / "Common"
    assert panel_path(str(common), 4001) == common / "Files" / "BreadthAssistant" / "advice_4001.txt"


def test_a_common_folder_that_is_none_on_this_machine_is_refused() -> None:
    told = (
        r"^the terminal's common folder was 'Users/x/Common', which is none on this machine: run with --no-"
    )
    with pytest.raises(PublishError, match=told):
        panel_path("Users/x/Common", 4001)


def test_a_file_that_is_too_large_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "advice_1.txt"
    write_panel(path, b"old")

    with pytest.raises(PublishError, match=f"{SIZE_LIMIT} bytes; expected less than {SIZE_LIMIT}"):
        write_panel(path, b"x" * SIZE_LIMIT)

    assert path.read_bytes() == b"old"
    write_panel(path, b"x" * (SIZE_LIMIT - 1))
    assert len(path.read_bytes()) == 63_999


def obstruct(monkeypatch: pytest.MonkeyPatch, times: int) -> list[float]:
    """Forbid so many replacements, as Windows does while a reader has the file open; the pauses taken."""
    replace, pauses, left = Path.replace, list[float](), [times]

    def refuse(path: Path, target: Path) -> Path:
        if left[0]:
            left[0] -= 1
            raise PermissionError(13, "Access is denied")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def test_a_reader_in_the_way_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "advice_1.txt"
    write_panel(path, b"old")
    pauses = obstruct(monkeypatch, 4)

    write_panel(path, b"new")

    assert path.read_bytes() == b"new"
    assert pauses == [0.010, 0.020, 0.040, 0.080]


def test_a_reader_that_never_lets_go_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state" / "advice_1.json"
    write_panel(path, b"old")
    obstruct(monkeypatch, 5)

    with pytest.raises(PublishError, match="Access is denied"):
        write_panel(path, b"new")

    assert path.read_bytes() == b"old"
    assert [one.path for one in find_saved(tmp_path, OPEN)] == []  # what is left over is no advice
    assert {one.name for one in path.parent.glob("advice_*.json")} == {"advice_1.json"}
    write_panel(path, b"next")
    assert [one.name for one in path.parent.iterdir()] == ["advice_1.json"]
    assert path.read_bytes() == b"next"


@pytest.mark.parametrize("obstacle", ["advice_1.txt", "advice_1.txt.tmp", ""])
def test_a_folder_in_the_way_is_told_in_one_line(tmp_path: Path, obstacle: str) -> None:
    path = tmp_path / "Files" / "advice_1.txt"
    if obstacle:
        (path.parent / obstacle / "full").mkdir(parents=True)
    else:
        path.parent.write_text("a file where the folder should be")

    with pytest.raises(PublishError, match=r"advice_1\.txt could not be written: [^\n]+$"):
        write_panel(path, b"new")


def test_no_rename_shows_a_part_of_a_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "advice_1.txt"
    write_panel(path, content)
    with path.open("rb") as reader:
        first = reader.read(100)
        write_panel(path, b"END\n")
        assert first + reader.read() == content  # who has the old file open reads the old file to its end
