"""A verdict as a JSON document (docs/schema/verdict-1.json)."""

from assistant.core.check import Verdict
from assistant.outputs.state import Document, account_fields, instant, rung_fields, sizing_fields


def verdict_document(verdict: Verdict) -> Document:
    """Return a verdict as a document of schema verdict/1."""
    return {
        "schema": "verdict/1",
        "as_of": instant(verdict.as_of),
        "mode": verdict.mode,
        "terminal": {
            "server": verdict.account.server,
            "login": verdict.account.login,
            "currency": verdict.account.currency,
        },
        "answer": verdict.answer,
        "symbol": verdict.symbol,
        "side": verdict.side,
        "requested": verdict.requested,
        "suggested": verdict.suggested,
        "binding": rung_fields(verdict.binding),
        "would_bind": rung_fields(verdict.would_bind),
        "ladder": [rung_fields(rung) for rung in verdict.ladder],
        "loss_at_stop": verdict.loss_at_stop,
        "worst_case": {"order": verdict.loss_at_stop, "account": verdict.at_risk_after},
        "sizing": sizing_fields(verdict.sizing),
        "account": account_fields(verdict.account),
        "notes": list(verdict.notes),
    }
