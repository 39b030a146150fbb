from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import assistant
from assistant.core.advice import Advice
from tests.doubles.cycles import advice_of, paper_snapshot
from tests.mql5.build import build
from tests.mql5.panels import DARK, FLOORS, QUOTE, rendered
from tests.mql5.terminal import Terminal
from tests.outputs.test_panel_file import ended

PACKAGED = Path(assistant.__file__).parent / "mql5"
INCLUDES = PACKAGED / "Include"
OPEN = datetime(2018, 12, 26, 15, 30, tzinfo=UTC)
EPOCH = 1545838200  # the same in seconds: 17891 days x 86400 + 55800

Start = Callable[..., Terminal]
StartPanel = Callable[..., Terminal]


def uncompiled(platform: str, compiler: str | None) -> str | None:
    """Why MQL5 cannot be compiled here; None where it can."""
    if platform != "linux":
        return "the MQL5 sources are compiled and run on Linux only"
    if compiler is None:
        return "g++ is missing: the MQL5 sources were NOT compiled (Debian: apt-get install g++)"
    return None


@pytest.fixture(scope="session")
def compiler() -> None:
    """Skip where MQL5 cannot be compiled; in CI a Linux without g++ is a failure."""
    why = uncompiled(sys.platform, shutil.which("g++"))
    if why and sys.platform == "linux" and os.environ.get("CI"):
        pytest.fail(why)
    if why:
        pytest.skip(why)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs that are built, one for all workers of a test run."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "mql5"


@pytest.fixture(scope="session")
def built(compiler: None, cache: Path) -> Callable[[Path], Path]:
    """Build an MQL5 source."""
    del compiler
    return lambda source: build(source, INCLUDES, cache)


@pytest.fixture(scope="session")
def probe(built: Callable[[Path], Path]) -> Path:
    """The program that asks the include."""
    return built(Path(__file__).parent / "programs" / "Probe.mq5")


@pytest.fixture
def start(probe: Path, tmp_path: Path) -> Iterator[Start]:
    """Start the probe in a terminal of its own."""
    with ExitStack() as stack:

        def started(**inputs: object) -> Terminal:
            terminal = stack.enter_context(Terminal(probe, tmp_path / "Common", utc=EPOCH, inputs=inputs))
            terminal.do("init")
            return terminal

        yield started


@pytest.fixture(scope="session")
def advice(tmp_path_factory: pytest.TempPathFactory) -> Advice:
    """The advice of a paper cycle in an open market."""
    return advice_of(paper_snapshot(tmp_path_factory.mktemp("home"), OPEN))


@pytest.fixture
def panel(built: Callable[[Path], Path], tmp_path: Path) -> Iterator[StartPanel]:
    """Start the panel on a chart of IWM.US; each has a terminal of its own."""
    binary = built(PACKAGED / "Indicators" / "BreadthAssistant" / "Panel.mq5")
    with ExitStack() as stack:

        def started(content: bytes | None, *before: str, **inputs: object) -> Terminal:
            terminal = stack.enter_context(Terminal(binary, tmp_path / "Common", utc=EPOCH, inputs=inputs))
            if content is not None:
                terminal.write(content)
            terminal.do("chart 1200 1000", f"background {DARK}", QUOTE, *before, "init")
            return terminal

        yield started


@pytest.fixture
def live_file(advice: Advice) -> bytes:
    """The file of the same as a live account has it."""
    return rendered(replace(advice, mode="live"))


@pytest.fixture
def rehearsed(advice: Advice) -> bytes:
    """A dry run of two loss rules, one of which would leave 2.5 lots of a buy of IWM.US."""
    content = rendered(advice, mode="dry_run")
    body = content[: content.rindex(b"END|")].decode()
    buy = next(line for line in body.splitlines() if line.startswith("SIDE|IWM.US|B|"))
    would = buy.removesuffix("||") + "|2.5|funded daily"
    return ended((body.replace(buy, would) + FLOORS).encode())
