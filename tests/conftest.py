import gc
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import settings
from loguru import logger

from tests.doubles.bridge import LOCAL, Bridge, Broker

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let `core/` be covered by its own tests of chosen numbers; others run it, and assert less of it.

    What takes longest comes first, beside all else: at the end nobody waits for it.
    """
    longest = ("test_watched_run.py", "test_month_killed.py", "test_month_storm.py")
    items.sort(key=lambda item: longest.index(item.path.name) if item.path.name in longest else len(longest))
    core = Path(__file__).parent / "core"
    for item in items:
        if core not in item.path.parents or getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make alone, not in what thousands of them are made of."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _heard() -> Iterator[None]:
    """Let children hear Ctrl-C and a closed window, which a shell and nohup take from what they start."""
    handlers: dict[signal.Signals, Callable[[int, FrameType | None], object]] = {
        signal.SIGINT: signal.default_int_handler
    }
    if sys.platform != "win32":
        handlers[signal.SIGHUP] = lambda *_: None  # in a child it is as usual again
    ignored = [one for one in handlers if signal.getsignal(one) is signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, handlers[one])
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


@pytest.fixture(autouse=True)
def _quiet() -> None:
    """Log nowhere: the command line decides where to."""
    logger.remove()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose configuration names the broker's module."""
    folder = tmp_path / "home"
    (folder / "config").mkdir(parents=True)
    (folder / "config" / "local.yaml").write_text(LOCAL, encoding="utf-8")
    return folder


@pytest.fixture
def broker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Broker:
    """A broker whose module can be imported as `bridge`, as a user's own module would be."""
    made = Broker(tmp_path / "Common")
    monkeypatch.setitem(sys.modules, "bridge", Bridge(made))
    return made
