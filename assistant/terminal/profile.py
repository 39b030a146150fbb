"""The brokers that the paper terminal can play: account, clock, symbols and their contract terms, as data.

They stand in assistant/data/brokers.yaml, by letter; "A" is the one that is played unless another is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import TypeAdapter

from assistant.terminal.recording import SYMBOLS

DEFAULT = "A"

DESCRIPTIONS = MappingProxyType(
    {
        "IWM": "iShares Russell 2000 ETF",
        "SPY": "SPDR S&P 500 ETF Trust",
        "QQQ": "Invesco QQQ Trust",
        "XLF": "Financial Select Sector SPDR Fund",
        "XLI": "Industrial Select Sector SPDR Fund",
        "XLY": "Consumer Discretionary Select Sector SPDR Fund",
        "XLU": "Utilities Select Sector SPDR Fund",
        "XLP": "Consumer Staples Select Sector SPDR Fund",
        "XLV": "Health Care Select Sector SPDR Fund",
        "KRE": "SPDR S&P Regional Banking ETF",
        "HYG": "iShares iBoxx $ High Yield Corporate Bond ETF",
        "IEF": "iShares 7-10 Year Treasury Bond ETF",
        "EURUSD": "Euro vs US Dollar",
    }
)

ISINS = MappingProxyType(
    {
        "IWM": "US4642876555",
        "SPY": "US78462F1030",
        "QQQ": "US46090E1038",
        "HYG": "US4642885135",
        "IEF": "US4642874402",
        "XLF": "US81369Y6059",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Commission:
    """What one order costs, in the symbol's profit currency."""

    per_share: float = 0.0  # for lots x contract size, each side
    minimum: float = 0.0  # of one order
    fee: float = 0.0  # of one order, beside the commission


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """What holding over the server's midnight costs."""

    mode: int = 0  # SYMBOL_SWAP_MODE_*
    long: float = 0.0  # points (mode 1) or percent a year (mode 5); negative: paid by the trader
    short: float = 0.0
    triple: int = 5  # DAY_OF_WEEK_* at whose midnight three days are paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The contract terms of one symbol, or of all that a profile offers."""

    mode: int  # SYMBOL_CALC_MODE_*
    contract_size: float
    digits: int  # of a price
    volume_min: float  # lots
    volume_step: float  # lots
    volume_max: float  # lots
    margin_rate: float  # share of the mode's full margin
    tick_price: float = 0.0  # mode 3: profit currency for a tick, in the margin alone; 0: the tick size
    volume_limit: float = 0.0  # lots in one direction, open and pending; 0: none
    stops_level: int = 0  # points from the price that closes a position
    commission: Commission = Commission()
    swap: Swap = Swap()
    margin_hedged: float = 0.0  # SymbolInfo's; 0: opposite positions are held on the margin of the larger
    hours: Literal["session", "round_the_clock"] = "session"  # of quoting
    close_only_minutes: int = 0  # before the XNYS close
    history: int = 0  # sessions of bars that the broker has at most; 0: all
    hidden: bool = False  # a cross rate: selected, but not shown in Market Watch
    plays: str = ""  # the recording behind it
    scale: int = 1  # times the recorded price
    description: str = ""

    @property
    def point(self) -> float:
        """The smallest step of a price; also its tick size."""
        return float(f"1e-{self.digits}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """The account that the broker gives."""

    login: int
    server: str
    currency: str
    leverage: int  # to one
    hedging: bool
    deposit: float  # account currency
    credit: float  # account currency


@dataclass(frozen=True, slots=True)
class Contract:
    """One symbol as the broker offers it."""

    name: str  # the broker's: IWM.US
    terms: Terms
    base: str  # currencies
    profit: str
    margin: str
    description: str
    isin: str
    path: str

    @property
    def plays(self) -> str:
        """The recording behind it."""
        return self.terms.plays


@dataclass(frozen=True, slots=True)
class Profile:
    """One broker."""

    letter: str
    account: AccountTerms
    clock: str  # New_York+7, or an IANA zone; UTC for a terminal that tells true UTC
    contracts: MappingProxyType[str, Contract]  # by the broker's name

    def named(self, recorded: str) -> str | None:
        """Return the broker's name of the symbol that plays a recording unscaled, such as "IWM"."""
        found = (one.name for one in self.contracts.values() if (one.plays, one.terms.scale) == (recorded, 1))
        return next(found, None)


_ACCOUNT, _TERMS = TypeAdapter(AccountTerms), TypeAdapter(Terms)


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(
        (files("assistant") / "data" / "brokers.yaml").read_text(encoding="utf-8")
    )
    return data


def letters() -> tuple[str, ...]:
    """Return the letters of the profiles there are."""
    return tuple(_data())


def profile(letter: str = DEFAULT) -> Profile:
    """Return the profile of a letter, upper or lower case; ValueError names the letters there are."""
    if letter.upper() not in _data():
        raise ValueError(f"profile was {letter!r}; expected one of {', '.join(letters())}")
    return _profile(letter.upper())


@cache
def _profile(letter: str) -> Profile:
    row = _data()[letter]
    contracts = {}
    if "terms" in row:
        for symbol in SYMBOLS:
            one = _contract(row["name"].format(symbol=symbol), row["terms"] | {"plays": symbol})
            contracts[one.name] = one
    for name, own in row.get("others", {}).items():
        contracts[name] = _contract(name, own)
    account = _ACCOUNT.validate_python(row["account"])
    return Profile(letter, account, row["clock"], MappingProxyType(contracts))


def _contract(name: str, row: dict[str, Any]) -> Contract:
    terms = _TERMS.validate_python(row)
    forex = terms.mode == 0
    index = terms.scale != 1
    return Contract(
        name=name,
        terms=terms,
        base="EUR" if forex else "USD",
        profit="USD",
        margin="EUR" if forex else "USD",
        description=terms.description or DESCRIPTIONS[terms.plays],
        isin="" if index else ISINS.get(terms.plays, ""),
        path=("Forex" if forex else "Indices" if index else "ETFs\\US") + f"\\{name}",
    )


_NEW_YORK_PLUS_7 = "New_York+7"
_QUARTER_MS = 900_000  # clocks change on quarters of an hour
_DAY_MS = 86_400_000


@lru_cache(maxsize=16384)
def _offset_ms(clock: str, quarter: int) -> int:
    """Return server clock minus UTC (ms) in a quarter of an hour since 1970."""
    new_york = clock == _NEW_YORK_PLUS_7
    zone = ZoneInfo("America/New_York" if new_york else clock)
    offset = datetime.fromtimestamp(quarter * 900, UTC).astimezone(zone).utcoffset() or timedelta()
    return round(offset.total_seconds()) * 1000 + (7 * 3_600_000 if new_york else 0)


def to_server(clock: str, utc_ms: int) -> int:
    """Return what a clock shows at a UTC epoch instant (ms), as an epoch number (ms)."""
    return utc_ms + _offset_ms(clock, utc_ms // _QUARTER_MS)


def to_utc(clock: str, server_ms: int) -> int:
    """Return the UTC epoch instant (ms) at which a clock shows an epoch number (ms).

    Of two, in the hour that a clock is set back, the first; in the hour that is skipped, what the clock
    would show had it not been set forward.
    """
    before = server_ms - _offset_ms(clock, (server_ms - _DAY_MS) // _QUARTER_MS)
    after = server_ms - _offset_ms(clock, (server_ms + _DAY_MS) // _QUARTER_MS)
    return after if to_server(clock, before) != server_ms == to_server(clock, after) else before


def server_ms(profile: Profile, utc_ms: int) -> int:
    """Return the server's wall clock at a UTC epoch instant (ms), as an epoch number (ms)."""
    return to_server(profile.clock, utc_ms)


def utc_ms(profile: Profile, server_ms: int) -> int:
    """Return the UTC epoch instant (ms) at which the server's wall clock shows an epoch number (ms).

    Of two, in the hour that the clock is set back, the first.
    """
    return to_utc(profile.clock, server_ms)
