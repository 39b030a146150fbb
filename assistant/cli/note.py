"""`assistant note`: the trader's own view of the market, as a vote with an end."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import typer

from assistant.cli.options import COMMAND, Home, opened_home
from assistant.clock import WallClock
from assistant.core.market import Note
from assistant.core.regime import Stance
from assistant.errors import AssistantError
from assistant.notes import STANCES, Notes, withdraw, write_note
from assistant.terminal.sessions import Sessions

CLEAR = "clear"


def note(
    view: Annotated[
        str | None,
        typer.Argument(help="risk_on, neutral or risk_off; clear ends what is in force; nothing shows it."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Last session it counts for, such as 2026-12-18; required.")
    ] = None,
    why: Annotated[str | None, typer.Option(help="Your reason, in a few words; required.")] = None,
    home: Home = None,
) -> None:
    """Your own view of the market, as one vote more beside the others, from the next close on.

    The one written last counts. It is put on record, and it ends by itself.
    """
    folder, config = opened_home(home)
    now = WallClock().now()
    hours = Sessions.packaged(config.exchange.closed).hours(now)
    if hours.closes_at is None or hours.last_session is None:
        raise AssistantError("the packaged session table has ended: update the assistant")
    coming = (
        hours.closes_at.date()
    )  # in New York it is the same day: the exchange closes long before midnight UTC
    if view is None:
        notes = Notes(folder)
        _show(
            [one for one in notes.read() if coming <= one.until < date.max],
            notes.problems(hours.last_session),
        )
    elif view == CLEAR:
        ended = withdraw(folder, hours.last_session, now)
        typer.echo("no note was in force" if not ended else "ended; the next close is the first without it")
    else:
        taken = write_note(folder, _stance(view), coming, _date(until), _required("--why", why), now)
        _show([taken], ())
        typer.echo(
            "an assistant that is running reads it by itself, and its vote counts from that close on; "
            "the paper terminal plays 2018 and shows none of today"
        )


def _stance(view: str) -> Stance:
    known = {stance.value.lower(): stance for stance in STANCES}
    if view.lower() not in known:
        raise typer.BadParameter(f"VIEW was {view}; expected {', '.join(known)} or {CLEAR}")
    return known[view.lower()]


def _required(name: str, value: str | None) -> str:
    if value is None:
        raise typer.BadParameter(f"{name} is missing")
    return value


def _date(text: str | None) -> date:
    given = _required("--until", text)
    try:
        return datetime.strptime(given, "%Y-%m-%d").date()  # noqa: DTZ007 -- a session is a date without a zone
    except ValueError:
        raise typer.BadParameter(f"--until was {given}; expected a date such as 2026-12-18") from None


def _show(notes: list[Note], problems: Sequence[str]) -> None:
    words = {number: stance.value for stance, number in STANCES.items()}
    for one in notes:
        typer.echo(f"{words[one.stance]} from the close of {one.first} to that of {one.until}: {one.why}")
    for problem in problems:
        typer.echo(f"! {problem}")
    if not notes and not problems:
        typer.echo(f"no note is in force: see `{COMMAND} note --help`")
