"""Which terminal runs on this machine: looked for before connecting, for initialize() would start one.

A start by initialize() blocks for up to 100 seconds, and nothing else in the process can run meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PureWindowsPath

from assistant.errors import TerminalError

_NAMES = ("terminal64.exe", "terminal.exe")


@dataclass(frozen=True, slots=True)
class Process:
    """A running program whose name is a terminal's."""

    name: str
    path: str | None  # of the program; None: it belongs to another user or to an administrator


def terminals() -> tuple[Process, ...]:
    """Return the terminals that run here."""
    import psutil  # noqa: PLC0415 -- wanted only where a real terminal is looked for

    found = []
    for process in psutil.process_iter(["name", "exe"]):
        name, path = process.info["name"], process.info["exe"]
        if str(name).lower() in _NAMES:
            found.append(Process(name, path or None))
    return tuple(found)


def same_folder(one: str, other: str) -> bool:
    """Whether two Windows folders are the same: case does not count, nor which slash is used."""
    return PureWindowsPath(one) == PureWindowsPath(other)


def located(running: Iterable[Process], wanted: str | None, *, start: bool) -> str | None:
    r"""Return the path that initialize() is to be called with; None lets the module look for itself.

    `wanted` is the full path of a terminal64.exe, None: the one that runs. TerminalError where it does not
    run (`start` lets initialize() start it), where several run and none is named, or where that cannot be
    seen.
    """
    running = tuple(running)
    seen = {PureWindowsPath(one.path): one.path for one in running if one.path}
    hidden = any(one.path is None for one in running)
    if wanted:
        if start or PureWindowsPath(wanted) in seen:
            return wanted
        raise TerminalError(_absent(wanted, seen.values(), hidden=hidden))
    if len(seen) > 1:
        paths = ", ".join(sorted(seen.values()))
        raise TerminalError(f"{len(seen)} terminals are running: name one as terminal.path: {paths}")
    if not running:
        raise TerminalError(
            "no MetaTrader 5 terminal is running: start it, log in to your account, and run this again; "
            "or use --paper to see the paper terminal"
        )
    return next(iter(seen.values()), None)


def _absent(wanted: str, seen: Iterable[str], *, hidden: bool) -> str:
    others = ", ".join(sorted(seen))
    line = f"terminal.path was {wanted}; that terminal is not running"
    line += f", but {others} is" if others else ""
    if hidden:
        line += "; a terminal of another user or of an administrator is: start both in the same way"
    return line + "; start it, or set terminal.start: true"
