"""Contracts that are others than they were: no lots until the trader has confirmed what a lot is now.

A symbol counts by our name, whatever the broker calls it. What is seen for the first time needs no
confirmation.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import isclose
from operator import attrgetter
from typing import NamedTuple

from assistant.core.caps import Cap, Kind, Unit
from assistant.core.market import ContractFacts, Instrument, PerLot, Quote, Side, Unknown

CONTRACT = "contract"
APART = 1.5  # times; a margin that is further from what was confirmed is another one
_EXACT = {  # each fact that must be the same, as it is told
    "size": "contract size",
    "tick_size": "tick size",
    "profit_currency": "profit currency",
    "volume_min": "smallest volume",
    "volume_step": "volume step",
    "digits": "digits",
}
_FACTS = attrgetter(*_EXACT)
Quotes = Mapping[str, Quote | Unknown]  # by our symbol
Facts = Mapping[str, ContractFacts]  # likewise


class Changed(NamedTuple):
    """A symbol whose contract waits to be confirmed."""

    symbol: str  # ours
    was: ContractFacts
    now: ContractFacts

    @property
    def told(self) -> str:
        """What was, and what is now."""
        return "; ".join(_differences(self.was, self.now))


def facts_of(instrument: Instrument, quote: Quote | Unknown) -> ContractFacts | None:
    """Return what a lot of a symbol is now; None where the broker's numbers are no contract."""
    contract, per_lot = instrument.contract, instrument.per_lot[Side.BUY]
    if isinstance(contract, Unknown):
        return None
    margin = None
    if isinstance(per_lot, PerLot) and isinstance(quote, Quote):
        share = per_lot.margin / (per_lot.loss_per_unit * quote.ask)
        margin = share, share
    return ContractFacts(
        size=contract.size,
        tick_size=contract.tick_size,
        profit_currency=contract.profit_currency,
        volume_min=instrument.volume_min,
        volume_step=instrument.volume_step,
        digits=instrument.digits,
        margin=margin,
    )


def present(instruments: Iterable[Instrument], quotes: Quotes) -> dict[str, ContractFacts]:
    """Return what a lot of each symbol is now, as far as that is known."""
    found = {one.symbol: facts_of(one, quotes[one.symbol]) for one in instruments}
    return {symbol: facts for symbol, facts in found.items() if facts is not None}


def changed(confirmed: Facts, now: Facts) -> list[Changed]:
    """Return the symbols whose contract is another than was confirmed."""
    both = [Changed(symbol, confirmed[symbol], facts) for symbol, facts in now.items() if symbol in confirmed]
    return [one for one in both if one.told]


def contract_caps(
    instruments: Iterable[Instrument], quotes: Quotes, confirmed: Facts | Unknown
) -> Iterator[Cap]:
    """Yield 0 lots for each symbol that waits, and for all of them where nobody knows what was confirmed."""
    if isinstance(confirmed, Unknown):
        yield _no_lots(f"{confirmed.reason}: assistant confirm all")
        return
    for one in changed(confirmed, present(instruments, quotes)):
        cap = _no_lots(f"{one.told}: assistant confirm {one.symbol}")
        yield replace(cap, scope=one.symbol)


def seen(confirmed: Facts, now: Facts) -> dict[str, ContractFacts]:
    """Return what counts as confirmed once `now` was seen: symbols and margins of a first sight are added."""
    waits = {one.symbol for one in changed(confirmed, now)}
    first = {
        symbol: confirm(confirmed.get(symbol), facts)
        for symbol, facts in now.items()
        if symbol not in waits and (symbol not in confirmed or confirmed[symbol].margin is None)
    }
    return {**confirmed, **first}


def confirm(was: ContractFacts | None, now: ContractFacts) -> ContractFacts:
    """Return what is confirmed by saying yes to `now`.

    A margin that comes and goes, over night for example, is confirmed once: the span of all that was
    confirmed for the same contract counts.
    """
    if was is None or was.margin is None or _exact(was, now):
        return now
    if now.margin is None:
        return was
    least, most = min(was.margin[0], now.margin[0]), max(was.margin[1], now.margin[1])
    return replace(now, margin=(least, most))


def _differences(was: ContractFacts, now: ContractFacts) -> list[str]:
    """Say what is another: what was, and what is now."""
    told = _exact(was, now)
    if was.margin is not None and now.margin is not None:
        least, most = was.margin[0] / APART, was.margin[1] * APART
        if not (least <= now.margin[0] and now.margin[1] <= most):
            told.append(f"margin was {_share(was.margin)}, is {_share(now.margin)} of the notional")
    return told


def _exact(was: ContractFacts, now: ContractFacts) -> list[str]:
    """Say which of the facts that must be the same are not."""
    if _FACTS(was) == _FACTS(now):
        return []
    pairs = [(told, getattr(was, name), getattr(now, name)) for name, told in _EXACT.items()]
    return [f"{told} was {_text(old)}, is {_text(new)}" for told, old, new in pairs if not _same(old, new)]


def _same(old: str | float, new: str | float) -> bool:
    """Whether two readings are of one fact; a number may come by way of a text, with its last digit lost."""
    if isinstance(old, str) or isinstance(new, str):
        return old == new
    return isclose(old, new)


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def _share(margin: tuple[float, float]) -> str:
    """Write a margin in percent, or the span of two."""
    least, most = (f"{100 * one:.3g} %" for one in margin)
    return least if least == most else f"{least} to {most}"


def _no_lots(reason: str) -> Cap:
    return Cap(CONTRACT, 0.0, Unit.LOTS, Kind.CONDITION, reason)
