"""The console: an advice document as tables, or as one plain line where there is no terminal to draw on."""

from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from assistant.outputs.fields import Document
from assistant.outputs.funded_lines import funded_lines, funded_words
from assistant.outputs.wording import clock, full, ladder_rows

_STANCES = {
    "RISK_ON": "bold green",
    "NEUTRAL": "bold yellow",
    "RISK_OFF": "bold red",
    "UNKNOWN": "bold magenta",
}
# caps that are told for single symbols, and their style
_TOLD = {"stale": "red", "frozen": "red", "spike": "red", "manual": None}
_VOTES = {1: ("for", "green"), -1: ("against", "red"), 0: ("neither", "yellow"), None: ("silent", "dim")}
_IN_SESSION = ("open", "edge", "halted")
_CLOSED = "market closed"  # the rung that says so
_DRAWN = timedelta(seconds=1.5)  # between two pictures with the same in them but for prices: one costs 15 ms


def plain_console() -> Console:
    """Return a console that takes every text as it is: a path or a reason may hold square brackets."""
    return Console(markup=False, highlight=False, emoji=False)


class Fitted:
    """A picture cut at its end to the height of the window, with a line that says so."""

    def __init__(self, picture: RenderableType, status: str) -> None:
        """Take the picture, and the command that prints what does not fit."""
        self._picture = picture
        self._status = status

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw as many lines as the window has."""
        lines = console.render_lines(self._picture, options.update(height=None), pad=False)
        room = options.size.height
        shown = lines if len(lines) <= room else lines[: room - 1]
        for line in shown:
            yield from line
            yield Segment.line()
        if len(shown) < len(lines):
            told = f"... {len(lines) - len(shown)} lines more: a larger window shows them, or {self._status}"
            yield Text(told, style="bold yellow", no_wrap=True, overflow="ellipsis")


class Screen:
    """Shows one advice after another: a live picture on a terminal, plain lines elsewhere."""

    def __init__(
        self,
        console: Console,
        *,
        every: timedelta,
        notes: tuple[str, ...] = (),
        status: str = "assistant status",
    ) -> None:
        """Take where to write; a plain line comes when something changes, and at least `every` so often.

        `status` is the command that prints what a small window has no room for.
        """
        self._console = console
        self._every = every
        self._notes = notes
        self._status = status
        self._live: Live | None = None
        self._whole: RenderableType = ""
        if console.is_terminal:
            self._live = Live(console=console, auto_refresh=False, vertical_overflow="ellipsis")
        self._line_at: datetime | None = None
        self._kept: tuple[object, ...] = ()
        self._trouble = ""
        self._told: tuple[str, ...] = ()

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
            self._live.update(self._whole)
            self._live.stop()

    def show(self, document: Document) -> None:
        """Show one advice."""
        self._trouble = ""
        at, kept = datetime.fromisoformat(document["as_of"]), _kept(document)
        if self._live:
            if kept != self._kept or self._line_at is None or not timedelta() <= at - self._line_at < _DRAWN:
                self._line_at, self._kept = at, kept
                self._whole = screen(document, (*self._notes, *self._told))
                self._live.update(Fitted(self._whole, self._status), refresh=True)
            return
        if self._line_at is None or kept != self._kept or at - self._line_at >= self._every:
            self._line_at, self._kept = at, kept
            self._write(plain(document))

    def trouble(self, text: str) -> None:
        """Show that the terminal does not answer, once for each reason."""
        if text != self._trouble:
            self._trouble = text
            self._line_at = None  # the advice after it is worth a line
            if self._live:
                self._whole = Text(f"no advice: {text}; trying again", style="bold red")
                self._live.update(self._whole, refresh=True)
            else:
                self._write(f"no advice: {text}; trying again")

    def tell(self, line: str) -> None:
        """Show a line of its own; a picture has it at its foot until the next one."""
        self._told = (line,)
        self._line_at = None  # the next picture comes at once
        if not self._live:
            self._write(line)

    def _write(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def _kept(document: Document) -> tuple[object, ...]:
    """Return what is worth a line of its own when it changes."""
    sides = [(one["buy"]["binding"]["name"], one["sell"]["binding"]["name"]) for one in document["symbols"]]
    open_lots = [one["position"] and one["position"]["lots"] for one in document["symbols"]]
    regime, share = document["regime"]["stance"], document["share"]
    votes = [vote["value"] for vote in document["regime"]["votes"]]
    funded = document["funded"] and document["funded"]["status"]
    shown = (share["value"], share["binding"], sides, open_lots, document["problems"], funded)
    return (_session(document), regime, votes, *shown)


def screen(document: Document, notes: tuple[str, ...] = ()) -> RenderableType:
    """Return what a trader looks at, the weightiest first: a small window shows the beginning of it."""
    parts: list[RenderableType] = [_header(document)]
    parts += [Text(f"! {problem}", style="yellow") for problem in document["problems"]]
    parts += [*funded_lines(document), *_regime(document), _symbols(document), _caps(document)]
    parts += _votes(document["regime"]["votes"])
    if document["symbols"]:
        parts.append(_ladder(document["symbols"][0]))
    if document["regime"]["flags"]:
        parts.append(Text(f"Ratio: {', '.join(document['regime']['flags'])}", style="dim"))
    parts += [Text(note, style="dim") for note in notes]
    return Group(*parts)


def _header(document: Document) -> Text:
    terminal, account = document["terminal"], document["account"]
    text = Text()
    if document["mode"] != "live":
        text.append(f" {document['mode'].upper()} ", style="bold black on yellow")
        text.append(" ")
    text.append("Breadth Assistant", style="bold")
    text.append(f"  {clock(document['as_of'])} UTC  {_session(document, '%a %H:%M')}")
    if document["funded_mode"] != "off":
        text.append(f"  {document['funded_mode'].replace('_', ' ')}", style="cyan")
    currency, at_risk = terminal["currency"], account["at_risk"]
    text.append(f"\n{terminal['server']} {terminal['login']}  balance {account['balance']:,.2f}")
    text.append(f"  equity {account['equity']:,.2f} {currency}")
    risk = "not known" if at_risk is None else f"{at_risk:,.2f}"
    text.append(f"\nopen risk {risk}  free margin {account['free_margin']:,.2f}")
    return text


def _session(document: Document, opening: str = "%Y-%m-%d %H:%M") -> str:
    """Say where the exchange's day stands, and when it opens (UTC, so written)."""
    for symbol in document["symbols"]:
        session = symbol["session"]
        if session["state"] in _IN_SESSION and session["closes_at"]:
            return f"{session['state']}, closes {session['closes_at'][11:16]}"
        opens = session["opens_at"]
        following = f", opens {datetime.fromisoformat(opens):{opening}}" if opens else ""
        return f"{session['state']}{following}"
    return ""


def _regime(document: Document) -> list[Text]:
    """Say stance, share and what binds it, then the count of the votes, then the ratio."""
    regime, share = document["regime"], document["share"]
    text = Text(f"{'/'.join(regime['legs'])} ")
    text.append(regime["stance"], style=_STANCES[regime["stance"]])
    if regime["since"]:
        text.append(f" since {regime['since']} ({regime['sessions']} sessions)")
    text.append("  share ")
    text.append(f"{share['value']:.2f}x", style="bold")
    text.append(f" by {share['binding']}")
    lines = [text, *(_line(f"  {share['binding']}: {why}", style="red") for why in _why(document))]
    if regime["votes"]:
        lines.append(_count(regime["votes"]))
    if regime["distance"] is not None:
        away = f"{abs(regime['distance']) * 100:.1f} % {'below' if regime['distance'] < 0 else 'above'}"
        told = f"its fast average is {away} its slow one, {regime['average']:.4f}"
        lines.append(Text(f"ratio {regime['ratio']:.4f}; {told}"))
    return lines


def _why(document: Document) -> list[str]:
    """Return why the share is what it is, where present facts decide it: they may be good in a moment."""
    share = document["share"]
    return [
        _reason(cap, f"{cap['value']:.2f}x")
        for cap in document["caps"]
        if (cap["name"], cap["value"], cap["scope"]) == (share["binding"], share["value"], "account")
        and cap["kind"] == "condition"
    ][:1]


def _count(votes: list[Document]) -> Text:
    """Say how many votes are for risk and against it, and, where there are any, neither and silent."""
    values = [vote["value"] for vote in votes]
    told = [
        Text(f"{values.count(value)} {word}", style=f"bold {style}" if value else style)
        for value, (word, style) in _VOTES.items()
        if value or value in values
    ]
    return Text("votes: ").append_text(Text(", ").join(told))


def _votes(votes: list[Document]) -> list[RenderableType]:
    """Show what each witness says, one line each: a reason too long for the width is cut."""
    table = _table("", ("Votes", ""), ("says", ""), ("number", "right"), ("as of", ""), ("reason", ""))
    for vote in votes:
        if vote["value"] is not None:
            word, style = _VOTES[vote["value"]]
            number, as_of = _measured(vote["number"]), _line(vote["as_of"] or "")
            said = Text(word, style=style)
            table.add_row(_line(vote["name"]), said, number, as_of, _line(vote["reason"]))
    return [*([table] if table.row_count else []), *_silent(votes)]


def _silent(votes: list[Document]) -> list[RenderableType]:
    """Name the silent votes, one line for each reason: `DGS10: macro.source is off` is that of others."""
    names: dict[str, list[str]] = {}
    for vote in votes:
        if vote["value"] is None:
            subject, _, why = vote["reason"].partition(": ")
            names.setdefault(why or subject, []).append(vote["name"])
    told = {vote["name"]: vote["reason"] for vote in votes}
    return [
        _line(f"silent: {', '.join(those)} ({why if len(those) > 1 else told[those[0]]})", style="dim")
        for why, those in names.items()
    ]


def _line(text: str, style: str = "") -> Text:
    """Return a text that stays one line; what is too long for the width is cut."""
    return Text(text, style=style, no_wrap=True, overflow="ellipsis")


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
    """List the caps of the whole account, and of symbols whose price is doubted or capped by hand."""
    table = _table("", ("Caps", ""), ("value", "right"), ("on", ""), ("reason", ""))
    for cap in document["caps"]:
        if cap["scope"] == "account":
            name = cap["name"] + (" (dry run)" if cap["advisory"] else "")
            value = _value(cap, document)
            table.add_row(name, value, cap["applies_to"].replace("_", "-"), _reason(cap, value))
    for cap in document["caps"]:
        if cap["name"] in _TOLD and cap["scope"] != "account":
            name, value = f"{cap['name']} {cap['scope']}", _value(cap, document)
            table.add_row(name, value, "all", _reason(cap, value), style=_TOLD[cap["name"]])
    return table


def _reason(cap: Document, value: str) -> str:
    """Return the reason of a cap beside its value, which is not said twice."""
    return str(cap["reason"]).removeprefix(f"{value} ")


def _value(cap: Document, document: Document) -> str:
    if cap["unit"] == "share":
        return f"{cap['value']:.2f}x"
    unit = document["terminal"]["currency"] if cap["unit"] == "money" else "lots"
    return f"{cap['value']:,.2f} {unit}"


def _symbols(document: Document) -> Table:
    """Show lots by symbol; after the close those of the next open in brackets, without the age of quotes."""
    closed = any(one["session"]["state"] not in _IN_SESSION for one in document["symbols"])
    table = _table(
        "Lots that may be ordered now"
        + (": 0, the market is closed; (at the next open)" if closed else ", at the default stop"),
        *(("symbol", ""), ("bid", "right"), *(() if closed else (("ask", "right"), ("age", "right")))),
        *(("stop", "right"), ("buy", "right"), ("binds", ""), ("sell", "right"), ("binds", "")),
        *(("open", "right"), ("of", "right")),
    )
    for symbol in document["symbols"]:
        buy, sell, digits, age = symbol["buy"], symbol["sell"], symbol["digits"], symbol["quote_age_s"]
        old = "" if age is None else f"{age:.0f} s" if age < 600 else "old"  # noqa: PLR2004 -- ten minutes
        table.add_row(
            symbol["symbol"],
            _number(symbol["bid"], digits),
            *(() if closed else (_number(symbol["ask"], digits), old)),
            _number(buy["default_stop"], digits),
            _lots(buy, closed=closed),
            _line(_binds(buy, closed=closed)),
            _lots(sell, closed=closed),
            _line(_binds(sell, closed=closed)),
            *_open(symbol["position"]),
        )
    return table


def _lots(side: Document, *, closed: bool) -> Text:
    text = Text(full(side["lots"]), style="bold green" if side["lots"] > 0 else "red")
    return text.append(f" ({full(side['plan_lots'])})", style="not bold default") if closed else text


def _binds(side: Document, *, closed: bool) -> str:
    """Name the cap that binds; while the market is closed, the one that will at the open."""
    binding = side["binding"]
    if closed:
        others = [one for one in side["ladder"] if one["name"] != _CLOSED and not one["advisory"]]
        binding = min(others, key=lambda one: one["lots"], default=binding)
    return str(binding["name"])


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
    for name, lots, reason, binding in ladder_rows(side["ladder"], side["binding"]):
        table.add_row(name, lots, _line(reason), style="bold" if binding else None)
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
        + funded_words(document)
        + "".join(f" | ! {problem}" for problem in document["problems"])
    )
