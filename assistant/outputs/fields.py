"""The parts that an advice and a verdict have in common, as their documents have them.

The documents are interfaces (docs/schema): instants are ISO 8601 in UTC, money is in account currency, a fact
that could not be read is null.
"""

import json
from datetime import UTC, date, datetime
from typing import Any

from assistant.core.caps import Rung
from assistant.core.market import Account, Unknown
from assistant.core.sizing import Sizing

Document = dict[str, Any]
_LONGEST = 5000  # characters of a text; to wrap 50000 blanks for a screen takes seconds


def one_line(document: Document) -> str:
    """Write a document on one line, as it is printed."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def check_texts(document: Document) -> None:
    """Raise ValueError where a document, which may come from anywhere, has a text too long for a screen."""
    nodes: list[object] = [document]
    while nodes:
        node = nodes.pop()
        if isinstance(node, str) and len(node) > _LONGEST:
            raise ValueError(f"a text has {len(node)} characters")
        nodes += node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def instant(value: date | None) -> str | None:
    """Write an instant in UTC with Z, a session as a date."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if value else None


def account_fields(account: Account) -> Document:
    """Return an account as a document has it."""
    return {
        "balance": account.balance,
        "equity": account.equity,
        "credit": account.credit,
        "margin": account.margin,
        "free_margin": account.free_margin,
        "stop_out": {"value": account.stop_out.value, "in_money": account.stop_out.in_money},
        "risk_base": account.risk_base,
        "margin_mode": "hedging" if account.hedging else "netting",
    }


def rung_fields(rung: Rung | None) -> Document | None:
    """Return a rung as a document has it."""
    if rung is None:
        return None
    return {"name": rung.name, "lots": rung.lots, "reason": rung.reason, "advisory": rung.advisory}


def sizing_fields(sizing: Sizing | Unknown) -> Document | None:
    """Return sizing facts as a document has them; None: a fact is missing."""
    if isinstance(sizing, Unknown):
        return None
    return {
        "entry": sizing.entry,
        "exit": sizing.exit,
        "loss_per_unit": sizing.loss_per_unit,
        "cost_per_lot": sizing.cost_per_lot,
        "cost_per_order": sizing.cost_per_order,
        "gap": sizing.gap,
        "floor_loss_per_lot": sizing.floor_loss_per_lot,
        "margin_per_lot": sizing.margin_per_lot,
        "volume_min": sizing.volume_min,
        "volume_step": sizing.volume_step,
        "volume_max": sizing.volume_max,
        "min_stop": sizing.min_stop,
        "default_stop": sizing.default_stop,
    }
