"""The computer: Python and its packages, sleep, autostart, an assistant that runs, room on the disks."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from assistant.doctor.finding import Finding, fail, ok, warn

DISTRIBUTION = "breadth-assistant"
OLDEST = (3, 11)  # requires-python of pyproject.toml; a test holds the two together
FULL = 100e6  # bytes free below which nothing can be relied on
TIGHT = 1e9  # bytes free below which it is told
LARGE_LOGS = 1e9  # bytes of logs from which on it is told
NOT_WINDOWS = "not Windows: nothing to look at"
SLEEP_QUERY = ("/query", "SCHEME_CURRENT", "SUB_SLEEP", "STANDBYIDLE")
_TIMEOUT = 15.0  # seconds for powercfg
_REQUIREMENT = re.compile(r"^\s*([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*([^;]*?)\s*(?:;\s*(.*))?$")
_ON_WINDOWS = re.compile(r"""sys_platform\s*==\s*["']win32["']""")
_INDEX = re.compile(r"0x([0-9a-fA-F]{8})\s*$", re.MULTILINE)


def python_check(now: Sequence[int], wide: bool) -> Finding:
    """Judge the version of Python (major, minor, ...), and whether it is a 64-bit one."""
    was, least = ".".join(map(str, now[:3])), ".".join(map(str, OLDEST))
    if tuple(now[:2]) < OLDEST:
        mend = f"install Python {least} or newer from python.org, then `python scripts/run.py`"
        return fail("python", f"version {was}; {least} or newer is needed", mend)
    if not wide:
        mend = "install the 64-bit Python from python.org: the terminal's package is made for nothing else"
        return fail("python", f"version {was} of 32 bits; 64 bits are needed", mend)
    return ok("python", f"version {was}, 64 bits")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A package that the program needs."""

    name: str
    least: tuple[int, ...] = ()  # version; empty: any


def requirements(lines: Iterable[str], *, windows: bool) -> tuple[Requirement, ...]:
    """Read requirements as pyproject.toml has them; those of another system, or of an extra, are left out."""
    found = []
    for line in lines:
        told = _REQUIREMENT.match(line)
        if told is None or (told[3] and not (windows and _ON_WINDOWS.fullmatch(told[3].strip()))):
            continue
        least = re.search(r">=\s*([0-9.]+)", told[2])
        found.append(Requirement(told[1], _numbers(least[1]) if least else ()))
    return tuple(found)


def required() -> tuple[str, ...]:
    """Return the requirements as they were written: of the clone, else of what is installed."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    if project.is_file():
        told = tomllib.loads(project.read_text(encoding="utf-8"))
        return tuple(told["project"]["dependencies"])
    return tuple(requires(DISTRIBUTION) or ())


def installed(name: str) -> str | None:
    """Return the version of a package that is installed; None: it is not."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def packages_check(wanted: Iterable[Requirement], found: Callable[[str], str | None]) -> Finding:
    """Judge the packages that are installed; `found` tells the version of one by its name."""
    wrong, count = [], 0
    for one in wanted:
        was, count = found(one.name), count + 1
        if was is None:
            wrong.append(f"{one.name} is missing")
        elif _numbers(was) < one.least:
            wrong.append(f"{one.name} is {was}, {'.'.join(map(str, one.least))} or newer is needed")
    if wrong:
        return fail("packages", "; ".join(wrong), "`python scripts/run.py --version` installs what is pinned")
    return ok("packages", f"all {count} that are required are installed")


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(one) for one in re.findall(r"\d+", text))


def sleep_check(told: str | None) -> Finding:
    """Judge when Windows sleeps, by what powercfg says; None: it is not Windows.

    Its words are in the user's language. The last two indices in hexadecimal are the seconds on mains and on
    battery, 0 for never; those before them are the smallest, the largest and the step.
    """
    if told is None:
        return ok("sleep", NOT_WINDOWS)
    seconds = [int(one, 16) for one in _INDEX.findall(told)][-2:]
    by_hand = "Settings > System > Power: let it never sleep when plugged in; or type "
    if len(seconds) < 2:  # noqa: PLR2004 -- mains and battery
        return warn("sleep", "Windows does not say when it sleeps", f"{by_hand}`{_never('ac')}`")
    mains, battery = seconds
    if mains:
        told = f"the PC sleeps after {_minutes(mains)} on mains: then nothing is read, and the panel is STALE"
        return warn("sleep", told, f"{by_hand}`{_never('ac')}`")
    on_battery = f"after {_minutes(battery)} on battery" if battery else "nor on battery"
    return ok("sleep", f"the PC does not sleep on mains, {on_battery}")


def _never(source: str) -> str:
    return f"powercfg /change standby-timeout-{source} 0"


def _minutes(seconds: int) -> str:
    return f"{seconds} s" if seconds < 60 else f"{seconds / 60:g} min"  # noqa: PLR2004 -- seconds in a minute


def powercfg() -> str | None:
    """Ask Windows when it sleeps; None: it is not Windows, which has powercfg."""
    found = shutil.which("powercfg")
    if found is None:
        return None
    ended = subprocess.run(  # noqa: S603 -- a fixed command of Windows, without a shell
        [found, *SLEEP_QUERY], check=False, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT
    )
    return ended.stdout


def autostart_check(on: bool | None, command: str) -> Finding:
    """Say whether the assistant starts at logon; None: it is not Windows. Either is well."""
    if on is None:
        return ok("autostart", NOT_WINDOWS)
    if on:
        return ok("autostart", f"on: it starts at your logon; `{command} autostart off` ends that")
    return ok("autostart", f"off: you start it yourself; `{command} autostart on` starts it at your logon")


@dataclass(frozen=True, slots=True)
class Heard:
    """The freshest advice in a home."""

    login: int
    age: float  # seconds
    fresh: bool


def assistants(processes: Iterable[tuple[int, int, Sequence[str]]]) -> tuple[int, ...]:
    """Return the processes (id, that of the parent, words of the command line) that are an assistant's loop.

    One that was started by another of them, as by its watchdog, is not told beside it.
    """
    found = {}
    for number, parent, words in processes:
        names = [re.split(r"[\\/]", word)[-1].lower().removesuffix(".exe") for word in words]
        start = next((place for place, one in enumerate(names) if one in ("assistant", "run.py")), None)
        if start is None:
            continue
        command = next((word for word in words[start + 1 :] if not word.startswith("-")), "")
        if command == "run":
            found[number] = parent
    return tuple(number for number, parent in found.items() if parent not in found)


def processes() -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """Return the processes of Python that may be seen: id, that of the parent, the words of the command."""
    import psutil  # noqa: PLC0415 -- wanted here alone

    found = []
    for one in psutil.process_iter(["name"]):  # the rest is asked of few: that costs
        if str(one.info["name"]).lower().startswith(("py", "assistant")):
            with suppress(psutil.NoSuchProcess):  # it ended meanwhile
                about = one.as_dict(["ppid", "cmdline"])
                found.append((one.pid, about["ppid"] or 0, tuple(about["cmdline"] or ())))
    return tuple(found)


def running_check(heard: Heard | None, running: Sequence[int], command: str) -> Finding:
    """Say whether an assistant runs, by its last advice and by the processes."""
    word = "process" if len(running) == 1 else "processes"
    who = f"{word} {', '.join(map(str, running))}" if running else ""
    if heard and heard.fresh:
        told = f"login {heard.login}, advice {heard.age:.0f} s old"
        return ok("assistant", f"runs: {told}" + (f", {who}" if who else ""))
    last = f"; the last advice, of login {heard.login}, is {_old(heard.age)} old" if heard else ""
    if running:
        mend = f"it serves another home, or waits for its terminal: logs/assistant.log, `{command} status`"
        return warn("assistant", f"an assistant runs as {who}, but says nothing fresh here{last}", mend)
    return ok("assistant", f"none is running here{last}")


def _old(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"


def room_check(name: str, where: Path, free: float) -> Finding:
    """Judge the room on the disk of a folder; `free` is in bytes."""
    told = f"{_bytes(free)} free for {where}"
    if free < FULL:
        return fail(name, f"{told}: too little for a journal that must not break off", "delete or move files")
    if free < TIGHT:
        return warn(name, told, "make room: below 100 MB the journal is in danger")
    return ok(name, told)


def logs_check(folder: Path, size: float) -> Finding:
    """Judge how much the logs take (bytes); the journal is never deleted by itself."""
    if size >= LARGE_LOGS:
        mend = f"move journals of past years out of {folder}; those of this one are read at the start"
        return warn("log size", f"{_bytes(size)} in {folder}", mend)
    return ok("log size", f"{_bytes(size)} in {folder}")


def size_of(folder: Path) -> int:
    """Return how many bytes the files of a folder take; of one that is not there, 0."""
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())


def _bytes(count: float) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"


def bits_are_64() -> bool:
    """Whether this Python is a 64-bit one."""
    return sys.maxsize > 2**32
