"""`assistant replay`: a recorded day computed again."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import AsJson, Home, Login, opened_home, print_json
from assistant.cli.review import TODAY, YESTERDAY, day_named
from assistant.clock import WallClock
from assistant.home import find_home
from assistant.replaying import Progress, document_of, journal_of, lines_of
from assistant.replaying import replay as replayed
from assistant.terminal.sessions import Sessions


def replay(
    day: Annotated[
        str,
        typer.Argument(
            metavar="DATE",
            help="A date of a journal, such as 2018-12-26; it is UTC, and the session of that date lies "
            "within it. Or, as in `review`, today (as the PC has it) or yesterday (the session before it).",
        ),
    ],
    login: Login = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Compute every advice of a day again, from what it was fed with.

    Exits 0 where all of them are identical, 1 where one differs, or a part of the journal cannot be replayed:
    the first line says how much. The journal alone is read: neither a terminal nor the settings of today.
    """
    if day in (TODAY, YESTERDAY):
        wanted, login = _named(home, login, day)
    else:
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
    raise typer.Exit(0 if found.identical else 1)


def _date(day: str) -> date:
    try:
        return date.fromisoformat(day)
    except ValueError:
        what = f"expected a date such as 2018-12-26, {TODAY} or {YESTERDAY}"
        raise typer.BadParameter(f"DATE was {day}; {what}") from None


def _named(home: Path | None, login: int | None, word: str) -> tuple[date, int]:
    """Return the date that a word names, and whose journal is meant, both as `review` has them."""
    from assistant.reviewing import record_of  # noqa: PLC0415 -- pages and pictures, where a word is given

    folder, config = opened_home(home)
    record = record_of(folder, login, WallClock().now(), paper=False)
    return day_named(Sessions.packaged(config.exchange.closed), record.now, word), record.login


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
