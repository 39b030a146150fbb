"""What the scripted trader does: trades, part closes, pending orders and operations with money, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from assistant.terminal.calculation import Side
from assistant.terminal.recording import rows

if TYPE_CHECKING:
    from collections.abc import Mapping

SIDES: tuple[Side, Side] = ("buy", "sell")

PendingKind = Literal["buy_limit", "sell_limit", "buy_stop", "sell_stop"]
PENDING: tuple[PendingKind, ...] = ("buy_limit", "sell_limit", "buy_stop", "sell_stop")

OperationKind = Literal["balance", "credit"]
OPERATIONS: tuple[OperationKind, ...] = ("balance", "credit")


@dataclass(frozen=True, slots=True)
class PaperTrade:
    """One trade of the script, at the market.

    On a hedging account it is a position of its own. On a netting account it changes the one position of
    its symbol; `closes_at` is there an opposite order for the trade's lots, or for what is left if that is
    less, and nothing when no position stands on the trade's side.
    """

    symbol: str  # the broker's name, or the recorded one, such as "IWM"
    side: Side
    lots: float
    opens_at: datetime  # aware instant at which the symbol is quoted
    closes_at: datetime | None = None  # likewise; None: held
    stop: float | None = None  # price; None: no stop

    @property
    def begins_at(self) -> datetime:
        """The instant at which it begins."""
        return self.opens_at


@dataclass(frozen=True, slots=True)
class PaperReduction:
    """Some lots of the oldest position in a symbol closed at the market; the rest stays as it is."""

    symbol: str  # the broker's name, or the recorded one, such as "IWM"
    lots: float  # at most those of the position
    at: datetime  # aware instant at which the symbol is quoted

    @property
    def begins_at(self) -> datetime:
        """The instant at which it happens."""
        return self.at


@dataclass(frozen=True, slots=True)
class PaperStop:
    """The stop of the oldest position in a symbol put elsewhere, or taken away."""

    symbol: str  # the broker's name, or the recorded one, such as "IWM"
    stop: float | None  # price; None: no stop any more
    at: datetime  # aware instant at which the symbol is quoted

    @property
    def begins_at(self) -> datetime:
        """The instant at which it happens."""
        return self.at


@dataclass(frozen=True, slots=True)
class PaperOrder:
    """One pending order of the script: filled at the first later tick that reaches its price."""

    symbol: str  # the broker's name, or the recorded one, such as "IWM"
    kind: PendingKind
    lots: float
    price: float
    placed_at: datetime  # aware instant at which the symbol is quoted
    cancelled_at: datetime | None = None  # aware instant; None: stays until it is filled
    stop: float | None = None  # of the position it opens; price

    @property
    def side(self) -> Side:
        """The side of the position it opens."""
        return "buy" if self.kind in {"buy_limit", "buy_stop"} else "sell"

    @property
    def begins_at(self) -> datetime:
        """The instant at which it begins."""
        return self.placed_at


@dataclass(frozen=True, slots=True)
class PaperOperation:
    """Money put into the account or taken out of it."""

    kind: OperationKind
    amount: float  # account currency; negative: taken out
    at: datetime  # aware instant
    comment: str = ""

    @property
    def begins_at(self) -> datetime:
        """The instant at which it happens."""
        return self.at


Entry = PaperTrade | PaperReduction | PaperStop | PaperOrder | PaperOperation


def epoch_ms(instant: datetime) -> int:
    """Return UTC epoch ms of an aware instant; ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"an instant of the script must be aware, was {instant.isoformat()}")
    return round(instant.timestamp() * 1000)


def packaged_script(letter: str, *names: str) -> tuple[Entry, ...]:
    """Return the packaged script of a profile in the file's order: assistant/data/trader.csv.

    `names` are files of that folder in the same columns, whose entries come after it.
    """
    found = (row for name in ("trader.csv", *names) for row in rows(name))
    return tuple(entry(row) for row in found if row["profile"] == letter)


def entry(row: Mapping[str, str]) -> Entry:
    """Return the entry of a row in the columns of assistant/data/trader.csv."""
    starts_at = datetime.fromisoformat(row["opens_at"])
    ends_at = datetime.fromisoformat(row["closes_at"]) if row["closes_at"] else None
    stop, what = float(row["stop"]) if row["stop"] else None, row["side"]
    for operation in OPERATIONS:
        if what == operation:
            return PaperOperation(operation, float(row["money"]), starts_at)
    if what == "reduce":
        return PaperReduction(row["symbol"], float(row["lots"]), starts_at)
    if what == "stop":
        return PaperStop(row["symbol"], stop, starts_at)
    for kind in PENDING:
        if what == kind:
            price = float(row["price"])
            return PaperOrder(row["symbol"], kind, float(row["lots"]), price, starts_at, ends_at, stop)
    side = SIDES[SIDES.index(what)]
    return PaperTrade(row["symbol"], side, float(row["lots"]), starts_at, ends_at, stop)
