"""One writer for each login: the lock that a running assistant holds."""

from pathlib import Path
from typing import Self

from filelock import FileLock, Timeout

from assistant.errors import AssistantError, JournalError


class LoginLock:
    """The right to write a file that belongs to one login; it ends with the process."""

    def __init__(self, file: Path, login: int) -> None:
        """Name the lock, beside the file; nothing is taken yet."""
        self._path = file.with_suffix(".lock")
        self._login = login
        self._lock = FileLock(self._path)

    def __enter__(self) -> Self:
        """Take the lock; AssistantError where another process holds it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise AssistantError(
                f"another assistant runs for login {self._login} in {self._path.parent}; end it first"
            ) from None
        except OSError as error:
            raise JournalError(f"{self._path} cannot be made: {error.strerror or error}") from error
        return self

    def __exit__(self, *_: object) -> None:
        """Give the lock back."""
        self._lock.release()
