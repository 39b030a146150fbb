"""Losing any input, at any time, never raises any lots."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from assistant.core.advice import Advice, Settings, Track, advise
from assistant.core.context import Baskets, Level, Reading, SeriesTrend, VoteSettings
from assistant.core.market import Bar, Quote, Role, Series, Side, TradeMode, Unknown
from assistant.core.snapshot import Snapshot
from tests.core.builders import (
    AS_OF,
    CONDITIONS,
    FEAR,
    IWM,
    OPEN,
    SETTINGS,
    SMALL,
    SNAPSHOT,
    XLU,
    day,
)

SYMBOLS = ("IWM", "SPY", "XLU", "QQQ")
MANY = 12  # sessions


def vote(*readings: Reading, take: str = "first") -> VoteSettings:
    return VoteSettings(take=take, backtest=True, readings=readings)  # type: ignore[arg-type]  # first or agree


SPREAD = SeriesTrend(series="SPREAD", fast=1, slow=3, rising="against")
LARGE = Baskets(of=("SPY",), against=("QQQ",), fast=2, slow=4)
VOTES = {
    "small": SMALL,
    "fear": FEAR,
    "credit": vote(Reading(trend=SPREAD), Reading(baskets=LARGE)),
    "both": vote(
        Reading(baskets=LARGE),
        Reading(level=Level(symbol="XLU", below=20, above=30, under="against")),
        take="agree",
    ),
}
VOTING: Settings = replace(
    SETTINGS,
    fold=replace(
        SETTINGS.fold,
        votes=VOTES,
        context=replace(SETTINGS.fold.context, quorum=2, least=0.1),
        regime=replace(SETTINGS.fold.regime, band=0.2, least_band=0.004),
    ),
    volatility=replace(SETTINGS.volatility, target=0.2),
    conditions=replace(CONDITIONS, recover_seconds=0.0),
)
BIG = replace(IWM, volume_min=0.01, volume_step=0.01, volume_max=500.0, trade_mode=TradeMode.FULL)
INSTRUMENTS = (
    BIG,
    replace(XLU, volume_min=0.01, volume_step=0.01, volume_max=500.0),
    replace(BIG, symbol="QQQ", broker_symbol="QQQ.US", role=Role.NEUTRAL),
)

# Half of them keep going where they go, so that a vote may say the same from close to close.
one_way = st.floats(-0.02, 0.02).map(lambda move: [move] * MANY)
moves = st.lists(st.floats(-0.03, 0.03), min_size=MANY, max_size=MANY) | one_way
steady = st.sampled_from(
    [[level + step * n for n in range(MANY)] for level in (9, 31) for step in (-0.5, 0.5)]
)
levels = st.lists(st.sampled_from([15.0, 24.0, 31.0]), min_size=MANY, max_size=MANY) | steady


def bars(first: float, changes: list[float]) -> tuple[Bar, ...]:
    out, close = [], first
    for number, change in enumerate(changes, start=1):
        close *= 1 + change
        out.append(Bar(day(number), close * 0.998, close * 1.01, close * 0.99, close))
    return tuple(out)


@st.composite
def days(draw: st.DrawFn) -> Snapshot:
    """A session in which everything is there: bars and quotes of four symbols, and two series."""
    read = {symbol: bars(40.0, draw(moves)) for symbol in SYMBOLS}
    stamps = [day(number) for number in range(1, MANY + 1)]
    series = {
        "VIX": Series("VIX", tuple(zip(stamps, draw(levels), strict=True)), 0, 3, "by chance"),
        "SPREAD": Series("SPREAD", tuple(zip(stamps, draw(levels), strict=True)), 1, 3, "by chance"),
    }
    hours = replace(OPEN, last_session=day(MANY))
    quotes: dict[str, Quote | Unknown] = {
        symbol: Quote(one[-1].close, one[-1].close * 1.0005, AS_OF) for symbol, one in read.items()
    }
    account = replace(SNAPSHOT.account, free_margin=1e7)
    return replace(
        SNAPSHOT,
        hours=hours,
        account=account,
        instruments=INSTRUMENTS,
        quotes=quotes,
        bars=read,
        series=series,
    )


def without(snapshot: Snapshot, what: str) -> Snapshot:
    """The snapshot less one input: a series, or the bars or the quote of a symbol."""
    kind, name = what.split()
    if kind == "series":
        return replace(snapshot, series={**snapshot.series, name: Unknown("lost")})
    if kind == "bars":
        return replace(snapshot, bars={**snapshot.bars, name: Unknown("lost")})
    if kind == "symbol":
        left = {one: bars for one, bars in snapshot.bars.items() if one != name}
        quotes = {one: quote for one, quote in snapshot.quotes.items() if one != name}
        kept = tuple(one for one in snapshot.instruments if one.symbol != name)
        return replace(snapshot, bars=left, quotes=quotes, instruments=kept)
    return replace(snapshot, quotes={**snapshot.quotes, name: Unknown("lost")})


def lots(advice: Advice) -> dict[tuple[str, Side], float]:
    return {
        (symbol.instrument.symbol, side): one.lots
        for symbol in advice.symbols
        for side, one in symbol.sides.items()
    }


inputs = st.sampled_from(
    [
        "series VIX",
        "series SPREAD",
        *(f"bars {symbol}" for symbol in SYMBOLS),
        *(f"quote {symbol}" for symbol in SYMBOLS),
        *(f"symbol {symbol}" for symbol in SYMBOLS),
    ]
)


@given(days(), inputs)
def test_an_input_lost_between_two_cycles_never_raises_any_lots(whole: Snapshot, what: str) -> None:
    before, track = advise(whole, Track(), VOTING)
    later = replace(without(whole, what), as_of=AS_OF + timedelta(seconds=1))
    after, _ = advise(later, track, VOTING)
    had = lots(before)
    for side, now in lots(after).items():
        assert now <= had[side] + 1e-9


@given(days(), inputs)
def test_a_restart_without_an_input_never_raises_any_lots(whole: Snapshot, what: str) -> None:
    before, track = advise(whole, Track(), VOTING)
    assert track.folded is not None
    remembered = Track(memory=track.folded.memory)
    after, _ = advise(without(whole, what), remembered, VOTING)
    had = lots(before)
    for side, now in lots(after).items():
        assert now <= had[side] + 1e-9


@given(days(), inputs, inputs)
def test_losing_a_second_input_after_the_first_never_raises_any_lots(
    whole: Snapshot, first: str, second: str
) -> None:
    _, track = advise(whole, Track(), VOTING)
    once, track = advise(replace(without(whole, first), as_of=AS_OF + timedelta(seconds=1)), track, VOTING)
    both = replace(without(without(whole, first), second), as_of=AS_OF + timedelta(seconds=2))
    twice, _ = advise(both, track, VOTING)
    had = lots(once)
    for side, now in lots(twice).items():
        assert now <= had[side] + 1e-9


def at(whole: Snapshot, number: int) -> Snapshot:
    """What could be known after the close of a session: no bar and no observation of a later one."""
    last = day(number)
    read = {name: one[:number] for name, one in whole.bars.items() if not isinstance(one, Unknown)}
    series = {
        name: replace(one, values=tuple(value for value in one.values if value[0] <= last))
        for name, one in whole.series.items()
        if isinstance(one, Series)
    }
    as_of = AS_OF + timedelta(seconds=number)
    quotes: dict[str, Quote | Unknown] = {
        name: Quote(one[-1].close, one[-1].close * 1.0005, as_of) for name, one in read.items()
    }
    hours = replace(whole.hours, last_session=last)
    return replace(whole, bars=read, series=series, quotes=quotes, hours=hours, as_of=as_of)


@given(days(), inputs, st.integers(6, MANY - 1), st.booleans())
def test_an_input_lost_at_a_close_never_raises_any_lots_at_a_later_one(
    whole: Snapshot, what: str, lost_after: int, restarts: bool
) -> None:
    """As long as no vote of the whole says less than it last said when the input was lost: none can know."""
    advice, track = advise(at(whole, lost_after), Track(), VOTING)
    said = {vote.name: vote.value for vote in advice.regime.votes}
    assert track.folded is not None
    left = Track(memory=track.folded.memory) if restarts else track
    for number in range(lost_after, MANY + 1):
        advice, track = advise(at(whole, number), track, VOTING)
        after, left = advise(without(at(whole, number), what), left, VOTING)
        for vote in advice.regime.votes:
            last = said[vote.name]
            if vote.value is not None and last is not None and vote.value < last:
                return
        had = lots(advice)
        for side, now in lots(after).items():
            assert now <= had[side] + 1e-9
        if advice.regime.witnesses and after.regime.witnesses:
            assert after.regime.witnesses.target <= advice.regime.witnesses.target + 1e-9


def test_the_days_above_do_advise_lots() -> None:
    quiet = [0.001, -0.001] * (MANY // 2)
    read = {symbol: bars(40.0, quiet) for symbol in SYMBOLS}
    stamps = [day(number) for number in range(1, MANY + 1)]
    vix = Series("VIX", tuple((stamp, 15.0) for stamp in stamps), 0, 3, "by hand")
    snapshot = replace(
        SNAPSHOT,
        hours=replace(OPEN, last_session=day(MANY)),
        account=replace(SNAPSHOT.account, free_margin=1e7),
        instruments=INSTRUMENTS,
        quotes={name: Quote(one[-1].close, one[-1].close * 1.0005, AS_OF) for name, one in read.items()},
        bars=read,
        series={"VIX": vix},
    )
    advice, _ = advise(snapshot, Track(), VOTING)
    assert all(found > 1 for found in lots(advice).values())
