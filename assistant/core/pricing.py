"""Each symbol with its facts in money, configured or not, and what is open in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assistant.core.costs import Terms, sizing_facts
from assistant.core.distances import Ranges, SizingSettings, Stops, stops
from assistant.core.exposure import Open, OpenRisk, Risks, bound_margin, open_risk
from assistant.core.market import Instrument, Other, Quote, Role, Side, Unknown
from assistant.core.sizing import Sizing
from assistant.core.snapshot import Snapshot

_NO_HISTORY = Ranges((), None, dict.fromkeys(Side, 0.0))
_NO_STOPS = Stops(0.0, 0.0)  # of what is not ordered here


@dataclass(frozen=True, slots=True)
class Priced:
    """One symbol with its facts in money, and what is open in it."""

    instrument: Instrument
    quote: Quote | Unknown
    stops: Stops | Unknown
    sides: Mapping[Side, tuple[OpenRisk, Sizing | Unknown]]


def price_all(
    snapshot: Snapshot,
    ranges: Mapping[str, Ranges | Unknown],
    terms: Terms,
    found: Open,
    settings: SizingSettings,
) -> list[Priced]:
    """Return every configured symbol with what a lot of it costs now, and what is open in it."""
    out = []
    for instrument in snapshot.instruments:
        quote, of = snapshot.quotes[instrument.symbol], ranges.get(instrument.symbol, _NO_HISTORY)
        distances = stops(instrument, quote, of, settings)
        sides = _sides(instrument, quote, (distances, of), terms, found)
        out.append(Priced(instrument, quote, distances, sides))
    return out


def _sides(
    instrument: Instrument,
    quote: Quote | Unknown,
    moves: tuple[Stops | Unknown, Ranges | Unknown],
    terms: Terms,
    found: Open,
) -> Mapping[Side, tuple[OpenRisk, Sizing | Unknown]]:
    sizings = {side: sizing_facts(instrument, side, quote, *moves, terms) for side in Side}
    return {
        side: (open_risk(instrument.broker_symbol, side, sizing, found), sizing)
        for side, sizing in sizings.items()
    }


def risks_of(one: Priced) -> Risks:
    """Return what is open in a symbol."""
    instrument = one.instrument
    risks = {side: risk for side, (risk, _) in one.sides.items()}
    return Risks(instrument.broker_symbol, instrument.role, risks, bound_margin(instrument, one.sides))


def elsewhere(snapshot: Snapshot, terms: Terms, found: Open) -> Iterator[Risks]:
    """Yield what is open in symbols that are not configured: neutral, and without a history of gaps."""
    configured = {one.broker_symbol for one in snapshot.instruments}
    for name in dict.fromkeys(name for name, _ in found if name not in configured):
        other = snapshot.others.get(name, Unknown(f"{name} was not read"))
        if isinstance(other, Other):
            unread = Unknown(f"the history of {name} is not read")
            sides = _sides(other.instrument, other.quote, (_NO_STOPS, unread), terms, found)
            yield risks_of(Priced(other.instrument, other.quote, _NO_STOPS, sides))
        else:
            yield Risks(name, Role.NEUTRAL, {side: open_risk(name, side, other, found) for side in Side}, 0.0)


def remarks(snapshot: Snapshot, terms: Terms) -> Iterator[str]:
    """Name what is open without a stop-loss, what was to be closed by now, and costs that are not known."""
    if isinstance(snapshot.past, Unknown):
        yield snapshot.past.reason
    if isinstance(snapshot.fills, Unknown):
        yield snapshot.fills.reason
    bare = [f"{one.lots:g} {one.broker_symbol}" for one in snapshot.positions if one.stop is None]
    if bare:
        yield f"open without a stop-loss, counted with their gap: {', '.join(bare)}"
    late = terms.plan.hold == "intraday" and terms.over_night and snapshot.hours.state.in_session
    if late and snapshot.positions:
        held = ", ".join(f"{one.lots:g} {one.broker_symbol}" for one in snapshot.positions)
        yield f"still open, and so counted as held over the close: {held}"
