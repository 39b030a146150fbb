"""The other side of a bridge: a Python whose MetaTrader5 is the paper terminal, behind an RPyC server.

Started as a program with the terminals' common folder; it prints its port, and stands at the paper
terminal's start. As a module: how a test starts it, and the bridge that the documentation shows.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "assistant" / "docs" / "bridges.md"


class Server:
    """A running server and its port on 127.0.0.1."""

    def __init__(self, common: Path | str) -> None:
        """Start it, and wait for its port."""
        command = [sys.executable, __file__, str(common)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """End it at once, as a crash would; one that has ended stays so."""
        with self._process as process:
            process.kill()


@contextmanager
def server(common: Path | str) -> Iterator[Server]:
    """A server that ends with the test."""
    started = Server(common)
    try:
        yield started
    finally:
        started.kill()


def source() -> str:
    """The documented module."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(block)


def documented(folder: Path, port: int) -> ModuleType:
    """The documented module, saved in a folder and imported, with another port."""
    file = folder / "wine_bridge.py"
    file.write_text(source().replace("18812", str(port)), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("wine_bridge", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _serve(common: str) -> None:
    from rpyc.core import SlaveService  # noqa: PLC0415 -- wanted on this side alone
    from rpyc.utils.server import ThreadedServer  # noqa: PLC0415 -- likewise

    from assistant.terminal import paper  # noqa: PLC0415 -- likewise

    paper.reset(paper.START, Path(common))
    sys.modules["MetaTrader5"] = paper
    listening = ThreadedServer(SlaveService, hostname="127.0.0.1", port=0)
    listening.listener.listen()  # before anybody is told of the port
    sys.stdout.write(f"{listening.port}\n")
    sys.stdout.flush()
    listening.start()


if __name__ == "__main__":
    _serve(sys.argv[1])
