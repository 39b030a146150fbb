"""The documented bridge, over a real RPyC server in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest
import rpyc

from assistant.config import load_config
from assistant.core.market import Unknown
from assistant.errors import TerminalError
from assistant.source import Source, open_source, read_snapshot
from assistant.terminal import paper
from assistant.terminal.reads import READS, Reads
from tests.doubles import wine

D1 = 16408


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("Common")


@pytest.fixture(scope="module")
def port(common: Path) -> Iterator[int]:
    """The port of a server that outlives the tests that do not harm it."""
    with wine.server(common) as server:
        yield server.port


@pytest.fixture
def bridge(tmp_path: Path, port: int) -> Iterator[ModuleType]:
    """The documented module, connected."""
    module = wine.documented(tmp_path, port)
    assert module.initialize() is True
    yield module
    module.shutdown()


@pytest.fixture
def here(common: Path) -> ModuleType:
    """The same terminal in this process, connected and at the same instant."""
    paper.reset(paper.START, common)
    paper.initialize()
    module = ModuleType("here")
    vars(module).update({name: getattr(paper, name) for name in READS})
    return module


class Standing:
    """A clock that stands at the paper terminal's start; `then` acts whenever it is asked."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self._then = then

    def now(self) -> datetime:
        """The instant."""
        self._then()
        return paper.START

    def sleep(self, seconds: float) -> None:
        """Go on at once."""

    def passed(self) -> float:
        """The same as ever."""
        return 0.0


def opened(
    module: ModuleType, home: Path, patch: pytest.MonkeyPatch, then: Callable[[], object] = lambda: None
) -> Source:
    """A source whose configured module is this one."""
    patch.setitem(sys.modules, module.__name__, module)
    (home / "config").mkdir(exist_ok=True)
    settings = f"terminal: {{module: {module.__name__}, server_zone: New_York+7}}\n"
    (home / "config" / "local.yaml").write_text(settings, encoding="utf-8")
    return replace(open_source(load_config(home), home), clock=Standing(then))


# What comes across


def test_a_snapshot_through_the_bridge_is_the_one_read_in_process(
    bridge: ModuleType, here: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    for module in (bridge, here):
        source = opened(module, tmp_path, monkeypatch)
        source.terminal.connect()
        read_snapshot(source)
        read.append(read_snapshot(source))
    across, direct = read
    assert across.terminal.module == "wine_bridge"
    assert across == replace(direct, terminal=replace(direct.terminal, module="wine_bridge"))
    assert across.positions
    assert len(across.instruments) == 12
    assert all(len(bars) > 500 for bars in across.bars.values() if not isinstance(bars, Unknown))


def test_bars_arrive_with_all_fields_read_only_as_the_package_gives_them(
    bridge: ModuleType, here: ModuleType
) -> None:
    name = here.symbols_get()[0].name
    across = bridge.copy_rates_from_pos(name, D1, 0, 40)
    direct = here.copy_rates_from_pos(name, D1, 0, 40)
    assert across.dtype == direct.dtype
    assert across.tolist() == direct.tolist()
    assert 0 < len(across) <= 40
    assert not across.flags.writeable


def test_structs_arrive_with_every_field_alone_several_or_none(bridge: ModuleType, here: ModuleType) -> None:
    account = vars(bridge.account_info())
    assert account == here.account_info()._asdict()
    assert list(account)[0] == "login"  # noqa: RUF015 -- the fields are in the package's order
    assert [vars(one) for one in bridge.positions_get()] == [one._asdict() for one in here.positions_get()]
    assert len(bridge.positions_get()) > 0
    assert len(bridge.symbols_get()) >= 12
    assert [one.name for one in bridge.symbols_get()] == [one.name for one in here.symbols_get()]
    assert bridge.symbols_get(group="NOTHING*") == ()


def test_a_failure_arrives_with_its_own_code_and_text(bridge: ModuleType) -> None:
    reads = Reads(bridge)
    answer = reads.optional("symbol_info", "NOTHING")
    assert answer == Unknown("symbol_info for NOTHING failed: -4 Terminal: Not found")
    assert reads.call("account_info").login > 0
    assert bridge.last_error() == (1, "Success")


def test_an_argument_of_a_wrong_type_is_about_that_call_and_is_told_in_one_line(bridge: ModuleType) -> None:
    answer = Reads(bridge).optional("terminal_info", "too many")
    assert isinstance(answer, Unknown)
    assert answer.reason.startswith("terminal_info failed: terminal_info() takes ")
    assert "\n" not in answer.reason
    assert Reads(bridge).call("account_info").login > 0


def test_the_terminal_s_folder_is_told_as_this_side_sees_it(tmp_path: Path) -> None:
    with wine.server("C:\\users\\ann\\AppData\\Roaming\\MetaQuotes\\Terminal\\Common") as server:
        module = wine.documented(tmp_path, server.port)
        module.DRIVE_C = tmp_path / "drive_c"  # type: ignore[attr-defined]
        module.initialize()
        folder = module.terminal_info().commondata_path
        module.shutdown()
    parts = ("users", "ann", "AppData", "Roaming", "MetaQuotes", "Terminal", "Common")
    assert Path(folder) == (tmp_path / "drive_c").joinpath(*parts)


def test_the_module_has_the_reading_functions_and_no_other_of_the_package(bridge: ModuleType) -> None:
    public = {name for name, one in vars(bridge).items() if callable(one) and name[0].islower()}
    assert public - {"create_connection", "partial", "suppress"} == set(READS)


# What a bridge without copies is worth


def test_a_bridge_that_hands_out_proxies_is_refused_at_its_first_answer(port: int) -> None:
    connection = rpyc.classic.connect("127.0.0.1", port)
    try:
        module = ModuleType("bare")
        vars(module).update({name: getattr(connection.modules.MetaTrader5, name) for name in READS})
        reads = Reads(module)
        assert reads.call("initialize") is True
        for name in ("account_info", "positions_get"):
            with pytest.raises(TerminalError, match=rf"^{name} gave a proxy"):
                reads.call(name)
        with pytest.raises(TerminalError, match=r"^copy_rates_from_pos gave a proxy"):
            reads.call("copy_rates_from_pos", "SPY.US", D1, 0, 5)
    finally:
        connection.close()


# What goes wrong


def test_a_server_that_dies_within_a_reading_ends_it_at_the_first_call_and_a_new_one_serves(
    common: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wine.server(common) as first, wine.server(common) as second:
        module = wine.documented(tmp_path, first.port)
        source = opened(module, tmp_path, monkeypatch, then=first.kill)
        source.terminal.connect()
        with pytest.raises(TerminalError, match=r"^\w+ failed: EOFError: \S"):
            read_snapshot(source)  # the clock is asked after the account and before the quotes
        with pytest.raises(TerminalError, match=r"^initialize failed: ConnectionRefusedError: \S"):
            source.terminal.connect()
        with pytest.raises(TerminalError, match=r"^account_info failed: -10004 No IPC connection$"):
            source.terminal.account()

        module.PORT = second.port  # type: ignore[attr-defined]
        source = replace(source, clock=Standing())
        source.terminal.connect()
        assert read_snapshot(source).quotes
        source.terminal.close()


def test_a_server_that_does_not_answer_is_given_up_after_the_module_s_seconds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        module = wine.documented(tmp_path, silent.getsockname()[1])
        module.SECONDS = 0.2  # type: ignore[attr-defined]
        with pytest.raises(TerminalError, match=r"^initialize failed: TimeoutError: result expired$"):
            Reads(module).call("initialize")
        module.shutdown()


def test_before_it_is_connected_a_bridge_says_so_as_the_package_does(tmp_path: Path) -> None:
    reads = Reads(wine.documented(tmp_path, 1))
    with pytest.raises(TerminalError, match=r"^account_info failed: -10004 No IPC connection$"):
        reads.call("account_info")


def test_the_program_finds_the_module_by_pythonpath_and_tells_a_missing_server_in_one_line(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    wine.documented(tmp_path, port)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.yaml").write_text("terminal: {module: wine_bridge}\n", encoding="utf-8")
    paths = os.pathsep.join((str(tmp_path), str(wine.ROOT)))
    ended = subprocess.run(
        [sys.executable, "-P", "-m", "assistant", "run", "--once", "--home", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr.startswith("error: initialize failed: ConnectionRefusedError: ")
    assert ended.stderr.count("\n") == 1
    assert (ended.returncode, ended.stdout) == (1, "")
