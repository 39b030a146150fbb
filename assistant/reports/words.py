"""How a page writes money, lots, lengths of time, and what stands out of a trade."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

Document = dict[str, Any]

NAMED = 3  # scopes
ROUGH = 10  # minutes, from which on it is told to the minute
MINUS, NONE = "\u2212", "\u2013"


def money(value: float | None, places: int = 2) -> str:
    """Write money without its sign's plus; a dash where it is not known."""
    return NONE if value is None else f"{value:,.{places}f}".replace("-", MINUS)


def signed(value: float | None, places: int = 2) -> str:
    """Write a gain or a loss, always with its sign; a dash where it is not known."""
    if value is None:
        return NONE
    rounded = round(value, places) + 0.0
    return f"{rounded:+,.{places}f}".replace("-", MINUS) if rounded else f"{0:.{places}f}"


def apart(value: str) -> str:
    """Write a number with its sign as what is added or taken away: `+ 1.00`."""
    return f"{value[0]} {value[1:]}" if value[0] in f"+{MINUS}" else f"+ {value}"


def lots(value: float | None) -> str:
    """Write lots in full; a dash where they are not known."""
    return NONE if value is None else f"{value:.12g}"


def loss(value: float | None) -> str:
    """Write what a stop loses; where it is on the other side of the entry it is a gain."""
    if value is None:
        return NONE
    return f"{value:,.2f}" if value >= 0 else f"gain {-value:,.2f}"


def length(seconds: float) -> str:
    """Write how long something took, in the two largest units that it has, to the nearest one."""
    whole = round(seconds)
    if whole < ROUGH * 60:
        minutes, rest = divmod(whole, 60)
        parts = (f"{minutes} min" if minutes else "", f"{rest} s" if rest or not minutes else "")
        return " ".join(part for part in parts if part)
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


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
    bare = judged["at_stop"] is None and bool(trade["stops"]) and trade["stops"][0][1] is None
    widened = len(judged["widened"])
    told = (
        (judged["over"], "warn", f"{lots(judged['over'])} lots over"),
        (judged["advised"] is None and not judged["reduced"], "plain", "no advice on record"),
        (bare, "bad", "opened without a stop"),
        (widened, "warn", "stop widened" if widened == 1 else f"stop widened {widened} times"),
        (judged["removed"], "bad", "stop removed"),
        (judged["reduced"], "plain", "reduced only" if trade["left"] else "closed only"),
        (not judged["opened_now"], "plain", "from an earlier session"),
        (trade["left"], "plain", f"{lots(trade['left'])} lots still open"),
        (trade["unmatched"], "bad", "does not add up"),
    )
    return [(grave, text) for holds, grave, text in told if holds]


def because(judged: Document) -> str:
    """Return why no more lots were advised, where that matters and no remark says so."""
    why: str = judged["why"]
    if any(why in remark for remark in judged["remarks"]):
        return ""
    return f"advised: {why}" if judged["over"] else why if judged["advised"] is None else ""


def together(bounds: Sequence[Document]) -> Sequence[Document]:
    """Return caps that bound at the same times as one, with all that they were the caps of."""
    found: dict[tuple[object, ...], list[Document]] = {}
    for one in bounds:
        spans = tuple((span["begin"], span["end"]) for span in one["spans"])
        found.setdefault((one["cap"], spans), []).append(one)
    return [same[0] | {"scopes": _scopes([one["scope"] for one in same])} for same in found.values()]


def _scopes(scopes: Sequence[str]) -> str:
    """Write of what a cap was one: by name where there are few."""
    return ", ".join(scopes) if len(scopes) <= NAMED else f"{scopes[0]}, {len(scopes) - 1} more"


FILTERS: dict[str, Callable[..., Any]] = {
    "money": money,
    "signed": signed,
    "apart": apart,
    "lots": lots,
    "loss": loss,
    "long": length,
    "day": day,
    "flags": flags,
    "because": because,
    "together": together,
    "track": lambda spans, begin, end: [place(one, begin, end) for one in spans],
}
