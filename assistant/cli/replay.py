"""`assistant replay`: a recorded day computed again."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated

import typer

from assistant.cli.options import AsJson, Home, Login, print_json
from assistant.clock import WallClock
from assistant.home import find_home
from assistant.replaying import Progress, document_of, journal_of, lines_of
from assistant.replaying import replay as replayed

_YESTERDAY = "yesterday"


def replay(
    day: Annotated[
        str,
        typer.Argument(
            metavar="DATE",
            help="A date of a journal, such as 2018-12-26, or yesterday; it is UTC, and the session of that "
            "date lies within it.",
        ),
    ],
    login: Login = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Compute every advice of a day again, from what it was fed with. Exits 0 identical, 1 it differs.

    The journal is all that is read: neither a terminal nor the settings of today.
    """
    wanted = _date(day)
    path, whose = journal_of(find_home(home), wanted, login)
    try:
        with _bar(path.stat().st_size, str(wanted)) as progress:
            found = replayed(path, whose, wanted, progress)
    except KeyboardInterrupt:
        typer.echo("ended", err=True)
        raise typer.Exit(130) from None
    document = document_of(found)
    if as_json:
        print_json(document)
    else:
        for line in lines_of(found):
            typer.echo(line)
    raise typer.Exit(0 if document["identical"] else 1)


def _date(day: str) -> date:
    if day == _YESTERDAY:
        return WallClock().now().date() - timedelta(days=1)
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise typer.BadParameter(f"DATE was {day}; expected such as 2018-12-26, or {_YESTERDAY}") from None


@contextmanager
def _bar(total: int, title: str) -> Iterator[Progress]:
    """Draw on stderr how much has been done, where somebody looks."""
    from rich.console import Console  # noqa: PLC0415 -- for this command alone
    from rich.progress import Progress as Bar  # noqa: PLC0415 -- likewise

    console = Console(stderr=True)
    watched = sys.stderr is not None and console.is_terminal
    with Bar(console=console, transient=True, disable=not watched) as bar:
        task = bar.add_task(title, total=total)

        def told(done: int) -> None:
            bar.update(task, completed=done)

        yield told if watched else _untold


def _untold(done: int) -> None:
    """Tell nobody."""
