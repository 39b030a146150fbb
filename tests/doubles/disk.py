"""A disk that is full, for this process: the system itself refuses to make a file longer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_space_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes; what is longer already can be replaced only.

    The system answers with EFBIG where a full disk has ENOSPC; Python ignores the signal that comes with it.
    """
    assert sys.platform != "win32"
    import resource  # noqa: PLC0415 -- not on Windows

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
