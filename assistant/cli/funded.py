"""`assistant funded`: where an account stands to its firm's rules, what is in the box, worked examples."""

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.answer import saved_advice
from assistant.app import VERSIONS
from assistant.cli.anchor import anchor
from assistant.cli.options import (
    COMMAND,
    AsJson,
    Home,
    Login,
    Paper,
    Profile,
    as_played,
    followed_program,
    opened_home,
    print_json,
    require_paper,
    wanted_login,
)
from assistant.config import Config
from assistant.core.program import Program
from assistant.errors import AssistantError, TerminalError
from assistant.once import advise_once
from assistant.outputs.advice import Stamp, advice_document
from assistant.outputs.fields import Document
from assistant.outputs.funded import funded_document
from assistant.outputs.funded_page import page
from assistant.source import open_source

if TYPE_CHECKING:  # whose models are made only where they are used
    from assistant.funded.vectors import Check, Shown

funded = typer.Typer(
    help="Where a funded account stands to the rules of its firm. Exits 0 green or amber, 20 red or cannot "
    "certify, 1 error or no rules.",
    epilog="Examples: assistant funded   |   assistant funded --json   |   assistant funded packs   |   "
    "assistant funded anchor max 47500   |   assistant funded verify examples.yaml",
    rich_markup_mode=None,
)
funded.command(
    "anchor",
    epilog="Examples: assistant funded anchor max 47500   |   assistant funded anchor start_balance 50120.55",
    context_settings={"ignore_unknown_options": True},  # -5 is a number to refuse, not an option
)(anchor)
_WIDEST = 110  # columns of a line of text
_AT_ONCE = 1000.0  # paper seconds in a second
_COLOURS = {"green": "green", "amber": "yellow", "red": "red", "cannot certify": "magenta"}
_GOOD = ("green", "amber")
_BAD = 20  # exit code where no new risk should be taken


@funded.callback(invoke_without_command=True)
def where(
    context: typer.Context,
    connect: Annotated[
        bool, typer.Option("--connect", help="Ask the terminal, even where an assistant is running.")
    ] = False,
    paper: Paper = False,
    profile: Profile = None,
    login: Login = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """Show where the account stands to each rule, from the running assistant or from the terminal itself."""
    if context.invoked_subcommand is not None:
        if connect or paper or profile or login or as_json or home:
            raise typer.BadParameter(f"options stand behind the word {context.invoked_subcommand}")
        return
    require_paper(profile, paper=paper)
    folder, config = opened_home(home)
    program = followed_program(folder, config)
    config, paper = as_played(config, paper=paper)
    login = wanted_login(login, profile, paper=paper)
    advice = None if connect else _running(folder, login, program, paper=paper)
    own = advice is None
    if advice is None:
        advice = _asked(folder, config, program, paper=paper, profile=profile, login=login)
    document = funded_document(advice)
    if as_json:
        print_json(document)
    else:
        _show(document, own=own)
    raise typer.Exit(0 if document["funded"]["status"] in _GOOD else _BAD)


def _running(folder: Path, login: int | None, program: Program, *, paper: bool) -> Document | None:
    """Return what a running assistant said last of this program; None where none says anything fresh of it.

    Raises AssistantError where several are running and no login tells which is meant.
    """
    fresh = [one.document for one in saved_advice(folder, login, paper=paper) if one.fresh]
    if len(fresh) > 1:
        logins = ", ".join(str(one["terminal"]["login"]) for one in fresh)
        raise AssistantError(f"assistants are running for logins {logins}; choose one with --login")
    if not fresh:
        return None
    said = fresh[0].get("funded")
    if said and (said["pack"], said["initial_balance"]) == (program.key, program.initial):
        return fresh[0]
    follows = f"{said['pack']} from {said['initial_balance']:.2f}" if said else "no rules"
    typer.echo(f"warning: the assistant that is running follows {follows}: start it again", err=True)
    return None


def _asked(
    folder: Path, config: Config, program: Program, *, paper: bool, profile: str | None, login: int | None
) -> Document:
    """Return an advice from a connection of our own."""
    try:
        source = open_source(config, folder, paper=paper, letter=profile, speed=_AT_ONCE)
    except TerminalError as error:
        if not paper and any(one.fresh for one in saved_advice(folder, login, paper=True)):
            raise TerminalError("the assistant that is running plays paper: ask it with --paper") from None
        raise TerminalError(f"no running assistant tells, and {error}") from None
    advice = advise_once(config, folder, source)
    if login not in (None, advice.account.login):
        raise AssistantError(f"--login was {login}; the terminal is logged in as {advice.account.login}")
    return advice_document(advice, Stamp(1, config.cycle.ttl, program.mode, VERSIONS))


def _show(document: Document, *, own: bool) -> None:
    lines = page(document, shutil.get_terminal_size().columns, None, COMMAND)
    typer.secho(lines[0], fg=_COLOURS[document["funded"]["status"]], bold=True)
    for line in lines[1:]:
        typer.echo(line)
    if own:
        typer.echo("Asked the terminal itself: no running assistant told it.")


@funded.command(
    epilog="Examples: assistant funded packs   |   assistant funded packs ftmo 2_step   |   "
    "assistant funded packs all   |   assistant funded packs --json",
)
def packs(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORDS]...",
            help="Words of a key, name, firm or phase: the rules of the programs that have them all. "
            "`all`: of every program. Without words, one line for each program.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What is in the box: firm, program, loss rules, source and date. Verify each with the firm."""
    from assistant.funded.packs import load_packs  # noqa: PLC0415 -- models, for this command alone
    from assistant.funded.words import chosen, document, index, listing  # noqa: PLC0415 -- likewise

    found, words = load_packs(), words or []
    if words and words != ["all"]:
        found = chosen(found, words)
    if not found:
        raise AssistantError(
            f"no program has {' and '.join(map(repr, words))}: `{COMMAND} funded packs` lists them"
        )
    if as_json:
        print_json(document(found))
        return
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for line in listing(found) if words else index(found):
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
