"""What a trade earns and what margin it takes, by MetaQuotes' published formulas, in the account's currency.

Formulas: MQL5 Reference, Symbol Properties, ENUM_SYMBOL_CALC_MODE
(https://www.mql5.com/en/docs/constants/environment_state/marketinfoconstants). With S the contract size and
r the margin rate:

    mode                 margin, margin currency                     profit, profit currency
    0  FOREX             lots x S / leverage x r                     (close - open) x S x lots
    2  CFD               lots x S x price x r                        likewise
    3  CFDINDEX          lots x S x price x tick price / tick size x r   likewise
    4  CFDLEVERAGE       lots x S x price / leverage x r             likewise
    32 EXCH_STOCKS       lots x S x last price x r                   likewise

The published profit of mode 3 has no tick price in it, so a tick of a lot is worth S x tick size there, too;
only its margin knows the tick price that the broker has set. A CFD feed has no last price, so mode 32 takes
the order's.

Another currency is converted by the broker's own cross: a gain at the price at which it can be turned into
the account's currency, a loss at the price at which it must be bought, which is the dearer (MetaTrader 5
Help, "Margin Calculation": a bought position's margin at the ask of the margin currency, a sold one's at
the bid).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from assistant.terminal.constants import (
    SYMBOL_CALC_MODE_CFD,
    SYMBOL_CALC_MODE_CFDINDEX,
    SYMBOL_CALC_MODE_CFDLEVERAGE,
    SYMBOL_CALC_MODE_EXCH_STOCKS,
    SYMBOL_CALC_MODE_FOREX,
)
from assistant.terminal.feeds import feed

if TYPE_CHECKING:
    from assistant.terminal.profile import Contract, Profile
    from assistant.terminal.ticks import Quote

Side = Literal["buy", "sell"]

CURRENCY_DIGITS = 2  # of money in the account's currency


class Rates(NamedTuple):
    """What one unit of another currency is worth in the account's currency."""

    gain: float  # when it is received
    loss: float  # when it is owed; not below `gain`

    def convert(self, money: float) -> float:
        """Return money of the other currency in the account's: what is owed at `loss`, the rest at `gain`."""
        return money * (self.gain if money > 0 else self.loss)


SAME = Rates(1.0, 1.0)


def direct(cross: Quote) -> Rates:
    """Return the rates of the base currency of a cross in its profit currency."""
    return Rates(cross.bid, cross.ask)


def inverse(cross: Quote) -> Rates:
    """Return the rates of the profit currency of a cross in its base currency."""
    return Rates(1 / cross.ask, 1 / cross.bid)


def rates(profile: Profile, currency: str, at_ms: int) -> Rates | None:
    """Return the rates of a currency at an instant (UTC epoch ms); None when the broker quotes no cross."""
    account = profile.account.currency
    if currency == account:
        return SAME
    for contract in profile.contracts.values():
        if contract.terms.mode == SYMBOL_CALC_MODE_FOREX:
            pair = contract.base, contract.profit
            if pair == (currency, account):
                return direct(feed(contract).quote(at_ms))
            if pair == (account, currency):
                return inverse(feed(contract).quote(at_ms))
    return None


def earned(contract: Contract, side: Side, lots: float, price_open: float, price_close: float) -> float:
    """Return the result of `lots` from one price to another in the profit currency, not rounded."""
    move = price_close - price_open if side == "buy" else price_open - price_close
    return move * contract.terms.contract_size * lots


def money(amount: float) -> float:
    """Return an amount of the account's currency, rounded to its digits."""
    return round(amount, CURRENCY_DIGITS)


def profit(
    profile: Profile,
    contract: Contract,
    side: Side,
    lots: float,
    price_open: float,
    price_close: float,
    at_ms: int,  # UTC epoch ms; the instant of the conversion
) -> float | None:
    """Return the result of a trade, account currency, rounded to its digits, without costs.

    None when the broker quotes no cross of the profit currency.
    """
    rate = rates(profile, contract.profit, at_ms)
    if rate is None:
        return None
    return money(rate.convert(earned(contract, side, lots, price_open, price_close)))


def margin(
    profile: Profile,
    contract: Contract,
    side: Side,
    lots: float,
    price: float,
    at_ms: int,  # UTC epoch ms; the instant of the conversion
) -> float | None:
    """Return the margin of an order at a price, account currency, rounded to its digits.

    None when the broker quotes no cross of the margin currency; ValueError for a mode without a formula.
    """
    rate = rates(profile, contract.margin, at_ms)
    if rate is None:
        return None
    full = lots * contract.terms.contract_size * _full_margin(contract, profile.account.leverage, price)
    return money(full * contract.terms.margin_rate * (rate.loss if side == "buy" else rate.gain))


def _full_margin(contract: Contract, leverage: int, price: float) -> float:
    """Return the published formula without lots, contract size and margin rate."""
    terms = contract.terms
    if terms.mode == SYMBOL_CALC_MODE_FOREX:
        return 1 / leverage
    if terms.mode == SYMBOL_CALC_MODE_CFDINDEX:
        return price * (terms.tick_price or terms.point) / terms.point
    if terms.mode == SYMBOL_CALC_MODE_CFDLEVERAGE:
        return price / leverage
    if terms.mode in {SYMBOL_CALC_MODE_CFD, SYMBOL_CALC_MODE_EXCH_STOCKS}:
        return price
    raise ValueError(f"trade_calc_mode of {contract.name} was {terms.mode}, for which there is no formula")


def tick_values(profile: Profile, contract: Contract, at_ms: int) -> tuple[float, float, float]:
    """Return trade_tick_value, trade_tick_value_profit and trade_tick_value_loss of a symbol.

    Account currency for one tick of one lot, not rounded; the first is the second, as in the terminal. All
    are 0 when the broker quotes no cross of the profit currency.
    """
    rate = rates(profile, contract.profit, at_ms)
    if rate is None:
        return 0.0, 0.0, 0.0
    tick = contract.terms.contract_size * contract.terms.point
    return tick * rate.gain, tick * rate.gain, tick * rate.loss
