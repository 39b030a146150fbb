"""`assistant doctor`: every precondition in a line, and how to mend what is not well."""

import shutil
import sys

import typer
from rich.console import Console

from assistant.cli.options import (
    COMMAND,
    AsJson,
    Home,
    Login,
    Paper,
    Profile,
    print_json,
    require_paper,
)
from assistant.home import find_home

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(
    paper: Paper = False,
    profile: Profile = None,
    login: Login = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Look at everything that must be so before it can run; say how to mend what is not.

    It changes nothing, but for symbols that it adds to Market Watch as `run` does. Exits 0 where nothing is
    to mend, 1 where something is.
    """
    from assistant.doctor.examine import Asked, Report, examine  # noqa: PLC0415 -- much, for this alone
    from assistant.doctor.finding import Status  # noqa: PLC0415 -- likewise
    from assistant.doctor.page import document, page  # noqa: PLC0415 -- likewise

    require_paper(profile, paper=paper)
    asked = Asked(home=find_home(home), paper=paper, letter=profile, login=login, command=COMMAND)
    console = Console(stderr=True, markup=False, highlight=False)
    report: Report
    if console.is_terminal and sys.stdout.isatty():
        with console.status("looking") as shown:
            report = examine(asked, lambda text: shown.update(f"{text} ..."))
    else:
        report = examine(asked, lambda _: None)
    if as_json:
        print_json(document(report))
    else:
        for text, status, bold in page(report, shutil.get_terminal_size().columns):
            if status is None:
                typer.secho(text, bold=bold)
                continue
            word = len(status.value) + 2
            typer.secho(text[:word], fg=_COLOURS[status.value], bold=status is not Status.OK, nl=False)
            typer.echo(text[word:])
    raise typer.Exit(1 if report.count(Status.FAIL) else 0)
