"""Writing a file so that a reader sees the old one or the new one, never a part, and one writer at a time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import PublishError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_RETRIES = (
    0.010,
    0.020,
    0.040,
    0.080,
)  # seconds; on Windows a reader that has the file open forbids replacing it
_LOOK = 0.01  # seconds between two looks at a lock that another process holds


def replace_file(path: Path, content: bytes) -> None:
    """Write a temporary file in the same folder, flush it, and put it in the place of `path`.

    Raises PublishError where that fails; the old file then stays as it was.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        temporary.write_bytes(content)
        put_in_place(temporary, path)
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
