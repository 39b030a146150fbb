"""The scripted trader's moves, in few words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from assistant.terminal.ledger import Entry, Ledger, PaperTrade
from assistant.terminal.profile import Profile, profile


def at(text: str) -> datetime:
    """An instant of December 2018, UTC: "26T15:00"."""
    return datetime.fromisoformat(f"2018-12-{text}").replace(tzinfo=UTC)


def ms(text: str) -> int:
    """UTC epoch ms of such an instant."""
    return round(at(text).timestamp() * 1000)


def with_terms(letter: str, symbol: str, **terms: Any) -> Profile:  # noqa: ANN401 -- fields of several types
    """A broker with other terms in one symbol."""
    base = profile(letter)
    contract = base.contracts[symbol]
    other = replace(contract, terms=replace(contract.terms, **terms))
    return replace(base, contracts=MappingProxyType({**base.contracts, symbol: other}))


# Ten shares a lot, a quarter of the full margin, an account in EUR with credit, leverage 5.
EURO = with_terms("B", "#IWM", contract_size=10.0, margin_rate=0.25)
END = ms("31T00:00")


def buy(
    lots: float,
    opens_at: str,
    closes_at: str | None = None,
    *,
    symbol: str = "IWM",
    stop: float | None = None,
) -> PaperTrade:
    """A trade of some lots of IWM."""
    return PaperTrade(symbol, "buy", lots, at(opens_at), at(closes_at) if closes_at else None, stop)


def sell(lots: float, opens_at: str, *, symbol: str = "IWM", stop: float | None = None) -> PaperTrade:
    """Its opposite, held."""
    return replace(buy(lots, opens_at, symbol=symbol, stop=stop), side="sell")


def netting(*script: Entry) -> Ledger:
    """The netting account: 100 shares a lot, a fifth of the full margin, in USD."""
    return Ledger(profile("C"), script)
