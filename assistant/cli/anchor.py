"""`assistant funded anchor`: a number from the firm's dashboard stands before what was seen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from assistant.answer import saved_advice
from assistant.cli.options import Home, Login, Paper, followed_program, opened_home, wanted_login
from assistant.clock import WallClock
from assistant.core.breaches import Breach
from assistant.core.followed import Followed, key_of
from assistant.core.market import Unknown
from assistant.core.program import Program
from assistant.core.snapshot import Stated
from assistant.errors import AssistantError
from assistant.funded.anchors import add_anchor, read_anchors
from assistant.funded.stating import Moved, far, known_tracks, moved, statement
from assistant.home import PAPER
from assistant.outputs.funded_record import seen_until
from assistant.outputs.recall import recall_followed
from assistant.outputs.state import said_last, state_path
from assistant.source import paper_session

_WRITTEN = timedelta(seconds=2)  # in which it is written, so that no look comes after it and before the file


def anchor(
    name: Annotated[
        str, typer.Argument(help="A loss rule of the program, such as max (its floor), or a mark.")
    ],
    value: Annotated[float, typer.Argument(help="What the dashboard shows, in account currency.")],
    lower: Annotated[
        bool,
        typer.Option(
            "--lower", help="Take it even where a floor falls, a breach is forgotten, or it is far off."
        ),
    ] = False,
    paper: Paper = False,
    login: Login = None,
    home: Home = None,
) -> None:
    """Take a number from the firm's dashboard: the floor of a loss rule, or one of the marks behind it.

    Marks: start_balance, start_equity, high_balance_eod, high_balance, high_equity, high_equity_of_day. The
    level of a rule also clears that it may have been broken while nobody looked.
    """
    if not (isfinite(value) and value > 0):
        raise typer.BadParameter(f"VALUE was {value}; expected a number more than 0")
    folder, config = opened_home(home)
    program = followed_program(folder, config)
    if program.virtual:
        raise AssistantError("funded.virtual is set: a rehearsal has no dashboard to take a number from")
    paper = paper or config.terminal.module == PAPER
    login = _whose(folder, wanted_login(login, None, paper=paper), paper=paper)
    now, running = _now(folder, login, paper=paper)
    followed = _followed(folder, login, program, now)
    tracks = known_tracks(program, followed, now)
    at = _after(folder, login, now + _WRITTEN if running else now)
    stated = statement(name, value, program, tracks, at)
    if isinstance(stated, Unknown):
        raise AssistantError(stated.reason)
    breach = followed.broken.get(stated.rule) if followed and stated.rule else None
    as_it_is = replace(stated, lower=True)
    if not lower:
        _require_no_lower(name, list(moved(program, tracks, as_it_is)), breach)
        if told := far(program, tracks, stated):
            raise AssistantError(f"{told}; --lower takes it all the same")
    stated = as_it_is if lower else stated
    changes = list(moved(program, tracks, stated))
    path = add_anchor(folder, login, stated)
    if followed is None:
        typer.echo("warning: nothing is on record of this account yet; the number is not compared", err=True)
    for line in _lines(program, stated, changes, breach, now):
        typer.echo(line)
    takes = f"the running assistant takes it in {_WRITTEN.seconds} s" if running else "the next run takes it"
    typer.echo(f"For login {login}, in {path}: {takes}.")


def _whose(folder: Path, login: int | None, *, paper: bool) -> int:
    """Return the login that is meant; AssistantError where it cannot be told."""
    if login is not None:
        return login
    found = sorted({one.login for one in saved_advice(folder, None, paper=paper)})
    if len(found) != 1:
        said = f"for {', '.join(map(str, found))}" if found else "for no account"
        raise AssistantError(f"assistants ran here {said}; name the account with --login")
    return found[0]


def _now(folder: Path, login: int, *, paper: bool) -> tuple[datetime, bool]:
    """Return the present instant (UTC), and whether an assistant is running; paper plays an old session."""
    saved = next(iter(saved_advice(folder, login, paper=paper)), None)
    running = saved is not None and saved.fresh
    if not paper:
        return WallClock().now(), running
    if saved is None:
        return paper_session()[0], False
    seen = datetime.fromisoformat(saved.document["as_of"])
    return (seen + timedelta(seconds=saved.age) if running else seen), running


def _after(folder: Path, login: int, now: datetime) -> datetime:
    """Return when it is stated (UTC): after every earlier statement, or it would be none."""
    last = max((one.at for one in read_anchors(folder, login)), default=None)
    return now if last is None else max(now, last + timedelta(microseconds=1))


def _followed(folder: Path, login: int, program: Program, now: datetime) -> Followed | None:
    """Return what is on record of the account under this program; None: nothing."""
    found = recall_followed(folder / "logs", login, now, key_of(program))
    return found and seen_until(found, said_last(state_path(folder, login)), program, now)


def _require_no_lower(name: str, changes: Sequence[Moved], breach: Breach | None) -> None:
    """Refuse, in one line, what would leave more room than is known."""
    less = next((one for one in changes if one.lower and one.name.startswith("floor ")), None)
    if less:
        raise AssistantError(
            f"the {less.name} would fall from {less.was:.2f}, which is known, to {less.becomes:.2f}; "
            "--lower takes it all the same"
        )
    if breach and breach.seen:
        raise AssistantError(
            f"{name} was seen broken at {breach.at:%Y-%m-%d %H:%M:%S} UTC, {breach.value:.2f} against "
            f"{breach.floor:.2f}; --lower forgets that"
        )


def _lines(
    program: Program, stated: Stated, changes: Sequence[Moved], breach: Breach | None, now: datetime
) -> list[str]:
    """Say what was, what it becomes, and until when it holds."""
    resets = [cutoff.next(now) for cutoff in program.cutoffs.values()]
    until = f"until the next reset, {min(resets):%Y-%m-%d %H:%M} UTC" if resets else "until the next reset"
    lines = []
    for one in changes:
        was = "not known" if one.was is None else f"{one.was:.2f}"
        becomes = "not known" if one.becomes is None else f"{one.becomes:.2f}"
        mark = not one.name.startswith("floor ")
        holds = f", {until if one.of_day else 'until it is passed'}" if mark else ""
        if mark and one.was is None and not stated.lower:
            holds += "; the history's number counts where that is higher"
        lines.append(f"{one.name}: was {was}, becomes {becomes}{holds}")
    if breach:
        lines.append(
            f"{stated.rule} counts as not broken: what was noted at {breach.at:%Y-%m-%d %H:%M} UTC is cleared"
        )
    return lines
