"""Fills of one symbol, by minutes after an open."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from assistant.core.market import Deal

XLU = "#XLU"


def fill(
    opened: datetime,
    ticket: int,
    minute: float,
    order: str,
    position: int,
    lots: float,
    price: float,
    **more: float,
) -> Deal:
    """A fill of XLU so many minutes after `opened`; `order` is its kind and entry: "buy in"."""
    kind, entry = order.split()
    money: dict[str, Any] = {"profit": 0.0, "commission": 0.0, "swap": 0.0, "fee": 0.0} | more
    return Deal(
        ticket=ticket,
        at=opened + timedelta(minutes=minute),
        kind=kind,
        entry=entry,
        position=position,
        broker_symbol=XLU,
        lots=lots,
        price=price,
        **money,
    )
