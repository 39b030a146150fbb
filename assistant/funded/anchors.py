"""Numbers from a firm's dashboard, in `<home>/state/anchors_<login>.json`: they stand before what was seen.

What stands in a file that cannot be read any more is on record already, if a run has seen it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from assistant.core.snapshot import Stated
from assistant.core.track import Mark
from assistant.errors import AssistantError, PublishError
from assistant.outputs.files import json_of, read_file, replace_file, short

_SCHEMA = "anchors/1"
_Stamp = tuple[int, int] | None  # modified (ns), bytes; None: no such file


@dataclass(slots=True)
class Anchors:
    """The statements of one home, read again when their file changes."""

    home: Path
    problems: tuple[str, ...] = ()
    _path: Path | None = None
    _stamp: _Stamp = None
    _stated: tuple[Stated, ...] = ()

    def read(self, login: int) -> tuple[Stated, ...]:
        """Return what was stated for a login, oldest first; what a file held that fails now counts on."""
        path = anchors_path(self.home, login)
        stamp = _stamp(path)
        if path != self._path or stamp != self._stamp:
            self._path, self._stamp = path, stamp
            try:
                self._stated, self.problems = read_anchors(self.home, login), ()
            except AssistantError as error:
                self._stamp, self.problems = None, (str(error),)  # another program may hold it: look again
        return self._stated


def anchors_path(home: Path, login: int) -> Path:
    """Return where the statements of a login lie."""
    return home / "state" / f"anchors_{login}.json"


def read_anchors(home: Path, login: int) -> tuple[Stated, ...]:
    """Return what was stated for a login, oldest first; AssistantError for a file that is damaged."""
    path = anchors_path(home, login)
    try:
        document = json_of(read_file(path))
        _require_own(document, login)
        return tuple(sorted(map(_stated, document["stated"]), key=lambda one: one.at))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        told = error.strerror if isinstance(error, OSError) else error
        raise AssistantError(f"{path} holds no numbers of a dashboard: {short(str(told))}") from None


def add_anchor(home: Path, login: int, stated: Stated) -> Path:
    """Put a statement beside the earlier ones and return the file; AssistantError where that fails."""
    path = anchors_path(home, login)
    all_of_them = (*read_anchors(home, login), stated)
    document = {"schema": _SCHEMA, "login": login, "stated": [_fields(one) for one in all_of_them]}
    try:
        replace_file(path, (json.dumps(document, indent=1) + "\n").encode(), durable=True)
    except PublishError as error:
        raise AssistantError(f"{path} cannot be written: {error}") from None
    return path


def _stamp(path: Path) -> _Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _require_own(document: Mapping[str, Any], login: int) -> None:
    if document["schema"] != _SCHEMA or document["login"] != login:
        raise ValueError(f"it is {document['schema']} of login {document['login']}")


def _stated(one: Mapping[str, Any]) -> Stated:
    at = datetime.fromisoformat(one["at"])
    marks = {Mark(mark): float(value) for mark, value in one["marks"].items()}
    if at.tzinfo is None or not all(isfinite(value) for value in marks.values()):
        raise ValueError(f"{one} is no statement")
    rule = one.get("rule")
    lower = one.get("lower") is True
    return Stated(at.astimezone(UTC), marks, None if rule is None else str(rule), lower)


def _fields(one: Stated) -> dict[str, Any]:
    marks = {str(mark): value for mark, value in one.marks.items()}
    at = one.at.isoformat().replace("+00:00", "Z")
    return {"at": at, "marks": marks, "rule": one.rule, "lower": one.lower}
