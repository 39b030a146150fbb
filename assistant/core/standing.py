"""From an advice to what a check reads: apart from `core/check`, which a state file can ask without this.

A check from the state file starts in a moment because it need not load what makes an advice.
"""

from assistant.core.advice import Advice
from assistant.core.check import Standing, Ticket, Tradable
from assistant.core.symbol_advice import SymbolAdvice


def standing(advice: Advice) -> Standing:
    """Return the part of an advice that a check reads."""
    return Standing(
        as_of=advice.as_of,
        mode=advice.mode,
        account=advice.account,
        nets=advice.nets,
        at_risk=advice.at_risk,
        caps=advice.caps,
        symbols=tuple(_tradable(symbol) for symbol in advice.symbols),
        positions=tuple(
            Ticket(one.ticket, one.broker_symbol, one.side, one.lots, one.price, one.stop)
            for one in advice.positions
        ),
        orders=tuple(
            Ticket(one.ticket, one.broker_symbol, one.side, one.lots, one.price, one.stop)
            for one in advice.orders
        ),
    )


def _tradable(symbol: SymbolAdvice) -> Tradable:
    instrument = symbol.instrument
    return Tradable(
        symbol=instrument.symbol,
        broker_symbol=instrument.broker_symbol,
        role=instrument.role,
        digits=instrument.digits,
        sizing={side: advice.sizing for side, advice in symbol.sides.items()},
    )
