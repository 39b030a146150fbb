"""The review of a session as an HTML page: what was advised, what was done, and how far apart the two were.

The page needs nothing but `plotly.min.js` beside it, and asks no network for anything.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assistant.reports.drawing import as_json, environment
from assistant.reports.legend import legend
from assistant.reports.review_figures import figures
from assistant.reports.series_figures import lacking, series_figures, unrecorded, weeks
from assistant.reports.times import Times, times_of
from assistant.reports.words import FILTERS, seconds

Document = dict[str, Any]

PLOTLY = "plotly.min.js"  # the file that all pages of a folder share
PRINTED = {"trades": 10, "events": 5, "lines": 3}  # that fit on two pages; how many are beyond is told


@dataclass(frozen=True, slots=True)
class Links:
    """Where a page leads to: names of files beside it; None: there is no such file."""

    previous: str | None = None
    next: str | None = None
    week: str | None = None
    month: str | None = None
    trades: str | None = None  # CSV
    advices: str | None = None  # CSV
    document: str | None = None  # JSON


def plotly_js() -> bytes:
    """Return plotly.js, which lies once beside all pages as `plotly.min.js`."""
    spec = find_spec("plotly")  # not imported: that alone takes longer than a page
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("plotly is not installed")
    return (Path(spec.origin).parent / "package_data" / PLOTLY).read_bytes()


def series_page(document: Document, user: tzinfo, pages: Mapping[str, str] | None = None) -> str:
    """Return the page of a week or a month, a document of schema series/1.

    `pages` are the names of files beside it by session, of those that there are.
    """
    drawn = series_figures(document)
    text: str = _template("series.html", times_of(document, user)).render(
        series=document,
        figures=as_json(drawn),
        drawn={name: one["about"] for name, one in drawn.items()},
        weeks=weeks(document["sessions"]),
        missing=lacking(document),
        unrecorded=unrecorded(document["sessions"]),
        words=legend(document),
        pages=pages or {},
        longest=max((one["seconds"] for one in document["bound"]), default=0.0),
        most=max((abs(one["result_r"] or 0.0) for one in document["sessions"]), default=0.0),
        **frame(),
    )
    return text


def page(document: Document, user: tzinfo, links: Links | None = None) -> str:
    """Return the page of a document of schema review/1, with times in the user's zone."""
    times = times_of(document, user)
    drawn = figures(document, times)
    text: str = _template("review.html", times).render(
        review=document,
        times=times,
        links=links or Links(),
        figures=as_json(drawn),
        drawn={name: one["about"] for name, one in drawn.items()},
        words=legend(document),
        printed=PRINTED,
        nearest=document["approaches"][0] if document["approaches"] else None,
        lost=seconds(document["quality"]["lost"]),
        unseen=seconds(document["quality"]["unseen"]),
        **frame(),
    )
    return text


def _template(name: str, times: Times) -> Any:  # noqa: ANN401 -- jinja2 is imported where it is used
    """Return a template, with what it writes numbers and instants by."""
    templates = environment()
    templates.filters |= FILTERS | {"clock": times.clock, "server": times.server_clock, "zoned": times.zoned}
    return templates.get_template(name)


@cache
def frame() -> dict[str, str]:
    """Return what every page has: style, script, and the policy that forbids all else."""
    folder = Path(__file__).parent / "templates"
    script = (folder / "page.js").read_text(encoding="utf-8")
    style = (folder / "page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self' file: 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return {"script": script, "style": style, "policy": policy, "plotly": PLOTLY}
