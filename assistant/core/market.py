"""Facts as they were read: quotes, bars, instruments, the account, what is open.

Prices are in the instrument's quote currency, money is in the account currency, volume is in lots,
instants are timezone-aware UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

LEAST_PRICE, MOST_PRICE = 1e-6, 1e9  # price; what lies beyond is none, and is refused before it comes here


class Side(StrEnum):
    """The side of an order or a position."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        """+1 for buy, -1 for sell."""
        return 1 if self is Side.BUY else -1


class Role(StrEnum):
    """What a long position in a symbol says about risk appetite."""

    RISK_ON = "risk_on"
    DEFENSIVE = "defensive"
    NEUTRAL = "neutral"


class TradeMode(StrEnum):
    """Which orders the broker takes in a symbol (SYMBOL_TRADE_MODE_* of MetaTrader 5)."""

    DISABLED = "disabled"
    LONG_ONLY = "long only"
    SHORT_ONLY = "short only"
    CLOSE_ONLY = "close only"
    FULL = "full"

    def opens(self, side: Side) -> bool:
        """Whether an order that opens exposure on this side is taken."""
        allowed = {TradeMode.LONG_ONLY: Side.BUY, TradeMode.SHORT_ONLY: Side.SELL}
        return self is TradeMode.FULL or allowed.get(self) is side


class SessionState(StrEnum):
    """Where the exchange's clock stands."""

    PRE = "pre"
    OPEN = "open"
    EDGE = "edge"  # open, in the first 5 or the last 15 minutes
    CLOSED = "closed"
    HOLIDAY = "holiday"
    HALTED = "halted"  # a session is listed, and no symbol has had a tick for 10 minutes

    @property
    def in_session(self) -> bool:
        """Whether the instant lies in a listed session."""
        return self in (SessionState.OPEN, SessionState.EDGE, SessionState.HALTED)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be read; it stands where the fact would stand."""

    reason: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The last tick of a symbol."""

    bid: float  # price
    ask: float  # price
    at: datetime  # UTC, when the broker stamped it

    @property
    def mid(self) -> float:
        """The middle of bid and ask (price)."""
        return (self.bid + self.ask) / 2

    def entry(self, side: Side) -> float:
        """The price at which a market order of this side would open."""
        return self.ask if side is Side.BUY else self.bid


@dataclass(frozen=True, slots=True)
class Bar:
    """One finished session of a symbol, from bid prices."""

    session: date  # trading date of the exchange
    open: float  # price
    high: float  # price
    low: float  # price
    close: float  # price


@dataclass(frozen=True, slots=True)
class PerLot:
    """What one lot costs, as the terminal itself computed it."""

    loss_per_unit: float  # account currency lost per 1.0 of price against the side
    margin: float  # account currency


@dataclass(frozen=True, slots=True)
class Contract:
    """The broker's conversion facts of one lot."""

    size: float  # units of the underlying
    profit_currency: str  # in which price and profit are
    tick_size: float  # price
    tick_value: float  # account currency lost per lot and tick
    night: Mapping[Side, float | Unknown]  # account currency per lot and night; a charge is positive
    hedged_by_leg: bool  # opposite lots take the margin of the larger leg; False: less than that


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """What decides what a lot of a symbol is, as it is now, or as it was confirmed."""

    size: float  # units of the underlying
    tick_size: float  # price
    profit_currency: str
    volume_min: float  # lots
    volume_step: float  # lots
    digits: int  # decimals of a price
    margin: tuple[float, float] | None  # share of the notional, the least and the most; None: not known


@dataclass(frozen=True, slots=True)
class Instrument:
    """A symbol as this broker offers it."""

    symbol: str  # our name: IWM
    broker_symbol: str  # the broker's: IWM.US
    role: Role
    digits: int  # decimals of a price
    stops_level: float  # price; the broker takes no stop nearer than this
    volume_min: float  # lots
    volume_step: float  # lots
    volume_max: float  # lots
    volume_limit: float | None  # lots open and pending in one direction; None: the broker sets no limit
    trade_mode: TradeMode
    contract: Contract | Unknown
    per_lot: Mapping[Side, PerLot | Unknown]


@dataclass(frozen=True, slots=True)
class StopOut:
    """Where the broker begins to close positions by itself."""

    value: float  # share of the margin in use that the equity falls to, or money that it falls to
    in_money: bool  # account currency; False: a share, 0.5 for 50 %


@dataclass(frozen=True, slots=True)
class Account:
    """The account as MetaTrader defines its numbers, all in account currency."""

    login: int
    server: str
    currency: str
    balance: float
    equity: float
    credit: float
    margin: float  # in use
    free_margin: float
    stop_out: StopOut
    hedging: bool  # False: netting, where an opposite order reduces

    @property
    def risk_base(self) -> float:
        """min(balance, equity) - credit, never below zero: what may honestly be called the trader's own."""
        return max(0.0, min(self.balance, self.equity) - self.credit)

    @property
    def own_equity(self) -> float:
        """The equity without the broker's credit, never below zero."""
        return max(0.0, self.equity - self.credit)


@dataclass(frozen=True, slots=True)
class Position:
    """An open position."""

    ticket: int
    broker_symbol: str
    side: Side
    lots: float
    price: float  # where it was opened
    stop: float | None  # price
    profit: float  # floating, account currency
    opened_at: datetime  # UTC
    swap: float = 0.0  # of the nights so far, account currency; not in `profit`


@dataclass(frozen=True, slots=True)
class PendingOrder:
    """An order that waits for its price; counted as if it were filled."""

    ticket: int
    broker_symbol: str
    side: Side
    lots: float
    price: float  # where it would open
    stop: float | None  # price


@dataclass(frozen=True, slots=True)
class Deal:
    """One line of the account's history: a fill, or money that came or went."""

    ticket: int
    at: datetime  # UTC
    kind: str  # buy, sell, or the name of the balance operation
    entry: str  # in, out, inout, out_by
    position: int  # ticket of the position, 0 for balance operations
    broker_symbol: str
    lots: float
    price: float
    profit: float  # account currency, as are the next three
    commission: float
    swap: float
    fee: float
    comment: str = ""
    order: int = 0  # ticket of the order that it filled; 0: none, or not told


@dataclass(frozen=True, slots=True)
class Fill:
    """What came of an order that had to be filled at once when its price was reached: a stop, a stop-loss."""

    broker_symbol: str
    side: Side
    asked: float  # price, of the stop
    price: float  # at which it was filled, in the mean


@dataclass(frozen=True, slots=True)
class Hours:
    """The exchange's day at one instant."""

    state: SessionState
    opens_at: (
        datetime | None
    )  # UTC; the next open, or that of a session that is on; None: past the table's end
    closes_at: datetime | None  # UTC; the close that follows opens_at
    last_session: date | None  # the last finished session
    last_close: datetime | None  # UTC; when that one closed
    then_opens_at: datetime | None = None  # UTC; the open of the session after; None: past the table's end


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """Which terminal was read."""

    module: str  # import name of the module with MetaTrader5's functions
    connected: bool  # the terminal's own link to the broker
    common_folder: str  # terminal_info().commondata_path
    path: str  # terminal_info().path: the folder it is installed in
    clock: str  # the server's zone in force: New_York+7, an IANA zone, or an offset like UTC+03:00
    clock_doubt: str | None  # why that must not be trusted for the age of a quote; None: it may
    skew: float | None = None  # seconds that the freshest ticks are ahead of the PC's clock; None: not known

    @property
    def behind(self) -> timedelta:
        """How far the PC's clock is behind the broker's, where that is known; quotes are older by it."""
        return timedelta(seconds=max(0.0, self.skew or 0.0))

    def age(self, quote: Quote | Unknown, as_of: datetime) -> float | None:
        """Return how old a quote is at an instant (UTC), in seconds; None where the clock cannot tell it."""
        if isinstance(quote, Unknown) or self.clock_doubt is not None:
            return None
        return (as_of + self.behind - quote.at).total_seconds()


@dataclass(frozen=True, slots=True)
class Imported:
    """Closes of a symbol that the user brought from elsewhere; they serve the ratio, never a stop."""

    bars: tuple[Bar, ...]  # oldest first
    file: str  # the name it had
    sha256: str  # of that file


@dataclass(frozen=True, slots=True)
class Series:
    """A published series of numbers, FRED's for example."""

    name: str  # as its publisher calls it: BAA10Y
    values: tuple[tuple[date, float], ...]  # date observed, value; oldest first, missing ones left out
    lag: int  # days from the date observed to the session that may know it
    stale_days: int  # days after the last date observed from which on the series says nothing
    source: str  # where it was read, in plain words


@dataclass(frozen=True, slots=True)
class Note:
    """The trader's own view of the market, with an end."""

    stance: int  # 1 for risk, 0 neither, -1 against
    first: date  # the first session at whose close it counts
    until: date  # the last one
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A cap that the trader sets by hand."""

    symbol: str  # ours; "all": every one
    lots: float | None = None  # open and pending on each side at most; None: a share is stated
    share: float | None = None  # of normal risk, 0 to 1; None: lots are stated
    why: str
    since: datetime | None = None  # UTC, when it was set; None: it stands in the settings
    until: datetime | None = None  # UTC, the first instant without it; None: it has no end


@dataclass(frozen=True, slots=True)
class Vote:
    """What a witness says, as it is shown."""

    name: str
    value: int | None  # 1 for risk, -1 against, 0 neither; None: silent
    number: float | None  # what decided, in the unit of what was looked at
    reason: str
    as_of: date | None  # the newest observation behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class LentShare:
    """A share of normal risk that another assistant holds to."""

    name: str
    value: float  # share of normal risk
    signal: bool  # moved by session closes, else by present facts
    risk_on_only: bool  # restrains only what adds risk-on exposure
    reason: str
    since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """The regime of another assistant, on another account's terminal, as its last advice told it."""

    login: int  # of that account
    legs: tuple[str, str]  # numerator, denominator
    proxy: bool
    stance: str
    since: date | None
    sessions: int
    history: int  # sessions known
    last_session: date | None
    ratio: float | None
    average: float | None
    distance: float | None
    target_share: float
    held_share: float
    flags: tuple[str, ...]
    votes: tuple[Vote, ...]
    shares: tuple[LentShare, ...]  # one at least


@dataclass(frozen=True, slots=True)
class Other:
    """A symbol that is not configured, as far as what is open in it needs it."""

    instrument: Instrument  # named as the broker names it, neutral
    quote: Quote | Unknown
