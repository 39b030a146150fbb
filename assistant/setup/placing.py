"""Putting local.yaml in its place: only what the real loader takes, and never over what is not kept."""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.config import Config, load_config, packaged, read_yaml
from assistant.errors import AssistantError, ConfigError
from assistant.funded.program import program_of
from assistant.outputs.files import replace_file

LOCAL = "local.yaml"
_OTHERS = ("assistant.yaml", "symbols.yaml", "votes.yaml")  # a home's own, which lie below it


@dataclass(frozen=True, slots=True)
class Placed:
    """What was written."""

    path: Path
    backup: Path | None = None  # of the file that was there
    read: bool = True  # False: it lies beside the file that is read


def own_settings(home: Path) -> dict[str, object] | None:
    """Return what a home's local.yaml says; None: there is none. ConfigError where it is no YAML."""
    path = home / "config" / LOCAL
    return read_yaml(path) if path.exists() else None


def loaded(home: Path, text: str) -> Config:
    """Return the settings that a home would have with this local.yaml; ConfigError where it does not fit.

    It is read by the loader that reads it later, in a folder of its own; nothing of the home is touched.
    """
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.mkdir()
        own = home / "config"
        if own.resolve() != packaged().resolve():
            for name in _OTHERS:
                if (own / name).is_file():
                    (config / name).write_bytes((own / name).read_bytes())
        (config / LOCAL).write_text(text, encoding="utf-8")
        try:
            found = load_config(Path(folder))
            program_of(found.funded)
        except ConfigError as error:
            raise ConfigError(str(error).replace(folder, str(home))) from None
    return found


def place(home: Path, text: str, now: datetime) -> Placed:
    """Put the file in its place, with a copy of one that is there; PublishError where that fails."""
    path = home / "config" / LOCAL
    backup = None
    if path.exists():
        backup = _free(path.with_name(f"{LOCAL}.bak-{now:%Y%m%dT%H%M%SZ}"))
        replace_file(backup, path.read_bytes(), durable=True)
    replace_file(path, text.encode(), durable=True)  # an empty one would be a home without rules
    return Placed(path, backup)


def place_beside(home: Path, text: str) -> Placed:
    """Put the file beside the one that is read, under a name that is free."""
    path = _free(home / "config" / "local.new.yaml")
    replace_file(path, text.encode(), durable=True)
    return Placed(path, read=False)


def _free(path: Path) -> Path:
    """Return a path that nothing has, with a number where it needs one."""
    others = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, 1000))
    for one in (path, *others):
        if not one.exists():
            return one
    raise AssistantError(f"{path} and a thousand more are there: delete some")
