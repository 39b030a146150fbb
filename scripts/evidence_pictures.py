"""Draw the pictures of assistant/docs/evidence.md with a browser.

DIR is as for `assistant study evidence`. A Chromium is looked for by its usual names; nothing is fetched.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import run

if TYPE_CHECKING:
    from assistant.study.past import Past

EPISODES = {
    "2007-08": date(2007, 8, 1),
    "2011-08": date(2011, 8, 1),
    "2015-08": date(2015, 8, 1),
    "2016-11": date(2016, 11, 1),
    "2018-10": date(2018, 10, 1),
}
BEFORE, AFTER = timedelta(days=150), timedelta(days=110)
COLORS = {"RISK_ON": "#009e73", "NEUTRAL": "#e69f00", "RISK_OFF": "#d55e00"}
PICTURES = run.ROOT / "assistant" / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=5000")


def figure(past: Past, name: str, first: date, last: date) -> Any:  # noqa: ANN401 -- plotly has no types
    """The ratio with its averages, stance bands and held shares over one span."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    places = [place for place, day in enumerate(past.sessions) if first <= day <= last]
    closes = [past.closes[place] for place in places]
    days = [close.session.isoformat() for close in closes]
    drawn = make_subplots(rows=2, shared_xaxes=True, row_heights=[0.68, 0.32], vertical_spacing=0.05)
    lines = (
        ("IWM/SPY", [close.ratio for close in closes], "#555555", 1),
        ("20 sessions", [close.trend.fast if close.trend else None for close in closes], "#0072b2", 1),
        ("100 sessions", [close.trend.slow if close.trend else None for close in closes], "#cc79a7", 1),
        ("share by stance", [close.held for close in closes], "#d55e00", 2),
        ("share by votes", [close.context.held for close in closes], "#009e73", 2),
    )
    for label, values, color, row in lines:
        line = {"color": color, "width": 1.8}
        drawn.add_trace(go.Scatter(x=days, y=values, name=label, line=line, mode="lines"), row=row, col=1)
    for before, after in pairwise(closes):
        if after.turn:
            drawn.add_vrect(
                x0=before.session.isoformat(),
                x1=after.session.isoformat(),
                fillcolor=COLORS[after.turn.stance.value],
                opacity=0.16,
                line_width=0,
                layer="below",
            )
    drawn.update_yaxes(range=[0, 1.05], row=2, col=1)
    drawn.update_layout(
        title=f"{name}: green RISK_ON, yellow NEUTRAL, red RISK_OFF",
        template="plotly_white",
        width=960,
        height=460,
        margin={"l": 50, "r": 20, "t": 46, "b": 30},
        legend={"orientation": "h", "y": -0.1},
    )
    return drawn


def draw(browser: str, drawn: Any, path: Path) -> None:  # noqa: ANN401 -- likewise
    """Let a browser draw a figure into a PNG file."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        body = drawn.to_html(include_plotlyjs=True, full_html=True, config={"displayModeBar": False})
        page.write_text(body.replace("<body>", '<body style="margin:0">'), encoding="utf-8")
        shot = [browser, *QUIET, f"--user-data-dir={folder}/profile", "--window-size=960,460"]
        subprocess.run([*shot, f"--screenshot={path}", page.as_uri()], check=True, capture_output=True)


def main(arguments: Sequence[str]) -> int:
    """Draw all pictures; 1 where there is no browser."""
    from assistant.cli.study import history_of
    from assistant.config import load_config
    from assistant.study.past import backtested, fold_past

    parser = argparse.ArgumentParser(prog="scripts/evidence_pictures.py", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of closes and series")
    options = parser.parse_args(arguments)
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        print("no browser: install Chromium")
        return 1
    config = load_config(run.ROOT)
    bars, series = history_of(run.ROOT, config, options.data, None)
    past = fold_past(bars, series, backtested(config.settings.fold))
    for name, first in EPISODES.items():
        draw(browser, figure(past, name, first - BEFORE, first + AFTER), PICTURES / f"episode-{name}.png")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == [run.INSIDE]:
        sys.exit(main(sys.argv[2:]))
    sys.exit(run.guarded(lambda: run.start_inside(__file__, sys.argv[1:])))
