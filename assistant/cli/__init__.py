"""The command line: commands parse and print; what they do stands in app and core."""

import re
import sys
from datetime import timedelta
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer
from loguru import logger
from pydantic import ValidationError
from rich.errors import ConsoleError
from typer.exceptions import TyperException

from assistant import __version__
from assistant.accounts import follow_accounts
from assistant.answer import answered, last_said, replace_unprintable, saved_advice, show, told
from assistant.app import Assistant
from assistant.cli.alerts import alerts, tell_down
from assistant.cli.autostart import autostart
from assistant.cli.cap import cap
from assistant.cli.confirm import confirm
from assistant.cli.demo import demo
from assistant.cli.doctor import doctor
from assistant.cli.funded import funded
from assistant.cli.history import history
from assistant.cli.note import note
from assistant.cli.options import (
    COMMAND,
    STATUS,
    AsJson,
    FaultScript,
    Home,
    Login,
    Paper,
    Profile,
    as_played,
    opened_home,
    print_json,
    rehearsed,
    require_paper,
    restarted,
    wanted_login,
)
from assistant.cli.panel import panel
from assistant.cli.replay import replay
from assistant.cli.review import review
from assistant.cli.setup import setup
from assistant.cli.study import study
from assistant.config import Config
from assistant.core.check import Intent, Standing
from assistant.core.market import Side
from assistant.core.standing import standing
from assistant.errors import AssistantError, JournalError, PublishError, TerminalError
from assistant.home import find_home
from assistant.once import advise_once
from assistant.outputs.console import Screen, plain_console, screen
from assistant.outputs.fields import check_texts
from assistant.outputs.files import short
from assistant.outputs.state import Saved
from assistant.source import Source, open_source
from assistant.watchdog.watched import AGAIN, Watched, heard

app = typer.Typer(
    help="Size, not direction: how much of normal risk an account should take now, and how many lots "
    "that is. Reads a MetaTrader 5 terminal; never sends an order.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(history, name="history")
app.add_typer(study, name="study")
app.add_typer(funded, name="funded")
app.add_typer(panel, name="panel")
app.add_typer(autostart, name="autostart")
app.add_typer(alerts, name="alerts")
app.command(
    "note",
    epilog='Examples: assistant note risk_off --until 2026-12-18 --why "Fed on the 16th"   |   '
    "assistant note   |   assistant note clear",
)(note)
app.command(
    "cap",
    epilog='Examples: assistant cap IWM 0 --until 2026-12-18 --why "earnings"   |   '
    'assistant cap all 0.5x --until 2026-12-24T18:00Z --why "holidays"   |   assistant cap   |   '
    "assistant cap clear IWM",
    context_settings={"ignore_unknown_options": True},  # -5 lots is a number to refuse, not an option
)(cap)
app.command(
    "confirm",
    epilog="Examples: assistant confirm   |   assistant confirm IWM   |   assistant confirm all",
)(confirm)
app.command(
    "setup",
    epilog="Examples: assistant setup   |   assistant setup --paper   |   assistant setup --yes",
)(setup)
app.command("demo", epilog="Examples: assistant demo --seconds 20   |   assistant demo --profile C")(demo)
app.command(
    "doctor",
    epilog="Examples: assistant doctor   |   assistant doctor --paper   |   assistant doctor --json",
)(doctor)
app.command("replay", epilog="Example: assistant replay yesterday")(replay)
app.command(
    "review",
    epilog="Examples: assistant review   |   assistant review yesterday --open   |   "
    "assistant review 2026-12-18 --json   |   assistant review --month",
)(review)
_AT_ONCE = 1000.0  # paper seconds in a second, where one reading is wanted and no session watched


def _misfit(error: TyperException) -> str:
    """Say what is wrong with a use; a value that does not fit is named, which typer does not do."""
    cause, one = error.__cause__, getattr(error, "param", None)
    if not isinstance(cause, ValidationError) or one is None:
        return error.format_message()
    detail = cause.errors(include_url=False)[0]
    name = one.opts[0] if one.opts[0].startswith("-") else one.opts[0].upper()
    expected = re.sub(r"^(Input should be|Value error, .* is not one of)\s+", "", detail["msg"])
    expected = re.sub(r"(, unable to parse .*|\.)$", "", expected).replace("', '", "' or '")
    return f"Invalid value: {name} was {short(str(detail['input']))}; expected {expected}"


def main(watched: Watched | None = None) -> None:
    """Run the command line: a failure is one line on stderr and exit 1, a wrong use exit 2.

    A run whose supervisor is `watched` ends with AGAIN where it makes sense to start it again.
    """
    again = 1 if watched is None else AGAIN
    replace_unprintable()
    logger.remove()
    try:
        sys.exit(app(prog_name="assistant", standalone_mode=False, obj=watched))
    except TyperException as error:
        context = getattr(error, "ctx", None)  # of the command that was used wrongly: "assistant study"
        words = context.command_path.split()[1:] if context else []
        wrong = " ".join(_misfit(error).split())
        typer.echo(f"error: {wrong} (see {' '.join([COMMAND, *words])} --help)", err=True)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(130)
    except AssistantError as error:
        if sys.stderr is None:  # started at logon, without a window
            logger.error("ended: {}", error)
        code = told(error)
        sys.exit(again if isinstance(error, TerminalError | JournalError | PublishError) else code)
    except Exception as error:  # noqa: BLE001 -- a trader gets one line, the log has the rest
        logger.exception("unexpected")
        typer.echo(f"error: unexpected {type(error).__name__}: {error}; see logs/assistant.log", err=True)
        sys.exit(again)


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Carry the options of the command itself; without a command, help."""
    if version:
        typer.echo(f"assistant {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command(epilog="Examples: assistant run   |   assistant run --paper --once --json")
def run(
    context: typer.Context,
    paper: Paper = False,
    profile: Profile = None,
    faults: FaultScript = None,
    once: Annotated[
        bool, typer.Option("--once", help="One cycle with the series on disk, then end.")
    ] = False,
    as_json: AsJson = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Marked as a dry run, and nothing is written into the terminal's folders."
        ),
    ] = False,
    no_publish: Annotated[
        bool, typer.Option("--no-publish", help="Write nothing into the terminal's folders.")
    ] = False,
    home: Home = None,
) -> None:
    """Read the terminal every second, advise, publish for the panel, keep the journal. Ends with Ctrl-C.

    Where a call into the terminal hangs, or the program crashes, it is started anew; where another account
    is logged in, it goes on with that one.
    """
    require_paper(profile, paper=paper)
    folder, config = opened_home(home)
    config, paper = as_played(config, paper=paper)
    config = rehearsed(config, faults, paper=paper)
    watched = context.find_object(Watched)
    watch = watched.announcer(config.watchdog) if watched else None
    speed = _AT_ONCE if once else 1.0
    ended = list(watched.ended) if watched else []
    tell_down(config, folder, ended, paper=paper)
    config = restarted(config, ended)
    source = open_source(config, folder, paper=paper, letter=profile, speed=speed, watch=watch)
    publish = not (dry_run or no_publish)

    def entered(source: Source) -> Assistant:
        told, ended[:] = tuple(ended), ()  # of the first account alone
        return Assistant(config, folder, source, publish=publish, dry_run=dry_run, ended=told)

    if once:
        with entered(source) as assistant:
            _once(assistant, source.note, as_json=as_json)
        return
    mode = "" if source.mode == "live" else f"{source.mode.upper()}: "
    journal = f"{mode}journal {folder / 'logs'}; Ctrl-C ends"
    notes = (source.note, journal) if source.note else (journal,)

    def during(assistant: Assistant) -> None:
        if as_json:
            told = heard(watch, print_json, _to_stderr)
            assistant.reviewer.say = _to_stderr
            assistant.run(config.cycle.interval, *told)
        else:
            with Screen(plain_console(), every=timedelta(minutes=1), notes=notes, status=STATUS) as shown:
                assistant.reviewer.say = lambda line: shown.tell(f"{mode}{line}")
                assistant.run(config.cycle.interval, *heard(watch, shown.show, shown.trouble))

    _, waiting = heard(watch, print_json, _to_stderr)
    try:
        follow_accounts(source, entered, during, waiting)
    except KeyboardInterrupt:
        _to_stderr("ended")


def _once(assistant: Assistant, note: str, *, as_json: bool) -> None:
    """Print one cycle, and what it could not write."""
    _, document = assistant.cycle()
    if as_json:
        print_json(document)
    else:
        plain_console().print(screen(document, (note,) if note else ()))
    for failed in assistant.unpublished:
        _to_stderr(f"warning: {failed}")


def _to_stderr(text: str) -> None:
    typer.echo(text, err=True)


@app.command(
    "check",
    epilog="Examples: assistant check buy IWM 12 --stop 214.50   |   assistant check sell IWM 12 --close 81",
    context_settings={"ignore_unknown_options": True},  # -5 lots is a number to refuse, not an option
)
def check_order(
    side: Annotated[Side, typer.Argument(help="buy or sell.", case_sensitive=False)],
    symbol: Annotated[str, typer.Argument(help="Our name or the broker's: IWM, IWM.US.")],
    lots: Annotated[float, typer.Argument(help="Lots you think of, more than 0.")],
    stop: Annotated[
        float | None,
        typer.Option(help="Price of the stop-loss; may be missing only where the order reduces."),
    ] = None,
    price: Annotated[
        float | None, typer.Option(help="Price of a pending order; without it, at market.")
    ] = None,
    close: Annotated[int | None, typer.Option(help="Ticket of the position that the order closes.")] = None,
    connect: Annotated[
        bool, typer.Option("--connect", help="Ask the terminal, even where an assistant is running.")
    ] = False,
    release: Annotated[
        bool,
        typer.Option(
            "--release", help="Give back what checks of the last minute reserved: nothing of it was ordered."
        ),
    ] = False,
    paper: Paper = False,
    profile: Profile = None,
    login: Login = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """How many lots, and what stops more. Exits 0 allow, 10 resize, 20 deny, 1 error, 2 wrong use."""
    for name, value in (("LOTS", lots), ("--stop", stop), ("--price", price)):
        if value is not None and not (isfinite(value) and value > 0):
            raise typer.BadParameter(f"{name} was {value}; expected a number more than 0")
    require_paper(profile, paper=paper)
    folder, config = opened_home(home)
    config, paper = as_played(config, paper=paper)
    login = wanted_login(login, profile, paper=paper)
    now = _standing(folder, config, connect=connect, paper=paper, profile=profile, login=login)
    intent = Intent(side, symbol, lots, stop, price, close)
    document, code = answered(intent, now, folder, release=release)
    show(document, as_json=as_json)
    raise typer.Exit(code)


def _standing(
    folder: Path, config: Config, *, connect: bool, paper: bool, profile: str | None, login: int | None
) -> Standing:
    """Return the facts to answer from: a running assistant's state file, else a connection of our own."""
    if not connect:
        said = last_said(folder, login, paper=paper)
        if said is not None:
            return said
    try:
        source = open_source(config, folder, paper=paper, letter=profile, speed=_AT_ONCE)
    except TerminalError as error:
        if connect:
            raise
        whose = "" if login is None else f" for login {login}"
        if not paper and any(one.fresh for one in saved_advice(folder, login, paper=True)):
            raise TerminalError("the assistant that is running plays paper: ask it with --paper") from None
        raise TerminalError(f"no assistant is running{whose}, and {error}") from None
    now = standing(advise_once(config, folder, source))
    if login not in (None, now.account.login):
        raise AssistantError(f"--login was {login}; the terminal is logged in as {now.account.login}")
    return now


@app.command(epilog="Example: assistant status --json")
def status(paper: Paper = False, login: Login = None, as_json: AsJson = False, home: Home = None) -> None:
    """Show the last advice and its age, without touching the terminal. Exits 0 fresh, 1 none or stale."""
    folder = find_home(home)
    found = saved_advice(folder, login, paper=paper) or saved_advice(folder, login, paper=True)
    saved = found[0] if found else None
    if as_json:
        document = saved.document if saved else None
        age = saved.age if saved else None
        print_json(
            {"schema": "status/1", "age_s": age, "fresh": bool(saved and saved.fresh), "advice": document}
        )
    elif saved is None:
        typer.echo(f"no readable advice in {folder / 'state'}: start `{COMMAND} run`, or `{COMMAND} demo`")
    else:
        _show(saved)
    raise typer.Exit(0 if saved and saved.fresh else 1)


def _show(saved: Saved) -> None:
    """Print an advice and its age; AssistantError where its file holds another kind of document."""
    mode = "" if saved.document["mode"] == "live" else f"{saved.document['mode'].upper()} "
    word = "fresh" if saved.fresh else "STALE, do not size by it"
    console = plain_console()
    try:
        check_texts(saved.document)
        with console.capture() as picture:
            console.print(screen(saved.document))
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError, ConsoleError) as error:
        what = f"({type(error).__name__} {short(str(error))})"
        raise AssistantError(f"{saved.path} is damaged {what}: do not size by it") from None
    typer.echo(f"{mode}advice {_age(saved.age)} old: {word}")
    typer.echo(picture.get(), nl=False)


def _age(seconds: float) -> str:
    """Write an age in the unit one would say it in."""
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
