"""A review as a JSON document (docs/schema/review-1.json), and its trades and advices as CSV files.

Every field of the review is in the document under its own name. A timeline is a list of pairs: the instant
from which on it holds, and what holds.
"""

import csv
import io
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cache
from math import isfinite
from typing import Any, cast

from assistant.core.judged import Judged
from assistant.core.logbook import Lots, Share
from assistant.core.market import Deal, Side
from assistant.core.review import Review
from assistant.core.series import Series
from assistant.core.trades import Trade
from assistant.outputs.fields import Document, instant

TRADES = (  # the columns of <SESSION>_trades.csv (docs/review.md)
    *("position", "symbol", "broker_symbol", "side", "opened_at", "closed_at", "lots", "left"),
    *("entry", "exit", "first_stop", "advised", "cap", "why", "over", "checked", "planned", "at_stop"),
    *("stops_widened", "stop_removed", "profit", "costs", "swap", "result", "r", "result_r", "over_cost"),
    *("slippage", "spread", "only_reduced", "opened_now", "unmatched", "remarks"),
)
_MONEY = ("planned", "at_stop", "profit", "costs", "swap", "result", "r", "over_cost", "slippage", "spread")
_PLACES = {**dict.fromkeys(_MONEY, 2), "result_r": 4}  # decimals at most; money as the account has it
ADVICES = ("instant", "symbol", "side", "lots", "cap", "share", "share_cap")  # of <SESSION>_advices.csv
FORMULA = ("=", "+", "-", "@")  # what a spreadsheet reads as more than a text


def review_document(review: Review) -> Document:
    """Return a review as a document of schema review/1."""
    return {"schema": "review/1", **plain(review)}


def series_document(series: Series) -> Document:
    """Return a week or a month as a document of schema series/1."""
    return {"schema": "series/1", **plain(series)}


def plain(fact: object) -> Any:  # noqa: ANN401 -- as JSON has it
    """Return a fact as JSON has it; a number that is none is null."""
    if isinstance(fact, float) and not isfinite(fact):
        return None
    if fact is None or isinstance(fact, (bool, int, float)):
        return fact
    if isinstance(fact, date):
        return instant(fact)
    if isinstance(fact, dict):
        return {str(key): plain(one) for key, one in fact.items()}
    if isinstance(fact, tuple):
        return [plain(one) for one in fact]
    return (
        {name: plain(getattr(fact, name)) for name in _names(cast(Hashable, type(fact)))}
        if is_dataclass(fact)
        else str(fact)
    )


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return what a fact is told by: its fields, and what follows from them alone."""
    names = [one.name for one in fields(kind)]
    if kind is Deal:
        names.remove("comment")  # whatever a broker or an expert wrote there
    return (*names, *{Trade: ("result",), Judged: ("within",)}.get(kind, ()))


# --- CSV: instants in UTC, plain decimals, an empty cell where a fact is not known ---


def trades_csv(review: Review) -> str:
    """Return the trades as CSV, one a row, in the order they were opened."""
    return _csv(TRADES, (_trade(one) for one in review.trades))


def advices_csv(review: Review) -> str:
    """Return the advices as CSV: a row for each change of the lots, cap or share of a side."""
    return _csv(ADVICES, _advices(review))


def _trade(judged: Judged) -> list[object]:
    trade = judged.trade
    first = next((stop for _, stop in trade.stops if stop is not None), None)
    known = {
        "symbol": judged.symbol,
        "first_stop": first,
        "checked": "unchecked" if judged.checked is None else judged.checked.answer,
        "stops_widened": len(judged.widened),
        "stop_removed": judged.removed,
        "only_reduced": judged.reduced,
        "remarks": "; ".join(judged.remarks),
    }
    cells = (
        known[name] if name in known else getattr(judged if hasattr(judged, name) else trade, name)
        for name in TRADES
    )
    return [
        round(one, _PLACES[name]) if isinstance(one, float) and name in _PLACES else one
        for name, one in zip(TRADES, cells, strict=True)
    ]


def _advices(review: Review) -> Iterator[list[object]]:
    """Yield the rows, oldest first; the share and its cap stand beside what they held for."""
    changes: list[tuple[datetime, str, Any]] = [(at, "", share) for at, share in review.shares]
    for symbol, line in review.lots.items():
        changes += [(at, symbol, sides) for at, sides in line]
    changes.sort(key=lambda one: one[:2])  # a share before the lots of its instant
    share: Share | None = None
    now: dict[str, dict[Side, Lots]] = {}
    told: dict[tuple[str, Side], list[object]] = {}
    for place, (at, symbol, fact) in enumerate(changes):
        if symbol:
            now[symbol] = fact
        else:
            share = fact
        if place + 1 < len(changes) and changes[place + 1][0] == at:
            continue
        for name, sides in now.items():
            for side, lots in sides.items():
                row: list[object] = [
                    name,
                    side,
                    lots.lots,
                    lots.cap,
                    share and share.value,
                    share and share.cap,
                ]
                if told.get((name, side)) != row:
                    told[name, side] = row
                    yield [at, *row]


def _csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(one) for one in row] for row in rows)
    return written.getvalue()


def _cell(fact: object) -> str:
    """Write one cell; a text that a spreadsheet would compute gets an apostrophe in front."""
    if fact is None:
        return ""
    if isinstance(fact, bool):
        return "yes" if fact else "no"
    if isinstance(fact, float):
        return _decimal(fact)
    if isinstance(fact, date):
        return instant(fact) or ""
    text = " ".join(str(fact).split("\r"))
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _decimal(number: float) -> str:
    """Write a number without an exponent, to ten places at most."""
    if not isfinite(number):
        return ""
    text = f"{number:.10f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
