"""MetaEditor compiles a source; its log says how that went, for its exit code does not."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePath

from assistant.panel.folders import DataFolder

TIMEOUT = 120.0  # seconds for one source; clean compiles of some 20 s are seen
_MOST_LINES = 5  # of errors and warnings
_NO_LOG = "MetaEditor left no log with a result; where it is open, close it and try again"
_NAMES = ("metaeditor64.exe", "MetaEditor64.exe")
_RESULT = re.compile(r"^\s*Result:?\s+(\d+)\s+error\S*,\s+(\d+)\s+warning", re.MULTILINE)
_TOLD = re.compile(
    r"^(?P<file>.*?)(?:\((?P<line>\d+),\d+\))?\s*:\s*(?P<kind>error|warning)\s*(?:\d+)?\s*:\s*(?P<text>.*)$"
)


@dataclass(frozen=True, slots=True)
class Compiled:
    """How one source compiled."""

    name: str
    done: bool  # a program was made anew, without an error
    told: str  # the result, in one line
    lines: tuple[str, ...] = ()  # errors and warnings


def editor_of(folder: DataFolder) -> Path | None:
    """Return the terminal's metaeditor64.exe; None: it is not there, or where is not known."""
    if folder.program is None:
        return None
    found = (Path(folder.program) / name for name in _NAMES)
    return next((path for path in found if path.is_file()), None)


def command_line(
    editor: PurePath, source: PurePath, log: PurePath, include: PurePath | None, *, windows: bool
) -> str | list[str]:
    """Return what starts MetaEditor.

    On Windows it is one line: it wants the quotes behind the colon, where a list would put them before the
    slash.
    """
    options = {"compile": source, "log": log, **({"include": include} if include else {})}
    if windows:
        return " ".join([f'"{editor}"', *(f'/{name}:"{path}"' for name, path in options.items())])
    return [str(editor), *(f"/{name}:{path}" for name, path in options.items())]


def compile_source(
    editor: Path, source: Path, include: Path | None = None, *, timeout: float = TIMEOUT
) -> Compiled:
    """Compile one source; `include` is the MQL5 folder where it is not the editor's own. It never raises."""
    log, program = source.with_name(source.name + ".log"), source.with_suffix(".ex5")
    before = _written(program)
    command = command_line(editor, source, log, include, windows=os.name == "nt")
    try:
        log.unlink(missing_ok=True)
        subprocess.run(  # noqa: S603 -- the terminal's own editor, without a shell
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=timeout,
        )
        raw = log.read_bytes() if log.exists() else b""
        log.unlink(missing_ok=True)
    except subprocess.TimeoutExpired:
        return Compiled(source.name, done=False, told=f"MetaEditor did not end within {timeout:g} s")
    except OSError as error:
        return Compiled(source.name, done=False, told=f"MetaEditor failed: {error.strerror or error}")
    return judged(source.name, raw, made=_written(program) not in (None, before))


def judged(name: str, raw: bytes, *, made: bool) -> Compiled:
    """Judge a compile by MetaEditor's log, and by whether it made a program."""
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = raw.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    result = _RESULT.search(text)
    if result is None:
        return Compiled(name, done=False, told=_NO_LOG)
    errors, warnings = int(result[1]), int(result[2])
    lines = _lines(text)
    told = f"{errors} errors, {warnings} warnings"
    if not errors and not made:
        told += ", but MetaEditor made no program"
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} more lines"]
    return Compiled(name, done=not errors and made, told=told, lines=tuple(lines))


def _lines(text: str) -> list[str]:
    """Return each error and warning in a line, errors first."""
    found = [match for match in map(_TOLD.match, text.splitlines()) if match]
    lines = []
    for kind in ("error", "warning"):
        for one in found:
            if one["kind"] == kind:
                file = re.split(r"[\\/]", one["file"].strip())[-1]
                place = f"{file} line {one['line']}" if one["line"] else file
                lines.append(f"{kind} in {place}: {one['text'].strip()}" if place else one["text"].strip())
    return lines


def _written(path: Path) -> int | None:
    """Return when a file was written last (ns); None: it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
