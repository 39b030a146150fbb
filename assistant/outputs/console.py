"""The console: an advice document as tables, or as one plain line where there is no terminal to draw on."""

from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from assistant.outputs.fields import Document
from assistant.outputs.wording import clock, full, ladder_rows

_STANCES = {
    "RISK_ON": "bold green",
    "NEUTRAL": "bold yellow",
    "RISK_OFF": "bold red",
    "UNKNOWN": "bold magenta",
}
_VOTES = {1: ("for", "green"), -1: ("against", "red"), 0: ("neither", "yellow"), None: ("silent", "dim")}


def plain_console() -> Console:
    """Return a console that takes every text as it is: a path or a reason may hold square brackets."""
    return Console(markup=False, highlight=False, emoji=False)


class Screen:
    """Shows one advice after another: a live picture on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console, *, every: timedelta, notes: tuple[str, ...] = ()) -> None:
        """Take where to write; a plain line comes when something changes, and at least `every` so often."""
        self._console = console
        self._every = every
        self._notes = notes
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(console=console, refresh_per_second=4, vertical_overflow="ellipsis")
        self._line_at: datetime | None = None
        self._kept: tuple[object, ...] = ()
        self._trouble = ""

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._live:
            self._live.start()
        else:
            for note in self._notes:
                self._write(note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last picture standing."""
        if self._live:
            self._live.vertical_overflow = "visible"
            self._live.stop()

    def show(self, document: Document) -> None:
        """Show one advice."""
        self._trouble = ""
        if self._live:
            self._live.update(screen(document, self._notes))
            return
        at = datetime.fromisoformat(document["as_of"])
        kept = _kept(document)
        if self._line_at is None or kept != self._kept or at - self._line_at >= self._every:
            self._line_at, self._kept = at, kept
            self._write(plain(document))

    def trouble(self, text: str) -> None:
        """Show that the terminal does not answer, once for each reason."""
        if text != self._trouble:
            self._trouble = text
            self._line_at = None  # the advice after it is worth a line
            if self._live:
                self._live.update(Text(f"no advice: {text}; trying again", style="bold red"))
            else:
                self._write(f"no advice: {text}; trying again")

    def _write(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _kept(document: Document) -> tuple[object, ...]:
    """Return what is worth a line of its own when it changes."""
    sides = [(one["buy"]["binding"]["name"], one["sell"]["binding"]["name"]) for one in document["symbols"]]
    open_lots = [one["position"] and one["position"]["lots"] for one in document["symbols"]]
    regime, share = document["regime"]["stance"], document["share"]
    votes = [vote["value"] for vote in document["regime"]["votes"]]
    shown = (share["value"], share["binding"], sides, open_lots, document["problems"])
    return (_session(document), regime, votes, *shown)


def screen(document: Document, notes: tuple[str, ...] = ()) -> RenderableType:
    """Return what a trader looks at: problems, stance, share, votes, lots by symbol, caps, one ladder."""
    parts: list[RenderableType] = [_header(document)]
    parts += [Text(f"! {problem}", style="yellow") for problem in document["problems"]]
    parts.append(_regime(document))
    if document["regime"]["votes"]:
        parts.append(_votes(document))
    parts += [Text(), _symbols(document), _caps(document)]
    if document["symbols"]:
        parts.append(_ladder(document["symbols"][0]))
    parts += [Text(note, style="dim") for note in notes]
    return Group(*parts)


def _header(document: Document) -> Text:
    terminal, account = document["terminal"], document["account"]
    text = Text()
    if document["mode"] != "live":
        text.append(f" {document['mode'].upper()} ", style="bold black on yellow")
        text.append(" ")
    text.append("Breadth Assistant", style="bold")
    text.append(f"  {clock(document['as_of'])} UTC  {_session(document)}")
    if document["funded_mode"] != "off":
        text.append(f"  {document['funded_mode'].replace('_', ' ')}", style="cyan")
    currency, at_risk = terminal["currency"], account["at_risk"]
    text.append(f"\n{terminal['server']} {terminal['login']}  balance {account['balance']:,.2f}")
    text.append(f"  equity {account['equity']:,.2f} {currency}")
    risk = "not known" if at_risk is None else f"{at_risk:,.2f}"
    text.append(f"\nopen risk {risk}  free margin {account['free_margin']:,.2f}")
    return text


def _session(document: Document) -> str:
    """Say where the exchange's day stands; every symbol carries the same."""
    for symbol in document["symbols"]:
        session = symbol["session"]
        if session["state"] in ("open", "edge", "halted") and session["closes_at"]:
            return f"{session['state']}, closes {session['closes_at'][11:16]}"
        following = f", opens {clock(session['opens_at'])[:-3]}" if session["opens_at"] else ""
        return f"{session['state']}{following}"
    return ""


def _regime(document: Document) -> Text:
    """Say stance, share and what binds it, then the count of the votes, then the ratio and its flags."""
    regime, share = document["regime"], document["share"]
    text = Text(f"{'/'.join(regime['legs'])} ")
    text.append(regime["stance"], style=_STANCES[regime["stance"]])
    if regime["since"]:
        text.append(f" since {regime['since']} ({regime['sessions']} sessions)")
    text.append("  share ")
    text.append(f"{share['value']:.2f}x", style="bold")
    text.append(f" by {share['binding']}")
    if regime["votes"]:
        text.append_text(_count(regime["votes"]))
    told = Text()
    if regime["distance"] is not None:
        distance = f"{regime['distance'] * 100:+.1f} %"
        told.append(f"ratio {regime['ratio']:.4f}, trend {distance} of its average {regime['average']:.4f}  ")
    if regime["flags"]:
        told.append(f"({', '.join(regime['flags'])})", style="dim")
    return text.append("\n").append_text(told) if told else text


def _count(votes: list[Document]) -> Text:
    """Say how many votes are for risk and against it, and, where there are any, neither and silent."""
    values = [vote["value"] for vote in votes]
    told = [
        Text(f"{values.count(value)} {word}", style=f"bold {style}" if value else style)
        for value, (word, style) in _VOTES.items()
        if value or value in values
    ]
    return Text("\nvotes: ").append_text(Text(", ").join(told))


def _votes(document: Document) -> Table:
    """Show what each witness says, one line each: a reason that is too long for the width is cut."""
    table = _table("", ("Votes", ""), ("says", ""), ("number", "right"), ("as of", ""), ("reason", ""))
    for vote in document["regime"]["votes"]:
        word, style = _VOTES[vote["value"]]
        reason = Text(vote["reason"], no_wrap=True, overflow="ellipsis")
        number, as_of = _measured(vote["number"]), Text(vote["as_of"] or "", no_wrap=True)
        row = (Text(vote["name"], no_wrap=True), Text(word, style=style), number, as_of, reason)
        table.add_row(*row, style="dim" if vote["value"] is None else None)
    return table


def _measured(number: float | None) -> str:
    """Write what a vote looked at: a spread of logarithms, points of a percentage, or thousands of claims."""
    if number is None:
        return ""
    return f"{number:.4f}" if abs(number) < 10 else f"{number:.2f}"  # noqa: PLR2004 -- four digits at least


def _tally(document: Document) -> str:
    """Say how many of the votes that are asked are for risk, as in `votes 3/7`."""
    values = [vote["value"] for vote in document["regime"]["votes"]]
    return f" | votes {values.count(1)}/{len(values)}" if values else ""


def _table(title: str, *columns: tuple[str, str]) -> Table:
    """Return an empty table; without a title the name of its first column stands for one."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for place, (name, justify) in enumerate(columns):
        number = justify == "right"
        style = "dim" if place or title else "bold"
        table.add_column(name, justify="right" if number else "left", no_wrap=number, header_style=style)
    return table


def _caps(document: Document) -> Table:
    """List the caps of the whole account; those of one symbol stand in its ladder."""
    table = _table("", ("Caps", ""), ("value", "right"), ("on", ""), ("reason", ""))
    for cap in document["caps"]:
        if cap["scope"] == "account":
            name = cap["name"] + (" (dry run)" if cap["advisory"] else "")
            table.add_row(name, _value(cap, document), cap["applies_to"].replace("_", "-"), cap["reason"])
    stale = [cap for cap in document["caps"] if cap["name"] == "stale" and cap["scope"] != "account"]
    for cap in stale:
        table.add_row(f"stale {cap['scope']}", _value(cap, document), "all", cap["reason"], style="red")
    return table


def _value(cap: Document, document: Document) -> str:
    if cap["unit"] == "share":
        return f"{cap['value']:.2f}x"
    unit = document["terminal"]["currency"] if cap["unit"] == "money" else "lots"
    return f"{cap['value']:,.2f} {unit}"


def _symbols(document: Document) -> Table:
    sides = [one[side] for one in document["symbols"] for side in ("buy", "sell")]
    closed = any(side["plan_lots"] != side["lots"] for side in sides)
    table = _table(
        "Lots that may be ordered now, at the default stop" + ("; at the next open: ()" if closed else ""),
        *(("symbol", ""), ("bid", "right"), ("ask", "right"), ("age", "right")),
        *(("stop", "right"), ("buy", "right"), ("binds", ""), ("sell", "right"), ("binds", "")),
        *(("open", "right"), ("of", "right")),
    )
    for symbol in document["symbols"]:
        buy, sell, position = symbol["buy"], symbol["sell"], symbol["position"]
        digits = symbol["digits"]
        age = symbol["quote_age_s"]
        table.add_row(
            symbol["symbol"],
            _number(symbol["bid"], digits),
            _number(symbol["ask"], digits),
            "" if age is None else f"{age:.0f} s" if age < 600 else "old",  # noqa: PLR2004 -- ten minutes
            _number(buy["default_stop"], digits),
            _lots(buy),
            buy["binding"]["name"],
            _lots(sell),
            sell["binding"]["name"],
            *_open(position),
        )
    return table


def _lots(side: Document) -> Text:
    style = "bold green" if side["lots"] > 0 else "red"
    planned = f" ({full(side['plan_lots'])})" if side["plan_lots"] != side["lots"] else ""
    return Text(f"{full(side['lots'])}{planned}", style=style)


def _open(position: Document | None) -> tuple[Text, Text]:
    """Return the net lots that are open and their cap, in red where they are over it."""
    if position is None:
        return Text(), Text()
    lots, cap = position["lots"], position["position_cap"]
    over = any(
        one["position_cap"] is not None and one["lots"] > one["position_cap"] for one in position["sides"]
    )
    style = "bold red" if over else ""
    return Text(full(lots), style=style), Text("" if cap is None else full(cap), style=style)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _ladder(symbol: Document) -> Table:
    side = symbol["buy"]
    what = f"Ladder: buy {symbol['symbol']} ({symbol['role'].replace('_', '-')})"
    binds = f"binds: {side['binding']['name']}, {full(side['lots'])} lots"
    table = _table(f"{what}; {binds}", ("cap", ""), ("lots", "right"), ("reason", ""))
    table.show_header = False
    for row in ladder_rows(side["ladder"], side["binding"]):
        table.add_row(*row[:3], style="bold" if row[3] else None)
    return table


def plain(document: Document) -> str:
    """Return one line: time, session, stance, share, and lots to buy and sell by symbol."""
    mode = "" if document["mode"] == "live" else f"{document['mode'].upper()} "
    regime, share = document["regime"], document["share"]
    lots = ", ".join(
        f"{one['symbol']} {full(one['buy']['lots'])}/{full(one['sell']['lots'])}"
        for one in document["symbols"]
    )
    return (
        f"{mode}{clock(document['as_of'])} UTC {_session(document)} | {regime['stance']} "
        f"{share['value']:.2f}x by {share['binding']}{_tally(document)} | lots buy/sell: {lots}"
        + "".join(f" | ! {problem}" for problem in document["problems"])
    )
