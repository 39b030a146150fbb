"""`assistant confirm`: a contract that the broker has changed counts again once its trader has seen it."""

from typing import Annotated

import typer

from assistant.cli.options import COMMAND, Home, Paper, Profile, as_played, opened_home, require_paper
from assistant.confirmed import Confirmed
from assistant.core import contracts
from assistant.core.contracts import Facts
from assistant.core.market import Unknown
from assistant.core.own import ALL
from assistant.source import open_source, read_contracts


def confirm(
    symbol: Annotated[
        str | None,
        typer.Argument(help="Our name such as IWM, or all; nothing shows what waits: what was, what is now."),
    ] = None,
    paper: Paper = False,
    profile: Profile = None,
    home: Home = None,
) -> None:
    """Say yes to a contract that is another than it was: until then its symbol has 0 lots.

    Asks the terminal what a lot is now. What is seen for the first time needs no confirmation.
    """
    require_paper(profile, paper=paper)
    folder, config = opened_home(home)
    config, paper = as_played(config, paper=paper)
    source = open_source(config, folder, paper=paper, letter=profile)
    account, now = read_contracts(source)
    names = [] if symbol is None else _names(symbol, now)
    kept = Confirmed(folder)
    known = kept.read(account.login)
    lines = _waiting(known, now) if symbol is None else _said(known, now, names)
    if names:
        kept.change(account.login, lambda there: _after(there, now, names), mend=len(names) == len(now))
        lines.append("an assistant that is running sees it within a second")
    mode = "" if source.mode == "live" else f"{source.mode.upper()} "
    for line in (f"{mode}login {account.login} on {account.server}", *lines):
        typer.echo(line)


def _names(word: str, now: Facts) -> list[str]:
    """Return our names of what was typed in any case."""
    found = [name for name in now if word.upper() in (name.upper(), ALL.upper())]
    if not found:
        told = ", ".join(now) or "none is"
        raise typer.BadParameter(f"SYMBOL was {word}; expected {ALL}, or what the terminal tells: {told}")
    return found


def _after(there: Facts, now: Facts, names: list[str]) -> Facts:
    """Return what is on record once these contracts are confirmed."""
    return {**there, **{name: contracts.confirm(there.get(name), now[name]) for name in names}}


def _waiting(known: Facts | Unknown, now: Facts) -> list[str]:
    """Say what waits, and how it is confirmed."""
    if isinstance(known, Unknown):
        return [f"{known.reason}: no lots in any symbol until `{COMMAND} confirm {ALL}`"]
    waiting = contracts.changed(known, now)
    if not waiting:
        return ["no contract waits to be confirmed"]
    lines = [f"{one.symbol} {one.told}" for one in waiting]
    return [*lines, f"0 lots until `{COMMAND} confirm {waiting[0].symbol}`, or {ALL}"]


def _said(known: Facts | Unknown, now: Facts, names: list[str]) -> list[str]:
    """Say what is confirmed, and what it was."""
    waiting = [] if isinstance(known, Unknown) else contracts.changed(known, now)
    lines = [f"confirmed: {one.symbol} {one.told}" for one in waiting if one.symbol in names]
    return lines or [f"on record as it is now: {', '.join(names)}"]
