"""Putting the MQL5 sources into a terminal's folder, and taking them out: never a file that the user changed.

What was put there is on record beside it, by SHA-256. A file that is neither as recorded nor as it is to be
is the user's.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import AssistantError, PublishError
from assistant.outputs.files import put_in_place

PACKAGED = Path(__file__).parent.parent / "mql5"
OWN = tuple(f"{kind}/BreadthAssistant" for kind in ("Include", "Indicators", "Services", "Experts"))
RECORD = f"{OWN[0]}/installed.json"
_SCHEMA = "installed/1"
_SOURCE, _COMPILED = ".mq5", ".ex5"


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, by path below MQL5."""

    new: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()  # in the place of an older one
    same: tuple[str, ...] = ()  # were there already
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()  # the user's own files, under their names as .bak


def packaged(root: Path = PACKAGED) -> dict[str, bytes]:
    """Return the sources in the box, by path below MQL5."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for own in OWN
        for path in sorted((root / own).rglob("*"))
        if path.is_file() and path.suffix != _COMPILED
    }


def install(folder: Path, sources: Mapping[str, bytes], version: str, *, force: bool = False) -> Done:
    """Put the sources into the MQL5 folder of a data folder: all of them, or nothing.

    AssistantError where the user changed a file (`force` keeps it as .bak and goes on), PublishError where
    something cannot be written; then all is as it was.
    """
    mql5 = folder / "MQL5"
    recorded = _recorded(mql5)
    there = _present(mql5, {*sources, *recorded})
    wanted = {name: _hash(content) for name, content in sources.items()}
    ours = {name: {wanted.get(name), recorded.get(name)} for name in there}
    changed = _changed(mql5, there, ours, force=force)
    write = {name: content for name, content in sources.items() if wanted[name] != _hash_of(there, name)}
    gone = [name for name in recorded if name not in sources and name in there]
    backups = {_backup(mql5, name): there[name] for name in changed}
    if write or gone or recorded != wanted:
        kept = {name: recorded[name] for name in gone}  # on record until they are removed
        _exchange(mql5, {**backups, **write, RECORD: _record(version, {**wanted, **kept})})
    if gone:
        _delete(mql5, gone)
        _exchange(mql5, {RECORD: _record(version, wanted)})
    return Done(
        new=tuple(name for name in write if name not in there),
        newer=tuple(name for name in write if name in there),
        same=tuple(name for name in sources if name not in write),
        removed=tuple(gone),
        kept=tuple(backups),
    )


def remove(folder: Path, *, force: bool = False) -> Done:
    """Take out what was put there, what was compiled from it, and folders that this leaves empty.

    AssistantError where the user changed a file (`force` keeps it as .bak and goes on), PublishError where
    something cannot be removed; what is left is still on record.
    """
    mql5 = folder / "MQL5"
    recorded = _recorded(mql5)
    there = _present(mql5, recorded)
    changed = _changed(mql5, there, {name: {recorded[name]} for name in there}, force=force)
    backups = {_backup(mql5, name): there[name] for name in changed}
    if backups:
        _exchange(mql5, backups)
    _delete(mql5, list(recorded))
    if (mql5 / RECORD).exists():
        _delete(mql5, [RECORD])
    for own in OWN:
        inside = [path for path in (mql5 / own).rglob("*") if path.is_dir()]
        for path in [*sorted(inside, reverse=True), mql5 / own]:
            with suppress(OSError):  # the user keeps something in it, or it is not there
                path.rmdir()
    return Done(removed=tuple(there), kept=tuple(backups))


def _changed(
    mql5: Path, there: Mapping[str, bytes], ours: Mapping[str, set[str | None]], *, force: bool
) -> list[str]:
    """Return the files that are the user's; refuse to touch them unless forced."""
    changed = [name for name, content in there.items() if _hash(content) not in ours[name]]
    if changed and not force:
        raise AssistantError(
            f"{', '.join(str(mql5 / name) for name in changed)} changed since the panel was installed, and "
            "nothing was done; --force keeps such a file as .bak and goes on"
        )
    return changed


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hash_of(there: Mapping[str, bytes], name: str) -> str | None:
    return _hash(there[name]) if name in there else None


def _present(mql5: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read those files that are there."""
    found = {}
    for name in sorted(names):
        try:
            found[name] = (mql5 / name).read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise PublishError(f"{mql5 / name} cannot be read: {error.strerror or error}") from error
    return found


def _recorded(mql5: Path) -> dict[str, str]:
    """Return what was installed, name to hash; AssistantError where the record is damaged."""
    path = mql5 / RECORD
    try:
        told = json.loads(path.read_bytes())
        files, schema = dict(told["files"]), told["schema"]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError):
        files, schema = {}, None
    if schema != _SCHEMA or not all(_own(name, value) for name, value in files.items()):
        raise AssistantError(
            f"{path} cannot be read, so that what is installed is not known; delete it and install again"
        )
    return files


def _own(name: object, value: object) -> bool:
    """Whether an entry of the record is a file of ours: another would be removed in the record's name."""
    return (
        isinstance(name, str)
        and isinstance(value, str)
        and name.startswith(tuple(f"{own}/" for own in OWN))
        and not {"..", "."} & set(name.split("/"))
        and not {"\\", ":"} & set(name)
    )


def _record(version: str, files: Mapping[str, str]) -> bytes:
    told = {"schema": _SCHEMA, "version": version, "files": dict(sorted(files.items()))}
    return json.dumps(told, indent=1).encode() + b"\n"


def _backup(mql5: Path, name: str) -> str:
    """Return a name that is free: an earlier .bak is the user's, too."""
    number, free = 1, f"{name}.bak"
    while (mql5 / free).exists():
        number += 1
        free = f"{name}.bak{number}"
    return free


def _exchange(mql5: Path, contents: Mapping[str, bytes]) -> None:
    """Write all beside their places, then put them there one by one; where that fails, all is as it was."""
    staged: dict[Path, Path] = {}
    before: dict[Path, bytes | None] = {}
    made: list[Path] = []
    path = mql5
    try:
        for name, content in contents.items():
            path = mql5 / name
            made += [one for one in (path.parent.parent, path.parent) if not one.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            staged[path] = path.with_name(path.name + ".tmp")
            staged[path].write_bytes(content)
        for path, temporary in staged.items():
            old = path.read_bytes() if path.exists() else None
            put_in_place(temporary, path)
            before[path] = old
    except OSError as error:
        _undo(staged.values(), before, made)
        raise PublishError(
            f"{path} could not be written: {error.strerror or error}; nothing was changed"
        ) from error


def _undo(staged: Iterable[Path], before: Mapping[Path, bytes | None], made: Iterable[Path]) -> None:
    """Leave no half: temporary files go, what was replaced comes back, folders that were made go."""
    for temporary in staged:
        with suppress(OSError):
            temporary.unlink()
    for path, old in before.items():
        with suppress(OSError):
            if old is None:
                path.unlink()
            else:
                path.write_bytes(old)
    for path in reversed(list(made)):
        with suppress(OSError):
            path.rmdir()


def _delete(mql5: Path, names: Iterable[str]) -> None:
    """Remove files, and what was compiled from them; one that is not there is removed already."""
    for name in names:
        path = mql5 / name
        compiled = [path.with_suffix(_COMPILED)] if path.suffix == _SOURCE else []
        for one in (*compiled, path):
            try:
                one.unlink(missing_ok=True)
            except OSError as error:
                raise PublishError(f"{one} could not be removed: {error.strerror or error}") from error
