"""What the console says of a funded account beside the lots: the light and the tightest floor."""

from rich.text import Text

from assistant.outputs.fields import Document
from assistant.outputs.funded import CAP
from assistant.outputs.wording import light_of

_STYLES = {
    "green": "bold green",
    "amber": "bold yellow",
    "red": "bold red",
    "cannot certify": "bold magenta",
}
_NAMED = 3  # symbols; the others are counted


def funded_lines(document: Document) -> list[Text]:
    """Return the line of the console, none where no rules are followed; what does not fit the width is cut.

    Why an account cannot be certified, and where the rules would bind, has a line of its own.
    """
    funded = document["funded"]
    if funded is None:
        return []
    text = Text("funded ", no_wrap=True, overflow="ellipsis")
    text.append(light_of(funded), style=_STYLES[funded["status"]])
    if funded["floors"]:
        text.append(f"  {_floor(funded)}")
    further = [f"  {one}" for one in (_why(funded), _would(document)) if one]
    return [text, *(Text(one, style="dim", no_wrap=True, overflow="ellipsis") for one in further)]


def funded_words(document: Document) -> str:
    """Return the same, short, for a plain line; empty where no rules are followed."""
    funded = document["funded"]
    if funded is None:
        return ""
    return f" | funded {light_of(funded)} {_floor(funded) or _why(funded)}"


def _floor(funded: Document) -> str:
    """Say which floor is nearest, now or after the next reset."""
    if not funded["floors"]:
        return ""
    one = min(funded["floors"], key=_least)
    after = one["after_reset"]
    other = " by another reading" if one["after_told"] else ""
    later = "" if after is None else f", {after:,.2f} after the reset{other}"
    name = one["name"].replace("_", " ")
    where = "below" if one["headroom"] < 0 else "above"
    return f"{name} {abs(one['headroom']):,.2f} {where} {one['floor']:,.2f}{later}"


def _least(floor: Document) -> float:
    after: float | None = floor["after_reset"]
    headroom: float = floor["headroom"]
    return headroom if after is None else min(headroom, after)


def _why(funded: Document) -> str:
    """Say the first thing that keeps an account from being certified; a floor tells the other lights."""
    return funded["why"][0] if funded["status"] == "cannot certify" else ""


def _would(document: Document) -> str:
    """Say where a cap of these rules would bind, if they did."""
    found: dict[str, list[str]] = {}
    for symbol in document["symbols"]:
        for side in ("buy", "sell"):
            would = symbol[side]["would_bind"]
            if would and would["name"].startswith(CAP):
                found.setdefault(would["name"], []).append(f"{symbol['symbol']} {side}")
    told = [f"{name} in {_named(those)}" for name, those in found.items()]
    return f"would bind: {'; '.join(told)}" if told else ""


def _named(those: list[str]) -> str:
    more = len(those) - _NAMED
    return ", ".join(those[:_NAMED]) + (f" and {more} more" if more > 0 else "")
