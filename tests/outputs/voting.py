"""An advice with a vote of every kind, its numbers worked out by hand."""

from dataclasses import replace

from assistant.core.advice import Advice, Track, advise
from assistant.core.context import Level, Reading, SeriesTrend, VoteSettings
from assistant.core.levels import BELOW, FRESH, RANGE, Break
from assistant.core.market import Note, Series
from assistant.core.snapshot import Snapshot
from tests.core.builders import FEAR, SETTINGS, SMALL, SNAPSHOT, day


def reading(one: Reading) -> VoteSettings:
    return VoteSettings(take="first", backtest=True, readings=(one,))


# small: IWM/SPY of the last three sessions is 14/60, 13/60, 12/60. Of their logarithms the mean of two less
# that of three is (ln(13/14) + ln(12/14)) / 6 = (-0.0741080 - 0.1541507) / 6 = -0.0380431, against risk.
# fear: VIX 15.25 is under 20, for risk. calm: IWM closed at 40, from 35 to 45. credit: BAA is not read.
VOTES = {
    "small": SMALL,
    "fear": FEAR,
    "calm": reading(Reading(level=Level(symbol="IWM", below=35.0, above=45.0, under="for"))),
    "credit": reading(Reading(trend=SeriesTrend(series="BAA", fast=2, slow=3, rising="against"))),
}
VOTED = replace(SETTINGS, fold=replace(SETTINGS.fold, votes=VOTES))
VIX = Series("VIX", ((day(4), 33.0), (day(5), 15.25)), 1, 5, "vix.csv, read 2018-12-10 14:00 UTC")
NOTE = Note(-1, day(9), day(12), "payrolls")  # from a close that is still to come
ASKED: Snapshot = replace(SNAPSHOT, series={"VIX": VIX}, notes=(NOTE,))
# The range was 0.2167 (the lowest of three ratios) when session 6 closed at 0.2.
BROKEN = Break(RANGE, BELOW, FRESH, day(6), 13 / 60, 0.0, 5, None)


def voted(snapshot: Snapshot = ASKED) -> tuple[Advice, Track]:
    return advise(snapshot, Track(), VOTED)


def broken(advice: Advice) -> Advice:
    """The advice with a level broken, as it may be in another stance than RISK_OFF."""
    return replace(advice, regime=replace(advice.regime, broken=BROKEN))
