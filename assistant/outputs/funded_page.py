"""The rules of a funded account on one page of text: the light first, then what stands nearest to an end."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.outputs.fields import Document
from assistant.outputs.wording import EFFECTS, LIGHTS, light_of

VERIFY = (
    "Verify with the firm: its dashboard decides. A number of it is taken by `{} funded anchor NAME VALUE`."
)
_MODES = {"dry_run": "DRY RUN: nothing binds", "enforce": "ENFORCED: their caps bind"}
_SECTIONS = (
    (
        "Goals and days",
        ("target", "day_count", "concentration", "profit_cap", "payout", "time_limit", "inactivity"),
    ),
    ("News, weekends, nights", ("window",)),
    ("Orders", ("exposure", "order", "rate_limit")),
    ("No program can judge", ("text",)),
)
_GROWS = ("pass", "payout", "informs", "review")  # effects that the words of such a rule tell already
_PUBLISHED = "as published"
_RAISED = "raises your target"  # what the words of a rule say of its effect
_UTC = re.compile(r"\b(\d{4}-\d\d-\d\d \d\d:\d\d)(?::\d\d)? UTC\b")
_LEAST, _WIDEST = 60, 110  # columns


def page(document: Document, width: int, zone: tzinfo | None, command: str = "assistant") -> list[str]:
    """Return the lines of a funded/1 that follows rules; `zone` is the user's, None the computer's own.

    The first line is the light. `width` is in columns.
    """
    width = min(max(width, _LEAST), _WIDEST)
    funded = _local(document["funded"], zone)
    lines = [headline(document), *_account(document)]
    lines += [f"! {why}" for why in _why(funded)]
    lines += ["", *_floors(funded, width), "", *_resets(document, zone), *_room(document)]
    for title, kinds in _SECTIONS:
        rules = [one for one in funded["rules"] if one["kind"] in kinds]
        if rules:
            lines += ["", title, *_rules(rules, width)]
    doubts = [*_doubts(funded["rules"])]
    if doubts:
        lines += ["", "Not certain", *doubts]
    lines += ["", VERIFY.format(command)]
    return [part for line in lines for part in _wrapped(line, width)]


def headline(document: Document) -> str:
    """Return the light over all rules, with the program and whether it binds."""
    funded = document["funded"]
    paper = "" if document["mode"] == "live" else f"{document['mode'].upper()} "
    rehearsed = " rehearsed" if funded["virtual"] else ""
    whole = f"{funded['title']}{rehearsed}, {funded['initial_balance']:,.0f} {funded['currency']}"
    return f"{paper}{light_of(funded)}: {whole}. {_MODES[funded['mode']]}."


def _account(document: Document) -> Iterator[str]:
    terminal, account, funded = document["terminal"], document["account"], document["funded"]
    money = f"balance {account['balance']:,.2f}, equity {account['equity']:,.2f} {terminal['currency']}"
    yield f"{terminal['login']} on {terminal['server']}: {money}"
    if funded["virtual"] and funded["scale"] is not None:
        yield f"A rehearsal: {funded['scale']:.6g} of the program's money stands for 1 of the account's."


def _why(funded: Document) -> Iterator[str]:
    """Yield what decided the light; what lacks for the whole account is said once, not again by each rule."""
    yield from funded["lacking"]
    for why in funded["why"]:
        if why not in funded["lacking"] and not any(why.endswith(f": {one}") for one in funded["lacking"]):
            yield why


def _floors(funded: Document, width: int) -> Iterator[str]:
    """Yield the table of loss rules: two lines for each, the second what would move its floor."""
    known = {one["name"]: one for one in funded["floors"]}
    rules = [one for one in funded["rules"] if one["kind"] == "floor"]
    if not rules:
        yield "Floors: this program has no loss rule"
        return
    rows = [("Floors", "", "floor", "headroom", "after reset", "if it is broken")]
    rows += [_floor_row(rule, known.get(rule["name"])) for rule in rules]
    widths = [max(len(row[place]) for row in rows) for place in range(5)]
    last = sum(widths) + 2 * len(widths)
    for place, row in enumerate(rows):
        rule = rules[place - 1] if place else None
        floor = known.get(rule["name"]) if rule else None
        if rule and floor is None:
            yield f"{row[0]:<{widths[0]}}  {rule['words']}. If it is broken: {row[5]}"
            continue
        cells = [f"{row[at]:<{widths[at]}}" if at < 2 else f"{row[at]:>{widths[at]}}" for at in range(5)]  # noqa: PLR2004 -- words, then numbers
        effect = textwrap.wrap(row[5], max(width - last, 12))
        yield "  ".join((*cells, effect[0]))
        yield from (" " * last + more for more in effect[1:])
        if rule and floor:
            indent = " " * (widths[0] + 2)
            yield indent + floor["moves"]
            if floor["after_told"]:
                other = f"after the reset another reading leaves less: {floor['after_told']}"
                yield from (indent + more for more in textwrap.wrap(other, max(width - len(indent), 12)))


def _floor_row(rule: Document, floor: Document | None) -> tuple[str, str, str, str, str, str]:
    name, effect = _name(rule), EFFECTS[rule["effect"]]
    if floor is None:
        return name, "", "", "", "", effect
    after = "-" if floor["after_reset"] is None else f"{floor['after_reset']:,.2f}"
    light = LIGHTS.get(floor["status"], "")
    light = "?" if floor["status"] == "cannot certify" else light.lower() if light == "GREEN" else light
    return name, light, f"{floor['floor']:,.2f}", f"{floor['headroom']:,.2f}", after, effect


def _name(rule: Document) -> str:
    return str(rule["name"]).replace("_", " ")


def _resets(document: Document, zone: tzinfo | None) -> Iterator[str]:
    """Yield when the firm's day ends: by its own clock, by the user's, and in how long."""
    resets = document["funded"]["resets"]
    if not resets:
        yield "Next reset: not known"
    as_of = datetime.fromisoformat(document["as_of"])
    for one in resets:
        at = datetime.fromisoformat(one["at"])
        clock, _, place = one["cutoff"].partition(" ")
        here = at.astimezone(zone)
        firms = f"{_in(place, at):%a} {clock} in {place}"
        yield f"Next reset in {_long(at - as_of)}: {here:%a %H:%M} your time, {firms}"
    if len(resets) > 1:
        yield "  which of them is the firm's is not certain: the worse counts"


def _in(place: str, at: datetime) -> datetime:
    try:
        return at.astimezone(ZoneInfo(place))
    except (ZoneInfoNotFoundError, ValueError):
        return at


def _long(time: timedelta) -> str:
    hours, minutes = divmod(max(0, round(time.total_seconds() / 60)), 60)
    return f"{hours} h {minutes:02d} min"


def _room(document: Document) -> Iterator[str]:
    """Yield what the tightest of these caps leaves a new order in every symbol."""
    caps = [one for one in document["caps"] if one["scope"] == "account"]
    none = [one for one in caps if one["value"] == 0]
    money = [one for one in caps if one["unit"] == "money"]
    least = min(none or money, key=lambda one: float(one["value"]), default=None)
    if least is None:
        return
    dry = " (dry run)" if least["advisory"] else ""
    if none:
        yield f"No new risk by {least['name']}{dry}. An order that reduces is always allowed."
        return
    currency = document["terminal"]["currency"]
    yield f"A new order may lose {least['value']:,.2f} {currency} at most by {least['name']}{dry}:"
    yield f"  {least['reason']}"


def _rules(rules: Sequence[Document], width: int) -> Iterator[str]:
    """Yield a line for each rule: its light where that is not green, where it stands, what follows."""
    wide = min(max(len(_name(one)) for one in rules), 22)
    for one in rules:
        light = {"amber": "AMBER: ", "red": "RED: "}.get(one["status"] or "", "")
        effect = (
            ""
            if one["effect"] in _GROWS or _RAISED in one["words"]
            else f" (if broken: {EFFECTS[one['effect']]})"
        )
        indent = " " * (wide + 4)
        text = f"  {_name(one):<{wide}}  {light}{one['words']}{effect}"
        yield from textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _doubts(rules: Sequence[Document]) -> Iterator[str]:
    """Yield the readings that are not shown, with what they come to, and what else is not certain."""
    for one in rules:
        if not one["told"].startswith(_PUBLISHED):
            yield f"  {_name(one)}: shown is the worse reading: {one['told']}"
        for other in one["others"]:
            by_day = other.removeprefix(f"{_PUBLISHED}, ")
            known = by_day != other or other.startswith(_PUBLISHED)
            yield f"  {_name(one)}: or, {'' if known else 'if '}{by_day}"
        for doubt in one["doubts"]:
            yield f"  {_name(one)}: {doubt}"


def _local(said: Any, zone: tzinfo | None) -> Any:  # noqa: ANN401 -- a document, or a part of it
    """Put the user's own time behind each instant in UTC that a text names, where it is another."""
    if isinstance(said, dict):
        return {key: _local(one, zone) for key, one in said.items()}
    if isinstance(said, list):
        return [_local(one, zone) for one in said]
    return _UTC.sub(lambda found: _both(found, zone), said) if isinstance(said, str) else said


def _both(found: re.Match[str], zone: tzinfo | None) -> str:
    at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    here = at.astimezone(zone)
    if not here.utcoffset():
        return found[0]
    day = "" if here.date() == at.date() else f"{here:%a} "
    return f"{found[0]} ({day}{here:%H:%M} your time)"


def _wrapped(line: str, width: int) -> list[str]:
    further = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, width, subsequent_indent=further, break_on_hyphens=False) or [""]
