"""`assistant setup`: the first run, a few questions, and config/local.yaml from the answers."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.autostart import on
from assistant.cli.options import COMMAND, Home, Paper, Profile, require_paper
from assistant.cli.panel import install
from assistant.errors import AssistantError
from assistant.home import find_home

if TYPE_CHECKING:  # with the packs' models, made only where they are used
    from assistant.setup.first_run import Decided, Extra

_INTERRUPTED = 130


def setup(
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing and take every default.", show_default=False)
    ] = False,
    paper: Paper = False,
    profile: Profile = None,
    home: Home = None,
) -> None:
    """First run: find the terminal, ask a few questions, write config/local.yaml.

    Enter takes the default of a question, which raises nothing. Until the last answer nothing is changed, and
    Ctrl-C ends it.
    """
    from assistant.setup.asker import Asker  # noqa: PLC0415 -- much, for this command alone
    from assistant.setup.first_run import FirstRun, carry_out, decide  # noqa: PLC0415 -- likewise

    require_paper(profile, paper=paper)
    if not yes and not (sys.stdin and sys.stdin.isatty()):
        raise AssistantError(
            f"setup asks questions, and there is no console to ask on; `{COMMAND} setup --yes` takes defaults"
        )
    asker = Asker(input, typer.echo, yes=yes, width=shutil.get_terminal_size().columns)
    run = FirstRun(
        home=find_home(home),
        yes=yes,
        paper=paper,
        letter=profile,
        command=COMMAND,
        where=f'--home "{home}"' if home else "",
    )
    try:
        decided = decide(asker, run)
    except (KeyboardInterrupt, EOFError):
        typer.echo("\nended; nothing was changed", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    carry_out(asker, run, decided, _extras(decided, run.home))


def _extras(decided: "Decided", folder: Path) -> list["Extra"]:
    """Return what was asked for beside the settings."""
    from assistant.setup.first_run import Extra  # noqa: PLC0415 -- as above

    found = []
    if decided.answers.panel:
        found.append(Extra("panel install", lambda: _install(folder)))
    if decided.answers.autostart:
        found.append(Extra("autostart on", lambda: on(home=folder)))
    return found


def _install(folder: Path) -> None:
    """Install the panel; a source that did not compile is said by the command itself."""
    try:
        install(home=folder)
    except typer.Exit as ended:
        if ended.exit_code:
            raise AssistantError("a source did not compile, see above") from None
