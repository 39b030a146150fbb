"""The board: 64 bytes on which a watched process says what it is doing, and its supervisor reads it.

It says for how long that may take, never an instant: only the supervisor's own clock measures, so neither a
clock that was set nor a computer that slept looks like a hung call.
"""

import mmap
import os
import struct
import sys
from typing import NamedTuple, Self

_FORM = struct.Struct("<QdQ40s")
_NAME = 40  # bytes


class Notice(NamedTuple):
    """What stands on a board."""

    number: int  # goes up with each notice; 0: none yet
    allowed: float  # seconds that it may take until the next one
    cycles: int  # completed in this process
    name: str  # of the call; empty: the process's own work


class Board:
    """A shared piece of memory; nothing of it lies on a disk, so nothing is left behind."""

    def __init__(self, memory: mmap.mmap, key: str) -> None:
        """Take the memory, and the name under which another process finds it."""
        self._memory = memory
        self.key = key
        self._number = self._cycles = 0
        self._name, self._allowed = b"", 0.0

    @classmethod
    def made(cls, number: int) -> Self:
        """Make an empty one; `number` tells several of this process apart on Windows."""
        if sys.platform == "win32":
            key = f"Local\\BreadthAssistant-{os.getpid()}-{number}"
            return cls(mmap.mmap(-1, _FORM.size, tagname=key), key)
        if sys.platform == "linux":
            descriptor = os.memfd_create("board")
        else:
            import tempfile  # noqa: PLC0415 -- elsewhere only

            with tempfile.TemporaryFile() as file:  # without a name
                descriptor = os.dup(file.fileno())
        os.truncate(descriptor, _FORM.size)
        return cls(mmap.mmap(descriptor, _FORM.size), str(descriptor))

    @classmethod
    def found(cls, key: str) -> Self:
        """Return the one that another process has made."""
        if sys.platform == "win32":
            return cls(mmap.mmap(-1, _FORM.size, tagname=key), key)
        return cls(mmap.mmap(int(key), _FORM.size), key)

    def put(self, name: str, allowed: float) -> None:
        """Say what begins now and for how many seconds it may go on."""
        self._number += 1
        self._name, self._allowed = name.encode()[:_NAME], allowed
        self._memory[:] = _FORM.pack(self._number, allowed, self._cycles, self._name)

    def cycled(self) -> None:
        """Count a completed cycle; it shows with the next notice."""
        self._cycles += 1

    def read(self) -> Notice:
        """Return what stands there."""
        number, allowed, cycles, name = _FORM.unpack(self._memory[:])
        return Notice(number, allowed, cycles, name.rstrip(b"\0").decode("utf-8", "replace"))

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        if sys.platform != "win32":
            os.close(int(self.key))
