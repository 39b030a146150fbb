"""How lots, instants and ladders are written for a reader, on the console and in an answer."""

from datetime import datetime
from math import floor

from assistant.outputs.fields import Document

EFFECTS = {  # of a funded account's rule: what breaking it means, or what is not to be had before it is kept
    "fail": "the account is lost",
    "pause": "no trading until the next day",
    "violation": "a violation",
    "profit_removed": "profit is removed",
    "forced_close": "the firm closes positions",
    "review": "the firm judges",
    "pass": "the phase is not passed",
    "payout": "no payout",
    "raises_target": "the target rises",
    "informs": "for information",
}
LIGHTS = {"green": "GREEN", "amber": "AMBER", "red": "RED", "cannot certify": "CANNOT CERTIFY"}

_BROKEN = {"fail": "account lost", "pause": "paused"} | {
    effect: EFFECTS[effect] for effect in ("violation", "profit_removed", "forced_close")
}


def light_of(funded: Document) -> str:
    """Write the light over all rules of a funded account; a red one says why: a pause is no loss."""
    light = LIGHTS[funded["status"]]
    if funded["status"] != "red":
        return light
    red = [one for one in funded["floors"] if one["status"] == "red"]
    ends = {one["name"] for one in funded["rules"] if one["broken"]}
    broken = {one["effect"] for one in red if one["name"] in ends or one["headroom"] < 0}
    worst = next((told for effect, told in _BROKEN.items() if effect in broken), "no room" if red else "")
    return f"{light} ({worst})" if worst else light


def full(lots: float) -> str:
    """Write lots that may be ordered in full: six digits of `g` would round 12345.67 up to 12345.7."""
    return f"{lots:.12g}"


def cut(lots: float) -> str:
    """Write the lots of a rung, cut so as never to show more than they are: to 0.1, below 1 to 0.0001."""
    places = 4 if 0 < lots < 1 else 1
    return f"{floor(lots * 10**places + 1e-6) / 10**places:.{places}f}"


def clock(instant: str) -> str:
    """Write a document's instant (UTC) to the second."""
    return f"{datetime.fromisoformat(instant):%Y-%m-%d %H:%M:%S}"


def ladder_rows(ladder: list[Document], binding: Document) -> list[tuple[str, str, str, bool]]:
    """Return name, lots, reason and whether it binds, for each rung."""
    rows = []
    for rung in ladder:
        reason = f"(dry run) {rung['reason']}" if rung["advisory"] else rung["reason"]
        rows.append((rung["name"], cut(rung["lots"]), reason, rung == binding))
    return rows
