"""What this process does that a reader of files and prices should not, as Python's own audit tells it."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STARTS = {
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.startfile",
    "pty.spawn",
}
LISTENS = {"socket.bind"}  # without which nothing can listen; of that the audit tells nothing
UNPACKS = {"pickle.find_class"}
MOVES = {"os.rename": 2, "os.remove": 1, "os.rmdir": 1, "os.mkdir": 1, "os.symlink": 2, "os.link": 2}
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class _Watch:
    """One for the process: an audit hook cannot be taken away."""

    def __init__(self) -> None:
        self.folder: str | None = None  # None: nobody watches
        self.servers: Collection[str] = ()
        self.done: list[str] = []
        self.hooked = False

    def see(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Take down what should not be."""
        if self.folder is None:
            return
        if event in STARTS | LISTENS | UNPACKS:
            self.done.append(f"{event} {str(arguments)[:80]}")
        elif event == "socket.connect" and not self._known(arguments[1]):
            self.done.append(f"connected to {arguments[1]}")
        elif event == "open" and _opens_to_write(arguments):
            self._inside(arguments[0], "wrote")
        elif event in MOVES:
            for path in arguments[: MOVES[event]]:
                self._inside(path, event)

    def _known(self, address: object) -> bool:
        """Whether a server is one of those named, as host or as host:port."""
        host, port = address[:2] if isinstance(address, tuple) else (str(address), "")
        return bool({str(host), f"{host}:{port}"} & set(self.servers))

    def _inside(self, path: object, what: str) -> None:
        if isinstance(path, str | bytes | os.PathLike) and self.folder is not None:
            real = os.path.realpath(os.fsdecode(path))
            if real not in (self.folder, os.devnull) and not real.startswith(self.folder + os.sep):
                self.done.append(f"{what} {real[:100]}")


def _opens_to_write(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return bool(flags & _WRITES if mode is None else set(mode) & set("wax+"))


_WATCH = _Watch()


@contextmanager
def watched(folder: Path, servers: Collection[str] = ()) -> Iterator[list[str]]:
    """Collect what must not be: programs started, servers called or made, files written elsewhere.

    `folder` is where files may be written, `servers` are those that may be called, as host or host:port.
    """
    if not _WATCH.hooked:
        sys.addaudithook(_WATCH.see)
        _WATCH.hooked = True
    _WATCH.servers, _WATCH.folder = servers, os.path.realpath(folder)
    _WATCH.done.clear()
    try:
        yield _WATCH.done
    finally:
        _WATCH.folder = None
