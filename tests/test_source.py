"""Which terminal is opened, what its first looks wait for, and what makes a reading void."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from assistant.app import Assistant
from assistant.clock import WallClock
from assistant.config import load_config
from assistant.core.market import Unknown
from assistant.errors import ConfigError, TerminalError
from assistant.outputs.fields import Document
from assistant.outputs.journal import read_journal
from assistant.source import Source, open_source, paper_session, read_snapshot, warm_up
from assistant.terminal.clock import ATHENS, AUTO, NEW_YORK_PLUS_7
from tests.doubles import bridge
from tests.doubles.bridge import LOCAL, MAY_TOUCH, NOON, PATH, Broker, HandClock
from tests.doubles.cycles import advice_of, document_of, schema, source_of, terminal_of
from tests.doubles.runs import Run, sides

LEFT = "the terminal left login 4001 on Example-Live while it was read"
LONGEST = 10.0  # seconds of first looks


# Which terminal


def test_a_module_on_the_import_path_is_taken_by_its_name(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    functions = "\n".join(f"def {name}(*args): return None" for name in MAY_TOUCH)
    code = f"{functions}\ndef last_error(): return (-10003, 'MetaTrader 5 x64 not found')\n"
    (tmp_path / "bridge.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    source = open_source(load_config(home), home)
    monkeypatch.delitem(sys.modules, "bridge")
    with pytest.raises(TerminalError, match=r"^initialize failed: -10003 MetaTrader 5 x64 not found$"):
        source.terminal.connect()


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1 / 0", "division by zero"),
        ("def broken(:", "invalid syntax"),
        ("import no_such_package", "No module named 'no_such_package'"),
        ("raise OSError('no server\\non 127.0.0.1')", "no server"),
        ("raise ConnectionRefusedError", "ConnectionRefusedError"),
        ("raise SystemExit('start the server first')", "start the server first"),
    ],
)
def test_a_bridge_that_fails_when_it_is_imported_is_one_line(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, code: str, why: str
) -> None:
    (tmp_path / "failing_bridge.py").write_text(code, encoding="utf-8")
    (home / "config" / "local.yaml").write_text("terminal: {module: failing_bridge}", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError) as refused:
        open_source(load_config(home), home)
    line = str(refused.value)
    assert line.startswith(f"terminal.module was 'failing_bridge'; it cannot be imported: {why}")
    assert "\n" not in line


@pytest.mark.skipif(platform.system() == "Windows", reason="a terminal may be running there")
def test_where_there_is_no_windows_one_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(TerminalError) as refused:
        open_source(load_config(tmp_path), tmp_path)  # the packaged settings look for the terminal that runs
    assert str(refused.value) == (
        f"no MetaTrader 5 terminal here: it runs on Windows, this is {platform.system()}; "
        "use --paper to see the paper terminal, or name a bridge as terminal.module"
    )


def test_a_module_that_is_not_there_is_named(home: Path) -> None:
    (home / "config" / "local.yaml").write_text("terminal: {module: no_such_bridge}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^terminal\.module was 'no_such_bridge'; it cannot be imported: "):
        open_source(load_config(home), home)


# A reading


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("login", 4002, f"{LEFT}; it is logged in as 4002 on Example-Live"),
        ("server", "Example-Demo", f"{LEFT}; it is logged in as 4001 on Example-Demo"),
        ("path", r"D:\Prime MT5", rf"the terminal in {PATH} gave way to D:\Prime MT5 while it was read"),
    ],
)
@pytest.mark.parametrize("function", ["symbol_info_tick", "orders_get", "positions_get"])
def test_another_account_or_terminal_in_the_midst_of_a_reading_voids_it(
    home: Path, broker: Broker, function: str, name: str, value: object, told: str
) -> None:
    broker.positions = (bridge.position(),)
    run = Run(home, broker)
    usual = getattr(broker, f"_{function}")

    def switch(*args: object) -> object:
        setattr(broker, name, value)
        return usual(*args)

    with run.assistant() as (one, _):
        one.cycle()
        before = run.panel.read_bytes(), run.state.read_bytes(), run.journal()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(broker, f"_{function}", switch)
            with pytest.raises(TerminalError) as refused:
                one.cycle()
    assert str(refused.value) == told
    assert (run.panel.read_bytes(), run.state.read_bytes()) == before[:2]
    journal = run.journal()
    assert journal[: len(before[2])] == before[2]
    assert [entry["kind"] for entry in journal[len(before[2]) :]] == ["terminal", "stop"]


# The first looks


class Passing(HandClock):
    """A clock that lets something happen after every sleep, which is told how many seconds have passed."""

    def __init__(self, broker: Broker, happens: Callable[[float], None] = lambda _: None) -> None:
        """Take what happens."""
        super().__init__(broker)
        self._begun, self._happens = broker.now, happens

    @property
    def took(self) -> float:
        """Seconds since the beginning."""
        return (self.now() - self._begun).total_seconds()

    def sleep(self, seconds: float) -> None:
        """Move on, and let it happen."""
        super().sleep(seconds)
        self._happens(self.took)


def warmed(
    broker: Broker, happens: Callable[[float], None] = lambda _: None, zone: str = NEW_YORK_PLUS_7
) -> tuple[Source, float]:
    """A terminal after its first looks, and how many seconds they took."""
    clock = Passing(broker, happens)
    source = replace(source_of(broker, terminal_of(broker, zone=zone)), clock=clock)
    source.terminal.connect()
    warm_up(source)
    return source, clock.took


def after(seconds: float, action: Callable[[], None]) -> Callable[[float], None]:
    """Let something happen once so many seconds have passed."""
    return lambda passed: action() if passed == seconds else None


def held(source: Source, symbol: str) -> int:
    """How many sessions of a symbol a reading holds."""
    bars = read_snapshot(source).bars[symbol]
    assert not isinstance(bars, Unknown)
    return len(bars)


def frozen(broker: Broker) -> None:
    """Let no tick move any more."""
    tick = broker.functions()["symbol_info_tick"]
    broker.ticks = {name: tick(name) for name in broker.symbols}


def test_with_a_named_clock_two_looks_are_enough(broker: Broker) -> None:
    source, took = warmed(broker)
    assert took == 0.5
    assert held(source, "IWM") == 300


def test_a_clock_that_is_measured_ends_the_looks_as_soon_as_it_is_known(broker: Broker) -> None:
    source, took = warmed(broker, zone=AUTO)
    # the first move is seen at 0.5 s, and two symbols must have kept pace for 3 s
    assert took == 3.5
    facts = read_snapshot(source).terminal
    assert (facts.clock, facts.clock_doubt) == (NEW_YORK_PLUS_7, None)


def test_in_an_open_market_without_a_tick_that_moves_it_waits_ten_seconds_and_advises_nothing(
    broker: Broker,
) -> None:
    frozen(broker)
    source, took = warmed(broker, zone=AUTO)
    assert took == LONGEST
    looks = [args for name, args, _ in broker.calls if (name, args) == ("symbol_info_tick", ("SPY.US",))]
    assert len(looks) == 1 + 21  # one by `frozen`; 0.0, 0.5 ... 10.0 s
    document = document_of(advice_of(read_snapshot(source)))
    doubt = "the server's clock is not measured yet: too few symbols have had ticks that move"
    assert document["terminal"]["clock_doubt"] == doubt
    assert {(side["lots"], side["binding"]["name"]) for side in sides(document)} == {(0.0, "stale")}
    assert {cap["reason"] for cap in document["caps"] if cap["name"] == "stale"} == {doubt}
    # and no other fault stands: the same quotes under a named clock are 1.75 s old, and sized
    broker.now = NOON
    named, _ = warmed(broker)
    assert any(side["lots"] for side in sides(document_of(advice_of(read_snapshot(named)))))


def test_ticks_that_begin_to_move_later_are_waited_for(broker: Broker) -> None:
    frozen(broker)
    source, took = warmed(broker, after(2.0, broker.ticks.clear), AUTO)
    assert took == 2.0 + 3.0  # the first move is seen at 2 s
    assert read_snapshot(source).terminal.clock_doubt is None


@pytest.mark.parametrize(
    ("instant", "state"),
    [
        (datetime(2025, 1, 15, 13, 0, tzinfo=UTC), "pre"),
        (datetime(2025, 1, 15, 22, 0, tzinfo=UTC), "closed"),
        (datetime(2025, 1, 18, 17, 0, tzinfo=UTC), "closed"),  # a Saturday
        (datetime(2025, 1, 20, 17, 0, tzinfo=UTC), "holiday"),  # Martin Luther King's day
    ],
)
def test_in_a_closed_market_no_tick_is_waited_for(broker: Broker, instant: datetime, state: str) -> None:
    frozen(broker)
    broker.ticks["XLU.US"] = None
    broker.now = instant
    days = bridge.sessions(instant.date(), 301)
    broker.bars = {name: [bridge.bar(day, 50.0) for day in days] for name in broker.bars}
    source, took = warmed(broker, zone=AUTO)
    assert took == 0.5  # for the histories alone
    snapshot = read_snapshot(source)
    assert snapshot.hours.state == state
    assert len(snapshot.bars) == 3
    assert not [bars for bars in snapshot.bars.values() if isinstance(bars, Unknown)]


def test_a_calendar_that_the_history_tells_is_waited_for(broker: Broker) -> None:
    # In these weeks New York has summer time and Athens has not: there the same bars are an hour earlier.
    apart = [(date(2024, 3, 10), date(2024, 3, 31)), (date(2024, 10, 27), date(2024, 11, 3))]

    def athens(daily: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
        moved = []
        for stamp, *facts in bridge.hours(daily):
            day = datetime.fromtimestamp(stamp, UTC).date()
            moved.append((stamp - 3600 * any(a <= day < b for a, b in apart), *facts))
        return moved

    broker.hours = athens
    broker.now = broker.now.replace(hour=22)
    source, took = warmed(broker, zone=AUTO)
    # read with New York's at 0.0 and 0.5 s, when the calendar is told; with Athens' at 1.0 and 1.5 s
    assert took == 1.5
    assert source.terminal.facts().clock == ATHENS
    assert held(source, "IWM") == 301


def test_at_the_edge_of_a_session_ticks_are_waited_for(broker: Broker) -> None:
    broker.now = datetime(2025, 1, 15, 14, 31, tzinfo=UTC)
    frozen(broker)
    _, took = warmed(broker, zone=AUTO)
    assert took == LONGEST


def test_a_symbol_without_a_quote_is_waited_for_and_then_stops_no_other(broker: Broker) -> None:
    broker.ticks["XLU.US"] = None
    source, took = warmed(broker)
    assert took == LONGEST
    document = document_of(advice_of(read_snapshot(source)))
    lots = {one["symbol"]: one["sell"]["lots"] for one in document["symbols"]}
    assert lots["XLU"] == 0.0
    assert lots["IWM"] > 0


def test_a_quote_that_comes_at_last_ends_the_looks(broker: Broker) -> None:
    broker.ticks["XLU.US"] = None
    _, took = warmed(broker, after(4.0, broker.ticks.clear))
    assert took == 4.0


@pytest.mark.parametrize("hour", [17, 22], ids=["open", "closed"])
def test_a_history_that_grows_is_waited_for_in_any_market(broker: Broker, hour: int) -> None:
    broker.now = broker.now.replace(hour=hour)
    whole = broker.bars["XLU.US"]
    broker.bars["XLU.US"] = whole[-100:]

    def load(passed: float) -> None:
        broker.bars["XLU.US"] = whole[-100 - round(passed * 20) :] if passed < 2 else whole

    source, took = warmed(broker, load)
    assert took == 2.5  # whole at 2.0 s, and read alike half a second later
    # at 22 h the session of the day has closed, too
    assert held(source, "XLU") == {17: 300, 22: 301}[hour]


def test_a_history_that_is_not_there_at_first_is_waited_for(broker: Broker) -> None:
    broker.fails.add("copy_rates_from_pos")
    source, took = warmed(broker, after(3.0, broker.fails.clear))
    assert took == 4.5  # asked for at 0, 2 and 4 s, and read alike half a second later
    assert held(source, "IWM") == 300


def test_a_history_that_stays_away_ends_the_looks_after_a_while(broker: Broker) -> None:
    broker.bars["XLU.US"] = []
    source, took = warmed(broker)
    assert took == LONGEST
    snapshot = read_snapshot(source)
    assert snapshot.bars["XLU"] == Unknown("XLU.US has no bars of timeframe 16385")
    assert held(source, "IWM") == 300


def test_a_symbol_that_is_not_offered_is_not_waited_for(broker: Broker) -> None:
    del broker.symbols["XLU.US"]
    source, took = warmed(broker)
    assert took == 0.5
    assert source.terminal.problems == ("not offered by this broker: XLU",)


def test_a_history_that_goes_on_loading_is_no_history(broker: Broker) -> None:
    whole = broker.bars["SPY.US"]
    broker.bars["SPY.US"] = whole[-200:]

    def load(passed: float) -> None:
        broker.bars["SPY.US"] = whole[-200 - round(2 * passed) :]

    source, took = warmed(broker, load)
    assert took == LONGEST
    assert source.terminal.loading == ("SPY.US",)
    # 200 + 20 bars, the newest of the session that has not closed
    told = "history of SPY.US is loading, 219 sessions so far"
    snapshot = read_snapshot(source)
    assert snapshot.bars["SPY"] == Unknown(told)
    document = document_of(advice_of(snapshot))
    assert {side["lots"] for side in sides(document)} == {0.0}
    assert told in {cap["reason"] for cap in document["caps"] if cap["name"] == "stale"}


def test_the_clock_outlives_a_connection_to_the_same_server(home: Path, broker: Broker) -> None:
    local = LOCAL.replace("server_zone: New_York+7", "server_zone: auto")
    (home / "config" / "local.yaml").write_text(local, encoding="utf-8")
    run = Run(home, broker)
    run.loop(20, lambda: broker.fails.add("account_info"), broker.fails.clear)
    # 3.5 s until the clock is known; lost at 4.5 s; connected at 5.5 s; its histories known 0.5 s later
    seconds = [(datetime.fromisoformat(one["as_of"]) - NOON).total_seconds() for one in run.shown]
    assert seconds[:3] == [3.5, 6.0, 7.0]
    assert {one["terminal"]["clock_doubt"] for one in run.shown} == {None}


@pytest.mark.parametrize(
    "other", [{"server": "Other-Live"}, {"path": r"D:\Other"}, {"fails": {"account_info"}}]
)
def test_the_clock_of_another_server_is_measured_anew(broker: Broker, other: dict[str, object]) -> None:
    source = source_of(broker, terminal_of(broker, zone="auto"))
    source.terminal.connect()
    warm_up(source)
    assert source.terminal.facts().clock_doubt is None
    source.terminal.connect()
    assert source.terminal.facts().clock_doubt is None
    for name, value in other.items():
        setattr(broker, name, value)
    source.terminal.connect()
    assert "is not measured yet" in str(source.terminal.facts().clock_doubt)


def test_a_terminal_that_goes_in_the_first_looks_is_connected_again(home: Path, broker: Broker) -> None:
    run = Run(home, broker)

    def gone(_: str) -> None:
        broker.error = (-10004, "No IPC connection")

    def back() -> None:
        del broker.__dict__["_symbol_info_tick"]
        broker.error = (-1, "Terminal: Call failed")

    broker.__dict__["_symbol_info_tick"] = gone
    run.loop(8, back)
    assert run.troubles == ["symbol_info_tick for IWM.US failed: -10004 No IPC connection"]
    assert sum(name == "initialize" for name, _, _ in broker.calls) == 2
    # lost at 0 s, connected at 1 s, two looks
    assert run.shown[0]["as_of"] == (NOON + timedelta(seconds=1.5)).isoformat().replace("+00:00", "Z")


# Clocks


def test_the_wall_clock_is_in_utc_and_goes_forward() -> None:
    clock = WallClock()
    before = clock.now()
    clock.sleep(0.001)
    assert clock.now() > before
    assert before.utcoffset() == timedelta(0)


def paper(home: Path, start: datetime | None = None, speed: float = 1.0) -> Source:
    return open_source(load_config(home), home, paper=True, start=start, speed=speed)


def test_the_paper_clock_stands_still_but_for_sleep(tmp_path: Path) -> None:
    source = paper(tmp_path, speed=1e6)
    before = source.clock.now()
    assert source.clock.now() == before
    source.clock.sleep(90)
    assert source.clock.now() == before + timedelta(seconds=90)


def test_a_paper_run_is_marked_and_keeps_to_its_home(tmp_path: Path) -> None:
    source = paper(tmp_path, speed=1e6)
    with Assistant(load_config(tmp_path), tmp_path, source, publish=True, dry_run=False) as one:
        _, document = one.cycle()
    assert (source.mode, document["mode"]) == ("paper", "paper")
    assert one.panel is not None
    assert one.panel.is_relative_to(tmp_path / "paper")
    assert "MODE|paper|off" in one.panel.read_text(encoding="utf-8")


def test_the_paper_session_has_five_minutes_on_either_side() -> None:
    start, end = paper_session()
    assert (start.isoformat(), end.isoformat()) == ("2018-12-26T14:25:00+00:00", "2018-12-26T21:05:00+00:00")


def test_a_paper_day_from_before_the_open_to_after_the_close(tmp_path: Path) -> None:
    start, end = paper_session()
    states, sizes = [], []
    source = paper(tmp_path, start, speed=1e9)
    with Assistant(load_config(tmp_path), tmp_path, source, publish=True, dry_run=False) as one:

        def show(document: Document) -> None:
            schema("advice-1").validate(document)
            state = document["symbols"][0]["session"]["state"]
            states.append(state)
            sizes.append(sum(side["lots"] for side in sides(document)))

        one.run(240.0, show, pytest.fail, until=end)  # looks 300 s apart would not measure a clock
    assert [state for state, _ in groupby(states)] == ["pre", "edge", "open", "edge", "closed"]
    assert {state for state, lots in zip(states, sizes, strict=True) if lots} == {"edge", "open"}
    closes = [entry for entry in read_journal(one.journal.path) if entry["kind"] == "closes"]
    assert [len(entry["closes"][0]) for entry in closes] == [561, 1]
