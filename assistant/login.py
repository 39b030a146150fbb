"""What is known of a login before its first look: the firm's rules that are its own, and its record."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from assistant.config import Config
from assistant.core.advice import Settings, Track
from assistant.core.caps import Cap
from assistant.core.followed import key_of
from assistant.core.program import Mode, Program
from assistant.funded.program import foreign
from assistant.outputs.funded_record import seen_until
from assistant.outputs.recall import (
    recall,
    recall_conditions,
    recall_followed,
    recall_notes,
    recall_overrides,
)
from assistant.outputs.state import looked_at, said_last, state_path
from assistant.source import Source

LATELY = timedelta(minutes=15)  # since the last look, in which a condition is not yet forgotten


def for_login(config: Config, source: Source, login: int, *, dry_run: bool) -> tuple[Source, tuple[Cap, ...]]:
    """Return the source for a login; where the firm's rules are for another, it has none, and 0 lots."""
    cap = foreign(config.funded, login, dry_run=dry_run)
    return (source, ()) if cap is None else (replace(source, funded=None), (cap,))


def settings_of(config: Config, source: Source, *, dry_run: bool = False) -> Settings:
    """Return what the core is told; in a dry run a firm's rules are shown and never bind."""
    program = source.funded.program if source.funded else None
    if program and dry_run:
        program = replace(program, mode=Mode.DRY_RUN)
    return replace(config.settings, funded=program)


def remembered(home: Path, login: int, now: datetime, program: Program | None, *, once: bool) -> Track:
    """Return the track that the record of a login leaves at `now` (UTC), for a run or for a single look.

    Conditions that stood must be seen good anew. A single look sees nothing good for long, and would never
    be rid of them: it takes over what has been looked at lately.
    """
    found = recall(home / "logs", login, now)
    spells, at = recall_conditions(home / "logs", login, now) or ({}, now)
    looked = looked_at(state_path(home, login))
    last = looked if looked and at < looked <= now else at
    followed = recall_followed(home / "logs", login, now, key_of(program)) if program else None
    if followed and program:
        followed = seen_until(followed, said_last(state_path(home, login)), program, now)
    return Track(
        memory=found.memory,
        watch=found.watch,
        spells={} if once and now - last > LATELY else spells,
        funded=followed,
    )


def remember_notes(home: Path, login: int, source: Source) -> None:
    """Tell notes and overrides what the journal of a login last saw in force: a file may have lost one."""
    found = recall_notes(home / "logs", login, source.clock.now())
    if source.notes and found:
        source.notes.remember(*found)
    if source.overrides:
        source.overrides.remember(recall_overrides(home / "logs", login, source.clock.now()))
