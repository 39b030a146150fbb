"""What all pages draw with: colours, figures as plain data, and the templates' environment.

A figure is what plotly.js takes, as dictionaries: making them through plotly's own classes costs a second.
"""

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

Figure = dict[str, Any]

# Okabe and Ito's palette: told apart by people who see few colours, on a light page and on a dark one.
BLUE, ORANGE, GREEN, RED, GREY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#888888"
STANCES = {"RISK_ON": GREEN, "NEUTRAL": ORANGE, "RISK_OFF": RED}


def environment() -> "jinja2.Environment":
    """Return the templates, which escape whatever is put into them."""
    import jinja2  # noqa: PLC0415 -- a page is drawn on no path of a cycle

    loader = jinja2.PackageLoader("assistant.reports")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def as_json(data: object) -> str:
    """Write data so that it may stand within a script element of a page."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def line(
    places: Sequence[Any], values: Iterable[float | None], name: str, color: str, width: float = 1.2
) -> Figure:
    """Return a line through values, with a hole where there is none."""
    rounded = [None if value is None else round(float(value), 5) for value in values]
    drawn = {"color": color, "width": width}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(places),
        "y": rounded,
        "name": name,
        "line": drawn,
    }


def band(begin: str, end: str, color: str, opacity: float = 0.16) -> Figure:
    """Return a coloured band over a span of the horizontal axis, behind the lines."""
    return {
        "type": "rect",
        "yref": "paper",
        "x0": begin,
        "x1": end,
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "fillcolor": color,
        "opacity": opacity,
        "layer": "below",
    }


def figure(traces: Sequence[Figure], about: str, height: int, **layout: Any) -> Figure:  # noqa: ANN401 -- plotly's
    """Return a figure; `about` is what is read out where it cannot be seen."""
    shared = {
        "height": height,
        "margin": {"l": 46, "r": 12, "t": 10, "b": 38},
        "showlegend": len(traces) > 1,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "hovermode": "x unified",
        "dragmode": False,
    }
    return {"about": about, "data": list(traces), "layout": shared | layout}
