"""Writing a file so that a reader sees the old one or the new one, never a part."""

import time
from pathlib import Path

from assistant.errors import PublishError

_RETRIES = (
    0.010,
    0.020,
    0.040,
    0.080,
)  # seconds; on Windows a reader that has the file open forbids replacing it


def replace_file(path: Path, content: bytes) -> None:
    """Write a temporary file in the same folder, flush it, and put it in the place of `path`.

    Raises PublishError where that fails; the old file then stays as it was.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        temporary.write_bytes(content)
        for pause in _RETRIES:
            try:
                temporary.replace(path)
            except PermissionError:
                time.sleep(pause)
            else:
                return
        temporary.replace(path)
    except OSError as error:
        raise PublishError(f"{path} could not be written: {error.strerror or error}") from error
