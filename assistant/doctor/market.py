"""What the broker offers: fresh quotes, enough history, and what a trade costs against one day's move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.core.advice import Settings
from assistant.core.conditions import ConditionSettings, staleness
from assistant.core.costs import CostSettings, RoundTrip, commissions, learned, lot_of
from assistant.core.distances import average_true_range
from assistant.core.history import Given, History, history, hole
from assistant.core.market import Instrument, Quote, SessionState, Side, Unknown
from assistant.core.multiplier import needed
from assistant.doctor.finding import Finding, Status, fail, ok, warn
from assistant.doctor.look import Look
from assistant.doctor.terminal import NO_LINK

DEAR = 0.10  # of one average true range; a round trip that costs more is told
DEAR_NIGHT = 0.05  # likewise, for one night
NO_DEAL = "no deal of the last 90 days shows a commission"
_FEW = 4  # symbols named in a line
_STATES = {SessionState.EDGE: "open, in its first or last minutes", SessionState.PRE: "not open yet"}
_MORE_BARS = (
    "in the terminal: Tools > Options > Charts > Max bars in chart: Unlimited, start it anew, open D1 charts "
    "of both legs and press Home; or bring older closes: `{command} history import FOLDER`"
)


def quotes_check(look: Look, legs: Sequence[tuple[str, str]], settings: ConditionSettings) -> Finding:
    """Judge how old the quotes are, by the rule that holds in the session's present state."""
    hours = look.hours
    if not look.quotes or not look.facts.connected:
        away = warn("quotes", "they stand still without the broker", NO_LINK)
        return fail("quotes", "no symbol to quote", "mend `symbols` first") if not look.quotes else away
    if hours.state is SessionState.HALTED:
        mend = "look whether quotes move in Market Watch; a day off that was announced late: exchange.closed"
        return warn("quotes", "a session is listed, and no tick came for 10 minutes", mend)
    late = {
        symbol: told
        for symbol, quote in look.quotes.items()
        if (told := staleness(quote, look.at, hours, settings)) is not None
    }
    where = f"the market is {_STATES.get(hours.state, hours.state)}"
    if not late:
        ages = [(look.at - one.at).total_seconds() for one in look.quotes.values() if isinstance(one, Quote)]
        if hours.state.in_session:
            oldest = f"the oldest {max(ages):.0f} s old, {settings.quote_age_seconds:g} s allowed"
            return ok("quotes", f"{len(ages)} quotes, {oldest}; {where}")
        opens = f", opens {hours.opens_at:%Y-%m-%d %H:%M} UTC" if hours.opens_at else ""
        return ok("quotes", f"{len(ages)} quotes of the last session's end; {where}{opens}")
    symbol, told = next(iter(late.items()))
    shown = ", ".join(list(late)[:_FEW]) + (f" and {len(late) - _FEW} more" if len(late) > _FEW else "")
    text = f"{len(late)} of {len(look.quotes)} not good enough ({shown}); {symbol}: {told}; {where}"
    mend = "look whether they move in Market Watch; while a quote is not good, its symbol has 0 lots"
    pair = next((pair for pair in legs if all(leg in look.quotes for leg in pair)), ())
    if hours.state.in_session and any(leg in late for leg in pair):
        return fail("quotes", text, f"{mend}; a leg of the ratio among them stops all")
    return warn("quotes", text, mend)


def history_check(look: Look, settings: Settings, command: str) -> Finding:
    """Judge whether the ratio has as many sessions as a stance needs."""
    regime = settings.fold.regime
    if regime.lender is not None:
        return ok("history", f"the stance is lent by the assistant of login {regime.lender}")
    offered = {symbol for symbol, name in look.found.items() if isinstance(name, str)}
    pair = next((one for one in regime.legs if set(one) <= offered), None)
    if pair is None:
        return fail("history", "no pair of legs is offered", "mend `symbols` first")
    unread = next((one for leg in pair if isinstance(one := look.bars.get(leg, ()), Unknown)), None)
    if unread is not None:
        mend = "open a D1 chart of it, wait until the terminal has loaded it, and ask again"
        return fail("history", unread.reason, mend)
    return depth_check(history(pair, Given(look.bars, look.imported)), needed(settings.fold), command)


def depth_check(known: History, least: int, command: str) -> Finding:
    """Judge the sessions of a ratio; `least` are needed for a stance."""
    sessions, more = known.facts.sessions, _MORE_BARS.format(command=command)
    told = f"{len(sessions)} sessions of {'/'.join(known.legs)}, {least} needed"
    if len(sessions) < least:
        said = f"{told}: the stance is UNKNOWN, and half of normal risk the most"
        return warn("history", said, f"{known.unused}; {more}" if known.unused else more)
    missing = hole(sessions, least)
    if missing:
        return warn("history", f"{told}, but {missing}: the stance is UNKNOWN", more)
    if known.unused:
        mend = f"bring files that agree with the broker's: `{command} history import FOLDER`"
        return warn("history", f"{told}; {known.unused}", mend)
    return ok("history", f"{told}, {sessions[0]} to {sessions[-1]}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What one symbol costs at this broker, as shares of one average true range. None: not known."""

    symbol: str
    broker_symbol: str
    atr: float | None  # price
    spread: float | None
    commission: float | None  # per lot, of the order that opens and the one that closes
    commission_least: float  # account currency, of both orders together at least, whatever their lots
    night: Mapping[Side, float | None]  # below 0: it is paid to the trader
    unknown: tuple[str, ...]  # why something is not known

    @property
    def round_trip(self) -> float | None:
        """Spread and commission together, so far as they are known."""
        return None if self.spread is None else self.spread + (self.commission or 0.0)


def costs_of(look: Look, settings: Settings) -> tuple[Costs, ...]:
    """Return what each symbol of this broker costs."""
    trips = learned(look.deals if isinstance(look.deals, Unknown) else tuple(look.deals))
    currency = "" if isinstance(look.account, Unknown) else look.account.currency
    rows = []
    for one in look.instruments:
        bars = look.bars.get(one.symbol, ())
        atr = None if isinstance(bars, Unknown) else average_true_range(bars, settings.sizing.atr_sessions)
        quote, trip = look.quotes[one.symbol], trips.get(one.broker_symbol)
        rows.append(_costs(one, quote, atr or None, trip, settings.costs, currency))
    return tuple(rows)


def _costs(
    one: Instrument,
    quote: Quote | Unknown,
    atr: float | None,
    trip: RoundTrip | None,
    settings: CostSettings,
    currency: str,
) -> Costs:
    lots = {side: lot_of(one, side, currency, 0.0) for side in Side}
    moves = {  # account currency that a lot moves by in one average true range
        side: lot.loss_per_unit * atr for side, lot in lots.items() if atr and not isinstance(lot, Unknown)
    }
    opening, closing = commissions(trip, settings)
    charged = trip is not None or settings.commission_per_lot > 0 or settings.commission_minimum > 0
    doubts = [
        "too few daily bars for an average true range" if atr is None else "",
        quote.reason if isinstance(quote, Unknown) else "",
        "" if charged else NO_DEAL,
        *(lot.reason for lot in lots.values() if isinstance(lot, Unknown)),
    ]
    contract = one.contract
    nights = {} if isinstance(contract, Unknown) else contract.night
    paid = opening.per_lot + closing.per_lot
    return Costs(
        symbol=one.symbol,
        broker_symbol=one.broker_symbol,
        atr=atr,
        spread=None if isinstance(quote, Unknown) or atr is None else (quote.ask - quote.bid) / atr,
        commission=paid / min(moves.values()) if charged and moves else None,
        commission_least=sum(each.minimum + each.fee for each in (opening, closing)),
        night={side: _share(nights.get(side), moves.get(side)) for side in Side},
        unknown=tuple(dict.fromkeys(doubt for doubt in doubts if doubt)),
    )


def _share(money: float | Unknown | None, of: float | None) -> float | None:
    return None if money is None or isinstance(money, Unknown) or of is None else money / of


def costs_check(rows: Sequence[Costs], looked: SessionState) -> Finding:
    """Judge what the symbols cost; the table beside it has each of them."""
    if not rows:
        return fail("costs", "no symbol whose costs could be read", "mend `symbols` first")
    known = [one for one in rows if one.round_trip is not None]
    dear = [one.symbol for one in known if (one.round_trip or 0.0) > DEAR]
    nights = [one.symbol for one in rows if any((night or 0.0) > DEAR_NIGHT for night in one.night.values())]
    silent = [one.symbol for one in rows if one.commission is None]
    told = [f"{len(rows)} symbols, in the table below"]
    mends = []
    if dear:
        told.append(f"a round trip costs more than {DEAR:.0%} of one day's range in {_named(dear)}")
        mends.append("trade those less often, or hold them longer")
    if nights:
        told.append(f"a night costs more than {DEAR_NIGHT:.0%} of it in {_named(nights)}")
        mends.append("see what plan.hold and plan.nights say")
    if silent:
        told.append(f"commission not known for {_named(silent)}: no past deal shows it, 0 is reckoned with")
        mends.append(
            "look it up at your broker and write it, for a lot and side, into config/local.yaml, such as "
            "costs: {commission_per_lot: 2.5}"
        )
    if not looked.in_session:
        told.append("the spread is that of the last quotes, the market being closed")
    status = Status.WARN if mends else Status.OK
    return Finding("costs", status, "; ".join(told), "; ".join(mends))


def _named(symbols: Sequence[str]) -> str:
    more = f" and {len(symbols) - _FEW} more" if len(symbols) > _FEW else ""
    return ", ".join(symbols[:_FEW]) + more
