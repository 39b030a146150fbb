"""Which of the broker's symbols stands for ours: by name, by ISIN, by decoration, by description.

A wrong symbol is a wrong size, so a doubt is refused in words that say what to write into local.yaml.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from assistant.core.market import Role, TradeMode, Unknown

CURRENCY = "USD"  # of every symbol of the exchange; a namesake from another exchange has another
_TRADE_MODES = dict(enumerate(TradeMode))  # SYMBOL_TRADE_MODE_DISABLED = 0 ... SYMBOL_TRADE_MODE_FULL = 4
_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")  # ISO 6166
_SHOWN = 5  # candidates named in one sentence

# What brokers put around a ticker: a mark before it; after it one small letter, or a separator and the
# exchange or the kind of account. Exchanges elsewhere (.L, .AX, .DE) list namesakes: they are not taken.
_BEFORE = r"[#.]?"
_AFTER = (
    r"(?:[a-z]|[._-](?:[a-z]|U|US|USA|us|N|NYS|NYSE|P|ARCA|NYSEArca|AMEX|A|O|OQ|NAS|NSDQ|NASDAQ"
    r"|ETF|etf|CFD|cfd|cash|Cash|CASH|raw|pro|ecn|std|stp))?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One of our symbols, and how to know it at a broker."""

    role: Role
    names: tuple[str, ...]  # the first that the terminal knows
    isin: str | None = None
    description: str | None = None  # regular expression for the whole of the broker's, letter case ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One of the broker's symbols."""

    name: str
    description: str
    isin: str | None  # None: the broker states none
    currency: str  # of profit
    trade_mode: TradeMode
    custom: bool = False  # made in the terminal by its user, not the broker's

    @property
    def disabled(self) -> bool:
        """Whether the broker takes no order that opens a position in it, as in a name it is giving up."""
        return self.trade_mode in (TradeMode.DISABLED, TradeMode.CLOSE_ONLY)


@dataclass(frozen=True, slots=True)
class NotOffered(Unknown):
    """Nothing at this broker can be taken for the symbol."""

    candidates: tuple[str, ...] = ()  # the broker's names in which ours stands


@dataclass(frozen=True, slots=True)
class Ambiguous(Unknown):
    """More than one symbol of this broker could be meant."""

    candidates: tuple[str, ...]  # the broker's names


Found = Mapping[str, str | Unknown]  # our symbol -> the broker's, or why there is none


def offered(info: Any) -> Offered:  # noqa: ANN401 -- a struct of the module
    """Return what a SymbolInfo struct says; a text that is no ISIN, such as a dash, is none."""
    isin = str(info.isin).strip().upper()
    return Offered(
        name=info.name,
        description=str(info.description).strip(),
        isin=isin if _ISIN.fullmatch(isin) else None,
        currency=info.currency_profit,
        trade_mode=_TRADE_MODES.get(info.trade_mode, TradeMode.DISABLED),
        custom=bool(info.custom),
    )


def resolve(
    wanted: Mapping[str, Wanted],
    lookup: Callable[[str], Offered | None],
    catalogue: Callable[[], Sequence[Offered]],
    taken: Mapping[str, str],
) -> Found:
    """Return the broker's symbol for each of ours, or why there is none.

    `taken` are those found before; they stay. `lookup` returns a symbol by its exact name; `catalogue`
    returns all of them, which may be ten thousand, and is asked only where a name does not settle it.
    The rounds: configured name, ISIN, our name with a broker's usual decoration, description. A round is
    over for all symbols before the next begins, so that a weak match never takes what another names.
    """
    found: dict[str, str | Unknown] = {symbol: taken[symbol] for symbol in wanted if symbol in taken}
    weak: dict[str, str | Unknown] = {}  # a disabled symbol, or a doubt: where nothing better is there
    for symbol in _open(wanted, found):
        named = _by_names(symbol, wanted[symbol], lookup)
        if isinstance(named, Offered) and not named.disabled:
            found[symbol] = _unless_taken(symbol, named.name, found)
        elif named is not None:
            weak[symbol] = named.name if isinstance(named, Offered) else named
    everything = catalogue() if _open(wanted, found) else ()
    usual = [one for one in everything if one.currency == CURRENCY and not one.custom]
    for matches in (_by_isin, _by_decoration, _by_description):
        for symbol in _open(wanted, found):
            if matches is _by_isin or not isinstance(weak.get(symbol), Unknown):
                answer = _only(symbol, matches(symbol, wanted[symbol], usual), better=symbol in weak)
                if answer is not None:
                    found[symbol] = _unless_taken(symbol, answer, found)
    for symbol in _open(wanted, found):
        left = weak.get(symbol) or _not_offered(symbol, wanted[symbol], everything)
        found[symbol] = _unless_taken(symbol, left, found)
    return {symbol: found[symbol] for symbol in wanted}


def _open(wanted: Mapping[str, Wanted], found: Found) -> list[str]:
    return [symbol for symbol in wanted if symbol not in found]


def problems(found: Found) -> tuple[str, ...]:
    """Return what a user should know: all that is not offered in one sentence, every doubt in its own."""
    missing = [symbol for symbol, answer in found.items() if isinstance(answer, NotOffered)]
    doubts = [
        answer.reason
        for answer in found.values()
        if isinstance(answer, Unknown) and not isinstance(answer, NotOffered)
    ]
    return (*([f"not offered by this broker: {', '.join(missing)}"] if missing else []), *doubts)


def _by_names(symbol: str, one: Wanted, lookup: Callable[[str], Offered | None]) -> Offered | Unknown | None:
    """Return the first configured name that is known and takes orders, else a disabled one, or the doubt."""
    known = [info for info in map(lookup, one.names) if info and not info.custom]
    right = [info for info in known if not _contradicts(one, info)]
    if known and not right:
        return _wrong_isin(symbol, one, known[0])
    return next((info for info in right if not info.disabled), right[0] if right else None)


def _by_isin(_symbol: str, one: Wanted, usual: Iterable[Offered]) -> list[Offered] | Unknown:
    return [info for info in usual if one.isin and info.isin == one.isin]


def _by_decoration(symbol: str, one: Wanted, usual: Iterable[Offered]) -> list[Offered] | Unknown:
    decorated = re.compile(_BEFORE + re.escape(symbol) + _AFTER)
    return _right(symbol, one, [info for info in usual if decorated.fullmatch(info.name)])


def _by_description(symbol: str, one: Wanted, usual: Iterable[Offered]) -> list[Offered] | Unknown:
    if one.description is None:
        return []
    described = re.compile(one.description, re.IGNORECASE)
    return _right(symbol, one, [info for info in usual if described.fullmatch(info.description)])


def _right(symbol: str, one: Wanted, alike: list[Offered]) -> list[Offered] | Unknown:
    """Drop what another ISIN contradicts; where nothing else is left, that is the answer."""
    right = [info for info in alike if not _contradicts(one, info)]
    return _wrong_isin(symbol, one, alike[0]) if alike and not right else right


def _contradicts(one: Wanted, info: Offered) -> bool:
    return one.isin is not None and info.isin is not None and info.isin != one.isin


def _only(symbol: str, matches: list[Offered] | Unknown, *, better: bool) -> str | Unknown | None:
    """Return the one match, the doubt where there are several, None where there is none.

    One that takes orders wins against disabled ones; `better` asks for nothing less.
    """
    if isinstance(matches, Unknown):
        return None if better else matches
    names = [info.name for info in matches if not info.disabled]
    names = names or [info.name for info in matches if not better]
    if len(names) > 1:
        shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if names[_SHOWN:] else "")
        return Ambiguous(
            f"{symbol} is left out: it could be {shown}; "
            f'choose in local.yaml, such as symbols: {{{symbol}: {{names: ["{names[0]}"]}}}}',
            tuple(names),
        )
    return names[0] if names else None


def _unless_taken(symbol: str, answer: str | Unknown, found: Found) -> str | Unknown:
    """Refuse a broker's symbol that stands for another of ours already."""
    if isinstance(answer, Unknown):
        return answer
    other = next((ours for ours, theirs in found.items() if theirs == answer), None)
    return Unknown(f"{symbol} is left out: {answer} stands for {other} already") if other else answer


def _wrong_isin(symbol: str, one: Wanted, info: Offered) -> Unknown:
    return Unknown(
        f"{symbol} is left out: the ISIN of {info.name} was {info.isin}, expected {one.isin}; "
        f"if it is the one you mean, put symbols: {{{symbol}: {{isin: {info.isin}}}}} into local.yaml"
    )


def _not_offered(symbol: str, one: Wanted, everything: Iterable[Offered]) -> NotOffered:
    alike = (info.name for info in everything if symbol.upper() in info.name.upper())
    return NotOffered(
        f"{symbol} is not offered: no symbol {', '.join(one.names)}, nor one that looks like it",
        tuple(islice(alike, _SHOWN)),
    )
