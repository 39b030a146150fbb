"""The evidence as one HTML page that needs nothing but itself: what it says, pictures, tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from assistant.reports.drawing import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    STANCES,
    Figure,
    as_json,
    band,
    environment,
    line,
)
from assistant.study.evidence import (
    ALL,
    CONSTANT,
    MONTH,
    MOST,
    TARGET,
    WITHOUT_RATIO,
    Daily,
    measured,
    row_shares,
)
from assistant.study.past import Past

Document = dict[str, Any]

CURVES = {CONSTANT: GREY, TARGET: BLUE, ALL: RED, WITHOUT_RATIO: GREEN}


def page(document: Document, days: Daily, past: Past) -> str:
    """Return the page: a document of schema evidence/1 beside the daily values that it was made of."""
    from plotly.offline import get_plotlyjs  # noqa: PLC0415 -- a page is drawn on no path of a cycle

    templates = environment()
    templates.filters |= {"percent": _percent, "signed": _signed, "measured": measured}
    figures = [("ratio", _ratio(past, days)), ("shares", _shares(days, document["assets"][0]["symbol"]))]
    figures += [(f"drawdown-{asset}", _drawdowns(days, asset)) for asset in days.returns]
    return templates.get_template("evidence.html").render(
        document=document,
        figures=dict(figures),
        plotly=get_plotlyjs(),
        month=MONTH,
        most=MOST,
        rows=[row["name"] for row in document["assets"][0]["rows"]],
    )


def _percent(value: float, places: int = 0) -> str:
    return f"{100 * value:.{places}f} %"


def _signed(interval: Mapping[str, float], *, percent: bool = True) -> str:
    """Write a difference with its interval."""
    scale, places, unit = (100, 0, " %") if percent else (1, 2, "")
    value, low, high = (f"{scale * interval[key]:+.{places}f}" for key in ("value", "low", "high"))
    return f"{value}{unit} ({low} to {high})"


def _figure(traces: Sequence[Figure], title: str, **layout: Any) -> str:  # noqa: ANN401 -- plotly has no types
    """Return a figure as JSON; the page draws it in its own colours."""
    shared = {
        "title": {"text": title, "x": 0, "font": {"size": 15}},
        "margin": {"l": 44, "r": 10, "t": 40, "b": 30},
        "legend": {"orientation": "h", "y": -0.12},
        "hovermode": "x unified",
        "height": 380,
    }
    return as_json({"data": list(traces), "layout": shared | layout})


def _ratio(past: Past, days: Daily) -> str:
    """Draw the ratio with its averages, and a coloured band for each stance, from the first close judged."""
    sessions = [session.isoformat() for session in days.sessions]
    closes, shown, dates = past.closes, past.closes[days.first :], sessions[days.first :]
    traces = [
        line(dates, [close.ratio for close in shown], "/".join(past.history.legs), GREY),
        line(dates, [close.trend.fast if close.trend else None for close in shown], "fast average", BLUE),
        line(dates, [close.trend.slow if close.trend else None for close in shown], "slow average", ORANGE),
    ]
    shapes, begun = [], days.first
    for place in range(days.first, len(closes)):
        turn, after = closes[place].turn, closes[place + 1].turn if place + 1 < len(closes) else None
        if turn and (after is None or after.stance is not turn.stance):
            shapes.append(band(sessions[begun], sessions[place], STANCES[turn.stance.value]))
            begun = place + 1
    return _figure(traces, "Ratio, averages and stance", shapes=shapes)


def _shares(days: Daily, asset: str) -> str:
    """Draw the held shares of one asset, and the smallest of them."""
    sessions = [session.isoformat() for session in days.sessions][days.first :]
    shares = days.shares[asset]
    names = {"regime": ORANGE, "context": GREEN, "volatility": BLUE}
    traces = [line(sessions, shares[name][days.first :], name, color) for name, color in names.items()]
    traces.append(line(sessions, row_shares(shares, ALL)[days.first :], "smallest", RED, 2.0))
    return _figure(traces, f"Held shares, {asset}", yaxis={"range": [0, 1.05]})


def _drawdowns(days: Daily, asset: str) -> str:
    """Draw how far each curve stood below its highest point, at equal average exposure."""
    import numpy as np  # noqa: PLC0415 -- as above

    returns = np.nan_to_num(days.returns[asset][days.first + 1 :])
    sessions = [session.isoformat() for session in days.sessions][days.first + 1 :]
    traces = []
    for row, color in CURVES.items():
        shares = row_shares(days.shares[asset], row)[days.first : -1]
        curve = np.cumprod(1 + returns * shares / shares.mean())
        fallen = curve / np.maximum.accumulate(np.maximum(curve, 1.0)) - 1
        traces.append(line(sessions, fallen, row, color))
    return _figure(traces, f"Drawdown, {asset}", yaxis={"tickformat": ".0%"})
