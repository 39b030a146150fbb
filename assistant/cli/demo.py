"""`assistant demo`: one recorded session on the paper terminal, and the review of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from assistant.app import Assistant
from assistant.cli.options import COMMAND, STATUS, FaultScript, Home, Profile, opened_home, rehearsed
from assistant.config import Config
from assistant.core.check import Intent, check
from assistant.core.market import Side, Unknown
from assistant.core.program import Mode
from assistant.errors import AssistantError, JournalError
from assistant.outputs.console import Screen, plain_console
from assistant.outputs.fields import Document
from assistant.outputs.journal import record_check
from assistant.outputs.state import standing_from
from assistant.outputs.verdict import verdict_document
from assistant.source import open_source, paper_session, played

_PICTURES_A_SECOND = 4
_STEP = 60.0  # paper seconds between two cycles at most: a clock is not measured from rarer looks
_TRADER = "demo.csv"  # what the trader of profile A does beside its script
_PACK, _BALANCE = (
    "ftmo/2_step_challenge",
    100_000.0,
)  # that the trader of profile A rehearses, and its deposit
_ASKED = (  # what that one asks first: the first look at or after an instant (UTC) is before its order
    (datetime(2018, 12, 26, 14, 49, tzinfo=UTC), Intent(Side.BUY, "SPY", 18, 234.3)),
    (datetime(2018, 12, 26, 16, 19, tzinfo=UTC), Intent(Side.BUY, "QQQ", 70, 143.4)),
)


def demo(
    seconds: Annotated[
        float,
        typer.Option(
            min=1,
            max=3600,
            help="Seconds that the session takes to play, about; it takes 5 to 15 at least.",
        ),
    ] = 60,
    profile: Profile = None,
    faults: FaultScript = None,
    home: Home = None,
) -> None:
    """See it work: one session of 2018 on the paper terminal, in about a minute, and its review.

    Its open, high, low and close are recorded, the prices between them are interpolated.
    """
    folder, config = opened_home(home)
    config = rehearsed(played(config), faults, paper=True)
    start, end = paper_session()
    speed = (end - start).total_seconds() / seconds
    own = profile is None or profile.upper() == "A"
    config, script = _as_shown(config, own=own), (_TRADER,) if own else ()
    source = open_source(config, folder, paper=True, letter=profile, start=start, speed=speed, script=script)
    console = plain_console()
    with Assistant(config, folder, source, publish=True, dry_run=False) as assistant:
        step = min(speed / _PICTURES_A_SECOND, _STEP)
        try:
            with Screen(console, every=timedelta(minutes=30), notes=(source.note,), status=STATUS) as shown:
                show = _asking(folder, shown.show) if own else shown.show
                assistant.run(step, show, shown.trouble, until=end)
        except KeyboardInterrupt:
            typer.echo("ended by Ctrl-C")
        assistant.record_deals(source.sessions.hours(start).last_close or start)
        login, journal = assistant.login, assistant.journal.path
    summary, page = _reviewed(folder, config, login)
    there = "" if home is None else f' --home "{home}"'
    typer.echo(f"\n{summary}")
    typer.echo(
        f"\nThat was PAPER: recorded prices, an invented account. What it wrote:\n"
        f"  review      {page}\n"
        f"  panel file  {assistant.panel}\n"
        f"  state file  {assistant.state}\n"
        f"  journal     {journal}\n"
        f"Ask about an order at 15:30 of that session: {COMMAND} {example_check(profile)}{there}\n"
        f"Read your own terminal: {COMMAND} run"
    )


def _as_shown(config: Config, *, own: bool) -> Config:
    """Return the settings of a demo: the review is made at its end, and profile A rehearses a firm's rules.

    Where rules are followed already, it is those.
    """
    update: dict[str, object] = {"review": replace(config.review, automatic=False)}
    if own and config.funded.mode is Mode.OFF:
        update["funded"] = replace(config.funded, mode=Mode.DRY_RUN, pack=_PACK, initial_balance=_BALANCE)
    return config.model_copy(update=update)


def _reviewed(folder: Path, config: Config, login: int) -> tuple[str, str]:
    """Write the review of the session; return it in a sentence, and where its page lies."""
    from assistant.reviewing import review_of  # noqa: PLC0415 -- pages and pictures, at the end alone

    try:
        written = review_of(folder, config, login)
    except AssistantError as error:
        return f"The session was not reviewed: {error}", "none"
    return str(written.document["summary"]), str(written.page)


def _asking(folder: Path, show: Callable[[Document], None]) -> Callable[[Document], None]:
    """Return what shows an advice, and asks it what the demo's trader asks before two of its orders."""
    waiting = list(_ASKED)

    def shown(document: Document) -> None:
        show(document)
        now = datetime.fromisoformat(document["as_of"])
        while waiting and waiting[0][0] <= now:
            at, intent = waiting.pop(0)
            if now - at < timedelta(seconds=_STEP):  # later, the order has been placed without
                _ask(folder, document, intent)

    return shown


def _ask(folder: Path, document: Document, intent: Intent) -> None:
    """Ask an advice about an order, as `assistant check` does, and put the answer on record."""
    verdict = check(intent, standing_from(document), ())
    if isinstance(verdict, Unknown):
        return
    try:
        record_check(folder, document["terminal"]["login"], verdict.as_of, verdict_document(verdict))
    except JournalError as error:
        typer.echo(f"warning: a check is not on record: {error}", err=True)


def example_check(profile: str | None) -> str:
    """Return a check that fits the broker that was played, and is answered with fewer lots."""
    named = f" --profile {profile.upper()}" if profile else ""
    order = "sell US2000 9 --stop 1340" if named.endswith("E") else "buy XLI 100 --stop 55"
    return f"check --paper{named} {order}"
