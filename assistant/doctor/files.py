"""Files and folders: the panel file and the panel, the series on disk, and whether a folder takes a file."""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from assistant.core.market import Unknown
from assistant.doctor.finding import Finding, Status, fail, ok, warn
from assistant.errors import MacroError, PublishError
from assistant.macro import MacroSettings, SeriesSettings
from assistant.macro.store import Reading, from_folder, load
from assistant.outputs.files import read_file
from assistant.outputs.journal import LONGEST, damaged
from assistant.outputs.panel_file import MAGIC, intact, panel_path, sealed, write_panel

_FEW = 3  # names in a line
_PANEL = "Indicators/BreadthAssistant/Panel.mq5"


def existing(folder: Path) -> Path:
    """Return a folder, or the nearest one around it that is there."""
    return next((one for one in (folder, *folder.parents) if one.exists()), folder)


def writable_check(name: str, folder: Path) -> Finding:
    """Judge whether a folder, or what it would be made in, takes a file; the file is gone at once."""
    there = existing(folder)
    made = "" if there == folder else f" (not there yet; it would be made in {there})"
    mend = "free the folder for your user (right click > Properties > Security), or name another with --home"
    if not there.is_dir():
        return fail(
            name, f"{there} is no folder, and one is needed", "move that file away, or name another home"
        )
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"doctor")
    except OSError as error:
        return fail(name, f"{there} cannot be written: {error.strerror or error}", mend)
    return ok(name, f"{folder} can be written{made}")


def journal_check(folder: Path) -> Finding:
    """Judge whether the journals' folder takes a file, and the newest journal of each login more lines."""
    found = writable_check("journal", folder)
    newest = {path.stem.rpartition("_")[0]: path for path in sorted(folder.glob("journal_*.jsonl"))}
    if found.status is not Status.OK:
        return found
    for path in newest.values():
        try:
            with path.open("r+b"):  # as it is; nothing is written
                lines, _ = damaged(read_file(path, LONGEST))
        except OSError as error:
            told = (
                f"{path} cannot be written: {error.strerror or error}: there would be no record, and 0 lots"
            )
            return fail("journal", told, "free it for your user (right click > Properties > Security)")
        if lines:
            told = (
                f"{path}: {len(lines)} lines have been damaged since they were written, the first {lines[0]}"
            )
            return warn("journal", told, "look at the disk; such lines are passed over, see docs/journal.md")
    return found


def panel_file_check(common: str, login: int) -> Finding:
    """Write a file as the panel's is written, under a name of its own, read it back, and remove it."""
    mend = "free that folder for your user, let a virus scanner leave it out, or `run --no-publish`"
    try:
        path = panel_path(common, login)
    except PublishError as error:
        return fail("panel file", str(error), "see docs/bridges.md")
    path = path.with_name(f"doctor_{login}_{os.getpid()}.txt")
    made = [one for one in path.parents if not one.exists()]
    content = sealed(f"{MAGIC}\nLOGIN|{login}\n".encode())
    try:
        write_panel(path, content)
        back = path.read_bytes()
    except PublishError as error:
        return fail("panel file", str(error), mend)
    finally:
        for one in (path, path.with_name(f"{path.name}.tmp")):
            with suppress(OSError):
                one.unlink()
        for one in made:
            with suppress(OSError):
                one.rmdir()
    if back != content or not intact(back):
        return fail("panel file", f"what was written into {path.parent} came back as something else", mend)
    return ok("panel file", f"written, read back whole and removed in {path.parent}")


def panel_check(data: Path, sources: Mapping[str, bytes], command: str) -> Finding:
    """Judge whether a terminal has the panel's sources as they are in the box, and compiled them."""
    mql5 = data / "MQL5"
    install = f"`{command} panel install`"
    there = {name: mql5 / name for name in sources if (mql5 / name).is_file()}
    if not there:
        return warn("panel", f"not installed in {mql5}", install)
    other = [name for name, path in there.items() if _hash(path.read_bytes()) != _hash(sources[name])]
    lost = [name for name in sources if name not in there]
    if other or lost:
        names = ", ".join(Path(name).name for name in (*other, *lost)[:_FEW])
        told = f"{mql5} has another version: {len(other)} files differ, {len(lost)} are missing ({names})"
        return warn("panel", told, f"{install}; a file that you changed yourself --force keeps as .bak")
    source = mql5 / _PANEL
    program = source.with_suffix(".ex5")
    if not program.is_file() or program.stat().st_mtime < source.stat().st_mtime:
        by_hand = r"MetaEditor (F4 in the terminal): open Indicators\BreadthAssistant\Panel.mq5, F7"
        return fail("panel", f"installed in {mql5}, and not compiled since", f"{install}; or {by_hand}")
    return ok("panel", f"installed and compiled in {mql5}")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def macro_check(settings: MacroSettings, home: Path, now: datetime, *, paper: bool) -> Finding:
    """Judge the series for the votes: where they come from, when they were read, whether they still speak."""
    wanted = {name: one for name, one in settings.series.items() if one}
    if paper and settings.source == "fred":
        return ok("series", "the paper terminal reads none from the network: four votes are silent")
    if settings.source == "off":
        return ok("series", "macro.source is off: the votes that rest on series are silent")
    if settings.source == "csv":
        folder = home / (settings.folder or "")
        read = {name: _of_folder(folder, name, now) for name in wanted}
        mend = f"bring the CSV files, as FRED gives them, to {folder}"
    else:
        read = {name: load(home / "state" / "macro", name) for name in wanted}
        mend = (
            "`run` reads them, and again later; where it cannot: does fred.stlouisfed.org open in a browser?"
        )
    return series_check(settings.source, read, wanted, now, mend)


def _of_folder(folder: Path, name: str, now: datetime) -> Reading | Unknown:
    try:
        return from_folder(folder, name, now)
    except MacroError as error:
        return Unknown(str(error))


def series_check(
    source: str,
    read: Mapping[str, Reading | Unknown],
    wanted: Mapping[str, SeriesSettings],
    now: datetime,
    mend: str,
) -> Finding:
    """Judge readings of series: those that failed, those too old, the age of the others."""
    failed = [f"{name}: {one.reason}" for name, one in read.items() if isinstance(one, Unknown)]
    good = {name: one for name, one in read.items() if isinstance(one, Reading)}
    old = [
        f"{name} ends {one.observations[-1][0]}"
        for name, one in good.items()
        if (now.date() - one.observations[-1][0]).days > wanted[name].stale_days
    ]
    told = f"{len(good)} of {len(read)} series from {source}"
    if good:
        told += f", read {_ago(min(one.at for one in good.values()), now)}"
    if failed or old:
        return warn("series", f"{told}; {_listed([*failed, *old])}: votes fall silent without them", mend)
    return ok("series", told)


def _listed(lines: Sequence[str]) -> str:
    alike = {line.partition(": ")[2] for line in lines}
    if len(lines) > _FEW and len(alike) == 1:
        return f"{', '.join(line.partition(': ')[0] for line in lines)}: {alike.pop()}"
    return ", ".join(lines[:_FEW]) + (f" and {len(lines) - _FEW} more" if len(lines) > _FEW else "")


def _ago(then: datetime, now: datetime) -> str:
    hours = (now - then).total_seconds() / 3600
    return f"{hours:.1f} h ago at the longest" if hours < 48 else f"{hours / 24:.0f} days ago at the longest"  # noqa: PLR2004
