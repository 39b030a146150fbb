"""`assistant study`: what the advice would have been worth on the user's own history."""

import shutil
import sys
import textwrap
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
from assistant.core.market import Bar, Role, Series, Unknown
from assistant.errors import AssistantError
from assistant.history import load_imported, read_closes
from assistant.macro.feed import Macro
from assistant.terminal.sessions import Sessions

study = typer.Typer(
    help="What the advice would have been worth on your own history.",
    rich_markup_mode=None,
)
_ALL_SESSIONS = 100_000
_HEADINGS = " Sharpe  drawdown  worst 1 %  worst 5 %     against constant"
_FRED_CSV = "https://fred.stlouisfed.org/graph/fredgraph.csv?id="
_WIDEST = 110  # columns of a line of text


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
            help="Folder of closes (date,close: IWM.csv and SPY.csv at least) and of FRED's own CSV files of "
            "the series that the votes look at (BAA10Y.csv, DGS10.csv, T10Y2Y.csv, VIXCLS.csv), side by "
            "side, or in its folders daily and fred. Without it: the closes that were imported, and the "
            "series that a running assistant has read."
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", help="First session judged, such as 2010-01-04; without it, the first with a stance."
        ),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--to", help="Last session read, such as 2018-12-31; without it, the last there is."),
    ] = None,
    symbols: Annotated[str, typer.Option(help="Symbols that are held, with commas between.")] = "IWM,SPY,XLF",
    draws: Annotated[
        int,
        typer.Option(
            min=100,
            max=100_000,
            help="How often history is drawn anew for the intervals; more is finer, and slower.",
        ),
    ] = 2000,
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
    held = [_held(one.strip(), bars, config) for one in symbols.split(",")]
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


def _held(symbol: str, bars: Mapping[str, Sequence[Bar]], config: Config) -> str:
    """Return a symbol that can be judged: its closes are there, and all shares size a long position in it."""
    if symbol not in bars:
        raise AssistantError(
            f"--symbols named {symbol}; there are closes of {', '.join(sorted(bars)) or 'none'}"
        )
    one = config.symbols.get(symbol)
    if one is None or one.role is not Role.RISK_ON:
        role = one.role.value if one else "not configured"
        raise AssistantError(
            f"--symbols named {symbol}, which is {role}; expected symbols that are risk_on: on a long "
            "position in another one the shares by ratio and votes do not bear"
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
    """Print the table of each asset, and what it says, as wide as the window."""
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    draws, block = document["bootstrap"]["draws"], document["bootstrap"]["block_sessions"]
    span = f"{document['first']} to {document['last']}, {document['sessions']} sessions"
    _wrapped(
        f"{'/'.join(document['legs'])}, {span}, at equal average exposure; the past, not a promise", width
    )
    for asset in document["assets"]:
        typer.echo(f"\n{asset['symbol']:<20}{_HEADINGS}")
        for row in asset["rows"]:
            against = "" if row["name"] == "constant size" else _against(row["against_constant"]["worst_1"])
            tails = "".join(f"{100 * row[key]:9.1f} %" for key in ("worst_1", "worst_5"))
            line = f"{row['name']:<20}{row['sharpe']:7.2f}{100 * row['drawdown']:8.0f} %{tails}{against:>21}"
            typer.echo(line.rstrip())
    typer.echo("")
    _wrapped(
        "regime is the share by the ratio, context the one by the votes. Sharpe is of a year, drawdown the "
        "largest, worst 1 % the mean of those sessions, and against constant how much larger that is than at "
        "constant size. In brackets the 95 % interval by block bootstrap: so it lies in 95 of 100 draws of "
        f"this history in blocks of {block} sessions ({draws} draws). One that holds 0 may be chance.",
        width,
    )
    typer.echo("")
    lines = [f"- {line}" for line in (document["lead"], *document["says"])]
    lines += [f"! {line}" for line in (*document["silent"], *document["left_out"])]
    if any(": it lacks " in line for line in document["silent"]):
        lines.append(f"  (a series NAME.csv is FRED's own file: {_FRED_CSV}NAME)")
    unmet = [check for check in document["checks"] if not check["met"]]
    many = len(document["checks"])
    lines.append(f"{many - len(unmet)} of {many} marks met, to which all shares together are held")
    lines += [*(f"- not met: {_unmet(check)}" for check in unmet), document["marks"]]
    for line in lines:
        _wrapped(line, width)


def _against(tail: Mapping[str, float]) -> str:
    value, low, high = (f"{100 * tail[key]:+.0f}" for key in ("value", "low", "high"))
    return f"{value} % ({low} to {high})"


def _unmet(check: Mapping[str, Any]) -> str:
    from assistant.study.evidence import measured  # noqa: PLC0415 -- numpy, for this command alone

    what = f"{check['symbol']} {check['name']}".lstrip()
    return f"{what} was {measured(dict(check))}, wanted {check['wanted']}"


def _wrapped(line: str, width: int) -> None:
    """Print a line, broken between words."""
    typer.echo(textwrap.fill(line, width, subsequent_indent="  ", break_on_hyphens=False))
