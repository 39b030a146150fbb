"""The MetaTrader5 package's struct types: tuples whose fields also have names.

The real ones are CPython struct sequences, not named tuples: they are made from one sequence, read by
index or by attribute, have `n_fields` and `_asdict()`, and have neither `_fields` nor `_replace`. Field
order is that of the package (5.0.6231). Every field is a plain int, float, bool or str. Those of its types
that only its sending functions take or return are not here.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class Struct(tuple[Any, ...]):
    """What all struct types share; never made itself."""

    __slots__ = ()

    if TYPE_CHECKING:
        n_fields: int  # how many fields there are

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the fields differ in type
            """Return the field of that name (AttributeError when there is none)."""

    def _asdict(self) -> dict[str, Any]:
        """Return the fields by name, in the package's order."""
        raise NotImplementedError


def fields(struct: type[Struct]) -> tuple[str, ...]:
    """Return the names of a struct type's fields, in order."""
    return tuple(name for name, member in vars(struct).items() if isinstance(member, property))


def changed(struct: Struct, **values: object) -> Struct:
    """Return a struct with other values in some of its fields; no part of MetaTrader5."""
    return type(struct)((struct._asdict() | values).values())


def _struct(name: str, doc: str, names: str) -> type[Struct]:
    """Make the struct type `name` with the blank-separated fields `names`."""
    order = tuple(names.split())
    length = len(order)

    def new(cls: type[Struct], values: Iterable[Any]) -> Struct:
        self = tuple.__new__(cls, values)
        if len(self) != length:
            raise TypeError(f"{name}() takes a {length}-sequence ({len(self)}-sequence given)")
        return self

    def as_dict(self: Struct) -> dict[str, Any]:
        return dict(zip(order, self, strict=True))

    def represent(self: Struct) -> str:
        return f"{name}({', '.join(f'{field}={value!r}' for field, value in zip(order, self, strict=True))})"

    members: dict[str, Any] = {field: property(itemgetter(index)) for index, field in enumerate(order)}
    members |= {"__slots__": (), "__doc__": doc, "__module__": __name__}
    members |= {"n_fields": length, "n_sequence_fields": length, "n_unnamed_fields": 0}
    members |= {"__new__": new, "__repr__": represent, "_asdict": as_dict}
    return type(name, (Struct,), members)


AccountInfo = _struct(
    "AccountInfo",
    "The account; money in the account currency, margin_level and margin_so_* in percent.",
    """
    login trade_mode leverage limit_orders margin_so_mode trade_allowed trade_expert margin_mode
    currency_digits fifo_close balance credit profit equity margin margin_free margin_level
    margin_so_call margin_so_so margin_initial margin_maintenance assets liabilities commission_blocked
    name server currency company
    """,
)

TerminalInfo = _struct(
    "TerminalInfo",
    "The terminal itself; ping_last in microseconds, the paths are folders.",
    """
    community_account community_connection connected dlls_allowed trade_allowed tradeapi_disabled
    email_enabled ftp_enabled notifications_enabled mqid build maxbars codepage ping_last
    community_balance retransmission company name language path data_path commondata_path
    """,
)

SymbolInfo = _struct(
    "SymbolInfo",
    "One symbol: contract terms and last quote; `time` is the server's wall clock as epoch seconds.",
    """
    custom chart_mode select visible session_deals session_buy_orders session_sell_orders volume
    volumehigh volumelow time digits spread spread_float ticks_bookdepth trade_calc_mode trade_mode
    start_time expiration_time trade_stops_level trade_freeze_level trade_exemode swap_mode
    swap_rollover3days margin_hedged_use_leg expiration_mode filling_mode order_mode order_gtc_mode
    option_mode option_right bid bidhigh bidlow ask askhigh asklow last lasthigh lastlow volume_real
    volumehigh_real volumelow_real option_strike point trade_tick_value trade_tick_value_profit
    trade_tick_value_loss trade_tick_size trade_contract_size trade_accrued_interest trade_face_value
    trade_liquidity_rate volume_min volume_max volume_step volume_limit swap_long swap_short
    margin_initial margin_maintenance session_volume session_turnover session_interest
    session_buy_orders_volume session_sell_orders_volume session_open session_close session_aw
    session_price_settlement session_price_limit_min session_price_limit_max margin_hedged price_change
    price_volatility price_theoretical price_greeks_delta price_greeks_theta price_greeks_gamma
    price_greeks_vega price_greeks_rho price_greeks_omega price_sensitivity basis category currency_base
    currency_profit currency_margin bank description exchange formula isin name page path
    """,
)

Tick = _struct(
    "Tick",
    "One quote; `time` (s) and `time_msc` (ms) are the server's wall clock written as an epoch number.",
    """
    time bid ask last volume time_msc flags volume_real
    """,
)

TradePosition = _struct(
    "TradePosition",
    "One open position; volume in lots, profit in the account currency, times as in Tick.",
    """
    ticket time time_msc time_update time_update_msc type magic identifier reason volume price_open sl
    tp price_current swap profit symbol comment external_id
    """,
)

TradeOrder = _struct(
    "TradeOrder",
    "One pending order; volumes in lots, times as in Tick.",
    """
    ticket time_setup time_setup_msc time_done time_done_msc time_expiration type type_time type_filling
    state magic position_id position_by_id reason volume_initial volume_current price_open sl tp
    price_current price_stoplimit symbol comment external_id
    """,
)

TradeDeal = _struct(
    "TradeDeal",
    "One entry of the account's history; volume in lots, money in the account currency, times as in Tick.",
    """
    ticket order time time_msc type entry magic position_id reason volume price commission swap profit
    fee symbol comment external_id
    """,
)

BookInfo = _struct(
    "BookInfo",
    "One entry of a depth of market; type is BOOK_TYPE_*, volume_dbl the volume with its fraction.",
    """
    type price volume volume_dbl
    """,
)
