"""One writer for each login: the lock that a running assistant holds."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil
from filelock import FileLock, Timeout

from assistant.errors import HeldError, JournalError

_LONGEST = 20  # digits of a process's number that are believed


class LoginLock:
    """The right to write a file that belongs to one login; it ends with the process."""

    def __init__(self, file: Path, login: int) -> None:
        """Name the lock, beside the file; nothing is taken yet."""
        self._path = file.with_suffix(".lock")
        self._holder = file.with_suffix(".pid")  # its own file: Windows lets nobody read one that is locked
        self._login = login
        self._lock = FileLock(self._path)

    def __enter__(self) -> Self:
        """Take the lock; HeldError, with the pid where it is known, where another process holds it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise HeldError(
                f"another assistant runs for login {self._login} in {self._path.parent}{self._held_by()}; "
                "end it first, with Ctrl-C in its window (killed, it may be started anew)"
            ) from None
        except OSError as error:
            raise JournalError(f"{self._path} cannot be made: {error.strerror or error}") from error
        with suppress(OSError):  # it only helps to find this process
            self._holder.write_text(f"{os.getpid()}\n", encoding="ascii")
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        with suppress(OSError):
            self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _held_by(self) -> str:
        """Say which process holds the lock; nothing where that is not told, or told of one that has gone."""
        try:
            told = self._holder.read_bytes().strip()
        except OSError:
            return ""
        known = told.isdigit() and len(told) < _LONGEST and psutil.pid_exists(int(told))
        return f", process {int(told)}" if known else ""
