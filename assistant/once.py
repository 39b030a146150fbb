"""One advice beside any run: connect, read, advise, disconnect."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from assistant.config import Config
from assistant.core.advice import Advice, advise
from assistant.core.market import Deal, Unknown
from assistant.core.snapshot import Snapshot
from assistant.errors import TerminalError
from assistant.login import for_login, remember_notes, remembered, settings_of
from assistant.source import Source, past_deals, past_fills, read_snapshot, warm_up, with_deals


def advise_once(config: Config, home: Path, source: Source) -> Advice:
    """Connect, read once, and disconnect; nothing is written, so no lock is taken.

    What a run of this login has put on record counts: a cap of this session, the last words of the votes.
    """
    terminal = source.terminal
    terminal.connect()
    try:
        warm_up(source)
        remember_notes(home, terminal.account().login, source)
        snapshot = read_snapshot(source)
        past, fills = past_deals(source, snapshot.as_of), past_fills(source, snapshot.as_of)
        snapshot = with_deals(replace(snapshot, past=past, fills=fills), _deals_now(source, snapshot))
        source, foreign = for_login(config, source, snapshot.account.login, dry_run=False)
        program = source.funded.program if source.funded else None
        track = remembered(home, snapshot.account.login, snapshot.as_of, program, once=True)
        if source.funded:
            snapshot = source.funded.added(snapshot, source.terminal, track.funded)
    finally:
        terminal.close()
    advice, _ = advise(snapshot, track, settings_of(config, source), foreign)
    return advice


def _deals_now(source: Source, snapshot: Snapshot) -> tuple[Deal, ...] | Unknown:
    """Return the deals of this session; Unknown where the terminal does not tell."""
    since = snapshot.hours.opens_at or snapshot.as_of
    try:
        return tuple(source.terminal.deals(since, snapshot.as_of + timedelta(days=1)))
    except TerminalError as error:
        return Unknown(str(error))
