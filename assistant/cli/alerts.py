"""`assistant alerts test`: whether an alert reaches the user's own command, and so the user."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer
from loguru import logger

from assistant.cli.options import COMMAND, Home, opened_home
from assistant.clock import WallClock
from assistant.config import Config
from assistant.core.alerts import Alert, Told, Topic, down
from assistant.errors import AssistantError
from assistant.home import PAPER
from assistant.outputs.alert_command import first_line, run_command
from assistant.outputs.alerts import alert_document

alerts = typer.Typer(
    help="What the assistant tells at once, and the command of your own that is given it as JSON.",
    epilog="Example: assistant alerts test",
    rich_markup_mode=None,
)


@alerts.callback()
def _group() -> None:
    """Keep `test` a command of its own: a group of one would swallow its name."""


@alerts.command("test", epilog="Example: assistant alerts test")
def send_test(home: Home = None) -> None:
    """Hand one test alert to the command, and say what came of it. Exits 0 where it ended with 0, else 1."""
    folder, config = opened_home(home)
    settings = config.alerts
    if settings.command is None:
        raise AssistantError(
            f"no command is named: write `alerts: {{command: [python, notify.py]}}` into "
            f"{folder / 'config' / 'local.yaml'}"
        )
    now, text = WallClock().now(), "a test of the assistant's alerts"
    alert = Alert(
        at=now,
        level=settings.least,
        kind=Topic.TEST,
        subject="test",
        text=text,
        reason=f"`{COMMAND} alerts test`",
        told=Told(0, "", now),
    )
    mode = "paper" if config.terminal.module == PAPER else "live"
    document = alert_document(alert, login=None, server=None, mode=mode)
    with tempfile.TemporaryFile() as output:
        outcome = run_command(settings.command, document, folder, settings.timeout, output)
        said = first_line(output)
    typer.echo(f"{outcome.told}{f'; it said: {said}' if said else ''}", err=outcome.failed)
    raise typer.Exit(1 if outcome.failed else 0)


def tell_down(config: Config, home: Path, ended: Sequence[Mapping[str, str]], *, paper: bool) -> None:
    """Tell the command, once, that a run that was started again came to no cycle either.

    Before anything is asked of the terminal: no login is known, so no journal holds it, and a call that hangs
    would hold the command up.
    """
    settings = config.alerts
    if settings.command is None or len(ended) != 2:  # noqa: PLR2004 -- the run, and the next one
        return
    alert = down("; then ".join(one["reason"] for one in ended), WallClock().now())
    document = alert_document(alert, login=None, server=None, mode="paper" if paper else "live")
    outcome = run_command(settings.command, document, home, settings.timeout)
    logger.warning("{}: {}; {}", alert.text, alert.reason, outcome.told)
