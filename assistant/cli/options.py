"""What the commands share: their options, the home and its configuration, a document on stdout."""

import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from loguru import logger

from assistant.config import Config, load_config
from assistant.core.program import Program
from assistant.errors import AssistantError
from assistant.funded.program import program_of
from assistant.home import PAPER, find_home
from assistant.outputs.fields import Document, one_line
from assistant.outputs.log import Log
from assistant.source import paper_login, played

COMMAND = os.environ.get("BREADTH_ASSISTANT_COMMAND", "assistant")  # what the user types to start it
STATUS = f"`{COMMAND} status`"

_HOME = typer.Option(
    "--home", help="Folder of config/local.yaml, history/, logs/, paper/ and state/.", show_default=False
)
_JSON = typer.Option("--json", help="Print a JSON document instead of text.")
_PAPER = typer.Option("--paper", help="Use the paper terminal, which plays recorded prices.")
_PROFILE = typer.Option(
    "--profile", help="Which invented broker the paper terminal plays, A to F (A).", show_default=False
)
_FAULTS = typer.Option(
    "--faults",
    help="What goes wrong with the paper terminal: a YAML file (docs/rehearse.md), or bad_day.",
    show_default=False,
)
_LOGIN = typer.Option(
    "--login", help="The account's login, where several assistants run.", show_default=False
)
Home = Annotated[Path | None, _HOME]
AsJson = Annotated[bool, _JSON]
Paper = Annotated[bool, _PAPER]
Profile = Annotated[str | None, _PROFILE]
Login = Annotated[int | None, _LOGIN]
FaultScript = Annotated[str | None, _FAULTS]


def opened_home(home: Path | None) -> tuple[Path, Config]:
    """Find the home, check its configuration, start the operational log."""
    folder = find_home(home)
    config = load_config(folder)
    try:
        logger.add(
            Log(folder / "logs" / "assistant.log", timedelta(days=config.log.keep)),
            level=config.log.level,
            format="{time:YYYY-MM-DDTHH:mm:ss.SSSZ} {level} {message}",
            backtrace=False,
            diagnose=False,  # a traceback never prints values: they may be a user's own
        )
    except OSError as error:
        raise AssistantError(f"{folder / 'logs'} cannot be written: {error.strerror or error}") from error
    return folder, config


def as_played(config: Config, *, paper: bool) -> tuple[Config, bool]:
    """Return the settings that hold, and whether the paper terminal is meant: asked for, or named in them."""
    paper = paper or config.terminal.module == PAPER
    return (played(config) if paper else config), paper


def rehearsed(config: Config, faults: str | None, *, paper: bool) -> Config:
    """Return the settings with a script of faults in place of theirs, where one is asked for."""
    if faults is None:
        return config
    if not paper:
        raise typer.BadParameter(f"--faults was {faults} without --paper; they are the paper terminal's")
    file = Path(faults).resolve()
    terminal = replace(config.terminal, faults=str(file) if file.exists() else faults)
    return config.model_copy(update={"terminal": terminal})


def restarted(config: Config, ended: Sequence[object]) -> Config:
    """Return the settings for a run that takes up another that ended: it starts no terminal.

    The terminal may be away because its trader closed it.
    """
    return config.model_copy(update={"terminal": replace(config.terminal, start=False)}) if ended else config


def require_paper(profile: str | None, *, paper: bool) -> None:
    """Refuse a profile where no paper terminal is asked for: it would change nothing."""
    if profile is not None and not paper:
        raise typer.BadParameter(f"--profile was {profile} without --paper; it is the paper terminal's")


def followed_program(folder: Path, config: Config) -> Program:
    """Return the program whose rules are followed; AssistantError, with how to begin, where there is none."""
    program = program_of(config.funded)
    if program is None:
        raise AssistantError(
            f"no rules are followed: write `funded: {{mode: dry_run, pack: ..., initial_balance: ...}}` into "
            f"{folder / 'config' / 'local.yaml'}; `{COMMAND} funded packs` lists the packs"
        )
    return program


def wanted_login(login: int | None, profile: str | None, *, paper: bool) -> int | None:
    """Return the login that is meant: of the paper terminal, that of its profile."""
    return paper_login(profile or "A") if profile is not None or (paper and login is None) else login


def print_json(document: Document) -> None:
    """Print a document on one line; where nobody reads any more the program ends with 1."""
    if sys.stdout is None:  # no console either
        return
    try:
        sys.stdout.write(one_line(document) + "\n")
        sys.stdout.flush()
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.EINVAL):  # as POSIX and as Windows say it
            sys.exit(1)
        raise
