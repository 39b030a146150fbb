"""Files between processes: a reader sees the old one or the new one, never a part; one writer at a time.

What is read may be anything: another program holds it, a disk damaged it, somebody wrote it by hand.
"""

import errno
import json
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path
from typing import Any

from assistant.errors import PublishError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_RETRIES = (0.010, 0.020, 0.040, 0.080)  # seconds; Windows forbids replacing a file that somebody has open
_LOOK = 0.01  # seconds between two looks at a lock that another process holds
LARGEST = 2_000_000  # bytes of a file of the program's own; a state file has a tenth of a megabyte
_DIGITS = 19  # of a whole number; a ticket has no more


def read_file(path: Path, most: int = LARGEST) -> bytes:
    """Return what a file holds, after some tries where another program, a scanner perhaps, has it locked.

    Raises OSError; also for what is no file (a folder, a pipe, a device), and for more bytes than `most`.
    """
    for pause in _RETRIES[:-1]:
        try:
            return _read(path, most)
        except PermissionError:
            time.sleep(pause)
    return _read(path, most)


def _read(path: Path, most: int) -> bytes:
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it is no file", str(path))
    if found.st_size > most:
        raise OSError(errno.EFBIG, f"it has more than {most} bytes", str(path))
    return path.read_bytes()


def json_of(content: bytes | str) -> Any:  # noqa: ANN401 -- as JSON has it
    """Return what JSON says; ValueError where it is none, or tells a number that no file of ours has."""
    try:
        return json.loads(content, parse_float=_finite, parse_int=_whole, parse_constant=_finite)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"a number was {short(text)}")
    return number


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _DIGITS:
        raise ValueError(f"a number was {short(text)}")
    return int(text)


def short(text: str, most: int = 120) -> str:
    """Return the beginning of what was there, on one line that can be read."""
    text = text[: most + 1]
    line = text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)
    return line if len(line) <= most else line[: most - 3] + "..."


def replace_file(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a temporary file in the same folder, flush it, and put it in the place of `path`.

    With `durable` it is on the disk afterwards: for what is said once, and would be missed after a power
    failure. Raises PublishError where that fails; the old file then stays as it was.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        put_in_place(temporary, path)
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        raise PublishError(f"{path} could not be written: {error.strerror or error}") from error


def put_in_place(temporary: Path, path: Path) -> None:
    """Put a file in the place of another of the same folder, after some tries; OSError where all fail."""
    for pause in _RETRIES:
        try:
            temporary.replace(path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    temporary.replace(path)


def sync_folder(folder: Path) -> None:
    """Put on the disk which files a folder has; Windows does so by itself. Raises OSError."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock that a file stands for; it ends with the process.

    Raises OSError where the file cannot be opened, or another process holds it for longer (seconds). It
    serves a moment's writing and loads nothing; what a running assistant holds for hours is filelock's.
    """
    with path.open("ab") as file:
        for _ in range(round(seconds / _LOOK)):
            if _taken(file.fileno()):
                break
            time.sleep(_LOOK)
        else:
            raise TimeoutError(f"another process has held {path} for {seconds:g} s")
        yield  # closing the file gives the lock back


def _taken(descriptor: int) -> bool:
    """Take the lock of an open file that stays empty; False where another process holds it."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True
