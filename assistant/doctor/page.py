"""The report as a page of text, and as the document doctor/1."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from assistant.core.market import Side
from assistant.doctor.examine import Report
from assistant.doctor.finding import Finding, Status
from assistant.doctor.market import Costs
from assistant.doctor.terminal import UNASKED
from assistant.outputs.fields import Document, instant

_WIDEST = 110  # columns of a line of text
_NAME = 13  # columns of a finding's name
_LEAD = 2 + 4 + 2  # columns before it: a margin, the status, a gap
_UNKNOWN = "?"


class Line(NamedTuple):
    """A line of the page, and the status that colours its beginning."""

    text: str
    status: Status | None = None
    bold: bool = False


def page(report: Report, width: int) -> Iterator[Line]:
    """Yield the lines of a report for a console of so many columns."""
    width = max(40, min(width, _WIDEST))
    paper = "PAPER: " if report.mode == "paper" else ""
    yield Line(f"{paper}doctor, {report.at:%Y-%m-%d %H:%M} UTC", bold=True)
    yield Line(f"home {report.home}")
    for section in report.sections:
        yield Line("")
        yield Line(section.name, bold=True)
        for one in section.findings:
            yield from _finding(one, width)
        if section.name == "Market" and report.costs:
            yield Line("")
            yield from (Line(text) for text in _table(report.costs, report.atr_sessions, width))
    yield Line("")
    yield Line(summary(report), bold=True)


def summary(report: Report) -> str:
    """Return the last line: how many findings there are of each status."""
    mend, know, well = (report.count(one) for one in (Status.FAIL, Status.WARN, Status.OK))
    if not mend and not know:
        return f"All {well} are well."
    last = " What is to know does not stop it." if not mend else ""
    return f"{mend} to mend, {know} to know, {well} well.{last}"


def _finding(one: Finding, width: int) -> Iterator[Line]:
    further = " " * (_LEAD + _NAME + 1)
    lead = f"  {one.status.value:<4}  {one.name:<{_NAME}} "
    for number, text in enumerate(_wrapped(one.text, lead, further, width)):
        yield Line(text, one.status if number == 0 else None)
    if one.mend and one.text != UNASKED:  # which would say the same in each line
        yield from (Line(text) for text in _wrapped(one.mend, f"{further}-> ", f"{further}   ", width))


def _wrapped(text: str, first: str, further: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _table(rows: Sequence[Costs], sessions: int, width: int) -> Iterator[str]:
    """Yield the table of costs: each as a share of one average true range, per cent."""
    names = max(6, *(len(one.symbol) for one in rows))
    broker = max(6, *(len(one.broker_symbol) for one in rows))
    yield f"  Costs in % of one day's range (average true range of {sessions} sessions):"
    yield f"  {'':<{names}}  {'':<{broker}}  {'':>7}  {'commission':>11}  {'a night':>9}  {'a night':>9}"
    head = f"  {'symbol':<{names}}  {'broker':<{broker}}"
    yield f"{head}  {'spread':>7}  {'in and out':>11}  {'long':>9}  {'short':>9}"
    for one in rows:
        yield (
            f"  {one.symbol:<{names}}  {one.broker_symbol:<{broker}}  {_percent(one.spread):>7}  "
            f"{_percent(one.commission) + ('*' if one.commission_least > 0 else ''):>11}  "
            f"{_percent(one.night[Side.BUY]):>9}  {_percent(one.night[Side.SELL]):>9}"
        )
    for note in _notes(rows):
        yield from _wrapped(note, "  ", "    ", width)


def _notes(rows: Sequence[Costs]) -> Iterator[str]:
    """Yield what the signs in the table mean."""
    if any((night or 0.0) < 0 for one in rows for night in one.night.values()):
        yield "below 0: the broker pays that for the night"
    most = max(one.commission_least for one in rows)
    if most > 0:
        yield f"* and at least so much for both orders together, however few the lots: up to {most:.2f}"
    reasons: dict[str, list[str]] = {}
    for one in rows:
        for why in one.unknown:
            reasons.setdefault(why, []).append(one.symbol)
    for why, symbols in reasons.items():
        of = "all" if len(symbols) == len(rows) else ", ".join(symbols)
        yield f"{_UNKNOWN} {of}: {why}"


def _percent(share: float | None) -> str:
    return _UNKNOWN if share is None else f"{100 * share + 0.0:.1f} %"


def document(report: Report) -> Document:
    """Return the document doctor/1."""
    return {
        "schema": "doctor/1",
        "as_of": instant(report.at),
        "mode": report.mode,
        "home": str(report.home),
        "counts": {one.value: report.count(one) for one in Status},
        "sections": [
            {"name": section.name, "findings": [_fields(one) for one in section.findings]}
            for section in report.sections
        ],
        "atr_sessions": report.atr_sessions,
        "costs": [_costs(one) for one in report.costs],
    }


def _fields(one: Finding) -> Document:
    return {"name": one.name, "status": one.status.value, "text": one.text, "mend": one.mend or None}


def _costs(one: Costs) -> Document:
    return {
        "symbol": one.symbol,
        "broker_symbol": one.broker_symbol,
        "atr": one.atr,
        "spread": one.spread,
        "commission": one.commission,
        "commission_least": one.commission_least,
        "night": {side.value: share for side, share in one.night.items()},
        "unknown": list(one.unknown),
    }
