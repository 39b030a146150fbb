"""`assistant history`: closes from CSV files, for the ratio before the broker's first bar."""

from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import COMMAND, Home, opened_home
from assistant.clock import WallClock
from assistant.core.market import Unknown
from assistant.history import import_history, provenance
from assistant.home import find_home
from assistant.terminal.sessions import Sessions

_ALL_SESSIONS = 100_000

history = typer.Typer(
    help="Closes from CSV files, for the ratio before the broker's first bar.",
    epilog="Examples: assistant history   |   assistant history import closes/   |   "
    "assistant history import IWM_daily.csv --symbol IWM",
    invoke_without_command=True,
    rich_markup_mode=None,
)


@history.callback()
def _imported(context: typer.Context, home: Home = None) -> None:
    """Show what was imported, and where it comes from."""
    if context.invoked_subcommand is not None:
        return
    folder = find_home(home)
    found = provenance(folder)
    for symbol, one in found.items():
        if isinstance(one, Unknown):
            typer.echo(f"{symbol}: {one.reason}")
        else:
            typer.echo(
                f"{symbol}: {one['rows']} sessions, {one['first']} to {one['last']}, from {one['file']}, "
                f"imported {one['imported_at']}"
            )
    if not found:
        typer.echo(f"nothing is imported in {folder / 'history'}: see `{COMMAND} history import --help`")


@history.command(
    "import",
    epilog="Examples: assistant history import closes/   |   assistant history import IWM.csv   |   "
    "assistant history import daily.csv --symbol SPY",
)
def import_closes(
    path: Annotated[
        Path,
        typer.Argument(
            help="A CSV file named after its symbol, such as IWM.csv, or a folder of such files: those of "
            "symbols that are not configured are left alone."
        ),
    ],
    symbol: Annotated[
        str, typer.Option("--symbol", help="The symbol of the file, where its name does not say it.")
    ] = "",
    home: Home = None,
) -> None:
    """Take closes from CSV, for the ratio before the broker's first bar.

    The columns are date,close or date,open,high,low,close[,volume]; the oldest row comes first. They serve
    where both legs are imported and agree with the broker's own closes; never for a stop.
    """
    folder, config = opened_home(home)
    sessions, now = Sessions.packaged(config.exchange.closed), WallClock().now()
    finished = [one.date for one in sessions.until(sessions.hours(now).last_session, _ALL_SESSIONS)]
    configured = [name for name, one in config.symbols.items() if one]
    imported = import_history(path, folder, configured, finished, now, symbol)
    for taken in imported.taken:
        span = f"{taken.rows} sessions, {taken.first} to {taken.last}"
        typer.echo(f"{taken.symbol}: took {span}, from {taken.file}")
    if imported.left:
        names = ", ".join(imported.left)
        typer.echo(f"warning: left alone, of no symbol of the configuration: {names}", err=True)
    typer.echo("an assistant that is running reads them when it is started again")
