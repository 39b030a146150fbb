"""`assistant funded`: the rules of funded accounts that are in the box, and worked examples against them."""

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import AsJson, print_json

if TYPE_CHECKING:  # whose models are made only where they are used
    from assistant.funded.vectors import Check, Shown

funded = typer.Typer(
    help="Rules of funded accounts. They are data to read and to check: nothing binds yet, and no account is "
    "judged by them.",
    epilog="Examples: assistant funded packs   |   assistant funded verify examples.yaml",
    rich_markup_mode=None,
)
_WIDEST = 110  # columns of a line of text


@funded.command(epilog="Examples: assistant funded packs   |   assistant funded packs --json")
def packs(as_json: AsJson = False) -> None:
    """What is in the box: firm, program, loss rules, source and date. Verify each with the firm."""
    from assistant.funded.packs import load_packs  # noqa: PLC0415 -- models, for this command alone
    from assistant.funded.words import document, listing  # noqa: PLC0415 -- likewise

    found = load_packs()
    if as_json:
        print_json(document(found))
        return
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for line in listing(found):
        further = " " * (len(line) - len(line.lstrip()) + 4)
        typer.echo(textwrap.fill(line, width, subsequent_indent=further, break_on_hyphens=False))


@funded.command(epilog="Example: assistant funded verify examples.yaml")
def verify(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Worked examples, as docs/funded-rules.md describes them.")
    ],
) -> None:
    """Run a file of worked examples through the rules. Exits 0 all pass, 1 one does not, or no such file."""
    from assistant.funded.vectors import run_file  # noqa: PLC0415 -- models, for this command alone

    results, left_out = run_file(path)
    for result in results:
        typer.echo(f"{'pass' if result.passed else 'FAIL'}  {result.name}")
        if result.trouble:
            typer.echo(f"    ! {result.trouble}")
        for check in result.checks:
            typer.echo(_line(check))
    failed = sum(not result.passed for result in results)
    marked = f"; {left_out} that the file marks do_not_use were not run" if left_out else ""
    typer.echo(f"{len(results) - failed} of {len(results)} examples pass{marked}")
    raise typer.Exit(1 if failed else 0)


def _line(check: "Check") -> str:
    mark = " " if check.passed else "!"
    return f"    {mark} {check.what}: expected {_said(check.expected)}, was {_said(check.was)}"


def _said(value: "Shown") -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "cannot certify"
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if value == round(value, 2) else f"{value:.6f}"
