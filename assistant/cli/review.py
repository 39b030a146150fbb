"""`assistant review`: what was advised, what was done, and how far apart the two were."""

import shutil
import sys
import textwrap
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.options import AsJson, Home, Login, opened_home, print_json
from assistant.clock import WallClock, steady
from assistant.errors import AssistantError
from assistant.outputs.fields import Document
from assistant.reviewer import PAGE
from assistant.terminal.sessions import Sessions

TODAY, YESTERDAY = "today", "yesterday"
_FEW = 5  # lines of a sort that are printed; the page has all
_WIDEST = 110  # columns of a line of text
_AT_ONCE = 1.0  # seconds after which a progress bar is shown
_PAPER = typer.Option("--paper", help="Of the paper terminal's journals.")


def review(
    when: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATE]",
            help="A session such as 2026-12-18, today or yesterday; else the one that is on, or the last.",
            show_default=False,
        ),
    ] = None,
    week: Annotated[
        bool, typer.Option("--week", help="The week (Monday to Sunday) that holds DATE.")
    ] = False,
    month: Annotated[bool, typer.Option("--month", help="The month that holds DATE.")] = False,
    open_page: Annotated[bool, typer.Option("--open", help="Show the page in the browser.")] = False,
    paper: Annotated[bool, _PAPER] = False,
    login: Login = None,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """What was advised, what you did, what would have broken rules: a page with pictures in logs/reviews/.

    It reads the journal and asks no terminal; `run` writes it by itself after each session.
    """
    from assistant.reviewing import (  # noqa: PLC0415 -- pages and pictures, for this command alone
        Reviewing,
        month_of,
        record_of,
        session_at,
        session_on,
        week_of,
    )

    if week and month:
        raise typer.BadParameter("--week and --month exclude each other")
    named = None if when in (None, TODAY, YESTERDAY) else _date(str(when))
    folder, config = opened_home(home)
    record = record_of(folder, login, WallClock().now(), paper=paper)
    table = Sessions.packaged(config.exchange.closed)
    day = named or day_named(table, record.now, when)
    reviewing = Reviewing(folder, config, record, table)
    if week or month:
        first, last, name = (week_of if week else month_of)(day)
        sessions = [one for one in table.between(first, last) if one.opens_at <= record.now]
        if not sessions:
            latest = session_at(table, record.now).date
            raise AssistantError(f"{name} has no session yet; the last session is {latest}")
        with _progress(name) as progress:
            written = reviewing.series(sessions, name, progress)
        lines = _of_series(written.document)
    else:
        session = session_on(table, day, record.now)
        written = reviewing.day(session)
        begins = [f"the journal of {record.login} begins on {record.first}"]
        lines = _of_day(written.document)
        lines += begins if session.closes_at.date() < record.first else []
    if as_json:
        print_json(written.document)
    else:
        mode = {"live": "", "paper": "PAPER "}.get(record.mode, "LIVE OR PAPER? ")
        show_review(mode, lines, written.page)
    if open_page and not webbrowser.open(written.page.as_uri()):
        typer.echo(f"warning: no browser could be opened: open {written.page} yourself", err=True)


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 -- a session is a date without a zone
    except ValueError:
        raise typer.BadParameter(
            f"DATE was {text}; expected a date such as 2026-12-18, {TODAY} or {YESTERDAY}"
        ) from None


def day_named(table: Sessions, now: datetime, when: str | None) -> date:
    """Return the date of today or yesterday at an instant (UTC), else of the session that is on or was last.

    Today is the date that this PC shows, yesterday the last session before it.
    """
    from assistant.reviewing import session_at  # noqa: PLC0415 -- for this command alone

    if when == TODAY:
        return now.astimezone().date()
    return _before(table, now) if when else session_at(table, now).date


def _before(table: Sessions, now: datetime) -> date:
    """Return the last session before the date that this PC shows at an instant (UTC)."""
    found = table.until(now.astimezone().date() - timedelta(days=1), 1)
    if not found:
        raise AssistantError(f"the table of sessions begins after {now:%Y-%m-%d}")
    return found[0].date


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far it is, on stderr where somebody watches, once it has taken a second."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 -- only where somebody watches
    from rich.progress import Progress  # noqa: PLC0415 -- likewise

    begun = steady()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, visible=False)

        def shown(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=steady() - begun > _AT_ONCE)

        yield shown


def show_review(mode: str, lines: list[str], page: Path) -> None:
    """Print a review in a few lines, the first of which bears the mode, and where its page lies."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    for number, line in enumerate(lines):
        text = line if number else f"{mode}{line}"
        typer.echo(textwrap.fill(text, width, subsequent_indent="  ", break_on_hyphens=False))
    typer.echo(f"{PAGE}{page}")


def _of_day(document: Document) -> list[str]:
    """Return the most telling lines of a session's review, its summary first."""
    lines = [f"{document['session']}: {document['summary']}"]
    lines += _some([f"! {one}" for one in document["broken"]])
    worst = sorted(document["trades"], key=_graveness)
    lines += _some(told for one in worst if (told := _amiss(one)))
    return lines + _some(f"? {one}" for one in document["missing"])


def _some(lines: Iterator[str] | list[str]) -> list[str]:
    """Return the first of some lines, and how many more there are."""
    every = list(lines)
    more = [f"  {len(every) - _FEW} more on the page"] if len(every) > _FEW else []
    return every[:_FEW] + more


def _graveness(judged: Document) -> tuple[bool, float]:
    """Return a key that sorts trades against 0 lots first, then those farthest above what was advised."""
    over, advised = judged["over"] or 0.0, judged["advised"]
    return not (over and advised == 0), -over / (advised or 1.0)


def _amiss(judged: Document) -> str:
    """Return what there is to say against a trade; empty: nothing."""
    trade, over = judged["trade"], judged["over"]
    told = []
    if over:
        told.append(f"{over:g} lots over the {judged['advised'] or 0:g} advised ({judged['cap']})")
    if trade["stops"] and trade["stops"][0][1] is None:
        told.append("no stop at first")
    if judged["widened"]:
        told.append("stop widened")
    if judged["removed"]:
        told.append("stop taken away")
    if trade["unmatched"]:
        told.append(trade["unmatched"])
    if not told:
        return ""
    result = "" if judged["result_r"] is None else f": {judged['result_r']:+.1f} R"
    since = "" if judged["opened_now"] else f" of {trade['opened_at'][:10]}"
    return f"- {trade['side']} {trade['lots']:g} {judged['symbol']}{since}: {', '.join(told)}{result}"


def _of_series(document: Document) -> list[str]:
    """Return the most telling lines of a week or a month, its summary first."""
    lines = [str(document["summary"])]
    lines += _some(f"! {session}: {text}" for session, text in document["broken"])
    first = dict(reversed(document["missing"]))  # of each session
    bare = [session for session in sorted(first) if first[session].startswith(f"no journal of {session}:")]
    one = [f"? no journal of {len(bare)} sessions, {bare[0]} to {bare[-1]}"] if len(bare) > 1 else []
    rest = [session for session in sorted(first) if not (one and session in bare)]
    return lines + _some([*one, *(f"? {session}: {first[session]}" for session in rest)])
