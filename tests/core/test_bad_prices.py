"""One quote that is wrong never raises any lots, of its own symbol or of another, whatever is open."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.core.advice import Track, advise
from assistant.core.lapse import Lapse
from assistant.core.market import Position, Quote, Side, Unknown
from assistant.core.prices import Prices, Seen
from assistant.core.snapshot import Snapshot
from tests.core.builders import AS_OF, POSITION
from tests.core.test_lost import SYMBOLS, VOTING, days, lots

MINUTES = timedelta(minutes=6)

# Beyond the least leap of 0.6 %: a hair, some percent, a misplaced point.
factors = st.sampled_from([0.01, 0.9, 0.97, 0.992, 1.008, 1.03, 1.1, 100.0])
seconds = st.sampled_from([-3600.0, -40.0, -16.0, 11.0, 40.0, 3600.0])


def a_minute_later(whole: Snapshot) -> Track:
    """What is remembered where these prices have stood for minutes, as far as they are alive."""
    quotes = {name: one for name, one in whole.quotes.items() if isinstance(one, Quote)}
    mids = {name: one.mid for name, one in quotes.items()}
    seen = {name: Seen(one, AS_OF, mids, (one.mid,) * 8, near=one.mid) for name, one in quotes.items()}
    return Track(prices=Prices(AS_OF, mids, seen))


@st.composite
def holding(draw: st.DrawFn) -> Snapshot:
    """A good session, with a position in a symbol on either side, with a stop or without, or with none."""
    whole = draw(days())
    instrument = draw(st.sampled_from(whole.instruments))
    quote = whole.quotes[instrument.symbol]
    assert isinstance(quote, Quote)
    side = draw(st.sampled_from(Side))
    stop = quote.mid - side.sign * quote.mid * draw(st.floats(0.002, 0.05))
    price = quote.mid * (1 + side.sign * draw(st.floats(-0.01, 0.3)))  # mostly at a loss by now
    held = replace(POSITION, broker_symbol=instrument.broker_symbol, side=side, price=price, stop=stop)
    held = replace(held, lots=draw(st.floats(0.5, 8)))
    positions: list[tuple[Position, ...]] = [(), (held,), (replace(held, stop=None),)]
    return replace(whole, positions=draw(st.sampled_from(positions)))


def valued(snapshot: Snapshot) -> Snapshot:
    """The snapshot with profits and equity as the terminal tells them by its quotes, be they wrong."""
    symbols = {one.broker_symbol: one.symbol for one in snapshot.instruments}
    positions = []
    for one in snapshot.positions:
        quote = snapshot.quotes[symbols[one.broker_symbol]]
        exit_at = quote.entry(one.side.opposite) if isinstance(quote, Quote) else one.price
        positions.append(replace(one, profit=one.side.sign * (exit_at - one.price) * 20.0 * one.lots))
    account = snapshot.account
    equity = account.balance + account.credit + sum(one.profit for one in positions)
    return replace(snapshot, account=replace(account, equity=equity), positions=tuple(positions))


def wrong(quote: Quote, kind: str, factor: float, off: float) -> Quote | Unknown:
    """One quote as a bad feed might show it; what is crossed, zero or no number is Unknown to the core."""
    if kind == "price":
        return replace(quote, bid=quote.bid * factor, ask=quote.ask * factor)
    if kind == "bid":
        return replace(quote, bid=quote.bid * min(factor, 1 / factor))
    if kind == "ask":
        return replace(quote, ask=quote.ask * max(factor, 1 / factor))
    if kind == "stamp":
        return replace(quote, at=quote.at + timedelta(seconds=off))
    return Unknown("quote was bid 41, ask 40")


@given(
    holding(),
    st.sampled_from(SYMBOLS),
    st.sampled_from(["price", "price", "bid", "ask", "stamp", "none"]),
    factors,
    seconds,
)
def test_one_wrong_quote_never_raises_any_lots(
    whole: Snapshot, symbol: str, kind: str, factor: float, off: float
) -> None:
    track, quote = a_minute_later(whole), whole.quotes[symbol]
    assert isinstance(quote, Quote)
    good, _ = advise(valued(whole), track, VOTING)
    quotes = {**whole.quotes, symbol: wrong(quote, kind, factor, off)}
    bad, _ = advise(valued(replace(whole, quotes=quotes)), track, VOTING)
    had = lots(good)
    for side, now in lots(bad).items():
        assert now <= had[side] + 1e-9


@settings(max_examples=30)
@given(holding(), st.sampled_from(SYMBOLS), st.floats(0.005, 0.04), st.booleans())
def test_a_frozen_quote_never_raises_any_lots(whole: Snapshot, symbol: str, moved: float, down: bool) -> None:
    """All others move by the same; the feed of one stamps its old price anew."""
    track, factor = a_minute_later(whole), 1 - moved if down else 1 + moved
    now = whole.as_of + MINUTES
    quotes: dict[str, Quote | Unknown] = {
        name: Quote(one.bid * factor, one.ask * factor, now)
        for name, one in whole.quotes.items()
        if isinstance(one, Quote)
    }
    true = replace(whole, as_of=now, quotes=quotes)
    old = whole.quotes[symbol]
    assert isinstance(old, Quote)
    good, _ = advise(true, track, VOTING)
    bad, _ = advise(replace(true, quotes={**quotes, symbol: replace(old, at=now)}), track, VOTING)
    assert "frozen" in [cap.name for cap in bad.caps]
    had = lots(good)
    for side, found in lots(bad).items():
        if side[0] == symbol or symbol in ("IWM", "SPY"):
            assert found <= had[side] + 1e-9
            assert found == 0


@settings(max_examples=30)
@given(holding(), st.sampled_from([-3600.0, -8.0, -2.5, 2.5, 40.0, 3600.0]), st.floats(0, 600))
def test_a_clock_that_is_set_or_a_pc_that_slept_never_raises_any_lots(
    whole: Snapshot, jump: float, gap: float
) -> None:
    track = a_minute_later(whole)
    had = lots(advise(whole, track, VOTING)[0])
    for lapse in (Lapse(gap + jump, gap), Lapse(gap, gap)):
        for side, now in lots(advise(replace(whole, lapse=lapse), track, VOTING)[0]).items():
            assert now <= had[side] + 1e-9


@settings(max_examples=30)
@given(holding(), st.floats(-60, 60))
def test_knowing_the_skew_of_the_clock_never_raises_any_lots(whole: Snapshot, skew: float) -> None:
    track = a_minute_later(whole)
    had = lots(advise(whole, track, VOTING)[0])
    skewed = replace(whole, terminal=replace(whole.terminal, skew=skew))
    for side, now in lots(advise(skewed, track, VOTING)[0]).items():
        assert now <= had[side] + 1e-9
