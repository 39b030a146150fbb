"""`assistant study`: what the advice would have been worth on the user's own history."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.cli.options import COMMAND, AsJson, Home, opened_home, print_json
from assistant.clock import WallClock
from assistant.config import Config
from assistant.core.market import Bar, Series, Unknown
from assistant.errors import AssistantError
from assistant.history import load_imported, read_closes
from assistant.macro.feed import Macro
from assistant.terminal.sessions import Sessions

study = typer.Typer(
    help="What the advice would have been worth on your own history.",
    rich_markup_mode=None,
)
_ALL_SESSIONS = 100_000
_HEADINGS = "Sharpe  drawdown  worst 1 %  worst 5 %  mean  traded  worst 1 % against constant"


@study.callback()
def _study() -> None:
    """Keep `evidence` a command of its own, beside others."""


@study.command(
    epilog="Examples: assistant study evidence --data closes/   |   "
    "assistant study evidence --from 2010-01-01 --to 2018-12-31 --json"
)
def evidence(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of closes (IWM.csv ..., date,close) and of series (BAA10Y.csv ...), or with "
            "daily/ and fred/ in it. Without it: what was imported, and the series on disk."
        ),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="First session judged.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last session read: 2018-12-31.")] = None,
    symbols: Annotated[str, typer.Option(help="Symbols that are held, by commas.")] = "IWM,SPY,XLF",
    draws: Annotated[int, typer.Option(min=100, max=100_000, help="Draws of the bootstrap.")] = 2000,
    as_json: AsJson = False,
    home: Home = None,
) -> None:
    """What the shares were worth at equal average exposure, each rung alone, and what did not help."""
    from assistant.reports.evidence import page  # noqa: PLC0415 -- numpy and plotly, for this command alone
    from assistant.study.evidence import evidence as judge  # noqa: PLC0415 -- likewise
    from assistant.study.past import backtested, fold_past  # noqa: PLC0415 -- likewise

    folder, config = opened_home(home)
    first, last = (_session(name, text) for name, text in (("--from", since), ("--to", until)))
    bars, series = history_of(folder, config, data, last)
    settings = config.settings
    held = [_held(one.strip(), bars) for one in symbols.split(",")]
    past = fold_past(bars, series, backtested(settings.fold))
    try:
        with _progress("evidence") as progress:
            document, days = judge(past, settings, held, first, draws, progress)
    except ValueError as error:
        raise AssistantError(f"history of {'/'.join(past.history.legs)} is too short: {error}") from None
    if as_json:
        print_json(document)
        return
    path = folder / "logs" / "evidence.html"
    try:
        path.write_text(page(document, days, past), encoding="utf-8")
    except OSError as error:
        raise AssistantError(f"{path} cannot be written: {error.strerror or error}") from None
    _show(document)
    typer.echo(f"\nwith pictures: {path}")


def _session(name: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 -- a session is a date without a zone
    except ValueError:
        raise typer.BadParameter(f"{name} was {text}; expected a date such as 2018-12-31") from None


def _held(symbol: str, bars: Mapping[str, Sequence[Bar]]) -> str:
    if symbol not in bars:
        raise AssistantError(
            f"--symbols named {symbol}; there are closes of {', '.join(sorted(bars)) or 'none'}"
        )
    return symbol


def history_of(
    home: Path, config: Config, data: Path | None, last: date | None
) -> tuple[dict[str, Sequence[Bar]], dict[str, Series | Unknown]]:
    """Return closes and series of a folder, or of what the home holds."""
    names = [name for name, one in config.symbols.items() if one]
    if data is None:
        imported = load_imported(home)
        bars = {name: one.bars for name, one in imported.items() if not isinstance(one, Unknown)}
        macro = config.macro
    else:
        if not data.is_dir():
            raise AssistantError(f"--data was {data}; expected a folder")
        sessions, now = Sessions.packaged(config.exchange.closed), WallClock().now()
        finished = [one.date for one in sessions.until(sessions.hours(now).last_session, _ALL_SESSIONS)]
        places = {name: [data / "daily" / f"{name}.csv", data / f"{name}.csv"] for name in names}
        found = {name: next((path for path in both if path.is_file()), None) for name, both in places.items()}
        bars = {name: read_closes(path, name, finished) for name, path in found.items() if path}
        fred = data.resolve() / "fred"
        macro = replace(config.macro, source="csv", folder=str(fred if fred.is_dir() else fred.parent))
    series = dict(Macro(macro, home, WallClock().now).read())
    legs = config.regime.legs[0]
    if not any(all(leg in bars for leg in pair) for pair in config.regime.legs):
        where = data or home / "history"
        raise AssistantError(
            f"{where} holds no closes of {' and '.join(legs)}: name a folder with --data, or bring closes "
            f"with `{COMMAND} history import`"
        )
    cut = {name: [bar for bar in one if last is None or bar.session <= last] for name, one in bars.items()}
    return dict(cut), series


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far a long computation is, on stderr where somebody watches."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 -- only where somebody watches
    from rich.progress import Progress  # noqa: PLC0415 -- likewise

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(document: dict[str, Any]) -> None:
    """Print the table of each asset, and what it says."""
    span = f"{document['first']} to {document['last']}, {document['sessions']} sessions"
    typer.echo(f"{'/'.join(document['legs'])}, {span}, at equal average exposure; the past, not a promise")
    for asset in document["assets"]:
        typer.echo(f"\n{asset['symbol']:<30}{_HEADINGS}")
        for row in asset["rows"]:
            tail = row["against_constant"]["worst_1"]
            value, low, high = (f"{100 * tail[key]:+.0f}" for key in ("value", "low", "high"))
            against = "" if row["name"] == "constant size" else f"{value} % ({low} to {high})"
            tails = "".join(f"{100 * row[key]:9.1f} %" for key in ("worst_1", "worst_5"))
            line = f"{row['name']:<30}{row['sharpe']:6.2f}{100 * row['drawdown']:8.0f} %{tails}"
            typer.echo(f"{line}{row['mean_share']:6.2f}{row['turnover_a_year']:8.1f}{against:>28}".rstrip())
    typer.echo("")
    for line in (document["lead"], *document["says"]):
        typer.echo(f"- {line}")
    for silent in document["silent"]:
        typer.echo(f"! {silent}")
    unmet = [check for check in document["checks"] if not check["met"]]
    typer.echo(f"{len(document['checks']) - len(unmet)} of {len(document['checks'])} marks met")
    for check in unmet:
        typer.echo(f"- not met: {check['symbol']} {check['name']} was {check['was']:.3f}, {check['wanted']}")
