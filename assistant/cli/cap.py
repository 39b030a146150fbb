"""`assistant cap`: a cap by hand, with an end and a reason."""

from datetime import datetime
from typing import Annotated

import typer

from assistant.cli.options import COMMAND, Home, opened_home
from assistant.clock import WallClock
from assistant.config import Config
from assistant.core.market import Override
from assistant.core.own import ALL, in_force
from assistant.overrides import Overrides, OverrideSettings

CLEAR = "clear"


def cap(
    symbol: Annotated[
        str | None,
        typer.Argument(
            help="Our name such as IWM, or all for the account; clear ends what stands; nothing shows it."
        ),
    ] = None,
    most: Annotated[
        str | None,
        typer.Argument(
            metavar="LOTS|SHARE",
            help="Lots that may be added now on either side, such as 0 or 2.5; or a share of normal risk, 0x "
            "to 1x, such as 0.5x; all takes a share. After clear: SYMBOL or all.",
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            help="Last day it stands, to the end of that day in UTC, such as 2026-12-18; or an instant with "
            "its zone, such as 2026-12-18T16:00-05:00; required."
        ),
    ] = None,
    why: Annotated[str | None, typer.Option(help="Your reason, in a few words; required.")] = None,
    home: Home = None,
) -> None:
    """A cap that you set yourself, on one symbol or the account, from now on. It ends by itself.

    All caps by hand stand beside each other, and the smallest binds: a new one never lifts an older one.
    Orders that only reduce are always allowed.
    """
    folder, config = opened_home(home)
    overrides, now = Overrides(folder, config.overrides), WallClock().now()
    if symbol is None:
        _show(overrides, now)
    elif symbol == CLEAR:
        ended = overrides.end(None if most is None else _symbol(most, config), now)
        typer.echo(f"{ended} ended" if ended else "none ended; those of the settings are ended there")
        _show(overrides, now)
    else:
        asked = _asked(_symbol(symbol, config), _required("LOTS", most), until, why)
        typer.echo(f"set: {_line(overrides.set(asked, now))}")
        typer.echo("an assistant that is running sees it within a second")


def _symbol(word: str, config: Config) -> str:
    """Return our name of what was typed in any case; a name that is none would restrain nothing."""
    known = [name for name, kept in config.symbols.items() if kept]
    if word in known or word.lower() == ALL:
        return word if word in known else ALL
    found = next((name for name in known if name.upper() == word.upper()), None)
    if found is None:
        raise typer.BadParameter(f"SYMBOL was {word}; expected {ALL} or one of {', '.join(known)}")
    return found


def _asked(symbol: str, most: str, until: str | None, why: str | None) -> OverrideSettings:
    """Return what was asked for, once it is something."""
    given, reason = _required("--until", until), _required("--why", why)
    is_share = most.lower().endswith("x")
    try:
        number = float(most[:-1] if is_share else most)
    except ValueError:
        raise typer.BadParameter(
            f"LOTS was {most}; expected lots such as 0 or 2.5, or a share such as 0.5x"
        ) from None
    try:
        lots, share = (None, number) if is_share else (number, None)
        return OverrideSettings(symbol=symbol, lots=lots, share=share, until=given, why=reason)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _required(name: str, value: str | None) -> str:
    if value is None:
        raise typer.BadParameter(f"{name} is missing")
    return value


def _show(overrides: Overrides, now: datetime) -> None:
    """Print what is in force."""
    held = in_force(overrides.read(), now)
    for one in held:
        typer.echo(_line(one))
    if not held:
        typer.echo(f"no cap by hand is in force: see `{COMMAND} cap --help`")


def _line(one: Override) -> str:
    """Say what an override lets through, and until when."""
    most = f"{one.lots:.10g} lots" if one.share is None else f"{one.share:.10g}x of normal risk"
    end = "without an end" if one.until is None else f"until {one.until:%Y-%m-%d %H:%M:%S} UTC"
    since = "" if one.since is None else f", since {one.since:%Y-%m-%d %H:%M} UTC"
    return f"{one.symbol} {most} {end}{since}: {one.why}"
