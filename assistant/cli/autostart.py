"""`assistant autostart`: run with Windows, from the user's logon on."""

import os
import platform
import sys
from typing import Annotated

import typer

from assistant.autostart import TASK, task_xml, turn_off, turn_on, windowless
from assistant.cli.options import COMMAND, Home, opened_home
from assistant.errors import AssistantError

autostart = typer.Typer(
    help="Run with Windows: a task at your logon, without a window.",
    epilog="Examples: assistant autostart on   |   assistant autostart on --no-publish   |   "
    "assistant autostart off",
    rich_markup_mode=None,
)


@autostart.command("on", epilog="Example: assistant autostart on")
def on(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="As in `run`: marked, and nothing written into the terminal.")
    ] = False,
    no_publish: Annotated[
        bool, typer.Option("--no-publish", help="As in `run`: nothing written into the terminal.")
    ] = False,
    home: Home = None,
) -> None:
    """Start the assistant at each logon, and again within a minute where it has ended."""
    _require_windows()
    folder, _ = opened_home(home)
    options = [*(["--dry-run"] if dry_run else []), *(["--no-publish"] if no_publish else [])]
    domain, user = os.environ.get("USERDOMAIN", ""), os.environ.get("USERNAME", "")
    if not user:
        raise AssistantError("%USERNAME% is empty: Windows does not say whose logon is meant")
    named = f"{domain}\\{user}" if domain else user
    turn_on(task_xml(named, windowless(sys.executable), str(folder), options))
    typer.echo(
        f"on: from your next logon on it runs without a window, with the home {folder}; now: "
        f"schtasks /Run /TN {TASK}"
    )
    typer.echo(
        f"`{COMMAND} status` shows that it runs, logs{os.sep}assistant.log what it says; end one that you "
        "started by hand"
    )


@autostart.command("off", epilog="Example: assistant autostart off")
def off() -> None:
    """Start no longer at logon; one that runs goes on until you log off, or `schtasks /End` ends it."""
    _require_windows()
    if turn_off():
        typer.echo(f"off: one that runs now goes on until you log off; end it with schtasks /End /TN {TASK}")
    else:
        typer.echo("it was not on")


def _require_windows() -> None:
    if platform.system() != "Windows":
        raise AssistantError(
            f"autostart is for Windows, this is {platform.system()}: let your desktop's own startup list run "
            f"`{COMMAND} run` (a systemd user unit on Linux, a launch agent on macOS)"
        )
