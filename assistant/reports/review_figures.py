"""The pictures of a session, as plotly takes them; the page adds the colours of the day and of the night."""

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from assistant.reports.drawing import BLUE, GREEN, GREY, ORANGE, RED, STANCES, Figure, band, figure, line
from assistant.reports.times import Times

Document = dict[str, Any]

PURPLE = "#cc79a7"
FLOORS = (RED, PURPLE, ORANGE, GREEN)  # of floors, in their order
_DAY = 86_400_000  # milliseconds
FEW_DAYS = 10
FEW = 24  # trades that a picture names one by one


def figures(document: Document, times: Times) -> dict[str, Figure]:
    """Return what can be drawn of a session, by the name of its place; what has no facts has no figure."""
    drawn = {
        "share": _share(document, times) if document["shares"] else None,
        "year": _year(document) if document["regime"] else None,
        "day": _day(document, times) if document["ratio"] else None,
        "equity": _equity(document, times) if document["money"] else None,
        "floors-drawn": _floors(document, times) if document["money"] and document["floors"] else None,
        "sizes": _sizes(document),
        "results": _results(document),
    }
    return {name: one for name, one in drawn.items() if one is not None}


def steps(timeline: Sequence[Any], end: str) -> list[Any]:
    """Return a timeline with its last fact once more at the end, so that the line goes on to there."""
    return [*timeline, [end, timeline[-1][1]]] if timeline else []


def _end(document: Document) -> str:
    """Return to where something may be drawn: the close, or the last entry where that was earlier."""
    opens, closes = str(document["opens_at"]), str(document["closes_at"])
    return max(min(closes, document["until"] or closes), opens)


def _share(document: Document, times: Times) -> Figure:
    """Draw the smallest share as steps, over the stances."""
    end = _end(document)
    shares = steps(document["shares"], end)
    drawn = line(
        [times.drawn(at) for at, _ in shares], [one["value"] for _, one in shares], "share", BLUE, 2.2
    ) | {
        "customdata": [one["cap"] for _, one in shares],
        "hovertemplate": "%{y:.2f}x, %{customdata}<extra></extra>",
        "fill": "tozeroy",
        "fillcolor": "rgba(86,180,233,0.16)",
    }
    drawn["line"]["shape"] = "hv"
    stances = steps(document["stances"], end)
    bands = [
        band(times.drawn(at), times.drawn(stances[place + 1][0]), STANCES.get(stance, GREY), 0.12)
        for place, (at, stance) in enumerate(stances[:-1])
    ]
    top = max(1.0, *(one["value"] for _, one in shares))
    return figure(
        [drawn],
        "The share of normal risk over the session, as steps",
        190,
        xaxis=times.axis(document["opens_at"], document["closes_at"]),
        yaxis={"range": [0, 1.08 * top], "ticksuffix": "x", "nticks": 5},
        shapes=bands,
    )


def _year(document: Document) -> Figure:
    """Draw the ratio of each session with its averages, the band around the slow one, and the stances."""
    days = document["regime"]
    dates = [one["session"] for one in days]
    hidden = {"hoverinfo": "skip", "showlegend": False}
    edge, inside = line(dates, [one["upper"] for one in days], "band", GREY, 0), "rgba(136,136,136,0.22)"
    lower = line(dates, [one["lower"] for one in days], "band", GREY, 0)
    traces = [
        edge | hidden,
        lower | {"hoverinfo": "skip", "fill": "tonexty", "fillcolor": inside},
        line(dates, [one["slow"] for one in days], "slow average", PURPLE, 1.6),
        line(dates, [one["fast"] for one in days], "fast average", BLUE, 1.4),
        line(dates, [one["ratio"] for one in days], "/".join(document["legs"] or ("ratio",)), GREY, 1.4),
    ]
    traces = [one for one in traces if any(value is not None for value in one["y"])]
    for one in traces:
        one.setdefault("hovertemplate", "%{y:.4f}")
    axis = {"dtick": _DAY} if len(days) < FEW_DAYS else {}  # else plotly marks hours of a day
    bands, begun = [], 0
    for place, one in enumerate(days):
        after = days[place + 1]["stance"] if place + 1 < len(days) else None
        if one["stance"] != after:
            until = dates[min(place + 1, len(days) - 1)]
            bands.append(band(dates[begun], until, STANCES.get(one["stance"], GREY), 0.13))
            begun = place + 1
    return figure(
        traces, "The ratio for a year, with its averages and the stances", 250, shapes=bands, xaxis=axis
    )


def _day(document: Document, times: Times) -> Figure:
    """Draw the ratio of the session, and the edges of the band where they are near."""
    ratio = document["ratio"]
    values = [one for _, one in ratio]
    drawn = line([times.drawn(at) for at, _ in ratio], values, "ratio", GREY, 1.6)
    drawn["hovertemplate"] = "%{y:.4f}<extra></extra>"
    low, high = min(values), max(values)
    room = max(high - low, 1e-3 * high) * 0.3
    last: Document = document["regime"][-1] if document["regime"] else {}
    shapes, notes = [], []
    for name, color in (("slow", PURPLE), ("upper", GREY), ("lower", GREY)):
        level = last.get(name)
        if level is not None and low - room <= level <= high + room:
            shapes.append(_level(level, color))
            notes.append(_beside(level, {"slow": "slow average"}.get(name, f"band, {name} edge")))
    return figure(
        [drawn],
        "The ratio during the session",
        250,
        xaxis=times.axis(document["opens_at"], document["closes_at"]),
        yaxis={"range": [low - room, high + room], "nticks": 5},
        shapes=shapes,
        annotations=notes,
    )


def _level(level: float, color: str) -> Figure:
    dashed = {"color": color, "width": 1.2, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": level, "y1": level, "line": dashed}


def _beside(level: float, text: str) -> Figure:
    return {
        "xref": "paper",
        "x": 1,
        "y": level,
        "xanchor": "right",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "font": {"size": 11},
    }


def _money(document: Document, times: Times) -> tuple[Figure, Figure]:
    """Return equity and balance as lines, in the program's money."""
    scale, money = document["scale"], document["money"]
    x = [times.drawn(at) for at, _ in money]
    equity = line(x, [scale * one["equity"] for _, one in money], "equity", BLUE, 2)
    balance = line(x, [scale * one["balance"] for _, one in money], "balance", GREY, 1.2)
    equity["line"]["shape"] = "hv"  # what was last seen holds until more is
    balance["line"] |= {"shape": "hv", "dash": "dot"}
    for one in (equity, balance):
        one["hovertemplate"] = "%{y:,.2f}"
    return equity, balance


def _clock(document: Document, times: Times) -> Figure:
    """Return the axis of the account's money: a night or a weekend in which nothing moved is left out."""
    money = document["money"]
    moved = next((at for at, one in money if one != money[0][1]), document["opens_at"])
    nearest = [one["at"] for one in document["approaches"][:1]]
    begin = min(document["opens_at"], max(moved, money[0][0]), *nearest)
    return times.axis(begin, max(_end(document), money[-1][0]))


def _equity(document: Document, times: Times) -> Figure:
    """Draw equity and balance, with a mark where each trade was opened."""
    equity, balance = _money(document, times)
    instants = [at for at, _ in document["money"]]
    opened = [
        (place, one, bisect_right(instants, one["trade"]["opened_at"]) - 1)
        for place, one in enumerate(document["trades"], start=1)
        if one["opened_now"]
    ]
    opened = [one for one in opened if one[2] >= 0]
    marks = {
        "type": "scatter",
        "mode": "markers",
        "name": "trade opened",
        "x": [times.drawn(one["trade"]["opened_at"]) for _, one, _ in opened],
        "y": [equity["y"][at] for *_, at in opened],
        "marker": {"size": 7, "color": [ORANGE if one["over"] else BLUE for _, one, _ in opened]},
        "text": [f"{place}: {one['symbol']} {one['trade']['side']}" for place, one, _ in opened],
        "hovertemplate": "%{text}",
    }
    return figure(
        [balance, equity, *([marks] if opened else ())],
        "Equity and balance over the session, with the trades that were opened",
        250,
        xaxis=_clock(document, times),
        yaxis={"nticks": 6, "tickformat": ",.0f"},
        margin=_WIDE,
    )


def _floors(document: Document, times: Times) -> Figure:
    """Draw the equity above every floor, in the program's money, with the nearest approach marked."""
    equity, _ = _money(document, times)
    traces, end = [equity], max(document["money"][-1][0], _end(document))
    names = list(dict.fromkeys(one["name"] for _, floors in document["floors"] for one in floors))
    for place, name in enumerate(names):
        found = [
            (at, next((one["level"] for one in floors if one["name"] == name), None))
            for at, floors in steps(document["floors"], end)
        ]
        color = FLOORS[place % len(FLOORS)]
        floor = line([times.drawn(at) for at, _ in found], [one for _, one in found], name, color, 1.8)
        floor["line"] |= {"shape": "hv"}
        traces.append(floor | {"hovertemplate": "%{y:,.2f}"})
    if document["approaches"]:
        traces.append(_nearest(document["approaches"][0], times))
    return figure(
        traces,
        "Equity over the session above every floor",
        250,
        xaxis=_clock(document, times),
        yaxis={"nticks": 6, "tickformat": ",.0f"},
        margin=_WIDE,
    )


_WIDE = {"l": 62, "r": 12, "t": 10, "b": 38}  # pixels: room for money at the left


def _nearest(approach: Document, times: Times) -> Figure:
    """Mark where equity came nearest to a floor: a line between the two."""
    floor, at = approach["floor"], times.drawn(approach["at"])
    return line([at, at], [floor["level"], floor["level"] + approach["headroom"]], "nearest", RED, 1.2) | {
        "mode": "lines+markers",
        "marker": {"size": 6, "color": RED},
        "line": {"color": RED, "width": 1.2, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _names(trades: Sequence[Document]) -> list[str]:
    """Name the trades on an axis: by number, and by symbol where there are few."""
    few = len(trades) <= FEW
    return [f"{place}<br>{one['symbol']}" if few else str(place) for place, one in enumerate(trades, start=1)]


def _sizes(document: Document) -> Figure | None:
    """Draw the lots taken in shares of the lots advised, a bar a trade; at 1 they were as advised."""
    trades = document["trades"]
    told = [
        (name, one["trade"]["lots"], one["advised"])
        for name, one in zip(_names(trades), trades, strict=True)
        if one["advised"] is not None and not one["reduced"]
    ]
    if not told:
        return None
    shares = [lots / advised if advised > 0 else None for _, lots, advised in told]
    most = max((one for one in shares if one is not None), default=1.0)
    drawn = [
        1.15 * max(most, 1.0) if one is None else one for one in shares
    ]  # against 0 lots: higher than all
    bars = {
        "type": "bar",
        "x": [name for name, *_ in told],
        "y": [round(one, 4) for one in drawn],
        "marker": {"color": [RED if one is None else ORANGE if one > 1 + 1e-9 else BLUE for one in shares]},
        "customdata": [f"{lots:.12g} lots of {advised:.12g} advised" for _, lots, advised in told],
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return figure(
        [bars],
        "Lots taken in shares of the lots advised, a bar for each trade",
        200,
        xaxis={"type": "category"},
        yaxis={"tickformat": ".0%", "nticks": 4, "rangemode": "tozero"},
        shapes=[_level(1, GREY)],
        hovermode="closest",
        bargap=0.35,
    )


def _results(document: Document) -> Figure | None:
    """Draw what each closed trade brought in R, in the order they were opened."""
    trades = document["trades"]
    told = [
        (name, one["result_r"])
        for name, one in zip(_names(trades), trades, strict=True)
        if one["result_r"] is not None
    ]
    if not told:
        return None
    bars = {
        "type": "bar",
        "x": [name for name, _ in told],
        "y": [round(one, 4) for _, one in told],
        "marker": {"color": [RED if one < 0 else GREEN for _, one in told]},
        "hovertemplate": "%{y:+.2f} R<extra></extra>",
    }
    return figure(
        [bars],
        "The result of each closed trade in R",
        200,
        xaxis={"type": "category"},
        yaxis={"ticksuffix": " R", "nticks": 5},
        hovermode="closest",
        bargap=0.35,
    )
