"""The review of a session as an HTML page: what was advised, what was done, and how far apart the two were.

The page needs nothing but `plotly.min.js` beside it, and asks no network for anything.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from assistant.reports.drawing import as_json, environment
from assistant.reports.review_figures import figures
from assistant.reports.times import Times, times_of

Document = dict[str, Any]

PLOTLY = "plotly.min.js"  # the file that all pages of a folder share
PRINTED = 16  # trades, and events, that are printed; what is beyond is named
MINUS = "\u2212"


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


def page(document: Document, user: tzinfo, links: Links | None = None) -> str:
    """Return the page of a document of schema review/1, with times in the user's zone."""
    times = times_of(document, user)
    drawn = figures(document, times)
    return _template("review.html", times).render(
        review=document,
        times=times,
        links=links or Links(),
        figures=as_json(drawn),
        drawn={name: one["about"] for name, one in drawn.items()},
        printed=PRINTED,
        nearest=document["approaches"][0] if document["approaches"] else None,
        lost=seconds(document["quality"]["lost"]),
        unseen=seconds(document["quality"]["unseen"]),
        **frame(),
    )


def _template(name: str, times: Times) -> Any:  # noqa: ANN401 -- jinja2 is imported where it is used
    """Return a template, with what it writes numbers and instants by."""
    templates = environment()
    templates.filters |= {
        "clock": times.clock,
        "server": times.server_clock,
        "money": money,
        "signed": signed,
        "lots": lots,
        "loss": loss,
        "long": length,
        "day": day,
        "flags": flags,
        "track": lambda spans, begin, end: [place(one, begin, end) for one in spans],
    }
    return templates.get_template(name)


@cache
def frame() -> dict[str, str]:
    """Return what every page has: style, script, and the policy that forbids a page whatever it does not need."""
    folder = Path(__file__).parent / "templates"
    script = (folder / "page.js").read_text(encoding="utf-8")
    style = (folder / "page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self' file: 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return {"script": script, "style": style, "policy": policy, "plotly": PLOTLY}


# --- how numbers are written ---


def money(value: float | None, places: int = 2) -> str:
    """Write money without its sign's plus; a dash where it is not known."""
    return "–" if value is None else f"{value:,.{places}f}".replace("-", MINUS)


def signed(value: float | None, places: int = 2) -> str:
    """Write a gain or a loss, always with its sign; a dash where it is not known."""
    if value is None:
        return "–"
    rounded = round(value, places) + 0.0
    return f"{rounded:+,.{places}f}".replace("-", MINUS) if rounded else f"{0:.{places}f}"


def lots(value: float | None) -> str:
    """Write lots in full; a dash where they are not known."""
    return "–" if value is None else f"{value:.12g}"


def loss(value: float | None) -> str:
    """Write what a stop loses; where it is on the other side of the entry it is a gain."""
    if value is None:
        return "–"
    return f"{value:,.2f}" if value >= 0 else f"gain {-value:,.2f}"


def length(seconds: float) -> str:
    """Write how long something took, in the two largest units that it has."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min" if minutes and whole >= 600 else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"  # fmt: skip


def seconds(spans: Sequence[Mapping[str, str]]) -> float:
    """Return how long spans are together (s)."""
    ends = ((datetime.fromisoformat(one["begin"]), datetime.fromisoformat(one["end"])) for one in spans)
    return sum((end - begin).total_seconds() for begin, end in ends)


def day(session: str, *, short: bool = False) -> str:
    """Write a session's date in words."""
    on = date.fromisoformat(session)
    return f"{on:%a} {on.day} {on:%b}" if short else f"{on:%A}, {on.day} {on:%B %Y}"


def place(span: Mapping[str, str], begin: str, end: str) -> tuple[float, float]:
    """Return where a span begins within another, and its width, both in percent of that one."""
    first, last = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    whole = (last - first) / timedelta(seconds=1) or 1.0
    from_ = max(0.0, (datetime.fromisoformat(span["begin"]) - first) / timedelta(seconds=1) / whole)
    to = min(1.0, (datetime.fromisoformat(span["end"]) - first) / timedelta(seconds=1) / whole)
    return round(100 * from_, 3), round(100 * max(0.0, to - from_), 3)


def flags(judged: Document) -> Sequence[tuple[str, str]]:
    """Return what stands out of a trade: how grave it is (bad, warn, plain), and a word or two."""
    trade = judged["trade"]
    no_stop = bool(trade["stops"]) and trade["stops"][0][1] is None
    widened = len(judged["widened"])
    told = (
        (judged["over"], "warn", f"{lots(judged['over'])} lots over"),
        (judged["checked"] is None and not judged["reduced"] and judged["opened_now"], "plain", "unchecked"),
        (judged["advised"] is None and not judged["reduced"], "plain", "no advice on record"),
        (no_stop, "bad", "opened without a stop"),
        (widened, "warn", "stop widened" if widened == 1 else f"stop widened {widened} times"),
        (judged["removed"], "bad", "stop removed"),
        (judged["reduced"], "plain", "only reduced"),
        (not judged["opened_now"], "plain", "from an earlier session"),
        (trade["left"], "plain", f"{lots(trade['left'])} lots still open"),
        (trade["unmatched"], "bad", "does not add up"),
    )
    return [(grave, text) for holds, grave, text in told if holds]
