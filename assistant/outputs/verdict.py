"""A verdict as a JSON document (docs/schema/verdict-1.json), and as lines of text."""

from assistant.core.check import Verdict
from assistant.outputs.fields import Document, account_fields, instant, rung_fields, sizing_fields
from assistant.outputs.wording import clock, cut, full, ladder_rows


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
        "worst_case": {"order": verdict.worst, "account": verdict.at_risk_after},
        "margin": verdict.margin,
        "sizing": sizing_fields(verdict.sizing),
        "account": account_fields(verdict.account),
        "notes": list(verdict.notes),
    }


def verdict_lines(document: Document) -> list[str]:
    """Return a verdict as lines of text, the answer first."""
    answer, binding = document["answer"], document["binding"]
    head = f"{answer.upper()}: {document['side']} {document['symbol']} {full(document['suggested'])} lots"
    if document["suggested"] != document["requested"]:
        head += f" of {full(document['requested'])}"
    mode = "" if document["mode"] == "live" else f"{document['mode'].upper()} "
    lines = [f"{mode}{head}; at most {cut(binding['lots'])} by {binding['name']}: {binding['reason']}"]
    if document["would_bind"]:
        lines.append(f"would bind (dry run): {document['would_bind']['name']}")
    lines += document["notes"]
    lines += [
        f"{'*' if binds else ' '} {name:<14}{lots:>10} lots  {reason}"
        for name, lots, reason, binds in ladder_rows(document["ladder"], binding)
    ]
    terminal = document["terminal"]
    currency = terminal["currency"]
    if document["loss_at_stop"] is not None:
        lines.append(
            f"loss at the stop {document['loss_at_stop']:.2f} {currency}, {_worst(document, currency)}"
        )
    facts = f"{clock(document['as_of'])} UTC from {terminal['server']}, login {terminal['login']}"
    lines.append(f"facts as of {facts}")
    return lines


def _worst(document: Document, currency: str) -> str:
    account = document["worst_case"]["account"]
    if account is None:
        return "worst case of the account not known: a price or fact of something open is missing"
    return f"worst case of everything open with it {account:.2f} {currency}"
